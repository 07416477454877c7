#include "intake/unpack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PACKED_BYTES = 64 * 1024 };

static enum refusal
plain_open(struct unpack *unpack)
{
    unpack->is_between = true;
    return REFUSAL_NONE;
}

static enum refusal
plain_step(struct unpack *unpack, char *place, size_t size, size_t *ret_length)
{
    size_t length = unpack->end - unpack->at;

    if (length > size)
        length = size;
    memcpy(place, unpack->packed + unpack->at, length);
    unpack->at += length;
    *ret_length = length;
    return REFUSAL_NONE;
}

static void
plain_close(struct unpack *unpack)
{
    (void)unpack;
}

static const struct unpack_way unpack_plain = { plain_open, plain_step, plain_close };

static const struct unpack_way *const ways[PACKING_COUNT] = {
    [PACKING_NONE] = &unpack_plain,
    [PACKING_GZIP] = &unpack_gzip,
    [PACKING_ZSTD] = &unpack_zstd,
};

enum refusal
unpack_open(struct unpack *unpack, intake_pull *pull, void *owner, enum packing packing,
            uint64_t unpacked_max, uint32_t ratio_max)
{
    assert(packing < PACKING_COUNT);
    *unpack = (struct unpack){ .pull = pull,
                               .owner = owner,
                               .packing = packing,
                               .unpacked_max = unpacked_max,
                               .ratio_max = ratio_max,
                               .packed = malloc(PACKED_BYTES) };
    if (unpack->packed == NULL)
        return REFUSAL_MEMORY;
    return ways[packing]->open(unpack);
}

void
unpack_close(struct unpack *unpack)
{
    if (unpack->packed == NULL)
        return;
    ways[unpack->packing]->close(unpack);
    explicit_bzero(unpack->packed, PACKED_BYTES);
    free(unpack->packed);
    unpack->packed = NULL;
}

static enum refusal
fill(struct unpack *unpack)
{
    ssize_t got = unpack->pull(unpack->owner, (char *)unpack->packed, PACKED_BYTES);

    if (got < 0)
        return REFUSAL_UNREADABLE;
    assert(got <= PACKED_BYTES);
    unpack->at = 0;
    unpack->end = (size_t)got;
    unpack->packed_bytes += (uint64_t)got;
    unpack->is_over = got == 0;
    return REFUSAL_NONE;
}

static enum refusal
check_growth(const struct unpack *unpack)
{
    if (unpack->unpacked_bytes > unpack->unpacked_max)
        return REFUSAL_UNPACKED_TOO_LARGE;
    /* What waits in the buffer has not been unpacked yet. */
    uint64_t taken = unpack->packed_bytes - (unpack->end - unpack->at);
    if (unpack->packing != PACKING_NONE && unpack->unpacked_bytes > RATIO_FREE_BYTES
        && unpack->unpacked_bytes / (taken + 1) > unpack->ratio_max)
        return REFUSAL_PACKING_RATIO;
    return REFUSAL_NONE;
}

static enum refusal
step(struct unpack *unpack, char *place, size_t size, size_t *ret_length)
{
    enum refusal refusal = REFUSAL_NONE;

    if (unpack->at == unpack->end && !unpack->is_over)
        refusal = fill(unpack);
    /* A library may still hold bytes when the last of the file has been taken. */
    if (refusal == REFUSAL_NONE)
        refusal = ways[unpack->packing]->step(unpack, place, size, ret_length);
    unpack->unpacked_bytes += *ret_length;
    return refusal == REFUSAL_NONE ? check_growth(unpack) : refusal;
}

enum refusal
unpack_read(struct unpack *unpack, char *place, size_t size, size_t *ret_length)
{
    *ret_length = 0;
    while (unpack->pending == REFUSAL_NONE) {
        unpack->pending = step(unpack, place, size, ret_length);
        if (*ret_length > 0)
            return REFUSAL_NONE;
        if (unpack->pending == REFUSAL_NONE && unpack->is_over)
            return unpack->is_between ? REFUSAL_NONE : REFUSAL_PACKING_TRUNCATED;
    }
    return unpack->pending;
}
