/*
 * random: bytes that nobody can guess.
 *
 * Errors  random_bytes(): none; without randomness the process ends, since a guessable key is
 *         worse.
 * Source  OpenSSL's RAND_priv_bytes, seeded by getrandom(2).
 */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>

void random_bytes(void *ret_bytes, size_t length);

#endif
