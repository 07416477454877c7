/*
 * fuzz_cp932: a CSV file in CP932; see intake_run.h.
 */
#include "intake_run.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file(data, size, FORMAT_CSV, PACKING_NONE, CHARSET_CP932);
}
