#include "config/settings.h"

#include "base/text.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

struct settings_text {
    struct settings_text *older;
    char                  bytes[];
};

enum setting_kind { SETTING_TEXT, SETTING_NUMBER };

enum { FILE_BYTES_MAX = 65536 };

struct setting_row {
    const char       *key;
    enum setting_kind kind;
    size_t            offset;
    const char       *preset;
    int64_t           least;
    int64_t           most;
    const char       *unit;
    bool              is_reloaded; /* SIGHUP reads the file again and applies it */
    const char       *meaning;
    unsigned          only;             /* the duties that have it; 0: all of them */
    const char       *registrar_preset; /* where its default is another there; else NULL */
    const char       *portal_preset;    /* the same */
    const char       *office_preset;    /* the same */
};

#define AT(field) offsetof(struct settings, field)

/* clang-format off */
static const struct setting_row setting_table[] = {
    { "address",             SETTING_TEXT,   AT(address),            "127.0.0.1", 0, 0, "", false,
      .meaning = "IP address that clients reach" },
    { "admin_address",       SETTING_TEXT,   AT(admin_address),      "127.0.0.1", 0, 0, "", false,
      .meaning = "loopback address of health and metrics" },
    { "admin_port",          SETTING_NUMBER, AT(admin_port),         "9464", 0, 65535, "port", false,
      .meaning = "health and metrics, plain HTTP; 0 turns them off",
      .registrar_preset = "9465", .portal_preset = "9466", .office_preset = "9467" },
    { "backlog",             SETTING_NUMBER, AT(backlog),            "1024", 1, 65535, "connections", false,
      .meaning = "connections that may wait to be accepted, per worker" },
    { "batch_idle_ms",       SETTING_NUMBER, AT(batch_idle_ms),      "200", 10, 60000, "ms", false,
      .meaning = "how often whole files are looked for when there were none", .only = DUTY_REGISTRAR },
    { "batch_lanes",         SETTING_NUMBER, AT(batch_lanes),        "2", 1, 8, "connections", false,
      .meaning = "ranges of a file's rows that take effect side by side", .only = DUTY_REGISTRAR },
    { "batch_small_bytes",   SETTING_NUMBER, AT(batch_small_bytes),  "65536", 0, 1073741824, "bytes", false,
      .meaning = "files up to here have a line of their own, and wait for no larger one", .only = DUTY_REGISTRAR },
    { "batch_statement_ms",  SETTING_NUMBER, AT(batch_statement_ms), "600000", 1000, 86400000, "ms", false,
      .meaning = "longest time of one statement of the batch line", .only = DUTY_REGISTRAR },
    { "batch_step_rows",     SETTING_NUMBER, AT(batch_step_rows),    "5000", 1, 100000, "rows", false,
      .meaning = "rows of a file that take effect in one transaction", .only = DUTY_REGISTRAR },
    { "body_ms",             SETTING_NUMBER, AT(body_ms),            "10000", 100, 600000, "ms", false,
      .meaning = "longest time a request's head and body may take to arrive" },
    { "budgets",             SETTING_NUMBER, AT(budgets),            "1", 0, 1, "0|1", false,
      .meaning = "1: facilities keep to the budgets of the policy parameters; 0: for load tests", .only = DUTY_SERVE },
    { "bulk_chunk",          SETTING_NUMBER, AT(bulk_chunk),         "32", 0, 64, "items", false,
      .meaning = "questions of lists that are asked at a time; 0: this server works off no lists", .only = DUTY_SERVE },
    { "bulk_idle_ms",        SETTING_NUMBER, AT(bulk_idle_ms),       "200", 10, 60000, "ms", false,
      .meaning = "how often new lists are looked for when there were none", .only = DUTY_SERVE },
    { "bulk_jobs",           SETTING_NUMBER, AT(bulk_jobs),          "20", 1, 10000, "jobs", false,
      .meaning = "unfinished lists that a facility may have", .only = DUTY_SERVE },
    { "bulk_keep_s",         SETTING_NUMBER, AT(bulk_keep_s),        "259200", 60, 31536000, "s", false,
      .meaning = "how long a list and its results are kept", .only = DUTY_SERVE },
    { "bulk_pause_ms",       SETTING_NUMBER, AT(bulk_pause_ms),      "5", 0, 10000, "ms", false,
      .meaning = "least pause between two chunks while single questions are under way", .only = DUTY_SERVE },
    { "card_authorities",    SETTING_TEXT,   AT(card_authorities),   "", 0, 0, "file", true,
      .meaning = "certificates of the authorities that issue cards' user certificates, PEM; empty: no card is taken",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "card_grace_s",        SETTING_NUMBER, AT(card_grace_s),       "86400", 0, 2592000, "s", true,
      .meaning = "how long a list of revoked cards is still good after the time of its next one; then no card is taken",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "card_ocsp",           SETTING_TEXT,   AT(card_ocsp),          "", 0, 0, "http|https", false,
      .meaning = "OCSP responder of the authorities of cards, asked beside the lists; empty: the lists alone",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "card_ocsp_entries",   SETTING_NUMBER, AT(card_ocsp_entries),  "16384", 64, 4194304, "cards", false,
      .meaning = "cards whose answer is kept in memory, of all workers together; some 60 bytes each",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "card_ocsp_keep_s",    SETTING_NUMBER, AT(card_ocsp_keep_s),   "3600", 0, 604800, "s", false,
      .meaning = "longest time for which an answer is kept, even when it is good for longer",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "card_ocsp_ms",        SETTING_NUMBER, AT(card_ocsp_ms),       "700", 10, 2500, "ms", false,
      .meaning = "longest time that a card waits for the responder; then the lists alone decide",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "card_policy",         SETTING_TEXT,   AT(card_policy),        "", 0, 0, "identifier", true,
      .meaning = "policy that a user certificate states; empty: the one that `shikaku pki` gives",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "card_poll_s",         SETTING_NUMBER, AT(card_poll_s),        "60", 1, 86400, "s", false,
      .meaning = "how often it is looked whether the two files of cards have changed",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "card_revocations",    SETTING_TEXT,   AT(card_revocations),   "", 0, 0, "file", true,
      .meaning = "lists of revoked user certificates, PEM, at least one of each authority that issues any",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "challenge_key",       SETTING_TEXT,   AT(challenge_key),      "", 0, 0, "file", false,
      .meaning = "32 bytes, mode 0600: key of the challenges that cards sign; empty: no card is taken",
      .only = DUTY_SERVE | DUTY_PORTAL },
    { "chores_ms",           SETTING_NUMBER, AT(chores_ms),          "60000", 10, 3600000, "ms", false,
      .meaning = "how often overdue notices, old uploads and files that are needed no more are looked for",
      .only = DUTY_REGISTRAR },
    { "clock",               SETTING_TEXT,   AT(clock),              "system", 0, 0, "system|test", false,
      .meaning = "test allows clock_shift_s" },
    { "clock_shift_s",       SETTING_NUMBER, AT(clock_shift_s),      "0", -3153600000, 3153600000, "s", false,
      .meaning = "moves the registry's clock, for tests" },
    { "connection_bytes",    SETTING_NUMBER, AT(connection_bytes),   "4096", 2048, 65536, "bytes", false,
      .meaning = "memory for the head of one request", .registrar_preset = "6144" },
    { "connections",         SETTING_NUMBER, AT(connections),        "16000", 1, 1000000, "connections", false,
      .meaning = "connections per worker; the descriptor limit must be higher" },
    { "database",            SETTING_TEXT,   AT(database),           "", 0, 0, "libpq", false,
      .meaning = "connection string: of the lookup role for serve, of the role of the same name for others" },
    { "directory_poll_ms",   SETTING_NUMBER, AT(directory_poll_ms),  "1000", 50, 4000, "ms", false,
      .meaning = "how often changed facilities, certificates and insurers are fetched" },
    { "directory_stale_ms",  SETTING_NUMBER, AT(directory_stale_ms), "5000", 200, 60000, "ms", false,
      .meaning = "with a directory older than this nobody is answered" },
    { "document_issuer",     SETTING_TEXT,   AT(document_issuer),    "shikaku.example", 0, 0, "name", false,
      .meaning = "who issues, as documents say it: a to z, digits, dots and dashes, up to 40",
      .only = DUTY_REGISTRAR | DUTY_PORTAL },
    { "document_key",        SETTING_TEXT,   AT(document_key),       "", 0, 0, "file", false,
      .meaning = "Ed25519 key, PEM, mode 0600: signs documents that people carry; empty: none are issued",
      .only = DUTY_REGISTRAR | DUTY_PORTAL },
    { "drain_ms",            SETTING_NUMBER, AT(drain_ms),           "5000", 0, 600000, "ms", false,
      .meaning = "how long an orderly end waits for open connections" },
    { "head_ms",             SETTING_NUMBER, AT(head_ms),            "10000", 100, 600000, "ms", false,
      .meaning = "longest time from connecting to the first complete head" },
    { "idle_s",              SETTING_NUMBER, AT(idle_s),             "300", 1, 86400, "s", false,
      .meaning = "an open connection without bytes is closed" },
    { "lanes",               SETTING_NUMBER, AT(lanes),              "1", 1, 8, "connections", false,
      .meaning = "database connections per worker" },
    { "large_requests",      SETTING_NUMBER, AT(large_requests),     "4", 1, 1024, "requests", false,
      .meaning = "uploads of lists and pages of results under way per worker; one more is told to come back",
      .office_preset = "32" },
    { "log_level",           SETTING_TEXT,   AT(log_level),          "info", 0, 0, "debug|info|warn|error", true,
      .meaning = "least level that is logged" },
    { "office_key",          SETTING_TEXT,   AT(office_key),         "", 0, 0, "file", false,
      .meaning = "32 bytes, mode 0600: what operators' second factors are derived from", .only = DUTY_OFFICE },
    { "personal_numbers",    SETTING_TEXT,   AT(personal_numbers),   "true", 0, 0, "true|synthetic", false,
      .meaning = "synthetic: a registry of invented people, which takes no number that may be somebody's",
      .only = DUTY_REGISTRAR },
    { "place_wait_ms",       SETTING_NUMBER, AT(place_wait_ms),      "1000", 0, 60000, "ms", false,
      .meaning = "how long one more than there are places for waits before it is told to come back" },
    { "places",              SETTING_NUMBER, AT(places),             "512", 1, 65536, "requests", false,
      .meaning = "requests under way per worker; one more waits" },
    { "port",                SETTING_NUMBER, AT(port),               "8443", 1, 65535, "port", false,
      .meaning = "port that clients reach", .registrar_preset = "8444", .portal_preset = "8445",
      .office_preset = "8446" },
    { "pseudonym_key",       SETTING_TEXT,   AT(pseudonym_key),      "", 0, 0, "file", false,
      .meaning = "32 bytes, mode 0600: key of the pseudonyms in access records" },
    { "recheck_ms",          SETTING_NUMBER, AT(recheck_ms),         "10000", 10, 3600000, "ms", false,
      .meaning = "how often doubts that wait for the resident register alone are asked about again",
      .only = DUTY_REGISTRAR },
    { "register_authority",  SETTING_TEXT,   AT(register_authority), "", 0, 0, "file", false,
      .meaning = "certificate of the authority that issues the resident register's certificate, PEM",
      .only = DUTY_REGISTRAR },
    { "register_breaker_failures", SETTING_NUMBER, AT(register_breaker_failures), "5", 1, 1000, "requests", false,
      .meaning = "requests in a row that fail before the resident register is left alone",
      .only = DUTY_REGISTRAR },
    { "register_breaker_open_ms", SETTING_NUMBER, AT(register_breaker_open_ms), "10000", 1, 3600000, "ms", false,
      .meaning = "how long it is left alone before one request tries again",
      .only = DUTY_REGISTRAR },
    { "register_certificate", SETTING_TEXT,  AT(register_certificate), "", 0, 0, "file", false,
      .meaning = "our certificate towards the resident register, PEM",
      .only = DUTY_REGISTRAR },
    { "register_connect_ms", SETTING_NUMBER, AT(register_connect_ms), "3000", 1, 600000, "ms", false,
      .meaning = "longest time to connect to the resident register",
      .only = DUTY_REGISTRAR },
    { "register_deadline_ms", SETTING_NUMBER, AT(register_deadline_ms), "10000", 1, 600000, "ms", false,
      .meaning = "longest time of one request to the resident register, connecting included",
      .only = DUTY_REGISTRAR },
    { "register_errands",    SETTING_NUMBER, AT(register_errands),   "16", 1, 256, "requests", false,
      .meaning = "requests to the resident register under way at a time",
      .only = DUTY_REGISTRAR },
    { "register_key",        SETTING_TEXT,   AT(register_key),       "", 0, 0, "file", false,
      .meaning = "key of our certificate towards the resident register, PEM",
      .only = DUTY_REGISTRAR },
    { "register_pause_most_ms", SETTING_NUMBER, AT(register_pause_most_ms), "5000", 0, 600000, "ms", false,
      .meaning = "longest pause before a request to the resident register is sent again",
      .only = DUTY_REGISTRAR },
    { "register_pause_ms",   SETTING_NUMBER, AT(register_pause_ms),  "200", 0, 600000, "ms", false,
      .meaning = "pause before it is sent for the second time; doubled each time, with chance in it",
      .only = DUTY_REGISTRAR },
    { "register_persons",    SETTING_NUMBER, AT(register_persons),   "500", 1, 1000, "people", false,
      .meaning = "people asked about in one request to the resident register",
      .only = DUTY_REGISTRAR },
    { "register_tries",      SETTING_NUMBER, AT(register_tries),     "3", 1, 20, "requests", false,
      .meaning = "how often a question to the resident register is sent before it has failed",
      .only = DUTY_REGISTRAR },
    { "register_url",        SETTING_TEXT,   AT(register_url),       "", 0, 0, "https", false,
      .meaning = "where the resident register is: https://host:port",
      .only = DUTY_REGISTRAR },
    { "reply_ms",            SETTING_NUMBER, AT(reply_ms),           "60000", 100, 3600000, "ms", false,
      .meaning = "longest time a peer may take to read its reply" },
    { "release_other_certificate", SETTING_NUMBER, AT(release_other_certificate), "0", 0, 1, "0|1", false,
      .meaning = "1: a batch is released by another certificate than the one that opened it", .only = DUTY_REGISTRAR },
    { "request_bytes_first", SETTING_NUMBER, AT(request_bytes_first), "32768", 4096, 1048576, "bytes", false,
      .meaning = "memory of each place from the start" },
    { "request_bytes_most",  SETTING_NUMBER, AT(request_bytes_most), "1048576", 16384, 67108864, "bytes", false,
      .meaning = "memory one request may grow to" },
    { "spool",               SETTING_TEXT,   AT(spool),              "", 0, 0, "folder", false,
      .meaning = "where uploaded files lie; made when it is missing, mode 0700", .only = DUTY_REGISTRAR },
    { "spool_reserve_bytes", SETTING_NUMBER, AT(spool_reserve_bytes), "1073741824", 0,
      1152921504606846976, "bytes", false,
      .meaning = "with less free space than this no more of a file is taken", .only = DUTY_REGISTRAR },
    { "tls_authority",       SETTING_TEXT,   AT(tls_authority),      "", 0, 0, "file", true,
      .meaning = "certificate of the authority that issues client certificates, PEM" },
    { "tls_certificate",     SETTING_TEXT,   AT(tls_certificate),    "", 0, 0, "file", true,
      .meaning = "the server's certificate, PEM" },
    { "tls_key",             SETTING_TEXT,   AT(tls_key),            "", 0, 0, "file", true,
      .meaning = "the server's key, PEM" },
    { "tls_priorities",      SETTING_TEXT,   AT(tls_priorities),
      "NORMAL:-VERS-ALL:+VERS-TLS1.3", 0, 0, "GnuTLS", true,
      .meaning = "TLS versions and algorithms; add +VERS-TLS1.2 for old peers" },
    { "tls_ticket_key",      SETTING_TEXT,   AT(tls_ticket_key),     "", 0, 0, "file", true,
      .meaning = "64 bytes shared by all servers for session tickets; empty: one of this process" },
    { "upload_age_s",        SETTING_NUMBER, AT(upload_age_s),       "604800", 1, 31536000, "s", false,
      .meaning = "an upload that is not finished by then is cancelled", .only = DUTY_REGISTRAR },
    { "upload_bytes",        SETTING_NUMBER, AT(upload_bytes),       "2147483648", 1, 1099511627776, "bytes", false,
      .meaning = "longest file", .only = DUTY_REGISTRAR },
    { "upload_checkpoint_bytes", SETTING_NUMBER, AT(upload_checkpoint_bytes), "16777216", 1, 1073741824, "bytes", false,
      .meaning = "after so many bytes a file is synced: more is not sent again after a crash", .only = DUTY_REGISTRAR },
    { "upload_idle_ms",      SETTING_NUMBER, AT(upload_idle_ms),     "15000", 100, 600000, "ms", false,
      .meaning = "a file of which no byte comes for so long is given up until it is resumed", .only = DUTY_REGISTRAR },
    { "uploads",             SETTING_NUMBER, AT(uploads),            "16", 1, 1024, "files", false,
      .meaning = "files that are received at a time, per worker", .only = DUTY_REGISTRAR },
    { "uploads_unfinished",  SETTING_NUMBER, AT(uploads_unfinished), "16", 1, 10000, "files", false,
      .meaning = "unfinished uploads that an insurer may have", .only = DUTY_REGISTRAR },
    { "vault",               SETTING_TEXT,   AT(vault),              "", 0, 0, "folder", false,
      .meaning = "keys of personal numbers (`shikaku vault`); empty: this registrar works off no files",
      .only = DUTY_REGISTRAR },
    { "workers",             SETTING_NUMBER, AT(workers),            "2", 1, 64, "threads", false,
      .meaning = "threads that answer; one per core that PostgreSQL does not need" },
};
/* clang-format on */

static void *
place_of(struct settings *settings, const struct setting_row *row)
{
    return (char *)settings + row->offset;
}

static bool
parse_number(struct span text, int64_t *ret_number)
{
    char  place[24];
    char *end;

    if (text.length == 0 || text.length >= sizeof place)
        return false;
    memcpy(place, text.bytes, text.length);
    place[text.length] = '\0';
    *ret_number = strtoll(place, &end, 10);
    return *end == '\0';
}

static const char *
keep_text(struct settings *settings, struct span value)
{
    struct settings_text *text = calloc(1, sizeof *text + value.length + 1);
    if (text == NULL)
        abort(); /* before anything is served */
    if (value.length > 0)
        memcpy(text->bytes, value.bytes, value.length);
    text->older = settings->texts;
    settings->texts = text;
    return text->bytes;
}

static bool
put(struct settings *settings, const struct setting_row *row, struct span value, char *reason)
{
    int64_t number;

    if (row->kind == SETTING_TEXT) {
        *(const char **)place_of(settings, row) = keep_text(settings, value);
        return true;
    }
    if (!parse_number(value, &number) || number < row->least || number > row->most) {
        snprintf(reason, SETTINGS_REASON_BYTES, "%s takes a whole number from %lld to %lld (%s)",
                 row->key, (long long)row->least, (long long)row->most, row->unit);
        return false;
    }
    *(int64_t *)place_of(settings, row) = number;
    return true;
}

static bool
is_of(const struct setting_row *row, enum duty duty)
{
    return row->only == 0 || (row->only & (unsigned)duty) != 0;
}

static const char *
preset_of(const struct setting_row *row, enum duty duty)
{
    const char *own = NULL;

    if (duty == DUTY_REGISTRAR)
        own = row->registrar_preset;
    else if (duty == DUTY_PORTAL)
        own = row->portal_preset;
    else if (duty == DUTY_OFFICE)
        own = row->office_preset;
    return own != NULL ? own : row->preset;
}

void
settings_preset(struct settings *settings, enum duty duty)
{
    char reason[SETTINGS_REASON_BYTES];

    settings->duty = duty;
    for (size_t i = 0; i < ARRAY_LEN(setting_table); i++) {
        const char *preset = preset_of(&setting_table[i], duty);
        bool        is_put = put(settings, &setting_table[i], span_of(preset), reason);
        assert(is_put); /* a default that breaks its own limits */
        (void)is_put;
    }
}

static bool
keys_equal(const char *key, struct span given)
{
    if (strlen(key) != given.length)
        return false;
    for (size_t i = 0; i < given.length; i++)
        if (key[i] != (given.bytes[i] == '-' ? '_' : given.bytes[i]))
            return false;
    return true;
}

bool
settings_put(struct settings *settings, struct span key, struct span value,
             char reterr_reason[SETTINGS_REASON_BYTES])
{
    for (size_t i = 0; i < ARRAY_LEN(setting_table); i++)
        if (is_of(&setting_table[i], settings->duty) && keys_equal(setting_table[i].key, key))
            return put(settings, &setting_table[i], value, reterr_reason);
    snprintf(reterr_reason, SETTINGS_REASON_BYTES, "there is no setting \"%.*s\"",
             (int)(key.length > 64 ? 64 : key.length), key.bytes);
    return false;
}

static struct span
trim(struct span text)
{
    while (text.length > 0 && strchr(" \t\r", text.bytes[0]) != NULL) {
        text.bytes++;
        text.length--;
    }
    while (text.length > 0 && strchr(" \t\r", text.bytes[text.length - 1]) != NULL)
        text.length--;
    return text;
}

static bool
read_line(struct settings *settings, struct span line, char *reason)
{
    line = trim(line);
    if (line.length == 0 || line.bytes[0] == '#')
        return true;
    const char *equals = memchr(line.bytes, '=', line.length);
    if (equals == NULL) {
        snprintf(reason, SETTINGS_REASON_BYTES, "a line is not `key = value`");
        return false;
    }
    size_t      key_length = (size_t)(equals - line.bytes);
    struct span key = trim(span_make(line.bytes, key_length));
    struct span value = trim(span_make(equals + 1, line.length - key_length - 1));
    return settings_put(settings, key, value, reason);
}

bool
settings_read_file(struct settings *settings, const char *path,
                   char reterr_reason[SETTINGS_REASON_BYTES])
{
    char   bytes[FILE_BYTES_MAX];
    FILE  *file = fopen(path, "re");
    size_t length = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);
    bool   is_whole = file != NULL && length < sizeof bytes && ferror(file) == 0;

    if (file != NULL)
        fclose(file);
    if (!is_whole) {
        snprintf(reterr_reason, SETTINGS_REASON_BYTES, "the settings file %s cannot be read", path);
        return false;
    }
    for (size_t from = 0; from < length;) {
        const char *end = memchr(bytes + from, '\n', length - from);
        size_t      line_length = end == NULL ? length - from : (size_t)(end - bytes) - from;
        if (!read_line(settings, span_make(bytes + from, line_length), reterr_reason))
            return false;
        from += line_length + 1;
    }
    return true;
}

bool
settings_read_arguments(struct settings *settings, int argc, char **argv,
                        char reterr_reason[SETTINGS_REASON_BYTES])
{
    /* The file first, wherever it stands, since the command line wins. */
    for (int i = 1; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "--config") == 0
            && !settings_read_file(settings, argv[i + 1], reterr_reason))
            return false;
    for (int i = 1; i < argc; i += 2) {
        if (strncmp(argv[i], "--", 2) != 0 || i + 1 == argc) {
            snprintf(reterr_reason, SETTINGS_REASON_BYTES, "%s is not `--key value`", argv[i]);
            return false;
        }
        if (strcmp(argv[i], "--config") != 0
            && !settings_put(settings, span_of(argv[i] + 2), span_of(argv[i + 1]), reterr_reason))
            return false;
    }
    return true;
}

void
settings_print(FILE *out, enum duty duty, bool as_file)
{
    for (size_t i = 0; i < ARRAY_LEN(setting_table); i++) {
        const struct setting_row *row = &setting_table[i];
        if (!is_of(row, duty))
            continue;
        if (as_file)
            fprintf(out, "# %s%s%s%s\n%s = %s\n\n", row->meaning, row->unit[0] == '\0' ? "" : "; ",
                    row->unit, row->is_reloaded ? "; applied by SIGHUP" : "", row->key,
                    preset_of(row, duty));
        else
            fprintf(out, "  --%-20s %s [%s] %s\n", row->key, row->meaning, preset_of(row, duty),
                    row->unit);
    }
}
