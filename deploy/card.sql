-- The sample card of `make run` and `make card`: links it to the person of the sample question, and prints one receipt of
-- that person for `shikaku claims`. psql sets: sample (its JSON), issuer, serial. People, cards and medicines are invented.
INSERT INTO registry.card_issuer (issuer_id, name, kind) VALUES (1, :'issuer', 1)
ON CONFLICT (issuer_id) DO UPDATE SET name = EXCLUDED.name;
INSERT INTO registry.credential (serial, person_id)
SELECT :'serial', c.person_id
FROM registry.coverage AS c
JOIN registry.person_version AS p ON p.person_id = c.person_id AND p.superseded_at = 'infinity'
CROSS JOIN (SELECT :'sample'::jsonb AS card) AS s
WHERE c.superseded_at = 'infinity' AND c.insurer_number = s.card ->> 'insurer_number' AND c.symbol = s.card ->> 'symbol'
    AND c.number = s.card ->> 'number' AND c.branch = s.card ->> 'branch_number'
    AND p.birth_date = (s.card ->> 'birth_date')::date
LIMIT 1
ON CONFLICT (serial, issuer_id) DO UPDATE SET person_id = EXCLUDED.person_id;
SELECT (:'sample'::jsonb || jsonb_build_object(
    'claim', 'sample-1', 'source', 'receipt', 'in_out', 'outpatient', 'month', to_char(now() - interval '1 month', 'YYYY-MM'),
    'facility_code', '1349990034', 'facility_name', '架空薬局', 'prescriber_code', '1319990014', 'prescriber_name', '架空医院',
    'prescribed_on', to_char(date_trunc('month', now() - interval '1 month'), 'YYYY-MM-DD'),
    'drugs', jsonb_build_array(jsonb_build_object(
        'done_on', to_char(date_trunc('month', now() - interval '1 month'), 'YYYY-MM-DD'), 'code', '620000001', 'name', '架空錠５ｍｇ',
        'ingredient', '架空成分', 'quantity', '1', 'unit', '錠', 'usage', '１日１回朝食後', 'times', 28, 'kind', '21'))))::text;
