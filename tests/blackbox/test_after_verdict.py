"""What becomes of a registration behind its first verdict: asked about again, answered, unlinked, overtaken by a later file."""
import datetime

import pytest

from harness.people import INSURER, NATIONAL
from harness.registry import Registry, new_id
from harness.wait import until

from test_registration import EVENT, TAKES_S, TODAY, Office, question_of, someone, truth_of

HOLDS = "/v1/enrolment/holds"
CHANGES = "/v1/eligibility/changes"
CARD = ("symbol", "number", "branch_number", "birth_date")

BACK, OTHERWISE, NOBODY = someone(400), someone(401), someone(402)
FIRST, SECOND = someone(403), someone(404)
SECOND.update({name: FIRST[name] for name in ("personal_number", "name", "name_kana", "sex1", "birth_date", "address")},
              acquired_on=str(TODAY), event_on=str(TODAY), notice_received_on=str(TODAY))
HOLDER, NEWCOMER = someone(405), someone(406)
NEWCOMER.update({name: HOLDER[name] for name in ("personal_number", "name", "name_kana", "sex1", "birth_date", "address")})
WRONG_DAY, CONFIRMED, WITHDRAWN, STILL_WRONG = someone(410), someone(411), someone(412), someone(413)
TAKEN = someone(414)
OTHERS_NUMBER = someone(415, personal_number=TAKEN["personal_number"])
LINKED, BYSTANDER = someone(420), someone(421)
ENDED, ENDS_LATER, UNTOUCHED = someone(430), someone(431), someone(432)
CARRIER, STAYS = someone(440), someone(450)
MOVED = someone(451, **{name: STAYS[name] for name in ("personal_number", "name", "name_kana", "sex1", "birth_date", "address")},
                acquired_on=str(TODAY), event_on=str(TODAY), notice_received_on=str(TODAY))
TRUTH = [truth_of(row) for row in (CARRIER, STAYS, BACK, FIRST, HOLDER, TAKEN, LINKED, BYSTANDER, ENDED, ENDS_LATER, UNTOUCHED)] + [
    truth_of(OTHERWISE, birth="1999-09-09"), truth_of(WRONG_DAY, birth="1991-02-03"), truth_of(STILL_WRONG, birth="1991-02-03"),
    truth_of(CONFIRMED, birth="1991-02-03"), truth_of(WITHDRAWN, birth="1991-02-03")]


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    registry = Registry(tmp_path_factory.mktemp("afterwards"), place["url"], place["template"])
    registry.registrar_settings.update(recheck_ms=50, chores_ms=50, register_breaker_open_ms=50, register_pause_ms=1,
                                       register_tries=1)
    shared = Office(registry, TRUTH)
    try:
        yield shared
    finally:
        shared.close()


@pytest.fixture
def away(office):
    """The resident register does not answer until it is let back."""
    office.register.be(down="unavailable")
    try:
        yield lambda: office.register.be(down="no")
    finally:
        office.register.be(down="no")


def reason_becomes(office, row, reason, insurer=INSURER, **changes):
    until(lambda: office.reason(row, insurer_number=insurer, **changes) == reason, TAKES_S)


def inbox(office, row, who="insurer"):
    page = office.registry.tell("GET", f"{HOLDS}?limit=500", who=who).json["holds"]
    return [hold for hold in page if hold.get("row_key") == row["row_key"]]


def answer(office, row, **body):
    hold, = inbox(office, row)
    reply = office.registry.tell("POST", f"{HOLDS}/{hold['hold_number']}/answer", body, X_User_Id="clerk-1")
    assert reply.status == 200, reply.raw


def link_of(office, row, insurer=INSURER):
    """State of the claim or link of the row's person, and who that is."""
    return office.registry.execute(
        "SELECT n.state, c.person_id FROM registry.coverage AS c LEFT JOIN registry.personal_number AS n"
        " ON n.person_id = c.person_id AND n.unlinked_at = 'infinity'"
        " WHERE c.insurer_number = %s AND c.number = %s AND c.superseded_at = 'infinity'", insurer, row["number"])


def loss_of(row, day):
    return {name: row[name] for name in CARD} | {
        "operation": "lose", "row_key": row["row_key"] + "-loss", "lost_on": day, "loss_reason": "03", "event_on": day,
        "notice_received_on": str(TODAY), "delay_reason": "1"}


# ---- asked about again ---------------------------------------------------------------------------

def test_what_waited_for_the_register_is_in_force_once_it_answers_and_nobody_did_anything(office, away):
    assert office.apply([BACK])["row-400"] == (2, ("VR-16 -",))
    assert office.reason(BACK) == "suspended" and [hold["kind"] for hold in inbox(office, BACK)] == ["register_pending"]
    away()
    reason_becomes(office, BACK, "in_force")
    assert inbox(office, BACK) == [] and link_of(office, BACK)[0][0] == 1


def test_a_user_certificate_that_waited_with_its_row_is_linked_with_it(office, away):
    serial = "A1B2C3D4E5F"  # as a card has it, however an insurer writes it
    office.apply([{**CARRIER, "credential_serial": "00a1b2c3D4E5F"}])
    look = "SELECT person_id FROM registry.credential WHERE serial = %s"
    assert office.registry.execute(look, serial) == []
    away()
    reason_becomes(office, CARRIER, "in_force")
    assert office.registry.execute(look, serial) == [(link_of(office, CARRIER)[0][1],)]


def test_whom_the_register_then_holds_otherwise_stays_in_the_inbox_with_the_fields_that_differ(office, away):
    office.apply([OTHERWISE, NOBODY])
    away()
    until(lambda: [hold["kind"] for hold in inbox(office, OTHERWISE)] == ["register_differs"], TAKES_S)
    until(lambda: [hold["kind"] for hold in inbox(office, NOBODY)] == ["not_in_register"], TAKES_S)
    fields = {one["field"]: one["verdict"] for one in inbox(office, OTHERWISE)[0]["fields"]}
    assert fields["birth_date"] == "different"
    assert {office.reason(row) for row in (OTHERWISE, NOBODY)} == {"suspended"}


def test_a_batch_whose_coverage_has_moved_to_another_person_meanwhile_is_taken_back_there_too(office, away):
    away()
    office.apply([STAYS])
    office.register.be(down="unavailable")
    place = office.send([MOVED], office.other)
    assert office.ended(place, office.other)["state"] == "done"
    away()
    reason_becomes(office, MOVED, "in_force", NATIONAL)
    reason_becomes(office, STAYS, "lost")
    assert office.other.send("POST", place + "/undo").status in (200, 202)
    until(lambda: office.other.standing(place)["state"] == "undone", TAKES_S)
    assert office.other.standing(place)["difference"]["left_alone"] == 0
    assert office.reason(MOVED, insurer_number=NATIONAL) == "not_found" and office.reason(STAYS) == "in_force"


def test_two_insurers_that_wait_with_one_number_find_one_person(office, away):
    office.apply([FIRST])
    office.apply([SECOND], by=office.other)
    assert link_of(office, FIRST)[0][1] != link_of(office, SECOND, NATIONAL)[0][1]
    away()
    reason_becomes(office, SECOND, "in_force", NATIONAL)
    assert link_of(office, FIRST)[0][1] == link_of(office, SECOND, NATIONAL)[0][1]
    assert office.reason(FIRST) == "lost"


def test_who_has_the_number_of_somebody_born_on_another_day_is_not_joined_with_that_person(office, away):
    away()
    office.apply([HOLDER])
    person = link_of(office, HOLDER)[0][1]
    office.registry.execute("UPDATE registry.person_version SET birth_date = '1933-03-03' WHERE person_id = %s", person)
    office.registry.execute("SELECT registry.dossier_refresh(ARRAY[%s]::int8[])", person)
    office.register.be(down="unavailable")
    office.apply([NEWCOMER], by=office.other)
    office.register.be(down="no")
    until(lambda: [hold["kind"] for hold in inbox(office, NEWCOMER, "other")] == ["number_differs"], TAKES_S)
    assert link_of(office, NEWCOMER, NATIONAL)[0][1] != person
    assert office.reason(HOLDER, birth_date="1933-03-03") == "suspended"


# ---- answers of insurers -------------------------------------------------------------------------

def test_what_is_corrected_is_asked_about_again_and_comes_into_force(office):
    office.apply([WRONG_DAY, STILL_WRONG])
    answer(office, WRONG_DAY, answer="correct", birth_date="1991-02-03")
    answer(office, STILL_WRONG, answer="correct", birth_date="1992-02-03")
    reason_becomes(office, WRONG_DAY, "in_force", birth_date="1991-02-03")
    assert link_of(office, WRONG_DAY)[0][0] == 1
    until(lambda: [hold["kind"] for hold in inbox(office, STILL_WRONG)] == ["register_differs"], TAKES_S)
    assert office.reason(STILL_WRONG, birth_date="1992-02-03") == "suspended"


def test_what_is_confirmed_is_in_force_and_linked(office):
    office.apply([CONFIRMED])
    answer(office, CONFIRMED, answer="confirm", reason="other")
    assert office.reason(CONFIRMED) == "in_force" and link_of(office, CONFIRMED)[0][0] == 1


def test_what_is_withdrawn_was_never_there(office):
    office.apply([WITHDRAWN])
    answer(office, WITHDRAWN, answer="withdraw")
    assert office.reason(WITHDRAWN) == "not_found" and link_of(office, WITHDRAWN) == []


def test_who_is_confirmed_with_the_number_of_somebody_born_on_another_day_is_shown_and_not_joined(office):
    office.apply([TAKEN])
    assert office.apply([OTHERS_NUMBER])["row-415"][0] == 2
    answer(office, OTHERS_NUMBER, answer="confirm", reason="other")
    assert office.reason(OTHERS_NUMBER) == "in_force" and office.reason(TAKEN) == "in_force"
    (state, person), = link_of(office, OTHERS_NUMBER)
    assert state == 2 and person != link_of(office, TAKEN)[0][1]


# ---- wrong links ---------------------------------------------------------------------------------

def test_a_wrong_link_is_ended_and_names_every_facility_that_saw_it_and_no_other(office):
    office.apply([LINKED, BYSTANDER])
    shown = {office.registry.answers(question_of(LINKED), who=who)["confirmation"] for who in ("hospital", "hospital", "clinic")}
    office.registry.answers(question_of(BYSTANDER), who="clinic")
    reply = office.registry.tell("POST", "/v1/enrolment/unlink", {name: LINKED[name] for name in CARD}, X_User_Id="clerk-1")
    assert reply.status == 201, reply.raw
    assert office.reason(LINKED) == "suspended" and office.reason(BYSTANDER) == "in_force"
    assert {access["confirmation"] for access in reply.json["accesses"]} == shown
    assert {access["facility_code"] for access in reply.json["accesses"]} == {
        office.registry.facility_code(who) for who in ("hospital", "clinic")}
    again = office.registry.tell("GET", reply.header("Location")).json
    assert {access["confirmation"] for access in again["accesses"]} == shown
    assert office.registry.one(
        "SELECT count(*) FROM registry.personal_number AS n JOIN registry.coverage AS c USING (person_id)"
        " WHERE c.number = %s AND n.unlinked_at < 'infinity' AND n.linked_at < n.unlinked_at", LINKED["number"]) == 1


# ---- answers that a later file overtakes ---------------------------------------------------------

def changes_of(office, who):
    return {one["request_id"] for one in office.registry.answers(
        None, path=f"{CHANGES}?after=0&limit=500", method="GET", who=who, Content_Type=None)["changes"]}


def test_a_loss_in_the_past_is_told_to_the_facility_that_had_asked_and_to_no_other(office):
    office.apply([ENDED, ENDS_LATER, UNTOUCHED])
    asked = {row["row_key"]: new_id() for row in (ENDED, ENDS_LATER, UNTOUCHED)}
    for row in (ENDED, ENDS_LATER, UNTOUCHED):
        assert office.registry.answers(question_of(row), request_id=asked[row["row_key"]])["reason"] == "in_force"
    ahead = str(TODAY + datetime.timedelta(30))
    verdicts = office.apply([loss_of(ENDED, str(TODAY - datetime.timedelta(1))), loss_of(ENDS_LATER, ahead) | {
        "event_on": str(TODAY)}])
    assert {outcome for outcome, _ in verdicts.values()} == {1}, verdicts
    until(lambda: office.registry.one("SELECT count(*) FROM registry.correction WHERE told_at IS NULL") == 0, TAKES_S)
    assert changes_of(office, "hospital") & set(asked.values()) == {asked["row-430"]}
    assert not changes_of(office, "clinic") & set(asked.values())
