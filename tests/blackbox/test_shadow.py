"""The rules of comparison under another version: everybody is compared, what would change is told, nothing changes."""
import csv
import json
import signal
import subprocess

import pytest

from harness.registry import Registry
from harness.server import SHIKAKU
from harness.wait import until

from test_registration import TAKES_S, Office, someone, truth_of

# The register writes one of two letters that sound alike: loose under the rules in force, the same under the draft.
FOUR_KANA = [someone(n, name_kana="アヅマ　チヅコ") for n in range(800, 805)]
OTHERS = [someone(n) for n in range(805, 830)]
GONE = someone(830)
MANY = 3000
STATE = ("SELECT (SELECT count(*) FROM registry.person_hold), (SELECT count(*) FROM registry.coverage), (SELECT max(version) FROM"
         " registry.dossier), (SELECT count(*) FROM registry.personal_number)")


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    registry = Registry(tmp_path_factory.mktemp("shadow"), place["url"], place["template"])
    registry.registrar_settings.update(recheck_ms=600_000)
    many = [someone(10_000 + n, number=str(20_000 + n)) for n in range(MANY)]
    truth = [truth_of(row, kana="アズマ　チズコ") for row in FOUR_KANA] + [truth_of(row) for row in OTHERS + many + [GONE]]
    shared = Office(registry, truth)
    try:
        shared.apply(FOUR_KANA + OTHERS + many)
        yield shared
    finally:
        shared.close()


def shadow(office, *words):
    return subprocess.Popen([SHIKAKU, "shadow", *words, "--config", office.registry.folder / "registrar.conf"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process, code=0):
    said, complained = process.communicate(timeout=120)
    assert process.returncode == code, complained
    return said, complained


def test_what_would_change_is_told_and_nothing_changes(office, tmp_path):
    before = office.registry.execute(STATE)
    path = tmp_path / "differences.csv"
    told = json.loads(ended(shadow(office, "2", "--anew", "--differences", str(path)))[0])
    linked = office.registry.one("SELECT count(*) FROM registry.personal_number WHERE state = 1 AND unlinked_at = 'infinity'")
    assert (told["rule_version"], told["in_force"], told["compared"]) == (2, 1, linked)
    assert told["differences"] == len(FOUR_KANA) and told["not_found"] == told["incomparable"] == told["unanswered"] == 0
    assert sum(change["links"] for change in told["changes"]) == len(FOUR_KANA)
    assert {(change["from"], change["to"]) for change in told["changes"]} == {("report", "link")}
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(FOUR_KANA)
    assert {("name_kana=3/40" in row["fields_in_force"], "name_kana=2/41" in row["fields"]) for row in rows} == {(True, True)}
    links = {str(number) for number, in office.registry.execute(
        "SELECT n.number_id FROM registry.personal_number AS n JOIN registry.coverage AS c USING (person_id) WHERE c.number = ANY (%s)",
        [row["number"] for row in FOUR_KANA])}
    assert {row["link"] for row in rows} == links
    assert office.registry.execute(STATE) == before


def test_no_word_of_it_is_about_a_person(office, tmp_path):
    path = tmp_path / "differences.csv"
    said = "".join(ended(shadow(office, "2", "--anew", "--differences", str(path)))) + path.read_text(encoding="utf-8")
    for row in FOUR_KANA:
        for name in ("personal_number", "name", "name_kana", "birth_date", "address", "number"):
            assert f",{row[name]}," not in said and (len(row[name]) < 6 or row[name] not in said)


def test_killed_at_any_moment_it_goes_on_and_ends_in_the_same_report(office):
    undisturbed = ended(shadow(office, "2", "--anew"))[0]
    look = "SELECT cursor FROM registry.match_shadow WHERE rule_version = 2 AND finished_at IS NULL"
    words, kills = ("2", "--anew"), 0
    while True:
        process = shadow(office, *words)
        began = office.registry.execute(look) if words != ("2", "--anew") else [(0,)]
        until(lambda: process.poll() is not None or office.registry.execute(look) > began, TAKES_S)
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        process.communicate()
        words, kills = ("2",), kills + 1
    assert kills > 0
    assert ended(process)[0] == undisturbed


def test_a_register_that_is_away_is_told_and_what_is_done_is_kept(office):
    office.register.be(down="unavailable")
    try:
        said, complained = ended(shadow(office, "2", "--anew", "--register_tries", "1"), 69)
    finally:
        office.register.be(down="no")
    assert said == "" and "does not answer" in complained
    assert json.loads(ended(shadow(office, "2"))[0])["differences"] == len(FOUR_KANA)


@pytest.mark.parametrize("words", [[], ["0"], ["99"], ["x"], ["2", "--no-such-setting", "1"]])
def test_a_version_that_is_none_is_refused_with_what_to_say(office, words):
    assert "shikaku shadow" in ended(shadow(office, *words), 64)[1]
