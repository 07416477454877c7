#include "model/judge.h"

#include "base/attr.h"
#include "model/near.h"

#include <assert.h>

/* clang-format off */
static const struct reason_row reason_table[] = {
    [REASON_UNSET]                          = { "unset", false },
    [REASON_IN_FORCE]                       = { "in_force", true },
    [REASON_LOST]                           = { "lost", true },
    [REASON_NOT_YET_STARTED]                = { "not_yet_started", true },
    [REASON_NOTIFIED_NOT_REGISTERED]        = { "notified_not_registered", false },
    [REASON_IDENTITY_CHECK_PENDING]         = { "identity_check_pending", false },
    [REASON_SUSPENDED]                      = { "suspended", false },
    [REASON_MISTYPED]                       = { "mistyped", false },
    [REASON_NOT_FOUND]                      = { "not_found", false },
    [REASON_AMBIGUOUS]                      = { "ambiguous", false },
    [REASON_EXPIRED_CARD_WITHIN_TRANSITION] = { "expired_card_within_transition", true },
    [REASON_CARD_NOT_LINKED]                = { "card_not_linked", false },
};
_Static_assert(ARRAY_LEN(reason_table) == REASON_COUNT, "every reason has a row");

static const char *const card_field_names[] = {
    [CARD_FIELD_NONE]           = NULL,
    [CARD_FIELD_INSURER_NUMBER] = "insurer_number",
    [CARD_FIELD_SYMBOL]         = "symbol",
    [CARD_FIELD_NUMBER]         = "number",
    [CARD_FIELD_BRANCH]         = "branch_number",
    [CARD_FIELD_BIRTH_DATE]     = "birth_date",
};
_Static_assert(ARRAY_LEN(card_field_names) == CARD_FIELD_COUNT, "every card field has a name");
/* clang-format on */

const struct reason_row *
reason_info(enum reason reason)
{
    assert(reason < REASON_COUNT);
    return &reason_table[reason];
}

const char *
card_field_name(enum card_field field)
{
    assert(field < CARD_FIELD_COUNT);
    return card_field_names[field];
}

enum card_field
card_field_of(struct span name)
{
    for (enum card_field field = CARD_FIELD_NONE + 1; field < CARD_FIELD_COUNT; field++)
        if (span_is(name, card_field_names[field]))
            return field;
    return CARD_FIELD_NONE;
}

/* How well a coverage carries the card that was asked about. */
enum fit {
    FIT_NONE,
    FIT_OTHER_BRANCH,
    FIT_LOOSE,
    FIT_LOOSE_WITH_BRANCH, /* branches are unique within a number: an equal one tells twins apart */
    FIT_EXACT,
    FIT_EXACT_WITH_BRANCH
};

static struct span
without_leading_zeros(struct span text)
{
    while (text.length > 1 && text.bytes[0] == '0') {
        text.bytes++;
        text.length--;
    }
    return text;
}

static bool
equal_loosely(struct span a, struct span b)
{
    return span_equal(without_leading_zeros(a), without_leading_zeros(b));
}

static bool
branches_may_agree(struct span asked, struct span held)
{
    return span_is_empty(asked) || span_is_empty(held) || span_equal(asked, held);
}

static enum fit
coverage_fit(const struct dossier_coverage *coverage, const struct judge_question *question)
{
    if (question->is_by_person)
        return FIT_EXACT;
    if (!span_equal(coverage->insurer_number, question->insurer_number)
        || !equal_loosely(coverage->number_key, question->number_key)
        || !equal_loosely(coverage->symbol_key, question->symbol_key))
        return FIT_NONE;
    if (!branches_may_agree(question->branch, coverage->branch))
        return FIT_OTHER_BRANCH;
    bool is_same_branch =
        !span_is_empty(question->branch) && span_equal(question->branch, coverage->branch);
    if (span_equal(coverage->number_key, question->number_key)
        && span_equal(coverage->symbol_key, question->symbol_key))
        return is_same_branch ? FIT_EXACT_WITH_BRANCH : FIT_EXACT;
    return is_same_branch ? FIT_LOOSE_WITH_BRANCH : FIT_LOOSE;
}

static enum fit
person_fit(const struct dossier *person, const struct judge_question *question)
{
    enum fit best = FIT_NONE;
    for (size_t i = 0; i < person->coverage_count; i++) {
        enum fit fit = coverage_fit(&person->coverages[i], question);
        if (fit > best)
            best = fit;
    }
    return best;
}

struct found {
    const struct dossier *person; /* set when exactly one fits best */
    enum fit              fit;
    size_t                count; /* how many fit that well */
};

/* Who carries this card? The best fit counts; two who fit equally well stay two. */
static struct found
find_person(const struct judge_case *matter)
{
    struct found found = { .fit = FIT_NONE };
    for (size_t i = 0; i < matter->person_count; i++) {
        enum fit fit = person_fit(&matter->persons[i], matter->question);
        if (fit == FIT_NONE || fit < found.fit)
            continue;
        if (fit > found.fit)
            found = (struct found){ .fit = fit };
        found.count++;
        found.person = found.count == 1 ? &matter->persons[i] : NULL;
    }
    return found;
}

/* Whether the coverage goes before the other where rank does not part them: the later one
 * registered. */
static bool
goes_first(const struct dossier_coverage *coverage, const struct dossier_coverage *other,
           day_t rank, day_t other_rank)
{
    if (rank != other_rank)
        return rank < other_rank;
    return coverage->coverage_id > other->coverage_id;
}

/* Among all coverages of this person on this card, however the card was written: the one in force,
 * else the one that ended last before the day, else the one that starts next. A coverage that is
 * not in order shadows none that is. The order in which they come does not matter. */
static const struct dossier_coverage *
pick_coverage(const struct dossier *person, const struct judge_question *question)
{
    const struct dossier_coverage *ended = NULL;
    const struct dossier_coverage *coming = NULL;
    const struct dossier_coverage *in_force = NULL;

    for (size_t i = 0; i < person->coverage_count; i++) {
        const struct dossier_coverage *coverage = &person->coverages[i];
        if (coverage_fit(coverage, question) < FIT_LOOSE)
            continue;
        if (period_holds(coverage->acquired_on, coverage->lost_on, question->asked_on)) {
            if (in_force == NULL
                || goes_first(coverage, in_force, coverage->state, in_force->state))
                in_force = coverage;
        } else if (coverage->lost_on <= question->asked_on) {
            if (ended == NULL || goes_first(coverage, ended, -coverage->lost_on, -ended->lost_on))
                ended = coverage;
        } else if (coming == NULL
                   || goes_first(coverage, coming, coverage->acquired_on, coming->acquired_on)) {
            coming = coverage;
        }
    }
    if (in_force != NULL)
        return in_force;
    return ended != NULL ? ended : coming;
}

static bool
has_newer_coverage(const struct dossier *person, const struct dossier_coverage *lost, day_t day)
{
    for (size_t i = 0; i < person->coverage_count; i++) {
        const struct dossier_coverage *other = &person->coverages[i];
        if (other != lost && other->state == COVERAGE_IN_ORDER
            && period_holds(other->acquired_on, other->lost_on, day))
            return true;
    }
    return false;
}

static struct verdict
sealed_verdict(const struct dossier *person, enum reason reason)
{
    return (struct verdict){
        .validity = VALIDITY_NO_COVERAGE, .reason = reason, .sealed = person, .due_on = DAY_UNKNOWN
    };
}

static struct verdict
shown_verdict(const struct dossier *person, const struct dossier_coverage *coverage,
              enum validity validity, enum reason reason)
{
    return (struct verdict){ .validity = validity,
                             .reason = reason,
                             .person = person,
                             .coverage = coverage,
                             .due_on = DAY_UNKNOWN };
}

static bool
card_has_expired_in_transition(const struct dossier_coverage *coverage, day_t day,
                               const struct judge_policy *policy)
{
    return coverage->card_expires_on != DAY_UNKNOWN && coverage->card_expires_on < day
           && day <= policy->old_card_transition_end;
}

/* Of several notices the one that is due first; one without a due day comes last. */
static const struct nearby *
notice_for(const struct judge_case *matter)
{
    const struct nearby *first = NULL;

    for (size_t i = 0; i < matter->nearby_count; i++) {
        const struct nearby *near = &matter->nearby[i];
        if (near->kind != NEARBY_NOTICE
            || (near->event_on != DAY_UNKNOWN && near->event_on > matter->question->asked_on))
            continue;
        if (first == NULL || first->due_on == DAY_UNKNOWN
            || (near->due_on != DAY_UNKNOWN && near->due_on < first->due_on))
            first = near;
    }
    return first;
}

static struct verdict
notified_verdict(const struct nearby *notice)
{
    return (struct verdict){ .validity = VALIDITY_NO_COVERAGE,
                             .reason = REASON_NOTIFIED_NOT_REGISTERED,
                             .due_on = notice->due_on };
}

static struct verdict
judge_coverage(const struct judge_case *matter, const struct judge_policy *policy,
               const struct dossier *person, const struct dossier_coverage *coverage)
{
    day_t day = matter->question->asked_on;

    /* What this release does not know is sealed too. */
    bool is_open = person->hold == DOSSIER_HOLD_NONE || person->hold == DOSSIER_HOLD_CLINICAL;
    if (is_open && coverage->state == COVERAGE_IDENTITY_CHECK)
        return sealed_verdict(person, REASON_IDENTITY_CHECK_PENDING);
    if (!is_open || coverage->state != COVERAGE_IN_ORDER)
        return sealed_verdict(person, REASON_SUSPENDED);
    if (period_holds(coverage->acquired_on, coverage->lost_on, day))
        return shown_verdict(person, coverage, VALIDITY_VALID,
                             card_has_expired_in_transition(coverage, day, policy)
                                 ? REASON_EXPIRED_CARD_WITHIN_TRANSITION
                                 : REASON_IN_FORCE);
    const struct nearby *notice = notice_for(matter);
    if (notice != NULL)
        return notified_verdict(notice);
    if (coverage->acquired_on > day)
        return shown_verdict(person, coverage, VALIDITY_NOT_VALID, REASON_NOT_YET_STARTED);
    return shown_verdict(person, coverage,
                         has_newer_coverage(person, coverage, day) ? VALIDITY_NEWER_COVERAGE
                                                                   : VALIDITY_NOT_VALID,
                         REASON_LOST);
}

/* The part of a card key after the insurer number, split at its last colon. */
static struct span
key_number(struct span card_key)
{
    for (size_t i = card_key.length; i > 0; i--)
        if (card_key.bytes[i - 1] == ':')
            return span_make(card_key.bytes + i, card_key.length - i);
    return (struct span){ 0 };
}

static struct span
key_insurer(struct span card_key)
{
    return span_make(card_key.bytes, card_key.length < 8 ? card_key.length : 8);
}

static enum card_field
field_to_reread(const struct nearby *near, const struct judge_question *question)
{
    switch (near->kind) {
    case NEARBY_OTHER_BIRTH_DATE:
        return near_day(near->birth_date, question->birth_date) != SLIP_NONE ? CARD_FIELD_BIRTH_DATE
                                                                             : CARD_FIELD_NONE;
    case NEARBY_OTHER_NUMBER:
        if (span_equal(key_number(near->card_key), key_number(question->card_key)))
            return CARD_FIELD_SYMBOL;
        return near_text(key_number(near->card_key), key_number(question->card_key)) != SLIP_NONE
                   ? CARD_FIELD_NUMBER
                   : CARD_FIELD_NONE;
    case NEARBY_OTHER_INSURER:
        return near_text(key_insurer(near->card_key), question->insurer_number) != SLIP_NONE
                   ? CARD_FIELD_INSURER_NUMBER
                   : CARD_FIELD_NONE;
    case NEARBY_NOTICE:
    default:
        return CARD_FIELD_NONE;
    }
}

/* Which single field, read again, would probably find somebody? The first kind in the order of
 * the enum wins, so that the answer does not depend on the order of rows. */
static enum card_field
slip_among(const struct judge_case *matter)
{
    enum card_field  reread = CARD_FIELD_NONE;
    enum nearby_kind kind = NEARBY_OTHER_INSURER + 1;

    for (size_t i = 0; i < matter->nearby_count; i++) {
        enum card_field field = field_to_reread(&matter->nearby[i], matter->question);
        if (field == CARD_FIELD_NONE || matter->nearby[i].kind > kind)
            continue;
        if (matter->nearby[i].kind < kind || field < reread) {
            kind = matter->nearby[i].kind;
            reread = field;
        }
    }
    return reread;
}

static struct verdict
nobody_verdict(const struct judge_case *matter, bool other_branch_exists)
{
    const struct nearby *notice = notice_for(matter);
    if (notice != NULL)
        return notified_verdict(notice);
    enum card_field reread = other_branch_exists ? CARD_FIELD_BRANCH : slip_among(matter);
    return (struct verdict){ .validity = VALIDITY_NO_COVERAGE,
                             .reason =
                                 reread == CARD_FIELD_NONE ? REASON_NOT_FOUND : REASON_MISTYPED,
                             .reread = reread,
                             .due_on = DAY_UNKNOWN };
}

/* A card that leads to nobody, and one whose holder has shut this way: the same answer, so that the
 * flag of a person in danger shows nowhere. */
static struct verdict
unlinked_verdict(const struct dossier *person)
{
    return (struct verdict){ .validity = VALIDITY_NO_COVERAGE,
                             .reason = REASON_CARD_NOT_LINKED,
                             .sealed = person,
                             .due_on = DAY_UNKNOWN };
}

static bool
is_shut_to_cards(const struct judge_case *matter)
{
    return matter->person_count == 0
           || (matter->persons[0].flags & DOSSIER_REFUSES_SELF_INFORMATION) != 0;
}

struct verdict
judge(const struct judge_case *matter, const struct judge_policy *policy)
{
    if (matter->question->is_by_person && is_shut_to_cards(matter))
        return unlinked_verdict(matter->person_count == 0 ? NULL : matter->persons);
    struct found found = find_person(matter);

    if (found.fit == FIT_NONE || found.fit == FIT_OTHER_BRANCH)
        return nobody_verdict(matter, found.fit == FIT_OTHER_BRANCH);
    if (found.count > 1)
        return (struct verdict){ .validity = VALIDITY_SEVERAL,
                                 .reason = REASON_AMBIGUOUS,
                                 .due_on = DAY_UNKNOWN };
    const struct dossier_coverage *coverage = pick_coverage(found.person, matter->question);
    assert(coverage != NULL);
    return judge_coverage(matter, policy, found.person, coverage);
}

struct verdict
judge_person(const struct judge_case *matter)
{
    static const struct judge_policy no_transition = { .old_card_transition_end = 0 };
    struct verdict                   verdict = judge(matter, &no_transition);

    if (verdict.person == NULL)
        return verdict;
    return (
        struct verdict){ .reason = REASON_UNSET, .person = verdict.person, .due_on = DAY_UNKNOWN };
}

bool
judge_must_look_around(const struct judge_case *matter)
{
    static const struct judge_policy no_transition = { .old_card_transition_end = 0 };

    if (matter->has_looked_around)
        return false;
    switch (judge(matter, &no_transition).reason) {
    case REASON_NOT_FOUND:
    case REASON_MISTYPED:
    case REASON_LOST:
    case REASON_NOT_YET_STARTED:
        return true;
    default:
        return false;
    }
}

const struct dossier_ratio *
ratio_on(const struct dossier_coverage *coverage, day_t day)
{
    for (size_t i = 0; i < coverage->ratio_count; i++)
        if (period_holds(coverage->ratios[i].from_on, coverage->ratios[i].until_on, day))
            return &coverage->ratios[i];
    return NULL;
}

const struct dossier_elderly *
elderly_on(const struct dossier_coverage *coverage, day_t day)
{
    for (size_t i = 0; i < coverage->elderly_count; i++)
        if (period_holds(coverage->elderly[i].from_on, coverage->elderly[i].until_on, day))
            return &coverage->elderly[i];
    return NULL;
}

const struct dossier_ceiling *
ceiling_on(const struct dossier_coverage *coverage, day_t day)
{
    for (size_t i = 0; i < coverage->ceiling_count; i++)
        if (period_holds(coverage->ceilings[i].from_on, coverage->ceilings[i].until_on, day))
            return &coverage->ceilings[i];
    return NULL;
}
