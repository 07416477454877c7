/*
 * upload: how far a file that comes as the body of a request has got.
 *
 * Shape   the endpoint finds the batch and admits the request; the listener opens the file, alone;
 *         the endpoint looks at the batch once more, since it may have changed before the file
 *         was ours; bytes flow; at each checkpoint, and at the end, what is safe is noted in the
 *         database before anything else happens. So the phases go back and forth between the
 *         flight and the listener: line/line.c, stream().
 * Units   bytes, from the start of the file.
 * Owner   plain values, in the request.
 */
#ifndef REQUEST_UPLOAD_H
#define REQUEST_UPLOAD_H

#include "base/fault.h"

enum { SHA256_BYTES = 32 };

enum upload_phase {
    UPLOAD_NONE,     /* no bytes are wanted: the answer is known without them */
    UPLOAD_ADMITTED, /* by the endpoint, through next; the listener opens and locks the file */
    UPLOAD_LOCKED,   /* by the listener; the endpoint looks again */
    UPLOAD_FLOWING,  /* by the endpoint, through next; the listener takes bytes */
    UPLOAD_PAUSED,   /* by the listener at a checkpoint; the endpoint notes safe_bytes */
    UPLOAD_ENDED,    /* by the listener; the endpoint notes safe_bytes, and the answer follows */
    UPLOAD_AWAITED   /* by the endpoint, through next: it asks again a little later how it stands */
};

struct upload {
    enum upload_phase phase;
    enum upload_phase next;       /* set by the endpoint; holds when its flight has landed */
    int64_t           number;     /* of the batch, and of its file */
    int64_t           safe_bytes; /* on disk for certain */
    int64_t           file_bytes; /* of the file as it was found */
    int64_t           length_max; /* the file may not become longer */
    int64_t           length;     /* of the whole file; -1: not known yet */
    bool              is_at_hand; /* the file is the body, which was gathered: nothing is awaited */
    int64_t           wait_ms;    /* ticks: when an awaited one is asked about again */
    int64_t           patience_ms; /* ticks: until when it is awaited */
    bool              is_last;     /* the file is whole when this body has come to its end */
    bool              is_whole;    /* it has, and the digest was looked at */
    bool              is_right;    /* the digest is the one that was announced */
    unsigned char     sha256[SHA256_BYTES];
    enum fault        fault; /* why it ended early; told when what is safe has been noted */
};

#endif
