#include "rule/checks.h"

void
check_operation(const struct judging *judging)
{
    if (!has(judging, COLUMN_OPERATION))
        found(judging, COLUMN_OPERATION);
}

void
check_missing(const struct judging *judging)
{
    uint64_t missing = columns_required(judging->operation) & ~judging->row->given;

    for (enum column_id id = 0; missing != 0; id++, missing >>= 1)
        if ((missing & 1) != 0)
            found(judging, id);
}

void
check_not_allowed(const struct judging *judging)
{
    uint64_t refused = columns_refused(judging->operation) & judging->row->given;

    for (enum column_id id = 0; refused != 0; id++, refused >>= 1)
        if ((refused & 1) != 0)
            found(judging, id);
}

/* What a change may not need to say anything about: whose it is, when, and why. */
static const enum column_id surroundings[] = {
    COLUMN_OPERATION,   COLUMN_ROW_KEY,      COLUMN_INSURER_NUMBER,
    COLUMN_SYMBOL,      COLUMN_NUMBER,       COLUMN_BRANCH_NUMBER,
    COLUMN_BIRTH_DATE,  COLUMN_EVENT_ON,     COLUMN_NOTICE_RECEIVED_ON,
    COLUMN_ACQUIRED_ON, COLUMN_DELAY_REASON, COLUMN_EFFECTIVE_ON,
};

void
check_nothing_changes(const struct judging *judging)
{
    uint64_t changes = judging->row->given;

    if (judging->operation != OPERATION_CHANGE)
        return;
    for (size_t i = 0; i < ARRAY_LEN(surroundings); i++)
        changes &= ~(UINT64_C(1) << surroundings[i]);
    if (changes == 0)
        found(judging, COLUMN_EFFECTIVE_ON);
}

void
check_other_insurer(const struct judging *judging)
{
    struct insurer_number number;
    struct blame          blame;

    if (reads(judging, COLUMN_INSURER_NUMBER)
        && insurer_number_parse(judging->row->insurer_number, &number, &blame) == FAULT_NONE
        && !span_equal(insurer_number_span(&number),
                       insurer_number_span(&judging->context->insurer)))
        found(judging, COLUMN_INSURER_NUMBER);
}
