#include "request/accept.h"

#include "base/attr.h"

#include <stddef.h>
#include <strings.h>

/* The ranges that hold application/json, from the least specific on. */
static const char *const ranges[] = { "*", "*/*", "application/*", "application/json" };

static struct span
trim(struct span text)
{
    while (text.length > 0 && (text.bytes[0] == ' ' || text.bytes[0] == '\t'))
        text = span_make(text.bytes + 1, text.length - 1);
    while (text.length > 0
           && (text.bytes[text.length - 1] == ' ' || text.bytes[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* What stands before the next separator, taken off the rest. */
static struct span
take_part(struct span *rest, char separator)
{
    const char *end = rest->length == 0 ? NULL : memchr(rest->bytes, separator, rest->length);
    struct span part = *rest;

    if (end == NULL) {
        *rest = (struct span){ 0 };
        return trim(part);
    }
    part.length = (size_t)(end - part.bytes);
    *rest = span_make(end + 1, rest->length - part.length - 1);
    return trim(part);
}

/* 0: the range does not hold it. */
static int
specificity_of(struct span range)
{
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
        if (range.length == strlen(ranges[i])
            && strncasecmp(range.bytes, ranges[i], range.length) == 0)
            return (int)i + 1;
    return 0;
}

/* "q=0", "Q=0.000": anything but a zero is some weight. */
static bool
is_forbidding(struct span parameter)
{
    if (parameter.length < 3 || strncasecmp(parameter.bytes, "q=", 2) != 0
        || parameter.bytes[2] != '0')
        return false;
    for (size_t i = 3; i < parameter.length; i++)
        if (parameter.bytes[i] != (i == 3 ? '.' : '0'))
            return false;
    return true;
}

bool
accept_allows_json(struct span accept)
{
    int  best = 0;
    bool allows = accept.length == 0;

    while (accept.length > 0) {
        struct span range = take_part(&accept, ',');
        int         specificity = specificity_of(take_part(&range, ';'));
        if (specificity <= best)
            continue;
        best = specificity;
        allows = true;
        while (range.length > 0)
            if (is_forbidding(take_part(&range, ';')))
                allows = false;
    }
    return allows;
}
