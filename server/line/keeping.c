#include "line/keeping.h"

#include "base/log.h"
#include "model/judge.h"
#include "route/route.h"

#include <stdio.h>

enum { PATTERN_BYTES = 80 };

static struct budget_question
budget_question_of(const struct request *r)
{
    return (struct budget_question){ .facility_id = r->actor.facility_id,
                                     .kind = r->actor.kind,
                                     .is_item = r->item != NULL,
                                     .body_digest = r->body_digest,
                                     .number = r->card_number,
                                     .now = r->received_at,
                                     .today = r->today };
}

static const char *const pattern_texts[] = {
    [BUDGET_MINUTE] = "%d questions within a minute",
    [BUDGET_SAME] = "the same question %d times within a minute",
    [BUDGET_PERSONS] = "about %d people today",
    [BUDGET_MISSES] = "%d questions within an hour that found nobody",
    [BUDGET_WALK] = "%d numbers one after the other",
};
_Static_assert(ARRAY_LEN(pattern_texts) == BUDGET_VERDICT_COUNT, "every verdict has a text");

/* Of what shows people only; and by a facility that may ask at all. */
static bool
is_budgeted(const struct line *line, const struct request *r)
{
    return line->budget.is_on && r->fault == FAULT_NONE && r->actor.facility_id != 0
           && r->route != NULL && r->route->audit == AUDIT_READS_PERSON;
}

/* Who asks too much, or as nobody does who has patients before them, is told what was seen. */
void
keeping_check(struct line *line, struct request *r)
{
    if (!is_budgeted(line, r))
        return;
    const struct budget_question question = budget_question_of(r);
    const struct budget_finding  finding = budget_ask(&line->budget, &question);
    if (finding.verdict == BUDGET_KEPT)
        return;
    char *place = arena_take(&r->arena, PATTERN_BYTES);
    if (place != NULL)
        snprintf(place, PATTERN_BYTES, pattern_texts[finding.verdict], (int)finding.count);
    r->is_off_record = !finding.is_first && !finding.locks;
    r->locks_facility = finding.locks;
    request_blame(r, FAULT_BUDGET_SPENT, NULL, place);
    if (!r->is_off_record)
        log_say(LOG_WARN, "budget_spent", LOG_TEXT("facility", r->actor.facility_code),
                LOG_TEXT("pattern", place == NULL ? "" : place));
}

void
keeping_note(struct line *line, const struct request *r)
{
    if (!is_budgeted(line, r))
        return;
    const struct budget_question question = budget_question_of(r);
    bool is_miss = r->record.reason == REASON_NOT_FOUND || r->record.reason == REASON_MISTYPED;
    budget_note(&line->budget, &question, is_miss,
                r->record.has_subject && r->record.items != 0 ? r->record.person_id : 0);
}

void
keeping_learn(struct line *line)
{
    if (line->learned_ms == line->directory->refreshed_ms)
        return;
    line->learned_ms = line->directory->refreshed_ms;
    budget_learn(&line->budget, line->directory, clock_day(clock_now()));
}
