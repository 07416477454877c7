/*
 * asker: asks the responder of card authorities what workers want to know of cards.
 *
 * Shape   one thread, which takes questions from auth/card_status.h, sends up to ASKS_MAX of them
 *         at a time (POST, HTTP or HTTPS, one try each), reads the answers (crypto/ocsp.h), and
 *         settles every question that it has taken, with an answer or without. A responder that
 *         fails again and again is left alone for a while (register/breaker.h): questions are then
 *         settled at once, without an answer.
 * Units   milliseconds.
 * Errors  asker_open(): a reason to print, or NULL. Later ones are counted, and logged once a
 *         minute at most; nothing of a card is.
 * Owner   asker_close() ends the thread; accepts one that was never opened. The status must
 *         outlive it.
 * Source  RFC 6960, appendix A. Who is asked is a setting, never what a certificate names.
 */
#ifndef OCSP_ASKER_H
#define OCSP_ASKER_H

#include "auth/card_status.h"
#include "base/text.h"

enum { ASKS_MAX = 8 };

struct asker_settings {
    const char *url; /* http:// or https:// */
    int64_t     deadline_ms;
};

struct asker;

struct asker *asker_open(const struct asker_settings *settings, struct card_status *status,
                         const char **reterr_reason);
void          asker_close(struct asker *asker);

/* There is a question; by any thread. */
void asker_wake(struct asker *asker);

/* Its series of the metrics page; by any thread. */
void asker_tell(const struct asker *asker, struct text *text);

#endif
