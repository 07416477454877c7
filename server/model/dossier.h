/*
 * dossier: all that a facility's question may need of one person, as the registry held it at one
 * version.
 *
 * Shape   a person, the person's coverages (latest first), and public benefits. Versions are
 *         immutable: the same version is the same dossier for ever.
 * Units   days are day_t; a period is from_on (included) to until_on (excluded, DAY_FOREVER when
 *         open). lost_on is the first day that is not covered. ratio_percent is 0, 10, 20 or 30.
 *         self_pay is yen.
 * Owner   decoded into a request's arena (wire/dossier_read.h); spans point into the row.
 * Source  schema/dossier.md.
 */
#ifndef MODEL_DOSSIER_H
#define MODEL_DOSSIER_H

#include "base/clock.h"
#include "base/span.h"

enum dossier_flag { DOSSIER_CONCEALS_ADDRESS = 1, DOSSIER_REFUSES_SELF_INFORMATION = 2 };

enum dossier_hold {
    DOSSIER_HOLD_NONE = 0,
    DOSSIER_HOLD_CLINICAL = 1,
    DOSSIER_HOLD_ELIGIBILITY = 2
};

enum coverage_state { COVERAGE_IN_ORDER = 1, COVERAGE_IDENTITY_CHECK = 2, COVERAGE_SUSPENDED = 3 };

struct dossier_ratio {
    day_t   from_on;
    day_t   until_on;
    int16_t ratio_percent;
};

struct dossier_elderly {
    day_t   issued_on; /* DAY_UNKNOWN when not registered */
    day_t   from_on;
    day_t   until_on;
    int16_t ratio_percent;
};

struct dossier_ceiling {
    struct span classification; /* OQSCD011 */
    struct span class;          /* OQSCD012 */
    day_t issued_on;
    day_t from_on;
    day_t until_on;
    day_t long_term_on;
};

struct dossier_disease {
    int16_t category; /* OQSCD013 */
    day_t   issued_on;
    day_t   from_on;
    day_t   until_on;
    int32_t self_pay;
};

struct dossier_benefit {
    struct span payer_number;
    struct span recipient_number;
    struct span programme;
    day_t       from_on;
    day_t       until_on;
    int32_t     self_pay; /* -1 when not stated */
};

struct dossier_coverage {
    int64_t     coverage_id;
    struct span insurer_number;
    struct span card_class; /* OQSCD010 */
    struct span symbol;
    struct span number;
    struct span branch; /* empty: missing, which is not "00" */
    struct span symbol_key;
    struct span number_key;
    int16_t     relation; /* OQSCD009; 0 when none */
    struct span insured_name;
    day_t       acquired_on;
    day_t       lost_on;
    struct span loss_reason; /* OQSCD008 */
    day_t       issued_on;
    day_t       card_valid_from;
    day_t       card_expires_on;
    int16_t     state; /* enum coverage_state */
    int16_t     scheme;
    day_t       preschool_until;

    struct dossier_ratio   *ratios;
    size_t                  ratio_count;
    struct dossier_elderly *elderly;
    size_t                  elderly_count;
    struct dossier_ceiling *ceilings;
    size_t                  ceiling_count;
    struct dossier_disease *diseases;
    size_t                  disease_count;
};

struct dossier {
    int64_t     person_id;
    int64_t     version;
    struct span name;
    struct span name_kana;
    struct span name_other;
    struct span name_other_kana;
    int16_t     sex1; /* OQSCD007 */
    int16_t     sex2; /* 0 when not used */
    day_t       birth_date;
    struct span address;
    struct span post_number;
    int32_t     flags; /* bits of enum dossier_flag */
    int16_t     hold;  /* enum dossier_hold */

    struct dossier_coverage *coverages;
    size_t                   coverage_count;
    struct dossier_benefit  *benefits;
    size_t                   benefit_count;

    struct span reference_number; /* the asking facility's own; not part of the version */
};

#endif
