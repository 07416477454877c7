/*
 * options: a small table-driven parser of command-line options.
 *
 * Shape   a table of { name, kind, is_required, preset, help }; values land in an array in the
 *         order of the table. "--name VALUE", "--name=VALUE" and the bare "--name" of a switch. No
 *         short forms, no abbreviations, no words without a name.
 * Errors  OPTIONS_WRONG: unknown, given twice, missing, without value, or not a number; one line on
 *         standard error names the option, never its value.
 * Owner   values borrow from argv and from the table.
 */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { OPTIONS_MAX = 32 };

enum option_kind { OPTION_TEXT, OPTION_NUMBER, OPTION_SWITCH };

struct option_row {
    const char      *name; /* "--dir" */
    enum option_kind kind;
    bool             is_required;
    const char      *preset;     /* NULL: none */
    const char      *value_name; /* "DIR"; NULL for a switch */
    const char      *help;
};

struct option_value {
    bool        is_given;
    const char *text;   /* NULL when neither given nor preset */
    int64_t     number; /* OPTION_NUMBER only */
};

enum options_verdict { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_WRONG };

/* argv[0] is skipped; who ("shikaku pki issue") opens each message. */
MUST_USE enum options_verdict options_read(const char *who, const struct option_row *rows,
                                           size_t count, int argc, char **argv,
                                           struct option_value *ret_values);

void options_print(FILE *out, const struct option_row *rows, size_t count);

#endif
