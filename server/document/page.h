/*
 * page: a document as it is printed, one page of A4 in PDF.
 *
 * Shape   what stands on it and the text of its QR code → PDF. The same fields make the same bytes:
 *         its date of creation is the day of issue, and its properties name nobody.
 * Units   bytes.
 * Errors  FAULT_REQUEST_TOO_LARGE the text is full; FAULT_INTERNAL no font is there, or the library
 *         fails. A character that no font has is told by number, and drawn as its number.
 * Owner   writes into the caller's text. The libraries keep fonts for each thread that draws, until
 *         page_end() or its end.
 * Source  domain facts, part 6: 氏名, 生年月日, 記号・番号・枝番, 保険者, 資格取得日, 負担割合 (70 and over),
 *         有効期限, 交付日.
 */
#ifndef DOCUMENT_PAGE_H
#define DOCUMENT_PAGE_H

#include "base/text.h"
#include "document/fields.h"

enum { PAGE_BYTES_MAX = 192 * 1024 };

MUST_USE enum fault page_write(enum document_kind kind, const struct document_fields *fields,
                               struct span payload, struct text *ret_pdf,
                               int32_t *ret_unknown_characters);

/* Whether this server has the fonts that the form itself needs; finds them for this thread. */
MUST_USE bool page_has_fonts(void);

/* Lets go of the fonts that this thread keeps; the next page finds them anew. */
void page_end(void);

#endif
