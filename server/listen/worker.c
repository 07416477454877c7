#include "listen/worker.h"

#include "base/log.h"
#include "line/inquiring.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { TICK_MS = 25, PARTITIONS_EVERY_MS = 600000 };

/* An error is found by the lane when it reads, but perhaps not at once: last words may stand before
 * it. libuv stops watching after an error, so the watch has to be set again. */
static void
on_lane_event(uv_poll_t *poll, int status, int events)
{
    struct lane_watch *watch = poll->data;
    (void)events;

    if (status != 0)
        watch->events = 0;
    if (watch->connection == lane_connection(watch->lane))
        lane_turn(watch->lane);
}

static void
free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void
stop_watch(struct lane_watch *watch)
{
    if (watch->poll == NULL)
        return;
    uv_poll_stop(watch->poll);
    uv_close((uv_handle_t *)watch->poll, free_handle);
    close(watch->file);
    watch->poll = NULL;
    watch->events = 0;
}

static bool
start_watch(struct worker *worker, struct lane_watch *watch, struct lane *lane)
{
    watch->file = fcntl(lane_socket(lane), F_DUPFD_CLOEXEC, 0);
    if (watch->file < 0)
        return false;
    watch->poll = calloc(1, sizeof *watch->poll);
    if (watch->poll == NULL || uv_poll_init(&worker->loop, watch->poll, watch->file) != 0) {
        free(watch->poll);
        watch->poll = NULL;
        close(watch->file);
        return false;
    }
    watch->poll->data = watch;
    watch->lane = lane;
    watch->connection = lane_connection(lane);
    return true;
}

/* A lane's socket changes when it is opened again. The library closes it when it likes, and its
 * number may then be another thread's; so a duplicate is watched, which only we close. */
static void
watch_lane(struct worker *worker, struct lane_watch *watch, struct lane *lane)
{
    int events = UV_READABLE | (lane_wants_write(lane) ? UV_WRITABLE : 0);

    if (watch->poll != NULL
        && (lane_socket(lane) < 0 || watch->connection != lane_connection(lane)))
        stop_watch(watch);
    if (lane_socket(lane) < 0)
        return;
    if (watch->poll == NULL && !start_watch(worker, watch, lane))
        return; /* tried again at the next turn */
    if (watch->events != events && uv_poll_start(watch->poll, events, on_lane_event) == 0)
        watch->events = events;
}

static void
watch_lanes(struct worker *worker)
{
    for (size_t i = 0; i < worker->line.flight_count; i++)
        watch_lane(worker, &worker->watches[i], worker->line.flights[i].lane);
    watch_lane(worker, &worker->watches[LANES_MAX], worker->poll.lane);
}

/* Its only purpose is that the loop turns again. */
static void
on_gathered(uv_timer_t *timer)
{
    (void)timer;
}

static void
depart(struct worker *worker, int64_t now_ms)
{
    if (line_expects_more(&worker->line, now_ms))
        uv_timer_start(&worker->gather, on_gathered, 1, 0);
    else
        line_depart(&worker->line, now_ms);
}

/* What can make requests wait runs first, the departure last; then the loop may block. */
static void
before_blocking(uv_prepare_t *prepare)
{
    struct worker *worker = prepare->data;

    listener_run(&worker->listener);
    depart(worker, clock_ticks_ms());
    watch_lanes(worker);
}

static void
copy_counts(struct worker *worker)
{
    const struct line_counts *counts = &worker->line.counts;
    struct meter             *meter = &worker->meter;
    uint64_t                  lanes_open = 0;

    for (size_t i = 0; i < worker->line.flight_count; i++)
        lanes_open += lane_is_open(worker->line.flights[i].lane);
    meter_set(&meter->places_taken, places_taken(&worker->line.places));
    meter_set(&meter->places_all, worker->line.places.count);
    meter_set(&meter->places_awaited, waiting_standing(&worker->listener.waiting));
    meter_set(&meter->waiting, counts->waiting);
    meter_set(&meter->flights, counts->flights);
    meter_set(&meter->flown, counts->flown);
    meter_set(&meter->flights_failed, counts->failed);
    meter_set(&meter->flights_lost, counts->lost);
    meter_set(&meter->replays, counts->replays);
    meter_set(&meter->late, counts->late);
    meter_set(&meter->lanes_open, lanes_open);
    int64_t age_ms = clock_ticks_ms() - worker->directory.refreshed_ms;
    meter_set(&meter->directory_refreshed_ms, (uint64_t)worker->directory.refreshed_ms);
    worker->is_fit = lanes_open > 0 && worker->directory.refreshed_ms != 0
                     && age_ms <= worker->line.directory_stale_ms && !worker->is_draining;
}

/* Whoever came before it is known who may ask would be refused. When that cannot be found out for
 * too long, it is better said than not. */
static void
begin_when_fit(struct worker *worker, int64_t now_ms)
{
    bool is_time = worker->is_fit || now_ms - worker->opened_ms > worker->line.directory_stale_ms;

    if (!worker->has_begun && is_time && !worker->is_draining) {
        const char *reason = listener_begin(&worker->listener);
        if (reason != NULL) {
            log_say(LOG_ERROR, "listening_failed", LOG_TEXT("reason", reason),
                    LOG_NUMBER("worker", worker->number));
            kill(getpid(), SIGTERM); /* the main thread ends all in order */
        }
        worker->has_begun = true;
    }
    worker->is_ready = worker->is_fit && worker->has_begun;
}

static void
end_when_drained(struct worker *worker, int64_t now_ms)
{
    if (!worker->is_draining)
        return;
    bool is_over = now_ms >= worker->drain_until_ms;
    if (is_over || (listener_is_empty(&worker->listener) && worker->listener.peer_count == 0))
        uv_stop(&worker->loop);
}

static void
on_tick(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    int64_t        now_ms = clock_ticks_ms();

    line_tick(&worker->line, now_ms);
    copy_counts(worker); /* before those who wait are called */
    listener_tick(&worker->listener, now_ms);
    begin_when_fit(worker, now_ms);
    end_when_drained(worker, now_ms);
}

static void
on_poll_tick(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    int64_t        now_ms = clock_ticks_ms();

    if (worker->partitions_ms == 0 || now_ms - worker->partitions_ms > PARTITIONS_EVERY_MS) {
        worker->partitions_ms = now_ms;
        poll_ensure_partitions(&worker->poll, clock_day(clock_now()));
    }
    poll_tick(&worker->poll, now_ms);
}

static void
on_async(uv_async_t *async)
{
    struct worker *worker = async->data;

    struct tls *fresh = atomic_exchange(&worker->fresh_tls, NULL);
    if (fresh != NULL) {
        listener_renew(&worker->listener, fresh);
        log_say(LOG_INFO, "reloaded", LOG_NUMBER("worker", worker->number));
    }
    card_desk_take(&worker->desk);
    inquiring_look_again(&worker->line);
    if (worker->wants_drain && !worker->is_draining) {
        worker->is_draining = true;
        worker->drain_until_ms = clock_ticks_ms() + worker->settings->drain_ms;
        listener_drain(&worker->listener);
    }
}

static void
respond(void *owner, struct request *r)
{
    struct worker *worker = owner;
    listener_respond(&worker->listener, r);
}

static void
stream(void *owner, struct request *r)
{
    struct worker *worker = owner;
    stream_go(&worker->listener, r);
}

static const char *
open_all(struct worker *worker)
{
    const struct worker_settings *settings = worker->settings;
    const char                   *reason;

    if (uv_loop_init(&worker->loop) != 0
        || uv_async_init(&worker->loop, &worker->async, on_async) != 0
        || uv_prepare_init(&worker->loop, &worker->prepare) != 0
        || uv_timer_init(&worker->loop, &worker->tick) != 0
        || uv_timer_init(&worker->loop, &worker->gather) != 0
        || uv_timer_init(&worker->loop, &worker->poll_tick) != 0)
        return "the event loop cannot be made";
    worker->async.data = worker->prepare.data = worker;
    worker->tick.data = worker->poll_tick.data = worker;
    worker->opened_ms = clock_ticks_ms();
    reason = pseudonym_keys_open(&worker->keys, settings->pseudonym_key);
    if (reason != NULL)
        return reason;
    reason = card_desk_open(&worker->desk, settings->challenge_key);
    if (reason != NULL)
        return reason;
    if (settings->office_key[0] != '\0'
        && (worker->factors = factor_key_open(settings->office_key, &reason)) == NULL)
        return reason;
    reason = press_open(&worker->press, settings->document_key, settings->document_issuer);
    if (reason != NULL)
        return reason;
    worker->desk.statuses = settings->statuses;
    card_desk_renew(&worker->desk, settings->cards);
    card_desk_take(&worker->desk);
    directory_open(&worker->directory);
    if (!poll_open(&worker->poll, settings->line.database_url, &worker->directory)
        || !line_open(&worker->line, &settings->line, &worker->directory, &worker->keys, respond,
                      worker))
        return "out of memory";
    worker->line.stream = stream;
    worker->line.cards = &worker->desk;
    worker->line.factors = worker->factors;
    worker->line.press = &worker->press;
    struct tls *tls = tls_new(&settings->tls, &reason);
    if (tls == NULL)
        return reason;
    return listener_open(&worker->listener, &worker->loop, &worker->line, &worker->meter, tls,
                         &settings->listener);
}

/* A suspended connection cannot be closed, nor a file that a thread of the pool is writing. */
static void
end_all(struct worker *worker)
{
    bool is_over = false;

    while (!is_over) {
        is_over = stream_end_all(&worker->listener);
        line_end_all(&worker->line);
        listener_run(&worker->listener);
        if (!is_over)
            uv_run(&worker->loop, UV_RUN_ONCE);
    }
}

static void
close_all(struct worker *worker)
{
    end_all(worker);
    listener_close(&worker->listener);
    line_close(&worker->line);
    poll_close(&worker->poll);
    directory_close(&worker->directory);
    pseudonym_keys_close(&worker->keys);
    card_desk_close(&worker->desk);
    factor_key_free(worker->factors);
    press_close(&worker->press);
}

static void *
run(void *argument)
{
    struct worker *worker = argument;

    uv_prepare_start(&worker->prepare, before_blocking);
    uv_timer_start(&worker->tick, on_tick, 0, TICK_MS);
    uv_timer_start(&worker->poll_tick, on_poll_tick, 0, worker->settings->directory_poll_ms);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    close_all(worker);
    log_say(LOG_INFO, "worker_ended", LOG_NUMBER("worker", worker->number));
    return NULL;
}

const char *
worker_start(struct worker *worker, const struct worker_settings *settings, int number)
{
    *worker = (struct worker){ .settings = settings, .number = number };
    const char *reason = open_all(worker);
    if (reason != NULL)
        return reason;
    if (pthread_create(&worker->thread, NULL, run, worker) != 0)
        return "no thread can be made";
    worker->is_running = true;
    return NULL;
}

void
worker_wake(struct worker *worker)
{
    uv_async_send(&worker->async);
}

/* One that was handed over before, and has not been taken, is old already. */
void
worker_renew(struct worker *worker, struct tls *tls)
{
    tls_release(atomic_exchange(&worker->fresh_tls, tls));
    worker_wake(worker);
}

void
worker_renew_cards(struct worker *worker, struct card_trust *cards)
{
    card_desk_renew(&worker->desk, cards);
    worker_wake(worker);
}

void
worker_join(struct worker *worker)
{
    if (worker->is_running)
        pthread_join(worker->thread, NULL);
    worker->is_running = false;
    tls_release(atomic_exchange(&worker->fresh_tls, NULL));
}
