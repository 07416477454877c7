"""People about themselves: the own card opens the own data, and shows who looked; nobody else's."""
import pytest

from harness.card import DAY, Portal, Reception, now
from harness.claims import claim, feed
from harness.document import Verifier, body, page_of
from harness.office import Office
from harness.people import INSURER
from harness.registry import new_id

from test_contract import problems


def fitting(told):
    assert problems({"$ref": "#/components/schemas/PersonDocument"}, told) == []
    return told


@pytest.fixture(scope="module")
def portal(place, tmp_path_factory):
    from conftest import made
    folder = tmp_path_factory.mktemp("portal")
    reception = Reception(lambda **settings: made(place, folder / "registry", **settings), folder)
    yield Portal(reception)
    reception.registry.close()


@pytest.fixture
def person(portal):
    return portal.registry.people.add()


@pytest.fixture
def card(portal, person):
    return portal.reception.card_of(person)


def test_the_own_card_shows_the_own_coverage(portal, person, card):
    opened = portal.open(card).json
    assert opened["eligibility"]["coverage"][0]["number"] == person.number
    again = portal.told("coverage", opened["session_id"])
    assert again["eligibility"]["coverage"] == opened["eligibility"]["coverage"]
    before = portal.told("coverage", opened["session_id"], asked_on="2000-01-01")
    assert before["eligibility"]["reason"] == "not_yet_started"


def test_the_own_coverage_can_be_carried_on_a_page_that_is_checked_offline(portal, tmp_path):
    person = portal.registry.people.add(birth_date="1990-05-05")
    told = portal.told("document", portal.session(portal.reception.card_of(person)))
    assert fitting(told)["reason"] == "in_force" and "valid_until" not in told
    payload = told["document"]["payload"]
    assert body(payload) == {
        "kind": "notice", "issuer": "shikaku.example", "insurer_number": INSURER, "symbol": person.symbol, "number": person.number,
        "branch_number": person.branch, "relation": "1", "name": person.name, "name_kana": person.name_kana,
        "birth_date": "1990-05-05", "sex1": "2", "acquired_on": "2020-04-01", "issued_on": told["issued_on"]}
    assert Verifier(portal.registry.pki / "document.pub", tmp_path).accepts(payload)
    page = page_of(told["document"], tmp_path)
    assert page.code() == payload
    shown = page.text()
    assert shown[0] == "資格情報のお知らせ" and "氏名 " + person.name.replace("　", " ") in shown


def test_the_burden_on_a_page_of_the_own_ends(portal):
    year = now().year
    between = portal.registry.people.add(birth_date=f"{year - 72}-03-03", ratio=20)
    portal.registry.people.insert("elderly_certificate", coverage_id=between.coverage_id, ratio_percent=10, valid=f"[{year}-01-01,{year + 1}-08-01)")
    portal.registry.people.refresh(between)
    told = portal.told("document", portal.session(portal.reception.card_of(between)))
    assert told["valid_until"] == body(told["document"]["payload"])["valid_until"] == f"{year + 1}-07-31"
    assert body(told["document"]["payload"])["burden_ratio"] == "010"
    older = portal.registry.people.add(birth_date=f"{year - 80}-03-03", ratio=10)
    told = portal.told("document", portal.session(portal.reception.card_of(older)))
    assert "valid_until" not in told and body(told["document"]["payload"])["burden_ratio"] == "010"


def test_whose_coverage_has_ended_or_is_sealed_gets_a_reason_and_no_page(portal):
    people = portal.registry.people
    for person, reason in ((people.add(valid="[2020-04-01,2025-01-01)"), "lost"), (people.add(hold=2), "suspended")):
        told = portal.told("document", portal.session(portal.reception.card_of(person)))
        assert fitting(told) == {"reason": reason}


def test_a_page_of_the_own_is_on_record_with_what_stands_on_it(portal, person, card):
    session = portal.session(card)
    portal.told("document", session)
    [look] = [look for look in portal.told("accesses", session)["accesses"] if "burden_ratio" in look["items"]][:1]
    assert set(look["items"]) == {"coverage", "person", "burden_ratio"}
    assert portal.ask("document", session_id=new_id()).code == "session_over"
    assert portal.ask("document", session_id=session, asked_on="2026-01-01").code == "field_unknown"


def test_every_look_is_in_the_list_with_who_when_how_and_what(portal, person, card):
    registry, reception = portal.registry, portal.reception
    feed(registry, claim(person, "A1", "2026-10"))
    registry.ask(person.question(purpose="treatment"))
    reception.show(card, consents=["drugs"], items=["drugs"], role="physician", purpose="dispensing", who="hospital")
    reception.show(card, who="hospital", treatment="emergency", emergency_reason="unconscious", role="physician",
                   items=["drugs"], user="doctor")
    session = portal.session(card)
    looks = portal.told("accesses", session)["accesses"]
    assert [look["way"] for look in looks] == ["person", "emergency", "card", "number"]
    assert [look["holder"] for look in looks] == ["portal", "facility", "facility", "facility"]
    assert all(look["facility_code"] == registry.facility_code("hospital") and look["facility_name"] for look in looks[1:])
    assert [look.get("purpose") for look in looks] == [None, None, "dispensing", "treatment"]
    assert looks[1]["reason"] == "unconscious" and "reason" not in looks[2]
    assert "drugs" in looks[1]["items"] and "drugs" in looks[2]["items"] and "drugs" not in looks[3]["items"]
    assert portal.told("accesses", session)["accesses"][0]["items"] == ["accesses"]


def test_a_look_of_operators_is_in_the_list_too(portal, person, card):
    office = Office(portal.registry)
    hold = portal.registry.people.insert("person_hold", "hold_id", person_id=person.person_id, scope=0, reason="test", kind=1,
                                         insurer_number=INSURER, due_on="2026-01-01")
    made = office.registrar.do("POST", f"holds/{hold}/show", {"reason": "ticket"}, status=202)
    [held] = [one for one in office.viewer.all("proposals") if one["proposal_number"] == made["proposal_number"]]
    office.security_officer.do("POST", f"proposals/{held['proposal_number']}/approve", etag=held["etag"])
    looks = portal.told("accesses", portal.session(card))["accesses"]
    assert must_fit_accesses(looks) == [("person", "portal"), ("office", "operator")]
    assert {"coverage", "person"} <= set(looks[1]["items"])


def must_fit_accesses(looks):
    assert [one for look in looks for one in problems({"$ref": "#/components/schemas/PersonAccess"}, look)] == []
    return [(look["way"], look["holder"]) for look in looks]


def test_looks_that_showed_nothing_are_not_in_the_list(portal, person, card):
    portal.registry.ask(person.question(birth_date="1868-01-01"))
    assert [look["way"] for look in portal.told("accesses", portal.session(card))["accesses"]] == ["person"]


def test_a_long_list_comes_page_by_page(portal, person, card):
    with portal.registry.connect() as connection:
        for _ in range(120):
            portal.registry.answers(person.question(), connection=connection)
    session, seen, more = portal.session(card), [], {}
    while True:
        page = portal.told("accesses", session, **more)
        seen += [look["confirmation"] for look in page["accesses"] if look["way"] == "number"]
        if "next_before" not in page:
            break
        more = {"before": page["next_before"]}
    assert len(seen) == len(set(seen)) == 120


def test_nobody_sees_anybody_elses(portal, person, card):
    other = portal.registry.people.add()
    feed(portal.registry, claim(other, "X1", "2026-10"))
    portal.registry.ask(other.question())
    visit = portal.reception.show(portal.reception.card_of(other), treatment="home_visit", consents=["drugs"]).json["visit_id"]
    session = portal.session(card)
    assert {look["way"] for look in portal.told("accesses", session)["accesses"]} == {"person"}
    assert portal.told("visits", session)["visits"] == []
    assert portal.told("drug-history", session)["items"] == {"drugs": {"verdict": "no_data_held"}}
    assert portal.ask(f"visits/{visit}/cancel", session_id=session).code == "not_found"
    assert portal.reception.query(visit).status == 200


def test_own_medicines_are_shown_and_sealed_by_a_doubt(portal, person, card):
    feed(portal.registry, claim(person, "M1", "2026-10"))
    session = portal.session(card)
    assert portal.told("drug-history", session)["items"]["drugs"]["claims"][0]["month"] == "2026-10"
    portal.registry.people.insert("person_hold", person_id=person.person_id, scope=1, reason="test")
    portal.registry.people.refresh(person)
    assert portal.told("drug-history", session)["items"] == {"drugs": {"verdict": "suspended"}}


def test_a_consent_that_the_person_takes_back_ends_at_once(portal, person, card):
    visit = portal.reception.show(card, treatment="home_visit", consents=["drugs"]).json["visit_id"]
    session = portal.session(card)
    listed = portal.told("visits", session)["visits"]
    assert [(one["visit_id"], one["treatment"], one["basis"], one["consents"]) for one in listed] == [
        (visit, "home_visit", "consent", ["drugs"])]
    ended = portal.told(f"visits/{visit}/cancel", session)
    assert ended["reason"] == "patient"
    assert portal.reception.query(visit).code == "visit_over"
    assert portal.told("visits", session)["visits"][0]["ended_at"] == ended["ended_at"]
    assert portal.told(f"visits/{visit}/cancel", session)["ended_at"] == ended["ended_at"]


def test_a_session_is_known_to_its_own_portal_only(portal, card):
    session = portal.session(card)
    portal.registry.issue("portal2", "portal2", kind="portal")
    portal.registry.admit()
    assert portal.ask("coverage", session_id=session, who="portal2").code == "session_over"
    assert portal.ask("coverage", session_id=new_id()).code == "session_over"


def test_a_session_ends(portal, card):
    session = portal.session(card)
    portal.registry.execute("UPDATE registry.person_session SET until = opened_at + interval '1 microsecond' WHERE session_id = %s",
                            session)
    assert portal.ask("accesses", session_id=session).code == "session_over"


def test_a_challenge_serves_once_and_a_session_is_opened_once(portal, card):
    challenge, request_id = portal.ask("challenges").json["challenge"], new_id()
    first = portal.open(card, challenge=challenge, request_id=request_id)
    assert portal.open(card, challenge=challenge).code == "challenge_used"
    assert portal.registry.one("SELECT count(*) FROM registry.person_session WHERE session_id = %s",
                               first.json["session_id"]) == 1


@pytest.mark.parametrize("change", ["flag", "death", "stranger"])
def test_a_card_that_may_not_look_opens_nothing(portal, change):
    people = portal.registry.people
    stranger = portal.open(portal.reception.authority.issue()).json["eligibility"]
    person = people.add(flag=2) if change == "flag" else people.add(valid="[2020-01-01,2026-01-01)", loss_reason="01")
    card = portal.reception.authority.issue() if change == "stranger" else portal.reception.card_of(person)
    opened = portal.open(card).json
    assert set(opened) == {"eligibility"}
    assert (opened["eligibility"]["reason"], opened["eligibility"]["advice"]) == ("card_not_linked", stranger["advice"])


def test_an_expired_certificate_opens_nothing_here(portal, person):
    card = portal.reception.card_of(person, begin=now() - 300 * DAY, end=now() - 10 * DAY)
    assert portal.open(card).code == "card_expired"


@pytest.mark.parametrize("path,body,code", [
    ("coverage", {}, "field_missing"), ("coverage", {"session_id": "x"}, "field_malformed"),
    ("accesses", {"session_id": new_id(), "before": "x"}, "field_malformed"),
    ("accesses", {"session_id": new_id(), "from": "1990-01-01"}, "field_malformed"),
    ("visits", {"session_id": new_id(), "before": "x"}, "field_malformed"),
    ("visits/x/cancel", {"session_id": new_id()}, "not_found"), ("drug-history", {"session_id": new_id(), "surprise": 1}, "field_unknown")])
def test_a_question_that_is_not_sound_is_refused(portal, path, body, code):
    assert portal.ask(path, **body).code == code


def test_each_program_answers_its_own_kind_of_holder(portal, card):
    assert portal.ask("challenges", who="hospital").code == "certificate_purpose_wrong"
    assert portal.registry.ask({}, path="/v1/card-sessions", who="portal").code == "certificate_purpose_wrong"
    assert portal.registry.ask({}, path="/v1/person/challenges").code == "path_unknown"
