-- What a registry of a million people and of everybody who works with it has gathered: counts, doubts, batches, breaches, tickets.
-- Nobody here was ever born. What stands in brackets is of console.py.
SET session_replication_role = replica;
SET search_path = registry, pg_temp;

-- Every facility is known by a certificate; one in thirty ends soon.
INSERT INTO certificate (holder_kind, facility_id, fingerprint, serial, not_before, not_after)
SELECT 1, f.facility_id, sha256(('facility ' || f.facility_id)::bytea), upper(left(md5(f.facility_id::text), 16)), now() - interval '700 days',
       now() + make_interval(days => 1 + f.facility_id %% 900)
FROM facility AS f
WHERE NOT EXISTS (SELECT FROM certificate AS c WHERE c.facility_id = f.facility_id);
INSERT INTO certificate (holder_kind, insurer_number, fingerprint, serial, not_before, not_after)
SELECT 2, i.insurer_number, sha256(('insurer ' || i.insurer_number)::bytea), upper(left(md5(i.insurer_number), 16)),
       now() - interval '700 days', now() + make_interval(days => 1 + (hashtext(i.insurer_number) & 1023))
FROM insurer AS i;

-- The roll-out: each facility went through its states; some need not yet.
INSERT INTO facility_status (facility_id, since, status)
SELECT f.facility_id, now() - make_interval(days => 900 - 200 * s), s
FROM facility AS f, generate_series(1, 3) AS s
WHERE s <= f.status
ON CONFLICT DO NOTHING;
INSERT INTO facility_exemption (facility_id, kind, valid_from, noted_at)
SELECT f.facility_id, 1 + f.facility_id %% 6, %(today)s::date - 300, now() - interval '300 days'
FROM facility AS f
WHERE f.facility_id %% 25 = 0;
INSERT INTO facility_universe (as_of, prefecture, facility_kind, facilities, obliged)
SELECT %(today)s::date - 30 * m, p, k, 1000 + 10 * p + k, 900 + 10 * p + k
FROM generate_series(0, 23) AS m, generate_series(1, 47) AS p, generate_series(1, 6) AS k;
INSERT INTO facility_alarm (facility_id, raised_at, pattern)
SELECT f.facility_id, now() - make_interval(mins => 7 * f.facility_id %% 500000), (ARRAY['guessing', 'walking'])[1 + f.facility_id %% 2]
FROM facility AS f
WHERE f.facility_id %% 50 = 0;

-- A year of counts by day, and what the records of each insurer caused.
INSERT INTO statistics_check (day, facility_kind, way, reason, checks)
SELECT d, k, w, r, 1000 + (hashtext(d::text || k || w || r) & 65535)
FROM generate_series(%(today)s::date - 400, %(today)s::date - 1, '1 day') AS d, generate_series(1, 6) AS k, unnest('{1,2,3,6,7}'::int2[]) AS w,
     generate_series(1, 10) AS r
ON CONFLICT DO NOTHING;
INSERT INTO statistics_use (day, facility_kind, item, uses)
SELECT d, k, i, 1 + (hashtext(d::text || k || i) & 65535)
FROM generate_series(%(today)s::date - 400, %(today)s::date - 1, '1 day') AS d, generate_series(1, 6) AS k, generate_series(1, 4) AS i
ON CONFLICT DO NOTHING;
INSERT INTO statistics_reason (day, insurer_number, reason, answers)
SELECT d, i.insurer_number, r, 1 + (hashtext(d::text || i.insurer_number || r) & 255)
FROM generate_series(%(today)s::date - 90, %(today)s::date - 1, '1 day') AS d, insurer AS i, unnest('{2,3,5,6}'::int2[]) AS r
ON CONFLICT DO NOTHING;

-- What insurers registered, when, how late; what waits; what was missed.
INSERT INTO registration_day (insurer_number, day, lag_days, is_late, count)
SELECT i.insurer_number, d, l, l > 5, 1 + (hashtext(i.insurer_number || d || l) & 31)
FROM insurer AS i, generate_series(%(today)s::date - 90, %(today)s::date, '1 day') AS d, unnest('{0,1,2,3,7}'::int[]) AS l
ON CONFLICT DO NOTHING;
INSERT INTO registration_breach (insurer_number, kind, due_on, done_on, recorded_at)
SELECT i.insurer_number, 1 + n %% 3, %(today)s::date - n, %(today)s::date - n + 3, now() - make_interval(days => n)
FROM insurer AS i, generate_series(1, 60) AS n;
INSERT INTO notice (insurer_number, change_kind, event_on, received_on, due_on, card_key, number, birth_date, state)
SELECT i.insurer_number, 1, %(today)s::date - n, %(today)s::date - n, %(today)s::date - n + 7, i.insurer_number || '::' || n, n::text, '1960-01-01',
       CASE WHEN n <= 7 THEN 1 WHEN n %% 9 = 0 THEN 4 ELSE 2 END
FROM insurer AS i, generate_series(1, 60) AS n;
INSERT INTO batch (insurer_number, idempotency_key, certificate_id, format, sha256, state, opened_at, received_at, finished_at, row_count,
                   staged_count, applied_count, received_bytes)
SELECT c.insurer_number, gen_random_uuid(), c.certificate_id, 1, sha256((c.insurer_number || n)::bytea),
       CASE WHEN n = 1 AND c.certificate_id %% 10 < 4 THEN 1 + c.certificate_id %% 5 ELSE 6 + n %% 4 END,
       now() - make_interval(days => n), now() - make_interval(days => n), now() - make_interval(days => n), 300, 300, 290, 60000
FROM certificate AS c, generate_series(1, 30) AS n
WHERE c.insurer_number IS NOT NULL
ORDER BY n DESC;

-- Doubts of two years, one in ten still open; tickets; looks without consent; wrong links.
INSERT INTO person_hold (person_id, scope, reason, opened_at, closed_at, insurer_number, kind, due_on, answer)
SELECT d.person_id, 2, 'test', now() - make_interval(days => (d.person_id %% 700)::int),
       CASE WHEN d.person_id %% 500 <> 0 THEN now() - make_interval(days => (d.person_id %% 700)::int) + interval '3 hours' END,
       i.number, 1 + d.person_id %% 9, %(today)s::date - (d.person_id %% 700)::int + 14, CASE WHEN d.person_id %% 500 <> 0 THEN 1 + d.person_id %% 4 END
FROM dossier AS d
JOIN (SELECT row_number() OVER () AS no, insurer_number AS number FROM insurer) AS i ON i.no = d.person_id %% 3000 + 1
WHERE d.person_id %% 50 = 0;
INSERT INTO discrepancy (ticket_number, facility_id, request_id, record_id, record_day, insurer_number, person_id, fields, opened_at, due_on, state)
SELECT 'T' || h.hold_id, 1 + h.hold_id %% 1000, gen_random_uuid(), h.hold_id, h.opened_at::date, h.insurer_number, h.person_id, '{name}',
       h.opened_at, h.due_on, CASE WHEN h.closed_at IS NULL THEN 1 ELSE 2 END
FROM person_hold AS h
WHERE h.reason = 'test';
INSERT INTO visit (visit_id, facility_id, request_id, person_id, opened_at, treatment, unlocked_by, consented_by, consents, consent_until,
                   is_limited, basis, reason, user_id, review_due_at, reviewed_at, reviewed_by, outcome)
SELECT gen_random_uuid(), 1 + d.person_id %% 1000, gen_random_uuid(), d.person_id, now() - make_interval(hours => (d.person_id %% 9000)::int),
       2, 1, 1, 0, 'infinity', false, 2, 1, 'one', now() - make_interval(hours => (d.person_id %% 9000)::int) + interval '3 days',
       CASE WHEN d.person_id %% 700 <> 0 THEN now() END, CASE WHEN d.person_id %% 700 <> 0 THEN 'two' END,
       CASE WHEN d.person_id %% 700 <> 0 THEN 1 END
FROM dossier AS d
WHERE d.person_id %% 7 = 0;
INSERT INTO bulk_job (reception_number, facility_id, request_id, body_digest, item_route, state, item_count, done, ok, expires_at, received_at)
SELECT 'R' || n, 1 + n %% 1000, gen_random_uuid(), substr(sha256(n::text::bytea), 1, 16), 5, CASE WHEN n %% 100 = 0 THEN 1 ELSE 3 END, 100,
       CASE WHEN n %% 100 = 0 THEN 0 ELSE 100 END, CASE WHEN n %% 100 = 0 THEN 0 ELSE 100 END, now() + interval '7 days', now() - interval '1 hour'
FROM generate_series(1, 50000) AS n;
INSERT INTO number_unlink (insurer_number, person_id, coverage_id, hold_id, linked_at, unlinked_at)
SELECT h.insurer_number, h.person_id, 1, h.hold_id, h.opened_at - interval '9 days', h.opened_at
FROM person_hold AS h
WHERE h.reason = 'test' AND h.hold_id %% 10 = 0;
INSERT INTO office_journal (operator_id, request_id, certificate_id, act, path, args, done_at, outcome)
SELECT 1, gen_random_uuid(), 1, 'facility_change', f.facility_code, '{}', now() - make_interval(mins => f.facility_id %% 400000), 1
FROM facility AS f
WHERE f.facility_id %% 2 = 0;
INSERT INTO office_proposal (act, path, args, proposed_by, proposed_at, until, state, decided_by, decided_at)
SELECT 'parameter_set', '', '{"name": "soon"}', 1, now() - make_interval(hours => n), now() + interval '2 days', CASE WHEN n < 40 THEN 1 ELSE 3 END,
       CASE WHEN n >= 40 THEN 1 END, CASE WHEN n >= 40 THEN now() END
FROM generate_series(1, 5000) AS n;
RESET session_replication_role;
