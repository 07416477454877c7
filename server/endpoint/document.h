/*
 * document: what of a dossier stands on a document, and the document itself as it leaves.
 *
 * Shape   a person, one of the person's coverages, and days → the signed text of the QR code and
 *         the page in PDF, as base64.
 * Errors  document_make(): FAULT_DOCUMENTS_AWAY; FAULT_STATE_WRONG, with the field, for what is
 *         registered and no document can say; FAULT_REQUEST_TOO_LARGE, FAULT_INTERNAL.
 * Owner   everything lives in the request's arena.
 * Source  schema/document/README.md.
 */
#ifndef ENDPOINT_DOCUMENT_H
#define ENDPOINT_DOCUMENT_H

#include "document/fields.h"
#include "model/dossier.h"
#include "request/request.h"
#include "wire/out.h"

struct document_wish {
    enum document_kind             kind;
    const struct dossier          *person;
    const struct dossier_coverage *coverage;
    day_t                          on; /* whose burden is stated */
    day_t                          issued_on;
    day_t                          valid_until; /* the last day; DAY_UNKNOWN */
};

struct document_view {
    struct span payload;
    struct span pdf;
    int32_t     unknown_characters; /* that no font here has; -1: none */
};

extern const struct out_row document_view_rows[];

/* Percent; BURDEN_NOT_STATED below 70, or where none is registered. */
int16_t document_burden(const struct dossier *person, const struct dossier_coverage *coverage,
                        day_t on);

/* The last day on which that burden may be relied on: of those of 70 to 74 the end of what is
 * registered, or else the next 31 July, and no later than the last day before 75. DAY_UNKNOWN
 * where no burden is stated, and from 75 on. */
day_t document_burden_until(const struct dossier *person, const struct dossier_coverage *coverage,
                            day_t on);

MUST_USE enum fault document_make(struct request *r, const struct document_wish *wish,
                                  struct document_view *ret_view);

/* How long it is as JSON, at most. */
size_t document_room(const struct document_view *view);

#endif
