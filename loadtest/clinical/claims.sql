-- So many months of receipts of everybody: one a month, two medicines each; latest month last, as they come in.
-- Everybody, months from the first to the last; parts of the people run side by side.
INSERT INTO registry.claim (person_id, month, source, claim_key, in_out, facility_code, facility_name, prescriber_code,
                            prescriber_name, prescribed_on, drugs, digest, recorded_at)
SELECT
    d.person_id, m.month, 1, d.person_id || '-' || m.n, 2, '1349990035', '架空薬局', '1319990010', '架空内科医院', m.month + 4,
    ARRAY[
        ROW(m.month + 4, lpad((620000000 + (d.person_id * 7 + m.n) %% 9000)::text, 9, '0'), '2149026F1' || '028', '架空錠５ｍｇ',
            '架空成分' || (d.person_id * 7 + m.n) %% 900, '1', '錠', '１日１回朝食後服用', NULL, 28::int2, '21')::registry.claim_line,
        ROW(m.month + 4, lpad((621000000 + (d.person_id * 11 + m.n) %% 9000)::text, 9, '0'), NULL, '架空カプセル１０ｍｇ',
            '別架空成分' || (d.person_id * 11 + m.n) %% 900, '2', 'カプセル', '１日２回朝夕食後服用', NULL, 28::int2, '21')::registry.claim_line
    ],
    '\x00'::bytea, now()
FROM (SELECT k.n, (date_trunc('month', now()) - (%(months)s - k.n) * interval '1 month')::date AS month
      FROM generate_series(1, %(months)s) AS k (n)) AS m
CROSS JOIN registry.dossier AS d
WHERE d.person_id %% %(parts)s = %(part)s
ORDER BY m.n
