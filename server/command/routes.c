/*
 * routes: prints the route table, one JSON object a line: what may be called, by whom, how much
 *         may be sent, how long it may take.
 *
 * Errors  EX_USAGE for any option. Items of a job have no path and are left out.
 */
#include "command/command.h"

#include "route/route.h"
#include "wire/out.h"

#include <stddef.h>
#include <stdio.h>
#include <sysexits.h>

enum { LINE_BYTES_MAX = 512 };

struct route_view {
    const char *duty;
    const char *method;
    const char *path;
    const char *permission;
    const char *audit;
    int32_t     body_bytes_max;
    int32_t     deadline_ms;
    int32_t     items_max;
    bool        takes_query;
    bool        streams;
};

#define VIEW(field) offsetof(struct route_view, field)

/* clang-format off */
static const struct out_row view_rows[] = {
    { "duty",           NULL, OUT_STRING, VIEW(duty),           NULL },
    { "method",         NULL, OUT_STRING, VIEW(method),         NULL },
    { "path",           NULL, OUT_STRING, VIEW(path),           NULL },
    { "permission",     NULL, OUT_STRING, VIEW(permission),     NULL },
    { "audit",          NULL, OUT_STRING, VIEW(audit),          NULL },
    { "body_bytes_max", NULL, OUT_WHOLE,  VIEW(body_bytes_max), NULL },
    { "deadline_ms",    NULL, OUT_WHOLE,  VIEW(deadline_ms),    NULL },
    { "items_max",      NULL, OUT_WHOLE,  VIEW(items_max),      NULL },
    { "takes_query",    NULL, OUT_FLAG,   VIEW(takes_query),    NULL },
    { "streams",        NULL, OUT_FLAG,   VIEW(streams),        NULL },
    { 0 },
};
/* clang-format on */

static const char *const permission_names[] = {
    [PERMISSION_UNSET] = "unset",
    [PERMISSION_ELIGIBILITY] = "eligibility",
    [PERMISSION_REFERENCE_NUMBERS] = "reference_numbers",
    [PERMISSION_ENROLMENT] = "enrolment",
    [PERMISSION_PERSON] = "person",
    [PERMISSION_OFFICE] = "office",
    [PERMISSION_PAGES] = "pages",
};
_Static_assert(ARRAY_LEN(permission_names) == PERMISSION_COUNT, "every permission has a name");

static const char *const audit_names[] = {
    [AUDIT_UNSET] = "unset",
    [AUDIT_READS_PERSON] = "reads_person",
    [AUDIT_CHANGES_PERSON] = "changes_person",
    [AUDIT_NOTHING] = "nothing",
};

static const char *
duty_name(enum duty duty)
{
    if (duty == DUTY_PORTAL)
        return "portal";
    if (duty == DUTY_OFFICE)
        return "office";
    return duty == DUTY_REGISTRAR ? "registrar" : "serve";
}

static void
print_route(const struct route *row)
{
    char              place[LINE_BYTES_MAX];
    struct text       text = text_in(place, sizeof place);
    struct route_view view = { .duty = duty_name(row->duty),
                               .method = row->method,
                               .path = row->path,
                               .permission = permission_names[row->permission],
                               .audit = audit_names[row->audit],
                               .body_bytes_max = (int32_t)row->body_bytes_max,
                               .deadline_ms = row->deadline_ms,
                               .items_max = row->list.items_max > 0 ? row->list.items_max : -1,
                               .takes_query = row->takes_query,
                               .streams = row->streams };

    out_object(&text, view_rows, &view);
    puts(place);
}

int
command_routes(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        fputs("usage: shikaku routes\n", stderr);
        return EX_USAGE;
    }
    for (size_t i = 0; route_at(i) != NULL; i++)
        if (route_at(i)->path != NULL && !route_at(i)->is_page)
            print_route(route_at(i));
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
