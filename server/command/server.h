/*
 * server: what the programs that listen have in common: settings, signals, workers, admin port.
 *
 * Shape   a duty is a row of texts, and up to four functions for what it has beside the workers.
 *         server_run() reads the settings, starts everything, waits for a signal, and ends in
 *         order: SIGHUP reloads, SIGTERM and SIGINT end.
 * Errors  exit codes of sysexits.h; a reason on standard error.
 * Owner   the server must outlive the threads: it is static. Settings too, for the same reason.
 */
#ifndef COMMAND_SERVER_H
#define COMMAND_SERVER_H

#include "admin/admin.h"
#include "command/card_watch.h"
#include "config/settings.h"

struct server {
    struct settings        settings;
    struct worker_settings worker_settings;
    struct worker         *workers;
    size_t                 worker_count;
    struct admin           admin;
    struct card_watch      cards;
    _Atomic bool           has_workers; /* all of them, so that another thread may wake them */
};

struct server_duty {
    enum duty   duty;
    const char *name;
    const char *help;
    const char *running; /* the event that is logged when it runs */

    /* Each may be NULL. prepare() comes before the workers, start() after them: both give a reason
     * to print, or NULL. drain() comes before the workers are told to end, join() after they
     * have. */
    const char *(*prepare)(struct server *server);
    const char *(*start)(struct server *server);
    void (*drain)(void);
    void (*join)(void);
    const struct meter *meter;       /* of those threads, for the metrics page */
    void (*tell)(struct text *text); /* adds their own series to that page */
};

int server_run(struct server *server, const struct server_duty *duty, int argc, char **argv);

#endif
