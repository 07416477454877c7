/*
 * http: from the HTTP library's calls to a request, and from a finished request to its reply.
 *
 * Shape   the two callbacks that the library is given; owner is the listener.
 * Errors  what cannot become a request is refused here, with a problem document like any other.
 * Owner   a request's place is taken at its head and given back when its reply has left or its
 *         peer has gone.
 */
#ifndef LISTEN_HTTP_H
#define LISTEN_HTTP_H

#include "listen/listener.h"

#include <microhttpd.h>

enum MHD_Result http_handle(void *owner, struct MHD_Connection *connection, const char *path,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_length, void **context);

void http_completed(void *owner, struct MHD_Connection *connection, void **context,
                    enum MHD_RequestTerminationCode how);

/* Counts a request that is over. */
void http_note(struct listener *listener, const struct request *r);

#endif
