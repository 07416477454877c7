/*
 * fuzz_route: method and path, parted by a newline. What is found is a row with a path and of that
 * method; the variable part is one part of the path; a refusal for the method names another.
 */
#include "route/route.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct route *route = NULL;
    struct span         rest = { 0 };
    const char         *allow = NULL;
    const char         *bytes = (const char *)data;
    const char         *end = size == 0 ? NULL : memchr(bytes, '\n', size);

    if (end == NULL)
        return 0;
    struct span method = span_make(bytes, (size_t)(end - bytes));
    struct span path = span_make(end + 1, size - method.length - 1);
    enum fault  fault = route_find(DUTY_EVERY, method, path, &route, &rest, &allow);
    assert((fault == FAULT_NONE) == (route != NULL));
    assert((fault == FAULT_METHOD_NOT_ALLOWED) == (allow != NULL));
    assert(allow == NULL || !span_is(method, allow));
    if (route == NULL)
        return 0;
    assert(route->path != NULL && span_is(method, route->method));
    assert(span_is_empty(rest) == (strchr(route->path, ':') == NULL));
    assert(span_is_empty(rest) || memchr(rest.bytes, '/', rest.length) == NULL);
    assert(path.length == strlen(route->path) + (span_is_empty(rest) ? 0 : rest.length - 1));
    return 0;
}
