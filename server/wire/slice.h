/*
 * slice: the parts of a JSON text as pieces of that text, without reading into them.
 *
 * Shape   slice_start(), slice_enter() into the outermost object or array, slice_next() for each
 *         of its members or elements, slice_end(). What a value holds is not looked at, but for
 *         where it ends: it may be anything, sound or not.
 * Errors  false, with is_broken set, when the text breaks off or its brackets, commas or colons
 *         stand wrong; false without is_broken at the end of the object or array.
 * Owner   borrows the text.
 * Source  RFC 8259. Made for lists of many questions, which must not cost the memory of a tree.
 */
#ifndef WIRE_SLICE_H
#define WIRE_SLICE_H

#include "base/attr.h"
#include "base/span.h"

struct slice {
    const char *at;
    const char *end;
    char        closer;
    bool        has_begun;
    bool        is_broken;
};

void slice_start(struct slice *slice, struct span text);

/* bracket is '{' or '['. */
MUST_USE bool slice_enter(struct slice *slice, char bracket);

/* ret_name is the name as written between its quotes; NULL within an array. */
MUST_USE bool slice_next(struct slice *slice, struct span *ret_name, struct span *ret_value);

/* True when nothing but blanks follows. */
MUST_USE bool slice_end(struct slice *slice);

#endif
