/*
 * family_parts: the steps in which a family is made; for family.c only.
 *
 * Shape   family.c composes the people, tenure.c gives them coverages, card.c the cards under
 *         them, term.c what share they pay, trouble.c what may go wrong with all that.
 * Owner   all write into the family.
 */
#ifndef FAMILY_PARTS_H
#define FAMILY_PARTS_H

#include "family.h"

/* A new card of an insurer, as the insurer writes them. */
MUST_USE bool card_make(struct family *family, const struct plan *plan, uint32_t at,
                        uint32_t insurer);

/* Coverages of everybody. */
MUST_USE bool tenures_make(struct family *family, const struct plan *plan, struct dice *dice);

/* Ratios, certificates, ceilings, diseases, benefits. */
void terms_make(struct family *family, const struct plan *plan, struct dice *dice);

/* Flags, holds, suspended coverages, missing branches, notices; and the card that nobody has. */
MUST_USE bool troubles_make(struct family *family, const struct plan *plan);

#endif
