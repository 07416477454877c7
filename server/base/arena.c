#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *older;
    size_t              size_bytes;
    size_t              used_bytes;
    alignas(max_align_t) char bytes[];
};

struct arena_undo {
    struct arena_undo *older;
    void (*undo)(void *);
    void *thing;
};

enum { ALIGNMENT = alignof(max_align_t) };

static struct arena_block *
block_new(size_t size_bytes)
{
    struct arena_block *block = malloc(sizeof *block + size_bytes);
    if (block == NULL)
        return NULL;
    block->older = NULL;
    block->size_bytes = size_bytes;
    block->used_bytes = 0;
    return block;
}

bool
arena_open(struct arena *arena, size_t block_bytes, size_t bytes_max)
{
    assert(block_bytes <= bytes_max);
    *arena = (struct arena){ .bytes_max = bytes_max };
    arena->first = block_new(block_bytes);
    arena->newest = arena->first;
    return arena->first != NULL;
}

static bool
add_block(struct arena *arena, size_t bytes)
{
    size_t size_bytes = arena->first->size_bytes;
    if (size_bytes < bytes)
        size_bytes = bytes;
    struct arena_block *block = block_new(size_bytes);
    if (block == NULL)
        return false;
    block->older = arena->newest;
    arena->newest = block;
    return true;
}

static size_t
round_up(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void *
arena_take_raw(struct arena *arena, size_t bytes)
{
    if (bytes > arena->bytes_max)
        return NULL;
    size_t rounded = round_up(bytes);
    if (rounded > arena->bytes_max - arena->used_bytes)
        return NULL;
    struct arena_block *block = arena->newest;
    if (rounded > block->size_bytes - block->used_bytes) {
        if (!add_block(arena, rounded))
            return NULL;
        block = arena->newest;
    }
    void *memory = block->bytes + block->used_bytes;
    block->used_bytes += rounded;
    arena->used_bytes += rounded;
    return memory;
}

void *
arena_take(struct arena *arena, size_t bytes)
{
    void *memory = arena_take_raw(arena, bytes);
    if (memory != NULL)
        memset(memory, 0, bytes);
    return memory;
}

void
arena_shrink(struct arena *arena, void *memory, size_t bytes)
{
    struct arena_block *block = arena->newest;
    uintptr_t           start = (uintptr_t)block->bytes;
    uintptr_t           at = (uintptr_t)memory;

    if (at < start || at > start + block->used_bytes)
        return;
    size_t kept = (size_t)(at - start) + round_up(bytes);
    if (kept >= block->used_bytes)
        return;
    arena->used_bytes -= block->used_bytes - kept;
    block->used_bytes = kept;
}

struct span
arena_copy(struct arena *arena, struct span text)
{
    char *copy = arena_take_raw(arena, text.length + 1);
    if (copy == NULL)
        return (struct span){ 0 };
    if (text.length > 0)
        memcpy(copy, text.bytes, text.length);
    copy[text.length] = '\0';
    return span_make(copy, text.length);
}

bool
arena_keep(struct arena *arena, void *thing, void (*undo)(void *))
{
    struct arena_undo *entry = arena_take(arena, sizeof *entry);
    if (entry == NULL) {
        undo(thing); /* ownership was offered; it ends here either way */
        return false;
    }
    *entry = (struct arena_undo){ .older = arena->undo_newest, .undo = undo, .thing = thing };
    arena->undo_newest = entry;
    return true;
}

void
arena_reset(struct arena *arena)
{
    for (struct arena_undo *entry = arena->undo_newest; entry != NULL; entry = entry->older)
        entry->undo(entry->thing);
    arena->undo_newest = NULL;
    while (arena->newest != arena->first) {
        struct arena_block *block = arena->newest;
        arena->newest = block->older;
        explicit_bzero(block->bytes, block->used_bytes);
        free(block);
    }
    explicit_bzero(arena->first->bytes, arena->first->used_bytes);
    arena->first->used_bytes = 0;
    arena->used_bytes = 0;
}

void
arena_close(struct arena *arena)
{
    if (arena->first == NULL)
        return;
    arena_reset(arena);
    free(arena->first);
    *arena = (struct arena){ 0 };
}
