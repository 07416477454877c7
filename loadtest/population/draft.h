/*
 * draft: one question with its answer.
 *
 * Shape   false where the person does not suit the question, since its answer would not be certain.
 * Owner   a draft borrows from the family.
 * Source  see question.h.
 */
#ifndef DRAFT_H
#define DRAFT_H

#include "family.h"

#include "base/text.h"
#include "model/judge.h"

struct draft {
    enum validity      validity;
    enum reason        reason;
    const struct card *card;
    char               number[SYMBOL_SIZE]; /* as typed */
    char               branch[4];
    day_t              birth_date;
    day_t              asked_on; /* DAY_UNKNOWN: not given */
};

/* In force, nothing unusual. */
bool draft_plain(struct draft *draft, const struct plan *plan, const struct family *family,
                 size_t at);

/* Any question about the person; mostly about a coverage in force. */
bool draft_any(struct draft *draft, const struct plan *plan, const struct family *family, size_t at,
               struct dice *dice);

/* About the person whom the family's notice announces. */
bool draft_notice(struct draft *draft, const struct family *family);

/* "<validity> <reason> <JSON body>". Without dice all is written as it stands on the card. */
void draft_write(struct text *text, const struct draft *draft, const struct plan *plan,
                 struct dice *dice);

/* What is true of a person today, as a JSON object. */
void truth_tell(struct text *text, const struct plan *plan, const struct family *family, size_t at);

#endif
