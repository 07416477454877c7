#include "endpoint/problem.h"

#include "endpoint/endpoints.h"
#include "wire/out.h"

#include <assert.h>

static const char type_prefix[] = "https://shikaku.example/errors#";

/* For a request whose arena is full; a test compares it with the table. */
static const char without_memory[] =
    "{\"type\":\"https://shikaku.example/errors#request_too_large\","
    "\"title\":\"The request needs more memory than one request may use.\",\"status\":413,"
    "\"code\":\"request_too_large\",\"errors\":[]}";

struct problem_item {
    const char *code;
    const char *field;
    const char *reason;
    const char *title;
};

struct problem {
    char            type[96];
    const char     *type_text;
    const char     *title;
    const char     *title_ja;
    int32_t         status;
    const char     *code;
    bool            retry_helps;
    struct out_list errors;
};

/* clang-format off */
static const struct out_row item_rows[] = {
    { "code",   NULL, OUT_STRING, offsetof(struct problem_item, code),   NULL },
    { "field",  NULL, OUT_STRING, offsetof(struct problem_item, field),  NULL },
    { "reason", NULL, OUT_STRING, offsetof(struct problem_item, reason), NULL },
    { "title",  NULL, OUT_STRING, offsetof(struct problem_item, title),  NULL },
    { 0 },
};

static const struct out_row problem_rows[] = {
    { "type",        NULL, OUT_STRING, offsetof(struct problem, type_text),   NULL },
    { "title",       NULL, OUT_STRING, offsetof(struct problem, title),       NULL },
    { "title_ja",    NULL, OUT_STRING, offsetof(struct problem, title_ja),    NULL },
    { "status",      NULL, OUT_WHOLE,  offsetof(struct problem, status),      NULL },
    { "code",        NULL, OUT_STRING, offsetof(struct problem, code),        NULL },
    { "retry_helps", NULL, OUT_FLAG,   offsetof(struct problem, retry_helps), NULL },
    { "errors",      NULL, OUT_LIST,   offsetof(struct problem, errors),      item_rows },
    { 0 },
};
/* clang-format on */

void
endpoint_blame(void *request, enum fault fault, const char *field, const char *reason)
{
    request_blame(request, fault, field, reason);
}

static void
write_problem(struct text *text, enum fault fault, const struct out_list *errors)
{
    const struct fault_row *info = fault_info(fault);
    struct problem          problem = { .title = info->title,
                                        .title_ja = info->title_ja,
                                        .status = info->http_status,
                                        .code = info->code,
                                        .retry_helps = info->retry_helps,
                                        .errors = *errors };
    struct text             type = text_in(problem.type, sizeof problem.type);

    text_add_string(&type, type_prefix);
    text_add_string(&type, info->code);
    problem.type_text = problem.type;
    out_object(text, problem_rows, &problem);
}

void
problem_write(struct text *text, enum fault fault)
{
    const struct problem_item item = { .code = fault_info(fault)->code,
                                       .title = fault_info(fault)->title };
    const struct out_list     errors = {
            .items = &item, .count = 1, .stride = sizeof item, .has = true
    };
    write_problem(text, fault, &errors);
}

void
problem_write_blames(struct text *text, enum fault fault, const struct told_blame *blames,
                     size_t count)
{
    struct problem_item items[BLAMES_MAX];
    struct out_list     errors = {
            .items = items, .count = count, .stride = sizeof items[0], .has = true
    };

    assert(count <= BLAMES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct fault_row *info = fault_info(blames[i].fault);
        items[i] = (struct problem_item){ .code = info->code,
                                          .field = blames[i].field,
                                          .reason = blames[i].reason,
                                          .title = info->title };
    }
    write_problem(text, fault, &errors);
}

void
problem_encode(struct request *r)
{
    char *place = arena_take(&r->arena, PROBLEM_BYTES_MAX);

    r->http_status = fault_info(r->fault)->http_status;
    r->etag[0] = '\0';
    if (place == NULL) {
        r->http_status = fault_info(FAULT_REQUEST_TOO_LARGE)->http_status;
        r->reply = span_of(without_memory);
        return;
    }
    struct text text = text_in(place, PROBLEM_BYTES_MAX);
    problem_write_blames(&text, r->fault, r->blames, r->blame_count);
    r->reply = text_span(&text);
}
