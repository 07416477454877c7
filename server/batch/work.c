#include "batch/work.h"

#include "base/log.h"
#include "batch/check.h"
#include "query/stmt.h"

#include <string.h>
#include <unistd.h>

enum { SWEEP_ROWS = 50000 };

/* What a stage came to: the batch goes on, waits or is finished, or something failed. */
enum stage_outcome { STAGE_ON, STAGE_OVER, STAGE_CUT, STAGE_FAILED };

struct stage_work {
    const char *name;
    enum stage_outcome (*run)(struct tools *tools, const struct spool *spool, struct job *job);
};

static instant_t
now(void)
{
    return clock_now();
}

/* ---- the batch that is next ----------------------------------------------------------------- */

static void
hear_job(void *owner, const struct rows *rows)
{
    struct job *job = owner;

    if (rows_count(rows) == 0)
        return;
    struct span insurer = rows_bytes(rows, 0, 1);
    if (insurer.length != INSURER_NUMBER_LENGTH)
        return;
    *job = (struct job){
        .batch_id = rows_number(rows, 0, 0),
        .insurer_from = rows_day(rows, 0, 2),
        .insurer_until = rows_is_null(rows, 0, 3) ? DAY_FOREVER : rows_day(rows, 0, 3),
        .format = (int16_t)rows_number(rows, 0, 4),
        .packing = (int16_t)rows_number(rows, 0, 5),
        .charset = (int16_t)rows_number(rows, 0, 6),
        .is_dry_run = rows_bool(rows, 0, 7),
        .state = (int16_t)rows_number(rows, 0, 8),
        .phase = (int16_t)rows_number(rows, 0, 9),
        .row_count = (int32_t)rows_number(rows, 0, 10),
        .staged_count = (int32_t)rows_number(rows, 0, 11),
        .staged_there = (int32_t)rows_number(rows, 0, 12),
        .received_at = rows_instant(rows, 0, 13),
    };
    memcpy(job->insurer.digits, insurer.bytes, INSURER_NUMBER_LENGTH);
}

static enum fault
take_job(struct tools *tools, bool is_small, struct job *ret_job)
{
    struct ask ask;

    *ret_job = (struct job){ 0 };
    ask_start(&ask, STMT_BATCH_TAKE);
    ask_number(&ask, tools->settings->small_bytes);
    ask_number(&ask, is_small);
    return session_ask(tools->session, &ask, hear_job, ret_job);
}

/* ---- stages ----------------------------------------------------------------- */

static enum fault
ask_of_batch(struct tools *tools, int stmt, const struct job *job)
{
    struct ask ask;

    ask_start(&ask, stmt);
    ask_number(&ask, job->batch_id);
    return session_ask(tools->session, &ask, NULL, NULL);
}

static void
hear_state(void *owner, const struct rows *rows)
{
    struct job *job = owner;
    if (rows_count(rows) == 1)
        job->state = (int16_t)rows_number(rows, 0, 0);
}

static enum fault
end_check(struct tools *tools, struct job *job, int32_t rows)
{
    struct ask ask;

    ask_start(&ask, STMT_BATCH_CHECK_END);
    ask_number(&ask, job->batch_id);
    ask_number(&ask, rows);
    ask_number(&ask, now());
    ask_number(&ask, tools->index_keys.key);
    ask_number(&ask, tools->index_keys.next);
    return session_ask(tools->session, &ask, hear_state, job);
}

static enum stage_outcome
refuse(struct tools *tools, const struct job *job, const char *code)
{
    struct ask ask;

    ask_start(&ask, STMT_BATCH_REFUSE);
    ask_number(&ask, job->batch_id);
    ask_bytes(&ask, span_of(code));
    ask_number(&ask, now());
    if (session_ask(tools->session, &ask, NULL, NULL) != FAULT_NONE)
        return STAGE_FAILED;
    atomic_fetch_add(&tools->meter->refused, 1);
    log_say(LOG_INFO, "batch_refused", LOG_NUMBER("batch", job->batch_id), LOG_TEXT("code", code));
    return STAGE_OVER;
}

static void
hear_index_keys(void *owner, const struct rows *rows)
{
    struct index_keys *keys = owner;

    if (rows_count(rows) == 1)
        *keys =
            (struct index_keys){ .key = (int)rows_number(rows, 0, 0),
                                 .next =
                                     rows_is_null(rows, 0, 1) ? 0 : (int)rows_number(rows, 0, 1) };
}

/* A rotation may have begun with a key that was added since the registrar was started. */
static bool
has_key(const struct tools *tools, int key)
{
    bool has = vault_learn(tools->vault, key);

    if (!has)
        log_say(LOG_ERROR, "index_key_missing", LOG_NUMBER("key", key));
    return has;
}

/* Links that are there are found by their own key, however new the one that seals. */
static enum fault
read_index_keys(struct tools *tools)
{
    struct ask         ask;
    struct index_keys *keys = &tools->index_keys;

    *keys = (struct index_keys){ 0 };
    ask_start(&ask, STMT_NUMBER_KEYS);
    ask_number(&ask, vault_newest(tools->vault));
    enum fault fault = session_ask(tools->session, &ask, hear_index_keys, keys);
    if (fault == FAULT_NONE
        && (!has_key(tools, keys->key) || (keys->next != 0 && !has_key(tools, keys->next))))
        fault = FAULT_STORE_REFUSED;
    return fault;
}

static enum fault
begin_check(struct tools *tools, const struct job *job)
{
    struct ask ask;

    ask_start(&ask, STMT_BATCH_CHECK_BEGIN);
    ask_number(&ask, job->batch_id);
    ask_number(&ask, tools->index_keys.key);
    ask_number(&ask, tools->index_keys.next);
    return session_ask(tools->session, &ask, NULL, NULL);
}

static enum stage_outcome
check(struct tools *tools, const struct spool *spool, struct job *job)
{
    int file = spool_file_read(spool, job->batch_id);

    /* What takes effect is half in the registry: it is not refused, but waits for its file. */
    if (file < 0)
        return job->state == BATCH_APPLYING ? STAGE_FAILED : refuse(tools, job, "file_lost");
    enum fault fault = surroundings_read(&tools->surroundings, tools->session);
    if (fault == FAULT_NONE)
        fault = read_index_keys(tools);
    if (fault == FAULT_NONE)
        fault = begin_check(tools, job);
    struct check_result result = { .outcome = CHECK_FAILED, .fault = fault };
    if (fault == FAULT_NONE)
        result = check_run(job, tools, file);
    close(file);
    switch (result.outcome) {
    case CHECK_REFUSED:
        return refuse(tools, job, refusal_info(result.refusal)->code);
    case CHECK_CUT:
        return STAGE_CUT;
    case CHECK_FAILED:
        return STAGE_FAILED;
    case CHECK_DONE:
    default:
        break;
    }
    if (end_check(tools, job, result.rows) != FAULT_NONE)
        return STAGE_FAILED;
    log_say(LOG_INFO, job->state == BATCH_CHECKING ? "batch_read_again" : "batch_checked",
            LOG_NUMBER("batch", job->batch_id), LOG_NUMBER("rows", result.rows),
            LOG_NUMBER("state", job->state));
    job->staged_count = job->staged_there = result.rows;
    return job->state == BATCH_APPLYING ? STAGE_ON : STAGE_OVER;
}

struct window {
    int16_t phase;
    int32_t from_row;
    int32_t to_row;
    bool    is_finished;
    bool    is_stale; /* links are found by another key than its rows were read under */
};

static void
hear_window(void *owner, const struct rows *rows)
{
    struct window *window = owner;

    if (rows_count(rows) == 1)
        *window = (struct window){ .phase = (int16_t)rows_number(rows, 0, 0),
                                   .from_row = (int32_t)rows_number(rows, 0, 1),
                                   .to_row = (int32_t)rows_number(rows, 0, 2),
                                   .is_finished = rows_bool(rows, 0, 3),
                                   .is_stale = rows_bool(rows, 0, 4) };
}

static enum fault
open_window(struct tools *tools, const struct job *job, struct window *ret_window)
{
    struct ask ask;

    ask_start(&ask, STMT_BATCH_WINDOW_OPEN);
    ask_number(&ask, job->batch_id);
    ask_number(&ask, now());
    ask_number(&ask, (int64_t)tools->settings->step_rows * (int64_t)tools->lane_count);
    return session_ask(tools->session, &ask, hear_window, ret_window);
}

static enum fault
close_window(struct tools *tools, const struct job *job, const struct window *window)
{
    struct ask ask;

    ask_start(&ask, STMT_BATCH_WINDOW_CLOSE);
    ask_number(&ask, job->batch_id);
    ask_number(&ask, window->phase);
    ask_number(&ask, window->to_row);
    return session_ask(tools->session, &ask, NULL, NULL);
}

static enum fault
start_range(struct session *lane, const struct job *job, const struct window *window, int32_t from,
            int32_t to)
{
    struct ask ask;

    ask_start(&ask, STMT_BATCH_RANGE);
    ask_number(&ask, job->batch_id);
    ask_number(&ask, window->phase);
    ask_number(&ask, from);
    ask_number(&ask, to);
    ask_number(&ask, now());
    return session_start(lane, &ask);
}

/* Waits for every lane that was started, whatever became of the others. */
static enum fault
finish_ranges(struct tools *tools, const struct job *job, size_t started, enum fault fault)
{
    for (size_t i = 0; i < started; i++) {
        enum fault end = session_finish(tools->lanes[i], NULL, NULL);
        atomic_fetch_add(&tools->meter->steps, 1);
        if (end == FAULT_NONE)
            continue;
        log_say(LOG_ERROR, "batch_range_failed", LOG_NUMBER("batch", job->batch_id),
                LOG_TEXT("sqlstate", session_sqlstate(tools->lanes[i])));
        fault = end;
    }
    return fault;
}

/* All ranges of a window at once, each on its lane. */
static enum fault
run_ranges(struct tools *tools, const struct job *job, const struct window *window)
{
    int32_t    rows = window->to_row - window->from_row + 1;
    int32_t    lanes = (int32_t)tools->lane_count;
    int32_t    each = (rows + lanes - 1) / lanes;
    size_t     started = 0;
    enum fault fault = FAULT_NONE;

    for (int32_t from = window->from_row; from <= window->to_row && fault == FAULT_NONE;
         from += each) {
        int32_t last = from + each - 1;
        fault = start_range(tools->lanes[started], job, window, from,
                            last < window->to_row ? last : window->to_row);
        if (fault == FAULT_NONE)
            started++;
    }
    return finish_ranges(tools, job, started, fault);
}

/* One window under one lock: opened, its ranges run, and noted as done. */
static enum stage_outcome
run_window(struct tools *tools, const struct job *job)
{
    struct window window = { 0 };

    if (session_begin(tools->session) != FAULT_NONE)
        return STAGE_FAILED;
    enum fault fault = open_window(tools, job, &window);
    if (fault == FAULT_NONE && !window.is_finished && !window.is_stale) {
        fault = run_ranges(tools, job, &window);
        if (fault == FAULT_NONE)
            fault = close_window(tools, job, &window);
    }
    if (fault == FAULT_NONE)
        fault = session_commit(tools->session);
    if (fault != FAULT_NONE) {
        session_rollback(tools->session);
        return STAGE_FAILED;
    }
    if (window.is_stale)
        return STAGE_CUT; /* the next turn reads the file again */
    return window.is_finished ? STAGE_OVER : STAGE_ON;
}

static void
hear_count(void *owner, const struct rows *rows)
{
    int64_t *count = owner;
    *count = rows_count(rows) == 1 ? rows_number(rows, 0, 0) : 0;
}

/* Staged rows are needed no more; what a crash leaves behind, a chore removes. */
static void
sweep(struct tools *tools, const struct job *job)
{
    int64_t    gone = 1;
    struct ask ask;

    while (gone > 0) {
        gone = 0;
        ask_start(&ask, STMT_BATCH_SWEEP);
        ask_number(&ask, job->batch_id);
        ask_number(&ask, SWEEP_ROWS);
        if (session_ask(tools->session, &ask, hear_count, &gone) != FAULT_NONE)
            return;
    }
}

static enum stage_outcome
apply(struct tools *tools, const struct spool *spool, struct job *job)
{
    enum stage_outcome outcome = STAGE_ON;

    (void)spool;
    while (outcome == STAGE_ON)
        outcome = atomic_load(tools->wants_end) ? STAGE_CUT : run_window(tools, job);
    if (outcome != STAGE_OVER)
        return outcome;
    sweep(tools, job);
    atomic_fetch_add(&tools->meter->batches, 1);
    log_say(LOG_INFO, "batch_done", LOG_NUMBER("batch", job->batch_id),
            LOG_NUMBER("rows", job->staged_count));
    return STAGE_OVER;
}

static void
hear_undo_step(void *owner, const struct rows *rows)
{
    bool *is_finished = owner;
    *is_finished = rows_count(rows) == 1 && rows_bool(rows, 0, 0);
}

static enum stage_outcome
undo(struct tools *tools, const struct spool *spool, struct job *job)
{
    bool       is_finished = false;
    struct ask ask;

    (void)spool;
    while (!is_finished) {
        if (atomic_load(tools->wants_end))
            return STAGE_CUT;
        ask_start(&ask, STMT_BATCH_UNDO_STEP);
        ask_number(&ask, job->batch_id);
        ask_number(&ask, now());
        ask_number(&ask, tools->settings->step_rows);
        if (session_ask(tools->session, &ask, hear_undo_step, &is_finished) != FAULT_NONE)
            return STAGE_FAILED;
        atomic_fetch_add(&tools->meter->steps, 1);
    }
    log_say(LOG_INFO, "batch_undone", LOG_NUMBER("batch", job->batch_id));
    return STAGE_OVER;
}

/* clang-format off */
static const struct stage_work stage_table[] = {
    [BATCH_RECEIVED] = { "check", check },
    [BATCH_CHECKING] = { "check", check },
    [BATCH_APPLYING] = { "apply", apply },
    [BATCH_DONE]     = { "undo",  undo },
};
/* clang-format on */

/* Rows that wait in a table without a log are gone after a crash of the database: they are read
 * again. Those that had their verdict keep it. */
static const struct stage_work *
stage_of(const struct job *job)
{
    bool is_lost = job->state == BATCH_APPLYING
                   && (job->staged_count < job->row_count || job->staged_there < job->row_count);

    return &stage_table[is_lost ? BATCH_CHECKING : job->state];
}

static enum work_outcome
failed(struct tools *tools, const char *stage, const struct job *job)
{
    atomic_fetch_add(&tools->meter->store_failures, 1);
    log_say(LOG_ERROR, "batch_stopped", LOG_TEXT("stage", stage),
            LOG_NUMBER("batch", job->batch_id),
            LOG_TEXT("sqlstate", session_sqlstate(tools->session)));
    /* Should this fail too, nothing is lost but the pause: it is next again. */
    if (job->batch_id != 0 && ask_of_batch(tools, STMT_BATCH_REST, job) != FAULT_NONE)
        log_say(LOG_WARN, "batch_rests_not", LOG_NUMBER("batch", job->batch_id));
    return WORK_FAILED;
}

enum work_outcome
work_turn(struct tools *tools, const struct spool *spool, bool is_small)
{
    struct job job;

    if (take_job(tools, is_small, &job) != FAULT_NONE)
        return failed(tools, "take", &job);
    if (job.batch_id == 0)
        return WORK_NONE;
    for (;;) {
        const struct stage_work *stage = stage_of(&job);
        switch (stage->run(tools, spool, &job)) {
        case STAGE_ON:
            continue;
        case STAGE_FAILED:
            return failed(tools, stage->name, &job);
        case STAGE_OVER:
        case STAGE_CUT:
        default:
            return WORK_DONE;
        }
    }
}
