#include "model/ceiling.h"

#include "base/attr.h"
#include "model/ratio.h"

/* clang-format off */
static const struct ceiling_class_row classes[] = {
    { "A01", false, false, "ア",               "under 70: a" },
    { "A02", false, false, "イ",               "under 70: i" },
    { "A03", false, false, "ウ",               "under 70: u" },
    { "A04", false, false, "エ",               "under 70: e" },
    { "A05", false, false, "オ",               "under 70: o" },
    { "A06", false, false, "オ（境）",         "under 70: o, borderline of public assistance" },
    { "B01", true,  false, "現役並みⅢ",       "70 and over: as active III" },
    { "B02", true,  false, "現役並みⅡ",       "70 and over: as active II" },
    { "B03", true,  false, "現役並みⅠ",       "70 and over: as active I" },
    { "B04", true,  false, "一般",             "70 to 74: general" },
    { "B05", true,  false, "低所得Ⅱ",         "70 and over: low income II" },
    { "B06", true,  false, "低所得Ⅰ",         "70 and over: low income I" },
    { "B07", true,  false, "低所得Ⅰ（老福）", "70 and over: low income I, old-age welfare pension" },
    { "B08", true,  false, "低所得Ⅰ（境）",   "70 and over: low income I, borderline of public assistance" },
    { "B09", true,  true,  "一般Ⅱ",           "75 and over: general II" },
    { "B10", true,  true,  "一般Ⅰ",           "75 and over: general I" },
};

struct amount_row {
    char    code[4];
    day_t   from_on;
    day_t   until_on;
    int32_t base;
    int32_t above;      /* one hundredth of the cost above this is added; 0: nothing is */
    int32_t repeated;   /* CEILING_UNKNOWN: no such reduction */
    int32_t outpatient; /* CEILING_UNKNOWN: none of its own */
};

enum {
    BELOW_70_START = 16436,  /* 2015-01-01 */
    FROM_70_START = 17744,   /* 2018-08-01 */
    TWO_GENERAL_START = 19266, /* 2022-10-01: 一般 of old-age care splits in two */
    REFORM_START = 20666,    /* 2026-08-01 */
    NONE = CEILING_UNKNOWN
};

static const struct amount_row amounts[] = {
    { "A01", BELOW_70_START,    REFORM_START, 252600, 842000, 140100, NONE },
    { "A02", BELOW_70_START,    REFORM_START, 167400, 558000,  93000, NONE },
    { "A03", BELOW_70_START,    REFORM_START,  80100, 267000,  44400, NONE },
    { "A04", BELOW_70_START,    REFORM_START,  57600,      0,  44400, NONE },
    { "A05", BELOW_70_START,    REFORM_START,  35400,      0,  24600, NONE },
    { "A06", BELOW_70_START,    REFORM_START,  35400,      0,  24600, NONE },
    { "B01", FROM_70_START,     REFORM_START, 252600, 842000, 140100, NONE },
    { "B02", FROM_70_START,     REFORM_START, 167400, 558000,  93000, NONE },
    { "B03", FROM_70_START,     REFORM_START,  80100, 267000,  44400, NONE },
    { "B04", FROM_70_START,     REFORM_START,  57600,      0,  44400, 18000 },
    { "B05", FROM_70_START,     REFORM_START,  24600,      0,   NONE, 8000 },
    { "B06", FROM_70_START,     REFORM_START,  15000,      0,   NONE, 8000 },
    { "B07", FROM_70_START,     REFORM_START,  15000,      0,   NONE, 8000 },
    { "B08", FROM_70_START,     REFORM_START,  15000,      0,   NONE, 8000 },
    { "B09", TWO_GENERAL_START, REFORM_START,  57600,      0,  44400, 18000 },
    { "B10", TWO_GENERAL_START, REFORM_START,  57600,      0,  44400, 18000 },
};
/* clang-format on */

const struct ceiling_class_row *
ceiling_class_info(struct span code)
{
    for (size_t i = 0; i < ARRAY_LEN(classes); i++)
        if (span_is(code, classes[i].code))
            return &classes[i];
    return NULL;
}

bool
ceiling_class_fits(const struct ceiling_class_row *row, day_t birth_date, day_t day,
                   enum insurer_kind kind)
{
    bool is_old_age_care = kind == INSURER_KIND_OLD_AGE;
    bool is_elderly = is_old_age_care || age_group_on(birth_date, day) >= AGE_GROUP_ELDERLY;

    return row->is_for_elderly == is_elderly && (!row->is_old_age_only || is_old_age_care);
}

static const struct amount_row *
amount_on(struct span code, day_t day)
{
    for (size_t i = 0; i < ARRAY_LEN(amounts); i++)
        if (span_is(code, amounts[i].code) && amounts[i].from_on <= day
            && day < amounts[i].until_on)
            return &amounts[i];
    return NULL;
}

int64_t
ceiling_amount(struct span code, day_t day, int64_t cost_yen)
{
    const struct amount_row *row = amount_on(code, day);

    if (row == NULL)
        return CEILING_UNKNOWN;
    if (row->above == 0 || cost_yen <= row->above)
        return row->base;
    return row->base + (cost_yen - row->above + 50) / 100; /* half a yen counts as one */
}

int64_t
ceiling_repeated_amount(struct span code, day_t day)
{
    const struct amount_row *row = amount_on(code, day);
    return row == NULL ? CEILING_UNKNOWN : row->repeated;
}

int64_t
ceiling_outpatient_amount(struct span code, day_t day)
{
    const struct amount_row *row = amount_on(code, day);
    return row == NULL ? CEILING_UNKNOWN : row->outpatient;
}
