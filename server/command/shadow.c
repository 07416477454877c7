/*
 * shadow: compares every linked person with the resident register under another version of the
 * rules, beside the one in force, and says what would change. Nothing takes effect.
 *
 * Shape   by the registrar's own settings, beside a registrar at work: links in the order of their
 *         numbers, so many asked about at a time and noted in one transaction; ended at any point
 *         it goes on from there. One JSON object with counts comes out, and, where it is asked for,
 *         a CSV file of the links that the versions judge otherwise, by their numbers: nothing of
 *         anybody.
 * Errors  EX_USAGE, EX_UNAVAILABLE the database or the register does not do its part: what is done
 *         is kept, EX_CANTCREAT the file cannot be written.
 */
#include "command/command.h"

#include "base/arena.h"
#include "config/settings.h"
#include "crypto/vault.h"
#include "match/match.h"
#include "query/session.h"
#include "query/stmt.h"
#include "register/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    TURN_MS = 50,
    ARENA_BLOCK_BYTES = 256 * 1024,
    ARENA_BYTES_MAX = 64 * 1024 * 1024,
    FIELDS_TEXT_SIZE = 160,
    PAGE_ROWS = 1000,
    LINKS_BETWEEN_WORDS = 50000
};

/* Stable numbers, as shadow_put counts them. */
enum outcome {
    OUTCOME_COMPARED = 1,
    OUTCOME_NOT_FOUND = 2,
    OUTCOME_INCOMPARABLE = 3,
    OUTCOME_UNANSWERED = 4
};

struct verdict {
    int16_t     action;
    char        place[FIELDS_TEXT_SIZE];
    struct span fields;
};

struct link {
    int64_t         number_id;
    struct span     insurer;
    bool            is_asked;
    bool            was_looked_up;
    struct identity claimed;
    enum outcome    outcome;
    struct verdict  now;
    struct verdict  then;
};

struct shadow {
    int                      version;
    struct settings          settings;
    struct register_settings register_settings;
    struct vault            *vault;
    struct session          *session;
    struct register_client  *reg;
    struct arena             arena;
    bool                     is_full; /* no memory for what was taken */
    bool                     is_answered;
    int64_t                  done;
    size_t                   count;
    size_t                   number_count;
    struct link              links[INQUIRY_PERSONS_MAX];
    struct personal_number   numbers[INQUIRY_PERSONS_MAX];
    struct ask               asks[INQUIRY_PERSONS_MAX];
    const struct ask        *pointers[INQUIRY_PERSONS_MAX];
    FILE                    *differences;
    int64_t                  after;
    const char              *comma;
};

static int
fail(const char *reason, int code)
{
    fprintf(stderr, "shikaku shadow: %s\n", reason);
    return code;
}

/* ---- the links that are next ---------------------------------------------------------------- */

static struct span
keep(struct shadow *shadow, const struct rows *rows, int row, int column)
{
    struct span text = { 0 };

    if (rows_is_null(rows, row, column))
        return text;
    text = arena_copy(&shadow->arena, rows_bytes(rows, row, column));
    shadow->is_full |= text.bytes == NULL;
    return text;
}

/* Columns: 0 number_id, 1 insurer_number, 2 sealed_by, 3 sealed, 4 is_looked_up, 5 on: person. */
static void
hear_links(void *owner, const struct rows *rows)
{
    struct shadow *shadow = owner;

    for (int row = 0; row < rows_count(rows) && shadow->count < INQUIRY_PERSONS_MAX; row++) {
        struct link *link = &shadow->links[shadow->count++];
        struct span  sealed = rows_bytes(rows, row, 3);
        *link = (struct link){ .number_id = rows_number(rows, row, 0),
                               .insurer = keep(shadow, rows, row, 1),
                               .was_looked_up = rows_bool(rows, row, 4),
                               .claimed = { .name = keep(shadow, rows, row, 5),
                                            .name_kana = keep(shadow, rows, row, 6),
                                            .name_other = keep(shadow, rows, row, 7),
                                            .name_other_kana = keep(shadow, rows, row, 8),
                                            .sex = (int16_t)rows_number(rows, row, 9),
                                            .birth_date = rows_day(rows, row, 10),
                                            .address = keep(shadow, rows, row, 11) },
                               .outcome = OUTCOME_UNANSWERED };
        link->is_asked = sealed.length == SEALED_BYTES
                         && vault_unseal(shadow->vault, (int)rows_number(rows, row, 2),
                                         link->number_id, (const unsigned char *)sealed.bytes,
                                         &shadow->numbers[shadow->number_count]);
        shadow->number_count += link->is_asked;
    }
}

static enum fault
take(struct shadow *shadow)
{
    struct ask ask;

    arena_reset(&shadow->arena);
    shadow->count = shadow->number_count = 0;
    shadow->is_full = false;
    ask_start(&ask, STMT_SHADOW_TAKE);
    ask_number(&ask, shadow->version);
    ask_number(&ask, shadow->register_settings.persons);
    enum fault fault = session_ask(shadow->session, &ask, hear_links, shadow);
    return fault == FAULT_NONE && shadow->is_full ? FAULT_STORE_BUSY : fault;
}

/* ---- what is heard of them ------------------------------------------------------------------ */

static bool
judge(const struct link *link, const struct identity *registered, int version,
      struct verdict *ret_verdict)
{
    struct match_result result;
    struct blame        blame = { 0 };
    struct text         fields = text_in(ret_verdict->place, sizeof ret_verdict->place);

    if (match_compare(&link->claimed, registered, version, &result, &blame) != FAULT_NONE)
        return false;
    ret_verdict->action = (int16_t)match_decide(&result, link->was_looked_up);
    result.rule_version = 0; /* what is said of the fields is to be the same where they are */
    match_describe(&fields, &result);
    ret_verdict->fields = text_span(&fields);
    return true;
}

static void
compare(struct shadow *shadow, struct link *link, const struct inquiry_answer *answer)
{
    if (answer->status == INQUIRY_NOT_FOUND)
        link->outcome = OUTCOME_NOT_FOUND;
    if (answer->status != INQUIRY_FOUND)
        return;
    bool is_comparable = judge(link, &answer->identity, MATCH_RULE_VERSION, &link->now)
                         && judge(link, &answer->identity, shadow->version, &link->then);
    link->outcome = is_comparable ? OUTCOME_COMPARED : OUTCOME_INCOMPARABLE;
}

static void
hear_register(void *owner, uint64_t cookie, const struct register_reply *reply)
{
    struct shadow *shadow = owner;
    size_t         asked = 0;

    (void)cookie;
    shadow->is_answered = reply->failure == REGISTER_FINE;
    if (!shadow->is_answered)
        fprintf(stderr, "shikaku shadow: the resident register: %s\n", reply->reason);
    for (size_t i = 0; shadow->is_answered && i < shadow->count; i++)
        if (shadow->links[i].is_asked)
            compare(shadow, &shadow->links[i], &reply->answers[asked++]);
}

static bool
ask_register(struct shadow *shadow)
{
    shadow->is_answered = shadow->number_count == 0;
    if (shadow->is_answered)
        return true;
    enum fault fault = register_client_ask(shadow->reg, 0, shadow->numbers, shadow->number_count);
    explicit_bzero(shadow->numbers, shadow->number_count * sizeof shadow->numbers[0]);
    while (fault == FAULT_NONE && register_client_under_way(shadow->reg) > 0)
        register_client_turn(shadow->reg, TURN_MS);
    return fault == FAULT_NONE && shadow->is_answered;
}

static enum fault
put(struct shadow *shadow)
{
    for (size_t i = 0; i < shadow->count; i++) {
        const struct link *link = &shadow->links[i];
        struct ask        *ask = &shadow->asks[i];
        ask_start(ask, STMT_SHADOW_PUT);
        ask_number(ask, shadow->version);
        ask_number(ask, link->number_id);
        ask_bytes(ask, link->insurer);
        ask_number(ask, link->outcome);
        ask_number(ask, link->now.action);
        ask_number(ask, link->then.action);
        ask_bytes(ask, link->now.fields);
        ask_bytes(ask, link->then.fields);
        shadow->pointers[i] = ask;
    }
    return session_ask_set(shadow->session, STMT_SHADOW_PUT, shadow->pointers, (int)shadow->count,
                           NULL, NULL);
}

/* ---- from the first link to the last -------------------------------------------------------- */

static void
hear_begin(void *owner, const struct rows *rows)
{
    *(bool *)owner = rows_count(rows) == 1 && rows_bool(rows, 0, 0);
}

static enum fault
begin(struct shadow *shadow, bool is_anew, bool *ret_finished)
{
    struct ask ask;

    ask_start(&ask, STMT_SHADOW_BEGIN);
    ask_number(&ask, shadow->version);
    ask_number(&ask, MATCH_RULE_VERSION);
    ask_number(&ask, is_anew);
    return session_ask(shadow->session, &ask, hear_begin, ret_finished);
}

static const char *
go_through(struct shadow *shadow)
{
    for (;;) {
        if (take(shadow) != FAULT_NONE)
            return "the database does not do its part; what is done is kept";
        if (shadow->count == 0)
            return NULL;
        if (!ask_register(shadow))
            return "the resident register does not answer; what is done is kept";
        if (put(shadow) != FAULT_NONE)
            return "the database does not do its part; what is done is kept";
        int64_t words = shadow->done / LINKS_BETWEEN_WORDS;
        shadow->done += (int64_t)shadow->count;
        if (shadow->done / LINKS_BETWEEN_WORDS != words)
            fprintf(stderr, "shikaku shadow: %lld links compared\n", (long long)shadow->done);
    }
}

/* ---- the report ----------------------------------------------------------------------------- */

static void
hear_counts(void *owner, const struct rows *rows)
{
    struct shadow           *shadow = owner;
    static const char *const names[] = { "in_force",     "compared",   "not_found",
                                         "incomparable", "unanswered", "differences" };

    if (rows_count(rows) != 1)
        return;
    printf("{\"rule_version\":%d", shadow->version);
    for (int i = 0; i < (int)ARRAY_LEN(names); i++)
        printf(",\"%s\":%lld", names[i], (long long)rows_number(rows, 0, i));
    fputs(",\"changes\":[", stdout);
}

static const char *
action_word(const struct rows *rows, int row, int column)
{
    return match_action_name((enum match_action)rows_number(rows, row, column));
}

static void
hear_changes(void *owner, const struct rows *rows)
{
    (void)owner;
    for (int row = 0; row < rows_count(rows); row++)
        printf("%s{\"from\":\"%s\",\"to\":\"%s\",\"links\":%lld}", row == 0 ? "" : ",",
               action_word(rows, row, 0), action_word(rows, row, 1),
               (long long)rows_number(rows, row, 2));
    fputs("]}\n", stdout);
}

static void
hear_differences(void *owner, const struct rows *rows)
{
    struct shadow *shadow = owner;

    for (int row = 0; row < rows_count(rows); row++) {
        struct span insurer = rows_bytes(rows, row, 1);
        struct span now = rows_bytes(rows, row, 4);
        struct span then = rows_bytes(rows, row, 5);
        shadow->after = rows_number(rows, row, 0);
        fprintf(shadow->differences, "%lld,%.*s,%s,%s,%.*s,%.*s\r\n", (long long)shadow->after,
                (int)insurer.length, insurer.bytes, action_word(rows, row, 2),
                action_word(rows, row, 3), (int)now.length, now.bytes, (int)then.length,
                then.bytes);
    }
    shadow->count = (size_t)rows_count(rows);
}

static enum fault
ask_of_version(struct shadow *shadow, int stmt, session_hear *hear)
{
    struct ask ask;

    ask_start(&ask, stmt);
    ask_number(&ask, shadow->version);
    return session_ask(shadow->session, &ask, hear, shadow);
}

static enum fault
write_differences(struct shadow *shadow)
{
    enum fault fault = FAULT_NONE;
    struct ask ask;

    fputs("link,insurer_number,action_in_force,action,fields_in_force,fields\r\n",
          shadow->differences);
    do {
        shadow->count = 0;
        ask_start(&ask, STMT_SHADOW_DIFFERENCES);
        ask_number(&ask, shadow->version);
        ask_number(&ask, shadow->after);
        ask_number(&ask, PAGE_ROWS);
        fault = session_ask(shadow->session, &ask, hear_differences, shadow);
    } while (fault == FAULT_NONE && shadow->count == PAGE_ROWS);
    return fault;
}

static int
report(struct shadow *shadow, const char *path)
{
    enum fault fault = ask_of_version(shadow, STMT_SHADOW_END, hear_counts);

    if (fault == FAULT_NONE)
        fault = ask_of_version(shadow, STMT_SHADOW_CHANGES, hear_changes);
    if (fault == FAULT_NONE && path != NULL) {
        shadow->differences = fopen(path, "wx");
        if (shadow->differences == NULL)
            return fail("the file of differences is there already or cannot be made", EX_CANTCREAT);
        fault = write_differences(shadow);
        if (fclose(shadow->differences) != 0)
            return fail("the file of differences cannot be written", EX_CANTCREAT);
    }
    return fault == FAULT_NONE ? EX_OK : fail("the database does not do its part", EX_UNAVAILABLE);
}

/* ---- the program ---------------------------------------------------------------------------- */

static int
run(struct shadow *shadow, bool is_anew, const char *path)
{
    bool        is_finished = false;
    const char *trouble = NULL;

    if (session_connect(shadow->session) != FAULT_NONE
        || begin(shadow, is_anew, &is_finished) != FAULT_NONE)
        return fail("the database does not do its part", EX_UNAVAILABLE);
    if (is_finished)
        fputs("shikaku shadow: it is finished; --anew compares again\n", stderr);
    else
        trouble = go_through(shadow);
    return trouble == NULL ? report(shadow, path) : fail(trouble, EX_UNAVAILABLE);
}

static const char *
open_all(struct shadow *shadow)
{
    const char *reason = NULL;

    if (*shadow->settings.register_url == '\0')
        return "there is no resident register to ask: register_url";
    shadow->register_settings = register_settings_of(&shadow->settings);
    shadow->vault = vault_open(shadow->settings.vault, &reason);
    if (shadow->vault == NULL)
        return reason;
    shadow->reg = register_client_new(&shadow->register_settings, hear_register, shadow, &reason);
    if (shadow->reg == NULL)
        return reason;
    shadow->session =
        session_new(shadow->settings.database, (uint32_t)shadow->settings.batch_statement_ms);
    if (shadow->session == NULL || !arena_open(&shadow->arena, ARENA_BLOCK_BYTES, ARENA_BYTES_MAX))
        return "no memory";
    return NULL;
}

static void
close_all(struct shadow *shadow)
{
    explicit_bzero(shadow->numbers, sizeof shadow->numbers);
    arena_close(&shadow->arena);
    session_free(shadow->session);
    register_client_free(shadow->reg);
    vault_close(shadow->vault);
}

static int
usage(FILE *out, int code)
{
    fprintf(out,
            "usage: shikaku shadow VERSION [--anew] [--differences FILE] [--config FILE] [--key "
            "value ...]\n\n"
            "Compares every linked person with the resident register under version VERSION of the\n"
            "rules (1 to %d; %d is in force), by the registrar's settings, and prints what would\n"
            "change. Nothing takes effect. Ended at any point, it goes on from there.\n\n"
            "  --anew              begin again, even if it is finished\n"
            "  --differences FILE  write the links that the versions judge otherwise, as CSV\n",
            MATCH_RULE_NEWEST, MATCH_RULE_VERSION);
    return code;
}

_Static_assert(MATCH_RULE_NEWEST <= 9, "a version is one digit");

/* One digit; 0 is none. */
static int
version_of(const char *word)
{
    return word[0] >= '1' && word[0] <= '9' && word[1] == '\0' ? word[0] - '0' : 0;
}

int
command_shadow(int argc, char **argv)
{
    static struct shadow shadow;
    char                 reason[SETTINGS_REASON_BYTES];
    const char          *path = NULL;
    bool                 is_anew = false;
    int                  own = 1;

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, EX_OK);
    shadow.version = argc < 2 ? 0 : version_of(argv[1]);
    if (shadow.version < 1 || shadow.version > MATCH_RULE_NEWEST)
        return usage(stderr, EX_USAGE);
    for (own = 2; own < argc; own++) {
        if (strcmp(argv[own], "--anew") == 0)
            is_anew = true;
        else if (strcmp(argv[own], "--differences") == 0 && own + 1 < argc)
            path = argv[++own];
        else
            break;
    }
    settings_preset(&shadow.settings, DUTY_REGISTRAR);
    argv[own - 1] = argv[0];
    if (!settings_read_arguments(&shadow.settings, argc - own + 1, argv + own - 1, reason))
        return fail(reason, EX_USAGE);
    signal(SIGPIPE, SIG_IGN);
    const char *trouble = open_all(&shadow);
    int         code = trouble == NULL ? run(&shadow, is_anew, path) : fail(trouble, EX_USAGE);
    close_all(&shadow);
    return code;
}
