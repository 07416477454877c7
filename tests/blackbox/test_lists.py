"""Lists of questions, and reference numbers: each item on record, one bad item spoils nothing."""
import json
import uuid

from test_whole_line import question, registry, until  # noqa: F401


def call(registry, method, path, body=None, who="hospital", name=None):
    connection = registry.connect(who)
    connection.request(method, path, None if body is None else json.dumps(body),
                       {"X-Request-Id": name or str(uuid.uuid4()), "Content-Type": "application/json"})
    reply = connection.getresponse()
    text = reply.read()
    return reply, json.loads(text) if text else None


def open_list(registry, items, name=None, who="hospital"):
    reply, answer = call(registry, "POST", "/v1/eligibility/bulk", {"items": items}, who, name)
    assert reply.status == 202, answer
    assert reply.getheader("Location").endswith(answer["reception_number"])
    return answer["reception_number"]


def done(registry, number):
    return until(lambda: (lambda job: job if job["state"] == "done" else None)(
        call(registry, "GET", f"/v1/eligibility/bulk/{number}")[1]), 30)


def results(registry, number):
    found, after = [], 0
    while after is not None:
        reply, page = call(registry, "GET", f"/v1/eligibility/bulk/{number}/results?after={after}&limit=100")
        assert reply.status == 200, page
        found += page["results"]
        after = page.get("next_after")
    return found


def test_a_list_is_answered_item_by_item_and_a_bad_item_spoils_nothing(registry):  # noqa: F811
    items = [dict(question(n), item_id=f"chart-{n}") for n in (1, 2, 5, 9)]
    items.insert(2, {"item_id": "bad", "insurer_number": "1"})
    name = str(uuid.uuid4())
    number = open_list(registry, items, name)
    job = done(registry, number)
    assert (job["item_count"], job["done"], job["ok"], job["errors"]) == (5, 5, 4, 1)
    entries = {entry["item_id"]: entry for entry in results(registry, number)}
    assert entries["bad"]["error"]["status"] == 400
    assert [entries[f"chart-{n}"]["result"]["reason"] for n in (1, 2, 5, 9)] == \
        ["in_force", "lost", "identity_check_pending", "in_force"]
    assert registry.one("SELECT count(*) FROM registry.access_record WHERE request_id = %s AND item_no > 0", name) == 5
    assert registry.one("SELECT count(DISTINCT way) FROM registry.access_record"
                        " WHERE request_id = %s AND validity IS NOT NULL", name) == 1


def test_the_same_list_again_is_the_same_job(registry):  # noqa: F811
    name = str(uuid.uuid4())
    assert open_list(registry, [question(1)], name) == open_list(registry, [question(1)], name)
    reply, problem = call(registry, "POST", "/v1/eligibility/bulk", {"items": [question(2)]}, name=name)
    assert (reply.status, problem["code"]) == (409, "request_id_reused")


def test_a_job_is_nobody_elses(registry):  # noqa: F811
    number = open_list(registry, [question(1)])
    for path in (f"/v1/eligibility/bulk/{number}", f"/v1/eligibility/bulk/{number}/results"):
        assert call(registry, "GET", path, who="clinic")[0].status == 404


def test_only_what_changed_comes_back_for_known_tags(registry):  # noqa: F811
    number = open_list(registry, [question(1)])
    done(registry, number)
    tag = results(registry, number)[0]["etag"]
    number = open_list(registry, [dict(question(1), if_none_match=tag), dict(question(2), if_none_match=tag)])
    done(registry, number)
    same, changed = results(registry, number)
    assert same.get("unchanged") is True and "result" not in same
    assert changed["result"]["reason"] == "lost"


def test_a_thousand_items_are_answered_each_once(registry):  # noqa: F811
    name = str(uuid.uuid4())
    number = open_list(registry, [question(1 + n % 4) for n in range(1000)], name)
    assert done(registry, number)["ok"] == 1000
    assert len(results(registry, number)) == 1000
    assert registry.one("SELECT count(*) FROM registry.access_record WHERE request_id = %s AND item_no > 0",
                        name) == 1000


def test_a_reference_number_is_shown_to_who_set_it_and_to_no_other(registry):  # noqa: F811
    card = question(1)
    reply, answer = call(registry, "POST", "/v1/reference-numbers", dict(card, reference_number="chart 17"))
    assert (reply.status, answer["outcome"]) == (200, "registered")
    assert json.loads(registry.ask(card)[1])["reference_number"] == "chart 17"
    other = json.loads(registry.ask(card, connection=registry.connect("clinic"))[1])
    assert "reference_number" not in other
    reply, answer = call(registry, "POST", "/v1/reference-numbers/delete", card)
    assert (reply.status, answer["outcome"]) == (200, "deleted")
    assert "reference_number" not in json.loads(registry.ask(card)[1])


def test_an_old_registration_sent_again_does_not_undo_a_newer_one(registry):  # noqa: F811
    card, name = question(2), str(uuid.uuid4())
    path = "/v1/reference-numbers"
    first = call(registry, "POST", path, dict(card, reference_number="A"), name=name)[1]
    call(registry, "POST", path, dict(card, reference_number="B"))
    assert call(registry, "POST", path, dict(card, reference_number="A"), name=name)[1] == first
    assert json.loads(registry.ask(card)[1])["reference_number"] == "B"


def test_nobody_gets_a_reference_number_when_two_match(registry):  # noqa: F811
    body = question(1, number="5000", birth_date="1990-05-05", reference_number="X")
    assert call(registry, "POST", "/v1/reference-numbers", body)[1]["outcome"] == "no_person"
