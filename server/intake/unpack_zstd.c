#include "intake/unpack.h"

#include <zstd.h>
#include <zstd_errors.h>

enum { WINDOW_LOG_MAX = 24 };

static enum refusal
zstd_open(struct unpack *unpack)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();

    if (context == NULL)
        return REFUSAL_MEMORY;
    if (ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        (void)ZSTD_freeDCtx(context);
        return REFUSAL_MEMORY;
    }
    unpack->state = context;
    return REFUSAL_NONE;
}

static enum refusal
refusal_of(size_t status)
{
    switch (ZSTD_getErrorCode(status)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        return REFUSAL_PACKING_WINDOW;
    case ZSTD_error_memory_allocation:
        return REFUSAL_MEMORY;
    default:
        return REFUSAL_PACKING_BROKEN;
    }
}

static enum refusal
zstd_step(struct unpack *unpack, char *place, size_t size, size_t *ret_length)
{
    ZSTD_inBuffer  in = { unpack->packed, unpack->end, unpack->at };
    ZSTD_outBuffer out = { place, size, 0 };
    size_t         status;

    if (unpack->is_between && unpack->at == unpack->end)
        return REFUSAL_NONE;
    status = ZSTD_decompressStream(unpack->state, &out, &in);
    unpack->at = in.pos;
    *ret_length = out.pos;
    if (ZSTD_isError(status))
        return refusal_of(status);
    unpack->is_between = status == 0; /* a frame is whole and given out */
    return REFUSAL_NONE;
}

static void
zstd_close(struct unpack *unpack)
{
    if (unpack->state != NULL)
        (void)ZSTD_freeDCtx(unpack->state);
    unpack->state = NULL;
}

const struct unpack_way unpack_zstd = { zstd_open, zstd_step, zstd_close };
