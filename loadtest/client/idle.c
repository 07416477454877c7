/*
 * idle: opens many connections, holds them, and reads what they cost the server in memory.
 *
 * With --with-request every connection asks once first, because a connection that has been used may
 * hold more than one that has only shaken hands.
 */
#include "run.h"

#include <signal.h>
#include <stdio.h>

struct idle {
    struct fleet            fleet;
    struct asker            asker;
    const struct run_setup *setup;
    uv_timer_t              hold_timer;
    uv_signal_t             enough;
    uint64_t                answered;
    uint64_t                dropped;
    bool                    is_holding;
};

static uint64_t
memory_now(const struct idle *idle)
{
    uint64_t pid = idle->setup->options->server_pid;

    return pid == 0 ? 0 : process_memory_bytes((int)pid);
}

static void
on_held(uv_timer_t *timer)
{
    struct idle  *idle = timer->data;
    struct tally *tally = idle->setup->tally;

    tally_window_end(tally);
    tally->memory_end = memory_now(idle);
    tally->idle_held = idle->fleet.count - idle->dropped;
    uv_close((uv_handle_t *)timer, NULL);
    uv_close((uv_handle_t *)&idle->enough, NULL);
    fleet_end(&idle->fleet);
}

/* Whoever measures something else meanwhile says when it is over; once is enough. */
static void
on_enough(uv_signal_t *signal, int number)
{
    struct idle *idle = signal->data;

    (void)number;
    uv_signal_stop(signal);
    if (idle->is_holding)
        on_held(&idle->hold_timer);
}

static void
hold(struct idle *idle)
{
    if (idle->is_holding)
        return;
    idle->is_holding = true;
    idle->setup->tally->memory_open = memory_now(idle);
    tally_window_begin(idle->setup->tally);
    uv_update_time(idle->fleet.target.loop);
    uv_timer_start(&idle->hold_timer, on_held, (uint64_t)(idle->setup->options->seconds * 1e3), 0);
}

static void
on_up(struct fleet *fleet)
{
    struct idle *idle = fleet->run;

    if (!idle->setup->options->with_request || idle->answered + idle->dropped == fleet->count)
        hold(idle);
}

static void
on_ready(struct fleet *fleet, struct connection *connection)
{
    struct idle *idle = fleet->run;
    uint64_t     now_ns = uv_hrtime();

    if (idle->setup->options->with_request && !idle->is_holding)
        asker_ask(&idle->asker, connection, now_ns, now_ns);
}

static void
on_answered(struct fleet *fleet, struct connection *connection)
{
    struct idle *idle = fleet->run;

    asker_judge(connection, idle->setup->options, idle->setup->tally);
    idle->answered++;
    if (fleet->is_up && idle->answered + idle->dropped >= fleet->count)
        hold(idle);
}

/* A connection that the server drops is not held, even though the fleet opens it again. */
static void
on_ended(struct fleet *fleet, struct connection *connection, enum connection_end end,
         bool was_waiting)
{
    struct idle  *idle = fleet->run;
    struct tally *tally = idle->setup->tally;

    (void)connection;
    idle->dropped += idle->dropped < fleet->count;
    tally->lost += end == CONNECTION_END_LOST;
    tally->late += end == CONNECTION_END_LATE;
    tally->refused += end == CONNECTION_END_REFUSED;
    tally->closed_by_server += end == CONNECTION_END_SERVER;
    if (was_waiting && idle->answered + idle->dropped >= fleet->count)
        hold(idle);
}

static void
on_gave_up(struct fleet *fleet)
{
    struct idle *idle = fleet->run;

    uv_close((uv_handle_t *)&idle->hold_timer, NULL);
    uv_close((uv_handle_t *)&idle->enough, NULL);
}

static bool
idle_play(struct idle *idle, uv_loop_t *loop, struct complaint *reterr_complaint)
{
    static const struct fleet_events events = {
        .up = on_up,
        .gave_up = on_gave_up,
        .ready = on_ready,
        .answered = on_answered,
        .ended = on_ended,
    };
    const struct run_setup *setup = idle->setup;

    if (!run_prepare(&idle->asker, &idle->fleet, loop, setup, &events, idle, reterr_complaint))
        return false;
    setup->tally->memory_before = memory_now(idle);
    uv_timer_init(loop, &idle->hold_timer);
    idle->hold_timer.data = idle;
    uv_signal_init(loop, &idle->enough);
    idle->enough.data = idle;
    uv_signal_start(&idle->enough, on_enough, SIGINT);
    fleet_start(&idle->fleet);
    uv_run(loop, UV_RUN_DEFAULT);
    setup->tally->window_seconds = setup->options->seconds;
    return run_conclude(&idle->fleet, setup->tally, reterr_complaint);
}

bool
run_idle(const struct run_setup *setup, struct complaint *reterr_complaint)
{
    uv_loop_t   loop;
    struct idle idle = { .setup = setup };

    uv_loop_init(&loop);
    bool is_fine = idle_play(&idle, &loop, reterr_complaint);
    run_loop_close(&loop);
    fleet_close(&idle.fleet);
    return is_fine;
}
