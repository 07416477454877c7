"""The same request again: the same answer, one record, whatever has changed in between."""
import pytest

from harness.registry import new_id
from harness.wait import together

PATH = "/v1/reference-numbers"


def test_the_same_request_again_gives_the_same_answer_and_no_second_record(registry):
    person, request_id = registry.people.add(), new_id()
    first = registry.ask(person.question(), request_id)
    registry.people.rename(person, "架空　改名")
    again = registry.ask(person.question(), request_id)
    assert (again.body, again.header("ETag")) == (first.body, first.header("ETag"))
    assert person.name in again.body.decode() and "改名" not in again.body.decode()
    assert "改名" in registry.ask(person.question()).body.decode()
    assert registry.record(request_id)


def test_the_same_request_again_on_another_connection_or_worker_is_the_same(registry):
    body, request_id = registry.people.add().question(), new_id()
    replies = [registry.ask(body, request_id) for _ in range(12)]  # the kernel spreads them over the workers
    assert len({reply.body for reply in replies}) == 1 and registry.record(request_id)


@pytest.mark.parametrize("change", [{"hold": 2}, {"state": 3}], ids=str)
def test_what_has_been_sealed_since_is_told_the_same_only_for_the_same_request(registry, change):
    """The same request is the same look, which is on record; a new one sees that the record is sealed."""
    person, request_id = registry.people.add(), new_id()
    first = registry.ask(person.question(), request_id)
    if "hold" in change:
        registry.people.insert("person_hold", person_id=person.person_id, scope=2, reason="a doubt")
    else:
        registry.execute("UPDATE registry.coverage SET superseded_at = now() WHERE coverage_id = %s", person.coverage_id)
        registry.people.cover(person, state=3)
    registry.people.refresh(person)
    assert registry.ask(person.question(), request_id).body == first.body
    assert registry.answers(person.question())["reason"] == "suspended"


@pytest.mark.parametrize("changes", [{"asked_on": "2021-01-01"}, {"branch_number": None}, {"purpose": "claim"}, {"ceiling_consent": True}],
                         ids=str)
def test_the_same_id_with_another_body_is_refused_and_leaves_no_second_record(registry, changes):
    person, request_id = registry.people.add(), new_id()
    assert registry.ask(person.question(), request_id).status == 200
    reply = registry.ask(person.question(**changes), request_id)
    assert (reply.status, reply.code) == (409, "request_id_reused")
    assert registry.record(request_id)["fault"] is None


def test_the_same_id_on_another_path_is_refused(registry):
    body, request_id = registry.people.add().question(), new_id()
    assert registry.ask(body, request_id).status == 200
    assert registry.ask(body, request_id, path=PATH + "/delete").code == "request_id_reused"


def test_the_same_id_of_two_facilities_are_two_requests(registry):
    body, request_id = registry.people.add().question(), new_id()
    assert [registry.ask(body, request_id, who=who).status for who in ("hospital", "clinic")] == [200, 200]
    assert {record["facility_id"] for record in registry.records(request_id)} == set(registry.facilities.values())


def test_a_refusal_stays_a_refusal_for_the_same_request(registry):
    person, request_id = registry.people.add(), new_id()
    body = person.question(number="12345678901234567890123")
    first = registry.ask(body, request_id)
    assert first.status == 400
    assert registry.ask(body, request_id).body == first.body and registry.record(request_id)["fault"] is not None
    assert registry.ask(person.question(), request_id).code == "request_id_reused"


def test_sixteen_at_once_with_one_id_make_one_record_and_one_answer(registry):
    body, request_id = registry.people.add().question(), new_id()
    replies = together(16, lambda _: registry.ask(body, request_id))
    assert {reply.status for reply in replies} == {200} and len({reply.body for reply in replies}) == 1
    assert registry.record(request_id)


def test_sixteen_at_once_with_one_id_and_different_questions_are_one_answer_and_fifteen_refusals(registry):
    people, request_id = [registry.people.add() for _ in range(16)], new_id()
    replies = together(16, lambda n: registry.ask(people[n].question(), request_id))
    assert sorted(reply.status for reply in replies) == [200] + [409] * 15
    won = next(n for n, reply in enumerate(replies) if reply.status == 200)
    for n, reply in enumerate(replies):
        for text in people[n].personal:
            assert n == won or text.encode() not in reply.raw
    assert registry.record(request_id)


def test_an_unchanged_answer_is_304_and_still_on_record(registry):
    person, request_id = registry.people.add(), new_id()
    tag = registry.ask(person.question()).header("ETag")
    reply = registry.ask(person.question(), request_id, If_None_Match=tag)
    assert (reply.status, reply.body) == (304, b"") and registry.record(request_id)["subject"] is not None
    registry.people.rename(person, "架空　改名")
    assert registry.ask(person.question(), If_None_Match=tag).status == 200


def test_a_record_holds_a_pseudonym_and_nothing_personal(registry):
    person, request_id = registry.people.add(), new_id()
    registry.ask(person.question(), request_id, X_User_Id="desk-1")
    record = registry.record(request_id)
    assert len(record["subject"]) == 16 and record["user_id"] == "desk-1"
    text = repr({key: bytes(value) if isinstance(value, memoryview) else value for key, value in record.items()})
    for personal in person.personal + [person.birth_date]:
        assert personal not in text
    again = new_id()
    registry.ask(person.question(), again, who="clinic")
    assert bytes(registry.record(again)["subject"]) == bytes(record["subject"]), "one person on one day"


def test_an_old_registration_sent_again_does_not_undo_a_newer_one(registry):
    card, request_id = registry.people.add().question(), new_id()
    first = registry.ask({**card, "reference_number": "A"}, request_id, path=PATH)
    assert registry.ask({**card, "reference_number": "B"}, path=PATH).status == 200
    assert registry.ask({**card, "reference_number": "A"}, request_id, path=PATH).body == first.body
    assert registry.answers(card)["reference_number"] == "B"
