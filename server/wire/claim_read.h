/*
 * claim_read: from claims as the registry tells them to structs.
 *
 * Shape   one claim or several with U+001D between them; each is a head and its lines, with U+001E
 *         before each line; fields with U+001F between them, in the order of the tables in
 *         claim_read.c. An empty field is one that is not known.
 * Units   days are counted from 1970-01-01.
 * Errors  FAULT_STORE_REFUSED      fewer or more fields, or no number where there should be one
 *         FAULT_REQUEST_TOO_LARGE  the arena is full
 * Owner   spans point into the text, which must outlive the structs; arrays live in the arena.
 * Source  registry.claim_told in schema/44_claim.sql.
 */
#ifndef WIRE_CLAIM_READ_H
#define WIRE_CLAIM_READ_H

#include "base/fault.h"
#include "model/claim.h"

MUST_USE enum fault claim_read(struct span told, struct arena *arena, struct claim **ret_claims,
                               size_t *ret_count);

#endif
