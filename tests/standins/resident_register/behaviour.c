#include "behaviour.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static const char *const down_words[DOWN_COUNT] = {
    [DOWN_NO] = "no",
    [DOWN_CLOSED] = "closed",
    [DOWN_UNAVAILABLE] = "unavailable",
};

static const char *const rude_words[RUDE_COUNT] = {
    [RUDE_NO] = "no",
    [RUDE_BROKEN_JSON] = "broken_json",
    [RUDE_WRONG_REF] = "wrong_ref",
    [RUDE_DOUBLE_REF] = "double_ref",
    [RUDE_MISSING_REF] = "missing_ref",
    [RUDE_OTHER_INQUIRY] = "other_inquiry",
    [RUDE_UNKNOWN_MEMBER] = "unknown_member",
    [RUDE_WRONG_TYPE] = "wrong_type",
    [RUDE_LONG_VALUE] = "long_value",
    [RUDE_CONTENT_TYPE] = "content_type",
    [RUDE_STATUS] = "status",
    [RUDE_CUT] = "cut",
    [RUDE_ENDLESS] = "endless",
};

static const char *const count_names[COUNT_COUNT] = {
    [COUNT_CONNECTIONS] = "connections",
    [COUNT_REQUESTS] = "requests",
    [COUNT_NOT_PERMITTED] = "not_permitted",
    [COUNT_MALFORMED] = "malformed",
    [COUNT_UNAVAILABLE] = "unavailable",
    [COUNT_INQUIRIES] = "inquiries",
    [COUNT_PERSONS] = "persons",
    [COUNT_FOUND] = "found",
    [COUNT_NOT_FOUND] = "not_found",
    [COUNT_REFUSED] = "refused",
    [COUNT_WRONG] = "wrong",
};

void
conduct_open(struct conduct *conduct)
{
    pthread_condattr_t monotonic;

    memset(conduct, 0, sizeof *conduct);
    pthread_mutex_init(&conduct->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&conduct->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

struct behaviour
conduct_now(struct conduct *conduct)
{
    pthread_mutex_lock(&conduct->lock);
    struct behaviour now = conduct->behaviour;
    pthread_mutex_unlock(&conduct->lock);
    return now;
}

static bool
take_number(struct span value, int64_t most, int64_t *ret_number)
{
    char  place[16];
    char *end;

    if (value.length >= sizeof place || !span_is_digits(value))
        return false;
    memcpy(place, value.bytes, value.length);
    place[value.length] = '\0';
    *ret_number = strtoll(place, &end, 10);
    return *ret_number <= most;
}

static int
word_of(struct span value, const char *const *words, int count)
{
    for (int i = 0; i < count; i++)
        if (span_is(value, words[i]))
            return i;
    return -1;
}

static bool
take_pair(struct behaviour *behaviour, struct span name, struct span value)
{
    int word;

    if (span_is(name, "slow_ms"))
        return take_number(value, 600000, &behaviour->slow_ms);
    if (span_is(name, "wrong_ppm"))
        return take_number(value, 1000000, &behaviour->wrong_ppm);
    if (span_is(name, "down")) {
        word = word_of(value, down_words, DOWN_COUNT);
        behaviour->down = (enum down)word;
        return word >= 0;
    }
    word = word_of(value, rude_words, RUDE_COUNT);
    behaviour->rude = (enum rude)word;
    return span_is(name, "rude") && word >= 0;
}

bool
conduct_take(struct conduct *conduct, struct span pairs)
{
    struct behaviour behaviour = conduct_now(conduct);

    for (size_t at = 0; at < pairs.length;) {
        size_t length = 0;
        while (at + length < pairs.length && strchr("&\n", pairs.bytes[at + length]) == NULL)
            length++;
        const char *pair = pairs.bytes + at;
        const char *equals = memchr(pair, '=', length);
        if (equals == NULL
            || !take_pair(&behaviour, span_make(pair, (size_t)(equals - pair)),
                          span_make(equals + 1, length - (size_t)(equals - pair) - 1)))
            return false;
        at += length + 1;
    }
    pthread_mutex_lock(&conduct->lock);
    conduct->behaviour = behaviour;
    pthread_cond_broadcast(&conduct->changed);
    pthread_mutex_unlock(&conduct->lock);
    return true;
}

void
conduct_stop(struct conduct *conduct, bool is_stopping)
{
    pthread_mutex_lock(&conduct->lock);
    conduct->is_stopping = is_stopping;
    pthread_cond_broadcast(&conduct->changed);
    pthread_mutex_unlock(&conduct->lock);
}

bool
conduct_is_stopping(struct conduct *conduct)
{
    pthread_mutex_lock(&conduct->lock);
    bool is_stopping = conduct->is_stopping;
    pthread_mutex_unlock(&conduct->lock);
    return is_stopping;
}

void
conduct_wait(struct conduct *conduct, int64_t milliseconds)
{
    struct timespec until;

    if (milliseconds <= 0)
        return;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&conduct->lock);
    while (!conduct->is_stopping
           && pthread_cond_timedwait(&conduct->changed, &conduct->lock, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&conduct->lock);
}

void
conduct_count(struct conduct *conduct, enum count count, uint64_t more)
{
    atomic_fetch_add_explicit(&conduct->counts[count], more, memory_order_relaxed);
}

void
conduct_write(struct conduct *conduct, struct text *text)
{
    struct behaviour now = conduct_now(conduct);

    text_add_format(text, "{\"slow_ms\":%lld,\"wrong_ppm\":%lld,\"down\":\"%s\",\"rude\":\"%s\"",
                    (long long)now.slow_ms, (long long)now.wrong_ppm, down_words[now.down],
                    rude_words[now.rude]);
    for (size_t i = 0; i < COUNT_COUNT; i++)
        text_add_format(
            text, ",\"%s\":%llu", count_names[i],
            (unsigned long long)atomic_load_explicit(&conduct->counts[i], memory_order_relaxed));
    text_add_string(text, "}\n");
}
