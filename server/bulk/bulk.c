#include "bulk/bulk.h"

#include "base/log.h"

#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    TICK_MS = 25,
    NICENESS = 10,
    BUSY_SHARE = 4,     /* while others work, chunks are that many times smaller … */
    REST_PER_CHUNK = 2, /* … and rest that many times as long as they took */
    FILES_MAX = LANES_MAX + 3
};

/* What poll(2) watches: the lanes that have a socket, and the file that wakes the thread. */
struct watch {
    struct pollfd files[FILES_MAX];
    struct lane  *lanes[FILES_MAX];
    nfds_t        count;
};

static void
watch_lane(struct watch *watch, struct lane *lane)
{
    if (lane_socket(lane) < 0)
        return;
    short events = POLLIN;
    if (lane_wants_write(lane))
        events |= POLLOUT;
    watch->files[watch->count] = (struct pollfd){ .fd = lane_socket(lane), .events = events };
    watch->lanes[watch->count++] = lane;
}

static void
wait_and_turn(struct bulk *bulk, int timeout_ms)
{
    struct watch watch = { .count = 0 };
    uint64_t     woken;

    watch.files[watch.count++] = (struct pollfd){ .fd = bulk->wake_file, .events = POLLIN };
    watch_lane(&watch, bulk->desk.lane);
    watch_lane(&watch, bulk->poll.lane);
    for (size_t i = 0; i < bulk->line.flight_count; i++)
        watch_lane(&watch, bulk->line.flights[i].lane);
    if (poll(watch.files, watch.count, timeout_ms) <= 0)
        return;
    if (watch.files[0].revents != 0 && read(bulk->wake_file, &woken, sizeof woken) < 0)
        log_event(LOG_WARN, "bulk_wake_unread", NULL, 0);
    for (nfds_t i = 1; i < watch.count; i++)
        if (watch.files[i].revents != 0)
            lane_turn(watch.lanes[i]);
}

/* A chunk is only taken when it can be asked at once. */
static bool
may_take(const struct bulk *bulk, int64_t now_ms)
{
    const struct directory *directory = &bulk->directory;
    bool                    is_fresh = directory->refreshed_ms != 0
                    && now_ms - directory->refreshed_ms <= bulk->settings->directory_stale_ms;

    return is_fresh && !bulk->wants_drain && lane_is_open(bulk->line.flights[0].lane);
}

/* Single questions come first: the more they have to do, the longer lists rest. */
static void
rest_for_others(struct bulk *bulk, enum desk_state before, int64_t now_ms)
{
    struct desk *desk = &bulk->desk;
    bool         has_ended = before == DESK_STORING && desk->state == DESK_RESTING;

    if (!has_ended)
        return;
    desk->chunk = (int)bulk->settings->chunk;
    if (!bulk->settings->is_busy(bulk->settings->owner))
        return;
    desk->chunk = (desk->chunk + BUSY_SHARE - 1) / BUSY_SHARE;
    int64_t rest_ms = desk->took_ms * REST_PER_CHUNK;
    desk_rest(desk,
              now_ms + (rest_ms > bulk->settings->pause_ms ? rest_ms : bulk->settings->pause_ms));
}

static void
run_due(struct bulk *bulk, int64_t now_ms)
{
    if (now_ms >= bulk->tick_ms) {
        bulk->tick_ms = now_ms + TICK_MS;
        line_tick(&bulk->line, now_ms);
    }
    if (now_ms >= bulk->poll_ms) {
        bulk->poll_ms = now_ms + bulk->settings->directory_poll_ms;
        poll_tick(&bulk->poll, now_ms);
    }
}

static bool
is_over(struct bulk *bulk, int64_t now_ms)
{
    if (!bulk->wants_drain)
        return false;
    if (bulk->drain_until_ms == 0)
        bulk->drain_until_ms = now_ms + bulk->settings->drain_ms;
    return bulk->desk.state == DESK_RESTING || now_ms >= bulk->drain_until_ms;
}

static int
time_to_wait(const struct bulk *bulk, int64_t now_ms)
{
    const struct desk *desk = &bulk->desk;
    int64_t            until_ms = bulk->tick_ms;

    if (desk_is_due(desk))
        return 0;
    if (desk->state == DESK_RESTING && may_take(bulk, now_ms) && desk->rest_ms < until_ms)
        until_ms = desk->rest_ms;
    return until_ms > now_ms ? (int)(until_ms - now_ms) : 0;
}

static void
copy_counts(struct bulk *bulk)
{
    const struct line_counts *counts = &bulk->line.counts;

    meter_set(&bulk->meter.flights, counts->flights);
    meter_set(&bulk->meter.flown, counts->flown);
    meter_set(&bulk->meter.flights_failed, counts->failed);
    meter_set(&bulk->meter.flights_lost, counts->lost);
    meter_set(&bulk->meter.replays, counts->replays);
    meter_set(&bulk->meter.late, counts->late);
}

static void
close_all(struct bulk *bulk)
{
    desk_close(&bulk->desk);
    line_close(&bulk->line);
    poll_close(&bulk->poll);
    directory_close(&bulk->directory);
    pseudonym_keys_close(&bulk->keys);
}

static void *
run(void *argument)
{
    struct bulk *bulk = argument;

    /* On Linux this is the calling thread alone. */
    if (setpriority(PRIO_PROCESS, 0, NICENESS) != 0)
        log_event(LOG_WARN, "bulk_priority_stays", NULL, 0);
    for (;;) {
        int64_t now_ms = clock_ticks_ms();
        if (is_over(bulk, now_ms))
            break;
        run_due(bulk, now_ms);
        desk_turn(&bulk->desk, may_take(bulk, now_ms), now_ms);
        line_depart(&bulk->line, now_ms);
        enum desk_state before = bulk->desk.state;
        wait_and_turn(bulk, time_to_wait(bulk, now_ms));
        rest_for_others(bulk, before, clock_ticks_ms());
        copy_counts(bulk);
    }
    close_all(bulk);
    log_event(LOG_INFO, "bulk_ended", NULL, 0);
    return NULL;
}

static const char *
open_all(struct bulk *bulk)
{
    const struct bulk_settings *settings = bulk->settings;
    struct line_settings        line = { .duty = DUTY_SERVE,
                                         .database_url = settings->database_url,
                                         .lanes = 1,
                                         .places = settings->chunk,
                                         .arena_block_bytes = settings->arena_block_bytes,
                                         .arena_bytes_max = settings->arena_bytes_max,
                                         .directory_stale_ms = settings->directory_stale_ms,
                                         .has_budgets = settings->has_budgets };

    const char *reason = pseudonym_keys_open(&bulk->keys, settings->pseudonym_key);
    if (reason != NULL)
        return reason;
    bulk->wake_file = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (bulk->wake_file < 0)
        return "no file to wake the bulk thread by";
    directory_open(&bulk->directory);
    if (!poll_open(&bulk->poll, settings->database_url, &bulk->directory)
        || !line_open(&bulk->line, &line, &bulk->directory, &bulk->keys, desk_respond, &bulk->desk)
        || !desk_open(&bulk->desk, settings->database_url, &bulk->line, &bulk->meter,
                      (int)settings->chunk, settings->idle_ms))
        return "out of memory";
    return NULL;
}

const char *
bulk_start(struct bulk *bulk, const struct bulk_settings *settings)
{
    *bulk = (struct bulk){ .settings = settings };
    const char *reason = open_all(bulk);
    if (reason != NULL)
        return reason;
    if (pthread_create(&bulk->thread, NULL, run, bulk) != 0)
        return "no thread can be made";
    bulk->is_running = true;
    return NULL;
}

void
bulk_drain(struct bulk *bulk)
{
    uint64_t one = 1;

    if (!bulk->is_running)
        return;
    bulk->wants_drain = true;
    if (write(bulk->wake_file, &one, sizeof one) < 0)
        log_event(LOG_WARN, "bulk_not_woken", NULL, 0); /* it looks by itself soon */
}

void
bulk_join(struct bulk *bulk)
{
    if (!bulk->is_running)
        return;
    pthread_join(bulk->thread, NULL);
    close(bulk->wake_file); /* not before: who drains may be about to write to it */
    bulk->is_running = false;
}
