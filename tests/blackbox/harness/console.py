"""The office's console and the facility's page in a real Chromium: runs a scenario of tests/console/."""
import json
import os
import pathlib
import subprocess

from harness.server import ROOT, SLOWNESS

MODULES = ROOT / "build/node/node_modules"
SHOTS = ROOT / "build/console"
SCRIPTS = ROOT / "tests/console"


def browse(office, scenario, script="browser.mjs", seconds=180, **more):
    """What the scenario prints; one that fails is an assertion that says where."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    registry = office.registry
    # Each code opens one session, and a scenario may begin within the step of the one before it.
    registry.execute("UPDATE registry.operator SET used_step = 0")
    given = {"scenario": scenario, "shots": str(SHOTS), "modules": str(MODULES), "pki": str(registry.pki), "slowness": SLOWNESS,
             "office": f"https://localhost:{registry.office_settings['port']}", "serve": f"https://localhost:{registry.settings['port']}",
             "secrets": {who: operator.secret.hex() for who, operator in office.operators.items()}, **more}
    done = subprocess.run(["node", pathlib.Path(SCRIPTS, script)], input=json.dumps(given), text=True, capture_output=True,
                          env=os.environ | {"NODE_EXTRA_CA_CERTS": str(registry.pki / "ca.pem")}, timeout=seconds * SLOWNESS, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout
