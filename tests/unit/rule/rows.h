/*
 * rows: sound rows of every operation to make tests from, as "column=value|column=value", and the
 * surroundings in which they are sound.
 *
 * Shape   rows_fill() takes such a text; a column that stands there again is taken anew, and an
 *         empty value leaves it out. $S, $T and $W are a synthetic personal number, a true one and
 *         one whose check digit is neither, made here so that none stands in a file.
 */
#ifndef TESTS_RULE_ROWS_H
#define TESTS_RULE_ROWS_H

#include "../cases.h"

#include "base/attr.h"
#include "model/check_digit.h"
#include "model/day.h"
#include "rule/judging.h"

#include <stdio.h>

/* clang-format off */
#define ROWS_SOCIETY    "0613901"
#define ROWS_NATIONAL   "0013901"
#define ROWS_RETIRED    "6713901"
#define ROWS_OLD_AGE    "3913901"
#define ROWS_ASSISTANCE "1213901"
#define ROWS_FORCES     "0713901"
#define ROWS_UNKNOWN    "9913901"

#define ROWS_NOTICE "|event_on=2026-11-20|notice_received_on=2026-11-24"

#define ROWS_ACQUIRE                                                                                    \
    "operation=acquire|row_key=A-1|symbol=1010|number=123|branch_number=00"                             \
    "|personal_number=$S|personal_number_source=1|name=架空　太郎|name_kana=カクウ　タロウ" \
    "|sex1=1|birth_date=1980-01-02|relation=1|acquired_on=2026-11-20|burden_ratio=030" ROWS_NOTICE
#define ROWS_OLD_ACQUIRE \
    ROWS_ACQUIRE "|branch_number=|relation=|birth_date=1940-01-02|burden_ratio=010"
#define ROWS_TARGET "|symbol=1010|number=123|branch_number=00|birth_date=1980-01-02"
#define ROWS_CHANGE                            \
    "operation=change" ROWS_TARGET ROWS_NOTICE \
    "|effective_on=2026-11-21|address=架空県見本市１－２－３"
#define ROWS_LOSE   "operation=lose" ROWS_TARGET ROWS_NOTICE "|lost_on=2026-11-21|loss_reason=L04"
#define ROWS_CANCEL "operation=cancel" ROWS_TARGET
#define ROWS_CEILING                                                               \
    "operation=ceiling" ROWS_TARGET "|ceiling_classification=01|ceiling_class=A03" \
    "|issued_on=2026-11-25|valid_from=2026-12-01|valid_until=2027-07-31"
#define ROWS_ELDERLY                                                                      \
    "operation=elderly_certificate" ROWS_TARGET "|birth_date=1954-03-10|burden_ratio=020" \
    "|issued_on=2026-11-25|valid_from=2026-12-01|valid_until=2027-07-31"
#define ROWS_DISEASE                                                              \
    "operation=specific_disease" ROWS_TARGET "|disease_category=1|self_pay=10000" \
    "|issued_on=2026-11-25|valid_from=2026-12-01"
#define ROWS_BENEFIT                                                                         \
    "operation=public_benefit" ROWS_TARGET "|payer_number=54016027|recipient_number=1234566" \
    "|valid_from=2026-12-01"
#define ROWS_CERTIFICATE                                                      \
    "operation=eligibility_certificate" ROWS_TARGET "|certificate_number=K-1" \
    "|certificate_reason=not_held|issued_on=2026-11-25|valid_until=2031-11-25"
#define ROWS_CHECKUP                                                       \
    "operation=checkup" ROWS_TARGET "|examined_on=2026-06-12|checkup_items=" \
    "9N001000000000001^170.0^cm~9N006000000000001^65.0^kg~9N011000000000001^22.5^kg/m2~9N501000000000011^3"
/* clang-format on */

enum { ROWS_TEXT_MAX = 4096, ROWS_TODAY = 20782 /* 2026-11-25 */ };

/* What the spans of the newest row borrow. */
struct rows {
    char place[ROWS_TEXT_MAX];
    char numbers[COLUMN_COUNT][PERSONAL_NUMBER_DIGITS];
};

static inline struct span
rows_number(char letter, char ret_digits[PERSONAL_NUMBER_DIGITS])
{
    int shift = letter == 'S' ? 5 : letter == 'T' ? 0 : 3;
    memcpy(ret_digits, "90000000001", 11);
    ret_digits[11] =
        (char)('0' + (personal_number_check_digit(span_make(ret_digits, 11)) - '0' + shift) % 10);
    return span_make(ret_digits, PERSONAL_NUMBER_DIGITS);
}

/* Findings of taking are those of the columns as they are in the end. */
static inline void
rows_fill(struct rows *rows, const char *text, struct enrolment_row *row, struct findings *findings)
{
    const char *values[COLUMN_COUNT] = { NULL };

    assert_true(strlen(text) < ROWS_TEXT_MAX);
    memcpy(rows->place, text, strlen(text) + 1);
    for (char *part = rows->place, *next; part != NULL && *part != '\0'; part = next) {
        char *equals;
        next = strchr(part, '|');
        if (next != NULL)
            *next++ = '\0';
        equals = strchr(part, '=');
        assert_non_null(equals);
        enum column_id id = column_of_name(span_make(part, (size_t)(equals - part)));
        CASE_TRUE(part, id != COLUMN_NONE);
        values[id] = equals + 1;
    }
    row_clear(row);
    findings_clear(findings);
    for (enum column_id id = 0; id < COLUMN_COUNT; id++)
        if (values[id] != NULL && values[id][0] == '$')
            row_take(row, id, rows_number(values[id][1], rows->numbers[id]), findings);
        else if (values[id] != NULL)
            row_take(row, id, span_of(values[id]), findings);
}

static const day_t rows_holidays[] = { 20576, 20577, 20578, 20579, 20780 };

static inline void
rows_policies(struct policies *policies)
{
    static const struct {
        const char *name;
        day_t       valid_from;
        const char *value;
    } parameters[] = {
        { "registration_due_days", 19509, "5" },
        { "notice_due_days", DAY_FIRST, "5" },
        { "household_notice_due_days", -4018, "14" },
        { "registration_too_early_days", 19509, "60" },
        { "registration_too_late_years", 19509, "2" },
        { "eligibility_certificate_max_years", 20059, "5" },
        { "old_card_issued_until", 20058, "2024-12-01" },
        { "specific_disease_self_pay_yen", 5387, "10000" },
        { "checkups_from", 18920, "2020-04-01" },
        { "consent_hours", 18920, "24" },
    };
    memset(policies, 0, sizeof(*policies));
    for (size_t i = 0; i < ARRAY_LEN(parameters); i++)
        assert_int_equal(policies_add(policies, span_of(parameters[i].name),
                                      parameters[i].valid_from, span_of(parameters[i].value)),
                         FAULT_NONE);
}

/* body is an insurer number without its check digit. */
static inline struct rule_context
rows_context(const char *body)
{
    static struct holidays holidays = { rows_holidays, ARRAY_LEN(rows_holidays) };
    static struct policies policies;
    struct rule_context    context = { .insurer_from = DAY_FIRST,
                                       .insurer_until = DAY_FOREVER,
                                       .today = ROWS_TODAY,
                                       .holidays = &holidays,
                                       .policies = &policies,
                                       .numbers_are_synthetic = true };
    rows_policies(&policies);
    memcpy(context.insurer.digits, body, INSURER_NUMBER_LENGTH - 1);
    context.insurer.digits[INSURER_NUMBER_LENGTH - 1] = check_digit_of(span_of(body));
    return context;
}

static inline bool
rows_found(const struct findings *findings, enum rule_id rule, enum column_id field)
{
    for (unsigned i = 0; i < findings->count; i++)
        if (findings->items[i].rule == rule
            && (field == COLUMN_COUNT + 1 || findings->items[i].field == field))
            return true;
    return false;
}

#define ROWS_ANY_FIELD ((enum column_id)(COLUMN_COUNT + 1))

#endif
