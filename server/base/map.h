/*
 * map: from a key of fixed length to a number, in memory.
 *
 * Shape   open addressing, power-of-two size, at most two thirds full. Keys are copied; nothing
 *         is ever removed, since what it indexes is never deleted either.
 * Units   key_bytes for every key of one map, at most MAP_KEY_BYTES_MAX.
 * Errors  map_put() is false when out of memory; the map is then unchanged.
 * Owner   map_close() frees; accepts one that was never opened.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAP_KEY_BYTES_MAX = 32 };

struct map {
    unsigned char *keys;
    uint32_t      *values;
    bool          *is_used;
    size_t         key_bytes;
    size_t         slots;
    size_t         count;
};

void          map_open(struct map *map, size_t key_bytes);
void          map_close(struct map *map);
MUST_USE bool map_put(struct map *map, const void *key, uint32_t value);
bool          map_get(const struct map *map, const void *key, uint32_t *ret_value);

#endif
