#include "endpoint/eligibility.h"

#include "auth/directory.h"
#include "base/text.h"
#include "model/day.h"
#include "query/stmt.h"

#include <assert.h>
#include <stddef.h>

struct judge_question
eligibility_judged(const struct eligibility_question *question)
{
    return (struct judge_question){
        .insurer_number = insurer_number_span(&question->insurer),
        .symbol_key = question->key.symbol_key,
        .number_key = question->key.number_key,
        .branch = card_key_branch(&question->key),
        .card_key = question->key.text,
        .birth_date = question->birth_date,
        .asked_on = question->asked_on,
        .is_by_person = question->is_by_person,
    };
}

struct judge_case
eligibility_case(const struct judge_question *question, const struct eligibility_answer *answer)
{
    return (struct judge_case){ .question = question,
                                .persons = answer->persons,
                                .person_count = answer->person_count,
                                .nearby = answer->nearby,
                                .nearby_count = answer->nearby_count,
                                .has_looked_around = answer->has_looked_around };
}

bool
eligibility_must_look_around(const struct request *r, const struct eligibility_answer *answer)
{
    struct judge_question question = eligibility_judged(r->question);
    struct judge_case     matter = eligibility_case(&question, answer);
    return judge_must_look_around(&matter);
}

/* The law of the day asked about, not of today: first the transition of the law itself, then the
 * provisional measure that followed it. A parameter that is missing or broken grants nothing. */
static struct judge_policy
policy_of(const struct request *r)
{
    static const char *const names[] = { "old_card_provisional_until", "old_card_transition_end" };
    const struct eligibility_question *question = r->question;

    for (size_t i = 0; !question->is_by_person && i < ARRAY_LEN(names); i++) {
        struct blame blame = { 0 };
        day_t        end;
        const char  *value = directory_parameter_on(r->surroundings, names[i], question->asked_on);
        if (value != NULL && day_parse(span_of(value), &end, &blame) == FAULT_NONE)
            return (struct judge_policy){ .old_card_transition_end = end };
    }
    return (struct judge_policy){ .old_card_transition_end = DAY_UNKNOWN };
}

/* What goes on record beside codes: which field to read again, or the expected day. */
static enum fault
record_detail(struct request *r, const struct verdict *verdict)
{
    char *place;

    if (verdict->reread != CARD_FIELD_NONE) {
        r->record.detail = span_of(card_field_name(verdict->reread));
    } else if (verdict->due_on != DAY_UNKNOWN) {
        place = arena_take(&r->arena, DAY_ISO_SIZE);
        if (place == NULL)
            return FAULT_REQUEST_TOO_LARGE;
        day_format_iso(verdict->due_on, place);
        r->record.detail = span_of(place);
    }
    return FAULT_NONE;
}

void
eligibility_record_person(struct request *r, const struct dossier *person)
{
    if (person == NULL)
        return;
    r->record.has_subject = true;
    r->record.person_id = person->person_id;
    r->record.dossier_versions[0] = person->version;
    r->record.dossier_count = 1;
}

static enum fault
make_view(struct request *r, struct eligibility_answer *answer)
{
    const struct verdict              *verdict = &answer->verdict;
    const struct eligibility_question *question = r->question;

    if (verdict->coverage == NULL || !reason_info(verdict->reason)->shows_person)
        return FAULT_NONE;
    const struct directory_insurer *insurer =
        directory_insurer_of(r->surroundings, verdict->coverage->insurer_number);
    struct view_terms terms = { .way = (enum access_way)r->record.way,
                                .has_ceiling_consent = question->has_ceiling_consent,
                                .has_disease_consent = question->has_disease_consent,
                                .day = question->asked_on,
                                .insurer_name = span_of(insurer == NULL ? NULL : insurer->name) };
    answer->view =
        coverage_view_make(verdict->person, verdict->coverage, &terms, &r->arena, &r->record.items);
    if (answer->view == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    assert(verdict->person != NULL);
    answer->reference_number = verdict->person->reference_number;
    if (!span_is_empty(answer->reference_number))
        r->record.items |= ITEM_REFERENCE_NUMBER;
    return FAULT_NONE;
}

/* Whoever shows a My Number card names no insurer: the answer does. Of a sealed one the latest. */
static void
name_insurer(struct eligibility_question *question, const struct verdict *verdict)
{
    const struct dossier_coverage *coverage = verdict->coverage;
    struct blame                   blame = { 0 };

    if (!question->is_by_person || verdict->reason == REASON_CARD_NOT_LINKED)
        return;
    if (coverage == NULL && verdict->sealed != NULL && verdict->sealed->coverage_count > 0)
        coverage = verdict->sealed->coverages;
    if (coverage != NULL
        && insurer_number_parse(coverage->insurer_number, &question->insurer, &blame) != FAULT_NONE)
        question->insurer = (struct insurer_number){ 0 };
}

enum fault
eligibility_decide(struct request *r, struct eligibility_answer *answer)
{
    struct eligibility_question *question = r->question;
    struct judge_question        judged = eligibility_judged(question);
    struct judge_case            matter = eligibility_case(&judged, answer);
    struct judge_policy          policy = policy_of(r);

    answer->verdict = judge(&matter, &policy);
    const struct verdict *verdict = &answer->verdict;
    name_insurer(question, verdict);
    const struct directory_insurer *insurer =
        directory_insurer_of(r->surroundings, insurer_number_span(&question->insurer));
    r->record.as_of = insurer == NULL ? 0 : insurer->last_heard_at;
    r->record.validity = (int16_t)verdict->validity;
    r->record.reason = (int16_t)verdict->reason;
    eligibility_record_person(r, verdict->person != NULL ? verdict->person : verdict->sealed);
    enum fault fault = record_detail(r, verdict);
    return fault == FAULT_NONE ? make_view(r, answer) : fault;
}

/* The verdict as it was: of the person over the same version, of the rest from the record. */
enum fault
eligibility_decide_again(struct request *r, struct eligibility_answer *answer)
{
    struct access_record was = r->record;
    struct verdict       replayed = answer->verdict;

    answer->has_looked_around = true;
    enum fault fault = eligibility_decide(r, answer);
    if (fault != FAULT_NONE)
        return fault;
    if (!reason_info((enum reason)was.reason)->shows_person) {
        answer->verdict = replayed;
        answer->view = NULL;
        answer->reference_number = (struct span){ 0 };
    }
    answer->verdict.validity = (enum validity)was.validity;
    answer->verdict.reason = (enum reason)was.reason;
    r->record = was;
    return FAULT_NONE;
}

enum fault
eligibility_replay(struct request *r, const struct prior *prior)
{
    struct eligibility_question *question = r->question;

    r->answer = NULL;
    struct eligibility_answer *answer = eligibility_answer_of(r);
    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct blame blame = { 0 };
    day_t        due_on = DAY_UNKNOWN;
    bool         has_day = day_parse(prior->detail, &due_on, &blame) == FAULT_NONE;

    answer->verdict = (struct verdict){ .validity = (enum validity)prior->validity,
                                        .reason = (enum reason)prior->reason,
                                        .reread = card_field_of(prior->detail),
                                        .due_on = has_day ? due_on : DAY_UNKNOWN };
    r->record.validity = prior->validity;
    r->record.reason = prior->reason;
    r->record.as_of = prior->as_of;
    if (prior->has_asked_on)
        question->asked_on = prior->asked_on;
    if (prior->version_count == 0)
        return FAULT_NONE;
    ask_start(&r->ask, STMT_DOSSIER_BY_VERSION);
    ask_number(&r->ask, prior->versions[0]);
    r->asks_again = true;
    return FAULT_NONE;
}
