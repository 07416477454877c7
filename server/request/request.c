#include "request/request.h"

/* Requests that were first answered before midnight may be sent again after it. */
static const int64_t REPLAY_AFTER_MIDNIGHT_US = INT64_C(3600) * 1000000;

int64_t
actor_id(const struct actor *actor)
{
    int64_t number = 0;

    if (actor->holder == HOLDER_FACILITY)
        return actor->facility_id;
    if (actor->holder == HOLDER_PORTAL)
        number = actor->certificate_id & UINT32_MAX;
    if (actor->holder == HOLDER_OPERATOR)
        number = actor->operator_id;
    for (const char *digit = actor->insurer_number; *digit != '\0'; digit++)
        number = number * 10 + (*digit - '0');
    return ((int64_t)actor->holder << 32) + number;
}

void
request_blame(struct request *r, enum fault fault, const char *field, const char *reason)
{
    if (r->fault == FAULT_NONE)
        r->fault = fault;
    if (r->blame_count == BLAMES_MAX)
        return;
    r->blames[r->blame_count++] =
        (struct told_blame){ .fault = fault, .field = field, .reason = reason };
}

day_t
request_previous_day(const struct request *r)
{
    return clock_day_elapsed_us(r->received_at) < REPLAY_AFTER_MIDNIGHT_US ? r->today - 1
                                                                           : DAY_UNKNOWN;
}
