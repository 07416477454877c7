#include "load.h"

#include "rows.h"

#include "base/text.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_FAMILIES = 4000, DOSSIER_RANGE = 5000, ROSTER_STEP = 65536, STATEMENT_SIZE = 160 };

double
seconds_now(void)
{
    return (double)clock_ticks_us() / 1e6;
}

bool
roster_open(struct roster *roster, const struct plan *plan, int64_t people)
{
    size_t room = 0;

    *roster = (struct roster){ .people = people };
    for (int64_t next = 1;; roster->family_count++) {
        if (roster->family_count == room) {
            room += ROSTER_STEP;
            int64_t *grown = realloc(roster->first_ids, room * sizeof *grown);
            if (grown == NULL)
                return false;
            roster->first_ids = grown;
        }
        roster->first_ids[roster->family_count] = next;
        if (next > people)
            return true;
        next += (int64_t)family_size(plan, roster->family_count);
        if (next > people + 1)
            next = people + 1;
    }
}

void
roster_close(struct roster *roster)
{
    free(roster->first_ids);
    *roster = (struct roster){ 0 };
}

bool
roster_family(const struct roster *roster, const struct plan *plan, size_t number,
              struct family *family)
{
    int64_t first = roster->first_ids[number];
    return family_make(family, plan, number, first,
                       (size_t)(roster->first_ids[number + 1] - first));
}

static bool
load_world(const struct load *load, struct store *store)
{
    struct copy insurers = { 0 };
    struct copy facilities = { 0 };

    copy_start(&insurers);
    rows_add_insurers(&insurers, load->plan->world);
    copy_end(&insurers);
    copy_start(&facilities);
    rows_add_facilities(&facilities, load->plan->world);
    copy_end(&facilities);
    bool is_done = store_run(store, "BEGIN")
                   && store_copy(store, rows_statement(ROWS_INSURER), &insurers)
                   && store_copy(store, rows_statement(ROWS_FACILITY), &facilities)
                   && store_run(store, "COMMIT");
    copy_close(&insurers);
    copy_close(&facilities);
    return is_done;
}

/* What the threads of one phase share: the next piece of work, and whether to go on. */
struct phase {
    const struct load *load;
    atomic_size_t      next;
    atomic_bool        has_failed;
    atomic_llong       coverages;
    pthread_t          threads[JOBS_MAX];
    int                started;
    bool (*run)(struct phase *phase, struct store *store);
};

static bool
chunk_copy(struct phase *phase, struct store *store, struct copy copies[ROWS_OF_FAMILY],
           struct family *family, size_t first)
{
    const struct roster *roster = phase->load->roster;

    for (size_t t = 0; t < ROWS_OF_FAMILY; t++)
        copy_start(&copies[t]);
    for (size_t f = first; f < first + CHUNK_FAMILIES && f < roster->family_count; f++) {
        if (!roster_family(roster, phase->load->plan, f, family)) {
            fprintf(stderr, "population: a family could not be made\n");
            return false;
        }
        rows_add_family(copies, family, phase->load->plan);
    }
    for (size_t t = 0; t < ROWS_OF_FAMILY; t++) {
        copy_end(&copies[t]);
        if (!store_copy(store, rows_statement((enum rows_table)t), &copies[t]))
            return false;
    }
    atomic_fetch_add(&phase->coverages, (long long)copies[ROWS_COVERAGE].rows);
    return true;
}

/* A superuser's session need not look up the person of every row: references_hold() does it for
 * all rows at once. Nothing is switched off for others, and nothing is left to put back. */
static bool
references_postpone(struct store *store)
{
    return store_run(store, "SELECT set_config('session_replication_role', 'replica', false)"
                            " WHERE current_setting('is_superuser')::boolean");
}

static bool
references_hold(struct store *store)
{
    static const char question[] =
        "SELECT (SELECT count(*) FROM registry.person_version AS t"
        " WHERE NOT EXISTS (SELECT FROM registry.person AS p WHERE p.person_id = t.person_id))"
        " + (SELECT count(*) FROM registry.coverage AS t"
        " WHERE NOT EXISTS (SELECT FROM registry.person AS p WHERE p.person_id = t.person_id)"
        " OR NOT EXISTS (SELECT FROM registry.insurer AS i"
        " WHERE i.insurer_number = t.insurer_number))"
        " + (SELECT count(*) FROM (SELECT person_id FROM registry.person_flag"
        " UNION ALL SELECT person_id FROM registry.person_hold"
        " UNION ALL SELECT person_id FROM registry.public_benefit) AS t"
        " WHERE NOT EXISTS (SELECT FROM registry.person AS p WHERE p.person_id = t.person_id))"
        " + (SELECT count(*) FROM registry.notice AS t WHERE NOT EXISTS"
        " (SELECT FROM registry.insurer AS i WHERE i.insurer_number = t.insurer_number))";
    int64_t missing = -1;

    if (!store_ask_number(store, question, &missing))
        return false;
    if (missing != 0)
        fprintf(stderr, "population: %lld rows refer to nothing\n", (long long)missing);
    return missing == 0;
}

static bool
copy_families(struct phase *phase, struct store *store)
{
    struct copy    copies[ROWS_OF_FAMILY] = { 0 };
    struct family *family = malloc(sizeof *family);
    bool           is_done = family != NULL && family_open(family) && references_postpone(store)
                   && store_run(store, "BEGIN");

    while (is_done && !atomic_load(&phase->has_failed)) {
        size_t first = atomic_fetch_add(&phase->next, CHUNK_FAMILIES);
        if (first >= phase->load->roster->family_count)
            break;
        is_done = chunk_copy(phase, store, copies, family, first);
        if (first / CHUNK_FAMILIES % 25 == 24)
            fprintf(stderr, "population: %lld of %lld people\n",
                    (long long)phase->load->roster->first_ids[first],
                    (long long)phase->load->roster->people);
    }
    is_done = is_done && store_run(store, "COMMIT");
    for (size_t t = 0; t < ROWS_OF_FAMILY; t++)
        copy_close(&copies[t]);
    if (family != NULL)
        family_close(family);
    free(family);
    return is_done;
}

static bool
make_dossiers(struct phase *phase, struct store *store)
{
    int64_t people = phase->load->roster->people;

    while (!atomic_load(&phase->has_failed)) {
        char        statement[STATEMENT_SIZE];
        struct text text = text_in(statement, sizeof statement);
        int64_t     from = (int64_t)atomic_fetch_add(&phase->next, DOSSIER_RANGE) + 1;
        int64_t     until = from + DOSSIER_RANGE - 1 < people ? from + DOSSIER_RANGE - 1 : people;
        if (from > people)
            return true;
        text_add_format(&text, "SELECT registry.dossier_refresh_all(%lld, %lld)", (long long)from,
                        (long long)until);
        if (!store_run(store, statement))
            return false;
    }
    return false;
}

static void *
phase_thread(void *argument)
{
    struct phase *phase = argument;
    struct store  store = { 0 };

    if (!store_open(&store, phase->load->url) || !phase->run(phase, &store))
        atomic_store(&phase->has_failed, true);
    store_close(&store);
    return NULL;
}

static void
phase_start(struct phase *phase)
{
    while (phase->started < phase->load->jobs
           && pthread_create(&phase->threads[phase->started], NULL, phase_thread, phase) == 0)
        phase->started++;
}

static bool
phase_end(struct phase *phase)
{
    for (int i = 0; i < phase->started; i++)
        pthread_join(phase->threads[i], NULL);
    return phase->started > 0 && !atomic_load(&phase->has_failed);
}

static bool
sequences_set(struct store *store)
{
    return store_run(store, "SELECT setval('registry.person_person_id_seq', max(person_id))"
                            " FROM registry.person HAVING max(person_id) IS NOT NULL;"
                            " SELECT setval('registry.facility_facility_id_seq', max(facility_id))"
                            " FROM registry.facility HAVING max(facility_id) IS NOT NULL;"
                            " SELECT setval('registry.coverage_id', max(coverage_id))"
                            " FROM registry.coverage HAVING max(coverage_id) IS NOT NULL;"
                            " SELECT setval('registry.notice_id', max(notice_id))"
                            " FROM registry.notice HAVING max(notice_id) IS NOT NULL");
}

bool
load_run(struct load *load, struct store *store)
{
    struct phase rows = { .load = load, .run = copy_families };
    struct phase dossiers = { .load = load, .run = make_dossiers };
    double       start = seconds_now();

    if (!load_world(load, store))
        return false;
    double after_world = seconds_now();
    phase_start(&rows);
    if (!phase_end(&rows))
        return false;
    double after_rows = seconds_now();
    if (!sequences_set(store))
        return false;
    fprintf(stderr, "population: making dossiers\n");
    phase_start(&dossiers);
    /* Meanwhile, since it leaves a core idle. */
    bool is_sound = references_hold(store)
                    && store_run(store, "ANALYZE registry.person; ANALYZE registry.person_version;"
                                        " ANALYZE registry.coverage");
    if (!phase_end(&dossiers) || !is_sound)
        return false;
    load->times = (struct load_times){ .world_s = after_world - start,
                                       .rows_s = after_rows - after_world,
                                       .dossier_s = seconds_now() - after_rows };
    load->coverages = (int64_t)atomic_load(&rows.coverages);
    return true;
}
