/*
 * judge: what to answer to "is this person covered on that day?", as one pure function.
 *
 * Shape   question + persons found + what is near + policy → verdict. The verdict points into the
 *         dossiers; it copies nothing and decides what may be shown.
 * Units   days.
 * Errors  none: every question has a verdict, and every verdict has a reason. A bare "invalid"
 *         cannot be expressed.
 * Owner   plain values; the verdict borrows the dossiers.
 * Source  codes: OQSCD006 (interface facts, part 5); ARCHITECTURE.md, "the answer".
 *         Two persons are never narrowed to one by guess.
 */
#ifndef MODEL_JUDGE_H
#define MODEL_JUDGE_H

#include "model/dossier.h"

/* Stable numbers: they are stored in access records. */
enum reason {
    REASON_UNSET = 0,
    REASON_IN_FORCE = 1,
    REASON_LOST = 2,
    REASON_NOT_YET_STARTED = 3,
    REASON_NOTIFIED_NOT_REGISTERED = 4,
    REASON_IDENTITY_CHECK_PENDING = 5,
    REASON_SUSPENDED = 6,
    REASON_MISTYPED = 7,
    REASON_NOT_FOUND = 8,
    REASON_AMBIGUOUS = 9,
    REASON_EXPIRED_CARD_WITHIN_TRANSITION = 10,
    REASON_CARD_NOT_LINKED = 11,
    REASON_COUNT
};

/* OQSCD006 */
enum validity {
    VALIDITY_UNSET = 0,
    VALIDITY_VALID = 1,
    VALIDITY_NOT_VALID = 2,
    VALIDITY_NEWER_COVERAGE = 3,
    VALIDITY_NO_COVERAGE = 4,
    VALIDITY_SEVERAL = 5,
    VALIDITY_VALID_UNREGISTERED = 6
};

enum card_field {
    CARD_FIELD_NONE = 0,
    CARD_FIELD_INSURER_NUMBER,
    CARD_FIELD_SYMBOL,
    CARD_FIELD_NUMBER,
    CARD_FIELD_BRANCH,
    CARD_FIELD_BIRTH_DATE,
    CARD_FIELD_COUNT
};

struct reason_row {
    const char *name;         /* on the wire */
    bool        shows_person; /* whether the coverage may be shown */
};

const struct reason_row *reason_info(enum reason reason);
const char              *card_field_name(enum card_field field); /* NULL for none */
enum card_field          card_field_of(struct span name);

struct judge_question {
    struct span insurer_number; /* 8 digits */
    struct span symbol_key;
    struct span number_key;
    struct span branch;   /* empty: not given */
    struct span card_key; /* loose; see model/card_key.h */
    day_t       birth_date;
    day_t       asked_on;
    bool        is_by_person; /* a My Number card names the person, and no coverage */
};

/* What look-around found; see schema/functions.md, eligibility_look_around. */
enum nearby_kind {
    NEARBY_NOTICE = 1,
    NEARBY_OTHER_BIRTH_DATE = 2,
    NEARBY_OTHER_NUMBER = 3,
    NEARBY_OTHER_INSURER = 4
};

struct nearby {
    enum nearby_kind kind;
    struct span      card_key;
    day_t            birth_date;
    day_t            event_on;
    day_t            due_on;
};

struct judge_policy {
    day_t old_card_transition_end; /* last day on which an expired card is told apart */
};

struct judge_case {
    const struct judge_question *question;
    const struct dossier        *persons;
    size_t                       person_count;
    const struct nearby         *nearby;
    size_t                       nearby_count;
    bool                         has_looked_around;
};

struct verdict {
    enum validity                  validity;
    enum reason                    reason;
    const struct dossier          *person;   /* NULL unless the reason shows one */
    const struct dossier_coverage *coverage; /* the one that the answer is about, or NULL */
    const struct dossier          *sealed;   /* the person that must be on record but not shown */
    enum card_field                reread;   /* which field to read again */
    day_t                          due_on;   /* registration expected by; DAY_UNKNOWN */
};

/* True when the verdict cannot be given before looking around. */
bool judge_must_look_around(const struct judge_case *matter);

struct verdict judge(const struct judge_case *matter, const struct judge_policy *policy);

/* Who is meant by this card, without asking what holds? Either a person and REASON_UNSET, or no
 * person and a reason that shows none. Does not look around. */
struct verdict judge_person(const struct judge_case *matter);

/* The row in force on the day, or NULL. */
const struct dossier_ratio   *ratio_on(const struct dossier_coverage *coverage, day_t day);
const struct dossier_elderly *elderly_on(const struct dossier_coverage *coverage, day_t day);
const struct dossier_ceiling *ceiling_on(const struct dossier_coverage *coverage, day_t day);

static inline bool
period_holds(day_t from_on, day_t until_on, day_t day)
{
    return from_on <= day && day < until_on;
}

#endif
