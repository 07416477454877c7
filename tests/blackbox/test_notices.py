"""Notices: taken in one by one or as a list, seen by facilities from then on, changed by their insurer alone."""
import datetime
import itertools

import pytest

from harness.people import INSURER
from harness.registry import new_id
from harness.wait import together

NOTICES = "/v1/enrolment/notices"
numbers = itertools.count(81_000_001)


def today():
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=9)).date()


def days_ago(days):
    return str(today() - datetime.timedelta(days))


def notice(**changes):
    number = str(next(numbers))
    body = {"change_kind": "acquisition", "event_on": days_ago(1), "notice_received_on": days_ago(0), "symbol": "12",
            "number": number, "branch_number": "1", "birth_date": "1975-03-04", "notice_key": "N-" + number}
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def taken(office, who="insurer", **changes):
    body = notice(**changes)
    reply = office.tell("POST", NOTICES, body, who=who)
    assert reply.status == 201, reply.raw
    return body, reply.json


def test_a_notice_gets_its_number_its_due_day_and_a_place(office):
    body = notice()
    reply = office.tell("POST", NOTICES, body)
    assert reply.status == 201
    answer = reply.json
    assert reply.header("Location") == f"{NOTICES}/{answer['notice_number']}"
    assert (answer["outcome"], answer["notice_key"]) == ("taken", body["notice_key"])
    assert answer["plain_due_on"] == days_ago(-5)
    assert answer["due_on"] == str(office.one("SELECT registry.registration_due(%s)", days_ago(0)))


def test_from_then_on_a_facility_is_told_that_a_registration_is_on_its_way(office):
    body, answer = taken(office)
    card = {"insurer_number": INSURER, "symbol": body["symbol"], "number": body["number"], "birth_date": body["birth_date"]}
    told = office.answers(card)
    assert (told["reason"], told["expected_by"]) == ("notified_not_registered", answer["due_on"])
    assert told["insurer"]["phone"] == "00-0000-0000"
    assert office.tell("POST", f"{NOTICES}/{answer['notice_number']}/withdraw").json["state"] == "withdrawn"
    assert office.answers(card)["reason"] == "not_found"


def test_the_same_request_again_is_told_the_same_and_takes_nothing_again(office):
    body, request_id = notice(notice_key=None), new_id()
    first, second = (office.tell("POST", NOTICES, body, request_id=request_id) for _ in range(2))
    assert (first.status, first.json) == (second.status, second.json)
    assert office.one("SELECT count(*) FROM registry.notice WHERE number = %s", body["number"]) == 1
    other = office.tell("POST", NOTICES, notice(), request_id=request_id)
    assert (other.status, other.code) == (409, "request_id_reused")


def test_the_same_request_by_sixteen_ways_at_once_is_one_notice(office):
    body, request_id = notice(notice_key=None), new_id()
    replies = together(16, lambda n: office.tell("POST", NOTICES, body, request_id=request_id))
    assert len({reply.body for reply in replies}) == 1 and {reply.status for reply in replies} == {201}
    assert office.one("SELECT count(*) FROM registry.notice WHERE number = %s", body["number"]) == 1


def test_a_key_names_one_notice(office):
    body, answer = taken(office)
    again = office.tell("POST", NOTICES, body)
    assert (again.status, again.json["outcome"]) == (200, "unchanged")
    assert again.json["notice_number"] == answer["notice_number"]
    other = office.tell("POST", NOTICES, body | {"number": str(next(numbers))})
    assert (other.status, other.code, other.json["errors"][0]["field"]) == (409, "name_reused", "notice_key")
    assert office.tell("POST", NOTICES, body, who="other").status == 201, "another insurer's key is its own"


@pytest.mark.parametrize("changes,code,field", [
    ({"change_kind": "marriage"}, "field_malformed", "change_kind"),
    ({"change_kind": None}, "field_missing", "change_kind"),
    ({"notice_received_on": None}, "field_missing", "notice_received_on"),
    ({"notice_received_on": "2199-01-01"}, "field_malformed", "notice_received_on"),
    ({"event_on": "2199-01-01"}, "field_malformed", "event_on"),
    ({"birth_date": "2199-01-01"}, "field_malformed", "birth_date"),
    ({"birth_date": "1975-02-30"}, "field_malformed", "birth_date"),
    ({"number": None}, "field_missing", "number"),
    ({"number": "1" * 21}, "field_too_long", "number"),
    ({"number": "123456789018"}, "personal_number_refused", "number"),
    ({"branch_number": "123"}, "field_malformed", "branch_number"),
    ({"notice_key": ""}, "field_malformed", "notice_key"),
    ({"notice_key": "a\u0007"}, "field_malformed", "notice_key"),
    ({"notice_key": "鍵" * 65}, "field_too_long", "notice_key"),
    ({"insurer_number": INSURER}, "field_unknown", None),
])
def test_a_notice_that_is_not_sound_is_refused(office, changes, code, field):
    reply = office.tell("POST", NOTICES, notice(**changes))
    assert reply.status == 400
    assert (code, field) in [(error["code"], error.get("field")) for error in reply.json["errors"]]


def test_all_faults_of_a_notice_are_told_at_once(office):
    reply = office.tell("POST", NOTICES, {"change_kind": 7, "birth_date": "x", "branch_number": "999", "number": "1"})
    assert {error.get("field") for error in reply.json["errors"]} == {"change_kind", "birth_date", "branch_number",
                                                                      "notice_received_on"}


def test_one_faulty_notice_of_a_list_spoils_no_other(office):
    used, _ = taken(office)
    items = [notice(), notice(birth_date="x", number=None), used, used | {"number": "5"}, "no notice", notice()]
    reply = office.tell("POST", NOTICES, {"notices": items})
    assert reply.status == 200, reply.raw
    answer = reply.json
    assert {name: answer[name] for name in ("item_count", "taken", "unchanged", "refused")} == {
        "item_count": 6, "taken": 2, "unchanged": 1, "refused": 3}
    results = answer["results"]
    assert [result["item_no"] for result in results] == [1, 2, 3, 4, 5, 6]
    assert [result.get("outcome") for result in results] == ["taken", None, "unchanged", None, None, "taken"]
    assert {error["field"] for error in results[1]["error"]["errors"]} == {"birth_date", "number"}
    assert [results[at]["error"]["code"] for at in (3, 4)] == ["name_reused", "json_malformed"]
    again = office.tell("POST", NOTICES, {"notices": items}).json
    assert [result.get("outcome") for result in again["results"]] == ["unchanged", None, "unchanged", None, None, "unchanged"]


def test_a_thousand_notices_come_at_once_and_no_more(office):
    items = [notice(notice_key="列" + str(next(numbers)) + '"\\') for _ in range(1000)]
    reply = office.tell("POST", NOTICES, {"notices": items})
    assert reply.status == 200 and reply.json["taken"] == 1000
    assert [result["notice_key"] for result in reply.json["results"]] == [item["notice_key"] for item in items]
    assert office.tell("POST", NOTICES, {"notices": items + items[:1]}).code == "items_too_many"
    office.execute("UPDATE registry.notice SET superseded_at = now() WHERE notice_key LIKE '列%%'")


@pytest.mark.parametrize("body", ['{"notices": []}', '{"notices": {}}', '{"notices": [{}}', '{"notices": [{}], "x": 1}', "[]",
                                  '{"notices": [{}], "notices": [{}]}', '{"notices"', '"notices"'])
def test_what_is_no_list_is_refused_whole(office, body):
    assert office.tell("POST", NOTICES, body).status == 400


def test_a_correction_replaces_the_notice_and_keeps_what_was(office):
    body, answer = taken(office)
    place = f"{NOTICES}/{answer['notice_number']}"
    correct = {name: value for name, value in body.items() if name != "notice_key"} | {
        "number": str(next(numbers)), "change_kind": "change", "notice_received_on": days_ago(3)}
    reply = office.tell("POST", place + "/correct", correct)
    assert reply.status == 200, reply.raw
    view = office.tell("GET", place).json
    assert view == reply.json
    assert (view["number"], view["change_kind"], view["notice_key"]) == (correct["number"], "change", body["notice_key"])
    assert view["due_on"] == str(office.one("SELECT registry.registration_due(%s)", days_ago(3)))
    assert [(old["change_kind"], old["due_on"]) for old in view["history"]] == [("acquisition", answer["due_on"])]
    card = {"insurer_number": INSURER, "symbol": "12", "birth_date": body["birth_date"]}
    assert office.answers(card | {"number": body["number"]})["reason"] == "not_found"
    assert office.answers(card | {"number": correct["number"]})["reason"] == "notified_not_registered"


def test_what_is_settled_is_changed_no_more(office):
    body, answer = taken(office)
    place = f"{NOTICES}/{answer['notice_number']}"
    assert office.tell("POST", place + "/withdraw").status == 200
    correct = {name: value for name, value in body.items() if name != "notice_key"}
    for path, more in (("/withdraw", None), ("/correct", correct)):
        reply = office.tell("POST", place + path, more)
        assert (reply.status, reply.code) == (409, "already_settled")


def test_nobody_elses_notice_is_there(office):
    body, answer = taken(office)
    place = f"{NOTICES}/{answer['notice_number']}"
    correct = {name: value for name, value in body.items() if name != "notice_key"}
    for method, path, more in (("GET", place, None), ("POST", place + "/withdraw", None), ("POST", place + "/correct", correct),
                               ("GET", NOTICES + "/999999999999", None), ("GET", NOTICES + "/17x", None)):
        reply = office.tell(method, path, more, who="other")
        assert (reply.status, reply.code) == (404, "not_found"), path
    assert office.tell("GET", place).json["state"] == "open"
    keys = [one.get("notice_key") for one in office.tell("GET", NOTICES + "?limit=500", who="other").json["notices"]]
    assert body["notice_key"] not in keys


def test_open_notices_are_listed_by_due_day_without_what_names_a_person(office):
    early = [taken(office, notice_received_on=days_ago(8), notice_key=f"E-{next(numbers)}")[0] for _ in range(3)]
    late, _ = taken(office)
    pages, after = [], ""
    while after is not None:
        page = office.tell("GET", f"{NOTICES}?limit=2" + after).json
        pages += page["notices"]
        after = f"&after={page['next_after']}" if "next_after" in page else None
    assert [one["due_on"] for one in pages] == sorted(one["due_on"] for one in pages)
    keys = [one["notice_key"] for one in pages if "notice_key" in one]
    assert len(keys) == len(set(keys)) and {body["notice_key"] for body in early} | {late["notice_key"]} <= set(keys)
    assert not {"number", "symbol", "birth_date"} & {name for one in pages for name in one}
    warned = office.tell("GET", f"{NOTICES}?due_within=0&limit=500").json["notices"]
    assert {body["notice_key"] for body in early} <= {one.get("notice_key") for one in warned}
    assert late["notice_key"] not in [one.get("notice_key") for one in warned]
    assert all("days_overdue" in one or one["days_left"] == 0 for one in warned)


@pytest.mark.parametrize("query", ["?due_within=367", "?due_within=x", "?limit=0", "?limit=501", "?after=17", "?after=20261332-1",
                                   "?limit=1&limit=1", "?number=12", "?due_within=1&limit=2&after=20260101-1&x=1&y=2"])
def test_a_query_string_is_read_strictly(office, query):
    assert office.tell("GET", NOTICES + query).code == "query_string_refused"


def test_a_path_that_takes_two_methods_says_both(office):
    reply = office.tell("DELETE", NOTICES)
    assert (reply.status, reply.header("Allow")) == (405, "GET, POST")


def test_a_missed_notice_is_overdue_and_a_breach(office):
    body, answer = taken(office, notice_received_on=days_ago(30))
    office.execute("SELECT registry.notice_clock(now(), 1000)")
    view = office.tell("GET", f"{NOTICES}/{answer['notice_number']}").json
    assert view["state"] == "overdue" and view["days_overdue"] > 0
    assert office.one("SELECT count(*) FROM registry.registration_breach WHERE notice_id = %s", answer["notice_number"]) == 1
    card = {"insurer_number": INSURER, "symbol": body["symbol"], "number": body["number"], "birth_date": body["birth_date"]}
    assert office.answers(card)["reason"] == "notified_not_registered"


def test_every_request_about_a_notice_is_on_record_as_the_insurers(office):
    request_id = new_id()
    _, answer = taken(office)
    office.tell("GET", f"{NOTICES}/{answer['notice_number']}", request_id=request_id)
    kind, actor, way = office.execute("SELECT actor_kind, actor_id, way FROM registry.access_record WHERE request_id = %s",
                                      request_id)[0]
    assert (kind, actor, way) == (2, (2 << 32) + int(INSURER), 4)


def test_no_personal_value_is_in_a_log(office):
    body, _ = taken(office, notice_key="LOGGED-1")
    office.tell("POST", NOTICES, body | {"birth_date": "x"})
    for name in ("serve", "registrar"):
        assert body["number"] not in office.log(name) and "LOGGED-1" not in office.log(name)
