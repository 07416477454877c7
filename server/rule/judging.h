/*
 * judging: a row before the rules: what they may know, and what they find.
 *
 * Shape   judge_row() lets every rule that the row alone or the file decides look at the row, in
 *         the order of their numbers. A rule that needs a field that is missing or broken finds
 *         nothing: that it is, is found already. A row that could not be read at all is left alone.
 *         Pure but for the file's counts: the same rows in
 *         the same order have the same findings.
 * Units   today is the civil day of the registration.
 * Owner   borrows everything.
 * Source  domain facts, parts 4.3, 4.4 and 7; the clock: schema/31_batch.sql.
 */
#ifndef RULE_JUDGING_H
#define RULE_JUDGING_H

#include "model/due.h"
#include "model/insurer_number.h"
#include "rule/policy.h"
#include "rule/row.h"

enum { SAME_DAYS_MAX = 2 }; /* VR-12: rows of that kind which raise no doubt */

/* The surroundings of a batch. */
struct rule_context {
    struct insurer_number  insurer; /* of the certificate */
    day_t                  insurer_from;
    day_t                  insurer_until; /* first day on which it is none; DAY_FOREVER is open */
    day_t                  today;
    const struct holidays *holidays;
    const struct policies *policies;
    bool                   numbers_are_synthetic;
};

/* What rules remember between the rows of a file; all 0 at its start. */
struct rule_file {
    uint32_t same_days; /* VR-12 */
};

/* By when the registration must be done; DAY_UNKNOWN where no notice starts a clock. */
struct row_clock {
    day_t due_on;
    day_t plain_due_on;
    bool  is_late; /* today is behind due_on */
};

void judge_row(const struct rule_context *context, struct rule_file *file,
               const struct enrolment_row *row, struct row_clock *ret_clock,
               struct findings *findings);

#endif
