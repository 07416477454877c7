#include "auth/card_status.h"

#include "../cases.h"

#include <string.h>

enum { ENTRIES = 64, PATIENCE_MS = 500, KEEP_S = 60 };

static const instant_t NOW = INT64_C(1780272000) * 1000000;
static const instant_t S = 1000000;

static int askers_woken;
static int workers_woken;

static void
wake_asker(void *owner)
{
    (void)owner;
    askers_woken++;
}

static void
wake_workers(void *owner)
{
    (void)owner;
    workers_woken++;
}

static struct card_status *
make(size_t entries)
{
    struct card_status_settings settings = { .entries = entries,
                                             .patience_ms = PATIENCE_MS,
                                             .keep_s = KEEP_S,
                                             .wake_asker = wake_asker,
                                             .wake_workers = wake_workers };
    struct card_status         *status = card_status_new(&settings);

    assert_non_null(status);
    askers_woken = workers_woken = 0;
    return status;
}

static struct card_inquiry
inquiry_of(int card)
{
    struct card_inquiry inquiry = { .certificate = span_of("certificate") };

    digest_whole(&card, sizeof card, inquiry.key);
    return inquiry;
}

static enum card_said
look(struct card_status *status, struct card_inquiry *inquiry, instant_t now, int64_t now_ms)
{
    return card_status_look(status, NULL, inquiry, now, now_ms);
}

/* What the table says of a card to somebody who comes now. */
static enum card_said
first_look(struct card_status *status, int card, instant_t now)
{
    struct card_inquiry inquiry = inquiry_of(card);
    return look(status, &inquiry, now, 0);
}

static void
settle(struct card_status *status, enum ocsp_verdict verdict, instant_t until, instant_t now)
{
    struct card_question question;
    struct ocsp_answer   answer = { verdict, until };

    assert_true(card_status_take(status, &question));
    card_status_settle(status, &question, &answer, now);
}

static void
settle_without(struct card_status *status, instant_t now)
{
    struct card_question question;

    assert_true(card_status_take(status, &question));
    card_status_settle(status, &question, NULL, now);
}

static void
several_who_ask_about_one_card_wait_for_one_question(void **state)
{
    struct card_status *status = make(ENTRIES);
    struct card_inquiry first = inquiry_of(1), second = inquiry_of(1);
    (void)state;

    assert_int_equal(look(status, &first, NOW, 0), CARD_SAID_WAIT);
    assert_int_equal(look(status, &second, NOW, 10), CARD_SAID_WAIT);
    assert_int_equal(askers_woken, 1);
    struct card_question question;
    struct ocsp_answer   answer = { OCSP_SAYS_REVOKED, NOW + 10 * S };
    assert_true(card_status_take(status, &question));
    assert_memory_equal(question.certificate, "certificate", question.length);
    assert_false(card_status_take(status, &(struct card_question){ 0 }));
    assert_int_equal(look(status, &first, NOW, 20), CARD_SAID_WAIT);
    card_status_settle(status, &question, &answer, NOW);
    assert_int_equal(workers_woken, 1);
    assert_int_equal(look(status, &first, NOW, 30), CARD_SAID_REVOKED);
    assert_int_equal(look(status, &second, NOW, 30), CARD_SAID_REVOKED);
    card_status_free(status);
}

static void
nobody_waits_longer_than_patience_lasts(void **state)
{
    struct card_status *status = make(ENTRIES);
    struct card_inquiry inquiry = inquiry_of(1);
    (void)state;

    assert_int_equal(look(status, &inquiry, NOW, 1000), CARD_SAID_WAIT);
    assert_int_equal(look(status, &inquiry, NOW, 1000 + PATIENCE_MS - 1), CARD_SAID_WAIT);
    assert_int_equal(look(status, &inquiry, NOW, 1000 + PATIENCE_MS), CARD_SAID_NOTHING);
    settle(status, OCSP_SAYS_GOOD, NOW + S, NOW); /* too late for this one, not for the next */
    assert_int_equal(first_look(status, 1, NOW), CARD_SAID_GOOD);
    card_status_free(status);
}

static void
an_answer_is_kept_until_its_end_and_no_longer_than_is_allowed(void **state)
{
    struct card_status *status = make(ENTRIES);
    (void)state;

    assert_int_equal(first_look(status, 1, NOW), CARD_SAID_WAIT);
    settle(status, OCSP_SAYS_GOOD, NOW + 10 * S, NOW);
    assert_int_equal(first_look(status, 1, NOW + 10 * S), CARD_SAID_GOOD);
    assert_int_equal(first_look(status, 1, NOW + 10 * S + 1), CARD_SAID_WAIT);
    settle(status, OCSP_SAYS_GOOD, NOW + 10000 * S, NOW);
    assert_int_equal(first_look(status, 1, NOW + KEEP_S * S), CARD_SAID_GOOD);
    assert_int_equal(first_look(status, 1, NOW + KEEP_S * S + 1), CARD_SAID_WAIT);
    card_status_free(status);
}

static void
unknown_is_nothing_and_is_kept_like_an_answer(void **state)
{
    struct card_status *status = make(ENTRIES);
    (void)state;

    assert_int_equal(first_look(status, 1, NOW), CARD_SAID_WAIT);
    settle(status, OCSP_SAYS_UNKNOWN, NOW + 10 * S, NOW);
    assert_int_equal(first_look(status, 1, NOW), CARD_SAID_NOTHING);
    assert_int_equal(askers_woken, 1);
    card_status_free(status);
}

static void
who_was_not_answered_asks_again_the_next_time(void **state)
{
    struct card_status *status = make(ENTRIES);
    struct card_inquiry inquiry = inquiry_of(1);
    (void)state;

    assert_int_equal(look(status, &inquiry, NOW, 0), CARD_SAID_WAIT);
    settle_without(status, NOW);
    assert_int_equal(look(status, &inquiry, NOW, 1), CARD_SAID_NOTHING);
    assert_int_equal(first_look(status, 1, NOW), CARD_SAID_WAIT);
    card_status_free(status);
}

static void
a_card_that_was_revoked_stays_so_until_something_else_is_said_of_it(void **state)
{
    struct card_status *status = make(ENTRIES);
    struct card_inquiry inquiry = inquiry_of(1);
    instant_t           later = NOW + 11 * S;
    (void)state;

    assert_int_equal(first_look(status, 1, NOW), CARD_SAID_WAIT);
    settle(status, OCSP_SAYS_REVOKED, NOW + 10 * S, NOW);
    assert_int_equal(look(status, &inquiry, later, 0), CARD_SAID_WAIT);
    assert_int_equal(look(status, &inquiry, later, PATIENCE_MS), CARD_SAID_REVOKED);
    settle_without(status, later);
    assert_int_equal(first_look(status, 1, later), CARD_SAID_REVOKED);
    assert_int_equal(first_look(status, 1, later + 11 * S), CARD_SAID_WAIT);
    settle(status, OCSP_SAYS_GOOD, later + 20 * S, later + 11 * S);
    assert_int_equal(first_look(status, 1, later + 11 * S), CARD_SAID_GOOD);
    card_status_free(status);
}

/* More cards than entries, and more questions than the queue holds: some are not asked about, and
 * what the table takes never grows. */
static void
a_table_that_is_full_lets_the_oldest_go_and_asks_about_no_more(void **state)
{
    struct card_status       *status = make(ENTRIES);
    struct card_status_counts counts;
    int                       waiting = 0, known = 0;
    (void)state;

    for (int card = 0; card < 1000; card++)
        waiting += first_look(status, card, NOW) == CARD_SAID_WAIT;
    assert_in_range(waiting, 1, CARD_QUESTIONS_MAX);
    card_status_count(status, &counts);
    assert_int_equal(counts.asked, waiting);
    assert_int_equal(counts.crowded, 1000 - waiting);
    for (int i = 0; i < waiting; i++)
        settle(status, OCSP_SAYS_GOOD, NOW + 10 * S, NOW);
    for (int card = 1000; card < 2000; card++)
        if (first_look(status, card, NOW) == CARD_SAID_WAIT)
            settle(status, OCSP_SAYS_GOOD, NOW + 10 * S, NOW);
    for (int card = 0; card < 2000; card++) {
        struct card_inquiry inquiry = inquiry_of(card);
        inquiry.is_under_way = true; /* it only looks */
        known += look(status, &inquiry, NOW, 0) == CARD_SAID_GOOD;
    }
    assert_int_equal(known, ENTRIES);
    card_status_free(status);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_who_ask_about_one_card_wait_for_one_question),
        cmocka_unit_test(nobody_waits_longer_than_patience_lasts),
        cmocka_unit_test(an_answer_is_kept_until_its_end_and_no_longer_than_is_allowed),
        cmocka_unit_test(unknown_is_nothing_and_is_kept_like_an_answer),
        cmocka_unit_test(who_was_not_answered_asks_again_the_next_time),
        cmocka_unit_test(a_card_that_was_revoked_stays_so_until_something_else_is_said_of_it),
        cmocka_unit_test(a_table_that_is_full_lets_the_oldest_go_and_asks_about_no_more),
    };
    return cmocka_run_group_tests_name("auth/card_status", tests, NULL, NULL);
}
