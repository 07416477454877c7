"""Medicines: what the feed brings, which source counts, what overlaps; and that only a consent opens it."""
import csv

import pytest

from harness.card import Reception
from harness.claims import CLINIC, OTHER_CLINIC, claim, drug, feed
from harness.registry import new_id

PATH = "/v1/drug-history"
SOMEBODY = {"role": "physician"}


@pytest.fixture(scope="module")
def reception(place, tmp_path_factory):
    from conftest import made
    folder = tmp_path_factory.mktemp("drugs")
    one = Reception(lambda **settings: made(place, folder / "registry", **settings), folder)
    yield one
    one.registry.close()


@pytest.fixture
def person(reception):
    return reception.registry.people.add()


def visit_of(reception, person, consents=("drugs",), **more):
    reply = reception.show(reception.card_of(person), consents=list(consents), **more)
    assert reply.status == 200, reply.body
    return reply.json["visit_id"]


def history(reception, visit_id, who="hospital", **more):
    reply = reception.registry.ask({"visit_id": visit_id, **SOMEBODY, **more}, path=PATH, who=who)
    assert reply.status == 200, reply.body
    return reply.json["items"]["drugs"]


def told(reception, person, **more):
    return history(reception, visit_of(reception, person), **more)


def test_what_was_dispensed_is_shown_to_who_may_see_it(reception, person):
    assert feed(reception.registry, claim(person, "R1", "2026-09"), claim(person, "R2", "2026-10"))["new"] == 2
    seen = told(reception, person)
    assert seen["verdict"] == "given"
    assert [(one["month"], one["source"], one["prescriber_code"]) for one in seen["claims"]] == [
        ("2026-10", "receipt", CLINIC), ("2026-09", "receipt", CLINIC)]
    line = seen["claims"][0]["lines"][0]
    assert line == {"done_on": "2026-10-05", "code": "620000001", "name": "架空錠５ｍｇ", "ingredient": "架空成分01",
                    "quantity": "1", "unit": "錠", "usage": "１日１回朝食後", "times": 14, "kind": "21"}


def test_the_visit_itself_can_bring_it(reception, person):
    feed(reception.registry, claim(person, "V1", "2026-10"))
    reply = reception.show(reception.card_of(person), consents=["drugs"], items=["drugs", "operations"], **SOMEBODY).json
    assert reply["items"]["drugs"]["claims"][0]["lines"][0]["code"] == "620000001"
    assert reply["items"]["operations"] == {"verdict": "no_consent"}
    assert reply["eligibility"]["validity"] == "1"


def test_a_look_at_medicines_is_on_record_as_one(reception, person):
    feed(reception.registry, claim(person, "L1", "2026-10"))
    visit_id, request_id = visit_of(reception, person), new_id()
    reception.registry.ask({"visit_id": visit_id, **SOMEBODY}, path=PATH, request_id=request_id)
    record = reception.registry.record(request_id)
    assert (record["items"], record["way"], record["consent"]) == (1 << 12, 1, 8)


def test_without_consent_nothing_is_shown_and_nothing_says_that_there_is_something(reception, person):
    nobody = reception.registry.people.add()
    feed(reception.registry, claim(person, "C1", "2026-10"))
    answers = []
    for one in (person, nobody):
        answers.append(history(reception, visit_of(reception, one, consents=("checkups",))))
    assert answers == [{"verdict": "no_consent"}] * 2


def test_who_holds_nothing_is_told_so(reception, person):
    assert told(reception, person) == {"verdict": "no_data_held"}


def test_another_facility_cannot_use_the_visit(reception, person):
    visit_id = visit_of(reception, person)
    reply = reception.registry.ask({"visit_id": visit_id, **SOMEBODY}, path=PATH, who="clinic")
    assert reply.code == "not_found"


@pytest.mark.parametrize("role", ["clerk", None])
def test_a_role_that_may_not_see_medicines_does_not(reception, person, role):
    feed(reception.registry, claim(person, f"N{role}", "2026-10"))
    assert told(reception, person, role=role)["verdict"] == "not_for_this_facility_kind"


def test_a_hold_seals_medicines_while_the_coverage_is_shown(reception, person):
    feed(reception.registry, claim(person, "H1", "2026-10"))
    people = reception.registry.people
    people.insert("person_hold", person_id=person.person_id, scope=1, reason="test")
    people.refresh(person)
    visit = reception.show(reception.card_of(person), consents=["drugs"], items=["drugs"], **SOMEBODY).json
    assert visit["eligibility"]["validity"] == "1"
    assert visit["items"] == {"drugs": {"verdict": "suspended"}}


def test_consent_that_was_taken_back_opens_nothing_more(reception, person):
    feed(reception.registry, claim(person, "B1", "2026-10"))
    visit_id = visit_of(reception, person)
    assert history(reception, visit_id)["verdict"] == "given"
    reception.cancel(visit_id)
    assert history(reception, visit_id) == {"verdict": "consent_expired"}


def test_of_three_sources_of_one_event_the_receipt_wins(reception, person):
    event = {"prescribed_on": "2026-10-05"}
    sources = ["prescription", "dispensing", "receipt"]
    for n, source in enumerate(sources):
        feed(reception.registry, claim(person, f"S{n}", "2026-10", source=source, **event))
        assert [one["source"] for one in told(reception, person)["claims"]] == [source]
    feed(reception.registry, claim(person, "S9", "2026-10", source="prescription", prescribed_on="2026-10-06"))
    assert sorted(one["source"] for one in told(reception, person)["claims"]) == ["prescription", "receipt"]


def test_the_same_ingredient_at_one_time_is_marked(reception, person):
    feed(reception.registry,
         claim(person, "O1", "2026-10", [drug("2026-10-05"), drug("2026-10-05", code="620000002")]),
         claim(person, "O2", "2026-10", [drug("2026-10-18")], prescriber_code=OTHER_CLINIC, prescribed_on="2026-10-18"),
         claim(person, "O3", "2026-10", [drug("2026-10-30", code="620000002")], prescribed_on="2026-10-30"),
         claim(person, "O4", "2026-11", [drug("2026-11-10", code="620000002")], prescribed_on="2026-11-10"))
    marks = {(line["done_on"], line["code"][-1]): line.get("overlap")
             for one in told(reception, person)["claims"] for line in one["lines"]}
    assert marks == {("2026-10-05", "1"): "other_facility", ("2026-10-18", "1"): "other_facility",
                     ("2026-10-05", "2"): None, ("2026-10-30", "2"): "same_facility",
                     ("2026-11-10", "2"): "same_facility"}


def test_a_period_can_be_asked_for(reception, person):
    feed(reception.registry, *(claim(person, f"P{month}", f"2026-{month:02d}") for month in range(1, 11)))
    seen = told(reception, person, **{"from": "2026-03-20", "to": "2026-05-01"})
    assert [one["month"] for one in seen["claims"]] == ["2026-05", "2026-04", "2026-03"]


def test_what_is_older_than_the_law_shows_is_not_shown(reception, person):
    feed(reception.registry, claim(person, "T1", "2021-09"), claim(person, "T2", "2022-01"))
    assert [one["month"] for one in told(reception, person)["claims"]] == ["2022-01"]


ALL = ["checkups", "drugs", "treatments", "operations"]


@pytest.mark.parametrize("is_held", [True, False])
def test_a_question_about_everything_can_be_asked_again(reception, person, is_held):
    """As any client does that had to wait too long; the visit opened by a card, and asked about later."""
    if is_held:
        lines = {name: [{"done_on": "2026-10-05", "code": code, "name": "架空処置"}]
                 for name, code in (("treatments", "140000001"), ("operations", "150000001"))}
        feed(reception.registry, claim(person, f"E{person.person_id}", "2026-10", **lines),
             claim(person, f"F{person.person_id}", "2025-10", **lines))
    body = reception.card_of(person).proof(reception.challenge(), consents=ALL, items=ALL, **SOMEBODY)
    opening, asking = new_id(), new_id()
    opened = [reception.registry.ask(body, path="/v1/visits", request_id=opening) for _ in range(2)]
    visit_id = opened[0].json["visit_id"]
    asked = [reception.query(visit_id, request_id=asking, items=ALL, **SOMEBODY) for _ in range(2)]
    verdict = "given" if is_held else "no_data_held"
    for first, again in (opened, asked):
        assert first.status == again.status == 200 and first.body == again.body
        assert [first.json["items"][item]["verdict"] for item in ALL] == ["no_data_held"] + [verdict] * 3
    assert [len(asked[0].json["items"][item].get("claims", [])) for item in ALL] == [0] + [2 if is_held else 0] * 3


def test_a_long_history_that_is_asked_for_again_ends_where_it_did(reception, person):
    for source in ("prescription", "receipt"):
        feed(reception.registry, *(claim(person, f"K{month}", month, [drug(f"{month}-05", code=f"6200{n:05d}") for n in range(60)],
                                         source=source) for month in ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05")))
    feed(reception.registry, claim(person, "K0", "2025-12"))
    visit_id, request_id = visit_of(reception, person), new_id()
    body = {"visit_id": visit_id, **SOMEBODY}
    first, again = (reception.registry.ask(body, path=PATH, request_id=request_id) for _ in range(2))
    assert again.body == first.body
    seen = first.json["items"]["drugs"]
    assert [one["month"] for one in seen["claims"]] == [f"2026-0{n}" for n in (5, 4, 3, 2, 1)] and seen["more_until"] == "2025-12"


def test_what_does_not_count_does_not_hide_what_is_older(reception, person):
    """A year of more lines than an answer takes, half of which a better source outdoes: what is older is told of."""
    for source in ("prescription", "receipt"):
        feed(reception.registry, *(claim(person, f"W{month}", month, [drug(f"{month}-05", code=f"6200{n:05d}") for n in range(60)],
                                         source=source) for month in ("2026-02", "2026-03", "2026-04", "2026-05")))
    feed(reception.registry, claim(person, "W0", "2025-12"))
    visit_id = visit_of(reception, person)
    newest = history(reception, visit_id)
    assert [(one["month"], one["source"]) for one in newest["claims"]] == [
        (month, "receipt") for month in ("2026-05", "2026-04", "2026-03", "2026-02")]
    assert newest["more_until"] == "2025-12"
    older = history(reception, visit_id, to=newest["more_until"] + "-01")
    assert [one["month"] for one in older["claims"]] == ["2025-12"] and "more_until" not in older


def test_a_long_history_comes_in_parts_that_join(reception, person):
    months = [f"{year}-{month:02d}" for year in (2022, 2023, 2024, 2025) for month in range(1, 13)]
    feed(reception.registry, *(claim(person, "G" + month, month, [drug(f"{month}-05", code=f"6200{n:05d}")
                                                                  for n in range(60)]) for month in months))
    visit_id, seen, more = visit_of(reception, person), [], {}
    while True:
        part = history(reception, visit_id, **more)
        seen += [one["month"] for one in part["claims"]]
        assert all(len(one["lines"]) == 60 for one in part["claims"])
        if "more_until" not in part:
            break
        more = {"to": part["more_until"] + "-01"}
    assert seen == sorted(months, reverse=True)


def test_the_same_request_is_answered_the_same_after_another_version_came(reception, person):
    feed(reception.registry, claim(person, "Z1", "2026-10"))
    visit_id, request_id = visit_of(reception, person), new_id()
    body = {"visit_id": visit_id, **SOMEBODY}
    first = reception.registry.ask(body, path=PATH, request_id=request_id)
    assert feed(reception.registry, claim(person, "Z1", "2026-10", [drug("2026-10-06")]))["replaced"] == 1
    again = reception.registry.ask(body, path=PATH, request_id=request_id)
    assert again.body == first.body
    assert history(reception, visit_id)["claims"][0]["lines"][0]["done_on"] == "2026-10-06"


def test_the_feed_can_be_given_again(reception, person):
    claims = [claim(person, f"F{n}", "2026-10", prescribed_on=f"2026-10-{n + 1:02d}") for n in range(3)]
    assert feed(reception.registry, *claims)["new"] == 3
    assert feed(reception.registry, *claims)["known"] == 3
    assert len(told(reception, person)["claims"]) == 3


def test_said_twice_in_one_feed_the_last_word_counts(reception, person):
    counts = feed(reception.registry, claim(person, "W1", "2026-10"), claim(person, "W1", "2026-10", [drug("2026-10-09")]))
    assert (counts["new"], counts["said_again_later"]) == (1, 1)
    assert told(reception, person)["claims"][0]["lines"][0]["done_on"] == "2026-10-09"


BROKEN = [
    ("{", "claim: not JSON"), ("[]", "claim: not an object"), ({"claim": None}, "claim: a member is missing"),
    ({"surprise": 1}, "claim: a member that is not known"), ({"month": "2026-13"}, "month: not a month, or in the future"),
    ({"month": "2999-01"}, "month: not a month, or in the future"), ({"facility_code": "1"}, "facility_code: no facility code"),
    ({"source": "hearsay"}, "claim: not one of the words of its member"),
    ({"insurer_number": "1"}, "insurer_number: no insurer number"),
    ({"drugs": None}, "drugs: no lines of any kind"), ({"drugs": {}}, "drugs: not a list"),
    ({"drugs": [{}]}, "drugs: a member is missing"), ({"drugs": [drug("2026-10-05", code="1")]}, "drugs: code is not 9 digits"),
    ({"drugs": [drug("2099-10-05")]}, "drugs: done_on lies in the future"),
    ({"drugs": [drug("2026-10-05", yj_code="123")]}, "drugs: yj_code is not 7 digits, a letter and 4 digits"),
    ({"drugs": [drug("2026-10-05", quantity="1,5")]}, "drugs: quantity is not a decimal number"),
    ({"drugs": [drug("2026-10-05", times=1000)]}, "drugs: a number above its limit"),
    ({"drugs": [drug("2026-10-05")] * 501}, "drugs: more than 500 lines"),
    ('{"claim":"' + "x" * 300_000 + '"}', "longer than a line may be, or broken"),
]


def test_each_broken_line_has_its_reason_and_stops_nothing(reception, person, tmp_path):
    good = claim(person, "K1", "2026-10")
    lines = [one if isinstance(one, str) else {name: value for name, value in {**claim(person, "K2", "2026-10"), **one}.items()
                                               if value is not None} for one, _ in BROKEN]
    report = tmp_path / "report.csv"
    counts = feed(reception.registry, good, *lines, claim(reception.registry.people.add(), "K3", "2026-10"), expect=65,
                  report=report)
    assert (counts["new"], counts["unsound"]) == (2, len(BROKEN))
    rows = list(csv.reader(report.read_text(encoding="utf-8").splitlines()[1:]))
    assert [(row[0], row[1], ",".join(row[2:])) for row in rows] == [
        (str(n + 2), "unsound", reason) for n, (_, reason) in enumerate(BROKEN)]


def test_a_claim_of_nobody_is_told_and_kept_from_everybody(reception, person, tmp_path):
    stranger = claim(person, "Q1", "2026-10", number="99999999")
    assert feed(reception.registry, stranger, expect=65, report=tmp_path / "r.csv")["nobody"] == 1
    assert told(reception, person) == {"verdict": "no_data_held"}
