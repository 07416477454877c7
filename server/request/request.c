#include "request/request.h"

void
request_blame(struct request *r, enum fault fault, const char *field, const char *reason)
{
    if (r->fault == FAULT_NONE)
        r->fault = fault;
    if (r->blame_count == BLAMES_MAX)
        return;
    r->blames[r->blame_count++] =
        (struct told_blame){ .fault = fault, .field = field, .reason = reason };
}
