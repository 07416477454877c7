-- Functions by which facilities hear that an answer which they were given has changed. functions.md explains each of them.

CREATE OR REPLACE FUNCTION registry.change_take(today date, count_max int4)
    RETURNS TABLE (correction_id int8, person_id int8, from_day date, until_day date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- A question is about a year and a day ahead at most, so no older record can be concerned; and none is kept longer.
    RETURN QUERY
    SELECT c.correction_id, c.person_id,
           greatest(lower(c.affected) - 366,
                    (today - policy_number('access_record_keep_years', today) * interval '1 year')::date),
           today
    FROM correction AS c
    WHERE c.told_at IS NULL
    ORDER BY c.correction_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.change_take IS
    'Corrections of which nobody has been told, with the days on which records of the person may be concerned.';

CREATE OR REPLACE FUNCTION registry.change_tell(correction_ids int8[], subjects bytea[], from_days date[], until_days date[])
    RETURNS TABLE (ord int4, told int4)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    first_day date := (SELECT min(d) FROM unnest(from_days) AS d);
    last_day  date := (SELECT max(d) FROM unnest(until_days) AS d);
BEGIN
    -- One at a time, so that notices become visible in the order of their numbers, and no reader passes one over.
    PERFORM pg_advisory_xact_lock(hashtextextended('registry.change_tell', 0));
    RETURN QUERY
    WITH new AS (
        INSERT INTO change_notice AS w (facility_id, record_id, day, asked_day, request_id, kind, correction_id)
        SELECT a.facility_id, a.record_id, a.day, a.asked_day, a.request_id, c.kind, c.correction_id
        FROM unnest(correction_ids, subjects, from_days, until_days) AS q (correction_id, subject, from_day, until_day)
        JOIN correction AS c ON c.correction_id = q.correction_id AND c.told_at IS NULL
        CROSS JOIN LATERAL (
            SELECT r.facility_id, r.record_id, r.day, r.asked_day, r.request_id
            FROM access_record AS r
            WHERE r.subject = q.subject AND r.day BETWEEN q.from_day AND q.until_day AND r.day BETWEEN first_day AND last_day
                AND c.affected @> r.asked_day AND r.facility_id IS NOT NULL AND r.fault IS NULL
                -- What was told then is no longer what would be told now, and was told from what stood before the correction.
                AND NOT EXISTS (SELECT FROM dossier AS d WHERE d.version = ANY (r.dossier_versions))
                AND (r.recorded_at < c.recorded_at OR EXISTS (
                    SELECT FROM dossier_past AS p
                    WHERE p.version = ANY (r.dossier_versions) AND p.refreshed_at <= c.recorded_at
                        AND p.replaced_at >= c.recorded_at))
            OFFSET 0
        ) AS a
        ORDER BY c.correction_id, a.day, a.record_id
        ON CONFLICT DO NOTHING
        RETURNING w.correction_id
    )
    SELECT (min(q.position) - 1)::int4, (SELECT count(*) FROM new AS n WHERE n.correction_id = q.correction_id)::int4
    FROM unnest(correction_ids) WITH ORDINALITY AS q (correction_id, position)
    GROUP BY q.correction_id;
    UPDATE correction AS c SET told_at = clock_timestamp()
    WHERE c.correction_id = ANY (correction_ids) AND c.told_at IS NULL;
END
$$;
COMMENT ON FUNCTION registry.change_tell IS
    'Writes a notice for every facility whose answer a correction has overtaken. A correction comes with all its pseudonyms at once.';

CREATE OR REPLACE FUNCTION registry.change_list(facility_ids int4[], after_notice_nos int8[], count_maxes int4[])
    RETURNS TABLE (ord int4, notice_no int8, record_id int8, day date, asked_day date, request_id uuid, kind int2,
                   made_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, n.notice_no, n.record_id, n.day, n.asked_day, n.request_id, n.kind, n.made_at
    FROM unnest(facility_ids, after_notice_nos, count_maxes)
        WITH ORDINALITY AS q (facility_id, after_notice_no, count_max, position)
    CROSS JOIN LATERAL (
        SELECT *
        FROM change_notice AS c
        WHERE c.facility_id = q.facility_id AND c.notice_no > q.after_notice_no
        ORDER BY c.notice_no
        LIMIT q.count_max
    ) AS n
    ORDER BY q.position, n.notice_no;
END
$$;
COMMENT ON FUNCTION registry.change_list IS 'A facility''s own notices of answers that have changed since.';
