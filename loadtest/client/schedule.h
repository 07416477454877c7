/*
 * schedule: when the questions of an open loop are due.
 *
 * Shape   Question i is due at start + i / rate, whatever the answers do; its latency counts from
 *         then, so that a server that stalls cannot hide the questions it kept from being asked.
 * Units   nanoseconds; rates per second.
 * Owner   plain numbers.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "load.h"

static inline uint64_t
schedule_due_ns(uint64_t start_ns, uint64_t number, double rate)
{
    double interval_ns = (double)LOAD_NS_PER_SECOND / rate;

    return start_ns + (uint64_t)((double)number * interval_ns);
}

/* How many are due and unsent, the oldest of which is overdue for so long. */
static inline uint64_t
backlog_count(uint64_t overdue_ns, double rate)
{
    return 1 + (uint64_t)((double)overdue_ns * rate / (double)LOAD_NS_PER_SECOND);
}

#endif
