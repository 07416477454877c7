/*
 * spool: the folder in which uploaded files lie, one file for a batch, named by its number.
 *
 * Shape   a writer opens the file of a batch and has it alone until it is closed; it begins at the
 *         offset that is known to be safe, which cuts off what lies behind, writes in order, and
 *         syncs. What spool_sync() has confirmed survives a power cut; the rest may not.
 * Units   bytes; offsets from the start of the file.
 * Errors  FAULT_UPLOAD_BUSY: another writer has it. FAULT_SPOOL_FULL: the disk is full, or would
 *         have less than the reserve left. FAULT_SPOOL_FAILED: anything else that the disk says;
 *         after a failed sync nothing is tried again, since a second one may lie.
 * Owner   the folder belongs to the process; a spool_file to whoever opened it. All calls block:
 *         they are for a thread that may wait.
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include "base/fault.h"
#include "base/span.h"
#include "crypto/digest.h"

#include <sys/types.h>

struct spool {
    int     folder; /* -1: none */
    int64_t reserve_bytes;
};

struct spool_file {
    const struct spool *spool;
    int                 file; /* -1: not open */
    int64_t             number;
    int64_t             length;     /* written so far, safe or not */
    bool                is_hashing; /* digest has seen every byte from the start */
    struct digest       digest;
};

/* Makes the folder when it is missing. NULL, or a reason to print. Files that others may read are a
 * reason too. */
const char *spool_open(struct spool *spool, const char *path, int64_t reserve_bytes);
void        spool_close(struct spool *spool);

/* FAULT_SPOOL_FULL when so many more bytes would leave less than the reserve. */
MUST_USE enum fault spool_has_room(const struct spool *spool, int64_t bytes);

/* Opens the file of this batch, makes it when it is missing, and locks it; *ret_length is how long
 * it is by now. */
MUST_USE enum fault spool_file_open(const struct spool *spool, int64_t number,
                                    struct spool_file *ret_file, int64_t *ret_length);

/* From here on: what lies behind is cut off. At 0 the digest begins. */
MUST_USE enum fault spool_file_begin(struct spool_file *file, int64_t offset);

MUST_USE enum fault spool_file_write(struct spool_file *file, struct span bytes);
MUST_USE enum fault spool_file_sync(struct spool_file *file);

/* SHA-256 of the whole file; reads it again when the digest has not seen all of it. */
MUST_USE enum fault spool_file_digest(struct spool_file *file, unsigned char *ret_digest);

/* Gives the lock back too; accepts one that is not open. */
void spool_file_close(struct spool_file *file);

/* For readers of a file that is whole: -1 when it is not there. */
int spool_file_read(const struct spool *spool, int64_t number);

/* True when it is gone, or was never there. */
bool spool_remove(const struct spool *spool, int64_t number);

/* Numbers of the files in the folder behind `after`, rising, at most count_max; how many. */
size_t spool_list(const struct spool *spool, int64_t after, int64_t *ret_numbers, size_t count_max);

#endif
