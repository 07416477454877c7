/* Tests of document/page and document/press: a page for everything that a document can say. */
#define _GNU_SOURCE /* memmem */
#include "keys.h"

#include "document/page.h"
#include "document/payload.h"
#include "document/press.h"

static char place[PAGE_BYTES_MAX];
static char again[PAGE_BYTES_MAX];

static struct span
drawn(enum document_kind kind, const struct document_fields *fields, char into[PAGE_BYTES_MAX])
{
    struct text text = text_in(into, PAGE_BYTES_MAX);
    int32_t     unknown = -1;

    assert_int_equal(page_write(kind, fields, span_of("SHIKAKU1:A"), &text, &unknown), FAULT_NONE);
    assert_int_equal(unknown, 0);
    return text_span(&text);
}

static bool
has(struct span page, const char *word)
{
    return memmem(page.bytes, page.length, word, strlen(word)) != NULL;
}

static void
the_fonts_of_the_form_are_there(void **state)
{
    (void)state;
    assert_true(page_has_fonts());
}

static void
the_same_fields_make_the_same_bytes(void **state)
{
    struct document_fields fields = sample_fields();
    struct span            page = drawn(DOCUMENT_CERTIFICATE, &fields, place);

    (void)state;
    CASE_SPAN("again", drawn(DOCUMENT_CERTIFICATE, &fields, again), page);
    assert_true(page.length > 4 && memcmp(page.bytes, "%PDF", 4) == 0);
    fields.valid_until++;
    assert_false(span_equal(drawn(DOCUMENT_CERTIFICATE, &fields, again), page));
}

static void
its_properties_say_the_day_of_issue_and_nobodys_name(void **state)
{
    struct document_fields fields = sample_fields();

    (void)state;
    fields.name = span_of("John Doe");
    struct span page = drawn(DOCUMENT_NOTICE, &fields, place);
    assert_true(has(page, "/CreationDate (20260401000000+09'00)"));
    assert_true(has(page, "/Creator (Shikaku)"));
    assert_false(has(page, "John") || has(page, "1234568"));
}

static void
the_longest_names_and_ideographs_of_the_family_register_fit(void **state)
{
    char                   name[DOCUMENT_NAME_BYTES_MAX];
    struct document_fields fields = sample_fields();

    (void)state;
    for (size_t i = 0; i < sizeof name / 3; i++)
        memcpy(name + 3 * i, "鷗", 3);
    fields.name = fields.name_kana = fields.insurer_name = span_make(name, sizeof name);
    drawn(DOCUMENT_CERTIFICATE, &fields, place);
    fields.name = span_of("𠮷野　葛󠄀子　髙﨑");
    fields.name_kana = fields.symbol = fields.branch_number = span_of("");
    fields.burden_ratio = BURDEN_NOT_STATED;
    fields.valid_until = DAY_UNKNOWN;
    fields.relation = 0;
    fields.birth_date = DAY_FIRST;
    drawn(DOCUMENT_NOTICE, &fields, place);
}

static void
a_character_that_no_font_has_is_counted(void **state)
{
    struct document_fields fields = sample_fields();
    struct text            text = text_in(place, sizeof place);
    int32_t                unknown = 0;

    (void)state;
    fields.name = span_of("見本\xf3\xb0\x80\x80"); /* for private use */
    assert_int_equal(page_write(DOCUMENT_NOTICE, &fields, span_of("A"), &text, &unknown),
                     FAULT_NONE);
    assert_int_equal(unknown, 1);
}

static void
a_page_is_never_cut(void **state)
{
    struct document_fields fields = sample_fields();
    struct text            text = text_in(place, 2000);
    int32_t                unknown = 0;

    (void)state;
    assert_int_equal(page_write(DOCUMENT_NOTICE, &fields, span_of("A"), &text, &unknown),
                     FAULT_REQUEST_TOO_LARGE);
}

static void
a_press_without_a_key_issues_nothing(void **state)
{
    struct press           press;
    struct document_fields fields = sample_fields();
    struct pressed         pressed;
    struct blame           blame;

    (void)state;
    assert_null(press_open(&press, "", "shikaku.example"));
    assert_false(press_is_ready(&press));
    assert_int_equal(press_make(&press, DOCUMENT_NOTICE, &fields, NULL, &pressed, &blame),
                     FAULT_DOCUMENTS_AWAY);
    assert_non_null(press_open(&press, "/nowhere", "shikaku.example"));
    assert_non_null(press_open(&press, "/nowhere", "Not An Issuer"));
    assert_non_null(press_open(&press, "/nowhere", ""));
    press_close(&press);
}

static void
kana_that_do_not_fit_beside_the_name_stay_away(void **state)
{
    char                   name[270];
    struct keys            keys;
    struct press           press = { .issuer = "shikaku.example" };
    struct document_fields fields = sample_fields();
    struct arena           arena = { 0 };
    struct pressed         pressed;
    struct payload         payload;
    struct blame           blame;

    (void)state;
    keys_open(&keys);
    press.signer = keys.signer;
    assert_true(arena_open(&arena, 4096, 1 << 20));
    for (size_t i = 0; i < sizeof name / 3; i++)
        memcpy(name + 3 * i, "長", 3);
    fields.name = fields.name_kana = span_make(name, sizeof name);
    assert_int_equal(press_make(&press, DOCUMENT_NOTICE, &fields, &arena, &pressed, &blame),
                     FAULT_NONE);
    CASE_INT("signed", payload_read(pressed.payload, keys.verifier, &payload), PAYLOAD_HOLDS);
    CASE_SPAN("name", payload.fields.name, fields.name);
    CASE_INT("kana", (int64_t)payload.fields.name_kana.length, 0);
    arena_close(&arena);
    keys_close(&keys);
}

static int
end(void **state)
{
    (void)state;
    page_end();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fonts_of_the_form_are_there),
        cmocka_unit_test(the_same_fields_make_the_same_bytes),
        cmocka_unit_test(its_properties_say_the_day_of_issue_and_nobodys_name),
        cmocka_unit_test(the_longest_names_and_ideographs_of_the_family_register_fit),
        cmocka_unit_test(a_character_that_no_font_has_is_counted),
        cmocka_unit_test(a_page_is_never_cut),
        cmocka_unit_test(a_press_without_a_key_issues_nothing),
        cmocka_unit_test(kana_that_do_not_fit_beside_the_name_stay_away),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
