-- Whoever was given an answer that has changed since is told, once, and nobody else.
BEGIN;
SELECT plan(12);

INSERT INTO facility (facility_id, facility_code, kind, prefecture, name, valid_from)
VALUES (1501, '1319915015', 2, 13, 'clinic', '2020-01-01'), (1502, '1319915023', 2, 13, 'other clinic', '2020-01-01');
INSERT INTO insurer (insurer_number, name, kind, valid_from) VALUES ('06991514', 'first', 2, '2000-01-01');
INSERT INTO person (person_id) VALUES (1501), (1502);
INSERT INTO person_version (person_id, name, sex1, birth_date) VALUES (1501, 'one', 1, '1980-01-01'), (1502, 'two', 1, '1980-01-01');
INSERT INTO coverage (coverage_id, person_id, insurer_number, number, number_key, number_loose, valid)
VALUES (15001, 1501, '06991514', '1', '1', '1', '[2020-01-01,)'), (15002, 1502, '06991514', '2', '2', '2', '[2020-01-01,)');
SELECT dossier_refresh('{1501,1502}') \g /dev/null
SELECT access_partitions_ensure(civil_day(now()) - 10, 11) \g /dev/null
CREATE FUNCTION pg_temp.version(id int8) RETURNS int8 LANGUAGE sql AS $$SELECT version FROM registry.dossier WHERE person_id = id$$;
CREATE FUNCTION pg_temp.asked(n int8, facility_id int, person int, asked_day date, versions int8[], day date DEFAULT registry.civil_day(now()),
                              recorded_at timestamptz DEFAULT now() - interval '1 minute', fault int2 DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO registry.access_record (record_id, recorded_at, day, actor_id, facility_id, actor_kind, route, way, purpose, request_id,
        body_digest, subject, dossier_versions, asked_day, validity, items, fault)
    VALUES (n, recorded_at, day, coalesce(facility_id, 9), facility_id, 1, 1, 2, 1, lpad(n::text, 32, '0')::uuid, decode(repeat('11', 16), 'hex'),
        decode(lpad(person::text, 32, '0'), 'hex'), versions, asked_day, 1, 1, fault)
$$;
SELECT pg_temp.version(1501) AS old, pg_temp.version(1502) AS other \gset
SELECT pg_temp.asked(15001, 1501, 1501, '2026-04-10', ARRAY[:old]),
       pg_temp.asked(15002, 1502, 1501, '2026-04-30', ARRAY[:old]),                                -- on the last affected day
       pg_temp.asked(15003, 1502, 1501, '2026-05-01', ARRAY[:old]),                                -- about a day that is not affected
       pg_temp.asked(15004, 1502, 1502, '2026-04-10', ARRAY[:other]),                              -- about another person
       pg_temp.asked(15005, NULL, 1501, '2026-04-10', ARRAY[:old]),                                -- no facility
       pg_temp.asked(15006, 1502, 1501, '2026-04-10', ARRAY[:old], fault => 5::int2),              -- refused
       pg_temp.asked(15007, 1501, 1501, '2026-04-11', ARRAY[:old], civil_day(now()) - 9),          -- before the days that were asked for
       pg_temp.asked(15008, 1501, 1501, '2026-04-12', ARRAY[:old], recorded_at => now() + interval '1 minute'); -- while it was being changed
INSERT INTO correction (person_id, affected, kind, recorded_at) VALUES (1501, '[2026-04-01,2026-05-01)', 1, clock_timestamp()) RETURNING correction_id \gset
UPDATE person_version SET name = 'changed' WHERE person_id = 1501;
SELECT dossier_refresh('{1501}') \g /dev/null
SELECT pg_temp.asked(15009, 1501, 1501, '2026-04-13', ARRAY[pg_temp.version(1501)], recorded_at => now() + interval '2 minutes');

SELECT results_eq(format($$SELECT person_id, from_day, until_day FROM change_take('2026-06-01', 100) WHERE correction_id = %s$$, :'correction_id'),
                  $$VALUES (1501::int8, '2025-03-31'::date, '2026-06-01'::date)$$,
                  'an untold correction, with the days on which a question may have been about it');
SELECT is((SELECT from_day FROM change_take('2034-06-01', 100) WHERE correction_id = :correction_id), '2027-06-01'::date,
          'no further back than records are kept');

CREATE FUNCTION pg_temp.tell(id int8) RETURNS int4 LANGUAGE sql AS $$
    SELECT told FROM registry.change_tell(ARRAY[id, id], ARRAY[decode(lpad('1501', 32, '0'), 'hex'), decode(repeat('99', 16), 'hex')],
        ARRAY[registry.civil_day(now()) - 5, registry.civil_day(now()) - 5], ARRAY[registry.civil_day(now()), registry.civil_day(now())])
$$;
SELECT is(pg_temp.tell(:correction_id), 3, 'three answers have changed');
SELECT set_eq('SELECT record_id, facility_id, asked_day, kind FROM change_notice', $$
    VALUES (15001::int8, 1501, '2026-04-10'::date, 1::int2), (15002, 1502, '2026-04-30', 1), (15008, 1501, '2026-04-12', 1)
$$, 'those about the person and the days, given before the change was to be seen; an answer that is still right is none');
SELECT is(pg_temp.tell(:correction_id), 0, 'and once only');
SELECT is_empty(format('SELECT FROM change_take(''2026-06-01'', 100) WHERE correction_id = %s', :'correction_id'), 'it is told now');
INSERT INTO correction (person_id, affected, kind) VALUES (1502, '[2026-04-01,2026-05-01)', 2) RETURNING correction_id AS unseen \gset
SELECT results_eq(format('SELECT ord, told FROM change_tell(ARRAY[%s::int8], ARRAY[decode(lpad(''1502'', 32, ''0''), ''hex'')], ARRAY[civil_day(now()) - 5], ARRAY[civil_day(now())])', :'unseen'), 'VALUES (0, 0)',
          'a correction that changes nothing of what was shown is told to nobody');
SELECT is_empty('SELECT FROM change_take(''2026-06-01'', 100)', 'and is done with');

-- Reading.
SELECT results_eq($$SELECT ord, record_id, request_id FROM change_list('{1501,1502,1503}', '{0,0,0}', '{10,10,10}')$$, $$
    VALUES (0, 15001::int8, lpad('15001', 32, '0')::uuid), (0, 15008, lpad('15008', 32, '0')::uuid), (1, 15002, lpad('15002', 32, '0')::uuid)
$$, 'each facility reads its own');
SELECT results_eq($$SELECT next.record_id FROM change_list('{1501}', '{0}', '{1}') AS first, change_list('{1501}', ARRAY[first.notice_no], '{10}') AS next$$,
                  ARRAY[15008::int8], 'page by page');
SELECT lives_ok($$SET LOCAL ROLE shikaku_lookup; SELECT FROM registry.change_list('{1501}', '{0}', '{1}'); RESET ROLE$$, 'for facilities');
SELECT throws_ok($$SET LOCAL ROLE shikaku_lookup; SELECT FROM registry.change_tell('{1}', '{a}', '{2026-01-01}', '{2026-01-01}')$$, '42501', NULL,
                 'which tell nobody');

SELECT * FROM finish();
ROLLBACK;
