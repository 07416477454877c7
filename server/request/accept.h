/*
 * accept: whether the Accept header of a request allows the one form that answers have.
 *
 * Shape   accept_allows_json(): the header's value, empty when there was none.
 * Errors  a part that breaks the format allows nothing.
 * Source  RFC 9110, 12.5.1: the most specific range counts, and a weight of 0 forbids.
 */
#ifndef REQUEST_ACCEPT_H
#define REQUEST_ACCEPT_H

#include "base/attr.h"
#include "base/span.h"

MUST_USE bool accept_allows_json(struct span accept);

#endif
