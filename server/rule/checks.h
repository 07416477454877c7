/*
 * checks: the functions behind the rules; only rules.c names them.
 *
 * Shape   each looks at the row and calls found() with the fields at fault. A check speaks for one
 *         rule, the one whose table row names it, and only of fields that this row lists.
 * Owner   borrows everything.
 */
#ifndef RULE_CHECKS_H
#define RULE_CHECKS_H

#include "model/ratio.h"
#include "rule/judging.h"
#include "rule/rules.h"

struct judging {
    const struct rule_context  *context;
    struct rule_file           *file;
    const struct enrolment_row *row;
    enum operation              operation; /* OPERATION_NONE: it could not be taken */
    enum insurer_kind           kind;
    struct row_clock            clock;
    enum rule_id                rule; /* whose check it is now */
    struct findings            *findings;
};

void found(const struct judging *judging, enum column_id field);
void found_at(const struct judging *judging, enum column_id field, unsigned place);

static inline bool
reads(const struct judging *judging, enum column_id id)
{
    return row_reads(judging->row, id);
}

static inline bool
has(const struct judging *judging, enum column_id id)
{
    return row_has(judging->row, id);
}

/* The first day of what the row brings, or DAY_UNKNOWN. */
day_t judging_start(const struct judging *judging, enum column_id *ret_column);

/* Birth date and first day are both there. */
bool judging_ages(const struct judging *judging, day_t *ret_start);

/* check_row.c: what a row must say */
rule_check check_operation;
rule_check check_missing;
rule_check check_not_allowed;
rule_check check_nothing_changes;
rule_check check_other_insurer;

/* check_number.c: numbers with check digits, cards, personal numbers */
rule_check check_insurer_number;
rule_check check_law_code;
rule_check check_insurer_active;
rule_check check_public_payer;
rule_check check_card_number;
rule_check check_branch;
rule_check check_personal_number;
rule_check check_number_elsewhere;
rule_check check_number_and_absence;
rule_check check_number_source;
rule_check check_living_number;
rule_check check_post_number;
rule_check check_serial;

/* check_text.c: characters */
rule_check check_characters;
rule_check check_text;
rule_check check_kana;

/* check_day.c: days and clocks */
rule_check check_dates;
rule_check check_acquired_far;
rule_check check_same_days;
rule_check check_late;
rule_check check_never_covered;
rule_check check_period_reversed;
rule_check check_delay_reason_missing;
rule_check check_delay_reason_needless;
rule_check check_notice_ahead;
rule_check check_issued_before_acquired;
rule_check check_lost_far;
rule_check check_certificate_term;
rule_check check_death_ahead;

/* check_scheme.c: what fits the age and the scheme */
rule_check check_ratio;
rule_check check_elderly_ratio_missing;
rule_check check_old_age_ratio_missing;
rule_check check_ceiling;
rule_check check_ceiling_pair;
rule_check check_ratio_and_ceiling;
rule_check check_old_age_elsewhere;
rule_check check_old_age_too_young;
rule_check check_class_not_issued;
rule_check check_class_of_scheme;
rule_check check_relation;
rule_check check_reason_and_age;
rule_check check_loss_of_error;
rule_check check_self_pay;
rule_check check_elderly_period;
rule_check check_sex_not_set;

/* check_checkup.c: results of checkups */
rule_check check_checkup_item;
rule_check check_checkup_unit;
rule_check check_checkup_value;
rule_check check_checkup_range;
rule_check check_checkup_day;
rule_check check_checkup_together;

#endif
