#include "../cases.h"

#include "base/clock.h"
#include "wire/out.h"

#include <stdlib.h>

enum { PLACE_BYTES = 1024 };

struct part {
    int16_t code;
};

struct thing {
    struct span        text;
    const char        *string;
    day_t              day;
    int16_t            code;
    int16_t            ratio;
    int32_t            whole;
    bool               flag;
    instant_t          instant;
    const struct part *part;
    struct out_list    list;
};

#define THING(field) offsetof(struct thing, field)

/* clang-format off */
static const struct out_row part_rows[] = {
    { "code", NULL, OUT_CODE, offsetof(struct part, code), NULL },
    { 0 },
};

static const struct out_row thing_rows[] = {
    { "text",    NULL, OUT_TEXT,    THING(text),    NULL },
    { "string",  NULL, OUT_STRING,  THING(string),  NULL },
    { "day",     NULL, OUT_DAY,     THING(day),     NULL },
    { "code",    NULL, OUT_CODE,    THING(code),    NULL },
    { "ratio",   NULL, OUT_RATIO,   THING(ratio),   NULL },
    { "whole",   NULL, OUT_WHOLE,   THING(whole),   NULL },
    { "flag",    NULL, OUT_FLAG,    THING(flag),    NULL },
    { "instant", NULL, OUT_INSTANT, THING(instant), NULL },
    { "part",    NULL, OUT_OBJECT,  THING(part),    part_rows },
    { "list",    NULL, OUT_LIST,    THING(list),    part_rows },
    { 0 },
};
/* clang-format on */

static const struct thing empty = { .day = DAY_UNKNOWN, .ratio = -1, .whole = -1 };

static void
values_are_written_and_empty_ones_left_out(void **state)
{
    static const struct part parts[] = { { 1 }, { 0 }, { 12 } };
    const struct {
        const char  *name;
        struct thing thing;
        const char  *json;
    } cases[] = {
        { "all empty", empty, "{}" },
        { "text",
          { .text = { "架空", 6 }, .day = DAY_UNKNOWN, .ratio = -1, .whole = -1 },
          "{\"text\":\"架空\"}" },
        { "string",
          { .string = "", .day = DAY_FOREVER, .ratio = -1, .whole = -1 },
          "{\"string\":\"\"}" },
        { "day", { .day = 0, .ratio = -1, .whole = -1 }, "{\"day\":\"1970-01-01\"}" },
        { "code",
          { .day = DAY_UNKNOWN, .code = 12, .ratio = -1, .whole = -1 },
          "{\"code\":\"12\"}" },
        { "ratio 0", { .day = DAY_UNKNOWN, .ratio = 0, .whole = -1 }, "{\"ratio\":\"000\"}" },
        { "ratio 30", { .day = DAY_UNKNOWN, .ratio = 30, .whole = -1 }, "{\"ratio\":\"030\"}" },
        { "whole 0", { .day = DAY_UNKNOWN, .ratio = -1, .whole = 0 }, "{\"whole\":0}" },
        { "flag",
          { .day = DAY_UNKNOWN, .ratio = -1, .whole = -1, .flag = true },
          "{\"flag\":true}" },
        { "instant",
          { .day = DAY_UNKNOWN, .ratio = -1, .whole = -1, .instant = 1999999 },
          "{\"instant\":\"1970-01-01T00:00:01Z\"}" },
        { "object",
          { .day = DAY_UNKNOWN, .ratio = -1, .whole = -1, .part = &parts[0] },
          "{\"part\":{\"code\":\"1\"}}" },
        { "list",
          { .day = DAY_UNKNOWN,
            .ratio = -1,
            .whole = -1,
            .list = { parts, 3, sizeof parts[0], true } },
          "{\"list\":[{\"code\":\"1\"},{},{\"code\":\"12\"}]}" },
        { "empty list",
          { .day = DAY_UNKNOWN, .ratio = -1, .whole = -1, .list = { .has = true } },
          "{\"list\":[]}" },
        { "two",
          { .day = DAY_UNKNOWN, .code = 1, .ratio = -1, .whole = 5 },
          "{\"code\":\"1\",\"whole\":5}" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char        place[PLACE_BYTES];
        struct text text = text_in(place, sizeof place);
        out_object(&text, thing_rows, &cases[i].thing);
        CASE_SPAN(cases[i].name, text_span(&text), span_of(cases[i].json));
    }
}

static void
what_json_cannot_hold_is_escaped(void **state)
{
    static const struct {
        struct span value;
        const char *json;
    } cases[] = {
        { { "", 0 }, "\"\"" },
        { { "a", 1 }, "\"a\"" },
        { { "\"", 1 }, "\"\\\"\"" },
        { { "\\", 1 }, "\"\\\\\"" },
        { { "a\"b\\c", 5 }, "\"a\\\"b\\\\c\"" },
        { { "\n\t\r", 3 }, "\"\\u000a\\u0009\\u000d\"" },
        { { "\0\x1f", 2 }, "\"\\u0000\\u001f\"" },
        { { "\x7f/", 2 }, "\"\x7f/\"" },
        { { "高", 3 }, "\"高\"" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char        place[PLACE_BYTES];
        struct text text = text_in(place, sizeof place);
        out_quoted(&text, cases[i].value);
        CASE_SPAN(cases[i].json, text_span(&text), span_of(cases[i].json));
    }
}

static void
a_place_too_small_is_said_and_not_overrun(void **state)
{
    struct thing thing = empty;

    (void)state;
    thing.text = span_of("0123456789\n");
    thing.whole = 5;
    for (size_t room = 1; room < 34; room++) {
        char        place[PLACE_BYTES];
        struct text text = text_in(place, room);
        memset(place + room, 'x', sizeof place - room);
        out_object(&text, thing_rows, &thing);
        assert_true(text.is_full);
        for (size_t i = room; i < sizeof place; i++)
            assert_int_equal(place[i], 'x');
    }
}

/* Texts of every length, in which any byte may be one that needs an escape. */
static void
what_needs_an_escape_is_found_wherever_it_stands(void **state)
{
    static const unsigned char signs[] = { 'a',  'Z',  0x1f, 0x20, '"',  '\\', 0x00,
                                           0x7f, 0x80, 0xa2, 0xe3, 0xff, '[',  '!' };
    (void)state;
    srand(8);
    for (int round = 0; round < 20000; round++) {
        char        value[24], written[160], expected[160];
        size_t      length = (size_t)round % sizeof value;
        struct text text = text_in(written, sizeof written);
        struct text wanted = text_in(expected, sizeof expected);
        text_add_byte(&wanted, '"');
        for (size_t i = 0; i < length; i++) {
            value[i] = (char)(rand() % 4 == 0 ? signs[(size_t)rand() % sizeof signs] : 'x');
            unsigned char byte = (unsigned char)value[i];
            if (byte < 0x20)
                text_add_format(&wanted, "\\u%04x", byte);
            else if (byte == '"' || byte == '\\')
                text_add_format(&wanted, "\\%c", byte);
            else
                text_add_byte(&wanted, value[i]);
        }
        text_add_byte(&wanted, '"');
        out_quoted(&text, span_make(value, length));
        assert_true(span_equal(text_span(&text), text_span(&wanted)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_needs_an_escape_is_found_wherever_it_stands),
        cmocka_unit_test(values_are_written_and_empty_ones_left_out),
        cmocka_unit_test(what_json_cannot_hold_is_escaped),
        cmocka_unit_test(a_place_too_small_is_said_and_not_overrun),
    };
    return cmocka_run_group_tests_name("wire/out", tests, NULL, NULL);
}
