/*
 * problem: the reply to a request that cannot be answered.
 *
 * Shape   RFC 9457 problem document; all faults of the request at once, each with its stable
 *         code.
 * Owner   the reply lives in the request's arena; when even that is full, a constant one is
 *         given.
 */
#ifndef ENDPOINT_PROBLEM_H
#define ENDPOINT_PROBLEM_H

#include "base/text.h"
#include "request/request.h"

enum { PROBLEM_BYTES_MAX = 4096 };

void problem_encode(struct request *r);

/* The faults of one item of a list. */
void problem_write_blames(struct text *text, enum fault fault, const struct told_blame *blames,
                          size_t count);

/* For refusals before there is a request. */
void problem_write(struct text *text, enum fault fault);

#endif
