#include "crypto/vault.h"

#include "crypto/mac.h"
#include "crypto/random.h"
#include "crypto/secret.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NONCE_BYTES = 12, TAG_BYTES = 16, HALF_KEY_BYTES = 32, PATH_SIZE = 512, ID_BYTES = 8 };
enum { NONCES_AT_ONCE = 64 };

static const char seal_label[] = "shikaku personal number";

struct vault_key {
    EVP_CIPHER_CTX *seal; /* with the key schedule done */
    EVP_CIPHER_CTX *unseal;
    struct mac     *index;
};

struct vault {
    struct vault_key keys[VAULT_KEYS_MAX + 1]; /* by number */
    int              newest;
    const char      *folder;
    /* Drawn for many at once: the generator takes longer to ask than to answer. */
    unsigned char nonces[NONCES_AT_ONCE][NONCE_BYTES];
    size_t        nonces_left;
};

static void
must(bool is_done)
{
    if (!is_done)
        abort();
}

static EVP_CIPHER_CTX *
cipher_new(const unsigned char *key, bool seals)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    must(context != NULL);
    must(EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, NULL, seals ? 1 : 0, NULL) == 1);
    return context;
}

static void
take_key(struct vault *vault, int number, const unsigned char *key)
{
    vault->keys[number] =
        (struct vault_key){ .seal = cipher_new(key, true),
                            .unseal = cipher_new(key, false),
                            .index = mac_new(key + HALF_KEY_BYTES, HALF_KEY_BYTES) };
    if (number > vault->newest)
        vault->newest = number;
}

/* Those that are not there yet. */
static const char *
read_keys(struct vault *vault)
{
    char           path[PATH_SIZE];
    unsigned char *key = secret_new(VAULT_KEY_BYTES);
    const char    *reason = key == NULL ? "no memory for keys" : NULL;

    for (int number = 1; number <= VAULT_KEYS_MAX && reason == NULL; number++) {
        struct stat about;
        int         length = snprintf(path, sizeof path, "%s/%d.key", vault->folder, number);
        if (length < 0 || (size_t)length >= sizeof path)
            reason = "the path of the vault is too long";
        else if (!vault_has(vault, number) && lstat(path, &about) == 0
                 && (reason = key_file_read(path, key, VAULT_KEY_BYTES)) == NULL)
            take_key(vault, number, key);
    }
    secret_free(key, VAULT_KEY_BYTES);
    return reason == NULL && vault->newest == 0 ? "there is no key in the vault" : reason;
}

struct vault *
vault_open(const char *folder, const char **reterr_reason)
{
    struct vault *vault = secret_new(sizeof *vault);

    if (vault != NULL)
        vault->folder = folder;
    *reterr_reason = vault == NULL ? "no memory for keys" : read_keys(vault);
    if (*reterr_reason == NULL)
        return vault;
    vault_close(vault);
    return NULL;
}

void
vault_close(struct vault *vault)
{
    if (vault == NULL)
        return;
    for (int number = 1; number <= VAULT_KEYS_MAX; number++) {
        EVP_CIPHER_CTX_free(vault->keys[number].seal);
        EVP_CIPHER_CTX_free(vault->keys[number].unseal);
        mac_free(vault->keys[number].index);
    }
    secret_free(vault, sizeof *vault);
}

int
vault_newest(const struct vault *vault)
{
    return vault->newest;
}

bool
vault_has(const struct vault *vault, int key_number)
{
    return key_number >= 1 && key_number <= VAULT_KEYS_MAX && vault->keys[key_number].seal != NULL;
}

bool
vault_learn(struct vault *vault, int key_number)
{
    return vault_has(vault, key_number)
           || (read_keys(vault) == NULL && vault_has(vault, key_number));
}

static void
add_associated(EVP_CIPHER_CTX *context, int64_t number_id)
{
    unsigned char id[ID_BYTES];
    int           length;

    for (int i = 0; i < ID_BYTES; i++)
        id[i] = (unsigned char)((uint64_t)number_id >> (8 * (ID_BYTES - 1 - i)));
    must(EVP_CipherUpdate(context, NULL, &length, (const unsigned char *)seal_label,
                          sizeof seal_label - 1)
         == 1);
    must(EVP_CipherUpdate(context, NULL, &length, id, ID_BYTES) == 1);
}

static void
take_nonce(struct vault *vault, unsigned char *ret_nonce)
{
    if (vault->nonces_left == 0) {
        random_bytes(vault->nonces, sizeof vault->nonces);
        vault->nonces_left = NONCES_AT_ONCE;
    }
    memcpy(ret_nonce, vault->nonces[--vault->nonces_left], NONCE_BYTES);
}

void
vault_seal(struct vault *vault, int64_t number_id, const struct personal_number *number,
           unsigned char ret_sealed[SEALED_BYTES])
{
    EVP_CIPHER_CTX *context = vault->keys[vault->newest].seal;
    unsigned char  *text = ret_sealed + NONCE_BYTES;
    int             length;

    assert(personal_number_is_set(number));
    take_nonce(vault, ret_sealed);
    must(EVP_CipherInit_ex2(context, NULL, NULL, ret_sealed, 1, NULL) == 1);
    add_associated(context, number_id);
    must(EVP_CipherUpdate(context, text, &length, number->hidden, PERSONAL_NUMBER_DIGITS) == 1);
    must(EVP_CipherFinal_ex(context, text + PERSONAL_NUMBER_DIGITS, &length) == 1);
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES,
                             text + PERSONAL_NUMBER_DIGITS)
         == 1);
}

bool
vault_index_under(struct vault *vault, int key_number, const struct personal_number *number,
                  unsigned char ret_index[NUMBER_INDEX_BYTES])
{
    unsigned char whole[MAC_BYTES];

    if (!vault_has(vault, key_number))
        return false;
    mac_make(vault->keys[key_number].index, number->hidden, PERSONAL_NUMBER_DIGITS, whole);
    memcpy(ret_index, whole, NUMBER_INDEX_BYTES);
    return true;
}

void
vault_index(struct vault *vault, const struct personal_number *number,
            unsigned char ret_index[NUMBER_INDEX_BYTES])
{
    must(vault_index_under(vault, vault->newest, number, ret_index));
}

bool
vault_unseal(struct vault *vault, int key_number, int64_t number_id,
             const unsigned char sealed[SEALED_BYTES], struct personal_number *ret_number)
{
    unsigned char tag[TAG_BYTES];
    int           length;

    personal_number_wipe(ret_number);
    if (!vault_has(vault, key_number))
        return false;
    EVP_CIPHER_CTX *context = vault->keys[key_number].unseal;
    must(EVP_CipherInit_ex2(context, NULL, NULL, sealed, 0, NULL) == 1);
    add_associated(context, number_id);
    must(EVP_CipherUpdate(context, ret_number->hidden, &length, sealed + NONCE_BYTES,
                          PERSONAL_NUMBER_DIGITS)
         == 1);
    memcpy(tag, sealed + NONCE_BYTES + PERSONAL_NUMBER_DIGITS, TAG_BYTES);
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1);
    if (EVP_CipherFinal_ex(context, tag, &length) == 1)
        return true;
    personal_number_wipe(ret_number);
    return false;
}
