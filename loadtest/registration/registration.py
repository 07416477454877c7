#!/usr/bin/python3
"""Registers a million people from one file, from the first byte over TLS to visible answers, and times every part.

Everything is its own: cluster, authority, keys, resident register (the stand-in), registrar, and a registry that
answers single questions about others meanwhile. Each verdict is compared with what was planted in the file; a wrong one
makes the exit code 1. The yardstick is plain SQL into the same tables (baseline), in the same run.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import csv
import datetime
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests/blackbox"), str(ROOT / "loadtest/bench")]

import psycopg2  # noqa: E402
from contenders import cpu_seconds  # noqa: E402
from harness import registry as registries  # noqa: E402
from harness.cluster import Cluster, address_of, make_template  # noqa: E402
from harness.register import Register  # noqa: E402
from harness.server import shikaku  # noqa: E402
from harness.uploads import Uploader  # noqa: E402

PROGRAMS = ROOT / "build/release"
INSURER = "01139997"
RATE, CONNECTIONS, WINDOW_SECONDS, REST_WINDOWS = 200, 8, 5, 3
WAIT_S, LOOK_S = 1800, 0.2
STOP_AT_ONCE = threading.Event()
STOP_AT_ONCE.set()
SAMPLE = 500
MOST_SECONDS, MOST_BYTES, LEAST_SHARE, MOST_SLOWER, MOST_FALSE_HOLDS = 90, 512 << 20, 0.5, 2, 0.01


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise SystemExit(f"{words[0]}: {done.stderr.strip()[-600:]}")
    return done.stdout


class Bench:
    def __init__(self, arguments, folder, stack):
        self.arguments, self.folder, self.stack = arguments, folder, stack
        self.file, self.truth, self.questions = folder / "batch.csv", folder / "truth.tsv", folder / "questions.txt"
        self.found, self.yielding = {}, None

    # ---- set-up --------------------------------------------------------------------------------

    def set_up(self):
        cluster = self.cluster = Cluster(self.arguments.pg_settings.replace(";", "\n"))
        self.stack.callback(cluster.remove)
        self.template = make_template(cluster.url)
        run(PROGRAMS / "population", "--database", address_of(cluster.url, dbname=self.template), "--people",
            self.arguments.people, "--seed", 1, "--questions", self.questions)
        run(PROGRAMS / "population", "--people", self.arguments.rows, "--seed", 2, "--insurer", INSURER, "--batch", self.file,
            "--wrong-links", self.arguments.wrong_links, "--register", self.truth)
        registries.INSURERS.clear()  # those of the population are there
        self.registry = registries.Registry(self.folder / "registry", cluster.url, self.template)
        self.stack.callback(self.registry.close)
        self.registry.add_insurer("insurer", INSURER)
        self.registry.admit()
        shikaku("vault", "--dir", self.registry.folder / "vault")
        self.register = Register(self.folder / "register", self.truth)
        self.stack.callback(self.register.close)
        cluster.make_ready()
        self.registry.start()
        more = dict(pair.split("=", 1) for pair in self.arguments.setting)
        self.registry.start_registrar(
            vault=self.registry.folder / "vault", personal_numbers="synthetic",
            register_url=f"https://localhost:{self.register.port}", register_authority=self.register.pki / "ca.pem",
            register_certificate=self.register.pki / "registry.pem", register_key=self.register.pki / "registry.key", **more)
        if not self.arguments.no_yield:
            log = self.stack.enter_context(open(self.folder / "yield.log", "wb"))
            self.yielding = cluster.let_batches_yield(log, self.registry.registrar.pid)
            self.stack.callback(self.yielding.terminate)
        self.processes = {"registrar": self.registry.registrar.pid, "postgres": cluster.postmaster(),
                          "register": self.register.process.pid, "serve": self.registry.server.pid}

    # ---- single questions ------------------------------------------------------------------------

    def ask(self, stopping, at_least):
        """Windows of single questions at a fixed rate, where latency counts from when a question was due, until it is
        time to stop; the quantiles of each window."""
        windows = []
        while len(windows) < at_least or not stopping.is_set():
            report = self.folder / f"load-{time.monotonic_ns()}.json"
            run(PROGRAMS / "load", "--url", f"https://127.0.0.1:{self.registry.settings['port']}/v1/eligibility/check", "--ca",
                self.registry.pki / "ca.pem", "--cert", self.registry.pki / "hospital.pem", "--key",
                self.registry.pki / "hospital.key", "--questions", self.questions, "--check", "--rate", RATE, "--connections",
                CONNECTIONS, "--seconds", WINDOW_SECONDS, "--warmup", 0, "--seed", time.monotonic_ns() % 10 ** 9, "--json", report,
                "--quiet")  # a wrong answer ends the run
            windows.append(json.loads(report.read_text())["latency_us"])
        return {name: {"median": statistics.median(one[name] for one in windows), "worst": max(one[name] for one in windows)}
                for name in ("p50", "p99")} | {"windows": len(windows), "p99_of_each": [one["p99"] for one in windows]}

    # ---- the batch ---------------------------------------------------------------------------------

    def spent(self):
        return {name: cpu_seconds(pid) for name, pid in self.processes.items()}

    def send(self):
        """Uploads the file and waits until its last row is in effect; seconds and processor time of each part."""
        data = self.file.read_bytes()
        uploader = Uploader(self.registry, "insurer")
        marks, spent = [("start", time.monotonic())], [self.spent()]
        with uploader.connect(timeout=WAIT_S) as connection:
            reply = uploader.open(data, connection=connection)
            assert reply.status in (200, 201), reply.body
            place = reply.header("Location")
        number = place.rsplit("/", 1)[1]
        awaited = [("check", (4, 5, 6)), ("apply", (6,)), ("sweep", ())]
        marks.append(("upload", time.monotonic()))
        spent.append(self.spent())
        say(f"uploaded in {marks[-1][1] - marks[-2][1]:.1f} s")
        deadline = time.monotonic() + WAIT_S
        while awaited and time.monotonic() < deadline:
            state, = self.registry.execute("SELECT state FROM registry.batch WHERE batch_id = %s", number)[0]
            assert state != 7, "the batch was refused"
            part, states = awaited[0]
            is_over = state in states if states else not self.registry.execute(
                "SELECT 1 FROM registry.batch_stage WHERE batch_id = %s LIMIT 1", number)
            if is_over:
                awaited.pop(0)
                marks.append((part, time.monotonic()))
                spent.append(self.spent())
                say(f"{part} over in {marks[-1][1] - marks[-2][1]:.1f} s, "
                    f"{spent[-1]['postgres'] - spent[-2]['postgres']:.1f} s of PostgreSQL's processors")
            else:
                time.sleep(LOOK_S)
        assert not awaited, f"still {awaited[0][0]} after {WAIT_S} s"
        parts = ("upload", "check", "apply", "sweep")
        seconds = {part: marks[i + 1][1] - marks[i][1] for i, part in enumerate(parts)}
        cpu = {part: {name: spent[i + 1][name] - spent[i][name] for name in self.processes} for i, part in enumerate(parts)}
        status = pathlib.Path(f"/proc/{self.processes['registrar']}/status").read_text()
        peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024
        self.found |= {"batch": int(number), "seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak,
                       "total_seconds": sum(seconds[part] for part in parts[:3]), "file_bytes": len(data)}

    def verdicts(self):
        """What became of each kind of row; the truth is in the rows' names."""
        counts = collections.Counter()
        for kind, outcome, count in self.registry.execute(
                "SELECT split_part(row_key, '-', 1), outcome, count(*) FROM registry.batch_row WHERE batch_id = %s"
                " GROUP BY 1, 2", self.found["batch"]):
            counts[kind, outcome] = count
        planted = collections.Counter()
        with open(self.file, encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                planted[row["row_key"].split("-", 1)[0]] += 1
        shown = {kind: {word: counts[kind, outcome] for outcome, word in enumerate(("applied", "held", "unchanged", "refused"), 1)}
                 for kind in planted}
        sound = planted["plain"] + planted["spelt"]
        false_holds = counts["plain", 2] + counts["spelt", 2]
        wrong = [f"{kind}: {planted[kind]} rows, {sum(shown[kind].values())} verdicts" for kind in planted
                 if sum(shown[kind].values()) != planted[kind]]
        if counts["wrong", 2] != planted["wrong"]:
            wrong.append(f"{planted['wrong'] - counts['wrong', 2]} wrong links are not held")
        if any(shown[kind]["refused"] + shown[kind]["unchanged"] for kind in shown):
            wrong.append("sound rows were refused or took no effect")
        self.found |= {"planted": dict(planted), "verdicts": shown, "false_holds": false_holds,
                       "false_hold_share": false_holds / sound, "wrong": wrong,
                       "spelt_resolved_share": shown["spelt"]["applied"] / planted["spelt"] if planted["spelt"] else None}

    def visible(self):
        """A sample of the rows, asked about by a facility: in force, and the wrong links not shown."""
        with open(self.file, encoding="utf-8", newline="") as lines:
            sample = random.Random(1).sample(list(csv.DictReader(lines)), min(SAMPLE, self.arguments.rows))
        outcomes = dict(self.registry.execute("SELECT row_key, outcome FROM registry.batch_row WHERE batch_id = %s AND row_key ="
                                              " ANY (%s)", self.found["batch"], [row["row_key"] for row in sample]))
        missed = 0
        with self.registry.connect() as connection:
            for row in sample:
                answer = self.registry.answers(
                    {"insurer_number": INSURER, "symbol": row["symbol"], "number": row["number"],
                     "branch_number": row["branch_number"], "birth_date": row["birth_date"]}, connection=connection)
                shown = answer["reason"] == "in_force"
                missed += shown != (outcomes[row["row_key"]] == 1)
        if missed:
            self.found["wrong"].append(f"{missed} of {len(sample)} answers are not what the verdict says")

    # ---- the yardstick -----------------------------------------------------------------------------

    def baseline(self):
        name = "baseline_" + self.template.rsplit("_", 1)[1]
        connection = psycopg2.connect(self.cluster.url)
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        connection.close()
        address = address_of(self.cluster.url, dbname=name)
        with contextlib.closing(psycopg2.connect(address)) as session:
            cursor = session.cursor()
            prepare, timed = (HERE / "baseline.sql").read_text().split("-- timed\n")
            before_copy, after_copy = prepare.split("-- file\n")
            cursor.execute(before_copy)
            bare = self.bare_copy(session)
            with open(self.file, encoding="utf-8") as lines:
                cursor.copy_expert("COPY sent FROM STDIN WITH (FORMAT csv, HEADER)", lines)
            cursor.execute(after_copy)
            session.commit()
            cursor.execute("CHECKPOINT")
            session.commit()
            start, spent = time.monotonic(), cpu_seconds(self.processes["postgres"])
            statements = [text for text in timed.split(";\n") if text.strip()]
            seconds = []
            for text in statements:
                began = time.monotonic()
                cursor.execute(text)
                seconds.append(time.monotonic() - began)
            session.commit()
            taken = time.monotonic() - start
            cursor.execute("SELECT count(*) FROM registry.dossier")
            dossiers = cursor.fetchone()[0]
            assert dossiers >= self.arguments.rows, dossiers
        self.found |= {"baseline_seconds": taken, "baseline_cpu_seconds": cpu_seconds(self.processes["postgres"]) - spent,
                       "baseline_parts": seconds, "bare_copy_seconds": bare}

    def bare_copy(self, session):
        """The file into one logged table without an index: as fast as rows can come in at all."""
        cursor = session.cursor()
        cursor.execute("CREATE TABLE public.bare (LIKE sent)")
        session.commit()
        began = time.monotonic()
        with open(self.file, encoding="utf-8") as lines:
            cursor.copy_expert("COPY public.bare FROM STDIN WITH (FORMAT csv, HEADER)", lines)
        session.commit()
        taken = time.monotonic() - began
        cursor.execute("DROP TABLE public.bare")
        return taken

    # ---- all of it ---------------------------------------------------------------------------------

    def measure(self):
        say("setting up")
        self.set_up()
        rest = self.ask(STOP_AT_ONCE, REST_WINDOWS)
        stopping = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            asking = pool.submit(self.ask, stopping, 1)
            try:
                self.send()
            finally:
                stopping.set()
            during = asking.result()
        say(f"questions: at rest {rest}, during {during}")
        self.verdicts()
        self.visible()
        self.registry.stop_registrar()
        if not self.arguments.no_baseline:
            self.baseline()
        found, rows = self.found, self.arguments.rows
        if self.yielding is not None and self.yielding.poll() is not None:
            raise SystemExit("yield.sh ended: " + (self.folder / "yield.log").read_text(encoding="utf-8"))
        found["yield"] = None if self.yielding is None else (self.folder / "yield.log").read_text(encoding="utf-8").splitlines()[:1]
        found |= {"rest_us": rest, "during_us": during, "p99_times": during["p99"]["median"] / rest["p99"]["median"],
                  "rows_per_second": rows / found["total_seconds"]}
        if "baseline_seconds" in found:
            found["share_of_baseline"] = found["baseline_seconds"] / found["total_seconds"]
        return found


def table(found, rows):
    parts = [f"{'part':<10}{'seconds':>9}{'registrar':>11}{'postgres':>10}{'register':>10}{'serve':>8}   CPU seconds"]
    for part, seconds in found["seconds"].items():
        cpu = found["cpu_seconds"][part]
        parts.append(f"{part:<10}{seconds:>9.1f}{cpu['registrar']:>11.1f}{cpu['postgres']:>10.1f}{cpu['register']:>10.1f}"
                     f"{cpu['serve']:>8.1f}")
    if "baseline_seconds" in found:
        parts.append(f"{'plain SQL':<10}{found['baseline_seconds']:>9.1f}{'':>11}{found['baseline_cpu_seconds']:>10.1f}")
        parts.append(f"{'bare COPY':<10}{found['bare_copy_seconds']:>9.1f}")
    parts.append("")
    bars = [(f"{rows} rows in effect", f"{found['total_seconds']:.1f} s, {found['rows_per_second']:.0f} rows/s",
             found["total_seconds"] <= MOST_SECONDS, f"at most {MOST_SECONDS} s"),
            ("memory of the registrar", f"{found['peak_bytes'] / 2 ** 20:.0f} MB", found["peak_bytes"] <= MOST_BYTES,
             f"at most {MOST_BYTES >> 20} MB"),
            ("beside plain SQL", f"{found.get('share_of_baseline', 0):.2f} of its speed",
             found.get("share_of_baseline", 0) >= LEAST_SHARE, f"at least {LEAST_SHARE}"),
            ("p99 of single questions", f"{found['rest_us']['p99']['median'] / 1000:.1f} ms at rest, "
             f"{found['during_us']['p99']['median'] / 1000:.1f} ms during", found["p99_times"] <= MOST_SLOWER, f"at most {MOST_SLOWER} times"),
            ("wrong links held", f"{found['verdicts'].get('wrong', {}).get('held', 0)} of {found['planted'].get('wrong', 0)}",
             not found["wrong"], "all"),
            ("false holds", f"{found['false_holds']} ({100 * found['false_hold_share']:.3f} %)",
             found["false_hold_share"] <= MOST_FALSE_HOLDS, "at most 1 %"),
            ("spelling resolved by rules", f"{100 * (found['spelt_resolved_share'] or 0):.1f} % of {found['planted'].get('spelt', 0)}",
             True, "")]
    if "share_of_baseline" not in found:
        bars = [bar for bar in bars if bar[0] != "beside plain SQL"]  # not measured is not missed
    return "\n".join(parts + [f"{'met' if met else 'MISSED':<8}{name:<28}{value:<34}{bar}" for name, value, met, bar in bars]
                     + [f"WRONG   {text}" for text in found["wrong"]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--wrong-links", type=int, default=None, help="default: one row in a hundred")
    parser.add_argument("--people", type=int, default=100_000, help="in the registry before, for the single questions")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help="of the registrar; may be repeated")
    parser.add_argument("--pg-settings", default="", help="of PostgreSQL, between semicolons")
    parser.add_argument("--no-baseline", action="store_true", help="leave out plain SQL")
    parser.add_argument("--no-yield", action="store_true", help="batches do not give way on the database's machine (deploy/yield.sh)")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench")
    arguments = parser.parse_args()
    if arguments.wrong_links is None:
        arguments.wrong_links = arguments.rows // 100
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="registration-")))
        found = Bench(arguments, folder, stack).measure()
    text = table(found, arguments.rows)
    found |= {"rows": arguments.rows, "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "machine": platform.machine(), "processors": os.cpu_count(), "settings": arguments.setting}
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "registration.json").write_text(json.dumps(found, indent=1) + "\n")
    (arguments.out / "registration.txt").write_text(text + "\n")
    print(f"{text}\n\n{arguments.out}/registration.json, registration.txt")
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
