"""Operators: two factors, roles by the table, nothing dangerous by one alone, and everything on record."""
import json
import uuid

import pytest

from conftest import made
from harness.days import today
from harness.office import Office, code_at
from harness.people import INSURER
from harness.server import shikaku
from harness.wait import until

from test_contract import must_fit


class Contracted(Office):
    """Whatever the office answers in these tests is what the contract says."""

    def send(self, method, path, *more, **named):
        reply = super().send(method, path, *more, **named)
        if named.get("who") != "hospital":
            must_fit(method, "/v1/admin/" + path, reply)
        return reply


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    registry = made(place, tmp_path_factory.mktemp("office") / "registry")
    registry.start()
    yield Contracted(registry)
    registry.close()


def refused(reply, status, code, field=None):
    assert (reply.status, reply.code) == (status, code), reply.body
    if field is not None:
        assert field in [fault.get("field") for fault in reply.json["errors"]]


def facility(n, **more):
    return {"facility_code": f"2712{n:06d}", "name": "架空診療所", "kind": "medical_clinic", "prefecture": 27,
            "valid_from": "2020-01-01", **more}


# ---- two factors ---------------------------------------------------------------------------------

def test_a_certificate_alone_opens_nothing(office):
    refused(office.send("GET", "overview"), 400, "header_missing", "Authorization")
    refused(office.send("GET", "overview", Authorization="Bearer " + "A" * 43), 401, "session_over")
    refused(office.send("GET", "overview", Authorization="Bearer short"), 400, "header_malformed")


def test_each_code_opens_one_session_and_a_wrong_one_none(office):
    operator = office.add("codes", "viewer")
    office.registry.admit()
    until(lambda: operator.show("000000").code == "second_factor_wrong" or None)
    code = operator.code(-1)
    assert operator.show(code).json["role"] == "viewer"
    refused(operator.show(code), 403, "second_factor_wrong")
    refused(operator.show("12345"), 403, "second_factor_wrong")
    refused(operator.show(code_at(operator.secret, 1)), 403, "second_factor_wrong")


def test_after_five_wrong_codes_the_right_one_is_not_looked_at_either(office):
    operator = office.add("guesser", "viewer")
    office.registry.admit()
    until(lambda: operator.show("000000").code == "second_factor_wrong" or None)
    for n in range(4):
        refused(operator.show(f"00000{n}"), 403, "second_factor_wrong")
    refused(operator.show(operator.code()), 403, "second_factor_wrong")
    until(lambda: any(one["operator_number"] == operator.number and "locked_until" in one
                      for one in office.auditor.all("operators")))


def test_a_session_is_worth_nothing_over_another_certificate(office):
    token = office.viewer.open().token
    refused(office.send("GET", "overview", who="auditor", Authorization=f"Bearer {token}"), 401, "session_over")


def test_a_closed_session_is_over_and_another_secret_ends_the_one_before(office):
    operator = office.add("leaver", "viewer")
    office.registry.admit()
    until(lambda: operator.show("000000").code == "second_factor_wrong" or None)
    operator.open()
    assert operator.see("self")["role"] == "viewer"
    operator.do("DELETE", "sessions")
    refused(operator.send("GET", "self"), 401, "session_over")
    renewed = json.loads(shikaku("operator", "--database", office.registry.address(), "--office-key",
                                 office.registry.pki / "office.key", "--operator", operator.number))
    assert renewed["operator"] == int(operator.number)
    refused(operator.show(operator.code()), 403, "second_factor_wrong")


def test_who_is_no_operator_is_refused_at_the_office_and_operators_elsewhere(office):
    refused(office.send("GET", "overview", who="hospital"), 403, "certificate_purpose_wrong")
    refused(office.registry.ask({}, who="viewer"), 403, "certificate_purpose_wrong")


# ---- roles ---------------------------------------------------------------------------------------

ROLES = {1: "viewer", 2: "registrar", 3: "security_officer", 4: "auditor"}
PATHS = {
    "self": ("GET", "self", None), "overview": ("GET", "overview", None), "session_close": None,
    "facilities": ("GET", "facilities", None), "facility": ("GET", "facilities/2712000999", None),
    "facility_admit": ("POST", "facilities", facility(1, kind="hospital", prefecture=99999)),
    "facilities_admit": ("POST", "facility-lists", {"facilities": [facility(2)]}),
    "facility_change": ("PUT", "facilities/2712000999", {}),
    "alarms": ("GET", "alarms", None),
    "credential_alarms": ("GET", "credential-alarms", None),
    "checks": ("GET", "statistics/checks", None), "uses": ("GET", "statistics/uses", None),
    "rollout": ("GET", "statistics/rollout", None), "reasons": ("GET", "statistics/reasons", None),
    "universe_set": ("POST", "statistics/universe", {"lists": [{"as_of": "2001-01-01", "prefecture": 1, "kind": "hospital",
                                                                "facilities": 1, "obliged": 1}]}),
    "facility_exempt": ("POST", "facilities/2712000999/exemption", {"kind": "closing", "valid_from": "2023-04-01"}),
    "facility_close": ("POST", "facilities/2712000999/closure", {"valid_to": "2023-04-01"}),
    "code_set": ("POST", "codes", {"list": "OQSCD006", "code": "7", "valid_from": "2099-01-01", "name_ja": "架空", "name_en": "invented"}),
    "verdicts": ("GET", "statistics/verdicts", None), "codes": ("GET", "codes", None),
    "insurers": ("GET", "insurers", None), "insurer": ("GET", "insurers/99999999", None),
    "insurer_admit": ("POST", "insurers", {"insurer_number": INSURER, "name": "架空", "kind": 2, "valid_from": "2020-01-01"}),
    "insurer_change": ("PUT", "insurers/99999999", {}),
    "certificates": ("GET", "certificates", None),
    "certificate_revoke": ("POST", "certificates/99999999/revoke", {"reason": "lost"}),
    "parameters": ("GET", "parameters", None),
    "parameter_set": ("POST", "parameters", {"name": "consent_hours", "valid_from": "2099-01-01", "value": "24", "source": "-"}),
    "holidays": ("GET", "holidays", None), "holiday_set": ("POST", "holidays", {"day": "2020-01-01", "name": "元日"}),
    "disasters": ("GET", "disasters", None),
    "disaster_begin": ("POST", "disasters", {"prefecture": 17, "hours": 24, "reason": "地震"}),
    "disaster_end": ("POST", "disasters/99999999/close", None),
    "batches": ("GET", "batches", None), "batch": ("GET", "batches/99999999", None),
    "batch_let_go": ("POST", "batches/99999999/release", {"reason": "asked by telephone"}),
    "batch_stop": ("POST", "batches/99999999/stop", {"reason": "wrong file"}),
    "batch_retry": ("POST", "batches/99999999/retry", None),
    "jobs": ("GET", "jobs", None), "holds": ("GET", "holds", None),
    "hold_show": ("POST", "holds/99999999/show", {"reason": "ticket"}),
    "breaches": ("GET", "breaches", None), "compliance_all": ("GET", "compliance", None),
    "discrepancies": ("GET", "discrepancies", None), "reviews": ("GET", "reviews", None),
    "unlinks": ("GET", "unlinks", None), "operators": ("GET", "operators", None),
    "operator_admit": ("POST", "operators", {"name": "架空", "organisation": "架空", "role": "viewer"}),
    "operator_end": ("POST", "operators/99999999/end", {"reason": "left"}),
    "proposals": ("GET", "proposals", None), "proposal_approve": ("POST", "proposals/99999999/approve", None),
    "proposal_refuse": ("POST", "proposals/99999999/refuse", {"reason": "no"}),
    "journal": ("GET", "journal", None), "accesses": ("GET", "accesses", None),
}


def test_every_act_is_allowed_or_refused_to_every_role_as_the_table_says(office):
    table = dict(office.registry.execute("SELECT act, roles FROM registry.office_act"))
    assert table.keys() == PATHS.keys()
    for act, roles in table.items():
        if PATHS[act] is None:
            continue
        method, path, body = PATHS[act]
        body = dict(body, prefecture=47) if act == "facility_admit" else body
        for number, role in ROLES.items():
            reply = getattr(office, role).send(method, path, body, etag='"none"')
            if number in roles:
                assert reply.code != "not_permitted", (act, role)
                assert reply.status in (200, 201, 202, 404, 400, 409), (act, role, reply.body)
            else:
                assert (reply.status, reply.code) == (403, "not_permitted"), (act, role, reply.body)


def test_what_a_role_may_stands_in_its_own_description(office):
    table = dict(office.registry.execute("SELECT act, roles FROM registry.office_act"))
    for number, role in ROLES.items():
        told = getattr(office, role).see("self")
        assert (told["role"], told["acts"]) == (role, sorted(act for act, roles in table.items() if number in roles))


# ---- changing ------------------------------------------------------------------------------------

def test_a_facility_is_admitted_changed_and_suspended_and_its_history_stays(office):
    registrar = office.registrar
    reply = registrar.send("POST", "facilities", facility(10))
    assert reply.status == 201 and reply.json["status"] == "applied" and reply.header("ETag") == reply.json["etag"]
    refused(registrar.send("POST", "facilities", facility(10)), 409, "there_already")
    refused(registrar.send("PUT", "facilities/2712000010", {"status": "operating"}), 428, "etag_missing")
    now = registrar.do("PUT", "facilities/2712000010", {"status": "operating"}, etag=reply.json["etag"])
    refused(registrar.send("PUT", "facilities/2712000010", {"status": "ready"}, etag=reply.json["etag"]), 412, "etag_differs")
    registrar.do("PUT", "facilities/2712000010", {"status": "suspended", "name": "架空医院"}, etag=now["etag"])
    seen = office.viewer.see("facilities/2712000010")
    assert (seen["status"], seen["name"]) == ("suspended", "架空医院")
    assert [entry["status"] for entry in seen["history"]] == ["applied", "operating", "suspended"]


def test_a_facility_is_exempt_for_one_reason_at_a_time_until_its_day(office):
    registrar = office.registrar
    etag = registrar.do("POST", "facilities", facility(60), status=201)["etag"]
    place = "facilities/2712000060/exemption"
    registrar.do("POST", place, {"kind": "no_network", "valid_from": "2023-04-01"}, status=201, etag=etag)
    registrar.do("POST", place, {"kind": "closing", "valid_from": "2023-10-01", "valid_to": "2024-10-01"}, status=201, etag=etag)
    refused(registrar.send("POST", place, {"kind": "special", "valid_from": "2023-06-01"}, etag=etag), 409, "there_already")
    assert office.viewer.see("facilities/2712000060")["exemptions"] == [
        {"kind": "no_network", "valid_from": "2023-04-01", "valid_to": "2023-10-01"},
        {"kind": "closing", "valid_from": "2023-10-01", "valid_to": "2024-10-01"}]
    held = {day: sum(row["exempt"] for row in office.viewer.see(f"statistics/rollout?day={day}")["items"] if row["prefecture"] == 27)
            for day in ("2023-03-31", "2023-04-01", "2024-09-30", "2024-10-01")}
    assert held == {"2023-03-31": 0, "2023-04-01": 1, "2024-09-30": 1, "2024-10-01": 0}


def test_a_facility_is_closed_with_a_successor_and_both_say_so(office):
    registrar = office.registrar
    old = registrar.do("POST", "facilities", facility(70, status="operating"), status=201)
    new = registrar.do("POST", "facilities", facility(71, valid_from="2024-04-01"), status=201)
    other = registrar.do("POST", "facilities", facility(72, valid_from="2024-04-01"), status=201)
    place = "facilities/2712000070/closure"
    for wrong in ("2712000070", "2712999999", "27"):
        reply = registrar.send("POST", place, {"valid_to": "2024-04-01", "successor_code": wrong}, etag=old["etag"])
        refused(reply, 400, "field_malformed")
        assert reply.json["errors"][0]["field"] == "successor_code"
    refused(registrar.send("POST", place, {"valid_to": "2024-03-31", "successor_code": new["facility_code"]}, etag=old["etag"]), 400,
            "field_malformed")
    closed = registrar.do("POST", place, {"valid_to": "2024-04-01", "successor_code": new["facility_code"]}, etag=old["etag"])
    assert (closed["state"], closed["status"], closed["successor_code"]) == ("closed", "operating", new["facility_code"])
    assert office.viewer.see("facilities/2712000071")["predecessor_code"] == "2712000070"
    refused(registrar.send("POST", place, {"valid_to": "2024-05-01"}, etag=closed["etag"]), 409, "state_wrong")
    assert "2712000070" in [one["facility_code"] for one in office.viewer.all("facilities?state=closed")]
    assert "2712000070" not in [one["facility_code"] for one in office.viewer.all("facilities?prefecture=27")]
    third = registrar.do("POST", "facilities", facility(73), status=201)
    refused(registrar.send("POST", "facilities/2712000073/closure", {"valid_to": "2024-04-01", "successor_code": new["facility_code"]},
                           etag=third["etag"]), 400, "field_malformed")  # it continues another one
    assert "successor_code" not in registrar.do("POST", "facilities/2712000073/closure", {"valid_to": "2024-04-01"}, etag=third["etag"])
    assert office.viewer.see(f"facilities/{other['facility_code']}")["state"] == "applied"


def test_a_facility_that_need_not_operate_yet_is_exempt_until_it_operates(office):
    registrar = office.registrar
    etag = registrar.do("POST", "facilities", facility(74), status=201)["etag"]
    registrar.do("POST", "facilities/2712000074/exemption", {"kind": "closing", "valid_from": "2023-04-01"}, status=201, etag=etag)
    held = {state: "2712000074" in [one["facility_code"] for one in office.viewer.all(f"facilities?prefecture=27&state={state}")]
            for state in ("applied", "exempt", "operating")}
    assert held == {"applied": False, "exempt": True, "operating": False}
    registrar.do("PUT", "facilities/2712000074", {"status": "operating"}, etag=etag)
    seen = office.viewer.see("facilities/2712000074")
    assert (seen["state"], len(seen["exemptions"])) == ("operating", 1)


def test_a_code_gets_another_meaning_from_a_day_to_come_by_two_and_keeps_the_one_before(office):
    def put(**more):
        body = {"list": "OQSCD007", "code": "3", "valid_from": "2098-01-01", "name_ja": "架空の意味", "name_en": "invented", **more}
        number = office.registrar.do("POST", "codes", {key: fact for key, fact in body.items() if fact is not None}, status=202)["proposal_number"]
        etag = office.registrar.see("proposals")["items"][0]["etag"]
        return office.registrar2.send("POST", f"proposals/{number}/approve", etag=etag)

    def held(code="3"):
        return [(one["name_en"], one["valid_from"], one.get("valid_to")) for one in office.viewer.all("codes?list=OQSCD007") if one["code"] == code]

    before = held()
    assert len(before) == 1
    name, since, _ = before[0]
    assert put().status == 200
    assert held() == [(name, since, "2098-01-01"), ("invented", "2098-01-01", None)]
    assert put(valid_from="2097-01-01", name_en="sooner").status == 200  # what has not begun is replaced
    assert held() == [(name, since, "2097-01-01"), ("sooner", "2097-01-01", None)]
    assert put(valid_from="2099-01-01", name_ja=None, name_en=None).status == 200
    assert held()[1] == ("sooner", "2097-01-01", "2099-01-01")
    assert put(code="8").status == 200 and held("8") == [("invented", "2098-01-01", None)]
    for wrong in ({"valid_from": str(today())}, {"name_ja": None}, {"name_en": None}):
        refused(put(**wrong), 400, "field_malformed")
    for missing in ({"list": "OQSCD999"}, {"code": "9", "name_ja": None, "name_en": None}):
        refused(put(**missing), 404, "not_found")


def test_codes_are_listed_with_their_days_page_by_page(office):
    held = office.viewer.all("codes?list=OQSCD006")
    assert [one["code"] for one in held] == sorted(one["code"] for one in held) and len(held) >= 6


def test_what_became_of_doubts_is_counted_by_month_and_kind(office):
    hold = office.registry.people.insert("person_hold", "hold_id", person_id=office.registry.people.add().person_id, scope=2,
                                         reason="test", kind=6, insurer_number=INSURER, due_on="2026-01-01",
                                         opened_at="2026-01-10 00:00+09")
    [row] = [one for one in office.viewer.see("statistics/verdicts")["items"] if one["kind"] == 6]
    assert (row["month"], row["raised"], row["open"]) == ("2026-01-01", 1, 1) and hold


def test_a_suspension_at_the_office_is_felt_at_the_counter_within_seconds(office):
    registry, registrar = office.registry, office.registrar
    registry.add_facility("felt", kind=2)
    registry.admit()
    code = registry.execute("SELECT facility_code FROM registry.facility ORDER BY facility_id DESC LIMIT 1")[0][0]
    person = registry.people.add()
    assert registry.ask(person.question(), who="felt").status == 200
    etag = registrar.see(f"facilities/{code}")["etag"]
    registrar.do("PUT", f"facilities/{code}", {"status": "suspended"}, etag=etag)
    until(lambda: registry.ask(person.question(), who="felt").code == "facility_suspended", 5)


def test_a_certificate_revoked_at_the_office_stays_revoked_when_the_authority_does_not_know(office):
    registry = office.registry
    registry.add_facility("revoked", kind=2)
    registry.admit()
    code = registry.execute("SELECT facility_code FROM registry.facility ORDER BY facility_id DESC LIMIT 1")[0][0]
    [held] = office.registrar.see(f"certificates?facility_code={code}")["items"]
    office.registrar.do("POST", f"certificates/{held['certificate_number']}/revoke", {"reason": "lost"}, etag=held["etag"])
    registry.admit()
    until(lambda: registry.ask({}, who="revoked").code == "certificate_revoked", 5)


@pytest.mark.parametrize("body, field", [
    ({}, "facility_code"), (facility(20, kind="temple"), "kind"), (facility(20, colour="red"), None),
    (facility(20, prefecture=48), "prefecture"), (facility(20, valid_from="2020-02-30"), "valid_from"),
])
def test_a_member_that_is_wrong_is_named(office, body, field):
    reply = office.registrar.send("POST", "facilities", body)
    assert reply.status == 400
    assert field in [fault.get("field") for fault in reply.json["errors"]]


def test_what_the_database_does_not_allow_is_a_clear_answer_and_not_a_failure(office):
    reply = office.registrar.send("POST", "facilities", facility(21, facility_code="12345"))
    refused(reply, 400, "field_malformed")
    until(lambda: "store_refused" not in office.registry.log("office") or None)


def test_the_same_request_twice_is_done_once(office):
    request_id = str(uuid.uuid4())
    first = office.registrar.send("POST", "facilities", facility(30), request_id=request_id)
    again = office.registrar.send("POST", "facilities", facility(30), request_id=request_id)
    assert (first.status, again.status, first.json) == (201, 201, again.json)
    refused(office.registrar.send("POST", "facilities", facility(31), request_id=request_id), 409, "request_id_reused")


def test_a_parameter_is_set_for_days_to_come_and_only_by_two(office):
    body = {"name": "consent_hours", "valid_from": "2098-01-01", "value": "48", "source": "架空の省令"}
    refused(office.registrar.send("POST", "proposals/1/approve", None), 428, "etag_missing")
    made_ = office.registrar.do("POST", "parameters", body, status=202)
    [held] = [one for one in office.viewer.all("proposals?state=waiting") if one["proposal_number"] == made_["proposal_number"]]
    assert (held["act"], held["how"], held["proposed_by"]) == ("parameter_set", body, office.registrar.number)
    place = f"proposals/{held['proposal_number']}/approve"
    refused(office.registrar.send("POST", place, etag=held["etag"]), 403, "second_person_needed")
    refused(office.security_officer.send("POST", place, etag=held["etag"]), 403, "not_permitted")
    done = office.registrar2.do("POST", place, etag=held["etag"])
    assert done["proposal"]["state"] == "carried_out" and done["result"]["value"] == "48"
    assert [one["value"] for one in office.viewer.all("parameters") if one["name"] == "consent_hours"] == ["24", "48"]
    refused(office.registrar2.send("POST", place, etag=done["proposal"]["etag"]), 409, "state_wrong")


def test_a_proposal_can_be_withdrawn_and_then_nobody_carries_it_out(office):
    made_ = office.registrar.do("POST", "disasters", {"prefecture": 13, "hours": 1, "reason": "訓練"}, status=202)
    held = next(one for one in office.viewer.all("proposals") if one["proposal_number"] == made_["proposal_number"])
    gone = office.registrar.do("POST", f"proposals/{held['proposal_number']}/refuse", {"reason": "mistake"}, etag=held["etag"])
    assert gone["state"] == "refused"
    refused(office.registrar2.send("POST", f"proposals/{held['proposal_number']}/approve", etag=gone["etag"]), 409, "state_wrong")


def approve(office, made_, by):
    held = next(one for one in office.viewer.all("proposals") if one["proposal_number"] == made_["proposal_number"])
    return by.send("POST", f"proposals/{held['proposal_number']}/approve", etag=held["etag"])


def test_disaster_mode_takes_two_to_open_and_one_to_close(office):
    made_ = office.registrar.do("POST", "disasters", {"prefecture": 17, "hours": 72, "reason": "能登の地震"}, status=202)
    done = approve(office, made_, office.registrar2)
    assert done.status == 200, done.body
    [held] = [one for one in office.viewer.all("disasters") if one["prefecture"] == 17]
    assert held["opened_by"] == f"operator {office.registrar2.number}" and "closed_at" not in held
    closed = office.registrar.do("POST", f"disasters/{held['disaster_number']}/close", etag=held["etag"])
    assert "closed_at" in closed
    refused(office.registrar.send("POST", f"disasters/{held['disaster_number']}/close", etag=closed["etag"]), 409, "state_wrong")


def test_many_facilities_are_admitted_all_or_none(office):
    many = [facility(100 + n) for n in range(5)]
    made_ = office.registrar.do("POST", "facility-lists", {"facilities": [*many, facility(100)]}, status=202)
    refused(approve(office, made_, office.registrar2), 409, "there_already")
    assert not [one for one in office.viewer.all("facilities") if one["facility_code"].startswith("27120001")]
    made_ = office.registrar.do("POST", "facility-lists", {"facilities": many}, status=202)
    assert approve(office, made_, office.registrar2).json["result"] == {"admitted": 5}
    assert len([one for one in office.viewer.all("facilities?prefecture=27")
                if one["facility_code"].startswith("27120001")]) == 5
    refused(office.registrar.send("POST", "facility-lists", {"facilities": []}), 400, "field_malformed", "facilities")
    refused(office.registrar.send("POST", "facility-lists", {"facilities": [facility(110), {"name": "x"}]}), 400, "field_missing")


def test_operators_are_made_and_ended_by_two_security_officers(office):
    body = {"name": "架空審査者", "organisation": "架空機関", "role": "auditor"}
    made_ = office.security_officer.do("POST", "operators", body, status=202)
    new = approve(office, made_, office.security_officer2).json["result"]
    assert new["role"] == "auditor"
    made_ = office.security_officer.do("POST", f"operators/{new['operator_number']}/end", {"reason": "left"}, status=202,
                                       etag=new["etag"])
    assert approve(office, made_, office.security_officer2).status == 200
    [ended] = [one for one in office.auditor.all("operators") if one["operator_number"] == new["operator_number"]]
    assert "valid_to" in ended


def test_nobody_sees_whom_a_doubt_is_about_alone_and_the_look_is_on_record(office):
    registry = office.registry
    person = registry.people.add()
    hold = registry.people.insert("person_hold", "hold_id", person_id=person.person_id, scope=2, reason="test", kind=1,
                                  insurer_number=INSURER, due_on="2026-01-01")
    assert any(one["hold_number"] == str(hold) and one["is_overdue"] for one in office.viewer.all("holds?overdue=yes"))
    made_ = office.registrar.do("POST", f"holds/{hold}/show", {"reason": "ticket"}, status=202)
    request_id = str(uuid.uuid4())
    held = next(one for one in office.viewer.all("proposals") if one["proposal_number"] == made_["proposal_number"])
    shown = office.security_officer.send("POST", f"proposals/{held['proposal_number']}/approve", etag=held["etag"],
                                         request_id=request_id)
    assert shown.json["result"]["coverage"][0]["number"] == person.number
    record = registry.record(request_id)
    assert (record["actor_kind"], record["subject"] is not None) == (3, True)
    kept = registry.one("SELECT body FROM registry.office_journal WHERE request_id = %s", request_id)
    assert kept is None
    for one in office.auditor.all("journal"):
        assert person.number not in json.dumps(one)


# ---- on record -----------------------------------------------------------------------------------

def test_every_act_is_in_the_journal_and_every_request_in_the_access_records(office):
    request_id = str(uuid.uuid4())
    office.registrar.do("POST", "facilities", facility(40), status=201, request_id=request_id)
    [entry] = [one for one in office.auditor.all(f"journal?operator_number={office.registrar.number}")
               if one["request_id"] == request_id]
    assert (entry["act"], entry["outcome"], entry["how"]["facility_code"]) == ("facility_admit", "made", "2712000040")
    assert office.registry.record(request_id)["actor_kind"] == 3
    request_id = str(uuid.uuid4())
    refused(office.viewer.send("GET", "journal", request_id=request_id), 403, "not_permitted")
    assert office.registry.record(request_id)["fault"] is not None
    assert any(one["holder"] == "operator" and one["refused"] for one in office.auditor.all(f"accesses?day={today()}"))


def test_lists_come_page_by_page_and_arguments_are_strict(office):
    codes = [one["facility_code"] for one in office.viewer.all("facilities")]
    assert codes == sorted(set(codes)) and len(codes) > 3
    for arguments in ("count=0x", "count=501", "kind=temple", "colour=red", "count=1&count=2", "prefecture=48"):
        refused(office.viewer.send("GET", f"facilities?{arguments}"), 400, "query_string_refused")


def test_records_of_a_day_are_all_there_however_far_apart_their_numbers_are(office):
    registry = office.registry
    facility = registry.add_facility(kind=4)
    code = registry.one("SELECT facility_code FROM registry.facility WHERE facility_id = %s", facility)
    numbers = []
    for _ in range(5):
        numbers.append(registry.one("SELECT nextval('registry.access_record_id') << 12"))
        registry.execute("INSERT INTO registry.access_record (record_id, request_id, body_digest, day, actor_id, facility_id, actor_kind, route,"
                         f" way, purpose) VALUES (%s, gen_random_uuid(), '\\x{'00' * 16}', %s, %s, %s, 1, 1, 2, 0)", numbers[-1], today(),
                         facility, facility)
        registry.execute("SELECT setval('registry.access_record_id', nextval('registry.access_record_id') + 3000)")
    assert [int(one["record_number"]) for one in office.auditor.all(f"accesses?facility_code={code}")] == numbers
    assert set(map(str, numbers)) <= {one["record_number"] for one in office.auditor.all("accesses")}


def test_the_five_day_record_of_all_insurers_comes_page_by_page_with_who_is_late_first(office):
    for number, late in (("06139992", 2), ("00139998", 3), ("01139997", 3)):
        office.registry.execute("INSERT INTO registry.registration_day VALUES (%s, %s, 9, true, %s) ON CONFLICT DO NOTHING", number, today(), late)
    pages = office.viewer.all("compliance")
    places = [(-one["overdue_now"], -one["late"], one["insurer_number"]) for one in pages]
    assert places == sorted(set(places)) and len(pages) >= 3
    first = office.viewer.see("compliance?count=1")
    assert first["items"] == pages[:1] and first["from"] < first["until"] and "next_after" in first


def test_the_overview_counts_what_is_there(office):
    seen = office.viewer.see("overview")
    assert seen["facilities"]["operating"] >= 2 and seen["insurers"] >= 4
    assert {"batches", "holds", "discrepancies", "reviews", "proposals_waiting", "silent_insurers"} <= seen.keys()
    assert seen["silent_insurers"][0].keys() <= {"insurer_number", "name", "last_heard_at"}
