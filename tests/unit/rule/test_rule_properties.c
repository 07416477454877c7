#include "vectors.h"

#include "rule/rules.h"

enum { ROUNDS = 20000 };

static void
judge(const struct vector *vector, const char *changes, struct findings *findings)
{
    struct rule_context  context = rows_context(vector->insurer);
    struct rule_file     file = { 0 };
    struct enrolment_row row;
    struct row_clock     clock;
    struct rows          rows;
    char                 text[ROWS_TEXT_MAX];

    context.numbers_are_synthetic = vector->surroundings != REAL_NUMBERS;
    snprintf(text, sizeof(text), "%s%s", vector->base, changes);
    rows_fill(&rows, text, &row, findings);
    judge_row(&context, &file, &row, &clock, findings);
}

static bool
is_found_too(const struct findings *findings, const struct finding *wanted)
{
    return rows_found(findings, wanted->rule, wanted->field);
}

/* Bits of the columns that a text of changes names. */
static uint64_t
columns_in(const char *changes)
{
    uint64_t columns = 0;

    for (const char *at = strchr(changes, '|'); at != NULL; at = strchr(at + 1, '|'))
        columns |= UINT64_C(1) << column_of_name(span_make(at + 1, strcspn(at + 1, "=")));
    return columns;
}

/* What a finding depends on: the columns of its rule, or its own where a rule looks at all. */
static uint64_t
columns_behind(const struct finding *finding)
{
    uint64_t fields = rule_info(finding->rule)->fields;
    return fields == RULE_FIELDS_ANY ? UINT64_C(1) << finding->field : fields;
}

static void
the_same_row_is_judged_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct findings first = { 0 };
        struct findings second = { 0 };
        judge(&vectors[i], vectors[i].breaks, &first);
        judge(&vectors[i], vectors[i].breaks, &second);
        CASE_INT(vectors[i].breaks, memcmp(&first, &second, sizeof(first)), 0);
    }
}

static void
a_fault_more_never_removes_a_finding_about_other_fields(void **state)
{
    const uint64_t operation = UINT64_C(1) << COLUMN_OPERATION;
    uint64_t       compared = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        for (size_t j = 0; j < ARRAY_LEN(vectors); j++) {
            struct findings first;
            struct findings both;
            char            changes[ROWS_TEXT_MAX];
            uint64_t        added = columns_in(vectors[j].breaks);
            if (strcmp(vectors[i].base, vectors[j].base) != 0 || (added & operation) != 0)
                continue;
            snprintf(changes, sizeof(changes), "%s%s", vectors[i].breaks, vectors[j].breaks);
            judge(&vectors[i], vectors[i].breaks, &first);
            judge(&vectors[i], changes, &both);
            for (unsigned k = 0; k < first.count; k++)
                if ((columns_behind(&first.items[k]) & added) == 0
                    && rule_info(first.items[k].rule)->fields != RULE_FIELDS_ANY) {
                    CASE_TRUE(changes, is_found_too(&both, &first.items[k]));
                    compared++;
                }
        }
    assert_true(compared > 1000);
}

static const char *const oddities[] = {
    "",     "0",    "1",    "A03",          "01",   "2026-11-25", "1950-01-01", "999999999",
    "カナ", "漢字", "\x01", "\xEF\xBF\xBD", "lost", "20240229",   "-",          "12345678",
};

static bool
same_findings_of(enum rule_id id, const struct findings *one, const struct findings *other)
{
    for (unsigned i = 0; i < one->count; i++)
        if (one->items[i].rule == id && !is_found_too(other, &one->items[i]))
            return false;
    return true;
}

static void
a_rule_hears_only_the_fields_that_its_row_lists(void **state)
{
    uint64_t seed = 20261125;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const struct vector *vector = &vectors[random_below(&seed, ARRAY_LEN(vectors))];
        enum column_id       id = 1 + random_below(&seed, COLUMN_COUNT - 1);
        struct findings      before;
        struct findings      after;
        char                 changes[ROWS_TEXT_MAX];
        snprintf(changes, sizeof(changes), "%s|%s=%s", vector->breaks, column_info(id)->name,
                 oddities[random_below(&seed, ARRAY_LEN(oddities))]);
        judge(vector, vector->breaks, &before);
        judge(vector, changes, &after);
        for (enum rule_id rule = RULE_NONE + 1; rule < RULE_COUNT; rule++)
            if ((rule_info(rule)->fields >> id & 1) == 0) {
                CASE_TRUE(changes, same_findings_of(rule, &before, &after));
                CASE_TRUE(changes, same_findings_of(rule, &after, &before));
            }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_row_is_judged_the_same),
        cmocka_unit_test(a_fault_more_never_removes_a_finding_about_other_fields),
        cmocka_unit_test(a_rule_hears_only_the_fields_that_its_row_lists),
    };
    return cmocka_run_group_tests_name("rule properties", tests, NULL, NULL);
}
