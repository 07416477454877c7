"""Who is let in: certificates, kinds, rights and states; and that a change reaches connections that are open."""
import datetime
import socket
import ssl
import subprocess
import time

import pytest

from harness.client import Closed
from harness.registry import CHECK, KINDS, new_id
from harness.server import shikaku
from harness.wait import until

REACHES_S = 5
EXPECTED = {1: "facility_not_admitted", 2: None, 3: None, 4: "facility_suspended"}
TODAY = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9))).date()


@pytest.fixture(scope="module")
def body(registry):
    return registry.people.add().question()


@pytest.fixture(scope="module")
def matrix(registry):
    """A facility of each kind, rights profile and status, and its id."""
    made = {}
    for kind in KINDS:
        for rights in (1, 2):
            for status in EXPECTED:
                who = f"kind{kind}.rights{rights}.status{status}"
                made[who] = registry.add_facility(who, kind=kind, status=status, rights=rights)
    registry.admit()
    registry.until_all_heard(REACHES_S)
    return made


@pytest.mark.parametrize("status", EXPECTED)
@pytest.mark.parametrize("rights", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_eligibility_is_answered_by_status_whatever_the_kind_and_rights(registry, matrix, body, kind, rights, status):
    who = f"kind{kind}.rights{rights}.status{status}"
    request_id = new_id()
    reply = registry.ask(body, request_id, who=who)
    code = EXPECTED[status]
    assert (reply.status, reply.code) == ((403, code) if code else (200, None))
    record = registry.record(request_id)
    assert (record["facility_id"], record["fault"] is None) == (matrix[who], code is None)
    assert (record["subject"] is None) == (code is not None)
    assert reply.header("X-Request-Id") == request_id


@pytest.mark.parametrize("status", EXPECTED)
@pytest.mark.parametrize("rights", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_reference_number_is_registered_by_full_rights_only(registry, matrix, body, kind, rights, status):
    who = f"kind{kind}.rights{rights}.status{status}"
    code = EXPECTED[status] or ("not_permitted" if rights == 2 else None)
    paths = {"": {**body, "reference_number": "R-1"}, "/delete": body,
             "/bulk": {"items": [{**body, "reference_number": "R-1"}]}}
    for path, question in paths.items():
        request_id = new_id()
        reply = registry.ask(question, request_id, who=who, path="/v1/reference-numbers" + path)
        assert reply.code == code and reply.status == (403 if code else 202 if path == "/bulk" else 200)
        record = registry.record(request_id)
        assert (record["facility_id"], record["fault"] is None) == (matrix[who], code is None)


@pytest.mark.parametrize("path", ["/v1/eligibility/bulk", "/v1/reference-numbers/bulk"])
@pytest.mark.parametrize("tail", ["", "/results"])
def test_who_may_not_ask_is_on_record_on_paths_that_leave_none_otherwise(registry, matrix, path, tail):
    for who, code in (("kind1.rights1.status4", "facility_suspended"), ("kind2.rights2.status1", "facility_not_admitted")):
        request_id = new_id()
        reply = registry.ask(None, request_id, who=who, method="GET", path=f"{path}/000000000000000000{tail}")
        assert reply.code == code and registry.record(request_id)["facility_id"] == matrix[who]


def test_who_may_not_ask_learns_nothing_of_the_request(registry, matrix):
    assert matrix
    who, telling = "kind1.rights1.status4", {"errors": [{"code": "facility_suspended"}]}
    for more in ({"body": {"number": 5}}, {"body": b"["}, {"body": b" " * 9000}, {"body": b"{}", "Content_Type": "text/plain"},
                 {"body": {}, "request_id": "no uuid"}, {"body": {}, "Accept": "text/html"}):
        errors = registry.ask(who=who, **more).json["errors"]
        assert [error["code"] for error in errors] == [error["code"] for error in telling["errors"]]


def test_a_refusal_does_not_hide_behind_the_id_of_an_answer(registry, body):
    """An id that stands on record cannot be used to knock without a trace."""
    facility_id = registry.add_facility("knocks")
    registry.admit()
    registry.until_all_heard(REACHES_S)
    request_id = new_id()
    assert registry.ask(body, request_id, who="knocks").status == 200
    registry.set_facility(facility_id, status=4)
    registry.until_all_heard(REACHES_S)
    sql = "SELECT count(*) FROM registry.access_record WHERE facility_id = %s"
    before = registry.one(sql, facility_id)
    for knock in range(1, 4):
        assert registry.ask(body, request_id, who="knocks").code == "facility_suspended"
        assert registry.one(sql, facility_id) == before + knock
    assert registry.record(request_id)["fault"] is None


@pytest.mark.parametrize("more,code", [
    ({"body": b" " * 5000}, "body_too_large"), ({"body": b"{}", "Content_Type": "text/xml"}, "media_type_unsupported"),
    ({"body": b"["}, "json_malformed"), ({"body": b""}, "body_missing"), ({"body": b"{}"}, "field_missing"),
    ({"body": b"{}", "path": CHECK + "?a=b"}, "query_string_refused"), ({"body": b"{}", "Accept": "text/html"}, "not_acceptable"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_every_refusal_of_a_facility_that_is_known_is_on_record_under_its_id(registry, more, code):
    request_id = new_id()
    assert code in [error["code"] for error in registry.ask(request_id=request_id, **more).json["errors"]]
    record = registry.record(request_id)
    assert record["facility_id"] == registry.facilities["hospital"] and record["fault"] is not None


def test_a_facility_that_is_not_yet_open_is_refused(registry, body):
    registry.add_facility("unopened", valid_from=str(TODAY + datetime.timedelta(1)))
    registry.admit()
    until(lambda: registry.ask(body, who="unopened").code == "facility_suspended", REACHES_S)


def test_a_facility_that_closes_is_refused_from_that_day_on_a_live_connection_too(registry, body):
    facility_id = registry.add_facility("closes")
    registry.admit()
    with registry.connect("closes") as connection:
        until(lambda: registry.ask(body, connection=connection).status == 200, REACHES_S)
        registry.set_facility(facility_id, valid_to=TODAY + datetime.timedelta(1))
        assert registry.ask(body, connection=connection).status == 200
        registry.set_facility(facility_id, valid_to=TODAY)
        until(lambda: registry.ask(body, connection=connection).code == "facility_suspended", REACHES_S)


# ---- certificates --------------------------------------------------------------------------------

class Quiet:
    """The database hears nothing in here: no lane gets a statement, no record is made, no flight begun.

    The one connection that is left out is the one over which the directory is fetched, several times a second.
    """

    def __init__(self, registry):
        self.registry = registry

    def counts(self):
        return (self.lanes(), self.registry.record_count(), self.registry.metric("shikaku_flights_total"),
                self.registry.metric("shikaku_passengers_total"))

    def lanes(self):
        """When each lane last got a statement and last ended one, as PostgreSQL saw it."""
        return self.registry.execute(
            "SELECT pid, query_start, state_change FROM pg_stat_activity WHERE usename = 'shikaku_lookup'"
            " AND datname = current_database() AND query ~ 'access_append' ORDER BY pid")

    def settled(self):
        """Meters are copied a few dozen times a second: two sights alike, with a round of the directory between them."""
        def alike():
            before = self.counts()
            self.registry.until_all_heard()
            return before if self.counts() == before else None
        until(lambda: self.registry.metric("shikaku_places_taken") == 0 and self.registry.metric("shikaku_waiting") == 0)
        return until(alike)

    def __enter__(self):
        self.before = self.settled()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            assert self.settled() == self.before


@pytest.fixture
def quiet_registry(make_registry):
    """A registry that nobody else asks, whose lane has been used once."""
    registry = make_registry(bulk_chunk=0, workers=1).start()
    registry.ask(registry.people.add().question())
    assert len(Quiet(registry).lanes()) == 1
    return registry


def test_a_question_is_seen_by_what_proves_that_there_was_none(quiet_registry):
    quiet = Quiet(quiet_registry)
    before = quiet.settled()
    assert quiet_registry.ask({}).code == "field_missing"
    until(lambda: all(a != b for a, b in zip(quiet.counts(), before)))


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=60)


def make_odd_certificates(registry):
    """Name → (folder, name) of pairs that must not pass the handshake."""
    code = registry.facility_code("hospital")
    foreign = registry.folder / "foreign"
    shikaku("pki", "init", "--dir", foreign)
    registry.issue(code, "stranger", pki=foreign)
    registry.issue(code, "expired", "--expired")
    registry.issue(code, "early", "--not-yet")
    registry.issue(code, "purpose", "--purpose", "server")
    own = registry.folder / "own"
    own.mkdir()
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
            "/CN=self", "-keyout", own / "self.key", "-out", own / "self.pem")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
            "/CN=Shikaku development CA", "-keyout", own / "name.key", "-out", own / "name.pem")
    registry.admit()
    return {"none": (None, None), "of a foreign authority": (foreign, "stranger"), "expired": (registry.pki, "expired"),
            "not yet valid": (registry.pki, "early"), "for a server": (registry.pki, "purpose"),
            "signed by itself": (own, "self"), "of an authority of the same name": (own, "name"),
            "the server's own": (registry.pki, "server")}


def test_a_certificate_that_must_not_pass_ends_in_the_handshake_and_touches_nothing(quiet_registry):
    registry = quiet_registry
    body = registry.people.add().question()
    for word, (folder, who) in make_odd_certificates(registry).items():
        with Quiet(registry):
            with pytest.raises((ssl.SSLError, ConnectionError, Closed)):
                registry.ask(body, connection=registry.connect(who, folder))
                pytest.fail(f"a certificate {word} was let in")
    assert registry.ask(body).status == 200


def test_a_certificate_that_the_registry_does_not_admit_is_told_why_and_touches_nothing(quiet_registry):
    registry = quiet_registry
    body = registry.people.add().question()
    code = registry.facility_code("hospital")
    registry.issue(code, "unknown")
    with Quiet(registry):
        assert registry.ask(body, who="unknown").code == "certificate_unknown"
    revoked = registry.issue(code, "revoked")
    registry.admit()
    registry.revoke(revoked["serial"])
    until(lambda: registry.ask(body, who="revoked").code == "certificate_revoked", REACHES_S)
    with Quiet(registry):
        assert registry.ask(body, who="revoked").code == "certificate_revoked"


def test_a_portal_among_facilities_is_refused_on_record(quiet_registry):
    registry, request_id = quiet_registry, new_id()
    body = registry.people.add().question()
    registry.issue("portal", "portal", kind="portal")
    registry.admit()
    until(lambda: registry.ask(body, who="portal").code == "certificate_purpose_wrong", REACHES_S)
    registry.ask(body, who="portal", request_id=request_id)
    record = registry.record(request_id)
    assert (record["actor_kind"], record["facility_id"], record["subject"]) == (4, None, None)
    assert record["fault"] is not None


def test_plain_http_on_the_tls_port_is_answered_nothing(registry):
    with socket.create_connection(("127.0.0.1", registry.settings["port"]), timeout=5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        heard = b""
        try:
            while chunk := plain.recv(4096):
                heard += chunk
        except ConnectionError:
            pass
    assert b"HTTP" not in heard


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2], ids=["TLS 1.2"])
def test_old_tls_is_refused_unless_it_is_set(registry, version):
    context = ssl.create_default_context(cafile=str(registry.pki / "ca.pem"))
    context.load_cert_chain(str(registry.pki / "hospital.pem"), str(registry.pki / "hospital.key"))
    context.maximum_version = version
    with socket.create_connection(("127.0.0.1", registry.settings["port"]), timeout=5) as plain:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(plain, server_hostname="localhost")


def test_tls_1_2_is_spoken_where_it_is_set(make_registry):
    registry = make_registry(tls_priorities="NORMAL:-VERS-ALL:+VERS-TLS1.2").start()
    with registry.connect() as connection:
        assert registry.ask(registry.people.add().question(), connection=connection).status == 200
        assert connection.socket.version() == "TLSv1.2"


def suspend(registry, facility_id):
    registry.set_facility(facility_id, status=4)


def close(registry, facility_id):
    registry.set_facility(facility_id, valid_to=TODAY)


def revoke(registry, facility_id):
    registry.revoke(registry.one("SELECT serial FROM registry.certificate WHERE facility_id = %s", facility_id))


def outlive(registry, facility_id):
    registry.execute("UPDATE registry.certificate SET not_after = now() WHERE facility_id = %s", facility_id)


ENDS = [(suspend, "facility_suspended"), (close, "facility_suspended"), (revoke, "certificate_revoked"),
        (outlive, "certificate_revoked")]


@pytest.mark.parametrize("end,code", ENDS, ids=[end.__name__ for end, _ in ENDS])
def test_a_change_reaches_connections_that_are_live_resumed_and_new(registry, body, end, code):
    who = "ends." + end.__name__
    facility_id = registry.add_facility(who)
    registry.admit()
    until(lambda: registry.ask(body, who=who).status == 200, REACHES_S)
    with registry.connect(who) as live:
        until(lambda: registry.ask(body, connection=live).status == 200, REACHES_S)  # each worker hears by itself
        session, socket_before = live.socket.session, live.socket

        def resumed():
            plain = socket.create_connection(("127.0.0.1", registry.settings["port"]), timeout=10)
            again = registry.connect(who)
            again.socket = registry.context(who).wrap_socket(plain, server_hostname="localhost", session=session)
            with again:
                reply = registry.ask(body, connection=again)
                assert again.socket.session_reused
                return reply.code or reply.status
        until(lambda: resumed() == 200, REACHES_S)
        deadline = time.monotonic() + REACHES_S
        end(registry, facility_id)
        for code_of in (lambda: registry.ask(body, connection=live).code, resumed, lambda: registry.ask(body, who=who).code):
            until(lambda code_of=code_of: code_of() == code, deadline - time.monotonic())
        assert live.socket is socket_before, "it was one connection all the time"


# ---- changes reach connections that are open -----------------------------------------------------

def test_a_suspension_reaches_a_live_connection_and_ends_again(registry, body):
    facility_id = registry.add_facility("wavering")
    registry.admit()
    with registry.connect("wavering") as connection:
        def code():
            reply = registry.ask(body, connection=connection)
            return reply.code or reply.status
        until(lambda: code() == 200, REACHES_S)
        socket_before = connection.socket
        for status, expected in ((4, "facility_suspended"), (1, "facility_not_admitted"), (3, 200), (4, "facility_suspended"),
                                 (2, 200)):
            registry.set_facility(facility_id, status=status)
            until(lambda expected=expected: code() == expected, REACHES_S)
        assert connection.socket is socket_before, "it was one connection all the time"


def test_a_new_certificate_of_a_facility_works_beside_the_old_one(registry, body):
    code = registry.facility_code("clinic")
    registry.issue(code, "second")
    registry.admit()
    registry.until_all_heard(REACHES_S)
    one, two = new_id(), new_id()
    registry.ask(body, one, who="clinic")
    registry.ask(body, two, who="second")
    first, second = registry.record(one), registry.record(two)
    assert first["facility_id"] == second["facility_id"] and first["certificate_id"] != second["certificate_id"]
