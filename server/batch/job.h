/*
 * job: a batch that is being worked on, and what is needed for that.
 *
 * Shape   struct job is one batch as batch_take gives it; struct tools is what one working thread
 *         has: its own session, reader of rules' surroundings, client of the resident register.
 * Owner   one thread.
 * Source  schema/31_batch.sql.
 */
#ifndef BATCH_JOB_H
#define BATCH_JOB_H

#include "batch/surroundings.h"
#include "crypto/vault.h"
#include "register/client.h"
#include "spool/spool.h"

#include <stdatomic.h>

/* Stable numbers, stored: batch.state. */
enum batch_state {
    BATCH_RECEIVING = 1,
    BATCH_RECEIVED = 2,
    BATCH_CHECKING = 3,
    BATCH_WAITS_FOR_RELEASE = 4,
    BATCH_APPLYING = 5,
    BATCH_DONE = 6,
    BATCH_REFUSED = 7,
    BATCH_CANCELLED = 8,
    BATCH_UNDONE = 9
};

enum { PHASE_UNDO = 90, BATCH_LANES_MAX = 8 };

struct job {
    int64_t               batch_id;
    struct insurer_number insurer;
    day_t                 insurer_from;
    day_t                 insurer_until;
    int16_t               format;
    int16_t               packing;
    int16_t               charset;
    bool                  is_dry_run;
    int16_t               state;
    int16_t               phase;
    int32_t               row_count;
    int32_t               staged_count;
    int32_t               staged_there; /* fewer than were staged: the rest is lost */
    instant_t             received_at;
};

struct batch_settings {
    const char              *database_url;
    const struct spool      *spool;
    const char              *vault; /* folder of keys */
    bool                     numbers_are_synthetic;
    bool                     has_register;
    struct register_settings reg;
    uint32_t                 small_bytes;  /* batches up to here have a line of their own */
    uint32_t                 step_rows;    /* rows that take effect in one transaction */
    uint32_t                 lanes;        /* ranges that go side by side, 1 to BATCH_LANES_MAX */
    uint32_t                 idle_ms;      /* how often new batches are looked for */
    uint32_t                 statement_ms; /* longest time of one statement */
    uint32_t                 recheck_ms;   /* how often doubts are asked about again */
};

/* Counted since the start; read by others. */
struct batch_meter {
    _Atomic uint64_t batches;
    _Atomic uint64_t refused;
    _Atomic uint64_t rows_read;
    _Atomic uint64_t rows_staged;
    _Atomic uint64_t steps;
    _Atomic uint64_t register_persons;
    _Atomic uint64_t register_failures;
    _Atomic uint64_t store_failures;
};

struct check;

/* Numbers of the vault's keys: links are found by one of them. */
struct index_keys {
    int key;
    int next; /* replaces it; 0 unless a rotation is under way */
};

struct tools {
    const struct batch_settings *settings;
    struct session              *session;
    struct session              *lanes[BATCH_LANES_MAX]; /* for ranges of a window */
    size_t                       lane_count;
    struct surroundings          surroundings;
    struct vault                *vault;
    struct index_keys            index_keys;
    struct register_client      *reg; /* NULL: nobody is asked, every new link waits */
    struct batch_meter          *meter;
    const _Atomic bool          *wants_end; /* whether to stop between two steps */
    struct check                *check;     /* under way, for the client's answers */
};

#endif
