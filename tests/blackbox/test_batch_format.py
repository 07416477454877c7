"""schema/batch says what the program does, and the schema's SQL speaks of rules, columns and codes that there are."""
import pathlib
import re

import pytest

from harness.cluster import shikaku

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULE = re.compile(r"^\| (VR-\d\d) \| (\w+) \| (\w+) \| ", re.M)
FINDING = re.compile(r"'(VR-\d\d) ([a-z_0-9]+|-)'")
CODE = re.compile(r"^    \('([A-Za-z0-9_]+)', '([A-Z0-9]+)', '((?:[^']|'')+)', '((?:[^']|'')+)'", re.M)


@pytest.mark.parametrize("page, words", [("columns", ["columns"]), ("rules", ["rules"]),
                                         ("checkup_items", ["columns", "--checkup-items"])])
def test_the_pages_of_the_format_are_the_tables_of_the_program(page, words):
    assert (ROOT / f"schema/batch/{page}.md").read_text(encoding="utf-8") == shikaku(*words)


def test_what_the_schema_finds_is_a_rule_that_is_decided_by_what_is_held():
    rules = {number: decided for number, _, decided in RULE.findall(shikaku("rules"))}
    columns = re.findall(r"^\| `(\w+)` \| ", shikaku("columns"), re.M)
    found = {finding for path in (ROOT / "schema").glob("*.sql")
             for finding in FINDING.findall(path.read_text(encoding="utf-8"))}
    assert found
    for number, field in found:
        assert number in rules, number
        assert field == "-" or field in columns, (number, field)
        # The one rule that both sides keep: a period within the coverage.
        assert rules[number] == "held" or number == "VR-21", number


def test_codes_that_a_column_takes_are_those_of_the_code_table():
    sql = (ROOT / "schema/61_code_table.sql").read_text(encoding="utf-8")
    held = {}
    for table, code, meaning_ja, meaning in CODE.findall(sql):
        held.setdefault(table, {})[code] = (meaning_ja, meaning.replace("''", "'"))
    page = shikaku("columns")
    printed = {}
    for section in page.split("\n### ")[1:]:
        table, rest = section.split("\n", 1)
        for code, meaning, meaning_ja in re.findall(r"^\| (\w+) \| `\w+` \| ([^|]+) \| ([^|]+) \|$", rest, re.M):
            printed.setdefault(table, {})[code] = (meaning_ja, meaning)
    assert len(printed) > 10
    for table, codes in printed.items():
        assert codes == held[table], table
