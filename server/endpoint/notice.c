#include "endpoint/notice.h"

#include "model/check_digit.h"
#include "wire/field.h"
#include "wire/out.h"

#include <stddef.h>

enum {
    KEY_CHARS_MAX = 64,
    KEY_BYTES_MAX = KEY_CHARS_MAX * 4,
    CARD_BYTES_MAX = 80,
    BRANCH_BYTES_MAX = 16,
    AHEAD_DAYS_MAX = 366,
    NAMES_BYTES = 320 /* of the members, and of values without texts */
};

const char *const notice_change_words[] = { "acquisition", "loss", "change", NULL };
const char *const notice_state_words[] = { "open", "fulfilled", "withdrawn", "overdue", NULL };

#define NOTICE(field) offsetof(struct notice_item, field)

/* clang-format off */
/* A correction takes all but the last, a new notice all. */
static const struct field notice_fields[] = {
    { "change_kind",        FIELD_WORD, NOTICE(change_kind), 0,                true,  notice_change_words },
    { "event_on",           FIELD_DAY,  NOTICE(event_on),    0,                false, NULL },
    { "notice_received_on", FIELD_DAY,  NOTICE(received_on), 0,                true,  NULL },
    { "symbol",             FIELD_TEXT, NOTICE(symbol),      CARD_BYTES_MAX,   false, NULL },
    { "number",             FIELD_TEXT, NOTICE(number),      CARD_BYTES_MAX,   true,  NULL },
    { "branch_number",      FIELD_TEXT, NOTICE(branch_raw),  BRANCH_BYTES_MAX, false, NULL },
    { "birth_date",         FIELD_DAY,  NOTICE(birth_date),  0,                true,  NULL },
    { "notice_key",         FIELD_TEXT, NOTICE(notice_key),  KEY_BYTES_MAX,    false, NULL },
};
enum { NEW_FIELDS = ARRAY_LEN(notice_fields), CORRECTION_FIELDS = NEW_FIELDS - 1 };

/* As the database's functions name them. */
static const struct out_row stored_rows[] = {
    { "item_no",     NULL, OUT_WHOLE, NOTICE(item.item_no), NULL },
    { "notice_key",  NULL, OUT_TEXT,  NOTICE(notice_key),   NULL },
    { "change_kind", NULL, OUT_CODE,  NOTICE(change_kind),  NULL },
    { "event_on",    NULL, OUT_DAY,   NOTICE(event_on),     NULL },
    { "received_on", NULL, OUT_DAY,   NOTICE(received_on),  NULL },
    { "card_key",    NULL, OUT_TEXT,  NOTICE(card_key),     NULL },
    { "symbol",      NULL, OUT_TEXT,  NOTICE(symbol),       NULL },
    { "number",      NULL, OUT_TEXT,  NOTICE(number),       NULL },
    { "branch",      NULL, OUT_TEXT,  NOTICE(branch),       NULL },
    { "birth_date",  NULL, OUT_DAY,   NOTICE(birth_date),   NULL },
    { 0 },
};
/* clang-format on */

static void
check_days(const struct request *r, struct notice_item *notice)
{
    struct enrolment_item *item = &notice->item;

    if (notice->birth_date != DAY_UNKNOWN && notice->birth_date > r->today)
        enrolment_blame(item, FAULT_FIELD_MALFORMED, "birth_date", "lies in the future");
    if (notice->received_on != DAY_UNKNOWN && notice->received_on > r->today)
        enrolment_blame(item, FAULT_FIELD_MALFORMED, "notice_received_on", "lies in the future");
    if (notice->event_on != DAY_UNKNOWN && notice->event_on > r->today + AHEAD_DAYS_MAX)
        enrolment_blame(item, FAULT_FIELD_MALFORMED, "event_on", "more than a year ahead");
}

static void
make_key(struct request *r, struct notice_item *notice)
{
    struct insurer_number insurer;
    struct card_key       key;
    struct blame          blame = { 0 };

    if (notice->number.bytes == NULL)
        return; /* told already */
    if (personal_number_is_shaped(notice->number)) {
        enrolment_blame(&notice->item, FAULT_PERSONAL_NUMBER, "number", NULL);
        return;
    }
    memcpy(insurer.digits, r->actor.insurer_number, sizeof insurer.digits);
    enum fault fault = card_key_make(&insurer, notice->symbol, notice->number, notice->branch_raw,
                                     &r->arena, &key, &blame);
    if (fault != FAULT_NONE) {
        enrolment_blame(&notice->item, fault, blame.field, blame.reason);
        return;
    }
    notice->card_key = key.text;
    notice->branch = arena_copy(&r->arena, card_key_branch(&key));
}

void
notice_decode(struct request *r, struct span body, struct notice_item *notice, bool has_key)
{
    bool is_sound = fields_decode(body, notice_fields, has_key ? NEW_FIELDS : CORRECTION_FIELDS,
                                  &r->arena, notice, enrolment_blame, notice);

    enrolment_check_text(&notice->item, notice->notice_key, KEY_CHARS_MAX, "notice_key");
    check_days(r, notice);
    make_key(r, notice);
    if (!is_sound && notice->item.fault == FAULT_NONE)
        notice->item.fault = FAULT_INTERNAL;
}

size_t
notice_room(const struct notice_item *notice)
{
    /* Only quotes and backslashes grow: control characters have been refused. */
    return NAMES_BYTES
           + 2
                 * (notice->notice_key.length + notice->card_key.length + notice->symbol.length
                    + notice->number.length);
}

void
notice_write(struct text *text, const struct notice_item *notice)
{
    out_object(text, stored_rows, notice);
}
