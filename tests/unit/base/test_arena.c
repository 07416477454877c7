#include "../cases.h"

#include "base/arena.h"

static void
memory_comes_back_zeroed_and_aligned(void **state)
{
    struct arena arena;

    (void)state;
    assert_true(arena_open(&arena, 256, 4096));
    for (int round = 0; round < 3; round++) {
        for (size_t bytes = 0; bytes < 70; bytes++) {
            unsigned char *memory = arena_take(&arena, bytes);
            assert_non_null(memory);
            assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < bytes; i++)
                assert_int_equal(memory[i], 0);
            memset(memory, 0xA5, bytes); /* dirt for the next round to find */
        }
        arena_reset(&arena);
    }
    arena_close(&arena);
}

static void
pieces_do_not_overlap_across_blocks(void **state)
{
    enum { PIECES = 60 };
    struct arena   arena;
    unsigned char *pieces[PIECES];

    (void)state;
    assert_true(arena_open(&arena, 64, 8192));
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_take(&arena, i + 1);
        assert_non_null(pieces[i]);
        memset(pieces[i], (int)i + 1, i + 1);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(pieces[i][k], i + 1);
    arena_close(&arena);
}

static void
the_limit_holds_over_all_blocks_and_ends_with_a_reset(void **state)
{
    struct arena arena;
    size_t       taken = 0;

    (void)state;
    assert_true(arena_open(&arena, 64, 1024));
    while (arena_take(&arena, 48) != NULL)
        taken += 48;
    assert_in_range(taken, 1024 - 48, 1024);
    assert_null(arena_take(&arena, 1025));
    assert_null(arena_take(&arena, SIZE_MAX));
    arena_reset(&arena);
    assert_non_null(arena_take(&arena, 1024));
    assert_null(arena_take(&arena, 1));
    arena_close(&arena);
}

static void
a_copy_ends_in_nul_and_is_its_own(void **state)
{
    struct arena arena;
    char         text[] = "text";

    (void)state;
    assert_true(arena_open(&arena, 64, 64));
    struct span copy = arena_copy(&arena, span_of(text));
    struct span empty = arena_copy(&arena, (struct span){ 0 });
    text[0] = 'n';
    CASE_SPAN("copy", copy, span_of("text"));
    assert_int_equal(copy.bytes[4], '\0');
    assert_int_equal(empty.length, 0);
    assert_non_null(empty.bytes);
    char big[65] = { 0 };
    assert_null(arena_copy(&arena, span_make(big, sizeof big)).bytes);
    arena_close(&arena);
}

struct undone {
    int order[8];
    int count;
};

struct kept {
    struct undone *undone;
    int            name;
};

static void
undo(void *thing)
{
    struct kept *kept = thing;
    kept->undone->order[kept->undone->count++] = kept->name;
}

static void
kept_things_are_undone_newest_first_and_once(void **state)
{
    struct arena  arena;
    struct undone undone = { 0 };
    struct kept   things[] = { { &undone, 1 }, { &undone, 2 }, { &undone, 3 } };

    (void)state;
    assert_true(arena_open(&arena, 64, 4096));
    for (size_t i = 0; i < ARRAY_LEN(things); i++)
        assert_true(arena_keep(&arena, &things[i], undo));
    assert_int_equal(undone.count, 0);
    arena_reset(&arena);
    assert_int_equal(undone.count, 3);
    assert_int_equal(undone.order[0], 3);
    assert_int_equal(undone.order[2], 1);
    arena_reset(&arena);
    assert_int_equal(undone.count, 3);
    assert_true(arena_keep(&arena, &things[0], undo));
    arena_close(&arena);
    assert_int_equal(undone.count, 4);
}

static void
a_thing_that_a_full_arena_cannot_keep_is_undone_at_once(void **state)
{
    struct arena  arena;
    struct undone undone = { 0 };
    struct kept   thing = { &undone, 7 };

    (void)state;
    assert_true(arena_open(&arena, 16, 16));
    assert_false(arena_keep(&arena, &thing, undo));
    assert_int_equal(undone.count, 1);
    arena_close(&arena);
    assert_int_equal(undone.count, 1);
}

static void
closing_accepts_what_was_never_opened(void **state)
{
    struct arena arena = { 0 };

    (void)state;
    arena_close(&arena);
    assert_null(arena.first);
}

static void
a_reset_wipes_what_the_first_block_held(void **state)
{
    struct arena arena;

    (void)state;
    assert_true(arena_open(&arena, 64, 64));
    char *secret = arena_take(&arena, 16);
    memcpy(secret, "0123456789abcdef", 16);
    arena_reset(&arena);
    for (int i = 0; i < 16; i++)
        assert_int_equal(secret[i], 0); /* the first block stays allocated */
    arena_close(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_comes_back_zeroed_and_aligned),
        cmocka_unit_test(pieces_do_not_overlap_across_blocks),
        cmocka_unit_test(the_limit_holds_over_all_blocks_and_ends_with_a_reset),
        cmocka_unit_test(a_copy_ends_in_nul_and_is_its_own),
        cmocka_unit_test(kept_things_are_undone_newest_first_and_once),
        cmocka_unit_test(a_thing_that_a_full_arena_cannot_keep_is_undone_at_once),
        cmocka_unit_test(closing_accepts_what_was_never_opened),
        cmocka_unit_test(a_reset_wipes_what_the_first_block_held),
    };
    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
