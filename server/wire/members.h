/*
 * members: from the text of one JSON object to a struct, by a table, without a tree.
 *
 * Shape   the same table as field.h; meant for objects that come by the thousand, where a tree
 *         costs more than all else. Stricter: nothing is taken for something else. A member that
 *         the table does not have, comes twice, is null, or is not of its kind in its one spelling
 *         (days as "2026-11-23", no flags as "1") is refused. Names are compared as written. A
 *         table here has no FIELD_WORDS.
 * Errors  a reason to log, or NULL; the first fault ends it. Values are never in the reason.
 * Owner   texts borrow from the object, or from the arena where they held escapes.
 * Source  RFC 8259.
 */
#ifndef WIRE_MEMBERS_H
#define WIRE_MEMBERS_H

#include "wire/field.h"

enum { MEMBERS_MAX = 32 };

/* into must be zeroed; days that are absent become DAY_UNKNOWN. */
MUST_USE const char *members_read(struct span object, const struct field *fields,
                                  size_t field_count, struct arena *arena, void *into);

/* One string, with its quotes. */
MUST_USE const char *members_read_text(struct span value, size_t bytes_max, struct arena *arena,
                                       struct span *ret_text);

#endif
