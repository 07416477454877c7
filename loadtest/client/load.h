/*
 * load: what all pieces of the load client share: how they complain, and how a run ends.
 *
 * Shape   A function that can fail returns bool and fills *reterr_complaint only when it fails.
 * Units   Instants and spans of time are nanoseconds of the monotonic clock.
 * Errors  enum load_outcome is the exit code of the program.
 * Owner   plain values; nothing to free.
 */
#ifndef LOAD_H
#define LOAD_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum load_outcome {
    LOAD_FINE = 0,   /* ran, and every answer was as it should be */
    LOAD_WRONG = 1,  /* ran, but answers were wrong, refused, late or lost */
    LOAD_USAGE = 2,  /* the options make no sense */
    LOAD_UNABLE = 3, /* could not run: a file, a certificate, no connection */
};

enum {
    LOAD_CONNECTIONS_MAX = 200000,
    LOAD_HEADERS_MAX = 8,
    LOAD_WATCHES_MAX = 8,
    LOAD_ASKS_MAX = 16,         /* files of questions, one for each way to ask */
    LOAD_SHARES_MAX = 32,       /* lines of a mix */
    LOAD_BACKLOG = 100000,      /* questions that are due and have no connection */
    LOAD_HEAD_BYTES_MAX = 4096, /* of a request, without the body */
    LOAD_BODY_BYTES_MAX = 1024 * 1024,
    LOAD_ANSWER_BYTES_MAX = 256 * 1024,
    LOAD_SWEEP_MS = 50,  /* how often deadlines are looked at */
    LOAD_PAUSE_MS = 100, /* before a lost connection is opened again */
};

#define LOAD_NS_PER_SECOND UINT64_C(1000000000)

struct complaint {
    char text[400];
};

/* Writes the reason; cuts what is too long. */
void complain(struct complaint *reterr_complaint, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
