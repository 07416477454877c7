#include "route/route.h"

#include "endpoint/endpoints.h"

#include <assert.h>

/* clang-format off */
static const struct route route_table[] = {
    { "POST", "/v1/eligibility/check", &endpoint_eligibility_check, ROUTE_ELIGIBILITY_CHECK,
      .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000 },
    { "POST", "/v1/reference-numbers", &endpoint_reference_number_set, ROUTE_REFERENCE_NUMBER_SET,
      .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000 },
    { "POST", "/v1/reference-numbers/delete", &endpoint_reference_number_delete, ROUTE_REFERENCE_NUMBER_DELETE,
      .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000 },
};

/* Methods that HTTP has and some path here could take; any other is not even looked up. */
static const char *const methods[] = { "GET", "POST", "PUT", "DELETE" };
/* clang-format on */

enum { ROUTE_COUNT = ARRAY_LEN(route_table) };

const struct route *
route_at(size_t i)
{
    return i < ROUTE_COUNT ? &route_table[i] : NULL;
}

const struct route *
route_by_id(enum route_id id)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (route_table[i].id == id)
            return &route_table[i];
    assert(false && "a route id without a row");
    return NULL;
}

/* A path that ends in "/:" takes one more part, which is not empty and has no slash. */
static bool
path_fits(const struct route *row, struct span path, struct span *ret_rest)
{
    size_t length = strlen(row->path);
    bool   has_part = row->path != NULL && length > 0 && row->path[length - 1] == ':';

    *ret_rest = (struct span){ 0 };
    if (!has_part)
        return span_is(path, row->path);
    length--;
    if (path.length <= length || memcmp(path.bytes, row->path, length) != 0)
        return false;
    *ret_rest = span_make(path.bytes + length, path.length - length);
    return memchr(ret_rest->bytes, '/', ret_rest->length) == NULL;
}

static bool
method_is_known(struct span method)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if (span_is(method, methods[i]))
            return true;
    return false;
}

enum fault
route_find(struct span method, struct span path, const struct route **ret_route,
           struct span *ret_rest, const char **reterr_allow)
{
    const char *allow = NULL;
    struct span rest;

    if (!method_is_known(method))
        return FAULT_METHOD_UNKNOWN;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct route *row = &route_table[i];
        if (row->path == NULL || !path_fits(row, path, &rest))
            continue;
        if (span_is(method, row->method)) {
            *ret_route = row;
            *ret_rest = rest;
            return FAULT_NONE;
        }
        allow = row->method;
    }
    if (allow == NULL)
        return FAULT_PATH_UNKNOWN;
    *reterr_allow = allow;
    return FAULT_METHOD_NOT_ALLOWED;
}
