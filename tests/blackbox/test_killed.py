"""Server and database are killed under load: every answer that was given is on record, once."""
import os
import signal

import pytest

from harness.cluster import Cluster, make_template
from harness.load import Load
from harness.registry import Registry
from harness.wait import until

KILLS = int(os.environ.get("KILLS", "20"))
DATABASE_KILLS = int(os.environ.get("DATABASE_KILLS", "5"))


def test_a_server_killed_at_any_moment_leaves_no_answer_without_its_record_and_none_twice(make_registry):
    registry = make_registry().start()
    with Load(registry, registry.people.add().question()) as load:
        for round_ in range(KILLS):
            goal = len(load.answered) + 5 + round_ % 7
            until(lambda goal=goal: len(load.answered) >= goal, 30)
            registry.stop(signal.SIGKILL)
            registry.start()
    assert load.all_on_record()


@pytest.fixture
def mortal(tmp_path):
    """A registry in a cluster of its own. Processes are killed, not the machine: fsync makes no difference."""
    cluster = Cluster("fsync = off")
    try:
        registry = Registry(tmp_path / "mortal", cluster.url, make_template(cluster.url), bulk_chunk=0)
        try:
            yield cluster, registry.start()
        finally:
            registry.stop(signal.SIGKILL)
            registry.database.close()
    finally:
        cluster.remove()


def test_a_database_killed_under_load_leaves_no_answer_without_its_record_and_none_twice(mortal):
    cluster, registry = mortal
    body = registry.people.add().question()
    with Load(registry, body) as load:
        for round_ in range(DATABASE_KILLS):
            goal = len(load.answered) + 20
            until(lambda goal=goal: len(load.answered) >= goal, 30)
            if round_ % 2 == 0:
                cluster.kill_everything()
            else:
                os.kill(cluster.postmaster(), signal.SIGKILL)
            until(lambda: registry.admin("/ready")[0] == 503, 10)
            cluster.start()
            goal = len(load.answered) + 1
            until(lambda goal=goal: len(load.answered) >= goal, 20)
    registry.reconnect()
    assert load.all_on_record()
    assert set(load.failed) <= {"store_lost", "store_late", "store_busy", "directory_stale"}
