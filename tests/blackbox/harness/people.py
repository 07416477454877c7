"""Synthetic people, put into a registry by SQL. Nobody here was ever born.

Each has a day of birth and a number of its own, so that nobody is by chance near anybody else.
"""
import dataclasses
import datetime
import itertools

INSURER = "06139992"     # a health insurance society; bodies 9xx are synthetic
NATIONAL = "00139998"    # national health insurance, six digits on the card
NEAR_INSURER = "06139901"

DIGITS = "〇一二三四五六七八九"
FIRST_BIRTH = datetime.date(1931, 1, 3)
BIRTH_STEP_DAYS, BIRTH_SPAN_DAYS = 37, 27000


def with_check_digit(seven):
    """Insurer numbers: weights 2, 1 from the right, digits of products added, up to the next ten."""
    total = 0
    for place, sign in enumerate(reversed(seven)):
        product = int(sign) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return seven + str(-total % 10)


def loosened(key):
    return key.lstrip("0") or ("0" if key else "")


@dataclasses.dataclass
class Person:
    person_id: int
    name: str
    name_kana: str
    address: str
    birth_date: str
    insurer: str
    symbol: str
    number: str
    branch: str
    coverage_id: int

    def question(self, **changes):
        """What a facility sends; a change to None leaves the field out."""
        body = {"insurer_number": self.insurer, "symbol": self.symbol, "number": self.number,
                "branch_number": self.branch, "birth_date": self.birth_date}
        body.update(changes)
        return {name: value for name, value in body.items() if value is not None}

    @property
    def personal(self):
        """Every text that must not be told to who may not see the person."""
        return [text for text in (self.name, self.name_kana, self.address, self.number) if text]


class People:
    def __init__(self, execute, first=1):
        self.execute = execute
        self.numbers = itertools.count(first)

    def insert(self, table, returning=None, **columns):
        names = ", ".join(columns)
        marks = ", ".join(["%s"] * len(columns))
        row = self.execute(f"INSERT INTO registry.{table} ({names}) VALUES ({marks})"
                           + (f" RETURNING {returning}" if returning else ""), *columns.values())
        return row[0][0] if returning else None

    def refresh(self, *people):
        self.execute("SELECT registry.dossier_refresh(%s)", [person.person_id for person in people])

    def add(self, *, hold=None, flag=None, birth_date=None, number=None, name=None, address=True, **coverage):
        """One person with one coverage; further words are columns of that coverage."""
        n = next(self.numbers)
        birth_date = birth_date or str(FIRST_BIRTH + datetime.timedelta(n * BIRTH_STEP_DAYS % BIRTH_SPAN_DAYS))
        name = name or "架空　第" + "".join(DIGITS[int(sign)] for sign in str(n))
        person_id = self.insert("person", "person_id", created_at="2020-01-01")
        person = Person(person_id, name, f"ｶｸｳ ｼﾝｼﾞﾝ{n}", f"架空県架空市架空町{n}番地の{n * 7}" if address else None,
                        birth_date, coverage.pop("insurer", INSURER), coverage.pop("symbol", "1234"),
                        number or str(10_000_000 + n * 7_919_133 % 89_999_999), coverage.pop("branch", "01"), 0)
        self.insert("person_version", person_id=person_id, name=name, name_kana=person.name_kana, sex1=2,
                    birth_date=birth_date, address=person.address, post_number="9999999" if address else None)
        person.coverage_id = self.cover(person, **coverage)
        if hold is not None:
            self.insert("person_hold", person_id=person_id, scope=hold, reason="a doubt")
        if flag is not None:
            self.insert("person_flag", person_id=person_id, kind=flag, valid="[2020-01-01,)")
        self.refresh(person)
        return person

    def cover(self, person, *, ratio=30, valid="[2020-04-01,)", symbol_key=None, number_key=None, **columns):
        """Another coverage, on the person's own card unless columns say otherwise."""
        symbol, number = columns.pop("symbol", person.symbol), columns.pop("number", person.number)
        symbol_key = (symbol or "") if symbol_key is None else symbol_key
        number_key = number if number_key is None else number_key
        coverage_id = self.insert(
            "coverage", "coverage_id", **{
                "person_id": person.person_id, "insurer_number": person.insurer, "symbol": symbol, "number": number,
                "branch": person.branch, "symbol_key": symbol_key, "number_key": number_key,
                "symbol_loose": loosened(symbol_key), "number_loose": loosened(number_key), "relation": 1,
                "valid": valid, **columns})
        if ratio is not None:
            self.insert("burden_ratio", coverage_id=coverage_id, ratio_percent=ratio, valid="[2000-01-01,)")
        return coverage_id

    def rename(self, person, name):
        """The register hears a new name: the old version is superseded, not changed."""
        self.execute("UPDATE registry.person_version SET superseded_at = now()"
                     " WHERE person_id = %s AND superseded_at = 'infinity'", person.person_id)
        self.insert("person_version", person_id=person.person_id, name=name, sex1=2, birth_date=person.birth_date)
        self.refresh(person)

    def notify(self, *, number, birth_date, symbol="1234", insurer=INSURER, event_on="2026-01-01",
               received_on="2026-01-05", due_on="2026-01-13", change_kind=1, state=1):
        self.insert("notice", insurer_number=insurer, change_kind=change_kind, event_on=event_on,
                    received_on=received_on, due_on=due_on,
                    card_key=f"{insurer}:{loosened(symbol)}:{loosened(number)}", symbol=symbol, number=number,
                    birth_date=birth_date, state=state)
