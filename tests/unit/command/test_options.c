#include "../cases.h"

#include "command/options.h"

#include <stdlib.h>
#include <string.h>

enum { DIR_OPTION, DAYS_OPTION, FORCE_OPTION, OPTION_COUNT };

static const struct option_row option_rows[] = {
    [DIR_OPTION] = { "--dir", OPTION_TEXT, true, NULL, "DIR", "a folder" },
    [DAYS_OPTION] = { "--days", OPTION_NUMBER, false, "365", "N", "days" },
    [FORCE_OPTION] = { "--force", OPTION_SWITCH, false, NULL, NULL, "replace" },
};

static const struct {
    const char          *name;
    char                *words[6]; /* after the program's name */
    enum options_verdict verdict;
    const char          *dir;
    int64_t              days;
    bool                 is_forced;
} cases[] = {
    { "least", { "--dir", "d" }, OPTIONS_RUN, "d", 365, false },
    { "with =", { "--dir=d", "--days=7" }, OPTIONS_RUN, "d", 7, false },
    { "all", { "--force", "--days", "-3", "--dir", "d" }, OPTIONS_RUN, "d", -3, true },
    { "empty value", { "--dir=" }, OPTIONS_RUN, "", 365, false },
    { "value like an option", { "--dir", "--force" }, OPTIONS_RUN, "--force", 365, false },
    { "help first", { "--help" }, OPTIONS_HELP, NULL, 0, false },
    { "help among errors", { "--nope", "--help" }, OPTIONS_HELP, NULL, 0, false },
    { "missing", { "--days", "1" }, OPTIONS_WRONG, NULL, 0, false },
    { "nothing", { NULL }, OPTIONS_WRONG, NULL, 0, false },
    { "unknown", { "--dir", "d", "--nope" }, OPTIONS_WRONG, NULL, 0, false },
    { "abbreviated", { "--di", "d" }, OPTIONS_WRONG, NULL, 0, false },
    { "longer", { "--dirs", "d" }, OPTIONS_WRONG, NULL, 0, false },
    { "bare word", { "--dir", "d", "word" }, OPTIONS_WRONG, NULL, 0, false },
    { "twice", { "--dir", "d", "--dir", "e" }, OPTIONS_WRONG, NULL, 0, false },
    { "no value", { "--dir" }, OPTIONS_WRONG, NULL, 0, false },
    { "switch with value", { "--dir", "d", "--force=1" }, OPTIONS_WRONG, NULL, 0, false },
    { "not a number", { "--dir", "d", "--days", "7x" }, OPTIONS_WRONG, NULL, 0, false },
    { "no digits", { "--dir", "d", "--days=" }, OPTIONS_WRONG, NULL, 0, false },
    { "out of range",
      { "--dir", "d", "--days", "99999999999999999999" },
      OPTIONS_WRONG,
      NULL,
      0,
      false },
};

static void
options_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char  program[] = "test";
        char *argv[8] = { program };
        int   argc = 1;
        for (size_t k = 0; k < ARRAY_LEN(cases[i].words) && cases[i].words[k] != NULL; k++)
            argv[argc++] = cases[i].words[k];
        struct option_value  values[OPTION_COUNT] = { { .text = "untouched" } };
        enum options_verdict verdict =
            options_read("test", option_rows, OPTION_COUNT, argc, argv, values);
        CASE_INT(cases[i].name, verdict, cases[i].verdict);
        if (verdict != OPTIONS_RUN) {
            CASE_TEXT(cases[i].name, values[DIR_OPTION].text, "untouched");
            continue;
        }
        CASE_TEXT(cases[i].name, values[DIR_OPTION].text, cases[i].dir);
        CASE_INT(cases[i].name, values[DAYS_OPTION].number, cases[i].days);
        CASE_INT(cases[i].name, values[FORCE_OPTION].is_given, cases[i].is_forced);
    }
}

static void
help_names_every_option(void **state)
{
    char  *text = NULL;
    size_t length = 0;
    FILE  *out = open_memstream(&text, &length);

    (void)state;
    assert_non_null(out);
    options_print(out, option_rows, OPTION_COUNT);
    fclose(out);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        assert_non_null(strstr(text, option_rows[i].name));
    assert_non_null(strstr(text, "(required)"));
    assert_non_null(strstr(text, "(default: 365)"));
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read_or_refused),
        cmocka_unit_test(help_names_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
