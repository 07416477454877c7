/*
 * fault: everything that can go wrong, in one table.
 *
 * Shape   enum fault travels; its row gives the stable code on the wire, the HTTP status, whether
 *         the same request may succeed later, whether it is our own defect, and its meaning.
 *         struct blame names the field at fault and why; never a value.
 * Owner   constant tables; a blame borrows constant texts.
 * Source  RFC 9457; the page of errors (schema/api/errors.md) is printed from this table.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stable numbers: they are stored in access records. New ones go at the end. */
enum fault {
    FAULT_NONE = 0,
    /* the request as a message */
    FAULT_METHOD_UNKNOWN,
    FAULT_METHOD_NOT_ALLOWED,
    FAULT_PATH_UNKNOWN,
    FAULT_HEADER_MISSING,
    FAULT_HEADER_MALFORMED,
    FAULT_MEDIA_TYPE,
    FAULT_NOT_ACCEPTABLE,
    FAULT_BODY_TOO_LARGE,
    FAULT_BODY_MISSING,
    FAULT_BODY_LATE,
    FAULT_JSON_MALFORMED,
    FAULT_REQUEST_TOO_LARGE,
    FAULT_QUERY_STRING,
    /* the fields */
    FAULT_FIELD_MISSING,
    FAULT_FIELD_MALFORMED,
    FAULT_FIELD_UNKNOWN,
    FAULT_FIELD_TOO_LONG,
    FAULT_CHECK_DIGIT,
    FAULT_PERSONAL_NUMBER,
    /* who asks */
    FAULT_CERTIFICATE_UNKNOWN,
    FAULT_CERTIFICATE_REVOKED,
    FAULT_CERTIFICATE_PURPOSE,
    FAULT_FACILITY_NOT_ADMITTED,
    FAULT_FACILITY_SUSPENDED,
    FAULT_NOT_PERMITTED,
    /* the same again, and state */
    FAULT_REQUEST_ID_REUSED,
    FAULT_NOT_FOUND,
    FAULT_STILL_RUNNING,
    FAULT_GONE,
    FAULT_ITEMS_TOO_MANY,
    FAULT_JOBS_TOO_MANY,
    /* the registry */
    FAULT_STORE_BUSY,
    FAULT_STORE_LOST,
    FAULT_STORE_LATE,
    FAULT_STORE_REFUSED,
    FAULT_DRAINING,
    FAULT_DIRECTORY_STALE,
    FAULT_INTERNAL,
    /* insurers */
    FAULT_INSURER_CLOSED,
    FAULT_NAME_REUSED,
    FAULT_ALREADY_SETTLED,
    FAULT_ANSWER_UNFIT,
    FAULT_COVERAGE_OVERLAPS,
    FAULT_SEVERAL_PERSONS,
    FAULT_BATCH_KEY_REUSED,
    FAULT_BATCH_STATE,
    FAULT_BATCH_SAME_PERSON,
    FAULT_UPLOADS_TOO_MANY,
    FAULT_UPLOAD_BUSY,
    FAULT_UPLOAD_OFFSET,
    FAULT_UPLOAD_LENGTH,
    FAULT_UPLOAD_DIGEST,
    FAULT_SPOOL_FULL,
    FAULT_SPOOL_FAILED,
    /* cards and visits */
    FAULT_CHALLENGE_UNKNOWN,
    FAULT_CHALLENGE_USED,
    FAULT_CARD_NOT_PROVEN,
    FAULT_CARD_EXPIRED,
    FAULT_CARD_REVOKED,
    FAULT_CARD_CHECK_AWAY,
    FAULT_VISIT_OVER,
    FAULT_DISASTER_CLOSED,
    FAULT_SESSION_OVER,
    /* the office */
    FAULT_SECOND_FACTOR,
    FAULT_ETAG_MISSING,
    FAULT_ETAG_DIFFERS,
    FAULT_STATE_WRONG,
    FAULT_THERE_ALREADY,
    FAULT_BUDGET_SPENT,
    /* documents that people carry */
    FAULT_DOCUMENTS_AWAY,
    FAULT_COUNT
};

struct fault_row {
    const char *code; /* stable name on the wire and in logs; never reused */
    uint16_t    http_status;
    bool        retry_helps; /* the same request, sent again later, may succeed */
    bool        is_our_bug;  /* logged at error level and counted on the alarm metric */
    const char *title;       /* one sentence for an integrator */
    const char *title_ja;    /* the same, for the people at the desk */
};

struct blame {
    const char *field;  /* "birth_date", or NULL when no single field is at fault */
    const char *reason; /* "not a calendar day" */
};

/* Asserts that the fault is one of the enum. */
const struct fault_row *fault_info(enum fault fault);

#endif
