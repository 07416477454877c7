/*
 * columns: prints the table of columns as the page schema/batch/columns.md, or that of the items of
 * checkups as schema/batch/checkup_items.md.
 *
 * Errors  EX_USAGE for any other option.
 */
#include "command/command.h"

#include "model/checkup.h"
#include "model/day.h"
#include "rule/row.h"
#include "rule/rules.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { HUNDREDTHS = 100 };

/* clang-format off */
static const char opening[] =
    "# Columns\n"
    "\n"
    "Printed by `shikaku columns` from the table in `server/rule/columns.c`; a test compares the two.\n"
    "\n"
    "Element is the field's own name of the item. Length is in characters; a text may have three bytes for"
    " each of\n"
    "them. A day is `2026-11-23` or `20261123`. A code is the code or its name, as listed below. Blanks around"
    " a value\n"
    "go away; nothing is the same as leaving the column out. Rules are those of [rules.md](rules.md); VR-34"
    " to VR-36,\n"
    "VR-38 and VR-41 look at every column.\n"
    "\n"
    "| column | element | type | length | example | meaning | 意味 | rules |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |\n";

static const char uses[] =
    "\n"
    "## Which operation takes which column\n"
    "\n"
    "R must be there, o may be there, a dash must not be there.\n"
    "\n"
    "| column |";
/* clang-format on */

static const char *
type_name(enum column_type type)
{
    switch (type) {
    case COLUMN_TEXT:
        return "text";
    case COLUMN_DAY:
        return "day";
    case COLUMN_CODE:
    case COLUMN_CODE_TEXT:
        return "code";
    case COLUMN_WHOLE:
        return "whole number";
    case COLUMN_PERSONAL_NUMBER_TYPE:
        return "personal number";
    }
    return "";
}

static void
print_type(const struct column *column)
{
    fputs(type_name(column->type), stdout);
    if (column->codes != CODE_TABLE_COUNT)
        printf(" of `%s`", code_table_info(column->codes)->id);
    if (column->more_codes != CODE_TABLE_COUNT)
        printf(" or `%s`", code_table_info(column->more_codes)->id);
    if (column->type == COLUMN_WHOLE)
        printf(", 0 to %d", (int)column->limit);
}

static void
print_rules(enum column_id column)
{
    bool is_first = true;

    for (enum rule_id id = RULE_NONE + 1; id < RULE_COUNT; id++) {
        char text[RULE_ID_SIZE];
        if (rule_info(id)->fields == RULE_FIELDS_ANY || (rule_info(id)->fields >> column & 1) == 0)
            continue;
        rule_id_text(id, text);
        printf("%s%s", is_first ? "" : ", ", text);
        is_first = false;
    }
}

static void
print_column(enum column_id id)
{
    const struct column *column = column_info(id);
    bool                 has_length = column->type == COLUMN_TEXT;

    printf("| `%s` | %s | ", column->name, column->element == NULL ? "" : column->element);
    print_type(column);
    fputs(" | ", stdout);
    if (has_length)
        printf("%u", column->chars_max);
    printf(" | %s | %s | %s | ", column->example == NULL ? "" : column->example, column->meaning,
           column->meaning_ja);
    print_rules(id);
    fputs(" |\n", stdout);
}

static void
print_uses(void)
{
    const struct code_table_row *operations = code_table_info(CODE_OPERATION);

    fputs(uses, stdout);
    for (size_t i = 0; i < operations->count; i++)
        printf(" `%s` |", operations->rows[i].name);
    fputs("\n| --- |", stdout);
    for (size_t i = 0; i < operations->count; i++)
        fputs(" --- |", stdout);
    for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
        printf("\n| `%s` |", column_info(id)->name);
        for (enum operation operation = OPERATION_ACQUIRE; operation < OPERATION_COUNT; operation++)
            printf(" %c |", (char)column_use_of(id, operation));
    }
    putchar('\n');
}

static bool
is_used(enum code_table table)
{
    for (enum column_id id = 0; id < COLUMN_COUNT; id++)
        if (column_info(id)->codes == table || column_info(id)->more_codes == table)
            return true;
    return false;
}

static void
print_codes(enum code_table table)
{
    const struct code_table_row *info = code_table_info(table);

    printf("\n### %s\n\n| code | name | meaning | 意味 |\n| --- | --- | --- | --- |\n", info->id);
    for (size_t i = 0; i < info->count; i++)
        printf("| %s | `%s` | %s | %s |\n", info->rows[i].code, info->rows[i].name,
               info->rows[i].meaning, info->rows[i].meaning_ja);
}

/* clang-format off */
static const char items_opening[] =
    "# Items of checkups\n"
    "\n"
    "Printed by `shikaku columns --checkup-items` from the table in `server/model/checkup_items.c`; a test"
    " compares the two.\n"
    "\n"
    "What `checkup_items` may hold. A value of type PQ is a number with at most so many decimals, with exactly"
    " this unit; one\n"
    "outside of the range is kept, with a warning (VR-32). CD is one of the codes. ST is a text of up to 768"
    " bytes. Where the\n"
    "meaning of a code changed, the row says from which day of the checkup on.\n"
    "\n"
    "| code | 項目 | type | unit | decimals | range | codes | from |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
/* clang-format on */

static void
print_hundredths(int32_t number)
{
    if (number % HUNDREDTHS == 0)
        printf("%d", (int)(number / HUNDREDTHS));
    else
        printf("%d.%d", (int)(number / HUNDREDTHS), (int)(number % HUNDREDTHS / 10));
}

static void
print_item(const struct checkup_item *item)
{
    char day[DAY_ISO_SIZE] = "";

    printf("| %s | %s | %s | ", item->code, item->name, checkup_type_name(item->type));
    if (item->type == CHECKUP_QUANTITY) {
        printf("%s | %d | ", item->unit, item->decimals);
        print_hundredths(item->least);
        fputs(" to ", stdout);
        print_hundredths(item->most);
        fputs(" | ", stdout);
    } else {
        fputs("| | | ", stdout);
    }
    for (const struct checkup_choice *choice = item->choices;
         choice != NULL && choice->code != NULL; choice++)
        printf("%s%s %s", choice == item->choices ? "" : ", ", choice->code, choice->name);
    if (item->from_on != 0)
        day_format_iso(item->from_on, day);
    printf(" | %s |\n", day);
}

static void
print_items(void)
{
    fputs(items_opening, stdout);
    for (size_t i = 0; i < checkup_item_count; i++)
        print_item(&checkup_items[i]);
}

int
command_columns(int argc, char **argv)
{
    bool is_items = argc == 2 && strcmp(argv[1], "--checkup-items") == 0;

    if (argc > 1 && !is_items) {
        fputs("usage: shikaku columns [--checkup-items]\n", stderr);
        return EX_USAGE;
    }
    if (is_items) {
        print_items();
        return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
    }
    fputs(opening, stdout);
    for (enum column_id id = 0; id < COLUMN_COUNT; id++)
        print_column(id);
    print_uses();
    fputs("\n## Codes\n", stdout);
    for (enum code_table table = 0; table < CODE_TABLE_COUNT; table++)
        if (is_used(table))
            print_codes(table);
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
