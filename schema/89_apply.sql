-- Applying rows of a batch, second part: ends, changes, terms, and the loop over all of it. 88_acquire.sql has the first.

-- ---- before anything is applied -------------------------------------------------------------------------------------

-- Phases that the rows of a batch need.
CREATE OR REPLACE FUNCTION registry.batch_phases_note(batch bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET jit = off
AS $$
BEGIN
    UPDATE batch AS b
    SET phases = (
            SELECT coalesce(array_agg(DISTINCT x.phase ORDER BY x.phase), '{}')
            FROM (
                SELECT CASE WHEN s.severity < 2 THEN s.phase ELSE 0 END AS phase -- 0 only says what is refused
                FROM batch_stage AS s
                WHERE s.batch_id = batch
                GROUP BY 1
            ) AS g
            -- Ends that find nothing yet are tried again behind the acquisitions.
            CROSS JOIN LATERAL (
                VALUES (g.phase), (CASE WHEN g.phase BETWEEN 10 AND 19 THEN g.phase + 20 END)) AS x (phase)
            WHERE x.phase IS NOT NULL)
    WHERE b.batch_id = batch;
END
$$;
COMMENT ON FUNCTION registry.batch_phases_note IS 'Notes which phases the rows of a batch need.';

-- Rows of one file that speak of the same thing. Those that say the same count once; those that contradict each other
-- are all refused, since no order within a file says which is meant; the rest take their turn by their days.
CREATE OR REPLACE FUNCTION registry.batch_resolve(batch bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET work_mem = '128MB'
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    -- Which rows meet at all. Nearly none do, so two looks at all rows find them, and the rest is about those alone.
    CREATE TEMPORARY TABLE IF NOT EXISTS pg_temp.batch_meeting (row_no integer, way smallint, link bigint)
        ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS pg_temp.batch_chain (row_no integer, before integer, place integer)
        ON COMMIT DELETE ROWS;
    DELETE FROM pg_temp.batch_meeting;
    DELETE FROM pg_temp.batch_chain;
    INSERT INTO pg_temp.batch_meeting (row_no, way, link)
    WITH suspect AS MATERIALIZED (
        SELECT DISTINCT v.way, v.link
        FROM batch_stage AS s
        CROSS JOIN LATERAL (
            VALUES (1, s.link_card), (2, s.link_number), (3, s.link_credential), (4, s.link_identity)) AS v (way, link)
        WHERE s.batch_id = batch AND s.severity < 2 AND s.meets AND v.link IS NOT NULL
    )
    SELECT m.row_no, m.way, m.link
    FROM (
        SELECT s.row_no, u.way, u.link, count(*) OVER (PARTITION BY u.way, u.link) AS rows
        FROM (
            SELECT * FROM batch_stage AS s
            WHERE s.batch_id = batch AND s.severity < 2
                AND (s.link_card IN (SELECT u.link FROM suspect AS u WHERE u.way = 1)
                     OR s.link_number IN (SELECT u.link FROM suspect AS u WHERE u.way = 2)
                     OR s.link_credential IN (SELECT u.link FROM suspect AS u WHERE u.way = 3)
                     OR s.link_identity IN (SELECT u.link FROM suspect AS u WHERE u.way = 4))
            OFFSET 0
        ) AS s
        CROSS JOIN LATERAL (
            VALUES (1, s.link_card), (2, s.link_number), (3, s.link_credential), (4, s.link_identity)) AS v (way, link)
        JOIN suspect AS u ON u.way = v.way AND u.link = v.link
    ) AS m
    WHERE m.rows > 1;
    IF NOT FOUND THEN
        PERFORM batch_phases_note(batch);
        RETURN;
    END IF;

    WITH twice AS (
        SELECT s.digest, s.number_index, min(s.row_no) AS first_row
        FROM batch_stage AS s
        WHERE s.batch_id = batch AND s.row_no IN (SELECT m.row_no FROM pg_temp.batch_meeting AS m WHERE m.way = 1)
        GROUP BY s.digest, s.number_index
        HAVING count(*) > 1
    )
    UPDATE batch_stage AS s
    SET severity = 3, findings = s.findings || ARRAY['VR-64 -']
    FROM twice AS t
    WHERE s.batch_id = batch AND s.severity < 2 AND s.digest = t.digest AND s.row_no > t.first_row
        AND s.number_index IS NOT DISTINCT FROM t.number_index;

    -- One target, one day, and different words.
    WITH several AS (
        SELECT s.operation, s.symbol_key, s.number_key, s.branch, s.birth_date, s.acquired_on,
               coalesce(s.effective_on, s.lost_on, s.valid_from, s.examined_on) AS key_day, s.disease_category, s.payer_number
        FROM batch_stage AS s
        WHERE s.batch_id = batch AND s.severity < 2
            AND s.row_no IN (SELECT m.row_no FROM pg_temp.batch_meeting AS m WHERE m.way = 1)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        HAVING count(*) > 1
    )
    UPDATE batch_stage AS s
    SET severity = 2, findings = s.findings || ARRAY['VR-65 -']
    FROM several AS t
    WHERE s.batch_id = batch AND s.severity < 2 AND s.operation = t.operation AND s.symbol_key = t.symbol_key
        AND s.number_key = t.number_key AND s.birth_date = t.birth_date AND s.branch IS NOT DISTINCT FROM t.branch
        AND s.acquired_on IS NOT DISTINCT FROM t.acquired_on
        AND coalesce(s.effective_on, s.lost_on, s.valid_from, s.examined_on) IS NOT DISTINCT FROM t.key_day
        AND s.disease_category IS NOT DISTINCT FROM t.disease_category
        AND s.payer_number IS NOT DISTINCT FROM t.payer_number;

    -- One personal number cannot belong to two different people.
    WITH several AS (
        SELECT s.number_index
        FROM batch_stage AS s
        WHERE s.batch_id = batch AND s.severity < 2
            AND s.row_no IN (SELECT m.row_no FROM pg_temp.batch_meeting AS m WHERE m.way = 2)
        GROUP BY s.number_index
        HAVING count(*) > 1 AND (count(DISTINCT s.birth_date) > 1 OR count(DISTINCT s.sex1) > 1)
    )
    UPDATE batch_stage AS s
    SET severity = 2, findings = s.findings || ARRAY['VR-69 personal_number']
    FROM several AS t
    WHERE s.batch_id = batch AND s.severity < 2 AND s.number_index = t.number_index;

    -- Several rows that meet are applied one after the other: each sees what the one before has done. A row may stand
    -- in several chains, by its card, its personal number, its credential, and its name and address; it comes behind
    -- whatever is before it in any of them. Different operations on one person have phases of their own anyway.
    INSERT INTO pg_temp.batch_chain (row_no, before, place)
    SELECT c.row_no, c.before, 0
    FROM (
        SELECT s.row_no,
               lag(s.row_no) OVER (
                   PARTITION BY m.way, m.link, CASE m.way WHEN 2 THEN s.operation END
                   ORDER BY coalesce(s.effective_on, s.lost_on, s.valid_from, s.examined_on, s.acquired_on), s.acquired_on, s.branch,
                       s.digest) AS before
        FROM pg_temp.batch_meeting AS m
        JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no = m.row_no AND s.severity < 2
    ) AS c
    WHERE c.before IS NOT NULL;
    FOR round IN 1 .. 10 LOOP
        UPDATE pg_temp.batch_chain AS c
        SET place = w.place
        FROM (
            SELECT t.row_no, max(coalesce(f.place, 0)) + 1 AS place
            FROM pg_temp.batch_chain AS t
            LEFT JOIN (SELECT q.row_no, max(q.place) AS place FROM pg_temp.batch_chain AS q GROUP BY q.row_no) AS f
                ON f.row_no = t.before
            GROUP BY t.row_no
        ) AS w
        WHERE c.row_no = w.row_no AND c.place <> w.place;
        EXIT WHEN NOT FOUND;
    END LOOP;
    UPDATE batch_stage AS s
    SET phase = s.phase + least(w.place, 9),
        severity = CASE WHEN w.place > 9 THEN 2 ELSE s.severity END,
        findings = CASE WHEN w.place > 9 THEN s.findings || ARRAY['VR-71 -'] ELSE s.findings END
    FROM (SELECT c.row_no, max(c.place) AS place FROM pg_temp.batch_chain AS c GROUP BY c.row_no) AS w
    WHERE s.batch_id = batch AND s.row_no = w.row_no;

    PERFORM batch_phases_note(batch);
END
$$;
COMMENT ON FUNCTION registry.batch_resolve IS 'Settles rows of one file that speak of the same thing, by rule and not by their order.';

-- How much of an insurer's people a batch would end, move or re-identify.
CREATE OR REPLACE FUNCTION registry.batch_guard(batch bigint, insurer text, today date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    people integer;
    ends   integer;
    moves  integer;
    others integer;
    trips  boolean;
BEGIN
    SELECT count(*) INTO people FROM coverage AS k
    WHERE k.insurer_number = insurer AND k.superseded_at = 'infinity' AND k.state = 1 AND k.valid @> today;
    SELECT count(*) FILTER (WHERE s.operation IN (3, 4)), count(*) FILTER (WHERE s.operation = 2 AND s.sex1 IS NOT NULL)
    INTO ends, others
    FROM batch_stage AS s
    WHERE s.batch_id = batch AND s.severity < 2;
    SELECT count(*) INTO moves
    FROM batch_stage AS s
    CROSS JOIN LATERAL (VALUES (s.number_index), (s.number_index_next)) AS i (number_index)
    JOIN personal_number AS n ON n.number_index = i.number_index AND n.unlinked_at = 'infinity' AND n.state = 1
    WHERE s.batch_id = batch AND s.severity < 2 AND s.operation = 1
        AND EXISTS (SELECT FROM (SELECT * FROM coverage AS v WHERE v.person_id = n.person_id OFFSET 0) AS k
                    WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.insurer_number <> insurer
                        AND k.valid @> s.acquired_on
                    OFFSET 0);
    trips := greatest(ends, moves, others) > policy_number('batch_guard_least', today)
        AND greatest(ends, moves, others) * 100 > people * policy_number('batch_guard_percent', today);
    UPDATE batch AS b
    SET difference = coalesce(b.difference, '{}') || jsonb_build_object(
            'people', people, 'would_end', ends, 'would_move', moves, 'would_re_identify', others, 'guard', trips)
    WHERE b.batch_id = batch;
    RETURN trips;
END
$$;
COMMENT ON FUNCTION registry.batch_guard IS 'Whether a batch must wait for a second person, and the counts behind it.';

-- ---- ends -------------------------------------------------------------------------------------------------------------

-- The insurer's coverages that a row can mean: by its card, its birth date, and what else it says.
CREATE OR REPLACE FUNCTION registry.batch_targets(insurer text, s registry.batch_stage)
    RETURNS TABLE (version_id bigint, coverage_id bigint, person_id bigint, from_on date, until_on date, declared date,
                   is_fit boolean)
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    SELECT k.version_id, k.coverage_id, k.person_id, lower(k.valid), upper(k.valid),
           nullif(coalesce(k.declared_until, upper(k.valid)), 'infinity'),
           CASE s.operation
               WHEN 3 THEN lower(k.valid) < s.lost_on AND coalesce(k.declared_until, upper(k.valid), 'infinity') = 'infinity'
               WHEN 4 THEN true
               ELSE k.valid @> coalesce(s.effective_on, s.valid_from, s.examined_on, lower(k.valid))
           END
    FROM (
        SELECT * FROM registry.coverage AS c
        WHERE c.insurer_number = insurer AND c.symbol_loose = s.symbol_loose AND c.number_loose = s.number_loose
        OFFSET 0
    ) AS k
    CROSS JOIN LATERAL (
        SELECT * FROM registry.person_version AS v
        WHERE v.person_id = k.person_id AND v.superseded_at = 'infinity'
        OFFSET 0
    ) AS p
    WHERE k.superseded_at = 'infinity' AND k.symbol_key = s.symbol_key AND k.number_key = s.number_key
        AND p.birth_date = s.birth_date AND (s.branch IS NULL OR k.branch IS NOT DISTINCT FROM s.branch)
        AND (s.acquired_on IS NULL OR lower(k.valid) = s.acquired_on)
$$;
COMMENT ON FUNCTION registry.batch_targets IS 'Coverages of the insurer that a row can mean; is_fit says which of them suit its days.';

CREATE OR REPLACE FUNCTION registry.batch_plan_end(
        batch bigint, insurer text, phase smallint, from_row integer, to_row integer)
    RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    is_last boolean := phase >= 30;
    planned integer;
BEGIN
    INSERT INTO pg_temp.batch_plan (
        row_no, operation, outcome, findings, person_id, coverage_id, version_id, until_on, declared_until, row_key, event_on,
        notice_received_on, due_on, birth_date, card_key)
    SELECT
        s.row_no, s.operation,
        CASE WHEN t.all_count = 0 OR t.fit_count > 1 OR (t.fit_count = 0 AND t.all_count > 1 AND t.same IS NULL) THEN 4
             WHEN s.operation = 3 AND t.fit_count = 0 AND t.same IS NOT NULL THEN 3
             WHEN s.operation = 3 AND t.from_on >= s.lost_on THEN 4
             ELSE 1 END,
        s.findings
            || CASE WHEN t.all_count = 0 THEN ARRAY['VR-62 number']
                    WHEN t.fit_count > 1 OR (t.fit_count = 0 AND t.all_count > 1 AND t.same IS NULL)
                        THEN ARRAY['VR-63 branch_number']
                    WHEN s.operation = 3 AND t.from_on >= s.lost_on THEN ARRAY['VR-67 lost_on']
                    ELSE '{}' END,
        t.person_id, t.coverage_id, t.version_id,
        CASE WHEN s.operation = 3 THEN least(s.lost_on, n.next_from) END,
        CASE WHEN s.operation = 3 AND n.next_from < s.lost_on THEN s.lost_on END,
        s.row_key, s.event_on, s.notice_received_on, s.due_on, s.birth_date,
        insurer || ':' || s.symbol_loose || ':' || s.number_loose
    FROM batch_stage AS s
    CROSS JOIN LATERAL (
        SELECT count(*) AS all_count, count(*) FILTER (WHERE b.is_fit) AS fit_count,
               min(b.version_id) FILTER (WHERE b.declared = s.lost_on) AS same,
               (array_agg(b.person_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS person_id,
               (array_agg(b.coverage_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS coverage_id,
               (array_agg(b.version_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS version_id,
               (array_agg(b.from_on ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS from_on
        FROM batch_targets(insurer, s) AS b
    ) AS t
    LEFT JOIN LATERAL (
        SELECT min(lower(k.valid)) AS next_from
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = t.person_id OFFSET 0) AS k
        WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1 AND lower(k.valid) > t.from_on
    ) AS n ON true
    WHERE s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.severity < 2
        AND s.phase = CASE WHEN is_last THEN batch_plan_end.phase - 20 ELSE batch_plan_end.phase END
        AND NOT EXISTS (SELECT FROM batch_row AS r WHERE r.batch_id = batch AND r.row_no = s.row_no OFFSET 0)
        AND (is_last OR (t.fit_count = 1 AND s.operation = 3) OR (t.all_count = 1 AND s.operation = 4));
    GET DIAGNOSTICS planned = ROW_COUNT;
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_plan_end IS
    'Lays out losses and cancellations. The first time round only those whose coverage is there; the others may end what this file acquires.';

CREATE OR REPLACE FUNCTION registry.batch_write_end(
        batch bigint, moment timestamptz, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    today    date := civil_day(moment);
    term     record;
    versions bigint[];
    untils   date[];
BEGIN
    WITH old AS (
        UPDATE coverage AS k
        SET superseded_at = moment
        FROM pg_temp.batch_plan AS p
        WHERE p.operation IN (3, 4) AND p.outcome = 1 AND k.version_id = p.version_id AND k.superseded_at = 'infinity'
        RETURNING k.*, p.row_no, p.operation, p.until_on AS new_until, p.declared_until AS new_declared
    ),
    told AS (
        INSERT INTO correction (person_id, affected, kind, recorded_at)
        SELECT o.person_id,
               CASE WHEN o.operation = 4 THEN daterange(lower(o.valid), today + 1)
                    ELSE daterange(least(o.new_until, upper(o.valid)),
                                   least(today + 1, greatest(o.new_until, coalesce(upper(o.valid), 'infinity')))) END,
               1, moment
        FROM old AS o
        WHERE CASE WHEN o.operation = 4 THEN lower(o.valid) <= today
                   ELSE least(o.new_until, upper(o.valid)) <= today
                        AND o.new_until IS DISTINCT FROM upper(o.valid) END
    )
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        o.coverage_id, o.person_id, o.insurer_number, o.card_class, o.symbol, o.number, o.branch, o.symbol_key,
        o.number_key, o.symbol_loose, o.number_loose, o.relation, o.insured_name,
        daterange(lower(o.valid), o.new_until), o.new_declared, s.loss_reason, o.issued_on, o.card_valid_from,
        o.card_expires_on, o.state, o.scheme, o.preschool_until, moment, batch
    FROM old AS o
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no = o.row_no
    WHERE o.operation = 3;

    -- What a cancelled coverage had ended goes on, until the next one begins.
    SELECT array_agg(k.version_id), array_agg(least(nullif(k.declared_until, 'infinity'), k.next_from))
    INTO versions, untils
    FROM pg_temp.batch_plan AS p
    JOIN coverage AS gone ON gone.version_id = p.version_id
    CROSS JOIN LATERAL (
        SELECT c.version_id, c.declared_until, (
            SELECT min(lower(f.valid))
            FROM (SELECT * FROM coverage AS v WHERE v.person_id = c.person_id OFFSET 0) AS f
            WHERE f.superseded_at = 'infinity' AND f.state = 1 AND f.scheme = 1
                AND lower(f.valid) > lower(c.valid)) AS next_from
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = gone.person_id OFFSET 0) AS c
        WHERE c.superseded_at = 'infinity' AND c.state = 1 AND c.scheme = 1
            AND c.declared_until IS NOT NULL AND upper(c.valid) = lower(gone.valid)
        OFFSET 0
    ) AS k
    WHERE p.operation = 4 AND p.outcome = 1;
    IF versions IS NOT NULL THEN
        PERFORM coverage_give_way(batch, moment, versions, untils);
    END IF;
    -- A coverage that never existed has no terms either, and no doubt about it.
    FOR term IN SELECT t.relation FROM batch_terms() AS t WHERE t.owner = 'coverage_id' LOOP
        EXECUTE format(
            'UPDATE registry.%I AS o SET superseded_at = $1 FROM pg_temp.batch_plan AS p'
            ' WHERE p.operation = 4 AND p.outcome = 1 AND o.coverage_id = p.coverage_id'
            '     AND o.superseded_at = ''infinity''', term.relation)
        USING moment;
    END LOOP;
    UPDATE person_hold AS h
    SET closed_at = moment, answer = 3
    FROM pg_temp.batch_plan AS p
    WHERE p.operation = 4 AND p.outcome = 1 AND h.person_id = p.person_id AND h.coverage_id = p.coverage_id
        AND h.closed_at IS NULL;
END
$$;
COMMENT ON FUNCTION registry.batch_write_end IS 'Writes the losses and cancellations that were laid out.';

-- ---- changes and terms --------------------------------------------------------------------------------------------------

-- A former insurer goes on setting right what its own coverage was. The person is the newer one's: it and facilities rely on it.
CREATE OR REPLACE FUNCTION registry.person_is_elsewhere(person bigint, insurer text, today date) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
    SELECT coalesce((
        SELECT k.insurer_number <> insurer COLLATE "C"
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = person OFFSET 0) AS k
        WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1 AND lower(k.valid) <= today
        ORDER BY lower(k.valid) DESC
        LIMIT 1), false)
$$;
COMMENT ON FUNCTION registry.person_is_elsewhere IS
    'Whether another insurer''s coverage of the person is the newest that has begun and is in order.';

CREATE OR REPLACE FUNCTION registry.batch_person_columns() RETURNS text[]
    LANGUAGE sql IMMUTABLE
    RETURN ARRAY['name', 'name_kana', 'name_other', 'name_other_kana', 'sex1', 'sex2', 'address', 'post_number'];
COMMENT ON FUNCTION registry.batch_person_columns IS 'Columns of a change that are about the person, whoever covers it.';

CREATE OR REPLACE FUNCTION registry.batch_plan_other(
        batch bigint, insurer text, phase smallint, from_row integer, to_row integer, today date)
    RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    planned integer;
    kind    record;
BEGIN
    INSERT INTO pg_temp.batch_plan (
        row_no, operation, outcome, findings, person_id, coverage_id, version_id, changes, row_key, event_on,
        notice_received_on, due_on, birth_date, card_key)
    SELECT
        s.row_no, s.operation,
        CASE WHEN t.all_count = 0 OR t.fit_count > 1 OR (t.fit_count = 0 AND t.all_count > 1) THEN 4
             WHEN s.operation = 2 AND (s.register_action IN (4, 5) OR x.person_id IS NOT NULL) THEN 4
             WHEN e.is_elsewhere THEN 4
             WHEN s.operation IN (5, 6, 7, 9) AND s.valid_from < t.from_on THEN 4
             WHEN s.operation = 10 AND t.fit_count = 0 THEN 4
             WHEN s.operation = 2 AND cardinality(c.changes) = 0 THEN 3
             ELSE 1 END,
        s.findings
            || CASE WHEN t.all_count = 0 THEN ARRAY['VR-62 number']
                    WHEN t.fit_count > 1 OR (t.fit_count = 0 AND t.all_count > 1) THEN ARRAY['VR-63 branch_number']
                    WHEN s.operation = 2 AND s.register_action IN (4, 5) THEN ARRAY['VR-84 -']
                    WHEN s.operation = 2 AND x.person_id IS NOT NULL THEN ARRAY['VR-14 -']
                    WHEN e.is_elsewhere THEN ARRAY['VR-86 -']
                    WHEN s.operation = 7 AND s.valid_from < t.from_on THEN ARRAY['VR-21 valid_from']
                    WHEN s.operation IN (5, 6, 9) AND s.valid_from < t.from_on THEN ARRAY['VR-68 valid_from']
                    WHEN s.operation = 10 AND t.fit_count = 0 THEN ARRAY['VR-68 examined_on']
                    WHEN s.operation = 9 AND g.is_needless THEN ARRAY['VR-27 certificate_reason']
                    ELSE '{}' END,
        t.person_id, t.coverage_id, t.version_id, c.changes, s.row_key, s.event_on, s.notice_received_on, s.due_on,
        s.birth_date, insurer || ':' || s.symbol_loose || ':' || s.number_loose
    FROM batch_stage AS s
    CROSS JOIN LATERAL (
        SELECT count(*) AS all_count, count(*) FILTER (WHERE b.is_fit) AS fit_count,
               (array_agg(b.person_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS person_id,
               (array_agg(b.coverage_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS coverage_id,
               (array_agg(b.version_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS version_id,
               (array_agg(b.from_on ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS from_on
        FROM batch_targets(insurer, s) AS b
    ) AS t
    -- The number of somebody else.
    LEFT JOIN LATERAL (
        SELECT n.person_id FROM personal_number AS n
        WHERE n.number_index = ANY (ARRAY[s.number_index, s.number_index_next])
            AND n.unlinked_at = 'infinity' AND n.state = 1 AND n.person_id <> t.person_id
        OFFSET 0
    ) AS x ON true
    -- The reason is that there is no card, or none registered, and there is one.
    LEFT JOIN LATERAL (
        SELECT EXISTS (SELECT FROM credential AS e WHERE e.person_id = t.person_id OFFSET 0) AS is_needless
        WHERE s.operation = 9 AND s.certificate_reason IN (3, 6)
        OFFSET 0
    ) AS g ON true
    LEFT JOIN LATERAL (
        SELECT ARRAY(
            SELECT f.name
            FROM person_version AS p, coverage AS k, LATERAL (VALUES
                ('name', s.name <> p.name),
                ('name_kana', s.name_kana IS DISTINCT FROM p.name_kana AND s.name_kana IS NOT NULL),
                ('name_other', s.name_other IS DISTINCT FROM p.name_other AND s.name_other IS NOT NULL),
                ('name_other_kana', s.name_other_kana IS DISTINCT FROM p.name_other_kana AND s.name_other_kana IS NOT NULL),
                ('sex1', s.sex1 <> p.sex1),
                ('sex2', s.sex2 IS DISTINCT FROM p.sex2 AND s.sex2 IS NOT NULL),
                ('address', s.address IS DISTINCT FROM p.address AND s.address IS NOT NULL),
                ('post_number', s.post_number IS DISTINCT FROM p.post_number AND s.post_number IS NOT NULL),
                ('relation', s.relation IS DISTINCT FROM k.relation AND s.relation IS NOT NULL),
                ('insured_name', s.insured_name IS DISTINCT FROM k.insured_name AND s.insured_name IS NOT NULL),
                ('card_class', s.card_class <> k.card_class),
                ('card_issued_on', s.card_issued_on IS DISTINCT FROM k.issued_on AND s.card_issued_on IS NOT NULL),
                ('card_valid_from', s.card_valid_from IS DISTINCT FROM k.card_valid_from AND s.card_valid_from IS NOT NULL),
                ('card_expires_on', s.card_expires_on IS DISTINCT FROM k.card_expires_on AND s.card_expires_on IS NOT NULL),
                ('burden_ratio', s.burden_ratio IS NOT NULL AND NOT EXISTS (
                    SELECT FROM burden_ratio AS r
                    WHERE r.coverage_id = k.coverage_id AND r.superseded_at = 'infinity'
                        AND r.valid @> s.effective_on AND r.ratio_percent = s.burden_ratio)),
                ('personal_number', s.number_index IS NOT NULL AND s.register_action IN (1, 2) AND NOT EXISTS (
                    SELECT FROM personal_number AS n
                    WHERE n.person_id = p.person_id AND n.unlinked_at = 'infinity' AND n.state = 1))
            ) AS f (name, differs)
            WHERE p.person_id = t.person_id AND p.superseded_at = 'infinity' AND k.version_id = t.version_id
                AND f.differs) AS changes
        WHERE s.operation = 2
        OFFSET 0
    ) AS c ON true
    -- What is the person's, and not the coverage's, is the newest insurer's to say.
    LEFT JOIN LATERAL (
        SELECT person_is_elsewhere(t.person_id, insurer, batch_plan_other.today) AS is_elsewhere
        WHERE s.operation = 8 OR c.changes && (batch_person_columns() || 'personal_number'::text)
        OFFSET 0
    ) AS e ON true
    WHERE s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.severity < 2
        AND s.phase = batch_plan_other.phase
        AND NOT EXISTS (SELECT FROM batch_row AS r WHERE r.batch_id = batch AND r.row_no = s.row_no OFFSET 0);
    GET DIAGNOSTICS planned = ROW_COUNT;

    -- Terms that are there already.
    FOR kind IN SELECT * FROM batch_terms() LOOP
        EXECUTE format(
            'UPDATE pg_temp.batch_plan AS p SET outcome = 3 FROM registry.batch_stage AS s'
            ' WHERE s.batch_id = $1 AND s.row_no BETWEEN $2 AND $3 AND s.row_no = p.row_no AND p.operation = %s AND p.outcome = 1 AND p.operation <> 2'
            '     AND EXISTS (SELECT FROM registry.%I AS o WHERE o.%I = p.%3$I AND o.superseded_at = ''infinity'''
            '         AND o.valid = daterange(%s, %s + 1)'
            '         AND ROW(%s) IS NOT DISTINCT FROM ROW(%s))',
            kind.operation, kind.relation, kind.owner, kind.from_on, kind.until_on, kind.old_values, kind.new_values)
        USING batch, from_row, to_row;
    END LOOP;
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_plan_other IS 'Lays out changes and terms of a range of rows, by reading only.';

-- One row for each kind of term: where it goes, and what of the staged row it takes.
CREATE OR REPLACE FUNCTION registry.batch_terms()
    RETURNS TABLE (operation smallint, relation text, owner text, columns text, old_values text, new_values text,
                   from_on text, until_on text, same text, kept_columns text, kept_values text)
    LANGUAGE sql IMMUTABLE
AS $$
    VALUES
        (2::smallint, 'burden_ratio', 'coverage_id', 'ratio_percent', 'o.ratio_percent', 's.burden_ratio',
         's.effective_on', 's.valid_until', 's.burden_ratio IS NOT NULL', '', ''),
        (5, 'ceiling', 'coverage_id', 'classification, class, issued_on, long_term_from',
         'o.classification, o.class, o.issued_on, o.long_term_from',
         's.ceiling_classification, s.ceiling_class, s.issued_on, s.long_term_from', 's.valid_from', 's.valid_until', 'true', '', ''),
        (6, 'elderly_certificate', 'coverage_id', 'issued_on, ratio_percent', 'o.issued_on, o.ratio_percent',
         's.issued_on, s.burden_ratio', 's.valid_from', 's.valid_until', 'true', '', ''),
        (7, 'specific_disease', 'coverage_id', 'category, issued_on, self_pay', 'o.category, o.issued_on, o.self_pay',
         's.disease_category, s.issued_on, s.self_pay', 's.valid_from', 's.valid_until',
         'o.category = s.disease_category', '', ''),
        (8, 'public_benefit', 'person_id', 'payer_number, recipient_number, programme, self_pay',
         'o.payer_number, o.recipient_number, o.programme, o.self_pay',
         's.payer_number, s.recipient_number, left(s.payer_number, 2), s.self_pay', 's.valid_from', 's.valid_until',
         'o.payer_number = s.payer_number', '', ''),
        (9, 'eligibility_certificate', 'coverage_id', 'number, reason, issued_on', 'o.number, o.reason, o.issued_on',
         's.certificate_number, s.certificate_reason, s.issued_on', 's.valid_from', 's.valid_until',
         'true', ', printed_from, first_id', ', o.printed_from, coalesce(o.first_id, o.version_id)'),
        (10, 'checkup', 'coverage_id', 'items', 'o.items', 's.checkup_items', 's.examined_on', 's.examined_on', 'true', '', '')
$$;
COMMENT ON FUNCTION registry.batch_terms IS 'How each kind of term is stored; kept: what of it no file says, and goes along where it stays.';

CREATE OR REPLACE FUNCTION registry.batch_write_terms(
        batch bigint, moment timestamptz, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
DECLARE
    kind record;
BEGIN
    FOR kind IN
        SELECT t.* FROM registry.batch_terms() AS t
        WHERE EXISTS (SELECT FROM pg_temp.batch_plan AS p WHERE p.operation = t.operation AND p.outcome = 1)
    LOOP
        -- What it overlaps gives way, and what is left of that on either side goes on.
        EXECUTE format(
            'WITH new AS (SELECT p.%1$I AS owner, daterange(%2$s, %9$s + 1) AS valid, s.*'
            '     FROM pg_temp.batch_plan AS p'
            '     JOIN registry.batch_stage AS s'
            '         ON s.batch_id = $1 AND s.row_no BETWEEN $3 AND $4 AND s.row_no = p.row_no'
            '     WHERE p.operation = %3$s AND p.outcome = 1 AND (p.operation <> 2 OR ''burden_ratio'' = ANY (p.changes))),'
            ' old AS (UPDATE registry.%4$I AS o SET superseded_at = $2 FROM new AS s'
            '     WHERE o.%1$I = s.owner AND o.superseded_at = ''infinity'' AND o.valid && s.valid AND %5$s'
            '     RETURNING o.*, s.valid AS by),'
            ' rest AS (INSERT INTO registry.%4$I (%1$I, %6$s%10$s, valid, recorded_at, origin)'
            '     SELECT o.%1$I, %7$s%11$s, r.valid, $2, $1 FROM old AS o,'
            '     LATERAL (VALUES (CASE WHEN lower(o.by) > coalesce(lower(o.valid), ''-infinity'')'
            '                           THEN daterange(lower(o.valid), lower(o.by)) END),'
            '                     (CASE WHEN upper(o.by) < coalesce(upper(o.valid), ''infinity'')'
            '                           THEN daterange(upper(o.by), upper(o.valid)) END)) AS r (valid)'
            '     WHERE r.valid IS NOT NULL)'
            ' INSERT INTO registry.%4$I (%1$I, %6$s, valid, recorded_at, origin)'
            ' SELECT s.owner, %8$s, s.valid, $2, $1 FROM new AS s',
            kind.owner, kind.from_on, kind.operation, kind.relation, kind.same, kind.columns, kind.old_values,
            kind.new_values, kind.until_on, kind.kept_columns, kind.kept_values)
        USING batch, moment, from_row, to_row;
    END LOOP;
END
$$;
COMMENT ON FUNCTION registry.batch_write_terms IS 'Writes the terms that were laid out.';

CREATE OR REPLACE FUNCTION registry.batch_write_change(
        batch bigint, insurer text, moment timestamptz, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    today date := civil_day(moment);
BEGIN
    WITH old AS (
        UPDATE person_version AS v
        SET superseded_at = moment
        FROM pg_temp.batch_plan AS p
        WHERE p.operation = 2 AND p.outcome = 1 AND v.person_id = p.person_id AND v.superseded_at = 'infinity'
            AND p.changes && batch_person_columns()
        RETURNING v.*, p.row_no
    )
    INSERT INTO person_version (
        person_id, name, name_kana, name_other, name_other_kana, sex1, sex2, birth_date, address, post_number, valid,
        recorded_at, origin, name_key, name_kana_key)
    SELECT
        o.person_id, coalesce(s.name, o.name), coalesce(s.name_kana, o.name_kana),
        coalesce(s.name_other, o.name_other), coalesce(s.name_other_kana, o.name_other_kana),
        coalesce(s.sex1, o.sex1), coalesce(s.sex2, o.sex2), o.birth_date, coalesce(s.address, o.address),
        coalesce(s.post_number, o.post_number), o.valid, moment, batch,
        CASE WHEN s.name IS NOT NULL THEN s.name_key ELSE o.name_key END,
        CASE WHEN s.name_kana IS NOT NULL THEN s.name_kana_key ELSE o.name_kana_key END
    FROM old AS o
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no = o.row_no;

    WITH old AS (
        UPDATE coverage AS k
        SET superseded_at = moment
        FROM pg_temp.batch_plan AS p
        WHERE p.operation = 2 AND p.outcome = 1 AND k.version_id = p.version_id AND k.superseded_at = 'infinity'
            AND p.changes && ARRAY['relation', 'insured_name', 'card_class', 'card_issued_on', 'card_valid_from',
                                   'card_expires_on']
        RETURNING k.*, p.row_no
    )
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        o.coverage_id, o.person_id, o.insurer_number, coalesce(s.card_class, o.card_class), o.symbol, o.number,
        o.branch, o.symbol_key, o.number_key, o.symbol_loose, o.number_loose, coalesce(s.relation, o.relation),
        coalesce(s.insured_name, o.insured_name), o.valid, o.declared_until, o.loss_reason,
        coalesce(s.card_issued_on, o.issued_on), coalesce(s.card_valid_from, o.card_valid_from),
        coalesce(s.card_expires_on, o.card_expires_on), o.state, o.scheme, o.preschool_until, moment, batch
    FROM old AS o
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no = o.row_no;

    PERFORM batch_numbers_follow(batch, from_row, to_row);
    INSERT INTO personal_number (
        number_id, person_id, insurer_number, source, state, sealed_by, indexed_by, sealed, number_index, linked_at,
        origin)
    SELECT s.number_id, p.person_id, insurer, coalesce(s.number_source, 1), 1, s.number_sealed_by,
           coalesce(b.index_key_next, b.index_key), s.number_sealed, coalesce(s.number_index_next, s.number_index), moment,
           batch
    FROM pg_temp.batch_plan AS p
    JOIN batch AS b ON b.batch_id = batch
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.operation = 2 AND p.outcome = 1 AND 'personal_number' = ANY (p.changes);

    INSERT INTO correction (person_id, affected, kind, recorded_at)
    SELECT p.person_id, daterange(coalesce(s.effective_on, s.valid_from), today + 1),
           CASE WHEN p.changes && ARRAY['name', 'name_kana', 'sex1'] THEN 2 ELSE 1 END, moment
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.operation IN (2, 5, 6, 7, 8) AND p.outcome = 1 AND coalesce(s.effective_on, s.valid_from) < today;
END
$$;
COMMENT ON FUNCTION registry.batch_write_change IS 'Writes the changes that were laid out, and whom they must be told to.';

-- ---- verdicts ------------------------------------------------------------------------------------------------------------

-- Every row that was laid out gets its verdict in the transaction in which it takes effect, with all that follows from
-- it: the three clocks, breaches, notices that it carries out, counts.
CREATE OR REPLACE FUNCTION registry.batch_count(batch bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    UPDATE batch AS b
    SET applied_count = b.applied_count + c.applied, held_count = b.held_count + c.held,
        unchanged_count = b.unchanged_count + c.unchanged, refused_count = b.refused_count + c.refused,
        warned_count = b.warned_count + c.warned,
        difference = batch_difference_add(b.difference, c.adds, c.ends, c.cancels, c.moves, c.terms)
    FROM (
        SELECT
            count(*) FILTER (WHERE p.outcome = 1) AS applied, count(*) FILTER (WHERE p.outcome = 2) AS held,
            count(*) FILTER (WHERE p.outcome = 3) AS unchanged, count(*) FILTER (WHERE p.outcome = 4) AS refused,
            count(*) FILTER (WHERE p.outcome <> 4 AND p.findings <> '{}') AS warned,
            count(*) FILTER (WHERE p.outcome IN (1, 2) AND p.operation = 1) AS adds,
            count(*) FILTER (WHERE p.outcome = 1 AND p.operation = 3) AS ends,
            count(*) FILTER (WHERE p.outcome = 1 AND p.operation = 4) AS cancels,
            count(*) FILTER (WHERE p.outcome = 1 AND p.operation = 1 AND NOT p.is_new_person) AS moves,
            count(*) FILTER (WHERE p.outcome = 1 AND p.operation >= 5) AS terms
        FROM pg_temp.batch_plan AS p
    ) AS c
    WHERE b.batch_id = batch;
    UPDATE batch AS b
    SET difference = jsonb_set(coalesce(b.difference, '{}'), '{changes}', coalesce(b.difference -> 'changes', '{}') || (
        SELECT jsonb_object_agg(f.name, f.times + coalesce((b.difference -> 'changes' ->> f.name)::integer, 0))
        FROM (
            SELECT u.name, count(*) AS times
            FROM pg_temp.batch_plan AS p, unnest(p.changes) AS u (name)
            WHERE p.outcome = 1
            GROUP BY u.name
        ) AS f))
    WHERE b.batch_id = batch
        AND EXISTS (SELECT FROM pg_temp.batch_plan AS p WHERE p.outcome = 1 AND p.changes <> '{}');
END
$$;
COMMENT ON FUNCTION registry.batch_count IS 'Adds what was laid out to the counts and the difference report of a batch.';

CREATE OR REPLACE FUNCTION registry.batch_settle(
        batch bigint, insurer text, moment timestamptz, is_dry_run boolean, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    today date := civil_day(moment);
    keys  text[];
    births date[];
    kinds smallint[];
    rows  integer[];
    touched bigint[];
BEGIN
    INSERT INTO batch_row (
        batch_id, row_no, operation, outcome, person_id, coverage_id, event_on, notice_received_on, due_on, recorded_at,
        row_key, findings)
    SELECT batch, p.row_no, p.operation, p.outcome, CASE WHEN is_dry_run THEN NULL ELSE p.person_id END,
           CASE WHEN is_dry_run THEN NULL ELSE p.coverage_id END, p.event_on, p.notice_received_on, p.due_on, moment,
           p.row_key, nullif(p.findings, '{}')
    FROM pg_temp.batch_plan AS p;

    IF is_dry_run THEN
        PERFORM batch_count(batch);
        RETURN;
    END IF;

    -- The second term: from the notice to the registration.
    INSERT INTO registration_breach (
        insurer_number, kind, batch_id, row_no, event_on, received_on, due_on, done_on, delay_reason, recorded_at)
    SELECT insurer, 1, batch, p.row_no, s.event_on, s.notice_received_on, s.due_on, today, s.delay_reason, moment
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome IN (1, 2) AND p.due_on < today;
    -- The first term: from the event to the notice.
    INSERT INTO registration_breach (
        insurer_number, kind, batch_id, row_no, event_on, received_on, due_on, done_on, recorded_at)
    SELECT insurer, 3, batch, e.row_no, e.event_on, e.notice_received_on, d.due_on, e.notice_received_on, moment
    FROM (
        SELECT DISTINCT p.event_on
        FROM pg_temp.batch_plan AS p
        WHERE p.outcome IN (1, 2) AND p.notice_received_on > p.event_on + 4
    ) AS day
    CROSS JOIN LATERAL (
        SELECT due_day(day.event_on, policy_number('notice_due_days', day.event_on)) AS due_on
    ) AS d
    JOIN (
        SELECT p.row_no, p.event_on, p.notice_received_on
        FROM pg_temp.batch_plan AS p
        WHERE p.outcome IN (1, 2)
    ) AS e ON e.event_on = day.event_on AND e.notice_received_on > d.due_on;

    -- Notices that these rows carry out.
    -- The order is that of the index, and OFFSET 0 keeps it: without them the planner reads the table, believing that one turns
    -- up at once.
    IF EXISTS (
        SELECT FROM notice AS n
        WHERE n.insurer_number = insurer AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
        ORDER BY n.due_on, n.notice_id
        LIMIT 1 OFFSET 0)
    THEN
        SELECT array_agg(p.row_no), array_agg(p.card_key), array_agg(p.birth_date),
               array_agg(CASE p.operation WHEN 1 THEN 1 WHEN 3 THEN 2 ELSE 3 END::smallint)
        INTO rows, keys, births, kinds
        FROM pg_temp.batch_plan AS p
        WHERE p.outcome IN (1, 2) AND p.operation <= 3
            AND (p.card_key, p.birth_date) IN (
                SELECT n.card_key, n.birth_date FROM notice AS n
                WHERE n.insurer_number = insurer AND n.superseded_at = 'infinity' AND n.state IN (1, 4));
        IF keys IS NOT NULL THEN
            PERFORM notice_fulfil(batch, insurer, rows, keys, births, kinds);
        END IF;
    END IF;

    -- Who is new has a dossier already (batch_write_dossiers), and checkups do not stand in dossiers.
    touched := ARRAY(
        SELECT p.person_id FROM pg_temp.batch_plan AS p
        WHERE p.outcome IN (1, 2) AND p.person_id IS NOT NULL AND p.operation <> 10 AND NOT p.is_new_person
        UNION
        SELECT p.other_person_id FROM pg_temp.batch_plan AS p WHERE p.outcome IN (1, 2) AND p.seals_other);
    IF touched <> '{}' THEN
        PERFORM dossier_refresh(touched);
    END IF;

    -- Rows that other lanes count in too come last, and always in this order.
    INSERT INTO registration_day AS r (insurer_number, day, lag_days, is_late, count)
    SELECT insurer, today, today - p.notice_received_on, p.due_on < today, count(*)
    FROM pg_temp.batch_plan AS p
    WHERE p.outcome IN (1, 2) AND p.notice_received_on IS NOT NULL AND p.due_on IS NOT NULL
    GROUP BY 3, 4
    ON CONFLICT (insurer_number, day, lag_days, is_late) DO UPDATE SET count = r.count + excluded.count;
    PERFORM batch_count(batch);
END
$$;
COMMENT ON FUNCTION registry.batch_settle IS 'Writes the verdicts of the rows that were laid out, and what follows from them.';

CREATE OR REPLACE FUNCTION registry.batch_difference_add(
        old jsonb, adds bigint, ends bigint, cancels bigint, moves bigint, terms bigint)
    RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(old, '{}') || jsonb_build_object(
        'adds', coalesce((old ->> 'adds')::bigint, 0) + adds, 'ends', coalesce((old ->> 'ends')::bigint, 0) + ends,
        'cancels', coalesce((old ->> 'cancels')::bigint, 0) + cancels,
        'moves', coalesce((old ->> 'moves')::bigint, 0) + moves,
        'terms', coalesce((old ->> 'terms')::bigint, 0) + terms);
COMMENT ON FUNCTION registry.batch_difference_add IS 'The difference report of a batch, with more counts added to it.';

-- ---- the loop --------------------------------------------------------------------------------------------------------------

-- A window is the next rows of the phase under way, cut into ranges, one for each lane. Rows of one phase never meet in a
-- coverage or a person (batch_resolve sees to that), so ranges of a window go side by side; windows, and whoever else
-- changes people, come one after the other. A range skips rows that have their verdict: so whatever dies, the window
-- that was not noted as done is done again, and only what is missing of it takes effect.
CREATE OR REPLACE FUNCTION registry.batch_window_open(batch bigint, moment timestamptz, rows_at_once integer)
    RETURNS TABLE (phase smallint, from_row integer, to_row integer, is_finished boolean, is_stale boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    job record;
BEGIN
    PERFORM apply_lock(); -- held until the window is closed
    SELECT * INTO STRICT job FROM batch AS b WHERE b.batch_id = batch AND b.state = 5;
    IF job.phase_row >= job.row_count THEN
        job.phase := (SELECT min(p) FROM unnest(job.phases) AS p WHERE p > job.phase);
        job.phase_row := 0;
    END IF;
    IF job.phase IS NULL THEN
        PERFORM batch_is_over();
        UPDATE batch AS b SET state = 6, finished_at = moment WHERE b.batch_id = batch;
        IF NOT job.is_dry_run THEN
            UPDATE insurer AS i SET last_heard_at = moment WHERE i.insurer_number = job.insurer_number;
        END IF;
    END IF;
    RETURN QUERY
    SELECT coalesce(job.phase, 0)::smallint, job.phase_row + 1, least(job.phase_row + rows_at_once, job.row_count),
           job.phase IS NULL, job.phase IS NOT NULL AND batch_is_stale(batch);
END
$$;
COMMENT ON FUNCTION registry.batch_window_open IS 'The rows that are next, or the end of the batch. Begins a transaction that batch_window_close ends.';

CREATE OR REPLACE FUNCTION registry.batch_window_close(batch bigint, phase smallint, to_row integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    UPDATE batch AS b
    SET phase = batch_window_close.phase, phase_row = to_row, failures = 0, rests_until = NULL
    WHERE b.batch_id = batch
$$;
COMMENT ON FUNCTION registry.batch_window_close IS 'Notes that all ranges of a window are done.';

-- One range of a window, in a transaction of its own.
CREATE OR REPLACE FUNCTION registry.batch_range(
        batch bigint, phase smallint, from_row integer, to_row integer, moment timestamptz)
    RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    job     record;
    planned integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('registry.range', 0)); -- apply_lock() waits for its end
    SELECT * INTO STRICT job FROM batch AS b WHERE b.batch_id = batch AND b.state = 5;
    CASE phase / 10
        WHEN 0 THEN planned := batch_plan_refused(batch, from_row, to_row);
        WHEN 1, 3 THEN planned := batch_plan_end(batch, job.insurer_number, phase, from_row, to_row);
        WHEN 2 THEN planned := batch_plan_acquire(batch, job.insurer_number, phase, from_row, to_row);
        ELSE planned := batch_plan_other(batch, job.insurer_number, phase, from_row, to_row, civil_day(moment));
    END CASE;
    IF planned = 0 THEN
        RETURN 0;
    END IF;
    IF NOT job.is_dry_run AND phase >= 10 THEN
        CASE phase / 10
            WHEN 1, 3 THEN PERFORM batch_write_end(batch, moment, from_row, to_row);
            WHEN 2 THEN PERFORM batch_write_acquire(batch, job.insurer_number, moment, from_row, to_row);
            ELSE
                PERFORM batch_write_change(batch, job.insurer_number, moment, from_row, to_row);
                PERFORM batch_write_terms(batch, moment, from_row, to_row);
        END CASE;
    END IF;
    PERFORM batch_settle(batch, job.insurer_number, moment, job.is_dry_run, from_row, to_row);
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_range IS 'Lays out and writes the rows of a range that belong to the phase; how many.';

-- Rows that the rules refuse, and those that another row of the file says too: nothing to do but to say so.
CREATE OR REPLACE FUNCTION registry.batch_plan_refused(batch bigint, from_row integer, to_row integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    planned integer;
BEGIN
    INSERT INTO pg_temp.batch_plan (row_no, operation, outcome, findings, row_key, event_on, notice_received_on, due_on)
    SELECT s.row_no, s.operation, CASE s.severity WHEN 3 THEN 3 ELSE 4 END, s.findings, s.row_key, s.event_on,
           s.notice_received_on, s.due_on
    FROM batch_stage AS s
    WHERE s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.severity >= 2
        AND NOT EXISTS (SELECT FROM batch_row AS r WHERE r.batch_id = batch AND r.row_no = s.row_no OFFSET 0);
    GET DIAGNOSTICS planned = ROW_COUNT;
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_plan_refused IS 'Lays out the rows of a range that take no effect.';

-- ---- at work -----------------------------------------------------------------------------------------------------------------

-- The next batch to work on: those under way first, then in the order in which they became whole. Small ones have a line of
-- their own, so that a single registration never waits behind a million others.
CREATE OR REPLACE FUNCTION registry.batch_take(small_bytes int8, is_small bool) RETURNS TABLE (
        batch_id int8, insurer_number text, insurer_from date, insurer_until date, format int2, packing int2,
        charset int2, is_dry_run bool, state int2, phase int2, row_count int4, staged_count int4, staged_there int4,
        received_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT b.batch_id, b.insurer_number, i.valid_from, i.valid_to, b.format, b.packing, b.charset, b.is_dry_run, b.state,
           b.phase, b.row_count, b.staged_count,
           CASE WHEN b.staged_count > 0 AND NOT batch_is_stale(b.batch_id)
                THEN (SELECT count(*)::int4 FROM batch_stage AS s WHERE s.batch_id = b.batch_id) ELSE 0 END,
           b.received_at
    FROM batch AS b
    JOIN insurer AS i USING (insurer_number)
    WHERE (b.state IN (2, 3, 5) OR b.state = 6 AND b.phase = 90) AND (b.received_bytes <= small_bytes) = is_small
        -- One that failed rests, and what its insurer sent after it waits for it.
        AND NOT EXISTS (
            SELECT FROM batch AS o
            WHERE o.insurer_number = b.insurer_number AND o.rests_until > clock_timestamp()
                AND (o.state IN (2, 3, 5) OR o.state = 6 AND o.phase = 90)
                AND (o.received_bytes <= small_bytes) = is_small
                AND (o.received_at, o.batch_id) <= (b.received_at, b.batch_id))
    ORDER BY b.state DESC, b.received_at, b.batch_id
    LIMIT 1;
END
$$;
COMMENT ON FUNCTION registry.batch_take IS 'The batch that is next, of those up to so many bytes or of the others.';

-- A batch that the database refuses rests before it is tried again, twice as long each time, up to five minutes: so
-- those of others never wait for it.
CREATE OR REPLACE FUNCTION registry.batch_rest(batch bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    UPDATE batch AS b
    SET failures = least(b.failures + 1, 100),
        rests_until = clock_timestamp() + least(0.25 * 2 ^ least(b.failures, 20), 300) * interval '1 second'
    WHERE b.batch_id = batch
$$;
COMMENT ON FUNCTION registry.batch_rest IS 'Lets a batch that failed step aside for a while.';

-- Whoever changes people by rows or by answers does so one after the other: each must see what the one before has written.
CREATE OR REPLACE FUNCTION registry.apply_lock() RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('registry.apply', 0));
    -- A registrar that was killed leaves ranges under way, which the database carries to their ends.
    SELECT pg_advisory_lock(hashtextextended('registry.range', 0));
    SELECT pg_advisory_unlock(hashtextextended('registry.range', 0));
$$;
COMMENT ON FUNCTION registry.apply_lock IS 'Waits until nobody else is applying rows or answers, until the end of the transaction.';

CREATE OR REPLACE FUNCTION registry.batch_undo(insurer_number text, batch_id int8, user_id text, moment timestamptz)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held
    FROM batch AS b
    WHERE b.batch_id = batch_undo.batch_id AND b.insurer_number = batch_undo.insurer_number
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    outcome := CASE
        WHEN held.state = 9 OR held.state = 6 AND held.phase = 90 THEN 2
        WHEN held.state <> 6 OR held.is_dry_run THEN 4
        WHEN civil_day(moment) > civil_day(held.finished_at)
            + policy_number('batch_undo_days', civil_day(held.finished_at)) THEN 5
        ELSE 1
    END;
    IF outcome = 1 THEN
        UPDATE batch AS b SET phase = 90, phase_row = 0, undone_by = batch_undo.user_id
        WHERE b.batch_id = batch_undo.batch_id;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.batch_undo IS
    'Asks for a batch of this insurer to be taken back: 1 it will be, 2 it is or will be already, 4 there is nothing to take back, 5 too late.';

CREATE OR REPLACE FUNCTION registry.batch_check_begin(batch bigint, index_key smallint, index_key_next smallint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    DELETE FROM batch_stage AS s WHERE s.batch_id = batch;
    UPDATE batch AS b
    SET state = CASE WHEN b.state = 2 THEN 3 ELSE b.state END, staged_count = 0,
        index_key = batch_check_begin.index_key, index_key_next = batch_check_begin.index_key_next
    WHERE b.batch_id = batch AND b.state IN (2, 3, 5);
$$;
COMMENT ON FUNCTION registry.batch_check_begin IS
    'Begins to read the rows of a batch, under these keys of the blind index; again where what had been read is lost or stale.';

CREATE OR REPLACE FUNCTION registry.batch_staged(batch bigint, rows integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    UPDATE batch AS b SET staged_count = rows WHERE b.batch_id = batch AND b.state = 3;
$$;
COMMENT ON FUNCTION registry.batch_staged IS
    'How many rows have been read, for those who watch. Of a batch that is read again it stays 0 until all are there.';

-- All rows are there: settle those that speak of the same thing, and look whether a second person must release it.
CREATE OR REPLACE FUNCTION registry.batch_check_end(
        batch bigint, rows integer, moment timestamptz, index_key smallint, index_key_next smallint)
    RETURNS TABLE (state smallint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    job   record;
    waits boolean;
BEGIN
    SELECT * INTO STRICT job FROM batch AS b WHERE b.batch_id = batch FOR NO KEY UPDATE;
    IF job.state NOT IN (3, 5) THEN
        RETURN QUERY SELECT job.state; -- cancelled meanwhile
        RETURN;
    END IF;
    -- No rotation begins until this is settled. If one has, or another registrar reads the rows under other keys, they are
    -- read once more: links would not be found by what is staged.
    PERFORM FROM number_key FOR SHARE;
    IF job.index_key IS DISTINCT FROM batch_check_end.index_key OR job.index_key_next IS DISTINCT FROM batch_check_end.index_key_next
        OR batch_is_stale(batch)
    THEN
        RETURN QUERY SELECT 3::smallint;
        RETURN;
    END IF;
    PERFORM batch_resolve(batch);
    UPDATE batch AS b
    SET row_count = rows, staged_count = rows, checked_at = coalesce(b.checked_at, moment)
    WHERE b.batch_id = batch;
    -- What had begun to be applied goes on; its phases are what they were.
    IF job.state <> 5 THEN
        waits := batch_guard(batch, job.insurer_number, civil_day(moment)) AND job.released_at IS NULL
            AND NOT job.is_dry_run;
        UPDATE batch AS b
        SET state = CASE WHEN waits THEN 4 ELSE 5 END, phase = -1, phase_row = rows
        WHERE b.batch_id = batch;
    END IF;
    RETURN QUERY SELECT b.state FROM batch AS b WHERE b.batch_id = batch;
END
$$;
COMMENT ON FUNCTION registry.batch_check_end IS
    'All rows of a batch have been read under these keys: on to applying, to waiting for a second person, or to being read again.';

CREATE OR REPLACE FUNCTION registry.batch_refuse(batch bigint, code text, moment timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT batch_is_over();
    DELETE FROM batch_stage AS s WHERE s.batch_id = batch;
    UPDATE batch AS b SET state = 7, refusal = code, finished_at = moment
    WHERE b.batch_id = batch AND b.state IN (1, 2, 3);
$$;
COMMENT ON FUNCTION registry.batch_refuse IS 'Refuses a file as a whole; nothing of it takes effect.';

CREATE OR REPLACE FUNCTION registry.batch_sweep(batch bigint, rows_at_once integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
DECLARE
    gone integer;
BEGIN
    DELETE FROM batch_stage AS s
    WHERE s.ctid = ANY (ARRAY(SELECT t.ctid FROM batch_stage AS t WHERE t.batch_id = batch LIMIT rows_at_once));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION registry.batch_sweep IS 'Removes the staged rows of a finished batch, so many at once.';

-- Of batches whose line died before it had swept, and of those that were cancelled when their rows had been read.
CREATE OR REPLACE FUNCTION registry.batch_sweep_left(rows_at_once integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    gone integer := 0;
    next bigint := 0;
BEGIN
    -- From one batch to the next by the key: there are few.
    LOOP
        next := (SELECT min(s.batch_id) FROM batch_stage AS s WHERE s.batch_id > next);
        EXIT WHEN next IS NULL OR gone >= rows_at_once;
        IF NOT EXISTS (SELECT FROM batch AS b WHERE b.batch_id = next AND b.state BETWEEN 1 AND 5) THEN
            gone := gone + batch_sweep(next, rows_at_once - gone);
        END IF;
    END LOOP;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION registry.batch_sweep_left IS 'Removes staged rows that no batch needs any more, so many at once.';

CREATE OR REPLACE FUNCTION registry.number_ids_reserve(wanted integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
DECLARE
    first bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('registry.number_id', 0));
    first := nextval('number_id');
    PERFORM setval('number_id', first + wanted - 1);
    RETURN first;
END
$$;
COMMENT ON FUNCTION registry.number_ids_reserve IS 'Reserves so many numbers of links; the first of them.';

-- ---- undo ----------------------------------------------------------------------------------------------------------------------

-- Takes back what a batch did, person by person: what it superseded becomes current again, as new versions. A person whom
-- somebody has changed since is left as it is and counted.
CREATE OR REPLACE FUNCTION registry.batch_undo_step(batch bigint, moment timestamptz, rows_at_once integer)
    RETURNS TABLE (is_finished boolean, undone integer, left_alone integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan -- so that numbers of people are looked up by a hash
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    job    record;
    today  date := civil_day(moment);
    asked  bigint[];
    before bigint[];
    people bigint[];
    freed  bigint[];
    gone   bigint[];
    term   record;
BEGIN
    PERFORM apply_lock();
    SELECT * INTO STRICT job FROM batch AS b WHERE b.batch_id = batch AND b.state = 6 AND b.phase = 90
    FOR NO KEY UPDATE;
    -- Those whom the rows were about, and those to whom a coverage has moved since, when a doubt was settled.
    asked := ARRAY(
        SELECT DISTINCT x.person_id
        FROM batch_row AS r
        LEFT JOIN coverage AS k ON k.coverage_id = r.coverage_id AND k.superseded_at = 'infinity' AND k.origin = batch
        CROSS JOIN LATERAL (VALUES (r.person_id), (k.person_id)) AS x (person_id)
        WHERE r.batch_id = batch AND r.row_no > job.phase_row AND r.row_no <= job.phase_row + rows_at_once
            AND r.outcome IN (1, 2) AND x.person_id IS NOT NULL
        ORDER BY 1);
    -- Who stands in an earlier row, too, went back with it. One look at those rows for all: they are by no person's index.
    before := ARRAY(
        SELECT r.person_id FROM batch_row AS r
        WHERE r.batch_id = batch AND r.row_no <= job.phase_row AND r.person_id = ANY (asked));
    -- Nobody else has changed them since this batch: everything recorded later than it began is its own.
    people := ARRAY(
        SELECT q.person_id FROM unnest(asked) AS q (person_id)
        WHERE NOT EXISTS (SELECT FROM coverage AS k WHERE k.person_id = q.person_id AND k.recorded_at > job.checked_at
                              AND k.origin IS DISTINCT FROM batch)
            AND NOT EXISTS (SELECT FROM person_version AS v WHERE v.person_id = q.person_id
                              AND v.recorded_at > job.checked_at AND v.origin IS DISTINCT FROM batch)
            AND q.person_id <> ALL (before));
    FOR term IN SELECT * FROM batch_terms() LOOP
        EXECUTE format(
            'SELECT ARRAY(SELECT q FROM unnest($1) AS q WHERE NOT EXISTS ('
            '     SELECT FROM %2$s CROSS JOIN LATERAL (SELECT * FROM registry.%1$I AS v'
            '         WHERE v.%3$I = w.owner AND v.superseded_at = ''infinity'' OFFSET 0) AS o'
            '     WHERE o.recorded_at > $3 AND o.origin IS DISTINCT FROM $2))',
            term.relation,
            CASE term.owner WHEN 'person_id' THEN '(SELECT q AS owner) AS w'
                ELSE '(SELECT DISTINCT k.coverage_id AS owner FROM registry.coverage AS k WHERE k.person_id = q) AS w' END,
            term.owner)
        INTO people USING people, batch, job.checked_at;
    END LOOP;
    -- A coverage from before the batch may have been withdrawn since by its insurer, which leaves no version to tell by.
    gone := ARRAY(
        SELECT k.coverage_id
        FROM unnest(people) AS q (person_id)
        JOIN coverage AS k ON k.person_id = q.person_id
        WHERE k.recorded_at <= job.checked_at AND k.superseded_at > job.checked_at
            AND NOT EXISTS (SELECT FROM coverage AS c WHERE c.coverage_id = k.coverage_id AND c.superseded_at = 'infinity'));
    IF gone <> '{}' THEN
        gone := ARRAY(
            SELECT g FROM unnest(gone) AS g
            EXCEPT
            SELECT r.coverage_id FROM batch_row AS r
            WHERE r.batch_id = batch AND r.operation = 4 AND r.outcome = 1 AND r.coverage_id = ANY (gone));
        people := ARRAY(
            SELECT q FROM unnest(people) AS q
            EXCEPT
            SELECT k.person_id FROM coverage AS k WHERE k.coverage_id = ANY (gone));
    END IF;

    -- Coverages: the batch's own versions end; the last version from before it comes back. What ends is found person by person,
    -- and by its place: the planner knows nothing yet of what this batch has written, and would read all there is for each.
    CREATE TEMPORARY TABLE IF NOT EXISTS pg_temp.batch_undo (version_id bigint, person_id bigint)
        ON COMMIT DELETE ROWS;
    DELETE FROM pg_temp.batch_undo;
    INSERT INTO pg_temp.batch_undo (version_id, person_id)
    SELECT DISTINCT ON (k.coverage_id) k.version_id, k.person_id
    FROM unnest(people) AS q (person_id)
    JOIN coverage AS k ON k.person_id = q.person_id
    WHERE k.recorded_at <= job.checked_at AND k.superseded_at > job.checked_at
        AND k.origin IS DISTINCT FROM batch
    ORDER BY k.coverage_id, k.superseded_at DESC;
    UPDATE coverage AS k SET superseded_at = moment
    WHERE k.superseded_at = 'infinity' AND k.ctid = ANY (ARRAY(
        SELECT v.ctid
        FROM unnest(people) AS q (person_id)
        CROSS JOIN LATERAL (
            SELECT c.ctid, c.superseded_at, c.origin FROM coverage AS c WHERE c.person_id = q.person_id OFFSET 0
        ) AS v
        WHERE v.superseded_at = 'infinity' AND v.origin = batch));
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        k.coverage_id, k.person_id, k.insurer_number, k.card_class, k.symbol, k.number, k.branch, k.symbol_key,
        k.number_key, k.symbol_loose, k.number_loose, k.relation, k.insured_name, k.valid, k.declared_until,
        k.loss_reason, k.issued_on, k.card_valid_from, k.card_expires_on, k.state, k.scheme, k.preschool_until, moment,
        k.origin
    FROM pg_temp.batch_undo AS u
    JOIN coverage AS k USING (version_id)
    WHERE k.superseded_at <> 'infinity'
        AND NOT EXISTS (SELECT FROM coverage AS c WHERE c.coverage_id = k.coverage_id AND c.superseded_at = 'infinity');

    WITH ended AS (
        UPDATE person_version AS v SET superseded_at = moment
        WHERE v.superseded_at = 'infinity' AND v.ctid = ANY (ARRAY(
            SELECT o.ctid
            FROM unnest(people) AS q (person_id)
            CROSS JOIN LATERAL (
                SELECT n.ctid, n.origin FROM person_version AS n
                WHERE n.person_id = q.person_id AND n.superseded_at = 'infinity'
                OFFSET 0
            ) AS o
            WHERE o.origin = batch))
        RETURNING v.person_id
    )
    INSERT INTO person_version (
        person_id, name, name_kana, name_other, name_other_kana, sex1, sex2, birth_date, address, post_number, valid,
        recorded_at, origin, name_key, name_kana_key)
    SELECT DISTINCT ON (v.person_id)
        v.person_id, v.name, v.name_kana, v.name_other, v.name_other_kana, v.sex1, v.sex2, v.birth_date, v.address,
        v.post_number, v.valid, moment, v.origin, v.name_key, v.name_kana_key
    FROM ended AS e
    JOIN person_version AS v USING (person_id)
    WHERE v.origin IS DISTINCT FROM batch AND v.superseded_at <> 'infinity'
    ORDER BY v.person_id, v.superseded_at DESC;

    FOR term IN SELECT * FROM batch_terms() LOOP
        EXECUTE format(
            'WITH owners AS (%2$s),'
            ' ended AS (UPDATE registry.%1$I AS o SET superseded_at = $2'
            '     WHERE o.superseded_at = ''infinity'' AND o.ctid = ANY (ARRAY('
            '         SELECT v.ctid FROM owners AS w'
            '         CROSS JOIN LATERAL (SELECT t.ctid, t.superseded_at, t.origin FROM registry.%1$I AS t'
            '             WHERE t.%3$I = w.owner OFFSET 0) AS v'
            '         WHERE v.superseded_at = ''infinity'' AND v.origin = $3)))'
            ' INSERT INTO registry.%1$I (%3$I, %4$s%6$s, valid, recorded_at, origin)'
            ' SELECT o.%3$I, %5$s%7$s, o.valid, $2, o.origin FROM owners AS w'
            ' CROSS JOIN LATERAL (SELECT * FROM registry.%1$I AS t WHERE t.%3$I = w.owner OFFSET 0) AS o'
            ' WHERE o.origin IS DISTINCT FROM $3 AND o.recorded_at <= $4'
            '     AND o.superseded_at > $4 AND o.superseded_at <> ''infinity''',
            term.relation,
            CASE term.owner WHEN 'person_id' THEN 'SELECT q AS owner FROM unnest($1) AS q'
                ELSE 'SELECT DISTINCT k.coverage_id AS owner FROM unnest($1) AS q'
                     ' JOIN registry.coverage AS k ON k.person_id = q' END,
            term.owner, term.columns, term.old_values, term.kept_columns, term.kept_values)
        USING people, moment, batch, job.checked_at;
    END LOOP;

    UPDATE personal_number AS n SET unlinked_at = moment
    WHERE n.unlinked_at = 'infinity' AND n.ctid = ANY (ARRAY(
        SELECT o.ctid
        FROM unnest(people) AS q (person_id)
        CROSS JOIN LATERAL (
            SELECT p.ctid, p.unlinked_at, p.origin FROM personal_number AS p WHERE p.person_id = q.person_id OFFSET 0
        ) AS o
        WHERE o.unlinked_at = 'infinity' AND o.origin = batch));
    -- Doubts about a row end with what it had registered, also those of other insurers; where that stands, they stay.
    WITH settled AS (
        UPDATE person_hold AS h SET closed_at = moment, answer = 3
        WHERE h.batch_id = batch AND h.closed_at IS NULL AND h.row_no > job.phase_row
            AND h.row_no <= job.phase_row + rows_at_once
            AND NOT EXISTS (SELECT FROM batch_row AS r
                            JOIN coverage AS k ON k.coverage_id = r.coverage_id AND k.superseded_at = 'infinity'
                            WHERE r.batch_id = batch AND r.row_no = h.row_no)
        RETURNING h.person_id
    )
    SELECT array_agg(s.person_id) INTO freed FROM settled AS s;
    INSERT INTO correction (person_id, affected, kind, recorded_at)
    SELECT q.person_id, daterange(NULL, today + 1), 1, moment FROM unnest(people) AS q (person_id);
    PERFORM dossier_refresh(people || freed);

    IF job.phase_row + rows_at_once >= job.row_count THEN
        PERFORM batch_is_over();
    END IF;
    UPDATE batch AS b
    SET phase_row = least(job.phase_row + rows_at_once, b.row_count),
        state = CASE WHEN job.phase_row + rows_at_once >= b.row_count THEN 9 ELSE b.state END,
        undone_at = CASE WHEN job.phase_row + rows_at_once >= b.row_count THEN moment ELSE b.undone_at END,
        difference = coalesce(b.difference, '{}') || jsonb_build_object(
            'undone', coalesce((b.difference ->> 'undone')::integer, 0) + cardinality(people),
            'left_alone', coalesce((b.difference ->> 'left_alone')::integer, 0) + cardinality(asked) - cardinality(people))
    WHERE b.batch_id = batch;
    RETURN QUERY SELECT job.phase_row + rows_at_once >= job.row_count, cardinality(people),
                        cardinality(asked) - cardinality(people);
END
$$;
COMMENT ON FUNCTION registry.batch_undo_step IS 'Takes back what the next range of rows of a batch did, in one transaction.';
