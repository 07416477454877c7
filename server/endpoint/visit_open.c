/*
 * visit_open: a patient has shown a My Number card, or a phone that carries one.
 *
 * Request   challenge, certificate, signature, unlocked_by; consents, consented_by, treatment;
 *           items that the facility wants to see, role of who wants to; asked_on, purpose
 * Reply     visit_id, consent_until, eligibility as of eligibility/check, items with a verdict
 *           each; see schema/api/openapi.yaml
 * Faults    FAULT_CHALLENGE_*, FAULT_CARD_*, FAULT_FIELD_*
 * Source    domain facts, 9.1 and 9.2. The card is proven before anything is read.
 */
#include "endpoint/card_proof.h"
#include "endpoint/clinical.h"
#include "endpoint/endpoints.h"
#include "endpoint/visit.h"

#include "auth/directory.h"
#include "model/day.h"
#include "query/stmt.h"

#include <assert.h>
#include <stddef.h>

enum {
    OUTCOME_USED = 2,
    CONSENT_HOURS_PRESET = 1 /* where the parameter is missing: little */
};

static const instant_t DAY_US = (instant_t)86400 * 1000000;

static const char *const unlock_words[] = { "pin", "face", "visual_check", NULL };
static const char *const emergency_words[] = { "unconscious", "life_in_danger", "cannot_answer",
                                               NULL };
static const char *const consenter_words[] = { "self", "legal_guardian", "agent", NULL };

#define QUESTION(field) offsetof(struct visit_question, field)

/* clang-format off */
static const struct field question_fields[] = {
    { "challenge",    FIELD_TEXT,  QUESTION(challenge),     CHALLENGE_TEXT_MAX,   true,  NULL },
    { "certificate",  FIELD_TEXT,  QUESTION(certificate),   CERTIFICATE_TEXT_MAX, true,  NULL },
    { "signature",    FIELD_TEXT,  QUESTION(signature),     SIGNATURE_TEXT_MAX,   true,  NULL },
    { "unlocked_by",  FIELD_WORD,  QUESTION(unlocked_by),   0,                    true,  unlock_words },
    { "treatment",    FIELD_WORD,  QUESTION(treatment),     0,                    false, visit_treatment_words },
    { "consents",     FIELD_WORDS, QUESTION(consents),      0,                    false, visit_item_words },
    { "consented_by", FIELD_WORD,  QUESTION(consented_by),  0,                    false, consenter_words },
    { "emergency_reason", FIELD_WORD, QUESTION(emergency_reason), 0, false, emergency_words },
    { "items",        FIELD_WORDS, QUESTION(items),         0,                    false, visit_item_words },
    { "role",         FIELD_WORD,  QUESTION(role),          0,                    false, visit_role_words },
    { "from",         FIELD_DAY,   QUESTION(from_on),       0,                    false, NULL },
    { "to",           FIELD_DAY,   QUESTION(to_on),         0,                    false, NULL },
    { "asked_on",     FIELD_DAY,   QUESTION(card.asked_on), 0,                    false, NULL },
    { "purpose",      FIELD_WORD,  QUESTION(card.purpose),  0,                    false, visit_purpose_words },
};
/* clang-format on */

static bool
is_emergency(const struct visit_question *question)
{
    return question->treatment == TREATMENT_EMERGENCY;
}

static void
preset(struct request *r, struct visit_question *question)
{
    if (question->treatment == 0)
        question->treatment = TREATMENT_OUTPATIENT;
    if (question->consented_by == 0)
        question->consented_by = 1;
    if (question->card.asked_on == DAY_UNKNOWN)
        question->card.asked_on = r->today;
    question->card.is_by_person = true;
}

/* Without consent: only where the law lets this kind of facility and this role, and somebody
 * answers for it. */
static void
check_emergency(struct request *r, const struct visit_question *question)
{
    if (question->consents != 0)
        request_blame(r, FAULT_FIELD_MALFORMED, "consents", "an emergency is without consent");
    if (question->emergency_reason == 0)
        request_blame(r, FAULT_FIELD_MISSING, "emergency_reason", "an emergency has a reason");
    if (span_is_empty(r->heads.user_id))
        request_blame(r, FAULT_HEADER_MISSING, "X-User-Id", "somebody answers for an emergency");
    if (r->fault == FAULT_NONE && !visit_may_without_consent(r))
        request_blame(r, FAULT_NOT_PERMITTED, "role", "not in an emergency");
}

static void
check(struct request *r, const struct visit_question *question)
{
    if (question->card.asked_on > r->today + ASKED_AHEAD_DAYS_MAX)
        request_blame(r, FAULT_FIELD_MALFORMED, "asked_on", "too far in the future");
    if (is_emergency(question))
        check_emergency(r, question);
    else if (question->emergency_reason != 0)
        request_blame(r, FAULT_FIELD_MALFORMED, "emergency_reason", "not an emergency");
}

static enum fault
decode(struct request *r)
{
    struct visit_question *question = visit_question_of(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->record.way = WAY_CARD;
    bool is_sound =
        fields_decode(span_make(r->body, r->body_length), question_fields,
                      ARRAY_LEN(question_fields), &r->arena, question, endpoint_blame, r);
    preset(r, question);
    check(r, question);
    if (!is_sound || r->fault != FAULT_NONE)
        return r->fault;
    struct card_words words = { .challenge = question->challenge,
                                .certificate = question->certificate,
                                .signature = question->signature };
    enum fault        fault = card_prove(r, &words, question->visit_id, &question->facts);
    if (fault != FAULT_NONE)
        return fault;
    if (is_emergency(question)) {
        assert(question->emergency_reason > 0); /* check_emergency() */
        r->record.way = WAY_EMERGENCY;
        r->record.detail = span_of(emergency_words[question->emergency_reason - 1]);
    }
    r->record.purpose = question->card.purpose;
    r->record.has_asked_on = true;
    r->record.asked_on = question->card.asked_on;
    return FAULT_NONE;
}

static struct consent
consent_of(const struct request *r, const struct visit_question *question)
{
    const char *name = is_emergency(question) ? "emergency_hours" : "consent_hours";
    int32_t     hours = directory_number_on(r->surroundings, name, r->today, CONSENT_HOURS_PRESET);

    return (struct consent){
        .items = is_emergency(question) ? VISIT_ITEMS_CLINICAL : (int32_t)question->consents,
        .until = consent_end_of((enum treatment)question->treatment, r->received_at, hours),
        .is_of_expired_card = question->facts.is_expired,
    };
}

static void
ask_basis(struct request *r, const struct visit_question *question)
{
    int32_t days = directory_number_on(r->surroundings, "emergency_review_days", r->today, 1);

    ask_number(&r->ask, is_emergency(question) ? BASIS_EMERGENCY : BASIS_CONSENT);
    if (is_emergency(question))
        ask_number(&r->ask, question->emergency_reason);
    else
        ask_null(&r->ask);
    ask_text_or_null(&r->ask, r->heads.user_id);
    if (is_emergency(question))
        ask_number(&r->ask, r->received_at + days * DAY_US);
    else
        ask_null(&r->ask);
}

static void
ask(struct request *r)
{
    const struct visit_question *question = r->question;
    struct consent               consent = consent_of(r, question);

    r->answer = NULL; /* a flight that failed may have left half of one */
    r->record.items = 0;
    ask_start(&r->ask, STMT_VISIT_OPEN);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, span_make((const char *)question->visit_id, UUID_BYTES));
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_bytes(&r->ask, span_of(question->facts.issuer));
    ask_bytes(&r->ask, span_of(question->facts.serial));
    ask_number(&r->ask, r->received_at);
    ask_number(&r->ask, question->treatment);
    ask_number(&r->ask, question->unlocked_by);
    ask_number(&r->ask, question->consented_by);
    ask_number(&r->ask, consent.items);
    if (consent.until == INSTANT_FOREVER)
        ask_null(&r->ask);
    else
        ask_number(&r->ask, consent.until);
    ask_number(&r->ask, question->facts.is_expired);
    ask_basis(r, question);
}

/* Columns: 0 ord, 1 person_id, 2 version, 3 body, 4 reference_number, 5 outcome. */
static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    const struct visit_question *question = r->question;
    struct visit_answer         *answer = visit_answer_of(r);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (clinical_reads(rows->stmt))
        return visit_read_item(r, rows, first, count);
    if (r->is_replay)
        return visit_read_replayed(r, rows, first, count);
    if (count != 1)
        return FAULT_INTERNAL;
    if (rows_number(rows, first, 5) == OUTCOME_USED)
        return FAULT_CHALLENGE_USED;
    answer->opened_at = r->received_at;
    answer->treatment = question->treatment;
    answer->consent = consent_of(r, question);
    return visit_read_person(r, rows, first, 1);
}

const struct endpoint endpoint_visit_open = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .replay = visit_replay,
    .encode = visit_encode,
};
