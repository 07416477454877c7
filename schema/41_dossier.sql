-- Dossiers: what a facility's question needs of one person, as one row. The layout is explained in dossier.md;
-- the order of the attributes below is that layout, so they are only ever added to at the end of dossier_body
-- together with a new format number.
DO $$
BEGIN
    IF to_regtype('registry.dossier_ratio') IS NULL THEN
        CREATE TYPE registry.dossier_ratio AS (from_on date, until_on date, ratio_percent smallint);
        CREATE TYPE registry.dossier_elderly AS (
            issued_on date, from_on date, until_on date, ratio_percent smallint);
        CREATE TYPE registry.dossier_ceiling AS (
            classification text, class text, issued_on date, from_on date, until_on date, long_term_on date);
        CREATE TYPE registry.dossier_disease AS (
            category smallint, issued_on date, from_on date, until_on date, self_pay integer);
        CREATE TYPE registry.dossier_benefit AS (
            payer_number text, recipient_number text, programme text, from_on date, until_on date, self_pay integer);
        CREATE TYPE registry.dossier_coverage AS (
            coverage_id bigint, insurer_number text, card_class text, symbol text, number text, branch text,
            symbol_key text, number_key text, relation smallint, insured_name text, acquired_on date, lost_on date,
            loss_reason text, issued_on date, card_valid_from date, card_expires_on date, state smallint,
            scheme smallint, preschool_until date, ratios registry.dossier_ratio[],
            elderly registry.dossier_elderly[], ceilings registry.dossier_ceiling[],
            diseases registry.dossier_disease[]);
        CREATE TYPE registry.dossier_body AS (
            format smallint, person_id bigint, name text, name_kana text, name_other text, name_other_kana text,
            sex1 smallint, sex2 smallint, birth_date date, address text, post_number text, flags smallint,
            hold smallint, coverages registry.dossier_coverage[], benefits registry.dossier_benefit[]);
    END IF;
END
$$;
COMMENT ON TYPE registry.dossier_ratio IS 'Part of a dossier: burden ratio.';
COMMENT ON TYPE registry.dossier_elderly IS 'Part of a dossier: certificate for those of 70 to 74.';
COMMENT ON TYPE registry.dossier_ceiling IS 'Part of a dossier: ceiling.';
COMMENT ON TYPE registry.dossier_disease IS 'Part of a dossier: specific disease.';
COMMENT ON TYPE registry.dossier_benefit IS 'Part of a dossier: public benefit.';
COMMENT ON TYPE registry.dossier_coverage IS 'Part of a dossier: one coverage with its terms.';
COMMENT ON TYPE registry.dossier_body IS 'A dossier: one person with all coverages and benefits.';

CREATE SEQUENCE IF NOT EXISTS registry.dossier_version AS bigint CACHE 64;
COMMENT ON SEQUENCE registry.dossier_version IS 'Versions of all dossiers.';

CREATE TABLE IF NOT EXISTS registry.dossier (
    person_id    bigint PRIMARY KEY,
    version      bigint NOT NULL UNIQUE DEFAULT nextval('registry.dossier_version'),
    refreshed_at timestamptz NOT NULL DEFAULT now(),
    body         bytea NOT NULL
) WITH (fillfactor = 80, toast_tuple_target = 8160);
ALTER TABLE registry.dossier ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE registry.dossier IS 'The current dossier of each person. Written by dossier_refresh and batch_write_dossiers only.';
COMMENT ON COLUMN registry.dossier.person_id IS 'The person.';
COMMENT ON COLUMN registry.dossier.version IS 'Version; never used again, also not for another person.';
COMMENT ON COLUMN registry.dossier.refreshed_at IS 'When this version was made.';
COMMENT ON COLUMN registry.dossier.body IS 'The record dossier_body in PostgreSQL''s binary format.';

CREATE TABLE IF NOT EXISTS registry.dossier_past (
    version      bigint PRIMARY KEY,
    person_id    bigint NOT NULL,
    refreshed_at timestamptz NOT NULL,
    replaced_at  timestamptz NOT NULL DEFAULT now(),
    body         bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS dossier_past_of ON registry.dossier_past (person_id);
COMMENT ON TABLE registry.dossier_past IS
    'Dossiers that were replaced: what was disclosed under an older version stays readable.';
COMMENT ON COLUMN registry.dossier_past.version IS 'Version.';
COMMENT ON COLUMN registry.dossier_past.person_id IS 'The person.';
COMMENT ON COLUMN registry.dossier_past.refreshed_at IS 'When this version was made.';
COMMENT ON COLUMN registry.dossier_past.replaced_at IS 'When it was replaced.';
COMMENT ON COLUMN registry.dossier_past.body IS 'The record dossier_body in PostgreSQL''s binary format.';

-- Many refreshes of single persons, or of disjoint ranges, go side by side; the two kinds exclude each other.
-- The modes of a table lock say exactly that (ROW EXCLUSIVE and SHARE), so this table is only ever locked.
CREATE TABLE IF NOT EXISTS registry.dossier_lock (
    nothing boolean CHECK (false)
);
COMMENT ON TABLE registry.dossier_lock IS 'Empty; locked by dossier_refresh and dossier_refresh_all against each other.';
COMMENT ON COLUMN registry.dossier_lock.nothing IS 'Never holds anything.';

-- How a dossier is made from the tables; batch_write_dossiers makes the same of a new person's row. Each table is read in a LATERAL subquery that OFFSET 0 keeps whole,
-- and the condition on superseded_at of a table with several indexes stands outside: then only the index by person is
-- left to read it by, whatever the planner believes of tables that are empty or not counted yet.
CREATE OR REPLACE FUNCTION registry.dossier_build(person_ids bigint[], today date)
    RETURNS TABLE (person_id bigint, body bytea, birth_date date, card_keys text[])
    LANGUAGE sql STABLE
AS $$
    SELECT
        p.person_id,
        record_send(ROW(
            1, p.person_id, p.name, p.name_kana, p.name_other, p.name_other_kana, p.sex1, p.sex2, p.birth_date,
            p.address, p.post_number,
            coalesce((
                SELECT bit_or(f.kind)
                FROM registry.person_flag AS f
                WHERE f.person_id = p.person_id AND f.superseded_at = 'infinity'
                    AND (upper_inf(f.valid) OR upper(f.valid) > today)), 0),
            coalesce((
                SELECT max(h.scope)
                FROM registry.person_hold AS h
                WHERE h.person_id = p.person_id AND h.closed_at IS NULL), 0),
            coalesce(held.coverages, '{}'),
            ARRAY(
                SELECT ROW(b.payer_number, b.recipient_number, b.programme, lower(b.valid), upper(b.valid),
                           b.self_pay)::registry.dossier_benefit
                FROM registry.public_benefit AS b
                WHERE b.person_id = p.person_id AND b.superseded_at = 'infinity'
                ORDER BY lower(b.valid) NULLS FIRST, b.version_id)
        )::registry.dossier_body),
        p.birth_date,
        held.card_keys
    FROM unnest(person_ids) AS asked (person_id)
    CROSS JOIN LATERAL (
        SELECT * FROM registry.person_version AS v
        WHERE v.person_id = asked.person_id AND v.superseded_at = 'infinity'
        OFFSET 0
    ) AS p
    CROSS JOIN LATERAL (
        SELECT array_agg(line.coverage) AS coverages, array_agg(line.card_key) AS card_keys
        FROM (
            SELECT
                ROW(c.coverage_id, c.insurer_number, c.card_class, c.symbol, c.number, c.branch, c.symbol_key,
                    c.number_key, c.relation, c.insured_name, lower(c.valid), upper(c.valid), c.loss_reason,
                    c.issued_on, c.card_valid_from, c.card_expires_on, c.state, c.scheme, c.preschool_until,
                    ARRAY(
                        SELECT ROW(lower(r.valid), upper(r.valid), r.ratio_percent)::registry.dossier_ratio
                        FROM registry.burden_ratio AS r
                        WHERE r.coverage_id = c.coverage_id AND r.superseded_at = 'infinity'
                        ORDER BY lower(r.valid) NULLS FIRST, r.version_id),
                    ARRAY(
                        SELECT ROW(e.issued_on, lower(e.valid), upper(e.valid), e.ratio_percent
                                  )::registry.dossier_elderly
                        FROM registry.elderly_certificate AS e
                        WHERE e.coverage_id = c.coverage_id AND e.superseded_at = 'infinity'
                        ORDER BY lower(e.valid) NULLS FIRST, e.version_id),
                    ARRAY(
                        SELECT ROW(l.classification, l.class, l.issued_on, lower(l.valid), upper(l.valid),
                                   l.long_term_from)::registry.dossier_ceiling
                        FROM registry.ceiling AS l
                        WHERE l.coverage_id = c.coverage_id AND l.superseded_at = 'infinity'
                        ORDER BY lower(l.valid) NULLS FIRST, l.version_id),
                    ARRAY(
                        SELECT ROW(d.category, d.issued_on, lower(d.valid), upper(d.valid), d.self_pay
                                  )::registry.dossier_disease
                        FROM registry.specific_disease AS d
                        WHERE d.coverage_id = c.coverage_id AND d.superseded_at = 'infinity'
                        ORDER BY lower(d.valid) NULLS FIRST, d.version_id)
                )::registry.dossier_coverage AS coverage,
                c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose AS card_key
            FROM (
                SELECT * FROM registry.coverage AS v
                WHERE v.person_id = p.person_id
                ORDER BY lower(v.valid) DESC, v.coverage_id DESC
                OFFSET 0
            ) AS c
            WHERE c.superseded_at = 'infinity'
        ) AS line
    ) AS held
$$;
COMMENT ON FUNCTION registry.dossier_build IS 'Makes the dossiers and card keys of persons, without storing them.';

-- Stores what dossier_build makes; the callers below hold the locks and say how it is planned.
CREATE OR REPLACE FUNCTION registry.dossier_write(person_ids bigint[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off
    SET work_mem = '64MB' -- 20,000 persons stay in memory between the parts of the statement
AS $$
#variable_conflict use_column
DECLARE
    moment   timestamptz := clock_timestamp();
    known    integer;
    standing integer;
    written  integer;
    removed  integer := 0;
BEGIN
    -- What differs: the old body moves to the past, the new one takes its place under a new version.
    WITH made AS MATERIALIZED (
        SELECT b.*, d.version AS old_version, d.refreshed_at AS old_refreshed_at,
               CASE WHEN d.body <> b.body THEN d.body END AS old_body
        FROM (SELECT * FROM dossier_build(person_ids, civil_day(moment)) OFFSET 0) AS b
        LEFT JOIN LATERAL (SELECT * FROM dossier AS f WHERE f.person_id = b.person_id OFFSET 0) AS d ON true
    ),
    past AS (
        INSERT INTO dossier_past (version, person_id, refreshed_at, replaced_at, body)
        SELECT m.old_version, m.person_id, m.old_refreshed_at, moment, m.old_body
        FROM made AS m
        WHERE m.old_body IS NOT NULL
    ),
    -- The key finds the row that there is; a join would be one more thing to plan wrongly.
    replaced AS (
        INSERT INTO dossier AS d (person_id, refreshed_at, body)
        SELECT m.person_id, moment, m.body
        FROM made AS m
        WHERE m.old_body IS NOT NULL
        ON CONFLICT (person_id) DO UPDATE
        SET version = EXCLUDED.version, refreshed_at = EXCLUDED.refreshed_at, body = EXCLUDED.body
    ),
    added AS (
        INSERT INTO dossier (person_id, refreshed_at, body)
        SELECT m.person_id, moment, m.body
        FROM made AS m
        WHERE m.old_version IS NULL
    ),
    -- Who had no dossier has no card.
    first_cards AS (
        INSERT INTO card (card_key, birth_date, person_id)
        SELECT DISTINCT unnest(m.card_keys), m.birth_date, m.person_id
        FROM made AS m
        WHERE m.old_version IS NULL
    ),
    -- Also of those whose body stays: keys may be made in another way than they were.
    further_cards AS (
        INSERT INTO card (card_key, birth_date, person_id)
        SELECT DISTINCT unnest(m.card_keys), m.birth_date, m.person_id
        FROM made AS m
        WHERE m.old_version IS NOT NULL
        ON CONFLICT DO NOTHING
    )
    SELECT count(*), count(m.old_version), count(*) FILTER (WHERE m.old_version IS NULL OR m.old_body IS NOT NULL)
    INTO known, standing, written
    FROM made AS m;

    -- Persons that are known no longer have no dossier.
    IF known < cardinality(person_ids) THEN
        WITH gone AS (
            DELETE FROM dossier AS d
            WHERE d.person_id = ANY (ARRAY(
                SELECT asked.person_id
                FROM unnest(person_ids) AS asked (person_id)
                WHERE NOT EXISTS (
                    SELECT FROM person_version AS p
                    WHERE p.person_id = asked.person_id AND p.superseded_at = 'infinity')))
            RETURNING d.version, d.person_id, d.refreshed_at, d.body
        )
        INSERT INTO dossier_past (version, person_id, refreshed_at, replaced_at, body)
        SELECT g.version, g.person_id, g.refreshed_at, moment, g.body
        FROM gone AS g;
        GET DIAGNOSTICS removed = ROW_COUNT;
    END IF;

    -- Cards: every key that any version of the person ever had is a candidate for removal, so that card
    -- needs no index by person. Who had no dossier has no card to remove.
    IF standing + removed > 0 THEN
        DELETE FROM card
        WHERE ctid = ANY (ARRAY(
            SELECT k.place
            FROM unnest(person_ids) AS asked (person_id)
            CROSS JOIN LATERAL (
                SELECT c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose AS card_key, p.birth_date
                FROM (SELECT * FROM coverage AS v WHERE v.person_id = asked.person_id OFFSET 0) AS c
                CROSS JOIN (
                    SELECT v.birth_date, v.superseded_at = 'infinity' AS is_current FROM person_version AS v
                    WHERE v.person_id = asked.person_id AND v.superseded_at = 'infinity'
                    UNION ALL
                    SELECT v.birth_date, false FROM person_version AS v
                    WHERE v.person_id = asked.person_id AND v.superseded_at <> 'infinity'
                    OFFSET 0
                ) AS p
                GROUP BY 1, 2
                HAVING NOT bool_or(c.superseded_at = 'infinity' AND p.is_current)
            ) AS ever
            CROSS JOIN LATERAL (
                SELECT k.ctid AS place FROM card AS k
                WHERE k.card_key = ever.card_key COLLATE "C" AND k.birth_date = ever.birth_date
                    AND k.person_id = asked.person_id
                OFFSET 0
            ) AS k));
    END IF;

    RETURN written + removed;
END
$$;
COMMENT ON FUNCTION registry.dossier_write IS 'Stores dossiers and cards of persons; only for dossier_refresh and dossier_refresh_all.';

CREATE OR REPLACE FUNCTION registry.dossier_refresh(person_ids bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted bigint[] := ARRAY(SELECT DISTINCT q.id FROM unnest(person_ids) AS q (id) WHERE q.id IS NOT NULL ORDER BY 1);
BEGIN
    -- Planning takes longer than a few persons do, and nothing beside many.
    IF cardinality(wanted) >= 1000 THEN
        SET LOCAL plan_cache_mode = force_custom_plan;
    END IF;
    LOCK TABLE dossier_lock IN ROW EXCLUSIVE MODE;
    -- Two transactions that change the same person must build its dossier one after the other, each seeing
    -- what the other has committed; so the persons are locked first, in order, and read by later statements.
    PERFORM FROM person AS p
    WHERE p.person_id = ANY (wanted) AND NOT person_is_born_here(p.xmin, p.created_at)
    ORDER BY p.person_id
    FOR NO KEY UPDATE;
    RETURN dossier_write(wanted);
END
$$;
COMMENT ON FUNCTION registry.dossier_refresh IS
    'Makes the dossiers and cards of these persons anew after a change; returns how many dossiers changed.';

CREATE OR REPLACE FUNCTION registry.dossier_refresh_all(from_id bigint, to_id bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET jit = off
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    chunk   bigint[];
    after   bigint := from_id - 1;
    changed bigint := 0;
BEGIN
    LOCK TABLE dossier_lock IN SHARE MODE;
    LOOP
        chunk := ARRAY(
            SELECT person_id FROM person
            WHERE person_id > after AND person_id <= to_id
            ORDER BY person_id
            LIMIT 5000);
        EXIT WHEN cardinality(chunk) = 0;
        changed := changed + dossier_write(chunk);
        after := chunk[cardinality(chunk)];
    END LOOP;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION registry.dossier_refresh_all IS
    'dossier_refresh for all persons of a range, for bulk loads. Callers side by side take ranges that do not overlap.';
