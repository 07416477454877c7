-- What operators look at. Every function here is an act of office_act; functions.md explains them together. Nothing here names a
-- person, but for office_hold_show in 89_office_change.sql, which needs two operators.

CREATE OR REPLACE FUNCTION registry.office_is_exempt(facility_id int4, today date) RETURNS bool
    LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT FROM registry.facility_exemption AS e
                   WHERE e.facility_id = $1 AND e.valid_from <= $2 AND (e.valid_to IS NULL OR e.valid_to > $2))
$$;
COMMENT ON FUNCTION registry.office_is_exempt IS 'Whether a facility need not check online on a day.';

-- What a facility is on a day is more than its status: closed when its days are over, and exempt while it need not operate yet.
CREATE OR REPLACE FUNCTION registry.office_facility_view(r registry.facility, today date) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'facility_code', r.facility_code,
        'name', r.name,
        'kind', office_word('facility_kind', r.kind),
        'prefecture', r.prefecture,
        'status', office_word('facility_status', r.status),
        'state', CASE WHEN r.valid_to <= today THEN 'closed'
                      WHEN r.status IN (1, 2) AND office_is_exempt(r.facility_id, today) THEN 'exempt'
                      ELSE office_word('facility_status', r.status) END,
        'rights', office_word('rights', r.rights_profile),
        'valid_from', r.valid_from,
        'valid_to', r.valid_to,
        'predecessor_code', r.predecessor_code,
        'successor_code', (SELECT s.facility_code FROM facility AS s
                           WHERE s.predecessor_code = r.facility_code AND s.facility_id <> r.facility_id
                               AND (s.valid_to IS NULL OR s.valid_to > r.valid_from)
                           ORDER BY s.valid_from DESC LIMIT 1),
        'etag', office_etag(r::text)))
$$;
COMMENT ON FUNCTION registry.office_facility_view IS 'A facility, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_insurer_view(r registry.insurer) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'insurer_number', r.insurer_number,
        'name', r.name,
        'kind', r.kind,
        'contact_phone', r.contact_phone,
        'contact_text', r.contact_text,
        'successor_number', r.successor_number,
        'valid_from', r.valid_from,
        'valid_to', r.valid_to,
        'last_heard_at', r.last_heard_at,
        'usual_lag_days', r.usual_lag_days,
        'etag', office_etag(ROW(r.insurer_number, r.name, r.kind, r.contact_phone, r.contact_text, r.successor_number, r.valid_to)::text)))
$$;
COMMENT ON FUNCTION registry.office_insurer_view IS 'An insurer, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_certificate_view(r registry.certificate) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'certificate_number', r.certificate_id::text,
        'holder', office_word('holder', r.holder_kind),
        'facility_code', (SELECT f.facility_code FROM facility AS f WHERE f.facility_id = r.facility_id),
        'insurer_number', r.insurer_number,
        'operator_number', r.operator_id::text,
        'serial', r.serial,
        'not_before', r.not_before,
        'not_after', r.not_after,
        'revoked_at', r.revoked_at,
        'revocation_reason', r.revocation_reason,
        'etag', office_etag(r::text)))
$$;
COMMENT ON FUNCTION registry.office_certificate_view IS 'A certificate, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_disaster_view(r registry.disaster_mode) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'disaster_number', r.disaster_id::text,
        'prefecture', r.prefecture,
        'opened_at', r.opened_at,
        'closes_at', r.closes_at,
        'reason', r.reason,
        'opened_by', r.opened_by,
        'closed_at', r.closed_at,
        'closed_by', r.closed_by,
        'etag', office_etag(r::text)))
$$;
COMMENT ON FUNCTION registry.office_disaster_view IS 'Disaster mode of a prefecture, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_batch_view(r registry.batch) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'batch_number', r.batch_id::text,
        'insurer_number', r.insurer_number,
        'state', office_word('batch_state', r.state),
        'is_dry_run', r.is_dry_run,
        'received_bytes', r.received_bytes,
        'announced_bytes', r.announced_bytes,
        'opened_at', r.opened_at,
        'received_at', r.received_at,
        'checked_at', r.checked_at,
        'finished_at', r.finished_at,
        'rows', r.row_count,
        'checked', r.staged_count,
        'applied', r.applied_count,
        'held', r.held_count,
        'refused', r.refused_count,
        'refusal', r.refusal,
        'failures', r.failures,
        'rests_until', r.rests_until,
        'etag', office_etag(ROW(r.batch_id, r.state)::text)))
$$;
COMMENT ON FUNCTION registry.office_batch_view IS 'A batch, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_operator_view(r registry.operator) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'operator_number', r.operator_id::text,
        'name', r.name,
        'organisation', r.organisation,
        'role', office_word('role', r.role),
        'valid_from', r.valid_from,
        'valid_to', r.valid_to,
        'locked_until', r.locked_until,
        'etag', office_etag(ROW(r.operator_id, r.role, r.valid_to)::text)))
$$;
COMMENT ON FUNCTION registry.office_operator_view IS 'An operator, as others see it.';

CREATE OR REPLACE FUNCTION registry.office_proposal_view(r registry.office_proposal) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'proposal_number', r.proposal_id::text,
        'act', r.act,
        'to', nullif(r.path, ''),
        'how', r.args,
        'proposed_by', r.proposed_by::text,
        'proposed_at', r.proposed_at,
        'until', r.until,
        'state', office_word('proposal_state', r.state),
        'decided_by', r.decided_by::text,
        'decided_at', r.decided_at,
        'etag', office_etag(r::text)))
$$;
COMMENT ON FUNCTION registry.office_proposal_view IS 'A proposal.';

CREATE OR REPLACE FUNCTION registry.office_self(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object(
        'operator_number', o.operator_id::text, 'name', o.name, 'organisation', o.organisation,
        'role', office_word('role', o.role),
        'acts', (SELECT jsonb_agg(a.act ORDER BY a.act) FROM office_act AS a WHERE o.role = ANY (a.roles))))
    FROM operator AS o
    WHERE o.operator_id = who.operator_id
$$;
COMMENT ON FUNCTION registry.office_self IS 'Who the operator is, and what the role allows.';

CREATE OR REPLACE FUNCTION registry.office_overview(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object(
        'as_of', who.moment,
        'facilities', (SELECT jsonb_object_agg(office_word('facility_status', f.status), f.count)
                       FROM (SELECT v.status, count(*) FROM facility AS v
                             WHERE v.valid_from <= who.today AND (v.valid_to IS NULL OR v.valid_to > who.today)
                             GROUP BY v.status) AS f),
        'insurers', (SELECT count(*) FROM insurer AS i
                     WHERE i.valid_from <= who.today AND (i.valid_to IS NULL OR i.valid_to > who.today)),
        'certificates_ending', (SELECT count(*) FROM certificate AS c
                                WHERE c.revoked_at IS NULL AND c.not_after BETWEEN who.moment AND who.moment + interval '30 days'),
        'batches', jsonb_build_object(
            'at_work', (SELECT count(*) FROM batch AS b WHERE b.state IN (2, 3, 5)),
            'oldest_at_work', (SELECT min(b.received_at) FROM batch AS b WHERE b.state IN (2, 3, 5)),
            'waits_for_release', (SELECT count(*) FROM batch AS b WHERE b.state = 4),
            'failing', (SELECT count(*) FROM batch AS b WHERE b.state IN (2, 3, 5) AND b.failures > 0)),
        'jobs', (SELECT jsonb_build_object('unfinished', count(*), 'oldest', min(j.received_at))
                 FROM bulk_job AS j WHERE j.state < 3 AND j.expires_at > who.moment),
        'holds', (SELECT jsonb_build_object('open', count(*), 'overdue', count(*) FILTER (WHERE h.due_on < who.today))
                  FROM person_hold AS h WHERE h.closed_at IS NULL AND h.insurer_number IS NOT NULL),
        'discrepancies', (SELECT jsonb_build_object('open', count(*), 'overdue', count(*) FILTER (WHERE d.due_on < who.today))
                          FROM discrepancy AS d WHERE d.state = 1),
        'reviews', (SELECT jsonb_build_object('open', count(*), 'overdue', count(*) FILTER (WHERE v.review_due_at < who.moment))
                    FROM visit AS v WHERE v.review_due_at IS NOT NULL AND v.reviewed_at IS NULL),
        'alarms_today', (SELECT count(*) FROM facility_alarm AS a WHERE civil_day(a.raised_at) = who.today
                         AND a.raised_at > who.moment - interval '2 days'),
        'disasters_open', (SELECT count(*) FROM disaster_mode AS m
                           WHERE m.opened_at <= who.moment AND who.moment < least(m.closes_at, m.closed_at)),
        'proposals_waiting', (SELECT count(*) FROM office_proposal AS p WHERE p.state = 1 AND p.until > who.moment),
        'silent_insurers', (SELECT coalesce(jsonb_agg(jsonb_build_object('insurer_number', s.insurer_number, 'name', s.name,
                                                                'last_heard_at', s.last_heard_at)), '[]')
                            FROM (SELECT i.* FROM insurer AS i
                                  WHERE i.valid_from <= who.today AND (i.valid_to IS NULL OR i.valid_to > who.today)
                                  ORDER BY i.last_heard_at NULLS FIRST, i.insurer_number LIMIT 10) AS s)))
$$;
COMMENT ON FUNCTION registry.office_overview IS 'The registry at a glance.';

CREATE OR REPLACE FUNCTION registry.office_facilities(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_facility_view(f, who.today) AS item, f.facility_code AS key
            FROM (SELECT coalesce(args ->> 'after', '') COLLATE "C" AS after, (args ->> 'prefecture')::int2 AS prefecture,
                         office_number('facility_kind', args ->> 'kind') AS kind,
                         office_number('facility_status', args ->> 'status') AS status, args ->> 'state' AS state,
                         office_number('facility_status', args ->> 'state') AS in_state OFFSET 0) AS a
            CROSS JOIN facility AS f
            WHERE f.facility_code > a.after AND f.valid_from <= who.today
                AND coalesce(f.valid_to <= who.today, false) = coalesce(a.state = 'closed', false)
                AND (a.prefecture IS NULL OR f.prefecture = a.prefecture) AND (a.kind IS NULL OR f.kind = a.kind)
                AND (a.status IS NULL OR f.status = a.status)
                AND CASE WHEN a.state IS NULL OR a.state = 'closed' THEN true
                         WHEN a.state = 'exempt' THEN f.status IN (1, 2) AND office_is_exempt(f.facility_id, who.today)
                         ELSE f.status = a.in_state AND (f.status > 2 OR NOT office_is_exempt(f.facility_id, who.today)) END
            ORDER BY f.facility_code
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_facilities IS 'Facilities, by their codes.';

-- The one that has the code now, or had it last.
CREATE OR REPLACE FUNCTION registry.office_facility_of(code text) RETURNS registry.facility
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$ SELECT f FROM facility AS f WHERE f.facility_code = code ORDER BY f.valid_from DESC LIMIT 1 $$;
COMMENT ON FUNCTION registry.office_facility_of IS 'The facility that has a code, or had it last.';

CREATE OR REPLACE FUNCTION registry.office_facility(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held facility := office_facility_of(path);
BEGIN
    IF held.facility_id IS NULL THEN
        RETURN office_answer(6);
    END IF;
    RETURN office_body(1, office_facility_view(held, who.today) || jsonb_build_object('history',
        (SELECT coalesce(jsonb_agg(jsonb_build_object('since', s.since, 'status', office_word('facility_status', s.status))
                                   ORDER BY s.since), '[]')
         FROM facility_status AS s WHERE s.facility_id = held.facility_id),
        'exemptions', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', office_word('exemption', e.kind),
                                            'valid_from', e.valid_from, 'valid_to', e.valid_to)) ORDER BY e.valid_from)
                       FROM facility_exemption AS e WHERE e.facility_id = held.facility_id)), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_facility IS 'One facility, with its history.';

CREATE OR REPLACE FUNCTION registry.office_alarms(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('alarm_number', a.alarm_id::text, 'facility_code', f.facility_code, 'name', f.name,
                                      'raised_at', a.raised_at, 'pattern', a.pattern,
                                      'status', office_word('facility_status', f.status)) AS item, a.alarm_id::text AS key
            FROM facility_alarm AS a JOIN facility AS f USING (facility_id)
            WHERE (args ->> 'after' IS NULL OR a.alarm_id < (args ->> 'after')::int8)
                AND (args ->> 'day' IS NULL OR civil_day(a.raised_at) = (args ->> 'day')::date)
                AND (args ->> 'facility_code' IS NULL OR f.facility_code = args ->> 'facility_code')
            ORDER BY a.alarm_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_alarms IS 'Facilities that were suspended for how they asked, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_credential_alarms(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('alarm_number', a.alarm_id::text, 'issuer', c.name, 'serial', a.serial,
                                      'raised_at', a.raised_at) AS item, a.alarm_id::text AS key
            FROM credential_alarm AS a JOIN card_issuer AS c USING (issuer_id)
            WHERE args ->> 'after' IS NULL OR a.alarm_id < (args ->> 'after')::int8
            ORDER BY a.alarm_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_credential_alarms IS 'Certificates that somebody wanted to link to a second person, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_insurers(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_insurer_view(i) AS item, i.insurer_number AS key
            FROM insurer AS i
            WHERE (args ->> 'after' IS NULL OR i.insurer_number > args ->> 'after')
                AND i.valid_from <= who.today AND (i.valid_to IS NULL OR i.valid_to > who.today)
            ORDER BY i.insurer_number
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_insurers IS 'Insurers, by their numbers.';

CREATE OR REPLACE FUNCTION registry.office_insurer(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held insurer;
BEGIN
    SELECT i.* INTO held FROM insurer AS i WHERE i.insurer_number = path;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    END IF;
    RETURN office_body(1, office_insurer_view(held), office_insurer_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_insurer IS 'One insurer.';

CREATE OR REPLACE FUNCTION registry.office_certificates(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_certificate_view(c) AS item, c.certificate_id::text AS key
            FROM certificate AS c
            WHERE 
                (args ->> 'after' IS NULL OR c.certificate_id > (args ->> 'after')::int8)
                AND (args ->> 'facility_code' IS NULL
                     OR c.facility_id IN (SELECT f.facility_id FROM facility AS f WHERE f.facility_code = args ->> 'facility_code'))
                AND (args ->> 'insurer_number' IS NULL OR c.insurer_number = args ->> 'insurer_number')
                AND (args ->> 'ends_before' IS NULL
                     OR c.revoked_at IS NULL AND c.not_after BETWEEN who.moment AND (args ->> 'ends_before')::date)
            ORDER BY c.certificate_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_certificates IS 'Certificates of a facility, of an insurer, or those that end soon.';

CREATE OR REPLACE FUNCTION registry.office_parameters(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('name', p.name, 'valid_from', p.valid_from, 'value', p.value, 'unit', p.unit, 'source', p.source) AS item, p.name || ' ' || p.valid_from AS key
            FROM policy_parameter AS p
            WHERE (args ->> 'after' IS NULL OR (p.name, p.valid_from) > (split_part(args ->> 'after', ' ', 1) COLLATE "C", split_part(args ->> 'after', ' ', 2)::date))
            ORDER BY p.name, p.valid_from
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_parameters IS 'Policy parameters with their days.';

CREATE OR REPLACE FUNCTION registry.office_holidays(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('day', h.day, 'name', h.name) AS item, h.day::text AS key
            FROM holiday AS h
            WHERE (args ->> 'after' IS NULL OR h.day > (args ->> 'after')::date)
            ORDER BY h.day
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_holidays IS 'Public holidays.';

CREATE OR REPLACE FUNCTION registry.office_disasters(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_disaster_view(d) AS item, d.disaster_id::text AS key
            FROM disaster_mode AS d
            WHERE (args ->> 'after' IS NULL OR d.disaster_id < (args ->> 'after')::int8)
            ORDER BY d.disaster_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_disasters IS 'Disaster modes, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_batches(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_batch_view(b) AS item, b.batch_id::text AS key
            FROM (SELECT coalesce((args ->> 'after')::int8, 9223372036854775807) AS after, args ->> 'insurer_number' AS insurer_number,
                         office_number('batch_state', args ->> 'state') AS state OFFSET 0) AS a
            CROSS JOIN batch AS b
            WHERE b.batch_id < a.after AND (a.insurer_number IS NULL OR b.insurer_number = a.insurer_number)
                AND (a.state IS NULL OR b.state = a.state)
            ORDER BY b.batch_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_batches IS 'Batches, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_batch(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held FROM batch AS b WHERE b.batch_id = path::int8;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    END IF;
    RETURN office_body(1, office_batch_view(held), office_batch_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_batch IS 'One batch.';

CREATE OR REPLACE FUNCTION registry.office_jobs(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('reception_number', j.reception_number, 'facility_code', f.facility_code, 'received_at', j.received_at, 'state', office_word('job_state', j.state), 'items', j.item_count, 'done', j.done, 'errors', j.errors) AS item, j.job_id::text AS key
            FROM bulk_job AS j JOIN facility AS f USING (facility_id)
            WHERE j.state < 3 AND (args ->> 'after' IS NULL OR j.job_id > (args ->> 'after')::int8)
            ORDER BY j.job_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_jobs IS 'Bulk inquiries that are not finished, the oldest first.';

CREATE OR REPLACE FUNCTION registry.office_holds(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('hold_number', h.hold_id::text, 'insurer_number', h.insurer_number, 'kind', h.kind, 'opened_at', h.opened_at, 'due_on', h.due_on, 'is_overdue', h.due_on < who.today) AS item, h.hold_id::text AS key
            FROM person_hold AS h
            WHERE h.closed_at IS NULL AND h.insurer_number IS NOT NULL
                AND (args ->> 'after' IS NULL OR h.hold_id > (args ->> 'after')::int8)
                AND (args ->> 'insurer_number' IS NULL OR h.insurer_number = args ->> 'insurer_number')
                AND (args ->> 'overdue' IS DISTINCT FROM 'yes' OR h.due_on < who.today)
            ORDER BY h.hold_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_holds IS 'Doubts that wait for an insurer, without whom they are about.';

CREATE OR REPLACE FUNCTION registry.office_breaches(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_strip_nulls(jsonb_build_object('breach_number', b.breach_id::text, 'insurer_number', b.insurer_number, 'kind', office_word('breach_kind', b.kind), 'due_on', b.due_on, 'done_on', b.done_on, 'batch_number', b.batch_id::text, 'row_no', b.row_no, 'notice_number', b.notice_id::text, 'recorded_at', b.recorded_at)) AS item, b.breach_id::text AS key
            FROM registration_breach AS b
            WHERE (args ->> 'after' IS NULL OR b.breach_id < (args ->> 'after')::int8)
                AND (args ->> 'insurer_number' IS NULL OR b.insurer_number = args ->> 'insurer_number')
            ORDER BY b.breach_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_breaches IS 'Breaches of the five days, the latest first, without whom they are about.';

CREATE OR REPLACE FUNCTION registry.office_compliance_all(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, (office_page(array_agg(l.item ORDER BY l.no), array_agg(l.key ORDER BY l.no), office_count(args))).body
                          || jsonb_build_object('from', min(p.from_on), 'until', min(p.until_on)))
    FROM (SELECT coalesce((args ->> 'from')::date, who.today - 29) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
    LEFT JOIN LATERAL (
        SELECT to_jsonb(c) || jsonb_build_object('name', i.name) AS item, c.overdue_now || '/' || c.late || '/' || c.insurer_number AS key,
               row_number() OVER (ORDER BY c.overdue_now DESC, c.late DESC, c.insurer_number) AS no
        FROM compliance(NULL, p.from_on, p.until_on, who.today) AS c
        JOIN insurer AS i USING (insurer_number)
        CROSS JOIN (SELECT string_to_array(args ->> 'after', '/') AS after OFFSET 0) AS a
        WHERE a.after IS NULL
            OR (-c.overdue_now, -c.late, c.insurer_number) > (-a.after[1]::int8, -a.after[2]::int8, a.after[3] COLLATE "C")
        ORDER BY no
        LIMIT office_count(args) + 1
    ) AS l ON true
$$;
COMMENT ON FUNCTION registry.office_compliance_all IS 'The five-day record of each insurer, who is late first.';

CREATE OR REPLACE FUNCTION registry.office_discrepancies(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_strip_nulls(jsonb_build_object('ticket_number', d.ticket_number, 'facility_code', f.facility_code, 'insurer_number', d.insurer_number, 'opened_at', d.opened_at, 'due_on', d.due_on, 'is_overdue', d.due_on < who.today, 'is_open', d.state = 1, 'answered_at', d.answered_at)) AS item, d.ticket_id::text AS key
            FROM discrepancy AS d LEFT JOIN facility AS f USING (facility_id)
            WHERE (args ->> 'after' IS NULL OR d.ticket_id < (args ->> 'after')::int8)
                AND (args ->> 'overdue' IS DISTINCT FROM 'yes' OR d.state = 1 AND d.due_on < who.today)
            ORDER BY d.ticket_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_discrepancies IS 'Tickets of facilities, without whom they are about.';

CREATE OR REPLACE FUNCTION registry.office_reviews(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('visit_id', v.visit_id, 'facility_code', f.facility_code, 'opened_at', v.opened_at, 'review_due_at', v.review_due_at, 'is_overdue', v.review_due_at < who.moment) AS item, v.review_due_at || '/' || v.visit_id AS key
            FROM visit AS v JOIN facility AS f USING (facility_id)
            WHERE v.review_due_at IS NOT NULL AND v.reviewed_at IS NULL
                AND (args ->> 'after' IS NULL OR (v.review_due_at, v.visit_id)
                     > (split_part(args ->> 'after', '/', 1)::timestamptz, split_part(args ->> 'after', '/', 2)::uuid))
            ORDER BY v.review_due_at, v.visit_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_reviews IS 'Looks without consent that wait for their review, the oldest first.';

CREATE OR REPLACE FUNCTION registry.office_unlinks(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('unlink_number', u.unlink_id::text, 'insurer_number', u.insurer_number, 'linked_at', u.linked_at, 'unlinked_at', u.unlinked_at, 'hold_number', u.hold_id::text) AS item, u.unlink_id::text AS key
            FROM number_unlink AS u
            WHERE (args ->> 'after' IS NULL OR u.unlink_id < (args ->> 'after')::int8)
            ORDER BY u.unlink_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_unlinks IS 'Wrong links that were ended, the latest first: how long they were open to views.';

CREATE OR REPLACE FUNCTION registry.office_operators(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_operator_view(o) AS item, o.operator_id::text AS key
            FROM operator AS o
            WHERE (args ->> 'after' IS NULL OR o.operator_id > (args ->> 'after')::int4)
            ORDER BY o.operator_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_operators IS 'Operators.';

CREATE OR REPLACE FUNCTION registry.office_proposals(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(office_proposals.args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_proposal_view(p) AS item, p.proposal_id::text AS key
            FROM (SELECT coalesce((office_proposals.args ->> 'after')::int8, 9223372036854775807) AS after,
                         office_number('proposal_state', office_proposals.args ->> 'state') AS state OFFSET 0) AS a
            CROSS JOIN office_proposal AS p
            WHERE p.proposal_id < a.after AND (a.state IS NULL OR p.state = a.state)
            ORDER BY p.proposal_id DESC
            LIMIT office_count(office_proposals.args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_proposals IS 'Proposals, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_journal(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(office_journal.args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_strip_nulls(jsonb_build_object('entry_number', j.entry_id::text, 'done_at', j.done_at, 'operator_number', j.operator_id::text, 'act', j.act, 'to', nullif(j.path, ''), 'how', j.args, 'outcome', office_word('outcome', j.outcome), 'detail', j.detail, 'proposal_number', j.proposal_id::text, 'request_id', j.request_id)) AS item, j.entry_id::text AS key
            FROM office_journal AS j
            WHERE (office_journal.args ->> 'after' IS NULL OR j.entry_id < (office_journal.args ->> 'after')::int8)
                AND (office_journal.args ->> 'operator_number' IS NULL OR j.operator_id = (office_journal.args ->> 'operator_number')::int4)
            ORDER BY j.entry_id DESC
            LIMIT office_count(office_journal.args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_journal IS 'What operators did, the latest first.';

-- The earliest of a day come from the first stretch of its numbers that has enough of them: numbers have no sorted index, only a
-- summary of each stretch (50_access_record.sql). So what a page costs does not grow with the day.
CREATE OR REPLACE FUNCTION registry.office_accesses(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_variable
DECLARE
    on_day date := coalesce((args ->> 'day')::date, who.today);
    after int8 := coalesce((args ->> 'after')::int8, 0);
    only_of int4[] := CASE WHEN args ? 'facility_code' THEN ARRAY(
        SELECT f.facility_id FROM facility AS f WHERE f.facility_code = args ->> 'facility_code') END;
    wanted int4 := office_count(args) + 1;
    first int8 := greatest(after, (SELECT min(a.record_id) FROM access_record AS a WHERE a.day = on_day AND a.ctid < '(8,0)'));
    -- A flight has 4096 numbers, and uses few of them.
    last int8 := (SELECT s.last_value + 1 FROM access_record_id AS s) << 12;
    stretch int8 := 256 << 12;
    items jsonb[];
    keys text[];
BEGIN
    LOOP
        SELECT array_agg(l.item ORDER BY l.record_id), array_agg(l.record_id::text ORDER BY l.record_id)
        INTO items, keys
        FROM (
            SELECT a.record_id, jsonb_strip_nulls(jsonb_build_object(
                'record_number', a.record_id::text, 'recorded_at', a.recorded_at, 'holder', office_word('holder', a.actor_kind),
                'facility_code', (SELECT f.facility_code FROM facility AS f WHERE f.facility_id = a.facility_id), 'route', a.route,
                'way', office_word('way', a.way), 'items', a.items, 'refused', a.fault IS NOT NULL, 'person', encode(a.subject, 'hex'))) AS item
            FROM (
                SELECT r.*
                FROM access_record AS r
                WHERE r.day = on_day AND r.record_id > after AND r.record_id <= first + stretch
                    AND (only_of IS NULL OR r.facility_id = ANY (only_of))
                ORDER BY r.record_id
                LIMIT wanted
            ) AS a
        ) AS l;
        EXIT WHEN cardinality(items) = wanted OR first + stretch >= last;
        stretch := stretch * 16;
    END LOOP;
    RETURN office_page(items, keys, wanted - 1);
END
$$;
COMMENT ON FUNCTION registry.office_accesses IS 'Access records of a day, the earliest first; people by pseudonym.';

CREATE OR REPLACE FUNCTION registry.office_checks(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('from', p.from_on, 'until', p.until_on,
        'counted_at', (SELECT s.counted_at FROM statistics_state AS s),
        'items', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM statistics_checks(p.from_on, p.until_on) AS t)))
    FROM (SELECT coalesce((args ->> 'from')::date, date_trunc('month', who.today - interval '12 months')::date) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
$$;
COMMENT ON FUNCTION registry.office_checks IS 'Checks by month, kind of facility and way.';

CREATE OR REPLACE FUNCTION registry.office_uses(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('from', p.from_on, 'until', p.until_on,
        'counted_at', (SELECT s.counted_at FROM statistics_state AS s),
        'items', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM statistics_uses(p.from_on, p.until_on) AS t)))
    FROM (SELECT coalesce((args ->> 'from')::date, date_trunc('month', who.today - interval '12 months')::date) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
$$;
COMMENT ON FUNCTION registry.office_uses IS 'Uses of medical information by month and kind of facility.';

CREATE OR REPLACE FUNCTION registry.office_reasons(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('from', p.from_on, 'until', p.until_on,
        'counted_at', (SELECT s.counted_at FROM statistics_state AS s),
        'items', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')
                  FROM (SELECT * FROM statistics_reasons(p.from_on, p.until_on) LIMIT 500) AS t)))
    FROM (SELECT coalesce((args ->> 'from')::date, who.today - 1) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
$$;
COMMENT ON FUNCTION registry.office_reasons IS 'Answers that insurers records caused at reception desks; yesterday, unless other days are asked for.';

CREATE OR REPLACE FUNCTION registry.office_rollout(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('as_of', coalesce((args ->> 'day')::date, who.today),
        'items', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')
                  FROM statistics_rollout(coalesce((args ->> 'day')::date, who.today)) AS t)))
$$;
COMMENT ON FUNCTION registry.office_rollout IS 'Facilities by prefecture and kind, as of a day.';

CREATE OR REPLACE FUNCTION registry.office_verdicts(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('from', p.from_on, 'until', p.until_on, 'items', (
        SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')
        FROM (SELECT date_trunc('month', civil_day(h.opened_at))::date AS month, h.kind, count(*) AS raised,
                     count(*) FILTER (WHERE h.closed_at IS NULL) AS open, count(*) FILTER (WHERE h.answer = 1) AS corrected,
                     count(*) FILTER (WHERE h.answer = 2) AS confirmed, count(*) FILTER (WHERE h.answer = 3) AS withdrawn,
                     count(*) FILTER (WHERE h.answer = 4) AS settled
              FROM person_hold AS h
              WHERE civil_day(h.opened_at) BETWEEN p.from_on AND p.until_on
              GROUP BY 1, 2
              ORDER BY 1, 2) AS t)))
    FROM (SELECT coalesce((args ->> 'from')::date, date_trunc('month', who.today - interval '12 months')::date) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
$$;
COMMENT ON FUNCTION registry.office_verdicts IS 'Doubts that checks have raised, by month and kind, and what became of them.';

CREATE OR REPLACE FUNCTION registry.office_codes(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_strip_nulls(jsonb_build_object('list', c.code_id, 'code', c.code, 'name_ja', c.name_ja, 'name_en', c.name_en,
                                                        'valid_from', c.valid_from, 'valid_to', c.valid_to)) AS item,
                   c.code_id || ' ' || c.code || ' ' || c.valid_from AS key
            FROM code_table AS c
            WHERE (args ->> 'list' IS NULL OR c.code_id = args ->> 'list')
                AND (args ->> 'after' IS NULL OR (c.code_id, c.code, c.valid_from)
                     > (split_part(args ->> 'after', ' ', 1) COLLATE "C", split_part(args ->> 'after', ' ', 2) COLLATE "C",
                        split_part(args ->> 'after', ' ', 3)::date))
            ORDER BY c.code_id, c.code, c.valid_from
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_codes IS 'Codes with their meaning and their days.';
