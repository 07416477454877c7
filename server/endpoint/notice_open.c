/*
 * notice_open: an insurer says that it was notified of something, and that a registration will
 * follow.
 *
 * Request   change_kind (acquisition, loss, change), event_on, notice_received_on, symbol, number,
 *           branch_number, birth_date, notice_key (the insurer's own name of it, at most 64
 *           characters); or notices: a list of up to 1,000 of them
 * Reply     one: 201 with Location: notice_number, notice_key, outcome (taken), due_on,
 *           plain_due_on; 200 with outcome unchanged when the same notice stands under its key
 *           a list: 200: item_count, taken, unchanged, refused, results[], each with item_no
 *           and either the members above or error, the problem document of that item
 * Faults    FAULT_FIELD_*, FAULT_PERSONAL_NUMBER, FAULT_ITEMS_TOO_MANY, FAULT_NAME_REUSED (another
 *           notice stands under that key), FAULT_REQUEST_ID_REUSED
 * Source    domain facts, part 7: due five days after the day of the notice, by the Civil Code.
 *           From the commit on, a facility's question is answered notified_not_registered.
 */
#include "endpoint/endpoints.h"
#include "endpoint/notice.h"

#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { LOCATION_BYTES_MAX = 128, ENTRY_BYTES = 320, HEAD_BYTES = 128 };

/* What notice_open says; see schema/functions.md. */
enum open_outcome { OPEN_TAKEN = 1, OPEN_UNCHANGED = 2, OPEN_NAME_USED = 3, OPEN_ID_USED = 4 };

struct notice_entry {
    int32_t     item_no; /* -1: it came by itself */
    char        number_place[NUMBER_TEXT_SIZE];
    struct span notice_number;
    struct span notice_key;
    const char *outcome;
    day_t       due_on;
    day_t       plain_due_on;
    struct span error;
};

struct notice_reply {
    int32_t         item_count;
    int32_t         taken;
    int32_t         unchanged;
    int32_t         refused;
    struct out_list results;
};

#define ENTRY(field) offsetof(struct notice_entry, field)
#define REPLY(field) offsetof(struct notice_reply, field)

/* clang-format off */
static const struct out_row entry_rows[] = {
    { "item_no",       NULL, OUT_WHOLE,  ENTRY(item_no),       NULL },
    { "notice_number", NULL, OUT_TEXT,   ENTRY(notice_number), NULL },
    { "notice_key",    NULL, OUT_TEXT,   ENTRY(notice_key),    NULL },
    { "outcome",       NULL, OUT_STRING, ENTRY(outcome),       NULL },
    { "due_on",        NULL, OUT_DAY,    ENTRY(due_on),        NULL },
    { "plain_due_on",  NULL, OUT_DAY,    ENTRY(plain_due_on),  NULL },
    { "error",         NULL, OUT_RAW,    ENTRY(error),         NULL },
    { 0 },
};

static const struct out_row reply_rows[] = {
    { "item_count", NULL, OUT_WHOLE, REPLY(item_count), NULL },
    { "taken",      NULL, OUT_WHOLE, REPLY(taken),      NULL },
    { "unchanged",  NULL, OUT_WHOLE, REPLY(unchanged),  NULL },
    { "refused",    NULL, OUT_WHOLE, REPLY(refused),    NULL },
    { "results",    NULL, OUT_LIST,  REPLY(results),    entry_rows },
    { 0 },
};
/* clang-format on */

static const char taken_word[] = "taken";
static const char unchanged_word[] = "unchanged";

static void
decode_item(struct request *r, struct span body, struct enrolment_item *item)
{
    notice_decode(r, body, (struct notice_item *)item, true);
}

static enum fault
decode(struct request *r)
{
    struct enrolment_list *notices = arena_take(&r->arena, sizeof *notices);

    if (notices == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = notices;
    r->flies_alone = true;
    r->record.way = WAY_ENROLMENT;
    enum fault fault =
        enrolment_decode(r, "notices", sizeof(struct notice_item), decode_item, notices);
    return fault != FAULT_NONE ? fault : r->fault;
}

/* The sound ones, as one JSON array; empty when the arena is full. */
static struct span
write_sound(struct request *r, const struct enrolment_list *notices)
{
    size_t room = 3;

    for (int32_t i = 0; i < notices->count; i++)
        room += notice_room((const struct notice_item *)enrolment_item_at(notices, i));
    char *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return (struct span){ 0 };
    struct text text = text_in(place, room);
    for (int32_t i = 0; i < notices->count; i++) {
        const struct enrolment_item *item = enrolment_item_at(notices, i);
        if (item->fault != FAULT_NONE)
            continue;
        text_add_byte(&text, text.length == 0 ? '[' : ',');
        notice_write(&text, (const struct notice_item *)item);
    }
    text_add_string(&text, text.length == 0 ? "[]" : "]");
    return span_make(text.is_full ? NULL : text.bytes, text.is_full ? 0 : text.length);
}

static void
ask(struct request *r)
{
    r->answer = NULL;
    enrolment_ask_change(r, STMT_NOTICE_OPEN);
    ask_bytes(&r->ask, write_sound(r, r->question));
}

/* Columns: 0 item_no, 1 outcome, 2 notice_id, 3 due_on, 4 plain_due_on. */
static enum fault
read_item(struct enrolment_list *notices, const struct rows *rows, int row)
{
    struct enrolment_item *item = enrolment_item_of(notices, rows_number(rows, row, 0));
    struct notice_item    *notice = (struct notice_item *)item;

    if (item == NULL)
        return FAULT_INTERNAL;
    notice->notice_id = rows_number(rows, row, 2);
    notice->due_on = rows_day(rows, row, 3);
    notice->plain_due_on = rows_day(rows, row, 4);
    switch ((enum open_outcome)rows_number(rows, row, 1)) {
    case OPEN_TAKEN:
        notice->outcome = taken_word;
        return FAULT_NONE;
    case OPEN_UNCHANGED:
        notice->outcome = unchanged_word;
        return FAULT_NONE;
    case OPEN_NAME_USED:
        enrolment_blame(item, FAULT_NAME_REUSED, "notice_key", "another notice has it");
        return FAULT_NONE;
    case OPEN_ID_USED:
    default:
        return FAULT_INTERNAL;
    }
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    struct enrolment_list *notices = r->question;

    r->answer = notices;
    if (count == 1 && rows_number(rows, first, 1) == OPEN_ID_USED)
        return FAULT_REQUEST_ID_REUSED;
    for (int i = 0; i < count; i++) {
        enum fault fault = read_item(notices, rows, first + i);
        if (fault != FAULT_NONE)
            return fault;
    }
    const struct enrolment_item *item = enrolment_item_at(notices, 0);
    if (!notices->is_list && item->fault != FAULT_NONE) {
        request_blame(r, item->fault, item->blames[0].field, item->blames[0].reason);
        return FAULT_NONE;
    }
    return FAULT_NONE;
}

static enum fault
make_entry(struct request *r, const struct notice_item *notice, bool is_listed,
           struct notice_entry *entry)
{
    bool is_sound = notice->item.fault == FAULT_NONE;

    *entry = (struct notice_entry){ .item_no = is_listed ? notice->item.item_no : -1,
                                    .due_on = DAY_UNKNOWN,
                                    .plain_due_on = DAY_UNKNOWN };
    if (!is_sound) {
        entry->error = enrolment_problem(r, &notice->item);
        return entry->error.bytes == NULL ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
    }
    entry->notice_number = enrolment_number_text(notice->notice_id, entry->number_place);
    entry->notice_key = notice->notice_key;
    entry->outcome = notice->outcome;
    entry->due_on = notice->due_on;
    entry->plain_due_on = notice->plain_due_on;
    return FAULT_NONE;
}

static enum fault
encode_one(struct request *r, const struct notice_item *notice)
{
    struct notice_entry entry;
    size_t              room = ENTRY_BYTES + 2 * notice->notice_key.length;
    char               *place = arena_take_raw(&r->arena, room);
    char               *location = arena_take(&r->arena, LOCATION_BYTES_MAX);
    enum fault          fault = make_entry(r, notice, false, &entry);

    if (place == NULL || location == NULL || fault != FAULT_NONE)
        return FAULT_REQUEST_TOO_LARGE;
    struct text path = text_in(location, LOCATION_BYTES_MAX);
    text_add(&path, r->path);
    text_add_byte(&path, '/');
    text_add(&path, entry.notice_number);
    r->location = location;
    struct text text = text_in(place, room);
    out_object(&text, entry_rows, &entry);
    r->reply = text_span(&text);
    r->http_status = notice->outcome == taken_word ? 201 : 200;
    return text.is_full || path.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

static enum fault
encode_list(struct request *r, const struct enrolment_list *notices)
{
    struct notice_entry *entries =
        arena_take_raw(&r->arena, (size_t)notices->count * sizeof *entries);
    struct notice_reply reply = { .item_count = notices->count,
                                  .results = { .items = entries,
                                               .count = (size_t)notices->count,
                                               .stride = sizeof *entries,
                                               .has = true } };
    size_t              room = HEAD_BYTES;

    if (entries == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int32_t i = 0; i < notices->count; i++) {
        const struct notice_item *notice =
            (const struct notice_item *)enrolment_item_at(notices, i);
        enum fault fault = make_entry(r, notice, true, &entries[i]);
        if (fault != FAULT_NONE)
            return fault;
        room += ENTRY_BYTES + 2 * notice->notice_key.length + entries[i].error.length;
        reply.taken += notice->item.fault == FAULT_NONE && notice->outcome == taken_word;
        reply.unchanged += notice->item.fault == FAULT_NONE && notice->outcome == unchanged_word;
        reply.refused += notice->item.fault != FAULT_NONE;
    }
    char *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, reply_rows, &reply);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    const struct enrolment_list *notices = r->answer;

    return notices->is_list
               ? encode_list(r, notices)
               : encode_one(r, (const struct notice_item *)enrolment_item_at(notices, 0));
}

/* A replay is asked anew: the database has kept what came of it. */
const struct endpoint endpoint_notice_open = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
