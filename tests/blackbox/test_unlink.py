"""A wrong link is ended by the insurer that made it: sealed at once, with a list of who was shown what through it."""
import itertools

import pytest

from harness.registry import new_id

from test_holds import batch, number

UNLINK = "/v1/enrolment/unlink"
index = itertools.count(900_001)


def linked(office, **more):
    person = office.people.add(**more)
    number(office, person, next(index), state=1)
    return person


def card(person):
    return {"symbol": person.symbol, "number": person.number, "branch_number": person.branch, "birth_date": person.birth_date}


def unlink(office, body, who="insurer", request_id=None, user="clerk-1"):
    return office.tell("POST", UNLINK, body, who=who, request_id=request_id, X_User_Id=user)


def test_the_person_is_sealed_at_once_and_everyone_who_saw_it_is_listed(office):
    person = linked(office)
    shown = [office.answers(person.question(), who=who)["confirmation"] for who in ("hospital", "clinic")]
    reply = unlink(office, card(person))
    assert reply.status == 201, reply.raw
    view = reply.json
    assert view["link_ended"] is True and reply.header("Location") == f"/v1/enrolment/unlinks/{view['unlink_number']}"
    assert office.answers(person.question())["reason"] == "suspended"
    assert office.one("SELECT unlinked_at < 'infinity' FROM registry.personal_number WHERE person_id = %s", person.person_id)
    accesses = {access["confirmation"]: access for access in view["accesses"]}
    assert set(shown) == set(accesses)
    access = accesses[shown[0]]
    assert access["holder"] == "facility" and access["facility_code"] == office.facility_code("hospital")
    assert {"coverage", "person", "address"} <= set(access["items"])
    for value in person.personal:
        assert value.encode() not in reply.raw


def test_the_list_can_be_read_again_page_by_page_and_the_seal_hides_nothing_of_it(office):
    person = linked(office)
    shown = [office.answers(person.question())["confirmation"] for _ in range(5)]
    place = unlink(office, card(person)).header("Location")
    office.answers(person.question())      # after the seal: no disclosure
    seen, after = [], ""
    while after is not None:
        page = office.tell("GET", f"{place}?limit=2{after}").json
        seen += [access["confirmation"] for access in page["accesses"]]
        after = f"&after={page['next_after']}" if "next_after" in page else None
    assert sorted(seen) == sorted(shown) and len(seen) == len(set(seen))


def test_the_same_again_is_told_the_same_and_seals_once(office):
    person, request_id = linked(office), new_id()
    first = unlink(office, card(person), request_id=request_id)
    assert unlink(office, card(person), request_id=request_id).body == first.body
    assert unlink(office, card(person)).json["unlink_number"] == first.json["unlink_number"]
    assert office.one("SELECT count(*) FROM registry.person_hold WHERE person_id = %s", person.person_id) == 1


def test_a_row_of_a_batch_names_the_person_too(office):
    person = linked(office)
    number_of_batch = batch(office, person.insurer)
    office.people.insert("batch_row", batch_id=number_of_batch, row_no=900_000 + person.person_id, operation=1, outcome=1,
                         person_id=person.person_id, coverage_id=person.coverage_id)
    row = {"batch_number": str(number_of_batch), "row_no": 900_000 + person.person_id}
    assert unlink(office, row, who="other").code == "not_found"
    assert unlink(office, row).status == 201
    assert office.answers(person.question())["reason"] == "suspended"


def test_nobody_elses_people_are_sealed_or_listed(office):
    person = linked(office)
    assert unlink(office, card(person), who="other").code == "not_found"
    assert office.answers(person.question())["reason"] == "in_force"
    place = unlink(office, card(person)).header("Location")
    assert office.tell("GET", place, who="other").code == "not_found"


def test_a_card_of_two_persons_names_neither(office):
    first = linked(office, branch="01")
    second = office.people.add(branch="02", number=first.number, birth_date=first.birth_date)
    body = card(first)
    del body["branch_number"]
    reply = unlink(office, body)
    assert (reply.status, reply.code) == (409, "several_persons")
    assert unlink(office, card(first)).status == 201
    assert office.answers(second.question())["reason"] == "in_force"


def test_the_doubt_that_seals_is_answered_like_any_other(office):
    person = linked(office)
    hold = unlink(office, card(person)).json["hold_number"]
    view = office.tell("GET", f"/v1/enrolment/holds/{hold}").json
    assert (view["kind"], view["sealed"]) == ("wrong_link_ended", "all")
    reply = office.tell("POST", f"/v1/enrolment/holds/{hold}/answer", {"answer": "confirm", "reason": "documents_checked"},
                        X_User_Id="u")
    assert reply.status == 200
    assert office.answers(person.question())["reason"] == "in_force"


def test_who_reads_the_list_is_on_record_under_the_persons_pseudonym(office):
    person = linked(office)
    place = unlink(office, card(person)).header("Location")
    request_id, other_id = new_id(), new_id()
    office.tell("GET", place, request_id=request_id)
    office.ask(person.question(), request_id=other_id)
    subjects = [office.one("SELECT subject FROM registry.access_record WHERE request_id = %s", one)
                for one in (request_id, other_id)]
    assert subjects[0] is not None and bytes(subjects[0]) == bytes(subjects[1])


@pytest.mark.parametrize("body,field", [
    ({}, "number"), ({"number": "1"}, "birth_date"), ({"number": "123456789018", "birth_date": "1980-01-01"}, "number"),
    ({"batch_number": "x", "row_no": 1}, "batch_number"), ({"batch_number": "1"}, "row_no"),
    ({"batch_number": "1", "row_no": 1, "number": "1"}, "batch_number"), ({"row_no": -1}, "row_no"),
])
def test_what_names_nobody_is_refused(office, body, field):
    reply = unlink(office, body)
    assert reply.status == 400 and field in [error.get("field") for error in reply.json["errors"]]


def test_who_unlinks_says_who_it_is(office):
    assert unlink(office, card(linked(office)), user=None).json["errors"][0]["field"] == "X-User-Id"
