/*
 * header: the first line of a CSV file: which field of each row is which column.
 *
 * Shape   header_read() takes the fields of the line. All unknown, repeated and missing names are
 *         told at once, those of one kind: unknown ones first.
 * Errors  REFUSAL_HEADER_MISSING, _COLUMN_UNKNOWN, _COLUMN_REPEATED, _COLUMN_MISSING,
 *         _COLUMNS_TOO_MANY, with the names in the refusal. A name that is not made of letters,
 *         digits and underscores may be a value of somebody, and is told as "column 7".
 * Owner   plain values.
 */
#ifndef INTAKE_HEADER_H
#define INTAKE_HEADER_H

#include "intake/reader.h"

struct header {
    enum column_id columns[READER_COLUMNS_MAX];
    int            count;
};

MUST_USE enum refusal header_read(struct header *header, const struct span *names, int count,
                                  char ret_names[REFUSED_NAMES_SIZE]);

#endif
