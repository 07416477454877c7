#include "rule/finding.h"

#include "rule/rules.h"

void
findings_clear(struct findings *findings)
{
    findings->count = 0;
    findings->is_full = false;
    findings->worst = SEVERITY_NONE;
}

void
findings_add(struct findings *findings, enum rule_id rule, unsigned field)
{
    findings_add_at(findings, rule, field, 0);
}

void
findings_add_at(struct findings *findings, enum rule_id rule, unsigned field, unsigned place)
{
    enum severity severity = rule_info(rule)->severity;

    /* What is held is decided later, and is no finding of the row. */
    if (severity != SEVERITY_HOLD && severity > findings->worst)
        findings->worst = (uint8_t)severity;
    for (unsigned i = 0; i < findings->count; i++)
        if (findings->items[i].rule == rule && findings->items[i].field == field
            && findings->items[i].place == place)
            return;
    if (findings->count == FINDINGS_MAX) {
        findings->is_full = true;
        return;
    }
    findings->items[findings->count++] =
        (struct finding){ .rule = (uint8_t)rule, .field = (uint8_t)field, .place = (uint8_t)place };
}
