"""One server under every kind of request at once, renewed and drained: what sanitizers and valgrind look at."""
import contextlib
import json
import signal

from harness.registry import CHECK, new_id
from harness.wait import together, until

ROUNDS = 12
BULK, NUMBERS = "/v1/eligibility/bulk", "/v1/reference-numbers"


def questions(registry, person):
    """Bodies with the status they are answered with."""
    good = person.question()
    yield good, 200
    yield person.question(ceiling_consent=True, asked_on="2021-01-01"), 200
    yield person.question(birth_date="1999-12-31"), 200
    yield person.question(number="31415926"), 200
    yield person.question(insurer_number="1", birth_date="x"), 400
    yield person.question(surprise=1), 400
    yield b"[", 400
    yield b'{"symbol":' + b'"1"' * 3000, 413
    yield b"", 400


def ask_everything(registry, person):
    """Over one connection, some of it twice under one id."""
    with registry.connect() as connection:
        for body, status in questions(registry, person):
            request_id = new_id()
            first = registry.ask(body, request_id, connection)
            assert first.status == status
            again = registry.ask(body, request_id, connection)
            assert (again.status, again.body) == (first.status, first.body) or status != 200
        tag = registry.ask(person.question(), connection=connection).header("ETag")
        assert registry.ask(person.question(), connection=connection, If_None_Match=tag).status == 304
        assert registry.ask(None, connection=connection, path="/v1/nothing", method="GET").status == 404
        assert registry.ask(None, connection=connection, path=CHECK, method="GET").status == 405


def number_person(registry, person, n):
    card = person.question()
    assert registry.ask(dict(card, reference_number=f"chart {n}"), path=NUMBERS).json["outcome"] == "registered"
    assert registry.ask(card, path=NUMBERS + "/delete").json["outcome"] == "deleted"


def open_list(registry, person, length):
    items = [person.question(item_id=f"{n}") for n in range(length)] + [{"item_id": "bad", "insurer_number": "1"}]
    reply = registry.ask({"items": items}, path=BULK)
    assert reply.status == 202, reply.code
    return reply.json["reception_number"]


def read_list(registry, number):
    place = f"{BULK}/{number}"
    until(lambda: registry.ask(None, path=place, method="GET").json["state"] == "done")
    errors, after = 0, 0
    while after is not None:
        page = registry.ask(None, path=f"{place}/results?after={after}&limit=200", method="GET").json
        errors += sum("error" in entry for entry in page["results"])
        after = page.get("next_after")
    assert errors == 1


def leave_early(registry, person):
    """Half a head, half a body, a question nobody waits for, a peer without a certificate."""
    body = json.dumps(person.question()).encode()
    head = f"POST {CHECK} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Request-Id: {new_id()}\r\n"
    whole = (head + f"Content-Length: {len(body)}\r\n\r\n").encode() + body
    for length in (30, len(whole) - 20, len(whole)):
        with registry.connect() as connection:
            connection.send(whole[:length])
    with contextlib.suppress(OSError), registry.connect(None) as connection:
        connection.request("GET", "/")


def one_visitor(registry, people, n):
    person = people[n]
    for turn in range(ROUNDS):
        ask_everything(registry, person)
        leave_early(registry, person)
        assert registry.admin("/metrics")[0] == 200
        if turn % 4 == 0:
            number_person(registry, person, turn)
            read_list(registry, open_list(registry, person, 20))
        if n == 0:
            registry.server.send_signal(signal.SIGHUP)


def ask_until_the_end(registry, person, answered):
    """Over one connection, until the server says that it ends."""
    with registry.connect(timeout=30) as connection:
        reply = None
        while reply is None or not reply.closes:
            reply = registry.ask(person.question(), connection=connection)
            assert reply.status == 200
            answered.append(reply)


def test_a_server_under_everything_at_once_is_renewed_and_ends_in_order_without_a_complaint(make_registry):
    registry = make_registry().start()
    people = [registry.people.add() for _ in range(4)]
    together(len(people), lambda n: one_visitor(registry, people, n))
    number, answered = open_list(registry, people[0], 500), []

    def visit_or_end(n):
        if n > 0:
            return ask_until_the_end(registry, people[n], answered)
        until(lambda: len(answered) > 20)
        return registry.stop()
    assert together(len(people), visit_or_end)[0] == 0
    registry.start()
    read_list(registry, number)
    assert registry.doubled() == []
    assert registry.stop() == 0
