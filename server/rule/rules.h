/*
 * rules: what an insurer's row must keep to, as a table.
 *
 * Shape   one row per rule: how grave a breach is, where it is decided, which fields it looks at
 *         (the operation aside, which most do), what it means, and whence it comes.
 *         schema/batch/rules.md is printed from it.
 * Owner   a constant table.
 * Source  domain facts, part 4.4 (VR-01 to VR-32); the others are named in their rows.
 */
#ifndef RULE_RULES_H
#define RULE_RULES_H

#include "base/text.h"
#include "rule/finding.h"
#include "rule/row.h"
#include "rule/rule_id.h"

enum decided {
    DECIDED_ROW,      /* by the row alone and its surroundings */
    DECIDED_FILE,     /* by the row and those before it in the file */
    DECIDED_HELD,     /* by what the registry and the resident register hold */
    DECIDED_ELSEWHERE /* not about rows: kept where questions are answered */
};

/* The fields of a rule that looks at all of them. */
#define RULE_FIELDS_ANY ((UINT64_C(1) << COLUMN_COUNT) - 1)

enum { RULE_ID_SIZE = 6 }; /* "VR-10" and NUL */

struct judging;

/* Looks at one row and tells what it finds; see checks.h. */
typedef void rule_check(const struct judging *judging);

struct rule {
    enum severity severity;
    enum decided  decided;
    rule_check   *check;  /* NULL: found where the row is read, or not decided here */
    uint64_t      fields; /* bit 1 << column: those it looks at and names; 0: the row as a whole */
    const char   *meaning_ja;
    const char   *meaning;
    const char   *source;
};

const struct rule *rule_info(enum rule_id id);

void rule_id_text(enum rule_id id, char ret_text[RULE_ID_SIZE]);

/* "birth_date", "checkup_items.3" for the third of a list; nothing for the row as a whole. */
void finding_write_field(struct text *text, const struct finding *finding);

/* A finding as it is stored: "VR-10 birth_date", or "VR-39 -" for the row as a whole. */
enum { FINDING_TEXT_SIZE = 48 };
void          finding_write(struct text *text, const struct finding *finding);
MUST_USE bool finding_read(struct span text, struct finding *ret_finding);

#endif
