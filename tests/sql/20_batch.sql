-- Batches: opened once under a key, one insurer's alone, received once, released by a second person.
BEGIN;
SELECT plan(45);

INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06139992', 'society', 2, '2000-01-01'), ('00139998', 'city', 4, '2000-01-01');
INSERT INTO certificate (certificate_id, holder_kind, insurer_number, fingerprint, serial, not_before, not_after)
SELECT n, 2, number, decode(repeat('0' || n, 32), 'hex'), n::text, '2020-01-01', '2090-01-01'
FROM (VALUES (1, '06139992'), (2, '06139992'), (3, '00139998')) AS c (n, number);
CREATE FUNCTION pg_temp.open(
        key uuid, insurer text DEFAULT '06139992', format int DEFAULT 1, packing int DEFAULT 0, charset int DEFAULT 1,
        dry bool DEFAULT false, bytes int8 DEFAULT NULL, digest text DEFAULT '11', unfinished int DEFAULT 9)
    RETURNS TABLE (outcome int2, batch_id int8)
    LANGUAGE sql
AS $$
    SELECT * FROM registry.batch_open(insurer, key, CASE insurer WHEN '06139992' THEN 1 ELSE 3 END, 'user-1', format::int2,
                                      packing::int2, charset::int2, dry, bytes, decode(repeat(digest, 32), 'hex'), unfinished)
$$;

CREATE TEMPORARY TABLE b AS SELECT * FROM pg_temp.open('00000000-0000-0000-0000-00000000000a');
SELECT is((SELECT outcome FROM b), 1::int2, 'a batch');
SELECT results_eq($$SELECT * FROM pg_temp.open('00000000-0000-0000-0000-00000000000a')$$, 'SELECT 2::int2, batch_id FROM b',
                  'the same again finds it');
SELECT is((SELECT outcome FROM pg_temp.open('00000000-0000-0000-0000-00000000000a', digest => '22')), 3::int2,
          'another digest under its key is refused');
SELECT is((SELECT outcome FROM pg_temp.open('00000000-0000-0000-0000-00000000000a', format => 2)), 3::int2, 'another format');
SELECT is((SELECT outcome FROM pg_temp.open('00000000-0000-0000-0000-00000000000a', packing => 1)), 3::int2, 'another packing');
SELECT is((SELECT outcome FROM pg_temp.open('00000000-0000-0000-0000-00000000000a', charset => 2)), 3::int2, 'another charset');
SELECT is((SELECT outcome FROM pg_temp.open('00000000-0000-0000-0000-00000000000a', dry => true)), 3::int2, 'another intent');
SELECT is((SELECT outcome FROM pg_temp.open('00000000-0000-0000-0000-00000000000a', bytes => 7)), 2::int2,
          'a length is no other parameter while none is known');
SELECT is((SELECT outcome FROM pg_temp.open('00000000-0000-0000-0000-00000000000b', unfinished => 1)), 4::int2,
          'one unfinished upload too many is refused');
SELECT is((SELECT count(*) FROM batch), 1::int8, 'and nothing is made for those');
SELECT is((SELECT outcome FROM pg_temp.open('00000000-0000-0000-0000-00000000000a', insurer => '00139998', unfinished => 1)),
          1::int2, 'the key of another insurer is another key, and its uploads are counted apart');
SELECT throws_ok($$SELECT * FROM pg_temp.open('00000000-0000-0000-0000-00000000000c', insurer => '99999999')$$, '23503', NULL,
                 'nobody opens one for an insurer that is none');

SELECT results_eq('SELECT state, received_bytes, announced_bytes FROM b, batch_read(''06139992'', batch_id)',
                  'VALUES (1::int2, 0::int8, NULL::int8)', 'it is being received');
SELECT is_empty('SELECT FROM b, batch_read(''00139998'', b.batch_id)', 'another insurer does not see it');
SELECT is_empty('SELECT FROM b, batch_progress(''00139998'', b.batch_id, 5, NULL)', 'nor moves it');
SELECT is_empty('SELECT FROM b, batch_resume(''00139998'', b.batch_id, 5)', 'nor resumes it');
SELECT is_empty('SELECT FROM b, batch_received(''00139998'', b.batch_id, 5, true)', 'nor ends it');
SELECT is_empty('SELECT FROM b, batch_release(''00139998'', b.batch_id, 3, ''x'', false)', 'nor releases it');
SELECT is_empty('SELECT FROM b, batch_cancel(''00139998'', b.batch_id)', 'nor cancels it');
SELECT results_eq('SELECT state, received_bytes FROM batch JOIN b USING (batch_id)', 'VALUES (1::int2, 0::int8)',
                  'and it is as it was');

SELECT is((SELECT state FROM b, batch_progress('06139992', batch_id, 500, NULL)), 1::int2, 'bytes are noted');
SELECT is((SELECT state FROM b, batch_progress('06139992', batch_id, 700, 1000)), 1::int2, 'and the length, when it is known');
SELECT is((SELECT outcome FROM pg_temp.open('00000000-0000-0000-0000-00000000000a', bytes => 1001)), 3::int2,
          'then another length is another parameter');
SELECT results_eq('SELECT * FROM b, batch_resume(''06139992'', b.batch_id, 900) AS r',
                  'SELECT outcome, batch_id, 1::int2, 700::int8 FROM b', 'a file that is longer stands where it was noted');
SELECT results_eq('SELECT r.* FROM b, batch_resume(''06139992'', b.batch_id, 650) AS r', 'VALUES (1::int2, 650::int8)',
                  'one that is shorter where it ends');
SELECT is((SELECT received_bytes FROM batch JOIN b USING (batch_id)), 650::int8, 'which is noted');
SELECT is((SELECT state FROM b, batch_received('06139992', batch_id, 1000, true)), 2::int2, 'it is received');
SELECT is((SELECT state FROM b, batch_received('06139992', batch_id, 1000, false)), 2::int2, 'once');
SELECT is((SELECT state FROM b, batch_progress('06139992', batch_id, 3, NULL)), 2::int2, 'and no byte of it moves any more');
SELECT results_eq('SELECT received_bytes, announced_bytes FROM batch JOIN b USING (batch_id)', 'VALUES (1000::int8, 1000::int8)',
                  'all of it');

CREATE TEMPORARY TABLE wrong AS SELECT * FROM pg_temp.open('00000000-0000-0000-0000-00000000000d');
SELECT is((SELECT state FROM wrong, batch_received('06139992', batch_id, 5, false)), 7::int2, 'a wrong digest refuses the batch');
SELECT results_eq('SELECT refusal, finished_at IS NULL FROM batch JOIN wrong USING (batch_id)',
                  $$VALUES ('upload_digest_wrong' COLLATE "C", false)$$, 'and says why');

SELECT is((SELECT r.outcome FROM b, batch_release('06139992', b.batch_id, 2, 'user-2', true) AS r), 4::int2,
          'what does not wait is not released');
UPDATE batch SET state = 4 WHERE batch_id = (SELECT batch_id FROM b);
SELECT is((SELECT r.outcome FROM b, batch_release('06139992', b.batch_id, 2, 'user-1', false) AS r), 3::int2,
          'not by the one who opened it');
SELECT is((SELECT r.outcome FROM b, batch_release('06139992', b.batch_id, 1, 'user-2', true) AS r), 3::int2,
          'nor by the same certificate, where another is needed');
SELECT is((SELECT r.outcome FROM b, batch_release('06139992', b.batch_id, 1, 'user-2', false) AS r), 1::int2, 'but by another');
SELECT is((SELECT r.outcome FROM b, batch_release('06139992', b.batch_id, 1, 'user-2', false) AS r), 2::int2, 'once');
SELECT results_eq('SELECT state, released_by FROM batch JOIN b USING (batch_id)', $$VALUES (5::int2, 'user-2')$$, 'and goes on');
SELECT is((SELECT r.outcome FROM b, batch_cancel('06139992', b.batch_id) AS r), 4::int2, 'then it is too late to cancel it');

INSERT INTO batch_row (batch_id, row_no, operation, outcome, findings)
SELECT batch_id, n, 1, 1, CASE n WHEN 2 THEN '{VR-10 birth_date,VR-11}'::text[] END FROM b, generate_series(1, 5) AS n;
SELECT results_eq('SELECT row_no, findings FROM b, batch_rows_read(''06139992'', b.batch_id, 1, 2)',
                  $$VALUES (2, E'VR-10 birth_date\nVR-11'), (3, NULL)$$, 'verdicts from a row on, in order');
SELECT is_empty('SELECT FROM b, batch_rows_read(''00139998'', b.batch_id, 0, 9)', 'for nobody else');

CREATE TEMPORARY TABLE late AS SELECT * FROM pg_temp.open('00000000-0000-0000-0000-00000000000e');
SELECT is_empty('SELECT * FROM batch_expire(3600)', 'no upload is too old');
UPDATE batch SET opened_at = now() - interval '2 hours' WHERE batch_id IN (SELECT batch_id FROM late UNION SELECT batch_id FROM b);
SELECT results_eq('SELECT * FROM batch_expire(3600)', 'SELECT batch_id FROM late', 'an unfinished one is, in time');
SELECT results_eq('SELECT state, refusal FROM batch JOIN late USING (batch_id)',
                  $$VALUES (8::int2, 'upload_expired' COLLATE "C")$$, 'and is cancelled');
SELECT results_eq('SELECT * FROM batch_files_done(ARRAY[(SELECT batch_id FROM b), (SELECT batch_id FROM late),'
                  ' (SELECT batch_id FROM wrong), 99999])', 'VALUES (1), (2), (3)', 'files are kept while they are needed');

SELECT * FROM finish();
ROLLBACK;
