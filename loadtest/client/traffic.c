/*
 * traffic: the closed and the open loop.
 *
 * In the closed loop a connection asks again as soon as it is answered. In the open loop question
 * number i is due at start + i / rate; it takes a free connection when one is there, or waits for
 * one, and its latency counts from when it was due, so that a server that stalls cannot hide the
 * questions it kept from being asked.
 */
#include "job.h"
#include "schedule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum phase { PHASE_OPENING, PHASE_WARMUP, PHASE_MEASURING, PHASE_DRAINING, PHASE_DONE };

struct traffic {
    struct fleet            fleet;
    struct asker            asker;
    const struct run_setup *setup;
    enum phase              phase;
    uint64_t                start_ns;
    uint64_t                window_start_ns;
    uint64_t                window_end_ns;
    uint64_t                in_flight;
    uint64_t                jobs_open;
    uint64_t                returning_ns; /* when all were cut; 0: not yet */
    uint64_t                away_count;
    uv_timer_t              phase_timer;
    /* open loop */
    bool                is_open_loop;
    int                 timer_fd; /* a libuv timer's millisecond would be seen in the latency */
    uv_poll_t           timer_poll;
    uint64_t            due_count; /* questions that have been sent, or given up */
    struct connection **queue;     /* ring of ready connections, longest ready first */
    size_t              queue_first;
    size_t              queue_count;
};

static uint64_t
due_ns(const struct traffic *traffic)
{
    return schedule_due_ns(traffic->start_ns, traffic->due_count, traffic->setup->options->rate);
}

static bool
in_window(const struct traffic *traffic, uint64_t instant_ns)
{
    return instant_ns >= traffic->window_start_ns && instant_ns < traffic->window_end_ns;
}

static void
queue_add(struct traffic *traffic, struct connection *connection)
{
    if (connection->is_queued)
        return;
    size_t last = (traffic->queue_first + traffic->queue_count) % traffic->fleet.count;
    traffic->queue[last] = connection;
    traffic->queue_count++;
    connection->is_queued = true;
}

static struct connection *
queue_take(struct traffic *traffic)
{
    while (traffic->queue_count > 0) {
        struct connection *connection = traffic->queue[traffic->queue_first];

        traffic->queue_first = (traffic->queue_first + 1) % traffic->fleet.count;
        traffic->queue_count--;
        connection->is_queued = false;
        if (connection->state == CONNECTION_READY) /* it may have been lost while it stood here */
            return connection;
    }
    return NULL;
}

static void
timer_set(struct traffic *traffic, uint64_t at_ns)
{
    struct itimerspec when = { .it_value = { .tv_sec = (time_t)(at_ns / LOAD_NS_PER_SECOND),
                                             .tv_nsec = (long)(at_ns % LOAD_NS_PER_SECOND) } };

    timerfd_settime(traffic->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* The oldest question that is due will not be asked; it has waited at least until now. */
static void
give_up(struct traffic *traffic, uint64_t now_ns)
{
    struct tally *tally = traffic->setup->tally;

    if (in_window(traffic, due_ns(traffic))) {
        histogram_add(tally->latency, now_ns > due_ns(traffic) ? now_ns - due_ns(traffic) : 0);
        tally->unsent++;
    }
    traffic->due_count++;
}

/* Whatever is due and unsent waits; no more than the bound may. */
static void
backlog_bound(struct traffic *traffic, uint64_t now_ns)
{
    struct tally *tally = traffic->setup->tally;
    uint64_t      until_ns = now_ns < traffic->window_end_ns ? now_ns : traffic->window_end_ns;

    if (due_ns(traffic) >= until_ns)
        return;
    uint64_t waiting = backlog_count(until_ns - due_ns(traffic), traffic->setup->options->rate);
    if (waiting > tally->backlog_most)
        tally->backlog_most = waiting;
    for (; waiting > traffic->setup->options->backlog; waiting--) {
        give_up(traffic, now_ns);
        tally->given_up++;
    }
}

static void
finish(struct traffic *traffic)
{
    struct tally *tally = traffic->setup->tally;
    uint64_t      now_ns = uv_hrtime();

    if (traffic->phase == PHASE_DONE)
        return;
    traffic->phase = PHASE_DONE;
    /* What never found a connection has waited at least until now. */
    while (traffic->is_open_loop && traffic->start_ns > 0
           && due_ns(traffic) < traffic->window_end_ns)
        give_up(traffic, now_ns);
    tally->jobs_unfinished = traffic->jobs_open;
    uv_close((uv_handle_t *)&traffic->phase_timer, NULL);
    if (traffic->is_open_loop) {
        uv_poll_stop(&traffic->timer_poll);
        uv_close((uv_handle_t *)&traffic->timer_poll, NULL);
    }
    fleet_end(&traffic->fleet);
}

static void
finish_if_drained(struct traffic *traffic)
{
    bool is_all_sent = !traffic->is_open_loop || due_ns(traffic) >= traffic->window_end_ns;

    if (traffic->phase == PHASE_DRAINING && traffic->in_flight == 0 && is_all_sent
        && traffic->jobs_open == 0)
        finish(traffic);
}

static void
ask(struct traffic *traffic, struct connection *connection, uint64_t intended_ns, uint64_t now_ns)
{
    traffic->in_flight++;
    asker_ask(&traffic->asker, connection, intended_ns, now_ns);
}

/* Open loop: sends whatever is due while there are connections, then sets the alarm. */
static void
dispatch(struct traffic *traffic, uint64_t now_ns)
{
    if (traffic->phase == PHASE_OPENING || traffic->phase == PHASE_DONE)
        return;
    backlog_bound(traffic, now_ns);
    while (due_ns(traffic) <= now_ns && due_ns(traffic) < traffic->window_end_ns) {
        struct connection *connection = queue_take(traffic);

        if (connection == NULL)
            return; /* the next answer brings us back */
        uint64_t intended_ns = due_ns(traffic);
        traffic->due_count++;
        ask(traffic, connection, intended_ns, now_ns);
    }
    if (traffic->queue_count > 0 && due_ns(traffic) < traffic->window_end_ns)
        timer_set(traffic, due_ns(traffic));
}

static void
on_alarm(uv_poll_t *poll, int status, int events)
{
    struct traffic *traffic = poll->data;
    uint64_t        rings;

    (void)status;
    (void)events;
    if (read(traffic->timer_fd, &rings, sizeof rings) < 0 && errno != EAGAIN)
        return;
    dispatch(traffic, uv_hrtime());
}

static void
on_phase(uv_timer_t *timer)
{
    struct traffic       *traffic = timer->data;
    const struct options *options = traffic->setup->options;

    switch (traffic->phase) {
    case PHASE_WARMUP:
        traffic->phase = PHASE_MEASURING;
        tally_window_begin(traffic->setup->tally);
        uv_timer_start(timer, on_phase, (uint64_t)(options->seconds * 1e3), 0);
        break;
    case PHASE_MEASURING:
        traffic->phase = PHASE_DRAINING;
        tally_window_end(traffic->setup->tally);
        uv_timer_start(timer, on_phase, (uint64_t)(options->timeout * 1e3) + 1000, 0);
        finish_if_drained(traffic);
        break;
    default:
        finish(traffic);
        break;
    }
}

static void
look(struct traffic *traffic, struct connection *connection, uint64_t now_ns)
{
    traffic->in_flight++;
    job_look(&traffic->asker, connection, now_ns);
}

static void proceed(struct traffic *traffic, struct connection *connection, uint64_t now_ns);

/* Lists whose connection has nothing else to do are looked after from here; the rested go on. */
static void
look_around(struct traffic *traffic, uint64_t now_ns)
{
    bool is_needed = traffic->jobs_open > 0 || traffic->setup->options->patient;

    for (size_t i = 0; is_needed && i < traffic->fleet.count; i++) {
        struct connection *connection = &traffic->fleet.connections[i];

        if (connection->state != CONNECTION_READY)
            continue;
        if (connection->rest_until_ns > 0 && connection->rest_until_ns <= now_ns)
            proceed(traffic, connection, now_ns);
        else if (job_is_due(connection, now_ns))
            look(traffic, connection, now_ns);
    }
}

/* Everybody was cut off, and everybody comes back at the same moment. */
static void
cut_all(struct traffic *traffic, uint64_t now_ns)
{
    traffic->returning_ns = now_ns;
    traffic->away_count = traffic->fleet.count;
    for (size_t i = 0; i < traffic->fleet.count; i++) {
        struct connection *connection = &traffic->fleet.connections[i];

        connection->is_away = true;
        if (connection->state != CONNECTION_CLOSED && connection->state != CONNECTION_CLOSING)
            connection_end(connection, CONNECTION_END_WANTED);
    }
}

static void
came_back(struct traffic *traffic, struct connection *connection, uint64_t now_ns)
{
    if (!connection->is_away || !asker_expected(connection))
        return; /* who was told to come later is not back */
    connection->is_away = false;
    if (--traffic->away_count == 0)
        traffic->setup->tally->return_ns = now_ns - traffic->returning_ns;
}

/* A connection is free: it asks, waits for its turn, or rests. */
static void
proceed(struct traffic *traffic, struct connection *connection, uint64_t now_ns)
{
    if (connection->rest_until_ns > now_ns)
        return; /* until look_around() finds it rested */
    connection->rest_until_ns = 0;
    if (job_is_due(connection, now_ns)) {
        look(traffic, connection, now_ns);
    } else if (connection->is_away && traffic->phase == PHASE_MEASURING) {
        ask(traffic, connection, now_ns, now_ns); /* whoever was cut off has somebody waiting */
    } else if (traffic->is_open_loop) {
        queue_add(traffic, connection);
        dispatch(traffic, now_ns);
    } else if (traffic->phase == PHASE_WARMUP || traffic->phase == PHASE_MEASURING) {
        ask(traffic, connection, now_ns, now_ns);
    }
}

static void
on_up(struct fleet *fleet)
{
    struct traffic       *traffic = fleet->run;
    const struct options *options = traffic->setup->options;

    uv_update_time(fleet->target.loop);
    traffic->phase = PHASE_WARMUP;
    traffic->start_ns = uv_hrtime();
    traffic->window_start_ns = traffic->start_ns + run_seconds_ns(options->warmup);
    traffic->window_end_ns = traffic->window_start_ns + run_seconds_ns(options->seconds);
    uv_timer_start(&traffic->phase_timer, on_phase, (uint64_t)(options->warmup * 1e3), 0);
    for (size_t i = 0; i < fleet->count; i++)
        if (fleet->connections[i].state == CONNECTION_READY)
            proceed(traffic, &fleet->connections[i], uv_hrtime());
}

static void
on_ready(struct fleet *fleet, struct connection *connection)
{
    struct traffic *traffic = fleet->run;
    uint64_t        now_ns = uv_hrtime();

    /* While thousands still come up, a server would close those that have not asked anything. */
    if (fleet->is_up)
        proceed(traffic, connection, now_ns);
    else
        ask(traffic, connection, now_ns, now_ns);
}

/* Whoever is told to come back later does so, if he is of that kind. */
static void
rest_if_told(const struct traffic *traffic, struct connection *connection, uint64_t now_ns)
{
    uint64_t seconds = connection->answer.retry_after_s;

    connection->rest_until_ns = 0;
    if (traffic->setup->options->patient && seconds > 0)
        connection->rest_until_ns = now_ns + seconds * LOAD_NS_PER_SECOND;
}

static void
take_answer(struct traffic *traffic, struct connection *connection, uint64_t now_ns)
{
    struct tally *tally = traffic->setup->tally;

    asker_judge(connection, traffic->setup->options, tally);
    traffic->jobs_open += job_open(connection, now_ns, tally);
    if (in_window(traffic, connection->intended_ns)) {
        histogram_add(tally->latency, now_ns - connection->intended_ns);
        histogram_add(tally->service, now_ns - connection->sent_ns);
        if (traffic->setup->mix->count > 0)
            histogram_add(tally->shares[connection->share].latency,
                          now_ns - connection->intended_ns);
    }
    if (in_window(traffic, now_ns))
        tally->good += asker_expected(connection);
}

static void
on_answered(struct fleet *fleet, struct connection *connection)
{
    struct traffic *traffic = fleet->run;
    struct tally   *tally = traffic->setup->tally;
    uint64_t        every = traffic->setup->options->reconnect_every;
    uint64_t        now_ns = uv_hrtime();

    traffic->in_flight--;
    came_back(traffic, connection, now_ns);
    if (connection->is_looking)
        traffic->jobs_open -= job_looked(connection, now_ns, tally);
    else
        take_answer(traffic, connection, now_ns);
    rest_if_told(traffic, connection, now_ns);
    if (connection->answer.closes || (every > 0 && connection->answers >= every))
        connection_end(connection, CONNECTION_END_WANTED);
    else
        proceed(traffic, connection, now_ns);
    finish_if_drained(traffic);
}

static void
on_ended(struct fleet *fleet, struct connection *connection, enum connection_end end,
         bool was_waiting)
{
    struct traffic *traffic = fleet->run;
    struct tally   *tally = traffic->setup->tally;

    tally->refused += end == CONNECTION_END_REFUSED || (end == CONNECTION_END_LATE && !was_waiting);
    tally->closed_by_server += end == CONNECTION_END_SERVER;
    if (!was_waiting)
        return;
    traffic->in_flight--;
    tally->lost += end == CONNECTION_END_LOST;
    tally->late += end == CONNECTION_END_LATE;
    /* Its real latency is unknown but no less than this. */
    if (!connection->is_looking && in_window(traffic, connection->intended_ns))
        histogram_add(tally->latency, uv_hrtime() - connection->intended_ns);
    finish_if_drained(traffic);
}

static void
on_gave_up(struct fleet *fleet)
{
    finish(fleet->run);
}

static void
on_swept(struct fleet *fleet, uint64_t now_ns)
{
    struct traffic *traffic = fleet->run;
    double          return_at = traffic->setup->options->return_at;

    if (traffic->phase == PHASE_OPENING || traffic->phase == PHASE_DONE)
        return;
    if (traffic->is_open_loop)
        backlog_bound(traffic, now_ns); /* also while no answer comes */
    look_around(traffic, now_ns);
    if (return_at > 0 && traffic->returning_ns == 0
        && now_ns >= traffic->window_start_ns + run_seconds_ns(return_at))
        cut_all(traffic, now_ns);
    finish_if_drained(traffic);
}

static bool
open_loop_prepare(struct traffic *traffic, uv_loop_t *loop, struct complaint *reterr_complaint)
{
    size_t connections = traffic->setup->options->connections;
    traffic->queue = calloc(connections, sizeof(struct connection *));
    traffic->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (traffic->queue == NULL || traffic->timer_fd < 0) {
        complain(reterr_complaint, "open loop: %s", strerror(errno));
        return false;
    }
    uv_poll_init(loop, &traffic->timer_poll, traffic->timer_fd);
    traffic->timer_poll.data = traffic;
    uv_poll_start(&traffic->timer_poll, UV_READABLE, on_alarm);
    return true;
}

static bool
traffic_play(struct traffic *traffic, uv_loop_t *loop, struct complaint *reterr_complaint)
{
    static const struct fleet_events events = {
        .up = on_up,
        .gave_up = on_gave_up,
        .ready = on_ready,
        .answered = on_answered,
        .ended = on_ended,
        .swept = on_swept,
    };
    const struct run_setup *setup = traffic->setup;

    if (!run_prepare(&traffic->asker, &traffic->fleet, loop, setup, &events, traffic,
                     reterr_complaint))
        return false;
    if (traffic->is_open_loop && !open_loop_prepare(traffic, loop, reterr_complaint))
        return false;
    uv_timer_init(loop, &traffic->phase_timer);
    traffic->phase_timer.data = traffic;
    fleet_start(&traffic->fleet);
    uv_run(loop, UV_RUN_DEFAULT);
    setup->tally->window_seconds = setup->options->seconds;
    return run_conclude(&traffic->fleet, setup->tally, reterr_complaint);
}

bool
run_traffic(const struct run_setup *setup, struct complaint *reterr_complaint)
{
    uv_loop_t      loop;
    struct traffic traffic = {
        .setup = setup,
        .is_open_loop = setup->options->mode == LOAD_MODE_OPEN,
        .timer_fd = -1,
    };

    uv_loop_init(&loop);
    bool is_fine = traffic_play(&traffic, &loop, reterr_complaint);
    run_loop_close(&loop);
    for (size_t i = 0; traffic.fleet.connections != NULL && i < traffic.fleet.count; i++)
        jobs_forget(&traffic.fleet.connections[i]);
    fleet_close(&traffic.fleet);
    free(traffic.queue);
    if (traffic.timer_fd >= 0)
        close(traffic.timer_fd);
    return is_fine;
}
