#include "../cases.h"

#include "base/map.h"

static void
an_empty_map_finds_nothing_and_may_be_closed_twice(void **state)
{
    struct map map;
    uint32_t   value = 7;

    (void)state;
    map_open(&map, 4);
    assert_false(map_get(&map, "abcd", &value));
    assert_int_equal(value, 7);
    map_close(&map);
    map_close(&map);
}

static void
every_key_that_was_put_is_found_with_its_last_value(void **state)
{
    enum { KEYS = 5000 };
    struct map map;

    (void)state;
    map_open(&map, sizeof(uint32_t));
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t key = 0; key < KEYS; key++)
            assert_true(map_put(&map, &key, key * 3 + round));
    assert_int_equal(map.count, KEYS);
    for (uint32_t key = 0; key < KEYS; key++) {
        uint32_t value = 0;
        assert_true(map_get(&map, &key, &value));
        assert_int_equal(value, key * 3 + 1);
    }
    for (uint32_t key = KEYS; key < 2 * KEYS; key++) {
        uint32_t value = 0;
        assert_false(map_get(&map, &key, &value));
    }
    assert_true(map.count * 3 <= map.slots * 2);
    map_close(&map);
}

static void
keys_are_copied_and_compared_over_their_whole_length(void **state)
{
    struct map    map;
    unsigned char key[MAP_KEY_BYTES_MAX] = { 0 };
    uint32_t      value = 0;

    (void)state;
    map_open(&map, sizeof key);
    assert_true(map_put(&map, key, 1));
    key[MAP_KEY_BYTES_MAX - 1] = 1;
    assert_false(map_get(&map, key, &value));
    assert_true(map_put(&map, key, 2));
    key[MAP_KEY_BYTES_MAX - 1] = 0;
    assert_true(map_get(&map, key, &value));
    assert_int_equal(value, 1);
    map_close(&map);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_finds_nothing_and_may_be_closed_twice),
        cmocka_unit_test(every_key_that_was_put_is_found_with_its_last_value),
        cmocka_unit_test(keys_are_copied_and_compared_over_their_whole_length),
    };
    return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
