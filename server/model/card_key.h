/*
 * card_key: what a patient's card says, as the key under which the registry finds people.
 *
 * Shape   text is insurer ':' symbol_loose ':' number_loose, and rest is what follows its first
 *         colon. A key holds no colon of its own. A loose form is the key without its leading
 *         zeros; a key of zeros only keeps one, an empty symbol stays empty. Two different cards
 *         can share a loose key; the keys beside it then tell them apart. A missing branch is not
 *         "00".
 * Units   limits are in characters as typed, without blanks around them.
 * Errors  FAULT_FIELD_MISSING    the number is empty, or nothing is left of it
 *         FAULT_FIELD_TOO_LONG   more than CARD_SYMBOL_CHARS_MAX or CARD_NUMBER_CHARS_MAX
 *         FAULT_FIELD_MALFORMED  not UTF-8 and the like; a branch that is not one or two digits
 *         FAULT_REQUEST_TOO_LARGE  the arena is full
 *         The blame names the field: "symbol", "number" or "branch_number". A personal number is
 *         not looked for here: see personal_number_is_shaped() in check_digit.h.
 * Owner   the spans live in the arena.
 * Source  schema/functions.md (card_key); domain facts, part 2.4; interface facts, part 4.5.
 */
#ifndef MODEL_CARD_KEY_H
#define MODEL_CARD_KEY_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "model/insurer_number.h"

enum { CARD_SYMBOL_CHARS_MAX = 20, CARD_NUMBER_CHARS_MAX = 20, CARD_BRANCH_SIZE = 3 };

struct card_key {
    struct span text;
    struct span rest; /* symbol_loose ':' number_loose */
    struct span symbol_key;
    struct span number_key;
    struct span symbol_loose;
    struct span number_loose;
    char        branch[CARD_BRANCH_SIZE]; /* two digits, or "" */
    bool        has_branch;
};

MUST_USE enum fault card_key_make(const struct insurer_number *insurer, struct span symbol,
                                  struct span number, struct span branch, struct arena *arena,
                                  struct card_key *ret_key, struct blame *reterr_blame);

static inline struct span
card_key_branch(const struct card_key *key)
{
    return span_make(key->branch, key->has_branch ? CARD_BRANCH_SIZE - 1 : 0);
}

/* "" stays "", one digit gets a zero in front; anything but one or two digits is malformed. */
MUST_USE enum fault branch_parse(struct span raw, char ret_branch[CARD_BRANCH_SIZE],
                                 struct blame *reterr_blame);

#endif
