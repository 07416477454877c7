/*
 * errors: prints the table of faults as the page schema/api/errors.md.
 *
 * Errors  EX_USAGE for any option.
 */
#include "command/command.h"

#include "base/fault.h"

#include <stdio.h>
#include <sysexits.h>

/* clang-format off */
static const char opening[] =
    "# Errors\n"
    "\n"
    "Printed by `shikaku errors` from the table in `server/base/fault.c`; a test compares the two.\n"
    "\n"
    "A request that cannot be answered gets a problem document (RFC 9457, `application/problem+json`)"
    " that tells\n"
    "*all* its faults at once, in `errors[]`. `code` is stable: programs may branch on it, and no code"
    " is ever used\n"
    "again for something else. A value of the request is never repeated, so a problem document may be"
    " logged.\n"
    "\n"
    "Where `retry` is yes, send the *same* request with the *same* `X-Request-Id` again after the"
    " seconds that\n"
    "`Retry-After` says: if the first one was carried out after all, it is answered the same and"
    " recorded once.\n"
    "Where it is no, the same request will fail again. An answer that somebody is not covered is no"
    " error; it is 200.\n"
    "\n"
    "| code | status | retry | meaning | 意味 |\n"
    "| --- | --- | --- | --- | --- |\n";
/* clang-format on */

int
command_errors(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        fputs("usage: shikaku errors\n", stderr);
        return EX_USAGE;
    }
    fputs(opening, stdout);
    for (enum fault fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++) {
        const struct fault_row *row = fault_info(fault);
        printf("| `%s` | %d | %s | %s | %s |\n", row->code, row->http_status,
               row->retry_helps ? "yes" : "no", row->title, row->title_ja);
    }
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
