/*
 * rules: prints the rules of rows and the refusals of files as the page schema/batch/rules.md.
 *
 * Errors  EX_USAGE for any option.
 */
#include "command/command.h"

#include "intake/refusal.h"
#include "rule/rules.h"

#include <stdio.h>
#include <sysexits.h>

/* clang-format off */
static const char opening[] =
    "# Rules\n"
    "\n"
    "Printed by `shikaku rules` from the tables in `server/rule/rules.c` and `server/intake/refusal.c`; a test"
    " compares.\n"
    "\n"
    "Every row hears every rule, and all that is found is told at once: the number of the rule and the field,"
    " never a\n"
    "value. A number is never used again for another rule. *refuse*: the row takes no effect, the others of"
    " the file do.\n"
    "*hold*: it is registered, and sealed until you have answered the doubt. *warning*: it takes effect; look"
    " at it.\n"
    "\n"
    "Decided by *row*: the row, the day of the registration, your insurer number and the dated parameters"
    " alone. *file*:\n"
    "the rows before it too. *held*: what the registry, the resident register or the rest of the file say."
    " *question*:\n"
    "not about rows; the catalogue has them, and they are kept where facilities are answered.\n"
    "\n"
    "| rule | severity | decided by | fields | meaning | 意味 | source |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n";

static const char refusals[] =
    "\n"
    "## Refusals of whole files\n"
    "\n"
    "A file whose structure is broken is refused as a whole, with a code, a line and a byte; nothing of it"
    " takes effect.\n"
    "\n"
    "| code | meaning | 意味 |\n"
    "| --- | --- | --- |\n";
/* clang-format on */

static const char *const severities[] = { [SEVERITY_NONE] = "",
                                          [SEVERITY_WARNING] = "warning",
                                          [SEVERITY_REFUSE] = "refuse",
                                          [SEVERITY_HOLD] = "hold" };

static const char *const decided_by[] = { [DECIDED_ROW] = "row",
                                          [DECIDED_FILE] = "file",
                                          [DECIDED_HELD] = "held",
                                          [DECIDED_ELSEWHERE] = "question" };

static void
print_fields(uint64_t fields)
{
    bool is_first = true;

    if (fields == RULE_FIELDS_ANY) {
        fputs("any", stdout);
        return;
    }
    for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
        if ((fields >> id & 1) == 0)
            continue;
        printf("%s`%s`", is_first ? "" : ", ", column_info(id)->name);
        is_first = false;
    }
}

int
command_rules(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        fputs("usage: shikaku rules\n", stderr);
        return EX_USAGE;
    }
    fputs(opening, stdout);
    for (enum rule_id id = RULE_NONE + 1; id < RULE_COUNT; id++) {
        const struct rule *rule = rule_info(id);
        char               text[RULE_ID_SIZE];
        rule_id_text(id, text);
        printf("| %s | %s | %s | ", text, severities[rule->severity], decided_by[rule->decided]);
        print_fields(rule->fields);
        printf(" | %s | %s | %s |\n", rule->meaning, rule->meaning_ja, rule->source);
    }
    fputs(refusals, stdout);
    for (enum refusal refusal = REFUSAL_NONE + 1; refusal < REFUSAL_COUNT; refusal++) {
        const struct refusal_row *row = refusal_info(refusal);
        printf("| `%s` | %s | %s |\n", row->code, row->meaning, row->meaning_ja);
    }
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
