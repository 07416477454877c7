/*
 * fuzz_csv: a CSV file in UTF-8; see intake_run.h.
 */
#include "intake_run.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file(data, size, FORMAT_CSV, PACKING_NONE, CHARSET_UTF8);
}
