#include "intake/header.h"

#include "base/text.h"

enum { NAME_BYTES_MAX = 40 };

static bool
is_plain_name(struct span name)
{
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.bytes[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool is_digit = byte >= '0' && byte <= '9';
        if (!is_letter && byte != '_' && (!is_digit || i == 0))
            return false;
    }
    return name.length > 0 && name.length <= NAME_BYTES_MAX;
}

static void
add_name(struct text *text, struct span name, int number)
{
    if (text->length > 0)
        text_add_string(text, ", ");
    if (is_plain_name(name))
        text_add(text, name);
    else
        text_add_format(text, "column %d", number);
}

static struct span
without_blanks(struct span name)
{
    while (name.length > 0 && name.bytes[0] == ' ')
        name = span_make(name.bytes + 1, name.length - 1);
    while (name.length > 0 && name.bytes[name.length - 1] == ' ')
        name.length--;
    return name;
}

static bool
stands_before(const struct header *header, int at)
{
    for (int i = 0; i < at; i++)
        if (header->columns[i] == header->columns[at])
            return true;
    return false;
}

/* Columns without which no row of any operation can be taken. */
static uint64_t
columns_of_all(void)
{
    uint64_t columns = columns_required(OPERATION_ACQUIRE);

    for (enum operation operation = OPERATION_ACQUIRE; operation < OPERATION_COUNT; operation++)
        columns &= columns_required(operation);
    return columns;
}

static enum refusal
check_names(const struct header *header, const struct span *names, struct text *text)
{
    uint64_t here = 0;
    int      known = 0;

    for (int i = 0; i < header->count; i++)
        known += header->columns[i] != COLUMN_NONE;
    if (known == 0)
        return REFUSAL_HEADER_MISSING;
    for (int i = 0; i < header->count; i++)
        if (header->columns[i] == COLUMN_NONE)
            add_name(text, without_blanks(names[i]), i + 1);
    if (text->length > 0)
        return REFUSAL_COLUMN_UNKNOWN;
    for (int i = 0; i < header->count; i++)
        if (stands_before(header, i))
            add_name(text, without_blanks(names[i]), i + 1);
    if (text->length > 0)
        return REFUSAL_COLUMN_REPEATED;
    for (int i = 0; i < header->count; i++)
        here |= UINT64_C(1) << header->columns[i];
    for (enum column_id id = 0; id < COLUMN_COUNT; id++)
        if ((columns_of_all() & ~here) >> id & 1)
            add_name(text, span_of(column_info(id)->name), id);
    return text->length > 0 ? REFUSAL_COLUMN_MISSING : REFUSAL_NONE;
}

enum refusal
header_read(struct header *header, const struct span *names, int count,
            char ret_names[REFUSED_NAMES_SIZE])
{
    struct text text = text_in(ret_names, REFUSED_NAMES_SIZE);

    if (count > READER_COLUMNS_MAX)
        return REFUSAL_COLUMNS_TOO_MANY;
    header->count = count;
    for (int i = 0; i < count; i++)
        header->columns[i] = column_of_name(without_blanks(names[i]));
    return check_names(header, names, &text);
}
