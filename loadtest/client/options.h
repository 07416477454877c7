/*
 * options: what the command line says, checked.
 *
 * Shape   one table of options in options.c; --help is printed from it. A mix file may say
 *         options, too; what stands on the command line wins.
 * Units   seconds are decimal numbers; rates are per second.
 * Errors  an unknown option, a value out of its bounds, options that exclude each other.
 * Owner   texts are borrowed from argv and the mix; nothing to free.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "load.h"

enum load_mode {
    LOAD_MODE_CLOSED,     /* each connection asks again as soon as it is answered */
    LOAD_MODE_OPEN,       /* questions start at a constant rate, whatever the answers do */
    LOAD_MODE_HANDSHAKES, /* connect, shake hands, perhaps ask once, close, again */
    LOAD_MODE_IDLE,       /* connect, then hold still */
};

struct options {
    const char *url;
    const char *cert;
    const char *key;
    const char *ca;
    const char *cert_dir;
    const char *server_name;
    const char *questions;
    const char *method;
    const char *static_path;
    const char *handshakes;
    const char *tls;
    const char *json_out;
    const char *label;
    const char *histogram_out;
    const char *mix;
    const char *asks[LOAD_ASKS_MAX]; /* "way=file" */
    size_t      ask_count;
    const char *headers[LOAD_HEADERS_MAX];
    size_t      header_count;
    const char *watches[LOAD_WATCHES_MAX]; /* "name=pid" */
    size_t      watch_count;
    uint64_t    connections;
    uint64_t    idle;
    uint64_t    opening;
    uint64_t    sources;
    uint64_t    reconnect_every;
    uint64_t    seed;
    uint64_t    server_pid;
    double      seconds;
    double      warmup;
    double      rate;
    double      timeout;
    double      return_at;
    uint64_t    backlog;
    bool        check;
    bool        resume;
    bool        with_request;
    bool        tolerate;
    bool        patient;
    bool        quiet;
    bool        help;
    /* derived */
    enum load_mode mode;
    bool           has_questions; /* from --questions or --ask */
    const char    *path;
    char           host[256];
    char           port[8];
    char           authority[270];
};

struct mix;

/* Fills *mix, too, from the file that --mix names. */
MUST_USE bool options_parse(struct options *options, int argc, char *const argv[], struct mix *mix,
                            struct complaint *reterr_complaint);
void          options_print_help(void);
const char   *load_mode_name(enum load_mode mode);

#endif
