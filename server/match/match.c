#include "match/match.h"

#include "match/rule.h"
#include "model/codes.h"

#include <assert.h>

static const char *const field_names[MATCH_FIELD_COUNT] = {
    [MATCH_NAME] = "name", [MATCH_NAME_KANA] = "name_kana", [MATCH_BIRTH_DATE] = "birth_date",
    [MATCH_SEX] = "sex",   [MATCH_ADDRESS] = "address",
};

static const char *const verdict_names[MATCH_VERDICT_COUNT] = {
    [MATCH_MISSING] = "missing",           [MATCH_SAME] = "same",
    [MATCH_SAME_BY_RULE] = "same_by_rule", [MATCH_LOOSE] = "loose",
    [MATCH_DIFFERENT] = "different",
};

static const char *const action_names[MATCH_ACTION_COUNT] = {
    [MATCH_LINK] = "link",
    [MATCH_REPORT] = "report",
    [MATCH_SEAL_CLINICAL] = "seal_clinical",
    [MATCH_SEAL_ALL] = "seal_all",
};

const char *
match_field_name(enum match_field field)
{
    assert(field < MATCH_FIELD_COUNT);
    return field_names[field];
}

const char *
match_verdict_name(enum match_verdict verdict)
{
    assert(verdict < MATCH_VERDICT_COUNT);
    return verdict_names[verdict];
}

const char *
match_action_name(enum match_action action)
{
    assert(action >= MATCH_LINK && action < MATCH_ACTION_COUNT);
    return action_names[action];
}

/* One side's text on its way through the rules: two places, of which one is being read. */
struct side {
    struct letters  places[2];
    struct letters *now;
};

struct finding {
    enum match_verdict verdict;
    int16_t            rule;
};

static enum fault
side_open(struct side *side, struct span text, struct blame *blame)
{
    side->now = &side->places[0];
    return letters_read(side->now, text, blame);
}

static void
side_fold(struct side *side, const struct match_rule *rule)
{
    struct letters *next = side->now == &side->places[0] ? &side->places[1] : &side->places[0];

    next->count = 0;
    next->is_full = side->now->is_full;
    rule->fold(side->now, next);
    side->now = next;
}

static bool
holds(const struct match_rule *rule, enum match_field field, int rule_version)
{
    return (rule->fields & 1U << field) != 0 && rule->since <= rule_version;
}

/* Both sides go through the rules until they are one. */
static enum fault
climb(struct side *one, struct side *two, enum match_field field, int rule_version,
      struct finding *ret_finding, struct blame *blame)
{
    const struct match_rule *rule;

    *ret_finding = (struct finding){ .verdict = MATCH_DIFFERENT };
    for (size_t i = 0; (rule = match_rule_at(i)) != NULL; i++) {
        if (!holds(rule, field, rule_version))
            continue;
        if (rule->fold != NULL) {
            side_fold(one, rule);
            side_fold(two, rule);
        }
        if (one->now->is_full || two->now->is_full) {
            blame->reason = "longer than what is compared";
            return FAULT_FIELD_TOO_LONG;
        }
        if (rule->is_same != NULL && rule->is_same(one->now, two->now)) {
            *ret_finding = (struct finding){ .verdict = rule->verdict, .rule = rule->number };
            break;
        }
    }
    return FAULT_NONE;
}

static enum fault
compare_texts(struct span claimed, struct span registered, enum match_field field, int rule_version,
              struct finding *ret_finding, struct blame *blame)
{
    struct side one, two;

    if (span_is_empty(claimed) || span_is_empty(registered)) {
        *ret_finding = (struct finding){ .verdict = MATCH_MISSING };
        return FAULT_NONE;
    }
    if (span_equal(claimed, registered)) {
        *ret_finding = (struct finding){ .verdict = MATCH_SAME };
        return FAULT_NONE;
    }
    enum fault fault = side_open(&one, claimed, blame);
    if (fault == FAULT_NONE)
        fault = side_open(&two, registered, blame);
    if (fault == FAULT_NONE)
        fault = climb(&one, &two, field, rule_version, ret_finding, blame);
    if (fault != FAULT_NONE)
        blame->field = match_field_name(field);
    return fault;
}

/* Improves on what the names themselves gave. */
static enum fault
compare_other(struct span name, struct span other, enum match_field field, int rule_version,
              struct finding *finding, struct blame *blame)
{
    struct finding found;

    enum fault fault = compare_texts(name, other, field, rule_version, &found, blame);
    if (fault != FAULT_NONE || found.verdict == MATCH_MISSING || found.verdict == MATCH_DIFFERENT)
        return fault;
    enum match_verdict verdict = found.verdict == MATCH_LOOSE ? MATCH_LOOSE : MATCH_SAME_BY_RULE;
    if (verdict < finding->verdict)
        *finding = (struct finding){ .verdict = verdict, .rule = RULE_COMMON_NAME };
    return FAULT_NONE;
}

static enum fault
compare_name(const struct identity *claimed, const struct identity *registered,
             enum match_field field, int rule_version, struct finding *ret_finding,
             struct blame *blame)
{
    bool        is_kana = field == MATCH_NAME_KANA;
    struct span one = is_kana ? claimed->name_kana : claimed->name;
    struct span two = is_kana ? registered->name_kana : registered->name;
    struct span other_one = is_kana ? claimed->name_other_kana : claimed->name_other;
    struct span other_two = is_kana ? registered->name_other_kana : registered->name_other;

    enum fault fault = compare_texts(one, two, field, rule_version, ret_finding, blame);
    if (fault != FAULT_NONE
        || (ret_finding->verdict != MATCH_DIFFERENT && ret_finding->verdict != MATCH_LOOSE))
        return fault;
    /* One side's name may be the other side's other one. Both are looked at, whatever the first
     * gives, so that it does not matter which side is which. */
    fault = compare_other(one, other_two, field, rule_version, ret_finding, blame);
    if (fault == FAULT_NONE)
        fault = compare_other(other_one, two, field, rule_version, ret_finding, blame);
    return fault;
}

static struct finding
compare_days(day_t one, day_t two)
{
    if (one == DAY_UNKNOWN || two == DAY_UNKNOWN)
        return (struct finding){ .verdict = MATCH_MISSING };
    return (struct finding){ .verdict = one == two ? MATCH_SAME : MATCH_DIFFERENT };
}

static bool
is_stated(int16_t sex)
{
    return sex == SEX_MALE || sex == SEX_FEMALE;
}

static struct finding
compare_sexes(int16_t one, int16_t two)
{
    if (!is_stated(one) || !is_stated(two))
        return (struct finding){ .verdict = MATCH_MISSING };
    return (struct finding){ .verdict = one == two ? MATCH_SAME : MATCH_DIFFERENT };
}

enum fault
match_compare(const struct identity *claimed, const struct identity *registered, int rule_version,
              struct match_result *ret_result, struct blame *reterr_blame)
{
    struct finding findings[MATCH_FIELD_COUNT];

    assert(rule_version >= 1 && rule_version <= MATCH_RULE_NEWEST);
    findings[MATCH_BIRTH_DATE] = compare_days(claimed->birth_date, registered->birth_date);
    findings[MATCH_SEX] = compare_sexes(claimed->sex, registered->sex);
    enum fault fault = compare_name(claimed, registered, MATCH_NAME, rule_version,
                                    &findings[MATCH_NAME], reterr_blame);
    if (fault == FAULT_NONE)
        fault = compare_name(claimed, registered, MATCH_NAME_KANA, rule_version,
                             &findings[MATCH_NAME_KANA], reterr_blame);
    if (fault == FAULT_NONE)
        fault = compare_texts(claimed->address, registered->address, MATCH_ADDRESS, rule_version,
                              &findings[MATCH_ADDRESS], reterr_blame);
    if (fault != FAULT_NONE)
        return fault;
    ret_result->rule_version = (int16_t)rule_version;
    for (size_t i = 0; i < MATCH_FIELD_COUNT; i++) {
        ret_result->fields[i].verdict = findings[i].verdict;
        ret_result->fields[i].rule = findings[i].rule;
    }
    return FAULT_NONE;
}

void
match_describe(struct text *text, const struct match_result *result)
{
    text_add_byte(text, 'v');
    text_add_number(text, result->rule_version);
    for (size_t i = 0; i < MATCH_FIELD_COUNT; i++) {
        text_add_byte(text, ' ');
        text_add_string(text, field_names[i]);
        text_add_byte(text, '=');
        text_add_number(text, result->fields[i].verdict);
        if (result->fields[i].rule != 0) {
            text_add_byte(text, '/');
            text_add_number(text, result->fields[i].rule);
        }
    }
}
