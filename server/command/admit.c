#include "base/attr.h"
#include "base/text.h"
#include "command/command.h"
#include "command/options.h"
#include "crypto/ca.h"
#include "query/script.h"

#include <stdio.h>
#include <sysexits.h>

enum { ADMIT_DATABASE, ADMIT_PKI, ADMIT_COUNT };

/* clang-format off */
static const struct option_row rows[] = {
    [ADMIT_DATABASE] = { "--database", OPTION_TEXT, true, NULL, "URL",
        "libpq connection string of a role that may register certificates" },
    [ADMIT_PKI]      = { "--pki", OPTION_TEXT, true, NULL, "DIR",
        "the authority's folder; all certificates in its journal are brought up to date" },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(rows) == ADMIT_COUNT, "every option has a row");

struct admit_counts {
    long admitted;
    long unchanged;
    long without_holder;
};

static bool
admit_one(struct script *script, const struct ca_entry *entry, struct admit_counts *counts)
{
    const struct certificate_row row = { .kind = entry->kind,
                                         .subject = entry->subject,
                                         .fingerprint_hex = entry->fingerprint,
                                         .serial = entry->serial,
                                         .not_before = entry->not_before,
                                         .not_after = entry->not_after,
                                         .is_revoked = entry->is_revoked,
                                         .revoked_at = entry->revoked_at };

    switch (script_admit(script, &row)) {
    case SCRIPT_DONE:
        counts->admitted++;
        return true;
    case SCRIPT_WAS_DONE:
        counts->unchanged++;
        return true;
    case SCRIPT_UNKNOWN_HOLDER:
        counts->without_holder++;
        return true;
    case SCRIPT_CHANGED:
    case SCRIPT_FAILED:
    default:
        return false;
    }
}

static int
admit_all(struct script *script, const struct ca_list *list)
{
    struct admit_counts counts = { 0 };

    for (size_t i = 0; i < list->count; i++)
        if (!admit_one(script, &list->entries[i], &counts)) {
            fprintf(stderr, "shikaku admit: %s\n", script_trouble(script));
            return EX_SOFTWARE;
        }
    printf("{\"admitted\":%ld,\"unchanged\":%ld,\"without_holder\":%ld}\n", counts.admitted,
           counts.unchanged, counts.without_holder);
    return EX_OK;
}

static int
read_journal(const char *folder, struct ca_list *ret_list)
{
    struct ca     ca;
    enum ca_fault fault = ca_open(&ca, folder);

    if (fault == CA_DONE)
        fault = ca_read(&ca, ret_list);
    ca_close(&ca);
    if (fault == CA_DONE)
        return EX_OK;
    fprintf(stderr, "shikaku admit: %s\n", ca_fault_text(fault));
    return EX_NOINPUT;
}

int
command_admit(int argc, char **argv)
{
    struct option_value values[ADMIT_COUNT];
    struct ca_list      list = { 0 };

    switch (options_read("shikaku admit", rows, ADMIT_COUNT, argc, argv, values)) {
    case OPTIONS_HELP:
        puts("usage: shikaku admit --database URL --pki DIR\n"
             "Registers the certificates of an authority's folder for their holders, and revokes\n"
             "what it has revoked. Running it again changes nothing that is right already.\n");
        options_print(stdout, rows, ADMIT_COUNT);
        return EX_OK;
    case OPTIONS_WRONG:
        return EX_USAGE;
    case OPTIONS_RUN:
        break;
    }
    int code = read_journal(values[ADMIT_PKI].text, &list);
    if (code != EX_OK)
        return code;
    struct script *script = script_open(values[ADMIT_DATABASE].text);
    if (script == NULL || script_trouble(script)[0] != '\0') {
        fprintf(stderr, "shikaku admit: no connection: %s\n",
                script == NULL ? "out of memory" : script_trouble(script));
        code = EX_UNAVAILABLE;
    } else {
        code = admit_all(script, &list);
    }
    script_close(script);
    ca_list_close(&list);
    return code;
}
