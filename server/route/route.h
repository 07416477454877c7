/*
 * route: which endpoint answers which method and path, and under what protection.
 *
 * Shape   one row tells everything a reviewer of security needs: which program takes it, who may
 *         call, what goes on record, how much may be sent, how long it may take. Zero is never a
 *         valid protection.
 * Errors  FAULT_PATH_UNKNOWN, FAULT_METHOD_UNKNOWN, FAULT_METHOD_NOT_ALLOWED (with the Allow
 *         list).
 * Owner   constant. schema/api/openapi.yaml says the same; a test compares both ways.
 */
#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H

#include "base/duty.h"
#include "request/request.h"

/* Stable numbers: they are stored in access records. */
enum route_id {
    ROUTE_NONE = 0,
    ROUTE_ELIGIBILITY_CHECK = 1,
    ROUTE_BULK_OPEN = 2,
    ROUTE_BULK_PROGRESS = 3,
    ROUTE_BULK_RESULTS = 4,
    ROUTE_BULK_ITEM = 5, /* an item of a job, asked by the bulk line; has no path */
    ROUTE_REFERENCE_NUMBER_SET = 6,
    ROUTE_REFERENCE_NUMBER_DELETE = 7,
    ROUTE_REFERENCE_NUMBER_BULK = 8,
    ROUTE_ELIGIBILITY_LIST = 9,
    ROUTE_REFERENCE_NUMBER_ITEM = 10, /* the same for a reference number */
    ROUTE_REFERENCE_NUMBER_PROGRESS = 11,
    ROUTE_REFERENCE_NUMBER_RESULTS = 12,
    ROUTE_NOTICE_OPEN = 40,
    ROUTE_NOTICE_LIST = 41,
    ROUTE_NOTICE_READ = 42,
    ROUTE_NOTICE_CORRECT = 43,
    ROUTE_NOTICE_WITHDRAW = 44,
    ROUTE_COMPLIANCE = 45,
    ROUTE_HOLD_LIST = 46,
    ROUTE_HOLD_READ = 47,
    ROUTE_HOLD_ANSWER = 48,
    ROUTE_HOLD_ANSWERS = 49,
    ROUTE_UNLINK = 50,
    ROUTE_UNLINK_READ = 51,
    ROUTE_CHANGE_LIST = 52,
    ROUTE_DISCREPANCY_OPEN = 53,
    ROUTE_DISCREPANCY_READ = 54,
    ROUTE_DISCREPANCY_LIST = 55,
    ROUTE_DISCREPANCY_ANSWER = 56,
    ROUTE_CARD_SESSION_OPEN = 60,
    ROUTE_VISIT_OPEN = 61,
    ROUTE_VISIT_QUERY = 62,
    ROUTE_VISIT_CANCEL = 63,
    ROUTE_VISIT_REVIEW = 68,
    ROUTE_VISIT_LIST = 69,
    ROUTE_DISASTER_VISIT = 70,
    ROUTE_PERSON_CHALLENGE = 80,
    ROUTE_PERSON_OPEN = 81,
    ROUTE_PERSON_COVERAGE = 82,
    ROUTE_PERSON_DRUGS = 83,
    ROUTE_PERSON_TREATMENTS = 84,
    ROUTE_PERSON_OPERATIONS = 85,
    ROUTE_PERSON_ACCESSES = 86,
    ROUTE_PERSON_VISITS = 87,
    ROUTE_PERSON_VISIT_CANCEL = 88,
    ROUTE_PERSON_CHECKUPS = 89,
    ROUTE_PERSON_EXPENSES = 90,
    ROUTE_PERSON_TICKET_OPEN = 91,
    ROUTE_PERSON_TICKETS = 92,
    ROUTE_PERSON_AGENT_MAKE = 93,
    ROUTE_PERSON_AGENTS = 94,
    ROUTE_PERSON_AGENT_END = 95,
    ROUTE_PERSON_AGENT_SESSION = 96,
    ROUTE_OFFICE_SESSION_OPEN = 100,
    ROUTE_OFFICE_SESSION_CLOSE = 101,
    ROUTE_OFFICE_SELF = 102,
    ROUTE_OFFICE_OVERVIEW = 103,
    ROUTE_OFFICE_FACILITIES = 104,
    ROUTE_OFFICE_FACILITY_ADMIT = 105,
    ROUTE_OFFICE_FACILITIES_ADMIT = 106,
    ROUTE_OFFICE_FACILITY = 107,
    ROUTE_OFFICE_FACILITY_CHANGE = 108,
    ROUTE_OFFICE_INSURERS = 109,
    ROUTE_OFFICE_INSURER_ADMIT = 110,
    ROUTE_OFFICE_INSURER = 111,
    ROUTE_OFFICE_INSURER_CHANGE = 112,
    ROUTE_OFFICE_CERTIFICATES = 113,
    ROUTE_OFFICE_CERTIFICATE_REVOKE = 114,
    ROUTE_OFFICE_PARAMETERS = 115,
    ROUTE_OFFICE_PARAMETER_SET = 116,
    ROUTE_OFFICE_HOLIDAYS = 117,
    ROUTE_OFFICE_HOLIDAY_SET = 118,
    ROUTE_OFFICE_DISASTERS = 119,
    ROUTE_OFFICE_DISASTER_BEGIN = 120,
    ROUTE_OFFICE_DISASTER_END = 121,
    ROUTE_OFFICE_BATCHES = 122,
    ROUTE_OFFICE_BATCH = 123,
    ROUTE_OFFICE_BATCH_LET_GO = 124,
    ROUTE_OFFICE_BATCH_STOP = 125,
    ROUTE_OFFICE_BATCH_RETRY = 126,
    ROUTE_OFFICE_JOBS = 127,
    ROUTE_OFFICE_HOLDS = 128,
    ROUTE_OFFICE_HOLD_SHOW = 129,
    ROUTE_OFFICE_BREACHES = 130,
    ROUTE_OFFICE_COMPLIANCE = 131,
    ROUTE_OFFICE_DISCREPANCIES = 132,
    ROUTE_OFFICE_REVIEWS = 133,
    ROUTE_OFFICE_UNLINKS = 134,
    ROUTE_OFFICE_OPERATORS = 135,
    ROUTE_OFFICE_OPERATOR_ADMIT = 136,
    ROUTE_OFFICE_OPERATOR_END = 137,
    ROUTE_OFFICE_PROPOSALS = 138,
    ROUTE_OFFICE_PROPOSAL_APPROVE = 139,
    ROUTE_OFFICE_PROPOSAL_REFUSE = 140,
    ROUTE_OFFICE_JOURNAL = 141,
    ROUTE_OFFICE_ACCESSES = 142,
    ROUTE_OFFICE_ALARMS = 143,
    ROUTE_PAGE_FIRST = 152,
    ROUTE_PAGE = 153,
    ROUTE_OFFICE_CREDENTIAL_ALARMS = 144,
    ROUTE_OFFICE_CHECKS = 145,
    ROUTE_OFFICE_USES = 146,
    ROUTE_OFFICE_ROLLOUT = 147,
    ROUTE_OFFICE_REASONS = 148,
    ROUTE_OFFICE_UNIVERSE_SET = 149,
    ROUTE_OFFICE_FACILITY_EXEMPT = 154,
    ROUTE_OFFICE_VERDICTS = 155,
    ROUTE_OFFICE_CODES = 156,
    ROUTE_CERTIFICATE_NEEDED = 170,
    ROUTE_CERTIFICATE_EXPIRING = 171,
    ROUTE_CERTIFICATE_ISSUE = 172,
    ROUTE_CERTIFICATE_READ = 173,
    ROUTE_PERSON_DOCUMENT = 174,
    ROUTE_OFFICE_FACILITY_CLOSE = 160,
    ROUTE_OFFICE_CODE_SET = 161,
    ROUTE_DRUG_HISTORY = 64,
    ROUTE_CHECKUPS = 65,
    ROUTE_TREATMENTS = 66,
    ROUTE_OPERATIONS = 67,
    ROUTE_BATCH_OPEN = 21,
    ROUTE_BATCH_APPEND = 22,
    ROUTE_BATCH_READ = 23,
    ROUTE_BATCH_OFFSET = 24,
    ROUTE_BATCH_ROWS = 25,
    ROUTE_BATCH_RELEASE = 26,
    ROUTE_BATCH_CANCEL = 27,
    ROUTE_BATCH_UNDO = 28,
    ROUTE_BATCH_ONE = 29
};

enum audit_class { AUDIT_UNSET = 0, AUDIT_READS_PERSON, AUDIT_CHANGES_PERSON, AUDIT_NOTHING };

struct route {
    const char *method;
    const char *path; /* exact, but that one part may be variable: it is written as ":" */
    const struct endpoint *endpoint;
    enum route_id          id;
    enum duty              duty; /* the program that takes it */
    enum permission        permission;
    enum audit_class       audit;
    uint32_t               body_bytes_max; /* 0: takes no body */
    uint32_t               memory_bytes;   /* one of the few that may grow so large; 0: as others */
    struct list_terms      list;           /* where a list of questions is taken or told about */
    bool                   takes_query;    /* its endpoint reads the query string, strictly */
    bool                   streams;        /* its body goes to a file as it comes */
    bool                   reads_upload_heads;
    bool                   replies_text; /* its reply may be something else than JSON */
    bool                   is_page;      /* for a browser: it needs no headers, and may be kept */
    const char            *allow; /* where a path takes several methods: all of them, for 405 */
    uint16_t               deadline_ms;
};

/* Row i of the table, NULL past its end. */
const struct route *route_at(size_t i);

/* The row with that id; asserts that there is one. */
const struct route *route_by_id(enum route_id id);

/* On FAULT_METHOD_NOT_ALLOWED *reterr_allow is the list for the Allow header. */
MUST_USE enum fault route_find(enum duty duty, struct span method, struct span path,
                               const struct route **ret_route, struct span *ret_rest,
                               const char **reterr_allow);

#endif
