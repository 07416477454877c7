"""Registrar and database are killed while a file takes effect: what comes of it is what would have come of it undisturbed."""
import itertools
import os
import random
import signal
import time

import psycopg2
import pytest

from harness.cluster import Cluster, make_template
from harness.mixed import Series, differences, report_of, state_of
from harness.registry import Registry
from harness.uploads import Uploader
from harness.wait import until
from test_registration import Office

KILLS = int(os.environ.get("KILLS", "100")) // 2
DATABASE_KILLS = int(os.environ.get("DATABASE_KILLS", "10")) // 2
KILLS_A_FILE = 12        # a file has about so many phases, each of some steps
SERIES_MOST = 3 + KILLS + DATABASE_KILLS
STEP_ROWS = 9
TAKES_S = 60
WHERE = ("SELECT state, phase, phase_row, staged_count, (SELECT count(*) FROM registry.batch_row AS r"
         " WHERE r.batch_id = b.batch_id) FROM registry.batch AS b WHERE batch_id = %s")


class Mortals:
    """Files of one series after the other, with a way to look at a batch while it is under way."""

    def __init__(self, place, template, folder):
        self.series = map(Series, itertools.count(1))
        truth = [line for n in range(1, SERIES_MOST + 1) for line in Series(n).truth()]
        self.office = Office(Registry(folder, place, template), truth)
        self.registry = self.office.registry
        self.registry.stop_registrar()
        self.registry.start_registrar(batch_step_rows=STEP_ROWS, batch_idle_ms=10)
        self.random = random.Random(11)

    def send(self, series):
        return int(self.office.send(series.mixed()).rsplit("/", 1)[1])

    def where(self, batch):
        """How far the batch has come; None while the database is away."""
        try:
            return self.registry.execute(WHERE, batch)[0]
        except psycopg2.Error:
            return None

    def is_over(self, batch):
        at = self.where(batch)
        if at is not None and at[0] == 4:  # many end at once: a second person lets it go on
            place = f"/v1/enrolment/batches/{batch}"
            Uploader(self.registry, "insurer", user="user-2").send("POST", place + "/release")
        return at is not None and at[0] in (6, 7)

    def finish(self, batch):
        until(lambda: self.is_over(batch), TAKES_S)

    def outcome(self, series, batch):
        verdicts, counts = report_of(self.registry, batch)
        return state_of(self.registry, series) + verdicts + counts

    def undisturbed(self):
        series = next(self.series)
        batch = self.send(series)
        self.finish(batch)
        return self.outcome(series, batch)

    def until_steps(self, batch, steps):
        """Waits until the batch has come so many steps on, or is over."""
        seen, last = 0, self.where(batch)
        deadline = time.monotonic() + TAKES_S
        while seen < steps and not self.is_over(batch):
            assert time.monotonic() < deadline, "the batch stands still"
            now = self.where(batch)
            if now != last:
                seen, last = seen + 1, now

    def kill_registrar(self):
        self.registry.stop_registrar(signal.SIGKILL)
        self.registry.start_registrar()


@pytest.fixture(scope="module")
def mortals(place, tmp_path_factory):
    shared = Mortals(place["url"], place["template"], tmp_path_factory.mktemp("mortals"))
    try:
        yield shared
    finally:
        shared.office.close()


def test_the_mixed_file_does_everything_that_a_file_can_do(mortals):
    series = next(mortals.series)
    batch = mortals.send(series)
    mortals.finish(batch)
    state, (verdicts, counts) = state_of(mortals.registry, series), report_of(mortals.registry, batch)
    assert {verdict[2] for verdict in verdicts} == {1, 2, 3, 4}
    found = {finding.split()[0] for verdict in verdicts for finding in verdict[6] or ()}
    assert {"VR-10", "VR-62", "VR-64", "VR-65", "VR-69", "VR-83", "VR-84", "VR-17", "VR-24"} <= found, found
    assert {row[0] for row in state} >= {"coverage", "person_version", "burden_ratio", "ceiling", "specific_disease",
                                         "public_benefit", "personal_number", "person_hold", "correction", "dossier"}
    assert counts[0][0] == len(Series(1).mixed()) and any(verdict[7] for verdict in verdicts)


def test_a_registrar_killed_at_any_moment_leaves_what_would_have_come_undisturbed(mortals):
    wanted, kills = mortals.undisturbed(), 0
    while kills < KILLS:
        series = next(mortals.series)
        batch = mortals.send(series)
        for _ in range(KILLS_A_FILE):
            if mortals.is_over(batch) or kills == KILLS:
                break
            if kills % 3 == 0:
                time.sleep(mortals.random.uniform(0, 0.2))  # any instant
            else:
                mortals.until_steps(batch, mortals.random.randint(1, 12))
            mortals.kill_registrar()
            kills += 1
        mortals.finish(batch)
        assert differences(mortals.outcome(series, batch), wanted) == []


@pytest.fixture
def mortal_place(tmp_path):
    """A registry in a cluster of its own. Processes are killed, not the machine: fsync makes no difference."""
    cluster = Cluster("fsync = off")
    try:
        there = Mortals(cluster.url, make_template(cluster.url), tmp_path / "mortal")
        try:
            yield cluster, there
        finally:
            there.registry.stop_registrar(signal.SIGKILL)
            there.registry.stop(signal.SIGKILL)
            there.office.register.close()
            there.registry.database.close()
    finally:
        cluster.remove()


def test_a_database_killed_while_a_file_takes_effect_leaves_what_would_have_come_undisturbed(mortal_place):
    cluster, there = mortal_place
    wanted, kills = there.undisturbed(), 0
    while kills < DATABASE_KILLS:
        series = next(there.series)
        batch = there.send(series)
        for round_ in range(2):
            there.until_steps(batch, there.random.randint(1, 30))
            cluster.kill_everything()
            if round_ == 1:  # both at once
                there.registry.stop_registrar(signal.SIGKILL)
            cluster.start()
            there.registry.reconnect()
            if round_ == 1:
                there.registry.start_registrar()
            kills += 1
        there.finish(batch)
        assert differences(there.outcome(series, batch), wanted) == []


def again_lost(there, batch):
    """What a crash of the database leaves of the rows that wait."""
    there.registry.execute("TRUNCATE registry.batch_stage")
    there.registry.execute("SELECT registry.batch_check_begin(%s, 1::int2, NULL)", batch)


def test_rows_that_a_crash_took_are_read_again_though_the_registrar_dies_while_it_reads_them(mortals):
    wanted = mortals.undisturbed()
    series = next(mortals.series)
    batch = mortals.send(series)
    mortals.until_steps(batch, 15)
    mortals.registry.stop_registrar(signal.SIGKILL)
    again_lost(mortals, batch)  # it had begun to read them again, and died
    mortals.registry.start_registrar()
    mortals.finish(batch)
    assert differences(mortals.outcome(series, batch), wanted) == []


def test_nothing_of_a_finished_batch_stays_behind_though_the_registrar_died_before_it_swept(mortals):
    series = next(mortals.series)
    batch = mortals.send(series)
    mortals.finish(batch)
    mortals.registry.execute(
        "INSERT INTO registry.batch_stage (batch_id, row_no, operation, severity, digest) VALUES (%s, 999999, 1, 0, '')", batch)
    mortals.registry.stop_registrar(signal.SIGKILL)
    mortals.registry.start_registrar(chores_ms=100)
    until(lambda: mortals.registry.one("SELECT count(*) FROM registry.batch_stage WHERE batch_id = %s", batch) == 0)
