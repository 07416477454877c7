#include "family_parts.h"

#include "model/day.h"
#include "model/ratio.h"

#include <assert.h>

/*
 * A tenure is the row of insurers under which somebody is insured in their own right; dependants
 * follow it. It ends with a death, or at 75, when medical care for the elderly takes over; those
 * who depended on it are with the national health insurance of their town from then on.
 */
enum {
    SEGMENTS_MAX = 6,
    CHANGE_PPM = 60000, /* a year */
    GAP_PPM = 100000,
    ASSISTANCE_PPM = 16000,
    SPOUSE_WORKS_PPM = 550000,
    KNOWN_AHEAD_DAYS = 30,
    OLD_AGE = 75,
    WORKING_AGE = 20,
    RETIRED_AGE = 65,
    OLD_CARDS_END = 20059, /* 2024-12-02: the first day without new cards of the old kind */
    REGISTRY_START = 18920 /* 2021-10-20 */
};

struct segment {
    day_t       from_on;
    day_t       until_on;
    uint32_t    card;
    uint32_t    insurer;
    const char *end_reason;
};

struct tenure {
    struct segment segments[SEGMENTS_MAX];
    size_t         count;
    bool           is_personal; /* medical assistance: each person has a card of their own */
};

/* clang-format off */
static const enum insurer_kind kind_choices[] = {
    INSURER_KIND_ASSOCIATION, INSURER_KIND_SOCIETY, INSURER_KIND_MUTUAL_AID, INSURER_KIND_NATIONAL,
    INSURER_KIND_NATIONAL_UNION, INSURER_KIND_SEAMEN, INSURER_KIND_OTHER,
};
static const uint16_t working_weights[] = { 410, 300, 105, 148, 30, 3, 4 };
static const uint16_t retired_weights[] = { 150,  55,  30, 745, 20, 0, 0 };
/* clang-format on */

static uint32_t
insurer_choose(const struct family *family, const struct plan *plan, int32_t age, struct dice *dice)
{
    const uint16_t *weights = age < RETIRED_AGE ? working_weights : retired_weights;
    size_t          pick = dice_pick(dice, weights, ARRAY_LEN(kind_choices));

    return world_insurer_pick(plan->world, kind_choices[pick], family->prefecture, dice);
}

static day_t
earlier(day_t a, day_t b)
{
    return a < b ? a : b;
}

static day_t
later(day_t a, day_t b)
{
    return a > b ? a : b;
}

/* The first day on which care for the elderly is known to take over; DAY_FOREVER when it is far. */
static day_t
old_age_known(const struct person *person, day_t today)
{
    day_t day = old_age_from(person->birth_date);
    return day <= today + KNOWN_AHEAD_DAYS ? day : DAY_FOREVER;
}

static day_t
day_behind(day_t day)
{
    return day == DAY_FOREVER ? DAY_FOREVER : day + 1;
}

static bool
card_new(struct family *family, const struct plan *plan, uint32_t insurer, uint32_t *ret_card)
{
    assert(family->card_count < CARD_UNREGISTERED);
    *ret_card = family->card_count++;
    return card_make(family, plan, *ret_card, insurer);
}

static bool
segment_add(struct family *family, const struct plan *plan, struct tenure *tenure, uint32_t insurer,
            day_t from_on)
{
    assert(tenure->count < SEGMENTS_MAX);
    struct segment *segment = &tenure->segments[tenure->count++];

    *segment = (struct segment){ .from_on = from_on, .until_on = DAY_FOREVER, .insurer = insurer };
    return tenure->is_personal || card_new(family, plan, insurer, &segment->card);
}

static const char *
change_reason(enum insurer_kind kind)
{
    return kind == INSURER_KIND_NATIONAL || kind == INSURER_KIND_NATIONAL_UNION ? "L03" : "L04";
}

static bool
tenure_make(struct family *family, const struct plan *plan, const struct person *holder,
            struct tenure *ret_tenure, struct dice *dice)
{
    int32_t  age = age_on(holder->birth_date, plan->today);
    day_t    start = plan->today - dice_between(dice, PAST_YEARS * 365 + 1, 25 * 365);
    day_t    end = earlier(old_age_known(holder, plan->today), day_behind(holder->death_on));
    uint32_t insurer =
        ret_tenure->is_personal
            ? world_insurer_pick(plan->world, INSURER_KIND_ASSISTANCE, family->prefecture, dice)
            : insurer_choose(family, plan, age, dice);

    if (ret_tenure->is_personal)
        end = day_behind(holder->death_on);
    start = later(start, birthday_of(holder->birth_date, WORKING_AGE));
    start = earlier(start, plan->today - 1);
    if (!segment_add(family, plan, ret_tenure, insurer, start))
        return false;
    for (int year = PAST_YEARS; year > 0 && !ret_tenure->is_personal; year--) {
        day_t           change = plan->today - year * 365 + dice_between(dice, 0, 359);
        struct segment *last = &ret_tenure->segments[ret_tenure->count - 1];
        if (!dice_hits(dice, CHANGE_PPM) || change <= last->from_on + 30 || change + 31 >= end)
            continue;
        last->until_on = change;
        last->end_reason = change_reason(plan->world->insurers[last->insurer].kind);
        if (dice_hits(dice, GAP_PPM))
            change = earlier(change + dice_between(dice, 1, 30), plan->today - 1);
        if (!segment_add(family, plan, ret_tenure, insurer_choose(family, plan, age, dice), change))
            return false;
    }
    struct segment *last = &ret_tenure->segments[ret_tenure->count - 1];
    last->until_on = end;
    last->end_reason = end == DAY_FOREVER                    ? NULL
                       : end == day_behind(holder->death_on) ? "L01"
                                                             : "L05";
    return true;
}

static void
card_dates(struct coverage *coverage, enum insurer_kind kind, const struct plan *plan,
           struct dice *dice)
{
    static const uint16_t issue_weights[] = { 30, 20, 15, 10, 10, 5, 5, 5 };

    coverage->issued_on = later(coverage->from_on, DAY_FIRST)
                          + (day_t)dice_pick(dice, issue_weights, ARRAY_LEN(issue_weights));
    bool is_national = kind == INSURER_KIND_NATIONAL || kind == INSURER_KIND_NATIONAL_UNION;
    if (kind == INSURER_KIND_ASSISTANCE)
        coverage->card_expires_on = DAY_UNKNOWN;
    else if (kind == INSURER_KIND_OLD_AGE)
        coverage->card_expires_on = day_from_civil((struct civil){ 2026, 7, 31 });
    else if (coverage->issued_on < OLD_CARDS_END)
        coverage->card_expires_on = is_national ? day_from_civil((struct civil){ 2025, 7, 31 })
                                    : dice_hits(dice, 60000)
                                        ? day_from_civil((struct civil){ 2025, 3, 31 })
                                        : day_from_civil((struct civil){ 2025, 12, 1 });
    else if (dice_hits(dice, 250000)) /* 資格確認書 */
        coverage->card_expires_on = day_add_months(coverage->issued_on, 12 * 4);
    else
        coverage->card_expires_on = DAY_UNKNOWN;
    if (coverage->card_expires_on != DAY_UNKNOWN && coverage->card_expires_on < coverage->from_on)
        coverage->card_expires_on = day_add_months(coverage->from_on, 12);
    day_t event = coverage->until_on <= plan->today ? coverage->until_on : coverage->from_on;
    event += (day_t)dice_below(dice, 5) * (day_t)dice_below(dice, 7);
    coverage->recorded_on = earlier(later(event, REGISTRY_START), plan->today - 1);
}

struct membership {
    uint32_t    card;
    day_t       from_on;
    day_t       until_on;
    const char *loss_reason;
    bool        is_dependant;
};

static void
coverage_add(struct family *family, const struct plan *plan, size_t at,
             const struct membership *membership, struct dice *dice)
{
    struct person *person = &family->people[at];
    bool           is_first = person->coverage_count == 0;

    if (membership->from_on >= membership->until_on)
        return;
    assert(person->coverage_count < PERSON_COVERAGES_MAX);
    struct coverage *coverage = &person->coverages[person->coverage_count];
    memset(coverage, 0, sizeof *coverage);
    const struct card *card = &family->cards[membership->card];
    enum insurer_kind  kind = card_insurer(plan, card)->kind;
    bool is_personal = kind == INSURER_KIND_OLD_AGE || kind == INSURER_KIND_ASSISTANCE;

    coverage->coverage_id =
        person->person_id * PERSON_COVERAGES_MAX + (int64_t)person->coverage_count;
    person->coverage_count++;
    coverage->card = membership->card;
    coverage->from_on = membership->from_on;
    coverage->until_on = membership->until_on;
    coverage->loss_reason = membership->until_on == DAY_FOREVER ? NULL : membership->loss_reason;
    coverage->state = 1;
    coverage->scheme = kind == INSURER_KIND_ASSISTANCE ? 2 : 1;
    coverage->card_class = kind == INSURER_KIND_ASSISTANCE ? "A1"
                           : kind == INSURER_KIND_OTHER    ? "07"
                                                           : "01";
    if (!is_personal) {
        coverage->relation = membership->is_dependant ? RELATION_FAMILY : RELATION_INSURED;
        coverage->branch[0] = '0';
        coverage->branch[1] = (char)('0' + (membership->is_dependant ? at : 0));
        if (membership->is_dependant)
            coverage->insured_name = family->people[0].name.name;
    }
    day_t school = preschool_until(person->birth_date);
    coverage->preschool_until = school >= plan->today - PAST_YEARS * 365 ? school : DAY_UNKNOWN;
    card_dates(coverage, kind, plan, dice);
    if (is_first || coverage->recorded_on < person->known_from)
        person->known_from = coverage->recorded_on;
}

static bool
ends_with_holder(const struct segment *segment)
{
    return segment->end_reason != NULL
           && (strcmp(segment->end_reason, "L01") == 0 || strcmp(segment->end_reason, "L05") == 0);
}

/* What of a tenure falls to one person; what ended long ago is left out. */
static bool
tenure_apply(struct family *family, const struct plan *plan, size_t at, const struct tenure *tenure,
             struct dice *dice)
{
    const struct person *person = &family->people[at];
    day_t                death = day_behind(person->death_on);
    day_t old_age = tenure->is_personal ? DAY_FOREVER : old_age_known(person, plan->today);
    day_t limit = earlier(death, old_age);

    for (size_t i = 0; i < tenure->count; i++) {
        const struct segment *segment = &tenure->segments[i];
        struct membership     membership = {
                .card = segment->card,
                .from_on = later(segment->from_on, person->birth_date),
                .until_on = earlier(segment->until_on, limit),
                .loss_reason = segment->end_reason,
                .is_dependant = at > 0,
        };
        if (membership.until_on == limit && limit != DAY_FOREVER)
            membership.loss_reason = limit == death ? "L01" : "L05";
        else if (at > 0 && ends_with_holder(segment))
            membership.loss_reason = "L08"; /* nobody is left to depend on */
        if (membership.from_on >= membership.until_on
            || membership.until_on < plan->today - PAST_YEARS * 365)
            continue;
        if (tenure->is_personal && !card_new(family, plan, segment->insurer, &membership.card))
            return false;
        coverage_add(family, plan, at, &membership, dice);
    }
    return true;
}

static bool
old_age_apply(struct family *family, const struct plan *plan, size_t at, struct dice *dice)
{
    const struct person *person = &family->people[at];
    day_t                start = day_from_civil((struct civil){ 2008, 4, 1 });
    struct membership    membership = {
           .from_on = later(old_age_from(person->birth_date), start),
           .until_on = day_behind(person->death_on),
           .loss_reason = "L01",
    };

    if (old_age_known(person, plan->today) == DAY_FOREVER
        || membership.from_on >= membership.until_on)
        return true;
    uint32_t insurer =
        world_insurer_pick(plan->world, INSURER_KIND_OLD_AGE, family->prefecture, dice);
    if (!card_new(family, plan, insurer, &membership.card))
        return false;
    coverage_add(family, plan, at, &membership, dice);
    return true;
}

/* Those who depended on somebody who died or turned 75 are with their town from that day on. */
static bool
tenure_continue(struct family *family, const struct plan *plan, struct tenure *tenure,
                struct dice *dice)
{
    day_t end = tenure->segments[tenure->count - 1].until_on;

    if (end == DAY_FOREVER || tenure->is_personal || family->count < 2)
        return true;
    return segment_add(
        family, plan, tenure,
        world_insurer_pick(plan->world, INSURER_KIND_NATIONAL, family->prefecture, dice), end);
}

static bool
spouse_apply(struct family *family, const struct plan *plan, const struct tenure *shared,
             struct dice *dice)
{
    struct tenure own = { .is_personal = false };
    int32_t       head_age = age_on(family->people[0].birth_date, plan->today);
    int32_t       age = age_on(family->people[1].birth_date, plan->today);
    bool          is_adult = age > 22 && (head_age >= OLD_AGE || dice_hits(dice, SPOUSE_WORKS_PPM));

    if (!is_adult || shared->is_personal)
        return tenure_apply(family, plan, 1, shared, dice);
    if (age >= OLD_AGE + PAST_YEARS)
        return true;
    if (!tenure_make(family, plan, &family->people[1], &own, dice))
        return false;
    size_t before = family->people[1].coverage_count;
    if (!tenure_apply(family, plan, 1, &own, dice))
        return false;
    for (size_t i = before; i < family->people[1].coverage_count; i++) {
        struct coverage *coverage = &family->people[1].coverages[i];
        coverage->relation = RELATION_INSURED;
        coverage->insured_name = NULL;
        coverage->branch[1] = '0';
    }
    return true;
}

bool
tenures_make(struct family *family, const struct plan *plan, struct dice *dice)
{
    struct tenure shared = { .is_personal = dice_hits(dice, ASSISTANCE_PPM) };

    if (!tenure_make(family, plan, &family->people[0], &shared, dice)
        || !tenure_apply(family, plan, 0, &shared, dice)
        || !tenure_continue(family, plan, &shared, dice))
        return false;
    for (size_t i = 1; i < family->count; i++)
        if (!(i == 1 ? spouse_apply(family, plan, &shared, dice)
                     : tenure_apply(family, plan, i, &shared, dice)))
            return false;
    for (size_t i = 0; i < family->count && !shared.is_personal; i++)
        if (!old_age_apply(family, plan, i, dice))
            return false;
    return true;
}
