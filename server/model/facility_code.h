/*
 * facility_code: 医療機関等コード, ten digits.
 *
 * Shape   prefecture 2, table of points 1, district 2, number 4, check digit 1.
 * Errors  FAULT_FIELD_MALFORMED  not ten digits once folded, no such prefecture or table of points
 *         FAULT_CHECK_DIGIT      the last digit does not fit the others
 *         On failure the output is untouched; only the reason of the blame is set.
 * Owner   plain values.
 * Source  domain facts, part 2.6.
 */
#ifndef MODEL_FACILITY_CODE_H
#define MODEL_FACILITY_CODE_H

#include "base/fault.h"
#include "base/span.h"

enum { FACILITY_CODE_LENGTH = 10, FACILITY_CODE_SIZE = 11 };

/* 点数表番号 */
enum points_table {
    POINTS_TABLE_NONE = 0,
    POINTS_TABLE_MEDICAL = 1,
    POINTS_TABLE_DENTAL = 3,
    POINTS_TABLE_PHARMACY = 4,
    POINTS_TABLE_CARE_HOME = 5, /* 老人保健施設, in old records */
    POINTS_TABLE_HOME_NURSING = 6
};

struct facility_code {
    char digits[FACILITY_CODE_SIZE]; /* ten digits and NUL */
};

MUST_USE enum fault facility_code_parse(struct span raw, struct facility_code *ret_code,
                                        struct blame *reterr_blame);

static inline struct span
facility_code_span(const struct facility_code *code)
{
    return span_make(code->digits, FACILITY_CODE_LENGTH);
}

int               facility_code_prefecture(const struct facility_code *code);
enum points_table facility_code_points_table(const struct facility_code *code);

#endif
