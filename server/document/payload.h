/*
 * payload: the signed text in the QR code of a document.
 *
 * Shape   SHIKAKU1:KEY:BODY:SIGNATURE, of the characters that a QR code packs densest. The body is
 *         fifteen lines of UTF-8 in base32; the signature is over every character before the last
 *         colon, as it stands there. There is one payload for the same fields, kind and key. The
 *         insurer's name stays on the page: its number is what counts.
 * Units   bytes.
 * Errors  payload_write(): as document_fields_check(), and FAULT_FIELD_TOO_LONG for a name that
 *         makes it longer than PAYLOAD_LENGTH_MAX.
 *         payload_read(): a verdict; nothing is told of a body that nobody known has signed.
 * Owner   what is read borrows from struct payload's own body, so it must not be moved.
 * Source  schema/document/README.md, which is the contract with those who check.
 */
#ifndef DOCUMENT_PAYLOAD_H
#define DOCUMENT_PAYLOAD_H

#include "base/text.h"
#include "crypto/signer.h"
#include "document/fields.h"

enum {
    PAYLOAD_LENGTH_MAX = 970, /* a QR code of version 20, error correction M */
    PAYLOAD_SIZE = PAYLOAD_LENGTH_MAX + 1,
    PAYLOAD_BODY_BYTES_MAX = 525
};

enum payload_verdict {
    PAYLOAD_HOLDS,
    PAYLOAD_MALFORMED,       /* not of this form, or cut */
    PAYLOAD_VERSION_UNKNOWN, /* of a form that comes later */
    PAYLOAD_KEY_UNKNOWN,     /* signed, if at all, with another key */
    PAYLOAD_SIGNATURE_WRONG, /* not what was signed */
    PAYLOAD_ISSUER_OTHER,    /* the key is known, the name in it is not the expected one */
    PAYLOAD_NOT_YET,         /* issued after the day of the check */
    PAYLOAD_EXPIRED,         /* its last day has passed */
    PAYLOAD_VERDICT_COUNT
};

struct payload {
    enum document_kind     kind;
    struct document_fields fields; /* insurer_name is empty */
    char                   body[PAYLOAD_BODY_BYTES_MAX];
};

MUST_USE enum fault payload_write(enum document_kind kind, const struct document_fields *fields,
                                  const struct signer *signer, struct text *ret_text,
                                  struct blame *reterr_blame);

/* PAYLOAD_HOLDS, or why not; says nothing about the day or the issuer. */
MUST_USE enum payload_verdict payload_read(struct span text, const struct verifier *verifier,
                                           struct payload *ret_payload);

/* The rest of what must be checked. An empty issuer is any. */
MUST_USE enum payload_verdict payload_on_day(const struct payload *payload, struct span issuer,
                                             day_t today);

/* The fifteen lines, without signature; ret_fields borrows the body. */
MUST_USE bool payload_read_body(struct span body, enum document_kind *ret_kind,
                                struct document_fields *ret_fields);
void          payload_write_body(enum document_kind kind, const struct document_fields *fields,
                                 struct text *ret_text);

/* "signature_wrong", and one sentence in English. */
const char *payload_verdict_name(enum payload_verdict verdict);
const char *payload_verdict_text(enum payload_verdict verdict);

#endif
