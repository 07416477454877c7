-- Rights. Nobody has any but those given here; tests/sql/privilege.expected lists them all.
REVOKE ALL ON SCHEMA registry, extension FROM PUBLIC;
GRANT USAGE ON SCHEMA registry TO shikaku_everyone;
REVOKE ALL ON ALL TABLES IN SCHEMA registry FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA registry FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA registry FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;

-- Types: only the owner builds dossiers and packs claims.
REVOKE ALL ON TYPE registry.dossier_ratio, registry.dossier_elderly, registry.dossier_ceiling,
    registry.dossier_disease, registry.dossier_benefit, registry.dossier_coverage, registry.dossier_body,
    registry.claim_line, registry.office_who, registry.office_reply FROM PUBLIC;

-- serve: functions only.
GRANT EXECUTE ON FUNCTION
    registry.eligibility_find, registry.eligibility_look_around, registry.dossier_by_version,
    registry.access_append, registry.access_prior, registry.access_partitions_ensure,
    registry.reference_number_set, registry.reference_number_delete,
    registry.directory_watermark, registry.directory_facilities, registry.directory_certificates,
    registry.directory_insurers, registry.policy_parameters, registry.holidays,
    registry.bulk_job_open, registry.bulk_items_take, registry.bulk_items_done, registry.bulk_job_read,
    registry.bulk_items_read, registry.bulk_expire,
    registry.change_list, registry.discrepancy_open, registry.discrepancy_read,
    registry.visit_open, registry.visit_read, registry.visit_end, registry.visit_review,
    registry.facility_lock, registry.visit_list, registry.claim_read, registry.history_read,
    registry.checkup_read, registry.disaster_find, registry.disaster_visit
TO shikaku_lookup;

-- registrar: functions only, but for the rows that it stages (below).
GRANT EXECUTE ON FUNCTION
    registry.batch_open, registry.batch_read, registry.batch_resume, registry.batch_progress, registry.batch_received,
    registry.batch_rows_read, registry.batch_release, registry.batch_cancel, registry.batch_expire, registry.batch_files_done
TO shikaku_registrar;
GRANT EXECUTE ON FUNCTION
    registry.access_append, registry.access_prior, registry.access_partitions_ensure, registry.directory_watermark,
    registry.directory_facilities, registry.directory_certificates, registry.directory_insurers, registry.policy_parameters,
    registry.holidays, registry.person_sessions_expire
TO shikaku_registrar;

-- registrar, in the name of an insurer: these functions see that it reaches its own people only. And the clock.
GRANT EXECUTE ON FUNCTION
    registry.notice_open, registry.notice_correct, registry.notice_withdraw, registry.notice_read, registry.notice_list,
    registry.notice_clock, registry.enrolment_expire,
    registry.hold_list, registry.hold_read, registry.hold_answer, registry.access_append_each,
    registry.unlink, registry.unlink_read, registry.unlink_exposure,
    registry.certificate_needed, registry.certificate_expiring, registry.certificate_issue, registry.certificate_read,
    registry.compliance_own, registry.compliance_lags, registry.compliance_worst,
    registry.change_take, registry.change_tell,
    registry.discrepancy_list, registry.discrepancy_answer
TO shikaku_registrar;

-- loader: fills an empty registry.
GRANT SELECT, INSERT ON
    registry.insurer, registry.facility, registry.certificate, registry.operator, registry.person,
    registry.person_version, registry.person_flag, registry.person_hold, registry.coverage, registry.burden_ratio,
    registry.elderly_certificate, registry.ceiling, registry.specific_disease, registry.public_benefit,
    registry.notice
TO shikaku_loader;
GRANT UPDATE (superseded_at) ON
    registry.person_version, registry.person_flag, registry.coverage, registry.burden_ratio,
    registry.elderly_certificate, registry.ceiling, registry.specific_disease, registry.public_benefit,
    registry.notice
TO shikaku_loader;
GRANT SELECT ON registry.policy_parameter, registry.holiday, registry.code_table TO shikaku_loader;
-- It gives its own numbers to what it loads, and sets the sequences behind them afterwards.
GRANT USAGE, SELECT, UPDATE ON SEQUENCE
    registry.coverage_id, registry.notice_id, registry.person_person_id_seq, registry.facility_facility_id_seq,
    registry.certificate_certificate_id_seq, registry.operator_operator_id_seq
TO shikaku_loader;
GRANT EXECUTE ON FUNCTION registry.dossier_refresh, registry.dossier_refresh_all, registry.civil_day TO shikaku_loader;

-- sealer: reads records.
GRANT SELECT ON registry.access_record TO shikaku_sealer;

-- operator: runs the registry, and sees no person.
GRANT SELECT, INSERT ON registry.insurer, registry.facility, registry.certificate, registry.operator,
    registry.policy_parameter, registry.holiday, registry.code_table, registry.card_issuer TO shikaku_operator;
GRANT UPDATE (name, kind, contact_phone, contact_text, successor_number, valid_to) ON registry.insurer TO shikaku_operator;
GRANT UPDATE (name, status, rights_profile, valid_to) ON registry.facility TO shikaku_operator;
GRANT UPDATE (revoked_at, revocation_reason) ON registry.certificate TO shikaku_operator;
GRANT UPDATE (name, organisation, role, valid_to) ON registry.operator TO shikaku_operator;
GRANT SELECT ON registry.facility_status, registry.bulk_job, registry.migration TO shikaku_operator;
GRANT EXECUTE ON FUNCTION registry.access_append, registry.access_prior, registry.access_partitions_ensure,
    registry.bulk_expire, registry.compliance, registry.disaster_open, registry.disaster_close
TO shikaku_operator;

-- auditor: reads records and what is needed to understand them.
GRANT SELECT ON registry.access_record, registry.facility, registry.facility_status, registry.certificate,
    registry.insurer, registry.operator, registry.policy_parameter, registry.holiday, registry.code_table,
    registry.migration
TO shikaku_auditor;

-- registrar: the batch line. It works by functions; the rows that it stages it writes itself.
GRANT INSERT ON registry.batch_stage TO shikaku_registrar;
GRANT EXECUTE ON FUNCTION
    registry.batch_session_open, registry.batch_take, registry.batch_rest, registry.batch_check_begin, registry.batch_staged,
    registry.batch_check_end, registry.batch_refuse, registry.batch_window_open, registry.batch_range, registry.batch_window_close, registry.batch_sweep,
    registry.batch_sweep_left,
    registry.batch_undo, registry.batch_undo_step, registry.number_ids_reserve,
    registry.recheck_take, registry.recheck_settle,
    registry.number_keys, registry.rotate_begin, registry.rotate_take, registry.rotate_put, registry.rotate_end,
    registry.shadow_begin, registry.shadow_take, registry.shadow_put, registry.shadow_end, registry.shadow_changes,
    registry.shadow_differences
TO shikaku_registrar;

-- claims: the feed of receipts and electronic prescriptions. It puts in, and reads nothing.
GRANT EXECUTE ON FUNCTION registry.claims_put TO shikaku_claims;

-- credentials: the feed of those who issue user certificates.
GRANT EXECUTE ON FUNCTION registry.credentials_put TO shikaku_credentials;

-- portal: people about themselves, each behind the session that their own card opened.
GRANT EXECUTE ON FUNCTION
    registry.access_append, registry.access_prior, registry.access_partitions_ensure, registry.directory_watermark,
    registry.directory_facilities, registry.directory_certificates, registry.directory_insurers, registry.policy_parameters,
    registry.dossier_by_version, registry.person_open, registry.person_read, registry.person_history,
    registry.person_checkups, registry.person_expenses, registry.person_ticket_open, registry.person_tickets,
    registry.person_agent_make, registry.person_agents, registry.person_agent_end, registry.person_agent_session,
    registry.person_accesses, registry.person_visits, registry.person_visit_end
TO shikaku_portal;

-- office: operators, each behind a second factor. What a role may is in office_act, and office() looks.
GRANT EXECUTE ON FUNCTION
    registry.access_append, registry.access_prior, registry.access_partitions_ensure, registry.directory_watermark,
    registry.directory_facilities, registry.directory_certificates, registry.directory_insurers, registry.policy_parameters,
    registry.office, registry.office_factor, registry.office_session_open
TO shikaku_office;

-- statistics: counts, and reads what was counted; it sees no person and no facility by name.
GRANT EXECUTE ON FUNCTION registry.statistics_count, registry.statistics_published TO shikaku_statistics;
