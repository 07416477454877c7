/* `shikaku pki`: the development CA. */
#include "command/command.h"
#include "command/pki_parts.h"
#include "crypto/disk.h"
#include "crypto/random.h"
#include "crypto/signer.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    CA_DAYS = 3653, /* ten years */
    SERVER_DAYS = 825,
    TICKET_KEY_BYTES = 64,
    PSEUDONYM_KEY_BYTES = 32,
    CHALLENGE_KEY_BYTES = 32,
    OFFICE_KEY_BYTES = 32,
    SUBJECT_NAME_MAX = 64 /* RFC 5280, ub-common-name */
};

static const instant_t DAY_US = (instant_t)86400 * 1000000;

struct action {
    const char              *name;
    const char              *summary;
    const struct option_row *rows;
    size_t                   count;
    int (*run)(const struct option_value *values);
};

/* clang-format off */
enum { INIT_DIR, INIT_NAME, INIT_SAN, INIT_KEY_TYPE, INIT_FORCE, INIT_COUNT };
static const struct option_row init_rows[] = {
    [INIT_DIR]   = { "--dir", OPTION_TEXT, true, NULL, "DIR", "folder of the authority, made if absent" },
    [INIT_NAME]  = { "--name", OPTION_TEXT, false, "Shikaku development CA", "NAME", "common name of the CA" },
    [INIT_SAN]   = { "--san", OPTION_TEXT, false, "localhost,127.0.0.1,::1", "LIST",
                     "host names and addresses of the server" },
    [INIT_KEY_TYPE] = { "--key-type", OPTION_TEXT, false, "ec", "TYPE",
                        "of the authority: ec (P-256) or rsa (2048 bits)" },
    [INIT_FORCE] = { "--force", OPTION_SWITCH, false, NULL, NULL,
                     "replace what is there, its keys and its journal" },
};
static_assert(ARRAY_LEN(init_rows) == INIT_COUNT, "every option has a row");

/* registry: the registry itself, where it asks somebody else, as the resident register. card: the user
 * certificate of a My Number card; issued by an authority of its own, in another folder. responder: who
 * signs what is said of cards, of the same authority. */
#define KIND_HELP "facility, insurer, operator, portal, registry, server, card or responder"
#define DAYS_ROW { "--days", OPTION_NUMBER, false, "365", "N", "days of validity" }
#define NOT_BEFORE_ROW { "--not-before", OPTION_TEXT, false, NULL, "INSTANT", \
                         "start, as 2031-04-01T00:00:00Z (default: now)" }
#define EXPIRED_ROW { "--expired", OPTION_SWITCH, false, NULL, NULL, "for tests: ended yesterday" }
#define NOT_YET_ROW { "--not-yet", OPTION_SWITCH, false, NULL, NULL, "for tests: starts in ten days" }
#define PURPOSE_ROW { "--purpose", OPTION_TEXT, false, NULL, "USE", \
                      "client or server, when it shall differ from the kind's own" }
#define POLICY_ROW { "--policy", OPTION_TEXT, false, NULL, "OID", \
                     "policy that a card states (default: the development policy)" }
#define KEY_TYPE_ROW { "--key-type", OPTION_TEXT, false, "ec", "TYPE", "ec (P-256) or rsa (2048 bits)" }
#define FORCE_ROW { "--force", OPTION_SWITCH, false, NULL, NULL, "replace files of the same name" }

enum { ISSUE_DIR, ISSUE_KIND, ISSUE_SUBJECT, ISSUE_OUT, ISSUE_SAN, ISSUE_DAYS, ISSUE_NOT_BEFORE, ISSUE_EXPIRED,
       ISSUE_NOT_YET, ISSUE_PURPOSE, ISSUE_POLICY, ISSUE_KEY_TYPE, ISSUE_FORCE, ISSUE_COUNT };
static const struct option_row issue_rows[] = {
    [ISSUE_DIR]        = { "--dir", OPTION_TEXT, true, NULL, "DIR", "folder of the authority" },
    [ISSUE_KIND]       = { "--kind", OPTION_TEXT, true, NULL, "KIND", KIND_HELP },
    [ISSUE_SUBJECT]    = { "--subject", OPTION_TEXT, true, NULL, "CODE",
                           "code of the holder; letters, digits, '.', '_', '-'" },
    [ISSUE_OUT]        = { "--out", OPTION_TEXT, true, NULL, "NAME",
                           "makes NAME.pem and NAME.key; in DIR, unless NAME holds a '/'" },
    [ISSUE_SAN]        = { "--san", OPTION_TEXT, false, NULL, "LIST", "host names and addresses, with commas" },
    [ISSUE_DAYS]       = DAYS_ROW,
    [ISSUE_NOT_BEFORE] = NOT_BEFORE_ROW,
    [ISSUE_EXPIRED]    = EXPIRED_ROW,
    [ISSUE_NOT_YET]    = NOT_YET_ROW,
    [ISSUE_PURPOSE]    = PURPOSE_ROW,
    [ISSUE_POLICY]     = POLICY_ROW,
    [ISSUE_KEY_TYPE]   = KEY_TYPE_ROW,
    [ISSUE_FORCE]      = FORCE_ROW,
};
static_assert(ARRAY_LEN(issue_rows) == ISSUE_COUNT, "every option has a row");

static const struct option_row many_rows[] = {
    [MANY_DIR]        = { "--dir", OPTION_TEXT, true, NULL, "DIR", "folder of the authority" },
    [MANY_KIND]       = { "--kind", OPTION_TEXT, true, NULL, "KIND", KIND_HELP },
    [MANY_SUBJECTS]   = { "--subjects-from", OPTION_TEXT, true, NULL, "FILE", "one code of a holder per line" },
    [MANY_OUT]        = { "--out-dir", OPTION_TEXT, true, NULL, "DIR", "makes CODE.pem and CODE.key in it" },
    [MANY_SHARE_KEY]  = { "--share-key", OPTION_SWITCH, false, NULL, NULL,
                          "one key for all, linked under every name; quick, for load only" },
    [MANY_DAYS]       = DAYS_ROW,
    [MANY_NOT_BEFORE] = NOT_BEFORE_ROW,
    [MANY_EXPIRED]    = EXPIRED_ROW,
    [MANY_NOT_YET]    = NOT_YET_ROW,
    [MANY_PURPOSE]    = PURPOSE_ROW,
    [MANY_POLICY]     = POLICY_ROW,
    [MANY_KEY_TYPE]   = KEY_TYPE_ROW,
    [MANY_FORCE]      = FORCE_ROW,
};
static_assert(ARRAY_LEN(many_rows) == MANY_COUNT, "every option has a row");

enum { REVOKE_DIR, REVOKE_SERIAL, REVOKE_REASON, REVOKE_COUNT };
static const struct option_row revoke_rows[] = {
    [REVOKE_DIR]    = { "--dir", OPTION_TEXT, true, NULL, "DIR", "folder of the authority" },
    [REVOKE_SERIAL] = { "--serial", OPTION_TEXT, true, NULL, "SERIAL", "serial number, hexadecimal" },
    [REVOKE_REASON] = { "--reason", OPTION_TEXT, false, "unspecified", "WORD",
                        "unspecified, key_compromise, affiliation_changed, superseded,\n"
                        "                               cessation_of_operation or privilege_withdrawn" },
};
static_assert(ARRAY_LEN(revoke_rows) == REVOKE_COUNT, "every option has a row");

enum { LIST_DIR, LIST_COUNT };
static const struct option_row list_rows[] = {
    [LIST_DIR] = { "--dir", OPTION_TEXT, true, NULL, "DIR", "folder of the authority" },
};
static_assert(ARRAY_LEN(list_rows) == LIST_COUNT, "every option has a row");
/* clang-format on */

static int
make_keys(int folder, unsigned flags)
{
    static const struct {
        const char *name;
        size_t      bytes;
    } rows[] = {
        { "ticket.key", TICKET_KEY_BYTES },
        { "pseudonym.key", PSEUDONYM_KEY_BYTES },
        { "challenge.key", CHALLENGE_KEY_BYTES },
        { "office.key", OFFICE_KEY_BYTES },
    };
    char bytes[TICKET_KEY_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        random_bytes(bytes, rows[i].bytes);
        bool is_written =
            disk_write(folder, rows[i].name, span_make(bytes, rows[i].bytes), flags | DISK_SECRET);
        explicit_bzero(bytes, sizeof bytes);
        if (!is_written)
            return pki_complain(CA_DISK);
    }
    return EX_OK;
}

/* With what the registry signs documents that people carry, and what facilities check them with. */
static int
make_signer(int folder, unsigned flags)
{
    char        secret[PEM_BYTES_MAX];
    char        open[PEM_BYTES_MAX];
    struct text private_pem = text_in(secret, sizeof secret);
    struct text public_pem = text_in(open, sizeof open);

    signer_make(&private_pem, &public_pem);
    bool is_written =
        !private_pem.is_full && !public_pem.is_full
        && disk_write(folder, "document.key", text_span(&private_pem), flags | DISK_SECRET)
        && disk_write(folder, "document.pub", text_span(&public_pem), flags);
    explicit_bzero(secret, sizeof secret);
    return is_written ? EX_OK : pki_complain(CA_DISK);
}

static enum ca_fault
issue_pair(struct ca *ca, const struct certificate_wish *wish, enum key_kind kind,
           const struct pki_place *place, unsigned flags)
{
    struct ca_issued issued;
    struct key      *key = key_new(kind);
    enum ca_fault    fault = CA_WISH_REFUSED;

    if (key != NULL)
        fault = ca_issue(ca, wish, key, false, &issued);
    if (fault == CA_DONE) {
        fault = pki_put_pair(place, key, issued.certificate, flags);
        if (fault == CA_DONE)
            pki_print_issued(place, wish, &issued.facts);
        certificate_free(issued.certificate);
    }
    key_free(key);
    return fault;
}

static int
fill_authority(const struct option_value *values, unsigned flags)
{
    struct ca               ca;
    instant_t               now = clock_now();
    struct certificate_wish wish = {
        .organisation = "Shikaku development",
        .unit = "server",
        .common_name = "localhost",
        .other_names = values[INIT_SAN].text,
        .use = USE_SERVER,
        .not_before = now - CA_BEFORE_US,
        .not_after = now + SERVER_DAYS * DAY_US,
    };
    enum ca_fault fault = ca_open(&ca, values[INIT_DIR].text);

    if (fault == CA_DONE) {
        struct pki_place place = { ca.folder, values[INIT_DIR].text, "server" };
        fault = ca_write_revocations(&ca, now);
        if (fault == CA_DONE)
            fault = issue_pair(&ca, &wish, KEY_EC, &place, flags);
    }
    ca_close(&ca);
    return pki_complain(fault);
}

static int
run_init(const struct option_value *values)
{
    static const char *const names[] = { "server.pem",    "server.key",    "ticket.key",
                                         "pseudonym.key", "challenge.key", "office.key",
                                         "document.key",  "document.pub" };
    bool                     may_replace = values[INIT_FORCE].is_given;
    unsigned                 flags = may_replace ? DISK_REPLACE : 0;
    instant_t                now = clock_now();
    size_t                   length = strlen(values[INIT_NAME].text);
    enum key_kind            key;

    if (!pki_read_key_type(values[INIT_KEY_TYPE].text, &key))
        return EX_USAGE;
    if (length == 0 || length > SUBJECT_NAME_MAX) {
        fputs("shikaku pki: --name has 1 to 64 bytes\n", stderr);
        return EX_USAGE;
    }
    int folder = pki_open_folder(values[INIT_DIR].text);
    if (folder < 0)
        return EX_CANTCREAT;
    int code = EX_OK;
    for (size_t i = 0; !may_replace && i < ARRAY_LEN(names); i++)
        if (disk_has(folder, names[i]))
            code = EX_CANTCREAT;
    code = code != EX_OK ? pki_complain(CA_TAKEN)
                         : pki_complain(ca_make(folder, values[INIT_NAME].text, key, now,
                                                now + CA_DAYS * DAY_US, may_replace));
    if (code == EX_OK)
        code = make_keys(folder, flags);
    if (code == EX_OK)
        code = make_signer(folder, flags);
    close(folder);
    return code == EX_OK ? fill_authority(values, flags) : code;
}

/* Splits "some/folder/name"; a bare name belongs into the folder of the authority. */
static bool
place_of(const char *out, const char *ca_path, char *buffer, struct pki_place *ret_place)
{
    const char *slash = strrchr(out, '/');

    *ret_place = (struct pki_place){ .folder = -1, .path = ca_path, .name = out };
    if (slash != NULL) {
        size_t length = slash == out ? 1 : (size_t)(slash - out);
        if (length >= PKI_PATH_MAX)
            return false;
        memcpy(buffer, out, length);
        buffer[length] = '\0';
        ret_place->path = buffer;
        ret_place->name = slash + 1;
    }
    /* Not over the authority's own files, also not with --force. */
    return ca_word_is_good(ret_place->name) && strcmp(ret_place->name, "ca") != 0
           && strcmp(ret_place->name, "crl") != 0;
}

static enum ca_fault
issue_at(const struct option_value *values, const struct certificate_wish *wish, enum key_kind key,
         const struct pki_place *place)
{
    struct ca     ca;
    bool          may_replace = values[ISSUE_FORCE].is_given;
    enum ca_fault fault = ca_open(&ca, values[ISSUE_DIR].text);

    if (fault == CA_DONE && !may_replace && pki_place_is_taken(place))
        fault = CA_TAKEN;
    if (fault == CA_DONE)
        fault = issue_pair(&ca, wish, key, place, may_replace ? DISK_REPLACE : 0);
    ca_close(&ca);
    return fault;
}

static int
run_issue(const struct option_value *values)
{
    char                    folder[PKI_PATH_MAX];
    struct pki_place        place;
    const struct pki_kind  *kind = pki_kind_of(values[ISSUE_KIND].text);
    struct pki_terms        terms = { &values[ISSUE_DAYS],    &values[ISSUE_NOT_BEFORE],
                                      &values[ISSUE_EXPIRED], &values[ISSUE_NOT_YET],
                                      &values[ISSUE_PURPOSE], &values[ISSUE_POLICY],
                                      &values[ISSUE_KEY_TYPE] };
    enum key_kind           key;
    struct certificate_wish wish = {
        .organisation = "Shikaku development",
        .unit = kind == NULL ? NULL : kind->name,
        .common_name = values[ISSUE_SUBJECT].text,
        .other_names = values[ISSUE_SAN].text,
    };

    if (kind == NULL || !pki_read_terms(&terms, kind, &wish, &key))
        return EX_USAGE;
    if (!ca_word_is_good(wish.common_name)
        || !place_of(values[ISSUE_OUT].text, values[ISSUE_DIR].text, folder, &place)) {
        fputs("shikaku pki: --subject and --out are words of letters, digits, '.', '_', '-';\n"
              "--out is not ca or crl\n",
              stderr);
        return EX_USAGE;
    }
    place.folder = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place.folder < 0) {
        fputs("shikaku pki: the folder of --out does not exist\n", stderr);
        return EX_CANTCREAT;
    }
    enum ca_fault fault = issue_at(values, &wish, key, &place);
    close(place.folder);
    return pki_complain(fault);
}

static int
run_revoke(const struct option_value *values)
{
    struct ca ca;
    int       reason = pki_reason_code(values[REVOKE_REASON].text);

    if (reason < 0) {
        fputs("shikaku pki: --reason is not one of the known words; see --help\n", stderr);
        return EX_USAGE;
    }
    enum ca_fault fault = ca_open(&ca, values[REVOKE_DIR].text);
    if (fault == CA_DONE)
        fault = ca_revoke(&ca, values[REVOKE_SERIAL].text, reason, clock_now());
    ca_close(&ca);
    return pki_complain(fault);
}

static int
run_list(const struct option_value *values)
{
    struct ca      ca;
    struct ca_list certificates = { 0 };
    instant_t      now = clock_now();
    enum ca_fault  fault = ca_open(&ca, values[LIST_DIR].text);

    if (fault == CA_DONE)
        fault = ca_read(&ca, &certificates);
    for (size_t i = 0; i < certificates.count; i++)
        pki_print_entry(&certificates.entries[i], now);
    ca_list_close(&certificates);
    ca_close(&ca);
    return pki_complain(fault);
}

/* clang-format off */
static const struct action actions[] = {
    { "init", "make a CA, a server certificate and the registry's key files", init_rows, INIT_COUNT, run_init },
    { "issue", "make one certificate with its key", issue_rows, ISSUE_COUNT, run_issue },
    { "issue-many", "make many certificates, for load tests", many_rows, MANY_COUNT, pki_issue_many },
    { "revoke", "revoke a certificate and write crl.pem", revoke_rows, REVOKE_COUNT, run_revoke },
    { "list", "print every certificate that was issued", list_rows, LIST_COUNT, run_list },
};
/* clang-format on */

static void
print_help(FILE *out)
{
    fputs("usage: shikaku pki ACTION OPTION...\n\n"
          "A certificate authority for development, tests and load. It is a folder:\n"
          "  ca.pem ca.key          the authority (ECDSA P-256 or RSA, ten years)\n"
          "  index crl.pem          journal of what was issued, list of what was revoked\n"
          "  server.pem server.key  certificate of the registry's HTTPS server\n"
          "  ticket.key             64 bytes: TLS session tickets, the same on all servers\n"
          "  pseudonym.key          32 bytes: pseudonyms in access records; losing it loses\n"
          "                         the way from a person to the records about them\n"
          "  challenge.key          32 bytes: challenges that cards sign, the same on all servers\n"
          "  office.key             32 bytes: second factors of operators are derived from it\n"
          "  document.key           Ed25519: the registry's signature under documents that people "
          "carry\n"
          "  document.pub           the public key that facilities check them with\n"
          "A certificate lets nobody in by itself: the registry has to admit its fingerprint.\n"
          "issue, issue-many, init and list print one JSON object per certificate.\n"
          "\nactions:\n",
          out);
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        fprintf(out, "\n  %-12s %s\n", actions[i].name, actions[i].summary);
        options_print(out, actions[i].rows, actions[i].count);
    }
    fputs("\nexample:\n"
          "  shikaku pki init --dir .run/pki\n"
          "  shikaku pki issue --dir .run/pki --kind facility --subject clinic-1 --out clinic\n"
          "\nexit codes: 0 done, 64 wrong usage, 65 wrong input, 66 no authority there,\n"
          "73 a file is there already or cannot be made, 74 reading or writing failed\n",
          out);
}

int
command_pki(int argc, char **argv)
{
    struct option_value  values[OPTIONS_MAX];
    const struct action *action = NULL;

    for (size_t i = 0; argc >= 2 && i < ARRAY_LEN(actions); i++)
        if (strcmp(argv[1], actions[i].name) == 0)
            action = &actions[i];
    bool wants_help = argc >= 2
                      && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0
                          || strcmp(argv[1], "-h") == 0);
    if (action == NULL) {
        print_help(wants_help ? stdout : stderr);
        return wants_help ? EX_OK : EX_USAGE;
    }
    switch (options_read("shikaku pki", action->rows, action->count, argc - 1, argv + 1, values)) {
    case OPTIONS_HELP:
        printf("usage: shikaku pki %s OPTION...\n%s\n", action->name, action->summary);
        options_print(stdout, action->rows, action->count);
        return EX_OK;
    case OPTIONS_WRONG:
        return EX_USAGE;
    case OPTIONS_RUN:
        break;
    }
    int code = action->run(values);
    if (fflush(stdout) != 0 && code == EX_OK)
        code = EX_IOERR;
    return code;
}
