/* Tests of endpoint/document: whose burden stands on a document, and until when. */
#include "../cases.h"

#include "endpoint/document.h"
#include "model/day.h"

static day_t
day(int32_t year, int32_t month, int32_t in_month)
{
    return day_from_civil((struct civil){ year, month, in_month });
}

/* Born on 10 May 1956: 70 to 74 from 1 June 2026, old-age care from 10 May 2031. */
static struct dossier
person_of(day_t birth_date)
{
    return (struct dossier){ .birth_date = birth_date };
}

static void
nobody_below_seventy_has_a_burden_on_it(void **state)
{
    struct dossier_ratio    ratio = { DAY_FIRST, DAY_FOREVER, 30 };
    struct dossier_coverage coverage = { .ratios = &ratio, .ratio_count = 1 };
    struct dossier          person = person_of(day(1956, 5, 10));

    (void)state;
    CASE_INT("before", document_burden(&person, &coverage, day(2026, 5, 31)), BURDEN_NOT_STATED);
    CASE_INT("before, until", document_burden_until(&person, &coverage, day(2026, 5, 31)),
             DAY_UNKNOWN);
    CASE_INT("from the month after", document_burden(&person, &coverage, day(2026, 6, 1)), 30);
    coverage.ratio_count = 0;
    CASE_INT("none registered", document_burden(&person, &coverage, day(2026, 6, 1)),
             BURDEN_NOT_STATED);
}

static void
the_certificate_of_the_elderly_goes_before_the_ratio(void **state)
{
    struct dossier_ratio    ratio = { DAY_FIRST, DAY_FOREVER, 30 };
    struct dossier_elderly  elderly = { DAY_UNKNOWN, day(2026, 8, 1), day(2027, 8, 1), 20 };
    struct dossier_coverage coverage = {
        .ratios = &ratio, .ratio_count = 1, .elderly = &elderly, .elderly_count = 1
    };
    struct dossier person = person_of(day(1956, 5, 10));

    (void)state;
    CASE_INT("not yet", document_burden(&person, &coverage, day(2026, 7, 31)), 30);
    CASE_INT("in force", document_burden(&person, &coverage, day(2026, 8, 1)), 20);
    CASE_INT("its end", document_burden_until(&person, &coverage, day(2026, 8, 1)),
             day(2027, 7, 31));
    CASE_INT("behind it", document_burden(&person, &coverage, day(2027, 8, 1)), 30);
}

static void
a_burden_without_an_end_is_good_until_july_or_seventy_five(void **state)
{
    struct dossier_ratio    ratio = { DAY_FIRST, DAY_FOREVER, 20 };
    struct dossier_coverage coverage = { .ratios = &ratio, .ratio_count = 1 };
    struct dossier          person = person_of(day(1956, 5, 10));
    const struct {
        const char *name;
        day_t       on;
        day_t       until;
    } rows[] = {
        { "before July ends", day(2026, 6, 1), day(2026, 7, 31) },
        { "on its last day", day(2026, 7, 31), day(2026, 7, 31) },
        { "after it", day(2026, 8, 1), day(2027, 7, 31) },
        { "in December", day(2026, 12, 31), day(2027, 7, 31) },
        { "before 75", day(2030, 8, 1), day(2031, 5, 9) },
        { "the day before", day(2031, 5, 9), day(2031, 5, 9) },
        { "from 75 on", day(2031, 5, 10), DAY_UNKNOWN },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CASE_INT(rows[i].name, document_burden_until(&person, &coverage, rows[i].on),
                 rows[i].until);
    ratio.until_on = day(2026, 7, 1);
    CASE_INT("ends sooner", document_burden_until(&person, &coverage, day(2026, 6, 1)),
             day(2026, 6, 30));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_below_seventy_has_a_burden_on_it),
        cmocka_unit_test(the_certificate_of_the_elderly_goes_before_the_ratio),
        cmocka_unit_test(a_burden_without_an_end_is_good_until_july_or_seventy_five),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
