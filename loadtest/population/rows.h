/*
 * rows: families, insurers and facilities as rows of the registry's tables.
 *
 * Shape   one struct copy for each table; the statement beside it names the columns in the order in
 *         which rows.c writes them. The tables stand in the order in which their rows refer to
 *         each other.
 * Owner   writes into copies of the caller; errors show in their is_full.
 * Source  schema/10_insurer.sql to schema/30_notice.sql.
 */
#ifndef ROWS_H
#define ROWS_H

#include "family.h"
#include "query/copy.h"

enum rows_table {
    ROWS_PERSON,
    ROWS_PERSON_VERSION,
    ROWS_PERSON_FLAG,
    ROWS_PERSON_HOLD,
    ROWS_COVERAGE,
    ROWS_BURDEN_RATIO,
    ROWS_ELDERLY_CERTIFICATE,
    ROWS_CEILING,
    ROWS_SPECIFIC_DISEASE,
    ROWS_PUBLIC_BENEFIT,
    ROWS_NOTICE,
    ROWS_OF_FAMILY,
    ROWS_INSURER = ROWS_OF_FAMILY,
    ROWS_FACILITY,
    ROWS_COUNT
};

/* COPY registry.… FROM STDIN */
const char *rows_statement(enum rows_table table);

void rows_add_family(struct copy copies[ROWS_OF_FAMILY], const struct family *family,
                     const struct plan *plan);
void rows_add_insurers(struct copy *copy, const struct world *world);
void rows_add_facilities(struct copy *copy, const struct world *world);

#endif
