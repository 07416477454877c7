"""The load client itself: what it compares, what it counts, and how it ends."""
import json
import subprocess

import pytest

from harness.ports import free_port
from harness.server import ROOT

LOAD = ROOT / "build/release/load"
KINDS = {"hospital": 1, "pharmacy": 4}
REFERENCE = "/v1/reference-numbers"


@pytest.fixture
def load(registry, tmp_path):
    def run(*words, port=None, cert="hospital"):
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        who = ["--cert-dir", registry.pki] if cert is None else [
            "--cert", registry.pki / f"{cert}.pem", "--key", registry.pki / f"{cert}.key"]
        done = subprocess.run(
            [LOAD, "--url", f"https://localhost:{port or registry.settings['port']}/v1/eligibility/check", "--ca",
             registry.pki / "ca.pem", *who, "--connections", "4", "--seconds", "0.5", "--warmup", "0.1", "--json", report,
             *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
        done.report = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
        return done
    return run


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_right_answers_are_a_fine_run_and_one_planted_wrong_truth_fails_it(registry, load, tmp_path):
    body = json.dumps(registry.people.add().question())
    fine = load("--check", "--questions", write(tmp_path / "right", f"1 in_force {body}"))
    assert fine.returncode == 0 and fine.report["wrong"] == 0 and fine.report["checked"] >= fine.report["good"] > 0
    for wrong in (f"2 in_force {body}", f"1 lost {body}", f"404 {body}"):
        lines = [f"1 in_force {body}"] * 9 + [wrong]
        failed = load("--check", "--tolerate", "--questions", write(tmp_path / "wrong", *lines))
        assert failed.returncode == 1 and 0 < failed.report["wrong"] < failed.report["checked"], wrong


def test_a_refusal_that_is_expected_is_a_right_answer(registry, load, tmp_path):
    done = load("--check", "--questions", write(tmp_path / "refused", '400 {"insurer_number":"1"}'))
    assert done.returncode == 0 and done.report["statuses"].keys() == {"400"}
    assert done.report["good"] > 0


def test_a_server_that_is_not_there_is_said_plainly(load, registry, tmp_path):
    questions = write(tmp_path / "questions", json.dumps(registry.people.add().question()))
    done = load("--questions", questions, port=free_port())
    assert done.returncode == 3 and done.report is None
    assert "0 of 4 connections came up" in done.stderr and "refused" in done.stderr


def mixed(registry, tmp_path):
    """Facilities of two kinds, and a file for each way to ask."""
    for kind, number in KINDS.items():
        for n in range(2):
            if not (registry.pki / f"{kind}-{n}.pem").exists():
                registry.add_facility(f"{kind}-{n}", kind=number)
    registry.admit()
    person, gone = registry.people.add().question(), registry.people.add(valid="[2020-04-01,2025-01-01)").question()
    listed = json.dumps({"items": [dict(person, item_id="a"), dict(gone, item_id="b")]})
    return {
        "number": write(tmp_path / "number", "1 in_force " + json.dumps(person)),
        "refused": write(tmp_path / "refused", '400 {"insurer_number":"1"}'),
        "reference": write(tmp_path / "reference", f"{REFERENCE} 200 " + json.dumps({**person, "reference_number": "R"})),
        "list": write(tmp_path / "list", f"/v1/eligibility/bulk 202 reasons=in_force,lost {listed}"),
    }


def asks(files):
    return [word for way, path in files.items() for word in ("--ask", f"{way}={path}")]


def test_a_mix_asks_in_every_way_by_kind_of_facility_and_compares_every_answer(registry, load, tmp_path):
    files = mixed(registry, tmp_path)
    mix = write(tmp_path / "test.mix", "hospital number 60", "hospital list 5", "hospital refused 5", "pharmacy number 20",
                "pharmacy reference 10", "option rate 200", "option seconds 2")
    items_before = registry.one("SELECT count(*) FROM registry.access_record WHERE item_no > 0")
    done = load("--mix", mix, "--connections", 10, "--seconds", 1, *asks(files), cert=None)
    assert done.returncode == 0, done.stdout
    report = done.report
    assert (report["asked_rate"], report["seconds"]) == (200, 1), "the command line wins over the file"
    answered = {(share["kind"], share["way"]): share["answered"] for share in report["mix"]}
    assert all(answered.values()) and sum(answered.values()) == pytest.approx(10 + 220, abs=2)
    assert answered["hospital", "number"] > answered["pharmacy", "number"] > answered["pharmacy", "reference"]
    assert report["jobs_done"] == report["jobs_opened"] > 0 and report["jobs_items"] == 2 * report["jobs_done"]
    assert registry.one("SELECT count(DISTINCT actor_id) FROM registry.access_record") >= 4
    assert registry.one("SELECT count(*) FROM registry.access_record WHERE item_no > 0") - items_before == report["jobs_items"]


def test_one_wrong_item_of_a_list_fails_the_run(registry, load, tmp_path):
    files = mixed(registry, tmp_path)
    wrong = files["list"].read_text(encoding="utf-8").replace("in_force,lost", "in_force,in_force")
    write(files["list"], wrong.strip())
    mix = write(tmp_path / "test.mix", "any number 9", "any list 1")
    # At a rate, since as fast as can be is more than a facility may ask about one card on a swift machine.
    done = load("--mix", mix, "--rate", 200, *asks({way: files[way] for way in ("number", "list")}), cert=None)
    assert done.returncode == 1 and done.report["wrong"] == done.report["jobs_done"] > 0


def test_what_waits_beyond_the_bound_is_given_up_and_told(registry, load, tmp_path):
    questions = write(tmp_path / "questions", json.dumps(registry.people.add().question()))
    done = load("--questions", questions, "--connections", 1, "--rate", 200000, "--backlog", 50, "--timeout", 2)
    assert done.returncode == 1 and "HIT" in done.stdout
    assert done.report["given_up"] > 0 and done.report["unsent"] > 0
    assert done.report["latency_us"]["count"] == pytest.approx(100000, abs=2), "every question that was due is told of"


def test_all_that_were_cut_come_back_and_the_time_is_told(registry, load, tmp_path):
    questions = write(tmp_path / "questions", "1 in_force " + json.dumps(registry.people.add().question()))
    done = load("--check", "--questions", questions, "--connections", 50, "--return-at", 0.2)
    assert done.returncode == 0, done.stdout
    assert 0 < done.report["return_us"] < 10e6 and done.report["handshakes"] == 100


@pytest.mark.parametrize("lines,words", [(["any number"], "line 1"), (["any nobody 1"], "no --ask"),
                                         (["dentist number 1"], "dentist-"), (["any number 1", "option no-such 1"], "--no-such")])
def test_a_mix_that_makes_no_sense_is_refused(load, tmp_path, lines, words):
    questions = write(tmp_path / "questions", "{}")
    done = load("--mix", write(tmp_path / "bad.mix", *lines), "--ask", f"number={questions}", cert=None)
    assert done.returncode in (2, 3) and words in done.stderr


def test_who_is_patient_rests_as_long_as_it_is_told_before_it_comes_back(make_registry, tmp_path):
    registry = make_registry(places=1, workers=1, place_wait_ms=0).start()
    questions = write(tmp_path / "questions", json.dumps(registry.people.add().question()))
    refused = {}
    for manner in ((), ("--patient",)):
        report = tmp_path / "report.json"
        done = subprocess.run(
            [LOAD, "--url", f"https://localhost:{registry.settings['port']}/v1/eligibility/check", "--ca", registry.pki / "ca.pem",
             "--cert", registry.pki / "hospital.pem", "--key", registry.pki / "hospital.key", "--questions", questions, "--connections",
             "8", "--seconds", "2", "--warmup", "0", "--tolerate", "--quiet", "--json", report, *manner],
            capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        refused[manner] = json.loads(report.read_text(encoding="utf-8"))["statuses"].get("503", 0)
    assert 0 < refused["--patient",] <= 8 * 4
    assert refused[()] > 8 * 4
