#include "listen/http.h"

#include "endpoint/problem.h"
#include "listen/listener.h"
#include "listen/reply.h"
#include "route/route.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_FIRST_BYTES = 1024,
    DROPPED_BYTES_MAX = 1 << 20,
    UNKNOWN_PATH_MS = 1000,
    SMALL_PROBLEM_BYTES = 1024,
    SHORT_BODY_DIGITS = 3 /* of its length */,
    SHORT_BODY_BYTES = 4 << 20
};

/* What the library holds for us of a connection whose request found no place. */
static char no_place;

/* The reply to what never became a request: too many, too large, or a method that is not HTTP's. */
static enum MHD_Result
refuse(struct MHD_Connection *connection, enum fault fault, bool closes)
{
    char                    place[SMALL_PROBLEM_BYTES];
    struct text             text = text_in(place, sizeof place);
    const struct fault_row *info = fault_info(fault);

    problem_write(&text, fault);
    struct MHD_Response *response = MHD_create_response_from_buffer_copy(text.length, text.bytes);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "application/problem+json");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (info->retry_helps)
        MHD_add_response_header(response, "Retry-After", "1");
    if (closes)
        MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(connection, info->http_status, response);
    MHD_destroy_response(response);
    return result;
}

static struct span
head(struct MHD_Connection *connection, const char *name)
{
    return span_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static enum MHD_Result
note_accept(void *place, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct span *accept = place;
    (void)kind;

    if (strcasecmp(key, "Accept") != 0)
        return MHD_YES;
    if (accept->bytes != NULL) { /* over several lines: too seldom to be put together */
        *accept = (struct span){ 0 };
        return MHD_NO;
    }
    *accept = span_of(value);
    return MHD_YES;
}

static struct span
accept_head(struct MHD_Connection *connection)
{
    struct span accept = { 0 };
    MHD_get_connection_values(connection, MHD_HEADER_KIND, note_accept, &accept);
    return accept;
}

static enum MHD_Result
note_argument(void *place, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct request *r = place;
    (void)kind;

    if (r->argument_count < QUERY_ARGUMENTS_MAX)
        r->arguments[r->argument_count] =
            (struct query_argument){ .name = span_of(key), .value = span_of(value) };
    r->argument_count++;
    return MHD_YES;
}

static struct peer *
peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context; /* read at once: the library reuses it */
}

/* Once per connection, at its first request: the handshake is over by then. */
static const unsigned char *
fingerprint_of(struct listener *listener, struct MHD_Connection *connection, struct peer *peer)
{
    if (!peer->has_fingerprint) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        gnutls_session_t session = info == NULL ? NULL : info->tls_session;
        if (session == NULL || !tls_fingerprint(session, peer->fingerprint))
            return NULL;
        peer->has_fingerprint = true;
        if (gnutls_session_is_resumed(session) != 0)
            meter_add(&listener->meter->handshakes_resumed, 1);
    }
    return peer->fingerprint;
}

/* What this path takes, before the path is judged. */
static const struct route *
route_sought(const struct line *line, const struct request *r)
{
    const struct route *route = NULL;
    struct span         rest;
    const char         *allow = NULL;

    if (route_find(line->duty, r->method, r->path, &route, &rest, &allow) != FAULT_NONE)
        return NULL;
    return route;
}

/* A short body on a path that takes lists needs none of the few large shares. */
static bool
needs_large_share(const struct route *route, struct span content_length)
{
    if (route == NULL || route->memory_bytes == 0)
        return false;
    return route->body_bytes_max == 0 || !span_is_digits(content_length)
           || content_length.length > SHORT_BODY_DIGITS;
}

static bool
take_upload_heads(struct request *r)
{
    struct upload_heads *heads = arena_take(&r->arena, sizeof *heads);

    if (heads == NULL)
        return false;
    *heads = (struct upload_heads){ .idempotency_key = head(r->connection, "Idempotency-Key"),
                                    .repr_digest = head(r->connection, "Repr-Digest"),
                                    .content_digest = head(r->connection, "Content-Digest"),
                                    .content_encoding = head(r->connection, "Content-Encoding"),
                                    .content_length = head(r->connection, "Content-Length"),
                                    .complete = head(r->connection, "Upload-Complete"),
                                    .offset = head(r->connection, "Upload-Offset"),
                                    .length = head(r->connection, "Upload-Length") };
    heads->has_body = head(r->connection, "Transfer-Encoding").length > 0
                      || (heads->content_length.length > 0 && !span_is(heads->content_length, "0"));
    r->upload_heads = heads;
    return true;
}

/* NULL: there is no room for it. `peer` may be NULL. */
static struct request *
start_request(struct listener *listener, struct MHD_Connection *connection, struct peer *peer,
              const char *path, const char *method)
{
    struct request *r = place_take(&listener->line->places);

    if (r == NULL)
        return NULL;
    r->connection = connection;
    r->method = span_of(method);
    r->path = span_of(path);
    r->received_at = clock_now();
    r->today = clock_day(r->received_at);
    r->started_us = waiting_seat(&listener->waiting, peer);
    r->seated_ms = clock_ticks_ms();
    r->fingerprint = peer == NULL ? NULL : fingerprint_of(listener, connection, peer);
    r->heads = (struct heads){ .request_id = head(connection, "X-Request-Id"),
                               .user_id = head(connection, "X-User-Id"),
                               .accept = accept_head(connection),
                               .accept_language = head(connection, "Accept-Language"),
                               .content_type = head(connection, "Content-Type"),
                               .if_none_match = head(connection, "If-None-Match"),
                               .if_match = head(connection, "If-Match"),
                               .authorization = head(connection, "Authorization") };
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, note_argument, r);
    r->sought = route_sought(listener->line, r);
    if (r->sought != NULL && r->sought->reads_upload_heads && !take_upload_heads(r)) {
        place_give_back(&listener->line->places, r);
        return NULL;
    }
    if (needs_large_share(r->sought, head(connection, "Content-Length"))
        && !place_enlarge(&listener->line->places, r, r->sought->memory_bytes)) {
        place_give_back(&listener->line->places, r);
        return NULL;
    }
    if (peer != NULL)
        peer_begin(peer);
    return r;
}

static bool
body_is_json(const struct request *r)
{
    static const char json[] = "application/json";
    struct span       type = r->heads.content_type;
    size_t            length = sizeof json - 1;

    if (type.length < length || strncasecmp(type.bytes, json, length) != 0)
        return false;
    return type.length == length || type.bytes[length] == ';' || type.bytes[length] == ' ';
}

/* The length that was announced, or anything above the limit when it was more; 0 for none. */
static size_t
announced_bytes(const struct request *r, size_t most)
{
    size_t      announced = 0;
    struct span text = head(r->connection, "Content-Length");

    for (size_t i = 0; i < text.length && announced <= most; i++)
        announced = announced * 10 + (size_t)(text.bytes[i] - '0'); /* the library read it too */
    return announced;
}

/* As much as was announced, so that a long body is not copied as it grows. */
static size_t
first_room(const struct request *r, size_t most)
{
    size_t announced = announced_bytes(r, most);
    return announced > BODY_FIRST_BYTES && announced <= most ? announced : BODY_FIRST_BYTES;
}

/* An unknown path gets room for nothing. */
static size_t
body_room(const struct request *r)
{
    return r->sought == NULL ? 0 : r->sought->body_bytes_max;
}

static void
add_body(struct request *r, const char *bytes, size_t length)
{
    size_t most = body_room(r);

    if (r->fault != FAULT_NONE)
        return; /* what comes after a fault is read and dropped */
    if (r->body_length + length > most) {
        request_blame(r, FAULT_BODY_TOO_LARGE, NULL, NULL);
        return;
    }
    if (r->body_length + length > r->body_room) {
        size_t wanted = r->body_room == 0 ? first_room(r, most) : r->body_room * 2;
        while (wanted < r->body_length + length)
            wanted *= 2;
        char *grown = arena_take_raw(&r->arena, wanted);
        if (grown == NULL) {
            request_blame(r, FAULT_REQUEST_TOO_LARGE, NULL, NULL);
            return;
        }
        if (r->body_length > 0)
            memcpy(grown, r->body, r->body_length);
        r->body = grown;
        r->body_room = wanted;
    }
    memcpy(r->body + r->body_length, bytes, length);
    r->body_length += length;
}

/* Everything has arrived: suspend first, since the line may be done before it returns. */
static void
run_line(struct listener *listener, struct request *r)
{
    r->deadline_ms =
        clock_ticks_ms() + (r->sought == NULL ? UNKNOWN_PATH_MS : r->sought->deadline_ms);
    if (r->body_length > 0 && !body_is_json(r))
        request_blame(r, FAULT_MEDIA_TYPE, "Content-Type", "not application/json");
    MHD_suspend_connection(r->connection);
    line_run(listener->line, r);
}

static void
put_queued(void *owner, const char *name, const char *value)
{
    MHD_add_response_header(owner, name, value);
}

static enum MHD_Result
send_reply(struct listener *listener, struct request *r)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer_static(r->reply.length, r->reply.bytes);

    if (response == NULL)
        return MHD_NO;
    reply_head(r, put_queued, response);
    /* Behind a method that we do not know, nobody can tell where the next request begins. */
    if (listener->is_draining || r->fault == FAULT_METHOD_UNKNOWN)
        MHD_add_response_header(response, "Connection", "close");
    r->leaves_by_ms = clock_ticks_ms() + listener->settings.reply_ms;
    enum MHD_Result result = MHD_queue_response(r->connection, r->http_status, response);
    MHD_destroy_response(response);
    return result;
}

/* Admission comes before the first byte of the body: suspend first, as in run_line(). */
static void
admit(struct listener *listener, struct request *r)
{
    r->deadline_ms = clock_ticks_ms() + r->sought->deadline_ms;
    MHD_suspend_connection(r->connection);
    line_run(listener->line, r);
}

/* The body of one that was refused is still read, when it is not too long: a peer that just sends
 * hears nothing before its end, and may never hear what comes in the middle. */
static bool
body_is_short(struct MHD_Connection *connection)
{
    struct span length = head(connection, "Content-Length");
    int64_t     bytes = 0;

    if (head(connection, "Transfer-Encoding").length > 0)
        return false;
    for (size_t i = 0; i < length.length && bytes <= SHORT_BODY_BYTES; i++)
        bytes = bytes * 10 + (length.bytes[i] - '0');
    return bytes == 0 || (bytes <= SHORT_BODY_BYTES && span_is_empty(head(connection, "Expect")));
}

static enum MHD_Result
handle_streamed(struct listener *listener, struct request *r, const char *upload,
                size_t *upload_length)
{
    if (*upload_length > 0) {
        stream_take(r, upload, upload_length);
        return MHD_YES;
    }
    if (!r->is_past_head) {
        if (r->is_answered && !body_is_short(r->connection))
            return send_reply(listener, r);
        if (r->is_answered)
            r->leaves_by_ms = clock_ticks_ms() + listener->settings.reply_ms;
        r->is_past_head = true;
        return MHD_YES;
    }
    r->has_body_ended = true;
    if (r->is_answered)
        return send_reply(listener, r);
    stream_end(r);
    return MHD_YES;
}

/* A connection costs more than a question: who is told to come later keeps it, and is no load of
 * handshakes just when there are too many. */
static enum MHD_Result
turn_away(struct listener *listener, struct MHD_Connection *connection, struct peer *peer,
          size_t *upload_length, void **context)
{
    bool is_first = *context == NULL;

    if (is_first)
        meter_add(&listener->meter->refused_full, 1);
    if (is_first && peer != NULL)
        waiting_refuse(&listener->waiting, peer);
    if (is_first && !body_is_short(connection))
        return refuse(connection, FAULT_STORE_BUSY, true);
    if (is_first || *upload_length > 0) {
        *context = &no_place;
        *upload_length = 0;
        return MHD_YES;
    }
    return refuse(connection, FAULT_STORE_BUSY, listener->is_draining);
}

/* The first call for a request, and the second one when it had to wait. */
static enum MHD_Result
begin(struct listener *listener, struct MHD_Connection *connection, const char *path,
      const char *method, size_t *upload_length, void **context)
{
    struct peer    *peer = peer_of(connection);
    struct request *r = NULL;

    if (waiting_admits(&listener->waiting, peer))
        r = start_request(listener, connection, peer, path, method);
    else if (waiting_hold(&listener->waiting, peer, connection, clock_ticks_ms()))
        return MHD_YES;
    if (r == NULL)
        return turn_away(listener, connection, peer, upload_length, context);
    *context = r;
    if (r->sought != NULL && r->sought->streams) {
        admit(listener, r);
        return MHD_YES;
    }
    /* What is a little too long is read first, since a peer may not listen before. */
    size_t most = body_room(r) + DROPPED_BYTES_MAX;
    if (announced_bytes(r, most) > most) {
        request_blame(r, FAULT_BODY_TOO_LARGE, NULL, NULL);
        run_line(listener, r);
    }
    return MHD_YES;
}

enum MHD_Result
http_handle(void *owner, struct MHD_Connection *connection, const char *path, const char *method,
            const char *version, const char *upload, size_t *upload_length, void **context)
{
    struct listener *listener = owner;
    struct request  *r = *context;

    if (*context == &no_place)
        return turn_away(listener, connection, NULL, upload_length, context);
    if (r == NULL && strcmp(version, MHD_HTTP_VERSION_1_1) != 0)
        return refuse(connection, FAULT_METHOD_UNKNOWN, true);
    if (r == NULL)
        return begin(listener, connection, path, method, upload_length, context);
    if (r->sought != NULL && r->sought->streams)
        return handle_streamed(listener, r, upload, upload_length);
    if (*upload_length > 0) {
        add_body(r, upload, *upload_length);
        *upload_length = 0;
        return MHD_YES;
    }
    if (r->is_answered)
        return send_reply(listener, r);
    run_line(listener, r);
    return MHD_YES;
}

static int
meter_kind(const struct actor *actor)
{
    return actor->holder == HOLDER_INSURER ? METER_KIND_INSURER : actor->kind;
}

void
http_note(struct listener *listener, const struct request *r)
{
    meter_request(listener->meter, r->route == NULL ? 0 : (int)r->route->id, r->fault,
                  r->is_known_actor ? meter_kind(&r->actor) : 0, r->record.reason,
                  clock_ticks_us() - r->started_us);
}

void
http_completed(void *owner, struct MHD_Connection *connection, void **context,
               enum MHD_RequestTerminationCode how)
{
    struct listener *listener = owner;
    struct request  *r = *context == &no_place ? NULL : *context;
    struct peer     *peer = peer_of(connection);
    (void)how;

    if (peer != NULL)
        peer_rest(peer);
    *context = NULL;
    if (r == NULL)
        return;
    if (r->stream != NULL && !listener->is_closing) {
        stream_abandon(r);
        return;
    }
    stream_close(r);
    if (r->is_answered || r->fault != FAULT_NONE)
        http_note(listener, r);
    place_give_back(&listener->line->places, r);
}
