#include "rule/checks.h"

#include "model/ceiling.h"

enum { OLD_AGE_BY_DISABILITY_FROM = 65 };

static struct span
code_span(const struct row_code *code)
{
    return span_of(code->text);
}

static bool
is_acquire(const struct judging *judging)
{
    return judging->operation == OPERATION_ACQUIRE;
}

void
check_ratio(const struct judging *judging)
{
    int32_t ratio = judging->row->burden_ratio;
    day_t   start;

    if (!reads(judging, COLUMN_BURDEN_RATIO))
        return;
    if (ratio != 0 && ratio != 10 && ratio != 20 && ratio != 30)
        found(judging, COLUMN_BURDEN_RATIO);
    else if (judging_ages(judging, &start)
             && !ratio_is_possible(ratio, judging->row->birth_date, start, judging->kind))
        found(judging, COLUMN_BURDEN_RATIO);
}

void
check_elderly_ratio_missing(const struct judging *judging)
{
    day_t start;

    if (is_acquire(judging) && !has(judging, COLUMN_BURDEN_RATIO)
        && judging->kind != INSURER_KIND_OLD_AGE && judging->kind != INSURER_KIND_ASSISTANCE
        && judging_ages(judging, &start)
        && age_group_on(judging->row->birth_date, start) == AGE_GROUP_ELDERLY)
        found(judging, COLUMN_BURDEN_RATIO);
}

void
check_old_age_ratio_missing(const struct judging *judging)
{
    if (is_acquire(judging) && judging->kind == INSURER_KIND_OLD_AGE
        && !has(judging, COLUMN_BURDEN_RATIO))
        found(judging, COLUMN_BURDEN_RATIO);
}

void
check_ceiling(const struct judging *judging)
{
    const struct ceiling_class_row *row;
    day_t                           start;

    if (!reads(judging, COLUMN_CEILING_CLASS) || !judging_ages(judging, &start))
        return;
    row = ceiling_class_info(code_span(&judging->row->ceiling_class));
    if (row == NULL || !ceiling_class_fits(row, judging->row->birth_date, start, judging->kind))
        found(judging, COLUMN_CEILING_CLASS);
}

struct class_row {
    char     code[ROW_CODE_SIZE];
    bool     is_low_income; /* meals cost less */
    unsigned ratios;        /* that go with it */
};

static const struct class_row classes[] = {
    { "A01", false, RATIO_SET_20 | RATIO_SET_30 },
    { "A02", false, RATIO_SET_20 | RATIO_SET_30 },
    { "A03", false, RATIO_SET_20 | RATIO_SET_30 },
    { "A04", false, RATIO_SET_20 | RATIO_SET_30 },
    { "A05", true, RATIO_SET_20 | RATIO_SET_30 },
    { "A06", true, RATIO_SET_20 | RATIO_SET_30 },
    { "B01", false, RATIO_SET_30 },
    { "B02", false, RATIO_SET_30 },
    { "B03", false, RATIO_SET_30 },
    { "B04", false, RATIO_SET_20 },
    { "B05", true, RATIO_SET_10 | RATIO_SET_20 },
    { "B06", true, RATIO_SET_10 | RATIO_SET_20 },
    { "B07", true, RATIO_SET_10 | RATIO_SET_20 },
    { "B08", true, RATIO_SET_10 | RATIO_SET_20 },
    { "B09", false, RATIO_SET_20 },
    { "B10", false, RATIO_SET_10 },
};

static const struct class_row *
class_of(const struct judging *judging)
{
    for (size_t i = 0; i < ARRAY_LEN(classes); i++)
        if (span_is(code_span(&judging->row->ceiling_class), classes[i].code))
            return &classes[i];
    return NULL;
}

void
check_ceiling_pair(const struct judging *judging)
{
    const struct class_row *row = class_of(judging);
    bool                    has_classification = has(judging, COLUMN_CEILING_CLASSIFICATION);
    bool                    has_class = has(judging, COLUMN_CEILING_CLASS);

    if (is_acquire(judging) && has_classification && !has_class)
        found(judging, COLUMN_CEILING_CLASS);
    if (is_acquire(judging) && !has_classification && has_class)
        found(judging, COLUMN_CEILING_CLASSIFICATION);
    if (is_acquire(judging) && !has_class && has(judging, COLUMN_LONG_TERM_FROM))
        found(judging, COLUMN_LONG_TERM_FROM);
    if (row != NULL && !row->is_low_income && reads(judging, COLUMN_CEILING_CLASSIFICATION)
        && !span_is(code_span(&judging->row->ceiling_classification), "01"))
        found(judging, COLUMN_CEILING_CLASSIFICATION);
}

static unsigned
ratio_bit(int32_t ratio)
{
    switch (ratio) {
    case 0:
        return RATIO_SET_0;
    case 10:
        return RATIO_SET_10;
    case 20:
        return RATIO_SET_20;
    case 30:
        return RATIO_SET_30;
    default:
        return RATIO_SET_NONE;
    }
}

void
check_ratio_and_ceiling(const struct judging *judging)
{
    const struct class_row *row = class_of(judging);
    unsigned                bit = ratio_bit(judging->row->burden_ratio);

    if (row != NULL && bit != RATIO_SET_NONE && (row->ratios & bit) == 0)
        found(judging, COLUMN_CEILING_CLASS);
}

void
check_old_age_elsewhere(const struct judging *judging)
{
    day_t start;

    if (is_acquire(judging) && judging->kind != INSURER_KIND_OLD_AGE
        && judging->kind != INSURER_KIND_ASSISTANCE && judging_ages(judging, &start)
        && start >= old_age_from(judging->row->birth_date))
        found(judging, COLUMN_ACQUIRED_ON);
}

void
check_old_age_too_young(const struct judging *judging)
{
    day_t start;

    if (is_acquire(judging) && judging->kind == INSURER_KIND_OLD_AGE
        && judging_ages(judging, &start)
        && age_on(judging->row->birth_date, start) < OLD_AGE_BY_DISABILITY_FROM)
        found(judging, COLUMN_BIRTH_DATE);
}

void
check_class_not_issued(const struct judging *judging)
{
    struct span class = code_span(&judging->row->card_class);
    day_t          issued_on = judging->row->card_issued_on;
    int32_t        until = policy_on(judging->context->policies, POLICY_OLD_CARD_ISSUED_UNTIL,
                                     judging->context->today);
    enum column_id column;

    if (!span_is(class, "03") && !span_is(class, "04"))
        return;
    if (issued_on == DAY_UNKNOWN)
        issued_on = judging_start(judging, &column);
    if (until != POLICY_UNKNOWN && issued_on != DAY_UNKNOWN && issued_on > until)
        found(judging, COLUMN_CARD_CLASS);
}

/* Law codes that a class of certificate belongs to, as text of two digits each. */
static const struct {
    char        card_class[ROW_CODE_SIZE];
    const char *law_codes; /* NULL: all but assistance */
} class_laws[] = {
    { "01", NULL }, { "02", "67" },    { "03", "00" },
    { "04", "67" }, { "05", "00" },    { "06", "63 72 73 74 75" },
    { "07", "07" }, { "A1", "12 25" },
};

static bool
law_is_in(const struct judging *judging, const char *law_codes)
{
    struct span law = span_make(judging->context->insurer.digits, 2);

    for (const char *at = law_codes; *at != '\0'; at += at[2] == '\0' ? 2 : 3)
        if (span_equal(span_make(at, 2), law))
            return true;
    return false;
}

void
check_class_of_scheme(const struct judging *judging)
{
    struct span class = code_span(&judging->row->card_class);

    /* What is left out in an acquisition is a general certificate. */
    if (span_is_empty(class)) {
        if (is_acquire(judging) && !has(judging, COLUMN_CARD_CLASS)
            && judging->kind == INSURER_KIND_ASSISTANCE)
            found(judging, COLUMN_CARD_CLASS);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(class_laws); i++) {
        if (!span_is(class, class_laws[i].card_class))
            continue;
        if (class_laws[i].law_codes == NULL ? judging->kind == INSURER_KIND_ASSISTANCE
                                            : !law_is_in(judging, class_laws[i].law_codes))
            found(judging, COLUMN_CARD_CLASS);
    }
}

void
check_relation(const struct judging *judging)
{
    bool knows_none =
        judging->kind == INSURER_KIND_OLD_AGE || judging->kind == INSURER_KIND_ASSISTANCE;

    if (knows_none ? has(judging, COLUMN_RELATION)
                   : is_acquire(judging) && !has(judging, COLUMN_RELATION))
        found(judging, COLUMN_RELATION);
}

void
check_reason_and_age(const struct judging *judging)
{
    struct span reason = code_span(&judging->row->loss_reason);
    day_t       birth_date = judging->row->birth_date;
    day_t       lost_on = judging->row->lost_on;

    if (birth_date == DAY_UNKNOWN || lost_on == DAY_UNKNOWN || lost_on < birth_date)
        return;
    if (span_is(reason, "L05") && lost_on != old_age_from(birth_date))
        found(judging, COLUMN_LOSS_REASON);
    if (span_is(reason, "L06")
        && (age_on(birth_date, lost_on) < OLD_AGE_BY_DISABILITY_FROM
            || lost_on >= old_age_from(birth_date)))
        found(judging, COLUMN_LOSS_REASON);
}

void
check_loss_of_error(const struct judging *judging)
{
    if (span_is(code_span(&judging->row->loss_reason), "L11"))
        found(judging, COLUMN_LOSS_REASON);
}

/* The amount; twice as much for dialysis with a high income; half in the month of turning 75. */
void
check_self_pay(const struct judging *judging)
{
    int32_t usual = policy_on(judging->context->policies, POLICY_SPECIFIC_DISEASE_SELF_PAY,
                              judging->context->today);
    int32_t amount = judging->row->self_pay;

    if (judging->operation == OPERATION_SPECIFIC_DISEASE && usual != POLICY_UNKNOWN
        && reads(judging, COLUMN_SELF_PAY) && amount != usual && amount != usual * 2
        && amount != usual / 2)
        found(judging, COLUMN_SELF_PAY);
}

void
check_elderly_period(const struct judging *judging)
{
    const struct enrolment_row *row = judging->row;

    if (judging->operation != OPERATION_ELDERLY_CERTIFICATE)
        return;
    if (judging->kind == INSURER_KIND_OLD_AGE || judging->kind == INSURER_KIND_ASSISTANCE)
        found(judging, COLUMN_INSURER_NUMBER);
    if (row->birth_date == DAY_UNKNOWN)
        return;
    if (row->valid_from != DAY_UNKNOWN
        && (row->valid_from < elderly_from(row->birth_date)
            || row->valid_from >= old_age_from(row->birth_date)))
        found(judging, COLUMN_VALID_FROM);
    if (row->valid_until != DAY_UNKNOWN && row->valid_until >= old_age_from(row->birth_date))
        found(judging, COLUMN_VALID_UNTIL);
}

void
check_sex_not_set(const struct judging *judging)
{
    if (is_acquire(judging) && judging->row->sex1 == SEX_NOT_STATED)
        found(judging, COLUMN_SEX1);
}
