#include "listen/reply.h"

#include "base/text.h"
#include "endpoint/problem.h"
#include "route/route.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>

enum { RAW_HEAD_BYTES = 1024 };

static void
put_upload(const struct request *r, reply_put *put, void *owner)
{
    char        place[96];
    struct text text = text_in(place, sizeof place);

    text_add_number(&text, r->upload.safe_bytes);
    put(owner, "Upload-Offset", place);
    put(owner, "Upload-Complete", r->upload.is_whole ? "?1" : "?0");
    if (r->upload.length >= 0) {
        text = text_in(place, sizeof place);
        text_add_number(&text, r->upload.length);
        put(owner, "Upload-Length", place);
    }
    text = text_in(place, sizeof place);
    text_add_format(&text, "max-size=%lld, max-age=%d", (long long)r->limits->upload_bytes_max,
                    (int)r->limits->upload_age_s);
    put(owner, "Upload-Limit", place);
}

static const char *
content_type(const struct request *r)
{
    if (r->fault != FAULT_NONE)
        return "application/problem+json";
    return r->content_type == NULL ? "application/json" : r->content_type;
}

static bool
is_page(const struct request *r)
{
    return r->route != NULL && r->route->is_page && r->fault == FAULT_NONE;
}

/* A page runs its own scripts and no others, speaks to nobody else, and stands in no other page. */
static void
put_page(reply_put *put, void *owner)
{
    put(owner, "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    put(owner, "X-Content-Type-Options", "nosniff");
    put(owner, "Referrer-Policy", "no-referrer");
    put(owner, "Cross-Origin-Opener-Policy", "same-origin");
}

void
reply_head(const struct request *r, reply_put *put, void *owner)
{
    if (r->reply.length > 0)
        put(owner, "Content-Type", content_type(r));
    put(owner, "Cache-Control", is_page(r) ? "no-cache" : "no-store");
    if (is_page(r))
        put_page(put, owner);
    if (r->has_request_id && r->heads.request_id.bytes != NULL)
        put(owner, "X-Request-Id", r->heads.request_id.bytes);
    if (r->etag[0] != '\0')
        put(owner, "ETag", r->etag);
    if (r->link != NULL && r->fault == FAULT_NONE)
        put(owner, "Link", r->link);
    if (r->location != NULL)
        put(owner, "Location", r->location);
    if (r->allow != NULL)
        put(owner, "Allow", r->allow);
    if (r->tells_upload)
        put_upload(r, put, owner);
    if (fault_info(r->fault)->retry_helps)
        put(owner, "Retry-After", "1");
    if (r->fault == FAULT_BUDGET_SPENT)
        put(owner, "Retry-After", "60");
}

static void
put_raw(void *owner, const char *name, const char *value)
{
    text_add_format(owner, "%s: %s\r\n", name, value);
}

void
reply_cut(struct request *r)
{
    char        place[PROBLEM_BYTES_MAX + RAW_HEAD_BYTES];
    struct text text = text_in(place, sizeof place);

    const union MHD_ConnectionInfo *connection =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_session_t session = connection == NULL ? NULL : connection->tls_session;
    text_add_format(&text, "HTTP/1.1 %u %s\r\n", r->http_status,
                    MHD_get_reason_phrase_for(r->http_status));
    reply_head(r, put_raw, &text);
    text_add_format(&text, "Connection: close\r\nContent-Length: %zu\r\n\r\n", r->reply.length);
    text_add(&text, r->reply);
    if (session == NULL || text.is_full)
        return;
    /* A peer that reads nothing either is not waited for. */
    if (gnutls_record_send(session, text.bytes, text.length) > 0)
        gnutls_bye(session, GNUTLS_SHUT_WR);
}

void
reply_refuse_late(struct request *r)
{
    request_blame(r, FAULT_BODY_LATE, NULL, NULL);
    problem_encode(r);
    reply_cut(r);
}
