"""Every route of an insurer, with every key that belongs to another one: as if that key did not exist, and nothing is touched."""
import itertools
import json

import pytest

from harness.cluster import shikaku
from harness.people import INSURER
from harness.registry import Registry, new_id
from harness.uploads import BATCHES, digest_of, new_key

from test_registration import EVENT, RECEIVED, TODAY, Office, file_of, question_of, someone, truth_of

ENROLMENT = "/v1/enrolment"
CERTIFICATES = f"{ENROLMENT}/certificates"
NOTICES, HOLDS, INBOX = f"{ENROLMENT}/notices", f"{ENROLMENT}/holds", f"{ENROLMENT}/discrepancies"
CARD = ("symbol", "number", "branch_number", "birth_date")
INSURED, HELD, UNLINKED = someone(900), someone(901), someone(902)
NOTICE = {"change_kind": "acquisition", "event_on": EVENT, "notice_received_on": RECEIVED, "symbol": "77", "number": "700700",
          "branch_number": "01", "birth_date": "1971-07-07", "notice_key": "secret-notice"}
SECRETS = [value for row in (INSURED, HELD, UNLINKED) for value in (
    row["name"], row["address"], row["personal_number"], row["row_key"])] + ["secret-notice", "700700"]
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Keys:
    """What an insurer's things are called: one set that is there, one that nobody has."""

    def __init__(self, notice, batch, open_batch, hold, unlink, ticket, idempotency, request, card, certificate):
        self.notice, self.batch, self.open_batch, self.hold, self.unlink, self.ticket = notice, batch, open_batch, hold, unlink, ticket
        self.idempotency, self.request, self.card, self.certificate = idempotency, request, card, certificate


NOBODYS = Keys(*["999999999999"] * 5, "f" * 24, new_key(), new_id(), {"symbol": "88", "number": "880088", "branch_number": "00",
                                                             "birth_date": "1950-05-05"}, "999999999999")
PART = {"Upload_Offset": "0", "Upload_Complete": "?1", "Content_Type": "application/partial-upload"}
WORD = {"X_User_Id": "clerk-9"}


def row_by_itself(keys, **words):
    row = {**keys.card, "event_on": EVENT, "notice_received_on": RECEIVED, **words}
    return f"{ENROLMENT}/registrations", row, {"Idempotency_Key": new_key(), **WORD}


# Of each route: what is asked under whose keys. Path, body, words of the head.
CASES = {
    ("POST", NOTICES): [lambda k: (NOTICES, {**NOTICE, **k.card, "notice_key": None}, {"request_id": k.request})],
    ("GET", NOTICES): [lambda k: (f"{NOTICES}?after={k.notice}", None, {}), lambda k: (NOTICES, None, {})],
    ("GET", f"{NOTICES}/:"): [lambda k: (f"{NOTICES}/{k.notice}", None, {})],
    ("POST", f"{NOTICES}/:/correct"): [lambda k: (f"{NOTICES}/{k.notice}/correct", {**NOTICE, "notice_key": None}, {})],
    ("POST", f"{NOTICES}/:/withdraw"): [lambda k: (f"{NOTICES}/{k.notice}/withdraw", None, {})],
    ("POST", BATCHES): [],  # below: the same key makes another batch
    ("GET", f"{BATCHES}/:"): [lambda k: (f"{BATCHES}/{k.batch}", None, WORD), lambda k: (f"{BATCHES}/{k.open_batch}", None, WORD)],
    ("HEAD", f"{BATCHES}/:"): [lambda k: (f"{BATCHES}/{k.open_batch}", None, WORD)],
    ("PATCH", f"{BATCHES}/:"): [lambda k: (f"{BATCHES}/{k.open_batch}", b"x", {**PART, **WORD})],
    ("GET", f"{BATCHES}/:/report"): [lambda k: (f"{BATCHES}/{k.batch}/report", None, WORD)],
    ("POST", f"{BATCHES}/:/release"): [lambda k: (f"{BATCHES}/{k.batch}/release", None, WORD)],
    ("POST", f"{BATCHES}/:/undo"): [lambda k: (f"{BATCHES}/{k.batch}/undo", None, WORD)],
    ("POST", f"{BATCHES}/:/cancel"): [lambda k: (f"{BATCHES}/{k.open_batch}/cancel", None, WORD)],
    ("POST", f"{ENROLMENT}/registrations"): [
        lambda k: row_by_itself(k, operation="lose", lost_on=str(TODAY), loss_reason="03"),
        lambda k: row_by_itself(k, operation="cancel"),
        lambda k: row_by_itself(k, operation="change", effective_on=str(TODAY), burden_ratio="10"),
        lambda k: row_by_itself(k, operation="ceiling", ceiling_classification="01", ceiling_class="A03", valid_from=str(TODAY))],
    ("GET", HOLDS): [lambda k: (f"{HOLDS}?after={k.hold}", None, WORD), lambda k: (HOLDS, None, WORD)],
    ("GET", f"{HOLDS}/:"): [lambda k: (f"{HOLDS}/{k.hold}", None, WORD)],
    ("POST", f"{HOLDS}/:/answer"): [lambda k: (f"{HOLDS}/{k.hold}/answer", {"answer": "withdraw"}, WORD),
                                    lambda k: (f"{HOLDS}/{k.hold}/answer", {"answer": "confirm", "reason": "other"}, WORD)],
    ("POST", f"{HOLDS}/answers"): [lambda k: (f"{HOLDS}/answers", {"answers": [{"hold_number": k.hold, "answer": "withdraw"}]}, WORD)],
    ("GET", f"{ENROLMENT}/compliance"): [lambda k: (f"{ENROLMENT}/compliance", None, {})],
    ("POST", f"{ENROLMENT}/unlink"): [lambda k: (f"{ENROLMENT}/unlink", k.card, WORD),
                                      lambda k: (f"{ENROLMENT}/unlink", {"batch_number": k.batch, "row_no": 1}, WORD)],
    ("GET", f"{ENROLMENT}/unlinks/:"): [lambda k: (f"{ENROLMENT}/unlinks/{k.unlink}", None, WORD)],
    ("GET", f"{CERTIFICATES}/needed"): [lambda k: (f"{CERTIFICATES}/needed", None, WORD)],
    ("GET", f"{CERTIFICATES}/expiring"): [lambda k: (f"{CERTIFICATES}/expiring?until=2190-01-01", None, WORD)],
    ("POST", CERTIFICATES): [lambda k: (CERTIFICATES, {**k.card, "reason": "lost"}, WORD),
                             lambda k: (CERTIFICATES, {**k.card, "reason": "lost"}, {"request_id": k.request, **WORD})],
    ("GET", f"{CERTIFICATES}/:"): [lambda k: (f"{CERTIFICATES}/{k.certificate}", None, WORD)],
    ("GET", INBOX): [lambda k: (INBOX, None, WORD)],
    ("POST", f"{INBOX}/:/answer"): [lambda k: (f"{INBOX}/{k.ticket}/answer", {"answer": "not_ours"}, WORD)],
}
ROUTES = [(row["method"], row["path"]) for row in map(json.loads, shikaku("routes").splitlines()) if row["duty"] == "registrar"]


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    registry = Registry(tmp_path_factory.mktemp("foreign"), place["url"], place["template"])
    registry.registrar_settings.update(chores_ms=600_000, recheck_ms=600_000)
    shared = Office(registry, [truth_of(INSURED), truth_of(UNLINKED), truth_of(HELD, birth="1999-09-09")])
    try:
        yield shared
    finally:
        shared.close()


@pytest.fixture(scope="module")
def theirs(office):
    """Keys of an insurer that has something of everything."""
    registry, idempotency, request = office.registry, new_key(), new_id()
    notice = registry.tell("POST", NOTICES, NOTICE, request_id=request).json["notice_number"]
    batch = office.send([INSURED, HELD, UNLINKED], key=idempotency)
    assert office.ended(batch)["state"] == "done"
    open_batch = office.insurer.open(file_of([someone(903)]), body=b"").header("Location")
    hold = registry.one("SELECT hold_id FROM registry.person_hold WHERE insurer_number = %s AND closed_at IS NULL", INSURER)
    shown = office.registry.answers(question_of(INSURED))["confirmation"]
    ticket = registry.ask({"confirmation": shown, "fields": ["name"]}, path="/v1/discrepancies").json["ticket_number"]
    unlink = registry.tell("POST", f"{ENROLMENT}/unlink", {name: UNLINKED[name] for name in CARD}, **WORD).json["unlink_number"]
    certificate = registry.tell("POST", CERTIFICATES, {**{name: INSURED[name] for name in CARD}, "reason": "lost"},
                                **WORD).json["certificate_number"]
    return Keys(str(notice), batch.rsplit("/", 1)[1], open_batch.rsplit("/", 1)[1], str(hold), str(unlink), str(ticket), idempotency,
                request, {name: INSURED[name] for name in CARD}, certificate)


def belongings(office):
    """All that stands in the registry of the insurer and its people, table by table."""
    tables = office.registry.execute(
        "SELECT c.relname, array_agg(a.attname::text) FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'registry'::regnamespace AND c.relkind = 'r' AND a.attname IN ('insurer_number', 'person_id',"
        " 'coverage_id', 'batch_id') GROUP BY 1 ORDER BY 1")
    mine = {"insurer_number": f"'{INSURER}'",
            "person_id": f"SELECT person_id FROM registry.coverage WHERE insurer_number = '{INSURER}'",
            "coverage_id": f"SELECT coverage_id FROM registry.coverage WHERE insurer_number = '{INSURER}'",
            "batch_id": f"SELECT batch_id FROM registry.batch WHERE insurer_number = '{INSURER}'"}
    return {table: office.registry.one(
        f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) || count(*) FROM registry.{table} AS t WHERE "
        + " OR ".join(f"t.{column} IN ({mine[column]})" for column in columns)) for table, columns in tables}


def told(office, method, case, keys):
    path, body, words = case(keys)
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if value is not None}
    if isinstance(body, bytes) or method == "HEAD":
        reply = office.other.send(method, path, body, **words)
    else:
        reply = office.registry.tell(method, path, body, who="other", **words)
    return reply.status, None if method == "HEAD" or reply.status < 400 else reply.code, reply.raw


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route[0]} {route[1]}")
def test_another_insurers_key_is_no_key(office, theirs, route):
    before = belongings(office)
    for case in CASES[route]:
        mine, nobodys = told(office, route[0], case, theirs), told(office, route[0], case, NOBODYS)
        assert mine[:2] == nobodys[:2], case(theirs)[0]
        if ":" in route[1] or route[1].endswith("/unlink"):
            assert mine[:2] in ((404, "not_found"), (404, None))
        for secret in SECRETS:
            assert secret.encode() not in mine[2]
    assert belongings(office) == before


def test_a_verb_that_a_path_does_not_have_tells_nothing_and_does_nothing(office, theirs):
    before = belongings(office)
    for (method, path), verb in itertools.product(ROUTES, VERBS):
        if (verb, path) in ROUTES or ":" not in path or not CASES[method, path]:
            continue
        answers = [told(office, verb, lambda k, method=method, path=path: (CASES[method, path][0](k)[0], None, WORD), keys)[:2]
                   for keys in (theirs, NOBODYS)]
        assert answers[0] == answers[1] and answers[0][0] in (404, 405), (verb, path)
    assert belongings(office) == before


def test_another_insurers_idempotency_key_makes_a_batch_of_ones_own(office, theirs):
    before = belongings(office)
    data = file_of([someone(904)])
    reply = office.other.open(data, key=theirs.idempotency)
    assert reply.status in (200, 201) and reply.header("Location").rsplit("/", 1)[1] != theirs.batch
    assert digest_of(data) and belongings(office) == before


def test_rows_of_a_file_reach_nobody_elses_coverage(office, theirs):
    """An acquisition with the person's own number moves the person, by the rules; every other row is refused."""
    before = belongings(office)
    said = {"event_on": EVENT, "notice_received_on": RECEIVED, **theirs.card}
    rows = [{"operation": "lose", "lost_on": str(TODAY), "loss_reason": "03"}, {"operation": "cancel"},
            {"operation": "change", "effective_on": str(TODAY), "burden_ratio": "10"},
            {"operation": "ceiling", "ceiling_classification": "01", "ceiling_class": "A03", "valid_from": str(TODAY)},
            {"operation": "specific_disease", "disease_category": "1", "self_pay": "10000", "valid_from": str(TODAY)},
            {"operation": "elderly_certificate", "burden_ratio": "20", "valid_from": str(TODAY)},
            {"operation": "eligibility_certificate", "certificate_number": "1", "valid_from": str(TODAY)}]
    verdicts = office.apply([{**row, **said, "row_key": row["operation"]} for row in rows], by=office.other)
    assert {outcome for outcome, _ in verdicts.values()} == {4}, verdicts
    assert len(verdicts) == len(rows) and belongings(office) == before
    assert office.reason(INSURED) == "in_force"
