/*
 * finding: what rules found in a row: pairs of rule and field, never a value.
 *
 * Shape   a bounded list, in the order found, each once; of a field that is a list, with the place
 *         in it. What does not fit is counted by is_full; the worst severity is kept of all.
 * Owner   plain values.
 * Source  batch_stage.findings and severity.
 */
#ifndef RULE_FINDING_H
#define RULE_FINDING_H

#include "rule/rule_id.h"

#include <stdbool.h>
#include <stdint.h>

enum { FINDINGS_MAX = 64 };

/* Stable numbers. The worst of a row is stored: batch_stage.severity; it is never a hold, since
 * that is decided from what the registry holds. */
enum severity { SEVERITY_NONE = 0, SEVERITY_WARNING = 1, SEVERITY_REFUSE = 2, SEVERITY_HOLD = 3 };

struct finding {
    uint8_t rule;  /* enum rule_id: 10 is VR-10 */
    uint8_t field; /* enum column_id; COLUMN_NONE: the row as a whole */
    uint8_t place; /* in a field that is a list, from 1; 0: the field as a whole */
};

struct findings {
    struct finding items[FINDINGS_MAX];
    uint16_t       count;
    bool           is_full; /* there were more */
    uint8_t        worst;   /* enum severity: none, warning or refuse */
};

void findings_clear(struct findings *findings);

/* field is an enum column_id. */
void findings_add(struct findings *findings, enum rule_id rule, unsigned field);
void findings_add_at(struct findings *findings, enum rule_id rule, unsigned field, unsigned place);

#endif
