-- Two transactions that change the same person at the same time: no dossier is built from half of what is known, and
-- no request is recorded twice. Works in committed transactions of other sessions, and cleans up what it can.
CREATE SCHEMA link;
CREATE EXTENSION dblink SCHEMA link;
SET search_path = registry, tap, link, public;
SELECT plan(8);

SELECT format('host=%s port=%s user=%s dbname=%s', :'HOST', :'PORT', :'USER', current_database()) AS place \gset
SELECT dblink_connect('one', :'place'), dblink_connect('two', :'place');
INSERT INTO insurer (insurer_number, name, kind, valid_from) VALUES ('06990014', 'first', 2, '2000-01-01');
INSERT INTO person (person_id) VALUES (1);
INSERT INTO person_version (person_id, name, sex1, birth_date) VALUES (1, 'one', 1, '1980-01-01');

-- Returns once the session waits for a lock of the other one, or after ten seconds without that.
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

-- Both add a coverage of one person: the second waits at once, and sees what the first has written.
SELECT dblink_exec('one', 'BEGIN'), dblink_exec('two', 'BEGIN');
SELECT n FROM dblink('one', $$WITH made AS (
        INSERT INTO registry.coverage (coverage_id, person_id, insurer_number, number, number_key, number_loose, valid)
        VALUES (101, 1, '06990014', '101', '101', '101', '[2020-01-01,2021-01-01)') RETURNING 1)
    SELECT count(*)::int FROM made$$) AS t (n int);
SELECT is((SELECT n FROM dblink('one', 'SELECT registry.dossier_refresh(''{1}'')') AS t (n int)), 1,
          'the first makes a dossier of what it knows');
SELECT dblink_send_query('two', $$WITH made AS (
        INSERT INTO registry.coverage (coverage_id, person_id, insurer_number, number, number_key, number_loose, valid)
        VALUES (102, 1, '06990014', '102', '102', '102', '[2022-01-01,)') RETURNING 1)
    SELECT count(*)::int FROM made$$);
CALL pg_temp.wait_for_lock(:pid_two);
SELECT is(dblink_is_busy('two'), 1, 'the second waits');
SELECT dblink_exec('one', 'COMMIT');
SELECT is((SELECT n FROM dblink_get_result('two') AS t (n int)), 1, 'and then adds its own');
SELECT is_empty($$SELECT * FROM dblink_get_result('two') AS t (n int)$$, 'its only result');
SELECT n FROM dblink('two', 'SELECT registry.dossier_refresh(''{1}'')') AS t (n int);
SELECT dblink_exec('two', 'COMMIT');
SELECT results_eq('SELECT body FROM dossier WHERE person_id = 1',
                  $$SELECT body FROM dossier_build('{1}', civil_day(now()))$$, 'which knows both changes');
SELECT set_eq('SELECT card_key FROM card WHERE person_id = 1', ARRAY['06990014::101', '06990014::102'], 'and so do the cards');

-- The same request comes in by two lanes.
CREATE FUNCTION public.append() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM registry.access_append(registry.civil_day(now()), NULL, '{1}', '{1}', NULL, '{1}', NULL,
        '{00000000-0000-0000-0000-0000000000cc}', '{0}', '{3}', '{2}', '{1}', NULL, NULL, NULL, '{0}', '{0}', NULL, NULL, NULL,
        NULL, ARRAY['\x00112233445566778899aabbccddeeff']::bytea[], NULL)
$$;
SELECT dblink_exec('one', 'BEGIN');
SELECT is((SELECT n FROM dblink('one', 'SELECT public.append()') AS t (n bigint)), 1::bigint, 'the first is recorded');
SELECT dblink_send_query('two', 'SELECT public.append()');
CALL pg_temp.wait_for_lock(:pid_two);
SELECT dblink_exec('one', 'COMMIT');
SELECT is((SELECT n FROM dblink_get_result('two') AS t (n bigint)), 0::bigint, 'the second waits for it and is not');

SELECT dblink_disconnect('one'), dblink_disconnect('two');
SELECT * FROM finish();
DROP FUNCTION public.append();
DROP EXTENSION dblink;
DROP SCHEMA link;
