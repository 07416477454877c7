#include "endpoint/document.h"

#include "auth/directory.h"
#include "document/press.h"
#include "model/day.h"
#include "model/judge.h"
#include "model/ratio.h"
#include "wire/base64.h"

#include <stddef.h>

enum { ROOM_BYTES = 128, JULY = 7, JULY_DAYS = 31 };

#define VIEW(field) offsetof(struct document_view, field)

/* clang-format off */
const struct out_row document_view_rows[] = {
    { "payload",            NULL, OUT_TEXT,  VIEW(payload),            NULL },
    { "pdf",                NULL, OUT_TEXT,  VIEW(pdf),                NULL },
    { "unknown_characters", NULL, OUT_WHOLE, VIEW(unknown_characters), NULL },
    { 0 },
};
/* clang-format on */

int16_t
document_burden(const struct dossier *person, const struct dossier_coverage *coverage, day_t on)
{
    const struct dossier_elderly *elderly = elderly_on(coverage, on);
    const struct dossier_ratio   *ratio = ratio_on(coverage, on);

    if (on < elderly_from(person->birth_date))
        return BURDEN_NOT_STATED;
    if (elderly != NULL)
        return elderly->ratio_percent;
    return ratio == NULL ? BURDEN_NOT_STATED : ratio->ratio_percent;
}

static day_t
next_end_of_july(day_t on)
{
    struct civil civil = day_to_civil(on);

    return day_from_civil(
        (struct civil){ civil.month > JULY ? civil.year + 1 : civil.year, JULY, JULY_DAYS });
}

day_t
document_burden_until(const struct dossier *person, const struct dossier_coverage *coverage,
                      day_t on)
{
    const struct dossier_elderly *elderly = elderly_on(coverage, on);
    const struct dossier_ratio   *ratio = ratio_on(coverage, on);
    day_t                         until_on = DAY_FOREVER;

    if (document_burden(person, coverage, on) == BURDEN_NOT_STATED
        || on >= old_age_from(person->birth_date))
        return DAY_UNKNOWN;
    if (elderly != NULL)
        until_on = elderly->until_on;
    else if (ratio != NULL)
        until_on = ratio->until_on;
    day_t last = until_on == DAY_FOREVER ? next_end_of_july(on) : until_on - 1;
    day_t before_75 = old_age_from(person->birth_date) - 1;
    return last < before_75 ? last : before_75;
}

static struct span
insurer_name_of(const struct request *r, struct span insurer_number)
{
    const struct directory_insurer *insurer = directory_insurer_of(r->surroundings, insurer_number);

    return span_of(insurer == NULL ? "" : insurer->name);
}

static struct document_fields
fields_of(const struct request *r, const struct document_wish *wish)
{
    const struct dossier          *person = wish->person;
    const struct dossier_coverage *coverage = wish->coverage;

    return (struct document_fields){
        .insurer_number = coverage->insurer_number,
        .insurer_name = insurer_name_of(r, coverage->insurer_number),
        .symbol = coverage->symbol,
        .number = coverage->number,
        .branch_number = coverage->branch,
        .relation = coverage->relation,
        .name = person->name,
        .name_kana = person->name_kana,
        .birth_date = person->birth_date,
        .sex = person->sex1,
        .acquired_on = coverage->acquired_on,
        .burden_ratio = document_burden(person, coverage, wish->on),
        .issued_on = wish->issued_on,
        .valid_until = wish->valid_until,
    };
}

/* What is registered does not fit on it; that is nobody's question that is at fault. */
static enum fault
refuse(struct request *r, enum fault fault, const struct blame *blame)
{
    if (blame->field == NULL)
        return fault;
    request_blame(r, FAULT_STATE_WRONG, blame->field, "no document can say what is registered");
    return FAULT_STATE_WRONG;
}

enum fault
document_make(struct request *r, const struct document_wish *wish, struct document_view *ret_view)
{
    struct document_fields fields = fields_of(r, wish);
    struct pressed         pressed = { 0 };
    struct blame           blame = { 0 };
    enum fault fault = press_make(r->press, wish->kind, &fields, &r->arena, &pressed, &blame);

    if (fault != FAULT_NONE)
        return refuse(r, fault, &blame);
    size_t room = BASE64_LENGTH(pressed.pdf.length) + 4;
    char  *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text pdf = text_in(place, room);
    base64_add(&pdf, BASE64_PLAIN, (const unsigned char *)pressed.pdf.bytes, pressed.pdf.length);
    *ret_view = (struct document_view){
        .payload = pressed.payload,
        .pdf = text_span(&pdf),
        .unknown_characters = pressed.unknown_characters > 0 ? pressed.unknown_characters : -1,
    };
    return FAULT_NONE;
}

size_t
document_room(const struct document_view *view)
{
    return ROOM_BYTES + view->payload.length + view->pdf.length;
}
