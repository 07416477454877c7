-- What operators change. Every function here is an act of office_act. Each is done once for a request, by office_do(), and what
-- the database itself refuses is answered by office_run().

CREATE OR REPLACE FUNCTION registry.office_session_close(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    DELETE FROM operator_session AS s
    WHERE s.operator_id = who.operator_id AND s.certificate_id = who.certificate_id;
    RETURN office_body(1, jsonb_build_object('closed_at', who.moment));
END
$$;
COMMENT ON FUNCTION registry.office_session_close IS 'Ends the sessions of this operator over this certificate.';

CREATE OR REPLACE FUNCTION registry.office_facility_put(f jsonb) RETURNS registry.facility
    LANGUAGE sql VOLATILE SET search_path = registry, pg_temp
AS $$
    INSERT INTO facility AS v (facility_code, kind, prefecture, name, status, rights_profile, valid_from, predecessor_code)
    VALUES (f ->> 'facility_code', office_number('facility_kind', f ->> 'kind'), (f ->> 'prefecture')::int2, f ->> 'name',
            coalesce(office_number('facility_status', f ->> 'status'), 1), coalesce(office_number('rights', f ->> 'rights'), 1),
            (f ->> 'valid_from')::date, f ->> 'predecessor_code')
    RETURNING v.*
$$;
COMMENT ON FUNCTION registry.office_facility_put IS 'A new facility.';

CREATE OR REPLACE FUNCTION registry.office_facility_admit(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made facility := office_facility_put(args);
BEGIN
    RETURN office_body(2, office_facility_view(made, who.today), office_etag(made::text));
END
$$;
COMMENT ON FUNCTION registry.office_facility_admit IS 'A new facility.';

CREATE OR REPLACE FUNCTION registry.office_facilities_admit(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made int8 := (SELECT count(office_facility_put(f)) FROM jsonb_array_elements(args -> 'facilities') AS f);
BEGIN
    RETURN office_body(2, jsonb_build_object('admitted', made));
END
$$;
COMMENT ON FUNCTION registry.office_facilities_admit IS 'Many new facilities at once: all of them, or none.';

CREATE OR REPLACE FUNCTION registry.office_facility_change(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held facility;
BEGIN
    SELECT (office_facility_of(path)).* INTO held;
    IF held.facility_id IS NULL THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    UPDATE facility AS f
    SET name = coalesce(args ->> 'name', f.name),
        status = coalesce(office_number('facility_status', args ->> 'status'), f.status),
        rights_profile = coalesce(office_number('rights', args ->> 'rights'), f.rights_profile),
        valid_to = coalesce((args ->> 'valid_to')::date, f.valid_to)
    WHERE f.facility_id = held.facility_id
    RETURNING f.* INTO held;
    RETURN office_body(1, office_facility_view(held, who.today), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_facility_change IS 'Another name, status, rights or last day of a facility.';

CREATE OR REPLACE FUNCTION registry.office_insurer_admit(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made insurer;
BEGIN
    INSERT INTO insurer AS i (insurer_number, name, kind, contact_phone, contact_text, valid_from)
    VALUES (args ->> 'insurer_number', args ->> 'name', (args ->> 'kind')::int2, args ->> 'contact_phone',
            args ->> 'contact_text', (args ->> 'valid_from')::date)
    RETURNING i.* INTO made;
    RETURN office_body(2, office_insurer_view(made), office_insurer_view(made) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_insurer_admit IS 'A new insurer.';

CREATE OR REPLACE FUNCTION registry.office_insurer_change(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held insurer;
BEGIN
    SELECT i.* INTO held FROM insurer AS i WHERE i.insurer_number = path FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_insurer_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    UPDATE insurer AS i
    SET name = coalesce(args ->> 'name', i.name), contact_phone = coalesce(args ->> 'contact_phone', i.contact_phone),
        contact_text = coalesce(args ->> 'contact_text', i.contact_text),
        successor_number = coalesce(args ->> 'successor_number', i.successor_number),
        valid_to = coalesce((args ->> 'valid_to')::date, i.valid_to)
    WHERE i.insurer_number = held.insurer_number
    RETURNING i.* INTO held;
    RETURN office_body(1, office_insurer_view(held), office_insurer_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_insurer_change IS 'Another name, contact, successor or last day of an insurer.';

CREATE OR REPLACE FUNCTION registry.office_certificate_revoke(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held certificate;
BEGIN
    SELECT c.* INTO held FROM certificate AS c WHERE c.certificate_id = path::int8 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    IF held.revoked_at IS NOT NULL THEN
        RETURN office_answer(9);
    END IF;
    UPDATE certificate AS c SET revoked_at = who.moment, revocation_reason = args ->> 'reason'
    WHERE c.certificate_id = held.certificate_id
    RETURNING c.* INTO held;
    RETURN office_body(1, office_certificate_view(held), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_certificate_revoke IS 'A certificate is refused from now on.';

CREATE OR REPLACE FUNCTION registry.office_parameter_set(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF (args ->> 'valid_from')::date <= who.today THEN
        RETURN office_answer(11, 'valid_from');
    ELSIF NOT EXISTS (SELECT FROM policy_parameter AS p WHERE p.name = args ->> 'name') THEN
        RETURN office_answer(6);
    END IF;
    INSERT INTO policy_parameter AS p (name, valid_from, value, unit, source)
    SELECT args ->> 'name', (args ->> 'valid_from')::date, args ->> 'value', o.unit, args ->> 'source'
    FROM policy_parameter AS o WHERE o.name = args ->> 'name'
    ORDER BY o.valid_from DESC LIMIT 1
    ON CONFLICT (name, valid_from) DO UPDATE SET value = excluded.value, source = excluded.source;
    RETURN office_body(2, jsonb_build_object('name', args ->> 'name', 'valid_from', args ->> 'valid_from', 'value', args ->> 'value'));
END
$$;
COMMENT ON FUNCTION registry.office_parameter_set IS 'A legal or operational number from a day on. What held before that day stays as it was.';

CREATE OR REPLACE FUNCTION registry.office_holiday_set(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF (args ->> 'day')::date <= who.today THEN
        RETURN office_answer(11, 'day');
    END IF;
    INSERT INTO holiday AS h (day, name) VALUES ((args ->> 'day')::date, args ->> 'name')
    ON CONFLICT (day) DO UPDATE SET name = excluded.name;
    RETURN office_body(2, jsonb_build_object('day', args ->> 'day', 'name', args ->> 'name'));
END
$$;
COMMENT ON FUNCTION registry.office_holiday_set IS 'A public holiday to come.';

CREATE OR REPLACE FUNCTION registry.office_disaster_begin(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made disaster_mode;
    number int8 := disaster_open((args ->> 'prefecture')::int2, who.moment,
                                 who.moment + (args ->> 'hours')::int4 * interval '1 hour', args ->> 'reason',
                                 'operator ' || who.operator_id);
BEGIN
    SELECT d.* INTO STRICT made FROM disaster_mode AS d WHERE d.disaster_id = number;
    RETURN office_body(2, office_disaster_view(made), office_etag(made::text));
END
$$;
COMMENT ON FUNCTION registry.office_disaster_begin IS 'Disaster mode in a prefecture, for some hours.';

CREATE OR REPLACE FUNCTION registry.office_disaster_end(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held disaster_mode;
BEGIN
    SELECT d.* INTO held FROM disaster_mode AS d WHERE d.disaster_id = path::int8 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    IF NOT disaster_close(held.disaster_id, who.moment, 'operator ' || who.operator_id) THEN
        RETURN office_answer(9);
    END IF;
    SELECT d.* INTO STRICT held FROM disaster_mode AS d WHERE d.disaster_id = path::int8;
    RETURN office_body(1, office_disaster_view(held), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_disaster_end IS 'Disaster mode is over before its time.';

CREATE OR REPLACE FUNCTION registry.office_batch_let_go(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held FROM batch AS b WHERE b.batch_id = path::int8 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_batch_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    IF held.state <> 4 THEN
        RETURN office_answer(9);
    END IF;
    UPDATE batch AS b SET state = 5, released_at = who.moment, released_by = 'operator ' || who.operator_id
    WHERE b.batch_id = held.batch_id;
    SELECT b.* INTO STRICT held FROM batch AS b WHERE b.batch_id = path::int8;
    RETURN office_body(1, office_batch_view(held), office_batch_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_batch_let_go IS 'A batch that waits for a second person goes on; the insurer has asked for it.';

CREATE OR REPLACE FUNCTION registry.office_batch_stop(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held FROM batch AS b WHERE b.batch_id = path::int8 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_batch_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    IF (SELECT c.outcome FROM batch_cancel(held.insurer_number, held.batch_id) AS c) <> 1 THEN
        RETURN office_answer(9);
    END IF;
    SELECT b.* INTO STRICT held FROM batch AS b WHERE b.batch_id = path::int8;
    RETURN office_body(1, office_batch_view(held), office_batch_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_batch_stop IS 'A batch of which nothing has taken effect is ended.';

CREATE OR REPLACE FUNCTION registry.office_batch_retry(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held FROM batch AS b WHERE b.batch_id = path::int8 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_batch_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    IF held.state NOT IN (2, 3, 5) OR held.failures = 0 THEN
        RETURN office_answer(9);
    END IF;
    UPDATE batch AS b SET failures = 0, rests_until = NULL WHERE b.batch_id = held.batch_id;
    SELECT b.* INTO STRICT held FROM batch AS b WHERE b.batch_id = path::int8;
    RETURN office_body(1, office_batch_view(held), office_batch_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_batch_retry IS 'A batch that failed and rests is taken up again at once.';

CREATE OR REPLACE FUNCTION registry.office_operator_admit(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made operator;
BEGIN
    INSERT INTO operator AS o (name, organisation, role, valid_from, valid_to)
    VALUES (args ->> 'name', args ->> 'organisation', office_number('role', args ->> 'role'), who.today, (args ->> 'valid_to')::date)
    RETURNING o.* INTO made;
    RETURN office_body(2, office_operator_view(made), office_operator_view(made) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_operator_admit IS 'A new operator. Its certificate and its second factor are made on the server.';

CREATE OR REPLACE FUNCTION registry.office_operator_end(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held operator;
BEGIN
    SELECT o.* INTO held FROM operator AS o WHERE o.operator_id = path::int4 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_operator_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    UPDATE operator AS o SET valid_to = greatest(who.today, o.valid_from + 1) WHERE o.operator_id = held.operator_id
    RETURNING o.* INTO held;
    DELETE FROM operator_session AS s WHERE s.operator_id = held.operator_id;
    UPDATE certificate AS c SET revoked_at = who.moment, revocation_reason = 'operator ended'
    WHERE c.operator_id = held.operator_id AND c.revoked_at IS NULL;
    RETURN office_body(1, office_operator_view(held), office_operator_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_operator_end IS 'An operator is none any more, and all sessions end.';

CREATE OR REPLACE FUNCTION registry.office_hold_show(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held person_hold;
    shown jsonb;
    reply office_reply;
BEGIN
    SELECT h.* INTO held FROM person_hold AS h WHERE h.hold_id = path::int8;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    END IF;
    SELECT jsonb_agg(jsonb_build_object('insurer_number', c.insurer_number, 'symbol', c.symbol, 'number', c.number,
                                        'branch_number', c.branch, 'valid_from', lower(c.valid), 'valid_until', upper(c.valid) - 1))
    INTO shown
    FROM coverage AS c
    WHERE c.person_id = held.person_id AND c.superseded_at = 'infinity';
    reply := office_body(1, jsonb_build_object('hold_number', held.hold_id::text, 'kind', held.kind, 'fields', held.fields,
                                               'coverage', coalesce(shown, '[]'::jsonb)));
    reply.person_id := held.person_id;
    RETURN reply;
END
$$;
COMMENT ON FUNCTION registry.office_hold_show IS 'Whom a doubt is about: shown once to the one who carries it out, in the sight of both.';

CREATE OR REPLACE FUNCTION registry.office_proposal_approve(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held office_proposal;
    reply office_reply;
    done office_reply;
BEGIN
    SELECT p.* INTO held FROM office_proposal AS p WHERE p.proposal_id = path::int8 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    IF held.proposed_by = who.operator_id THEN
        RETURN office_answer(10);
    ELSIF held.state <> 1 OR held.until <= who.moment THEN
        RETURN office_answer(9);
    ELSIF NOT EXISTS (SELECT FROM office_act AS a WHERE a.act = held.act AND who.role = ANY (a.roles)) THEN
        RETURN office_answer(5);
    END IF;
    done := office_run(held.act, who, held.path, held.args, held.if_match);
    UPDATE office_proposal AS p
    SET state = CASE WHEN done.outcome IN (1, 2) THEN 2 ELSE 4 END, decided_by = who.operator_id, decided_at = who.moment
    WHERE p.proposal_id = held.proposal_id
    RETURNING p.* INTO held;
    UPDATE office_journal AS j SET proposal_id = held.proposal_id
    WHERE j.operator_id = who.operator_id AND j.request_id = who.request_id;
    IF done.outcome NOT IN (1, 2) THEN
        RETURN done;
    END IF;
    reply := office_body(1, jsonb_build_object('proposal', office_proposal_view(held), 'result', done.body), office_etag(held::text));
    reply.person_id := done.person_id;
    RETURN reply;
END
$$;
COMMENT ON FUNCTION registry.office_proposal_approve IS 'A dangerous act is carried out by another operator than the one who proposed it.';

CREATE OR REPLACE FUNCTION registry.office_proposal_refuse(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held office_proposal;
BEGIN
    SELECT p.* INTO held FROM office_proposal AS p WHERE p.proposal_id = path::int8 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    IF held.state <> 1 THEN
        RETURN office_answer(9);
    END IF;
    UPDATE office_proposal AS p SET state = 3, decided_by = who.operator_id, decided_at = who.moment
    WHERE p.proposal_id = held.proposal_id
    RETURNING p.* INTO held;
    RETURN office_body(1, office_proposal_view(held), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_proposal_refuse IS 'A proposal is refused by another operator, or withdrawn by the one who made it.';

CREATE OR REPLACE FUNCTION registry.office_universe_set(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    told int8;
BEGIN
    INSERT INTO facility_universe AS u (as_of, prefecture, facility_kind, facilities, obliged)
    SELECT (l ->> 'as_of')::date, (l ->> 'prefecture')::int2, office_number('facility_kind', l ->> 'kind'),
           (l ->> 'facilities')::int4, (l ->> 'obliged')::int4
    FROM jsonb_array_elements(args -> 'lists') AS l
    ON CONFLICT ON CONSTRAINT facility_universe_pkey DO UPDATE SET facilities = excluded.facilities, obliged = excluded.obliged;
    GET DIAGNOSTICS told = ROW_COUNT;
    RETURN office_body(2, jsonb_build_object('lists', told));
END
$$;
COMMENT ON FUNCTION registry.office_universe_set IS 'How many facilities there are, by prefecture and kind, from the lists of a day.';

-- One that runs ends with the day before; what lies further ahead must not overlap, or nothing is changed.
CREATE OR REPLACE FUNCTION registry.office_facility_exempt(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held facility;
    first date := (args ->> 'valid_from')::date;
BEGIN
    SELECT (office_facility_of(path)).* INTO held;
    IF held.facility_id IS NULL THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    UPDATE facility_exemption AS e SET valid_to = first
    WHERE e.facility_id = held.facility_id AND e.valid_from < first AND (e.valid_to IS NULL OR e.valid_to > first);
    INSERT INTO facility_exemption (facility_id, kind, valid_from, valid_to, noted_at)
    VALUES (held.facility_id, office_number('exemption', args ->> 'kind'), first, (args ->> 'valid_to')::date, who.moment);
    RETURN office_body(2, jsonb_build_object('facility_code', held.facility_code, 'kind', args ->> 'kind', 'valid_from', first,
                                             'valid_to', args ->> 'valid_to'));
END
$$;
COMMENT ON FUNCTION registry.office_facility_exempt IS 'A facility need not check online, for a reason and until a day.';

-- The successor is a facility of its own, admitted before; it must be there on the day on which the other one is no longer.
CREATE OR REPLACE FUNCTION registry.office_facility_close(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held facility;
    next facility;
    ends date := (args ->> 'valid_to')::date;
BEGIN
    SELECT (office_facility_of(path)).* INTO held;
    IF held.facility_id IS NULL THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    ELSIF held.valid_to <= who.today THEN
        RETURN office_answer(9);
    END IF;
    IF args ? 'successor_code' THEN
        SELECT f.* INTO next
        FROM facility AS f
        WHERE f.facility_code = args ->> 'successor_code' AND f.facility_id <> held.facility_id
            AND f.valid_from <= ends AND (f.valid_to IS NULL OR f.valid_to > ends)
        FOR UPDATE;
        IF next.facility_id IS NULL OR next.predecessor_code <> held.facility_code THEN
            RETURN office_answer(11, 'successor_code');
        END IF;
        UPDATE facility AS f SET predecessor_code = held.facility_code WHERE f.facility_id = next.facility_id;
    END IF;
    UPDATE facility AS f SET valid_to = ends WHERE f.facility_id = held.facility_id RETURNING f.* INTO held;
    RETURN office_body(1, office_facility_view(held, who.today), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_facility_close IS 'A facility is no longer from a day on, and another one may continue it.';

CREATE OR REPLACE FUNCTION registry.office_code_set(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    list text := args ->> 'list';
    code text := args ->> 'code';
    first date := (args ->> 'valid_from')::date;
    made code_table;
BEGIN
    IF first <= who.today THEN
        RETURN office_answer(11, 'valid_from');
    ELSIF (args ? 'name_ja') <> (args ? 'name_en') THEN
        RETURN office_answer(11, CASE WHEN args ? 'name_ja' THEN 'name_en' ELSE 'name_ja' END);
    ELSIF NOT EXISTS (SELECT FROM code_table AS c WHERE c.code_id = list AND (args ? 'name_ja' OR c.code = code)) THEN
        RETURN office_answer(6);
    END IF;
    -- What has not begun is replaced; what holds ends there, and what held before stays as it was.
    DELETE FROM code_table AS c WHERE c.code_id = list AND c.code = code AND c.valid_from >= first;
    UPDATE code_table AS c SET valid_to = first
    WHERE c.code_id = list AND c.code = code AND (c.valid_to IS NULL OR c.valid_to > first)
    RETURNING c.* INTO made;
    IF args ? 'name_ja' THEN
        INSERT INTO code_table AS c (code_id, code, name_ja, name_en, valid_from)
        VALUES (list, code, args ->> 'name_ja', args ->> 'name_en', first)
        RETURNING c.* INTO made;
    END IF;
    RETURN office_body(2, jsonb_build_object('list', list, 'code', code, 'name_ja', made.name_ja, 'name_en', made.name_en,
                                             'valid_from', made.valid_from, 'valid_to', made.valid_to));
END
$$;
COMMENT ON FUNCTION registry.office_code_set IS
    'A code, or another meaning of it, from a day to come; without a meaning the code is given out no longer from that day.';
