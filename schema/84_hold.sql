-- Functions for doubts that an insurer must answer, and for undoing a wrong link. functions.md explains each of them.

-- Records for each person that a list shows. Numbered by the caller, so that what one request shows of one person is on
-- record once, however often it is sent, and whatever else it shows the next time.
CREATE OR REPLACE FUNCTION registry.access_append_each(
        day date, actor_id int8, certificate_id int8, actor_kind int2, user_id text, request_id uuid, route int2, way int2,
        items int4, body_digest bytea, item_nos text, subjects bytea)
    RETURNS TABLE (recorded int4)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    numbers int4[] := access_append_each.item_nos::int4[];
    block   int8;
BEGIN
    IF cardinality(numbers) > 4096 OR octet_length(subjects) <> 16 * cardinality(numbers) THEN
        RAISE EXCEPTION 'access_append_each: at most 4096 subjects of 16 bytes, one for each number'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    block := nextval('access_record_id') << 12;
    INSERT INTO access_record (
        record_id, day, actor_id, certificate_id, actor_kind, user_id, request_id, item_no, route, way, purpose, subject,
        items, body_digest)
    SELECT block + q.position - 1, access_append_each.day, access_append_each.actor_id, access_append_each.certificate_id,
           access_append_each.actor_kind, access_append_each.user_id, access_append_each.request_id, q.item_no,
           access_append_each.route, access_append_each.way, 0, substring(subjects FROM 16 * q.position::int - 15 FOR 16),
           access_append_each.items, access_append_each.body_digest
    FROM unnest(numbers) WITH ORDINALITY AS q (item_no, position)
    ORDER BY q.item_no
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS recorded = ROW_COUNT;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.access_append_each IS 'Writes an access record for each person that the answer to one request shows.';

CREATE OR REPLACE FUNCTION registry.hold_list(insurer_number text, after_hold_id int8, count_max int4)
    RETURNS TABLE (hold_id int8, person_id int8, kind int2, scope int2, fields text, batch_id int8, row_no int4, row_key text,
                   symbol text, number text, branch text, opened_at timestamptz, due_on date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.hold_id, h.person_id, h.kind, h.scope, h.fields, b.batch_id, CASE WHEN b.batch_id IS NOT NULL THEN h.row_no END,
           r.row_key, c.symbol, c.number, c.branch, h.opened_at, h.due_on
    FROM person_hold AS h
    -- A row of another insurer may have raised it: that one's names of it are not told.
    LEFT JOIN batch AS b ON b.batch_id = h.batch_id AND b.insurer_number = h.insurer_number
    LEFT JOIN batch_row AS r ON r.batch_id = b.batch_id AND r.row_no = h.row_no
    LEFT JOIN coverage AS c ON c.coverage_id = h.coverage_id AND c.insurer_number = h.insurer_number
        AND c.superseded_at = 'infinity'
    WHERE h.insurer_number = hold_list.insurer_number AND h.closed_at IS NULL AND h.hold_id > after_hold_id
    ORDER BY h.hold_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.hold_list IS 'Doubts that this insurer must answer, oldest first. Never what the registry or a register holds.';

CREATE OR REPLACE FUNCTION registry.hold_read(insurer_number text, hold_id int8)
    RETURNS TABLE (person_id int8, kind int2, scope int2, fields text, batch_id int8, row_no int4, row_key text,
                   symbol text, number text, branch text, opened_at timestamptz, due_on date, closed_at timestamptz, answer int2, answer_reason int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.person_id, h.kind, h.scope, h.fields, b.batch_id, CASE WHEN b.batch_id IS NOT NULL THEN h.row_no END,
           r.row_key, c.symbol, c.number, c.branch, h.opened_at, h.due_on, h.closed_at, h.answer, h.answer_reason
    FROM person_hold AS h
    LEFT JOIN batch AS b ON b.batch_id = h.batch_id AND b.insurer_number = h.insurer_number
    LEFT JOIN batch_row AS r ON r.batch_id = b.batch_id AND r.row_no = h.row_no
    LEFT JOIN coverage AS c ON c.coverage_id = h.coverage_id AND c.insurer_number = h.insurer_number
        AND c.superseded_at = 'infinity'
    WHERE h.hold_id = hold_read.hold_id AND h.insurer_number = hold_read.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.hold_read IS 'A doubt of this insurer, open or answered.';

-- Ends the current version of a coverage and adds the next one, of this person and these days. Its origin stays what it was,
-- unless the batch is told that is behind the change.
CREATE OR REPLACE FUNCTION registry.coverage_next(
        coverage_id int8, person_id int8, valid daterange, declared_until date, state int2, origin int8 DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    WITH old AS (
        UPDATE coverage AS c SET superseded_at = greatest(clock_timestamp(), c.recorded_at)
        WHERE c.coverage_id = coverage_next.coverage_id AND c.superseded_at = 'infinity'
        RETURNING c.*
    )
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key, symbol_loose,
        number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on, card_valid_from,
        card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT o.coverage_id, coverage_next.person_id, o.insurer_number, o.card_class, o.symbol, o.number, o.branch, o.symbol_key,
           o.number_key, o.symbol_loose, o.number_loose, o.relation, o.insured_name, coverage_next.valid,
           coverage_next.declared_until, o.loss_reason, o.issued_on, o.card_valid_from, o.card_expires_on,
           coverage_next.state, o.scheme, o.preschool_until, o.superseded_at, coalesce(coverage_next.origin, o.origin)
    FROM old AS o;
END
$$;
COMMENT ON FUNCTION registry.coverage_next IS 'Adds a version to a coverage, and lets the earlier one end; the caller refreshes the dossiers.';

-- A coverage that was held comes into its own. False, and nothing done, when another one starts on the same day.
CREATE OR REPLACE FUNCTION registry.coverage_release(coverage_id int8, person_id int8) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held   record;
    older  record;
    ends   date;
BEGIN
    SELECT c.* INTO STRICT held
    FROM coverage AS c WHERE c.coverage_id = coverage_release.coverage_id AND c.superseded_at = 'infinity';
    IF EXISTS (
        SELECT
        FROM coverage AS c
        WHERE c.person_id = coverage_release.person_id AND c.superseded_at = 'infinity' AND c.state = 1
            AND c.scheme = held.scheme AND c.valid && held.valid AND lower(c.valid) = lower(held.valid)
            AND c.coverage_id <> held.coverage_id)
    THEN
        RETURN false;
    END IF;
    -- Of two coverages the one that starts later ends the other; what their insurers say of their ends stays known.
    SELECT min(lower(c.valid)) INTO ends
    FROM coverage AS c
    WHERE c.person_id = coverage_release.person_id AND c.superseded_at = 'infinity' AND c.state = 1 AND c.scheme = held.scheme
        AND c.valid && held.valid AND lower(c.valid) > lower(held.valid);
    FOR older IN
        SELECT c.coverage_id, c.valid, coalesce(c.declared_until, upper(c.valid), 'infinity') AS declared_until
        FROM coverage AS c
        WHERE c.person_id = coverage_release.person_id AND c.superseded_at = 'infinity' AND c.state = 1
            AND c.scheme = held.scheme AND c.valid && held.valid AND lower(c.valid) < lower(held.valid)
            AND c.coverage_id <> held.coverage_id
    LOOP
        PERFORM coverage_next(older.coverage_id, coverage_release.person_id, daterange(lower(older.valid), lower(held.valid)),
                              older.declared_until, 1::int2, held.origin);
        INSERT INTO correction (person_id, affected, kind)
        VALUES (coverage_release.person_id, daterange(lower(held.valid), upper(older.valid)), 1);
    END LOOP;
    PERFORM coverage_next(held.coverage_id, coverage_release.person_id,
                          CASE WHEN ends IS NULL THEN held.valid ELSE daterange(lower(held.valid), ends) END,
                          CASE WHEN ends IS NULL THEN held.declared_until
                               ELSE coalesce(held.declared_until, upper(held.valid), 'infinity') END, 1::int2);
    INSERT INTO correction (person_id, affected, kind)
    SELECT DISTINCT q.id, held.valid, 1 FROM unnest(ARRAY[held.person_id, coverage_release.person_id]) AS q (id);
    RETURN true;
END
$$;
COMMENT ON FUNCTION registry.coverage_release IS
    'Puts a held coverage in order, for this person; false if another one starts on the same day.';

-- A coverage that never existed: no current version of it or of its terms, and no claim to a number by it.
CREATE OR REPLACE FUNCTION registry.coverage_void(coverage_id int8) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    old    record;
BEGIN
    UPDATE coverage AS c SET superseded_at = greatest(moment, c.recorded_at)
    WHERE c.coverage_id = coverage_void.coverage_id AND c.superseded_at = 'infinity'
    RETURNING c.person_id, c.valid INTO old;
    UPDATE burden_ratio AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE elderly_certificate AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE ceiling AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE specific_disease AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE eligibility_certificate AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE checkup AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE personal_number AS n SET unlinked_at = greatest(moment, n.linked_at)
    WHERE n.state = 2 AND n.unlinked_at = 'infinity' AND n.number_id IN (
        SELECT h.number_id FROM person_hold AS h WHERE h.coverage_id = coverage_void.coverage_id AND h.person_id = n.person_id);
    IF old.person_id IS NOT NULL THEN
        INSERT INTO correction (person_id, affected, kind) VALUES (old.person_id, old.valid, 1);
    END IF;
END
$$;
COMMENT ON FUNCTION registry.coverage_void IS 'Withdraws a coverage as if it had never existed; the caller refreshes the dossier.';

-- The user certificate that came with a held coverage is linked with it; one that is somebody else's stays theirs.
CREATE OR REPLACE FUNCTION registry.credential_claim(coverage_id int8, person_id int8) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    INSERT INTO credential (serial, person_id, insurer_number, linked_at, origin)
    SELECT h.credential, credential_claim.person_id, h.insurer_number, clock_timestamp(), h.batch_id
    FROM person_hold AS h
    WHERE h.coverage_id = credential_claim.coverage_id AND h.credential IS NOT NULL
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION registry.credential_claim IS 'Links the user certificate that waited with a held coverage.';

-- The personal number that a held coverage claims is linked. Returns the person whose coverage it is from now on: the one
-- who has that number already, if anybody has.
CREATE OR REPLACE FUNCTION registry.number_claim(coverage_id int8, person_id int8) RETURNS int8
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    claim  record;
    holder int8;
BEGIN
    SELECT n.number_id, n.number_index INTO claim
    FROM personal_number AS n
    WHERE n.number_id = (
            SELECT max(c.number_id)
            FROM person_hold AS h
            CROSS JOIN LATERAL (SELECT p.* FROM personal_number AS p WHERE p.number_id = h.number_id OFFSET 0) AS c
            WHERE h.coverage_id = number_claim.coverage_id AND c.person_id = number_claim.person_id AND c.state = 2
                AND c.unlinked_at = 'infinity')
        AND n.state = 2 AND n.unlinked_at = 'infinity'
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN person_id;
    END IF;
    SELECT n.person_id INTO holder
    FROM personal_number AS n
    WHERE n.number_index = claim.number_index AND n.state = 1 AND n.unlinked_at = 'infinity'
    FOR NO KEY UPDATE;
    -- Two people cannot be one who were born on different days: the claim stays one, and leads nobody to either.
    IF EXISTS (
        SELECT
        FROM person_version AS mine, person_version AS p
        WHERE mine.person_id = number_claim.person_id AND mine.superseded_at = 'infinity'
            AND p.person_id = holder AND p.superseded_at = 'infinity'
            AND (p.birth_date <> mine.birth_date OR (p.sex1 <> mine.sex1 AND p.sex1 < 3 AND mine.sex1 < 3)))
    THEN
        INSERT INTO person_hold (person_id, scope, reason, insurer_number, kind, coverage_id, other_person_id, due_on)
        SELECT holder, 0, 'identity doubt', c.insurer_number, 4, c.coverage_id, number_claim.person_id,
               hold_due_of(4::int2, civil_day(now()))
        FROM coverage AS c
        WHERE c.person_id = holder AND c.superseded_at = 'infinity'
        ORDER BY lower(c.valid) DESC, c.coverage_id DESC
        LIMIT 1;
        RETURN person_id;
    END IF;
    IF holder IS NOT NULL AND holder <> person_id THEN
        UPDATE personal_number AS n SET unlinked_at = greatest(moment, n.linked_at) WHERE n.number_id = claim.number_id;
        PERFORM credential_claim(coverage_id, holder);
        RETURN holder;
    END IF;
    IF holder IS NULL THEN
        -- A person has one number: what it was linked to before has ended.
        UPDATE personal_number AS n SET unlinked_at = greatest(moment, n.linked_at)
        WHERE n.person_id = number_claim.person_id AND n.state = 1 AND n.unlinked_at = 'infinity';
        UPDATE personal_number AS n SET state = 1 WHERE n.number_id = claim.number_id;
    END IF;
    PERFORM credential_claim(coverage_id, person_id);
    RETURN person_id;
END
$$;
COMMENT ON FUNCTION registry.number_claim IS 'Links the number that a held coverage claims; returns whose coverage it is.';

-- Closes a hold, and others with it that lie on the same coverage.
CREATE OR REPLACE FUNCTION registry.hold_close(hold_id int8, answer int2, reason int2, user_id text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    UPDATE person_hold AS h
    SET closed_at = greatest(clock_timestamp(), h.opened_at), answer = hold_close.answer, answer_reason = hold_close.reason,
        answered_by = hold_close.user_id
    WHERE h.hold_id = hold_close.hold_id;
END
$$;
COMMENT ON FUNCTION registry.hold_close IS 'Closes a hold with its answer.';

-- One answer. Outcome as hold_answer; touched are the persons whose dossiers must be made anew.
CREATE OR REPLACE FUNCTION registry.hold_answer_one(
        insurer_number text, user_id text, today date, given jsonb, OUT outcome int2, OUT touched int8[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    wanted  int2 := given ->> 'answer';
    reason  int2 := given ->> 'reason';
    held    record;
    cover   record;
    owner   int8;
    version person_version;
    link    int8;
    broken  text;
BEGIN
    SELECT h.* INTO held
    FROM person_hold AS h
    WHERE h.hold_id = (given ->> 'hold_id')::int8 AND h.insurer_number = hold_answer_one.insurer_number;
    IF NOT FOUND THEN
        outcome := 2;
        RETURN;
    ELSIF held.closed_at IS NOT NULL THEN
        outcome := 3;
        RETURN;
    END IF;
    SELECT c.person_id, c.valid, c.state INTO cover
    FROM coverage AS c
    WHERE c.coverage_id = held.coverage_id AND c.superseded_at = 'infinity';
    touched := ARRAY[held.person_id, cover.person_id];
    -- Which number the register is to be asked by: the one in doubt, or else the person's own.
    link := coalesce(held.number_id, (
        SELECT n.number_id FROM personal_number AS n
        WHERE n.person_id = held.person_id AND n.unlinked_at = 'infinity'
        ORDER BY n.state, n.number_id DESC
        LIMIT 1));
    outcome := CASE
        WHEN wanted = 2 AND NOT EXISTS (
            SELECT FROM code_table AS t
            WHERE t.code_id = 'confirm_reason' AND t.code = reason::text COLLATE "C" AND t.valid_from <= today
                AND coalesce(t.valid_to, 'infinity') > today) THEN 5
        -- While the register has not answered there is nothing to confirm; other doubts are not about the person's data.
        WHEN wanted = 2 AND held.kind = 3 THEN 6
        WHEN wanted = 1 AND (held.kind NOT IN (1, 2, 4, 5, 6) OR link IS NULL
                             OR person_is_elsewhere(held.person_id, insurer_number, today)) THEN 6
        WHEN wanted = 3 AND cover.person_id IS NULL THEN 6
        ELSE 1
    END;
    IF outcome <> 1 THEN
        RETURN;
    END IF;
    CASE wanted
    WHEN 1 THEN
        -- The data become what the insurer says now, and the register is asked again; what was sealed stays so.
        UPDATE person_version AS p SET superseded_at = greatest(clock_timestamp(), p.recorded_at)
        WHERE p.person_id = held.person_id AND p.superseded_at = 'infinity'
        RETURNING p.* INTO version;
        version := jsonb_populate_record(version, (given -> 'correct') || jsonb_build_object(
            'version_id', nextval(pg_get_serial_sequence('registry.person_version', 'version_id')),
            'recorded_at', version.superseded_at, 'superseded_at', 'infinity', 'origin', NULL));
        INSERT INTO person_version SELECT version.*;
        INSERT INTO person_hold (person_id, scope, reason, insurer_number, kind, coverage_id, other_person_id, number_id, batch_id,
                                 row_no, due_on)
        VALUES (held.person_id, held.scope, 'corrected by the insurer', held.insurer_number, 3, held.coverage_id,
                held.other_person_id, link, held.batch_id, held.row_no, hold_due_of(3::int2, today));
        IF cover.valid IS NOT NULL THEN
            INSERT INTO correction (person_id, affected, kind) VALUES (held.person_id, cover.valid, 2);
        END IF;
    WHEN 2 THEN
        -- The last doubt on a coverage puts it in order.
        IF cover.state = 2 AND NOT EXISTS (
            SELECT FROM person_hold AS h
            WHERE h.coverage_id = held.coverage_id AND h.closed_at IS NULL AND h.scope > 0 AND h.hold_id <> held.hold_id)
        THEN
            BEGIN
                owner := number_claim(held.coverage_id, cover.person_id);
                IF NOT coverage_release(held.coverage_id, owner) THEN
                    RAISE EXCEPTION 'another coverage starts on the same day' USING ERRCODE = 'exclusion_violation';
                END IF;
                touched := touched || owner;
            EXCEPTION WHEN exclusion_violation THEN
                GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
                IF broken NOT IN ('', 'coverage_once_at_a_time') THEN
                    RAISE;
                END IF;
                outcome := 7;
                RETURN;
            END;
        END IF;
    WHEN 3 THEN
        PERFORM coverage_void(held.coverage_id);
        PERFORM hold_close(h.hold_id, 3::int2, NULL, hold_answer_one.user_id)
        FROM person_hold AS h
        WHERE h.coverage_id = held.coverage_id AND h.closed_at IS NULL AND h.insurer_number = held.insurer_number
            AND h.hold_id <> held.hold_id;
    END CASE;
    PERFORM hold_close(held.hold_id, wanted, CASE wanted WHEN 2 THEN reason END, hold_answer_one.user_id);
END
$$;
COMMENT ON FUNCTION registry.hold_answer_one IS 'Carries out one answer to a doubt; only for hold_answer, which holds the locks.';

CREATE OR REPLACE FUNCTION registry.hold_answer(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, today date, answers jsonb)
    RETURNS TABLE (item_no int4, outcome int2, hold_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- A thousand answers are some ten thousand statements: each is planned once, for tables that may have been empty then.
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    begun   record;
    given   jsonb;
    done    record;
    touched int8[] := '{}';
BEGIN
    PERFORM apply_lock();
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing = 3 THEN
        RETURN QUERY SELECT 0, 4::int2, NULL::int8;
        RETURN;
    END IF;
    IF begun.standing = 1 THEN
        -- Persons first and in order, as all who change them do; then what they are locked for is read.
        PERFORM
        FROM person AS p
        WHERE p.person_id IN (
            SELECT unnest(ARRAY[h.person_id, h.other_person_id])
            FROM jsonb_array_elements(answers) AS a
            JOIN person_hold AS h ON h.hold_id = (a ->> 'hold_id')::int8 AND h.insurer_number = hold_answer.insurer_number)
        ORDER BY p.person_id
        FOR NO KEY UPDATE;
        begun.reply := '[]';
        FOR given IN SELECT a FROM jsonb_array_elements(answers) AS a ORDER BY (a ->> 'item_no')::int LOOP
            done := hold_answer_one(insurer_number, user_id, today, given);
            touched := touched || done.touched;
            begun.reply := begun.reply || jsonb_build_object('item_no', given -> 'item_no', 'hold_id', given -> 'hold_id',
                                                             'outcome', done.outcome);
        END LOOP;
        PERFORM enrolment_end(insurer_number, request_id, begun.reply);
        PERFORM dossier_refresh(touched);
    END IF;
    RETURN QUERY
    SELECT r.item_no, r.outcome, r.hold_id
    FROM jsonb_to_recordset(begun.reply) AS r (item_no int4, outcome int2, hold_id int8)
    ORDER BY r.item_no;
END
$$;
COMMENT ON FUNCTION registry.hold_answer IS 'Takes the answers of an insurer to its doubts, and carries them out.';

-- ---- wrong links ----------------------------------------------------------------------------------

-- The coverage of this insurer that a row of its batch, or a card, names; no row if none, several if it is not one person.
CREATE OR REPLACE FUNCTION registry.unlink_target(
        insurer_number text, batch_id int8, row_no int4, card_key text, branch text, birth_date date)
    RETURNS TABLE (person_id int8, coverage_id int8)
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF batch_id IS NOT NULL THEN
        RETURN QUERY
        SELECT c.person_id, c.coverage_id
        FROM batch AS b
        JOIN batch_row AS r USING (batch_id)
        JOIN coverage AS c ON c.coverage_id = r.coverage_id AND c.superseded_at = 'infinity'
        WHERE b.batch_id = unlink_target.batch_id AND b.insurer_number = unlink_target.insurer_number
            AND r.row_no = unlink_target.row_no AND c.insurer_number = unlink_target.insurer_number;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT DISTINCT ON (c.person_id) c.person_id, c.coverage_id
    FROM card AS k
    JOIN coverage AS c ON c.person_id = k.person_id AND c.superseded_at = 'infinity'
    WHERE k.card_key = unlink_target.card_key COLLATE "C" AND k.birth_date = unlink_target.birth_date
        AND c.insurer_number = unlink_target.insurer_number
        AND c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose = unlink_target.card_key COLLATE "C"
        AND (unlink_target.branch IS NULL OR c.branch IS NULL OR c.branch = unlink_target.branch COLLATE "C")
    ORDER BY c.person_id, lower(c.valid) DESC;
END
$$;
COMMENT ON FUNCTION registry.unlink_target IS 'The coverage of this insurer that a row or a card names.';

CREATE OR REPLACE FUNCTION registry.unlink(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, today date, batch_id int8, row_no int4,
        card_key text, branch text, birth_date date)
    RETURNS TABLE (outcome int2, unlink_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun  record;
    target record;
    link   record;
    since  timestamptz;
    hold   int8;
BEGIN
    PERFORM apply_lock();
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing > 1 THEN
        outcome := CASE begun.standing WHEN 3 THEN 4 ELSE (begun.reply ->> 'outcome')::int END;
        unlink_id := (begun.reply ->> 'unlink_id')::int8;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT count(*) AS persons, min(t.person_id) AS person_id, min(t.coverage_id) AS coverage_id INTO target
    FROM unlink_target(insurer_number, batch_id, row_no, card_key, branch, birth_date) AS t;
    outcome := CASE target.persons WHEN 0 THEN 2 WHEN 1 THEN 1 ELSE 5 END;
    IF outcome = 1 THEN
        PERFORM FROM person AS p WHERE p.person_id = target.person_id FOR NO KEY UPDATE;
        -- Asked twice, in other words: the seal that stands is the answer.
        SELECT u.unlink_id INTO unlink_id
        FROM number_unlink AS u
        JOIN person_hold AS h USING (hold_id)
        WHERE u.insurer_number = unlink.insurer_number AND u.person_id = target.person_id AND h.closed_at IS NULL;
        IF NOT FOUND THEN
            UPDATE personal_number AS n SET unlinked_at = greatest(clock_timestamp(), n.linked_at)
            WHERE n.person_id = target.person_id AND n.insurer_number = unlink.insurer_number AND n.state = 1
                AND n.unlinked_at = 'infinity'
            RETURNING n.number_id, n.linked_at INTO link;
            SELECT min(c.recorded_at) INTO since
            FROM coverage AS c WHERE c.coverage_id = target.coverage_id AND c.person_id = target.person_id;
            INSERT INTO person_hold AS h (person_id, scope, reason, insurer_number, kind, coverage_id, number_id, due_on)
            VALUES (target.person_id, 2, 'wrong link', unlink.insurer_number, 9, target.coverage_id, link.number_id,
                    hold_due_of(9::int2, today))
            RETURNING h.hold_id INTO hold;
            INSERT INTO number_unlink AS u (insurer_number, person_id, coverage_id, number_id, hold_id, linked_at, unlinked_at, user_id)
            VALUES (unlink.insurer_number, target.person_id, target.coverage_id, link.number_id, hold,
                    coalesce(link.linked_at, since), clock_timestamp(), unlink.user_id)
            RETURNING u.unlink_id INTO unlink_id;
            INSERT INTO correction (person_id, affected, kind)
            SELECT target.person_id, c.valid, 3
            FROM coverage AS c WHERE c.coverage_id = target.coverage_id AND c.superseded_at = 'infinity';
            PERFORM dossier_refresh(ARRAY[target.person_id]);
        END IF;
    END IF;
    PERFORM enrolment_end(insurer_number, request_id, jsonb_build_object('outcome', outcome, 'unlink_id', unlink_id));
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.unlink IS 'Ends the link of a personal number that this insurer made, and seals the person at once.';

CREATE OR REPLACE FUNCTION registry.unlink_read(insurer_number text, unlink_id int8)
    RETURNS TABLE (person_id int8, hold_id int8, link_ended bool, linked_at timestamptz, unlinked_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT u.person_id, u.hold_id, u.number_id IS NOT NULL, u.linked_at, u.unlinked_at
    FROM number_unlink AS u
    WHERE u.unlink_id = unlink_read.unlink_id AND u.insurer_number = unlink_read.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.unlink_read IS 'A wrong link that this insurer ended.';

CREATE OR REPLACE FUNCTION registry.unlink_exposure(
        insurer_number text, unlink_id int8, subjects bytea, after_day date, after_record_id int8, count_max int4)
    RETURNS TABLE (record_id int8, day date, recorded_at timestamptz, actor_kind int2, facility_code text, items int4)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- With the days known, only their partitions are planned for and locked.
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    link  record;
    names bytea[] := ARRAY(
        SELECT substring(subjects FROM 16 * n - 15 FOR 16) FROM generate_series(1, octet_length(subjects) / 16) AS n);
BEGIN
    SELECT u.linked_at, u.unlinked_at INTO link
    FROM number_unlink AS u
    WHERE u.unlink_id = unlink_exposure.unlink_id AND u.insurer_number = unlink_exposure.insurer_number;
    RETURN QUERY EXECUTE $query$
        SELECT a.record_id, a.day, a.recorded_at, a.actor_kind, f.facility_code, a.items
        FROM access_record AS a
        LEFT JOIN facility AS f USING (facility_id)
        WHERE a.subject = ANY ($1) AND a.day BETWEEN $2 AND $3 AND a.recorded_at BETWEEN $4 AND $5 AND a.fault IS NULL
            AND a.items <> 0 AND (a.day, a.record_id) > ($6, $7)
        ORDER BY a.day, a.record_id
        LIMIT $8
    $query$ USING names, greatest(civil_day(link.linked_at), after_day), civil_day(link.unlinked_at), link.linked_at,
                  link.unlinked_at, coalesce(after_day, '-infinity'), coalesce(after_record_id, 0), count_max;
END
$$;
COMMENT ON FUNCTION registry.unlink_exposure IS
    'Who was shown what of the person while the wrong link stood; subjects are its pseudonyms, 16 bytes for each year.';
