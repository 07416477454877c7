/*
 * press: what one worker needs to issue documents.
 *
 * Shape   the key that signs and the name of who issues; a document goes in as its fields, and
 *         comes out as the text of its QR code and as a page.
 * Errors  press_open(): a reason to print, or NULL; where no key is set it opens all the same, and
 *         issues nothing: press_is_ready(). press_make(): FAULT_DOCUMENTS_AWAY without a key,
 *         FAULT_REQUEST_TOO_LARGE when the arena is full, and those of payload_write() and
 *         page_write().
 * Owner   the worker; what is made lives in the arena.
 * Source  schema/document/README.md.
 */
#ifndef DOCUMENT_PRESS_H
#define DOCUMENT_PRESS_H

#include "base/arena.h"
#include "crypto/signer.h"
#include "document/fields.h"

struct press {
    struct signer *signer;
    char           issuer[DOCUMENT_ISSUER_BYTES_MAX + 1];
};

struct pressed {
    struct span payload;
    struct span pdf;
    int32_t     unknown_characters; /* that no font on this server has */
};

const char *press_open(struct press *press, const char *document_key, const char *issuer);
void        press_close(struct press *press);

static inline bool
press_is_ready(const struct press *press)
{
    return press != NULL && press->signer != NULL;
}

/* The issuer of the fields is the press's own. Kana that do not fit into the code beside the name
 * stay away from both. */
MUST_USE enum fault press_make(const struct press *press, enum document_kind kind,
                               const struct document_fields *fields, struct arena *arena,
                               struct pressed *ret_pressed, struct blame *reterr_blame);

#endif
