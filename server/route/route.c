#include "route/route.h"

#include "endpoint/endpoints.h"
#include "endpoint/office.h"

#include <assert.h>

enum {
    LIST_BODY_BYTES = 4 << 20,
    LIST_BYTES = 10 << 20,
    PAGE_BYTES = 3 << 20,
    ENROLMENT_BODY_BYTES = 1 << 20
};

#define BATCH_METHODS "GET, HEAD, PATCH"

/* What people ask through a portal differs in nothing else. */
#define PERSON(under, name, number, audit_class)                                          \
    {                                                                                     \
        "POST", "/v1/person/" under, &endpoint_##name, ROUTE_##number,                    \
            .duty = DUTY_PORTAL, .permission = PERMISSION_PERSON, .audit = (audit_class), \
            .body_bytes_max = 1024, .deadline_ms = 3000                                   \
    }

/* clang-format off */
static const struct route route_table[] = {
    { "POST", "/v1/eligibility/check", &endpoint_eligibility_check, ROUTE_ELIGIBILITY_CHECK,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000 },
    { "POST", "/v1/eligibility/bulk", &endpoint_bulk_open, ROUTE_BULK_OPEN,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = LIST_BODY_BYTES, .memory_bytes = LIST_BYTES, .deadline_ms = 8000,
      .list = { .route = ROUTE_BULK_OPEN, .item_route = ROUTE_BULK_ITEM, .items_max = 10000 } },
    { "GET", "/v1/eligibility/bulk/:", &endpoint_bulk_progress, ROUTE_BULK_PROGRESS,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_NOTHING,
      .deadline_ms = 3000, .list = { .item_route = ROUTE_BULK_ITEM } },
    { "GET", "/v1/eligibility/bulk/:/results", &endpoint_bulk_results, ROUTE_BULK_RESULTS,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 5000,
      .list = { .item_route = ROUTE_BULK_ITEM }, .takes_query = true },
    { "ITEM", NULL, &endpoint_eligibility_check, ROUTE_BULK_ITEM,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 10000 },
    { "POST", "/v1/reference-numbers", &endpoint_reference_number_set, ROUTE_REFERENCE_NUMBER_SET,
      .duty = DUTY_SERVE, .permission = PERMISSION_REFERENCE_NUMBERS, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000 },
    { "POST", "/v1/reference-numbers/delete", &endpoint_reference_number_delete, ROUTE_REFERENCE_NUMBER_DELETE,
      .duty = DUTY_SERVE, .permission = PERMISSION_REFERENCE_NUMBERS, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000 },
    { "POST", "/v1/reference-numbers/bulk", &endpoint_bulk_open, ROUTE_REFERENCE_NUMBER_BULK,
      .duty = DUTY_SERVE, .permission = PERMISSION_REFERENCE_NUMBERS, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 131072, .memory_bytes = LIST_BYTES, .deadline_ms = 8000,
      .list = { .route = ROUTE_REFERENCE_NUMBER_BULK, .item_route = ROUTE_REFERENCE_NUMBER_ITEM,
                .items_max = 200 } },
    { "GET", "/v1/reference-numbers/bulk/:", &endpoint_bulk_progress, ROUTE_REFERENCE_NUMBER_PROGRESS,
      .duty = DUTY_SERVE, .permission = PERMISSION_REFERENCE_NUMBERS, .audit = AUDIT_NOTHING,
      .deadline_ms = 3000, .list = { .item_route = ROUTE_REFERENCE_NUMBER_ITEM } },
    { "GET", "/v1/reference-numbers/bulk/:/results", &endpoint_bulk_results, ROUTE_REFERENCE_NUMBER_RESULTS,
      .duty = DUTY_SERVE, .permission = PERMISSION_REFERENCE_NUMBERS, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 5000, .list = { .item_route = ROUTE_REFERENCE_NUMBER_ITEM },
      .takes_query = true },
    { "ITEM", NULL, &endpoint_reference_number_set, ROUTE_REFERENCE_NUMBER_ITEM,
      .duty = DUTY_SERVE, .permission = PERMISSION_REFERENCE_NUMBERS, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 10000 },
    { "POST", "/v1/enrolment/notices", &endpoint_notice_open, ROUTE_NOTICE_OPEN,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = ENROLMENT_BODY_BYTES, .memory_bytes = LIST_BYTES, .deadline_ms = 8000,
      .list = { .route = ROUTE_NOTICE_OPEN }, .allow = "GET, POST" },
    { "GET", "/v1/enrolment/notices", &endpoint_notice_list, ROUTE_NOTICE_LIST,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 3000,
      .list = { .route = ROUTE_NOTICE_LIST }, .takes_query = true, .allow = "GET, POST" },
    { "GET", "/v1/enrolment/notices/:", &endpoint_notice_read, ROUTE_NOTICE_READ,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_READS_PERSON,
      .deadline_ms = 3000, .list = { .route = ROUTE_NOTICE_READ } },
    { "POST", "/v1/enrolment/notices/:/correct", &endpoint_notice_correct, ROUTE_NOTICE_CORRECT,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000, .list = { .route = ROUTE_NOTICE_CORRECT } },
    { "POST", "/v1/enrolment/notices/:/withdraw", &endpoint_notice_withdraw, ROUTE_NOTICE_WITHDRAW,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .deadline_ms = 3000, .list = { .route = ROUTE_NOTICE_WITHDRAW } },
    { "POST", "/v1/enrolment/batches", &endpoint_batch_open, ROUTE_BATCH_OPEN,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_NOTHING,
      .deadline_ms = 8000, .takes_query = true, .streams = true, .reads_upload_heads = true },
    { "GET", "/v1/enrolment/batches/:", &endpoint_batch_read, ROUTE_BATCH_READ,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_NOTHING,
      .deadline_ms = 3000, .allow = BATCH_METHODS },
    { "HEAD", "/v1/enrolment/batches/:", &endpoint_batch_offset, ROUTE_BATCH_OFFSET,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_NOTHING,
      .deadline_ms = 3000, .allow = BATCH_METHODS },
    { "PATCH", "/v1/enrolment/batches/:", &endpoint_batch_append, ROUTE_BATCH_APPEND,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_NOTHING,
      .deadline_ms = 8000, .streams = true, .reads_upload_heads = true, .allow = BATCH_METHODS },
    { "GET", "/v1/enrolment/batches/:/report", &endpoint_batch_rows, ROUTE_BATCH_ROWS,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_NOTHING,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 5000, .takes_query = true, .replies_text = true },
    { "POST", "/v1/enrolment/batches/:/release", &endpoint_batch_release, ROUTE_BATCH_RELEASE,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .deadline_ms = 3000 },
    { "POST", "/v1/enrolment/registrations", &endpoint_batch_one, ROUTE_BATCH_ONE,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_NOTHING,
      .body_bytes_max = 4096, .deadline_ms = 8000, .takes_query = true },
    { "POST", "/v1/enrolment/batches/:/undo", &endpoint_batch_undo, ROUTE_BATCH_UNDO,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .deadline_ms = 3000 },
    { "POST", "/v1/enrolment/batches/:/cancel", &endpoint_batch_cancel, ROUTE_BATCH_CANCEL,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .deadline_ms = 3000 },
    { "GET", "/v1/enrolment/holds", &endpoint_hold_list, ROUTE_HOLD_LIST,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 3000,
      .list = { .route = ROUTE_HOLD_LIST }, .takes_query = true },
    { "GET", "/v1/enrolment/holds/:", &endpoint_hold_read, ROUTE_HOLD_READ,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_READS_PERSON,
      .deadline_ms = 3000, .list = { .route = ROUTE_HOLD_READ } },
    { "POST", "/v1/enrolment/holds/:/answer", &endpoint_hold_answer, ROUTE_HOLD_ANSWER,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000, .list = { .route = ROUTE_HOLD_ANSWER } },
    { "POST", "/v1/enrolment/holds/answers", &endpoint_hold_answers, ROUTE_HOLD_ANSWERS,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = ENROLMENT_BODY_BYTES, .memory_bytes = LIST_BYTES, .deadline_ms = 8000,
      .list = { .route = ROUTE_HOLD_ANSWERS } },
    { "GET", "/v1/enrolment/compliance", &endpoint_compliance, ROUTE_COMPLIANCE,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_NOTHING,
      .deadline_ms = 5000, .takes_query = true },
    { "POST", "/v1/enrolment/unlink", &endpoint_unlink, ROUTE_UNLINK,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 8000, .list = { .route = ROUTE_UNLINK } },
    { "GET", "/v1/enrolment/unlinks/:", &endpoint_unlink_read, ROUTE_UNLINK_READ,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 8000,
      .list = { .route = ROUTE_UNLINK_READ }, .takes_query = true },
    { "GET", "/v1/enrolment/certificates/needed", &endpoint_certificate_needed, ROUTE_CERTIFICATE_NEEDED,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 8000,
      .list = { .route = ROUTE_CERTIFICATE_NEEDED }, .takes_query = true },
    { "GET", "/v1/enrolment/certificates/expiring", &endpoint_certificate_expiring, ROUTE_CERTIFICATE_EXPIRING,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 8000,
      .list = { .route = ROUTE_CERTIFICATE_EXPIRING }, .takes_query = true },
    { "POST", "/v1/enrolment/certificates", &endpoint_certificate_issue, ROUTE_CERTIFICATE_ISSUE,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 8000, .list = { .route = ROUTE_CERTIFICATE_ISSUE } },
    { "GET", "/v1/enrolment/certificates/:", &endpoint_certificate_read, ROUTE_CERTIFICATE_READ,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_READS_PERSON,
      .deadline_ms = 3000, .list = { .route = ROUTE_CERTIFICATE_READ } },
    { "GET", "/v1/enrolment/discrepancies", &endpoint_discrepancy_list, ROUTE_DISCREPANCY_LIST,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 3000,
      .list = { .route = ROUTE_DISCREPANCY_LIST }, .takes_query = true },
    { "POST", "/v1/enrolment/discrepancies/:/answer", &endpoint_discrepancy_answer, ROUTE_DISCREPANCY_ANSWER,
      .duty = DUTY_REGISTRAR, .permission = PERMISSION_ENROLMENT, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 1024, .deadline_ms = 3000, .list = { .route = ROUTE_DISCREPANCY_ANSWER } },
    { "GET", "/v1/eligibility/changes", &endpoint_change_list, ROUTE_CHANGE_LIST,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .deadline_ms = 3000, .takes_query = true },
    { "POST", "/v1/discrepancies", &endpoint_discrepancy_open, ROUTE_DISCREPANCY_OPEN,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000 },
    { "GET", "/v1/discrepancies/:", &endpoint_discrepancy_read, ROUTE_DISCREPANCY_READ,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .deadline_ms = 3000 },
    { "POST", "/v1/card-sessions", &endpoint_card_session_open, ROUTE_CARD_SESSION_OPEN,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_NOTHING,
      .body_bytes_max = 64, .deadline_ms = 3000 },
    { "POST", "/v1/visits", &endpoint_visit_open, ROUTE_VISIT_OPEN,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 8192, .deadline_ms = 3000, .allow = "GET, POST" },
    { "GET", "/v1/visits", &endpoint_visit_list, ROUTE_VISIT_LIST,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_NOTHING,
      .deadline_ms = 3000, .takes_query = true, .allow = "GET, POST" },
    { "POST", "/v1/visits/:/query", &endpoint_visit_query, ROUTE_VISIT_QUERY,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000 },
    { "POST", "/v1/visits/:/cancel", &endpoint_visit_cancel, ROUTE_VISIT_CANCEL,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 256, .deadline_ms = 3000 },
    { "POST", "/v1/visits/:/review", &endpoint_visit_review, ROUTE_VISIT_REVIEW,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 256, .deadline_ms = 3000 },
    { "POST", "/v1/disaster/visits", &endpoint_disaster_visit, ROUTE_DISASTER_VISIT,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 3000 },
    { "POST", "/v1/drug-history", &endpoint_drug_history, ROUTE_DRUG_HISTORY,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 1024, .deadline_ms = 3000 },
    { "POST", "/v1/checkups", &endpoint_checkups, ROUTE_CHECKUPS,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 1024, .deadline_ms = 3000 },
    { "POST", "/v1/treatments", &endpoint_treatments, ROUTE_TREATMENTS,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 1024, .deadline_ms = 3000 },
    { "POST", "/v1/operations", &endpoint_operations, ROUTE_OPERATIONS,
      .duty = DUTY_SERVE, .permission = PERMISSION_ELIGIBILITY, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 1024, .deadline_ms = 3000 },
    { "POST", "/v1/person/challenges", &endpoint_card_session_open, ROUTE_PERSON_CHALLENGE,
      .duty = DUTY_PORTAL, .permission = PERMISSION_PERSON, .audit = AUDIT_NOTHING,
      .body_bytes_max = 64, .deadline_ms = 3000 },
    { "POST", "/v1/person/sessions", &endpoint_person_open, ROUTE_PERSON_OPEN,
      .duty = DUTY_PORTAL, .permission = PERMISSION_PERSON, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 8192, .deadline_ms = 3000 },
    PERSON("coverage", person_coverage, PERSON_COVERAGE, AUDIT_READS_PERSON),
    PERSON("checkups", person_checkups, PERSON_CHECKUPS, AUDIT_READS_PERSON),
    PERSON("drug-history", person_drugs, PERSON_DRUGS, AUDIT_READS_PERSON),
    PERSON("treatments", person_treatments, PERSON_TREATMENTS, AUDIT_READS_PERSON),
    PERSON("operations", person_operations, PERSON_OPERATIONS, AUDIT_READS_PERSON),
    PERSON("expenses", person_expenses, PERSON_EXPENSES, AUDIT_READS_PERSON),
    PERSON("discrepancies", person_ticket_open, PERSON_TICKET_OPEN, AUDIT_CHANGES_PERSON),
    PERSON("discrepancies/list", person_tickets, PERSON_TICKETS, AUDIT_READS_PERSON),
    PERSON("agents", person_agent_make, PERSON_AGENT_MAKE, AUDIT_CHANGES_PERSON),
    PERSON("agents/list", person_agents, PERSON_AGENTS, AUDIT_READS_PERSON),
    PERSON("agents/:/cancel", person_agent_end, PERSON_AGENT_END, AUDIT_CHANGES_PERSON),
    PERSON("agents/:/sessions", person_agent_session, PERSON_AGENT_SESSION, AUDIT_READS_PERSON),
    PERSON("accesses", person_accesses, PERSON_ACCESSES, AUDIT_READS_PERSON),
    PERSON("visits", person_visits, PERSON_VISITS, AUDIT_READS_PERSON),
    { "POST", "/v1/person/visits/:/cancel", &endpoint_person_visit_cancel, ROUTE_PERSON_VISIT_CANCEL,
      .duty = DUTY_PORTAL, .permission = PERMISSION_PERSON, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 256, .deadline_ms = 3000 },
    { "POST", "/v1/person/document", &endpoint_person_document, ROUTE_PERSON_DOCUMENT,
      .duty = DUTY_PORTAL, .permission = PERMISSION_PERSON, .audit = AUDIT_READS_PERSON,
      .body_bytes_max = 256, .deadline_ms = 3000 },
    { "GET", "/", &endpoint_page, ROUTE_PAGE_FIRST,
      .duty = DUTY_SERVE | DUTY_OFFICE, .permission = PERMISSION_PAGES, .audit = AUDIT_NOTHING,
      .deadline_ms = 3000, .replies_text = true, .is_page = true },
    { "GET", "/page/:", &endpoint_page, ROUTE_PAGE,
      .duty = DUTY_SERVE | DUTY_OFFICE, .permission = PERMISSION_PAGES, .audit = AUDIT_NOTHING,
      .deadline_ms = 3000, .replies_text = true, .is_page = true },
    { "POST", "/v1/admin/sessions", &endpoint_office_session, ROUTE_OFFICE_SESSION_OPEN,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .allow = "DELETE, POST" },
    { "DELETE", "/v1/admin/sessions", &endpoint_office, ROUTE_OFFICE_SESSION_CLOSE,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .deadline_ms = 5000, .list = { .act = OFFICE_SESSION_CLOSE }, .allow = "DELETE, POST" },
    { "GET", "/v1/admin/self", &endpoint_office, ROUTE_OFFICE_SELF,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .deadline_ms = 5000, .list = { .act = OFFICE_SELF } },
    { "GET", "/v1/admin/overview", &endpoint_office, ROUTE_OFFICE_OVERVIEW,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .deadline_ms = 5000, .list = { .act = OFFICE_OVERVIEW } },
    { "GET", "/v1/admin/facilities", &endpoint_office, ROUTE_OFFICE_FACILITIES,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000,
      .list = { .act = OFFICE_FACILITIES }, .allow = "GET, POST" },
    { "POST", "/v1/admin/facilities", &endpoint_office, ROUTE_OFFICE_FACILITY_ADMIT,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_FACILITY_ADMIT }, .allow = "GET, POST" },
    { "POST", "/v1/admin/facility-lists", &endpoint_office, ROUTE_OFFICE_FACILITIES_ADMIT,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = ENROLMENT_BODY_BYTES, .memory_bytes = LIST_BYTES, .deadline_ms = 5000,
      .list = { .act = OFFICE_FACILITIES_ADMIT } },
    { "GET", "/v1/admin/facilities/:", &endpoint_office, ROUTE_OFFICE_FACILITY,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .deadline_ms = 5000, .list = { .act = OFFICE_FACILITY }, .allow = "GET, PUT" },
    { "PUT", "/v1/admin/facilities/:", &endpoint_office, ROUTE_OFFICE_FACILITY_CHANGE,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_FACILITY_CHANGE }, .allow = "GET, PUT" },
    { "GET", "/v1/admin/alarms", &endpoint_office, ROUTE_OFFICE_ALARMS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_ALARMS } },
    { "GET", "/v1/admin/credential-alarms", &endpoint_office, ROUTE_OFFICE_CREDENTIAL_ALARMS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000,
      .list = { .act = OFFICE_CREDENTIAL_ALARMS } },
    { "GET", "/v1/admin/statistics/checks", &endpoint_office, ROUTE_OFFICE_CHECKS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_CHECKS } },
    { "GET", "/v1/admin/statistics/uses", &endpoint_office, ROUTE_OFFICE_USES,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_USES } },
    { "GET", "/v1/admin/statistics/rollout", &endpoint_office, ROUTE_OFFICE_ROLLOUT,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_ROLLOUT } },
    { "GET", "/v1/admin/statistics/reasons", &endpoint_office, ROUTE_OFFICE_REASONS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_REASONS } },
    { "POST", "/v1/admin/statistics/universe", &endpoint_office, ROUTE_OFFICE_UNIVERSE_SET,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = ENROLMENT_BODY_BYTES, .memory_bytes = LIST_BYTES, .deadline_ms = 5000,
      .list = { .act = OFFICE_UNIVERSE_SET } },
    { "POST", "/v1/admin/facilities/:/exemption", &endpoint_office, ROUTE_OFFICE_FACILITY_EXEMPT,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_FACILITY_EXEMPT } },
    { "POST", "/v1/admin/facilities/:/closure", &endpoint_office, ROUTE_OFFICE_FACILITY_CLOSE,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_FACILITY_CLOSE } },
    { "GET", "/v1/admin/statistics/verdicts", &endpoint_office, ROUTE_OFFICE_VERDICTS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_VERDICTS } },
    { "GET", "/v1/admin/codes", &endpoint_office, ROUTE_OFFICE_CODES,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_CODES },
      .allow = "GET, POST" },
    { "POST", "/v1/admin/codes", &endpoint_office, ROUTE_OFFICE_CODE_SET,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_CODE_SET }, .allow = "GET, POST" },
    { "GET", "/v1/admin/insurers", &endpoint_office, ROUTE_OFFICE_INSURERS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000,
      .list = { .act = OFFICE_INSURERS }, .allow = "GET, POST" },
    { "POST", "/v1/admin/insurers", &endpoint_office, ROUTE_OFFICE_INSURER_ADMIT,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_INSURER_ADMIT }, .allow = "GET, POST" },
    { "GET", "/v1/admin/insurers/:", &endpoint_office, ROUTE_OFFICE_INSURER,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .deadline_ms = 5000, .list = { .act = OFFICE_INSURER }, .allow = "GET, PUT" },
    { "PUT", "/v1/admin/insurers/:", &endpoint_office, ROUTE_OFFICE_INSURER_CHANGE,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_INSURER_CHANGE }, .allow = "GET, PUT" },
    { "GET", "/v1/admin/certificates", &endpoint_office, ROUTE_OFFICE_CERTIFICATES,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_CERTIFICATES } },
    { "POST", "/v1/admin/certificates/:/revoke", &endpoint_office, ROUTE_OFFICE_CERTIFICATE_REVOKE,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_CERTIFICATE_REVOKE } },
    { "GET", "/v1/admin/parameters", &endpoint_office, ROUTE_OFFICE_PARAMETERS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000,
      .list = { .act = OFFICE_PARAMETERS }, .allow = "GET, POST" },
    { "POST", "/v1/admin/parameters", &endpoint_office, ROUTE_OFFICE_PARAMETER_SET,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_PARAMETER_SET }, .allow = "GET, POST" },
    { "GET", "/v1/admin/holidays", &endpoint_office, ROUTE_OFFICE_HOLIDAYS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000,
      .list = { .act = OFFICE_HOLIDAYS }, .allow = "GET, POST" },
    { "POST", "/v1/admin/holidays", &endpoint_office, ROUTE_OFFICE_HOLIDAY_SET,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_HOLIDAY_SET }, .allow = "GET, POST" },
    { "GET", "/v1/admin/disasters", &endpoint_office, ROUTE_OFFICE_DISASTERS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000,
      .list = { .act = OFFICE_DISASTERS }, .allow = "GET, POST" },
    { "POST", "/v1/admin/disasters", &endpoint_office, ROUTE_OFFICE_DISASTER_BEGIN,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_DISASTER_BEGIN }, .allow = "GET, POST" },
    { "POST", "/v1/admin/disasters/:/close", &endpoint_office, ROUTE_OFFICE_DISASTER_END,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .deadline_ms = 5000, .list = { .act = OFFICE_DISASTER_END } },
    { "GET", "/v1/admin/batches", &endpoint_office, ROUTE_OFFICE_BATCHES,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_BATCHES } },
    { "GET", "/v1/admin/batches/:", &endpoint_office, ROUTE_OFFICE_BATCH,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .deadline_ms = 5000, .list = { .act = OFFICE_BATCH } },
    { "POST", "/v1/admin/batches/:/release", &endpoint_office, ROUTE_OFFICE_BATCH_LET_GO,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_BATCH_LET_GO } },
    { "POST", "/v1/admin/batches/:/stop", &endpoint_office, ROUTE_OFFICE_BATCH_STOP,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_BATCH_STOP } },
    { "POST", "/v1/admin/batches/:/retry", &endpoint_office, ROUTE_OFFICE_BATCH_RETRY,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .deadline_ms = 5000, .list = { .act = OFFICE_BATCH_RETRY } },
    { "GET", "/v1/admin/jobs", &endpoint_office, ROUTE_OFFICE_JOBS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_JOBS } },
    { "GET", "/v1/admin/holds", &endpoint_office, ROUTE_OFFICE_HOLDS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_HOLDS } },
    { "POST", "/v1/admin/holds/:/show", &endpoint_office, ROUTE_OFFICE_HOLD_SHOW,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_HOLD_SHOW } },
    { "GET", "/v1/admin/breaches", &endpoint_office, ROUTE_OFFICE_BREACHES,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_BREACHES } },
    { "GET", "/v1/admin/compliance", &endpoint_office, ROUTE_OFFICE_COMPLIANCE,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_COMPLIANCE } },
    { "GET", "/v1/admin/discrepancies", &endpoint_office, ROUTE_OFFICE_DISCREPANCIES,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000,
      .list = { .act = OFFICE_DISCREPANCIES } },
    { "GET", "/v1/admin/reviews", &endpoint_office, ROUTE_OFFICE_REVIEWS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_REVIEWS } },
    { "GET", "/v1/admin/unlinks", &endpoint_office, ROUTE_OFFICE_UNLINKS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_UNLINKS } },
    { "GET", "/v1/admin/operators", &endpoint_office, ROUTE_OFFICE_OPERATORS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000,
      .list = { .act = OFFICE_OPERATORS }, .allow = "GET, POST" },
    { "POST", "/v1/admin/operators", &endpoint_office, ROUTE_OFFICE_OPERATOR_ADMIT,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_OPERATOR_ADMIT }, .allow = "GET, POST" },
    { "POST", "/v1/admin/operators/:/end", &endpoint_office, ROUTE_OFFICE_OPERATOR_END,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_OPERATOR_END } },
    { "GET", "/v1/admin/proposals", &endpoint_office, ROUTE_OFFICE_PROPOSALS,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_PROPOSALS } },
    { "POST", "/v1/admin/proposals/:/approve", &endpoint_office, ROUTE_OFFICE_PROPOSAL_APPROVE,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .deadline_ms = 5000, .list = { .act = OFFICE_PROPOSAL_APPROVE } },
    { "POST", "/v1/admin/proposals/:/refuse", &endpoint_office, ROUTE_OFFICE_PROPOSAL_REFUSE,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_CHANGES_PERSON,
      .body_bytes_max = 4096, .deadline_ms = 5000, .list = { .act = OFFICE_PROPOSAL_REFUSE } },
    { "GET", "/v1/admin/journal", &endpoint_office, ROUTE_OFFICE_JOURNAL,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_JOURNAL } },
    { "GET", "/v1/admin/accesses", &endpoint_office, ROUTE_OFFICE_ACCESSES,
      .duty = DUTY_OFFICE, .permission = PERMISSION_OFFICE, .audit = AUDIT_READS_PERSON,
      .memory_bytes = PAGE_BYTES, .takes_query = true, .deadline_ms = 5000, .list = { .act = OFFICE_ACCESSES } },
};

/* Methods that HTTP has and some path here could take; any other is not even looked up. */
static const struct {
    const char *name;
    enum duty   duty;
} methods[] = { { "GET", DUTY_EVERY }, { "POST", DUTY_EVERY }, { "PUT", DUTY_EVERY }, { "DELETE", DUTY_EVERY },
                { "HEAD", DUTY_REGISTRAR }, { "PATCH", DUTY_REGISTRAR } };
/* clang-format on */

enum { ROUTE_COUNT = ARRAY_LEN(route_table) };

const struct route *
route_at(size_t i)
{
    return i < ROUTE_COUNT ? &route_table[i] : NULL;
}

const struct route *
route_by_id(enum route_id id)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (route_table[i].id == id)
            return &route_table[i];
    assert(false && "a route id without a row");
    return NULL;
}

/* A ":" in the row's path stands for one part of the asked one, not empty and without a slash. */
static bool
path_fits(const struct route *row, struct span path, struct span *ret_rest)
{
    const char *colon = strchr(row->path, ':');

    *ret_rest = (struct span){ 0 };
    if (colon == NULL)
        return span_is(path, row->path);
    size_t      before = (size_t)(colon - row->path);
    struct span after = span_of(colon + 1);
    if (path.length <= before + after.length || memcmp(path.bytes, row->path, before) != 0
        || memcmp(path.bytes + path.length - after.length, after.bytes, after.length) != 0)
        return false;
    *ret_rest = span_make(path.bytes + before, path.length - before - after.length);
    return memchr(ret_rest->bytes, '/', ret_rest->length) == NULL;
}

static bool
method_is_known(enum duty duty, struct span method)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if ((methods[i].duty & duty) != 0 && span_is(method, methods[i].name))
            return true;
    return false;
}

enum fault
route_find(enum duty duty, struct span method, struct span path, const struct route **ret_route,
           struct span *ret_rest, const char **reterr_allow)
{
    const char *allow = NULL;
    struct span rest;

    if (!method_is_known(duty, method))
        return FAULT_METHOD_UNKNOWN;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct route *row = &route_table[i];
        if (row->path == NULL || (row->duty & duty) == 0 || !path_fits(row, path, &rest))
            continue;
        if (span_is(method, row->method)) {
            *ret_route = row;
            *ret_rest = rest;
            return FAULT_NONE;
        }
        allow = row->allow == NULL ? row->method : row->allow;
    }
    if (allow == NULL)
        return FAULT_PATH_UNKNOWN;
    *reterr_allow = allow;
    return FAULT_METHOD_NOT_ALLOWED;
}
