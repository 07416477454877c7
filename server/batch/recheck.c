#include "batch/recheck.h"

#include "base/arena.h"
#include "base/log.h"
#include "batch/stage_row.h"
#include "match/match.h"
#include "query/stmt.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    TURN_MS = 50,
    ARENA_BLOCK_BYTES = 256 * 1024,
    ARENA_BYTES_MAX = 64 * 1024 * 1024,
    FIELDS_TEXT_SIZE = 160
};

/* A doubt, what is claimed of its person, and what the register says of that. */
struct doubt {
    int64_t         hold_id;
    int64_t         version_id; /* of the person, as it is compared */
    bool            is_asked;
    bool            was_looked_up;
    struct identity claimed;
    int16_t         action;
    char            fields[FIELDS_TEXT_SIZE];
    struct span     said;
};

struct recheck_people {
    struct arena           arena;
    struct vault          *vault;
    struct doubt           doubts[INQUIRY_PERSONS_MAX];
    size_t                 count;
    struct personal_number numbers[INQUIRY_PERSONS_MAX];
    size_t                 number_count;
    bool                   is_answered;
    bool                   is_full; /* no memory for all of them */
    int64_t                settled;
    struct ask             asks[INQUIRY_PERSONS_MAX];
    const struct ask      *pointers[INQUIRY_PERSONS_MAX];
};

/* ---- the doubts that are next --------------------------------------------------------------- */

static struct span
keep(struct recheck_people *people, const struct rows *rows, int row, int column)
{
    struct span text = { 0 };

    if (rows_is_null(rows, row, column))
        return text;
    text = arena_copy(&people->arena, rows_bytes(rows, row, column));
    people->is_full |= text.bytes == NULL;
    return text;
}

/* Columns: 2 number_id, 3 sealed_by, 4 sealed. Who claims no number cannot be found by one. */
static void
unseal(struct recheck_people *people, struct doubt *doubt, const struct rows *rows, int row)
{
    struct span sealed = { 0 };
    int         key = 0;

    doubt->action = REGISTER_NOBODY;
    if (rows_is_null(rows, row, 2))
        return;
    key = (int)rows_number(rows, row, 3);
    sealed = rows_bytes(rows, row, 4);
    doubt->action = REGISTER_NO_ANSWER;
    doubt->is_asked = sealed.length == SEALED_BYTES && vault_learn(people->vault, key)
                      && vault_unseal(people->vault, key, rows_number(rows, row, 2),
                                      (const unsigned char *)sealed.bytes,
                                      &people->numbers[people->number_count]);
    if (doubt->is_asked)
        people->number_count++;
    else
        log_say(LOG_ERROR, "number_does_not_open", LOG_NUMBER("link", rows_number(rows, row, 2)));
}

/* Columns: 0 hold_id, 1 version_id, 5 is_looked_up, 6 to 12 the person. */
static void
hear_doubts(void *owner, const struct rows *rows)
{
    struct recheck_people *people = owner;

    for (int row = 0; row < rows_count(rows) && people->count < INQUIRY_PERSONS_MAX; row++) {
        struct doubt *doubt = &people->doubts[people->count++];
        *doubt = (struct doubt){
            .hold_id = rows_number(rows, row, 0),
            .version_id = rows_number(rows, row, 1),
            .was_looked_up = rows_bool(rows, row, 5),
            .claimed = { .name = keep(people, rows, row, 6),
                         .name_kana = keep(people, rows, row, 7),
                         .name_other = keep(people, rows, row, 8),
                         .name_other_kana = keep(people, rows, row, 9),
                         .sex = (int16_t)rows_number(rows, row, 10),
                         .birth_date = rows_day(rows, row, 11),
                         .address = keep(people, rows, row, 12) },
        };
        unseal(people, doubt, rows, row);
    }
}

static enum fault
take(struct recheck *recheck, int64_t after)
{
    struct recheck_people *people = recheck->people;
    struct ask             ask;

    arena_reset(&people->arena);
    people->count = people->number_count = 0;
    people->is_answered = people->is_full = false;
    ask_start(&ask, STMT_RECHECK_TAKE);
    ask_number(&ask, after);
    ask_number(&ask, recheck->settings->reg.persons);
    enum fault fault = session_ask(recheck->session, &ask, hear_doubts, people);
    return fault == FAULT_NONE && people->is_full ? FAULT_STORE_BUSY : fault;
}

/* ---- asking the register -------------------------------------------------------------------- */

static void
compare(struct doubt *doubt, const struct inquiry_answer *answer)
{
    struct match_result result;
    struct blame        blame;
    struct text         fields = text_in(doubt->fields, sizeof doubt->fields);

    if (answer->status != INQUIRY_FOUND) {
        doubt->action = answer->status == INQUIRY_NOT_FOUND ? REGISTER_NOBODY : REGISTER_NO_ANSWER;
        return;
    }
    if (match_compare(&doubt->claimed, &answer->identity, MATCH_RULE_VERSION, &result, &blame)
        != FAULT_NONE) {
        doubt->action = MATCH_SEAL_ALL; /* what cannot be compared proves nothing */
        return;
    }
    doubt->action = (int16_t)match_decide(&result, doubt->was_looked_up);
    match_describe(&fields, &result);
    doubt->said = text_span(&fields);
}

static void
hear_register(void *owner, uint64_t cookie, const struct register_reply *reply)
{
    struct recheck_people *people = owner;
    size_t                 asked = 0;

    (void)cookie;
    people->is_answered = reply->failure == REGISTER_FINE;
    for (size_t i = 0; people->is_answered && i < people->count; i++)
        if (people->doubts[i].is_asked)
            compare(&people->doubts[i], &reply->answers[asked++]);
}

/* False when the register is away or is left alone. */
static bool
ask_register(struct recheck *recheck)
{
    struct recheck_people *people = recheck->people;

    if (people->number_count == 0)
        return true;
    enum fault fault = register_client_ask(recheck->reg, 0, people->numbers, people->number_count);
    explicit_bzero(people->numbers, people->number_count * sizeof people->numbers[0]);
    while (fault == FAULT_NONE && register_client_under_way(recheck->reg) > 0)
        register_client_turn(recheck->reg, TURN_MS);
    return fault == FAULT_NONE && people->is_answered;
}

/* ---- settling ------------------------------------------------------------------------------- */

static void
hear_settled(void *owner, const struct rows *rows)
{
    struct recheck_people *people = owner;

    for (int row = 0; row < rows_count(rows); row++)
        people->settled += rows_number(rows, row, 1) < 3;
}

static enum fault
settle(struct recheck *recheck)
{
    struct recheck_people *people = recheck->people;
    int                    count = 0;

    for (size_t i = 0; i < people->count; i++) {
        struct doubt *doubt = &people->doubts[i];
        if (doubt->action == REGISTER_NO_ANSWER)
            continue;
        struct ask *ask = &people->asks[count];
        ask_start(ask, STMT_RECHECK_SETTLE);
        ask_number(ask, doubt->hold_id);
        ask_number(ask, doubt->version_id);
        ask_number(ask, doubt->action);
        ask_text_or_null(ask, doubt->said);
        people->pointers[count++] = ask;
    }
    if (count == 0)
        return FAULT_NONE;
    return session_ask_set(recheck->session, STMT_RECHECK_SETTLE, people->pointers, count,
                           hear_settled, people);
}

/* Once through all doubts; ends early when the register does not answer. */
static enum fault
go_through(struct recheck *recheck)
{
    struct recheck_people *people = recheck->people;
    int64_t                after = 0;
    bool                   is_last = false;
    enum fault             fault = FAULT_NONE;

    people->settled = 0;
    while (!is_last && !atomic_load(&recheck->wants_end)) {
        fault = take(recheck, after);
        if (fault != FAULT_NONE || people->count == 0 || !ask_register(recheck))
            break;
        fault = settle(recheck);
        if (fault != FAULT_NONE)
            break;
        after = people->doubts[people->count - 1].hold_id;
        is_last = people->count < (size_t)recheck->settings->reg.persons;
    }
    explicit_bzero(people->numbers, sizeof people->numbers);
    arena_reset(&people->arena);
    return fault;
}

/* ---- the thread ----------------------------------------------------------------------------- */

static void
wait_for_next(struct recheck *recheck)
{
    struct pollfd file = { .fd = recheck->wake_file, .events = POLLIN };

    poll(&file, 1, (int)recheck->settings->recheck_ms);
}

static void *
run(void *argument)
{
    struct recheck *recheck = argument;

    while (!atomic_load(&recheck->wants_end)) {
        enum fault fault =
            session_is_open(recheck->session) ? FAULT_NONE : session_connect(recheck->session);
        if (fault == FAULT_NONE)
            fault = go_through(recheck);
        if (fault != FAULT_NONE)
            log_say(LOG_ERROR, "recheck_stopped", LOG_TEXT("code", fault_info(fault)->code),
                    LOG_TEXT("sqlstate", session_sqlstate(recheck->session)));
        if (recheck->people->settled > 0)
            log_say(LOG_INFO, "recheck_settled", LOG_NUMBER("count", recheck->people->settled));
        wait_for_next(recheck);
    }
    return NULL;
}

static void
close_all(struct recheck *recheck)
{
    register_client_free(recheck->reg);
    session_free(recheck->session);
    vault_close(recheck->vault);
    if (recheck->people != NULL) {
        arena_close(&recheck->people->arena);
        free(recheck->people);
    }
    if (recheck->settings != NULL && recheck->wake_file >= 0)
        close(recheck->wake_file);
    *recheck = (struct recheck){ 0 };
}

static const char *
open_all(struct recheck *recheck)
{
    const struct batch_settings *settings = recheck->settings;
    const char                  *reason = NULL;

    recheck->wake_file = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    recheck->session = session_new(settings->database_url, settings->statement_ms);
    recheck->people = calloc(1, sizeof *recheck->people);
    if (recheck->wake_file < 0 || recheck->session == NULL || recheck->people == NULL
        || !arena_open(&recheck->people->arena, ARENA_BLOCK_BYTES, ARENA_BYTES_MAX))
        return "no memory for asking again";
    recheck->vault = vault_open(settings->vault, &reason);
    recheck->people->vault = recheck->vault;
    if (reason == NULL)
        recheck->reg = register_client_new(&settings->reg, hear_register, recheck->people, &reason);
    return reason;
}

const char *
recheck_start(struct recheck *recheck, const struct batch_settings *settings)
{
    *recheck = (struct recheck){ .settings = settings, .wake_file = -1 };
    if (!settings->has_register)
        return NULL;
    const char *reason = open_all(recheck);
    if (reason != NULL)
        return reason;
    recheck->is_running = pthread_create(&recheck->thread, NULL, run, recheck) == 0;
    return recheck->is_running ? NULL : "no thread can be made";
}

void
recheck_drain(struct recheck *recheck)
{
    uint64_t one = 1;

    atomic_store(&recheck->wants_end, true);
    if (recheck->is_running && write(recheck->wake_file, &one, sizeof one) < 0)
        log_event(LOG_WARN, "recheck_not_woken", NULL, 0); /* it looks at its next interval */
}

void
recheck_join(struct recheck *recheck)
{
    if (recheck->is_running)
        pthread_join(recheck->thread, NULL);
    recheck->is_running = false;
    close_all(recheck);
}
