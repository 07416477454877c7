/*
 * bulk_open: takes in a list of questions, to be asked one by one behind the facility's back.
 *
 * Request   items: up to the route's items_max (10,000 questions as of eligibility_check, each with
 *           optional item_id and if_none_match; or 200 as of reference_number, each with optional
 *           item_id); asked_on: the day for items that name none, the day of reception without it
 * Reply     202 with Location: reception_number, item_count, received_at, expires_at
 * Faults    FAULT_JSON_MALFORMED when the list itself cannot be taken apart, FAULT_ITEMS_TOO_MANY,
 *           FAULT_JOBS_TOO_MANY, FAULT_REQUEST_ID_REUSED, FAULT_FIELD_*. An item that is not sound
 *           becomes an error of its own among the results and spoils nothing else.
 * Source    interface facts, part 4 (一括照会). The same request again finds the same job: its
 *           X-Request-Id and the digest of its body tell. The items' access records bear that id
 *           and their item numbers.
 */
#include "endpoint/endpoints.h"

#include "base/text.h"
#include "endpoint/eligibility.h"
#include "model/day.h"
#include "model/utf8.h"
#include "query/stmt.h"
#include "wire/out.h"
#include "wire/slice.h"

#include <stddef.h>

enum { REPLY_BYTES_MAX = 512, LOCATION_BYTES_MAX = 128 };

/* What bulk_job_open says; see schema/functions.md. */
enum open_outcome { OPEN_NEW = 1, OPEN_SAME = 2, OPEN_TOO_MANY = 3, OPEN_REUSED = 4 };

struct bulk_question {
    struct span lines; /* one item each */
    int32_t     item_count;
    bool        has_items;
    day_t       asked_on;
    bool        has_asked_on;
};

struct bulk_receipt {
    struct span reception_number;
    int32_t     item_count;
    instant_t   received_at;
    instant_t   expires_at;
};

#define RECEIPT(field) offsetof(struct bulk_receipt, field)

/* clang-format off */
static const struct out_row receipt_rows[] = {
    { "reception_number", NULL, OUT_TEXT,    RECEIPT(reception_number), NULL },
    { "item_count",       NULL, OUT_WHOLE,   RECEIPT(item_count),       NULL },
    { "received_at",      NULL, OUT_INSTANT, RECEIPT(received_at),      NULL },
    { "expires_at",       NULL, OUT_INSTANT, RECEIPT(expires_at),       NULL },
    { 0 },
};
/* clang-format on */

/* Lines take the place of the list that they come from: each is shorter than what it stood in. A
 * line feed can only be a blank or a fault of the item; a tab is the same of both. */
static char *
put_line(char *to, struct span item)
{
    memmove(to, item.bytes, item.length);
    for (char *feed = to; (feed = memchr(feed, '\n', (size_t)(to + item.length - feed))) != NULL;)
        *feed = '\t';
    to[item.length] = '\n';
    return to + item.length + 1;
}

static enum fault
take_items(struct request *r, struct bulk_question *question, struct span list)
{
    struct slice slice;
    struct span  item;
    char        *from = r->body + (list.bytes - r->body);
    char        *to = from;

    slice_start(&slice, list);
    if (!slice_enter(&slice, '['))
        return FAULT_FIELD_MALFORMED;
    while (slice_next(&slice, NULL, &item)) {
        if (question->item_count == r->list->items_max)
            return FAULT_ITEMS_TOO_MANY;
        question->item_count++;
        to = put_line(to, item);
    }
    if (!slice_end(&slice))
        return FAULT_JSON_MALFORMED;
    if (question->item_count == 0)
        return FAULT_FIELD_MALFORMED;
    question->lines = span_make(from, (size_t)(to - from) - 1); /* no feed behind the last */
    return FAULT_NONE;
}

static enum fault
take_asked_on(const struct request *r, struct bulk_question *question, struct span value)
{
    struct blame blame = { 0 };
    size_t       length = value.length;

    if (length < 2 || value.bytes[0] != '"' || value.bytes[length - 1] != '"')
        return FAULT_FIELD_MALFORMED;
    if (day_parse(span_make(value.bytes + 1, length - 2), &question->asked_on, &blame) != FAULT_NONE
        || question->asked_on > r->today + ASKED_AHEAD_DAYS_MAX)
        return FAULT_FIELD_MALFORMED;
    return FAULT_NONE;
}

/* One member of the outermost object; a name that comes twice is a malformed body. */
static enum fault
take_member(struct request *r, struct bulk_question *question, struct span name, struct span value)
{
    bool is_items = span_is(name, "items");
    bool is_asked_on = span_is(name, "asked_on");

    if ((is_items && question->has_items) || (is_asked_on && question->has_asked_on))
        return FAULT_JSON_MALFORMED;
    if (is_items) {
        question->has_items = true;
        enum fault fault = take_items(r, question, value);
        if (fault != FAULT_NONE)
            request_blame(r, fault, "items", "not a list of questions, of the right number");
        return FAULT_NONE;
    }
    if (is_asked_on) {
        question->has_asked_on = true;
        enum fault fault = take_asked_on(r, question, value);
        if (fault != FAULT_NONE)
            request_blame(r, fault, "asked_on", "not a calendar day, or more than a year ahead");
        return FAULT_NONE;
    }
    request_blame(r, FAULT_FIELD_UNKNOWN, NULL,
                  "the body has a field that this path does not take");
    return FAULT_NONE;
}

static enum fault
decode(struct request *r)
{
    struct bulk_question *question = arena_take(&r->arena, sizeof *question);
    struct span           body = span_make(r->body, r->body_length);
    struct slice          slice;
    struct span           name;
    struct span           value;

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->flies_alone = true; /* storing it takes long, for a flight */
    r->record.way = WAY_BULK;
    question->asked_on = DAY_UNKNOWN;
    if (memchr(body.bytes, '\0', body.length) != NULL || utf8_count(body) == SIZE_MAX)
        return FAULT_JSON_MALFORMED;
    slice_start(&slice, body);
    if (!slice_enter(&slice, '{'))
        return FAULT_JSON_MALFORMED;
    while (slice_next(&slice, &name, &value)) {
        enum fault fault = take_member(r, question, name, value);
        if (fault != FAULT_NONE)
            return fault;
    }
    if (!slice_end(&slice))
        return FAULT_JSON_MALFORMED;
    if (!question->has_items)
        request_blame(r, FAULT_FIELD_MISSING, "items", NULL);
    return r->fault;
}

static void
ask_day_or_null(struct ask *ask, day_t day)
{
    if (day == DAY_UNKNOWN)
        ask_null(ask);
    else
        ask_number(ask, day);
}

static void
ask(struct request *r)
{
    const struct bulk_question *question = r->question;

    r->answer = NULL;
    ask_start(&r->ask, STMT_BULK_JOB_OPEN);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_bytes(&r->ask, span_make((const char *)r->body_digest, sizeof r->body_digest));
    ask_number(&r->ask, r->list->route);
    ask_number(&r->ask, r->list->item_route);
    ask_number(&r->ask, question->item_count);
    ask_bytes(&r->ask, question->lines);
    ask_day_or_null(&r->ask, question->asked_on);
    ask_number(&r->ask, r->limits->bulk_keep_s);
    ask_number(&r->ask, r->limits->bulk_jobs);
    ask_number(&r->ask, r->today);
    ask_day_or_null(&r->ask, request_previous_day(r));
}

/* Columns: 0 outcome, 1 reception_number, 2 received_at, 3 item_count, 4 expires_at. */
static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    struct bulk_receipt *receipt = arena_take(&r->arena, sizeof *receipt);

    if (receipt == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count != 1)
        return FAULT_INTERNAL;
    switch ((enum open_outcome)rows_number(rows, first, 0)) {
    case OPEN_NEW:
    case OPEN_SAME:
        break;
    case OPEN_TOO_MANY:
        return FAULT_JOBS_TOO_MANY;
    case OPEN_REUSED:
    default:
        return FAULT_REQUEST_ID_REUSED;
    }
    receipt->reception_number = arena_copy(&r->arena, rows_bytes(rows, first, 1));
    if (receipt->reception_number.bytes == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    receipt->received_at = rows_instant(rows, first, 2);
    receipt->item_count = (int32_t)rows_number(rows, first, 3);
    receipt->expires_at = rows_instant(rows, first, 4);
    r->record.detail = receipt->reception_number;
    r->answer = receipt;
    return FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    const struct bulk_receipt *receipt = r->answer;
    char                      *place = arena_take(&r->arena, REPLY_BYTES_MAX);
    char                      *location = arena_take(&r->arena, LOCATION_BYTES_MAX);

    if (place == NULL || location == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text path = text_in(location, LOCATION_BYTES_MAX);
    text_add(&path, r->path);
    text_add_byte(&path, '/');
    text_add(&path, receipt->reception_number);
    r->location = location;
    struct text text = text_in(place, REPLY_BYTES_MAX);
    out_object(&text, receipt_rows, receipt);
    r->reply = text_span(&text);
    r->http_status = 202;
    return text.is_full || path.is_full ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}

/* A replay is asked anew: the job that stands is the answer. */
const struct endpoint endpoint_bulk_open = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
