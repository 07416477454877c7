#include "wire/claim_feed.h"

#include "model/claim.h"
#include "model/day.h"
#include "model/facility_code.h"
#include "model/insurer_number.h"
#include "wire/members.h"
#include "wire/out.h"
#include "wire/slice.h"

#include <stddef.h>
#include <stdio.h>

enum {
    KEY_BYTES_MAX = 64,
    NAME_BYTES_MAX = 600,
    CODE_BYTES_MAX = 12,
    QUANTITY_BYTES_MAX = 16,
    TIMES_MAX = 999,
    DAYS_MAX = 31,
    YEN_MAX = 999999999,
    WORD_BYTES_MAX = 12,
    MONTH_LENGTH = 7,
    CONTENT_MORE_BYTES = 16
};

static const char *const source_words[] = { "receipt", "dispensing", "prescription", NULL };
static const char *const in_out_words[] = { "inpatient", "outpatient", NULL };

struct line {
    day_t       done_on;
    struct span code;
    struct span yj_code;
    struct span name;
    struct span ingredient;
    struct span quantity;
    struct span unit;
    struct span usage;
    struct span instruction;
    int64_t     times;
    struct span kind;
};

#define HEAD(field) offsetof(struct claim_entry, field)
#define LINE(field) offsetof(struct line, field)

/* clang-format off */
static const struct field head_fields[] = {
    { "claim",           FIELD_TEXT, HEAD(claim),           KEY_BYTES_MAX,  true,  NULL },
    { "source",          FIELD_WORD, HEAD(source),          WORD_BYTES_MAX, true,  source_words },
    { "in_out",          FIELD_WORD, HEAD(in_out),          WORD_BYTES_MAX, true,  in_out_words },
    { "insurer_number",  FIELD_TEXT, HEAD(insurer_number),  32,             true,  NULL },
    { "symbol",          FIELD_TEXT, HEAD(symbol),          80,             false, NULL },
    { "number",          FIELD_TEXT, HEAD(number),          80,             true,  NULL },
    { "branch_number",   FIELD_TEXT, HEAD(branch),          16,             false, NULL },
    { "birth_date",      FIELD_DAY,  HEAD(birth_date),      0,              true,  NULL },
    { "month",           FIELD_TEXT, HEAD(month),           MONTH_LENGTH,   true,  NULL },
    { "facility_code",   FIELD_TEXT, HEAD(facility_code),   10,             true,  NULL },
    { "facility_name",   FIELD_TEXT, HEAD(facility_name),   NAME_BYTES_MAX, true,  NULL },
    { "prescriber_code", FIELD_TEXT, HEAD(prescriber_code), 10,             false, NULL },
    { "prescriber_name", FIELD_TEXT, HEAD(prescriber_name), NAME_BYTES_MAX, false, NULL },
    { "prescribed_on",   FIELD_DAY,  HEAD(prescribed_on),   0,              false, NULL },
    { "drugs",           FIELD_RAW,  HEAD(drugs),           0,              false, NULL },
    { "treatments",      FIELD_RAW,  HEAD(treatments),      0,              false, NULL },
    { "operations",      FIELD_RAW,  HEAD(operations),      0,              false, NULL },
    { "expense_days",    FIELD_WHOLE, HEAD(expense_days),   DAYS_MAX,       false, NULL },
    { "expense_total",   FIELD_WHOLE, HEAD(expense_total),  YEN_MAX,        false, NULL },
    { "expense_paid",    FIELD_WHOLE, HEAD(expense_paid),   YEN_MAX,        false, NULL },
};

static const struct field line_fields[] = {
    { "done_on",     FIELD_DAY,   LINE(done_on),     0,                  true,  NULL },
    { "code",        FIELD_TEXT,  LINE(code),        CODE_BYTES_MAX,     true,  NULL },
    { "yj_code",     FIELD_TEXT,  LINE(yj_code),     CODE_BYTES_MAX,     false, NULL },
    { "name",        FIELD_TEXT,  LINE(name),        NAME_BYTES_MAX,     true,  NULL },
    { "ingredient",  FIELD_TEXT,  LINE(ingredient),  NAME_BYTES_MAX,     false, NULL },
    { "quantity",    FIELD_TEXT,  LINE(quantity),    QUANTITY_BYTES_MAX, false, NULL },
    { "unit",        FIELD_TEXT,  LINE(unit),        60,                 false, NULL },
    { "usage",       FIELD_TEXT,  LINE(usage),       NAME_BYTES_MAX,     false, NULL },
    { "instruction", FIELD_TEXT,  LINE(instruction), NAME_BYTES_MAX,     false, NULL },
    { "times",       FIELD_WHOLE, LINE(times),       TIMES_MAX,          false, NULL },
    { "kind",        FIELD_TEXT,  LINE(kind),        8,                  false, NULL },
};
/* clang-format on */

const struct field *
claim_feed_head(size_t *ret_count)
{
    *ret_count = ARRAY_LEN(head_fields);
    return head_fields;
}

const struct field *
claim_feed_line(size_t *ret_count)
{
    *ret_count = ARRAY_LEN(line_fields);
    return line_fields;
}

static bool
complain(char *ret_reason, const char *where, const char *what)
{
    snprintf(ret_reason, CLAIM_REASON_SIZE, "%s: %s", where, what);
    return false;
}

static bool
is_code(struct span text, size_t length)
{
    return text.length == length && span_is_digits(text);
}

/* 7 digits, a letter, 4 digits. */
static bool
is_yj_code(struct span text)
{
    if (text.length != CODE_BYTES_MAX || text.bytes[7] < 'A' || text.bytes[7] > 'Z')
        return false;
    return span_is_digits(span_make(text.bytes, 7)) && span_is_digits(span_make(text.bytes + 8, 4));
}

/* Digits, or digits, a point, and digits. */
static bool
is_decimal(struct span text)
{
    const char *point =
        text.length == 0 ? NULL : (const char *)memchr(text.bytes, '.', text.length);

    if (point == NULL)
        return text.length > 0 && span_is_digits(text);
    size_t before = (size_t)(point - text.bytes);
    return before > 0 && before + 1 < text.length && span_is_digits(span_make(text.bytes, before))
           && span_is_digits(span_make(point + 1, text.length - before - 1));
}

static void
add_value(struct text *text, const struct field *field, const char *value)
{
    char day[DAY_ISO_SIZE];

    switch (field->kind) {
    case FIELD_TEXT:
        out_quoted(text, *(const struct span *)(const void *)value);
        break;
    case FIELD_DAY:
        day_format_iso(*(const day_t *)(const void *)value, day);
        out_quoted(text, span_of(day));
        break;
    case FIELD_WORD:
        out_quoted(text, span_of(field->words[*(const int16_t *)(const void *)value - 1]));
        break;
    default: /* FIELD_WHOLE */
        text_add_number(text, *(const int64_t *)(const void *)value);
        break;
    }
}

static bool
is_empty(const struct field *field, const char *value)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return ((const struct span *)(const void *)value)->length == 0;
    case FIELD_DAY:
        return *(const day_t *)(const void *)value == DAY_UNKNOWN;
    case FIELD_WORD:
        return *(const int16_t *)(const void *)value == 0;
    case FIELD_WHOLE:
        return *(const int64_t *)(const void *)value == 0;
    default: /* lists are written as they are read */
        return true;
    }
}

static void
add_members(struct text *text, const struct field *fields, size_t count, const void *from)
{
    bool has_one = false;

    for (size_t i = 0; i < count; i++) {
        const char *value = (const char *)from + fields[i].offset;
        if (is_empty(&fields[i], value))
            continue;
        text_add_format(text, "%s\"%s\":", has_one ? "," : "", fields[i].name);
        add_value(text, &fields[i], value);
        has_one = true;
    }
}

static const char *
fault_of_line(const struct line *line, day_t today)
{
    if (line->done_on > today)
        return "done_on lies in the future";
    if (!is_code(line->code, 9))
        return "code is not 9 digits";
    if (line->yj_code.length > 0 && !is_yj_code(line->yj_code))
        return "yj_code is not 7 digits, a letter and 4 digits";
    if (line->quantity.length > 0 && !is_decimal(line->quantity))
        return "quantity is not a decimal number";
    return span_is_empty(line->name) ? "name is empty" : NULL;
}

static bool
read_lines(struct span list, const char *name, day_t today, struct arena *arena,
           struct text *content, char *ret_reason)
{
    struct slice slice;
    struct span  value;
    int          count = 0;

    if (list.bytes == NULL)
        return true;
    slice_start(&slice, list);
    if (!slice_enter(&slice, '['))
        return complain(ret_reason, name, "not a list");
    text_add_format(content, ",\"%s\":[", name);
    while (slice_next(&slice, NULL, &value)) {
        struct line line = { 0 };
        if (++count > CLAIM_LINES_MAX)
            return complain(ret_reason, name, "more than 500 lines");
        const char *reason = members_read(value, line_fields, ARRAY_LEN(line_fields), arena, &line);
        if (reason == NULL)
            reason = fault_of_line(&line, today);
        if (reason != NULL)
            return complain(ret_reason, name, reason);
        text_add_string(content, count == 1 ? "{" : ",{");
        add_members(content, line_fields, ARRAY_LEN(line_fields), &line);
        text_add_byte(content, '}');
    }
    text_add_byte(content, ']');
    return slice_end(&slice) || complain(ret_reason, name, "not JSON");
}

static bool
is_month(struct span text, day_t today)
{
    char         place[DAY_ISO_SIZE];
    struct blame blame = { 0 };
    day_t        first;

    if (text.length != MONTH_LENGTH)
        return false;
    snprintf(place, sizeof place, "%.7s-01", text.bytes);
    return day_parse(span_of(place), &first, &blame) == FAULT_NONE && first <= today;
}

static bool
read_card(struct claim_entry *entry, struct arena *arena, char *ret_reason)
{
    struct insurer_number insurer;
    struct blame          blame = { 0 };

    if (insurer_number_parse(entry->insurer_number, &insurer, &blame) != FAULT_NONE)
        return complain(ret_reason, "insurer_number", "no insurer number");
    if (card_key_make(&insurer, entry->symbol, entry->number, entry->branch, arena, &entry->key,
                      &blame)
        != FAULT_NONE)
        return complain(ret_reason, "number", "symbol, number and branch number are no card");
    return true;
}

static bool
check_head(const struct claim_entry *entry, day_t today, char *ret_reason)
{
    struct facility_code code;
    struct blame         blame = { 0 };

    if (span_is_empty(entry->claim))
        return complain(ret_reason, "claim", "empty");
    if (!is_month(entry->month, today))
        return complain(ret_reason, "month", "not a month, or in the future");
    if (facility_code_parse(entry->facility_code, &code, &blame) != FAULT_NONE)
        return complain(ret_reason, "facility_code", "no facility code");
    if (entry->prescriber_code.length > 0
        && facility_code_parse(entry->prescriber_code, &code, &blame) != FAULT_NONE)
        return complain(ret_reason, "prescriber_code", "no facility code");
    if (entry->prescribed_on != DAY_UNKNOWN && entry->prescribed_on > today)
        return complain(ret_reason, "prescribed_on", "lies in the future");
    if (entry->birth_date > today)
        return complain(ret_reason, "birth_date", "lies in the future");
    if (entry->expense_paid > entry->expense_total)
        return complain(ret_reason, "expense_paid", "more than expense_total");
    if (entry->expense_total > 0 && entry->source != CLAIM_RECEIPT)
        return complain(ret_reason, "expense_total", "not of a receipt");
    if (entry->drugs.bytes == NULL && entry->treatments.bytes == NULL
        && entry->operations.bytes == NULL && entry->expense_total == 0)
        return complain(ret_reason, "drugs", "no lines of any kind");
    return true;
}

static bool
read_all(struct claim_entry *entry, day_t today, struct arena *arena, struct text *content,
         char *ret_reason)
{
    text_add_byte(content, '{');
    add_members(content, head_fields, ARRAY_LEN(head_fields), entry);
    bool is_read =
        read_lines(entry->drugs, "drugs", today, arena, content, ret_reason)
        && read_lines(entry->treatments, "treatments", today, arena, content, ret_reason)
        && read_lines(entry->operations, "operations", today, arena, content, ret_reason);
    text_add_byte(content, '}');
    entry->content = text_span(content);
    return is_read;
}

bool
claim_feed_read(struct span line, day_t today, struct arena *arena, struct claim_entry *ret_entry,
                char *ret_reason)
{
    *ret_entry = (struct claim_entry){ 0 };
    if (line.length > CLAIM_FEED_BYTES_MAX)
        return complain(ret_reason, "claim", "longer than 256 KiB");
    const char *reason = members_read(line, head_fields, ARRAY_LEN(head_fields), arena, ret_entry);
    if (reason != NULL)
        return complain(ret_reason, "claim", reason);
    if (!check_head(ret_entry, today, ret_reason) || !read_card(ret_entry, arena, ret_reason))
        return false;
    size_t size = 3 * line.length + CONTENT_MORE_BYTES; /* "\n" becomes "\u000a" */
    char  *place = arena_take_raw(arena, size);
    if (place == NULL)
        return complain(ret_reason, "claim", "more than there is room for");
    struct text content = text_in(place, size);
    if (!read_all(ret_entry, today, arena, &content, ret_reason))
        return false;
    return !content.is_full || complain(ret_reason, "claim", "more than there is room for");
}
