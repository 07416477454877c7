/*
 * signer: Ed25519, the registry's signature under what it issues to be checked without it.
 *
 * Shape   a signer holds a private key, a verifier a public one; both know the key's id, which is
 *         the first SIGNER_ID_BYTES of SHA-256 over the public key in DER (SubjectPublicKeyInfo),
 *         so that `openssl pkey -pubin -outform DER | sha256sum` shows it.
 * Units   bytes.
 * Errors  _open(): NULL and a reason to print. Signing does not fail: without memory the process
 *         ends. verifier_accepts(): false for anything but the signature of exactly these bytes.
 * Owner   _open gives, _free takes back and wipes; accepts NULL. Any number of threads may use one
 *         at the same time.
 * Source  RFC 8032 (Ed25519, pure), RFC 8410 (PKCS #8 and SubjectPublicKeyInfo).
 */
#ifndef CRYPTO_SIGNER_H
#define CRYPTO_SIGNER_H

#include "base/attr.h"
#include "base/span.h"
#include "base/text.h"

enum { SIGNATURE_BYTES = 64, SIGNER_ID_BYTES = 10 };

struct signer;
struct verifier;

/* A new key: the private one as PKCS #8, the public one as SubjectPublicKeyInfo, both PEM. */
void signer_make(struct text *ret_private_pem, struct text *ret_public_pem);

/* A PEM file of ours, not a link, mode 0600 or less. */
MUST_USE struct signer *signer_open(const char *path, const char **reterr_reason);
void                    signer_free(struct signer *signer);

const unsigned char *signer_id(const struct signer *signer);
void                 signer_sign(const struct signer *signer, struct span bytes,
                                 unsigned char ret_signature[SIGNATURE_BYTES]);

MUST_USE struct verifier *verifier_open(const char *path, const char **reterr_reason);
void                      verifier_free(struct verifier *verifier);

const unsigned char *verifier_id(const struct verifier *verifier);
MUST_USE bool        verifier_accepts(const struct verifier *verifier, struct span bytes,
                                      const unsigned char signature[SIGNATURE_BYTES]);

#endif
