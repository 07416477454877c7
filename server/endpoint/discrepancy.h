/*
 * discrepancy: what the two sides of a ticket share.
 *
 * Shape   names of the fields that may differ, and of the states of a ticket.
 * Owner   constant.
 * Source  field names: schema/api/openapi.yaml, Coverage; states: schema/33_registration.sql.
 */
#ifndef ENDPOINT_DISCREPANCY_H
#define ENDPOINT_DISCREPANCY_H

#include "base/span.h"
#include "base/text.h"
#include "request/request.h"

enum { TICKET_NUMBER_LENGTH = 24, TICKET_FIELDS_BYTES = 512 };

extern const char *const discrepancy_fields[]; /* NULL at the end */
extern const char *const discrepancy_states[]; /* state, from 1 */

/* The next value of r->ask: those whose bits are set, as the text of an array. */
void discrepancy_ask_fields(struct request *r, int64_t fields);

/* Names with blanks between them → a JSON list of them. */
void discrepancy_write_fields(struct text *text, struct span names);

#endif
