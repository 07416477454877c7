/*
 * policy: the numbers of the law that rules need, each from a day on.
 *
 * Shape   a bounded list of dated values for each parameter that a rule reads; filled row by row
 *         from registry.policy_parameter, in any order. Other parameters are passed over.
 * Units   as the parameter's: days, years, yen; a date is its day_t.
 * Errors  POLICY_UNKNOWN from policy_on() when no value holds on that day: the rule then finds
 *         nothing, since nothing was laid down.
 * Owner   plain values, handed to the rules; no global.
 * Source  schema/60_policy.sql.
 */
#ifndef RULE_POLICY_H
#define RULE_POLICY_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

enum policy_id {
    POLICY_NOTICE_DUE_DAYS,
    POLICY_HOUSEHOLD_NOTICE_DUE_DAYS,
    POLICY_REGISTRATION_DUE_DAYS,
    POLICY_TOO_EARLY_DAYS,
    POLICY_TOO_LATE_YEARS,
    POLICY_CERTIFICATE_MAX_YEARS,
    POLICY_OLD_CARD_ISSUED_UNTIL,
    POLICY_SPECIFIC_DISEASE_SELF_PAY,
    POLICY_CHECKUPS_FROM,
    POLICY_COUNT
};

enum { POLICY_ROWS_MAX = 16, POLICY_UNKNOWN = INT32_MIN };

struct policy {
    struct {
        day_t   valid_from;
        int32_t value;
    } rows[POLICY_ROWS_MAX]; /* ascending */
    size_t count;
};

struct policies {
    struct policy by_id[POLICY_COUNT];
};

/* FAULT_FIELD_MALFORMED: a parameter that rules read has no number, or too many rows. */
MUST_USE enum fault policies_add(struct policies *policies, struct span name, day_t valid_from,
                                 struct span value);

const char *policy_name(enum policy_id id);

int32_t policy_on(const struct policies *policies, enum policy_id id, day_t day);

#endif
