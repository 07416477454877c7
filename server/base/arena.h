/*
 * arena: the memory of one request.
 *
 * Shape   a first block of fixed size that is kept for ever, and at need a bounded number of
 *         further bytes from the heap, all given back by one reset.
 * Units   bytes.
 * Errors  NULL when the limit is reached; the caller answers FAULT_REQUEST_TOO_LARGE.
 * Owner   whoever opened it; what it gives out lives until arena_reset(), which wipes it, since
 *         it held personal data.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attr.h"
#include "base/span.h"

#include <stddef.h>

struct arena_block;
struct arena_undo;

struct arena {
    struct arena_block *first; /* kept across resets */
    struct arena_block *newest;
    struct arena_undo  *undo_newest;
    size_t              used_bytes; /* over all blocks */
    size_t              bytes_max;
};

/* Opens with one block of block_bytes and a limit over all blocks of bytes_max. */
MUST_USE bool arena_open(struct arena *arena, size_t block_bytes, size_t bytes_max);

/* Memory comes back zeroed, aligned for anything. NULL when the limit is reached. */
MUST_USE void *arena_take(struct arena *arena, size_t bytes);

/* The same, but not zeroed: for places that are written before they are read. */
MUST_USE void *arena_take_raw(struct arena *arena, size_t bytes);

/* Gives back the tail of what was taken last: it then is bytes long. The caller has written nothing
 * behind, or nothing that must be wiped. */
void arena_shrink(struct arena *arena, void *memory, size_t bytes);

/* Copies text and adds a NUL; the span excludes it. bytes is NULL when the limit is reached. */
MUST_USE struct span arena_copy(struct arena *arena, struct span text);

/* Takes over thing: undo(thing) runs at reset, newest first, or at once when the arena is full. */
MUST_USE bool arena_keep(struct arena *arena, void *thing, void (*undo)(void *));

void arena_reset(struct arena *arena);
void arena_close(struct arena *arena); /* accepts one that was never opened */

#endif
