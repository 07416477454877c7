"""Documents that people carry, read and checked by programs that are not ours: OpenSSL, Node, poppler and ZBar."""
import base64
import json
import re
import subprocess
import unicodedata

LINES = ["kind", "issuer", "insurer_number", "symbol", "number", "branch_number", "relation", "name", "name_kana",
         "birth_date", "sex1", "acquired_on", "burden_ratio", "issued_on", "valid_until"]
DAYS = {"birth_date", "acquired_on", "issued_on", "valid_until"}

NODE = """
const crypto = require("crypto"), fs = require("fs");
const key = crypto.createPublicKey(fs.readFileSync(process.argv[1]));
const [text, signature] = [fs.readFileSync(process.argv[2]), fs.readFileSync(process.argv[3])];
process.exit(crypto.verify(null, text, key, signature) ? 0 : 1);
"""


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


class Verifier:
    """Somebody with the registry's public key, a folder, and no network."""

    def __init__(self, public, folder):
        self.public, self.folder = public, folder

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

    def accepts(self, payload):
        both = self.openssl_accepts(payload), self.node_accepts(payload)
        assert both[0] == both[1]
        return both[0]


class Page:
    """A page in PDF, as a printer, a reader and a scanner have it."""

    def __init__(self, pdf, folder):
        self.path, self.folder = folder / "page.pdf", folder
        self.path.write_bytes(pdf)

    def output(self, *arguments):
        return subprocess.run(arguments, capture_output=True, timeout=60, check=True).stdout.decode("utf-8")

    def text(self):
        """Line by line, with single blanks; compatibility forms of ideographs are as they were written."""
        lines = self.output("pdftotext", "-layout", self.path, "-").splitlines()
        return [re.sub(r"\s+", " ", unicodedata.normalize("NFC", line)).strip() for line in lines if line.strip()]

    def properties(self):
        return dict(re.findall(r"^([^:]+):\s+(.*)$", self.output("pdfinfo", self.path), re.MULTILINE))

    def code(self, dots_per_inch=200):
        """What a scanner reads off the printed page."""
        self.output("pdftoppm", "-r", str(dots_per_inch), "-gray", "-png", "-singlefile", self.path, self.folder / "page")
        return self.output("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", self.folder / "page.png").rstrip("\n")


def page_of(document, folder):
    assert set(document) <= {"payload", "pdf", "unknown_characters"}, json.dumps(list(document))
    return Page(base64.b64decode(document["pdf"], validate=True), folder)
