#include "query/stmt.h"

#include "base/attr.h"

#include <assert.h>
#include <stddef.h>

enum { SHARED_1_2 = 1 << 0 | 1 << 1, SHARED_4_5 = 1 << 3 | 1 << 4 };

/* clang-format off */
static const struct stmt_row stmt_table[] = {
    [STMT_ELIGIBILITY_FIND] = {
        .name = "eligibility_find", .is_set = true,
        .sql = "SELECT ord, person_id, version, body, reference_number"
               "  FROM registry.eligibility_find($1, $2, $3)",
        .params = { PG_INT4, PG_TEXT, PG_DATE },
        .columns = { PG_INT4, PG_INT8, PG_INT8, PG_BYTEA, PG_TEXT },
    },
    [STMT_ELIGIBILITY_LOOK_AROUND] = {
        .name = "eligibility_look_around", .is_set = true,
        .sql = "SELECT ord, kind, card_key, birth_date, event_on, received_on, due_on, change_kind"
               "  FROM registry.eligibility_look_around($1, $2, $3, $4)",
        .params = { PG_TEXT, PG_DATE, PG_TEXT, PG_TEXT },
        .columns = { PG_INT4, PG_INT2, PG_TEXT, PG_DATE, PG_DATE, PG_DATE, PG_DATE, PG_INT2 },
    },
    [STMT_DOSSIER_BY_VERSION] = {
        .name = "dossier_by_version", .is_set = true,
        .sql = "SELECT ord, person_id, version, body FROM registry.dossier_by_version($1)",
        .params = { PG_INT8 },
        .columns = { PG_INT4, PG_INT8, PG_INT8, PG_BYTEA },
    },
    [STMT_ACCESS_APPEND] = {
        .name = "access_append", .is_set = true, .shared_params = SHARED_1_2,
        .sql = "SELECT ord, record_id, recorded_at FROM registry.access_append($1, $2, $3, $4, $5,"
               " $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
        .params = { PG_DATE, PG_DATE, PG_INT8, PG_INT4, PG_INT8, PG_INT2, PG_TEXT, PG_UUID, PG_INT4,
                    PG_INT2, PG_INT2, PG_INT2, PG_BYTEA, PG_TEXT, PG_DATE, PG_INT2, PG_INT4,
                    PG_INT2, PG_INT2, PG_TEXT, PG_INT2, PG_BYTEA, PG_INSTANT },
        .columns = { PG_INT4, PG_INT8, PG_INSTANT },
    },
    [STMT_ACCESS_PRIOR] = {
        .name = "access_prior", .is_set = true, .shared_params = SHARED_4_5,
        .sql = "SELECT ord, record_id, recorded_at, body_digest, route, dossier_versions::text,"
               " validity, reason, detail, asked_day, consent, items, as_of, fault"
               "  FROM registry.access_prior($1, $2, $3, $4, $5)",
        .params = { PG_INT8, PG_UUID, PG_INT4, PG_DATE, PG_DATE },
        .columns = { PG_INT4, PG_INT8, PG_INSTANT, PG_BYTEA, PG_INT2, PG_TEXT, PG_INT2, PG_INT2,
                     PG_TEXT, PG_DATE, PG_INT2, PG_INT4, PG_INSTANT, PG_INT2 },
    },
    [STMT_REFERENCE_NUMBER_SET] = {
        .name = "reference_number_set", .is_set = true, .shared_params = SHARED_1_2,
        .sql = "SELECT ord, outcome FROM registry.reference_number_set($1, $2, $3, $4, $5, $6, $7, $8)"
               " ORDER BY ord",
        .params = { PG_DATE, PG_DATE, PG_INT8, PG_UUID, PG_INT4, PG_INT4, PG_INT8, PG_TEXT },
        .columns = { PG_INT4, PG_INT2 },
    },
    [STMT_REFERENCE_NUMBER_DELETE] = {
        .name = "reference_number_delete", .is_set = true, .shared_params = SHARED_1_2,
        .sql = "SELECT ord, outcome FROM registry.reference_number_delete($1, $2, $3, $4, $5, $6, $7)"
               " ORDER BY ord",
        .params = { PG_DATE, PG_DATE, PG_INT8, PG_UUID, PG_INT4, PG_INT4, PG_INT8 },
        .columns = { PG_INT4, PG_INT2 },
    },
    [STMT_DIRECTORY_WATERMARK] = {
        .name = "directory_watermark",
        .sql = "SELECT registry.directory_watermark()",
        .columns = { PG_XID8 },
    },
    [STMT_DIRECTORY_FACILITIES] = {
        .name = "directory_facilities",
        .sql = "SELECT facility_id, facility_code, kind, prefecture, status, rights_profile,"
               " valid_from, valid_to FROM registry.directory_facilities($1)",
        .params = { PG_XID8 },
        .columns = { PG_INT4, PG_TEXT, PG_INT2, PG_INT2, PG_INT2, PG_INT2, PG_DATE, PG_DATE },
    },
    [STMT_DIRECTORY_CERTIFICATES] = {
        .name = "directory_certificates",
        .sql = "SELECT certificate_id, holder_kind, facility_id, fingerprint, not_before, not_after,"
               " revoked_at, insurer_number, operator_id FROM registry.directory_certificates($1)",
        .params = { PG_XID8 },
        .columns = { PG_INT8, PG_INT2, PG_INT4, PG_BYTEA, PG_INSTANT, PG_INSTANT, PG_INSTANT, PG_TEXT,
                     PG_INT4 },
    },
    [STMT_DIRECTORY_INSURERS] = {
        .name = "directory_insurers",
        .sql = "SELECT insurer_number, name, contact_phone, contact_text, successor_number,"
               " valid_from, valid_to, last_heard_at, usual_lag_days"
               "  FROM registry.directory_insurers($1)",
        .params = { PG_XID8 },
        .columns = { PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_DATE, PG_DATE, PG_INSTANT,
                     PG_INT2 },
    },
    [STMT_DIRECTORY_PARAMETERS] = {
        .name = "directory_parameters",
        .sql = "SELECT name, valid_from, value FROM registry.policy_parameters()",
        .columns = { PG_TEXT, PG_DATE, PG_TEXT },
    },
    [STMT_ACCESS_PARTITIONS_ENSURE] = {
        .name = "access_partitions_ensure",
        .sql = "SELECT registry.access_partitions_ensure($1, $2)",
        .params = { PG_DATE, PG_INT4 },
        .columns = { PG_INT4 },
    },
    [STMT_BULK_JOB_OPEN] = {
        .name = "bulk_job_open",
        .sql = "SELECT outcome, reception_number, received_at, item_count, expires_at"
               "  FROM registry.bulk_job_open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        .params = { PG_INT4, PG_UUID, PG_BYTEA, PG_INT2, PG_INT2, PG_INT4, PG_TEXT, PG_DATE, PG_INT4,
                    PG_INT4, PG_DATE, PG_DATE },
        .columns = { PG_INT2, PG_TEXT, PG_INSTANT, PG_INT4, PG_INSTANT },
    },
    [STMT_BULK_ITEMS_TAKE] = {
        .name = "bulk_items_take",
        .sql = "SELECT job_id, item_no, facility_id, request_id, received_at, question, item_route,"
               " asked_on FROM registry.bulk_items_take($1, $2)",
        .params = { PG_INT4, PG_INT4 },
        .columns = { PG_INT8, PG_INT4, PG_INT4, PG_UUID, PG_INSTANT, PG_TEXT, PG_INT2, PG_DATE },
    },
    [STMT_BULK_ITEMS_DONE] = {
        .name = "bulk_items_done", .is_set = true,
        .sql = "SELECT ord FROM registry.bulk_items_done($1, $2, $3, $4, $5)",
        .params = { PG_INT8, PG_INT4, PG_BYTEA, PG_BYTEA, PG_BOOL },
        .columns = { PG_INT4 },
    },
    [STMT_BULK_JOB_READ] = {
        .name = "bulk_job_read",
        .sql = "SELECT received_at, state, item_count, done, ok, errors, expires_at"
               "  FROM registry.bulk_job_read($1, $2, $3)",
        .params = { PG_INT4, PG_TEXT, PG_INT2 },
        .columns = { PG_INSTANT, PG_INT2, PG_INT4, PG_INT4, PG_INT4, PG_INT4, PG_INSTANT },
    },
    [STMT_BULK_ITEMS_READ] = {
        .name = "bulk_items_read",
        .sql = "SELECT item_no, result FROM registry.bulk_items_read($1, $2, $3, $4)",
        .params = { PG_INT4, PG_TEXT, PG_INT4, PG_INT4 },
        .columns = { PG_INT4, PG_BYTEA },
    },
    [STMT_BULK_EXPIRE] = {
        .name = "bulk_expire",
        .sql = "SELECT registry.bulk_expire()",
        .columns = { PG_INT4 },
    },
    [STMT_CHANGE_LIST] = {
        .name = "change_list", .is_set = true,
        .sql = "SELECT ord, notice_no, record_id, day, asked_day, request_id, kind, made_at"
               "  FROM registry.change_list($1, $2, $3)",
        .params = { PG_INT4, PG_INT8, PG_INT4 },
        .columns = { PG_INT4, PG_INT8, PG_INT8, PG_DATE, PG_DATE, PG_UUID, PG_INT2, PG_INSTANT },
    },
    [STMT_DISCREPANCY_OPEN] = {
        .name = "discrepancy_open",
        .sql = "SELECT outcome, ticket_number, state, opened_at, due_on, person_id"
               "  FROM registry.discrepancy_open($1, $2, $3, $4, $5, $6)",
        .params = { PG_INT4, PG_UUID, PG_INT8, PG_DATE, PG_TEXT, PG_DATE },
        .columns = { PG_INT2, PG_TEXT, PG_INT2, PG_INSTANT, PG_DATE, PG_INT8 },
    },
    [STMT_DISCREPANCY_READ] = {
        .name = "discrepancy_read", .is_set = true,
        .sql = "SELECT ord, state, fields, record_id, record_day, opened_at, due_on, answer,"
               " answered_at, person_id FROM registry.discrepancy_read($1, $2)",
        .params = { PG_INT4, PG_TEXT },
        .columns = { PG_INT4, PG_INT2, PG_TEXT, PG_INT8, PG_DATE, PG_INSTANT, PG_DATE, PG_INT2,
                     PG_INSTANT, PG_INT8 },
    },
    [STMT_VISIT_OPEN] = {
        .name = "visit_open", .is_set = true,
        .sql = "SELECT ord, person_id, version, body, reference_number, outcome"
               "  FROM registry.visit_open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        .params = { PG_INT4, PG_UUID, PG_UUID, PG_TEXT, PG_TEXT, PG_INSTANT, PG_INT2, PG_INT2, PG_INT2, PG_INT2,
                    PG_INSTANT, PG_BOOL, PG_INT2, PG_INT2, PG_TEXT, PG_INSTANT },
        .columns = { PG_INT4, PG_INT8, PG_INT8, PG_BYTEA, PG_TEXT, PG_INT2 },
    },
    [STMT_VISIT_READ] = {
        .name = "visit_read", .is_set = true,
        .sql = "SELECT ord, person_id, version, body, reference_number, opened_at, treatment, consents,"
               " consent_until, is_limited, ended_at, end_reason, item, told"
               "  FROM registry.visit_read($1, $2, $3, $4, $5, $6)",
        .params = { PG_INT4, PG_UUID, PG_INT2, PG_INSTANT, PG_INT2, PG_INT2 },
        .columns = { PG_INT4, PG_INT8, PG_INT8, PG_BYTEA, PG_TEXT, PG_INSTANT, PG_INT2, PG_INT2, PG_INSTANT,
                     PG_BOOL, PG_INSTANT, PG_INT2, PG_INT2, PG_TEXT },
    },
    [STMT_VISIT_END] = {
        .name = "visit_end",
        .sql = "SELECT outcome, person_id, ended_at, reason FROM registry.visit_end($1, $2, $3, $4)",
        .params = { PG_INT4, PG_UUID, PG_INT2, PG_INSTANT },
        .columns = { PG_INT2, PG_INT8, PG_INSTANT, PG_INT2 },
    },
    [STMT_VISIT_REVIEW] = {
        .name = "visit_review",
        .sql = "SELECT outcome, person_id, reviewed_at, result FROM registry.visit_review($1, $2, $3, $4, $5)",
        .params = { PG_INT4, PG_UUID, PG_TEXT, PG_INT2, PG_INSTANT },
        .columns = { PG_INT2, PG_INT8, PG_INSTANT, PG_INT2 },
    },
    [STMT_VISIT_LIST] = {
        .name = "visit_list",
        .sql = "SELECT visit_id, opened_at, consents, ended_at, end_reason, reference_number"
               "  FROM registry.visit_list($1, $2, $3, $4, $5, $6, $7)",
        .params = { PG_INT4, PG_INT2, PG_INSTANT, PG_INSTANT, PG_INSTANT, PG_UUID, PG_INT4 },
        .columns = { PG_UUID, PG_INSTANT, PG_INT2, PG_INSTANT, PG_INT2, PG_TEXT },
    },
    [STMT_DISASTER_FIND] = {
        .name = "disaster_find", .is_set = true,
        .sql = "SELECT ord, person_id, version, body, reference_number, is_open"
               "  FROM registry.disaster_find($1, $2, $3, $4, $5)",
        .params = { PG_INT4, PG_INSTANT, PG_DATE, PG_TEXT, PG_TEXT },
        .columns = { PG_INT4, PG_INT8, PG_INT8, PG_BYTEA, PG_TEXT, PG_BOOL },
    },
    [STMT_DISASTER_VISIT] = {
        .name = "disaster_visit",
        .sql = "SELECT outcome, open_until FROM registry.disaster_visit($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        .params = { PG_INT4, PG_UUID, PG_UUID, PG_INT8, PG_INSTANT, PG_INT2, PG_INSTANT, PG_TEXT, PG_INSTANT },
        .columns = { PG_INT2, PG_INSTANT },
    },
    [STMT_PERSON_OPEN] = {
        .name = "person_open", .is_set = true,
        .sql = "SELECT ord, person_id, version, body, reference_number, outcome"
               "  FROM registry.person_open($1, $2, $3, $4, $5, $6, $7)",
        .params = { PG_INT8, PG_UUID, PG_UUID, PG_TEXT, PG_TEXT, PG_INSTANT, PG_INSTANT },
        .columns = { PG_INT4, PG_INT8, PG_INT8, PG_BYTEA, PG_TEXT, PG_INT2 },
    },
    [STMT_PERSON_READ] = {
        .name = "person_read", .is_set = true,
        .sql = "SELECT ord, person_id, version, body, reference_number, is_by_agent"
               "  FROM registry.person_read($1, $2, $3)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT },
        .columns = { PG_INT4, PG_INT8, PG_INT8, PG_BYTEA, PG_TEXT, PG_BOOL },
    },
    [STMT_PERSON_HISTORY] = {
        .name = "person_history", .is_set = true,
        .sql = "SELECT ord, item, told FROM registry.person_history($1, $2, $3, $4, $5, $6)",
        .params = { PG_INT8, PG_UUID, PG_INT2, PG_INSTANT, PG_INT2, PG_INT2 },
        .columns = { PG_INT4, PG_INT2, PG_TEXT },
    },
    [STMT_HISTORY_READ] = {
        .name = "history_read", .is_set = true,
        .sql = "SELECT ord, item, told FROM registry.history_read($1, $2, $3, $4, $5, $6)",
        .params = { PG_INT4, PG_UUID, PG_INT2, PG_INSTANT, PG_INT2, PG_INT2 },
        .columns = { PG_INT4, PG_INT2, PG_TEXT },
    },
    [STMT_PERSON_CHECKUPS] = {
        .name = "person_checkups", .is_set = true,
        .sql = "SELECT ord, examined_on, items FROM registry.person_checkups($1, $2, $3, $4, $5)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_DATE, PG_DATE },
        .columns = { PG_INT4, PG_DATE, PG_TEXT },
    },
    [STMT_CHECKUP_READ] = {
        .name = "checkup_read", .is_set = true,
        .sql = "SELECT ord, examined_on, items FROM registry.checkup_read($1, $2, $3, $4, $5)",
        .params = { PG_INT4, PG_UUID, PG_INSTANT, PG_DATE, PG_DATE },
        .columns = { PG_INT4, PG_DATE, PG_TEXT },
    },
    [STMT_PERSON_EXPENSES] = {
        .name = "person_expenses",
        .sql = "SELECT month, in_out, facility_code, facility_name, days, total, paid"
               "  FROM registry.person_expenses($1, $2, $3, $4, $5, $6)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_DATE, PG_DATE, PG_INT4 },
        .columns = { PG_DATE, PG_INT2, PG_TEXT, PG_TEXT, PG_INT2, PG_INT4, PG_INT4 },
    },
    [STMT_PERSON_TICKET_OPEN] = {
        .name = "person_ticket_open",
        .sql = "SELECT outcome, ticket_number, state, opened_at, due_on"
               "  FROM registry.person_ticket_open($1, $2, $3, $4, $5, $6)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_UUID, PG_TEXT, PG_DATE },
        .columns = { PG_INT2, PG_TEXT, PG_INT2, PG_INSTANT, PG_DATE },
    },
    [STMT_PERSON_TICKETS] = {
        .name = "person_tickets",
        .sql = "SELECT ticket_number, state, fields, opened_at, due_on, answer, answered_at, facility_name,"
               " insurer_name FROM registry.person_tickets($1, $2, $3, $4)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_INT4 },
        .columns = { PG_TEXT, PG_INT2, PG_TEXT, PG_INSTANT, PG_DATE, PG_INT2, PG_INSTANT, PG_TEXT, PG_TEXT },
    },
    [STMT_PERSON_AGENT_MAKE] = {
        .name = "person_agent_make",
        .sql = "SELECT outcome, agent_number, last_day FROM registry.person_agent_make($1, $2, $3, $4, $5, $6, $7)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_UUID, PG_UUID, PG_INT2, PG_DATE },
        .columns = { PG_INT2, PG_TEXT, PG_DATE },
    },
    [STMT_PERSON_AGENTS] = {
        .name = "person_agents",
        .sql = "SELECT agent_number, is_for_me, name, kind, made_at, until, ended_at, ended_by"
               "  FROM registry.person_agents($1, $2, $3, $4)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_INT4 },
        .columns = { PG_TEXT, PG_BOOL, PG_TEXT, PG_INT2, PG_INSTANT, PG_DATE, PG_INSTANT, PG_INT2 },
    },
    [STMT_PERSON_AGENT_END] = {
        .name = "person_agent_end",
        .sql = "SELECT ended_at, ended_by FROM registry.person_agent_end($1, $2, $3, $4)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_TEXT },
        .columns = { PG_INSTANT, PG_INT2 },
    },
    [STMT_PERSON_AGENT_SESSION] = {
        .name = "person_agent_session",
        .sql = "SELECT opened_id, until, person_id FROM registry.person_agent_session($1, $2, $3, $4, $5)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_TEXT, PG_UUID },
        .columns = { PG_UUID, PG_INSTANT, PG_INT8 },
    },
    [STMT_PERSON_ACCESSES] = {
        .name = "person_accesses",
        .sql = "SELECT record_id, day, recorded_at, actor_kind, facility_code, facility_name, insurer_name, way,"
               " purpose, items, detail FROM registry.person_accesses($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_BYTEA, PG_DATE, PG_DATE, PG_DATE, PG_INT8, PG_INT4 },
        .columns = { PG_INT8, PG_DATE, PG_INSTANT, PG_INT2, PG_TEXT, PG_TEXT, PG_TEXT, PG_INT2, PG_INT2, PG_INT4,
                     PG_TEXT },
    },
    [STMT_PERSON_VISITS] = {
        .name = "person_visits",
        .sql = "SELECT visit_id, opened_at, facility_code, facility_name, treatment, basis, consents, consent_until,"
               " ended_at, end_reason, reviewed_at, outcome FROM registry.person_visits($1, $2, $3, $4, $5)",
        .params = { PG_INT8, PG_UUID, PG_INSTANT, PG_INSTANT, PG_INT4 },
        .columns = { PG_UUID, PG_INSTANT, PG_TEXT, PG_TEXT, PG_INT2, PG_INT2, PG_INT2, PG_INSTANT, PG_INSTANT, PG_INT2,
                     PG_INSTANT, PG_INT2 },
    },
    [STMT_PERSON_VISIT_END] = {
        .name = "person_visit_end",
        .sql = "SELECT person_id, ended_at, reason FROM registry.person_visit_end($1, $2, $3, $4)",
        .params = { PG_INT8, PG_UUID, PG_UUID, PG_INSTANT },
        .columns = { PG_INT8, PG_INSTANT, PG_INT2 },
    },
    [STMT_CLAIM_READ] = {
        .name = "claim_read", .is_set = true,
        .sql = "SELECT ord, item, told FROM registry.claim_read($1, $2, $3, $4, $5, $6, $7)",
        .params = { PG_INT4, PG_UUID, PG_INT2, PG_INSTANT, PG_DATE, PG_DATE, PG_INSTANT },
        .columns = { PG_INT4, PG_INT2, PG_TEXT },
    },
    [STMT_CLAIMS_PUT] = {
        .name = "claims_put",
        .sql = "SELECT ord, outcome FROM registry.claims_put($1)",
        .params = { PG_JSONB },
        .columns = { PG_INT4, PG_INT2 },
    },
    [STMT_STATISTICS_COUNT] = {
        .name = "statistics_count",
        .sql = "SELECT registry.statistics_count()",
        .columns = { PG_INT8 },
    },
    [STMT_STATISTICS_PUBLISHED] = {
        .name = "statistics_published",
        .sql = "SELECT line FROM registry.statistics_published($1, $2, $3, $4)",
        .params = { PG_TEXT, PG_TEXT, PG_DATE, PG_DATE },
        .columns = { PG_TEXT },
    },
    [STMT_FACILITY_LOCK] = {
        .name = "facility_lock",
        .sql = "SELECT 1 FROM registry.facility_lock($1, $2, $3)",
        .params = { PG_INT4, PG_TEXT, PG_INSTANT },
        .columns = { PG_INT4 },
    },
    [STMT_CREDENTIALS_PUT] = {
        .name = "credentials_put",
        .sql = "SELECT ord, outcome FROM registry.credentials_put($1)",
        .params = { PG_JSONB },
        .columns = { PG_INT4, PG_INT2 },
    },
    [STMT_OFFICE] = {
        .name = "office",
        .sql = "SELECT outcome, etag, detail, body, person_id"
               "  FROM registry.office($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        .params = { PG_TEXT, PG_INT4, PG_INT8, PG_BYTEA, PG_UUID, PG_TEXT, PG_JSONB, PG_TEXT, PG_INSTANT, PG_DATE },
        .columns = { PG_INT2, PG_TEXT, PG_TEXT, PG_TEXT, PG_INT8 },
    },
    [STMT_OFFICE_FACTOR] = {
        .name = "office_factor",
        .sql = "SELECT generation, used_step, is_locked FROM registry.office_factor($1, $2, $3)",
        .params = { PG_INT4, PG_DATE, PG_INSTANT },
        .columns = { PG_INT2, PG_INT8, PG_BOOL },
    },
    [STMT_OFFICE_SESSION_OPEN] = {
        .name = "office_session_open",
        .sql = "SELECT is_open, until, role, name FROM registry.office_session_open($1, $2, $3, $4, $5, $6)",
        .params = { PG_INT4, PG_INT8, PG_BYTEA, PG_INT8, PG_INSTANT, PG_DATE },
        .columns = { PG_BOOL, PG_INSTANT, PG_TEXT, PG_TEXT },
    },
    [STMT_HOLIDAYS] = {
        .name = "holidays",
        .sql = "SELECT day FROM registry.holidays() ORDER BY day",
        .columns = { PG_DATE },
    },
    [STMT_NUMBER_IDS_RESERVE] = {
        .name = "number_ids_reserve",
        .sql = "SELECT registry.number_ids_reserve($1)",
        .params = { PG_INT4 },
        .columns = { PG_INT8 },
    },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(stmt_table) == STMT_BATCH_FIRST, "every statement has a row");

const struct stmt_row *
stmt_info(int stmt)
{
    assert(stmt > STMT_NONE && stmt < STMT_COUNT);
    return stmt < STMT_BATCH_FIRST ? &stmt_table[stmt] : &stmt_batch_table[stmt - STMT_BATCH_FIRST];
}

static int
type_count(const enum pg_type *types, int count_max)
{
    int count = 0;
    while (count < count_max && types[count] != PG_NONE)
        count++;
    return count;
}

int
stmt_param_count(const struct stmt_row *row)
{
    return type_count(row->params, STMT_PARAMS_MAX);
}

int
stmt_column_count(const struct stmt_row *row)
{
    return type_count(row->columns, STMT_COLUMNS_MAX);
}

bool
stmt_param_is_array(const struct stmt_row *row, int param)
{
    return row->is_set && (row->shared_params >> param & 1) == 0;
}
