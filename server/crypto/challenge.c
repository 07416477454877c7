#include "crypto/challenge.h"

#include "base/uuid.h"
#include "crypto/secret.h"

#include <openssl/crypto.h>
#include <string.h>

enum {
    VERSION = 1,
    TIME_AT = 1,
    MAC_AT = CHALLENGE_NUMBER_AT + CHALLENGE_NUMBER_BYTES,
    KEY_BYTES = 32,
    US_PER_S = 1000000
};

struct mac *
challenge_key_open(const char *path, const char **ret_reason)
{
    unsigned char *key = secret_new(KEY_BYTES);
    struct mac    *mac = NULL;

    *ret_reason = key == NULL ? "found no memory for its key" : key_file_read(path, key, KEY_BYTES);
    if (*ret_reason == NULL)
        mac = mac_new(key, KEY_BYTES);
    secret_free(key, KEY_BYTES);
    return mac;
}

static void
put_number(unsigned char *place, uint64_t number)
{
    for (int i = 7; i >= 0; i--, number >>= 8)
        place[i] = (unsigned char)(number & 0xff);
}

static uint64_t
get_number(const unsigned char *place)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | place[i];
    return number;
}

static void
sign(struct mac *key, const struct challenge_terms *terms, const unsigned char *challenge,
     unsigned char *ret_mac)
{
    unsigned char message[MAC_AT + 16];

    memcpy(message, challenge, MAC_AT);
    put_number(message + MAC_AT, (uint64_t)(uint32_t)terms->facility_id);
    put_number(message + MAC_AT + 8, (uint64_t)terms->certificate_id);
    mac_make(key, message, sizeof message, ret_mac);
}

void
challenge_make(struct mac *key, const struct challenge_terms *terms, unsigned char *ret_challenge)
{
    ret_challenge[0] = VERSION;
    put_number(ret_challenge + TIME_AT, (uint64_t)(terms->now / US_PER_S));
    uuid_make(ret_challenge + CHALLENGE_NUMBER_AT);
    sign(key, terms, ret_challenge, ret_challenge + MAC_AT);
}

bool
challenge_check(struct mac *key, const struct challenge_terms *terms,
                const unsigned char *challenge, unsigned char *ret_number)
{
    unsigned char mac[MAC_BYTES];

    sign(key, terms, challenge, mac);
    if (challenge[0] != VERSION || CRYPTO_memcmp(mac, challenge + MAC_AT, MAC_BYTES) != 0)
        return false;
    int64_t age_s = terms->now / US_PER_S - (int64_t)get_number(challenge + TIME_AT);
    memcpy(ret_number, challenge + CHALLENGE_NUMBER_AT, CHALLENGE_NUMBER_BYTES);
    return age_s >= 0 && age_s <= terms->life_s;
}
