#include "family_parts.h"

#include "model/due.h"

enum {
    CONCEALED_PPM = 1000,
    NO_SELF_INFORMATION_PPM = 200,
    HELD_PPM = 500,
    CLINICAL_HOLD_PPM = 200,
    IDENTITY_CHECK_PPM = 500,
    SUSPENDED_PPM = 500,
    NO_BRANCH_PPM = 50000,
    NOTICE_PPM = 4000, /* of families: about two in a thousand people */
    OVERDUE_PPM = 100000,
    STATE_IDENTITY_CHECK = 2,
    STATE_SUSPENDED = 3,
    DUE_DAYS = 5,
    NEWBORN_PPM = 400000
};

static void
person_trouble(struct person *person, const struct plan *plan, struct dice *dice)
{
    const struct coverage *now = person_coverage_on(person, plan->today);

    if (dice_hits(dice, CONCEALED_PPM))
        person->flag_kind = 1;
    else if (dice_hits(dice, NO_SELF_INFORMATION_PPM))
        person->flag_kind = 2;
    if (dice_hits(dice, HELD_PPM))
        person->hold_scope = 2;
    else if (dice_hits(dice, CLINICAL_HOLD_PPM))
        person->hold_scope = 1;
    if (now != NULL) {
        struct coverage *coverage = &person->coverages[now - person->coverages];
        if (dice_hits(dice, IDENTITY_CHECK_PPM))
            coverage->state = STATE_IDENTITY_CHECK;
        else if (dice_hits(dice, SUSPENDED_PPM))
            coverage->state = STATE_SUSPENDED;
    }
    for (size_t i = 0; i < person->coverage_count; i++)
        if (dice_hits(dice, NO_BRANCH_PPM))
            person->coverages[i].branch[0] = '\0';
}

/* Somebody of whom the insurer has said that a registration follows. */
static bool
notice_make(struct family *family, const struct plan *plan, struct dice *dice)
{
    struct announced      *notice = &family->notice;
    const struct holidays  holidays = { .days = plan->holidays, .count = plan->holiday_count };
    const struct coverage *now = person_coverage_on(&family->people[0], plan->today);

    if (now == NULL || !dice_hits(dice, NOTICE_PPM))
        return true;
    notice->is_set = true;
    notice->is_overdue = dice_hits(dice, OVERDUE_PPM);
    notice->received_on = plan->today - dice_between(dice, 0, 3) - (notice->is_overdue ? 30 : 0);
    notice->due_on = due_day(notice->received_on, DUE_DAYS, &holidays);
    notice->event_on = notice->received_on - dice_between(dice, 1, 9);
    notice->birth_date = dice_hits(dice, NEWBORN_PPM)
                             ? notice->event_on
                             : plan->today - dice_between(dice, 20 * 365, 60 * 365);
    memcpy(notice->branch, "00", sizeof notice->branch);
    return card_make(family, plan, CARD_UNREGISTERED, family->cards[now->card].insurer);
}

bool
troubles_make(struct family *family, const struct plan *plan)
{
    struct dice dice = dice_make(plan->seed, DICE_TROUBLE, family->number);

    for (size_t i = 0; i < family->count; i++)
        person_trouble(&family->people[i], plan, &dice);
    if (!notice_make(family, plan, &dice))
        return false;
    if (family->card_count == 0)
        return true;
    return card_make(family, plan, CARD_NEVER, family->cards[0].insurer);
}
