#include "admin/admin.h"

#include "admin/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

enum { METRICS_BYTES_MAX = 256 * 1024, ADMIN_CONNECTIONS_MAX = 16, ADMIN_TIMEOUT_S = 5 };

static enum MHD_Result
reply(struct MHD_Connection *connection, unsigned status, struct span body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer_copy(body.length, body.bytes);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static bool
all_ready(const struct admin *admin)
{
    for (size_t i = 0; i < admin->worker_count; i++)
        if (!admin->workers[i].is_ready)
            return false;
    return !admin->is_draining;
}

static enum MHD_Result
answer_live(const struct admin *admin, struct MHD_Connection *connection)
{
    (void)admin;
    return reply(connection, 200, span_of("live\n"));
}

static enum MHD_Result
answer_ready(const struct admin *admin, struct MHD_Connection *connection)
{
    return all_ready(admin) ? reply(connection, 200, span_of("ready\n"))
                            : reply(connection, 503, span_of("not ready\n"));
}

static enum MHD_Result
answer_metrics(const struct admin *admin, struct MHD_Connection *connection)
{
    char *place = malloc(METRICS_BYTES_MAX);
    if (place == NULL)
        return MHD_NO;
    struct text         text = text_in(place, METRICS_BYTES_MAX);
    const struct meters meters = { admin->workers, admin->worker_count, admin->bulk };
    metrics_write(&text, &meters);
    if (admin->tell != NULL)
        admin->tell(&text);
    enum MHD_Result result = reply(connection, 200, text_span(&text));
    free(place);
    return result;
}

static const struct {
    const char *path;
    enum MHD_Result (*answer)(const struct admin *admin, struct MHD_Connection *connection);
} pages[] = {
    { "/live", answer_live },
    { "/ready", answer_ready },
    { "/metrics", answer_metrics },
};

static enum MHD_Result
handle(void *owner, struct MHD_Connection *connection, const char *path, const char *method,
       const char *version, const char *upload, size_t *upload_length, void **context)
{
    (void)version;
    (void)upload;
    (void)upload_length;
    (void)context;
    if (!span_is(span_of(method), "GET"))
        return reply(connection, 405, span_of("only GET\n"));
    for (size_t i = 0; i < ARRAY_LEN(pages); i++)
        if (span_is(span_of(path), pages[i].path))
            return pages[i].answer(owner, connection);
    return reply(connection, 404, span_of("only /live, /ready and /metrics\n"));
}

const char *
admin_open(struct admin *admin, const char *address, uint16_t port, const struct worker *workers,
           size_t worker_count, const struct meter *bulk, void (*tell)(struct text *text))
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };

    *admin = (struct admin){
        .workers = workers, .worker_count = worker_count, .bulk = bulk, .tell = tell
    };
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
        return "the setting admin_address is not an IPv4 address";
    admin->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL, port, NULL,
                                     NULL, handle, admin, MHD_OPTION_SOCK_ADDR, &at,
                                     MHD_OPTION_CONNECTION_LIMIT, (unsigned)ADMIN_CONNECTIONS_MAX,
                                     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)ADMIN_TIMEOUT_S,
                                     MHD_OPTION_CLIENT_DISCIPLINE_LVL, 3, MHD_OPTION_END);
    return admin->daemon == NULL ? "the admin port cannot be listened on" : NULL;
}

void
admin_close(struct admin *admin)
{
    if (admin->daemon != NULL)
        MHD_stop_daemon(admin->daemon);
    admin->daemon = NULL;
}
