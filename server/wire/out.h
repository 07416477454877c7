/*
 * out: from a struct to JSON, by a table; also the tie to the field's element names.
 *
 * Shape   each row names a member, the field's element that it stands for, its kind and where it
 *         is. An empty value is left out, so that absence always means "not registered or not
 *         shown".
 * Units   as the rows of the kinds below say.
 * Errors  a text that is full.
 * Owner   borrows the struct; writes into the caller's text.
 * Source  element names: interface facts, 4.4.
 */
#ifndef WIRE_OUT_H
#define WIRE_OUT_H

#include "base/text.h"

enum out_kind {
    OUT_TEXT,    /* struct span; left out when empty */
    OUT_STRING,  /* const char *; left out when NULL */
    OUT_DAY,     /* day_t as "2026-11-23"; left out when DAY_UNKNOWN or DAY_FOREVER */
    OUT_CODE,    /* int16_t as "1"; left out when 0 */
    OUT_RATIO,   /* int16_t percent as "030"; left out when negative */
    OUT_WHOLE,   /* int32_t; left out when negative */
    OUT_LONG,    /* int64_t; left out when negative */
    OUT_RAW,     /* struct span of JSON, written as it is; left out when empty */
    OUT_FLAG,    /* bool as true; left out when false */
    OUT_INSTANT, /* instant_t as "2026-11-23T00:00:00Z"; left out when 0 */
    OUT_OBJECT,  /* pointer to a struct of its own table; left out when NULL */
    OUT_LIST     /* struct out_list of structs of its own table; left out when has is false */
};

struct out_list {
    const void *items;
    size_t      count;
    size_t      stride;
    bool        has; /* written even when it is empty */
};

struct out_row {
    const char           *name;
    const char           *element; /* the field's element name; NULL: ours alone */
    enum out_kind         kind;
    size_t                offset;
    const struct out_row *rows; /* for objects and lists; ends with a NULL name */
};

void out_object(struct text *text, const struct out_row *rows, const void *from);
void out_quoted(struct text *text, struct span value);

#endif
