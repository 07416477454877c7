/*
 * script: what administrators do to the database by hand, one thing after the other.
 *
 * Shape   a blocking connection; steps of the schema, and the admission of certificates. Not for
 *         servers.
 * Errors  an outcome, and script_trouble() for the sentence to print; it never holds a value of
 *         a row.
 * Owner   script_open() until script_close(), which accepts NULL.
 */
#ifndef QUERY_SCRIPT_H
#define QUERY_SCRIPT_H

#include "base/attr.h"
#include "base/clock.h"

#include <stdbool.h>

struct script;

enum script_outcome {
    SCRIPT_DONE,
    SCRIPT_WAS_DONE,
    SCRIPT_CHANGED,
    SCRIPT_UNKNOWN_HOLDER,
    SCRIPT_FAILED
};

struct operator_row {
    const char *name; /* of a new one; NULL: the one whose number it is */
    const char *organisation;
    const char *role;
    const char *number;
    int32_t     operator_id; /* filled in */
    int16_t     generation;
};

struct certificate_row {
    const char *kind;    /* "facility", "insurer", … */
    const char *subject; /* facility code, insurer number or operator number */
    const char *fingerprint_hex;
    const char *serial;
    instant_t   not_before;
    instant_t   not_after;
    bool        is_revoked;
    instant_t   revoked_at;
};

/* NULL when out of memory; otherwise look at script_trouble(). */
struct script *script_open(const char *url);
void           script_close(struct script *script);
const char    *script_trouble(const struct script *script);

/* Runs one numbered step in one transaction, unless it was run before, under a lock that keeps
 * two of us apart. */
MUST_USE enum script_outcome script_run_step(struct script *script, const char *name,
                                             const char *sha256_hex, const char *sql);

/* Makes an operator, or gives one the next second factor. SCRIPT_UNKNOWN_HOLDER: no such operator
 * or role. */
MUST_USE enum script_outcome script_operator(struct script *script, struct operator_row *row);

/* Registers a certificate, or brings its revocation up to date. */
MUST_USE enum script_outcome script_admit(struct script *script, const struct certificate_row *row);

#endif
