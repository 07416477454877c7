/*
 * work: one batch through the stages: check, apply, sweep; and undo.
 *
 * Shape   a table of stages by the state in which the database has the batch, run by one short
 *         loop. Every stage ends in a commit that says where the batch stands, so that whatever
 *         dies, the next turn goes on from there.
 * Errors  WORK_FAILED: the database or the spool does not do its part; the caller pauses and tries
 *         again.
 * Owner   one thread.
 */
#ifndef BATCH_WORK_H
#define BATCH_WORK_H

#include "batch/job.h"

enum work_outcome { WORK_NONE, WORK_DONE, WORK_FAILED };

/* Looks for the batch that is next on this line, and works on it until it waits or is finished. */
enum work_outcome work_turn(struct tools *tools, const struct spool *spool, bool is_small);

#endif
