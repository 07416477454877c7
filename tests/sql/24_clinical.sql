-- Claims of many visits in one call: each visit's own, the dossier before them, the latest year before the others.
BEGIN;
SELECT plan(7);

INSERT INTO facility (facility_id, facility_code, kind, prefecture, name, valid_from)
VALUES (1, '1319900017', 1, 13, 'hospital', '2020-01-01');
-- Of the questions' numbers, far from those of other tests.
CREATE FUNCTION pg_temp.person(n int4) RETURNS int8 LANGUAGE sql AS 'SELECT 900000::int8 + n';
INSERT INTO person (person_id) SELECT pg_temp.person(n) FROM generate_series(1, 40) AS n;
INSERT INTO person_version (person_id, name, sex1, birth_date)
SELECT pg_temp.person(n), 'name', 1, '1980-01-01' FROM generate_series(1, 40) AS n;
SELECT dossier_refresh(ARRAY(SELECT pg_temp.person(n) FROM generate_series(1, 40) AS n));
INSERT INTO visit (visit_id, facility_id, request_id, person_id, opened_at, treatment, unlocked_by, consented_by, consents,
                   consent_until, is_limited)
SELECT lpad(n::text, 32, '0')::uuid, 1, gen_random_uuid(), pg_temp.person(n), '2026-01-01', 2, 1, 1, CASE WHEN n % 4 = 0 THEN 16 ELSE 24 END,
       'infinity', false
FROM generate_series(1, 40) AS n;
INSERT INTO claim (person_id, month, source, claim_key, in_out, facility_code, facility_name, drugs, treatments, digest, recorded_at)
SELECT pg_temp.person(n), month, 1, 'q' || n || '-' || month, 2, '1319900017', 'facility ' || n,
       ARRAY[ROW(month, 'd' || n, NULL, 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL)::claim_line],
       ARRAY[ROW(month, 't' || n, NULL, 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL)::claim_line], '\x00', '2026-01-01'
FROM generate_series(1, 40) AS n, unnest('{2024-03-01,2025-05-01,2023-07-01,2025-04-01}'::date[]) AS month;
SELECT claim_history_refresh(ARRAY(SELECT pg_temp.person(n) FROM generate_series(1, 40) AS n, generate_series(2023, 2025)),
                             ARRAY(SELECT y::int2 FROM generate_series(1, 40) AS n, generate_series(2023, 2025) AS y));

CREATE FUNCTION pg_temp.seen() RETURNS TABLE (place int8, ord int4, has_body bool, item int2, told text) LANGUAGE sql AS $$
    SELECT row_number() OVER (), v.ord, v.body IS NOT NULL, v.item, v.told
    FROM visit_read(array_fill(1, ARRAY[40]), ARRAY(SELECT lpad(n::text, 32, '0')::uuid FROM generate_series(40, 1, -1) AS n),
                    array_fill(24::int2, ARRAY[40]), array_fill('2026-02-01'::timestamptz, ARRAY[40]),
                    array_fill(2023::int2, ARRAY[40]), array_fill(2026::int2, ARRAY[40])) AS v
$$;
CREATE TEMPORARY TABLE seen AS SELECT * FROM pg_temp.seen();
SELECT is((SELECT count(*) FROM seen), 40 + 3 * 40 + 3 * 30::int8, 'a row for each visit, and for each year and kind consented to');
SELECT is_empty($$SELECT FROM seen AS a JOIN seen AS b ON b.place = a.place + 1 WHERE b.ord < a.ord$$,
                'rows stand in the order of the questions');
SELECT is_empty($$SELECT FROM seen AS a LEFT JOIN seen AS b ON b.place = a.place - 1 AND b.ord = a.ord
                  WHERE (a.item IS NULL) <> (b.ord IS NULL) OR a.has_body <> (a.item IS NULL)$$,
                'the dossier stands before the claims, and nowhere else');
SELECT is_empty($$SELECT FROM seen AS a JOIN seen AS b ON b.ord = a.ord AND b.item = a.item AND b.place > a.place
                  WHERE split_part(b.told, E'\x1f', 1)::int >= split_part(a.told, E'\x1f', 1)::int$$,
                'the latest year stands before the others');
SELECT is_empty($$SELECT FROM seen AS s
                  WHERE s.told NOT LIKE '%facility ' || (40 - s.ord) || E'\x1f%'
                      OR s.told NOT LIKE '%' || CASE s.item WHEN 8 THEN 'd' ELSE 't' END || (40 - s.ord) || E'\x1f%'$$,
                'each visit has the claims of its own person, and of the kind that is said');
SELECT is_empty($$SELECT FROM seen WHERE item = 8 AND (40 - ord) % 4 = 0$$, 'what was not consented to is not there');
SELECT results_eq($$
    SELECT r.ord, r.item, split_part(r.told, E'\x1f', 1)::int
    FROM claim_read('{1,1}', ARRAY[lpad('1', 32, '0')::uuid, lpad('4', 32, '0')::uuid], '{24,24}', '{2026-02-01,2026-02-01}',
                    '{2024-01-01,2025-05-01}', '{2025-12-01,2025-12-01}', '{2026-02-01,2026-02-01}') AS r
    ORDER BY r.ord, r.item, 3$$,
    $$SELECT o::int4, i::int2, d::date - '1970-01-01'::date
      FROM (VALUES (0, 8, '2024-03-01'), (0, 8, '2025-04-01'), (0, 8, '2025-05-01'), (0, 16, '2024-03-01'), (0, 16, '2025-04-01'),
                   (0, 16, '2025-05-01'), (1, 16, '2025-05-01')) AS v (o, i, d)$$,
    'claim by claim, each kind that is consented to');
SELECT * FROM finish();
ROLLBACK;
