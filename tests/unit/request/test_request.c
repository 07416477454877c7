#include "../cases.h"

#include "request/request.h"

static void
no_two_holders_share_the_space_of_request_ids(void **state)
{
    const struct actor facility = { .holder = HOLDER_FACILITY, .facility_id = 6139992 };
    const struct actor largest = { .holder = HOLDER_FACILITY, .facility_id = INT32_MAX };
    const struct actor insurer = { .holder = HOLDER_INSURER, .insurer_number = "06139992" };
    const struct actor first = { .holder = HOLDER_INSURER, .insurer_number = "00000001" };

    (void)state;
    assert_int_equal(actor_id(&facility), 6139992);
    assert_int_equal(actor_id(&insurer), (INT64_C(2) << 32) + 6139992);
    assert_true(actor_id(&first) > actor_id(&largest));
    assert_true(actor_id(&insurer) < INT64_C(3) << 32);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_holders_share_the_space_of_request_ids),
    };
    return cmocka_run_group_tests_name("request/request", tests, NULL, NULL);
}
