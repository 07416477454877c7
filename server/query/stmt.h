/*
 * stmt: every statement this program can send, in one table.
 *
 * Shape   a row holds the SQL, the types of its parameters and columns, and the duty whose lanes
 *         prepare it. A set statement takes one array element per question, except for its shared
 *         parameters, and says in its first column, ord, whose row it is.
 * Errors  none at run time: types are compared with the real schema when a lane opens (lane.c)
 *         and by a test.
 * Owner   constant. There is no function that takes SQL text.
 * Source  schema/functions.md.
 */
#ifndef QUERY_STMT_H
#define QUERY_STMT_H

#include "query/value.h"

enum stmt {
    STMT_NONE = 0,
    STMT_ELIGIBILITY_FIND,
    STMT_ELIGIBILITY_LOOK_AROUND,
    STMT_DOSSIER_BY_VERSION,
    STMT_ACCESS_APPEND,
    STMT_ACCESS_PRIOR,
    STMT_REFERENCE_NUMBER_SET,
    STMT_REFERENCE_NUMBER_DELETE,
    STMT_DIRECTORY_WATERMARK,
    STMT_DIRECTORY_FACILITIES,
    STMT_DIRECTORY_CERTIFICATES,
    STMT_DIRECTORY_INSURERS,
    STMT_DIRECTORY_PARAMETERS,
    STMT_ACCESS_PARTITIONS_ENSURE,
    STMT_BULK_JOB_OPEN,
    STMT_BULK_ITEMS_TAKE,
    STMT_BULK_ITEMS_DONE,
    STMT_BULK_JOB_READ,
    STMT_BULK_ITEMS_READ,
    STMT_BULK_EXPIRE,
    STMT_CHANGE_LIST,
    STMT_DISCREPANCY_OPEN,
    STMT_DISCREPANCY_READ,
    STMT_VISIT_OPEN,
    STMT_VISIT_READ,
    STMT_VISIT_END,
    STMT_VISIT_REVIEW,
    STMT_VISIT_LIST,
    STMT_DISASTER_FIND,
    STMT_DISASTER_VISIT,
    STMT_PERSON_OPEN,
    STMT_PERSON_READ,
    STMT_PERSON_HISTORY,
    STMT_PERSON_CHECKUPS,
    STMT_PERSON_EXPENSES,
    STMT_PERSON_TICKET_OPEN,
    STMT_PERSON_TICKETS,
    STMT_PERSON_AGENT_MAKE,
    STMT_PERSON_AGENTS,
    STMT_PERSON_AGENT_END,
    STMT_PERSON_AGENT_SESSION,
    STMT_PERSON_ACCESSES,
    STMT_PERSON_VISITS,
    STMT_PERSON_VISIT_END,
    STMT_CLAIM_READ,
    STMT_HISTORY_READ,
    STMT_CHECKUP_READ,
    STMT_CLAIMS_PUT,
    STMT_FACILITY_LOCK,
    STMT_STATISTICS_COUNT,
    STMT_STATISTICS_PUBLISHED,
    STMT_CREDENTIALS_PUT,
    STMT_OFFICE,
    STMT_OFFICE_FACTOR,
    STMT_OFFICE_SESSION_OPEN,
    STMT_HOLIDAYS,
    STMT_NUMBER_IDS_RESERVE,
    /* from here on those of batches, in stmt_batch.c */
    STMT_BATCH_FIRST,
    STMT_BATCH_SESSION_OPEN = STMT_BATCH_FIRST,
    STMT_NOTICE_OPEN,
    STMT_NOTICE_CORRECT,
    STMT_NOTICE_WITHDRAW,
    STMT_NOTICE_READ,
    STMT_NOTICE_LIST,
    STMT_NOTICE_CLOCK,
    STMT_ENROLMENT_EXPIRE,
    STMT_ACCESS_APPEND_EACH,
    STMT_HOLD_LIST,
    STMT_HOLD_READ,
    STMT_HOLD_ANSWER,
    STMT_UNLINK,
    STMT_UNLINK_READ,
    STMT_UNLINK_EXPOSURE,
    STMT_CERTIFICATE_NEEDED,
    STMT_CERTIFICATE_EXPIRING,
    STMT_CERTIFICATE_ISSUE,
    STMT_CERTIFICATE_READ,
    STMT_COMPLIANCE_OWN,
    STMT_COMPLIANCE_LAGS,
    STMT_COMPLIANCE_WORST,
    STMT_CHANGE_TAKE,
    STMT_CHANGE_TELL,
    STMT_DISCREPANCY_LIST,
    STMT_DISCREPANCY_ANSWER,
    STMT_BATCH_TAKE,
    STMT_BATCH_CHECK_BEGIN,
    STMT_BATCH_REST,
    STMT_BATCH_STAGED,
    STMT_BATCH_CHECK_END,
    STMT_BATCH_REFUSE,
    STMT_BATCH_WINDOW_OPEN,
    STMT_BATCH_RANGE,
    STMT_BATCH_WINDOW_CLOSE,
    STMT_BATCH_SWEEP,
    STMT_BATCH_SWEEP_LEFT,
    STMT_BATCH_UNDO,
    STMT_BATCH_UNDO_STEP,
    STMT_BATCH_OPEN,
    STMT_BATCH_READ,
    STMT_BATCH_RESUME,
    STMT_BATCH_PROGRESS,
    STMT_BATCH_RECEIVED,
    STMT_BATCH_ROWS_READ,
    STMT_BATCH_RELEASE,
    STMT_BATCH_CANCEL,
    STMT_BATCH_EXPIRE,
    STMT_PERSON_SESSIONS_EXPIRE,
    STMT_BATCH_FILES_DONE,
    STMT_RECHECK_TAKE,
    STMT_RECHECK_SETTLE,
    STMT_NUMBER_KEYS,
    STMT_ROTATE_BEGIN,
    STMT_ROTATE_TAKE,
    STMT_ROTATE_PUT,
    STMT_ROTATE_END,
    STMT_SHADOW_BEGIN,
    STMT_SHADOW_TAKE,
    STMT_SHADOW_PUT,
    STMT_SHADOW_END,
    STMT_SHADOW_CHANGES,
    STMT_SHADOW_DIFFERENCES,
    STMT_COUNT
};

enum { STMT_COLUMNS_MAX = 32 };

struct stmt_row {
    const char  *name;
    const char  *sql;
    enum pg_type params[STMT_PARAMS_MAX];
    enum pg_type columns[STMT_COLUMNS_MAX];
    uint32_t     shared_params; /* bit n: parameter n is one value for the whole set */
    bool         is_set;
};

/* What the registrar alone sends: rows from STMT_BATCH_FIRST on; for stmt_info(). */
extern const struct stmt_row stmt_batch_table[];

const struct stmt_row *stmt_info(int stmt); /* asserts that it is one of the enum, not STMT_NONE */

int  stmt_param_count(const struct stmt_row *row);
int  stmt_column_count(const struct stmt_row *row);
bool stmt_param_is_array(const struct stmt_row *row, int param);

#endif
