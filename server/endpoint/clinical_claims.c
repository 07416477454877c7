#include "endpoint/clinical_part.h"

#include "auth/directory.h"
#include "model/day.h"
#include "query/stmt.h"
#include "wire/claim_read.h"
#include "wire/out.h"

#include <stddef.h>
#include <string.h>

enum {
    SHOWN_MONTHS_PRESET = 36, /* where the parameter is missing */
    LINES_MAX = 400,          /* of one item in one reply; older months are asked for again */
    MONTH_SIZE = DAY_ISO_SIZE
};

/* What a claim looks like from outside; its lines are given as they are. */
struct claim_view {
    char            month_place[MONTH_SIZE];
    struct span     month;
    const char     *source;
    const char     *in_out;
    struct span     facility_code;
    struct span     facility_name;
    struct span     prescriber_code;
    struct span     prescriber_name;
    day_t           prescribed_on;
    struct out_list lines;
};

#define CLAIM(field) offsetof(struct claim_view, field)
#define LINE(field)  offsetof(struct claim_line, field)

/* clang-format off */
static const struct out_row line_rows[] = {
    { "done_on",     NULL,      OUT_DAY,    LINE(done_on),     NULL },
    { "code",        "DrugC",   OUT_TEXT,   LINE(code),        NULL },
    { "yj_code",     NULL,      OUT_TEXT,   LINE(yj_code),     NULL },
    { "name",        "DrugN",   OUT_TEXT,   LINE(name),        NULL },
    { "ingredient",  "IngreN",  OUT_TEXT,   LINE(ingredient),  NULL },
    { "quantity",    "Qua1",    OUT_TEXT,   LINE(quantity),    NULL },
    { "unit",        "Unit",    OUT_TEXT,   LINE(unit),        NULL },
    { "usage",       "UsageN",  OUT_TEXT,   LINE(usage),       NULL },
    { "instruction", "SpInst",  OUT_TEXT,   LINE(instruction), NULL },
    { "times",       "Times",   OUT_WHOLE,  LINE(times),       NULL },
    { "kind",        "MeTrIdCl", OUT_TEXT,  LINE(kind),        NULL },
    { "overlap",     NULL,      OUT_STRING, LINE(overlap),     NULL },
    { 0 },
};

static const struct out_row claim_rows[] = {
    { "month",           NULL,    OUT_TEXT,   CLAIM(month),           NULL },
    { "source",          NULL,    OUT_STRING, CLAIM(source),          NULL },
    { "in_out",          "InOut", OUT_STRING, CLAIM(in_out),          NULL },
    { "facility_code",   "DiHCd", OUT_TEXT,   CLAIM(facility_code),   NULL },
    { "facility_name",   "DiHNm", OUT_TEXT,   CLAIM(facility_name),   NULL },
    { "prescriber_code", "PrHCd", OUT_TEXT,   CLAIM(prescriber_code), NULL },
    { "prescriber_name", "PrHNm", OUT_TEXT,   CLAIM(prescriber_name), NULL },
    { "prescribed_on",   NULL,    OUT_DAY,    CLAIM(prescribed_on),   NULL },
    { "lines",           NULL,    OUT_LIST,   CLAIM(lines),           line_rows },
    { 0 },
};
/* clang-format on */

struct period {
    day_t first; /* months, as their first days */
    day_t last;
};

/* From the month named, or from as far back as is shown, to the one named, or to now. */
static struct period
period_of(const struct request *r)
{
    const struct visit_question *question = r->question;
    int32_t                      months =
        directory_number_on(r->surroundings, "claim_shown_months", r->today, SHOWN_MONTHS_PRESET);
    struct period period = { .first = day_month_start(day_add_months(r->today, -months)),
                             .last = day_month_start(r->today) };

    if (question->from_on != DAY_UNKNOWN && day_month_start(question->from_on) > period.first)
        period.first = day_month_start(question->from_on);
    if (question->to_on != DAY_UNKNOWN && question->to_on < period.last)
        period.last = day_month_start(question->to_on);
    return period;
}

void
claims_ask_along(struct request *r, int64_t items)
{
    struct period period = period_of(r);

    clinical_ask_whose(r);
    ask_number(&r->ask, items);
    ask_number(&r->ask, visit_moment(r));
    ask_number(&r->ask, day_to_civil(period.first).year);
    ask_number(&r->ask, day_to_civil(period.last).year);
}

/* Of an earlier answer, claim by claim. */
static void
ask_again(struct request *r, int64_t items)
{
    struct period period = period_of(r);

    ask_start(&r->ask, STMT_CLAIM_READ);
    clinical_ask_whose(r);
    ask_number(&r->ask, items);
    ask_number(&r->ask, visit_moment(r));
    ask_number(&r->ask, period.first);
    ask_number(&r->ask, period.last);
    ask_number(&r->ask, r->record.recorded_at);
}

/* What is held now lies packed by years; what was held when an earlier answer was given, in the
 * claims themselves. */
void
claims_ask(struct request *r, int64_t items)
{
    const struct visit_question *question = r->question;

    if (r->is_replay) {
        ask_again(r, items);
    } else {
        ask_start(&r->ask, question->is_own ? STMT_PERSON_HISTORY : STMT_HISTORY_READ);
        claims_ask_along(r, items);
    }
}

/* Room is taken in doubling steps: an arena gives nothing back. */
static bool
make_room(struct request *r, struct claims *held, size_t count)
{
    size_t room = held->room == 0 ? count : held->room;

    while (room < held->count + count)
        room *= 2;
    if (room == held->room)
        return true;
    struct claim *longer = arena_take_raw(&r->arena, room * sizeof *longer);
    if (longer == NULL)
        return false;
    if (held->count > 0)
        memcpy(longer, held->claims, held->count * sizeof *longer);
    held->claims = longer;
    held->room = room;
    return true;
}

/* Appends those of the period. */
static bool
append(struct request *r, const struct claim *claims, size_t count, struct claims *held)
{
    struct period period = period_of(r);

    if (!make_room(r, held, count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (claims[i].month >= period.first && claims[i].month <= period.last)
            held->claims[held->count++] = claims[i];
    return true;
}

static size_t
lines_of(const struct claims *held)
{
    size_t lines = 0;

    for (size_t i = 0; i < held->count; i++)
        lines += held->claims[i].line_count;
    return lines;
}

/* Where a statement has the item that a row tells of, and, next to it, what it tells. */
static int
item_column(const struct rows *rows)
{
    return rows->stmt == STMT_VISIT_READ ? 12 : 1;
}

/* More lines than a reply takes, of more than one month, so that it can be cut between two; and the
 * last year whole, also where each claim is a row: an answer given again ends where it did. */
static bool
is_enough(const struct claims *held, day_t next_month)
{
    if (held->count == 0 || lines_of(held) <= LINES_MAX)
        return false;
    day_t last_month = held->claims[held->count - 1].month;
    return held->claims[0].month != last_month
           && day_to_civil(last_month).year != day_to_civil(next_month).year;
}

static enum fault
read_row(struct request *r, struct span told, struct claims *held)
{
    struct span   text = arena_copy(&r->arena, told);
    struct claim *claims = NULL;
    size_t        count = 0;

    if (text.bytes == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    enum fault fault = claim_read(text, &r->arena, &claims, &count);
    if (fault != FAULT_NONE)
        return fault;
    if (is_enough(held, claims[0].month))
        held->more_before = claims[0].month >= period_of(r).first ? claims[0].month : DAY_UNKNOWN;
    else if (!append(r, claims, count, held))
        return FAULT_REQUEST_TOO_LARGE;
    return FAULT_NONE;
}

/* Rows are years, or claims, the latest first. What is not read any more is told of: some of what
 * was read may not count, and make a reply that looks whole. */
static enum fault
read_rows(struct request *r, enum clinical_item item, const struct rows *rows, int first, int count,
          struct claims *held)
{
    int        column = item_column(rows);
    enum fault fault = FAULT_NONE;

    for (int row = first;
         row < first + count && fault == FAULT_NONE && held->more_before == DAY_UNKNOWN; row++)
        if (rows_number(rows, row, column) == 1 << item)
            fault = read_row(r, rows_bytes(rows, row, column + 1), held);
    return fault;
}

/* Sorted by month, latest first: whole months as far as a reply takes them, and the first in any
 * case; the next question takes up the rest. */
static void
cut(struct claims *held)
{
    size_t lines = 0;
    size_t end = 0; /* of the last month that fits */

    for (size_t i = 0; i < held->count; i++) {
        lines += held->claims[i].is_superseded ? 0 : held->claims[i].line_count;
        if (i + 1 < held->count && held->claims[i + 1].month == held->claims[i].month)
            continue;
        if (lines > LINES_MAX && end > 0)
            break;
        end = i + 1;
    }
    if (end < held->count)
        held->more_before = held->claims[end].month;
    held->count = end;
}

enum fault
claims_read(struct request *r, enum clinical_item item, const struct rows *rows, int first,
            int count)
{
    struct visit_answer *answer = r->answer;
    struct claims       *held = &answer->claims[item];

    *held = (struct claims){ .more_before = DAY_UNKNOWN };
    enum fault fault = read_rows(r, item, rows, first, count, held);
    if (fault != FAULT_NONE)
        return fault;
    claims_merge(held->claims, held->count);
    cut(held);
    if (item == CLINICAL_DRUGS && !drugs_mark(held->claims, held->count, &r->arena))
        return FAULT_REQUEST_TOO_LARGE;
    return FAULT_NONE;
}

bool
claims_are_held(const struct visit_answer *answer, enum clinical_item item)
{
    return answer->claims[item].count > 0;
}

static struct claim_view
view_of(const struct claim *claim)
{
    static const char *const sources[] = { NULL, "receipt", "dispensing", "prescription" };
    static const char *const in_outs[] = { NULL, "inpatient", "outpatient" };

    return (struct claim_view){
        .source = sources[claim->source],
        .in_out = in_outs[claim->in_out],
        .facility_code = claim->facility_code,
        .facility_name = claim->facility_name,
        .prescriber_code = claim->prescriber_code,
        .prescriber_name = claim->prescriber_name,
        .prescribed_on = claim->prescribed_on,
        .lines = { .items = claim->lines,
                   .count = claim->line_count,
                   .stride = sizeof *claim->lines,
                   .has = true },
    };
}

void
claims_write(const struct visit_answer *answer, enum clinical_item item, struct text *text)
{
    const struct claims *held = &answer->claims[item];
    bool                 has_one = false;

    text_add_string(text, ",\"claims\":[");
    for (size_t i = 0; i < held->count; i++) {
        if (held->claims[i].is_superseded)
            continue;
        struct claim_view view = view_of(&held->claims[i]);
        view.month = day_month_text(held->claims[i].month, view.month_place);
        if (has_one)
            text_add_byte(text, ',');
        has_one = true;
        out_object(text, claim_rows, &view);
    }
    text_add_byte(text, ']');
    if (held->more_before != DAY_UNKNOWN) {
        char place[DAY_ISO_SIZE];
        text_add_string(text, ",\"more_until\":");
        out_quoted(text, day_month_text(held->more_before, place));
    }
}

/* What feeds bring holds no control characters, so a byte becomes two at most. */
static size_t
quoted_bytes(struct span text)
{
    return 2 * text.length;
}

static size_t
claim_bytes(const struct claim *claim)
{
    size_t bytes = CLINICAL_PART_BYTES + quoted_bytes(claim->facility_name)
                   + quoted_bytes(claim->prescriber_name) + claim->facility_code.length
                   + claim->prescriber_code.length;

    for (size_t i = 0; i < claim->line_count; i++) {
        const struct claim_line *line = &claim->lines[i];
        const struct span        texts[] = { line->code,     line->yj_code,     line->name,
                                             line->quantity, line->ingredient,  line->unit,
                                             line->usage,    line->instruction, line->kind };
        bytes += CLINICAL_PART_BYTES;
        for (size_t k = 0; k < ARRAY_LEN(texts); k++)
            bytes += quoted_bytes(texts[k]);
    }
    return bytes;
}

size_t
claims_bytes_max(const struct visit_answer *answer, enum clinical_item item)
{
    const struct claims *held = &answer->claims[item];
    size_t               bytes = 0;

    for (size_t i = 0; i < held->count; i++)
        if (!held->claims[i].is_superseded)
            bytes += claim_bytes(&held->claims[i]);
    return bytes;
}
