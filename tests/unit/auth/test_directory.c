#include "../cases.h"

#include "auth/directory.h"

#include <stdio.h>

enum { TODAY = 20000 };

static const instant_t NOW = INT64_C(20000) * 86400 * 1000000;

static struct directory directory;

static const unsigned char *
fingerprint(unsigned char number)
{
    static unsigned char bytes[FINGERPRINT_BYTES];
    memset(bytes, number, sizeof bytes);
    return bytes;
}

static void
put_certificate(unsigned char number, enum holder_kind holder, int32_t holder_id)
{
    const struct directory_certificate certificate = { .certificate_id = number,
                                                       .holder = holder,
                                                       .holder_id = holder_id,
                                                       .not_before = NOW - 1,
                                                       .not_after = NOW + 1 };
    assert_true(directory_put_certificate(&directory, fingerprint(number), &certificate));
}

static int
fill(void **state)
{
    const struct directory_facility facility = { .facility_id = 7,
                                                 .code = "1310000017",
                                                 .kind = 1,
                                                 .status = FACILITY_OPERATING,
                                                 .rights = RIGHTS_FULL,
                                                 .valid_from = 0,
                                                 .valid_to = DAY_FOREVER };
    const struct directory_insurer  open = { .number = "00139998", .valid_to = DAY_FOREVER };
    const struct directory_insurer  closed = { .number = "06139992", .valid_to = TODAY };
    const struct directory_insurer  future = { .number = "01139997",
                                               .valid_from = TODAY + 1,
                                               .valid_to = DAY_FOREVER };

    (void)state;
    directory_open(&directory);
    assert_true(directory_put_facility(&directory, &facility));
    assert_true(directory_put_insurer(&directory, &open));
    assert_true(directory_put_insurer(&directory, &closed));
    assert_true(directory_put_insurer(&directory, &future));
    put_certificate(1, HOLDER_FACILITY, 7);
    put_certificate(2, HOLDER_INSURER, 139998);
    put_certificate(3, HOLDER_INSURER, 6139992);
    put_certificate(4, HOLDER_INSURER, 1139997);
    put_certificate(5, HOLDER_INSURER, 99999999);
    put_certificate(6, HOLDER_OPERATOR, 1);
    return 0;
}

static int
empty(void **state)
{
    (void)state;
    directory_close(&directory);
    return 0;
}

static void
a_certificate_is_its_holder_and_nobody_else(void **state)
{
    static const struct {
        unsigned char        number;
        enum fault           fault;
        enum holder_kind     holder;
        const char          *insurer;
        enum facility_status status;
    } cases[] = {
        { 1, FAULT_NONE, HOLDER_FACILITY, "", FACILITY_OPERATING },
        { 2, FAULT_NONE, HOLDER_INSURER, "00139998", FACILITY_OPERATING },
        { 3, FAULT_NONE, HOLDER_INSURER, "06139992", FACILITY_SUSPENDED },
        { 4, FAULT_NONE, HOLDER_INSURER, "01139997", FACILITY_SUSPENDED },
        { 5, FAULT_CERTIFICATE_UNKNOWN, HOLDER_INSURER, NULL, 0 },
        { 6, FAULT_NONE, HOLDER_OPERATOR, "", FACILITY_OPERATING },
        { 9, FAULT_CERTIFICATE_UNKNOWN, HOLDER_UNKNOWN, NULL, 0 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char         name[16];
        struct actor actor = { 0 };
        snprintf(name, sizeof name, "%d", cases[i].number);
        CASE_INT(name,
                 directory_recognise(&directory, fingerprint(cases[i].number), NOW, TODAY, &actor),
                 cases[i].fault);
        if (cases[i].fault != FAULT_NONE)
            continue;
        CASE_INT(name, actor.holder, cases[i].holder);
        CASE_TEXT(name, actor.insurer_number, cases[i].insurer);
        CASE_INT(name, actor.status, cases[i].status);
        CASE_INT(name, actor.facility_id, cases[i].holder == HOLDER_FACILITY ? 7 : 0);
        CASE_INT(name, actor.certificate_id, cases[i].number);
    }
}

static void
outside_its_own_time_a_certificate_is_refused_whoever_holds_it(void **state)
{
    struct actor actor;

    (void)state;
    for (unsigned char number = 1; number <= 2; number++) {
        const unsigned char *print = fingerprint(number);
        assert_int_equal(directory_recognise(&directory, print, NOW - 2, TODAY, &actor),
                         FAULT_CERTIFICATE_REVOKED);
        assert_int_equal(directory_recognise(&directory, print, NOW + 1, TODAY, &actor),
                         FAULT_CERTIFICATE_REVOKED);
    }
    assert_int_equal(directory_recognise(&directory, NULL, NOW, TODAY, &actor),
                     FAULT_CERTIFICATE_UNKNOWN);
}

/* In whatever order they come. */
static void
of_a_parameter_the_value_of_the_latest_day_that_has_begun_is_in_force(void **state)
{
    static const struct directory_parameter put[] = {
        { "months", 20, "24" }, { "month", 5, "other" },   { "months", 30, "36" },
        { "months", 10, "12" }, { "monthss", 5, "other" },
    };
    static const struct {
        const char *name;
        day_t       day;
        const char *value;
    } cases[] = {
        { "months", 9, NULL },     { "months", 10, "12" }, { "months", 19, "12" },
        { "months", 20, "24" },    { "months", 29, "24" }, { "months", 30, "36" },
        { "months", TODAY, "36" }, { "a", TODAY, NULL },   { "z", TODAY, NULL },
        { "month", 4, NULL },
    };
    struct directory_parameter more = { .name = "more", .value = "1" };

    (void)state;
    directory.parameter_count = 0;
    for (size_t i = 0; i < ARRAY_LEN(put); i++)
        assert_true(directory_put_parameter(&directory, &put[i]));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_TEXT(cases[i].name, directory_parameter_on(&directory, cases[i].name, cases[i].day),
                  cases[i].value);
    while (directory.parameter_count < PARAMETERS_MAX) {
        more.valid_from++;
        assert_true(directory_put_parameter(&directory, &more));
    }
    assert_false(directory_put_parameter(&directory, &more));
    CASE_TEXT("when full", directory_parameter_on(&directory, "months", 29), "24");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_its_holder_and_nobody_else),
        cmocka_unit_test(outside_its_own_time_a_certificate_is_refused_whoever_holds_it),
        cmocka_unit_test(of_a_parameter_the_value_of_the_latest_day_that_has_begun_is_in_force),
    };
    return cmocka_run_group_tests_name("auth/directory", tests, fill, empty);
}
