#include "base/clock.h"

#include <time.h>

static const int64_t MICROSECONDS_PER_DAY = INT64_C(86400000000);
static const int64_t JAPAN_OFFSET_US = INT64_C(9) * 3600 * 1000000;

/* The only state of the clock: a shift that is set before any thread starts, for tests. */
static int64_t shift_us;

void
clock_shift(int64_t seconds)
{
    shift_us = seconds * 1000000;
}

static int64_t
read_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

instant_t
clock_now(void)
{
    return read_us(CLOCK_REALTIME) + shift_us;
}

int64_t
clock_ticks_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_ticks_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

day_t
clock_day(instant_t instant)
{
    int64_t local = instant + JAPAN_OFFSET_US;
    int64_t day = local / MICROSECONDS_PER_DAY;
    return (day_t)(local % MICROSECONDS_PER_DAY < 0 ? day - 1 : day);
}

int64_t
clock_day_elapsed_us(instant_t instant)
{
    int64_t local = instant + JAPAN_OFFSET_US;
    return local - (int64_t)clock_day(instant) * MICROSECONDS_PER_DAY;
}
