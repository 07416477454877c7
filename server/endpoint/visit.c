#include "endpoint/clinical.h"

#include "auth/directory.h"
#include "base/text.h"
#include "base/uuid.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { REPLY_BYTES_MAX = 2048, PARAMETER_NAME_BYTES = 64 };

/* clang-format off */
const char *const visit_item_words[] = {
    [CLINICAL_CEILING]          = "ceiling",
    [CLINICAL_SPECIFIC_DISEASE] = "specific_diseases",
    [CLINICAL_CHECKUP]          = "checkups",
    [CLINICAL_DRUGS]            = "drugs",
    [CLINICAL_TREATMENTS]       = "treatments",
    [CLINICAL_OPERATIONS]       = "operations",
    [CLINICAL_COUNT]            = NULL,
};

const char *const visit_role_words[] = { "physician", "dentist", "pharmacist", "nurse", "clerk", NULL };

const char *const visit_treatment_words[] = { "outpatient", "home_visit", "online", "emergency", NULL };

const char *const visit_purpose_words[] = { "treatment",  "dispensing", "reception", "claim",
                                            "home_visit", "other",      NULL };

/* As facility.kind; the end of the names of parameters that say who may see what. */
static const char *const kind_words[] = {
    "", "hospital", "medical_clinic", "dental_clinic", "pharmacy", "home_nursing", "judo_acupuncture",
};
/* clang-format on */

struct visit_question *
visit_question_of(struct request *r)
{
    if (r->question == NULL)
        r->question = arena_take(&r->arena, sizeof(struct visit_question));
    return r->question;
}

struct visit_answer *
visit_answer_of(struct request *r)
{
    if (r->answer == NULL)
        r->answer = arena_take(&r->arena, sizeof(struct visit_answer));
    return r->answer;
}

static bool
list_has(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

static bool
is_clinical(enum clinical_item item)
{
    return item >= CLINICAL_CHECKUP;
}

/* Who may see what is dated data: a parameter view_<item>_<kind of facility> lists the roles. One
 * that is missing lets nobody see it. */
static bool
is_right_of(const struct request *r, const char *what)
{
    const struct visit_question *question = r->question;
    char                         name[PARAMETER_NAME_BYTES];

    if (r->actor.kind < 1 || (size_t)r->actor.kind >= ARRAY_LEN(kind_words))
        return false;
    snprintf(name, sizeof name, "view_%s_%s", what, kind_words[r->actor.kind]);
    const char *roles = directory_parameter_on(r->surroundings, name, r->today);
    if (roles == NULL)
        return false;
    return strcmp(roles, "any") == 0
           || (question->role != 0 && list_has(roles, visit_role_words[question->role - 1]));
}

static bool
may_see(const struct request *r, enum clinical_item item)
{
    return (!is_clinical(item) || r->actor.rights == RIGHTS_FULL)
           && is_right_of(r, visit_item_words[item]);
}

bool
visit_may_without_consent(const struct request *r)
{
    return r->actor.rights == RIGHTS_FULL && is_right_of(r, "emergency");
}

instant_t
visit_moment(const struct request *r)
{
    return r->is_replay ? r->record.recorded_at : r->received_at;
}

static const struct dossier *
subject_of(const struct visit_answer *answer)
{
    const struct verdict *verdict = &answer->found.verdict;
    return verdict->person != NULL ? verdict->person : verdict->sealed;
}

/* By the person; medical information also since the insurance gives none out: 自衛官. */
static bool
is_shut(const struct visit_answer *answer, enum clinical_item item)
{
    const struct dossier          *person = subject_of(answer);
    const struct dossier_coverage *coverage = answer->found.verdict.coverage;

    return person == NULL || (person->flags & DOSSIER_REFUSES_SELF_INFORMATION) != 0
           || (is_clinical(item) && coverage != NULL && span_is(coverage->card_class, "07"));
}

/* A doubt that seals medical information alone leaves what is in the coverage as it is. */
static int16_t
hold_on(const struct visit_answer *answer, enum clinical_item item)
{
    const struct dossier *person = subject_of(answer);

    if (person == NULL || (person->hold == DOSSIER_HOLD_CLINICAL && !is_clinical(item)))
        return DOSSIER_HOLD_NONE;
    return person->hold;
}

static enum item_verdict
judge_item(const struct request *r, const struct visit_answer *answer, enum clinical_item item)
{
    struct consent_case matter = { .consent = &answer->consent,
                                   .now = visit_moment(r),
                                   .may_see = may_see(r, item),
                                   .hold = hold_on(answer, item),
                                   .is_shut = is_shut(answer, item) };

    return consent_judge(&matter, item);
}

static bool
opens(const struct request *r, const struct visit_answer *answer, enum clinical_item item)
{
    struct consent_case matter = { .consent = &answer->consent,
                                   .now = visit_moment(r),
                                   .may_see = may_see(r, item) };

    return consent_judge(&matter, item) == ITEM_GIVEN;
}

/* What is in the coverage shows in its verdict too: nothing there is nothing held. */
static bool
shows(const struct visit_answer *answer, enum clinical_item item)
{
    const struct coverage_view *view = answer->found.view;

    if (view == NULL)
        return false;
    return item == CLINICAL_CEILING ? view->ceiling != NULL : view->diseases.count > 0;
}

static void
judge_items(struct request *r, struct visit_answer *answer)
{
    const struct visit_question *question = r->question;

    for (enum clinical_item item = 0; item < CLINICAL_COUNT; item++) {
        if ((question->items >> item & 1) == 0)
            continue;
        answer->verdicts[item] = judge_item(r, answer, item);
        if (answer->verdicts[item] == ITEM_GIVEN && !is_clinical(item) && !shows(answer, item))
            answer->verdicts[item] = ITEM_NO_DATA_HELD;
    }
}

static enum fault
judge_visit(struct request *r)
{
    struct visit_question *question = r->question;
    struct visit_answer   *answer = r->answer;

    answer->found.has_looked_around = true; /* a card names its holder: nobody is near */
    question->card.has_ceiling_consent = opens(r, answer, CLINICAL_CEILING);
    question->card.has_disease_consent = opens(r, answer, CLINICAL_SPECIFIC_DISEASE);
    r->record.consent = (int16_t)answer->consent.items;
    enum fault fault = r->is_replay ? eligibility_decide_again(r, &answer->found)
                                    : eligibility_decide(r, &answer->found);
    if (fault != FAULT_NONE)
        return fault;
    judge_items(r, answer);
    return FAULT_NONE;
}

enum fault
visit_decide(struct request *r)
{
    enum fault fault = judge_visit(r);

    if (fault == FAULT_NONE)
        (void)clinical_ask(r);
    return fault;
}

enum fault
visit_read_person(struct request *r, const struct rows *rows, int first, int count)
{
    struct visit_answer *answer = visit_answer_of(r);
    bool                 is_known = !rows_is_null(rows, first, 1);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    enum fault fault = eligibility_read_persons(r, &answer->found, rows, first, is_known ? 1 : 0);
    if (fault == FAULT_NONE)
        fault = judge_visit(r);
    if (fault == FAULT_NONE && rows->stmt == STMT_VISIT_READ)
        fault = clinical_read_along(r, rows, first + 1, count - 1);
    if (fault == FAULT_NONE)
        (void)clinical_ask(r);
    return fault;
}

enum fault
visit_read_item(struct request *r, const struct rows *rows, int first, int count)
{
    enum fault fault = clinical_read(r, rows, first, count);
    if (fault == FAULT_NONE)
        (void)clinical_ask(r);
    return fault;
}

/* Asked for, and for this facility and role to see, whatever the consent turns out to be. */
static int64_t
items_to_see(const struct request *r)
{
    const struct visit_question *question = r->question;
    int64_t                      items = 0;

    for (enum clinical_item item = 0; item < CLINICAL_COUNT; item++)
        if ((question->items >> item & 1) != 0 && may_see(r, item))
            items |= 1 << item;
    return items;
}

/* An earlier answer is given again from what was known then, which does not come along. A flight
 * that failed may have told of items that the next one does not. */
void
visit_ask(struct request *r)
{
    r->record.items = 0;
    ask_start(&r->ask, STMT_VISIT_READ);
    clinical_ask_along(r, r->is_replay ? 0 : items_to_see(r));
}

static instant_t
instant_or(const struct rows *rows, int row, int column, instant_t otherwise)
{
    return rows_is_null(rows, row, column) ? otherwise : rows_instant(rows, row, column);
}

/* Columns: 0 ord, 1 person_id, 2 version, 3 body, 4 reference_number, 5 opened_at, 6 treatment,
 * 7 consents, 8 consent_until, 9 is_limited, 10 ended_at, 11 end_reason, 12 item, 13 told. */
enum fault
visit_read_visit(struct request *r, const struct rows *rows, int first, int count)
{
    struct visit_answer *answer = visit_answer_of(r);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    answer->opened_at = rows_instant(rows, first, 5);
    answer->treatment = (int16_t)rows_number(rows, first, 6);
    answer->consent = (struct consent){
        .items = (int32_t)rows_number(rows, first, 7),
        .until = instant_or(rows, first, 8, INSTANT_FOREVER),
        .is_of_expired_card = rows_bool(rows, first, 9),
        .ended_at = instant_or(rows, first, 10, 0),
    };
    return FAULT_NONE;
}

/* First the visit as it stands, then the person as the earlier answer had it. */
enum fault
visit_replay(struct request *r, const struct prior *prior)
{
    enum fault fault = eligibility_replay(r, prior); /* makes the smaller answer */
    if (fault != FAULT_NONE)
        return fault;
    struct eligibility_answer found = *(struct eligibility_answer *)r->answer;
    r->answer = NULL;
    struct visit_answer *answer = visit_answer_of(r);
    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    answer->found = found;
    answer->version = prior->version_count == 0 ? 0 : prior->versions[0];
    visit_ask(r);
    r->asks_again = true;
    return FAULT_NONE;
}

enum fault
visit_read_replayed(struct request *r, const struct rows *rows, int first, int count)
{
    struct visit_answer *answer = visit_answer_of(r);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (rows->stmt == STMT_VISIT_READ && count == 0 && answer->version == 0) {
        return FAULT_NONE; /* nobody was found, so there is no visit */
    }
    if (rows->stmt == STMT_VISIT_READ) {
        enum fault fault = visit_read_visit(r, rows, first, count);
        if (fault != FAULT_NONE || answer->version == 0)
            return fault;
        ask_start(&r->ask, STMT_DOSSIER_BY_VERSION);
        ask_number(&r->ask, answer->version);
        r->asks_again = true;
        return FAULT_NONE;
    }
    return count == 0 ? FAULT_INTERNAL : visit_read_person(r, rows, first, 1);
}

struct visit_view {
    char        id_place[UUID_TEXT_LENGTH + 1];
    struct span visit_id;
    const char *treatment;
    instant_t   opened_at;
    instant_t   consent_until;
    struct span eligibility;
    struct span items;
};

#define VIEW(field) offsetof(struct visit_view, field)

/* clang-format off */
static const struct out_row view_rows[] = {
    { "visit_id",      NULL,                   OUT_TEXT,    VIEW(visit_id),      NULL },
    { "treatment",     "MedicalTreatmentFlag", OUT_STRING,  VIEW(treatment),     NULL },
    { "opened_at",     NULL,                   OUT_INSTANT, VIEW(opened_at),     NULL },
    { "consent_until", NULL,                   OUT_INSTANT, VIEW(consent_until), NULL },
    { "eligibility",   NULL,                   OUT_RAW,     VIEW(eligibility),   NULL },
    { "items",         NULL,                   OUT_RAW,     VIEW(items),         NULL },
    { 0 },
};
/* clang-format on */

/* "items":{…}, empty when none was asked for. */
enum fault
visit_write_items(struct request *r, const struct visit_answer *answer, struct span *ret_items)
{
    size_t      room = clinical_bytes_max(answer);
    char       *place = arena_take_raw(&r->arena, room);
    struct text text = text_in(place, place == NULL ? 0 : room);

    text_add_byte(&text, '{');
    clinical_write(answer, &text);
    text_add_byte(&text, '}');
    *ret_items = text_span(&text);
    return text.is_full ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}

enum fault
visit_encode(struct request *r)
{
    const struct visit_question *question = r->question;
    const struct visit_answer   *answer = r->answer;
    struct visit_view            view = { .opened_at = answer->opened_at };

    r->heads.if_none_match = (struct span){ 0 }; /* a visit is told whole */
    enum fault fault = eligibility_encode(r);
    if (fault == FAULT_NONE && question->items != 0)
        fault = visit_write_items(r, answer, &view.items);
    if (fault != FAULT_NONE)
        return fault;
    r->etag[0] = '\0';
    if (answer->opened_at != 0) {
        uuid_format(question->visit_id, view.id_place);
        view.visit_id = span_of(view.id_place);
        view.treatment = visit_treatment_words[answer->treatment - 1];
        view.consent_until = answer->consent.until == INSTANT_FOREVER ? 0 : answer->consent.until;
    }
    view.eligibility = r->reply;
    size_t room = r->reply.length + view.items.length + REPLY_BYTES_MAX;
    char  *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, view_rows, &view);
    r->reply = text_span(&text);
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}
