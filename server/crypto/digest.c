#include "crypto/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void
must(int is_done)
{
    if (is_done != 1)
        abort(); /* without digests nothing may be answered */
}

/* Looking the algorithm up costs more than a short digest does, so it is kept for ever. */
static EVP_MD *sha256;

static void
fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void
digest_start(struct digest *digest)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    must(pthread_once(&once, fetch) == 0 && sha256 != NULL);
    digest->context = EVP_MD_CTX_new();
    must(digest->context != NULL);
    must(EVP_DigestInit_ex2(digest->context, sha256, NULL));
}

void
digest_add(struct digest *digest, const void *bytes, size_t length)
{
    must(EVP_DigestUpdate(digest->context, bytes, length));
}

void
digest_end(struct digest *digest, unsigned char *ret_digest)
{
    must(EVP_DigestFinal_ex(digest->context, ret_digest, NULL));
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}

void
digest_end_short(struct digest *digest, unsigned char *ret_digest)
{
    unsigned char whole[DIGEST_BYTES];
    digest_end(digest, whole);
    memcpy(ret_digest, whole, DIGEST_SHORT_BYTES);
}

void
digest_whole(const void *bytes, size_t length, unsigned char *ret_digest)
{
    struct digest digest;
    digest_start(&digest);
    digest_add(&digest, bytes, length);
    digest_end(&digest, ret_digest);
}

void
digest_short(const void *bytes, size_t length, unsigned char *ret_digest)
{
    struct digest digest;
    digest_start(&digest);
    digest_add(&digest, bytes, length);
    digest_end_short(&digest, ret_digest);
}
