#include "bulk/desk.h"

#include "bulk/entry.h"
#include "crypto/digest.h"
#include "query/stmt.h"
#include "route/route.h"

#include <string.h>

enum {
    LEASE_S = 30, /* longer than any chunk: an item ends within its route's deadline */
    STATEMENT_MS = 15000,
    AFTER_TROUBLE_MS = 1000,
    EXPIRE_EVERY_MS = 600000
};

static void
give_back(struct desk *desk)
{
    for (int i = 0; i < desk->item_count; i++)
        place_give_back(&desk->line->places, desk->items[i].request);
    desk->item_count = 0;
    desk->answered = 0;
}

static void
end_chunk(struct desk *desk, int64_t rest_until_ms)
{
    give_back(desk);
    desk->state = DESK_RESTING;
    desk->rest_ms = rest_until_ms;
}

/* A new request for the row of bulk_items_take. Columns: 0 job_id, 1 item_no, 2 facility_id,
 * 3 request_id, 4 received_at, 5 question, 6 item_route, 7 asked_on. */
static void
seat(struct desk *desk, const struct rows *rows, int row)
{
    const struct route *route = route_by_id((enum route_id)rows_number(rows, row, 6));
    struct request     *r = place_take(&desk->line->places);
    struct desk_item   *item = &desk->items[desk->item_count];
    struct span         question = rows_bytes(rows, row, 5);
    struct span         body = question;

    if (r == NULL)
        return; /* its lease runs out, and it is taken again */
    digest_short(question.bytes, question.length, r->body_digest);
    if (body.length > route->body_bytes_max)
        body.length = route->body_bytes_max + 1; /* enough to be refused for its length */
    body = arena_copy(&r->arena, body);
    if (body.bytes == NULL) {
        place_give_back(&desk->line->places, r);
        return;
    }
    *item = (struct desk_item){ .request = r, .job_id = rows_number(rows, row, 0) };
    item->item.facility_id = (int32_t)rows_number(rows, row, 2);
    item->item.asked_on = rows_is_null(rows, row, 7) ? DAY_UNKNOWN : rows_day(rows, row, 7);
    r->item = &item->item;
    r->item_no = (int32_t)rows_number(rows, row, 1);
    memcpy(r->request_id, rows_bytes(rows, row, 3).bytes, UUID_BYTES);
    r->has_request_id = true;
    r->received_at = rows_instant(rows, row, 4);
    r->today =
        clock_day(r->received_at); /* so that an item stands on record once, whenever asked */
    r->route = route;
    r->body = (char *)body.bytes;
    r->body_length = body.length;
    desk->item_count++;
}

static void
ask_items(struct desk *desk)
{
    int64_t now_ms = clock_ticks_ms();

    desk->state = DESK_ASKING;
    desk->asked_ms = now_ms;
    for (int i = 0; i < desk->item_count; i++) {
        struct request *r = desk->items[i].request;
        r->started_us = clock_ticks_us();
        r->deadline_ms = now_ms + r->route->deadline_ms;
        line_run(desk->line, r);
    }
}

static void
hear_commit(struct desk *desk)
{
    int64_t now_ms = clock_ticks_ms();

    switch (desk->state) {
    case DESK_TAKING:
        desk->is_idle = desk->item_count == 0;
        if (desk->is_idle)
            end_chunk(desk, now_ms + desk->idle_ms);
        else
            ask_items(desk);
        break;
    case DESK_STORING:
        desk->took_ms = now_ms - desk->asked_ms;
        end_chunk(desk, now_ms);
        break;
    case DESK_EXPIRING:
        desk->state = DESK_RESTING;
        break;
    case DESK_RESTING:
    case DESK_ASKING:
        break;
    }
}

/* Items that are still on their way keep their places until they are responded to. */
static void
hear_trouble(struct desk *desk)
{
    if (desk->state != DESK_ASKING && desk->state != DESK_RESTING)
        end_chunk(desk, clock_ticks_ms() + AFTER_TROUBLE_MS);
}

static void
hear(void *owner, struct lane *lane, enum lane_news news, const struct rows *rows)
{
    struct desk *desk = owner;
    (void)lane;

    switch (news) {
    case LANE_READY:
        break;
    case LANE_ROWS:
        for (int row = 0; desk->state == DESK_TAKING && row < rows_count(rows); row++)
            seat(desk, rows, row);
        break;
    case LANE_COMMITTED:
        hear_commit(desk);
        break;
    case LANE_FAILED:
    case LANE_LOST:
        hear_trouble(desk);
        break;
    }
}

static void
give_up_lane(struct desk *desk)
{
    lane_shut(desk->lane);
    hear_trouble(desk);
}

static void
send_asks(struct desk *desk, enum desk_state state, const struct ask *const *asks, int count,
          int64_t now_ms)
{
    enum fault fault = lane_ask(desk->lane, asks[0]->stmt, asks, count);

    if (fault == FAULT_NONE)
        fault = lane_sync(desk->lane);
    desk->state = state;
    if (state != DESK_STORING)
        desk->asked_ms = now_ms;
    if (fault != FAULT_NONE)
        give_up_lane(desk);
}

static void
take(struct desk *desk, int64_t now_ms)
{
    struct ask        ask;
    const struct ask *asks[] = { &ask };

    ask_start(&ask, STMT_BULK_ITEMS_TAKE);
    ask_number(&ask, desk->chunk);
    ask_number(&ask, LEASE_S);
    send_asks(desk, DESK_TAKING, asks, 1, now_ms);
}

static void
expire(struct desk *desk, int64_t now_ms)
{
    struct ask        ask;
    const struct ask *asks[] = { &ask };

    desk->expire_ms = now_ms + EXPIRE_EVERY_MS;
    ask_start(&ask, STMT_BULK_EXPIRE);
    send_asks(desk, DESK_EXPIRING, asks, 1, now_ms);
}

/* Whether the fault is of the moment and not of the item. Our own defects are told, lest the item
 * comes back for ever. */
static bool
must_come_back(enum fault fault)
{
    return fault == FAULT_DIRECTORY_STALE
           || (fault_info(fault)->retry_helps && !fault_info(fault)->is_our_bug);
}

static bool
ask_done(const struct desk_item *item, struct ask *ask)
{
    struct request *r = item->request;
    struct span     entry = entry_write(r);

    if (span_is_empty(entry))
        return false;
    ask_start(ask, STMT_BULK_ITEMS_DONE);
    ask_number(ask, item->job_id);
    ask_number(ask, r->item_no);
    ask_bytes(ask, entry);
    ask_text_or_null(ask, entry_tag(r));
    ask_number(ask, r->fault != FAULT_NONE);
    return true;
}

static void
store(struct desk *desk, int64_t now_ms)
{
    struct ask        places[BULK_CHUNK_MAX];
    const struct ask *asks[BULK_CHUNK_MAX];
    int               count = 0;

    for (int i = 0; i < desk->item_count; i++) {
        const struct request *r = desk->items[i].request;
        meter_request(desk->meter, (int)r->route->id, r->fault, r->actor.kind, r->record.reason,
                      clock_ticks_us() - r->started_us);
        if (must_come_back(r->fault) || !ask_done(&desk->items[i], &places[count]))
            continue;
        asks[count] = &places[count];
        count++;
    }
    if (count == 0 || !lane_is_open(desk->lane)) {
        end_chunk(desk, now_ms + AFTER_TROUBLE_MS);
        return;
    }
    send_asks(desk, DESK_STORING, asks, count, now_ms);
}

static void
keep_lane_open(struct desk *desk, int64_t now_ms)
{
    bool is_late = desk->state != DESK_RESTING && desk->state != DESK_ASKING
                   && now_ms - desk->asked_ms > STATEMENT_MS;

    if (is_late)
        give_up_lane(desk);
    if (lane_socket(desk->lane) >= 0 || now_ms < desk->reopen_ms)
        return;
    desk->reopen_ms = now_ms + AFTER_TROUBLE_MS;
    if (lane_open(desk->lane) != FAULT_NONE)
        lane_shut(desk->lane);
}

bool
desk_is_due(const struct desk *desk)
{
    return desk->state == DESK_ASKING && desk->answered == desk->item_count;
}

void
desk_turn(struct desk *desk, bool may_take, int64_t now_ms)
{
    keep_lane_open(desk, now_ms);
    if (desk_is_due(desk))
        store(desk, now_ms);
    if (desk->state != DESK_RESTING || !may_take || now_ms < desk->rest_ms
        || !lane_is_open(desk->lane))
        return;
    if (now_ms >= desk->expire_ms)
        expire(desk, now_ms);
    else
        take(desk, now_ms);
}

void
desk_respond(void *owner, struct request *r)
{
    struct desk *desk = owner;
    (void)r; /* keeps its place until its answer is stored */

    desk->answered++;
}

void
desk_rest(struct desk *desk, int64_t until_ms)
{
    if (until_ms > desk->rest_ms)
        desk->rest_ms = until_ms;
}

bool
desk_open(struct desk *desk, const char *database_url, struct line *line, struct meter *meter,
          int chunk, uint32_t idle_ms)
{
    *desk = (struct desk){ .line = line, .meter = meter, .chunk = chunk, .idle_ms = idle_ms };
    desk->lane = lane_new(database_url, hear, desk);
    return desk->lane != NULL;
}

void
desk_close(struct desk *desk)
{
    lane_free(desk->lane);
    desk->lane = NULL;
}
