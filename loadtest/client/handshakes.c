/*
 * handshakes: how many connections per second a server can open, with full handshakes or resumed.
 *
 * One cycle: connect, shake hands, wait for proof that the server has finished its side, close.
 * With TLS 1.3 the client is done before the server has looked at its certificate; proof is the
 * answer to one request, or, without --with-request, the first session ticket.
 */
#include "run.h"

#include <stdio.h>

struct handshakes {
    struct fleet            fleet;
    struct asker            asker;
    const struct run_setup *setup;
    uint64_t                window_start_ns;
    uint64_t                window_end_ns;
    uv_timer_t              phase_timer;
    bool                    is_measuring;
};

static bool
in_window(const struct handshakes *handshakes, uint64_t instant_ns)
{
    return instant_ns >= handshakes->window_start_ns && instant_ns < handshakes->window_end_ns;
}

static void
proven(struct handshakes *handshakes, struct connection *connection)
{
    struct tally *tally = handshakes->setup->tally;
    uint64_t      now_ns = uv_hrtime();

    if (in_window(handshakes, connection->opened_ns))
        histogram_add(tally->latency, now_ns - connection->opened_ns);
    tally->good += in_window(handshakes, now_ns);
    connection_end(connection, CONNECTION_END_WANTED);
}

static void
on_phase(uv_timer_t *timer)
{
    struct handshakes *handshakes = timer->data;

    if (handshakes->is_measuring) {
        tally_window_end(handshakes->setup->tally);
        uv_close((uv_handle_t *)timer, NULL);
        fleet_end(&handshakes->fleet);
        return;
    }
    handshakes->is_measuring = true;
    tally_window_begin(handshakes->setup->tally);
    uv_timer_start(timer, on_phase, (uint64_t)(handshakes->setup->options->seconds * 1e3), 0);
}

static void
prove(struct handshakes *handshakes, struct connection *connection)
{
    uint64_t now_ns = uv_hrtime();

    if (handshakes->setup->options->with_request)
        asker_ask(&handshakes->asker, connection, now_ns, now_ns);
    else if (connection->has_fresh_ticket)
        proven(handshakes, connection);
    else
        connection->deadline_ns = now_ns + connection->target->timeout_ns;
}

static void
on_up(struct fleet *fleet)
{
    struct handshakes    *handshakes = fleet->run;
    const struct options *options = handshakes->setup->options;
    uint64_t              now_ns = uv_hrtime();

    uv_update_time(fleet->target.loop);
    handshakes->window_start_ns = now_ns + run_seconds_ns(options->warmup);
    handshakes->window_end_ns = handshakes->window_start_ns + run_seconds_ns(options->seconds);
    uv_timer_start(&handshakes->phase_timer, on_phase, (uint64_t)(options->warmup * 1e3), 0);
    for (size_t i = 0; i < fleet->count; i++)
        if (fleet->connections[i].state == CONNECTION_READY)
            prove(handshakes, &fleet->connections[i]);
}

static void
on_ready(struct fleet *fleet, struct connection *connection)
{
    if (fleet->is_up)
        prove(fleet->run, connection);
}

static void
on_ticketed(struct fleet *fleet, struct connection *connection)
{
    struct handshakes *handshakes = fleet->run;

    if (fleet->is_up && !handshakes->setup->options->with_request)
        proven(handshakes, connection);
    else
        connection->has_fresh_ticket = true; /* it came before all were up */
}

static void
on_answered(struct fleet *fleet, struct connection *connection)
{
    struct handshakes *handshakes = fleet->run;

    asker_judge(connection, handshakes->setup->options, handshakes->setup->tally);
    proven(handshakes, connection);
}

static void
on_ended(struct fleet *fleet, struct connection *connection, enum connection_end end,
         bool was_waiting)
{
    struct handshakes *handshakes = fleet->run;
    struct tally      *tally = handshakes->setup->tally;

    (void)connection;
    tally->refused += end == CONNECTION_END_REFUSED;
    tally->lost += end == CONNECTION_END_LOST && was_waiting;
    tally->late += end == CONNECTION_END_LATE;
    tally->closed_by_server += end == CONNECTION_END_SERVER;
}

static void
on_gave_up(struct fleet *fleet)
{
    struct handshakes *handshakes = fleet->run;

    uv_close((uv_handle_t *)&handshakes->phase_timer, NULL);
}

static bool
handshakes_play(struct handshakes *handshakes, uv_loop_t *loop, struct complaint *reterr_complaint)
{
    static const struct fleet_events events = {
        .up = on_up,
        .gave_up = on_gave_up,
        .ready = on_ready,
        .ticketed = on_ticketed,
        .answered = on_answered,
        .ended = on_ended,
    };
    const struct run_setup *setup = handshakes->setup;

    if (!run_prepare(&handshakes->asker, &handshakes->fleet, loop, setup, &events, handshakes,
                     reterr_complaint))
        return false;
    uv_timer_init(loop, &handshakes->phase_timer);
    handshakes->phase_timer.data = handshakes;
    fleet_start(&handshakes->fleet);
    uv_run(loop, UV_RUN_DEFAULT);
    setup->tally->window_seconds = setup->options->seconds;
    return run_conclude(&handshakes->fleet, setup->tally, reterr_complaint);
}

bool
run_handshakes(const struct run_setup *setup, struct complaint *reterr_complaint)
{
    uv_loop_t         loop;
    struct handshakes handshakes = { .setup = setup };

    uv_loop_init(&loop);
    bool is_fine = handshakes_play(&handshakes, &loop, reterr_complaint);
    run_loop_close(&loop);
    fleet_close(&handshakes.fleet);
    return is_fine;
}
