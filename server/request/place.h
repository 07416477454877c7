/*
 * place: the worker's table of requests under way.
 *
 * Shape   a fixed number of places; a request is named by place and turn (a ticket), so that what
 *         comes back after its request has ended finds another turn and is dropped.
 *         A few of them at a time may have a large share of memory.
 * Errors  place_take() gives NULL when all are taken, place_enlarge() false when all large shares
 *         are: the caller answers FAULT_STORE_BUSY.
 * Owner   the table owns all requests and their arenas.
 */
#ifndef REQUEST_PLACE_H
#define REQUEST_PLACE_H

#include "request/request.h"

struct ticket {
    uint32_t place;
    uint32_t turn;
};

struct place_table {
    struct request *requests;
    uint32_t       *free_places;
    uint32_t        free_count;
    uint32_t        count;
    uint32_t        large_count;
    uint32_t        large_max;
    size_t          arena_bytes_max;
};

MUST_USE bool places_open(struct place_table *table, uint32_t count, size_t arena_block_bytes,
                          size_t arena_bytes_max);
void          places_close(struct place_table *table);

struct request *place_take(struct place_table *table);
void            place_give_back(struct place_table *table, struct request *r);

/* Lets this request grow to bytes_max until its place is given back. */
MUST_USE bool place_enlarge(struct place_table *table, struct request *r, size_t bytes_max);

/* NULL when that turn is over. */
struct request *place_of(struct place_table *table, struct ticket ticket);

static inline struct ticket
ticket_of(const struct request *r)
{
    return (struct ticket){ .place = r->place, .turn = r->turn };
}

static inline uint32_t
places_taken(const struct place_table *table)
{
    return table->count - table->free_count;
}

#endif
