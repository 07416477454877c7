"""The console and the facility's page, in a real Chromium: both languages, the keys alone, and nothing inaccessible."""
import json
import os
import pathlib
import subprocess
import time

import pytest

from conftest import made
from harness.office import STEP_S, Office
from harness.people import INSURER
from harness.server import SLOWNESS

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = ROOT / "build/node/node_modules"
SHOTS = ROOT / "build/console"


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    registry = made(place, tmp_path_factory.mktemp("console") / "registry")
    registry.start()
    yield Office(registry)
    registry.close()


def browse(office, scenario, **more):
    SHOTS.mkdir(parents=True, exist_ok=True)
    registry = office.registry
    # Each code opens one session: every scenario shows the code of a step that none has shown.
    registry.execute("UPDATE registry.operator SET used_step = 0")
    given = {"scenario": scenario, "shots": str(SHOTS), "modules": str(MODULES), "pki": str(registry.pki), "slowness": SLOWNESS,
             "office": f"https://localhost:{registry.office_settings['port']}", "serve": f"https://localhost:{registry.settings['port']}",
             "secrets": {who: operator.secret.hex() for who, operator in office.operators.items()},
             "step": int(time.time()) // STEP_S, **more}
    done = subprocess.run(["node", ROOT / "tests/console/browser.mjs"], input=json.dumps(given), text=True, capture_output=True,
                          env=os.environ | {"NODE_EXTRA_CA_CERTS": str(registry.pki / "ca.pem")}, timeout=180 * SLOWNESS, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def test_every_page_in_both_languages_is_whole_accessible_and_there_within_a_second(office):
    office.registry.people.insert("person_hold", "hold_id", person_id=office.registry.people.add().person_id, scope=2, reason="test",
                                  kind=1, insurer_number=INSURER, due_on="2026-01-01")
    for month, checks in (("2026-08-01", 300), ("2026-09-01", 500)):
        office.registry.execute("INSERT INTO registry.statistics_check VALUES (%s, 1, 2, 1, %s), (%s, 4, 1, 1, 20)", month, checks, month)
    office.registry.execute("INSERT INTO registry.facility_universe VALUES ('2026-01-01', 13, 1, 10, 9)")
    browse(office, "pages")


def test_a_dangerous_act_is_proposed_by_one_in_the_console_and_carried_out_by_another(office):
    browse(office, "approval")


def test_a_facility_is_found_and_changed_with_the_keys_alone(office):
    facility = office.registry.add_facility("keyed", kind=2)
    code = office.registry.one("SELECT facility_code FROM registry.facility WHERE facility_id = %s", facility)
    browse(office, "keyboard", facility=code)
    assert office.registry.one("SELECT status FROM registry.facility WHERE facility_id = %s", facility) == 4


def test_a_session_that_is_over_leads_back_to_the_beginning(office):
    browse(office, "over")


def test_a_facility_asks_reads_the_advice_and_has_its_list_worked_off(office):
    person = office.registry.people.add()
    name = office.registry.one("SELECT name FROM registry.person_version WHERE person_id = %s", person.person_id)
    browse(office, "facility", question={key: value for key, value in person.question().items() if key != "asked_on"}, name=name)


def test_the_plotting_library_is_the_one_that_its_makers_gave_out():
    for ours, theirs in (("uPlot.js", "uPlot.iife.min.js"), ("uPlot.css", "uPlot.min.css")):
        assert (ROOT / "server/page/common" / ours).read_bytes() == (MODULES / "uplot/dist" / theirs).read_bytes()


def test_a_page_runs_no_script_of_another_place_and_stands_in_no_other_page(office):
    with office.registry.connect("viewer", port=office.registry.office_settings["port"]) as connection:
        reply = connection.request("GET", "/")
        assert reply.status == 200 and reply.header("Content-Type").startswith("text/html")
        policy = reply.header("Content-Security-Policy")
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert connection.request("GET", "/", headers={"If-None-Match": reply.header("ETag")}).status == 304
        assert connection.request("GET", "/page/office.js").header("Content-Type").startswith("text/javascript")
        for path in ("/page/nothing.js", "/page/facility.html", "/page/../ca.key", "/page/"):
            assert connection.request("GET", path).status == 404
    for source in (ROOT / "server/page").glob("*/*.html"):
        text = source.read_text(encoding="utf-8")
        assert "onclick" not in text and "style=" not in text and "http:" not in text and "https:" not in text
