/*
 * fuzz_packing: a packed CSV file, gzip where the first byte is even and zstd where it is odd.
 */
#include "intake_run.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    return fuzz_file(data + 1, size - 1, FORMAT_CSV, data[0] % 2 == 0 ? PACKING_GZIP : PACKING_ZSTD,
                     CHARSET_UTF8);
}
