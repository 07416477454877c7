/*
 * match: is the person whom an insurer claims the one whom the resident register holds?
 *
 * Shape   match_compare() gives each of five fields a verdict and the number of the rule that made
 *         it so: rules are taken in the order of their table (rule.h) until both values are one.
 *         match_decide() says what that calls for. Both are pure.
 * Units   verdicts, actions and rules are stable numbers, since they are stored beside the version
 *         of the rules: the same version gives the same verdict for ever.
 * Errors  FAULT_FIELD_MALFORMED  a text is not UTF-8 or holds a control character
 *         FAULT_FIELD_TOO_LONG   a text of more than MATCH_LETTERS_MAX signs, once folded
 *         The blame names the field and the side. Texts of the same bytes are the same, whatever
 *         they hold.
 * Owner   borrows what it is given; takes no memory.
 * Source  domain facts, parts 8.1 and 8.2. Rules and test vectors for others: schema/matching/.
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include "base/fault.h"
#include "base/text.h"
#include "model/identity.h"

/* In force, and the newest there is: what is behind it is a draft, to be tried in shadow only. */
enum { MATCH_RULE_VERSION = 1, MATCH_RULE_NEWEST = 2, MATCH_LETTERS_MAX = 512 };

enum match_field {
    MATCH_NAME,
    MATCH_NAME_KANA,
    MATCH_BIRTH_DATE,
    MATCH_SEX,
    MATCH_ADDRESS,
    MATCH_FIELD_COUNT
};

enum match_verdict {
    MATCH_MISSING = 0, /* one side does not have it: nothing can be said */
    MATCH_SAME = 1,
    MATCH_SAME_BY_RULE = 2, /* the same, written otherwise */
    MATCH_LOOSE = 3,        /* may well be the same; nothing to build a link on */
    MATCH_DIFFERENT = 4,
    MATCH_VERDICT_COUNT
};

enum match_action {
    MATCH_LINK = 1,          /* nothing to ask anybody */
    MATCH_REPORT = 2,        /* keep it, and tell the insurer */
    MATCH_SEAL_CLINICAL = 3, /* no medical information until the insurer has answered */
    MATCH_SEAL_ALL = 4,      /* nothing at all until then */
    MATCH_ACTION_COUNT
};

struct match_result {
    struct {
        enum match_verdict verdict;
        int16_t            rule; /* 0 where none was needed, or none helped */
    } fields[MATCH_FIELD_COUNT];
    int16_t rule_version;
};

/* rule_version is 1 to MATCH_RULE_NEWEST; asserted. */
MUST_USE enum fault match_compare(const struct identity *claimed, const struct identity *registered,
                                  int rule_version, struct match_result *ret_result,
                                  struct blame *reterr_blame);

/* number_was_looked_up: the insurer searched for the personal number itself, from name and the
 * like, so that these prove less. */
enum match_action match_decide(const struct match_result *result, bool number_was_looked_up);

const char *match_field_name(enum match_field field); /* "name_kana" */
const char *match_verdict_name(enum match_verdict verdict);
const char *match_action_name(enum match_action action);

/* "v1 name=1 name_kana=2/20 birth_date=1 sex=1 address=2/81": what is stored of a comparison. */
void match_describe(struct text *text, const struct match_result *result);

#endif
