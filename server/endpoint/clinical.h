/*
 * clinical: medical information, item by item, as a visit's consent opens it.
 *
 * Shape   a row for each item: which statement reads it, and how its rows become a part of the
 *         reply. clinical_ask() asks for items that are to be given and not read yet, as many as
 *         one statement tells of.
 * Errors  those of the arena and the store.
 * Owner   everything lives in the request's arena.
 * Source  domain facts, 10. The statement itself asks for visit, facility and consent once more:
 *         without them it reads nothing.
 */
#ifndef ENDPOINT_CLINICAL_H
#define ENDPOINT_CLINICAL_H

#include "endpoint/visit.h"

/* True when something was asked; r->ask holds it. */
bool clinical_ask(struct request *r);

/* Whether rows of this statement are for clinical_read(). */
bool clinical_reads(int stmt);

enum fault clinical_read(struct request *r, const struct rows *rows, int first, int count);

/* Asks, with the visit itself, for those of the items that are claims, and notes which. */
void clinical_ask_along(struct request *r, int64_t items);

/* Reads what came along, as far as it is to be given; the rest is as if it had never come. */
enum fault clinical_read_along(struct request *r, const struct rows *rows, int first, int count);

/* `"drugs":{"verdict":…}` and so on, with commas between. */
void clinical_write(const struct visit_answer *answer, struct text *text);

/* How many bytes clinical_write() needs at most. */
size_t clinical_bytes_max(const struct visit_answer *answer);

#endif
