"""Receipts and electronic prescriptions of invented people, and the feed that takes them in."""
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


def feed(registry, *claims, expect=0, report=None, name="claims"):
    """Gives claims, or lines as they are, to `shikaku claims` or another feed; returns its counts."""
    lines = "".join((one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) + "\n" for one in claims)
    more = ["--report", report] if report else []
    done = subprocess.run([SHIKAKU, name, "--database", registry.address(user=f"shikaku_{name}"), *more],
                          input=lines.encode(), capture_output=True, timeout=60 * SLOWNESS)
    assert done.returncode == expect, (done.returncode, done.stderr)
    return json.loads(done.stdout)
