#!/usr/bin/python3
"""How long an operator waits for each page of the console with a million people behind it.

Everything is its own: cluster, authority, registry, office. People, insurers and facilities are the population's; access records
are made by the load client and counted by `shikaku statistics`; a year of everything else comes from volume.sql. Then Chromium
opens each page in both languages, again and again, and reports when its figures were painted. A median above the bar makes the
exit code 1.
"""
import argparse
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
sys.path[:0] = [str(ROOT / "tests/blackbox")]

from harness import registry as registries  # noqa: E402
from harness.cluster import Cluster, address_of, make_template  # noqa: E402
from harness.console import browse  # noqa: E402
from harness.days import today  # noqa: E402
from harness.office import Office  # noqa: E402
from harness.server import shikaku  # noqa: E402
from harness.wait import until  # noqa: E402

PROGRAMS = ROOT / "build/release"
BAR_MS = 1000
HOSPITALS = 8  # with certificates of their own, which ask
COUNTED = ("person", "insurer", "facility", "certificate", "access_record", "person_hold", "registration_breach", "registration_day", "notice",
           "batch", "discrepancy", "visit", "bulk_job", "office_journal", "statistics_check", "statistics_reason")


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{words[0]}: {done.stderr.strip()[-600:]} {done.stdout.strip()[-300:]}")
    return done.stdout


class Console:
    def __init__(self, arguments, folder, cluster_url, template):
        self.arguments, self.folder = arguments, folder
        registries.INSURERS.clear()
        self.registry = registries.Registry(folder / "registry", cluster_url, template)

    def fill(self, questions):
        registry = self.registry
        self.certificates = self.folder / "certificates"
        self.certificates.mkdir()
        for number in range(HOSPITALS):
            facility = registry.add_facility(f"asks-{number}", kind=1 + number % 4)
            self.asked = registry.one("SELECT facility_code FROM registry.facility WHERE facility_id = %s", facility)
            for end in ("pem", "key"):
                (registry.pki / f"asks-{number}.{end}").rename(self.certificates / f"asks-{number}.{end}")
        registry.start(workers=self.arguments.workers)
        self.office = Office(registry)
        say("asking")
        run(PROGRAMS / "load", "--url", f"https://127.0.0.1:{registry.settings['port']}/v1/eligibility/check", "--ca", registry.pki / "ca.pem",
            "--cert-dir", self.certificates, "--questions", questions, "--check", "--connections", 32, "--seconds", self.arguments.seconds,
            "--warmup", 1, "--quiet")
        say("volume")
        with contextlib.closing(registry.database.cursor()) as cursor:
            cursor.execute((HERE / "volume.sql").read_text(encoding="utf-8"), {"today": today()})
        until(lambda: registry.one("SELECT max(recorded_xid) < pg_snapshot_xmin(pg_current_snapshot()) FROM registry.access_record"), 120)
        began = time.monotonic()
        counted = json.loads(shikaku("statistics", "--database", registry.address(user="shikaku_statistics")))["counted"]
        say(f"{counted} records counted in {time.monotonic() - began:.1f} s")
        registry.execute("VACUUM ANALYZE")
        registry.execute("CHECKPOINT")
        # What was put in behind their backs is read anew.
        registry.stop()
        registry.start()
        sizes = {name: registry.one(f"SELECT count(*) FROM registry.{name}") for name in COUNTED}
        return sizes | {"counted": counted}

    def measure(self):
        registry = self.registry
        insurer = registry.one("SELECT insurer_number FROM registry.registration_breach ORDER BY 1 LIMIT 1 OFFSET 1000")
        facility, prefecture = registry.execute("SELECT facility_code, prefecture FROM registry.facility WHERE prefecture = 13 AND kind = 4"
                                                " ORDER BY 1 LIMIT 1 OFFSET 100")[0]
        person = registry.people.add(insurer=insurer)
        found = browse(self.office, None, ROOT / "loadtest/console/pages.mjs", seconds=1800, rounds=self.arguments.rounds, insurer=insurer,
                       facility=facility, prefecture=prefecture, day=str(today()), asked=self.asked,
                       question={name: value for name, value in person.question().items() if name != "asked_on"})
        return json.loads(found.splitlines()[-1])


def table(found):
    """A line for each page, language and way; and whether each median is within the bar."""
    lines, is_met = [f"{'page':32} {'':4} {'rows':>6} {'click':>14} {'open':>14}   ms, median (slowest)"], True
    for name, languages in found["taken"].items():
        for language, ways in languages.items():
            cells = []
            for way in ("click", "open"):
                taken = ways.get(way)
                cells.append(f"{statistics.median(taken):.0f} ({max(taken):.0f})" if taken else "")
                is_met = is_met and (taken is None or statistics.median(taken) <= BAR_MS)
            lines.append(f"{name:32} {language:4} {found['rows'].get(name, ''):>6} {cells[0]:>14} {cells[1]:>14}")
    lines.append("met" if is_met else f"MISSED: a median above {BAR_MS} ms")
    return "\n".join(lines), is_met


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--insurers", type=int, default=3400)
    parser.add_argument("--facilities", type=int, default=230_000)
    parser.add_argument("--seconds", type=int, default=40, help="of asking, for access records")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--pg-settings", default="shared_buffers=2GB;max_wal_size=16GB", help="of PostgreSQL, between semicolons")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="console-")))
        cluster = Cluster(arguments.pg_settings.replace(";", "\n"))
        stack.callback(cluster.remove)
        template, questions = make_template(cluster.url), folder / "questions.txt"
        say("people")
        run(PROGRAMS / "population", "--database", address_of(cluster.url, dbname=template), "--people", arguments.people, "--insurers",
            arguments.insurers, "--facilities", arguments.facilities, "--seed", 1, "--questions", questions)
        console = Console(arguments, folder, cluster.url, template)
        stack.callback(console.registry.close)
        sizes = console.fill(questions)
        say(" ".join(f"{name} {count}" for name, count in sizes.items()))
        found = console.measure()
    text, is_met = table(found)
    print(text)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "console.txt").write_text(text + "\n", encoding="utf-8")
    (arguments.out / "console.json").write_text(json.dumps(
        {"when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "processors": os.cpu_count(),
         "sizes": sizes, **found}, indent=1) + "\n", encoding="utf-8")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
