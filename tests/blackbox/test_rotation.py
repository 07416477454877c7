"""Keys of personal numbers are replaced while the registrar works: nobody is lost and nobody is there twice."""
import signal
import subprocess

import pytest

from harness.cluster import shikaku
from harness.registry import Registry
from harness.server import SHIKAKU
from harness.wait import until

from test_registration import TAKES_S, TODAY, Office, someone, truth_of

HELD = [someone(n) for n in range(700, 720)]
MANY = 15_000
KILLS = 5


def again(n):
    """The same person at another insurer."""
    return someone(n, number=str(9000 + n), acquired_on=str(TODAY), event_on=str(TODAY), notice_received_on=str(TODAY))


@pytest.fixture
def office(place, tmp_path):
    registry = Registry(tmp_path / "rotation", place["url"], place["template"])
    registry.registrar_settings.update(recheck_ms=50, register_breaker_open_ms=50, register_tries=1)
    shared = Office(registry, [truth_of(row) for row in HELD])
    try:
        yield shared
    finally:
        shared.close()


def new_key(office):
    shikaku("vault", "--dir", office.registry.folder / "vault")
    office.registry.stop_registrar()
    office.registry.start_registrar()


def rotating(office):
    return subprocess.Popen([SHIKAKU, "rotate", "--config", office.registry.folder / "registrar.conf"], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def sealed_by(office):
    return dict(office.registry.execute("SELECT sealed_by, count(*) FROM registry.personal_number GROUP BY 1"))


def person_count(office, row):
    """How many people have coverage under the numbers that this row and its like at the other insurer stand for."""
    return office.registry.one("SELECT count(DISTINCT person_id) FROM registry.coverage WHERE number IN (%s, %s)",
                               row["number"], str(9000 + int(row["number"]) - 5000))


def test_a_number_that_was_linked_under_an_older_key_is_found_under_a_newer_one(office):
    office.apply(HELD[:2])
    new_key(office)
    assert office.apply([again(700)], by=office.other)["row-700"][0] == 1
    assert person_count(office, HELD[0]) == 1
    assert rotating(office).wait(60) == 0
    assert sealed_by(office) == {2: 2}
    assert office.apply([again(701)], by=office.other)["row-701"][0] == 1
    assert person_count(office, HELD[1]) == 1


def test_what_waits_opens_with_whichever_key_sealed_it(office):
    office.register.be(down="unavailable")
    office.apply(HELD[2:4])
    new_key(office)
    assert rotating(office).wait(60) == 0
    office.register.be(down="no")
    for row in HELD[2:4]:
        until(lambda row=row: office.reason(row) == "in_force", TAKES_S)


def test_a_rotation_killed_at_any_moment_goes_on_where_it_was_while_the_registrar_works(office):
    office.register.be(down="unavailable")
    office.apply([someone(10_000 + n, number=str(20_000 + n)) for n in range(MANY)])
    new_key(office)
    for kill in range(1, KILLS + 1):
        before = sealed_by(office).get(2, 0)
        process = rotating(office)
        until(lambda: sealed_by(office).get(2, 0) > before or process.poll() is not None, TAKES_S)
        assert process.poll() is None, "it was done before it could be killed"
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
        # In one look, since the last step of who was killed may end a moment later.
        (done, sealed), = office.registry.execute(
            "SELECT r.done, (SELECT count(*) FROM registry.personal_number AS n WHERE n.sealed_by = 2)"
            " FROM registry.number_rotation AS r WHERE r.key_number = 2")
        assert done + kill - 1 == sealed  # those registered meanwhile had the new key at once
        office.apply([HELD[10 + kill]])
    last = rotating(office)
    office.apply([HELD[10]])
    assert last.wait(120) == 0, last.stderr.read()
    assert set(sealed_by(office)) == {2}
    assert office.registry.one("SELECT finished_at IS NOT NULL FROM registry.number_rotation WHERE key_number = 2")
    office.register.be(down="no")
    until(lambda: office.reason(HELD[10]) == "in_force", TAKES_S * 3)
