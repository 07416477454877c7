/*
 * public_payer: 公費負担者番号 (eight digits) and 受給者番号 (seven digits).
 *
 * Shape   payer: programme 2, prefecture 2, body 3, check digit 1. Recipient: 6 and check digit 1.
 * Errors  FAULT_FIELD_MALFORMED  not that many digits once folded, or no such prefecture
 *         FAULT_CHECK_DIGIT      the last digit does not fit the others
 *         On failure the output is untouched; only the reason of the blame is set.
 * Owner   plain values; a constant table of the national programmes. Programmes of prefectures and
 *         municipalities are data: they differ by prefecture and date, and are not only 80 to 89.
 * Source  domain facts, part 2.3.
 */
#ifndef MODEL_PUBLIC_PAYER_H
#define MODEL_PUBLIC_PAYER_H

#include "base/fault.h"
#include "base/span.h"

enum {
    PAYER_NUMBER_LENGTH = 8,
    PAYER_NUMBER_SIZE = 9,
    RECIPIENT_NUMBER_LENGTH = 7,
    RECIPIENT_NUMBER_SIZE = 8
};

struct payer_number {
    char digits[PAYER_NUMBER_SIZE];
};

struct recipient_number {
    char digits[RECIPIENT_NUMBER_SIZE];
};

struct programme_row {
    char        code[3];
    const char *meaning_ja;
};

MUST_USE enum fault payer_number_parse(struct span raw, struct payer_number *ret_number,
                                       struct blame *reterr_blame);
MUST_USE enum fault recipient_number_parse(struct span raw, struct recipient_number *ret_number,
                                           struct blame *reterr_blame);

int payer_number_prefecture(const struct payer_number *number);

static inline struct span
payer_number_programme(const struct payer_number *number)
{
    return span_make(number->digits, 2);
}

/* The national programme of two digits, or NULL: then it is a local one. */
const struct programme_row *programme_info(struct span two_digits);

#endif
