#!/usr/bin/python3
"""How the registry behaves as something grows: people, connections, workers, idle connections, and more load than it can answer.

Every registry is its own. Points of one curve are measured in rounds, one after the other, so that what the machine does besides
hits all alike; a point is the median of its rounds, and its least and most are told. One wrong answer makes the exit code 1.
"""
import argparse
import collections
import contextlib
import datetime
import itertools
import json
import math
import os
import pathlib
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests/blackbox"), str(ROOT / "loadtest/bench")]

import chart  # noqa: E402
from harness import registry as registries  # noqa: E402
from harness.cluster import Cluster, address_of, make_template  # noqa: E402
from harness.ports import free_port  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.wait import until  # noqa: E402

PROGRAMS = ROOT / "build/release"
CURVES = ("people", "connections", "workers", "partitions", "idle", "overload")
BUSY, DESCRIPTORS_SPARE = 32, 1500  # connections that ask; what a server needs besides connections
REMADE = 20_000  # dossiers
UP_S = 300  # for a hundred thousand handshakes on two cores
GOODPUT_LEAST, RECOVERY_MOST_S = 0.9, 5
MANNERS = [(times, "patient") for times in (0.5, 1, 2, 5, 10)] + [(10, "rude")]  # times what it can answer is due


def say(text):
    print(text, file=sys.stderr, flush=True)


class Site:
    """A registry with so many people, its largest tables in so many parts (0: whole), and a load client for it."""

    def __init__(self, people, folder, stack, settings, parts=0):
        self.folder, self.reports, self.wrong = folder, itertools.count(), 0
        folder.mkdir()
        self.cluster = Cluster("shared_buffers=2GB\nmax_wal_size=8GB")
        stack.callback(self.cluster.remove)
        template = make_template(self.cluster.url)
        self.questions = folder / "questions.txt"
        subprocess.run([PROGRAMS / "population", "--database", address_of(self.cluster.url, dbname=template), "--people", str(people),
                        "--seed", "1", "--questions", self.questions], check=True, stdout=subprocess.DEVNULL)
        registries.INSURERS.clear()
        self.registry = registries.Registry(folder / "registry", self.cluster.url, template)
        stack.callback(self.registry.close)
        if parts:
            with self.registry.database.cursor() as cursor:
                cursor.execute((HERE / "partitions.sql").read_text(encoding="utf-8"), {"parts": parts})
        self.registry.execute("VACUUM ANALYZE")
        self.cluster.make_ready()
        self.registry.start(**settings)

    def start(self, *words, port=None):
        report = self.folder / f"load-{next(self.reports)}.json"
        command = [PROGRAMS / "load", "--url", f"https://127.0.0.1:{port or self.registry.settings['port']}/v1/eligibility/check",
                   "--ca", self.registry.pki / "ca.pem", "--cert", self.registry.pki / "hospital.pem", "--key",
                   self.registry.pki / "hospital.key", "--questions", self.questions, "--check", "--quiet", "--json", report,
                   "--seed", time.monotonic_ns() % 10**9, "--watch", f"serve={self.registry.server.pid}",
                   "--watch", f"postgres={self.cluster.postmaster()}", *words]
        return subprocess.Popen([str(word) for word in command]), report

    def finish(self, process, report):
        if process.wait(timeout=UP_S * 3) > 1:
            raise SystemExit("the load client could not run")
        found = json.loads(report.read_text(encoding="utf-8"))
        self.wrong += found["wrong"]
        return found

    def load(self, *words):
        return self.finish(*self.start(*words))


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def point(reports):
    return {"rate": spread([one["rate"] for one in reports]), "p50_us": spread([one["latency_us"]["p50"] for one in reports]),
            "p99_us": spread([one["latency_us"]["p99"] for one in reports]),
            "cpu_us_each": {who: statistics.median(one["cpu_us_each"][who] for one in reports) for who in reports[0]["cpu_us_each"]}}


def rounds(count, keys, measure):
    """measure(key) for every key in each round; by key, what its rounds come to."""
    reports = {key: [] for key in keys}
    for number in range(count):
        for key in (keys if number % 2 == 0 else reversed(keys)):
            reports[key].append(measure(key))
    return {key: point(found) for key, found in reports.items()}


class Curves:
    def __init__(self, arguments, folder, stack):
        self.arguments, self.folder, self.stack, self.sites = arguments, folder, stack, {}
        self.settings = {"workers": arguments.workers, **dict(pair.split("=", 1) for pair in arguments.setting)}

    def site(self, people, parts=0):
        if (people, parts) not in self.sites:
            say(f"a registry with {people} people" + (f" in {parts} parts" if parts else ""))
            self.sites[people, parts] = Site(people, self.folder / f"{people}-{parts}", self.stack, self.settings, parts)
            self.load(people, BUSY, parts=parts)  # the pages it needs, in memory
        return self.sites[people, parts]

    def load(self, people, connections, *more, parts=0):
        return self.site(people, parts).load("--connections", connections, "--seconds", self.arguments.seconds, *more)

    def people(self):
        sizes = [int(size) for size in self.arguments.people.split(",")]
        for size in sizes:
            self.site(size)
        return rounds(self.arguments.rounds, sizes, lambda size: self.load(size, BUSY))

    def connections(self):
        return rounds(self.arguments.rounds, [1, 2, 4, 8, 16, 32, 64, 128, 256], lambda count: self.load(self.arguments.base, count))

    def workers(self):
        def measure(count):
            self.site(self.arguments.base).registry.restart(workers=count)
            return self.load(self.arguments.base, 64)
        found = rounds(self.arguments.rounds, [1, 2], measure)
        self.site(self.arguments.base).registry.restart(workers=self.arguments.workers)
        return found

    def partitions(self):
        """The same questions to whole tables and to parts of them; then how long it takes to make dossiers anew."""
        kinds = [int(parts) for parts in self.arguments.partitions.split(",")]
        for parts in kinds:
            self.site(self.arguments.base, parts)
        found = rounds(self.arguments.rounds, kinds, lambda parts: self.load(self.arguments.base, BUSY, parts=parts))
        for parts in kinds:
            registry = self.site(self.arguments.base, parts).registry
            for table in ("card", "dossier"):
                registry.execute(f"DELETE FROM registry.{table} WHERE person_id <= %s", REMADE)
            began = time.monotonic()
            made = registry.one("SELECT registry.dossier_refresh_all(1, %s)", REMADE)
            found[parts]["made_per_second"] = made / (time.monotonic() - began)
        return found

    # ---- idle connections ------------------------------------------------------------------------

    def idle(self):
        """A process may have so many descriptors; beyond, there are more servers, each with a client of its own."""
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - DESCRIPTORS_SPARE
        return {count: self.idle_point(count, most) for count in map(int, self.arguments.idle.split(","))}

    def idle_point(self, count, most):
        site = self.site(self.arguments.base)
        servers = max(1, math.ceil(count / most))
        site.registry.restart(idle_s=UP_S * 4, connections=most)
        with contextlib.ExitStack() as ends:
            ports = [(site.registry.settings["port"], site.registry.settings["admin_port"], site.registry.server.pid)]
            for number in range(1, servers):
                settings = {**site.registry.settings, "port": free_port(), "admin_port": free_port()}
                site.registry.write_settings(f"serve-{number}", settings)
                server = Server("serve", site.registry.folder / f"serve-{number}.conf", site.registry.folder / f"serve-{number}.log")
                ends.callback(server.close)
                until(lambda at=settings["admin_port"]: site.registry.admin("/ready", port=at)[0] == 200)
                ports.append((settings["port"], settings["admin_port"], server.pid))
            clients, before = [], sum(memory_bytes(pid) for _, _, pid in ports)
            for number, (port, _, pid) in enumerate(ports if count else []):
                share = count // servers + (number < count % servers)
                clients.append(site.start("--idle", share, "--with-request", "--server-pid", pid, "--timeout", 60, "--tolerate",
                                          "--seconds", UP_S * 4, port=port))
                until(lambda at=number, share=share: site.registry.metric("shikaku_connections", port=ports[at][1]) >= share, UP_S)
            held = sum(memory_bytes(pid) for _, _, pid in ports)
            standing = sum(site.registry.metric("shikaku_connections", port=admin) for _, admin, _ in ports)
            report = self.load(self.arguments.base, BUSY)
            for process, _ in clients:
                process.send_signal(signal.SIGINT)  # enough
            stood = sum(site.finish(*client)["idle_held"] for client in clients)
        found = {**point([report]), "servers": servers, "standing": int(standing), "stood_to_the_end": stood, "bytes_each": (held - before) / count if count else 0}
        say(f"idle {count}: {found['standing']} stand, {found['bytes_each']:.0f} bytes each, {report['rate']:.0f}/s beside them")
        return found

    # ---- too much load ---------------------------------------------------------------------------

    def overload(self):
        """Ten times what it can answer is due; then, moment by moment, half of what it can answer."""
        site, seconds = self.site(self.arguments.base), self.arguments.seconds
        tried = rounds(3, [64, 128, 256], lambda count: site.load("--connections", count, "--seconds", seconds))
        at_peak, peak = max(((count, found["rate"]["median"]) for count, found in tried.items()), key=lambda one: one[1])
        calm = site.load("--connections", 64, "--rate", peak / 2, "--seconds", seconds)
        reports = {key: [] for key in ("peak", *MANNERS)}
        for times, manner in MANNERS * self.arguments.rounds:
            peak_now = site.load("--connections", at_peak, "--seconds", seconds)  # just before: machines change
            reports["peak"].append({**peak_now, "share": 1})
            # Who is patient comes back when it is told to; who is rude asks again at once.
            report = site.load("--connections", self.arguments.crowd, "--rate", min(1e6, peak_now["rate"] * times), "--seconds",
                               seconds * 2, "--timeout", 5, "--backlog", 10000, "--tolerate", "--opening", 256, "--resume",
                               *(["--patient"] if manner == "patient" else []))
            reports[times, manner].append({**report, "share": report["rate"] / peak_now["rate"]})
        ended, recovery = time.monotonic(), None
        while recovery is None and time.monotonic() - ended < RECOVERY_MOST_S * 4:
            after = site.load("--connections", 64, "--rate", peak / 2, "--seconds", 0.5, "--warmup", 0, "--tolerate")
            if set(after["statuses"]) == {"200"} and after["latency_us"]["p99"] <= 2 * max(calm["latency_us"]["p99"], 5000):
                recovery = time.monotonic() - ended
        return {"connections_at_peak": at_peak, "peak_before": peak, "calm_p99_us": calm["latency_us"]["p99"], "recovery_s": recovery,
                "times": {"peak" if key == "peak" else f"{key[0]} {key[1]}": overloaded(found) for key, found in reports.items()}}


def overloaded(reports):
    statuses = collections.Counter()
    for one in reports:
        statuses.update(one["statuses"])
    return {**point(reports), "share_of_peak": spread([one["share"] for one in reports]), "statuses": dict(statuses),
            "given_up": sum(one["given_up"] for one in reports), "handshakes": sum(one["handshakes"] for one in reports),
            "service_p99_us": spread([one["service_us"]["p99"] for one in reports])}


def memory_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu(found):
    return " ".join(f"{who} {value:.0f}" for who, value in found["cpu_us_each"].items())


def text_of(found):
    lines = []
    for name in ("people", "connections", "workers", "partitions", "idle"):
        for key, one in found.get(name, {}).items():
            rate, more = one["rate"], ""
            if name == "idle":
                more = f"   {one['stood_to_the_end']} stood in {one['servers']} server(s), {one['bytes_each']:.0f} bytes each"
            if name == "partitions":
                more = f"   {one['made_per_second']:.0f} dossiers made a second"
            lines.append(f"{name:12}{key:>8}: {rate['median']:8.0f}/s ({rate['min']:.0f}-{rate['max']:.0f})   ms p50 "
                         f"{one['p50_us']['median'] / 1000:.2f} p99 {one['p99_us']['median'] / 1000:.2f}   CPU us: {cpu(one)}{more}")
    if "overload" in found:
        over = found["overload"]
        lines.append(f"overload: before it {over['peak_before']:.0f}/s by {over['connections_at_peak']} connections, p99 at half of that "
                     f"{over['calm_p99_us'] / 1000:.1f} ms")
        for times, one in over["times"].items():
            rate, share, statuses = one["rate"], one["share_of_peak"], one["statuses"]
            lines.append(f"{times + (' x due' if times != 'peak' else ''):18}: {rate['median']:8.0f}/s = {share['median']:.2f} "
                         f"({share['min']:.2f}-{share['max']:.2f}) of the peak; service p99 {one['service_p99_us']['median'] / 1000:.0f} ms; "
                         f"{statuses}, given up {one['given_up']}, handshakes {one['handshakes']}   CPU us: {cpu(one)}")
        last, recovery = over["times"]["10 patient"]["share_of_peak"]["median"], over["recovery_s"]
        lines.append(f"  at 10 x: {'met' if last >= GOODPUT_LEAST else 'MISSED'} (>= {GOODPUT_LEAST} of peak); calm again "
                     + (f"after {recovery:.1f} s" if recovery is not None else "not at all")
                     + f": {'met' if recovery is not None and recovery <= RECOVERY_MOST_S else 'MISSED'} (<= {RECOVERY_MOST_S} s)")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", default=",".join(CURVES), help="curves, between commas")
    parser.add_argument("--people", default="10000,100000,1000000", help="sizes, between commas")
    parser.add_argument("--base", type=int, default=100_000, help="people of the other curves")
    parser.add_argument("--idle", default="0,1000,10000,100000", help="idle connections, between commas")
    parser.add_argument("--partitions", default="0,16,64", help="parts of the largest tables, between commas; 0: whole")
    parser.add_argument("--crowd", type=int, default=4000, help="connections that ask at once in the overload")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help="of the server, besides its workers")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench")
    arguments = parser.parse_args()
    found = {}
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="curves-")))
        curves = Curves(arguments, folder, stack)
        for name in arguments.only.split(","):
            found[name] = getattr(curves, name)()
            print(text_of({name: found[name]}), flush=True)
        wrong = sum(site.wrong for site in curves.sites.values())
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "curves.txt").write_text(text_of(found) + "\n")
    (arguments.out / "curves.json").write_text(json.dumps(
        {"when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "processors": os.cpu_count(),
         "rounds": arguments.rounds, "seconds": arguments.seconds, "curves": found}, indent=1) + "\n")
    for name in ("people", "connections", "workers", "partitions", "idle"):
        if name in found:
            rows = [(str(key), *(one["rate"][which] for which in ("min", "median", "max"))) for key, one in found[name].items()]
            (arguments.out / f"curve-{name}.svg").write_text(chart.bars(f"Answers per second, by {name}", "one wrong answer fails the run; "
                                                                        f"{arguments.rounds} rounds of {arguments.seconds:g} s", rows))
    print(f"{wrong} wrong answers")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
