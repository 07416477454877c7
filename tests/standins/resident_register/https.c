#include "https.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>

enum { PROBLEM_BYTES = 256, IDLE_S = 60, ENDLESS_BYTES = 4096 };

struct exchange {
    size_t length;
    bool   is_too_long;
    char   body[BODY_BYTES_MAX];
};

struct problem {
    unsigned    status;
    const char *code;
    const char *title;
};

static const struct problem malformed = { 400, "malformed", "This is no inquiry." };
static const struct problem not_permitted = { 403, "not_permitted",
                                              "This certificate may not ask." };
static const struct problem path_unknown = { 404, "path_unknown", "There is nothing here." };
static const struct problem method_not_allowed = { 405, "method_not_allowed", "Only POST." };
static const struct problem too_large = { 413, "body_too_large", "The body is too long." };
static const struct problem media_type = { 415, "media_type_unsupported",
                                           "Only application/json." };
static const struct problem internal = { 500, "internal", "The register failed." };
static const struct problem unavailable = { 503, "unavailable",
                                            "The register is closed just now." };

static enum MHD_Result
refuse(struct MHD_Connection *connection, const struct problem *problem)
{
    char        place[PROBLEM_BYTES];
    struct text text = text_in(place, sizeof place);

    text_add_format(&text,
                    "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u,\"code\":\"%s\"}",
                    problem->title, problem->status, problem->code);
    struct MHD_Response *response = MHD_create_response_from_buffer_copy(text.length, text.bytes);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "application/problem+json");
    if (problem == &unavailable)
        MHD_add_response_header(response, "Retry-After", "0");
    enum MHD_Result result = MHD_queue_response(connection, problem->status, response);
    MHD_destroy_response(response);
    return result;
}

static gnutls_session_t
session_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info == NULL ? NULL : info->tls_session;
}

static bool
is_registry(struct MHD_Connection *connection)
{
    gnutls_x509_crt_t     certificate;
    unsigned              count = 0;
    char                  unit[64];
    size_t                length = sizeof unit;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session_of(connection), &count);

    if (chain == NULL || count == 0 || gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS)
        return false;
    bool is_it =
        gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS
        && gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, 0,
                                         0, unit, &length)
               == GNUTLS_E_SUCCESS
        && span_is(span_make(unit, length), "registry");
    gnutls_x509_crt_deinit(certificate);
    return is_it;
}

/* Blanks without end, until the caller or the stand-in has had enough. */
static ssize_t
give_blanks(void *owner, uint64_t at, char *place, size_t size_bytes)
{
    (void)at;
    if (conduct_is_stopping(owner))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    memset(place, ' ', size_bytes);
    return (ssize_t)size_bytes;
}

struct cut {
    size_t length;
    char   bytes[];
};

/* Half of what was announced, then nothing. */
static ssize_t
give_half(void *owner, uint64_t at, char *place, size_t size_bytes)
{
    struct cut *cut = owner;
    size_t      half = cut->length / 2;

    if (at >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t more = half - at < size_bytes ? half - at : size_bytes;
    memcpy(place, cut->bytes + at, more);
    return (ssize_t)more;
}

static struct MHD_Response *
make_response(struct https *https, const struct text *text, enum rude rude)
{
    if (rude == RUDE_ENDLESS)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, ENDLESS_BYTES, give_blanks,
                                                 &https->answerer->conduct, NULL);
    if (rude != RUDE_CUT)
        return MHD_create_response_from_buffer_copy(text->length, text->bytes);
    struct cut *cut = malloc(sizeof *cut + text->length);
    if (cut == NULL)
        return NULL;
    cut->length = text->length;
    memcpy(cut->bytes, text->bytes, text->length);
    return MHD_create_response_from_callback(text->length, ENDLESS_BYTES, give_half, cut, free);
}

static enum MHD_Result
reply(struct https *https, struct MHD_Connection *connection, const struct text *text)
{
    enum rude            rude = conduct_now(&https->answerer->conduct).rude;
    struct MHD_Response *response = make_response(https, text, rude);

    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type",
                            rude == RUDE_CONTENT_TYPE ? "text/html" : "application/json");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    enum MHD_Result result =
        MHD_queue_response(connection, rude == RUDE_STATUS ? 202 : 200, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result
answer(struct https *https, struct MHD_Connection *connection, struct span body)
{
    struct answerer *answerer = https->answerer;
    struct span      inquiry_id;
    size_t           count = answer_count(body, &inquiry_id);
    size_t           bytes = (count + 1) * ANSWER_BYTES;

    if (count == 0) {
        conduct_count(&answerer->conduct, COUNT_MALFORMED, 1);
        return refuse(connection, &malformed);
    }
    char *place = malloc(bytes);
    if (place == NULL)
        return refuse(connection, &internal);
    struct text     text = text_in(place, bytes);
    bool            is_answered = answer_write(answerer, body, &text);
    enum MHD_Result result = is_answered
                                 ? reply(https, connection, &text)
                                 : refuse(connection, text.is_full ? &internal : &malformed);
    conduct_count(&answerer->conduct, is_answered ? COUNT_INQUIRIES : COUNT_MALFORMED, 1);
    free(place);
    return result;
}

static enum MHD_Result
respond(struct https *https, struct MHD_Connection *connection, const char *path,
        const char *method, struct exchange *exchange)
{
    struct conduct *conduct = &https->answerer->conduct;
    const char     *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
    struct behaviour behaviour = conduct_now(conduct);

    conduct_count(conduct, COUNT_REQUESTS, 1);
    if (!is_registry(connection)) {
        conduct_count(conduct, COUNT_NOT_PERMITTED, 1);
        return refuse(connection, &not_permitted);
    }
    conduct_wait(conduct, behaviour.slow_ms);
    if (behaviour.down == DOWN_UNAVAILABLE) {
        conduct_count(conduct, COUNT_UNAVAILABLE, 1);
        return refuse(connection, &unavailable);
    }
    if (!span_is(span_of(path), "/v1/persons/inquiry"))
        return refuse(connection, &path_unknown);
    if (!span_is(span_of(method), "POST"))
        return refuse(connection, &method_not_allowed);
    if (exchange->is_too_long)
        return refuse(connection, &too_large);
    if (type == NULL || strcasecmp(type, "application/json") != 0)
        return refuse(connection, &media_type);
    return answer(https, connection, span_make(exchange->body, exchange->length));
}

static enum MHD_Result
handle(void *owner, struct MHD_Connection *connection, const char *path, const char *method,
       const char *version, const char *upload, size_t *upload_length, void **context)
{
    struct exchange *exchange = *context;

    (void)version;
    if (exchange == NULL) {
        exchange = malloc(sizeof *exchange);
        if (exchange == NULL)
            return MHD_NO;
        exchange->length = 0;
        exchange->is_too_long = false;
        *context = exchange;
        return MHD_YES;
    }
    if (*upload_length == 0)
        return respond(owner, connection, path, method, exchange);
    size_t room = sizeof exchange->body - exchange->length;
    exchange->is_too_long = exchange->is_too_long || *upload_length > room;
    if (!exchange->is_too_long) {
        memcpy(exchange->body + exchange->length, upload, *upload_length);
        exchange->length += *upload_length;
    }
    *upload_length = 0;
    return MHD_YES;
}

static void
completed(void *owner, struct MHD_Connection *connection, void **context,
          enum MHD_RequestTerminationCode how)
{
    (void)owner;
    (void)connection;
    (void)how;
    free(*context);
    *context = NULL;
}

static void
notify(void *owner, struct MHD_Connection *connection, void **context,
       enum MHD_ConnectionNotificationCode what)
{
    struct https *https = owner;

    (void)context;
    if (what != MHD_CONNECTION_NOTIFY_STARTED)
        return;
    conduct_count(&https->answerer->conduct, COUNT_CONNECTIONS, 1);
    if (!tls_prepare(https->tls, session_of(connection)))
        abort(); /* better no register than one that lets everybody in */
}

static void
drop_log(void *owner, const char *format, va_list arguments)
{
    (void)owner;
    (void)format;
    (void)arguments;
}

const char *
https_open(struct https *https)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(https->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    conduct_stop(&https->answerer->conduct, false);
    https->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_TLS
            | MHD_USE_ERROR_LOG,
        https->port, NULL, NULL, handle, https, MHD_OPTION_EXTERNAL_LOGGER, drop_log, NULL,
        MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_HTTPS_MEM_KEY,
        https->tls->key_pem, MHD_OPTION_HTTPS_MEM_CERT, https->tls->certificate_pem,
        MHD_OPTION_CLIENT_DISCIPLINE_LVL, 3, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, completed,
        https, MHD_OPTION_NOTIFY_CONNECTION, notify, https, MHD_OPTION_END);
    return https->daemon == NULL ? "the port cannot be listened on" : NULL;
}

void
https_close(struct https *https)
{
    if (https->daemon == NULL)
        return;
    conduct_stop(&https->answerer->conduct, true);
    MHD_stop_daemon(https->daemon);
    https->daemon = NULL;
}
