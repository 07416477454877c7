/*
 * tell: facilities are told when a correction has overtaken what they were answered.
 *
 * Shape   tell_changes() takes corrections of which nobody has been told, some at a time, and
 *         writes a notice for every answer that they have overtaken. Records know people by
 *         pseudonyms, one for each year, which are made here.
 * Errors  those of the session; what was not told is told the next time, and told once.
 * Owner   the caller; keys belong to its thread.
 * Source  schema/functions.md, "Telling facilities that an answer has changed".
 */
#ifndef BATCH_TELL_H
#define BATCH_TELL_H

#include "crypto/pseudonym.h"
#include "query/session.h"

/* Tells of some; *ret_taken is how many corrections those were, TELL_AT_ONCE when there may be
 * more. */
enum { TELL_AT_ONCE = 50 };

MUST_USE enum fault tell_changes(struct session *session, struct pseudonym_keys *keys,
                                 int64_t *ret_taken);

#endif
