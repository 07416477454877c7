"""Every size, count and deadline of the request line, at its limit and one past it."""
import contextlib
import json
import signal
import socket
import ssl
import struct
import time

import pytest

from harness.client import Closed
from harness.registry import CHECK, locked, new_id
from harness.server import SLOWNESS
from harness.wait import pause, together, until

BULK = "/v1/eligibility/bulk"
REFERENCE_BULK = "/v1/reference-numbers/bulk"


@pytest.fixture(scope="module")
def person(registry):
    return registry.people.add()


def head_of(body_length, *more, path=CHECK):
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"X-Request-Id: {new_id()}", "Content-Type: application/json",
             f"Content-Length: {body_length}", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def is_closed_by_peer(connection):
    """Whether the peer ends the connection before the client's own patience does."""
    try:
        return connection.receive() == b""
    except socket.timeout:
        return False


# ---- the head ------------------------------------------------------------------------------------

@pytest.mark.parametrize("bytes_", [2048, 4096, 16384])
def test_a_head_may_take_the_memory_of_its_connection_and_no_byte_more(make_registry, bytes_):
    registry = make_registry(connection_bytes=bytes_).start()
    body = json.dumps(registry.people.add().question()).encode()

    def status(length):
        bare = len(head_of(len(body), "X-Pad: "))
        with registry.connect() as connection:
            connection.send(head_of(len(body), "X-Pad: " + "a" * (length - bare)) + body)
            try:
                reply = connection.read_reply()
            except Closed:
                return None  # a head that leaves no room for the refusal
            assert reply.status == 200 or (reply.status == 431 and reply.closes)
            return reply.status
    taken, refused = 512, bytes_ + 512
    assert (status(taken), status(refused)) == (200, 431)
    while refused - taken > 1:
        middle = (taken + refused) // 2
        taken, refused = (middle, refused) if status(middle) == 200 else (taken, middle)
    assert bytes_ - 1024 < taken <= bytes_, "the rest is what the library needs beside the head"


@pytest.mark.parametrize("length,status", [(64, 200), (65, 400)])
def test_a_user_id_has_at_most_64_bytes(registry, person, length, status):
    assert registry.ask(person.question(), X_User_Id="u" * length).status == status


@pytest.mark.parametrize("characters,status", [("利" * 21, 200), ("利" * 22, 400)])
def test_a_user_id_is_counted_in_bytes(registry, person, characters, status):
    assert registry.ask(person.question(), X_User_Id=characters.encode().decode("latin-1")).status == status


@pytest.mark.parametrize("query,status", [("after=0&limit=500", 404), ("after=0&limit=501", 400), ("limit=1", 404), ("limit=0", 400),
                                          ("after=2147483647", 400), ("after=999999999", 404), ("after=-1", 400),
                                          ("after=0&after=0", 400), ("a=1", 400), ("after=0&limit=1&a=1&b=1&c=1", 400)])
def test_a_page_of_results_is_asked_for_within_bounds(registry, query, status):
    reply = registry.ask(None, method="GET", path=f"{BULK}/000000000000000000/results?{query}", Content_Type=None)
    assert reply.status == status


# ---- the body ------------------------------------------------------------------------------------

def padded(body, length):
    text = json.dumps(body).encode()
    return text + b" " * (length - len(text))


@pytest.mark.parametrize("way", ["announced", "in chunks"])
@pytest.mark.parametrize("path,limit", [(CHECK, 4096), ("/v1/reference-numbers", 4096), ("/v1/reference-numbers/delete", 4096),
                                        (REFERENCE_BULK, 131072), (BULK, 4194304)])
def test_a_body_may_be_as_long_as_its_path_takes_and_no_byte_longer(registry, person, path, limit, way):
    question = {**person.question(), "reference_number": "R"}
    body = {"items": [question]} if path.endswith("/bulk") else question
    if path in (CHECK, "/v1/reference-numbers/delete"):
        del question["reference_number"]
    for length, code in ((limit, None), (limit + 1, "body_too_large")):
        text = padded(body, length)
        with registry.connect() as connection:
            head = head_of(length, path=path)
            if way == "in chunks":
                head = head.replace(b"Content-Length: %d" % length, b"Transfer-Encoding: chunked")
                text = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in pieces(text, 30000)) + b"0\r\n\r\n"
            connection.send(head + text)
            reply = connection.read_reply()
            assert reply.code == code
            assert registry.ask(person.question(), connection=connection).status == 200, "the connection goes on behind it"


def pieces(text, length):
    return [text[at:at + length] for at in range(0, len(text), length)]


@pytest.mark.parametrize("path,most", [(BULK, 10000), (REFERENCE_BULK, 200)])
def test_a_list_may_have_so_many_items_and_not_one_more(make_registry, path, most):
    registry = make_registry(bulk_chunk=0).start()
    for count, code in ((most, None), (most + 1, "items_too_many")):
        reply = registry.ask(json.dumps({"items": [{}] * count}), path=path)
        assert reply.code == code
        if code is None:
            assert reply.json["item_count"] == most
    assert registry.ask({"items": []}, path=path).status == 400


FIELDS = [
    ("number", "1" * 20, "1" * 21), ("number", "１" * 20, "１" * 21), ("symbol", "あ" * 20, "あ" * 21), ("symbol", "1" * 20, "1" * 21),
    ("symbol", "𠮷" * 20, "𠮷" * 21), ("branch_number", "12", "123"), ("insurer_number", "06139992" + " " * 24, "06139992" + " " * 25),
    ("insurer_number", "06139992", "061399920"),
]


@pytest.mark.parametrize("name,at,past", FIELDS, ids=[f"{n}-{row[0]}" for n, row in enumerate(FIELDS)])
def test_a_field_may_be_as_long_as_its_limit_and_no_sign_longer(registry, person, name, at, past):
    assert registry.ask(person.question(**{name: at})).status == 200
    errors = registry.ask(person.question(**{name: past})).json["errors"]
    assert [error["field"] for error in errors] == [name]


@pytest.mark.parametrize("sign", ["K", "号", "𠮷"])
def test_a_reference_number_has_at_most_50_signs(registry, sign):
    card = registry.people.add().question()
    for length, code in ((50, None), (51, "field_too_long")):
        assert registry.ask({**card, "reference_number": sign * length}, path="/v1/reference-numbers").code == code


@pytest.mark.parametrize("asked_ahead,code", [(365, None), (367, "field_malformed")])
def test_a_day_lies_at_most_a_year_ahead(registry, person, asked_ahead, code):
    day = registry.one("SELECT (now() AT TIME ZONE 'Asia/Tokyo')::date + %s", asked_ahead)
    assert registry.ask(person.question(asked_on=str(day))).code == code


@pytest.mark.parametrize("opening,closing", [("[", "]"), ('{"a":', "}")], ids=["lists", "objects"])
def test_nesting_as_deep_as_a_body_can_be_is_read_to_its_end(registry, person, opening, closing):
    base = json.dumps(person.question())[:-1] + ',"x":'
    depth = (4096 - len(base) - len('"":1}')) // (len(opening) + len(closing))
    inner = "1" if opening != "[" else ""
    reply = registry.ask(base + opening * depth + inner + closing * depth + "}")
    assert [error["code"] for error in reply.json["errors"]] == ["field_unknown"]
    assert registry.ask(base + opening * depth + inner + closing * (depth - 1) + "}").code == "json_malformed"
    assert registry.ask((opening * 4096)[:4096]).code == "json_malformed"


def test_a_list_nested_as_deep_as_it_is_long_is_refused_at_no_cost_to_others(registry, person):
    for opening in ("[", '{"items":', '{"items":[{"a":'):
        assert registry.ask(opening * (4194304 // len(opening)), path=BULK).code == "json_malformed"
    nested = '{"items":[' + "[" * 2000000 + "]" * 2000000 + "]}"
    assert registry.ask(nested, path=BULK).status == 202
    assert registry.ask(person.question()).status == 200


# ---- counts --------------------------------------------------------------------------------------

def test_one_connection_more_than_the_setting_waits_until_one_ends(make_registry):
    registry = make_registry(workers=1, connections=3).start()
    body = registry.people.add().question()
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(registry.connect()) for _ in range(3)]
        assert [registry.ask(body, connection=peer).status for peer in peers] == [200] * 3
        with registry.connect(timeout=0.3) as one_more:
            with pytest.raises(socket.timeout):
                one_more.open()
        assert registry.metric("shikaku_connections") == 3
        peers[0].close()
        with registry.connect() as one_more:
            assert registry.ask(body, connection=one_more).status == 200
        assert [registry.ask(body, connection=peer).status for peer in peers[1:]] == [200] * 2


def test_as_many_questions_as_places_are_under_way_and_one_more_that_waits_too_long_is_told_to_come_back(make_registry):
    registry = make_registry(workers=1, places=3, place_wait_ms=200, bulk_chunk=0).start()
    body = registry.people.add().question()
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(registry.connect()) for _ in range(4)]
        text = json.dumps(body).encode()
        with locked(registry):
            for taken, peer in enumerate(peers[:3], 1):
                peer.send(head_of(len(text)) + text)
                until(lambda taken=taken: registry.metric("shikaku_places_taken") == taken)
            for _ in range(2):  # whoever comes too much keeps the connection, which costs more than a question
                came = time.monotonic()
                refused = registry.ask(body, connection=peers[3])
                assert time.monotonic() - came >= 0.19
                assert (refused.status, refused.code, refused.header("Retry-After")) == (503, "store_busy", "1")
                assert not refused.closes
            assert registry.ask(None, method="GET", path=BULK + "/1", connection=peers[3], Content_Type=None).code == "store_busy"
            assert registry.metric("shikaku_connections") == 4
        assert [peer.read_reply().status for peer in peers[:3]] == [200] * 3
        assert registry.ask(body, connection=peers[3]).status == 200
        until(lambda: registry.metric("shikaku_refused_full_total") == 3)
    assert registry.ask(body).status == 200


def test_where_nobody_may_wait_one_more_than_there_are_places_is_told_to_come_back_at_once(make_registry):
    registry = make_registry(workers=1, places=1, place_wait_ms=0, bulk_chunk=0).start()
    body = registry.people.add().question()
    with registry.connect() as busy, locked(registry):
        ask_in_vain(registry, busy, body)
        assert registry.ask(body).code == "store_busy"
        assert registry.metric("shikaku_places_awaited") == 0


def ask_in_vain(registry, connection, body):
    """Takes the only place, while the records are locked."""
    until(lambda: registry.metric("shikaku_places_taken") == 0)  # what was answered before has left
    text = json.dumps(body).encode()
    connection.send(head_of(len(text)) + text)
    until(lambda: registry.metric("shikaku_places_taken") == 1)


def wait_in_line(registry, connection, body, standing, sent=None):
    """Comes when all places are taken."""
    text = json.dumps(body).encode()
    connection.send((head_of(len(text)) + text)[:sent])
    until(lambda: registry.metric("shikaku_places_awaited") == standing)


def test_who_finds_no_place_waits_for_one_in_the_order_of_coming(make_registry):
    registry = make_registry(workers=1, places=1, bulk_chunk=0).start()
    people = [registry.people.add() for _ in range(5)]
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(registry.connect()) for _ in people]
        for peer in peers[::2]:  # the others come with their handshakes
            assert registry.ask(people[0].question(), connection=peer).status == 200
        with locked(registry):
            ask_in_vain(registry, peers[0], people[0].question())
            for standing, peer in enumerate(peers[1:], 1):
                wait_in_line(registry, peer, people[standing].question(), standing)
        replies = [peer.read_reply() for peer in peers]
        assert [reply.status for reply in replies] == [200] * 5
    in_order = [str(request_id) for request_id, in registry.execute(
        "SELECT request_id FROM registry.access_record ORDER BY record_id DESC LIMIT 5")]
    assert in_order[::-1] == [reply.header("X-Request-Id") for reply in replies]
    until(lambda: registry.metric("shikaku_places_awaited") == 0)
    assert registry.metric("shikaku_refused_full_total") == 0


def test_the_time_that_a_question_waited_for_its_place_is_part_of_its_time(make_registry):
    registry = make_registry(workers=1, places=1, bulk_chunk=0).start()
    body = registry.people.add().question()
    with registry.connect() as busy, registry.connect() as late:
        with locked(registry):
            ask_in_vain(registry, busy, body)
            wait_in_line(registry, late, body, 1)
            pause(0.3)
        assert [busy.read_reply().status, late.read_reply().status] == [200, 200]
    labels = {"method": "POST", "route": CHECK}
    until(lambda: registry.metric("shikaku_request_seconds_count", **labels) == 2)
    assert registry.metric("shikaku_request_seconds_sum", **labels) >= 0.6


def test_who_goes_while_it_waits_takes_nobodys_turn(make_registry):
    registry = make_registry(workers=1, places=1, bulk_chunk=0).start()
    body = registry.people.add().question()
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(registry.connect()) for _ in range(4)]
        with locked(registry):
            ask_in_vain(registry, peers[0], body)
            for standing, peer in enumerate(peers[1:], 1):
                wait_in_line(registry, peer, body, standing)
            peers[1].close()
            peers[2].close()
        assert [peer.read_reply().status for peer in (peers[0], peers[3])] == [200, 200]
        until(lambda: registry.metric("shikaku_connections") == 2)
        assert registry.ask(body, connection=peers[0]).status == 200
        until(lambda: registry.metric("shikaku_places_taken") == 0)


def test_who_resets_a_connection_with_two_requests_while_it_waits_or_is_called_harms_nobody(make_registry):
    registry = make_registry(workers=1, places=1, bulk_chunk=0).start()
    body = registry.people.add().question()
    text = json.dumps(body).encode()
    gone = struct.pack("ii", 1, 0)  # closing sends a reset

    def come_and_go(number):
        for turn in range(60):
            with registry.connect() as connection:
                connection.open()
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, gone)
                connection.send((head_of(len(text)) + text) * 2)
                pause((number * 7 + turn) % 16 / 4000)
    together(8, come_and_go)
    assert registry.server.poll() is None
    until(lambda: registry.metric("shikaku_connections") == 0)
    until(lambda: registry.metric("shikaku_places_taken") == registry.metric("shikaku_places_awaited") == 0)
    assert registry.ask(body).status == 200
    assert registry.stop() == 0


def test_a_body_that_comes_late_to_a_place_that_was_waited_for_has_its_whole_time(make_registry):
    registry = make_registry(workers=1, places=1, body_ms=500, bulk_chunk=0).start()
    body = registry.people.add().question()
    text = json.dumps(body).encode()
    with registry.connect() as busy, registry.connect() as late:
        with locked(registry):
            ask_in_vain(registry, busy, body)
            wait_in_line(registry, late, body, 1, sent=-10)
            pause(0.6)
        assert busy.read_reply().status == 200
        until(lambda: registry.metric("shikaku_places_taken") == 1)
        pause(0.2)
        late.send(text[-10:])
        assert late.read_reply().status == 200


def test_who_waits_hears_at_once_that_the_server_ends(make_registry):
    registry = make_registry(workers=1, places=1, place_wait_ms=60000, bulk_chunk=0).start()
    body = registry.people.add().question()
    with registry.connect() as busy, registry.connect() as other:
        with locked(registry):
            ask_in_vain(registry, busy, body)
            wait_in_line(registry, other, body, 1)
            registry.server.send_signal(signal.SIGTERM)
            refused = other.read_reply()
            assert (refused.status, refused.code, refused.closes) == (503, "store_busy", True)
        assert busy.read_reply().status == 200
        assert registry.stop() == 0


def test_only_so_many_large_requests_are_under_way_and_single_questions_pass_them(make_registry):
    registry = make_registry(workers=1, large_requests=2, bulk_chunk=0).start()
    body = registry.people.add().question()
    many = {"items": [body] * 20}  # a short list needs no large share
    text = json.dumps(many).encode()
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(registry.connect()) for _ in range(2)]
        for taken, peer in enumerate(peers, 1):
            peer.send(head_of(len(text), path=BULK) + text[:10])
            until(lambda taken=taken: registry.metric("shikaku_places_taken") == taken)
        refused = registry.ask(many, path=BULK)
        assert (refused.code, refused.header("Retry-After")) == ("store_busy", "1")
        assert registry.ask(None, method="GET", path=BULK + "/000000000000000000/results", Content_Type=None).code == "store_busy"
        assert registry.ask(body).status == 200
        for peer in peers:
            peer.send(text[10:])
            assert peer.read_reply().status == 202
    assert registry.ask(many, path=BULK).status == 202


def test_a_facility_may_have_so_many_unfinished_lists_each_for_itself(make_registry):
    registry = make_registry(bulk_chunk=0, bulk_jobs=3).start()
    items = {"items": [registry.people.add().question()]}
    assert [registry.ask(items, path=BULK).status for _ in range(4)] == [202, 202, 202, 429]
    assert registry.ask(items, path=BULK, who="clinic").status == 202
    registry.execute("UPDATE registry.bulk_job SET state = 3, done = 1, ok = 1"
                     " WHERE job_id = (SELECT min(job_id) FROM registry.bulk_job)")
    assert [registry.ask(items, path=BULK).status for _ in range(2)] == [202, 429]


# ---- deadlines -----------------------------------------------------------------------------------

HEAD_S = 0.5 * SLOWNESS
SLACK_S = 4.5 * SLOWNESS


@pytest.fixture(scope="module")
def impatient(place, tmp_path_factory):
    """A registry of short deadlines."""
    from conftest import made
    registry = made(place, tmp_path_factory.mktemp("impatient"), head_ms=int(HEAD_S * 1000), body_ms=int(HEAD_S * 1000), idle_s=600)
    try:
        yield registry.start()
    finally:
        registry.close()


@pytest.fixture(scope="module")
def impatient_text(impatient):
    return json.dumps(impatient.people.add().question()).encode()


def ended_within_its_time(connection, since):
    assert is_closed_by_peer(connection)
    assert HEAD_S * 0.9 <= time.monotonic() - since <= HEAD_S + SLACK_S


def half_hello(registry):
    hello = ssl.MemoryBIO()
    half = registry.context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        half.do_handshake()
    return hello.read()


@pytest.mark.parametrize("share", [0, 0.5], ids=["nothing", "half a hello"])
def test_a_handshake_that_stalls_is_ended(impatient, share):
    hello = half_hello(impatient)
    since = time.monotonic()
    with socket.create_connection(("127.0.0.1", impatient.settings["port"]), timeout=HEAD_S + SLACK_S) as plain:
        plain.sendall(hello[:int(len(hello) * share)])
        assert plain.recv(4096) == b""
    assert HEAD_S * 0.9 <= time.monotonic() - since


def test_a_handshake_that_drips_is_ended(impatient):
    hello = half_hello(impatient)
    since = time.monotonic()
    with socket.create_connection(("127.0.0.1", impatient.settings["port"]), timeout=HEAD_S + SLACK_S) as plain:
        with pytest.raises(ConnectionError):
            for at in range(len(hello) - 1):
                plain.sendall(hello[at:at + 1])
                pause(HEAD_S / 20)
    assert HEAD_S * 0.9 <= time.monotonic() - since <= HEAD_S + SLACK_S


@pytest.mark.parametrize("kept_alive", [False, True], ids=["first", "kept alive"])
@pytest.mark.parametrize("start", [b"", b"P", b"POST ", b"POST /v1/eligibility/check HTTP/1.1\r\nHost: loc"])
def test_a_head_that_stalls_is_ended(impatient, impatient_text, kept_alive, start):
    if kept_alive and start == b"":
        return  # nothing has begun: that is an idle connection, see below
    with impatient.connect(timeout=HEAD_S + SLACK_S) as connection:
        connection.open()
        if kept_alive:
            assert impatient.ask(impatient_text, connection=connection).status == 200
        since = time.monotonic()
        if start:
            connection.send(start)
        ended_within_its_time(connection, since)


@pytest.mark.parametrize("answers", [0, 1, 3], ids=["first", "kept alive", "kept alive for long"])
def test_a_head_that_drips_is_ended(impatient, impatient_text, answers):
    with impatient.connect(timeout=HEAD_S + SLACK_S) as connection:
        connection.open()
        for _ in range(answers):
            assert impatient.ask(impatient_text, connection=connection).status == 200
        since = time.monotonic()
        connection.socket.settimeout(HEAD_S / 20)
        head = head_of(len(impatient_text), "X-Pad: " + "a" * 1000)
        with pytest.raises((OSError, Closed)):
            for at in range(len(head)):
                connection.socket.sendall(head[at:at + 1])
                with contextlib.suppress(socket.timeout):
                    if connection.socket.recv(1) == b"":
                        raise Closed("as it should be")
        assert HEAD_S * 0.9 <= time.monotonic() - since <= HEAD_S + SLACK_S


def test_an_idle_connection_that_is_kept_alive_is_not_ended_by_the_deadline_of_heads(impatient, impatient_text):
    with impatient.connect() as idle, impatient.connect(timeout=HEAD_S + SLACK_S) as stalled:
        assert impatient.ask(impatient_text, connection=idle).status == 200
        socket_before = idle.socket
        stalled.send(b"POST ")
        assert is_closed_by_peer(stalled)
        assert impatient.ask(impatient_text, connection=idle).status == 200
        assert idle.socket is socket_before


def test_a_head_and_body_that_come_byte_by_byte_in_time_are_answered(impatient, impatient_text):
    with impatient.connect() as connection:
        for _ in range(2):
            for byte in head_of(len(impatient_text)) + impatient_text:
                connection.send(bytes([byte]))
            assert connection.read_reply().status == 200


@pytest.mark.parametrize("sent", [0, 1, 60])
@pytest.mark.parametrize("way", ["announced", "in chunks"])
def test_a_body_that_stalls_is_told_and_ended(impatient, impatient_text, sent, way):
    head = head_of(len(impatient_text))
    if way == "in chunks":
        head = head.replace(b"Content-Length: %d" % len(impatient_text), b"Transfer-Encoding: chunked")
    with impatient.connect(timeout=HEAD_S + SLACK_S) as connection:
        since = time.monotonic()
        connection.send(head + (impatient_text[:sent] if way == "announced" else b"%x\r\n" % len(impatient_text) + impatient_text[:sent]))
        reply = connection.read_reply()
        assert (reply.status, reply.code, reply.closes) == (408, "body_late", True)
        assert HEAD_S * 0.9 <= time.monotonic() - since <= HEAD_S + SLACK_S
    until(lambda: impatient.metric("shikaku_places_taken") == 0)


def test_a_body_that_drips_is_told_and_ended(impatient):
    with impatient.connect(timeout=HEAD_S + SLACK_S) as connection:
        connection.send(head_of(4000))
        connection.socket.settimeout(HEAD_S / 20)
        since, heard = time.monotonic(), b""
        with contextlib.suppress(OSError):
            for _ in range(4000):
                connection.socket.sendall(b" ")
                with contextlib.suppress(socket.timeout):
                    heard += connection.socket.recv(4096)
                    break
        assert heard.startswith(b"HTTP/1.1 408 ")
        assert HEAD_S * 0.9 <= time.monotonic() - since <= HEAD_S + SLACK_S
    until(lambda: impatient.metric("shikaku_places_taken") == 0)


@pytest.mark.parametrize("drips", [False, True], ids=["nothing", "byte by byte"])
def test_a_peer_that_does_not_read_its_reply_gives_its_place_back_in_time(make_registry, drips):
    registry = make_registry(workers=1, large_requests=1, reply_ms=1000).start()
    items = [registry.people.add().question(item_id="i" * 64)] * 2000
    number = registry.ask({"items": items}, path=BULK).json["reception_number"]
    page = f"{BULK}/{number}/results?limit=500"
    until(lambda: registry.ask(None, method="GET", path=page, Content_Type=None).status == 200)
    until(lambda: registry.metric("shikaku_places_taken") == 0)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(10 * SLOWNESS)
    plain.connect(("127.0.0.1", registry.settings["port"]))
    with registry.context().wrap_socket(plain, server_hostname="localhost") as slow:
        for _ in range(20):  # more than the kernel keeps for who does not read
            slow.sendall(f"GET {page} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {new_id()}\r\n\r\n".encode())

        def count():
            return registry.metric("shikaku_request_seconds_count", method="GET", route=BULK + "/:/results")
        until(lambda: registry.metric("shikaku_places_taken") == 1 and stands_still(count))
        since = time.monotonic()

        def is_free():
            with contextlib.suppress(OSError):
                if drips:
                    slow.recv(1)
            return registry.metric("shikaku_places_taken") == 0
        assert registry.ask(None, method="GET", path=page, Content_Type=None).code == "store_busy"
        until(is_free, 8)
        assert time.monotonic() - since < 8 * SLOWNESS
    assert registry.ask(None, method="GET", path=page, Content_Type=None).status == 200


def stands_still(count):
    before = count()
    pause(0.2)
    return count() == before


def test_a_connection_that_is_idle_for_the_setting_is_closed_and_one_that_is_used_is_not(make_registry):
    registry = make_registry(idle_s=1, workers=1).start()
    body = registry.people.add().question()
    with registry.connect() as idle, registry.connect() as used:
        for peer in (idle, used):
            assert registry.ask(body, connection=peer).status == 200
        since, socket_before = time.monotonic(), used.socket
        idle.socket.settimeout(0.2)
        while time.monotonic() - since < 10:
            try:
                assert idle.receive() == b""
                break
            except socket.timeout:
                assert registry.ask(body, connection=used).status == 200
        assert 0.9 <= time.monotonic() - since < 10
        assert registry.ask(body, connection=used).status == 200 and used.socket is socket_before


def test_stalled_handshakes_cost_no_processor_time(registry, person):
    hello = half_hello(registry)
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            peer = stack.enter_context(socket.create_connection(("127.0.0.1", registry.settings["port"])))
            peer.sendall(hello[:len(hello) // 2])
        registry.ask(person.question())
        before = registry.processor_seconds()
        pause(2)
        assert registry.processor_seconds() - before < 0.2 * SLOWNESS
        assert registry.ask(person.question()).status == 200


@pytest.mark.parametrize("pad", [0, 60, 120, 180, 240, 400, 700])
@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_requests_that_arrive_together_are_answered_one_after_the_other(registry, person, pad, pieces):
    """Many records in one segment, cut wherever their lengths have it; several to a request, too."""
    body = json.dumps(person.question()).encode()
    with registry.connect() as connection:
        for _ in range(2):
            connection.send(b"")
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            for _ in range(6):
                whole = head_of(len(body), "X-Pad: " + "a" * pad) + body
                step = -(-len(whole) // pieces)
                for at in range(0, len(whole), step):
                    connection.send(whole[at:at + step])
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
            assert [connection.read_reply().status for _ in range(6)] == [200] * 6
