-- 資格確認書: who needs one on a day, which of them run out, and issuing them in each other's place.
BEGIN;
SELECT plan(48);

INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06992314', 'first', 2, '2000-01-01'), ('06992322', 'second', 2, '2000-01-01');
INSERT INTO person (person_id) SELECT * FROM generate_series(2301, 2309);
INSERT INTO person_version (person_id, name, sex1, birth_date) SELECT person_id, 'n', 1, '1980-01-01' FROM person WHERE person_id BETWEEN 2301 AND 2309;
-- 1 nothing, 2 a card, 3 a card that ended, 4 a certificate, 5 one that ran out, 6 a coverage in doubt, 7 and 8 one number,
-- 9 a coverage that ends.
INSERT INTO coverage (coverage_id, person_id, insurer_number, symbol, number, branch, symbol_key, number_key, symbol_loose, number_loose, valid, state)
SELECT 23000 + n, 2300 + n, '06992314', '1', least(n, 7), CASE n WHEN 8 THEN '02' ELSE '01' END, '1', least(n, 7), '1', least(n, 7),
       CASE n WHEN 9 THEN '[2026-01-01,2027-01-01)' ELSE '[2026-01-01,)' END::daterange, CASE n WHEN 6 THEN 2 ELSE 1 END
FROM generate_series(1, 9) AS n;
UPDATE coverage SET number = '9', number_key = '9', number_loose = '9' WHERE coverage_id = 23009;
INSERT INTO credential (serial, person_id, linked_at, ended_at)
VALUES ('2302', 2302, '2025-01-01', NULL), ('2303', 2303, '2025-01-01', '2026-05-10 12:00+09'),
       ('2307', 2307, '2025-01-01', NULL), ('2308', 2308, '2025-01-01', NULL), ('2309', 2309, '2025-01-01', NULL);
INSERT INTO eligibility_certificate (version_id, coverage_id, number, reason, issued_on, valid)
VALUES (2304, 23004, 'A-4', 4, '2026-02-01', '[2026-02-01,2026-08-01)'), (2305, 23005, 'A-5', 1, '2026-02-01', '[2026-02-01,2026-03-01)');
SELECT dossier_refresh('{2301,2302,2303,2304,2305,2306,2307,2308,2309}') \g /dev/null

CREATE FUNCTION pg_temp.needed(on_day date, after int8 DEFAULT 0, count int DEFAULT 100, insurer text DEFAULT '06992314')
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(coalesce(n.person_id::text || ':' || n.reason, 'go on after ' || n.coverage_id), ', ' ORDER BY n.coverage_id, n.person_id NULLS LAST)
    FROM certificate_needed(insurer, on_day, after, count) AS n
$$;

-- ---- who needs one -----------------------------------------------------------------------------------------------------
SELECT is(pg_temp.needed('2026-05-09'), '2301:3, 2305:1', 'who has no card needs one, and whose certificate has run out for its reason');
SELECT is(pg_temp.needed('2026-05-10'), '2301:3, 2303:8, 2305:1', 'and whose card has ended, from that day on');
SELECT is(pg_temp.needed('2026-02-15'), '2301:3', 'nobody while a certificate is in force');
SELECT is(pg_temp.needed('2026-08-01'), '2301:3, 2303:8, 2304:4, 2305:1', 'from the day after its last');
SELECT is(pg_temp.needed('2025-12-31'), NULL, 'nobody before the coverage begins');
SELECT is(pg_temp.needed('2026-05-10', insurer => '06992322'), NULL, 'nobody of another insurer');
SELECT is(pg_temp.needed('2026-05-10', 0, 1), '2301:3, go on after 23001', 'a page says where to go on');
SELECT is(pg_temp.needed('2026-05-10', 23001, 2), '2303:8, 2305:1, go on after 23005', 'and the next one goes on there');
SELECT is(pg_temp.needed('2026-05-10', 23005, 2), NULL, 'to the end');
SELECT results_eq($$SELECT symbol, number, branch, birth_date, acquired_on, last_valid_until FROM certificate_needed('06992314', '2026-05-10', 23003, 1)$$,
                  $$VALUES ('1', '5', '01', '1980-01-01'::date, '2026-01-01'::date, '2026-02-28'::date), (NULL, NULL, NULL, NULL, NULL, NULL)$$,
                  'by what stands in its own lists') ;

INSERT INTO insurer (insurer_number, name, kind, valid_from) VALUES ('39992306', 'old-age', 6, '2000-01-01');
INSERT INTO person (person_id) VALUES (2310), (2311);
INSERT INTO person_version (person_id, name, sex1, birth_date) VALUES (2310, 'n', 1, '1940-01-01'), (2311, 'n', 1, '1940-01-01');
INSERT INTO coverage (coverage_id, person_id, insurer_number, number, number_key, number_loose, valid)
VALUES (23010, 2310, '39992306', '10', '10', '10', '[2025-01-01,)'), (23011, 2311, '39992306', '11', '11', '11', '[2025-01-01,)');
INSERT INTO credential (serial, person_id, linked_at) VALUES ('2310', 2310, '2025-01-01');
INSERT INTO eligibility_certificate (coverage_id, reason, issued_on, valid) VALUES (23011, 9, '2025-08-01', '[2025-08-01,2026-08-01)');
SELECT is(pg_temp.needed('2025-07-31', insurer => '39992306'), '2310:9, 2311:9', 'everybody in old-age care, card or not');
SELECT is(pg_temp.needed('2026-07-31', insurer => '39992306'), '2310:9', 'but who has a certificate');
SELECT is(pg_temp.needed('2026-08-01', insurer => '39992306'), '2311:9', 'and behind the dated day who has no card, as elsewhere');

-- ---- which run out -----------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_temp.expiring(today date, until_on date, count int DEFAULT 100) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(coalesce(n.certificate_id || ':' || coalesce(n.own_number, '-') || ':' || n.valid_until || ':' || n.has_card, 'go on after ' || n.coverage_id), ', ' ORDER BY n.coverage_id, n.person_id NULLS LAST)
    FROM certificate_expiring('06992314', today, until_on, 0, count) AS n
$$;
SELECT is(pg_temp.expiring('2026-05-01', '2026-07-30'), NULL, 'none that ends later');
SELECT is(pg_temp.expiring('2026-05-01', '2026-07-31'), '2304:A-4:2026-07-31:false', 'one that ends until then');
SELECT is(pg_temp.expiring('2026-07-31', '2026-07-31'), '2304:A-4:2026-07-31:false', 'on its last day still');
SELECT is(pg_temp.expiring('2026-08-01', '2027-07-31'), NULL, 'and none that has ended');
SELECT is(pg_temp.expiring('2026-02-01', '2026-12-31', 1), '2304:A-4:2026-07-31:false, go on after 23004', 'page by page');

-- ---- issuing -----------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_temp.issue(request int, number text, from_on date DEFAULT NULL, until_on date DEFAULT NULL, branch text DEFAULT NULL, insurer text DEFAULT '06992314',
                              today date DEFAULT '2026-05-10', birth date DEFAULT '1980-01-01', digest int DEFAULT NULL)
RETURNS TABLE (outcome int2, certificate_id int8) LANGUAGE sql AS $$
    SELECT * FROM certificate_issue(insurer, lpad((2300 + request)::text, 32, '0')::uuid, 160::int2, decode(lpad(coalesce(digest, request)::text, 32, '0'), 'hex'),
        'u-1', today, '06992314:1:' || number, branch, birth, 3::int2, from_on, until_on)
$$;
CREATE FUNCTION pg_temp.held(coverage int8) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(t.reason || t.valid::text, ' ' ORDER BY lower(t.valid)) FROM eligibility_certificate AS t
    WHERE t.coverage_id = coverage AND t.superseded_at = 'infinity'
$$;
SELECT is((SELECT outcome FROM pg_temp.issue(1, '99')), 2::int2, 'no such card');
SELECT is((SELECT outcome FROM pg_temp.issue(2, '1', insurer => '06992322')), 2::int2, 'not another insurer''s');
SELECT is((SELECT outcome FROM pg_temp.issue(3, '1', birth => '1980-01-02')), 2::int2, 'nor of another day of birth');
SELECT is((SELECT outcome FROM pg_temp.issue(4, '7')), 5::int2, 'a card of two persons');
SELECT is((SELECT outcome FROM pg_temp.issue(5, '6')), 6::int2, 'a coverage in doubt');
SELECT is((SELECT outcome FROM pg_temp.issue(6, '1', from_on => '2025-12-31')), 3::int2, 'not covered on the first day');
SELECT is((SELECT outcome FROM pg_temp.issue(7, '1', until_on => '2031-05-11')), 7::int2, 'longer than five years');
SELECT is((SELECT outcome FROM pg_temp.issue(8, '9', until_on => '2027-01-01')), 8::int2, 'beyond the end of the coverage');
SELECT is((SELECT outcome FROM pg_temp.issue(9, '1', '2026-06-01', '2026-05-31')), 9::int2, 'ends before it begins');
SELECT is((SELECT outcome FROM pg_temp.issue(10, '1', today => '2024-12-01')), 3::int2, 'no coverage on a day before it');
SELECT is((SELECT count(*) FROM eligibility_certificate WHERE coverage_id IN (23001, 23006, 23007, 23008, 23009)), 0::int8, 'nothing of all this was issued');

CREATE TEMPORARY TABLE done AS SELECT * FROM pg_temp.issue(20, '1');
SELECT is((SELECT outcome FROM done), 1::int2, 'for who needs one');
SELECT is(pg_temp.held(23001), '3[2026-05-10,2031-05-11)', 'from today, as long as the parameter allows');
SELECT results_eq('SELECT * FROM pg_temp.issue(20, ''1'')', 'SELECT * FROM done', 'the same request again is told the same');
SELECT is((SELECT outcome FROM pg_temp.issue(20, '1', digest => 99)), 4::int2, 'another one under its id is not');
SELECT is((SELECT outcome FROM pg_temp.issue(21, '9')), 1::int2, 'for a coverage that ends');
SELECT is(pg_temp.held(23009), '3[2026-05-10,2027-01-01)', 'until it ends');
SELECT is(pg_temp.needed('2026-05-10'), '2303:8, 2305:1', 'who has one needs none');

CREATE TEMPORARY TABLE again AS SELECT * FROM pg_temp.issue(22, '1', '2026-06-01', '2027-05-31');
SELECT is(pg_temp.held(23001), '3[2026-05-10,2026-06-01) 3[2026-06-01,2027-06-01)', 'the one before ends the day before, and does not come back');
SELECT is((SELECT r.ended_on FROM done AS d, certificate_read('06992314', d.certificate_id) AS r), '2026-06-01', 'it says since when it does not hold');
CREATE TEMPORARY TABLE third AS SELECT * FROM pg_temp.issue(23, '1');
SELECT is(pg_temp.held(23001), '3[2026-05-10,2031-05-11)', 'of what it covers wholly nothing is left');
SELECT is(pg_temp.held(23004), '4[2026-02-01,2026-08-01)', 'and others are left alone');

-- ---- reading -----------------------------------------------------------------------------------------------------------
UPDATE person_version SET name = 'later' WHERE person_id = 2301;
SELECT dossier_refresh('{2301}') \g /dev/null
SELECT results_eq($$SELECT r.person_id, r.version < c.version, r.reason, r.issued_on, r.valid_from, r.valid_until, r.ended_on, r.is_needless
                    FROM done AS d, dossier AS c, certificate_read('06992314', d.certificate_id) AS r WHERE c.person_id = 2301$$,
                  $$VALUES (2301::int8, true, 3::int2, '2026-05-10'::date, '2026-05-10'::date, '2031-05-10'::date, '2026-05-10'::date, false)$$,
                  'one that was replaced, as it was issued, from the dossier of then') ;
SELECT is((SELECT r.ended_on FROM third AS d, certificate_read('06992314', d.certificate_id) AS r), NULL, 'one that stands has not ended');
SELECT is((SELECT r.own_number FROM certificate_read('06992314', 2304) AS r), 'A-4', 'one that came in a file, with the insurer''s own number');
SELECT is((SELECT count(*) FROM done AS d, certificate_read('06992322', d.certificate_id) AS r), 0::int8, 'not another insurer''s');
SELECT is((SELECT r.is_needless FROM eligibility_certificate AS t, certificate_read('06992314', t.version_id) AS r WHERE t.coverage_id = 23009), true,
          'no card is the reason, and there is one');

SELECT is(pg_temp.expiring('2026-12-01', '2027-01-31'), NULL, 'one that ends with its coverage does not run out');
UPDATE coverage SET valid = '[2026-01-01,2026-09-01)' WHERE coverage_id = 23001;
SELECT is((SELECT r.ended_on FROM third AS d, certificate_read('06992314', d.certificate_id) AS r), '2026-09-01', 'with the coverage it ends');
UPDATE coverage SET superseded_at = now() WHERE coverage_id = 23001;
SELECT is((SELECT r.ended_on FROM third AS d, certificate_read('06992314', d.certificate_id) AS r), '2026-05-10', 'of one that never existed it never held');

SELECT * FROM finish();
ROLLBACK;
