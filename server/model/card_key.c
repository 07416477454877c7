#include "model/card_key.h"

#include "model/digits.h"
#include "model/normal.h"
#include "model/normal_table.h"
#include "model/utf8.h"

enum { BRANCH_DIGITS = CARD_BRANCH_SIZE - 1 };

static enum fault
blamed(enum fault fault, const char *field, struct blame *reterr_blame)
{
    if (fault != FAULT_NONE)
        reterr_blame->field = field;
    return fault;
}

/* Characters from the first that is not blank to the last one that is not. */
static size_t
count_typed(struct span raw)
{
    size_t position = 0;
    size_t first = SIZE_MAX;
    size_t last = 0;

    for (size_t at = 0; at < raw.length; position++) {
        if (code_is_blank(utf8_next(raw, &at)))
            continue;
        if (first == SIZE_MAX)
            first = position;
        last = position;
    }
    return first == SIZE_MAX ? 0 : last - first + 1;
}

static enum fault
part_make(struct span raw, size_t chars_max, struct arena *arena, struct span *ret_key,
          struct blame *reterr_blame)
{
    if (count_typed(raw) > chars_max) {
        reterr_blame->reason = "more than 20 characters";
        return FAULT_FIELD_TOO_LONG;
    }
    return normal_key(raw, arena, ret_key, reterr_blame);
}

static struct span
loosened(struct span key)
{
    size_t zeros = 0;

    while (zeros + 1 < key.length && key.bytes[zeros] == '0')
        zeros++;
    return span_make(key.bytes + zeros, key.length - zeros);
}

enum fault
branch_parse(struct span raw, char ret_branch[CARD_BRANCH_SIZE], struct blame *reterr_blame)
{
    char digits[DIGITS_BYTES_MAX];
    int  count = digits_fold(raw, DIGITS_WHOLE, digits);

    if (count < 0 || count > BRANCH_DIGITS) {
        reterr_blame->reason = "not one or two digits";
        return FAULT_FIELD_MALFORMED;
    }
    memset(ret_branch, 0, CARD_BRANCH_SIZE);
    if (count > 0)
        memset(ret_branch, '0', BRANCH_DIGITS);
    memcpy(ret_branch + BRANCH_DIGITS - count, digits, (size_t)count);
    return FAULT_NONE;
}

static enum fault
join(const struct insurer_number *insurer, struct arena *arena, struct card_key *key,
     struct blame *reterr_blame)
{
    struct span number = insurer_number_span(insurer);
    size_t size_bytes = number.length + key->symbol_loose.length + key->number_loose.length + 3;
    char  *place = arena_take(arena, size_bytes);

    if (place == NULL) {
        reterr_blame->reason = "longer than there is room for";
        return FAULT_REQUEST_TOO_LARGE;
    }
    struct text text = text_in(place, size_bytes);
    text_add(&text, number);
    text_add_byte(&text, ':');
    text_add(&text, key->symbol_loose);
    text_add_byte(&text, ':');
    text_add(&text, key->number_loose);
    key->text = text_span(&text);
    key->rest = span_make(place + number.length + 1, text.length - number.length - 1);
    return FAULT_NONE;
}

enum fault
card_key_make(const struct insurer_number *insurer, struct span symbol, struct span number,
              struct span branch, struct arena *arena, struct card_key *ret_key,
              struct blame *reterr_blame)
{
    struct card_key key = { 0 };
    enum fault      fault;

    fault = part_make(symbol, CARD_SYMBOL_CHARS_MAX, arena, &key.symbol_key, reterr_blame);
    if (fault != FAULT_NONE)
        return blamed(fault, "symbol", reterr_blame);
    fault = part_make(number, CARD_NUMBER_CHARS_MAX, arena, &key.number_key, reterr_blame);
    if (fault != FAULT_NONE)
        return blamed(fault, "number", reterr_blame);
    if (span_is_empty(key.number_key)) {
        reterr_blame->reason = "empty";
        return blamed(FAULT_FIELD_MISSING, "number", reterr_blame);
    }
    fault = branch_parse(branch, key.branch, reterr_blame);
    if (fault != FAULT_NONE)
        return blamed(fault, "branch_number", reterr_blame);
    key.has_branch = key.branch[0] != '\0';
    key.symbol_loose = loosened(key.symbol_key);
    key.number_loose = loosened(key.number_key);
    fault = join(insurer, arena, &key, reterr_blame);
    if (fault != FAULT_NONE)
        return blamed(fault, NULL, reterr_blame);
    *ret_key = key;
    return FAULT_NONE;
}
