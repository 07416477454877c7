-- The sample question of `make run` and `make ask`: the first card that is in force, and is one person's alone.
-- Prints one JSON object. People are invented, so are their cards.
SELECT json_build_object('insurer_number', c.insurer_number, 'symbol', c.symbol, 'number', c.number,
                         'branch_number', c.branch, 'birth_date', p.birth_date)
FROM registry.coverage AS c
JOIN registry.person_version AS p ON p.person_id = c.person_id AND p.superseded_at = 'infinity'
WHERE c.superseded_at = 'infinity'
    AND lower(c.valid) < current_date - 30
    AND upper_inf(c.valid)
    AND c.insurer_number IS NOT NULL AND c.symbol <> '' AND c.number <> '' AND c.branch <> ''
    AND NOT EXISTS (
        SELECT
        FROM registry.coverage AS other
        WHERE other.insurer_number = c.insurer_number AND other.number_loose = c.number_loose
            AND other.branch = c.branch AND other.person_id <> c.person_id
    )
ORDER BY c.coverage_id
LIMIT 1;
