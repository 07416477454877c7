/*
 * vault: personal numbers, sealed and found again.
 *
 * Shape   a folder of keys, 1.key, 2.key and so on, 64 bytes each: 32 to seal with, 32 for the
 *         blind index. The highest number seals what is new; every other one still opens what it
 *         sealed. Sealed is nonce, ciphertext and tag of AES-256-GCM; the number of the link is
 *         associated data, so that a sealed number in another row does not open. The blind index
 *         finds a number without opening any. A key may be added to the folder at any time.
 * Units   bytes.
 * Errors  vault_open(): NULL and a reason to print. vault_unseal(): false when the key is unknown,
 *         or anything was changed. Sealing does not fail: without randomness or memory the process
 *         ends.
 * Owner   one thread at a time; vault_close() wipes, accepts NULL. Keys live in pages for secrets.
 *         The folder's name is the caller's and outlives the vault.
 * Source  NIST SP 800-38D: a nonce of 96 random bits, at most 2^32 seals under one key.
 */
#ifndef CRYPTO_VAULT_H
#define CRYPTO_VAULT_H

#include "base/attr.h"
#include "model/personal_number.h"

#include <stdbool.h>
#include <stdint.h>

enum { VAULT_KEYS_MAX = 32, VAULT_KEY_BYTES = 64, SEALED_BYTES = 40, NUMBER_INDEX_BYTES = 16 };

struct vault;

MUST_USE struct vault *vault_open(const char *folder, const char **reterr_reason);
void                   vault_close(struct vault *vault);

int  vault_newest(const struct vault *vault); /* number of the key that seals */
bool vault_has(const struct vault *vault, int key_number);

/* Whether the key is there, after a look into the folder if it was not. */
MUST_USE bool vault_learn(struct vault *vault, int key_number);

/* Under the newest key. */
void vault_seal(struct vault *vault, int64_t number_id, const struct personal_number *number,
                unsigned char ret_sealed[SEALED_BYTES]);
void vault_index(struct vault *vault, const struct personal_number *number,
                 unsigned char ret_index[NUMBER_INDEX_BYTES]);

/* Under an older key, while not all rows have the newest one. */
MUST_USE bool vault_index_under(struct vault *vault, int key_number,
                                const struct personal_number *number,
                                unsigned char                 ret_index[NUMBER_INDEX_BYTES]);

MUST_USE bool vault_unseal(struct vault *vault, int key_number, int64_t number_id,
                           const unsigned char     sealed[SEALED_BYTES],
                           struct personal_number *ret_number);

#endif
