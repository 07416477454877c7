#include "crypto/pseudonym.h"

#include "base/attr.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HMAC_BYTES = 32 };

static void
must(int is_done)
{
    if (is_done != 1)
        abort(); /* without pseudonyms nothing may be answered */
}

static EVP_MAC_CTX *
keyed(const unsigned char *key, size_t key_bytes)
{
    EVP_MAC     *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    char         name[] = "SHA256";
    OSSL_PARAM   params[]
        = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
            OSSL_PARAM_construct_end() };

    must(context != NULL);
    must(EVP_MAC_init(context, key, key_bytes, params));
    EVP_MAC_free(mac);
    return context;
}

static void
hmac(EVP_MAC_CTX *ready, const void *bytes, size_t length, unsigned char *ret_mac)
{
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(ready);
    size_t       mac_bytes = 0;

    must(context != NULL);
    must(EVP_MAC_update(context, bytes, length));
    must(EVP_MAC_final(context, ret_mac, &mac_bytes, HMAC_BYTES));
    EVP_MAC_CTX_free(context);
}

static const char *
read_key(int file, unsigned char *key)
{
    struct stat   about;
    unsigned char more;

    if (fstat(file, &about) != 0)
        return "cannot be read";
    if ((about.st_mode & 077) != 0)
        return "may be read by others; its mode must be 0600";
    if (read(file, key, MASTER_KEY_BYTES) != MASTER_KEY_BYTES || read(file, &more, 1) != 0)
        return "is not 32 bytes long";
    return NULL;
}

const char *
pseudonym_keys_open(struct pseudonym_keys *keys, const char *path)
{
    *keys = (struct pseudonym_keys){ 0 };
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return "cannot be opened";
    const char *reason = read_key(file, keys->master);
    close(file);
    return reason;
}

void
pseudonym_keys_close(struct pseudonym_keys *keys)
{
    for (size_t i = 0; i < PSEUDONYM_YEARS; i++)
        EVP_MAC_CTX_free(keys->years[i].context);
    explicit_bzero(keys, sizeof *keys);
}

/* The year of a civil day; only telling years apart matters, so the mean year will do but for the
 * exact turn, which is computed. */
static int
year_of(day_t day)
{
    int64_t z = (int64_t)day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era
        = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    return (int)(year_of_era + era * 400 + (day_of_year >= 306));
}

static EVP_MAC_CTX *
context_of(struct pseudonym_keys *keys, int year)
{
    size_t at = (size_t)(year % PSEUDONYM_YEARS);

    if (keys->years[at].context != NULL && keys->years[at].year == year)
        return keys->years[at].context;
    char          label[48];
    unsigned char key[HMAC_BYTES];
    EVP_MAC_CTX  *master = keyed(keys->master, sizeof keys->master);
    snprintf(label, sizeof label, "shikaku access record pseudonym %d", year);
    hmac(master, label, strlen(label), key);
    EVP_MAC_CTX_free(master);
    EVP_MAC_CTX_free(keys->years[at].context);
    keys->years[at].context = keyed(key, sizeof key);
    keys->years[at].year = year;
    explicit_bzero(key, sizeof key);
    return keys->years[at].context;
}

void
pseudonym_make(struct pseudonym_keys *keys, day_t day, int64_t person_id,
               unsigned char *ret_pseudonym)
{
    unsigned char message[8];
    unsigned char mac[HMAC_BYTES];

    for (int i = 0; i < 8; i++)
        message[i] = (unsigned char)((uint64_t)person_id >> (56 - 8 * i));
    hmac(context_of(keys, year_of(day)), message, sizeof message, mac);
    memcpy(ret_pseudonym, mac, PSEUDONYM_BYTES);
}
