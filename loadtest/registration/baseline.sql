-- The yardstick: the same rows into the same indexed tables by plain SQL: nothing is checked, held or reported. What stands
-- before the line "timed" makes the rows ready and is not timed; at the line "file" the file is read into sent.
SET search_path = registry, pg_temp;
SET jit = off;
SET work_mem = '64MB';
CREATE TEMPORARY TABLE sent (
    operation text, row_key text, symbol text, number text, branch text, personal_number text, source text, name text,
    name_kana text, sex1 smallint, birth_date date, address text, relation smallint, event_on date,
    notice_received_on date, acquired_on date, burden_ratio smallint);
-- file
CREATE TEMPORARY TABLE staged AS
SELECT (SELECT max(person_id) FROM person) + s.row_no AS person_id,
       (SELECT max(coverage_id) FROM coverage) + s.row_no AS coverage_id, s.*
FROM (
    SELECT row_number() OVER () AS row_no, s.*, decode(md5(s.personal_number), 'hex') AS number_index,
           decode(md5(s.personal_number) || md5(s.row_key) || left(md5(s.name), 16), 'hex') AS sealed
    FROM sent AS s) AS s;
DROP TABLE sent;
ANALYZE staged;
-- timed
INSERT INTO person (person_id) SELECT s.person_id FROM staged AS s
ON CONFLICT DO NOTHING;
INSERT INTO person_version (person_id, name, name_kana, sex1, birth_date, address, name_key, name_kana_key)
SELECT s.person_id, s.name, s.name_kana, s.sex1, s.birth_date, s.address, s.name, s.name_kana FROM staged AS s
ON CONFLICT DO NOTHING;
INSERT INTO coverage (coverage_id, person_id, insurer_number, symbol, number, branch, symbol_key, number_key, symbol_loose,
                      number_loose, relation, valid)
SELECT s.coverage_id, s.person_id, '01139997', s.symbol, s.number, s.branch, s.symbol, s.number, s.symbol, s.number,
       s.relation, daterange(s.acquired_on, NULL) FROM staged AS s
ON CONFLICT DO NOTHING;
INSERT INTO burden_ratio (coverage_id, ratio_percent, valid)
SELECT s.coverage_id, s.burden_ratio, daterange(s.acquired_on, NULL) FROM staged AS s;
INSERT INTO personal_number (number_id, person_id, insurer_number, source, sealed_by, indexed_by, sealed, number_index)
SELECT s.row_no, s.person_id, '01139997', 1, 1, 1, s.sealed, s.number_index FROM staged AS s
ON CONFLICT DO NOTHING;
SELECT dossier_refresh_all(min(s.person_id), max(s.person_id)) FROM staged AS s;
