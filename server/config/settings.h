/*
 * settings: everything an operator can set, in one table.
 *
 * Shape   each row is a key, its kind, default, limits, unit, meaning, whether SIGHUP applies
 *         it, and which of the programs that listen have it. They come from a file of
 *         `key = value` lines (# opens a comment), then from `--key value` on the command line,
 *         which wins.
 * Units   as each row says.
 * Errors  a reason to print, which names the key; an unknown key is an error.
 * Owner   texts are copied, and live as long as the program.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "base/attr.h"
#include "base/duty.h"
#include "base/span.h"

#include <stdint.h>
#include <stdio.h>

struct settings_text;

struct settings {
    enum duty             duty;
    struct settings_text *texts; /* all that were ever put, since threads may still read them */
    const char           *database;
    const char           *address;
    int64_t               port;
    const char           *admin_address;
    int64_t               admin_port;
    int64_t               workers;
    int64_t               lanes;
    int64_t               places;
    int64_t               large_requests;
    int64_t               bulk_chunk;
    int64_t               bulk_pause_ms;
    int64_t               bulk_idle_ms;
    int64_t               bulk_keep_s;
    int64_t               bulk_jobs;
    int64_t               request_bytes_first;
    int64_t               request_bytes_most;
    int64_t               connections;
    int64_t               connection_bytes;
    int64_t               idle_s;
    int64_t               head_ms;
    int64_t               body_ms;
    int64_t               reply_ms;
    int64_t               place_wait_ms;
    int64_t               backlog;
    int64_t               drain_ms;
    int64_t               directory_poll_ms;
    int64_t               directory_stale_ms;
    const char           *tls_certificate;
    const char           *tls_key;
    const char           *tls_authority;
    const char           *tls_ticket_key;
    const char           *tls_priorities;
    const char           *pseudonym_key;
    const char           *challenge_key;
    const char           *office_key;
    const char           *document_key;
    const char           *document_issuer;
    int64_t               budgets;
    const char           *card_authorities;
    const char           *card_revocations;
    const char           *card_policy;
    int64_t               card_grace_s;
    const char           *card_ocsp;
    int64_t               card_ocsp_entries;
    int64_t               card_ocsp_keep_s;
    int64_t               card_ocsp_ms;
    int64_t               card_poll_s;
    const char           *spool;
    const char           *vault;
    int64_t               batch_lanes;
    int64_t               batch_small_bytes;
    int64_t               batch_step_rows;
    int64_t               batch_idle_ms;
    int64_t               batch_statement_ms;
    int64_t               chores_ms;
    int64_t               recheck_ms;
    int64_t               spool_reserve_bytes;
    int64_t               upload_bytes;
    int64_t               upload_checkpoint_bytes;
    int64_t               upload_idle_ms;
    int64_t               upload_age_s;
    int64_t               uploads;
    int64_t               uploads_unfinished;
    int64_t               release_other_certificate;
    const char           *log_level;
    const char           *clock;
    int64_t               clock_shift_s;
    const char           *personal_numbers;
    const char           *register_url;
    const char           *register_authority;
    const char           *register_certificate;
    const char           *register_key;
    int64_t               register_persons;
    int64_t               register_errands;
    int64_t               register_deadline_ms;
    int64_t               register_connect_ms;
    int64_t               register_tries;
    int64_t               register_pause_ms;
    int64_t               register_pause_most_ms;
    int64_t               register_breaker_failures;
    int64_t               register_breaker_open_ms;
};

enum { SETTINGS_REASON_BYTES = 256 };

/* All rows at the defaults of this duty, whose settings are the only ones from now on; texts put
 * before are kept. A new one must be zeroed. */
void settings_preset(struct settings *settings, enum duty duty);

/* False, and a reason, when the key is unknown or the value breaks its limits. */
MUST_USE bool settings_put(struct settings *settings, struct span key, struct span value,
                           char reterr_reason[SETTINGS_REASON_BYTES]);

MUST_USE bool settings_read_file(struct settings *settings, const char *path,
                                 char reterr_reason[SETTINGS_REASON_BYTES]);

/* `--config FILE` and `--key value` pairs; a '-' in a key counts as '_'. */
MUST_USE bool settings_read_arguments(struct settings *settings, int argc, char **argv,
                                      char reterr_reason[SETTINGS_REASON_BYTES]);

/* The table of this duty, as help or as an example file. */
void settings_print(FILE *out, enum duty duty, bool as_file);

#endif
