/*
 * notice: what the endpoints of notices share.
 *
 * Shape   one notice as an insurer sends it, checked, with its card key; and as the database takes
 *         it, JSON by a table.
 * Owner   everything lives in the request's arena.
 * Source  schema/functions.md, "Notices"; domain facts, part 7.
 */
#ifndef ENDPOINT_NOTICE_H
#define ENDPOINT_NOTICE_H

#include "base/text.h"
#include "endpoint/enrolment.h"
#include "model/card_key.h"

struct notice_item {
    struct enrolment_item item; /* first, since it is read as one */
    struct span           notice_key;
    int16_t               change_kind;
    day_t                 event_on;
    day_t                 received_on;
    struct span           symbol;
    struct span           number;
    struct span           branch_raw;
    day_t                 birth_date;

    struct span card_key;
    struct span branch;

    /* filled when the database has answered */
    const char *outcome;
    int64_t     notice_id;
    day_t       due_on;
    day_t       plain_due_on;
};

extern const char *const notice_change_words[]; /* change_kind, from 1 */
extern const char *const notice_state_words[];  /* state, from 1 */

/* The body of a new notice (has_key) or of a correction, which keeps the key it has. */
void notice_decode(struct request *r, struct span body, struct notice_item *notice, bool has_key);

/* Bytes that notice_write() may need. */
size_t notice_room(const struct notice_item *notice);

/* One object, as notice_open and notice_correct take it. */
void notice_write(struct text *text, const struct notice_item *notice);

#endif
