/*
 * claims: takes receipts and electronic prescriptions in, from standard input, JSON lines.
 *
 * Shape   so many claims in one transaction, each replaced only by another version of itself; so a
 *         feed that broke off, or comes again, is simply given again. One line for each claim that
 *         is not taken goes to the report: its line number and why, nothing of anybody. One JSON
 *         object with counts comes out.
 * Errors  EX_USAGE, EX_DATAERR some were not taken, EX_UNAVAILABLE the database does not do its
 *         part: what was done is kept, EX_CANTCREAT the report cannot be written.
 */
#include "command/command.h"

#include "base/arena.h"
#include "base/clock.h"
#include "command/options.h"
#include "crypto/digest.h"
#include "model/day.h"
#include "query/session.h"
#include "query/stmt.h"
#include "wire/claim_feed.h"
#include "wire/out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    AT_ONCE = 500,
    BATCH_BYTES = 4 << 20,
    LINE_SIZE = CLAIM_FEED_BYTES_MAX + 3, /* with its end and a NUL */
    ENVELOPE_BYTES = 512,
    ARENA_BLOCK_BYTES = 64 * 1024,
    ARENA_BYTES_MAX = 16 << 20,
    STATEMENT_MS = 60000,
    CLAIMS_BETWEEN_WORDS = 50000
};

/* As claims_put() tells it; 0 is ours: it never got there. */
enum outcome {
    OUTCOME_UNSOUND = 0,
    OUTCOME_NEW = 1,
    OUTCOME_KNOWN = 2,
    OUTCOME_REPLACED = 3,
    OUTCOME_NOBODY = 4,
    OUTCOME_SEVERAL = 5,
    OUTCOME_SAID_LATER = 6,
    OUTCOME_COUNT
};

static const struct {
    const char *name;
    bool        is_taken;
} outcomes[] = {
    [OUTCOME_UNSOUND] = { "unsound", false },
    [OUTCOME_NEW] = { "new", true },
    [OUTCOME_KNOWN] = { "known", true },
    [OUTCOME_REPLACED] = { "replaced", true },
    [OUTCOME_NOBODY] = { "nobody", false },
    [OUTCOME_SEVERAL] = { "several", false },
    [OUTCOME_SAID_LATER] = { "said_again_later", true },
};

struct feed {
    struct session *session;
    FILE           *report;
    struct arena    arena;
    char           *place;
    struct text     batch;
    int64_t         line_nos[AT_ONCE];
    int             count;
    int64_t         counts[OUTCOME_COUNT];
    int64_t         lines;
};

/* clang-format off */
enum { OPTION_DATABASE, OPTION_REPORT, OPTION_ROWS };
static const struct option_row option_rows[] = {
    [OPTION_DATABASE] = { "--database", OPTION_TEXT, true, NULL, "URL", "connection string, of the claims role" },
    [OPTION_REPORT]   = { "--report", OPTION_TEXT, false, NULL, "FILE",
                          "lines that were not taken, as CSV: line, outcome, reason" },
};
/* clang-format on */

static int
fail(const char *reason, int code)
{
    fprintf(stderr, "shikaku claims: %s\n", reason);
    return code;
}

static void
note(struct feed *feed, int64_t line_no, enum outcome outcome, const char *reason)
{
    feed->counts[outcome]++;
    if (feed->report != NULL && !outcomes[outcome].is_taken)
        fprintf(feed->report, "%lld,%s,%s\n", (long long)line_no, outcomes[outcome].name, reason);
}

/* Columns: 0 ord, 1 outcome. */
static void
hear(void *owner, const struct rows *rows)
{
    struct feed *feed = owner;

    for (int row = 0; row < rows_count(rows); row++) {
        int64_t at = rows_number(rows, row, 0);
        int64_t outcome = rows_number(rows, row, 1);
        if (at >= 0 && at < feed->count && outcome > 0 && outcome < OUTCOME_COUNT)
            note(feed, feed->line_nos[at], (enum outcome)outcome, "");
    }
}

static bool
put(struct feed *feed)
{
    struct ask ask;

    if (feed->count == 0)
        return true;
    text_add_byte(&feed->batch, ']');
    ask_start(&ask, STMT_CLAIMS_PUT);
    ask_bytes(&ask, text_span(&feed->batch));
    bool is_done = session_ask(feed->session, &ask, hear, feed) == FAULT_NONE;
    feed->count = 0;
    feed->batch = text_in(feed->place, BATCH_BYTES);
    return is_done;
}

static void
add(struct feed *feed, const struct claim_entry *entry, struct span line)
{
    unsigned char digest[DIGEST_SHORT_BYTES];
    char          birth_date[DAY_ISO_SIZE];

    digest_short(line.bytes, line.length, digest);
    day_format_iso(entry->birth_date, birth_date);
    text_add_string(&feed->batch, feed->count == 0 ? "[{\"card_key\":" : ",{\"card_key\":");
    out_quoted(&feed->batch, entry->key.text);
    text_add_format(&feed->batch, ",\"birth_date\":\"%s\",\"digest\":\"", birth_date);
    text_add_hex(&feed->batch, digest, sizeof digest);
    text_add_string(&feed->batch, "\",\"claim\":");
    text_add(&feed->batch, line);
    text_add_byte(&feed->batch, '}');
    feed->line_nos[feed->count++] = feed->lines;
}

static bool
take_line(struct feed *feed, struct span line, day_t today)
{
    struct claim_entry entry;
    char               reason[CLAIM_REASON_SIZE];

    arena_reset(&feed->arena);
    if (!claim_feed_read(line, today, &feed->arena, &entry, reason)) {
        note(feed, feed->lines, OUTCOME_UNSOUND, reason);
        return true;
    }
    size_t needed = line.length + ENVELOPE_BYTES + entry.key.text.length;
    if ((feed->count == AT_ONCE || feed->batch.length + needed > BATCH_BYTES) && !put(feed))
        return false;
    add(feed, &entry, line);
    return true;
}

/* A line without its end; false at the end of the input. One that is too long, or holds a NUL, is
 * passed over as a whole, and is_whole says so. */
static bool
next_line(FILE *in, char *place, struct span *ret_line, bool *ret_is_whole)
{
    if (fgets(place, LINE_SIZE, in) == NULL)
        return false;
    size_t length = strlen(place);
    *ret_is_whole = feof(in) != 0 || (length > 0 && place[length - 1] == '\n');
    while (length > 0 && (place[length - 1] == '\n' || place[length - 1] == '\r'))
        length--;
    *ret_line = span_make(place, length);
    for (int byte = 0; !*ret_is_whole && byte != '\n' && byte != EOF;)
        byte = getc(in);
    return true;
}

static bool
take_all(struct feed *feed, FILE *in)
{
    static char place[LINE_SIZE];
    struct span line;
    bool        is_whole;
    day_t       today = clock_day(clock_now());
    bool        is_done = true;

    while (is_done && next_line(in, place, &line, &is_whole)) {
        feed->lines++;
        if (!is_whole)
            note(feed, feed->lines, OUTCOME_UNSOUND, "claim: longer than 256 KiB, or broken");
        else if (line.length > 0)
            is_done = take_line(feed, line, today);
        if (feed->lines % CLAIMS_BETWEEN_WORDS == 0)
            fprintf(stderr, "shikaku claims: %lld lines\n", (long long)feed->lines);
    }
    return is_done && put(feed);
}

static int
finish(struct feed *feed, bool is_done)
{
    printf("{\"lines\":%lld", (long long)feed->lines);
    int64_t refused = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        printf(",\"%s\":%lld", outcomes[i].name, (long long)feed->counts[i]);
        refused += outcomes[i].is_taken ? 0 : feed->counts[i];
    }
    printf("}\n");
    if (feed->report != NULL && (ferror(feed->report) != 0 || fclose(feed->report) != 0))
        return fail("the report cannot be written", EX_CANTCREAT);
    if (!is_done)
        return fail("the database does not answer, or refused; give the feed again",
                    EX_UNAVAILABLE);
    return refused > 0 ? EX_DATAERR : EX_OK;
}

static int
run(const struct option_value *values)
{
    static struct feed feed;

    if (values[OPTION_REPORT].is_given) {
        feed.report = fopen(values[OPTION_REPORT].text, "w");
        if (feed.report == NULL)
            return fail("the report cannot be made", EX_CANTCREAT);
        fputs("line,outcome,reason\n", feed.report);
    }
    feed.place = malloc(BATCH_BYTES);
    feed.session = session_new(values[OPTION_DATABASE].text, STATEMENT_MS);
    if (feed.place == NULL || feed.session == NULL
        || !arena_open(&feed.arena, ARENA_BLOCK_BYTES, ARENA_BYTES_MAX))
        return fail("out of memory", EX_OSERR);
    feed.batch = text_in(feed.place, BATCH_BYTES);
    if (session_connect(feed.session) != FAULT_NONE)
        return fail("no connection to the database", EX_UNAVAILABLE);
    bool is_done = take_all(&feed, stdin);
    session_free(feed.session);
    arena_close(&feed.arena);
    free(feed.place);
    return finish(&feed, is_done);
}

int
command_claims(int argc, char **argv)
{
    struct option_value values[OPTION_ROWS];

    switch (options_read("shikaku claims", option_rows, OPTION_ROWS, argc, argv, values)) {
    case OPTIONS_RUN:
        return run(values);
    case OPTIONS_HELP:
        printf("usage: shikaku claims --database URL [--report FILE] < claims.jsonl\n\n"
               "Takes receipts and electronic prescriptions in, one JSON object a line; see\n"
               "schema/claim/README.md. The same feed may be given again.\n\noptions:\n");
        options_print(stdout, option_rows, OPTION_ROWS);
        return EX_OK;
    case OPTIONS_WRONG:
    default:
        return EX_USAGE;
    }
}
