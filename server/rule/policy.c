#include "rule/policy.h"

#include "model/day.h"

#include <assert.h>

static const struct {
    const char *name;
    bool        is_date;
} parameters[POLICY_COUNT] = {
    [POLICY_NOTICE_DUE_DAYS] = { "notice_due_days", false },
    [POLICY_HOUSEHOLD_NOTICE_DUE_DAYS] = { "household_notice_due_days", false },
    [POLICY_REGISTRATION_DUE_DAYS] = { "registration_due_days", false },
    [POLICY_TOO_EARLY_DAYS] = { "registration_too_early_days", false },
    [POLICY_TOO_LATE_YEARS] = { "registration_too_late_years", false },
    [POLICY_CERTIFICATE_MAX_YEARS] = { "eligibility_certificate_max_years", false },
    [POLICY_OLD_CARD_ISSUED_UNTIL] = { "old_card_issued_until", true },
    [POLICY_SPECIFIC_DISEASE_SELF_PAY] = { "specific_disease_self_pay_yen", false },
    [POLICY_CHECKUPS_FROM] = { "checkups_from", true },
};

enum { WHOLE_DIGITS_MAX = 9 };

const char *
policy_name(enum policy_id id)
{
    assert(id < POLICY_COUNT);
    return parameters[id].name;
}

static enum fault
read_value(struct span text, bool is_date, int32_t *ret_value)
{
    struct blame blame;

    if (is_date)
        return day_parse(text, ret_value, &blame);
    if (!span_is_digits(text) || text.length > WHOLE_DIGITS_MAX)
        return FAULT_FIELD_MALFORMED;
    *ret_value = 0;
    for (size_t i = 0; i < text.length; i++)
        *ret_value = *ret_value * 10 + (text.bytes[i] - '0');
    return FAULT_NONE;
}

static enum fault
add_row(struct policy *policy, day_t valid_from, int32_t value)
{
    size_t at = policy->count;

    if (policy->count == POLICY_ROWS_MAX)
        return FAULT_FIELD_MALFORMED;
    for (; at > 0 && policy->rows[at - 1].valid_from > valid_from; at--)
        policy->rows[at] = policy->rows[at - 1];
    policy->rows[at].valid_from = valid_from;
    policy->rows[at].value = value;
    policy->count++;
    return FAULT_NONE;
}

enum fault
policies_add(struct policies *policies, struct span name, day_t valid_from, struct span value)
{
    for (enum policy_id id = 0; id < POLICY_COUNT; id++) {
        int32_t number;
        if (!span_is(name, parameters[id].name))
            continue;
        enum fault fault = read_value(value, parameters[id].is_date, &number);
        return fault != FAULT_NONE ? fault : add_row(&policies->by_id[id], valid_from, number);
    }
    return FAULT_NONE;
}

int32_t
policy_on(const struct policies *policies, enum policy_id id, day_t day)
{
    const struct policy *policy = &policies->by_id[id];

    assert(id < POLICY_COUNT);
    for (size_t i = policy->count; i > 0; i--)
        if (policy->rows[i - 1].valid_from <= day)
            return policy->rows[i - 1].value;
    return POLICY_UNKNOWN;
}
