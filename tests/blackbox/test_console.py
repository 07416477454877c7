"""The console and the facility's page, in a real Chromium: both languages, nothing inaccessible; test_console_keys.py has the keys."""
import pytest

from conftest import made
from harness.console import MODULES, browse
from harness.office import Office
from harness.people import INSURER
from harness.server import ROOT


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    registry = made(place, tmp_path_factory.mktemp("console") / "registry")
    registry.start()
    yield Office(registry)
    registry.close()


def test_every_page_in_both_languages_is_whole_accessible_and_there_within_a_second(office):
    office.registry.people.insert("person_hold", "hold_id", person_id=office.registry.people.add().person_id, scope=2, reason="test",
                                  kind=1, insurer_number=INSURER, due_on="2026-01-01")
    for month, checks in (("2026-08-01", 300), ("2026-09-01", 500)):
        office.registry.execute("INSERT INTO registry.statistics_check VALUES (%s, 1, 2, 1, %s), (%s, 4, 1, 1, 20)", month, checks, month)
    office.registry.execute("INSERT INTO registry.facility_universe VALUES ('2026-01-01', 13, 1, 10, 9)")
    browse(office, "pages")


def test_a_dangerous_act_is_proposed_by_one_in_the_console_and_carried_out_by_another(office):
    browse(office, "approval")


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
