#include "control.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

enum { PAIRS_BYTES_MAX = 1024, REPLY_BYTES = 2048, CONTROL_CONNECTIONS = 8, CONTROL_IDLE_S = 10 };

struct pairs {
    size_t length;
    char   bytes[PAIRS_BYTES_MAX];
};

static enum MHD_Result
say(struct MHD_Connection *connection, unsigned status, struct span body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer_copy(body.length, body.bytes);

    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* The port closes and opens as the behaviour says. One control thread: nobody else does it. */
static bool
follow(struct control *control)
{
    struct https *https = control->https;
    bool          shall_be_closed = conduct_now(&https->answerer->conduct).down == DOWN_CLOSED;

    if (shall_be_closed)
        https_close(https);
    else if (https->daemon == NULL)
        return https_open(https) == NULL;
    return true;
}

static enum MHD_Result
answer_control(struct control *control, struct MHD_Connection *connection, const char *method,
               const struct pairs *pairs)
{
    struct conduct *conduct = &control->https->answerer->conduct;
    char            place[REPLY_BYTES];
    struct text     text = text_in(place, sizeof place);

    if (span_is(span_of(method), "POST")
        && !conduct_take(conduct, span_make(pairs->bytes, pairs->length)))
        return say(connection, 400, span_of("{}\n"));
    if (!follow(control))
        return say(connection, 503, span_of("{}\n"));
    conduct_write(conduct, &text);
    return say(connection, 200, text_span(&text));
}

static enum MHD_Result
handle(void *owner, struct MHD_Connection *connection, const char *path, const char *method,
       const char *version, const char *upload, size_t *upload_length, void **context)
{
    struct pairs *pairs = *context;

    (void)path;
    (void)version;
    if (pairs == NULL) {
        *context = calloc(1, sizeof *pairs);
        return *context == NULL ? MHD_NO : MHD_YES;
    }
    if (*upload_length == 0)
        return answer_control(owner, connection, method, pairs);
    if (*upload_length > sizeof pairs->bytes - pairs->length)
        return MHD_NO;
    memcpy(pairs->bytes + pairs->length, upload, *upload_length);
    pairs->length += *upload_length;
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

const char *
control_open(struct control *control, struct https *https, uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    *control = (struct control){ .https = https };
    control->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL, handle, control, MHD_OPTION_SOCK_ADDR,
        &at, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONTROL_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONTROL_IDLE_S,
        MHD_OPTION_NOTIFY_COMPLETED, completed, control, MHD_OPTION_END);
    return control->daemon == NULL ? "the control port cannot be listened on" : NULL;
}

void
control_close(struct control *control)
{
    if (control->daemon != NULL)
        MHD_stop_daemon(control->daemon);
    control->daemon = NULL;
}
