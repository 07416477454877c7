#include "crypto/random.h"

#include <openssl/rand.h>
#include <stdlib.h>

void
random_bytes(void *ret_bytes, size_t length)
{
    if (RAND_priv_bytes_ex(NULL, ret_bytes, length, 0) != 1)
        abort();
}
