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
COMMENT ON TABLE registry.dossier IS 'The current dossier of each person. Written by dossier_refresh only.';
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

-- The only place that knows how a dossier is made.
CREATE OR REPLACE FUNCTION registry.dossier_build(person_ids bigint[], today date)
    RETURNS TABLE (person_id bigint, body bytea)
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
            ARRAY(
                SELECT ROW(
                    c.coverage_id, c.insurer_number, c.card_class, c.symbol, c.number, c.branch, c.symbol_key,
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
                )::registry.dossier_coverage
                FROM registry.coverage AS c
                WHERE c.person_id = p.person_id AND c.superseded_at = 'infinity'
                ORDER BY lower(c.valid) DESC, c.coverage_id DESC),
            ARRAY(
                SELECT ROW(b.payer_number, b.recipient_number, b.programme, lower(b.valid), upper(b.valid),
                           b.self_pay)::registry.dossier_benefit
                FROM registry.public_benefit AS b
                WHERE b.person_id = p.person_id AND b.superseded_at = 'infinity'
                ORDER BY lower(b.valid) NULLS FIRST, b.version_id)
        )::registry.dossier_body)
    FROM unnest(person_ids) AS asked (person_id)
    JOIN registry.person_version AS p USING (person_id)
    WHERE p.superseded_at = 'infinity'
$$;
COMMENT ON FUNCTION registry.dossier_build IS 'Makes the dossiers of persons, without storing them.';

-- Stores what dossier_build makes; the callers below hold the locks.
CREATE OR REPLACE FUNCTION registry.dossier_write(person_ids bigint[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    -- Planned for each call: a plan made while the tables were empty would read them whole when they are full.
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    moment   timestamptz := clock_timestamp();
    written  integer;
    removed  integer;
BEGIN
    -- What differs: the old body moves to the past, the new one takes its place under a new version.
    WITH made AS MATERIALIZED (
        SELECT b.person_id, b.body FROM dossier_build(person_ids, civil_day(moment)) AS b
    ),
    fresh AS MATERIALIZED (
        SELECT m.person_id, m.body, d.version AS old_version
        FROM made AS m
        LEFT JOIN dossier AS d USING (person_id)
        WHERE d.body IS DISTINCT FROM m.body
    ),
    past AS (
        INSERT INTO dossier_past (version, person_id, refreshed_at, replaced_at, body)
        SELECT d.version, d.person_id, d.refreshed_at, moment, d.body
        FROM fresh AS f
        JOIN dossier AS d USING (person_id)
        WHERE f.old_version IS NOT NULL
    ),
    replaced AS (
        UPDATE dossier AS d
        SET version = nextval('dossier_version'), refreshed_at = moment, body = f.body
        FROM fresh AS f
        WHERE d.person_id = f.person_id AND f.old_version IS NOT NULL
    ),
    added AS (
        INSERT INTO dossier (person_id, refreshed_at, body)
        SELECT f.person_id, moment, f.body
        FROM fresh AS f
        WHERE f.old_version IS NULL
    )
    SELECT count(*) INTO written FROM fresh;

    -- Persons that are known no longer have no dossier.
    WITH gone AS (
        DELETE FROM dossier AS d
        USING unnest(person_ids) AS asked (person_id)
        WHERE d.person_id = asked.person_id
            AND NOT EXISTS (
                SELECT FROM person_version AS p
                WHERE p.person_id = asked.person_id AND p.superseded_at = 'infinity')
        RETURNING d.version, d.person_id, d.refreshed_at, d.body
    )
    INSERT INTO dossier_past (version, person_id, refreshed_at, replaced_at, body)
    SELECT g.version, g.person_id, g.refreshed_at, moment, g.body
    FROM gone AS g;
    GET DIAGNOSTICS removed = ROW_COUNT;

    -- Cards: every key that any version of the person ever had is a candidate for removal, so that card
    -- needs no index by person. OFFSET 0 keeps the planner from starting with all past versions of everyone.
    DELETE FROM card AS k
    USING (
        SELECT c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose AS card_key,
               p.birth_date, p.person_id
        FROM unnest(person_ids) AS asked (person_id)
        CROSS JOIN LATERAL (
            SELECT v.person_id, v.birth_date FROM person_version AS v
            WHERE v.person_id = asked.person_id AND v.superseded_at <> 'infinity'
            OFFSET 0
        ) AS p
        JOIN coverage AS c ON c.person_id = p.person_id
        UNION
        SELECT c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose, p.birth_date, p.person_id
        FROM unnest(person_ids) AS asked (person_id)
        CROSS JOIN LATERAL (
            SELECT v.person_id, v.insurer_number, v.symbol_loose, v.number_loose FROM coverage AS v
            WHERE v.person_id = asked.person_id AND v.superseded_at <> 'infinity'
            OFFSET 0
        ) AS c
        JOIN person_version AS p ON p.person_id = c.person_id AND p.superseded_at = 'infinity'
    ) AS ever
    WHERE k.card_key = ever.card_key AND k.birth_date = ever.birth_date AND k.person_id = ever.person_id
        AND NOT EXISTS (
            SELECT
            FROM person_version AS p
            JOIN coverage AS c USING (person_id)
            WHERE p.person_id = ever.person_id AND p.superseded_at = 'infinity' AND p.birth_date = ever.birth_date
                AND c.superseded_at = 'infinity'
                AND c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose = ever.card_key);
    INSERT INTO card (card_key, birth_date, person_id)
    SELECT DISTINCT c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose, p.birth_date, p.person_id
    FROM unnest(person_ids) AS asked (person_id)
    JOIN person_version AS p USING (person_id)
    JOIN coverage AS c USING (person_id)
    WHERE p.superseded_at = 'infinity' AND c.superseded_at = 'infinity'
        AND NOT EXISTS (
            SELECT FROM card AS k
            WHERE k.card_key = c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose
                AND k.birth_date = p.birth_date AND k.person_id = p.person_id);

    RETURN written + removed;
END
$$;
COMMENT ON FUNCTION registry.dossier_write IS 'Stores dossiers and cards of persons; only for dossier_refresh and dossier_refresh_all.';

CREATE OR REPLACE FUNCTION registry.dossier_refresh(person_ids bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted bigint[] := ARRAY(SELECT DISTINCT q.id FROM unnest(person_ids) AS q (id) WHERE q.id IS NOT NULL ORDER BY 1);
BEGIN
    LOCK TABLE dossier_lock IN ROW EXCLUSIVE MODE;
    -- Two transactions that change the same person must build its dossier one after the other, each seeing
    -- what the other has committed; so the persons are locked first, in order, and read by later statements.
    PERFORM FROM person WHERE person_id = ANY (wanted) ORDER BY person_id FOR NO KEY UPDATE;
    RETURN dossier_write(wanted);
END
$$;
COMMENT ON FUNCTION registry.dossier_refresh IS
    'Makes the dossiers and cards of these persons anew after a change; returns how many dossiers changed.';

CREATE OR REPLACE FUNCTION registry.dossier_refresh_all(from_id bigint, to_id bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    chunk   bigint[];
    after   bigint := from_id - 1;
    changed bigint := 0;
BEGIN
    LOCK TABLE dossier_lock IN SHARE MODE;
    -- After a bulk load nobody has counted yet, and plans from old counts take many times as long. Loaders may not count.
    IF EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        WHERE c.oid IN ('person'::regclass, 'person_version'::regclass, 'coverage'::regclass)
            AND pg_relation_size(c.oid) / current_setting('block_size')::int > 2 * c.relpages + 10
    ) THEN
        ANALYZE person, person_version, coverage;
    END IF;
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
