#include "rule/said.h"

static const uint64_t left_out = UINT64_C(1) << COLUMN_ROW_KEY
                                 | UINT64_C(1) << COLUMN_INSURER_NUMBER
                                 | UINT64_C(1) << COLUMN_PERSONAL_NUMBER;

static void
add_value(struct text *text, enum column_id id, struct span value)
{
    text_add_number(text, (int)id);
    text_add_byte(text, ':');
    text_add_number(text, (int64_t)value.length);
    text_add_byte(text, ':');
    text_add(text, value);
}

static void
add_number(struct text *text, enum column_id id, int64_t number)
{
    text_add_number(text, (int)id);
    text_add_byte(text, '=');
    text_add_number(text, number);
    text_add_byte(text, ';');
}

void
said_add(struct text *text, const struct enrolment_row *row)
{
    uint64_t taken = row->given & ~row->broken & ~left_out;

    for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
        const struct column *column = column_info(id);
        const void          *member = (const char *)row + column->offset;
        if ((taken >> id & 1) == 0)
            continue;
        switch (column->type) {
        case COLUMN_TEXT:
            add_value(text, id, *(const struct span *)member);
            break;
        case COLUMN_CODE_TEXT:
            add_value(text, id, span_of(((const struct row_code *)member)->text));
            break;
        case COLUMN_CODE:
            add_number(text, id, *(const int16_t *)member);
            break;
        case COLUMN_DAY:
        case COLUMN_WHOLE:
            add_number(text, id, *(const int32_t *)member);
            break;
        case COLUMN_PERSONAL_NUMBER_TYPE:
            break;
        }
    }
}
