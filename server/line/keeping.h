/*
 * keeping: whether a question keeps to its facility's budget.
 *
 * Shape   keeping_check() between decode and flight: it blames what does not; keeping_note() when
 *         the answer is known. The first refusal of a minute goes on record, and to the log; more
 *         of them are only counted, so that whoever floods fills no disk.
 * Errors  FAULT_BUDGET_SPENT, with the pattern that was seen.
 * Owner   the line's budget.
 * Source  auth/budget.h.
 */
#ifndef LINE_KEEPING_H
#define LINE_KEEPING_H

#include "line/line.h"

void keeping_check(struct line *line, struct request *r);
void keeping_note(struct line *line, const struct request *r);

/* Takes the limits that hold, whenever the directory was refreshed. */
void keeping_learn(struct line *line);

#endif
