"""Documents that people carry: made by the command line, read and checked by programs that are not ours."""
import base64
import json
import pathlib
import re
import shutil
import subprocess

import pytest

from harness.server import SHIKAKU, shikaku

CERTIFICATE = {"kind": "certificate", "issuer": "shikaku.example", "insurer_number": "01129998",
               "insurer_name": "合成健康保険協会 千葉第1支部", "symbol": "12433600", "number": "1234568",
               "branch_number": "02", "relation": "2", "name": "見本　花子", "name_kana": "ミホン　ハナコ",
               "birth_date": "1954-08-16", "sex1": "2", "acquired_on": "2025-10-09", "burden_ratio": "020",
               "issued_on": "2026-04-01", "valid_until": "2030-03-31"}
NOTICE = {**{name: value for name, value in CERTIFICATE.items() if name not in ("burden_ratio", "valid_until")},
          "kind": "notice", "birth_date": "1991-02-28"}
LINES = ["kind", "issuer", "insurer_number", "symbol", "number", "branch_number", "relation", "name", "name_kana",
         "birth_date", "sex1", "acquired_on", "burden_ratio", "issued_on", "valid_until"]
DAYS = {"birth_date", "acquired_on", "issued_on", "valid_until"}
ON = "2026-05-01"

NODE = """
const crypto = require("crypto"), fs = require("fs");
const key = crypto.createPublicKey(fs.readFileSync(process.argv[1]));
const [text, signature] = [fs.readFileSync(process.argv[2]), fs.readFileSync(process.argv[3])];
process.exit(crypto.verify(null, text, key, signature) ? 0 : 1);
"""


class Desk:
    """A registry's keys, and the folder of somebody who checks with the public one alone."""

    def __init__(self, folder):
        self.folder = folder
        self.key = folder / "pki" / "document.key"
        self.public = folder / "public" / "document.pub"
        shikaku("pki", "init", "--dir", folder / "pki")
        self.public.parent.mkdir()
        shutil.copy(folder / "pki" / "document.pub", self.public)

    def fields(self, fields):
        path = self.folder / "fields.json"
        path.write_text(json.dumps(fields), encoding="utf-8")
        return path

    def payload(self, fields):
        return shikaku("document", "--key", self.key, "--fields", self.fields(fields), "--payload").rstrip("\n")

    def refused(self, fields, *more):
        """Exit code and message of a document that is not made."""
        done = subprocess.run([SHIKAKU, "document", "--key", self.key, "--fields", self.fields(fields), "--payload",
                               *more], capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout == ""
        return done.returncode, done.stderr

    def verify(self, payload, *more, on=ON):
        return subprocess.run([SHIKAKU, "document-verify", "--public-key", self.public, "--on", on, *more],
                              input=payload, capture_output=True, text=True, timeout=60, check=False)

    def parts(self, payload):
        """What was signed and the signature, as files, by nothing of ours."""
        text, signature = payload.rsplit(":", 1)
        paths = self.folder / "signed", self.folder / "signature"
        paths[0].write_bytes(text.encode("ascii"))
        paths[1].write_bytes(from_base32(signature))
        return paths

    def openssl_accepts(self, payload):
        text, signature = self.parts(payload)
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", self.public, "-in", text,
                               "-sigfile", signature], capture_output=True, timeout=60, check=False).returncode == 0

    def node_accepts(self, payload):
        return subprocess.run(["node", "-e", NODE, self.public, *self.parts(payload)], capture_output=True,
                              timeout=60, check=False).returncode == 0


def from_base32(text):
    return base64.b32decode(text + "=" * (-len(text) % 8))


def body(payload):
    """The fields that stand in a payload, read by its page alone."""
    lines = from_base32(payload.split(":")[2]).decode("utf-8").split("\n")
    assert len(lines) == len(LINES) + 1 and lines[-1] == ""
    found = {name: line for name, line in zip(LINES, lines) if line}
    for name in DAYS & set(found):
        found[name] = re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", found[name])
    found["kind"] = {"C": "certificate", "N": "notice"}[found["kind"]]
    return found


def without_insurer_name(fields):
    return {name: value for name, value in fields.items() if name != "insurer_name"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return Desk(tmp_path_factory.mktemp("documents"))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return Desk(tmp_path_factory.mktemp("other"))


@pytest.mark.parametrize("fields", [CERTIFICATE, NOTICE], ids=["certificate", "notice"])
def test_a_payload_says_the_fields_and_is_read_back(desk, fields):
    payload = desk.payload(fields)
    assert body(payload) == without_insurer_name(fields)
    done = desk.verify(payload, "--issuer", "shikaku.example")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == without_insurer_name(fields)


def test_openssl_and_node_accept_the_signature_offline(desk):
    payload = desk.payload(CERTIFICATE)
    assert desk.openssl_accepts(payload) and desk.node_accepts(payload)


def test_openssl_and_node_refuse_a_changed_text_and_another_registry(desk, other):
    payload = desk.payload(CERTIFICATE)
    at = len("SHIKAKU1:") + 16 + 1 + 20
    changed = payload[:at] + ("A" if payload[at] != "A" else "B") + payload[at + 1:]
    assert not desk.openssl_accepts(changed) and not desk.node_accepts(changed)
    assert not other.openssl_accepts(payload) and not other.node_accepts(payload)


def test_the_key_id_is_what_openssl_says_of_the_public_key(desk):
    done = subprocess.run(f"openssl pkey -pubin -in '{desk.public}' -outform DER | openssl sha256 -binary | "
                          "head -c 10 | base32", shell=True, capture_output=True, text=True, timeout=60, check=True)
    assert desk.payload(NOTICE).split(":")[1] == done.stdout.strip()


REFUSALS = [
    ("malformed", 65, lambda payload: payload[:-1]),
    ("malformed", 65, lambda payload: payload.lower()),
    ("malformed", 65, lambda payload: payload + "\n\n"),
    ("malformed", 65, lambda payload: ""),
    ("malformed", 65, lambda payload: payload * 9),
    ("version_unknown", 65, lambda payload: payload.replace("SHIKAKU1", "SHIKAKU2")),
    ("key_unknown", 65, lambda payload: payload.replace(payload.split(":")[1], "A" * 16)),
    ("signature_wrong", 65, lambda payload: payload[:40] + ("A" if payload[40] != "A" else "B") + payload[41:]),
]


@pytest.mark.parametrize("name, code, change", REFUSALS, ids=[f"{row[0]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_the_registry_did_not_sign_is_refused_by_name(desk, name, code, change):
    done = desk.verify(change(desk.payload(CERTIFICATE)))
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"shikaku document-verify: {name}: ") and done.stderr.count("\n") == 1


def test_what_another_registry_signed_is_refused(desk, other):
    done = desk.verify(other.payload(CERTIFICATE))
    assert done.returncode == 65 and "key_unknown" in done.stderr


@pytest.mark.parametrize("name, on, more", [("not_yet", "2026-03-31", []), ("expired", "2030-04-01", []),
                                            ("issuer_other", ON, ["--issuer", "other.example"])])
def test_what_is_signed_and_not_to_be_relied_on_ends_with_77(desk, name, on, more):
    done = desk.verify(desk.payload(CERTIFICATE), *more, on=on)
    assert (done.returncode, done.stdout) == (77, "") and f": {name}: " in done.stderr


def test_the_last_day_still_holds_and_a_notice_need_not_end(desk):
    assert desk.verify(desk.payload(CERTIFICATE), on="2030-03-31").returncode == 0
    assert desk.verify(desk.payload(NOTICE), on="2099-12-31").returncode == 0


@pytest.mark.parametrize("change, field, fault", [
    ({"number": None}, "number", "field_missing"),
    ({"valid_until": None}, "valid_until", "field_missing"),
    ({"birth_date": "1954-02-30"}, "birth_date", "field_malformed"),
    ({"kind": "card"}, "kind", "field_malformed"),
    ({"insurer_number": "01129999"}, "insurer_number", "check_digit_wrong"),
    ({"number": "123456789013"}, "number", "personal_number_refused"),
    ({"personal_number": "123456789013"}, "--fields", "field_unknown"),
    ({"name": "長" * 101}, "name", "field_too_long"),
    ({"name": "長" * 100, "name_kana": "ナ" * 100}, "name", "field_too_long"),
])
def test_a_field_that_no_document_can_have_is_named_without_its_value(desk, change, field, fault):
    fields = {name: value for name, value in {**CERTIFICATE, **change}.items() if value is not None}
    code, message = desk.refused(fields)
    assert code == 65
    assert f"shikaku document: {field}: {fault}" in message
    assert not any(str(value) in message for value in change.values() if value not in (None, "card"))


def test_a_private_key_that_others_may_read_is_refused(desk, tmp_path):
    key = pathlib.Path(shutil.copy(desk.key, tmp_path / "document.key"))
    key.chmod(0o644)
    done = subprocess.run([SHIKAKU, "document", "--key", key, "--fields", desk.fields(NOTICE), "--payload"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 66 and "0600" in done.stderr
