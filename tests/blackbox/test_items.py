"""What an answer holds of a person: the terms of the day asked about, and nothing that needs more than was given."""
import pytest

from harness.people import INSURER
from harness.registry import new_id

ITEMS = {"coverage": 1, "person": 2, "address": 4, "burden_ratio": 8, "elderly": 16, "ceiling": 32, "disease": 64,
         "benefit": 128, "reference_number": 256}


def view_of(registry, person, request_id=None, **changes):
    answer = registry.answers(person.question(**changes), request_id=request_id)
    assert len(answer["coverage"]) == 1, answer["reason"]
    return answer["coverage"][0]


def items_of(registry, person, **changes):
    request_id = new_id()
    view_of(registry, person, request_id, **changes)
    items = registry.record(request_id)["items"]
    return {name for name, bit in ITEMS.items() if items & bit}


def test_the_whole_card_is_shown_as_it_was_registered(registry):
    person = registry.people.add(insured_name="架空　世帯主", issued_on="2020-04-05", card_valid_from="2020-04-06",
                                 card_expires_on="2099-07-31", relation=2)
    view = view_of(registry, person)
    expected = {"insurer_number": INSURER, "insurer_name": "架空健康保険組合", "card_class": "01",
                "symbol": person.symbol, "number": person.number, "branch_number": "01", "relation": "2",
                "insured_name": "架空　世帯主", "name": person.name, "name_kana": person.name_kana, "sex1": "2",
                "birth_date": person.birth_date, "address": person.address, "post_number": "9999999",
                "acquired_on": "2020-04-01", "card_issued_on": "2020-04-05", "card_valid_from": "2020-04-06",
                "card_expires_on": "2099-07-31"}
    assert {name: view.get(name) for name in expected} == expected
    assert items_of(registry, person) == {"coverage", "person", "address", "burden_ratio"}


@pytest.mark.parametrize("asked_on,percent", [("2021-03-31", 30), ("2021-04-01", 20), ("2022-03-31", 20),
                                              ("2022-04-01", 10)])
def test_the_burden_ratio_is_that_of_the_day_asked_about(registry, asked_on, percent):
    person = registry.people.add(ratio=None)
    for valid, ratio in (("[2000-01-01,2021-04-01)", 30), ("[2021-04-01,2022-04-01)", 20), ("[2022-04-01,)", 10)):
        registry.people.insert("burden_ratio", coverage_id=person.coverage_id, ratio_percent=ratio, valid=valid)
    registry.people.refresh(person)
    assert str(percent) in view_of(registry, person, asked_on=asked_on)["burden_ratio"]


def test_without_a_burden_ratio_none_is_made_up(registry):
    person = registry.people.add(ratio=None)
    assert "burden_ratio" not in view_of(registry, person)
    assert "burden_ratio" not in items_of(registry, person)


def test_the_elderly_certificate_is_shown_while_it_holds_with_its_last_day(registry):
    person = registry.people.add()
    registry.people.insert("elderly_certificate", coverage_id=person.coverage_id, ratio_percent=20,
                           issued_on="2021-07-20", valid="[2021-08-01,2022-08-01)")
    registry.people.refresh(person)
    paper = view_of(registry, person, asked_on="2022-07-31")["elderly_certificate"]
    assert (paper["issued_on"], paper["valid_from"], paper["valid_until"]) == ("2021-07-20", "2021-08-01", "2022-07-31")
    assert "20" in paper["burden_ratio"]
    assert "elderly" in items_of(registry, person, asked_on="2021-08-01")
    for asked_on in ("2021-07-31", "2022-08-01"):
        assert "elderly_certificate" not in view_of(registry, person, asked_on=asked_on)
        assert "elderly" not in items_of(registry, person, asked_on=asked_on)


def test_the_ceiling_is_shown_with_consent_only_and_consent_is_on_record(registry):
    person = registry.people.add()
    registry.people.insert("ceiling", coverage_id=person.coverage_id, classification="01", **{"class": "A03"},
                           code_version="8.07", issued_on="2021-07-20", valid="[2021-08-01,2022-08-01)")
    registry.people.refresh(person)
    day = "2021-12-01"
    for consent in (None, False, "0"):
        assert "ceiling_certificate" not in view_of(registry, person, asked_on=day, ceiling_consent=consent)
    for consent in (True, "1"):
        request_id = new_id()
        paper = view_of(registry, person, request_id, asked_on=day, ceiling_consent=consent)["ceiling_certificate"]
        assert (paper["classification"], paper["ceiling_class"]) == ("01", "A03")
        assert (paper["valid_from"], paper["valid_until"]) == ("2021-08-01", "2022-07-31")
        record = registry.record(request_id)
        assert record["consent"] == 1 and record["items"] & ITEMS["ceiling"]
    assert "ceiling" not in items_of(registry, person, asked_on=day)
    assert "ceiling_certificate" not in view_of(registry, person, asked_on="2022-08-01", ceiling_consent=True)


def test_public_benefits_are_shown_while_they_hold_and_the_coverage_is_in_force(registry):
    person = registry.people.add(valid="[2020-04-01,2025-01-01)", loss_reason="01")
    registry.people.insert("public_benefit", person_id=person.person_id, payer_number="54139990",
                           recipient_number="7654321", programme="54", self_pay=5000, valid="[2021-01-01,2026-01-01)")
    registry.people.refresh(person)
    benefit, = view_of(registry, person, asked_on="2024-12-31")["public_benefits"]
    assert (benefit["payer_number"], benefit["recipient_number"]) == ("54139990", "7654321")
    assert (benefit["programme"], benefit["self_pay"]) == ("54", 5000)
    assert "benefit" in items_of(registry, person, asked_on="2021-01-01")
    for asked_on in ("2020-12-31", "2025-01-01"):
        assert "public_benefits" not in view_of(registry, person, asked_on=asked_on)
        assert "benefit" not in items_of(registry, person, asked_on=asked_on)


def test_a_specific_disease_is_never_shown_by_number_whatever_consent_is_claimed(registry):
    person = registry.people.add()
    registry.people.insert("specific_disease", coverage_id=person.coverage_id, category=2, self_pay=10000,
                           issued_on="2021-01-02", valid="[2020-01-01,)")
    registry.people.refresh(person)
    for changes in ({}, {"ceiling_consent": True}):
        reply = registry.ask(person.question(**changes))
        assert reply.status == 200 and b"disease" not in reply.raw and b"2021-01-02" not in reply.raw
        assert "disease" not in items_of(registry, person, **changes)
    refused = registry.ask(person.question(disease_consent=True))
    assert refused.status == 400 and "field_unknown" in [error["code"] for error in refused.json["errors"]]


@pytest.mark.parametrize("kind", [1, 2])
def test_a_protected_persons_address_leaves_by_no_way(registry, kind):
    person = registry.people.add(flag=kind)
    reply = registry.ask(person.question())
    assert reply.json["reason"] == "in_force" and reply.json["coverage"][0]["name"] == person.name
    assert person.address.encode() not in reply.raw and b"9999999" not in reply.raw
    assert "address" not in items_of(registry, person)


def test_protection_that_starts_later_already_holds(registry):
    person = registry.people.add()
    registry.people.insert("person_flag", person_id=person.person_id, kind=1, valid="[2090-01-01,)")
    registry.people.refresh(person)
    assert person.address.encode() not in registry.ask(person.question()).raw


def test_a_child_is_preschool_until_its_last_day_included(registry):
    person = registry.people.add(birth_date="2019-06-07", preschool_until="2026-03-31")
    assert view_of(registry, person, asked_on="2026-03-31")["preschool"] == "1"
    assert view_of(registry, person, asked_on="2026-04-01").get("preschool") in (None, "0")


@pytest.mark.parametrize("sent,told", [("01", "01"), ("02", "02"), ("03", "03"), ("99", "99"), ("L01", "01"),
                                       ("L02", "02"), ("L05", "03"), ("L06", "03"), ("L09", "99"), (None, None)])
def test_an_insurers_fine_reason_of_loss_is_told_as_one_of_four(registry, sent, told):
    person = registry.people.add(valid="[2020-04-01,2025-01-01)", loss_reason=sent)
    view = view_of(registry, person)
    assert (view.get("loss_reason"), view["lost_on"]) == (told, "2025-01-01")


def test_a_reference_number_is_shown_to_the_facility_that_set_it_and_to_no_other(registry):
    person = registry.people.add()
    registry.people.insert("reference_number", facility_id=registry.facilities["hospital"],
                           person_id=person.person_id, number="K-0815")
    assert registry.answers(person.question())["reference_number"] == "K-0815"
    assert "reference_number" in items_of(registry, person)
    assert b"K-0815" not in registry.ask(person.question(), who="clinic").raw


def test_the_reception_desk_is_advised_in_the_language_asked_for(registry):
    body = registry.people.add().question()
    for language, words in (("en", "in force"), ("en-GB,ja;q=0.5", "in force"), ("ja", "有効"), ("fr", "有効")):
        assert words in registry.answers(body, Accept_Language=language)["advice"]["reception"]


@pytest.mark.parametrize("purpose", ["treatment", "dispensing", "reception", "claim", "home_visit", "other"])
def test_each_purpose_is_taken_and_recorded(registry, purpose):
    request_id = new_id()
    registry.answers(registry.people.add().question(purpose=purpose), request_id=request_id)
    assert registry.record(request_id)["purpose"] > 0
