/*
 * card: what the user certificate of a My Number card or phone (利用者証明用電子証明書) proves.
 *
 * Shape   card_trust holds the authorities that issue such certificates and their revocation
 *         lists, as read from two files of PEM at once; it never changes, so threads share it. A
 *         newer one takes its place. card_verify() asks of a certificate: is it one (DER, version
 *         3, a key that is strong enough), by whom (chain up to a self-signed authority of ours),
 *         what for (digital signature, client authentication, the policy; not signing for the
 *         person, which is another certificate of the same card), in force, not revoked, and has
 *         its key signed this message (SHA-256 with RSA PKCS #1 1.5, not PSS, or ECDSA)?
 * Units   instants; seconds of grace.
 * Errors  card_trust_load(): NULL and a reason to print. card_verify(): enum card_fault, in the
 *         order of the questions; facts are filled only when it is CARD_SOUND. A list that is
 *         older than its own end plus the grace proves nothing (CARD_REVOCATIONS_STALE), nor does
 *         an issuer without a list.
 * Owner   card_trust_hold() and _drop() count holders; drop accepts NULL. card_verify() borrows.
 * Source  RFC 5280, 4.2, 5 and 6; domain facts, 9.1. Lists that cover a part of the certificates
 *         only (issuing distribution point) are refused when they are loaded.
 */
#ifndef CRYPTO_CARD_H
#define CRYPTO_CARD_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/span.h"

/* Of cards that `shikaku pki` makes; 2.999 is the arc for examples. */
#define CARD_POLICY_DEVELOPMENT "2.999.20211020.1"

enum {
    CARD_CERTIFICATE_BYTES_MAX = 4096,
    CARD_SIGNATURE_BYTES_MAX = 512,
    CARD_ISSUER_SIZE = 257, /* RFC 4514 text and its end */
    CARD_SERIAL_SIZE = 41,  /* upper-case hexadecimal without leading zeros, and its end */
    CARD_REASON_SIZE = 256
};

enum card_fault {
    CARD_SOUND = 0,
    CARD_MALFORMED,
    CARD_KEY_REFUSED,
    CARD_UNTRUSTED,
    CARD_PURPOSE_WRONG,
    CARD_NOT_YET_VALID,
    CARD_EXPIRED,
    CARD_REVOKED,
    CARD_REVOCATIONS_STALE,
    CARD_SIGNATURE_WRONG,
    CARD_FAULT_COUNT
};

struct card_trust;

struct card_files {
    const char *authorities; /* certificates, PEM */
    const char *revocations; /* lists, PEM */
    const char *policy;      /* object identifier that a user certificate states */
    int32_t     grace_s;     /* how long a list is still good after its nextUpdate */
};

struct card_facts {
    char      issuer[CARD_ISSUER_SIZE];
    char      serial[CARD_SERIAL_SIZE];
    instant_t not_after;
    bool      is_expired; /* at now, though not since longer than was allowed */
};

struct card_proof {
    struct span certificate; /* DER */
    struct span message;     /* what was signed */
    struct span signature;
};

struct card_trust *card_trust_load(const struct card_files *files, char *ret_reason);
struct card_trust *card_trust_hold(struct card_trust *trust);
void               card_trust_drop(struct card_trust *trust);

/* For gauges: the earliest instant at which a list of some authority runs out, without grace. */
instant_t card_trust_fresh_until(const struct card_trust *trust);

/* A certificate that ended before expired_since is CARD_EXPIRED; one that ended later is told. */
MUST_USE enum card_fault card_verify(const struct card_trust *trust, const struct card_proof *proof,
                                     instant_t now, instant_t expired_since,
                                     struct card_facts *ret_facts);

const char *card_fault_name(enum card_fault fault); /* snake_case, never NULL */

#endif
