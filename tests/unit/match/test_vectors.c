/* schema/matching/vectors.csv, line by line, both ways round. */
#include "../cases.h"

#include "match/match.h"
#include "model/day.h"

#include <stdio.h>
#include <stdlib.h>

static const char path[] = "schema/matching/vectors.csv";

enum { COLUMNS = 5, LINE_BYTES = 1024, LEAST_VECTORS = 300 };

static void
split(char *line, struct span columns[COLUMNS])
{
    for (int i = 0; i < COLUMNS; i++) {
        size_t length = strcspn(line, i == COLUMNS - 1 ? "\n" : ",");
        columns[i] = span_make(line, length);
        CASE_TRUE("a line has five columns", i == COLUMNS - 1 || line[length] == ',');
        line += length + 1;
    }
}

static enum match_field
field_named(struct span name)
{
    for (enum match_field field = MATCH_NAME; field < MATCH_FIELD_COUNT; field++)
        if (span_is(name, match_field_name(field)))
            return field;
    fail_msg("a vector names no field");
    return MATCH_FIELD_COUNT;
}

static struct identity
identity_with(enum match_field field, struct span value)
{
    struct identity identity = { .birth_date = DAY_UNKNOWN };
    struct blame    blame = { 0 };

    switch (field) {
    case MATCH_NAME:
        identity.name = value;
        break;
    case MATCH_NAME_KANA:
        identity.name_kana = value;
        break;
    case MATCH_ADDRESS:
        identity.address = value;
        break;
    case MATCH_SEX:
        identity.sex = span_is_empty(value) ? 0 : (int16_t)(value.bytes[0] - '0');
        break;
    default:
        if (!span_is_empty(value))
            assert_int_equal(day_parse(value, &identity.birth_date, &blame), FAULT_NONE);
        break;
    }
    return identity;
}

/* Tells whether the vector holds; one that does not is printed. */
static bool
holds(const char *line, struct span claimed, struct span registered, struct span columns[COLUMNS])
{
    enum match_field    field = field_named(columns[2]);
    struct identity     one = identity_with(field, claimed), two = identity_with(field, registered);
    struct match_result result;
    struct blame        blame = { 0 };
    char                rule[16];

    CASE_INT(line, match_compare(&one, &two, MATCH_RULE_VERSION, &result, &blame), FAULT_NONE);
    const char *verdict = match_verdict_name(result.fields[field].verdict);
    snprintf(rule, sizeof rule, "%d", result.fields[field].rule);
    if (span_is(columns[3], verdict) && span_is(columns[4], rule))
        return true;
    print_error("not so, but %s by rule %s: %s", verdict, rule, line);
    return false;
}

static void
every_vector_holds_both_ways_round(void **state)
{
    char   line[LINE_BYTES], copy[LINE_BYTES];
    FILE  *file = fopen(path, "r");
    size_t count = 0, wrong = 0;

    (void)state;
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    CASE_TEXT("header", line, "claimed,registered,field,verdict,rule\n");
    while (fgets(line, sizeof line, file) != NULL) {
        struct span columns[COLUMNS];
        memcpy(copy, line, sizeof copy);
        split(line, columns);
        wrong += !holds(copy, columns[0], columns[1], columns);
        wrong += !holds(copy, columns[1], columns[0], columns);
        count++;
    }
    fclose(file);
    assert_int_equal(wrong, 0);
    assert_true(count >= LEAST_VECTORS);
}

static void
each_side_of_a_vector_is_the_same_as_itself(void **state)
{
    char  line[LINE_BYTES];
    FILE *file = fopen(path, "r");

    (void)state;
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        struct span columns[COLUMNS];
        split(line, columns);
        for (int side = 0; side < 2; side++) {
            struct identity     one = identity_with(field_named(columns[2]), columns[side]);
            struct match_result result;
            struct blame        blame = { 0 };
            assert_int_equal(match_compare(&one, &one, MATCH_RULE_VERSION, &result, &blame),
                             FAULT_NONE);
            for (size_t f = 0; f < MATCH_FIELD_COUNT; f++)
                assert_true(result.fields[f].verdict == MATCH_SAME
                            || result.fields[f].verdict == MATCH_MISSING);
        }
    }
    fclose(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_holds_both_ways_round),
        cmocka_unit_test(each_side_of_a_vector_is_the_same_as_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
