-- Reference numbers: set, replaced, deleted, with history, and never undone by a request that comes again.
BEGIN;
SELECT plan(10);

INSERT INTO facility (facility_id, facility_code, kind, prefecture, name, valid_from)
VALUES (1, '1319900017', 2, 13, 'clinic', '2020-01-01'), (2, '1319900025', 2, 13, 'other clinic', '2020-01-01');
INSERT INTO person (person_id) VALUES (1), (2);
CREATE FUNCTION pg_temp.put(facility int4, request uuid, person int8, number text) RETURNS int2 LANGUAGE sql AS $$
    SELECT s.outcome FROM registry.reference_number_set(registry.civil_day(now()), registry.civil_day(now()) - 1,
        ARRAY[facility::int8], ARRAY[request], '{0}', ARRAY[facility], ARRAY[person], ARRAY[number]) AS s
$$;
CREATE FUNCTION pg_temp.drop(facility int4, request uuid, person int8) RETURNS int2 LANGUAGE sql AS $$
    SELECT s.outcome FROM registry.reference_number_delete(registry.civil_day(now()), NULL,
        ARRAY[facility::int8], ARRAY[request], '{0}', ARRAY[facility], ARRAY[person]) AS s
$$;

SELECT is(pg_temp.put(1, gen_random_uuid(), 1, 'A-1'), 1::int2, 'set');
SELECT is(pg_temp.put(1, gen_random_uuid(), 1, 'A-1'), 2::int2, 'the same again is nothing to do');
SELECT is(pg_temp.put(1, gen_random_uuid(), 1, 'A-2'), 1::int2, 'another number replaces it');
SELECT is(pg_temp.put(2, gen_random_uuid(), 1, 'Z'), 1::int2, 'another facility has its own');
SELECT is(pg_temp.put(1, gen_random_uuid(), 99, 'A-3'), 4::int2, 'no such person');
SELECT set_eq($$
    SELECT * FROM reference_number_set(civil_day(now()), NULL, '{1,1,1}',
        ARRAY[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()], '{0,0,0}', '{1,1,1}', '{2,1,2}',
        '{first,A-2,second}')
$$, $$VALUES (0, 1::int2), (1, 2::int2), (2, 1::int2)$$, 'several in one call; of the same person the last one stands');
SELECT access_append(civil_day(now()), NULL, '{1}', '{1}', NULL, '{1}', NULL, '{00000000-0000-0000-0000-00000000000a}', '{0}',
                     '{3}', '{2}', '{1}', NULL, NULL, NULL, '{0}', '{0}', NULL, NULL, NULL, NULL,
                     ARRAY['\x00112233445566778899aabbccddeeff']::bytea[], NULL);
SELECT is(pg_temp.put(1, '00000000-0000-0000-0000-00000000000a', 1, 'OLD'), 3::int2,
          'a request that is on record already changes nothing');
SELECT is(pg_temp.drop(1, gen_random_uuid(), 1), 1::int2, 'deleted');
SELECT is(pg_temp.drop(1, gen_random_uuid(), 1), 2::int2, 'nothing there to delete');
SELECT set_eq($$
    SELECT facility_id, person_id, number, 'now' FROM reference_number
    UNION ALL
    SELECT facility_id, person_id, number, 'past' FROM reference_number_past
$$, $$VALUES (1, 2::bigint, 'second', 'now'), (2, 1, 'Z', 'now'), (1, 1, 'A-1', 'past'), (1, 1, 'A-2', 'past'),
             (1, 2, 'first', 'past')$$, 'what stands, and what stood');

SELECT * FROM finish();
ROLLBACK;
