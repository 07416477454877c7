"""Doubts: an insurer's inbox, and what its answers do to what facilities are told."""
import itertools

import pytest

from harness.people import INSURER, NATIONAL
from harness.registry import new_id

HOLDS = "/v1/enrolment/holds"
SEALED = "suspended"     # what a facility is told while a hold of scope 2 is open
FIELDS = "v1 name=2/21 name_kana=4 birth_date=1 sex=1 address=0"
index = itertools.count(1)
rows = itertools.count(1)


class Held:
    """A person whose registration is held for a doubt, with the claim to a personal number."""

    def __init__(self, office, *, kind=1, scope=2, number_index=None, fields=FIELDS, insurer=INSURER, **coverage):
        self.office = office
        self.person = office.people.add(state=2 if scope == 2 else 1, insurer=insurer, **coverage)
        self.number_id = number(office, self.person, number_index or next(index), state=2, insurer=insurer)
        self.row_no = next(rows)
        office.people.insert("batch_row", batch_id=batch(office, insurer), row_no=self.row_no, operation=1, outcome=2,
                             row_key=f"row-{self.row_no}", coverage_id=self.person.coverage_id)
        self.hold = office.people.insert(
            "person_hold", "hold_id", person_id=self.person.person_id, scope=scope, reason="a test", insurer_number=insurer,
            kind=kind, coverage_id=self.person.coverage_id, number_id=self.number_id, batch_id=batch(office, insurer),
            row_no=self.row_no, fields=fields, due_on="2090-01-01")
        office.people.refresh(self.person)

    def answer(self, who="insurer", request_id=None, user="clerk-1", **body):
        return self.office.tell("POST", f"{HOLDS}/{self.hold}/answer", body, who=who, request_id=request_id, X_User_Id=user)

    def reason(self, **changes):
        return self.office.answers(self.person.question(**changes))["reason"]


def number(office, person, number_index, state, insurer=INSURER):
    number_id = office.one("SELECT nextval('registry.number_id')")
    office.people.insert("personal_number", number_id=number_id, person_id=person.person_id, insurer_number=insurer, source=1,
                         state=state, sealed_by=1, indexed_by=1, sealed=b"\0" * 40,
                         number_index=number_index.to_bytes(16, "big"))
    return number_id


def batch(office, insurer):
    found = office.execute("SELECT batch_id FROM registry.batch WHERE insurer_number = %s LIMIT 1", insurer)
    if found:
        return found[0][0]
    certificate = office.one("SELECT certificate_id FROM registry.certificate WHERE insurer_number = %s LIMIT 1", insurer)
    return office.people.insert("batch", "batch_id", insurer_number=insurer, idempotency_key=new_id(),
                                certificate_id=certificate, format=1, sha256=b"\0" * 32)


def test_a_doubt_lies_in_the_inbox_by_the_insurers_own_names_with_verdicts_and_no_values(office):
    held = Held(office)
    view = next(one for one in inbox(office) if one["hold_number"] == str(held.hold))
    assert view["kind"] == "register_differs" and view["sealed"] == "all" and view["state"] == "open"
    assert view["row_key"] == f"row-{held.row_no}" and view["row_no"] == held.row_no
    assert view["number"] == held.person.number and view["days_left"] > 0
    assert view["rule_version"] == 1
    assert view["fields"] == [{"field": "name", "verdict": "same_by_rule", "rule": 21},
                              {"field": "name_kana", "verdict": "different"}, {"field": "birth_date", "verdict": "same"},
                              {"field": "sex", "verdict": "same"}, {"field": "address", "verdict": "missing"}]
    reply = office.tell("GET", f"{HOLDS}/{held.hold}")
    assert reply.json == view
    for value in (held.person.name, held.person.name_kana, held.person.address, held.person.birth_date):
        assert value.encode() not in reply.raw


def inbox(office, who="insurer", limit=500):
    holds, after = [], 0
    while after is not None:
        page = office.tell("GET", f"{HOLDS}?after={after}&limit={limit}", who=who).json
        holds += page["holds"]
        after = page.get("next_after")
    return holds


def test_the_inbox_comes_page_by_page(office):
    helds = [Held(office) for _ in range(3)]
    numbers = [int(one["hold_number"]) for one in inbox(office, limit=1)]
    assert numbers == sorted(set(numbers)) and {held.hold for held in helds} <= set(numbers)


def test_nobody_elses_doubt_is_there(office):
    held = Held(office)
    assert str(held.hold) not in [one["hold_number"] for one in inbox(office, who="other")]
    assert office.tell("GET", f"{HOLDS}/{held.hold}", who="other").code == "not_found"
    assert held.answer(who="other", answer="withdraw").code == "not_found"
    assert held.answer(who="other", answer="confirm", reason="other").code == "not_found"
    listed = office.tell("POST", HOLDS + "/answers", {"answers": [{"hold_number": str(held.hold), "answer": "withdraw"}]},
                         who="other", X_User_Id="u").json
    assert listed["results"][0]["error"]["code"] == "not_found"
    assert held.reason() == SEALED


def test_each_person_that_the_inbox_shows_is_on_record(office):
    helds, request_id = [Held(office) for _ in range(2)], new_id()
    office.tell("GET", f"{HOLDS}?limit=500", request_id=request_id, X_User_Id="clerk-7")
    found = office.execute("SELECT item_no, actor_kind, user_id, subject IS NOT NULL, items FROM registry.access_record"
                           " WHERE request_id = %s ORDER BY item_no", request_id)
    assert found[0][:3] == (0, 2, "clerk-7")
    assert {held.hold for held in helds} <= {row[0] for row in found[1:]}
    assert all(row[1:4] == (2, "clerk-7", True) and row[4] for row in found[1:])
    request_id = new_id()
    office.tell("GET", f"{HOLDS}/{helds[0].hold}", request_id=request_id)
    assert office.execute("SELECT subject IS NOT NULL FROM registry.access_record WHERE request_id = %s", request_id) == [(True,)]


def test_what_is_confirmed_is_shown(office):
    held = Held(office)
    assert held.reason() == SEALED
    reply = held.answer(answer="confirm", reason="documents_checked")
    assert (reply.status, reply.json) == (200, {"hold_number": str(held.hold), "outcome": "confirmed"})
    assert held.reason() == "in_force"
    assert office.one("SELECT state FROM registry.personal_number WHERE number_id = %s", held.number_id) == 1
    view = office.tell("GET", f"{HOLDS}/{held.hold}").json
    assert (view["state"], view["answer"], view["reason"]) == ("answered", "confirmed", "documents_checked")
    assert str(held.hold) not in [one["hold_number"] for one in inbox(office)]
    assert held.answer(answer="confirm", reason="documents_checked").code == "already_settled"


def test_the_same_answer_again_is_told_the_same(office):
    held, request_id = Held(office), new_id()
    replies = [held.answer(answer="confirm", reason="other", request_id=request_id) for _ in range(3)]
    assert {(reply.status, reply.body) for reply in replies} == {(200, replies[0].body)}
    assert held.answer(answer="withdraw", request_id=request_id).code == "request_id_reused"
    assert held.reason() == "in_force"


def test_what_is_withdrawn_never_existed(office):
    held = Held(office)
    assert held.answer(answer="withdraw").json["outcome"] == "withdrawn"
    assert held.reason() == "not_found"


def test_a_coverage_whose_number_is_another_persons_moves_to_that_person(office):
    number_index = next(index)
    known = office.people.add()
    number(office, known, number_index, state=1)
    held = Held(office, kind=4, number_index=number_index, valid="[2026-02-01,)", birth_date=known.birth_date)
    assert held.answer(answer="confirm", reason="person_asked").status == 200
    answer = office.answers(held.person.question())
    assert answer["reason"] == "in_force" and answer["coverage"][0]["name"] == known.name
    assert office.answers(known.question())["reason"] == "lost"


def test_what_is_corrected_stays_sealed_until_the_register_has_answered(office):
    held = Held(office)
    reply = held.answer(answer="correct", name_kana="ﾀﾀﾞｼｲ ｶﾅ", birth_date="1970-01-02", sex1="1")
    assert reply.json["outcome"] == "corrected"
    version = office.execute("SELECT name, name_kana, birth_date::text, sex1 FROM registry.person_version"
                             " WHERE person_id = %s AND superseded_at = 'infinity'", held.person.person_id)
    assert version == [(held.person.name, "ﾀﾀﾞｼｲ ｶﾅ", "1970-01-02", 1)]
    assert held.reason(birth_date="1970-01-02") == SEALED
    pending = [one for one in inbox(office) if one.get("row_no") == held.row_no]
    assert [one["kind"] for one in pending] == ["register_pending"]
    refused = office.tell("POST", f"{HOLDS}/{pending[0]['hold_number']}/answer", {"answer": "confirm", "reason": "other"},
                          X_User_Id="u")
    assert (refused.status, refused.code) == (409, "answer_unfit")


def test_two_coverages_of_one_day_are_not_both_put_in_order(office):
    held = Held(office, kind=7, valid="[2026-03-01,)")
    office.people.cover(held.person, insurer_number=NATIONAL, number="7" + held.person.number, valid="[2026-03-01,)", state=1)
    reply = held.answer(answer="confirm", reason="other")
    assert (reply.status, reply.code) == (409, "coverage_overlaps")
    assert held.reason() == SEALED


@pytest.mark.parametrize("body,code,field", [
    ({"answer": "perhaps"}, "field_malformed", "answer"),
    ({}, "field_missing", "answer"),
    ({"answer": "confirm"}, "field_missing", "reason"),
    ({"answer": "confirm", "reason": "because"}, "field_malformed", "reason"),
    ({"answer": "withdraw", "reason": "other"}, "field_malformed", "reason"),
    ({"answer": "correct"}, "field_missing", "name_kana"),
    ({"answer": "confirm", "reason": "other", "name": "x"}, "field_malformed", "answer"),
    ({"answer": "correct", "name": ""}, "field_malformed", "name"),
    ({"answer": "correct", "name": "名" * 101}, "field_too_long", "name"),
    ({"answer": "correct", "post_number": "123"}, "field_malformed", "post_number"),
    ({"answer": "correct", "sex1": "9"}, "field_malformed", "sex1"),
    ({"answer": "correct", "birth_date": "2199-01-01"}, "field_malformed", "birth_date"),
    ({"answer": "withdraw", "hold_number": "1"}, "field_unknown", None),
])
def test_an_answer_that_is_not_sound_is_refused(office, body, code, field):
    held = Held(office)
    reply = held.answer(**body)
    assert reply.status == 400
    assert (code, field) in [(error["code"], error.get("field")) for error in reply.json["errors"]]
    assert held.reason() == SEALED


def test_who_answers_says_who_it_is(office):
    reply = Held(office).answer(user=None, answer="withdraw")
    assert [(error["code"], error["field"]) for error in reply.json["errors"]] == [("header_missing", "X-User-Id")]


def test_many_answers_come_at_once_and_a_faulty_one_spoils_no_other(office):
    helds = [Held(office) for _ in range(4)]
    answers = [{"hold_number": str(held.hold), "answer": "confirm", "reason": "other"} for held in helds[:2]]
    answers += [{"hold_number": str(helds[2].hold), "answer": "confirm"}, {"hold_number": str(helds[3].hold), "answer": "withdraw"},
                {"hold_number": "99999999", "answer": "withdraw"}, {"answer": "withdraw"}, 17]
    reply = office.tell("POST", HOLDS + "/answers", {"answers": answers}, X_User_Id="u")
    assert reply.status == 200, reply.raw
    assert (reply.json["answered"], reply.json["refused"]) == (3, 4)
    assert [one.get("outcome") for one in reply.json["results"]] == ["confirmed", "confirmed", None, "withdrawn", None, None, None]
    assert [one["error"]["code"] for one in reply.json["results"] if "error" in one] == [
        "field_missing", "not_found", "field_missing", "json_malformed"]
    assert [held.reason() for held in helds] == ["in_force", "in_force", SEALED, "not_found"]


def test_a_thousand_answers_are_taken_in_one_request(office):
    helds = [Held(office) for _ in range(3)]
    answers = [{"hold_number": str(held.hold), "answer": "withdraw"} for held in helds]
    answers += [{"hold_number": str(10 ** 12 + n), "answer": "withdraw"} for n in range(997)]
    reply = office.tell("POST", HOLDS + "/answers", {"answers": answers}, X_User_Id="u")
    assert (reply.status, reply.json["answered"]) == (200, 3)
    assert office.tell("POST", HOLDS + "/answers", {"answers": answers * 2}, X_User_Id="u").code == "items_too_many"
    assert office.tell("POST", HOLDS + "/answers", answers[0], X_User_Id="u").status == 400


def test_the_path_of_all_answers_is_no_doubt(office):
    assert office.tell("GET", HOLDS + "/answers").code == "not_found"
