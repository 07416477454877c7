-- One insurer's keys in another one's hand: every function that the registrar may call in the name of an insurer is told every kind
-- of key that it takes. It answers as if nobody had such a key, and no row changes but the caller's own. The functions are
-- taken from the catalogue, so one that is new fails here until it has a case.
BEGIN;
SELECT no_plan();

-- ---- an insurer that has something of everything, and one that has nothing --------------------------------------------
INSERT INTO code_table (code_id, code, name_ja, name_en)
VALUES ('confirm_reason', '1', '確認', 'checked'), ('discrepancy_answer', '1', '訂正', 'corrected') ON CONFLICT DO NOTHING;
INSERT INTO facility (facility_id, facility_code, kind, prefecture, name, valid_from)
VALUES (2101, '1319921019', 2, 13, 'clinic', '2020-01-01');
INSERT INTO insurer (insurer_number, name, kind, valid_from, last_heard_at)
VALUES ('06992116', 'theirs', 2, '2000-01-01', now()), ('06992124', 'mine', 2, '2000-01-01', NULL);
INSERT INTO certificate (certificate_id, holder_kind, insurer_number, fingerprint, serial, not_before, not_after)
SELECT n, 2, i, decode(repeat(n::text, 16), 'hex'), n::text, '2020-01-01', '2090-01-01'
FROM (VALUES (2101, '06992116'), (2102, '06992124')) AS c (n, i);
INSERT INTO person (person_id) SELECT * FROM generate_series(2101, 2103);
INSERT INTO person_version (person_id, name, sex1, birth_date) SELECT n, 'n', 1, '1980-01-01' FROM generate_series(2101, 2103) AS n;
INSERT INTO coverage (coverage_id, person_id, insurer_number, symbol, number, symbol_key, number_key, symbol_loose, number_loose,
                      valid, state)
SELECT 21000 + n, 2100 + n, '06992116', '1', n, '1', n, '1', n, '[2026-01-01,)', CASE n WHEN 2 THEN 2 ELSE 1 END
FROM generate_series(1, 3) AS n;
INSERT INTO personal_number (number_id, person_id, insurer_number, source, state, sealed_by, indexed_by, sealed, number_index, linked_at)
SELECT 2100 + n, 2100 + n, '06992116', 1, CASE n WHEN 2 THEN 2 ELSE 1 END, 1, 1, decode(repeat('00', 40), 'hex'),
       decode(lpad((2100 + n)::text, 32, '0'), 'hex'), now() - interval '2 days'
FROM generate_series(1, 3) AS n;
INSERT INTO batch (batch_id, insurer_number, idempotency_key, certificate_id, user_id, format, sha256, state, checked_at, finished_at,
                   row_count)
SELECT 2100 + s, '06992116', lpad((2100 + s)::text, 32, '0')::uuid, 2101, 'u-1', 1, decode(repeat('00', 32), 'hex'), s, now(),
       CASE s WHEN 6 THEN now() END, 1
FROM (VALUES (1), (4), (6)) AS b (s);
INSERT INTO batch_row (batch_id, row_no, operation, outcome, person_id, coverage_id, row_key)
VALUES (2106, 1, 1, 1, 2103, 21003, 'their row');
INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, number, birth_date, notice_key)
VALUES (2101, '06992116', 1, '2026-04-01', '2026-04-02', '2026-04-09', '06992116:1:9', '9', '1980-01-01', 'their notice');
INSERT INTO person_hold (hold_id, person_id, scope, reason, insurer_number, kind, coverage_id, number_id, batch_id, row_no, due_on)
VALUES (2101, 2102, 2, 'test', '06992116', 1, 21002, 2102, 2106, 1, '2026-05-01'),
       (2102, 2101, 2, 'wrong link', '06992116', 9, 21001, 2101, NULL, NULL, '2026-05-01');
INSERT INTO number_unlink (unlink_id, insurer_number, person_id, coverage_id, number_id, hold_id, linked_at)
VALUES (2101, '06992116', 2101, 21001, 2101, 2102, now() - interval '2 days');
INSERT INTO discrepancy (ticket_id, ticket_number, facility_id, request_id, record_id, record_day, insurer_number, person_id,
                         coverage_id, fields, due_on)
VALUES (2101, repeat('a', 24), 2101, lpad('2101', 32, '0')::uuid, 2101, '2026-04-01', '06992116', 2103, 21003, '{name}', '2026-05-01');
INSERT INTO enrolment_reply (insurer_number, request_id, route, body_digest, reply)
VALUES ('06992116', lpad('2101', 32, '0')::uuid, 99, decode(repeat('ff', 16), 'hex'), '"theirs"');
INSERT INTO registration_day (insurer_number, day, lag_days, is_late, count) VALUES ('06992116', '2026-04-10', 3, false, 7);
SELECT access_partitions_ensure(civil_day(now()) - 2, 3) \g /dev/null
INSERT INTO access_record (record_id, recorded_at, day, actor_id, facility_id, actor_kind, route, way, purpose, request_id, body_digest,
                           subject, items)
SELECT 2101, at, civil_day(at), 2101, 2101, 1, 1, 2, 1, lpad('2101', 32, '0')::uuid, decode(repeat('11', 16), 'hex'),
       decode(lpad('2101', 32, '0'), 'hex'), 7
FROM (VALUES (now() - interval '1 day')) AS a (at);
INSERT INTO eligibility_certificate (version_id, coverage_id, reason, issued_on, valid)
VALUES (2101, 21003, 3, '2026-01-01', '[2026-01-01,2026-07-01)');
SELECT dossier_refresh('{2101,2102,2103}') \g /dev/null

-- What the keys are called, and what a key is called that nobody has.
CREATE TEMPORARY TABLE key (name text, theirs text, nobodys text);
INSERT INTO key
VALUES ('receiving', '2101', '219901'), ('waiting', '2104', '219904'), ('done', '2106', '219906'), ('notice', '2101', '219901'),
       ('hold', '2101', '219901'), ('ticket', repeat('a', 24), repeat('b', 24)), ('unlink', '2101', '219901'), ('number', '3', '219903'),
       ('certificate', '2101', '219901'),
       ('noticed', '9', '219909'), ('notice_key', 'their notice', 'no notice'), ('request', lpad('2101', 32, '0'), lpad('219901', 32, '0')),
       ('idempotency_key', lpad('2106', 32, '0'), lpad('219906', 32, '0'));

-- ---- the cases --------------------------------------------------------------------------------------------------------
-- {insurer} is who calls. A new request of the caller's has the id {fresh}.
CREATE TEMPORARY TABLE one_case (n int GENERATED ALWAYS AS IDENTITY, call text);
INSERT INTO one_case (call)
VALUES
    ('SELECT outcome FROM batch_open({insurer}, {idempotency_key}, 2102, ''u'', 1::int2, 0::int2, 1::int2, false, 1, {zeroes} || {zeroes}, 9)'),
    ('SELECT * FROM batch_read({insurer}, {receiving})'),
    ('SELECT * FROM batch_read({insurer}, {done})'),
    ('SELECT * FROM batch_resume({insurer}, {receiving}, 0)'),
    ('SELECT * FROM batch_progress({insurer}, {receiving}, 5, 9)'),
    ('SELECT * FROM batch_received({insurer}, {receiving}, 9, true)'),
    ('SELECT * FROM batch_received({insurer}, {receiving}, 9, false)'),
    ('SELECT * FROM batch_rows_read({insurer}, {done}, 0, 9)'),
    ('SELECT * FROM batch_release({insurer}, {waiting}, 2102, ''u-2'', true)'),
    ('SELECT * FROM batch_cancel({insurer}, {receiving})'),
    ('SELECT * FROM batch_cancel({insurer}, {waiting})'),
    ('SELECT * FROM batch_undo({insurer}, {done}, ''u-2'', now())'),
    ('SELECT outcome FROM notice_open({insurer}, {fresh}, 38::int2, {zeroes}, ''u'', jsonb_build_array(jsonb_build_object(''item_no'', 1,'
     ' ''notice_key'', {notice_key}, ''change_kind'', 1, ''received_on'', ''2026-04-02'', ''card_key'', ''x'', ''number'', ''1'', ''birth_date'', ''1980-01-01'')))'),
    ('SELECT outcome FROM notice_open({insurer}, {request}, 38::int2, {zeroes}, ''u'', jsonb_build_array(jsonb_build_object(''item_no'', 1,'
     ' ''change_kind'', 1, ''received_on'', ''2026-04-02'', ''card_key'', ''x'', ''number'', ''1'', ''birth_date'', ''1980-01-01'')))'),
    ('SELECT * FROM notice_correct({insurer}, {fresh}, 39::int2, {zeroes}, ''u'', {notice}, ''2026-04-20'', ''{"received_on": "2026-04-03"}'')'),
    ('SELECT * FROM notice_correct({insurer}, {request}, 39::int2, {zeroes}, ''u'', {notice}, ''2026-04-20'', ''{"received_on": "2026-04-03"}'')'),
    ('SELECT * FROM notice_withdraw({insurer}, {fresh}, 40::int2, {zeroes}, ''u'', {notice})'),
    ('SELECT * FROM notice_withdraw({insurer}, {request}, 40::int2, {zeroes}, ''u'', {notice})'),
    ('SELECT * FROM notice_read({insurer}, {notice})'),
    ('SELECT * FROM notice_list({insurer}, NULL, ''2026-04-09'', {notice} - 1, 9)'),
    ('SELECT * FROM notice_list({insurer}, NULL, NULL, NULL, 9)'),
    ('SELECT * FROM hold_list({insurer}, {hold} - 1, 9)'),
    ('SELECT * FROM hold_list({insurer}, 0, 9)'),
    ('SELECT * FROM hold_read({insurer}, {hold})'),
    ('SELECT outcome FROM hold_answer({insurer}, {request}, 43::int2, {zeroes}, ''u'', ''2026-04-20'', jsonb_build_array(jsonb_build_object(''item_no'', 1,'
     ' ''hold_id'', {hold}, ''answer'', 3)))'),
    ('SELECT * FROM unlink({insurer}, {fresh}, 46::int2, {zeroes}, ''u'', ''2026-04-20'', {done}, 1, NULL, NULL, NULL)'),
    ('SELECT outcome FROM unlink({insurer}, {fresh}, 46::int2, {zeroes}, ''u'', ''2026-04-20'', NULL, NULL, ''06992116:1:'' || {number}, NULL, ''1980-01-01'')'),
    ('SELECT outcome FROM unlink({insurer}, {request}, 46::int2, {zeroes}, ''u'', ''2026-04-20'', NULL, NULL, ''06992116:1:'' || {number}, NULL, ''1980-01-01'')'),
    ('SELECT * FROM unlink_read({insurer}, {unlink})'),
    ('SELECT * FROM unlink_exposure({insurer}, {unlink}, decode(lpad(''2101'', 32, ''0''), ''hex''), NULL, NULL, 9)'),
    ('SELECT * FROM unlink_exposure({insurer}, {unlink}, decode(lpad(''2101'', 32, ''0''), ''hex''), current_date - 3, 0, 9)'),
    ('SELECT * FROM certificate_needed({insurer}, ''2026-04-20'', 0, 9)'),
    ('SELECT * FROM certificate_expiring({insurer}, ''2026-04-20'', ''2026-07-31'', 0, 9)'),
    ('SELECT outcome FROM certificate_issue({insurer}, {fresh}, 160::int2, {zeroes}, ''u'', ''2026-04-20'', ''06992116:1:'' || {number}, NULL, ''1980-01-01'', 3::int2, NULL, NULL)'),
    ('SELECT outcome FROM certificate_issue({insurer}, {request}, 160::int2, {zeroes}, ''u'', ''2026-04-20'', ''06992116:1:'' || {number}, NULL, ''1980-01-01'', 3::int2, NULL, NULL)'),
    ('SELECT * FROM certificate_read({insurer}, {certificate})'),
    ('SELECT * FROM compliance_own({insurer}, ''2026-04-01'', ''2026-04-30'', ''2026-04-30'')'),
    ('SELECT * FROM compliance_lags({insurer}, ''2026-04-01'', ''2026-04-30'')'),
    ('SELECT * FROM compliance_worst({insurer}, ''2026-04-01'', ''2026-04-30'', ''2026-04-30'', 9)'),
    ('SELECT * FROM discrepancy_list({insurer}, 2100, 9)'),
    ('SELECT * FROM discrepancy_answer({insurer}, {fresh}, 49::int2, {zeroes}, ''u'', {ticket}, 1::int2, ''2026-04-20'')'),
    ('SELECT * FROM discrepancy_answer({insurer}, {request}, 49::int2, {zeroes}, ''u'', {ticket}, 1::int2, ''2026-04-20'')');
INSERT INTO one_case (call)
SELECT 'SELECT outcome FROM hold_answer({insurer}, {fresh}, 43::int2, {zeroes}, ''u'', ''2026-04-20'', jsonb_build_array('
    || 'jsonb_build_object(''item_no'', 1, ''hold_id'', {hold}) || ' || quote_literal(a) || '))'
FROM unnest(ARRAY['{"answer": 1, "correct": {"name": "new"}}', '{"answer": 2, "reason": 1}', '{"answer": 3}']) AS a;

-- What a function has to do with insurers that is not asked in the name of one. A new one stands in neither list, and fails.
CREATE TEMPORARY TABLE for_all (name text);
INSERT INTO for_all
SELECT unnest(ARRAY[
    'access_append', 'access_append_each', 'access_partitions_ensure', 'access_prior',                            -- records
    'directory_certificates', 'directory_facilities', 'directory_insurers', 'directory_watermark', 'holidays', 'policy_parameters',
    'batch_expire', 'batch_files_done', 'change_take', 'change_tell', 'enrolment_expire', 'notice_clock', 'person_sessions_expire',  -- the clock
    'batch_check_begin', 'batch_check_end', 'batch_range', 'batch_refuse', 'batch_rest', 'batch_session_open', 'batch_staged',
    'batch_sweep', 'batch_sweep_left', 'batch_take', 'batch_undo_step', 'batch_window_close', 'batch_window_open',   -- the batch line: the
    'number_ids_reserve', 'number_keys', 'recheck_settle', 'recheck_take',                               -- batch names its insurer
    'rotate_begin', 'rotate_end', 'rotate_put', 'rotate_take',
    'shadow_begin', 'shadow_changes', 'shadow_differences', 'shadow_end', 'shadow_put', 'shadow_take']);
CREATE TEMPORARY TABLE callable AS
SELECT p.proname::text AS name, coalesce('insurer_number' = ANY (p.proargnames[1:p.pronargs]), false) AS names_insurer,
       p.prosecdef AS is_closed
FROM pg_proc AS p
WHERE p.pronamespace = 'registry'::regnamespace AND has_function_privilege('shikaku_registrar', p.oid, 'EXECUTE');
SELECT is_empty($$SELECT name FROM callable WHERE names_insurer
                  EXCEPT SELECT (regexp_match(call, 'FROM (\w+)\('))[1] FROM one_case$$,
                'every function in the name of an insurer has a case');
SELECT is_empty('SELECT name FROM callable WHERE NOT names_insurer EXCEPT SELECT name FROM for_all',
                'every other one is known to ask for no insurer');
SELECT is_empty('SELECT name FROM callable WHERE NOT is_closed', 'no function lends the registrar a right of its own');
SELECT is_empty($$
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = 'registry'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND c.relname <> 'batch_stage'
        AND (has_table_privilege('shikaku_registrar', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
             OR has_any_column_privilege('shikaku_registrar', c.oid, 'SELECT, INSERT, UPDATE'))
$$, 'and no table is open to it, past them');

-- ---- the matrix -------------------------------------------------------------------------------------------------------
-- All rows of all tables but an insurer's own.
CREATE FUNCTION pg_temp.others(insurer text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    place  record;
    digest text;
    ret    text := '';
BEGIN
    FOR place IN
        SELECT c.relname, EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'insurer_number') AS is_somebodys
        FROM pg_class AS c
        WHERE c.relnamespace = 'registry'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relname NOT IN ('code_table', 'holiday', 'policy_parameter')
        ORDER BY 1
    LOOP
        EXECUTE format('SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), %L)) FROM registry.%I AS t', '', place.relname)
            || CASE WHEN place.is_somebodys THEN format(' WHERE t.insurer_number IS DISTINCT FROM %L', insurer) ELSE '' END
        INTO digest;
        ret := ret || place.relname || digest;
    END LOOP;
    RETURN ret;
END
$$;
-- What a case is answered, and what the others have then; afterwards it has not happened.
CREATE FUNCTION pg_temp.told(call text, insurer text, is_theirs bool, OUT answer text, OUT others text) LANGUAGE plpgsql AS $$
DECLARE
    word record;
BEGIN
    FOR word IN SELECT k.name, CASE WHEN is_theirs THEN k.theirs ELSE k.nobodys END AS value FROM key AS k LOOP
        call := replace(call, '{' || word.name || '}', quote_literal(word.value));
    END LOOP;
    call := replace(replace(replace(call, '{insurer}', quote_literal(insurer)), '{fresh}', quote_literal(lpad('777', 32, '0'))),
                    '{zeroes}', $w$'\x00000000000000000000000000000000'::bytea$w$);
    BEGIN
        PERFORM set_config('role', 'shikaku_registrar', true);
        EXECUTE format('SELECT string_agg(r::text, chr(10) ORDER BY r::text) FROM (%s) AS r', call) INTO answer;
        PERFORM set_config('role', 'none', true);
        others := pg_temp.others(insurer);
        RAISE EXCEPTION USING ERRCODE = 'SK001';
    EXCEPTION WHEN SQLSTATE 'SK001' THEN
    END;
END
$$;

SELECT pg_temp.others('06992124') AS before \gset
CREATE TEMPORARY TABLE result AS
SELECT c.n, c.call, mine.answer AS mine, mine.others, nobodys.answer AS nobodys, own.answer AS own
FROM one_case AS c, pg_temp.told(c.call, '06992124', true) AS mine, pg_temp.told(c.call, '06992124', false) AS nobodys,
     pg_temp.told(c.call, '06992116', true) AS own;
SELECT is(pg_temp.others('06992124'), :'before', 'nothing of all this has happened');
SELECT isnt(r.own, r.mine, format('%s: whose key it is, is told something else', r.n || ' ' || (regexp_match(r.call, 'FROM (\w+)\('))[1]))
FROM result AS r ORDER BY r.n;
SELECT is(r.mine, r.nobodys, format('%s: to anybody else it is no key', r.n || ' ' || (regexp_match(r.call, 'FROM (\w+)\('))[1]))
FROM result AS r ORDER BY r.n;
SELECT is(r.others, :'before', format('%s: and changes nothing of theirs', r.n || ' ' || (regexp_match(r.call, 'FROM (\w+)\('))[1]))
FROM result AS r ORDER BY r.n;

SELECT * FROM finish();
ROLLBACK;
