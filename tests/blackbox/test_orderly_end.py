"""An orderly end, and a reload, under load: nobody who has asked goes without an answer."""
import contextlib
import json
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from harness.load import Load
from harness.ports import free_port
from harness.registry import blocked, locked, new_id
from harness.server import SHIKAKU, SLOWNESS, shikaku
from harness.wait import together, until

BULK = "/v1/eligibility/bulk"


def grows(load, by=50):
    goal = len(load.answered) + by
    return until(lambda: len(load.answered) >= goal, 30)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("keep", [10 ** 9, 1], ids=["kept alive", "each on a new connection"])
def test_an_end_under_load_fails_no_request(make_registry, how, keep):
    registry = make_registry(bulk_chunk=0).start()
    with Load(registry, registry.people.add().question(), peers=8, keep=keep) as load:
        grows(load)
        assert registry.stop(how) == 0
    assert load.failed == [] and load.all_on_record()
    assert keep == 1 or load.closed_politely >= 8
    events = [json.loads(line)["event"] for line in registry.log().splitlines()]
    assert events[-1] == "drained" and "draining" in events


def test_ten_ends_and_starts_under_load_fail_no_request(make_registry):
    registry = make_registry(bulk_chunk=0, drain_ms=2000).start()
    with Load(registry, registry.people.add().question()) as load:
        for _ in range(10):
            grows(load, 20)
            assert registry.stop() == 0
            registry.start()
        grows(load, 20)
    assert load.failed == [] and load.all_on_record()


def test_another_server_on_the_same_port_takes_over_under_load(make_registry):
    registry = make_registry(bulk_chunk=0).start()
    with Load(registry, registry.people.add().question(), peers=6) as load:
        for _ in range(3):
            grows(load, 30)
            old = registry.server
            registry.server = None
            registry.start(wait=False, admin_port=free_port())
            until(registry.is_ready)
            assert old.end() == 0
        grows(load, 30)
    assert load.failed == [] and load.all_on_record()


def test_who_is_in_flight_when_the_end_comes_is_answered(make_registry):
    registry = make_registry(workers=1, bulk_chunk=0).start()
    body, request_id = registry.people.add().question(), new_id()
    with locked(registry) as holder:
        def side(n):
            if n == 0:
                return registry.ask(body, request_id)
            until(lambda: blocked(registry))
            registry.server.send_signal(signal.SIGTERM)
            until(lambda: '"draining"' in registry.log())
            holder.rollback()
            return None
        reply, _ = together(2, side)
    assert (reply.status, reply.closes) == (200, True) and registry.record(request_id)
    assert registry.stop() == 0


def test_who_was_kept_alive_is_answered_once_more_and_told_to_go(make_registry):
    registry = make_registry(workers=1, bulk_chunk=0, drain_ms=20000).start()
    body = registry.people.add().question()
    with registry.connect() as connection:
        assert not registry.ask(body, connection=connection).closes
        registry.server.send_signal(signal.SIGTERM)
        until(lambda: registry.admin("/ready")[0] == 503)
        assert registry.admin("/live")[0] == 200
        reply = registry.ask(body, connection=connection)
        assert (reply.status, reply.closes) == (200, True)
    since = time.monotonic()
    assert registry.stop() == 0
    assert time.monotonic() - since < 10 * SLOWNESS, "with the last one gone nothing is waited for"


def test_nobody_new_is_let_in_once_the_end_has_begun(make_registry):
    registry = make_registry(workers=1, bulk_chunk=0, drain_ms=20000).start()
    body = registry.people.add().question()
    with registry.connect() as connection:
        assert registry.ask(body, connection=connection).status == 200
        registry.server.send_signal(signal.SIGTERM)

        def is_refused():
            with contextlib.closing(socket.socket()) as plain:
                return plain.connect_ex(("127.0.0.1", registry.settings["port"])) != 0
        until(is_refused)
        assert registry.ask(body, connection=connection).status == 200
    assert registry.stop() == 0


@pytest.mark.parametrize("asks", [True, False], ids=["that has asked", "that has not yet asked"])
def test_an_idle_connection_holds_the_end_up_for_as_long_as_is_set_and_no_longer(make_registry, asks):
    registry = make_registry(workers=1, bulk_chunk=0, drain_ms=700).start()
    with registry.connect() as connection:
        connection.open()
        assert not asks or registry.ask(registry.people.add().question(), connection=connection).status == 200
        until(lambda: registry.metric("shikaku_connections") == 1)
        since = time.monotonic()
        assert registry.stop() == 0
        assert 0.6 < time.monotonic() - since < 10 * SLOWNESS
        assert connection.receive() == b""


def test_a_list_goes_on_where_an_end_left_it_each_item_on_record_once(make_registry):
    registry = make_registry(bulk_chunk=8).start()
    items = [registry.people.add().question() for _ in range(5)] * 80
    request_id = new_id()
    number = registry.ask({"items": items}, request_id, path=BULK).json["reception_number"]

    def job():
        return registry.ask(None, method="GET", path=f"{BULK}/{number}", Content_Type=None).json
    ends = 0
    while job()["state"] != "done" and ends < 4:
        goal = job()["done"] + 1
        until(lambda goal=goal: job()["done"] >= goal)
        assert registry.stop() == 0
        registry.start()
        ends += 1
    assert ends > 0
    until(lambda: job()["state"] == "done", 60)
    assert job()["ok"] == len(items) and registry.doubled() == []
    assert registry.one("SELECT count(*) FROM registry.access_record WHERE request_id = %s AND item_no > 0",
                        request_id) == len(items)


# ---- SIGHUP --------------------------------------------------------------------------------------

def certificate_of(registry):
    with registry.connect() as connection:
        return connection.open().socket.getpeercert(binary_form=True)


def renew(registry):
    shikaku("pki", "issue", "--dir", registry.pki, "--kind", "server", "--subject", "renewed", "--san", "localhost,127.0.0.1",
            "--out", "server", "--force")


def reload(registry):
    """SIGHUP, and what the workers said to it."""
    before = registry.log().count('"reload')
    registry.server.send_signal(signal.SIGHUP)
    until(lambda: registry.log().count('"reload') > before)


def test_certificates_are_renewed_under_load_and_no_request_fails(make_registry):
    registry = make_registry(workers=2).start()
    body = registry.people.add().question()
    with Load(registry, body, peers=3) as kept, Load(registry, body, peers=2, keep=1) as fresh:
        seen = {certificate_of(registry)}
        for round_ in range(1, 11):
            renew(registry)
            registry.server.send_signal(signal.SIGHUP)
            expected = ssl.PEM_cert_to_DER_cert((registry.pki / "server.pem").read_text(encoding="ascii"))
            assert expected not in seen
            until(lambda expected=expected: all(certificate_of(registry) == expected for _ in range(8)))
            seen.add(expected)
            grows(kept, 5)
            assert len(seen) == round_ + 1
    assert kept.failed == [] and fresh.failed == []
    assert kept.closed_politely == 0, "a reload closes no connection"
    assert kept.all_on_record() and fresh.all_on_record()


def test_a_reload_that_cannot_be_is_refused_and_changes_nothing(make_registry):
    registry = make_registry(workers=1).start()
    body = registry.people.add().question()
    before = certificate_of(registry)
    key = (registry.pki / "server.key").read_bytes()
    (registry.pki / "server.key").write_bytes(b"no key")
    with Load(registry, body, peers=2) as load:
        reload(registry)
        grows(load, 10)
        (registry.folder / "serve.conf").write_text("no_such_setting = 1\n", encoding="utf-8")
        reload(registry)
        grows(load, 10)
        (registry.folder / "serve.conf").unlink()
        reload(registry)
        grows(load, 10)
    assert load.failed == []
    assert registry.log().count('"reload_refused"') == 3 and '"reloaded"' not in registry.log()
    assert certificate_of(registry) == before
    (registry.pki / "server.key").write_bytes(key)
    registry.write_settings("serve", registry.settings)
    reload(registry)
    assert registry.log().count('"reloaded"') == 1


def test_settings_marked_so_are_applied_by_a_reload(make_registry):
    registry = make_registry(workers=1, log_level="error").start()
    body = registry.people.add().question()
    old = ssl.create_default_context(cafile=str(registry.pki / "ca.pem"))
    old.load_cert_chain(str(registry.pki / "hospital.pem"), str(registry.pki / "hospital.key"))
    old.maximum_version = ssl.TLSVersion.TLSv1_2

    def speaks_old():
        try:
            with socket.create_connection(("127.0.0.1", registry.settings["port"]), timeout=5) as plain:
                with old.wrap_socket(plain, server_hostname="localhost"):
                    return True
        except OSError:
            return False
    assert not speaks_old() and '"serving"' not in registry.log()
    with registry.connect() as live:
        assert registry.ask(body, connection=live).status == 200
        registry.settings.update(log_level="info", tls_priorities="NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2")
        registry.write_settings("serve", registry.settings)
        reload(registry)
        until(speaks_old)
        assert '"reloaded"' in registry.log()
        assert registry.ask(body, connection=live).status == 200
        registry.settings.update(tls_priorities="NORMAL:-VERS-ALL:+VERS-TLS1.3")
        registry.write_settings("serve", registry.settings)
        reload(registry)
        until(lambda: not speaks_old())
        assert registry.ask(body, connection=live).status == 200


def test_a_session_from_before_a_reload_is_taken_up_behind_it(make_registry):
    registry = make_registry(workers=1).start()
    body = registry.people.add().question()
    with registry.connect() as first:
        assert registry.ask(body, connection=first).status == 200
        session = first.socket.session
    renew(registry)
    reload(registry)
    plain = socket.create_connection(("127.0.0.1", registry.settings["port"]), timeout=10)
    with registry.connect() as again:
        again.socket = registry.context().wrap_socket(plain, server_hostname="localhost", session=session)
        assert registry.ask(body, connection=again).status == 200
        assert again.socket.session_reused


def test_a_server_that_cannot_start_says_why_and_ends(make_registry):
    registry = make_registry()
    registry.write_settings("serve", registry.settings)
    config = str(registry.folder / "serve.conf")
    for more, word in ((["--no-such", "1"], "no_such"), (["--port", "0"], "port"), (["--workers", "x"], "workers"),
                       (["--tls-key", "/nowhere"], "key"), (["--clock-shift-s", "5"], "clock")):
        done = subprocess.run([SHIKAKU, "serve", "--config", config, *more], capture_output=True, text=True, timeout=20 * SLOWNESS, check=False)
        assert done.returncode not in (0, -6, -11) and word.replace("_", "-") in done.stderr.replace("_", "-")
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", registry.settings["port"]))
        taken.listen()
        done = subprocess.run([SHIKAKU, "serve", "--config", config], capture_output=True, text=True, timeout=20 * SLOWNESS, check=False)
        assert done.returncode not in (0, -6, -11) and "port is in use" in done.stderr


def test_a_server_whose_database_is_away_lets_in_after_a_while_to_say_so(make_registry):
    registry = make_registry(workers=1, bulk_chunk=0, directory_stale_ms=500)
    body = registry.people.add().question()
    registry.on_superuser(f"ALTER DATABASE {registry.name} WITH ALLOW_CONNECTIONS false")
    registry.start(wait=False)
    with Load(registry, body, peers=1) as load:
        until(lambda: load.failed)
        assert registry.admin("/ready")[0] == 503
        registry.on_superuser(f"ALTER DATABASE {registry.name} WITH ALLOW_CONNECTIONS true")
        until(lambda: load.answered)
    assert set(load.failed) == {"directory_stale"}


def test_the_end_of_a_server_without_its_database_is_orderly_too(make_registry):
    registry = make_registry(workers=1, bulk_chunk=0, directory_stale_ms=60000).start()
    body = registry.people.add().question()
    assert registry.ask(body).status == 200
    registry.on_superuser(f"ALTER DATABASE {registry.name} WITH ALLOW_CONNECTIONS false")
    registry.on_superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                          f" WHERE datname = '{registry.name}' AND usename = 'shikaku_lookup'")
    until(lambda: registry.admin("/ready")[0] == 503)
    replies = []
    with registry.connect() as connection:
        asking = threading.Thread(target=lambda: replies.append(registry.ask(body, connection=connection)))
        asking.start()
        until(lambda: registry.metric("shikaku_places_taken") == 1)
        assert registry.stop() == 0
        asking.join(20)
    assert replies[0].code in ("store_late", "store_lost", "draining") and replies[0].status == 503
    registry.on_superuser(f"ALTER DATABASE {registry.name} WITH ALLOW_CONNECTIONS true")
