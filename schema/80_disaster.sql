-- Functions for disaster mode. functions.md explains each of them.

-- Until when it is open for a facility at a moment; NULL when it is not.
CREATE OR REPLACE FUNCTION registry.disaster_until(facility_id int4, moment timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT max(least(d.closes_at, d.closed_at))
    FROM facility AS f
    JOIN disaster_mode AS d ON d.prefecture = f.prefecture
    WHERE f.facility_id = disaster_until.facility_id AND d.opened_at <= moment AND moment < least(d.closes_at, d.closed_at)
$$;
COMMENT ON FUNCTION registry.disaster_until IS 'Until when disaster mode is open for a facility.';

CREATE OR REPLACE FUNCTION registry.disaster_find(
        facility_ids int4[], moments timestamptz[], birth_dates date[], kana_keys text[], card_keys text[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, is_open bool)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, r.number, m.until IS NOT NULL
    FROM unnest(facility_ids, moments, birth_dates, kana_keys, card_keys)
        WITH ORDINALITY AS q (facility_id, moment, birth_date, kana_key, card_key, position)
    CROSS JOIN LATERAL (SELECT disaster_until(q.facility_id, q.moment) AS until OFFSET 0) AS m
    LEFT JOIN LATERAL (
        (SELECT p.person_id FROM person_version AS p
         WHERE m.until IS NOT NULL AND p.birth_date = q.birth_date AND p.name_kana_key = q.kana_key COLLATE "C"
             AND p.superseded_at = 'infinity'
         ORDER BY p.person_id
         LIMIT 16)
        UNION
        (SELECT c.person_id FROM card AS c
         WHERE m.until IS NOT NULL AND c.card_key = q.card_key COLLATE "C" AND c.birth_date = q.birth_date
         ORDER BY c.person_id
         LIMIT 16)
    ) AS k ON true
    LEFT JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f WHERE f.person_id = k.person_id OFFSET 0
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n
        WHERE n.facility_id = q.facility_id AND n.person_id = d.person_id
        OFFSET 0
    ) AS r ON true;
END
$$;
COMMENT ON FUNCTION registry.disaster_find IS 'Who may be meant, where disaster mode is open for the facility.';

CREATE OR REPLACE FUNCTION registry.disaster_visit(
        facility_id int4, visit_id uuid, request_id uuid, person_id int8, opened_at timestamptz, consents int2,
        consent_until timestamptz, user_id text, review_due_at timestamptz)
    RETURNS TABLE (outcome int2, open_until timestamptz)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    ends timestamptz := least(disaster_visit.consent_until, disaster_until(facility_id, disaster_visit.opened_at));
BEGIN
    IF disaster_until(facility_id, disaster_visit.opened_at) IS NULL THEN
        RETURN QUERY SELECT 2::int2, NULL::timestamptz;
        RETURN;
    END IF;
    INSERT INTO visit AS v (visit_id, facility_id, request_id, person_id, opened_at, treatment, unlocked_by, consented_by,
                            consents, consent_until, is_limited, basis, user_id, review_due_at)
    VALUES (disaster_visit.visit_id, disaster_visit.facility_id, disaster_visit.request_id, disaster_visit.person_id,
            disaster_visit.opened_at, 1, 4, 1, disaster_visit.consents, ends, false, 3, disaster_visit.user_id,
            disaster_visit.review_due_at)
    ON CONFLICT (visit_id) DO NOTHING;
    RETURN QUERY SELECT 1::int2, v.consent_until FROM visit AS v WHERE v.visit_id = disaster_visit.visit_id;
END
$$;
COMMENT ON FUNCTION registry.disaster_visit IS 'Opens a visit without a card: 1 open, 2 disaster mode is not open.';

CREATE OR REPLACE FUNCTION registry.disaster_open(
        prefecture int2, opened_at timestamptz, closes_at timestamptz, reason text, operator text) RETURNS int8
    LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    INSERT INTO disaster_mode (prefecture, opened_at, closes_at, reason, opened_by)
    VALUES (prefecture, opened_at, closes_at, reason, operator)
    RETURNING disaster_id
$$;
COMMENT ON FUNCTION registry.disaster_open IS 'Opens disaster mode in a prefecture.';

CREATE OR REPLACE FUNCTION registry.disaster_close(disaster_id int8, moment timestamptz, operator text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    UPDATE disaster_mode AS d SET closed_at = disaster_close.moment, closed_by = disaster_close.operator
    WHERE d.disaster_id = disaster_close.disaster_id AND d.closed_at IS NULL AND d.closes_at > disaster_close.moment;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION registry.disaster_close IS 'Closes disaster mode before its time.';
