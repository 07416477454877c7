"""From an insurer's file to a facility's answer: checked, held or applied, visible at once, exactly once."""
import csv
import datetime
import io
import json

import pytest

from harness.cluster import shikaku
from harness.days import today
from harness.people import INSURER, NATIONAL
from harness.register import Register, synthetic
from harness.registry import Registry
from harness.uploads import BATCHES, Uploader
from harness.wait import until

TODAY = today()
EVENT, RECEIVED = str(TODAY - datetime.timedelta(3)), str(TODAY - datetime.timedelta(1))
TAKES_S = 60


def someone(n, **changes):
    """An invented person as an insurer's row of acquisition; changes to None leave a field out."""
    row = {"operation": "acquire", "row_key": f"row-{n}", "symbol": "4321", "number": str(5000 + n), "branch_number": "00",
           "personal_number": synthetic(70_000 + n), "personal_number_source": "submitted",
           "name": f"架空　{'一二三四五六七八九'[n % 9]}郎", "name_kana": "カクウ　ロウ", "sex1": str(1 + n % 2),
           "birth_date": str(datetime.date(1960, 1, 1) + datetime.timedelta(n * 97 % 12000)), "relation": "1",
           "address": f"東京都見本市合成町{1 + n % 9}丁目{1 + n % 20}番", "event_on": EVENT, "notice_received_on": RECEIVED,
           "acquired_on": EVENT, "burden_ratio": "30"}
    row.update(changes)
    return {name: value for name, value in row.items() if value is not None}


def truth_of(row, **changes):
    """The same person as the resident register holds it."""
    held = {"number": row["personal_number"], "name": row["name"], "kana": row["name_kana"], "birth": row["birth_date"],
            "sex": row["sex1"], "address": row["address"]}
    held.update(changes)
    return "\t".join(held.values())


def file_of(rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def question_of(row):
    return {"insurer_number": INSURER, **{name: row[name] for name in ("symbol", "number", "branch_number", "birth_date")}}


class Office:
    """A registry with both programs and a resident register that holds these lines."""

    def __init__(self, registry, truth):
        self.registry = registry
        for who, number in (("insurer", INSURER), ("other", NATIONAL)):
            registry.add_insurer(who, number)
        registry.admit()
        shikaku("vault", "--dir", registry.folder / "vault")
        self.register = Register(registry.folder / "register", truth)
        self.registry.start()
        self.settings = {"vault": registry.folder / "vault", "personal_numbers": "synthetic", "batch_idle_ms": 20,
                         "register_url": f"https://localhost:{self.register.port}",
                         "register_authority": self.register.pki / "ca.pem",
                         "register_certificate": self.register.pki / "registry.pem",
                         "register_key": self.register.pki / "registry.key"}
        self.registry.start_registrar(**self.settings)
        self.insurer, self.other = Uploader(registry, "insurer"), Uploader(registry, "other")

    def close(self):
        self.register.close()
        self.registry.close()

    def send(self, rows, by=None, **words):
        """Uploads rows; the place of the batch."""
        reply = (by or self.insurer).open(rows if isinstance(rows, bytes) else file_of(rows), **words)
        assert reply.status in (200, 201), reply.body
        return reply.header("Location")

    def ended(self, place, by=None):
        """How the batch stands once it waits for nobody but people."""
        def over():
            standing = (by or self.insurer).standing(place)
            return standing if standing["state"] in ("done", "refused", "waits_for_release", "undone") else None
        return until(over, TAKES_S)

    def verdicts(self, place):
        batch = place.rsplit("/", 1)[1]
        return {key: (outcome, tuple(findings or ())) for key, outcome, findings in self.registry.execute(
            "SELECT row_key, outcome, findings FROM registry.batch_row WHERE batch_id = %s", batch)}

    def apply(self, rows, by=None, **words):
        place = self.send(rows, by, **words)
        assert self.ended(place, by)["state"] == "done", self.registry.log("registrar")[-2000:]
        return self.verdicts(place)

    def reason(self, row, **changes):
        return self.registry.answers({**question_of(row), **changes})["reason"]


SOUND = [someone(n) for n in range(40)]
DIFFERS = someone(100)
ABSENT = someone(101)
SPELT = someone(102, name="髙橋　花子", name_kana="タカハシ　ハナコ")
EVERYBODY = [truth_of(row) for row in SOUND] + [
    truth_of(DIFFERS, birth="1999-09-09"), truth_of(SPELT, name="高橋花子", kana="ﾀｶﾊｼ ﾊﾅｺ")] + [
    truth_of(someone(n)) for n in range(200, 400)]


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    shared = Office(Registry(tmp_path_factory.mktemp("registration"), place["url"], place["template"]), EVERYBODY)
    try:
        yield shared
    finally:
        shared.close()


def test_a_file_takes_effect_and_facilities_see_it_at_once(office):
    verdicts = office.apply(SOUND)
    assert set(verdicts.values()) == {(1, ())}
    assert {office.reason(row) for row in SOUND} == {"in_force"}


def test_the_same_rows_again_change_nothing(office):
    first, again = office.apply([someone(200)]), office.apply([someone(200)])
    assert (first["row-200"][0], again["row-200"][0]) == (1, 3)


def test_whom_the_resident_register_holds_otherwise_is_held_and_not_shown(office):
    verdicts = office.apply([DIFFERS, ABSENT])
    assert verdicts == {"row-100": (2, ("VR-84 -",)), "row-101": (2, ("VR-83 personal_number",))}
    assert {office.reason(row) for row in (DIFFERS, ABSENT)} == {"suspended"}


def test_another_spelling_is_resolved_by_rules_and_asks_nobody(office):
    assert office.apply([SPELT]) == {"row-102": (1, ())}
    assert office.reason(SPELT) == "in_force"


def test_a_bad_row_never_stops_the_others(office):
    bad = someone(201, birth_date="1980-02-30")
    verdicts = office.apply([someone(202), bad, someone(203)])
    assert (verdicts["row-202"], verdicts["row-203"]) == ((1, ()), (1, ()))
    assert verdicts["row-201"][0] == 4 and any("birth_date" in finding for finding in verdicts["row-201"][1])


def test_a_loss_ends_a_coverage_wherever_it_stands_in_the_file(office):
    acquired = someone(204)
    lost = {name: acquired[name] for name in ("symbol", "number", "branch_number", "birth_date")} | {
        "operation": "lose", "row_key": "loss", "lost_on": str(TODAY), "loss_reason": "03", "event_on": str(TODAY),
        "notice_received_on": str(TODAY)}
    verdicts = office.apply([lost, acquired])
    assert (verdicts["loss"][0], verdicts["row-204"][0]) == (1, 1)
    assert office.reason(acquired) == "lost"


def test_json_lines_say_the_same_as_csv(office):
    rows = [someone(205), someone(206)]
    body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    verdicts = office.apply(body, Content_Type="application/jsonl")
    assert set(verdicts.values()) == {(1, ())}


def test_a_row_by_itself_takes_effect_before_it_is_answered(office):
    row = someone(390)
    reply = office.insurer.send("POST", "/v1/enrolment/registrations", json.dumps(row).encode(),
                                Content_Type="application/json")
    assert (reply.status, reply.json["state"]) == (200, "done"), reply.body
    assert (reply.json["row"]["outcome"], reply.json["row"]["row_key"]) == ("applied", "row-390")
    assert office.reason(row) == "in_force"
    bad = office.insurer.send("POST", "/v1/enrolment/registrations", json.dumps({**row, "birth_date": "x"}).encode(),
                              Content_Type="application/json").json["row"]
    assert bad["outcome"] == "refused" and "birth_date" in {finding.get("field") for finding in bad["findings"]}


def test_a_file_with_an_unknown_column_is_refused_as_a_whole(office):
    standing = office.ended(office.send([{**someone(207), "shoe_size": "27"}]))
    assert (standing["state"], standing["refusal"]) == ("refused", "column_unknown")
    assert office.reason(someone(207)) == "not_found"


def test_a_dry_run_tells_everything_and_changes_nothing(office):
    place = office.send([someone(208), someone(209)], path=BATCHES + "?dry_run=true")
    standing = office.ended(place)
    assert standing["difference"]["adds"] == 2
    assert {outcome for outcome, _ in office.verdicts(place).values()} == {1}
    assert office.reason(someone(208)) == "not_found"


def test_an_insurer_cannot_reach_another_ones_people(office):
    row = someone(210)
    office.apply([row])
    lost = {name: row[name] for name in ("symbol", "number", "branch_number", "birth_date")} | {
        "operation": "lose", "row_key": "theft", "lost_on": str(TODAY), "loss_reason": "03", "event_on": str(TODAY),
        "notice_received_on": str(TODAY)}
    assert office.apply([lost], by=office.other)["theft"] == (4, ("VR-62 number",))
    assert office.reason(row) == "in_force"


def test_a_batch_that_the_database_refuses_steps_aside_for_others_and_goes_on_once_it_can(office):
    stuck, free = someone(250), someone(251)
    office.registry.execute(
        "CREATE FUNCTION registry.refuse_for_a_test() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'not now'; END$$;"
        " CREATE TRIGGER refuse_for_a_test BEFORE INSERT ON registry.coverage FOR EACH ROW"
        f" WHEN (NEW.number = '{stuck['number']}') EXECUTE FUNCTION registry.refuse_for_a_test(); SELECT 1")
    place = office.send([stuck])
    batch = place.rsplit("/", 1)[1]
    until(lambda: office.registry.execute("SELECT 1 FROM registry.batch WHERE batch_id = %s AND failures > 0", batch))
    behind = office.send([{**free, "row_key": "behind"}])
    assert office.ended(office.send([free], office.other), office.other)["state"] == "done"
    assert {office.insurer.standing(one)["state"] for one in (place, behind)} <= {"received", "checking", "applying"}
    office.registry.execute("DROP FUNCTION registry.refuse_for_a_test CASCADE; SELECT 1")
    assert [office.ended(one)["state"] for one in (place, behind)] == ["done", "done"]
    assert office.reason(stuck) == "in_force"
    assert office.registry.execute("SELECT failures, rests_until FROM registry.batch WHERE batch_id = %s", batch) == [(0, None)]


def test_a_batch_that_would_end_an_unusual_share_waits_for_a_second_person(office):
    people = [someone(n) for n in range(211, 261)]
    office.apply(people)
    losses = [{name: row[name] for name in ("symbol", "number", "branch_number", "birth_date")} | {
        "operation": "lose", "row_key": row["row_key"], "lost_on": str(TODAY), "loss_reason": "03",
        "event_on": str(TODAY), "notice_received_on": str(TODAY)} for row in people]
    place = office.send(losses)
    assert office.ended(place)["state"] == "waits_for_release"
    assert office.reason(people[0]) == "in_force"
    assert office.insurer.send("POST", place + "/release").code == "second_person_needed"
    second = Uploader(office.registry, "insurer", user="user-2")
    assert second.send("POST", place + "/release").status in (200, 202)
    until(lambda: office.insurer.standing(place)["state"] == "done", TAKES_S)
    assert office.reason(people[0]) == "lost"


def test_an_applied_batch_is_taken_back(office):
    people = [someone(n) for n in range(261, 266)]
    place = office.send(people)
    office.ended(place)
    assert office.reason(people[0]) == "in_force"
    assert office.insurer.send("POST", place + "/undo").status in (200, 202)
    until(lambda: office.insurer.standing(place)["state"] == "undone", TAKES_S)
    assert office.reason(people[0]) == "not_found"


def test_while_the_register_is_away_new_links_wait_and_lookups_go_on(office):
    row = someone(266)
    office.register.be(down="unavailable")
    try:
        assert office.apply([row])["row-266"] == (2, ("VR-16 -",))
        assert office.reason(row) == "suspended"
        assert office.reason(SOUND[0]) in ("in_force", "not_found")
    finally:
        office.register.be(down="no")


def test_no_personal_number_stands_anywhere_in_clear(office):
    row = someone(267)
    office.apply([row, someone(268, personal_number=synthetic(99), name="●")])
    number = row["personal_number"]
    assert number not in office.registry.log("registrar") and number not in office.registry.log()
    for table, in office.registry.execute(
            "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace = 'registry'::regnamespace"
            " AND c.relkind = 'r'"):
        assert office.registry.one(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", f"%{number}%") == 0, table


def test_the_metrics_page_counts_files_rows_and_questions_to_the_register(office):
    port = office.registry.registrar_settings["admin_port"]
    names = ("shikaku_batches_total", "shikaku_batch_rows_staged_total", "shikaku_register_persons_total")
    before = [office.registry.metric(name, port=port) for name in names]
    office.apply([someone(270), someone(271)])
    assert [office.registry.metric(name, port=port) - old for name, old in zip(names, before)] == [1, 2, 2]
