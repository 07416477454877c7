#include "document/press.h"

#include "base/text.h"
#include "document/page.h"
#include "document/payload.h"

#include <string.h>

const char *
press_open(struct press *press, const char *document_key, const char *issuer)
{
    const char *reason = NULL;

    *press = (struct press){ 0 };
    if (document_key[0] == '\0')
        return NULL;
    struct text name = text_in(press->issuer, sizeof press->issuer);
    text_add_string(&name, issuer);
    if (name.is_full || !document_issuer_is_sound(text_span(&name)))
        return "document_issuer is not a name of a to z, digits, '.' and '-', up to 40";
    if (!page_has_fonts())
        return "no fonts for documents: fonts-ipaexfont-gothic has them";
    press->signer = signer_open(document_key, &reason);
    return reason;
}

void
press_close(struct press *press)
{
    if (press->signer != NULL)
        page_end();
    signer_free(press->signer);
    press->signer = NULL;
}

static enum fault
write_payload(const struct press *press, enum document_kind kind, struct document_fields *fields,
              struct text *payload, struct blame *blame)
{
    enum fault fault = payload_write(kind, fields, press->signer, payload, blame);

    if (fault != FAULT_FIELD_TOO_LONG || span_is_empty(fields->name_kana)
        || strcmp(blame->field, "name") != 0)
        return fault;
    fields->name_kana = (struct span){ 0 };
    return payload_write(kind, fields, press->signer, payload, blame);
}

enum fault
press_make(const struct press *press, enum document_kind kind, const struct document_fields *fields,
           struct arena *arena, struct pressed *ret_pressed, struct blame *reterr_blame)
{
    struct document_fields all = *fields;

    if (!press_is_ready(press))
        return FAULT_DOCUMENTS_AWAY;
    all.issuer = span_of(press->issuer);
    char *place = arena_take_raw(arena, PAYLOAD_SIZE);
    char *page = arena_take_raw(arena, PAGE_BYTES_MAX);
    if (place == NULL || page == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text payload = text_in(place, PAYLOAD_SIZE);
    struct text pdf = text_in(page, PAGE_BYTES_MAX);
    enum fault  fault = write_payload(press, kind, &all, &payload, reterr_blame);
    if (fault == FAULT_NONE)
        fault = page_write(kind, &all, text_span(&payload), &pdf, &ret_pressed->unknown_characters);
    if (fault != FAULT_NONE)
        return fault;
    arena_shrink(arena, page, pdf.length + 1);
    ret_pressed->payload = text_span(&payload);
    ret_pressed->pdf = text_span(&pdf);
    return FAULT_NONE;
}
