/*
 * main: one program, several duties; the first argument says which.
 *
 * Errors  exit codes of sysexits.h, see command/command.h.
 */
#include "base/attr.h"
#include "command/command.h"
#include "command/harden.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#ifndef SHIKAKU_VERSION
#define SHIKAKU_VERSION "0.1.0"
#endif

struct subcommand {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
};

/* clang-format off */
static const struct subcommand subcommands[] = {
    { "serve", "answer facilities over mutual TLS", command_serve },
    { "registrar", "answer insurers over mutual TLS", command_registrar },
    { "migrate", "bring a database to this release's schema", command_migrate },
    { "admit", "register an authority's certificates for their holders", command_admit },
    { "pki", "make a development CA, certificates, keys and revocation lists", command_pki },
    { "portal", "answer people, through a portal", command_portal },
    { "office", "answer operators", command_office },
    { "statistics", "count access records, and publish", command_statistics },
    { "operator", "make an operator, or a new second factor", command_operator },
    { "shadow", "compare everybody under other rules; nothing takes effect", command_shadow },
    { "claims", "take receipts and electronic prescriptions in", command_claims },
    { "credentials", "take in what became of user certificates", command_credentials },
    { "rotate", "seal all personal numbers with the newest key", command_rotate },
    { "register-check", "ask the resident register about people, and count", command_register_check },
    { "vault", "make keys for personal numbers", command_vault },
    { "document", "make a signed document that an insured person carries", command_document },
    { "document-verify", "check the signed text of a document, offline", command_document_verify },
    { "routes", "print what can be called, as lines of JSON", command_routes },
    { "errors", "print every error code, as Markdown", command_errors },
    { "columns", "print the columns of insurers' files, as Markdown", command_columns },
    { "rules", "print the rules of insurers' files, as Markdown", command_rules },
};
/* clang-format on */

static void
print_usage(FILE *out)
{
    fputs("usage: shikaku SUBCOMMAND [OPTION...]\n"
          "       shikaku help | --version\n"
          "\nsubcommands:\n",
          out);
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
        fprintf(out, "  %-15s %s\n", subcommands[i].name, subcommands[i].summary);
    fputs("\n`shikaku SUBCOMMAND --help` lists the options.\n", out);
}

static bool
is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

int
main(int argc, char **argv)
{
    static const char *const help_words[] = { "help", "--help", "-h" };
    static const char *const version_words[] = { "version", "--version" };

    if (!harden_process()) {
        fputs("shikaku: the system refuses to forbid core dumps\n", stderr);
        return EX_OSERR;
    }
    if (argc < 2) {
        print_usage(stderr);
        return EX_USAGE;
    }
    if (is_one_of(argv[1], help_words, ARRAY_LEN(help_words))) {
        print_usage(stdout);
        return EX_OK;
    }
    if (is_one_of(argv[1], version_words, ARRAY_LEN(version_words))) {
        puts("shikaku " SHIKAKU_VERSION);
        return EX_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return subcommands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "shikaku: there is no subcommand of that name\n");
    print_usage(stderr);
    return EX_USAGE;
}
