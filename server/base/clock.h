/*
 * clock: where time comes from, and the one place where an instant becomes a day.
 *
 * Shape   an instant_t is microseconds since 1970-01-01T00:00:00Z; a day_t is days since
 *         1970-01-01 in the civil calendar of Japan (UTC+9, no summer time since 1951).
 * Units   microseconds; days; ticks_ms is a monotonic number of milliseconds for deadlines only.
 * Owner   plain values. Time is a parameter: code that decides takes a day or an instant; only
 *         the outermost rooms read the clock. A test moves it with SHIKAKU_CLOCK_OFFSET_S, which
 *         is read once at start and accepted only where the setting `clock = test` is on.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

typedef int64_t instant_t;
typedef int32_t day_t;

enum { DAY_FOREVER = INT32_MAX, DAY_UNKNOWN = INT32_MIN };

instant_t clock_now(void);
int64_t   clock_ticks_ms(void);
int64_t   clock_ticks_us(void);

/* Shifts clock_now() of this process; called once, before threads start. */
void clock_shift(int64_t seconds);

day_t clock_day(instant_t instant);

/* Microseconds of the civil day in Japan that have passed. */
int64_t clock_day_elapsed_us(instant_t instant);

#endif
