"""Files that are wrong in every way: a clear report or a clear refusal, nothing half done, no memory spent on them."""
import gzip
import os
import pathlib
import re
import zlib

import pytest

from harness.mutants import csv_of, mutant, zstd
from harness.registry import Registry
from harness.wait import together, until

from test_registration import EVENT, RECEIVED, TODAY, Office, someone, truth_of

MUTATED = int(os.environ.get("MUTATED", "200"))
AT_ONCE = 8
PEOPLE = 12
MIB = 1 << 20
MEMORY_MOST = 128 * MIB  # above what the registrar had before: ten times the largest row set, which is 12 MiB
SOON_S = 20
GIB = 1 << 30


def rows_of(n):
    """Acquisitions, a change, a loss and a cancellation, all sound."""
    people = [someone(1000 + n * PEOPLE + i) for i in range(PEOPLE)]
    card = ("symbol", "number", "branch_number", "birth_date")
    said = {"event_on": EVENT, "notice_received_on": RECEIVED}
    others = [{"operation": "change", "row_key": "change", "effective_on": str(TODAY), "burden_ratio": "20", **said},
              {"operation": "lose", "row_key": "loss", "lost_on": str(TODAY), "loss_reason": "03", **said},
              {"operation": "cancel", "row_key": "cancel", **said}]
    return people + [{**other, **{name: people[i][name] for name in card}} for i, other in enumerate(others)]


@pytest.fixture(scope="module")
def office(place, tmp_path_factory):
    registry = Registry(tmp_path_factory.mktemp("mutants"), place["url"], place["template"])
    registry.registrar_settings.update(uploads_unfinished=1000)
    shared = Office(registry, [truth_of(row) for n in range(MUTATED) for row in rows_of(n)[:PEOPLE]])
    try:
        yield shared
    finally:
        shared.close()


def memory_most(office):
    status = pathlib.Path(f"/proc/{office.registry.registrar.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


# What stands in the registry by a batch though no verdict of it says so.
BEYOND = """
SELECT b.batch_id FROM registry.batch AS b
WHERE b.batch_id = ANY (%s) AND (
    EXISTS (SELECT FROM registry.coverage AS k WHERE k.origin = b.batch_id AND NOT EXISTS (
        SELECT FROM registry.batch_row AS r WHERE r.batch_id = b.batch_id AND r.outcome IN (1, 2) AND r.person_id = k.person_id))
    OR EXISTS (SELECT FROM registry.person_version AS v WHERE v.origin = b.batch_id AND NOT EXISTS (
        SELECT FROM registry.batch_row AS r WHERE r.batch_id = b.batch_id AND r.outcome IN (1, 2) AND r.person_id = v.person_id))
    OR EXISTS (SELECT FROM registry.personal_number AS n WHERE n.origin = b.batch_id AND NOT EXISTS (
        SELECT FROM registry.batch_row AS r WHERE r.batch_id = b.batch_id AND r.outcome IN (1, 2) AND r.person_id = n.person_id))
    OR EXISTS (SELECT FROM registry.batch_row AS r WHERE r.batch_id = b.batch_id AND r.operation = 1 AND r.outcome IN (1, 2)
        AND NOT EXISTS (SELECT FROM registry.coverage AS k WHERE k.coverage_id = r.coverage_id AND k.origin = b.batch_id))
    OR b.state <> 6 AND EXISTS (SELECT FROM registry.batch_row AS r WHERE r.batch_id = b.batch_id))
"""


def outcome_of(office, n):
    """How the batch made of a mutated file ended, or the code by which its upload was refused; and its number."""
    data, words = mutant(n, rows_of(n))
    reply = office.insurer.open(data, **words)
    if reply.status not in (200, 201):
        assert 400 <= reply.status < 500 and reply.code, (n, reply.status)
        return reply.code, None
    place = reply.header("Location")
    standing = office.ended(place)
    if standing["state"] == "refused":
        assert re.fullmatch("[a-z_]+", standing["refusal"]), n
    return standing.get("refusal", standing["state"]), int(place.rsplit("/", 1)[1])


def test_mutated_files_end_in_a_report_or_a_refusal_and_nothing_beyond_it_takes_effect(office):
    pid, before = office.registry.registrar.pid, memory_most(office)
    ends = []
    for first in range(0, MUTATED, AT_ONCE):
        ends += together(min(AT_ONCE, MUTATED - first), lambda n, first=first: outcome_of(office, first + n))
    assert office.registry.registrar.poll() is None and office.registry.registrar.pid == pid
    batches = [end[1] for end in ends if end[1] is not None]
    assert office.registry.execute(BEYOND, batches) == []
    miscounted = office.registry.execute(
        "SELECT b.batch_id FROM registry.batch AS b WHERE b.batch_id = ANY (%s) AND b.state = 6 AND (b.row_count <>"
        " b.applied_count + b.held_count + b.unchanged_count + b.refused_count"
        " OR b.row_count <> (SELECT count(*) FROM registry.batch_row AS r WHERE r.batch_id = b.batch_id))", batches)
    assert miscounted == []
    kinds = {end[0] for end in ends}
    assert "done" in kinds and len(kinds) > 5, kinds  # it came upon more than one way to be wrong
    assert memory_most(office) - before < MEMORY_MOST


HEADER = csv_of([someone(1)]).split(b"\r\n")[0] + b"\r\n"
DEEP = b'{"operation": ' + b"[" * 200_000 + b"]" * 200_000 + b"}\n"


def zeros(packing, head=HEADER, byte=b"0"):
    """A packed file of one gigabyte of one byte, without ever having it in memory."""
    if packing == "zstd":
        return zstd(head + byte * (GIB // 4)) + zstd(byte * (GIB // 4)) * 3
    packer, piece = zlib.compressobj(1, zlib.DEFLATED, 31), byte * MIB
    return packer.compress(head) + b"".join(packer.compress(piece) for _ in range(GIB // MIB)) + packer.flush()


BOMBS = {
    "a gigabyte on one line, gzip": lambda: (zeros("gzip"), {"Content_Encoding": "gzip"}),
    "a gigabyte on one line, zstd": lambda: (zeros("zstd"), {"Content_Encoding": "zstd"}),
    "a quotation that never ends": lambda: (zeros("gzip", HEADER + b'"'), {"Content_Encoding": "gzip"}),
    "a gigabyte of empty lines": lambda: (zeros("gzip", byte=b"\n"), {"Content_Encoding": "gzip"}),
    "a million columns": lambda: (b",".join(b"c%d" % i for i in range(1_000_000)) + b"\r\n", {}),
    "rows of commas without end": lambda: (gzip.compress(HEADER + (b"," * 60 + b"\r\n") * 400_000), {"Content_Encoding": "gzip"}),
    "deep JSON": lambda: (DEEP, {"Content_Type": "application/jsonl"}),
}
CODES = {"a gigabyte on one line, gzip": {"line_too_long"}, "a gigabyte on one line, zstd": {"line_too_long"},
         "a quotation that never ends": {"line_too_long", "quote_unterminated"}, "a gigabyte of empty lines": {"empty_lines_too_many"},
         "a million columns": {"line_too_long", "columns_too_many"}, "rows of commas without end": {"packing_ratio_too_high"},
         "deep JSON": {"line_too_long", "not_json_lines"}}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_early_and_costs_no_memory(office, bomb):
    data, words = BOMBS[bomb]()
    before = memory_most(office)
    reply = office.insurer.open(data, **words)
    assert reply.status in (200, 201), reply.code
    place = reply.header("Location")
    until(lambda: office.insurer.standing(place)["state"] == "refused", SOON_S)
    assert office.insurer.standing(place)["refusal"] in CODES[bomb]
    assert memory_most(office) - before < MEMORY_MOST
