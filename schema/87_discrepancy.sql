-- Functions for tickets: a facility says that what it was shown differs from what the patient showed. functions.md
-- explains each of them.

-- What an answer showed, from its access record: the person by the dossier that it was made from, and which of its coverages.
CREATE OR REPLACE FUNCTION registry.discrepancy_shown(facility_id int4, record_id int8, record_day date)
    RETURNS TABLE (person_id int8, coverage_id int8, insurer_number text)
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    told record;
BEGIN
    SELECT a.recorded_at, a.asked_day, a.validity, a.dossier_versions[1] AS version INTO told
    FROM access_record AS a
    WHERE a.record_id = discrepancy_shown.record_id AND a.day = discrepancy_shown.record_day
        AND a.facility_id = discrepancy_shown.facility_id AND a.fault IS NULL AND a.validity IN (1, 2, 3)
        AND a.subject IS NOT NULL AND cardinality(a.dossier_versions) = 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- As known then. Of a valid answer it is the coverage of that day, of any other one that ended or begins nearest to it.
    RETURN QUERY
    SELECT c.person_id, c.coverage_id, c.insurer_number
    FROM (
        SELECT d.person_id FROM dossier AS d WHERE d.version = told.version
        UNION ALL
        SELECT d.person_id FROM dossier_past AS d WHERE d.version = told.version
    ) AS p
    JOIN coverage AS c ON c.person_id = p.person_id AND c.recorded_at <= told.recorded_at AND c.superseded_at > told.recorded_at
    WHERE (c.valid @> told.asked_day) = (told.validity = 1)
    ORDER BY least(abs(lower(c.valid) - told.asked_day), abs(upper(c.valid) - told.asked_day)), c.coverage_id
    LIMIT 1;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_shown IS 'Person and coverage that an answer to this facility showed.';

CREATE OR REPLACE FUNCTION registry.discrepancy_open(
        facility_id int4, request_id uuid, record_id int8, record_day date, fields text, today date)
    RETURNS TABLE (outcome int2, ticket_number text, state int2, opened_at timestamptz, due_on date, person_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    shown record;
BEGIN
    -- One opening at a time for each facility, so that the same twice is always seen.
    PERFORM FROM facility AS f WHERE f.facility_id = discrepancy_open.facility_id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT 2::int2, d.ticket_number, d.state, d.opened_at, d.due_on, d.person_id
    FROM discrepancy AS d
    WHERE d.facility_id = discrepancy_open.facility_id
        AND (d.request_id = discrepancy_open.request_id
             OR (d.record_id = discrepancy_open.record_id AND d.record_day = discrepancy_open.record_day AND d.state = 1))
    ORDER BY d.request_id = discrepancy_open.request_id DESC
    LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT s.* INTO shown FROM discrepancy_shown(facility_id, record_id, record_day) AS s;
    IF NOT FOUND THEN
        outcome := 3;
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
    INSERT INTO discrepancy AS d (ticket_number, facility_id, request_id, record_id, record_day, insurer_number, person_id,
                                  coverage_id, fields, due_on)
    VALUES (left(replace(gen_random_uuid()::text, '-', ''), 12) || right(replace(gen_random_uuid()::text, '-', ''), 12),
            discrepancy_open.facility_id, discrepancy_open.request_id, discrepancy_open.record_id,
            discrepancy_open.record_day, shown.insurer_number, shown.person_id, shown.coverage_id,
            discrepancy_open.fields::text[], due_day(today, policy_number('discrepancy_answer_days', today)))
    RETURNING 1::int2, d.ticket_number, d.state, d.opened_at, d.due_on, d.person_id;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_open IS 'Opens a ticket on an answer that this facility was given, or finds the one that stands.';

CREATE OR REPLACE FUNCTION registry.discrepancy_read(facility_ids int4[], ticket_numbers text[])
    RETURNS TABLE (ord int4, state int2, fields text, record_id int8, record_day date, opened_at timestamptz, due_on date,
                   answer int2, answered_at timestamptz, person_id int8)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.state, array_to_string(d.fields, ' '), d.record_id, d.record_day, d.opened_at, d.due_on,
           d.answer, d.answered_at, d.person_id
    FROM unnest(facility_ids, ticket_numbers) WITH ORDINALITY AS q (facility_id, ticket_number, position)
    CROSS JOIN LATERAL (
        SELECT * FROM discrepancy AS t WHERE t.ticket_number = q.ticket_number COLLATE "C" OFFSET 0
    ) AS d
    WHERE d.facility_id = q.facility_id
    ORDER BY q.position;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_read IS 'How a ticket of this facility stands.';

CREATE OR REPLACE FUNCTION registry.discrepancy_list(insurer_number text, after_ticket_id int8, count_max int4)
    RETURNS TABLE (ticket_id int8, ticket_number text, fields text, opened_at timestamptz, due_on date, person_id int8,
                   symbol text, number text, branch text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.ticket_id, d.ticket_number, array_to_string(d.fields, ' '), d.opened_at, d.due_on, d.person_id, c.symbol, c.number,
           c.branch
    FROM discrepancy AS d
    LEFT JOIN coverage AS c ON c.coverage_id = d.coverage_id AND c.superseded_at = 'infinity'
        AND c.insurer_number = discrepancy_list.insurer_number
    WHERE d.insurer_number = discrepancy_list.insurer_number AND d.state = 1 AND d.ticket_id > after_ticket_id
    ORDER BY d.ticket_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_list IS 'Open tickets that this insurer must answer, oldest first.';

CREATE OR REPLACE FUNCTION registry.discrepancy_answer(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, ticket_number text, answer int2, today date)
    RETURNS TABLE (outcome int2, state int2, person_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun  record;
    ticket record;
BEGIN
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    SELECT d.ticket_id, d.state, d.person_id INTO ticket
    FROM discrepancy AS d
    WHERE d.ticket_number = discrepancy_answer.ticket_number AND d.insurer_number = discrepancy_answer.insurer_number
    FOR NO KEY UPDATE;
    state := ticket.state;
    person_id := ticket.person_id;
    IF begun.standing = 1 THEN
        outcome := CASE
            WHEN ticket.ticket_id IS NULL THEN 2
            WHEN ticket.state <> 1 THEN 3
            WHEN NOT EXISTS (
                SELECT FROM code_table AS t
                WHERE t.code_id = 'discrepancy_answer' AND t.code = discrepancy_answer.answer::text COLLATE "C"
                    AND t.valid_from <= today AND coalesce(t.valid_to, 'infinity') > today) THEN 5
            ELSE 1
        END;
        IF outcome = 1 THEN
            -- 1 corrected, 2 the registry is right; whatever else there is closes it without a finding.
            UPDATE discrepancy AS d
            SET state = CASE discrepancy_answer.answer WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 4 END,
                answer = discrepancy_answer.answer, answered_at = greatest(clock_timestamp(), d.opened_at),
                answered_by = discrepancy_answer.user_id
            WHERE d.ticket_id = ticket.ticket_id
            RETURNING d.state INTO state;
        END IF;
        PERFORM enrolment_end(insurer_number, request_id, to_jsonb(outcome));
    ELSE
        outcome := CASE begun.standing WHEN 2 THEN begun.reply::int ELSE 4 END;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_answer IS 'Takes an insurer''s answer to a ticket.';
