#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include "answer.h"

#include <string.h>
#include <strings.h>

static bool
name_is(const char *line, size_t length, const char *name, size_t name_length)
{
    return length > name_length && strncasecmp(line, name, name_length) == 0;
}

static bool
length_parse(const char *text, const char *end, size_t *ret_length)
{
    size_t length = 0;
    bool   has_digit = false;

    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    for (; text < end && *text >= '0' && *text <= '9'; text++) {
        length = length * 10 + (size_t)(*text - '0');
        has_digit = true;
        if (length > LOAD_ANSWER_BYTES_MAX)
            return false;
    }
    *ret_length = length;
    return has_digit && text == end;
}

static bool
head_read(const char *bytes, const char *end, struct answer *answer)
{
    static const char length_name[] = "Content-Length:";
    static const char retry_name[] = "Retry-After:";
    static const char close_line[] = "Connection: close";
    bool              has_length = false;

    if (end - bytes < 12 || memcmp(bytes, "HTTP/1.1 ", 9) != 0)
        return false;
    for (int i = 9; i < 12; i++) {
        if (bytes[i] < '0' || bytes[i] > '9')
            return false;
        answer->status = answer->status * 10 + (bytes[i] - '0');
    }
    while (bytes < end) {
        const char *stop = memchr(bytes, '\r', (size_t)(end - bytes));
        size_t      length = (size_t)((stop == NULL ? end : stop) - bytes);

        if ((bytes[0] | 0x20) == 'c') {
            if (name_is(bytes, length, length_name, sizeof length_name - 1)) {
                if (!length_parse(bytes + sizeof length_name - 1, bytes + length,
                                  &answer->body_bytes))
                    return false;
                has_length = true;
            } else if (length == sizeof close_line - 1) {
                answer->closes |= strncasecmp(bytes, close_line, length) == 0;
            }
        }
        if (name_is(bytes, length, retry_name, sizeof retry_name - 1)
            && !length_parse(bytes + sizeof retry_name - 1, bytes + length, &answer->retry_after_s))
            answer->retry_after_s = 0; /* a date: nobody here sends one */
        bytes += length + 2;
    }
    return answer->status >= 200 && (has_length || answer->status == 204 || answer->status == 304);
}

enum answer_progress
answer_read(const char *bytes, size_t length, struct answer *answer)
{
    if (answer->status == 0) {
        const char *end = memmem(bytes, length, "\r\n\r\n", 4);

        if (end == NULL)
            return length > LOAD_HEAD_BYTES_MAX * 2 ? ANSWER_BAD : ANSWER_MORE;
        if (!head_read(bytes, end, answer))
            return ANSWER_BAD;
        answer->head_bytes = (size_t)(end - bytes) + 4;
    }
    size_t whole = answer->head_bytes + answer->body_bytes;
    if (whole > LOAD_ANSWER_BYTES_MAX || length > whole)
        return ANSWER_BAD; /* nothing was asked twice, so nothing may follow */
    return length == whole ? ANSWER_WHOLE : ANSWER_MORE;
}

/* Moves past a string whose opening quote is at *at; *at ends after the closing one. */
static bool
string_skip(struct text json, size_t *at, struct text *ret_inside)
{
    size_t start = *at + 1;

    for (size_t i = start; i < json.length; i++) {
        if (json.bytes[i] == '\\') {
            i++;
        } else if (json.bytes[i] == '"') {
            *ret_inside = (struct text){ json.bytes + start, i - start };
            *at = i + 1;
            return true;
        }
    }
    return false;
}

static size_t
blanks_skip(struct text json, size_t at)
{
    while (at < json.length && strchr(" \t\r\n", json.bytes[at]) != NULL)
        at++;
    return at;
}

static bool
value_take(struct text json, size_t at, struct text *ret_value)
{
    size_t start = at;

    if (at >= json.length)
        return false;
    if (json.bytes[at] == '"')
        return string_skip(json, &at, ret_value);
    while (at < json.length && strchr(",}] \t\r\n", json.bytes[at]) == NULL)
        at++;
    *ret_value = (struct text){ json.bytes + start, at - start };
    return at > start;
}

bool
answer_member(struct text json, const char *name, struct text *ret_value)
{
    size_t      depth = 0;
    size_t      name_length = strlen(name);
    struct text inside;

    for (size_t at = 0; at < json.length;) {
        char byte = json.bytes[at];

        if (byte == '"') {
            if (!string_skip(json, &at, &inside))
                return false;
            if (depth != 1 || inside.length != name_length
                || memcmp(inside.bytes, name, name_length) != 0)
                continue;
            size_t colon = blanks_skip(json, at);
            if (colon < json.length && json.bytes[colon] == ':')
                return value_take(json, blanks_skip(json, colon + 1), ret_value);
            continue;
        }
        if (byte == '{' || byte == '[')
            depth++;
        else if ((byte == '}' || byte == ']') && depth-- == 0)
            return false;
        at++;
    }
    return false;
}

bool
answer_reasons_are(struct text json, struct text expected, uint64_t *ret_count)
{
    static const char member[] = "\"reason\":\"";
    const char       *at = json.bytes;
    const char       *end = json.bytes + json.length;
    bool              is_same = true;

    *ret_count = 0;
    while ((at = memmem(at, (size_t)(end - at), member, sizeof member - 1)) != NULL) {
        at += sizeof member - 1;
        const char *comma = memchr(expected.bytes, ',', expected.length);
        size_t      length = comma == NULL ? expected.length : (size_t)(comma - expected.bytes);

        is_same = is_same && length > 0 && (size_t)(end - at) > length && at[length] == '"'
                  && memcmp(at, expected.bytes, length) == 0;
        expected.bytes += length + (comma != NULL);
        expected.length -= length + (comma != NULL);
        (*ret_count)++;
    }
    return is_same && expected.length == 0;
}
