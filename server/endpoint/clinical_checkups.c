#include "endpoint/clinical_part.h"

#include "auth/directory.h"
#include "model/day.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { SHOWN_MONTHS_PRESET = 60 /* where the parameter is missing */ };

struct series_view {
    const char     *code;
    const char     *name;
    const char     *type;
    const char     *unit;
    struct out_list values;
};

#define SERIES(field) offsetof(struct series_view, field)
#define POINT(field)  offsetof(struct checkup_point, field)

/* clang-format off */
static const struct out_row point_rows[] = {
    { "examined_on", "EffectiveTime", OUT_DAY,    POINT(examined_on), NULL },
    { "value",       "DataValue",     OUT_TEXT,   POINT(value),       NULL },
    { "value_name",  "DataValueName", OUT_STRING, POINT(name),        NULL },
    { "flag",        NULL,            OUT_TEXT,   POINT(flag),        NULL },
    { 0 },
};

static const struct out_row series_rows[] = {
    { "item_code", "ItemCode", OUT_STRING, SERIES(code),   NULL },
    { "item_name", "ItemName", OUT_STRING, SERIES(name),   NULL },
    { "data_type", "DataType", OUT_STRING, SERIES(type),   NULL },
    { "unit",      "Unit",     OUT_STRING, SERIES(unit),   NULL },
    { "values",    NULL,       OUT_LIST,   SERIES(values), point_rows },
    { 0 },
};
/* clang-format on */

static day_t
first_day_shown(const struct request *r)
{
    const struct visit_question *question = r->question;
    int32_t                      months =
        directory_number_on(r->surroundings, "checkup_shown_months", r->today, SHOWN_MONTHS_PRESET);
    day_t first = day_add_months(r->today, -months);

    return question->from_on != DAY_UNKNOWN && question->from_on > first ? question->from_on
                                                                         : first;
}

static day_t
last_day_shown(const struct request *r)
{
    const struct visit_question *question = r->question;

    return question->to_on != DAY_UNKNOWN && question->to_on < r->today ? question->to_on
                                                                        : r->today;
}

/* As they were known when the visit was asked about: an earlier answer is given again as it was. */
void
checkups_ask(struct request *r, int64_t items)
{
    const struct visit_question *question = r->question;

    (void)items;
    ask_start(&r->ask, question->is_own ? STMT_PERSON_CHECKUPS : STMT_CHECKUP_READ);
    clinical_ask_whose(r);
    ask_number(&r->ask, visit_moment(r));
    ask_number(&r->ask, first_day_shown(r));
    ask_number(&r->ask, last_day_shown(r));
}

/* Columns: 0 ord, 1 examined_on, 2 items. */
enum fault
checkups_read(struct request *r, enum clinical_item item, const struct rows *rows, int first,
              int count)
{
    struct visit_answer *answer = r->answer;
    struct checkups     *held = &answer->checkups;

    (void)item;
    *held = (struct checkups){ 0 };
    if (count == 0)
        return FAULT_NONE;
    struct checkup_list *lists = arena_take(&r->arena, (size_t)count * sizeof *lists);
    held->examined_on = arena_take(&r->arena, (size_t)count * sizeof *held->examined_on);
    if (lists == NULL || held->examined_on == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < count; i++) {
        lists[i].examined_on = rows_day(rows, first + i, 1);
        lists[i].items = arena_copy(&r->arena, rows_bytes(rows, first + i, 2));
        if (lists[i].items.bytes == NULL)
            return FAULT_REQUEST_TOO_LARGE;
        if (held->count == 0 || held->examined_on[held->count - 1] != lists[i].examined_on)
            held->examined_on[held->count++] = lists[i].examined_on;
    }
    return checkup_series_make(lists, (size_t)count, &r->arena, &held->series, &held->series_count);
}

bool
checkups_are_held(const struct visit_answer *answer, enum clinical_item item)
{
    (void)item;
    return answer->checkups.count > 0;
}

static void
write_days(const struct checkups *held, struct text *text)
{
    text_add_string(text, ",\"examined_on\":[");
    for (size_t i = 0; i < held->count; i++) {
        char day[DAY_ISO_SIZE];
        day_format_iso(held->examined_on[i], day);
        text_add_format(text, "%s\"%s\"", i == 0 ? "" : ",", day);
    }
    text_add_byte(text, ']');
}

void
checkups_write(const struct visit_answer *answer, enum clinical_item item, struct text *text)
{
    const struct checkups *held = &answer->checkups;

    (void)item;
    write_days(held, text);
    text_add_string(text, ",\"results\":[");
    for (size_t i = 0; i < held->series_count; i++) {
        const struct checkup_series *series = &held->series[i];
        struct series_view           view = {
                      .code = series->item->code,
                      .name = series->item->name,
                      .type = checkup_type_name(series->item->type),
                      .unit = series->item->unit,
                      .values = { .items = series->points,
                                  .count = series->count,
                                  .stride = sizeof *series->points,
                                  .has = true },
        };
        if (i > 0)
            text_add_byte(text, ',');
        out_object(text, series_rows, &view);
    }
    text_add_byte(text, ']');
}

/* Values hold no control characters, so a byte becomes two at most; names are ours. */
size_t
checkups_bytes_max(const struct visit_answer *answer, enum clinical_item item)
{
    const struct checkups *held = &answer->checkups;
    size_t                 bytes = (held->count + 1) * CLINICAL_PART_BYTES;

    (void)item;
    for (size_t i = 0; i < held->series_count; i++) {
        bytes += CLINICAL_PART_BYTES;
        for (size_t k = 0; k < held->series[i].count; k++)
            bytes += CLINICAL_PART_BYTES + 2 * held->series[i].points[k].value.length;
    }
    return bytes;
}
