/*
 * random: fast numbers that need not be secret: request ids and the order of questions.
 *
 * Shape   a counter run through a mixing function (splitmix64); two of them make a request id.
 * Source  S. Vigna, splitmix64 (public domain); UUID version 4 of RFC 9562.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include "load.h"

enum { RANDOM_UUID_LENGTH = 36 };

struct random {
    uint64_t state;
};

struct uuid_maker {
    struct random high;
    struct random low;
};

static inline uint64_t
random_next(struct random *random)
{
    uint64_t mixed = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* Seeded by the kernel, so that no two runs share request ids. */
MUST_USE bool uuid_maker_open(struct uuid_maker *maker, struct complaint *reterr_complaint);

/* Writes exactly RANDOM_UUID_LENGTH characters, no NUL. */
void uuid_write(struct uuid_maker *maker, char *out);

#endif
