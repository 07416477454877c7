/*
 * listener: HTTPS on one port for one worker, on the worker's loop.
 *
 * Shape   libmicrohttpd does TLS and HTTP; this room joins it to libuv, hands requests to the
 *         line, and sends the replies. It knows nothing of what is asked.
 * Units   milliseconds, bytes.
 * Errors  listener_open(): a reason to print, or NULL. The port is held from then on, but nobody
 *         is let in before listener_begin().
 * Owner   the worker. Certificates and keys are read by tls.h and outlive the listener.
 */
#ifndef LISTEN_LISTENER_H
#define LISTEN_LISTENER_H

#include "line/line.h"
#include "listen/meter.h"
#include "listen/peer.h"
#include "listen/stream.h"
#include "listen/waiting.h"

#include <microhttpd.h>
#include <uv.h>

struct listener_settings {
    const char *address;
    uint16_t    port;
    uint32_t    connections_max;
    uint32_t    connection_memory_bytes;
    uint32_t    idle_s;  /* a connection without bytes is closed */
    uint32_t    head_ms; /* so is one whose handshake or head takes longer */
    uint32_t    body_ms;
    uint32_t    reply_ms;      /* a peer that takes longer to read its reply is left */
    uint32_t    place_wait_ms; /* who finds no place is refused when none is free after that */
    uint32_t    backlog;

    struct stream_settings stream;
};

struct listener {
    uv_loop_t               *loop;
    struct MHD_Daemon       *daemon; /* NULL until it begins */
    int                      listening;
    struct line             *line;
    struct meter            *meter;
    struct tls              *tls;
    struct listener_settings settings;
    uv_poll_t                poll;
    uv_timer_t               timer;
    struct peer_queue        peers;   /* whose handshake or head is under way */
    struct waiting           waiting; /* whose head is read, and no place is free */
    uint32_t                 peer_count;
    uint32_t                 stream_count;
    bool                     is_draining;
    bool                     is_closing; /* what is cut now is not kept */
};

const char *listener_open(struct listener *listener, uv_loop_t *loop, struct line *line,
                          struct meter *meter, struct tls *tls,
                          const struct listener_settings *settings);

/* Lets peers in from now on; a reason to log, or NULL. */
const char *listener_begin(struct listener *listener);

/* Runs the HTTP library until it has nothing to do; call before the loop blocks. */
void listener_run(struct listener *listener);

/* The line's way out: queues the reply of a finished request. */
void listener_respond(struct listener *listener, struct request *r);

/* New connections use this tls from now on; takes the caller's use of it over. */
void listener_renew(struct listener *listener, struct tls *tls);

/* Ends peers whose handshake, head or body takes too long. */
void listener_tick(struct listener *listener, int64_t now_ms);

/* Takes no more connections and ends idle ones; those with a request are answered first. */
void listener_drain(struct listener *listener);
bool listener_is_empty(const struct listener *listener);

void listener_close(struct listener *listener);

#endif
