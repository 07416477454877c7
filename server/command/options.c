#include "command/options.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The row of an argument, and its value when it comes after "=". */
static const struct option_row *
find(const struct option_row *rows, size_t count, const char *argument, const char **ret_value)
{
    size_t length = strcspn(argument, "=");

    *ret_value = argument[length] == '=' ? argument + length + 1 : NULL;
    for (size_t i = 0; i < count; i++)
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, argument, length) == 0)
            return &rows[i];
    return NULL;
}

static bool
read_number(const char *text, int64_t *ret_number)
{
    char *end = NULL;

    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        return false;
    *ret_number = number;
    return true;
}

static enum options_verdict
refuse(const char *who, const char *name, const char *reason)
{
    fprintf(stderr, "%s: %s %s\n", who, name, reason);
    return OPTIONS_WRONG;
}

static enum options_verdict
fill_rest(const char *who, const struct option_row *rows, size_t count, struct option_value *values)
{
    for (size_t i = 0; i < count; i++) {
        if (!values[i].is_given && rows[i].is_required)
            return refuse(who, rows[i].name, "is missing");
        if (!values[i].is_given)
            values[i].text = rows[i].preset;
        if (rows[i].kind == OPTION_NUMBER && values[i].text != NULL
            && !read_number(values[i].text, &values[i].number))
            return refuse(who, rows[i].name, "must be a whole number");
    }
    return OPTIONS_RUN;
}

enum options_verdict
options_read(const char *who, const struct option_row *rows, size_t count, int argc, char **argv,
             struct option_value *ret_values)
{
    assert(count <= OPTIONS_MAX);
    struct option_value values[OPTIONS_MAX] = { 0 };

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return OPTIONS_HELP;
    for (int i = 1; i < argc; i++) {
        const char              *value;
        const struct option_row *row = find(rows, count, argv[i], &value);
        if (row == NULL)
            return refuse(who, "an option", "is unknown; see --help");
        struct option_value *place = &values[row - rows];
        if (place->is_given)
            return refuse(who, row->name, "is given twice");
        if (row->kind == OPTION_SWITCH && value != NULL)
            return refuse(who, row->name, "takes no value");
        if (row->kind != OPTION_SWITCH && value == NULL) {
            if (i + 1 == argc)
                return refuse(who, row->name, "needs a value");
            value = argv[++i];
        }
        *place = (struct option_value){ .is_given = true, .text = value };
    }
    enum options_verdict verdict = fill_rest(who, rows, count, values);
    if (verdict == OPTIONS_RUN)
        memcpy(ret_values, values, count * sizeof *values);
    return verdict;
}

void
options_print(FILE *out, const struct option_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char left[40];
        snprintf(left, sizeof left, "%s%s%s", rows[i].name, rows[i].value_name != NULL ? " " : "",
                 rows[i].value_name != NULL ? rows[i].value_name : "");
        fprintf(out, "    %-26s %s", left, rows[i].help);
        if (rows[i].is_required)
            fputs(" (required)", out);
        else if (rows[i].preset != NULL)
            fprintf(out, " (default: %s)", rows[i].preset);
        fputc('\n', out);
    }
}
