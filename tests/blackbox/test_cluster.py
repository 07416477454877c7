"""deploy/cluster.sh: what start promises, whatever state the cluster is in."""
import contextlib
import os
import signal
import subprocess
import threading

import psycopg2
import pytest

from harness.cluster import Cluster, execute, query
from harness.server import ROOT, SLOWNESS
from harness.wait import until

STUCK_S = 1


@pytest.fixture
def cluster():
    made = Cluster("fsync = off")
    try:
        yield made
    finally:
        made.remove()


def test_a_cluster_that_is_about_to_die_is_not_taken_for_one_that_runs(cluster):
    postmaster = cluster.postmaster()
    os.kill(postmaster, signal.SIGSTOP)  # it is there, and does not answer
    starting = threading.Thread(target=cluster.start)
    starting.start()
    starting.join(STUCK_S * SLOWNESS)
    os.kill(postmaster, signal.SIGKILL)
    starting.join(60 * SLOWNESS)
    execute(cluster.url, "SELECT 1")
    assert cluster.postmaster() != postmaster


def test_starting_what_runs_changes_nothing(cluster):
    postmaster = cluster.postmaster()
    cluster.start()
    assert cluster.postmaster() == postmaster


def test_a_log_that_is_made_ready_is_not_made_while_others_write():
    cluster = Cluster("fsync = off\nmin_wal_size = 256MB")
    try:
        cluster.make_ready(128)
        ahead = "SELECT count(*) FROM pg_ls_waldir() WHERE name > pg_walfile_name(pg_current_wal_lsn()) AND length(name) = 24"
        assert query(cluster.url, ahead)[0][0] >= 7
    finally:
        cluster.remove()


@pytest.mark.parametrize("amount", ["", "much", "-1", "1; DROP TABLE x"])
def test_how_much_log_is_made_ready_is_a_number(cluster, amount):
    with pytest.raises(AssertionError, match="how many MB"):
        cluster.make_ready(amount)


# ---- deploy/yield.sh -----------------------------------------------------------------------------

def ends(process):
    return process.wait(timeout=30 * SLOWNESS)


def test_sessions_of_batches_give_way_and_no_others_do(cluster, tmp_path):
    with contextlib.ExitStack() as stack:
        def session(name):
            connection = stack.enter_context(contextlib.closing(psycopg2.connect(cluster.url, application_name=name)))
            return connection.info.backend_pid
        before, question = session("shikaku batch"), session("shikaku")
        log = stack.enter_context(open(tmp_path / "log", "wb"))
        yielding = cluster.let_batches_yield(log)
        try:
            until(lambda: os.sched_getscheduler(before) == os.SCHED_IDLE)
            after = session("shikaku batch")
            until(lambda: os.sched_getscheduler(after) == os.SCHED_IDLE)
            assert {os.sched_getscheduler(pid) for pid in (question, cluster.postmaster())} == {os.SCHED_OTHER}
        finally:
            yielding.terminate()
        assert ends(yielding) == 0


def test_who_lets_batches_yield_says_that_the_database_ended(cluster, tmp_path):
    with open(tmp_path / "log", "wb") as log:
        yielding = cluster.let_batches_yield(log)
        until(lambda: "groups:" in (tmp_path / "log").read_text(encoding="utf-8"))
        cluster.stop()
        assert ends(yielding) == 1
    assert "yield: the database ended" in (tmp_path / "log").read_text(encoding="utf-8")


def test_who_lets_batches_yield_without_a_database_says_how_to_call_it():
    done = subprocess.run([ROOT / "deploy/yield.sh"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 64 and "yield.sh URL [PID...]" in done.stderr and "set -e" not in done.stderr
