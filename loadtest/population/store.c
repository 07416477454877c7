#include "store.h"

#include <stdio.h>
#include <stdlib.h>

enum { SEND_BYTES = 1 << 18 };

static bool
complain(struct store *store, const char *during)
{
    /* Of a failed COPY, the text quotes the row; its first line only says what is wrong. */
    const char *text = PQerrorMessage(store->connection);
    fprintf(stderr, "population: %.60s: %.*s\n", during, (int)strcspn(text, "\n"), text);
    return false;
}

bool
store_open(struct store *store, const char *url)
{
    static const char settings[] =
        "SET client_min_messages = warning; SET synchronous_commit = off;"
        " SET timezone = 'UTC'; SET maintenance_work_mem = '512MB'; SET jit = off;"
        " SET search_path = registry, pg_temp";

    store->connection = PQconnectdb(url);
    if (PQstatus(store->connection) != CONNECTION_OK)
        return complain(store, "connecting");
    PQsetErrorVerbosity(store->connection, PQERRORS_TERSE);
    if (PQsetClientEncoding(store->connection, "UTF8") != 0)
        return complain(store, "client encoding");
    return store_run(store, settings);
}

void
store_close(struct store *store)
{
    if (store->connection != NULL)
        PQfinish(store->connection);
    store->connection = NULL;
}

PGresult *
store_ask(struct store *store, const char *question)
{
    PGresult      *result = PQexec(store->connection, question);
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    (void)complain(store, question);
    PQclear(result);
    return NULL;
}

bool
store_run(struct store *store, const char *statement)
{
    PGresult *result = store_ask(store, statement);
    PQclear(result);
    return result != NULL;
}

bool
store_ask_number(struct store *store, const char *question, int64_t *ret_number)
{
    PGresult *result = store_ask(store, question);
    bool      is_there = result != NULL && PQntuples(result) == 1;

    if (is_there)
        *ret_number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return is_there;
}

/* Reads results until there are none; true when all were fine. */
static bool
finish_copy(struct store *store)
{
    bool is_fine = true;

    for (PGresult *result; (result = PQgetResult(store->connection)) != NULL;) {
        is_fine = is_fine && PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
    }
    return is_fine;
}

bool
store_copy(struct store *store, const char *statement, const struct copy *copy)
{
    if (copy->is_full) {
        fprintf(stderr, "population: out of memory\n");
        return false;
    }
    if (copy->rows == 0)
        return true;
    PGresult *result = PQexec(store->connection, statement);
    bool      is_open = PQresultStatus(result) == PGRES_COPY_IN;
    PQclear(result);
    if (!is_open)
        return complain(store, statement);
    bool is_sent = true;
    for (size_t at = 0; at < copy->length && is_sent; at += SEND_BYTES) {
        size_t rest = copy->length - at;
        is_sent = PQputCopyData(store->connection, copy->bytes + at,
                                (int)(rest < SEND_BYTES ? rest : SEND_BYTES))
                  == 1;
    }
    is_sent =
        PQputCopyEnd(store->connection, is_sent ? NULL : "not all could be sent") == 1 && is_sent;
    return (finish_copy(store) && is_sent) || complain(store, statement);
}
