#include "listen/peer.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void
enter(struct peer *peer, struct peer_queue *queue, int64_t now_ms)
{
    peer->since_ms = now_ms;
    peer->queue = queue;
    peer->before = queue->last;
    peer->after = NULL;
    if (queue->last != NULL)
        queue->last->after = peer;
    else
        queue->first = peer;
    queue->last = peer;
}

static void
leave(struct peer *peer)
{
    struct peer_queue *queue = peer->queue;

    if (queue == NULL)
        return;
    peer->queue = NULL;
    if (peer->before != NULL)
        peer->before->after = peer->after;
    else
        queue->first = peer->after;
    if (peer->after != NULL)
        peer->after->before = peer->before;
    else
        queue->last = peer->before;
}

/* The session asks for the five bytes of a record's head, then for the record; both come with one
 * call. What is longer than there is room for goes straight to its place. */
static ssize_t
take(struct peer *peer, void *bytes, size_t length)
{
    if (peer->ahead_from == peer->ahead_to) {
        if (length >= sizeof peer->ahead)
            return recv(peer->socket, bytes, length, 0);
        ssize_t got = recv(peer->socket, peer->ahead, sizeof peer->ahead, 0);
        if (got <= 0)
            return got;
        peer->ahead_from = 0;
        peer->ahead_to = (unsigned short)got;
    }
    size_t there = (size_t)(peer->ahead_to - peer->ahead_from);
    if (length > there)
        length = there;
    memcpy(bytes, peer->ahead + peer->ahead_from, length);
    peer->ahead_from = (unsigned short)(peer->ahead_from + length);
    return (ssize_t)length;
}

static ssize_t
pull(gnutls_transport_ptr_t place, void *bytes, size_t length)
{
    struct peer *peer = place;
    ssize_t      got = take(peer, bytes, length);

    if (got > 0 && !peer->is_busy && peer->queue == NULL)
        enter(peer, peer->heads, clock_ticks_ms());
    return got;
}

static int
pull_timeout(gnutls_transport_ptr_t place, unsigned milliseconds)
{
    const struct peer *peer = place;
    struct pollfd      file = { .fd = peer->socket, .events = POLLIN };
    bool               is_forever = milliseconds == GNUTLS_INDEFINITE_TIMEOUT;

    if (peer->ahead_from < peer->ahead_to)
        return 1;
    return poll(&file, 1, is_forever ? -1 : (int)milliseconds);
}

struct peer *
peer_new(struct peer_queue *queue, struct tls *tls, gnutls_session_t session, int socket,
         int64_t now_ms)
{
    struct peer           *peer = calloc(1, sizeof *peer);
    gnutls_transport_ptr_t in;
    gnutls_transport_ptr_t out;

    if (peer == NULL || !tls_prepare(tls, session)) {
        free(peer);
        return NULL;
    }
    peer->heads = queue;
    peer->socket = socket;
    peer->tls = tls;
    gnutls_transport_get_ptr2(session, &in, &out);
    gnutls_transport_set_ptr2(session, peer, out); /* writing stays the library's */
    gnutls_transport_set_pull_function(session, pull);
    gnutls_transport_set_pull_timeout_function(session, pull_timeout);
    enter(peer, queue, now_ms);
    return peer;
}

void
peer_free(struct peer *peer)
{
    leave(peer);
    tls_release(peer->tls);
    free(peer);
}

void
peer_begin(struct peer *peer)
{
    leave(peer);
    peer->is_busy = true;
}

void
peer_rest(struct peer *peer)
{
    peer->is_busy = false;
}

void
peer_hold(struct peer *peer, struct peer_queue *queue, void *connection, int64_t now_ms)
{
    leave(peer);
    peer->connection = connection;
    enter(peer, queue, now_ms);
}

struct peer *
peer_taken(struct peer_queue *queue, int64_t now_ms, int64_t least_ms)
{
    struct peer *peer = queue->first;

    if (peer == NULL || now_ms - peer->since_ms < least_ms)
        return NULL;
    leave(peer);
    return peer;
}

void
peer_queue_tick(struct peer_queue *queue, int64_t now_ms, int64_t patience_ms)
{
    while (queue->first != NULL && now_ms - queue->first->since_ms > patience_ms) {
        struct peer *peer = queue->first;
        leave(peer);
        shutdown(peer->socket, SHUT_RDWR); /* the library finds its end, and closes it */
    }
}
