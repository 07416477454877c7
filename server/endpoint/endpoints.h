/*
 * endpoints: one object per thing that can be asked; each is four or five plain functions.
 *
 * Shape   see struct endpoint in request/request.h. None of them waits, sends, logs, or knows
 *         HTTP.
 * Owner   constant.
 */
#ifndef ENDPOINT_ENDPOINTS_H
#define ENDPOINT_ENDPOINTS_H

#include "request/request.h"

extern const struct endpoint endpoint_eligibility_check;
extern const struct endpoint endpoint_bulk_open;
extern const struct endpoint endpoint_bulk_progress;
extern const struct endpoint endpoint_bulk_results;
extern const struct endpoint endpoint_reference_number_set;
extern const struct endpoint endpoint_reference_number_delete;
extern const struct endpoint endpoint_notice_open;
extern const struct endpoint endpoint_notice_list;
extern const struct endpoint endpoint_notice_read;
extern const struct endpoint endpoint_notice_correct;
extern const struct endpoint endpoint_notice_withdraw;
extern const struct endpoint endpoint_batch_open;
extern const struct endpoint endpoint_batch_append;
extern const struct endpoint endpoint_batch_read;
extern const struct endpoint endpoint_batch_offset;
extern const struct endpoint endpoint_batch_rows;
extern const struct endpoint endpoint_batch_release;
extern const struct endpoint endpoint_batch_cancel;
extern const struct endpoint endpoint_batch_undo;
extern const struct endpoint endpoint_hold_list;
extern const struct endpoint endpoint_hold_read;
extern const struct endpoint endpoint_hold_answer;
extern const struct endpoint endpoint_hold_answers;
extern const struct endpoint endpoint_compliance;
extern const struct endpoint endpoint_unlink;
extern const struct endpoint endpoint_unlink_read;
extern const struct endpoint endpoint_certificate_needed;
extern const struct endpoint endpoint_certificate_expiring;
extern const struct endpoint endpoint_certificate_issue;
extern const struct endpoint endpoint_certificate_read;
extern const struct endpoint endpoint_change_list;
extern const struct endpoint endpoint_discrepancy_open;
extern const struct endpoint endpoint_discrepancy_read;
extern const struct endpoint endpoint_discrepancy_list;
extern const struct endpoint endpoint_discrepancy_answer;
extern const struct endpoint endpoint_batch_one;
extern const struct endpoint endpoint_card_session_open;
extern const struct endpoint endpoint_visit_open;
extern const struct endpoint endpoint_visit_query;
extern const struct endpoint endpoint_visit_cancel;
extern const struct endpoint endpoint_visit_review;
extern const struct endpoint endpoint_visit_list;
extern const struct endpoint endpoint_disaster_visit;
extern const struct endpoint endpoint_person_open;
extern const struct endpoint endpoint_person_coverage;
extern const struct endpoint endpoint_person_checkups;
extern const struct endpoint endpoint_person_expenses;
extern const struct endpoint endpoint_person_ticket_open;
extern const struct endpoint endpoint_person_tickets;
extern const struct endpoint endpoint_person_agent_make;
extern const struct endpoint endpoint_person_agents;
extern const struct endpoint endpoint_person_agent_end;
extern const struct endpoint endpoint_person_agent_session;
extern const struct endpoint endpoint_person_drugs;
extern const struct endpoint endpoint_person_treatments;
extern const struct endpoint endpoint_person_operations;
extern const struct endpoint endpoint_person_accesses;
extern const struct endpoint endpoint_person_visits;
extern const struct endpoint endpoint_person_visit_cancel;
extern const struct endpoint endpoint_person_document;
extern const struct endpoint endpoint_page;
extern const struct endpoint endpoint_office;
extern const struct endpoint endpoint_office_session;
extern const struct endpoint endpoint_drug_history;
extern const struct endpoint endpoint_checkups;
extern const struct endpoint endpoint_treatments;
extern const struct endpoint endpoint_operations;

/* For fields_decode(): owner is the request. */
void endpoint_blame(void *request, enum fault fault, const char *field, const char *reason);

#endif
