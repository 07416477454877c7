#include "draft.h"

#include "model/day.h"
#include "model/near.h"

enum {
    LOST_PPM = 90000, /* of those whose coverage ended */
    NOT_YET_PPM = 2500,
    MISTYPED_PPM = 8000,
    NOT_FOUND_PPM = 6000,
    EXPIRED_PPM = 6000,
    NO_BRANCH_PPM = 30000,
    NO_ZEROS_PPM = 20000,
    DAY_GIVEN_PPM = 100000,
    HOLD_ELIGIBILITY = 2
};

static const char wrong_branch[] = "77";

static void
draft_start(struct draft *draft, const struct family *family, const struct person *person,
            const struct coverage *coverage, enum reason reason, enum validity validity)
{
    *draft = (struct draft){ .validity = validity,
                             .reason = reason,
                             .card = &family->cards[coverage->card],
                             .birth_date = person->birth_date,
                             .asked_on = DAY_UNKNOWN };
    memcpy(draft->number, draft->card->number, sizeof draft->number);
    memcpy(draft->branch, coverage->branch, sizeof coverage->branch);
}

/* Whether somebody else of the same birth date has ever had this card. */
static bool
has_twin(const struct family *family, size_t at, uint32_t card)
{
    for (size_t i = 0; i < family->count; i++) {
        const struct person *other = &family->people[i];
        if (i == at || other->birth_date != family->people[at].birth_date)
            continue;
        for (size_t c = 0; c < other->coverage_count; c++)
            if (other->coverages[c].card == card)
                return true;
    }
    return false;
}

static bool
is_sealed(const struct person *person, const struct coverage *coverage)
{
    return person->hold_scope == HOLD_ELIGIBILITY || coverage->state != COVERAGE_IN_ORDER;
}

static bool
draft_sealed(struct draft *draft, const struct family *family, const struct person *person,
             const struct coverage *coverage)
{
    bool is_checked =
        person->hold_scope != HOLD_ELIGIBILITY && coverage->state == COVERAGE_IDENTITY_CHECK;

    draft_start(draft, family, person, coverage,
                is_checked ? REASON_IDENTITY_CHECK_PENDING : REASON_SUSPENDED,
                VALIDITY_NO_COVERAGE);
    return true;
}

static bool
draft_in_force(struct draft *draft, const struct plan *plan, const struct family *family,
               const struct person *person, const struct coverage *coverage)
{
    bool has_expired = coverage->card_expires_on != DAY_UNKNOWN
                       && coverage->card_expires_on < plan->today
                       && plan->today <= plan->transition_end;

    draft_start(draft, family, person, coverage,
                has_expired ? REASON_EXPIRED_CARD_WITHIN_TRANSITION : REASON_IN_FORCE,
                VALIDITY_VALID);
    return true;
}

static bool
draft_lost(struct draft *draft, const struct plan *plan, const struct family *family, size_t at)
{
    const struct person   *person = &family->people[at];
    const struct coverage *now = person_coverage_on(person, plan->today);
    const struct coverage *lost = NULL;

    for (size_t i = 0; i < person->coverage_count; i++)
        if (person->coverages[i].until_on <= plan->today)
            lost = &person->coverages[i];
    if (lost == NULL || is_sealed(person, lost) || has_twin(family, at, lost->card))
        return false;
    draft_start(draft, family, person, lost, REASON_LOST,
                now != NULL && now->state == COVERAGE_IN_ORDER ? VALIDITY_NEWER_COVERAGE
                                                               : VALIDITY_NOT_VALID);
    return true;
}

static bool
draft_expired(struct draft *draft, const struct plan *plan, const struct family *family,
              const struct person *person, const struct coverage *coverage, struct dice *dice)
{
    day_t asked_on = plan->transition_end - dice_between(dice, 0, 90);

    if (coverage->card_expires_on == DAY_UNKNOWN || coverage->card_expires_on >= asked_on
        || asked_on > plan->today || !coverage_holds(coverage, asked_on))
        return false;
    draft_start(draft, family, person, coverage, REASON_EXPIRED_CARD_WITHIN_TRANSITION,
                VALIDITY_VALID);
    draft->asked_on = asked_on;
    return true;
}

static bool
slip_in_number(struct draft *draft)
{
    char *last = draft->number + strlen(draft->number) - 1;

    if (*last < '0' || *last > '9')
        return false; /* full width: its last byte is no digit */
    *last = (char)('0' + (*last - '0' + 1) % 10);
    return true;
}

static bool
slip_in_birth_date(struct draft *draft, const struct family *family, day_t today)
{
    static const day_t steps[] = { 1, -1, 10, -10, 2, -2 };

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        day_t typed = draft->birth_date + steps[i];
        bool  is_taken = typed > today || near_day(typed, draft->birth_date) == SLIP_NONE;
        for (size_t p = 0; p < family->count; p++)
            is_taken = is_taken || family->people[p].birth_date == typed;
        if (!is_taken) {
            draft->birth_date = typed;
            return true;
        }
    }
    return false;
}

static bool
draft_mistyped(struct draft *draft, const struct plan *plan, const struct family *family,
               const struct person *person, const struct coverage *coverage, struct dice *dice)
{
    draft_start(draft, family, person, coverage, REASON_MISTYPED, VALIDITY_NO_COVERAGE);
    switch (dice_below(dice, 3)) {
    case 0:
        return slip_in_number(draft);
    case 1:
        return slip_in_birth_date(draft, family, plan->today);
    default:
        if (draft->branch[0] == '\0')
            return false;
        memcpy(draft->branch, wrong_branch, sizeof wrong_branch);
        return true;
    }
}

static bool
draft_not_found(struct draft *draft, const struct plan *plan, const struct family *family,
                const struct coverage *coverage, struct dice *dice)
{
    draft_start(draft, family, &family->people[0], coverage, REASON_NOT_FOUND,
                VALIDITY_NO_COVERAGE);
    draft->card = &family->cards[CARD_NEVER];
    memcpy(draft->number, draft->card->number, sizeof draft->number);
    draft->birth_date = plan->today - dice_between(dice, 30 * 365, 90 * 365);
    for (size_t i = 0; i < family->count; i++)
        if (family->people[i].birth_date == draft->birth_date)
            return false; /* might be near to somebody's own card */
    return true;
}

static bool
draft_not_yet(struct draft *draft, const struct family *family, const struct person *person,
              const struct coverage *coverage, struct dice *dice)
{
    draft_start(draft, family, person, coverage, REASON_NOT_YET_STARTED, VALIDITY_NOT_VALID);
    draft->asked_on = coverage->from_on - dice_between(dice, 1, 20);
    return true;
}

bool
draft_plain(struct draft *draft, const struct plan *plan, const struct family *family, size_t at)
{
    const struct person   *person = &family->people[at];
    const struct coverage *now = person_coverage_on(person, plan->today);

    return now != NULL && now->until_on == DAY_FOREVER && now->relation == RELATION_INSURED
           && now->branch[0] != '\0' && !is_sealed(person, now) && person->flag_kind == 0
           && !has_twin(family, at, now->card) && draft_in_force(draft, plan, family, person, now)
           && draft->reason == REASON_IN_FORCE;
}

bool
draft_any(struct draft *draft, const struct plan *plan, const struct family *family, size_t at,
          struct dice *dice)
{
    const struct person   *person = &family->people[at];
    const struct coverage *now = person_coverage_on(person, plan->today);

    if (dice_hits(dice, LOST_PPM) && draft_lost(draft, plan, family, at))
        return true;
    if (now == NULL || now->until_on != DAY_FOREVER)
        return false;
    if (has_twin(family, at, now->card)) {
        draft_start(draft, family, person, now, REASON_AMBIGUOUS, VALIDITY_SEVERAL);
        draft->branch[0] = '\0';
        return true;
    }
    if (is_sealed(person, now))
        return draft_sealed(draft, family, person, now);
    if (dice_hits(dice, NOT_YET_PPM))
        return draft_not_yet(draft, family, person, now, dice);
    if (dice_hits(dice, MISTYPED_PPM))
        return draft_mistyped(draft, plan, family, person, now, dice);
    if (dice_hits(dice, NOT_FOUND_PPM))
        return draft_not_found(draft, plan, family, now, dice);
    if (dice_hits(dice, EXPIRED_PPM))
        return draft_expired(draft, plan, family, person, now, dice);
    return draft_in_force(draft, plan, family, person, now);
}

bool
draft_notice(struct draft *draft, const struct family *family)
{
    const struct announced *notice = &family->notice;

    if (!notice->is_set)
        return false;
    *draft = (struct draft){ .validity = VALIDITY_NO_COVERAGE,
                             .reason = REASON_NOTIFIED_NOT_REGISTERED,
                             .card = &family->cards[CARD_UNREGISTERED],
                             .birth_date = notice->birth_date,
                             .asked_on = DAY_UNKNOWN };
    memcpy(draft->number, draft->card->number, sizeof draft->number);
    memcpy(draft->branch, notice->branch, sizeof notice->branch);
    return true;
}

/* As hands and scanners write it: the answer must not depend on it. */
static void
vary(struct draft *draft, struct dice *dice)
{
    bool is_wrong_branch = strcmp(draft->branch, wrong_branch) == 0;

    if (dice_hits(dice, NO_BRANCH_PPM) && !is_wrong_branch)
        draft->branch[0] = '\0';
    else if (draft->branch[0] == '0' && dice_hits(dice, NO_ZEROS_PPM))
        memmove(draft->branch, draft->branch + 1, 2);
    if (dice_hits(dice, NO_ZEROS_PPM)) {
        size_t zeros = strspn(draft->number, "0");
        if (zeros < strlen(draft->number))
            memmove(draft->number, draft->number + zeros, strlen(draft->number + zeros) + 1);
    }
}

static void
member_write(struct text *text, const char *name, const char *value)
{
    text_add_format(text, ",\"%s\":\"%s\"", name, value);
}

void
draft_write(struct text *text, const struct draft *draft, const struct plan *plan,
            struct dice *dice)
{
    static const char *const purposes[] = { "treatment", "dispensing", "reception",
                                            "claim",     "home_visit", "other" };
    static const uint16_t    purpose_weights[] = { 400, 370, 180, 30, 15, 5 };
    struct draft             typed = *draft;
    struct span insurer = insurer_number_display(&card_insurer(plan, draft->card)->number);
    char        day[DAY_ISO_SIZE];

    if (dice != NULL)
        vary(&typed, dice);
    text_add_format(text, "%d %s {\"insurer_number\":\"%.*s\"", (int)typed.validity,
                    reason_info(typed.reason)->name, (int)insurer.length, insurer.bytes);
    if (typed.card->symbol[0] != '\0')
        member_write(text, "symbol", typed.card->symbol);
    member_write(text, "number", typed.number);
    if (typed.branch[0] != '\0')
        member_write(text, "branch_number", typed.branch);
    day_format_iso(typed.birth_date, day);
    member_write(text, "birth_date", day);
    if (typed.asked_on == DAY_UNKNOWN && dice != NULL && dice_hits(dice, DAY_GIVEN_PPM))
        typed.asked_on = plan->today;
    if (typed.asked_on != DAY_UNKNOWN) {
        day_format_iso(typed.asked_on, day);
        member_write(text, "asked_on", day);
    }
    text_add_format(text, ",\"ceiling_consent\":%s",
                    dice != NULL && dice_hits(dice, 500000) ? "true" : "false");
    size_t purpose = dice == NULL ? 2 : dice_pick(dice, purpose_weights, ARRAY_LEN(purposes));
    member_write(text, "purpose", purposes[purpose]);
    text_add_byte(text, '}');
}

void
truth_tell(struct text *text, const struct plan *plan, const struct family *family, size_t at)
{
    const struct person   *person = &family->people[at];
    const struct coverage *now = person_coverage_on(person, plan->today);
    char                   day[DAY_ISO_SIZE];

    text_add_format(text, "{\"person_id\":%lld", (long long)person->person_id);
    day_format_iso(person->birth_date, day);
    member_write(text, "birth_date", day);
    if (now == NULL) {
        text_add_string(text, ",\"coverage_id\":null}");
        return;
    }
    const struct card *card = &family->cards[now->card];
    text_add_format(text, ",\"coverage_id\":%lld,\"state\":%d,\"hold\":%d",
                    (long long)now->coverage_id, now->state, person->hold_scope);
    member_write(text, "insurer_number", card_insurer(plan, card)->number.digits);
    member_write(text, "symbol", card->symbol);
    member_write(text, "number", card->number);
    member_write(text, "branch_number", now->branch);
    day_format_iso(now->from_on, day);
    member_write(text, "acquired_on", day);
    text_add_byte(text, '}');
}
