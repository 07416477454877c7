#include "query/lane.h"

#include "query/pg.h"
#include "query/set.h"
#include "query/stmt.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum lane_state { LANE_SHUT, LANE_CONNECTING, LANE_PREPARING, LANE_OPEN };

enum { ASKED_MAX = 128 }; /* statements between two syncs: one per passenger at the worst */

struct lane {
    PGconn         *conn;
    const char     *url;
    lane_hear      *hear;
    void           *owner;
    enum lane_state state;
    bool            wants_write;
    bool            has_failed; /* since the last sync */
    bool            is_synced;  /* a sync is on its way */
    int             asked[ASKED_MAX];
    int             asked_first;
    int             asked_count;
    unsigned        described; /* while preparing: how many descriptions came back */
    uint64_t        connection;
    char            sqlstate[6];
    struct set      set;
};

struct lane *
lane_new(const char *url, lane_hear *hear, void *owner)
{
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL)
        return NULL;
    lane->url = url;
    lane->hear = hear;
    lane->owner = owner;
    return lane;
}

void
lane_free(struct lane *lane)
{
    if (lane == NULL)
        return;
    lane_shut(lane);
    set_close(&lane->set);
    free(lane);
}

void
lane_shut(struct lane *lane)
{
    PQfinish(lane->conn);
    lane->conn = NULL;
    lane->state = LANE_SHUT;
    lane->asked_count = 0;
    lane->is_synced = false;
    lane->has_failed = false;
    lane->wants_write = false;
}

static void
lose(struct lane *lane)
{
    lane_shut(lane);
    lane->hear(lane->owner, lane, LANE_LOST, NULL);
}

static void
keep_sqlstate(struct lane *lane, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(lane->sqlstate, sizeof lane->sqlstate, "%s", sqlstate == NULL ? "" : sqlstate);
}

/* The library would write the text of the message, whatever it holds, to standard error. The last
 * words of a server that ends come this way too, and say why. */
static void
hear_notice(void *owner, const PGresult *notice)
{
    struct lane *lane = owner;
    const char  *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
        keep_sqlstate(lane, notice);
}

enum fault
lane_open(struct lane *lane)
{
    assert(lane->state == LANE_SHUT);
    lane->connection++;
    lane->sqlstate[0] = '\0';
    lane->conn = PQconnectStart(lane->url);
    if (lane->conn == NULL || PQstatus(lane->conn) == CONNECTION_BAD) {
        lane_shut(lane);
        return FAULT_STORE_LOST;
    }
    PQsetnonblocking(lane->conn, 1);
    PQsetNoticeReceiver(lane->conn, hear_notice, lane);
    lane->state = LANE_CONNECTING;
    lane->wants_write = true;
    return FAULT_NONE;
}

bool
lane_is_open(const struct lane *lane)
{
    return lane->state == LANE_OPEN;
}

int
lane_socket(const struct lane *lane)
{
    return lane->conn == NULL ? -1 : PQsocket(lane->conn);
}

uint64_t
lane_connection(const struct lane *lane)
{
    return lane->connection;
}

bool
lane_wants_write(const struct lane *lane)
{
    return lane->wants_write;
}

const char *
lane_sqlstate(const struct lane *lane)
{
    return lane->sqlstate;
}

static enum fault
push(struct lane *lane)
{
    int left = PQflush(lane->conn);
    if (left < 0)
        return FAULT_STORE_LOST;
    lane->wants_write = left > 0;
    return FAULT_NONE;
}

/* Prepares the whole catalogue, with the parameter types that it promises, and asks what the
 * server makes of it, so that a schema that drifted away is found here and not by a wrong byte.
 * */
static enum fault
prepare_all(struct lane *lane)
{
    if (PQenterPipelineMode(lane->conn) != 1)
        return FAULT_STORE_LOST;
    for (int stmt = STMT_NONE + 1; stmt < STMT_COUNT; stmt++) {
        const struct stmt_row *row = stmt_info(stmt);
        Oid                    types[STMT_PARAMS_MAX];
        for (int i = 0; i < stmt_param_count(row); i++)
            types[i] = stmt_param_is_array(row, i) ? pg_type_info(row->params[i])->array_oid
                                                   : pg_type_info(row->params[i])->oid;
        if (PQsendPrepare(lane->conn, row->name, row->sql, stmt_param_count(row), types) != 1
            || PQsendDescribePrepared(lane->conn, row->name) != 1)
            return FAULT_STORE_LOST;
    }
    if (PQpipelineSync(lane->conn) != 1)
        return FAULT_STORE_LOST;
    lane->state = LANE_PREPARING;
    lane->described = 0;
    lane->is_synced = true;
    return push(lane);
}

static void
go_on_connecting(struct lane *lane)
{
    /* With several hosts, or encryption that is only preferred, the library may have closed one
     * socket and opened another, often under the same number. */
    lane->connection++;
    switch (PQconnectPoll(lane->conn)) {
    case PGRES_POLLING_READING:
        lane->wants_write = false;
        break;
    case PGRES_POLLING_WRITING:
        lane->wants_write = true;
        break;
    case PGRES_POLLING_OK:
        lane->wants_write = false;
        if (prepare_all(lane) != FAULT_NONE)
            lose(lane);
        break;
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE:
    default:
        lose(lane);
    }
}

static bool
columns_fit(int stmt, const PGresult *result)
{
    const struct stmt_row *row = stmt_info(stmt);

    if (PQnfields(result) != stmt_column_count(row))
        return false;
    for (int i = 0; i < PQnfields(result); i++)
        if (PQftype(result, i) != pg_type_info(row->columns[i])->oid)
            return false;
    return true;
}

static void
note_failure(struct lane *lane, const PGresult *result)
{
    if (!lane->has_failed)
        keep_sqlstate(lane, result);
    lane->has_failed = true;
}

/* Results come as: prepared, description, prepared, description, …, sync. */
static void
take_preparation(struct lane *lane, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_PIPELINE_SYNC) {
        lane->is_synced = false;
        if (lane->has_failed) {
            lose(lane);
            return;
        }
        lane->state = LANE_OPEN;
        lane->hear(lane->owner, lane, LANE_READY, NULL);
        return;
    }
    if (status != PGRES_COMMAND_OK) {
        note_failure(lane, result);
        return;
    }
    bool is_description = lane->described % 2 == 1;
    int  stmt = (int)(lane->described / 2) + 1;
    lane->described++;
    if (is_description && !columns_fit(stmt, result)) {
        snprintf(lane->sqlstate, sizeof lane->sqlstate, "42P13");
        lane->has_failed = true;
    }
}

static void
take_end(struct lane *lane)
{
    enum lane_news news = lane->has_failed ? LANE_FAILED : LANE_COMMITTED;
    lane->has_failed = false;
    lane->is_synced = false;
    lane->asked_count = 0;
    lane->hear(lane->owner, lane, news, NULL);
}

static void
take_result(struct lane *lane, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (lane->state == LANE_PREPARING) {
        take_preparation(lane, result);
    } else if (status == PGRES_PIPELINE_SYNC) {
        take_end(lane);
    } else if (status == PGRES_TUPLES_OK && lane->asked_count > 0) {
        int stmt = lane->asked[lane->asked_first];
        lane->asked_first = (lane->asked_first + 1) % ASKED_MAX;
        lane->asked_count--;
        struct rows rows = { .result = (const struct pg_result *)result, .stmt = stmt };
        lane->hear(lane->owner, lane, LANE_ROWS, &rows);
    } else {
        note_failure(lane, result);
    }
}

/* A failure before the sync was sent leaves the server skipping until one comes. */
static enum fault
end_failed_transaction(struct lane *lane)
{
    if (!lane->has_failed || lane->is_synced)
        return FAULT_NONE;
    return lane_sync(lane);
}

/* Each statement yields a result, then NULL; NULL separates, it is not the end. */
static void
take_results(struct lane *lane)
{
    int nulls_in_a_row = 0;

    while (lane->conn != NULL && nulls_in_a_row < 2 && PQisBusy(lane->conn) == 0) {
        PGresult *result = PQgetResult(lane->conn);
        nulls_in_a_row = result == NULL ? nulls_in_a_row + 1 : 0;
        if (result != NULL)
            take_result(lane, result);
        PQclear(result);
    }
    if (lane->conn == NULL)
        return;
    if (end_failed_transaction(lane) != FAULT_NONE || PQstatus(lane->conn) == CONNECTION_BAD)
        lose(lane);
}

void
lane_turn(struct lane *lane)
{
    if (lane->state == LANE_SHUT)
        return;
    if (lane->state == LANE_CONNECTING) {
        go_on_connecting(lane);
        return;
    }
    if (PQconsumeInput(lane->conn) != 1 || push(lane) != FAULT_NONE) {
        lose(lane);
        return;
    }
    take_results(lane);
}

enum fault
lane_ask(struct lane *lane, int stmt, const struct ask *const *asks, int count)
{
    static const int all_binary[STMT_PARAMS_MAX] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

    if (lane->state != LANE_OPEN)
        return FAULT_STORE_LOST;
    if (lane->asked_count == ASKED_MAX)
        return FAULT_STORE_BUSY;
    enum fault fault = set_build(&lane->set, stmt, asks, count);
    if (fault != FAULT_NONE)
        return fault;
    if (PQsendQueryPrepared(lane->conn, stmt_info(stmt)->name, lane->set.param_count,
                            lane->set.values, lane->set.lengths, all_binary, 1)
        != 1)
        return FAULT_STORE_LOST;
    lane->asked[(lane->asked_first + lane->asked_count) % ASKED_MAX] = stmt;
    lane->asked_count++;
    return FAULT_NONE;
}

enum fault
lane_flush(struct lane *lane)
{
    if (lane->state != LANE_OPEN || PQsendFlushRequest(lane->conn) != 1)
        return FAULT_STORE_LOST;
    return push(lane);
}

enum fault
lane_sync(struct lane *lane)
{
    if (lane->state != LANE_OPEN || PQpipelineSync(lane->conn) != 1)
        return FAULT_STORE_LOST;
    lane->is_synced = true;
    return push(lane);
}
