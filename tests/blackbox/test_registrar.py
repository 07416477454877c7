"""The registrar takes insurers and nobody else; serve takes facilities and nobody else."""
import signal

import pytest

from harness.client import Closed
from harness.people import INSURER, NATIONAL
from harness.wait import until


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    """A registry with both programs, and certificates of two insurers."""
    from conftest import made
    shared = made(place, tmp_path_factory.mktemp("office"))
    try:
        shared.add_insurer("insurer", INSURER)
        shared.add_insurer("other", NATIONAL)
        shared.issue(INSURER, "revoked", kind="insurer")
        shared.admit()
        yield shared.start().start_registrar()
    finally:
        shared.close()


def test_an_insurer_is_known_to_the_registrar(office):
    reply = office.tell("GET", "/v1/enrolment/nothing")
    assert (reply.status, reply.code) == (404, "path_unknown")


def test_a_facility_at_the_registrar_is_refused_for_its_certificate_whatever_it_asks(office):
    for path in ("/v1/eligibility/check", "/v1/enrolment/nothing"):
        reply = office.tell("POST", path, {}, who="hospital")
        assert (reply.status, reply.code) == (403, "certificate_purpose_wrong")


def test_an_insurer_at_serve_is_refused_for_its_certificate_and_that_is_on_record(office):
    reply = office.ask({}, who="insurer")
    assert (reply.status, reply.code) == (403, "certificate_purpose_wrong")
    kinds = office.execute("SELECT actor_kind, actor_id, facility_id FROM registry.access_record"
                           " WHERE fault IS NOT NULL AND actor_kind = 2 ORDER BY record_id DESC LIMIT 1")
    assert kinds == [(2, (2 << 32) + int(INSURER), None)]


def test_no_path_of_one_program_is_a_path_of_the_other(office):
    assert office.tell("POST", "/v1/eligibility/check", {}).code == "path_unknown"


def test_a_revoked_certificate_of_an_insurer_is_refused_on_a_connection_that_is_open(office):
    with office.connect("revoked", port=office.registrar_settings["port"]) as connection:
        def code():
            return office.ask(None, connection=connection, path="/v1/enrolment/nothing", method="GET",
                              Content_Type=None).code
        assert code() == "path_unknown"
        serial = office.one("SELECT serial FROM registry.certificate WHERE insurer_number = %s"
                            " ORDER BY certificate_id DESC LIMIT 1", INSURER)
        office.revoke(serial)
        assert code() == "certificate_revoked"


def test_what_the_registrar_counts_says_that_it_was_an_insurer(office):
    office.tell("GET", "/v1/enrolment/nothing")
    # A request is counted when its reply has left, which is a moment after it was read here.
    until(lambda: office.metric("shikaku_requests_by_kind_total", port=office.registrar_settings["admin_port"],
                                method="none", route="none", kind="insurer") > 0)


def test_the_registrar_reloads_and_ends_in_order(office):
    with office.connect("insurer", port=office.registrar_settings["port"]) as connection:
        office.registrar.send_signal(signal.SIGHUP)
        until(lambda: '"reloaded"' in office.log("registrar"))
        assert office.ask(None, connection=connection, path="/v1/enrolment/nothing", method="GET",
                          Content_Type=None).status == 404
        assert office.stop_registrar() == 0
        with pytest.raises((Closed, OSError)):
            office.ask(None, connection=connection, path="/v1/enrolment/nothing", method="GET", Content_Type=None)
    assert "drained" in office.log("registrar")
    office.start_registrar()


def test_what_the_registrar_does_for_batches_it_does_by_sessions_that_give_way(office):
    names = {name for name, in office.execute("SELECT application_name FROM pg_stat_activity WHERE usename = 'shikaku_registrar'"
                                              " AND datname = current_database()")}
    assert "shikaku batch" in names and len(names) > 1
