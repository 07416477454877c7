"""Requests whose ends two readers could see in different places: refused, never waited for, and nothing behind them is run.

Each is sent with a whole and sound question behind it. If the first one's end were taken to be somewhere else, that
question would be answered, or at least be on record, since every question of a known facility is.
"""
import json
import re
import socket
import ssl

import pytest

from harness.registry import CHECK, new_id

HANGS_S = 5
BODY = b"{}  "
HOST = b"Host: localhost\r\n"
LINE = b"POST " + CHECK.encode() + b" HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LAST = b"0\r\n\r\n"


def headed(*lines, line=LINE, host=HOST, body=BODY):
    return line + host + b"".join(text + b"\r\n" for text in lines) + b"\r\n" + body


def lengths():
    for value in (b"+4", b"-1", b"-0", b"0x4", b"", b"4x", b"x4", b"4 4", b"4\t4", b"4.0", b"1e1", b"4;", b"4,", b",4", b"4, 4", b"4,5",
                  b"1_0", b"0o4", b"\xef\xbc\x94", b"4\x0b", b"\x0b4", b"4\x00", b"\x004", b"4\x00, 0", b"'4'", b'"4"', b"four", b"--4",
                  b"+", b"-", b"99999999999999999999", b"18446744073709551616", b"18446744073709551620", b"340282366920938463463374607431768211460"):
        yield f"length {value!r}", headed(b"Content-Length: " + value)
    for name in (b"Content-Length ", b"Content-Length\t", b" Content-Length", b"\tContent-Length", b"Content-Length\x00", b"\x00Content-Length",
                 b"Content-Length\x0b", b"Content-Length\r", b"Content\x00-Length", b"Content Length", b"Content-Length\xc2\xa0"):
        yield f"length named {name!r}", headed(name + b": 4")
    for pair in ((b"4", b"5"), (b"4", b"4"), (b"0", b"4"), (b"4", b"0"), (b"4", b"x"), (b"x", b"4"), (b"4", b"")):
        yield f"lengths {pair}", headed(*(b"Content-Length: " + value for value in pair))
        yield f"lengths apart {pair}", headed(b"content-length: " + pair[0], b"X-Other: 1", b"CONTENT-LENGTH: " + pair[1])
    yield "length folded", headed(b"Content-Length:\r\n 4")
    yield "length folded behind", headed(b"Content-Length: 4\r\n 5")


def encodings():
    for value in (b"identity", b"x", b"gzip", b"deflate", b"compress", b"gzip, chunked", b"chunked, gzip", b"chunked, chunked",
                  b"chunked, identity", b"identity, chunked", b"chunkedx", b"xchunked", b"chunked;q=1", b"chunked;x=y", b'"chunked"',
                  b"'chunked'", b"chunked chunked", b"chun ked", b"chunked\x00", b"\x00chunked", b"\x0bchunked", b"chunked\x0b",
                  b"\x0cchunked", b"chunked\x0c", b"chunked\x7f", b"chunked\xc2\xa0", b"\xc2\xa0chunked", b"chunked\rx", b"", b"cow",
                  b"trailers", b"chunked, cow", b"cow, chunked", b"chunked/1", b"=chunked", b"\xef\xbd\x83hunked"):
        yield f"encoding {value!r}", headed(b"Transfer-Encoding: " + value, body=LAST)
    for name in (b"Transfer-Encoding ", b"Transfer-Encoding\t", b"Transfer-Encoding\x00", b"\x00Transfer-Encoding", b"Transfer-Encoding\x0b",
                 b" Transfer-Encoding", b"\tTransfer-Encoding", b"Transfer Encoding", b"Transfer-Encoding\r"):
        yield f"encoding named {name!r}", headed(name + b": chunked", body=LAST)
    yield "encoding twice", headed(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=LAST)
    yield "encoding twice, one unknown", headed(b"Transfer-Encoding: chunked", b"Transfer-Encoding: x", body=LAST)
    yield "encoding twice, first unknown", headed(b"Transfer-Encoding: x", b"Transfer-Encoding: chunked", body=LAST)
    yield "encoding folded", headed(b"Transfer-Encoding:\r\n chunked", body=LAST)
    yield "encoding folded by a tab", headed(b"Transfer-Encoding:\r\n\tchunked", body=LAST)
    yield "encoding folded behind", headed(b"Transfer-Encoding: chunked\r\n , x", body=LAST)
    for version in (b"1.0", b"0.9", b"2.0"):
        yield f"encoding in {version!r}", headed(b"Transfer-Encoding: chunked", line=LINE.replace(b"1.1", version), body=LAST)
    for length in (b"4", b"5", b"0", b"100"):
        yield f"length {length!r} then encoding", headed(b"Content-Length: " + length, b"Transfer-Encoding: chunked", body=LAST)
        yield f"encoding then length {length!r}", headed(b"Transfer-Encoding: chunked", b"Content-Length: " + length, body=LAST)
    yield "length and an unknown encoding", headed(b"Content-Length: 4", b"Transfer-Encoding: x")
    yield "length and identity", headed(b"Content-Length: 4", b"Transfer-Encoding: identity")


def chunks():
    for size in (b"0x2", b"0X2", b"1_0", b"fffffffffffffffff", b"10000000000000000", b"10000000000000002", b"-2", b"+2", b"", b" ", b" 2", b"\t2", b"2g", b"g", b"2 2", b"2,2", b"\xef\xbc\x92", b"2\x00", b"\x002",
                 b"2\x0b", b"0o2", b"2.0", b"2h", b"'2'", b"\\x02", b"2\r", b"2\r\r"):
        yield f"chunk of {size!r}", headed(CHUNKED[:-2], body=size + b"\r\n{}\r\n" + LAST)
    for name, body in {
            "ended by LF": b"2\n{}\r\n" + LAST, "LF in an extension": b"2;a\n{}\r\n" + LAST, "LF within an extension": b"2;a\nb\r\n{}\r\n" + LAST,
            "CR in an extension": b"2;a\rb\r\n{}\r\n" + LAST,
            "no end behind its data": b"2\r\n{}0\r\n\r\n", "LF behind its data": b"2\r\n{}\n" + LAST, "CR behind its data": b"2\r\n{}\r" + LAST,
            "data too long": b"2\r\n{} \r\n" + LAST, "data too short": b"3\r\n{}\r\n" + LAST, "LF behind the last": b"2\r\n{}\r\n0\n\n",
            "LF behind the last line": b"2\r\n{}\r\n0\r\n\n", "last with junk": b"2\r\n{}\r\n0x\r\n\r\n", "negative last": b"2\r\n{}\r\n-0\r\n\r\n",
            "size on two lines": b"2\r\n\r\n{}\r\n" + LAST,
    }.items():
        yield f"chunk: {name}", headed(CHUNKED[:-2], body=body)
    for trailer in (b"X\r\n", b" X: 1\r\n", b": 1\r\n", b"X: 1\n", b"X : 1\r\n", b"X: a\x00b\r\n", b"X: a\rb\r\n", b"\x01: 1\r\n", b"X: 1\r\n 2\r\n"):
        yield f"trailer {trailer!r}", headed(CHUNKED[:-2], body=b"2\r\n{}\r\n0\r\n" + trailer + b"\r\n")


def lines():
    yield "LF for every end", headed().replace(b"\r\n", b"\n")
    yield "LF behind the request line", headed().replace(b"1.1\r\n", b"1.1\n", 1)
    yield "LF behind a header", headed(b"X: 1").replace(b"X: 1\r\n", b"X: 1\n")
    yield "LF for the last end", headed(b"X: 1").replace(b"X: 1\r\n\r\n", b"X: 1\r\n\n")
    yield "CR for every end", headed().replace(b"\r\n", b"\r")
    yield "CR behind the request line", headed().replace(b"1.1\r\n", b"1.1\r", 1)
    yield "CR CR LF behind the request line", headed().replace(b"1.1\r\n", b"1.1\r\r\n", 1)
    yield "CR CR LF behind a header", headed(b"X: 1\r")
    for version in (b"HTTP/2.0", b"HTTP/1.2", b"HTTP/01.1", b"HTTP/1.01", b"HTTP/1.10", b"HTTP/1.", b"HTTP/.1", b"HTTP/1", b"HTTP/11", b"HTTP/1.1.1",
                    b"HTTP/1,1", b"HTTP/1.1x", b"HTTP/-1.1", b"HTTP/0.9", b"HTTP/3.0", b"HTTP/9.9", b"http/1.1", b"Http/1.1", b"XTTP/1.1", b"HTTPS/1.1",
                    b"HTTP1.1", b"HTTP /1.1", b"HTTP/ 1.1", b"HTTP/1 .1", b"HTTP/1.1 ", b"HTTP/1.1\t", b"HTTP/1.1 x", b"HTTP/1.1\x00", b"\x00HTTP/1.1",
                    b"HTTP/\xef\xbc\x91.1", b"", b"HTTP", b"/", b"1.1", b"HTTP/1.1 HTTP/1.1"):
        yield f"version {version!r}", headed(line=LINE.replace(b"HTTP/1.1", version))
    path = CHECK.encode()
    for line in (b"POST  " + path + b" HTTP/1.1", b"POST\t" + path + b" HTTP/1.1", b"POST " + path + b"  HTTP/1.1", b"POST " + path + b"\tHTTP/1.1",
                 b" POST " + path + b" HTTP/1.1", b"\tPOST " + path + b" HTTP/1.1", b"POST " + path, b"POST HTTP/1.1", b"POST", b"POST  HTTP/1.1",
                 b"POST\x0b" + path + b" HTTP/1.1", b"POST\x00" + path + b" HTTP/1.1", b"POST " + path + b" x HTTP/1.1", b"POST " + path + b"\x00 HTTP/1.1",
                 b"POST " + path + b"\x0b HTTP/1.1", b"POST " + path + b"\x01 HTTP/1.1", b"POST " + path + b"\x7f HTTP/1.1", b"POST " + path + b"\xff HTTP/1.1",
                 b"POST " + path + b"%00 HTTP/1.1", b"POST " + path + b"%00x HTTP/1.1", b"POST " + path + b"%0d%0a HTTP/1.1", b"POST " + path + b"% HTTP/1.1",
                 b"POST " + path + b"%2 HTTP/1.1", b"POST " + path + b"%zz HTTP/1.1", b"POST " + path + b"#x HTTP/1.1", b"POST " + path + b"\\ HTTP/1.1",
                 b"POST /v1%2feligibility%2Fcheck HTTP/1.1", b"POST /v1/eligibility/check/../check HTTP/1.1",
                 b"POST /v1/eligibility/%2e%2e/eligibility/check HTTP/1.1", b"POST /v1/./eligibility/check HTTP/1.1",
                 b"POST * HTTP/1.1", b"POST localhost" + path + b" HTTP/1.1", b"POST http:" + path + b" HTTP/1.1", b"POST v1/eligibility/check HTTP/1.1",
                 b"CONNECT localhost:443 HTTP/1.1", b"TRACE / HTTP/1.1", b"OPTIONS * HTTP/1.1", b"PRI * HTTP/2.0", b"HEAD " + path + b" HTTP/1.1",
                 b"PATCH " + path + b" HTTP/1.1", b"PO\x01ST " + path + b" HTTP/1.1", b"PO\x00ST " + path + b" HTTP/1.1", b"P(ST " + path + b" HTTP/1.1",
                 b"POST: " + path + b" HTTP/1.1", b"\xef\xbb\xbfPOST " + path + b" HTTP/1.1", b'"POST" ' + path + b" HTTP/1.1", b"post " + path + b" HTTP/1.1",
                 b"GET " + path, b"GET /", b"\x16\x03\x01\x02\x00\x01", b"\x00", b"HTTP/1.1 200 OK"):
        yield f"request line {line[:60]!r}", headed(line=line + b"\r\n")


def headers():
    for name in (b"", b" ", b"\x01X", b"X\x01", b"X\x00", b"\x00", b"X\x7f", b"X ", b"X\t", b" X", b"\tX", b"X Y", b"X\rY", b"X\x0b"):
        yield f"header named {name!r}", headed(name + b": 1")
    for value in (b"a\x00b", b"\x00", b"a\rb", b"a\r\r", b"\r"):
        yield f"header of {value!r}", headed(b"X: " + value)
    for text in (b"X", b"X 1", b"X;1", b"X=1", b"\x00", b"\xff\xfe", b" ", b"\t", b"X: 1\r\n 2", b"X: 1\r\n\t2", b"X:\r\n 1"):
        yield f"header line {text!r}", headed(text)
    yield "blank before the first header", headed(host=b" " + HOST)
    yield "tab before the first header", headed(host=b"\t" + HOST)
    yield "blank line with a blank", LINE + HOST + b" \r\n" + BODY
    yield "no host", headed(host=b"")
    yield "two hosts", headed(host=HOST + HOST)
    yield "two other hosts", headed(host=HOST + b"Host: elsewhere\r\n")
    yield "two hosts apart", headed(b"X: 1", b"host: elsewhere")
    yield "no host in 1.0", headed(host=b"", line=LINE.replace(b"1.1", b"1.0"))
    yield "a header of 64 KiB", headed(b"X: " + b"a" * 65536)
    yield "a name of 64 KiB", headed(b"X" * 65536 + b": 1")
    yield "2000 headers", headed(*(b"X%d: 1" % n for n in range(2000)))
    yield "a path of 64 KiB", headed(line=LINE.replace(b"check", b"c" * 65536))
    yield "a method of 64 KiB", headed(line=LINE.replace(b"POST", b"P" * 65536))
    yield "a version of 64 KiB", headed(line=LINE.replace(b"1.1", b"1" * 65536))
    yield "a chunk extension of 64 KiB", headed(CHUNKED[:-2], body=b"2;" + b"a" * 65536 + b"\r\n{}\r\n" + LAST)
    yield "a trailer of 64 KiB", headed(CHUNKED[:-2], body=b"2\r\n{}\r\n0\r\nX: " + b"a" * 65536 + b"\r\n\r\n")


MUST_REJECT = [case for family in (lengths, encodings, chunks, lines, headers) for case in family()]


def test_the_corpus_has_every_case_once():
    assert len({raw for _, raw in MUST_REJECT}) == len(MUST_REJECT) >= 300


@pytest.fixture(scope="module")
def smuggler(registry):
    """A facility of its own: whatever of it is on record has been smuggled."""
    facility_id = registry.add_facility("smuggler")
    registry.admit()
    return facility_id


@pytest.fixture(scope="module")
def behind(registry):
    """A whole and sound question."""
    body = json.dumps(registry.people.add().question()).encode()

    def question(request_id):
        return (LINE + HOST + b"X-Request-Id: " + request_id.encode() + b"\r\nContent-Type: application/json\r\n"
                b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
    return question


def heard_until_closed(connection, data, piece):
    """What came back; the peer must close, since nothing behind such a request can be told apart from it."""
    heard = b""
    try:
        for at in range(0, len(data), piece):
            connection.send(data[at:at + piece])
    except (OSError, ssl.SSLError):
        pass  # it had enough already
    try:
        while chunk := connection.receive():
            heard += chunk
    except socket.timeout:
        pytest.fail(f"waits for more, having said {heard[:80]!r}")
    return heard


def refuse(registry, raw, behind, piece):
    request_id = new_id()
    with registry.connect("smuggler", timeout=HANGS_S) as connection:
        connection.open()
        heard = heard_until_closed(connection, raw + behind(request_id), piece)
    assert not re.match(rb"HTTP/1\.\d [123]", heard)
    assert len(re.findall(rb"HTTP/1\.\d [1-5][0-9][0-9] ", heard)) <= 1
    assert registry.records(request_id) == []


@pytest.mark.parametrize("raw", [raw for _, raw in MUST_REJECT], ids=[name for name, _ in MUST_REJECT])
def test_a_request_that_must_be_rejected_is_refused_and_smuggles_nothing(registry, smuggler, behind, raw):
    assert smuggler
    refuse(registry, raw, behind, len(raw) + 65536)
    if len(raw) < 1024:
        refuse(registry, raw, behind, 11)


JSON = b"Content-Type: application/json"
SOUND = {
    "a length": headed(JSON, b"Content-Length: 4"),
    "a length with zeros before": headed(JSON, b"Content-Length: 0004"),
    "names in any case": headed(JSON, b"cONTENT-lENGTH:4"),
    "blanks around the length": headed(JSON, b"Content-Length: \t 4 \t "),
    "chunks": headed(JSON, CHUNKED[:-2], body=b"2\r\n{}\r\n" + LAST),
    "chunks one by one": headed(JSON, CHUNKED[:-2], body=b"1\r\n{\r\n1\r\n}\r\n" + LAST),
    "chunks with zeros before": headed(JSON, CHUNKED[:-2], body=b"0002\r\n{}\r\n000\r\n\r\n"),
    "chunks with an extension": headed(JSON, CHUNKED[:-2], body=b"2;a=b\r\n{}\r\n0;c\r\n\r\n"),
    "chunks with a trailer": headed(JSON, CHUNKED[:-2], body=b"2\r\n{}\r\n0\r\nX: 1\r\n\r\n"),
    "chunks in another case": headed(JSON, b"transfer-encoding: CHUNKED", body=b"2\r\n{}\r\n" + LAST),
    "no body": headed(body=b""),
}


@pytest.mark.parametrize("raw", SOUND.values(), ids=SOUND)
@pytest.mark.parametrize("piece", [65536, 1])
def test_a_sound_request_ends_where_it_ends_and_the_one_behind_it_is_answered(registry, smuggler, behind, raw, piece):
    assert smuggler
    request_id = new_id()
    data = raw + behind(request_id)
    with registry.connect("smuggler", timeout=HANGS_S) as connection:
        for at in range(0, len(data), piece):
            connection.send(data[at:at + piece])
        first, second = connection.read_reply(), connection.read_reply()
    assert (first.status, second.status) == (400, 200)
    assert registry.record(request_id)["facility_id"] == smuggler


def test_a_length_that_could_never_be_taken_is_refused_without_waiting_for_it(registry, smuggler, behind):
    assert smuggler
    for length in (b"9223372036854775807", b"9223372036854775808", b"18446744073709551614", b"2000000"):
        refuse(registry, headed(JSON, b"Content-Length: " + length), behind, 65536)


def test_a_chunk_that_is_announced_and_never_comes_is_ended_by_the_deadline(make_registry, behind):
    registry = make_registry(body_ms=200).start()
    registry.add_facility("smuggler")
    registry.admit()
    for size in (b"ffffffffffffffff", b"8000000000000000", b"7fffffffffffffff", b"100000"):
        refuse(registry, headed(JSON, CHUNKED[:-2], body=size + b"\r\n{}\r\n" + LAST), behind, 65536)


def test_who_expects_to_be_told_to_go_on_is_told_so(registry, behind):
    whole = behind(new_id())
    head, body = whole.split(b"\r\n\r\n", 1)
    with registry.connect() as connection:
        connection.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.receive().startswith(b"HTTP/1.1 100 ")
        connection.send(body)
        assert connection.read_reply().status == 200
