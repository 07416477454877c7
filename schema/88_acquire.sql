-- Applying rows of a batch, first part: acquisitions. What each row will do is laid out first (batch_plan), by reading
-- only; then it is written, table by table. A plan that is made for a dry run is the same plan, and nothing is written.
CREATE OR REPLACE FUNCTION registry.batch_session_open() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET client_min_messages = warning
AS $$
BEGIN
    CREATE TEMPORARY TABLE IF NOT EXISTS pg_temp.batch_plan (
        row_no          integer NOT NULL,
        operation       smallint NOT NULL,
        outcome         smallint NOT NULL,
        findings        text[] NOT NULL,
        person_id       bigint,
        is_new_person   boolean NOT NULL DEFAULT false,
        renews_person   boolean NOT NULL DEFAULT false,
        coverage_id     bigint,
        version_id      bigint,
        state           smallint NOT NULL DEFAULT 1,
        until_on        date,
        declared_until  date,
        number_state    smallint,
        hold_kind       smallint,
        hold_scope      smallint,
        other_person_id bigint,
        seals_other     boolean NOT NULL DEFAULT false,
        changes         text[],
        -- What is needed again and again, so that the wide staged row is not read each time.
        row_key            text,
        event_on           date,
        notice_received_on date,
        due_on             date,
        birth_date         date,
        acquired_on        date,
        burden_ratio       smallint,
        card_key           text COLLATE "C",
        has_ceiling        boolean NOT NULL DEFAULT false,
        has_serial         boolean NOT NULL DEFAULT false
    ) ON COMMIT DELETE ROWS;
    -- Nobody is promised a step: what is lost with the database is done again, from the last step that is there. So steps
    -- need not wait for the disk, nor questions for the disk to take a whole step in; what ends a batch waits (batch_is_over).
    PERFORM set_config('synchronous_commit', 'off', false);
END
$$;
COMMENT ON FUNCTION registry.batch_session_open IS
    'Makes the session''s own table in which rows are laid out before they are applied. Once for each connection.';

CREATE OR REPLACE FUNCTION registry.batch_is_over() RETURNS void
    LANGUAGE sql
    SET search_path = registry, pg_temp
AS $$
    SELECT set_config('synchronous_commit', 'on', true)
$$;
COMMENT ON FUNCTION registry.batch_is_over IS 'Lets the commit of this transaction wait until it, and all before it, is on disk.';

-- Reads what the registry holds about each acquisition of a range of rows, and decides. Each table is read in a subquery
-- that OFFSET 0 keeps whole, by the one index that serves its condition; what else must hold stands outside. So the plan
-- is right whatever the planner believes of tables that grow while it is in use.
CREATE OR REPLACE FUNCTION registry.batch_plan_acquire(
        batch bigint, insurer text, phase smallint, from_row integer, to_row integer)
    RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    not_the_same_day CONSTANT bigint := 2::bigint ^ 62; -- beyond all numbers of versions
    done    integer[] := ARRAY(
        SELECT r.row_no FROM batch_row AS r WHERE r.batch_id = batch AND r.row_no BETWEEN from_row AND to_row);
    planned integer;
BEGIN
    INSERT INTO pg_temp.batch_plan (
        row_no, operation, outcome, findings, person_id, is_new_person, renews_person, coverage_id, version_id, state,
        until_on, declared_until, number_state, hold_kind, hold_scope, other_person_id, seals_other, row_key, event_on,
        notice_received_on, due_on, birth_date, acquired_on, burden_ratio, card_key, has_ceiling, has_serial)
    SELECT
        d.row_no, 1,
        CASE WHEN d.own_version IS NOT NULL THEN CASE WHEN d.own_same THEN 3 ELSE 4 END
             WHEN d.hold_scope > 0 THEN 2
             ELSE 1 END,
        d.findings
            || CASE WHEN d.own_version IS NOT NULL AND NOT d.own_same
                    THEN ARRAY[CASE WHEN d.own_from = d.acquired_on THEN 'VR-60 -' ELSE 'VR-61 acquired_on' END]
                    ELSE '{}' END
            || CASE WHEN d.own_version IS NULL AND d.older_count > 0 THEN ARRAY['VR-13 acquired_on'] ELSE '{}' END
            || CASE WHEN d.own_version IS NULL AND d.gap_days > 0 THEN ARRAY['VR-66 acquired_on'] ELSE '{}' END
            || CASE WHEN d.own_version IS NULL AND d.is_alone THEN ARRAY['VR-23 relation'] ELSE '{}' END
            || CASE d.hold_kind
                   WHEN 1 THEN CASE d.hold_scope WHEN 2 THEN ARRAY['VR-84 -'] ELSE ARRAY['VR-85 -'] END
                   WHEN 2 THEN ARRAY['VR-83 personal_number']
                   WHEN 3 THEN ARRAY['VR-16 -']
                   WHEN 4 THEN CASE d.hold_scope WHEN 2 THEN ARRAY['VR-14 -'] ELSE ARRAY['VR-15 -'] END
                   WHEN 5 THEN ARRAY['VR-17 personal_number']
                   WHEN 6 THEN ARRAY['VR-24 birth_date']
                   WHEN 8 THEN ARRAY['VR-29 credential_serial']
                   ELSE '{}' END,
        -- Own numbers for what will be new.
        CASE WHEN d.own_version IS NULL AND d.link_person IS NULL THEN nextval('person_person_id_seq')
             ELSE coalesce(d.own_person, d.link_person) END,
        d.own_version IS NULL AND d.link_person IS NULL,
        d.link_person IS NOT NULL AND d.own_version IS NULL AND d.renews,
        CASE WHEN d.own_version IS NULL THEN nextval('coverage_id') ELSE d.own_coverage END, d.own_version,
        CASE WHEN d.hold_scope = 2 THEN 2 ELSE 1 END,
        CASE WHEN d.next_from IS NOT NULL AND (d.lost_on IS NULL OR d.next_from < d.lost_on) THEN d.next_from
             ELSE d.lost_on END,
        CASE WHEN d.next_from IS NOT NULL AND (d.lost_on IS NULL OR d.next_from < d.lost_on)
             THEN coalesce(d.lost_on, 'infinity') END,
        CASE WHEN d.number_index IS NULL OR d.own_version IS NOT NULL OR d.link_person IS NOT NULL THEN NULL
             WHEN d.number_person IS NULL AND coalesce(d.hold_scope, 0) = 0 THEN 1
             ELSE 2 END,
        CASE WHEN d.own_version IS NULL THEN d.hold_kind END,
        CASE WHEN d.own_version IS NULL THEN d.hold_scope END,
        CASE d.hold_kind WHEN 5 THEN d.twin_person WHEN 8 THEN d.serial_person
                         ELSE CASE WHEN d.differs_birth OR d.differs_names THEN d.number_person END END,
        d.own_version IS NULL AND d.differs_birth AND d.register_action IN (1, 2) AND d.hold_kind IS NULL,
        d.row_key, d.event_on, d.notice_received_on, d.due_on, d.birth_date, d.acquired_on, d.burden_ratio, d.card_key,
        d.has_ceiling, d.has_serial
    FROM (
        SELECT c.*, n.*
        FROM (
            SELECT
                b.*,
                CASE WHEN b.number_person IS NOT NULL AND b.hold_scope IS NULL AND NOT b.differs_birth
                     THEN b.number_person END AS link_person
            FROM (
                SELECT
                    s.row_no, s.acquired_on, s.lost_on, s.findings, s.number_index, s.register_action, s.row_key, s.event_on,
                    s.notice_received_on, s.due_on, s.birth_date, s.burden_ratio,
                    insurer || ':' || s.symbol_loose || ':' || s.number_loose AS card_key,
                    s.ceiling_class IS NOT NULL AS has_ceiling,
                    s.credential_serial IS NOT NULL AS has_serial,
                    l.person_id AS number_person, o.version_id AS own_version, o.coverage_id AS own_coverage,
                    o.person_id AS own_person, o.from_on AS own_from,
                    coalesce(o.from_on = s.acquired_on AND o.is_same, false) AS own_same,
                    coalesce(v.differs_birth, false) AS differs_birth, coalesce(v.differs_names, false) AS differs_names,
                    t.person_id AS twin_person, z.person_id AS serial_person,
                    -- A member of a family whose insured person neither the registry nor the file knows.
                    s.relation = 2 AND NOT f.has_insured AND NOT EXISTS (
                        SELECT FROM (
                            SELECT * FROM batch_stage AS w
                            WHERE w.symbol_key = s.symbol_key AND w.number_key = s.number_key AND w.operation = 1
                                AND w.relation = 1
                            OFFSET 0
                        ) AS w
                        WHERE w.batch_id = batch AND w.severity < 2
                        OFFSET 0) AS is_alone,
                    h.kind AS hold_kind, h.scope AS hold_scope
                FROM batch_stage AS s
                LEFT JOIN LATERAL (
                    SELECT p.person_id FROM personal_number AS p
                    WHERE p.number_index = s.number_index AND p.unlinked_at = 'infinity' AND p.state = 1
                    OFFSET 0
                ) AS i ON true
                LEFT JOIN LATERAL (
                    SELECT p.person_id FROM personal_number AS p
                    WHERE p.number_index = s.number_index_next AND p.unlinked_at = 'infinity' AND p.state = 1
                    OFFSET 0
                ) AS j ON true
                CROSS JOIN LATERAL (SELECT coalesce(i.person_id, j.person_id) AS person_id) AS l
                -- The insurer's coverages of this card: the one of this birth date that touches the same days, best the one from
                -- the same day, and whether there is one of an insured person. One look for both, and no sort for each row.
                CROSS JOIN LATERAL (
                    SELECT
                        min(CASE WHEN lower(k.valid) = s.acquired_on THEN 0 ELSE not_the_same_day END + k.version_id) FILTER (
                            WHERE k.branch IS NOT DISTINCT FROM s.branch
                                AND (upper_inf(k.valid) OR upper(k.valid) > s.acquired_on)
                                AND (s.lost_on IS NULL OR lower(k.valid) < s.lost_on)
                                AND EXISTS (
                                    SELECT FROM person_version AS v
                                    WHERE v.person_id = k.person_id AND v.superseded_at = 'infinity' AND v.birth_date = s.birth_date
                                    OFFSET 0)) AS own,
                        coalesce(bool_or(k.relation = 1), false) AS has_insured
                    FROM (
                        SELECT * FROM coverage AS c
                        WHERE c.insurer_number = insurer AND c.symbol_loose = s.symbol_loose AND c.number_loose = s.number_loose
                        OFFSET 0
                    ) AS k
                    WHERE k.superseded_at = 'infinity' AND k.symbol_key = s.symbol_key AND k.number_key = s.number_key
                ) AS f
                LEFT JOIN LATERAL (
                    SELECT k.version_id, k.coverage_id, k.person_id, lower(k.valid) AS from_on,
                           p.name = s.name AND p.name_kana IS NOT DISTINCT FROM s.name_kana AND p.sex1 = s.sex1
                               AND (s.address IS NULL OR p.address = s.address) AS is_same
                    FROM (SELECT * FROM coverage AS c WHERE c.version_id = f.own % not_the_same_day OFFSET 0) AS k
                    CROSS JOIN LATERAL (
                        SELECT * FROM person_version AS v
                        WHERE v.person_id = k.person_id AND v.superseded_at = 'infinity'
                        OFFSET 0
                    ) AS p
                ) AS o ON true
                -- What is held for the person whom the number leads to.
                LEFT JOIN LATERAL (
                    SELECT
                        p.birth_date <> s.birth_date
                            OR (p.sex1 <> s.sex1 AND p.sex1 < 3 AND s.sex1 < 3) AS differs_birth,
                        coalesce(p.name_kana_key <> s.name_kana_key, p.name_kana <> s.name_kana, false)
                            AND coalesce(p.name_key <> s.name_key, p.name <> s.name, false) AS differs_names
                    FROM person_version AS p
                    WHERE p.person_id = l.person_id AND p.superseded_at = 'infinity'
                    OFFSET 0
                ) AS v ON true
                -- Somebody else of the same kana, birth date, sex and address, under another number. A sort for each row costs more
                -- than all else here.
                LEFT JOIN LATERAL (
                    SELECT min(p.person_id) AS person_id
                    FROM (
                        SELECT * FROM person_version AS v
                        WHERE v.birth_date = s.birth_date AND v.name_kana_key = s.name_kana_key
                            AND v.name_kana_key IS NOT NULL
                        OFFSET 0
                    ) AS p
                    WHERE s.number_index IS NOT NULL AND l.person_id IS NULL AND p.superseded_at = 'infinity'
                        AND p.sex1 = s.sex1 AND p.address = s.address
                        AND EXISTS (
                            SELECT FROM (SELECT * FROM personal_number AS v WHERE v.person_id = p.person_id OFFSET 0) AS q
                            WHERE q.unlinked_at = 'infinity' AND q.state = 1
                            OFFSET 0)
                ) AS t ON true
                LEFT JOIN LATERAL (
                    SELECT x.person_id FROM credential AS x
                    WHERE x.serial = s.credential_serial AND x.issuer_id = 1 AND x.person_id IS DISTINCT FROM l.person_id
                    OFFSET 0
                ) AS z ON true
                -- Two of one household whose numbers lead to each other in the resident register.
                LEFT JOIN LATERAL (
                    SELECT true AS yes
                    FROM (
                        SELECT * FROM batch_stage AS w
                        WHERE w.symbol_key = s.symbol_key AND w.number_key = s.number_key
                            AND w.register_digest = s.claimed_digest
                        OFFSET 0
                    ) AS w
                    WHERE s.register_action = 4 AND w.batch_id = batch AND w.row_no <> s.row_no
                        AND w.claimed_digest = s.register_digest
                    LIMIT 1
                ) AS y ON true
                CROSS JOIN LATERAL (
                    SELECT
                        CASE WHEN z.person_id IS NOT NULL THEN 8
                             WHEN y.yes THEN 6
                             WHEN s.register_action IN (3, 4) THEN 1
                             WHEN s.register_action = 5 THEN 2
                             WHEN s.register_action = 6 THEN 3
                             WHEN v.differs_birth AND s.register_action NOT IN (1, 2) THEN 4
                             WHEN v.differs_names AND s.register_action <> 1 THEN 4
                             WHEN t.person_id IS NOT NULL THEN 5 END AS kind,
                        CASE WHEN z.person_id IS NOT NULL OR y.yes OR s.register_action IN (4, 5, 6) THEN 2
                             WHEN s.register_action = 3 THEN 1
                             WHEN v.differs_birth AND s.register_action NOT IN (1, 2) THEN 2
                             WHEN v.differs_names AND s.register_action <> 1 THEN 1
                             WHEN t.person_id IS NOT NULL THEN 0 END AS scope
                ) AS h
                WHERE s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.phase = batch_plan_acquire.phase
                    AND s.severity < 2
                    AND s.row_no <> ALL (done)
            ) AS b
        ) AS c
        -- Other coverages of the person that is linked to: the newer one wins from its first day.
        CROSS JOIN LATERAL (
            SELECT
                count(*) FILTER (WHERE lower(k.valid) < c.acquired_on
                    AND (upper_inf(k.valid) OR upper(k.valid) > c.acquired_on)) AS older_count,
                min(lower(k.valid)) FILTER (WHERE lower(k.valid) > c.acquired_on) AS next_from,
                coalesce(max(lower(k.valid)) <= c.acquired_on, true) AS renews,
                c.acquired_on - max(upper(k.valid)) FILTER (WHERE upper(k.valid) < c.acquired_on) AS gap_days
            FROM (SELECT * FROM coverage AS v WHERE v.person_id = c.link_person OFFSET 0) AS k
            WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1
        ) AS n
    ) AS d;
    GET DIAGNOSTICS planned = ROW_COUNT;

    -- From the same day with another insurer: who is right only they can tell.
    UPDATE pg_temp.batch_plan AS p
    SET outcome = 2, state = 2, renews_person = false, hold_kind = 7, hold_scope = 0, findings = p.findings || ARRAY['VR-70 acquired_on']
    FROM pg_temp.batch_plan AS o
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = o.row_no OFFSET 0) AS s
    WHERE o.operation = 1 AND o.outcome = 1 AND NOT o.is_new_person AND p.row_no = o.row_no
        AND EXISTS (
            SELECT FROM (SELECT * FROM coverage AS v WHERE v.person_id = p.person_id OFFSET 0) AS k
            WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1 AND lower(k.valid) = s.acquired_on
            OFFSET 0);
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_plan_acquire IS 'Lays out the acquisitions of a range of rows, by reading only.';

-- Ends what overlaps a coverage that begins later, and begins again what such a coverage no longer ends.
CREATE OR REPLACE FUNCTION registry.coverage_give_way(
        batch bigint, moment timestamptz, versions bigint[], untils date[])
    RETURNS void
    LANGUAGE sql
    SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    WITH wanted AS (
        SELECT w.version_id, min(w.until_on) AS until_on
        FROM unnest(versions, untils) AS w (version_id, until_on)
        GROUP BY w.version_id
    ),
    old AS (
        UPDATE coverage AS k
        SET superseded_at = moment
        FROM wanted AS w
        WHERE k.version_id = w.version_id AND k.superseded_at = 'infinity'
        RETURNING k.*, w.until_on
    )
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        o.coverage_id, o.person_id, o.insurer_number, o.card_class, o.symbol, o.number, o.branch, o.symbol_key,
        o.number_key, o.symbol_loose, o.number_loose, o.relation, o.insured_name,
        daterange(lower(o.valid), o.until_on),
        CASE WHEN o.until_on IS DISTINCT FROM nullif(coalesce(o.declared_until, upper(o.valid), 'infinity'), 'infinity')
             THEN coalesce(o.declared_until, upper(o.valid), 'infinity') END,
        o.loss_reason, o.issued_on, o.card_valid_from, o.card_expires_on, o.state, o.scheme, o.preschool_until, moment,
        batch
    FROM old AS o
$$;
COMMENT ON FUNCTION registry.coverage_give_way IS
    'New versions of coverages with another end, which a coverage that begins later sets; what the insurer said is kept.';

-- First dossiers and cards, of people whom this range brings into the world. All that they can hold was laid out in the
-- staged row, so it is not read back from the eight tables it went to. What stands here is what dossier_build would make of
-- them, byte for byte: a refresh afterwards finds nothing to change, and a test holds that.
CREATE OR REPLACE FUNCTION registry.batch_write_dossiers(batch bigint, insurer text, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    LOCK TABLE dossier_lock IN ROW EXCLUSIVE MODE;
    INSERT INTO dossier (person_id, refreshed_at, body)
    SELECT
        p.person_id, moment,
        record_send(ROW(
            1, p.person_id, s.name, s.name_kana, s.name_other, s.name_other_kana, s.sex1, s.sex2, s.birth_date, s.address,
            s.post_number, 0, CASE WHEN p.hold_kind IS NOT NULL THEN p.hold_scope ELSE 0 END,
            ARRAY[ROW(
                p.coverage_id, insurer, coalesce(s.card_class, '01'), s.symbol, s.number, s.branch, s.symbol_key,
                s.number_key, s.relation, s.insured_name, s.acquired_on, p.until_on, s.loss_reason, s.card_issued_on,
                s.card_valid_from, s.card_expires_on, p.state, 1, s.preschool_until,
                CASE WHEN s.burden_ratio IS NULL THEN '{}'
                     ELSE ARRAY[ROW(s.acquired_on, NULL, s.burden_ratio)::dossier_ratio] END,
                '{}'::dossier_elderly[],
                CASE WHEN p.has_ceiling
                     THEN ARRAY[ROW(s.ceiling_classification, s.ceiling_class, s.issued_on,
                                    coalesce(s.valid_from, s.acquired_on), s.valid_until + 1, s.long_term_from
                                   )::dossier_ceiling]
                     ELSE '{}' END,
                '{}'::dossier_disease[]
            )::dossier_coverage],
            '{}'::dossier_benefit[]
        )::dossier_body)
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.is_new_person AND p.outcome IN (1, 2);

    INSERT INTO card (card_key, birth_date, person_id)
    SELECT p.card_key, p.birth_date, p.person_id
    FROM pg_temp.batch_plan AS p
    WHERE p.is_new_person AND p.outcome IN (1, 2);
END
$$;
COMMENT ON FUNCTION registry.batch_write_dossiers IS 'Writes the first dossiers and cards of the people who are new by the rows that were laid out.';

-- Writes what was laid out.
CREATE OR REPLACE FUNCTION registry.batch_write_acquire(
        batch bigint, insurer text, moment timestamptz, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    today    date := civil_day(moment);
    answer_by date := hold_due(today);
    versions bigint[];
    untils   date[];
BEGIN
    INSERT INTO person (person_id, created_at)
    SELECT p.person_id, moment FROM pg_temp.batch_plan AS p WHERE p.is_new_person AND p.outcome IN (1, 2);

    UPDATE person_version AS v
    SET superseded_at = moment
    WHERE v.superseded_at = 'infinity' AND v.person_id = ANY (ARRAY(
        SELECT p.person_id FROM pg_temp.batch_plan AS p WHERE p.renews_person AND p.outcome IN (1, 2)));

    INSERT INTO person_version (
        person_id, name, name_kana, name_other, name_other_kana, sex1, sex2, birth_date, address, post_number,
        recorded_at, origin, name_key, name_kana_key)
    SELECT
        p.person_id, s.name, s.name_kana, s.name_other, s.name_other_kana, s.sex1, s.sex2, s.birth_date, s.address,
        s.post_number, moment, batch, s.name_key, s.name_kana_key
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE (p.is_new_person OR p.renews_person) AND p.outcome IN (1, 2);

    -- Older coverages of the same people make room first: no two may hold on one day.
    SELECT array_agg(k.version_id), array_agg(s.acquired_on) INTO versions, untils
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    CROSS JOIN LATERAL (
        SELECT c.version_id
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = p.person_id OFFSET 0) AS c
        WHERE c.superseded_at = 'infinity' AND c.state = 1 AND c.scheme = 1
            AND lower(c.valid) < s.acquired_on AND (upper_inf(c.valid) OR upper(c.valid) > s.acquired_on)
        OFFSET 0
    ) AS k
    WHERE NOT p.is_new_person AND p.outcome = 1;
    IF versions IS NOT NULL THEN
        PERFORM coverage_give_way(batch, moment, versions, untils);
    END IF;

    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        p.coverage_id, p.person_id, insurer, coalesce(s.card_class, '01'), s.symbol, s.number, s.branch, s.symbol_key,
        s.number_key, s.symbol_loose, s.number_loose, s.relation, s.insured_name,
        daterange(s.acquired_on, p.until_on), p.declared_until, s.loss_reason, s.card_issued_on, s.card_valid_from,
        s.card_expires_on, p.state, 1, s.preschool_until, moment, batch
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.outcome IN (1, 2);

    INSERT INTO burden_ratio (coverage_id, ratio_percent, valid, recorded_at, origin)
    SELECT p.coverage_id, p.burden_ratio, daterange(p.acquired_on, NULL), moment, batch
    FROM pg_temp.batch_plan AS p
    WHERE p.outcome IN (1, 2) AND p.burden_ratio IS NOT NULL;

    INSERT INTO ceiling (coverage_id, classification, class, issued_on, long_term_from, valid, recorded_at, origin)
    SELECT p.coverage_id, s.ceiling_classification, s.ceiling_class, s.issued_on, s.long_term_from,
           daterange(coalesce(s.valid_from, s.acquired_on), s.valid_until + 1), moment, batch
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome IN (1, 2) AND p.has_ceiling;

    PERFORM batch_numbers_follow(batch, from_row, to_row);
    INSERT INTO personal_number (
        number_id, person_id, insurer_number, source, state, sealed_by, indexed_by, sealed, number_index, linked_at,
        origin)
    SELECT s.number_id, p.person_id, insurer, coalesce(s.number_source, 1), p.number_state, s.number_sealed_by,
           coalesce(b.index_key_next, b.index_key), s.number_sealed, coalesce(s.number_index_next, s.number_index), moment,
           batch
    FROM pg_temp.batch_plan AS p
    JOIN batch AS b ON b.batch_id = batch
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.outcome IN (1, 2) AND p.number_state IS NOT NULL;

    INSERT INTO credential (serial, person_id, insurer_number, linked_at, origin)
    SELECT s.credential_serial, p.person_id, insurer, moment, batch
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome = 1 AND p.has_serial
    ON CONFLICT DO NOTHING;

    -- Doubts, in the inbox of the insurer that raised them, and of those whose people they touch.
    INSERT INTO person_hold (
        person_id, scope, reason, opened_at, insurer_number, kind, coverage_id, other_person_id, number_id, batch_id,
        row_no, credential, fields, due_on)
    SELECT
        p.person_id, p.hold_scope, 'identity doubt', moment, insurer, p.hold_kind, p.coverage_id, p.other_person_id,
        CASE WHEN p.number_state = 2 THEN s.number_id END, batch, p.row_no,
        CASE WHEN p.outcome = 2 AND p.hold_kind <> 8 THEN s.credential_serial END, s.register_fields, answer_by
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome IN (1, 2) AND p.hold_kind IS NOT NULL;
    INSERT INTO person_hold (
        person_id, scope, reason, opened_at, insurer_number, kind, coverage_id, other_person_id, batch_id, row_no, due_on)
    SELECT
        p.other_person_id, CASE WHEN p.seals_other THEN 2 ELSE 0 END, 'identity doubt', moment, k.insurer_number,
        coalesce(p.hold_kind, 4), k.coverage_id, p.person_id, batch, p.row_no, answer_by
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (
        SELECT c.insurer_number, c.coverage_id
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = p.other_person_id OFFSET 0) AS c
        WHERE c.superseded_at = 'infinity'
        ORDER BY lower(c.valid) DESC, c.coverage_id DESC
        LIMIT 1
    ) AS k
    WHERE p.outcome IN (1, 2) AND p.other_person_id IS NOT NULL AND (p.seals_other OR k.insurer_number <> insurer);
    -- The other insurer of an overlap hears of it; nothing is sealed.
    INSERT INTO person_hold (
        person_id, scope, reason, opened_at, insurer_number, kind, coverage_id, batch_id, row_no, due_on)
    SELECT p.person_id, 0, 'overlap', moment, k.insurer_number, 7, k.coverage_id, batch, p.row_no,
           answer_by
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    CROSS JOIN LATERAL (
        SELECT c.insurer_number, c.coverage_id
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = p.person_id OFFSET 0) AS c
        WHERE c.superseded_at = 'infinity' AND c.coverage_id <> p.coverage_id
            AND c.insurer_number <> insurer
            AND (upper(c.valid) = s.acquired_on AND c.declared_until > s.acquired_on OR lower(c.valid) = s.acquired_on)
        OFFSET 0
    ) AS k
    WHERE NOT p.is_new_person AND p.outcome IN (1, 2);

    -- Days that a facility may have asked about, of people who were there to be asked about.
    INSERT INTO correction (person_id, affected, kind, recorded_at)
    SELECT p.person_id, daterange(s.acquired_on, today + 1), 1, moment
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome = 1 AND NOT p.is_new_person AND s.acquired_on < today;
    INSERT INTO correction (person_id, affected, kind, recorded_at)
    SELECT p.other_person_id, daterange(NULL, today + 1), 3, moment
    FROM pg_temp.batch_plan AS p
    WHERE p.outcome = 1 AND p.seals_other;

    PERFORM batch_write_dossiers(batch, insurer, from_row, to_row);
END
$$;
COMMENT ON FUNCTION registry.batch_write_acquire IS 'Writes the acquisitions that were laid out.';
