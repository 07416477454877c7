/*
 * load: fills the registry with a population.
 *
 * Shape   people by their number: family f holds the person ids from first_ids[f] to before
 *         first_ids[f + 1]. Jobs take contiguous parts of the families, each on a connection of its
 *         own, in one transaction each; dossiers are made afterwards, by ranges of people,
 *         while what the rows refer to is checked.
 * Units   seconds, of the monotonic clock.
 * Errors  false; what went wrong has been said on standard error.
 * Owner   roster_close() frees.
 */
#ifndef LOAD_H
#define LOAD_H

#include "family.h"
#include "store.h"

enum { JOBS_MAX = 64 };

struct roster {
    int64_t *first_ids; /* family_count + 1 of them */
    size_t   family_count;
    int64_t  people;
};

struct load_times {
    double world_s;
    double rows_s;
    double dossier_s;
};

struct load {
    const char          *url;
    const struct plan   *plan;
    const struct roster *roster;
    int                  jobs;
    struct load_times    times;
    int64_t              coverages;
};

MUST_USE bool roster_open(struct roster *roster, const struct plan *plan, int64_t people);
void          roster_close(struct roster *roster);

/* The family of this number in full, as the roster counts it. */
MUST_USE bool roster_family(const struct roster *roster, const struct plan *plan, size_t number,
                            struct family *family);

MUST_USE bool load_run(struct load *load, struct store *store);

double seconds_now(void);

#endif
