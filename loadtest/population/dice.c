#include "dice.h"

#include <assert.h>

static const uint64_t golden = UINT64_C(0x9E3779B97F4A7C15);

uint64_t
dice_mix(uint64_t number)
{
    number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 31);
}

struct dice
dice_make(uint64_t seed, enum dice_stream stream, uint64_t number)
{
    uint64_t state = dice_mix(seed + golden);
    state = dice_mix(state ^ dice_mix((uint64_t)stream + golden));
    return (struct dice){ .state = dice_mix(state ^ dice_mix(number + golden)) };
}

uint64_t
dice_next(struct dice *dice)
{
    dice->state += golden;
    return dice_mix(dice->state);
}

uint32_t
dice_below(struct dice *dice, uint32_t limit)
{
    assert(limit > 0);
    return (uint32_t)(((dice_next(dice) >> 32) * limit) >> 32);
}

int32_t
dice_between(struct dice *dice, int32_t least, int32_t most)
{
    assert(least <= most);
    return least + (int32_t)dice_below(dice, (uint32_t)(most - least) + 1);
}

bool
dice_hits(struct dice *dice, uint32_t ppm)
{
    return dice_below(dice, 1000000) < ppm;
}

size_t
dice_pick(struct dice *dice, const uint16_t *weights, size_t count)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    uint32_t left = dice_below(dice, sum);
    for (size_t i = 0; i < count; i++) {
        if (left < weights[i])
            return i;
        left -= weights[i];
    }
    return count - 1;
}
