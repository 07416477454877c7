"""Tickets: a facility says that an answer differs from the paper, and the insurer whose coverage it was must answer."""
import pytest

from harness.people import NATIONAL
from harness.registry import new_id

TICKETS = "/v1/discrepancies"
INBOX = "/v1/enrolment/discrepancies"


def opened(office, person=None, fields=("name", "birth_date"), who="hospital", request_id=None):
    person = person or office.people.add()
    confirmation = office.answers(person.question(), who=who)["confirmation"]
    reply = office.ask({"confirmation": confirmation, "fields": list(fields)}, path=TICKETS, who=who, request_id=request_id)
    assert reply.status == 201, reply.raw
    return person, confirmation, reply


def read(office, number, who="hospital"):
    return office.ask(None, path=f"{TICKETS}/{number}", method="GET", who=who, Content_Type=None)


def answer(office, number, word, who="insurer", user="clerk-3", request_id=None):
    return office.tell("POST", f"{INBOX}/{number}/answer", {"answer": word}, who=who, X_User_Id=user, request_id=request_id)


def inbox(office, who="insurer"):
    found, after = [], 0
    while after is not None:
        page = office.tell("GET", f"{INBOX}?after={after}&limit=2", who=who).json
        found += page["tickets"]
        after = page.get("next_after")
    return found


def test_a_ticket_has_a_number_a_day_and_goes_to_the_insurer(office):
    person, confirmation, reply = opened(office)
    ticket = reply.json
    assert reply.header("Location") == f"{TICKETS}/{ticket['ticket_number']}" and ticket["state"] == "open"
    view = read(office, ticket["ticket_number"]).json
    assert (view["confirmation"], view["due_on"]) == (confirmation, ticket["due_on"])
    assert sorted(view["fields"]) == ["birth_date", "name"]
    mine = next(one for one in inbox(office) if one["ticket_number"] == ticket["ticket_number"])
    assert (mine["number"], mine["branch_number"], sorted(mine["fields"])) == (person.number, person.branch, ["birth_date", "name"])
    assert not {"name", "birth_date", "facility_code", "confirmation"} & set(mine)
    assert ticket["ticket_number"] not in [one["ticket_number"] for one in inbox(office, who="other")]


def test_the_insurers_answer_reaches_the_facility(office):
    _, _, reply = opened(office)
    number = reply.json["ticket_number"]
    request_id = new_id()
    told = answer(office, number, "corrected", request_id=request_id)
    assert (told.status, told.json) == (200, {"ticket_number": number, "state": "corrected", "answer": "corrected"})
    assert answer(office, number, "corrected", request_id=request_id).body == told.body
    view = read(office, number).json
    assert (view["state"], view["answer"]) == ("corrected", "corrected") and view["answered_at"]
    assert answer(office, number, "registry_right").code == "already_settled"
    assert number not in [one["ticket_number"] for one in inbox(office)]


@pytest.mark.parametrize("word,state", [("registry_right", "registry_right"), ("not_ours", "closed"), ("no_finding", "closed")])
def test_each_answer_has_its_state(office, word, state):
    number = opened(office)[2].json["ticket_number"]
    assert answer(office, number, word).json["state"] == state


def test_a_ticket_is_on_an_answer_that_this_facility_got(office):
    person = office.people.add()
    theirs = office.answers(person.question(), who="clinic")["confirmation"]
    nothing = office.answers(person.question(birth_date="1901-01-01"))["confirmation"]
    sealed = office.answers(office.people.add(hold=2).question())["confirmation"]
    for confirmation in (theirs, nothing, sealed):
        reply = office.ask({"confirmation": confirmation, "fields": ["name"]}, path=TICKETS)
        assert (reply.status, reply.code) == (404, "not_found")


def test_the_insurer_that_was_shown_must_answer_though_another_covers_now(office):
    person = office.people.add(valid="[2020-04-01,2025-01-01)", loss_reason="03")
    office.people.cover(person, insurer_number=NATIONAL, number="9" + person.number, valid="[2025-01-01,)")
    office.people.refresh(person)
    number = opened(office, person)[2].json["ticket_number"]
    assert number in [one["ticket_number"] for one in inbox(office)]
    assert number not in [one["ticket_number"] for one in inbox(office, who="other")]


def test_the_same_ticket_again_is_no_second_one(office):
    request_id = new_id()
    person, confirmation, first = opened(office, request_id=request_id)
    body = {"confirmation": confirmation, "fields": ["name", "birth_date"]}
    for again in (office.ask(body, path=TICKETS, request_id=request_id), office.ask(body, path=TICKETS)):
        assert again.status == 200 and again.json["ticket_number"] == first.json["ticket_number"]
    assert office.one("SELECT count(*) FROM registry.discrepancy WHERE person_id = %s", person.person_id) == 1


def test_nobody_elses_ticket_is_there(office):
    number = opened(office)[2].json["ticket_number"]
    assert read(office, number, who="clinic").code == "not_found"
    assert answer(office, number, "corrected", who="other").code == "not_found"
    for wrong in (number[:-1], number.upper() if number.upper() != number else "G" * 24, "0" * 24, "%27" * 8):
        assert read(office, wrong).code == "not_found"


@pytest.mark.parametrize("changes,code,field", [
    ({"confirmation": None}, "field_missing", "confirmation"),
    ({"confirmation": "C7Q2"}, "field_malformed", "confirmation"),
    ({"confirmation": "0000-0000-0000-0001-0"}, "check_digit_wrong", "confirmation"),
    ({"fields": None}, "field_missing", "fields"),
    ({"fields": []}, "field_malformed", "fields"),
    ({"fields": ["name", "name"]}, "field_malformed", "fields"),
    ({"fields": ["favourite_colour"]}, "field_malformed", "fields"),
    ({"name": "架空　太郎"}, "field_unknown", None),
])
def test_a_ticket_that_is_not_sound_is_refused(office, changes, code, field):
    confirmation = office.answers(office.people.add().question())["confirmation"]
    body = {name: value for name, value in ({"confirmation": confirmation, "fields": ["name"]} | changes).items() if value is not None}
    reply = office.ask(body, path=TICKETS)
    assert reply.status == 400
    assert (code, field) in [(error["code"], error.get("field")) for error in reply.json["errors"]]


def test_each_person_that_the_inbox_shows_is_on_record(office):
    person, _, _ = opened(office)
    request_id = new_id()
    office.tell("GET", f"{INBOX}?limit=500", request_id=request_id)
    subject = office.one("SELECT subject FROM registry.access_record WHERE way = 2 AND %s = ANY (dossier_versions)"
                         " AND subject IS NOT NULL LIMIT 1",
                         office.one("SELECT version FROM registry.dossier WHERE person_id = %s", person.person_id))
    found = office.execute("SELECT subject FROM registry.access_record WHERE request_id = %s AND item_no > 0", request_id)
    assert bytes(subject) in [bytes(row[0]) for row in found]


def test_an_answer_is_a_word_of_the_table_and_says_who_it_was(office):
    number = opened(office)[2].json["ticket_number"]
    assert answer(office, number, "perhaps").json["errors"][0]["field"] == "answer"
    assert answer(office, number, "corrected", user=None).json["errors"][0]["field"] == "X-User-Id"
    assert read(office, number).json["state"] == "open"
