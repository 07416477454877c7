/* Reading the journal of ca.h. */
#include "crypto/ca.h"

#include "crypto/disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { US_PER_S = 1000000, COLUMNS_MAX = 7, NUMBER_BYTES_MAX = 20, ROOM_FIRST = 64 };

static size_t
split(struct span line, struct span *ret_columns)
{
    size_t count = 0;
    size_t from = 0;

    for (size_t i = 0; i <= line.length && count < COLUMNS_MAX; i++)
        if (i == line.length || line.bytes[i] == '\t') {
            ret_columns[count++] = span_make(line.bytes + from, i - from);
            from = i + 1;
        }
    return from == line.length + 1 ? count : 0;
}

static bool
copy(struct span column, char *ret_text, size_t size_bytes)
{
    if (column.length == 0 || column.length >= size_bytes)
        return false;
    memcpy(ret_text, column.bytes, column.length);
    ret_text[column.length] = '\0';
    return true;
}

static bool
read_number(struct span column, int64_t *ret_number)
{
    char  text[NUMBER_BYTES_MAX + 1];
    char *end = NULL;

    if (!copy(column, text, sizeof text))
        return false;
    errno = 0;
    *ret_number = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static struct ca_entry *
take(struct ca_list *list)
{
    if (list->count == list->room) {
        size_t           room = list->room == 0 ? ROOM_FIRST : 2 * list->room;
        struct ca_entry *entries = reallocarray(list->entries, room, sizeof *entries);
        if (entries == NULL)
            return NULL;
        list->entries = entries;
        list->room = room;
    }
    list->entries[list->count] = (struct ca_entry){ 0 };
    return &list->entries[list->count++];
}

static bool
read_issued(struct ca_list *list, const struct span *columns)
{
    struct ca_entry *entry = take(list);
    int64_t          not_before;
    int64_t          not_after;

    if (entry == NULL || !copy(columns[1], entry->serial, sizeof entry->serial)
        || !copy(columns[2], entry->kind, sizeof entry->kind)
        || !copy(columns[3], entry->subject, sizeof entry->subject)
        || !read_number(columns[4], &not_before) || !read_number(columns[5], &not_after)
        || !copy(columns[6], entry->fingerprint, sizeof entry->fingerprint))
        return false;
    entry->not_before = not_before * US_PER_S;
    entry->not_after = not_after * US_PER_S;
    return true;
}

/* Revocations are few beside certificates, so looking from the end is soon done. */
static bool
read_revoked(struct ca_list *list, const struct span *columns)
{
    int64_t at;
    int64_t reason;

    if (!read_number(columns[2], &at) || !read_number(columns[3], &reason))
        return false;
    for (size_t i = list->count; i-- > 0;)
        if (span_is(columns[1], list->entries[i].serial)) {
            list->entries[i].is_revoked = true;
            list->entries[i].revoked_at = at * US_PER_S;
            list->entries[i].reason = (int)reason;
            return true;
        }
    return false;
}

static bool
read_line(struct ca_list *list, struct span line)
{
    static const struct {
        const char *word;
        size_t      columns;
        bool (*read)(struct ca_list *list, const struct span *columns);
    } rows[] = { { "issued", 7, read_issued }, { "revoked", 4, read_revoked } };
    struct span columns[COLUMNS_MAX];
    size_t      count = split(line, columns);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (count == rows[i].columns && span_is(columns[0], rows[i].word))
            return rows[i].read(list, columns);
    return false;
}

enum ca_fault
ca_read(struct ca *ca, struct ca_list *ret_list)
{
    struct ca_list list = { 0 };
    struct span    bytes = { 0 };
    bool           is_sound = true;

    if (!disk_read(ca->folder, "index", CA_INDEX_BYTES_MAX, &bytes))
        return CA_DISK;
    struct span rest = bytes;
    while (is_sound) {
        const char *end = rest.length == 0 ? NULL : memchr(rest.bytes, '\n', rest.length);
        if (end == NULL)
            break;
        size_t length = (size_t)(end - rest.bytes);
        is_sound = read_line(&list, span_make(rest.bytes, length));
        rest = span_make(end + 1, rest.length - length - 1);
    }
    disk_drop(&bytes);
    if (!is_sound) {
        ca_list_close(&list);
        return CA_BROKEN;
    }
    *ret_list = list;
    return CA_DONE;
}

void
ca_list_close(struct ca_list *list)
{
    free(list->entries);
    *list = (struct ca_list){ 0 };
}
