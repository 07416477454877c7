#include "listen/stream.h"

#include "base/log.h"
#include "listen/listener.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BUFFER_BYTES = 256 * 1024 };

enum job { JOB_OPEN, JOB_BEGIN, JOB_WRITE, JOB_CHECKPOINT, JOB_END };

struct stream {
    struct listener  *listener;
    struct request   *request;
    struct spool_file file;
    uv_work_t         work;
    enum job          job;
    bool              is_working; /* the pool has it: hands off */
    bool              is_resting; /* the connection is suspended */
    bool              has_begun;
    bool              has_ended; /* nothing more is taken */
    int64_t           heard_ms;
    int64_t           safe_bytes;
    int64_t           found_bytes;
    int64_t           wanted_bytes; /* how much room it will need, as far as is known */
    enum fault        fault;
    bool              is_whole;
    bool              is_right;
    unsigned char     digest[DIGEST_BYTES];
    size_t            length;
    char              buffer[BUFFER_BYTES];
};

/* ---- on a thread of the pool: touches the stream and nothing else ---------------------------- */

static void
open_file(struct stream *stream)
{
    const struct spool *spool = stream->listener->settings.stream.spool;

    stream->fault = spool_has_room(spool, stream->wanted_bytes);
    if (stream->fault == FAULT_NONE)
        stream->fault = spool_file_open(spool, stream->request->upload.number, &stream->file,
                                        &stream->found_bytes);
}

static void
write_buffer(struct stream *stream)
{
    enum fault fault = spool_file_write(&stream->file, span_make(stream->buffer, stream->length));

    explicit_bzero(stream->buffer, stream->length);
    stream->length = 0;
    if (stream->fault == FAULT_NONE)
        stream->fault = fault;
}

static void
sync_file(struct stream *stream)
{
    enum fault fault = spool_file_sync(&stream->file);

    if (fault == FAULT_NONE)
        stream->safe_bytes = stream->file.length;
    else
        stream->fault = fault;
}

static void
end_file(struct stream *stream)
{
    if (stream->length > 0)
        write_buffer(stream);
    sync_file(stream); /* whatever became of the last bytes */
    if (stream->fault != FAULT_NONE || !stream->is_whole)
        stream->is_whole = false;
    else
        stream->fault = spool_file_digest(&stream->file, stream->digest);
}

static void
work(uv_work_t *work)
{
    struct stream *stream = work->data;

    switch (stream->job) {
    case JOB_OPEN:
        open_file(stream);
        break;
    case JOB_BEGIN:
        stream->fault = spool_file_begin(&stream->file, stream->safe_bytes);
        break;
    case JOB_WRITE:
        write_buffer(stream);
        break;
    case JOB_CHECKPOINT:
        write_buffer(stream);
        if (stream->fault == FAULT_NONE)
            sync_file(stream);
        break;
    case JOB_END:
        end_file(stream);
        break;
    }
}

/* ---- on the loop ----------------------------------------------------------------------------- */

static void done(uv_work_t *work, int status);

static void
start(struct stream *stream, enum job job)
{
    assert(!stream->is_working);
    stream->job = job;
    stream->is_working = true;
    stream->work.data = stream;
    if (uv_queue_work(stream->listener->loop, &stream->work, work, done) != 0)
        abort(); /* only a call without a function fails */
}

static void
rest(struct stream *stream)
{
    if (stream->is_resting || stream->request->connection == NULL)
        return;
    stream->is_resting = true;
    MHD_suspend_connection(stream->request->connection);
}

static void
flow(struct stream *stream)
{
    struct request *r = stream->request;

    stream->heard_ms = clock_ticks_ms();
    if (r->connection == NULL) {
        start(stream, JOB_END);
        return;
    }
    stream->is_resting = false;
    MHD_resume_connection(r->connection);
}

static void
end_early(struct stream *stream, enum fault fault)
{
    stream->has_ended = true;
    stream->fault = fault;
    rest(stream);
    start(stream, JOB_END);
}

static void
tell_end(struct stream *stream)
{
    struct upload *upload = &stream->request->upload;

    upload->phase = UPLOAD_ENDED;
    upload->safe_bytes = stream->safe_bytes;
    upload->fault = stream->fault;
    upload->is_whole = stream->is_whole;
    upload->is_right =
        stream->is_whole && memcmp(stream->digest, upload->sha256, DIGEST_BYTES) == 0;
    if (upload->is_whole && !upload->is_right)
        upload->fault = FAULT_UPLOAD_DIGEST;
    if (upload->fault == FAULT_SPOOL_FAILED || upload->fault == FAULT_SPOOL_FULL)
        log_say(LOG_ERROR, "spool_trouble", LOG_TEXT("code", fault_info(upload->fault)->code),
                LOG_NUMBER("batch", upload->number));
}

/* A body that was gathered before is a short file. */
static void
take_body(struct stream *stream)
{
    const struct request *r = stream->request;

    assert(r->body_length > 0 && r->body_length <= BUFFER_BYTES);
    memcpy(stream->buffer, r->body, r->body_length);
    stream->length = r->body_length;
    stream_end(stream->request);
}

static void
go_on_after(struct stream *stream)
{
    struct request *r = stream->request;
    struct line    *line = stream->listener->line;

    switch (stream->job) {
    case JOB_OPEN:
        r->upload.file_bytes = stream->found_bytes;
        r->upload.phase = UPLOAD_LOCKED;
        line_streamed(line, r);
        break;
    case JOB_BEGIN:
        stream->has_begun = true;
        if (r->upload.is_at_hand)
            take_body(stream);
        else
            flow(stream);
        break;
    case JOB_WRITE:
        flow(stream);
        break;
    case JOB_CHECKPOINT:
        r->upload.safe_bytes = stream->safe_bytes;
        r->upload.phase = UPLOAD_PAUSED;
        line_streamed(line, r);
        break;
    case JOB_END:
        tell_end(stream);
        line_streamed(line, r);
        break;
    }
}

static void
done(uv_work_t *work, int status)
{
    struct stream *stream = work->data;
    (void)status;

    stream->is_working = false;
    if (stream->fault == FAULT_NONE || stream->job == JOB_END)
        go_on_after(stream);
    else if (stream->has_begun)
        end_early(stream, stream->fault);
    else
        line_stream_failed(stream->listener->line, stream->request, stream->fault);
}

static void
begin(struct listener *listener, struct request *r)
{
    struct stream *stream = NULL;

    if (listener->settings.stream.spool != NULL && !listener->is_draining
        && listener->stream_count < listener->settings.stream.streams_max)
        stream = malloc(sizeof *stream);
    if (stream == NULL) {
        line_stream_failed(listener->line, r,
                           listener->is_draining ? FAULT_DRAINING : FAULT_STORE_BUSY);
        return;
    }
    /* The buffer is written before it is read. */
    memset(stream, 0, offsetof(struct stream, buffer));
    stream->listener = listener;
    stream->request = r;
    stream->is_resting = true;
    stream->file.file = -1;
    if (r->upload.length > r->upload.safe_bytes)
        stream->wanted_bytes = r->upload.length - r->upload.safe_bytes;
    r->stream = stream;
    listener->stream_count++;
    meter_set(&listener->meter->streams_now, listener->stream_count);
    start(stream, JOB_OPEN);
}

void
stream_go(struct listener *listener, struct request *r)
{
    struct stream *stream = r->stream;

    if (r->upload.phase == UPLOAD_ADMITTED) {
        begin(listener, r);
        return;
    }
    if (r->upload.phase == UPLOAD_AWAITED) {
        stream_close(r); /* the file is whole, and others may have it */
        return;
    }
    assert(stream != NULL && r->upload.phase == UPLOAD_FLOWING);
    if (stream->has_begun) {
        flow(stream);
        return;
    }
    stream->safe_bytes = r->upload.safe_bytes;
    start(stream, JOB_BEGIN);
}

static void
write_full_buffer(struct stream *stream)
{
    int64_t unsynced = stream->file.length + BUFFER_BYTES - stream->safe_bytes;

    rest(stream);
    start(stream, unsynced >= stream->listener->settings.stream.checkpoint_bytes ? JOB_CHECKPOINT
                                                                                 : JOB_WRITE);
}

void
stream_take(struct request *r, const char *bytes, size_t *length)
{
    struct stream *stream = r->stream;

    if (stream == NULL || stream->has_ended) {
        *length = 0; /* the answer is known; the rest is read and dropped */
        return;
    }
    if (stream->is_working || stream->is_resting)
        return; /* it will come again */
    size_t more = BUFFER_BYTES - stream->length < *length ? BUFFER_BYTES - stream->length : *length;
    int64_t total = stream->file.length + (int64_t)(stream->length + more);
    if (total > r->upload.length_max) {
        end_early(stream, r->upload.length >= 0 ? FAULT_UPLOAD_LENGTH : FAULT_BODY_TOO_LARGE);
        return;
    }
    memcpy(stream->buffer + stream->length, bytes, more);
    stream->length += more;
    stream->heard_ms = clock_ticks_ms();
    *length -= more;
    meter_add(&stream->listener->meter->stream_bytes, more);
    if (stream->length == BUFFER_BYTES)
        write_full_buffer(stream);
}

void
stream_end(struct request *r)
{
    struct stream *stream = r->stream;

    if (stream == NULL || stream->has_ended || stream->is_working)
        return;
    int64_t total = stream->file.length + (int64_t)stream->length;
    stream->has_ended = true;
    if (r->upload.is_last && r->upload.length >= 0 && total != r->upload.length)
        stream->fault = FAULT_UPLOAD_LENGTH;
    stream->is_whole = r->upload.is_last && stream->fault == FAULT_NONE;
    rest(stream);
    start(stream, JOB_END);
}

void
stream_abandon(struct request *r)
{
    struct stream *stream = r->stream;

    r->connection = NULL;
    /* What the connection owned is gone with it. */
    r->heads = (struct heads){ 0 };
    r->upload_heads = NULL;
    r->method = r->path = r->path_rest = (struct span){ 0 };
    r->argument_count = 0;
    r->fingerprint = NULL;
    stream->has_ended = true;
    if (!stream->is_working)
        start(stream, JOB_END);
}

void
stream_close(struct request *r)
{
    struct stream *stream = r->stream;

    if (stream == NULL)
        return;
    assert(!stream->is_working);
    spool_file_close(&stream->file);
    if (r->upload.is_right && r->fault == FAULT_NONE
        && stream->listener->settings.stream.received != NULL)
        stream->listener->settings.stream.received();
    stream->listener->stream_count--;
    meter_set(&stream->listener->meter->streams_now, stream->listener->stream_count);
    explicit_bzero(stream->buffer, stream->length);
    free(stream);
    r->stream = NULL;
}

static bool
is_flowing(const struct stream *stream)
{
    return stream->has_begun && !stream->is_resting && !stream->is_working && !stream->has_ended;
}

void
stream_tick(struct listener *listener, int64_t now_ms)
{
    struct place_table *places = &listener->line->places;

    for (uint32_t i = 0; listener->stream_count > 0 && i < places->count; i++) {
        struct stream *stream = places->requests[i].stream;
        if (stream != NULL && is_flowing(stream)
            && now_ms - stream->heard_ms > listener->settings.stream.idle_ms)
            end_early(stream, FAULT_BODY_LATE);
    }
}

bool
stream_end_all(struct listener *listener)
{
    struct place_table *places = &listener->line->places;

    for (uint32_t i = 0; listener->stream_count > 0 && i < places->count; i++) {
        struct stream *stream = places->requests[i].stream;
        if (stream != NULL && is_flowing(stream))
            end_early(stream, FAULT_DRAINING);
    }
    return listener->stream_count == 0;
}
