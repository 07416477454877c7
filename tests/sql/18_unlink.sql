-- A wrong link: ended and sealed at once, by the insurer that made it, with a list of all that was shown through it.
BEGIN;
SELECT plan(22);

INSERT INTO facility (facility_id, facility_code, kind, prefecture, name, valid_from)
VALUES (1801, '1319918019', 2, 13, 'clinic', '2020-01-01');
INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06991811', 'first', 2, '2000-01-01'), ('06991829', 'second', 2, '2000-01-01');
INSERT INTO certificate (certificate_id, holder_kind, insurer_number, fingerprint, serial, not_before, not_after)
VALUES (1801, 2, '06991811', decode(repeat('18', 32), 'hex'), '18', '2026-01-01', '2036-01-01');
INSERT INTO person (person_id) SELECT * FROM generate_series(1801, 1805);
INSERT INTO person_version (person_id, name, sex1, birth_date) SELECT person_id, 'n', 1, '1980-01-01' FROM person WHERE person_id BETWEEN 1801 AND 1805;
INSERT INTO coverage (coverage_id, person_id, insurer_number, symbol, number, branch, symbol_key, number_key, symbol_loose, number_loose, valid, recorded_at)
VALUES (18001, 1801, '06991811', '1', '1', '01', '1', '1', '1', '1', '[2026-01-01,)', now() - interval '3 days'),
       (18002, 1802, '06991811', '1', '2', '01', '1', '2', '1', '2', '[2026-01-01,)', now() - interval '3 days'),
       (18003, 1803, '06991811', '1', '2', '02', '1', '2', '1', '2', '[2026-01-01,)', now() - interval '3 days'),
       (18004, 1804, '06991811', '1', '4', '01', '1', '4', '1', '4', '[2026-01-01,)', now() - interval '3 days');
INSERT INTO personal_number (number_id, person_id, insurer_number, source, sealed_by, indexed_by, sealed, number_index, linked_at)
SELECT 1800 + n, 1800 + n, CASE n WHEN 4 THEN '06991829' ELSE '06991811' END, 1, 1, 1, decode(repeat('00', 40), 'hex'),
       decode(lpad((1800 + n)::text, 32, '0'), 'hex'), now() - interval '2 days'
FROM generate_series(1, 4) AS n;
INSERT INTO batch (batch_id, insurer_number, idempotency_key, certificate_id, format, sha256)
VALUES (1801, '06991811', lpad('1801', 32, '0')::uuid, 1801, 1, decode(repeat('00', 32), 'hex'));
INSERT INTO batch_row (batch_id, row_no, operation, outcome, person_id, coverage_id) VALUES (1801, 5, 1, 1, 1803, 18003);
SELECT dossier_refresh('{1801,1802,1803,1804}') \g /dev/null

CREATE FUNCTION pg_temp.unlink(request int, number text, branch text DEFAULT NULL, insurer text DEFAULT '06991811', batch_id int8 DEFAULT NULL,
                               row_no int DEFAULT NULL) RETURNS TABLE (outcome int2, unlink_id int8) LANGUAGE sql AS $$
    SELECT * FROM registry.unlink(insurer, lpad((1800 + request)::text, 32, '0')::uuid, 46::int2, decode(lpad(request::text, 32, '0'), 'hex'),
        'u-1', '2026-04-20', batch_id, row_no, '06991811:1:' || number, branch, '1980-01-01')
$$;
SELECT is((SELECT outcome FROM pg_temp.unlink(1, '1', insurer => '06991829')), 2::int2, 'another insurer has no such coverage');
SELECT is((SELECT outcome FROM pg_temp.unlink(2, '9')), 2::int2, 'nor is there one of every number');
SELECT is((SELECT outcome FROM pg_temp.unlink(3, '2')), 5::int2, 'a card of two persons names neither');
SELECT is_empty($$SELECT FROM person_hold WHERE kind = 9$$, 'and nobody was sealed by that');

CREATE TEMPORARY TABLE done AS SELECT * FROM pg_temp.unlink(4, '1');
SELECT is((SELECT outcome FROM done), 1::int2, 'the link is ended');
SELECT isnt((SELECT unlinked_at FROM personal_number WHERE number_id = 1801), 'infinity', 'from now on');
SELECT results_eq($$SELECT scope, insurer_number COLLATE "default", coverage_id, number_id, due_on FROM person_hold WHERE person_id = 1801 AND closed_at IS NULL$$,
                  $$VALUES (2::int2, '06991811', 18001::int8, 1801::int8, '2026-04-27'::date)$$, 'the person is sealed, and the insurer has to answer');
SELECT results_eq($$SELECT body FROM dossier WHERE person_id = 1801$$, $$SELECT body FROM dossier_build('{1801}', civil_day(now()))$$,
                  'at once');
SELECT results_eq($$SELECT kind, affected FROM correction WHERE person_id = 1801$$, $$VALUES (3::int2, '[2026-01-01,)'::daterange)$$,
                  'facilities that asked will be told');
SELECT results_eq('SELECT * FROM pg_temp.unlink(4, ''1'')', 'SELECT * FROM done', 'the same request again is told the same');
SELECT results_eq('SELECT * FROM pg_temp.unlink(5, ''1'')', 'SELECT * FROM done', 'another one finds what is sealed already');
SELECT is((SELECT outcome FROM pg_temp.unlink(6, '2', '02')), 1::int2, 'the branch tells two persons of a card apart');
SELECT is((SELECT unlink_id FROM pg_temp.unlink(7, NULL, batch_id => 1801, row_no => 5)), (SELECT max(unlink_id) FROM number_unlink WHERE person_id = 1803),
          'a row of a batch names the same person');
SELECT is((SELECT outcome FROM pg_temp.unlink(8, NULL, insurer => '06991829', batch_id => 1801, row_no => 5)), 2::int2, 'for its own insurer');

-- Of a link that another insurer made, only the seal is set.
CREATE TEMPORARY TABLE others AS SELECT * FROM pg_temp.unlink(9, '4');
SELECT is((SELECT unlinked_at FROM personal_number WHERE number_id = 1804), 'infinity', 'what another insurer linked stays linked');
SELECT results_eq('SELECT r.person_id, r.link_ended FROM others AS o, unlink_read(''06991811'', o.unlink_id) AS r', 'VALUES (1804::int8, false)',
                  'and is told so');
SELECT is_empty('SELECT FROM done AS d, unlink_read(''06991829'', d.unlink_id)', 'nobody else reads it');

-- Who saw it.
SELECT access_partitions_ensure(civil_day(now()) - 5, 6) \g /dev/null
INSERT INTO access_record (record_id, recorded_at, day, actor_id, facility_id, actor_kind, route, way, purpose, request_id, body_digest, subject,
                           items, fault)
SELECT 18000 + n, at, civil_day(at), 1801, f, k, 1, 2, 1, lpad((18000 + n)::text, 32, '0')::uuid, decode(repeat('11', 16), 'hex'),
       decode(lpad(s::text, 32, '0'), 'hex'), items, fault
FROM (VALUES (1, now() - interval '1 day', 1801, 1, 1801, 7, NULL), (2, now() - interval '1 hour', NULL, 2, 99, 1, NULL),
             (3, now() - interval '60 hours', 1801, 1, 1801, 7, NULL),    -- before the link
             (4, now() + interval '1 hour', 1801, 1, 1801, 7, NULL),      -- after it
             (5, now() - interval '1 hour', 1801, 1, 1802, 7, NULL),      -- another person
             (6, now() - interval '1 hour', 1801, 1, 1801, 0, NULL),      -- nothing was shown
             (7, now() - interval '1 hour', 1801, 1, 1801, 7, 5)) AS a (n, at, f, k, s, items, fault)
WHERE civil_day(at) <= civil_day(now());
CREATE FUNCTION pg_temp.seen(after_day date DEFAULT NULL, after int8 DEFAULT NULL, insurer text DEFAULT '06991811')
    RETURNS TABLE (record_id int8, day date, recorded_at timestamptz, actor_kind int2, facility_code text, items int4) LANGUAGE sql AS $$
    SELECT e.* FROM done AS d, registry.unlink_exposure(insurer, d.unlink_id, decode(lpad('1801', 32, '0') || lpad('99', 32, '0'), 'hex'), after_day, after, 100) AS e
$$;
SELECT results_eq('SELECT record_id, actor_kind, facility_code, items FROM pg_temp.seen()',
                  $$VALUES (18001::int8, 1::int2, '1319918019', 7), (18002, 2::int2, NULL, 1)$$,
                  'all that was shown of the person while the link stood, under either pseudonym');
SELECT is_empty('SELECT FROM pg_temp.seen(insurer => ''06991829'')', 'no other insurer reads the list');
SELECT results_eq('SELECT next.record_id FROM (SELECT * FROM pg_temp.seen() LIMIT 1) AS first, pg_temp.seen(first.day, first.record_id) AS next',
                  ARRAY[18002::int8], 'page by page');

-- Settled by a confirmation: the seal goes, the link does not come back.
INSERT INTO code_table (code_id, code, name_ja, name_en) VALUES ('confirm_reason', '1', '確認', 'checked') ON CONFLICT DO NOTHING;
SELECT is((SELECT a.outcome FROM done AS d, unlink_read('06991811', d.unlink_id) AS r,
           hold_answer('06991811', lpad('1899', 32, '0')::uuid, 43::int2, decode(repeat('18', 16), 'hex'), NULL, '2026-04-21',
                       jsonb_build_array(jsonb_build_object('item_no', 1, 'hold_id', r.hold_id, 'answer', 2, 'reason', 1))) AS a), 1::int2, 'answered');
SELECT results_eq($$SELECT n.unlinked_at = 'infinity', count(h.*) FROM personal_number AS n LEFT JOIN person_hold AS h
                  ON h.person_id = n.person_id AND h.closed_at IS NULL WHERE n.number_id = 1801 GROUP BY 1$$, 'VALUES (false, 0::bigint)',
                  'the person is to be seen again, without the number');

SELECT * FROM finish();
ROLLBACK;
