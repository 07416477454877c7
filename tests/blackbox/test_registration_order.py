"""Rows in any order, in one file or several, sent once or often: what comes of them is the same."""
import itertools
import random

import pytest

from harness.mixed import Series, differences, report_of, state_of
from harness.registry import Registry
from harness.uploads import Uploader, new_key
from harness.wait import together, until
from test_registration import Office, file_of

SEEDS, PARTS, WAYS = 20, 3, 16
STEP_ROWS = 23
TAKES_S = 60


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    truth = [line for n in range(1, SEEDS + 12) for line in Series(n).truth()]
    shared = Office(Registry(tmp_path_factory.mktemp("order"), place["url"], place["template"]), truth)
    shared.series = map(Series, itertools.count(1))
    shared.registry.stop_registrar()
    shared.registry.start_registrar(batch_step_rows=STEP_ROWS, batch_idle_ms=10)
    try:
        yield shared
    finally:
        shared.close()


def finish(office, place):
    if office.ended(place)["state"] == "waits_for_release":
        Uploader(office.registry, "insurer", user="user-2").send("POST", place + "/release")
        until(lambda: office.insurer.standing(place)["state"] == "done", TAKES_S)
    return int(place.rsplit("/", 1)[1])


def take(office, rows):
    return finish(office, office.send(rows))


def verdicts(office, batch):
    """Which of two rows that say the same is the double depends on their order, and nothing else does."""
    rows, counts = report_of(office.registry, batch)
    return [(row[0].replace("again-", "row-"), *row[1:]) for row in rows] + counts


def now(office, series):
    """What holds: without what was said in between, and without what facilities are told."""
    return [row for row in state_of(office.registry, series) if row[3] == "True" and row[0] != "correction"]


def test_the_order_of_rows_within_a_file_does_not_matter(office):
    series = next(office.series)
    batch = take(office, series.mixed())
    wanted, wanted_verdicts = state_of(office.registry, series), verdicts(office, batch)
    for seed in range(SEEDS):
        series = next(office.series)
        rows = series.mixed()
        random.Random(seed).shuffle(rows)
        batch = take(office, rows)
        assert differences(state_of(office.registry, series), wanted) == [], seed
        assert differences(verdicts(office, batch), wanted_verdicts) == [], seed


def test_rows_split_into_several_files_in_their_order_do_what_one_file_does(office):
    whole, parted = next(office.series), next(office.series)
    take(office, whole.plain())
    rows = parted.plain()
    for part in range(PARTS):
        take(office, rows[len(rows) * part // PARTS:len(rows) * (part + 1) // PARTS])
    assert differences(state_of(office.registry, parted), state_of(office.registry, whole)) == []


def test_a_file_sent_twice_leaves_what_it_leaves_once(office):
    series = next(office.series)
    take(office, series.mixed())
    once = now(office, series)
    take(office, series.mixed())
    assert differences(now(office, series), once) == []


def test_a_file_sent_by_sixteen_ways_at_once_under_one_key_is_one_batch(office):
    once, often = next(office.series), next(office.series)
    take(office, once.mixed())
    key, body = new_key(), file_of(often.mixed())
    replies = together(WAYS, lambda n: office.insurer.open(body, key))
    assert {reply.code for reply in replies if reply.status not in (200, 201)} <= {"upload_busy", "batch_state_wrong"}
    places = {reply.header("Location") for reply in replies if reply.status in (200, 201)}
    assert len(places) == 1
    finish(office, places.pop())
    assert office.registry.one("SELECT count(*) FROM registry.batch WHERE idempotency_key = %s", key) == 1
    assert differences(state_of(office.registry, often), state_of(office.registry, once)) == []


def test_a_file_sent_by_sixteen_ways_at_once_under_as_many_keys_leaves_what_it_leaves_once(office):
    once, often = next(office.series), next(office.series)
    take(office, once.mixed())
    body = file_of(often.mixed())
    replies = together(WAYS, lambda n: office.insurer.open(body))
    assert [reply.status for reply in replies] == [201] * WAYS
    for reply in replies:
        finish(office, reply.header("Location"))
    assert differences(now(office, often), now(office, once)) == []
