/*
 * admin: health and metrics, on a loopback listener of their own.
 *
 * Shape   GET /live (the process runs), GET /ready (every worker can answer), GET /metrics
 *         (Prometheus text).
 * Errors  admin_open(): a reason to print, or NULL.
 * Owner   the main thread; its library's own thread reads the workers' meters.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "base/text.h"
#include "listen/worker.h"

struct admin {
    struct MHD_Daemon   *daemon;
    const struct worker *workers;
    size_t               worker_count;
    const struct meter  *bulk;       /* of the bulk thread; NULL where there is none */
    void (*tell)(struct text *text); /* adds more series to the page; NULL: none */
    _Atomic bool is_draining;
};

const char *admin_open(struct admin *admin, const char *address, uint16_t port,
                       const struct worker *workers, size_t worker_count, const struct meter *bulk,
                       void (*tell)(struct text *text));
void        admin_close(struct admin *admin);

#endif
