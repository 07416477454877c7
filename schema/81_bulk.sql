-- Functions of the lookup role for bulk jobs. functions.md explains each of them.
-- They are planned for each call, since the tables are empty at times and large at others.
CREATE OR REPLACE FUNCTION registry.bulk_job_open(
        facility_id int4, request_id uuid, digest bytea, route int2, item_route int2, question_count int4, questions text,
        asked_on date, keep_seconds int4, jobs_max int4, day date, previous_day date)
    RETURNS TABLE (outcome int2, reception_number text, received_at timestamptz, item_count int4,
                   expires_at timestamptz)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    old record;
BEGIN
    -- One opening at a time for each facility, so that the same request twice, or one job too many, is always seen.
    PERFORM FROM facility AS f WHERE f.facility_id = bulk_job_open.facility_id FOR NO KEY UPDATE;
    SELECT j.body_digest, j.reception_number, j.received_at, j.item_count, j.expires_at INTO old
    FROM bulk_job AS j
    WHERE j.facility_id = bulk_job_open.facility_id AND j.request_id = bulk_job_open.request_id;
    IF FOUND THEN
        RETURN QUERY
        SELECT CASE WHEN old.body_digest = digest THEN 2 ELSE 4 END::int2, old.reception_number, old.received_at,
               old.item_count, old.expires_at;
        RETURN;
    END IF;
    outcome := CASE
        WHEN EXISTS (
            SELECT
            FROM access_prior(ARRAY[bulk_job_open.facility_id]::int8[], ARRAY[bulk_job_open.request_id], '{0}',
                              bulk_job_open.day, bulk_job_open.previous_day) AS p
            WHERE p.route <> bulk_job_open.route OR p.body_digest <> digest) THEN 4
        WHEN jobs_max <= (
            SELECT count(*)
            FROM bulk_job AS j
            WHERE j.facility_id = bulk_job_open.facility_id AND j.state < 3 AND j.expires_at > now()) THEN 3
        ELSE 1
    END;
    IF outcome = 1 THEN
        INSERT INTO bulk_job AS j (reception_number, facility_id, request_id, body_digest, item_route, asked_on,
                                   item_count, expires_at, questions)
        VALUES (to_char(civil_day(now()), 'YYYYMMDD') || lpad(nextval('bulk_reception')::text, 10, '0'),
                bulk_job_open.facility_id, bulk_job_open.request_id, digest, bulk_job_open.item_route,
                bulk_job_open.asked_on, question_count, now() + keep_seconds * interval '1 second',
                bulk_job_open.questions)
        RETURNING j.reception_number, j.received_at, j.item_count, j.expires_at
        INTO reception_number, received_at, item_count, expires_at;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.bulk_job_open IS 'Takes in a bulk job, or finds the one that the same request made before.';

-- Makes rows of the questions of the oldest job that still has them in one piece.
CREATE OR REPLACE FUNCTION registry.bulk_unfold() RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    folded record;
BEGIN
    SELECT j.job_id, j.questions INTO folded
    FROM bulk_job AS j
    WHERE j.questions IS NOT NULL
    ORDER BY j.job_id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
        INSERT INTO bulk_item (job_id, item_no, question)
        SELECT folded.job_id, q.position, q.question
        FROM string_to_table(folded.questions, E'\n') WITH ORDINALITY AS q (question, position);
        UPDATE bulk_job SET questions = NULL WHERE job_id = folded.job_id;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.bulk_unfold IS 'Makes rows of the questions of the oldest job that has them in one piece.';

CREATE OR REPLACE FUNCTION registry.bulk_items_take(count int4, lease_seconds int4)
    RETURNS TABLE (job_id int8, item_no int4, facility_id int4, request_id uuid, received_at timestamptz,
                   question text, item_route int2, asked_on date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- A lease that a crash forgets costs nothing: the question is asked again, and is on record already.
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM bulk_unfold();
    RETURN QUERY
    WITH taken AS (
        UPDATE bulk_item AS i
        SET leased_until = clock_timestamp() + lease_seconds * interval '1 second'
        FROM (
            SELECT w.job_id, w.item_no
            FROM bulk_item AS w
            WHERE w.done_at IS NULL AND w.leased_until < clock_timestamp()
            ORDER BY w.job_id, w.item_no
            LIMIT bulk_items_take.count
            FOR NO KEY UPDATE SKIP LOCKED
        ) AS w
        WHERE i.job_id = w.job_id AND i.item_no = w.item_no
        RETURNING i.job_id, i.item_no, i.question
    )
    SELECT t.job_id, t.item_no, j.facility_id, j.request_id, j.received_at, t.question, j.item_route, j.asked_on
    FROM taken AS t
    JOIN bulk_job AS j USING (job_id)
    ORDER BY t.job_id, t.item_no;
END
$$;
COMMENT ON FUNCTION registry.bulk_items_take IS 'Gives a worker the next questions for a time.';

CREATE OR REPLACE FUNCTION registry.bulk_items_done(
        job_ids int8[], item_nos int4[], results bytea[], etags bytea[], is_errors bool[])
    RETURNS TABLE (ord int4)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- Jobs first and in order, so that workers on the same jobs never wait for each other crosswise.
    PERFORM FROM bulk_job AS j WHERE j.job_id = ANY (job_ids) ORDER BY j.job_id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH given AS (
        SELECT DISTINCT ON (g.job_id, g.item_no) g.*
        FROM unnest(job_ids, item_nos, results, etags, is_errors)
            WITH ORDINALITY AS g (job_id, item_no, result, etag, is_error, position)
        ORDER BY g.job_id, g.item_no, g.position
    ),
    ended AS (
        UPDATE bulk_item AS i
        SET result = g.result, etag = g.etag, is_error = g.is_error, done_at = clock_timestamp()
        FROM given AS g
        WHERE i.job_id = g.job_id AND i.item_no = g.item_no AND i.done_at IS NULL
        RETURNING i.job_id, i.is_error, g.position
    ),
    counted AS (
        UPDATE bulk_job AS j
        SET done = j.done + e.done, ok = j.ok + e.done - e.errors, errors = j.errors + e.errors,
            state = CASE WHEN j.done + e.done = j.item_count THEN 3 ELSE 2 END
        FROM (
            SELECT e.job_id, count(*)::int4 AS done, (count(*) FILTER (WHERE e.is_error))::int4 AS errors
            FROM ended AS e
            GROUP BY e.job_id
        ) AS e
        WHERE j.job_id = e.job_id
    )
    SELECT (e.position - 1)::int4 FROM ended AS e;
END
$$;
COMMENT ON FUNCTION registry.bulk_items_done IS 'Stores answers; each question is answered once.';

CREATE OR REPLACE FUNCTION registry.bulk_job_read(facility_id int4, reception_number text, item_route int2)
    RETURNS TABLE (job_id int8, request_id uuid, body_digest bytea, received_at timestamptz, state int2,
                   item_count int4, done int4, ok int4, errors int4, expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT j.job_id, j.request_id, j.body_digest, j.received_at,
           CASE WHEN j.expires_at > now() THEN j.state ELSE 4::int2 END, j.item_count, j.done, j.ok, j.errors, j.expires_at
    FROM bulk_job AS j
    WHERE j.reception_number = bulk_job_read.reception_number AND j.facility_id = bulk_job_read.facility_id
        AND j.item_route = bulk_job_read.item_route
$$;
COMMENT ON FUNCTION registry.bulk_job_read IS 'How a job of this facility stands; state 4 when its time is up.';

CREATE OR REPLACE FUNCTION registry.bulk_items_read(
        facility_id int4, reception_number text, after_item_no int4, count int4)
    RETURNS TABLE (item_no int4, question text, result bytea, etag bytea, is_error bool, done_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT i.item_no, i.question, i.result, i.etag, i.is_error, i.done_at
    FROM bulk_job AS j
    JOIN bulk_item AS i USING (job_id)
    WHERE j.reception_number = bulk_items_read.reception_number AND j.facility_id = bulk_items_read.facility_id
        AND j.expires_at > now() AND i.item_no > after_item_no
    ORDER BY i.item_no
    LIMIT bulk_items_read.count
$$;
COMMENT ON FUNCTION registry.bulk_items_read IS 'Questions and answers of a job of this facility, in order.';

CREATE OR REPLACE FUNCTION registry.bulk_expire() RETURNS int4
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    removed int4;
BEGIN
    -- Questions and answers go at their time. That there was a job is known for as long again.
    DELETE FROM bulk_item AS i USING bulk_job AS j WHERE i.job_id = j.job_id AND j.expires_at <= now();
    UPDATE bulk_job AS j SET questions = NULL WHERE j.expires_at <= now() AND j.questions IS NOT NULL;
    DELETE FROM bulk_job AS j
    WHERE j.job_id IN (
        SELECT e.job_id
        FROM bulk_job AS e
        WHERE e.expires_at <= now() AND e.expires_at + (e.expires_at - e.received_at) <= now()
        ORDER BY e.job_id
        FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION registry.bulk_expire IS
    'Removes questions and results whose time is up, and in the end the jobs; returns how many jobs.';
