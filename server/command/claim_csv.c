#include "command/claim_csv.h"

#include "intake/record.h"
#include "intake/text.h"
#include "wire/claim_feed.h"
#include "wire/out.h"

#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS_MAX = 48,
    LISTS = 3,
    KEY_SIZE = 256,
    ROW_SIZE = 6 * TEXT_LINE_MAX, /* of a row whose every byte is escaped */
    NONE = -1
};

static const char *const list_names[LISTS] = { "drugs", "treatments", "operations" };

enum part { PART_HEAD, PART_LINE, PART_LIST };

/* What stands in a place of each row. */
struct column {
    enum part           part;
    const struct field *field; /* NULL: the list */
};

/* One row, taken apart. */
struct row {
    int64_t     line_no;
    struct text key; /* claim and source */
    struct text head;
    struct text line;
    int         list;
    const char *fault;     /* of its claim; NULL: none */
    bool        is_broken; /* fault: it cannot be read at all */
};

/* The claim that is being gathered. */
struct group {
    bool        has_begun;
    int64_t     line_no;
    struct text key;
    struct text head;
    struct text lists[LISTS];
    bool        has_list[LISTS];
    const char *fault;
};

struct claim_csv {
    struct text_window text;
    struct column      columns[COLUMNS_MAX];
    int                column_count;
    bool               has_header;
    bool               is_over;
    int64_t            lines; /* that were read */
    const char        *lost;  /* why nothing more can be read; NULL: it can */
    bool               has_row;
    bool               taints_next;
    struct row         row;
    struct group       group;
    struct text        claim;
};

static const char besides[] = "a row beside it, or of it, cannot be read";

/* ---- from and to nothing ------------------------------------------------------------------- */

static bool
make(struct text *text, size_t size)
{
    char *place = malloc(size);

    if (place == NULL)
        return false;
    *text = text_in(place, size);
    return true;
}

static void
wipe(struct text *text)
{
    if (text->bytes != NULL)
        explicit_bzero(text->bytes, text->size_bytes);
    free(text->bytes);
}

static void
clear(struct text *text)
{
    *text = text_in(text->bytes, text->size_bytes);
}

void
claim_csv_close(struct claim_csv *csv)
{
    if (csv == NULL)
        return;
    text_close(&csv->text);
    wipe(&csv->row.key);
    wipe(&csv->row.head);
    wipe(&csv->row.line);
    wipe(&csv->group.key);
    wipe(&csv->group.head);
    for (int i = 0; i < LISTS; i++)
        wipe(&csv->group.lists[i]);
    wipe(&csv->claim);
    free(csv);
}

struct claim_csv *
claim_csv_open(intake_pull *pull, void *owner)
{
    struct claim_csv *csv = calloc(1, sizeof *csv);
    bool              is_made = csv != NULL;

    is_made = is_made && make(&csv->row.key, KEY_SIZE) && make(&csv->row.head, ROW_SIZE)
              && make(&csv->row.line, ROW_SIZE) && make(&csv->group.key, KEY_SIZE)
              && make(&csv->group.head, ROW_SIZE) && make(&csv->claim, CLAIM_FEED_BYTES_MAX + 1);
    for (int i = 0; is_made && i < LISTS; i++)
        is_made = make(&csv->group.lists[i], CLAIM_FEED_BYTES_MAX + 1);
    if (is_made
        && text_open(&csv->text, pull, owner, PACKING_NONE, CHARSET_UTF8, UINT64_MAX, 1)
               == REFUSAL_NONE)
        return csv;
    claim_csv_close(csv);
    return NULL;
}

/* ---- records ------------------------------------------------------------------------------- */

enum record_step { RECORD_ROW, RECORD_END, RECORD_LOST };

static enum record_step
lose(struct claim_csv *csv, const char *why)
{
    csv->lost = why;
    return RECORD_LOST;
}

/* The record is writable, and the window's until the next call. */
static enum record_step
next_record(struct claim_csv *csv, char **ret_record, size_t *ret_length)
{
    for (;;) {
        char             *bytes = csv->text.bytes + csv->text.start;
        size_t            length = text_length(&csv->text);
        bool              is_last = csv->text.is_over;
        struct record_end end;
        if (length > 0 && csv_end(span_make(bytes, length), is_last, &end)) {
            csv->row.line_no = csv->lines + 1;
            csv->lines += end.lines == 0 ? 1 : end.lines;
            csv->text.start += end.next;
            *ret_record = bytes;
            *ret_length = end.length;
            if (end.length > TEXT_LINE_MAX)
                return lose(csv, "a row of more than 64 KiB");
            if (end.length > 0)
                return RECORD_ROW;
            continue; /* an empty line */
        }
        if (is_last)
            return length == 0 ? RECORD_END : lose(csv, "quotation marks that are never closed");
        if (length > TEXT_LINE_MAX)
            return lose(csv, "a row of more than 64 KiB, or quotation marks that are not closed");
        enum refusal refusal = text_more(&csv->text);
        if (refusal != REFUSAL_NONE)
            return lose(csv, refusal_info(refusal)->code);
    }
}

/* ---- the header ---------------------------------------------------------------------------- */

static const struct field *
find(const struct field *fields, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].kind != FIELD_RAW && span_equal(name, span_of(fields[i].name)))
            return &fields[i];
    return NULL;
}

static bool
name_column(struct claim_csv *csv, struct span name)
{
    size_t              count;
    const struct field *fields = claim_feed_head(&count);
    struct column       column = { PART_HEAD, find(fields, count, name) };

    if (column.field == NULL) {
        fields = claim_feed_line(&count);
        column = (struct column){ PART_LINE, find(fields, count, name) };
    }
    if (column.field == NULL) {
        column.part = PART_LIST;
        if (!span_equal(name, span_of("list")))
            return false;
    }
    for (int i = 0; i < csv->column_count; i++)
        if (csv->columns[i].part == column.part && csv->columns[i].field == column.field)
            return false;
    csv->columns[csv->column_count++] = column;
    return true;
}

static bool
has_column(const struct claim_csv *csv, const struct field *field)
{
    for (int i = 0; i < csv->column_count; i++)
        if (csv->columns[i].field == field)
            return true;
    return false;
}

/* A column that every claim must have would make every claim unsound; better said at once. */
static bool
has_all(const struct claim_csv *csv)
{
    for (int part = 0; part < 2; part++) {
        size_t              count;
        const struct field *fields = part == 0 ? claim_feed_head(&count) : claim_feed_line(&count);
        for (size_t i = 0; i < count; i++)
            if (fields[i].is_required && !has_column(csv, &fields[i]))
                return false;
    }
    return has_column(csv, NULL);
}

static enum record_step
read_header(struct claim_csv *csv)
{
    struct span      names[COLUMNS_MAX];
    char            *record;
    size_t           length;
    enum record_step step = next_record(csv, &record, &length);

    csv->has_header = true;
    if (step == RECORD_END)
        return lose(csv, "no header line");
    if (step != RECORD_ROW)
        return step;
    int count = csv_split(record, length, names, COLUMNS_MAX);
    if (count == RECORD_BROKEN || count > COLUMNS_MAX)
        return lose(csv, "a header line that is none");
    for (int i = 0; i < count; i++)
        if (!name_column(csv, names[i]))
            return lose(csv, "a header with a column that is unknown, or there twice");
    return has_all(csv) ? RECORD_ROW : lose(csv, "a header without a column that must be there");
}

/* ---- rows ---------------------------------------------------------------------------------- */

static bool
is_whole(struct span value)
{
    return span_is_digits(value) && (value.length == 1 || value.bytes[0] != '0');
}

/* A number that is written as none stays a text, which is then refused as one. */
static void
add_cell(struct text *text, const struct field *field, struct span value)
{
    if (value.length == 0)
        return;
    text_add_format(text, "%s\"%s\":", text->length == 0 ? "" : ",", field->name);
    if (field->kind == FIELD_WHOLE && is_whole(value))
        text_add(text, value);
    else
        out_quoted(text, value);
}

static int
list_of(struct span value)
{
    for (int i = 0; i < LISTS; i++)
        if (span_equal(value, span_of(list_names[i])))
            return i;
    return NONE;
}

/* With lengths before them, so that no two keys look alike. */
static void
add_key(struct text *key, const struct field *field, struct span value)
{
    if (strcmp(field->name, "claim") == 0 || strcmp(field->name, "source") == 0) {
        text_add_format(key, "%s:%zu:", field->name, value.length);
        text_add(key, value);
    }
}

static void
break_row(struct row *row, const char *why)
{
    row->is_broken = true;
    row->fault = why;
}

static void
write_row(struct claim_csv *csv, const struct span *cells)
{
    struct row *row = &csv->row;

    for (int i = 0; i < csv->column_count; i++) {
        const struct column *column = &csv->columns[i];
        if (column->part == PART_LIST) {
            row->list = list_of(cells[i]);
            continue;
        }
        add_cell(column->part == PART_HEAD ? &row->head : &row->line, column->field, cells[i]);
        if (column->part == PART_HEAD)
            add_key(&row->key, column->field, cells[i]);
    }
    if (row->key.is_full)
        break_row(row, "a row whose claim is longer than any");
    else if (row->list == NONE)
        row->fault = "list: none of drugs, treatments, operations";
}

static void
split_row(struct claim_csv *csv, char *record, size_t length)
{
    struct span cells[COLUMNS_MAX];
    struct row *row = &csv->row;
    size_t      at;

    clear(&row->key);
    clear(&row->head);
    clear(&row->line);
    row->list = NONE;
    row->fault = NULL;
    row->is_broken = false;
    if (utf8_is_text(span_make(record, length), &at) != REFUSAL_NONE) {
        break_row(row, "a row that is not UTF-8");
        return;
    }
    int count = csv_split(record, length, cells, COLUMNS_MAX);
    if (count == RECORD_BROKEN)
        break_row(row, "a row whose quotation marks stand wrong");
    else if (count != csv->column_count)
        break_row(row, "a row with more or fewer cells than the header");
    else
        write_row(csv, cells);
}

/* False when there is none any more. */
static bool
fetch_row(struct claim_csv *csv)
{
    char  *record;
    size_t length;

    if (!csv->has_header && read_header(csv) != RECORD_ROW)
        csv->is_over = true;
    if (csv->is_over)
        return false;
    csv->is_over = next_record(csv, &record, &length) != RECORD_ROW;
    if (csv->is_over)
        return false;
    split_row(csv, record, length);
    csv->has_row = true;
    return true;
}

/* ---- claims -------------------------------------------------------------------------------- */

static bool
is_same(const struct text *a, const struct text *b)
{
    return span_equal(text_span(a), text_span(b));
}

static void
spoil(struct group *group, const char *why)
{
    if (group->fault == NULL)
        group->fault = why;
}

static void
begin_group(struct claim_csv *csv)
{
    struct group *group = &csv->group;

    group->has_begun = true;
    group->line_no = csv->row.line_no;
    group->fault = csv->taints_next ? besides : NULL;
    csv->taints_next = false;
    clear(&group->key);
    clear(&group->head);
    text_add(&group->key, text_span(&csv->row.key));
    text_add(&group->head, text_span(&csv->row.head));
    for (int i = 0; i < LISTS; i++) {
        clear(&group->lists[i]);
        group->has_list[i] = false;
    }
}

/* A row that says nothing of a line makes an empty list: the claim has none of that kind. */
static void
add_row(struct group *group, const struct row *row)
{
    if (row->fault != NULL)
        spoil(group, row->fault);
    else if (!is_same(&group->head, &row->head))
        spoil(group, "rows of one claim differ in its head");
    if (row->list == NONE)
        return;
    struct text *list = &group->lists[row->list];
    group->has_list[row->list] = true;
    if (row->line.length == 0)
        return;
    text_add_string(list, list->length == 0 ? "{" : ",{");
    text_add(list, text_span(&row->line));
    text_add_byte(list, '}');
}

/* Gathers rows until one is there that does not belong to the claim. */
static void
gather(struct claim_csv *csv)
{
    while (csv->has_row || fetch_row(csv)) {
        if (csv->row.is_broken
            || (csv->group.has_begun && !is_same(&csv->group.key, &csv->row.key)))
            return;
        if (!csv->group.has_begun)
            begin_group(csv);
        add_row(&csv->group, &csv->row);
        csv->has_row = false;
    }
}

static void
write_claim(struct claim_csv *csv)
{
    struct text *claim = &csv->claim;
    bool         is_full = csv->group.head.is_full;

    clear(claim);
    text_add_byte(claim, '{');
    text_add(claim, text_span(&csv->group.head));
    for (int i = 0; i < LISTS; i++) {
        if (!csv->group.has_list[i])
            continue;
        text_add_format(claim, ",\"%s\":[", list_names[i]);
        text_add(claim, text_span(&csv->group.lists[i]));
        text_add_byte(claim, ']');
        is_full = is_full || csv->group.lists[i].is_full;
    }
    text_add_byte(claim, '}');
    if (is_full || claim->is_full)
        spoil(&csv->group, "claim: longer than 256 KiB");
}

static enum feed_step
give_claim(struct claim_csv *csv, struct feed_line *ret_line)
{
    if (csv->lost != NULL || (csv->has_row && csv->row.is_broken))
        spoil(&csv->group, besides);
    if (csv->group.fault == NULL)
        write_claim(csv);
    csv->group.has_begun = false;
    ret_line->line_no = csv->group.line_no;
    ret_line->text = text_span(&csv->claim);
    ret_line->reason = csv->group.fault;
    return csv->group.fault == NULL ? FEED_LINE : FEED_UNSOUND;
}

enum feed_step
claim_csv_next(struct claim_csv *csv, struct feed_line *ret_line)
{
    gather(csv);
    ret_line->lines = csv->lines;
    if (csv->group.has_begun)
        return give_claim(csv, ret_line);
    if (csv->has_row) { /* a broken one */
        csv->has_row = false;
        csv->taints_next = true;
        ret_line->line_no = csv->row.line_no;
        ret_line->reason = csv->row.fault;
        return FEED_UNSOUND;
    }
    ret_line->line_no = csv->lines == 0 ? 1 : csv->lines;
    ret_line->reason = csv->lost;
    return csv->lost != NULL ? FEED_LOST : FEED_END;
}
