/*
 * tls: the server's certificate, the authority it trusts, and the rules of every session.
 *
 * Shape   one set of credentials, read from files at once. A reload makes another one for new
 *         connections; the old one lives until the last session that uses it has ended.
 * Errors  tls_new(): NULL, and a reason to print.
 * Owner   counted: tls_new() and tls_prepare() take, tls_release() gives back. One worker; no
 *         locks.
 * Source  mutual TLS is required inside the handshake: the HTTP library only asks for a
 *         certificate, so the session itself is told to require and to verify one, with the
 *         client purpose.
 */
#ifndef LISTEN_TLS_H
#define LISTEN_TLS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t                priorities;
    gnutls_datum_t                   ticket_key;
    char                            *certificate_pem; /* the HTTP library wants them at its start */
    char                            *key_pem;
    uint32_t                         users;
};

struct tls_files {
    const char *certificate;
    const char *key;
    const char *authority;
    const char *ticket_key; /* 64 bytes shared by all servers, or "" for one of this process */
    const char *versions;   /* GnuTLS priority string */
};

struct tls *tls_new(const struct tls_files *files, const char **reterr_reason);
void        tls_release(struct tls *tls); /* accepts NULL */

/* Settings of one new session, before its handshake; the session then uses the tls. */
bool tls_prepare(struct tls *tls, gnutls_session_t session);

/* SHA-256 of the peer's certificate; false when there is none. */
bool tls_fingerprint(gnutls_session_t session, unsigned char *ret_fingerprint);

#endif
