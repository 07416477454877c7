/*
 * questions: what is asked, and the bytes it is asked with.
 *
 * Shape   A questions file has one question per line: either a JSON body alone, or
 *         "<expected validity> <expected reason> <JSON body>", where "-" means "not checked".
 *         A mold holds everything of a request that does not change; rendering copies it and adds
 *         a fresh request id and the body.
 * Errors  a line that is neither form, is too long, or a file without any question.
 * Owner   questions own the file's bytes; a question borrows from them. questions_close() accepts
 *         one that was never opened.
 */
#ifndef QUESTIONS_H
#define QUESTIONS_H

#include "load.h"
#include "options.h"
#include "random.h"

struct text {
    const char *bytes;
    size_t      length;
};

struct question {
    struct text validity; /* length 0: not checked */
    struct text reason;   /* length 0: not checked */
    struct text body;
};

struct questions {
    char            *file;
    struct question *rows;
    size_t           count;
    size_t           body_bytes_max;
};

struct mold {
    char   head[LOAD_HEAD_BYTES_MAX]; /* up to and with "X-Request-Id: " */
    size_t head_length;
    bool   has_body;
};

MUST_USE bool questions_open(struct questions *questions, const char *path,
                             struct complaint *reterr_complaint);
void          questions_close(struct questions *questions);

MUST_USE bool mold_make(struct mold *mold, const struct options *options,
                        struct complaint *reterr_complaint);

/* The room that any request of this mold and these questions needs. */
size_t mold_bytes_max(const struct mold *mold, const struct questions *questions);

/* Returns the length. question may be NULL when the mold has no body. */
size_t mold_render(const struct mold *mold, const struct question *question,
                   struct uuid_maker *maker, char *out);

#endif
