-- The tables that each question reads, in so many parts (%(parts)s) by the hash of what it is asked by: a dry run of a layout for more
-- than one disk. What stands for one person lies in the part of the person; a card is found by the birth date, which every question
-- about a card names. Foreign keys are left out.
SET ROLE shikaku_owner;

ALTER TABLE registry.card RENAME TO card_whole;
CREATE TABLE registry.card (LIKE registry.card_whole INCLUDING DEFAULTS) PARTITION BY HASH (birth_date);
ALTER TABLE registry.dossier RENAME TO dossier_whole;
CREATE TABLE registry.dossier (LIKE registry.dossier_whole INCLUDING DEFAULTS INCLUDING STORAGE) PARTITION BY HASH (person_id);
ALTER TABLE registry.reference_number RENAME TO reference_number_whole;
CREATE TABLE registry.reference_number (LIKE registry.reference_number_whole INCLUDING DEFAULTS) PARTITION BY HASH (person_id);

DO $$
BEGIN
    FOR n IN 0 .. %(parts)s - 1 LOOP
        EXECUTE format('CREATE TABLE registry.card_%%s PARTITION OF registry.card FOR VALUES WITH (MODULUS %(parts)s, REMAINDER %%s)', n, n);
        EXECUTE format('CREATE TABLE registry.dossier_%%s PARTITION OF registry.dossier FOR VALUES WITH (MODULUS %(parts)s, REMAINDER %%s)'
                       ' WITH (fillfactor = 80, toast_tuple_target = 8160)', n, n);
        EXECUTE format('CREATE TABLE registry.reference_number_%%s PARTITION OF registry.reference_number'
                       ' FOR VALUES WITH (MODULUS %(parts)s, REMAINDER %%s)', n, n);
    END LOOP;
END
$$;

INSERT INTO registry.card SELECT * FROM registry.card_whole;
INSERT INTO registry.dossier SELECT * FROM registry.dossier_whole;
INSERT INTO registry.reference_number SELECT * FROM registry.reference_number_whole;

ALTER TABLE registry.card ADD PRIMARY KEY (birth_date, card_key, person_id);
CREATE INDEX ON registry.card (birth_date, substr(card_key, 10));
ALTER TABLE registry.dossier ADD PRIMARY KEY (person_id);
-- A unique key has to hold the key of the parts, so that a version is single is no longer checked.
CREATE INDEX ON registry.dossier (version);
ALTER TABLE registry.reference_number ADD PRIMARY KEY (facility_id, person_id);

DROP TABLE registry.card_whole, registry.dossier_whole, registry.reference_number_whole;
RESET ROLE;
