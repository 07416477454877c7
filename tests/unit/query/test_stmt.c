#include "../cases.h"

#include "base/text.h"
#include "query/stmt.h"

/* Whether "$n" stands in the text, and not as the beginning of another number. */
static bool
mentions(const char *sql, int number)
{
    char        name[8];
    struct text text = text_in(name, sizeof name);

    text_add_byte(&text, '$');
    text_add_number(&text, number);
    for (const char *at = strstr(sql, name); at != NULL; at = strstr(at + 1, name))
        if (at[text.length] < '0' || at[text.length] > '9')
            return true;
    return false;
}

static void
every_statement_is_whole(void **state)
{
    (void)state;
    for (int stmt = STMT_NONE + 1; stmt < STMT_COUNT; stmt++) {
        const struct stmt_row *row = stmt_info(stmt);
        int                    count = stmt_param_count(row);
        CASE_TRUE("a row without a name", row->name != NULL && row->sql != NULL);
        CASE_TRUE(row->name, strncmp(row->sql, "SELECT ", 7) == 0);
        CASE_TRUE(row->name, strstr(row->sql, "registry.") != NULL); /* no search path */
        CASE_TRUE(row->name, strchr(row->sql, ';') == NULL);
        CASE_TRUE(row->name, strchr(row->sql, '\'') == NULL);
        CASE_TRUE(row->name, stmt_column_count(row) > 0);
        for (int param = 0; param < count; param++)
            CASE_TRUE(row->name, mentions(row->sql, param + 1));
        CASE_TRUE(row->name, !mentions(row->sql, count + 1));
        for (int other = STMT_NONE + 1; other < stmt; other++)
            CASE_TRUE(row->name, strcmp(row->name, stmt_info(other)->name) != 0);
    }
}

static void
a_set_says_first_whose_row_it_is(void **state)
{
    (void)state;
    for (int stmt = STMT_NONE + 1; stmt < STMT_COUNT; stmt++) {
        const struct stmt_row *row = stmt_info(stmt);
        CASE_TRUE(row->name, row->is_set || row->shared_params == 0);
        CASE_INT(row->name, row->shared_params >> stmt_param_count(row), 0);
        if (!row->is_set)
            continue;
        CASE_TRUE(row->name, strncmp(row->sql, "SELECT ord", 10) == 0);
        CASE_INT(row->name, row->columns[0], PG_INT4);
        bool has_array = false;
        for (int param = 0; param < stmt_param_count(row); param++)
            has_array = has_array || stmt_param_is_array(row, param);
        CASE_TRUE(row->name, has_array);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_is_whole),
        cmocka_unit_test(a_set_says_first_whose_row_it_is),
    };
    return cmocka_run_group_tests_name("query/stmt", tests, NULL, NULL);
}
