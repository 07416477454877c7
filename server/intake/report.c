#include "intake/report.h"

#include "model/day.h"
#include "rule/row.h"
#include "rule/rules.h"
#include "wire/out.h"

#include <assert.h>

static const char *const outcomes[REPORT_OUTCOME_COUNT] = {
    [REPORT_CHECKED] = "checked",     [REPORT_APPLIED] = "applied", [REPORT_HELD] = "held",
    [REPORT_UNCHANGED] = "unchanged", [REPORT_REFUSED] = "refused",
};

const char *
report_outcome_name(enum report_outcome outcome)
{
    assert(outcome < REPORT_OUTCOME_COUNT);
    return outcomes[outcome];
}

void
report_head(struct text *text, enum report_format format)
{
    if (format == REPORT_CSV)
        text_add_string(text, "row_no,row_key,outcome,due_on,rule,severity,field,meaning\r\n");
}

/* What a spreadsheet would calculate: ＝ ＋ － ＠ are taken for their narrow sisters there. */
static const char *const formula_starts[] = {
    "=", "+", "-", "@", "\t", "\r", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0",
};

static bool
is_formula(struct span value)
{
    for (size_t i = 0; i < sizeof(formula_starts) / sizeof(formula_starts[0]); i++) {
        size_t length = strlen(formula_starts[i]);
        if (value.length >= length && memcmp(value.bytes, formula_starts[i], length) == 0)
            return true;
    }
    return false;
}

static bool
needs_quotes(struct span value)
{
    static const char quoted[] = { ',', '"', '\r', '\n' };

    for (size_t i = 0; i < value.length; i++)
        if (memchr(quoted, value.bytes[i], sizeof quoted) != NULL)
            return true;
    return false;
}

static void
csv_field(struct text *text, struct span value)
{
    bool is_quoted = needs_quotes(value);

    if (is_quoted)
        text_add_byte(text, '"');
    if (is_formula(value))
        text_add_byte(text, '\'');
    for (size_t i = 0; i < value.length; i++) {
        if (value.bytes[i] == '"')
            text_add_byte(text, '"');
        text_add_byte(text, value.bytes[i]);
    }
    if (is_quoted)
        text_add_byte(text, '"');
}

static const char *
severity_name(const struct rule *rule)
{
    static const char *const names[] = { [SEVERITY_NONE] = "none",
                                         [SEVERITY_WARNING] = "warning",
                                         [SEVERITY_REFUSE] = "refuse",
                                         [SEVERITY_HOLD] = "hold" };
    return names[rule->severity];
}

static const char *
meaning_of(const struct finding *finding, enum report_language language)
{
    const struct rule *rule = rule_info(finding->rule);
    return language == REPORT_JAPANESE ? rule->meaning_ja : rule->meaning;
}

static void
csv_line(struct text *text, enum report_language language, const struct report_row *row,
         const struct finding *finding)
{
    char day[DAY_ISO_SIZE];

    day_format_iso(row->due_on, day);
    text_add_number(text, row->row_no);
    text_add_byte(text, ',');
    csv_field(text, row->row_key);
    text_add_format(text, ",%s,%s,", report_outcome_name(row->outcome), day);
    if (finding != NULL) {
        char id[RULE_ID_SIZE];
        rule_id_text(finding->rule, id);
        text_add_format(text, "%s,%s,", id, severity_name(rule_info(finding->rule)));
        finding_write_field(text, finding);
        text_add_byte(text, ',');
        csv_field(text, span_of(meaning_of(finding, language)));
    } else {
        text_add_string(text, ",,,");
    }
    text_add_string(text, "\r\n");
}

static void
json_finding(struct text *text, enum report_language language, const struct finding *finding)
{
    char id[RULE_ID_SIZE];

    rule_id_text(finding->rule, id);
    text_add_format(text, "{\"rule\":\"%s\",\"severity\":\"%s\"", id,
                    severity_name(rule_info(finding->rule)));
    if (finding->field != COLUMN_NONE) {
        text_add_string(text, ",\"field\":\"");
        finding_write_field(text, finding);
        text_add_byte(text, '"');
    }
    text_add_string(text, ",\"meaning\":");
    out_quoted(text, span_of(meaning_of(finding, language)));
    text_add_byte(text, '}');
}

static void
json_line(struct text *text, enum report_language language, const struct report_row *row)
{
    char day[DAY_ISO_SIZE];

    day_format_iso(row->due_on, day);
    text_add_format(text, "{\"row_no\":%u", row->row_no);
    if (row->row_key.length > 0) {
        text_add_string(text, ",\"row_key\":");
        out_quoted(text, row->row_key);
    }
    text_add_format(text, ",\"outcome\":\"%s\"", report_outcome_name(row->outcome));
    if (day[0] != '\0')
        text_add_format(text, ",\"due_on\":\"%s\"", day);
    text_add_string(text, ",\"findings\":[");
    for (size_t i = 0; i < row->count; i++) {
        if (i > 0)
            text_add_byte(text, ',');
        json_finding(text, language, &row->findings[i]);
    }
    text_add_string(text, "]}\n");
}

void
report_add(struct text *text, enum report_format format, enum report_language language,
           const struct report_row *row)
{
    if (format == REPORT_JSON_LINES) {
        json_line(text, language, row);
        return;
    }
    if (row->count == 0)
        csv_line(text, language, row, NULL);
    for (size_t i = 0; i < row->count; i++)
        csv_line(text, language, row, &row->findings[i]);
}
