/*
 * fuzz_dossier: stored bytes of a dossier. What is read of them, however damaged, can be judged and
 * shown: the verdict has a reason, and the reply stays within its place.
 */
#include "endpoint/coverage_view.h"
#include "wire/dossier_read.h"

#include <assert.h>
#include <stdint.h>

enum { ARENA_BYTES = 256 * 1024, REPLY_BYTES = 16 * 1024, TODAY = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
show(const struct verdict *verdict, struct arena *arena)
{
    static char       place[REPLY_BYTES];
    struct text       text = text_in(place, sizeof place);
    struct view_terms terms = {
        .way = WAY_CARD, .day = TODAY, .has_ceiling_consent = true, .has_disease_consent = true
    };
    int32_t items = 0;

    assert(verdict->coverage->state == COVERAGE_IN_ORDER);
    const struct coverage_view *view =
        coverage_view_make(verdict->person, verdict->coverage, &terms, arena, &items);
    if (view == NULL)
        return;
    out_object(&text, coverage_view_rows, view);
    assert(text.is_full || (place[0] == '{' && place[text.length - 1] == '}'));
}

/* Asks for the first coverage of the dossier, so that somebody is found. */
static void
judge_it(const struct dossier *dossier, struct arena *arena)
{
    const struct dossier_coverage *first = &dossier->coverages[0];
    struct judge_question          question = { .insurer_number = first->insurer_number,
                                                .symbol_key = first->symbol_key,
                                                .number_key = first->number_key,
                                                .branch = first->branch,
                                                .asked_on = TODAY };
    struct judge_case   matter = { .question = &question, .persons = dossier, .person_count = 1 };
    struct judge_policy policy = { .old_card_transition_end = TODAY };

    struct verdict verdict = judge(&matter, &policy);
    assert(verdict.reason > REASON_UNSET && verdict.reason < REASON_COUNT);
    assert((verdict.person != NULL) == reason_info(verdict.reason)->shows_person);
    if (verdict.person != NULL)
        show(&verdict, arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena   arena;
    struct dossier dossier;

    if (!arena_open(&arena, ARENA_BYTES, ARENA_BYTES))
        return 0;
    enum fault fault = dossier_read(span_make((const char *)data, size), &arena, &dossier);
    assert(fault == FAULT_NONE || fault == FAULT_STORE_REFUSED || fault == FAULT_REQUEST_TOO_LARGE);
    if (fault == FAULT_NONE && dossier.coverage_count > 0)
        judge_it(&dossier, &arena);
    arena_close(&arena);
    return 0;
}
