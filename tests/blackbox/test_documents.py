"""Documents that people carry: made by the command line, read and checked by programs that are not ours."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest

from harness.document import Page, Verifier, body
from harness.server import SHIKAKU, shikaku

CERTIFICATE = {"kind": "certificate", "issuer": "shikaku.example", "insurer_number": "01129998",
               "insurer_name": "合成健康保険協会 千葉第1支部", "symbol": "12433600", "number": "1234568",
               "branch_number": "02", "relation": "2", "name": "見本　花子", "name_kana": "ミホン　ハナコ",
               "birth_date": "1954-08-16", "sex1": "2", "acquired_on": "2025-10-09", "burden_ratio": "020",
               "issued_on": "2026-04-01", "valid_until": "2030-03-31"}
NOTICE = {**{name: value for name, value in CERTIFICATE.items() if name not in ("burden_ratio", "valid_until")},
          "kind": "notice", "birth_date": "1991-02-28"}
ROOT = pathlib.Path(__file__).resolve().parents[2]
ON = "2026-05-01"


class Desk(Verifier):
    """A registry's keys, and the folder of somebody who checks with the public one alone."""

    def __init__(self, folder):
        super().__init__(folder / "public" / "document.pub", folder)
        self.key = folder / "pki" / "document.key"
        shikaku("pki", "init", "--dir", folder / "pki")
        self.public.parent.mkdir()
        shutil.copy(folder / "pki" / "document.pub", self.public)

    def fields(self, fields):
        path = self.folder / "fields.json"
        path.write_text(json.dumps(fields), encoding="utf-8")
        return path

    def payload(self, fields):
        return shikaku("document", "--key", self.key, "--fields", self.fields(fields), "--payload").rstrip("\n")

    def page(self, fields):
        done = subprocess.run([SHIKAKU, "document", "--key", self.key, "--fields", self.fields(fields), "--pdf"],
                              capture_output=True, timeout=60, check=True)
        assert done.stderr == b""
        return done.stdout

    def refused(self, fields, *more):
        """Exit code and message of a document that is not made."""
        done = subprocess.run([SHIKAKU, "document", "--key", self.key, "--fields", self.fields(fields), "--payload",
                               *more], capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout == ""
        return done.returncode, done.stderr

    def verify(self, payload, *more, on=ON):
        return subprocess.run([SHIKAKU, "document-verify", "--public-key", self.public, "--on", on, *more],
                              input=payload, capture_output=True, text=True, timeout=60, check=False)


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


def test_a_page_shows_the_fields_and_its_code_is_the_payload(desk, tmp_path):
    pdf = desk.page(CERTIFICATE)
    page = Page(pdf, tmp_path)
    shown = page.text()
    for line in ("資格確認書", "氏名 見本 花子", "フリガナ ミホン ハナコ", "生年月日 1954年8月16日（昭和29年）", "性別 女",
                 "被保険者等記号・番号 記号 12433600 番号 1234568 （枝番）02", "本人・家族の別 家族", "資格取得年月日 2025年10月9日（令和7年）",
                 "一部負担金の割合 2割", "有効期限 2030年3月31日（令和12年）", "交付年月日 2026年4月1日（令和8年）", "保険者番号 01129998",
                 "保険者名称 合成健康保険協会 千葉第1支部"):
        assert line in shown, line
    assert page.code() == desk.payload(CERTIFICATE) and desk.accepts(page.code())
    assert pdf == desk.page(CERTIFICATE)


def test_a_notice_says_that_it_needs_the_card_and_has_no_burden_below_seventy(desk, tmp_path):
    page = Page(desk.page(NOTICE), tmp_path)
    shown = "".join(page.text())
    assert shown.startswith("資格情報のお知らせ") and "マイナンバーカードと一緒に" in shown
    assert "割合" not in shown and "期限" not in shown
    assert desk.accepts(page.code())


def test_the_properties_of_a_page_name_nobody(desk, tmp_path):
    properties = Page(desk.page(CERTIFICATE), tmp_path).properties()
    assert (properties["Title"], properties["Creator"], properties["Pages"]) == ("資格確認書", "Shikaku", "1")
    assert {"Author", "Subject", "Keywords"} & set(properties) == set()
    assert not any(word in str(properties) for word in ("見本", "1234568", "ミホン"))


def test_the_longest_names_are_still_on_one_page_that_a_scanner_reads(desk, tmp_path):
    long = {**CERTIFICATE, "name": "鷗" * 90, "name_kana": "ナ" * 39, "symbol": "共済組合第一二三四五六七八九", "insurer_name": "長" * 100}
    page = Page(desk.page(long), tmp_path)
    assert page.properties()["Pages"] == "1"
    assert page.code(300) == desk.payload(long) and len(desk.payload(long)) > 900


def test_names_of_the_family_register_are_drawn(desk, tmp_path):
    page = Page(desk.page({**CERTIFICATE, "name": "𠮷野　葛󠄀子　髙﨑"}), tmp_path)
    assert "𠮷野" in "".join(page.text())


# ---- what the pages tell people to type ---------------------------------------------------------------------------------

def commands(page, word):
    """The blocks of a page that hold the word."""
    return [block for block in re.findall(r"^```sh\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
            if word in block]


@pytest.mark.parametrize("page,word", [("README.md", "pkeyutl"), ("README.ja.md", "pkeyutl"), ("schema/document/README.md", "pkeyutl"),
                                       ("schema/document/README.md", "node -e")])
def test_what_the_pages_say_verifies_a_code_without_anything_of_ours(desk, other, page, word, tmp_path):
    [block] = commands(page, word)
    shutil.copy(desk.public, tmp_path / "document.pub")

    def typed(payload):
        (tmp_path / "payload.txt").write_text(payload + "\n", encoding="ascii")
        return subprocess.run(["sh", "-ec", block], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    for fields in (CERTIFICATE, NOTICE, {**CERTIFICATE, "name": "見本"}, {**CERTIFICATE, "name": "見本あ"}):
        done = typed(desk.payload(fields))
        assert done.returncode == 0 and done.stderr == "", done.stderr
        assert fields["name"] in done.stdout.splitlines() and fields["number"] in done.stdout.splitlines()
        assert ("Signature Verified Successfully" in done.stdout) == (word == "pkeyutl")
    payload = desk.payload(CERTIFICATE)
    changed = payload[:60] + ("A" if payload[60] != "A" else "B") + payload[61:]
    assert typed(changed).returncode != 0 and typed(other.payload(CERTIFICATE)).returncode != 0


def test_the_script_of_the_deployment_says_the_same(desk, other):
    def told(payload):
        return subprocess.run([ROOT / "deploy/document.sh", "verify", desk.public], input=payload + "\n", capture_output=True, text=True,
                              timeout=60, check=False)
    assert told(desk.payload(NOTICE)).returncode == 0 and NOTICE["name"] in told(desk.payload(NOTICE)).stdout
    for payload in (other.payload(NOTICE), desk.payload(NOTICE).replace("SHIKAKU1", "SHIKAKU2"), "x", desk.payload(NOTICE)[:-9]):
        assert told(payload).returncode == 1
