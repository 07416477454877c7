-- Tickets: on an answer that the facility was given, once, answered by the insurer whose coverage was shown.
BEGIN;
SELECT plan(25);

INSERT INTO code_table (code_id, code, name_ja, name_en)
VALUES ('discrepancy_answer', '1', '訂正', 'corrected'), ('discrepancy_answer', '2', '登録が正しい', 'right'), ('discrepancy_answer', '4', '不明', 'none')
ON CONFLICT DO NOTHING;
INSERT INTO facility (facility_id, facility_code, kind, prefecture, name, valid_from)
VALUES (1601, '1319916013', 2, 13, 'clinic', '2020-01-01'), (1602, '1319916021', 2, 13, 'other clinic', '2020-01-01');
INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06991613', 'old', 2, '2000-01-01'), ('06991621', 'new', 2, '2000-01-01');
INSERT INTO person (person_id) VALUES (1601);
INSERT INTO person_version (person_id, name, sex1, birth_date) VALUES (1601, 'one', 1, '1980-01-01');
INSERT INTO coverage (coverage_id, person_id, insurer_number, symbol, number, branch, number_key, number_loose, valid, recorded_at)
VALUES (16001, 1601, '06991613', '7', '1', '01', '1', '1', '[2020-01-01,2026-01-01)', '2026-01-01'),
       (16002, 1601, '06991621', '8', '2', '02', '2', '2', '[2026-01-01,)', '2026-01-01');
SELECT dossier_refresh('{1601}') \g /dev/null
SELECT access_partitions_ensure('2026-04-20', 1) \g /dev/null
SELECT version FROM dossier WHERE person_id = 1601 \gset
CREATE FUNCTION pg_temp.asked(n int8, facility_id int, validity int2, versions int8[], fault int2 DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO registry.access_record (record_id, recorded_at, day, actor_id, facility_id, actor_kind, route, way, purpose, request_id,
        body_digest, subject, dossier_versions, asked_day, validity, items, fault)
    VALUES (n, '2026-04-20', '2026-04-20', facility_id, facility_id, 1, 1, 2, 1, lpad(n::text, 32, '0')::uuid, decode(repeat('11', 16), 'hex'),
        decode(lpad('1601', 32, '0'), 'hex'), versions, '2026-04-20', validity, 1, fault)
$$;
SELECT pg_temp.asked(16001, 1601, 1::int2, ARRAY[:version]), pg_temp.asked(16002, 1601, 3::int2, ARRAY[:version]),
       pg_temp.asked(16003, 1602, 1::int2, ARRAY[:version]), pg_temp.asked(16004, 1601, 4::int2, ARRAY[:version]),
       pg_temp.asked(16005, 1601, 1::int2, ARRAY[:version], 5::int2), pg_temp.asked(16006, 1601, 1::int2, NULL);
CREATE FUNCTION pg_temp.open(request int, record_id int8, facility_id int DEFAULT 1601)
    RETURNS TABLE (outcome int2, ticket_number text, state int2, opened_at timestamptz, due_on date, person_id int8) LANGUAGE sql AS $$
    SELECT * FROM registry.discrepancy_open(facility_id, lpad(request::text, 32, '0')::uuid, record_id, '2026-04-20', '{name,birth_date}', '2026-04-20')
$$;

CREATE TEMPORARY TABLE ticket AS SELECT * FROM pg_temp.open(1, 16001);
SELECT results_eq('SELECT outcome, state, due_on, person_id FROM ticket', $$VALUES (1::int2, 1::int2, '2026-05-07'::date, 1601::int8)$$,
                  'a ticket with its number and due day');
SELECT matches((SELECT ticket_number FROM ticket), '^[0-9a-f]{24}$', 'a number that nobody guesses');
SELECT results_eq('SELECT 2::int2, ticket_number FROM ticket', 'SELECT outcome, ticket_number FROM pg_temp.open(1, 16001)',
                  'the same request opens no second');
SELECT results_eq('SELECT 2::int2, ticket_number FROM ticket', 'SELECT outcome, ticket_number FROM pg_temp.open(2, 16001)',
                  'nor does another one while this is open');
SELECT is((SELECT outcome FROM pg_temp.open(3, 16003)), 3::int2, 'an answer to another facility is none');
SELECT is((SELECT outcome FROM pg_temp.open(4, 16004)), 3::int2, 'nor is one that showed nothing');
SELECT is((SELECT outcome FROM pg_temp.open(5, 16005)), 3::int2, 'nor a refusal');
SELECT is((SELECT outcome FROM pg_temp.open(6, 16006)), 3::int2, 'nor one made from no dossier');
SELECT is((SELECT outcome FROM pg_temp.open(7, 99999)), 3::int2, 'nor one that never was');
SELECT is((SELECT insurer_number FROM discrepancy WHERE record_id = 16001), '06991621' COLLATE "C", 'whose coverage was in force must answer');
SELECT pg_temp.open(8, 16002) \g /dev/null
SELECT is((SELECT insurer_number FROM discrepancy WHERE record_id = 16002), '06991613' COLLATE "C", 'of a lost one, the insurer that was before');

SELECT results_eq('SELECT r.state, r.fields, r.record_id, r.answer FROM ticket AS t, discrepancy_read(ARRAY[1601], ARRAY[t.ticket_number]) AS r',
                  $$VALUES (1::int2, 'name birth_date', 16001::int8, NULL::int2)$$, 'the facility reads it');
SELECT is_empty('SELECT FROM ticket AS t, discrepancy_read(ARRAY[1602], ARRAY[t.ticket_number]) AS r', 'no other does');
SELECT results_eq($$SELECT l.ticket_number, l.symbol, l.number, l.branch, l.person_id FROM discrepancy_list('06991621', 0, 10) AS l$$,
                  $$SELECT ticket_number, '8', '2', '02', 1601::int8 FROM ticket$$, 'the insurer sees it, with its own numbers of the coverage');
SELECT is_empty(format('SELECT FROM discrepancy_list(''06991621'', %s, 10)', (SELECT max(ticket_id) FROM discrepancy WHERE insurer_number = '06991621')),
                'page by page');

CREATE FUNCTION pg_temp.answer(request int, answer int, insurer text DEFAULT '06991621') RETURNS int2 LANGUAGE sql AS $$
    SELECT a.outcome
    FROM ticket AS t, registry.discrepancy_answer(insurer, lpad((1600 + request)::text, 32, '0')::uuid, 50::int2,
        decode(lpad(request::text, 32, '0'), 'hex'), 'u-1', t.ticket_number, answer::int2, '2026-04-21') AS a
$$;
SELECT is(pg_temp.answer(1, 1, '06991613'), 2::int2, 'another insurer has no such ticket');
SELECT is(pg_temp.answer(2, 77), 5::int2, 'an answer is one of the table');
SELECT is(pg_temp.answer(3, 1), 1::int2, 'corrected');
SELECT is(pg_temp.answer(3, 1), 1::int2, 'by the same request again, too');
SELECT is(pg_temp.answer(4, 2), 3::int2, 'but no second answer');
SELECT results_eq('SELECT r.state, r.answer, r.answered_at IS NOT NULL FROM ticket AS t, discrepancy_read(ARRAY[1601], ARRAY[t.ticket_number]) AS r',
                  'VALUES (2::int2, 1::int2, true)', 'the facility reads that');
SELECT is_empty($$SELECT FROM discrepancy_list('06991621', 0, 10)$$, 'and the insurer is done with it');
SELECT is((SELECT outcome FROM pg_temp.open(9, 16001)), 1::int2, 'a facility may doubt the same answer again');
SELECT lives_ok($$SET LOCAL ROLE shikaku_lookup; SELECT FROM registry.discrepancy_open(1601, lpad('99', 32, '0')::uuid, 1, '2026-04-20', '{name}', '2026-04-20'); RESET ROLE$$,
                'tickets are opened by who answers facilities');
SELECT throws_ok($$SET LOCAL ROLE shikaku_lookup; SELECT FROM registry.discrepancy_list('06991621', 0, 10)$$, '42501', NULL, 'and read by the registrar alone');

SELECT * FROM finish();
ROLLBACK;
