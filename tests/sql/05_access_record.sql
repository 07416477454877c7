-- Access records: appended once, and never changed by anyone.
BEGIN;
SELECT plan(22);

-- One call with as many elements as there are request ids; everything else is the same for all.
CREATE FUNCTION pg_temp.append(day date, previous_day date, actors int8[], requests uuid[])
    RETURNS TABLE (ord int4, record_id int8, recorded_at timestamptz)
    LANGUAGE sql
AS $$
    SELECT a.*
    FROM (SELECT cardinality(requests) AS n) AS given, registry.access_append(
        day, previous_day, actors, NULL, NULL, array_fill(1::int2, ARRAY[n]), NULL, requests, array_fill(0, ARRAY[n]),
        array_fill(7::int2, ARRAY[n]), array_fill(2::int2, ARRAY[n]), array_fill(1::int2, ARRAY[n]), NULL,
        array_fill('{12,15}'::text, ARRAY[n]), array_fill('2026-04-01'::date, ARRAY[n]),
        array_fill(1::int2, ARRAY[n]), array_fill(3, ARRAY[n]), array_fill(1::int2, ARRAY[n]), NULL, NULL, NULL,
        array_fill('\x00112233445566778899aabbccddeeff'::bytea, ARRAY[n]), NULL) AS a
$$;

SELECT registry.access_partitions_ensure('2031-01-01', 3);
SELECT is(registry.access_partitions_ensure('2031-01-01', 3), 0, 'partitions are made once');
SELECT is(registry.access_partitions_ensure('2031-01-02', 4), 2, 'and only the missing ones');
SELECT throws_ok($$SELECT registry.access_partitions_ensure('2031-01-01', 10000)$$, '22023', NULL,
                 'a foolish number of days is refused');
SELECT has_table('registry', 'access_record_' || to_char(d, 'YYYYMMDD'), 'there is a partition for today and those around')
FROM unnest(ARRAY[civil_day(now()) - 3, civil_day(now()), civil_day(now()) + 40]) AS d;
SELECT throws_ok($$SELECT * FROM pg_temp.append('2041-01-01', NULL, '{1}', '{00000000-0000-0000-0000-000000000001}')$$,
                 '23514', 'no partition of relation "access_record" found for row',
                 'a day without a partition is an error, not a silent default');

SELECT set_eq($$
    SELECT ord FROM pg_temp.append('2031-01-01', NULL, '{1,1,2,1}',
        '{00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000001,
          00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002}')
$$, '{0,1,2}'::int4[], 'the same id twice in one call is written once, the first of them; another actor may use the id');
SELECT set_eq($$
    SELECT ord FROM pg_temp.append('2031-01-01', NULL, '{1,1}',
        '{00000000-0000-0000-0000-000000000003,00000000-0000-0000-0000-000000000001}')
$$, '{0}'::int4[], 'what was written before is left out');
SELECT set_eq($$
    SELECT ord FROM pg_temp.append('2031-01-02', NULL, '{1}', '{00000000-0000-0000-0000-000000000001}')
$$, '{0}'::int4[], 'the next day does not look back by itself');
SELECT set_eq($$
    SELECT ord FROM pg_temp.append('2031-01-02', '2031-01-01', '{1,1}',
        '{00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000004}')
$$, '{1}'::int4[], 'but does when asked');
SELECT is((SELECT count(*) FROM access_record WHERE day = '2031-01-01'), 4::bigint, 'four records on the first day');
SELECT is((SELECT count(DISTINCT record_id) FROM access_record WHERE day BETWEEN '2031-01-01' AND '2031-01-02'), 6::bigint,
          'each with a number of its own');
SELECT results_eq($$
    SELECT ord, route, dossier_versions, validity, asked_day, consent, items, encode(body_digest, 'hex')
    FROM access_prior('{1,9}', '{00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000002}', '{0,0}',
                      '2031-01-02', '2031-01-01')
$$, $$VALUES (0, 7::int2, '{12,15}'::int8[], 1::int2, '2026-04-01'::date, 1::int2, 3,
              '00112233445566778899aabbccddeeff')$$, 'access_prior gives back what was written, also the day before');
SELECT is((SELECT p.record_id FROM access_prior('{1}', '{00000000-0000-0000-0000-000000000001}', '{0}', '2031-01-02',
                                               '2031-01-01') AS p),
          (SELECT r.record_id FROM access_record AS r
           WHERE r.day = '2031-01-02' AND r.request_id = '00000000-0000-0000-0000-000000000001'),
          'of two days, the later one counts');
SELECT throws_ok($$
    SELECT pg_temp.append('2031-01-01', NULL, array_fill(1::int8, ARRAY[4097]),
                          (SELECT array_agg(gen_random_uuid()) FROM generate_series(1, 4097)))
$$, '54000', NULL, 'more than one block of numbers is refused');
SELECT is((SELECT count(*) FROM pg_temp.append('2031-01-03', NULL, array_fill(1::int8, ARRAY[4096]),
                          (SELECT array_agg(gen_random_uuid()) FROM generate_series(1, 4096)))), 4096::bigint,
          'a full block is not');

-- Nobody: no role has the right (02_privilege.sql), and triggers stop the owner and the superuser too.
SELECT throws_ok('UPDATE access_record SET validity = 4', '42501', 'access records are insert only', 'no update');
SELECT throws_ok('DELETE FROM access_record_20310101', '42501', 'access records are insert only',
                 'no delete, not from a partition either');
SELECT throws_ok('TRUNCATE access_record', '42501', 'access records are insert only', 'no truncate');
SELECT throws_ok('TRUNCATE access_record_20310101', '42501', 'access records are insert only',
                 'not of a partition either');
SELECT is_empty($$
    SELECT r.rolname, c.oid::regclass, p.privilege
    FROM pg_roles AS r, pg_class AS c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p (privilege)
    WHERE r.rolname LIKE 'shikaku\_%' AND r.rolname NOT IN ('shikaku_owner', 'shikaku_migrate')
        AND c.relnamespace = 'registry'::regnamespace AND c.relname LIKE 'access_record%' AND c.relkind IN ('r', 'p')
        AND has_table_privilege(r.rolname, c.oid, p.privilege)
$$, 'no role may write records but through access_append');

SELECT * FROM finish();
ROLLBACK;
