/*
 * tally: what a run found out, and how it is told.
 *
 * Shape   counters of the measured window, except the wrong, lost, late and refused, which count
 *         from the first question: a fault during the warm-up is a fault.
 * Units   histograms in nanoseconds; the report in microseconds and seconds.
 * Owner   tally_open() makes the histograms, tally_close() frees; accepts half-open.
 */
#ifndef TALLY_H
#define TALLY_H

#include "histogram.h"
#include "load.h"
#include "mix.h"
#include "options.h"
#include "process.h"

enum { TALLY_STATUS_MAX = 600 };

/* One share of a mix; without a mix, everything. */
struct tally_share {
    uint64_t          answered; /* as expected, from the first question on */
    uint64_t          wrong;
    struct histogram *latency; /* only in a mix */
};

struct tally {
    const struct mix    *mix;
    struct tally_share   shares[LOAD_SHARES_MAX];
    struct histogram    *latency; /* open loop: from the intended start */
    struct histogram    *service; /* from the real start */
    uint64_t             good;    /* answers 2xx, or finished handshakes, within the window */
    uint64_t             statuses[TALLY_STATUS_MAX];
    uint64_t             checked;
    uint64_t             wrong;
    uint64_t             lost;
    uint64_t             late;
    uint64_t             refused;      /* connections */
    uint64_t             unsent;       /* open loop: never had a free connection */
    uint64_t             backlog_most; /* open loop: questions due without a connection */
    uint64_t             given_up; /* of the unsent, those that were beyond the backlog's bound */
    uint64_t             expected_odd; /* answers other than 2xx that were expected */
    uint64_t             jobs_opened, jobs_done, jobs_items, jobs_unfinished; /* lists */
    struct histogram    *jobs;      /* from when a list was due to when its answers were here */
    uint64_t             return_ns; /* from the cut until all connections were back; 0: never */
    uint64_t             closed_by_server;
    uint64_t             handshakes;
    uint64_t             handshakes_resumed;
    uint64_t             bytes_read;
    uint64_t             body_bytes; /* of the last answer */
    double               window_seconds;
    double               own_cpu_before;
    double               own_cpu_seconds;
    struct process_watch watches[LOAD_WATCHES_MAX];
    size_t               watch_count;
    uint64_t             idle_held; /* connections that stood to the end */
    uint64_t             memory_before, memory_open, memory_end;
    struct complaint     first_trouble;
};

MUST_USE bool tally_open(struct tally *tally, const struct options *options, const struct mix *mix,
                         struct complaint *reterr_complaint);
void          tally_close(struct tally *tally);

/* Reads the clocks of all watched processes: at the window's start and at its end. */
void tally_window_begin(struct tally *tally);
void tally_window_end(struct tally *tally);

MUST_USE enum load_outcome tally_outcome(const struct tally *tally, const struct options *options);

void tally_print(const struct tally *tally, const struct options *options);
/* "<microseconds> <count>" for each step of the latencies that anything fell into. */
MUST_USE bool tally_write_histogram(const struct tally *tally, const struct options *options,
                                    struct complaint *reterr_complaint);
MUST_USE bool tally_write_json(const struct tally *tally, const struct options *options,
                               struct complaint *reterr_complaint);

#endif
