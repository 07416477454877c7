"""Health, metrics and log: they say how it goes, and nothing of anybody."""
import json

from harness.registry import new_id
from harness.wait import until


def test_a_server_is_live_and_ready_and_knows_no_other_page(registry):
    assert registry.admin("/live") == (200, "live\n") and registry.admin("/ready") == (200, "ready\n")
    assert registry.admin("/")[0] == registry.admin("/v1/eligibility/check")[0] == 404
    assert registry.admin("/metrics", "POST")[0] in (404, 405)


def test_metrics_and_log_hold_nothing_personal(make_registry):
    registry = make_registry(log_level="debug").start()
    people = [registry.people.add() for _ in range(3)]
    for person in people:
        registry.ask(person.question())
        registry.ask(person.question(number=None, symbol="9" * 99))
        registry.ask(person.question(), path="/v1/" + person.number)
        registry.ask(person.question(), path="/v1/eligibility/check?number=" + person.number)
    until(lambda: registry.metric("shikaku_places_taken") == 0)
    status, text = registry.admin("/metrics")
    assert status == 200 and "shikaku_requests_total" in text
    assert registry.stop() == 0
    log = registry.log()
    assert all(json.loads(line)["event"] for line in log.splitlines())
    for person in people:
        for personal in person.personal + [person.birth_date]:
            assert personal not in text and personal not in log


def requests(registry):
    """Series of answered and refused requests, by their labels."""
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in registry.admin("/metrics")[1].splitlines()
            if line.startswith("shikaku_requests_total")}


def test_every_request_is_counted_once_under_its_outcome(make_registry):
    registry = make_registry(bulk_chunk=0).start()
    body = registry.people.add().question()
    for _ in range(5):
        assert registry.ask(body).status == 200
    for _ in range(3):
        assert registry.ask(body, request_id="no uuid").status == 400
    until(lambda: sum(requests(registry).values()) == 8)
    assert sorted(value for value in requests(registry).values() if value) == [3, 5]


def test_who_hangs_up_before_the_question_is_whole_is_counted_as_nobody(make_registry):
    registry = make_registry(workers=1, bulk_chunk=0).start()
    for _ in range(3):
        with registry.connect() as connection:
            connection.send(f"POST /v1/eligibility/check HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {new_id()}\r\n"
                            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode())
            until(lambda: registry.metric("shikaku_places_taken") == 1)
        until(lambda: registry.metric("shikaku_places_taken") == 0)
    assert sum(requests(registry).values()) == 0 and registry.record_count() == 0
