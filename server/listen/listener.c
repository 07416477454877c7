#include "listen/listener.h"

#include "listen/http.h"
#include "listen/reply.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RUNS_MAX = 64 };

static const char *
bind_socket(const struct listener_settings *settings, int *ret_socket)
{
    struct sockaddr_in6 address6 = { .sin6_family = AF_INET6, .sin6_port = htons(settings->port) };
    struct sockaddr_in  address4 = { .sin_family = AF_INET, .sin_port = htons(settings->port) };
    bool                is_4 = inet_pton(AF_INET, settings->address, &address4.sin_addr) == 1;
    int                 one = 1;

    if (!is_4 && inet_pton(AF_INET6, settings->address, &address6.sin6_addr) != 1)
        return "the setting address is not an IP address";
    int listening =
        socket(is_4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listening < 0)
        return "no socket can be made";
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(listening, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    const struct sockaddr *address =
        is_4 ? (const struct sockaddr *)&address4 : (const struct sockaddr *)&address6;
    socklen_t length = is_4 ? sizeof address4 : sizeof address6;
    if (bind(listening, address, length) != 0) {
        const char *reason = errno == EADDRINUSE ? "the port is in use"
                                                 : "the address and port cannot be listened on";
        close(listening);
        return reason;
    }
    *ret_socket = listening;
    return NULL;
}

static void
count_peers(struct listener *listener, int more)
{
    listener->peer_count += (uint32_t)more;
    meter_set(&listener->meter->connections_now, listener->peer_count);
}

/* The library keeps one answer per connection: each must be read before the next is asked for. */
static gnutls_session_t
session_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info == NULL ? NULL : info->tls_session;
}

static int
socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

static void
start_peer(struct listener *listener, struct MHD_Connection *connection, void **context)
{
    gnutls_session_t session = session_of(connection);
    int              file = socket_of(connection);
    int              one = 1;

    meter_add(&listener->meter->connections_opened, 1);
    if (session != NULL && file >= 0)
        *context = peer_new(&listener->peers, listener->tls, session, file, clock_ticks_ms());
    if (*context == NULL) {
        shutdown(file, SHUT_RDWR); /* without our rules the session must not go on */
        return;
    }
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    count_peers(listener, 1);
}

static void
notify(void *owner, struct MHD_Connection *connection, void **context,
       enum MHD_ConnectionNotificationCode what)
{
    struct listener *listener = owner;
    struct peer     *peer = *context;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        start_peer(listener, connection, context);
        return;
    }
    if (peer == NULL)
        return;
    if (!peer->has_fingerprint)
        meter_add(&listener->meter->handshakes_failed, 1);
    count_peers(listener, -1);
    waiting_leave(&listener->waiting, peer);
    peer_free(peer);
    *context = NULL;
}

/* The library's own log speaks of peers' bytes; only its own start-up trouble is of use. */
static void
drop_log(void *owner, const char *format, va_list arguments)
{
    (void)owner;
    (void)format;
    (void)arguments;
}

static void
on_ready(uv_poll_t *poll, int status, int events)
{
    (void)poll; /* the prepare handle of the worker runs the library before the loop blocks again */
    (void)status;
    (void)events;
}

static void
on_time(uv_timer_t *timer)
{
    (void)timer;
}

static struct MHD_Daemon *
start_daemon(struct listener *listener)
{
    const struct listener_settings *settings = &listener->settings;
    unsigned                        flags = MHD_USE_EPOLL | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME
                     | MHD_USE_NO_THREAD_SAFETY | MHD_USE_ERROR_LOG;

    return MHD_start_daemon(
        flags, 0, NULL, NULL, http_handle, listener, MHD_OPTION_EXTERNAL_LOGGER, drop_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, listener->listening, MHD_OPTION_HTTPS_MEM_KEY,
        listener->tls->key_pem, MHD_OPTION_HTTPS_MEM_CERT, listener->tls->certificate_pem,
        MHD_OPTION_CLIENT_DISCIPLINE_LVL, 3, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)settings->connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)settings->connection_memory_bytes, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
        (size_t)1024, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)settings->idle_s,
        MHD_OPTION_NOTIFY_COMPLETED, http_completed, listener, MHD_OPTION_NOTIFY_CONNECTION, notify,
        listener, MHD_OPTION_END);
}

const char *
listener_open(struct listener *listener, uv_loop_t *loop, struct line *line, struct meter *meter,
              struct tls *tls, const struct listener_settings *settings)
{
    *listener = (struct listener){ .loop = loop,
                                   .line = line,
                                   .meter = meter,
                                   .tls = tls,
                                   .settings = *settings,
                                   .waiting = { .places = &line->places,
                                                .patience_ms = settings->place_wait_ms } };
    uv_timer_init(loop, &listener->timer);
    return bind_socket(settings, &listener->listening);
}

const char *
listener_begin(struct listener *listener)
{
    if (listen(listener->listening, (int)listener->settings.backlog) != 0)
        return "the address and port cannot be listened on";
    listener->daemon = start_daemon(listener);
    if (listener->daemon == NULL)
        return "the HTTP library does not start";
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || uv_poll_init(listener->timer.loop, &listener->poll, info->epoll_fd) != 0
        || uv_poll_start(&listener->poll, UV_READABLE, on_ready) != 0)
        return "the HTTP library's events cannot be watched";
    return NULL;
}

void
listener_run(struct listener *listener)
{
    uint64_t wait_ms = 0;

    if (listener->daemon == NULL)
        return;
    for (int runs = 0; runs < RUNS_MAX; runs++) {
        MHD_run(listener->daemon);
        waiting_call(&listener->waiting);
        if (MHD_get_timeout64(listener->daemon, &wait_ms) != MHD_YES) {
            uv_timer_stop(&listener->timer);
            return;
        }
        if (wait_ms > 0)
            break;
    }
    /* Still busy after so many turns: let the lanes have theirs, and come back at once. */
    uv_timer_start(&listener->timer, on_time, wait_ms, 0);
}

void
listener_respond(struct listener *listener, struct request *r)
{
    bool is_mid_body = r->stream != NULL && r->is_past_head && !r->has_body_ended;

    stream_close(r);
    if (r->connection == NULL) { /* its peer went while its body was on its way */
        http_note(listener, r);
        place_give_back(&listener->line->places, r);
        return;
    }
    if (is_mid_body) { /* the library takes no reply before the end of the body */
        reply_cut(r);
        shutdown(socket_of(r->connection), SHUT_RDWR);
    }
    MHD_resume_connection(r->connection); /* the library calls http_handle() again, which replies */
}

void
listener_renew(struct listener *listener, struct tls *tls)
{
    tls_release(listener->tls);
    listener->tls = tls;
}

static bool
is_slow_to_come(const struct listener *listener, const struct request *r, int64_t now_ms)
{
    return r->stage == STAGE_NAME && r->deadline_ms == 0
           && now_ms - r->seated_ms > listener->settings.body_ms;
}

/* A place belongs to its request from its head until its reply has left: neither may take long. */
static void
end_slow_requests(struct listener *listener, int64_t now_ms)
{
    struct place_table *places = &listener->line->places;

    for (uint32_t i = 0; places_taken(places) > 0 && i < places->count; i++) {
        struct request *r = &places->requests[i];
        bool            is_slow = is_slow_to_come(listener, r, now_ms);
        if (r->connection == NULL
            || (!is_slow && (r->leaves_by_ms == 0 || now_ms < r->leaves_by_ms)))
            continue;
        if (is_slow) {
            r->deadline_ms = now_ms;
            reply_refuse_late(r);
        }
        shutdown(socket_of(r->connection), SHUT_RDWR);
    }
}

void
listener_tick(struct listener *listener, int64_t now_ms)
{
    waiting_tick(&listener->waiting, now_ms);
    peer_queue_tick(&listener->peers, now_ms, listener->settings.head_ms);
    end_slow_requests(listener, now_ms);
    stream_tick(listener, now_ms);
    if (listener->is_draining)
        stream_end_all(listener);
}

void
listener_drain(struct listener *listener)
{
    listener->is_draining = true;
    waiting_end(&listener->waiting);
    if (listener->daemon == NULL)
        return;
    listener_run(listener); /* who stands in the queue is still let in */
    MHD_socket listening = MHD_quiesce_daemon(listener->daemon);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    stream_end_all(listener);
}

bool
listener_is_empty(const struct listener *listener)
{
    return places_taken(&listener->line->places) == 0;
}

void
listener_close(struct listener *listener)
{
    listener->is_closing = true;
    waiting_end(&listener->waiting);
    if (listener->daemon != NULL)
        MHD_stop_daemon(listener->daemon);
    else
        close(listener->listening);
    listener->daemon = NULL;
    tls_release(listener->tls);
    listener->tls = NULL;
}
