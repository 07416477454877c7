/*
 * behaviour: how the stand-in is told to be, and what it has counted.
 *
 * Shape   lines or '&'-joined pairs of name=value:
 *             slow_ms=N       waits before each reply
 *             wrong_ppm=N     so many of a million inquiries get another person's values
 *             down=no|closed|unavailable   refuses connections; answers 503
 *             rude=KIND       how replies break the contract; see rude_words
 * Errors  behaviour_take() is false for what it does not know; nothing is changed then.
 * Owner   one for the process; all functions may be called by any thread.
 */
#ifndef BEHAVIOUR_H
#define BEHAVIOUR_H

#include "base/attr.h"
#include "base/text.h"

#include <pthread.h>
#include <stdatomic.h>

enum down { DOWN_NO, DOWN_CLOSED, DOWN_UNAVAILABLE, DOWN_COUNT };

enum rude {
    RUDE_NO,
    RUDE_BROKEN_JSON,
    RUDE_WRONG_REF,
    RUDE_DOUBLE_REF,
    RUDE_MISSING_REF,
    RUDE_OTHER_INQUIRY,
    RUDE_UNKNOWN_MEMBER,
    RUDE_WRONG_TYPE,
    RUDE_LONG_VALUE,
    RUDE_CONTENT_TYPE,
    RUDE_STATUS,
    RUDE_CUT,
    RUDE_ENDLESS,
    RUDE_COUNT
};

struct behaviour {
    int64_t   slow_ms;
    int64_t   wrong_ppm;
    enum down down;
    enum rude rude;
};

enum count {
    COUNT_CONNECTIONS,
    COUNT_REQUESTS,
    COUNT_NOT_PERMITTED,
    COUNT_MALFORMED,
    COUNT_UNAVAILABLE,
    COUNT_INQUIRIES, /* answered in full, rudely or not */
    COUNT_PERSONS,
    COUNT_FOUND,
    COUNT_NOT_FOUND,
    COUNT_REFUSED,
    COUNT_WRONG,
    COUNT_COUNT
};

struct conduct {
    pthread_mutex_t  lock;
    pthread_cond_t   changed;
    struct behaviour behaviour;
    bool             is_stopping;
    _Atomic uint64_t counts[COUNT_COUNT];
};

void             conduct_open(struct conduct *conduct);
struct behaviour conduct_now(struct conduct *conduct);
MUST_USE bool    conduct_take(struct conduct *conduct, struct span pairs);
void             conduct_stop(struct conduct *conduct, bool is_stopping);
bool             conduct_is_stopping(struct conduct *conduct);

/* Returns at once when the stand-in closes. */
void conduct_wait(struct conduct *conduct, int64_t milliseconds);

void conduct_count(struct conduct *conduct, enum count count, uint64_t more);
void conduct_write(struct conduct *conduct, struct text *text); /* JSON */

#endif
