/*
 * fuzz_document: what somebody scans. The first byte chooses: the text as it is; or as a body that
 * our own key has signed. What is believed is written again as the same text, and no text that we
 * did not sign is believed.
 */
#include "document/base32.h"
#include "document/payload.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PEM_SIZE = 512 };

static struct signer   *signer;
static struct verifier *verifier;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put(char *path, const struct text *pem)
{
    int file = mkstemp(path);

    assert(file >= 0 && write(file, pem->bytes, pem->length) == (ssize_t)pem->length);
    close(file);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char key_path[] = "/tmp/fuzz-key-XXXXXX";
    char public_path[] = "/tmp/fuzz-public-XXXXXX";
    char key[PEM_SIZE];
    char public[PEM_SIZE];
    struct text key_pem = text_in(key, sizeof key);
    struct text public_pem = text_in(public, sizeof public);
    const char *reason;

    (void)argc;
    (void)argv;
    signer_make(&key_pem, &public_pem);
    put(key_path, &key_pem);
    put(public_path, &public_pem);
    signer = signer_open(key_path, &reason);
    verifier = verifier_open(public_path, &reason);
    assert(signer != NULL && verifier != NULL);
    unlink(key_path);
    unlink(public_path);
    return 0;
}

static void
check_again(const struct payload *payload, struct span text)
{
    char         place[PAYLOAD_SIZE];
    struct text  again = text_in(place, sizeof place);
    struct blame blame = { 0 };

    enum fault fault = payload_write(payload->kind, &payload->fields, signer, &again, &blame);
    assert(fault == FAULT_NONE && span_equal(text_span(&again), text));
    (void)payload_on_day(payload, payload->fields.issuer, payload->fields.issued_on);
}

static void
read_signed(struct span body)
{
    char           place[2 * PAYLOAD_SIZE];
    unsigned char  signature[SIGNATURE_BYTES];
    struct text    text = text_in(place, sizeof place);
    struct payload payload;

    text_add_string(&text, "SHIKAKU1:");
    base32_add(&text, signer_id(signer), SIGNER_ID_BYTES);
    text_add_byte(&text, ':');
    base32_add(&text, body.bytes, body.length);
    signer_sign(signer, text_span(&text), signature);
    text_add_byte(&text, ':');
    base32_add(&text, signature, sizeof signature);
    if (!text.is_full && payload_read(text_span(&text), verifier, &payload) == PAYLOAD_HOLDS)
        check_again(&payload, text_span(&text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct payload payload;

    if (size == 0)
        return 0;
    struct span rest = span_make((const char *)data + 1, size - 1);
    if ((data[0] & 1) != 0)
        read_signed(rest);
    else
        assert(payload_read(rest, verifier, &payload) != PAYLOAD_HOLDS);
    return 0;
}
