/*
 * ocsp: the question whether a card is revoked, for its authority's responder, and what an answer
 * to it proves.
 *
 * Shape   a question is about one certificate, and carries a nonce. An answer counts when it is a
 *         whole one, signed with SHA-256 or better by the authority that issued the certificate or
 *         by a responder that this authority has issued a certificate for signing answers to, not
 *         itself on a list of revoked ones; about this certificate; with this nonce, or none; and
 *         fresh: from no later than now, until no earlier than now. One that names no end is fresh
 *         for five minutes.
 * Units   instants.
 * Errors  ocsp_question_new(): NULL when none of the authorities has issued it, or memory is short.
 *         ocsp_read(): enum ocsp_fault; the answer is filled only when it is OCSP_FINE.
 * Owner   _new gives, _free takes back; accepts NULL. The trust is borrowed, of any thread.
 * Source  RFC 6960, RFC 9654; OpenSSL looks at the signer's certificate by the clock of the system.
 */
#ifndef CRYPTO_OCSP_H
#define CRYPTO_OCSP_H

#include "crypto/card.h"

enum { OCSP_REPLY_BYTES_MAX = 32768 };

enum ocsp_fault {
    OCSP_FINE = 0,
    OCSP_BROKEN,   /* no answer by its form */
    OCSP_DECLINED, /* the responder says that it cannot answer */
    OCSP_STRANGER, /* signed by nobody who may, or too weakly */
    OCSP_OTHER,    /* about another certificate, or another question's */
    OCSP_STALE,
    OCSP_FAULT_COUNT
};

enum ocsp_verdict { OCSP_SAYS_GOOD, OCSP_SAYS_REVOKED, OCSP_SAYS_UNKNOWN, OCSP_VERDICT_COUNT };

struct ocsp_answer {
    enum ocsp_verdict verdict;
    instant_t         until; /* by when the responder will know more */
};

struct ocsp_question;

struct ocsp_question *ocsp_question_new(const struct card_trust *trust, struct span certificate);
void                  ocsp_question_free(struct ocsp_question *question);
struct span           ocsp_question_bytes(const struct ocsp_question *question); /* DER */

MUST_USE enum ocsp_fault ocsp_read(const struct ocsp_question *question,
                                   const struct card_trust *trust, struct span reply, instant_t now,
                                   struct ocsp_answer *ret_answer);

const char *ocsp_fault_name(enum ocsp_fault fault); /* snake_case, never NULL */

#endif
