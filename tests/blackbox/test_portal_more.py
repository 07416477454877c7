"""At the portal: what it cost, what is not right, and who acts for whom."""
import datetime

import pytest

from harness.card import Portal, Reception
from harness.claims import claim, feed
from harness.days import today
from harness.people import INSURER
from harness.registry import new_id

from test_contract import SCHEMAS, problems

TODAY = today()


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


def session_of(portal, person):
    return portal.session(portal.reception.card_of(person))


def told(portal, path, session, schema, **more):
    reply = portal.told(path, session, **more)
    assert problems(SCHEMAS[schema], reply) == []
    return reply


# ---- expenses ----------------------------------------------------------------------------------

def costs(person, key, month, total, paid, **more):
    return claim(person, key, month, expense_days=2, expense_total=total, expense_paid=paid, **more)


def test_sr_130_the_person_sees_what_treatments_cost_by_month(portal, person):
    feed(portal.registry, costs(person, "cost 1", "2026-09", 10_000, 3_000), costs(person, "cost 2", "2026-10", 4_560, 1_370),
         claim(person, "cost none", "2026-10"))
    session = session_of(portal, person)
    own = told(portal, "expenses", session, "PersonExpenses")
    assert own["verdict"] == "given" and (own["total_yen"], own["paid_yen"]) == (14_560, 4_370)
    assert [(one["month"], one["days"], one["total_yen"], one["paid_yen"]) for one in own["expenses"]] == [
        ("2026-10", 2, 4_560, 1_370), ("2026-09", 2, 10_000, 3_000)]
    assert len(told(portal, "expenses", session, "PersonExpenses", **{"to": "2026-09-30"})["expenses"]) == 1
    assert "expenses" in portal.told("accesses", session)["accesses"][0]["items"]


def test_a_later_receipt_replaces_what_it_cost_and_who_has_none_is_told_so(portal, person):
    feed(portal.registry, costs(person, "again", "2026-09", 10_000, 3_000))
    feed(portal.registry, costs(person, "again", "2026-09", 20_000, 6_000))
    assert told(portal, "expenses", session_of(portal, person), "PersonExpenses")["total_yen"] == 20_000
    other = portal.registry.people.add()
    assert told(portal, "expenses", session_of(portal, other), "PersonExpenses") == {"verdict": "no_data_held"}


def test_expenses_are_sealed_while_a_doubt_about_who_somebody_is_stands(portal):
    person = portal.registry.people.add(hold=1)
    feed(portal.registry, costs(person, "sealed", "2026-09", 10_000, 3_000))
    assert told(portal, "expenses", session_of(portal, person), "PersonExpenses") == {"verdict": "suspended"}


@pytest.mark.parametrize("changes, reason", [
    ({"expense_paid": 10_001}, "expense_paid: more than expense_total"),
    ({"source": "dispensing"}, "expense_total: not of a receipt"),
    ({"expense_days": 32}, "claim: "),
])
def test_an_expense_that_cannot_be_is_refused(portal, person, tmp_path, changes, reason):
    report = tmp_path / "report.csv"
    feed(portal.registry, {**costs(person, "odd", "2026-09", 10_000, 3_000), **changes}, expect=65, report=report)
    assert reason in report.read_text()


# ---- tickets -----------------------------------------------------------------------------------

def test_sr_029_a_person_says_what_is_not_right_and_the_insurer_must_answer(portal, person):
    registry = portal.registry
    session, request_id = session_of(portal, person), new_id()
    opened = portal.ask("discrepancies", request_id=request_id, session_id=session, fields=["name", "drugs"])
    assert opened.status == 201 and problems(SCHEMAS["PersonTicket"], opened.json) == []
    assert portal.ask("discrepancies", request_id=request_id, session_id=session, fields=["name", "drugs"]).json == opened.json
    stands = portal.ask("discrepancies", session_id=session, fields=["name"])
    assert stands.status == 200 and stands.json["ticket_number"] == opened.json["ticket_number"]
    ticket = told(portal, "discrepancies/list", session, "PersonTickets")["tickets"]
    assert [(one["by"], one["fields"], one["state"]) for one in ticket] == [("person", ["name", "drugs"], "open")]
    assert ticket[0]["insurer_name"] and ticket[0]["due_on"] == opened.json["due_on"]
    registry.execute("SELECT registry.discrepancy_answer(%s, %s, 1::int2, %s, 'user', %s, 1::int2, current_date)", INSURER, new_id(),
                     b"0123456789abcdef", opened.json["ticket_number"])
    answered = told(portal, "discrepancies/list", session, "PersonTickets")["tickets"][0]
    assert (answered["state"], answered["answer"]) == ("corrected", "corrected")


def test_a_ticket_of_a_facility_is_in_the_persons_list_and_one_of_another_person_is_not(portal, person):
    registry, other = portal.registry, portal.registry.people.add()
    for one in (person, other):
        answer = registry.answers(one.question())
        assert registry.ask({"confirmation": answer["confirmation"], "fields": ["symbol"]}, path="/v1/discrepancies").status == 201
    tickets = told(portal, "discrepancies/list", session_of(portal, person), "PersonTickets")["tickets"]
    assert [(one["by"], one["fields"]) for one in tickets] == [("facility", ["symbol"])] and tickets[0]["facility_name"]


def test_who_was_never_covered_can_open_no_ticket(portal):
    person = portal.registry.people.add(valid="[2100-01-01,)")
    assert portal.ask("discrepancies", session_id=session_of(portal, person), fields=["name"]).code == "not_found"


# ---- agents ------------------------------------------------------------------------------------

def born(years_ago):
    return str(TODAY.replace(day=1) - datetime.timedelta(365 * years_ago))


def relation(portal, session, agent_session, kind="appointed", request_id=None, **more):
    return portal.ask("agents", request_id=request_id, session_id=session, agent_session_id=agent_session, kind=kind, **more)


def act(portal, agent_session, number, request_id=None):
    return portal.ask(f"agents/{number}/sessions", request_id=request_id, session_id=agent_session)


def test_sr_042_112_somebody_appointed_sees_what_the_person_would_and_is_on_record_as_an_agent(portal, person):
    agent = portal.registry.people.add()
    own, theirs = session_of(portal, person), session_of(portal, agent)
    made = relation(portal, own, theirs)
    assert made.status == 201 and problems(SCHEMAS["Agent"], made.json) == []
    assert made.json["until"] == str(TODAY.replace(year=TODAY.year + 3))
    opened = act(portal, theirs, made.json["agent_number"])
    assert opened.status == 200 and problems(SCHEMAS["AgentSession"], opened.json) == []
    acting = opened.json["session_id"]
    assert portal.told("coverage", acting)["eligibility"]["coverage"][0]["number"] == person.number
    looks = portal.told("accesses", own)["accesses"]
    assert [one["way"] for one in looks if one["way"] == "agent"] and looks[0]["holder"] == "portal"
    assert "agent" not in [one["way"] for one in portal.told("accesses", theirs)["accesses"]]
    mine, others = portal.told("agents/list", own), portal.told("agents/list", theirs)
    assert problems(SCHEMAS["Agents"], mine) == []
    assert [(one.get("is_for_me"), one["name"]) for one in mine["agents"]] == [(True, agent.name)]
    assert [(one.get("is_for_me"), one["name"]) for one in others["agents"]] == [(None, person.name)]


def test_sr_041_a_guardian_acts_for_a_child_until_an_age(portal):
    child, parent = portal.registry.people.add(birth_date=born(9)), portal.registry.people.add()
    grown = portal.registry.people.add(birth_date=born(16))
    theirs = session_of(portal, parent)
    made = relation(portal, session_of(portal, child), theirs, "guardian")
    assert made.status == 201
    birth = datetime.date.fromisoformat(child.birth_date)
    assert made.json["until"] == str(birth.replace(year=birth.year + 15) - datetime.timedelta(1))
    refused = relation(portal, session_of(portal, grown), theirs, "guardian")
    assert refused.status == 400 and refused.json["errors"][0]["field"] == "kind"


def test_what_is_ended_by_either_side_ends_at_once_with_the_sessions_it_opened(portal, person):
    agent = portal.registry.people.add()
    own, theirs = session_of(portal, person), session_of(portal, agent)
    for side, by in ((own, "person"), (theirs, "agent")):
        number = relation(portal, own, theirs).json["agent_number"]
        acting = act(portal, theirs, number).json["session_id"]
        assert portal.ask("coverage", session_id=acting).status == 200
        ended = portal.ask(f"agents/{number}/cancel", session_id=side)
        assert ended.json["ended_by"] == by
        assert portal.ask(f"agents/{number}/cancel", session_id=own).json == ended.json
        assert portal.ask("coverage", session_id=acting).code == "session_over"
        assert act(portal, theirs, number).code == "not_found"


def test_the_same_request_makes_one_relation_and_one_session(portal, person):
    own, theirs = session_of(portal, person), session_of(portal, portal.registry.people.add())
    request_id, other_id = new_id(), new_id()
    one, again = (relation(portal, own, theirs, request_id=request_id) for _ in range(2))
    assert (one.status, again.status) == (201, 200) and one.json == again.json
    number = one.json["agent_number"]
    assert act(portal, theirs, number, other_id).json == act(portal, theirs, number, other_id).json
    assert len(portal.told("agents/list", own)["agents"]) == 1


def test_nobody_acts_by_a_relation_of_others_or_hands_it_on_or_takes_more_than_is_allowed(portal, person):
    people = portal.registry.people
    agent, stranger = people.add(), people.add()
    own, theirs, far = (session_of(portal, one) for one in (person, agent, stranger))
    number = relation(portal, own, theirs).json["agent_number"]
    assert act(portal, far, number).code == "not_found"
    assert act(portal, own, number).code == "not_found"
    assert portal.ask(f"agents/{number}/cancel", session_id=far).code == "not_found"
    acting = act(portal, theirs, number).json["session_id"]
    assert relation(portal, acting, far).code == "session_over"
    assert relation(portal, own, acting).code == "session_over"
    assert act(portal, acting, number).code == "session_over"
    assert relation(portal, own, own).json["errors"][0]["field"] == "agent_session_id"
    late = relation(portal, own, far, until=str(TODAY.replace(year=TODAY.year + 4)))
    assert late.json["errors"][0]["field"] == "until"
    assert relation(portal, own, far, until=str(TODAY - datetime.timedelta(1))).json["errors"][0]["field"] == "until"


def test_a_relation_that_is_over_its_last_day_or_whose_person_has_shut_this_way_opens_nothing(portal, person):
    registry = portal.registry
    own, theirs = session_of(portal, person), session_of(portal, registry.people.add())
    number = relation(portal, own, theirs).json["agent_number"]
    acting = act(portal, theirs, number).json["session_id"]
    registry.execute("UPDATE registry.person_agent SET until = current_date - 2 WHERE agent_number = %s", number)
    assert act(portal, theirs, number).code == "not_found"
    assert portal.ask("coverage", session_id=acting).code == "session_over"
    registry.execute("UPDATE registry.person_agent SET until = current_date + 2 WHERE agent_number = %s", number)
    registry.people.insert("person_flag", person_id=person.person_id, kind=2, valid="[2020-01-01,)")
    assert act(portal, theirs, number).code == "not_found"


def test_who_acts_for_somebody_neither_sees_nor_ends_who_else_does(portal, person):
    people = portal.registry.people
    own, first, second = (session_of(portal, one) for one in (person, people.add(), people.add()))
    number, other = (relation(portal, own, one).json["agent_number"] for one in (first, second))
    acting = act(portal, first, number).json["session_id"]
    assert portal.ask("agents/list", session_id=acting).code == "session_over"
    assert portal.ask(f"agents/{other}/cancel", session_id=acting).code == "session_over"
    assert all("ended_at" not in one for one in portal.told("agents/list", own)["agents"])


def test_all_that_an_agent_does_is_in_the_persons_own_list(portal, person):
    own, theirs = session_of(portal, person), session_of(portal, portal.registry.people.add())
    number = relation(portal, own, theirs).json["agent_number"]
    acting = act(portal, theirs, number).json["session_id"]
    assert portal.ask("discrepancies", session_id=acting, fields=["name"]).status == 201
    looks = portal.told("accesses", own)["accesses"]
    assert [one["way"] for one in looks] == ["agent", "agent", "person", "person"]
    assert [one["items"] for one in looks[:3]] == [[], ["agents"], ["agents"]]


def test_who_shuts_this_way_or_dies_is_seen_no_more_at_once(portal):
    registry = portal.registry
    for what in ("flag of the person", "flag of the agent", "death"):
        person, agent = registry.people.add(), registry.people.add()
        own, theirs = session_of(portal, person), session_of(portal, agent)
        acting = act(portal, theirs, relation(portal, own, theirs).json["agent_number"]).json["session_id"]
        assert portal.ask("coverage", session_id=acting).status == 200
        if what == "death":
            registry.execute("UPDATE registry.coverage SET loss_reason = '01' WHERE person_id = %s", person.person_id)
        else:
            whose = person if what == "flag of the person" else agent
            registry.people.insert("person_flag", person_id=whose.person_id, kind=2, valid="[2020-01-01,)")
        assert portal.ask("coverage", session_id=acting).code == "session_over", what


def test_a_session_of_another_portal_makes_no_relation(portal, person):
    registry = portal.registry
    registry.issue("portal2", "portal2", kind="portal")
    registry.admit()
    own, theirs = session_of(portal, person), session_of(portal, registry.people.add())
    reply = portal.ask("agents", who="portal2", session_id=own, agent_session_id=theirs, kind="appointed")
    assert reply.code == "session_over"
