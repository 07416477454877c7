#include "../cases.h"

#include "base/text.h"
#include "route/route.h"

static struct span
span_or_empty(const char *text)
{
    return span_of(text == NULL ? "" : text);
}

static void
every_route_states_its_protection(void **state)
{
    size_t count = 0;

    (void)state;
    for (size_t i = 0; route_at(i) != NULL; i++) {
        const struct route *row = route_at(i);
        const char         *name = row->path == NULL ? row->method : row->path;
        count++;
        CASE_TRUE(name, row->endpoint != NULL && row->endpoint->decode != NULL);
        CASE_TRUE(name, row->endpoint->encode != NULL);
        CASE_TRUE(name, row->id != ROUTE_NONE);
        CASE_TRUE(name, (row->duty & ~DUTY_EVERY) == 0 && row->duty != 0);
        CASE_TRUE(name, row->is_page || (row->duty & (row->duty - 1)) == 0);
        CASE_INT(name, row->permission == PERMISSION_PAGES, row->is_page);
        CASE_INT(name, row->permission == PERMISSION_ENROLMENT, row->duty == DUTY_REGISTRAR);
        CASE_INT(name, row->permission == PERMISSION_PERSON, row->duty == DUTY_PORTAL);
        CASE_INT(name, row->permission == PERMISSION_OFFICE,
                 row->duty == DUTY_OFFICE && !row->is_page);
        CASE_TRUE(name, row->permission > PERMISSION_UNSET && row->permission < PERMISSION_COUNT);
        CASE_TRUE(name, row->audit > AUDIT_UNSET && row->audit <= AUDIT_NOTHING);
        CASE_TRUE(name, row->deadline_ms >= 100 && row->deadline_ms <= 30000);
        bool is_read =
            span_is(span_of(row->method), "GET") || span_is(span_of(row->method), "HEAD");
        CASE_TRUE(name, !is_read || (row->body_bytes_max == 0 && !row->streams));
        CASE_TRUE(name, !row->streams
                            || (row->body_bytes_max == 0 && row->reads_upload_heads
                                && row->audit == AUDIT_NOTHING));
        CASE_TRUE(name, row->memory_bytes == 0 || row->memory_bytes > row->body_bytes_max);
        CASE_TRUE(name, row->body_bytes_max <= 8192 || row->memory_bytes > 0);
    }
    assert_true(count > 0);
}

static void
no_two_rows_share_a_path_or_a_number(void **state)
{
    (void)state;
    for (size_t i = 0; route_at(i) != NULL; i++)
        for (size_t j = 0; j < i; j++) {
            const struct route *a = route_at(i), *b = route_at(j);
            assert_int_not_equal(a->id, b->id);
            assert_false(a->path != NULL && span_equal(span_of(a->path), span_or_empty(b->path))
                         && span_equal(span_of(a->method), span_of(b->method)));
        }
}

static void
lists_lead_to_the_rows_that_ask_their_items(void **state)
{
    (void)state;
    for (size_t i = 0; route_at(i) != NULL; i++) {
        const struct route *row = route_at(i);
        if (row->list.item_route == 0)
            continue;
        const struct route *item = route_by_id((enum route_id)row->list.item_route);
        CASE_TRUE(row->path, item->path == NULL);
        CASE_INT(row->path, item->permission, row->permission);
        CASE_TRUE(row->path, row->audit == item->audit || row->body_bytes_max == 0);
        CASE_TRUE(row->path, row->list.items_max == 0 || row->list.route == (int16_t)row->id);
    }
}

static void
every_row_with_a_path_is_found_by_it_and_no_other_is(void **state)
{
    (void)state;
    for (size_t i = 0; route_at(i) != NULL; i++) {
        const struct route *row = route_at(i), *found = NULL;
        char                path[128];
        struct text         text = text_in(path, sizeof path);
        struct span         rest;
        const char         *allow = NULL;
        if (row->path == NULL) {
            assert_int_equal(
                route_find(DUTY_EVERY, span_of(row->method), span_of("/"), &found, &rest, &allow),
                FAULT_METHOD_UNKNOWN);
            continue;
        }
        for (const char *at = row->path; *at != '\0'; at++)
            if (*at == ':')
                text_add_string(&text, "000000000000000017");
            else
                text_add_byte(&text, *at);
        CASE_INT(
            path,
            route_find(DUTY_EVERY, span_of(row->method), text_span(&text), &found, &rest, &allow),
            FAULT_NONE);
        CASE_TRUE(path, found == row);
        CASE_TRUE(path, route_find(row->duty ^ DUTY_EVERY, span_of(row->method), text_span(&text),
                                   &found, &rest, &allow)
                            != FAULT_NONE);
        CASE_INT(
            path,
            route_find(row->duty, span_of(row->method), text_span(&text), &found, &rest, &allow),
            FAULT_NONE);
        CASE_SPAN(path, rest, span_of(strchr(row->path, ':') == NULL ? "" : "000000000000000017"));
        text_add_byte(&text, '/');
        CASE_TRUE(path, route_find(DUTY_EVERY, span_of(row->method), text_span(&text), &found,
                                   &rest, &allow)
                            != FAULT_NONE);
    }
}

/* The list for 405 has every method of the path, and no other. */
static void
allow_names_every_method_of_a_path(void **state)
{
    (void)state;
    for (size_t i = 0; route_at(i) != NULL; i++) {
        const struct route *row = route_at(i);
        const char         *allow = row->allow == NULL ? row->method : row->allow;
        size_t              length = 0, count = 0;
        for (size_t j = 0; row->path != NULL && route_at(j) != NULL; j++) {
            const struct route *other = route_at(j);
            if (other->path == NULL || strcmp(other->path, row->path) != 0)
                continue;
            CASE_TRUE(row->path, strstr(allow, other->method) != NULL);
            length += strlen(other->method);
            count++;
        }
        if (row->path != NULL)
            CASE_INT(row->path, strlen(allow), length + 2 * (count - 1));
    }
}

static void
other_methods_and_paths_are_refused(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        enum fault  fault;
        const char *allow;
    } cases[] = {
        { "GET", "/v1/eligibility/check", FAULT_METHOD_NOT_ALLOWED, "POST" },
        { "POST", "/v1/eligibility/bulk/17", FAULT_METHOD_NOT_ALLOWED, "GET" },
        { "BREW", "/v1/eligibility/check", FAULT_METHOD_UNKNOWN, NULL },
        { "post", "/v1/eligibility/check", FAULT_METHOD_UNKNOWN, NULL },
        { "HEAD", "/v1/eligibility/check", FAULT_METHOD_UNKNOWN, NULL },
        { "ITEM", "/v1/eligibility/check", FAULT_METHOD_UNKNOWN, NULL },
        { "", "/v1/eligibility/check", FAULT_METHOD_UNKNOWN, NULL },
        { "POST", "", FAULT_PATH_UNKNOWN, NULL },
        { "POST", "/", FAULT_METHOD_NOT_ALLOWED, "GET" },
        { "POST", "/page", FAULT_PATH_UNKNOWN, NULL },
        { "POST", "/v1/eligibility/check/", FAULT_PATH_UNKNOWN, NULL },
        { "POST", "/v1/eligibility/checks", FAULT_PATH_UNKNOWN, NULL },
        { "POST", "/v1//eligibility/check", FAULT_PATH_UNKNOWN, NULL },
        { "POST", "/V1/eligibility/check", FAULT_PATH_UNKNOWN, NULL },
        { "GET", "/v1/eligibility/bulk/", FAULT_PATH_UNKNOWN, NULL },
        { "GET", "/v1/eligibility/bulk/1/2", FAULT_PATH_UNKNOWN, NULL },
        { "GET", "/v1/eligibility/bulk/1/2/results", FAULT_PATH_UNKNOWN, NULL },
        { "GET", "/v1/eligibility/bulk//results", FAULT_PATH_UNKNOWN, NULL },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct route *found = NULL;
        struct span         rest;
        const char         *allow = NULL;
        CASE_INT(cases[i].path,
                 route_find(DUTY_SERVE, span_of(cases[i].method), span_of(cases[i].path), &found,
                            &rest, &allow),
                 cases[i].fault);
        CASE_TRUE(cases[i].path, found == NULL);
        CASE_TEXT(cases[i].path, allow, cases[i].allow);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_states_its_protection),
        cmocka_unit_test(no_two_rows_share_a_path_or_a_number),
        cmocka_unit_test(lists_lead_to_the_rows_that_ask_their_items),
        cmocka_unit_test(every_row_with_a_path_is_found_by_it_and_no_other_is),
        cmocka_unit_test(allow_names_every_method_of_a_path),
        cmocka_unit_test(other_methods_and_paths_are_refused),
    };
    return cmocka_run_group_tests_name("route/route", tests, NULL, NULL);
}
