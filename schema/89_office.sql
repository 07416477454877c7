-- The operators' office. functions.md explains each of them.
--
-- One function, office(), is all that the program calls: it looks whether the session lives and the role allows the act,
-- makes sure that a request is done once, and makes a proposal of what needs a second person. The acts themselves are
-- functions of one shape, in 89_office_read.sql and 89_office_change.sql: (who, path, args, if_match) -> reply.

CREATE OR REPLACE FUNCTION registry.office_words(list text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE list
        WHEN 'role' THEN '{viewer,registrar,security_officer,auditor}'
        WHEN 'facility_kind' THEN '{hospital,medical_clinic,dental_clinic,pharmacy,home_nursing,judo_acupuncture}'
        WHEN 'facility_status' THEN '{applied,ready,operating,suspended}'
        WHEN 'rights' THEN '{full,eligibility_only}'
        WHEN 'holder' THEN '{facility,insurer,operator,portal,resident_register}'
        WHEN 'batch_state' THEN '{receiving,received,checking,waits_for_release,applying,done,refused,cancelled,undone}'
        WHEN 'job_state' THEN '{waiting,running,done}'
        WHEN 'proposal_state' THEN '{waiting,carried_out,refused,failed}'
        WHEN 'breach_kind' THEN '{registered_late,missed,notified_late}'
        WHEN 'ticket_state' THEN '{open,answered,expired,closed}'
        WHEN 'visit_basis' THEN '{card,emergency,disaster}'
        WHEN 'exemption' THEN '{system_not_ready,no_network,visits_only,rebuilding,closing,special}'
        WHEN 'reason' THEN '{in_force,lost,not_yet_started,notified_not_registered,identity_check_pending,suspended,mistyped,not_found,ambiguous,expired_card_within_transition,card_not_linked}'
        WHEN 'way' THEN '{card,number,bulk,enrolment,ticket,emergency,disaster,person,office}'
        WHEN 'outcome' THEN '{done,made,waits_for_second_person,session_over,not_permitted,not_found,etag_missing,etag_differs,state_wrong,second_person_needed,field_malformed,there_already}'
    END::text[]
$$;
COMMENT ON FUNCTION registry.office_words IS 'Words of a list, in the order of the numbers that stand for them.';

CREATE OR REPLACE FUNCTION registry.office_word(list text, number int4) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT (office_words(list))[number] $$;
COMMENT ON FUNCTION registry.office_word IS 'The word for a number.';

CREATE OR REPLACE FUNCTION registry.office_number(list text, word text) RETURNS int2
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT array_position(office_words(list), word)::int2 $$;
COMMENT ON FUNCTION registry.office_number IS 'The number for a word; NULL for one that the list does not have.';

-- Of all that a row says, so whoever changes it must have seen it as it is.
CREATE OR REPLACE FUNCTION registry.office_etag(seen text) RETURNS text
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$ SELECT '"' || left(md5(seen), 16) || '"' $$;
COMMENT ON FUNCTION registry.office_etag IS 'The ETag of a row.';

CREATE OR REPLACE FUNCTION registry.office_answer(outcome int4, detail text DEFAULT NULL) RETURNS registry.office_reply
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT ROW(outcome::int2, NULL, detail, NULL, NULL)::office_reply $$;
COMMENT ON FUNCTION registry.office_answer IS 'A reply without a body.';

CREATE OR REPLACE FUNCTION registry.office_body(outcome int4, body jsonb, etag text DEFAULT NULL) RETURNS registry.office_reply
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT ROW(outcome::int2, etag, NULL, jsonb_strip_nulls(body), NULL)::office_reply $$;
COMMENT ON FUNCTION registry.office_body IS 'A reply with a body; what is not there is left out.';

-- One more than a page was asked for, if there is more.
CREATE OR REPLACE FUNCTION registry.office_page(items jsonb[], keys text[], count_max int4) RETURNS registry.office_reply
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object(
        'items', coalesce(to_jsonb(items[1:count_max]), '[]'::jsonb),
        'next_after', CASE WHEN cardinality(items) > count_max THEN keys[count_max] END))
$$;
COMMENT ON FUNCTION registry.office_page IS 'A page of a list, and where the next one begins.';

CREATE OR REPLACE FUNCTION registry.office_count(args jsonb) RETURNS int4
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT greatest(1, least(500, coalesce((args ->> 'count')::int4, 100))) $$;
COMMENT ON FUNCTION registry.office_count IS 'How many items a page has.';

-- ---- sessions -----------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION registry.office_factor(operator_id int4, today date, moment timestamptz)
    RETURNS TABLE (generation int2, used_step int8, is_locked bool)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT o.generation, o.used_step, coalesce(o.locked_until > moment, false)
    FROM operator AS o
    WHERE o.operator_id = office_factor.operator_id AND o.valid_from <= today AND (o.valid_to IS NULL OR o.valid_to > today)
$$;
COMMENT ON FUNCTION registry.office_factor IS 'Which second factor an operator has, and whether it is looked at; no row for nobody.';

CREATE OR REPLACE FUNCTION registry.office_session_open(
        operator_id int4, certificate_id int8, token_digest bytea, step int8, moment timestamptz, today date)
    RETURNS TABLE (is_open bool, until timestamptz, role text, name text)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held operator;
    ends timestamptz := moment + policy_number('operator_session_hours', today) * interval '1 hour';
BEGIN
    SELECT o.* INTO held FROM operator AS o WHERE o.operator_id = office_session_open.operator_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF step <= held.used_step OR coalesce(held.locked_until > moment, false) THEN
        UPDATE operator AS o
        SET failures = CASE WHEN held.failures >= 4 THEN 0 ELSE held.failures + 1 END,
            locked_until = CASE WHEN held.failures >= 4 THEN moment + interval '15 minutes' ELSE held.locked_until END
        WHERE o.operator_id = held.operator_id;
        RETURN QUERY SELECT false, NULL::timestamptz, NULL::text, NULL::text;
        RETURN;
    END IF;
    UPDATE operator AS o SET used_step = step, failures = 0, locked_until = NULL WHERE o.operator_id = held.operator_id;
    DELETE FROM operator_session AS s WHERE s.until < moment;
    INSERT INTO operator_session (token_digest, operator_id, certificate_id, opened_at, used_at, until)
    VALUES (token_digest, held.operator_id, certificate_id, moment, moment, ends);
    RETURN QUERY SELECT true, ends, office_word('role', held.role), held.name;
END
$$;
COMMENT ON FUNCTION registry.office_session_open IS
    'Opens a session for the step whose code was shown, 0 for a wrong one. Each step opens one; after five wrong ones none for 15 minutes.';

CREATE OR REPLACE FUNCTION registry.office_recognise(
        operator_id int4, certificate_id int8, token_digest bytea, request_id uuid, moment timestamptz, today date)
    RETURNS registry.office_who
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held operator;
BEGIN
    UPDATE operator_session AS s SET used_at = greatest(s.used_at, moment)
    WHERE s.token_digest = office_recognise.token_digest AND s.operator_id = office_recognise.operator_id
        AND s.certificate_id = office_recognise.certificate_id AND s.until > moment
        AND s.used_at > moment - policy_number('operator_session_rest_minutes', today) * interval '1 minute';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT o.* INTO held
    FROM operator AS o
    WHERE o.operator_id = office_recognise.operator_id AND o.valid_from <= today AND (o.valid_to IS NULL OR o.valid_to > today);
    RETURN CASE WHEN held.operator_id IS NOT NULL
        THEN ROW(held.operator_id, certificate_id, request_id, moment, today, held.role)::office_who END;
END
$$;
COMMENT ON FUNCTION registry.office_recognise IS 'Whose session a token is, over this certificate; NULL when it is nobody''s or over.';

-- ---- doing --------------------------------------------------------------------------------------

-- What the database itself refuses is an answer, too: nothing of the act holds then.
CREATE OR REPLACE FUNCTION registry.office_run(act text, who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
DECLARE
    reply office_reply;
    broken text;
BEGIN
    EXECUTE format('SELECT r.* FROM registry.%I($1, $2, $3, $4) AS r', 'office_' || act)
        INTO reply USING who, path, args, if_match;
    RETURN reply;
EXCEPTION
    WHEN unique_violation OR exclusion_violation THEN
        RETURN office_answer(12);
    WHEN check_violation OR foreign_key_violation OR not_null_violation THEN
        GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
        RETURN office_answer(11, nullif(broken, ''));
    WHEN datetime_field_overflow OR invalid_datetime_format OR invalid_text_representation OR numeric_value_out_of_range THEN
        RETURN office_answer(11);
END
$$;
COMMENT ON FUNCTION registry.office_run IS 'Runs the function of an act.';

CREATE OR REPLACE FUNCTION registry.office_propose(act text, who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
DECLARE
    ends timestamptz := who.moment + policy_number('proposal_hours', who.today) * interval '1 hour';
    made office_proposal;
BEGIN
    INSERT INTO office_proposal AS p (act, path, args, if_match, proposed_by, proposed_at, until)
    VALUES (act, path, args, if_match, who.operator_id, who.moment, ends)
    RETURNING p.* INTO made;
    RETURN office_body(3, jsonb_build_object('proposal_number', made.proposal_id::text, 'until', ends), office_etag(made::text));
END
$$;
COMMENT ON FUNCTION registry.office_propose IS 'Makes a proposal of an act.';

CREATE OR REPLACE FUNCTION registry.office_do(act text, who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    terms office_act;
    entry office_journal;
    reply office_reply;
BEGIN
    SELECT a.* INTO STRICT terms FROM office_act AS a WHERE a.act = office_do.act;
    IF NOT who.role = ANY (terms.roles) THEN
        RETURN office_answer(5);
    END IF;
    IF NOT terms.changes THEN
        RETURN office_run(act, who, path, args, if_match);
    END IF;
    IF terms.needs_match AND if_match IS NULL THEN
        RETURN office_answer(7);
    END IF;
    INSERT INTO office_journal AS j (operator_id, request_id, certificate_id, act, path, args, done_at)
    VALUES (who.operator_id, who.request_id, who.certificate_id, act, path, args, who.moment)
    ON CONFLICT (operator_id, request_id) DO NOTHING
    RETURNING j.* INTO entry;
    IF entry.entry_id IS NULL THEN
        SELECT j.* INTO STRICT entry
        FROM office_journal AS j
        WHERE j.operator_id = who.operator_id AND j.request_id = who.request_id;
        RETURN ROW(entry.outcome, entry.etag, entry.detail, entry.body, NULL)::office_reply;
    END IF;
    IF terms.needs_second THEN
        reply := office_propose(act, who, path, args, if_match);
    ELSE
        reply := office_run(act, who, path, args, if_match);
    END IF;
    UPDATE office_journal AS j
    SET outcome = reply.outcome, etag = reply.etag, detail = reply.detail,
        body = CASE WHEN reply.person_id IS NULL THEN reply.body END,
        proposal_id = coalesce((reply.body ->> 'proposal_number')::int8, j.proposal_id)
    WHERE j.entry_id = entry.entry_id;
    RETURN reply;
END
$$;
COMMENT ON FUNCTION registry.office_do IS 'Does an act that this operator may do, once for each request.';

CREATE OR REPLACE FUNCTION registry.office(
        act text, operator_id int4, certificate_id int8, token_digest bytea, request_id uuid, path text, args jsonb,
        if_match text, moment timestamptz, today date)
    RETURNS TABLE (outcome int2, etag text, detail text, body text, person_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    who office_who := office_recognise(operator_id, certificate_id, token_digest, request_id, moment, today);
    reply office_reply;
BEGIN
    IF who.operator_id IS NULL THEN
        reply := office_answer(4);
    ELSE
        reply := office_do(act, who, path, args, if_match);
    END IF;
    RETURN QUERY SELECT reply.outcome, reply.etag, reply.detail, reply.body::text, reply.person_id;
END
$$;
COMMENT ON FUNCTION registry.office IS 'Whatever is asked at the operators'' office: see office_act, and office_reply for the outcome.';
