/*
 * fields: what stands on a document that an insured person carries.
 *
 * Shape   資格確認書 (certificate), which is enough at the desk of a facility and ends on a day; and
 *         資格情報のお知らせ (notice), which goes with the card and need not end. Both say the same of
 *         the person. A personal number has no place here.
 * Units   limits are bytes of UTF-8; days are day_t; the burden is percent.
 * Errors  FAULT_FIELD_MISSING    what every document must say, or the end of a certificate
 *         FAULT_FIELD_TOO_LONG   beyond its limit
 *         FAULT_FIELD_MALFORMED  not UTF-8, a control character, a code or a day that is none,
 *                                an end before the day of issue
 *         FAULT_CHECK_DIGIT      of the insurer's number
 *         FAULT_PERSONAL_NUMBER  twelve digits that are one, in any text
 *         The blame names the first field at fault, by its name on the wire; never a value.
 * Owner   borrows every text.
 * Source  domain facts, part 6 (健康保険法施行規則 47条 and 51条の3).
 */
#ifndef DOCUMENT_FIELDS_H
#define DOCUMENT_FIELDS_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/span.h"

enum {
    DOCUMENT_ISSUER_BYTES_MAX = 40,
    DOCUMENT_NAME_BYTES_MAX = 300, /* 100 characters */
    DOCUMENT_CARD_BYTES_MAX = 60   /* symbol, number: 20 characters */
};

/* Stable numbers: their letters stand in signed texts for ever. */
enum document_kind { DOCUMENT_CERTIFICATE = 1, DOCUMENT_NOTICE = 2, DOCUMENT_KIND_END };

enum { BURDEN_NOT_STATED = -1 };

struct document_fields {
    struct span issuer;         /* the registry that signs: a to z, digits, '.' and '-' */
    struct span insurer_number; /* eight digits */
    struct span insurer_name;
    struct span symbol; /* may be empty, as for 後期高齢者医療 */
    struct span number;
    struct span branch_number; /* two digits, or empty */
    int16_t     relation;      /* enum relation; 0: not stated */
    struct span name;
    struct span name_kana; /* may be empty */
    day_t       birth_date;
    int16_t     sex; /* enum sex */
    day_t       acquired_on;
    int16_t     burden_ratio; /* 0, 10, 20, 30; BURDEN_NOT_STATED: need not stand, < 70 */
    day_t       issued_on;
    day_t       valid_until; /* the last day; DAY_UNKNOWN: a notice without end */
};

/* "certificate", "notice"; and NULL at the end. */
extern const char *const document_kind_names[];

/* a to z, digits, '.' and '-', at least one. */
MUST_USE bool document_issuer_is_sound(struct span issuer);

MUST_USE enum fault document_fields_check(enum document_kind            kind,
                                          const struct document_fields *fields,
                                          struct blame                 *reterr_blame);

#endif
