/*
 * connection: one TLS connection to the server that carries one request at a time.
 *
 * Shape   closed, connecting, shaking, ready and waiting in turns, closing, closed. What happens
 *         is told to a struct connection_events, which may send or end from inside.
 * Units   instants are uv_hrtime() nanoseconds; deadline_ns 0 means none.
 * Errors  enum connection_end says how a connection ended; only the first reason is kept as text.
 * Owner   the fleet owns connections; a connection owns its socket, TLS object, ticket and buffers.
 *         connection_free() only when closed.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "answer.h"
#include "identity.h"
#include "load.h"
#include "questions.h"

#include <sys/socket.h>
#include <uv.h>

struct ssl_session_st;

enum connection_state {
    CONNECTION_CLOSED,
    CONNECTION_CONNECTING,
    CONNECTION_SHAKING,
    CONNECTION_READY,
    CONNECTION_WAITING,
    CONNECTION_CLOSING,
};

enum connection_end {
    CONNECTION_END_WANTED,  /* we closed it, as intended */
    CONNECTION_END_SERVER,  /* the server closed it while nothing was asked */
    CONNECTION_END_REFUSED, /* no connection, or the handshake failed */
    CONNECTION_END_LOST,    /* cut while an answer was due, or an answer that is not HTTP */
    CONNECTION_END_LATE,    /* a deadline passed */
};

struct connection;

struct connection_events {
    void (*ready)(struct connection *connection);    /* handshake done */
    void (*ticketed)(struct connection *connection); /* a session ticket came; may be NULL */
    void (*answered)(struct connection *connection);
    /* The end has begun. was_waiting: a request was under way, and will have no answer. */
    void (*ended)(struct connection *connection, enum connection_end end, bool was_waiting);
    void (*closed)(struct connection *connection); /* may be opened again, or freed */
};

/* What all connections share. */
struct target {
    uv_loop_t                      *loop;
    const struct connection_events *events;
    const struct identity          *identity;
    struct sockaddr_storage         address;
    socklen_t                       address_length;
    uint64_t                        timeout_ns;
    uint32_t                        sources;
    bool                            keeps_tickets;
    uint64_t                        handshakes;
    uint64_t                        handshakes_resumed;
    uint64_t                        bytes_read;
    struct complaint                first_trouble; /* text empty: none */
};

struct connection {
    struct target         *target;
    void                  *owner;
    size_t                 number;
    size_t                 pair;       /* who it is, among the identity's */
    const char            *kind;       /* the owner's: of facility, in a mix */
    size_t                 share;      /* the owner's: of the mix, which the question is of */
    struct job            *jobs;       /* the owner's: lists that are not done yet, oldest first */
    bool                   is_looking; /* the owner's: asks how its oldest job stands */
    bool                   is_away;    /* the owner's: was cut with all others, is not back yet */
    uv_poll_t              poll;
    int                    fd;
    int                    poll_events;
    enum connection_state  state;
    bool                   has_fresh_ticket;
    bool                   was_resumed;
    bool                   was_wanted; /* how the last end came: ours, or a polite one */
    bool                   is_queued;  /* the owner's: stands in its queue of ready ones */
    struct ssl_st         *tls;
    struct ssl_session_st *ticket;
    uint64_t               opened_ns;
    uint64_t               sent_ns;
    uint64_t               intended_ns;
    uint64_t               deadline_ns;
    uint64_t               rest_until_ns; /* the owner's: told to come back then; 0: not */
    uint64_t               answers;       /* on this connection, since it was opened */
    const struct question *question;
    char                  *out;
    size_t                 out_room;
    size_t                 out_length; /* 0 once all is handed to TLS */
    char                  *in;
    size_t                 in_length;
    struct answer          answer;
};

/* Tells OpenSSL to hand tickets to the connections of this identity. Once per run. */
void connection_tickets_listen(const struct identity *identity);

/* Buffers come with the first use, so that a quiet connection costs little. */
void connection_init(struct connection *connection, struct target *target, size_t number,
                     size_t out_room);
void connection_free(struct connection *connection);

/* Starts connecting. What fails, also at once, is told by ended() and closed(). */
void connection_open(struct connection *connection);

/* Only when ready. Sends out[0..length), which the caller wrote. */
void connection_send(struct connection *connection, size_t length, uint64_t now_ns);

/* Begins the end, from any state but closed and closing. */
void connection_end(struct connection *connection, enum connection_end end);

/* The body of the answer that came last; valid inside answered(). */
struct text connection_body(const struct connection *connection);

#endif
