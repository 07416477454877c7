"""The harness itself: what a server says beside its log is found out."""
import signal

import pytest

import harness.server
from harness.wait import until


def test_whatever_a_server_says_beside_its_log_is_a_complaint(make_registry, monkeypatch):
    words = 'echo "==1== Invalid read of size 8" >&2; exec "$0" "$@"'
    monkeypatch.setattr(harness.server, "UNDER", ["sh", "-c", words])
    registry = make_registry().start()
    with pytest.raises(AssertionError, match="Invalid read"):
        registry.server.must_be_content()
    registry.server.must_be_content()
    assert registry.stop() == 0


def test_a_watched_server_that_dies_is_found_out_when_it_is_closed(make_registry, monkeypatch):
    monkeypatch.setattr(harness.server, "IS_WATCHED", True)
    registry = make_registry().start()
    server, registry.server = registry.server, None
    server.send_signal(signal.SIGABRT)
    until(lambda: server.poll() is not None)
    with pytest.raises(AssertionError, match="ended with -6"):
        server.close()
