#include "crypto/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static void
must(int is_done)
{
    if (is_done != 1)
        abort(); /* without digests nothing may be answered */
}

void
digest_start(struct digest *digest)
{
    digest->context = EVP_MD_CTX_new();
    must(digest->context != NULL);
    must(EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL));
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
