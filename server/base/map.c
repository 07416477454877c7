#include "base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
map_open(struct map *map, size_t key_bytes)
{
    assert(key_bytes > 0 && key_bytes <= MAP_KEY_BYTES_MAX);
    *map = (struct map){ .key_bytes = key_bytes };
}

void
map_close(struct map *map)
{
    free(map->keys);
    free(map->values);
    free(map->is_used);
    *map = (struct map){ 0 };
}

/* FNV-1a with a final mix; keys come from our own database, not from peers. */
static uint64_t
hash(const struct map *map, const unsigned char *key)
{
    uint64_t value = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < map->key_bytes; i++)
        value = (value ^ key[i]) * UINT64_C(1099511628211);
    return value ^ value >> 29;
}

static size_t
slot_of(const struct map *map, const unsigned char *key)
{
    size_t slot = hash(map, key) & (map->slots - 1);
    while (map->is_used[slot]
           && memcmp(map->keys + slot * map->key_bytes, key, map->key_bytes) != 0)
        slot = (slot + 1) & (map->slots - 1);
    return slot;
}

static void
place(struct map *map, const unsigned char *key, uint32_t value)
{
    size_t slot = slot_of(map, key);
    if (!map->is_used[slot]) {
        memcpy(map->keys + slot * map->key_bytes, key, map->key_bytes);
        map->is_used[slot] = true;
        map->count++;
    }
    map->values[slot] = value;
}

static bool
grow(struct map *map)
{
    struct map grown = { .key_bytes = map->key_bytes,
                         .slots = map->slots == 0 ? 64 : map->slots * 2 };

    grown.keys = calloc(grown.slots, grown.key_bytes);
    grown.values = calloc(grown.slots, sizeof *grown.values);
    grown.is_used = calloc(grown.slots, sizeof *grown.is_used);
    if (grown.keys == NULL || grown.values == NULL || grown.is_used == NULL) {
        map_close(&grown);
        return false;
    }
    for (size_t i = 0; i < map->slots; i++)
        if (map->is_used[i])
            place(&grown, map->keys + i * map->key_bytes, map->values[i]);
    struct map outgrown = *map;
    *map = grown;
    map_close(&outgrown);
    return true;
}

bool
map_put(struct map *map, const void *key, uint32_t value)
{
    if (map->count * 3 >= map->slots * 2 && !grow(map))
        return false;
    place(map, key, value);
    return true;
}

bool
map_get(const struct map *map, const void *key, uint32_t *ret_value)
{
    if (map->slots == 0)
        return false;
    size_t slot = slot_of(map, key);
    if (!map->is_used[slot])
        return false;
    *ret_value = map->values[slot];
    return true;
}
