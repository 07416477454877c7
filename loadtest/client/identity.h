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

enum { IDENTITY_NAME_SIZE = 32 };

struct identity_pair {
    struct x509_st     *certificate;
    struct evp_pkey_st *key;
    char                name[IDENTITY_NAME_SIZE]; /* of the file, cut; "" when there is but one */
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

/* A TLS object for one connection with this pair, which there is; NULL: no memory. */
MUST_USE struct ssl_st *identity_take_tls(const struct identity *identity, size_t pair_number);

/*
 * The pair after this one, going round, whose name begins with kind and a hyphen; kind "any" takes
 * every one. pair_count: there is none.
 */
size_t identity_pair_next(const struct identity *identity, size_t after, const char *kind);

/* Why TLS failed last, as a text that is never NULL; empties OpenSSL's queue. */
const char *identity_tls_reason(void);

#endif
