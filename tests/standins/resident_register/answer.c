#include "answer.h"

#include "base/arena.h"
#include "model/check_digit.h"
#include "wire/members.h"
#include "wire/out.h"
#include "wire/slice.h"

#include <stddef.h>

enum { ARENA_BYTES = 4096, UUID_LENGTH = 36, LONG_BYTES = 1024 };

struct asked {
    int64_t     ref;
    struct span number;
};

static const struct field person_fields[] = {
    { "ref", FIELD_WHOLE, offsetof(struct asked, ref), ANSWER_PERSONS_MAX - 1, true, NULL },
    { "personal_number", FIELD_TEXT, offsetof(struct asked, number), TRUTH_NUMBER_LENGTH, true,
      NULL },
};

struct inquiry {
    struct span id;
    struct span persons;
};

static bool
read_inquiry(struct span body, struct inquiry *ret_inquiry)
{
    struct slice slice;
    struct span  name, value;
    struct arena arena;
    bool         is_sound = arena_open(&arena, ARENA_BYTES, ARENA_BYTES);

    *ret_inquiry = (struct inquiry){ 0 };
    slice_start(&slice, body);
    is_sound = is_sound && slice_enter(&slice, '{');
    while (is_sound && slice_next(&slice, &name, &value)) {
        if (span_is(name, "inquiry_id") && ret_inquiry->id.bytes == NULL)
            is_sound = members_read_text(value, UUID_LENGTH, &arena, &ret_inquiry->id) == NULL
                       && ret_inquiry->id.length == UUID_LENGTH;
        else if (span_is(name, "persons") && ret_inquiry->persons.bytes == NULL)
            ret_inquiry->persons = value;
        else
            is_sound = false;
    }
    arena_close(&arena); /* an id with escapes would be longer than its limit */
    return is_sound && slice_end(&slice) && ret_inquiry->id.bytes != NULL
           && memchr(ret_inquiry->id.bytes, '\\', UUID_LENGTH) == NULL
           && ret_inquiry->persons.bytes != NULL;
}

size_t
answer_count(struct span body, struct span *ret_inquiry_id)
{
    struct inquiry inquiry;
    struct slice   slice;
    struct span    item;
    size_t         count = 0;

    if (!read_inquiry(body, &inquiry))
        return 0;
    slice_start(&slice, inquiry.persons);
    if (!slice_enter(&slice, '['))
        return 0;
    while (slice_next(&slice, NULL, &item))
        count++;
    *ret_inquiry_id = inquiry.id;
    return slice_end(&slice) && count <= ANSWER_PERSONS_MAX ? count : 0;
}

static void
add_member(struct text *text, const char *name, struct span value)
{
    if (span_is_empty(value))
        return;
    text_add_string(text, ",\"");
    text_add_string(text, name);
    text_add_string(text, "\":");
    out_quoted(text, value);
}

static void
add_found(struct answerer *answerer, struct text *text, const struct person_line *line)
{
    static const char *const names[TRUTH_COLUMNS] = {
        [TRUTH_NAME] = "name",
        [TRUTH_NAME_KANA] = "name_kana",
        [TRUTH_SEX] = "sex",
        [TRUTH_BIRTH_DATE] = "birth_date",
        [TRUTH_ADDRESS] = "address",
        [TRUTH_NAME_OTHER] = "name_other",
        [TRUTH_NAME_OTHER_KANA] = "name_other_kana",
    };

    text_add_string(text, ",\"status\":\"found\"");
    for (size_t i = TRUTH_NAME; i < TRUTH_COLUMNS; i++)
        add_member(text, names[i], line->columns[i]);
    add_member(text, "as_of", span_of(answerer->as_of));
    conduct_count(&answerer->conduct, COUNT_FOUND, 1);
}

static void
add_refused(struct answerer *answerer, struct text *text, struct span code)
{
    text_add_string(text, ",\"status\":\"refused\"");
    add_member(text, "code", code);
    conduct_count(&answerer->conduct, COUNT_REFUSED, 1);
}

/* The same number is always answered wrongly, or never, at the same rate. */
static bool
is_answered_wrongly(struct span number, int64_t wrong_ppm)
{
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < number.length; i++)
        hash = (hash ^ (unsigned char)number.bytes[i]) * 1099511628211U;
    return (int64_t)((hash >> 16) % 1000000) < wrong_ppm;
}

static void
add_result(struct answerer *answerer, struct text *text, struct span number, int64_t wrong_ppm)
{
    struct person_line line;
    bool               is_wrong = is_answered_wrongly(number, wrong_ppm);

    if (!personal_number_is_synthetic(number) && !personal_number_fits(number)) {
        add_refused(answerer, text, span_of("number_malformed"));
    } else if (!truth_find(&answerer->truth, number, is_wrong, &line)) {
        text_add_string(text, ",\"status\":\"not_found\"");
        conduct_count(&answerer->conduct, COUNT_NOT_FOUND, 1);
    } else if (line.columns[TRUTH_NAME].length > 1 && line.columns[TRUTH_NAME].bytes[0] == '!') {
        add_refused(
            answerer, text,
            span_make(line.columns[TRUTH_NAME].bytes + 1, line.columns[TRUTH_NAME].length - 1));
    } else {
        add_found(answerer, text, &line);
        conduct_count(&answerer->conduct, COUNT_WRONG, is_wrong);
    }
}

/* What breaks the contract within one result; the ref has been changed already. */
static void
add_rudeness(struct text *text, enum rude rude)
{
    static char long_value[LONG_BYTES];

    if (rude == RUDE_UNKNOWN_MEMBER)
        add_member(text, "blood_type", span_of("A"));
    if (rude == RUDE_WRONG_TYPE)
        text_add_string(text, ",\"name_other\":7");
    if (rude == RUDE_LONG_VALUE) {
        memset(long_value, 'A', sizeof long_value);
        add_member(text, "name_other_kana", span_make(long_value, sizeof long_value));
    }
}

static int64_t
rude_ref(int64_t ref, size_t at, enum rude rude)
{
    if (rude == RUDE_WRONG_REF && at == 0)
        return ref + ANSWER_PERSONS_MAX;
    if (rude == RUDE_DOUBLE_REF && at == 1)
        return ref - 1;
    return ref;
}

static bool
add_results(struct answerer *answerer, struct span persons, struct text *text,
            const struct behaviour *behaviour)
{
    struct slice slice;
    struct span  item;
    struct arena arena;
    bool         is_sound = arena_open(&arena, ARENA_BYTES, ARENA_BYTES);

    slice_start(&slice, persons);
    is_sound = is_sound && slice_enter(&slice, '[');
    for (size_t at = 0; is_sound && slice_next(&slice, NULL, &item); at++) {
        struct asked asked = { 0 };
        is_sound =
            members_read(item, person_fields, ARRAY_LEN(person_fields), &arena, &asked) == NULL
            && asked.number.length == TRUTH_NUMBER_LENGTH && span_is_digits(asked.number);
        if (!is_sound || (behaviour->rude == RUDE_MISSING_REF && at == 0))
            continue;
        bool is_first = text->bytes[text->length - 1] == '[';
        text_add_string(text, is_first ? "{\"ref\":" : ",{\"ref\":");
        text_add_number(text, rude_ref(asked.ref, at, behaviour->rude));
        add_result(answerer, text, asked.number, behaviour->wrong_ppm);
        if (at == 0)
            add_rudeness(text, behaviour->rude);
        text_add_byte(text, '}');
        conduct_count(&answerer->conduct, COUNT_PERSONS, 1);
    }
    is_sound = is_sound && slice_end(&slice);
    arena_close(&arena);
    return is_sound;
}

bool
answer_write(struct answerer *answerer, struct span body, struct text *text)
{
    struct behaviour behaviour = conduct_now(&answerer->conduct);
    struct inquiry   inquiry;

    if (!read_inquiry(body, &inquiry))
        return false;
    if (behaviour.rude == RUDE_OTHER_INQUIRY)
        inquiry.id = span_of("00000000-0000-4000-8000-000000000000");
    text_add_string(text, "{\"inquiry_id\":");
    out_quoted(text, inquiry.id);
    text_add_string(text, ",\"results\":[");
    if (!add_results(answerer, inquiry.persons, text, &behaviour))
        return false;
    text_add_string(text, behaviour.rude == RUDE_BROKEN_JSON ? "]" : "]}");
    return !text->is_full;
}
