/*
 * dice: chance that can be repeated.
 *
 * Shape   One stream of numbers for each (seed, stream, number): what one family gets does not
 *         depend on which other families were made before, or by which thread.
 * Units   ppm: parts in a million.
 * Owner   plain values.
 * Source  SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
 */
#ifndef DICE_H
#define DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dice_stream {
    DICE_WORLD,
    DICE_COMPOSITION,
    DICE_FAMILY,
    DICE_TROUBLE,
    DICE_QUESTION,
    DICE_SHUFFLE,
    DICE_REGISTER
};

struct dice {
    uint64_t state;
};

struct dice dice_make(uint64_t seed, enum dice_stream stream, uint64_t number);
uint64_t    dice_next(struct dice *dice);

/* 0 to limit - 1; asserts that the limit is not 0. */
uint32_t dice_below(struct dice *dice, uint32_t limit);

/* Both ends included. */
int32_t dice_between(struct dice *dice, int32_t least, int32_t most);

bool dice_hits(struct dice *dice, uint32_t ppm);

/* The index of a weight, as often as its share of all weights. */
size_t dice_pick(struct dice *dice, const uint16_t *weights, size_t count);

/* A number that looks like chance, from a number. */
uint64_t dice_mix(uint64_t number);

#endif
