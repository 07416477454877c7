/*
 * hold_answer, hold_answers: an insurer answers its doubts, one or up to 1,000 of them.
 *
 * Request   answer (correct, confirm, withdraw); of a confirmation reason (a word of
 *           confirm_reason); of a correction what is right: name, name_kana, name_other,
 *           name_other_kana, sex1, birth_date, address, post_number, at least one. One doubt by the
 *           number in the path; several as answers: a list, each with its hold_number
 * Reply     one: hold_number, outcome (corrected, confirmed, withdrawn)
 *           a list: item_count, answered, refused, results[], each with item_no and either the
 *           members above or error, the problem document of that item
 * Faults    FAULT_NOT_FOUND, FAULT_ALREADY_SETTLED, FAULT_ANSWER_UNFIT, FAULT_COVERAGE_OVERLAPS,
 *           FAULT_FIELD_*, FAULT_HEADER_MISSING (X-User-Id), FAULT_ITEMS_TOO_MANY,
 *           FAULT_REQUEST_ID_REUSED
 * Source    domain facts, part 8.1: corrected data are asked about again; confirmed ones are shown;
 *           what is withdrawn never existed.
 */
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"

#include "base/text.h"
#include "model/codes.h"
#include "model/normal.h"
#include "query/stmt.h"
#include "wire/field.h"
#include "wire/out.h"

#include <stddef.h>

enum {
    TEXT_BYTES_MAX = 600,
    NAME_CHARS_MAX = 100,
    ADDRESS_CHARS_MAX = 200,
    POST_NUMBER_LENGTH = 7,
    WORD_BYTES_MAX = 40,
    NUMBER_BYTES_MAX = 18,
    ENTRY_BYTES = 128,
    STORED_BYTES = 512,
    HEAD_BYTES = 128
};

enum answer_word { ANSWER_CORRECT = 1, ANSWER_CONFIRM = 2, ANSWER_WITHDRAW = 3 };

/* What hold_answer says; see schema/functions.md. */
enum answer_outcome {
    OUTCOME_DONE = 1,
    OUTCOME_NONE = 2,
    OUTCOME_SETTLED = 3,
    OUTCOME_ID_USED = 4,
    OUTCOME_NO_REASON = 5,
    OUTCOME_UNFIT = 6,
    OUTCOME_OVERLAP = 7
};

static const char *const answer_words[] = { "correct", "confirm", "withdraw", NULL };
static const char *const sex_words[] = { "1", "2", "3", NULL };
static const char *const outcome_words[] = { "corrected", "confirmed", "withdrawn", NULL };

struct person_correction {
    struct span name;
    struct span name_kana;
    struct span name_other;
    struct span name_other_kana;
    int16_t     sex1;
    day_t       birth_date;
    struct span address;
    struct span post_number;
    struct span name_key;
    struct span name_kana_key;
};

struct answer_item {
    struct enrolment_item           item; /* first, since it is read as one */
    struct span                     hold_number_text;
    int64_t                         hold_number;
    int16_t                         answer;
    struct span                     reason_word;
    int16_t                         reason;
    struct person_correction        person;
    const struct person_correction *correct; /* NULL unless it is a correction */
};

struct answer_entry {
    int32_t     item_no; /* -1: it came by itself */
    char        number_place[NUMBER_TEXT_SIZE];
    struct span hold_number;
    const char *outcome;
    struct span error;
};

struct answer_reply {
    int32_t         item_count;
    int32_t         answered;
    int32_t         refused;
    struct out_list results;
};

#define ITEM(field)    offsetof(struct answer_item, field)
#define CORRECT(field) offsetof(struct person_correction, field)
#define ENTRY(field)   offsetof(struct answer_entry, field)
#define REPLY(field)   offsetof(struct answer_reply, field)

/* clang-format off */
/* An answer by its path takes all but the last, one of a list all. */
static const struct field answer_fields[] = {
    { "answer",          FIELD_WORD, ITEM(answer),                 0,                true,  answer_words },
    { "reason",          FIELD_TEXT, ITEM(reason_word),            WORD_BYTES_MAX,   false, NULL },
    { "name",            FIELD_TEXT, ITEM(person.name),            TEXT_BYTES_MAX,   false, NULL },
    { "name_kana",       FIELD_TEXT, ITEM(person.name_kana),       TEXT_BYTES_MAX,   false, NULL },
    { "name_other",      FIELD_TEXT, ITEM(person.name_other),      TEXT_BYTES_MAX,   false, NULL },
    { "name_other_kana", FIELD_TEXT, ITEM(person.name_other_kana), TEXT_BYTES_MAX,   false, NULL },
    { "sex1",            FIELD_WORD, ITEM(person.sex1),            0,                false, sex_words },
    { "birth_date",      FIELD_DAY,  ITEM(person.birth_date),      0,                false, NULL },
    { "address",         FIELD_TEXT, ITEM(person.address),         TEXT_BYTES_MAX,   false, NULL },
    { "post_number",     FIELD_TEXT, ITEM(person.post_number),     TEXT_BYTES_MAX,   false, NULL },
    { "hold_number",     FIELD_TEXT, ITEM(hold_number_text),       NUMBER_BYTES_MAX, true,  NULL },
};
enum { LIST_FIELDS = ARRAY_LEN(answer_fields), PATH_FIELDS = LIST_FIELDS - 1 };

/* As the database's functions name them. */
static const struct out_row stored_person_rows[] = {
    { "name",            NULL, OUT_TEXT, CORRECT(name),            NULL },
    { "name_kana",       NULL, OUT_TEXT, CORRECT(name_kana),       NULL },
    { "name_other",      NULL, OUT_TEXT, CORRECT(name_other),      NULL },
    { "name_other_kana", NULL, OUT_TEXT, CORRECT(name_other_kana), NULL },
    { "sex1",            NULL, OUT_CODE, CORRECT(sex1),            NULL },
    { "birth_date",      NULL, OUT_DAY,  CORRECT(birth_date),      NULL },
    { "address",         NULL, OUT_TEXT, CORRECT(address),         NULL },
    { "post_number",     NULL, OUT_TEXT, CORRECT(post_number),     NULL },
    { "name_key",        NULL, OUT_TEXT, CORRECT(name_key),        NULL },
    { "name_kana_key",   NULL, OUT_TEXT, CORRECT(name_kana_key),   NULL },
    { 0 },
};

static const struct out_row stored_rows[] = {
    { "item_no", NULL, OUT_WHOLE,  ITEM(item.item_no), NULL },
    { "hold_id", NULL, OUT_LONG,   ITEM(hold_number),  NULL },
    { "answer",  NULL, OUT_CODE,   ITEM(answer),       NULL },
    { "reason",  NULL, OUT_CODE,   ITEM(reason),       NULL },
    { "correct", NULL, OUT_OBJECT, ITEM(correct),      stored_person_rows },
    { 0 },
};

static const struct out_row entry_rows[] = {
    { "item_no",     NULL, OUT_WHOLE,  ENTRY(item_no),     NULL },
    { "hold_number", NULL, OUT_TEXT,   ENTRY(hold_number), NULL },
    { "outcome",     NULL, OUT_STRING, ENTRY(outcome),     NULL },
    { "error",       NULL, OUT_RAW,    ENTRY(error),       NULL },
    { 0 },
};

static const struct out_row reply_rows[] = {
    { "item_count", NULL, OUT_WHOLE, REPLY(item_count), NULL },
    { "answered",   NULL, OUT_WHOLE, REPLY(answered),   NULL },
    { "refused",    NULL, OUT_WHOLE, REPLY(refused),    NULL },
    { "results",    NULL, OUT_LIST,  REPLY(results),    entry_rows },
    { 0 },
};
/* clang-format on */

static void
make_keys(struct request *r, struct answer_item *answer)
{
    struct person_correction *person = &answer->person;
    struct blame              blame = { 0 };

    if (person->name.length > 0
        && normal_name(person->name, &r->arena, &person->name_key, &blame) != FAULT_NONE)
        enrolment_blame(&answer->item, FAULT_FIELD_MALFORMED, "name", blame.reason);
    if (person->name_kana.length > 0
        && normal_kana(person->name_kana, KANA_NORMALISED, &r->arena, &person->name_kana_key,
                       &blame)
               != FAULT_NONE)
        enrolment_blame(&answer->item, FAULT_FIELD_MALFORMED, "name_kana", blame.reason);
}

static void
check_person(struct request *r, struct answer_item *answer)
{
    struct person_correction *person = &answer->person;
    struct enrolment_item    *item = &answer->item;

    enrolment_check_text(item, person->name, NAME_CHARS_MAX, "name");
    enrolment_check_text(item, person->name_kana, NAME_CHARS_MAX, "name_kana");
    enrolment_check_text(item, person->name_other, NAME_CHARS_MAX, "name_other");
    enrolment_check_text(item, person->name_other_kana, NAME_CHARS_MAX, "name_other_kana");
    enrolment_check_text(item, person->address, ADDRESS_CHARS_MAX, "address");
    if (person->post_number.bytes != NULL
        && (person->post_number.length != POST_NUMBER_LENGTH
            || !span_is_digits(person->post_number)))
        enrolment_blame(item, FAULT_FIELD_MALFORMED, "post_number", "not 7 digits");
    if (person->birth_date != DAY_UNKNOWN && person->birth_date > r->today)
        enrolment_blame(item, FAULT_FIELD_MALFORMED, "birth_date", "lies in the future");
    make_keys(r, answer);
}

static bool
has_correction(const struct person_correction *person)
{
    return person->name.bytes != NULL || person->name_kana.bytes != NULL
           || person->name_other.bytes != NULL || person->name_other_kana.bytes != NULL
           || person->address.bytes != NULL || person->post_number.bytes != NULL
           || person->sex1 != 0 || person->birth_date != DAY_UNKNOWN;
}

static void
check_answer(struct request *r, struct answer_item *answer)
{
    struct enrolment_item *item = &answer->item;
    bool                   is_correction = has_correction(&answer->person);

    if (answer->reason_word.bytes != NULL)
        answer->reason = (int16_t)code_number_of_name(CODE_CONFIRM_REASON, answer->reason_word);
    if (answer->answer == ANSWER_CONFIRM && answer->reason_word.bytes == NULL)
        enrolment_blame(item, FAULT_FIELD_MISSING, "reason", "a confirmation needs one");
    else if (answer->answer == ANSWER_CONFIRM && answer->reason == 0)
        enrolment_blame(item, FAULT_FIELD_MALFORMED, "reason",
                        "not one of the words of this field");
    if (answer->answer != ANSWER_CONFIRM && answer->reason_word.bytes != NULL)
        enrolment_blame(item, FAULT_FIELD_MALFORMED, "reason", "only a confirmation has one");
    if (answer->answer == ANSWER_CORRECT && !is_correction)
        enrolment_blame(item, FAULT_FIELD_MISSING, "name_kana", "nothing is corrected");
    if (answer->answer != ANSWER_CORRECT && is_correction)
        enrolment_blame(item, FAULT_FIELD_MALFORMED, "answer", "only a correction changes data");
    if (answer->answer == ANSWER_CORRECT)
        answer->correct = &answer->person;
    check_person(r, answer);
}

static void
decode_answer(struct request *r, struct span body, struct answer_item *answer, size_t field_count)
{
    bool is_sound =
        fields_decode(body, answer_fields, field_count, &r->arena, answer, enrolment_blame, answer);

    check_answer(r, answer);
    if (!is_sound && answer->item.fault == FAULT_NONE)
        answer->item.fault = FAULT_INTERNAL;
}

static void
decode_listed(struct request *r, struct span body, struct enrolment_item *item)
{
    struct answer_item *answer = (struct answer_item *)item;

    decode_answer(r, body, answer, LIST_FIELDS);
    if (answer->hold_number_text.bytes != NULL
        && !enrolment_parse_number(answer->hold_number_text, &answer->hold_number))
        enrolment_blame(item, FAULT_FIELD_MALFORMED, "hold_number", "not a whole number");
}

static void
decode_single(struct request *r, struct span body, struct enrolment_item *item)
{
    decode_answer(r, body, (struct answer_item *)item, PATH_FIELDS);
}

static enum fault
start(struct request *r, struct enrolment_list **ret_list)
{
    *ret_list = arena_take(&r->arena, sizeof **ret_list);
    if (*ret_list == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = *ret_list;
    r->flies_alone = true;
    r->record.way = WAY_ENROLMENT;
    enrolment_need_user(r);
    return FAULT_NONE;
}

static enum fault
decode_many(struct request *r)
{
    struct enrolment_list *answers;
    enum fault             fault = start(r, &answers);

    if (fault == FAULT_NONE)
        fault = enrolment_decode(r, "answers", sizeof(struct answer_item), decode_listed, answers);
    if (fault != FAULT_NONE)
        return fault;
    if (r->fault == FAULT_NONE && !answers->is_list)
        request_blame(r, FAULT_FIELD_MISSING, "answers", NULL);
    return r->fault;
}

static enum fault
decode_one(struct request *r)
{
    struct enrolment_list *answers;
    enum fault             fault = start(r, &answers);
    int64_t                number;

    if (fault == FAULT_NONE)
        fault = enrolment_number_of_path(r, &number);
    if (fault == FAULT_NONE)
        fault = enrolment_decode(r, NULL, sizeof(struct answer_item), decode_single, answers);
    if (fault != FAULT_NONE)
        return fault;
    ((struct answer_item *)enrolment_item_at(answers, 0))->hold_number = number;
    return r->fault;
}

static size_t
stored_room(const struct answer_item *answer)
{
    const struct person_correction *person = &answer->person;

    /* Only quotes and backslashes grow: control characters have been refused. */
    return STORED_BYTES
           + 2
                 * (person->name.length + person->name_kana.length + person->name_other.length
                    + person->name_other_kana.length + person->address.length
                    + person->name_key.length + person->name_kana_key.length);
}

/* The sound ones, as one JSON array; empty when the arena is full. */
static struct span
write_sound(struct request *r, const struct enrolment_list *answers)
{
    size_t room = 3;

    for (int32_t i = 0; i < answers->count; i++)
        room += stored_room((const struct answer_item *)enrolment_item_at(answers, i));
    char *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return (struct span){ 0 };
    struct text text = text_in(place, room);
    for (int32_t i = 0; i < answers->count; i++) {
        const struct enrolment_item *item = enrolment_item_at(answers, i);
        if (item->fault != FAULT_NONE)
            continue;
        text_add_byte(&text, text.length == 0 ? '[' : ',');
        out_object(&text, stored_rows, item);
    }
    text_add_string(&text, text.length == 0 ? "[]" : "]");
    return span_make(text.is_full ? NULL : text.bytes, text.is_full ? 0 : text.length);
}

static void
ask(struct request *r)
{
    r->answer = NULL;
    enrolment_ask_change(r, STMT_HOLD_ANSWER);
    ask_number(&r->ask, r->today);
    ask_bytes(&r->ask, write_sound(r, r->question));
}

/* Columns: 0 item_no, 1 outcome, 2 hold_id. */
static enum fault
read_item(const struct enrolment_list *answers, const struct rows *rows, int row)
{
    static const enum fault faults[] = {
        [OUTCOME_DONE] = FAULT_NONE,
        [OUTCOME_NONE] = FAULT_NOT_FOUND,
        [OUTCOME_SETTLED] = FAULT_ALREADY_SETTLED,
        [OUTCOME_ID_USED] = FAULT_REQUEST_ID_REUSED,
        [OUTCOME_NO_REASON] = FAULT_FIELD_MALFORMED,
        [OUTCOME_UNFIT] = FAULT_ANSWER_UNFIT,
        [OUTCOME_OVERLAP] = FAULT_COVERAGE_OVERLAPS,
    };
    int64_t                outcome = rows_number(rows, row, 1);
    struct enrolment_item *item = enrolment_item_of(answers, rows_number(rows, row, 0));

    if (outcome == OUTCOME_ID_USED)
        return FAULT_REQUEST_ID_REUSED;
    if (item == NULL || outcome < OUTCOME_DONE || outcome > OUTCOME_OVERLAP)
        return FAULT_INTERNAL;
    if (faults[outcome] != FAULT_NONE)
        enrolment_blame(item, faults[outcome], outcome == OUTCOME_NO_REASON ? "reason" : NULL,
                        NULL);
    return FAULT_NONE;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    const struct enrolment_list *answers = r->question;

    r->answer = r->question;
    for (int i = 0; i < count; i++) {
        enum fault fault = read_item(answers, rows, first + i);
        if (fault != FAULT_NONE)
            return fault;
    }
    const struct enrolment_item *item = enrolment_item_at(answers, 0);
    if (!answers->is_list && item->fault != FAULT_NONE)
        request_blame(r, item->fault, item->blames[0].field, item->blames[0].reason);
    return FAULT_NONE;
}

static enum fault
make_entry(struct request *r, const struct answer_item *answer, bool is_listed,
           struct answer_entry *entry)
{
    *entry = (struct answer_entry){ .item_no = is_listed ? answer->item.item_no : -1 };
    if (answer->item.fault != FAULT_NONE) {
        entry->error = enrolment_problem(r, &answer->item);
        return entry->error.bytes == NULL ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
    }
    entry->hold_number = enrolment_number_text(answer->hold_number, entry->number_place);
    entry->outcome = enrolment_word(outcome_words, answer->answer);
    return FAULT_NONE;
}

static enum fault
write_reply(struct request *r, const struct out_row *rows, const void *from, size_t room)
{
    char *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, rows, from);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

static enum fault
encode_one(struct request *r)
{
    struct answer_entry entry;
    enum fault          fault =
        make_entry(r, (const struct answer_item *)enrolment_item_at(r->answer, 0), false, &entry);

    return fault != FAULT_NONE ? fault : write_reply(r, entry_rows, &entry, ENTRY_BYTES);
}

static enum fault
encode_many(struct request *r)
{
    const struct enrolment_list *answers = r->answer;
    size_t                       count = (size_t)answers->count;
    struct answer_entry         *entries = arena_take_raw(&r->arena, count * sizeof *entries);
    struct answer_reply          reply = { .item_count = answers->count };
    size_t                       room = HEAD_BYTES + count * ENTRY_BYTES;

    if (entries == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    reply.results = (struct out_list){
        .items = entries, .count = count, .stride = sizeof *entries, .has = true
    };
    for (int32_t i = 0; i < answers->count; i++) {
        const struct enrolment_item *item = enrolment_item_at(answers, i);
        enum fault fault = make_entry(r, (const struct answer_item *)item, true, &entries[i]);
        if (fault != FAULT_NONE)
            return fault;
        room += entries[i].error.length;
        reply.answered += item->fault == FAULT_NONE;
        reply.refused += item->fault != FAULT_NONE;
    }
    return write_reply(r, reply_rows, &reply, room);
}

/* Replays are asked anew: the database has kept what came of them. */
const struct endpoint endpoint_hold_answer = {
    .decode = decode_one,
    .ask = ask,
    .read = read,
    .encode = encode_one,
};

const struct endpoint endpoint_hold_answers = {
    .decode = decode_many,
    .ask = ask,
    .read = read,
    .encode = encode_many,
};
