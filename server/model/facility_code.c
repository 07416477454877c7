#include "model/facility_code.h"

#include "model/check_digit.h"
#include "model/digits.h"
#include "model/prefecture.h"

enum { POINTS_TABLE_AT = 2 };

static enum fault
malformed(struct blame *reterr_blame, const char *reason)
{
    reterr_blame->reason = reason;
    return FAULT_FIELD_MALFORMED;
}

enum fault
facility_code_parse(struct span raw, struct facility_code *ret_code, struct blame *reterr_blame)
{
    struct facility_code code = { "" };
    char                 digits[DIGITS_BYTES_MAX];

    if (digits_fold(raw, DIGITS_WHOLE, digits) != FACILITY_CODE_LENGTH)
        return malformed(reterr_blame, "not 10 digits");
    memcpy(code.digits, digits, FACILITY_CODE_LENGTH);
    if (facility_code_prefecture(&code) == PREFECTURE_NONE)
        return malformed(reterr_blame, "no such prefecture in it");
    if (facility_code_points_table(&code) == POINTS_TABLE_NONE)
        return malformed(reterr_blame, "no such table of points in it");
    if (!check_digit_fits(facility_code_span(&code))) {
        reterr_blame->reason = "the last digit does not fit the others";
        return FAULT_CHECK_DIGIT;
    }
    *ret_code = code;
    return FAULT_NONE;
}

int
facility_code_prefecture(const struct facility_code *code)
{
    return prefecture_of(span_make(code->digits, 2));
}

enum points_table
facility_code_points_table(const struct facility_code *code)
{
    switch (code->digits[POINTS_TABLE_AT]) {
    case '1':
        return POINTS_TABLE_MEDICAL;
    case '3':
        return POINTS_TABLE_DENTAL;
    case '4':
        return POINTS_TABLE_PHARMACY;
    case '5':
        return POINTS_TABLE_CARE_HOME;
    case '6':
        return POINTS_TABLE_HOME_NURSING;
    default:
        return POINTS_TABLE_NONE;
    }
}
