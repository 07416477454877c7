"""deploy/cluster.sh: what start promises, whatever state the cluster is in."""
import os
import signal
import threading

import pytest

from harness.cluster import Cluster, execute, query
from harness.server import SLOWNESS

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
