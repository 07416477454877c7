-- Functions of the lookup role. functions.md explains each of them.
-- They are PL/pgSQL since a SECURITY DEFINER function in SQL is planned anew at every call. The plan is made once, often
-- while the tables are still empty, and must be right when they are full. So sequential scans are off, and each table is
-- read in a LATERAL subquery that OFFSET 0 keeps whole: its condition can then only be used as an index condition,
-- never as a filter over a join with the whole table. Memoize costs more than it saves, since questions hardly repeat.
-- Every SET costs some 3 microseconds a call, so there are few.
CREATE OR REPLACE FUNCTION registry.eligibility_find(facility_ids int4[], card_keys text[], birth_dates date[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, r.number
    FROM unnest(facility_ids, card_keys, birth_dates)
        WITH ORDINALITY AS q (facility_id, card_key, birth_date, position)
    CROSS JOIN LATERAL (
        SELECT c.person_id FROM card AS c
        WHERE c.card_key = q.card_key COLLATE "C" AND c.birth_date = q.birth_date
        OFFSET 0
    ) AS k
    CROSS JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f WHERE f.person_id = k.person_id OFFSET 0
    ) AS d
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n
        WHERE n.facility_id = q.facility_id AND n.person_id = k.person_id
        OFFSET 0
    ) AS r ON true;
END
$$;
COMMENT ON FUNCTION registry.eligibility_find IS 'Finds the dossiers behind what patients showed.';

CREATE OR REPLACE FUNCTION registry.eligibility_look_around(
        card_keys text[], birth_dates date[], insurer_numbers text[], number_rests text[])
    RETURNS TABLE (ord int4, kind int2, card_key text, birth_date date,
                   event_on date, received_on date, due_on date, change_kind int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- Without index-only scans, and with the subqueries below that OFFSET 0 keeps whole, nothing speaks for reading all of an
    -- index that has what is looked for in second place, in the order that DISTINCT wants.
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_indexonlyscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, near.*
    FROM unnest(card_keys, birth_dates, insurer_numbers, number_rests)
        WITH ORDINALITY AS q (card_key, birth_date, insurer_number, number_rest, position)
    CROSS JOIN LATERAL (
        (SELECT 1::int2, NULL::text, NULL::date, n.event_on, n.received_on, n.due_on, n.change_kind
         FROM notice AS n
         WHERE n.card_key = q.card_key COLLATE "C" AND n.birth_date = q.birth_date
             AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
         ORDER BY n.due_on
         LIMIT 50)
        UNION ALL
        (SELECT DISTINCT 2::int2, q.card_key, p.birth_date, NULL::date, NULL::date, NULL::date, NULL::int2
         FROM (
             SELECT * FROM coverage AS v
             WHERE v.insurer_number = q.insurer_number COLLATE "C"
                 AND v.symbol_loose = split_part(q.number_rest, ':', 1) COLLATE "C"
                 AND v.number_loose = split_part(q.number_rest, ':', 2) COLLATE "C"
             OFFSET 0
         ) AS c
         CROSS JOIN LATERAL (
             SELECT v.birth_date FROM person_version AS v
             WHERE v.person_id = c.person_id AND v.superseded_at = 'infinity'
             OFFSET 0
         ) AS p
         WHERE c.superseded_at = 'infinity' AND p.birth_date <> q.birth_date
         LIMIT 50)
        UNION ALL
        -- All keys of one insurer lie between "number:" and "number;", the character after the colon.
        (SELECT DISTINCT 3::int2, k.card_key, k.birth_date, NULL::date, NULL::date, NULL::date, NULL::int2
         FROM card AS k
         WHERE k.birth_date = q.birth_date
             AND k.card_key >= q.insurer_number || ':' COLLATE "C"
             AND k.card_key < q.insurer_number || ';' COLLATE "C"
             AND k.card_key <> q.card_key COLLATE "C"
             AND CASE WHEN char_length(q.number_rest) <= 250 AND char_length(k.card_key) <= 250
                      THEN extension.levenshtein_less_equal(substr(k.card_key, 10), q.number_rest, 2) <= 2
                 END
         LIMIT 50)
        UNION ALL
        (SELECT DISTINCT 4::int2, k.card_key, k.birth_date, NULL::date, NULL::date, NULL::date, NULL::int2
         FROM card AS k
         WHERE k.birth_date = q.birth_date AND substr(k.card_key, 10) = q.number_rest COLLATE "C"
             AND k.card_key <> q.card_key COLLATE "C"
         LIMIT 50)
    ) AS near;
END
$$;
COMMENT ON FUNCTION registry.eligibility_look_around IS
    'For questions without a hit: open notices and near misses, without persons.';

CREATE OR REPLACE FUNCTION registry.dossier_by_version(versions int8[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body
    FROM unnest(versions) WITH ORDINALITY AS q (version, position)
    CROSS JOIN LATERAL (
        SELECT now.person_id, now.version, now.body FROM dossier AS now WHERE now.version = q.version
        UNION ALL
        SELECT past.person_id, past.version, past.body FROM dossier_past AS past WHERE past.version = q.version
        OFFSET 0
    ) AS d;
END
$$;
COMMENT ON FUNCTION registry.dossier_by_version IS 'Dossiers as they were: from versions, current or past.';

CREATE OR REPLACE FUNCTION registry.access_append(
        day date, previous_day date, actor_ids int8[], facility_ids int4[], certificate_ids int8[],
        actor_kinds int2[], user_ids text[], request_ids uuid[], item_nos int4[], routes int2[], ways int2[],
        purposes int2[], subjects bytea[], dossier_versions text[], asked_days date[], consents int2[],
        items int4[], validities int2[], reasons int2[], details text[], faults int2[], body_digests bytea[],
        as_ofs timestamptz[])
    RETURNS TABLE (ord int4, record_id int8, recorded_at timestamptz)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    block      int8;
    written_at timestamptz := clock_timestamp();
BEGIN
    IF cardinality(request_ids) > 4096 THEN
        RAISE EXCEPTION 'access_append: more than 4096 records' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    -- The number of a record carries its position in the low 12 bits, so that RETURNING can give it back. Elements are
    -- taken by their position: unnest of so many arrays fills a store for each, which costs a quarter of all this.
    block := nextval('access_record_id') << 12;
    -- Hardly any request was on record before, and to look first costs a fifth of all this. So they are written as if
    -- none was; if one was, nothing of this block holds. What it returns is asked for only when all are written, since
    -- rows that were returned stay returned.
    IF previous_day IS NULL THEN
        BEGIN
            INSERT INTO access_record (
                record_id, recorded_at, day, actor_id, facility_id, certificate_id, actor_kind, user_id, request_id, item_no,
                route, way, purpose, subject, dossier_versions, asked_day, consent, items, validity, reason, detail, fault,
                body_digest, as_of)
            SELECT
                block + q.at - 1, written_at, access_append.day, actor_ids[q.at], facility_ids[q.at], certificate_ids[q.at],
                actor_kinds[q.at], user_ids[q.at], request_ids[q.at], item_nos[q.at], routes[q.at], ways[q.at],
                purposes[q.at], subjects[q.at], access_append.dossier_versions[q.at]::int8[], asked_days[q.at],
                consents[q.at], access_append.items[q.at], validities[q.at], reasons[q.at], details[q.at], faults[q.at],
                body_digests[q.at], as_ofs[q.at]
            FROM generate_series(1, cardinality(request_ids)) AS q (at);
            RETURN QUERY
            SELECT q.at - 1, block + q.at - 1, written_at FROM generate_series(1, cardinality(request_ids)) AS q (at);
            RETURN;
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END IF;
    -- One by one, without those that are on record. Around midnight they may stand on the day before; a statement of its
    -- own, since a plan that reads access_record locks every partition.
    RETURN QUERY
    INSERT INTO access_record AS a (
        record_id, recorded_at, day, actor_id, facility_id, certificate_id, actor_kind, user_id, request_id, item_no, route,
        way, purpose, subject, dossier_versions, asked_day, consent, items, validity, reason, detail, fault, body_digest,
        as_of)
    SELECT
        block + q.at - 1, written_at, access_append.day, actor_ids[q.at], facility_ids[q.at], certificate_ids[q.at],
        actor_kinds[q.at], user_ids[q.at], request_ids[q.at], item_nos[q.at], routes[q.at], ways[q.at],
        purposes[q.at], subjects[q.at], access_append.dossier_versions[q.at]::int8[], asked_days[q.at], consents[q.at],
        access_append.items[q.at], validities[q.at], reasons[q.at], details[q.at], faults[q.at], body_digests[q.at],
        as_ofs[q.at]
    FROM generate_series(1, cardinality(request_ids)) AS q (at)
    WHERE NOT EXISTS (
        SELECT FROM access_record AS before
        WHERE before.day = previous_day AND before.request_id = request_ids[q.at]
            AND before.actor_id = actor_ids[q.at] AND before.item_no = item_nos[q.at])
    ON CONFLICT DO NOTHING
    RETURNING (a.record_id & 4095)::int4, a.record_id, a.recorded_at;
END
$$;
COMMENT ON FUNCTION registry.access_append IS 'Writes access records; returns those that were not there before.';

CREATE OR REPLACE FUNCTION registry.access_prior(
        actor_ids int8[], request_ids uuid[], item_nos int4[], day date, previous_day date)
    RETURNS TABLE (ord int4, record_id int8, recorded_at timestamptz, body_digest bytea, route int2,
                   dossier_versions int8[], validity int2, reason int2, detail text, asked_day date, consent int2,
                   items int4, as_of timestamptz, fault int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- With the day known, only its partition is planned for and locked.
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        (q.position - 1)::int4, a.record_id, a.recorded_at, a.body_digest, a.route, a.dossier_versions, a.validity,
        a.reason, a.detail, a.asked_day, a.consent, a.items, a.as_of, a.fault
    FROM unnest(actor_ids, request_ids, item_nos) WITH ORDINALITY AS q (actor_id, request_id, item_no, position)
    CROSS JOIN LATERAL (
        SELECT *
        FROM access_record AS r
        WHERE r.day IN (access_prior.day, access_prior.previous_day) AND r.request_id = q.request_id
            AND r.actor_id = q.actor_id AND r.item_no = q.item_no
        ORDER BY r.day = access_prior.day DESC
        LIMIT 1
    ) AS a;
END
$$;
COMMENT ON FUNCTION registry.access_prior IS 'What stands on record of requests that were seen before.';

CREATE OR REPLACE FUNCTION registry.reference_number_set(
        day date, previous_day date, actor_ids int8[], request_ids uuid[], item_nos int4[], facility_ids int4[],
        person_ids int8[], numbers text[])
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    asked record;
    old   record;
BEGIN
    -- In the order of the key, so that two callers never wait for each other crosswise.
    FOR asked IN
        SELECT (q.position - 1)::int4 AS ord, q.facility_id, q.person_id, q.number, p.record_id IS NOT NULL AS seen
        FROM unnest(facility_ids, person_ids, numbers) WITH ORDINALITY AS q (facility_id, person_id, number, position)
        LEFT JOIN access_prior(actor_ids, request_ids, item_nos, day, previous_day) AS p ON p.ord = q.position - 1
        ORDER BY q.facility_id, q.person_id, q.position
    LOOP
        ord := asked.ord;
        IF asked.seen THEN
            outcome := 3;
        ELSIF NOT EXISTS (SELECT FROM facility AS f WHERE f.facility_id = asked.facility_id)
            OR NOT EXISTS (SELECT FROM person AS p WHERE p.person_id = asked.person_id)
        THEN
            outcome := 4;
        ELSE
            INSERT INTO reference_number (facility_id, person_id, number)
            VALUES (asked.facility_id, asked.person_id, asked.number)
            ON CONFLICT DO NOTHING;
            outcome := 1;
            IF NOT FOUND THEN
                SELECT r.number, r.set_at INTO old
                FROM reference_number AS r
                WHERE r.facility_id = asked.facility_id AND r.person_id = asked.person_id
                FOR UPDATE;
                IF old.number = asked.number THEN
                    outcome := 2;
                ELSE
                    INSERT INTO reference_number_past (facility_id, person_id, number, set_at)
                    VALUES (asked.facility_id, asked.person_id, old.number, old.set_at);
                    UPDATE reference_number AS r SET number = asked.number, set_at = now()
                    WHERE r.facility_id = asked.facility_id AND r.person_id = asked.person_id;
                END IF;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION registry.reference_number_set IS 'Sets facilities'' own numbers for persons, unless the request was seen before.';

CREATE OR REPLACE FUNCTION registry.reference_number_delete(
        day date, previous_day date, actor_ids int8[], request_ids uuid[], item_nos int4[], facility_ids int4[],
        person_ids int8[])
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    asked record;
BEGIN
    FOR asked IN
        SELECT (q.position - 1)::int4 AS ord, q.facility_id, q.person_id, p.record_id IS NOT NULL AS seen
        FROM unnest(facility_ids, person_ids) WITH ORDINALITY AS q (facility_id, person_id, position)
        LEFT JOIN access_prior(actor_ids, request_ids, item_nos, day, previous_day) AS p ON p.ord = q.position - 1
        ORDER BY q.facility_id, q.person_id, q.position
    LOOP
        ord := asked.ord;
        IF asked.seen THEN
            outcome := 3;
        ELSIF NOT EXISTS (SELECT FROM facility AS f WHERE f.facility_id = asked.facility_id)
            OR NOT EXISTS (SELECT FROM person AS p WHERE p.person_id = asked.person_id)
        THEN
            outcome := 4;
        ELSE
            WITH ended AS (
                DELETE FROM reference_number AS r
                WHERE r.facility_id = asked.facility_id AND r.person_id = asked.person_id
                RETURNING r.facility_id, r.person_id, r.number, r.set_at
            )
            INSERT INTO reference_number_past (facility_id, person_id, number, set_at)
            SELECT e.facility_id, e.person_id, e.number, e.set_at FROM ended AS e;
            outcome := CASE WHEN FOUND THEN 1 ELSE 2 END;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION registry.reference_number_delete IS
    'Deletes facilities'' own numbers for persons, unless the request was seen before.';

-- The directory. Ask for the watermark first.
CREATE OR REPLACE FUNCTION registry.directory_watermark() RETURNS xid8
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT pg_snapshot_xmin(pg_current_snapshot())
$$;
COMMENT ON FUNCTION registry.directory_watermark IS
    'Every change by a transaction below this one is visible; ask for changes from here on next time.';

CREATE OR REPLACE FUNCTION registry.directory_facilities(since xid8)
    RETURNS TABLE (facility_id int4, facility_code text, kind int2, prefecture int2, name text, status int2,
                   rights_profile int2, valid_from date, valid_to date, changed_xid xid8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT f.facility_id, f.facility_code, f.kind, f.prefecture, f.name, f.status, f.rights_profile, f.valid_from,
           f.valid_to, f.changed_xid
    FROM facility AS f
    WHERE f.changed_xid >= since
$$;
COMMENT ON FUNCTION registry.directory_facilities IS 'Facilities changed since a watermark.';

CREATE OR REPLACE FUNCTION registry.directory_certificates(since xid8)
    RETURNS TABLE (certificate_id int8, holder_kind int2, facility_id int4, insurer_number text, operator_id int4,
                   fingerprint bytea, serial text, not_before timestamptz, not_after timestamptz,
                   revoked_at timestamptz, changed_xid xid8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT c.certificate_id, c.holder_kind, c.facility_id, c.insurer_number, c.operator_id, c.fingerprint, c.serial,
           c.not_before, c.not_after, c.revoked_at, c.changed_xid
    FROM certificate AS c
    WHERE c.changed_xid >= since
$$;
COMMENT ON FUNCTION registry.directory_certificates IS 'Certificates changed since a watermark.';

CREATE OR REPLACE FUNCTION registry.directory_insurers(since xid8)
    RETURNS TABLE (insurer_number text, name text, kind int2, contact_phone text, contact_text text,
                   successor_number text, valid_from date, valid_to date, last_heard_at timestamptz,
                   usual_lag_days int2, changed_xid xid8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT i.insurer_number, i.name, i.kind, i.contact_phone, i.contact_text, i.successor_number, i.valid_from,
           i.valid_to, i.last_heard_at, i.usual_lag_days, i.changed_xid
    FROM insurer AS i
    WHERE i.changed_xid >= since
$$;
COMMENT ON FUNCTION registry.directory_insurers IS 'Insurers changed since a watermark.';

CREATE OR REPLACE FUNCTION registry.policy_parameters()
    RETURNS TABLE (name text, valid_from date, value text, unit text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT p.name, p.valid_from, p.value, p.unit FROM policy_parameter AS p ORDER BY p.name, p.valid_from
$$;
COMMENT ON FUNCTION registry.policy_parameters IS 'All dated policy parameters.';

CREATE OR REPLACE FUNCTION registry.holidays() RETURNS TABLE (day date, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT h.day, h.name FROM holiday AS h ORDER BY h.day
$$;
COMMENT ON FUNCTION registry.holidays IS 'All public holidays.';
