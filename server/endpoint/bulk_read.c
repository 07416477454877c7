/*
 * bulk_progress, bulk_results: how a list of questions stands, and its answers, page by page.
 *
 * Request   path: the reception number. Of results also ?after=N&limit=M: the entries behind item N
 *           (default 0), at most M of them (1 to 500, default 100); a page ends earlier at 1 MiB
 * Reply     progress: reception_number, state (waiting, working, done), item_count, done, ok,
 *           errors, received_at, expires_at
 *           results: reception_number, item_count, results[], next_after when there are more. An
 *           entry has item_no, item_id when the item had one, and one of: etag and result (the
 *           answer, as to a single question); etag and unchanged (true: if_none_match was that
 *           tag); error (the problem document of that item)
 * Faults    FAULT_NOT_FOUND (no such job, or of another facility, or long gone), FAULT_GONE
 *           (its time is up), FAULT_STILL_RUNNING (results before the job is done),
 *           FAULT_QUERY_STRING
 * Source    interface facts, part 4 (一括照会). Entries are stored as they are sent; here they are only
 *           put behind one another. Each was on record before it was stored.
 */
#include "endpoint/endpoints.h"

#include "base/text.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum {
    RECEPTION_NUMBER_LENGTH = 18,
    PAGE_ITEMS = 100,
    PAGE_ITEMS_MAX = 500,
    PAGE_BYTES_MAX = 1 << 20,
    PAGE_ENDS_BYTES = 256, /* what stands around the entries */
    PROGRESS_BYTES_MAX = 512,
    NUMBER_DIGITS_MAX = 9
};

enum job_state { JOB_WAITING = 1, JOB_WORKING = 2, JOB_DONE = 3, JOB_GONE = 4 };

struct bulk_page {
    int64_t after;
    int64_t limit;
    bool    has_after;
    bool    has_limit;
};

struct bulk_standing {
    struct span reception_number;
    const char *state;
    int32_t     item_count;
    int32_t     done;
    int32_t     ok;
    int32_t     errors;
    instant_t   received_at;
    instant_t   expires_at;
    struct span entries;    /* of a page, with commas between them */
    int64_t     next_after; /* 0: there are no more */
};

#define STANDING(field) offsetof(struct bulk_standing, field)

/* clang-format off */
static const struct out_row standing_rows[] = {
    { "reception_number", NULL, OUT_TEXT,    STANDING(reception_number), NULL },
    { "state",            NULL, OUT_STRING,  STANDING(state),            NULL },
    { "item_count",       NULL, OUT_WHOLE,   STANDING(item_count),       NULL },
    { "done",             NULL, OUT_WHOLE,   STANDING(done),             NULL },
    { "ok",               NULL, OUT_WHOLE,   STANDING(ok),               NULL },
    { "errors",           NULL, OUT_WHOLE,   STANDING(errors),           NULL },
    { "received_at",      NULL, OUT_INSTANT, STANDING(received_at),      NULL },
    { "expires_at",       NULL, OUT_INSTANT, STANDING(expires_at),       NULL },
    { 0 },
};
/* clang-format on */

static const char *const state_names[] = {
    [JOB_WAITING] = "waiting", [JOB_WORKING] = "working", [JOB_DONE] = "done"
};

/* Any other path is no job of anybody. */
static enum fault
check_reception_number(const struct request *r)
{
    return r->path_rest.length == RECEPTION_NUMBER_LENGTH && span_is_digits(r->path_rest)
               ? FAULT_NONE
               : FAULT_NOT_FOUND;
}

static enum fault
decode_progress(struct request *r)
{
    r->record.way = WAY_BULK;
    return check_reception_number(r);
}

static bool
parse_number(struct span text, int64_t most, int64_t *ret_number)
{
    if (!span_is_digits(text) || text.length > NUMBER_DIGITS_MAX)
        return false;
    *ret_number = 0;
    for (size_t i = 0; i < text.length; i++)
        *ret_number = *ret_number * 10 + (text.bytes[i] - '0');
    return *ret_number <= most;
}

static void
take_argument(struct request *r, struct bulk_page *page, const struct query_argument *argument)
{
    if (span_is(argument->name, "after") && !page->has_after) {
        page->has_after = true;
        if (!parse_number(argument->value, INT32_MAX, &page->after))
            request_blame(r, FAULT_QUERY_STRING, "after", "not a whole number");
    } else if (span_is(argument->name, "limit") && !page->has_limit) {
        page->has_limit = true;
        if (!parse_number(argument->value, PAGE_ITEMS_MAX, &page->limit) || page->limit == 0)
            request_blame(r, FAULT_QUERY_STRING, "limit", "not a whole number from 1 to 500");
    } else {
        request_blame(r, FAULT_QUERY_STRING, NULL, "takes after and limit, each once");
    }
}

static enum fault
decode_results(struct request *r)
{
    struct bulk_page *page = arena_take(&r->arena, sizeof *page);

    if (page == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = page;
    r->record.way = WAY_BULK;
    *page = (struct bulk_page){ .limit = PAGE_ITEMS };
    for (size_t i = 0; i < r->argument_count; i++)
        take_argument(r, page, &r->arguments[i]);
    return r->fault != FAULT_NONE ? r->fault : check_reception_number(r);
}

static void
ask(struct request *r)
{
    r->answer = NULL;
    ask_start(&r->ask, STMT_BULK_JOB_READ);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, r->path_rest);
    ask_number(&r->ask, r->list->item_route);
}

/* Columns: 0 received_at, 1 state, 2 item_count, 3 done, 4 ok, 5 errors, 6 expires_at. */
static enum fault
read_standing(struct request *r, const struct rows *rows, int first, int count)
{
    struct bulk_standing *standing = arena_take(&r->arena, sizeof *standing);

    if (standing == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    if (rows_number(rows, first, 1) == JOB_GONE)
        return FAULT_GONE;
    *standing = (struct bulk_standing){ .reception_number = r->path_rest,
                                        .received_at = rows_instant(rows, first, 0),
                                        .state = state_names[rows_number(rows, first, 1)],
                                        .item_count = (int32_t)rows_number(rows, first, 2),
                                        .done = (int32_t)rows_number(rows, first, 3),
                                        .ok = (int32_t)rows_number(rows, first, 4),
                                        .errors = (int32_t)rows_number(rows, first, 5),
                                        .expires_at = rows_instant(rows, first, 6) };
    r->answer = standing;
    r->record.detail = r->path_rest;
    return FAULT_NONE;
}

/* How many of the entries fit a page, and the bytes of those. The first always does. */
static int
count_entries(const struct rows *rows, int first, int count, size_t *ret_bytes)
{
    int entries = 0;

    *ret_bytes = 0;
    while (entries < count) {
        size_t bytes = rows_bytes(rows, first + entries, 1).length + 1;
        if (entries > 0 && *ret_bytes + bytes > PAGE_BYTES_MAX)
            break;
        *ret_bytes += bytes;
        entries++;
    }
    return entries;
}

/* Columns: 0 item_no, 1 result. */
static enum fault
read_entries(struct request *r, const struct rows *rows, int first, int count)
{
    struct bulk_standing *standing = r->answer;
    size_t                bytes;
    int                   entries = count_entries(rows, first, count, &bytes);
    char                 *place = arena_take_raw(&r->arena, bytes + 1);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, bytes + 1);
    for (int i = 0; i < entries; i++) {
        if (i > 0)
            text_add_byte(&text, ',');
        text_add(&text, rows_bytes(rows, first + i, 1));
    }
    standing->entries = text_span(&text);
    if (entries > 0)
        standing->next_after = rows_number(rows, first + entries - 1, 0);
    if (standing->next_after >= standing->item_count)
        standing->next_after = 0;
    return FAULT_NONE;
}

static enum fault
read_results(struct request *r, const struct rows *rows, int first, int count)
{
    const struct bulk_page *page = r->question;

    if (rows->stmt == STMT_BULK_ITEMS_READ)
        return read_entries(r, rows, first, count);
    enum fault fault = read_standing(r, rows, first, count);
    if (fault != FAULT_NONE)
        return fault;
    const struct bulk_standing *standing = r->answer;
    if (standing->state != state_names[JOB_DONE])
        return FAULT_STILL_RUNNING;
    ask_start(&r->ask, STMT_BULK_ITEMS_READ);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, r->path_rest);
    ask_number(&r->ask, page->after);
    ask_number(&r->ask, page->limit);
    r->asks_again = true;
    return FAULT_NONE;
}

static enum fault
encode_progress(struct request *r)
{
    char *place = arena_take(&r->arena, PROGRESS_BYTES_MAX);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, PROGRESS_BYTES_MAX);
    out_object(&text, standing_rows, r->answer);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}

static enum fault
encode_results(struct request *r)
{
    const struct bulk_standing *standing = r->answer;
    size_t                      room = standing->entries.length + PAGE_ENDS_BYTES;
    char                       *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    text_add_string(&text, "{\"reception_number\":");
    out_quoted(&text, standing->reception_number);
    text_add_format(&text, ",\"item_count\":%d,\"results\":[", standing->item_count);
    text_add(&text, standing->entries);
    text_add_byte(&text, ']');
    if (standing->next_after > 0) {
        text_add_string(&text, ",\"next_after\":");
        text_add_number(&text, standing->next_after);
    }
    text_add_byte(&text, '}');
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

const struct endpoint endpoint_bulk_progress = {
    .decode = decode_progress,
    .ask = ask,
    .read = read_standing,
    .encode = encode_progress,
};

/* A replay is asked anew: a job that is done does not change. */
const struct endpoint endpoint_bulk_results = {
    .decode = decode_results,
    .ask = ask,
    .read = read_results,
    .encode = encode_results,
};
