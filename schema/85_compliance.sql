-- Functions for the five-day record. functions.md explains each of them.

CREATE OR REPLACE FUNCTION registry.compliance(only_number text, from_on date, until_on date, today date)
    RETURNS TABLE (insurer_number text, in_time int8, late int8, open_now int8, due_soon int8, overdue_now int8, withdrawn int8,
                   registered_late int8, missed int8, notified_late int8, lag_median int4, lag_p90 int4, lag_p99 int4)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    soon date := today + policy_number('early_warning_days', today);
BEGIN
    RETURN QUERY
    WITH running AS (
        SELECT c.insurer_number, c.lag_days, c.in_time, c.late,
               sum(c.in_time + c.late) OVER (PARTITION BY c.insurer_number ORDER BY c.lag_days) AS up_to,
               sum(c.in_time + c.late) OVER (PARTITION BY c.insurer_number) AS total
        FROM (
            SELECT d.insurer_number, d.lag_days, coalesce(sum(d.count) FILTER (WHERE NOT d.is_late), 0) AS in_time,
                   coalesce(sum(d.count) FILTER (WHERE d.is_late), 0) AS late
            FROM registration_day AS d
            WHERE (only_number IS NULL OR d.insurer_number = only_number COLLATE "C")
                AND d.day BETWEEN from_on AND until_on
            GROUP BY d.insurer_number, d.lag_days
        ) AS c
    ),
    registered AS (
        -- A percentile is the first number of days within which so many of all had come.
        SELECT r.insurer_number, sum(r.in_time)::int8 AS in_time, sum(r.late)::int8 AS late,
               min(r.lag_days) FILTER (WHERE r.up_to >= 0.50 * r.total) AS lag_median,
               min(r.lag_days) FILTER (WHERE r.up_to >= 0.90 * r.total) AS lag_p90,
               min(r.lag_days) FILTER (WHERE r.up_to >= 0.99 * r.total) AS lag_p99
        FROM running AS r
        GROUP BY r.insurer_number
    ),
    announced AS (
        SELECT n.insurer_number, count(*) FILTER (WHERE n.state IN (1, 4)) AS open_now,
               count(*) FILTER (WHERE n.state = 1 AND n.due_on BETWEEN today AND soon) AS due_soon,
               count(*) FILTER (WHERE n.state = 4 OR (n.state = 1 AND n.due_on < today)) AS overdue_now
        FROM notice AS n
        WHERE (only_number IS NULL OR n.insurer_number = only_number COLLATE "C")
            AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
        GROUP BY n.insurer_number
    ),
    withdrawn AS (
        SELECT n.insurer_number, count(*) AS withdrawn
        FROM notice AS n
        WHERE (only_number IS NULL OR n.insurer_number = only_number COLLATE "C")
            AND n.superseded_at = 'infinity' AND n.state = 3 AND n.received_on BETWEEN from_on AND until_on
        GROUP BY n.insurer_number
    ),
    broken AS (
        SELECT b.insurer_number, count(*) FILTER (WHERE b.kind = 1) AS registered_late,
               count(*) FILTER (WHERE b.kind = 2) AS missed, count(*) FILTER (WHERE b.kind = 3) AS notified_late
        FROM registration_breach AS b
        WHERE (only_number IS NULL OR b.insurer_number = only_number COLLATE "C")
            AND b.recorded_at >= from_on::timestamp AT TIME ZONE 'Asia/Tokyo'
            AND b.recorded_at < (until_on + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'
        GROUP BY b.insurer_number
    )
    SELECT i.insurer_number, coalesce(r.in_time, 0), coalesce(r.late, 0), coalesce(a.open_now, 0), coalesce(a.due_soon, 0),
           coalesce(a.overdue_now, 0), coalesce(w.withdrawn, 0), coalesce(b.registered_late, 0), coalesce(b.missed, 0),
           coalesce(b.notified_late, 0), r.lag_median, r.lag_p90, r.lag_p99
    FROM insurer AS i
    LEFT JOIN registered AS r USING (insurer_number)
    LEFT JOIN announced AS a USING (insurer_number)
    LEFT JOIN withdrawn AS w USING (insurer_number)
    LEFT JOIN broken AS b USING (insurer_number)
    WHERE only_number IS NULL OR i.insurer_number = only_number COLLATE "C"
    ORDER BY i.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.compliance IS 'The five-day record of an insurer, or of each one for NULL, from counters.';

-- For the insurer's own endpoint: never without one.
CREATE OR REPLACE FUNCTION registry.compliance_own(insurer_number text, from_on date, until_on date, today date)
    RETURNS TABLE (in_time int8, late int8, open_now int8, due_soon int8, overdue_now int8, withdrawn int8, registered_late int8,
                   missed int8, notified_late int8, lag_median int4, lag_p90 int4, lag_p99 int4)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.in_time, c.late, c.open_now, c.due_soon, c.overdue_now, c.withdrawn, c.registered_late, c.missed,
           c.notified_late, c.lag_median, c.lag_p90, c.lag_p99
    FROM compliance(compliance_own.insurer_number, from_on, until_on, today) AS c
    WHERE compliance_own.insurer_number IS NOT NULL;
END
$$;
COMMENT ON FUNCTION registry.compliance_own IS 'The five-day record of one insurer.';

CREATE OR REPLACE FUNCTION registry.compliance_lags(insurer_number text, from_on date, until_on date)
    RETURNS TABLE (lag_days int4, in_time int8, late int8)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- What took longer than a year counts as a year and a day, so that there are never more rows than that.
    RETURN QUERY
    SELECT least(d.lag_days, 366), (coalesce(sum(d.count) FILTER (WHERE NOT d.is_late), 0))::int8,
           (coalesce(sum(d.count) FILTER (WHERE d.is_late), 0))::int8
    FROM registration_day AS d
    WHERE d.insurer_number = compliance_lags.insurer_number AND d.day BETWEEN from_on AND until_on
    GROUP BY 1
    ORDER BY 1;
END
$$;
COMMENT ON FUNCTION registry.compliance_lags IS 'How many days an insurer''s registrations took, as counts.';

CREATE OR REPLACE FUNCTION registry.compliance_worst(
        insurer_number text, from_on date, until_on date, today date, count_max int4)
    RETURNS TABLE (days_late int4, due_on date, done_on date, notice_id int8, notice_key text, batch_id int8, row_no int4,
                   row_key text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.*
    FROM (
        (SELECT today - n.due_on, n.due_on, NULL::date, n.notice_id, n.notice_key, NULL::int8, NULL::int4, NULL::text
         FROM notice AS n
         WHERE n.insurer_number = compliance_worst.insurer_number AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
             AND n.due_on < today
         ORDER BY n.due_on, n.notice_id
         LIMIT count_max)
        UNION ALL
        (SELECT b.done_on - b.due_on, b.due_on, b.done_on, b.notice_id, NULL, b.batch_id, b.row_no, r.row_key
         FROM registration_breach AS b
         LEFT JOIN batch_row AS r USING (batch_id, row_no)
         WHERE b.insurer_number = compliance_worst.insurer_number AND b.kind = 1
             AND b.recorded_at >= from_on::timestamp AT TIME ZONE 'Asia/Tokyo'
             AND b.recorded_at < (until_on + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'
         ORDER BY b.done_on - b.due_on DESC, b.breach_id
         LIMIT count_max)
    ) AS w (days_late, due_on, done_on, notice_id, notice_key, batch_id, row_no, row_key)
    ORDER BY w.days_late DESC, w.due_on, w.notice_id, w.batch_id, w.row_no
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.compliance_worst IS 'What an insurer is latest with, by its own names of notices and rows.';
