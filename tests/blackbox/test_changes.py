"""A facility hears that an answer which it was given has changed since: which answer, and nothing of the person."""
import pytest

from harness.registry import new_id
from harness.wait import until

CHANGES = "/v1/eligibility/changes"


def told_of_all(office):
    """The registrar looks after untold corrections by itself."""
    until(lambda: office.one("SELECT count(*) FROM registry.correction WHERE told_at IS NULL") == 0)


def correct(office, person, affected):
    office.people.rename(person, person.name + "改")
    office.people.insert("correction", person_id=person.person_id, affected=affected, kind=2)


def changes_of(office, who="hospital", limit=500):
    found, after = [], 0
    while True:
        page = office.answers(None, path=f"{CHANGES}?after={after}&limit={limit}", method="GET", who=who, Content_Type=None)
        found += page["changes"]
        after = page["next_after"]
        if not page.get("has_more"):
            return found


def test_those_who_asked_about_an_affected_day_are_told_which_answer(office):
    person, request_id = office.people.add(), new_id()
    answer = office.answers(person.question(asked_on="2026-03-01"), request_id=request_id)
    office.answers(person.question(asked_on="2026-05-01"))
    correct(office, person, "[2026-02-01,2026-04-01)")
    told_of_all(office)
    told = [one for one in changes_of(office) if one["request_id"] == request_id]
    assert len(told) == 1
    assert (told[0]["confirmation"], told[0]["asked_on"], told[0]["kind"]) == (answer["confirmation"], "2026-03-01", "person")
    assert set(told[0]) == {"change_number", "confirmation", "request_id", "asked_on", "kind", "noticed_at"}
    assert request_id not in [one["request_id"] for one in changes_of(office, who="clinic")]
    assert answer["confirmation"] not in [one["confirmation"] for one in changes_of(office) if one["request_id"] != request_id]


def test_changes_come_page_by_page_in_the_order_of_their_numbers(office):
    people = [office.people.add() for _ in range(3)]
    for person in people:
        office.answers(person.question(asked_on="2026-03-01"), who="clinic")
        correct(office, person, "[2026-03-01,2026-03-02)")
    told_of_all(office)
    numbers = [int(one["change_number"]) for one in changes_of(office, who="clinic", limit=1)]
    assert len(numbers) >= 3 and numbers == sorted(set(numbers))
    last = office.answers(None, path=f"{CHANGES}?after={numbers[-1]}", method="GET", who="clinic", Content_Type=None)
    assert last == {"changes": [], "next_after": str(numbers[-1])}


@pytest.mark.parametrize("query", ["?after=x", "?limit=0", "?limit=501", "?number=1"])
def test_a_query_string_is_read_strictly(office, query):
    reply = office.ask(None, path=CHANGES + query, method="GET", Content_Type=None)
    assert (reply.status, reply.code) == (400, "query_string_refused")
