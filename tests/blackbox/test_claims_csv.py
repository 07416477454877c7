"""The feed of claims as CSV: the same claims, the same outcomes, the same report as from JSON lines."""
import csv
import json
import pathlib
import subprocess

import pytest

from harness.card import Reception
from harness.claims import COLUMNS, claim, csv_of, drug, feed, rows_of
from harness.server import ROOT, SHIKAKU

EXAMPLE = pathlib.Path(ROOT / "schema/claim/example.csv")


@pytest.fixture(scope="module")
def registry(place, tmp_path_factory):
    from conftest import made
    folder = tmp_path_factory.mktemp("claims")
    one = Reception(lambda **settings: made(place, folder / "registry", **settings), folder)
    yield one.registry
    one.registry.close()


@pytest.fixture
def person(registry):
    return registry.people.add()


def held(registry, person):
    """What is kept of a person, but for what a version has of its own."""
    return registry.execute("SELECT claim_key, source, in_out, month, facility_code, facility_name, prescriber_code, prescriber_name,"
                            " prescribed_on, drugs::text, treatments::text, operations::text, digest FROM registry.claim"
                            " WHERE person_id = %s AND superseded_at = 'infinity' ORDER BY claim_key", person.person_id)


def claims_of(person, prefix):
    """Of several kinds, with all that a cell may hold."""
    awkward = drug("2026-10-05", name='架空錠"５", 分包\\', code="620000009", instruction="朝, 夕", yj_code="1234567F1234", quantity="0.5")
    return [claim(person, prefix + "1", "2026-10"),
            claim(person, prefix + "2", "2026-09", [drug("2026-09-05"), awkward, drug("2026-09-06", times=0)]),
            claim(person, prefix + "3", "2026-08", prescriber_code=None, prescriber_name=None, prescribed_on=None,
                  treatments=[drug("2026-08-01", unit=None, usage="")], operations=[drug("2026-08-02")]),
            claim(person, prefix + "4", "2026-07", [], source="dispensing")]


def without_nothing(claims):
    """As a sender writes them who leaves out what is not there."""
    return json.loads(json.dumps(claims), object_hook=lambda members: {
        name: value for name, value in members.items() if value is not None})


def test_claims_are_the_same_whichever_way_they_come(registry):
    one, other = registry.people.add(), registry.people.add()
    assert feed(registry, *without_nothing(claims_of(one, "A")))["new"] == 4
    assert feed(registry, *without_nothing(claims_of(other, "B")), form="csv")["new"] == 4
    first, second = ([row[1:-1] for row in held(registry, person)] for person in (one, other))
    assert first == second


@pytest.mark.parametrize("forms", [(None, "csv"), ("csv", None), ("csv", "csv")], ids=["json, csv", "csv, json", "csv twice"])
def test_what_came_one_way_is_known_when_it_comes_the_other(registry, person, forms):
    claims = without_nothing(claims_of(person, "K" + "".join(map(str, forms))))
    assert feed(registry, *claims, form=forms[0])["new"] == 4
    before = held(registry, person)
    assert feed(registry, *claims, form=forms[1])["known"] == 4
    assert held(registry, person) == before


def test_what_says_the_same_in_another_spelling_is_known(registry, person):
    body = without_nothing(claims_of(person, "S"))[1]
    assert feed(registry, body)["new"] == 1
    backwards = dict(reversed(body.items()))
    escaped = json.dumps(backwards, ensure_ascii=True, indent=None, separators=(" , ", " : "))
    assert feed(registry, escaped, {**body, "drugs": [dict(reversed(line.items())) for line in body["drugs"]]})["known"] == 1
    assert feed(registry, {**body, "month": "2026-06"})["replaced"] == 1


def test_another_line_makes_another_version(registry, person):
    body = claim(person, "V1", "2026-10")
    assert feed(registry, body, form="csv")["new"] == 1
    assert feed(registry, {**body, "drugs": [drug("2026-10-05"), drug("2026-10-06")]}, form="csv")["replaced"] == 1
    assert held(registry, person)[0][9].count("2026-10-0") == 2


@pytest.mark.parametrize("spelling", [
    lambda claims: csv_of(claims, lineterminator="\n").encode(),
    lambda claims: csv_of(claims, quoting=csv.QUOTE_ALL).encode(),
    lambda claims: b"\xef\xbb\xbf" + csv_of(claims).encode(),
    lambda claims: csv_of(claims).encode().rstrip(),
    lambda claims: csv_of(claims, lineterminator="\n\n").encode(),
    lambda claims: csv_of(claims, columns=tuple(reversed(COLUMNS))).encode()],
    ids=["line feeds", "all quoted", "byte order mark", "no last line break", "empty lines", "other order"])
def test_a_file_may_be_written_in_each_way_that_is_csv(registry, person, spelling):
    claims = without_nothing(claims_of(person, "W"))
    feed(registry, *claims)
    assert feed(registry, spelling(claims), form="csv")["known"] == 4


def test_columns_that_nobody_fills_may_be_left_out(registry, person):
    must = ("claim", "source", "in_out", "insurer_number", "symbol", "number", "branch_number", "birth_date", "month",
            "facility_code", "facility_name", "list", "done_on", "code", "name")
    assert feed(registry, csv_of([claim(person, "C1", "2026-10")], columns=must).encode(), form="csv")["new"] == 1


def told(path):
    with open(path, encoding="utf-8") as lines:
        return [(int(row["line"]), row["outcome"], row["reason"]) for row in csv.DictReader(lines)]


def test_each_claim_that_is_not_taken_is_in_the_report_by_its_first_line_and_stops_no_other(registry, person, tmp_path):
    stranger = registry.people.add()
    claims = [claim(person, "T1", "2026-10", [drug("2026-10-05"), drug("2026-10-06")]),
              claim(person, "T2", "2026-10", [drug("2026-10-05"), drug("2026-10-06", code="1")]),
              claim(stranger, "T3", "2026-10", number="nobody"),
              claim(person, "T4", "2026-10", [drug("2026-10-05", times="many")]),
              claim(person, "T5", "2026-10")]
    counts = feed(registry, *claims, form="csv", expect=65, report=tmp_path / "report.csv")
    assert (counts["lines"], counts["new"], counts["unsound"], counts["nobody"]) == (8, 2, 2, 1)
    assert told(tmp_path / "report.csv") == [(4, "unsound", "drugs: code is not 9 digits"),
                                             (7, "unsound", "drugs: not a whole number"), (6, "nobody", "")]


def edited(claims, change):
    """The file with one thing done to its lines."""
    lines = csv_of(claims, lineterminator="\n").encode().splitlines()
    change(lines)
    return b"\n".join(lines) + b"\n"


def replace(number, change):
    def edit(lines):
        lines[number] = change(lines[number])
    return edit


@pytest.mark.parametrize("change,reason", [
    (replace(4, lambda line: line + b",more"), "a row with more or fewer cells than the header"),
    (replace(4, lambda line: line.rsplit(b",", 1)[0]), "a row with more or fewer cells than the header"),
    (replace(4, lambda line: line[:-1] + b"\xff"), "a row that is not UTF-8"),
    (replace(4, lambda line: line + b"\0"), "a row that is not UTF-8"),
    (replace(4, lambda line: line.replace(b"drugs", b'dr"ugs')), "a row whose quotation marks stand wrong")],
    ids=["more cells", "fewer cells", "not UTF-8", "NUL", "quotation marks"])
def test_a_row_that_cannot_be_read_spoils_the_claims_beside_it_and_no_other(registry, person, tmp_path, change, reason):
    """It may be a line of either: a claim without one of its lines would be another claim."""
    claims = [claim(person, f"B{n}-{person.number}", "2026-10", [drug("2026-10-05"), drug("2026-10-06")]) for n in range(4)]
    report = tmp_path / "report.csv"
    counts = feed(registry, edited(claims, change), form="csv", expect=65, report=report)
    beside = "a row beside it, or of it, cannot be read"
    assert told(report) == [(4, "unsound", beside), (5, "unsound", reason), (6, "unsound", beside)]
    assert (counts["new"], [row[0] for row in held(registry, person)]) == (2, [one["claim"] for one in (claims[0], claims[3])])


@pytest.mark.parametrize("column,value,reason", [
    ("list", "medicines", "list: none of drugs, treatments, operations"), ("list", "", "list: none of drugs, treatments, operations"),
    ("month", "2026-09", "rows of one claim differ in its head"), ("facility_name", "別の薬局", "rows of one claim differ in its head")])
def test_a_row_that_does_not_fit_its_claim_spoils_that_claim_alone(registry, person, tmp_path, column, value, reason):
    claims = [claim(person, f"D{n}-{person.number}", "2026-10", [drug("2026-10-05"), drug("2026-10-06")]) for n in range(3)]
    rows = rows_of(claims)
    rows[3][COLUMNS.index(column)] = value
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [list(COLUMNS), *rows])
    counts = feed(registry, text.encode(), form="csv", expect=65, report=tmp_path / "report.csv")
    assert told(tmp_path / "report.csv") == [(4, "unsound", reason)]
    assert counts["new"] == 2


def test_quotation_marks_that_are_never_closed_end_the_feed_and_what_was_before_is_kept(registry, person, tmp_path):
    claims = [claim(person, f"Q{n}", "2026-10") for n in range(4)]
    text = edited(claims, replace(3, lambda line: b'"' + line))
    counts = feed(registry, text, form="csv", expect=65, report=tmp_path / "report.csv")
    assert counts["new"] == 1 and [row[0] for row in held(registry, person)] == ["Q0"]
    assert [line[1:] for line in told(tmp_path / "report.csv")] == [
        ("unsound", "a row beside it, or of it, cannot be read"), ("unsound", "quotation marks that are never closed")]


@pytest.mark.parametrize("header,reason", [
    ("", "no header line"), ("claim,claim", "a header with a column that is unknown, or there twice"),
    ("claim,surprise", "a header with a column that is unknown, or there twice"),
    ("claim,drugs", "a header with a column that is unknown, or there twice"),
    ("claim,source", "a header without a column that must be there"),
    (",".join(name for name in COLUMNS if name != "list"), "a header without a column that must be there"),
    (",".join(COLUMNS) + ",\"", "quotation marks that are never closed"), (",".join("x" * 50), "a header line that is none")])
def test_a_header_that_is_none_ends_the_feed_before_anything_is_taken(registry, person, tmp_path, header, reason):
    rows = csv_of([claim(person, "H1", "2026-10")]).split("\r\n", 1)[1] if header else ""
    counts = feed(registry, (header + "\n" + rows).encode(), form="csv", expect=65, report=tmp_path / "report.csv")
    assert counts["new"] == 0 and [line[1:] for line in told(tmp_path / "report.csv")] == [("unsound", reason)]


def test_rows_that_come_again_later_are_another_version(registry, person):
    first, between = claim(person, "L1", "2026-10"), claim(person, "L2", "2026-10")
    counts = feed(registry, first, between, {**first, "drugs": [drug("2026-10-09")]}, form="csv")
    assert (counts["new"], counts["said_again_later"]) == (2, 1)
    assert "2026-10-09" in held(registry, person)[0][9]


def test_a_claim_of_many_lines_is_one_claim_and_one_of_too_many_is_none(registry, person, tmp_path):
    full = claim(person, "M1", "2026-10", [drug("2026-10-05")] * 500)
    over = claim(person, "M2", "2026-10", [drug("2026-10-05")] * 501)
    long = claim(person, "M3", "2026-10", [drug("2026-10-05", usage="長" * 190)] * 450)
    counts = feed(registry, full, over, long, form="csv", expect=65, report=tmp_path / "report.csv")
    assert counts["new"] == 1
    assert [line[2] for line in told(tmp_path / "report.csv")] == ["drugs: more than 500 lines", "claim: longer than 256 KiB"]


def test_thousands_of_claims_come_in_one_file(registry):
    people = [registry.people.add() for _ in range(20)]
    claims = [claim(person, f"N{number}-{n}", "2026-10", [drug("2026-10-05"), drug("2026-10-06")])
              for number, person in enumerate(people) for n in range(100)]
    assert feed(registry, *claims, form="csv")["new"] == 2000
    assert feed(registry, *claims)["known"] == 2000


def test_the_example_is_sound(registry):
    counts = feed(registry, EXAMPLE.read_bytes(), form="csv", expect=65)
    assert counts["unsound"] == 0 and counts["nobody"] == 3
    assert tuple(EXAMPLE.read_text(encoding="utf-8").splitlines()[0].split(",")) == COLUMNS


@pytest.mark.parametrize("name,form", [("claims", "xml"), ("credentials", "csv")])
def test_a_form_that_is_not_taken_is_refused(registry, name, form):
    done = subprocess.run([SHIKAKU, name, "--database", registry.address(), "--format", form], input=b"", capture_output=True,
                          timeout=60, check=False)
    assert done.returncode == 64 and b"--format" in done.stderr
