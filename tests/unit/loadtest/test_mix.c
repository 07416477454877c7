#include "../cases.h"

/* The client has a random_next() of its own, which nothing here calls. */
#define random_next load_random_next
#include "../../../loadtest/client/job.h"
#undef random_next

#include <stdio.h>
#include <string.h>

static bool
parse(struct mix *mix, const char *text)
{
    static char      bytes[MIX_FILE_BYTES_MAX];
    struct complaint complaint = { "" };

    *mix = (struct mix){ 0 };
    snprintf(bytes, sizeof bytes, "%s", text);
    bool is_read = mix_parse(mix, bytes, "test.mix", &complaint);
    CASE_TRUE(text, is_read == (complaint.text[0] == '\0'));
    return is_read;
}

static void
a_mix_is_shares_and_options(void **state)
{
    struct mix mix;

    (void)state;
    CASE_TRUE("read", parse(&mix, "# a comment\n\nhospital number 4.5 # more\n"
                                  "  pharmacy\tlist 1e3\r\noption rate 1700\noption tolerate\n"));
    CASE_INT("shares", mix.count, 2);
    CASE_TEXT("kind", mix.shares[1].kind, "pharmacy");
    CASE_TEXT("way", mix.shares[1].way, "list");
    CASE_INT("weight", (int64_t)mix.shares[1].weight, 1000);
    CASE_INT("words", mix.word_count, 3);
    CASE_TEXT("name", mix.words[0], "--rate");
    CASE_TEXT("value", mix.words[1], "1700");
    CASE_TEXT("flag", mix.words[2], "--tolerate");
}

static void
a_line_that_is_no_share_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "# nothing\n",
        "option rate 5\n",
        "hospital number\n",
        "hospital number x\n",
        "hospital number 0\n",
        "hospital number -1\n",
        "hospital number nan\n",
        "hospital number 1 2\n",
        "any number 1\nhospital number 1\n",
        "any number 1\noption a-name-that-is-far-too-long-for-any-option 1\n",
    };
    struct mix mix;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        CASE_TRUE(texts[i], !parse(&mix, texts[i]));
}

static void
shares_are_drawn_by_their_weights_within_a_kind(void **state)
{
    struct mix mix;
    size_t     found[3] = { 0 };

    (void)state;
    CASE_TRUE("read", parse(&mix, "a x 1\nb x 5\na y 3\n"));
    for (int i = 0; i < 1000; i++)
        found[mix_draw(&mix, "a", i / 1000.0)]++;
    CASE_INT("a quarter", found[0], 250);
    CASE_INT("another kind's", found[1], 0);
    CASE_INT("three quarters", found[2], 750);
    CASE_INT("the end", mix_draw(&mix, "a", 0.9999999999999999), 2);
}

static void
connections_are_of_kinds_as_the_weights_are(void **state)
{
    struct mix mix;
    uint64_t   taken[LOAD_SHARES_MAX] = { 0 };
    int        pharmacies = 0;

    (void)state;
    CASE_TRUE("read", parse(&mix, "hospital x 2\npharmacy x 3\npharmacy y 3\nclinic y 2\n"));
    for (int i = 1; i <= 100; i++) {
        pharmacies += strcmp(mix_kind_next(&mix, taken), "pharmacy") == 0;
        CASE_TRUE("never far off", pharmacies * 10 >= i * 6 - 10 && pharmacies * 10 <= i * 6 + 10);
    }
    CASE_INT("hospitals", taken[0], 20);
    CASE_INT("clinics", taken[3], 20);
}

static void
the_reasons_of_a_page_are_compared_one_by_one(void **state)
{
    static const struct {
        const char *page, *expected;
        bool        is_same;
        int         items;
    } rows[] = {
        { "[{\"reason\":\"a\"},{\"reason\":\"bc\"}]", "a,bc", true, 2 },
        { "[{\"reason\":\"a\"},{\"reason\":\"bc\"}]", "a,b", false, 2 },
        { "[{\"reason\":\"a\"},{\"reason\":\"bc\"}]", "bc,a", false, 2 },
        { "[{\"reason\":\"a\"},{\"reason\":\"bc\"}]", "a", false, 2 },
        { "[{\"reason\":\"a\"}]", "a,bc", false, 1 },
        { "[{\"reason\":\"ab\"}]", "a", false, 1 },
        { "[{\"reason\":\"", "a", false, 1 },
        { "[]", "a", false, 0 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct text page = { rows[i].page, strlen(rows[i].page) };
        struct text expected = { rows[i].expected, strlen(rows[i].expected) };
        uint64_t    items = 0;

        CASE_INT(rows[i].page, answer_reasons_are(page, expected, &items), rows[i].is_same);
        CASE_INT(rows[i].page, items, rows[i].items);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mix_is_shares_and_options),
        cmocka_unit_test(a_line_that_is_no_share_is_refused),
        cmocka_unit_test(shares_are_drawn_by_their_weights_within_a_kind),
        cmocka_unit_test(connections_are_of_kinds_as_the_weights_are),
        cmocka_unit_test(the_reasons_of_a_page_are_compared_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
