-- Doubts that wait for the resident register alone: asked about again by the registrar, and settled by what it says.
-- functions.md explains each of them.

CREATE OR REPLACE FUNCTION registry.recheck_take(after_hold_id int8, count_max int4)
    RETURNS TABLE (hold_id int8, version_id int8, number_id int8, sealed_by int2, sealed bytea, is_looked_up bool, name text,
                   name_kana text, name_other text, name_other_kana text, sex1 int2, birth_date date, address text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.hold_id, v.version_id, n.number_id, n.sealed_by, n.sealed, coalesce(n.source = 2, false), v.name, v.name_kana,
           v.name_other, v.name_other_kana, v.sex1, v.birth_date, v.address
    FROM (
        SELECT d.hold_id, d.person_id, d.number_id
        FROM person_hold AS d
        WHERE d.closed_at IS NULL AND d.kind = 3 AND d.hold_id > after_hold_id
        ORDER BY d.hold_id
        LIMIT count_max
    ) AS h
    JOIN person_version AS v ON v.person_id = h.person_id AND v.superseded_at = 'infinity'
    -- The number that is claimed; for data that were corrected under a link that stands, the linked one.
    LEFT JOIN LATERAL (
        SELECT p.*
        FROM personal_number AS p
        WHERE p.person_id = h.person_id AND p.unlinked_at = 'infinity'
        ORDER BY p.number_id IS NOT DISTINCT FROM h.number_id DESC, p.state, p.number_id DESC
        LIMIT 1
    ) AS n ON true
    ORDER BY h.hold_id;
END
$$;
COMMENT ON FUNCTION registry.recheck_take IS
    'Doubts that wait for the resident register, with what is claimed of the person and the sealed number to ask by.';

-- What the register says of one doubt. Outcome as recheck_settle; touched are the persons whose dossiers must be made anew.
CREATE OR REPLACE FUNCTION registry.recheck_settle_one(
        hold_id int8, version_id int8, action int2, fields text, today date, OUT outcome int2, OUT touched int8[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held    person_hold;
    mine    person_version;
    cover   record;
    other   record;
    kind    int2;
    scope   int2;
    about   int8;
    owner   int8;
    broken  text;
BEGIN
    outcome := 3;
    SELECT h.* INTO held
    FROM person_hold AS h
    WHERE h.hold_id = recheck_settle_one.hold_id AND h.closed_at IS NULL AND h.kind = 3;
    SELECT v.* INTO mine
    FROM person_version AS v
    WHERE v.version_id = recheck_settle_one.version_id AND v.superseded_at = 'infinity' AND v.person_id = held.person_id;
    IF mine.person_id IS NULL OR action NOT BETWEEN 1 AND 5 THEN
        RETURN; -- answered or changed meanwhile: not what was compared
    END IF;
    SELECT c.person_id, c.state INTO cover
    FROM coverage AS c
    WHERE c.coverage_id = held.coverage_id AND c.superseded_at = 'infinity';
    touched := ARRAY[held.person_id, cover.person_id];

    -- Whoever has the claimed number by now, and how it differs: as batch_plan_acquire does.
    SELECT n.person_id,
           p.birth_date <> mine.birth_date OR (p.sex1 <> mine.sex1 AND p.sex1 < 3 AND mine.sex1 < 3) AS differs_birth,
           coalesce(p.name_kana_key <> mine.name_kana_key, p.name_kana <> mine.name_kana, false)
               AND coalesce(p.name_key <> mine.name_key, p.name <> mine.name, false) AS differs_names
    INTO other
    FROM personal_number AS claim
    JOIN personal_number AS n
        ON n.number_index = claim.number_index AND n.unlinked_at = 'infinity' AND n.state = 1
    JOIN person_version AS p ON p.person_id = n.person_id AND p.superseded_at = 'infinity'
    WHERE claim.number_id = held.number_id AND claim.unlinked_at = 'infinity' AND claim.state = 2
        AND n.person_id <> held.person_id;
    SELECT CASE action WHEN 3 THEN 1 WHEN 4 THEN 1 WHEN 5 THEN 2
               ELSE CASE WHEN other.differs_birth OR other.differs_names AND action = 2 THEN 4 END END,
           CASE action WHEN 3 THEN 1 WHEN 4 THEN 2 WHEN 5 THEN 2
               ELSE CASE WHEN other.differs_birth THEN 2 WHEN other.differs_names AND action = 2 THEN 1 END END
    INTO kind, scope;
    IF kind = 4 THEN
        about := other.person_id;
    ELSIF kind IS NULL AND other.person_id IS NULL THEN
        -- Somebody else of the same kana, birth date, sex and address, under another number: nothing is sealed for it.
        SELECT p.person_id INTO about
        FROM person_version AS p
        WHERE p.birth_date = mine.birth_date AND p.name_kana_key = mine.name_kana_key AND p.superseded_at = 'infinity'
            AND p.sex1 = mine.sex1 AND p.address = mine.address AND p.person_id <> mine.person_id
            AND EXISTS (SELECT FROM personal_number AS n
                        WHERE n.person_id = p.person_id AND n.unlinked_at = 'infinity' AND n.state = 1)
        ORDER BY p.person_id
        LIMIT 1;
        IF about IS NOT NULL THEN
            kind := 5;
            scope := 0;
        END IF;
    END IF;

    IF coalesce(scope, 0) < 2 AND NOT EXISTS (
        SELECT FROM person_hold AS h
        WHERE h.coverage_id = held.coverage_id AND h.closed_at IS NULL AND h.hold_id <> held.hold_id
            AND (h.scope = 2 OR h.kind = 7) AND h.person_id = held.person_id)
    THEN
        BEGIN
            owner := cover.person_id;
            IF owner IS NOT NULL AND coalesce(kind, 5) = 5 THEN
                owner := number_claim(held.coverage_id, owner);
            END IF;
            IF (cover.state = 2 OR owner <> cover.person_id) AND NOT coverage_release(held.coverage_id, owner) THEN
                RAISE EXCEPTION 'another coverage starts on the same day' USING ERRCODE = 'exclusion_violation';
            END IF;
            IF owner <> cover.person_id THEN
                PERFORM person_follow(owner, held.coverage_id, mine);
                touched := touched || owner;
            END IF;
        EXCEPTION WHEN exclusion_violation THEN
            GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
            IF broken NOT IN ('', 'coverage_once_at_a_time') THEN
                RAISE;
            END IF;
            kind := 7;
            scope := 0;
            about := NULL;
        END;
    END IF;

    outcome := CASE WHEN kind IS NULL THEN 1 ELSE 2 END;
    IF kind IS NULL THEN
        PERFORM hold_close(held.hold_id, 4::int2, NULL, NULL);
        RETURN;
    END IF;
    UPDATE person_hold AS h
    SET kind = recheck.kind, scope = recheck.scope, fields = recheck.fields, due_on = hold_due_of(recheck.kind, today),
        other_person_id = coalesce(recheck.about, h.other_person_id)
    FROM (SELECT kind, scope, recheck_settle_one.fields, about) AS recheck (kind, scope, fields, about)
    WHERE h.hold_id = held.hold_id;
    -- The register bears the newcomer out: what is held under its number is somebody else's, and is sealed too.
    IF kind = 4 AND scope = 2 THEN
        INSERT INTO person_hold (person_id, scope, reason, insurer_number, kind, coverage_id, other_person_id, due_on)
        SELECT about, 2, 'identity doubt', c.insurer_number, 4, c.coverage_id, held.person_id, hold_due_of(4::int2, today)
        FROM coverage AS c
        WHERE c.person_id = about AND c.superseded_at = 'infinity'
            AND NOT EXISTS (SELECT FROM person_hold AS h
                            WHERE h.person_id = about AND h.closed_at IS NULL AND h.kind = 4
                                AND h.other_person_id = held.person_id)
        ORDER BY lower(c.valid) DESC, c.coverage_id DESC
        LIMIT 1;
        INSERT INTO correction (person_id, affected, kind) VALUES (about, daterange(NULL, today + 1), 3);
        touched := touched || about;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.recheck_settle_one IS
    'Carries out what the resident register says of one doubt; only for recheck_settle, which holds the locks.';

-- A coverage has moved to a person; the data that came with it are that person's from now on if no newer coverage is there.
CREATE OR REPLACE FUNCTION registry.person_follow(person_id int8, coverage_id int8, told registry.person_version) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz;
BEGIN
    IF EXISTS (
        SELECT
        FROM coverage AS c
        JOIN coverage AS own ON own.coverage_id = person_follow.coverage_id AND own.superseded_at = 'infinity'
        WHERE c.person_id = person_follow.person_id AND c.superseded_at = 'infinity' AND c.state = 1 AND c.scheme = own.scheme
            AND lower(c.valid) > lower(own.valid))
    THEN
        RETURN;
    END IF;
    UPDATE person_version AS v SET superseded_at = greatest(clock_timestamp(), v.recorded_at)
    WHERE v.person_id = person_follow.person_id AND v.superseded_at = 'infinity'
    RETURNING v.superseded_at INTO moment;
    INSERT INTO person_version (
        person_id, name, name_kana, name_other, name_other_kana, sex1, sex2, birth_date, address, post_number, recorded_at,
        origin, name_key, name_kana_key)
    VALUES (
        person_follow.person_id, told.name, told.name_kana, told.name_other, told.name_other_kana, told.sex1, told.sex2,
        told.birth_date, told.address, told.post_number, moment, told.origin, told.name_key, told.name_kana_key);
END
$$;
COMMENT ON FUNCTION registry.person_follow IS 'Renews a person by the data that a coverage which moved there came with.';

CREATE OR REPLACE FUNCTION registry.recheck_settle(
        hold_ids int8[], version_ids int8[], actions int2[], fields text[])
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    today   date := civil_day(now());
    item    record;
    done    record;
    touched int8[] := '{}';
BEGIN
    PERFORM apply_lock();
    PERFORM
    FROM person AS p
    WHERE p.person_id = ANY (ARRAY(SELECT h.person_id FROM person_hold AS h WHERE h.hold_id = ANY (hold_ids)))
    ORDER BY p.person_id
    FOR NO KEY UPDATE;
    FOR item IN
        SELECT q.* FROM unnest(hold_ids, version_ids, actions, fields) WITH ORDINALITY
            AS q (hold_id, version_id, action, fields, position)
        ORDER BY q.position
    LOOP
        done := recheck_settle_one(item.hold_id, item.version_id, item.action, item.fields, today);
        touched := touched || done.touched;
        ord := item.position - 1;
        outcome := done.outcome;
        RETURN NEXT;
    END LOOP;
    PERFORM dossier_refresh(touched);
END
$$;
COMMENT ON FUNCTION registry.recheck_settle IS
    'Settles doubts by what the resident register says: 1 settled, 2 a doubt for the insurer now, 3 nothing was done.';
