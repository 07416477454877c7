#!/usr/bin/python3
"""What medical information costs: the drug history of a visit, and the visit with all its items, beside the single question.

Everything is its own: cluster, authority, registry. Each size of population has months of receipts; visits with all consents are
put in as cards would open them. Rates are measured closed-loop in rounds, one kind after the other; latency at half of each
kind's own rate, from when a question was due, and of the two together in one run. Answers count by their status, and single
questions by their content; contents of the others are the black-box tests' matter.
"""
import argparse
import concurrent.futures
import contextlib
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests/blackbox"), str(ROOT / "loadtest/bench")]

import psycopg2  # noqa: E402
from contenders import cpu_seconds  # noqa: E402
from harness import registry as registries  # noqa: E402
from harness.cluster import Cluster, address_of, make_template  # noqa: E402

PROGRAMS = ROOT / "build/release"
PARTS, STEP, SAMPLE, CONNECTIONS = 2, 10_000, 100_000, 32
MOST_P99_MS, LEAST_SHARE = 40, 0.5
KINDS = ("eligibility", "drugs", "visit")  # single question, history alone, coverage and all items in one answer
ITEMS = ["ceiling", "specific_diseases", "checkups", "drugs", "treatments", "operations"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{words[0]}: {done.stderr.strip()[-600:]} {done.stdout.strip()[-300:]}")
    return done.stdout


class Bench:
    def __init__(self, people, arguments, folder, stack):
        self.people, self.arguments, self.folder = people, arguments, folder
        self.questions = {name: folder / f"{name}.txt" for name in KINDS}
        folder.mkdir()
        cluster = Cluster(arguments.pg_settings.replace(";", "\n"))
        stack.callback(cluster.remove)
        template = make_template(cluster.url)
        run(PROGRAMS / "population", "--database", address_of(cluster.url, dbname=template), "--people", people, "--seed", 1,
            "--questions", self.questions["eligibility"])
        registries.INSURERS.clear()
        self.registry = registries.Registry(folder / "registry", cluster.url, template)
        stack.callback(self.registry.close)
        self.load_claims()
        self.open_visits()
        self.load_checkups()
        for table in ("claim", "claim_history", "checkup"):  # so that no vacuum begins while it is measured
            self.registry.execute(f"VACUUM ANALYZE registry.{table}")
        self.registry.execute("VACUUM ANALYZE registry.visit")
        cluster.make_ready()  # and a checkpoint
        self.registry.start(workers=arguments.workers)
        self.processes = {"serve": self.registry.server.pid, "postgres": cluster.postmaster()}

    def in_parts(self, statement, values):
        def part(n):
            with contextlib.closing(psycopg2.connect(self.registry.address())) as own:
                own.cursor().execute(statement, {**values, "parts": PARTS, "part": n})
                own.commit()
        with concurrent.futures.ThreadPoolExecutor(PARTS) as pool:
            list(pool.map(part, range(PARTS)))

    def load_claims(self):
        began = time.monotonic()
        database = self.registry
        database.execute("DROP INDEX registry.claim_of_person")
        database.execute("DROP INDEX registry.claim_current")
        self.in_parts((HERE / "claims.sql").read_text(encoding="utf-8"), {"months": self.arguments.months})
        database.execute("CREATE INDEX claim_of_person ON registry.claim (person_id, month)")
        database.execute("CREATE UNIQUE INDEX claim_current ON registry.claim (claim_key, source) WHERE superseded_at = 'infinity'")
        first, last = database.execute("SELECT min(extract(year FROM month))::int, max(extract(year FROM month))::int"
                                       " FROM registry.claim")[0]

        def histories(n):
            with contextlib.closing(psycopg2.connect(database.address())) as own:
                own.autocommit = True
                for begin in range(n * STEP, self.people * 2 + 1, PARTS * STEP):
                    own.cursor().execute(
                        "SELECT registry.claim_history_refresh(array_agg(d.person_id), array_agg(y::int2)) FROM registry.dossier AS d,"
                        " generate_series(%s, %s) AS y WHERE d.person_id > %s AND d.person_id <= %s", (first, last, begin, begin + STEP))
        with concurrent.futures.ThreadPoolExecutor(PARTS) as pool:
            list(pool.map(histories, range(PARTS)))
        count, size = database.execute("SELECT count(*), pg_total_relation_size('registry.claim') + pg_total_relation_size('registry.claim_history')"
                                       " FROM registry.claim")[0]
        self.found = {"people": self.people, "claims": count, "lines": 2 * count, "bytes": size,
                      "load_seconds": time.monotonic() - began}
        say(f"{self.people} people: {count} claims, {size / 2**30:.1f} GiB, in {self.found['load_seconds']:.0f} s")

    def load_checkups(self):
        began = time.monotonic()
        self.registry.execute("DROP INDEX registry.checkup_of_coverage")
        self.in_parts((HERE / "checkups.sql").read_text(encoding="utf-8"), {})
        self.registry.execute("CREATE INDEX checkup_of_coverage ON registry.checkup (coverage_id, lower(valid))")
        count, size = self.registry.execute("SELECT count(*), pg_total_relation_size('registry.checkup') FROM registry.checkup")[0]
        self.found |= {"checkups": count, "checkup_bytes": size}
        say(f"{count} checkups, {size / 2**30:.1f} GiB, in {time.monotonic() - began:.0f} s")

    def open_visits(self):
        self.registry.execute(
            "INSERT INTO registry.visit (visit_id, facility_id, request_id, person_id, opened_at, treatment, unlocked_by,"
            " consented_by, consents, consent_until, is_limited) SELECT gen_random_uuid(), %s, gen_random_uuid(), person_id, now(),"
            " 2, 1, 1, 63, 'infinity', false FROM registry.dossier", self.registry.facilities["hospital"])
        visits = self.registry.execute("SELECT visit_id FROM registry.visit ORDER BY visit_id LIMIT %s", SAMPLE)  # by chance
        asked = json.dumps({"items": ITEMS, "role": "physician"})
        lines = {"drugs": ["/v1/drug-history 200 " + json.dumps({"visit_id": visit, "role": "physician"}) for visit, in visits],
                 "visit": [f"/v1/visits/{visit}/query 200 {asked}" for visit, in visits]}
        for kind, texts in lines.items():
            self.questions[kind].write_text("\n".join(texts) + "\n", encoding="utf-8")

    # ---- measuring -------------------------------------------------------------------------------

    def load(self, kinds, seconds, *more):
        """One kind, or several in the same run, as often as each other."""
        report = self.folder / f"load-{time.monotonic_ns()}.json"
        before = {name: cpu_seconds(pid) for name, pid in self.processes.items()}
        mix = self.folder / "kinds.mix"
        mix.write_text("".join(f"any {kind} 1\n" for kind in kinds), encoding="utf-8")
        asks = [word for kind in kinds for word in ("--ask", f"{kind}={self.questions[kind]}")]
        run(PROGRAMS / "load", "--url", f"https://127.0.0.1:{self.registry.settings['port']}/v1/eligibility/check", "--ca",
            self.registry.pki / "ca.pem", "--cert", self.registry.pki / "hospital.pem", "--key", self.registry.pki / "hospital.key",
            "--mix", mix, *asks, "--connections", CONNECTIONS, "--seconds", seconds, "--warmup", 1, "--seed",
            time.monotonic_ns() % 10**9, "--json", report, "--quiet", *more)
        found = json.loads(report.read_text())
        spent = {name: cpu_seconds(pid) - before[name] for name, pid in self.processes.items()}
        return found, spent

    def measure(self):
        for kind in KINDS:
            self.load([kind], self.arguments.warm)  # the pages it needs, in memory
        rounds = []
        for _ in range(self.arguments.rounds):
            one = {}
            for kind in KINDS:
                found, spent = self.load([kind], self.arguments.seconds)
                answers = found["rate"] * self.arguments.seconds
                one[kind] = {"rate": found["rate"], "p99_us": found["latency_us"]["p99"],
                             "cpu_us": {name: 1e6 * seconds / answers for name, seconds in spent.items()}}
            one["share"] = one["drugs"]["rate"] / one["eligibility"]["rate"]
            rounds.append(one)
        half = {kind: statistics.median(one[kind]["rate"] for one in rounds) / 2 for kind in ("drugs", "visit")}
        open_loop = {kind: self.load([kind], self.arguments.seconds * 2, "--rate", int(rate))[0]["latency_us"]
                     for kind, rate in half.items()}
        together, _ = self.load(["eligibility", "drugs"], self.arguments.seconds * 2, "--rate", int(half["drugs"]))
        self.found |= {"rounds": rounds, "half_rate": half["drugs"], "open_loop_us": open_loop["drugs"],
                       "visit": {"half_rate": half["visit"], "open_loop_us": open_loop["visit"]},
                       "together": {share["way"]: share["latency_us"] for share in together["mix"]}}
        return self.found


def spread(values, form="{:.2f}"):
    values = sorted(values)
    return f"{form} ({form}-{form})".format(statistics.median(values), values[0], values[-1])


def millis(latency_us):
    return f"p50 {latency_us['p50'] / 1000:.1f} p99 {latency_us['p99'] / 1000:.1f} ms"


def row(found):
    rounds = found["rounds"]
    share, p99 = [one["share"] for one in rounds], found["open_loop_us"]["p99"] / 1000
    rates = {kind: [one[kind]["rate"] for one in rounds] for kind in KINDS}
    cpu = {kind: {name: statistics.median(one[kind]["cpu_us"][name] for one in rounds) for name in ("serve", "postgres")}
           for kind in rates}
    return (f"{found['people']:>9} people  {found['lines']:>9} lines  question {spread(rates['eligibility'], '{:.0f}')}/s"
            f"  history {spread(rates['drugs'], '{:.0f}')}/s  share {spread(share)} {'met' if min(share) >= LEAST_SHARE else 'MISSED'}"
            f"  p99 at half {p99:.1f} ms {'met' if p99 <= MOST_P99_MS else 'MISSED'}"
            f"  CPU us an answer: question {cpu['eligibility']['serve']:.0f}+{cpu['eligibility']['postgres']:.0f},"
            f" history {cpu['drugs']['serve']:.0f}+{cpu['drugs']['postgres']:.0f},"
            f" visit {cpu['visit']['serve']:.0f}+{cpu['visit']['postgres']:.0f}"
            f"\n{'':>10}visit with {len(ITEMS)} items {spread(rates['visit'], '{:.0f}')}/s, at half {millis(found['visit']['open_loop_us'])};"
            f" in one run: question {millis(found['together']['eligibility'])}, history {millis(found['together']['drugs'])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--people", default="10000,100000,1000000", help="sizes, between commas")
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--warm", type=int, default=20, help="seconds before anything is measured")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--pg-settings", default="shared_buffers=2GB;max_wal_size=16GB", help="of PostgreSQL, between semicolons")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench")
    arguments = parser.parse_args()
    all_found = []
    for people in map(int, arguments.people.split(",")):
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clinical-")))
            all_found.append(Bench(people, arguments, folder / "bench", stack).measure())
        print(row(all_found[-1]), flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "clinical.json").write_text(json.dumps(
        {"when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "processors": os.cpu_count(),
         "sizes": all_found}, indent=1) + "\n")
    (arguments.out / "clinical.txt").write_text("\n".join(map(row, all_found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
