/*
 * job: lists of questions that the server answers later: opened, looked after, compared.
 *
 * Shape   A question with reasons= that is answered by 202 opens a job on its connection, which
 *         from then on looks for the results now and then, as the same facility. When they are
 *         there, the reason of each item is compared. A look is no question: it counts neither in
 *         the rate nor in the latency. A list is of 500 items at most: one page of results.
 * Units   nanoseconds.
 * Errors  an item that is missing, out of order or has another reason makes the job a wrong one.
 * Owner   a connection owns its jobs; jobs_forget() frees what is left.
 */
#ifndef JOB_H
#define JOB_H

#include "run.h"

/* The answer that just came may open a job: 1 if it did. */
uint64_t job_open(struct connection *connection, uint64_t now_ns, struct tally *tally);

bool job_is_due(const struct connection *connection, uint64_t now_ns);

/* Asks for the results of the oldest job, on a ready connection. */
void job_look(struct asker *asker, struct connection *connection, uint64_t now_ns);

/* The answer to a look: 1 if the job is over with it. */
uint64_t job_looked(struct connection *connection, uint64_t now_ns, struct tally *tally);

void jobs_forget(struct connection *connection);

#endif
