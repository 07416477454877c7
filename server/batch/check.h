/*
 * check: a batch from its first byte to the last row that waits to be applied.
 *
 * Shape   the file is read row by row; every row hears every rule; rows with a personal number are
 *         asked about at the resident register, many to a request and many requests at a time;
 *         what comes of it is staged by COPY. A chunk is the rows of one request.
 * Errors  CHECK_REFUSED: the file as a whole is not sound, and why. CHECK_CUT: told to end, or
 *         FAULT_STORE_*: the database went away; then the batch is begun again later, from its
 *         first row, since nothing of it has taken effect.
 * Owner   one thread; what is read is wiped when it has been staged.
 */
#ifndef BATCH_CHECK_H
#define BATCH_CHECK_H

#include "batch/job.h"
#include "intake/refusal.h"

enum check_outcome { CHECK_DONE, CHECK_REFUSED, CHECK_CUT, CHECK_FAILED };

struct check_result {
    enum check_outcome outcome;
    enum refusal       refusal;
    enum fault         fault;
    int32_t            rows;
};

/* What the register client's owner, who is the tools, hears. */
register_hear check_hear;

struct check_result check_run(const struct job *job, struct tools *tools, int file);

#endif
