"""What a facility may ask: who polls, guesses or walks is stopped and told what was seen; the good ones notice nothing."""
import time

import pytest

from conftest import made
from harness.people import INSURER
from harness.registry import CHECK
from harness.wait import until


@pytest.fixture(scope="module")
def registry(place, tmp_path_factory):
    own = made(place, tmp_path_factory.mktemp("budget") / "registry", budgets=1, workers=1)
    own.execute("UPDATE registry.policy_parameter SET value = '60' WHERE name = 'budget_minute_medical_clinic'")
    own.execute("UPDATE registry.policy_parameter SET value = '40' WHERE name = 'budget_persons_medical_clinic'")
    own.execute("UPDATE registry.policy_parameter SET value = '15' WHERE name = 'budget_misses_hour'")
    yield own.start()
    own.close()


def facility(registry, who, kind=2):
    facility_id = registry.add_facility(who, kind=kind)
    registry.admit()
    return facility_id


def codes(registry, who, bodies):
    with registry.connect(who) as connection:
        return [registry.ask(body, connection=connection).code for body in bodies]


def alarms(registry, facility_id):
    return [row[0] for row in registry.execute("SELECT pattern FROM registry.facility_alarm WHERE facility_id = %s", facility_id)]


def status(registry, facility_id):
    return registry.one("SELECT status FROM registry.facility WHERE facility_id = %s", facility_id)


def minute_ahead():
    """A minute of which enough is left."""
    until(lambda: time.time() % 60 < 45, 60)


def sweep(numbers):
    return [{"insurer_number": INSURER, "symbol": "1234", "number": str(number), "birth_date": "1980-01-01"} for number in numbers]


def test_a_sweep_over_numbers_stops_suspends_and_tells_while_its_neighbours_notice_nothing(registry):
    walker = facility(registry, "walker")
    facility(registry, "neighbour")
    person = registry.people.add()
    minute_ahead()
    told = codes(registry, "walker", sweep(range(70_000_000, 70_000_100)))
    stopped = told.index("budget_spent")
    assert stopped <= 26 and set(told[stopped:]) <= {"budget_spent", "facility_suspended"}
    until(lambda: status(registry, walker) == 4)
    assert alarms(registry, walker)[0].endswith("numbers one after the other") or "found nobody" in alarms(registry, walker)[0]
    until(lambda: codes(registry, "walker", sweep([1])) == ["facility_suspended"], 5)
    assert codes(registry, "neighbour", [person.question()] * 3) == [None] * 3


def test_one_broken_client_that_polls_is_told_the_pattern_and_fills_no_disk(registry):
    poller = facility(registry, "poller")
    person = registry.people.add()
    minute_ahead()
    before = registry.record_count()
    with registry.connect("poller") as connection:
        replies = [registry.ask(person.question(), connection=connection) for _ in range(100)]
    told = [reply for reply in replies if reply.code == "budget_spent"]
    assert len(told) >= 60 and told[0].status == 429 and told[0].header("Retry-After") == "60"
    assert "the same question 31 times within a minute" in told[0].json["errors"][0]["reason"]
    assert registry.record_count() - before == 100 - len(told) + 1
    assert status(registry, poller) == 3 and alarms(registry, poller) == []


def test_who_asks_too_much_in_a_minute_may_go_on_in_the_next_one(registry):
    facility(registry, "busy")
    people = [registry.people.add() for _ in range(62)]
    minute_ahead()
    told = codes(registry, "busy", [person.question() for person in people])
    assert told.count(None) in (40, 41, 42, 43, 44, 45, 46, 47, 48) and "budget_spent" in told  # the people of a day come first


def test_guesses_that_find_nobody_suspend_whoever_makes_them(registry):
    guesser = facility(registry, "guesser")
    minute_ahead()
    told = codes(registry, "guesser", sweep(n * 7919 % 90_000_000 for n in range(1, 40)))
    assert told.index("budget_spent") <= 16
    until(lambda: status(registry, guesser) == 4)
    assert "found nobody" in alarms(registry, guesser)[0]


def test_a_list_is_held_to_the_people_of_a_day_and_not_to_minutes(registry):
    facility(registry, "lister")
    people = [registry.people.add() for _ in range(80)]
    items = [person.question() for person in people]
    reply = registry.ask({"items": items}, who="lister", path="/v1/eligibility/bulk")
    assert reply.status == 202, reply.body
    place = f"/v1/eligibility/bulk/{reply.json['reception_number']}"

    def progress():
        return registry.ask(None, who="lister", path=place, method="GET", Content_Type=None).json

    until(lambda: progress()["done"] == 80, 30)
    assert 35 <= progress()["ok"] <= 45 + 32  # those that were under way together when it was spent


def test_budgets_can_be_turned_off_and_their_limits_are_law_and_not_code(registry):
    assert registry.one("SELECT count(*) FROM registry.policy_parameter WHERE name LIKE 'budget_%%'") == 15
    assert CHECK.startswith("/v1/")
