#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include "../cases.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_BYTES = 4096 };

/* What the call writes to standard error, through a pipe that is wide enough for one line. */
static struct span
said(enum log_level level, const char *event, const struct log_field *fields, size_t count,
     char *place)
{
    int pipe_ends[2];
    int kept = dup(STDERR_FILENO);

    assert_true(kept >= 0);
    assert_int_equal(pipe(pipe_ends), 0);
    assert_true(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
    log_event(level, event, fields, count);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    close(pipe_ends[1]);
    ssize_t length = read(pipe_ends[0], place, LINE_BYTES);
    close(pipe_ends[0]);
    assert_true(length >= 0);
    return span_make(place, (size_t)length);
}

static bool
contains(struct span line, const char *part)
{
    return memmem(line.bytes, line.length, part, strlen(part)) != NULL;
}

static void
a_line_is_one_json_object_with_time_level_and_event(void **state)
{
    struct log_field fields[] = {
        LOG_TEXT("why", "a \"quoted\" \\ text\nof two lines\x01"),
        LOG_NUMBER("count", -5),
    };
    char        place[LINE_BYTES];
    struct span line = said(LOG_WARN, "drained", fields, ARRAY_LEN(fields), place);

    (void)state;
    assert_true(line.length > 0);
    assert_int_equal(line.bytes[0], '{');
    assert_memory_equal(line.bytes + line.length - 2, "}\n", 2);
    assert_true(contains(line, "\"level\":\"warn\""));
    assert_true(contains(line, "\"event\":\"drained\""));
    assert_true(contains(line, "\"why\":\"a \\\"quoted\\\" \\\\ text\\u000aof two lines\\u0001\""));
    assert_true(contains(line, "\"count\":-5"));
    assert_ptr_equal(memchr(line.bytes, '\n', line.length), line.bytes + line.length - 1);
}

static void
a_line_that_is_too_long_loses_whole_fields(void **state)
{
    char             long_text[LOG_LINE_BYTES_MAX + 1];
    struct log_field fields[] = {
        LOG_NUMBER("first", 1),
        LOG_TEXT("long", long_text),
        LOG_NUMBER("last", 2),
    };
    char place[LINE_BYTES];

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    struct span line = said(LOG_ERROR, "long", fields, ARRAY_LEN(fields), place);
    assert_true(line.length <= LOG_LINE_BYTES_MAX);
    assert_true(contains(line, "\"first\":1"));
    assert_true(!contains(line, "xx"));
    assert_true(contains(line, "\"last\":2}\n"));
}

static void
levels_below_the_least_say_nothing(void **state)
{
    char place[LINE_BYTES];

    (void)state;
    log_set_least(LOG_WARN);
    assert_int_equal(said(LOG_INFO, "quiet", NULL, 0, place).length, 0);
    assert_true(said(LOG_WARN, "loud", NULL, 0, place).length > 0);
    log_set_least(LOG_DEBUG);
    assert_true(said(LOG_DEBUG, "loud", NULL, 0, place).length > 0);
    log_set_least(LOG_INFO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_json_object_with_time_level_and_event),
        cmocka_unit_test(a_line_that_is_too_long_loses_whole_fields),
        cmocka_unit_test(levels_below_the_least_say_nothing),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
