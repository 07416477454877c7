-- Functions for notices and their clock. functions.md explains each of them.
-- All but notice_clock take the insurer of the caller's certificate, and reach nothing of any other insurer.

-- The same request again: each function that changes something for an insurer begins and ends with these two.
CREATE OR REPLACE FUNCTION registry.enrolment_begin(
        insurer_number text, request_id uuid, route int2, digest bytea, OUT standing int2, OUT reply jsonb)
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    old record;
BEGIN
    -- Whoever comes second waits here until the first has committed.
    INSERT INTO enrolment_reply (insurer_number, request_id, route, body_digest)
    VALUES (enrolment_begin.insurer_number, enrolment_begin.request_id, enrolment_begin.route, digest)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        standing := 1;
        RETURN;
    END IF;
    SELECT e.route, e.body_digest, e.reply INTO STRICT old
    FROM enrolment_reply AS e
    WHERE e.insurer_number = enrolment_begin.insurer_number AND e.request_id = enrolment_begin.request_id;
    standing := CASE WHEN old.route = enrolment_begin.route AND old.body_digest = digest THEN 2 ELSE 3 END;
    reply := CASE standing WHEN 2 THEN old.reply END;
END
$$;
COMMENT ON FUNCTION registry.enrolment_begin IS
    'Whether a request of an insurer is 1 new, 2 answered already (reply says how), 3 another one under the same id.';

CREATE OR REPLACE FUNCTION registry.enrolment_end(insurer_number text, request_id uuid, reply jsonb) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    UPDATE enrolment_reply AS e SET reply = enrolment_end.reply
    WHERE e.insurer_number = enrolment_end.insurer_number AND e.request_id = enrolment_end.request_id
$$;
COMMENT ON FUNCTION registry.enrolment_end IS 'Keeps what a request of an insurer came to.';

CREATE OR REPLACE FUNCTION registry.enrolment_expire(today date, count_max int4) RETURNS int4
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    removed int4;
BEGIN
    DELETE FROM enrolment_reply AS e
    WHERE (e.insurer_number, e.request_id) IN (
        SELECT o.insurer_number, o.request_id
        FROM enrolment_reply AS o
        WHERE o.made_at < (today - policy_number('enrolment_reply_keep_days', today))::timestamp AT TIME ZONE 'Asia/Tokyo'
        ORDER BY o.made_at
        LIMIT count_max
        FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION registry.enrolment_expire IS 'Removes kept replies whose time is up.';

CREATE OR REPLACE FUNCTION registry.insurer_heard(insurer_number text) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    -- Not at every request: each time makes a new version of the row, and every server reads it again.
    UPDATE insurer AS i SET last_heard_at = now()
    WHERE i.insurer_number = insurer_heard.insurer_number
        AND (i.last_heard_at IS NULL OR i.last_heard_at < now() - interval '10 seconds')
$$;
COMMENT ON FUNCTION registry.insurer_heard IS 'Notes that the registry has heard from an insurer, to within ten seconds.';

CREATE OR REPLACE FUNCTION registry.notice_open(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, notices jsonb)
    RETURNS TABLE (item_no int4, outcome int2, notice_id int8, due_on date, plain_due_on date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun    record;
    numbered jsonb;
BEGIN
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing = 3 THEN
        RETURN QUERY SELECT 0, 4::int2, NULL::int8, NULL::date, NULL::date;
        RETURN;
    END IF;
    IF begun.standing = 1 THEN
        -- Numbers first, so that what was inserted can be told from what stood there.
        SELECT coalesce(jsonb_agg(n || jsonb_build_object('notice_id', nextval('notice_id'))), '[]') INTO numbered
        FROM jsonb_array_elements(notices) AS n;
        INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, symbol, number,
                            branch, birth_date, notice_key, user_id)
        SELECT n.notice_id, notice_open.insurer_number, n.change_kind, n.event_on, n.received_on,
               due.due_on, n.card_key, n.symbol, n.number, n.branch,
               n.birth_date, n.notice_key, notice_open.user_id
        FROM jsonb_to_recordset(numbered) AS n (
            notice_id int8, item_no int4, notice_key text, change_kind int2, event_on date, received_on date, card_key text,
            symbol text, number text, branch text, birth_date date)
        -- Counted once for each day: most notices of a list came on the same one.
        LEFT JOIN (
            SELECT d.received_on, registration_due(d.received_on) AS due_on
            FROM (SELECT DISTINCT (m ->> 'received_on')::date AS received_on FROM jsonb_array_elements(numbered) AS m) AS d
        ) AS due ON due.received_on = n.received_on
        ORDER BY n.notice_key, n.item_no
        ON CONFLICT DO NOTHING;
        -- 1 it was taken; 2 the same stands under this key; 3 another one does.
        SELECT coalesce(jsonb_agg(jsonb_build_object('item_no', n.item_no, 'notice_id', held.notice_id, 'due_on', held.due_on,
            'received_on', held.received_on,
            'outcome', CASE
                WHEN held.notice_id = n.notice_id THEN 1
                WHEN (held.change_kind, held.received_on, held.card_key, held.birth_date)
                        = (n.change_kind, n.received_on, n.card_key, n.birth_date)
                    AND held.event_on IS NOT DISTINCT FROM n.event_on
                    AND held.branch IS NOT DISTINCT FROM n.branch COLLATE "C" THEN 2
                ELSE 3
            END)), '[]')
        INTO begun.reply
        FROM jsonb_to_recordset(numbered) AS n (
            notice_id int8, item_no int4, notice_key text, change_kind int2, event_on date, received_on date, card_key text,
            branch text, birth_date date)
        CROSS JOIN LATERAL (
            SELECT h.*
            FROM notice AS h
            WHERE h.superseded_at = 'infinity' AND h.insurer_number = notice_open.insurer_number
                AND (h.notice_id = n.notice_id OR h.notice_key = n.notice_key COLLATE "C")
        ) AS held;
        PERFORM enrolment_end(insurer_number, request_id, begun.reply);
        PERFORM insurer_heard(insurer_number);
    END IF;
    RETURN QUERY
    SELECT r.item_no, r.outcome, r.notice_id, r.due_on,
           r.received_on + registration_days(r.received_on)
    FROM jsonb_to_recordset(begun.reply) AS r (
        item_no int4, outcome int2, notice_id int8, due_on date, received_on date)
    ORDER BY r.item_no;
END
$$;
COMMENT ON FUNCTION registry.notice_open IS 'Takes notices of an insurer in, each with its number and due day.';

-- Ends the current version of a notice and adds the next one; the caller has locked it.
CREATE OR REPLACE FUNCTION registry.notice_next(
        notice_id int8, state int2, user_id text, changes jsonb, batch_id int8, row_no int4)
    RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    WITH old AS (
        UPDATE notice AS n SET superseded_at = greatest(clock_timestamp(), n.recorded_at)
        WHERE n.notice_id = notice_next.notice_id AND n.superseded_at = 'infinity'
        RETURNING n.*
    )
    INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, symbol, number,
                        branch, birth_date, state, recorded_at, notice_key, user_id, batch_id, row_no)
    SELECT new.notice_id, old.insurer_number, new.change_kind, new.event_on, new.received_on, new.due_on, new.card_key,
           new.symbol, new.number, new.branch, new.birth_date, notice_next.state, old.superseded_at, old.notice_key,
           notice_next.user_id, notice_next.batch_id, notice_next.row_no
    FROM old
    CROSS JOIN LATERAL jsonb_populate_record(ROW (old.*)::notice, changes) AS new
$$;
COMMENT ON FUNCTION registry.notice_next IS 'Adds a version to a notice; changes names the columns that differ.';

-- Locks a notice of this insurer; 1 it may be changed, 2 there is none, 3 it was fulfilled or withdrawn.
CREATE OR REPLACE FUNCTION registry.notice_lock(insurer_number text, notice_id int8) RETURNS int2
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    found_state int2;
BEGIN
    SELECT n.state INTO found_state
    FROM notice AS n
    WHERE n.notice_id = notice_lock.notice_id AND n.insurer_number = notice_lock.insurer_number
        AND n.superseded_at = 'infinity'
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        -- Whoever held the lock may have added a version, which only a later look shows.
        SELECT n.state INTO found_state
        FROM notice AS n
        WHERE n.notice_id = notice_lock.notice_id AND n.insurer_number = notice_lock.insurer_number
            AND n.superseded_at = 'infinity'
        FOR NO KEY UPDATE;
    END IF;
    RETURN CASE WHEN found_state IS NULL THEN 2 WHEN found_state IN (1, 4) THEN 1 ELSE 3 END;
END
$$;
COMMENT ON FUNCTION registry.notice_lock IS 'Locks a notice of this insurer, and says whether it may be changed.';

CREATE OR REPLACE FUNCTION registry.notice_correct(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, notice_id int8, today date,
        correct jsonb)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun record;
    due   date := registration_due((correct ->> 'received_on')::date);
BEGIN
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing = 1 THEN
        outcome := notice_lock(insurer_number, notice_id);
        IF outcome = 1 THEN
            -- A later due day opens it again; what was missed stays on the record of breaches.
            PERFORM notice_next(notice_correct.notice_id, CASE WHEN n.state = 4 AND due < today THEN 4 ELSE 1 END::int2,
                                notice_correct.user_id, correct || jsonb_build_object('due_on', due), NULL, NULL)
            FROM notice AS n
            WHERE n.notice_id = notice_correct.notice_id AND n.superseded_at = 'infinity';
        END IF;
        PERFORM enrolment_end(insurer_number, request_id, to_jsonb(outcome));
        PERFORM insurer_heard(insurer_number);
    ELSE
        outcome := CASE begun.standing WHEN 2 THEN begun.reply::int ELSE 4 END;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.notice_correct IS 'Adds a corrected version to an open notice of this insurer.';

CREATE OR REPLACE FUNCTION registry.notice_withdraw(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, notice_id int8)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun record;
BEGIN
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing = 1 THEN
        outcome := notice_lock(insurer_number, notice_id);
        IF outcome = 1 THEN
            PERFORM notice_next(notice_id, 3::int2, user_id, '{}', NULL, NULL);
        END IF;
        PERFORM enrolment_end(insurer_number, request_id, to_jsonb(outcome));
        PERFORM insurer_heard(insurer_number);
    ELSE
        outcome := CASE begun.standing WHEN 2 THEN begun.reply::int ELSE 4 END;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.notice_withdraw IS 'Withdraws an open notice of this insurer.';

CREATE OR REPLACE FUNCTION registry.notice_read(insurer_number text, notice_id int8)
    RETURNS TABLE (state int2, change_kind int2, event_on date, received_on date, due_on date, plain_due_on date,
                   symbol text, number text, branch text, birth_date date, notice_key text, batch_id int8, row_no int4,
                   recorded_at timestamptz, user_id text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- Two indexes share the versions between them; each branch reads one.
    RETURN QUERY
    SELECT v.state, v.change_kind, v.event_on, v.received_on, v.due_on,
           v.received_on + registration_days(v.received_on), v.symbol, v.number, v.branch,
           v.birth_date, v.notice_key, v.batch_id, v.row_no, v.recorded_at, v.user_id
    FROM (
        SELECT * FROM notice AS n WHERE n.notice_id = notice_read.notice_id AND n.superseded_at = 'infinity'
        UNION ALL
        SELECT * FROM notice AS n WHERE n.notice_id = notice_read.notice_id AND n.superseded_at <> 'infinity'
    ) AS v
    WHERE v.insurer_number = notice_read.insurer_number
    ORDER BY v.superseded_at DESC, v.version_id DESC
    LIMIT 50;
END
$$;
COMMENT ON FUNCTION registry.notice_read IS 'A notice of this insurer, its current version first.';

CREATE OR REPLACE FUNCTION registry.notice_list(
        insurer_number text, due_until date, after_due_on date, after_notice_id int8, count_max int4)
    RETURNS TABLE (notice_id int8, state int2, change_kind int2, event_on date, received_on date, due_on date,
                   notice_key text, recorded_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT n.notice_id, n.state, n.change_kind, n.event_on, n.received_on, n.due_on, n.notice_key, n.recorded_at
    FROM notice AS n
    WHERE n.insurer_number = notice_list.insurer_number AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
        AND n.due_on <= coalesce(due_until, 'infinity')
        AND (n.due_on, n.notice_id) > (coalesce(after_due_on, '-infinity'), coalesce(after_notice_id, 0))
    ORDER BY n.due_on, n.notice_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.notice_list IS 'Open and overdue notices of this insurer by due day.';

CREATE OR REPLACE FUNCTION registry.notice_clock(at timestamptz, count_max int4) RETURNS int4
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    today  date := civil_day(at);
    missed int4;
BEGIN
    -- Whoever works on a notice just now holds its row: it is passed over, and found by the next call if it is still open.
    WITH missed AS MATERIALIZED (
        SELECT n.version_id
        FROM notice AS n
        WHERE n.superseded_at = 'infinity' AND n.state = 1 AND n.due_on < today
        ORDER BY n.due_on, n.version_id
        LIMIT count_max
        FOR NO KEY UPDATE SKIP LOCKED
    ),
    old AS (
        UPDATE notice AS n SET superseded_at = greatest(clock_timestamp(), n.recorded_at)
        FROM missed AS m
        WHERE n.version_id = m.version_id
        RETURNING n.*
    ),
    noted AS (
        INSERT INTO registration_breach (insurer_number, kind, notice_id, event_on, received_on, due_on)
        SELECT o.insurer_number, 2, o.notice_id, o.event_on, o.received_on, o.due_on
        FROM old AS o
        ON CONFLICT DO NOTHING
    )
    INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, symbol, number,
                        branch, birth_date, state, recorded_at, notice_key)
    SELECT o.notice_id, o.insurer_number, o.change_kind, o.event_on, o.received_on, o.due_on, o.card_key, o.symbol,
           o.number, o.branch, o.birth_date, 4, o.superseded_at, o.notice_key
    FROM old AS o;
    GET DIAGNOSTICS missed = ROW_COUNT;
    RETURN missed;
END
$$;
COMMENT ON FUNCTION registry.notice_clock IS
    'Makes open notices overdue whose day has passed, at most so many, each with one breach record; returns how many.';

CREATE OR REPLACE FUNCTION registry.notice_fulfil(
        batch_id int8, insurer_number text, row_nos int4[], card_keys text[], birth_dates date[], change_kinds int2[])
    RETURNS TABLE (row_no int4, notice_id int8, was_overdue bool)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- Locked in the order of their numbers, and read by the next statement: a version that somebody has just added counts.
    PERFORM
    FROM notice AS n
    WHERE n.superseded_at = 'infinity' AND n.state IN (1, 4) AND n.insurer_number = notice_fulfil.insurer_number
        AND (n.card_key, n.birth_date) IN (SELECT q.card_key COLLATE "C", q.birth_date
                                           FROM unnest(card_keys, birth_dates) AS q (card_key, birth_date))
    ORDER BY n.notice_id
    FOR NO KEY UPDATE;
    RETURN QUERY
    WITH done AS MATERIALIZED (
        -- The first row carries out the notice that was due first, and so on.
        SELECT q.row_no, n.version_id, n.state
        FROM (
            SELECT a.*, row_number() OVER (PARTITION BY a.card_key, a.birth_date, a.change_kind ORDER BY a.row_no) AS turn
            FROM unnest(row_nos, card_keys, birth_dates, change_kinds) AS a (row_no, card_key, birth_date, change_kind)
        ) AS q
        JOIN (
            SELECT h.*, row_number() OVER (PARTITION BY h.card_key, h.birth_date, h.change_kind
                                           ORDER BY h.due_on, h.received_on, h.notice_id) AS turn
            FROM notice AS h
            WHERE h.superseded_at = 'infinity' AND h.state IN (1, 4) AND h.insurer_number = notice_fulfil.insurer_number
                AND (h.card_key, h.birth_date) IN (SELECT a.card_key COLLATE "C", a.birth_date
                                                   FROM unnest(card_keys, birth_dates) AS a (card_key, birth_date))
        ) AS n ON n.card_key = q.card_key COLLATE "C" AND n.birth_date = q.birth_date AND n.change_kind = q.change_kind
            AND n.turn = q.turn
    ),
    old AS (
        UPDATE notice AS n SET superseded_at = greatest(clock_timestamp(), n.recorded_at)
        FROM done AS d
        WHERE n.version_id = d.version_id AND n.superseded_at = 'infinity'
        RETURNING n.*, d.row_no AS by_row_no
    ),
    new AS (
        INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, symbol, number,
                            branch, birth_date, state, recorded_at, notice_key, batch_id, row_no)
        SELECT o.notice_id, o.insurer_number, o.change_kind, o.event_on, o.received_on, o.due_on, o.card_key, o.symbol,
               o.number, o.branch, o.birth_date, 2, o.superseded_at, o.notice_key, notice_fulfil.batch_id, o.by_row_no
        FROM old AS o
    )
    SELECT o.by_row_no, o.notice_id, o.state = 4 FROM old AS o ORDER BY o.by_row_no;
END
$$;
COMMENT ON FUNCTION registry.notice_fulfil IS
    'Marks the notices that these rows of a batch carry out, the one due first for each; returns which row fulfilled which.';
