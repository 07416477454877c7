/*
 * feed: takes JSON lines, or what another form makes of them, from standard input, many in one
 *         transaction.
 *
 * Shape   a form gives lines: JSON lines as they come, or a form of the duty's own (--format csv).
 *         A duty says how a line is read and put into the call's array, and what the database
 *         answers for each: an outcome of its list, where 0 is ours (the line is not sound). One
 *         line for each that is not taken goes to the report: its number and why, nothing of
 *         anybody. One JSON object with counts comes out. A feed that broke off, or comes again,
 *         is simply given again.
 * Errors  EX_USAGE, EX_DATAERR some were not taken, EX_UNAVAILABLE the database does not do its
 *         part: what was done is kept, EX_CANTCREAT the report cannot be written.
 * Owner   feed_run() from begin to end; read() borrows the arena until the next line.
 */
#ifndef COMMAND_FEED_H
#define COMMAND_FEED_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/text.h"

enum { FEED_OUTCOMES_MAX = 10, FEED_REASON_SIZE = 96 };

enum feed_step {
    FEED_LINE,
    FEED_UNSOUND, /* one that is passed over; reason says why */
    FEED_END,
    FEED_LOST /* nothing behind it can be read; reason says why */
};

struct feed_line {
    struct span text;    /* until the next one */
    int64_t     line_no; /* of the input, on which it began */
    int64_t     lines;   /* of the input, so far */
    const char *reason;
};

struct feed_form {
    void *(*open)(void); /* NULL: out of memory */
    enum feed_step (*next)(void *source, struct feed_line *ret_line);
    void (*close)(void *source);
};

struct feed_outcome {
    const char *name; /* NULL: none of this number */
    bool        is_taken;
};

struct feed_duty {
    const char             *name; /* of the subcommand */
    const char             *help; /* what it takes, and where that is described */
    int                     stmt; /* takes the array, gives ord and outcome */
    size_t                  line_bytes_max;
    const struct feed_form *csv; /* NULL: it is not taken */
    struct feed_outcome     outcomes[FEED_OUTCOMES_MAX];
    /* Adds the line's element to the array, without the comma before it; or says why it is not
     * sound. */
    bool (*read)(struct span line, day_t today, struct arena *arena, struct text *element,
                 char *ret_reason);
};

int feed_run(const struct feed_duty *duty, int argc, char **argv);

#endif
