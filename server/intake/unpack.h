/*
 * unpack: the bytes of a file as they were before it was packed, a piece at a time.
 *
 * Shape   unpack_open(), unpack_read() until it gives no more, unpack_close(). gzip files may have
 *         several members, zstd files several frames; nothing may follow that is neither.
 * Units   bytes. ratio_max is unpacked bytes for each packed one, looked at once RATIO_FREE_BYTES
 *         have come out.
 * Errors  REFUSAL_UNREADABLE, _MEMORY, _PACKING_BROKEN, _PACKING_TRUNCATED, _PACKING_WINDOW,
 *         _PACKING_RATIO, _UNPACKED_TOO_LARGE; told when what came before has been given.
 * Owner   pull() belongs to the caller; what is held here is wiped at the end. At most 64 KiB, the
 *         library's own state, and a window of 16 MiB with zstd.
 * Source  RFC 1952; RFC 8878.
 */
#ifndef INTAKE_UNPACK_H
#define INTAKE_UNPACK_H

#include "base/attr.h"
#include "intake/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Stable numbers, stored: batch.packing. */
enum packing { PACKING_NONE = 0, PACKING_GZIP = 1, PACKING_ZSTD = 2, PACKING_COUNT };

/* Fills a part of the place: how many bytes, 0 at the end, -1 for a failure. */
typedef ssize_t intake_pull(void *owner, char *place, size_t size);

enum { RATIO_FREE_BYTES = 4 << 20 };

struct unpack {
    intake_pull   *pull;
    void          *owner;
    enum packing   packing;
    uint64_t       unpacked_max;
    uint32_t       ratio_max;
    unsigned char *packed;
    size_t         at;
    size_t         end;
    bool           is_over;    /* pull() gave its last */
    bool           is_between; /* outside any member or frame: the file may end here */
    uint64_t       packed_bytes;
    uint64_t       unpacked_bytes;
    enum refusal   pending; /* found behind bytes that were given out first */
    void          *state;   /* of the library */
};

MUST_USE enum refusal unpack_open(struct unpack *unpack, intake_pull *pull, void *owner,
                                  enum packing packing, uint64_t unpacked_max, uint32_t ratio_max);

/* ret_length is 0 at the end only. */
MUST_USE enum refusal unpack_read(struct unpack *unpack, char *place, size_t size,
                                  size_t *ret_length);

void unpack_close(struct unpack *unpack); /* accepts one that was never opened and is all 0 */

/* The ways of packing; for unpack.c alone. step() takes from packed, gives to the place. */
struct unpack_way {
    enum refusal (*open)(struct unpack *unpack);
    enum refusal (*step)(struct unpack *unpack, char *place, size_t size, size_t *ret_length);
    void (*close)(struct unpack *unpack);
};

extern const struct unpack_way unpack_gzip;
extern const struct unpack_way unpack_zstd;

#endif
