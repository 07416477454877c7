/*
 * https: the register's own port, mutual TLS.
 *
 * Shape   a thread for each connection, since a slow register waits within its reply. A caller
 *         needs a certificate of the authority (at the handshake) whose unit is "registry" (at
 *         each request, else 403).
 * Errors  a reason to print, or NULL.
 * Owner   https_close() ends all connections; it may be opened again.
 */
#ifndef HTTPS_H
#define HTTPS_H

#include "answer.h"

#include "listen/tls.h"

#include <microhttpd.h>

enum { CONNECTIONS_MAX = 512, BODY_BYTES_MAX = 65536 };

struct https {
    struct MHD_Daemon *daemon;
    struct answerer   *answerer;
    struct tls        *tls;
    uint16_t           port;
};

MUST_USE const char *https_open(struct https *https);
void                 https_close(struct https *https); /* accepts a closed one */

#endif
