"""Operators at the office, each with a certificate and an authenticator."""
import base64
import hashlib
import hmac
import json
import struct
import time
import urllib.parse

from harness.registry import new_id
from harness.server import shikaku

STEP_S = 30
ROLES = ("viewer", "registrar", "security_officer", "auditor")


def code_at(secret, step):
    """RFC 6238, written a second time."""
    mac = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1_000_000:06d}"


class Operator:
    def __init__(self, office, who, number, otpauth):
        self.office, self.who, self.number = office, who, number
        query = urllib.parse.parse_qs(urllib.parse.urlparse(otpauth).query)
        self.secret = base64.b32decode(query["secret"][0])
        self.token = None

    def code(self, steps=0):
        return code_at(self.secret, int(time.time()) // STEP_S + steps)

    def show(self, code, request_id=None):
        return self.office.send("POST", "sessions", {"code": code}, who=self.who, request_id=request_id)

    def open(self):
        """The code before the present one is taken, too, and leaves the present one for another session."""
        reply = self.show(self.code(-1))
        if reply.status != 201:
            reply = self.show(self.code())
        assert reply.status == 201, reply.body
        self.token = reply.json["token"]
        return self

    def send(self, method, path, body=None, request_id=None, etag=None, **heads):
        if self.token is None:
            self.open()
        heads.setdefault("Authorization", f"Bearer {self.token}")
        return self.office.send(method, path, body, who=self.who, request_id=request_id, If_Match=etag, **heads)

    def see(self, path):
        reply = self.send("GET", path)
        assert reply.status == 200, reply.body
        return reply.json

    def do(self, method, path, body=None, status=200, **more):
        reply = self.send(method, path, body, **more)
        assert reply.status == status, reply.body
        return reply.json

    def all(self, path):
        """Every item of a list, page by page."""
        found, after = [], ""
        while True:
            page = self.see(f"{path}{'&' if '?' in path else '?'}count=3{after}")
            found += page["items"]
            if "next_after" not in page:
                return found
            after = "&after=" + urllib.parse.quote(page["next_after"])


class Office:
    def __init__(self, registry):
        self.registry = registry
        self.operators = {}
        for who in (*ROLES, "registrar2", "security_officer2"):
            self.add(who, who.rstrip("2"))
        registry.admit()
        registry.start_office()

    def __getattr__(self, who):
        try:
            return self.__dict__["operators"][who]
        except KeyError as error:
            raise AttributeError(who) from error

    def add(self, who, role):
        made = json.loads(shikaku("operator", "--database", self.registry.address(), "--office-key",
                                  self.registry.pki / "office.key", "--name", f"架空{who}", "--organisation", "架空機関",
                                  "--role", role))
        self.registry.issue(str(made["operator"]), who, kind="operator")
        self.operators[who] = Operator(self, who, str(made["operator"]), made["otpauth"])
        return self.operators[who]

    def send(self, method, path, body=None, who="viewer", request_id=None, **heads):
        heads = {name: value for name, value in heads.items() if value is not None}
        if body is None:
            heads.setdefault("Content_Type", None)
        with self.registry.connect(who, port=self.registry.office_settings["port"]) as connection:
            return self.registry.ask(body, connection=connection, path="/v1/admin/" + path, method=method,
                                     request_id=request_id or new_id(), **heads)
