"""Every reason a facility can be given, what it comes with, and that it shows nobody to who may not see."""
import datetime

import pytest

from harness.people import INSURER, NEAR_INSURER

TODAY = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9))).date()


def day(shift):
    return str(TODAY + datetime.timedelta(shift))


def check(registry, body, reason, validity, shown):
    """An answer by its reason, with what every answer has; the coverage if one must be shown."""
    reply = registry.ask(body)
    assert reply.status == 200, reply.code
    answer = reply.json
    assert (answer["reason"], answer["validity"]) == (reason, validity)
    assert answer["confirmation"] and answer["advice"]["reception"] and answer["advice"]["vendor"]
    assert len(answer["coverage"]) == (1 if shown else 0)
    return answer["coverage"][0] if shown else reply


def shows_nothing_of(reply, *people):
    for person in people:
        for text in person.personal:
            assert text.encode() not in reply.raw
    assert b'"coverage":[]' in reply.raw and b"acquired_on" not in reply.raw


def test_a_coverage_that_runs_is_in_force_today_in_the_past_and_in_a_year(registry):
    person = registry.people.add()
    for asked_on in (None, day(0), day(365), "2020-04-01", "2020-04-02"):
        view = check(registry, person.question(asked_on=asked_on), "in_force", "1", True)
        assert (view["number"], view["name"], view["birth_date"]) == (person.number, person.name, person.birth_date)


def test_a_coverage_that_ended_is_lost_from_its_last_day_on_and_was_in_force_before(registry):
    person = registry.people.add(valid="[2020-04-01,2025-01-01)", loss_reason="L01")
    view = check(registry, person.question(), "lost", "2", True)
    assert view["loss_reason"] == "01"
    check(registry, person.question(asked_on="2025-01-01"), "lost", "2", True)
    check(registry, person.question(asked_on="2024-12-31"), "in_force", "1", True)


def test_who_has_moved_to_another_insurer_is_told_lost_with_newer_coverage(registry):
    person = registry.people.add(valid="[2020-04-01,2025-01-01)", loss_reason="03")
    new = {"insurer_number": NEAR_INSURER, "number": "55" + person.number, "valid": "[2025-01-01,)"}
    registry.people.cover(person, **new)
    registry.people.refresh(person)
    view = check(registry, person.question(), "lost", "3", True)
    assert view["insurer_number"] == INSURER and new["number"] not in str(view)
    check(registry, person.question(insurer_number=NEAR_INSURER, number=new["number"]), "in_force", "1", True)


def test_a_coverage_that_starts_later_has_not_yet_started_and_will_be_in_force(registry):
    person = registry.people.add(valid=f"[{day(20)},)")
    view = check(registry, person.question(), "not_yet_started", "2", True)
    assert view["acquired_on"] == day(20)
    check(registry, person.question(asked_on=day(19)), "not_yet_started", "2", True)
    check(registry, person.question(asked_on=day(20)), "in_force", "1", True)


def test_a_notice_without_a_registration_says_until_when_it_is_expected(registry):
    registry.people.notify(number="71000017", birth_date="1970-02-03", due_on="2026-01-13")
    body = {"insurer_number": INSURER, "symbol": "1234", "number": "71000017", "birth_date": "1970-02-03"}
    reply = check(registry, body, "notified_not_registered", "4", False)
    assert reply.json["expected_by"] == "2026-01-13"
    check(registry, dict(body, asked_on="2025-12-31"), "not_found", "4", False)


def test_a_notice_of_a_new_coverage_on_a_lost_card_is_told(registry):
    person = registry.people.add(valid="[2020-04-01,2025-01-01)", loss_reason="01")
    registry.people.notify(number=person.number, birth_date=person.birth_date, due_on="2026-01-20")
    reply = check(registry, person.question(), "notified_not_registered", "4", False)
    assert reply.json["expected_by"] == "2026-01-20"
    shows_nothing_of(reply, person)


def test_a_coverage_under_identity_check_is_pending_and_shows_nothing(registry):
    person = registry.people.add(state=2)
    shows_nothing_of(check(registry, person.question(), "identity_check_pending", "4", False), person)


def test_a_suspended_coverage_shows_nothing(registry):
    person = registry.people.add(state=3)
    shows_nothing_of(check(registry, person.question(), "suspended", "4", False), person)


def test_a_person_on_hold_is_suspended_and_shows_nothing_on_any_day(registry):
    person = registry.people.add(hold=2)
    for asked_on in (None, "2021-01-01", day(300)):
        reply = check(registry, person.question(asked_on=asked_on), "suspended", "4", False)
        shows_nothing_of(reply, person)


def test_a_hold_on_clinical_data_alone_leaves_the_coverage_open(registry):
    check(registry, registry.people.add(hold=1).question(), "in_force", "1", True)


def transposed(text):
    at = next(at for at in range(1, len(text) - 1) if text[at] != text[at + 1])
    return text[:at] + text[at + 1] + text[at] + text[at + 2:]


def other_digit(text, at=-1):
    at %= len(text)
    return text[:at] + str((int(text[at]) + 3) % 10) + text[at + 1:]


MISTYPED = [
    ("birth_date", lambda p: {"birth_date": p.birth_date[:-5] + "01-02"}, "1980-02-01"),
    ("birth_date", lambda p: {"birth_date": "1981" + p.birth_date[4:]}, "1980-02-01"),
    ("birth_date", lambda p: {"birth_date": "1955-04-05"}, "1980-04-05"),
    ("number", lambda p: {"number": other_digit(p.number)}, None),
    ("number", lambda p: {"number": transposed(p.number)}, None),
    ("number", lambda p: {"number": p.number[:-1]}, None),
    ("number", lambda p: {"number": p.number + "5"}, None),
    ("symbol", lambda p: {"symbol": "1235"}, None),
    ("branch_number", lambda p: {"branch_number": "09"}, None),
]


@pytest.mark.parametrize("field,changes,birth_date", MISTYPED, ids=[f"{n}-{row[0]}" for n, row in enumerate(MISTYPED)])
def test_a_near_miss_names_the_field_to_read_again_and_nobody(registry, field, changes, birth_date):
    person = registry.people.add(birth_date=birth_date)
    reply = check(registry, person.question(**changes(person)), "mistyped", "4", False)
    assert reply.json["recheck_field"] == field
    known = changes(person)
    assert person.name.encode() not in reply.raw and person.address.encode() not in reply.raw
    if field in ("number", "birth_date"):
        assert known != {field: getattr(person, field)}
        assert getattr(person, field).encode() not in reply.raw
        assert person.birth_date.replace("-", "").encode() not in reply.raw


def test_a_transposed_insurer_number_is_to_be_read_again(registry):
    person = registry.people.add(insurer=NEAR_INSURER)
    reply = check(registry, person.question(insurer_number="06139091"), "mistyped", "4", False)
    assert reply.json["recheck_field"] == "insurer_number"
    shows_nothing_of(reply, person)
    assert NEAR_INSURER.encode() not in reply.raw


def test_a_card_that_nobody_has_is_not_found(registry):
    body = {"insurer_number": INSURER, "symbol": "1234", "number": "31415926", "birth_date": "1931-01-01"}
    assert "recheck_field" not in check(registry, body, "not_found", "4", False).json


def test_a_number_with_three_signs_wrong_is_not_near(registry):
    person = registry.people.add(number="40417329")
    check(registry, person.question(number="49417856"), "not_found", "4", False)


def twins(registry, branches):
    first = registry.people.add(branch=branches[0])
    second = registry.people.add(birth_date=first.birth_date, number=first.number, branch=branches[1])
    return first, second


def test_twins_on_one_card_are_ambiguous_until_the_branch_tells_them_apart(registry):
    first, second = twins(registry, ("02", "03"))
    reply = check(registry, first.question(branch_number=None), "ambiguous", "5", False)
    shows_nothing_of_but_number(reply, first, second)
    for twin in (first, second):
        view = check(registry, twin.question(), "in_force", "1", True)
        assert view["name"] == twin.name
    reply = check(registry, first.question(branch_number="07"), "mistyped", "4", False)
    assert reply.json["recheck_field"] == "branch_number"
    shows_nothing_of_but_number(reply, first, second)


def shows_nothing_of_but_number(reply, *people):
    for person in people:
        assert person.name.encode() not in reply.raw and person.address.encode() not in reply.raw
        assert person.number.encode() not in reply.raw
    assert reply.json["coverage"] == []


def test_twins_without_branches_stay_ambiguous_whatever_is_asked(registry):
    first, second = twins(registry, (None, None))
    for branch in (None, "01", "02"):
        reply = check(registry, first.question(branch_number=branch), "ambiguous", "5", False)
        shows_nothing_of_but_number(reply, first, second)


def test_two_cards_that_differ_in_leading_zeros_only_are_told_apart(registry):
    one = registry.people.add(number="0052345", branch=None)
    other = registry.people.add(number="52345", branch=None, birth_date=one.birth_date)
    for person in (one, other):
        assert check(registry, person.question(), "in_force", "1", True)["name"] == person.name
    shows_nothing_of_but_number(check(registry, one.question(number="052345"), "ambiguous", "5", False), one, other)


@pytest.mark.parametrize("asked_on,reason", [
    ("2025-07-31", "in_force"), ("2025-08-01", "expired_card_within_transition"),
    ("2025-12-01", "expired_card_within_transition"), ("2025-12-02", "expired_card_within_transition"),
    ("2026-03-31", "expired_card_within_transition"), ("2026-04-01", "in_force"),
])
def test_an_expired_old_card_is_told_apart_through_the_transition_and_no_longer(registry, asked_on, reason):
    person = registry.people.add(card_expires_on="2025-07-31")
    check(registry, person.question(asked_on=asked_on), reason, "1", True)


def test_as_of_tells_when_the_insurer_was_heard_and_how_late_it_usually_is(registry):
    answer = registry.answers(registry.people.add().question())
    assert answer["as_of"]["usual_lag_days"] == 2
    assert answer["as_of"]["insurer_last_heard_at"].startswith("2026-01-0")
    assert answer["insurer"]["phone"] == "00-0000-0000"
