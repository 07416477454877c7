#include "family.h"

#include "family_parts.h"

#include "base/text.h"
#include "model/day.h"
#include "model/ratio.h"

enum {
    ADULT_AGE = 20,
    CHILD_AGE_MAX = 22,
    PARENT_AGE_MIN = 27,
    PARENT_AGE_MAX = 57,
    SPOUSE_PPM = 580000,
    SINGLE_PARENT_PPM = 90000,
    TWINS_PPM = 11000,
    MOVED_PPM = 20000,
    ARENA_BLOCK_BYTES = 64 * 1024,
    ARENA_BYTES_MAX = 256 * 1024,
    AGE_STEP = 5
};

/* clang-format off */
/* Adults from 20 on, in steps of five years; per mille of all. */
static const uint16_t adult_weights[] = { 50, 51, 53, 60, 67, 78, 69, 63, 59, 65, 73, 56, 43, 30, 15, 4 };

static const uint16_t child_weights[] = { 250, 300, 320, 110, 20 };
/* clang-format on */

struct member {
    day_t birth_date;
    bool  is_spouse;
};

struct composition {
    struct member members[FAMILY_PEOPLE_MAX];
    size_t        count;
};

static day_t
birth_of_age(struct dice *dice, day_t today, int32_t age)
{
    return day_add_months(today, -12 * age) - (day_t)dice_below(dice, 365);
}

static void
member_add(struct composition *all, day_t birth_date, bool is_spouse)
{
    if (all->count < FAMILY_PEOPLE_MAX)
        all->members[all->count++] =
            (struct member){ .birth_date = birth_date, .is_spouse = is_spouse };
}

static void
children_add(struct composition *all, struct dice *dice, day_t today, int32_t parent_age)
{
    size_t wanted = dice_pick(dice, child_weights, ARRAY_LEN(child_weights));

    for (size_t i = 0; i < wanted; i++) {
        int32_t age = parent_age - dice_between(dice, 25, 36);
        if (age < 0 || age > CHILD_AGE_MAX)
            continue;
        day_t birth_date = birth_of_age(dice, today, age);
        member_add(all, birth_date, false);
        if (dice_hits(dice, TWINS_PPM))
            member_add(all, birth_date, false);
    }
}

static void
compose(const struct plan *plan, uint64_t number, struct composition *ret_all)
{
    struct dice dice = dice_make(plan->seed, DICE_COMPOSITION, number);
    int32_t     age = ADULT_AGE
                  + AGE_STEP * (int32_t)dice_pick(&dice, adult_weights, ARRAY_LEN(adult_weights))
                  + dice_between(&dice, 0, AGE_STEP - 1);

    ret_all->count = 0;
    member_add(ret_all, birth_of_age(&dice, plan->today, age), false);
    bool has_spouse = age >= PARENT_AGE_MIN - 2 && age < 95 && dice_hits(&dice, SPOUSE_PPM);
    if (has_spouse) {
        int32_t other = age + dice_between(&dice, -5, 4);
        member_add(ret_all, birth_of_age(&dice, plan->today, other < ADULT_AGE ? ADULT_AGE : other),
                   true);
    }
    if (age >= PARENT_AGE_MIN && age <= PARENT_AGE_MAX
        && (has_spouse || dice_hits(&dice, SINGLE_PARENT_PPM)))
        children_add(ret_all, &dice, plan->today, age);
}

size_t
family_size(const struct plan *plan, uint64_t number)
{
    struct composition all = { 0 };
    compose(plan, number, &all);
    return all.count;
}

static day_t
death_day(struct dice *dice, day_t today, day_t birth_date)
{
    /* Within the past years; by age: up to 64, up to 74, up to 84, beyond. */
    static const uint32_t ppm[] = { 4000, 35000, 90000, 260000 };
    int32_t               age = age_on(birth_date, today);
    size_t                at = age < 65 ? 0 : age < 75 ? 1 : age < 85 ? 2 : 3;

    if (!dice_hits(dice, ppm[at]))
        return DAY_FOREVER;
    day_t day = today - dice_between(dice, 1, PAST_YEARS * 365 - 1);
    return day > birth_date ? day : DAY_FOREVER;
}

static void
address_make(char place[ADDRESS_SIZE], int prefecture, struct dice *dice)
{
    static const char *const towns[] = { "見本市", "試験市", "例示町", "仮想区", "模擬村" };
    struct text              text = text_in(place, ADDRESS_SIZE);

    text_add_format(&text, "%s%s%s合成町%u丁目%u番%u号", prefecture_info(prefecture)->name_ja,
                    prefecture_suffix(prefecture), towns[dice_below(dice, ARRAY_LEN(towns))],
                    dice_below(dice, 9) + 1, dice_below(dice, 40) + 1, dice_below(dice, 30) + 1);
}

static void
person_make(struct family *family, const struct plan *plan, size_t at, const struct member *member,
            const struct surname *surname, struct dice *dice)
{
    struct person *person = &family->people[at];

    person->birth_date = member->birth_date;
    if (member->is_spouse)
        person->sex = family->people[0].sex == SEX_MALE ? SEX_FEMALE : SEX_MALE;
    else
        person->sex = dice_hits(dice, 487000) ? SEX_MALE : SEX_FEMALE;
    name_make(&person->name, surname, person->sex, dice);
    person->death_on = death_day(dice, plan->today, person->birth_date);
    person->moved_on = DAY_UNKNOWN;
    person->coverage_count = 0;
    person->benefit_count = 0;
    person->flag_kind = 0;
    person->hold_scope = 0;
    person->known_from = plan->today;
}

/* A family lives together and moves together. */
static void
home_make(struct family *family, const struct plan *plan, struct dice *dice)
{
    struct person *head = &family->people[0];
    struct text    post = text_in(head->post_number, sizeof head->post_number);

    address_make(head->address, family->prefecture, dice);
    text_add_format(&post, "000%04u", dice_below(dice, 10000)); /* no such post code */
    bool has_moved = dice_hits(dice, MOVED_PPM);
    if (has_moved)
        address_make(head->old_address, prefecture_pick(dice), dice);
    day_t moved_on = plan->today - dice_between(dice, 30, 360);
    for (size_t i = 0; i < family->count; i++) {
        struct person *person = &family->people[i];
        if (i > 0) {
            memcpy(person->address, head->address, sizeof person->address);
            memcpy(person->post_number, head->post_number, sizeof person->post_number);
            memcpy(person->old_address, head->old_address, sizeof person->old_address);
        }
        if (has_moved && person->birth_date < moved_on && moved_on < person->death_on)
            person->moved_on = moved_on;
    }
}

bool
family_open(struct family *family)
{
    memset(family, 0, sizeof *family);
    return arena_open(&family->arena, ARENA_BLOCK_BYTES, ARENA_BYTES_MAX);
}

void
family_close(struct family *family)
{
    arena_close(&family->arena);
}

bool
family_make(struct family *family, const struct plan *plan, uint64_t number,
            int64_t first_person_id, size_t people_max)
{
    struct dice        dice = dice_make(plan->seed, DICE_FAMILY, number);
    struct composition all = { 0 };

    arena_reset(&family->arena);
    compose(plan, number, &all);
    family->number = number;
    family->count = all.count < people_max ? all.count : people_max;
    family->card_count = 0;
    family->prefecture = prefecture_pick(&dice);
    family->notice.is_set = false;
    struct surname surname = surname_pick(&dice);
    for (size_t i = 0; i < family->count; i++) {
        family->people[i].person_id = first_person_id + (int64_t)i;
        person_make(family, plan, i, &all.members[i], &surname, &dice);
    }
    home_make(family, plan, &dice);
    if (!tenures_make(family, plan, &dice))
        return false;
    terms_make(family, plan, &dice);
    return troubles_make(family, plan);
}

const struct coverage *
person_coverage_on(const struct person *person, day_t day)
{
    for (size_t i = 0; i < person->coverage_count; i++)
        if (coverage_holds(&person->coverages[i], day))
            return &person->coverages[i];
    return NULL;
}
