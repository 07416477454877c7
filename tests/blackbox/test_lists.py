"""Lists of questions, and reference numbers: each item on record, one bad item spoils nothing."""
import pytest

from harness.registry import new_id
from harness.wait import until

BULK = "/v1/eligibility/bulk"
REFERENCE = "/v1/reference-numbers"


def look(registry, path, who="hospital"):
    return registry.ask(None, method="GET", path=path, who=who, Content_Type=None)


def open_list(registry, items, request_id=None, path=BULK):
    reply = registry.ask({"items": items}, request_id, path=path)
    assert reply.status == 202, reply.code
    assert reply.header("Location").endswith(reply.json["reception_number"])
    return reply.json["reception_number"]


def done(registry, number, path=BULK):
    return until(lambda: (lambda job: job if job["state"] == "done" else None)(look(registry, f"{path}/{number}").json), 30)


def results(registry, number, path=BULK, limit=100):
    found, after = [], 0
    while after is not None:
        reply = look(registry, f"{path}/{number}/results?after={after}&limit={limit}")
        assert reply.status == 200, reply.code
        found += reply.json["results"]
        after = reply.json.get("next_after")
    return found


def item_records(registry, request_id):
    return [record for record in registry.records(request_id) if record["item_no"] > 0]


def test_a_list_is_answered_item_by_item_and_a_bad_item_spoils_nothing(registry):
    people = [registry.people.add(), registry.people.add(valid="[2020-04-01,2025-01-01)"), registry.people.add(state=2),
              registry.people.add()]
    items = [person.question(item_id=f"chart-{n}") for n, person in enumerate(people)]
    items.insert(2, {"item_id": "bad", "insurer_number": "1"})
    request_id = new_id()
    number = open_list(registry, items, request_id)
    job = done(registry, number)
    assert (job["item_count"], job["done"], job["ok"], job["errors"]) == (5, 5, 4, 1)
    entries = {entry["item_id"]: entry for entry in results(registry, number)}
    assert entries["bad"]["error"]["status"] == 400
    assert [entries[f"chart-{n}"]["result"]["reason"] for n in range(4)] == \
        ["in_force", "lost", "identity_check_pending", "in_force"]
    records = item_records(registry, request_id)
    assert len(records) == 5 and len({record["way"] for record in records if record["validity"] is not None}) == 1


def test_the_same_list_again_is_the_same_job(registry):
    items, request_id = [registry.people.add().question()], new_id()
    assert open_list(registry, items, request_id) == open_list(registry, items, request_id)
    assert registry.ask({"items": items * 2}, request_id, path=BULK).code == "request_id_reused"


@pytest.mark.parametrize("path", [BULK, REFERENCE + "/bulk"])
def test_a_job_is_nobody_elses_and_is_found_on_its_own_path_only(registry, path):
    number = open_list(registry, [{**registry.people.add().question(), "reference_number": "R"}], path=path)
    done(registry, number, path)
    other = REFERENCE + "/bulk" if path == BULK else BULK
    for tail in ("", "/results"):
        assert look(registry, f"{path}/{number}{tail}").status == 200
        assert look(registry, f"{path}/{number}{tail}", who="clinic").code == "not_found"
        assert look(registry, f"{other}/{number}{tail}").code == "not_found"


def test_only_what_changed_comes_back_for_known_tags(registry):
    same, other = registry.people.add().question(), registry.people.add(valid="[2020-04-01,2025-01-01)").question()
    number = open_list(registry, [same])
    done(registry, number)
    tag = results(registry, number)[0]["etag"]
    number = open_list(registry, [dict(same, if_none_match=tag), dict(other, if_none_match=tag)])
    done(registry, number)
    unchanged, changed = results(registry, number)
    assert unchanged.get("unchanged") is True and "result" not in unchanged
    assert changed["result"]["reason"] == "lost"


def test_a_thousand_items_are_answered_each_once(registry):
    people, request_id = [registry.people.add().question() for _ in range(4)], new_id()
    number = open_list(registry, [people[n % 4] for n in range(1000)], request_id)
    assert done(registry, number)["ok"] == 1000
    assert [entry["item_no"] for entry in results(registry, number, limit=500)] == list(range(1, 1001))
    assert len(item_records(registry, request_id)) == 1000 and registry.doubled() == []


def test_a_list_of_a_facility_that_is_suspended_meanwhile_shows_nobody(make_registry):
    registry = make_registry(bulk_chunk=0).start()
    person, request_id = registry.people.add(), new_id()
    number = open_list(registry, [person.question()], request_id)
    registry.set_facility(registry.facilities["hospital"], status=4)
    registry.restart(bulk_chunk=32)
    until(lambda: registry.one("SELECT state FROM registry.bulk_job") == 3)
    assert look(registry, f"{BULK}/{number}/results").code == "facility_suspended"
    registry.set_facility(registry.facilities["hospital"], status=3)
    registry.until_all_heard()
    reply = look(registry, f"{BULK}/{number}/results")
    assert reply.json["results"][0]["error"]["code"] == "facility_suspended"
    assert person.name.encode() not in reply.raw and len(item_records(registry, request_id)) == 1


def test_a_reference_number_is_shown_to_who_set_it_and_to_no_other(registry):
    card = registry.people.add().question()
    assert registry.ask({**card, "reference_number": "chart 17"}, path=REFERENCE).json["outcome"] == "registered"
    assert registry.answers(card)["reference_number"] == "chart 17"
    assert "reference_number" not in registry.answers(card, who="clinic")
    assert registry.ask(card, path=REFERENCE + "/delete").json["outcome"] == "deleted"
    assert "reference_number" not in registry.answers(card)


def test_a_list_of_reference_numbers_registers_each_that_can_be(registry):
    cards = [registry.people.add().question() for _ in range(3)]
    nobody = {**cards[0], "number": "31415926", "birth_date": "1931-01-01"}
    items = [{**card, "reference_number": f"L-{n}"} for n, card in enumerate([*cards, nobody])]
    number = open_list(registry, items, path=REFERENCE + "/bulk")
    done(registry, number, REFERENCE + "/bulk")
    outcomes = [entry["result"]["outcome"] for entry in results(registry, number, REFERENCE + "/bulk")]
    assert outcomes == ["registered"] * 3 + ["no_person"]
    assert [registry.answers(card)["reference_number"] for card in cards] == ["L-0", "L-1", "L-2"]


def test_nobody_gets_a_reference_number_when_two_match(registry):
    first = registry.people.add(branch=None)
    registry.people.add(branch=None, number=first.number, birth_date=first.birth_date)
    assert registry.ask({**first.question(), "reference_number": "X"}, path=REFERENCE).json["outcome"] == "no_person"
