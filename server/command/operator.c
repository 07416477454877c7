/*
 * operator: makes an operator, or gives one another second factor.
 *
 * Shape   what the office cannot do itself: its first operators, and secrets, which leave the
 *         server on paper and not over the network. One JSON object comes out, with the line that
 *         an authenticator reads. Certificates are a matter of the authority: --kind operator,
 *         --subject the number.
 * Errors  EX_USAGE, EX_NOINPUT the key, EX_UNAVAILABLE the database, EX_DATAERR no such operator.
 */
#include "command/command.h"
#include "command/options.h"

#include "base/attr.h"
#include "crypto/factor.h"
#include "query/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

enum { OF_DATABASE, OF_KEY, OF_NAME, OF_ORGANISATION, OF_ROLE, OF_OPERATOR, OF_COUNT };

/* clang-format off */
static const struct option_row rows[] = {
    [OF_DATABASE]     = { "--database", OPTION_TEXT, true, NULL, "URL",
        "libpq connection string of a role that may make operators" },
    [OF_KEY]          = { "--office-key", OPTION_TEXT, true, NULL, "FILE",
        "the office's key: what second factors are derived from" },
    [OF_NAME]         = { "--name", OPTION_TEXT, false, NULL, "NAME", "of a new operator" },
    [OF_ORGANISATION] = { "--organisation", OPTION_TEXT, false, NULL, "NAME", "of a new operator" },
    [OF_ROLE]         = { "--role", OPTION_TEXT, false, NULL, "ROLE",
        "of a new operator: viewer, registrar, security_officer or auditor" },
    [OF_OPERATOR]     = { "--operator", OPTION_TEXT, false, NULL, "NUMBER",
        "of one who is there, and gets another second factor; the one before ends" },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(rows) == OF_COUNT, "every option has a row");

static int
fail(const char *reason, int code)
{
    fprintf(stderr, "shikaku operator: %s\n", reason);
    return code;
}

static int
print_operator(struct factor_key *key, const struct operator_row *row)
{
    char uri[FACTOR_URI_BYTES];

    if (!factor_uri(key, row->operator_id, row->generation, uri))
        return fail("the second factor cannot be made", EX_SOFTWARE);
    printf("{\"operator\":%d,\"otpauth\":\"%s\"}\n", (int)row->operator_id, uri);
    return EX_OK;
}

static int
make(const struct option_value *values, struct factor_key *key)
{
    struct operator_row row = { .name = values[OF_NAME].text,
                                .organisation = values[OF_ORGANISATION].text,
                                .role = values[OF_ROLE].text,
                                .number = values[OF_OPERATOR].text };
    struct script      *script = script_open(values[OF_DATABASE].text);
    int                 code = EX_UNAVAILABLE;

    if (script == NULL || script_trouble(script)[0] != '\0')
        (void)fail(script == NULL ? "out of memory" : script_trouble(script), code);
    else if (script_operator(script, &row) == SCRIPT_DONE)
        code = print_operator(key, &row);
    else if (script_trouble(script)[0] != '\0')
        code = fail(script_trouble(script), EX_SOFTWARE);
    else
        code = fail("no such operator, or no such role", EX_DATAERR);
    script_close(script);
    return code;
}

int
command_operator(int argc, char **argv)
{
    struct option_value values[OF_COUNT];
    const char         *reason;

    switch (options_read("shikaku operator", rows, OF_COUNT, argc, argv, values)) {
    case OPTIONS_HELP:
        puts("usage: shikaku operator --database URL --office-key FILE\n"
             "         (--name NAME --organisation NAME --role ROLE | --operator NUMBER)\n"
             "Makes an operator, or gives one another second factor, and prints what an\n"
             "authenticator reads.\n");
        options_print(stdout, rows, OF_COUNT);
        return EX_OK;
    case OPTIONS_WRONG:
        return EX_USAGE;
    case OPTIONS_RUN:
        break;
    }
    bool is_new =
        values[OF_NAME].is_given && values[OF_ORGANISATION].is_given && values[OF_ROLE].is_given;
    if (is_new == values[OF_OPERATOR].is_given)
        return fail("give --name, --organisation and --role, or --operator", EX_USAGE);
    struct factor_key *key = factor_key_open(values[OF_KEY].text, &reason);
    if (key == NULL)
        return fail(reason, EX_NOINPUT);
    int code = make(values, key);
    factor_key_free(key);
    return code;
}
