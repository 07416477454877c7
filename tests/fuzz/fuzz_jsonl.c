/*
 * fuzz_jsonl: a file of JSON lines; see intake_run.h.
 */
#include "intake_run.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file(data, size, FORMAT_JSON_LINES, PACKING_NONE, CHARSET_UTF8);
}
