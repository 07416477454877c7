/*
 * append: from a request to the row of its access record.
 *
 * Shape   fills one ask of STMT_ACCESS_APPEND; the person becomes a pseudonym here and nowhere
 *         else.
 * Owner   the ask borrows from the request.
 * Source  schema/functions.md, access_append.
 */
#ifndef AUDIT_APPEND_H
#define AUDIT_APPEND_H

#include "crypto/pseudonym.h"
#include "request/request.h"

/* previous_day: DAY_UNKNOWN, or a day on which the same request may already stand. */
void audit_ask(struct request *r, int route, struct pseudonym_keys *keys, day_t day,
               day_t previous_day, struct ask *ret_ask);

/* The ask that finds an earlier record of the same request. */
void audit_ask_prior(const struct request *r, day_t day, day_t previous_day, struct ask *ret_ask);

/* Reads the earlier record; FAULT_REQUEST_ID_REUSED when it was another request, and the fault of
 * the earlier one when that was refused for good. */
MUST_USE enum fault audit_read_prior(const struct request *r, int route, const struct rows *rows,
                                     int row, struct prior *ret_prior,
                                     struct access_record *ret_record);

#endif
