-- Questions with known answers: current coverage of people whom nothing holds back. One line each:
-- expected validity, expected reason, body. Variable: count.
COPY (
    SELECT '1 in_force ' || json_build_object(
        'insurer_number', c.insurer_number, 'symbol', coalesce(c.symbol, ''), 'number', c.number,
        'branch_number', coalesce(c.branch, ''), 'birth_date', p.birth_date,
        'purpose', 'reception')::text
    FROM registry.coverage AS c
    JOIN registry.person_version AS p ON p.person_id = c.person_id AND p.superseded_at = 'infinity'
    WHERE c.superseded_at = 'infinity' AND c.state = 1
        AND c.valid @> registry.civil_day(now())
        AND lower(c.valid) < registry.civil_day(now()) - 60
        AND upper_inf(c.valid)
        AND c.branch IS NOT NULL
        AND (c.card_expires_on IS NULL OR c.card_expires_on > registry.civil_day(now()) + 30)
        AND NOT EXISTS (SELECT FROM registry.person_hold AS h
                        WHERE h.person_id = c.person_id AND h.closed_at IS NULL)
        AND NOT EXISTS (SELECT FROM registry.coverage AS other
                        WHERE other.superseded_at = 'infinity'
                            AND other.coverage_id <> c.coverage_id
                            AND (other.person_id = c.person_id
                                 OR (other.insurer_number = c.insurer_number
                                     AND other.symbol_key = c.symbol_key
                                     AND other.number_key = c.number_key)))
    ORDER BY hashint8(c.coverage_id)
    LIMIT 100000
) TO STDOUT;
