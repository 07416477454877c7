"""An insurer sees how it keeps its five days, and nobody else's record."""
import pytest

from harness.people import INSURER, NATIONAL

COMPLIANCE = "/v1/enrolment/compliance"


def test_the_record_of_a_period_is_that_of_its_counters(office):
    for insurer, day, lag, late, count in ((INSURER, "2026-02-01", 1, False, 8), (INSURER, "2026-02-02", 4, False, 1),
                                           (INSURER, "2026-02-03", 30, True, 1), (INSURER, "2026-01-31", 1, True, 99),
                                           (NATIONAL, "2026-02-01", 9, True, 5)):
        office.people.insert("registration_day", insurer_number=insurer, day=day, lag_days=lag, is_late=late, count=count)
    reply = office.tell("GET", COMPLIANCE + "?from=2026-02-01&until=20260228")
    assert reply.status == 200, reply.raw
    view = reply.json
    assert (view["from"], view["until"], view["in_time"], view["late"]) == ("2026-02-01", "2026-02-28", 9, 1)
    assert view["lag"] == {"median": 1, "p90": 4, "p99": 30}
    assert view["histogram"] == [{"lag_days": 1, "in_time": 8, "late": 0}, {"lag_days": 4, "in_time": 1, "late": 0},
                                 {"lag_days": 30, "in_time": 0, "late": 1}]
    other = office.tell("GET", COMPLIANCE + "?from=2026-02-01&until=2026-02-28", who="other").json
    assert (other["in_time"], other["late"], other["lag"]["median"]) == (0, 5, 9)


def test_without_registrations_there_is_no_lag(office):
    view = office.tell("GET", COMPLIANCE + "?from=2020-01-01&until=2020-01-31").json
    assert (view["in_time"], view["late"], view["histogram"]) == (0, 0, []) and "lag" not in view


def test_what_is_latest_is_named_by_the_insurers_own_names(office):
    office.people.notify(number="84000001", birth_date="1980-01-01", due_on="1999-01-04", received_on="1998-12-28",
                         insurer=NATIONAL, state=4)
    worst = office.tell("GET", COMPLIANCE, who="other").json["worst"][0]
    assert worst["due_on"] == "1999-01-04" and worst["days_late"] > 9000 and worst["notice_number"]
    assert "done_on" not in worst and "row_key" not in worst
    assert b"84000001" not in office.tell("GET", COMPLIANCE, who="other").raw


@pytest.mark.parametrize("query", ["?from=2026-02-30", "?from=2026-03-01&until=2026-02-01", "?from=2020-01-01&until=2026-01-01",
                                   "?from=2026-01-01&from=2026-01-01", "?insurer_number=00139998"])
def test_a_period_is_read_strictly(office, query):
    assert office.tell("GET", COMPLIANCE + query).code == "query_string_refused"


def test_a_period_of_one_end_has_thirty_days(office):
    for query, expected in (("?from=2026-02-01", ("2026-02-01", "2026-03-02")), ("?until=2026-03-02", ("2026-02-01", "2026-03-02"))):
        view = office.tell("GET", COMPLIANCE + query).json
        assert (view["from"], view["until"]) == expected
