"""Who sees what: every kind of facility, right, role, consent and state of a person, against a table of its own."""
import collections
import itertools
import json

import pytest

from harness.card import Reception
from harness.claims import claim, drug, feed
from harness.registry import KINDS, new_id

ITEMS = ["ceiling", "specific_diseases", "checkups", "drugs", "treatments", "operations"]
ROLES = ["physician", "dentist", "pharmacist", "nurse", "clerk", None]
DOCTORS = {"physician", "dentist", "pharmacist"}

# The table: item, kinds of facility, and the roles there; None: whoever asks. What is not here, nobody sees.
MAY_SEE = {}
for item, kinds, roles in [
        ("ceiling", (1, 2, 3, 4, 5, 6), None), ("specific_diseases", (1, 2, 3, 4, 5), None),
        ("checkups", (1, 2), DOCTORS), ("checkups", (3,), {"physician", "dentist"}), ("checkups", (4,), {"pharmacist"}),
        ("drugs", (1, 2, 3), DOCTORS), ("treatments", (1, 2, 3), DOCTORS), ("operations", (1, 2, 3), DOCTORS),
        ("drugs", (4,), {"pharmacist"}), ("treatments", (4,), {"pharmacist"}), ("operations", (4,), {"pharmacist"}),
        ("checkups", (5,), {"nurse"}), ("drugs", (5,), {"nurse"}), ("treatments", (5,), {"nurse"}),
        ("operations", (5,), {"nurse"})]:
    for kind in kinds:
        MAY_SEE[item, kind] = roles

STATES = {
    "open": {}, "address protected": {"flag": 1}, "way shut": {"flag": 2}, "clinical hold": {"hold": 1},
    "hold": {"hold": 2}, "self-defence": {"card_class": "07"}}
CONSENTS = [[], ITEMS, ["ceiling", "drugs", "checkups"], ["specific_diseases", "treatments", "operations"]]
SECRETS = {"checkups": "架空秘所見", "drugs": "架空秘薬", "treatments": "架空秘処置", "operations": "架空秘術"}

Facility = collections.namedtuple("Facility", "who kind rights facility_id")


def verdict(item, facility, role, state, consents, is_limited=False, is_over=False):
    """The rule in words: right, consent, time, the person's flags, holds; then whether there is anything."""
    is_clinical = item not in ("ceiling", "specific_diseases")
    roles = MAY_SEE.get((item, facility.kind), set())
    if (is_clinical and facility.rights != 1) or (roles is not None and role not in roles):
        return "not_for_this_facility_kind"
    if item not in consents or is_limited:
        return "no_consent"
    if is_over:
        return "consent_expired"
    if state == "way shut" or (is_clinical and state == "self-defence"):
        return "no_data_held"
    if state == "hold" or (is_clinical and state == "clinical hold"):
        return "suspended"
    return "given"


class Matrix:
    def __init__(self, reception):
        self.reception, self.registry = reception, reception.registry
        self.facilities = [self.facility(kind, rights) for kind in KINDS for rights in (1, 2)]
        self.people = {state: self.person(state, **columns) for state, columns in STATES.items()}
        self.registry.admit()
        self.connections = {one: self.registry.connect(one.who) for one in self.facilities}
        self.cases = 0

    def facility(self, kind, rights):
        who = f"matrix{kind}{rights}"
        return Facility(who, kind, rights, self.registry.add_facility(who, kind=kind, rights=rights))

    def person(self, state, **columns):
        people = self.registry.people
        person = people.add(**columns)
        people.insert("ceiling", coverage_id=person.coverage_id, classification="01", **{"class": "A03"}, valid="[2020-01-01,)")
        people.insert("specific_disease", coverage_id=person.coverage_id, category=1, valid="[2020-01-01,)")
        people.insert("checkup", coverage_id=person.coverage_id, items=f"9N511000000000049^{SECRETS['checkups']}",
                      valid="[2026-06-12,2026-06-13)")
        people.refresh(person)
        lines = {item: [drug("2026-10-05", name=name)] for item, name in SECRETS.items() if item != "checkups"}
        feed(self.registry, claim(person, "matrix " + state, "2026-10", **lines))
        return person

    def visits(self, *, is_limited=False, ended=False, until="infinity"):
        """One for each facility, state and consent, as if cards had been shown; returns their numbers."""
        rows = {}
        for facility, state, (n, consents) in itertools.product(self.facilities, STATES, enumerate(CONSENTS)):
            rows[facility, state, n] = visit_id = new_id()
            bits = sum(1 << ITEMS.index(item) for item in consents)
            self.registry.execute(
                "INSERT INTO registry.visit (visit_id, facility_id, request_id, person_id, opened_at, treatment, unlocked_by,"
                " consented_by, consents, consent_until, is_limited, ended_at, end_reason) VALUES (%s, %s, %s, %s,"
                " now() - interval '2 hours', 2, 1, 1, %s, %s, %s, CASE WHEN %s THEN now() END, CASE WHEN %s THEN 2 END)",
                visit_id, facility.facility_id, new_id(), self.people[state].person_id, bits, until, is_limited, ended, ended)
        return rows

    def ask(self, facility, path, **body):
        body = {name: value for name, value in body.items() if value is not None}
        return self.registry.ask(body, connection=self.connections[facility], path=path)

    def check(self, told, reply, where, **terms):
        """Verdicts as the table has them, and nothing else that was not given."""
        facility, role, state, consents = where
        for item, answer in told.items():
            expected = verdict(item, facility, role, state, consents, **terms)
            self.cases += 1
            assert answer["verdict"] == expected, (item, facility.kind, facility.rights, role, state, consents, terms)
            if item in SECRETS:
                assert ("claims" in answer or "results" in answer) == (expected == "given")
                assert (SECRETS[item] in reply) == (expected == "given")


@pytest.fixture(scope="module")
def matrix(place, tmp_path_factory):
    from conftest import made
    folder = tmp_path_factory.mktemp("matrix")
    reception = Reception(lambda **settings: made(place, folder / "registry", **settings), folder)
    yield Matrix(reception)
    reception.registry.close()


def test_twenty_thousand_cases_of_visits_disclose_what_the_table_says_and_nothing_else(matrix):
    before = matrix.cases
    for is_limited in (False, True):
        for (facility, state, n), visit_id in matrix.visits(is_limited=is_limited).items():
            for role in ROLES:
                reply = matrix.ask(facility, f"/v1/visits/{visit_id}/query", role=role, items=ITEMS)
                assert reply.status == 200
                text = reply.body.decode()
                told = json.loads(text)
                matrix.check(told["items"], text, (facility, role, state, CONSENTS[n]), is_limited=is_limited)
                coverage = told["eligibility"]["coverage"]
                assert bool(coverage) == (state not in ("way shut", "hold"))
                for item, member in (("ceiling", "ceiling_certificate"), ("specific_diseases", "specific_diseases")):
                    assert (member in "".join(map(str, coverage))) == (told["items"][item]["verdict"] == "given")
    assert matrix.cases - before >= 20_000


@pytest.mark.parametrize("over", [{"ended": True}, {"until": "-infinity"}], ids=["ended", "run out"])
def test_a_consent_that_is_over_discloses_nothing(matrix, over):
    if "until" in over:
        over = {"until": matrix.registry.one("SELECT now() - interval '1 hour'")}
    for (facility, state, n), visit_id in matrix.visits(**over).items():
        for path, item in (("/v1/drug-history", "drugs"), ("/v1/treatments", "treatments"), ("/v1/operations", "operations"),
                           ("/v1/checkups", "checkups")):
            role = "physician" if facility.kind < 4 else "pharmacist" if facility.kind == 4 else "nurse"
            reply = matrix.ask(facility, path, visit_id=visit_id, role=role)
            matrix.check(reply.json["items"], reply.body.decode(), (facility, role, state, CONSENTS[n]), is_over=True)
        assert matrix.ask(facility, f"/v1/visits/{visit_id}/query", role="physician").code == "visit_over"


def test_by_number_nobody_sees_medical_information(matrix):
    for facility, (state, person), consent in itertools.product(matrix.facilities, matrix.people.items(), (False, True)):
        reply = matrix.ask(facility, "/v1/eligibility/check", **person.question(ceiling_consent=consent))
        text = reply.body.decode()
        assert not any(secret in text for secret in SECRETS.values()) and "specific_diseases" not in text
        assert ("ceiling_certificate" in text) == (consent and state != "hold")


def test_the_database_itself_gives_no_claim_and_no_checkup_without_a_consent(matrix):
    """Whatever a program asked: the function reads nothing without a visit that opens it."""
    registry = matrix.registry
    live = matrix.visits()
    for (facility, state, n), visit_id in live.items():
        found = registry.one("SELECT count(*) FROM registry.checkup_read(ARRAY[%s], ARRAY[%s::uuid], ARRAY[now()],"
                             " ARRAY['2020-01-01'::date], ARRAY['2030-01-01'::date])", facility.facility_id, visit_id)
        is_sealed = state in ("hold", "clinical hold")
        assert found == ("checkups" in CONSENTS[n] and not is_sealed)
        found = registry.execute("SELECT DISTINCT item FROM registry.history_read(ARRAY[%s], ARRAY[%s::uuid], ARRAY[56::int2],"
                                 " ARRAY[now()], ARRAY[2020::int2], ARRAY[2030::int2])", facility.facility_id, visit_id)
        along = registry.execute("SELECT DISTINCT item FROM registry.visit_read(ARRAY[%s], ARRAY[%s::uuid], ARRAY[56::int2],"
                                 " ARRAY[now()], ARRAY[2020::int2], ARRAY[2030::int2]) WHERE item IS NOT NULL",
                                 facility.facility_id, visit_id)
        consented = {1 << ITEMS.index(item) for item in set(SECRETS) - {"checkups"} if item in CONSENTS[n] and not is_sealed}
        assert {bit for bit, in found} == {bit for bit, in along} == consented
        for item in set(SECRETS) - {"checkups"}:
            bit = 1 << ITEMS.index(item)
            terms = (facility.facility_id, visit_id, bit)
            for function in ("claim_read(ARRAY[%s], ARRAY[%s::uuid], ARRAY[%s::int2], ARRAY[now()], ARRAY['2020-01-01'::date],"
                             " ARRAY['2030-01-01'::date], ARRAY[now()])",
                             "history_read(ARRAY[%s], ARRAY[%s::uuid], ARRAY[%s::int2], ARRAY[now()], ARRAY[2020::int2],"
                             " ARRAY[2030::int2])"):
                found = registry.one("SELECT count(*) FROM registry." + function, *terms)
                assert found == (item in CONSENTS[n] and not is_sealed)
