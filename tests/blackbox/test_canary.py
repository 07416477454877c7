"""Personal numbers that were registered are looked for everywhere: files, database, log of transactions, memory."""
import json
import os
import pathlib
import re
import subprocess

import pytest

from harness.registry import Registry
from harness.server import FLAVOUR
from harness.wait import until

from test_registration import TAKES_S, Office, someone, truth_of

KNOWN = [someone(n) for n in range(600, 640)]
DIFFERS, ABSENT, BAD = someone(640), someone(641), someone(642, birth_date="1980-02-30")
ONE_BY_ONE, LATER = someone(643), someone(644)
CANARIES = [row["personal_number"].encode() for row in [*KNOWN, DIFFERS, ABSENT, BAD, ONE_BY_ONE, LATER]]
SPELT = re.compile(b"|".join(CANARIES + [number.hex().encode() for number in CANARIES]))
WIDE = re.compile(b"|".join(number.decode().encode("utf-16-le") for number in CANARIES))


def hits(body):
    return len(SPELT.findall(body)) + len(WIDE.findall(body))


def log_hits(folder):
    """Of each segment; None when a checkpoint took one away meanwhile, which is then there under another name."""
    try:
        return [hits(path.read_bytes()) for path in folder.iterdir() if path.is_file()]
    except FileNotFoundError:
        return None


def memory_hits(process, search=hits):
    """In everything that the process can read; what is found is told by region, never by value."""
    found = {}
    with open(f"/proc/{process.pid}/maps", encoding="ascii") as maps, open(f"/proc/{process.pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_, = line.split()
            if rights[0] != "r" or "[v" in line:
                continue
            start, end = (int(side, 16) for side in span.split("-"))
            memory.seek(start)
            try:
                count = search(memory.read(end - start))
            except OSError:
                continue
            if count:
                name = line.split()[5] if len(line.split()) > 5 else "anonymous"
                found[name] = found.get(name, 0) + count
    return found


has_plain_memory = pytest.mark.skipif(FLAVOUR in ("asan", "tsan"), reason="terabytes of a sanitizer's shadows are mapped")


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    os.environ["SHIKAKU_ALLOW_DUMP"] = "1"
    registry = Registry(tmp_path_factory.mktemp("canary"), place["url"], place["template"])
    registry.registrar_settings.update(chores_ms=50, recheck_ms=50, register_breaker_open_ms=50)
    shared = Office(registry, [truth_of(row) for row in KNOWN] + [truth_of(DIFFERS, birth="1999-09-09"), truth_of(ONE_BY_ONE), truth_of(LATER)])
    try:
        shared.place = shared.send([*KNOWN, DIFFERS, ABSENT, BAD])
        assert shared.ended(shared.place)["state"] == "done"
        assert shared.reason(KNOWN[0]) == "in_force" and shared.reason(DIFFERS) == "suspended"
        alone = shared.insurer.send("POST", "/v1/enrolment/registrations", json.dumps(ONE_BY_ONE).encode(),
                                    Content_Type="application/json", Idempotency_Key=None)
        assert alone.status == 200 and shared.reason(ONE_BY_ONE) == "in_force", alone.raw
        shared.register.be(down="unavailable")
        shared.apply([LATER])
        shared.register.be(down="no")
        until(lambda: shared.reason(LATER) == "in_force", TAKES_S)
        until(lambda: not list((shared.registry.folder / "spool").glob("*[0-9]*")), TAKES_S)
        yield shared
    finally:
        del os.environ["SHIKAKU_ALLOW_DUMP"]
        shared.close()


@has_plain_memory
def test_the_search_finds_a_number_where_there_is_one(office):
    assert hits(b"x" + CANARIES[0] + b"y" + CANARIES[1].hex().encode()) == 2
    for program in (office.registry.server, office.registry.registrar):
        assert memory_hits(program, lambda body: body.count(b"batch_") + body.count(b"eligibility_"))
        assert memory_hits(program, lambda body: body.count(str(office.registry.pki).encode()))
    assert hits((office.registry.folder / "register" / "lines.tsv").read_bytes()) >= len(KNOWN)


def test_no_log_no_metric_no_report_and_no_refusal_holds_one(office):
    registry = office.registry
    for name in ("serve", "registrar"):
        assert hits(registry.log(name).encode()) == 0, name
    for port in (registry.settings["admin_port"], registry.registrar_settings["admin_port"]):
        assert hits(registry.admin("/metrics", port=port)[1].encode()) == 0
    report = registry.tell("GET", office.place + "/report?limit=100")
    assert report.status == 200 and b"row-640" in report.raw and hits(report.raw) == 0
    refused = registry.ask({"personal_number": CANARIES[0].decode()})
    assert refused.status == 400 and hits(refused.raw) == 0


def test_neither_a_dump_of_the_database_nor_its_transaction_log_holds_one(office):
    dump = subprocess.run(["pg_dump", "--dbname", office.registry.address()], capture_output=True, check=True, timeout=120)
    assert b"personal_number" in dump.stdout and hits(dump.stdout) == 0
    folder = pathlib.Path(office.registry.one("SELECT current_setting('data_directory')")) / "pg_wal"
    found = until(lambda: log_hits(folder))
    assert found and sum(found) == 0


def test_the_file_is_gone_once_its_rows_have_their_verdicts(office):
    left = [path for path in (office.registry.folder / "spool").rglob("*") if path.is_file()]
    assert sum(hits(path.read_bytes()) for path in left) == 0


@has_plain_memory
def test_the_program_that_answers_facilities_never_has_one_in_memory(office):
    assert memory_hits(office.registry.server) == {}


@has_plain_memory
def test_the_registrar_has_none_in_memory_once_the_batch_is_done(office):
    assert memory_hits(office.registry.registrar) == {}
