/*
 * said: what a row says, as bytes that are the same only for rows that say the same.
 *
 * Shape   each column that was taken, in the order of the table: number, length and value, so that
 *         no two rows run together. Left out are row_key, the insurer number, which the certificate
 *         tells, and the personal number, since a digest over it could be tried out: whoever
 *         compares rows compares its blind index, too.
 * Units   bytes; SAID_BYTES_MAX is room for any row.
 * Errors  a text that is full.
 * Owner   writes into the caller's text.
 * Source  schema/31_batch.sql, batch_stage.digest.
 */
#ifndef RULE_SAID_H
#define RULE_SAID_H

#include "base/text.h"
#include "rule/row.h"

enum { SAID_BYTES_MAX = 32768 };

void said_add(struct text *text, const struct enrolment_row *row);

#endif
