#include "../cases.h"

#include "model/advice.h"

enum { ADVICE_BYTES = 512 };

static struct span
advise(char place[ADVICE_BYTES], enum reason reason, enum language language,
       const struct advice_facts *facts)
{
    struct text text = text_in(place, ADVICE_BYTES);
    advice_for_reception(&text, reason, language, facts);
    assert_false(text.is_full);
    return text_span(&text);
}

static bool
holds(struct span text, const char *words)
{
    return strstr(text.bytes, words) != NULL;
}

static const struct advice_facts known = { .insurer = { "架空健康保険組合", 24 },
                                           .contact = { "00-0000-0000", 12 },
                                           .due_on = 20000,
                                           .day = 20001,
                                           .reread = CARD_FIELD_NUMBER };

static const struct advice_facts unknown = { .due_on = DAY_UNKNOWN, .day = DAY_UNKNOWN };

static void
every_reason_has_one_sentence_for_each_reader(void **state)
{
    (void)state;
    for (int i = REASON_UNSET + 1; i < REASON_COUNT; i++) {
        char        place[ADVICE_BYTES];
        enum reason reason = (enum reason)i;
        const char *name = reason_info(reason)->name;
        for (int language = LANGUAGE_JAPANESE; language <= LANGUAGE_ENGLISH; language++) {
            struct span full = advise(place, reason, (enum language)language, &known);
            CASE_TRUE(name, full.length > 10 && !holds(full, "{") && !holds(full, "}"));
            struct span bare = advise(place, reason, (enum language)language, &unknown);
            CASE_TRUE(name, bare.length > 10 && !holds(bare, "{") && !holds(bare, "()"));
        }
        CASE_TRUE(name, strlen(advice_for_vendor(reason)) > 10);
    }
}

static void
places_are_filled_with_what_the_desk_can_act_on(void **state)
{
    static const struct {
        enum reason   reason;
        enum language language;
        const char   *words;
    } cases[] = {
        { REASON_LOST, LANGUAGE_JAPANESE, "2024-10-05に喪失" },
        { REASON_LOST, LANGUAGE_JAPANESE, "架空健康保険組合（00-0000-0000）" },
        { REASON_NOT_YET_STARTED, LANGUAGE_ENGLISH, "starts on 2024-10-05" },
        { REASON_NOTIFIED_NOT_REGISTERED, LANGUAGE_JAPANESE, "2024-10-04まで" },
        { REASON_NOTIFIED_NOT_REGISTERED, LANGUAGE_ENGLISH, "expected by 2024-10-04" },
        { REASON_MISTYPED, LANGUAGE_JAPANESE, "番号を読み直して" },
        { REASON_MISTYPED, LANGUAGE_ENGLISH, "Read the number again" },
        { REASON_AMBIGUOUS, LANGUAGE_JAPANESE, "枝番" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char place[ADVICE_BYTES];
        CASE_TRUE(cases[i].words,
                  holds(advise(place, cases[i].reason, cases[i].language, &known), cases[i].words));
    }
}

static void
what_is_not_known_is_said_in_general_words(void **state)
{
    char place[ADVICE_BYTES];

    (void)state;
    assert_true(holds(advise(place, REASON_LOST, LANGUAGE_ENGLISH, &unknown), "the insurer"));
    assert_true(holds(advise(place, REASON_LOST, LANGUAGE_JAPANESE, &unknown), "保険者"));
    assert_true(
        holds(advise(place, REASON_NOTIFIED_NOT_REGISTERED, LANGUAGE_JAPANESE, &unknown), "近日"));
    assert_true(holds(advise(place, REASON_MISTYPED, LANGUAGE_ENGLISH, &unknown), "entry"));
}

static void
a_place_too_small_is_said_and_not_overrun(void **state)
{
    (void)state;
    for (size_t room = 1; room < 64; room++) {
        char        place[64] = { 0 };
        struct text text = text_in(place, room);
        place[room] = 'x';
        advice_for_reception(&text, REASON_LOST, LANGUAGE_JAPANESE, &known);
        assert_true(text.is_full);
        assert_int_equal(place[room], 'x');
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_one_sentence_for_each_reader),
        cmocka_unit_test(places_are_filled_with_what_the_desk_can_act_on),
        cmocka_unit_test(what_is_not_known_is_said_in_general_words),
        cmocka_unit_test(a_place_too_small_is_said_and_not_overrun),
    };
    return cmocka_run_group_tests_name("model/advice", tests, NULL, NULL);
}
