#include "fleet.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { DESCRIPTORS_SPARE = 64 };

static struct fleet *
fleet_of(const struct connection *connection)
{
    return connection->owner;
}

static void
open_more(struct fleet *fleet)
{
    while (!fleet->is_ending && fleet->opening < fleet->opening_max
           && fleet->opened_next < fleet->count) {
        fleet->opening++;
        connection_open(&fleet->connections[fleet->opened_next++]);
    }
}

static void
on_ready(struct connection *connection)
{
    struct fleet *fleet = fleet_of(connection);

    if (!fleet->is_up) {
        fleet->opening--;
        fleet->up_count++;
    }
    if (fleet->events->ready != NULL)
        fleet->events->ready(fleet, connection);
    if (!fleet->is_up && fleet->up_count == fleet->count) {
        fleet->is_up = true;
        if (fleet->events->up != NULL)
            fleet->events->up(fleet);
    }
    open_more(fleet);
}

static void
on_ticketed(struct connection *connection)
{
    struct fleet *fleet = fleet_of(connection);

    if (fleet->events->ticketed != NULL)
        fleet->events->ticketed(fleet, connection);
}

static void
on_answered(struct connection *connection)
{
    struct fleet *fleet = fleet_of(connection);

    fleet->events->answered(fleet, connection);
}

static void
on_ended(struct connection *connection, enum connection_end end, bool was_waiting)
{
    struct fleet *fleet = fleet_of(connection);

    if (fleet->is_ending)
        return;
    if (!fleet->is_up) {
        /* Nothing may be lost on the way up: a number per connection would be no number. */
        fleet->has_given_up = true;
        fleet_end(fleet);
        if (fleet->events->gave_up != NULL)
            fleet->events->gave_up(fleet);
        return;
    }
    if (fleet->events->ended != NULL)
        fleet->events->ended(fleet, connection, end, was_waiting);
}

static void
on_closed(struct connection *connection)
{
    struct fleet *fleet = fleet_of(connection);

    if (fleet->is_ending)
        return;
    /* What we closed on purpose comes back at once; after a loss there is a pause. */
    if (connection->rest_until_ns > 0)
        connection->deadline_ns = connection->rest_until_ns;
    else if (connection->was_wanted)
        connection_open(connection);
    else
        connection->deadline_ns = uv_hrtime() + LOAD_PAUSE_MS * UINT64_C(1000000);
}

static void
on_sweep(uv_timer_t *timer)
{
    struct fleet *fleet = timer->data;
    uint64_t      now_ns = uv_hrtime();

    for (size_t i = 0; i < fleet->opened_next && !fleet->is_ending; i++) {
        struct connection *connection = &fleet->connections[i];

        if (connection->deadline_ns == 0 || now_ns < connection->deadline_ns)
            continue;
        if (connection->state == CONNECTION_CLOSED) {
            connection_open(connection);
        } else if (connection->state != CONNECTION_CLOSING) {
            if (fleet->target.first_trouble.text[0] == '\0')
                complain(&fleet->target.first_trouble, "a deadline passed");
            connection_end(connection, CONNECTION_END_LATE);
        }
    }
    if (fleet->events->swept != NULL && !fleet->is_ending)
        fleet->events->swept(fleet, now_ns);
}

static bool
descriptors_raise(size_t needed, struct complaint *reterr_complaint)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return true;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (needed + DESCRIPTORS_SPARE <= limit.rlim_cur)
        return true;
    complain(reterr_complaint, "%zu connections need more descriptors than the limit of %llu",
             needed, (unsigned long long)limit.rlim_cur);
    return false;
}

static bool
address_find(struct target *target, const struct options *options,
             struct complaint *reterr_complaint)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_INET };
    struct addrinfo      *found = NULL;
    int                   fault = getaddrinfo(options->host, options->port, &hints, &found);

    if (fault != 0) {
        complain(reterr_complaint, "%s: %s", options->host, gai_strerror(fault));
        return false;
    }
    memcpy(&target->address, found->ai_addr, found->ai_addrlen);
    target->address_length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

bool
fleet_open(struct fleet *fleet, uv_loop_t *loop, const struct options *options,
           const struct identity *identity, size_t out_room, const struct fleet_events *events,
           void *run, struct complaint *reterr_complaint)
{
    *fleet = (struct fleet){
        .connection_events = { on_ready, on_ticketed, on_answered, on_ended, on_closed },
        .events = events,
        .run = run,
        .count = (size_t)options->connections,
        .opening_max = (size_t)options->opening,
    };
    fleet->target = (struct target){
        .loop = loop,
        .events = &fleet->connection_events,
        .identity = identity,
        .timeout_ns = (uint64_t)(options->timeout * (double)LOAD_NS_PER_SECOND),
        .sources = (uint32_t)options->sources,
        .keeps_tickets = options->resume,
    };
    if (!address_find(&fleet->target, options, reterr_complaint)
        || !descriptors_raise(fleet->count, reterr_complaint))
        return false;
    fleet->connections = calloc(fleet->count, sizeof *fleet->connections);
    if (fleet->connections == NULL) {
        complain(reterr_complaint, "no memory for %zu connections", fleet->count);
        return false;
    }
    for (size_t i = 0; i < fleet->count; i++) {
        connection_init(&fleet->connections[i], &fleet->target, i, out_room);
        fleet->connections[i].pair = i % identity->pair_count;
        fleet->connections[i].owner = fleet;
    }
    connection_tickets_listen(identity);
    uv_timer_init(loop, &fleet->sweep);
    fleet->sweep.data = fleet;
    return true;
}

void
fleet_start(struct fleet *fleet)
{
    uv_timer_start(&fleet->sweep, on_sweep, LOAD_SWEEP_MS, LOAD_SWEEP_MS);
    open_more(fleet);
}

void
fleet_end(struct fleet *fleet)
{
    if (fleet->is_ending)
        return;
    fleet->is_ending = true;
    uv_close((uv_handle_t *)&fleet->sweep, NULL);
    for (size_t i = 0; i < fleet->opened_next; i++) {
        struct connection *connection = &fleet->connections[i];

        if (connection->state != CONNECTION_CLOSED && connection->state != CONNECTION_CLOSING)
            connection_end(connection, CONNECTION_END_WANTED);
    }
}

void
fleet_close(struct fleet *fleet)
{
    for (size_t i = 0; fleet->connections != NULL && i < fleet->count; i++)
        connection_free(&fleet->connections[i]);
    free(fleet->connections);
    fleet->connections = NULL;
}
