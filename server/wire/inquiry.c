#include "wire/inquiry.h"

#include "wire/members.h"
#include "wire/slice.h"

#include <assert.h>
#include <stddef.h>

enum { NAME_BYTES_MAX = 384, ADDRESS_BYTES_MAX = 768, WORD_BYTES_MAX = 32 };

struct result {
    int64_t         ref;
    int16_t         status;
    struct identity identity;
    day_t           as_of;
    struct span     code;
};

static const char *const statuses[] = { "found", "not_found", "refused", NULL };
static const char *const sexes[] = { "1", "2", "3", NULL };

#define AT(member) offsetof(struct result, member)

/* clang-format off */
static const struct field result_fields[] = {
    { "ref",             FIELD_WHOLE, AT(ref),                      INQUIRY_REF_MAX, true,  NULL },
    { "status",          FIELD_WORD,  AT(status),                   WORD_BYTES_MAX,      true,  statuses },
    { "name",            FIELD_TEXT,  AT(identity.name),            NAME_BYTES_MAX,      false, NULL },
    { "name_kana",       FIELD_TEXT,  AT(identity.name_kana),       NAME_BYTES_MAX,      false, NULL },
    { "name_other",      FIELD_TEXT,  AT(identity.name_other),      NAME_BYTES_MAX,      false, NULL },
    { "name_other_kana", FIELD_TEXT,  AT(identity.name_other_kana), NAME_BYTES_MAX,      false, NULL },
    { "birth_date",      FIELD_DAY,   AT(identity.birth_date),      0,                   false, NULL },
    { "sex",             FIELD_WORD,  AT(identity.sex),             WORD_BYTES_MAX,      false, sexes },
    { "address",         FIELD_TEXT,  AT(identity.address),         ADDRESS_BYTES_MAX,   false, NULL },
    { "as_of",           FIELD_DAY,   AT(as_of),                    0,                   false, NULL },
    { "code",            FIELD_TEXT,  AT(code),                     WORD_BYTES_MAX,      false, NULL },
};
/* clang-format on */

void
inquiry_write(struct text *text, const char inquiry_id[UUID_TEXT_LENGTH + 1],
              const struct personal_number *numbers, size_t count)
{
    text_add_string(text, "{\"inquiry_id\":\"");
    text_add_string(text, inquiry_id);
    text_add_string(text, "\",\"persons\":[");
    for (size_t i = 0; i < count; i++) {
        text_add_string(text, i == 0 ? "{\"ref\":" : ",{\"ref\":");
        text_add_number(text, (int64_t)i);
        text_add_string(text, ",\"personal_number\":\"");
        text_add(text, span_make((const char *)numbers[i].hidden, PERSONAL_NUMBER_DIGITS));
        text_add_string(text, "\"}");
    }
    text_add_string(text, "]}");
}

static bool
is_code(struct span text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((text.bytes[i] < 'a' || text.bytes[i] > 'z') && text.bytes[i] != '_')
            return false;
    return text.length > 0;
}

/* What a status must come with, and what it may not come with. */
static const char *
reason_against(const struct result *result)
{
    const struct identity *identity = &result->identity;
    bool says_who = !span_is_empty(identity->name) || !span_is_empty(identity->name_kana)
                    || !span_is_empty(identity->name_other)
                    || !span_is_empty(identity->name_other_kana)
                    || !span_is_empty(identity->address) || identity->birth_date != DAY_UNKNOWN
                    || identity->sex != 0 || result->as_of != DAY_UNKNOWN;

    if (result->status == INQUIRY_FOUND) {
        if (span_is_empty(identity->name) || identity->birth_date == DAY_UNKNOWN
            || identity->sex == 0 || result->as_of == DAY_UNKNOWN)
            return "found, but a member is missing";
        return span_is_empty(result->code) ? NULL : "found, with a code of refusal";
    }
    if (says_who)
        return "not found, but says who";
    if (result->status == INQUIRY_NOT_FOUND)
        return span_is_empty(result->code) ? NULL : "not found, with a code of refusal";
    return is_code(result->code) ? NULL : "refused without a code";
}

static const char *
take_result(struct span value, struct inquiry_answer *answers, size_t count, struct arena *arena)
{
    struct result result = { 0 };
    const char   *reason =
        members_read(value, result_fields, ARRAY_LEN(result_fields), arena, &result);

    if (reason == NULL)
        reason = reason_against(&result);
    if (reason != NULL)
        return reason;
    if ((uint64_t)result.ref >= count)
        return "a ref that was not asked";
    struct inquiry_answer *answer = &answers[result.ref];
    if (answer->status != INQUIRY_NONE)
        return "a ref twice";
    *answer = (struct inquiry_answer){ .status = (enum inquiry_status)result.status,
                                       .identity = result.identity,
                                       .as_of = result.as_of,
                                       .code = result.code };
    return NULL;
}

static const char *
take_results(struct span value, struct inquiry_answer *answers, size_t count, struct arena *arena)
{
    struct slice slice;
    struct span  item;
    size_t       taken = 0;

    slice_start(&slice, value);
    if (!slice_enter(&slice, '['))
        return "results is not an array";
    while (slice_next(&slice, NULL, &item)) {
        const char *reason = take_result(item, answers, count, arena);
        if (reason != NULL)
            return reason;
        taken++;
    }
    if (!slice_end(&slice))
        return "not JSON";
    return taken == count ? NULL : "a ref is missing";
}

const char *
inquiry_read(struct span body, const char inquiry_id[UUID_TEXT_LENGTH + 1],
             struct inquiry_answer *ret_answers, size_t count, struct arena *arena)
{
    struct slice slice;
    struct span  name, value, text;
    bool         has_id = false, has_results = false;
    const char  *reason = NULL;

    assert(count >= 1 && count <= INQUIRY_PERSONS_MAX);
    memset(ret_answers, 0, count * sizeof *ret_answers);
    slice_start(&slice, body);
    if (!slice_enter(&slice, '{'))
        return "not an object";
    while (reason == NULL && slice_next(&slice, &name, &value)) {
        if (span_is(name, "inquiry_id") && !has_id) {
            has_id = true;
            reason = members_read_text(value, UUID_TEXT_LENGTH, arena, &text);
            if (reason == NULL && !span_is(text, inquiry_id))
                reason = "the reply to another inquiry";
        } else if (span_is(name, "results") && !has_results) {
            has_results = true;
            reason = take_results(value, ret_answers, count, arena);
        } else {
            reason = "a member that is not known, or comes twice";
        }
    }
    if (reason == NULL && !slice_end(&slice))
        reason = "not JSON";
    if (reason == NULL && !(has_id && has_results))
        reason = "a member is missing";
    if (reason != NULL)
        memset(ret_answers, 0, count * sizeof *ret_answers);
    return reason;
}
