/*
 * entry: what the list of results says of one item.
 *
 * Shape   {"item_no", "item_id"?, and either "etag" and "result", or "etag" and "unchanged", or
 *         "error"}. endpoint/bulk_read.c gives it out as it is.
 * Errors  an empty span when the arena of the request is full.
 * Owner   lives in the request's arena.
 */
#ifndef BULK_ENTRY_H
#define BULK_ENTRY_H

#include "request/request.h"

struct span entry_write(struct request *r);

/* The tag without its quotes; empty when there is none. */
struct span entry_tag(const struct request *r);

#endif
