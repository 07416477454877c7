"""One registry: a database copied from the template, an authority, a server on free ports."""
import contextlib
import functools
import http.client
import itertools
import json
import pathlib
import re
import signal
import ssl
import time
import uuid

import psycopg2

from harness.client import Connection
from harness.cluster import address_of
from harness.people import INSURER, NATIONAL, NEAR_INSURER, People
from harness.ports import free_port
from harness.server import SLOWNESS, Server, shikaku
from harness.wait import until

CLOCK_LATE_S = 0.02  # the server reads a coarse clock
CHECK = "/v1/eligibility/check"
INSURERS = [(INSURER, "架空健康保険組合", 2), (NATIONAL, "架空市", 4), (NEAR_INSURER, "別架空健康保険組合", 2),
            ("01139997", "架空協会", 1)]
KINDS = {1: "hospital", 2: "medical_clinic", 3: "dental_clinic", 4: "pharmacy", 5: "home_nursing",
         6: "judo_acupuncture"}


def new_id():
    return str(uuid.uuid4())


class Registry:
    """`start()` and `close()` are the caller's; everything else works from the beginning."""

    def __init__(self, folder, superuser_url, template, **settings):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.superuser_url = superuser_url
        self.name = "blackbox_" + uuid.uuid4().hex[:12]
        self.server = None
        self.registrar = None
        self.portal = None
        self.office = None
        self.facility_numbers = itertools.count(1)
        self.on_superuser(f"CREATE DATABASE {self.name} TEMPLATE {template}")
        self.database = psycopg2.connect(self.address())
        self.database.autocommit = True
        self.people = People(self.execute)
        self.pki = self.folder / "pki"
        shikaku("pki", "init", "--dir", self.pki)
        for number, name, kind in INSURERS:
            self.people.insert("insurer", insurer_number=number, name=name, kind=kind, contact_phone="00-0000-0000",
                               valid_from="2000-01-01", last_heard_at="2026-01-02 03:04:05+09", usual_lag_days=2)
        self.facilities = {"hospital": self.add_facility("hospital", kind=1),
                           "clinic": self.add_facility("clinic", kind=2)}
        self.admit()
        self.settings = {
            "database": self.address(user="shikaku_lookup"), "port": free_port(), "admin_port": free_port(),
            "tls_certificate": self.pki / "server.pem", "tls_key": self.pki / "server.key",
            "tls_authority": self.pki / "ca.pem", "tls_ticket_key": self.pki / "ticket.key",
            "pseudonym_key": self.pki / "pseudonym.key", "directory_poll_ms": 200, "budgets": 0, **settings,
        }
        self.registrar_settings = {
            **{key: self.settings[key] for key in ("tls_certificate", "tls_key", "tls_authority", "tls_ticket_key",
                                                   "pseudonym_key", "directory_poll_ms")},
            "database": self.address(user="shikaku_registrar"), "port": free_port(), "admin_port": free_port(),
            "spool": self.folder / "spool", "spool_reserve_bytes": 0, "document_key": self.pki / "document.key",
        }

    # ---- the database ----------------------------------------------------------------------------

    def address(self, **changes):
        return address_of(self.superuser_url, dbname=self.name, **changes)

    def reconnect(self):
        """After the cluster has been away."""
        self.database.close()
        self.database = psycopg2.connect(self.address())
        self.database.autocommit = True

    def on_superuser(self, sql):
        connection = psycopg2.connect(self.superuser_url)
        try:
            connection.autocommit = True
            connection.cursor().execute(sql)
        finally:
            connection.close()

    def execute(self, sql, *values):
        with self.database.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def one(self, sql, *values):
        return self.execute(sql, *values)[0][0]

    def records(self, request_id=None):
        """Access records as dictionaries, of one request or all."""
        with self.database.cursor() as cursor:
            cursor.execute("SELECT * FROM registry.access_record"
                           + (" WHERE request_id = %s" if request_id else ""), (request_id,))
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def record(self, request_id):
        """Of the request itself; items of its list, which may be answered by now, have records of their own."""
        found = [one for one in self.records(request_id) if one["item_no"] == 0]
        assert len(found) == 1, f"{len(found)} records of one request"
        return found[0]

    def record_count(self):
        return self.one("SELECT count(*) FROM registry.access_record")

    def doubled(self):
        return self.execute("SELECT request_id FROM registry.access_record"
                            " GROUP BY actor_id, request_id, item_no HAVING count(*) > 1")

    # ---- facilities and certificates -------------------------------------------------------------

    def add_facility(self, who=None, *, kind=1, status=3, rights=1, valid_from="2020-01-01", valid_to=None):
        """A facility, with a certificate under the name `who`; admit() lets it in. Returns its id."""
        code = f"1399{next(self.facility_numbers):06d}"
        facility_id = self.people.insert(
            "facility", "facility_id", facility_code=code, kind=kind, prefecture=13, name=f"架空{KINDS[kind]}",
            status=status, rights_profile=rights, valid_from=valid_from, valid_to=valid_to)
        if who is not None:
            self.issue(code, who)
        return facility_id

    def facility_code(self, who):
        return self.one("SELECT facility_code FROM registry.facility WHERE facility_id = %s", self.facilities[who])

    def set_facility(self, facility_id, **columns):
        for name, value in columns.items():
            self.execute(f"UPDATE registry.facility SET {name} = %s WHERE facility_id = %s", value, facility_id)

    def issue(self, subject, out, *more, pki=None, kind="facility"):
        return json.loads(shikaku("pki", "issue", "--dir", pki or self.pki, "--kind", kind, "--subject", subject,
                                  "--out", out, *more))

    def add_insurer(self, who, number, name="架空健康保険組合", *, kind=2, valid_from="2000-01-01", valid_to=None):
        """An insurer that may be there already, with a certificate under the name `who`; admit() lets it in."""
        self.execute("INSERT INTO registry.insurer (insurer_number, name, kind, valid_from, valid_to)"
                     " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING", number, name, kind, valid_from, valid_to)
        return self.issue(number, who, kind="insurer")

    def admit(self, pki=None):
        shikaku("admit", "--database", self.address(), "--pki", pki or self.pki)
        self.until_all_heard()

    def revoke(self, serial):
        shikaku("pki", "revoke", "--dir", self.pki, "--serial", serial, "--reason", "key_compromise")
        self.admit()

    # ---- the server ------------------------------------------------------------------------------

    @property
    def log_path(self):
        return self.folder / "serve.log"

    def log(self, name="serve"):
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def write_settings(self, name="serve", settings=None):
        text = "".join(f"{key} = {value}\n" for key, value in (settings or self.settings).items())
        (self.folder / f"{name}.conf").write_text(text, encoding="utf-8")

    def launch(self, name, settings):
        self.write_settings(name, settings)
        return Server(name, self.folder / f"{name}.conf", self.folder / f"{name}.log")

    def start(self, wait=True, **settings):
        assert self.server is None
        self.settings.update(settings)
        self.server = self.launch("serve", self.settings)
        if wait:
            until(self.is_ready)
        return self

    def start_registrar(self, wait=True, **settings):
        """The second program, for insurers, on ports of its own."""
        assert self.registrar is None
        self.registrar_settings.update(settings)
        self.registrar = self.launch("registrar", self.registrar_settings)
        if wait:
            until(self.registrar_is_ready)
        return self

    def start_portal(self, **settings):
        """The third program, for people, on ports of its own; it takes the cards that serve takes."""
        assert self.portal is None
        shared = ("tls_certificate", "tls_key", "tls_authority", "tls_ticket_key", "pseudonym_key", "directory_poll_ms",
                  "card_authorities", "card_revocations", "card_poll_s", "card_ocsp", "card_ocsp_ms", "challenge_key",
                  "clock", "clock_shift_s")
        self.portal_settings = {**{key: self.settings[key] for key in shared if key in self.settings},
                                "database": self.address(user="shikaku_portal"), "port": free_port(),
                                "admin_port": free_port(), "document_key": self.pki / "document.key", **settings}
        self.portal = self.launch("portal", self.portal_settings)
        until(self.portal_is_ready)
        return self

    def portal_is_ready(self):
        assert self.portal.poll() is None, "the portal ended: " + self.log("portal")[-2000:]
        return self.admin("/ready", port=self.portal_settings["admin_port"])[0] == 200

    def start_office(self, **settings):
        """The program for operators, on ports of its own."""
        assert self.office is None
        shared = ("tls_certificate", "tls_key", "tls_authority", "tls_ticket_key", "pseudonym_key", "directory_poll_ms")
        self.office_settings = {**{key: self.settings[key] for key in shared}, "office_key": self.pki / "office.key",
                                "database": self.address(user="shikaku_office"), "port": free_port(),
                                "admin_port": free_port(), **settings}
        self.office = self.launch("office", self.office_settings)
        until(self.office_is_ready)
        return self

    def office_is_ready(self):
        assert self.office.poll() is None, "the office ended: " + self.log("office")[-2000:]
        return self.admin("/ready", port=self.office_settings["admin_port"])[0] == 200

    def stop(self, how=signal.SIGTERM):
        server, self.server = self.server, None
        return None if server is None else server.end(how)

    def stop_registrar(self, how=signal.SIGTERM):
        registrar, self.registrar = self.registrar, None
        return None if registrar is None else registrar.end(how)

    def restart(self, how=signal.SIGTERM, **settings):
        self.stop(how)
        return self.start(**settings)

    def close(self):
        running = [one for one in (self.office, self.portal, self.registrar, self.server) if one is not None]
        self.office = self.portal = self.registrar = self.server = None
        with contextlib.ExitStack() as ends:
            ends.callback(self.on_superuser, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
            ends.callback(self.database.close)
            for one in running:
                ends.callback(one.close)

    def admin(self, path, method="GET", port=None):
        """Status and text of the loopback port; 0 when nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.settings["admin_port"],
                                                timeout=5 * SLOWNESS)
        try:
            connection.request(method, path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def is_ready(self):
        assert self.server is None or self.server.poll() is None, "the server ended: " + self.log()[-2000:]
        return self.admin("/ready")[0] == 200

    def registrar_is_ready(self):
        assert self.registrar.poll() is None, "the registrar ended: " + self.log("registrar")[-2000:]
        return self.admin("/ready", port=self.registrar_settings["admin_port"])[0] == 200

    def metric(self, name, port=None, **labels):
        """One series; 0 when it has not appeared yet."""
        label = "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else ""
        found = re.search("^" + re.escape(name + label) + r" (\S+)$", self.admin("/metrics", port=port)[1],
                          re.MULTILINE)
        return float(found[1]) if found else 0.0

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def admin_ports(self):
        """Of every program that runs now."""
        programs = ((self.server, "settings"), (self.registrar, "registrar_settings"),
                    (self.portal, "portal_settings"), (self.office, "office_settings"))
        return [getattr(self, settings)["admin_port"] for program, settings in programs
                if program is not None and program.poll() is None]

    def until_all_heard(self, seconds=5):
        """Returns when the directory of every worker of every program holds what stands in the database now."""
        changed = time.monotonic() + CLOCK_LATE_S
        for port in self.admin_ports():
            until(lambda port=port: 0 < self.metric("shikaku_directory_age_seconds", port) < time.monotonic() - changed,
                  seconds)

    # ---- asking ----------------------------------------------------------------------------------

    def context(self, who="hospital", pki=None):
        return _context(str(self.pki / "ca.pem"), str(pki or self.pki), who)

    def connect(self, who="hospital", pki=None, timeout=10, port=None):
        return Connection(port or self.settings["port"], self.context(who, pki), timeout)

    def ask(self, body, request_id=None, connection=None, who="hospital", path=CHECK, method="POST", **headers):
        """One request, with the mandatory headers unless they are said to be None; words are headers."""
        head = {"X-Request-Id": request_id or new_id(), "Content-Type": "application/json"}
        head.update({key.replace("_", "-"): value for key, value in headers.items()})
        if body is not None and not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
        if connection is not None:
            return connection.request(method, path, body, head)
        with self.connect(who) as own:
            return own.request(method, path, body, head)

    def tell(self, method, path, body=None, who="insurer", **more):
        """As ask(), to the registrar, by an insurer."""
        if body is None:
            more.setdefault("Content_Type", None)
        with self.connect(who, port=self.registrar_settings["port"]) as own:
            return self.ask(body, connection=own, path=path, method=method, **more)

    def answers(self, body, **more):
        """The JSON of an answer that must be one."""
        reply = self.ask(body, **more)
        assert reply.status == 200, reply.code
        return reply.json


@contextlib.contextmanager
def locked(registry):
    """No access record can be written meanwhile."""
    holder = registry.database
    holder.autocommit = False
    holder.cursor().execute("LOCK TABLE registry.access_record IN ACCESS EXCLUSIVE MODE")
    try:
        yield holder
    finally:
        holder.rollback()
        holder.autocommit = True


def blocked(registry):
    return registry.one("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'shikaku_lookup'"
                        " AND wait_event_type = 'Lock'", registry.name)


@functools.lru_cache(maxsize=256)
def _context(authority, folder, who):
    context = ssl.create_default_context(cafile=authority)
    if who is not None:
        context.load_cert_chain(f"{folder}/{who}.pem", f"{folder}/{who}.key")
    return context
