#include "rule/checks.h"

#include "model/card_key.h"
#include "model/check_digit.h"
#include "model/checkup.h"
#include "model/digits.h"
#include "model/public_payer.h"
#include "model/utf8.h"

void
check_insurer_number(const struct judging *judging)
{
    struct insurer_number number;
    struct blame          blame;

    if (reads(judging, COLUMN_INSURER_NUMBER)
        && insurer_number_parse(judging->row->insurer_number, &number, &blame) != FAULT_NONE)
        found(judging, COLUMN_INSURER_NUMBER);
}

void
check_law_code(const struct judging *judging)
{
    day_t acquired_on = judging->row->acquired_on;

    if (judging->kind == INSURER_KIND_NONE)
        found(judging, COLUMN_INSURER_NUMBER);
    else if (judging->operation == OPERATION_ACQUIRE && acquired_on != DAY_UNKNOWN
             && !insurer_number_may_start(&judging->context->insurer, acquired_on))
        found(judging, COLUMN_ACQUIRED_ON);
}

void
check_insurer_active(const struct judging *judging)
{
    day_t acquired_on = judging->row->acquired_on;

    if (judging->operation == OPERATION_ACQUIRE && acquired_on != DAY_UNKNOWN
        && (acquired_on < judging->context->insurer_from
            || acquired_on >= judging->context->insurer_until))
        found(judging, COLUMN_ACQUIRED_ON);
}

void
check_public_payer(const struct judging *judging)
{
    struct payer_number     payer;
    struct recipient_number recipient;
    struct blame            blame;

    if (reads(judging, COLUMN_PAYER_NUMBER)
        && payer_number_parse(judging->row->payer_number, &payer, &blame) != FAULT_NONE)
        found(judging, COLUMN_PAYER_NUMBER);
    if (reads(judging, COLUMN_RECIPIENT_NUMBER)
        && recipient_number_parse(judging->row->recipient_number, &recipient, &blame) != FAULT_NONE)
        found(judging, COLUMN_RECIPIENT_NUMBER);
}

enum { CLAIM_BYTES_MAX = 38, HALF_KANA_FIRST = 0xFF61, HALF_KANA_LAST = 0xFF9F };

/* Whether a claim can carry the text: all of half width, a byte each, or all of full width, two. */
static bool
fits_claim(struct span text)
{
    size_t half = 0;
    size_t full = 0;

    for (size_t at = 0; at < text.length;) {
        uint32_t code = utf8_next(text, &at);
        if (code < 0x80 || (code >= HALF_KANA_FIRST && code <= HALF_KANA_LAST))
            half++;
        else
            full++;
    }
    return half == 0 ? full * 2 <= CLAIM_BYTES_MAX : full == 0 && half <= CLAIM_BYTES_MAX;
}

void
check_card_number(const struct judging *judging)
{
    if (judging->operation != OPERATION_ACQUIRE)
        return;
    if (reads(judging, COLUMN_SYMBOL) && !fits_claim(judging->row->symbol))
        found(judging, COLUMN_SYMBOL);
    if (reads(judging, COLUMN_NUMBER) && !fits_claim(judging->row->number))
        found(judging, COLUMN_NUMBER);
}

void
check_branch(const struct judging *judging)
{
    char         branch[CARD_BRANCH_SIZE];
    struct blame blame;

    if (!reads(judging, COLUMN_BRANCH_NUMBER))
        return;
    if (judging->kind == INSURER_KIND_OLD_AGE || judging->kind == INSURER_KIND_ASSISTANCE
        || branch_parse(judging->row->branch_number, branch, &blame) != FAULT_NONE)
        found(judging, COLUMN_BRANCH_NUMBER);
}

void
check_personal_number(const struct judging *judging)
{
    const struct personal_number *number = &judging->row->personal_number;

    if (reads(judging, COLUMN_PERSONAL_NUMBER)) {
        enum personal_number_kind kind = personal_number_kind_of(number);
        if (kind == PERSONAL_NUMBER_WRONG
            || (kind == PERSONAL_NUMBER_SYNTHETIC && !judging->context->numbers_are_synthetic))
            found(judging, COLUMN_PERSONAL_NUMBER);
    }
    if (judging->operation == OPERATION_ACQUIRE && !has(judging, COLUMN_PERSONAL_NUMBER)
        && !has(judging, COLUMN_PERSONAL_NUMBER_ABSENCE))
        found(judging, COLUMN_PERSONAL_NUMBER_ABSENCE);
}

void
check_living_number(const struct judging *judging)
{
    if (judging->context->numbers_are_synthetic && reads(judging, COLUMN_PERSONAL_NUMBER)
        && personal_number_kind_of(&judging->row->personal_number) == PERSONAL_NUMBER_TRUE)
        found(judging, COLUMN_PERSONAL_NUMBER);
}

void
check_number_and_absence(const struct judging *judging)
{
    if (has(judging, COLUMN_PERSONAL_NUMBER) && has(judging, COLUMN_PERSONAL_NUMBER_ABSENCE))
        found(judging, COLUMN_PERSONAL_NUMBER_ABSENCE);
}

void
check_number_source(const struct judging *judging)
{
    if (has(judging, COLUMN_PERSONAL_NUMBER) != has(judging, COLUMN_PERSONAL_NUMBER_SOURCE))
        found(judging, COLUMN_PERSONAL_NUMBER_SOURCE);
}

static const struct {
    enum column_id id;
    size_t         offset;
} texts[] = {
    { COLUMN_ROW_KEY, offsetof(struct enrolment_row, row_key) },
    { COLUMN_SYMBOL, offsetof(struct enrolment_row, symbol) },
    { COLUMN_NUMBER, offsetof(struct enrolment_row, number) },
    { COLUMN_NAME, offsetof(struct enrolment_row, name) },
    { COLUMN_NAME_KANA, offsetof(struct enrolment_row, name_kana) },
    { COLUMN_NAME_OTHER, offsetof(struct enrolment_row, name_other) },
    { COLUMN_NAME_OTHER_KANA, offsetof(struct enrolment_row, name_other_kana) },
    { COLUMN_ADDRESS, offsetof(struct enrolment_row, address) },
    { COLUMN_INSURED_NAME, offsetof(struct enrolment_row, insured_name) },
    { COLUMN_CERTIFICATE_NUMBER, offsetof(struct enrolment_row, certificate_number) },
    { COLUMN_CREDENTIAL_SERIAL, offsetof(struct enrolment_row, credential_serial) },
};

static void
find_number_in_checkup(const struct judging *judging)
{
    struct span          rest = judging->row->checkup_items;
    struct checkup_value value;

    for (unsigned place = 1; checkup_next(&rest, &value) && place <= CHECKUP_ITEMS_MAX; place++)
        if (value.value.length >= PERSONAL_NUMBER_DIGITS && personal_number_is_shaped(value.value))
            found_at(judging, COLUMN_CHECKUP_ITEMS, place);
}

void
check_number_elsewhere(const struct judging *judging)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const struct span *text =
            (const struct span *)((const char *)judging->row + texts[i].offset);
        if (text->length >= PERSONAL_NUMBER_DIGITS && personal_number_is_shaped(*text))
            found(judging, texts[i].id);
    }
    find_number_in_checkup(judging);
}

enum { POST_NUMBER_DIGITS = 7 };

void
check_post_number(const struct judging *judging)
{
    char digits[DIGITS_BYTES_MAX];

    if (reads(judging, COLUMN_POST_NUMBER)
        && digits_fold(judging->row->post_number, DIGITS_SEPARATED, digits) != POST_NUMBER_DIGITS)
        found(judging, COLUMN_POST_NUMBER);
}

void
check_serial(const struct judging *judging)
{
    struct span serial = judging->row->credential_serial;

    for (size_t i = 0; i < serial.length; i++) {
        char byte = serial.bytes[i];
        if ((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'F')
            || (byte >= 'a' && byte <= 'f'))
            continue;
        found(judging, COLUMN_CREDENTIAL_SERIAL);
        return;
    }
}
