/*
 * metrics: the meters of all workers as Prometheus text.
 *
 * Shape   one table of plain series; requests, latencies and reasons besides. Labels are routes,
 *         outcomes, and facility kinds: never anything of a person or of one facility.
 * Owner   writes into the caller's text.
 */
#ifndef ADMIN_METRICS_H
#define ADMIN_METRICS_H

#include "base/text.h"
#include "listen/worker.h"

struct meters {
    const struct worker *workers;
    size_t               worker_count;
    const struct meter  *bulk; /* NULL where there is none */
};

void metrics_write(struct text *text, const struct meters *meters);

#endif
