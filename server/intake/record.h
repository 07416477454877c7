/*
 * record: where one row of a file ends, and what stands in it.
 *
 * Shape   csv_end() and line_end() look for the end of a record in bytes that may not hold it yet.
 *         csv_split() takes a whole record apart, in its own place: quotation marks and their
 *         doubles go away, so the record must be writable. json_split() does the same for an object
 *         of one line, whose values are texts, numbers or null.
 * Units   bytes.
 * Errors  RECORD_BROKEN: the record is none; the spans found until then are not to be used.
 * Owner   spans borrow the record.
 * Source  RFC 4180 for CSV; RFC 8259 for JSON.
 */
#ifndef INTAKE_RECORD_H
#define INTAKE_RECORD_H

#include "base/attr.h"
#include "base/span.h"

#include <stdint.h>

/* The end of a record: of what it says, and of the line break behind it. */
struct record_end {
    size_t   length;
    size_t   next;
    uint32_t lines;     /* line breaks, that at the end too */
    bool     is_quoted; /* no end was found, and the bytes end within quotation marks */
};

/* False when the bytes do not hold the end. With is_last they end where the file does. */
MUST_USE bool csv_end(struct span bytes, bool is_last, struct record_end *ret_end);
MUST_USE bool line_end(struct span bytes, bool is_last, struct record_end *ret_end);

enum { RECORD_BROKEN = -1 };

/* How many fields there are; those beyond fields_max are counted and not kept. */
MUST_USE int csv_split(char *record, size_t length, struct span *ret_fields, int fields_max);

enum json_kind {
    JSON_TEXT,
    JSON_NUMBER, /* its text as it stands there */
    JSON_NULL
};

struct json_member {
    struct span    name;
    struct span    value;
    enum json_kind kind;
};

/* How many members there are; more than members_max break the record. */
MUST_USE int json_split(char *record, size_t length, struct json_member *ret_members,
                        int members_max);

#endif
