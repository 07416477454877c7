/*
 * client: asks the resident register who stands behind personal numbers.
 *
 * Shape   HTTPS with a certificate of ours, HTTP/1.1, connections kept. An ask is one request for
 *         up to settings.persons people; settings.errands of them are under way at a time. No
 *         thread of its own: everything happens within register_client_turn(), which its owner's
 *         thread calls again and again, and in which the owner hears: for each ask exactly once,
 *         either an answer for every question or one failure. A request that may have been lost
 *         is sent again after a growing pause with chance in it, since it changes nothing there.
 *         A register that fails again and again is left alone for a while (breaker.h).
 * Units   milliseconds.
 * Errors  register_client_ask(): FAULT_STORE_BUSY when the errands are all taken, or the one that
 *         tries whether the register is back is under way: turn, then ask again; FAULT_STORE_LOST
 *         while the register is left alone. Then nothing is heard of this ask.
 *         register_client_new(): NULL and a reason to print.
 * Owner   numbers are copied at once, and wiped when their ask is over; so is every byte that the
 *         library frees. Answers live while they are heard. The owner may ask from within; the
 *         place of the ask that is heard is not free until it returns.
 *         libcurl is the one on OpenSSL: keys of ours are OpenSSL's business elsewhere too, and it
 *         encrypts where it has copied to, so that no clear text stays in its buffers.
 * Source  schema/api/resident-register.yaml.
 */
#ifndef REGISTER_CLIENT_H
#define REGISTER_CLIENT_H

#include "base/fault.h"
#include "config/settings.h"
#include "register/breaker.h"
#include "wire/inquiry.h"

enum register_failure {
    REGISTER_FINE = 0,
    REGISTER_AWAY = 1,     /* no connection, cut off, or 429 and 5xx */
    REGISTER_LATE = 2,     /* no whole reply in time */
    REGISTER_RUDE = 3,     /* a reply that breaks the contract; not asked again */
    REGISTER_DENIED = 4,   /* 4xx, or our certificate is refused; not asked again */
    REGISTER_STRANGER = 5, /* its certificate is not the register's; not asked again */
    REGISTER_FAILURE_COUNT
};

struct register_settings {
    const char *url;         /* "https://host:port", to which the path is added */
    const char *authority;   /* PEM: who issues the register's certificate */
    const char *certificate; /* PEM: ours */
    const char *key;
    int64_t     persons;
    int64_t     errands;
    int64_t     deadline_ms; /* of one request */
    int64_t     connect_ms;
    int64_t     tries;    /* of one ask, the first one included */
    int64_t     pause_ms; /* before the second try; doubled for each further one */
    int64_t     pause_most_ms;
    int64_t     breaker_failures;
    int64_t     breaker_open_ms;
};

struct register_reply {
    enum register_failure failure;
    const char           *reason; /* to log; NULL when fine */
    const struct inquiry_answer
          *answers; /* one for each question, in their order; NULL on failure */
    size_t count;
};

/* Counted since the start, by the owner's thread. */
struct register_counts {
    uint64_t asks;
    uint64_t persons;
    uint64_t tries;
    uint64_t answers[INQUIRY_REFUSED + 1]; /* by enum inquiry_status */
    uint64_t tries_failed[REGISTER_FAILURE_COUNT];
    uint64_t asks_failed[REGISTER_FAILURE_COUNT];
    uint64_t connections;
    uint64_t bytes_heard;
};

struct register_client;

struct register_settings register_settings_of(const struct settings *settings);

typedef void register_hear(void *owner, uint64_t cookie, const struct register_reply *reply);

MUST_USE struct register_client *register_client_new(const struct register_settings *settings,
                                                     register_hear *hear, void *owner,
                                                     const char **reterr_reason);

/* Whoever still waits hears nothing any more. Accepts NULL. */
void register_client_free(struct register_client *client);

/* count is 1 to settings.persons; asserted. */
MUST_USE enum fault register_client_ask(struct register_client *client, uint64_t cookie,
                                        const struct personal_number *numbers, size_t count);

/* Waits at most wait_ms for something to happen, then does all that can be done. */
void register_client_turn(struct register_client *client, int wait_ms);

size_t                        register_client_under_way(const struct register_client *client);
const struct register_counts *register_client_counts(const struct register_client *client);
const struct breaker         *register_client_breaker(const struct register_client *client);

const char *register_failure_name(enum register_failure failure); /* "away" */

#endif
