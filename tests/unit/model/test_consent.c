#include "../cases.h"

#include "model/consent.h"
#include "model/dossier.h"

enum { DRUGS = 1 << CLINICAL_DRUGS };

static const instant_t NOW = INT64_C(1790000000) * 1000000;

/* clang-format off */
static const struct {
    const char       *name;
    int32_t           items;
    instant_t         lasts; /* seconds from now */
    bool              is_ended, is_of_expired_card, may_see, is_shut;
    int16_t           hold;
    enum item_verdict verdict;
} rows[] = {
    { "all is well",              DRUGS, 1, false, false, true,  false, 0, ITEM_GIVEN },
    { "not for such a facility",  DRUGS, 1, false, false, false, false, 0, ITEM_NOT_FOR_FACILITY },
    { "whatever else",            0,    -1, true,  true,  false, true,  2, ITEM_NOT_FOR_FACILITY },
    { "not agreed to",            32,    1, false, false, true,  false, 0, ITEM_NO_CONSENT },
    { "not agreed to, shut",      32,    1, false, false, true,  true,  0, ITEM_NO_CONSENT },
    { "by an expired card",       DRUGS, 1, false, true,  true,  false, 0, ITEM_NO_CONSENT },
    { "at its last instant",      DRUGS, 0, false, false, true,  false, 0, ITEM_CONSENT_EXPIRED },
    { "taken back",               DRUGS, 1, true,  false, true,  false, 0, ITEM_CONSENT_EXPIRED },
    { "shut by the person",       DRUGS, 1, false, false, true,  true,  0, ITEM_NO_DATA_HELD },
    { "shut wins over a hold",    DRUGS, 1, false, false, true,  true,  1, ITEM_NO_DATA_HELD },
    { "a clinical hold",          DRUGS, 1, false, false, true,  false, 1, ITEM_SUSPENDED },
    { "a hold of all",            DRUGS, 1, false, false, true,  false, 2, ITEM_SUSPENDED },
    { "a hold of later releases", DRUGS, 1, false, false, true,  false, 9, ITEM_SUSPENDED },
};
/* clang-format on */

static void
every_consent_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct consent      consent = { .items = rows[i].items,
                                        .until = NOW + rows[i].lasts * 1000000,
                                        .ended_at = rows[i].is_ended ? NOW : 0,
                                        .is_of_expired_card = rows[i].is_of_expired_card };
        struct consent_case matter = { .consent = &consent,
                                       .now = NOW,
                                       .may_see = rows[i].may_see,
                                       .hold = rows[i].hold,
                                       .is_shut = rows[i].is_shut };
        CASE_INT(rows[i].name, consent_judge(&matter, CLINICAL_DRUGS), rows[i].verdict);
    }
}

/* Every combination: what is given was agreed to, is live, may be seen, and is sealed by nobody. */
static void
nothing_is_given_that_lacks_anything(void **state)
{
    (void)state;
    for (int bits = 0; bits < 1 << 11; bits++) {
        struct consent      consent = { .items = bits & 63,
                                        .until = NOW + ((bits >> 6 & 1) != 0 ? 1 : 0),
                                        .ended_at = (bits >> 7 & 1) != 0 ? NOW : 0,
                                        .is_of_expired_card = (bits >> 8 & 1) != 0 };
        struct consent_case matter = { .consent = &consent,
                                       .now = NOW,
                                       .may_see = (bits >> 9 & 1) != 0,
                                       .is_shut = (bits >> 10 & 1) != 0 };
        for (int16_t hold = 0; hold <= 3; hold++)
            for (int item = 0; item < CLINICAL_COUNT; item++) {
                matter.hold = hold;
                bool may = (consent.items >> item & 1) != 0 && consent.until > NOW
                           && consent.ended_at == 0 && !consent.is_of_expired_card && matter.may_see
                           && !matter.is_shut && hold == DOSSIER_HOLD_NONE;
                assert_int_equal(consent_judge(&matter, (enum clinical_item)item) == ITEM_GIVEN,
                                 may);
            }
    }
}

static void
consent_lasts_for_hours_at_a_desk_and_until_cancelled_at_home(void **state)
{
    (void)state;
    assert_int_equal(consent_end_of(TREATMENT_OUTPATIENT, NOW, 24),
                     NOW + INT64_C(24) * 3600 * 1000000);
    assert_int_equal(consent_end_of(TREATMENT_EMERGENCY, NOW, 24),
                     NOW + INT64_C(24) * 3600 * 1000000);
    assert_true(consent_end_of(TREATMENT_HOME_VISIT, NOW, 24) == INSTANT_FOREVER);
    assert_true(consent_end_of(TREATMENT_ONLINE, NOW, 24) == INSTANT_FOREVER);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_consent_has_its_verdict),
        cmocka_unit_test(nothing_is_given_that_lacks_anything),
        cmocka_unit_test(consent_lasts_for_hours_at_a_desk_and_until_cancelled_at_home),
    };
    return cmocka_run_group_tests_name("model/consent", tests, NULL, NULL);
}
