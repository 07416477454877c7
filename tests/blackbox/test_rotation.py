"""Keys of personal numbers are replaced while the registrar works: nobody is lost and nobody is there twice."""
import itertools
import json
import signal
import subprocess

import pytest

from harness.cluster import shikaku
from harness.registry import Registry
from harness.server import SHIKAKU
from harness.uploads import Uploader
from harness.wait import until

from test_registration import TAKES_S, TODAY, Office, someone, truth_of

HELD = [someone(n) for n in range(700, 720)]
MANY = 15_000
KILLS = 5
PAIRS = 40


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


def rotated(office):
    """What a rotation that ends well says of itself."""
    process = rotating(office)
    said, trouble = process.communicate(timeout=120)
    assert process.returncode == 0, trouble
    return json.loads(said)


def take_away(office, key):
    """Nobody reads the folder of keys but at its start."""
    office.registry.stop_registrar()
    (office.registry.folder / "vault" / f"{key}.key").rename(office.registry.folder / f"{key}.key")
    office.registry.start_registrar()


def keys_in_force(office):
    return office.registry.execute("SELECT index_key, next_key FROM registry.number_key")


def indexed_by(office):
    return dict(office.registry.execute("SELECT indexed_by, count(*) FROM registry.personal_number GROUP BY 1"))


def loss_of_nobody(n):
    return {"operation": "lose", "row_key": f"loss-{n}", "symbol": "1", "number": str(n), "branch_number": "00",
            "birth_date": "1980-01-01", "lost_on": str(TODAY), "loss_reason": "03", "event_on": str(TODAY),
            "notice_received_on": str(TODAY)}


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
    assert set(sealed_by(office)) == {2}
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


def test_when_a_rotation_is_finished_the_old_key_can_be_taken_away(office):
    office.apply(HELD[:2])
    waiting = office.send([again(701), *[loss_of_nobody(n) for n in range(60)]], by=office.other)
    assert office.ended(waiting, office.other)["state"] == "waits_for_release"  # its rows are staged under the old key
    new_key(office)
    assert rotated(office) == {"key": 2, "sealed": 2, "indexed": 2, "unopened": 0, "left": 0}
    assert (keys_in_force(office), indexed_by(office), sealed_by(office)) == ([(2, None)], {2: 2}, {2: 2})
    take_away(office, 1)
    assert office.apply([again(700), someone(702)], by=office.other)["row-700"][0] == 1
    assert person_count(office, HELD[0]) == 1
    second = Uploader(office.registry, "other", user="user-2")
    assert second.send("POST", waiting + "/release").status in (200, 202)
    until(lambda: office.other.standing(waiting)["state"] == "done", TAKES_S)
    assert office.verdicts(waiting)["row-701"][0] == 1
    assert person_count(office, HELD[1]) == 1
    assert indexed_by(office) == {2: 3}


def test_a_new_key_never_has_the_number_of_one_that_was_taken_away(office):
    new_key(office)
    take_away(office, 1)
    assert json.loads(shikaku("vault", "--dir", office.registry.folder / "vault")) == {"key": 3}


def test_a_file_that_had_half_taken_effect_goes_on_under_the_new_key_alone(office):
    office.registry.stop_registrar()
    office.registry.start_registrar(batch_step_rows=1)
    # The second card of each person begins on the same day: which of the two comes first only what they say can tell.
    rows = [row for n in range(720, 720 + PAIRS) for row in (someone(n), someone(n, row_key=f"second-{n}", number=str(8000 + n)))]
    place = office.send(rows)
    batch = place.rsplit("/", 1)[1]
    where = "SELECT (phase, phase_row) >= (20, %s) FROM registry.batch WHERE batch_id = %s"
    until(lambda: office.registry.one(where, PAIRS, batch), TAKES_S)
    office.registry.stop_registrar(signal.SIGKILL)
    assert 0 < len(office.verdicts(place)) < len(rows)
    shikaku("vault", "--dir", office.registry.folder / "vault")
    rotated(office)
    (office.registry.folder / "vault" / "1.key").unlink()
    office.registry.start_registrar()
    assert office.ended(place)["state"] == "done"
    assert set(office.verdicts(place)) == {row["row_key"] for row in rows}
    assert office.registry.one("SELECT count(*) FROM registry.batch_row WHERE batch_id = %s", batch) == len(rows)
    assert set(indexed_by(office)) == {2}


def test_a_new_key_is_read_when_it_is_met_and_one_that_is_missing_is_asked_for_until_it_is_there(office):
    office.apply(HELD[:1])
    folder = office.registry.folder
    shikaku("vault", "--dir", folder / "vault")
    rotated(office)
    (folder / "vault" / "2.key").rename(folder / "2.key")
    place = office.send([again(700)], by=office.other)
    until(lambda: "index_key_missing" in office.registry.log("registrar"), TAKES_S)
    assert office.other.standing(place)["state"] not in ("done", "refused")
    (folder / "2.key").rename(folder / "vault" / "2.key")
    assert office.ended(place, office.other)["state"] == "done"
    assert person_count(office, HELD[0]) == 1
    assert set(sealed_by(office)) == {2}


def test_a_number_is_found_under_whichever_key_while_a_rotation_is_killed_at_any_moment(office):
    early, late, new = HELD[:KILLS], HELD[KILLS:2 * KILLS], HELD[2 * KILLS:3 * KILLS]
    office.apply(early)
    office.apply([someone(10_000 + n, number=str(20_000 + n)) for n in range(MANY)])  # whom the register does not know
    office.apply(late)
    new_key(office)
    for kill in range(KILLS):
        before = indexed_by(office).get(2, 0)
        process = rotating(office)
        until(lambda: indexed_by(office).get(2, 0) > before or process.poll() is not None, TAKES_S)
        assert process.poll() is None, "it was done before it could be killed"
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
        assert (set(indexed_by(office)), keys_in_force(office)) == ({1, 2}, [(1, 2)])
        office.apply([new[kill]])
        for row in (early[kill], late[kill], new[kill]):
            n = int(row["number"]) - 5000
            assert office.apply([again(n)], by=office.other)[f"row-{n}"][0] == 1
            assert person_count(office, row) == 1
    new_key(office)  # a rotation to the second key is under way: it is finished first, and then this one
    both = [rotating(office), rotating(office)]
    file = [someone(10_000 + n, number=str(20_000 + n)) for n in range(MANY, MANY + 1000)]
    office.apply([*file, *HELD[3 * KILLS:]])
    assert [process.wait(120) for process in both] == [0, 0], [process.stderr.read() for process in both]
    assert rotated(office)["left"] == 0
    assert (keys_in_force(office), indexed_by(office).keys(), sealed_by(office).keys()) == ([(3, None)], {3}, {3})
    take_away(office, 1)
    take_away(office, 2)
    for row in itertools.chain(early, HELD[3 * KILLS:]):
        office.apply([again(int(row["number"]) - 5000)], by=office.other)
        assert person_count(office, row) == 1
    assert office.registry.execute("SELECT count(*) FROM registry.personal_number WHERE unlinked_at = 'infinity'"
                                   " GROUP BY number_index HAVING count(*) > 1") == []


def test_a_file_under_way_when_a_rotation_begins_is_read_again_and_links_whom_it_would_have_linked(office):
    office.apply(HELD)
    office.registry.stop_registrar()
    office.registry.start_registrar(batch_step_rows=1)
    new_key(office)
    office.register.be(slow_ms=1000)
    place = office.send([again(n) for n in range(700, 710)], by=office.other)
    until(lambda: office.other.standing(place)["state"] == "checking", TAKES_S)
    assert rotated(office)["indexed"] == len(HELD)
    assert office.ended(place, office.other)["state"] == "done"
    assert '"batch_read_again"' in office.registry.log("registrar")
    office.register.be(slow_ms=0)
    new_key(office)
    second = office.send([*[someone(2000 + n) for n in range(300)], *[again(n) for n in range(710, 720)]], by=office.other)
    until(lambda: len(office.verdicts(second)) > 10, TAKES_S)
    rotated(office)
    assert office.other.standing(second)["state"] == "applying", "it was done before the rotation had begun"
    assert office.ended(second, office.other)["state"] == "done"
    assert len(office.verdicts(second)) == 310
    assert {person_count(office, row) for row in HELD} == {1}
    assert (keys_in_force(office), set(indexed_by(office)), set(sealed_by(office))) == ([(3, None)], {3}, {3})
