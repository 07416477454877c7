/*
 * questions: what is asked, and the bytes it is asked with.
 *
 * Shape   A questions file has one question per line, a JSON body behind what is known of it, in
 *         this order, each of which may be missing:
 *           /PATH                instead of the URL's
 *           STATUS               three digits that the answer must have; without, any 2xx is well
 *           reasons=A,B,...      every reason in the answer, in order; of a list, once it is done
 *           VALIDITY REASON      that the answer must hold; "-" means "not checked"
 *         Ways are the files, in the order in which they were read.
 *         A mold holds everything of a request that does not change; rendering copies it and adds
 *         path, a fresh request id and the body.
 * Errors  a line that is neither form, is too long, or a file without any question.
 * Owner   questions own the file's bytes; a question borrows from them. questions_close() accepts
 *         one that was never opened.
 */
#ifndef QUESTIONS_H
#define QUESTIONS_H

#include "load.h"
#include "options.h"
#include "random.h"

enum { QUESTIONS_LOOK_PATH_MAX = 200 };

struct text {
    const char *bytes;
    size_t      length;
};

struct question {
    struct text path;     /* length 0: the URL's */
    int         status;   /* 0: any 2xx */
    struct text reasons;  /* length 0: not a list, or one whose answers nobody looks at */
    struct text validity; /* length 0: not checked */
    struct text reason;   /* length 0: not checked */
    struct text body;
};

struct way {
    const char      *name; /* borrowed; "" without a mix */
    size_t           name_length;
    char            *file;
    struct question *rows;
    size_t           count;
    size_t           next; /* to be asked */
};

struct questions {
    struct way ways[LOAD_ASKS_MAX];
    size_t     way_count;
    size_t     count; /* in all ways */
    size_t     body_bytes_max;
    size_t     path_bytes_max;
};

struct mold {
    struct text method;
    struct text path;
    char        head[LOAD_HEAD_BYTES_MAX]; /* from " HTTP/1.1" to "X-Request-Id: " */
    size_t      head_length;
};

/* The file of --questions, or those of --ask; starts among them where the seed says. */
MUST_USE bool questions_open(struct questions *questions, const struct options *options,
                             struct complaint *reterr_complaint);
void          questions_close(struct questions *questions);

/* NULL: there is no such way. */
struct way *questions_way(struct questions *questions, const char *name);

/* Goes round and round. */
const struct question *way_next(struct way *way);

MUST_USE bool mold_make(struct mold *mold, const struct options *options,
                        struct complaint *reterr_complaint);

/* The room that any request of this mold and these questions needs. */
size_t mold_bytes_max(const struct mold *mold, const struct questions *questions);

/* Returns the length. question NULL: without a body. */
size_t mold_render(const struct mold *mold, const struct question *question,
                   struct uuid_maker *maker, char *out);

/* The same as a plain GET of this path, of at most QUESTIONS_LOOK_PATH_MAX bytes. */
size_t mold_render_look(const struct mold *mold, struct text path, struct uuid_maker *maker,
                        char *out);

#endif
