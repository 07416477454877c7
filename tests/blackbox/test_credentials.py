"""What became of cards: renewed, lost, one more; who the certificate leads to never changes."""
import pytest

from conftest import made
from harness.card import Reception
from harness.claims import feed


@pytest.fixture(scope="module")
def reception(place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("credentials")
    reception = Reception(lambda **settings: made(place, folder / "registry", **settings), folder)
    yield reception
    reception.registry.close()


@pytest.fixture
def person(reception):
    return reception.registry.people.add()


@pytest.fixture
def card(reception, person):
    return reception.card_of(person)


def event(reception, what, card, new=None, **more):
    issuer = reception.authority.issuer
    line = {"event": what, "issuer": issuer, "serial": card.serial, **more}
    return line if new is None else {**line, "new_serial": new.serial}


def give(reception, *lines, expect=0, report=None):
    return {name: count for name, count in feed(reception.registry, *lines, expect=expect, report=report, name="credentials").items()
            if count and name != "lines"}


def leads_to(reception, card):
    answer = reception.show(card).json["eligibility"]
    return answer["coverage"][0]["number"] if answer["coverage"] else answer["reason"]


def test_a_renewed_card_leads_to_its_holder_and_the_one_before_to_nobody(reception, person, card):
    new = reception.authority.issue()
    assert leads_to(reception, new) == "card_not_linked"
    assert give(reception, event(reception, "replaced", card, new)) == {"done": 1}
    assert leads_to(reception, new) == person.number
    assert leads_to(reception, card) == "card_not_linked"
    assert give(reception, event(reception, "replaced", card, new)) == {"known": 1}


def test_a_phone_leads_to_its_holder_beside_the_card(reception, person, card):
    phone = reception.authority.issue()
    assert give(reception, event(reception, "added", card, phone)) == {"done": 1}
    assert leads_to(reception, phone) == leads_to(reception, card) == person.number


def test_a_lost_card_leads_to_nobody_and_its_successor_comes_later(reception, person, card):
    assert give(reception, event(reception, "ended", card), event(reception, "ended", card)) == {"done": 1, "known": 1}
    assert leads_to(reception, card) == "card_not_linked"
    new = reception.authority.issue()
    assert give(reception, event(reception, "replaced", card, new)) == {"done": 1}
    assert leads_to(reception, new) == person.number


def test_a_chain_of_events_in_one_feed_is_taken_in_its_order(reception, person, card):
    second, third = reception.authority.issue(), reception.authority.issue()
    assert give(reception, event(reception, "replaced", card, second), event(reception, "replaced", second, third)) == {"done": 2}
    assert (leads_to(reception, second), leads_to(reception, third)) == ("card_not_linked", person.number)


def test_a_certificate_of_somebody_else_stays_theirs_and_raises_an_alarm(reception, person, card):
    other = reception.registry.people.add()
    theirs = reception.card_of(other)
    assert give(reception, event(reception, "replaced", card, theirs), expect=65) == {"somebody_elses": 1}
    assert leads_to(reception, theirs) == other.number
    assert leads_to(reception, card) == person.number
    assert give(reception, event(reception, "replaced", card, theirs), expect=65) == {"somebody_elses": 1}
    assert reception.registry.execute("SELECT person_id, other_person_id FROM registry.credential_alarm WHERE serial = %s",
                                      theirs.serial) == [(other.person_id, person.person_id)]


def test_what_is_not_sound_is_told_by_line_and_stops_no_other(reception, person, card, tmp_path):
    new = reception.authority.issue()
    sound = event(reception, "replaced", card, new)
    lines = [{**sound, "surprise": 1}, {**sound, "serial": "xyz"}, {**sound, "event": "stolen"}, event(reception, "replaced", card),
             {**event(reception, "ended", card), "new_serial": "01"}, "{", {**sound, "issuer": "CN=nobody"},
             {**sound, "serial": "DEADBEEF"}, sound]
    report = tmp_path / "report.csv"
    assert give(reception, *lines, expect=65, report=report) == {"unsound": 6, "no_such_issuer": 1, "nobody": 1, "done": 1}
    told = report.read_text().splitlines()[1:]
    assert sorted(int(line.split(",")[0]) for line in told) == list(range(1, 9))
    assert card.serial not in report.read_text()


def test_the_role_of_the_feed_may_do_that_and_nothing_else(reception):
    import psycopg2
    with psycopg2.connect(reception.registry.address(user="shikaku_credentials")) as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("SELECT * FROM registry.credential")
