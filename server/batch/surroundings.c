#include "batch/surroundings.h"

#include "query/stmt.h"

#include <stdlib.h>

bool
surroundings_open(struct surroundings *surroundings)
{
    *surroundings = (struct surroundings){ 0 };
    surroundings->days = calloc(HOLIDAYS_MAX, sizeof *surroundings->days);
    return surroundings->days != NULL;
}

void
surroundings_close(struct surroundings *surroundings)
{
    free(surroundings->days);
    *surroundings = (struct surroundings){ 0 };
}

static void
hear_parameters(void *owner, const struct rows *rows)
{
    struct surroundings *surroundings = owner;

    for (int i = 0; i < rows_count(rows) && surroundings->fault == FAULT_NONE; i++)
        surroundings->fault = policies_add(&surroundings->policies, rows_bytes(rows, i, 0),
                                           rows_day(rows, i, 1), rows_bytes(rows, i, 2));
}

static void
hear_holidays(void *owner, const struct rows *rows)
{
    struct surroundings *surroundings = owner;

    if (rows_count(rows) > HOLIDAYS_MAX) {
        surroundings->fault = FAULT_REQUEST_TOO_LARGE;
        return;
    }
    for (int i = 0; i < rows_count(rows); i++)
        surroundings->days[i] = rows_day(rows, i, 0);
    surroundings->holidays =
        (struct holidays){ .days = surroundings->days, .count = (size_t)rows_count(rows) };
}

enum fault
surroundings_read(struct surroundings *surroundings, struct session *session)
{
    struct ask parameters;
    struct ask holidays;

    surroundings->policies = (struct policies){ 0 };
    surroundings->fault = FAULT_NONE;
    ask_start(&parameters, STMT_DIRECTORY_PARAMETERS);
    enum fault fault = session_ask(session, &parameters, hear_parameters, surroundings);
    ask_start(&holidays, STMT_HOLIDAYS);
    if (fault == FAULT_NONE)
        fault = session_ask(session, &holidays, hear_holidays, surroundings);
    return fault == FAULT_NONE ? surroundings->fault : fault;
}
