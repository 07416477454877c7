/*
 * office: what the endpoints for operators have in common.
 *
 * Shape   an act of the office is a row: its name in the database (office_act), the
 *         members that its body takes, and the arguments that its query string takes. What was
 *         taken goes to the database as it is; who may, what it changes and what is answered is
 *         said there.
 * Units   words and days as on the wire.
 * Owner   constant.
 * Source  schema/47_office.sql.
 */
#ifndef ENDPOINT_OFFICE_H
#define ENDPOINT_OFFICE_H

#include "request/request.h"
#include "wire/field.h"

enum {
    OFFICE_FIELDS_MAX = 10,
    OFFICE_ARGUMENTS_MAX = 6,
    OFFICE_LIST_MAX = 1000,
    OFFICE_TOKEN_BYTES = 32,
    OFFICE_TOKEN_TEXT = 43 /* base64url, without padding */
};

struct office_argument {
    const char        *name;
    enum field_kind    kind;  /* FIELD_TEXT, FIELD_DAY, FIELD_WHOLE or FIELD_WORD */
    size_t             limit; /* text: bytes; whole: greatest number */
    const char *const *words;
};

/* What list_terms.act is at the office. */
enum office_act_id {
    OFFICE_NONE = 0,
    OFFICE_SELF,
    OFFICE_SESSION_CLOSE,
    OFFICE_OVERVIEW,
    OFFICE_FACILITIES,
    OFFICE_FACILITY,
    OFFICE_FACILITY_ADMIT,
    OFFICE_FACILITIES_ADMIT,
    OFFICE_FACILITY_CHANGE,
    OFFICE_ALARMS,
    OFFICE_CREDENTIAL_ALARMS,
    OFFICE_CHECKS,
    OFFICE_USES,
    OFFICE_ROLLOUT,
    OFFICE_REASONS,
    OFFICE_UNIVERSE_SET,
    OFFICE_FACILITY_EXEMPT,
    OFFICE_FACILITY_CLOSE,
    OFFICE_VERDICTS,
    OFFICE_CODES,
    OFFICE_CODE_SET,
    OFFICE_INSURERS,
    OFFICE_INSURER,
    OFFICE_INSURER_ADMIT,
    OFFICE_INSURER_CHANGE,
    OFFICE_CERTIFICATES,
    OFFICE_CERTIFICATE_REVOKE,
    OFFICE_PARAMETERS,
    OFFICE_PARAMETER_SET,
    OFFICE_HOLIDAYS,
    OFFICE_HOLIDAY_SET,
    OFFICE_DISASTERS,
    OFFICE_DISASTER_BEGIN,
    OFFICE_DISASTER_END,
    OFFICE_BATCHES,
    OFFICE_BATCH,
    OFFICE_BATCH_LET_GO,
    OFFICE_BATCH_STOP,
    OFFICE_BATCH_RETRY,
    OFFICE_JOBS,
    OFFICE_HOLDS,
    OFFICE_HOLD_SHOW,
    OFFICE_BREACHES,
    OFFICE_COMPLIANCE,
    OFFICE_DISCREPANCIES,
    OFFICE_REVIEWS,
    OFFICE_UNLINKS,
    OFFICE_OPERATORS,
    OFFICE_OPERATOR_ADMIT,
    OFFICE_OPERATOR_END,
    OFFICE_PROPOSALS,
    OFFICE_PROPOSAL_APPROVE,
    OFFICE_PROPOSAL_REFUSE,
    OFFICE_JOURNAL,
    OFFICE_ACCESSES,
    OFFICE_ACT_COUNT
};

struct office_act {
    const char                   *name;
    const struct field           *fields; /* NULL: takes no body */
    size_t                        field_count;
    const char                   *list; /* a member that holds a list of things with these fields */
    const struct office_argument *arguments;
    size_t                        argument_count;
};

const struct office_act *office_act_of(int act);

#endif
