"""The stand-in for the resident register, with an authority of its own, and `shikaku register-check` against it."""
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import urllib.parse

from harness.client import Connection
from harness.ports import free_port
from harness.server import SHIKAKU, SLOWNESS, shikaku
from harness.wait import until

PROGRAMS = pathlib.Path(SHIKAKU).parent
INQUIRY = "/v1/persons/inquiry"
WEIGHTS = [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]


def synthetic(body, shift=5):
    """Eleven digits with the check digit that nobody's number has; shift 0 would be somebody's."""
    rest = sum(int(digit) * weight for digit, weight in zip(f"{body:011d}", WEIGHTS)) % 11
    return f"{body:011d}{((0 if rest <= 1 else 11 - rest) + shift) % 10}"


def person(n, **changes):
    """One invented person as the columns of a line."""
    known = {"number": synthetic(n), "name": f"架空　{'一二三四五六七八九'[n % 9]}郎", "kana": "カクウ　ロウ",
             "birth_date": f"19{10 + n % 80}-{1 + n % 12:02d}-{1 + n % 28:02d}", "sex": str(1 + n % 2),
             "address": f"東京都見本市合成町{1 + n % 9}丁目{1 + n % 20}番{1 + n % 7}号", **changes}
    return "\t".join(known.values())


def population(folder, people, seed=1):
    """What the register holds and what insurers claim of the same invented people."""
    truth, claims = folder / "truth.tsv", folder / "claims.tsv"
    subprocess.run([PROGRAMS / "population", "--people", str(people), "--seed", str(seed), "--today", "2026-11-23",
                    "--register", truth, "--claims", claims], check=True, capture_output=True, timeout=120 * SLOWNESS)
    return truth, claims


class Register:
    def __init__(self, folder, truth, pki=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pki = pki or self.make_authority("pki")
        self.port, self.control_port = free_port(), free_port()
        self.log_path = self.folder / "register.log"
        if not isinstance(truth, pathlib.Path):
            lines, truth = truth, self.folder / "lines.tsv"
            truth.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "resident_register", "--port", str(self.port), "--control-port", str(self.control_port),
                 "--certificate", self.pki / "server.pem", "--key", self.pki / "server.key",
                 "--authority", self.pki / "ca.pem", "--truth", truth],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until(self.is_up)
        except BaseException:
            self.close()
            raise

    def make_authority(self, name):
        """An authority with a certificate for each kind of caller, under the kind's name."""
        pki = self.folder / name
        shikaku("pki", "init", "--dir", pki)
        for kind in ("registry", "facility"):
            shikaku("pki", "issue", "--dir", pki, "--kind", kind, "--subject", "somebody", "--out", kind)
        return pki

    def is_up(self):
        assert self.process.poll() is None, self.log_path.read_text(encoding="utf-8")
        try:
            return self.counts()
        except OSError:
            return None

    def close(self):
        self.process.terminate()
        return self.process.wait(30)

    # ---- telling it how to be --------------------------------------------------------------------

    def control(self, method, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=20)
        try:
            connection.request(method, "/", body)
            reply = connection.getresponse()
            assert reply.status == 200, reply.status
            return json.loads(reply.read())
        finally:
            connection.close()

    def be(self, **behaviour):
        return self.control("POST", urllib.parse.urlencode(behaviour))

    def counts(self):
        return self.control("GET")

    # ---- asking it ------------------------------------------------------------------------------

    def connect(self, who="registry", pki=None):
        context = ssl.create_default_context(cafile=str(self.pki / "ca.pem"))
        if who is not None:
            context.load_cert_chain(f"{pki or self.pki}/{who}.pem", f"{pki or self.pki}/{who}.key")
        return Connection(self.port, context)

    def ask(self, body, path=INQUIRY, method="POST", who="registry", **headers):
        head = {"Content-Type": "application/json", **{key.replace("_", "-"): value for key, value in headers.items()}}
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        with self.connect(who) as connection:
            return connection.request(method, path, body, head)

    def start_check(self, claims, **settings):
        """`shikaku register-check` under way; people are lines, a file of them, or None: written to its stdin."""
        if claims is not None and not isinstance(claims, pathlib.Path):
            lines, claims = claims, self.folder / "claims-of-test.tsv"
            claims.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        settings = {"register_url": f"https://127.0.0.1:{self.port}", "register_authority": self.pki / "ca.pem",
                    "register_certificate": self.pki / "registry.pem", "register_key": self.pki / "registry.key",
                    "register_pause_ms": 10, "register_pause_most_ms": 50, "personal_numbers": "synthetic", **settings}
        words = [word for key, value in settings.items() for word in ("--" + key, str(value))]
        command = [SHIKAKU, "register-check", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        if claims is None:  # and what it holds in memory may be looked at
            return subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {"SHIKAKU_ALLOW_DUMP": "1"}, **pipes)
        with open(claims, "rb") as people:
            return subprocess.Popen(command, stdin=people, **pipes)

    def check(self, claims, **settings):
        return finish(self.start_check(claims, **settings))


class Checked:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err
        self.counts = json.loads(out) if out else None

    @property
    def failures(self):
        """The kinds of failure that came up, with the people they cost."""
        return {kind: people for kind, people in self.counts["failed"].items() if people}


def finish(process):
    out, err = process.communicate(timeout=120 * SLOWNESS)
    return Checked(process.returncode, out, err)
