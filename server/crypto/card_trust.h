/*
 * card_trust: the inside of card.h, shared by the file that loads it and the file that asks it.
 *
 * Shape   authorities in OpenSSL's store; lists whose signature has been checked, sorted once, so
 *         that looking a serial number up changes nothing.
 * Units   from and until are thisUpdate and nextUpdate.
 * Owner   the last holder's card_trust_drop().
 */
#ifndef CRYPTO_CARD_TRUST_H
#define CRYPTO_CARD_TRUST_H

#include "crypto/card.h"

#include <openssl/x509.h>

enum {
    CARD_LISTS_MAX = 32,
    CARD_AUTHORITIES_MAX = 32,
    CARD_STRENGTH_LEVEL = 2 /* 112 bits: no SHA-1, no short keys, anywhere in a chain */
};

struct card_list {
    X509_CRL *crl;
    instant_t from;
    instant_t until;
};

struct card_trust {
    _Atomic int      holders;
    X509_STORE      *store;
    X509            *authorities[CARD_AUTHORITIES_MAX];
    size_t           authority_count;
    struct card_list lists[CARD_LISTS_MAX];
    size_t           list_count;
    ASN1_OBJECT     *policy;
    int32_t          grace_s;
};

/* RFC 4514, at most CARD_ISSUER_SIZE - 1 bytes; false when it is longer. */
MUST_USE bool card_name_write(const X509_NAME *name, char *ret_text);
MUST_USE bool card_instant_of(const ASN1_TIME *time, instant_t *ret_instant);

#endif
