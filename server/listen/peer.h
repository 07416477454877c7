/*
 * peer: one connection, and the queue in which it stands.
 *
 * Shape   a peer whose handshake or head is under way stands in a queue, longest wait first; it
 *         leaves when the head is whole. So a deadline looks at the front of the queue only,
 *         however many peers there are. In a second queue stand those who wait for a place
 *         (waiting.h). The first byte after an answer brings a peer in again: the session reads its
 *         bytes through here, a short record with one call.
 * Units   milliseconds of clock_ticks_ms().
 * Errors  peer_new(): NULL, and the session must not go on.
 * Owner   the listener; kept small, since there may be a hundred thousand. One thread.
 */
#ifndef LISTEN_PEER_H
#define LISTEN_PEER_H

#include "listen/tls.h"
#include "request/request.h"

/* Most requests are one record, no longer than this. */
enum { PEER_AHEAD_BYTES = 512 };

struct peer_queue {
    struct peer *first;
    struct peer *last;
};

enum peer_turn {
    TURN_NONE,
    TURN_CALLED, /* it has waited, and a free place is kept for it */
    TURN_OVER    /* it has waited for too long: it is to be refused */
};

struct peer {
    struct peer_queue *heads; /* where it stands while a head of its own is under way */
    struct peer_queue *queue; /* where it stands; NULL: nowhere */
    struct peer       *before;
    struct peer       *after;
    int                socket;
    bool               is_busy; /* a request is under way */
    bool               has_fingerprint;
    enum peer_turn     turn;
    int64_t            since_ms;   /* while queued: since when; afterwards: since when it was */
    void              *connection; /* while it waits: the library's */
    struct tls        *tls;
    unsigned char      fingerprint[FINGERPRINT_BYTES];
    unsigned short     ahead_from; /* bytes that have arrived and the session has not asked for */
    unsigned short     ahead_to;
    unsigned char      ahead[PEER_AHEAD_BYTES];
};

/* Prepares the session, and queues the peer for its handshake. */
struct peer *peer_new(struct peer_queue *queue, struct tls *tls, gnutls_session_t session,
                      int socket, int64_t now_ms);
void         peer_free(struct peer *peer);

/* A head is whole: what arrives until peer_rest() belongs to this request. */
void peer_begin(struct peer *peer);
void peer_rest(struct peer *peer);

/* Stands in the queue, until it is taken out of it by peer_taken(). */
void peer_hold(struct peer *peer, struct peer_queue *queue, void *connection, int64_t now_ms);

/* The first of those that have been in the queue for so long; NULL: there is none. */
struct peer *peer_taken(struct peer_queue *queue, int64_t now_ms, int64_t least_ms);

/* Ends those that have been queued for longer. */
void peer_queue_tick(struct peer_queue *queue, int64_t now_ms, int64_t patience_ms);

#endif
