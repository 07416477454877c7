/*
 * fuzz_card: any bytes as a certificate and a signature. Whatever comes, it is one of the faults,
 * or it is proven, which only the two seeds can be.
 */
#include "card_seed.h"

#include <assert.h>
#include <stdint.h>

static const char message[] = "the challenge of the fuzzer";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct card_trust *trust;

    if (trust == NULL)
        trust = load();
    if (size < 2)
        return 0;
    size_t length = (size_t)data[0] << 8 | data[1];
    if (length > size - 2)
        length = size - 2;
    struct card_facts facts = { .serial = "" };
    struct card_proof proof = {
        .certificate = span_make((const char *)data + 2, length),
        .message = span_of(message),
        .signature = span_make((const char *)data + 2 + length, size - 2 - length),
    };
    enum card_fault fault = card_verify(trust, &proof, NOW, NOW, &facts);
    assert(fault < CARD_FAULT_COUNT);
    assert((fault == CARD_SOUND) == (facts.serial[0] != '\0'));
    return 0;
}
