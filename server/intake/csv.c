#include "intake/record.h"

static size_t
without_return(const char *bytes, size_t length)
{
    return length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
}

bool
line_end(struct span bytes, bool is_last, struct record_end *ret_end)
{
    const char *found = bytes.length == 0 ? NULL : memchr(bytes.bytes, '\n', bytes.length);
    size_t      length = found == NULL ? bytes.length : (size_t)(found - bytes.bytes);

    *ret_end = (struct record_end){ .length = without_return(bytes.bytes, length),
                                    .next = found == NULL ? length : length + 1,
                                    .lines = found == NULL ? 0 : 1 };
    return found != NULL || is_last;
}

/* A quotation mark opens only where a field begins; any other is for csv_split() to find. */
static bool
quoted_end(struct span bytes, bool is_last, struct record_end *ret_end)
{
    bool     is_quoted = false;
    bool     is_start = true;
    uint32_t lines = 0;

    for (size_t at = 0; at < bytes.length; at++) {
        char byte = bytes.bytes[at];
        lines += byte == '\n';
        if (is_quoted) {
            /* The second of a double opens again what the first closed. */
            if (byte == '"')
                is_quoted = at + 1 < bytes.length && bytes.bytes[at + 1] == '"' && (at++, true);
            continue;
        }
        if (byte == '\n') {
            *ret_end = (struct record_end){ .length = without_return(bytes.bytes, at),
                                            .next = at + 1,
                                            .lines = lines };
            return true;
        }
        is_quoted = byte == '"' && is_start;
        is_start = byte == ',';
    }
    *ret_end = (struct record_end){ .length = without_return(bytes.bytes, bytes.length),
                                    .next = bytes.length,
                                    .lines = lines,
                                    .is_quoted = is_quoted };
    return is_last && !is_quoted;
}

bool
csv_end(struct span bytes, bool is_last, struct record_end *ret_end)
{
    bool has_end = line_end(bytes, is_last, ret_end);

    if (ret_end->length == 0 || memchr(bytes.bytes, '"', ret_end->length) == NULL)
        return has_end;
    return quoted_end(bytes, is_last, ret_end);
}

/* From behind the opening mark. What is written never overtakes what is read. */
static bool
take_quoted(char *record, size_t length, size_t *at, struct span *ret_field)
{
    char  *from = record + *at;
    size_t written = 0;

    for (; *at < length; (*at)++) {
        if (record[*at] == '"') {
            if (*at + 1 == length || record[*at + 1] != '"') {
                (*at)++;
                *ret_field = span_make(from, written);
                return *at == length || record[*at] == ',';
            }
            (*at)++;
        }
        from[written++] = record[*at];
    }
    return false;
}

static bool
take_plain(const char *record, size_t length, size_t *at, struct span *ret_field)
{
    size_t from = *at;

    while (*at < length && record[*at] != ',') {
        if (record[*at] == '"')
            return false;
        (*at)++;
    }
    *ret_field = span_make(record + from, *at - from);
    return true;
}

int
csv_split(char *record, size_t length, struct span *ret_fields, int fields_max)
{
    int count = 0;

    for (size_t at = 0;; at++) {
        struct span field;
        bool        is_sound;
        if (at < length && record[at] == '"') {
            at++;
            is_sound = take_quoted(record, length, &at, &field);
        } else {
            is_sound = take_plain(record, length, &at, &field);
        }
        if (!is_sound)
            return RECORD_BROKEN;
        if (count < fields_max)
            ret_fields[count] = field;
        count++;
        if (at >= length)
            return count;
    }
}
