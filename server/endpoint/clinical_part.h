/*
 * clinical_part: the kinds of medical information, each with its own way to be asked for and told.
 *
 * Shape   for an item that is to be given: ask, read the rows, whether there is anything, and write
 *         what follows the verdict. clinical.c has the table of who does which item. Who asks is
 *         given all items that wait to be read in this way; rows may be of several.
 * Errors  those of the arena and the store.
 * Owner   everything lives in the request's arena.
 * Source  domain facts, 10.
 */
#ifndef ENDPOINT_CLINICAL_PART_H
#define ENDPOINT_CLINICAL_PART_H

#include "endpoint/visit.h"

enum { CLINICAL_PART_BYTES = 320 /* names of members, days, and numbers of a head or a line */ };

/* What a facility names a visit by, or a person a session, and when. */
void clinical_ask_whose(struct request *r);

/* clinical_claims.c: medicines, treatments, operations */
void       claims_ask(struct request *r, int64_t items);
void       claims_ask_along(struct request *r, int64_t items); /* all values of such a statement */
enum fault claims_read(struct request *r, enum clinical_item item, const struct rows *rows,
                       int first, int count);
bool       claims_are_held(const struct visit_answer *answer, enum clinical_item item);
void   claims_write(const struct visit_answer *answer, enum clinical_item item, struct text *text);
size_t claims_bytes_max(const struct visit_answer *answer, enum clinical_item item);

/* clinical_checkups.c */
void       checkups_ask(struct request *r, int64_t items);
enum fault checkups_read(struct request *r, enum clinical_item item, const struct rows *rows,
                         int first, int count);
bool       checkups_are_held(const struct visit_answer *answer, enum clinical_item item);
void checkups_write(const struct visit_answer *answer, enum clinical_item item, struct text *text);
size_t checkups_bytes_max(const struct visit_answer *answer, enum clinical_item item);

#endif
