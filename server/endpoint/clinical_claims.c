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

/* Of an earlier answer, claim by claim, and so one item at a time. */
static int64_t
ask_again(struct request *r, int64_t items)
{
    struct period period = period_of(r);
    int64_t       item = items & -items;

    ask_start(&r->ask, STMT_CLAIM_READ);
    clinical_ask_whose(r);
    ask_number(&r->ask, item);
    ask_number(&r->ask, visit_moment(r));
    ask_number(&r->ask, period.first);
    ask_number(&r->ask, period.last);
    ask_number(&r->ask, r->record.recorded_at);
    return item;
}

/* What is held now lies packed by years; what was held when an earlier answer was given, in the
 * claims themselves. */
int64_t
claims_ask(struct request *r, int64_t items)
{
    const struct visit_question *question = r->question;

    if (r->is_replay)
        return ask_again(r, items);
    ask_start(&r->ask, question->is_own ? STMT_PERSON_HISTORY : STMT_HISTORY_READ);
    claims_ask_along(r, items);
    return items;
}

static bool
copy(struct request *r, const struct rows *rows, int row, int column, struct span *ret_text)
{
    *ret_text = (struct span){ 0 };
    if (rows_is_null(rows, row, column))
        return true;
    *ret_text = arena_copy(&r->arena, rows_bytes(rows, row, column));
    return ret_text->bytes != NULL;
}

/* Columns: 0 ord, 1 month, 2 source, 3 in_out, 4 facility_code, 5 facility_name,
 * 6 prescriber_code, 7 prescriber_name, 8 prescribed_on, 9 body. */
static enum fault
read_claim(struct request *r, const struct rows *rows, int row, struct claim *claim)
{
    struct span body;

    claim->month = rows_day(rows, row, 1);
    claim->source = (int16_t)rows_number(rows, row, 2);
    claim->in_out = (int16_t)rows_number(rows, row, 3);
    claim->prescribed_on = rows_is_null(rows, row, 8) ? DAY_UNKNOWN : rows_day(rows, row, 8);
    if (!copy(r, rows, row, 4, &claim->facility_code)
        || !copy(r, rows, row, 5, &claim->facility_name)
        || !copy(r, rows, row, 6, &claim->prescriber_code)
        || !copy(r, rows, row, 7, &claim->prescriber_name) || !copy(r, rows, row, 9, &body))
        return FAULT_REQUEST_TOO_LARGE;
    return claim_read_lines(body, &r->arena, claim);
}

static enum fault
read_claims(struct request *r, const struct rows *rows, int first, int count, struct claims *held)
{
    held->claims = arena_take(&r->arena, (size_t)count * sizeof *held->claims);
    if (held->claims == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (; held->count < (size_t)count; held->count++) {
        enum fault fault =
            read_claim(r, rows, first + (int)held->count, &held->claims[held->count]);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

/* Appends those of the period. */
static bool
append(struct request *r, const struct claim *claims, size_t count, struct claims *held)
{
    struct period period = period_of(r);
    struct claim *longer = arena_take(&r->arena, (held->count + count) * sizeof *longer);

    if (longer == NULL)
        return false;
    if (held->count > 0)
        memcpy(longer, held->claims, held->count * sizeof *longer);
    held->claims = longer;
    for (size_t i = 0; i < count; i++)
        if (claims[i].month >= period.first && claims[i].month <= period.last)
            longer[held->count++] = claims[i];
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

/* Which item a row tells of; what it tells is in column 3. */
static int
item_column(const struct rows *rows)
{
    return rows->stmt == STMT_VISIT_READ ? 12 : 1;
}

/* The latest years of this item, until there is more than a reply takes; of more than one month, so
 * that it can be cut between two. */
static enum fault
read_years(struct request *r, enum clinical_item item, const struct rows *rows, int first,
           int count, struct claims *held)
{
    for (int row = first; row < first + count; row++) {
        if (rows_number(rows, row, item_column(rows)) != 1 << item)
            continue;
        struct span   body = arena_copy(&r->arena, rows_bytes(rows, row, 3));
        struct claim *claims = NULL;
        size_t        claim_count = 0;
        if (body.bytes == NULL)
            return FAULT_REQUEST_TOO_LARGE;
        enum fault fault = claim_read_history(body, &r->arena, &claims, &claim_count);
        if (fault != FAULT_NONE)
            return fault;
        if (claim_count > 0 && !append(r, claims, claim_count, held))
            return FAULT_REQUEST_TOO_LARGE;
        if (held->count > 0 && lines_of(held) > LINES_MAX
            && held->claims[0].month != held->claims[held->count - 1].month)
            return FAULT_NONE;
    }
    return FAULT_NONE;
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
    enum fault           fault = FAULT_NONE;

    *held = (struct claims){ .more_before = DAY_UNKNOWN };
    if (count > 0)
        fault = rows->stmt == STMT_CLAIM_READ ? read_claims(r, rows, first, count, held)
                                              : read_years(r, item, rows, first, count, held);
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
