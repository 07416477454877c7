#!/usr/bin/python3
"""Asks a registry of its own in all mixes: many facilities, each with its own certificate, every answer compared.

One wrong answer in any mix makes the exit code 1. What a mix says of its rate holds for a machine of its own; --scale divides it.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests/blackbox")]

from harness import registry as registries  # noqa: E402
from harness.cluster import Cluster, address_of, make_template  # noqa: E402
from harness.server import shikaku  # noqa: E402

PROGRAMS = ROOT / "build/release"
KINDS = {"hospital": 1, "clinic": 2, "dental": 3, "pharmacy": 4}
MISTYPED = {"not_found", "unknown_card", "birth_date_differs"}
LIST_ITEMS, LISTS, VISITS, REFERENCES = 100, 200, 5000, 5000
MIXES = ("january-2023", "monday-nine", "one-poller", "return")


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{words[0]}: {done.stderr.strip()[-600:]} {done.stdout.strip()[-300:]}")
    return done.stdout


class Town:
    """A registry, its facilities, and for each way to ask the questions with their answers."""

    def __init__(self, arguments, folder, stack):
        self.folder, self.chance = folder, random.Random(1)
        cluster = Cluster("shared_buffers=512MB\nmax_wal_size=4GB")
        stack.callback(cluster.remove)
        template = make_template(cluster.url)
        self.drawn = folder / "questions.txt"
        run(PROGRAMS / "population", "--database", address_of(cluster.url, dbname=template), "--people", arguments.people,
            "--seed", 1, "--questions", self.drawn)
        registries.INSURERS.clear()
        self.registry = registries.Registry(folder / "registry", cluster.url, template)
        stack.callback(self.registry.close)
        self.certificates = folder / "certificates"
        self.certificates.mkdir()
        self.asks = self.write_questions()
        for kind, number in KINDS.items():
            self.certify(kind, number, arguments.facilities)
        self.asks["one_person"] = self.write("one_person", [self.lines["number"][0]])
        self.certify("broken", 1, 1)
        self.registry.admit()
        self.registry.execute("VACUUM ANALYZE")
        cluster.make_ready()
        self.registry.start(workers=arguments.workers)
        self.watches = [f"serve={self.registry.server.pid}", f"postgres={cluster.postmaster()}"]

    def write(self, name, lines):
        path = self.folder / f"{name}.ask"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def write_questions(self):
        self.lines = {"number": [], "refused": [], "mistyped": []}
        for line in self.drawn.read_text(encoding="utf-8").splitlines():
            reason = line.split(" ", 2)[1]
            way = "number" if reason == "in_force" else "mistyped" if reason in MISTYPED else "refused"
            self.lines[way].append(line)
        every = [line for lines in self.lines.values() for line in lines]
        self.lines["list"] = [self.a_list(self.chance.sample(every, LIST_ITEMS)) for _ in range(LISTS)]
        plain = [line.split(" ", 2)[2] for line in self.chance.sample(self.lines["number"], REFERENCES)]
        self.lines["reference"] = [
            "/v1/reference-numbers 200 " + json.dumps(
                {**{name: value for name, value in json.loads(body).items() if name in CARD}, "reference_number": f"C{n}"},
                ensure_ascii=False) for n, body in enumerate(plain)]
        say("questions: " + ", ".join(f"{way} {len(lines)}" for way, lines in self.lines.items()))
        return {way: self.write(way, lines) for way, lines in self.lines.items()}

    @staticmethod
    def a_list(lines):
        words = [line.split(" ", 2) for line in lines]
        items = [{**json.loads(body), "item_id": str(n)} for n, (_, _, body) in enumerate(words)]
        return (f"/v1/eligibility/bulk 202 reasons={','.join(reason for _, reason, _ in words)} "
                + json.dumps({"items": items}, ensure_ascii=False))

    def certify(self, kind, number, count):
        """So many facilities of a kind ask by number; one more has the desk where cards are read."""
        has_desk = kind != "broken"
        found = self.registry.execute(
            "SELECT facility_id, facility_code FROM registry.facility WHERE kind = %s AND status = 3 AND rights_profile = 1"
            " AND valid_to IS NULL ORDER BY facility_id DESC LIMIT %s", number, count + has_desk)
        subjects = self.folder / "subjects"
        subjects.write_text("".join(f"{code}\n" for _, code in found), encoding="utf-8")
        made = self.folder / f"made-{kind}"
        made.mkdir()
        shikaku("pki", "issue-many", "--dir", self.registry.pki, "--kind", "facility", "--subjects-from", subjects, "--out-dir", made,
                "--share-key", "--force")
        names = [f"{kind}-{n:04d}" for n in range(len(found) - has_desk)] + [f"{kind}_desk-0000"] * has_desk
        for (_, code), name in zip(found, names):
            for tail in ("pem", "key"):
                (made / f"{code}.{tail}").rename(self.certificates / f"{name}.{tail}")
        if has_desk:
            self.open_visits(kind, found[-1][0])

    def open_visits(self, kind, facility):
        """Visits of people of whom the answer is certain: it is the same as by number."""
        cards = [json.loads(line.split(" ", 2)[2]) for line in self.chance.sample(self.lines["number"], VISITS)]
        plain = [card for card in cards if "asked_on" not in card and card.get("symbol") is not None]
        found = self.registry.execute(
            "INSERT INTO registry.visit (visit_id, facility_id, request_id, person_id, opened_at, treatment, unlocked_by,"
            " consented_by, consents, consent_until, is_limited) SELECT gen_random_uuid(), %s, gen_random_uuid(), d.person_id,"
            " now(), 2, 1, 1, 63, 'infinity', false FROM registry.dossier AS d WHERE d.person_id IN ("
            " SELECT c.person_id FROM registry.coverage AS c JOIN unnest(%s::text[], %s::text[]) AS q(insurer, number)"
            " ON c.insurer_number = q.insurer AND c.number = q.number WHERE c.superseded_at = 'infinity' AND c.state = 1"
            " AND c.valid @> registry.civil_day(now()) AND lower(c.valid) < registry.civil_day(now()) - 60 AND upper_inf(c.valid)"
            " AND (c.card_expires_on IS NULL OR c.card_expires_on > registry.civil_day(now()) + 30)"
            " AND NOT EXISTS (SELECT FROM registry.person_hold AS h WHERE h.person_id = c.person_id AND h.closed_at IS NULL)"
            " AND NOT EXISTS (SELECT FROM registry.coverage AS o WHERE o.superseded_at = 'infinity'"
            "                 AND o.coverage_id <> c.coverage_id AND o.person_id = c.person_id))"
            " RETURNING visit_id", facility, [card["insurer_number"] for card in plain], [card["number"] for card in plain])
        asked = json.dumps({"items": ["ceiling"]})
        self.asks[f"{kind}_card"] = self.write(
            f"{kind}_card", [f"/v1/visits/{visit}/query 200 reasons=in_force {asked}" for visit, in found])

    # ---- measuring -------------------------------------------------------------------------------

    def command(self, mix, report, *more):
        path = HERE / f"{mix}.mix"
        ways = {line.split()[1] for line in path.read_text(encoding="utf-8").splitlines()
                if line.split() and line.split()[0] not in ("#", "option")}
        words = [PROGRAMS / "load", "--url", f"https://127.0.0.1:{self.registry.settings['port']}/v1/eligibility/check", "--ca",
                 self.registry.pki / "ca.pem", "--cert-dir", self.certificates, "--mix", path, "--json", report, "--label", mix, *more]
        for way in sorted(ways):
            words += ["--ask", f"{way}={self.asks[way]}"]
        for watch in self.watches:
            words += ["--watch", watch]
        return [str(word) for word in words]

    def load(self, mix, *more):
        report = self.folder / f"{mix}.json"
        report.unlink(missing_ok=True)
        return subprocess.Popen(self.command(mix, report, *more)), report

    @staticmethod
    def finish(process, report):
        code = process.wait(timeout=600)
        if code > 1 or not report.exists():
            raise SystemExit("the load client could not run")
        return {**json.loads(report.read_text(encoding="utf-8")), "exit_code": code}

    def measure(self, mix, scale, seconds):
        more = ["--seconds", seconds] if seconds else []
        rate = option_of(mix, "rate")
        if rate is not None:
            more += ["--rate", rate / scale]
        if mix != "one-poller":
            return {mix: self.finish(*self.load(mix, *more))}
        half = ["--rate", option_of("monday-nine", "rate") / 2 / scale, *more]
        alone = self.finish(*self.load("monday-nine", *half, "--label", "half of Monday, alone"))
        beside = self.load("monday-nine", *half, "--label", "half of Monday, beside the poller")
        poller = self.load(mix, *more)
        return {"half-alone": alone, "half-beside-poller": self.finish(*beside), mix: self.finish(*poller)}


CARD = ("insurer_number", "symbol", "number", "branch_number", "birth_date")


def option_of(mix, name):
    for line in (HERE / f"{mix}.mix").read_text(encoding="utf-8").splitlines():
        if line.split()[:2] == ["option", name]:
            return float(line.split()[2])
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--facilities", type=int, default=100, help="of each kind, each with a certificate of its own")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--scale", type=float, default=1, help="divides every mix's rate")
    parser.add_argument("--seconds", type=float, help="instead of each mix's own")
    parser.add_argument("--only", default=",".join(MIXES), help="mixes, between commas")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench")
    arguments = parser.parse_args()
    found = {}
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mixes-")))
        town = Town(arguments, folder, stack)
        for mix in arguments.only.split(","):
            found |= town.measure(mix, arguments.scale, arguments.seconds)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "mixes.json").write_text(json.dumps(
        {"when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "processors": os.cpu_count(),
         "scale": arguments.scale, "mixes": found}, indent=1) + "\n")
    wrong = sum(report["wrong"] for report in found.values())
    troubled = [name for name, report in found.items()
                if report["exit_code"] != 0 or (name == "return" and report["return_us"] == 0)]
    print(f"{wrong} wrong answers" + (f"; trouble in {', '.join(troubled)}" if troubled else ""))
    return 1 if wrong or troubled else 0


if __name__ == "__main__":
    sys.exit(main())
