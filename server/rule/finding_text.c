#include "rule/rules.h"

#include <assert.h>

void
rule_id_text(enum rule_id id, char ret_text[RULE_ID_SIZE])
{
    struct text text = text_in(ret_text, RULE_ID_SIZE);

    assert(id > RULE_NONE && id < RULE_COUNT);
    text_add_format(&text, "VR-%02d", (int)id);
}

void
finding_write_field(struct text *text, const struct finding *finding)
{
    if (finding->field == COLUMN_NONE)
        return;
    text_add_string(text, column_info((enum column_id)finding->field)->name);
    if (finding->place != 0)
        text_add_format(text, ".%d", finding->place);
}

void
finding_write(struct text *text, const struct finding *finding)
{
    char id[RULE_ID_SIZE];

    rule_id_text((enum rule_id)finding->rule, id);
    text_add_format(text, "%s ", id);
    if (finding->field == COLUMN_NONE)
        text_add_byte(text, '-');
    finding_write_field(text, finding);
}

/* "checkup_items.3": the number goes off the end. */
static bool
take_place(struct span *text, uint8_t *ret_place)
{
    const char *point = text->length == 0 ? NULL : memchr(text->bytes, '.', text->length);
    unsigned    place = 0;

    *ret_place = 0;
    if (point == NULL)
        return true;
    struct span digits = span_make(point + 1, text->length - (size_t)(point + 1 - text->bytes));
    if (!span_is_digits(digits) || digits.length > 3)
        return false;
    for (size_t i = 0; i < digits.length; i++)
        place = place * 10 + (unsigned)(digits.bytes[i] - '0');
    text->length = (size_t)(point - text->bytes);
    *ret_place = (uint8_t)place;
    return place > 0 && place <= UINT8_MAX;
}

bool
finding_read(struct span text, struct finding *ret_finding)
{
    enum column_id field = COLUMN_NONE;
    unsigned       rule;
    uint8_t        place;

    if (text.length <= RULE_ID_SIZE || memcmp(text.bytes, "VR-", 3) != 0
        || !span_is_digits(span_make(text.bytes + 3, 2)) || text.bytes[RULE_ID_SIZE - 1] != ' ')
        return false;
    rule = (unsigned)(text.bytes[3] - '0') * 10 + (unsigned)(text.bytes[4] - '0');
    text = span_make(text.bytes + RULE_ID_SIZE, text.length - RULE_ID_SIZE);
    if (!take_place(&text, &place)
        || (!span_is(text, "-") && (field = column_of_name(text)) == COLUMN_NONE))
        return false;
    if (rule == RULE_NONE || rule >= RULE_COUNT)
        return false;
    *ret_finding =
        (struct finding){ .rule = (uint8_t)rule, .field = (uint8_t)field, .place = place };
    return true;
}
