"""A facility hears that an answer which it was given has changed since: which answer, and nothing of the person."""

import pytest

from harness.registry import new_id

CHANGES = "/v1/eligibility/changes"


def tell(registry):
    """What the registrar does in the background, here with the subjects that stand on record of these people."""
    registry.execute("""
        WITH told AS (
            SELECT DISTINCT c.correction_id, r.subject
            FROM registry.correction AS c
            JOIN registry.dossier_past AS d USING (person_id)
            JOIN registry.access_record AS r ON d.version = ANY (r.dossier_versions) AND r.subject IS NOT NULL
            WHERE c.told_at IS NULL)
        SELECT registry.change_tell(array_agg(correction_id), array_agg(subject), array_agg(current_date - 2),
                                    array_agg(current_date + 2))
        FROM told""")


def correct(registry, person, affected):
    registry.people.insert("correction", person_id=person.person_id, affected=affected, kind=2)
    registry.people.rename(person, person.name + "改")


def changes_of(registry, who="hospital", limit=500):
    found, after = [], 0
    while True:
        page = registry.answers(None, path=f"{CHANGES}?after={after}&limit={limit}", method="GET", who=who, Content_Type=None)
        found += page["changes"]
        after = page["next_after"]
        if not page.get("has_more"):
            return found


def test_those_who_asked_about_an_affected_day_are_told_which_answer(registry):
    person, request_id = registry.people.add(), new_id()
    answer = registry.answers(person.question(asked_on="2026-03-01"), request_id=request_id)
    registry.answers(person.question(asked_on="2026-05-01"))
    correct(registry, person, "[2026-02-01,2026-04-01)")
    tell(registry)
    told = [one for one in changes_of(registry) if one["request_id"] == request_id]
    assert len(told) == 1
    assert (told[0]["confirmation"], told[0]["asked_on"], told[0]["kind"]) == (answer["confirmation"], "2026-03-01", "person")
    assert set(told[0]) == {"change_number", "confirmation", "request_id", "asked_on", "kind", "noticed_at"}
    assert request_id not in [one["request_id"] for one in changes_of(registry, who="clinic")]
    assert answer["confirmation"] not in [one["confirmation"] for one in changes_of(registry) if one["request_id"] != request_id]


def test_changes_come_page_by_page_in_the_order_of_their_numbers(registry):
    people = [registry.people.add() for _ in range(3)]
    for person in people:
        registry.answers(person.question(asked_on="2026-03-01"), who="clinic")
        correct(registry, person, "[2026-03-01,2026-03-02)")
    tell(registry)
    numbers = [int(one["change_number"]) for one in changes_of(registry, who="clinic", limit=1)]
    assert len(numbers) >= 3 and numbers == sorted(set(numbers))
    last = registry.answers(None, path=f"{CHANGES}?after={numbers[-1]}", method="GET", who="clinic", Content_Type=None)
    assert last == {"changes": [], "next_after": str(numbers[-1])}


@pytest.mark.parametrize("query", ["?after=x", "?limit=0", "?limit=501", "?number=1"])
def test_a_query_string_is_read_strictly(registry, query):
    reply = registry.ask(None, path=CHANGES + query, method="GET", Content_Type=None)
    assert (reply.status, reply.code) == (400, "query_string_refused")
