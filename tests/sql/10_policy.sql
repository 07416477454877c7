-- Holidays by the rules of the law, codes, and parameters.
BEGIN;
SELECT plan(7);

-- 国民の祝日に関する法律, computed. The equinoxes follow the usual formula for 1980 to 2099.
CREATE FUNCTION pg_temp.monday(year int, month int, nth int) RETURNS date LANGUAGE sql AS $$
    SELECT d + (8 - extract(isodow FROM d)::int) % 7 + 7 * (nth - 1) FROM (SELECT make_date(year, month, 1) AS d) AS first
$$;
CREATE FUNCTION pg_temp.equinox(year int, month int, base numeric) RETURNS date LANGUAGE sql AS $$
    SELECT make_date(year, month, floor(base + 0.242194 * (year - 1980) - floor((year - 1980) / 4.0))::int)
$$;
CREATE TEMPORARY TABLE named AS
SELECT d.day, d.name
FROM generate_series(2023, 2027) AS y (year), LATERAL (VALUES
    (make_date(year, 1, 1), '元日'), (pg_temp.monday(year, 1, 2), '成人の日'), (make_date(year, 2, 11), '建国記念の日'),
    (make_date(year, 2, 23), '天皇誕生日'), (pg_temp.equinox(year, 3, 20.8431), '春分の日'),
    (make_date(year, 4, 29), '昭和の日'), (make_date(year, 5, 3), '憲法記念日'), (make_date(year, 5, 4), 'みどりの日'),
    (make_date(year, 5, 5), 'こどもの日'), (pg_temp.monday(year, 7, 3), '海の日'), (make_date(year, 8, 11), '山の日'),
    (pg_temp.monday(year, 9, 3), '敬老の日'), (pg_temp.equinox(year, 9, 23.2488), '秋分の日'),
    (pg_temp.monday(year, 10, 2), 'スポーツの日'), (make_date(year, 11, 3), '文化の日'),
    (make_date(year, 11, 23), '勤労感謝の日')) AS d (day, name);
CREATE TEMPORARY TABLE computed AS
SELECT day, name FROM named
UNION
-- A holiday on a Sunday moves to the next day that is none.
SELECT (SELECT min(n.day) FROM generate_series(s.day + 1, s.day + 7, interval '1 day') AS g (at), LATERAL (SELECT at::date AS day) AS n
        WHERE n.day NOT IN (SELECT day FROM named)), '休日'
FROM named AS s WHERE extract(isodow FROM s.day) = 7
UNION
-- A day between two holidays is one.
SELECT a.day + 1, '休日' FROM named AS a JOIN named AS b ON b.day = a.day + 2
WHERE a.day + 1 NOT IN (SELECT day FROM named) AND extract(isodow FROM a.day + 1) <> 7;
SELECT set_eq('SELECT day, name FROM holiday', 'SELECT day, name FROM computed', 'holidays of 2023 to 2027 are those of the law');
SELECT cmp_ok((SELECT count(*) FROM computed), '>=', 5 * 16::bigint, 'at least sixteen a year');

SELECT is_empty($$
    SELECT n FROM generate_series(1, 44) AS n
    WHERE NOT EXISTS (SELECT FROM code_table WHERE code_id = 'OQSCD' || lpad(n::text, 3, '0'))
$$, 'all 44 code tables are there');
SELECT is((SELECT count(*) FROM code_table WHERE code_id = 'OQSCD012'), 16::bigint, 'sixteen ceiling classes');
SELECT is_empty($$
    SELECT name FROM policy_parameter WHERE source = '' OR valid_from > '2030-01-01'
        OR (unit IN ('days', 'years', 'hours', 'months', 'yen') AND value !~ '^[0-9]+$')
        OR (unit = 'date' AND value !~ '^\d{4}-\d{2}-\d{2}$')
$$, 'every parameter has a source and a value that fits its unit');
SELECT set_has('SELECT name, value FROM policy_parameters()', $$
    VALUES ('registration_due_days', '5'), ('old_card_transition_end', '2025-12-01'),
           ('old_card_provisional_until', '2026-03-31')
$$, 'the parameters that the answer depends on');
SELECT is(civil_day('2026-03-31 15:00:00+00'), '2026-04-01'::date, 'a day in Japan starts at 15:00 UTC');

SELECT * FROM finish();
ROLLBACK;
