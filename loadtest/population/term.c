#include "family_parts.h"

#include "base/text.h"
#include "model/ceiling.h"
#include "model/day.h"
#include "model/ratio.h"

#include <assert.h>

enum {
    RATIO_CHILD = 20,
    RATIO_GENERAL = 30,
    ELDERLY_CEILING_PPM = 600000,
    GENERAL_CEILING_PPM = 150000,
    DISEASE_PPM = 3000,
    DISEASE_AGE = 35,
    SELF_PAY = 10000,
    SELF_PAY_HIGH_INCOME = 20000,
    RENEWAL_MONTH = 8
};

/* clang-format off */
static const uint16_t old_age_ratio_weights[] = { 730, 200, 70 }; /* 10, 20, 30 % */

static const char *const general_classes[] = { "A01", "A02", "A03", "A04", "A05", "A06" };
static const uint16_t    general_class_weights[] = { 30, 80, 380, 380, 125, 5 };

static const char *const active_classes[] = { "B01", "B02", "B03" };
static const uint16_t    active_class_weights[] = { 20, 30, 50 };

static const char *const elderly_classes[] = { "B04", "B05", "B06" };
static const uint16_t    elderly_class_weights[] = { 60, 25, 15 };

static const char *const low_classes[] = { "B10", "B05", "B06", "B07" };
static const uint16_t    low_class_weights[] = { 50, 28, 20, 2 };

struct programme {
    const char *code;
    int32_t     age_from;
    int32_t     age_until;
    uint32_t    ppm;
    int32_t     self_pay;
};

static const struct programme programmes[] = {
    { "88", 0,  15, 500000, 200 },   /* local: children */
    { "52", 0,  20, 6000,   5000 },
    { "54", 20, 130, 8500,  10000 },
    { "21", 18, 75, 18000,  5000 },
    { "15", 18, 130, 2500,  10000 },
    { "38", 30, 90, 400,    10000 },
};
/* clang-format on */

static day_t
later(day_t a, day_t b)
{
    return a > b ? a : b;
}

static day_t
earlier(day_t a, day_t b)
{
    return a < b ? a : b;
}

/* The last 1 August: ratios and classes are judged anew then. */
static day_t
renewal_before(day_t today)
{
    struct civil civil = { .year = day_to_civil(today).year, .month = RENEWAL_MONTH, .day = 1 };

    if (day_from_civil(civil) > today)
        civil.year--;
    return day_from_civil(civil);
}

/* A period cut to the coverage; percent 0 when nothing is left. */
static struct term
term_within(const struct coverage *coverage, day_t from_on, day_t until_on, int16_t percent)
{
    struct term term = { .percent = percent,
                         .from_on = later(from_on, coverage->from_on),
                         .until_on = earlier(until_on, coverage->until_on) };
    return term.from_on < term.until_on ? term : (struct term){ 0 };
}

static void
ratio_add(struct coverage *coverage, struct term term)
{
    if (term.from_on >= term.until_on)
        return;
    assert(coverage->ratio_count < COVERAGE_RATIOS_MAX);
    coverage->ratios[coverage->ratio_count++] = term;
}

static void
old_age_ratios(struct coverage *coverage, day_t renewal, struct dice *dice)
{
    int16_t now = (int16_t)(10 * (dice_pick(dice, old_age_ratio_weights, 3) + 1));
    int16_t before = dice_hits(dice, 900000)
                         ? now
                         : (int16_t)(10 * (dice_pick(dice, old_age_ratio_weights, 3) + 1));

    ratio_add(coverage, term_within(coverage, day_add_months(renewal, -12), renewal, before));
    ratio_add(coverage, term_within(coverage, renewal, day_add_months(renewal, 12), now));
}

static void
ratios_make(struct coverage *coverage, const struct person *person, enum insurer_kind kind,
            day_t renewal, struct dice *dice)
{
    day_t elderly = elderly_from(person->birth_date);
    day_t old_age = old_age_from(person->birth_date);

    if (kind == INSURER_KIND_ASSISTANCE) {
        ratio_add(coverage, (struct term){ 0, coverage->from_on, coverage->until_on });
        return;
    }
    if (kind == INSURER_KIND_OLD_AGE) {
        old_age_ratios(coverage, renewal, dice);
        return;
    }
    day_t school = preschool_until(person->birth_date) + 1;
    ratio_add(coverage, term_within(coverage, coverage->from_on, school, RATIO_CHILD));
    ratio_add(coverage, term_within(coverage, school, elderly, RATIO_GENERAL));
    int16_t percent = dice_hits(dice, 100000) ? RATIO_GENERAL : RATIO_CHILD;
    coverage->elderly = term_within(coverage, later(elderly, renewal),
                                    earlier(old_age, day_add_months(renewal, 12)), percent);
}

static void
ceiling_make(struct coverage *coverage, const struct person *person, enum insurer_kind kind,
             day_t renewal, struct dice *dice)
{
    bool is_old_age = kind == INSURER_KIND_OLD_AGE;
    bool is_elderly = is_old_age || coverage->elderly.percent > 0;
    const char *class = NULL;

    if (kind == INSURER_KIND_ASSISTANCE
        || !dice_hits(dice, is_elderly ? ELDERLY_CEILING_PPM : GENERAL_CEILING_PPM))
        return;
    int16_t percent = is_old_age && coverage->ratio_count > 0
                          ? coverage->ratios[coverage->ratio_count - 1].percent
                          : coverage->elderly.percent;
    if (!is_elderly)
        class = general_classes[dice_pick(dice, general_class_weights, ARRAY_LEN(general_classes))];
    else if (percent == RATIO_GENERAL)
        class = active_classes[dice_pick(dice, active_class_weights, ARRAY_LEN(active_classes))];
    else if (!is_old_age)
        class = elderly_classes[dice_pick(dice, elderly_class_weights, ARRAY_LEN(elderly_classes))];
    else if (percent == RATIO_CHILD)
        class = "B09";
    else
        class = low_classes[dice_pick(dice, low_class_weights, ARRAY_LEN(low_classes))];
    day_t from_on = renewal;
    day_t until_on = day_add_months(renewal, 12);
    if (!is_elderly)
        until_on = earlier(until_on, elderly_from(person->birth_date));
    else if (!is_old_age)
        from_on = coverage->elderly.from_on;
    coverage->ceiling = term_within(coverage, from_on, until_on, 1);
    if (coverage->ceiling.percent == 0)
        return;
    assert(ceiling_class_fits(ceiling_class_info(span_of(class)), person->birth_date,
                              coverage->ceiling.from_on, kind));
    memcpy(coverage->ceiling_class, class, sizeof coverage->ceiling_class);
}

static void
disease_make(struct coverage *coverage, const struct person *person, const struct plan *plan,
             struct dice *dice)
{
    if (age_on(person->birth_date, plan->today) < DISEASE_AGE || !dice_hits(dice, DISEASE_PPM))
        return;
    bool is_high_income =
        strcmp(coverage->ceiling_class, "A01") == 0 || strcmp(coverage->ceiling_class, "A02") == 0;
    coverage->disease_self_pay = is_high_income ? SELF_PAY_HIGH_INCOME : SELF_PAY;
    coverage->disease_from_on = later(coverage->from_on, plan->today - dice_between(dice, 10, 900));
    if (coverage->disease_from_on >= coverage->until_on)
        coverage->disease_self_pay = 0;
}

static void
benefit_add(struct person *person, const struct programme *programme, int prefecture,
            const struct plan *plan, struct dice *dice)
{
    struct benefit *benefit = &person->benefits[person->benefit_count];
    struct text     payer = text_in(benefit->payer.digits, PAYER_NUMBER_LENGTH);
    struct text     recipient = text_in(benefit->recipient.digits, RECIPIENT_NUMBER_LENGTH);

    text_add_format(&payer, "%s%02d%03u", programme->code, prefecture, 900 + dice_below(dice, 100));
    digits_seal(benefit->payer.digits, PAYER_NUMBER_LENGTH - 1);
    text_add_format(&recipient, "%06u", dice_below(dice, 1000000));
    digits_seal(benefit->recipient.digits, RECIPIENT_NUMBER_LENGTH - 1);
    memcpy(benefit->programme, programme->code, sizeof benefit->programme);
    benefit->self_pay = programme->self_pay;
    benefit->from_on =
        later(person->birth_date, renewal_before(plan->today) - dice_between(dice, 0, 300));
    benefit->until_on =
        earlier(day_add_months(renewal_before(plan->today), 12),
                person->death_on == DAY_FOREVER ? DAY_FOREVER : person->death_on + 1);
    if (benefit->from_on < benefit->until_on)
        person->benefit_count++;
}

static void
benefits_make(struct person *person, int prefecture, const struct plan *plan, struct dice *dice)
{
    int32_t age = age_on(person->birth_date, plan->today);

    for (size_t i = 0; i < ARRAY_LEN(programmes); i++)
        if (programmes[i].age_from <= age && age < programmes[i].age_until
            && dice_hits(dice, programmes[i].ppm) && person->benefit_count < PERSON_BENEFITS_MAX)
            benefit_add(person, &programmes[i], prefecture, plan, dice);
}

void
terms_make(struct family *family, const struct plan *plan, struct dice *dice)
{
    day_t renewal = renewal_before(plan->today);

    for (size_t i = 0; i < family->count; i++) {
        struct person *person = &family->people[i];
        for (size_t c = 0; c < person->coverage_count; c++) {
            struct coverage  *coverage = &person->coverages[c];
            enum insurer_kind kind = card_insurer(plan, &family->cards[coverage->card])->kind;
            if (coverage->until_on <= renewal)
                continue; /* of what has ended, only that it was */
            ratios_make(coverage, person, kind, renewal, dice);
            ceiling_make(coverage, person, kind, renewal, dice);
            disease_make(coverage, person, plan, dice);
        }
        benefits_make(person, family->prefecture, plan, dice);
    }
}
