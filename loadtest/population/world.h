/*
 * world: what people stand in: insurers and facilities.
 *
 * Shape   Insurers lie in the order of kind and prefecture, so that those of one kind, and those of
 *         one kind and prefecture, are neighbours.
 * Units   days are day_t; valid_to is DAY_FOREVER while open.
 * Errors  world_open() is false when out of memory.
 * Owner   world_close() frees; accepts one that was never opened.
 * Source  numbers of facilities and insurers: domain facts, parts 13.5 and 13.6; body numbers 9xx
 *         (39x for national health insurance societies, whose third digit is a 3): part 14.1.
 */
#ifndef WORLD_H
#define WORLD_H

#include "dice.h"

#include "base/attr.h"
#include "base/clock.h"
#include "model/codes.h"
#include "model/facility_code.h"
#include "model/insurer_number.h"
#include "model/prefecture.h"

enum { WORLD_INSURERS_MIN = 400, WORLD_INSURERS_MAX = 3500, WORLD_FACILITIES_MAX = 500000 };
enum { NAME_SIZE = 96, PHONE_SIZE = 16 };

struct insurer {
    struct insurer_number number;
    enum insurer_kind     kind;
    int                   prefecture;
    char                  name[NAME_SIZE];
    char                  phone[PHONE_SIZE];
    day_t                 valid_from;
    day_t                 valid_to;
    uint32_t              successor; /* its own index while there is none */
    int16_t               usual_lag_days;
    day_t                 heard_on;
    uint32_t              heard_after_s; /* since 00:00 UTC of that day */
};

struct facility {
    int32_t              facility_id;
    struct facility_code code;
    enum facility_kind   kind;
    int                  prefecture;
    char                 name[NAME_SIZE];
    int16_t              status;
    int16_t              rights_profile;
    day_t                valid_from;
    struct facility_code predecessor; /* "" for none */
};

struct world {
    struct insurer  *insurers;
    size_t           insurer_count;
    uint32_t         first[INSURER_KIND_COUNT][PREFECTURE_COUNT + 1];
    uint32_t         count[INSURER_KIND_COUNT][PREFECTURE_COUNT + 1];
    struct facility *facilities;
    size_t           facility_count;
};

struct world_wish {
    uint64_t seed;
    day_t    today;
    size_t   insurers;
    size_t   facilities;
};

MUST_USE bool world_open(struct world *world, const struct world_wish *wish);
void          world_close(struct world *world);

/* By share of the population. */
int prefecture_pick(struct dice *dice);

/* An insurer of this kind that takes people on, in the prefecture if it has one of the kind. */
uint32_t world_insurer_pick(const struct world *world, enum insurer_kind kind, int prefecture,
                            struct dice *dice);

/* "東京都" */
const char *prefecture_suffix(int prefecture);

/* Writes the check digit behind body digits, and NUL. */
void digits_seal(char *digits, size_t body_length);

#endif
