"""Where a responder is asked about cards too: what it says, and what happens when it says nothing that counts."""
import base64
import json
import shutil
import socket
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from harness.card import DAY, CardAuthority, Portal, Reception, now, rsa_key
from harness.ocsp import OpensslResponder, Responder, signer_of
from harness.ports import free_port
from harness.registry import new_id
from harness.server import ROOT, SHIKAKU, shikaku
from harness.wait import together, until

PATIENCE_MS = 2500  # so that a busy machine is not taken for a slow responder
QUICK_MS = 100


@pytest.fixture
def open_reception(make_registry, tmp_path):
    """A reception that asks a responder, which answers soundly until it is told otherwise."""
    made = []

    def opened(patience_ms=PATIENCE_MS, responder=None, **settings):
        reception = Reception(make_registry, tmp_path, is_started=False, card_ocsp_ms=patience_ms, **settings)
        reception.responder = (responder or Responder)(reception.authority)
        made.append(reception.responder)
        reception.registry.start(card_ocsp=reception.responder.url)
        return reception
    yield opened
    for responder in made:
        responder.close()


def somebodys_card(reception, **more):
    return reception.card_of(reception.registry.people.add(), **more)


def outcome(reception, name):
    return reception.registry.metric("shikaku_card_questions_total", outcome=name)


def is_taken(reply):
    return reply.status == 200 and reply.json["eligibility"]["reason"] == "in_force"


@pytest.mark.parametrize("key", [None, rsa_key()], ids=["ecdsa", "rsa"])
def test_openssl_as_the_responder_tells_good_from_revoked_and_unknown(make_registry, tmp_path, key):
    reception = Reception(make_registry, tmp_path, key=key, is_started=False, card_ocsp_ms=PATIENCE_MS)
    responder = OpensslResponder(tmp_path, reception.authority)
    good, revoked, unknown = (somebodys_card(reception, key=key) for _ in range(3))
    responder.know(good)
    responder.know(revoked, is_revoked=True)
    responder.start()
    try:
        reception.registry.start(card_ocsp=responder.url)
        assert is_taken(reception.show(good))
        assert reception.show(revoked).code == "card_revoked"
        assert is_taken(reception.show(unknown))  # the list speaks for it
        assert [outcome(reception, name) for name in ("good", "revoked", "unknown")] == [1, 1, 1]
    finally:
        responder.stop()


def test_the_development_authority_has_a_responder_and_what_it_revokes_is_refused_before_a_list_says_so(
        make_registry, tmp_path, monkeypatch):
    monkeypatch.setenv("SHIKAKU", str(SHIKAKU))
    cards, port, script = tmp_path / "cards", free_port(), ROOT / "tests/standins/card/responder"
    shikaku("pki", "init", "--dir", cards, "--name", "Development cards", "--key-type", "rsa")
    issued = json.loads(shikaku("pki", "issue", "--dir", cards, "--kind", "card", "--key-type", "rsa", "--subject", "card-1",
                                "--out", "card"))
    shutil.copy(cards / "crl.pem", tmp_path / "yesterday.pem")
    reception = Reception(make_registry, tmp_path, is_started=False, card_ocsp_ms=PATIENCE_MS, card_ocsp_keep_s=0)
    registry = reception.registry
    authority = x509.load_pem_x509_certificate((cards / "ca.pem").read_bytes())
    registry.execute("INSERT INTO registry.card_issuer VALUES (2, %s, 1)", authority.subject.rfc4514_string())
    person = registry.people.add()
    registry.execute("INSERT INTO registry.credential (issuer_id, serial, person_id) VALUES (2, %s, %s)",
                     issued["serial"].upper().lstrip("0"), person.person_id)

    def show():
        signed = subprocess.run([ROOT / "tests/standins/card/card", "--certificate", cards / "card.pem", "--key",
                                 cards / "card.key", "--challenge", reception.challenge()], check=True, capture_output=True)
        return registry.ask(json.loads(signed.stdout), path="/v1/visits")
    log = tmp_path / "responder.log"
    with log.open("wb") as out, subprocess.Popen([script, "--pki", cards, "--port", str(port)], stdout=out, stderr=out) as responder:
        try:
            until(lambda: b"waiting for OCSP client" in log.read_bytes())
            registry.start(card_authorities=cards / "ca.pem", card_revocations=tmp_path / "yesterday.pem",
                           card_ocsp=f"http://127.0.0.1:{port}/")
            assert is_taken(show())
            shikaku("pki", "revoke", "--dir", cards, "--serial", issued["serial"])
            subprocess.run([script, "--pki", cards, "--index-only"], check=True, timeout=60)
            until(lambda: show().code == "card_revoked")
        finally:
            responder.kill()


def test_a_card_that_only_the_responder_calls_revoked_is_refused_and_on_record(open_reception):
    reception = open_reception()
    card, request_id = somebodys_card(reception), new_id()
    reception.responder.revoked.add(card.certificate.serial_number)
    assert reception.show(card, request_id=request_id).code == "card_revoked"
    record = reception.registry.record(request_id)
    assert (record["way"], record["fault"] is not None, record["validity"]) == (1, True, None)
    assert reception.registry.one("SELECT count(*) FROM registry.visit") == 0


def test_a_card_that_only_the_list_calls_revoked_is_refused_and_nobody_is_asked(open_reception):
    reception = open_reception()
    card = somebodys_card(reception)
    reception.authority.revoke(card)
    until(lambda: reception.show(card).code == "card_revoked")
    asked = len(reception.responder.asked)
    assert reception.show(card).code == "card_revoked"
    assert len(reception.responder.asked) == asked


def test_an_answer_serves_for_as_long_as_it_is_kept(open_reception):
    reception = open_reception()
    card = somebodys_card(reception)
    for _ in range(5):
        assert is_taken(reception.show(card))
    assert len(reception.responder.asked) == 1
    assert reception.responder.asked[0].serial_number == card.certificate.serial_number
    assert reception.registry.metric("shikaku_card_status_known_total") >= 4


def test_an_answer_that_is_not_kept_is_asked_for_at_each_visit(open_reception):
    reception = open_reception(card_ocsp_keep_s=0)
    card = somebodys_card(reception)
    assert is_taken(reception.show(card))
    reception.responder.revoked.add(card.certificate.serial_number)
    assert reception.show(card).code == "card_revoked"
    assert len(reception.responder.asked) == 2


def test_many_visits_of_one_card_at_once_ask_one_question_and_all_are_answered(open_reception):
    reception = open_reception(workers=2)
    card = somebodys_card(reception)
    reception.responder.held.clear()

    def visit(number):
        if number == 0:
            until(lambda: reception.responder.asked)
            reception.responder.held.set()
            return True
        return is_taken(reception.show(card))
    assert all(together(9, visit))
    assert len(reception.responder.asked) == 1
    assert reception.registry.one("SELECT count(*) FROM registry.visit") == 8


def test_who_needs_no_card_is_answered_while_a_card_waits(open_reception):
    reception = open_reception()
    person, card = reception.registry.people.add(), somebodys_card(reception)
    reception.responder.held.clear()

    def either(number):
        if number == 0:
            return is_taken(reception.show(card))
        until(lambda: reception.responder.asked)
        answers = [reception.registry.ask(person.question()).json["reason"] for _ in range(20)]
        reception.responder.held.set()
        return set(answers) == {"in_force"}
    assert together(2, either) == [True, True]


def rude(reception):
    """What a responder may do wrong, by name: how it answers, and how that is counted."""
    sound, authority = reception.responder.sound, reception.authority
    folder = reception.registry.pki.parent / "stranger"
    folder.mkdir(exist_ok=True)
    stranger = CardAuthority(folder)
    revoked = ocsp.OCSPCertStatus.REVOKED
    return {
        "a stranger's answer": (lambda q: sound(q, signer=signer_of(stranger), status=revoked), "stranger"),
        "a server's answer": (
            lambda q: sound(q, signer=signer_of(authority, ExtendedKeyUsageOID.SERVER_AUTH), status=revoked), "stranger"),
        "a SHA-1 answer": (lambda q: sound(q, digest=hashes.SHA1(), status=revoked), "stranger"),
        "an answer that is over": (lambda q: sound(q, begin=now() - DAY, end=now() - DAY / 2, status=revoked), "stale"),
        "an answer about another card": (lambda q: sound(q, serial=7, status=revoked), "other"),
        "no answer by its form": (lambda q: b"revoked", "broken"),
        "more bytes than any": (lambda q: b"\0" * 40000, "broken"),
        "an answer and more": (lambda q: sound(q, status=revoked) + b"\0", "broken"),
        "later, please": (lambda q: ocsp.OCSPResponseBuilder.build_unsuccessful(
            ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER), "declined"),
        "nothing": (lambda q: None, "away"),
    }


@pytest.mark.filterwarnings("ignore:SHA1 signatures")
def test_answers_that_do_not_count_change_nothing_and_no_look_is_lost(open_reception):
    """Each says, in a way that proves nothing, that the card is revoked; the list, which is in force, decides."""
    reception = open_reception(budgets=0)
    ways = rude(reception)
    shown = 0
    for name, (answer, counted) in ways.items():
        card, request_id = somebodys_card(reception), new_id()
        reception.responder.answer = answer
        before = outcome(reception, counted)
        assert is_taken(reception.show(card, request_id=request_id)), name
        assert outcome(reception, counted) == before + 1, name
        assert reception.registry.record(request_id)["validity"] == 1, name
        reception.responder.answer = reception.responder.sound  # or it would be left alone
        assert is_taken(reception.show(card)), name
        shown += 2
    assert reception.registry.one("SELECT count(*) FROM registry.visit") == shown


def test_a_page_that_is_no_answer_is_none(open_reception):
    reception = open_reception()
    reception.responder.status = 500
    assert is_taken(reception.show(somebodys_card(reception)))
    assert outcome(reception, "away") == 1


def test_an_answer_without_nonce_counts_while_it_is_fresh(open_reception):
    reception = open_reception()
    reception.responder.answer = lambda question: reception.responder.sound(
        question, nonce=False, status=ocsp.OCSPCertStatus.REVOKED)
    assert reception.show(somebodys_card(reception)).code == "card_revoked"


def test_an_answer_to_somebody_elses_question_does_not_count(open_reception):
    reception = open_reception(card_ocsp_keep_s=0)
    card = somebodys_card(reception)
    assert is_taken(reception.show(card))
    recorded = reception.responder.sound(reception.responder.asked[0])
    reception.responder.answer = lambda question: recorded
    assert is_taken(reception.show(card))
    assert outcome(reception, "other") == 1


def test_a_slow_responder_is_waited_for_no_longer_than_is_set(open_reception):
    reception = open_reception(patience_ms=QUICK_MS)
    card = somebodys_card(reception)
    reception.responder.held.clear()
    reception.responder.revoked.add(card.certificate.serial_number)
    assert is_taken(reception.show(card))
    assert reception.registry.metric("shikaku_card_status_unheard_total") == 1
    until(lambda: outcome(reception, "late") == 1)


def test_a_responder_that_is_away_is_left_alone_for_a_while_and_then_asked_again(open_reception):
    reception = open_reception(budgets=0)
    reception.responder.answer = lambda question: None
    for _ in range(8):
        assert is_taken(reception.show(somebodys_card(reception)))
    assert len(reception.responder.asked) == 5
    assert outcome(reception, "left_alone") == 3
    assert reception.registry.metric("shikaku_card_responder_left_alone") == 1
    reception.responder.answer = reception.responder.sound
    until(lambda: is_taken(reception.show(somebodys_card(reception))) and outcome(reception, "good") == 1)
    assert reception.registry.metric("shikaku_card_responder_left_alone") == 0


def test_where_nobody_listens_the_list_decides_and_fails_closed(make_registry, tmp_path):
    reception = Reception(make_registry, tmp_path, card_ocsp=f"http://127.0.0.1:{free_port()}/", card_ocsp_ms=QUICK_MS)
    card = somebodys_card(reception)
    assert is_taken(reception.show(card))
    reception.authority.write_revocations(now() - 9 * DAY, now() - 2 * DAY)
    until(lambda: reception.show(card).code == "card_check_away")


def test_a_good_answer_does_not_stand_in_for_a_list_that_is_over(open_reception):
    reception = open_reception()
    card = somebodys_card(reception)
    assert is_taken(reception.show(card))
    reception.authority.write_revocations(now() - 9 * DAY, now() - 2 * DAY)
    until(lambda: reception.show(card).code == "card_check_away")


def test_a_card_that_was_revoked_stays_so_while_the_responder_is_away(open_reception):
    reception = open_reception(card_ocsp_keep_s=0)
    card = somebodys_card(reception)
    reception.responder.revoked.add(card.certificate.serial_number)
    assert reception.show(card).code == "card_revoked"
    reception.responder.answer = lambda question: None
    assert reception.show(card).code == "card_revoked"


@pytest.mark.parametrize("zeros", [1, 2, 3])
def test_another_spelling_of_a_certificate_is_none(open_reception, zeros):
    reception = open_reception(card_ocsp_keep_s=0)
    card = somebodys_card(reception)
    proof = card.proof(reception.challenge())
    der = base64.b64decode(proof["certificate"])
    assert der[:2] == b"\x30\x82", "a length of two bytes"
    longer = der[:1] + bytes([0x82 + zeros]) + bytes(zeros) + der[2:]
    reply = reception.registry.ask({**proof, "certificate": base64.b64encode(longer).decode()}, path="/v1/visits")
    assert reply.code == "card_not_proven"


def test_the_portal_asks_too(open_reception):
    reception = open_reception()
    portal = Portal(reception)
    good, revoked = somebodys_card(reception), somebodys_card(reception)
    reception.responder.revoked.add(revoked.certificate.serial_number)
    assert portal.open(good).status == 200
    assert portal.open(revoked).code == "card_revoked"


def test_a_request_that_proves_no_card_asks_nobody(open_reception):
    reception = open_reception()
    card, other = somebodys_card(reception), somebodys_card(reception)
    challenge = reception.challenge()
    body = {**card.proof(challenge), "signature": other.proof(challenge)["signature"]}
    assert reception.registry.ask(body, path="/v1/visits").code == "card_not_proven"
    assert reception.responder.asked == []


def test_a_server_that_ends_while_a_card_waits_answers_it(open_reception):
    reception = open_reception()
    card = somebodys_card(reception)
    reception.responder.held.clear()

    def either(number):
        if number == 0:
            return reception.show(card).status
        until(lambda: reception.responder.asked)
        reception.registry.stop()
        return None
    assert together(2, either)[0] == 200
    assert reception.registry.one("SELECT count(*) FROM registry.visit") == 1


@pytest.mark.parametrize("settings,reason", [
    ({"card_ocsp": "ldap://localhost/"}, "card_ocsp does not begin with http:// or https://"),
    ({"card_ocsp": "http://localhost/", "card_authorities": ""}, "card_ocsp needs card_authorities too")])
def test_a_responder_that_cannot_be_asked_is_refused_at_the_start(make_registry, tmp_path, settings, reason):
    reception = Reception(make_registry, tmp_path, is_started=False)
    reception.registry.settings.update(settings)
    reception.registry.start(wait=False)
    until(lambda: reception.registry.server.poll() is not None)
    assert reason in reception.registry.log()
    reception.registry.server = None


def test_a_responder_that_says_nothing_ever_holds_nobody_up(make_registry, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        reception = Reception(make_registry, tmp_path, card_ocsp=f"http://127.0.0.1:{mute.getsockname()[1]}/",
                              card_ocsp_ms=QUICK_MS)
        for _ in range(3):
            assert is_taken(reception.show(somebodys_card(reception)))
        until(lambda: outcome(reception, "late") == 3)
