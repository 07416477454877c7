#include "model/consent.h"

#include "base/attr.h"
#include "model/dossier.h"

#include <assert.h>

enum { US_PER_S = 1000000, S_PER_HOUR = 3600 };

static const char *const verdict_names[] = {
    [ITEM_UNASKED] = NULL,
    [ITEM_GIVEN] = "given",
    [ITEM_NO_CONSENT] = "no_consent",
    [ITEM_CONSENT_EXPIRED] = "consent_expired",
    [ITEM_NOT_FOR_FACILITY] = "not_for_this_facility_kind",
    [ITEM_NO_DATA_HELD] = "no_data_held",
    [ITEM_SUSPENDED] = "suspended",
};
static_assert(ARRAY_LEN(verdict_names) == ITEM_VERDICT_COUNT, "every verdict has a name");

const char *
item_verdict_name(enum item_verdict verdict)
{
    assert(verdict < ITEM_VERDICT_COUNT);
    return verdict_names[verdict];
}

bool
consent_is_live(const struct consent *consent, instant_t now)
{
    return consent->ended_at == 0 && now < consent->until;
}

instant_t
consent_end_of(enum treatment treatment, instant_t given_at, int32_t hours)
{
    if (treatment == TREATMENT_HOME_VISIT || treatment == TREATMENT_ONLINE)
        return INSTANT_FOREVER;
    return given_at + (instant_t)hours * S_PER_HOUR * US_PER_S;
}

enum item_verdict
consent_judge(const struct consent_case *matter, enum clinical_item item)
{
    const struct consent *consent = matter->consent;

    if (!matter->may_see)
        return ITEM_NOT_FOR_FACILITY;
    if ((consent->items >> item & 1) == 0 || consent->is_of_expired_card)
        return ITEM_NO_CONSENT;
    if (!consent_is_live(consent, matter->now))
        return ITEM_CONSENT_EXPIRED;
    if (matter->is_shut)
        return ITEM_NO_DATA_HELD;
    return matter->hold != DOSSIER_HOLD_NONE ? ITEM_SUSPENDED : ITEM_GIVEN;
}
