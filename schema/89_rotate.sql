-- Keys of personal numbers: which one indexes, and sealing anew with the newest one. functions.md explains each of them.

-- All links are found by one key of the blind index, whichever key seals what is new: else a number would not be found again
-- under a newer key, and its person would be there twice.
CREATE OR REPLACE FUNCTION registry.number_index_key() RETURNS int2
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT n.indexed_by FROM personal_number AS n LIMIT 1
$$;
COMMENT ON FUNCTION registry.number_index_key IS 'The key by which all links are indexed; NULL while there is none.';

CREATE OR REPLACE FUNCTION registry.rotate_take(key_number int2, count_max int4)
    RETURNS TABLE (number_id int8, sealed_by int2, sealed bytea)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO number_rotation AS r (key_number) VALUES (rotate_take.key_number) ON CONFLICT DO NOTHING;
    RETURN QUERY
    SELECT n.number_id, n.sealed_by, n.sealed
    FROM personal_number AS n
    WHERE n.number_id > (SELECT r.cursor FROM number_rotation AS r WHERE r.key_number = rotate_take.key_number)
    ORDER BY n.number_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.rotate_take IS 'The next links that are to be sealed with this key, behind the last one that was.';

CREATE OR REPLACE FUNCTION registry.rotate_put(key_numbers int2[], number_ids int8[], sealeds bytea[])
    RETURNS TABLE (ord int4, is_new bool)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    changed int8;
BEGIN
    UPDATE personal_number AS n
    SET sealed_by = q.key_number, sealed = q.sealed
    FROM unnest(key_numbers, number_ids, sealeds) AS q (key_number, number_id, sealed)
    WHERE n.number_id = q.number_id AND n.sealed_by < q.key_number;
    GET DIAGNOSTICS changed = ROW_COUNT;
    UPDATE number_rotation AS r
    SET cursor = greatest(r.cursor, (SELECT max(i) FROM unnest(number_ids) AS i)), done = r.done + changed, finished_at = NULL
    WHERE r.key_number = key_numbers[1];
    RETURN QUERY SELECT 0, changed > 0;
END
$$;
COMMENT ON FUNCTION registry.rotate_put IS 'Stores links that were sealed with this key, and how far that has come, in one transaction.';

-- Links that were inserted behind the cursor meanwhile, under numbers reserved before, are looked for once more.
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
    FROM personal_number AS n WHERE n.sealed_by < rotate_end.key_number;
    UPDATE number_rotation AS r
    SET cursor = CASE WHEN left_over > 0 THEN first - 1 ELSE r.cursor END,
        finished_at = CASE WHEN left_over = 0 THEN clock_timestamp() END
    WHERE r.key_number = rotate_end.key_number;
    RETURN left_over;
END
$$;
COMMENT ON FUNCTION registry.rotate_end IS 'Ends a rotation if no link is left that an older key seals; how many there are.';
