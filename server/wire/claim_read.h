/*
 * claim_read: from the stored bytes of a claim's lines to structs.
 *
 * Shape   registry.claim_body in PostgreSQL's binary format, see wire/record.h.
 * Errors  FAULT_STORE_REFUSED, FAULT_REQUEST_TOO_LARGE
 * Owner   spans point into the bytes; the array lives in the arena.
 */
#ifndef WIRE_CLAIM_READ_H
#define WIRE_CLAIM_READ_H

#include "base/fault.h"
#include "model/claim.h"

/* registry.history_body: claims with their lines, in the arena. */
MUST_USE enum fault claim_read_history(struct span bytes, struct arena *arena,
                                       struct claim **ret_claims, size_t *ret_count);

/* Fills lines and line_count. */
MUST_USE enum fault claim_read_lines(struct span bytes, struct arena *arena,
                                     struct claim *ret_claim);

#endif
