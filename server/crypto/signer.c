#include "crypto/signer.h"

#include "crypto/digest.h"
#include "crypto/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <unistd.h>

enum { PEM_SIZE = 1024 };

/* Both kinds of key are OpenSSL's own, with the id beside it. */
struct signer {
    EVP_PKEY     *key;
    unsigned char id[SIGNER_ID_BYTES];
};

struct verifier {
    EVP_PKEY     *key;
    unsigned char id[SIGNER_ID_BYTES];
};

static void
must(bool is_done)
{
    if (!is_done)
        abort();
}

static void
find_id(EVP_PKEY *key, unsigned char ret_id[SIGNER_ID_BYTES])
{
    unsigned char  digest[DIGEST_BYTES];
    unsigned char *der = NULL;
    int            length = i2d_PUBKEY(key, &der);

    must(length > 0);
    digest_whole(der, (size_t)length, digest);
    memcpy(ret_id, digest, SIGNER_ID_BYTES);
    OPENSSL_free(der);
}

/* ---- making --------------------------------------------------------------------------------- */

static void
add_and_free(BIO *bio, struct text *text)
{
    char *bytes = NULL;
    long  length = BIO_get_mem_data(bio, &bytes);

    must(length > 0);
    text_add(text, span_make(bytes, (size_t)length));
    BIO_free(bio);
}

void
signer_make(struct text *ret_private_pem, struct text *ret_public_pem)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO      *secret = BIO_new(BIO_s_secmem());
    BIO      *open = BIO_new(BIO_s_mem());

    must(key != NULL && secret != NULL && open != NULL);
    must(PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) == 1);
    must(PEM_write_bio_PUBKEY(open, key) == 1);
    add_and_free(secret, ret_private_pem);
    add_and_free(open, ret_public_pem);
    EVP_PKEY_free(key);
}

/* ---- signing -------------------------------------------------------------------------------- */

/* A key that wants a password must not ask for one on the terminal of a server. */
static int
no_password(char *place, int size, int is_for_writing, void *owner)
{
    (void)place;
    (void)size;
    (void)is_for_writing;
    (void)owner;
    return -1;
}

/* NULL for anything but one Ed25519 key. */
static EVP_PKEY *
parse(const unsigned char *pem, size_t length, bool is_private)
{
    BIO      *bio = BIO_new_mem_buf(pem, (int)length);
    EVP_PKEY *key;

    must(bio != NULL);
    key = is_private ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL)
                     : PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
    BIO_free(bio);
    if (key != NULL && EVP_PKEY_is_a(key, "ED25519") == 1)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

struct signer *
signer_open(const char *path, const char **reterr_reason)
{
    unsigned char pem[PEM_SIZE];
    size_t        length = 0;

    *reterr_reason = key_file_read_form(path, pem, sizeof pem, &length);
    if (*reterr_reason != NULL)
        return NULL;
    EVP_PKEY *key = parse(pem, length, true);
    explicit_bzero(pem, sizeof pem);
    if (key == NULL) {
        *reterr_reason = "is not an Ed25519 private key in PEM";
        return NULL;
    }
    struct signer *signer = calloc(1, sizeof *signer);
    must(signer != NULL);
    signer->key = key;
    find_id(key, signer->id);
    return signer;
}

void
signer_free(struct signer *signer)
{
    if (signer != NULL)
        EVP_PKEY_free(signer->key);
    free(signer);
}

const unsigned char *
signer_id(const struct signer *signer)
{
    return signer->id;
}

void
signer_sign(const struct signer *signer, struct span bytes,
            unsigned char ret_signature[SIGNATURE_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t      length = SIGNATURE_BYTES;

    must(context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) == 1);
    must(EVP_DigestSign(context, ret_signature, &length, (const unsigned char *)bytes.bytes,
                        bytes.length)
         == 1);
    must(length == SIGNATURE_BYTES);
    EVP_MD_CTX_free(context);
}

/* ---- checking ------------------------------------------------------------------------------- */

/* A public key is no secret: any file will do. */
static const char *
read_public(const char *path, unsigned char pem[PEM_SIZE], size_t *ret_length)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return "cannot be opened";
    ssize_t length = read(file, pem, PEM_SIZE);
    close(file);
    *ret_length = length < 0 ? 0 : (size_t)length;
    return length < 0 ? "cannot be read" : NULL;
}

struct verifier *
verifier_open(const char *path, const char **reterr_reason)
{
    unsigned char pem[PEM_SIZE];
    size_t        length = 0;

    *reterr_reason = read_public(path, pem, &length);
    if (*reterr_reason != NULL)
        return NULL;
    EVP_PKEY *key = parse(pem, length, false);
    if (key == NULL) {
        *reterr_reason = "is not an Ed25519 public key in PEM";
        return NULL;
    }
    struct verifier *verifier = calloc(1, sizeof *verifier);
    must(verifier != NULL);
    verifier->key = key;
    find_id(key, verifier->id);
    return verifier;
}

void
verifier_free(struct verifier *verifier)
{
    if (verifier != NULL)
        EVP_PKEY_free(verifier->key);
    free(verifier);
}

const unsigned char *
verifier_id(const struct verifier *verifier)
{
    return verifier->id;
}

bool
verifier_accepts(const struct verifier *verifier, struct span bytes,
                 const unsigned char signature[SIGNATURE_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    must(context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, verifier->key) == 1);
    bool is_accepted = EVP_DigestVerify(context, signature, SIGNATURE_BYTES,
                                        (const unsigned char *)bytes.bytes, bytes.length)
                       == 1;
    EVP_MD_CTX_free(context);
    return is_accepted;
}
