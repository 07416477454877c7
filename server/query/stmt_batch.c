#include "query/stmt.h"

#include "base/attr.h"

#define AT(stmt) ((stmt)-STMT_BATCH_FIRST)

/* clang-format off */
const struct stmt_row stmt_batch_table[] = {
    [AT(STMT_BATCH_SESSION_OPEN)] = {
        .name = "batch_session_open",
        .sql = "SELECT 1 FROM registry.batch_session_open()",
        .columns = { PG_INT4 },
    },
    [AT(STMT_NOTICE_OPEN)] = {
        .name = "notice_open",
        .sql = "SELECT item_no, outcome, notice_id, due_on, plain_due_on"
               "  FROM registry.notice_open($1, $2, $3, $4, $5, $6)",
        .params = { PG_TEXT, PG_UUID, PG_INT2, PG_BYTEA, PG_TEXT, PG_JSONB },
        .columns = { PG_INT4, PG_INT2, PG_INT8, PG_DATE, PG_DATE },
    },
    [AT(STMT_NOTICE_CORRECT)] = {
        .name = "notice_correct",
        .sql = "SELECT outcome FROM registry.notice_correct($1, $2, $3, $4, $5, $6, $7, $8)",
        .params = { PG_TEXT, PG_UUID, PG_INT2, PG_BYTEA, PG_TEXT, PG_INT8, PG_DATE, PG_JSONB },
        .columns = { PG_INT2 },
    },
    [AT(STMT_NOTICE_WITHDRAW)] = {
        .name = "notice_withdraw",
        .sql = "SELECT outcome FROM registry.notice_withdraw($1, $2, $3, $4, $5, $6)",
        .params = { PG_TEXT, PG_UUID, PG_INT2, PG_BYTEA, PG_TEXT, PG_INT8 },
        .columns = { PG_INT2 },
    },
    [AT(STMT_NOTICE_READ)] = {
        .name = "notice_read",
        .sql = "SELECT state, change_kind, event_on, received_on, due_on, plain_due_on, symbol, number,"
               " branch, birth_date, notice_key, batch_id, row_no, recorded_at"
               "  FROM registry.notice_read($1, $2)",
        .params = { PG_TEXT, PG_INT8 },
        .columns = { PG_INT2, PG_INT2, PG_DATE, PG_DATE, PG_DATE, PG_DATE, PG_TEXT, PG_TEXT,
                     PG_TEXT, PG_DATE, PG_TEXT, PG_INT8, PG_INT4, PG_INSTANT },
    },
    [AT(STMT_NOTICE_LIST)] = {
        .name = "notice_list",
        .sql = "SELECT notice_id, state, change_kind, event_on, received_on, due_on, notice_key"
               "  FROM registry.notice_list($1, $2, $3, $4, $5)",
        .params = { PG_TEXT, PG_DATE, PG_DATE, PG_INT8, PG_INT4 },
        .columns = { PG_INT8, PG_INT2, PG_INT2, PG_DATE, PG_DATE, PG_DATE, PG_TEXT },
    },
    [AT(STMT_NOTICE_CLOCK)] = {
        .name = "notice_clock",
        .sql = "SELECT registry.notice_clock($1, $2)",
        .params = { PG_INSTANT, PG_INT4 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_ENROLMENT_EXPIRE)] = {
        .name = "enrolment_expire",
        .sql = "SELECT registry.enrolment_expire($1, $2)",
        .params = { PG_DATE, PG_INT4 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_ACCESS_APPEND_EACH)] = {
        .name = "access_append_each",
        .sql = "SELECT recorded FROM registry.access_append_each($1, $2, $3, $4, $5, $6, $7, $8, $9,"
               " $10, $11, $12)",
        .params = { PG_DATE, PG_INT8, PG_INT8, PG_INT2, PG_TEXT, PG_UUID, PG_INT2, PG_INT2, PG_INT4,
                    PG_BYTEA, PG_TEXT, PG_BYTEA },
        .columns = { PG_INT4 },
    },
    [AT(STMT_HOLD_LIST)] = {
        .name = "hold_list",
        .sql = "SELECT hold_id, person_id, kind, scope, fields, batch_id, row_no, row_key, symbol,"
               " number, branch, opened_at, due_on FROM registry.hold_list($1, $2, $3)",
        .params = { PG_TEXT, PG_INT8, PG_INT4 },
        .columns = { PG_INT8, PG_INT8, PG_INT2, PG_INT2, PG_TEXT, PG_INT8, PG_INT4, PG_TEXT, PG_TEXT,
                     PG_TEXT, PG_TEXT, PG_INSTANT, PG_DATE },
    },
    [AT(STMT_HOLD_READ)] = {
        .name = "hold_read",
        .sql = "SELECT $2, person_id, kind, scope, fields, batch_id, row_no, row_key, symbol, number,"
               " branch, opened_at, due_on, closed_at, answer, answer_reason"
               "  FROM registry.hold_read($1, $2)",
        .params = { PG_TEXT, PG_INT8 },
        .columns = { PG_INT8, PG_INT8, PG_INT2, PG_INT2, PG_TEXT, PG_INT8, PG_INT4, PG_TEXT, PG_TEXT,
                     PG_TEXT, PG_TEXT, PG_INSTANT, PG_DATE, PG_INSTANT, PG_INT2, PG_INT2 },
    },
    [AT(STMT_HOLD_ANSWER)] = {
        .name = "hold_answer",
        .sql = "SELECT item_no, outcome, hold_id"
               "  FROM registry.hold_answer($1, $2, $3, $4, $5, $6, $7)",
        .params = { PG_TEXT, PG_UUID, PG_INT2, PG_BYTEA, PG_TEXT, PG_DATE, PG_JSONB },
        .columns = { PG_INT4, PG_INT2, PG_INT8 },
    },
    [AT(STMT_UNLINK)] = {
        .name = "unlink",
        .sql = "SELECT outcome, unlink_id"
               "  FROM registry.unlink($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        .params = { PG_TEXT, PG_UUID, PG_INT2, PG_BYTEA, PG_TEXT, PG_DATE, PG_INT8, PG_INT4, PG_TEXT,
                    PG_TEXT, PG_DATE },
        .columns = { PG_INT2, PG_INT8 },
    },
    [AT(STMT_UNLINK_READ)] = {
        .name = "unlink_read",
        .sql = "SELECT person_id, hold_id, link_ended, linked_at, unlinked_at"
               "  FROM registry.unlink_read($1, $2)",
        .params = { PG_TEXT, PG_INT8 },
        .columns = { PG_INT8, PG_INT8, PG_BOOL, PG_INSTANT, PG_INSTANT },
    },
    [AT(STMT_UNLINK_EXPOSURE)] = {
        .name = "unlink_exposure",
        .sql = "SELECT record_id, day, recorded_at, actor_kind, facility_code, items"
               "  FROM registry.unlink_exposure($1, $2, $3, $4, $5, $6)",
        .params = { PG_TEXT, PG_INT8, PG_BYTEA, PG_DATE, PG_INT8, PG_INT4 },
        .columns = { PG_INT8, PG_DATE, PG_INSTANT, PG_INT2, PG_TEXT, PG_INT4 },
    },
    [AT(STMT_CERTIFICATE_NEEDED)] = {
        .name = "certificate_needed",
        .sql = "SELECT coverage_id, person_id, reason, symbol, number, branch, birth_date,"
               " acquired_on, last_valid_until FROM registry.certificate_needed($1, $2, $3, $4)",
        .params = { PG_TEXT, PG_DATE, PG_INT8, PG_INT4 },
        .columns = { PG_INT8, PG_INT8, PG_INT2, PG_TEXT, PG_TEXT, PG_TEXT, PG_DATE, PG_DATE,
                     PG_DATE },
    },
    [AT(STMT_CERTIFICATE_EXPIRING)] = {
        .name = "certificate_expiring",
        .sql = "SELECT coverage_id, person_id, certificate_id, own_number, reason, issued_on,"
               " valid_from, valid_until, has_card, symbol, number, branch, birth_date"
               "  FROM registry.certificate_expiring($1, $2, $3, $4, $5)",
        .params = { PG_TEXT, PG_DATE, PG_DATE, PG_INT8, PG_INT4 },
        .columns = { PG_INT8, PG_INT8, PG_INT8, PG_TEXT, PG_INT2, PG_DATE, PG_DATE, PG_DATE, PG_BOOL,
                     PG_TEXT, PG_TEXT, PG_TEXT, PG_DATE },
    },
    [AT(STMT_CERTIFICATE_ISSUE)] = {
        .name = "certificate_issue",
        .sql = "SELECT outcome, certificate_id"
               "  FROM registry.certificate_issue($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        .params = { PG_TEXT, PG_UUID, PG_INT2, PG_BYTEA, PG_TEXT, PG_DATE, PG_TEXT, PG_TEXT, PG_DATE,
                    PG_INT2, PG_DATE, PG_DATE },
        .columns = { PG_INT2, PG_INT8 },
    },
    [AT(STMT_CERTIFICATE_READ)] = {
        .name = "certificate_read",
        .sql = "SELECT person_id, version, body, coverage_id, own_number, reason, issued_on,"
               " valid_from, valid_until, ended_on, is_needless"
               "  FROM registry.certificate_read($1, $2)",
        .params = { PG_TEXT, PG_INT8 },
        .columns = { PG_INT8, PG_INT8, PG_BYTEA, PG_INT8, PG_TEXT, PG_INT2, PG_DATE, PG_DATE, PG_DATE,
                     PG_DATE, PG_BOOL },
    },
    [AT(STMT_COMPLIANCE_OWN)] = {
        .name = "compliance_own",
        .sql = "SELECT in_time, late, open_now, due_soon, overdue_now, withdrawn, registered_late,"
               " missed, notified_late, lag_median, lag_p90, lag_p99"
               "  FROM registry.compliance_own($1, $2, $3, $4)",
        .params = { PG_TEXT, PG_DATE, PG_DATE, PG_DATE },
        .columns = { PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_INT8,
                     PG_INT4, PG_INT4, PG_INT4 },
    },
    [AT(STMT_COMPLIANCE_LAGS)] = {
        .name = "compliance_lags",
        .sql = "SELECT lag_days, in_time, late FROM registry.compliance_lags($1, $2, $3)",
        .params = { PG_TEXT, PG_DATE, PG_DATE },
        .columns = { PG_INT4, PG_INT8, PG_INT8 },
    },
    [AT(STMT_COMPLIANCE_WORST)] = {
        .name = "compliance_worst",
        .sql = "SELECT days_late, due_on, done_on, notice_id, notice_key, batch_id, row_no, row_key"
               "  FROM registry.compliance_worst($1, $2, $3, $4, $5)",
        .params = { PG_TEXT, PG_DATE, PG_DATE, PG_DATE, PG_INT4 },
        .columns = { PG_INT4, PG_DATE, PG_DATE, PG_INT8, PG_TEXT, PG_INT8, PG_INT4, PG_TEXT },
    },
    [AT(STMT_CHANGE_TAKE)] = {
        .name = "change_take",
        .sql = "SELECT correction_id, person_id, from_day, until_day"
               "  FROM registry.change_take($1, $2)",
        .params = { PG_DATE, PG_INT4 },
        .columns = { PG_INT8, PG_INT8, PG_DATE, PG_DATE },
    },
    [AT(STMT_CHANGE_TELL)] = {
        .name = "change_tell", .is_set = true,
        .sql = "SELECT ord, told FROM registry.change_tell($1, $2, $3, $4)",
        .params = { PG_INT8, PG_BYTEA, PG_DATE, PG_DATE },
        .columns = { PG_INT4, PG_INT4 },
    },
    [AT(STMT_DISCREPANCY_LIST)] = {
        .name = "discrepancy_list",
        .sql = "SELECT ticket_id, ticket_number, fields, opened_at, due_on, person_id, symbol, number,"
               " branch FROM registry.discrepancy_list($1, $2, $3)",
        .params = { PG_TEXT, PG_INT8, PG_INT4 },
        .columns = { PG_INT8, PG_TEXT, PG_TEXT, PG_INSTANT, PG_DATE, PG_INT8, PG_TEXT, PG_TEXT,
                     PG_TEXT },
    },
    [AT(STMT_DISCREPANCY_ANSWER)] = {
        .name = "discrepancy_answer",
        .sql = "SELECT outcome, state, person_id"
               "  FROM registry.discrepancy_answer($1, $2, $3, $4, $5, $6, $7, $8)",
        .params = { PG_TEXT, PG_UUID, PG_INT2, PG_BYTEA, PG_TEXT, PG_TEXT, PG_INT2, PG_DATE },
        .columns = { PG_INT2, PG_INT2, PG_INT8 },
    },
    [AT(STMT_BATCH_TAKE)] = {
        .name = "batch_take",
        .sql = "SELECT batch_id, insurer_number, insurer_from, insurer_until, format, packing, charset, is_dry_run,"
               " state, phase, row_count, staged_count, staged_there, received_at"
               "  FROM registry.batch_take($1, $2)",
        .params = { PG_INT8, PG_BOOL },
        .columns = { PG_INT8, PG_TEXT, PG_DATE, PG_DATE, PG_INT2, PG_INT2, PG_INT2, PG_BOOL, PG_INT2, PG_INT2,
                     PG_INT4, PG_INT4, PG_INT4, PG_INSTANT },
    },
    [AT(STMT_BATCH_CHECK_BEGIN)] = {
        .name = "batch_check_begin",
        .sql = "SELECT 1 FROM registry.batch_check_begin($1, $2, nullif($3, 0::int2))",
        .params = { PG_INT8, PG_INT2, PG_INT2 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_BATCH_REST)] = {
        .name = "batch_rest",
        .sql = "SELECT 1 FROM registry.batch_rest($1)",
        .params = { PG_INT8 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_BATCH_STAGED)] = {
        .name = "batch_staged",
        .sql = "SELECT 1 FROM registry.batch_staged($1, $2)",
        .params = { PG_INT8, PG_INT4 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_BATCH_CHECK_END)] = {
        .name = "batch_check_end",
        .sql = "SELECT state FROM registry.batch_check_end($1, $2, $3, $4, nullif($5, 0::int2))",
        .params = { PG_INT8, PG_INT4, PG_INSTANT, PG_INT2, PG_INT2 },
        .columns = { PG_INT2 },
    },
    [AT(STMT_BATCH_REFUSE)] = {
        .name = "batch_refuse",
        .sql = "SELECT 1 FROM registry.batch_refuse($1, $2, $3)",
        .params = { PG_INT8, PG_TEXT, PG_INSTANT },
        .columns = { PG_INT4 },
    },
    [AT(STMT_BATCH_WINDOW_OPEN)] = {
        .name = "batch_window_open",
        .sql = "SELECT phase, from_row, to_row, is_finished, is_stale FROM registry.batch_window_open($1, $2, $3)",
        .params = { PG_INT8, PG_INSTANT, PG_INT4 },
        .columns = { PG_INT2, PG_INT4, PG_INT4, PG_BOOL, PG_BOOL },
    },
    [AT(STMT_BATCH_RANGE)] = {
        .name = "batch_range",
        .sql = "SELECT registry.batch_range($1, $2, $3, $4, $5)",
        .params = { PG_INT8, PG_INT2, PG_INT4, PG_INT4, PG_INSTANT },
        .columns = { PG_INT4 },
    },
    [AT(STMT_BATCH_WINDOW_CLOSE)] = {
        .name = "batch_window_close",
        .sql = "SELECT 1 FROM registry.batch_window_close($1, $2, $3)",
        .params = { PG_INT8, PG_INT2, PG_INT4 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_BATCH_SWEEP)] = {
        .name = "batch_sweep",
        .sql = "SELECT registry.batch_sweep($1, $2)",
        .params = { PG_INT8, PG_INT4 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_BATCH_SWEEP_LEFT)] = {
        .name = "batch_sweep_left",
        .sql = "SELECT registry.batch_sweep_left($1)",
        .params = { PG_INT4 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_BATCH_UNDO)] = {
        .name = "batch_undo",
        .sql = "SELECT outcome FROM registry.batch_undo($1, $2, $3, $4)",
        .params = { PG_TEXT, PG_INT8, PG_TEXT, PG_INSTANT },
        .columns = { PG_INT2 },
    },
    [AT(STMT_BATCH_UNDO_STEP)] = {
        .name = "batch_undo_step",
        .sql = "SELECT is_finished FROM registry.batch_undo_step($1, $2, $3)",
        .params = { PG_INT8, PG_INSTANT, PG_INT4 },
        .columns = { PG_BOOL },
    },
    [AT(STMT_BATCH_OPEN)] = {
        .name = "batch_open",
        .sql = "SELECT outcome, batch_id FROM registry.batch_open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        .params = { PG_TEXT, PG_UUID, PG_INT8, PG_TEXT, PG_INT2, PG_INT2, PG_INT2, PG_BOOL, PG_INT8, PG_BYTEA,
                    PG_INT4 },
        .columns = { PG_INT2, PG_INT8 },
    },
    [AT(STMT_BATCH_READ)] = {
        .name = "batch_read",
        .sql = "SELECT batch_id, state, refusal, format, packing, charset, is_dry_run, announced_bytes,"
               " received_bytes, sha256, opened_at, received_at, checked_at, finished_at, row_count, staged_count,"
               " applied_count, held_count, unchanged_count, refused_count, warned_count, difference, released_at,"
               " undone_at FROM registry.batch_read($1, $2)",
        .params = { PG_TEXT, PG_INT8 },
        .columns = { PG_INT8, PG_INT2, PG_TEXT, PG_INT2, PG_INT2, PG_INT2, PG_BOOL, PG_INT8, PG_INT8, PG_BYTEA,
                     PG_INSTANT, PG_INSTANT, PG_INSTANT, PG_INSTANT, PG_INT4, PG_INT4, PG_INT4, PG_INT4, PG_INT4,
                     PG_INT4, PG_INT4, PG_JSONB, PG_INSTANT, PG_INSTANT },
    },
    [AT(STMT_BATCH_RESUME)] = {
        .name = "batch_resume",
        .sql = "SELECT state, received_bytes FROM registry.batch_resume($1, $2, $3)",
        .params = { PG_TEXT, PG_INT8, PG_INT8 },
        .columns = { PG_INT2, PG_INT8 },
    },
    [AT(STMT_BATCH_PROGRESS)] = {
        .name = "batch_progress",
        .sql = "SELECT state FROM registry.batch_progress($1, $2, $3, $4)",
        .params = { PG_TEXT, PG_INT8, PG_INT8, PG_INT8 },
        .columns = { PG_INT2 },
    },
    [AT(STMT_BATCH_RECEIVED)] = {
        .name = "batch_received",
        .sql = "SELECT state FROM registry.batch_received($1, $2, $3, $4)",
        .params = { PG_TEXT, PG_INT8, PG_INT8, PG_BOOL },
        .columns = { PG_INT2 },
    },
    [AT(STMT_BATCH_ROWS_READ)] = {
        .name = "batch_rows_read",
        .sql = "SELECT row_no, row_key, operation, outcome, event_on, notice_received_on, due_on, recorded_at,"
               " findings FROM registry.batch_rows_read($1, $2, $3, $4)",
        .params = { PG_TEXT, PG_INT8, PG_INT4, PG_INT4 },
        .columns = { PG_INT4, PG_TEXT, PG_INT2, PG_INT2, PG_DATE, PG_DATE, PG_DATE, PG_INSTANT, PG_TEXT },
    },
    [AT(STMT_BATCH_RELEASE)] = {
        .name = "batch_release",
        .sql = "SELECT outcome FROM registry.batch_release($1, $2, $3, $4, $5)",
        .params = { PG_TEXT, PG_INT8, PG_INT8, PG_TEXT, PG_BOOL },
        .columns = { PG_INT2 },
    },
    [AT(STMT_BATCH_CANCEL)] = {
        .name = "batch_cancel",
        .sql = "SELECT outcome FROM registry.batch_cancel($1, $2)",
        .params = { PG_TEXT, PG_INT8 },
        .columns = { PG_INT2 },
    },
    [AT(STMT_PERSON_SESSIONS_EXPIRE)] = {
        .name = "person_sessions_expire",
        .sql = "SELECT registry.person_sessions_expire($1, $2)",
        .params = { PG_INSTANT, PG_INT4 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_BATCH_EXPIRE)] = {
        .name = "batch_expire",
        .sql = "SELECT batch_id FROM registry.batch_expire($1)",
        .params = { PG_INT4 },
        .columns = { PG_INT8 },
    },
    [AT(STMT_BATCH_FILES_DONE)] = {
        .name = "batch_files_done", .is_set = true,
        .sql = "SELECT ord FROM registry.batch_files_done($1)",
        .params = { PG_INT8 },
        .columns = { PG_INT4 },
    },
    [AT(STMT_RECHECK_TAKE)] = {
        .name = "recheck_take",
        .sql = "SELECT hold_id, version_id, number_id, sealed_by, sealed, is_looked_up, name, name_kana, name_other,"
               " name_other_kana, sex1, birth_date, address FROM registry.recheck_take($1, $2)",
        .params = { PG_INT8, PG_INT4 },
        .columns = { PG_INT8, PG_INT8, PG_INT8, PG_INT2, PG_BYTEA, PG_BOOL, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT,
                     PG_INT2, PG_DATE, PG_TEXT },
    },
    [AT(STMT_RECHECK_SETTLE)] = {
        .name = "recheck_settle", .is_set = true,
        .sql = "SELECT ord, outcome FROM registry.recheck_settle($1, $2, $3, $4)",
        .params = { PG_INT8, PG_INT8, PG_INT2, PG_TEXT },
        .columns = { PG_INT4, PG_INT2 },
    },
    [AT(STMT_NUMBER_KEYS)] = {
        .name = "number_keys",
        .sql = "SELECT index_key, next_key FROM registry.number_keys($1)",
        .params = { PG_INT2 },
        .columns = { PG_INT2, PG_INT2 },
    },
    [AT(STMT_ROTATE_BEGIN)] = {
        .name = "rotate_begin",
        .sql = "SELECT registry.rotate_begin($1)",
        .params = { PG_INT2 },
        .columns = { PG_INT2 },
    },
    [AT(STMT_ROTATE_TAKE)] = {
        .name = "rotate_take",
        .sql = "SELECT number_id, sealed_by, sealed, number_index FROM registry.rotate_take($1, $2)",
        .params = { PG_INT2, PG_INT4 },
        .columns = { PG_INT8, PG_INT2, PG_BYTEA, PG_BYTEA },
    },
    [AT(STMT_ROTATE_PUT)] = {
        .name = "rotate_put", .is_set = true,
        .sql = "SELECT ord, is_new FROM registry.rotate_put($1, $2, $3, $4, $5, $6)",
        .params = { PG_INT2, PG_INT2, PG_INT8, PG_BYTEA, PG_BYTEA, PG_BYTEA },
        .columns = { PG_INT4, PG_BOOL },
    },
    [AT(STMT_ROTATE_END)] = {
        .name = "rotate_end",
        .sql = "SELECT registry.rotate_end($1)",
        .params = { PG_INT2 },
        .columns = { PG_INT8 },
    },
    [AT(STMT_SHADOW_BEGIN)] = {
        .name = "shadow_begin",
        .sql = "SELECT is_finished FROM registry.shadow_begin($1, $2, $3)",
        .params = { PG_INT2, PG_INT2, PG_BOOL },
        .columns = { PG_BOOL },
    },
    [AT(STMT_SHADOW_TAKE)] = {
        .name = "shadow_take",
        .sql = "SELECT number_id, insurer_number, sealed_by, sealed, is_looked_up, name, name_kana, name_other,"
               " name_other_kana, sex1, birth_date, address FROM registry.shadow_take($1, $2)",
        .params = { PG_INT2, PG_INT4 },
        .columns = { PG_INT8, PG_TEXT, PG_INT2, PG_BYTEA, PG_BOOL, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_INT2,
                     PG_DATE, PG_TEXT },
    },
    [AT(STMT_SHADOW_PUT)] = {
        .name = "shadow_put", .is_set = true,
        .sql = "SELECT ord, is_done FROM registry.shadow_put($1, $2, $3, $4, $5, $6, $7, $8)",
        .params = { PG_INT2, PG_INT8, PG_TEXT, PG_INT2, PG_INT2, PG_INT2, PG_TEXT, PG_TEXT },
        .columns = { PG_INT4, PG_BOOL },
    },
    [AT(STMT_SHADOW_END)] = {
        .name = "shadow_end",
        .sql = "SELECT against, compared, not_found, incomparable, unanswered, differences"
               "  FROM registry.shadow_end($1)",
        .params = { PG_INT2 },
        .columns = { PG_INT2, PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_INT8 },
    },
    [AT(STMT_SHADOW_CHANGES)] = {
        .name = "shadow_changes",
        .sql = "SELECT action_now, action_then, times FROM registry.shadow_changes($1)",
        .params = { PG_INT2 },
        .columns = { PG_INT2, PG_INT2, PG_INT8 },
    },
    [AT(STMT_SHADOW_DIFFERENCES)] = {
        .name = "shadow_differences",
        .sql = "SELECT number_id, insurer_number, action_now, action_then, fields_now, fields_then"
               "  FROM registry.shadow_differences($1, $2, $3)",
        .params = { PG_INT2, PG_INT8, PG_INT4 },
        .columns = { PG_INT8, PG_TEXT, PG_INT2, PG_INT2, PG_TEXT, PG_TEXT },
    },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(stmt_batch_table) == STMT_COUNT - STMT_BATCH_FIRST,
               "every statement has a row");
