#include "query/script.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TROUBLE_BYTES = 512, INSTANT_TEXT_BYTES = 32 };

struct script {
    PGconn *conn;
    char    trouble[TROUBLE_BYTES];
};

static void
drop_notice(void *owner, const PGresult *result)
{
    (void)owner;
    (void)result;
}

static void
note_trouble(struct script *script, const char *text)
{
    snprintf(script->trouble, sizeof script->trouble, "%s", text);
}

struct script *
script_open(const char *url)
{
    struct script *script = calloc(1, sizeof *script);
    if (script == NULL)
        return NULL;
    script->conn = PQconnectdb(url);
    if (PQstatus(script->conn) != CONNECTION_OK)
        note_trouble(script, PQerrorMessage(script->conn));
    PQsetNoticeReceiver(script->conn, drop_notice, NULL);
    return script;
}

void
script_close(struct script *script)
{
    if (script == NULL)
        return;
    PQfinish(script->conn);
    free(script);
}

const char *
script_trouble(const struct script *script)
{
    return script->trouble;
}

static bool
run(struct script *script, const char *sql)
{
    PGresult *result = PQexec(script->conn, sql);
    bool      is_done =
        PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!is_done)
        note_trouble(script, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) == NULL
                                 ? PQerrorMessage(script->conn)
                                 : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    PQclear(result);
    return is_done;
}

/* One value of one row as text into place; false when there is no row. */
static bool
fetch(struct script *script, const char *sql, int count, const char *const *values, char *place,
      size_t size_bytes)
{
    PGresult *result = PQexecParams(script->conn, sql, count, NULL, values, NULL, NULL, 0);
    bool      has_row = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;

    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        note_trouble(script, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) == NULL
                                 ? PQerrorMessage(script->conn)
                                 : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    if (has_row)
        snprintf(place, size_bytes, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return has_row;
}

static enum script_outcome
look_up_step(struct script *script, const char *number, const char *sha256_hex)
{
    const char *values[] = { number };
    char        place[80];

    if (!fetch(script, "SELECT coalesce(to_regclass('registry.migration')::text, '')", 0, NULL,
               place, sizeof place))
        return SCRIPT_FAILED;
    if (place[0] == '\0')
        return SCRIPT_DONE;
    if (!fetch(script,
               "SELECT encode(sha256, 'hex') FROM registry.migration WHERE number = $1::int", 1,
               values, place, sizeof place))
        return script->trouble[0] == '\0' ? SCRIPT_DONE : SCRIPT_FAILED;
    return strcmp(place, sha256_hex) == 0 ? SCRIPT_WAS_DONE : SCRIPT_CHANGED;
}

static bool
note_step(struct script *script, const char *number, const char *name, const char *sha256_hex)
{
    const char *values[] = { number, name, sha256_hex };
    char        place[16];
    return fetch(script,
                 "INSERT INTO registry.migration (number, name, sha256)"
                 " VALUES ($1::int, $2, decode($3, 'hex')) RETURNING number",
                 3, values, place, sizeof place);
}

enum script_outcome
script_run_step(struct script *script, const char *name, const char *sha256_hex, const char *sql)
{
    char number[8];

    snprintf(number, sizeof number, "%.4s", name);
    /* The number of the lock is arbitrary; only we use it. */
    if (!run(script, "BEGIN") || !run(script, "SELECT pg_advisory_xact_lock(7301)"))
        return SCRIPT_FAILED;
    enum script_outcome outcome = look_up_step(script, number, sha256_hex);
    if (outcome == SCRIPT_DONE
        && (!run(script, sql) || !note_step(script, number, name, sha256_hex)
            || !run(script, "COMMIT")))
        outcome = SCRIPT_FAILED;
    if (outcome != SCRIPT_DONE) {
        char trouble[TROUBLE_BYTES];
        snprintf(trouble, sizeof trouble, "%s", script->trouble);
        if (!run(script, "ROLLBACK"))
            return SCRIPT_FAILED;
        note_trouble(script, trouble);
    }
    return outcome;
}

enum script_outcome
script_operator(struct script *script, struct operator_row *row)
{
    static const char make[] =
        "INSERT INTO registry.operator (name, organisation, role, valid_from)"
        " SELECT $1, $2, registry.office_number('role', $3), (now() AT TIME ZONE "
        "'Asia/Tokyo')::date"
        " WHERE registry.office_number('role', $3) IS NOT NULL"
        " RETURNING operator_id || ' ' || generation";
    static const char renew[] =
        "UPDATE registry.operator SET generation = generation + 1, used_step = 0, failures = 0,"
        "  locked_until = NULL"
        " WHERE operator_id::text = $1 RETURNING operator_id || ' ' || generation";
    const char *values[] = { row->name, row->organisation, row->role };
    const char *number[] = { row->number };
    char        place[32];
    int         operator_id, generation;

    script->trouble[0] = '\0';
    bool is_done = row->name != NULL ? fetch(script, make, 3, values, place, sizeof place)
                                     : fetch(script, renew, 1, number, place, sizeof place);
    if (!is_done)
        return script->trouble[0] == '\0' ? SCRIPT_UNKNOWN_HOLDER : SCRIPT_FAILED;
    if (sscanf(place, "%d %d", &operator_id, &generation) != 2)
        return SCRIPT_FAILED;
    row->operator_id = operator_id;
    row->generation = (int16_t)generation;
    return SCRIPT_DONE;
}

enum script_outcome
script_admit(struct script *script, const struct certificate_row *row)
{
    static const char sql[] =
        "INSERT INTO registry.certificate AS held (holder_kind, facility_id, insurer_number,"
        " operator_id, fingerprint, serial, not_before, not_after, revoked_at, revocation_reason)"
        " SELECT kind.number, facility.facility_id, insurer.insurer_number, operator.operator_id, "
        "decode($3, 'hex'), $4,"
        "  to_timestamp($5::int8), to_timestamp($6::int8), to_timestamp($7::int8),"
        "  CASE WHEN $7 IS NOT NULL THEN 'revoked by the authority' END"
        " FROM (VALUES ('facility', 1), ('insurer', 2), ('operator', 3), ('portal', 4)) AS kind "
        "(name, number)"
        " LEFT JOIN registry.facility ON kind.number = 1 AND facility.facility_code = $2"
        "  AND facility.valid_to IS NULL"
        " LEFT JOIN registry.insurer ON kind.number = 2 AND insurer.insurer_number = $2"
        " LEFT JOIN registry.operator ON kind.number = 3 AND operator.operator_id::text = $2"
        " WHERE kind.name = $1 AND (kind.number <> 1 OR facility.facility_id IS NOT NULL)"
        "  AND (kind.number <> 2 OR insurer.insurer_number IS NOT NULL)"
        "  AND (kind.number <> 3 OR operator.operator_id IS NOT NULL)"
        " ON CONFLICT (fingerprint) DO UPDATE SET revoked_at = excluded.revoked_at,"
        "  revocation_reason = excluded.revocation_reason"
        "  WHERE excluded.revoked_at IS NOT NULL AND held.revoked_at IS NULL"
        " RETURNING 1";
    char not_before[INSTANT_TEXT_BYTES], not_after[INSTANT_TEXT_BYTES];
    char revoked_at[INSTANT_TEXT_BYTES], place[16];

    snprintf(not_before, sizeof not_before, "%lld", (long long)(row->not_before / 1000000));
    snprintf(not_after, sizeof not_after, "%lld", (long long)(row->not_after / 1000000));
    snprintf(revoked_at, sizeof revoked_at, "%lld", (long long)(row->revoked_at / 1000000));
    const char *values[] = { row->kind,
                             row->subject,
                             row->fingerprint_hex,
                             row->serial,
                             not_before,
                             not_after,
                             row->is_revoked ? revoked_at : NULL };
    script->trouble[0] = '\0';
    if (fetch(script, sql, 7, values, place, sizeof place))
        return SCRIPT_DONE;
    if (script->trouble[0] != '\0')
        return SCRIPT_FAILED;
    const char *known[] = { row->fingerprint_hex };
    return fetch(script, "SELECT 1 FROM registry.certificate WHERE fingerprint = decode($1, 'hex')",
                 1, known, place, sizeof place)
               ? SCRIPT_WAS_DONE
               : SCRIPT_UNKNOWN_HOLDER;
}
