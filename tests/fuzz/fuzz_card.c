/*
 * fuzz_card: any bytes as a certificate and a signature. Whatever comes, it is one of the faults,
 * or it is proven, which only the two seeds can be.
 */
#include "crypto/card.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An authority and a list for this test alone; its key is nowhere. */
static const char authority[] = "-----BEGIN CERTIFICATE-----\n"
                                "MIIB0zCCAXmgAwIBAgIBATAKBggqhkjOPQQDAjBfMQswCQYDVQQGEwJKUDEWMBQG\n"
                                "A1UECgwNU2hpa2FrdSB0ZXN0czEhMB8GA1UECwwYQ2FyZCBhdXRob3JpdHkgZm9y\n"
                                "IHRlc3RzMRUwEwYDVQQDDAxGdXp6ZWQgY2FyZHMwHhcNMjUxMDIzMTczMTA0WhcN\n"
                                "NDcwOTE4MTczMTA0WjBfMQswCQYDVQQGEwJKUDEWMBQGA1UECgwNU2hpa2FrdSB0\n"
                                "ZXN0czEhMB8GA1UECwwYQ2FyZCBhdXRob3JpdHkgZm9yIHRlc3RzMRUwEwYDVQQD\n"
                                "DAxGdXp6ZWQgY2FyZHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT9KDlWT9Y3\n"
                                "iF4zriK7UVN/gUqGxECr80YLlmBGA6n7+6/Ahqo6fWYHBaB5Ji4D7cJzjKJ6muTm\n"
                                "G2krheKzdOonoyYwJDASBgNVHRMBAf8ECDAGAQH/AgEAMA4GA1UdDwEB/wQEAwIB\n"
                                "BjAKBggqhkjOPQQDAgNIADBFAiA7OWAm7oBXsnB3Vfc5Z76/j6ndy52g83tGP/cV\n"
                                "c0gfIgIhAIYTR0QvQV//oV+SSBWTk02+EtzywAv7X5LUlNv79KMq\n"
                                "-----END CERTIFICATE-----\n";
static const char list[] = "-----BEGIN X509 CRL-----\n"
                           "MIHqMIGQAgEBMAoGCCqGSM49BAMCMF8xCzAJBgNVBAYTAkpQMRYwFAYDVQQKDA1T\n"
                           "aGlrYWt1IHRlc3RzMSEwHwYDVQQLDBhDYXJkIGF1dGhvcml0eSBmb3IgdGVzdHMx\n"
                           "FTATBgNVBAMMDEZ1enplZCBjYXJkcxcNMjYxMTI3MTYzMTA0WhgPMjEwOTAxMTYx\n"
                           "NzMxMDRaMAoGCCqGSM49BAMCA0kAMEYCIQDOTBZxciCGlZr3rZES/ZMj4mHSzEHl\n"
                           "m3L6aUEKssUOiAIhAI2G762IQmYziiBlH7RyICujYXgXvND/VHUDLhHwQ8Rk\n"
                           "-----END X509 CRL-----\n";

static const char message[] = "the challenge of the fuzzer";

/* Within the validity of the seeds. */
static const instant_t NOW = INT64_C(1795887064) * 1000000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_file(char *path, const char *text)
{
    int file = mkstemp(path);

    if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text) || close(file) != 0)
        abort();
}

static struct card_trust *
load(void)
{
    char              authorities[] = "/tmp/fuzz_card_XXXXXX";
    char              revocations[] = "/tmp/fuzz_card_XXXXXX";
    char              reason[CARD_REASON_SIZE];
    struct card_files files = { .policy = CARD_POLICY_DEVELOPMENT };

    write_file(authorities, authority);
    write_file(revocations, list);
    files.authorities = authorities;
    files.revocations = revocations;
    struct card_trust *trust = card_trust_load(&files, reason);
    unlink(authorities);
    unlink(revocations);
    if (trust == NULL)
        abort();
    return trust;
}

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
