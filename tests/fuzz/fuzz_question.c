/*
 * fuzz_question: a body for one of the endpoints; the first byte chooses it, the rest is the body,
 * or, where the path takes none, the arguments of its query string ("name=value&...").
 * Either it is refused with a fault, or the statement made of it is one that PostgreSQL can take:
 * as many values as it has parameters, and texts of UTF-8 without NUL. Where a file comes, the body
 * is the values of its headers, one a line.
 */
#include "document/press.h"
#include "model/utf8.h"
#include "query/set.h"
#include "query/stmt.h"
#include "route/route.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

enum { ARENA_FIRST = 32 * 1024, ARENA_MOST = 1024 * 1024, SIZE_MOST = 16 * 1024, TODAY = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct route *
route_chosen(uint8_t byte)
{
    size_t count = 0;
    while (route_at(count) != NULL)
        count++;
    return route_at(byte % count);
}

static void
take_arguments(struct request *r)
{
    const char *at = r->body, *end = r->body + r->body_length;

    while (at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        if (equals != NULL && r->argument_count < QUERY_ARGUMENTS_MAX)
            r->arguments[r->argument_count++] =
                (struct query_argument){ .name = span_make(at, (size_t)(equals - at)),
                                         .value =
                                             span_make(equals + 1, (size_t)(stop - equals - 1)) };
        at = stop + 1;
    }
}

/* One a line, in the order of the struct; what is missing is empty. */
static void
take_upload_heads(struct request *r, struct upload_heads *heads)
{
    struct span *const places[] = { &heads->idempotency_key, &heads->repr_digest,
                                    &heads->content_digest,  &heads->content_encoding,
                                    &heads->content_length,  &heads->complete,
                                    &heads->offset,          &heads->length,
                                    &r->heads.content_type,  &r->heads.user_id };
    struct span        rest = span_make(r->body, r->body_length);

    for (size_t i = 0; i < ARRAY_LEN(places) && rest.length > 0; i++) {
        const char *end = memchr(rest.bytes, '\n', rest.length);
        size_t      length = end == NULL ? rest.length : (size_t)(end - rest.bytes);
        *places[i] = span_make(rest.bytes, length);
        size_t eaten = end == NULL ? length : length + 1;
        rest = span_make(rest.bytes + eaten, rest.length - eaten);
    }
    heads->has_body = heads->content_length.length > 0;
    if (r->heads.user_id.length > 0
        && (r->heads.user_id.length > 64 || utf8_count(r->heads.user_id) == SIZE_MAX
            || memchr(r->heads.user_id.bytes, '\0', r->heads.user_id.length) != NULL))
        r->heads.user_id = (struct span){ 0 }; /* the line refuses these */
    r->upload_heads = heads;
    r->body_length = 0;
}

static void
check_ask(const struct ask *ask)
{
    const struct stmt_row  *row = stmt_info(ask->stmt);
    const struct ask *const asks[] = { ask };
    struct set              set = { 0 };

    assert(ask->count == stmt_param_count(row));
    for (int i = 0; i < ask->count; i++) {
        struct span bytes = ask->values[i].bytes;
        assert(row->params[i] != PG_UUID || ask->values[i].is_null || bytes.length == UUID_BYTES);
        if (row->params[i] != PG_TEXT)
            continue;
        assert(utf8_count(bytes) != SIZE_MAX);
        assert(bytes.length == 0 || memchr(bytes.bytes, '\0', bytes.length) == NULL);
    }
    assert(set_build(&set, ask->stmt, asks, 1) == FAULT_NONE);
    set_close(&set);
}

static void
decode(struct request *r)
{
    static const struct limits limits = {
        .bulk_keep_s = 60, .bulk_jobs = 1, .upload_bytes_max = 1 << 30, .uploads_unfinished = 1
    };
    /* A press that looks ready: only encode would sign. */
    static char               nothing;
    static const struct press press = { .signer = (struct signer *)(void *)&nothing };
    struct upload_heads       heads = { 0 };
    struct job_item           item = { .facility_id = 1, .asked_on = DAY_UNKNOWN };

    r->limits = &limits;
    r->press = &press;
    r->list = &r->route->list;
    r->item = r->route->path == NULL ? &item : NULL;
    r->path_rest = span_of("000000000000000017");
    r->received_at = (instant_t)TODAY * 86400 * 1000000;
    r->today = TODAY;
    if (r->route->streams)
        take_upload_heads(r, &heads);
    else if (r->route->body_bytes_max == 0)
        take_arguments(r);
    enum fault fault = r->route->endpoint->decode(r);
    assert(fault < FAULT_COUNT);
    assert(fault_info(fault)->http_status < 500
           || fault == FAULT_CARD_CHECK_AWAY); /* no desk here */
    if (fault == FAULT_NONE && r->fault == FAULT_NONE && r->route->endpoint->ask != NULL) {
        r->route->endpoint->ask(r);
        check_ask(&r->ask);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request r = { 0 };

    if (size < 2 || size > SIZE_MOST || !arena_open(&r.arena, ARENA_FIRST, ARENA_MOST))
        return 0;
    r.route = route_chosen(data[0]);
    r.body_length = size - 1;
    r.body = malloc(r.body_length); /* a list is taken apart where it stands */
    if (r.body != NULL) {
        memcpy(r.body, data + 1, r.body_length);
        decode(&r);
    }
    free(r.body);
    arena_close(&r.arena);
    return 0;
}
