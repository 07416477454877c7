"""The catalogue of errors: each code that can be provoked is, with its status, in one form, holding no value."""
import functools
import json
import pathlib
import re
import signal

import pytest

from harness.card import DAY, Reception, now
from harness.registry import CHECK, blocked, locked, new_id
from harness.server import shikaku
from harness.wait import together, until

# Codes that nothing can bring about from outside, and why.
NOT_PROVOKED = {"internal": "needs a defect of the program",
                "name_reused": "only the registrar has it: test_notices.py",
                "already_settled": "only the registrar has it: test_notices.py",
                "answer_unfit": "only the registrar has it: test_holds.py",
                "coverage_overlaps": "only the registrar has it: test_holds.py",
                "several_persons": "only the registrar has it: test_unlink.py",
                "spool_failed": "needs a disk that fails",
                "disaster_mode_closed": "test_disaster.py",
                "session_over": "only the portal has it: test_portal.py",
                "documents_away": "only the registrar and the portal have it: test_certificates.py",
                **dict.fromkeys(("budget_spent",), "needs budgets: test_budget.py"),
                **dict.fromkeys(("second_factor_wrong", "etag_missing", "etag_differs", "state_wrong", "there_already"),
                                "only the office has it: test_office.py"),
                **dict.fromkeys(("insurer_closed", "idempotency_key_reused", "batch_state_wrong", "second_person_needed",
                                 "uploads_too_many", "upload_busy", "upload_offset_wrong", "upload_length_wrong",
                                 "upload_digest_wrong", "spool_full"), "only the registrar has it: test_uploads.py")}


@functools.lru_cache(maxsize=1)
def catalogue():
    return {code: (int(status), retry) for code, status, retry in re.findall(
        r"^\| `(\w+)` \| (\d+) \| (\w+)", shikaku("errors"), re.MULTILINE)}


def problem(reply, code):
    """A problem document that is as the catalogue has it."""
    status, _ = catalogue()[code]
    document = reply.json
    assert reply.header("Content-Type") == "application/problem+json"
    assert (reply.status, document["status"], document["code"]) == (status, status, code)
    assert document["type"].endswith("#" + code) and document["title"]
    assert reply.header("Cache-Control") == "no-store"
    assert (reply.header("Retry-After") is not None) == document.get("retry_helps", False)
    return document


def codes(document):
    return {error["code"] for error in document["errors"]}


@pytest.fixture(scope="module")
def person(registry):
    return registry.people.add()


LONG = "9" * 90
FIELDS = [
    ("field_missing", {"number": None}, "number"),
    ("field_missing", {"number": ""}, "number"),
    ("field_missing", {"number": " - "}, "number"),
    ("field_missing", {"insurer_number": None}, "insurer_number"),
    ("field_missing", {"birth_date": None}, "birth_date"),
    ("field_malformed", {"birth_date": "1980-02-30"}, "birth_date"),
    ("field_malformed", {"birth_date": "80-02-03"}, "birth_date"),
    ("field_malformed", {"birth_date": 19800203}, "birth_date"),
    ("field_malformed", {"birth_date": "2999-01-01"}, "birth_date"),
    ("field_malformed", {"asked_on": "2199-01-01"}, "asked_on"),
    ("field_malformed", {"asked_on": "yesterday"}, "asked_on"),
    ("field_malformed", {"number": 5}, "number"),
    ("field_malformed", {"symbol": ["1"]}, "symbol"),
    ("field_malformed", {"number": "12\u0001"}, "number"),
    ("field_malformed", {"number": "12\ufffd"}, "number"),
    ("field_malformed", {"insurer_number": "1"}, "insurer_number"),
    ("field_malformed", {"insurer_number": "06999992"}, "insurer_number"),
    ("field_malformed", {"branch_number": "123"}, "branch_number"),
    ("field_malformed", {"ceiling_consent": "yes"}, "ceiling_consent"),
    ("field_malformed", {"ceiling_consent": 1}, "ceiling_consent"),
    ("field_malformed", {"purpose": "curiosity"}, "purpose"),
    ("field_unknown", {"surprise": 1}, None),
    ("field_too_long", {"number": "1" * 21}, "number"),
    ("field_too_long", {"symbol": "あ" * 21}, "symbol"),
    ("field_too_long", {"number": LONG}, "number"),
    ("check_digit_wrong", {"insurer_number": "06139993"}, "insurer_number"),
    ("personal_number_refused", {"number": "123456789018"}, "number"),
    ("personal_number_refused", {"number": "１２３４５６７８９０１８"}, "number"),
]


@pytest.mark.parametrize("code,changes,field", FIELDS, ids=[f"{n}-{row[0]}" for n, row in enumerate(FIELDS)])
def test_a_field_at_fault_is_named_and_its_value_is_not(registry, person, code, changes, field):
    reply = registry.ask(person.question(**changes))
    document = problem(reply, code)
    assert (code, field) in [(error["code"], error.get("field")) for error in document["errors"]]
    for value in changes.values():
        if isinstance(value, str) and len(value) > 3:
            assert value.encode() not in reply.body


BODIES = [
    ("json_malformed", b"["), ("json_malformed", b"[]"), ("json_malformed", b"null"), ("json_malformed", b'"x"'),
    ("json_malformed", b'{"number":"1","number":"2"}'), ("json_malformed", b"{} {}"), ("json_malformed", b"{}x"),
    ("json_malformed", b'{"number":"\xff\xfe"}'), ("json_malformed", b'{"number":"\\u0000"}'),
    ("json_malformed", b'{"number":"\\ud800"}'), ("json_malformed", b"\x00"), ("json_malformed", b'{"number":1e999}'),
    ("json_malformed", b"[" * 4000), ("json_malformed", b'{"a":' * 700), ("json_malformed", b"{'number':'1'}"),
    ("json_malformed", b"\xef\xbb\xbf{}"), ("json_malformed", b'{"number":"1",}'),
    ("body_missing", b""),
    ("body_too_large", b" " * 4097), ("body_too_large", b"{}" + b" " * 300000),
]


@pytest.mark.parametrize("code,body", BODIES, ids=[f"{n}-{row[0]}" for n, row in enumerate(BODIES)])
def test_a_body_that_is_no_question_is_refused(registry, code, body):
    problem(registry.ask(body), code)


def test_a_body_of_exactly_the_limit_is_taken(registry, person):
    text = json.dumps(person.question()).encode()
    assert registry.ask(text + b" " * (4096 - len(text))).status == 200


HEADERS = [
    ("header_missing", {"X_Request_Id": None}, "X-Request-Id"),
    ("header_malformed", {"X_Request_Id": "no uuid"}, "X-Request-Id"),
    ("header_malformed", {"X_Request_Id": "00000000-0000-0000-0000-00000000000g"}, "X-Request-Id"),
    ("header_malformed", {"X_User_Id": "x" * 65}, "X-User-Id"),
    ("header_malformed", {"X_User_Id": "\x80\xff"}, "X-User-Id"),
    ("not_acceptable", {"Accept": "text/html"}, "Accept"),
    ("not_acceptable", {"Accept": "application/problem+json, application/json;q=0"}, "Accept"),
    ("media_type_unsupported", {"Content_Type": "text/plain"}, "Content-Type"),
    ("media_type_unsupported", {"Content_Type": None}, "Content-Type"),
    ("media_type_unsupported", {"Content_Type": "application/jsonx"}, "Content-Type"),
]


@pytest.mark.parametrize("code,headers,field", HEADERS, ids=[f"{n}-{row[0]}" for n, row in enumerate(HEADERS)])
def test_a_header_at_fault_is_named(registry, person, code, headers, field):
    document = problem(registry.ask(person.question(), **headers), code)
    assert field in [error.get("field") for error in document["errors"]]


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_taken_under_its_names(registry, person, media):
    assert registry.ask(person.question(), Content_Type=media).status == 200


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, application/*;q=0.1", None])
def test_an_answer_is_given_to_who_takes_json_among_others(registry, person, accept):
    assert registry.ask(person.question(), Accept=accept).status == 200


def test_two_accept_lines_are_one_list(registry, person):
    body = json.dumps(person.question()).encode()
    with registry.connect() as connection:
        connection.send(f"POST {CHECK} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {new_id()}\r\nAccept: text/html\r\n"
                        f"Accept: application/json\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
                        "\r\n\r\n".encode() + body)
        assert connection.read_reply().status == 200


def test_a_wrong_form_does_not_hide_what_else_is_wrong_with_the_heads(registry, person):
    document = registry.ask(person.question(), X_Request_Id="no uuid", Content_Type="text/plain", Accept="text/html").json
    assert document["code"] == "media_type_unsupported"
    assert codes(document) == {"media_type_unsupported", "header_malformed", "not_acceptable"}


@pytest.mark.parametrize("method,path,code,allow", [
    ("GET", CHECK, "method_not_allowed", "POST"), ("PUT", CHECK, "method_not_allowed", "POST"),
    ("DELETE", CHECK, "method_not_allowed", "POST"), ("BREW", CHECK, "method_unknown", None),
    ("OPTIONS", CHECK, "method_unknown", None), ("HEAD", CHECK, "method_unknown", None),
    ("post", CHECK, "method_unknown", None), ("POST", "/v1/nothing", "path_unknown", None),
    ("POST", CHECK + "/", "path_unknown", None), ("POST", "//v1/eligibility/check", "path_unknown", None),
    ("POST", "/v1/eligibility/../eligibility/check", "path_unknown", None),
    ("POST", "/V1/eligibility/check", "path_unknown", None),
    ("GET", "//", "path_unknown", None), ("GET", "/metrics", "path_unknown", None), ("GET", "/ready", "path_unknown", None),
])
def test_a_method_or_path_that_is_not_served_is_refused(registry, method, path, code, allow):
    with registry.connect() as connection:
        connection.send(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {new_id()}\r\n\r\n".encode())
        if method == "HEAD":
            assert b" 501 " in connection.receive().split(b"\r\n")[0]
            return
        reply = connection.read_reply()
    problem(reply, code)
    assert reply.header("Allow") == allow


def test_a_query_string_is_refused_where_none_is_taken(registry, person):
    reply = registry.ask(person.question(), path=CHECK + "?number=12345678")
    assert problem(reply, "query_string_refused") and b"12345678" not in reply.raw


def test_all_faults_of_a_request_are_told_at_once(registry):
    reply = registry.ask({"birth_date": "x", "insurer_number": "1", "asked_on": "y", "purpose": "z", "surprise": 0},
                         X_Request_Id="no uuid")
    document = reply.json
    assert reply.status == 400 and document["code"] == "header_malformed"
    fields = {error.get("field") for error in document["errors"]}
    assert fields >= {"X-Request-Id", "birth_date", "number", "asked_on", "purpose"}
    assert codes(document) == {"header_malformed", "field_malformed", "field_missing", "field_unknown"}
    assert all(error["title"] for error in document["errors"])


def test_a_request_id_used_for_another_question_is_refused(registry, person):
    request_id = new_id()
    assert registry.ask(person.question(), request_id).status == 200
    reply = registry.ask(person.question(asked_on="2021-01-01"), request_id)
    problem(reply, "request_id_reused")
    assert person.name.encode() not in reply.raw and len(registry.records(request_id)) == 1


def test_a_job_of_nobody_is_not_found(registry):
    for path in ("/v1/eligibility/bulk/000000000000000000", "/v1/eligibility/bulk/1", "/v1/eligibility/bulk/x/results"):
        problem(registry.ask(None, method="GET", path=path, Content_Type=None), "not_found")


def test_a_list_of_too_many_items_is_refused(registry):
    problem(registry.ask({"items": [{}] * 201}, path="/v1/reference-numbers/bulk"), "items_too_many")


def test_a_facility_has_only_so_many_unfinished_jobs(make_registry):
    registry = make_registry(bulk_chunk=0, bulk_jobs=2).start()
    items = {"items": [registry.people.add().question()]}
    for _ in range(2):
        assert registry.ask(items, path="/v1/eligibility/bulk").status == 202
    problem(registry.ask(items, path="/v1/eligibility/bulk"), "jobs_too_many")
    number = registry.one("SELECT reception_number FROM registry.bulk_job LIMIT 1")
    problem(registry.ask(None, method="GET", path=f"/v1/eligibility/bulk/{number}/results", Content_Type=None),
            "still_running")


@pytest.mark.parametrize("path", ["/v1/eligibility/bulk", "/v1/reference-numbers/bulk"])
def test_a_list_whose_time_is_up_is_gone_and_in_the_end_not_found(make_registry, path):
    registry = make_registry(bulk_chunk=0).start()
    items = {"items": [{**registry.people.add().question(), "reference_number": "R"}]}
    number = registry.ask(items, path=path).json["reception_number"]

    def look(tail):
        return registry.ask(None, method="GET", path=f"{path}/{number}{tail}", Content_Type=None)
    assert look("").status == 200
    registry.execute("UPDATE registry.bulk_job SET received_at = now() - interval '61 s', expires_at = now() - interval '1 s'")
    for _ in range(2):
        for tail in ("", "/results"):
            problem(look(tail), "gone")
        assert registry.one("SELECT registry.bulk_expire()") == 0
    registry.execute("UPDATE registry.bulk_job SET received_at = now() - interval '120 s', expires_at = now() - interval '60 s'")
    assert registry.one("SELECT registry.bulk_expire()") == 1
    for tail in ("", "/results"):
        problem(look(tail), "not_found")


def test_what_the_rights_of_a_facility_leave_out_is_not_permitted(registry, person):
    registry.add_facility("eligibility.only", rights=2)
    registry.admit()
    body = {**person.question(), "reference_number": "R-1"}
    problem(registry.ask(body, who="eligibility.only", path="/v1/reference-numbers"), "not_permitted")


def test_a_body_that_stalls_is_told_so_before_its_connection_ends(make_registry):
    registry = make_registry(body_ms=300).start()
    with registry.connect() as connection:
        connection.send(f"POST {CHECK} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {new_id()}\r\n"
                        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode())
        reply = connection.read_reply()
        problem(reply, "body_late")
        assert reply.closes
    until(lambda: registry.metric("shikaku_places_taken") == 0)
    assert registry.ask(registry.people.add().question()).status == 200


def test_a_request_that_outgrows_its_memory_is_refused(make_registry):
    registry = make_registry(request_bytes_first=4096, request_bytes_most=16384).start()
    body = registry.people.add().question()
    text = json.dumps(body).encode()
    text += b" " * (4096 - len(text))
    with registry.connect() as connection:
        connection.send(f"POST {CHECK} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {new_id()}\r\nTransfer-Encoding: chunked"
                        "\r\nContent-Type: application/json\r\n\r\n".encode())
        for at in range(0, len(text), 128):  # in pieces, so that the room for it is doubled over and over
            connection.send(b"80\r\n" + text[at:at + 128] + b"\r\n")
        connection.send(b"0\r\n\r\n")
        problem(connection.read_reply(), "request_too_large")
        assert registry.ask(body, connection=connection).status == 200


def test_who_still_waits_when_an_end_has_waited_long_enough_is_told_to_go_elsewhere(make_registry):
    registry = make_registry(workers=1, drain_ms=200, bulk_chunk=0).start()
    body = registry.people.add().question()
    with locked(registry):
        def side(n):
            if n == 0:
                return registry.ask(body)
            until(lambda: blocked(registry))
            return registry.stop(signal.SIGTERM)
        reply, status = together(2, side)
    problem(reply, "draining")
    assert status == 0


def test_certificates_and_facilities_are_refused_each_with_its_code(registry):
    body = registry.people.add().question()
    applied, suspended = (registry.add_facility(f"{word}.at.the.door", status=status)
                          for word, status in (("applied", 1), ("suspended", 4)))
    assert applied != suspended
    registry.issue("06139992", "insurer", kind="insurer")
    revoked = registry.issue(registry.facility_code("hospital"), "revoked")
    registry.admit()
    registry.revoke(revoked["serial"])
    registry.issue(registry.facility_code("hospital"), "stranger")
    expected = {"applied.at.the.door": "facility_not_admitted", "suspended.at.the.door": "facility_suspended",
                "insurer": "certificate_purpose_wrong", "revoked": "certificate_revoked",
                "stranger": "certificate_unknown"}
    for who, code in expected.items():
        problem(registry.ask(body, who=who), code)


# ---- the database away, slow, or broken ----------------------------------------------------------

def test_a_database_that_holds_still_is_late_and_one_that_stops_makes_the_directory_stale(make_registry):
    registry = make_registry(directory_poll_ms=100, directory_stale_ms=2000, workers=1).start()
    body = registry.people.add().question()
    with locked(registry):
        problem(registry.ask(body), "store_late")
    until(lambda: registry.ask(body).status == 200)
    registry.on_superuser(f"ALTER DATABASE {registry.name} WITH ALLOW_CONNECTIONS false")
    cut(registry)
    problem(until(lambda: (lambda reply: reply if reply.code == "directory_stale" else None)(registry.ask(body)), 10),
            "directory_stale")
    registry.on_superuser(f"ALTER DATABASE {registry.name} WITH ALLOW_CONNECTIONS true")
    until(lambda: registry.ask(body).status == 200, 10)


def cut(registry):
    """Ends every database connection of the server."""
    registry.on_superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                          f" WHERE datname = '{registry.name}' AND usename = 'shikaku_lookup'")


def test_a_flight_whose_end_is_unknown_is_told_as_a_lost_store(make_registry):
    registry = make_registry(workers=1).start()
    body = registry.people.add().question()
    request_id = new_id()

    def side(n):
        if n == 0:
            return registry.ask(body, request_id)
        until(lambda: blocked(registry))
        cut(registry)
        return None
    with locked(registry):
        reply, _ = together(2, side)
    problem(reply, "store_lost")
    answered = until(lambda: (lambda again: again if again.status == 200 else None)(registry.ask(body, request_id)))
    assert answered.json["reason"] == "in_force" and len(registry.records(request_id)) == 1


def test_one_place_too_few_is_told_as_busy(make_registry):
    registry = make_registry(workers=1, places=1, bulk_chunk=0).start()
    body = registry.people.add().question()
    with locked(registry) as holder:
        def side(n):
            if n == 0:
                return registry.ask(body)
            until(lambda: blocked(registry))
            refused = registry.ask(body)
            holder.rollback()
            return refused
        answered, refused = together(2, side)
    assert answered.status == 200
    problem(refused, "store_busy")
    until(lambda: registry.metric("shikaku_refused_full_total") == 1)


def test_a_database_that_refuses_is_told_apart_and_told_nothing_of(make_registry):
    registry = make_registry().start()
    body = registry.people.add().question()
    registry.execute("ALTER TABLE registry.dossier RENAME TO dossier_elsewhere")
    reply = registry.ask(body)
    problem(reply, "store_refused")
    assert b"dossier" not in reply.raw
    until(lambda: registry.metric("shikaku_flights_failed_total") >= 1)
    registry.execute("ALTER TABLE registry.dossier_elsewhere RENAME TO dossier")
    until(lambda: registry.ask(body).status == 200)
    assert registry.stop(signal.SIGTERM) == 0


def test_cards_that_are_not_taken_each_have_a_code(make_registry, tmp_path):
    reception = Reception(make_registry, tmp_path)
    good, old = reception.authority.issue(), reception.authority.issue(begin=now() - 900 * DAY, end=now() - 800 * DAY)
    challenge = reception.challenge()
    visit = reception.show(good, challenge=challenge).json["visit_id"]
    problem(reception.show(good, challenge=challenge), "challenge_used")
    problem(reception.show(good, challenge="AAAA"), "challenge_unknown")
    problem(reception.show(old), "card_expired")
    proof = good.proof(reception.challenge())
    problem(reception.registry.ask({**proof, "signature": "AAAA"}, path="/v1/visits"), "card_not_proven")
    assert reception.cancel(visit).status == 200
    problem(reception.query(visit), "visit_over")
    reception.authority.revoke(good)
    problem(until(lambda: reply_of("card_revoked", reception.show(good))), "card_revoked")
    reception.authority.write_revocations(now() - 9 * DAY, now() - 8 * DAY)
    problem(until(lambda: reply_of("card_check_away", reception.show(reception.authority.issue()))), "card_check_away")


def reply_of(code, reply):
    return reply if reply.code == code else None


def test_every_code_of_the_catalogue_is_provoked_here_or_has_its_reason():
    source = pathlib.Path(__file__).read_text(encoding="utf-8").split("def catalogue")[1]
    provoked = {code for code in catalogue() if f'"{code}"' in source}
    assert set(catalogue()) - provoked - set(NOT_PROVOKED) == set(), "neither provoked nor excused"
    assert set(NOT_PROVOKED) - set(catalogue()) == set(), "excused, but not in the catalogue"
    assert set(NOT_PROVOKED) & provoked == set(), "excused and provoked"
