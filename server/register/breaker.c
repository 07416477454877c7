#include "register/breaker.h"

static void
open_up(struct breaker *breaker, int64_t now_ms)
{
    breaker->state = BREAKER_OPEN;
    breaker->opened_ms = now_ms;
    breaker->has_probe = false;
    breaker->openings++;
}

int64_t
breaker_wait_ms(const struct breaker *breaker, int64_t now_ms)
{
    int64_t until_ms = breaker->opened_ms + breaker->open_ms;

    return breaker->state == BREAKER_OPEN && until_ms > now_ms ? until_ms - now_ms : 0;
}

bool
breaker_lets(struct breaker *breaker, int64_t now_ms, bool *ret_is_probe)
{
    *ret_is_probe = false;
    if (breaker->state == BREAKER_CLOSED)
        return true;
    if (breaker->has_probe || breaker_wait_ms(breaker, now_ms) > 0)
        return false;
    breaker->state = BREAKER_HALF_OPEN;
    breaker->has_probe = true;
    *ret_is_probe = true;
    return true;
}

void
breaker_hear(struct breaker *breaker, bool is_sound, bool is_probe, int64_t now_ms)
{
    if (is_sound) { /* also from one who set out before it opened */
        breaker->state = BREAKER_CLOSED;
        breaker->failures = 0;
        breaker->has_probe = false;
        return;
    }
    if (is_probe) {
        open_up(breaker, now_ms);
        return;
    }
    if (breaker->state != BREAKER_CLOSED)
        return; /* a straggler says nothing new */
    breaker->failures++;
    if (breaker->failures >= breaker->failures_max)
        open_up(breaker, now_ms);
}
