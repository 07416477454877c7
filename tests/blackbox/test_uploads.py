"""Files of insurers: received whole or in parts, cut anywhere, resumed where they stood, never another insurer's."""
import csv
import io
import itertools
import json
import re
import signal
import socket
import stat
import subprocess
import uuid

import pytest

from harness.cluster import shikaku
from harness.people import INSURER, NATIONAL
from harness.registry import Registry
from harness.uploads import BATCHES, Uploader, digest_of, new_key, some_bytes
from harness.wait import together, until

KIB, MIB = 1024, 1024 * 1024
BUFFER, CHECKPOINT = 256 * KIB, MIB
LIMIT = 8 * MIB


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    shared = Registry(tmp_path_factory.mktemp("uploads"), place["url"], place["template"])
    try:
        shared.add_insurer("insurer", INSURER)
        shared.issue(INSURER, "second", kind="insurer")
        shared.add_insurer("other", NATIONAL)
        shared.admit()
        yield shared.start_registrar(upload_bytes=LIMIT, upload_checkpoint_bytes=CHECKPOINT, uploads_unfinished=1000)
    finally:
        shared.close()


@pytest.fixture
def uploader(office):
    return Uploader(office)


@pytest.fixture
def own_office(make_registry):
    """A registrar of the test's own: own_office(**settings) starts it and gives an uploader."""
    def make(**settings):
        registry = make_registry()
        registry.add_insurer("insurer", INSURER)
        registry.admit()
        return Uploader(registry.start_registrar(**settings))
    return make


def ok(reply, *statuses):
    assert reply.status in (statuses or (200, 201)), reply.code
    return reply


def refused(reply, status, code):
    assert (reply.status, reply.code) == (status, code)
    return reply


# ---- the whole life ------------------------------------------------------------------------------

def test_a_file_in_one_piece_is_a_batch_that_was_received(uploader):
    data = some_bytes(3 * MIB + 17)
    reply = ok(uploader.open(data, Content_Encoding="gzip"), 201)
    assert reply.header("Location") == f"{BATCHES}/{reply.json['batch']}"
    assert (reply.header("Upload-Offset"), reply.header("Upload-Complete")) == (str(len(data)), "?1")
    assert uploader.standing(reply.header("Location")) == reply.json
    assert (reply.json["state"], reply.json["packing"], reply.json["received_bytes"]) == ("received", "gzip", len(data))
    assert uploader.in_spool(reply.header("Location")) == data


def test_what_lies_in_the_spool_is_closed_to_others(office, uploader):
    place = ok(uploader.open(some_bytes(10)), 201).header("Location")
    folder = office.folder / "spool"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / f"{place.rsplit('/', 1)[1]}.batch").stat().st_mode) == 0o600


@pytest.mark.parametrize("sizes", [(0, 1), (1, 1), (BUFFER, BUFFER), (BUFFER - 1, 2, BUFFER), (CHECKPOINT, 0),
                                   (CHECKPOINT + 1, 3 * CHECKPOINT), (5, 4, 3, 2, 1)])
def test_a_file_in_parts_is_the_file(uploader, sizes):
    data = some_bytes(sum(sizes), seed=len(sizes))
    reply = ok(uploader.open(data, body=data[:sizes[0]], Upload_Complete="?0"), 201)
    place, sent = reply.header("Location"), sizes[0]
    for size in sizes[1:]:
        assert uploader.offset(place) == sent
        sent += size
        last = sent == len(data)
        reply = ok(uploader.append(place, sent - size, data[sent - size:sent], last=last), 200)
        assert reply.header("Upload-Offset") == str(sent)
        assert reply.header("Upload-Complete") == ("?1" if last else "?0")
        if last:
            break
    assert uploader.standing(place)["state"] == "received"
    assert uploader.in_spool(place) == data


def test_an_opening_without_a_body_is_an_upload_to_come(uploader):
    data = some_bytes(1000)
    reply = ok(uploader.open(data, body=b"", Upload_Length="1000"), 201)
    assert (reply.header("Upload-Offset"), reply.header("Upload-Complete"), reply.header("Upload-Length")) \
        == ("0", "?0", "1000")
    ok(uploader.append(reply.header("Location"), 0, data, last=True), 200)


def test_a_body_of_unknown_length_is_taken(uploader):
    data = some_bytes(700_000)
    with uploader.connect() as connection:
        head = uploader.open_head(data, Transfer_Encoding="chunked")
        lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "localhost", **head}.items())
        connection.send(f"POST {BATCHES} HTTP/1.1\r\n{lines}\r\n".encode())
        for at in range(0, len(data), 100_000):
            connection.send(b"%x\r\n" % len(data[at:at + 100_000]) + data[at:at + 100_000] + b"\r\n")
        connection.send(b"0\r\n\r\n")
        reply = ok(connection.read_reply(), 201)
    assert uploader.in_spool(reply.header("Location")) == data
    assert reply.json["length"] == len(data)


def test_who_asks_first_whether_the_body_is_wanted_is_told_before_sending_it(uploader):
    data = some_bytes(2 * MIB)
    with uploader.connect() as connection:
        def head(**words):
            fields = {"Host": "localhost", "Content-Length": str(len(data)), "Expect": "100-continue",
                      **uploader.open_head(data, **words)}
            return (f"POST {BATCHES} HTTP/1.1\r\n"
                    + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n").encode()
        connection.send(head())
        while b"\r\n\r\n" not in connection.heard:
            connection.heard += connection.receive()
        assert connection.heard.startswith(b"HTTP/1.1 100 ")
        connection.send(data)
        ok(connection.read_reply(), 201)
        connection.send(head(Content_Type="text/plain"))
        refused(connection.read_reply(), 415, "media_type_unsupported")


@pytest.mark.parametrize("size", [10, 60_000, 4 * MIB])
def test_who_is_refused_hears_why_even_in_the_middle_of_sending(uploader, size):
    with uploader.connect() as connection:
        try:
            reply = uploader.open(some_bytes(size), connection=connection, Content_Type="text/plain")
        except OSError:
            connection.heard += connection.receive()
            reply = connection.read_reply()
        refused(reply, 415, "media_type_unsupported")


# ---- the same again ------------------------------------------------------------------------------

def test_the_same_key_is_the_same_batch_and_tells_where_it_stands(uploader):
    data, key = some_bytes(500_000), new_key()
    place = ok(uploader.open(data, key, body=data[:123_456], Upload_Complete="?0"), 201).header("Location")
    again = ok(uploader.open(data, key), 200)
    assert (again.header("Location"), again.header("Upload-Offset"), again.header("Upload-Complete")) \
        == (place, "123456", "?0")
    ok(uploader.append(place, 123_456, data[123_456:], last=True), 200)
    after = ok(uploader.open(data, key), 200)
    assert (after.header("Location"), after.header("Upload-Complete"), after.json["state"]) == (place, "?1", "received")


def test_a_key_with_quotation_marks_is_the_same_key(uploader):
    data, key = some_bytes(100), new_key()
    place = ok(uploader.open(data, key), 201).header("Location")
    assert ok(uploader.open(data, f'"{key}"'), 200).header("Location") == place


@pytest.mark.parametrize("change", [
    {"Repr_Digest": digest_of(b"something else")}, {"Content_Type": "application/jsonl"}, {"Content_Encoding": "zstd"},
    {"Content_Type": "text/csv; charset=Shift_JIS"}, {"path": BATCHES + "?dry_run=true"}, {"Upload_Length": "999",
                                                                                         "Upload_Complete": "?0"}])
def test_the_same_key_with_something_else_is_refused(uploader, change):
    data, key = some_bytes(100), new_key()
    ok(uploader.open(data, key), 201)
    refused(uploader.open(data, key, **change), 422, "idempotency_key_reused")


def test_a_key_belongs_to_its_insurer(office, uploader):
    data, key = some_bytes(100), new_key()
    mine = ok(uploader.open(data, key), 201).header("Location")
    theirs = ok(Uploader(office, "other").open(data, key), 201).header("Location")
    assert mine != theirs


@pytest.mark.parametrize("size", [100, 2 * MIB])
def test_sixteen_at_once_under_one_key_are_one_batch_with_one_writer(office, uploader, size):
    data, key = some_bytes(size), new_key()

    def one(_):
        with uploader.connect(timeout=30) as connection:
            try:
                return uploader.open(data, key, connection=connection)
            except OSError:
                connection.heard += connection.receive()
                return connection.read_reply()
    replies = together(16, one)
    assert {reply.status for reply in replies} <= {200, 201, 409}
    for reply in replies:
        if reply.status == 409 and reply.code == "upload_busy":
            assert reply.header("Retry-After") == "1"
        else:
            assert reply.status != 409 or reply.code in ("upload_offset_wrong", "batch_state_wrong")
    assert sum(reply.status == 201 for reply in replies) <= 1
    assert office.one("SELECT count(*) FROM registry.batch WHERE idempotency_key = %s", key) == 1
    after = ok(uploader.open(data, key), 200)
    assert (after.json["state"], uploader.in_spool(after.header("Location"))) == ("received", data)


def test_while_one_sends_another_is_told_to_wait(uploader):
    data = some_bytes(MIB)
    place = ok(uploader.open(data, body=b"", Upload_Complete="?0"), 201).header("Location")
    with half_sent(uploader, place, data, 100_000) as connection:
        until(lambda: uploader.registry.metric("shikaku_uploads", uploader.registry.registrar_settings["admin_port"]) == 1)
        busy = refused(uploader.append(place, 0, data, last=True), 409, "upload_busy")
        assert busy.header("Retry-After") == "1"
        connection.send(data[100_000:])
        ok(connection.read_reply(), 200)
    assert uploader.in_spool(place) == data


# ---- cut -----------------------------------------------------------------------------------------

class half_sent:
    """A PATCH of the whole of data, of which so many bytes have been sent.

    At its end the connection is cut: behind the last byte, or, torn, so that the peer may lose some before it.
    """

    def __init__(self, uploader, place, data, count, offset=0, torn=False, last=True):
        self.connection, self.torn = uploader.connect(), torn
        head = uploader.head(Upload_Offset=str(offset), Upload_Complete="?1" if last else "?0",
                             Content_Type="application/partial-upload")
        fields = {"Host": "localhost", "Content-Length": str(len(data)), **head}
        text = f"PATCH {place} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
        self.connection.send(text.encode() + data[:count])

    def __enter__(self):
        return self.connection

    def __exit__(self, *_):
        if self.connection.socket is not None and not self.torn:
            cut_behind(self.connection)
        self.connection.close()


def cut_behind(connection):
    """No more is sent; what was is read by the peer, who then closes. Nothing that it says is looked at."""
    socket.socket.shutdown(connection.socket, socket.SHUT_WR)
    while connection.receive() != b"":
        pass


CUTS = [0, 1, 4096, BUFFER - 1, BUFFER, BUFFER + 1, CHECKPOINT - 1, CHECKPOINT, CHECKPOINT + 1, 2 * CHECKPOINT + BUFFER]


@pytest.mark.parametrize("torn", [False, True], ids=["behind", "torn"])
@pytest.mark.parametrize("cut", CUTS)
def test_a_file_cut_anywhere_in_its_body_goes_on_where_it_stood(uploader, cut, torn):
    data = some_bytes(3 * MIB, seed=cut)
    place = ok(uploader.open(data, body=b"", Upload_Complete="?0"), 201).header("Location")
    with half_sent(uploader, place, data, cut, torn=torn):
        pass
    if not torn:
        until(lambda: uploader.offset(place) == cut)  # all that came was kept
    assert uploader.standing(place)["state"] == "receiving"

    until(lambda: goes_on(uploader, place, data, cut))
    assert uploader.in_spool(place) == data


def goes_on(uploader, place, data, most):
    """Sends the rest; false while the request that was cut still has the file."""
    at = uploader.offset(place)
    assert at <= most
    try:
        return uploader.append(place, at, data[at:], last=True).status == 200
    except OSError:  # refused in the middle of sending
        return False


def test_a_file_cut_again_and_again_comes_whole(uploader):
    data = some_bytes(5 * MIB, seed=5)
    place = ok(uploader.open(data, body=b"", Upload_Complete="?0"), 201).header("Location")
    for count in itertools.cycle((700_001, 17, 300_000)):
        at = uploader.offset(place)
        if len(data) - at <= count:
            break
        with half_sent(uploader, place, data[at:], count, offset=at):
            pass
        until(lambda at=at: uploader.offset(place) > at)
    until(lambda: uploader.append(place, uploader.offset(place), data[uploader.offset(place):], last=True).status == 200)
    assert uploader.in_spool(place) == data and uploader.standing(place)["state"] == "received"


def test_a_head_that_is_cut_is_no_batch(office, uploader):
    data, key = some_bytes(100), new_key()
    head = uploader.open_head(data, key)
    text = (f"POST {BATCHES} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in head.items())).encode()
    for cut in (1, len(text) // 2, len(text)):
        with uploader.connect() as connection:
            connection.send(text[:cut])
    ok(uploader.open(some_bytes(1)), 201)
    assert office.one("SELECT count(*) FROM registry.batch WHERE idempotency_key = %s", key) == 0


def test_an_opening_cut_in_its_body_is_found_again_by_its_key(uploader):
    data, key = some_bytes(2 * MIB), new_key()
    with uploader.connect() as connection:
        head = {"Host": "localhost", "Content-Length": str(len(data)), **uploader.open_head(data, key)}
        connection.send((f"POST {BATCHES} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in head.items())
                         + "\r\n").encode() + data[:1_500_000])
        cut_behind(connection)
    until(lambda: uploader.registry.one("SELECT received_bytes FROM registry.batch WHERE idempotency_key = %s", key)
          == 1_500_000)
    again = ok(uploader.open(data, key, body=b"", Upload_Length=str(len(data))), 200)
    ok(uploader.append(again.header("Location"), 1_500_000, data[1_500_000:], last=True), 200)
    assert uploader.in_spool(again.header("Location")) == data


def test_a_reply_that_was_not_read_is_told_again(uploader):
    data = some_bytes(600_000)
    place = ok(uploader.open(data, body=b"", Upload_Complete="?0"), 201).header("Location")
    with half_sent(uploader, place, data, len(data)):
        pass
    until(lambda: uploader.standing(place)["state"] == "received")
    assert uploader.in_spool(place) == data


def test_a_body_that_stalls_is_ended_and_kept(own_office):
    uploader = own_office(upload_idle_ms=300)
    data = some_bytes(MIB)
    place = ok(uploader.open(data, body=b"", Upload_Complete="?0"), 201).header("Location")
    with half_sent(uploader, place, data, 400_000) as connection:
        reply = refused(connection.read_reply(), 408, "body_late")
        assert (reply.header("Upload-Offset"), reply.header("Retry-After"), reply.closes) == ("400000", "1", True)
    ok(uploader.append(place, 400_000, data[400_000:], last=True), 200)
    assert uploader.in_spool(place) == data


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "ended in order"])
def test_a_registrar_that_ends_in_mid_upload_has_what_it_confirmed(own_office, how):
    uploader = own_office(upload_checkpoint_bytes=MIB)
    data = some_bytes(6 * MIB, seed=9)
    place = ok(uploader.open(data, body=b"", Upload_Complete="?0"), 201).header("Location")
    with half_sent(uploader, place, data, 5 * MIB + 300_000, torn=True):
        until(lambda: uploader.offset(place) >= 3 * MIB)
        status = uploader.registry.stop_registrar(how)
    uploader.registry.start_registrar()
    safe = uploader.offset(place)
    assert 3 * MIB <= safe <= 5 * MIB + 300_000
    assert status == (0 if how == signal.SIGTERM else -9)
    if how == signal.SIGKILL:
        assert safe % MIB == 0, "the last checkpoint"
    assert len(uploader.in_spool(place)) >= safe
    ok(uploader.append(place, safe, data[safe:], last=True), 200)
    assert uploader.in_spool(place) == data


def test_a_file_that_is_shorter_than_was_noted_counts_as_long_as_it_is(uploader):
    data = some_bytes(300_000)
    place = ok(uploader.open(data, body=data[:200_000], Upload_Complete="?0"), 201).header("Location")
    with open(uploader.registry.folder / "spool" / f"{place.rsplit('/', 1)[1]}.batch", "r+b") as file:
        file.truncate(150_000)
    wrong = refused(uploader.append(place, 200_000, data[200_000:], last=True), 409, "upload_offset_wrong")
    assert wrong.header("Upload-Offset") == "150000"
    ok(uploader.append(place, 150_000, data[150_000:], last=True), 200)


# ---- what is wrong -------------------------------------------------------------------------------

def test_a_file_with_another_digest_is_refused_for_good(uploader):
    data = some_bytes(400_000)
    key = new_key()
    reply = refused(uploader.open(data, key, Repr_Digest=digest_of(b"another")), 422, "upload_digest_wrong")
    again = ok(uploader.open(data, key, Repr_Digest=digest_of(b"another")), 200)
    assert (again.json["state"], again.json["refusal"]) == ("refused", "upload_digest_wrong")
    assert reply.header("Upload-Offset") == str(len(data))


def test_a_digest_is_looked_at_over_all_parts(uploader):
    data = some_bytes(400_000)
    place = ok(uploader.open(data, body=data[:100], Upload_Complete="?0"), 201).header("Location")
    refused(uploader.append(place, 100, b"x" + data[101:], last=True), 422, "upload_digest_wrong")
    assert uploader.standing(place)["state"] == "refused"


@pytest.mark.parametrize("offset", [0, 999, 1001, 10 ** 14])
def test_a_part_for_another_place_is_told_the_right_one(uploader, offset):
    data = some_bytes(2000)
    place = ok(uploader.open(data, body=data[:1000], Upload_Complete="?0"), 201).header("Location")
    reply = uploader.append(place, offset, b"")
    assert (reply.status, reply.code) in ((409, "upload_offset_wrong"), (413, "body_too_large"))
    assert reply.status == 413 or reply.header("Upload-Offset") == "1000"


@pytest.mark.parametrize("words", [
    {"Upload_Length": "99"}, {"Upload_Length": "101"}, {"Upload_Length": "99", "Upload_Complete": "?0"}])
def test_lengths_that_contradict_each_other_are_refused(uploader, words):
    refused(uploader.open(some_bytes(100), **words), 400, "upload_length_wrong")


def test_a_file_may_not_become_longer_than_was_said(uploader):
    place = ok(uploader.open(some_bytes(100), body=b"", Upload_Length="100"), 201).header("Location")
    refused(uploader.append(place, 0, some_bytes(101)), 400, "upload_length_wrong")
    refused(uploader.append(place, 0, some_bytes(99), last=True), 400, "upload_length_wrong")
    assert uploader.offset(place) == 0


def test_a_file_longer_than_the_limit_is_refused_before_it_is_sent(uploader):
    refused(uploader.open(b"", body=b"", Upload_Length=str(LIMIT + 1)), 413, "body_too_large")
    with uploader.connect() as connection:
        head = {"Host": "localhost", "Content-Length": str(LIMIT + 1), **uploader.open_head(b"")}
        connection.send((f"POST {BATCHES} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in head.items())
                         + "\r\n").encode())
        refused(connection.read_reply(), 413, "body_too_large")


def test_a_body_of_unknown_length_ends_at_the_limit(uploader):
    data = some_bytes(64 * KIB)
    with uploader.connect() as connection:
        head = {"Host": "localhost", "Transfer-Encoding": "chunked", **uploader.open_head(b"x")}
        connection.send((f"POST {BATCHES} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in head.items())
                         + "\r\n").encode())
        try:
            for _ in range(LIMIT // len(data) + 100):
                connection.send(b"%x\r\n" % len(data) + data + b"\r\n")
        except OSError:
            pass
        connection.heard += connection.receive()
        refused(connection.read_reply(), 413, "body_too_large")


def test_an_insurer_has_only_so_many_unfinished_uploads(own_office):
    uploader = own_office(uploads_unfinished=2)
    places = [ok(uploader.open(b"x", body=b""), 201).header("Location") for _ in range(2)]
    reply = refused(uploader.open(b"x", body=b""), 429, "uploads_too_many")
    assert reply.header("Retry-After") == "1"
    ok(uploader.send("POST", places[0] + "/cancel"), 200)
    ok(uploader.open(b"x", body=b""), 201)


def test_a_worker_takes_only_so_many_files_at_a_time(own_office):
    uploader = own_office(workers=1, uploads=1)
    data = some_bytes(1000)
    places = [ok(uploader.open(data, body=b""), 201).header("Location") for _ in range(2)]
    with half_sent(uploader, places[0], data, 10) as connection:
        until(lambda: uploader.registry.metric("shikaku_uploads", uploader.registry.registrar_settings["admin_port"]) == 1)
        refused(uploader.append(places[1], 0, data, last=True), 503, "store_busy")
        connection.send(data[10:])
        ok(connection.read_reply(), 200)
    ok(uploader.append(places[1], 0, data, last=True), 200)


def test_with_too_little_room_no_byte_is_taken_and_the_rest_goes_on(own_office):
    uploader = own_office(spool_reserve_bytes=2 ** 60)
    data = some_bytes(100_000)
    reply = refused(uploader.open(data), 507, "spool_full")
    assert reply.header("Retry-After") == "1"
    place = f"{BATCHES}/{uploader.registry.one('SELECT max(batch_id) FROM registry.batch')}"
    assert uploader.standing(place)["state"] == "receiving"
    uploader.registry.stop_registrar()
    uploader.registry.start_registrar(spool_reserve_bytes=0)
    ok(uploader.append(place, 0, data, last=True), 200)


def test_a_disk_that_fills_up_keeps_what_it_has(own_office, tmp_path):
    """On a file system of its own, of 4 MiB."""
    spool = tmp_path / "small"
    spool.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "none", str(spool)], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        uploader = own_office(spool=spool, upload_checkpoint_bytes=MIB)
        data = some_bytes(6 * MIB)
        place = ok(uploader.open(data, body=b"", Upload_Complete="?0"), 201).header("Location")
        with half_sent(uploader, place, data, 0, last=False) as connection:
            try:
                connection.send(data)
            except OSError:
                pass
            connection.heard += connection.receive()
            reply = refused(connection.read_reply(), 507, "spool_full")
        kept = int(reply.header("Upload-Offset"))
        assert 3 * MIB <= kept <= 4 * MIB and uploader.offset(place) == kept
        subprocess.run(["mount", "-o", "remount,size=16m", str(spool)], check=True, capture_output=True)
        ok(uploader.append(place, kept, data[kept:], last=True), 200)
    finally:
        uploader.registry.stop_registrar()
        subprocess.run(["umount", str(spool)], check=True, capture_output=True)


@pytest.mark.parametrize("name,value,status,code", [
    ("Idempotency_Key", None, 400, "header_missing"), ("Idempotency_Key", "17", 400, "header_malformed"),
    ("Repr_Digest", None, 400, "header_missing"), ("Repr_Digest", "sha-256=abc", 400, "header_malformed"),
    ("Repr_Digest", "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:", 400, "header_malformed"),
    ("Repr_Digest", digest_of(b"").replace("=:", "=:A", 1), 400, "header_malformed"),
    ("Content_Digest", digest_of(b"another"), 400, "header_malformed"),
    ("Content_Type", None, 415, "media_type_unsupported"), ("Content_Type", "text/plain", 415, "media_type_unsupported"),
    ("Content_Type", "text/csv; charset=utf-16", 415, "media_type_unsupported"),
    ("Content_Encoding", "br", 415, "media_type_unsupported"), ("Upload_Complete", "yes", 400, "header_malformed"),
    ("Upload_Length", "-1", 400, "header_malformed"), ("X_User_Id", None, 400, "header_missing"),
    ("X_User_Id", "x" * 65, 400, "header_malformed"), ("X_Request_Id", None, 400, "header_missing"),
    ("Accept", "text/html", 406, "not_acceptable"),
    ("path", BATCHES + "?dry_run=maybe", 400, "query_string_refused"),
    ("path", BATCHES + "?dry_run=true&dry_run=true", 400, "query_string_refused"),
    ("path", BATCHES + "?mode=x", 400, "query_string_refused"),
])
def test_heads_that_are_missing_or_wrong_are_told_and_no_batch_is_made(office, uploader, name, value, status, code):
    before = office.one("SELECT count(*) FROM registry.batch")
    refused(uploader.open(some_bytes(100), **({"key": "17"} if value == "17" else {}), **{name: value}), status, code)
    assert office.one("SELECT count(*) FROM registry.batch") == before


@pytest.mark.parametrize("words,status,code", [
    ({"Upload_Offset": None}, 400, "header_missing"), ({"Upload_Offset": "x"}, 400, "header_malformed"),
    ({"Upload_Complete": None}, 400, "header_missing"), ({"Content_Type": "text/csv"}, 415, "media_type_unsupported")])
def test_a_part_says_where_it_belongs(uploader, words, status, code):
    place = ok(uploader.open(b"x", body=b""), 201).header("Location")
    refused(uploader.append(place, 0, b"x", last=True, **words), status, code)


def test_all_that_is_wrong_with_an_opening_is_told_at_once(uploader):
    reply = uploader.open(b"x", Idempotency_Key="x", Repr_Digest=None, Content_Type="a/b", X_User_Id=None)
    assert {(error["code"], error["field"]) for error in reply.json["errors"]} == {
        ("header_malformed", "Idempotency-Key"), ("header_missing", "Content-Digest"),
        ("media_type_unsupported", "Content-Type"), ("header_missing", "X-User-Id")}


@pytest.mark.parametrize("content_type,format,charset", [
    ("text/csv", "csv", "utf-8"), ("Text/CSV; charset=UTF-8", "csv", "utf-8"), ('text/csv;charset="Shift_JIS"', "csv", "windows-31j"),
    ("text/csv; header=present; charset=windows-31j", "csv", "windows-31j"), ("application/jsonl", "jsonl", "utf-8")])
def test_formats_are_told_by_the_content_type(uploader, content_type, format, charset):
    reply = ok(uploader.open(b"x", Content_Type=content_type, path=BATCHES + "?dry_run=true"), 201)
    assert (reply.json["format"], reply.json["charset"], reply.json["dry_run"]) == (format, charset, True)


def test_a_digest_may_come_as_that_of_the_content(uploader):
    ok(uploader.open(b"x", Repr_Digest=None, Content_Digest=digest_of(b"x")), 201)


# ---- one row by itself ---------------------------------------------------------------------------

REGISTRATIONS = "/v1/enrolment/registrations"


def register(uploader, row, **words):
    return uploader.send("POST", words.pop("path", REGISTRATIONS), row if isinstance(row, bytes) else json.dumps(row).encode(),
                         **{"Content_Type": "application/json", **words})


def settle(office, key, state=6, outcome=1):
    """Does what the batch line does with a batch of one."""
    number = until(lambda: (office.execute("SELECT batch_id FROM registry.batch WHERE idempotency_key = %s AND state = 2", key)
                            or [[None]])[0][0])
    if state == 6:
        office.execute("INSERT INTO registry.batch_row (batch_id, row_no, operation, outcome, findings)"
                       " VALUES (%s, 1, 3, %s, '{VR-10 birth_date}')", number, outcome)
    office.execute("UPDATE registry.batch SET state = %s, refusal = CASE WHEN %s = 7 THEN 'not_text' END WHERE batch_id = %s",
                   state, state, number)
    return number


@pytest.mark.parametrize("outcome,name", [(1, "applied"), (2, "held"), (4, "refused")])
def test_one_row_is_a_batch_of_one_whose_verdict_is_waited_for(office, uploader, outcome, name):
    row, request_id = {"operation": "3", "number": "345\n", "birth_date": "1980-01-02"}, str(uuid.uuid4())
    reply, number = together(2, lambda n: settle(office, request_id, outcome=outcome) if n
                             else register(uploader, row, X_Request_Id=request_id))
    assert ok(reply, 200).json["row"] | {"recorded_at": ""} == {
        "row_no": 1, "operation": "3", "outcome": name, "recorded_at": "",
        "findings": [{"rule": "VR-10", "field": "birth_date"}]}
    assert (reply.json["batch"], reply.json["state"]) == (str(number), "done")
    assert reply.header("Location") == f"{BATCHES}/{number}"
    assert json.loads(uploader.in_spool(reply.header("Location"))) == row
    standing = uploader.standing(reply.header("Location"))
    assert (standing["format"], standing["length"]) == ("jsonl", len(json.dumps(row)))
    again = ok(register(uploader, row, X_Request_Id=request_id), 200)
    assert again.json == reply.json
    refused(register(uploader, {**row, "number": "346"}, X_Request_Id=request_id), 422, "idempotency_key_reused")


def test_a_row_that_is_laid_out_over_lines_is_one_line_of_the_file(office, uploader):
    request_id = str(uuid.uuid4())
    together(2, lambda n: settle(office, request_id) if n
             else ok(register(uploader, b'{\r\n  "operation": "3",\n  "number": "1"\n}', X_Request_Id=request_id), 200))
    place = f"{BATCHES}/{office.one('SELECT batch_id FROM registry.batch WHERE idempotency_key = %s', request_id)}"
    assert b"\n" not in uploader.in_spool(place) and json.loads(uploader.in_spool(place))["number"] == "1"


def test_a_batch_of_one_that_is_refused_as_a_whole_says_so(office, uploader):
    request_id = str(uuid.uuid4())
    reply, _ = together(2, lambda n: settle(office, request_id, state=7) if n
                        else register(uploader, {"operation": "3"}, X_Request_Id=request_id))
    assert (ok(reply, 200).json["state"], reply.json["refusal"], "row" in reply.json) == ("refused", "not_text", False)


def test_a_verdict_that_does_not_come_in_time_is_to_be_asked_for(office, uploader):
    request_id = str(uuid.uuid4())
    reply = ok(register(uploader, {"operation": "3"}, X_Request_Id=request_id), 202)
    assert (reply.json["state"], uploader.standing(reply.header("Location"))["state"]) == ("received", "received")
    settle(office, request_id)
    assert ok(register(uploader, {"operation": "3"}, X_Request_Id=request_id), 200).json["row"]["outcome"] == "applied"


def test_a_registrar_that_ends_tells_those_who_wait_how_far_it_is(own_office):
    uploader = own_office()
    request_id = str(uuid.uuid4())

    def end():
        until(lambda: uploader.registry.one("SELECT count(*) FROM registry.batch WHERE state = 2"))
        return uploader.registry.stop_registrar()
    reply, status = together(2, lambda n: end() if n else register(uploader, {"operation": "3"}, X_Request_Id=request_id))
    assert (reply.status, status) == (202, 0)


@pytest.mark.parametrize("body,words,status,code", [
    (b"[]", {}, 400, "json_malformed"), (b'{"a":1}{"b":2}', {}, 400, "json_malformed"), (b'{"a"', {}, 400, "json_malformed"),
    (b'{"a":"\xff"}', {}, 400, "json_malformed"), (b'{"a":"\x00"}', {}, 400, "json_malformed"),
    (b"{}", {"X_User_Id": None}, 400, "header_missing"), (b"{}", {"X_Request_Id": "x"}, 400, "header_malformed"),
    (b"{}", {"Content_Type": "text/csv"}, 415, "media_type_unsupported"), (b"", {}, 400, "body_missing"),
    (b"{" + b" " * 4096 + b"}", {}, 413, "body_too_large"),
    (b"{}", {"path": REGISTRATIONS + "?dry=1"}, 400, "query_string_refused")])
def test_what_is_no_row_makes_no_batch(office, uploader, body, words, status, code):
    before = office.one("SELECT count(*) FROM registry.batch")
    refused(register(uploader, body, **words), status, code)
    assert office.one("SELECT count(*) FROM registry.batch") == before


# ---- chores --------------------------------------------------------------------------------------

def test_old_uploads_are_cancelled_and_files_that_nobody_needs_are_removed(own_office):
    uploader = own_office(chores_ms=50, upload_age_s=3600)
    registry = uploader.registry
    places = [ok(uploader.open(b"x" * n, body=b"x", Upload_Complete="?0"), 201).header("Location") for n in (2, 3)]
    done = ok(uploader.open(b"whole"), 201).header("Location")
    stray = registry.folder / "spool" / "999999.batch"
    stray.write_bytes(b"of no batch")
    foreign = registry.folder / "spool" / "readme.txt"
    foreign.write_bytes(b"not ours")
    registry.execute("UPDATE registry.batch SET opened_at = now() - interval '2 hours' WHERE batch_id = %s",
                     int(places[0].rsplit("/", 1)[1]))
    until(lambda: uploader.standing(places[0])["state"] == "cancelled")
    assert uploader.standing(places[0])["refusal"] == "upload_expired"
    until(lambda: uploader.in_spool(places[0]) is None and not stray.exists())
    assert (uploader.in_spool(places[1]), uploader.in_spool(done), foreign.exists()) == (b"x", b"whole", True)
    registry.execute("UPDATE registry.batch SET state = 6 WHERE batch_id = %s", int(done.rsplit("/", 1)[1]))
    until(lambda: uploader.in_spool(done) is None)
    assert uploader.in_spool(places[1]) == b"x"


def test_chores_go_on_after_the_database_was_away(own_office):
    uploader = own_office(chores_ms=50)
    registry = uploader.registry
    registry.on_superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                          f" WHERE datname = '{registry.name}' AND usename = 'shikaku_registrar'")
    stray = registry.folder / "spool" / "888.batch"
    stray.write_bytes(b"of no batch")
    until(lambda: not stray.exists())


# ---- deciding ------------------------------------------------------------------------------------

def waiting(office, uploader):
    place = ok(uploader.open(some_bytes(50)), 201).header("Location")
    office.execute("UPDATE registry.batch SET state = 4 WHERE batch_id = %s", int(place.rsplit("/", 1)[1]))
    return place


def test_a_batch_that_waits_is_released_by_another_person_and_on_record(office, uploader):
    place = waiting(office, uploader)
    refused(uploader.send("POST", place + "/release"), 403, "second_person_needed")
    refused(uploader.send("POST", place + "/release", X_User_Id=None), 400, "header_missing")
    request_id = str(uuid.uuid4())
    reply = ok(uploader.send("POST", place + "/release", X_User_Id="user-2", X_Request_Id=request_id), 200)
    assert reply.json["state"] == "applying" and "released_at" in reply.json
    again = ok(uploader.send("POST", place + "/release", X_User_Id="user-2"), 200)
    assert again.json["released_at"] == reply.json["released_at"]
    refused(uploader.send("POST", place + "/release", X_User_Id="user-3"), 409, "batch_state_wrong")
    record = office.record(request_id)
    assert (record["actor_kind"], record["user_id"], record["detail"], record["fault"]) \
        == (2, "user-2", place.rsplit("/", 1)[1], None)


def test_where_it_is_set_so_a_release_needs_another_certificate(own_office):
    uploader = own_office(release_other_certificate=1)
    registry = uploader.registry
    registry.issue(INSURER, "second", kind="insurer")
    registry.admit()
    place = waiting(registry, uploader)
    refused(uploader.send("POST", place + "/release", X_User_Id="user-2"), 403, "second_person_needed")
    until(lambda: Uploader(registry, "second", "user-2").send("POST", place + "/release").status == 200)


def test_a_batch_is_cancelled_until_it_takes_effect(office, uploader):
    data = some_bytes(1000)
    place = ok(uploader.open(data, body=data[:10], Upload_Complete="?0"), 201).header("Location")
    assert ok(uploader.send("POST", place + "/cancel"), 200).json["state"] == "cancelled"
    ok(uploader.send("POST", place + "/cancel"), 200)
    refused(uploader.append(place, 10, data[10:], last=True), 409, "batch_state_wrong")
    for state in (5, 6, 7, 9):
        office.execute("UPDATE registry.batch SET state = %s WHERE batch_id = %s", state, int(place.rsplit("/", 1)[1]))
        refused(uploader.send("POST", place + "/cancel"), 409, "batch_state_wrong")


def test_a_batch_that_is_done_is_undone_on_asking_for_some_days(office, uploader):
    place = ok(uploader.open(some_bytes(30)), 201).header("Location")
    number = int(place.rsplit("/", 1)[1])
    refused(uploader.send("POST", place + "/undo"), 409, "batch_state_wrong")
    office.execute("UPDATE registry.batch SET state = 6, finished_at = now() WHERE batch_id = %s", number)
    assert ok(uploader.send("POST", place + "/undo"), 202).json["state"] == "done"
    ok(uploader.send("POST", place + "/undo"), 202)
    office.execute("UPDATE registry.batch SET state = 9, undone_at = now() WHERE batch_id = %s", number)
    assert ok(uploader.send("POST", place + "/undo"), 200).json["state"] == "undone"
    office.execute("UPDATE registry.batch SET state = 6, phase = 0, finished_at = now() - interval '400 days'"
                   " WHERE batch_id = %s", number)
    refused(uploader.send("POST", place + "/undo"), 409, "batch_state_wrong")


def test_an_upload_that_is_cancelled_while_it_comes_is_ended(uploader):
    data = some_bytes(4 * MIB)
    place = ok(uploader.open(data, body=b"", Upload_Complete="?0"), 201).header("Location")
    with half_sent(uploader, place, data, 500_000) as connection:
        until(lambda: uploader.registry.metric("shikaku_uploads", uploader.registry.registrar_settings["admin_port"]) == 1)
        ok(uploader.send("POST", place + "/cancel"), 200)
        try:
            connection.send(data[500_000:])
        except OSError:
            pass
        connection.heard += connection.receive()
        refused(connection.read_reply(), 409, "batch_state_wrong")


# ---- verdicts ------------------------------------------------------------------------------------

def test_verdicts_come_page_by_page_in_the_order_of_the_rows(office, uploader):
    place = ok(uploader.open(some_bytes(20)), 201).header("Location")
    number = int(place.rsplit("/", 1)[1])
    office.execute("INSERT INTO registry.batch_row (batch_id, row_no, operation, outcome, due_on, row_key, findings)"
                   " SELECT %s, n, 1, 1 + n %% 4, '2026-11-30', 'k' || n, CASE WHEN n %% 2 = 0"
                   " THEN ARRAY['VR-10 birth_date', 'VR-28 -'] END FROM generate_series(1, 7) AS n", number)
    rows, after = [], 0
    while after is not None:
        page = ok(uploader.send("GET", f"{place}/report?after={after}&limit=3"), 200).json
        rows += page["rows"]
        after = page.get("next_after")
    assert [row["row_no"] for row in rows] == list(range(1, 8))
    assert [row["outcome"] for row in rows[:4]] == ["held", "unchanged", "refused", "applied"]
    assert rows[1]["findings"] == [{"rule": "VR-10", "field": "birth_date"}, {"rule": "VR-28"}]
    assert "findings" not in rows[0] and rows[0]["row_key"] == "k1" and rows[0]["due_on"] == "2026-11-30"
    for query in ("after=x", "limit=0", "limit=10001", "page=1", "after=1&after=2", "format=xml", "format=csv&format=csv"):
        refused(uploader.send("GET", f"{place}/report?{query}"), 400, "query_string_refused")


@pytest.mark.parametrize("language,words", [("en", "day"), ("ja", "日")])
def test_a_report_comes_as_text_too_whose_pages_are_one_file(office, uploader, language, words):
    place = ok(uploader.open(some_bytes(20)), 201).header("Location")
    office.execute("INSERT INTO registry.batch_row (batch_id, row_no, operation, outcome, row_key, findings)"
                   " SELECT %s, n, 1, 1, CASE n WHEN 3 THEN '=1+1' ELSE 'k,' || n END, CASE n WHEN 2 THEN"
                   " ARRAY['VR-10 birth_date', 'VR-28 -'] END FROM generate_series(1, 5) AS n",
                   int(place.rsplit("/", 1)[1]))

    def pages(form):
        path, text = f"{place}/report?limit=2&format={form}", b""
        while path is not None:
            reply = ok(uploader.send("GET", path, Accept_Language=language, Accept="text/csv"), 200)
            assert reply.header("Content-Type") == {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}[form]
            text += reply.body
            link = reply.header("Link")
            path = re.fullmatch('<([^>]*)>; rel="next"', link)[1] if link else None
        return text.decode()
    rows = list(csv.DictReader(io.StringIO(pages("csv"), newline="")))
    assert [(row["row_no"], row["rule"], row["field"]) for row in rows] == [
        ("1", "", ""), ("2", "VR-10", "birth_date"), ("2", "VR-28", ""), ("3", "", ""), ("4", "", ""), ("5", "", "")]
    assert rows[0]["row_key"] == "k,1" and rows[3]["row_key"] == "'=1+1" and words in rows[2]["meaning"]
    lines = [json.loads(line) for line in pages("jsonl").splitlines()]
    assert [line["row_no"] for line in lines] == [1, 2, 3, 4, 5] and len(lines[1]["findings"]) == 2


# ---- whose it is ---------------------------------------------------------------------------------

VERBS = [("GET", "", {}), ("HEAD", "", {}), ("GET", "/report", {}), ("POST", "/release", {}), ("POST", "/cancel", {}),
         ("POST", "/undo", {}),
         ("PATCH", "", {"Upload_Offset": "0", "Upload_Complete": "?1", "Content_Type": "application/partial-upload"})]


def numbers(office, uploader):
    mine = ok(uploader.open(b"x", body=b""), 201).header("Location")
    return [mine.rsplit("/", 1)[1], str(office.one("SELECT max(batch_id) + 1 FROM registry.batch")), "0", "017", "x",
            "9" * 15, "9" * 16, "-1", "%31"]


def test_no_verb_finds_another_insurers_batch_or_one_that_is_none(office, uploader):
    for number, (verb, rest, words) in itertools.product(numbers(office, uploader), VERBS):
        reply = Uploader(office, "other").send(verb, f"{BATCHES}/{number}{rest}", b"x" if verb == "PATCH" else None, **words)
        assert (reply.status, verb) == (404, verb), (number, rest)
        assert verb == "HEAD" or reply.code == "not_found"
        assert reply.header("Upload-Offset") is None


def test_the_matrix_above_has_every_path_of_a_batch(office):
    paths = {(row["method"], row["path"]) for row in map(json.loads, shikaku("routes").splitlines())
             if row["path"].startswith(BATCHES + "/:")}
    assert paths == {(verb, f"{BATCHES}/:{rest}") for verb, rest, _ in VERBS}


def test_a_facility_that_comes_to_the_registrar_is_refused_on_record(office):
    request_id = str(uuid.uuid4())
    reply = Uploader(office, "hospital").open(b"x", X_Request_Id=request_id)
    refused(reply, 403, "certificate_purpose_wrong")
    record = office.record(request_id)
    assert (record["actor_kind"], record["actor_id"], record["route"]) == (1, office.facilities["hospital"], 21)


def test_an_insurer_whose_number_is_not_in_use_is_refused_on_record(office):
    office.add_insurer("closed", "01139989", valid_to="2024-04-01")
    office.admit()

    def told():
        request_id = str(uuid.uuid4())
        reply = Uploader(office, "closed").open(b"x", X_Request_Id=request_id)
        return request_id if (reply.status, reply.code) == (403, "insurer_closed") else None
    assert office.record(until(told))["actor_id"] == (2 << 32) + 1139989


def test_the_methods_of_a_path_are_told(uploader):
    reply = uploader.send("POST", f"{BATCHES}/1", b"")
    refused(reply, 405, "method_not_allowed")
    assert re.split(", *", reply.header("Allow")) == ["GET", "HEAD", "PATCH"]
