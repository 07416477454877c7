-- Rows of a batch take effect: phase by phase, once, whatever their order, and can be taken back.
BEGIN;
SELECT plan(54);
SET LOCAL search_path = registry, tap, public;
SELECT setval('person_person_id_seq', 900000), setval('coverage_id', 900000), setval('number_id', 900000) \g /dev/null

INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06139992', '架空組合', 2, '2000-01-01'), ('00139998', '架空市', 4, '2000-01-01');
INSERT INTO certificate (certificate_id, holder_kind, insurer_number, fingerprint, serial, not_before, not_after)
VALUES (900001, 2, '06139992', sha256('a'), '1', now(), now() + interval '1 year'),
       (900002, 2, '00139998', sha256('b'), '2', now(), now() + interval '1 year');

CREATE FUNCTION pg_temp.opened(insurer text) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO registry.batch (insurer_number, idempotency_key, certificate_id, format, sha256, state, received_at, index_key)
    VALUES (insurer, gen_random_uuid(), CASE insurer WHEN '06139992' THEN 900001 ELSE 900002 END, 1, sha256('x'), 3, now(), 1)
    RETURNING batch_id
$$;
-- One row; what it leaves out does not matter here.
CREATE FUNCTION pg_temp.row(batch bigint, n integer, operation integer, number text, birth date, acquired date DEFAULT NULL,
        lost date DEFAULT NULL, name text DEFAULT NULL, person text DEFAULT NULL, action integer DEFAULT 1,
        effective date DEFAULT NULL, ratio integer DEFAULT NULL, from_on date DEFAULT NULL, category integer DEFAULT NULL)
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO registry.batch_stage (
        batch_id, row_no, operation, severity, register_action, number_id, number_index, number_sealed, number_sealed_by,
        symbol, number, branch, symbol_key, number_key, symbol_loose, number_loose, name, name_kana, name_key,
        name_kana_key, sex1, birth_date, event_on, notice_received_on, due_on, acquired_on, lost_on, loss_reason,
        effective_on, burden_ratio, valid_from, disease_category, digest, link_card, link_number, link_identity, phase)
    VALUES (
        batch, n, operation, 0, CASE WHEN person IS NULL THEN 0 ELSE action END, nextval('registry.number_id'),
        decode(md5(person), 'hex'), decode(repeat('00', 40), 'hex'), 1, '1', number, '00', '1', number, '1', number, name,
        name, name, name, CASE WHEN operation = 1 THEN 1 END, birth, coalesce(acquired, lost, effective),
        coalesce(acquired, lost, effective), coalesce(acquired, lost, effective) + 400, acquired, lost,
        CASE WHEN lost IS NOT NULL THEN '03' END, effective, ratio, from_on, category,
        decode(md5(concat_ws('|', operation, number, birth, acquired, lost, name, person, effective, ratio, from_on, category)),
               'hex'),
        hashtext(concat_ws('|', CASE operation WHEN 4 THEN 3 ELSE operation END, number, birth)), hashtext(person), NULL,
        CASE operation WHEN 1 THEN 20 WHEN 2 THEN 40 WHEN 3 THEN 10 WHEN 4 THEN 10 ELSE 50 END)
$$;
CREATE FUNCTION pg_temp.applied(batch bigint, rows integer, at_once integer DEFAULT 1000) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    step record;
BEGIN
    PERFORM registry.batch_session_open();
    IF (SELECT state FROM registry.batch_check_end(batch, rows, clock_timestamp(), 1::int2, NULL)) = 4 THEN
        RETURN 'waits';
    END IF;
    LOOP
        SELECT * INTO step FROM registry.batch_window_open(batch, clock_timestamp(), at_once);
        EXIT WHEN step.is_finished;
        PERFORM registry.batch_range(batch, step.phase, step.from_row, step.to_row, clock_timestamp());
        PERFORM registry.batch_window_close(batch, step.phase, step.to_row);
        DELETE FROM pg_temp.batch_plan; -- a commit does this; here all is one transaction
    END LOOP;
    RETURN (SELECT concat_ws(' ', applied_count, held_count, unchanged_count, refused_count)
            FROM registry.batch AS b WHERE b.batch_id = applied.batch);
END
$$;
CREATE FUNCTION pg_temp.cover(number text) RETURNS TABLE (valid daterange, state smallint) LANGUAGE sql AS $$
    SELECT k.valid, k.state FROM registry.coverage AS k
    WHERE k.number = cover.number AND k.insurer_number IN ('06139992', '00139998') AND k.superseded_at = 'infinity' ORDER BY lower(k.valid)
$$;

-- An acquisition, its repetition, a loss of what the same file acquires, a doubt.
SELECT pg_temp.opened('06139992') AS one \gset
SELECT lives_ok(format($$
    SELECT pg_temp.row(%1$s, 1, 3, '102', '1971-01-01', lost => '2024-01-01');
    SELECT pg_temp.row(%1$s, 2, 1, '100', '1980-01-01', '2020-04-01', name => '甲', person => 'a', ratio => 30);
    SELECT pg_temp.row(%1$s, 3, 1, '100', '1980-01-01', '2020-04-01', name => '甲', person => 'a', ratio => 30);
    SELECT pg_temp.row(%1$s, 4, 1, '101', '1970-01-01', '2020-04-01', name => '丙', person => 'c', action => 4);
    SELECT pg_temp.row(%1$s, 5, 1, '102', '1971-01-01', '2020-04-01', name => '丁');
    SELECT pg_temp.row(%1$s, 6, 3, '999', '1971-01-01', lost => '2024-01-01');
    SELECT pg_temp.row(%1$s, 7, 1, '103', '1975-01-01', '2020-04-01', name => '戊', person => 'b')$$, :one), 'rows are staged');
SELECT is(pg_temp.applied(:one, 7, 2), '4 1 1 1', 'each row has its verdict');
SELECT results_eq(format('SELECT row_no, outcome::integer, findings[1] COLLATE "default" FROM batch_row WHERE batch_id = %s ORDER BY row_no', :one),
    $$VALUES (1, 1, NULL), (2, 1, NULL), (3, 3, 'VR-64 -'), (4, 2, 'VR-84 -'), (5, 1, NULL), (6, 4, 'VR-62 number'),
             (7, 1, NULL)$$, 'the verdicts say why');
SELECT results_eq($$SELECT * FROM pg_temp.cover('102')$$, $$VALUES ('[2020-04-01,2024-01-01)'::daterange, 1::smallint)$$,
    'a loss finds what the same file acquires, wherever it stands in it');
SELECT results_eq($$SELECT * FROM pg_temp.cover('101')$$, $$VALUES ('[2020-04-01,)'::daterange, 2::smallint)$$,
    'a doubt seals the coverage');
SELECT is((SELECT state FROM personal_number WHERE number_index = decode(md5('c'), 'hex')), 2::smallint,
    'a number in doubt is claimed and leads to nobody');
SELECT results_eq(format('SELECT kind, scope, insurer_number COLLATE "default" FROM person_hold WHERE batch_id = %s', :one),
    $$VALUES (1::smallint, 2::smallint, '06139992')$$, 'the doubt lies in the insurer''s inbox');
SELECT is((SELECT count(*) FROM dossier WHERE person_id > 900000), 4::bigint, 'everyone has a dossier');

-- The same rows once more, in a second batch.
SELECT pg_temp.opened('06139992') AS two \gset
SELECT lives_ok(format($$SELECT pg_temp.row(%1$s, 1, 1, '100', '1980-01-01', '2020-04-01', name => '甲', person => 'a', ratio => 30);
    SELECT pg_temp.row(%1$s, 2, 1, '100', '1980-01-01', '2021-04-01', name => '甲', person => 'a', ratio => 30)$$, :two), 'again');
SELECT is(pg_temp.applied(:two, 2), '0 0 1 1', 'what is held already changes nothing; what contradicts it is refused');

-- Another insurer acquires the same person.
SELECT pg_temp.opened('00139998') AS three \gset
SELECT lives_ok(format($$SELECT pg_temp.row(%1$s, 1, 1, '900', '1980-01-01', '2025-04-01', name => '甲', person => 'a');
    SELECT pg_temp.row(%1$s, 2, 1, '901', '1976-01-01', '2025-04-01', name => '己', person => 'b', action => 3);
    SELECT pg_temp.row(%1$s, 3, 3, '103', '1975-01-01', lost => '2025-01-01')$$, :three), 'the other insurer''s rows');
SELECT is(pg_temp.applied(:three, 3), '1 1 0 1', 'only its own people are within its reach');
SELECT results_eq($$SELECT * FROM pg_temp.cover('100')$$, $$VALUES ('[2020-04-01,2025-04-01)'::daterange, 1::smallint)$$,
    'the older coverage ends where the newer one begins');
SELECT is((SELECT declared_until FROM coverage WHERE number = '100' AND insurer_number = '06139992' AND superseded_at = 'infinity'), 'infinity'::date,
    'what its insurer says is kept');
SELECT ok(EXISTS (SELECT FROM person_hold WHERE insurer_number = '06139992' AND kind = 7 AND scope = 0),
    'its insurer is told, and nothing is sealed');
SELECT isnt((SELECT person_id FROM coverage WHERE number = '901' AND insurer_number = '00139998'),
    (SELECT person_id FROM coverage WHERE number = '103' AND insurer_number = '06139992'),
    'a number whose data differ leads nobody to the person it belongs to');

-- Changes and terms.
SELECT pg_temp.opened('06139992') AS four \gset
SELECT lives_ok(format($$SELECT pg_temp.row(%1$s, 1, 2, '103', '1975-01-01', effective => '2026-08-01', ratio => 20);
    SELECT pg_temp.row(%1$s, 2, 7, '103', '1975-01-01', from_on => '2021-01-01', category => 1);
    SELECT pg_temp.row(%1$s, 3, 7, '103', '1975-01-01', from_on => '2021-01-01', category => 1);
    SELECT pg_temp.row(%1$s, 4, 4, '102', '1971-01-01')$$, :four), 'a change, a term, a cancellation');
SELECT is(pg_temp.applied(:four, 4), '3 0 1 0', 'they take effect');
SELECT is_empty($$SELECT * FROM pg_temp.cover('102')$$, 'a cancelled coverage never was');

-- And taken back.
SELECT batch_undo('00139998', :three, 'somebody', now()) \g /dev/null
SELECT is((SELECT undone FROM batch_undo_step(:three, clock_timestamp(), 1000)), 2, 'a batch is taken back person by person');
SELECT results_eq($$SELECT * FROM pg_temp.cover('100')$$, $$VALUES ('[2020-04-01,)'::daterange, 1::smallint)$$,
    'what it had ended goes on');
SELECT is_empty($$SELECT * FROM pg_temp.cover('900')$$, 'what it had acquired is gone');
SELECT is((SELECT state FROM batch WHERE batch_id = :three), 9::smallint, 'and it says so');

-- Two rows that contradict each other.
SELECT pg_temp.opened('06139992') AS five \gset
SELECT pg_temp.row(:five, 1, 1, '300', '1960-01-01', '2020-04-01', name => '庚') \g /dev/null
SELECT pg_temp.row(:five, 2, 1, '300', '1960-01-01', '2020-04-01', name => '辛') \g /dev/null
SELECT is(pg_temp.applied(:five, 2), '0 0 0 2', 'rows that contradict each other are all refused');

-- Warnings that stop nothing.
SELECT pg_temp.opened('06139992') AS six \gset
SELECT pg_temp.row(:six, 1, 1, '400', '2015-01-01', '2020-04-01', name => '壬') \g /dev/null
SELECT pg_temp.row(:six, 2, 1, '401', '2015-01-02', '2020-04-01', name => '癸') \g /dev/null
SELECT pg_temp.row(:six, 3, 1, '401', '1985-01-02', '2020-04-01', name => '子') \g /dev/null
UPDATE batch_stage SET relation = CASE row_no WHEN 3 THEN 1 ELSE 2 END WHERE batch_id = :six;
UPDATE batch_stage SET branch = '01' WHERE batch_id = :six AND row_no = 2;
SELECT is(pg_temp.applied(:six, 3), '3 0 0 0', 'a family takes effect');
SELECT results_eq(format('SELECT row_no, findings[1] COLLATE "default" FROM batch_row WHERE batch_id = %s ORDER BY 1', :six),
    $$VALUES (1, 'VR-23 relation'), (2, NULL), (3, NULL)$$,
    'who is family of nobody in the registry or the file gets a warning');

-- Whose person it is. Who has moved is the newer insurer's: the former one still says what its own coverage was, and no more.
SELECT pg_temp.opened('00139998') AS seven \gset
SELECT pg_temp.row(:seven, 1, 1, '950', '1980-01-01', '2025-04-01', name => '甲', person => 'a') \g /dev/null
SELECT is(pg_temp.applied(:seven, 1), '1 0 0 0', 'a person moves');
SELECT person_id AS moved FROM coverage WHERE number = '950' AND insurer_number = '00139998' \gset
SELECT pg_temp.opened('06139992') AS eight \gset
SELECT pg_temp.row(:eight, 1, 2, '100', '1980-01-01', effective => '2026-01-01', name => '改'),
       pg_temp.row(:eight, 2, 2, '100', '1980-01-01', effective => '2021-01-01', name => '改'),
       pg_temp.row(:eight, 3, 8, '100', '1980-01-01', from_on => '2021-01-01'),
       pg_temp.row(:eight, 4, 8, '100', '1980-01-01', from_on => '2026-01-01'),
       pg_temp.row(:eight, 5, 2, '100', '1980-01-01', effective => '2022-01-01', ratio => 20) \g /dev/null
UPDATE batch_stage SET payer_number = '54136015', recipient_number = '1234565' WHERE batch_id = :eight AND operation = 8;
SELECT is(pg_temp.applied(:eight, 5), '1 0 0 4', 'a former insurer may set right its own coverage alone');
SELECT results_eq(format('SELECT row_no, findings[1] COLLATE "default" FROM batch_row WHERE batch_id = %s ORDER BY 1', :eight),
    $$VALUES (1, 'VR-86 -'), (2, 'VR-86 -'), (3, 'VR-86 -'), (4, 'VR-86 -'), (5, NULL)$$, 'and is told why');
SELECT results_eq(format('SELECT name, (SELECT count(*) FROM public_benefit AS b WHERE b.person_id = v.person_id) FROM person_version AS v
    WHERE person_id = %s AND superseded_at = ''infinity''', :moved), $$VALUES ('甲', 0::bigint)$$, 'the person is as before');
SELECT pg_temp.opened('00139998') AS nine \gset
SELECT pg_temp.row(:nine, 1, 2, '950', '1980-01-01', effective => '2026-01-01', name => '改'),
       pg_temp.row(:nine, 2, 8, '950', '1980-01-01', from_on => '2026-01-01') \g /dev/null
UPDATE batch_stage SET payer_number = '54136015', recipient_number = '1234565' WHERE batch_id = :nine AND operation = 8;
SELECT is(pg_temp.applied(:nine, 2), '2 0 0 0', 'whose person it is now says both');

-- From one day with two insurers: until they have answered, the person is whose it was.
SELECT pg_temp.opened('06139992') AS fourteen \gset
SELECT pg_temp.row(:fourteen, 1, 1, '510', '1964-04-04', '2025-04-01', name => '卯', person => 'e') \g /dev/null
SELECT is(pg_temp.applied(:fourteen, 1), '1 0 0 0', 'one insurer');
SELECT pg_temp.opened('00139998') AS fifteen \gset
SELECT pg_temp.row(:fifteen, 1, 1, '980', '1964-04-04', '2025-04-01', name => '辰', person => 'e') \g /dev/null
SELECT is(pg_temp.applied(:fifteen, 1), '0 1 0 0', 'and another one from the same day, which is held');
SELECT results_eq($$SELECT v.name FROM person_version AS v JOIN coverage AS k USING (person_id)
    WHERE k.number = '980' AND k.insurer_number = '00139998' AND v.superseded_at = 'infinity'$$, ARRAY['卯'], 'renames nobody');

-- Taking back what another insurer has built on.
SELECT pg_temp.opened('00139998') AS ten \gset
SELECT pg_temp.row(:ten, 1, 1, '960', '1975-01-01', '2025-04-01', name => '戊', person => 'b') \g /dev/null
SELECT is(pg_temp.applied(:ten, 1), '1 0 0 0', 'another one moves');
SELECT pg_temp.opened('06139992') AS eleven \gset
SELECT pg_temp.row(:eleven, 1, 7, '103', '1975-01-01', from_on => '2022-01-01', category => 1) \g /dev/null
SELECT is(pg_temp.applied(:eleven, 1), '1 0 0 0', 'the former insurer sets a term of its own coverage right');
SELECT coverage_id AS theirs FROM coverage WHERE number = '103' AND insurer_number = '06139992' AND superseded_at = 'infinity' \gset
CREATE TEMPORARY TABLE terms AS SELECT * FROM specific_disease WHERE coverage_id = :theirs;
SELECT batch_undo('00139998', :ten, 'somebody', now()) \g /dev/null
SELECT results_eq(format('SELECT undone, left_alone FROM batch_undo_step(%s, clock_timestamp(), 1000)', :ten), 'VALUES (0, 1)',
    'a person is left alone whose terms another batch has changed since');
SELECT set_eq(format('SELECT * FROM specific_disease WHERE coverage_id = %s', :theirs), 'SELECT * FROM terms', 'and so are the terms');
SELECT is((SELECT count(*) FROM person_hold WHERE batch_id = :ten AND kind = 7 AND insurer_number = '06139992' AND closed_at IS NULL),
    1::bigint, 'whose insurer still has to answer for the overlap, which is still there');
SELECT pg_temp.opened('06139992') AS sixteen \gset
SELECT pg_temp.row(:sixteen, 1, 1, '520', '1965-05-05', '2020-04-01', name => '巳', person => 'f'),
       pg_temp.row(:sixteen, 2, 1, '521', '1966-06-06', '2020-04-01', name => '午', person => 'g') \g /dev/null
SELECT pg_temp.applied(:sixteen, 2) \g /dev/null
SELECT pg_temp.opened('00139998') AS seventeen \gset
SELECT pg_temp.row(:seventeen, 1, 1, '985', '1965-05-05', '2025-04-01', name => '巳', person => 'f'),
       pg_temp.row(:seventeen, 2, 1, '986', '1966-06-06', '2025-04-01', name => '午', person => 'g') \g /dev/null
SELECT is(pg_temp.applied(:seventeen, 2), '2 0 0 0', 'two move');
SELECT pg_temp.opened('06139992') AS eighteen \gset
SELECT pg_temp.row(:eighteen, 1, 4, '520', '1965-05-05') \g /dev/null
SELECT is(pg_temp.applied(:eighteen, 1), '1 0 0 0', 'the former insurer of one had never covered it');
SELECT batch_undo('00139998', :seventeen, 'somebody', now()) \g /dev/null
SELECT results_eq(format('SELECT undone, left_alone FROM batch_undo_step(%s, clock_timestamp(), 1000)', :seventeen), 'VALUES (1, 1)',
    'that one is left alone, the other goes back');
SELECT is_empty($$SELECT * FROM pg_temp.cover('520')$$, 'what another insurer has withdrawn stays withdrawn');
SELECT results_eq($$SELECT * FROM pg_temp.cover('521')$$, $$VALUES ('[2020-04-01,)'::daterange, 1::smallint)$$, 'and what it has not goes on');
SELECT pg_temp.opened('06139992') AS nineteen \gset
SELECT pg_temp.row(:nineteen, 1, 4, '521', '1966-06-06') \g /dev/null
SELECT pg_temp.applied(:nineteen, 1) \g /dev/null
SELECT batch_undo('06139992', :nineteen, 'somebody', now()) \g /dev/null
SELECT is((SELECT undone FROM batch_undo_step(:nineteen, clock_timestamp(), 1000)), 1, 'a batch that withdrew it is taken back itself');

-- Whom a row had sealed at another insurer is seen again when it is taken back.
SELECT pg_temp.opened('06139992') AS twelve \gset
SELECT pg_temp.row(:twelve, 1, 1, '500', '1962-02-02', '2020-04-01', name => '丑', person => 'd') \g /dev/null
SELECT is(pg_temp.applied(:twelve, 1), '1 0 0 0', 'a person');
SELECT person_id AS sealed FROM coverage WHERE number = '500' AND insurer_number = '06139992' \gset
SELECT body::text AS open_body FROM dossier WHERE person_id = :sealed \gset
SELECT pg_temp.opened('00139998') AS thirteen \gset
SELECT pg_temp.row(:thirteen, 1, 1, '970', '1963-03-03', '2025-04-01', name => '寅', person => 'd') \g /dev/null
SELECT is(pg_temp.applied(:thirteen, 1), '1 0 0 0', 'the register says that the number is somebody else''s');
SELECT isnt((SELECT body::text FROM dossier WHERE person_id = :sealed), :'open_body', 'who had it is sealed');
SELECT batch_undo('00139998', :thirteen, 'somebody', now()) \g /dev/null
SELECT is((SELECT undone FROM batch_undo_step(:thirteen, clock_timestamp(), 1000)), 1, 'that is taken back');
SELECT ok((SELECT body::text = :'open_body' FROM dossier WHERE person_id = :sealed), 'and who was sealed is seen as before');

-- The first dossier of a person is made of the row; later ones of the tables. Rows with all that a row can say, and with little.
SELECT pg_temp.opened('06139992') AS whole \gset
SELECT lives_ok(format($$
    SELECT pg_temp.row(%1$s, 1, 1, '0071', '1971-02-01', '2020-04-01', name => '庚', person => 'whole', ratio => 20);
    SELECT pg_temp.row(%1$s, 2, 1, '72', '1972-02-01', '2020-04-01', lost => '2024-04-01', name => '辛', person => 'sealed', action => 4);
    SELECT pg_temp.row(%1$s, 3, 1, '73', '1973-02-01', '2020-04-01', name => '壬', person => 'clinical', action => 3);
    SELECT pg_temp.row(%1$s, 4, 1, '74', '1974-02-01', '2020-04-01', name => '癸');
    UPDATE batch_stage SET number_loose = ltrim(number, '0'), name_other = '別名', name_other_kana = 'ベツメイ', sex2 = 2, address = '架空県',
        post_number = '0000000', relation = 2, insured_name = '甲', card_class = '02', card_issued_on = '2020-04-02',
        card_valid_from = '2020-04-03', card_expires_on = '2025-03-31', ceiling_classification = '01', ceiling_class = 'A01',
        issued_on = '2020-04-04', long_term_from = '2020-05-01', valid_until = '2021-03-31', preschool_until = '2026-03-31'
    WHERE batch_id = %1$s AND row_no = 1$$, :whole), 'rows with all that a row can say, and with little');
SELECT is(pg_temp.applied(:whole, 4), '2 2 0 0', 'they are registered, two with a doubt');
SELECT is(dossier_refresh(ARRAY(SELECT r.person_id FROM batch_row AS r WHERE r.batch_id = :whole)), 0,
    'a first dossier is what a refresh makes of it');
SELECT results_eq(
    format('SELECT k.card_key COLLATE "default", k.birth_date FROM card AS k JOIN batch_row AS r USING (person_id) WHERE r.batch_id = %s ORDER BY 1', :whole),
    $$VALUES ('06139992:1:71', '1971-02-01'::date), ('06139992:1:72', '1972-02-01'), ('06139992:1:73', '1973-02-01'),
             ('06139992:1:74', '1974-02-01')$$, 'and they are found by their cards');

SELECT * FROM finish();
ROLLBACK;
