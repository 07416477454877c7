/*
 * register_check: asks the resident register about people given on standard input, and counts.
 *
 * Shape   lines of personal_number, name, name_kana, birth_date, sex, address between tabs, as
 *         `population --claims` writes them; what is empty is not compared, and a number alone is
 *         only asked. One JSON object with counts comes out: nothing of anybody.
 * Errors  EX_DATAERR     a line is not one, or no line came: the first is named by its number
 *         EX_UNAVAILABLE not all that was asked has been answered
 */
#include "command/command.h"

#include "match/match.h"
#include "model/codes.h"
#include "model/day.h"
#include "register/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

enum { LINE_BYTES_MAX = 2048, RULES_MAX = 100, TURN_MS = 100 };

enum column { NUMBER, NAME, NAME_KANA, BIRTH_DATE, SEX, ADDRESS, COLUMN_COUNT };

/* People of one ask: what is claimed of them, until the register has answered. */
struct chunk {
    bool                    is_out;
    size_t                  count;
    struct personal_number *numbers;
    struct identity        *claims;
    char                   *texts; /* LINE_BYTES_MAX for each */
};

struct check {
    struct settings          settings;
    struct register_settings register_settings;
    struct register_client  *client;
    struct chunk            *chunks;
    uint64_t                 lines;
    uint64_t                 wrong_lines;
    uint64_t                 first_wrong_line;
    uint64_t                 left_alone; /* people who were not asked about, while it was away */
    uint64_t                 failed[REGISTER_FAILURE_COUNT]; /* people */
    uint64_t                 compared;
    uint64_t                 incomparable; /* a text that is none, on either side */
    uint64_t                 verdicts[MATCH_FIELD_COUNT][MATCH_VERDICT_COUNT];
    uint64_t                 rules[RULES_MAX];
    uint64_t                 actions[2][MATCH_ACTION_COUNT]; /* submitted, looked up */
    char                     line[LINE_BYTES_MAX];
};

/* ---- lines ---------------------------------------------------------------------------------- */

static void
split(char *line, struct span columns[COLUMN_COUNT])
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        size_t length = strcspn(line, "\t\n");
        columns[i] = span_make(line, length);
        line += length + (line[length] == '\t');
    }
}

static bool
takes(const struct check *check, const struct personal_number *number)
{
    bool is_synthetic = strcmp(check->settings.personal_numbers, "synthetic") == 0;

    return personal_number_kind_of(number)
           == (is_synthetic ? PERSONAL_NUMBER_SYNTHETIC : PERSONAL_NUMBER_TRUE);
}

/* The texts stay in the line's copy, but for the number. */
static bool
read_person(const struct check *check, char *line, struct personal_number *ret_number,
            struct identity *ret_claim)
{
    struct span  columns[COLUMN_COUNT];
    struct blame blame = { 0 };

    split(line, columns);
    *ret_claim = (struct identity){ .name = columns[NAME],
                                    .name_kana = columns[NAME_KANA],
                                    .address = columns[ADDRESS],
                                    .birth_date = DAY_UNKNOWN };
    bool is_number = personal_number_take(columns[NUMBER], ret_number);
    explicit_bzero(line, columns[NUMBER].length);
    if (!is_number || !takes(check, ret_number))
        return false;
    if (!span_is_empty(columns[BIRTH_DATE])
        && day_parse(columns[BIRTH_DATE], &ret_claim->birth_date, &blame) != FAULT_NONE)
        return false;
    if (span_is_empty(columns[SEX]))
        return true;
    ret_claim->sex = (int16_t)(columns[SEX].bytes[0] - '0');
    return columns[SEX].length == 1 && ret_claim->sex >= SEX_MALE
           && ret_claim->sex <= SEX_NOT_STATED;
}

/* Fills the chunk from standard input; an empty one is the end. */
static void
fill(struct check *check, struct chunk *chunk)
{
    chunk->count = 0;
    while (chunk->count < (size_t)check->register_settings.persons
           && fgets(check->line, sizeof check->line, stdin) != NULL) {
        char *text = chunk->texts + chunk->count * LINE_BYTES_MAX;
        bool  is_whole = strchr(check->line, '\n') != NULL || feof(stdin);
        memcpy(text, check->line, sizeof check->line);
        check->lines++;
        if (is_whole
            && read_person(check, text, &chunk->numbers[chunk->count],
                           &chunk->claims[chunk->count])) {
            chunk->count++;
            continue;
        }
        check->wrong_lines++;
        if (check->first_wrong_line == 0)
            check->first_wrong_line = check->lines;
    }
    explicit_bzero(check->line, sizeof check->line);
}

/* ---- what is heard -------------------------------------------------------------------------- */

static bool
claims_something(const struct identity *claim)
{
    return !span_is_empty(claim->name) || !span_is_empty(claim->name_kana)
           || !span_is_empty(claim->address) || claim->birth_date != DAY_UNKNOWN
           || claim->sex != SEX_UNSET;
}

static void
compare(struct check *check, const struct identity *claim, const struct identity *registered)
{
    struct match_result result;
    struct blame        blame = { 0 };

    if (match_compare(claim, registered, MATCH_RULE_VERSION, &result, &blame) != FAULT_NONE) {
        check->incomparable++;
        return;
    }
    check->compared++;
    for (size_t f = 0; f < MATCH_FIELD_COUNT; f++) {
        check->verdicts[f][result.fields[f].verdict]++;
        if (result.fields[f].rule > 0 && result.fields[f].rule < RULES_MAX)
            check->rules[result.fields[f].rule]++;
    }
    check->actions[0][match_decide(&result, false)]++;
    check->actions[1][match_decide(&result, true)]++;
}

static void
hear(void *owner, uint64_t cookie, const struct register_reply *reply)
{
    struct check *check = owner;
    struct chunk *chunk = &check->chunks[cookie];

    if (reply->failure != REGISTER_FINE) {
        check->failed[reply->failure] += chunk->count;
        fprintf(stderr, "shikaku register-check: %zu people not answered: %s\n", chunk->count,
                reply->reason);
    }
    for (size_t i = 0; reply->failure == REGISTER_FINE && i < chunk->count; i++)
        if (reply->answers[i].status == INQUIRY_FOUND && claims_something(&chunk->claims[i]))
            compare(check, &chunk->claims[i], &reply->answers[i].identity);
    chunk->is_out = false;
}

/* ---- asking --------------------------------------------------------------------------------- */

static struct chunk *
free_chunk(struct check *check)
{
    for (int64_t i = 0; i < check->register_settings.errands; i++)
        if (!check->chunks[i].is_out)
            return &check->chunks[i];
    return NULL;
}

/* False when it was left alone. */
static bool
ask(struct check *check, struct chunk *chunk)
{
    enum fault fault;

    while ((fault = register_client_ask(check->client, (uint64_t)(chunk - check->chunks),
                                        chunk->numbers, chunk->count))
           == FAULT_STORE_BUSY)
        register_client_turn(check->client, TURN_MS);
    explicit_bzero(chunk->numbers, chunk->count * sizeof *chunk->numbers);
    chunk->is_out = fault == FAULT_NONE;
    return chunk->is_out;
}

static void
run(struct check *check)
{
    for (bool is_end = false; !is_end || register_client_under_way(check->client) > 0;) {
        struct chunk *chunk = is_end ? NULL : free_chunk(check);
        if (chunk == NULL) {
            register_client_turn(check->client, TURN_MS);
            continue;
        }
        fill(check, chunk);
        if (chunk->count > 0 && !ask(check, chunk))
            check->left_alone += chunk->count;
        is_end = feof(stdin) || ferror(stdin);
        register_client_turn(check->client, 0);
    }
}

/* ---- the program ---------------------------------------------------------------------------- */

static bool
open_chunks(struct check *check)
{
    size_t persons = (size_t)check->register_settings.persons;
    size_t count = (size_t)check->register_settings.errands;

    check->chunks = calloc(count, sizeof *check->chunks);
    for (size_t i = 0; check->chunks != NULL && i < count; i++) {
        struct chunk *chunk = &check->chunks[i];
        chunk->numbers = calloc(persons, sizeof *chunk->numbers);
        chunk->claims = calloc(persons, sizeof *chunk->claims);
        chunk->texts = calloc(persons, LINE_BYTES_MAX);
        if (chunk->numbers == NULL || chunk->claims == NULL || chunk->texts == NULL)
            return false;
    }
    return check->chunks != NULL;
}

static void
close_chunks(struct check *check)
{
    size_t persons = (size_t)check->register_settings.persons;

    for (int64_t i = 0; check->chunks != NULL && i < check->register_settings.errands; i++) {
        struct chunk *chunk = &check->chunks[i];
        if (chunk->numbers != NULL)
            explicit_bzero(chunk->numbers, persons * sizeof *chunk->numbers);
        if (chunk->texts != NULL)
            explicit_bzero(chunk->texts, persons * LINE_BYTES_MAX);
        free(chunk->numbers);
        free(chunk->claims);
        free(chunk->texts);
    }
    free(check->chunks);
}

static void
print_words(const char *name, const uint64_t *counts, size_t count, size_t from,
            const char *(*word)(size_t))
{
    printf("\"%s\":{", name);
    for (size_t i = from; i < count; i++)
        printf("%s\"%s\":%llu", i == from ? "" : ",", word(i), (unsigned long long)counts[i]);
    fputs("}", stdout);
}

static const char *
failure_word(size_t number)
{
    return register_failure_name((enum register_failure)number);
}

static const char *
verdict_word(size_t number)
{
    return match_verdict_name((enum match_verdict)number);
}

static const char *
action_word(size_t number)
{
    return match_action_name((enum match_action)number);
}

static void
print_rules(const struct check *check)
{
    const char *comma = "";

    fputs("\"rules\":{", stdout);
    for (size_t i = 0; i < RULES_MAX; i++)
        if (check->rules[i] > 0) {
            printf("%s\"%zu\":%llu", comma, i, (unsigned long long)check->rules[i]);
            comma = ",";
        }
    fputs("}", stdout);
}

static void
print_summary(const struct check *check)
{
    const struct register_counts *counts = register_client_counts(check->client);
    struct timespec               cpu;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    printf("{\"lines\":%llu,\"wrong_lines\":%llu,\"asked\":%llu,\"left_alone\":%llu,"
           "\"found\":%llu,\"not_found\":%llu,\"refused\":%llu,",
           (unsigned long long)check->lines, (unsigned long long)check->wrong_lines,
           (unsigned long long)counts->persons, (unsigned long long)check->left_alone,
           (unsigned long long)counts->answers[INQUIRY_FOUND],
           (unsigned long long)counts->answers[INQUIRY_NOT_FOUND],
           (unsigned long long)counts->answers[INQUIRY_REFUSED]);
    print_words("failed", check->failed, REGISTER_FAILURE_COUNT, REGISTER_AWAY, failure_word);
    printf(",\"compared\":%llu,\"incomparable\":%llu,\"rule_version\":%d,\"verdicts\":{",
           (unsigned long long)check->compared, (unsigned long long)check->incomparable,
           MATCH_RULE_VERSION);
    for (size_t f = 0; f < MATCH_FIELD_COUNT; f++) {
        fputs(f == 0 ? "" : ",", stdout);
        print_words(match_field_name((enum match_field)f), check->verdicts[f], MATCH_VERDICT_COUNT,
                    0, verdict_word);
    }
    fputs("},", stdout);
    print_rules(check);
    fputs(",", stdout);
    print_words("submitted", check->actions[0], MATCH_ACTION_COUNT, MATCH_LINK, action_word);
    fputs(",", stdout);
    print_words("looked_up", check->actions[1], MATCH_ACTION_COUNT, MATCH_LINK, action_word);
    printf(",\"requests\":%llu,\"connections\":%llu,\"breaker_openings\":%llu,\"cpu_ms\":%lld}\n",
           (unsigned long long)counts->tries, (unsigned long long)counts->connections,
           (unsigned long long)register_client_breaker(check->client)->openings,
           (long long)cpu.tv_sec * 1000 + cpu.tv_nsec / 1000000);
}

static int
exit_code(const struct check *check)
{
    const struct register_counts *counts = register_client_counts(check->client);
    uint64_t                      answered = 0;

    for (size_t i = INQUIRY_FOUND; i <= INQUIRY_REFUSED; i++)
        answered += counts->answers[i];
    if (check->wrong_lines > 0 || check->lines == 0) {
        fprintf(stderr, "shikaku register-check: line %llu is not one\n",
                (unsigned long long)check->first_wrong_line);
        return EX_DATAERR;
    }
    return answered == check->lines ? EX_OK : EX_UNAVAILABLE;
}

static int
fail(const char *reason, int code)
{
    fprintf(stderr, "shikaku register-check: %s\n", reason);
    return code;
}

int
command_register_check(int argc, char **argv)
{
    static struct check check;
    char                reason[SETTINGS_REASON_BYTES];
    const char         *trouble = NULL;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        puts("usage: shikaku register-check [--config FILE] [--key value ...] < LINES\n\n"
             "Tries the connection to the resident register, with the settings register_* of the\n"
             "registrar: asks it about the people on standard input, compares, and prints counts.\n"
             "A line is personal_number, name, name_kana, birth_date, sex, address between tabs;\n"
             "all but the number may be missing.\n\nsettings:");
        settings_print(stdout, DUTY_REGISTRAR, false);
        return EX_OK;
    }
    settings_preset(&check.settings, DUTY_REGISTRAR);
    if (!settings_read_arguments(&check.settings, argc, argv, reason))
        return fail(reason, EX_USAGE);
    signal(SIGPIPE, SIG_IGN); /* a register that closes while we write */
    check.register_settings = register_settings_of(&check.settings);
    check.client = register_client_new(&check.register_settings, hear, &check, &trouble);
    if (check.client == NULL)
        return fail(trouble, EX_USAGE);
    int code = EX_OSERR;
    if (open_chunks(&check)) {
        run(&check);
        print_summary(&check);
        code = exit_code(&check);
    }
    register_client_free(check.client);
    close_chunks(&check);
    return code;
}
