"""What a connection costs that has asked once and now rests, in memory and in processor time."""
import json
import subprocess
import time

import pytest

from harness.server import FLAVOUR, ROOT
from harness.wait import until

pytestmark = pytest.mark.skipif(FLAVOUR != "release", reason="sanitizers take memory of their own")
CONNECTIONS, BYTES_MOST, LOAD_S = 2000, 20_000, 120
REST_S, REST_CPU_MOST_S = 2, 0.2


def test_a_resting_connection_costs_less_than_twenty_kilobytes(make_registry, tmp_path):
    registry = make_registry(connections=CONNECTIONS, idle_s=60).start()
    questions, report = tmp_path / "questions.txt", tmp_path / "report.json"
    questions.write_text(json.dumps(registry.people.add().question()) + "\n", encoding="utf-8")
    done = subprocess.run(
        [ROOT / "build/release/load", "--url", f"https://localhost:{registry.settings['port']}/v1/eligibility/check",
         "--ca", registry.pki / "ca.pem", "--cert", registry.pki / "hospital.pem", "--key", registry.pki / "hospital.key",
         "--questions", questions, "--idle", str(CONNECTIONS), "--with-request", "--seconds", "1", "--quiet",
         "--server-pid", str(registry.server.pid), "--json", report],
        capture_output=True, text=True, timeout=LOAD_S, check=False)
    assert done.returncode == 0, done.stderr
    measured = json.loads(report.read_text(encoding="utf-8"))
    assert measured["idle_held"] == CONNECTIONS
    assert (measured["memory_end"] - measured["memory_before"]) / CONNECTIONS < BYTES_MOST


def test_resting_connections_cost_no_processor_time(make_registry):
    registry = make_registry().start()
    body = registry.people.add().question()
    peers = [registry.connect() for _ in range(50)]
    for peer in peers:
        assert registry.ask(body, connection=peer).status == 200
    before, start = registry.processor_seconds(), time.monotonic()
    until(lambda: time.monotonic() - start > REST_S)
    assert registry.processor_seconds() - before < REST_CPU_MOST_S
    for peer in peers:
        peer.close()
