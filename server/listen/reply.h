/*
 * reply: the head of a reply, and replies that go past the HTTP library.
 *
 * Shape   reply_head() names every header that a finished request wants, to whoever sends it. The
 *         library takes no reply while a body is on its way, so one that cannot wait for the end
 *         of the body is written to the session as it is.
 * Errors  a peer that reads nothing is not waited for; the caller ends the connection.
 * Owner   borrows the request.
 */
#ifndef LISTEN_REPLY_H
#define LISTEN_REPLY_H

#include "request/request.h"

typedef void reply_put(void *owner, const char *name, const char *value);

void reply_head(const struct request *r, reply_put *put, void *owner);

/* Sends the reply at once. */
void reply_cut(struct request *r);

/* The same, for a body that stalls. */
void reply_refuse_late(struct request *r);

#endif
