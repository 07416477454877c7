#include "endpoint/enrolment.h"

#include "base/text.h"
#include "crypto/pseudonym.h"
#include "endpoint/endpoints.h"
#include "endpoint/problem.h"
#include "model/card_key.h"
#include "model/check_digit.h"
#include "model/day.h"
#include "model/utf8.h"
#include "query/stmt.h"
#include "wire/slice.h"

#include <assert.h>

enum { DIGITS_MAX = 18, ITEM_NO_MASK = 0x7fffffff };

void
enrolment_blame(void *item_of, enum fault fault, const char *field, const char *reason)
{
    struct enrolment_item *item = item_of;

    if (item->fault == FAULT_NONE)
        item->fault = fault;
    if (item->blame_count < BLAMES_MAX)
        item->blames[item->blame_count++] =
            (struct told_blame){ .fault = fault, .field = field, .reason = reason };
}

/* The list of that name, when the body is an object that has one; nothing else may be beside it. */
static bool
find_list(struct request *r, const char *list_name, struct span *ret_list)
{
    struct slice slice;
    struct span  name, value;
    bool         has_list = false;
    bool         has_more = false;

    if (list_name == NULL)
        return false;
    slice_start(&slice, span_make(r->body, r->body_length));
    if (!slice_enter(&slice, '{'))
        return false;
    while (slice_next(&slice, &name, &value)) {
        has_more = has_more || has_list || !span_is(name, list_name);
        if (span_is(name, list_name)) {
            has_list = true;
            *ret_list = value;
        }
    }
    if (!slice_end(&slice) || !has_list)
        return false;
    if (has_more)
        request_blame(r, FAULT_FIELD_UNKNOWN, NULL, "the list comes alone");
    return true;
}

static enum fault
count_items(struct span list, int32_t *ret_count)
{
    struct slice slice;
    struct span  item;

    *ret_count = 0;
    slice_start(&slice, list);
    if (!slice_enter(&slice, '['))
        return FAULT_FIELD_MALFORMED;
    while (slice_next(&slice, NULL, &item)) {
        if (*ret_count == ENROLMENT_ITEMS_MAX)
            return FAULT_ITEMS_TOO_MANY;
        ++*ret_count;
    }
    return slice_end(&slice) && *ret_count > 0 ? FAULT_NONE : FAULT_FIELD_MALFORMED;
}

static void
decode_items(struct request *r, struct span list, enrolment_decode_item *decode_item,
             const struct enrolment_list *items)
{
    struct slice slice;
    struct span  body;

    slice_start(&slice, list);
    bool is_open = slice_enter(&slice, '[');
    for (int32_t at = 0; is_open && at < items->count && slice_next(&slice, NULL, &body); at++) {
        struct enrolment_item *item = enrolment_item_at(items, at);
        item->item_no = at + 1;
        decode_item(r, body, item);
    }
}

enum fault
enrolment_decode(struct request *r, const char *list_name, size_t stride,
                 enrolment_decode_item *decode_item, struct enrolment_list *ret_list)
{
    struct span body = span_make(r->body, r->body_length);
    struct span list = body;

    *ret_list = (struct enrolment_list){ .stride = stride, .count = 1 };
    ret_list->is_list = find_list(r, list_name, &list);
    if (ret_list->is_list) {
        enum fault fault = count_items(list, &ret_list->count);
        if (fault != FAULT_NONE) {
            request_blame(r, fault, list_name, "not a list, of 1 to 1000");
            return FAULT_NONE;
        }
    }
    ret_list->items = arena_take(&r->arena, (size_t)ret_list->count * stride);
    if (ret_list->items == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (ret_list->is_list) {
        decode_items(r, list, decode_item, ret_list);
        return FAULT_NONE;
    }
    struct enrolment_item *item = enrolment_item_at(ret_list, 0);
    item->item_no = 1;
    decode_item(r, body, item);
    for (size_t i = 0; i < item->blame_count; i++)
        request_blame(r, item->blames[i].fault, item->blames[i].field, item->blames[i].reason);
    return FAULT_NONE;
}

struct enrolment_item *
enrolment_item_of(const struct enrolment_list *list, int64_t item_no)
{
    return item_no >= 1 && item_no <= list->count ? enrolment_item_at(list, (int32_t)item_no - 1)
                                                  : NULL;
}

struct span
enrolment_problem(struct request *r, const struct enrolment_item *item)
{
    if (item->fault == FAULT_NONE)
        return (struct span){ 0 };
    char *place = arena_take(&r->arena, PROBLEM_BYTES_MAX);
    if (place == NULL)
        return (struct span){ 0 };
    struct text text = text_in(place, PROBLEM_BYTES_MAX);
    problem_write_blames(&text, item->fault, item->blames, item->blame_count);
    return text_span(&text);
}

void
enrolment_need_user(struct request *r)
{
    if (span_is_empty(r->heads.user_id))
        request_blame(r, FAULT_HEADER_MISSING, "X-User-Id", "who at the insurer it was");
}

void
enrolment_check_text(struct enrolment_item *item, struct span text, size_t chars_max,
                     const char *field)
{
    if (text.bytes == NULL)
        return;
    if (utf8_count(text) > chars_max)
        enrolment_blame(item, FAULT_FIELD_TOO_LONG, field, "longer than its limit");
    if (span_is_empty(text))
        enrolment_blame(item, FAULT_FIELD_MALFORMED, field, "empty");
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.bytes[i] < 0x20 || text.bytes[i] == 0x7f) {
            enrolment_blame(item, FAULT_FIELD_MALFORMED, field, "a control character");
            return;
        }
}

bool
enrolment_parse_number(struct span text, int64_t *ret_number)
{
    if (!span_is_digits(text) || text.length > DIGITS_MAX)
        return false;
    *ret_number = 0;
    for (size_t i = 0; i < text.length; i++)
        *ret_number = *ret_number * 10 + (text.bytes[i] - '0');
    return true;
}

void
enrolment_take_card(struct request *r, const struct enrolment_card *card, struct span *ret_card_key,
                    struct span *ret_branch)
{
    struct insurer_number insurer;
    struct card_key       key;
    struct blame          blame = { 0 };

    if (card->birth_date == DAY_UNKNOWN)
        request_blame(r, FAULT_FIELD_MISSING, "birth_date", NULL);
    if (card->number.bytes == NULL) {
        request_blame(r, FAULT_FIELD_MISSING, "number", NULL);
        return;
    }
    if (personal_number_is_shaped(card->number)) {
        request_blame(r, FAULT_PERSONAL_NUMBER, "number", NULL);
        return;
    }
    memcpy(insurer.digits, r->actor.insurer_number, sizeof insurer.digits);
    enum fault fault = card_key_make(&insurer, card->symbol, card->number, card->branch_raw,
                                     &r->arena, &key, &blame);
    if (fault != FAULT_NONE) {
        request_blame(r, fault, blame.field, blame.reason);
        return;
    }
    *ret_card_key = key.text;
    *ret_branch = arena_copy(&r->arena, card_key_branch(&key));
}

enum fault
enrolment_number_of_path(const struct request *r, int64_t *ret_number)
{
    return enrolment_parse_number(r->path_rest, ret_number) ? FAULT_NONE : FAULT_NOT_FOUND;
}

struct span
enrolment_number_text(int64_t number, char place[NUMBER_TEXT_SIZE])
{
    struct text text = text_in(place, NUMBER_TEXT_SIZE);
    text_add_number(&text, number);
    return text_span(&text);
}

/* Each of these at most once: bits of what came already. */
enum { CAME_AFTER = 1, CAME_LIMIT = 2, CAME_DAY = 4 };

static bool
is_first(struct span name, const char *wanted, unsigned bit, unsigned *came)
{
    if (wanted == NULL || !span_is(name, wanted) || (*came & bit) != 0)
        return false;
    *came |= bit;
    return true;
}

void
enrolment_take_day_page(struct request *r, const char *name, day_t *ret_day,
                        struct enrolment_page *ret_page)
{
    unsigned     came = 0;
    struct blame blame = { 0 };

    *ret_page = (struct enrolment_page){ .limit = ENROLMENT_PAGE };
    for (size_t i = 0; i < r->argument_count && i < QUERY_ARGUMENTS_MAX; i++) {
        const struct query_argument *argument = &r->arguments[i];
        if (is_first(argument->name, "after", CAME_AFTER, &came)) {
            if (!enrolment_parse_number(argument->value, &ret_page->after))
                request_blame(r, FAULT_QUERY_STRING, "after", "not a whole number");
        } else if (is_first(argument->name, "limit", CAME_LIMIT, &came)) {
            if (!enrolment_parse_number(argument->value, &ret_page->limit) || ret_page->limit == 0
                || ret_page->limit > ENROLMENT_PAGE_MAX)
                request_blame(r, FAULT_QUERY_STRING, "limit", "not a whole number from 1 to 500");
        } else if (is_first(argument->name, name, CAME_DAY, &came)) {
            if (day_parse(argument->value, ret_day, &blame) != FAULT_NONE)
                request_blame(r, FAULT_QUERY_STRING, name, "not a day of the calendar");
        } else {
            request_blame(r, FAULT_QUERY_STRING, NULL,
                          name == NULL ? "takes after and limit, each once"
                                       : "takes a day, after and limit, each once");
        }
    }
}

void
enrolment_take_page(struct request *r, struct enrolment_page *ret_page)
{
    enrolment_take_day_page(r, NULL, NULL, ret_page);
}

void
enrolment_ask_read(struct request *r, int stmt)
{
    ask_start(&r->ask, stmt);
    ask_bytes(&r->ask, span_of(r->actor.insurer_number));
}

void
enrolment_ask_change(struct request *r, int stmt)
{
    enrolment_ask_read(r, stmt);
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_number(&r->ask, r->list->route);
    ask_bytes(&r->ask, span_make((const char *)r->body_digest, sizeof r->body_digest));
    ask_text_or_null(&r->ask, r->heads.user_id);
}

struct span
enrolment_text(struct request *r, const struct rows *rows, int row, int column)
{
    if (rows_is_null(rows, row, column))
        return (struct span){ 0 };
    return arena_copy(&r->arena, rows_bytes(rows, row, column));
}

day_t
enrolment_day(const struct rows *rows, int row, int column)
{
    return rows_is_null(rows, row, column) ? DAY_UNKNOWN : rows_day(rows, row, column);
}

int64_t
enrolment_number(const struct rows *rows, int row, int column)
{
    return rows_is_null(rows, row, column) ? -1 : rows_number(rows, row, column);
}

instant_t
enrolment_instant(const struct rows *rows, int row, int column)
{
    return rows_is_null(rows, row, column) ? 0 : rows_instant(rows, row, column);
}

const char *
enrolment_word_at(const char *const *words, const struct rows *rows, int row, int column)
{
    return rows_is_null(rows, row, column) ? NULL
                                           : enrolment_word(words, rows_number(rows, row, column));
}

bool
enrolment_ask_records(struct request *r, const struct enrolment_shown *shown, size_t count,
                      int32_t items)
{
    size_t         room = count * NUMBER_TEXT_SIZE + 3;
    unsigned char *subjects = arena_take_raw(&r->arena, count * PSEUDONYM_BYTES + 1);
    char          *place = arena_take_raw(&r->arena, room);

    if (subjects == NULL || place == NULL)
        return false;
    struct text numbers = text_in(place, room);
    text_add_byte(&numbers, '{');
    for (size_t i = 0; i < count; i++) {
        pseudonym_make(r->pseudonyms, r->today, shown[i].person_id, subjects + i * PSEUDONYM_BYTES);
        if (i > 0)
            text_add_byte(&numbers, ',');
        text_add_number(&numbers, shown[i].number & ITEM_NO_MASK);
    }
    text_add_byte(&numbers, '}');
    ask_start(&r->ask, STMT_ACCESS_APPEND_EACH);
    ask_number(&r->ask, r->today);
    ask_number(&r->ask, actor_id(&r->actor));
    ask_number(&r->ask, r->actor.certificate_id);
    ask_number(&r->ask, r->actor.holder);
    ask_text_or_null(&r->ask, r->heads.user_id);
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_number(&r->ask, r->list->route);
    ask_number(&r->ask, r->record.way);
    ask_number(&r->ask, items);
    ask_bytes(&r->ask, span_make((const char *)r->body_digest, sizeof r->body_digest));
    ask_bytes(&r->ask, text_span(&numbers));
    ask_bytes(&r->ask, span_make((const char *)subjects, count * PSEUDONYM_BYTES));
    r->asks_again = true;
    return true;
}

const char *
enrolment_word(const char *const *words, int64_t number)
{
    if (number < 1)
        return NULL;
    for (int64_t i = 1; i < number; i++)
        if (words[i - 1] == NULL)
            return NULL;
    return words[number - 1];
}
