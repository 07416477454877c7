/*
 * stream: the body of a request on its way into a file of the spool.
 *
 * Shape   one buffer for a request, filled by the HTTP library's calls; when it is full the
 *         connection rests and a thread of libuv's pool writes it, so that no disk ever holds the
 *         loop up. Every so many bytes the file is synced and the line notes how much is safe;
 *         the same when the body ends, or is cut: what has come is kept.
 * Units   bytes; milliseconds of clock_ticks_ms().
 * Errors  go into the request's upload.fault, and are told after what is safe has been noted.
 * Owner   the listener; a stream lives from the admission of its request until its answer.
 */
#ifndef LISTEN_STREAM_H
#define LISTEN_STREAM_H

#include "request/request.h"
#include "spool/spool.h"

struct listener;

struct stream_settings {
    const struct spool *spool; /* NULL: this program takes no files */
    uint32_t            streams_max;
    uint32_t            checkpoint_bytes;
    void (*received)(void); /* a file is whole and on record; NULL: nobody wants to know */
    uint32_t idle_ms;       /* a body without a byte for so long is ended */
};

/* The line wants this request's upload to go on from its phase. */
void stream_go(struct listener *listener, struct request *r);

/* Takes what fits; *length is how much was left. The connection may rest afterwards. */
void stream_take(struct request *r, const char *bytes, size_t *length);

/* The body has come to its end. */
void stream_end(struct request *r);

/* The peer has gone: what has come is kept, and nobody is answered. */
void stream_abandon(struct request *r);

/* Closes the file, and gives back the buffer; accepts a request without a stream. */
void stream_close(struct request *r);

/* Ends bodies that do not go on. */
void stream_tick(struct listener *listener, int64_t now_ms);

/* Ends all bodies; true when none is left. Call until it is, while the loop runs. */
bool stream_end_all(struct listener *listener);

#endif
