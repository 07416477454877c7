"""資格確認書: who needs one on a day, issuing and replacing it, whose runs out; and each is checked without the registry."""
import datetime
import itertools

import pytest

from harness.document import Verifier, body, page_of
from harness.people import INSURER
from harness.registry import new_id
from harness.wait import until

from test_contract import must_fit

CERTIFICATES = "/v1/enrolment/certificates"
TODAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=9)).date()
serials = itertools.count(1)


def day(days):
    return str(TODAY + datetime.timedelta(days))


def years_on(years):
    return str(TODAY.replace(year=TODAY.year + years) if (TODAY.month, TODAY.day) != (2, 29)
               else TODAY.replace(year=TODAY.year + years, day=28))


def card(person):
    return {"symbol": person.symbol, "number": person.number, "branch_number": person.branch, "birth_date": person.birth_date}


def link(office, person, ended_at=None):
    """A card that can be read, as far as the registry knows."""
    office.people.insert("credential", serial=f"{0xC0000 + next(serials):X}", person_id=person.person_id, linked_at="2020-01-01",
                         ended_at=ended_at)


def issue(office, person, who="insurer", request_id=None, user="clerk-1", **more):
    content = {**card(person), "reason": "not_held", **more}
    return office.tell("POST", CERTIFICATES, {name: value for name, value in content.items() if value is not None}, who=who,
                       request_id=request_id, X_User_Id=user)


def issued(office, person, **more):
    reply = issue(office, person, **more)
    assert reply.status == 201, reply.raw
    return must_fit("POST", CERTIFICATES, reply)


def listed(office, which, **arguments):
    """All pages of a list, by number of the insured, and branch where it is not the first."""
    found, after = {}, {}
    while True:
        query = "&".join(f"{name}={value}" for name, value in {**arguments, **after}.items())
        reply = office.tell("GET", f"{CERTIFICATES}/{which}?{query}" if query else f"{CERTIFICATES}/{which}")
        assert reply.status == 200, reply.raw
        page = must_fit("GET", f"{CERTIFICATES}/{which}", reply)
        for person in page["people"]:
            key = person["number"] + person["branch_number"].removeprefix("01")
            assert key not in found
            found[key] = person
        if "next_after" not in page:
            return found
        after = {"after": page["next_after"]}


@pytest.fixture
def verifier(office, tmp_path):
    return Verifier(office.pki / "document.pub", tmp_path)


# ---- issuing ---------------------------------------------------------------------------------------------------------

def test_a_certificate_is_issued_and_a_facility_checks_it_offline(office, verifier, tmp_path):
    person = office.people.add(birth_date="1990-05-05")
    reply = issue(office, person, reason="lost", valid_until=day(300))
    view = must_fit("POST", CERTIFICATES, reply)
    assert reply.header("Location") == f"{CERTIFICATES}/{view['certificate_number']}"
    assert {name: view[name] for name in ("reason", "issued_on", "valid_from", "valid_until")} == {
        "reason": "lost", "issued_on": day(0), "valid_from": day(0), "valid_until": day(300)}
    assert "findings" not in view and "ended_on" not in view and "unknown_characters" not in view["document"]
    payload = view["document"]["payload"]
    assert body(payload) == {
        "kind": "certificate", "issuer": "shikaku.example", "insurer_number": INSURER, "symbol": person.symbol, "number": person.number,
        "branch_number": person.branch, "relation": "1", "name": person.name, "name_kana": person.name_kana,
        "birth_date": "1990-05-05", "sex1": "2", "acquired_on": "2020-04-01", "issued_on": day(0), "valid_until": day(300)}
    assert verifier.accepts(payload)
    page = page_of(view["document"], tmp_path)
    assert page.code() == payload
    shown = page.text()
    assert shown[0] == "資格確認書" and "氏名 " + person.name.replace("　", " ") in shown
    assert f"保険者番号 {INSURER}" in shown and not any("割合" in line for line in shown)


def test_it_can_be_read_again_as_it_was_printed_whatever_has_changed(office):
    person = office.people.add()
    view = issued(office, person)
    place = f"{CERTIFICATES}/{view['certificate_number']}"
    office.people.rename(person, "架空　改姓")
    reply = office.tell("GET", place)
    assert must_fit("GET", place, reply) == view
    assert issued(office, person)["document"]["payload"] != view["document"]["payload"]


def test_the_burden_stands_on_it_from_seventy_on(office):
    older = office.people.add(birth_date=str(TODAY.year - 72) + "-03-03", ratio=20)
    younger = office.people.add(birth_date=str(TODAY.year - 60) + "-03-03", ratio=30)
    assert body(issued(office, older)["document"]["payload"])["burden_ratio"] == "020"
    assert "burden_ratio" not in body(issued(office, younger)["document"]["payload"])


def test_the_same_request_again_is_told_the_same_and_issues_once(office):
    person, request_id = office.people.add(), new_id()
    first = issue(office, person, request_id=request_id)
    again = issue(office, person, request_id=request_id)
    assert (again.status, again.body) == (201, first.body)
    assert issue(office, person, request_id=request_id, reason="lost").code == "request_id_reused"
    assert office.one("SELECT count(*) FROM registry.eligibility_certificate WHERE coverage_id = %s", person.coverage_id) == 1


def test_without_an_end_it_is_valid_as_long_as_the_parameter_of_its_day_allows(office):
    assert issued(office, office.people.add())["valid_until"] == years_on(5)


def test_the_longest_time_is_a_dated_parameter(make_registry):
    registry = make_registry()
    registry.add_insurer("insurer", INSURER)
    registry.admit()
    registry.execute("INSERT INTO registry.policy_parameter VALUES ('eligibility_certificate_max_years', %s, '1', 'years', 'the seed')",
                     day(-10))
    registry.start_registrar()
    person = registry.people.add()
    assert issued(registry, person)["valid_until"] == years_on(1)
    late = issue(registry, person, valid_until=str(datetime.date.fromisoformat(years_on(1)) + datetime.timedelta(1)))
    assert (late.status, late.code) == (400, "field_malformed") and late.json["errors"][0]["field"] == "valid_until"


def test_it_ends_no_later_than_the_coverage(office):
    person = office.people.add(valid=f"[2020-04-01,{day(100)})")
    assert issue(office, person, valid_until=day(100)).json["errors"][0]["field"] == "valid_until"
    assert issued(office, person)["valid_until"] == day(99)


def test_a_new_one_ends_the_one_before(office, verifier):
    person = office.people.add()
    first = issued(office, person, reason="lost")
    second = issued(office, person, reason="renewing", valid_from=day(30), valid_until=day(60))
    place = f"{CERTIFICATES}/{first['certificate_number']}"
    again = office.tell("GET", place).json
    assert again["ended_on"] == day(30) and again["document"] == first["document"]
    assert verifier.accepts(first["document"]["payload"]) and verifier.accepts(second["document"]["payload"])
    third = issued(office, person, reason="lost")
    assert office.tell("GET", place).json["ended_on"] == day(0)
    assert office.tell("GET", f"{CERTIFICATES}/{second['certificate_number']}").json["ended_on"] == day(30)
    assert "ended_on" not in office.tell("GET", f"{CERTIFICATES}/{third['certificate_number']}").json


def test_no_card_as_a_reason_although_there_is_one_is_a_finding(office):
    person = office.people.add()
    link(office, person)
    assert issued(office, person)["findings"] == ["VR-27"]
    assert "findings" not in issued(office, person, reason="assisted")


@pytest.mark.parametrize("change,status,code,field", [
    ({"reason": None}, 400, "field_missing", "reason"),
    ({"reason": "lazy"}, 400, "field_malformed", "reason"),
    ({"number": None}, 400, "field_missing", "number"),
    ({"number": "123456789018"}, 400, "personal_number_refused", "number"),
    ({"birth_date": None}, 400, "field_missing", "birth_date"),
    ({"surprise": "1"}, 400, "field_unknown", None),
    ({"valid_from": day(-1)}, 400, "field_malformed", "valid_from"),
    ({"valid_from": day(400)}, 400, "field_malformed", "valid_from"),
    ({"valid_from": day(5), "valid_until": day(4)}, 400, "field_malformed", "valid_until"),
    ({"valid_until": "2090-01-01"}, 400, "field_malformed", "valid_until"),
    ({"birth_date": "1868-01-01"}, 404, "not_found", None),
])
def test_what_cannot_be_issued_is_refused_without_a_value(office, change, status, code, field):
    person = office.people.add()
    reply = issue(office, person, **change)
    assert (reply.status, reply.code) == (status, code), reply.raw
    must_fit("POST", CERTIFICATES, reply)
    if field:
        assert field in [error.get("field") for error in reply.json["errors"]]
    assert not any(value.encode() in reply.raw for value in person.personal)
    assert office.one("SELECT count(*) FROM registry.eligibility_certificate WHERE coverage_id = %s", person.coverage_id) == 0


def test_nobody_who_is_sealed_or_in_doubt_gets_one(office):
    for person in (office.people.add(hold=2), office.people.add(state=2)):
        assert issue(office, person).code == "state_wrong"


def test_what_was_issued_is_not_printed_again_while_a_doubt_seals_the_person_or_once_the_coverage_is_anothers(office):
    person, other = office.people.add(), office.people.add()
    view = issued(office, person)
    place = f"{CERTIFICATES}/{view['certificate_number']}"
    hold = office.people.insert("person_hold", "hold_id", person_id=person.person_id, scope=2, reason="a doubt")
    assert "document" not in must_fit("GET", place, office.tell("GET", place))
    office.people.execute("UPDATE registry.person_hold SET closed_at = now() WHERE hold_id = %s", hold)
    assert office.tell("GET", place).json == view
    office.people.execute("UPDATE registry.coverage SET superseded_at = now() WHERE coverage_id = %s AND superseded_at = 'infinity'",
                          person.coverage_id)
    office.people.cover(other, coverage_id=person.coverage_id, scheme=2, number=person.number)
    moved = office.tell("GET", place).json
    assert "document" not in moved and moved["ended_on"] == view["valid_from"]


def test_a_certificate_whose_replacement_by_file_is_taken_back_is_what_it_was(office):
    person = office.people.add()
    view = issued(office, person)
    place = f"{CERTIFICATES}/{view['certificate_number']}"
    kept = office.people.execute(
        "SELECT kept_columns, kept_values FROM registry.batch_terms() WHERE relation = 'eligibility_certificate'")[0]
    assert kept == (", printed_from, first_id", ", o.printed_from, coalesce(o.first_id, o.version_id)")
    # As an undo writes it back: what the file had ended, under another number, leads to the first one.
    office.people.execute("UPDATE registry.eligibility_certificate SET superseded_at = now() WHERE version_id = %s",
                          view["certificate_number"])
    office.people.execute(
        f"INSERT INTO registry.eligibility_certificate (coverage_id, number, reason, issued_on{kept[0]}, valid)"
        f" SELECT o.coverage_id, o.number, o.reason, o.issued_on{kept[1]}, o.valid FROM registry.eligibility_certificate AS o"
        " WHERE o.version_id = %s", view["certificate_number"])
    again = office.tell("GET", place).json
    assert again == view


def test_whose_coverage_has_ended_gets_none(office):
    person = office.people.add(valid="[2020-04-01,2025-01-01)")
    assert issue(office, person).json["errors"][0]["field"] == "valid_from"


def test_a_card_of_two_persons_names_neither(office):
    first = office.people.add(branch="01")
    office.people.add(branch="02", number=first.number, birth_date=first.birth_date)
    assert issue(office, first, branch_number=None).code == "several_persons"
    assert issue(office, first).status == 201


def test_it_is_told_who_at_the_insurer_it_was(office):
    person = office.people.add()
    reply = office.tell("POST", CERTIFICATES, {**card(person), "reason": "lost"})
    assert (reply.status, reply.code) == (400, "header_missing")


def test_without_a_key_nothing_is_issued(make_registry):
    registry = make_registry()
    registry.add_insurer("insurer", INSURER)
    registry.admit()
    registry.start_registrar(document_key="")
    person = registry.people.add()
    reply = issue(registry, person)
    assert (reply.status, reply.code) == (503, "documents_away")
    must_fit("POST", CERTIFICATES, reply)
    assert registry.one("SELECT count(*) FROM registry.eligibility_certificate") == 0
    assert len(registry.tell("GET", f"{CERTIFICATES}/needed").json["people"]) == 1


# ---- who needs one, and whose runs out -----------------------------------------------------------------------------

def test_who_has_neither_card_nor_certificate_needs_one(office):
    nothing, held, lost, has = (office.people.add() for _ in range(4))
    ended = office.people.add()
    link(office, held)
    link(office, lost, ended_at=f"{day(-1)} 12:00+09")
    issued(office, has)
    office.people.insert("eligibility_certificate", coverage_id=ended.coverage_id, reason=4, issued_on="2024-12-02",
                         valid="[2024-12-02,2025-04-01)")
    found = listed(office, "needed")
    assert found[nothing.number] == {"symbol": "1234", "number": nothing.number, "branch_number": "01", "birth_date": nothing.birth_date,
                                     "acquired_on": "2020-04-01", "reason": "not_held"}
    assert found[lost.number]["reason"] == "certificate_expired"
    assert (found[ended.number]["reason"], found[ended.number]["last_valid_until"]) == ("assisted", "2025-03-31")
    assert held.number not in found and has.number not in found
    assert lost.number not in listed(office, "needed", on=day(-2))
    assert has.number in listed(office, "needed", on=str(datetime.date.fromisoformat(years_on(5)) + datetime.timedelta(1)))


def test_a_list_names_nobody_and_each_one_in_it_is_on_record(office):
    person, request_id = office.people.add(), new_id()
    reply = office.tell("GET", f"{CERTIFICATES}/needed?limit=500", request_id=request_id)
    shown = [one["number"] for one in reply.json["people"]]
    assert person.number in shown
    assert not any(value.encode() in reply.raw for value in (person.name, person.name_kana, person.address))
    office.answers(person.question(), request_id=(other := new_id()))
    records = {bytes(subject): items for subject, items in office.execute(
        "SELECT subject, items FROM registry.access_record WHERE request_id = %s AND subject IS NOT NULL", request_id)}
    own = office.one("SELECT subject FROM registry.access_record WHERE request_id = %s", other)
    assert len(records) == len(shown) and set(records.values()) == {1} and bytes(own) in records


def test_a_list_comes_page_by_page(office):
    people = [office.people.add() for _ in range(5)]
    found = listed(office, "needed", limit=2)
    assert {person.number for person in people} <= set(found) and found == listed(office, "needed")


def test_whose_certificate_ends_soon_is_watched(office):
    soon, later, renewed = (office.people.add() for _ in range(3))
    view = issued(office, soon, valid_until=day(20))
    issued(office, later, valid_until=day(200))
    issued(office, renewed, valid_until=day(20))
    issued(office, renewed, valid_from=day(21), valid_until=day(300))
    link(office, soon)
    found = listed(office, "expiring", until=day(30))
    assert found[soon.number] == {
        "certificate_number": view["certificate_number"], "symbol": "1234", "number": soon.number, "branch_number": "01",
        "birth_date": soon.birth_date, "reason": "not_held", "issued_on": day(0), "valid_from": day(0), "valid_until": day(20),
        "has_card": True}
    assert later.number not in found and renewed.number not in found
    assert later.number in listed(office, "expiring", until=day(200))
    assert soon.number in listed(office, "expiring") and soon.number not in listed(office, "expiring", until=day(19))


def test_one_that_came_in_a_file_is_watched_and_has_no_page(office):
    person = office.people.add()
    certificate = office.people.insert("eligibility_certificate", "version_id", coverage_id=person.coverage_id, number="A-77", reason=3,
                                       issued_on="2026-01-01", valid=f"[2026-01-01,{day(11)})")
    assert listed(office, "expiring")[person.number]["own_number"] == "A-77"
    place = f"{CERTIFICATES}/{certificate}"
    view = must_fit("GET", place, office.tell("GET", place))
    assert view["own_number"] == "A-77" and "document" not in view


@pytest.mark.parametrize("query", ["on=2026-02-30", "on=2026-01-01&on=2026-01-01", "limit=0", "limit=501", "after=x", "until=2026-01-01",
                                   "name=x", "on="])
def test_a_question_of_another_form_is_refused(office, query):
    reply = office.tell("GET", f"{CERTIFICATES}/needed?{query}")
    assert (reply.status, reply.code) == (400, "query_string_refused"), reply.raw


# ---- others ----------------------------------------------------------------------------------------------------------

def test_nobody_elses_people_are_issued_for_listed_or_read(office):
    person = office.people.add()
    assert issue(office, person, who="other").code == "not_found"
    place = f"{CERTIFICATES}/{issued(office, person)['certificate_number']}"
    assert office.tell("GET", place, who="other").code == "not_found"
    for which in ("needed", f"expiring?until={years_on(6)}"):
        assert person.number.encode() not in office.tell("GET", f"{CERTIFICATES}/{which}", who="other").raw


# ---- starting ----------------------------------------------------------------------------------------------------------

NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>/nowhere</dir></fontconfig>'


@pytest.mark.parametrize("spoil,reason", [
    (lambda key, folder: key.chmod(0o640), "mode must be 0600"),
    (lambda key, folder: key.write_text("no key\n", encoding="ascii"), "not an Ed25519 private key"),
    (lambda key, folder: None, "no fonts for documents"),
])
def test_a_registrar_that_could_not_issue_does_not_start(make_registry, tmp_path, monkeypatch, spoil, reason):
    registry = make_registry()
    key = registry.pki / "document.key"
    spoil(key, tmp_path)
    if "fonts" in reason:
        (tmp_path / "fonts.conf").write_text(NO_FONTS, encoding="ascii")
        monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    registry.start_registrar(wait=False)
    until(lambda: registry.registrar.poll() is not None)
    assert registry.registrar.returncode != 0 and reason in registry.log("registrar")
    registry.registrar = None
