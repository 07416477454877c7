#include "../cases.h"

#include "wire/claim_read.h"

#include <string.h>

enum { ARENA_BYTES = 64 * 1024 };

#define G "\x1d"
#define R "\x1e"
#define U "\x1f"

#define HEAD_OF(source, in_out) \
    "20728" U source U in_out U "1349990035" U "shop" U "1319990010" U "clinic" U "20732"
#define LINE_OF(code)                                                                              \
    "20732" U code U "2149026F1028" U "name" U "matter" U "1.5" U "pc" U "daily" U "none" U "28" U \
    "21"
#define BARE_LINE U U U U U U U U U U

static enum fault
read_text(struct arena *arena, const char *text, struct claim **ret_claims, size_t *ret_count)
{
    *ret_claims = NULL;
    *ret_count = 0;
    return claim_read(span_of(text), arena, ret_claims, ret_count);
}

static void
every_field_finds_its_place(void **state)
{
    struct arena  arena;
    struct claim *claims;
    size_t        count;
    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    CASE_INT("fault", read_text(&arena, HEAD_OF("1", "2") R LINE_OF("620000001"), &claims, &count),
             FAULT_NONE);
    CASE_INT("claims", count, 1);
    const struct claim *claim = &claims[0];
    CASE_INT("month", claim->month, 20728);
    CASE_INT("source", claim->source, 1);
    CASE_INT("in_out", claim->in_out, 2);
    CASE_TRUE("facility", span_is(claim->facility_code, "1349990035"));
    CASE_TRUE("facility's name", span_is(claim->facility_name, "shop"));
    CASE_TRUE("prescriber", span_is(claim->prescriber_code, "1319990010"));
    CASE_TRUE("prescriber's name", span_is(claim->prescriber_name, "clinic"));
    CASE_INT("prescribed_on", claim->prescribed_on, 20732);
    CASE_TRUE("counts", !claim->is_superseded);
    CASE_INT("lines", claim->line_count, 1);
    const struct claim_line *line = &claim->lines[0];
    const struct {
        struct span part;
        const char *text;
    } parts[] = {
        { line->code, "620000001" },    { line->yj_code, "2149026F1028" }, { line->name, "name" },
        { line->ingredient, "matter" }, { line->quantity, "1.5" },         { line->unit, "pc" },
        { line->usage, "daily" },       { line->instruction, "none" },     { line->kind, "21" },
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        CASE_SPAN(parts[i].text, parts[i].part, span_of(parts[i].text));
    CASE_INT("done_on", line->done_on, 20732);
    CASE_INT("times", line->times, 28);
    arena_close(&arena);
}

static void
an_empty_field_is_not_known(void **state)
{
    struct arena  arena;
    struct claim *claims;
    size_t        count;
    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    CASE_INT("fault", read_text(&arena, "-31" U "3" U "1" U U U U U R BARE_LINE, &claims, &count),
             FAULT_NONE);
    CASE_INT("a month before 1970", claims[0].month, -31);
    CASE_INT("prescribed_on", claims[0].prescribed_on, DAY_UNKNOWN);
    CASE_INT("done_on", claims[0].lines[0].done_on, DAY_UNKNOWN);
    CASE_INT("times", claims[0].lines[0].times, -1);
    CASE_TRUE("text", span_is_empty(claims[0].lines[0].name));
    arena_close(&arena);
}

static void
claims_and_lines_keep_their_order(void **state)
{
    struct arena  arena;
    struct claim *claims;
    size_t        count;
    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    CASE_INT("fault",
             read_text(&arena,
                       HEAD_OF("1", "2") R LINE_OF("a") R LINE_OF("b") G HEAD_OF("2", "1")
                           R                                             LINE_OF("c"),
                       &claims, &count),
             FAULT_NONE);
    CASE_INT("claims", count, 2);
    CASE_INT("lines of the first", claims[0].line_count, 2);
    CASE_INT("lines of the second", claims[1].line_count, 1);
    CASE_TRUE("a", span_is(claims[0].lines[0].code, "a"));
    CASE_TRUE("b", span_is(claims[0].lines[1].code, "b"));
    CASE_TRUE("c", span_is(claims[1].lines[0].code, "c"));
    CASE_INT("source of the second", claims[1].source, 2);
    arena_close(&arena);
}

static void
damage_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        G,
        R,
        "no claim",
        HEAD_OF("1", "2"),                                                 /* no line */
        HEAD_OF("1", "2") R,                                               /* an empty one */
        HEAD_OF("1", "2") R                            LINE_OF("x") R,     /* one more */
        HEAD_OF("1", "2") R                            LINE_OF("x") G,     /* one more claim */
        HEAD_OF("1", "2") U R                          LINE_OF("x"),       /* a field more */
        HEAD_OF("1", "2") R                            LINE_OF("x") U,     /* in a line */
        HEAD_OF("1", "2") R                            LINE_OF("x" U "y"), /* within it */
        HEAD_OF("", "2") R                             LINE_OF("x"),       /* no source */
        HEAD_OF("0", "2") R                            LINE_OF("x"),       /* none that there is */
        HEAD_OF("4", "2") R                            LINE_OF("x"),
        HEAD_OF("1", "3") R                            LINE_OF("x"),
        HEAD_OF("one", "2") R                          LINE_OF("x"),
        HEAD_OF("-", "2") R                            LINE_OF("x"),
        HEAD_OF("65537", "2") R                        LINE_OF("x"),
        HEAD_OF("99999999", "2") R                     LINE_OF("x"), /* no number of ours */
        HEAD_OF("1", "2") R "2073 2" U U U U U U U U U U,
        HEAD_OF("1", "2") R U U U U U U U U            U "2.8" U,
    };
    struct arena  arena;
    struct claim *claims;
    size_t        count;
    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        CASE_INT(texts[i], read_text(&arena, texts[i], &claims, &count), FAULT_STORE_REFUSED);
    arena_close(&arena);
}

/* However it is cut off: what is left is refused, or is a shorter text of the same kind. */
static void
a_text_cut_anywhere_gives_no_field_of_another(void **state)
{
    static const char       text[] =
        HEAD_OF("1", "2") R LINE_OF("abc") R LINE_OF("def") G HEAD_OF("1", "2") R LINE_OF("ghi");
    (void)state;
    for (size_t length = 0; length < sizeof text - 1; length++) {
        struct arena  arena;
        struct claim *claims = NULL;
        size_t        count = 0;
        assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
        enum fault fault = claim_read(span_make(text, length), &arena, &claims, &count);
        if (fault != FAULT_NONE)
            CASE_INT("fault", fault, FAULT_STORE_REFUSED);
        for (size_t i = 0; fault == FAULT_NONE && i < count; i++)
            for (size_t k = 0; k < claims[i].line_count; k++)
                CASE_INT("code", claims[i].lines[k].code.length, 3);
        arena_close(&arena);
    }
}

static void
what_has_no_room_is_too_large(void **state)
{
    struct arena  arena;
    struct claim *claims;
    size_t        count;
    char          text[4096];
    (void)state;
    memset(text, 0x1e, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, HEAD_OF("1", "2"), sizeof(HEAD_OF("1", "2")) - 1);
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    CASE_INT("fault", read_text(&arena, text, &claims, &count), FAULT_REQUEST_TOO_LARGE);
    arena_close(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_finds_its_place),
        cmocka_unit_test(an_empty_field_is_not_known),
        cmocka_unit_test(claims_and_lines_keep_their_order),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(a_text_cut_anywhere_gives_no_field_of_another),
        cmocka_unit_test(what_has_no_room_is_too_large),
    };
    return cmocka_run_group_tests_name("wire/claim_read", tests, NULL, NULL);
}
