"""A patient shows a card: what proves it, what it opens, and for how long."""
import base64
import hashlib
import json
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from harness.card import DAY, Reception, now, rsa_key
from harness.claims import claim, feed
from harness.registry import new_id
from harness.server import ROOT
from harness.wait import until

CEILING = {"classification": "01", "class": "A03", "issued_on": "2026-01-01", "valid": "[2026-01-01,)"}


@pytest.fixture
def reception(make_registry, tmp_path):
    return Reception(make_registry, tmp_path)


def somebody(reception, **more):
    people = reception.registry.people
    person = people.add(**more)
    people.insert("ceiling", coverage_id=person.coverage_id, **CEILING)
    people.refresh(person)
    return person


def test_a_card_shows_the_coverage_without_anything_typed(reception):
    person = somebody(reception)
    for card in (reception.card_of(person), reception.card_of(person, key=rsa_key())):
        reply = reception.show(card)
        assert reply.status == 200, reply.body
        told = reply.json["eligibility"]
        assert (told["validity"], told["reason"]) == ("1", "in_force")
        assert told["coverage"][0]["number"] == person.number
        assert "ceiling_certificate" not in told["coverage"][0]
        assert told["insurer"]["name"]


@pytest.mark.parametrize("key", [None, rsa_key()], ids=["ecdsa", "rsa"])
def test_the_card_of_the_command_line_signs_with_either_kind_of_key(reception, tmp_path, key):
    certificate, key_file = reception.card_of(somebody(reception), key=key).write(tmp_path)
    signed = subprocess.run([ROOT / "tests/standins/card/card", "--certificate", certificate, "--key", key_file,
                             "--challenge", reception.challenge(), "--consents", "ceiling"],
                            check=True, capture_output=True, timeout=30)
    reply = reception.registry.ask(json.loads(signed.stdout), path="/v1/visits")
    assert (reply.status, reply.json["eligibility"]["reason"]) == (200, "in_force")


def test_rsa_cards_of_an_rsa_authority_prove_and_are_revoked_like_any(make_registry, tmp_path):
    reception = Reception(make_registry, tmp_path, key=rsa_key())
    card = reception.card_of(somebody(reception), key=rsa_key())
    assert reception.show(card).json["eligibility"]["reason"] == "in_force"
    reception.authority.revoke(card)
    until(lambda: reception.show(card).code == "card_revoked")


def test_an_rsa_signature_counts_only_as_the_card_makes_it(reception):
    """PKCS 1, 1.5 with SHA-256 is what the card's chip computes; PSS, which it cannot, is refused like any other."""
    card = reception.card_of(somebody(reception), key=rsa_key())
    right = card.sign
    ways = {
        "another message": lambda message: right(message + b"."),
        "SHA-1": lambda message: right(message, digest=hashes.SHA1()),
        "SHA-512": lambda message: right(message, digest=hashes.SHA512()),
        "PSS": lambda message: right(message, fill=padding.PSS(padding.MGF1(hashes.SHA256()), 32)),
        "no padding": lambda message: hashlib.sha256(message).digest().rjust(256, b"\0"),
        "another card": reception.authority.issue(key=rsa_key()).sign,
        "the other kind of key": reception.authority.issue().sign,
        "cut off": lambda message: right(message)[:-1],
        "a zero more": lambda message: b"\0" + right(message),
    }
    for name, card.sign in ways.items():
        reply = reception.show(card)
        assert (reply.code, reply.json["errors"][0]["reason"]) == (
            "card_not_proven", "it has not signed this challenge"), name
    card.sign = right
    assert reception.show(card).status == 200


@pytest.mark.filterwarnings("ignore:SHA1 signatures")
@pytest.mark.parametrize("key,digest,reason", [
    ((1024, 65537), hashes.SHA256(), "its key is of a kind or length that is not taken"),
    ((2048, 3), hashes.SHA256(), "its key is of a kind or length that is not taken"),
    ((2048, 65537), hashes.SHA1(), "not issued by an authority for cards")], ids=["1024 bits", "exponent 3", "SHA-1"])
def test_a_weak_rsa_card_is_refused(make_registry, tmp_path, key, digest, reason):
    reception = Reception(make_registry, tmp_path, key=rsa_key())
    reply = reception.show(reception.card_of(somebody(reception), key=rsa_key(*key), digest=digest))
    assert (reply.code, reply.json["errors"][0]["reason"]) == ("card_not_proven", reason)


def test_a_look_by_card_is_on_record_as_one(reception):
    person, request_id = somebody(reception), new_id()
    reception.show(reception.card_of(person), request_id=request_id, consents=["ceiling", "drugs"])
    record = reception.registry.record(request_id)
    assert (record["way"], record["validity"], record["consent"]) == (1, 1, 9)
    assert record["subject"] is not None


def test_the_ceiling_is_shown_with_consent_and_each_item_has_its_own_verdict(reception):
    card = reception.card_of(somebody(reception))
    told = reception.show(card, consents=["ceiling", "checkups"], role="physician",
                          items=["ceiling", "specific_diseases", "checkups", "drugs"]).json
    assert told["eligibility"]["coverage"][0]["ceiling_certificate"]["ceiling_class"] == "A03"
    assert {name: item["verdict"] for name, item in told["items"].items()} == {
        "ceiling": "given", "specific_diseases": "no_consent", "checkups": "no_data_held", "drugs": "no_consent"}


def test_who_may_see_an_item_depends_on_the_role(reception):
    card = reception.card_of(somebody(reception))
    told = reception.show(card, consents=["drugs"], items=["drugs"], role="clerk").json
    assert told["items"] == {"drugs": {"verdict": "not_for_this_facility_kind"}}


def test_the_same_request_again_gets_the_same_answer_and_no_second_record(reception):
    person = somebody(reception)
    card, request_id, challenge = reception.card_of(person), new_id(), reception.challenge()
    body = card.proof(challenge, consents=["ceiling"], items=["ceiling"])
    first = reception.registry.ask(body, path="/v1/visits", request_id=request_id)
    reception.registry.execute("UPDATE registry.coverage SET valid = daterange(lower(valid), '2026-02-01') "
                               "WHERE coverage_id = %s", person.coverage_id)
    reception.registry.people.refresh(person)
    again = reception.registry.ask(body, path="/v1/visits", request_id=request_id)
    assert first.status == 200 and again.body == first.body
    assert len(reception.registry.records(request_id)) == 1


def test_a_challenge_serves_once(reception):
    card = reception.card_of(somebody(reception))
    challenge = reception.challenge()
    assert reception.show(card, challenge=challenge).status == 200
    assert reception.show(card, challenge=challenge).code == "challenge_used"


def test_a_challenge_of_another_facility_is_refused(reception):
    card = reception.card_of(somebody(reception))
    assert reception.show(card, who="clinic", challenge=reception.challenge("hospital")).code == "challenge_unknown"


def test_an_old_challenge_is_refused(reception):
    card, challenge = reception.card_of(somebody(reception)), reception.challenge()
    reception.next_day(301)
    assert reception.show(card, challenge=challenge).code == "challenge_unknown"


def test_a_changed_challenge_is_refused(reception):
    card, challenge = reception.card_of(somebody(reception)), reception.challenge()
    raw = bytearray(base64.urlsafe_b64decode(challenge + "=="[:-len(challenge) % 4]))
    for at in range(0, len(raw), 7):
        raw[at] ^= 1
        changed = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        assert reception.show(card, challenge=changed).code == "challenge_unknown"
        raw[at] ^= 1


def test_a_signature_of_another_card_is_refused_and_on_record(reception):
    person, request_id = somebody(reception), new_id()
    card, other = reception.card_of(person), reception.card_of(person)
    challenge = reception.challenge()
    body = {**card.proof(challenge), "signature": other.proof(challenge)["signature"]}
    reply = reception.registry.ask(body, path="/v1/visits", request_id=request_id)
    assert reply.code == "card_not_proven"
    assert reception.registry.record(request_id)["fault"] is not None


def test_a_card_of_a_stranger_is_refused(reception, make_registry, tmp_path):
    (tmp_path / "other").mkdir()
    stranger = type(reception.authority)(tmp_path / "other")
    assert reception.show(stranger.issue()).code == "card_not_proven"


def test_a_card_that_is_linked_to_nobody_leads_to_the_number_way(reception):
    told = reception.show(reception.authority.issue()).json["eligibility"]
    assert (told["validity"], told["reason"], told["coverage"]) == ("4", "card_not_linked", [])
    assert "資格確認書" in told["advice"]["reception"]


def test_a_person_who_has_shut_the_card_way_is_answered_as_if_it_were_not_linked(reception):
    strange = reception.show(reception.authority.issue(), items=["drugs"], consents=["drugs"], role="physician").json
    card = reception.card_of(reception.registry.people.add(flag=2))
    shut = reception.show(card, items=["drugs"], consents=["drugs"], role="physician").json
    assert shut["items"] == strange["items"]
    for told in (strange, shut):
        for of_its_own in ("confirmation", "answered_at"):
            del told["eligibility"][of_its_own]
    assert shut["eligibility"] == strange["eligibility"]


def test_a_revoked_card_is_refused_within_seconds(reception):
    card = reception.card_of(somebody(reception))
    assert reception.show(card).status == 200
    reception.authority.revoke(card)
    until(lambda: reception.show(card).code == "card_revoked")


def test_without_a_fresh_list_of_revoked_cards_none_is_taken(reception):
    card = reception.card_of(somebody(reception))
    reception.authority.write_revocations(now() - 9 * DAY, now() - 2 * DAY)
    until(lambda: reception.show(card).code == "card_check_away")
    reception.authority.write_revocations(now() - 9 * DAY, now() - DAY / 2)  # within the grace of a day
    until(lambda: reception.show(card).status == 200)


def test_a_certificate_that_ended_lately_shows_the_coverage_and_nothing_else(reception):
    card = reception.card_of(somebody(reception), begin=now() - 300 * DAY, end=now() - 40 * DAY)
    told = reception.show(card, consents=["ceiling", "drugs"], items=["ceiling", "drugs"], role="physician").json
    assert told["eligibility"]["validity"] == "1"
    assert "ceiling_certificate" not in told["eligibility"]["coverage"][0]
    assert {item["verdict"] for item in told["items"].values()} == {"no_consent"}
    old = reception.card_of(somebody(reception), begin=now() - 300 * DAY, end=now() - 100 * DAY)
    assert reception.show(old).code == "card_expired"


def test_a_visit_lasts_for_a_day(reception):
    card = reception.card_of(somebody(reception))
    visit = reception.show(card, consents=["ceiling"]).json
    again = reception.query(visit["visit_id"], items=["ceiling"])
    assert again.json["items"]["ceiling"]["verdict"] == "given"
    assert again.json["consent_until"] == visit["consent_until"]
    reception.next_day()
    assert reception.query(visit["visit_id"], items=["ceiling"]).code == "visit_over"


def test_consent_at_a_home_visit_lasts_until_it_is_cancelled(reception):
    card = reception.card_of(somebody(reception))
    visit = reception.show(card, treatment="home_visit", consents=["ceiling"]).json
    assert "consent_until" not in visit
    reception.next_day(40 * 86400)
    told = reception.query(visit["visit_id"], items=["ceiling"]).json
    assert told["eligibility"]["coverage"][0]["ceiling_certificate"]["ceiling_class"] == "A03"
    ended = reception.cancel(visit["visit_id"]).json
    assert ended["reason"] == "patient"
    assert reception.query(visit["visit_id"]).code == "visit_over"
    assert reception.cancel(visit["visit_id"], reason="facility").json == ended


def test_a_visit_is_nothing_to_another_facility(reception):
    card = reception.card_of(somebody(reception))
    visit = reception.show(card).json
    assert reception.query(visit["visit_id"], who="clinic").code == "not_found"
    assert reception.cancel(visit["visit_id"], who="clinic").code == "not_found"
    assert reception.query(new_id()).code == "not_found"


def test_a_registry_without_card_authorities_takes_no_card(registry):
    assert registry.ask({}, path="/v1/card-sessions").code == "card_check_away"
    proof = {"challenge": "AAAA", "certificate": "AAAA", "signature": "AAAA", "unlocked_by": "pin"}
    assert registry.ask(proof, path="/v1/visits").code == "card_check_away"


def emergency(reception, person, **more):
    fields = {"treatment": "emergency", "emergency_reason": "unconscious", "unlocked_by": "visual_check", "role": "physician",
              "items": ["drugs"], "user": "doctor-1", **more}
    return reception.show(reception.card_of(person), **{name: value for name, value in fields.items() if value is not None})


def test_in_an_emergency_medical_information_opens_without_consent_and_is_reviewed_by_somebody_else(reception):
    person = somebody(reception)
    feed(reception.registry, claim(person, "E1", "2026-10"))
    told = emergency(reception, person).json
    assert told["items"]["drugs"]["claims"][0]["lines"]
    assert reception.review(told["visit_id"], user="doctor-1").code == "second_person_needed"
    reviewed = reception.review(told["visit_id"], user="doctor-2").json
    assert reviewed["outcome"] == "justified"
    assert reception.review(told["visit_id"], outcome="not_justified", user="doctor-3").json == reviewed
    ways = {record["way"] for record in reception.registry.records() if record["facility_id"]}
    assert 6 in ways


def test_an_emergency_waits_for_its_review_until_it_is_due(reception):
    visit_id = emergency(reception, somebody(reception)).json["visit_id"]
    days = "SELECT review_due_at - opened_at = interval '7 days' AND reviewed_at IS NULL FROM registry.visit WHERE visit_id = %s"
    assert reception.registry.one(days, visit_id)
    ordinary = reception.show(reception.card_of(somebody(reception))).json["visit_id"]
    assert reception.review(ordinary).code == "not_found"


@pytest.mark.parametrize("more,code", [
    ({"user": None}, "header_missing"), ({"emergency_reason": None}, "field_missing"),
    ({"consents": ["drugs"]}, "field_malformed"), ({"role": "clerk"}, "not_permitted"), ({"role": None}, "not_permitted"),
    ({"who": "clinic"}, "not_permitted"), ({"treatment": "online"}, "field_malformed")])
def test_an_emergency_needs_all_that_belongs_to_it(reception, more, code):
    assert emergency(reception, somebody(reception), **more).code == code


def test_a_shut_person_stays_shut_in_an_emergency(reception):
    person = reception.registry.people.add(flag=2)
    feed(reception.registry, claim(person, "E2", "2026-10"))
    told = emergency(reception, person).json
    assert (told["eligibility"]["reason"], told["items"]) == ("card_not_linked", {"drugs": {"verdict": "no_data_held"}})


def test_visits_at_home_are_listed_page_by_page_and_by_day(reception):
    made = [reception.show(reception.card_of(somebody(reception)), treatment="home_visit", consents=["ceiling"]).json["visit_id"]
            for _ in range(3)]
    reception.show(reception.card_of(somebody(reception)), treatment="online")
    reception.show(reception.card_of(somebody(reception)))
    reception.cancel(made[1])
    page = reception.visits("?treatment=home_visit").json
    assert [entry["visit_id"] for entry in page["visits"]] == made
    assert [entry.get("reason") for entry in page["visits"]] == [None, "patient", None]
    assert page["visits"][0]["consents"] == ["ceiling"]
    assert len(reception.visits("?treatment=online").json["visits"]) == 1
    assert reception.visits("?from=2020-01-01&to=2020-02-01").json == {"visits": []}
    assert reception.visits(who="clinic").json == {"visits": []}
    reception.registry.execute(
        "INSERT INTO registry.visit (visit_id, facility_id, request_id, person_id, opened_at, treatment, unlocked_by, consented_by,"
        " consents, consent_until, is_limited) SELECT gen_random_uuid(), v.facility_id, gen_random_uuid(), v.person_id, v.opened_at,"
        " 2, 1, 1, 0, 'infinity', false FROM registry.visit AS v, generate_series(1, 240) WHERE v.visit_id = %s", made[0])
    seen, after = [], ""
    while after is not None:
        page = reception.visits("?treatment=home_visit" + after).json
        seen += [entry["visit_id"] for entry in page["visits"]]
        after = "&after=" + page["next_after"] if "next_after" in page else None
    assert len(seen) == len(set(seen)) == 243


@pytest.mark.parametrize("arguments", ["?treatment=outpatient", "?from=yesterday", "?after=1", "?after=1.2", "?surprise=1",
                                       "?from=2026-01-01&from=2026-01-02"])
def test_a_list_that_is_asked_for_wrongly_is_refused(reception, arguments):
    assert reception.visits(arguments).code == "query_string_refused"
