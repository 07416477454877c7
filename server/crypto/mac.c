#include "crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdint.h>
#include <stdlib.h>

/* The opaque struct mac is OpenSSL's context itself. */

static void
must(bool is_done)
{
    if (!is_done)
        abort();
}

struct mac *
mac_new(const void *key, size_t key_bytes)
{
    EVP_MAC     *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(algorithm);
    char         digest[] = "SHA256";
    OSSL_PARAM   params[] = {
          OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
          OSSL_PARAM_construct_end(),
    };

    must(context != NULL && EVP_MAC_init(context, key, key_bytes, params) == 1);
    EVP_MAC_free(algorithm);
    return (struct mac *)context;
}

void
mac_free(struct mac *mac)
{
    EVP_MAC_CTX_free((EVP_MAC_CTX *)mac);
}

/* Starting again without a key goes back to the state after the key: no memory, no key schedule. */
void
mac_make(struct mac *mac, const void *bytes, size_t length, unsigned char *ret_mac)
{
    EVP_MAC_CTX *context = (EVP_MAC_CTX *)mac;
    size_t       mac_bytes = 0;

    must(EVP_MAC_init(context, NULL, 0, NULL) == 1);
    must(EVP_MAC_update(context, bytes, length) == 1);
    must(EVP_MAC_final(context, ret_mac, &mac_bytes, MAC_BYTES) == 1);
}

static OSSL_PARAM
octets(const char *name, struct span bytes)
{
    /* OpenSSL takes inputs through a pointer to non-const and does not write to it. */
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)bytes.bytes, bytes.length);
}

void
key_derive(struct span master, struct span salt, struct span label, unsigned char *ret_key,
           size_t key_bytes)
{
    EVP_KDF     *algorithm = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(algorithm);
    char         digest[] = "SHA256";
    OSSL_PARAM   params[5];
    size_t       count = 0;

    params[count++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    params[count++] = octets(OSSL_KDF_PARAM_KEY, master);
    params[count++] = octets(OSSL_KDF_PARAM_INFO, label);
    if (salt.length > 0)
        params[count++] = octets(OSSL_KDF_PARAM_SALT, salt);
    params[count] = OSSL_PARAM_construct_end();
    must(context != NULL && EVP_KDF_derive(context, ret_key, key_bytes, params) == 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(algorithm);
}
