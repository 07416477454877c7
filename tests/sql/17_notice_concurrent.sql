-- Two registrars at the same notices: each is overdue once, and the same request that comes by two ways is one.
-- Works in committed transactions of other sessions, and cleans up what it can.
CREATE SCHEMA link;
CREATE EXTENSION dblink SCHEMA link;
SET search_path = registry, tap, link, public;
SELECT plan(12);

SELECT format('host=%s port=%s user=%s dbname=%s', :'HOST', :'PORT', :'USER', current_database()) AS place \gset
SELECT dblink_connect('one', :'place'), dblink_connect('two', :'place');
INSERT INTO insurer (insurer_number, name, kind, valid_from) VALUES ('06990105', 'clocked', 2, '2000-01-01');

CREATE PROCEDURE pg_temp.wait_for_lock(pid int) LANGUAGE plpgsql AS $$
BEGIN
    FOR attempt IN 1 .. 1000 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN cardinality(pg_blocking_pids(pid)) > 0;
        PERFORM pg_sleep(0.01);
    END LOOP;
END
$$;
SELECT pid AS pid_two FROM dblink('two', 'SELECT pg_backend_pid()') AS t (pid int) \gset

-- The same request by two ways.
CREATE FUNCTION public.open_notices() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT o.outcome || ' ' || o.notice_id
    FROM registry.notice_open('06990105', '00000000-0000-0000-0000-0000000000dd', 20::int2,
        '\x00112233445566778899aabbccddeeff', NULL, (
            SELECT jsonb_agg(jsonb_build_object('item_no', n, 'change_kind', 1, 'received_on', '2026-04-01', 'card_key',
                '06990105::' || n, 'number', n::text, 'birth_date', '1980-01-01'))
            FROM generate_series(1, 6) AS n)) AS o
$$;
SELECT dblink_exec('one', 'BEGIN'), dblink_exec('two', 'BEGIN');
CREATE TEMPORARY TABLE first AS SELECT * FROM dblink('one', 'SELECT public.open_notices()') AS t (told text);
SELECT dblink_send_query('two', 'SELECT public.open_notices()');
CALL pg_temp.wait_for_lock(:pid_two);
SELECT is(dblink_is_busy('two'), 1, 'the second waits');
SELECT dblink_exec('one', 'COMMIT');
SELECT set_eq($$SELECT * FROM dblink_get_result('two') AS t (told text)$$, 'SELECT told FROM first', 'and is told the same');
SELECT is_empty($$SELECT * FROM dblink_get_result('two') AS t (told text)$$, 'its only result');
SELECT dblink_exec('two', 'COMMIT');
SELECT is((SELECT count(*) FROM notice WHERE insurer_number = '06990105'), 6::bigint, 'six notices, not twelve');

-- Two clocks at once.
SELECT dblink_exec('one', 'BEGIN'), dblink_exec('two', 'BEGIN');
SELECT is((SELECT n FROM dblink('one', $$SELECT registry.notice_clock('2026-05-01', 2)$$) AS t (n int)), 2, 'one clock takes two');
SELECT is((SELECT n FROM dblink('two', $$SELECT registry.notice_clock('2026-05-01', 100)$$) AS t (n int)), 4,
          'the other takes the rest without waiting');
SELECT dblink_exec('two', 'COMMIT');
-- The first one dies.
SELECT dblink_disconnect('one');
SELECT dblink_connect('one', :'place');
SELECT results_eq($$SELECT * FROM (SELECT count(*) FROM registration_breach WHERE insurer_number = '06990105') AS b
                  CROSS JOIN (SELECT count(*) FROM notice WHERE insurer_number = '06990105' AND state = 4) AS n$$,
                  'VALUES (4::bigint, 4::bigint)', 'what died has left nothing');
SELECT is(notice_clock('2026-05-01', 100), 2, 'and the next clock does it');
SELECT is((SELECT count(*) FROM registration_breach WHERE insurer_number = '06990105'), 6::bigint, 'six breaches for six notices');

-- A withdrawal and the clock: whoever comes first.
INSERT INTO notice (insurer_number, change_kind, received_on, due_on, card_key, number, birth_date)
VALUES ('06990105', 1, '2026-04-01', '2026-04-06', '06990105::7', '7', '1980-01-01');
SELECT notice_id FROM notice WHERE card_key = '06990105::7' \gset
SELECT dblink_exec('one', 'BEGIN'), dblink_exec('two', 'BEGIN');
SELECT dblink_exec('one', $$DO 'BEGIN PERFORM registry.notice_clock(''2026-05-01'', 100); END'$$);
SELECT dblink_send_query('two', format($$
    SELECT outcome FROM registry.notice_withdraw('06990105', '00000000-0000-0000-0000-0000000000de', 22::int2,
                                                 '\x00112233445566778899aabbccddeeff', NULL, %s)$$, :'notice_id'));
CALL pg_temp.wait_for_lock(:pid_two);
SELECT dblink_exec('one', 'COMMIT');
SELECT is((SELECT o FROM dblink_get_result('two') AS t (o int2)), 1::int2, 'a withdrawal that waited for the clock is done');
SELECT is_empty($$SELECT * FROM dblink_get_result('two') AS t (o int2)$$, 'its only result');
SELECT dblink_exec('two', 'COMMIT');
SELECT results_eq(format('SELECT state FROM notice WHERE notice_id = %s ORDER BY version_id', :'notice_id'),
                  ARRAY[1, 4, 3]::int2[], 'after it was overdue');

SELECT dblink_disconnect('one'), dblink_disconnect('two');
SELECT * FROM finish();
DROP FUNCTION public.open_notices();
DROP EXTENSION dblink;
DROP SCHEMA link;
