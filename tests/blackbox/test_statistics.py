"""Statistics: the seed's own tables come out again, cell by cell, and nothing is counted twice or missed."""
import itertools
import json
import threading
import uuid

import pytest

from conftest import made
from harness.days import today
from harness.office import Office
from harness.people import INSURER
from harness.server import shikaku
from harness.wait import until

KINDS = ["hospital", "medical_clinic", "dental_clinic", "pharmacy"]

# The seed, p.14: checks of January 2023. All, by card, by certificate, in lists.
CHECKS = {"hospital": (11_841_328, 181_049, 4_580_962, 7_079_317), "medical_clinic": (23_850_814, 380_511, 22_897_396, 572_907),
          "dental_clinic": (7_261_726, 215_387, 4_817_438, 2_228_901), "pharmacy": (47_304_709, 446_307, 46_822_934, 35_468)}
CHECKS_TOTAL = (90_258_577, 1_223_254, 79_118_730, 9_916_593)
# p.15: uses of January 2023. Checkups, drugs, treatments.
USES = {"hospital": (24_173, 37_970, 26_591), "medical_clinic": (65_351, 280_427, 73_657), "dental_clinic": (25_632, 46_260, 4_845),
        "pharmacy": (126_245, 206_144, 94_762)}
USES_TOTAL = (241_401, 570_801, 199_855)
# p.8, 2023-02-05: how many there are; and in percent of all and of those obliged: registered, ready, operating.
UNIVERSE = {"hospital": 8_192, "medical_clinic": 89_761, "dental_clinic": 70_375, "pharmacy": 61_500}
OBLIGED = 213_686
ROLLOUT = {"registered": (209_752, 91.3, 98.2), "ready": (126_858, 55.2, 59.4), "operating": (107_889, 46.9, 50.5)}
SHARES = {"registered": {"hospital": (98.5, 98.7), "medical_clinic": (90.8, 97.7), "dental_clinic": (87.9, 99.1), "pharmacy": (94.9, 97.7)},
          "ready": {"hospital": (68.3, 68.4), "medical_clinic": (45.2, 48.6), "dental_clinic": (46.2, 52.2), "pharmacy": (78.4, 80.7)},
          "operating": {"hospital": (58.8, 58.9), "medical_clinic": (35.1, 37.8), "dental_clinic": (38.3, 43.2), "pharmacy": (72.5, 74.7)}}


def test_the_sums_of_the_seeds_tables_hold():
    for row in CHECKS.values():
        assert row[0] == sum(row[1:])
    assert tuple(map(sum, zip(*CHECKS.values()))) == CHECKS_TOTAL
    assert tuple(map(sum, zip(*USES.values()))) == USES_TOTAL
    assert sum(UNIVERSE.values()) == 229_828


@pytest.fixture
def registry(place, tmp_path):
    own = made(place, tmp_path / "registry")
    yield own
    own.close()


def count(registry, *more):
    return json.loads(shikaku("statistics", "--database", registry.address(user="shikaku_statistics"), *more))["counted"]


def count_all(registry, wanted):
    """Counts once all can be: whoever writes elsewhere in the cluster holds the mark back for a moment."""
    until(lambda: registry.one("SELECT coalesce(max(recorded_xid) < pg_snapshot_xmin(pg_current_snapshot()), true)"
                               " FROM registry.access_record"), 120)
    assert count(registry) == wanted


def facilities(registry):
    return {kind: registry.add_facility(kind=number) for number, kind in enumerate(KINDS, 1)}


def record(registry, times, *, facility_id, day="2023-01-16", way=2, route=1, reason=1, items=0, **more):
    """So many access records, written as one transaction would."""
    columns = {"day": day, "actor_id": facility_id, "facility_id": facility_id, "actor_kind": 1, "route": route, "way": way,
               "purpose": 0, "reason": reason, "items": items, **more}
    registry.execute(f"INSERT INTO registry.access_record (record_id, request_id, body_digest, {', '.join(columns)})"
                     f" SELECT nextval('registry.access_record_id'), gen_random_uuid(), '\\x{'00' * 16}', {', '.join(['%s'] * len(columns))}"
                     " FROM generate_series(1, %s)", *columns.values(), times)


def checks(registry, since="2023-01-01", until="2023-01-31"):
    return {row[1]: row[2:] for row in registry.execute("SELECT * FROM registry.statistics_checks(%s, %s)", since, until)}


def test_january_2023_at_a_thousandth_comes_out_cell_by_cell_and_sum_by_sum(registry):
    registry.execute("SELECT registry.access_partitions_ensure('2023-01-01', 31)")
    own = facilities(registry)
    thousandth = {kind: [round(cell / 1000) for cell in row[1:]] for kind, row in CHECKS.items()}
    uses = {kind: [round(cell / 1000) for cell in row] for kind, row in USES.items()}
    for day, (kind, cells) in itertools.product((1, 16, 31), thousandth.items()):
        for way, cell in zip((1, 2, 3), cells):
            part = cell // 3 + (cell % 3 if day == 31 else 0)
            record(registry, part, facility_id=own[kind], day=f"2023-01-{day:02}", way=way, route={1: 61, 2: 1, 3: 5}[way])
    for kind, cells in uses.items():
        for bit, cell in zip((11, 12, 13), cells):
            record(registry, cell, facility_id=own[kind], way=1, route=bit + 54, items=1 << bit)
    record(registry, 50, facility_id=own["hospital"], fault=25)  # refusals are no checks
    record(registry, 50, facility_id=own["hospital"], route=6)   # nor is anything else
    count_all(registry, sum(map(sum, thousandth.values())) + sum(map(sum, uses.values())))
    found = checks(registry)
    assert found == {kind: (*cells, sum(cells)) for kind, cells in thousandth.items()}
    for kind, row in CHECKS.items():
        assert all(abs(cell * 1000 - printed) <= 500 for cell, printed in zip(found[kind], row[1:]))
        assert abs(found[kind][3] * 1000 - row[0]) <= 1500
    for column, printed in enumerate(CHECKS_TOTAL[1:]):
        assert abs(sum(row[column] for row in found.values()) * 1000 - printed) <= 2000
    shares = [round(100 * sum(row[column] for row in found.values()) / sum(row[3] for row in found.values()), 2) for column in range(3)]
    assert shares == [pytest.approx(value, abs=0.01) for value in (1.36, 87.66, 10.99)]
    assert {row[1]: row[2:5] for row in registry.execute("SELECT * FROM registry.statistics_uses('2023-01-01', '2023-01-31')")} \
        == {kind: tuple(cells) for kind, cells in uses.items()}
    assert count(registry) == 0 and checks(registry) == found


def share(part, whole):
    return round(100 * part / whole + 1e-9, 1)


def fitting():
    """Whole numbers of facilities by kind that print as the seed prints them, and add up to its sums."""
    least = {}
    for step in SHARES:
        least[step] = {kind: [n for n in range(int(UNIVERSE[kind] * (SHARES[step][kind][0] - .06) / 100),
                                               int(UNIVERSE[kind] * (SHARES[step][kind][0] + .06) / 100) + 1)
                              if share(n, UNIVERSE[kind]) == SHARES[step][kind][0]] for kind in KINDS}
    obliged = {kind: [n for n in range(int(UNIVERSE[kind] * .85), UNIVERSE[kind] + 1)
                      if all(any(share(m, n) == SHARES[step][kind][1] for m in least[step][kind][::max(1, len(least[step][kind]) // 40)])
                             for step in SHARES)] for kind in KINDS}
    def spread(ranges, total):
        """One of each range, in proportion to its length, with the given sum."""
        low, high = sum(one[0] for one in ranges.values()), sum(one[-1] for one in ranges.values())
        assert low <= total <= high, (low, total, high)
        chosen = {kind: one[int((len(one) - 1) * (total - low) / (high - low))] for kind, one in ranges.items()}
        for kind, one in ranges.items():
            while sum(chosen.values()) != total:
                step = 1 if sum(chosen.values()) < total else -1
                if chosen[kind] + step not in one:
                    break
                chosen[kind] += step
        assert sum(chosen.values()) == total
        return chosen
    bound = spread(obliged, OBLIGED)
    found = {}
    for step in SHARES:
        fits = {kind: [n for n in least[step][kind] if share(n, bound[kind]) == SHARES[step][kind][1]] for kind in KINDS}
        found[step] = spread(fits, ROLLOUT[step][0])
    return bound, found


def test_facilities_by_the_seeds_counts_give_every_share_that_it_prints(registry):
    obliged, by_step = fitting()
    for number, kind in enumerate(KINDS, 1):
        registry.execute("INSERT INTO registry.facility_universe VALUES ('2023-02-05', 13, %s, %s, %s)", number, UNIVERSE[kind], obliged[kind])
    registry.execute("DELETE FROM registry.certificate")
    registry.execute("DELETE FROM registry.facility_status")
    registry.execute("DELETE FROM registry.facility")
    # Loading that many one by one is not what is tested here: the exclusion of twins would take minutes.
    registry.execute("ALTER TABLE registry.facility DROP CONSTRAINT facility_code_once_at_a_time")
    for number, kind in enumerate(KINDS, 1):
        steps = [by_step[step][kind] for step in ("registered", "ready", "operating")]
        registry.execute("INSERT INTO registry.facility (facility_code, kind, prefecture, name, status, valid_from)"
                         " SELECT lpad((%s * 1000000 + n)::text, 10, '1'), %s, 13, '架空', CASE WHEN n <= %s THEN 3 WHEN n <= %s THEN 2 ELSE 1 END,"
                         " '2020-01-01' FROM generate_series(1, %s) AS n", number, number, steps[2], steps[1], steps[0])
    rows = {row[1]: row[2:] for row in registry.execute("SELECT * FROM registry.statistics_rollout(%s)", today())}
    for column, step in enumerate(("registered", "ready", "operating"), 2):
        for kind in KINDS:
            assert (share(rows[kind][column], rows[kind][0]), share(rows[kind][column], rows[kind][1])) == SHARES[step][kind], (step, kind)
        total = sum(row[column] for row in rows.values())
        assert (total, share(total, sum(row[0] for row in rows.values())), share(total, sum(row[1] for row in rows.values()))) == ROLLOUT[step]


def test_records_that_commit_late_are_counted_once_and_none_is_missed(registry):
    import psycopg2
    own = facilities(registry)["hospital"]
    registry.execute("SELECT registry.access_partitions_ensure(%s, 2)", today())
    stop, written = threading.Event(), []

    def write(slow):
        with psycopg2.connect(registry.address()) as connection:
            while not stop.is_set():
                with connection.cursor() as cursor:
                    for _ in range(5):
                        cursor.execute(
                            "INSERT INTO registry.access_record (record_id, request_id, body_digest, day, actor_id, facility_id, actor_kind,"
                            " route, way, purpose, reason) VALUES (nextval('registry.access_record_id'), %s, decode(repeat('00', 16), 'hex'),"
                            " %s, %s, %s, 1, 1, 2, 0, 1)", (str(uuid.uuid4()), today(), own, own))
                        if slow:
                            stop.wait(0.05)  # a transaction that takes its time, while others come and go
                connection.commit()
                written.append(5)

    threads = [threading.Thread(target=write, args=(slow,)) for slow in (False, True, True)]
    for thread in threads:
        thread.start()
    counted = []
    until(lambda: counted.append(count(registry)) or sum(1 for one in counted if one) >= 5, 60)
    stop.set()
    for thread in threads:
        thread.join()
    count_all(registry, sum(written) - sum(counted))
    assert sum(written) == registry.record_count()
    assert checks(registry, today(), today())["hospital"][3] == sum(written)


def test_an_insurer_is_told_what_its_records_caused_and_not_for_whom(registry):
    registry.start()
    moved = registry.people.add(valid="[2020-04-01,2025-01-01)", loss_reason="03")
    sealed = registry.people.add(hold=2)
    good = registry.people.add()
    for person, times in ((moved, 3), (sealed, 2), (good, 4)):
        for _ in range(times):
            registry.answers(person.question())
    count_all(registry, 9)
    rows = registry.execute("SELECT * FROM registry.statistics_reasons(%s, %s)", today(), today())
    assert {(row[0], row[2]): row[3] for row in rows} == {(INSURER, "lost"): 3, (INSURER, "suspended"): 2}


def test_what_is_published_hides_small_cells_and_lets_nobody_work_them_out(registry, tmp_path):
    own = facilities(registry)
    registry.execute("SELECT registry.access_partitions_ensure('2023-01-16', 1)")
    for kind, way, times in (("hospital", 1, 9), ("hospital", 2, 10), ("medical_clinic", 2, 1), ("medical_clinic", 3, 25)):
        record(registry, times, facility_id=own[kind], way=way, route=1)
    count_all(registry, 45)
    count(registry, "--publish", tmp_path, "--from", "2023-01-01", "--until", "2023-01-31")
    assert (tmp_path / "checks.csv").read_text() == ("month,facility_kind,by_card,by_number,in_lists\n2023-01-01,hospital,,10,0\n"
                                                     "2023-01-01,medical_clinic,0,,25\ntotal,,0,10,25\n")
    assert (tmp_path / "rollout.csv").read_text().startswith("prefecture,facility_kind,facilities,")
    assert sorted(path.name for path in tmp_path.glob("*.csv*")) == ["checks.csv", "rollout.csv", "uses.csv"]


def test_operators_see_what_was_counted(registry):
    registry.start()
    office = Office(registry)
    person = registry.people.add()
    for _ in range(3):
        registry.answers(person.question())
    count_all(registry, 3)
    office.registrar.do("POST", "statistics/universe", {"lists": [
        {"as_of": str(today()), "prefecture": 13, "kind": "hospital", "facilities": 100, "obliged": 90}]}, status=201)
    [row] = office.viewer.see("statistics/checks")["items"]
    assert (row["facility_kind"], row["by_number"], row["total"]) == ("hospital", 3, 3)
    assert office.viewer.see("statistics/uses")["items"] == []
    held = {row["facility_kind"]: row for row in office.viewer.see("statistics/rollout")["items"]}
    assert (held["hospital"]["facilities"], held["hospital"]["obliged"], held["hospital"]["operating"]) == (100, 90, 1)
    assert office.viewer.see("statistics/reasons")["items"] == []
