#include "../cases.h"

#include "model/codes.h"
#include "model/day.h"
#include "wire/inquiry.h"

#include <stdio.h>

enum { ARENA_BYTES = 16384, PLACE_BYTES = 8192 };

static const char id[UUID_TEXT_LENGTH + 1] = "7b0c6f2e-3f0e-4a55-9f0c-2c3d8a1f4b10";

#define HEAD "{\"inquiry_id\":\"7b0c6f2e-3f0e-4a55-9f0c-2c3d8a1f4b10\",\"results\":["
#define TAIL "]}"
#define FOUND                                                                                    \
    "\"status\":\"found\",\"name\":\"架空　太郎\",\"name_kana\":\"カクウ　タロウ\"," \
    "\"birth_date\":\"1980-01-02\",\"sex\":\"1\",\"address\":\"東京都見本市\","            \
    "\"as_of\":\"2024-04-01\"}"
#define FIRST "{\"ref\":0," FOUND
#define LAST  "{\"ref\":1,\"status\":\"not_found\"}"

static void
a_question_names_each_number_once_by_its_place(void **state)
{
    struct personal_number numbers[2];
    char                   place[PLACE_BYTES];
    struct text            text = text_in(place, sizeof place);

    (void)state;
    assert_true(personal_number_take(span_of("123456789013"), &numbers[0]));
    assert_true(personal_number_take(span_of("111111111113"), &numbers[1]));
    inquiry_write(&text, id, numbers, 2);
    CASE_TEXT("body", place,
              "{\"inquiry_id\":\"7b0c6f2e-3f0e-4a55-9f0c-2c3d8a1f4b10\",\"persons\":["
              "{\"ref\":0,\"personal_number\":\"123456789013\"},"
              "{\"ref\":1,\"personal_number\":\"111111111113\"}]}");
}

static void
the_longest_question_has_room_where_its_size_is_reckoned(void **state)
{
    static struct personal_number numbers[INQUIRY_PERSONS_MAX];
    static char place[INQUIRY_HEAD_BYTES + INQUIRY_PERSONS_MAX * INQUIRY_PERSON_BYTES];
    struct text text = text_in(place, sizeof place);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        assert_true(personal_number_take(span_of("123456789013"), &numbers[i]));
    inquiry_write(&text, id, numbers, ARRAY_LEN(numbers));
    assert_false(text.is_full);
    assert_true(text.length <= 65536); /* the contract's limit */
}

static void
a_sound_reply_is_read_in_whatever_order(void **state)
{
    static const char *const bodies[] = {
        HEAD FIRST "," LAST TAIL,
        HEAD LAST "," FIRST TAIL,
        " {\"results\" :\n[ " LAST " , " FIRST " ] ,\"inquiry_id\":"
        "\"7b0c6f2e-3f0e-4a55-9f0c-2c3d8a1f4b10\" } ",
    };

    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct inquiry_answer answers[2];
        const char           *reason = inquiry_read(span_of(bodies[i]), id, answers, 2, *state);
        CASE_TRUE(bodies[i], reason == NULL);
        assert_int_equal(answers[0].status, INQUIRY_FOUND);
        CASE_SPAN("name", answers[0].identity.name, span_of("架空　太郎"));
        CASE_SPAN("kana", answers[0].identity.name_kana, span_of("カクウ　タロウ"));
        CASE_SPAN("address", answers[0].identity.address, span_of("東京都見本市"));
        CASE_INT("birth date", answers[0].identity.birth_date, 3653);
        CASE_INT("sex", answers[0].identity.sex, SEX_MALE);
        CASE_INT("as of", answers[0].as_of,
                 day_from_civil((struct civil){ .year = 2024, .month = 4, .day = 1 }));
        assert_int_equal(answers[1].status, INQUIRY_NOT_FOUND);
    }
}

static void
a_refusal_has_a_code_that_may_be_logged(void **state)
{
    struct inquiry_answer answers[1];

    assert_null(inquiry_read(span_of(HEAD "{\"ref\":0,\"status\":\"refused\","
                                          "\"code\":\"number_withdrawn\"}" TAIL),
                             id, answers, 1, *state));
    assert_int_equal(answers[0].status, INQUIRY_REFUSED);
    CASE_SPAN("code", answers[0].code, span_of("number_withdrawn"));
}

static void
a_reply_that_is_not_wholly_sound_is_refused_as_a_whole(void **state)
{
    static const struct {
        const char *body;
        const char *reason;
    } cases[] = {
        { "", "not an object" },
        { "null", "not an object" },
        { "[]", "not an object" },
        { HEAD FIRST "," LAST "]", "not JSON" },
        { HEAD FIRST "," LAST "]}}", "not JSON" },
        { HEAD FIRST "," LAST, "not JSON" },
        { HEAD FIRST " " LAST TAIL, "not JSON" },
        { HEAD FIRST TAIL, "a ref is missing" },
        { HEAD TAIL, "a ref is missing" },
        { HEAD FIRST "," FIRST TAIL, "a ref twice" },
        { HEAD FIRST "," LAST "," LAST TAIL, "a ref twice" },
        { HEAD FIRST ",{\"ref\":2,\"status\":\"not_found\"}" TAIL, "a ref that was not asked" },
        { HEAD FIRST ",{\"ref\":\"1\",\"status\":\"not_found\"}" TAIL, "not a whole number" },
        { HEAD FIRST ",{\"status\":\"not_found\"}" TAIL, "a member is missing" },
        { HEAD FIRST ",{\"ref\":1}" TAIL, "a member is missing" },
        { HEAD FIRST ",7" TAIL, "not an object" },
        { HEAD FIRST ",{\"ref\":1,\"status\":\"gone\"}" TAIL,
          "not one of the words of its member" },
        { HEAD LAST ",{\"ref\":0,\"status\":\"found\"}" TAIL, "found, but a member is missing" },
        { HEAD LAST ",{\"ref\":0,\"code\":\"x\"," FOUND TAIL, "found, with a code of refusal" },
        { HEAD LAST ",{\"ref\":0,\"blood\":\"A\"," FOUND TAIL, "a member that is not known" },
        { HEAD LAST ",{\"ref\":0,\"ref\":0," FOUND TAIL, "a member twice" },
        { HEAD FIRST ",{\"ref\":1,\"status\":\"not_found\",\"name\":\"x\"}" TAIL,
          "not found, but says who" },
        { HEAD FIRST ",{\"ref\":1,\"status\":\"not_found\",\"as_of\":\"2024-04-01\"}" TAIL,
          "not found, but says who" },
        { HEAD FIRST ",{\"ref\":1,\"status\":\"not_found\",\"code\":\"x\"}" TAIL,
          "not found, with a code of refusal" },
        { HEAD FIRST ",{\"ref\":1,\"status\":\"refused\"}" TAIL, "refused without a code" },
        { HEAD FIRST ",{\"ref\":1,\"status\":\"refused\",\"code\":\"A b\"}" TAIL,
          "refused without a code" },
        { "{\"results\":[" FIRST "," LAST TAIL, "a member is missing" },
        { "{\"inquiry_id\":\"7b0c6f2e-3f0e-4a55-9f0c-2c3d8a1f4b10\"}", "a member is missing" },
        { "{\"inquiry_id\":\"7b0c6f2e-3f0e-4a55-9f0c-2c3d8a1f4b11\",\"results\":[" FIRST
          "," LAST TAIL,
          "the reply to another inquiry" },
        { "{\"note\":1,\"results\":[" FIRST "," LAST TAIL,
          "a member that is not known, or comes twice" },
        { "{\"inquiry_id\":7,\"results\":[]}", "not a string" },
        { "{\"results\":{}}", "results is not an array" },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct inquiry_answer answers[2];
        const char           *reason = inquiry_read(span_of(cases[i].body), id, answers, 2, *state);
        CASE_TRUE(cases[i].body, reason != NULL);
        CASE_TEXT(cases[i].body, reason, cases[i].reason);
        for (size_t n = 0; n < 2; n++)
            CASE_INT(cases[i].body, answers[n].status, INQUIRY_NONE);
    }
}

static void
a_reply_that_breaks_off_anywhere_is_refused(void **state)
{
    static const char whole[] = HEAD FIRST "," LAST TAIL;
    struct inquiry_answer                           answers[2];

    for (size_t length = 0; length < sizeof whole - 1; length++)
        assert_non_null(inquiry_read(span_make(whole, length), id, answers, 2, *state));
    assert_null(inquiry_read(span_make(whole, sizeof whole - 1), id, answers, 2, *state));
}

static void
a_name_longer_than_its_limit_is_refused(void **state)
{
    char                  body[PLACE_BYTES], name[386];
    struct inquiry_answer answers[1];

    memset(name, 'A', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int cut = 0; cut < 2; cut++) {
        name[sizeof name - 1 - (size_t)cut] = '\0';
        snprintf(body, sizeof body,
                 HEAD
                 "{\"ref\":0,\"status\":\"found\",\"name\":\"%s\",\"birth_date\":\"1980-01-02\","
                 "\"sex\":\"1\",\"as_of\":\"2024-04-01\"}" TAIL,
                 name);
        const char *reason = inquiry_read(span_of(body), id, answers, 1, *state);
        CASE_TRUE("385 bytes are refused, 384 taken", (reason == NULL) == (cut == 1));
    }
}

static int
open_arena(void **state)
{
    static struct arena arena;
    *state = &arena;
    return arena_open(&arena, ARENA_BYTES, ARENA_BYTES) ? 0 : -1;
}

static int
close_arena(void **state)
{
    arena_close(*state);
    return 0;
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, open_arena, close_arena)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_names_each_number_once_by_its_place),
        cmocka_unit_test(the_longest_question_has_room_where_its_size_is_reckoned),
        WITH_ARENA(a_sound_reply_is_read_in_whatever_order),
        WITH_ARENA(a_refusal_has_a_code_that_may_be_logged),
        WITH_ARENA(a_reply_that_is_not_wholly_sound_is_refused_as_a_whole),
        WITH_ARENA(a_reply_that_breaks_off_anywhere_is_refused),
        WITH_ARENA(a_name_longer_than_its_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
