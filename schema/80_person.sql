-- Functions for people themselves, of the portal role. functions.md explains each of them.

CREATE OR REPLACE FUNCTION registry.agent_is_live(a registry.person_agent, moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT (a.ended_at IS NULL OR a.ended_at > moment) AND a.until >= civil_day(moment)
$$;
COMMENT ON FUNCTION registry.agent_is_live IS 'Whether somebody may act for another at a moment.';

-- Who has shut this way, and who has died: nobody sees them this way, they themselves neither.
CREATE OR REPLACE FUNCTION registry.person_is_open(person_id int8, moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT NOT EXISTS (
            SELECT FROM (SELECT * FROM person_flag AS f WHERE f.person_id = person_is_open.person_id OFFSET 0) AS f
            WHERE f.kind = 2 AND f.superseded_at = 'infinity' AND (upper_inf(f.valid) OR upper(f.valid) > civil_day(moment)))
        AND NOT EXISTS (
            SELECT FROM (SELECT * FROM coverage AS v WHERE v.person_id = person_is_open.person_id OFFSET 0) AS v
            WHERE v.loss_reason = '01' AND v.superseded_at = 'infinity')
$$;
COMMENT ON FUNCTION registry.person_is_open IS 'Whether a person may be looked at through a portal.';

-- Whose session this is, at this moment; NULL for none.
CREATE OR REPLACE FUNCTION registry.person_of(certificate_id int8, session_id uuid, moment timestamptz) RETURNS int8
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT s.person_id FROM person_session AS s
    WHERE s.session_id = person_of.session_id AND s.certificate_id = person_of.certificate_id
        AND s.opened_at <= person_of.moment AND person_of.moment < s.until
        -- Who shuts this way, or dies, is seen no more, and what somebody may no longer do for another ends at once.
        AND person_is_open(s.person_id, person_of.moment)
        AND (s.agent_id IS NULL OR EXISTS (
            SELECT FROM person_agent AS a
            WHERE a.agent_id = s.agent_id AND agent_is_live(a, person_of.moment)
                AND person_is_open(a.agent_person_id, person_of.moment)))
$$;
COMMENT ON FUNCTION registry.person_of IS 'The person of a session that lasts.';

CREATE OR REPLACE FUNCTION registry.person_open(
        certificate_ids int8[], session_ids uuid[], request_ids uuid[], issuers text[], serials text[], opened timestamptz[],
        untils timestamptz[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO person_session AS s (session_id, certificate_id, request_id, person_id, issuer, serial, opened_at, until)
    SELECT q.session_id, q.certificate_id, q.request_id, k.person_id, q.issuer, q.serial, q.opened_at, q.until
    FROM unnest(certificate_ids, session_ids, request_ids, issuers, serials, opened, untils)
        AS q (certificate_id, session_id, request_id, issuer, serial, opened_at, until)
    LEFT JOIN LATERAL (
        SELECT c.person_id
        FROM (SELECT i.issuer_id FROM card_issuer AS i WHERE i.name = q.issuer COLLATE "C" OFFSET 0) AS i
        JOIN credential AS c ON c.serial = q.serial COLLATE "C" AND c.issuer_id = i.issuer_id
        WHERE (c.ended_at IS NULL OR c.ended_at > q.opened_at)
            AND person_is_open(c.person_id, q.opened_at)
        OFFSET 0
    ) AS k ON true
    ORDER BY q.session_id
    ON CONFLICT (session_id) DO NOTHING;
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, NULL::text,
           CASE WHEN s.certificate_id = q.certificate_id AND s.request_id = q.request_id THEN 1 ELSE 2 END::int2
    FROM unnest(certificate_ids, session_ids, request_ids)
        WITH ORDINALITY AS q (certificate_id, session_id, request_id, position)
    CROSS JOIN LATERAL (SELECT * FROM person_session AS o WHERE o.session_id = q.session_id OFFSET 0) AS s
    LEFT JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f
        WHERE f.person_id = s.person_id AND s.request_id = q.request_id AND s.certificate_id = q.certificate_id
        OFFSET 0
    ) AS d ON true;
END
$$;
COMMENT ON FUNCTION registry.person_open IS 'Notes cards that were proven at a portal, and finds the dossiers of their holders.';

CREATE OR REPLACE FUNCTION registry.person_read(certificate_ids int8[], session_ids uuid[], moments timestamptz[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, is_by_agent bool)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, NULL::text,
           (SELECT s.agent_id IS NOT NULL FROM person_session AS s WHERE s.session_id = q.session_id)
    FROM unnest(certificate_ids, session_ids, moments) WITH ORDINALITY AS q (certificate_id, session_id, moment, position)
    CROSS JOIN LATERAL (SELECT person_of(q.certificate_id, q.session_id, q.moment) AS person_id OFFSET 0) AS s
    CROSS JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f WHERE f.person_id = s.person_id OFFSET 0
    ) AS d;
END
$$;
COMMENT ON FUNCTION registry.person_read IS 'The current dossiers of people whose sessions last.';

CREATE OR REPLACE FUNCTION registry.person_history(
        certificate_ids int8[], session_ids uuid[], items int2[], moments timestamptz[], from_years int2[], to_years int2[])
    RETURNS TABLE (ord int4, item int2, told text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, h.item, h.told
    FROM unnest(certificate_ids, session_ids, items, moments, from_years, to_years)
        WITH ORDINALITY AS q (certificate_id, session_id, items, moment, from_year, to_year, position)
    CROSS JOIN LATERAL (SELECT person_of(q.certificate_id, q.session_id, q.moment) AS person_id OFFSET 0) AS s
    CROSS JOIN LATERAL histories_of(s.person_id, q.items, q.from_year, q.to_year) AS h;
END
$$;
COMMENT ON FUNCTION registry.person_history IS 'Medicines, treatments or operations of people whose sessions last.';

CREATE OR REPLACE FUNCTION registry.person_checkups(
        certificate_ids int8[], session_ids uuid[], moments timestamptz[], from_days date[], to_days date[])
    RETURNS TABLE (ord int4, examined_on date, items text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, c.examined_on, c.items
    FROM unnest(certificate_ids, session_ids, moments, from_days, to_days)
        WITH ORDINALITY AS q (certificate_id, session_id, moment, from_day, to_day, position)
    CROSS JOIN LATERAL (SELECT person_of(q.certificate_id, q.session_id, q.moment) AS person_id OFFSET 0) AS s
    CROSS JOIN LATERAL checkups_of(s.person_id, q.moment, q.from_day, q.to_day) AS c
    ORDER BY q.position, c.examined_on DESC;
END
$$;
COMMENT ON FUNCTION registry.person_checkups IS 'Checkups of people whose sessions last; latest first.';

CREATE OR REPLACE FUNCTION registry.person_expenses(
        certificate_id int8, session_id uuid, moment timestamptz, from_month date, to_month date, count_max int4)
    RETURNS TABLE (month date, in_out int2, facility_code text, facility_name text, days int2, total int4, paid int4)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.month, c.in_out, c.facility_code, c.facility_name, c.expense_days, c.expense_total, c.expense_paid
    FROM (SELECT * FROM claim AS m
          WHERE m.person_id = person_of(certificate_id, session_id, moment) AND m.month BETWEEN from_month AND to_month
          OFFSET 0) AS c
    WHERE c.superseded_at = 'infinity' AND c.expense_total IS NOT NULL
    ORDER BY c.month DESC, c.claim_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.person_expenses IS 'What treatments of the person of a session cost, by receipts, latest month first.';

-- The person says that something is not right. Whoever covers the person now, or did last, must answer.
CREATE OR REPLACE FUNCTION registry.person_ticket_open(
        certificate_id int8, session_id uuid, moment timestamptz, request_id uuid, fields text, today date)
    RETURNS TABLE (outcome int2, ticket_number text, state int2, opened_at timestamptz, due_on date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    who  int8 := person_of(certificate_id, session_id, moment);
    held record;
BEGIN
    -- One opening at a time for each person, so that the same twice is always seen.
    PERFORM FROM person AS p WHERE p.person_id = who FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT 2::int2, d.ticket_number, d.state, d.opened_at, d.due_on
    FROM discrepancy AS d
    WHERE d.person_id = who AND d.facility_id IS NULL
        AND (d.request_id = person_ticket_open.request_id OR (d.state = 1 AND d.fields @> person_ticket_open.fields::text[]))
    ORDER BY d.request_id = person_ticket_open.request_id DESC, d.ticket_id DESC
    LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT k.coverage_id, k.insurer_number INTO held
    FROM (SELECT * FROM coverage AS v WHERE v.person_id = who OFFSET 0) AS k
    WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1 AND lower(k.valid) <= today
    ORDER BY lower(k.valid) DESC
    LIMIT 1;
    IF NOT FOUND THEN
        outcome := 3;
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
    INSERT INTO discrepancy AS d (ticket_number, request_id, insurer_number, person_id, coverage_id, fields, due_on)
    VALUES (left(replace(gen_random_uuid()::text, '-', ''), 12) || right(replace(gen_random_uuid()::text, '-', ''), 12),
            person_ticket_open.request_id, held.insurer_number, who, held.coverage_id, person_ticket_open.fields::text[],
            due_day(today, policy_number('discrepancy_answer_days', today)))
    RETURNING 1::int2, d.ticket_number, d.state, d.opened_at, d.due_on;
END
$$;
COMMENT ON FUNCTION registry.person_ticket_open IS
    'Opens a ticket of the person of a session: 1 new, 2 one that says it stands, 3 nobody covers the person.';

CREATE OR REPLACE FUNCTION registry.person_tickets(
        certificate_id int8, session_id uuid, moment timestamptz, count_max int4)
    RETURNS TABLE (ticket_number text, state int2, fields text, opened_at timestamptz, due_on date, answer int2,
                   answered_at timestamptz, facility_name text, insurer_name text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.ticket_number, d.state, array_to_string(d.fields, ' '), d.opened_at, d.due_on, d.answer, d.answered_at, f.name, i.name
    FROM discrepancy AS d
    LEFT JOIN facility AS f USING (facility_id)
    LEFT JOIN insurer AS i USING (insurer_number)
    WHERE d.person_id = person_of(certificate_id, session_id, moment)
    ORDER BY d.opened_at DESC, d.ticket_id DESC
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.person_tickets IS 'Tickets about the person of a session, by whomever, latest first.';

CREATE OR REPLACE FUNCTION registry.person_accesses(
        certificate_id int8, session_id uuid, moment timestamptz, subjects bytea, from_day date, to_day date,
        before_day date, before_record_id int8, count_max int4)
    RETURNS TABLE (record_id int8, day date, recorded_at timestamptz, actor_kind int2, facility_code text, facility_name text,
                   insurer_name text, way int2, purpose int2, items int4, detail text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- With the days known, only their partitions are planned for and locked.
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    names bytea[] := ARRAY(
        SELECT substring(subjects FROM 16 * n - 15 FOR 16) FROM generate_series(1, octet_length(subjects) / 16) AS n);
    before_at timestamptz := 'infinity'; -- numbers of records are not in the order of time
BEGIN
    IF before_day IS NOT NULL THEN
        EXECUTE 'SELECT a.recorded_at FROM access_record AS a WHERE a.day = $1 AND a.record_id = $2 AND a.subject = ANY ($3)'
        INTO before_at USING before_day, before_record_id, names;
    END IF;
    IF person_of(certificate_id, session_id, moment) IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE $query$
        SELECT a.record_id, a.day, a.recorded_at, a.actor_kind, f.facility_code, f.name, i.name, a.way, a.purpose, a.items,
               CASE WHEN a.way IN (6, 7) THEN a.detail END
        FROM access_record AS a
        LEFT JOIN facility AS f USING (facility_id)
        LEFT JOIN certificate AS c ON c.certificate_id = a.certificate_id AND a.actor_kind = 2
        LEFT JOIN insurer AS i USING (insurer_number)
        WHERE a.subject = ANY ($1) AND a.day BETWEEN $2 AND $3 AND a.fault IS NULL AND (a.items <> 0 OR a.way = 10)
            AND (a.recorded_at, a.record_id) < ($4, $5)
        ORDER BY a.recorded_at DESC, a.record_id DESC
        LIMIT $6
    $query$ USING names, from_day, least(to_day, coalesce(before_day, to_day)), before_at,
                  coalesce(before_record_id, 9223372036854775807), count_max;
END
$$;
COMMENT ON FUNCTION registry.person_accesses IS
    'Who was shown what of the person of a session, latest first; subjects are the person''s pseudonyms, 16 bytes for each year.';

CREATE OR REPLACE FUNCTION registry.person_visits(
        certificate_id int8, session_id uuid, moment timestamptz, before_at timestamptz, count_max int4)
    RETURNS TABLE (visit_id uuid, opened_at timestamptz, facility_code text, facility_name text, treatment int2, basis int2,
                   consents int2, consent_until timestamptz, ended_at timestamptz, end_reason int2, reviewed_at timestamptz,
                   outcome int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT v.visit_id, v.opened_at, f.facility_code, f.name, v.treatment, v.basis, v.consents,
           nullif(v.consent_until, 'infinity'), v.ended_at, v.end_reason, v.reviewed_at, v.outcome
    FROM visit AS v
    LEFT JOIN LATERAL (SELECT * FROM facility AS g WHERE g.facility_id = v.facility_id OFFSET 0) AS f ON true
    WHERE v.person_id = person_of(certificate_id, session_id, moment) AND v.opened_at < coalesce(before_at, 'infinity')
    ORDER BY v.opened_at DESC
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.person_visits IS 'Visits of the person of a session, latest first.';

CREATE OR REPLACE FUNCTION registry.person_visit_end(certificate_id int8, session_id uuid, visit_id uuid, moment timestamptz)
    RETURNS TABLE (person_id int8, ended_at timestamptz, reason int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    who int8 := person_of(certificate_id, session_id, moment);
BEGIN
    UPDATE visit AS v SET ended_at = person_visit_end.moment, end_reason = 2
    WHERE v.visit_id = person_visit_end.visit_id AND v.person_id = who AND v.ended_at IS NULL;
    RETURN QUERY
    SELECT v.person_id, v.ended_at, v.end_reason FROM visit AS v
    WHERE v.visit_id = person_visit_end.visit_id AND v.person_id = who;
END
$$;
COMMENT ON FUNCTION registry.person_visit_end IS 'The person of a session takes the consents of a visit back.';
