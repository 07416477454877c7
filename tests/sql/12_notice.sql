-- Notices: taken once, due by the rule, versions kept, overdue once, fulfilled in their order, and nobody else's.
BEGIN;
SELECT plan(42);

-- Due days: the same days as in the unit test of server/model/due.h.
CREATE TEMPORARY TABLE vector (start date, days int, due date, holiday int);
\copy vector FROM '../due_days.csv' WITH (FORMAT csv, HEADER true)
SELECT cmp_ok((SELECT count(*) FROM vector), '>', 500::bigint, 'there are due days to compare');
SELECT is_empty('SELECT start, due, due_day(start, days) FROM vector WHERE due_day(start, days) <> due',
                'every due day of a year and a half is that of the rule');
SELECT is(registration_due('2026-04-28'), '2026-05-07'::date, 'by the dated parameter');
SELECT is(registration_days('1950-01-01'), 5, 'what is older than the rule is due by its first form');
INSERT INTO policy_parameter (name, valid_from, value, unit, source)
VALUES ('registration_due_days', '2026-06-01', '3', 'days', 'a test'), ('hold_answer_days_8', '2026-06-01', '1', 'days', 'a test');
SELECT results_eq($$SELECT registration_days(d) FROM (VALUES ('2026-05-31'::date), ('2026-06-01')) AS v (d)$$, ARRAY[5, 3],
                  'each value from its first day on');
SELECT results_eq($$SELECT hold_due_of(k::int2, '2026-06-01') FROM generate_series(7, 8) AS k$$, ARRAY['2026-06-15', '2026-06-02']::date[],
                  'a kind of hold may have days of its own');
DELETE FROM policy_parameter WHERE source = 'a test';

INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06991210', 'first', 2, '2000-01-01'), ('06991228', 'second', 2, '2000-01-01');

CREATE FUNCTION pg_temp.request(n int) RETURNS uuid LANGUAGE sql AS $$SELECT lpad(n::text, 32, '0')::uuid$$;
CREATE FUNCTION pg_temp.digest(n int) RETURNS bytea LANGUAGE sql AS $$SELECT decode(lpad(n::text, 32, '0'), 'hex')$$;
CREATE FUNCTION pg_temp.one(item_no int, notice_key text, number text DEFAULT '34', change_kind int DEFAULT 1,
                            received_on date DEFAULT '2026-04-28') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('item_no', item_no, 'notice_key', notice_key, 'change_kind', change_kind, 'event_on', '2026-04-27',
        'received_on', received_on, 'card_key', '06991210:12:' || number, 'symbol', '12', 'number', number, 'branch', '01',
        'birth_date', '1980-01-01')
$$;
CREATE FUNCTION pg_temp.open(request int, digest int, notices jsonb, insurer text DEFAULT '06991210')
    RETURNS TABLE (item_no int4, outcome int2, notice_id int8, due_on date, plain_due_on date) LANGUAGE sql AS $$
    SELECT * FROM registry.notice_open(insurer, pg_temp.request(request), 20::int2, pg_temp.digest(digest), 'u-1', notices)
$$;

-- Taking in.
CREATE TEMPORARY TABLE taken AS
SELECT * FROM pg_temp.open(1, 1, jsonb_build_array(pg_temp.one(1, 'K-1'), pg_temp.one(2, 'K-2', '35'), pg_temp.one(3, NULL, '36'),
                                                   pg_temp.one(4, 'K-1'), pg_temp.one(5, 'K-2', '99')));
SELECT results_eq('SELECT item_no, outcome, due_on, plain_due_on FROM taken ORDER BY item_no', $$
    VALUES (1, 1::int2, '2026-05-07'::date, '2026-05-03'::date), (2, 1::int2, '2026-05-07', '2026-05-03'),
           (3, 1::int2, '2026-05-07', '2026-05-03'), (4, 2::int2, '2026-05-07', '2026-05-03'), (5, 3::int2, '2026-05-07', '2026-05-03')
$$, 'each notice gets its due day; the same again is the same, and a key names one notice only');
SELECT is((SELECT count(DISTINCT notice_id) FROM taken), 3::bigint, 'three notices');
SELECT is((SELECT count(*) FROM notice), 3::bigint, 'and no more');
SELECT results_eq($$SELECT * FROM pg_temp.open(1, 1, '[]')$$, 'SELECT * FROM taken ORDER BY item_no',
                  'the same request again is told the same');
SELECT results_eq($$SELECT outcome FROM pg_temp.open(1, 2, jsonb_build_array(pg_temp.one(1, 'K-9')))$$, ARRAY[4::int2],
                  'another one under its id is refused');
SELECT results_eq($$SELECT outcome, notice_id FROM pg_temp.open(2, 2, jsonb_build_array(pg_temp.one(1, 'K-2', '35')))$$,
                  'SELECT 2::int2, notice_id FROM taken WHERE item_no = 2', 'a later request finds what stands under the key');
SELECT results_eq($$SELECT outcome FROM pg_temp.open(1, 1, jsonb_build_array(pg_temp.one(1, 'K-1')), '06991228')$$, ARRAY[1::int2],
                  'keys and request ids of another insurer are its own');
SELECT isnt((SELECT last_heard_at FROM insurer WHERE insurer_number = '06991210'), NULL, 'the registry has heard from the insurer');
SELECT results_eq($$
    SELECT received_on, due_on, change_kind
    FROM eligibility_look_around('{06991210:12:36}', '{1980-01-01}', '{06991210}', '{12:36}') WHERE kind = 1
$$, $$VALUES ('2026-04-28'::date, '2026-05-07'::date, 1::int2)$$, 'a facility''s question finds it at once');
SELECT is_empty($$SELECT * FROM pg_temp.open(3, 3, '[]')$$, 'no notice, no outcome');
SELECT throws_ok($$SELECT * FROM pg_temp.open(4, 4, jsonb_build_array(pg_temp.one(1, 'K-8') - 'birth_date'))$$, '23502', NULL,
                 'what is not whole is not taken');

-- Reading, correcting, withdrawing.
CREATE FUNCTION pg_temp.id(n int) RETURNS int8 LANGUAGE sql AS $$SELECT notice_id FROM taken WHERE item_no = n$$;
SELECT results_eq('SELECT state, number, notice_key, user_id FROM notice_read(''06991210'', pg_temp.id(1))',
                  $$VALUES (1::int2, '34', 'K-1', 'u-1')$$, 'a notice is read');
SELECT is_empty('SELECT FROM notice_read(''06991228'', pg_temp.id(1))', 'by nobody else');
CREATE FUNCTION pg_temp.correct(request int, insurer text, id int8, received_on date, today date DEFAULT '2026-05-01') RETURNS int2
    LANGUAGE sql AS $$
    SELECT outcome FROM registry.notice_correct(insurer, pg_temp.request(request), 21::int2, pg_temp.digest(request), 'u-2', id, today,
        pg_temp.one(0, NULL, '37', received_on => received_on) - 'item_no' - 'notice_key')
$$;
CREATE FUNCTION pg_temp.withdraw(request int, insurer text, id int8) RETURNS int2 LANGUAGE sql AS $$
    SELECT outcome FROM registry.notice_withdraw(insurer, pg_temp.request(request), 22::int2, pg_temp.digest(request), 'u-3', id)
$$;
SELECT is(pg_temp.correct(10, '06991228', pg_temp.id(1), '2026-04-30'), 2::int2, 'nobody else corrects it');
SELECT is(pg_temp.correct(11, '06991210', pg_temp.id(1), '2026-05-01'), 1::int2, 'its insurer does');
SELECT is(pg_temp.correct(11, '06991210', pg_temp.id(1), '2026-05-01'), 1::int2, 'and again by the same request');
SELECT results_eq($$
    SELECT state, number, received_on, due_on, notice_key, user_id FROM notice_read('06991210', pg_temp.id(1))
$$, $$VALUES (1::int2, '37', '2026-05-01'::date, '2026-05-07'::date, 'K-1', 'u-2'),
             (1::int2, '34', '2026-04-28', '2026-05-07', 'K-1', 'u-1')$$, 'with one more version, and the old one kept');
SELECT is(pg_temp.withdraw(12, '06991228', pg_temp.id(3)), 2::int2, 'nobody else withdraws it');
SELECT is(pg_temp.withdraw(13, '06991210', pg_temp.id(3)), 1::int2, 'its insurer does');
SELECT is(pg_temp.withdraw(14, '06991210', pg_temp.id(3)), 3::int2, 'once');
SELECT is(pg_temp.correct(15, '06991210', pg_temp.id(3), '2026-05-01'), 3::int2, 'and then it is corrected no more');
SELECT is_empty($$SELECT FROM eligibility_look_around('{06991210:12:36}', '{1980-01-01}', '{06991210}', '{12:36}') WHERE kind = 1$$,
                'nor told to facilities');

-- The list.
SELECT pg_temp.open(20, 20, jsonb_build_array(pg_temp.one(1, 'L-1', '40', received_on => '2026-04-01'),
                                              pg_temp.one(2, 'L-2', '41', received_on => '2026-04-02'))) \g /dev/null
SELECT results_eq($$SELECT notice_key FROM notice_list('06991210', NULL, NULL, NULL, 100)$$, ARRAY['L-1', 'L-2', 'K-1', 'K-2'],
                  'open notices by due day');
SELECT results_eq($$SELECT notice_key FROM notice_list('06991210', '2026-04-06', NULL, NULL, 100)$$, ARRAY['L-1'], 'those due by a day');
SELECT results_eq($$
    SELECT next.notice_key
    FROM notice_list('06991210', NULL, NULL, NULL, 2) AS first, notice_list('06991210', NULL, first.due_on, first.notice_id, 1) AS next
$$, ARRAY['L-2', 'K-1'], 'page by page');

-- The clock. It strikes after the end of the due day in Japan.
SELECT is(notice_clock('2026-04-06 14:59:59+00', 100), 0, 'on the due day nothing is late');
SELECT is(notice_clock('2026-04-07 15:00:00+00', 1), 1, 'bounded by what one call may do');
SELECT is(notice_clock('2026-04-07 15:00:00+00', 100), 1, 'the next call does the rest');
SELECT is(notice_clock('2026-04-07 15:00:00+00', 100), 0, 'and nothing is done twice');
SELECT results_eq($$SELECT kind, insurer_number COLLATE "default", due_on, done_on, batch_id FROM registration_breach ORDER BY due_on$$,
    $$VALUES (2::int2, '06991210', '2026-04-06'::date, NULL::date, NULL::int8), (2::int2, '06991210', '2026-04-07', NULL, NULL)$$,
    'each is a breach by itself');
SELECT throws_ok('UPDATE registration_breach SET done_on = ''2026-04-08''', '42501', NULL, 'which nobody can change');

-- Opened again by a correction, it is late again, and on the record once.
SELECT pg_temp.correct(30, '06991210', (SELECT notice_id FROM notice WHERE notice_key = 'L-1' AND superseded_at = 'infinity'),
                       '2026-04-07', '2026-04-08') \g /dev/null
SELECT results_eq($$SELECT notice_clock('2026-04-20 00:00:00+00', 100), count(*) FROM registration_breach$$, 'VALUES (1, 2::bigint)',
                  'a notice has one breach for its lateness');

-- Fulfilment: the loose key, the day of birth and the kind of change; the one due first for each row.
SELECT pg_temp.open(40, 40, jsonb_build_array(
    pg_temp.one(1, 'F-1', '50', received_on => '2026-07-02'), pg_temp.one(2, 'F-2', '50', received_on => '2026-07-01'),
    pg_temp.one(3, 'F-3', '50', 2, '2026-06-01'), pg_temp.one(4, 'F-4', '50', received_on => '2026-07-03'))) \g /dev/null
SELECT pg_temp.open(41, 41, jsonb_build_array(pg_temp.one(1, 'F-5', '50') || '{"card_key": "06991210:12:50"}'), '06991228') \g /dev/null
CREATE TEMPORARY TABLE fulfilled AS
SELECT f.*, n.notice_key COLLATE "default" AS notice_key
FROM notice_fulfil(7, '06991210', '{8,9,10,11}', '{06991210:12:50,06991210:12:50,06991210:12:50,06991210:12:41}',
                   '{1980-01-01,1980-01-01,1980-01-02,1980-01-01}', '{1,1,1,1}') AS f
JOIN notice AS n ON n.notice_id = f.notice_id AND n.superseded_at = 'infinity';
SELECT results_eq('SELECT row_no, notice_key, was_overdue FROM fulfilled ORDER BY row_no',
                  $$VALUES (8, 'F-2', false), (9, 'F-1', false), (11, 'L-2', true)$$, 'rows carry out notices in the order of their due days');
SELECT set_eq($$SELECT notice_key COLLATE "default", batch_id, row_no FROM notice WHERE state = 2 AND superseded_at = 'infinity'$$,
              $$VALUES ('F-2', 7::int8, 8), ('F-1', 7, 9), ('L-2', 7, 11)$$, 'and stand as what fulfilled them');
SELECT is((SELECT count(*) FROM registration_breach AS b JOIN fulfilled AS f USING (notice_id) WHERE b.kind = 2), 1::bigint,
          'a late fulfilment leaves the breach');

-- Kept replies end.
SELECT results_eq($$SELECT enrolment_expire(civil_day(now()) + n, 100) FROM (VALUES (31), (33)) AS v (n)$$,
                  $$SELECT 0 UNION ALL SELECT (SELECT count(*)::int FROM enrolment_reply)$$, 'replies are kept for their days');

SELECT * FROM finish();
ROLLBACK;
