-- Keys of personal numbers: which ones index, and sealing and indexing anew with the newest one. functions.md explains each of
-- them.
--
-- While a rotation is under way a link is found by the old key or by the new one, so every row is looked up under both. Who
-- writes a link writes it under the new key and takes the number's other links along (numbers_follow), and so does the rotation:
-- at every commit all current links of one number are under one key, so links still meet by their index alone, and the unique
-- index holds. No link comes under the old key once the new one stands in number_key: one pass over all links is enough.

-- The first file settles the key, or the links that are there.
CREATE OR REPLACE FUNCTION registry.number_keys(newest int2) RETURNS TABLE (index_key int2, next_key int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM number_key) THEN
        INSERT INTO number_key (index_key)
        VALUES (coalesce((SELECT n.indexed_by FROM personal_number AS n LIMIT 1), newest))
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY SELECT k.index_key, k.next_key FROM number_key AS k;
END
$$;
COMMENT ON FUNCTION registry.number_keys IS
    'The keys by which links are found; where none is settled yet, this one is. The second is NULL unless a rotation is under way.';

CREATE OR REPLACE FUNCTION registry.batch_is_stale(batch bigint) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
        FROM number_key AS k, batch AS b
        WHERE b.batch_id = batch AND NOT coalesce(
            k.index_key IN (b.index_key, b.index_key_next)
            AND (k.next_key IS NULL OR k.next_key IN (b.index_key, b.index_key_next)), false))
$$;
COMMENT ON FUNCTION registry.batch_is_stale IS
    'Whether links are found by a key under which the rows of this batch were not read.';

CREATE OR REPLACE FUNCTION registry.numbers_follow(olds bytea[], news bytea[], key_number int2) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    UPDATE personal_number AS n SET number_index = q.new, indexed_by = key_number
    FROM unnest(olds, news) AS q (old, new)
    WHERE n.number_index = q.old AND q.old <> q.new AND n.unlinked_at = 'infinity' AND n.state = 1;
    UPDATE personal_number AS n SET number_index = q.new, indexed_by = key_number
    FROM unnest(olds, news) AS q (old, new)
    WHERE n.number_index = q.old AND q.old <> q.new AND n.unlinked_at = 'infinity' AND n.state = 2;
$$;
COMMENT ON FUNCTION registry.numbers_follow IS 'Brings the current links of some numbers under a new key; who calls it has apply_lock().';

CREATE OR REPLACE FUNCTION registry.batch_numbers_follow(batch bigint, from_row integer, to_row integer) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    key_number smallint := (SELECT b.index_key_next FROM batch AS b WHERE b.batch_id = batch);
    olds bytea[];
    news bytea[];
BEGIN
    IF key_number IS NULL THEN
        RETURN;
    END IF;
    SELECT array_agg(s.number_index), array_agg(s.number_index_next) INTO olds, news
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.outcome IN (1, 2) AND s.number_index IS NOT NULL;
    PERFORM numbers_follow(olds, news, key_number);
END
$$;
COMMENT ON FUNCTION registry.batch_numbers_follow IS
    'Brings links of the numbers of a range under the key that its own links are written under.';

-- A rotation that is under way ends before another one begins. Files whose rows are staged under the old key alone are read
-- again before they take effect (batch_is_stale).
CREATE OR REPLACE FUNCTION registry.rotate_begin(newest int2) RETURNS int2
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    keys record;
BEGIN
    PERFORM number_keys(newest);
    SELECT k.* INTO STRICT keys FROM number_key AS k FOR UPDATE; -- waits for files that are being settled
    IF keys.next_key IS NULL AND keys.index_key < newest THEN
        PERFORM apply_lock(); -- no row takes effect that looks under the old key only
        UPDATE number_key AS k SET next_key = newest;
        keys.next_key := newest;
    END IF;
    INSERT INTO number_rotation AS r (key_number) VALUES (coalesce(keys.next_key, keys.index_key)) ON CONFLICT DO NOTHING;
    RETURN coalesce(keys.next_key, keys.index_key);
END
$$;
COMMENT ON FUNCTION registry.rotate_begin IS
    'Begins or goes on with bringing all links under the newest key, or under an older one to which a rotation is under way.';

CREATE OR REPLACE FUNCTION registry.rotate_take(key_number int2, count_max int4)
    RETURNS TABLE (number_id int8, sealed_by int2, sealed bytea, number_index bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT n.number_id, n.sealed_by, n.sealed, n.number_index
    FROM personal_number AS n
    WHERE n.number_id > (SELECT r.cursor FROM number_rotation AS r WHERE r.key_number = rotate_take.key_number)
    ORDER BY n.number_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.rotate_take IS 'The next links that are to be brought under this key, behind the last one that was.';

-- What was changed since it was taken, by a file or by another rotation, is left as it is: it has come as far already.
CREATE OR REPLACE FUNCTION registry.rotate_put(
        key_numbers int2[], seal_keys int2[], number_ids int8[], sealeds bytea[], olds bytea[], news bytea[])
    RETURNS TABLE (ord int4, is_new bool)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    changed int8;
BEGIN
    PERFORM apply_lock(); -- who settles a doubt looks from link to link
    UPDATE personal_number AS n
    SET sealed_by = greatest(n.sealed_by, q.seal_key),
        sealed = CASE WHEN n.sealed_by < q.seal_key THEN q.sealed ELSE n.sealed END,
        indexed_by = CASE WHEN n.number_index = q.old AND q.old <> q.new THEN q.key_number ELSE n.indexed_by END,
        number_index = CASE WHEN n.number_index = q.old THEN q.new ELSE n.number_index END
    FROM unnest(key_numbers, seal_keys, number_ids, sealeds, olds, news) AS q (key_number, seal_key, number_id, sealed, old, new)
    WHERE n.number_id = q.number_id AND (n.sealed_by < q.seal_key OR n.number_index = q.old AND q.old <> q.new);
    GET DIAGNOSTICS changed = ROW_COUNT;
    PERFORM numbers_follow(olds, news, key_numbers[1]);
    UPDATE number_rotation AS r
    SET cursor = greatest(r.cursor, (SELECT max(i) FROM unnest(number_ids) AS i)), done = r.done + changed, finished_at = NULL
    WHERE r.key_number = key_numbers[1];
    RETURN QUERY SELECT 0, changed > 0;
END
$$;
COMMENT ON FUNCTION registry.rotate_put IS
    'Stores links that were sealed and indexed anew, and how far that has come, in one transaction.';

-- Links that came behind the cursor meanwhile, sealed with an older key, are looked for once more. When nothing is left under
-- an older key, links are found by the new one alone.
CREATE OR REPLACE FUNCTION registry.rotate_end(key_number int2) RETURNS int8
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    first int8;
    left_over int8;
BEGIN
    SELECT count(*), min(n.number_id) INTO left_over, first
    FROM personal_number AS n WHERE n.sealed_by < rotate_end.key_number OR n.indexed_by < rotate_end.key_number;
    UPDATE number_rotation AS r
    SET cursor = CASE WHEN left_over > 0 THEN first - 1 ELSE r.cursor END,
        finished_at = CASE WHEN left_over = 0 THEN clock_timestamp() END
    WHERE r.key_number = rotate_end.key_number;
    IF left_over = 0 THEN
        UPDATE number_key AS k SET index_key = k.next_key, next_key = NULL WHERE k.next_key = rotate_end.key_number;
    END IF;
    RETURN left_over;
END
$$;
COMMENT ON FUNCTION registry.rotate_end IS
    'Ends a rotation if no link is left that an older key seals or indexes; how many there are.';
