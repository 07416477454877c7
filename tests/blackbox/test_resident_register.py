"""The resident register is asked over mutual TLS, and nothing it does wrong becomes a wrong link."""
import itertools
import json
import pathlib
import re
import time
import uuid

import jsonschema
import pytest
import yaml

from harness.client import Closed
from harness.register import Register, finish, person, population, synthetic
from harness.server import IS_WATCHED, shikaku
from harness.wait import until

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = yaml.safe_load((ROOT / "schema/api/resident-register.yaml").read_text(encoding="utf-8"))
SCHEMAS = API["components"]["schemas"]
PEOPLE = [person(n) for n in range(40)]
RUDE = ["broken_json", "wrong_ref", "double_ref", "missing_ref", "other_inquiry", "unknown_member", "wrong_type",
        "long_value", "content_type", "status", "endless"]


@pytest.fixture
def register(tmp_path):
    one = Register(tmp_path / "register", PEOPLE)
    yield one
    one.close()


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """4,000 invented people: a register, and what their insurers claim."""
    folder = tmp_path_factory.mktemp("people")
    truth, claims = population(folder, 4000)
    one = Register(folder / "register", truth)
    yield one, claims
    one.close()


def problems(name, value):
    """What breaks the schema, in words that hold no value."""
    validator = jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": API["components"]})
    return ["/".join(map(str, error.absolute_path)) + ": " + error.validator for error in validator.iter_errors(value)]


def inquiry(*numbers):
    return {"inquiry_id": str(uuid.uuid4()),
            "persons": [{"ref": ref, "personal_number": number} for ref, number in enumerate(numbers)]}


def total(counts, group):
    return sum(counts[group].values())


# ---- the contract --------------------------------------------------------------------------------

def test_the_contract_is_sound_and_its_examples_fit():
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema.get("type") != "object" or schema["additionalProperties"] is False
    operation = API["paths"]["/v1/persons/inquiry"]["post"]
    for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
        assert problems("Inquiry", example["value"]) == []
    for example in operation["responses"]["200"]["content"]["application/json"]["examples"].values():
        assert problems("Reply", example["value"]) == []


def test_replies_fit_the_contract_and_have_one_result_for_each_ref(tmp_path):
    truth = [person(1, number=synthetic(1)), person(2), synthetic(3) + "\t!number_withdrawn",
             person(4) + "\t王\tワン"]
    one = Register(tmp_path / "register", truth)
    try:
        numbers = [synthetic(1), synthetic(2), synthetic(3), synthetic(4), synthetic(5), synthetic(1, shift=3)]
        asked = inquiry(*numbers)
        reply = one.ask(asked)
    finally:
        one.close()
    assert reply.status == 200 and reply.header("Content-Type") == "application/json"
    assert reply.header("Cache-Control") == "no-store"
    assert problems("Reply", reply.json) == []
    assert reply.json["inquiry_id"] == asked["inquiry_id"]
    results = {result["ref"]: result for result in reply.json["results"]}
    assert [results[ref]["status"] for ref in range(6)] == ["found", "found", "refused", "found", "not_found", "refused"]
    assert results[2]["code"] == "number_withdrawn" and results[5]["code"] == "number_malformed"
    assert results[3]["name_other"] == "王"
    assert not any(number in reply.body.decode() for number in numbers)


@pytest.mark.parametrize("body, more, status, code", [
    (b"{", {}, 400, "malformed"),
    ({"inquiry_id": "x", "persons": []}, {}, 400, "malformed"),
    ({**inquiry(synthetic(1)), "note": 1}, {}, 400, "malformed"),
    (inquiry("12345"), {}, 400, "malformed"),
    (inquiry(*[synthetic(1)] * 1001), {}, 400, "malformed"),
    (b" " * 70000, {}, 413, "body_too_large"),
    (inquiry(synthetic(1)), {"Content_Type": "text/plain"}, 415, "media_type_unsupported"),
    (inquiry(synthetic(1)), {"path": "/v1/persons"}, 404, "path_unknown"),
    (inquiry(synthetic(1)), {"method": "PUT"}, 405, "method_not_allowed"),
    (inquiry(synthetic(1)), {"who": "facility"}, 403, "not_permitted"),
], ids=["broken", "nobody", "another member", "short number", "1001 people", "too long", "media type", "path", "method",
        "certificate"])
def test_what_is_no_inquiry_gets_a_problem_document(register, body, more, status, code):
    reply = register.ask(body, **more)
    assert reply.status == status and reply.code == code
    assert problems("Problem", reply.json) == []


def test_without_a_certificate_of_the_authority_nobody_is_heard(register):
    other = register.make_authority("other")
    for who, pki in ((None, None), ("registry", other)):
        with pytest.raises((OSError, Closed)):
            with register.connect(who, pki) as connection:
                connection.request("POST", "/v1/persons/inquiry", b"{}", {})
    assert register.counts()["requests"] == 0


# ---- asking -----------------------------------------------------------------------------------

def test_everybody_is_found_and_compared_by_the_rules(register):
    claims = list(PEOPLE)
    claims[0] = person(0, kana="ｶｸｳ ﾛｳ")
    claims[1] = person(1, address="東京都見本市合成町2-2-2")
    claims[2] = person(2, kana="カクウ　ロー")
    claims[3] = person(3, birth_date="1900-01-01")
    claims[4] = person(4, name="別　人", kana="ベツ　ジン")
    checked = register.check(claims + [person(99)], register_persons=7)
    counts = checked.counts
    assert checked.status == 0, checked.err
    assert (counts["found"], counts["not_found"], counts["compared"]) == (40, 1, 40)
    assert counts["rules"] == {"31": 1, "50": 1, "82": 1}
    assert counts["submitted"] == {"link": 37, "report": 1, "seal_clinical": 1, "seal_all": 1}
    assert counts["requests"] == 6


def test_a_number_alone_is_asked_and_not_compared(register):
    checked = register.check([synthetic(1), synthetic(2), synthetic(77)])
    assert checked.status == 0
    assert (checked.counts["found"], checked.counts["not_found"], checked.counts["compared"]) == (2, 1, 0)


@pytest.mark.parametrize("line", [
    pytest.param("", id="empty"),
    pytest.param("12345\tx", id="five digits"),
    pytest.param("1234567890123", id="thirteen digits"),
    pytest.param(synthetic(1, shift=4), id="check digit of none"),
    pytest.param(synthetic(1, shift=0), id="check digit of somebody"),
    pytest.param(person(1, birth_date="1980-02-30"), id="no such day"),
    pytest.param(person(1, sex="4"), id="no such sex"),
    pytest.param(synthetic(1) + "\t" + "x" * 3000, id="too long"),
])
def test_a_line_that_is_none_is_named_by_its_number_and_not_asked(register, line):
    checked = register.check([PEOPLE[0], line, PEOPLE[1]])
    assert checked.status == 65
    assert "line 2 " in checked.err
    assert checked.counts["found"] == 2 and register.counts()["persons"] == 2


def test_where_numbers_are_true_an_invented_one_is_not_sent(register):
    checked = register.check(PEOPLE, personal_numbers="true")
    assert checked.status == 65 and register.counts()["requests"] == 0


def test_of_a_population_hardly_anybody_is_a_question_for_an_insurer(people):
    register, claims = people
    register.be(wrong_ppm=0)
    counts = register.check(claims).counts
    assert counts["compared"] == counts["found"] == 4000
    for field in ("birth_date", "sex"):
        assert counts["verdicts"][field]["same"] == 4000
    assert counts["verdicts"]["address"]["same_by_rule"] == 4000  # the register writes 丁目 in kanji numerals
    otherwise = 4000 - counts["verdicts"]["name_kana"]["same"]
    assert 10 <= otherwise <= 70  # 0.87 %, but for the kanji variants
    assert counts["submitted"]["seal_all"] == 0
    assert counts["submitted"]["link"] >= 0.99 * 4000  # false holds are less than 1 %


def test_another_persons_values_are_never_linked(people):
    register, claims = people
    before = register.be(wrong_ppm=200000)["wrong"]
    counts = register.check(claims).counts
    wrong = register.counts()["wrong"] - before
    register.be(wrong_ppm=0)
    assert wrong > 600
    assert counts["submitted"]["link"] + counts["submitted"]["report"] <= 4000 - wrong
    assert counts["submitted"]["seal_all"] + counts["submitted"]["seal_clinical"] >= wrong


# ---- a register that misbehaves ------------------------------------------------------------------

@pytest.mark.parametrize("kind", RUDE)
def test_a_rude_reply_costs_the_whole_ask_and_links_nobody(register, kind):
    register.be(rude=kind)
    checked = register.check(PEOPLE, register_breaker_failures=1000)
    assert checked.status == 69
    assert checked.failures == {"rude": 40}
    assert checked.counts["compared"] == checked.counts["found"] == 0
    assert register.counts()["requests"] == 1  # asking again would only hide it
    register.be(rude="no")
    assert register.check(PEOPLE).status == 0


def test_a_reply_that_is_cut_off_is_asked_for_again(register):
    register.be(rude="cut")
    checked = register.check(PEOPLE, register_tries=4)
    assert checked.status == 69 and checked.failures == {"away": 40}
    assert register.counts()["requests"] == checked.counts["requests"] == 4


def test_a_slow_register_is_waited_for_up_to_the_deadline(register):
    register.be(slow_ms=400)
    assert register.check(PEOPLE, register_deadline_ms=5000).status == 0
    checked = register.check(PEOPLE, register_deadline_ms=100, register_tries=2)
    assert checked.status == 69 and checked.failures == {"late": 40}
    assert checked.counts["requests"] == 2


def test_many_requests_are_under_way_at_a_time_and_connections_are_kept(register):
    register.be(slow_ms=250)
    before = time.monotonic()
    checked = register.check(PEOPLE * 4, register_persons=5, register_errands=16)
    took = time.monotonic() - before
    assert checked.status == 0 and checked.counts["requests"] == 32
    assert took < 32 * 0.25 / 2  # one after the other would be 8 s
    assert checked.counts["connections"] == register.counts()["connections"] <= 16
    register.be(slow_ms=0)
    checked = register.check(PEOPLE * 4, register_persons=5, register_errands=2)
    assert checked.counts["requests"] == 32 and checked.counts["connections"] <= 2


@pytest.mark.parametrize("down", ["closed", "unavailable"])
def test_a_register_that_is_down_is_left_alone_after_a_few_tries(register, down):
    register.be(down=down)
    checked = register.check(PEOPLE, register_persons=1, register_errands=2, register_tries=1,
                             register_breaker_failures=3, register_breaker_open_ms=60000)
    counts = checked.counts
    assert checked.status == 69
    assert counts["breaker_openings"] == 1
    assert 3 <= counts["requests"] <= 4  # two were under way when it opened
    assert counts["failed"]["away"] == counts["requests"]
    assert counts["left_alone"] + counts["requests"] == 40


def test_a_question_outlives_a_short_absence(register):
    register.be(down="unavailable")
    process = register.start_check(PEOPLE, register_tries=20, register_breaker_failures=1000)
    until(lambda: register.counts()["unavailable"] >= 2)
    register.be(down="no")
    checked = finish(process)
    assert checked.status == 0 and checked.counts["found"] == 40
    assert checked.counts["requests"] == register.counts()["unavailable"] + 1


def test_a_register_that_is_back_is_noticed(register):
    register.be(down="unavailable")
    process = register.start_check(None, register_persons=1, register_errands=1, register_tries=1,
                                   register_breaker_failures=2, register_breaker_open_ms=1)
    fed = itertools.count()

    def feed_until(count, least):
        process.stdin.write(PEOPLE[next(fed) % 40] + "\n")
        process.stdin.flush()
        return register.counts()[count] >= least
    until(lambda: feed_until("unavailable", 4))
    register.be(down="no")
    until(lambda: feed_until("inquiries", 3))
    counts = finish(process).counts
    assert counts["breaker_openings"] >= 2
    assert counts["found"] >= 3
    assert counts["found"] + total(counts, "failed") + counts["left_alone"] == next(fed) == counts["lines"]


def test_each_question_is_answered_once_whatever_happens(register):
    process = register.start_check(PEOPLE * 500, register_persons=10, register_errands=8, register_tries=2,
                                   register_breaker_failures=1000, register_deadline_ms=300)
    for behaviour in ({"rude": "cut"}, {"rude": "wrong_ref"}, {"rude": "no", "down": "closed"}, {"down": "unavailable"},
                      {"down": "no", "slow_ms": 1000}, {"slow_ms": 0}):
        seen = register.be(**behaviour)["requests"]
        if behaviour.get("down") != "closed":
            until(lambda: process.poll() is not None or register.counts()["requests"] > seen + 3)
    counts = finish(process).counts
    assert counts["found"] + total(counts, "failed") == counts["asked"] == 20000
    assert counts["compared"] == counts["found"]


# ---- who it is -----------------------------------------------------------------------------------

def test_a_register_with_a_certificate_of_another_authority_is_told_nothing(register):
    other = register.make_authority("other")
    checked = register.check(PEOPLE, register_authority=other / "ca.pem")
    assert checked.status == 69 and checked.failures == {"stranger": 40}
    assert register.counts()["requests"] == 0 and checked.counts["requests"] == 1


def test_a_register_under_another_name_is_told_nothing(register):
    named = register.make_authority("pki2")
    one = Register(register.folder / "named", PEOPLE, pki=issue_server(named, "register.test"))
    try:
        checked = one.check(PEOPLE)
        assert checked.failures == {"stranger": 40} and one.counts()["requests"] == 0
    finally:
        one.close()


def issue_server(pki, name):
    """Gives the authority's folder a server certificate for this name alone."""
    shikaku("pki", "issue", "--dir", pki, "--kind", "server", "--subject", "register", "--san", name, "--out", "server",
            "--force")
    return pki


def test_a_certificate_of_another_kind_of_caller_is_denied_and_not_tried_again(register):
    checked = register.check(PEOPLE, register_certificate=register.pki / "facility.pem",
                             register_key=register.pki / "facility.key")
    assert checked.status == 69 and checked.failures == {"denied": 40}
    assert checked.counts["requests"] == 1 and register.counts()["persons"] == 0


def test_a_key_that_does_not_fit_the_certificate_is_said_at_once(register):
    checked = register.check(PEOPLE, register_key=register.pki / "facility.key")
    assert checked.status == 69 and checked.failures == {"denied": 40}
    assert checked.counts["requests"] == 1 and register.counts()["requests"] == 0


def test_a_url_without_tls_is_refused_at_the_start(register):
    checked = register.check(PEOPLE, register_url=f"http://127.0.0.1:{register.port}")
    assert checked.status == 64 and "https" in checked.err


# ---- privacy -------------------------------------------------------------------------------------

def test_nothing_of_anybody_stands_in_what_is_printed(register):
    outputs = [register.check(PEOPLE)]
    for kind in ("wrong_ref", "cut"):
        register.be(rude=kind)
        outputs.append(register.check(PEOPLE))
    outputs.append(register.check([PEOPLE[0], synthetic(1, shift=4) + "\t架空"]))
    printed = "".join(one.out + one.err for one in outputs) + register.log_path.read_text(encoding="utf-8")
    assert not re.search(r"\d{12}|[^\x00-\x7f]", printed)
    assert json.loads(outputs[0].out)["found"] == 40


@pytest.mark.skipif(IS_WATCHED, reason="a sanitizer maps more memory than can be looked through")
def test_of_a_question_that_is_answered_nothing_stays_in_memory(register):
    register.be(slow_ms=1000)
    process = register.start_check(None, register_persons=400, register_errands=1)
    process.stdin.write("".join(line + "\n" for line in PEOPLE * 10))
    process.stdin.flush()
    try:
        until(lambda: register.counts()["requests"] == 1)
        assert holds_question(process.pid)  # else this would find nothing for another reason
        until(lambda: register.counts()["inquiries"] == 1)
        # It now waits for the next lines; libcurl's copies of the body are what would be left.
        until(lambda: not holds_question(process.pid))
    finally:
        checked = finish(process)
    assert checked.counts["found"] == 400


def holds_question(pid):
    return re.search(rb'personal_number":"\d{12}', memory_of(pid)) is not None


def memory_of(pid):
    """All that the process may write to: heap, stacks, data."""
    found = []
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if rights.startswith("rw") and "[v" not in line:
                memory.seek(start)
                found.append(memory.read(end - start))
    assert any(found)
    return b"|".join(found)
