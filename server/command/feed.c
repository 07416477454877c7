#include "command/feed.h"

#include "command/command.h"
#include "command/options.h"
#include "query/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    AT_ONCE = 500,
    BATCH_BYTES = 4 << 20,
    ELEMENT_MORE_BYTES = 1024, /* that an element may be longer than its line */
    ARENA_BLOCK_BYTES = 64 * 1024,
    ARENA_BYTES_MAX = 16 << 20,
    STATEMENT_MS = 60000,
    LINES_BETWEEN_WORDS = 50000,
    UNSOUND = 0
};

struct feed {
    const struct feed_duty *duty;
    const struct feed_form *form; /* NULL: JSON lines */
    void                   *source;
    struct session         *session;
    FILE                   *report;
    struct arena            arena;
    char                   *line;
    char                   *place;
    char                   *element;
    struct text             batch;
    int64_t                 line_nos[AT_ONCE];
    int                     count;
    int64_t                 counts[FEED_OUTCOMES_MAX];
    int64_t                 lines;
};

/* clang-format off */
enum { OPTION_DATABASE, OPTION_FORMAT, OPTION_REPORT, OPTION_ROWS };
static const struct option_row option_rows[] = {
    [OPTION_DATABASE] = { "--database", OPTION_TEXT, true, NULL, "URL", "connection string, of the role of this name" },
    [OPTION_FORMAT]   = { "--format", OPTION_TEXT, false, "json", "NAME",
                          "json (an object a line), or csv where it is taken" },
    [OPTION_REPORT]   = { "--report", OPTION_TEXT, false, NULL, "FILE",
                          "lines that were not taken, as CSV: line, outcome, reason" },
};
/* clang-format on */

static int
fail(const struct feed_duty *duty, const char *reason, int code)
{
    fprintf(stderr, "shikaku %s: %s\n", duty->name, reason);
    return code;
}

static void
note(struct feed *feed, int64_t line_no, int64_t outcome, const char *reason)
{
    const struct feed_outcome *row = &feed->duty->outcomes[outcome];

    feed->counts[outcome]++;
    if (feed->report != NULL && !row->is_taken)
        fprintf(feed->report, strchr(reason, ',') == NULL ? "%lld,%s,%s\n" : "%lld,%s,\"%s\"\n",
                (long long)line_no, row->name, reason);
}

/* Columns: 0 ord, 1 outcome. */
static void
hear(void *owner, const struct rows *rows)
{
    struct feed *feed = owner;

    for (int row = 0; row < rows_count(rows); row++) {
        int64_t at = rows_number(rows, row, 0);
        int64_t outcome = rows_number(rows, row, 1);
        if (at >= 0 && at < feed->count && outcome > UNSOUND && outcome < FEED_OUTCOMES_MAX
            && feed->duty->outcomes[outcome].name != NULL)
            note(feed, feed->line_nos[at], outcome, "");
    }
}

static bool
put(struct feed *feed)
{
    struct ask ask;

    if (feed->count == 0)
        return true;
    text_add_byte(&feed->batch, ']');
    ask_start(&ask, feed->duty->stmt);
    ask_bytes(&ask, text_span(&feed->batch));
    bool is_done = session_ask(feed->session, &ask, hear, feed) == FAULT_NONE;
    feed->count = 0;
    feed->batch = text_in(feed->place, BATCH_BYTES);
    return is_done;
}

static bool
take_line(struct feed *feed, const struct feed_line *line, day_t today)
{
    struct text element = text_in(feed->element, feed->duty->line_bytes_max + ELEMENT_MORE_BYTES);
    char        reason[FEED_REASON_SIZE] = "";

    arena_reset(&feed->arena);
    if (!feed->duty->read(line->text, today, &feed->arena, &element, reason) || element.is_full) {
        note(feed, line->line_no, UNSOUND, reason[0] == '\0' ? "too long" : reason);
        return true;
    }
    if ((feed->count == AT_ONCE || feed->batch.length + element.length + 2 > BATCH_BYTES)
        && !put(feed))
        return false;
    text_add_byte(&feed->batch, feed->count == 0 ? '[' : ',');
    text_add(&feed->batch, text_span(&element));
    feed->line_nos[feed->count++] = line->line_no;
    return true;
}

/* A line without its end. One that is too long, or holds a NUL, is passed over as a whole. */
static enum feed_step
next_line(struct feed *feed, FILE *in, struct feed_line *ret_line)
{
    if (fgets(feed->line, (int)feed->duty->line_bytes_max + 3, in) == NULL)
        return FEED_END;
    size_t length = strlen(feed->line);
    bool   is_whole = feof(in) != 0 || (length > 0 && feed->line[length - 1] == '\n');
    while (length > 0 && (feed->line[length - 1] == '\n' || feed->line[length - 1] == '\r'))
        length--;
    for (int byte = 0; !is_whole && byte != '\n' && byte != EOF;)
        byte = getc(in);
    *ret_line = (struct feed_line){ .text = span_make(feed->line, length),
                                    .line_no = feed->lines + 1,
                                    .lines = feed->lines + 1,
                                    .reason = "longer than a line may be, or broken" };
    return is_whole ? FEED_LINE : FEED_UNSOUND;
}

static enum feed_step
next(struct feed *feed, struct feed_line *ret_line)
{
    return feed->form == NULL ? next_line(feed, stdin, ret_line)
                              : feed->form->next(feed->source, ret_line);
}

static bool
take_all(struct feed *feed)
{
    struct feed_line line = { .lines = 0 };
    day_t            today = clock_day(clock_now());
    bool             is_done = true;
    int64_t          told = LINES_BETWEEN_WORDS;
    enum feed_step   step;

    while (is_done && (step = next(feed, &line)) != FEED_END) {
        feed->lines = line.lines;
        if (step != FEED_LINE)
            note(feed, line.line_no, UNSOUND, line.reason);
        else if (line.text.length > 0)
            is_done = take_line(feed, &line, today);
        if (step == FEED_LOST) {
            fprintf(stderr, "shikaku %s: line %lld: %s; nothing behind it was read\n",
                    feed->duty->name, (long long)line.line_no, line.reason);
            break;
        }
        if (feed->lines >= told) {
            fprintf(stderr, "shikaku %s: %lld lines\n", feed->duty->name, (long long)feed->lines);
            told = feed->lines - feed->lines % LINES_BETWEEN_WORDS + LINES_BETWEEN_WORDS;
        }
    }
    if (is_done && feed->form != NULL && step == FEED_END)
        feed->lines = line.lines;
    return is_done && put(feed);
}

static int
finish(struct feed *feed, bool is_done)
{
    printf("{\"lines\":%lld", (long long)feed->lines);
    int64_t refused = 0;
    for (int i = 0; i < FEED_OUTCOMES_MAX && feed->duty->outcomes[i].name != NULL; i++) {
        printf(",\"%s\":%lld", feed->duty->outcomes[i].name, (long long)feed->counts[i]);
        refused += feed->duty->outcomes[i].is_taken ? 0 : feed->counts[i];
    }
    printf("}\n");
    if (feed->report != NULL && (ferror(feed->report) != 0 || fclose(feed->report) != 0))
        return fail(feed->duty, "the report cannot be written", EX_CANTCREAT);
    if (!is_done)
        return fail(feed->duty, "the database does not answer, or refused; give the feed again",
                    EX_UNAVAILABLE);
    return refused > 0 ? EX_DATAERR : EX_OK;
}

static int
run(const struct feed_duty *duty, const struct option_value *values)
{
    static struct feed feed;

    feed.duty = duty;
    if (strcmp(values[OPTION_FORMAT].text, "csv") == 0)
        feed.form = duty->csv;
    if (feed.form == NULL && strcmp(values[OPTION_FORMAT].text, "json") != 0)
        return fail(duty, "--format is none that is taken here", EX_USAGE);
    if (values[OPTION_REPORT].is_given) {
        feed.report = fopen(values[OPTION_REPORT].text, "w");
        if (feed.report == NULL)
            return fail(duty, "the report cannot be made", EX_CANTCREAT);
        fputs("line,outcome,reason\n", feed.report);
    }
    feed.line = malloc(duty->line_bytes_max + 3); /* with its end and a NUL */
    feed.element = malloc(duty->line_bytes_max + ELEMENT_MORE_BYTES);
    feed.place = malloc(BATCH_BYTES);
    feed.session = session_new(values[OPTION_DATABASE].text, STATEMENT_MS);
    if (feed.form != NULL)
        feed.source = feed.form->open();
    if ((feed.form != NULL && feed.source == NULL) || feed.line == NULL || feed.element == NULL
        || feed.place == NULL || feed.session == NULL
        || !arena_open(&feed.arena, ARENA_BLOCK_BYTES, ARENA_BYTES_MAX))
        return fail(duty, "out of memory", EX_OSERR);
    feed.batch = text_in(feed.place, BATCH_BYTES);
    if (session_connect(feed.session) != FAULT_NONE)
        return fail(duty, "no connection to the database", EX_UNAVAILABLE);
    bool is_done = take_all(&feed);
    if (feed.form != NULL)
        feed.form->close(feed.source);
    session_free(feed.session);
    arena_close(&feed.arena);
    free(feed.place);
    free(feed.element);
    free(feed.line);
    return finish(&feed, is_done);
}

int
feed_run(const struct feed_duty *duty, int argc, char **argv)
{
    struct option_value values[OPTION_ROWS];
    char                who[32];

    snprintf(who, sizeof who, "shikaku %s", duty->name);
    switch (options_read(who, option_rows, OPTION_ROWS, argc, argv, values)) {
    case OPTIONS_RUN:
        return run(duty, values);
    case OPTIONS_HELP:
        printf(
            "usage: shikaku %s --database URL [--format NAME] [--report FILE] < lines.jsonl\n\n%s\n"
            "The same feed may be given again.\n\noptions:\n",
            duty->name, duty->help);
        options_print(stdout, option_rows, OPTION_ROWS);
        return EX_OK;
    case OPTIONS_WRONG:
    default:
        return EX_USAGE;
    }
}
