#include "rule/judging.h"

#include "rule/checks.h"

#include <assert.h>

void
found(const struct judging *judging, enum column_id field)
{
    found_at(judging, field, 0);
}

void
found_at(const struct judging *judging, enum column_id field, unsigned place)
{
    uint64_t fields = rule_info(judging->rule)->fields;

    assert(field == COLUMN_NONE ? fields == 0 : (fields >> field & 1) != 0);
    findings_add_at(judging->findings, judging->rule, field, place);
}

static enum column_id
start_column(enum operation operation)
{
    switch (operation) {
    case OPERATION_ACQUIRE:
        return COLUMN_ACQUIRED_ON;
    case OPERATION_CHANGE:
        return COLUMN_EFFECTIVE_ON;
    case OPERATION_CEILING:
    case OPERATION_ELDERLY_CERTIFICATE:
    case OPERATION_SPECIFIC_DISEASE:
    case OPERATION_PUBLIC_BENEFIT:
        return COLUMN_VALID_FROM;
    default:
        return COLUMN_NONE;
    }
}

day_t
judging_start(const struct judging *judging, enum column_id *ret_column)
{
    *ret_column = start_column(judging->operation);
    switch (*ret_column) {
    case COLUMN_ACQUIRED_ON:
        return judging->row->acquired_on;
    case COLUMN_EFFECTIVE_ON:
        return judging->row->effective_on;
    case COLUMN_VALID_FROM:
        return judging->row->valid_from;
    default:
        return DAY_UNKNOWN;
    }
}

bool
judging_ages(const struct judging *judging, day_t *ret_start)
{
    enum column_id column;

    *ret_start = judging_start(judging, &column);
    return *ret_start != DAY_UNKNOWN && judging->row->birth_date != DAY_UNKNOWN
           && *ret_start >= judging->row->birth_date;
}

static struct row_clock
clock_of(const struct rule_context *context, day_t notice_received_on)
{
    struct row_clock clock = { .due_on = DAY_UNKNOWN, .plain_due_on = DAY_UNKNOWN };
    int32_t          days;

    if (notice_received_on == DAY_UNKNOWN)
        return clock;
    days = policy_on(context->policies, POLICY_REGISTRATION_DUE_DAYS, notice_received_on);
    if (days == POLICY_UNKNOWN)
        return clock;
    clock.due_on = due_day(notice_received_on, days, context->holidays);
    clock.plain_due_on = due_day_plain(notice_received_on, days);
    clock.is_late = context->today > clock.due_on;
    return clock;
}

void
judge_row(const struct rule_context *context, struct rule_file *file,
          const struct enrolment_row *row, struct row_clock *ret_clock, struct findings *findings)
{
    struct judging judging = { .context = context,
                               .file = file,
                               .row = row,
                               .operation = (enum operation)row->operation,
                               .kind = insurer_number_kind(&context->insurer),
                               .clock = clock_of(context, row->notice_received_on),
                               .findings = findings };

    *ret_clock = judging.clock;
    if (row->is_unreadable)
        return;
    for (enum rule_id id = RULE_NONE + 1; id < RULE_COUNT; id++) {
        judging.rule = id;
        if (rule_info(id)->check != NULL)
            rule_info(id)->check(&judging);
    }
}
