/*
 * disaster_visit: a patient without a card, where disaster mode is open.
 *
 * Request   birth_date; name_kana, sex and address, or insurer_number, symbol, number and
 *           branch_number; consent: spoken, with consents, or impossible; items, role, from, to,
 *           asked_on; X-User-Id
 * Reply     as of visit_open: the coverage carries the keys that a claim needs
 * Faults    FAULT_DISASTER_CLOSED, FAULT_FIELD_*, FAULT_HEADER_MISSING
 * Source    interface facts, 8; domain facts, 9.2. Found is who fits all that was said, by the
 *           rules of match/; two who fit stay two. The person's own flags win here too: whose
 *           address is protected is not found by it.
 */
#include "endpoint/clinical.h"
#include "endpoint/endpoints.h"
#include "endpoint/visit.h"

#include "auth/directory.h"
#include "crypto/digest.h"
#include "match/match.h"
#include "model/normal.h"
#include "query/stmt.h"

#include <stddef.h>
#include <string.h>

enum { NAME_BYTES_MAX = 384, ADDRESS_BYTES_MAX = 768, OUTCOME_CLOSED = 2 };
enum { CONSENT_SPOKEN = 1, CONSENT_IMPOSSIBLE = 2 };

static const instant_t DAY_US = (instant_t)86400 * 1000000;
static const instant_t HOUR_US = (instant_t)3600 * 1000000;

static const char *const consent_words[] = { "spoken", "impossible", NULL };
static const char *const sex_words[] = { "1", "2", "3", NULL };

struct disaster_question {
    struct visit_question visit; /* first, since it is read as one */
    struct span           name_kana;
    struct span           address;
    int16_t               sex;
    int16_t               consent;
    struct span           kana_key;
};

#define QUESTION(field) offsetof(struct disaster_question, field)

/* clang-format off */
static const struct field question_fields[] = {
    { "birth_date", FIELD_DAY, QUESTION(visit.card.birth_date), 0, true, NULL },
    { "name_kana", FIELD_TEXT, QUESTION(name_kana), NAME_BYTES_MAX, false, NULL },
    { "sex", FIELD_WORD, QUESTION(sex), 0, false, sex_words },
    { "address", FIELD_TEXT, QUESTION(address), ADDRESS_BYTES_MAX, false, NULL },
    { "insurer_number", FIELD_TEXT, QUESTION(visit.card.insurer_number_raw), CARD_INSURER_BYTES_MAX, false, NULL },
    { "symbol", FIELD_TEXT, QUESTION(visit.card.symbol), CARD_SYMBOL_BYTES_MAX, false, NULL },
    { "number", FIELD_TEXT, QUESTION(visit.card.number), CARD_NUMBER_BYTES_MAX, false, NULL },
    { "branch_number", FIELD_TEXT, QUESTION(visit.card.branch), CARD_BRANCH_BYTES_MAX, false, NULL },
    { "consent", FIELD_WORD, QUESTION(consent), 0, true, consent_words },
    { "consents", FIELD_WORDS, QUESTION(visit.consents), 0, false, visit_item_words },
    { "items", FIELD_WORDS, QUESTION(visit.items), 0, false, visit_item_words },
    { "role", FIELD_WORD, QUESTION(visit.role), 0, false, visit_role_words },
    { "from", FIELD_DAY, QUESTION(visit.from_on), 0, false, NULL },
    { "to", FIELD_DAY, QUESTION(visit.to_on), 0, false, NULL },
    { "asked_on", FIELD_DAY, QUESTION(visit.card.asked_on), 0, false, NULL },
};
/* clang-format on */

static bool
is_by_number(const struct disaster_question *question)
{
    return question->visit.card.number.bytes != NULL
           || question->visit.card.insurer_number_raw.bytes != NULL;
}

static void
check_name(struct request *r, struct disaster_question *question)
{
    struct blame blame = { 0 };

    if (span_is_empty(question->name_kana))
        request_blame(r, FAULT_FIELD_MISSING, "name_kana", "or an insurance number");
    else if (normal_kana(question->name_kana, KANA_NORMALISED, &r->arena, &question->kana_key,
                         &blame)
             != FAULT_NONE)
        request_blame(r, FAULT_FIELD_MALFORMED, "name_kana", blame.reason);
    if (question->sex == 0)
        request_blame(r, FAULT_FIELD_MISSING, "sex", NULL);
    if (span_is_empty(question->address))
        request_blame(r, FAULT_FIELD_MISSING, "address", NULL);
}

static void
check_number(struct request *r, struct disaster_question *question)
{
    if (question->name_kana.bytes != NULL || question->address.bytes != NULL || question->sex != 0)
        request_blame(r, FAULT_FIELD_MALFORMED, "name_kana", "a name or a number, not both");
    if (question->visit.card.number.bytes == NULL)
        request_blame(r, FAULT_FIELD_MISSING, "number", NULL);
    if (question->visit.card.insurer_number_raw.bytes == NULL)
        request_blame(r, FAULT_FIELD_MISSING, "insurer_number", NULL);
    eligibility_check_card(r, &question->visit.card);
}

static void
check(struct request *r, struct disaster_question *question)
{
    if (span_is_empty(r->heads.user_id))
        request_blame(r, FAULT_HEADER_MISSING, "X-User-Id", "somebody answers for it");
    if (is_by_number(question))
        check_number(r, question);
    else
        check_name(r, question);
    if (question->consent == CONSENT_IMPOSSIBLE && question->visit.consents != 0)
        request_blame(r, FAULT_FIELD_MALFORMED, "consents", "nobody could consent");
    if (question->visit.card.asked_on > r->today + ASKED_AHEAD_DAYS_MAX)
        request_blame(r, FAULT_FIELD_MALFORMED, "asked_on", "too far in the future");
}

/* From the request's own id, so that the same request opens the same visit. */
static void
make_visit_id(const struct request *r, unsigned char *ret_id)
{
    struct digest digest;

    digest_start(&digest);
    digest_add(&digest, "disaster", 8);
    digest_add(&digest, &r->actor.facility_id, sizeof r->actor.facility_id);
    digest_add(&digest, r->request_id, UUID_BYTES);
    digest_end_short(&digest, ret_id);
}

static enum fault
decode(struct request *r)
{
    struct disaster_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->flies_alone = true;
    r->record.way = WAY_DISASTER;
    bool is_sound =
        fields_decode(span_make(r->body, r->body_length), question_fields,
                      ARRAY_LEN(question_fields), &r->arena, question, endpoint_blame, r);
    if (question->visit.card.asked_on == DAY_UNKNOWN)
        question->visit.card.asked_on = r->today;
    if (is_sound)
        check(r, question);
    if (r->fault != FAULT_NONE)
        return r->fault;
    make_visit_id(r, question->visit.visit_id);
    question->visit.card.is_by_person = true;
    r->record.detail = span_of(consent_words[question->consent - 1]);
    r->record.has_asked_on = true;
    r->record.asked_on = question->visit.card.asked_on;
    return FAULT_NONE;
}

static void
ask(struct request *r)
{
    const struct disaster_question *question = r->question;

    r->answer = NULL;
    ask_start(&r->ask, STMT_DISASTER_FIND);
    ask_number(&r->ask, r->actor.facility_id);
    ask_number(&r->ask, r->received_at);
    ask_number(&r->ask, question->visit.card.birth_date);
    ask_text_or_null(&r->ask, question->kana_key);
    ask_text_or_null(&r->ask,
                     is_by_number(question) ? question->visit.card.key.text : (struct span){ 0 });
}

static bool
fits(const struct disaster_question *question, const struct dossier *person)
{
    struct match_result result;
    struct blame        blame = { 0 };

    if ((person->flags & DOSSIER_REFUSES_SELF_INFORMATION) != 0)
        return false;
    if (is_by_number(question))
        return true;
    if ((person->flags & DOSSIER_CONCEALS_ADDRESS) != 0)
        return false;
    struct identity said = { .name = person->name,
                             .name_kana = question->name_kana,
                             .birth_date = question->visit.card.birth_date,
                             .sex = question->sex,
                             .address = question->address };
    struct identity held = { .name = person->name,
                             .name_kana = person->name_kana,
                             .birth_date = person->birth_date,
                             .sex = person->sex1,
                             .address = person->address };
    if (match_compare(&said, &held, MATCH_RULE_VERSION, &result, &blame) != FAULT_NONE)
        return false;
    return result.fields[MATCH_NAME_KANA].verdict <= MATCH_SAME_BY_RULE
           && result.fields[MATCH_SEX].verdict <= MATCH_SAME_BY_RULE
           && result.fields[MATCH_ADDRESS].verdict != MATCH_MISSING
           && result.fields[MATCH_ADDRESS].verdict <= MATCH_LOOSE;
}

/* Leaves those who fit; at a number, those whose card it is, as for any question by number. */
static void
sift(const struct disaster_question *question, struct eligibility_answer *found)
{
    size_t count = 0;

    for (size_t i = 0; i < found->person_count; i++)
        if (fits(question, &found->persons[i]))
            found->persons[count++] = found->persons[i];
    found->person_count = count;
}

static void
answer_nobody(struct request *r, struct visit_answer *answer)
{
    bool is_several = answer->found.person_count > 1;

    answer->opened_at = 0; /* there is no visit */
    answer->found.has_looked_around = true;
    answer->found.verdict = (struct verdict){
        .validity = is_several ? VALIDITY_SEVERAL : VALIDITY_NO_COVERAGE,
        .reason = is_several ? REASON_AMBIGUOUS : REASON_NOT_FOUND,
        .due_on = DAY_UNKNOWN,
    };
    r->record.validity = (int16_t)answer->found.verdict.validity;
    r->record.reason = (int16_t)answer->found.verdict.reason;
}

static void
ask_visit(struct request *r, const struct visit_answer *answer)
{
    const struct disaster_question *question = r->question;
    int32_t days = directory_number_on(r->surroundings, "emergency_review_days", r->today, 1);

    ask_start(&r->ask, STMT_DISASTER_VISIT);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, span_make((const char *)question->visit.visit_id, UUID_BYTES));
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_number(&r->ask, answer->found.persons[0].person_id);
    ask_number(&r->ask, r->received_at);
    ask_number(&r->ask, answer->consent.items);
    ask_number(&r->ask, answer->consent.until);
    ask_bytes(&r->ask, r->heads.user_id);
    if (question->consent == CONSENT_IMPOSSIBLE)
        ask_number(&r->ask, r->received_at + days * DAY_US);
    else
        ask_null(&r->ask);
    r->asks_again = true;
}

/* Columns: 0 ord, 1 person_id, 2 version, 3 body, 4 reference_number, 5 is_open. */
static enum fault
read_found(struct request *r, const struct rows *rows, int first, int count)
{
    const struct disaster_question *question = r->question;
    struct visit_answer            *answer = visit_answer_of(r);
    int32_t hours = directory_number_on(r->surroundings, "emergency_hours", r->today, 1);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0 || !rows_bool(rows, first, 5))
        return count == 0 ? FAULT_INTERNAL : FAULT_DISASTER_CLOSED;
    if (rows_is_null(rows, first, 1))
        count = 0;
    enum fault fault = eligibility_read_persons(r, &answer->found, rows, first, count);
    if (fault != FAULT_NONE)
        return fault;
    sift(question, &answer->found);
    answer->opened_at = r->received_at;
    answer->treatment = TREATMENT_OUTPATIENT;
    answer->consent = (struct consent){
        .items = question->consent == CONSENT_IMPOSSIBLE ? VISIT_ITEMS_CLINICAL
                                                         : (int32_t)question->visit.consents,
        .until = r->received_at + hours * HOUR_US,
    };
    if (answer->found.person_count == 1)
        ask_visit(r, answer);
    else
        answer_nobody(r, answer);
    return FAULT_NONE;
}

/* Columns: 0 outcome, 1 consent_until. */
static enum fault
read_opened(struct request *r, const struct rows *rows, int first)
{
    struct visit_answer *answer = r->answer;

    if (rows_number(rows, first, 0) == OUTCOME_CLOSED)
        return FAULT_DISASTER_CLOSED;
    answer->consent.until = rows_instant(rows, first, 1);
    return visit_decide(r);
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (clinical_reads(rows->stmt))
        return visit_read_item(r, rows, first, count);
    switch (rows->stmt) {
    case STMT_DISASTER_FIND:
        return read_found(r, rows, first, count);
    case STMT_DISASTER_VISIT:
        return count == 1 ? read_opened(r, rows, first) : FAULT_INTERNAL;
    default:
        return visit_read_replayed(r, rows, first, count);
    }
}

const struct endpoint endpoint_disaster_visit = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .replay = visit_replay,
    .encode = visit_encode,
};
