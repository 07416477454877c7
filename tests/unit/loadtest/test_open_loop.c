#include "../cases.h"

#include "../../../loadtest/client/histogram.h"
#include "../../../loadtest/client/schedule.h"

#include <stdlib.h>

#define MS UINT64_C(1000000)

static void
a_counter_is_never_wider_than_a_thousandth_and_never_flatters(void **state)
{
    struct histogram *histogram = calloc(1, sizeof *histogram);
    uint64_t          seed = 7;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        uint64_t value = random_next(&seed) >> (24 + i % 40);

        *histogram = (struct histogram){ 0 };
        histogram_add(histogram, value);
        histogram_add(histogram, HISTOGRAM_MAX_NS); /* so that the most does not cap it */
        uint64_t half = histogram_quantile_ns(histogram, 0.5);
        CASE_TRUE("not below", half >= value);
        CASE_TRUE("within a thousandth", half - value <= value / 1000);
    }
    free(histogram);
}

static void
quantiles_are_the_smallest_that_the_share_does_not_exceed(void **state)
{
    struct histogram *histogram = calloc(1, sizeof *histogram);

    (void)state;
    CASE_INT("none", histogram_quantile_ns(histogram, 0.99), 0);
    for (uint64_t i = 1; i <= 1000; i++)
        histogram_add(histogram, i);
    CASE_INT("p50", histogram_quantile_ns(histogram, 0.5), 500);
    CASE_INT("p99", histogram_quantile_ns(histogram, 0.99), 990);
    CASE_INT("p99.9", histogram_quantile_ns(histogram, 0.999), 999);
    CASE_INT("max", histogram_quantile_ns(histogram, 1.0), 1000);
    CASE_INT("mean", (int64_t)(histogram_mean_ns(histogram) * 10), 5005);
    histogram_add(histogram, HISTOGRAM_MAX_NS * 2);
    CASE_INT("too long counts as the most", histogram->max_ns, HISTOGRAM_MAX_NS);
    free(histogram);
}

/*
 * A server answers each question in half a millisecond, but once stands still for half a second. A
 * closed loop sees one slow answer in two thousand; an open one sees half of all questions wait.
 */
static void
a_stall_counts_against_every_question_that_it_held_up(void **state)
{
    struct histogram *open = calloc(1, sizeof *open);
    struct histogram *closed = calloc(1, sizeof *closed);
    uint64_t          free_at = 0;

    (void)state;
    for (uint64_t i = 0; i < 2000; i++) {
        uint64_t due = schedule_due_ns(0, i, 1000);
        uint64_t sent = due > free_at ? due : free_at;
        uint64_t took = (i == 500 ? 1000 : 1) * MS / 2;

        free_at = sent + took;
        histogram_add(open, free_at - due);
        histogram_add(closed, took);
    }
    CASE_TRUE("closed: p99 sees nothing", histogram_quantile_ns(closed, 0.99) < MS);
    CASE_TRUE("open: p99 is nearly the stall", histogram_quantile_ns(open, 0.99) > 480 * MS);
    CASE_TRUE("open: a quarter waits for long", histogram_quantile_ns(open, 0.75) > 100 * MS);
    free(open);
    free(closed);
}

static void
the_schedule_does_not_drift(void **state)
{
    (void)state;
    CASE_INT("first", schedule_due_ns(5, 0, 1700), 5);
    CASE_INT("a day later", schedule_due_ns(0, UINT64_C(86400) * 1700, 1700),
             86400 * LOAD_NS_PER_SECOND);
    CASE_INT("a third", schedule_due_ns(0, 3, 3), LOAD_NS_PER_SECOND);
}

static void
what_is_due_and_unsent_is_the_backlog(void **state)
{
    (void)state;
    CASE_INT("just due", backlog_count(0, 1000), 1);
    CASE_INT("the next is due", backlog_count(MS, 1000), 2);
    CASE_INT("a second", backlog_count(1000 * MS, 1700), 1701);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_is_never_wider_than_a_thousandth_and_never_flatters),
        cmocka_unit_test(quantiles_are_the_smallest_that_the_share_does_not_exceed),
        cmocka_unit_test(a_stall_counts_against_every_question_that_it_held_up),
        cmocka_unit_test(the_schedule_does_not_drift),
        cmocka_unit_test(what_is_due_and_unsent_is_the_backlog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
