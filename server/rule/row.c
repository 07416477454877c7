#include "rule/row.h"

#include "model/day.h"
#include "model/utf8.h"
#include "rule/rules.h"

#include <assert.h>

static void *
member_of(struct enrolment_row *row, const struct column *column)
{
    return (char *)row + column->offset;
}

static void
clear_member(void *member, enum column_type type)
{
    switch (type) {
    case COLUMN_TEXT:
        *(struct span *)member = span_make(NULL, 0);
        return;
    case COLUMN_DAY:
        *(day_t *)member = DAY_UNKNOWN;
        return;
    case COLUMN_CODE:
        *(int16_t *)member = 0;
        return;
    case COLUMN_CODE_TEXT:
        *(struct row_code *)member = (struct row_code){ "" };
        return;
    case COLUMN_WHOLE:
        *(int32_t *)member = ROW_NONE;
        return;
    case COLUMN_PERSONAL_NUMBER_TYPE:
        personal_number_wipe(member);
        return;
    }
}

void
row_clear(struct enrolment_row *row)
{
    row->row_no = 0;
    row->given = 0;
    row->broken = 0;
    row->is_unreadable = false;
    for (enum column_id id = 0; id < COLUMN_COUNT; id++)
        clear_member(member_of(row, column_info(id)), column_info(id)->type);
}

void
row_wipe(struct enrolment_row *row)
{
    personal_number_wipe(&row->personal_number);
}

/* An ideographic blank is three bytes. */
enum { WIDE_BLANK_BYTES = 3 };
static const char wide_blank[] = "\xE3\x80\x80";

static bool
is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool
is_wide_blank(const char *bytes)
{
    return memcmp(bytes, wide_blank, WIDE_BLANK_BYTES) == 0;
}

static struct span
without_blanks(struct span text)
{
    while (text.length > 0) {
        size_t skip = is_blank(text.bytes[0]) ? 1 : 0;
        if (skip == 0 && text.length >= WIDE_BLANK_BYTES && is_wide_blank(text.bytes))
            skip = WIDE_BLANK_BYTES;
        if (skip == 0)
            break;
        text = span_make(text.bytes + skip, text.length - skip);
    }
    while (text.length > 0) {
        size_t skip = is_blank(text.bytes[text.length - 1]) ? 1 : 0;
        if (skip == 0 && text.length >= WIDE_BLANK_BYTES
            && is_wide_blank(text.bytes + text.length - WIDE_BLANK_BYTES))
            skip = WIDE_BLANK_BYTES;
        if (skip == 0)
            break;
        text.length -= skip;
    }
    return text;
}

static bool
take_whole(struct span text, int32_t limit, int32_t *ret_number)
{
    int64_t number = 0;

    if (!span_is_digits(text))
        return false;
    for (size_t i = 0; i < text.length; i++)
        number = number * 10 + (text.bytes[i] - '0');
    if (number > limit)
        return false;
    *ret_number = (int32_t)number;
    return true;
}

static const struct code_row *
code_in(enum code_table table, struct span text)
{
    const struct code_table_row *info;

    if (table == CODE_TABLE_COUNT)
        return NULL;
    info = code_table_info(table);
    for (size_t i = 0; i < info->count; i++)
        if (span_is(text, info->rows[i].code) || span_is(text, info->rows[i].name))
            return &info->rows[i];
    return NULL;
}

static const struct code_row *
code_of(const struct column *column, struct span text)
{
    const struct code_row *code = code_in(column->codes, text);
    return code != NULL ? code : code_in(column->more_codes, text);
}

static bool
take_code(const struct column *column, struct span text, int16_t *ret_code)
{
    const struct code_row *code = code_of(column, text);
    int32_t                number;

    if (code == NULL || !take_whole(span_of(code->code), INT16_MAX, &number))
        return false;
    *ret_code = (int16_t)number;
    return true;
}

static bool
take_code_text(const struct column *column, struct span text, struct row_code *ret_code)
{
    const struct code_row *code = code_of(column, text);

    if (code == NULL)
        return false;
    assert(strlen(code->code) < ROW_CODE_SIZE);
    memcpy(ret_code->text, code->code, strlen(code->code) + 1);
    return true;
}

static bool
take_value(const struct column *column, struct span text, void *member)
{
    struct blame blame;

    switch (column->type) {
    case COLUMN_TEXT:
        *(struct span *)member = text;
        return true;
    case COLUMN_DAY:
        return day_parse(text, member, &blame) == FAULT_NONE;
    case COLUMN_CODE:
        return take_code(column, text, member);
    case COLUMN_CODE_TEXT:
        return take_code_text(column, text, member);
    case COLUMN_WHOLE:
        return take_whole(text, column->limit, member);
    case COLUMN_PERSONAL_NUMBER_TYPE:
        return personal_number_take(text, member);
    }
    return false;
}

/* Counts characters only where the bytes leave a doubt. */
static bool
is_too_long(const struct column *column, struct span text)
{
    return text.length > column->bytes_max
           || (text.length > column->chars_max && utf8_count(text) > column->chars_max);
}

void
row_take(struct enrolment_row *row, enum column_id id, struct span text, struct findings *findings)
{
    const struct column *column = column_info(id);
    void                *member = member_of(row, column);
    struct span          value = without_blanks(text);

    if (span_is_empty(value))
        return;
    row->given |= UINT64_C(1) << id;
    if (is_too_long(column, value))
        findings_add(findings, RULE_TOO_LONG, id);
    else if (!take_value(column, value, member))
        findings_add(findings, column->rule, id);
    else
        return;
    row->broken |= UINT64_C(1) << id;
    clear_member(member, column->type);
}
