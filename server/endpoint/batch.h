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

#include "base/text.h"
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

/* What an opening or a part says. r->question of everything that sends a file. */
struct batch_question {
    unsigned char key[UUID_BYTES];
    unsigned char sha256[SHA256_BYTES];
    int16_t       format;  /* 1 CSV, 2 JSON lines */
    int16_t       packing; /* 0 none, 1 gzip, 2 zstd */
    int16_t       charset; /* 1 UTF-8, 2 CP932 */
    bool          is_dry_run;
    bool          is_new;
    int64_t       number;  /* of the batch that PATCH names */
    int64_t       offset;  /* of this body in the file */
    int64_t       content; /* bytes of this body; -1: nobody knows */
    int64_t       length;  /* of the whole file, as far as this request says; -1: nothing */
};

/* The query string of an opening: dry_run. */
void batch_take_dry_run(struct request *r, struct batch_question *question);

/* Opens the batch of r->question; its rows, after which the standing is asked for. */
void                batch_ask_open(struct request *r);
MUST_USE enum fault batch_read_open(struct request *r, const struct rows *rows, int first,
                                    int count);

/* Asks for what the phase of the upload needs, once it is beyond its admission; and its rows. */
void                batch_ask_upload(struct request *r);
MUST_USE enum fault batch_read_upload(struct request *r, const struct rows *rows, int first,
                                      int count);

/* r->location, for a batch that was opened. */
MUST_USE enum fault batch_locate(struct request *r, const struct batch_standing *standing);

/* Asks for verdicts behind a row; and one of their rows as an object. */
enum { VERDICT_BYTES_MAX = 16384 };
void batch_ask_verdicts(struct request *r, int64_t number, int64_t after, int64_t limit);
void batch_add_verdict(struct text *text, const struct rows *rows, int row);

/* The number in the path. */
MUST_USE enum fault batch_number_of_path(const struct request *r, int64_t *ret_number);

void batch_ask_standing(struct request *r, int64_t number);

/* The rows of batch_ask_standing(): fills r->answer, and what r->upload tells. */
MUST_USE enum fault batch_read_standing(struct request *r, const struct rows *rows, int first,
                                        int count);

/* The standing as the reply. */
MUST_USE enum fault batch_encode_standing(struct request *r, uint16_t http_status);

#endif
