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
-- Only of those whose status has changed since is it looked up what it was: of a day that is just over, next to none.
CREATE OR REPLACE FUNCTION registry.statistics_rollout(on_day date)
    RETURNS TABLE (prefecture int2, facility_kind text, facilities int8, obliged int8, registered int8, ready int8, operating int8,
                  exempt int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    WITH changed AS (
        SELECT DISTINCT s.facility_id
        FROM facility_status AS s
        WHERE s.since >= (on_day + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'
    ),
    exempt AS (
        SELECT DISTINCT e.facility_id
        FROM facility_exemption AS e
        WHERE e.valid_from <= on_day AND (e.valid_to IS NULL OR e.valid_to > on_day)
    ),
    held AS (
        SELECT f.prefecture, f.kind, e.facility_id IS NOT NULL AS is_exempt,
               CASE WHEN c.facility_id IS NULL THEN f.status
                    ELSE coalesce((SELECT s.status FROM facility_status AS s
                                   WHERE s.facility_id = f.facility_id AND s.since < (on_day + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'
                                   ORDER BY s.since DESC LIMIT 1), f.status) END AS status
        FROM facility AS f
        LEFT JOIN changed AS c USING (facility_id)
        LEFT JOIN exempt AS e USING (facility_id)
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
    SELECT t.insurer_number, i.name, w.words[t.reason], t.answers
    FROM (SELECT s.insurer_number, s.reason, sum(s.answers)::int8 AS answers
          FROM statistics_reason AS s
          WHERE s.day BETWEEN from_on AND until_on
          GROUP BY 1, 2) AS t
    JOIN insurer AS i USING (insurer_number)
    CROSS JOIN (SELECT office_words('reason') AS words OFFSET 0) AS w
    ORDER BY t.answers DESC, t.insurer_number, t.reason
$$;
COMMENT ON FUNCTION registry.statistics_reasons IS 'Answers that an insurer''s records caused at reception desks, by reason.';

-- ---- what is published --------------------------------------------------------------------------
--
-- Months and weeks overlap, and either of them could give away what the other one hides. So both are put together from the same
-- pieces, the days that one month and one week have in common, and a piece below ten is in nothing that is published: not in its
-- week, not in its month, not in a total. Whatever is added or taken away, only sums of pieces of ten and more come out.
CREATE OR REPLACE FUNCTION registry.statistics_cells(list text, period text, from_on date, until_on date)
    RETURNS TABLE (began date, facility_kind int2, head text, shown int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    WITH counted AS (
        SELECT s.day, s.facility_kind, CASE WHEN s.way IN (1, 6) THEN 'by_card' WHEN s.way IN (2, 7) THEN 'by_number' ELSE 'in_lists' END
                   AS head, s.checks AS count
        FROM statistics_check AS s
        WHERE list = 'checks' AND s.day BETWEEN from_on AND until_on
        UNION ALL
        SELECT s.day, s.facility_kind, ('{checkups,drugs,treatments,operations}'::text[])[s.item], s.uses
        FROM statistics_use AS s
        WHERE list = 'uses' AND s.day BETWEEN from_on AND until_on
    ),
    pieces AS (
        SELECT date_trunc('month', c.day)::date AS month, date_trunc('week', c.day)::date AS week, c.facility_kind, c.head,
               sum(c.count)::int8 AS count
        FROM counted AS c
        GROUP BY 1, 2, 3, 4
    ),
    placed AS (
        SELECT p.facility_kind, p.head, p.count, CASE period WHEN 'week' THEN p.week ELSE p.month END AS began,
               CASE period WHEN 'week' THEN p.week + 7 ELSE (p.month + interval '1 month')::date END AS ended
        FROM pieces AS p
    )
    SELECT p.began, p.facility_kind, p.head, (sum(p.count) FILTER (WHERE p.count >= 10))::int8
    FROM placed AS p
    WHERE p.began >= from_on AND p.ended <= until_on + 1
    GROUP BY 1, 2, 3
$$;
COMMENT ON FUNCTION registry.statistics_cells IS
    'Cells of the months or weeks that lie wholly within the days, of pieces of ten and more; NULL where there are smaller ones only.';

CREATE OR REPLACE FUNCTION registry.statistics_week(monday date) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT jsonb_build_object('week', to_char(monday, 'IYYY"-W"IW'), 'monday', monday, 'sunday', monday + 6) $$;
COMMENT ON FUNCTION registry.statistics_week IS 'How a week is named in what is published: by ISO 8601.';

CREATE OR REPLACE FUNCTION registry.statistics_rows(list text, period text, from_on date, until_on date)
    RETURNS TABLE (at int8, item jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF list <> 'rollout' THEN
        RETURN QUERY
        SELECT row_number() OVER (ORDER BY c.began, c.facility_kind),
               CASE period WHEN 'week' THEN statistics_week(c.began) ELSE jsonb_build_object('month', c.began) END
               || jsonb_build_object('facility_kind', office_word('facility_kind', c.facility_kind))
               || jsonb_object_agg(c.head, c.shown)
        FROM statistics_cells(list, period, from_on, until_on) AS c
        GROUP BY c.began, c.facility_kind;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT row_number() OVER (ORDER BY d.sunday, r.no),
           CASE period WHEN 'week' THEN statistics_week(d.sunday - 6) ELSE '{}' END
           || (SELECT jsonb_object_agg(f.key, CASE WHEN f.key <> 'prefecture' AND f.value #>> '{}' ~ '^[1-9]$' THEN 'null' ELSE f.value END)
               FROM jsonb_each(r.row) AS f)
    FROM (
        SELECT until_on AS sunday WHERE period <> 'week'
        UNION ALL
        SELECT s.day::date
        FROM generate_series(date_trunc('week', from_on + 6)::date + 6, until_on, interval '7 days') AS s (day)
        WHERE period = 'week'
    ) AS d
    CROSS JOIN LATERAL (
        SELECT row_number() OVER () AS no, to_jsonb(t) AS row FROM statistics_rollout(d.sunday) AS t
    ) AS r;
END
$$;
COMMENT ON FUNCTION registry.statistics_rows IS 'Rows of a list by month or week, in their order; what is hidden is null.';

CREATE OR REPLACE FUNCTION registry.statistics_published(list text, form text, from_on date, until_on date) RETURNS TABLE (line text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
DECLARE
    kind text := split_part(list, '-', 1);
    is_weekly boolean := list LIKE '%-weekly';
    -- No period that goes on, or that has not been counted to its end.
    last_on date := (SELECT least(until_on, civil_day(max(s.counted_at)) - 1) FROM statistics_state AS s);
    counts text[] := CASE kind
        WHEN 'checks' THEN '{by_card,by_number,in_lists}'
        WHEN 'uses' THEN '{checkups,drugs,treatments,operations}'
        WHEN 'rollout' THEN '{facilities,obliged,registered,ready,operating,exempt}' END;
    names text[] := CASE WHEN is_weekly THEN '{week,monday,sunday}'::text[] WHEN kind <> 'rollout' THEN '{month}' ELSE '{}' END
        || CASE WHEN kind = 'rollout' THEN '{prefecture}'::text[] ELSE '{}' END || '{facility_kind}';
    items jsonb;
    total jsonb;
BEGIN
    IF counts IS NULL OR form NOT IN ('csv', 'json') OR list NOT IN (kind, kind || '-weekly') THEN
        RAISE EXCEPTION 'statistics_published: no such list' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT coalesce(jsonb_agg((SELECT jsonb_object_agg(c.name, 0) FROM unnest(counts) AS c (name)) || r.item ORDER BY r.at), '[]')
    INTO items
    FROM statistics_rows(kind, CASE WHEN is_weekly THEN 'week' ELSE 'month' END, from_on, last_on) AS r;
    -- Weeks have none: it would say nothing of facilities, which are the same ones week by week.
    IF NOT is_weekly THEN
        SELECT jsonb_object_agg(c.name, (SELECT coalesce(sum((i.item ->> c.name)::int8), 0) FROM jsonb_array_elements(items) AS i (item)))
        INTO total
        FROM unnest(counts) AS c (name);
    END IF;
    IF form = 'json' THEN
        line := jsonb_strip_nulls(jsonb_build_object('list', list, 'from', from_on, 'until', last_on, 'hidden_below', 10, 'total', total))
            || jsonb_build_object('items', items);
        RETURN NEXT;
        RETURN;
    END IF;
    line := array_to_string(names || counts, ',');
    RETURN NEXT;
    RETURN QUERY
    SELECT (SELECT string_agg(coalesce(i.item ->> c.name, ''), ',' ORDER BY c.no) FROM unnest(names || counts) WITH ORDINALITY AS c (name, no))
    FROM jsonb_array_elements(items) WITH ORDINALITY AS i (item, no)
    ORDER BY i.no;
    IF total IS NOT NULL THEN
        line := 'total' || repeat(',', cardinality(names))
            || (SELECT string_agg(total ->> c.name, ',' ORDER BY c.no) FROM unnest(counts) WITH ORDINALITY AS c (name, no));
        RETURN NEXT;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.statistics_published IS
    'A list for publishing, as lines of CSV or one of JSON: checks, uses or rollout, or one of these with -weekly. statistics.md has the columns and the rule of what is hidden.';
