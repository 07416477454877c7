/*
 * confirmation: the number of an answer, to be quoted in a claim or on the telephone.
 *
 * Shape   "C7Q2-8F0M-4T1K-9B3E-V": 16 characters that carry the day and the number of the access
 *         record, and one that checks them. Letters are read in either case; I and L as 1, O as
 *         0; hyphens and blanks are ignored. One wrong character, or two that changed places, is
 *         always noticed.
 * Units   a day from 2020-01-01 to 2199-06-06, and a record number of 64 bits.
 * Errors  FAULT_FIELD_MALFORMED  not 17 characters of the alphabet
 *         FAULT_CHECK_DIGIT      mistyped
 * Owner   plain values.
 * Source  alphabet: Crockford's base 32. Check character: a weighted sum over GF(32), generator
 *         x^5 + x^2 + 1; all weights differ, so every swap of two different characters shows.
 */
#ifndef MODEL_CONFIRMATION_H
#define MODEL_CONFIRMATION_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/span.h"

#include <stdint.h>

enum { CONFIRMATION_SIZE = 22, CONFIRMATION_EPOCH = 18262 /* 2020-01-01 */ };

/* Asserts that the day is one that fits. */
void confirmation_format(int64_t record_id, day_t day, char ret_text[CONFIRMATION_SIZE]);

MUST_USE enum fault confirmation_parse(struct span text, int64_t *ret_record_id, day_t *ret_day,
                                       struct blame *reterr_blame);

#endif
