"""Certificates are renewed by SIGHUP, in both programs: all workers or none, and nobody is cut off."""
import contextlib
import signal
import socket

import pytest

from harness.wait import until


@contextlib.contextmanager
def running(registry, duty):
    """Yields the process, its port, and who may ask it."""
    if duty == "serve":
        registry.start()
        yield registry.server, registry.settings["port"], "hospital"
    else:
        registry.add_insurer("insurer", "06139992")
        registry.admit()
        registry.start_registrar()
        yield registry.registrar, registry.registrar_settings["port"], "insurer"


def served(registry, port, who):
    """The certificate that a new connection is shown."""
    with socket.create_connection(("127.0.0.1", port)) as plain:
        with registry.context(who).wrap_socket(plain, server_hostname="localhost") as peer:
            return peer.getpeercert(binary_form=True)


@pytest.mark.parametrize("duty", ["serve", "registrar"])
def test_new_connections_are_shown_the_new_certificate_and_old_ones_go_on(make_registry, duty):
    registry = make_registry()
    with running(registry, duty) as (process, port, who):
        first = served(registry, port, who)
        with registry.connect(who, port=port) as old:
            assert registry.ask(None, connection=old, path="/v1/nothing", method="GET").status == 404
            registry.issue("localhost", "server", "--force", "--san", "localhost", kind="server")
            process.send_signal(signal.SIGHUP)
            until(lambda: registry.log(duty).count('"reloaded"') == 2)
            assert {served(registry, port, who) for _ in range(8)}.isdisjoint({first})
            assert registry.ask(None, connection=old, path="/v1/nothing", method="GET").status == 404


@pytest.mark.parametrize("duty", ["serve", "registrar"])
def test_a_certificate_that_cannot_be_read_is_refused_and_the_old_one_stays(make_registry, duty):
    registry = make_registry()
    with running(registry, duty) as (process, port, who):
        first = served(registry, port, who)
        (registry.pki / "server.pem").write_text("no certificate\n", encoding="ascii")
        process.send_signal(signal.SIGHUP)
        until(lambda: '"reload_refused"' in registry.log(duty))
        assert {served(registry, port, who) for _ in range(8)} == {first}
        assert '"reloaded"' not in registry.log(duty)
