/*
 * person_expenses: what the person's treatments cost, by receipts (医療費通知情報).
 *
 * Request   session_id; from and to (days of the first and the last month)
 * Reply     verdict (given, no_data_held, suspended), expenses[]: month, in_out, facility_code,
 *           facility_name, days, total_yen, paid_yen; total_yen and paid_yen of all of them;
 *           more_until where there are more
 * Faults    FAULT_SESSION_OVER, FAULT_FIELD_*
 * Source    SR-130: for the person only. Sealed while a doubt about who somebody is stands, as
 *           medical information is: it tells who was treated where.
 */
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"
#include "endpoint/person.h"

#include "auth/directory.h"
#include "model/day.h"
#include "query/stmt.h"

#include <stddef.h>

enum {
    PAGE = 400,
    EXPENSE_BYTES = 1536, /* with a name of some hundred characters */
    PAGE_BYTES = 512,
    SHOWN_MONTHS_PRESET = 36
};

struct expense {
    char        month_place[DAY_ISO_SIZE];
    struct span month;
    const char *in_out;
    struct span facility_code;
    struct span facility_name;
    int32_t     days;
    int64_t     total_yen;
    int64_t     paid_yen;
};

struct expenses_view {
    const char     *verdict;
    struct out_list expenses;
    int64_t         total_yen; /* -1: none are told */
    int64_t         paid_yen;
    char            more_place[DAY_ISO_SIZE];
    struct span     more_until;
};

#define QUESTION(field) offsetof(struct visit_question, field)
#define EXPENSE(field)  offsetof(struct expense, field)
#define VIEW(field)     offsetof(struct expenses_view, field)

/* clang-format off */
static const struct field question_fields[] = {
    { "session_id", FIELD_TEXT, QUESTION(visit_id_text), SESSION_ID_BYTES_MAX, true,  NULL },
    { "from",       FIELD_DAY,  QUESTION(from_on),       0,                    false, NULL },
    { "to",         FIELD_DAY,  QUESTION(to_on),         0,                    false, NULL },
};

static const struct out_row expense_rows[] = {
    { "month",         NULL, OUT_TEXT,   EXPENSE(month),         NULL },
    { "in_out",        NULL, OUT_STRING, EXPENSE(in_out),        NULL },
    { "facility_code", NULL, OUT_TEXT,   EXPENSE(facility_code), NULL },
    { "facility_name", NULL, OUT_TEXT,   EXPENSE(facility_name), NULL },
    { "days",          NULL, OUT_WHOLE,  EXPENSE(days),          NULL },
    { "total_yen",     NULL, OUT_LONG,   EXPENSE(total_yen),     NULL },
    { "paid_yen",      NULL, OUT_LONG,   EXPENSE(paid_yen),      NULL },
    { 0 },
};

static const struct out_row view_rows[] = {
    { "verdict",    NULL, OUT_STRING, VIEW(verdict),    NULL },
    { "expenses",   NULL, OUT_LIST,   VIEW(expenses),   expense_rows },
    { "total_yen",  NULL, OUT_LONG,   VIEW(total_yen),  NULL },
    { "paid_yen",   NULL, OUT_LONG,   VIEW(paid_yen),   NULL },
    { "more_until", NULL, OUT_TEXT,   VIEW(more_until), NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode(struct request *r)
{
    struct visit_question *question = visit_question_of(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->flies_alone = true;
    question->is_own = true;
    if (!fields_decode(span_make(r->body, r->body_length), question_fields,
                       ARRAY_LEN(question_fields), &r->arena, question, endpoint_blame, r))
        return r->fault;
    person_take_session(r, question->visit_id_text, question->visit_id);
    question->card.asked_on = r->today;
    return r->fault;
}

static void
ask(struct request *r)
{
    const struct visit_question *question = r->question;

    person_ask(r, question->visit_id);
}

static void
ask_expenses(struct request *r)
{
    const struct visit_question *question = r->question;
    int32_t                      months =
        directory_number_on(r->surroundings, "claim_shown_months", r->today, SHOWN_MONTHS_PRESET);
    day_t from = day_month_start(day_add_months(r->today, -months));

    if (question->from_on != DAY_UNKNOWN && day_month_start(question->from_on) > from)
        from = day_month_start(question->from_on);
    person_ask_session(r, STMT_PERSON_EXPENSES, question->visit_id);
    ask_number(&r->ask, r->received_at);
    ask_number(&r->ask, from);
    ask_number(&r->ask, question->to_on == DAY_UNKNOWN ? r->today : question->to_on);
    ask_number(&r->ask, PAGE + 1);
    r->asks_again = true;
}

static struct expenses_view *
view_of(struct request *r, enum item_verdict verdict)
{
    struct expenses_view *view = arena_take(&r->arena, sizeof *view);

    if (view != NULL)
        *view = (struct expenses_view){ .verdict = item_verdict_name(verdict),
                                        .total_yen = -1,
                                        .paid_yen = -1 };
    return view;
}

/* Columns: 0 month, 1 in_out, 2 facility_code, 3 facility_name, 4 days, 5 total, 6 paid. */
static void
read_expense(struct request *r, const struct rows *rows, int row, struct expense *expense)
{
    static const char *const in_outs[] = { "inpatient", "outpatient", NULL };

    expense->month = day_month_text(rows_day(rows, row, 0), expense->month_place);
    expense->in_out = enrolment_word(in_outs, rows_number(rows, row, 1));
    expense->facility_code = enrolment_text(r, rows, row, 2);
    expense->facility_name = enrolment_text(r, rows, row, 3);
    expense->days = (int32_t)enrolment_number(rows, row, 4);
    expense->total_yen = rows_number(rows, row, 5);
    expense->paid_yen = enrolment_number(rows, row, 6);
}

/* A month is told whole, or with the next question. */
static int
whole_months(const struct rows *rows, int first, int count)
{
    if (count <= PAGE)
        return count;
    for (int shown = PAGE; shown > 0; shown--)
        if (rows_day(rows, first + shown - 1, 0) != rows_day(rows, first + shown, 0))
            return shown;
    return PAGE; /* so many of one month: nobody has them */
}

static enum fault
read_expenses(struct request *r, const struct rows *rows, int first, int count)
{
    int                   shown = whole_months(rows, first, count);
    struct expenses_view *view = view_of(r, count == 0 ? ITEM_NO_DATA_HELD : ITEM_GIVEN);
    struct expense       *expenses = arena_take(&r->arena, (size_t)(shown + 1) * sizeof *expenses);

    if (view == NULL || expenses == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->answer = view;
    if (count == 0)
        return FAULT_NONE;
    view->total_yen = view->paid_yen = 0;
    for (int i = 0; i < shown; i++) {
        read_expense(r, rows, first + i, &expenses[i]);
        view->total_yen += expenses[i].total_yen;
        view->paid_yen += expenses[i].paid_yen < 0 ? 0 : expenses[i].paid_yen;
    }
    view->expenses = (struct out_list){
        .items = expenses, .count = (size_t)shown, .stride = sizeof *expenses, .has = true
    };
    if (shown < count)
        view->more_until = day_month_text(rows_day(rows, first + shown, 0), view->more_place);
    r->record.items = ITEM_EXPENSES;
    return FAULT_NONE;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_PERSON_EXPENSES)
        return read_expenses(r, rows, first, count);
    if (count == 0)
        return FAULT_SESSION_OVER;
    enum fault fault = person_decide(r, rows, first);
    if (fault != FAULT_NONE)
        return fault;
    const struct visit_answer *answer = r->answer;
    const struct verdict      *verdict = &answer->found.verdict;
    r->record.items = 0; /* the coverage is judged, and not shown */
    if (verdict->person != NULL && verdict->person->hold == DOSSIER_HOLD_NONE) {
        ask_expenses(r);
        return FAULT_NONE;
    }
    r->answer = view_of(r, ITEM_SUSPENDED);
    return r->answer == NULL ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    const struct expenses_view *view = r->answer;

    return person_write(r, view_rows, view, PAGE_BYTES + view->expenses.count * EXPENSE_BYTES);
}

/* Replays are asked anew: the person may see what is held now. */
const struct endpoint endpoint_person_expenses = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
