/*
 * advice: one sentence for the reception desk and one for the vendor, per reason.
 *
 * Shape   a table of sentences with places for what the desk can act on: {insurer}, {contact},
 *         {due}, {field}, {day}. None of them is personal.
 * Owner   written into a text the caller gives; truncated text sets its is_full.
 */
#ifndef MODEL_ADVICE_H
#define MODEL_ADVICE_H

#include "base/text.h"
#include "model/judge.h"

enum language { LANGUAGE_JAPANESE, LANGUAGE_ENGLISH };

struct advice_facts {
    struct span     insurer; /* name, or empty */
    struct span     contact; /* telephone, or empty */
    day_t           due_on;
    day_t           day; /* the day of loss or of start */
    enum card_field reread;
    bool            has_newer_coverage;
};

void advice_for_reception(struct text *text, enum reason reason, enum language language,
                          const struct advice_facts *facts);

/* A constant English sentence for whoever wrote the asking program. */
const char *advice_for_vendor(enum reason reason);

#endif
