#include "query/session.h"

#include "query/pg.h"
#include "query/set.h"
#include "query/stmt.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_S "5"             /* unless the connection string says otherwise */
#define APPLICATION       "shikaku batch" /* by which deploy/yield.sh knows it */

enum { COPY_PIECE_BYTES = 1 << 20, SQLSTATE_SIZE = 6 };

struct session {
    PGconn     *conn;
    const char *url;
    uint32_t    deadline_ms;
    bool        is_prepared[STMT_COUNT];
    char        sqlstate[SQLSTATE_SIZE];
    struct set  set;
    int         started; /* the statement that is under way */
};

/* clang-format off */
static const char *const copy_table[] = {
    [COPY_BATCH_STAGE] =
        "COPY registry.batch_stage (batch_id, row_no, operation, severity, findings, number_id, number_index,"
        " number_index_next, number_sealed, number_sealed_by, number_source, number_absence, row_key, symbol,"
        " number, branch, symbol_key, number_key, symbol_loose, number_loose, name, name_kana, name_kana_key, name_key,"
        " name_other, name_other_kana, sex1, sex2, birth_date, address, post_number, relation, insured_name,"
        " card_class, event_on, notice_received_on, due_on, plain_due_on, delay_reason, acquired_on, lost_on,"
        " loss_reason, effective_on, card_issued_on, card_valid_from, card_expires_on, burden_ratio,"
        " ceiling_classification, ceiling_class, long_term_from, disease_category, self_pay, payer_number,"
        " recipient_number, certificate_number, certificate_reason, credential_serial, issued_on, valid_from,"
        " valid_until, examined_on, checkup_items, preschool_until, digest, phase, link_card, link_number,"
        " link_credential, link_identity, meets, claimed_digest, register_digest, register_action, register_fields)"
        " FROM STDIN (FORMAT binary)",
};
/* clang-format on */
_Static_assert(ARRAY_LEN(copy_table) == COPY_INTO_COUNT, "every copy has a statement");

struct session *
session_new(const char *url, uint32_t deadline_ms)
{
    struct session *session = calloc(1, sizeof *session);

    if (session == NULL)
        return NULL;
    session->url = url;
    session->deadline_ms = deadline_ms;
    return session;
}

static void
shut(struct session *session)
{
    PQfinish(session->conn);
    session->conn = NULL;
    memset(session->is_prepared, 0, sizeof session->is_prepared);
}

void
session_free(struct session *session)
{
    if (session == NULL)
        return;
    shut(session);
    set_close(&session->set);
    free(session);
}

/* The library would write the text of a message to standard error, whatever it holds. */
static void
hear_notice(void *owner, const PGresult *notice)
{
    (void)owner;
    (void)notice;
}

/* What the result of a statement that gives no rows, or the wrong ones, means. */
static enum fault
judge(struct session *session, const PGresult *result, ExecStatusType wanted)
{
    if (result != NULL && PQresultStatus(result) == wanted)
        return FAULT_NONE;
    const char *sqlstate = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(session->sqlstate, sizeof session->sqlstate, "%s", sqlstate == NULL ? "" : sqlstate);
    if (PQstatus(session->conn) == CONNECTION_OK)
        return FAULT_STORE_REFUSED;
    shut(session);
    return FAULT_STORE_LOST;
}

static enum fault
run(struct session *session, const char *sql)
{
    if (session->conn == NULL)
        return FAULT_STORE_LOST;
    PGresult  *result = PQexec(session->conn, sql);
    enum fault fault = judge(session, result, PGRES_COMMAND_OK);
    PQclear(result);
    return fault;
}

enum fault
session_connect(struct session *session)
{
    static const char *const keywords[] = { "connect_timeout", "dbname", "application_name", NULL };
    const char *const        values[] = { CONNECT_TIMEOUT_S, session->url, APPLICATION, NULL };
    char                     deadline[64];

    shut(session);
    session->conn = PQconnectdbParams(keywords, values, 1);
    if (session->conn == NULL || PQstatus(session->conn) != CONNECTION_OK) {
        shut(session);
        return FAULT_STORE_LOST;
    }
    PQsetNoticeReceiver(session->conn, hear_notice, session);
    snprintf(deadline, sizeof deadline, "SET statement_timeout = %u", session->deadline_ms);
    return run(session, deadline);
}

bool
session_is_open(const struct session *session)
{
    return session->conn != NULL;
}

enum fault
session_begin(struct session *session)
{
    return run(session, "BEGIN");
}

enum fault
session_commit(struct session *session)
{
    return run(session, "COMMIT");
}

void
session_rollback(struct session *session)
{
    if (session->conn == NULL)
        return;
    enum fault fault = run(session, "ROLLBACK");
    if (fault != FAULT_NONE)
        shut(session); /* in doubt, a new connection is certain */
}

static enum fault
prepare(struct session *session, int stmt)
{
    const struct stmt_row *row = stmt_info(stmt);
    Oid                    types[STMT_PARAMS_MAX];

    if (session->is_prepared[stmt])
        return FAULT_NONE;
    int count = stmt_param_count(row);
    for (int i = 0; i < count; i++) {
        const struct pg_type_row *type = pg_type_info(row->params[i]);
        types[i] = stmt_param_is_array(row, i) ? type->array_oid : type->oid;
    }
    PGresult  *result = PQprepare(session->conn, row->name, row->sql, count, types);
    enum fault fault = judge(session, result, PGRES_COMMAND_OK);
    PQclear(result);
    session->is_prepared[stmt] = fault == FAULT_NONE;
    return fault;
}

/* Columns are read by the types of the catalogue, so the database must agree with it. */
static bool
columns_fit(const PGresult *result, const struct stmt_row *row)
{
    int count = stmt_column_count(row);

    if (count == 0)
        return true;
    if (PQnfields(result) != count)
        return false;
    for (int i = 0; i < count; i++)
        if (PQftype(result, i) != pg_type_info(row->columns[i])->oid)
            return false;
    return true;
}

/* Prepared and with its values laid out; then it may be sent. */
static enum fault
load(struct session *session, int stmt, const struct ask *const *asks, int count)
{
    if (session->conn == NULL)
        return FAULT_STORE_LOST;
    enum fault fault = prepare(session, stmt);
    return fault == FAULT_NONE ? set_build(&session->set, stmt, asks, count) : fault;
}

static enum fault
send_loaded(struct session *session, int stmt)
{
    int formats[STMT_PARAMS_MAX];

    for (int i = 0; i < session->set.param_count; i++)
        formats[i] = 1;
    session->started = stmt;
    if (PQsendQueryPrepared(session->conn, stmt_info(stmt)->name, session->set.param_count,
                            session->set.values, session->set.lengths, formats, 1)
        == 1)
        return FAULT_NONE;
    shut(session);
    return FAULT_STORE_LOST;
}

enum fault
session_start(struct session *session, const struct ask *ask)
{
    enum fault fault = load(session, ask->stmt, &ask, 1);

    return fault == FAULT_NONE ? send_loaded(session, ask->stmt) : fault;
}

enum fault
session_finish(struct session *session, session_hear *hear, void *owner)
{
    if (session->conn == NULL)
        return FAULT_STORE_LOST;
    int        stmt = session->started;
    PGresult  *result = PQgetResult(session->conn);
    enum fault fault = judge(session, result, PGRES_TUPLES_OK);
    if (fault == FAULT_NONE && !columns_fit(result, stmt_info(stmt)))
        fault = FAULT_STORE_REFUSED;
    if (fault == FAULT_NONE && hear != NULL)
        hear(owner, &(struct rows){ .result = result, .stmt = stmt });
    PQclear(result);
    while (session->conn != NULL && (result = PQgetResult(session->conn)) != NULL)
        PQclear(result);
    return fault;
}

enum fault
session_ask_set(struct session *session, int stmt, const struct ask *const *asks, int count,
                session_hear *hear, void *owner)
{
    enum fault fault = load(session, stmt, asks, count);

    if (fault == FAULT_NONE)
        fault = send_loaded(session, stmt);
    return fault == FAULT_NONE ? session_finish(session, hear, owner) : fault;
}

enum fault
session_ask(struct session *session, const struct ask *ask, session_hear *hear, void *owner)
{
    return session_ask_set(session, ask->stmt, &ask, 1, hear, owner);
}

static bool
send_copy(struct session *session, const struct copy *copy)
{
    for (size_t at = 0; at < copy->length; at += COPY_PIECE_BYTES) {
        size_t left = copy->length - at;
        int    length = (int)(left < COPY_PIECE_BYTES ? left : COPY_PIECE_BYTES);
        if (PQputCopyData(session->conn, copy->bytes + at, length) != 1)
            return false;
    }
    return PQputCopyEnd(session->conn, NULL) == 1;
}

enum fault
session_copy_start(struct session *session, enum copy_into into, const struct copy *copy)
{
    assert(into < COPY_INTO_COUNT);
    if (session->conn == NULL)
        return FAULT_STORE_LOST;
    if (copy->is_full)
        return FAULT_STORE_BUSY;
    PGresult  *result = PQexec(session->conn, copy_table[into]);
    enum fault fault = judge(session, result, PGRES_COPY_IN);
    PQclear(result);
    if (fault == FAULT_NONE && !send_copy(session, copy)) {
        shut(session);
        fault = FAULT_STORE_LOST;
    }
    return fault;
}

enum fault
session_copy_finish(struct session *session)
{
    if (session->conn == NULL)
        return FAULT_STORE_LOST;
    PGresult  *result = PQgetResult(session->conn);
    enum fault fault = judge(session, result, PGRES_COMMAND_OK);
    PQclear(result);
    while (session->conn != NULL && (result = PQgetResult(session->conn)) != NULL)
        PQclear(result);
    return fault;
}

const char *
session_sqlstate(const struct session *session)
{
    return session->sqlstate;
}
