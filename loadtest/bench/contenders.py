"""What is compared: each contender is started, measured for one round, and stopped.

A contender has a name, a note, `start()`, `measure(seconds, connections)` -> dict, and `stop()`.
A measurement is the load client's JSON report (pgbench's is brought into the same form).
"""
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
KEYS_PER_SCRIPT = 50
CLIENTS_MOST = 32  # of pgbench
START_SECONDS = 20


class BenchError(Exception):
    """A part of the bench cannot run; the text says why."""


def cpu_seconds(root):
    """CPU time of a process and all its children, from /proc/PID/stat."""
    rows = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            text = pathlib.Path("/proc", entry, "stat").read_text()
        except OSError:
            continue
        field = text[text.rindex(")") + 2:].split()
        rows[int(entry)] = (int(field[1]), sum(int(x) for x in field[11:15]))
    family, grows = {root}, True
    while grows:
        more = {pid for pid, (parent, _) in rows.items() if parent in family} - family
        family |= more
        grows = bool(more)
    return sum(rows[pid][1] for pid in family if pid in rows) / os.sysconf("SC_CLK_TCK")


def children_cpu_seconds():
    """CPU time of the children that this process has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def port_free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_await(port, process, name):
    """Returns when somebody listens; the time limit is the only reason to look at the clock."""
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit:
        if process.poll() is not None:
            raise BenchError(f"{name} ended while starting")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BenchError(f"{name} does not listen after {START_SECONDS} s")


def process_stop(process):
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Load:
    """Runs the load client against one URL."""

    def __init__(self, site, url):
        self.site = site
        self.url = url

    def run(self, label, seconds, extra, watches=()):
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            command = [self.site.load, "--url", self.url, "--ca", self.site.ca, "--quiet",
                       "--label", label, "--seconds", str(seconds), "--json", out.name]
            command += ["--cert-dir", self.site.cert_dir] if self.site.cert_dir else [
                "--cert", self.site.cert, "--key", self.site.key]
            for name, pid in watches:
                command += ["--watch", f"{name}={pid}"]
            done = subprocess.run(command + [str(x) for x in extra], stderr=subprocess.PIPE,
                                  text=True, timeout=seconds * 4 + 120, check=False)
            if done.returncode > 1:
                raise BenchError(f"{label}: {done.stderr.strip()}")
            report = json.loads(pathlib.Path(out.name).read_text())
            report["exit_code"] = done.returncode
            return report


class Server:
    """What HTTPS contenders share."""

    asks = True  # questions, or a static file

    def __init__(self, site):
        self.site = site
        self.process = None
        self.url = None
        self.pid = None

    def _request(self):
        return ["--questions", self.site.questions, "--check"]

    def watches(self):
        found = [("server", self.pid)] if self.pid else []
        if self.asks and self.site.postgres_pid:
            found.append(("postgres", self.site.postgres_pid))
        return found

    def load(self, seconds, *extra):
        return Load(self.site, self.url).run(self.name, seconds, [*self._request(), *extra],
                                             self.watches())

    def measure(self, seconds, connections):
        return self.load(seconds, "--connections", connections, "--seed", time.time_ns() % 10**9)

    def start(self):
        pass

    def stop(self):
        process_stop(self.process)
        self.process = None


class Shikaku(Server):
    name = "shikaku"
    note = "the registry: lookup, judgement, committed access record"

    def start(self):
        self.url = self.site.url
        self.pid = self.site.server_pid


class Nginx(Server):
    name = "nginx"
    note = "static file of the same size; no database"
    asks = False

    def _request(self):
        return ["--static", "/answer.json"]

    def start(self):
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            raise BenchError("it is not installed")
        root = self.site.scratch / "nginx"
        (root / "www").mkdir(parents=True, exist_ok=True)
        (root / "www" / "answer.json").write_text("x" * self.site.answer_bytes)
        port = port_free()
        values = {"ROOT": root, "PORT": port, "CERT": self.site.server_cert,
                  "KEY": self.site.server_key, "CA": self.site.client_ca,
                  "USER": "user root;" if os.geteuid() == 0 else ""}
        text = (HERE / "nginx.conf.in").read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        (root / "nginx.conf").write_text(text)
        self.process = subprocess.Popen(
            [program, "-p", str(root), "-e", str(root / "error.log"), "-c", str(root / "nginx.conf")])
        self.pid = self.process.pid
        self.url = f"https://127.0.0.1:{port}/"
        port_await(port, self.process, "nginx")


class Fastify(Server):
    name = "fastify"
    note = "Node.js, fastify and pg: same lookup, no access record"

    def start(self):
        folder = self.site.cache / "node"
        shutil.copytree(HERE / "node", folder, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("node_modules"))
        if shutil.which("node") is None or shutil.which("npm") is None:
            raise BenchError("node or npm is not installed")
        lock, installed = folder / "package-lock.json", folder / "node_modules/.package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                  timeout=300)
            if done.returncode != 0:
                raise BenchError("npm ci failed: " + done.stdout.strip()[-300:])
        port = port_free()
        environment = dict(os.environ, **self.site.pg_environment(), PORT=str(port),
                           CERT=str(self.site.server_cert), KEY=str(self.site.server_key),
                           CA=str(self.site.client_ca), NODE_ENV="production")
        self.process = subprocess.Popen(["node", "server.js"], cwd=folder, env=environment)
        self.pid = self.process.pid
        self.url = f"https://127.0.0.1:{port}/v1/eligibility/check"
        port_await(port, self.process, "fastify")


class Pgbench:
    """The lookup alone. Keys come fifty at a time from a table, then one statement per key.

    Its kinds share the table; each says what it does with one key.
    """

    name = "pgbench"
    note = "the same lookup, pgbench -M prepared; no TLS, no record"
    asks = True
    begin, end = "", ""  # of fifty keys
    before, after = "", ""  # of one key
    prepares = []  # kinds that are started: the last one that stops takes the table away

    def __init__(self, site):
        self.site = site
        self.script = None

    def start(self):
        if shutil.which("pgbench") is None:
            raise BenchError("it is not installed")
        if not self.prepares:
            self.keys_make()
        self.prepares.append(self)
        sets = int(self.site.psql("SELECT count(*) FROM bench.keys"))
        if sets == 0:
            raise BenchError("pgbench: too few people in the registry")
        numbers = range(1, KEYS_PER_SCRIPT + 1)
        columns = ", ".join(f"keys[{i}] AS k{i}, births[{i}] AS b{i}" for i in numbers)
        lines = [f"\\set n random(0, {sets - 1})",
                 f"SELECT {columns} FROM bench.keys WHERE set_no = :n \\gset", self.begin]
        for i in numbers:
            lines += [self.before, "SELECT person_id, version, body FROM registry.eligibility_find("
                      f"ARRAY[NULL::int4], ARRAY[:k{i}::text], ARRAY[:b{i}::date]);", self.after]
        self.script = self.site.scratch / f"{self.name}.pgbench"
        self.script.write_text("\n".join(line for line in [*lines, self.end] if line) + "\n")

    def keys_make(self):
        self.site.psql(f"""
            DROP SCHEMA IF EXISTS bench CASCADE;
            CREATE SCHEMA bench;
            CREATE TABLE bench.lookup AS
                SELECT (n / {KEYS_PER_SCRIPT})::int AS set_no, n % {KEYS_PER_SCRIPT} AS at,
                       card_key, birth_date
                FROM (SELECT card_key, birth_date, row_number() OVER (ORDER BY md5(card_key)) - 1 AS n
                      FROM registry.card LIMIT 100000) AS drawn;
            CREATE TABLE bench.keys AS
                SELECT set_no, array_agg(card_key ORDER BY at) AS keys,
                       array_agg(birth_date ORDER BY at) AS births
                FROM bench.lookup GROUP BY set_no HAVING count(*) = {KEYS_PER_SCRIPT};
            ALTER TABLE bench.keys ADD PRIMARY KEY (set_no);
            DROP TABLE bench.lookup;
            ANALYZE bench.keys;
            GRANT USAGE ON SCHEMA bench TO PUBLIC;
            GRANT SELECT ON bench.keys TO PUBLIC;""")

    def measure(self, seconds, connections):
        clients = str(min(CLIENTS_MOST, connections))
        before = cpu_seconds(self.site.postgres_pid) if self.site.postgres_pid else 0
        own_before = children_cpu_seconds()
        done = subprocess.run(
            ["pgbench", "-n", "-M", "prepared", "-f", str(self.script), "-c", clients, "-j", "1",
             "-T", str(max(1, round(seconds)))], env=dict(os.environ, **self.site.pg_environment()),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            timeout=seconds * 3 + 60)
        rate = re.search(r"tps = ([0-9.]+)", done.stdout)
        scripts = re.search(r"actually processed: (\d+)", done.stdout)
        if done.returncode != 0 or not rate or not scripts:
            raise BenchError("pgbench: " + done.stderr.strip()[-300:])
        lookups = int(scripts[1]) * KEYS_PER_SCRIPT
        each = 1e6 / max(1, lookups)
        report = {"rate": float(rate[1]) * KEYS_PER_SCRIPT, "good": lookups, "exit_code": 0, "latency_us": {},
                  "cpu_us_each": {"client": (children_cpu_seconds() - own_before) * each}}
        if self.site.postgres_pid:
            report["cpu_us_each"]["postgres"] = (cpu_seconds(self.site.postgres_pid) - before) * each
        return report

    def stop(self):
        if self in self.prepares:
            self.prepares.remove(self)
            if not self.prepares:
                self.site.psql("DROP SCHEMA IF EXISTS bench CASCADE")


class PgbenchPiped(Pgbench):
    name = "pg-piped"
    note = "as pgbench, fifty lookups in one pipeline: no round trip for each"
    begin, end = "\\startpipeline", "\\endpipeline"


class PgbenchRecord(Pgbench):
    """One transaction per key, as a service without batches would do it."""

    name = "pg-record"
    note = "as pgbench, and an access record of the same columns in the same transaction, committed"
    before, after = "BEGIN;", (HERE / "record.sql").read_text(encoding="utf-8") + "COMMIT;"


class PgbenchRecordPiped(PgbenchRecord):
    name = "pg-rec-pipe"
    note = "as pg-record, each transaction in one pipeline"
    before, after = "\\startpipeline\nBEGIN;", PgbenchRecord.after + "\n\\endpipeline"


ALL = {contender.name: contender for contender in
       (Shikaku, Nginx, Fastify, Pgbench, PgbenchPiped, PgbenchRecord, PgbenchRecordPiped)}
