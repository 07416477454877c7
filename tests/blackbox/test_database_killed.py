"""The database is killed under load: every answer that was given is on record, once."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

import psycopg2
import pytest

from test_whole_line import ROOT, Registry, load, question, until

KILLS = int(os.environ.get("DATABASE_KILLS", "5"))


class Cluster:
    """A PostgreSQL of this test's own, which may be killed."""

    def __init__(self):
        self.state = pathlib.Path("build/test") / f"killed-{os.getpid()}"
        self.environment = os.environ | {"RUN_DIR": str(self.state)}

    def __call__(self, *words):
        done = subprocess.run(["deploy/cluster.sh", *words], cwd=ROOT, env=self.environment, capture_output=True,
                              text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def kill(self):
        pid = int((ROOT / self.state / "pg" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        os.kill(pid, signal.SIGKILL)

    def remove(self):
        self("remove")
        shutil.rmtree(ROOT / self.state, ignore_errors=True)


@pytest.fixture
def cluster():
    made = Cluster()
    made("start")
    try:
        yield made
    finally:
        made.remove()


def answers_again(registry):
    try:
        return registry.ask(question(1))[0].status == 200
    except OSError:
        return False


def test_when_the_database_is_killed_no_answer_is_without_its_record_and_none_is_doubled(cluster):
    stop, answered = threading.Event(), []
    with tempfile.TemporaryDirectory() as folder:
        registry = Registry(folder, cluster("url"))
        registry.start()
        threads = [threading.Thread(target=load, args=(registry, stop, answered)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(KILLS):
                goal = len(answered) + 20
                until(lambda g=goal: len(answered) >= g, 30)
                cluster.kill()
                until(lambda: registry.admin("/ready")[0] == 503, 10)
                cluster("start")
                until(lambda: answers_again(registry), 10)
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)
            registry.stop(signal.SIGKILL)
        with psycopg2.connect(**registry.address) as again, again.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT request_id) FROM registry.access_record WHERE request_id = ANY(%s::uuid[])",
                           (answered,))
            assert cursor.fetchone()[0] == len(answered)
            cursor.execute("SELECT count(*) FROM (SELECT FROM registry.access_record"
                           " GROUP BY actor_id, request_id, item_no HAVING count(*) > 1) AS doubled")
            assert cursor.fetchone()[0] == 0
