#include "wire/dossier_read.h"

#include "wire/record.h"

enum { FORMAT = 1 };

/* clang-format off */
static const struct record_part ratio_parts[] = {
    RECORD_DAY(dossier_ratio, from_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_ratio, until_on, DAY_FOREVER),
    RECORD_NUMBER(dossier_ratio, ratio_percent, -1),
};
static const struct record_shape ratio_shape = RECORD_SHAPE(dossier_ratio, ratio_parts);

static const struct record_part elderly_parts[] = {
    RECORD_DAY(dossier_elderly, issued_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_elderly, from_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_elderly, until_on, DAY_FOREVER),
    RECORD_NUMBER(dossier_elderly, ratio_percent, -1),
};
static const struct record_shape elderly_shape = RECORD_SHAPE(dossier_elderly, elderly_parts);

static const struct record_part ceiling_parts[] = {
    RECORD_TEXT(dossier_ceiling, classification),
    RECORD_TEXT(dossier_ceiling, class),
    RECORD_DAY(dossier_ceiling, issued_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_ceiling, from_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_ceiling, until_on, DAY_FOREVER),
    RECORD_DAY(dossier_ceiling, long_term_on, DAY_UNKNOWN),
};
static const struct record_shape ceiling_shape = RECORD_SHAPE(dossier_ceiling, ceiling_parts);

static const struct record_part disease_parts[] = {
    RECORD_NUMBER(dossier_disease, category, 0),
    RECORD_DAY(dossier_disease, issued_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_disease, from_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_disease, until_on, DAY_FOREVER),
    RECORD_NUMBER(dossier_disease, self_pay, -1),
};
static const struct record_shape disease_shape = RECORD_SHAPE(dossier_disease, disease_parts);

static const struct record_part benefit_parts[] = {
    RECORD_TEXT(dossier_benefit, payer_number),
    RECORD_TEXT(dossier_benefit, recipient_number),
    RECORD_TEXT(dossier_benefit, programme),
    RECORD_DAY(dossier_benefit, from_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_benefit, until_on, DAY_FOREVER),
    RECORD_NUMBER(dossier_benefit, self_pay, -1),
};
static const struct record_shape benefit_shape = RECORD_SHAPE(dossier_benefit, benefit_parts);

static const struct record_part coverage_parts[] = {
    RECORD_NUMBER(dossier_coverage, coverage_id, 0),
    RECORD_TEXT(dossier_coverage, insurer_number),
    RECORD_TEXT(dossier_coverage, card_class),
    RECORD_TEXT(dossier_coverage, symbol),
    RECORD_TEXT(dossier_coverage, number),
    RECORD_TEXT(dossier_coverage, branch),
    RECORD_TEXT(dossier_coverage, symbol_key),
    RECORD_TEXT(dossier_coverage, number_key),
    RECORD_NUMBER(dossier_coverage, relation, 0),
    RECORD_TEXT(dossier_coverage, insured_name),
    RECORD_DAY(dossier_coverage, acquired_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_coverage, lost_on, DAY_FOREVER),
    RECORD_TEXT(dossier_coverage, loss_reason),
    RECORD_DAY(dossier_coverage, issued_on, DAY_UNKNOWN),
    RECORD_DAY(dossier_coverage, card_valid_from, DAY_UNKNOWN),
    RECORD_DAY(dossier_coverage, card_expires_on, DAY_UNKNOWN),
    RECORD_NUMBER(dossier_coverage, state, 0),
    RECORD_NUMBER(dossier_coverage, scheme, 0),
    RECORD_DAY(dossier_coverage, preschool_until, DAY_UNKNOWN),
    RECORD_LIST(dossier_coverage, ratios, ratio_count, ratio_shape),
    RECORD_LIST(dossier_coverage, elderly, elderly_count, elderly_shape),
    RECORD_LIST(dossier_coverage, ceilings, ceiling_count, ceiling_shape),
    RECORD_LIST(dossier_coverage, diseases, disease_count, disease_shape),
};
static const struct record_shape coverage_shape = RECORD_SHAPE(dossier_coverage, coverage_parts);

/* Behind the format number, which is read first. */
static const struct record_part body_parts[] = {
    RECORD_NUMBER(dossier, person_id, 0),
    RECORD_TEXT(dossier, name),
    RECORD_TEXT(dossier, name_kana),
    RECORD_TEXT(dossier, name_other),
    RECORD_TEXT(dossier, name_other_kana),
    RECORD_NUMBER(dossier, sex1, 0),
    RECORD_NUMBER(dossier, sex2, 0),
    RECORD_DAY(dossier, birth_date, DAY_UNKNOWN),
    RECORD_TEXT(dossier, address),
    RECORD_TEXT(dossier, post_number),
    RECORD_NUMBER(dossier, flags, 0),
    RECORD_NUMBER(dossier, hold, 0),
    RECORD_LIST(dossier, coverages, coverage_count, coverage_shape),
    RECORD_LIST(dossier, benefits, benefit_count, benefit_shape),
};
static const struct record_shape body_shape = RECORD_SHAPE(dossier, body_parts);
/* clang-format on */

enum fault
dossier_read(struct span bytes, struct arena *arena, struct dossier *ret_dossier)
{
    struct dossier dossier = { 0 };

    enum fault fault = record_read(bytes, FORMAT, &body_shape, arena, &dossier);
    if (fault == FAULT_NONE)
        *ret_dossier = dossier;
    return fault;
}
