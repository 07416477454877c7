#include "endpoint/eligibility.h"

#include "auth/directory.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "model/advice.h"
#include "model/confirmation.h"

#include <stddef.h>

enum { REPLY_BYTES_MAX = 12 * 1024, ADVICE_BYTES_MAX = 512 };

struct as_of_view {
    instant_t last_heard_at;
    int32_t   usual_lag_days;
};

struct advice_view {
    struct span reception;
    const char *vendor;
};

struct contact_view {
    struct span name;
    struct span phone;
};

struct eligibility_reply {
    char                       confirmation[CONFIRMATION_SIZE];
    struct span                confirmation_text;
    int16_t                    validity;
    const char                *reason;
    day_t                      asked_on;
    instant_t                  answered_at;
    struct out_list            coverage;
    struct span                reference_number;
    const char                *recheck_field;
    day_t                      expected_by;
    const struct as_of_view   *as_of;
    const struct contact_view *insurer;
    const struct advice_view  *advice;
};

#define REPLY(field)   offsetof(struct eligibility_reply, field)
#define AS_OF(field)   offsetof(struct as_of_view, field)
#define CONTACT(field) offsetof(struct contact_view, field)
#define ADVICE(field)  offsetof(struct advice_view, field)

/* clang-format off */
static const struct out_row as_of_rows[] = {
    { "insurer_last_heard_at", NULL, OUT_INSTANT, AS_OF(last_heard_at), NULL },
    { "usual_lag_days",        NULL, OUT_WHOLE, AS_OF(usual_lag_days), NULL },
    { 0 },
};

static const struct out_row contact_rows[] = {
    { "name",  "InsurerName", OUT_TEXT, CONTACT(name), NULL },
    { "phone", NULL,          OUT_TEXT, CONTACT(phone), NULL },
    { 0 },
};

static const struct out_row advice_rows[] = {
    { "reception", "ProcessingResultMessage", OUT_TEXT, ADVICE(reception), NULL },
    { "vendor",    NULL,                    OUT_STRING, ADVICE(vendor), NULL },
    { 0 },
};

/* What is the same for everyone who asks the same; the entity tag is its digest. */
static const struct out_row content_rows[] = {
    { "validity",         "QualificationValidity", OUT_CODE, REPLY(validity), NULL },
    { "reason",           NULL,                    OUT_STRING, REPLY(reason), NULL },
    { "coverage",         "ResultList",            OUT_LIST, REPLY(coverage), coverage_view_rows },
    { "reference_number", "ReferenceNumber",       OUT_TEXT, REPLY(reference_number), NULL },
    { "recheck_field",    NULL,                    OUT_STRING, REPLY(recheck_field), NULL },
    { "expected_by",      NULL,                    OUT_DAY, REPLY(expected_by), NULL },
    { "insurer",          NULL,                    OUT_OBJECT, REPLY(insurer), contact_rows },
    { "advice",           NULL,                    OUT_OBJECT, REPLY(advice), advice_rows },
    { 0 },
};

/* What is of this answer alone: asked again on another day, what has not changed keeps its tag. */
static const struct out_row envelope_rows[] = {
    { "confirmation", NULL,                   OUT_TEXT, REPLY(confirmation_text), NULL },
    { "asked_on",         "QualificationConfirmationDate", OUT_DAY, REPLY(asked_on), NULL },
    { "answered_at",  "ProcessExecutionTime", OUT_INSTANT, REPLY(answered_at), NULL },
    { "as_of",        NULL,                   OUT_OBJECT, REPLY(as_of), as_of_rows },
    { 0 },
};
/* clang-format on */

static enum language
language_of(struct span accept_language)
{
    bool is_english = accept_language.length >= 2
                      && (accept_language.bytes[0] == 'e' || accept_language.bytes[0] == 'E')
                      && (accept_language.bytes[1] == 'n' || accept_language.bytes[1] == 'N');
    return is_english ? LANGUAGE_ENGLISH : LANGUAGE_JAPANESE;
}

static day_t
day_for_advice(const struct verdict *verdict)
{
    if (verdict->coverage == NULL)
        return DAY_UNKNOWN;
    return verdict->reason == REASON_LOST ? verdict->coverage->lost_on
                                          : verdict->coverage->acquired_on;
}

static bool
add_advice(struct request *r, const struct verdict *verdict,
           const struct directory_insurer *insurer, struct eligibility_reply *reply)
{
    struct advice_view *advice = arena_take(&r->arena, sizeof *advice);
    char               *place = arena_take_raw(&r->arena, ADVICE_BYTES_MAX);
    struct advice_facts facts = { .due_on = verdict->due_on,
                                  .day = day_for_advice(verdict),
                                  .reread = verdict->reread };

    if (advice == NULL || place == NULL)
        return false;
    if (insurer != NULL) {
        facts.insurer = span_of(insurer->name);
        facts.contact = span_of(insurer->contact);
    }
    struct text text = text_in(place, ADVICE_BYTES_MAX);
    advice_for_reception(&text, verdict->reason, language_of(r->heads.accept_language), &facts);
    arena_shrink(&r->arena, place, text.length + 1);
    advice->reception = text_span(&text);
    advice->vendor = advice_for_vendor(verdict->reason);
    reply->advice = advice;
    return true;
}

static bool
add_insurer(struct request *r, const struct directory_insurer *insurer,
            struct eligibility_reply *reply)
{
    if (insurer == NULL)
        return true;
    struct contact_view *contact = arena_take(&r->arena, sizeof *contact);
    struct as_of_view   *as_of = arena_take(&r->arena, sizeof *as_of);
    if (contact == NULL || as_of == NULL)
        return false;
    contact->name = span_of(insurer->name);
    contact->phone = span_of(insurer->contact);
    as_of->last_heard_at = r->record.as_of;
    as_of->usual_lag_days = insurer->usual_lag_days;
    reply->insurer = contact;
    reply->as_of = as_of;
    return true;
}

static bool
fill_reply(struct request *r, const struct eligibility_answer *answer,
           struct eligibility_reply *reply)
{
    const struct eligibility_question *question = r->question;
    const struct verdict              *verdict = &answer->verdict;
    const struct directory_insurer    *insurer =
        directory_insurer_of(r->surroundings, insurer_number_span(&question->insurer));

    *reply = (struct eligibility_reply){
        .validity = (int16_t)verdict->validity,
        .reason = reason_info(verdict->reason)->name,
        .asked_on = question->asked_on,
        .answered_at = r->record.recorded_at,
        .coverage = { .items = answer->view,
                      .count = answer->view != NULL,
                      .stride = sizeof *answer->view,
                      .has = true },
        .reference_number = answer->reference_number,
        .recheck_field = card_field_name(verdict->reread),
        .expected_by = verdict->due_on,
    };
    confirmation_format(r->record.record_id, clock_day(r->record.recorded_at), reply->confirmation);
    reply->confirmation_text = span_of(reply->confirmation);
    return add_advice(r, verdict, insurer, reply) && add_insurer(r, insurer, reply);
}

static void
tag(struct request *r, struct span content)
{
    unsigned char digest[16];
    struct text   etag = text_in(r->etag, sizeof r->etag);

    digest_short(content.bytes, content.length, digest);
    text_add_byte(&etag, '"');
    text_add_hex(&etag, digest, 8);
    text_add_byte(&etag, '"');
}

/* The two objects become one: the content's closing brace and the envelope's opening one meet. */
enum fault
eligibility_encode(struct request *r)
{
    struct eligibility_reply         reply;
    const struct eligibility_answer *answer = r->answer;

    if (!fill_reply(r, answer, &reply))
        return FAULT_REQUEST_TOO_LARGE;
    char *place = arena_take_raw(&r->arena, REPLY_BYTES_MAX); /* last, so that it can shrink */
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, REPLY_BYTES_MAX);
    out_object(&text, content_rows, &reply);
    tag(r, text_span(&text));
    r->http_status = 200;
    if (span_is(r->heads.if_none_match, r->etag)) {
        r->http_status = 304;
        arena_shrink(&r->arena, place, text.length + 1);
        return FAULT_NONE;
    }
    text.length--;
    text_add_byte(&text, ',');
    size_t seam = text.length;
    out_object(&text, envelope_rows, &reply);
    if (text.is_full)
        return FAULT_REQUEST_TOO_LARGE;
    memmove(text.bytes + seam, text.bytes + seam + 1, text.length - seam); /* with the NUL */
    r->reply = span_make(text.bytes, text.length - 1);
    arena_shrink(&r->arena, place, text.length + 1);
    return FAULT_NONE;
}
