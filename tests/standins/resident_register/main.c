/*
 * resident_register: a stand-in for the resident register, for tests and for trying things out.
 *
 * Shape   answers schema/api/resident-register.yaml from a file of invented people, over mutual TLS
 *         on a loopback port; a second loopback port tells it to be slow, wrong, down or rude.
 */
#include "control.h"

#include "command/options.h"

#include <signal.h>
#include <sysexits.h>
#include <time.h>

enum { PORT, CONTROL_PORT, CERTIFICATE, KEY, AUTHORITY, TRUTH, AS_OF, OPTION_COUNT };

/* clang-format off */
static const struct option_row rows[] = {
    [PORT]         = { "--port", OPTION_NUMBER, false, "8543", "N", "mutual TLS, on loopback" },
    [CONTROL_PORT] = { "--control-port", OPTION_NUMBER, false, "8544", "N", "plain, on loopback" },
    [CERTIFICATE]  = { "--certificate", OPTION_TEXT, true, NULL, "FILE", "the register's certificate, PEM" },
    [KEY]          = { "--key", OPTION_TEXT, true, NULL, "FILE", "its key, PEM" },
    [AUTHORITY]    = { "--authority", OPTION_TEXT, true, NULL, "FILE", "who issues callers' certificates, PEM" },
    [TRUTH]        = { "--truth", OPTION_TEXT, true, NULL, "FILE", "whom it holds, from population --register" },
    [AS_OF]        = { "--as-of", OPTION_TEXT, false, "2024-04-01", "DAY", "since when it has held them so" },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(rows) == OPTION_COUNT, "every option has a row");

static double
seconds_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool
is_port(int64_t number)
{
    return number >= 1 && number <= UINT16_MAX;
}

static const char *
open_all(struct answerer *answerer, struct https *https, struct control *control,
         const struct option_value *values)
{
    const struct tls_files files = { .certificate = values[CERTIFICATE].text,
                                     .key = values[KEY].text,
                                     .authority = values[AUTHORITY].text,
                                     .versions = "NORMAL:-VERS-ALL:+VERS-TLS1.3" };
    const char            *reason = NULL;
    double                 start_s = seconds_now(CLOCK_MONOTONIC);

    if (!is_port(values[PORT].number) || !is_port(values[CONTROL_PORT].number))
        return "a port is 1 to 65535";
    conduct_open(&answerer->conduct);
    answerer->as_of = values[AS_OF].text;
    reason = truth_open(&answerer->truth, values[TRUTH].text);
    if (reason != NULL)
        return reason;
    double truth_s = seconds_now(CLOCK_MONOTONIC) - start_s;
    https->tls = tls_new(&files, &reason);
    if (https->tls == NULL)
        return reason;
    https->answerer = answerer;
    https->port = (uint16_t)values[PORT].number;
    reason = https_open(https);
    if (reason == NULL)
        reason = control_open(control, https, (uint16_t)values[CONTROL_PORT].number);
    if (reason == NULL)
        printf("{\"people\":%zu,\"truth_s\":%.2f}\n", answerer->truth.people, truth_s);
    return reason;
}

int
main(int argc, char **argv)
{
    static struct answerer answerer;
    static struct https    https;
    static struct control  control;
    struct option_value    values[OPTION_COUNT];
    sigset_t               ends;
    int                    signal_number;

    switch (options_read("resident_register", rows, OPTION_COUNT, argc, argv, values)) {
    case OPTIONS_HELP:
        puts(
            "usage: resident_register OPTION...\n"
            "A stand-in for the resident register: schema/api/resident-register.yaml over "
            "invented\n"
            "people. POST name=value pairs to the control port: slow_ms, wrong_ppm, down, rude.\n");
        options_print(stdout, rows, OPTION_COUNT);
        return EX_OK;
    case OPTIONS_WRONG:
        return EX_USAGE;
    case OPTIONS_RUN:
        break;
    }
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before there are threads, which take it over */
    signal(SIGPIPE, SIG_IGN);
    const char *reason = open_all(&answerer, &https, &control, values);
    if (reason == NULL && fflush(stdout) == 0)
        sigwait(&ends, &signal_number);
    else
        fprintf(stderr, "resident_register: %s\n", reason == NULL ? "no standard output" : reason);
    control_close(&control);
    https_close(&https);
    tls_release(https.tls);
    truth_close(&answerer.truth);
    return reason == NULL ? EX_OK : EX_SOFTWARE;
}
