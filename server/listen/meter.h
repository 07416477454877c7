/*
 * meter: what one worker counts, for the metrics page.
 *
 * Shape   plain counters, written by one worker and read by the admin listener without a lock:
 *         each is one aligned word, and a page that is one count behind is fine.
 * Units   latency bounds are microseconds.
 * Owner   the worker.
 */
#ifndef LISTEN_METER_H
#define LISTEN_METER_H

#include "base/fault.h"

#include <stdatomic.h>
#include <stdint.h>

enum { METER_ROUTES = 192, METER_KINDS = 9, METER_KIND_INSURER = 8, METER_BOUNDS = 14 };

extern const uint32_t meter_bounds_us[METER_BOUNDS];

typedef _Atomic uint64_t meter_count;

struct meter {
    meter_count requests[METER_ROUTES][FAULT_COUNT];
    meter_count by_kind[METER_ROUTES][METER_KINDS];
    meter_count latency[METER_ROUTES][METER_BOUNDS + 1];
    meter_count latency_sum_us[METER_ROUTES];
    meter_count reasons[16];
    meter_count connections_opened;
    meter_count connections_now;
    meter_count handshakes_failed;
    meter_count handshakes_resumed;
    meter_count places_taken;
    meter_count places_all;
    meter_count places_awaited;
    meter_count waiting;
    meter_count flights;
    meter_count flown;
    meter_count flights_failed;
    meter_count flights_lost;
    meter_count replays;
    meter_count late;
    meter_count lanes_open;
    meter_count refused_full;
    meter_count directory_refreshed_ms; /* of clock_ticks_ms() */
    meter_count streams_now;
    meter_count stream_bytes;
};

static inline void
meter_add(meter_count *count, uint64_t more)
{
    /* One writer only, so no read-modify-write is needed. */
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

static inline void
meter_set(meter_count *count, uint64_t value)
{
    atomic_store_explicit(count, value, memory_order_relaxed);
}

void meter_request(struct meter *meter, int route, enum fault fault, int kind, int reason,
                   int64_t microseconds);

#endif
