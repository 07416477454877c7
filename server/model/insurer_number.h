/*
 * insurer_number: 保険者番号, in the one form that keys and the wire use.
 *
 * Shape   eight digits: law code 2, prefecture 2, insurer 3, check digit 1. National health
 *         insurance writes six (no law code); they become eight with "00" in front, which leaves
 *         the check digit as it is. Payers of medical assistance (law code 12, 25) stand here
 *         too.
 * Units   characters.
 * Errors  FAULT_FIELD_MALFORMED  not 6 or 8 digits once folded, or no such prefecture
 *         FAULT_CHECK_DIGIT      the last digit does not fit the others
 *         On failure the output is untouched; only the reason of the blame is set.
 * Owner   plain values.
 * Source  domain facts, parts 2.1 and 2.2; padding: interface facts, part 4.5, item 2.
 */
#ifndef MODEL_INSURER_NUMBER_H
#define MODEL_INSURER_NUMBER_H

#include "base/clock.h"
#include "base/fault.h"
#include "base/span.h"

enum { INSURER_NUMBER_LENGTH = 8, INSURER_NUMBER_SIZE = 9 };

struct insurer_number {
    char digits[INSURER_NUMBER_SIZE]; /* eight digits and NUL */
};

/* Groups of insurers that rules tell apart. Stable numbers, stored: code_table insurer_kind. */
enum insurer_kind {
    INSURER_KIND_NONE = 0,
    INSURER_KIND_ASSOCIATION = 1,    /* 協会けんぽ, 01 */
    INSURER_KIND_SOCIETY = 2,        /* 健康保険組合, 06 and 63 */
    INSURER_KIND_MUTUAL_AID = 3,     /* 共済組合, 31 to 34 and 72 to 75 */
    INSURER_KIND_NATIONAL = 4,       /* 市町村国保, 00, and its retired, 67 */
    INSURER_KIND_NATIONAL_UNION = 5, /* 国保組合, 00 and a 3 behind the prefecture */
    INSURER_KIND_OLD_AGE = 6,        /* 後期高齢者医療, 39 */
    INSURER_KIND_SEAMEN = 7,         /* 船員保険, 02 */
    INSURER_KIND_ASSISTANCE = 8,     /* 医療扶助, 12, and 中国残留邦人等, 25 */
    INSURER_KIND_OTHER = 9,          /* 日雇特例, 03 and 04; 自衛官, 07 */
    INSURER_KIND_COUNT
};

struct law_code_row {
    char              code[3];
    enum insurer_kind kind;
    day_t             from_on;  /* new coverage may start from here … */
    day_t             until_on; /* … to before here; DAY_FOREVER while the code is in use */
    const char       *meaning_ja;
    const char       *meaning;
};

MUST_USE enum fault insurer_number_parse(struct span raw, struct insurer_number *ret_number,
                                         struct blame *reterr_blame);

static inline struct span
insurer_number_span(const struct insurer_number *number)
{
    return span_make(number->digits, INSURER_NUMBER_LENGTH);
}

/* As on the card: six digits for national health insurance, eight for the others. */
struct span insurer_number_display(const struct insurer_number *number);

int insurer_number_prefecture(const struct insurer_number *number);

/* The row of 法別番号, or NULL for a code that is not in the list. */
const struct law_code_row *insurer_number_law(const struct insurer_number *number);

/* INSURER_KIND_NONE for a law code that is not in the list. */
enum insurer_kind insurer_number_kind(const struct insurer_number *number);

/* Whether coverage may start on the day under this number's law code. */
bool insurer_number_may_start(const struct insurer_number *number, day_t day);

#endif
