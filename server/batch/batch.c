#include "batch/batch.h"

#include "base/log.h"
#include "batch/check.h"
#include "query/stmt.h"

#include <poll.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PAUSE_MS = 1000 };

static const bool line_is_small[BATCH_LINES] = { true, false };

/* ---- a line's thread ----------------------------------------------------------------- */

/* Until something is said to be there, or it is time to look. */
static void
wait_for_work(struct batch_line *line, uint32_t wait_ms)
{
    struct pollfd file = { .fd = line->wake_file, .events = POLLIN };
    uint64_t      count;

    if (poll(&file, 1, (int)wait_ms) > 0 && read(line->wake_file, &count, sizeof count) < 0)
        log_event(LOG_WARN, "batch_wake_unread", NULL, 0);
}

/* Ranges are laid out in a table of the session's own. */
static bool
connect_lane(struct session *lane)
{
    struct ask ask;

    if (session_is_open(lane))
        return true;
    if (session_connect(lane) != FAULT_NONE)
        return false;
    ask_start(&ask, STMT_BATCH_SESSION_OPEN);
    return session_ask(lane, &ask, NULL, NULL) == FAULT_NONE;
}

static bool
connect_line(struct batch_line *line)
{
    bool is_open = connect_lane(line->tools.session);

    for (size_t i = 0; i < line->tools.lane_count && is_open; i++)
        is_open = connect_lane(line->tools.lanes[i]);
    return is_open;
}

static void *
run(void *argument)
{
    struct batch_line           *line = argument;
    const struct batch_settings *settings = line->batch->settings;

    while (!atomic_load(&line->batch->wants_end)) {
        if (!connect_line(line)) {
            wait_for_work(line, PAUSE_MS);
            continue;
        }
        enum work_outcome outcome = work_turn(&line->tools, settings->spool, line->is_small);
        if (outcome == WORK_NONE)
            wait_for_work(line, settings->idle_ms);
        else if (outcome == WORK_FAILED)
            wait_for_work(line, PAUSE_MS);
    }
    return NULL;
}

/* ---- from outside ----------------------------------------------------------------- */

static void
close_line(struct batch_line *line)
{
    register_client_free(line->tools.reg);
    session_free(line->tools.session);
    for (size_t i = 0; i < line->tools.lane_count; i++)
        session_free(line->tools.lanes[i]);
    line->tools.lane_count = 0;
    surroundings_close(&line->tools.surroundings);
    vault_close(line->tools.vault);
    if (line->wake_file >= 0)
        close(line->wake_file);
    line->wake_file = -1;
}

static bool
open_lanes(struct tools *tools, size_t count)
{
    const struct batch_settings *settings = tools->settings;

    while (tools->lane_count < count) {
        struct session *lane = session_new(settings->database_url, settings->statement_ms);
        if (lane == NULL)
            return false;
        tools->lanes[tools->lane_count++] = lane;
    }
    return true;
}

static const char *
open_line(struct batch *batch, struct batch_line *line, bool is_small)
{
    const struct batch_settings *settings = batch->settings;
    const char                  *reason = NULL;

    *line = (struct batch_line){
        .batch = batch,
        .is_small = is_small,
        .wake_file = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
        .tools = { .settings = settings, .meter = &batch->meter, .wants_end = &batch->wants_end }
    };
    line->tools.session = session_new(settings->database_url, settings->statement_ms);
    if (line->wake_file < 0 || line->tools.session == NULL
        || !open_lanes(&line->tools, is_small ? 1 : settings->lanes)
        || !surroundings_open(&line->tools.surroundings))
        return "no memory for the batch line";
    line->tools.vault = vault_open(settings->vault, &reason);
    if (reason != NULL)
        return reason;
    if (settings->has_register)
        line->tools.reg = register_client_new(&settings->reg, check_hear, &line->tools, &reason);
    return reason;
}

const char *
batch_start(struct batch *batch, const struct batch_settings *settings)
{
    *batch = (struct batch){ .settings = settings };
    for (size_t i = 0; i < BATCH_LINES; i++)
        batch->lines[i].wake_file = -1;
    const char *reason = NULL;
    for (size_t i = 0; i < BATCH_LINES && reason == NULL; i++)
        reason = open_line(batch, &batch->lines[i], line_is_small[i]);
    for (size_t i = 0; i < BATCH_LINES && reason == NULL; i++) {
        struct batch_line *line = &batch->lines[i];
        line->is_running = pthread_create(&line->thread, NULL, run, line) == 0;
        if (!line->is_running)
            reason = "no thread can be made";
    }
    return reason;
}

void
batch_wake(struct batch *batch)
{
    uint64_t one = 1;

    for (size_t i = 0; i < BATCH_LINES; i++)
        if (batch->lines[i].is_running && write(batch->lines[i].wake_file, &one, sizeof one) < 0)
            log_event(LOG_WARN, "batch_not_woken", NULL, 0); /* it looks by itself soon */
}

/* clang-format off */
static const struct {
    const char *name;
    const char *help;
    size_t      offset;
} series_table[] = {
    { "shikaku_batches_total",                   "files that took effect",
      offsetof(struct batch_meter, batches) },
    { "shikaku_batches_refused_total",           "files that were refused as a whole",
      offsetof(struct batch_meter, refused) },
    { "shikaku_batch_rows_read_total",           "rows read and judged",
      offsetof(struct batch_meter, rows_read) },
    { "shikaku_batch_rows_staged_total",         "rows that wait to take effect, or did",
      offsetof(struct batch_meter, rows_staged) },
    { "shikaku_batch_steps_total",               "transactions in which rows took effect",
      offsetof(struct batch_meter, steps) },
    { "shikaku_batch_store_failures_total",      "times that the database stopped a batch",
      offsetof(struct batch_meter, store_failures) },
    { "shikaku_register_persons_total",          "people asked about at the resident register",
      offsetof(struct batch_meter, register_persons) },
    { "shikaku_register_failures_total",         "questions that the resident register did not answer",
      offsetof(struct batch_meter, register_failures) },
};
/* clang-format on */

void
batch_tell(const struct batch *batch, struct text *text)
{
    for (size_t i = 0; i < ARRAY_LEN(series_table); i++) {
        const char *place = (const char *)&batch->meter + series_table[i].offset;
        uint64_t    count = atomic_load((const _Atomic uint64_t *)(const void *)place);
        text_add_format(text, "# HELP %s %s\n# TYPE %s counter\n%s %llu\n", series_table[i].name,
                        series_table[i].help, series_table[i].name, series_table[i].name,
                        (unsigned long long)count);
    }
}

void
batch_drain(struct batch *batch)
{
    atomic_store(&batch->wants_end, true);
    batch_wake(batch);
}

void
batch_join(struct batch *batch)
{
    for (size_t i = 0; i < BATCH_LINES; i++) {
        if (batch->lines[i].is_running)
            pthread_join(batch->lines[i].thread, NULL);
        batch->lines[i].is_running = false;
        close_line(&batch->lines[i]);
    }
}
