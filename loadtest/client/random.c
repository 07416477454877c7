#include "random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

bool
uuid_maker_open(struct uuid_maker *maker, struct complaint *reterr_complaint)
{
    if (getrandom(maker, sizeof *maker, 0) == (ssize_t)sizeof *maker)
        return true;
    complain(reterr_complaint, "no random numbers from the kernel: %s", strerror(errno));
    return false;
}

static char *
nibbles_write(char *out, uint64_t bits, unsigned count)
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned i = count; i-- > 0;)
        *out++ = digits[(bits >> (4 * i)) & 15];
    return out;
}

void
uuid_write(struct uuid_maker *maker, char *out)
{
    uint64_t high = random_next(&maker->high);
    uint64_t low = random_next(&maker->low);

    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);     /* version 4 */
    low = (low & ~(UINT64_C(3) << 62)) | (UINT64_C(2) << 62); /* variant */
    out = nibbles_write(out, high >> 32, 8);
    *out++ = '-';
    out = nibbles_write(out, high >> 16, 4);
    *out++ = '-';
    out = nibbles_write(out, high, 4);
    *out++ = '-';
    out = nibbles_write(out, low >> 48, 4);
    *out++ = '-';
    nibbles_write(out, low, 12);
}
