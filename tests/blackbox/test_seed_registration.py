"""What hospitals and officials wrote about registration, each of their sentences as a case: the number names the sentence."""
import datetime
import uuid

import pytest

from harness.registry import Registry
from test_registration import EVENT, RECEIVED, TODAY, Office, question_of, someone, truth_of

BORN = str(TODAY - datetime.timedelta(10))
WEEKS_AGO, DAY_BEFORE = str(TODAY - datetime.timedelta(60)), str(TODAY - datetime.timedelta(1))
FOREIGN = someone(503, name="ＳＭＩＴＨ　ＪＯＨＮ", name_kana="スミス　ジョン")


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    truth = [truth_of(someone(n)) for n in range(500, 560) if n not in (503, 530, 531, 532)]
    truth += [truth_of(FOREIGN), truth_of(someone(530), birth="1999-09-09"), truth_of(someone(531), kana="ベツノ　カナ", name="別野　名"),
              truth_of(someone(532), name="架空　別郎")]
    shared = Office(Registry(tmp_path_factory.mktemp("seed"), place["url"], place["template"]), truth)
    try:
        yield shared
    finally:
        shared.close()


def verdict(office, row, by=None):
    return office.apply([row], by)[row["row_key"]]


def has(verdict_, rule):
    return any(finding.split()[0] == rule for finding in verdict_[1])


def breaches(office, row):
    return office.registry.execute(
        "SELECT b.kind, b.received_on::text, b.delay_reason FROM registry.registration_breach AS b"
        " JOIN registry.batch_row AS r USING (batch_id, row_no) WHERE r.row_key = %s ORDER BY b.kind", row["row_key"])


def test_sr_020_who_is_registered_on_the_day_of_joining_is_in_force_the_same_day(office):
    day = str(TODAY)
    row = someone(500, event_on=day, notice_received_on=day, acquired_on=day)
    assert verdict(office, row) == (1, ())
    assert office.reason(row) == "in_force"


def test_sr_031_days_in_a_wrong_order_are_refused_and_swapped_issue_and_acquisition_is_noticed(office):
    row = someone(501, birth_date=str(TODAY - datetime.timedelta(1)), acquired_on=EVENT)
    assert verdict(office, row)[0] == 4 and has(verdict(office, row), "VR-10")
    today = str(TODAY)
    rows = [someone(n, event_on=today, notice_received_on=today, acquired_on=today, card_issued_on=today)
            for n in range(504, 508)]
    assert any(has(one, "VR-12") or has(one, "VR-11") for one in office.apply(rows).values())


def newborn(n):
    return someone(n, personal_number=None, personal_number_source=None, personal_number_absence="newborn", birth_date=BORN,
                   acquired_on=BORN, event_on=BORN, notice_received_on=RECEIVED, relation="2", burden_ratio="20")


def test_sr_043_a_newborn_without_a_number_is_registered_with_the_reason(office):
    row = newborn(508)
    assert verdict(office, row)[0] == 1
    assert office.reason(row) == "in_force"


def test_sr_048_a_foreign_name_as_the_resident_register_writes_it_asks_nobody(office):
    assert verdict(office, FOREIGN) == (1, ())
    assert office.reason(FOREIGN) == "in_force"


def test_sr_050_the_branch_number_tells_members_of_one_family_apart(office):
    rows = [someone(509, number="9509", branch_number="00"), someone(510, number="9509", branch_number="01",
                                                                    birth_date=someone(509)["birth_date"], sex1="2")]
    rows[1]["sex1"] = someone(510)["sex1"]
    one = someone(509, number="9509", branch_number="00")
    two = someone(510, number="9509", branch_number="01")
    assert {found[0] for found in office.apply([one, two]).values()} == {1}
    names = {office.registry.answers(question_of(row))["coverage"][0]["name"] for row in (one, two)}
    assert names == {one["name"], two["name"]}


def test_sr_069_who_changes_the_insurer_is_handed_over_without_a_gap_or_an_overlap(office):
    old = someone(511, acquired_on=WEEKS_AGO)
    assert verdict(office, old)[0] == 1
    new = someone(511, row_key="new", symbol=None, number="777511", branch_number="00", acquired_on=DAY_BEFORE)
    assert verdict(office, new, office.other)[0] == 1
    assert office.reason(old) == "lost"
    assert office.reason(old, asked_on=str(TODAY - datetime.timedelta(20))) == "in_force"
    spans = office.registry.execute(
        "SELECT lower(valid)::text, upper(valid)::text FROM registry.coverage WHERE number IN (%s, '777511')"
        " AND superseded_at = 'infinity' ORDER BY 1", old["number"])
    assert spans == [(WEEKS_AGO, DAY_BEFORE), (DAY_BEFORE, None)]


def test_sr_082_a_newborn_is_covered_back_to_the_day_of_birth(office):
    row = newborn(512)
    verdict(office, row)
    assert office.reason(row, asked_on=BORN) == "in_force"


def test_sr_092_a_row_with_neither_a_personal_number_nor_a_reason_is_refused(office):
    row = someone(513, personal_number=None, personal_number_source=None)
    found = verdict(office, row)
    assert found[0] == 4 and has(found, "VR-07")
    assert office.reason(row) == "not_found"


def test_sr_093_the_five_days_run_from_the_notice_and_who_misses_them_must_say_why(office):
    silent = someone(514, event_on=WEEKS_AGO, notice_received_on=WEEKS_AGO, acquired_on=WEEKS_AGO)
    assert verdict(office, silent)[0] == 4
    said = dict(silent, row_key="said", delay_reason="number_missing")
    assert verdict(office, said)[0] == 1
    assert breaches(office, said) == [(1, WEEKS_AGO, 1)]


def test_sr_094_the_employers_five_days_run_by_a_clock_of_their_own(office):
    row = someone(515, event_on=WEEKS_AGO, acquired_on=WEEKS_AGO)
    assert verdict(office, row)[0] == 1
    assert [kind for kind, _, _ in breaches(office, row)] == [3]


def test_sr_095_a_coverage_can_be_registered_before_it_begins(office):
    day = str(TODAY + datetime.timedelta(20))
    row = someone(516, acquired_on=day)
    assert verdict(office, row)[0] == 1
    assert (office.reason(row), office.reason(row, asked_on=day)) == ("not_yet_started", "in_force")


def test_sr_096_every_registration_asks_the_resident_register_and_a_mismatch_is_not_shown(office):
    asked = office.register.counts()
    row = someone(530)
    found = verdict(office, row)
    assert office.register.counts() != asked
    assert found[0] == 2 and has(found, "VR-84")
    assert office.reason(row) == "suspended"


def test_sr_099_a_number_that_the_insurer_searched_for_is_compared_more_strictly(office):
    """The name alone differs: of a number that the person gave it is reported, of one that was looked up it seals."""
    given = someone(532)
    looked_up = someone(532, row_key="looked-up", personal_number_source="looked_up")
    strict = verdict(office, looked_up)
    assert strict[0] == 2
    assert given["personal_number"] == looked_up["personal_number"]


def test_sr_100_a_file_is_tried_first_and_errors_are_told_by_row_and_field(office):
    rows = [someone(517), someone(518, birth_date="1980-02-30"), someone(519, sex1="9")]
    place = office.send(rows, path="/v1/enrolment/batches?dry_run=true")
    office.ended(place)
    told = office.verdicts(place)
    assert told["row-518"] == (4, ("VR-10 birth_date",)) and told["row-519"][0] == 4
    assert office.reason(rows[0]) == "not_found"


def test_sr_100_what_was_registered_wrongly_is_cancelled(office):
    row = someone(520)
    verdict(office, row)
    office.apply([{**{name: row[name] for name in ("symbol", "number", "branch_number", "birth_date")}, "operation": "cancel",
                   "row_key": "cancel", "event_on": EVENT, "notice_received_on": RECEIVED}])
    assert office.reason(row) == "not_found"


def test_sr_102_what_the_registry_holds_for_a_number_is_compared_and_a_difference_is_an_exception(office):
    row = someone(521)
    assert verdict(office, row)[0] == 1
    other = someone(521, row_key="differs", symbol=None, number="777521", birth_date="1971-01-01")
    found = verdict(office, other, office.other)
    assert found[0] == 2
    assert office.registry.answers({**question_of(other) | {"insurer_number": "00139998"}} if "symbol" in other else
                                   {"insurer_number": "00139998", "number": "777521", "branch_number": "00",
                                    "birth_date": "1971-01-01"})["reason"] == "suspended"


def test_sr_103_the_comparison_is_kept_field_by_field_with_its_rule_version(office):
    row = someone(531)
    assert verdict(office, row)[0] == 2
    fields = office.registry.one(
        "SELECT h.fields FROM registry.person_hold AS h JOIN registry.batch_row AS r USING (batch_id, row_no)"
        " WHERE r.row_key = %s", row["row_key"])
    assert fields.startswith("v") and {"name_kana", "birth_date", "sex"} <= {part.split("=")[0] for part in fields.split()}


def test_sr_104_one_person_under_two_numbers_is_noticed(office):
    one = someone(522)
    two = someone(523, **{name: one[name] for name in ("name", "name_kana", "birth_date", "sex1", "address")})
    assert verdict(office, one)[0] == 1
    found = verdict(office, two)
    assert found[0] == 2


def test_sr_106_and_107_a_wrong_link_stops_being_shown_and_who_saw_it_is_listed(office):
    row = someone(524)
    verdict(office, row)
    shown = office.registry.answers(question_of(row))["confirmation"]
    card = {name: row[name] for name in ("symbol", "number", "branch_number", "birth_date")}
    reply = office.registry.tell("POST", "/v1/enrolment/unlink", card, X_User_Id="user-1")
    assert reply.status == 201, reply.body
    assert office.reason(row) == "suspended"
    assert [access["confirmation"] for access in reply.json["accesses"]] == [shown]


def test_sr_108_a_mismatch_lies_in_the_insurers_inbox_and_can_be_answered(office):
    row = someone(530, row_key="again-530", number="9530")
    verdict(office, row)
    inbox = office.registry.tell("GET", "/v1/enrolment/holds?limit=500", X_User_Id="user-1").json["holds"]
    assert inbox and all(hold["due_on"] for hold in inbox)
