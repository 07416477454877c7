"""A private PostgreSQL, made and ended by deploy/cluster.sh, with a template of a migrated database."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import uuid

import psycopg2

from harness.server import ROOT, shikaku

class Cluster:
    """A PostgreSQL of the tests' own, which may be killed."""

    def __init__(self, settings=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shikaku-test-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.environment = os.environ | {"RUN_DIR": str(self.folder), "PG_SETTINGS": settings}
        try:
            self.start()
        except BaseException:
            self.remove()
            raise

    def run(self, *words):
        done = subprocess.run([str(ROOT / "deploy/cluster.sh"), *words], cwd=ROOT, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self):
        self.run("start")

    def let_batches_yield(self, log, *pids):
        """What a machine of the database runs besides; it ends with the cluster."""
        return subprocess.Popen([ROOT / "deploy/yield.sh", self.url, *map(str, pids)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def make_ready(self, megabytes=4000):
        """Files of the log that a cluster has which was busy yesterday."""
        self.run("ready", str(megabytes))

    def stop(self):
        self.run("stop")

    @property
    def url(self):
        return self.run("url")

    def postmaster(self):
        pid_file = (self.folder / "pg").resolve() / "postmaster.pid"
        return int(pid_file.read_text(encoding="ascii").splitlines()[0])

    def kill_everything(self):
        """SIGKILL to the postmaster and to every process it started."""
        postmaster = self.postmaster()
        children = (pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children")).read_text(encoding="ascii")
        for pid in [postmaster, *map(int, children.split())]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def remove(self):
        try:
            self.run("remove")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def make_template(superuser_url):
    """A migrated database that others are copied from; its name."""
    name = "template_" + uuid.uuid4().hex[:12]
    execute(superuser_url, f"CREATE DATABASE {name}")
    shikaku("migrate", "--database", address_of(superuser_url, dbname=name), "--folder", ROOT / "migrations")
    return name


def address_of(url, **changes):
    parts = psycopg2.extensions.parse_dsn(url) | changes
    return " ".join(f"{key}={value}" for key, value in parts.items())


def execute(url, sql):
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        connection.cursor().execute(sql)
    finally:
        connection.close()


def query(url, sql):
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
