"""One patient, from the card at the desk to a disaster, and what the patient sees of it afterwards."""
from harness.card import Portal, Reception
from harness.claims import claim, feed


def test_sr_035_036_067_131_a_patients_days(make_registry, tmp_path):
    reception = Reception(make_registry, tmp_path)
    registry = reception.registry
    person = registry.people.add()
    registry.people.execute("UPDATE registry.person_version SET name_kana_key = %s WHERE person_id = %s",
                            "カクウシンジン" + person.name_kana.split("ｼﾝｼﾞﾝ")[1], person.person_id)
    card = reception.card_of(person)
    far = registry.add_facility("far", kind=1)
    registry.set_facility(far, prefecture=27)
    registry.admit()
    feed(registry, claim(person, "day 1", "2026-10"))
    registry.people.insert("checkup", coverage_id=person.coverage_id, items="9N001000000000001^170.1^cm",
                           valid="[2026-06-12,2026-06-13)")

    # At the desk: the card gives the coverage, and, for what was agreed to, medicines.
    visit = reception.show(card, consents=["drugs", "checkups"],
                           items=["drugs", "checkups", "operations"], role="physician").json
    assert visit["eligibility"]["validity"] == "1"
    assert visit["items"]["drugs"]["verdict"] == "given"
    assert visit["items"]["checkups"]["results"][0]["values"] == [{"examined_on": "2026-06-12", "value": "170.1"}]
    assert visit["items"]["operations"] == {"verdict": "no_consent"}

    # The next day the consent is over.
    reception.next_day()
    drugs = {"visit_id": visit["visit_id"], "role": "physician"}
    assert registry.answers(drugs, path="/v1/drug-history")["items"]["drugs"] == {"verdict": "consent_expired"}
    assert reception.query(visit["visit_id"]).code == "visit_over"

    # At home: once by card, later without, until it is cancelled.
    home = reception.show(card, treatment="home_visit", consents=["drugs"]).json["visit_id"]
    reception.next_day()
    assert [entry["visit_id"] for entry in reception.visits().json["visits"]] == [home]
    again = reception.query(home, items=["drugs"], role="physician", purpose="home_visit").json
    assert again["items"]["drugs"]["claims"]
    assert reception.cancel(home).json["reason"] == "patient"
    assert reception.query(home).code == "visit_over"

    # A disaster, in one prefecture only.
    registry.execute("SELECT registry.disaster_open(13::int2, now() - interval '1 day', now() + interval '20 days', 'exercise', 'op')")
    words = {"name_kana": person.name_kana, "birth_date": person.birth_date, "sex": "2", "address": person.address,
             "consent": "spoken", "consents": ["drugs"], "items": ["drugs"], "role": "physician"}
    here = registry.ask(words, path="/v1/disaster/visits", X_User_Id="nurse")
    assert here.json["items"]["drugs"]["verdict"] == "given"
    assert registry.ask(words, path="/v1/disaster/visits", who="far", X_User_Id="nurse").code == "disaster_mode_closed"

    # An emergency: no consent, a reason, and a review by somebody else.
    emergency = reception.show(card, treatment="emergency", emergency_reason="unconscious", role="physician", items=["drugs"],
                               user="doctor").json
    assert emergency["items"]["drugs"]["verdict"] == "given"
    assert reception.review(emergency["visit_id"], user="doctor").code == "second_person_needed"
    assert reception.review(emergency["visit_id"], user="another").json["outcome"] == "justified"

    # The patient sees all of it, and who it was.
    portal = Portal(reception)
    session = portal.session(card)
    looks = portal.told("accesses", session)["accesses"]
    assert [look["way"] for look in looks] == ["person", "emergency", "disaster", "card", "card", "card"]
    assert [("drugs" in look["items"]) for look in looks] == [False, True, True, True, False, True]
    assert {look["facility_code"] for look in looks[1:]} == {registry.facility_code("hospital")}
    visits = portal.told("visits", session)["visits"]
    assert [(one["basis"], one["treatment"]) for one in visits] == [
        ("emergency", "emergency"), ("disaster", "outpatient"), ("consent", "home_visit"), ("consent", "outpatient")]
    assert visits[0]["outcome"] == "justified" and visits[2]["reason"] == "patient"
