/*
 * card_status: what responders have said of cards, and who still waits to hear it.
 *
 * Shape   one table for all workers, with a lock that is held for moments only; its size never
 *         changes. A card is found by the SHA-256 of its certificate, in one of a few neighbouring
 *         entries; the one that was looked at longest ago gives way. Questions that nobody has
 *         carried out yet stand in a queue of a fixed length. A worker looks, and whoever is told
 *         to wait looks again when it is woken, or when its time is up; several who ask about one
 *         card wait for one question. The asker (ocsp/asker.h) takes questions and settles them.
 * Units   until of an answer is an instant; patience is in milliseconds of clock_ticks_ms().
 * Errors  CARD_SAID_NOTHING: no answer that counts, for whatever reason. Nobody waits for ever. A
 *         card that was said to be revoked stays so until something else is said of it, as long as
 *         it has its entry.
 * Owner   _new gives, _free takes back; accepts NULL. A question's trust is held until it is
 *         settled; inquiries belong to their requests.
 */
#ifndef AUTH_CARD_STATUS_H
#define AUTH_CARD_STATUS_H

#include "crypto/digest.h"
#include "crypto/ocsp.h"

#include <stddef.h>

enum { CARD_QUESTIONS_MAX = 64 };

struct card_status;

struct card_status_settings {
    size_t  entries;
    int64_t patience_ms; /* how long a request waits */
    int64_t keep_s;      /* how long an answer is kept, even when it is good for longer */
    void (*wake_asker)(void *owner);
    void (*wake_workers)(void *owner);
    void *owner;
};

/* A request's own: which card it asks about, and how long it still waits. */
struct card_inquiry {
    unsigned char key[DIGEST_BYTES];
    struct span   certificate; /* DER */
    bool          is_under_way;
    int64_t       patient_until_ms;
};

/* A question on its way, for the asker. */
struct card_question {
    unsigned char      key[DIGEST_BYTES];
    unsigned char      certificate[CARD_CERTIFICATE_BYTES_MAX];
    size_t             length;
    struct card_trust *trust;
};

enum card_said { CARD_SAID_NOTHING, CARD_SAID_GOOD, CARD_SAID_REVOKED, CARD_SAID_WAIT };

struct card_status_counts {
    uint64_t known;   /* looks that found an answer */
    uint64_t asked;   /* questions that were put in the queue */
    uint64_t crowded; /* looks that found no room for their question */
    uint64_t unheard; /* looks that ended without an answer that counts */
};

struct card_status *card_status_new(const struct card_status_settings *settings);
void                card_status_free(struct card_status *status);

/* By a worker, again and again as long as it is CARD_SAID_WAIT. */
MUST_USE enum card_said card_status_look(struct card_status *status, struct card_trust *trust,
                                         struct card_inquiry *inquiry, instant_t now,
                                         int64_t now_ms);

/* By the asker. False when there is none; the trust is then held for it. */
MUST_USE bool card_status_take(struct card_status *status, struct card_question *ret_question);

/* answer is NULL when none came that counts. Wakes the workers. */
void card_status_settle(struct card_status *status, struct card_question *question,
                        const struct ocsp_answer *answer, instant_t now);

void card_status_count(struct card_status *status, struct card_status_counts *ret_counts);

#endif
