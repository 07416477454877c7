#include "histogram.h"

#include <math.h>

static size_t
counter_of(uint64_t value)
{
    if (value < 2 * HISTOGRAM_STEPS)
        return (size_t)value;
    unsigned shift = 63U - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return (size_t)shift * HISTOGRAM_STEPS + (size_t)(value >> shift);
}

/* The largest value that falls into the counter, so that a quantile never flatters. */
uint64_t
histogram_top_ns(size_t counter)
{
    if (counter < 2 * HISTOGRAM_STEPS)
        return counter;
    size_t   shift = counter / HISTOGRAM_STEPS - 1;
    uint64_t step = counter - shift * HISTOGRAM_STEPS;
    return ((step + 1) << shift) - 1;
}

void
histogram_add(struct histogram *histogram, uint64_t duration_ns)
{
    uint64_t value = duration_ns < HISTOGRAM_MAX_NS ? duration_ns : HISTOGRAM_MAX_NS;

    histogram->counters[counter_of(value)]++;
    histogram->count++;
    histogram->sum_ns += value;
    if (value > histogram->max_ns)
        histogram->max_ns = value;
}

uint64_t
histogram_quantile_ns(const struct histogram *histogram, double share)
{
    uint64_t rank = (uint64_t)ceil(share * (double)histogram->count);
    uint64_t seen = 0;

    if (rank == 0)
        rank = 1;
    for (size_t i = 0; i < HISTOGRAM_COUNTERS; i++) {
        seen += histogram->counters[i];
        if (seen >= rank) {
            uint64_t top = histogram_top_ns(i);
            return top < histogram->max_ns ? top : histogram->max_ns;
        }
    }
    return histogram->max_ns;
}

double
histogram_mean_ns(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0.0 : (double)histogram->sum_ns / (double)histogram->count;
}
