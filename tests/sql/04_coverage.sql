-- Coverage: one person is never covered twice in one scheme, and history stays.
BEGIN;
SELECT plan(16);

INSERT INTO insurer (insurer_number, name, kind, valid_from) VALUES ('06990014', 'first', 2, '2000-01-01');
INSERT INTO person (person_id) VALUES (1), (2);
PREPARE cover (bigint, smallint, smallint, daterange) AS
    INSERT INTO coverage (coverage_id, person_id, insurer_number, number, number_key, number_loose, state, scheme, valid)
    VALUES (DEFAULT, $1, '06990014', '1', '1', '1', $2, $3, $4);

SELECT lives_ok($$EXECUTE cover (1, 1::smallint, 1::smallint, '[2024-01-01,2025-01-01)')$$, 'a coverage');
SELECT lives_ok($$EXECUTE cover (1, 1::smallint, 1::smallint, '[2025-01-01,)')$$, 'the next one starts when it ends');
SELECT throws_ok($$EXECUTE cover (1, 1::smallint, 1::smallint, '[2024-12-31,2025-01-01)')$$, '23P01', NULL,
                 'one day of overlap is refused');
SELECT throws_ok($$EXECUTE cover (1, 1::smallint, 1::smallint, '[2030-01-01,)')$$, '23P01', NULL,
                 'a second open coverage is refused');
SELECT throws_ok($$EXECUTE cover (1, 1::smallint, 1::smallint, '[2030-01-01,2031-01-01)')$$, '23P01', NULL,
                 'one that has an end and overlaps the open one is refused');
SELECT throws_ok($$INSERT INTO coverage (person_id, insurer_number, number, number_key, number_loose, valid)
                   VALUES (2, '06990014', '1', '1', '1', '[2024-01-01,2025-01-01)'), (2, '06990014', '1', '1', '1', '[2024-06-01,)')$$,
                 '23P01', NULL, 'of two that come together one is refused, and so both are');
SELECT lives_ok($$EXECUTE cover (1, 1::smallint, 2::smallint, '[2025-01-01,)')$$,
                'medical assistance goes beside medical insurance');
SELECT lives_ok($$EXECUTE cover (1, 2::smallint, 1::smallint, '[2025-01-01,)')$$,
                'a coverage under identity check may overlap');
SELECT lives_ok($$EXECUTE cover (2, 1::smallint, 1::smallint, '[2024-01-01,)')$$,
                'another person may have the same number (twins without branch)');
SELECT throws_ok($$UPDATE coverage SET state = 1 WHERE person_id = 1 AND state = 2$$, '23P01', NULL,
                 'which it may no longer once it is in order');
SELECT throws_ok($$EXECUTE cover (1, 1::smallint, 1::smallint, 'empty')$$, '23514', NULL, 'an empty period is refused');
SELECT throws_ok($$EXECUTE cover (1, 1::smallint, 1::smallint, '(,2020-01-01)')$$, '23514', NULL,
                 'a coverage without a first day is refused');

-- A correction: supersede, then add.
UPDATE coverage SET superseded_at = 'now' WHERE person_id = 1 AND valid = '[2024-01-01,2025-01-01)';
SELECT lives_ok($$EXECUTE cover (1, 1::smallint, 1::smallint, '[2024-02-01,2025-01-01)')$$,
                'a superseded version is out of the way');
SELECT throws_ok($$
    INSERT INTO coverage (coverage_id, person_id, insurer_number, number, number_key, number_loose, valid, scheme)
    SELECT coverage_id, person_id, insurer_number, number, number_key, number_loose, '[1990-01-01,1991-01-01)', scheme
    FROM coverage WHERE person_id = 2
$$, '23505', NULL, 'a coverage has one current version');
SELECT throws_ok($$
    SET LOCAL ROLE shikaku_loader;
    UPDATE registry.coverage SET valid = '[2024-03-01,)' WHERE person_id = 2
$$, '42501', NULL, 'not even the loader can overwrite a version');
SELECT lives_ok($$
    SET LOCAL ROLE shikaku_loader;
    INSERT INTO registry.person (person_id) VALUES (77001);
    INSERT INTO registry.coverage (person_id, insurer_number, number, number_key, number_loose, valid)
    SELECT 77001, i.insurer_number, '1', '1', '1', '[2024-03-01,)' FROM registry.insurer AS i LIMIT 1;
    RESET ROLE
$$, 'the loader can add one');

SELECT * FROM finish();
ROLLBACK;
