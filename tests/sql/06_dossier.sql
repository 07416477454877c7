-- Dossiers: equal to what is recorded, versioned, and in step with cards.
BEGIN;
SELECT plan(24);

INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06990014', 'first', 2, '2000-01-01'), ('06990022', 'second', 2, '2000-01-01');
INSERT INTO person (person_id) VALUES (1), (2), (3);
INSERT INTO person_version (person_id, name, name_kana, sex1, birth_date, address, post_number)
VALUES (1, '資格 太郎', 'ｼｶｸ ﾀﾛｳ', 1, '1956-11-15', '見本市', '1000001'),
       (2, '資格 花子', NULL, 2, '1990-02-28', NULL, NULL);
INSERT INTO coverage (coverage_id, person_id, insurer_number, symbol, number, branch, symbol_key, number_key,
                      symbol_loose, number_loose, relation, insured_name, valid, loss_reason, issued_on,
                      card_expires_on)
VALUES (11, 1, '06990014', '０１２', '0034', '01', '012', '0034', '12', '34', 1, '資格 太郎', '[2020-04-01,2024-04-01)',
        '03', '2020-04-05', '2024-03-31'),
       (12, 1, '06990022', NULL, '7', NULL, '', '7', '', '7', 2, NULL, '[2024-04-01,)', NULL, NULL, NULL),
       (13, 2, '06990022', NULL, '7', NULL, '', '7', '', '7', 1, NULL, '[2024-04-01,)', NULL, NULL, NULL);
INSERT INTO burden_ratio (coverage_id, ratio_percent, valid)
VALUES (12, 20, '[2026-12-01,)'), (12, 30, '[2024-04-01,2026-12-01)');
INSERT INTO elderly_certificate (coverage_id, issued_on, ratio_percent, valid)
VALUES (12, '2026-11-20', 20, '[2026-12-01,2027-08-01)');
INSERT INTO ceiling (coverage_id, classification, class, issued_on, long_term_from, valid)
VALUES (12, '01', 'A03', '2025-08-01', '2025-09-01', '[2025-08-01,2026-08-01)');
INSERT INTO specific_disease (coverage_id, category, issued_on, self_pay, valid)
VALUES (12, 1, '2025-01-10', 10000, '[2025-01-01,)');
INSERT INTO public_benefit (person_id, payer_number, recipient_number, programme, self_pay, valid)
VALUES (1, '54136015', '1234567', '54', 5000, '[2025-10-01,2026-10-01)');
INSERT INTO person_flag (person_id, kind, valid)
VALUES (1, 1, '[2026-01-01,)'), (1, 2, '[2000-01-01,2001-01-01)');
INSERT INTO person_hold (person_id, scope, reason) VALUES (1, 1, 'kana differs');

SELECT is(dossier_refresh('{2,1,1,NULL,3,99}'), 2, 'dossiers for those of whom something is known');
SELECT is(dossier_refresh('{1,2,3}'), 0, 'nothing changes the second time');
SELECT is(dossier_refresh_all(1, 1000), 0::bigint, 'nor by the way of bulk loads');
SELECT is(dossier_refresh('{}'), 0, 'nobody is no work');

SELECT is((SELECT body FROM dossier WHERE person_id = 1), record_send(ROW(
    1, 1, '資格 太郎', 'ｼｶｸ ﾀﾛｳ', NULL, NULL, 1, NULL, '1956-11-15', '見本市', '1000001', 1, 1,
    ARRAY[
        ROW(12, '06990022', '01', NULL, '7', NULL, '', '7', 2, NULL, '2024-04-01', NULL, NULL, NULL, NULL, NULL, 1, 1, NULL,
            ARRAY[ROW('2024-04-01', '2026-12-01', 30), ROW('2026-12-01', NULL, 20)]::dossier_ratio[],
            ARRAY[ROW('2026-11-20', '2026-12-01', '2027-08-01', 20)]::dossier_elderly[],
            ARRAY[ROW('01', 'A03', '2025-08-01', '2025-08-01', '2026-08-01', '2025-09-01')]::dossier_ceiling[],
            ARRAY[ROW(1, '2025-01-10', '2025-01-01', NULL, 10000)]::dossier_disease[])::dossier_coverage,
        ROW(11, '06990014', '01', '０１２', '0034', '01', '012', '0034', 1, '資格 太郎', '2020-04-01', '2024-04-01', '03',
            '2020-04-05', NULL, '2024-03-31', 1, 1, NULL, '{}', '{}', '{}', '{}')::dossier_coverage],
    ARRAY[ROW('54136015', '1234567', '54', '2025-10-01', '2026-10-01', 5000)]::dossier_benefit[]
)::dossier_body), 'a body holds every field in its place');

-- The envelope, as a decoder in another language sees it.
SELECT is((SELECT substr(body, 1, 14) FROM dossier WHERE person_id = 1), '\x0000000f00000015000000020001'::bytea,
          'it opens with 15 fields, the first an int2 of value 1');
SELECT is((SELECT substr(body, 15, 16) FROM dossier WHERE person_id = 2), '\x00000014000000080000000000000002'::bytea,
          'then the person as an int8');
SELECT is((SELECT right(encode(substr(body, length(body) - 11), 'hex'), 24) FROM dossier WHERE person_id = 2),
          '0000000000000000' || lpad(to_hex('dossier_benefit'::regtype::oid::int8), 8, '0'),
          'an empty array has no dimensions, and is not NULL');

SELECT set_eq($$SELECT card_key, birth_date, person_id FROM card$$, $$
    VALUES ('06990014:12:34', '1956-11-15'::date, 1::bigint), ('06990022::7', '1956-11-15', 1),
           ('06990022::7', '1990-02-28', 2)
$$, 'cards for all current coverages, past periods included');

-- A correction: the insurer moves to another number, the birth date was wrong.
CREATE TEMPORARY TABLE before AS SELECT * FROM dossier;
UPDATE coverage SET superseded_at = clock_timestamp() WHERE coverage_id = 12;
INSERT INTO coverage (coverage_id, person_id, insurer_number, number, number_key, number_loose, valid)
VALUES (12, 1, '06990022', '8', '8', '8', '[2024-04-01,)');
SELECT is(dossier_refresh('{1,2}'), 1, 'only the changed person gets a new version');
SELECT isnt((SELECT version FROM dossier WHERE person_id = 1), (SELECT version FROM before WHERE person_id = 1),
            'a new number');
SELECT is((SELECT version FROM dossier WHERE person_id = 2), (SELECT version FROM before WHERE person_id = 2),
          'the other one keeps its version');
SELECT results_eq($$SELECT person_id, body, replaced_at >= refreshed_at FROM dossier_past$$,
                  $$SELECT person_id, body, true FROM before WHERE person_id = 1$$, 'the old body stays readable');
SELECT set_eq($$SELECT card_key FROM card WHERE person_id = 1$$, ARRAY['06990014:12:34', '06990022::8'],
              'the stale card goes, the new one comes');
SELECT set_eq($$SELECT card_key FROM card WHERE person_id = 2$$, ARRAY['06990022::7'],
              'another person''s card of the same key stays');

UPDATE person_version SET superseded_at = clock_timestamp() WHERE person_id = 1;
INSERT INTO person_version (person_id, name, sex1, birth_date) VALUES (1, '資格 太郎', 1, '1956-11-16');
SELECT is(dossier_refresh('{1}'), 1, 'a corrected birth date is a change');
SELECT set_eq($$SELECT card_key, birth_date FROM card WHERE person_id = 1$$, $$
    VALUES ('06990014:12:34', '1956-11-16'::date), ('06990022::8', '1956-11-16')
$$, 'and moves the cards');

UPDATE person_hold SET closed_at = clock_timestamp() WHERE person_id = 1;
INSERT INTO person_hold (person_id, scope, reason) VALUES (2, 2, 'sex differs'), (2, 1, 'kana differs');
INSERT INTO person_flag (person_id, kind, valid)
VALUES (2, 1, daterange(civil_day(now()) + 1, NULL)), (2, 2, '(,)');
SELECT is(dossier_refresh('{1,2}'), 2, 'holds and flags are changes');
SELECT is((SELECT body FROM dossier WHERE person_id = 2), record_send(ROW(
    1, 2, '資格 花子', NULL, NULL, NULL, 2, NULL, '1990-02-28', NULL, NULL, 3, 2,
    ARRAY[ROW(13, '06990022', '01', NULL, '7', NULL, '', '7', 1, NULL, '2024-04-01', NULL, NULL, NULL, NULL, NULL, 1, 1, NULL,
              '{}', '{}', '{}', '{}')::dossier_coverage],
    '{}')::dossier_body), 'the heavier hold wins; a flag protects already before its first day');

-- A coverage that never existed (wrong link): no current version is left.
UPDATE coverage SET superseded_at = clock_timestamp() WHERE person_id = 2;
SELECT is(dossier_refresh('{2}'), 1, 'an undone link is a change');
SELECT is_empty('SELECT FROM card WHERE person_id = 2', 'nothing leads to the person any more');
UPDATE person_version SET superseded_at = clock_timestamp() WHERE person_id = 2;
SELECT is(dossier_refresh('{2}'), 1, 'a person that is known no longer loses the dossier');
SELECT is_empty('SELECT FROM dossier WHERE person_id = 2', 'which is gone');

SELECT is_empty($$
    SELECT d.person_id FROM dossier AS d
    FULL JOIN dossier_build(ARRAY(SELECT person_id FROM person), civil_day(now())) AS b USING (person_id)
    WHERE d.body IS DISTINCT FROM b.body
$$, 'after all of this, every dossier equals a recomputation');

SELECT * FROM finish();
ROLLBACK;
