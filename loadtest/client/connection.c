#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_event(uv_poll_t *poll, int status, int events);

void
connection_init(struct connection *connection, struct target *target, size_t number,
                size_t out_room)
{
    *connection = (struct connection){
        .target = target,
        .number = number,
        .out_room = out_room,
        .fd = -1,
    };
}

void
connection_free(struct connection *connection)
{
    SSL_SESSION_free(connection->ticket);
    free(connection->out);
    free(connection->in);
    connection->ticket = NULL;
    connection->out = NULL;
    connection->in = NULL;
}

static void
trouble_note(struct connection *connection, const char *what, const char *why)
{
    struct complaint *first = &connection->target->first_trouble;

    if (first->text[0] == '\0')
        complain(first, "%s: %s", what, why);
}

static void
on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;

    connection->state = CONNECTION_CLOSED;
    connection->target->events->closed(connection);
}

void
connection_end(struct connection *connection, enum connection_end end)
{
    bool was_waiting = connection->state == CONNECTION_WAITING;

    if (connection->tls != NULL) {
        /* After a fault of the protocol, OpenSSL forbids the polite goodbye. */
        if (end == CONNECTION_END_WANTED || end == CONNECTION_END_SERVER)
            SSL_shutdown(connection->tls);
        ERR_clear_error();
        SSL_free(connection->tls);
        connection->tls = NULL;
    }
    connection->state = CONNECTION_CLOSING;
    connection->was_wanted = end == CONNECTION_END_WANTED || end == CONNECTION_END_SERVER;
    connection->deadline_ns = 0;
    connection->out_length = 0;
    connection->in_length = 0;
    uv_poll_stop(&connection->poll);
    uv_close((uv_handle_t *)&connection->poll, on_closed);
    close(connection->fd);
    connection->fd = -1;
    connection->target->events->ended(connection, end, was_waiting);
}

static void
events_want(struct connection *connection, int events)
{
    if (connection->poll_events == events)
        return;
    connection->poll_events = events;
    uv_poll_start(&connection->poll, events, on_event);
}

/* Ends the connection for the reason that OpenSSL or the kernel just gave. */
static void
tls_failed(struct connection *connection, int error, const char *what)
{
    bool is_handshake = connection->state < CONNECTION_READY;
    bool is_waiting = connection->state == CONNECTION_WAITING;
    bool is_protocol = error == SSL_ERROR_SSL && ERR_peek_last_error() != 0;

    if (error == SSL_ERROR_ZERO_RETURN || !is_protocol) {
        ERR_clear_error();
        if (!is_handshake && !is_waiting) {
            connection_end(connection, CONNECTION_END_SERVER);
            return;
        }
        trouble_note(connection, what, "the server closed the connection");
    } else {
        trouble_note(connection, what, identity_tls_reason());
    }
    /* With TLS 1.3 the server's verdict on our certificate comes after our side is done. */
    bool is_refusal = is_handshake || (connection->answers == 0 && is_protocol);
    connection_end(connection, is_refusal ? CONNECTION_END_REFUSED : CONNECTION_END_LOST);
}

static void
flush(struct connection *connection)
{
    ERR_clear_error();
    int wrote = SSL_write(connection->tls, connection->out, (int)connection->out_length);
    if (wrote > 0) {
        connection->out_length = 0;
        events_want(connection, UV_READABLE);
        return;
    }
    int error = SSL_get_error(connection->tls, wrote);
    if (error == SSL_ERROR_WANT_WRITE)
        events_want(connection, UV_READABLE | UV_WRITABLE);
    else if (error != SSL_ERROR_WANT_READ)
        tls_failed(connection, error, "sending");
}

static bool
buffers_open(struct connection *connection)
{
    if (connection->out == NULL)
        connection->out = malloc(connection->out_room);
    if (connection->in == NULL)
        connection->in = malloc(LOAD_ANSWER_BYTES_MAX);
    return connection->out != NULL && connection->in != NULL;
}

void
connection_send(struct connection *connection, size_t length, uint64_t now_ns)
{
    connection->state = CONNECTION_WAITING;
    connection->out_length = length;
    connection->in_length = 0;
    connection->answer = (struct answer){ 0 };
    connection->sent_ns = now_ns;
    connection->deadline_ns = now_ns + connection->target->timeout_ns;
    flush(connection);
}

struct text
connection_body(const struct connection *connection)
{
    return (struct text){ connection->in + connection->answer.head_bytes,
                          connection->answer.body_bytes };
}

/* Returns false when the connection must not be touched any more. */
static bool
answer_take(struct connection *connection)
{
    switch (answer_read(connection->in, connection->in_length, &connection->answer)) {
    case ANSWER_MORE:
        return true;
    case ANSWER_BAD:
        trouble_note(connection, "answer", "not sound HTTP/1.1 with a Content-Length");
        connection_end(connection, CONNECTION_END_LOST);
        return false;
    case ANSWER_WHOLE:
        break;
    }
    connection->state = CONNECTION_READY;
    connection->deadline_ns = 0;
    connection->answers++;
    connection->target->events->answered(connection);
    return false;
}

static void
read_ready(struct connection *connection)
{
    for (;;) {
        size_t room = LOAD_ANSWER_BYTES_MAX - connection->in_length;

        ERR_clear_error();
        int got = SSL_read(connection->tls, connection->in + connection->in_length, (int)room);
        if (got <= 0) {
            int error = SSL_get_error(connection->tls, got);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
                tls_failed(connection, error, "reading");
            break;
        }
        connection->target->bytes_read += (uint64_t)got;
        if (connection->state != CONNECTION_WAITING) {
            trouble_note(connection, "answer", "bytes that nobody asked for");
            connection_end(connection, CONNECTION_END_LOST);
            return;
        }
        connection->in_length += (size_t)got;
        if (!answer_take(connection))
            return;
        if (SSL_has_pending(connection->tls) == 0)
            break; /* the loop says when there is more */
    }
    if (connection->has_fresh_ticket && connection->state == CONNECTION_READY) {
        connection->has_fresh_ticket = false;
        if (connection->target->events->ticketed != NULL)
            connection->target->events->ticketed(connection);
    }
}

/* OpenSSL calls this when a ticket came; returning 1 keeps the reference. */
static int
on_ticket(SSL *tls, SSL_SESSION *ticket)
{
    struct connection *connection = SSL_get_app_data(tls);

    connection->has_fresh_ticket = true;
    if (!connection->target->keeps_tickets)
        return 0;
    SSL_SESSION_free(connection->ticket);
    connection->ticket = ticket;
    return 1;
}

void
connection_tickets_listen(const struct identity *identity)
{
    SSL_CTX_sess_set_new_cb(identity->context, on_ticket);
}

static void
shake(struct connection *connection)
{
    ERR_clear_error();
    int done = SSL_do_handshake(connection->tls);
    if (done != 1) {
        int error = SSL_get_error(connection->tls, done);
        if (error == SSL_ERROR_WANT_READ)
            events_want(connection, UV_READABLE);
        else if (error == SSL_ERROR_WANT_WRITE)
            events_want(connection, UV_READABLE | UV_WRITABLE);
        else
            tls_failed(connection, error, "handshake");
        return;
    }
    connection->state = CONNECTION_READY;
    connection->deadline_ns = 0;
    connection->was_resumed = SSL_session_reused(connection->tls) == 1;
    connection->target->handshakes++;
    connection->target->handshakes_resumed += connection->was_resumed;
    events_want(connection, UV_READABLE);
    connection->target->events->ready(connection);
    /* A ticket may have come along and wait in OpenSSL's buffer, where the loop cannot see it. */
    if (connection->state == CONNECTION_READY && connection->tls != NULL
        && SSL_has_pending(connection->tls) == 1)
        read_ready(connection);
}

static void
connected(struct connection *connection)
{
    int       error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0) {
        trouble_note(connection, "connecting", strerror(error != 0 ? error : errno));
        connection_end(connection, CONNECTION_END_REFUSED);
        return;
    }
    connection->tls = identity_take_tls(connection->target->identity, connection->pair);
    if (connection->tls == NULL || !buffers_open(connection)
        || SSL_set_fd(connection->tls, connection->fd) != 1) {
        trouble_note(connection, "connecting", "no memory");
        connection_end(connection, CONNECTION_END_REFUSED);
        return;
    }
    SSL_set_app_data(connection->tls, connection);
    if (connection->ticket != NULL)
        SSL_set_session(connection->tls, connection->ticket);
    connection->has_fresh_ticket = false;
    connection->state = CONNECTION_SHAKING;
    shake(connection);
}

static void
on_event(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = poll->data;

    if (connection->state == CONNECTION_CONNECTING) {
        connected(connection);
        return;
    }
    if (connection->state == CONNECTION_SHAKING) {
        shake(connection);
        return;
    }
    if (status == 0 && (events & UV_WRITABLE) != 0 && connection->out_length > 0)
        flush(connection);
    if (connection->state == CONNECTION_READY || connection->state == CONNECTION_WAITING)
        if (status != 0 || (events & UV_READABLE) != 0)
            read_ready(connection);
}

/* Port numbers run out at about 28,000 per source address; on the loopback there are many. */
static bool
source_bind(const struct connection *connection)
{
    int                on = 1;
    struct sockaddr_in source = { .sin_family = AF_INET };

    if (connection->target->sources <= 1)
        return true;
    uint32_t last = 2 + (uint32_t)(connection->number % connection->target->sources);
    source.sin_addr.s_addr = htonl((UINT32_C(127) << 24) | last);
    setsockopt(connection->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    return bind(connection->fd, (const struct sockaddr *)&source, sizeof source) == 0;
}

static bool
socket_start(struct connection *connection)
{
    const struct target *target = connection->target;
    int                  on = 1;

    if (!source_bind(connection))
        return false;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(connection->fd, (const struct sockaddr *)&target->address,
                   target->address_length)
               == 0
           || errno == EINPROGRESS;
}

void
connection_open(struct connection *connection)
{
    struct target *target = connection->target;

    connection->opened_ns = uv_hrtime();
    connection->deadline_ns = connection->opened_ns + target->timeout_ns;
    connection->answers = 0;
    connection->state = CONNECTION_CONNECTING;
    connection->fd =
        socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) {
        trouble_note(connection, "socket", strerror(errno));
        connection->state = CONNECTION_CLOSED;
        target->events->ended(connection, CONNECTION_END_REFUSED, false);
        target->events->closed(connection);
        return;
    }
    uv_poll_init_socket(target->loop, &connection->poll, connection->fd);
    connection->poll.data = connection;
    connection->poll_events = 0;
    if (!socket_start(connection)) {
        trouble_note(connection, "connecting", strerror(errno));
        connection_end(connection, CONNECTION_END_REFUSED);
        return;
    }
    events_want(connection, UV_WRITABLE);
}
