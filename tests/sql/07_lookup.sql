-- The functions of the lookup role, called as that role.
BEGIN;
SELECT plan(20);

INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06990014', 'first', 2, '2000-01-01'), ('06990022', 'second', 2, '2000-01-01');
INSERT INTO facility (facility_id, facility_code, kind, prefecture, name, valid_from)
VALUES (1, '1319900017', 2, 13, 'clinic', '2020-01-01');
INSERT INTO person (person_id) VALUES (1), (2), (3);
INSERT INTO person_version (person_id, name, sex1, birth_date)
VALUES (1, 'one', 1, '1980-01-01'), (2, 'twin', 2, '1980-01-01'), (3, 'three', 1, '1981-01-01');
INSERT INTO coverage (person_id, insurer_number, symbol, number, symbol_key, number_key, symbol_loose, number_loose, valid)
VALUES (1, '06990014', '12', '34', '12', '34', '12', '34', '[2020-01-01,)'),
       (2, '06990014', '12', '34', '12', '34', '12', '34', '[2020-01-01,)'),
       (3, '06990022', '12', '34', '12', '34', '12', '34', '[2020-01-01,)');

-- What the role does not reach.
SELECT throws_ok('SET LOCAL ROLE shikaku_lookup; SELECT FROM registry.' || t, '42501', NULL, 'no look into ' || t)
FROM unnest(ARRAY['dossier', 'card', 'access_record', 'coverage']) AS t;

-- Plans are made while dossier, card and notice are empty, and used when they are not: first call, then fill.
CREATE FUNCTION pg_temp.find() RETURNS TABLE (ord int4, person_id int8, reference_number text) LANGUAGE sql AS $$
    SELECT f.ord, f.person_id, f.reference_number
    FROM registry.eligibility_find('{1,NULL,1,1}', '{06990014:12:34,06990022:12:34,06990014:12:35,NULL}',
                                   '{1980-01-01,1981-01-01,1980-01-01,1980-01-01}') AS f
$$;
SELECT is_empty('SELECT FROM pg_temp.find()', 'nothing is found before dossiers are made');
SELECT dossier_refresh('{1,2,3}');
INSERT INTO reference_number (facility_id, person_id, number) VALUES (1, 2, 'A-1'), (1, 3, 'B-2');
SELECT set_eq('SELECT * FROM pg_temp.find()', $$
    VALUES (0, 1::int8, NULL), (0, 2, 'A-1'), (1, 3, NULL)
$$, 'both twins are found, each with the asking facility''s number; without a facility there is none');
SELECT lives_ok($$
    SET LOCAL ROLE shikaku_lookup;
    SELECT * FROM registry.eligibility_find('{1}', '{06990014:12:34}', '{1980-01-01}');
    RESET ROLE
$$, 'the role may call it');
SELECT is_empty($$SELECT * FROM eligibility_find('{}', '{}', '{}')$$, 'no question, no answer');
SELECT set_eq($$
    SELECT v.ord, v.person_id, v.body FROM dossier_by_version(
        ARRAY[-1, (SELECT version FROM dossier WHERE person_id = 3), (SELECT version FROM dossier WHERE person_id = 1)]
    ) AS v
$$, $$SELECT CASE person_id WHEN 3 THEN 1 ELSE 2 END, person_id, body FROM dossier WHERE person_id IN (1, 3)$$,
'dossiers by version');
CREATE TEMPORARY TABLE old AS SELECT * FROM dossier WHERE person_id = 1;
INSERT INTO person_hold (person_id, scope, reason) VALUES (1, 2, 'doubt');
SELECT dossier_refresh('{1}');
SELECT results_eq($$SELECT v.version, v.body FROM dossier_by_version(ARRAY(SELECT version FROM old)) AS v$$,
                  'SELECT version, body FROM old', 'and by a version that was replaced since');

-- Looking around.
INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, number, birth_date, state)
VALUES (1, '06990014', 1, '2026-04-01', '2026-04-03', '2026-04-08', '06990014:12:99', '99', '1980-01-01', 1),
       (2, '06990014', 1, NULL, '2026-03-03', '2026-03-09', '06990014:12:99', '99', '1980-01-01', 4),
       (3, '06990014', 1, NULL, '2026-02-03', '2026-02-09', '06990014:12:99', '99', '1980-01-01', 2);
INSERT INTO notice (insurer_number, change_kind, received_on, due_on, card_key, number, birth_date, superseded_at)
VALUES ('06990014', 1, '2026-04-03', '2026-04-08', '06990014:12:99', '99', '1980-01-01', now());
SELECT set_eq($$
    SELECT ord, event_on, received_on, due_on, change_kind
    FROM eligibility_look_around('{06990014:12:98,06990014:12:99}', '{1980-01-01,1980-01-01}', '{06990014,06990014}',
                                 '{12:98,12:99}')
    WHERE kind = 1
$$, $$VALUES (1, '2026-04-01'::date, '2026-04-03'::date, '2026-04-08'::date, 1::int2), (1, NULL, '2026-03-03', '2026-03-09', 1)$$,
'open and overdue notices, no others');
SELECT set_eq($$
    SELECT kind, card_key, birth_date
    FROM eligibility_look_around('{06990014:12:34}', '{1980-01-11}', '{06990014}', '{12:34}')
$$, $$VALUES (2::int2, '06990014:12:34', '1980-01-01'::date)$$, 'the same key with another birth date, once for both twins');
SELECT set_eq($$
    SELECT ord, kind, card_key, birth_date
    FROM eligibility_look_around('{06990014:12:43,06990014:12:3456,06990014:12:34567}',
                                 '{1980-01-01,1980-01-01,1980-01-01}', '{06990014,06990014,06990014}',
                                 '{12:43,12:3456,12:34567}')
$$, $$VALUES (0, 3::int2, '06990014:12:34', '1980-01-01'::date), (1, 3, '06990014:12:34', '1980-01-01')$$,
'near numbers of the same insurer: two edits, not three');
SELECT set_eq($$
    SELECT kind, card_key, birth_date
    FROM eligibility_look_around('{06990014:12:34}', '{1981-01-01}', '{06990014}', '{12:34}')
    WHERE kind <> 2
$$, $$VALUES (4::int2, '06990022:12:34', '1981-01-01'::date)$$, 'the same number under another insurer');
SELECT is_empty($$
    SELECT * FROM eligibility_look_around(ARRAY['06990014:' || repeat('9', 3000)], '{1980-01-01}', '{06990014}',
                                          ARRAY[repeat('9', 3000)])
$$, 'an absurdly long number is no error');

-- The directory.
CREATE TEMPORARY TABLE mark AS SELECT directory_watermark() AS xid;
SELECT is((SELECT count(*) FROM mark, directory_facilities(xid)), 1::bigint,
          'what a running transaction changed is at or above the watermark');
SELECT is_empty($$SELECT * FROM directory_facilities((pg_current_xact_id()::text::int8 + 1)::text::xid8)$$,
                'nothing is newer than the newest');
UPDATE facility SET status = 3 WHERE facility_id = 1;
UPDATE facility SET name = 'same status' WHERE facility_id = 1;
SELECT results_eq($$SELECT status FROM facility_status WHERE facility_id = 1 ORDER BY since$$,
                  $$VALUES (1::smallint), (3::smallint)$$, 'a facility''s status has a history');
SELECT throws_ok($$
    INSERT INTO certificate (holder_kind, insurer_number, fingerprint, serial, not_before, not_after)
    VALUES (1, '06990014', sha256('x'), '01', '2026-01-01', '2027-01-01')
$$, '23514', NULL, 'a facility''s certificate names a facility');

-- Many cards, not counted yet: the planner then believes that each key has many.
INSERT INTO card (card_key, birth_date, person_id)
SELECT '06990014:13:' || (n * 7919 % 1000003), '1950-01-01'::date + n % 10000, 100000 - n FROM generate_series(1, 120000) AS n;
DISCARD PLANS;
CREATE TEMPORARY TABLE before_asking AS SELECT pg_stat_get_xact_blocks_fetched('card_pkey'::regclass) AS blocks;
SELECT count(*) FROM eligibility_look_around('{06990014:13:7919}', '{1990-01-01}', '{06990014}', '{13:7919}') \g /dev/null
SELECT cmp_ok(pg_stat_get_xact_blocks_fetched('card_pkey'::regclass) - blocks, '<', 50::bigint,
              'looking around does not read all of the cards, however many there are') FROM before_asking;

SELECT * FROM finish();
ROLLBACK;
