#include "../cases.h"

#include "endpoint/coverage_view.h"

enum { ARENA_BYTES = 8192, TODAY = 20000 };

static struct dossier_ratio   ratios[] = { { TODAY - 500, TODAY, 30 }, { TODAY, DAY_FOREVER, 20 } };
static struct dossier_ceiling ceilings[] = {
    { { "01", 2 }, { "A03", 3 }, DAY_UNKNOWN, TODAY - 10, TODAY + 10, DAY_UNKNOWN }
};
static struct dossier_elderly elderly[] = { { DAY_UNKNOWN, TODAY, TODAY + 1, 10 } };
static struct dossier_disease diseases[] = { { 1, DAY_UNKNOWN, TODAY - 10, DAY_FOREVER, 10000 },
                                             { 2, DAY_UNKNOWN, TODAY - 10, TODAY, 10000 } };
static struct dossier_benefit benefits[] = {
    { { "51136018", 8 }, { "1234566", 7 }, { "51", 2 }, TODAY - 10, TODAY + 5, -1 },
    { { "54136015", 8 }, { "1234566", 7 }, { "54", 2 }, TODAY + 1, DAY_FOREVER, -1 },
};

static struct dossier_coverage
coverage_of(void)
{
    return (struct dossier_coverage){ .insurer_number = span_of("06139992"),
                                      .number = span_of("0345"),
                                      .acquired_on = TODAY - 100,
                                      .lost_on = DAY_FOREVER,
                                      .preschool_until = DAY_UNKNOWN,
                                      .ratios = ratios,
                                      .ratio_count = ARRAY_LEN(ratios),
                                      .elderly = elderly,
                                      .elderly_count = 1,
                                      .ceilings = ceilings,
                                      .ceiling_count = 1,
                                      .diseases = diseases,
                                      .disease_count = ARRAY_LEN(diseases) };
}

static struct dossier
person_of(void)
{
    return (struct dossier){ .name = span_of("架空　太郎"),
                             .address = span_of("架空県架空市1"),
                             .post_number = span_of("000-0000"),
                             .benefits = benefits,
                             .benefit_count = ARRAY_LEN(benefits) };
}

static const struct coverage_view *
view_of(const struct dossier *person, const struct dossier_coverage *coverage,
        struct view_terms terms, struct arena *arena, int32_t *items)
{
    terms.day = TODAY;
    arena_reset(arena);
    const struct coverage_view *view = coverage_view_make(person, coverage, &terms, arena, items);
    assert_non_null(view);
    return view;
}

static void
consent_and_way_decide_what_is_shown(void **state)
{
    static const struct {
        const char       *name;
        struct view_terms terms;
        bool              shows_ceiling;
        bool              shows_disease;
    } cases[] = {
        { "by number", { .way = WAY_NUMBER }, false, false },
        { "by number, ceiling", { .way = WAY_NUMBER, .has_ceiling_consent = true }, true, false },
        { "by number, disease", { .way = WAY_NUMBER, .has_disease_consent = true }, false, false },
        { "in a list, both",
          { .way = WAY_BULK, .has_ceiling_consent = true, .has_disease_consent = true },
          true,
          false },
        { "no way, disease", { .way = WAY_NONE, .has_disease_consent = true }, false, false },
        { "by card", { .way = WAY_CARD }, false, false },
        { "in a disaster, disease",
          { .way = WAY_DISASTER, .has_disease_consent = true },
          false,
          false },
        { "the person", { .way = WAY_PERSON, .has_disease_consent = true }, false, true },
        { "by card, disease", { .way = WAY_CARD, .has_disease_consent = true }, false, true },
    };
    struct dossier          person = person_of();
    struct dossier_coverage coverage = coverage_of();
    struct arena            arena;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int32_t                     items = 0;
        const struct coverage_view *view =
            view_of(&person, &coverage, cases[i].terms, &arena, &items);
        CASE_INT(cases[i].name, view->ceiling != NULL, cases[i].shows_ceiling);
        CASE_INT(cases[i].name, (items & ITEM_CEILING) != 0, cases[i].shows_ceiling);
        CASE_INT(cases[i].name, view->diseases.has, cases[i].shows_disease);
        CASE_INT(cases[i].name, view->diseases.count, cases[i].shows_disease ? 1 : 0);
        CASE_INT(cases[i].name, (items & ITEM_SPECIFIC_DISEASE) != 0, cases[i].shows_disease);
    }
    arena_close(&arena);
}

static void
a_protected_address_leaves_by_no_way(void **state)
{
    static const struct {
        const char *name;
        int32_t     flags;
        bool        shows_address;
    } cases[] = {
        { "not protected", 0, true },
        { "concealed", DOSSIER_CONCEALS_ADDRESS, false },
        { "own information refused", DOSSIER_REFUSES_SELF_INFORMATION, false },
        { "both", DOSSIER_CONCEALS_ADDRESS | DOSSIER_REFUSES_SELF_INFORMATION, false },
        { "with a flag of a later release", DOSSIER_CONCEALS_ADDRESS | 64, false },
    };
    struct dossier          person = person_of();
    struct dossier_coverage coverage = coverage_of();
    struct arena            arena;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (int way = WAY_CARD; way <= WAY_BULK; way++) {
            int32_t items = 0;
            person.flags = cases[i].flags;
            const struct coverage_view *view =
                view_of(&person, &coverage, (struct view_terms){ .way = (enum access_way)way },
                        &arena, &items);
            CASE_INT(cases[i].name, !span_is_empty(view->address), cases[i].shows_address);
            CASE_INT(cases[i].name, !span_is_empty(view->post_number), cases[i].shows_address);
            CASE_INT(cases[i].name, (items & ITEM_ADDRESS) != 0, cases[i].shows_address);
        }
    arena_close(&arena);
}

static void
periods_are_those_of_the_day_and_end_with_their_last_day(void **state)
{
    struct dossier              person = person_of();
    struct dossier_coverage     coverage = coverage_of();
    struct arena                arena;
    int32_t                     items = 0;
    const struct view_terms     terms = { .way = WAY_NUMBER, .has_ceiling_consent = true };
    const struct coverage_view *view;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    view = view_of(&person, &coverage, terms, &arena, &items);
    CASE_INT("ratio", view->ratio_percent, 20);
    CASE_INT("elderly, on its only day", view->elderly->valid_until, TODAY);
    CASE_INT("ceiling", view->ceiling->valid_until, TODAY + 9);
    CASE_INT("benefits of the day", view->benefits.count, 1);
    CASE_INT("benefit", ((const struct benefit_view *)view->benefits.items)->valid_until,
             TODAY + 4);
    CASE_INT("lost_on is the first day not covered", view->lost_on, DAY_FOREVER);
    coverage.lost_on = TODAY; /* lost: nothing else hangs on it any more */
    view = view_of(&person, &coverage, terms, &arena, &items);
    CASE_INT("lost", view->lost_on, TODAY);
    CASE_INT("no benefits", view->benefits.has, false);
    CASE_INT("no benefits", items & ITEM_PUBLIC_BENEFIT, 0);
    arena_close(&arena);
}

static void
reasons_of_loss_are_told_in_the_four_words_of_the_answer(void **state)
{
    static const struct {
        const char *sent;
        const char *told;
    } cases[] = { { "01", "01" },  { "03", "03" },  { "99", "99" },  { "L01", "01" },
                  { "L05", "03" }, { "L11", "99" }, { "new", "99" }, { "", "" } };
    struct dossier          person = person_of();
    struct dossier_coverage coverage = coverage_of();
    struct arena            arena;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int32_t items = 0;
        coverage.loss_reason = span_of(cases[i].sent);
        CASE_SPAN(
            cases[i].sent,
            view_of(&person, &coverage, (struct view_terms){ 0 }, &arena, &items)->loss_reason,
            span_of(cases[i].told));
    }
    arena_close(&arena);
}

static void
a_full_arena_gives_no_half_view(void **state)
{
    struct dossier          person = person_of();
    struct dossier_coverage coverage = coverage_of();
    struct view_terms       terms = { .way = WAY_CARD, .day = TODAY };
    int                     full = 0;

    terms.has_ceiling_consent = true;
    terms.has_disease_consent = true;

    (void)state;
    for (size_t room = 16; room <= 2048; room += 16) {
        struct arena arena;
        int32_t      items = -1;
        assert_true(arena_open(&arena, room, room));
        const struct coverage_view *view =
            coverage_view_make(&person, &coverage, &terms, &arena, &items);
        full += view == NULL;
        assert_true((view == NULL) == (items == -1));
        assert_true(view == NULL
                    || (view->ceiling != NULL && view->diseases.has && view->benefits.has));
        arena_close(&arena);
    }
    assert_in_range(full, 1, 127);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(consent_and_way_decide_what_is_shown),
        cmocka_unit_test(a_protected_address_leaves_by_no_way),
        cmocka_unit_test(periods_are_those_of_the_day_and_end_with_their_last_day),
        cmocka_unit_test(reasons_of_loss_are_told_in_the_four_words_of_the_answer),
        cmocka_unit_test(a_full_arena_gives_no_half_view),
    };
    return cmocka_run_group_tests_name("endpoint/coverage_view", tests, NULL, NULL);
}
