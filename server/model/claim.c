#include "model/claim.h"

#include <stdlib.h>
#include <string.h>

const char claim_overlap_same[] = "same_facility";
const char claim_overlap_other[] = "other_facility";

/* A medicine's days, and who let them be taken. */
struct course {
    struct claim_line *line;
    struct span        substance;
    struct span        by;
    day_t              from_on;
    day_t              until_on; /* first day without it */
};

static int
order_of_spans(struct span a, struct span b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int    order = shorter == 0 ? 0 : memcmp(a.bytes, b.bytes, shorter);

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static struct span
prescriber_of(const struct claim *claim)
{
    return span_is_empty(claim->prescriber_code) ? claim->facility_code : claim->prescriber_code;
}

/* Latest first; then so that rows in any order come out in one. */
static int
order_of_claims(const void *left, const void *right)
{
    const struct claim *a = left;
    const struct claim *b = right;

    if (a->month != b->month)
        return a->month < b->month ? 1 : -1;
    int order = order_of_spans(a->facility_code, b->facility_code);
    if (order == 0)
        order = (a->prescribed_on > b->prescribed_on) - (a->prescribed_on < b->prescribed_on);
    return order != 0 ? order : a->source - b->source;
}

static bool
is_one_event(const struct claim *a, const struct claim *b)
{
    return a->prescribed_on != DAY_UNKNOWN && a->prescribed_on == b->prescribed_on
           && span_equal(prescriber_of(a), prescriber_of(b));
}

void
claims_merge(struct claim *claims, size_t count)
{
    if (count > 1)
        qsort(claims, count, sizeof *claims, order_of_claims);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count && !claims[i].is_superseded; k++)
            claims[i].is_superseded =
                claims[k].source < claims[i].source && is_one_event(&claims[i], &claims[k]);
}

static int
order_of_courses(const void *left, const void *right)
{
    const struct course *a = left;
    const struct course *b = right;
    int                  order = order_of_spans(a->substance, b->substance);

    return order != 0 ? order : (a->from_on > b->from_on) - (a->from_on < b->from_on);
}

static size_t
gather(struct claim *claims, size_t count, struct course *courses)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        struct claim *claim = &claims[i];
        for (size_t k = 0; k < claim->line_count && !claim->is_superseded; k++) {
            struct claim_line *line = &claim->lines[k];
            if (line->done_on == DAY_UNKNOWN || line->times <= 0)
                continue;
            courses[found++] = (struct course){
                .line = line,
                .substance = span_is_empty(line->ingredient) ? line->code : line->ingredient,
                .by = prescriber_of(claim),
                .from_on = line->done_on,
                .until_on = line->done_on + line->times,
            };
        }
    }
    return found;
}

/* That another facility gives the same is what is told before anything else. */
static void
mark(struct claim_line *line, bool is_by_same)
{
    if (!is_by_same)
        line->overlap = claim_overlap_other;
    else if (line->overlap == NULL)
        line->overlap = claim_overlap_same;
}

static void
mark_pair(const struct course *a, const struct course *b)
{
    bool is_by_same = span_equal(a->by, b->by);

    mark(a->line, is_by_same);
    mark(b->line, is_by_same);
}

bool
drugs_mark(struct claim *claims, size_t count, struct arena *arena)
{
    size_t lines = 0;

    for (size_t i = 0; i < count; i++)
        lines += claims[i].line_count;
    if (lines == 0)
        return true;
    struct course *courses = arena_take(arena, lines * sizeof *courses);
    if (courses == NULL)
        return false;
    size_t found = gather(claims, count, courses);
    qsort(courses, found, sizeof *courses, order_of_courses);
    for (size_t i = 0; i < found; i++)
        for (size_t k = i + 1; k < found && courses[k].from_on < courses[i].until_on
                               && span_equal(courses[k].substance, courses[i].substance);
             k++)
            mark_pair(&courses[i], &courses[k]);
    return true;
}
