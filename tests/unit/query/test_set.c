#include "../cases.h"

#include "query/set.h"
#include "query/stmt.h"

/* What PostgreSQL's array_send gives, by hand: dimensions, has nulls, element type, count, first
 * index, then each element with its length. */
#define HEAD(nulls, oid_high, oid_low, count) \
    0, 0, 0, 1, 0, 0, 0, (nulls), 0, 0, (oid_high), (oid_low), 0, 0, 0, (count), 0, 0, 0, 1

static void
check_param(const struct set *set, int param, const unsigned char *bytes, size_t length)
{
    assert_int_equal(set->lengths[param], length);
    assert_memory_equal(set->values[param], bytes, length);
}

static void
arrays_are_as_postgresql_writes_them(void **state)
{
    static const unsigned char facilities[] = {
        HEAD(0, 0, 23, 2), 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xfe
    };
    static const unsigned char keys[] = {
        HEAD(0, 0, 25, 2), 0, 0, 0, 3, 'a', ':', 'b', 0, 0, 0, 0
    };
    /* 2000-01-02 is 1, and infinity the greatest */
    static const unsigned char days[] = {
        HEAD(0, 4, 0x3a, 2), 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff
    };
    struct ask asks[2];
    struct set set = { 0 };

    (void)state;
    ask_start(&asks[0], STMT_ELIGIBILITY_FIND);
    ask_number(&asks[0], 7);
    ask_bytes(&asks[0], span_of("a:b"));
    ask_number(&asks[0], 10958);
    ask_start(&asks[1], STMT_ELIGIBILITY_FIND);
    ask_number(&asks[1], -2);
    ask_bytes(&asks[1], span_of(""));
    ask_number(&asks[1], DAY_FOREVER);
    const struct ask *const pointers[] = { &asks[0], &asks[1] };
    assert_int_equal(set_build(&set, STMT_ELIGIBILITY_FIND, pointers, 2), FAULT_NONE);
    assert_int_equal(set.param_count, 3);
    check_param(&set, 0, facilities, sizeof facilities);
    check_param(&set, 1, keys, sizeof keys);
    check_param(&set, 2, days, sizeof days);
    set_close(&set);
}

static void
nulls_have_no_bytes_and_are_announced(void **state)
{
    static const unsigned char keys[] = {
        HEAD(1, 0, 25, 2), 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 'x'
    };
    static const unsigned char days[] = {
        HEAD(1, 4, 0x3a, 2), 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 4, 0xff, 0xff, 0xd5, 0x33
    };
    struct ask asks[2];
    struct set set = { 0 };

    (void)state;
    ask_start(&asks[0], STMT_ELIGIBILITY_FIND);
    ask_number(&asks[0], 1);
    ask_text_or_null(&asks[0], span_of(""));
    ask_null(&asks[0]);
    ask_start(&asks[1], STMT_ELIGIBILITY_FIND);
    ask_number(&asks[1], 2);
    ask_text_or_null(&asks[1], span_of("x"));
    ask_number(&asks[1], 0); /* 1970-01-01 is -10957 */
    const struct ask *const pointers[] = { &asks[0], &asks[1] };
    assert_int_equal(set_build(&set, STMT_ELIGIBILITY_FIND, pointers, 2), FAULT_NONE);
    check_param(&set, 1, keys, sizeof keys);
    check_param(&set, 2, days, sizeof days);
    set_close(&set);
}

static void
what_is_no_set_is_sent_as_plain_values(void **state)
{
    static const unsigned char watermark[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    struct ask                 ask;
    struct set                 set = { 0 };
    const struct ask *const    pointers[] = { &ask };

    (void)state;
    ask_start(&ask, STMT_DIRECTORY_FACILITIES);
    ask_number(&ask, 0x0102030405060708);
    assert_int_equal(set_build(&set, STMT_DIRECTORY_FACILITIES, pointers, 1), FAULT_NONE);
    check_param(&set, 0, watermark, sizeof watermark);
    ask_start(&ask, STMT_DIRECTORY_FACILITIES);
    ask_null(&ask);
    assert_int_equal(set_build(&set, STMT_DIRECTORY_FACILITIES, pointers, 1), FAULT_NONE);
    assert_null(set.values[0]);
    set_close(&set);
}

static void
shared_parameters_come_once_from_the_first(void **state)
{
    static const unsigned char day[] = { 0, 0, 0, 1 };
    struct ask                 asks[3];
    const struct ask          *pointers[3];
    struct set                 set = { 0 };
    const struct stmt_row     *row = stmt_info(STMT_REFERENCE_NUMBER_DELETE);
    unsigned char              uuid[16] = { 9 };

    (void)state;
    for (int i = 0; i < 3; i++) {
        pointers[i] = &asks[i];
        ask_start(&asks[i], STMT_REFERENCE_NUMBER_DELETE);
        for (int param = 0; param < stmt_param_count(row); param++)
            if (row->params[param] == PG_UUID)
                ask_bytes(&asks[i], span_make((const char *)uuid, sizeof uuid));
            else if (param == 1)
                ask_null(&asks[i]);
            else
                ask_number(&asks[i], 10958);
    }
    assert_int_equal(set_build(&set, STMT_REFERENCE_NUMBER_DELETE, pointers, 3), FAULT_NONE);
    check_param(&set, 0, day, sizeof day);
    assert_null(set.values[1]);
    assert_int_equal(set.lengths[3], 20 + 3 * (4 + 16));
    assert_int_equal(set.values[3][19], 1);
    set_close(&set);
}

static void
more_than_the_limit_is_refused_and_the_set_can_be_used_again(void **state)
{
    static char             bytes[SET_BYTES_MAX];
    struct ask              ask;
    struct set              set = { 0 };
    const struct ask *const pointers[] = { &ask };

    (void)state;
    ask_start(&ask, STMT_ELIGIBILITY_FIND);
    ask_number(&ask, 1);
    ask_bytes(&ask, span_make(bytes, sizeof bytes));
    ask_number(&ask, 1);
    assert_int_equal(set_build(&set, STMT_ELIGIBILITY_FIND, pointers, 1), FAULT_STORE_BUSY);
    ask.values[1].bytes.length = SET_BYTES_MAX / 2;
    assert_int_equal(set_build(&set, STMT_ELIGIBILITY_FIND, pointers, 1), FAULT_NONE);
    assert_int_equal(set.lengths[1], 20 + 4 + SET_BYTES_MAX / 2);
    set_close(&set);
    set_close(&set); /* accepts one that is closed */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_as_postgresql_writes_them),
        cmocka_unit_test(nulls_have_no_bytes_and_are_announced),
        cmocka_unit_test(what_is_no_set_is_sent_as_plain_values),
        cmocka_unit_test(shared_parameters_come_once_from_the_first),
        cmocka_unit_test(more_than_the_limit_is_refused_and_the_set_can_be_used_again),
    };
    return cmocka_run_group_tests_name("query/set", tests, NULL, NULL);
}
