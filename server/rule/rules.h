/*
 * rules: what an insurer's row must keep to, as a table.
 *
 * Shape   one row per rule: how grave a breach is, where it is decided, which fields it names, what
 *         it means, and whence it comes. schema/batch/rules.md is printed from it.
 * Owner   a constant table.
 * Source  domain facts, part 4.4 (VR-01 to VR-32); the others are named in their rows.
 */
#ifndef RULE_RULES_H
#define RULE_RULES_H

#include "rule/finding.h"
#include "rule/row.h"
#include "rule/rule_id.h"

enum decided {
    DECIDED_ROW,      /* by the row alone and its surroundings */
    DECIDED_FILE,     /* by the row and those before it in the file */
    DECIDED_HELD,     /* by what the registry and the resident register hold */
    DECIDED_ELSEWHERE /* not about rows: kept where questions are answered */
};

enum { RULE_ID_SIZE = 6 }; /* "VR-10" and NUL */

struct rule {
    enum severity severity;
    enum decided  decided;
    uint64_t      fields; /* bit 1 << column: those that its findings may name; 0: the row itself */
    const char   *meaning_ja;
    const char   *meaning;
    const char   *source;
};

const struct rule *rule_info(enum rule_id id);

void rule_id_text(enum rule_id id, char ret_text[RULE_ID_SIZE]);

#endif
