/*
 * access_view: words for what access records say, where they are shown to somebody.
 *
 * Shape   items as a JSON list of words, by the bits of enum access_item; holders and ways as
 *         words.
 * Errors  access_items(): an empty list when the arena is full.
 * Owner   the request's arena.
 */
#ifndef ENDPOINT_ACCESS_VIEW_H
#define ENDPOINT_ACCESS_VIEW_H

#include "request/request.h"

extern const char *const access_holder_words[]; /* by enum holder_kind, from 1; NULL at the end */
extern const char *const access_way_words[];    /* by enum access_way, from 1; NULL at the end */

struct span access_items(struct request *r, int64_t items);

#endif
