/*
 * identity: who the client is: its certificates, and whom it trusts.
 *
 * Shape   one TLS context for all connections; certificates are given to each connection, so that
 *         thousands of them cost no more than their own bytes.
 * Errors  a file that is missing, not PEM, or a key that belongs to another certificate.
 * Owner   identity_open() makes, identity_close() frees; accepts half-open.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "load.h"
#include "options.h"

struct ssl_ctx_st;
struct ssl_st;
struct x509_st;
struct evp_pkey_st;

struct identity_pair {
    struct x509_st     *certificate;
    struct evp_pkey_st *key;
};

struct identity {
    struct ssl_ctx_st    *context;
    struct identity_pair *pairs;
    size_t                pair_count;
    size_t                pair_room;
    const char           *server_name;
};

MUST_USE bool identity_open(struct identity *identity, const struct options *options,
                            struct complaint *reterr_complaint);
void          identity_close(struct identity *identity);

/* A TLS object for one connection with certificate number % pair_count; NULL: no memory. */
MUST_USE struct ssl_st *identity_take_tls(const struct identity *identity, size_t number);

/* Why TLS failed last, as a text that is never NULL; empties OpenSSL's queue. */
const char *identity_tls_reason(void);

#endif
