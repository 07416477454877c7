/*
 * batch: the batch line: from whole files to rows in effect, on threads of its own.
 *
 * Shape   two threads, one for small batches, so that a single registration never waits behind a
 *         million others, and one for the rest. Each takes the batch that is next, runs it through
 *         the stages (work.h), and begins again; nothing is shared between them but the database.
 * Units   milliseconds, bytes.
 * Errors  batch_start(): a reason to print, or NULL. Whatever else goes wrong is logged and tried
 *         again after a pause: a batch is where the database says it is.
 * Owner   the main thread starts, drains and joins; settings and all that they point to must live
 *         until then. The meter may be read by anybody.
 */
#ifndef BATCH_BATCH_H
#define BATCH_BATCH_H

#include "batch/work.h"

#include <pthread.h>

enum { BATCH_LINES = 2 };

struct batch_line {
    struct batch *batch;
    bool          is_small;
    pthread_t     thread;
    bool          is_running;
    int           wake_file;
    struct tools  tools;
};

struct batch {
    const struct batch_settings *settings;
    struct batch_line            lines[BATCH_LINES];
    struct batch_meter           meter;
    _Atomic bool                 wants_end;
};

const char *batch_start(struct batch *batch, const struct batch_settings *settings);
void        batch_wake(struct batch *batch); /* something is there; any thread may say so */
void        batch_tell(const struct batch *batch, struct text *text); /* series for the metrics */
void        batch_drain(struct batch *batch); /* each line ends behind the step under way */
void        batch_join(struct batch *batch);

#endif
