-- Functions of the registrar role for batches. functions.md explains each of them. Every one is given the insurer that the
-- certificate names, and finds that insurer's batches only: another one's number is the number of nothing.
CREATE OR REPLACE FUNCTION registry.batch_open(
        insurer_number text, idempotency_key uuid, certificate_id int8, user_id text, format int2, packing int2,
        charset int2, is_dry_run bool, announced_bytes int8, sha256 bytea, unfinished_max int4)
    RETURNS TABLE (outcome int2, batch_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    old batch;
BEGIN
    -- One opening at a time for each insurer, so that the same key twice, or one upload too many, is always seen.
    PERFORM FROM insurer AS i WHERE i.insurer_number = batch_open.insurer_number FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'batch_open: no such insurer' USING ERRCODE = 'foreign_key_violation';
    END IF;
    SELECT b.* INTO old
    FROM batch AS b
    WHERE b.insurer_number = batch_open.insurer_number AND b.idempotency_key = batch_open.idempotency_key;
    IF FOUND THEN
        batch_id := old.batch_id;
        outcome := CASE
            WHEN old.sha256 = batch_open.sha256 AND old.format = batch_open.format AND old.packing = batch_open.packing
                AND old.charset = batch_open.charset AND old.is_dry_run = batch_open.is_dry_run
                AND (old.announced_bytes = batch_open.announced_bytes) IS NOT FALSE THEN 2
            ELSE 3
        END;
        RETURN NEXT;
        RETURN;
    END IF;
    IF unfinished_max <= (
        SELECT count(*) FROM batch AS b WHERE b.insurer_number = batch_open.insurer_number AND b.state = 1) THEN
        outcome := 4;
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO batch AS b (insurer_number, idempotency_key, certificate_id, user_id, format, packing, charset,
                            is_dry_run, announced_bytes, sha256)
    VALUES (batch_open.insurer_number, batch_open.idempotency_key, batch_open.certificate_id, batch_open.user_id,
            batch_open.format, batch_open.packing, batch_open.charset, batch_open.is_dry_run,
            batch_open.announced_bytes, batch_open.sha256)
    RETURNING b.batch_id INTO batch_id;
    outcome := 1;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.batch_open IS 'Opens a batch, or finds the one that was opened under the same key before.';

CREATE OR REPLACE FUNCTION registry.batch_read(insurer_number text, batch_id int8)
    RETURNS TABLE (batch_id int8, state int2, refusal text, format int2, packing int2, charset int2, is_dry_run bool,
                   announced_bytes int8, received_bytes int8, sha256 bytea, opened_at timestamptz,
                   received_at timestamptz, checked_at timestamptz, finished_at timestamptz, row_count int4,
                   staged_count int4, applied_count int4, held_count int4, unchanged_count int4, refused_count int4,
                   warned_count int4, difference jsonb, released_at timestamptz, undone_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT b.batch_id, b.state, b.refusal, b.format, b.packing, b.charset, b.is_dry_run, b.announced_bytes,
           b.received_bytes, b.sha256, b.opened_at, b.received_at, b.checked_at, b.finished_at, b.row_count,
           b.staged_count, b.applied_count, b.held_count, b.unchanged_count, b.refused_count, b.warned_count,
           b.difference, b.released_at, b.undone_at
    FROM batch AS b
    WHERE b.batch_id = batch_read.batch_id AND b.insurer_number = batch_read.insurer_number
$$;
COMMENT ON FUNCTION registry.batch_read IS 'How a batch of this insurer stands.';

CREATE OR REPLACE FUNCTION registry.batch_resume(insurer_number text, batch_id int8, file_bytes int8)
    RETURNS TABLE (state int2, received_bytes int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    -- A spool that was lost, or brought back from a copy, holds less than was said: then that is what there is.
    UPDATE batch AS b
    SET received_bytes = batch_resume.file_bytes
    WHERE b.batch_id = batch_resume.batch_id AND b.insurer_number = batch_resume.insurer_number AND b.state = 1
        AND b.received_bytes > batch_resume.file_bytes;
    RETURN QUERY
    SELECT b.state, b.received_bytes FROM batch AS b
    WHERE b.batch_id = batch_resume.batch_id AND b.insurer_number = batch_resume.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.batch_resume IS 'Where a file stands, for the one writer that has it open by now.';

CREATE OR REPLACE FUNCTION registry.batch_progress(
        insurer_number text, batch_id int8, received_bytes int8, announced_bytes int8)
    RETURNS TABLE (state int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    UPDATE batch AS b
    SET received_bytes = batch_progress.received_bytes,
        announced_bytes = coalesce(batch_progress.announced_bytes, b.announced_bytes)
    WHERE b.batch_id = batch_progress.batch_id AND b.insurer_number = batch_progress.insurer_number AND b.state = 1;
    RETURN QUERY
    SELECT b.state FROM batch AS b
    WHERE b.batch_id = batch_progress.batch_id AND b.insurer_number = batch_progress.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.batch_progress IS 'Notes how much of a file is safe, while it is being received.';

CREATE OR REPLACE FUNCTION registry.batch_received(
        insurer_number text, batch_id int8, received_bytes int8, is_right bool)
    RETURNS TABLE (state int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    UPDATE batch AS b
    SET received_bytes = batch_received.received_bytes, announced_bytes = batch_received.received_bytes,
        received_at = now(), state = CASE WHEN is_right THEN 2 ELSE 7 END,
        refusal = CASE WHEN NOT is_right THEN 'upload_digest_wrong' END,
        finished_at = CASE WHEN NOT is_right THEN now() END
    WHERE b.batch_id = batch_received.batch_id AND b.insurer_number = batch_received.insurer_number AND b.state = 1;
    RETURN QUERY
    SELECT b.state FROM batch AS b
    WHERE b.batch_id = batch_received.batch_id AND b.insurer_number = batch_received.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.batch_received IS 'Notes that a file is whole: the batch waits to be checked, or is refused for its digest.';

CREATE OR REPLACE FUNCTION registry.batch_rows_read(insurer_number text, batch_id int8, after_row_no int4, count int4)
    RETURNS TABLE (row_no int4, row_key text, operation int2, outcome int2, event_on date, notice_received_on date,
                   due_on date, recorded_at timestamptz, findings text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT r.row_no, r.row_key, r.operation, r.outcome, r.event_on, r.notice_received_on, r.due_on, r.recorded_at,
           array_to_string(r.findings, E'\n')
    FROM batch AS b
    JOIN batch_row AS r USING (batch_id)
    WHERE b.batch_id = batch_rows_read.batch_id AND b.insurer_number = batch_rows_read.insurer_number
        AND r.row_no > after_row_no
    ORDER BY r.row_no
    LIMIT batch_rows_read.count;
END
$$;
COMMENT ON FUNCTION registry.batch_rows_read IS 'Verdicts on rows of a batch of this insurer, in order; findings one a line.';

CREATE OR REPLACE FUNCTION registry.batch_release(
        insurer_number text, batch_id int8, certificate_id int8, user_id text, needs_other_certificate bool)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held
    FROM batch AS b
    WHERE b.batch_id = batch_release.batch_id AND b.insurer_number = batch_release.insurer_number
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    outcome := CASE
        WHEN held.released_by = batch_release.user_id THEN 2
        WHEN held.state <> 4 THEN 4
        WHEN held.user_id IS NULL OR held.user_id = batch_release.user_id
            OR needs_other_certificate AND held.certificate_id = batch_release.certificate_id THEN 3
        ELSE 1
    END;
    IF outcome = 1 THEN
        UPDATE batch AS b
        SET state = 5, released_at = now(), released_by = batch_release.user_id
        WHERE b.batch_id = batch_release.batch_id;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.batch_release IS 'A second person lets a batch go on that waits for one.';

CREATE OR REPLACE FUNCTION registry.batch_cancel(insurer_number text, batch_id int8)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held
    FROM batch AS b
    WHERE b.batch_id = batch_cancel.batch_id AND b.insurer_number = batch_cancel.insurer_number
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    outcome := CASE WHEN held.state IN (1, 2, 3, 4) THEN 1 WHEN held.state = 8 THEN 2 ELSE 4 END;
    IF outcome = 1 THEN
        UPDATE batch AS b SET state = 8, finished_at = now() WHERE b.batch_id = batch_cancel.batch_id;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.batch_cancel IS 'Ends a batch of which nothing has taken effect.';

CREATE OR REPLACE FUNCTION registry.batch_expire(age_seconds int4) RETURNS TABLE (batch_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    UPDATE batch AS b
    SET state = 8, refusal = 'upload_expired', finished_at = now()
    WHERE b.batch_id IN (
        SELECT e.batch_id
        FROM batch AS e
        WHERE e.state = 1 AND e.opened_at < now() - age_seconds * interval '1 second'
        ORDER BY e.batch_id
        LIMIT 100
        FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING b.batch_id;
END
$$;
COMMENT ON FUNCTION registry.batch_expire IS 'Cancels uploads that were not finished in their time; a hundred at a time.';

CREATE OR REPLACE FUNCTION registry.batch_files_done(batch_ids int8[])
    RETURNS TABLE (ord int4)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT (q.position - 1)::int4
    FROM unnest(batch_ids) WITH ORDINALITY AS q (batch_id, position)
    WHERE NOT EXISTS (SELECT FROM batch AS b WHERE b.batch_id = q.batch_id AND b.state BETWEEN 1 AND 5)
    ORDER BY q.position
$$;
COMMENT ON FUNCTION registry.batch_files_done IS 'Which of these batches need their file no more.';
