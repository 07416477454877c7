#include "../cases.h"

#include "endpoint/endpoints.h"
#include "endpoint/problem.h"

#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 16 * 1024 };

static bool
holds(struct span reply, const char *words)
{
    /* a reply ends in NUL, in its place or as a literal */
    return strstr(reply.bytes, words) != NULL;
}

static void
every_fault_has_a_problem_document_of_its_own(void **state)
{
    (void)state;
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++) {
        const struct fault_row *info = fault_info((enum fault)i);
        char                    place[1024], words[128];
        struct text             text = text_in(place, sizeof place);
        problem_write(&text, (enum fault)i);
        struct span reply = text_span(&text);
        CASE_TRUE(info->code, !text.is_full);
        snprintf(words, sizeof words, "\"type\":\"https://shikaku.example/errors#%s\"", info->code);
        CASE_TRUE(info->code, holds(reply, words));
        snprintf(words, sizeof words, "\"status\":%d,", info->http_status);
        CASE_TRUE(info->code, holds(reply, words));
        CASE_INT(info->code, holds(reply, "\"retry_helps\":true"), info->retry_helps);
        CASE_TRUE(info->code, holds(reply, info->title) && holds(reply, info->title_ja));
    }
}

static void
all_faults_are_told_and_the_first_decides_the_status(void **state)
{
    struct request r = { 0 };

    (void)state;
    assert_true(arena_open(&r.arena, ARENA_BYTES, ARENA_BYTES));
    endpoint_blame(&r, FAULT_PERSONAL_NUMBER, "number", NULL);
    endpoint_blame(&r, FAULT_FIELD_MALFORMED, "birth_date", "not a calendar day");
    memcpy(r.etag, "\"x\"", 4);
    problem_encode(&r);
    assert_int_equal(r.http_status, 400);
    assert_int_equal(r.etag[0], 0);
    assert_true(holds(r.reply, "\"code\":\"personal_number_refused\",\"errors\":["));
    assert_true(
        holds(r.reply, "{\"code\":\"personal_number_refused\",\"field\":\"number\",\"title\":"));
    assert_true(holds(r.reply, "\"field\":\"birth_date\",\"reason\":\"not a calendar day\""));
    arena_close(&r.arena);
}

static void
as_many_faults_as_there_may_be_fit_the_reply(void **state)
{
    struct request r = { 0 };
    size_t         told = 0;

    (void)state;
    assert_true(arena_open(&r.arena, ARENA_BYTES, ARENA_BYTES));
    for (int i = 0; i < BLAMES_MAX + 5; i++)
        request_blame(&r, FAULT_FIELD_UNKNOWN, "insurer_number",
                      "the body has a field that this path does not take");
    problem_encode(&r);
    assert_true(holds(r.reply, "]}"));
    for (const char *at = r.reply.bytes; (at = strstr(at, "\"field\":")) != NULL; at++)
        told++;
    assert_int_equal(told, BLAMES_MAX);
    arena_close(&r.arena);
}

static void
without_memory_the_reply_is_a_whole_problem_all_the_same(void **state)
{
    struct request r = { 0 };
    char           words[256];

    (void)state;
    assert_true(arena_open(&r.arena, 64, 64));
    request_blame(&r, FAULT_FIELD_MISSING, "number", NULL);
    problem_encode(&r);
    const struct fault_row *info = fault_info(FAULT_REQUEST_TOO_LARGE);
    assert_int_equal(r.http_status, info->http_status);
    snprintf(words, sizeof words,
             "#%s\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\",\"errors\":[]}", info->code,
             info->title, info->http_status, info->code);
    assert_true(holds(r.reply, words));
    arena_close(&r.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_has_a_problem_document_of_its_own),
        cmocka_unit_test(all_faults_are_told_and_the_first_decides_the_status),
        cmocka_unit_test(as_many_faults_as_there_may_be_fit_the_reply),
        cmocka_unit_test(without_memory_the_reply_is_a_whole_problem_all_the_same),
    };
    return cmocka_run_group_tests_name("endpoint/problem", tests, NULL, NULL);
}
