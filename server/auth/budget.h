/*
 * budget: how much each facility may ask, and what of it looks like misuse.
 *
 * Shape   one row for each facility that has asked, in one worker's memory. budget_ask() comes
 *         before a question is looked at, budget_note() after its answer is known. Windows are
 *         fixed: a minute, an hour, a civil day. People of a day are counted by a sketch of 256
 *         bytes (HyperLogLog), which is a few percent off. Another worker, or this one after a new
 *         start, begins at nothing: what a facility can spend is at most the budget times workers.
 * Units   limits are counts; 0 is none.
 * Errors  budget_ask(): what was seen, and how often. Guessing and walking lock the facility for
 *         the day, and are for suspending it. Out of memory there is no budget: who may ask
 *         is not turned away for that.
 * Owner   one worker; no locks.
 * Source  policy parameters budget_…; domain facts, SR-060. Flajolet et al., HyperLogLog (2007).
 */
#ifndef AUTH_BUDGET_H
#define AUTH_BUDGET_H

#include "auth/directory.h"

enum { BUDGET_KINDS = 7, BUDGET_SKETCH_BYTES = 256, BUDGET_SAME_SLOTS = 8 };

enum budget_verdict {
    BUDGET_KEPT = 0,
    BUDGET_MINUTE,  /* too many questions in a minute */
    BUDGET_SAME,    /* the same question, over and over */
    BUDGET_PERSONS, /* too many people in a day */
    BUDGET_MISSES,  /* too many questions in an hour that find nobody: somebody guesses */
    BUDGET_WALK,    /* numbers one after the other: somebody walks through them */
    BUDGET_VERDICT_COUNT
};

struct budget_terms {
    int32_t minute;
    int32_t same_minute;
    int32_t persons_day;
    int32_t misses_hour;
    int32_t walk_steps;
};

struct budget_same {
    uint64_t what;
    int32_t  count;
};

struct budget_row {
    int64_t             minute;
    int64_t             hour;
    day_t               day;
    int32_t             asked;
    int32_t             missed;
    int32_t             steps;
    int32_t             persons; /* as the sketch says */
    int32_t             refused; /* in this minute */
    int64_t             number;
    enum budget_verdict locked; /* until the day ends: suspended by now, or about to be */
    struct budget_same  same[BUDGET_SAME_SLOTS];
    unsigned char       sketch[BUDGET_SKETCH_BYTES];
};

struct budget {
    bool                is_on;
    struct budget_terms terms[BUDGET_KINDS]; /* by kind of facility */
    struct map          rows_by_facility;
    struct budget_row  *rows;
    size_t              row_count;
    size_t              row_room;
};

struct budget_question {
    int32_t              facility_id;
    int16_t              kind;
    bool                 is_item;     /* of a list: its minutes are not counted */
    const unsigned char *body_digest; /* 16 bytes */
    int64_t              number;      /* of the card, 0 for none: only to see steps */
    instant_t            now;
    day_t                today;
};

void budget_open(struct budget *budget, bool is_on);
void budget_close(struct budget *budget);

/* Takes the limits that hold today; call when the directory was refreshed. */
void budget_learn(struct budget *budget, const struct directory *directory, day_t today);

struct budget_finding {
    enum budget_verdict verdict;
    int32_t             count;    /* how often, for whom it is told */
    bool                is_first; /* of this minute: later ones say nothing new */
    bool                locks;    /* the facility is to be suspended, and was not before */
};

MUST_USE struct budget_finding budget_ask(struct budget                *budget,
                                          const struct budget_question *question);

/* What came of it: nobody was found, or this person was shown (0: nobody). */
void budget_note(struct budget *budget, const struct budget_question *question, bool is_miss,
                 int64_t person_id);

/* How many people the sketch stands for. */
int32_t budget_persons(const unsigned char *sketch);

#endif
