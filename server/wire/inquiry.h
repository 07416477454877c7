/*
 * inquiry: what the registry and the resident register say to each other.
 *
 * Shape   one inquiry asks for many people by personal number; each is a ref, which is its index.
 *         Its reply has exactly one result for every ref, in any order.
 * Units   days are day_t; sex is OQSCD007.
 * Errors  a reason to log, or NULL. A reply that is not wholly sound is refused as a whole, since a
 *         wrong result may be another person's.
 * Owner   the answers borrow from the body, and from the arena where texts held escapes. The body
 *         of a question holds personal numbers: the caller wipes it.
 * Source  schema/api/resident-register.yaml.
 */
#ifndef WIRE_INQUIRY_H
#define WIRE_INQUIRY_H

#include "base/arena.h"
#include "base/text.h"
#include "base/uuid.h"
#include "model/identity.h"
#include "model/personal_number.h"

enum {
    INQUIRY_PERSONS_MAX = 1000,
    INQUIRY_REF_MAX = INQUIRY_PERSONS_MAX - 1,
    INQUIRY_HEAD_BYTES = 80,   /* of a question, without its people */
    INQUIRY_PERSON_BYTES = 56, /* of each of them at most */
    INQUIRY_REPLY_BYTES = 4096 /* of a reply at most, for each person and once more */
};

enum inquiry_status {
    INQUIRY_NONE = 0,
    INQUIRY_FOUND = 1,
    INQUIRY_NOT_FOUND = 2, /* the register has nobody under this number */
    INQUIRY_REFUSED = 3    /* it does not say, and has a code for why */
};

struct inquiry_answer {
    enum inquiry_status status;
    struct identity     identity; /* found */
    day_t               as_of;    /* found: since when the register has held it so */
    struct span         code;     /* refused: letters a to z and '_' */
};

/* POST body for these numbers. */
void inquiry_write(struct text *text, const char inquiry_id[UUID_TEXT_LENGTH + 1],
                   const struct personal_number *numbers, size_t count);

MUST_USE const char *inquiry_read(struct span body, const char inquiry_id[UUID_TEXT_LENGTH + 1],
                                  struct inquiry_answer *ret_answers, size_t count,
                                  struct arena *arena);

#endif
