-- Functions of the comparison in shadow. functions.md explains each of them.
CREATE OR REPLACE FUNCTION registry.shadow_begin(rule_version int2, against int2, is_anew bool)
    RETURNS TABLE (is_finished bool)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- Held against other rules than it began with, it says nothing.
    DELETE FROM match_shadow AS s
    WHERE s.rule_version = shadow_begin.rule_version AND (is_anew OR s.against <> shadow_begin.against);
    INSERT INTO match_shadow AS s (rule_version, against)
    VALUES (shadow_begin.rule_version, shadow_begin.against)
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT s.finished_at IS NOT NULL FROM match_shadow AS s WHERE s.rule_version = shadow_begin.rule_version;
END
$$;
COMMENT ON FUNCTION registry.shadow_begin IS 'Begins a comparison in shadow, or goes on with the one that was begun.';

CREATE OR REPLACE FUNCTION registry.shadow_take(rule_version int2, count_max int4)
    RETURNS TABLE (number_id int8, insurer_number text, sealed_by int2, sealed bytea, is_looked_up bool, name text, name_kana text,
                   name_other text, name_other_kana text, sex1 int2, birth_date date, address text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT n.number_id, n.insurer_number, n.sealed_by, n.sealed, n.source = 2, v.name, v.name_kana, v.name_other,
           v.name_other_kana, v.sex1, v.birth_date, v.address
    FROM (
        SELECT *
        FROM personal_number AS p
        WHERE p.number_id > (SELECT s.cursor FROM match_shadow AS s WHERE s.rule_version = shadow_take.rule_version)
            AND p.state = 1 AND p.unlinked_at = 'infinity'
        ORDER BY p.number_id
        LIMIT count_max
    ) AS n
    JOIN person_version AS v ON v.person_id = n.person_id AND v.superseded_at = 'infinity'
    ORDER BY n.number_id;
END
$$;
COMMENT ON FUNCTION registry.shadow_take IS 'The next links to compare in shadow, with what is held of their people.';

CREATE OR REPLACE FUNCTION registry.shadow_put(
        rule_versions int2[], number_ids int8[], insurer_numbers text[], outcomes int2[], action_nows int2[], action_thens int2[],
        fields_nows text[], fields_thens text[])
    RETURNS TABLE (ord int4, is_done bool)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    done int8;
BEGIN
    SELECT s.cursor INTO done FROM match_shadow AS s WHERE s.rule_version = rule_versions[1] FOR NO KEY UPDATE;
    IF done >= (SELECT max(i) FROM unnest(number_ids) AS i) THEN
        RETURN QUERY SELECT 0, false; -- another one did these
        RETURN;
    END IF;
    INSERT INTO match_shadow_difference (
        rule_version, number_id, insurer_number, action_now, action_then, fields_now, fields_then)
    SELECT rule_versions[1], q.number_id, q.insurer_number, q.action_now, q.action_then, q.fields_now, q.fields_then
    FROM unnest(number_ids, insurer_numbers, outcomes, action_nows, action_thens, fields_nows, fields_thens)
        AS q (number_id, insurer_number, outcome, action_now, action_then, fields_now, fields_then)
    WHERE q.number_id > done AND q.outcome = 1 AND (q.action_now <> q.action_then OR q.fields_now <> q.fields_then);
    UPDATE match_shadow AS s
    SET cursor = c.last, compared = s.compared + c.compared, not_found = s.not_found + c.not_found,
        incomparable = s.incomparable + c.incomparable, unanswered = s.unanswered + c.unanswered
    FROM (
        SELECT max(q.number_id) AS last, count(*) FILTER (WHERE q.outcome = 1) AS compared,
               count(*) FILTER (WHERE q.outcome = 2) AS not_found, count(*) FILTER (WHERE q.outcome = 3) AS incomparable,
               count(*) FILTER (WHERE q.outcome = 4) AS unanswered
        FROM unnest(number_ids, outcomes) AS q (number_id, outcome)
        WHERE q.number_id > done
    ) AS c
    WHERE s.rule_version = rule_versions[1];
    RETURN QUERY SELECT 0, true;
END
$$;
COMMENT ON FUNCTION registry.shadow_put IS 'Notes what came of links that were compared in shadow, and how far it has come, in one transaction.';

CREATE OR REPLACE FUNCTION registry.shadow_end(rule_version int2)
    RETURNS TABLE (against int2, compared int8, not_found int8, incomparable int8, unanswered int8, differences int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    UPDATE match_shadow AS s SET finished_at = coalesce(s.finished_at, clock_timestamp())
    WHERE s.rule_version = shadow_end.rule_version;
    RETURN QUERY
    SELECT s.against, s.compared, s.not_found, s.incomparable, s.unanswered,
           (SELECT count(*) FROM match_shadow_difference AS d WHERE d.rule_version = s.rule_version)
    FROM match_shadow AS s
    WHERE s.rule_version = shadow_end.rule_version;
END
$$;
COMMENT ON FUNCTION registry.shadow_end IS 'Ends a comparison in shadow; its counts.';

CREATE OR REPLACE FUNCTION registry.shadow_changes(rule_version int2)
    RETURNS TABLE (action_now int2, action_then int2, times int8)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT d.action_now, d.action_then, count(*)
    FROM match_shadow_difference AS d
    WHERE d.rule_version = shadow_changes.rule_version
    GROUP BY 1, 2
    ORDER BY 1, 2
$$;
COMMENT ON FUNCTION registry.shadow_changes IS 'What the two versions of the rules would do otherwise, counted.';

CREATE OR REPLACE FUNCTION registry.shadow_differences(rule_version int2, after_number_id int8, count_max int4)
    RETURNS TABLE (number_id int8, insurer_number text, action_now int2, action_then int2, fields_now text, fields_then text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT d.number_id, d.insurer_number, d.action_now, d.action_then, d.fields_now, d.fields_then
    FROM match_shadow_difference AS d
    WHERE d.rule_version = shadow_differences.rule_version AND d.number_id > after_number_id
    ORDER BY d.number_id
    LIMIT count_max
$$;
COMMENT ON FUNCTION registry.shadow_differences IS 'The links of which the two versions of the rules say different things.';
