#include "batch/check.h"

#include "base/log.h"
#include "batch/chunk.h"
#include "batch/seen.h"
#include "intake/reader.h"
#include "query/stmt.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ROWS_BETWEEN_NOTES = 10000, /* staged, until those who watch are told */
    NUMBER_IDS_AT_ONCE = 10000,
    TURN_MS = 50,
    ROWS_BETWEEN_TURNS = 64
};

/* One check under way. */
struct check {
    const struct job   *job;
    struct tools       *tools;
    struct reader      *reader;
    struct rule_context context;
    struct rule_file    file_counts;
    struct chunk       *chunks;
    size_t              chunk_count;
    struct chunk       *filling;
    size_t              rows_per_chunk;
    struct copy         copy;
    struct seen         seen;
    int32_t             rows;
    int32_t             staged;
    int32_t             noted;      /* of staged, for those who watch */
    bool                is_sending; /* rows are on their way to the database */
    int64_t             next_number_id;
    int64_t             last_number_id;
    struct check_result result; /* outcome is CHECK_DONE while all is well */
};

static bool
is_well(const struct check *check)
{
    return check->result.outcome == CHECK_DONE;
}

static void
fail(struct check *check, enum fault fault)
{
    if (fault != FAULT_NONE && is_well(check)) {
        check->result.outcome = CHECK_FAILED;
        check->result.fault = fault;
    }
}

/* ---- out: to the database ----------------------------------------------------------------- */

static void
await_copy(struct check *check)
{
    if (check->is_sending)
        fail(check, session_copy_finish(check->tools->session));
    check->is_sending = false;
}

/* Nothing else is asked while rows are on their way. */
static void
ask(struct check *check, const struct ask *ask, session_hear *hear)
{
    await_copy(check);
    fail(check, session_ask(check->tools->session, ask, hear, check));
}

static void
note_progress(struct check *check)
{
    struct ask progress;

    ask_start(&progress, STMT_BATCH_STAGED);
    ask_number(&progress, check->job->batch_id);
    ask_number(&progress, check->staged);
    ask(check, &progress, NULL);
    check->noted = check->staged;
}

/* The database works on these rows while the next ones are read. */
static void
send_copy(struct check *check)
{
    size_t rows = check->copy.rows;

    await_copy(check);
    if (rows > 0 && is_well(check)) {
        copy_end(&check->copy);
        enum fault fault =
            session_copy_start(check->tools->session, COPY_BATCH_STAGE, &check->copy);
        check->is_sending = fault == FAULT_NONE;
        fail(check, fault);
        check->staged += (int32_t)rows;
        atomic_fetch_add(&check->tools->meter->rows_staged, rows);
        if (is_well(check) && check->staged - check->noted >= ROWS_BETWEEN_NOTES)
            note_progress(check);
    }
    copy_start(&check->copy);
}

static void
finish_chunk(struct check *check, struct chunk *chunk, const struct inquiry_answer *answers)
{
    chunk_finish(chunk, answers, &check->copy);
    chunk_reset(chunk);
    if (check->copy.length >= COPY_SWIFT_BYTES)
        send_copy(check);
}

/* ---- asking the register ------------------------------------------------------------------- */

void
check_hear(void *owner, uint64_t cookie, const struct register_reply *reply)
{
    struct tools *tools = owner;
    struct check *check = tools->check;

    if (check == NULL)
        return; /* of a check that was given up */
    atomic_fetch_add(&tools->meter->register_persons, reply->count);
    if (reply->failure != REGISTER_FINE)
        atomic_fetch_add(&tools->meter->register_failures, 1);
    finish_chunk(check, &check->chunks[cookie], reply->answers);
}

/* Sends the chunk that was filled on its way; waits for others where there is no room. */
static void
dispatch(struct check *check)
{
    struct chunk           *chunk = check->filling;
    struct register_client *client = check->tools->reg;

    check->filling = NULL;
    if (chunk->number_count == 0 || client == NULL) {
        finish_chunk(check, chunk, NULL);
        return;
    }
    chunk->state = CHUNK_OUT;
    for (;;) {
        enum fault fault = register_client_ask(client, (uint64_t)(chunk - check->chunks),
                                               chunk->numbers, chunk->number_count);
        if (fault == FAULT_NONE)
            return;
        if (fault != FAULT_STORE_BUSY) { /* the register is left alone: its rows wait */
            finish_chunk(check, chunk, NULL);
            return;
        }
        register_client_turn(client, TURN_MS);
    }
}

/* A chunk to fill; waits until one comes back. */
static struct chunk *
next_chunk(struct check *check)
{
    for (;;) {
        for (size_t i = 0; i < check->chunk_count; i++)
            if (check->chunks[i].state == CHUNK_FREE) {
                check->chunks[i].state = CHUNK_FILLING;
                return &check->chunks[i];
            }
        register_client_turn(check->tools->reg, TURN_MS);
    }
}

static void
wait_for_all(struct check *check)
{
    while (check->tools->reg != NULL && register_client_under_way(check->tools->reg) > 0)
        register_client_turn(check->tools->reg, TURN_MS);
}

/* ---- in: from the file ---------------------------------------------------------------------- */

static void
hear_first_id(void *owner, const struct rows *rows)
{
    struct check *check = owner;

    check->next_number_id = rows_number(rows, 0, 0);
    check->last_number_id = check->next_number_id + NUMBER_IDS_AT_ONCE - 1;
}

/* A number for a link: reserved in blocks, since each costs a question. */
static int64_t
take_number_id(struct check *check)
{
    struct ask reserve;

    if (check->next_number_id > check->last_number_id) {
        ask_start(&reserve, STMT_NUMBER_IDS_RESERVE);
        ask_number(&reserve, NUMBER_IDS_AT_ONCE);
        ask(check, &reserve, hear_first_id);
    }
    return check->next_number_id++;
}

static void
take_row(struct check *check, struct enrolment_row *row, struct findings *findings)
{
    struct row_clock clock;

    judge_row(&check->context, &check->file_counts, row, &clock, findings);
    bool          has_number = row_reads(row, COLUMN_PERSONAL_NUMBER);
    struct judged judged = { .row = row,
                             .clock = &clock,
                             .findings = findings,
                             .number_id = has_number ? take_number_id(check) : 0,
                             .seen = &check->seen };
    if (check->filling == NULL)
        check->filling = next_chunk(check);
    if (is_well(check))
        fail(check, chunk_add(check->filling, check->job, check->tools, &judged));
    check->rows++;
    if (check->filling->count == check->rows_per_chunk)
        dispatch(check);
}

static void
read_rows(struct check *check)
{
    struct enrolment_row row;
    struct findings      findings;

    row_clear(&row);
    while (is_well(check)) {
        enum reader_step step = reader_next(check->reader, &row, &findings);
        if (step == READER_END)
            break;
        if (step == READER_REFUSED) {
            check->result.outcome = CHECK_REFUSED;
            check->result.refusal = reader_refused(check->reader)->refusal;
            break;
        }
        take_row(check, &row, &findings);
        if (check->rows % ROWS_BETWEEN_TURNS == 0) {
            if (check->tools->reg != NULL)
                register_client_turn(check->tools->reg, 0);
            if (atomic_load(check->tools->wants_end))
                check->result.outcome = CHECK_CUT;
        }
    }
    row_wipe(&row);
}

/* ---- all of it ----------------------------------------------------------------- */

static ssize_t
pull(void *owner, char *place, size_t size)
{
    const int *file = owner;
    ssize_t    got;

    do
        got = read(*file, place, size);
    while (got < 0 && errno == EINTR);
    return got;
}

static bool
open_chunks(struct check *check)
{
    size_t wanted = check->tools->reg == NULL ? 1 : (size_t)check->tools->settings->reg.errands + 1;

    check->rows_per_chunk =
        check->tools->reg == NULL ? CHUNK_ROWS_MAX : (size_t)check->tools->settings->reg.persons;
    if (wanted > CHUNKS_MAX)
        wanted = CHUNKS_MAX;
    check->chunks = calloc(wanted, sizeof *check->chunks);
    while (check->chunks != NULL && check->chunk_count < wanted) {
        if (!chunk_open(&check->chunks[check->chunk_count]))
            return false;
        check->chunk_count++;
    }
    return check->chunks != NULL;
}

static bool
open_check(struct check *check, int *file)
{
    const struct job      *job = check->job;
    struct tools          *tools = check->tools;
    struct reader_settings settings =
        reader_usual((enum reader_format)job->format, (enum packing)job->packing,
                     (enum charset)(job->charset - 1));

    check->context =
        (struct rule_context){ .insurer = job->insurer,
                               .insurer_from = job->insurer_from,
                               .insurer_until = job->insurer_until,
                               .today = clock_day(job->received_at),
                               .holidays = &tools->surroundings.holidays,
                               .policies = &tools->surroundings.policies,
                               .numbers_are_synthetic = tools->settings->numbers_are_synthetic };
    copy_start(&check->copy);
    return seen_open(&check->seen) && open_chunks(check)
           && reader_open(&check->reader, pull, file, &settings);
}

static void
close_check(struct check *check)
{
    reader_close(check->reader);
    for (size_t i = 0; i < check->chunk_count; i++)
        chunk_close(&check->chunks[i]);
    free(check->chunks);
    copy_close(&check->copy);
    seen_close(&check->seen);
}

struct check_result
check_run(const struct job *job, struct tools *tools, int file)
{
    struct check check = { .job = job, .tools = tools, .last_number_id = -1 };

    tools->check = &check;
    if (!open_check(&check, &file))
        fail(&check, FAULT_REQUEST_TOO_LARGE);
    else
        read_rows(&check);
    if (check.filling != NULL && is_well(&check))
        dispatch(&check);
    wait_for_all(&check);
    send_copy(&check);
    await_copy(&check);
    tools->check = NULL;
    close_check(&check);
    check.result.rows = check.rows;
    atomic_fetch_add(&tools->meter->rows_read, (uint64_t)check.rows);
    return check.result;
}
