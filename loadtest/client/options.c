#include "options.h"

#include "mix.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_kind { OPTION_TEXT, OPTION_COUNT, OPTION_DECIMAL, OPTION_FLAG, OPTION_LIST };

struct option_row {
    const char      *name;
    const char      *value; /* what the help calls it; NULL for a flag */
    enum option_kind kind;
    size_t           offset;
    size_t           count_offset; /* of a list */
    double           least;
    double           most;
    const char      *help;
};

#define AT(member) offsetof(struct options, member)

/* clang-format off */
static const struct option_row option_table[] = {
    { "--url", "URL", OPTION_TEXT, AT(url), 0, 0, 0,
      "https://HOST:PORT/PATH; default https://127.0.0.1:8443/v1/eligibility/check" },
    { "--cert", "FILE", OPTION_TEXT, AT(cert), 0, 0, 0, "client certificate chain, PEM" },
    { "--key", "FILE", OPTION_TEXT, AT(key), 0, 0, 0, "its private key, PEM" },
    { "--cert-dir", "DIR", OPTION_TEXT, AT(cert_dir), 0, 0, 0,
      "many NAME.pem with NAME.key; connections are spread over them" },
    { "--ca", "FILE", OPTION_TEXT, AT(ca), 0, 0, 0, "whom to trust as the server's issuer, PEM" },
    { "--server-name", "NAME", OPTION_TEXT, AT(server_name), 0, 0, 0,
      "name or address in the server's certificate; default the URL's host" },
    { "--tls", "1.2|1.3", OPTION_TEXT, AT(tls), 0, 0, 0, "the one version to speak; default 1.3" },
    { "--questions", "FILE", OPTION_TEXT, AT(questions), 0, 0, 0,
      "one per line: [/PATH] [STATUS] [reasons=LIST] [VALIDITY REASON] BODY ('-': not checked)" },
    { "--mix", "FILE", OPTION_TEXT, AT(mix), 0, 0, 0,
      "shares of ways to ask, by kind of facility, and options: see mixes/" },
    { "--ask", "WAY=FILE", OPTION_LIST, AT(asks), AT(ask_count), 0, LOAD_ASKS_MAX,
      "with --mix: the questions of one way; repeated" },
    { "--method", "NAME", OPTION_TEXT, AT(method), 0, 0, 0,
      "default POST with questions, else GET" },
    { "--header", "LINE", OPTION_LIST, AT(headers), AT(header_count), 0, LOAD_HEADERS_MAX,
      "one more request header, 'Name: value'; may be repeated" },
    { "--static", "PATH", OPTION_TEXT, AT(static_path), 0, 0, 0, "plain GET of this path" },
    { "--check", NULL, OPTION_FLAG, AT(check), 0, 0, 0,
      "compare validity and reason of each answer with the questions file" },
    { "--connections", "N", OPTION_COUNT, AT(connections), 0, 1, LOAD_CONNECTIONS_MAX,
      "default 32" },
    { "--seconds", "S", OPTION_DECIMAL, AT(seconds), 0, 0.1, 86400,
      "how long to measure, or to hold still; default 5" },
    { "--warmup", "S", OPTION_DECIMAL, AT(warmup), 0, 0, 3600, "before that; default 1" },
    { "--rate", "R", OPTION_DECIMAL, AT(rate), 0, 0.1, 1e6,
      "open loop: R questions per second, latency from the intended start" },
    { "--backlog", "N", OPTION_COUNT, AT(backlog), 0, 1, 1e7,
      "open loop: questions that may wait for a connection; the oldest beyond it are given up" },
    { "--return-at", "S", OPTION_DECIMAL, AT(return_at), 0, 0.1, 86400,
      "so long into the window every connection is cut, and all come back at once" },
    { "--patient", NULL, OPTION_FLAG, AT(patient), 0, 0, 0,
      "a connection that is told Retry-After asks nothing, and stays closed if it was, until then" },
    { "--timeout", "S", OPTION_DECIMAL, AT(timeout), 0, 0.1, 600,
      "for a connection, a handshake, an answer; default 10" },
    { "--reconnect-every", "N", OPTION_COUNT, AT(reconnect_every), 0, 1, 1e9,
      "a fresh connection after N answers" },
    { "--resume", NULL, OPTION_FLAG, AT(resume), 0, 0, 0,
      "use TLS session tickets when connecting again" },
    { "--handshakes", "full|resumed", OPTION_TEXT, AT(handshakes), 0, 0, 0,
      "measure handshakes: connect, close, again" },
    { "--with-request", NULL, OPTION_FLAG, AT(with_request), 0, 0, 0,
      "with --handshakes or --idle: ask once on each connection" },
    { "--idle", "N", OPTION_COUNT, AT(idle), 0, 1, LOAD_CONNECTIONS_MAX,
      "open N connections and hold them, for --seconds or until SIGINT; see --server-pid" },
    { "--server-pid", "PID", OPTION_COUNT, AT(server_pid), 0, 1, 1e9,
      "whose memory to read (with its children) before and after" },
    { "--opening", "N", OPTION_COUNT, AT(opening), 0, 1, 4096,
      "handshakes under way at once while connecting; default 64" },
    { "--sources", "N", OPTION_COUNT, AT(sources), 0, 1, 250,
      "loopback source addresses 127.0.0.2, .3, ...; default 1, or 100 where many ports are used" },
    { "--watch", "NAME=PID", OPTION_LIST, AT(watches), AT(watch_count), 0, LOAD_WATCHES_MAX,
      "report the CPU time of this process and its children; may be repeated" },
    { "--seed", "N", OPTION_COUNT, AT(seed), 0, 0, 1e15, "where to start among the questions" },
    { "--label", "TEXT", OPTION_TEXT, AT(label), 0, 0, 0, "a name for the report" },
    { "--json", "FILE", OPTION_TEXT, AT(json_out), 0, 0, 0, "write the report there, too" },
    { "--histogram", "FILE", OPTION_TEXT, AT(histogram_out), 0, 0, 0,
      "write the latencies there: microseconds and how many, a line for each step" },
    { "--tolerate", NULL, OPTION_FLAG, AT(tolerate), 0, 0, 0,
      "refused, late and lost requests leave the exit code at 0; wrong answers never do" },
    { "--quiet", NULL, OPTION_FLAG, AT(quiet), 0, 0, 0, "no report on standard output" },
    { "--help", NULL, OPTION_FLAG, AT(help), 0, 0, 0, "this list" },
};
/* clang-format on */

void
complain(struct complaint *reterr_complaint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reterr_complaint->text, sizeof reterr_complaint->text, format, arguments);
    va_end(arguments);
}

void
options_print_help(void)
{
    puts("load: asks a registry many questions over mutual TLS and measures the answers.\n");
    for (size_t i = 0; i < ARRAY_LEN(option_table); i++) {
        const struct option_row *row = &option_table[i];
        char                     left[40];

        snprintf(left, sizeof left, "%s %s", row->name, row->value == NULL ? "" : row->value);
        printf("  %-28s %s\n", left, row->help);
    }
    puts(
        "\nExit code: 0 fine; 1 answers wrong, refused, late or lost; 2 options; 3 could not run.");
}

const char *
load_mode_name(enum load_mode mode)
{
    static const char *const names[] = {
        [LOAD_MODE_CLOSED] = "closed",
        [LOAD_MODE_OPEN] = "open",
        [LOAD_MODE_HANDSHAKES] = "handshakes",
        [LOAD_MODE_IDLE] = "idle",
    };
    return names[mode];
}

static const struct option_row *
option_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
        if (strcmp(option_table[i].name, name) == 0)
            return &option_table[i];
    return NULL;
}

static bool
number_parse(const struct option_row *row, const char *text, double *ret_number)
{
    char *end;

    errno = 0;
    double number = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0')
        return false;
    if (!(number >= row->least && number <= row->most))
        return false;
    if (row->kind == OPTION_COUNT && number != (double)(uint64_t)number)
        return false;
    *ret_number = number;
    return true;
}

static bool
list_add(struct options *options, const struct option_row *row, const char *text)
{
    const char **list = (const char **)(void *)((char *)options + row->offset);
    size_t      *count = (size_t *)(void *)((char *)options + row->count_offset);

    if (*count >= (size_t)row->most)
        return false;
    list[(*count)++] = text;
    return true;
}

static bool
option_store(struct options *options, const struct option_row *row, const char *text)
{
    void  *place = (char *)options + row->offset;
    double number = 0;

    switch (row->kind) {
    case OPTION_TEXT:
        *(const char **)place = text;
        return text[0] != '\0';
    case OPTION_COUNT:
        if (!number_parse(row, text, &number))
            return false;
        *(uint64_t *)place = (uint64_t)number;
        return true;
    case OPTION_DECIMAL:
        return number_parse(row, text, (double *)place);
    case OPTION_FLAG:
        *(bool *)place = true;
        return true;
    case OPTION_LIST:
        return list_add(options, row, text);
    }
    return false;
}

static bool
url_split(struct options *options, struct complaint *reterr_complaint)
{
    static const char scheme[] = "https://";
    const char       *host = options->url + sizeof scheme - 1;
    size_t            authority_length, host_length;

    if (strncmp(options->url, scheme, sizeof scheme - 1) != 0) {
        complain(reterr_complaint, "--url: must begin with https://");
        return false;
    }
    authority_length = strcspn(host, "/");
    host_length = strcspn(host, ":/");
    if (host_length == 0 || authority_length >= sizeof options->authority
        || host_length >= sizeof options->host || strpbrk(options->url, " \r\n\"") != NULL) {
        complain(reterr_complaint, "--url: no host in it, or not a URL");
        return false;
    }
    memcpy(options->authority, host, authority_length);
    memcpy(options->host, host, host_length);
    const char *port =
        host_length < authority_length ? options->authority + host_length + 1 : "443";
    if (strspn(port, "0123456789") != strlen(port) || strlen(port) >= sizeof options->port) {
        complain(reterr_complaint, "--url: not a port");
        return false;
    }
    memcpy(options->port, port, strlen(port));
    options->path = host[authority_length] == '/' ? host + authority_length : "/";
    return true;
}

struct clash {
    bool        is_wrong;
    const char *text;
};

static bool
options_agree(const struct options *options, struct complaint *reterr_complaint)
{
    const char        *handshakes = options->handshakes;
    const struct clash clashes[] = {
        { (options->cert == NULL) != (options->key == NULL), "--cert and --key go together" },
        { (options->cert == NULL) == (options->cert_dir == NULL),
          "one of --cert with --key, or --cert-dir" },
        { options->ca == NULL, "--ca is needed" },
        { (options->mix == NULL) != (options->ask_count == 0), "--mix and --ask go together" },
        { options->mix != NULL && options->questions != NULL, "--mix takes --ask, no --questions" },
        { options->return_at > 0 && options->return_at >= options->seconds,
          "--return-at: before the window ends" },
        { options->has_questions && options->static_path != NULL, "--static asks no questions" },
        { options->check && !options->has_questions, "--check needs --questions" },
        { (options->rate > 0) + (handshakes != NULL) + (options->idle > 0) > 1,
          "only one of --rate, --handshakes, --idle" },
        { handshakes != NULL && strcmp(handshakes, "full") != 0
              && strcmp(handshakes, "resumed") != 0,
          "--handshakes: full or resumed" },
        { strcmp(options->tls, "1.2") != 0 && strcmp(options->tls, "1.3") != 0,
          "--tls: 1.2 or 1.3" },
        { options->static_path != NULL && options->static_path[0] != '/',
          "--static: a path begins with /" },
        { strpbrk(options->path, " \r\n") != NULL || strpbrk(options->method, " \r\n") != NULL,
          "no blanks in a path or method" },
        { options->server_pid > 0 && options->idle == 0, "--server-pid belongs to --idle" },
    };
    for (size_t i = 0; i < ARRAY_LEN(clashes); i++)
        if (clashes[i].is_wrong) {
            complain(reterr_complaint, "%s", clashes[i].text);
            return false;
        }
    return true;
}

static bool
options_derive(struct options *options, struct complaint *reterr_complaint)
{
    if (!url_split(options, reterr_complaint))
        return false;
    options->has_questions = options->questions != NULL || options->ask_count > 0;
    if (options->mix != NULL) /* a mix without the comparison would measure anything */
        options->check = true;
    if (options->static_path != NULL)
        options->path = options->static_path;
    if (options->method == NULL)
        options->method = options->has_questions ? "POST" : "GET";
    if (options->server_name == NULL)
        options->server_name = options->host;
    if (options->idle > 0)
        options->connections = options->idle;
    options->mode = options->idle > 0             ? LOAD_MODE_IDLE
                    : options->handshakes != NULL ? LOAD_MODE_HANDSHAKES
                    : options->rate > 0           ? LOAD_MODE_OPEN
                                                  : LOAD_MODE_CLOSED;
    if (options->handshakes != NULL && strcmp(options->handshakes, "resumed") == 0)
        options->resume = true;
    if (options->sources == 0) {
        bool uses_many_ports = options->handshakes != NULL || options->connections > 10000
                               || options->reconnect_every > 0;
        options->sources = uses_many_ports && strncmp(options->host, "127.", 4) == 0 ? 100 : 1;
    }
    return options_agree(options, reterr_complaint);
}

/* Reads words as they stand on a command line. */
static bool
words_take(struct options *options, int count, char *const words[],
           struct complaint *reterr_complaint)
{
    for (int i = 0; i < count; i++) {
        const struct option_row *row = option_find(words[i]);

        if (row == NULL) {
            complain(reterr_complaint, "%s: no such option; see --help", words[i]);
            return false;
        }
        if (row->kind != OPTION_FLAG && i + 1 == count) {
            complain(reterr_complaint, "%s: needs a value", row->name);
            return false;
        }
        const char *text = row->kind == OPTION_FLAG ? "" : words[++i];
        if (!option_store(options, row, text)) {
            complain(reterr_complaint, "%s: not a sound value", row->name);
            return false;
        }
    }
    return true;
}

bool
options_parse(struct options *options, int argc, char *const argv[], struct mix *mix,
              struct complaint *reterr_complaint)
{
    *options = (struct options){
        .url = "https://127.0.0.1:8443/v1/eligibility/check",
        .tls = "1.3",
        .label = "load",
        .connections = 32,
        .opening = 64,
        .seconds = 5,
        .warmup = 1,
        .timeout = 10,
        .backlog = LOAD_BACKLOG,
        .seed = 1,
    };
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--mix") == 0 && !mix_open(mix, argv[i + 1], reterr_complaint))
            return false;
    return words_take(options, (int)mix->word_count, mix->words, reterr_complaint)
           && words_take(options, argc - 1, argv + 1, reterr_complaint)
           && (options->help || options_derive(options, reterr_complaint));
}
