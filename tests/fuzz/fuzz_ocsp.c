/*
 * fuzz_ocsp: any bytes as a responder's answer about a card. Nobody has the authority's key, so
 * none ever counts, whatever it looks like.
 */
#include "card_seed.h"

#include "crypto/ocsp.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct card_trust    *trust;
    static struct ocsp_question *question;
    struct ocsp_answer           answer = { .until = -1 };

    if (trust == NULL) {
        trust = load();
        question = ocsp_question_new(trust, span_make((const char *)card_der, sizeof card_der));
    }
    assert(question != NULL && ocsp_question_bytes(question).length > 0);
    enum ocsp_fault fault =
        ocsp_read(question, trust, span_make((const char *)data, size), NOW, &answer);
    assert(fault != OCSP_FINE && fault < OCSP_FAULT_COUNT && answer.until == -1);
    assert(ocsp_fault_name(fault) != NULL);
    return 0;
}
