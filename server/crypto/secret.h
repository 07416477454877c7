/*
 * secret: pages for keys, and key files.
 *
 * Shape   whole pages that are locked where the limit allows it, left out of dumps, wiped before
 *         they are given back. A key file holds one key and nothing else.
 * Units   bytes.
 * Errors  secret_new(): NULL when out of memory. key_file_read(): a reason to print, or NULL.
 * Owner   secret_free() wipes; accepts NULL.
 */
#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

#include "base/attr.h"

#include <stddef.h>

void *secret_new(size_t bytes); /* zeroed */
void  secret_free(void *secret, size_t bytes);

/* A regular file of ours, not a link, mode 0600 or less, exactly key_bytes long. On failure
 * ret_key is wiped. */
MUST_USE const char *key_file_read(const char *path, unsigned char *ret_key, size_t key_bytes);

/* The same of a key whose form has no fixed length, as PEM: 1 to bytes_max bytes. */
MUST_USE const char *key_file_read_form(const char *path, unsigned char *ret_form, size_t bytes_max,
                                        size_t *ret_length);

#endif
