/*
 * histogram: counts of durations, log-linear, three significant digits.
 *
 * Shape   Below 2048 every value has its own counter; above, each power of two is cut into 1024
 *         equal steps, so a counter is never wider than 0.1 % of its value.
 * Units   nanoseconds. What is longer than HISTOGRAM_MAX_NS (18 minutes) counts as that.
 * Owner   plain memory, about 260 kB; put it on the heap.
 * Source  the layout of HdrHistogram (Gil Tene), written anew.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_MAX_NS ((UINT64_C(1) << 40) - 1)

enum {
    HISTOGRAM_STEP_BITS = 10,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS,
    HISTOGRAM_COUNTERS = (40 - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS,
};

struct histogram {
    uint64_t count;
    uint64_t sum_ns;
    uint64_t max_ns;
    uint64_t counters[HISTOGRAM_COUNTERS];
};

void histogram_add(struct histogram *histogram, uint64_t duration_ns);

/* The smallest duration that at least this share of all does not exceed; 0 if there is none. */
uint64_t histogram_quantile_ns(const struct histogram *histogram, double share);

/* The largest duration that counts into this counter. */
uint64_t histogram_top_ns(size_t counter);

double histogram_mean_ns(const struct histogram *histogram);

#endif
