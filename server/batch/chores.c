#include "batch/chores.h"

#include "base/log.h"
#include "batch/tell.h"
#include "query/stmt.h"

#include <time.h>

enum {
    STATEMENT_MS = 10000,
    ROWS_AT_ONCE = 1000,
    ROUNDS_MAX = 1000, /* what is left then is done at the next time */
    FILES_AT_ONCE = 256
};

struct chore {
    const char *name;
    enum fault (*run)(struct chores *chores, int64_t *ret_done);
};

static void
hear_count(void *owner, const struct rows *rows)
{
    *(int64_t *)owner = rows_number(rows, 0, 0);
}

static void
hear_rows(void *owner, const struct rows *rows)
{
    *(int64_t *)owner = rows_count(rows);
}

static bool
is_ending(struct chores *chores)
{
    pthread_mutex_lock(&chores->mutex);
    bool wants_end = chores->wants_end;
    pthread_mutex_unlock(&chores->mutex);
    return wants_end;
}

/* Asks again as long as every round does as much as one may. */
static enum fault
ask_until_done(struct chores *chores, const struct ask *ask, session_hear *hear, int64_t most,
               int64_t *ret_done)
{
    enum fault fault = FAULT_NONE;
    int64_t    count = most;

    *ret_done = 0;
    for (int round = 0; round < ROUNDS_MAX && count >= most && !is_ending(chores); round++) {
        fault = session_ask(chores->session, ask, hear, &count);
        if (fault != FAULT_NONE)
            break;
        *ret_done += count;
    }
    return fault;
}

static enum fault
notices_overdue(struct chores *chores, int64_t *ret_done)
{
    struct ask ask;

    ask_start(&ask, STMT_NOTICE_CLOCK);
    ask_number(&ask, clock_now());
    ask_number(&ask, ROWS_AT_ONCE);
    return ask_until_done(chores, &ask, hear_count, ROWS_AT_ONCE, ret_done);
}

static enum fault
replies_expire(struct chores *chores, int64_t *ret_done)
{
    struct ask ask;

    ask_start(&ask, STMT_ENROLMENT_EXPIRE);
    ask_number(&ask, clock_day(clock_now()));
    ask_number(&ask, ROWS_AT_ONCE);
    return ask_until_done(chores, &ask, hear_count, ROWS_AT_ONCE, ret_done);
}

static enum fault
sessions_expire(struct chores *chores, int64_t *ret_done)
{
    struct ask ask;

    ask_start(&ask, STMT_PERSON_SESSIONS_EXPIRE);
    ask_number(&ask, clock_now());
    ask_number(&ask, ROWS_AT_ONCE);
    return ask_until_done(chores, &ask, hear_count, ROWS_AT_ONCE, ret_done);
}

static enum fault
uploads_expire(struct chores *chores, int64_t *ret_done)
{
    enum { AT_ONCE = 100 }; /* batch_expire() says so */
    struct ask ask;

    ask_start(&ask, STMT_BATCH_EXPIRE);
    ask_number(&ask, chores->settings->upload_age_s);
    return ask_until_done(chores, &ask, hear_rows, AT_ONCE, ret_done);
}

struct files {
    const struct spool *spool;
    int64_t             numbers[FILES_AT_ONCE];
    size_t              count;
    int64_t             removed;
};

static void
hear_files(void *owner, const struct rows *rows)
{
    struct files *files = owner;

    for (int row = 0; row < rows_count(rows); row++) {
        int64_t ord = rows_number(rows, row, 0);
        if (ord >= 0 && ord < (int64_t)files->count)
            files->removed += spool_remove(files->spool, files->numbers[ord]);
    }
}

static enum fault
files_remove(struct chores *chores, int64_t *ret_done)
{
    struct files      files = { .spool = chores->settings->spool };
    struct ask        asks[FILES_AT_ONCE];
    const struct ask *pointers[FILES_AT_ONCE];
    int64_t           after = 0;
    enum fault        fault = FAULT_NONE;

    do {
        files.count = spool_list(files.spool, after, files.numbers, FILES_AT_ONCE);
        for (size_t i = 0; i < files.count; i++) {
            ask_start(&asks[i], STMT_BATCH_FILES_DONE);
            ask_number(&asks[i], files.numbers[i]);
            pointers[i] = &asks[i];
            after = files.numbers[i];
        }
        if (files.count > 0)
            fault = session_ask_set(chores->session, STMT_BATCH_FILES_DONE, pointers,
                                    (int)files.count, hear_files, &files);
    } while (fault == FAULT_NONE && files.count == FILES_AT_ONCE && !is_ending(chores));
    *ret_done = files.removed;
    return fault;
}

static enum fault
changes_tell(struct chores *chores, int64_t *ret_done)
{
    enum fault fault = FAULT_NONE;
    int64_t    count = TELL_AT_ONCE;

    *ret_done = 0;
    for (int round = 0; round < ROUNDS_MAX && count == TELL_AT_ONCE && !is_ending(chores);
         round++) {
        fault = tell_changes(chores->session, &chores->keys, &count);
        if (fault != FAULT_NONE)
            break;
        *ret_done += count;
    }
    return fault;
}

/* Rows of batches that ended, whose line died before it had swept. */
static enum fault
rows_sweep(struct chores *chores, int64_t *ret_done)
{
    struct ask ask;

    ask_start(&ask, STMT_BATCH_SWEEP_LEFT);
    ask_number(&ask, ROWS_AT_ONCE);
    return ask_until_done(chores, &ask, hear_count, ROWS_AT_ONCE, ret_done);
}

/* clang-format off */
static const struct chore table[] = {
    { "notices_overdue", notices_overdue },
    { "replies_expire",  replies_expire },
    { "sessions_expire", sessions_expire },
    { "uploads_expire",  uploads_expire },
    { "files_remove",    files_remove },
    { "rows_sweep",      rows_sweep },
    { "changes_tell",    changes_tell },
};
/* clang-format on */

static void
do_all(struct chores *chores)
{
    if (!session_is_open(chores->session) && session_connect(chores->session) != FAULT_NONE) {
        log_event(LOG_WARN, "chores_without_database", NULL, 0);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(table) && !is_ending(chores); i++) {
        int64_t    done = 0;
        enum fault fault = table[i].run(chores, &done);
        if (fault != FAULT_NONE)
            log_say(LOG_ERROR, "chore_failed", LOG_TEXT("chore", table[i].name),
                    LOG_TEXT("code", fault_info(fault)->code),
                    LOG_TEXT("sqlstate", session_sqlstate(chores->session)));
        else if (done > 0)
            log_say(LOG_INFO, "chore_done", LOG_TEXT("chore", table[i].name),
                    LOG_NUMBER("count", done));
        if (!session_is_open(chores->session))
            return;
    }
}

/* Until the next time, or the end. */
static bool
wait_for_next(struct chores *chores)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += chores->settings->every_ms / 1000;
    until.tv_nsec += (long)(chores->settings->every_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&chores->mutex);
    while (!chores->wants_end && pthread_cond_timedwait(&chores->wake, &chores->mutex, &until) == 0)
        continue;
    bool wants_end = chores->wants_end;
    pthread_mutex_unlock(&chores->mutex);
    return !wants_end;
}

static void *
run(void *argument)
{
    struct chores *chores = argument;

    do
        do_all(chores);
    while (wait_for_next(chores));
    session_free(chores->session);
    log_event(LOG_INFO, "chores_ended", NULL, 0);
    return NULL;
}

const char *
chores_start(struct chores *chores, const struct chores_settings *settings)
{
    pthread_condattr_t attributes;

    *chores = (struct chores){ .settings = settings };
    const char *reason = pseudonym_keys_open(&chores->keys, settings->pseudonym_key);
    if (reason != NULL)
        return reason;
    chores->session = session_new(settings->database_url, STATEMENT_MS);
    if (chores->session == NULL)
        return "out of memory";
    pthread_mutex_init(&chores->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&chores->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&chores->thread, NULL, run, chores) != 0)
        return "no thread can be made";
    chores->is_running = true;
    return NULL;
}

void
chores_drain(struct chores *chores)
{
    if (!chores->is_running)
        return;
    pthread_mutex_lock(&chores->mutex);
    chores->wants_end = true;
    pthread_cond_signal(&chores->wake);
    pthread_mutex_unlock(&chores->mutex);
}

void
chores_join(struct chores *chores)
{
    if (chores->is_running)
        pthread_join(chores->thread, NULL);
    pseudonym_keys_close(&chores->keys);
    chores->is_running = false;
}
