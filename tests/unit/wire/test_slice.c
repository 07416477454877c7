#include "../cases.h"

#include "base/text.h"
#include "wire/slice.h"

enum { PLACE_BYTES = 512 };

/* Members or elements as "name=value;" each; "!" at the end when the text is broken. */
static struct span
taken_apart(const char *json, char bracket, char *place)
{
    struct text  text = text_in(place, PLACE_BYTES);
    struct slice slice;
    struct span  name = { 0 };
    struct span  value;

    slice_start(&slice, span_of(json));
    if (slice_enter(&slice, bracket))
        while (slice_next(&slice, bracket == '{' ? &name : NULL, &value)) {
            text_add(&text, name);
            text_add_byte(&text, '=');
            text_add(&text, value);
            text_add_byte(&text, ';');
        }
    if (!slice_end(&slice))
        text_add_byte(&text, '!');
    return text_span(&text);
}

static void
sound_texts_come_apart(void **state)
{
    static const struct {
        const char *json;
        char        bracket;
        const char *parts;
    } cases[] = {
        { "{}", '{', "" },
        { " [ ] \n", '[', "" },
        { "[1,2]", '[', "=1;=2;" },
        { "[ 1 ,\n\"a,b\" , {\"c\":[1,2]} ]", '[', "=1;=\"a,b\";={\"c\":[1,2]};" },
        { "{\"a\" : 1 , \"b\":[ ] }", '{', "a=1;b=[ ];" },
        { "[\"\\\"]\",\"\\\\\"]", '[', "=\"\\\"]\";=\"\\\\\";" },
        { "{\"a\\\"b\":1}", '{', "a\\\"b=1;" },
        { "[[[[]]],{\"x\":{\"y\":\"}\"}}]", '[', "=[[[]]];={\"x\":{\"y\":\"}\"}};" },
        { "[\"\xe6\x9e\xb6\xe7\xa9\xba\"]", '[', "=\"\xe6\x9e\xb6\xe7\xa9\xba\";" },
    };
    char place[PLACE_BYTES];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_SPAN(cases[i].json, taken_apart(cases[i].json, cases[i].bracket, place),
                  span_of(cases[i].parts));
}

static void
an_unsound_value_spoils_no_other(void **state)
{
    static const struct {
        const char *json;
        const char *parts;
    } cases[] = {
        { "[1,no sense,3]", "=1;=no sense;=3;" },
        { "[1,{\"a\" \"b\"},3]", "=1;={\"a\" \"b\"};=3;" },
        { "[1,{\"a\":1],3]", "=1;={\"a\":1];=3;" },
        { "[1,\"raw\nfeed\",3]", "=1;=\"raw\nfeed\";=3;" },
        { "[1:2]", "=1:2;" },
    };
    char place[PLACE_BYTES];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_SPAN(cases[i].json, taken_apart(cases[i].json, '[', place), span_of(cases[i].parts));
}

static void
broken_texts_are_told(void **state)
{
    static const struct {
        const char *json;
        char        bracket;
        const char *parts;
    } cases[] = {
        { "", '[', "!" },         { "{}", '[', "!" },
        { "[", '[', "!" },        { "[1", '[', "!" },
        { "[1,", '[', "=1;!" },   { "[1,]", '[', "=1;!" },
        { "[,1]", '[', "!" },     { "[1 2", '[', "!" },
        { "[\"a]", '[', "!" },    { "[[1]", '[', "!" },
        { "[1] x", '[', "=1;!" }, { "[1]]", '[', "=1;!" },
        { "{1:2}", '{', "!" },    { "{\"a\"}", '{', "!" },
        { "{\"a\":}", '{', "!" }, { "{\"a\":1,}", '{', "a=1;!" },
        { "{\"a\":1", '{', "!" }, { "{\"a", '{', "!" },
        { "{\"a\\", '{', "!" },
    };
    char place[PLACE_BYTES];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_SPAN(cases[i].json, taken_apart(cases[i].json, cases[i].bracket, place),
                  span_of(cases[i].parts));
}

/* Whatever the bytes are: it ends, and no part lies outside of the text or in the one before. */
static void
parts_lie_in_order_within_the_text(void **state)
{
    static const char alphabet[] = "{}[]\",:\\ 1\n";
    uint64_t          seed = 7;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char   json[24];
        size_t length = random_next(&seed) % sizeof json;
        for (size_t i = 0; i < length; i++)
            json[i] = alphabet[random_next(&seed) % (sizeof alphabet - 1)];
        struct slice slice;
        struct span  name;
        struct span  value;
        const char  *behind = json;
        slice_start(&slice, span_make(json, length));
        bool is_object = round % 2 == 0;
        if (!slice_enter(&slice, is_object ? '{' : '['))
            continue;
        while (slice_next(&slice, is_object ? &name : NULL, &value)) {
            assert_true(value.bytes > behind && value.length > 0);
            behind = value.bytes + value.length;
            assert_true(behind <= json + length);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_texts_come_apart),
        cmocka_unit_test(an_unsound_value_spoils_no_other),
        cmocka_unit_test(broken_texts_are_told),
        cmocka_unit_test(parts_lie_in_order_within_the_text),
    };
    return cmocka_run_group_tests_name("wire/slice", tests, NULL, NULL);
}
