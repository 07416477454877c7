-- Doubts: told to their insurer alone, answered once, and each answer does to coverage and personal number what it says.
BEGIN;
SELECT plan(58);

INSERT INTO code_table (code_id, code, name_ja, name_en) VALUES ('confirm_reason', '1', '確認', 'checked') ON CONFLICT DO NOTHING;
INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06991316', 'first', 2, '2000-01-01'), ('06991324', 'second', 2, '2000-01-01');
INSERT INTO person (person_id) SELECT * FROM generate_series(1301, 1399);
INSERT INTO person_version (person_id, name, name_kana, sex1, birth_date)
SELECT person_id, 'name ' || person_id, 'kana', 1, '1980-01-01' FROM person WHERE person_id BETWEEN 1301 AND 1399;

CREATE FUNCTION pg_temp.cover(coverage_id int8, person_id int8, state int2, valid daterange DEFAULT '[2026-04-01,)',
                              insurer text DEFAULT '06991316') RETURNS void LANGUAGE sql AS $$
    INSERT INTO registry.coverage (coverage_id, person_id, insurer_number, number, number_key, number_loose, valid, state, branch)
    VALUES (coverage_id, person_id, insurer, coverage_id, coverage_id, coverage_id, valid, state, '01');
    INSERT INTO registry.burden_ratio (coverage_id, ratio_percent, valid) VALUES (coverage_id, 30, valid);
$$;
CREATE FUNCTION pg_temp.hold(hold_id int8, person_id int8, kind int2, coverage_id int8, number_id int8 DEFAULT NULL,
                             scope int2 DEFAULT 2::int2) RETURNS void LANGUAGE sql AS $$
    INSERT INTO registry.person_hold (hold_id, person_id, scope, reason, insurer_number, kind, coverage_id, number_id, batch_id, row_no,
                                      fields, due_on)
    VALUES (hold_id, person_id, scope, 'test', '06991316', kind, coverage_id, number_id, 9, hold_id,
            'v1 name=1 name_kana=4 birth_date=1', '2026-05-01');
    SELECT registry.dossier_refresh(ARRAY[person_id]);
$$;
CREATE FUNCTION pg_temp.number(number_id int8, person_id int8, index int, state int2, insurer text DEFAULT '06991316')
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO registry.personal_number (number_id, person_id, insurer_number, source, state, sealed_by, indexed_by, sealed, number_index)
    VALUES (number_id, person_id, insurer, 1, state, 1, 1, decode(repeat('00', 40), 'hex'), decode(lpad(index::text, 32, '0'), 'hex'));
$$;
CREATE SEQUENCE pg_temp.request;
CREATE FUNCTION pg_temp.answer(answers jsonb, insurer text DEFAULT '06991316', request int8 DEFAULT NULL)
    RETURNS TABLE (item_no int4, outcome int2, hold_id int8) LANGUAGE plpgsql AS $$
DECLARE
    n text := lpad((3000 + coalesce(request, nextval('pg_temp.request')))::text, 32, '0');
BEGIN
    RETURN QUERY SELECT * FROM registry.hold_answer(insurer, n::uuid, 43::int2, decode(n, 'hex'), 'u-9', '2026-04-20', answers);
END
$$;
CREATE FUNCTION pg_temp.one(hold_id int8, answer int, reason int DEFAULT NULL, correct jsonb DEFAULT NULL, insurer text DEFAULT '06991316')
    RETURNS int2 LANGUAGE sql AS $$
    SELECT outcome FROM pg_temp.answer(jsonb_build_array(jsonb_build_object('item_no', 1, 'hold_id', hold_id, 'answer', answer,
        'reason', reason, 'correct', correct)), insurer)
$$;
CREATE FUNCTION pg_temp.state(id int8) RETURNS int2 LANGUAGE sql AS $$
    SELECT state FROM registry.coverage WHERE coverage_id = id AND superseded_at = 'infinity'
$$;

-- The inbox.
INSERT INTO certificate (certificate_id, holder_kind, insurer_number, fingerprint, serial, not_before, not_after)
VALUES (1301, 2, '06991316', decode(repeat('13', 32), 'hex'), '13', '2026-01-01', '2036-01-01');
INSERT INTO batch (batch_id, insurer_number, idempotency_key, certificate_id, format, sha256)
SELECT n, i, lpad(n::text, 32, '0')::uuid, 1301, 1, decode(repeat('00', 32), 'hex')
FROM (VALUES (9, '06991316'), (10, '06991324')) AS b (n, i);
SELECT pg_temp.cover(13001, 1301, 2::int2), pg_temp.number(1301, 1301, 1, 2::int2), pg_temp.hold(1301, 1301, 1::int2, 13001, 1301);
INSERT INTO batch_row (batch_id, row_no, operation, outcome, row_key) VALUES (9, 1301, 1, 2, 'their key'), (10, 1301, 1, 2, 'a key of others');
SELECT results_eq($$SELECT hold_id, person_id, kind, scope, fields, batch_id, row_no, row_key, number, branch, due_on FROM hold_list('06991316', 0, 10)$$,
    $$VALUES (1301::int8, 1301::int8, 1::int2, 2::int2, 'v1 name=1 name_kana=4 birth_date=1', 9::int8, 1301, 'their key', '13001', '01', '2026-05-01'::date)$$,
    'a doubt lies in the inbox with the insurer''s own name of the row');
UPDATE person_hold SET batch_id = 10 WHERE hold_id = 1301;
SELECT results_eq($$SELECT batch_id, row_no, row_key, number FROM hold_list('06991316', 0, 10)
                  UNION ALL SELECT batch_id, row_no, row_key, number FROM hold_read('06991316', 1301)$$,
                  $$VALUES (NULL::int8, NULL::int4, NULL, '13001'), (NULL, NULL, NULL, '13001')$$,
                  'of a row of another insurer its names are not told');
UPDATE person_hold SET batch_id = 9 WHERE hold_id = 1301;
SELECT is_empty($$SELECT FROM hold_list('06991324', 0, 10)$$, 'and in no other');
SELECT is_empty($$SELECT FROM hold_list('06991316', 1301, 10)$$, 'pages go by number');
SELECT is_empty($$SELECT FROM hold_read('06991324', 1301)$$, 'nor is it read by another');

-- What cannot be.
SELECT is(pg_temp.one(1301, 2, 1, insurer => '06991324'), 2::int2, 'another insurer has no such doubt');
SELECT is(pg_temp.one(1399, 2, 1), 2::int2, 'nor has anybody one that is not there');
SELECT is(pg_temp.one(1301, 2, 77), 5::int2, 'a reason is one of the table');
SELECT is(pg_temp.one(1301, 2), 5::int2, 'and must be given');
SELECT is(pg_temp.state(13001), 2::int2, 'nothing has changed by that');

-- Confirmed: in order, linked, shown, told.
SELECT results_eq($$SELECT outcome FROM pg_temp.answer('[{"item_no": 1, "hold_id": 1301, "answer": 2, "reason": 1}]', request => 900)$$,
                  ARRAY[1::int2], 'a confirmation with a reason');
SELECT results_eq($$SELECT outcome FROM pg_temp.answer('[{"item_no": 1, "hold_id": 1301, "answer": 2, "reason": 1}]', request => 900)$$,
                  ARRAY[1::int2], 'the same request again is told the same');
SELECT is(pg_temp.one(1301, 2, 1), 3::int2, 'a later one that it was answered');
SELECT results_eq($$SELECT state, (SELECT count(*) FROM coverage WHERE coverage_id = 13001) FROM coverage
                  WHERE coverage_id = 13001 AND superseded_at = 'infinity'$$, 'VALUES (1::int2, 2::bigint)',
                  'the coverage is in order by one more version');
SELECT is((SELECT state FROM personal_number WHERE number_id = 1301), 1::int2, 'the number that it claimed is linked');
SELECT results_eq($$SELECT answer, answer_reason, answered_by, closed_at IS NOT NULL FROM person_hold WHERE hold_id = 1301$$,
                  $$VALUES (2::int2, 1::int2, 'u-9', true)$$, 'the answer stands with the doubt');
SELECT results_eq($$SELECT body FROM dossier WHERE person_id = 1301$$, $$SELECT body FROM dossier_build('{1301}', civil_day(now()))$$,
                  'the dossier is made anew');
SELECT results_eq($$SELECT affected, kind FROM correction WHERE person_id = 1301$$, $$VALUES ('[2026-04-01,)'::daterange, 1::int2)$$,
                  'and whoever asked will be told');

-- Two doubts on one coverage: the last answer puts it in order.
SELECT pg_temp.cover(13002, 1302, 2::int2), pg_temp.hold(1302, 1302, 1::int2, 13002), pg_temp.hold(1303, 1302, 7::int2, 13002);
SELECT is(pg_temp.one(1302, 2, 1), 1::int2, 'the first of two');
SELECT is(pg_temp.state(13002), 2::int2, 'it is still held');
SELECT is(pg_temp.one(1303, 2, 1), 1::int2, 'the second');
SELECT is(pg_temp.state(13002), 1::int2, 'now it is in order');

-- The number is another person's: the coverage is that person's.
SELECT pg_temp.cover(13004, 1304, 1::int2, '[2020-04-01,)', '06991324'), pg_temp.number(1304, 1304, 4, 1::int2, '06991324'),
       pg_temp.cover(13005, 1305, 2::int2), pg_temp.number(1305, 1305, 4, 2::int2), pg_temp.hold(1305, 1305, 4::int2, 13005, 1305);
UPDATE person_hold SET other_person_id = 1304 WHERE hold_id = 1305;
SELECT is(pg_temp.one(1305, 2, 1), 1::int2, 'confirmed: they are one person');
SELECT results_eq($$SELECT person_id, valid, state FROM coverage WHERE coverage_id = 13005 AND superseded_at = 'infinity'$$,
                  $$VALUES (1304::int8, '[2026-04-01,)'::daterange, 1::int2)$$, 'the coverage has moved to who had the number');
SELECT results_eq($$SELECT valid, declared_until FROM coverage WHERE coverage_id = 13004 AND superseded_at = 'infinity'$$,
                  $$VALUES ('[2020-04-01,2026-04-01)'::daterange, 'infinity'::date)$$,
                  'the older one ends there, and what its insurer said stays known');
SELECT results_eq($$SELECT number_id, unlinked_at = 'infinity' FROM personal_number WHERE number_id IN (1304, 1305) ORDER BY 1$$,
                  'VALUES (1304::int8, true), (1305, false)', 'the claim has ended, the link stands');
SELECT set_eq($$SELECT person_id FROM card WHERE card_key = '06991316::13005'$$, ARRAY[1304::int8], 'the card leads to that person alone');
SELECT set_eq($$SELECT person_id, affected FROM correction WHERE person_id IN (1304, 1305)$$,
              $$VALUES (1304::int8, '[2026-04-01,)'::daterange), (1305, '[2026-04-01,)')$$, 'and those who asked about either are told');

-- A later coverage that is in order ends the held one; one of the same day keeps it held.
SELECT pg_temp.cover(13006, 1306, 1::int2, '[2026-04-10,)', '06991324'), pg_temp.cover(13007, 1306, 2::int2),
       pg_temp.hold(1306, 1306, 1::int2, 13007);
SELECT is(pg_temp.one(1306, 2, 1), 1::int2, 'confirmed beside a later coverage');
SELECT results_eq($$SELECT valid, declared_until FROM coverage WHERE coverage_id = 13007 AND superseded_at = 'infinity'$$,
                  $$VALUES ('[2026-04-01,2026-04-10)'::daterange, 'infinity'::date)$$, 'it ends where that begins');
SELECT pg_temp.cover(13008, 1308, 1::int2, '[2026-04-01,)', '06991324'), pg_temp.cover(13009, 1308, 2::int2),
       pg_temp.number(1308, 1308, 8, 2::int2), pg_temp.hold(1308, 1308, 7::int2, 13009, 1308);
SELECT is(pg_temp.one(1308, 2, 1), 7::int2, 'of two that start on one day neither wins');
SELECT results_eq($$SELECT pg_temp.state(13009), state FROM personal_number WHERE number_id = 1308$$, 'VALUES (2::int2, 2::int2)',
                  'and nothing has changed, the number neither');
SELECT is((SELECT closed_at FROM person_hold WHERE hold_id = 1308), NULL, 'the doubt stays open');

-- A number that replaces another one.
SELECT pg_temp.cover(13010, 1310, 2::int2), pg_temp.number(1310, 1310, 10, 1::int2), pg_temp.number(1311, 1310, 11, 2::int2),
       pg_temp.hold(1310, 1310, 5::int2, 13010, 1311);
SELECT is(pg_temp.one(1310, 2, 1), 1::int2, 'confirmed: the number was changed');
SELECT results_eq($$SELECT number_id, state, unlinked_at = 'infinity' FROM personal_number WHERE person_id = 1310 ORDER BY 1$$,
                  'VALUES (1310::int8, 1::int2, false), (1311, 1::int2, true)', 'one person, one number');

-- Withdrawn.
SELECT pg_temp.cover(13012, 1312, 2::int2), pg_temp.number(1312, 1312, 12, 2::int2), pg_temp.hold(1312, 1312, 1::int2, 13012, 1312),
       pg_temp.hold(1313, 1312, 3::int2, 13012, 1312);
SELECT is(pg_temp.one(1313, 2, 1), 6::int2, 'what the register has not answered yet cannot be confirmed');
SELECT is(pg_temp.one(1312, 3), 1::int2, 'withdrawn');
SELECT is_empty($$SELECT FROM coverage WHERE coverage_id = 13012 AND superseded_at = 'infinity'$$, 'the coverage never existed');
SELECT is_empty($$SELECT FROM burden_ratio WHERE coverage_id = 13012 AND superseded_at = 'infinity'$$, 'nor did its terms');
SELECT is((SELECT count(*) FROM coverage WHERE coverage_id = 13012), 1::bigint, 'but what was recorded stays');
SELECT isnt((SELECT unlinked_at FROM personal_number WHERE number_id = 1312), 'infinity', 'its claim has ended');
SELECT is_empty($$SELECT FROM person_hold WHERE coverage_id = 13012 AND closed_at IS NULL$$, 'and with it every doubt on it');
SELECT is_empty($$SELECT FROM card WHERE card_key = '06991316::13012'$$, 'the card leads nowhere');

-- Corrected: the register is asked again, and nothing is unsealed before it has answered.
SELECT pg_temp.cover(13014, 1314, 2::int2), pg_temp.number(1314, 1314, 14, 2::int2), pg_temp.hold(1314, 1314, 1::int2, 13014, 1314);
SELECT is(pg_temp.one(1314, 1, correct => '{"name_kana": "new kana", "birth_date": "1981-02-03", "name_kana_key": "NEW"}'), 1::int2, 'corrected');
SELECT results_eq($$SELECT name, name_kana, birth_date, name_kana_key COLLATE "default" FROM person_version
                  WHERE person_id = 1314 AND superseded_at = 'infinity'$$,
                  $$VALUES ('name 1314', 'new kana', '1981-02-03'::date, 'NEW')$$, 'what was given is new, the rest as it was');
SELECT is((SELECT count(*) FROM person_version WHERE person_id = 1314), 2::bigint, 'and the old version is kept');
SELECT results_eq($$SELECT kind, scope, number_id, coverage_id, row_no FROM person_hold WHERE person_id = 1314 AND closed_at IS NULL$$,
                  'VALUES (3::int2, 2::int2, 1314::int8, 13014::int8, 1314)', 'the register is to be asked again');
SELECT results_eq($$SELECT pg_temp.state(13014), state FROM personal_number WHERE number_id = 1314$$, 'VALUES (2::int2, 2::int2)',
                  'still held, still a claim');
SELECT pg_temp.hold(1315, 1314, 8::int2, 13014);
SELECT is(pg_temp.one(1315, 1, correct => '{}'), 6::int2, 'a doubt that is not about the person''s data is not corrected so');

-- Nor by an insurer that has lost the person to another one since.
SELECT pg_temp.cover(13016, 1316, 1::int2, '[2020-04-01,2026-04-01)'), pg_temp.cover(13017, 1316, 1::int2, '[2026-04-01,)', '06991324'),
       pg_temp.number(1316, 1316, 16, 1::int2), pg_temp.hold(1316, 1316, 5::int2, 13016, 1316, 0::int2);
SELECT is(pg_temp.one(1316, 1, correct => '{"name": "new name"}'), 6::int2, 'a former insurer corrects nobody any more');
SELECT is(pg_temp.one(1316, 2, 1), 1::int2, 'but may say that it was right');

-- Many at once; one that cannot be does not spoil the rest.
SELECT pg_temp.cover(13020 + n, 1320 + n, 2::int2), pg_temp.hold(1320 + n, 1320 + n, 1::int2, 13020 + n) FROM generate_series(1, 5) AS n;
SELECT results_eq($$
    SELECT item_no, outcome FROM pg_temp.answer((
        SELECT jsonb_agg(jsonb_build_object('item_no', n, 'hold_id', 1320 + n, 'answer', CASE WHEN n = 2 THEN 3 ELSE 2 END,
                                            'reason', CASE WHEN n = 3 THEN 77 ELSE 1 END))
        FROM generate_series(1, 6) AS n))
$$, 'VALUES (1, 1::int2), (2, 1::int2), (3, 5::int2), (4, 1::int2), (5, 1::int2), (6, 2::int2)', 'a result for each');
SELECT results_eq($$SELECT n, pg_temp.state(13020 + n) FROM generate_series(1, 5) AS n$$,
                  'VALUES (1, 1::int2), (2, NULL), (3, 2::int2), (4, 1::int2), (5, 1::int2)', 'and what it says is so');
SELECT is((SELECT outcome FROM pg_temp.answer('[]', request => 900)), 1::int2, 'an id is answered as before');
SELECT results_eq($$
    SELECT outcome FROM hold_answer('06991316', lpad('3900', 32, '0')::uuid, 43::int2, decode(repeat('77', 16), 'hex'), NULL, '2026-04-20', '[]')
$$, ARRAY[4::int2], 'and refused with another body');

-- A record for each person shown.
SELECT access_partitions_ensure('2026-04-20', 1) \g /dev/null
CREATE FUNCTION pg_temp.note(item_nos text, subjects bytea) RETURNS int4 LANGUAGE sql AS $$
    SELECT recorded FROM registry.access_append_each('2026-04-20', 86000000, NULL, 2::int2, 'u', lpad('1', 32, '0')::uuid, 41::int2,
        4::int2, 1, decode(repeat('11', 16), 'hex'), item_nos, subjects)
$$;
SELECT results_eq($$
    SELECT pg_temp.note('{5,6}', decode(repeat('aa', 16) || repeat('bb', 16), 'hex')) UNION ALL
    SELECT pg_temp.note('{6,7}', decode(repeat('bb', 16) || repeat('cc', 16), 'hex'))
$$, ARRAY[2, 1], 'each person is on record once for a request, whatever it shows the next time');
SELECT throws_ok($$SELECT pg_temp.note('{8,9}', decode(repeat('aa', 16), 'hex'))$$, '22023', NULL, 'a number without a person is refused');
SELECT throws_ok($$SET LOCAL ROLE shikaku_lookup; SELECT FROM registry.hold_list('06991316', 0, 1)$$, '42501', NULL,
                 'who answers facilities sees no doubts');

SELECT * FROM finish();
ROLLBACK;
