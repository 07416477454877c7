"""A file in which everything happens at once, about invented people of a series; and what came of it, by natural keys.

Files of two series say the same of other people: the same cards under another symbol, other personal numbers, other
addresses. So what came of one can be compared with what came of another, whatever happened on the way.
"""
import datetime

from harness.days import today
from harness.people import with_check_digit
from harness.register import synthetic

TODAY = today()
EVENT, RECEIVED = str(TODAY - datetime.timedelta(3)), str(TODAY - datetime.timedelta(1))
LONG_AGO = [str(TODAY - datetime.timedelta(days)) for days in (400, 300, 200, 100)]
PER_SERIES = 1000
PAYER, RECIPIENT = with_check_digit("5413999"), with_check_digit("123456")
CARD = ("symbol", "number", "branch_number", "birth_date")
DIGITS = "一二三四五六七八九十"


class Series:
    def __init__(self, series):
        self.series = series
        self.symbol = f"S{series:05d}"
        self.place = f"合成県第{series:05d}市"

    def person(self, n, row_key=None, **changes):
        row = {"operation": "acquire", "row_key": row_key or f"row-{n}", "symbol": self.symbol, "number": str(500 + n),
               "branch_number": "00", "personal_number": synthetic(3_000_000 + self.series * PER_SERIES + n),
               "personal_number_source": "submitted", "name": f"架空　{DIGITS[n // 10 % 10]}{DIGITS[n % 10]}郎",
               "name_kana": "カクウ　ロウ", "sex1": str(1 + n % 2),
               "birth_date": str(datetime.date(TODAY.year - 73 if n % 10 == 1 else 1962, 1, 1)
                                 + datetime.timedelta(n % 300 if n % 10 == 1 else n * 97 % 9000)), "relation": "1",
               "address": f"{self.place}{1 + n}番", "event_on": EVENT, "notice_received_on": RECEIVED,
               "acquired_on": EVENT, "burden_ratio": "30"}
        row.update(changes)
        return {name: value for name, value in row.items() if value is not None}

    def of(self, n, operation, row_key, **more):
        """A row about a person's card."""
        row = {name: self.person(n)[name] for name in CARD}
        row |= {"operation": operation, "row_key": row_key, "event_on": EVENT, "notice_received_on": RECEIVED, **more}
        return {name: value for name, value in row.items() if value is not None}

    def lose(self, n, row_key=None, day=RECEIVED):
        return self.of(n, "lose", row_key or f"lose-{n}", lost_on=day, loss_reason="03")

    def plain(self):
        """Rows without a contradiction: acquisitions, then what follows from them."""
        rows = [self.person(n) for n in range(60)]
        rows += [self.lose(n) for n in range(0, 60, 5)]
        rows += [self.of(n, "change", f"change-{n}", effective_on=RECEIVED, address=f"{self.place}新{n}",
                         burden_ratio="20" if n % 10 == 1 else None)
                 for n in range(1, 60, 5)]
        rows += [self.of(n, "ceiling", f"ceiling-{n}", valid_from=EVENT, ceiling_classification="01", ceiling_class="A03")
                 for n in range(2, 60, 5)]
        rows += [self.of(n, "specific_disease", f"disease-{n}", valid_from=RECEIVED, disease_category="1", self_pay="10000")
                 for n in range(3, 60, 5)]
        rows += [self.of(n, "public_benefit", f"benefit-{n}", valid_from=RECEIVED, payer_number=PAYER,
                         recipient_number=RECIPIENT) for n in range(4, 60, 5)]
        rows += [self.of(n, "cancel", f"cancel-{n}") for n in (10, 20, 35)]
        # Registered late, with a reason: on record as a breach.
        rows += [self.person(n, event_on=LONG_AGO[3], acquired_on=LONG_AGO[3], notice_received_on=LONG_AGO[3],
                             delay_reason="number_missing") for n in range(90, 96)]
        # Doubts: another birth date in the resident register, nobody there.
        rows += [self.person(n) for n in range(66, 72)]
        return rows

    def crossed(self):
        """Rows of one file that meet: doubles, contradictions, several about one person, bad ones."""
        rows = [self.person(n, f"again-{n}") for n in range(5)]
        for n in range(60, 64):
            rows += [self.person(n), self.person(n, f"contradicts-{n}", name="架空　別郎")]
        rows += [self.person(64), self.person(65, personal_number=self.person(64)["personal_number"])]
        # Two of one household whose numbers are each other's.
        rows += [self.person(72, number="700"), self.person(74, number="700", branch_number="01")]
        # Twins on one card, one of whom has a coverage on another card later: three rows that must not act at once.
        for n in (76, 77):
            rows += [self.person(n, f"twin-{n}", acquired_on=LONG_AGO[0], personal_number=None, personal_number_source=None,
                                 personal_number_absence="newborn", name="架空　双郎"),
                     self.person(n, f"other-twin-{n}", branch_number="01", acquired_on=LONG_AGO[0]),
                     self.person(n, f"moves-{n}", acquired_on=LONG_AGO[3], number=str(800 + n))]
        # Both ended and cancelled.
        rows += [self.person(78), self.lose(78), self.of(78, "cancel", "cancel-78")]
        # One person under two numbers.
        rows += [self.person(80), self.person(81, birth_date=self.person(80)["birth_date"], sex1=self.person(80)["sex1"],
                                              address=self.person(80)["address"], acquired_on=RECEIVED)]
        # The same credential for two people.
        rows += [self.person(82, credential_serial=f"{self.series:X}ABC"),
                 self.person(83, credential_serial=f"{self.series:X}ABC", acquired_on=RECEIVED)]
        rows += [self.person(84, birth_date="1980-02-30"), self.lose(85), self.person(86, name="●")]
        return rows

    def mixed(self):
        return self.plain() + self.crossed()

    def truth(self):
        """What the resident register holds of them, a line each."""
        held = []
        for n in [*range(70), *range(72, 100)]:
            row = self.person(n)
            if n in (66, 67, 68, 69):
                row["birth_date"] = "1999-09-09"
            if n in (72, 74):
                row["birth_date"] = self.person(146 - n)["birth_date"]
                row["sex1"] = self.person(146 - n)["sex1"]
            if n == 81:
                row = {**self.person(80), "personal_number": row["personal_number"], "name": row["name"]}
            held.append("\t".join(row[name] for name in ("personal_number", "name", "name_kana", "birth_date", "sex1",
                                                         "address")))
        return held


WHO = """
    who AS (
        SELECT k.person_id, string_agg(DISTINCT concat_ws(':', k.insurer_number, k.symbol, k.number, k.branch), ' ') || ' '
            || (SELECT string_agg(DISTINCT v.birth_date || v.name, ' ') FROM registry.person_version AS v
                WHERE v.person_id = k.person_id) AS who
        FROM registry.coverage AS k
        WHERE k.person_id IN (SELECT s.person_id FROM registry.coverage AS s WHERE s.symbol = %(symbol)s)
        GROUP BY k.person_id),
    kept AS (
        SELECT DISTINCT ON (k.coverage_id) k.coverage_id, w.who,
               concat_ws(':', w.who, k.insurer_number, k.symbol, k.number, k.branch, lower(k.valid)) AS what
        FROM who AS w JOIN registry.coverage AS k USING (person_id) ORDER BY k.coverage_id, k.version_id)
"""
HIDDEN = ["version_id", "person_id", "coverage_id", "origin", "recorded_at", "number_id", "sealed", "number_index",
          "linked_at", "hold_id", "opened_at", "other_person_id", "batch_id", "breach_id", "created_at", "correction_id",
          "row_no", "told_at", "serial"]
# Each row says what it is about, its own words without numbers and instants, and whether it is current.
OWNED = """SELECT '{table}', {owner}, (to_jsonb(t) - %(hidden)s::text[] - '{current}')::text, {live}
    FROM {by} JOIN registry.{table} AS t USING ({id})"""
PARTS = [OWNED.format(table=table, owner=owner, by=by, id=key, current=current, live=live) for table, owner, by, key, current, live in (
    ("coverage", "w.who", "who AS w", "person_id", "superseded_at", "t.superseded_at = 'infinity'"),
    ("person_version", "w.who", "who AS w", "person_id", "superseded_at", "t.superseded_at = 'infinity'"),
    ("public_benefit", "w.who", "who AS w", "person_id", "superseded_at", "t.superseded_at = 'infinity'"),
    ("personal_number", "w.who", "who AS w", "person_id", "unlinked_at", "t.unlinked_at = 'infinity'"),
    ("credential", "w.who", "who AS w", "person_id", "none", "true"),
    ("person_hold", "concat_ws('/', w.who, (SELECT o.who FROM who AS o WHERE o.person_id = t.other_person_id),"
     " (SELECT o.what FROM kept AS o WHERE o.coverage_id = t.coverage_id))", "who AS w", "person_id", "closed_at",
     "t.closed_at IS NULL"),
    ("correction", "w.who", "who AS w", "person_id", "none", "true"),
    *[(table, "w.what", "kept AS w", "coverage_id", "superseded_at", "t.superseded_at = 'infinity'")
      for table in ("burden_ratio", "ceiling", "specific_disease", "elderly_certificate", "eligibility_certificate",
                    "checkup")])]
DUMP = f"WITH {WHO} {' UNION ALL '.join(PARTS)} UNION ALL SELECT 'dossier', w.who, d.is_there::text, true" \
       " FROM who AS w, LATERAL (SELECT count(*) = 1 AS is_there FROM registry.dossier AS d WHERE d.person_id = w.person_id) AS d"


def state_of(registry, series):
    """Everything the registry holds of a series, in order, without what differs from run to run."""
    with registry.database.cursor() as cursor:
        cursor.execute(DUMP, {"symbol": series.symbol, "hidden": HIDDEN})
        rows = [tuple(str(part).replace(series.symbol, "S").replace(series.place, "P") for part in row)
                for row in cursor.fetchall()]
    # The order of a person's cards in its name is by symbol, which is the same for all.
    return sorted(rows)


def report_of(registry, batch, by="row_no"):
    """The verdict on each row of a batch, and the breaches that came of it."""
    verdicts = registry.execute(
        "SELECT r.row_key, r.operation, r.outcome, r.event_on::text, r.notice_received_on::text, r.due_on::text, r.findings,"
        " (SELECT array_agg(concat_ws(' ', b.kind, b.event_on, b.received_on, b.due_on, b.done_on, b.delay_reason) ORDER BY b.kind)"
        "  FROM registry.registration_breach AS b WHERE b.batch_id = r.batch_id AND b.row_no = r.row_no)"
        f" FROM registry.batch_row AS r WHERE r.batch_id = %s ORDER BY r.{by}", batch)
    counts = registry.execute(
        "SELECT row_count, applied_count, held_count, unchanged_count, refused_count, warned_count,"
        " difference - 'people' - 'guard', refusal FROM registry.batch WHERE batch_id = %s", batch)
    return verdicts, counts


def differences(found, wanted):
    """What only one of two outcomes has; lists of rows, as state_of() and report_of() give them."""
    lines = [sorted(map(str, rows)) for rows in (found, wanted)]
    if lines[0] == lines[1]:
        return []
    return [("found", row) for row in lines[0] if lines[0].count(row) > lines[1].count(row)] \
        + [("wanted", row) for row in lines[1] if lines[1].count(row) > lines[0].count(row)]
