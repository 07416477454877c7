/*
 * visit_list: visits at home or online of this facility, by the day when consent was given.
 *
 * Request   ?treatment=home_visit|online&from=DAY&to=DAY&after=CURSOR
 * Reply     visits[]: visit_id, opened_at, consents, reference_number, ended_at, reason; next_after
 *           where there are more
 * Faults    FAULT_QUERY_STRING
 * Source    interface facts, 6.2 (ConsentDateFrom/To) and 8. Nobody's name: who it is, is asked of
 *           each visit, on record.
 */
#include "endpoint/endpoints.h"
#include "endpoint/visit.h"

#include "base/uuid.h"
#include "model/day.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum {
    PAGE = 100,
    ENTRY_BYTES = 768, /* with a reference number of 50 characters, all escaped */
    PAGE_BYTES = 256,
    INSTANT_DIGITS_MAX = 17,
    CURSOR_SIZE = INSTANT_DIGITS_MAX + 1 + UUID_TEXT_LENGTH + 1,
    WORDS_SIZE = 128
};

static const instant_t DAY_US = (instant_t)86400 * 1000000;
static const instant_t JAPAN_US = (instant_t)9 * 3600 * 1000000;

static const char *const reason_words[] = { NULL, "facility", "patient", "other_use" };

struct list_question {
    int16_t       treatment;
    day_t         from_on;
    day_t         to_on;
    bool          has_after;
    instant_t     after_at;
    unsigned char after_id[UUID_BYTES];
};

struct entry_view {
    char        id_place[UUID_TEXT_LENGTH + 1];
    struct span visit_id;
    instant_t   opened_at;
    char        consents_place[WORDS_SIZE];
    struct span consents;
    struct span reference_number;
    instant_t   ended_at;
    const char *reason;
};

struct list_view {
    struct out_list visits;
    char            after_place[CURSOR_SIZE];
    struct span     next_after;
};

#define ENTRY(field) offsetof(struct entry_view, field)
#define LIST(field)  offsetof(struct list_view, field)

/* clang-format off */
static const struct out_row entry_rows[] = {
    { "visit_id",         NULL,              OUT_TEXT,    ENTRY(visit_id),         NULL },
    { "opened_at",        NULL,              OUT_INSTANT, ENTRY(opened_at),        NULL },
    { "consents",         NULL,              OUT_RAW,     ENTRY(consents),         NULL },
    { "reference_number", "ReferenceNumber", OUT_TEXT,    ENTRY(reference_number), NULL },
    { "ended_at",         NULL,              OUT_INSTANT, ENTRY(ended_at),         NULL },
    { "reason",           NULL,              OUT_STRING,  ENTRY(reason),           NULL },
    { 0 },
};

static const struct out_row list_rows[] = {
    { "visits",     NULL, OUT_LIST, LIST(visits),     entry_rows },
    { "next_after", NULL, OUT_TEXT, LIST(next_after), NULL },
    { 0 },
};
/* clang-format on */

static bool
take_day(struct span value, day_t *day)
{
    struct blame blame = { 0 };
    return *day == DAY_UNKNOWN && day_parse(value, day, &blame) == FAULT_NONE;
}

static bool
take_treatment(struct span value, int16_t *treatment)
{
    if (*treatment != 0)
        return false;
    if (span_is(value, "home_visit"))
        *treatment = TREATMENT_HOME_VISIT;
    else if (span_is(value, "online"))
        *treatment = TREATMENT_ONLINE;
    return *treatment != 0;
}

/* An instant in microseconds, a dot, and the visit's number. */
static bool
take_after(struct span value, struct list_question *question)
{
    const char *dot = value.length == 0 ? NULL : memchr(value.bytes, '.', value.length);

    if (question->has_after || dot == NULL)
        return false;
    size_t digits = (size_t)(dot - value.bytes);
    if (digits == 0 || digits > INSTANT_DIGITS_MAX
        || !span_is_digits(span_make(value.bytes, digits)))
        return false;
    for (size_t i = 0; i < digits; i++)
        question->after_at = question->after_at * 10 + (value.bytes[i] - '0');
    question->has_after = true;
    return uuid_parse(span_make(dot + 1, value.length - digits - 1), question->after_id);
}

static bool
take_argument(const struct query_argument *argument, struct list_question *question)
{
    if (span_is(argument->name, "treatment"))
        return take_treatment(argument->value, &question->treatment);
    if (span_is(argument->name, "from"))
        return take_day(argument->value, &question->from_on);
    if (span_is(argument->name, "to"))
        return take_day(argument->value, &question->to_on);
    return span_is(argument->name, "after") && take_after(argument->value, question);
}

static enum fault
decode(struct request *r)
{
    struct list_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    question->from_on = question->to_on = DAY_UNKNOWN;
    for (size_t i = 0; i < r->argument_count && i < QUERY_ARGUMENTS_MAX; i++)
        if (!take_argument(&r->arguments[i], question))
            return FAULT_QUERY_STRING;
    if (question->treatment == 0)
        question->treatment = TREATMENT_HOME_VISIT;
    if (question->to_on == DAY_UNKNOWN)
        question->to_on = r->today;
    if (question->from_on == DAY_UNKNOWN)
        question->from_on = day_add_months(question->to_on, -1);
    return FAULT_NONE;
}

static void
ask(struct request *r)
{
    const struct list_question *question = r->question;

    r->answer = NULL;
    ask_start(&r->ask, STMT_VISIT_LIST);
    ask_number(&r->ask, r->actor.facility_id);
    ask_number(&r->ask, question->treatment);
    ask_number(&r->ask, question->from_on * DAY_US - JAPAN_US);
    ask_number(&r->ask, (question->to_on + 1) * DAY_US - JAPAN_US);
    if (question->has_after) {
        ask_number(&r->ask, question->after_at);
        ask_bytes(&r->ask, span_make((const char *)question->after_id, UUID_BYTES));
    } else {
        ask_null(&r->ask);
        ask_null(&r->ask);
    }
    ask_number(&r->ask, PAGE + 1);
}

static void
write_consents(int64_t consents, struct entry_view *entry)
{
    struct text text = text_in(entry->consents_place, sizeof entry->consents_place);

    text_add_byte(&text, '[');
    for (int item = 0; item < CLINICAL_COUNT; item++)
        if ((consents >> item & 1) != 0)
            text_add_format(&text, "%s\"%s\"", text.length > 1 ? "," : "", visit_item_words[item]);
    text_add_byte(&text, ']');
    entry->consents = text_span(&text);
}

/* Columns: 0 visit_id, 1 opened_at, 2 consents, 3 ended_at, 4 end_reason, 5 reference_number. */
static bool
read_entry(struct request *r, const struct rows *rows, int row, struct entry_view *entry)
{
    uuid_format((const unsigned char *)rows_bytes(rows, row, 0).bytes, entry->id_place);
    entry->visit_id = span_of(entry->id_place);
    entry->opened_at = rows_instant(rows, row, 1);
    write_consents(rows_number(rows, row, 2), entry);
    if (!rows_is_null(rows, row, 3)) {
        entry->ended_at = rows_instant(rows, row, 3);
        entry->reason = reason_words[rows_number(rows, row, 4)];
    }
    if (rows_is_null(rows, row, 5))
        return true;
    entry->reference_number = arena_copy(&r->arena, rows_bytes(rows, row, 5));
    return entry->reference_number.bytes != NULL;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    int                shown = count > PAGE ? PAGE : count;
    struct list_view  *view = arena_take(&r->arena, sizeof *view);
    struct entry_view *entries = arena_take(&r->arena, (size_t)(shown + 1) * sizeof *entries);

    if (view == NULL || entries == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < shown; i++)
        if (!read_entry(r, rows, first + i, &entries[i]))
            return FAULT_REQUEST_TOO_LARGE;
    view->visits = (struct out_list){
        .items = entries, .count = (size_t)shown, .stride = sizeof *entries, .has = true
    };
    if (count > PAGE) {
        struct text after = text_in(view->after_place, sizeof view->after_place);
        text_add_number(&after, entries[shown - 1].opened_at);
        text_add_byte(&after, '.');
        text_add(&after, entries[shown - 1].visit_id);
        view->next_after = text_span(&after);
    }
    r->answer = view;
    return FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    const struct list_view *view = r->answer;
    size_t                  room = view->visits.count * ENTRY_BYTES + PAGE_BYTES;
    char                   *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, list_rows, view);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

const struct endpoint endpoint_visit_list = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
