/*
 * personal_number: a 個人番号 in the memory of the few programs that may hold one.
 *
 * Shape   twelve half-width digits behind a type that nothing prints: no function gives them as
 *         text, and only the room that seals them and the one that asks the resident register look
 *         inside.
 * Errors  personal_number_take() is false for anything but twelve digits; the place is then empty.
 *         Whether the check digit is right is another question: personal_number_kind_of().
 * Owner   a plain value; whoever holds one wipes it.
 * Source  domain facts, part 2.5; 番号法 (2013 law 27).
 */
#ifndef MODEL_PERSONAL_NUMBER_H
#define MODEL_PERSONAL_NUMBER_H

#include "base/attr.h"
#include "base/span.h"

#include <stdbool.h>

enum { PERSONAL_NUMBER_DIGITS = 12 };

struct personal_number {
    unsigned char hidden[PERSONAL_NUMBER_DIGITS]; /* '0' to '9'; all 0 is none */
};

enum personal_number_kind {
    PERSONAL_NUMBER_WRONG,     /* its check digit is neither */
    PERSONAL_NUMBER_TRUE,      /* may belong to somebody */
    PERSONAL_NUMBER_SYNTHETIC, /* the check digit is the true one + 5 (mod 10): belongs to nobody */
};

/* Folds width; blanks around the number and dashes or blanks within it go away. */
MUST_USE bool personal_number_take(struct span raw, struct personal_number *ret_number);

bool                      personal_number_is_set(const struct personal_number *number);
enum personal_number_kind personal_number_kind_of(const struct personal_number *number);

/* In a way that the compiler may not leave out. */
void personal_number_wipe(struct personal_number *number);

#endif
