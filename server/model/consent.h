/*
 * consent: what of a person's medical information a facility may see at a visit, as one pure
 * function.
 *
 * Shape   item + consent + who asks + the person's seals → verdict. A consent is a bit for each
 *         item; an item that was refused is one that was not asked.
 * Units   instants; consent_until is INSTANT_FOREVER where it holds until it is cancelled.
 * Errors  none: every item has a verdict.
 * Owner   plain values.
 * Source  domain facts, 5.4 and 9.2; OQSCD016, 028, 031, 036. The person's own flags win over
 *         everything, and say nothing of themselves: as if nothing were held.
 */
#ifndef MODEL_CONSENT_H
#define MODEL_CONSENT_H

#include "base/clock.h"
#include "base/span.h"

/* Bits of a consent, by their position; stored in visits and access records. */
enum clinical_item {
    CLINICAL_CEILING = 0,
    CLINICAL_SPECIFIC_DISEASE = 1,
    CLINICAL_CHECKUP = 2,
    CLINICAL_DRUGS = 3,
    CLINICAL_TREATMENTS = 4,
    CLINICAL_OPERATIONS = 5,
    CLINICAL_COUNT
};

enum item_verdict {
    ITEM_UNASKED = 0,
    ITEM_GIVEN,
    ITEM_NO_CONSENT,
    ITEM_CONSENT_EXPIRED,
    ITEM_NOT_FOR_FACILITY,
    ITEM_NO_DATA_HELD,
    ITEM_SUSPENDED,
    ITEM_VERDICT_COUNT
};

/* OQSCD028 */
enum treatment {
    TREATMENT_OUTPATIENT = 1,
    TREATMENT_HOME_VISIT = 2,
    TREATMENT_ONLINE = 3,
    TREATMENT_EMERGENCY = 4
};

/* OQSCD031 */
enum consent_end {
    CONSENT_END_NONE = 0,
    CONSENT_END_BY_FACILITY = 1,
    CONSENT_END_BY_PATIENT = 2,
    CONSENT_END_OTHER_USE = 3
};

#define INSTANT_FOREVER INT64_MAX

struct consent {
    int32_t   items;              /* bits */
    instant_t until;              /* first instant at which it holds no more */
    instant_t ended_at;           /* 0: it was not ended */
    bool      is_of_expired_card; /* such a card shows the coverage, and opens nothing else */
};

struct consent_case {
    const struct consent *consent;
    instant_t             now;
    bool                  may_see; /* this kind of facility and of user, this item, this day */
    int16_t               hold;    /* enum dossier_hold of the person */
    bool                  is_shut; /* by the person's own flag, or by the kind of insurance */
};

/* Whether there are data is for the caller to find out where this says ITEM_GIVEN. */
enum item_verdict consent_judge(const struct consent_case *matter, enum clinical_item item);

/* When a consent given then runs out. */
instant_t consent_end_of(enum treatment treatment, instant_t given_at, int32_t hours);

bool consent_is_live(const struct consent *consent, instant_t now);

const char *item_verdict_name(enum item_verdict verdict); /* on the wire */

#endif
