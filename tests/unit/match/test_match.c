#include "../cases.h"

#include "match/rule.h"
#include "model/codes.h"
#include "model/normal.h"
#include "model/utf8.h"

#include <stdio.h>

enum { PLACE_BYTES = 8192, ROUNDS = 20000 };

static struct match_result
compared(const struct identity *claimed, const struct identity *registered)
{
    struct match_result result;
    struct blame        blame = { 0 };

    assert_int_equal(match_compare(claimed, registered, MATCH_RULE_VERSION, &result, &blame),
                     FAULT_NONE);
    return result;
}

static struct identity
sample(void)
{
    return (struct identity){ .name = span_of("架空　太郎"),
                              .name_kana = span_of("カクウ　タロウ"),
                              .address = span_of("東京都見本市合成町2丁目1番2号"),
                              .birth_date = 3653,
                              .sex = SEX_MALE };
}

static void
a_comparison_is_stored_as_one_short_line(void **state)
{
    struct identity claimed = sample(), registered = sample();
    char            place[128];
    struct text     text = text_in(place, sizeof place);

    (void)state;
    claimed.name_kana = span_of("ｶｸｳ ﾀﾛｳ");
    claimed.address = span_of("東京都見本市合成町2-1-2");
    struct match_result result = compared(&claimed, &registered);
    match_describe(&text, &result);
    CASE_TEXT("line", place, "v1 name=1 name_kana=2/50 birth_date=1 sex=1 address=2/82");
}

static void
a_common_name_that_the_register_holds_is_the_same_person(void **state)
{
    struct identity claimed = sample(), registered = sample();

    (void)state;
    registered.name = span_of("WANG XIAOMING");
    registered.name_kana = span_of("ワン　シャオミン");
    registered.name_other = span_of("架空太郎");
    registered.name_other_kana = span_of("カクウ　タロウ");
    for (int way = 0; way < 2; way++) {
        struct match_result result =
            way == 0 ? compared(&claimed, &registered) : compared(&registered, &claimed);
        assert_int_equal(result.fields[MATCH_NAME].verdict, MATCH_SAME_BY_RULE);
        assert_int_equal(result.fields[MATCH_NAME].rule, RULE_COMMON_NAME);
        assert_int_equal(result.fields[MATCH_NAME_KANA].verdict, MATCH_SAME_BY_RULE);
        assert_int_equal(result.fields[MATCH_NAME_KANA].rule, RULE_COMMON_NAME);
    }
    registered.name_other = span_of("架空　次郎");
    registered.name_other_kana = span_of("カクー　タロー");
    struct match_result result = compared(&claimed, &registered);
    assert_int_equal(result.fields[MATCH_NAME].verdict, MATCH_DIFFERENT);
    assert_int_equal(result.fields[MATCH_NAME].rule, 0);
    assert_int_equal(result.fields[MATCH_NAME_KANA].verdict, MATCH_LOOSE);
}

static void
what_cannot_be_a_text_is_blamed_by_field(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        { "\xff", "not UTF-8" },
        { "\xed\xa0\x80", "not UTF-8" },
        { "ア\x01", "holds a control character" },
        { "ア\xc2\x80", "holds a control character" },
    };
    struct match_result result;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (int side = 0; side < 2; side++) {
            struct identity bad = sample(), good = sample();
            struct blame    blame = { 0 };
            bad.address = span_of(cases[i].text);
            enum fault fault =
                side == 0 ? match_compare(&bad, &good, MATCH_RULE_VERSION, &result, &blame)
                          : match_compare(&good, &bad, MATCH_RULE_VERSION, &result, &blame);
            CASE_INT(cases[i].reason, fault, FAULT_FIELD_MALFORMED);
            CASE_TEXT("field", blame.field, "address");
            CASE_TEXT("reason", blame.reason, cases[i].reason);
        }
}

static void
a_text_that_is_none_is_blamed_whichever_side_has_it(void **state)
{
    struct identity     bad = sample(), good = sample();
    struct match_result result;
    struct blame        blame = { 0 };

    (void)state;
    bad.name = span_of("王　小明");
    bad.name_other = span_of("\xff");
    good.name_other = span_of("王小明");
    assert_int_equal(match_compare(&bad, &good, MATCH_RULE_VERSION, &result, &blame),
                     FAULT_FIELD_MALFORMED);
    assert_int_equal(match_compare(&good, &bad, MATCH_RULE_VERSION, &result, &blame),
                     FAULT_FIELD_MALFORMED);
}

static void
a_text_longer_than_what_is_compared_is_refused(void **state)
{
    struct identity     claimed = sample(), registered = sample();
    struct match_result result;
    struct blame        blame = { 0 };
    char                place[3 * MATCH_LETTERS_MAX + 4];

    (void)state;
    for (size_t i = 0; i <= MATCH_LETTERS_MAX; i++)
        memcpy(place + 3 * i, "ア", 3);
    claimed.name_kana = span_make(place, 3 * (MATCH_LETTERS_MAX + 1));
    assert_int_equal(match_compare(&claimed, &registered, MATCH_RULE_VERSION, &result, &blame),
                     FAULT_FIELD_TOO_LONG);
    CASE_TEXT("field", blame.field, "name_kana");
    claimed.name_kana.length -= 3;
    assert_int_equal(match_compare(&claimed, &registered, MATCH_RULE_VERSION, &result, &blame),
                     FAULT_NONE);
    assert_int_equal(result.fields[MATCH_NAME_KANA].verdict, MATCH_DIFFERENT);
}

/* ---- properties ---------------------------------------------------------------------------- */

/* Signs from which texts are made up, so that rules have something to do. */
static const char *const name_signs[] = {
    "ア", "オ", "オ", "ー", "-",  "ョ", "ヨ", "シ", "ｼ",  "ﾞ",  "ガ", "ヴ", "ヂ", "ン", "し", "　",
    " ",  "・", "’",  "ユ", "ウ", "キ", "キ", "髙", "高", "橋", "A",  "b",  "É",  "斎", "●",
};
static const char *const address_signs[] = {
    "東京都", "見本市", "合成町", "大字",   "字", "丁目", "番地", "番",   "号", "の",
    "1",      "2",      "３",     "三",     "十", "二",   "百",   "-",    "－", " ",
    "　",     "ヶ",     "が",     "メゾン", "ー", "101",  "文",   "号室",
};

static struct span
random_text(uint64_t *seed, bool is_address, char *place)
{
    const char *const *signs = is_address ? address_signs : name_signs;
    uint32_t           count = is_address ? ARRAY_LEN(address_signs) : ARRAY_LEN(name_signs);
    uint32_t           length = 1 + random_below(seed, 10);
    struct text        text = text_in(place, PLACE_BYTES);

    for (uint32_t i = 0; i < length; i++)
        text_add_string(&text, signs[random_below(seed, count)]);
    return text_span(&text);
}

static struct identity
random_identity(uint64_t *seed, char places[3][PLACE_BYTES])
{
    return (struct identity){ .name = random_text(seed, false, places[0]),
                              .name_kana = random_text(seed, false, places[1]),
                              .address = random_text(seed, true, places[2]),
                              .birth_date = (day_t)random_below(seed, 2),
                              .sex = (int16_t)random_below(seed, 4) };
}

static void
whoever_is_compared_with_whom_the_verdict_is_one(void **state)
{
    uint64_t seed = 1;
    size_t   by_rule = 0;
    char     one_places[3][PLACE_BYTES], two_places[3][PLACE_BYTES];

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct identity     one = random_identity(&seed, one_places);
        struct identity     two = random_identity(&seed, two_places);
        struct match_result there = compared(&one, &two), back = compared(&two, &one);
        for (size_t f = 0; f < MATCH_FIELD_COUNT; f++) {
            CASE_INT(match_field_name((enum match_field)f), there.fields[f].verdict,
                     back.fields[f].verdict);
            CASE_INT(match_field_name((enum match_field)f), there.fields[f].rule,
                     back.fields[f].rule);
            by_rule += there.fields[f].rule != 0;
        }
    }
    assert_true(by_rule > 100); /* else the signs above make nothing to compare */
}

static void
read_all(struct letters *letters, struct span text)
{
    struct blame blame = { 0 };
    assert_int_equal(letters_read(letters, text, &blame), FAULT_NONE);
}

/* Behind what the rules before have made of it, each rule has done its work in one go. */
static void
a_rule_that_is_applied_twice_changes_nothing_more(void **state)
{
    static const enum match_field fields[] = { MATCH_NAME, MATCH_NAME_KANA, MATCH_ADDRESS };
    uint64_t                      seed = 2;
    char                          place[PLACE_BYTES];

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        enum match_field field = fields[round % 3];
        struct letters   now, once, twice;
        read_all(&now, random_text(&seed, field == MATCH_ADDRESS, place));
        const struct match_rule *rule;
        for (size_t i = 0; (rule = match_rule_at(i)) != NULL; i++) {
            if (rule->fold == NULL || (rule->fields & 1U << field) == 0)
                continue;
            once.count = twice.count = 0;
            once.is_full = twice.is_full = false;
            rule->fold(&now, &once);
            rule->fold(&once, &twice);
            CASE_TRUE(place, letters_equal(&once, &twice));
            now = once;
        }
    }
}

static void
write_letters(const struct letters *letters, struct text *text)
{
    for (size_t i = 0; i < letters->count; i++)
        if (letters->codes[i] != ' ')
            utf8_add(text, letters->codes[i]);
}

/* All rules of one verdict and those before, as one text. */
static struct span
folded(struct span raw, enum match_field field, enum match_verdict last, char *place)
{
    struct letters           now, next;
    struct text              text = text_in(place, PLACE_BYTES);
    const struct match_rule *rule;

    read_all(&now, raw);
    for (size_t i = 0; (rule = match_rule_at(i)) != NULL; i++) {
        bool holds = rule->fold != NULL && (rule->fields & 1U << field) != 0
                     && rule->since <= MATCH_RULE_VERSION
                     && (rule->verdict == MATCH_SAME_BY_RULE || rule->verdict == last);
        if (!holds || rule->number / 10 == 6 * (field == MATCH_NAME_KANA))
            continue;
        next.count = 0;
        next.is_full = false;
        rule->fold(&now, &next);
        now = next;
    }
    write_letters(&now, &text);
    return text_span(&text);
}

/* The same tables make the keys by which people are found: two ways to fold would be two truths. */
static void
the_rules_for_kana_together_make_the_forms_of_the_model(void **state)
{
    uint64_t seed = 3;
    char     raw_place[PLACE_BYTES], here[PLACE_BYTES], there[PLACE_BYTES];

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct span raw = random_text(&seed, false, raw_place);
        /* Marks and vowels behind a blank are joined there, since blanks go first. */
        if (strpbrk(raw.bytes, " ") != NULL || strstr(raw.bytes, "　") != NULL
            || strstr(raw.bytes, "・") != NULL || strstr(raw.bytes, "’") != NULL
            || strstr(raw.bytes, "髙") != NULL)
            continue;
        struct text  strict = text_in(there, sizeof there);
        struct blame blame = { 0 };
        assert_int_equal(normal_add(&strict, raw, NORMAL_KANA, &blame), FAULT_NONE);
        CASE_SPAN(raw_place, folded(raw, MATCH_NAME_KANA, MATCH_SAME_BY_RULE, here),
                  text_span(&strict));
        struct text loose = text_in(there, sizeof there);
        assert_int_equal(normal_add(&loose, raw, NORMAL_KANA_LOOSE, &blame), FAULT_NONE);
        CASE_SPAN(raw_place, folded(raw, MATCH_NAME_KANA, MATCH_LOOSE, here), text_span(&loose));
    }
}

static void
the_rules_for_names_together_make_the_form_of_the_model(void **state)
{
    static const char *const names[] = {
        "髙橋　健一", "ＳＭＩＴＨ Ｊｏｈｎ", "GARCÍA LÓPEZ", "佐々木　愛", "龍ヶ崎", "ミュラ-",
        "O'BRIEN",    "辻󠄀　誠",       "𠮷田・正",     "いすゞ",     "ﾏﾘｱ",    "ろーら",
    };
    char here[PLACE_BYTES], there[PLACE_BYTES];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct text  text = text_in(there, sizeof there);
        struct blame blame = { 0 };
        assert_int_equal(normal_add(&text, span_of(names[i]), NORMAL_NAME, &blame), FAULT_NONE);
        CASE_SPAN(names[i], folded(span_of(names[i]), MATCH_NAME, MATCH_SAME_BY_RULE, here),
                  text_span(&text));
    }
}

/* ---- versions -------------------------------------------------------------------------------- */

static void
a_rule_that_is_a_draft_holds_under_its_own_version_only(void **state)
{
    struct identity     claimed = { .name_kana = span_of("アヅマ　チヅコ") };
    struct identity     registered = { .name_kana = span_of("アズマ　チズコ") };
    struct match_result result;
    struct blame        blame = { 0 };

    (void)state;
    assert_int_equal(match_compare(&claimed, &registered, 1, &result, &blame), FAULT_NONE);
    assert_int_equal(result.fields[MATCH_NAME_KANA].verdict, MATCH_LOOSE);
    assert_int_equal(result.fields[MATCH_NAME_KANA].rule, 40);
    assert_int_equal(match_compare(&claimed, &registered, 2, &result, &blame), FAULT_NONE);
    assert_int_equal(result.fields[MATCH_NAME_KANA].verdict, MATCH_SAME_BY_RULE);
    assert_int_equal(result.fields[MATCH_NAME_KANA].rule, 41);
    assert_int_equal(MATCH_RULE_VERSION, 1); /* in force */
}

/* ---- the table ------------------------------------------------------------------------------- */

static void
every_rule_has_a_number_of_its_own_within_a_field(void **state)
{
    const struct match_rule *rule, *other;

    (void)state;
    for (size_t i = 0; (rule = match_rule_at(i)) != NULL; i++) {
        assert_true(rule->number >= 10 && rule->since >= 1 && rule->since <= MATCH_RULE_NEWEST);
        assert_true(rule->fields != 0);
        assert_true(rule->verdict == MATCH_SAME_BY_RULE || rule->verdict == MATCH_LOOSE);
        assert_true(rule->is_same != NULL || rule->number == RULE_COMMON_NAME);
        for (size_t j = 0; (other = match_rule_at(j)) != NULL; j++)
            if (j != i && other->number == rule->number)
                assert_int_equal(other->fields & rule->fields, 0);
    }
}

static void
every_rule_stands_on_its_page(void **state)
{
    static char              page[32768];
    FILE                    *file = fopen("schema/matching/README.md", "r");
    const struct match_rule *rule;

    (void)state;
    assert_non_null(file);
    size_t length = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    assert_in_range(length, 1, sizeof page - 2);
    for (size_t i = 0; (rule = match_rule_at(i)) != NULL; i++) {
        char        row[512];
        const char *fields = rule->fields == 1U << MATCH_ADDRESS     ? "address"
                             : rule->fields == 1U << MATCH_NAME      ? "name"
                             : rule->fields == 1U << MATCH_NAME_KANA ? "name_kana"
                                                                     : "name, name_kana";
        snprintf(row, sizeof row, "| %d | %d | %s | `%s` | %s | %s |", rule->number, rule->since,
                 fields, match_verdict_name(rule->verdict), rule->name, rule->name_ja);
        if (strstr(page, row) == NULL)
            fail_msg("no such row: %s", row);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_comparison_is_stored_as_one_short_line),
        cmocka_unit_test(a_common_name_that_the_register_holds_is_the_same_person),
        cmocka_unit_test(what_cannot_be_a_text_is_blamed_by_field),
        cmocka_unit_test(a_text_that_is_none_is_blamed_whichever_side_has_it),
        cmocka_unit_test(a_text_longer_than_what_is_compared_is_refused),
        cmocka_unit_test(whoever_is_compared_with_whom_the_verdict_is_one),
        cmocka_unit_test(a_rule_that_is_applied_twice_changes_nothing_more),
        cmocka_unit_test(the_rules_for_kana_together_make_the_forms_of_the_model),
        cmocka_unit_test(the_rules_for_names_together_make_the_form_of_the_model),
        cmocka_unit_test(a_rule_that_is_a_draft_holds_under_its_own_version_only),
        cmocka_unit_test(every_rule_has_a_number_of_its_own_within_a_field),
        cmocka_unit_test(every_rule_stands_on_its_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
