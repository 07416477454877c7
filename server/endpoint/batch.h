/*
 * batch: what the endpoints of batches have in common.
 *
 * Shape   a batch's standing, as it is told; the upload of its file, which takes several flights
 *         (request/upload.h): both of them kept in the request.
 * Errors  FAULT_NOT_FOUND: no such batch, or another insurer's.
 * Owner   the request's arena.
 * Source  schema/functions.md, "Batches".
 */
#ifndef ENDPOINT_BATCH_H
#define ENDPOINT_BATCH_H

#include "request/request.h"

enum batch_state {
    BATCH_RECEIVING = 1,
    BATCH_RECEIVED = 2,
    BATCH_CHECKING = 3,
    BATCH_WAITING = 4, /* for a second person */
    BATCH_APPLYING = 5,
    BATCH_DONE = 6,
    BATCH_REFUSED = 7,
    BATCH_CANCELLED = 8,
    BATCH_UNDONE = 9
};

struct batch_standing {
    char        number_text[24];
    const char *number;
    int64_t     batch_id;
    int16_t     state_code;
    const char *state;
    struct span refusal;
    const char *format;
    const char *packing;
    const char *charset;
    bool        is_dry_run;
    int64_t     length;
    int64_t     received_bytes;
    struct span sha256;
    instant_t   opened_at;
    instant_t   received_at;
    instant_t   checked_at;
    instant_t   finished_at;
    int32_t     row_count;
    int32_t     staged_count;
    int32_t     applied_count;
    int32_t     held_count;
    int32_t     unchanged_count;
    int32_t     refused_count;
    int32_t     warned_count;
    struct span difference;
    instant_t   released_at;
    instant_t   undone_at;

    unsigned char digest[SHA256_BYTES];
};

/* The number in the path. */
MUST_USE enum fault batch_number_of_path(const struct request *r, int64_t *ret_number);

void batch_ask_standing(struct request *r, int64_t number);

/* The rows of batch_ask_standing(): fills r->answer, and what r->upload tells. */
MUST_USE enum fault batch_read_standing(struct request *r, const struct rows *rows, int first,
                                        int count);

/* The standing as the reply. */
MUST_USE enum fault batch_encode_standing(struct request *r, uint16_t http_status);

#endif
