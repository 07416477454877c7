/*
 * links: by what rows of one file may meet in a coverage or a person.
 *
 * Shape   one hash for each way to meet; rows that share one are settled by batch_resolve, all
 *         others have nothing to do with each other.
 * Units   64-bit hashes; two rows may share one by chance, which costs a look.
 * Owner   values.
 * Source  schema/31_batch.sql, columns link_*; schema/89_apply.sql, batch_resolve.
 */
#ifndef BATCH_LINKS_H
#define BATCH_LINKS_H

#include "batch/seen.h"
#include "model/card_key.h"
#include "rule/row.h"

enum { LINK_CARD, LINK_NUMBER, LINK_CREDENTIAL, LINK_IDENTITY, LINK_WAYS };

struct links {
    int64_t at[LINK_WAYS];
    bool    has[LINK_WAYS];
    bool    meets; /* one of them may have been there before in this file */
};

/* Index is of the personal number, NULL without one. */
void links_make(const struct enrolment_row *row, const struct card_key *card,
                struct span name_kana_key, struct span credential, const unsigned char *index,
                struct seen *seen, struct links *ret_links);

#endif
