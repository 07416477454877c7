/*
 * disk: files that are whole or absent, and private from their first byte.
 *
 * Shape   written under another name in the same folder, synced, then moved into place.
 * Errors  false, and errno says why; EEXIST when the name is taken and DISK_REPLACE was not asked
 *         for.
 * Owner   folder is an open directory of the caller; disk_read() gives heap memory to wipe and free
 *         with disk_drop().
 */
#ifndef CRYPTO_DISK_H
#define CRYPTO_DISK_H

#include "base/attr.h"
#include "base/span.h"

enum disk_flag {
    DISK_REPLACE = 1 << 0,
    DISK_SECRET = 1 << 1,    /* mode 0600, else 0644 */
    DISK_SYNC_LATER = 1 << 2 /* the caller syncs the file system once, after many files */
};

enum { DISK_NAME_MAX = 200 };

MUST_USE bool disk_write(int folder, const char *name, struct span bytes, unsigned flags);

/* Another name for a file of the same folder. */
MUST_USE bool disk_alias(int folder, const char *name, const char *alias, unsigned flags);

MUST_USE bool disk_read(int folder, const char *name, size_t bytes_max, struct span *ret_bytes);
void          disk_drop(struct span *bytes); /* accepts an empty one */

bool disk_has(int folder, const char *name);

#endif
