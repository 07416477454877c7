"""The whole line, thin: a facility asks over mutual TLS and gets true answers, on record.

One registry per module, in a database of its own; everything synthetic.
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import tempfile
import threading
import time
import uuid

import psycopg2
import pytest

from harness.server import ROOT, SLOWNESS, Server, shikaku
from harness.wait import until

SUPERUSER = os.environ["SHIKAKU_TEST_DATABASE"]
INSURER = "06139992"
KILLS = int(os.environ.get("KILLS", "20"))

PEOPLE = """
SET search_path = registry, pg_temp;
INSERT INTO insurer (insurer_number, name, kind, contact_phone, valid_from, last_heard_at, usual_lag_days)
VALUES ('06139992', '架空健康保険組合', 2, '00-0000-0000', '2000-01-01', now(), 2),
       ('01129998', '架空協会', 1, '00-0000-0001', '2000-01-01', now(), 1);
INSERT INTO facility (facility_code, kind, prefecture, name, status, rights_profile, valid_from)
VALUES ('1310000017', 1, 13, '架空病院', 3, 1, '2020-01-01'),
       ('1310000025', 2, 13, '架空医院', 3, 1, '2020-01-01');
INSERT INTO person (person_id) SELECT generate_series(1, 12);
INSERT INTO person_version (person_id, name, name_kana, sex1, birth_date, address)
SELECT n, '架空　第' || n, 'カクウ', 1, DATE '1980-01-01' + 40 * n, '架空県架空市' || n
FROM generate_series(1, 10) AS n;
INSERT INTO person_version (person_id, name, name_kana, sex1, birth_date)
VALUES (11, '架空　双葉', 'カクウ', 2, '1990-05-05'), (12, '架空　若葉', 'カクウ', 2, '1990-05-05');
INSERT INTO coverage (person_id, insurer_number, symbol, number, branch, symbol_key, number_key, symbol_loose,
                      number_loose, relation, valid, state, loss_reason, card_expires_on)
SELECT n, '06139992', '12', '00' || (1000 + n), '00', '12', '00' || (1000 + n), '12', (1000 + n)::text, 1,
       CASE n WHEN 2 THEN '[2020-04-01,2025-01-01)' WHEN 3 THEN '[2020-04-01,2025-01-01)'
              WHEN 4 THEN '[2090-04-01,)' ELSE '[2020-04-01,)' END::daterange,
       CASE n WHEN 5 THEN 2 WHEN 6 THEN 3 ELSE 1 END, CASE WHEN n IN (2, 3) THEN '03' END,
       CASE n WHEN 8 THEN DATE '2025-07-31' END
FROM generate_series(1, 10) AS n;
INSERT INTO coverage (person_id, insurer_number, number, number_key, number_loose, valid)
VALUES (3, '01129998', '777', '777', '777', '[2025-01-01,)');
INSERT INTO coverage (person_id, insurer_number, symbol, number, branch, symbol_key, number_key, symbol_loose,
                      number_loose, valid)
VALUES (11, '06139992', '12', '5000', NULL, '12', '5000', '12', '5000', '[2020-04-01,)'),
       (12, '06139992', '12', '5000', NULL, '12', '5000', '12', '5000', '[2020-04-01,)');
INSERT INTO burden_ratio (coverage_id, valid, ratio_percent, kind) SELECT coverage_id, '[2020-01-01,)', 30, 1 FROM coverage;
INSERT INTO ceiling (coverage_id, classification, class, valid, code_version)
SELECT coverage_id, '01', 'A03', '[2020-01-01,)', '8.07' FROM coverage WHERE person_id = 1;
INSERT INTO person_hold (person_id, scope, reason) VALUES (7, 2, 'number in doubt');
INSERT INTO person_flag (person_id, kind, valid) VALUES (9, 1, '[2020-01-01,)');
INSERT INTO notice (insurer_number, change_kind, event_on, received_on, due_on, card_key, symbol, number,
                    birth_date, state)
VALUES ('06139992', 1, '2026-01-01', '2026-01-05', '2026-01-13', '06139992:12:6000', '12', '6000', '1970-01-01', 1);
SELECT dossier_refresh(array_agg(person_id)) FROM person;
"""


def birth(n):
    return str(time.strftime("%Y-%m-%d", time.gmtime((3652 + 40 * n) * 86400)))


def question(n, **changes):
    body = {"insurer_number": INSURER, "symbol": "12", "number": f"00{1000 + n}", "birth_date": birth(n)}
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Registry:
    def __init__(self, folder, superuser=SUPERUSER):
        self.folder = pathlib.Path(folder)
        self.name = "blackbox_" + uuid.uuid4().hex[:12]
        self.port, self.admin_port = free_port(), free_port()
        self.server = None
        self.super = psycopg2.connect(superuser)
        self.super.autocommit = True
        self.super.cursor().execute(f"CREATE DATABASE {self.name}")
        self.address = psycopg2.extensions.parse_dsn(superuser) | {"dbname": self.name}
        self.run("migrate", "--database", self.url(), "--folder", str(ROOT / "migrations"))
        self.database = psycopg2.connect(**self.address)
        self.database.autocommit = True
        self.database.cursor().execute(PEOPLE)
        self.pki = self.folder / "pki"
        self.run("pki", "init", "--dir", str(self.pki))
        self.issue("1310000017", "hospital")
        self.issue("1310000025", "clinic")
        self.admit()
        self.write_settings()

    def url(self, **changes):
        return " ".join(f"{key}={value}" for key, value in (self.address | changes).items())

    def run(self, *words):
        return shikaku(*words)

    def issue(self, subject, out, *more, pki=None, kind="facility"):
        return json.loads(self.run("pki", "issue", "--dir", str(pki or self.pki), "--kind", kind, "--subject",
                                   subject, "--out", out, *more))

    def admit(self):
        self.run("admit", "--database", self.url(), "--pki", str(self.pki))

    def write_settings(self):
        lines = {
            "database": self.url(user="shikaku_lookup"), "port": self.port, "admin_port": self.admin_port,
            "tls_certificate": self.pki / "server.pem", "tls_key": self.pki / "server.key",
            "tls_authority": self.pki / "ca.pem", "tls_ticket_key": self.pki / "ticket.key",
            "pseudonym_key": self.pki / "pseudonym.key", "directory_poll_ms": 200,
        }
        text = "".join(f"{key} = {value}\n" for key, value in lines.items())
        (self.folder / "serve.conf").write_text(text, encoding="utf-8")

    def start(self):
        self.server = Server("serve", self.folder / "serve.conf", self.folder / "serve.log")
        until(lambda: self.admin("/ready")[0] == 200)

    def stop(self, how=signal.SIGTERM):
        server, self.server = self.server, None
        return None if server is None else server.end(how)

    def admin(self, path):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=5 * SLOWNESS)
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        except OSError:
            return 0, ""

    def context(self, who="hospital", pki=None):
        context = ssl.create_default_context(cafile=str(self.pki / "ca.pem"))
        if who is not None:
            folder = pki or self.pki
            context.load_cert_chain(str(folder / f"{who}.pem"), str(folder / f"{who}.key"))
        return context

    def connect(self, who="hospital", pki=None):
        return http.client.HTTPSConnection("localhost", self.port, timeout=10 * SLOWNESS, context=self.context(who, pki))

    def ask(self, body, request_id=None, connection=None, **headers):
        connection = connection or self.connect()
        head = {"Content-Type": "application/json", "X-Request-Id": request_id or str(uuid.uuid4())}
        head.update({key.replace("_", "-"): value for key, value in headers.items()})
        connection.request("POST", "/v1/eligibility/check", body if isinstance(body, str) else json.dumps(body),
                           {key: value for key, value in head.items() if value is not None})
        reply = connection.getresponse()
        return reply, reply.read()

    def one(self, sql, *values):
        with self.database.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()[0]

    def close(self):
        if self.server is not None:
            self.server.close()
            self.server = None
        self.database.close()
        self.super.cursor().execute(f"DROP DATABASE {self.name} WITH (FORCE)")
        self.super.close()


@pytest.fixture(scope="module")
def registry():
    with tempfile.TemporaryDirectory() as folder:
        made = Registry(folder)
        try:
            made.start()
            yield made
        finally:
            made.close()


REASONS = [
    ("in_force", "1", question(1)),
    ("lost", "2", question(2)),
    ("in_force", "1", question(2, asked_on="2024-12-31")),
    ("lost", "2", question(2, asked_on="20250101")),
    ("lost", "3", question(3)),
    ("not_yet_started", "2", question(4)),
    ("identity_check_pending", "4", question(5)),
    ("suspended", "4", question(6)),
    ("suspended", "4", question(7)),
    ("in_force", "1", question(8, asked_on="2025-07-31")),
    ("expired_card_within_transition", "1", question(8, asked_on="2025-08-01")),
    ("expired_card_within_transition", "1", question(8, asked_on="2026-03-31")),
    ("in_force", "1", question(8, asked_on="2026-04-01")),
    ("ambiguous", "5", question(1, number="5000", birth_date="1990-05-05")),
    ("notified_not_registered", "4", question(1, number="6000", birth_date="1970-01-01")),
    ("mistyped", "4", question(1, number="001010", birth_date=birth(1))),
    ("mistyped", "4", question(1, insurer_number="06139992", branch_number="07")),
    ("not_found", "4", question(1, number="31415926", birth_date="1931-01-01")),
]


@pytest.mark.parametrize("reason,validity,body", REASONS, ids=[f"{n}-{r[0]}" for n, r in enumerate(REASONS)])
def test_every_answer_has_its_reason_and_its_code(registry, reason, validity, body):
    reply, text = registry.ask(body)
    answer = json.loads(text)
    assert (reply.status, answer["reason"], answer["validity"]) == (200, reason, validity)
    assert answer["confirmation"] and answer["advice"]["reception"] and answer["as_of"]
    shows = reason in ("in_force", "lost", "not_yet_started", "expired_card_within_transition")
    assert len(answer["coverage"]) == (1 if shows else 0)
    assert shows or "架空　" not in text.decode()


@pytest.mark.parametrize("changes", [
    {"insurer_number": "０６１３９９９２"}, {"insurer_number": "  06139992"}, {"symbol": "１２"}, {"symbol": "1-2"},
    {"number": "1001"}, {"number": "０００１００１"}, {"branch_number": "0"}, {"branch_number": ""},
], ids=str)
def test_a_card_is_found_however_it_is_typed(registry, changes):
    _, text = registry.ask(question(1, **changes))
    assert json.loads(text)["reason"] == "in_force"


def test_the_ceiling_is_shown_only_with_consent(registry):
    without, given = (json.loads(registry.ask(question(1, ceiling_consent=flag))[1]) for flag in (False, True))
    assert "ceiling_certificate" not in without["coverage"][0]
    assert given["coverage"][0]["ceiling_certificate"]["ceiling_class"] == "A03"


def test_a_concealed_address_is_never_shown(registry):
    assert "address" in json.loads(registry.ask(question(10))[1])["coverage"][0]
    assert "address" not in json.loads(registry.ask(question(9))[1])["coverage"][0]


FAULTS = [
    ("json_malformed", 400, "[", {}),
    ("json_malformed", 400, '{"number":"1","number":"2"}', {}),
    ("field_missing", 400, {}, {}),
    ("field_malformed", 400, question(1, birth_date="1980-02-30"), {}),
    ("field_malformed", 400, question(1, asked_on="2199-01-01"), {}),
    ("field_unknown", 400, question(1, surprise=1), {}),
    ("field_too_long", 400, question(1, number="9" * 90), {}),
    ("check_digit_wrong", 400, question(1, insurer_number="06139993"), {}),
    ("personal_number_refused", 400, question(1, number="123456789018"), {}),
    ("header_missing", 400, question(1), {"X_Request_Id": None}),
    ("header_malformed", 400, question(1), {"X_Request_Id": "no uuid"}),
    ("media_type_unsupported", 415, question(1), {"Content_Type": "text/plain"}),
    ("body_missing", 400, "", {}),
    ("body_too_large", 413, json.dumps(question(1)) + " " * 9000, {}),
]


@pytest.mark.parametrize("code,status,body,headers", FAULTS, ids=[f"{n}-{f[0]}" for n, f in enumerate(FAULTS)])
def test_a_bad_request_is_refused_with_a_stable_code(registry, code, status, body, headers):
    reply, text = registry.ask(body, **headers)
    problem = json.loads(text)
    assert reply.status == status and reply.getheader("Content-Type") == "application/problem+json"
    assert code in [problem["code"]] + [error["code"] for error in problem["errors"]]


def test_all_faults_of_a_request_are_told_at_once(registry):
    problem = json.loads(registry.ask(question(1, birth_date="x", insurer_number="1", number=None))[1])
    assert {error.get("field") for error in problem["errors"]} >= {"birth_date", "number"}


@pytest.mark.parametrize("method,path,status", [
    ("GET", "/v1/eligibility/check", 405), ("POST", "/v1/nothing", 404), ("BREW", "/v1/eligibility/check", 501)])
def test_other_methods_and_paths_are_refused(registry, method, path, status):
    connection = registry.connect()
    connection.request(method, path, headers={"X-Request-Id": str(uuid.uuid4())})
    assert connection.getresponse().status == status


def test_the_same_request_again_gives_the_same_answer_and_no_second_record(registry):
    name = str(uuid.uuid4())
    first = registry.ask(question(10), name)[1]
    with registry.database.cursor() as cursor:
        cursor.execute("UPDATE registry.person_version SET superseded_at = now()"
                       " WHERE person_id = 10 AND superseded_at = 'infinity'")
        cursor.execute("INSERT INTO registry.person_version (person_id, name, sex1, birth_date)"
                       " VALUES (10, '架空　改名', 1, %s)", (birth(10),))
        cursor.execute("SELECT registry.dossier_refresh('{10}')")
    assert registry.ask(question(10), name)[1] == first
    assert "改名" in registry.ask(question(10))[1].decode()
    assert registry.one("SELECT count(*) FROM registry.access_record WHERE request_id = %s", name) == 1


def test_the_same_id_with_another_body_is_refused(registry):
    name = str(uuid.uuid4())
    registry.ask(question(1), name)
    reply, text = registry.ask(question(2), name)
    assert (reply.status, json.loads(text)["code"]) == (409, "request_id_reused")


def test_sixteen_at_once_with_one_id_make_one_record_and_one_answer(registry):
    name, answers = str(uuid.uuid4()), []
    threads = [threading.Thread(target=lambda: answers.append(registry.ask(question(1), name)[1])) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 16 and len(set(answers)) == 1
    assert registry.one("SELECT count(*) FROM registry.access_record WHERE request_id = %s", name) == 1


def test_an_unchanged_answer_is_304_and_still_on_record(registry):
    tag = registry.ask(question(1))[0].getheader("ETag")
    name = str(uuid.uuid4())
    reply, text = registry.ask(question(1), name, If_None_Match=tag)
    assert (reply.status, text) == (304, b"")
    assert registry.one("SELECT count(*) FROM registry.access_record WHERE request_id = %s", name) == 1


def test_records_hold_a_pseudonym_and_refusals_are_recorded(registry):
    good, bad = str(uuid.uuid4()), str(uuid.uuid4())
    registry.ask(question(1), good)
    registry.ask({}, bad)
    sql = "SELECT octet_length(subject) FROM registry.access_record WHERE request_id = %s"
    assert registry.one(sql, good) == 16
    assert registry.one("SELECT fault FROM registry.access_record WHERE request_id = %s", bad) is not None


def refused_before_sql(registry, who, pki=None):
    before = registry.one("SELECT count(*) FROM registry.access_record")
    with pytest.raises((ssl.SSLError, OSError, http.client.HTTPException)):
        registry.ask(question(1), connection=registry.connect(who, pki))
    assert registry.one("SELECT count(*) FROM registry.access_record") == before


def test_certificates_that_must_not_pass_are_refused_in_the_handshake(registry):
    foreign = registry.folder / "foreign"
    registry.run("pki", "init", "--dir", str(foreign))
    registry.issue("1310000017", "stranger", pki=foreign)
    registry.issue("1310000017", "expired", "--expired")
    registry.issue("1310000017", "early", "--not-yet")
    registry.issue("1310000017", "purpose", "--purpose", "server")
    refused_before_sql(registry, None)
    refused_before_sql(registry, "stranger", foreign)
    for who in ("expired", "early", "purpose"):
        refused_before_sql(registry, who)


def test_a_certificate_unknown_to_the_registry_is_refused_with_a_reason(registry):
    registry.issue("1310000017", "unknown")
    reply, text = registry.ask(question(1), connection=registry.connect("unknown"))
    assert (reply.status, json.loads(text)["code"]) == (403, "certificate_unknown")


@contextlib.contextmanager
def clinic(registry, sql):
    registry.database.cursor().execute("UPDATE registry.facility SET " + sql + " WHERE facility_code = '1310000025'")
    try:
        yield
    finally:
        registry.database.cursor().execute(
            "UPDATE registry.facility SET status = 3 WHERE facility_code = '1310000025'")


def test_a_suspension_reaches_a_live_connection_within_five_seconds_and_ends_again(registry):
    connection = registry.connect("clinic")
    assert registry.ask(question(1), connection=connection)[0].status == 200

    def code():
        reply, text = registry.ask(question(1), connection=connection)
        return json.loads(text).get("code", reply.status)
    with clinic(registry, "status = 4"):
        until(lambda: code() == "facility_suspended", 5)
    with clinic(registry, "status = 1"):
        until(lambda: code() == "facility_not_admitted", 5)
    until(lambda: code() == 200, 5)


def test_a_revocation_reaches_a_live_connection_within_five_seconds(registry):
    issued = registry.issue("1310000025", "doomed")
    registry.admit()
    connection = registry.connect("doomed")
    until(lambda: registry.ask(question(1), connection=connection)[0].status == 200, 5)
    registry.run("pki", "revoke", "--dir", str(registry.pki), "--serial", issued["serial"], "--reason", "key_compromise")
    registry.admit()
    until(lambda: b"certificate_revoked" in registry.ask(question(1), connection=connection)[1], 5)


SMUGGLED = b"POST /v1/eligibility/check HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: %s\r\n\r\n"
H = b"Host: localhost\r\n"
P = b"POST /v1/eligibility/check HTTP/1.1\r\n"
MUST_REJECT = [
    P + H + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}  x", P + H + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\n{}  ",
    P + H + b"Content-Length: 4, 4\r\n\r\n{}  ", P + H + b"Content-Length: +4\r\n\r\n{}  ", P + H + b"Content-Length: -1\r\n\r\n",
    P + H + b"Content-Length: 0x4\r\n\r\n{}  ", P + H + b"Content-Length: \r\n\r\n", P + H + b"Content-Length: 4x\r\n\r\n{}  ",
    P + H + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    P + H + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    P + H + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", P + H + b"Transfer-Encoding: identity\r\n\r\n",
    P + H + b"Transfer-Encoding: x\r\n\r\n", P + H + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    P + H + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    P + H + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    P + H + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", P + H + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    P[:-5] + b"1.0\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    P + H + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", P + H + b"Transfer-Encoding: chunked\r\n\r\n1_0\r\n{}\r\n0\r\n\r\n",
    P + H + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    P + H + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n", P + H + b"Transfer-Encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n",
    P + H + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n", P + H + b"Transfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n",
    P + H + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n", P.replace(b"\r\n", b"\n") + H.replace(b"\r\n", b"\n") + b"\n",
    P + H + b"X: a\rb\r\n\r\n", P + H + b"X: a\0b\r\n\r\n", P + H + b"X: a\r\n b\r\n\r\n", P + b" " + H + b"\r\n", P + b"\r\n",
    P + H + H + b"\r\n", P + H + b"\x01X: 1\r\n\r\n", P + H + b": 1\r\n\r\n", P + H + b"X\r\n\r\n",
    b"PO\x01ST /v1/eligibility/check HTTP/1.1\r\n" + H + b"\r\n", P.replace(b"1.1", b"2.0") + H + b"\r\n",
    P.replace(b"1.1", b"1.2") + H + b"\r\n", P.replace(b"1.1", b"01.1") + H + b"\r\n", b"GET /v1/eligibility/check\r\n\r\n",
    b"POST  /v1/eligibility/check HTTP/1.1\r\n" + H + b"\r\n", b"POST\t/v1/eligibility/check HTTP/1.1\r\n" + H + b"\r\n",
    b"POST /v1/eligibility/check%00 HTTP/1.1\r\n" + H + b"\r\n", P + H + b"X: " + b"a" * 65536 + b"\r\n\r\n",
    P + H + b"".join(b"X%d: 1\r\n" % n for n in range(2000)) + b"\r\n", b"TRACE / HTTP/1.1\r\n" + H + b"\r\n",
]


@pytest.mark.parametrize("raw", MUST_REJECT, ids=[str(n) for n in range(len(MUST_REJECT))])
def test_a_request_that_must_be_rejected_is_refused_and_smuggles_nothing(registry, raw):
    name = str(uuid.uuid4())
    with socket.create_connection(("127.0.0.1", registry.port), timeout=5 * SLOWNESS) as plain:
        with registry.context().wrap_socket(plain, server_hostname="localhost") as peer:
            heard = b""
            with contextlib.suppress(OSError):
                peer.sendall(raw + SMUGGLED % name.encode())
                peer.settimeout(5 * SLOWNESS)
                while chunk := peer.recv(65536):
                    heard += chunk
    assert not heard.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2"))
    assert len(re.findall(rb"HTTP/1\.1 [1-5][0-9][0-9] ", heard)) <= 1
    assert registry.one("SELECT count(*) FROM registry.access_record WHERE request_id = %s", name) == 0


def load(registry, stop, answered):
    connection = registry.connect()
    while not stop.is_set():
        name = str(uuid.uuid4())
        try:
            reply, text = registry.ask(question(1), name, connection)
            if reply.status == 200 and b"in_force" in text:
                answered.append(name)
            if reply.getheader("Connection") == "close":
                connection.close()
        except (OSError, ssl.SSLError, http.client.HTTPException):
            connection.close()
            connection = registry.connect()


def test_killed_at_any_moment_no_answer_is_without_its_record_and_none_is_doubled(registry):
    stop, answered = threading.Event(), []
    threads = [threading.Thread(target=load, args=(registry, stop, answered)) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for round_ in range(KILLS):
            goal = len(answered) + 5 + round_ % 7
            until(lambda g=goal: len(answered) >= g, 30)
            registry.stop(signal.SIGKILL)
            registry.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    recorded = registry.one("SELECT count(DISTINCT request_id) FROM registry.access_record WHERE request_id = ANY(%s::uuid[])",
                            answered)
    assert recorded == len(set(answered)) == len(answered)
    assert registry.one("SELECT count(*) FROM (SELECT FROM registry.access_record"
                        " GROUP BY actor_id, request_id, item_no HAVING count(*) > 1) AS doubled") == 0


def test_an_orderly_end_fails_no_request(registry):
    stop, failed, done = threading.Event(), [], []

    def ask_until_closed():
        connection = registry.connect()
        while not stop.is_set():
            try:
                reply, _ = registry.ask(question(1), connection=connection)
                done.append(reply.status)
                if reply.getheader("Connection") == "close":
                    return
            except (OSError, http.client.HTTPException) as trouble:
                failed.append(repr(trouble))
                return
    threads = [threading.Thread(target=ask_until_closed) for _ in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(done) > 20)
    assert registry.stop() == 0
    stop.set()
    for thread in threads:
        thread.join(30)
    registry.start()
    assert failed == [] and set(done) == {200}


def test_stalled_handshakes_cost_no_processor_time(registry):
    ticks = os.sysconf("SC_CLK_TCK")

    def used():
        fields = pathlib.Path(f"/proc/{registry.server.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / ticks
    hello = ssl.MemoryBIO()
    half = registry.context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        half.do_handshake()
    first = hello.read()
    peers = [socket.create_connection(("127.0.0.1", registry.port)) for _ in range(100)]
    for peer in peers:
        peer.sendall(first[:len(first) // 2])
    registry.ask(question(1))
    before, start = used(), time.monotonic()
    until(lambda: time.monotonic() - start > 2)
    assert used() - before < 0.2
    assert registry.ask(question(1))[0].status == 200
    for peer in peers:
        peer.close()


def test_health_metrics_and_log_hold_nothing_personal(registry):
    registry.ask(question(1))
    assert registry.admin("/live")[0] == 200
    status, text = registry.admin("/metrics")
    assert status == 200 and "shikaku_requests_total" in text
    log = (registry.folder / "serve.log").read_text(encoding="utf-8")
    assert all(json.loads(line)["event"] for line in log.splitlines())
    for personal in ("架空", "001001", birth(1)):
        assert personal not in text and personal not in log
