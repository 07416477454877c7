#include "intake/reader.h"

#include "intake/header.h"
#include "intake/record.h"
#include "rule/rule_id.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const uint64_t unpacked_usual = UINT64_C(8) << 30;

struct reader {
    struct reader_settings settings;
    struct text_window     text;
    int                    fd;   /* of reader_open_path(); -1: none */
    uint64_t               line; /* on which the next record begins */
    uint64_t               row_line;
    uint32_t               row_no;
    uint32_t               empty_lines;
    bool                   has_begun; /* the header or the first line has been looked at */
    struct header          header;    /* for JSON lines: the columns of the members of the newest */
    struct enrolment_row   empty;
    struct refused         refused;
};

struct reader_settings
reader_usual(enum reader_format format, enum packing packing, enum charset charset)
{
    return (struct reader_settings){ .format = format,
                                     .packing = packing,
                                     .charset = charset,
                                     .unpacked_max = unpacked_usual,
                                     .ratio_max = READER_RATIO_MAX,
                                     .rows_max = READER_ROWS_MAX };
}

bool
reader_open(struct reader **ret_reader, intake_pull *pull, void *owner,
            const struct reader_settings *settings)
{
    struct reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return false;
    reader->settings = *settings;
    reader->fd = -1;
    reader->line = 1;
    row_clear(&reader->empty);
    for (int i = 0; i < READER_COLUMNS_MAX; i++)
        reader->header.columns[i] = COLUMN_NONE;
    if (text_open(&reader->text, pull, owner, settings->packing, settings->charset,
                  settings->unpacked_max, settings->ratio_max)
        != REFUSAL_NONE) {
        reader_close(reader);
        return false;
    }
    *ret_reader = reader;
    return true;
}

static ssize_t
pull_file(void *owner, char *place, size_t size)
{
    const int *fd = owner;
    ssize_t    got;

    do
        got = read(*fd, place, size);
    while (got < 0 && errno == EINTR);
    return got;
}

bool
reader_open_path(struct reader **ret_reader, const char *path,
                 const struct reader_settings *settings)
{
    struct reader *reader;
    int            fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return false;
    if (!reader_open(&reader, pull_file, NULL, settings)) {
        (void)close(fd);
        return false;
    }
    reader->fd = fd;
    reader->text.unpack.owner = &reader->fd;
    *ret_reader = reader;
    return true;
}

void
reader_close(struct reader *reader)
{
    if (reader == NULL)
        return;
    text_close(&reader->text);
    if (reader->fd >= 0)
        (void)close(reader->fd);
    free(reader);
}

const struct refused *
reader_refused(const struct reader *reader)
{
    assert(reader->refused.refusal != REFUSAL_NONE);
    return &reader->refused;
}

uint64_t
reader_line(const struct reader *reader)
{
    return reader->row_line;
}

static bool
is_of_packing(enum refusal refusal)
{
    return refusal == REFUSAL_PACKING_BROKEN || refusal == REFUSAL_PACKING_TRUNCATED
           || refusal == REFUSAL_PACKING_WINDOW || refusal == REFUSAL_PACKING_RATIO;
}

/* From here on every call is refused the same. offset is from the start of the window's text. */
static bool
refuse(struct reader *reader, enum refusal refusal, size_t offset)
{
    const struct unpack *unpack = &reader->text.unpack;

    reader->refused.refusal = refusal;
    reader->refused.line = reader->line;
    reader->refused.byte = is_of_packing(refusal)
                               ? unpack->packed_bytes - (unpack->end - unpack->at)
                               : text_offset(&reader->text) + offset;
    return false;
}

static uint64_t
lines_in(const struct text_window *text)
{
    uint64_t lines = 0;

    for (size_t at = text->start; at < text->end; at++)
        lines += text->bytes[at] == '\n';
    return lines;
}

/* The record in the window, once all of it is there; ret_end->next is 0 at the end of the file. */
static bool
find_record(struct reader *reader, struct record_end *ret_end)
{
    struct text_window *text = &reader->text;

    for (;;) {
        struct span  bytes = span_make(text->bytes + text->start, text_length(text));
        enum refusal refusal;
        bool         has_end = reader->settings.format == FORMAT_CSV
                                   ? csv_end(bytes, text->is_over, ret_end)
                                   : line_end(bytes, text->is_over, ret_end);
        bool is_too_long = has_end ? ret_end->length > TEXT_LINE_MAX : bytes.length > TEXT_LINE_MAX;
        if (!has_end && ret_end->is_quoted && (is_too_long || text->is_over))
            return refuse(reader, REFUSAL_QUOTE_UNTERMINATED, 0);
        if (is_too_long)
            return refuse(reader, REFUSAL_LINE_TOO_LONG, 0);
        if (has_end)
            return true;
        refusal = text_more(text);
        if (refusal != REFUSAL_NONE) {
            reader->line += lines_in(text);
            return refuse(reader, refusal, text_length(text));
        }
    }
}

/* The next record that is not empty, as writable bytes; NULL at the end or when refused. */
static char *
next_record(struct reader *reader, size_t *ret_length)
{
    struct record_end end;

    while (find_record(reader, &end)) {
        char        *record = reader->text.bytes + reader->text.start;
        size_t       bad_at;
        enum refusal refusal;
        if (end.next == 0)
            return NULL;
        refusal = utf8_is_text(span_make(record, end.length), &bad_at);
        if (refusal != REFUSAL_NONE) {
            (void)refuse(reader, refusal, bad_at);
            return NULL;
        }
        reader->row_line = reader->line;
        reader->line += end.lines;
        reader->text.start += end.next;
        *ret_length = end.length;
        if (end.length > 0)
            return record;
        if (++reader->empty_lines > READER_EMPTY_MAX) {
            (void)refuse(reader, REFUSAL_EMPTY_LINES, 0);
            return NULL;
        }
    }
    return NULL;
}

static bool
begin_csv(struct reader *reader, char *record, size_t length)
{
    struct span  names[READER_COLUMNS_MAX];
    int          count = csv_split(record, length, names, READER_COLUMNS_MAX);
    enum refusal refusal = count == RECORD_BROKEN
                               ? REFUSAL_HEADER_BROKEN
                               : header_read(&reader->header, names, count, reader->refused.names);

    reader->refused.line = reader->row_line;
    reader->refused.refusal = refusal;
    return refusal == REFUSAL_NONE;
}

static void
break_row(struct enrolment_row *row, struct findings *findings)
{
    row->is_unreadable = true;
    findings_add(findings, RULE_ROW_BROKEN, COLUMN_NONE);
}

static void
take_csv(const struct reader *reader, char *record, size_t length, struct enrolment_row *row,
         struct findings *findings)
{
    struct span fields[READER_COLUMNS_MAX];
    int         count = csv_split(record, length, fields, READER_COLUMNS_MAX);

    if (count != reader->header.count) {
        break_row(row, findings);
        return;
    }
    for (int i = 0; i < count; i++)
        if (fields[i].length > 0)
            row_take(row, reader->header.columns[i], fields[i], findings);
}

/* Members mostly come in the order of the line before. */
static enum column_id
column_of_member(struct header *header, int at, struct span name)
{
    enum column_id id = header->columns[at];

    if (id == COLUMN_NONE || !span_is(name, column_info(id)->name))
        header->columns[at] = id = column_of_name(name);
    return id;
}

static void
take_json(struct reader *reader, char *record, size_t length, struct enrolment_row *row,
          struct findings *findings)
{
    struct json_member members[READER_COLUMNS_MAX];
    int                count = json_split(record, length, members, READER_COLUMNS_MAX);
    uint64_t           seen = 0;

    if (count == RECORD_BROKEN) {
        break_row(row, findings);
        return;
    }
    for (int i = 0; i < count; i++) {
        enum column_id id = column_of_member(&reader->header, i, members[i].name);
        if (id == COLUMN_NONE) {
            findings_add(findings, RULE_MEMBER_UNKNOWN, COLUMN_NONE);
            continue;
        }
        if ((seen >> id & 1) != 0)
            findings_add(findings, RULE_MEMBER_TWICE, id);
        else if (members[i].kind != JSON_NULL)
            row_take(row, id, members[i].value, findings);
        seen |= UINT64_C(1) << id;
    }
}

/* Looks at the first line. False when the file is refused, or there is nothing. */
static bool
begin(struct reader *reader, char **record, size_t *length)
{
    reader->has_begun = true;
    if (*record == NULL)
        return reader->refused.refusal == REFUSAL_NONE && refuse(reader, REFUSAL_FILE_EMPTY, 0);
    if (reader->settings.format == FORMAT_CSV) {
        if (!begin_csv(reader, *record, *length))
            return false;
        *record = next_record(reader, length);
        return *record != NULL
               || (reader->refused.refusal == REFUSAL_NONE && refuse(reader, REFUSAL_NO_ROWS, 0));
    }
    size_t at = 0;
    while (at < *length && ((*record)[at] == ' ' || (*record)[at] == '\t'))
        at++;
    if (at < *length && (*record)[at] == '{')
        return true;
    reader->line = reader->row_line;
    return refuse(reader, REFUSAL_NOT_JSON_LINES, 0);
}

enum reader_step
reader_next(struct reader *reader, struct enrolment_row *ret_row, struct findings *ret_findings)
{
    size_t length;
    char  *record;

    if (reader->refused.refusal != REFUSAL_NONE)
        return READER_REFUSED;
    record = next_record(reader, &length);
    if (!reader->has_begun && !begin(reader, &record, &length))
        return READER_REFUSED;
    if (record == NULL)
        return reader->refused.refusal == REFUSAL_NONE ? READER_END : READER_REFUSED;
    if (reader->row_no == reader->settings.rows_max) {
        reader->line = reader->row_line;
        (void)refuse(reader, REFUSAL_ROWS_TOO_MANY, 0);
        return READER_REFUSED;
    }
    *ret_row = reader->empty;
    findings_clear(ret_findings);
    ret_row->row_no = ++reader->row_no;
    if (reader->settings.format == FORMAT_CSV)
        take_csv(reader, record, length, ret_row, ret_findings);
    else
        take_json(reader, record, length, ret_row, ret_findings);
    return READER_ROW;
}
