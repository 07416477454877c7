#include "command/pki_parts.h"

#include "crypto/card.h"
#include "crypto/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { US_PER_S = 1000000, SECONDS_PER_DAY = 86400, DAYS_MAX = 36500, WRONG_DAYS = 10 };

int
pki_complain(enum ca_fault fault)
{
    static const int codes[] = {
        [CA_DONE] = EX_OK,
        [CA_ABSENT] = EX_NOINPUT,
        [CA_TAKEN] = EX_CANTCREAT,
        [CA_BROKEN] = EX_DATAERR,
        [CA_SERIAL_UNKNOWN] = EX_DATAERR,
        [CA_REVOKED_BEFORE] = EX_DATAERR,
        [CA_WISH_REFUSED] = EX_USAGE,
        [CA_DISK] = EX_IOERR,
    };
    _Static_assert(ARRAY_LEN(codes) == CA_FAULT_COUNT, "every fault has an exit code");

    if (fault == CA_DISK)
        fprintf(stderr, "shikaku pki: %s: %s\n", ca_fault_text(fault), strerror(errno));
    else if (fault != CA_DONE)
        fprintf(stderr, "shikaku pki: %s\n", ca_fault_text(fault));
    return codes[fault];
}

const struct pki_kind *
pki_kind_of(const char *name)
{
    static const struct pki_kind kinds[] = {
        { "facility", USE_CLIENT }, { "insurer", USE_CLIENT },      { "operator", USE_CLIENT },
        { "portal", USE_CLIENT },   { "registry", USE_CLIENT },     { "server", USE_SERVER },
        { "card", USE_CARD },       { "responder", USE_RESPONDER },
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    fputs("shikaku pki: --kind is facility, insurer, operator, portal, registry, server, card or "
          "responder\n",
          stderr);
    return NULL;
}

void
pki_format_instant(instant_t instant, char ret_text[ISO_SIZE])
{
    time_t    seconds = (time_t)(instant / US_PER_S);
    struct tm utc;

    ret_text[0] = '\0';
    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(ret_text, ISO_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* Whatever is not a real instant does not come back as the same text. */
bool
pki_parse_instant(const char *text, instant_t *ret_instant)
{
    struct tm utc = { 0 };
    char      again[ISO_SIZE];

    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
               &utc.tm_hour, &utc.tm_min, &utc.tm_sec)
        != 6)
        return false;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    instant_t instant = (instant_t)timegm(&utc) * US_PER_S;
    pki_format_instant(instant, again);
    if (strcmp(text, again) != 0)
        return false;
    *ret_instant = instant;
    return true;
}

int
pki_open_folder(const char *path)
{
    int folder = -1;

    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        fprintf(stderr, "shikaku pki: the folder cannot be made or opened: %s\n", strerror(errno));
    return folder;
}

bool
pki_place_is_taken(const struct pki_place *place)
{
    static const char *const endings[] = { ".pem", ".key" };
    char                     bytes[DISK_NAME_MAX + 1];

    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        struct text name = text_in(bytes, sizeof bytes);
        text_add_string(&name, place->name);
        text_add_string(&name, endings[i]);
        if (disk_has(place->folder, bytes))
            return true;
    }
    return false;
}

static enum ca_fault
put(const struct pki_place *place, const char *ending, const struct text *text, unsigned flags)
{
    char        bytes[DISK_NAME_MAX + 1];
    struct text name = text_in(bytes, sizeof bytes);

    text_add_string(&name, place->name);
    text_add_string(&name, ending);
    if (text->is_full || name.is_full)
        return CA_BROKEN;
    if (disk_write(place->folder, bytes, text_span(text), flags))
        return CA_DONE;
    return errno == EEXIST ? CA_TAKEN : CA_DISK;
}

/* The certificate comes last: whoever sees it finds its key. */
enum ca_fault
pki_put_pair(const struct pki_place *place, const struct key *key,
             const struct certificate *certificate, unsigned flags)
{
    char          bytes[PEM_BYTES_MAX];
    enum ca_fault fault = CA_DONE;

    if (key != NULL) {
        struct text secret = text_in(bytes, sizeof bytes);
        key_write(key, &secret);
        fault = put(place, ".key", &secret, flags | DISK_SECRET);
        explicit_bzero(bytes, sizeof bytes);
    }
    struct text pem = text_in(bytes, sizeof bytes);
    certificate_write(certificate, &pem);
    return fault == CA_DONE ? put(place, ".pem", &pem, flags) : fault;
}

static void
print_quoted(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20)
            printf("\\u%04x", byte);
        else if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else
            putchar(byte);
    }
    putchar('"');
}

static void
print_file(const char *name, const struct pki_place *place, const char *ending)
{
    char        bytes[PKI_PATH_MAX];
    struct text path = text_in(bytes, sizeof bytes);

    text_add_format(&path, "%s/%s%s", place->path, place->name, ending);
    printf(",\"%s\":", name);
    print_quoted(bytes);
}

static void
print_core(const char *kind, const char *subject, const char *serial, const char *fingerprint,
           instant_t not_before, instant_t not_after)
{
    char from[ISO_SIZE];
    char until[ISO_SIZE];

    pki_format_instant(not_before, from);
    pki_format_instant(not_after, until);
    printf("{\"kind\":\"%s\",\"subject\":\"%s\",\"serial\":\"%s\",\"fingerprint_sha256\":\"%s\","
           "\"not_before\":\"%s\",\"not_after\":\"%s\"",
           kind, subject, serial, fingerprint, from, until);
}

void
pki_print_issued(const struct pki_place *place, const struct certificate_wish *wish,
                 const struct certificate_facts *facts)
{
    char        bytes[2 * FINGERPRINT_BYTES + 1];
    struct text fingerprint = text_in(bytes, sizeof bytes);

    text_add_hex(&fingerprint, facts->fingerprint, FINGERPRINT_BYTES);
    print_core(wish->unit, wish->common_name, facts->serial, bytes, wish->not_before,
               wish->not_after);
    print_file("certificate", place, ".pem");
    print_file("key", place, ".key");
    puts("}");
}

void
pki_print_entry(const struct ca_entry *entry, instant_t now)
{
    const char *status = entry->is_revoked         ? "revoked"
                         : now > entry->not_after  ? "expired"
                         : now < entry->not_before ? "not_yet"
                                                   : "valid";

    print_core(entry->kind, entry->subject, entry->serial, entry->fingerprint, entry->not_before,
               entry->not_after);
    printf(",\"status\":\"%s\"", status);
    if (entry->is_revoked) {
        char        at[ISO_SIZE];
        const char *reason = pki_reason_name(entry->reason);
        pki_format_instant(entry->revoked_at, at);
        printf(",\"revoked_at\":\"%s\",\"reason\":\"%s\"", at, reason == NULL ? "unknown" : reason);
    }
    puts("}");
}

/* RFC 5280, 5.3.1; holds and removals are for other kinds of lists. */
static const struct {
    const char *name;
    int         code;
} reasons[] = {
    { "unspecified", 0 }, { "key_compromise", 1 },         { "affiliation_changed", 3 },
    { "superseded", 4 },  { "cessation_of_operation", 5 }, { "privilege_withdrawn", 9 },
};

int
pki_reason_code(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (strcmp(reasons[i].name, name) == 0)
            return reasons[i].code;
    return -1;
}

const char *
pki_reason_name(int code)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i].code == code)
            return reasons[i].name;
    return NULL;
}

static bool
refuse(const char *reason)
{
    fprintf(stderr, "shikaku pki: %s\n", reason);
    return false;
}

static bool
read_times(const struct pki_terms *terms, struct certificate_wish *wish)
{
    const instant_t day = (instant_t)SECONDS_PER_DAY * US_PER_S;
    instant_t       now = clock_now();

    if (terms->is_expired->is_given + terms->is_not_yet->is_given + terms->not_before->is_given > 1)
        return refuse("only one of --expired, --not-yet and --not-before");
    if (terms->days->number < 1 || terms->days->number > DAYS_MAX)
        return refuse("--days is between 1 and 36500");
    wish->not_before = now - CA_BEFORE_US;
    if (terms->not_before->is_given
        && !pki_parse_instant(terms->not_before->text, &wish->not_before))
        return refuse("--not-before looks like 2031-04-01T00:00:00Z");
    if (terms->is_not_yet->is_given)
        wish->not_before = now + WRONG_DAYS * day;
    wish->not_after = wish->not_before + terms->days->number * day;
    if (terms->is_expired->is_given) {
        wish->not_after = now - day;
        wish->not_before = wish->not_after - terms->days->number * day;
    }
    return true;
}

static bool
read_use(const struct pki_terms *terms, const struct pki_kind *kind, struct certificate_wish *wish)
{
    const char *purpose = terms->purpose->text;

    if (terms->policy->is_given && kind->use != USE_CARD)
        return refuse("--policy is for cards");
    wish->use = kind->use;
    if (kind->use == USE_CARD)
        wish->policy = terms->policy->is_given ? terms->policy->text : CARD_POLICY_DEVELOPMENT;
    if (purpose == NULL)
        return true;
    if (strcmp(purpose, "server") != 0 && strcmp(purpose, "client") != 0)
        return refuse("--purpose is client or server");
    wish->use = strcmp(purpose, "server") == 0 ? USE_SERVER : USE_CLIENT;
    return true;
}

bool
pki_read_key_type(const char *type, enum key_kind *ret_key)
{
    if (strcmp(type, "ec") != 0 && strcmp(type, "rsa") != 0)
        return refuse("--key-type is ec or rsa");
    *ret_key = strcmp(type, "rsa") == 0 ? KEY_RSA : KEY_EC;
    return true;
}

bool
pki_read_terms(const struct pki_terms *terms, const struct pki_kind *kind,
               struct certificate_wish *wish, enum key_kind *ret_key)
{
    return read_times(terms, wish) && read_use(terms, kind, wish)
           && pki_read_key_type(terms->key_type->text, ret_key);
}
