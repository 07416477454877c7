"""Checkups: an insurer's file brings them, item by item judged; a consent opens them, years side by side."""
import datetime
import json

import pytest

from harness.card import Portal, Reception
from harness.cluster import shikaku
from harness.days import today
from harness.people import INSURER
from harness.registry import new_id
from harness.uploads import Uploader
from harness.wait import until

from test_contract import SCHEMAS, problems
from test_registration import TAKES_S, file_of

PATH = "/v1/checkups"
TODAY = today()
THIS_YEAR, LAST_YEAR = str(TODAY - datetime.timedelta(100)), str(TODAY - datetime.timedelta(465))
TOO_OLD = str(TODAY - datetime.timedelta(365 * 5 + 40))
HEIGHT, WEIGHT, LDL = "9N001000000000001", "9N006000000000001", "3F077000002327101"
VERDICT, SMOKING, ADVICE = "9N501000000000011", "9N736000000000011", "9N511000000000049"


def item(code, value, unit="", flag=""):
    return f"{code}^{value}^{unit}^{flag}".rstrip("^")


USUAL = "~".join([item(HEIGHT, "170.1", "cm"), item(LDL, "181", "mg/dL", "H"), item(VERDICT, "3"),
                  item(ADVICE, "経過観察")])


class Examined:
    """A reception whose registry also takes an insurer's files, and a portal."""

    def __init__(self, reception):
        self.reception, self.registry = reception, reception.registry
        self.registry.add_insurer("insurer", INSURER)
        self.registry.admit()
        shikaku("vault", "--dir", self.registry.folder / "vault")
        self.registry.start_registrar(vault=self.registry.folder / "vault", personal_numbers="synthetic", batch_idle_ms=20)
        self.insurer, self.portal = Uploader(self.registry), Portal(reception)

    def row(self, person, **changes):
        return {"operation": "checkup", "row_key": new_id(), "symbol": person.symbol, "number": person.number,
                "branch_number": person.branch, "birth_date": person.birth_date, "examined_on": THIS_YEAR,
                "checkup_items": USUAL, **changes}

    def load(self, *rows):
        """Uploads rows; for each its outcome and findings."""
        place = self.insurer.open(file_of(rows)).header("Location")
        until(lambda: self.insurer.standing(place)["state"] == "done", TAKES_S)
        self.place = place
        held = {key: (outcome, tuple(findings or ())) for key, outcome, findings in self.registry.execute(
            "SELECT row_key, outcome, findings FROM registry.batch_row WHERE batch_id = %s", place.rsplit("/", 1)[1])}
        return [held[row["row_key"]] for row in rows]

    def visit(self, person, consents=("checkups",), **more):
        return self.reception.show(self.reception.card_of(person), consents=list(consents), **more).json["visit_id"]

    def told(self, visit_id, who="hospital", **more):
        reply = self.registry.ask({"visit_id": visit_id, "role": "physician", **more}, path=PATH, who=who)
        assert reply.status == 200, reply.body
        assert problems(SCHEMAS["ClinicalAnswer"], reply.json) == []
        return reply.json["items"]["checkups"]

    def seen(self, person, **more):
        return self.told(self.visit(person), **more)


@pytest.fixture(scope="module")
def examined(place, tmp_path_factory):
    from conftest import made
    folder = tmp_path_factory.mktemp("checkups")
    one = Examined(Reception(lambda **settings: made(place, folder / "registry", **settings), folder))
    yield one
    one.registry.close()


@pytest.fixture
def person(examined):
    return examined.registry.people.add()


APPLIED, UNCHANGED, REFUSED = 1, 3, 4


def test_a_checkup_that_an_insurer_loads_is_shown_to_who_may_see_it(examined, person):
    assert examined.load(examined.row(person)) == [(APPLIED, ())]
    assert examined.seen(person) == {"verdict": "given", "examined_on": [THIS_YEAR], "results": [
        {"item_code": LDL, "item_name": "LDLコレステロール（可視吸光光度法）", "data_type": "PQ", "unit": "mg/dL",
         "values": [{"examined_on": THIS_YEAR, "value": "181", "flag": "H"}]},
        {"item_code": HEIGHT, "item_name": "身長", "data_type": "PQ", "unit": "cm",
         "values": [{"examined_on": THIS_YEAR, "value": "170.1"}]},
        {"item_code": VERDICT, "item_name": "メタボリックシンドローム判定", "data_type": "CD",
         "values": [{"examined_on": THIS_YEAR, "value": "3", "value_name": "非該当"}]},
        {"item_code": ADVICE, "item_name": "医師の診断（判定）", "data_type": "ST",
         "values": [{"examined_on": THIS_YEAR, "value": "経過観察"}]}]}


def test_years_stand_side_by_side_for_each_item_and_no_further_back_than_is_shown(examined, person):
    rows = [examined.row(person, examined_on=day, checkup_items=item(HEIGHT, value, "cm"))
            for day, value in ((LAST_YEAR, "170.4"), (THIS_YEAR, "170.1"), (TOO_OLD, "171.0"))]
    assert [outcome for outcome, _ in examined.load(*rows)] == [APPLIED] * 3
    told = examined.seen(person)
    assert told["examined_on"] == [THIS_YEAR, LAST_YEAR]
    assert [(one["examined_on"], one["value"]) for one in told["results"][0]["values"]] == [
        (THIS_YEAR, "170.1"), (LAST_YEAR, "170.4")]
    visit_id = examined.visit(person)
    assert examined.told(visit_id, **{"to": LAST_YEAR})["examined_on"] == [LAST_YEAR]
    assert examined.told(visit_id, **{"from": THIS_YEAR})["examined_on"] == [THIS_YEAR]


def test_vr_32_a_value_out_of_range_is_kept_as_it_was_sent_and_no_flag_is_invented(examined, person):
    outcome, findings = examined.load(examined.row(person, checkup_items=item(WEIGHT, "65.0", "kg") + "~" + item(HEIGHT, "30.0", "cm")))[0]
    assert (outcome, findings) == (APPLIED, ("VR-32 checkup_items.2",))
    height = examined.seen(person)["results"][0]
    assert height["values"] == [{"examined_on": THIS_YEAR, "value": "30.0"}]


@pytest.mark.parametrize("items, finding", [
    (item("9N001000000000009", "170", "cm"), "VR-87 checkup_items.1"),
    (USUAL + "~" + item(HEIGHT, "170.1", "cm"), "VR-87 checkup_items.5"),
    (item(LDL, "4.7", "mmol/L"), "VR-88 checkup_items.1"),
    (item(VERDICT, "5"), "VR-89 checkup_items.1"),
    ("~".join(item(HEIGHT, "170", "cm") for _ in range(121)), "VR-87 checkup_items"),
], ids=["unknown", "said twice", "another unit", "no such code", "too many"])
def test_an_item_that_is_not_sound_refuses_its_checkup_by_name_and_place_and_no_other(examined, person, items, finding):
    other = examined.registry.people.add()
    refused, taken = examined.load(examined.row(person, checkup_items=items), examined.row(other))
    assert refused[0] == REFUSED and finding in refused[1]
    assert taken == (APPLIED, ())
    assert examined.seen(person) == {"verdict": "no_data_held"}


def test_a_later_row_replaces_the_checkup_of_its_day_and_the_same_again_changes_nothing(examined, person):
    assert examined.load(examined.row(person))[0][0] == APPLIED
    visit_id, request_id = examined.visit(person), new_id()
    question = {"visit_id": visit_id, "role": "physician"}
    first = examined.registry.ask(question, path=PATH, request_id=request_id)
    assert examined.load(examined.row(person))[0][0] == UNCHANGED
    assert examined.load(examined.row(person, checkup_items=item(HEIGHT, "169.9", "cm")))[0][0] == APPLIED
    told = examined.told(visit_id)
    assert [one["values"][0]["value"] for one in told["results"]] == ["169.9"]
    # An earlier answer is given again as it was.
    assert examined.registry.ask(question, path=PATH, request_id=request_id).json == first.json


def test_what_a_file_brought_can_be_taken_back(examined, person):
    examined.load(examined.row(person, checkup_items=item(HEIGHT, "170.1", "cm")))
    examined.load(examined.row(person, checkup_items=item(HEIGHT, "17.0", "cm")))
    assert examined.insurer.send("POST", examined.place + "/undo").status == 202
    until(lambda: examined.insurer.standing(examined.place)["state"] == "undone", TAKES_S)
    assert examined.seen(person)["results"][0]["values"][0]["value"] == "170.1"


def test_two_rows_of_one_day_that_differ_are_both_refused_and_two_days_are_not(examined, person):
    one, other = examined.load(examined.row(person), examined.row(person, checkup_items=item(HEIGHT, "169.9", "cm")))
    assert (one[0], other[0]) == (REFUSED, REFUSED) and one[1] == other[1] == ("VR-65 -",)
    rows = [examined.row(person, examined_on=str(TODAY - datetime.timedelta(days))) for days in range(1, 31)]
    assert [outcome for outcome, _ in examined.load(*rows)] == [APPLIED] * 30


def test_a_checkup_belongs_to_the_coverage_of_its_day_and_to_no_other_insurers_people(examined):
    registry = examined.registry
    person = registry.people.add(valid="[2020-04-01,2025-04-01)")
    assert examined.load(examined.row(person, examined_on="2024-06-01"))[0] == (APPLIED, ())
    assert examined.load(examined.row(person, examined_on="2025-06-01"))[0] == (REFUSED, ("VR-68 examined_on",))
    stranger = registry.people.add(insurer="00139998")
    assert examined.load(examined.row(stranger))[0] == (REFUSED, ("VR-62 number",))


def test_only_a_consent_to_checkups_opens_them(examined, person):
    examined.load(examined.row(person))
    assert examined.told(examined.visit(person, ["drugs"])) == {"verdict": "no_consent"}
    assert examined.told(examined.visit(person), role="clerk") == {"verdict": "not_for_this_facility_kind"}
    both = examined.reception.show(examined.reception.card_of(person), consents=["checkups", "drugs"],
                                   items=["checkups", "drugs"], role="physician").json["items"]
    assert (both["checkups"]["verdict"], both["drugs"]["verdict"]) == ("given", "no_data_held")


def test_a_look_at_checkups_is_on_record_as_one(examined, person):
    examined.load(examined.row(person))
    visit_id, request_id = examined.visit(person), new_id()
    examined.registry.ask({"visit_id": visit_id, "role": "physician"}, path=PATH, request_id=request_id)
    record = examined.registry.record(request_id)
    assert (record["items"], record["way"], record["consent"]) == (1 << 11, 1, 4)


def test_the_person_sees_the_own_checkups_and_nobody_elses(examined, person):
    other = examined.registry.people.add()
    examined.load(examined.row(person), examined.row(other, checkup_items=item(HEIGHT, "155.5", "cm")))
    session = examined.portal.session(examined.reception.card_of(person))
    own = examined.portal.told("checkups", session)["items"]["checkups"]
    assert own["results"] == examined.seen(person)["results"]
    assert "155.5" not in str(own)


def test_one_checkup_by_itself_is_a_file_of_one_row(examined, person):
    reply = examined.insurer.send("POST", "/v1/enrolment/registrations", json.dumps(examined.row(person)).encode(), Content_Type="application/json",
                                  Idempotency_Key=new_id())
    assert reply.status in (200, 201), reply.body
    assert (reply.json["row"]["operation"], reply.json["row"]["outcome"]) == ("10", "applied")


def test_what_a_code_means_is_what_it_meant_on_the_day_of_the_checkup(examined, person):
    rows = [examined.row(person, examined_on=day, checkup_items=item(SMOKING, "2")) for day in ("2023-06-01", "2024-06-01")]
    assert [outcome for outcome, _ in examined.load(*rows)] == [APPLIED] * 2
    values = examined.seen(person)["results"][0]["values"]
    assert [one["value_name"] for one in values] == ["以前は吸っていたが、最近1か月間は吸っていない", "いいえ"]


def test_a_doubt_or_a_move_seals_an_earlier_answer_too(examined, person):
    registry = examined.registry
    examined.load(examined.row(person))
    visit_id, request_id = examined.visit(person), new_id()

    def again():
        reply = registry.ask({"visit_id": visit_id, "role": "physician"}, path=PATH, request_id=request_id)
        return reply.json["items"]["checkups"]["verdict"]
    assert again() == again() == "given"
    hold = registry.people.insert("person_hold", "hold_id", person_id=person.person_id, scope=2, reason="a doubt")
    assert again() == "no_data_held"
    registry.execute("UPDATE registry.person_hold SET closed_at = now() WHERE hold_id = %s", hold)
    assert again() == "given"
    other = registry.people.add()
    registry.execute("UPDATE registry.coverage SET superseded_at = now() WHERE coverage_id = %s AND superseded_at = 'infinity'",
                     person.coverage_id)
    registry.people.cover(other, coverage_id=person.coverage_id, scheme=2)
    assert again() == "no_data_held"
