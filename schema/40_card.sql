-- Card: from what a patient shows to persons.
CREATE TABLE IF NOT EXISTS registry.card (
    card_key   text COLLATE "C" NOT NULL,
    birth_date date NOT NULL,
    person_id  bigint NOT NULL,
    PRIMARY KEY (card_key, birth_date, person_id)
);
-- Near misses: same day of birth and same insurer; same day of birth and same symbol and number elsewhere.
CREATE INDEX IF NOT EXISTS card_by_birth_date ON registry.card (birth_date, card_key);
CREATE INDEX IF NOT EXISTS card_by_rest ON registry.card (birth_date, substr(card_key, 10));
COMMENT ON TABLE registry.card IS
    'One row per key and person over the current versions of its coverages, past ones included. Written by dossier_refresh only.';
COMMENT ON COLUMN registry.card.card_key IS 'Insurer number, loose symbol and loose number, joined by colons.';
COMMENT ON COLUMN registry.card.birth_date IS 'Date of birth of the person.';
COMMENT ON COLUMN registry.card.person_id IS 'The person. Several persons of one key and birth date are possible (twins).';
