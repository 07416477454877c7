/*
 * fleet: all connections of a run: opened a few at a time, kept to their deadlines, opened again
 * after a loss, closed in the end.
 *
 * Shape   a run gives the fleet its events; the fleet passes on what it does not handle itself.
 *         is_up tells that every connection has been ready once.
 * Errors  fleet_open() fails on resolving, memory or descriptors; a connection that never comes
 *         up within the timeout fails the run: see fleet_gave_up.
 * Owner   fleet_close() frees; accepts half-open. Only after the loop has run out.
 */
#ifndef FLEET_H
#define FLEET_H

#include "connection.h"

struct fleet;

/* What a run is told. Each but answered may be NULL. */
struct fleet_events {
    void (*up)(struct fleet *fleet);      /* all connections are ready for the first time */
    void (*gave_up)(struct fleet *fleet); /* one could not be opened; the fleet is ending */
    void (*ready)(struct fleet *fleet, struct connection *connection);
    void (*ticketed)(struct fleet *fleet, struct connection *connection);
    void (*answered)(struct fleet *fleet, struct connection *connection);
    void (*ended)(struct fleet *fleet, struct connection *connection, enum connection_end end,
                  bool was_waiting);
    void (*swept)(struct fleet *fleet, uint64_t now_ns); /* every LOAD_SWEEP_MS */
};

struct fleet {
    struct target              target;
    struct connection_events   connection_events;
    const struct fleet_events *events;
    void                      *run; /* the run's own state */
    struct connection         *connections;
    size_t                     count;
    size_t                     opening; /* under way */
    size_t                     opening_max;
    size_t                     opened_next; /* the first that was never opened */
    size_t                     up_count;    /* ready at least once, while coming up */
    uv_timer_t                 sweep;
    bool                       is_up;
    bool                       is_ending;
    bool                       has_given_up; /* could not come up */
};

MUST_USE bool fleet_open(struct fleet *fleet, uv_loop_t *loop, const struct options *options,
                         const struct identity *identity, size_t out_room,
                         const struct fleet_events *events, void *run,
                         struct complaint *reterr_complaint);

/* Begins to open connections; returns at once. */
void fleet_start(struct fleet *fleet);

/* Closes every connection for good; the loop runs out when all are closed. */
void fleet_end(struct fleet *fleet);

void fleet_close(struct fleet *fleet);

#endif
