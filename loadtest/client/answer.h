/*
 * answer: reads just enough of an HTTP/1.1 answer: its status, its length, and two members.
 *
 * Shape   the head is read once, when it is whole; the body only needs to be counted.
 * Errors  ANSWER_BAD  not HTTP/1.1, a head without end, or no Content-Length where one is due
 * Owner   borrows the connection's buffer.
 * Source  RFC 9112, sections 4 and 6.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "load.h"
#include "questions.h"

enum answer_progress { ANSWER_MORE, ANSWER_WHOLE, ANSWER_BAD };

struct answer {
    int    status; /* 0: the head is not whole yet */
    size_t head_bytes;
    size_t body_bytes;
    bool   closes;        /* the server says that it will close the connection */
    size_t retry_after_s; /* as told; 0: not told */
};

/* bytes is everything that came so far for this answer; *answer starts as zero. */
enum answer_progress answer_read(const char *bytes, size_t length, struct answer *answer);

/*
 * The value of a member of the outermost object: a string without its quotes, or a bare word.
 * Members of inner objects are never taken for it. false if there is none or the text is not JSON.
 */
bool answer_member(struct text json, const char *name, struct text *ret_value);

/* Are these, between commas, all "reason" members of the text in order? Counts the members. */
bool answer_reasons_are(struct text json, struct text expected, uint64_t *ret_count);

#endif
