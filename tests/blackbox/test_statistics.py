"""Statistics: the seed's own tables come out again, cell by cell, and nothing is counted twice or missed."""
import csv
import datetime
import itertools
import json
import random
import threading
import uuid

import pytest

from conftest import made
from harness.days import today
from harness.office import Office
from harness.people import INSURER
from harness.server import ROOT, shikaku
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


def test_the_roll_out_of_a_day_shows_what_each_facility_was_at_the_end_of_it(registry):
    was = registry.add_facility(kind=4, status=1)
    late = today() - datetime.timedelta(days=10)
    registry.execute("UPDATE registry.facility_status SET since = %s::timestamp AT TIME ZONE 'Asia/Tokyo' WHERE facility_id = %s", late, was)
    for status, days in ((2, 5), (3, 2)):
        registry.set_facility(was, status=status)
        registry.execute("UPDATE registry.facility_status SET since = %s::timestamp AT TIME ZONE 'Asia/Tokyo'"
                         " WHERE facility_id = %s AND status = %s", today() - datetime.timedelta(days=days), was, status)
    found = {}
    for days in (6, 5, 3, 2, 0):
        rows = registry.execute("SELECT * FROM registry.statistics_rollout(%s)", today() - datetime.timedelta(days=days))
        found[days] = next(row[4:7] for row in rows if row[1] == "pharmacy")
    assert found == {6: (1, 0, 0), 5: (1, 1, 0), 3: (1, 1, 0), 2: (1, 1, 1), 0: (1, 1, 1)}


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


def published(folder, name):
    """Both forms of a file, which must say the same: rows as dictionaries of text (None where hidden), and the total."""
    lines = list(csv.DictReader((folder / f"{name}.csv").open(encoding="utf-8")))
    told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    first = next(iter(lines[0])) if lines else None
    total = [line for line in lines if line[first] == "total"]
    rows = [{key: cell or None for key, cell in line.items()} for line in lines if line[first] != "total"]
    assert rows == [{key: None if item[key] is None else str(item[key]) for key in rows[0]} for item in told["items"]]
    assert [{key: int(cell) for key, cell in line.items() if cell not in ("", "total")} for line in total] == \
        ([told["total"]] if "total" in told else [])
    return rows, told.get("total")


def test_what_is_published_hides_small_cells_and_lets_nobody_work_them_out(registry, tmp_path):
    own = facilities(registry)
    registry.execute("SELECT registry.access_partitions_ensure('2023-01-16', 1)")
    for kind, way, times in (("hospital", 1, 9), ("hospital", 2, 10), ("medical_clinic", 2, 1), ("medical_clinic", 3, 25)):
        record(registry, times, facility_id=own[kind], way=way, route=1)
    count_all(registry, 45)
    count(registry, "--publish", tmp_path, "--from", "2023-01-01", "--until", "2023-01-31")
    assert (tmp_path / "checks.csv").read_text() == ("month,facility_kind,by_card,by_number,in_lists\n2023-01-01,hospital,,10,0\n"
                                                     "2023-01-01,medical_clinic,0,,25\ntotal,,0,10,25\n")
    assert (tmp_path / "checks-weekly.csv").read_text() == (
        "week,monday,sunday,facility_kind,by_card,by_number,in_lists\n2023-W03,2023-01-16,2023-01-22,hospital,,10,0\n"
        "2023-W03,2023-01-16,2023-01-22,medical_clinic,0,,25\n")
    told = json.loads((tmp_path / "checks.json").read_text())
    assert told == {"list": "checks", "from": "2023-01-01", "until": "2023-01-31", "hidden_below": 10,
                    "items": [{"month": "2023-01-01", "facility_kind": "hospital", "by_card": None, "by_number": 10, "in_lists": 0},
                              {"month": "2023-01-01", "facility_kind": "medical_clinic", "by_card": 0, "by_number": None, "in_lists": 25}],
                    "total": {"by_card": 0, "by_number": 10, "in_lists": 25}}
    assert (tmp_path / "rollout.csv").read_text().startswith("prefecture,facility_kind,facilities,")
    lists = [f"{name}{period}.{form}" for name in ("checks", "uses", "rollout") for period in ("", "-weekly") for form in ("csv", "json")]
    assert sorted(path.name for path in tmp_path.glob("*.*")) == sorted(lists)


def put_days(registry, days):
    """Counts as they stand after counting, by day: hospitals, by number."""
    for day, checks in days.items():
        registry.execute("INSERT INTO registry.statistics_check VALUES (%s, 1, 2, 1, %s)", day, checks)


def test_weeks_are_those_of_iso_8601_and_only_whole_ones_are_published(registry, tmp_path):
    put_days(registry, {"2022-12-31": 11, "2023-01-01": 12, "2023-01-02": 20, "2023-01-08": 30, "2023-01-09": 40, "2023-01-14": 50})
    for since, till, wanted in (("2022-12-26", "2023-01-14", [("2022-W52", "2022-12-26", "2023-01-01", "23"), ("2023-W01", "2023-01-02", "2023-01-08", "50")]),
                                ("2022-12-27", "2023-01-15", [("2023-W01", "2023-01-02", "2023-01-08", "50"), ("2023-W02", "2023-01-09", "2023-01-15", "90")])):
        count(registry, "--publish", tmp_path, "--from", since, "--until", till)
        rows, total = published(tmp_path, "checks-weekly")
        assert [(row["week"], row["monday"], row["sunday"], row["by_number"]) for row in rows] == wanted and total is None
        assert published(tmp_path, "checks")[0] == []  # no month is whole
        sundays = {row["sunday"] for row in published(tmp_path, "rollout-weekly")[0]}
        assert sundays == {row[2] for row in wanted}


def test_a_period_that_goes_on_is_not_published_whatever_is_asked_for(registry, tmp_path):
    monday = today() - datetime.timedelta(days=today().weekday())
    put_days(registry, {monday: 99, monday - datetime.timedelta(days=1): 88})
    count(registry, "--publish", tmp_path, "--from", str(monday - datetime.timedelta(days=60)), "--until", str(today() + datetime.timedelta(days=300)))
    rows, _ = published(tmp_path, "checks-weekly")
    assert [(row["sunday"], row["by_number"]) for row in rows] == [(str(monday - datetime.timedelta(days=1)), "88")]
    assert all(row["month"] < f"{today():%Y-%m-01}" for row in published(tmp_path, "checks")[0])


def test_months_less_weeks_give_no_small_week_away(registry, tmp_path):
    # February 2021 is four weeks from Monday to Sunday: the month less three of them would be the fourth.
    weeks = {"2021-02-01": 100, "2021-02-08": 7, "2021-02-15": 200, "2021-02-22": 300}
    put_days(registry, weeks | {"2021-03-01": 4, "2021-03-29": 50, "2021-04-01": 3, "2021-04-05": 60})
    count(registry, "--publish", tmp_path, "--from", "2021-02-01", "--until", "2021-05-02")
    rows, _ = published(tmp_path, "checks-weekly")
    assert {row["monday"]: row["by_number"] for row in rows} == {"2021-02-01": "100", "2021-02-08": None, "2021-02-15": "200", "2021-02-22": "300",
                                                                  "2021-03-01": None, "2021-03-29": "50", "2021-04-05": "60"}
    rows, total = published(tmp_path, "checks")
    assert {row["month"]: row["by_number"] for row in rows} == {"2021-02-01": "600", "2021-03-01": "50", "2021-04-01": "60"}
    assert total["by_number"] == 710


def test_whatever_is_published_is_a_sum_of_pieces_of_ten_and_more(registry, tmp_path):
    """With many small counts, months and weeks are what they would be if the small pieces had never been."""
    chance = random.Random(7)
    first = datetime.date(2022, 1, 3)
    days = {first + datetime.timedelta(days=at): chance.choice((1, 2, 3, 9, 12, 40)) for at in range(0, 360) if chance.random() < 0.35}
    put_days(registry, days)
    pieces = {}
    for day, checks in days.items():
        place = (day.replace(day=1), day - datetime.timedelta(days=day.weekday()))
        pieces[place] = pieces.get(place, 0) + checks
    assert any(size < 10 for size in pieces.values()) and any(size >= 10 for size in pieces.values())
    count(registry, "--publish", tmp_path, "--from", "2022-01-03", "--until", "2022-12-31")
    for name, column, at in (("checks", "month", 0), ("checks-weekly", "monday", 1)):
        rows, _ = published(tmp_path, name)
        for row in rows:
            shown = [size for place, size in pieces.items() if str(place[at]) == row[column] and size >= 10]
            assert row["by_number"] == (str(sum(shown)) if shown else None), row
        assert len(rows) > 10


def test_the_dictionary_explains_every_file_and_column(registry, tmp_path):
    put_days(registry, {"2023-01-16": 20})
    count(registry, "--publish", tmp_path, "--from", "2023-01-01", "--until", "2023-01-31")
    text = (ROOT / "schema/statistics.md").read_text(encoding="utf-8")
    explained = {line.split("`")[1] for line in text.split("## Columns")[1].splitlines() if line.startswith("| `")}
    seen = set()
    for path in tmp_path.glob("*.csv"):
        assert f"| `{path.name}` `.json` |" in text
        seen |= set(path.read_text(encoding="utf-8").splitlines()[0].split(","))
    assert seen == explained


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
