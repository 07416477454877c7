-- Bulk jobs: taken in once, every item answered once, counts that add up, removed at their time.
BEGIN;
SELECT plan(23);

INSERT INTO facility (facility_id, facility_code, kind, prefecture, name, valid_from)
VALUES (1, '1319900017', 2, 13, 'clinic', '2020-01-01'), (2, '1319900025', 2, 13, 'other clinic', '2020-01-01');
CREATE FUNCTION pg_temp.open(questions text, item_count int4, digest bytea,
                             request_id uuid DEFAULT '00000000-0000-0000-0000-00000000000b')
    RETURNS TABLE (outcome int2, reception_number text, received_at timestamptz, item_count int4,
                   expires_at timestamptz)
    LANGUAGE sql
AS $$
    SELECT *
    FROM registry.bulk_job_open(1, request_id, digest, 2::int2, 5::int2, item_count, questions, '2026-11-23', 3600, 1,
                                '2026-11-23', NULL)
$$;

SELECT access_partitions_ensure('2026-11-23', 1) \g /dev/null
CREATE TEMPORARY TABLE job AS
SELECT *, NULL::int8 AS job_id
FROM pg_temp.open(E'{"q":1}\n{"q":2}\nno json', 3, '\x00112233445566778899aabbccddeeff');
UPDATE job SET job_id = j.job_id FROM bulk_job AS j WHERE j.reception_number = job.reception_number;
SELECT is((SELECT outcome FROM job), 1::int2, 'a job');
SELECT results_eq($$
    SELECT outcome, reception_number, item_count
    FROM pg_temp.open(E'{"q":1}\n{"q":2}\nno json', 3, '\x00112233445566778899aabbccddeeff')
$$, $$SELECT 2::int2, reception_number, 3 FROM job$$, 'the same request again finds it');
SELECT is((SELECT outcome FROM pg_temp.open('{"q":9}', 1, decode(repeat('99', 16), 'hex'))), 4::int2,
          'another body under the same request id is refused');
SELECT is((SELECT outcome FROM pg_temp.open('{"q":9}', 1, decode(repeat('99', 16), 'hex'),
                                            '00000000-0000-0000-0000-00000000000c')), 3::int2,
          'one unfinished job too many is refused');
INSERT INTO access_record (record_id, actor_id, day, actor_kind, route, way, purpose, request_id, body_digest)
VALUES (1, 1, '2026-11-23', 1, 1, 2, 1, '00000000-0000-0000-0000-00000000000d', decode(repeat('99', 16), 'hex'));
SELECT is((SELECT outcome FROM pg_temp.open('{"q":9}', 1, decode(repeat('99', 16), 'hex'),
                                            '00000000-0000-0000-0000-00000000000d')), 4::int2,
          'so is the id of a request of another kind');
SELECT is((SELECT count(*) FROM bulk_job), 1::int8, 'and nothing is made for those');
SELECT is((SELECT state FROM job, bulk_job_read(1, reception_number, 5::int2)), 1::int2, 'it waits');
SELECT is_empty('SELECT FROM job, bulk_job_read(2, reception_number, 5::int2)', 'another facility does not see it');
SELECT is_empty('SELECT FROM job, bulk_job_read(1, reception_number, 10::int2)', 'nor does another path');

SELECT results_eq('SELECT item_no, question, item_route, asked_on FROM bulk_items_take(2, 600)',
                  $$VALUES (1, '{"q":1}', 5::int2, '2026-11-23'::date), (2, '{"q":2}', 5::int2, '2026-11-23')$$,
                  'a worker takes two items');
SELECT results_eq('SELECT item_no FROM bulk_items_take(10, 0)', ARRAY[3], 'the next one gets the rest');
SELECT results_eq('SELECT item_no FROM bulk_items_take(10, 600)', ARRAY[3],
                  'and an item whose lease has run out goes to another');
SELECT set_eq($$
    SELECT ord FROM job, bulk_items_done(ARRAY[job_id, job_id, job_id], '{1,3,1}', '{one,three,again}', '{e,f,g}',
                                         '{false,true,false}')
$$, ARRAY[0, 1], 'an item is answered once, also within one call');
SELECT results_eq('SELECT state, done, ok, errors FROM job, bulk_job_read(1, reception_number, 5::int2)',
                  'VALUES (2::int2, 2, 1, 1)', 'counts while it runs');
SELECT set_eq($$SELECT ord FROM job, bulk_items_done(ARRAY[job_id, job_id], '{1,2}', '{x,two}', '{x,x}', '{false,false}')$$,
              ARRAY[1], 'nor again by a later call');
SELECT results_eq('SELECT state, done, ok, errors FROM job, bulk_job_read(1, reception_number, 5::int2)',
                  'VALUES (3::int2, 3, 2, 1)', 'counts when it is done');
SELECT results_eq($$
    SELECT item_no, result, is_error FROM job, bulk_items_read(1, reception_number, 1, 10)
$$, $$VALUES (2, 'two'::bytea, false), (3, 'three'::bytea, true)$$, 'results from a place on, in order');
SELECT is(bulk_expire(), 0, 'nothing to remove yet');
UPDATE bulk_job SET received_at = now() - interval '1 hour', expires_at = now();
SELECT is(bulk_expire(), 0, 'the job stays when its time is up');
SELECT is_empty('SELECT FROM bulk_item', 'but its items go');
SELECT is((SELECT state FROM job, bulk_job_read(1, reception_number, 5::int2)), 4::int2, 'and it is known to be gone');
UPDATE bulk_job SET received_at = now() - interval '2 hours', expires_at = now() - interval '1 hour';
SELECT is(bulk_expire(), 1, 'after as long again the job goes too');
SELECT is_empty('SELECT FROM job, bulk_job_read(1, reception_number, 5::int2)', 'and is not known any more');

SELECT * FROM finish();
ROLLBACK;
