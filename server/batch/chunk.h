/*
 * chunk: rows that are asked about in one request to the resident register.
 *
 * Shape   free, filling, or out (the register has been asked). Rows are encoded as they are
 *         read; the register's verdict is added to each when it is known.
 * Owner   a chunk owns its arena, which holds what is compared, and its encoded rows.
 */
#ifndef BATCH_CHUNK_H
#define BATCH_CHUNK_H

#include "batch/stage_row.h"
#include "match/match.h"

enum chunk_state { CHUNK_FREE, CHUNK_FILLING, CHUNK_OUT };

enum { CHUNK_ROWS_MAX = INQUIRY_PERSONS_MAX, CHUNKS_MAX = 64 };

/* One row of a chunk, encoded but for what the register says. */
struct chunk_row {
    size_t          from; /* in the encoded rows */
    size_t          until;
    bool            is_asked;
    bool            was_looked_up; /* the insurer searched for the number itself */
    struct identity claimed;
};

struct chunk {
    enum chunk_state       state;
    struct arena           arena;
    struct copy            encoded;
    struct chunk_row       rows[CHUNK_ROWS_MAX];
    size_t                 count;
    struct personal_number numbers[CHUNK_ROWS_MAX];
    size_t                 number_count;
};

MUST_USE bool chunk_open(struct chunk *chunk);
void          chunk_close(struct chunk *chunk);
void          chunk_reset(struct chunk *chunk);

/* Takes a judged row in; FAULT_REQUEST_TOO_LARGE when memory runs out. */
MUST_USE enum fault chunk_add(struct chunk *chunk, const struct job *job, const struct tools *tools,
                              const struct judged *judged);

/* Writes the rows with the verdicts that the answers call for, and forgets the answers: they live
 * only while they are heard. answers NULL: the register has not answered, and the rows wait. */
void chunk_finish(struct chunk *chunk, const struct inquiry_answer *answers, struct copy *ret_copy);

#endif
