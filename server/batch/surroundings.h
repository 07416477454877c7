/*
 * surroundings: what the rules must know beside a row: policy, holidays.
 *
 * Shape   read anew for each batch, so that a change of law in the database needs no restart.
 * Errors  of the session; FAULT_FIELD_MALFORMED when a parameter that rules read is not a number.
 * Owner   one thread; surroundings_close() frees.
 */
#ifndef BATCH_SURROUNDINGS_H
#define BATCH_SURROUNDINGS_H

#include "query/session.h"
#include "rule/judging.h"

enum { HOLIDAYS_MAX = 4096 };

struct surroundings {
    struct policies policies;
    day_t          *days; /* HOLIDAYS_MAX of them */
    struct holidays holidays;
    enum fault      fault; /* met while rows were heard */
};

MUST_USE bool       surroundings_open(struct surroundings *surroundings);
void                surroundings_close(struct surroundings *surroundings);
MUST_USE enum fault surroundings_read(struct surroundings *surroundings, struct session *session);

#endif
