/*
 * mac: HMAC-SHA-256 with a key that is used many times, and keys derived from one.
 *
 * Shape   mac_new() does the work that depends on the key only; mac_make() then costs two blocks.
 * Units   MAC_BYTES.
 * Errors  none: without memory or an algorithm the process ends, since nothing can go on record
 *         then.
 * Owner   mac_free() wipes and frees; accepts NULL. One thread at a time.
 * Source  HMAC: RFC 2104; HKDF: RFC 5869 (SHA-256).
 */
#ifndef CRYPTO_MAC_H
#define CRYPTO_MAC_H

#include "base/span.h"

enum { MAC_BYTES = 32 };

struct mac;

struct mac *mac_new(const void *key, size_t key_bytes);
void        mac_free(struct mac *mac);
void        mac_make(struct mac *mac, const void *bytes, size_t length, unsigned char *ret_mac);

/* HKDF: extract with salt (may be empty), expand with label, key_bytes out. */
void key_derive(struct span master, struct span salt, struct span label, unsigned char *ret_key,
                size_t key_bytes);

#endif
