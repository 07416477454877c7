#include "rule/checks.h"

#include "model/checkup.h"

/* One item of the row's list; place is from 1. */
typedef void item_check(const struct judging *judging, const struct checkup_value *value,
                        unsigned place);

static void
each_item(const struct judging *judging, item_check *check)
{
    struct span          rest = judging->row->checkup_items;
    struct checkup_value value;

    if (!reads(judging, COLUMN_CHECKUP_ITEMS) || !reads(judging, COLUMN_EXAMINED_ON))
        return;
    for (unsigned place = 1; place <= CHECKUP_ITEMS_MAX && checkup_next(&rest, &value); place++)
        check(judging, &value, place);
}

static void
find_trouble(const struct judging *judging, const struct checkup_value *value, unsigned place,
             enum checkup_trouble trouble)
{
    if (checkup_look(value, judging->row->examined_on) == trouble)
        found_at(judging, COLUMN_CHECKUP_ITEMS, place);
}

static void
item_known(const struct judging *judging, const struct checkup_value *value, unsigned place)
{
    struct span          rest = judging->row->checkup_items;
    struct checkup_value earlier;

    for (unsigned at = 1; at < place && checkup_next(&rest, &earlier); at++)
        if (span_equal(earlier.code, value->code)) {
            found_at(judging, COLUMN_CHECKUP_ITEMS, place);
            return;
        }
    find_trouble(judging, value, place, CHECKUP_ITEM_UNKNOWN);
}

void
check_checkup_item(const struct judging *judging)
{
    struct span          rest = judging->row->checkup_items;
    struct checkup_value value;
    unsigned             count = 0;

    while (count <= CHECKUP_ITEMS_MAX && checkup_next(&rest, &value))
        count++;
    if (count > CHECKUP_ITEMS_MAX)
        found(judging, COLUMN_CHECKUP_ITEMS);
    else
        each_item(judging, item_known);
}

static void
item_unit(const struct judging *judging, const struct checkup_value *value, unsigned place)
{
    find_trouble(judging, value, place, CHECKUP_UNIT_WRONG);
}

void
check_checkup_unit(const struct judging *judging)
{
    each_item(judging, item_unit);
}

static void
item_value(const struct judging *judging, const struct checkup_value *value, unsigned place)
{
    find_trouble(judging, value, place, CHECKUP_VALUE_WRONG);
    find_trouble(judging, value, place, CHECKUP_FLAG_WRONG);
}

void
check_checkup_value(const struct judging *judging)
{
    each_item(judging, item_value);
}

static void
item_range(const struct judging *judging, const struct checkup_value *value, unsigned place)
{
    find_trouble(judging, value, place, CHECKUP_OUT_OF_RANGE);
}

void
check_checkup_range(const struct judging *judging)
{
    each_item(judging, item_range);
}

void
check_checkup_day(const struct judging *judging)
{
    const struct enrolment_row *row = judging->row;
    day_t                       today = judging->context->today;
    int32_t from_on = policy_on(judging->context->policies, POLICY_CHECKUPS_FROM, today);

    if (!reads(judging, COLUMN_EXAMINED_ON))
        return;
    if (row->examined_on > today
        || (row->birth_date != DAY_UNKNOWN && row->examined_on < row->birth_date)
        || (from_on != POLICY_UNKNOWN && row->examined_on < from_on))
        found(judging, COLUMN_EXAMINED_ON);
}

/* Values that are looked at together, in hundredths; 0 is none. */
enum together { HEIGHT, WEIGHT, BMI, SYSTOLIC, DIASTOLIC = SYSTOLIC + 3, TOGETHER = DIASTOLIC + 3 };

static const char *const together_codes[TOGETHER] = {
    [HEIGHT] = "9N001000000000001",        [WEIGHT] = "9N006000000000001",
    [BMI] = "9N011000000000001",           [SYSTOLIC] = "9A751000000000001",
    [SYSTOLIC + 1] = "9A752000000000001",  [SYSTOLIC + 2] = "9A755000000000001",
    [DIASTOLIC] = "9A761000000000001",     [DIASTOLIC + 1] = "9A762000000000001",
    [DIASTOLIC + 2] = "9A765000000000001",
};

/* Rounded to the one decimal that is sent, and one more for who cut instead. */
enum { BMI_SLACK = 15, CM_PER_M = 100, HUNDREDTHS = 100 };

static bool
bmi_fits(const int32_t *values)
{
    int64_t height = values[HEIGHT];
    int64_t weight = values[WEIGHT];

    if (height == 0 || weight == 0 || values[BMI] == 0)
        return true;
    int64_t bmi = weight * HUNDREDTHS * CM_PER_M * HUNDREDTHS / height * CM_PER_M / height;
    return values[BMI] >= bmi - BMI_SLACK && values[BMI] <= bmi + BMI_SLACK;
}

void
check_checkup_together(const struct judging *judging)
{
    struct span          rest = judging->row->checkup_items;
    struct checkup_value value;
    int32_t              values[TOGETHER] = { 0 };
    unsigned             places[TOGETHER] = { 0 };

    if (!reads(judging, COLUMN_CHECKUP_ITEMS))
        return;
    for (unsigned place = 1; place <= CHECKUP_ITEMS_MAX && checkup_next(&rest, &value); place++)
        for (int i = 0; i < TOGETHER; i++)
            if (span_is(value.code, together_codes[i]) && checkup_number(value.value, &values[i]))
                places[i] = place;
    if (!bmi_fits(values))
        found_at(judging, COLUMN_CHECKUP_ITEMS, places[BMI]);
    for (int i = 0; i < DIASTOLIC - SYSTOLIC; i++)
        if (values[SYSTOLIC + i] != 0 && values[DIASTOLIC + i] >= values[SYSTOLIC + i])
            found_at(judging, COLUMN_CHECKUP_ITEMS, places[DIASTOLIC + i]);
}
