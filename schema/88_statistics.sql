-- Counting, and what was counted. functions.md explains each of them.
--
-- A record is counted once: by the transaction that wrote it. All transactions below the oldest running one are complete, so
-- from one such mark to the next nothing is missed and nothing comes twice, whoever commits when.
CREATE OR REPLACE FUNCTION registry.statistics_count() RETURNS int8
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    state statistics_state;
    mark xid8 := pg_snapshot_xmin(pg_current_snapshot());
    -- No transaction that writes records lasts so long: its statements have a limit of minutes.
    since timestamptz;
BEGIN
    INSERT INTO statistics_state DEFAULT VALUES ON CONFLICT DO NOTHING;
    SELECT s.* INTO STRICT state FROM statistics_state AS s FOR UPDATE;
    since := state.counted_at - interval '2 hours';
    CREATE TEMPORARY TABLE IF NOT EXISTS statistics_fresh (
        day date, kind int2, way int2, reason int2, items int4, version int8, asked_day date, times int8) ON COMMIT DELETE ROWS;
    DELETE FROM pg_temp.statistics_fresh;
    INSERT INTO pg_temp.statistics_fresh
    -- Single items of a visit (64 to 67) are uses and no checks.
    SELECT a.day, f.kind, a.way, CASE WHEN a.route BETWEEN 64 AND 67 THEN 0 ELSE coalesce(a.reason, 0) END, a.items >> 11 & 15,
           CASE WHEN a.reason NOT IN (1, 10) AND a.way <> 3 THEN a.dossier_versions[1] END,
           CASE WHEN a.reason NOT IN (1, 10) AND a.way <> 3 THEN coalesce(a.asked_day, a.day) END, count(*)
    FROM access_record AS a
    JOIN facility AS f USING (facility_id)
    WHERE a.day >= civil_day(since) AND a.recorded_at >= since
        AND a.recorded_xid >= state.counted_to AND a.recorded_xid < mark
        AND a.actor_kind = 1 AND a.fault IS NULL AND a.way IN (1, 2, 3, 6, 7) AND a.route IN (1, 5, 61, 62, 64, 65, 66, 67, 70)
    GROUP BY 1, 2, 3, 4, 5, 6, 7;
    INSERT INTO statistics_check AS s (day, facility_kind, way, reason, checks)
    SELECT n.day, n.kind, n.way, n.reason, sum(n.times)
    FROM pg_temp.statistics_fresh AS n
    WHERE n.reason <> 0
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (day, facility_kind, way, reason) DO UPDATE SET checks = s.checks + excluded.checks;
    INSERT INTO statistics_use AS s (day, facility_kind, item, uses)
    SELECT n.day, n.kind, i.item, sum(n.times)
    FROM pg_temp.statistics_fresh AS n
    JOIN generate_series(1, 4) AS i (item) ON n.items >> i.item - 1 & 1 = 1
    GROUP BY 1, 2, 3
    ON CONFLICT (day, facility_kind, item) DO UPDATE SET uses = s.uses + excluded.uses;
    INSERT INTO statistics_reason AS s (day, insurer_number, reason, answers)
    SELECT n.day, c.insurer_number, n.reason, sum(n.times)
    FROM pg_temp.statistics_fresh AS n
    CROSS JOIN LATERAL (
        SELECT d.person_id FROM dossier AS d WHERE d.version = n.version
        UNION ALL
        SELECT p.person_id FROM dossier_past AS p WHERE p.version = n.version
        LIMIT 1
    ) AS p
    CROSS JOIN LATERAL (
        SELECT v.insurer_number FROM coverage AS v
        WHERE v.person_id = p.person_id AND v.superseded_at = 'infinity'
        ORDER BY lower(v.valid) <= n.asked_day DESC, lower(v.valid) DESC
        LIMIT 1
    ) AS c
    WHERE n.version IS NOT NULL AND n.reason <> 0
    GROUP BY 1, 2, 3
    ON CONFLICT (day, insurer_number, reason) DO UPDATE SET answers = s.answers + excluded.answers;
    UPDATE statistics_state SET counted_to = mark, counted_at = clock_timestamp();
    RETURN (SELECT coalesce(sum(n.times), 0) FROM pg_temp.statistics_fresh AS n);
END
$$;
COMMENT ON FUNCTION registry.statistics_count IS 'Counts the access records that were written since the last time; how many those were.';

-- Months by kind of facility: by card (emergencies too), by number (disasters too), in lists, and all of them.
CREATE OR REPLACE FUNCTION registry.statistics_checks(from_on date, until_on date)
    RETURNS TABLE (month date, facility_kind text, by_card int8, by_number int8, in_lists int8, total int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT date_trunc('month', s.day)::date, office_word('facility_kind', s.facility_kind),
           coalesce(sum(s.checks) FILTER (WHERE s.way IN (1, 6)), 0)::int8,
           coalesce(sum(s.checks) FILTER (WHERE s.way IN (2, 7)), 0)::int8,
           coalesce(sum(s.checks) FILTER (WHERE s.way = 3), 0)::int8, sum(s.checks)::int8
    FROM statistics_check AS s
    WHERE s.day BETWEEN from_on AND until_on
    GROUP BY 1, s.facility_kind
    ORDER BY 1, s.facility_kind
$$;
COMMENT ON FUNCTION registry.statistics_checks IS 'Checks by month, kind of facility and way (SR-146, SR-148).';

CREATE OR REPLACE FUNCTION registry.statistics_uses(from_on date, until_on date)
    RETURNS TABLE (month date, facility_kind text, checkups int8, drugs int8, treatments int8, operations int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT date_trunc('month', s.day)::date, office_word('facility_kind', s.facility_kind),
           coalesce(sum(s.uses) FILTER (WHERE s.item = 1), 0)::int8, coalesce(sum(s.uses) FILTER (WHERE s.item = 2), 0)::int8,
           coalesce(sum(s.uses) FILTER (WHERE s.item = 3), 0)::int8, coalesce(sum(s.uses) FILTER (WHERE s.item = 4), 0)::int8
    FROM statistics_use AS s
    WHERE s.day BETWEEN from_on AND until_on
    GROUP BY 1, s.facility_kind
    ORDER BY 1, s.facility_kind
$$;
COMMENT ON FUNCTION registry.statistics_uses IS 'Uses of medical information by month and kind of facility (SR-150, SR-151).';

-- As of a day: what a facility's status was at its end. Registered are all that have applied, ready those that operate too.
CREATE OR REPLACE FUNCTION registry.statistics_rollout(on_day date)
    RETURNS TABLE (prefecture int2, facility_kind text, facilities int8, obliged int8, registered int8, ready int8, operating int8,
                  exempt int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    WITH held AS (
        SELECT f.prefecture, f.kind,
               EXISTS (SELECT FROM facility_exemption AS e WHERE e.facility_id = f.facility_id AND e.valid_from <= on_day
                       AND (e.valid_to IS NULL OR e.valid_to > on_day)) AS is_exempt,
               coalesce((SELECT s.status FROM facility_status AS s
                         WHERE s.facility_id = f.facility_id AND civil_day(s.since) <= on_day
                         ORDER BY s.since DESC LIMIT 1), f.status) AS status
        FROM facility AS f
        WHERE f.valid_from <= on_day AND (f.valid_to IS NULL OR f.valid_to > on_day)
    ),
    counted AS (
        SELECT h.prefecture, h.kind, count(*) AS registered, count(*) FILTER (WHERE h.status IN (2, 3)) AS ready,
               count(*) FILTER (WHERE h.status = 3) AS operating, count(*) FILTER (WHERE h.is_exempt) AS exempt
        FROM held AS h
        GROUP BY 1, 2
    ),
    listed AS (
        SELECT u.prefecture, u.facility_kind AS kind, u.facilities, u.obliged
        FROM facility_universe AS u
        WHERE u.as_of = (SELECT max(m.as_of) FROM facility_universe AS m WHERE m.as_of <= on_day)
    )
    SELECT coalesce(l.prefecture, c.prefecture), office_word('facility_kind', coalesce(l.kind, c.kind)),
           greatest(l.facilities, coalesce(c.registered, 0)), coalesce(l.obliged, 0)::int8, coalesce(c.registered, 0),
           coalesce(c.ready, 0), coalesce(c.operating, 0), coalesce(c.exempt, 0)
    FROM listed AS l
    FULL JOIN counted AS c ON c.prefecture = l.prefecture AND c.kind = l.kind
    ORDER BY 1, coalesce(l.kind, c.kind)
$$;
COMMENT ON FUNCTION registry.statistics_rollout IS 'Facilities by prefecture and kind: all, obliged, registered, ready, operating, exempt (SR-134 to SR-137, SR-152).';

CREATE OR REPLACE FUNCTION registry.statistics_reasons(from_on date, until_on date)
    RETURNS TABLE (insurer_number text, name text, reason text, answers int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT s.insurer_number, i.name, office_word('reason', s.reason), sum(s.answers)::int8
    FROM statistics_reason AS s
    JOIN insurer AS i USING (insurer_number)
    WHERE s.day BETWEEN from_on AND until_on
    GROUP BY 1, 2, s.reason
    ORDER BY 4 DESC, 1, s.reason
$$;
COMMENT ON FUNCTION registry.statistics_reasons IS 'Answers that an insurer''s records caused at reception desks, by reason.';

-- What is published shows no cell from 1 to 9, and totals are of what is shown, so that no hidden cell can be worked out.
CREATE OR REPLACE FUNCTION registry.statistics_published(list text, from_on date, until_on date) RETURNS TABLE (line text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
DECLARE
    source text := CASE list
        WHEN 'checks' THEN 'SELECT to_jsonb(t) - ''total'' AS row FROM statistics_checks($1, $2) AS t'
        WHEN 'uses' THEN 'SELECT to_jsonb(t) AS row FROM statistics_uses($1, $2) AS t'
        WHEN 'rollout' THEN 'SELECT to_jsonb(t) AS row FROM statistics_rollout($2) AS t' END;
    heads text[] := CASE list
        WHEN 'checks' THEN '{month,facility_kind,by_card,by_number,in_lists}'
        WHEN 'uses' THEN '{month,facility_kind,checkups,drugs,treatments,operations}'
        WHEN 'rollout' THEN '{prefecture,facility_kind,facilities,obliged,registered,ready,operating,exempt}' END;
BEGIN
    IF source IS NULL THEN
        RAISE EXCEPTION 'statistics_published: no such list' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    line := array_to_string(heads, ',');
    RETURN NEXT;
    RETURN QUERY EXECUTE format($q$
        SELECT (SELECT string_agg(CASE WHEN h.at > 2 AND t.row ->> h.head ~ '^[1-9]$' THEN ''
                                       ELSE t.row ->> h.head END, ',' ORDER BY h.at)
                FROM unnest($3) WITH ORDINALITY AS h (head, at))
        FROM (%s) AS t$q$, source) USING from_on, until_on, heads;
    RETURN QUERY EXECUTE format($q$
        SELECT 'total,' || (SELECT ',' || string_agg(s.sum, ',' ORDER BY s.at)
            FROM (SELECT h.at, coalesce(sum((t.row ->> h.head)::int8) FILTER (WHERE t.row ->> h.head !~ '^[1-9]$'), 0)::text AS sum
                  FROM unnest($3) WITH ORDINALITY AS h (head, at)
                  LEFT JOIN (%s) AS t ON true
                  WHERE h.at > 2
                  GROUP BY h.at) AS s)$q$, source) USING from_on, until_on, heads;
END
$$;
COMMENT ON FUNCTION registry.statistics_published IS
    'A list for publishing, as lines of CSV: checks, uses or rollout. Cells from 1 to 9 are empty, and totals are without them.';
