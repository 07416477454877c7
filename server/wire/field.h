/*
 * field: from a JSON object to a struct, by a table.
 *
 * Shape   each row names a member, its kind, where it goes, its limit, and whether it must be
 *         there. Names that the table does not have are faults; names that come twice are a
 *         malformed body.
 * Units   bytes_max counts bytes of UTF-8; days are day_t.
 * Errors  all faults of the object are told, one call of blame() each: FAULT_JSON_MALFORMED,
 *         FAULT_FIELD_MISSING, FAULT_FIELD_MALFORMED, FAULT_FIELD_TOO_LONG, FAULT_FIELD_UNKNOWN.
 *         Values never are.
 * Owner   texts are copied into the arena.
 */
#ifndef WIRE_FIELD_H
#define WIRE_FIELD_H

#include "base/arena.h"
#include "base/fault.h"

enum field_kind {
    FIELD_TEXT,  /* struct span */
    FIELD_DAY,   /* day_t; DAY_UNKNOWN when absent */
    FIELD_FLAG,  /* bool, from true/false or the field's "0"/"1" */
    FIELD_WORD,  /* int16_t: the number of a word in the row's list, which starts at 1 */
    FIELD_WHOLE, /* int64_t, 0..limit */
    FIELD_WORDS, /* int64_t: a bit for each word of the row's list that is in the array, the first
                  * is bit 0; at least one, none twice */
    FIELD_RAW    /* struct span: the value as it is written, of any kind; of members.h only */
};

struct field {
    const char        *name;
    enum field_kind    kind;
    size_t             offset;
    size_t             limit; /* text: bytes; whole: greatest number */
    bool               is_required;
    const char *const *words; /* for FIELD_WORD and FIELD_WORDS, NULL at the end */
};

typedef void field_blame(void *owner, enum fault fault, const char *field, const char *reason);

/* False when anything was blamed. into must be zeroed. */
MUST_USE bool fields_decode(struct span body, const struct field *fields, size_t field_count,
                            struct arena *arena, void *into, field_blame *blame, void *owner);

#endif
