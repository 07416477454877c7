"""A disaster: in one prefecture, for a time, people are found without a card; and every look is marked as one."""
import pytest

from harness.card import Reception
from harness.claims import claim, feed
from harness.registry import new_id

PATH = "/v1/disaster/visits"


@pytest.fixture
def reception(make_registry, tmp_path):
    return Reception(make_registry, tmp_path)


def open_mode(reception, prefecture=13, begin="-1 hour", end="1 day"):
    return reception.registry.one("SELECT registry.disaster_open(%s::int2, now() + %s::interval, now() + %s::interval,"
                                  " 'earthquake, an exercise', 'operator')", prefecture, begin, end)


def somebody(reception, **more):
    people = reception.registry.people
    person = people.add(**more)
    people.execute("UPDATE registry.person_version SET name_kana_key = %s WHERE person_id = %s", kana_key(person),
                   person.person_id)
    return person


def kana_key(person):
    return "カクウシンジン" + person.name_kana.split("ｼﾝｼﾞﾝ")[1]


def by_name(person, **changes):
    body = {"name_kana": person.name_kana, "birth_date": person.birth_date, "sex": "2", "address": person.address,
            "consent": "spoken", "role": "physician", **changes}
    return {name: value for name, value in body.items() if value is not None}


def ask(reception, body, who="hospital", user="doctor", request_id=None):
    return reception.registry.ask(body, path=PATH, who=who, request_id=request_id, **({"X_User_Id": user} if user else {}))


def told(reception, body, **more):
    reply = ask(reception, body, **more)
    assert reply.status == 200, reply.body
    return reply.json


def test_before_it_is_opened_nobody_is_found(reception):
    assert ask(reception, by_name(somebody(reception))).code == "disaster_mode_closed"


@pytest.mark.parametrize("window", [("-2 days", "-1 day"), ("1 hour", "1 day")])
def test_outside_its_time_nobody_is_found(reception, window):
    open_mode(reception, begin=window[0], end=window[1])
    assert ask(reception, by_name(somebody(reception))).code == "disaster_mode_closed"


def test_in_another_prefecture_nobody_is_found(reception):
    open_mode(reception, prefecture=17)
    assert ask(reception, by_name(somebody(reception))).code == "disaster_mode_closed"


def test_who_is_found_by_four_items_is_answered_with_the_keys_of_a_claim(reception):
    open_mode(reception)
    person, request_id = somebody(reception), new_id()
    answer = told(reception, by_name(person), request_id=request_id)["eligibility"]
    assert answer["reason"] == "in_force"
    assert (answer["coverage"][0]["insurer_number"], answer["coverage"][0]["number"]) == (person.insurer, person.number)
    record = reception.registry.record(request_id)
    assert (record["way"], record["detail"], record["user_id"]) == (7, "spoken", "doctor")


def test_an_insurance_number_finds_too(reception):
    open_mode(reception)
    person = somebody(reception)
    assert told(reception, {**person.question(), "consent": "spoken"})["eligibility"]["validity"] == "1"


@pytest.mark.parametrize("change", [{"birth_date": "1980-01-02"}, {"sex": "1"}, {"address": "架空県別町九番地"},
                                    {"name_kana": "ベツノ ヒト"}])
def test_one_item_that_differs_finds_nobody(reception, change):
    open_mode(reception)
    answer = told(reception, by_name(somebody(reception), **change))["eligibility"]
    assert (answer["reason"], answer["coverage"]) == ("not_found", [])


def test_two_who_fit_stay_two(reception):
    open_mode(reception)
    first = somebody(reception)
    second = somebody(reception, birth_date=first.birth_date)
    people = reception.registry.people
    people.execute("UPDATE registry.person_version SET name_kana = %s, name_kana_key = %s, address = %s WHERE person_id = %s",
                   first.name_kana, kana_key(first), first.address, second.person_id)
    people.refresh(second)
    assert told(reception, by_name(first))["eligibility"]["reason"] == "ambiguous"


@pytest.mark.parametrize("flag", [1, 2])
def test_protected_people_are_not_found_by_name_and_address(reception, flag):
    open_mode(reception)
    assert told(reception, by_name(somebody(reception, flag=flag)))["eligibility"]["reason"] == "not_found"


def test_medical_information_needs_the_spoken_consent_or_its_impossibility(reception):
    open_mode(reception)
    person = somebody(reception)
    feed(reception.registry, claim(person, "D1", "2026-10"))
    for consent, verdict in ({"consents": ["ceiling"]}, "no_consent"), ({"consents": ["drugs"]}, "given"), (
            {"consent": "impossible"}, "given"):
        assert told(reception, by_name(person, items=["drugs"], **consent))["items"]["drugs"]["verdict"] == verdict
    due = "SELECT count(*) FROM registry.visit WHERE basis = 3 AND review_due_at IS NOT NULL"
    assert reception.registry.one(due) == 1


def test_the_visit_lasts_no_longer_than_the_mode(reception):
    mode = open_mode(reception, end="2 hours")
    visit_id = told(reception, by_name(somebody(reception)))["visit_id"]
    assert reception.query(visit_id).status == 200
    assert reception.registry.one("SELECT v.consent_until = d.closes_at FROM registry.visit AS v, registry.disaster_mode AS d"
                                  " WHERE v.visit_id = %s AND d.disaster_id = %s", visit_id, mode)


def test_a_mode_that_was_closed_finds_nobody_more(reception):
    mode = open_mode(reception)
    person = somebody(reception)
    told(reception, by_name(person))
    assert reception.registry.one("SELECT registry.disaster_close(%s, now(), 'operator')", mode)
    assert ask(reception, by_name(person)).code == "disaster_mode_closed"


def test_the_same_request_opens_one_visit_and_is_answered_the_same(reception):
    open_mode(reception)
    person, request_id = somebody(reception), new_id()
    first = ask(reception, by_name(person), request_id=request_id)
    assert ask(reception, by_name(person), request_id=request_id).body == first.body
    assert reception.registry.one("SELECT count(*) FROM registry.visit") == 1
    nobody, request_id = by_name(person, sex="1"), new_id()
    first = ask(reception, nobody, request_id=request_id)
    assert ask(reception, nobody, request_id=request_id).body == first.body


@pytest.mark.parametrize("change,user,code", [
    ({}, None, "header_missing"), ({"name_kana": None}, "x", "field_missing"), ({"sex": None}, "x", "field_missing"),
    ({"address": None}, "x", "field_missing"), ({"consent": None}, "x", "field_missing"),
    ({"number": "5"}, "x", "field_malformed"), ({"consent": "impossible", "consents": ["drugs"]}, "x", "field_malformed")])
def test_a_question_that_lacks_something_is_refused(reception, change, user, code):
    open_mode(reception)
    assert ask(reception, by_name(somebody(reception), **change), user=user).code == code


def test_a_look_at_everything_can_be_asked_for_again(reception):
    open_mode(reception)
    person, request_id = somebody(reception), new_id()
    body = by_name(person, items=["checkups", "drugs", "treatments", "operations"])
    first, again = (ask(reception, body, request_id=request_id) for _ in range(2))
    assert first.status == again.status == 200 and first.body == again.body
