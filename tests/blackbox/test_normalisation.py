"""A card is found however it was typed or transmitted; a different card is not found by it."""
import pytest

from harness.people import NATIONAL

FULL = str.maketrans("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ－")


def reason(registry, body):
    return registry.answers(body)["reason"]


WAYS = {
    "an insurer number in full width": lambda p: {"insurer_number": p.insurer.translate(FULL)},
    "an insurer number with a blank before": lambda p: {"insurer_number": " " + p.insurer},
    "an insurer number with blanks behind": lambda p: {"insurer_number": p.insurer + "  "},
    "an insurer number with full-width blanks": lambda p: {"insurer_number": "　" + p.insurer},
    "a symbol in full width": lambda p: {"symbol": p.symbol.translate(FULL)},
    "a symbol with a hyphen": lambda p: {"symbol": p.symbol[:2] + "-" + p.symbol[2:]},
    "a symbol with a full-width hyphen": lambda p: {"symbol": p.symbol[:2] + "－" + p.symbol[2:]},
    "a symbol with a middle dot": lambda p: {"symbol": p.symbol[:2] + "・" + p.symbol[2:]},
    "a symbol with leading zeros": lambda p: {"symbol": "00" + p.symbol},
    "a number in full width": lambda p: {"number": p.number.translate(FULL)},
    "a number with a blank within": lambda p: {"number": p.number[:3] + " " + p.number[3:]},
    "a number with leading zeros": lambda p: {"number": "000" + p.number},
    "a number with leading zeros in full width": lambda p: {"number": "０００" + p.number.translate(FULL)},
    "a number with a long mark for a hyphen": lambda p: {"number": p.number[:3] + "ー" + p.number[3:]},
    "no branch": lambda p: {"branch_number": None},
    "an empty branch": lambda p: {"branch_number": ""},
    "a branch of one digit": lambda p: {"branch_number": p.branch.lstrip("0")},
    "a branch in full width": lambda p: {"branch_number": p.branch.translate(FULL)},
    "a birth date without hyphens": lambda p: {"birth_date": p.birth_date.replace("-", "")},
}


@pytest.fixture(scope="module")
def person(registry):
    return registry.people.add()


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_same_card_is_found_with(registry, person, way):
    changes = WAYS[way](person)
    assert changes != {name: person.question().get(name) for name in changes}
    assert reason(registry, person.question(**changes)) == "in_force"


@pytest.mark.parametrize("typed", ["139998", " 139998", "  139998", "00139998", "１３９９９８", "　　139998", "139998  "])
def test_a_national_insurers_six_digits_are_found_padded_with_zeros_or_blanks(registry, typed):
    assert NATIONAL.endswith("139998")
    person = registry.people.add(insurer=NATIONAL, symbol=None, branch=None)
    answer = registry.answers(person.question(insurer_number=typed))
    assert answer["reason"] == "in_force" and answer["coverage"][0]["insurer_number"] in (NATIONAL, "139998")


# As registered (symbol, and the keys that registration makes of it), and as typed at a desk.
SYMBOLS = [
    ("アツシ", "アツシ", ["ァッシ", "ｱﾂｼ", "ｧｯｼ", "アッシ", "あつし", "ア ツ シ"]),
    ("ヨコ12", "ヨコ12", ["ョコ12", "ﾖｺ12", "ｮｺ１２", "ヨコ-12", "ヨコ・12", "よこ１２"]),
    ("ガギ", "ガギ", ["ｶﾞｷﾞ", "がぎ"]),
    ("AB7", "AB7", ["ab7", "ＡＢ７", "ａｂ７", "A-B-7", "A b 7"]),
    ("東京渋谷", "東京渋谷", ["東京　渋谷", "東京・渋谷", "東京-渋谷"]),
]


@pytest.mark.parametrize("symbol,key,typed", [(s, k, t) for s, k, many in SYMBOLS for t in [s, *many]])
def test_a_symbol_of_signs_is_found_in_every_width_case_and_size(registry, symbol, key, typed):
    person = registry.people.add(symbol=symbol, symbol_key=key)
    assert reason(registry, person.question(symbol=typed)) == "in_force"


@pytest.mark.parametrize("typed", [None, ""])
def test_a_card_without_a_symbol_is_found_with_none(registry, typed):
    person = registry.people.add(symbol=None)
    assert reason(registry, person.question(symbol=typed)) == "in_force"


def test_a_missing_branch_is_not_zero_zero(registry):
    person = registry.people.add(branch="05")
    assert reason(registry, person.question(branch_number=None)) == "in_force"
    assert reason(registry, person.question(branch_number="00")) == "mistyped"
    assert reason(registry, person.question(branch_number="5")) == "in_force"


def test_a_hyphen_joins_and_does_not_part(registry):
    person = registry.people.add(number="77123001")
    assert reason(registry, person.question(number="771-23001")) == "in_force"
    assert reason(registry, person.question(number="7712300-1")) == "in_force"


def test_a_symbol_is_not_swapped_with_a_number(registry):
    person = registry.people.add(symbol="4321")
    assert reason(registry, person.question(symbol=person.number, number="4321")) == "not_found"


@pytest.mark.parametrize("name,value", [("branch_number", "123"), ("branch_number", "A1"), ("branch_number", "-1"),
                                        ("insurer_number", "6139992"), ("insurer_number", "061399920"),
                                        ("insurer_number", "O6139992")])
def test_what_is_no_such_number_is_refused_and_not_stretched(registry, person, name, value):
    reply = registry.ask(person.question(**{name: value}))
    assert reply.status == 400 and name in [error.get("field") for error in reply.json["errors"]]
    assert value.encode() not in reply.body


@pytest.mark.parametrize("typed", [None, "", "0", "00", "０", "００", " 0"])
def test_a_branch_of_zeros_is_found_with_and_without_them(registry, typed):
    person = registry.people.add(branch="00")
    assert reason(registry, person.question(branch_number=typed)) == "in_force"


@pytest.mark.parametrize("typed", [None, "", "00", "01", "7"])
def test_a_card_registered_without_a_branch_is_found_with_any(registry, typed):
    person = registry.people.add(branch=None)
    assert reason(registry, person.question(branch_number=typed)) == "in_force"


@pytest.mark.parametrize("number", ["0001234567", "0000000001", "7"])
@pytest.mark.parametrize("zeros", [-3, 0, 4])
def test_leading_zeros_of_a_number_do_not_matter(registry, number, zeros):
    person = registry.people.add(number=number)
    bare = number.lstrip("0")
    typed = bare if zeros < 0 else number if zeros == 0 else "0" * zeros + bare
    assert reason(registry, person.question(number=typed)) == "in_force"


def test_twins_whose_numbers_differ_in_leading_zeros_and_branches_are_never_guessed(registry):
    one = registry.people.add(number="00771234", branch="01")
    other = registry.people.add(number="771234", branch="02", birth_date=one.birth_date)
    for person in (one, other):
        answer = registry.answers(person.question())
        assert answer["reason"] == "in_force" and answer["coverage"][0]["name"] == person.name
    assert reason(registry, one.question(number="0771234", branch_number=None)) == "ambiguous"
