/*
 * breaker: whether it is worth calling somebody who has failed us.
 *
 * Shape   closed: calls go out. So many failures in a row open it: none go out for a while. Then it
 *         is half open: one call goes out, and what becomes of it closes or opens it again.
 * Units   milliseconds of a monotonic clock, which the caller tells.
 * Owner   a plain value.
 */
#ifndef REGISTER_BREAKER_H
#define REGISTER_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum breaker_state { BREAKER_CLOSED = 0, BREAKER_OPEN = 1, BREAKER_HALF_OPEN = 2 };

struct breaker {
    int64_t            failures_max; /* in a row */
    int64_t            open_ms;
    enum breaker_state state;
    int64_t            failures;
    int64_t            opened_ms;
    bool               has_probe;
    uint64_t           openings;
};

/* Whether a call may go out now. ret_is_probe: it is the one that decides. */
bool breaker_lets(struct breaker *breaker, int64_t now_ms, bool *ret_is_probe);

/* What became of a call. */
void breaker_hear(struct breaker *breaker, bool is_sound, bool is_probe, int64_t now_ms);

/* How long until a call may go out: 0 now. */
int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_ms);

#endif
