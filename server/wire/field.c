#include "wire/field.h"

#include "base/clock.h"
#include "model/day.h"

#include <jansson.h>

struct decoding {
    const struct field *fields;
    size_t              field_count;
    struct arena       *arena;
    char               *into;
    field_blame        *blame;
    void               *owner;
    bool                is_sound;
};

static void
json_drop(json_t **json)
{
    json_decref(*json);
}

static void
blame(struct decoding *decoding, enum fault fault, const char *field, const char *reason)
{
    decoding->is_sound = false;
    decoding->blame(decoding->owner, fault, field, reason);
}

static struct span
text_of(const json_t *value)
{
    return span_make(json_string_value(value), json_string_length(value));
}

static void
take_text(struct decoding *decoding, const struct field *field, const json_t *value)
{
    if (!json_is_string(value)) {
        blame(decoding, FAULT_FIELD_MALFORMED, field->name, "not a string");
        return;
    }
    struct span text = text_of(value);
    if (text.length > field->limit) {
        blame(decoding, FAULT_FIELD_TOO_LONG, field->name, "longer than its limit");
        return;
    }
    struct span copy = arena_copy(decoding->arena, text);
    if (copy.bytes == NULL) {
        blame(decoding, FAULT_REQUEST_TOO_LARGE, field->name, NULL);
        return;
    }
    *(struct span *)(void *)(decoding->into + field->offset) = copy;
}

static void
take_day(struct decoding *decoding, const struct field *field, const json_t *value)
{
    struct blame why = { 0 };
    day_t        day;

    if (!json_is_string(value)) {
        blame(decoding, FAULT_FIELD_MALFORMED, field->name, "not a string");
        return;
    }
    enum fault fault = day_parse(text_of(value), &day, &why);
    if (fault != FAULT_NONE) {
        blame(decoding, fault, field->name, why.reason);
        return;
    }
    *(day_t *)(void *)(decoding->into + field->offset) = day;
}

static void
take_flag(struct decoding *decoding, const struct field *field, const json_t *value)
{
    bool is_one = json_is_string(value) && span_is(text_of(value), "1");
    bool is_zero = json_is_string(value) && span_is(text_of(value), "0");

    if (!json_is_boolean(value) && !is_one && !is_zero) {
        blame(decoding, FAULT_FIELD_MALFORMED, field->name, "not true or false");
        return;
    }
    *(bool *)(decoding->into + field->offset) = is_one || json_is_true(value);
}

/* From 0; -1 when it is none of them. */
static int16_t
word_at(const struct field *field, const json_t *value)
{
    for (int16_t i = 0; json_is_string(value) && field->words[i] != NULL; i++)
        if (span_is(text_of(value), field->words[i]))
            return i;
    return -1;
}

static void
take_word(struct decoding *decoding, const struct field *field, const json_t *value)
{
    int16_t at = word_at(field, value);

    if (at < 0)
        blame(decoding, FAULT_FIELD_MALFORMED, field->name, "not one of the words of this field");
    else
        *(int16_t *)(void *)(decoding->into + field->offset) = (int16_t)(at + 1);
}

static void
take_words(struct decoding *decoding, const struct field *field, const json_t *value)
{
    uint64_t words = 0;
    bool     is_sound = json_is_array(value) && json_array_size(value) > 0;

    for (size_t i = 0; is_sound && i < json_array_size(value); i++) {
        int16_t at = word_at(field, json_array_get(value, i));
        is_sound = at >= 0 && (words >> at & 1) == 0;
        if (is_sound)
            words |= UINT64_C(1) << at;
    }
    if (!is_sound)
        blame(decoding, FAULT_FIELD_MALFORMED, field->name,
              "not a list of words of this field, each once");
    else
        *(int64_t *)(void *)(decoding->into + field->offset) = (int64_t)words;
}

static void
take_whole(struct decoding *decoding, const struct field *field, const json_t *value)
{
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || number < 0 || (uint64_t)number > field->limit) {
        blame(decoding, FAULT_FIELD_MALFORMED, field->name, "not a whole number within its limit");
        return;
    }
    *(int64_t *)(void *)(decoding->into + field->offset) = number;
}

static void
take_field(struct decoding *decoding, const struct field *field, const json_t *value)
{
    static void (*const take[])(struct decoding *, const struct field *, const json_t *) = {
        [FIELD_TEXT] = take_text, [FIELD_DAY] = take_day,     [FIELD_FLAG] = take_flag,
        [FIELD_WORD] = take_word, [FIELD_WHOLE] = take_whole, [FIELD_WORDS] = take_words,
    };
    if (value == NULL || json_is_null(value)) {
        if (field->is_required)
            blame(decoding, FAULT_FIELD_MISSING, field->name, NULL);
        return;
    }
    take[field->kind](decoding, field, value);
}

static void
blame_unknown_names(struct decoding *decoding, const json_t *root)
{
    size_t known = 0;
    for (size_t i = 0; i < decoding->field_count; i++)
        known += json_object_get(root, decoding->fields[i].name) != NULL;
    /* The name itself came from the peer and could be anything, so it is not repeated. */
    if (json_object_size(root) > known)
        blame(decoding, FAULT_FIELD_UNKNOWN, NULL,
              "the body has a field that this path does not take");
}

bool
fields_decode(struct span body, const struct field *fields, size_t field_count, struct arena *arena,
              void *into, field_blame *blame_to, void *owner)
{
    struct decoding decoding = { .fields = fields,
                                 .field_count = field_count,
                                 .arena = arena,
                                 .into = into,
                                 .blame = blame_to,
                                 .owner = owner,
                                 .is_sound = true };
    CLEANUP(json_drop)
    json_t *root = json_loadb(body.bytes, body.length, JSON_REJECT_DUPLICATES, NULL);

    for (size_t i = 0; i < field_count; i++)
        if (fields[i].kind == FIELD_DAY)
            *(day_t *)(void *)(decoding.into + fields[i].offset) = DAY_UNKNOWN;
    if (!json_is_object(root)) {
        blame(&decoding, FAULT_JSON_MALFORMED, NULL, NULL);
        return false;
    }
    for (size_t i = 0; i < field_count; i++)
        take_field(&decoding, &fields[i], json_object_get(root, fields[i].name));
    blame_unknown_names(&decoding, root);
    return decoding.is_sound;
}
