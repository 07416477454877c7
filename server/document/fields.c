#include "document/fields.h"

#include "model/check_digit.h"
#include "model/codes.h"
#include "model/day.h"
#include "model/insurer_number.h"
#include "model/utf8.h"

enum { BRANCH_DIGITS = 2, DELETE = 0x7f, CONTROLS_END = 0xa0, SPACE = ' ' };

const char *const document_kind_names[] = { "certificate", "notice", NULL };

static enum fault
refuse(struct blame *blame, enum fault fault, const char *field, const char *reason)
{
    *blame = (struct blame){ .field = field, .reason = reason };
    return fault;
}

static bool
is_printable(struct span text)
{
    for (size_t at = 0; at < text.length;) {
        uint32_t code = utf8_next(text, &at);
        if (code == UTF8_BAD || code < SPACE || (code >= DELETE && code < CONTROLS_END))
            return false;
    }
    return true;
}

static enum fault
check_text(struct span text, const char *field, size_t bytes_max, bool is_required,
           struct blame *blame)
{
    if (span_is_empty(text))
        return is_required ? refuse(blame, FAULT_FIELD_MISSING, field, NULL) : FAULT_NONE;
    if (text.length > bytes_max)
        return refuse(blame, FAULT_FIELD_TOO_LONG, field, "longer than its limit");
    if (!is_printable(text))
        return refuse(blame, FAULT_FIELD_MALFORMED, field, "not UTF-8, or a control character");
    if (personal_number_is_shaped(text))
        return refuse(blame, FAULT_PERSONAL_NUMBER, field, "looks like a personal number");
    return FAULT_NONE;
}

static enum fault
check_texts(const struct document_fields *fields, struct blame *blame)
{
    const struct {
        const char *name;
        struct span text;
        size_t      bytes_max;
        bool        is_required;
    } rows[] = {
        { "issuer", fields->issuer, DOCUMENT_ISSUER_BYTES_MAX, true },
        { "insurer_name", fields->insurer_name, DOCUMENT_NAME_BYTES_MAX, false },
        { "symbol", fields->symbol, DOCUMENT_CARD_BYTES_MAX, false },
        { "number", fields->number, DOCUMENT_CARD_BYTES_MAX, true },
        { "name", fields->name, DOCUMENT_NAME_BYTES_MAX, true },
        { "name_kana", fields->name_kana, DOCUMENT_NAME_BYTES_MAX, false },
    };
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; fault == FAULT_NONE && i < ARRAY_LEN(rows); i++)
        fault =
            check_text(rows[i].text, rows[i].name, rows[i].bytes_max, rows[i].is_required, blame);
    return fault;
}

bool
document_issuer_is_sound(struct span text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '.'
            && byte != '-')
            return false;
    }
    return !span_is_empty(text);
}

static bool
is_burden(int16_t percent)
{
    return percent == BURDEN_NOT_STATED || (percent >= 0 && percent <= 30 && percent % 10 == 0);
}

static enum fault
check_codes(const struct document_fields *fields, struct blame *blame)
{
    struct insurer_number insurer;
    struct span           branch = fields->branch_number;
    struct blame          why = { 0 };

    if (!document_issuer_is_sound(fields->issuer))
        return refuse(blame, FAULT_FIELD_MALFORMED, "issuer", "not a to z, digits, '.' and '-'");
    if (span_is_empty(fields->insurer_number))
        return refuse(blame, FAULT_FIELD_MISSING, "insurer_number", NULL);
    enum fault fault = insurer_number_parse(fields->insurer_number, &insurer, &why);
    if (fault != FAULT_NONE)
        return refuse(blame, fault, "insurer_number", why.reason);
    if (!span_equal(fields->insurer_number, insurer_number_span(&insurer)))
        return refuse(blame, FAULT_FIELD_MALFORMED, "insurer_number", "not eight digits");
    if (!span_is_empty(branch) && (branch.length != BRANCH_DIGITS || !span_is_digits(branch)))
        return refuse(blame, FAULT_FIELD_MALFORMED, "branch_number", "not two digits");
    if (fields->relation < 0 || fields->relation > RELATION_FAMILY)
        return refuse(blame, FAULT_FIELD_MALFORMED, "relation", "not 1 or 2");
    if (fields->sex < SEX_MALE || fields->sex > SEX_NOT_STATED)
        return refuse(blame, FAULT_FIELD_MALFORMED, "sex1", "not 1, 2 or 3");
    if (!is_burden(fields->burden_ratio))
        return refuse(blame, FAULT_FIELD_MALFORMED, "burden_ratio", "not 000, 010, 020 or 030");
    return FAULT_NONE;
}

static bool
is_day(day_t day)
{
    return day >= DAY_FIRST && day <= DAY_LAST;
}

static enum fault
check_days(enum document_kind kind, const struct document_fields *fields, struct blame *blame)
{
    const struct {
        const char *name;
        day_t       day;
        bool        is_required;
    } rows[] = {
        { "birth_date", fields->birth_date, true },
        { "acquired_on", fields->acquired_on, true },
        { "issued_on", fields->issued_on, true },
        { "valid_until", fields->valid_until, kind == DOCUMENT_CERTIFICATE },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].day == DAY_UNKNOWN && rows[i].is_required)
            return refuse(blame, FAULT_FIELD_MISSING, rows[i].name, NULL);
        if (rows[i].day != DAY_UNKNOWN && !is_day(rows[i].day))
            return refuse(blame, FAULT_FIELD_MALFORMED, rows[i].name, "not a day of the calendar");
    }
    if (fields->birth_date > fields->issued_on)
        return refuse(blame, FAULT_FIELD_MALFORMED, "birth_date", "after the day of issue");
    if (fields->valid_until != DAY_UNKNOWN && fields->valid_until < fields->issued_on)
        return refuse(blame, FAULT_FIELD_MALFORMED, "valid_until", "before the day of issue");
    return FAULT_NONE;
}

enum fault
document_fields_check(enum document_kind kind, const struct document_fields *fields,
                      struct blame *reterr_blame)
{
    if (kind < DOCUMENT_CERTIFICATE || kind >= DOCUMENT_KIND_END)
        return refuse(reterr_blame, FAULT_FIELD_MALFORMED, "kind", "not certificate or notice");
    enum fault fault = check_texts(fields, reterr_blame);
    if (fault == FAULT_NONE)
        fault = check_codes(fields, reterr_blame);
    if (fault == FAULT_NONE)
        fault = check_days(kind, fields, reterr_blame);
    return fault;
}
