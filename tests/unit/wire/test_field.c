#include "../cases.h"

#include "base/clock.h"
#include "wire/field.h"

enum { ARENA_BYTES = 8192, TOLD_MAX = 16 };

struct thing {
    struct span text;
    struct span note;
    day_t       day;
    bool        flag;
    int16_t     word;
    int64_t     whole;
    int64_t     words;
};

struct told {
    enum fault  fault[TOLD_MAX];
    const char *field[TOLD_MAX];
    size_t      count;
};

static const char *const words[] = { "red", "green", NULL };

/* clang-format off */
static const struct field fields[] = {
    { "text",  FIELD_TEXT,  offsetof(struct thing, text),  8,   true,  NULL },
    { "note",  FIELD_TEXT,  offsetof(struct thing, note),  4,   false, NULL },
    { "day",   FIELD_DAY,   offsetof(struct thing, day),   0,   false, NULL },
    { "flag",  FIELD_FLAG,  offsetof(struct thing, flag),  0,   false, NULL },
    { "word",  FIELD_WORD,  offsetof(struct thing, word),  0,   false, words },
    { "whole", FIELD_WHOLE, offsetof(struct thing, whole), 500, false, NULL },
    { "words", FIELD_WORDS, offsetof(struct thing, words), 0,   false, words },
};
/* clang-format on */

static void
tell(void *owner, enum fault fault, const char *field, const char *reason)
{
    struct told *told = owner;
    (void)reason;
    assert_true(told->count < TOLD_MAX);
    told->fault[told->count] = fault;
    told->field[told->count++] = field;
}

static bool
decode(const char *body, struct arena *arena, struct thing *thing, struct told *told)
{
    *thing = (struct thing){ 0 };
    *told = (struct told){ 0 };
    arena_reset(arena);
    return fields_decode(span_of(body), fields, ARRAY_LEN(fields), arena, thing, tell, told);
}

static void
a_sound_body_fills_the_struct(void **state)
{
    struct arena arena;
    struct thing thing;
    struct told  told;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    assert_true(decode(
        "{\"text\":\"\\u67b6\\u7a7a\",\"day\":\"20240229\",\"flag\":\"1\",\"word\":\"green\","
        "\"whole\":500,\"words\":[\"green\"]}",
        &arena, &thing, &told));
    CASE_INT("sound", told.count, 0);
    CASE_SPAN("sound", thing.text, span_of("架空"));
    CASE_TRUE("absent", span_is_empty(thing.note));
    CASE_INT("sound", thing.day, 19782);
    CASE_TRUE("sound", thing.flag);
    CASE_INT("sound", thing.word, 2);
    CASE_INT("sound", thing.whole, 500);
    CASE_INT("sound", thing.words, 2);
    assert_true(decode("{\"text\":\"a\",\"words\":[\"green\",\"red\"]}", &arena, &thing, &told));
    CASE_INT("both words", thing.words, 3);
    assert_true(decode(" {\"text\":\"\",\"day\":null,\"flag\":false,\"note\":null}\n", &arena,
                       &thing, &told));
    CASE_INT("null is absent", thing.day, DAY_UNKNOWN);
    CASE_TRUE("false", !thing.flag);
    arena_close(&arena);
}

static void
every_fault_is_told_with_its_field(void **state)
{
    static const struct {
        const char *body;
        enum fault  fault;
        const char *field;
    } cases[] = {
        { "", FAULT_JSON_MALFORMED, NULL },
        { "[]", FAULT_JSON_MALFORMED, NULL },
        { "\"text\"", FAULT_JSON_MALFORMED, NULL },
        { "null", FAULT_JSON_MALFORMED, NULL },
        { "{\"text\":\"a\"", FAULT_JSON_MALFORMED, NULL },
        { "{\"text\":\"a\"}{}", FAULT_JSON_MALFORMED, NULL },
        { "{\"text\":\"a\",}", FAULT_JSON_MALFORMED, NULL },
        { "{'text':'a'}", FAULT_JSON_MALFORMED, NULL },
        { "{\"text\":\"a\",\"text\":\"b\"}", FAULT_JSON_MALFORMED, NULL },
        { "{\"text\":\"a\",\"\\u0074ext\":\"b\"}", FAULT_JSON_MALFORMED, NULL },
        { "{\"text\":\"\xff\"}", FAULT_JSON_MALFORMED, NULL },
        { "{\"text\":\"a\\u0000b\"}", FAULT_JSON_MALFORMED, NULL },
        { "{\"text\":\"a\\ud800\"}", FAULT_JSON_MALFORMED, NULL },
        { "{}", FAULT_FIELD_MISSING, "text" },
        { "{\"text\":null}", FAULT_FIELD_MISSING, "text" },
        { "{\"text\":5}", FAULT_FIELD_MALFORMED, "text" },
        { "{\"text\":[\"a\"]}", FAULT_FIELD_MALFORMED, "text" },
        { "{\"text\":\"123456789\"}", FAULT_FIELD_TOO_LONG, "text" },
        { "{\"text\":\"a\",\"note\":\"12345\"}", FAULT_FIELD_TOO_LONG, "note" },
        { "{\"text\":\"a\",\"day\":20240101}", FAULT_FIELD_MALFORMED, "day" },
        { "{\"text\":\"a\",\"day\":\"2023-02-29\"}", FAULT_FIELD_MALFORMED, "day" },
        { "{\"text\":\"a\",\"day\":\"\"}", FAULT_FIELD_MALFORMED, "day" },
        { "{\"text\":\"a\",\"flag\":\"yes\"}", FAULT_FIELD_MALFORMED, "flag" },
        { "{\"text\":\"a\",\"flag\":1}", FAULT_FIELD_MALFORMED, "flag" },
        { "{\"text\":\"a\",\"word\":\"blue\"}", FAULT_FIELD_MALFORMED, "word" },
        { "{\"text\":\"a\",\"word\":\"\"}", FAULT_FIELD_MALFORMED, "word" },
        { "{\"text\":\"a\",\"word\":1}", FAULT_FIELD_MALFORMED, "word" },
        { "{\"text\":\"a\",\"whole\":501}", FAULT_FIELD_MALFORMED, "whole" },
        { "{\"text\":\"a\",\"whole\":-1}", FAULT_FIELD_MALFORMED, "whole" },
        { "{\"text\":\"a\",\"whole\":1.0}", FAULT_FIELD_MALFORMED, "whole" },
        { "{\"text\":\"a\",\"whole\":\"1\"}", FAULT_FIELD_MALFORMED, "whole" },
        { "{\"text\":\"a\",\"words\":[]}", FAULT_FIELD_MALFORMED, "words" },
        { "{\"text\":\"a\",\"words\":\"red\"}", FAULT_FIELD_MALFORMED, "words" },
        { "{\"text\":\"a\",\"words\":[\"red\",\"red\"]}", FAULT_FIELD_MALFORMED, "words" },
        { "{\"text\":\"a\",\"words\":[\"red\",\"blue\"]}", FAULT_FIELD_MALFORMED, "words" },
        { "{\"text\":\"a\",\"words\":[\"red\",null]}", FAULT_FIELD_MALFORMED, "words" },
        { "{\"text\":\"a\",\"Text\":\"a\"}", FAULT_FIELD_UNKNOWN, NULL },
        { "{\"text\":\"a\",\"surprise\":null}", FAULT_FIELD_UNKNOWN, NULL },
    };
    struct arena arena;
    struct thing thing;
    struct told  told;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CASE_TRUE(cases[i].body, !decode(cases[i].body, &arena, &thing, &told));
        CASE_INT(cases[i].body, told.count, 1);
        CASE_INT(cases[i].body, told.fault[0], cases[i].fault);
        CASE_TEXT(cases[i].body, told.field[0], cases[i].field);
    }
    arena_close(&arena);
}

static void
all_faults_are_told_at_once(void **state)
{
    struct arena arena;
    struct thing thing;
    struct told  told;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    assert_false(decode("{\"day\":\"x\",\"word\":\"x\",\"whole\":999,\"surprise\":1}", &arena,
                        &thing, &told));
    assert_int_equal(told.count, 5);
    arena_close(&arena);
}

static void
deep_nesting_is_refused(void **state)
{
    char         body[65536];
    struct arena arena;
    struct thing thing;
    struct told  told;

    (void)state;
    memset(body, '[', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    assert_false(decode(body, &arena, &thing, &told));
    assert_int_equal(told.fault[0], FAULT_JSON_MALFORMED);
    arena_close(&arena);
}

static void
a_full_arena_is_said(void **state)
{
    struct arena arena;
    struct thing thing = { 0 };
    struct told  told = { 0 };
    char         place[64];

    (void)state;
    assert_true(arena_open(&arena, sizeof place, sizeof place));
    while (arena_take(&arena, 1) != NULL)
        ;
    assert_false(fields_decode(span_of("{\"text\":\"a\"}"), fields, ARRAY_LEN(fields), &arena,
                               &thing, tell, &told));
    assert_int_equal(told.fault[0], FAULT_REQUEST_TOO_LARGE);
    arena_close(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_body_fills_the_struct),
        cmocka_unit_test(every_fault_is_told_with_its_field),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(a_full_arena_is_said),
    };
    return cmocka_run_group_tests_name("wire/field", tests, NULL, NULL);
}
