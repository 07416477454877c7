/*
 * batch_read, batch_offset, batch_rows: how a batch stands, how much of its file is safe, and the
 * verdicts on its rows, page by page.
 *
 * Request   path: the number of the batch. HEAD asks for the offset alone. Of the report also
 *           ?after=N&limit=M: the rows behind row N (default 0), at most M (1 to 10000, default
 *           500); &format=json, csv or jsonl; meanings in English when Accept-Language begins so
 * Reply     GET the batch; HEAD nothing but Upload-Offset, Upload-Complete, Upload-Length and
 *           Upload-Limit in the head; the report: batch, state, rows[], next_after when there may
 *           be more. A row has row_no, row_key, operation, outcome, its three clocks, findings
 * Faults    FAULT_NOT_FOUND (no such batch, or another insurer's), FAULT_QUERY_STRING
 * Source    draft-ietf-httpbis-resumable-upload-09, "Offset Retrieval"; schema/31_batch.sql. A
 *           verdict says nothing of what the registry holds of a person.
 */
#include "endpoint/batch.h"
#include "endpoint/endpoints.h"

#include "base/text.h"
#include "intake/report.h"
#include "query/stmt.h"
#include "rule/row.h"
#include "rule/rules.h"
#include "wire/head.h"
#include "wire/out.h"

#include <stddef.h>
#include <strings.h>

enum { LINK_BYTES_MAX = 160, PAGE_ROWS = 500, PAGE_ROWS_MAX = 10000, PAGE_BYTES_MAX = 1 << 20 };

struct batch_page {
    int64_t number;
    int64_t after;
    int64_t limit;
    int64_t format; /* PAGE_JSON, or a report_format behind it */
    bool    has_after;
    bool    has_limit;
    bool    has_format;
};

enum { PAGE_JSON, PAGE_CSV, PAGE_JSON_LINES, PAGE_FORMATS };

struct batch_report {
    struct batch_standing *standing;
    struct span            rows; /* with commas between them */
    int32_t                next_after;
};

struct finding_view {
    char        rule_text[RULE_ID_SIZE];
    char        field_text[FINDING_TEXT_SIZE];
    const char *rule;
    struct span field;
};

struct row_view {
    int32_t         row_no;
    struct span     row_key;
    int16_t         operation;
    const char     *outcome;
    day_t           event_on;
    day_t           notice_received_on;
    day_t           due_on;
    instant_t       recorded_at;
    struct out_list findings;
};

#define VIEW(field) offsetof(struct row_view, field)

/* clang-format off */
static const struct out_row finding_rows[] = {
    { "rule",  NULL, OUT_STRING, offsetof(struct finding_view, rule),  NULL },
    { "field", NULL, OUT_TEXT,   offsetof(struct finding_view, field), NULL },
    { 0 },
};

static const struct out_row verdict_rows[] = {
    { "row_no",             NULL, OUT_WHOLE,   VIEW(row_no),             NULL },
    { "row_key",            NULL, OUT_TEXT,    VIEW(row_key),            NULL },
    { "operation",          NULL, OUT_CODE,    VIEW(operation),          NULL },
    { "outcome",            NULL, OUT_STRING,  VIEW(outcome),            NULL },
    { "event_on",           NULL, OUT_DAY,     VIEW(event_on),           NULL },
    { "notice_received_on", NULL, OUT_DAY,     VIEW(notice_received_on), NULL },
    { "due_on",             NULL, OUT_DAY,     VIEW(due_on),             NULL },
    { "recorded_at",        NULL, OUT_INSTANT, VIEW(recorded_at),        NULL },
    { "findings",           NULL, OUT_LIST,    VIEW(findings),           finding_rows },
    { 0 },
};

static const char *const outcome_names[] = { NULL, "applied", "held", "unchanged", "refused" };
/* clang-format on */

static enum fault
decode_read(struct request *r)
{
    int64_t *number = arena_take(&r->arena, sizeof *number);

    r->question = number;
    return number == NULL ? FAULT_REQUEST_TOO_LARGE : batch_number_of_path(r, number);
}

static void
ask_read(struct request *r)
{
    batch_ask_standing(r, *(const int64_t *)r->question);
}

static enum fault
encode_read(struct request *r)
{
    return batch_encode_standing(r, 200);
}

static enum fault
encode_offset(struct request *r)
{
    r->http_status = 204;
    return FAULT_NONE;
}

/* ---- the report ------------------------------------------------------------------------------ */

static const char *const formats[PAGE_FORMATS] = { "json", "csv", "jsonl" };

static void
take_format(struct request *r, struct batch_page *page, struct span value)
{
    for (int i = 0; i < PAGE_FORMATS; i++)
        if (span_is(value, formats[i])) {
            page->format = i;
            return;
        }
    request_blame(r, FAULT_QUERY_STRING, "format", "json, csv or jsonl");
}

static void
take_argument(struct request *r, struct batch_page *page, const struct query_argument *argument)
{
    if (span_is(argument->name, "after") && !page->has_after) {
        page->has_after = true;
        if (!head_whole(argument->value, &page->after) || page->after > INT32_MAX)
            request_blame(r, FAULT_QUERY_STRING, "after", "not a whole number");
    } else if (span_is(argument->name, "limit") && !page->has_limit) {
        page->has_limit = true;
        if (!head_whole(argument->value, &page->limit) || page->limit < 1
            || page->limit > PAGE_ROWS_MAX)
            request_blame(r, FAULT_QUERY_STRING, "limit", "not a whole number from 1 to 10000");
    } else if (span_is(argument->name, "format") && !page->has_format) {
        page->has_format = true;
        take_format(r, page, argument->value);
    } else {
        request_blame(r, FAULT_QUERY_STRING, NULL, "takes after, limit and format, each once");
    }
}

static enum fault
decode_rows(struct request *r)
{
    struct batch_page *page = arena_take(&r->arena, sizeof *page);

    if (page == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = page;
    page->limit = PAGE_ROWS;
    for (size_t i = 0; i < r->argument_count && i < QUERY_ARGUMENTS_MAX; i++)
        take_argument(r, page, &r->arguments[i]);
    return r->fault != FAULT_NONE ? r->fault : batch_number_of_path(r, &page->number);
}

static void
ask_rows(struct request *r)
{
    const struct batch_page *page = r->question;

    r->answer = NULL;
    batch_ask_standing(r, page->number);
}

/* "VR-10 birth_date", one a line; what this release cannot name is left out. */
static size_t
take_findings(struct span text, struct finding *findings)
{
    size_t count = 0;

    while (text.length > 0 && count < FINDINGS_MAX) {
        const char *end = memchr(text.bytes, '\n', text.length);
        size_t      length = end == NULL ? text.length : (size_t)(end - text.bytes);
        if (finding_read(span_make(text.bytes, length), &findings[count]))
            count++;
        size_t eaten = end == NULL ? length : length + 1;
        text = span_make(text.bytes + eaten, text.length - eaten);
    }
    return count;
}

static size_t
findings_of(const struct rows *rows, int row, struct finding *findings)
{
    return rows_is_null(rows, row, 8) ? 0 : take_findings(rows_bytes(rows, row, 8), findings);
}

static void
view_finding(const struct finding *finding, struct finding_view *ret_view)
{
    struct text field = text_in(ret_view->field_text, FINDING_TEXT_SIZE);

    rule_id_text(finding->rule, ret_view->rule_text);
    ret_view->rule = ret_view->rule_text;
    finding_write_field(&field, finding);
    ret_view->field = text_span(&field);
}

static day_t
day_or_unknown(const struct rows *rows, int row, int column)
{
    return rows_is_null(rows, row, column) ? DAY_UNKNOWN : rows_day(rows, row, column);
}

/* Columns: 0 row_no, 1 row_key, 2 operation, 3 outcome, 4 event_on, 5 notice_received_on, 6 due_on,
 * 7 recorded_at, 8 findings. */
void
batch_add_verdict(struct text *text, const struct rows *rows, int row)
{
    struct finding      findings[FINDINGS_MAX];
    struct finding_view views[FINDINGS_MAX];
    struct row_view     view = { .row_no = (int32_t)rows_number(rows, row, 0),
                                 .operation = (int16_t)rows_number(rows, row, 2),
                                 .outcome = outcome_names[rows_number(rows, row, 3)],
                                 .event_on = day_or_unknown(rows, row, 4),
                                 .notice_received_on = day_or_unknown(rows, row, 5),
                                 .due_on = day_or_unknown(rows, row, 6),
                                 .recorded_at = rows_instant(rows, row, 7) };

    if (!rows_is_null(rows, row, 1))
        view.row_key = rows_bytes(rows, row, 1);
    size_t count = findings_of(rows, row, findings);
    for (size_t i = 0; i < count; i++)
        view_finding(&findings[i], &views[i]);
    view.findings = (struct out_list){
        .items = views, .count = count, .stride = sizeof views[0], .has = count > 0
    };
    out_object(text, verdict_rows, &view);
}

void
batch_ask_verdicts(struct request *r, int64_t number, int64_t after, int64_t limit)
{
    ask_start(&r->ask, STMT_BATCH_ROWS_READ);
    ask_bytes(&r->ask, span_of(r->actor.insurer_number));
    ask_number(&r->ask, number);
    ask_number(&r->ask, after);
    ask_number(&r->ask, limit);
}

static void
add_report_row(const struct request *r, enum report_format format, struct text *text,
               const struct rows *rows, int row)
{
    struct finding    findings[FINDINGS_MAX];
    struct span       wish = r->heads.accept_language;
    bool              is_english = wish.length >= 2 && strncasecmp(wish.bytes, "en", 2) == 0;
    struct report_row line = { .row_no = (uint32_t)rows_number(rows, row, 0),
                               .outcome = (enum report_outcome)rows_number(rows, row, 3),
                               .due_on = day_or_unknown(rows, row, 6),
                               .findings = findings,
                               .count = findings_of(rows, row, findings) };

    if (!rows_is_null(rows, row, 1))
        line.row_key = rows_bytes(rows, row, 1);
    report_add(text, format, is_english ? REPORT_ENGLISH : REPORT_JAPANESE, &line);
}

static enum fault
read_verdicts(struct request *r, const struct rows *rows, int first, int count)
{
    const struct batch_page *page = r->question;
    struct batch_report     *report = r->answer;
    enum report_format       format = page->format == PAGE_CSV ? REPORT_CSV : REPORT_JSON_LINES;
    char                    *place = arena_take_raw(&r->arena, PAGE_BYTES_MAX);
    int                      added = 0;

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, PAGE_BYTES_MAX);
    if (page->format != PAGE_JSON && page->after == 0)
        report_head(&text, format);
    while (added < count && text.size_bytes - text.length > REPORT_ROW_BYTES_MAX) {
        if (page->format != PAGE_JSON) {
            add_report_row(r, format, &text, rows, first + added++);
            continue;
        }
        if (added > 0)
            text_add_byte(&text, ',');
        batch_add_verdict(&text, rows, first + added++);
    }
    report->rows = text_span(&text);
    if (added > 0 && (added < count || count == page->limit))
        report->next_after = (int32_t)rows_number(rows, first + added - 1, 0);
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

static enum fault
read_rows(struct request *r, const struct rows *rows, int first, int count)
{
    const struct batch_page *page = r->question;

    if (rows->stmt == STMT_BATCH_ROWS_READ)
        return read_verdicts(r, rows, first, count);
    struct batch_report *report = arena_take(&r->arena, sizeof *report);
    if (report == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    enum fault fault = batch_read_standing(r, rows, first, count);
    if (fault != FAULT_NONE)
        return fault;
    report->standing = r->answer;
    r->answer = report;
    r->tells_upload = false;
    batch_ask_verdicts(r, page->number, page->after, page->limit);
    r->asks_again = true;
    return FAULT_NONE;
}

/* A page of text: pages behind one another are the whole report, its head line once. */
static enum fault
encode_text(struct request *r)
{
    const struct batch_page   *page = r->question;
    const struct batch_report *report = r->answer;
    char                      *place = arena_take(&r->arena, LINK_BYTES_MAX);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, LINK_BYTES_MAX);
    text_add_format(
        &text, "</v1/enrolment/batches/%s/report?after=%d&limit=%d&format=%s>; rel=\"next\"",
        report->standing->number, report->next_after, (int)page->limit, formats[page->format]);
    if (report->next_after > 0)
        r->link = place;
    r->content_type = page->format == PAGE_CSV ? "text/csv; charset=utf-8" : "application/jsonl";
    r->reply = report->rows;
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

static enum fault
encode_json(struct request *r)
{
    const struct batch_report *report = r->answer;
    size_t                     room = report->rows.length + 256;
    char                      *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    text_add_format(&text, "{\"batch\":\"%s\",\"state\":\"%s\",\"rows\":[",
                    report->standing->number, report->standing->state);
    text_add(&text, report->rows);
    text_add_byte(&text, ']');
    if (report->next_after > 0)
        text_add_format(&text, ",\"next_after\":%d", report->next_after);
    text_add_byte(&text, '}');
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

static enum fault
encode_rows(struct request *r)
{
    const struct batch_page *page = r->question;

    if (page->format != PAGE_JSON)
        return encode_text(r);
    return encode_json(r);
}

const struct endpoint endpoint_batch_read = {
    .decode = decode_read,
    .ask = ask_read,
    .read = batch_read_standing,
    .encode = encode_read,
};

const struct endpoint endpoint_batch_offset = {
    .decode = decode_read,
    .ask = ask_read,
    .read = batch_read_standing,
    .encode = encode_offset,
};

const struct endpoint endpoint_batch_rows = {
    .decode = decode_rows,
    .ask = ask_rows,
    .read = read_rows,
    .encode = encode_rows,
};
