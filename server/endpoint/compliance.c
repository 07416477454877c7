/*
 * compliance: how an insurer keeps its five days.
 *
 * Request   ?from=YYYY-MM-DD&until=YYYY-MM-DD, both included, at most 366 days; without them the
 *           thirty days up to today
 * Reply     from, until; in_time and late registrations; open_now, due_soon, overdue_now, withdrawn
 *           notices; breaches (registered_late, missed, notified_late); lag (median, p90, p99) in
 *           days from the notice to the registration; histogram[] (lag_days, in_time, late);
 *           worst[] by the insurer's own names (days_late, due_on, done_on, notice_number,
 *           notice_key, batch_number, row_no, row_key). Nothing names a person
 * Faults    FAULT_QUERY_STRING
 * Source    domain facts, part 7; schema/functions.md, "Compliance". From counters, not from rows.
 */
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"

#include "base/text.h"
#include "model/day.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum {
    PERIOD_DAYS = 30,
    PERIOD_DAYS_MAX = 366,
    WORST_MAX = 20,
    COUNTS_BYTES = 1024,
    LAG_BYTES = 80,
    WORST_BYTES = 320
};

struct compliance_period {
    day_t from;
    day_t until;
};

struct breach_counts {
    int64_t registered_late;
    int64_t missed;
    int64_t notified_late;
};

struct lag_days {
    int64_t median;
    int64_t p90;
    int64_t p99;
};

struct lag_row {
    int64_t lag_days;
    int64_t in_time;
    int64_t late;
};

struct worst_row {
    int64_t     days_late;
    day_t       due_on;
    day_t       done_on;
    char        notice_place[NUMBER_TEXT_SIZE];
    struct span notice_number;
    struct span notice_key;
    char        batch_place[NUMBER_TEXT_SIZE];
    struct span batch_number;
    int32_t     row_no;
    struct span row_key;
};

struct compliance_reply {
    day_t                       from;
    day_t                       until;
    int64_t                     in_time;
    int64_t                     late;
    int64_t                     open_now;
    int64_t                     due_soon;
    int64_t                     overdue_now;
    int64_t                     withdrawn;
    struct breach_counts        breach_counts;
    const struct breach_counts *breaches;
    struct lag_days             lag_days;
    const struct lag_days      *lag; /* NULL when nothing was registered */
    struct out_list             histogram;
    struct out_list             worst;
};

#define BREACH(field)  offsetof(struct breach_counts, field)
#define LAG(field)     offsetof(struct lag_days, field)
#define LAG_ROW(field) offsetof(struct lag_row, field)
#define WORST(field)   offsetof(struct worst_row, field)
#define REPLY(field)   offsetof(struct compliance_reply, field)

/* clang-format off */
static const struct out_row breach_rows[] = {
    { "registered_late", NULL, OUT_LONG, BREACH(registered_late), NULL },
    { "missed",          NULL, OUT_LONG, BREACH(missed),          NULL },
    { "notified_late",   NULL, OUT_LONG, BREACH(notified_late),   NULL },
    { 0 },
};

static const struct out_row lag_rows[] = {
    { "median", NULL, OUT_LONG, LAG(median), NULL },
    { "p90",    NULL, OUT_LONG, LAG(p90),    NULL },
    { "p99",    NULL, OUT_LONG, LAG(p99),    NULL },
    { 0 },
};

static const struct out_row histogram_rows[] = {
    { "lag_days", NULL, OUT_LONG, LAG_ROW(lag_days), NULL },
    { "in_time",  NULL, OUT_LONG, LAG_ROW(in_time),  NULL },
    { "late",     NULL, OUT_LONG, LAG_ROW(late),     NULL },
    { 0 },
};

static const struct out_row worst_rows[] = {
    { "days_late",     NULL, OUT_LONG,  WORST(days_late),     NULL },
    { "due_on",        NULL, OUT_DAY,   WORST(due_on),        NULL },
    { "done_on",       NULL, OUT_DAY,   WORST(done_on),       NULL },
    { "notice_number", NULL, OUT_TEXT,  WORST(notice_number), NULL },
    { "notice_key",    NULL, OUT_TEXT,  WORST(notice_key),    NULL },
    { "batch_number",  NULL, OUT_TEXT,  WORST(batch_number),  NULL },
    { "row_no",        NULL, OUT_WHOLE, WORST(row_no),        NULL },
    { "row_key",       NULL, OUT_TEXT,  WORST(row_key),       NULL },
    { 0 },
};

static const struct out_row reply_rows[] = {
    { "from",        NULL, OUT_DAY,    REPLY(from),        NULL },
    { "until",       NULL, OUT_DAY,    REPLY(until),       NULL },
    { "in_time",     NULL, OUT_LONG,   REPLY(in_time),     NULL },
    { "late",        NULL, OUT_LONG,   REPLY(late),        NULL },
    { "open_now",    NULL, OUT_LONG,   REPLY(open_now),    NULL },
    { "due_soon",    NULL, OUT_LONG,   REPLY(due_soon),    NULL },
    { "overdue_now", NULL, OUT_LONG,   REPLY(overdue_now), NULL },
    { "withdrawn",   NULL, OUT_LONG,   REPLY(withdrawn),   NULL },
    { "breaches",    NULL, OUT_OBJECT, REPLY(breaches),    breach_rows },
    { "lag",         NULL, OUT_OBJECT, REPLY(lag),         lag_rows },
    { "histogram",   NULL, OUT_LIST,   REPLY(histogram),   histogram_rows },
    { "worst",       NULL, OUT_LIST,   REPLY(worst),       worst_rows },
    { 0 },
};
/* clang-format on */

static void
take_argument(struct request *r, const struct query_argument *argument, const char *name,
              day_t *ret_day)
{
    struct blame blame = { 0 };

    if (*ret_day != DAY_UNKNOWN)
        request_blame(r, FAULT_QUERY_STRING, name, "comes twice");
    else if (day_parse(argument->value, ret_day, &blame) != FAULT_NONE)
        request_blame(r, FAULT_QUERY_STRING, name, "not a calendar day");
}

static enum fault
decode(struct request *r)
{
    struct compliance_period *period = arena_take(&r->arena, sizeof *period);

    if (period == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = period;
    *period = (struct compliance_period){ .from = DAY_UNKNOWN, .until = DAY_UNKNOWN };
    for (size_t i = 0; i < r->argument_count && i < QUERY_ARGUMENTS_MAX; i++) {
        if (span_is(r->arguments[i].name, "from"))
            take_argument(r, &r->arguments[i], "from", &period->from);
        else if (span_is(r->arguments[i].name, "until"))
            take_argument(r, &r->arguments[i], "until", &period->until);
        else
            request_blame(r, FAULT_QUERY_STRING, NULL, "takes from and until, each once");
    }
    if (r->fault != FAULT_NONE)
        return r->fault;
    if (period->until == DAY_UNKNOWN)
        period->until = period->from == DAY_UNKNOWN ? r->today : period->from + PERIOD_DAYS - 1;
    if (period->from == DAY_UNKNOWN)
        period->from = period->until - (PERIOD_DAYS - 1);
    if (period->from > period->until || period->until - period->from >= PERIOD_DAYS_MAX)
        request_blame(r, FAULT_QUERY_STRING, "until", "before from, or more than 366 days");
    return r->fault;
}

static void
ask_of_period(struct request *r, int stmt)
{
    const struct compliance_period *period = r->question;

    enrolment_ask_read(r, stmt);
    ask_number(&r->ask, period->from);
    ask_number(&r->ask, period->until);
}

static void
ask(struct request *r)
{
    r->answer = NULL;
    ask_of_period(r, STMT_COMPLIANCE_OWN);
    ask_number(&r->ask, r->today);
}

/* Columns: 0 in_time, 1 late, 2 open_now, 3 due_soon, 4 overdue_now, 5 withdrawn,
 * 6 registered_late, 7 missed, 8 notified_late, 9 lag_median, 10 lag_p90, 11 lag_p99. */
static enum fault
read_counts(struct request *r, const struct rows *rows, int row)
{
    const struct compliance_period *period = r->question;
    struct compliance_reply        *reply = arena_take(&r->arena, sizeof *reply);

    if (reply == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    *reply = (struct compliance_reply){
        .from = period->from,
        .until = period->until,
        .in_time = rows_number(rows, row, 0),
        .late = rows_number(rows, row, 1),
        .open_now = rows_number(rows, row, 2),
        .due_soon = rows_number(rows, row, 3),
        .overdue_now = rows_number(rows, row, 4),
        .withdrawn = rows_number(rows, row, 5),
        .breach_counts = { .registered_late = rows_number(rows, row, 6),
                           .missed = rows_number(rows, row, 7),
                           .notified_late = rows_number(rows, row, 8) },
        .lag_days = { .median = enrolment_number(rows, row, 9),
                      .p90 = enrolment_number(rows, row, 10),
                      .p99 = enrolment_number(rows, row, 11) },
    };
    reply->breaches = &reply->breach_counts;
    if (reply->lag_days.median >= 0)
        reply->lag = &reply->lag_days;
    r->answer = reply;
    ask_of_period(r, STMT_COMPLIANCE_LAGS);
    r->asks_again = true;
    return FAULT_NONE;
}

/* Columns: 0 lag_days, 1 in_time, 2 late. */
static enum fault
read_lags(struct request *r, const struct rows *rows, int first, int count)
{
    struct compliance_reply *reply = r->answer;
    struct lag_row          *lags = arena_take(&r->arena, (size_t)(count + 1) * sizeof *lags);

    if (lags == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < count; i++)
        lags[i] = (struct lag_row){ .lag_days = rows_number(rows, first + i, 0),
                                    .in_time = rows_number(rows, first + i, 1),
                                    .late = rows_number(rows, first + i, 2) };
    reply->histogram = (struct out_list){
        .items = lags, .count = (size_t)count, .stride = sizeof *lags, .has = true
    };
    ask_of_period(r, STMT_COMPLIANCE_WORST);
    ask_number(&r->ask, r->today);
    ask_number(&r->ask, WORST_MAX);
    r->asks_again = true;
    return FAULT_NONE;
}

/* Columns: 0 days_late, 1 due_on, 2 done_on, 3 notice_id, 4 notice_key, 5 batch_id, 6 row_no,
 * 7 row_key. */
static enum fault
read_worst(struct request *r, const struct rows *rows, int first, int count)
{
    struct compliance_reply *reply = r->answer;
    struct worst_row        *worst = arena_take(&r->arena, (size_t)(count + 1) * sizeof *worst);

    if (worst == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < count; i++) {
        int64_t notice = enrolment_number(rows, first + i, 3);
        int64_t batch = enrolment_number(rows, first + i, 5);
        worst[i] = (struct worst_row){ .days_late = rows_number(rows, first + i, 0),
                                       .due_on = rows_day(rows, first + i, 1),
                                       .done_on = enrolment_day(rows, first + i, 2),
                                       .notice_key = enrolment_text(r, rows, first + i, 4),
                                       .row_no = (int32_t)enrolment_number(rows, first + i, 6),
                                       .row_key = enrolment_text(r, rows, first + i, 7) };
        if (notice > 0)
            worst[i].notice_number = enrolment_number_text(notice, worst[i].notice_place);
        if (batch > 0)
            worst[i].batch_number = enrolment_number_text(batch, worst[i].batch_place);
    }
    reply->worst = (struct out_list){
        .items = worst, .count = (size_t)count, .stride = sizeof *worst, .has = true
    };
    return FAULT_NONE;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_COMPLIANCE_LAGS)
        return read_lags(r, rows, first, count);
    if (rows->stmt == STMT_COMPLIANCE_WORST)
        return read_worst(r, rows, first, count);
    return count == 1 ? read_counts(r, rows, first) : FAULT_INTERNAL;
}

static enum fault
encode(struct request *r)
{
    const struct compliance_reply *reply = r->answer;
    const struct worst_row        *worst = reply->worst.items;
    size_t                         room =
        COUNTS_BYTES + reply->histogram.count * LAG_BYTES + reply->worst.count * WORST_BYTES;

    for (size_t i = 0; i < reply->worst.count; i++)
        room += 2 * (worst[i].notice_key.length + worst[i].row_key.length);
    char *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, reply_rows, reply);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

const struct endpoint endpoint_compliance = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
