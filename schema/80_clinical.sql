-- Functions for medical information. functions.md explains each of them.

-- Asked at the moment of reading, whenever the question was: a doubt seals what was shown before, too.
-- A set, and without settings of its own, so that it becomes part of the plan of who reads it.
CREATE OR REPLACE FUNCTION registry.doubts_of(person_id int8) RETURNS SETOF int8
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT h.hold_id FROM registry.person_hold AS h
    WHERE h.person_id = doubts_of.person_id AND h.closed_at IS NULL AND h.scope > 0;
END;
COMMENT ON FUNCTION registry.doubts_of IS 'Doubts about who somebody is that stand, each of which seals medical information.';

-- Nobody reads it but through a visit: of this facility, with a consent that holds, for this kind of information.
CREATE OR REPLACE FUNCTION registry.claim_read(
        facility_ids int4[], visit_ids uuid[], items int2[], moments timestamptz[], from_months date[],
        to_months date[], known_ats timestamptz[])
    RETURNS TABLE (ord int4, item int2, told text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, c.item, c.told
    FROM unnest(facility_ids, visit_ids, items, moments, from_months, to_months, known_ats)
        WITH ORDINALITY AS q (facility_id, visit_id, items, moment, from_month, to_month, known_at, position)
    CROSS JOIN LATERAL (
        SELECT o.person_id, o.consents & q.items AS items FROM visit AS o
        WHERE o.visit_id = q.visit_id AND o.facility_id = q.facility_id AND o.consents & q.items <> 0 AND NOT o.is_limited
            AND o.opened_at <= q.moment AND q.moment < least(o.consent_until, o.ended_at)
            AND NOT EXISTS (SELECT FROM doubts_of(o.person_id))
        OFFSET 0
    ) AS v
    CROSS JOIN LATERAL (
        SELECT * FROM claim_told AS m
        WHERE m.person_id = v.person_id AND m.month BETWEEN q.from_month AND q.to_month AND m.item & v.items <> 0
            AND m.recorded_at <= q.known_at AND m.superseded_at > q.known_at
        OFFSET 0
    ) AS c
    ORDER BY q.position, c.month DESC, c.claim_id;
END
$$;
COMMENT ON FUNCTION registry.claim_read IS
    'Medicines, treatments and operations of who came to a visit, while the consent to each holds, as known at a moment.';

-- A set without settings of its own, like doubts_of: it becomes part of the plan of who reads it.
CREATE OR REPLACE FUNCTION registry.histories_of(person_id int8, items int2, from_year int2, to_year int2)
    RETURNS TABLE (item int2, year int2, told text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT b.item, h.year, b.told
    FROM (
        SELECT * FROM registry.claim_history AS m
        WHERE m.person_id = histories_of.person_id AND m.year BETWEEN from_year AND to_year
        ORDER BY m.year DESC
        OFFSET 0
    ) AS h
    CROSS JOIN LATERAL (
        VALUES (8::int2, h.drugs), (16::int2, h.treatments), (32::int2, h.operations)) AS b (item, told)
    WHERE items & b.item <> 0 AND b.told IS NOT NULL;
END;
COMMENT ON FUNCTION registry.histories_of IS
    'Claims of a person as known now, of the kinds whose bits are set: a row for each year and kind, latest year first.';

-- The same as known now, a row for each year and kind.
CREATE OR REPLACE FUNCTION registry.history_read(
        facility_ids int4[], visit_ids uuid[], items int2[], moments timestamptz[], from_years int2[], to_years int2[])
    RETURNS TABLE (ord int4, item int2, told text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, h.item, h.told
    FROM unnest(facility_ids, visit_ids, items, moments, from_years, to_years)
        WITH ORDINALITY AS q (facility_id, visit_id, items, moment, from_year, to_year, position)
    CROSS JOIN LATERAL (
        SELECT o.person_id, o.consents FROM visit AS o
        WHERE o.visit_id = q.visit_id AND o.facility_id = q.facility_id AND o.consents & q.items <> 0 AND NOT o.is_limited
            AND o.opened_at <= q.moment AND q.moment < least(o.consent_until, o.ended_at)
            AND NOT EXISTS (SELECT FROM doubts_of(o.person_id))
        OFFSET 0
    ) AS v
    CROSS JOIN LATERAL histories_of(v.person_id, v.consents & q.items, q.from_year, q.to_year) AS h;
END
$$;
COMMENT ON FUNCTION registry.history_read IS
    'Medicines, treatments and operations of who came to a visit, while the consent to each holds, as known now.';

-- Checkups go with the coverages of whom they are found with.
CREATE OR REPLACE FUNCTION registry.checkups_of(person_id int8, moment timestamptz, from_day date, to_day date)
    RETURNS TABLE (examined_on date, items text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT lower(c.valid), c.items
    FROM (SELECT * FROM registry.coverage AS v WHERE v.person_id = checkups_of.person_id OFFSET 0) AS k
    CROSS JOIN LATERAL (
        SELECT m.valid, m.items FROM registry.checkup AS m
        WHERE m.coverage_id = k.coverage_id AND lower(m.valid) BETWEEN from_day AND to_day
            AND m.recorded_at <= moment AND m.superseded_at > moment
        OFFSET 0
    ) AS c
    -- Whose the coverage is by now: what was moved away was never the person's.
    WHERE k.state = 1 AND k.superseded_at = 'infinity';
END;
COMMENT ON FUNCTION registry.checkups_of IS 'Checkups of a person on days from one to another, as known at a moment.';

CREATE OR REPLACE FUNCTION registry.checkup_read(
        facility_ids int4[], visit_ids uuid[], moments timestamptz[], from_days date[], to_days date[])
    RETURNS TABLE (ord int4, examined_on date, items text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, c.examined_on, c.items
    FROM unnest(facility_ids, visit_ids, moments, from_days, to_days)
        WITH ORDINALITY AS q (facility_id, visit_id, moment, from_day, to_day, position)
    CROSS JOIN LATERAL (
        SELECT o.person_id FROM visit AS o
        WHERE o.visit_id = q.visit_id AND o.facility_id = q.facility_id AND o.consents & 4 <> 0 AND NOT o.is_limited
            AND o.opened_at <= q.moment AND q.moment < least(o.consent_until, o.ended_at)
            AND NOT EXISTS (SELECT FROM doubts_of(o.person_id))
        OFFSET 0
    ) AS v
    CROSS JOIN LATERAL checkups_of(v.person_id, q.moment, q.from_day, q.to_day) AS c
    ORDER BY q.position, c.examined_on DESC;
END
$$;
COMMENT ON FUNCTION registry.checkup_read IS
    'Checkups of who came to a visit, while the consent to them holds, as known at a moment; latest first.';

-- claims: [{"card_key", "birth_date", "digest" (base64), "claim": {…}}, …], each claim as schema/claim/README.md has it.
CREATE OR REPLACE FUNCTION registry.claims_put(claims jsonb)
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
    moment   timestamptz := clock_timestamp();
    ords     int4[];
    outcomes int2[];
    people   int8[];
    years    int2[];
BEGIN
    -- One feed at a time: the same claim twice is then always seen.
    PERFORM pg_advisory_xact_lock(hashtextextended('registry.claims_put', 0));
    WITH given AS MATERIALIZED (
        SELECT (g.position - 1)::int4 AS ord, g.value ->> 'card_key' AS card_key, (g.value ->> 'birth_date')::date AS birth_date,
               decode(g.value ->> 'digest', 'hex') AS digest, c.*
        FROM jsonb_array_elements(claims) WITH ORDINALITY AS g (value, position)
        CROSS JOIN LATERAL jsonb_to_record(g.value -> 'claim') AS c (
            claim text, source text, month text, in_out text, facility_code text, facility_name text, prescriber_code text,
            prescriber_name text, prescribed_on date, drugs jsonb, treatments jsonb, operations jsonb, expense_days int2,
            expense_total int4, expense_paid int4)
    ),
    numbered AS MATERIALIZED (
        SELECT g.*, s.source_no::int2,
               -- Said twice in one go, the last word counts.
               row_number() OVER (PARTITION BY g.claim, g.source ORDER BY g.ord DESC) = 1 AS is_last
        FROM given AS g
        CROSS JOIN LATERAL (
            SELECT array_position(ARRAY['receipt', 'dispensing', 'prescription'], g.source) AS source_no
        ) AS s
    ),
    found AS MATERIALIZED (
        SELECT n.ord, p.people, p.person_id, h.claim_id, h.digest = n.digest AS is_same
        FROM numbered AS n
        LEFT JOIN LATERAL (
            SELECT count(*) AS people, min(k.person_id) AS person_id
            FROM (SELECT DISTINCT c.person_id FROM card AS c
                  WHERE c.card_key = n.card_key COLLATE "C" AND c.birth_date = n.birth_date) AS k
        ) AS p ON true
        LEFT JOIN LATERAL (
            SELECT c.claim_id, c.digest FROM claim AS c
            WHERE c.claim_key = n.claim COLLATE "C" AND c.source = n.source_no AND c.superseded_at = 'infinity'
            OFFSET 0
        ) AS h ON true
        WHERE n.is_last
    ),
    judged AS MATERIALIZED (
        SELECT f.*,
               CASE WHEN f.is_same THEN 2 WHEN f.people = 0 THEN 4 WHEN f.people > 1 THEN 5
                    WHEN f.claim_id IS NOT NULL THEN 3 ELSE 1 END::int2 AS outcome
        FROM found AS f
    ),
    ended AS (
        UPDATE claim AS c SET superseded_at = greatest(moment, c.recorded_at)
        FROM judged AS j
        WHERE j.outcome = 3 AND c.claim_id = j.claim_id
        RETURNING c.claim_id, c.person_id, c.month
    ),
    added AS (
        INSERT INTO claim (person_id, month, source, claim_key, in_out, facility_code, facility_name, prescriber_code,
                           prescriber_name, prescribed_on, drugs, treatments, operations, expense_days, expense_total,
                           expense_paid, digest, recorded_at)
        SELECT j.person_id, (n.month || '-01')::date, n.source_no, n.claim,
               array_position(ARRAY['inpatient', 'outpatient'], n.in_out), n.facility_code, n.facility_name, n.prescriber_code,
               n.prescriber_name, n.prescribed_on, claim_lines(n.drugs), claim_lines(n.treatments), claim_lines(n.operations),
               n.expense_days, n.expense_total,
               CASE WHEN n.expense_total IS NOT NULL THEN coalesce(n.expense_paid, 0) END, n.digest, moment
        FROM judged AS j
        JOIN numbered AS n ON n.ord = j.ord
        -- The older version leaves the unique index first.
        WHERE j.outcome = 1 OR (j.outcome = 3 AND EXISTS (SELECT FROM ended AS e WHERE e.claim_id = j.claim_id))
        RETURNING person_id, month
    ),
    touched AS (
        SELECT array_agg(t.person_id ORDER BY t.person_id, t.month) AS people,
               array_agg(extract(year FROM t.month)::int2 ORDER BY t.person_id, t.month) AS years
        FROM (SELECT e.person_id, e.month FROM ended AS e UNION ALL SELECT a.person_id, a.month FROM added AS a) AS t
    )
    SELECT array_agg(n.ord ORDER BY n.ord), array_agg(coalesce(j.outcome, 6::int2) ORDER BY n.ord),
           (SELECT t.people FROM touched AS t), (SELECT t.years FROM touched AS t)
    INTO ords, outcomes, people, years
    FROM numbered AS n
    LEFT JOIN judged AS j ON j.ord = n.ord;
    PERFORM claim_history_refresh(people, years);
    RETURN QUERY SELECT * FROM unnest(ords, outcomes);
END
$$;
COMMENT ON FUNCTION registry.claims_put IS
    'Takes claims in: 1 new, 2 known already, 3 another version, 4 nobody has that card, 5 several have, 6 said again later in the same call.';
