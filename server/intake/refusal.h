/*
 * refusal: why a whole file cannot be taken, as a table.
 *
 * Shape   enum refusal travels; its row gives the stable code (batch.refusal) and its meaning.
 *         struct refused says where: the line, the byte, and for headers the names of columns.
 * Units   lines from 1, a line break within quotes counts. Bytes from 0, of the text once unpacked
 *         and in UTF-8; for refusals of the packing, of the file as it came.
 * Owner   constant tables; plain values. No value of a row is ever in it: a name of a column is
 *         repeated only where it is made of letters, digits and underscores.
 * Source  printed in schema/batch/rules.md.
 */
#ifndef INTAKE_REFUSAL_H
#define INTAKE_REFUSAL_H

#include <stdint.h>

enum refusal {
    REFUSAL_NONE = 0,
    REFUSAL_UNREADABLE,
    REFUSAL_MEMORY,
    REFUSAL_PACKING_BROKEN,
    REFUSAL_PACKING_TRUNCATED,
    REFUSAL_PACKING_WINDOW,
    REFUSAL_PACKING_RATIO,
    REFUSAL_UNPACKED_TOO_LARGE,
    REFUSAL_NOT_TEXT,
    REFUSAL_NUL_BYTE,
    REFUSAL_LINE_TOO_LONG,
    REFUSAL_QUOTE_UNTERMINATED,
    REFUSAL_HEADER_MISSING,
    REFUSAL_HEADER_BROKEN,
    REFUSAL_COLUMN_UNKNOWN,
    REFUSAL_COLUMN_REPEATED,
    REFUSAL_COLUMN_MISSING,
    REFUSAL_COLUMNS_TOO_MANY,
    REFUSAL_NOT_JSON_LINES,
    REFUSAL_ROWS_TOO_MANY,
    REFUSAL_EMPTY_LINES,
    REFUSAL_FILE_EMPTY,
    REFUSAL_NO_ROWS,
    REFUSAL_COUNT
};

struct refusal_row {
    const char *code;
    const char *meaning_ja;
    const char *meaning;
};

enum { REFUSED_NAMES_SIZE = 512 };

struct refused {
    enum refusal refusal;
    uint64_t     line;
    uint64_t     byte;
    char         names[REFUSED_NAMES_SIZE]; /* "sex, col_7", or "" */
};

/* Asserts that it is one of the enum and not REFUSAL_NONE. */
const struct refusal_row *refusal_info(enum refusal refusal);

#endif
