#!/usr/bin/python3
"""Measures the registry side by side with its yardsticks, in interleaved rounds.

Every round measures every contender once, in an order that turns from round to round, so that what
the machine does besides hits all of them alike; a ratio compares two numbers of the same round.
"""
import argparse
import datetime
import itertools
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

import chart
from contenders import ALL, BenchError, HERE

ROOT = HERE.parent.parent
BASE = "nginx"
LOG_MB = 4000  # of write-ahead log made ready, as a registry has it that was busy yesterday


class Site:
    """Where the registry under test is; from RUN_DIR/bench.env, the environment, defaults."""

    NAMES = ("URL", "CA", "CLIENT_CA", "CERT", "KEY", "CERT_DIR", "SERVER_CERT", "SERVER_KEY",
             "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "SERVER_PID", "POSTGRES_PID", "QUESTIONS")

    @staticmethod
    def _started_here(run_dir):
        """Where deploy/run.sh puts what it starts."""
        settings = run_dir / "serve.conf"
        if not settings.exists():
            return {}
        port = re.search(r"^port = (\d+)$", settings.read_text(), re.MULTILINE).group(1)
        pki = run_dir / "pki"
        return {"URL": f"https://127.0.0.1:{port}/v1/eligibility/check", "CA": str(pki / "ca.pem"),
                "CERT": str(pki / "sample.pem"), "KEY": str(pki / "sample.key"),
                "SERVER_CERT": str(pki / "server.pem"), "SERVER_KEY": str(pki / "server.key"),
                "PGHOST": str((run_dir / "sock").resolve()), "PGDATABASE": "shikaku", "PGUSER": "postgres",
                "SERVER_PID": str(run_dir / "pids" / "serve"),
                "POSTGRES_PID": str(run_dir / "pg" / "postmaster.pid")}

    def __init__(self, run_dir, load, scratch, cache):
        path = run_dir / "bench.env"
        values = {} if path.exists() else self._started_here(run_dir)
        if path.exists():
            for line in path.read_text().splitlines():
                name, equals, value = line.partition("=")
                if equals and name.strip() in self.NAMES:
                    values[name.strip()] = value.strip().strip("'\"")
        for name in self.NAMES:
            if os.environ.get("BENCH_" + name):
                values[name] = os.environ["BENCH_" + name]
        self.values, self.path = values, path
        self.load, self.scratch, self.cache = str(load), scratch, cache
        self.url = values.get("URL", "https://127.0.0.1:8443/v1/eligibility/check")
        self.ca, self.client_ca = values.get("CA"), values.get("CLIENT_CA", values.get("CA"))
        self.cert, self.key = values.get("CERT"), values.get("KEY")
        self.cert_dir = values.get("CERT_DIR")
        self.server_cert, self.server_key = values.get("SERVER_CERT"), values.get("SERVER_KEY")
        self.server_pid = self._pid("SERVER_PID")
        self.postgres_pid = self._pid("POSTGRES_PID")
        self.answer_bytes = 1024
        missing = [name for name in ("CA", "SERVER_CERT", "SERVER_KEY") if name not in values]
        if not (self.cert and self.key) and not self.cert_dir:
            missing.append("CERT and KEY, or CERT_DIR")
        if missing:
            raise BenchError(f"{path}: lacks {', '.join(missing)}; see loadtest/README.md")
        self.questions = str(values.get("QUESTIONS") or self._questions_make())

    def _pid(self, name):
        """A number, or a file whose first line is one (a pid file, or postmaster.pid)."""
        value = self.values.get(name)
        if value and not value.isdigit():
            value = pathlib.Path(value).read_text().split()[0]
        return int(value) if value else None

    def pg_environment(self):
        return {name: self.values[name] for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER")
                if name in self.values}

    def psql(self, text):
        done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"], input=text,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, env=dict(os.environ, **self.pg_environment()))
        if done.returncode != 0:
            raise BenchError("psql: " + done.stderr.strip()[-300:])
        return done.stdout

    def _questions_make(self):
        path = self.scratch / "questions.txt"
        path.write_text(self.psql((HERE / "questions.sql").read_text()))
        if path.stat().st_size == 0:
            raise BenchError("no person in the registry has a coverage to ask about")
        return path


def registry_is_there(run_dir):
    return (run_dir / "bench.env").exists() or bool(os.environ.get("BENCH_URL"))


def registry_start(run_dir, people):
    print(f"starting a registry with {people} people in {run_dir}", flush=True)
    done = subprocess.run(["make", "up"], cwd=ROOT, check=False,
                          env=dict(os.environ, RUN_DIR=str(run_dir), SHIKAKU_PEOPLE=str(people), SHIKAKU_BUDGETS="0"))
    if done.returncode != 0:
        raise BenchError("make up failed")
    subprocess.run([ROOT / "deploy/cluster.sh", "ready", str(LOG_MB)], cwd=ROOT, check=True, env=dict(os.environ, RUN_DIR=str(run_dir)))


def contenders_start(site, names):
    running = []
    for name in names:
        contender = ALL[name](site)
        running.append(contender)
        try:
            contender.start()
            if name == "shikaku":  # nginx then serves as many bytes as a real answer has
                report = contender.measure(1, 4)
                if report["good"]:
                    site.answer_bytes = report["body_bytes"]
        except BenchError as fault:
            print(f"left out: {name}: {fault}", file=sys.stderr, flush=True)
            contender.stop()
            running.remove(contender)
            if name == "shikaku":  # yardsticks alone measure nothing
                raise
    return running


def rounds_run(contenders, rounds, seconds, connections):
    results = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        turn = number % len(contenders)
        for contender in contenders[turn:] + contenders[:turn]:
            report = contender.measure(seconds, connections)
            results[contender.name].append(report)
            print(f"  round {number + 1}/{rounds}  {contender.name:11} {report['rate']:9.0f}/s",
                  flush=True)
    return results


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def median_of(reports, *path):
    values = []
    for report in reports:
        for name in path:
            report = report.get(name, {}) if isinstance(report, dict) else {}
        if isinstance(report, (int, float)):
            values.append(report)
    return statistics.median(values) if values else None


def summarise(results):
    summary = {}
    for name, reports in results.items():
        row = {"rate": spread([report["rate"] for report in reports])}
        base = results.get(BASE)
        if base and all(report["rate"] for report in base):
            row["ratio"] = spread([mine["rate"] / theirs["rate"]
                                   for mine, theirs in zip(reports, base)])
        ours = results.get("shikaku")
        if ours and name != "shikaku" and all(report["rate"] for report in reports):
            row["shikaku_ratio"] = spread([mine["rate"] / theirs["rate"]
                                           for mine, theirs in zip(ours, reports)])
        row["p50_us"] = median_of(reports, "latency_us", "p50")
        row["p99_us"] = median_of(reports, "latency_us", "p99")
        row["cpu_us_each"] = {who: median_of(reports, "cpu_us_each", who)
                              for who in ("server", "postgres", "client")}
        row["wrong"] = sum(report.get("wrong", 0) for report in reports)
        row["unclean"] = sum(report["exit_code"] != 0 for report in reports)
        summary[name] = row
    return summary


def cell(value, digits=1):
    return "-" if value is None else f"{value:.{digits}f}"


def table(summary):
    lines = [f"{'':11} {'rate/s: min':>12} {'median':>9} {'max':>9}   {'x nginx: min':>12} "
             f"{'median':>7} {'max':>6}  {'p50 ms':>7} {'p99 ms':>7}   CPU us: server postgres client"]
    for name, row in summary.items():
        rate, ratio = row["rate"], row.get("ratio")
        cpu = row["cpu_us_each"]
        times = [None if row[key] is None else row[key] / 1000 for key in ("p50_us", "p99_us")]
        shares = [cell(ratio[key], 2) if ratio else "-" for key in ("min", "median", "max")]
        lines.append(
            f"{name:11} {rate['min']:12.0f} {rate['median']:9.0f} {rate['max']:9.0f}   {shares[0]:>12} "
            f"{shares[1]:>7} {shares[2]:>6}  {cell(times[0], 2):>7} {cell(times[1], 2):>7}   "
            f"{cell(cpu['server']):>14} {cell(cpu['postgres']):>8} {cell(cpu['client']):>6}"
            + (f"  WRONG ANSWERS: {row['wrong']}" if row["wrong"] else "")
            + (f"  unclean rounds: {row['unclean']}" if row["unclean"] else ""))
    lines += ["", "shikaku divided by each, in the same round:", f"{'':11} {'min':>8} {'median':>8} {'max':>8}"]
    for name, row in summary.items():
        if "shikaku_ratio" in row:
            ratio = row["shikaku_ratio"]
            lines.append(f"{name:11} {ratio['min']:8.2f} {ratio['median']:8.2f} {ratio['max']:8.2f}")
    return "\n".join(lines)


def try_load(contender, what, seconds, *extra):
    try:
        return contender.load(seconds, *extra)
    except BenchError as fault:
        print(f"left out: {contender.name}, {what}: {fault}", file=sys.stderr, flush=True)
        return None


def handshakes(servers, rounds):
    """Full and resumed ones by turns, of each server that is there."""
    found = {}
    for name, server in servers.items() if rounds > 0 else ():
        pairs = []
        for number in range(rounds):
            by = {kind: try_load(server, "handshakes", 1, "--handshakes", kind, "--connections", 8)
                  for kind in (("full", "resumed") if number % 2 == 0 else ("resumed", "full"))}
            if all(by.values()):
                pairs.append((by["full"]["rate"], by["resumed"]["rate"]))
        if pairs:
            found[name] = {"full": spread([full for full, _ in pairs]), "resumed": spread([resumed for _, resumed in pairs]),
                           "resumed_of_full": spread([resumed / full for full, resumed in pairs])}
    return found


def sections(contenders, quick, seconds):
    """What is not a race: connection counts, constant rates, handshakes, idle connections."""
    servers = {c.name: c for c in contenders if hasattr(c, "load")}
    found = {"connections": {}, "open_loop": {}, "handshakes": handshakes(servers, 1 if quick else 5), "idle": {}}
    for name, server in servers.items():
        if name in ("shikaku", "fastify"):
            for count in (1, 32, 256) if quick else (1, 4, 16, 64, 256, 1000):
                report = try_load(server, "connections", seconds, "--connections", count)
                if report:
                    found["connections"].setdefault(name, {})[count] = report
            # What a disk does now and then hits one of a few short measurements, or none: so there are several.
            for _, rate in itertools.product(range(1 if quick else 3), (1000,) if quick else (1000, 5000, 10000, 15000)):
                report = try_load(server, "open loop", seconds, "--rate", rate, "--connections", 64)
                if report:
                    found["open_loop"].setdefault(name, {}).setdefault(rate, []).append(report)
        report = try_load(server, "idle", 1, "--idle", 500 if quick else 10000, "--with-request",
                          "--server-pid", server.pid or 1)
        if report and server.pid:
            found["idle"][name] = report
    return found


def latency_text(reports):
    """The middle of these measurements, and the worst p99 of any."""
    middle = {key: statistics.median(one["latency_us"][key] for one in reports) / 1000 for key in ("p50", "p99", "p99.9")}
    middle["max"] = max(one["latency_us"]["max"] for one in reports) / 1000
    worst = max(one["latency_us"]["p99"] for one in reports) / 1000
    return (f"{statistics.median(one['rate'] for one in reports):8.0f}/s   ms p50 {middle['p50']:.2f} p99 {middle['p99']:.2f} "
            f"p99.9 {middle['p99.9']:.2f} max {middle['max']:.2f}" + (f"; worst p99 {worst:.2f}" if len(reports) > 1 else ""))


def sections_text(found):
    lines = []
    for name, by in found["connections"].items():
        for count, report in by.items():
            lines.append(f"{'connections':14} {name:9} {count:>6}: " + latency_text([report]))
    for name, by in found["open_loop"].items():
        for rate, reports in by.items():
            lines.append(f"{'constant rate':14} {name:9} {rate:>6}: " + latency_text(reports))
    for name, by in found["handshakes"].items():
        ratio = by["resumed_of_full"]
        lines.append(f"{'handshakes':14} {name:9} full {by['full']['median']:7.0f}/s  resumed {by['resumed']['median']:7.0f}/s: "
                     f"{ratio['median']:.1f} times ({ratio['min']:.1f} to {ratio['max']:.1f})")
    for name, report in found["idle"].items():
        each = (report["memory_open"] - report["memory_before"]) / max(1, report["connections"])
        lines.append(f"{'idle':14} {name:9} {report['connections']:>6}: {each:8.0f} bytes of server "
                     f"memory each, {report['idle_held']} held")
    return "\n".join(lines)


def results_write(out, facts, results, summary, found, text):
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.json").write_text(json.dumps(
        {"facts": facts, "summary": summary, "rounds": results, "sections": found}, indent=1) + "\n")
    (out / "bench.txt").write_text(text + "\n")
    rows = [(name, *(row["rate"][key] for key in ("min", "median", "max")))
            for name, row in summary.items()]
    (out / "bench.svg").write_text(chart.bars(
        "Answers per second", f"{facts['connections']} connections, {facts['rounds']} rounds of "
        f"{facts['seconds']:g} s; the line reaches from the worst to the best round", rows))
    ratios = [(name, *(row["shikaku_ratio"][key] for key in ("min", "median", "max")))
              for name, row in summary.items() if "shikaku_ratio" in row]
    if ratios:
        (out / "bench-ratios.svg").write_text(chart.bars(
            "Shikaku's answers for each of the yardstick's", f"{facts['connections']} connections, {facts['rounds']} rounds; "
            "each ratio is of one round; the line reaches from the least to the most", ratios, "{:.2f}"))


def arguments_parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short rounds and few sections")
    parser.add_argument("--rounds", type=int, help="interleaved rounds; default 7, quick 5")
    parser.add_argument("--seconds", type=float, help="per measurement; default 3, quick 1")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--people", type=int, help="of a registry started here; default 1000000, "
                        "quick 20000")
    parser.add_argument("--only", default=",".join(ALL), help="contenders, by commas")
    parser.add_argument("--no-sections", action="store_true", help="only the race")
    parser.add_argument("--run-dir", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("RUN_DIR", ROOT / ".bench")))
    parser.add_argument("--load", type=pathlib.Path, default=ROOT / "build/release/load")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench")
    arguments = parser.parse_args()
    quick = arguments.quick
    arguments.run_dir = arguments.run_dir.resolve()  # nginx and node look from elsewhere
    arguments.rounds = arguments.rounds or (5 if quick else 7)
    arguments.seconds = arguments.seconds or (1 if quick else 3)
    arguments.people = arguments.people or (20000 if quick else 1000000)
    unknown = set(arguments.only.split(",")) - set(ALL)
    if unknown or arguments.rounds < 1:
        parser.error(f"no such contender: {', '.join(unknown)}" if unknown else "no rounds")
    return arguments


def bench(arguments, scratch):
    site = Site(arguments.run_dir, arguments.load, scratch, arguments.out)
    names = [name for name in ALL if name in arguments.only.split(",")]
    contenders = contenders_start(site, names)
    try:
        if not contenders:
            raise BenchError("nothing to measure")
        results = rounds_run(contenders, arguments.rounds, arguments.seconds,
                             arguments.connections)
        found = None if arguments.no_sections else sections(contenders, arguments.quick,
                                                            arguments.seconds)
    finally:
        for contender in contenders:
            contender.stop()
    summary = summarise(results)
    facts = {"when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
             "machine": platform.machine(), "kernel": platform.release(),
             "processors": os.cpu_count(), "rounds": arguments.rounds,
             "seconds": arguments.seconds, "connections": arguments.connections,
             "answer_bytes": site.answer_bytes,
             "contenders": {contender.name: contender.note for contender in contenders}}
    text = table(summary) + ("\n\n" + sections_text(found) if found else "")
    results_write(arguments.out, facts, results, summary, found, text)
    print(f"\n{text}\n\n{arguments.out}/bench.json, bench.txt, bench.svg")
    return 1 if any(row["wrong"] or row["unclean"] for row in summary.values()) else 0


def main():
    arguments = arguments_parse()
    if not arguments.load.exists():
        print(f"{arguments.load}: build it first", file=sys.stderr)
        return 3
    is_ours = not registry_is_there(arguments.run_dir)
    try:
        if is_ours:
            registry_start(arguments.run_dir, arguments.people)
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            return bench(arguments, pathlib.Path(scratch))
    except (BenchError, OSError, subprocess.TimeoutExpired) as fault:
        print(f"bench: {fault}", file=sys.stderr)
        return 3
    finally:
        if is_ours:
            subprocess.run(["make", "down", f"RUN_DIR={arguments.run_dir}"], cwd=ROOT, check=False)


if __name__ == "__main__":
    sys.exit(main())
