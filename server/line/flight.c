#include "line/flight.h"

#include "audit/append.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "line/line.h"
#include "query/stmt.h"
#include "route/route.h"

#include <assert.h>
#include <string.h>

enum { PAUSE_LEAST_MS = 50, PAUSE_MOST_MS = 1000 };

static struct request *
passenger(const struct flight *flight, int at)
{
    struct request *r = place_of(&flight->line->places, flight->passengers[at]);
    return r != NULL && r->stage == STAGE_FLIGHT ? r : NULL;
}

/* A statement and its shared values; requests that agree on both travel as one set. */
static bool
fits_in(const struct statement_sent *sent, const struct flight *flight, const struct ask *ask)
{
    const struct stmt_row *row = stmt_info(sent->stmt);

    if (sent->stmt != ask->stmt || !row->is_set)
        return false;
    const struct request *first = passenger(flight, sent->passengers[0]);
    for (int param = 0; row->shared_params >> param != 0; param++)
        if (!stmt_param_is_array(row, param)
            && (first->ask.values[param].number != ask->values[param].number
                || first->ask.values[param].is_null != ask->values[param].is_null))
            return false;
    return true;
}

static void
sort_in(struct flight *flight, int at)
{
    const struct request *r = passenger(flight, at);

    for (int i = 0; i < flight->sent_count; i++) {
        struct statement_sent *sent = &flight->sent[i];
        if (fits_in(sent, flight, &r->ask)) {
            sent->passengers[sent->count++] = (uint8_t)at;
            return;
        }
    }
    struct statement_sent *sent = &flight->sent[flight->sent_count++];
    sent->stmt = r->ask.stmt;
    sent->count = 1;
    sent->passengers[0] = (uint8_t)at;
}

static enum fault
send_all(struct flight *flight)
{
    for (int i = 0; i < flight->sent_count; i++) {
        const struct statement_sent *sent = &flight->sent[i];
        const struct ask            *asks[PASSENGERS_MAX];
        for (int k = 0; k < sent->count; k++)
            asks[k] = &passenger(flight, sent->passengers[k])->ask;
        enum fault fault = lane_ask(flight->lane, sent->stmt, asks, sent->count);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

/* An item of a job does not: it is asked once, however often its turn comes. */
static bool
knocks_in_vain(const struct request *r)
{
    return r->is_turned_away && r->item == NULL;
}

/* Everybody is told to go on; what became of the transaction is in each request's fault. */
static void
land(struct flight *flight)
{
    struct line  *line = flight->line;
    struct ticket passengers[PASSENGERS_MAX];
    int           count = flight->passenger_count;

    memcpy(passengers, flight->passengers, sizeof passengers);
    flight->passenger_count = 0;
    flight->is_up = false;
    line->landed_count = (uint32_t)count;
    line->landed_ms = clock_ticks_ms();
    for (int i = 0; i < count; i++) {
        struct request *r = place_of(&line->places, passengers[i]);
        if (r == NULL || r->stage != STAGE_FLIGHT)
            continue;
        if (!r->is_settled && (r->fault == FAULT_NONE || knocks_in_vain(r)))
            line_wait(line, r, true);
        else
            line_resume(line, r);
    }
}

static void
end_with(struct flight *flight, enum fault fault)
{
    for (int i = 0; i < flight->passenger_count; i++) {
        struct request *r = passenger(flight, i);
        if (r == NULL)
            continue;
        r->is_turned_away = false;
        r->fault = FAULT_NONE; /* this comes before what the request had against itself */
        r->blame_count = 0;
        request_blame(r, fault, NULL, NULL);
    }
    land(flight);
}

static void
abandon(struct flight *flight)
{
    lane_shut(flight->lane);
    flight->line->counts.lost++;
    end_with(flight, FAULT_STORE_LOST);
}

static bool
needs_record(const struct request *r)
{
    return !r->is_settled && !r->is_replay;
}

static int
order_on_record(const struct request *a, const struct request *b)
{
    assert(a != NULL && b != NULL); /* nobody leaves between boarding a statement and its sending */
    int order = memcmp(a->request_id, b->request_id, sizeof a->request_id);

    if (order == 0)
        order = (actor_id(&a->actor) > actor_id(&b->actor))
                - (actor_id(&a->actor) < actor_id(&b->actor));
    return order != 0 ? order : (a->item_no > b->item_no) - (a->item_no < b->item_no);
}

/* All flights write in one order, so that two that carry the same requests wait for each other and
 * never in a circle. They are few: by insertion, which keeps equals as they came. */
static void
sort_for_record(const struct flight *flight, struct statement_sent *sent)
{
    for (int i = 1; i < sent->count; i++) {
        uint8_t at = sent->passengers[i];
        int     k = i;
        for (; k > 0
               && order_on_record(passenger(flight, sent->passengers[k - 1]), passenger(flight, at))
                      > 0;
             k--)
            sent->passengers[k] = sent->passengers[k - 1];
        sent->passengers[k] = at;
    }
}

static void
take_records_along(struct flight *flight)
{
    flight->sent_count = 0;
    flight->heard_count = 0;
    flight->is_recording = true;
    for (int i = 0; i < flight->passenger_count; i++) {
        struct request *r = passenger(flight, i);
        if (r == NULL || !needs_record(r))
            continue;
        audit_ask(r, (int)r->route->id, flight->line->keys, r->today, request_previous_day(r),
                  &r->ask);
        sort_in(flight, i);
    }
    for (int i = 0; i < flight->sent_count; i++)
        sort_for_record(flight, &flight->sent[i]);
    if (send_all(flight) != FAULT_NONE || lane_sync(flight->lane) != FAULT_NONE)
        abandon(flight);
}

/* One step: what everybody asks now, or, when nobody asks any more, the records. */
static void
fly_on(struct flight *flight)
{
    flight->sent_count = 0;
    flight->heard_count = 0;
    for (int i = 0; i < flight->passenger_count; i++) {
        struct request *r = passenger(flight, i);
        if (r == NULL || !r->asks_again)
            continue;
        r->asks_again = false;
        sort_in(flight, i);
    }
    assert(flight->steps <= STEPS_MAX);
    flight->steps++;
    if (flight->sent_count == 0)
        take_records_along(flight);
    else if (send_all(flight) != FAULT_NONE || lane_flush(flight->lane) != FAULT_NONE)
        abandon(flight);
}

static void
read_prior(struct request *r, const struct rows *rows, int first, int count)
{
    const struct endpoint *endpoint = r->route->endpoint;
    struct prior           prior;
    enum fault             fault = FAULT_INTERNAL; /* it conflicted, so it must be there */

    if (count == 1)
        fault = audit_read_prior(r, (int)r->route->id, rows, first, &prior, &r->record);
    r->is_settled = true;
    if (fault == FAULT_NONE && endpoint->replay != NULL)
        fault = endpoint->replay(r, &prior);
    if (fault != FAULT_NONE)
        request_blame(r, fault, NULL, NULL);
}

static void
read_for(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_ACCESS_PRIOR) {
        read_prior(r, rows, first, count);
        return;
    }
    if (rows->stmt == STMT_FACILITY_LOCK)
        return;
    enum fault fault = r->route->endpoint->read(r, rows, first, count);
    if (fault != FAULT_NONE)
        request_blame(r, fault, NULL, NULL);
}

/* Rows of a set come in the order of ord; each passenger reads its own run of them. */
static void
deal_out(struct flight *flight, const struct statement_sent *sent, const struct rows *rows)
{
    bool is_set = stmt_info(sent->stmt)->is_set;
    int  row = 0;

    for (int ord = 0; ord < sent->count; ord++) {
        int first = row;
        while (row < rows_count(rows) && (!is_set || rows_number(rows, row, 0) == ord))
            row++;
        struct request *r = passenger(flight, sent->passengers[ord]);
        if (r != NULL)
            read_for(r, rows, first, row - first);
    }
    assert(row == rows_count(rows));
}

/* Columns: 0 ord, 1 record_id, 2 recorded_at. Who has no row was on record before. */
static void
settle(struct flight *flight, const struct statement_sent *sent, const struct rows *rows)
{
    for (int row = 0; row < rows_count(rows); row++) {
        int64_t ord = rows_number(rows, row, 0);
        assert(ord >= 0 && ord < sent->count);
        struct request *r = passenger(flight, sent->passengers[ord]);
        if (r == NULL)
            continue;
        r->is_settled = true;
        r->record.record_id = rows_number(rows, row, 1);
        r->record.recorded_at = rows_instant(rows, row, 2);
    }
}

static void
hear_rows(struct flight *flight, const struct rows *rows)
{
    if (flight->heard_count >= flight->sent_count)
        return; /* the rest of a flight that was given up */
    const struct statement_sent *sent = &flight->sent[flight->heard_count++];
    if (flight->is_recording) {
        settle(flight, sent, rows);
        return;
    }
    deal_out(flight, sent, rows);
    if (flight->heard_count == flight->sent_count)
        fly_on(flight);
}

/* Who was on record before turns to what the record says; a refusal stays what it is. Who is turned
 * away is on record each time: under an id of ours when its own was used before. */
static void
hear_commit(struct flight *flight)
{
    for (int i = 0; i < flight->passenger_count; i++) {
        struct request *r = passenger(flight, i);
        if (r == NULL || r->is_settled)
            continue;
        if (knocks_in_vain(r))
            uuid_make(r->request_id);
        if (r->fault != FAULT_NONE)
            continue;
        flight->line->counts.replays++;
        r->is_replay = true;
    }
    flight->pause_ms = 0;
    land(flight);
}

static enum fault
fault_of(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        enum fault  fault;
    } table[] = {
        { "57014", FAULT_STORE_LATE }, { "57", FAULT_STORE_LOST }, { "53", FAULT_STORE_BUSY },
        { "55", FAULT_STORE_BUSY },    { "40", FAULT_STORE_BUSY }, { "08", FAULT_STORE_LOST },
        { "25006", FAULT_STORE_LOST },
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) == 0)
            return table[i].fault;
    return FAULT_STORE_REFUSED;
}

/* Nothing of this flight holds. One alone has had its chance; several get one each. */
static void
hear_failure(struct flight *flight)
{
    enum fault fault = fault_of(lane_sqlstate(flight->lane));

    flight->line->counts.failed++;
    if (flight->passenger_count == 1) {
        end_with(flight, fault);
        return;
    }
    for (int i = 0; i < flight->passenger_count; i++) {
        struct request *r = passenger(flight, i);
        if (r == NULL)
            continue;
        r->flies_alone = true;
        r->is_settled = r->route->audit == AUDIT_NOTHING && !r->is_turned_away;
        r->asks_again = false;
        line_wait(flight->line, r, true);
    }
    flight->passenger_count = 0;
    land(flight);
}

static void
hear(void *owner, struct lane *lane, enum lane_news news, const struct rows *rows)
{
    struct flight *flight = owner;

    switch (news) {
    case LANE_READY:
        flight->pause_ms = 0;
        break;
    case LANE_ROWS:
        hear_rows(flight, rows);
        break;
    case LANE_COMMITTED:
        hear_commit(flight);
        break;
    case LANE_FAILED:
        hear_failure(flight);
        break;
    case LANE_LOST:
        log_say(LOG_WARN, "lane_lost", LOG_TEXT("sqlstate", lane_sqlstate(lane)));
        if (flight->is_up)
            abandon(flight);
        break;
    }
}

bool
flight_open(struct flight *flight, struct line *line, const char *database_url)
{
    *flight = (struct flight){ .line = line };
    flight->lane = lane_new(database_url, hear, flight);
    return flight->lane != NULL;
}

void
flight_close(struct flight *flight)
{
    lane_free(flight->lane);
    flight->lane = NULL;
}

static bool
may_board(const struct flight *flight, const struct request *r)
{
    if (flight->passenger_count == 0)
        return true;
    return flight->passenger_count < PASSENGERS_MAX && !r->flies_alone;
}

/* Its facility is suspended in the transaction that has the refusal on record. */
static void
ask_lock(struct request *r)
{
    ask_start(&r->ask, STMT_FACILITY_LOCK);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, span_of(r->blames[0].reason == NULL ? "" : r->blames[0].reason));
    ask_number(&r->ask, r->received_at);
    r->asks_again = true;
    r->locks_facility = false;
}

static void
prepare_ask(struct request *r)
{
    if (r->locks_facility)
        ask_lock(r);
    if (r->fault != FAULT_NONE)
        return; /* a refusal only goes on record */
    if (r->is_replay)
        audit_ask_prior(r, r->today, request_previous_day(r), &r->ask);
    else if (r->route->endpoint->ask != NULL)
        r->route->endpoint->ask(r);
    else
        return;
    r->asks_again = true;
}

static void
board(struct flight *flight)
{
    struct line *line = flight->line;

    while (line->waiting_first != NULL && may_board(flight, line->waiting_first)) {
        struct request *r = line->waiting_first;
        line->waiting_first = r->next;
        if (line->waiting_first == NULL)
            line->waiting_last = NULL;
        r->next = NULL;
        r->is_waiting = false;
        line->counts.waiting--;
        flight->passengers[flight->passenger_count++] = ticket_of(r);
        prepare_ask(r);
        if (r->flies_alone)
            return;
    }
}

void
flight_depart(struct flight *flight, int64_t now_ms)
{
    if (flight->is_up || !lane_is_open(flight->lane) || flight->line->waiting_first == NULL)
        return;
    flight->is_up = true;
    flight->is_recording = false;
    flight->steps = 0;
    flight->departed_ms = now_ms;
    board(flight);
    flight->line->landed_count = 0;
    flight->line->counts.flights++;
    flight->line->counts.flown += (uint64_t)flight->passenger_count;
    fly_on(flight);
}

void
flight_tick(struct flight *flight, int64_t now_ms)
{
    if (flight->is_up && now_ms - flight->departed_ms > FLIGHT_DEADLINE_MS)
        abandon(flight);
    if (lane_socket(flight->lane) >= 0 && !lane_is_open(flight->lane)
        && now_ms - flight->opening_ms > OPENING_DEADLINE_MS)
        lane_shut(flight->lane); /* it was promised a connection that never came */
    if (lane_socket(flight->lane) >= 0 || now_ms < flight->reopen_ms)
        return;
    flight->opening_ms = now_ms;
    flight->pause_ms = flight->pause_ms == 0 ? PAUSE_LEAST_MS : flight->pause_ms * 2;
    if (flight->pause_ms > PAUSE_MOST_MS)
        flight->pause_ms = PAUSE_MOST_MS;
    flight->reopen_ms = now_ms + flight->pause_ms;
    if (lane_open(flight->lane) != FAULT_NONE)
        lane_shut(flight->lane);
}
