/*
 * statistics: counts the access records that were written since the last time, and publishes.
 *
 * Shape   counting is one transaction, which says how far it came: ended at any point nothing is
 *         missed and nothing comes twice. With --publish, files are made anew, each whole or not at
 *         all: checks, uses and rollout, by month and by week, as CSV and as JSON
 *         (schema/statistics.md). One JSON object comes out.
 * Errors  EX_USAGE, EX_UNAVAILABLE the database does not do its part, EX_CANTCREAT a file.
 */
#include "command/command.h"

#include "base/attr.h"
#include "base/clock.h"
#include "command/options.h"
#include "model/day.h"
#include "query/session.h"
#include "query/stmt.h"

#include <stdio.h>
#include <sysexits.h>

enum { STATEMENT_MS = 3600000, PATH_BYTES = 1024, PERIOD_DAYS = 400 };

enum { OF_DATABASE, OF_PUBLISH, OF_FROM, OF_UNTIL, OF_COUNT };

/* clang-format off */
static const struct option_row rows[] = {
    [OF_DATABASE] = { "--database", OPTION_TEXT, true, NULL, "URL", "connection string, of the statistics role" },
    [OF_PUBLISH]  = { "--publish", OPTION_TEXT, false, NULL, "DIR", "where the files to be published go" },
    [OF_FROM]     = { "--from", OPTION_TEXT, false, NULL, "DAY", "first day of what is published (400 days ago)" },
    [OF_UNTIL]    = { "--until", OPTION_TEXT, false, NULL, "DAY", "last day of it (yesterday)" },
};
static const char *const lists[] = { "checks", "uses", "rollout",
                                     "checks-weekly", "uses-weekly", "rollout-weekly" };
static const char *const forms[] = { "csv", "json" };
/* clang-format on */
_Static_assert(ARRAY_LEN(rows) == OF_COUNT, "every option has a row");

static int
fail(const char *reason, int code)
{
    fprintf(stderr, "shikaku statistics: %s\n", reason);
    return code;
}

static void
hear_counted(void *owner, const struct rows *found)
{
    if (rows_count(found) == 1)
        *(int64_t *)owner = rows_number(found, 0, 0);
}

static void
hear_lines(void *owner, const struct rows *found)
{
    FILE *file = owner;

    for (int row = 0; row < rows_count(found); row++) {
        struct span line = rows_bytes(found, row, 0);
        fwrite(line.bytes, 1, line.length, file);
        fputc('\n', file);
    }
}

static bool
take_day(const struct option_value *value, day_t otherwise, day_t *ret_day)
{
    struct blame blame = { 0 };

    *ret_day = otherwise;
    return !value->is_given || day_parse(span_of(value->text), ret_day, &blame) == FAULT_NONE;
}

static int
publish(struct session *session, const char *folder, size_t no, day_t from, day_t until)
{
    const char *list = lists[no / ARRAY_LEN(forms)], *form = forms[no % ARRAY_LEN(forms)];

    char       part[PATH_BYTES], whole[PATH_BYTES];
    struct ask ask;
    int        length = snprintf(part, sizeof part, "%s/%s.%s.part", folder, list, form);

    snprintf(whole, sizeof whole, "%s/%s.%s", folder, list, form);
    FILE *file = length > 0 && length < PATH_BYTES ? fopen(part, "w") : NULL;
    if (file == NULL)
        return fail("a file cannot be made there", EX_CANTCREAT);
    ask_start(&ask, STMT_STATISTICS_PUBLISHED);
    ask_bytes(&ask, span_of(list));
    ask_bytes(&ask, span_of(form));
    ask_number(&ask, from);
    ask_number(&ask, until);
    bool is_told = session_ask(session, &ask, hear_lines, file) == FAULT_NONE;
    bool is_written = ferror(file) == 0;
    is_written = fclose(file) == 0 && is_written;
    if (is_told && is_written && rename(part, whole) == 0)
        return EX_OK;
    remove(part);
    return is_told ? fail("a file cannot be written", EX_CANTCREAT)
                   : fail("the database does not do its part", EX_UNAVAILABLE);
}

static int
run(const struct option_value *values, struct session *session)
{
    struct ask ask;
    int64_t    counted = 0;
    day_t      today = clock_day(clock_now()), from, until;

    if (!take_day(&values[OF_UNTIL], today - 1, &until)
        || !take_day(&values[OF_FROM], until - PERIOD_DAYS, &from) || from > until)
        return fail("--from and --until are days, the first one first", EX_USAGE);
    ask_start(&ask, STMT_STATISTICS_COUNT);
    if (session_connect(session) != FAULT_NONE
        || session_ask(session, &ask, hear_counted, &counted) != FAULT_NONE)
        return fail("the database does not do its part; run it again", EX_UNAVAILABLE);
    size_t files = values[OF_PUBLISH].is_given ? ARRAY_LEN(lists) * ARRAY_LEN(forms) : 0;
    for (size_t i = 0; i < files; i++) {
        int code = publish(session, values[OF_PUBLISH].text, i, from, until);
        if (code != EX_OK)
            return code;
    }
    printf("{\"counted\":%lld}\n", (long long)counted);
    return EX_OK;
}

int
command_statistics(int argc, char **argv)
{
    struct option_value values[OF_COUNT];

    switch (options_read("shikaku statistics", rows, OF_COUNT, argc, argv, values)) {
    case OPTIONS_HELP:
        puts(
            "usage: shikaku statistics --database URL [--publish DIR [--from DAY] [--until DAY]]\n"
            "Counts the access records that were written since the last time, and makes the files\n"
            "that are published: months and weeks that are over and lie wholly within the days.\n"
            "Nothing below ten is in them, nor in a total.\n");
        options_print(stdout, rows, OF_COUNT);
        return EX_OK;
    case OPTIONS_WRONG:
        return EX_USAGE;
    case OPTIONS_RUN:
        break;
    }
    struct session *session = session_new(values[OF_DATABASE].text, STATEMENT_MS);
    if (session == NULL)
        return fail("out of memory", EX_OSERR);
    int code = run(values, session);
    session_free(session);
    return code;
}
