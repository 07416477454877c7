"""Receipts and electronic prescriptions of invented people, and the feed that takes them in."""
import csv
import io
import json
import subprocess

from harness.people import with_check_digit
from harness.server import SHIKAKU, SLOWNESS

CLINIC, OTHER_CLINIC, PHARMACY = map(with_check_digit, ("131999001", "131999002", "134999003"))


def drug(done_on, name="架空錠５ｍｇ", code="620000001", **more):
    return {"done_on": done_on, "code": code, "name": name, "ingredient": "架空成分" + code[-2:], "quantity": "1",
            "unit": "錠", "usage": "１日１回朝食後", "times": 14, "kind": "21", **more}


def claim(person, claim_key, month, drugs=None, **more):
    """A receipt of a pharmacy, unless it is said to be something else; None leaves a member out."""
    body = {"claim": claim_key, "source": "receipt", "in_out": "outpatient", "insurer_number": person.insurer,
            "symbol": person.symbol, "number": person.number, "branch_number": person.branch,
            "birth_date": person.birth_date, "month": month, "facility_code": PHARMACY, "facility_name": "架空薬局",
            "prescriber_code": CLINIC, "prescriber_name": "架空医院", "prescribed_on": f"{month}-05",
            "drugs": drugs if drugs is not None else [drug(f"{month}-05")], **more}
    return {name: value for name, value in body.items() if value is not None}


HEAD = ("claim", "source", "in_out", "insurer_number", "symbol", "number", "branch_number", "birth_date", "month",
        "facility_code", "facility_name", "prescriber_code", "prescriber_name", "prescribed_on",
        "expense_days", "expense_total", "expense_paid")
LINE = ("done_on", "code", "yj_code", "name", "ingredient", "quantity", "unit", "usage", "instruction", "times", "kind")
COLUMNS = (*HEAD, "list", *LINE)


def rows_of(claims):
    """Claims as rows of a CSV file, without its header."""
    rows = []
    for one in claims:
        for name in ("drugs", "treatments", "operations"):
            for line in one.get(name, []) or ([{}] if name in one else []):
                rows.append([one.get(column, "") for column in HEAD] + [name] + [line.get(column, "") for column in LINE])
    return rows


def csv_of(claims, columns=COLUMNS, **dialect):
    """Claims as a CSV file, its columns in this order."""
    text = io.StringIO()
    writer = csv.writer(text, **dialect)
    writer.writerow(columns)
    for row in rows_of(claims):
        cells = dict(zip(COLUMNS, row))
        writer.writerow([cells[column] for column in columns])
    return text.getvalue()


def feed(registry, *claims, expect=0, report=None, name="claims", form=None):
    """Gives claims, or lines as they are, to `shikaku claims` or another feed; returns its counts. form: csv."""
    if len(claims) == 1 and isinstance(claims[0], bytes):
        given = claims[0]
    elif form == "csv":
        given = csv_of(claims).encode()
    else:
        given = "".join((one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) + "\n"
                        for one in claims).encode()
    more = (["--report", report] if report else []) + (["--format", form] if form else [])
    done = subprocess.run([SHIKAKU, name, "--database", registry.address(user=f"shikaku_{name}"), *more],
                          input=given, capture_output=True, timeout=60 * SLOWNESS)
    assert done.returncode == expect, (done.returncode, done.stderr)
    return json.loads(done.stdout)
