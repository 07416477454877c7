"""schema/api says what the program does: routes, limits, codes, names of members, and real messages.

The first half needs the program and the sources only; the second asks a running registry.
"""
import functools
import json
import pathlib
import re

import jsonschema
import pytest
import yaml

from harness.cluster import shikaku
from harness.people import INSURER, NEAR_INSURER
from harness.wait import until

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = yaml.safe_load((ROOT / "schema/api/openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS = API["components"]["schemas"]
RESPONSES = API["components"]["responses"]


def plain_path(path):
    return re.sub(r"\{[^}]*\}", ":", path)


def operations():
    return {(method.upper(), path): operation for path, methods in API["paths"].items()
            for method, operation in methods.items() if method != "servers"}


def problems(schema, value):
    """What breaks the schema, in words that hold no value."""
    validator = jsonschema.Draft202012Validator({**schema, "components": API["components"]})
    return ["/".join(map(str, error.absolute_path)) + ": " + error.validator for error in validator.iter_errors(value)]


def fits(name, value):
    return problems({"$ref": f"#/components/schemas/{name}"}, value) == []


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(node):
    while "$ref" in node:
        target = API
        for part in node["$ref"].split("/")[1:]:
            target = target[part]
        node = target
    return node


# ---- the contract and the program ----------------------------------------------------------------

def test_every_reference_leads_somewhere():
    for reference in set(references(API)):
        assert resolve({"$ref": reference})


def test_every_schema_is_a_schema_and_is_used():
    used = set(references(API))
    for name, schema in SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert f"#/components/schemas/{name}" in used, name


def test_every_object_is_closed():
    for name, schema in SCHEMAS.items():
        assert schema.get("type") != "object" or schema["additionalProperties"] is False, name


def test_the_contract_has_every_route_and_no_other_with_the_same_protection():
    stated = {(method, plain_path(path)): operation["x-protection"]
              for (method, path), operation in operations().items()}
    rows = [json.loads(line) for line in shikaku("routes").splitlines()]
    found = {(row["method"], row["path"]): {name: row[name] for name in
                                            ("permission", "audit", "body_bytes_max", "deadline_ms")} for row in rows}
    assert stated == found
    for row in rows:
        operation = next(operation for (method, path), operation in operations().items()
                         if (method, plain_path(path)) == (row["method"], row["path"]))
        parameters = [resolve(parameter) for parameter in operation["parameters"]]
        assert any(parameter["in"] == "query" for parameter in parameters) == row.get("takes_query", False)
        assert any(parameter["name"] == "X-Request-Id" and parameter["required"] for parameter in parameters)
        assert ("requestBody" in operation) == (row["body_bytes_max"] > 0 or row.get("streams", False))
        assert {"registrar": "insurer", "portal": "portal", "office": "operator", "serve": "None"}[row["duty"]] in str(operation.get("security"))
        if "items_max" in row and row["body_bytes_max"] > 0:
            schema = resolve(operation["requestBody"]["content"]["application/json"]["schema"])
            assert schema["properties"]["items"]["maxItems"] == row["items_max"]


def test_the_page_of_errors_is_the_table_of_faults():
    assert (ROOT / "schema/api/errors.md").read_text(encoding="utf-8") == shikaku("errors")


@functools.lru_cache(maxsize=1)
def faults():
    return dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", shikaku("errors"), re.MULTILINE))


def test_the_codes_are_those_of_the_table_and_each_is_filed_under_its_status():
    assert set(SCHEMAS["Code"]["enum"]) == set(faults())
    filed = {code for response in RESPONSES.values() for code in response.get("x-codes", [])}
    assert filed == set(faults())
    for operation in operations().values():
        for status, response in operation["responses"].items():
            for code in resolve(response).get("x-codes", []):
                assert status in ("default", faults()[code]), code


# Table of the encoder, and the schemas that must have its names.
TABLES = [
    ("coverage_view.c", "elderly_rows", "ElderlyCertificate"),
    ("coverage_view.c", "ceiling_rows", "CeilingCertificate"),
    ("coverage_view.c", "disease_rows", "SpecificDisease"),
    ("coverage_view.c", "benefit_rows", "PublicBenefit"),
    ("coverage_view.c", "coverage_view_rows", "Coverage"),
    ("eligibility_encode.c", "as_of_rows", "AsOf"),
    ("eligibility_encode.c", "contact_rows", "InsurerContact"),
    ("eligibility_encode.c", "advice_rows", "Advice"),
    ("eligibility_encode.c", "content_rows envelope_rows", "EligibilityAnswer"),
    ("reference_number.c", "reply_rows", "ReferenceNumberOutcome"),
    ("bulk_open.c", "receipt_rows", "JobReceipt"),
    ("bulk_read.c", "standing_rows", "JobProgress"),
    ("notice_open.c", "entry_rows", "NoticeOutcome"),
    ("notice_open.c", "reply_rows", "NoticeOutcomes"),
    ("notice_read.c", "version_rows", "NoticeVersion"),
    ("notice_read.c", "notice_rows", "NoticeView"),
    ("notice_read.c", "page_rows", "NoticePage"),
    ("batch.c", "standing_rows", "Batch"),
    ("batch_read.c", "verdict_rows", "RowVerdict"),
    ("batch_read.c", "finding_rows", "Finding"),
    ("hold_read.c", "field_rows", "FieldVerdict"),
    ("hold_read.c", "hold_rows", "HoldView"),
    ("hold_read.c", "page_rows", "HoldPage"),
    ("hold_answer.c", "entry_rows", "HoldOutcome"),
    ("hold_answer.c", "reply_rows", "HoldOutcomes"),
    ("compliance.c", "breach_rows", "BreachCounts"),
    ("compliance.c", "lag_rows", "LagPercentiles"),
    ("compliance.c", "histogram_rows", "LagCount"),
    ("compliance.c", "worst_rows", "WorstCase"),
    ("compliance.c", "reply_rows", "Compliance"),
    ("unlink.c", "access_rows", "Access"),
    ("unlink.c", "view_rows", "Unlink"),
    ("certificate.c", "view_rows", "Certificate"),
    ("certificate_list.c", "needed_rows", "CertificateNeeded"),
    ("certificate_list.c", "needed_page_rows", "CertificatesNeeded"),
    ("certificate_list.c", "expiring_rows", "CertificateExpiring"),
    ("certificate_list.c", "expiring_page_rows", "CertificatesExpiring"),
    ("document.c", "document_view_rows", "Document"),
    ("person_document.c", "view_rows", "PersonDocument"),
    ("changes.c", "change_rows", "Change"),
    ("changes.c", "page_rows", "ChangePage"),
    ("discrepancy.c", "ticket_rows", "Ticket"),
    ("discrepancy_answer.c", "ticket_rows", "TicketView"),
    ("discrepancy_answer.c", "page_rows", "TicketPage"),
    ("discrepancy_answer.c", "answered_rows", "TicketAnswered"),
    ("card_session.c", "view_rows", "CardSession"),
    ("visit.c", "view_rows", "Visit"),
    ("person_open.c", "view_rows", "PersonSession"),
    ("person_access.c", "access_rows", "PersonAccess"),
    ("person_access.c", "view_rows", "PersonAccesses"),
    ("person_visit.c", "entry_rows", "PersonVisit"),
    ("person_visit.c", "view_rows", "PersonVisits"),
    ("person_expense.c", "expense_rows", "Expense"),
    ("person_expense.c", "view_rows", "PersonExpenses"),
    ("person_ticket.c", "ticket_rows", "PersonTicket"),
    ("person_ticket.c", "view_rows", "PersonTickets"),
    ("person_agent.c", "agent_rows", "Agent"),
    ("person_agent.c", "view_rows", "Agents"),
    ("person_agent.c", "session_rows", "AgentSession"),
    ("clinical_claims.c", "claim_rows", "Claim"),
    ("clinical_claims.c", "line_rows", "ClaimLine"),
    ("clinical_checkups.c", "series_rows", "CheckupResult"),
    ("clinical_checkups.c", "point_rows", "CheckupValue"),
    ("clinical_query.c", "view_rows", "ClinicalAnswer"),
    ("visit_act.c", "cancel_rows", "VisitEnd"),
    ("visit_act.c", "review_rows", "VisitReview"),
    ("visit_list.c", "entry_rows", "VisitEntry"),
    ("visit_list.c", "list_rows", "VisitPage"),
    ("office_session.c", "view_rows", "OperatorSession"),
    ("problem.c", "problem_rows", "Problem"),
    ("problem.c", "item_rows", "ProblemItem"),
]


def table_rows(source, table):
    text = (ROOT / "server/endpoint" / source).read_text(encoding="utf-8")
    body = re.search(table + r"\[\]\s*=\s*\{\n(.*?)\n\};", text, re.DOTALL)
    return re.findall(r'\{ "(\w+)",\s*(NULL|"\w+"|FIELD_\w+),(.*)', body[1])


@pytest.mark.parametrize("source,tables,schema", TABLES, ids=[row[2] for row in TABLES])
def test_what_the_encoder_writes_is_what_the_contract_names(source, tables, schema):
    rows = [row for table in tables.split() for row in table_rows(source, table)]
    written = {name: None if element == "NULL" else element.strip('"') for name, element, _ in rows}
    stated = {name: value.get("x-element") for name, value in SCHEMAS[schema]["properties"].items()}
    assert stated == written


@pytest.mark.parametrize("source,table,schema", [
    ("eligibility_check.c", "question_fields", "EligibilityItem"),
    ("reference_number.c", "question_fields", "ReferenceNumberItem"),
    ("notice.c", "notice_fields", "Notice"),
    ("hold_answer.c", "answer_fields", "HoldAnswerItem"),
    ("certificate.c", "issue_fields", "CertificateQuestion"),
    ("person_document.c", "document_fields", "PersonDocumentQuestion"),
    ("discrepancy.c", "ticket_fields", "TicketQuestion"),
    ("discrepancy_answer.c", "answer_fields", "TicketAnswer"),
    ("visit_open.c", "question_fields", "VisitQuestion"),
    ("visit_query.c", "question_fields", "VisitQuery"),
    ("clinical_query.c", "question_fields", "ClinicalQuestion"),
    ("disaster.c", "question_fields", "DisasterQuestion"),
    ("person_open.c", "question_fields", "PersonProof"),
    ("person_read.c", "coverage_fields", "PersonCoverageQuestion"),
    ("person_read.c", "clinical_fields", "PersonClinicalQuestion"),
    ("person_access.c", "question_fields", "PersonAccessesQuestion"),
    ("person_visit.c", "question_fields", "PersonVisitsQuestion"),
    ("person_expense.c", "question_fields", "PersonClinicalQuestion"),
    ("person_ticket.c", "question_fields", "PersonTicketQuestion"),
    ("person_agent.c", "question_fields", "AgentQuestion"),
    ("visit_act.c", "cancel_fields", "VisitCancel"),
    ("visit_act.c", "review_fields", "VisitReviewQuestion"),
    ("office_session.c", "fields", "SecondFactor"),
    ("office_acts.c", "new_facility", "NewFacility"),
    ("office_acts.c", "facility_change", "FacilityChange"),
    ("office_acts.c", "new_insurer", "NewInsurer"),
    ("office_acts.c", "insurer_change", "InsurerChange"),
    ("office_acts.c", "reason", "ActReason"),
    ("office_acts.c", "new_parameter", "NewParameter"),
    ("office_acts.c", "new_holiday", "NewHoliday"),
    ("office_acts.c", "new_disaster", "NewDisaster"),
    ("office_acts.c", "new_operator", "NewOperator"),
    ("office_acts.c", "new_exemption", "NewExemption"),
    ("office_acts.c", "universe", "UniverseList"),
])
def test_what_the_decoder_reads_is_what_the_contract_names(source, table, schema):
    rows = table_rows(source, table)
    assert set(SCHEMAS[schema]["properties"]) == {name for name, _, _ in rows}
    assert set(SCHEMAS[schema].get("required", [])) == {name for name, _, rest in rows if re.search(r",\s*true,", rest)}


def test_the_fields_of_a_ticket_are_members_of_a_coverage_or_kinds_of_medical_information():
    named = SCHEMAS["TicketField"]["enum"]
    source = (ROOT / "server/endpoint/discrepancy.c").read_text(encoding="utf-8")
    assert re.findall(r'"(\w+)"', re.search(r"discrepancy_fields\[\] = \{(.*?)NULL", source, re.DOTALL)[1]) == named
    assert set(named) <= set(SCHEMAS["Coverage"]["properties"]) | set(SCHEMAS["ItemAnswers"]["properties"])


def examples():
    for (method, path), operation in operations().items():
        messages = [("request", operation.get("requestBody", {}))]
        messages += [(status, resolve(response)) for status, response in operation["responses"].items()]
        for label, message in messages:
            for media in message.get("content", {}).values():
                if "schema" not in media:
                    continue
                values = [example["value"] for example in media.get("examples", {}).values()]
                values += [media["example"]] if "example" in media else []
                for number, value in enumerate(values):
                    yield pytest.param(media["schema"], value, id=f"{method} {path} {label} {number}")


@pytest.mark.parametrize("schema,value", examples())
def test_every_example_fits_its_schema(schema, value):
    assert problems(schema, value) == []


def test_the_schemas_refuse_what_they_should():
    sound = {"insurer_number": INSURER, "number": "345", "birth_date": "1980-01-02"}
    assert fits("EligibilityQuestion", sound)
    for broken in ({**sound, "surprise": 1}, {**sound, "birth_date": "1980-1-2"}, {**sound, "purpose": "curiosity"},
                   {name: value for name, value in sound.items() if name != "number"}, [], {**sound, "number": 5}):
        assert not fits("EligibilityQuestion", broken)
    assert not fits("Problem", {"type": "x", "title": "x", "status": 400, "code": "no_such_code", "errors": []})


# ---- real messages -------------------------------------------------------------------------------

def exchange(registry, method, path, body=None, **more):
    """A request to the running registry; its reply and JSON, checked against the contract."""
    if body is None:
        more["Content_Type"] = None
    reply = (registry.tell(method, path, body, **more) if path.startswith("/v1/enrolment/") else
             registry.ask(body, path=path, method=method, **more))
    return reply, must_fit(method, path, reply)


def must_fit(method, path, reply):
    """The reply's JSON, once it is what the contract says."""
    operation = next(operation for (stated, pattern), operation in operations().items()
                     if stated == method and re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", pattern), path.split("?")[0]))
    response = resolve(operation["responses"].get(str(reply.status), operation["responses"]["default"]))
    value = reply.json if reply.body else None
    if "content" in response:
        media = response["content"][reply.header("Content-Type")]
        assert problems(media["schema"], value) == []
    else:
        assert value is None
    if reply.status >= 400:
        assert value["code"] in response["x-codes"]
        assert str(reply.status) == faults()[value["code"]]
    for name, stated in response.get("headers", {}).items():
        held = reply.header(name)
        held = int(held) if name == "Retry-After" and held else held
        assert problems(resolve(stated)["schema"], held) == [], name
    return value


CHECK = "/v1/eligibility/check"


def rich(people):
    """A person of whom there is much to show."""
    person = people.add(relation=2, insured_name="架空　世帯主", issued_on="2020-04-01")
    people.insert("ceiling", coverage_id=person.coverage_id, classification="01", **{"class": "A03"},
                  valid="[2020-01-01,2090-01-01)", code_version="8.07")
    people.refresh(person)
    return person.question()


def moved(people):
    person = people.add(valid="[2020-04-01,2025-01-01)", loss_reason="03")
    people.cover(person, insurer_number=NEAR_INSURER, number="66" + person.number, valid="[2025-01-01,)")
    people.refresh(person)
    return person.question()


def notified(people):
    people.notify(number="72000017", birth_date="1971-02-03")
    return {"insurer_number": INSURER, "symbol": "1234", "number": "72000017", "birth_date": "1971-02-03"}


def twins(people):
    first = people.add(branch=None)
    people.add(branch=None, number=first.number, birth_date=first.birth_date)
    return first.question()


CASES = [
    ("in_force", "1", rich),
    ("lost", "2", lambda people: people.add(valid="[2020-04-01,2025-01-01)", loss_reason="L01").question()),
    ("lost", "3", moved),
    ("not_yet_started", "2", lambda people: people.add(valid="[2090-01-01,)").question()),
    ("expired_card_within_transition", "1",
     lambda people: people.add(card_expires_on="2025-12-01").question(asked_on="20260115")),
    ("notified_not_registered", "4", notified),
    ("identity_check_pending", "4", lambda people: people.add(state=2).question()),
    ("suspended", "4", lambda people: people.add(hold=2).question()),
    ("mistyped", "4", lambda people: people.add(branch="01").question(branch_number="7")),
    ("not_found", "4", lambda people: {"insurer_number": INSURER, "number": "31415926", "birth_date": "1868-01-01"}),
    ("ambiguous", "5", twins),
]


@pytest.mark.parametrize("reason,validity,make", CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_real_answers_fit_the_contract(registry, reason, validity, make):
    body = {**make(registry.people), "ceiling_consent": True, "purpose": "claim"}
    assert fits("EligibilityQuestion", body)
    reply, answer = exchange(registry, "POST", CHECK, body)
    assert (reply.status, answer["reason"], answer["validity"]) == (200, reason, validity)


def test_every_reason_of_the_contract_was_asked_for_above():
    assert {case[0] for case in CASES} == set(SCHEMAS["Reason"]["enum"]) - {"card_not_linked"}  # test_visits.py


def test_an_unchanged_answer_fits_the_contract(registry):
    body = rich(registry.people)
    first, _ = exchange(registry, "POST", CHECK, body)
    again, _ = exchange(registry, "POST", CHECK, body, If_None_Match=first.header("ETag"))
    assert again.status == 304 and again.header("ETag") == first.header("ETag")


def test_advice_comes_in_the_language_asked_for(registry):
    body = rich(registry.people)
    for language, words in (("en", "in force"), ("en-GB,ja;q=0.5", "in force"), ("ja", "有効"), (None, "有効")):
        _, answer = exchange(registry, "POST", CHECK, body, Accept_Language=language)
        assert words in answer["advice"]["reception"]


@pytest.mark.parametrize("path,body", [
    ("/v1/eligibility/check", {}),
    ("/v1/eligibility/check", {"insurer_number": 1, "number": "9" * 999, "birth_date": "1980-13-01", "surprise": 1}),
    ("/v1/eligibility/bulk", {"items": []}),
    ("/v1/eligibility/bulk", {"items": [{}] * 10001}),
    ("/v1/reference-numbers", {"insurer_number": INSURER, "number": "1", "birth_date": "1980-01-01"}),
    ("/v1/reference-numbers/delete", {"number": "1"}),
    ("/v1/reference-numbers/bulk", {"items": [{}] * 201}),
])
def test_real_refusals_fit_the_contract(registry, path, body):
    reply, problem = exchange(registry, "POST", path, body)
    assert reply.status in (400, 413) and problem["errors"]


@pytest.mark.parametrize("path,more", [
    ("/v1/eligibility/check", {("field_malformed", "asked_on"), ("field_malformed", "purpose")}),
    ("/v1/reference-numbers", {("field_unknown", None), ("field_too_long", "reference_number")}),
])
def test_all_faults_are_told_at_once_those_of_the_fields_and_those_of_the_card(registry, path, more):
    body = {"insurer_number": "06139993", "symbol": 5, "birth_date": "1980-02-30"}
    body |= {"asked_on": "2199-01-01", "purpose": "x"} if "check" in path else {"reference_number": "K" * 51, "x": 1}
    _, problem = exchange(registry, "POST", path, body, request_id="no uuid")
    told = [(error["code"], error.get("field")) for error in problem["errors"]]
    assert len(told) == len(set(told))
    assert set(told) == more | {("header_malformed", "X-Request-Id"), ("field_malformed", "symbol"),
                                ("field_missing", "number"), ("field_malformed", "birth_date"),
                                ("check_digit_wrong", "insurer_number")}


@pytest.mark.parametrize("user_id", ["\x80\xff", "x" * 65], ids=["no UTF-8", "too long"])
def test_a_user_id_that_cannot_stand_on_record_is_refused(registry, user_id):
    reply, problem = exchange(registry, "POST", CHECK, rich(registry.people), X_User_Id=user_id)
    assert (reply.status, problem["code"], problem["errors"][0]["field"]) == (400, "header_malformed", "X-User-Id")


def test_real_reference_numbers_fit_the_contract(registry):
    card = registry.people.add().question()
    steps = [("", {"reference_number": "K-17"}, "registered"), ("", {"reference_number": "K-17"}, "nothing_to_do"),
             ("/delete", {}, "deleted"), ("/delete", {}, "nothing_to_do"),
             ("", {"number": "31415926", "reference_number": "K-17"}, "no_person")]
    for path, changes, outcome in steps:
        _, value = exchange(registry, "POST", "/v1/reference-numbers" + path, {**card, **changes})
        assert value["outcome"] == outcome


@pytest.mark.parametrize("path,extra", [("/v1/eligibility/bulk", {}),
                                        ("/v1/reference-numbers/bulk", {"reference_number": "K-1"})])
def test_real_jobs_fit_the_contract(registry, path, extra):
    items = [{**rich(registry.people), **extra}, {**registry.people.add(hold=2).question(), **extra, "item_id": "b"},
             {"item_id": "c"}]
    reply, receipt = exchange(registry, "POST", path, {"items": items})
    place = reply.header("Location")
    assert (reply.status, place) == (202, f"{path}/{receipt['reception_number']}")
    until(lambda: exchange(registry, "GET", place)[1]["state"] == "done")
    results, after = [], 0
    while after is not None:
        _, page = exchange(registry, "GET", f"{place}/results?after={after}&limit=1")
        results += page["results"]
        after = page.get("next_after")
    assert [entry["item_no"] for entry in results] == [1, 2, 3]
    assert [entry.get("item_id") for entry in results] == [None, "b", "c"]
    assert ["error" in entry for entry in results] == [False, False, True]
    assert exchange(registry, "GET", f"{place}/results?after=x")[0].status == 400
    assert exchange(registry, "GET", f"{path}/000000000000000000")[0].status == 404


def test_real_notices_fit_the_contract(office):
    body = {"change_kind": "loss", "event_on": None, "notice_received_on": "2026-11-02", "number": "83000017",
            "birth_date": "19710203", "notice_key": "C-17"}
    place = "/v1/enrolment/notices"
    assert fits("Notice", body) and fits("NoticeList", {"notices": [body]})
    reply, outcome = exchange(office, "POST", place, body)
    assert reply.status == 201
    assert exchange(office, "POST", place, body)[0].status == 200
    _, outcomes = exchange(office, "POST", place, {"notices": [body, {"number": "x"}]})
    assert (outcomes["unchanged"], outcomes["refused"]) == (1, 1)
    one = f"{place}/{outcome['notice_number']}"
    correct = {name: value for name, value in body.items() if name != "notice_key"}
    assert fits("NoticeCorrection", correct)
    assert exchange(office, "POST", one + "/correct", correct)[0].status == 200
    assert exchange(office, "GET", place + "?limit=1")[1]["notices"]
    assert exchange(office, "POST", one + "/withdraw")[1]["history"]
    assert exchange(office, "POST", one + "/withdraw")[0].status == 409
    assert exchange(office, "GET", one + "0000")[0].status == 404
    assert exchange(office, "POST", place, {"notices": []})[0].status == 400


def test_real_doubts_wrong_links_and_tickets_fit_the_contract(office):
    from test_holds import Held
    held, user = Held(office), {"X_User_Id": "clerk"}
    place = f"/v1/enrolment/holds/{held.hold}"
    assert exchange(office, "GET", "/v1/enrolment/holds?limit=1")[1]["holds"]
    assert exchange(office, "GET", place)[1]["fields"]
    confirm = {"answer": "confirm", "reason": "other"}
    assert fits("HoldAnswer", confirm) and fits("HoldAnswers", {"answers": [confirm | {"hold_number": "1"}, 17]})
    assert exchange(office, "POST", place + "/answer", confirm, **user)[0].status == 200
    assert exchange(office, "POST", place + "/answer", confirm, **user)[0].status == 409
    assert exchange(office, "GET", place)[1]["answer"] == "confirmed"
    _, outcomes = exchange(office, "POST", "/v1/enrolment/holds/answers", {"answers": [confirm | {"hold_number": "1000000"}]},
                           **user)
    assert outcomes["refused"] == 1
    assert exchange(office, "POST", "/v1/enrolment/holds/answers", {}, **user)[0].status == 400
    assert exchange(office, "GET", "/v1/enrolment/compliance")[0].status == 200
    assert exchange(office, "GET", "/v1/enrolment/compliance?from=x")[0].status == 400

    _, answer = exchange(office, "POST", CHECK, held.person.question())
    body = {"confirmation": answer["confirmation"], "fields": ["name"]}
    assert fits("TicketQuestion", body)
    reply, ticket = exchange(office, "POST", "/v1/discrepancies", body)
    assert (reply.status, exchange(office, "POST", "/v1/discrepancies", body)[0].status) == (201, 200)
    assert exchange(office, "GET", f"/v1/discrepancies/{ticket['ticket_number']}")[1]["fields"] == ["name"]
    assert exchange(office, "GET", "/v1/enrolment/discrepancies?limit=500")[1]["tickets"]
    place = f"/v1/enrolment/discrepancies/{ticket['ticket_number']}/answer"
    assert exchange(office, "POST", place, {"answer": "no_finding"}, **user)[1]["state"] == "closed"
    assert exchange(office, "GET", "/v1/eligibility/changes")[0].status == 200

    card = {name: value for name, value in held.person.question().items() if name != "insurer_number"}
    assert fits("UnlinkQuestion", card)
    reply, unlinked = exchange(office, "POST", "/v1/enrolment/unlink", card, **user)
    assert reply.status == 201 and unlinked["accesses"]
    assert exchange(office, "GET", reply.header("Location") + "?limit=1")[0].status == 200
    assert exchange(office, "POST", "/v1/enrolment/unlink", {}, **user)[0].status == 400
