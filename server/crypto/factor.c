#include "crypto/factor.h"

#include "crypto/mac.h"
#include "crypto/secret.h"

#include <liboath/oath.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 32, SECRET_BYTES = 20, STEP_S = 30, US_PER_S = 1000000, LABEL_BYTES = 48 };

struct factor_key {
    struct mac *mac;
};

struct factor_key *
factor_key_open(const char *path, const char **ret_reason)
{
    unsigned char     *bytes = secret_new(KEY_BYTES);
    struct factor_key *key = calloc(1, sizeof *key);

    *ret_reason = bytes == NULL || key == NULL ? "found no memory for its key"
                                               : key_file_read(path, bytes, KEY_BYTES);
    if (*ret_reason == NULL) {
        key->mac = mac_new(bytes, KEY_BYTES);
    } else {
        free(key);
        key = NULL;
    }
    secret_free(bytes, KEY_BYTES);
    return key;
}

void
factor_key_free(struct factor_key *key)
{
    if (key == NULL)
        return;
    mac_free(key->mac);
    free(key);
}

static void
secret_of(struct factor_key *key, int32_t operator_id, int16_t generation, unsigned char *ret_mac)
{
    char label[LABEL_BYTES];
    int  length = snprintf(label, sizeof label, "shikaku operator %d generation %d",
                           (int)operator_id, (int)generation);

    mac_make(key->mac, label, (size_t)length, ret_mac);
}

int64_t
factor_step(struct factor_key *key, int32_t operator_id, int16_t generation, struct span code,
            instant_t now)
{
    unsigned char secret[MAC_BYTES];
    char          fitting[FACTOR_CODE_DIGITS + 1];
    int64_t       step = 0, here = now / US_PER_S / STEP_S;

    if (code.length != FACTOR_CODE_DIGITS)
        return 0;
    secret_of(key, operator_id, generation, secret);
    for (int64_t at = here - 1; at <= here + 1; at++)
        if (oath_totp_generate((const char *)secret, SECRET_BYTES, (time_t)(at * STEP_S), STEP_S, 0,
                               FACTOR_CODE_DIGITS, fitting)
                == OATH_OK
            && CRYPTO_memcmp(fitting, code.bytes, FACTOR_CODE_DIGITS) == 0)
            step = at;
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(fitting, sizeof fitting);
    return step;
}

bool
factor_uri(struct factor_key *key, int32_t operator_id, int16_t generation,
           char ret_uri[FACTOR_URI_BYTES])
{
    unsigned char secret[MAC_BYTES];
    char         *base32 = NULL;
    int           length = -1;

    secret_of(key, operator_id, generation, secret);
    if (oath_base32_encode((const char *)secret, SECRET_BYTES, &base32, NULL) == OATH_OK)
        length = snprintf(ret_uri, FACTOR_URI_BYTES,
                          "otpauth://totp/Shikaku:operator-%d?secret=%s&issuer=Shikaku",
                          (int)operator_id, base32);
    OPENSSL_cleanse(secret, sizeof secret);
    if (base32 != NULL)
        OPENSSL_cleanse(base32, strlen(base32));
    free(base32);
    return length > 0 && length < FACTOR_URI_BYTES;
}
