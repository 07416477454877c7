#include "request/place.h"

#include <assert.h>
#include <stdlib.h>

bool
places_open(struct place_table *table, uint32_t count, size_t arena_block_bytes,
            size_t arena_bytes_max)
{
    *table = (struct place_table){ .count = count, .arena_bytes_max = arena_bytes_max };
    table->requests = calloc(count, sizeof *table->requests);
    table->free_places = calloc(count, sizeof *table->free_places);
    if (table->requests == NULL || table->free_places == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        table->requests[i].place = i;
        if (!arena_open(&table->requests[i].arena, arena_block_bytes, arena_bytes_max))
            return false;
        /* Lowest place last, so that it is taken first and stays warm in the cache. */
        table->free_places[table->free_count++] = count - 1 - i;
    }
    return true;
}

void
places_close(struct place_table *table)
{
    for (uint32_t i = 0; table->requests != NULL && i < table->count; i++)
        arena_close(&table->requests[i].arena);
    free(table->requests);
    free(table->free_places);
    *table = (struct place_table){ 0 };
}

struct request *
place_take(struct place_table *table)
{
    if (table->free_count == 0)
        return NULL;
    return &table->requests[table->free_places[--table->free_count]];
}

void
place_give_back(struct place_table *table, struct request *r)
{
    uint32_t     place = r->place;
    uint32_t     turn = r->turn + 1;
    struct arena arena = r->arena;

    assert(table->free_count < table->count);
    arena_reset(&arena);
    if (r->is_large) {
        arena.bytes_max = table->arena_bytes_max;
        table->large_count--;
    }
    *r = (struct request){ .place = place, .turn = turn, .arena = arena };
    table->free_places[table->free_count++] = place;
}

bool
place_enlarge(struct place_table *table, struct request *r, size_t bytes_max)
{
    assert(!r->is_large);
    if (table->large_count >= table->large_max)
        return false;
    table->large_count++;
    r->is_large = true;
    if (bytes_max > r->arena.bytes_max)
        r->arena.bytes_max = bytes_max;
    return true;
}

struct request *
place_of(struct place_table *table, struct ticket ticket)
{
    assert(ticket.place < table->count);
    struct request *r = &table->requests[ticket.place];
    return r->turn == ticket.turn ? r : NULL;
}
