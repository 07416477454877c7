#include "rule/checks.h"

#include "model/day.h"

enum { AGE_MOST = 130, MONTHS_PER_YEAR = 12 };

/* True when both are known and the first lies before the second. */
static bool
is_before(day_t day, day_t other)
{
    return day != DAY_UNKNOWN && other != DAY_UNKNOWN && day < other;
}

static void
check_birth(const struct judging *judging)
{
    day_t birth_date = judging->row->birth_date;

    if (birth_date != DAY_UNKNOWN
        && (birth_date > judging->context->today
            || age_on(birth_date, judging->context->today) > AGE_MOST))
        found(judging, COLUMN_BIRTH_DATE);
}

void
check_dates(const struct judging *judging)
{
    const struct enrolment_row *row = judging->row;

    check_birth(judging);
    if (is_before(row->acquired_on, row->birth_date))
        found(judging, COLUMN_ACQUIRED_ON);
    if (is_before(row->lost_on, row->birth_date) || is_before(row->lost_on, row->acquired_on))
        found(judging, COLUMN_LOST_ON);
    if (is_before(row->effective_on, row->birth_date)
        || is_before(row->effective_on, row->acquired_on))
        found(judging, COLUMN_EFFECTIVE_ON);
    if (is_before(row->valid_from, row->birth_date))
        found(judging, COLUMN_VALID_FROM);
    if (is_before(row->issued_on, row->birth_date))
        found(judging, COLUMN_ISSUED_ON);
    if (is_before(row->card_issued_on, row->birth_date))
        found(judging, COLUMN_CARD_ISSUED_ON);
}

/* Too far from today to be usual, on either side. */
static bool
is_far(const struct judging *judging, day_t day)
{
    day_t   today = judging->context->today;
    int32_t early = policy_on(judging->context->policies, POLICY_TOO_EARLY_DAYS, today);
    int32_t late = policy_on(judging->context->policies, POLICY_TOO_LATE_YEARS, today);

    if (day == DAY_UNKNOWN)
        return false;
    if (early != POLICY_UNKNOWN && day > today + early)
        return true;
    return late != POLICY_UNKNOWN && day < day_add_months(today, -late * MONTHS_PER_YEAR);
}

void
check_acquired_far(const struct judging *judging)
{
    if (judging->operation == OPERATION_ACQUIRE && is_far(judging, judging->row->acquired_on))
        found(judging, COLUMN_ACQUIRED_ON);
}

void
check_lost_far(const struct judging *judging)
{
    if (is_far(judging, judging->row->lost_on))
        found(judging, COLUMN_LOST_ON);
}

void
check_same_days(const struct judging *judging)
{
    day_t today = judging->context->today;

    if (judging->operation != OPERATION_ACQUIRE || judging->row->acquired_on != today
        || judging->row->card_issued_on != today)
        return;
    if (judging->file->same_days < SAME_DAYS_MAX) {
        judging->file->same_days++;
        return;
    }
    found(judging, COLUMN_ACQUIRED_ON);
    found(judging, COLUMN_CARD_ISSUED_ON);
}

/* National health insurance is notified by households, the others by employers. Old-age care,
 * assistance and the like learn of their people from offices, and have no such term. */
static int32_t
notice_days(const struct judging *judging, day_t event_on)
{
    const struct policies *policies = judging->context->policies;

    switch (judging->kind) {
    case INSURER_KIND_NATIONAL:
    case INSURER_KIND_NATIONAL_UNION:
        return policy_on(policies, POLICY_HOUSEHOLD_NOTICE_DUE_DAYS, event_on);
    case INSURER_KIND_ASSOCIATION:
    case INSURER_KIND_SOCIETY:
    case INSURER_KIND_MUTUAL_AID:
    case INSURER_KIND_SEAMEN:
        return policy_on(policies, POLICY_NOTICE_DUE_DAYS, event_on);
    default:
        return POLICY_UNKNOWN;
    }
}

void
check_late(const struct judging *judging)
{
    day_t   event_on = judging->row->event_on;
    day_t   received_on = judging->row->notice_received_on;
    int32_t days;

    if (judging->clock.is_late)
        found(judging, COLUMN_NOTICE_RECEIVED_ON);
    if (event_on == DAY_UNKNOWN || received_on == DAY_UNKNOWN || received_on <= event_on)
        return;
    days = notice_days(judging, event_on);
    if (days != POLICY_UNKNOWN && received_on > due_day(event_on, days, judging->context->holidays))
        found(judging, COLUMN_EVENT_ON);
}

void
check_delay_reason_missing(const struct judging *judging)
{
    if (judging->clock.is_late && !has(judging, COLUMN_DELAY_REASON))
        found(judging, COLUMN_DELAY_REASON);
}

void
check_delay_reason_needless(const struct judging *judging)
{
    if (judging->clock.due_on != DAY_UNKNOWN && !judging->clock.is_late
        && has(judging, COLUMN_DELAY_REASON))
        found(judging, COLUMN_DELAY_REASON);
}

void
check_notice_ahead(const struct judging *judging)
{
    if (is_before(judging->context->today, judging->row->notice_received_on))
        found(judging, COLUMN_NOTICE_RECEIVED_ON);
}

void
check_never_covered(const struct judging *judging)
{
    if (judging->row->lost_on != DAY_UNKNOWN && judging->row->lost_on == judging->row->acquired_on)
        found(judging, COLUMN_LOST_ON);
}

void
check_period_reversed(const struct judging *judging)
{
    const struct enrolment_row *row = judging->row;

    if (is_before(row->card_expires_on, row->card_valid_from))
        found(judging, COLUMN_CARD_EXPIRES_ON);
    if (is_before(row->valid_until, row->valid_from)
        || (judging->operation == OPERATION_ELIGIBILITY_CERTIFICATE
            && is_before(row->valid_until, row->issued_on)))
        found(judging, COLUMN_VALID_UNTIL);
}

void
check_issued_before_acquired(const struct judging *judging)
{
    if (judging->operation == OPERATION_ACQUIRE
        && is_before(judging->row->card_issued_on, judging->row->acquired_on))
        found(judging, COLUMN_CARD_ISSUED_ON);
}

void
check_certificate_term(const struct judging *judging)
{
    day_t   issued_on = judging->row->issued_on;
    int32_t years;

    if (judging->operation != OPERATION_ELIGIBILITY_CERTIFICATE || issued_on == DAY_UNKNOWN)
        return;
    years = policy_on(judging->context->policies, POLICY_CERTIFICATE_MAX_YEARS, issued_on);
    if (years != POLICY_UNKNOWN
        && is_before(day_add_months(issued_on, years * MONTHS_PER_YEAR), judging->row->valid_until))
        found(judging, COLUMN_VALID_UNTIL);
}

static bool
is_death(const struct row_code *reason)
{
    return span_is(span_of(reason->text), "L01") || span_is(span_of(reason->text), "01");
}

void
check_death_ahead(const struct judging *judging)
{
    if (is_death(&judging->row->loss_reason)
        && is_before(judging->context->today + 1, judging->row->lost_on))
        found(judging, COLUMN_LOST_ON);
}
