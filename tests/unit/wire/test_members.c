#include "../cases.h"

#include "base/clock.h"
#include "wire/members.h"

enum { ARENA_BYTES = 4096 };

struct thing {
    struct span text;
    day_t       day;
    int16_t     word;
    int64_t     whole;
    bool        flag;
};

static const char *const words[] = { "one", "two", NULL };

static const struct field fields[] = {
    { "text", FIELD_TEXT, offsetof(struct thing, text), 8, true, NULL },
    { "day", FIELD_DAY, offsetof(struct thing, day), 0, false, NULL },
    { "word", FIELD_WORD, offsetof(struct thing, word), 8, false, words },
    { "whole", FIELD_WHOLE, offsetof(struct thing, whole), 999, false, NULL },
    { "flag", FIELD_FLAG, offsetof(struct thing, flag), 0, false, NULL },
};

static const char *
read_thing(const char *json, struct arena *arena, struct thing *ret_thing)
{
    *ret_thing = (struct thing){ 0 };
    return members_read(span_of(json), fields, ARRAY_LEN(fields), arena, ret_thing);
}

static void
members_land_in_their_places(void **state)
{
    struct thing thing;

    assert_null(read_thing(" { \"flag\" : true , \"whole\":999,\"word\":\"two\","
                           "\"day\":\"1970-01-02\",\"text\":\"a\\u3042\\\"/\\/\" } ",
                           *state, &thing));
    CASE_SPAN("text", thing.text, span_of("aあ\"//"));
    assert_int_equal(thing.day, 1);
    assert_int_equal(thing.word, 2);
    assert_int_equal(thing.whole, 999);
    assert_true(thing.flag);
    assert_null(read_thing("{\"text\":\"\\ud842\\udfb7\"}", *state, &thing));
    CASE_SPAN("outside the basic plane", thing.text, span_of("𠮷"));
    assert_int_equal(thing.day, DAY_UNKNOWN);
    assert_int_equal(thing.word, 0);
}

static void
nothing_is_taken_for_something_else(void **state)
{
    static const struct {
        const char *json;
        const char *reason;
    } cases[] = {
        { "", "not an object" },
        { "[]", "not an object" },
        { "{", "not JSON" },
        { "{}", "a member is missing" },
        { "{\"text\":\"a\"", "not JSON" },
        { "{\"text\":\"a\"}x", "not JSON" },
        { "{\"text\":\"a\",}", "not JSON" },
        { "{\"text\" \"a\"}", "not JSON" },
        { "{\"text\":\"a\" \"flag\":true}", "not a string" },
        { "{\"text\":\"a\",\"text\":\"b\"}", "a member twice" },
        { "{\"text\":\"a\",\"other\":1}", "a member that is not known" },
        { "{\"text\":\"a\",\"Text\":\"a\"}", "a member that is not known" },
        { "{\"te\\u0078t\":\"a\"}", "a member that is not known" },
        { "{\"text\":null}", "not a string" },
        { "{\"text\":7}", "not a string" },
        { "{\"text\":'a'}", "not a string" },
        { "{\"text\":\"a\"b\"}", "not JSON" },
        { "{\"text\":\"a\" \"}", "not JSON" },
        { "{\"text\":\"a\x01\"}", "not a string" },
        { "{\"text\":\"\xff\"}", "not a string" },
        { "{\"text\":\"\xed\xa0\x80\"}", "not a string" },
        { "{\"text\":\"\\u0000\"}", "an escape that stands for nothing" },
        { "{\"text\":\"\\n\"}", "an escape that stands for nothing" },
        { "{\"text\":\"\\x\"}", "an escape that stands for nothing" },
        { "{\"text\":\"\\u12\"}", "an escape that stands for nothing" },
        { "{\"text\":\"\\ud842\"}", "an escape that stands for nothing" },
        { "{\"text\":\"\\udfb7\"}", "an escape that stands for nothing" },
        { "{\"text\":\"\\ud842\\u0041\"}", "an escape that stands for nothing" },
        { "{\"text\":\"123456789\"}", "a text longer than its limit" },
        { "{\"text\":\"a\",\"day\":\"19700102\"}", "not a day" },
        { "{\"text\":\"a\",\"day\":\"1970-02-30\"}", "not a day" },
        { "{\"text\":\"a\",\"day\":0}", "not a string" },
        { "{\"text\":\"a\",\"word\":\"three\"}", "not one of the words of its member" },
        { "{\"text\":\"a\",\"word\":1}", "not a string" },
        { "{\"text\":\"a\",\"whole\":\"1\"}", "not a whole number" },
        { "{\"text\":\"a\",\"whole\":-1}", "not a whole number" },
        { "{\"text\":\"a\",\"whole\":1.0}", "not a whole number" },
        { "{\"text\":\"a\",\"whole\":01}", "not a whole number" },
        { "{\"text\":\"a\",\"whole\":1e2}", "not a whole number" },
        { "{\"text\":\"a\",\"whole\":1000}", "a number above its limit" },
        { "{\"text\":\"a\",\"whole\":9999999999999999999}", "not a whole number" },
        { "{\"text\":\"a\",\"flag\":\"1\"}", "not true or false" },
        { "{\"text\":\"a\",\"flag\":1}", "not true or false" },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct thing thing;
        const char  *reason = read_thing(cases[i].json, *state, &thing);
        CASE_TRUE(cases[i].json, reason != NULL);
        CASE_TEXT(cases[i].json, reason, cases[i].reason);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_land_in_their_places, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(nothing_is_taken_for_something_else, open_arena,
                                        close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
