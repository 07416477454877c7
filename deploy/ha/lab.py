"""A highly available registry on one machine: each host is a network namespace, and all of them meet at one bridge.

    db1 db2 db3   PostgreSQL under Patroni, and etcd
    app1 app2     shikaku serve, and HAProxy to whichever node leads
    entry         HAProxy to whichever servers are ready
    net           the bridge; clients ask from here

Templates beside this file are the settings of real hosts; here they get a folder and an address. Everything lies in one
folder of /var/tmp, nothing listens outside of the namespaces, and close() ends what was started, by its number. As root.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
SHIKAKU = ROOT / "build/release/shikaku"
NETWORK = "10.77.0"
NODES = {"db1": 11, "db2": 12, "db3": 13}
SERVERS = {"app1": 21, "app2": 22}
HOSTS = {**NODES, **SERVERS, "entry": 2}
ENTRY = f"{NETWORK}.2"
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
WAIT_S = 90


def address(host):
    return f"{NETWORK}.{HOSTS[host]}"


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300, check=False, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{words[:4]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def until(condition, what, seconds=WAIT_S):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimeoutError(what)
        time.sleep(0.05)  # the pace of a look, not how long anything takes


def fetch(url, seconds=1):
    """Status and text; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, ""
    except OSError:
        return 0, ""


class Lab:
    def __init__(self, people=5000):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shikaku-ha-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.prefix = f"shikaku-{os.getpid()}-"
        self.people = people
        self.password = secrets.token_hex(16)
        self.owner = pwd.getpwnam("postgres")
        self.pg_bin = max(pathlib.Path("/usr/lib/postgresql").iterdir(), key=lambda path: int(path.name)) / "bin"
        self.processes = {}  # (host, program): Popen
        self.pki = self.folder / "pki"

    # ---- the network -----------------------------------------------------------------------------

    def name(self, host):
        return self.prefix + host

    def make_network(self):
        run("ip", "netns", "add", self.name("net"))
        run("ip", "-n", self.name("net"), "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", self.name("net"), "address", "add", f"{NETWORK}.1/24", "dev", "bridge")
        for host in HOSTS:
            run("ip", "netns", "add", self.name(host))
            run("ip", "-n", self.name("net"), "link", "add", host, "type", "veth", "peer", "name", "wire", "netns",
                self.name(host))
            run("ip", "-n", self.name("net"), "link", "set", host, "master", "bridge", "up")
            run("ip", "-n", self.name(host), "address", "add", f"{address(host)}/24", "dev", "wire")
            for link in ("wire", "lo"):
                run("ip", "-n", self.name(host), "link", "set", link, "up")
        for link in ("bridge", "lo"):
            run("ip", "-n", self.name("net"), "link", "set", link, "up")

    def cut(self, host):
        """The host lives on, and nobody reaches it: packets are lost, connections are not closed."""
        run("ip", "-n", self.name("net"), "link", "set", host, "down")

    def heal(self, host):
        run("ip", "-n", self.name("net"), "link", "set", host, "up")

    @contextlib.contextmanager
    def inside(self, host):
        """This thread is on that host meanwhile."""
        with open("/proc/thread-self/ns/net", "rb") as home, open(f"/run/netns/{self.name(host)}", "rb") as there:
            self.enter(there)
            try:
                yield
            finally:
                self.enter(home)

    @staticmethod
    def enter(namespace):
        if LIBC.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    # ---- programs --------------------------------------------------------------------------------

    def fill(self, template, path, **words):
        text = (HERE / template).read_text()
        for key, value in words.items():
            text = text.replace(f"@{key}@", str(value))
        left = re.findall(r"@[A-Z_]+@", text)
        assert left == [], left
        path.write_text(text)
        path.chmod(0o640)
        shutil.chown(path, "root", self.owner.pw_gid)

    def start(self, host, program, *words, user=None):
        as_user = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        with open(self.folder / host / f"{program}.log", "ab") as log:
            self.processes[host, program] = subprocess.Popen(
                ["ip", "netns", "exec", self.name(host), *as_user, *map(str, words)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=os.environ | {"HOME": str(self.folder / host)}, cwd=self.folder / host)

    def log(self, host, program):
        return (self.folder / host / f"{program}.log").read_text(errors="replace")

    def end(self, host, program, how=signal.SIGTERM, seconds=40):
        process = self.processes.pop((host, program))
        process.send_signal(how)
        return process.wait(seconds)

    def postmaster(self, node):
        return int((self.folder / node / "pg/postmaster.pid").read_text().split("\n")[0])

    def kill(self, pids):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def lose_power(self, host):
        """Nothing of the host runs from one moment to the next, and nobody hears of it."""
        self.cut(host)
        pids = [int(pid) for pid in run("ip", "netns", "pids", self.name(host)).split()]
        self.kill(pids)
        for key in [key for key in self.processes if key[0] == host]:
            self.processes.pop(key).wait(10)

    # ---- the database ----------------------------------------------------------------------------

    def make_node(self, node):
        folder = self.folder / node
        folder.mkdir(mode=0o700)
        run(SHIKAKU, "pki", "issue", "--dir", self.pki, "--kind", "server", "--subject", node, "--out", folder / "server",
            "--san", f"database,{node},{address(node)}")
        words = {"NAME": node, "FOLDER": folder, "ADDRESS": address(node), "PASSWORD": self.password,
                 "PG_BIN": self.pg_bin, "NETWORK": f"{NETWORK}.0/24", "SHARED_BUFFERS": "256MB", "WATCHDOG": "off",
                 "AUTHORITY": self.pki / "ca.pem",
                 "ETCD_HOSTS": ",".join(f"{address(one)}:2379" for one in NODES),
                 "ETCD_CLUSTER": ",".join(f"{one}=http://{address(one)}:2380" for one in NODES)}
        self.fill("etcd.yml.in", folder / "etcd.yml", **words)
        self.fill("patroni.yml.in", folder / "patroni.yml", **words)
        (folder / "etcd").mkdir(mode=0o700)
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def start_etcd(self, node):
        self.start(node, "etcd", "etcd", "--config-file", self.folder / node / "etcd.yml", user="postgres")

    def start_node(self, node):
        self.start_etcd(node)
        self.start(node, "patroni", "patroni", self.folder / node / "patroni.yml", user="postgres")

    def patroni(self, node, path="/patroni"):
        with self.inside("net"):
            status, text = fetch(f"http://{address(node)}:8008{path}")
        return status, json.loads(text) if text.startswith("{") else {}

    def leader(self):
        """The node that says that it leads; None while nobody does."""
        return next((node for node in NODES if self.patroni(node, "/primary")[0] == 200), None)

    def is_whole(self):
        """One leads, two follow, and one of these confirms."""
        states = [self.patroni(node)[1] for node in NODES]
        return (sum(state.get("role") in ("master", "primary") for state in states) == 1
                and all(state.get("state") in ("running", "streaming") for state in states)
                and sum(self.patroni(node, "/synchronous")[0] == 200 for node in NODES) == 1
                and len({state.get("timeline") for state in states}) == 1
                and any(len(state.get("replication", [])) == 2 for state in states))

    def dsn(self, host, user="postgres", name="shikaku"):
        place = "host=database hostaddr=127.0.0.1" if host in SERVERS else f"host={host} hostaddr={address(host)}"
        return (f"{place} port=5432 dbname={name} user={user} password={self.password} connect_timeout=3"
                f" sslmode=verify-full sslrootcert={self.pki / 'ca.pem'}")

    def psql(self, sql, node=None, name="shikaku"):
        node = node or until(self.leader, "nobody leads")
        return run("ip", "netns", "exec", self.name("net"), "psql", "--no-psqlrc", "-qAtX", "--set", "ON_ERROR_STOP=1",
                   "--dbname", self.dsn(node, name=name), "--command", sql).strip()

    def on_leader(self, *words):
        """A program of ours beside the leader, whose last word is its connection string."""
        return run("ip", "netns", "exec", self.name("net"), *words, "--database", self.dsn(until(self.leader, "leader")))

    def migrate(self, folder=ROOT / "migrations"):
        return self.on_leader(SHIKAKU, "migrate", "--folder", folder)

    # ---- the servers -----------------------------------------------------------------------------

    def make_servers(self):
        database = "\n    ".join(f"server {node} {address(node)}:5432 check" for node in NODES)
        servers = "\n    ".join(f"server {one} {address(one)}:8443 check" for one in SERVERS)
        for server in SERVERS:
            folder = self.folder / server
            folder.mkdir()
            self.fill("haproxy-database.cfg.in", folder / "haproxy.cfg", DATABASE_SERVERS=database)
            (folder / "serve.conf").write_text("".join(f"{key} = {value}\n" for key, value in {
                "database": self.dsn(server, "shikaku_lookup"), "address": address(server),
                "admin_address": address(server), "tls_certificate": self.pki / "server.pem",
                "tls_key": self.pki / "server.key", "tls_authority": self.pki / "ca.pem",
                "tls_ticket_key": self.pki / "ticket.key", "pseudonym_key": self.pki / "pseudonym.key", "workers": 1,
                "budgets": 0,  # a load client asks as no facility may
            }.items()))
        (self.folder / "entry").mkdir()
        self.fill("haproxy-entry.cfg.in", self.folder / "entry/haproxy.cfg", ADDRESS=ENTRY, SERVERS=servers,
                  CONNECTIONS=4000)

    def start_haproxy(self, host):
        self.start(host, "haproxy", "haproxy", "-db", "-f", self.folder / host / "haproxy.cfg")

    def start_server(self, server):
        self.start(server, "serve", SHIKAKU, "serve", "--config", self.folder / server / "serve.conf")

    def is_ready(self, server):
        with self.inside("net"):
            return fetch(f"http://{address(server)}:9464/ready")[0] == 200

    def await_servers(self):
        for server in SERVERS:
            until(lambda server=server: self.is_ready(server), f"{server} is not ready")

    # ---- all of it -------------------------------------------------------------------------------

    def open(self):
        self.make_network()
        run(SHIKAKU, "pki", "init", "--dir", self.pki, "--san", f"registry,{ENTRY}")
        self.pki.chmod(0o755)
        (self.pki / "ca.pem").chmod(0o644)
        for node in NODES:
            self.make_node(node)
            self.start_node(node)
        until(self.is_whole, "the database does not come together")
        self.psql("CREATE DATABASE shikaku", name="postgres")
        self.migrate()
        for role in ("lookup", "registrar", "portal"):
            self.psql(f"ALTER ROLE shikaku_{role} PASSWORD '{self.password}'")
        self.on_leader(ROOT / "build/release/population", "--people", self.people, "--seed", 1, "--questions",
                       self.folder / "questions.txt")
        code = self.psql("SELECT facility_code FROM registry.facility WHERE status = 3 AND rights_profile = 1"
                         " AND kind = 1 AND valid_to IS NULL ORDER BY facility_id LIMIT 1")
        run(SHIKAKU, "pki", "issue", "--dir", self.pki, "--kind", "facility", "--subject", code, "--out", "hospital")
        self.on_leader(SHIKAKU, "admit", "--pki", self.pki)
        self.make_servers()
        for server in SERVERS:
            self.start_haproxy(server)
            self.start_server(server)
        self.start_haproxy("entry")
        self.await_servers()
        until(self.is_open, "nobody listens at the entry", 20)
        return self

    def is_open(self):
        with self.inside("net"), contextlib.suppress(OSError), socket.create_connection((ENTRY, 8443), timeout=1):
            return True
        return False

    def close(self):
        for host in HOSTS:
            with contextlib.suppress(RuntimeError):
                self.kill(int(pid) for pid in run("ip", "netns", "pids", self.name(host)).split())
        for process in self.processes.values():
            process.wait(10)
        for host in ("net", *HOSTS):
            with contextlib.suppress(RuntimeError):
                run("ip", "netns", "delete", self.name(host))
        shutil.rmtree(self.folder, ignore_errors=True)
