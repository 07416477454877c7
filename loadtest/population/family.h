/*
 * family: one household with its people, their coverages over time, and what goes with them.
 *
 * Shape   A pure function of (plan, world, number of the family). family_size() tells how many
 *         people it has without making them, so that person ids can be counted ahead.
 * Units   days are day_t; periods are from_on (included) to until_on (excluded).
 * Errors  family_make() is false when the arena is full, which its size rules out.
 * Owner   card keys live in the family's arena until the next family_make(); family_close() frees.
 * Source  census pyramid, insurers by age, faults and their rates: domain facts, part 14.1.
 */
#ifndef FAMILY_H
#define FAMILY_H

#include "name.h"
#include "world.h"

#include "model/card_key.h"
#include "model/public_payer.h"

enum {
    FAMILY_PEOPLE_MAX = 6,
    FAMILY_CARDS = 16,
    CARD_UNREGISTERED = 14, /* the card of whoever a notice announces */
    CARD_NEVER = 15,        /* a card that nobody has */
    PERSON_COVERAGES_MAX = 8,
    COVERAGE_RATIOS_MAX = 2,
    PERSON_BENEFITS_MAX = 2,
    PAST_YEARS = 3, /* how far back coverage histories go */
    SYMBOL_SIZE = 48,
    ADDRESS_SIZE = 128
};

struct plan {
    uint64_t            seed;
    day_t               today;
    day_t               transition_end; /* last day on which expired old cards are told apart */
    const struct world *world;
    const day_t        *holidays; /* ascending */
    size_t              holiday_count;
};

struct card {
    uint32_t        insurer;
    char            symbol[SYMBOL_SIZE];
    char            number[SYMBOL_SIZE];
    struct card_key key;
};

struct term {
    int16_t percent;
    day_t   from_on;
    day_t   until_on;
};

struct coverage {
    int64_t     coverage_id;
    uint32_t    card;                     /* index into the family's cards */
    char        branch[CARD_BRANCH_SIZE]; /* "" for none */
    int16_t     relation;
    const char *insured_name; /* NULL for none */
    day_t       from_on;
    day_t       until_on;
    const char *loss_reason; /* NULL while open */
    const char *card_class;
    day_t       issued_on;
    day_t       card_expires_on; /* DAY_UNKNOWN for none */
    int16_t     state;
    int16_t     scheme;
    day_t       preschool_until; /* DAY_UNKNOWN for none */
    day_t       recorded_on;

    struct term ratios[COVERAGE_RATIOS_MAX];
    size_t      ratio_count;
    struct term elderly; /* percent 0: none */
    struct term ceiling;
    char        ceiling_class[4]; /* "" for none */
    int32_t     disease_self_pay; /* 0: none */
    day_t       disease_from_on;
};

struct benefit {
    struct payer_number     payer;
    struct recipient_number recipient;
    char                    programme[3];
    int32_t                 self_pay;
    day_t                   from_on;
    day_t                   until_on;
};

struct person {
    int64_t            person_id;
    struct person_name name;
    enum sex           sex;
    day_t              birth_date;
    day_t              death_on; /* DAY_FOREVER while alive */
    char               address[ADDRESS_SIZE];
    char               post_number[8];
    day_t              moved_on; /* DAY_UNKNOWN: never */
    char               old_address[ADDRESS_SIZE];
    int16_t            flag_kind;  /* 0: none */
    int16_t            hold_scope; /* 0: none */
    day_t              known_from;

    struct coverage coverages[PERSON_COVERAGES_MAX];
    size_t          coverage_count;
    struct benefit  benefits[PERSON_BENEFITS_MAX];
    size_t          benefit_count;
};

struct announced {
    bool  is_set;
    bool  is_overdue;
    day_t event_on;
    day_t received_on;
    day_t due_on;
    day_t birth_date;
    char  branch[CARD_BRANCH_SIZE];
};

struct family {
    uint64_t         number;
    int              prefecture;
    struct person    people[FAMILY_PEOPLE_MAX];
    size_t           count;
    struct card      cards[FAMILY_CARDS];
    uint32_t         card_count;
    struct announced notice;
    struct arena     arena;
};

MUST_USE bool family_open(struct family *family);
void          family_close(struct family *family);

size_t family_size(const struct plan *plan, uint64_t number);

/* Makes at most people_max of its people, the first one under first_person_id. */
MUST_USE bool family_make(struct family *family, const struct plan *plan, uint64_t number,
                          int64_t first_person_id, size_t people_max);

/* The coverage that holds on the day, or NULL. */
const struct coverage *person_coverage_on(const struct person *person, day_t day);

static inline bool
coverage_holds(const struct coverage *coverage, day_t day)
{
    return coverage->from_on <= day && day < coverage->until_on;
}

static inline const struct insurer *
card_insurer(const struct plan *plan, const struct card *card)
{
    return &plan->world->insurers[card->insurer];
}

#endif
