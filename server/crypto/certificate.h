/*
 * certificate: making X.509 certificates, their keys and revocation lists.
 *
 * Shape   ECDSA over P-256 with SHA-256, and RSA of 2048 bits with SHA-256 for authorities and
 *         holders that want it; version 3 with basic constraints, key usage, extended key usage,
 *         key identifiers, for servers alternative names, and for cards a policy; a random serial
 *         of 128 bits.
 * Units   instants are cut to seconds.
 * Errors  NULL or false: OpenSSL refused, or a name in the wish is not one.
 * Owner   _new and _parse give, _free takes back and wipes; accepts NULL.
 * Source  RFC 5280.
 */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/span.h"
#include "base/text.h"

enum { SERIAL_SIZE = 33, FINGERPRINT_BYTES = 32, PEM_BYTES_MAX = 8192 };

struct key;
struct certificate;

/* USE_CARD: as the user certificate of a My Number card, see crypto/card.h. USE_RESPONDER: signs
 * what is said of them, see crypto/ocsp.h. */
enum certificate_use { USE_AUTHORITY, USE_SERVER, USE_CLIENT, USE_CARD, USE_RESPONDER };
enum key_kind { KEY_EC, KEY_RSA };

struct certificate_wish {
    const char          *organisation;
    const char          *unit; /* NULL: none */
    const char          *common_name;
    const char          *other_names; /* "localhost,127.0.0.1,::1", or NULL */
    const char          *policy;      /* object identifier in digits, or NULL */
    enum certificate_use use;
    instant_t            not_before;
    instant_t            not_after;
};

struct certificate_facts {
    char          serial[SERIAL_SIZE]; /* lower-case hexadecimal, 32 digits */
    unsigned char fingerprint[FINGERPRINT_BYTES];
};

struct revocation {
    char      serial[SERIAL_SIZE];
    instant_t at;
    int       reason; /* CRLReason; 0: not stated */
};

struct key *key_new(enum key_kind kind);
struct key *key_parse(struct span pem);
void        key_free(struct key *key);
void        key_write(const struct key *key, struct text *ret_pem);

/* issuer is NULL for one that signs itself, and then issuer_key is its own key. */
struct certificate *certificate_new(const struct certificate_wish *wish,
                                    const struct key *holder_key, const struct certificate *issuer,
                                    const struct key *issuer_key);
struct certificate *certificate_parse(struct span pem);
void                certificate_free(struct certificate *certificate);
void                certificate_write(const struct certificate *certificate, struct text *ret_pem);
MUST_USE bool       certificate_read_facts(const struct certificate *certificate,
                                           struct certificate_facts *ret_facts);

/* Is this the certificate of that key? */
bool certificate_fits(const struct certificate *certificate, const struct key *key);

/* number must grow from list to list. */
MUST_USE bool revocations_write(const struct certificate *issuer, const struct key *issuer_key,
                                const struct revocation *revocations, size_t count, instant_t now,
                                instant_t next, int64_t number, char **ret_pem,
                                size_t *ret_length); /* free() the text */

#endif
