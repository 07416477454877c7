-- Bulk jobs: taken in once, every item answered once, counts that add up, removed at their time.
BEGIN;
SELECT plan(17);

INSERT INTO facility (facility_id, facility_code, kind, prefecture, name, valid_from)
VALUES (1, '1319900017', 2, 13, 'clinic', '2020-01-01'), (2, '1319900025', 2, 13, 'other clinic', '2020-01-01');
CREATE FUNCTION pg_temp.open(questions jsonb, item_count int4, digest bytea)
    RETURNS TABLE (job_id int8, reception_number text, received_at timestamptz, is_new bool, body_digest bytea)
    LANGUAGE sql
AS $$
    SELECT * FROM registry.bulk_job_open(1, '00000000-0000-0000-0000-00000000000b', digest, item_count, questions, 3600)
$$;

CREATE TEMPORARY TABLE job AS
SELECT * FROM pg_temp.open('[{"q":1},{"q":2},{"q":3}]', 3, '\x00112233445566778899aabbccddeeff');
SELECT is((SELECT is_new FROM job), true, 'a job');
SELECT results_eq($$SELECT job_id, is_new, body_digest FROM pg_temp.open('[{"q":9}]', 1, decode(repeat('99', 16), 'hex'))$$,
                  $$SELECT job_id, false, '\x00112233445566778899aabbccddeeff'::bytea FROM job$$,
                  'the same request again finds it, with the digest of the first');
SELECT throws_ok($$SELECT pg_temp.open('[{}]', 2, decode(repeat('99', 16), 'hex'))$$, '22023', NULL,
                 'the count must be right');
SELECT throws_ok($$SELECT pg_temp.open('{}', 1, decode(repeat('99', 16), 'hex'))$$, '22023', NULL,
                 'the questions must be an array');
SELECT is((SELECT state FROM job, bulk_job_read(1, reception_number)), 1::int2, 'it waits');
SELECT is_empty('SELECT FROM job, bulk_job_read(2, reception_number)', 'another facility does not see it');

SELECT results_eq('SELECT item_no, question FROM bulk_items_take(2, 600)',
                  $$VALUES (1, '{"q":1}'::jsonb), (2, '{"q":2}')$$, 'a worker takes two items');
SELECT results_eq('SELECT item_no FROM bulk_items_take(10, 0)', ARRAY[3], 'the next one gets the rest');
SELECT results_eq('SELECT item_no FROM bulk_items_take(10, 600)', ARRAY[3],
                  'and an item whose lease has run out goes to another');
SELECT set_eq($$
    SELECT ord FROM job, bulk_items_done(ARRAY[job_id, job_id, job_id], '{1,3,1}', '{one,three,again}', '{e,f,g}',
                                         '{false,true,false}')
$$, ARRAY[0, 1], 'an item is answered once, also within one call');
SELECT results_eq('SELECT state, done, ok, errors FROM job, bulk_job_read(1, reception_number)',
                  'VALUES (2::int2, 2, 1, 1)', 'counts while it runs');
SELECT set_eq($$SELECT ord FROM job, bulk_items_done(ARRAY[job_id, job_id], '{1,2}', '{x,two}', '{x,x}', '{false,false}')$$,
              ARRAY[1], 'nor again by a later call');
SELECT results_eq('SELECT state, done, ok, errors FROM job, bulk_job_read(1, reception_number)',
                  'VALUES (3::int2, 3, 2, 1)', 'counts when it is done');
SELECT results_eq($$
    SELECT item_no, result, is_error FROM job, bulk_items_read(1, reception_number, 1, 10)
$$, $$VALUES (2, 'two'::bytea, false), (3, 'three'::bytea, true)$$, 'results from a place on, in order');
SELECT is(bulk_expire(), 0, 'nothing to remove yet');
UPDATE bulk_job SET expires_at = now();
SELECT is(bulk_expire(), 1, 'the job goes when its time is up');
SELECT is_empty('SELECT FROM bulk_item', 'and its items with it');

SELECT * FROM finish();
ROLLBACK;
