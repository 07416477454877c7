#include "intake/unpack.h"

#include <stdlib.h>
#include <zlib.h>

enum { GZIP_ONLY = 16 };

static enum refusal
gzip_open(struct unpack *unpack)
{
    z_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return REFUSAL_MEMORY;
    if (inflateInit2(stream, MAX_WBITS + GZIP_ONLY) != Z_OK) {
        free(stream);
        return REFUSAL_MEMORY;
    }
    unpack->state = stream;
    return REFUSAL_NONE;
}

static enum refusal
gzip_step(struct unpack *unpack, char *place, size_t size, size_t *ret_length)
{
    z_stream *stream = unpack->state;
    int       status;

    if (unpack->is_between && unpack->at == unpack->end)
        return REFUSAL_NONE;
    if (unpack->is_between && inflateReset(stream) != Z_OK)
        return REFUSAL_PACKING_BROKEN;
    unpack->is_between = false;
    stream->next_in = unpack->packed + unpack->at;
    stream->avail_in = (uInt)(unpack->end - unpack->at);
    stream->next_out = (Bytef *)place;
    stream->avail_out = (uInt)size;
    status = inflate(stream, Z_NO_FLUSH);
    unpack->at = unpack->end - stream->avail_in;
    *ret_length = size - stream->avail_out;
    unpack->is_between = status == Z_STREAM_END;
    /* Z_BUF_ERROR only says that there was nothing to do. */
    return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR
               ? REFUSAL_NONE
               : REFUSAL_PACKING_BROKEN;
}

static void
gzip_close(struct unpack *unpack)
{
    if (unpack->state == NULL)
        return;
    (void)inflateEnd(unpack->state);
    free(unpack->state);
    unpack->state = NULL;
}

const struct unpack_way unpack_gzip = { gzip_open, gzip_step, gzip_close };
