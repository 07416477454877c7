-- Functions for those who act for others at a portal, of the portal role. functions.md explains each of them.

-- Both have proven their cards: two sessions of one portal, each its holder's own.
CREATE OR REPLACE FUNCTION registry.person_agent_make(
        certificate_id int8, session_id uuid, moment timestamptz, agent_session_id uuid, request_id uuid, kind int2, until date)
    RETURNS TABLE (outcome int2, agent_number text, last_day date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    today date := civil_day(moment);
    who   record;
    whom  record;
    birth date;
    most  date;
BEGIN
    SELECT s.person_id, s.agent_id INTO who FROM person_session AS s
    WHERE s.session_id = person_agent_make.session_id
        AND s.person_id = person_of(certificate_id, person_agent_make.session_id, moment);
    SELECT s.person_id, s.agent_id INTO whom FROM person_session AS s
    WHERE s.session_id = agent_session_id AND s.person_id = person_of(certificate_id, agent_session_id, moment);
    -- Who acts for somebody cannot hand that on.
    IF who.person_id IS NULL OR whom.person_id IS NULL OR who.agent_id IS NOT NULL OR whom.agent_id IS NOT NULL THEN
        outcome := 3;
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM FROM person AS p WHERE p.person_id = who.person_id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT 2::int2, a.agent_number, a.until FROM person_agent AS a
    WHERE a.person_id = who.person_id AND a.request_id = person_agent_make.request_id;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT v.birth_date INTO birth FROM person_version AS v
    WHERE v.person_id = who.person_id AND v.superseded_at = 'infinity';
    most := CASE kind
        WHEN 1 THEN (birth + policy_number('guardian_until_age', today) * interval '1 year')::date - 1
        ELSE (today + policy_number('agent_max_years', today) * interval '1 year')::date END;
    outcome := CASE
        WHEN who.person_id = whom.person_id THEN 4
        WHEN kind = 1 AND most < today THEN 5
        WHEN person_agent_make.until < today OR person_agent_make.until > most THEN 6
        WHEN (SELECT count(*) FROM person_agent AS a WHERE a.person_id = who.person_id AND agent_is_live(a, moment))
            >= policy_number('agents_max', today) THEN 7
        ELSE 1 END;
    last_day := coalesce(person_agent_make.until, most);
    IF outcome = 1 THEN
        agent_number := left(replace(gen_random_uuid()::text, '-', ''), 12) || right(replace(gen_random_uuid()::text, '-', ''), 12);
        INSERT INTO person_agent (agent_number, person_id, agent_person_id, kind, request_id, made_at, until)
        VALUES (agent_number, who.person_id, whom.person_id, kind, person_agent_make.request_id, moment, last_day);
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.person_agent_make IS
    'Lets the person of one session act for that of another: 1 made, 2 was already, 3 a session is over or not the own, 4 both are one, 5 too old for a guardian, 6 until beyond what is allowed, 7 too many.';

CREATE OR REPLACE FUNCTION registry.person_agents(certificate_id int8, session_id uuid, moment timestamptz, count_max int4)
    RETURNS TABLE (agent_number text, is_for_me bool, name text, kind int2, made_at timestamptz, until date,
                   ended_at timestamptz, ended_by int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    who int8 := person_of(certificate_id, session_id, moment);
BEGIN
    RETURN QUERY
    SELECT a.agent_number, a.person_id = who, v.name, a.kind, a.made_at, a.until, a.ended_at, a.ended_by
    FROM person_agent AS a
    LEFT JOIN LATERAL (
        SELECT * FROM person_version AS p
        WHERE p.person_id = CASE WHEN a.person_id = who THEN a.agent_person_id ELSE a.person_id END AND p.superseded_at = 'infinity'
        OFFSET 0
    ) AS v ON true
    WHERE a.person_id = who OR a.agent_person_id = who
    ORDER BY agent_is_live(a, moment) DESC, a.made_at DESC, a.agent_id DESC
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.person_agents IS 'Who acts for the person of a session, and for whom the person acts; latest first.';

CREATE OR REPLACE FUNCTION registry.person_agent_end(certificate_id int8, session_id uuid, moment timestamptz, number text)
    RETURNS TABLE (ended_at timestamptz, ended_by int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    who int8 := person_of(certificate_id, session_id, moment);
BEGIN
    UPDATE person_agent AS a
    SET ended_at = greatest(moment, a.made_at), ended_by = CASE WHEN a.person_id = who THEN 1 ELSE 2 END
    WHERE a.agent_number = person_agent_end.number AND who IN (a.person_id, a.agent_person_id) AND a.ended_at IS NULL;
    RETURN QUERY
    SELECT a.ended_at, a.ended_by FROM person_agent AS a
    WHERE a.agent_number = person_agent_end.number AND who IN (a.person_id, a.agent_person_id);
END
$$;
COMMENT ON FUNCTION registry.person_agent_end IS 'The person of a session, on either side, ends that somebody acts for another.';

-- A challenge lives for minutes, so a session that is long over is needed for nothing.
CREATE OR REPLACE FUNCTION registry.person_sessions_expire(moment timestamptz, rows_at_once int4) RETURNS int4
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    gone int4;
BEGIN
    DELETE FROM person_session AS s
    WHERE s.session_id = ANY (ARRAY(
        SELECT t.session_id FROM person_session AS t WHERE t.until < moment - interval '1 day' ORDER BY t.until LIMIT rows_at_once));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION registry.person_sessions_expire IS 'Removes sessions of people that have been over for a day, so many at once.';

-- Its number is that of its request: the same one again finds it.
CREATE OR REPLACE FUNCTION registry.person_agent_session(
        certificate_id int8, session_id uuid, moment timestamptz, number text, request_id uuid)
    RETURNS TABLE (opened_id uuid, until timestamptz, person_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO person_session AS n (session_id, certificate_id, request_id, person_id, issuer, serial, opened_at, until, agent_id)
    SELECT gen_random_uuid(), s.certificate_id, person_agent_session.request_id, a.person_id, s.issuer, s.serial, moment, s.until,
           a.agent_id
    FROM person_session AS s
    JOIN person_agent AS a ON a.agent_number = person_agent_session.number AND a.agent_person_id = s.person_id
    WHERE s.session_id = person_agent_session.session_id AND s.agent_id IS NULL
        AND s.person_id = person_of(certificate_id, person_agent_session.session_id, moment)
        AND agent_is_live(a, moment) AND person_is_open(a.person_id, moment)
    ON CONFLICT (agent_id, request_id) WHERE agent_id IS NOT NULL DO NOTHING;
    RETURN QUERY
    SELECT o.session_id, o.until, o.person_id
    FROM person_session AS o
    JOIN person_agent AS a USING (agent_id)
    WHERE a.agent_number = person_agent_session.number AND o.request_id = person_agent_session.request_id
        AND o.certificate_id = person_agent_session.certificate_id AND agent_is_live(a, moment)
        AND a.agent_person_id = person_of(certificate_id, person_agent_session.session_id, moment);
END
$$;
COMMENT ON FUNCTION registry.person_agent_session IS 'Opens a session about a person for whoever acts for that person; it ends with the own one.';
