-- The five-day record: counted as by hand, and no insurer's but one's own.
BEGIN;
SELECT plan(11);

INSERT INTO insurer (insurer_number, name, kind, valid_from)
VALUES ('06991415', 'first', 2, '2000-01-01'), ('06991423', 'second', 2, '2000-01-01'), ('06991431', 'silent', 2, '2000-01-01');
INSERT INTO registration_day (insurer_number, day, lag_days, is_late, count)
VALUES ('06991415', '2026-03-31', 1, false, 1000), ('06991415', '2026-04-01', 0, false, 40), ('06991415', '2026-04-01', 2, false, 30),
       ('06991415', '2026-04-02', 2, false, 20), ('06991415', '2026-04-02', 7, false, 3), ('06991415', '2026-04-02', 7, true, 4),
       ('06991415', '2026-04-30', 9, true, 2), ('06991415', '2026-04-30', 500, true, 1), ('06991415', '2026-05-01', 3, true, 1000),
       ('06991423', '2026-04-01', 5, true, 7);
INSERT INTO notice (insurer_number, change_kind, received_on, due_on, card_key, number, birth_date, state, notice_key)
VALUES ('06991415', 1, '2026-04-20', '2026-04-27', 'a', '1', '1980-01-01', 1, 'missed, not yet marked'),
       ('06991415', 1, '2026-04-01', '2026-04-06', 'b', '1', '1980-01-01', 4, 'worst'),
       ('06991415', 1, '2026-04-23', '2026-04-28', 'c', '1', '1980-01-01', 1, 'today'),
       ('06991415', 1, '2026-04-25', '2026-04-30', 'd', '1', '1980-01-01', 1, 'soon'),
       ('06991415', 1, '2026-04-26', '2026-05-01', 'e', '1', '1980-01-01', 1, 'later'),
       ('06991415', 1, '2026-04-02', '2026-04-07', 'f', '1', '1980-01-01', 3, 'withdrawn'),
       ('06991415', 1, '2026-04-02', '2026-04-07', 'g', '1', '1980-01-01', 2, 'fulfilled'),
       ('06991423', 1, '2026-01-01', '2026-01-06', 'h', '1', '1980-01-01', 4, 'somebody else''s');
INSERT INTO registration_breach (insurer_number, kind, batch_id, row_no, due_on, done_on, recorded_at)
VALUES ('06991415', 1, 14, 1, '2026-04-06', '2026-04-16', '2026-04-16 03:00+00'), ('06991415', 1, 14, 2, '2026-04-06', '2026-05-26', '2026-04-30 14:59+00'),
       ('06991415', 1, 14, 3, '2026-04-06', '2026-04-16', '2026-04-30 15:00+00'), ('06991415', 3, 14, 1, '2026-04-06', '2026-04-16', '2026-04-16'),
       ('06991415', 2, NULL, NULL, '2026-04-06', NULL, '2026-04-07'), ('06991423', 1, 14, 9, '2026-04-06', '2026-04-16', '2026-04-16');
INSERT INTO batch_row (batch_id, row_no, operation, outcome, row_key) VALUES (14, 1, 1, 1, 'row one'), (14, 2, 1, 1, 'row two');

SELECT results_eq($$SELECT in_time, late, open_now, due_soon, overdue_now, withdrawn, registered_late, missed, notified_late
                  FROM compliance_own('06991415', '2026-04-01', '2026-04-30', '2026-04-28')$$,
                  'VALUES (93::int8, 7::int8, 5::int8, 2::int8, 2::int8, 1::int8, 2::int8, 1::int8, 1::int8)', 'counts of a month');
SELECT results_eq($$SELECT lag_median, lag_p90, lag_p99 FROM compliance_own('06991415', '2026-04-01', '2026-04-30', '2026-04-28')$$,
                  'VALUES (2, 2, 9)', 'half had come within two days, ninety of a hundred too, ninety-nine within nine');
SELECT results_eq($$SELECT lag_days, in_time, late FROM compliance_lags('06991415', '2026-04-01', '2026-04-30')$$,
                  'VALUES (0, 40::int8, 0::int8), (2, 50, 0), (7, 3, 4), (9, 0, 2), (366, 0, 1)', 'the same as a histogram');
SELECT results_eq($$SELECT days_late, notice_key, row_key, batch_id FROM compliance_worst('06991415', '2026-04-01', '2026-04-30', '2026-04-28', 3)$$,
                  $$VALUES (50, NULL, 'row two', 14::int8), (22, 'worst', NULL, NULL), (10, NULL, 'row one', 14)$$,
                  'the worst, by the insurer''s own names');
SELECT is((SELECT count(*) FROM compliance_worst('06991415', '2026-04-01', '2026-04-30', '2026-04-28', 100)), 4::bigint, 'and no others');
SELECT results_eq($$SELECT late, in_time, lag_p99 FROM compliance_own('06991423', '2026-04-01', '2026-04-30', '2026-04-28')$$,
                  'VALUES (7::int8, 0::int8, 5)', 'another insurer has its own');
SELECT results_eq($$SELECT in_time, late, lag_median FROM compliance_own('06991431', '2026-04-01', '2026-04-30', '2026-04-28')$$,
                  'VALUES (0::int8, 0::int8, NULL::int4)', 'one that sent nothing has nothing');
SELECT is_empty($$SELECT FROM compliance_own(NULL, '2026-04-01', '2026-04-30', '2026-04-28')$$, 'an insurer''s own is never everybody''s');
SELECT set_eq($$SELECT insurer_number COLLATE "default", in_time, late FROM compliance(NULL, '2026-04-01', '2026-04-30', '2026-04-28')
              WHERE insurer_number IN ('06991415', '06991423', '06991431')$$,
              $$VALUES ('06991415', 93::int8, 7::int8), ('06991423', 0, 7), ('06991431', 0, 0)$$, 'operators see each insurer');
SELECT lives_ok($$SET LOCAL ROLE shikaku_operator; SELECT FROM registry.compliance(NULL, '2026-04-01', '2026-04-30', '2026-04-28'); RESET ROLE$$,
                'and may');
SELECT throws_ok($$SET LOCAL ROLE shikaku_registrar; SELECT FROM registry.compliance(NULL, '2026-04-01', '2026-04-30', '2026-04-28')$$,
                 '42501', NULL, 'the registrar asks for one insurer at a time');

SELECT * FROM finish();
ROLLBACK;
