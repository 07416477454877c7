"""The console and the facility's page by the keyboard alone, in a real Chromium: reached, seen, and worked, at any width."""
import pytest

from conftest import made
from harness.console import browse
from harness.days import today
from harness.office import Office
from harness.people import INSURER

CLINICS = 120  # more than a list shows at once


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    """Something of everything, so that every page has all that it can have."""
    registry = made(place, tmp_path_factory.mktemp("keys") / "registry")
    registry.add_insurer("insurer", INSURER)
    keyed = registry.add_facility("keyed", kind=1)
    for _ in range(CLINICS):
        registry.add_facility(kind=2)
    registry.start()
    own = Office(registry)
    people = registry.people
    sealed = people.add()
    hold = people.insert("person_hold", "hold_id", person_id=sealed.person_id, scope=2, reason="test", kind=1, insurer_number=INSURER,
                         due_on="2026-01-01")
    certificate = registry.one("SELECT certificate_id FROM registry.certificate WHERE insurer_number = %s", INSURER)
    for state in (4, 1, 6):
        people.insert("batch", insurer_number=INSURER, idempotency_key=f"{'0' * 31}{state}-".replace("-", "")[:32], certificate_id=certificate,
                      format=1, sha256=bytes(32), state=state, row_count=10)
    people.insert("registration_breach", insurer_number=INSURER, kind=1, due_on="2026-01-05", done_on="2026-01-09")
    people.insert("registration_day", insurer_number=INSURER, day=today(), lag_days=9, is_late=True, count=1)
    people.insert("discrepancy", ticket_number="T1", facility_id=keyed, request_id="0" * 32, record_id=1, record_day=today(),
                  insurer_number=INSURER, person_id=sealed.person_id, fields=["name"], due_on="2026-01-01")
    people.insert("visit", visit_id="1" * 32, facility_id=keyed, request_id="1" * 32, person_id=sealed.person_id, opened_at="2026-01-01",
                  treatment=4, unlocked_by=1, consented_by=1, consents=0, consent_until="infinity", is_limited=False, basis=2, reason=1,
                  user_id="u", review_due_at="2026-01-04")
    people.insert("facility_alarm", facility_id=keyed, raised_at="2026-01-01", pattern="guessing")
    people.insert("number_unlink", insurer_number=INSURER, person_id=sealed.person_id, coverage_id=sealed.coverage_id, hold_id=hold,
                  linked_at="2026-01-01")
    people.insert("facility_exemption", facility_id=keyed, kind=1, valid_from="2026-01-01", noted_at="2026-01-01")
    for month, checks in (("2026-08-01", 300), ("2026-09-01", 500)):
        registry.execute("INSERT INTO registry.statistics_check VALUES (%s, 1, 2, 1, %s), (%s, 4, 1, 1, 20)", month, checks, month)
    registry.execute("INSERT INTO registry.statistics_use VALUES (%s, 1, 2, 11)", today())
    registry.execute("INSERT INTO registry.statistics_reason VALUES (%s, %s, 2, 12)", today(), INSURER)
    registry.execute("INSERT INTO registry.facility_universe VALUES ('2026-01-01', 13, 1, 10, 9)")
    own.registrar.do("POST", "parameters", {"name": "soon", "valid_from": "2030-01-01", "value": "1", "source": "test"}, status=202)
    own.keyed = registry.one("SELECT facility_code FROM registry.facility WHERE facility_id = %s", keyed)
    yield own
    registry.close()


def keys(office, scenario, **more):
    browse(office, scenario, "keys.mjs", seconds=300, insurer=INSURER, facility=office.keyed, day=str(today()), **more)


def test_every_page_is_walked_through_by_tab_in_reading_order_with_focus_in_sight_and_targets_of_24_pixels(office):
    keys(office, "walked")


def test_every_form_opens_by_keys_holds_focus_and_gives_it_back_to_what_opened_it(office):
    keys(office, "worked")


def test_the_first_key_leads_past_the_links_to_the_content_of_the_page_that_is_shown(office):
    keys(office, "skipped")


def test_the_language_is_switched_by_keys_on_every_page_and_the_document_says_so_at_once(office):
    keys(office, "language")


def test_a_page_that_draws_itself_again_leaves_focus_where_it_is(office):
    keys(office, "again")


def test_nothing_is_lost_at_320_pixels_or_at_200_percent(office):
    keys(office, "narrow")


def test_dark_pages_have_contrast_and_whoever_wants_no_motion_sees_none(office):
    keys(office, "dark")


def test_a_facility_asks_prints_and_sends_its_list_by_keys(office):
    person = office.registry.people.add()
    keys(office, "facility", question={name: value for name, value in person.question().items() if name != "asked_on"}, dates="$2$3$1")


def test_a_facility_is_changed_and_a_dangerous_act_carried_out_by_keys(office):
    keys(office, "acts")
    assert office.registry.one("SELECT status FROM registry.facility WHERE facility_code = %s", office.keyed) == 4
