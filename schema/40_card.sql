-- Card: from what a patient shows to persons.
CREATE TABLE IF NOT EXISTS registry.card (
    card_key   text COLLATE "C" NOT NULL,
    birth_date date NOT NULL,
    person_id  bigint NOT NULL,
    PRIMARY KEY (birth_date, card_key, person_id)
);
-- Near misses: same day of birth and same insurer (the primary key, which is in the order that this wants); same key
-- on another day of birth; same day of birth and same symbol and number elsewhere.
CREATE INDEX IF NOT EXISTS card_by_key ON registry.card USING hash (card_key);
CREATE INDEX IF NOT EXISTS card_by_rest ON registry.card (birth_date, substr(card_key, 10));
COMMENT ON TABLE registry.card IS
    'One row per key and person over the current versions of its coverages, past ones included. Written by dossier_refresh only.';
COMMENT ON COLUMN registry.card.card_key IS 'Insurer number, loose symbol and loose number, joined by colons.';
COMMENT ON COLUMN registry.card.birth_date IS 'Date of birth of the person.';
COMMENT ON COLUMN registry.card.person_id IS 'The person. Several persons of one key and birth date are possible (twins).';

-- Credentials: user certificates of cards and phones, by issuer and serial number. A person may have several.
CREATE TABLE IF NOT EXISTS registry.card_issuer (
    issuer_id smallint PRIMARY KEY CHECK (issuer_id > 0),
    name      text COLLATE "C" NOT NULL UNIQUE,
    kind      smallint NOT NULL CHECK (kind BETWEEN 1 AND 2)
);
COMMENT ON TABLE registry.card_issuer IS 'Authorities that issue user certificates (利用者証明用電子証明書).';
COMMENT ON COLUMN registry.card_issuer.issuer_id IS 'Own number. 1 is the one whose serial numbers insurers tell.';
COMMENT ON COLUMN registry.card_issuer.name IS 'Subject of the authority as text of RFC 4514.';
COMMENT ON COLUMN registry.card_issuer.kind IS '1 of cards, 2 of phones.';

CREATE TABLE IF NOT EXISTS registry.credential (
    issuer_id      smallint NOT NULL DEFAULT 1,
    serial         text COLLATE "C" NOT NULL CHECK (serial ~ '^[0-9A-F]{1,40}$'),
    person_id      bigint NOT NULL REFERENCES registry.person,
    insurer_number text COLLATE "C" REFERENCES registry.insurer,
    linked_at      timestamptz NOT NULL DEFAULT now(),
    origin         bigint,
    ended_at       timestamptz,
    PRIMARY KEY (serial, issuer_id)
);
COMMENT ON TABLE registry.credential IS 'Serial numbers of user certificates, as linked to people. A serial never changes its person.';
COMMENT ON COLUMN registry.credential.issuer_id IS 'Authority that issued it: card_issuer.';
COMMENT ON COLUMN registry.credential.serial IS 'Serial number of the certificate, hexadecimal, without leading zeros.';
COMMENT ON COLUMN registry.credential.person_id IS 'The person.';
COMMENT ON COLUMN registry.credential.insurer_number IS 'The insurer that told it; NULL if somebody else did.';
COMMENT ON COLUMN registry.credential.linked_at IS 'Since when.';
COMMENT ON COLUMN registry.credential.origin IS 'Batch that it came with; NULL if by another way.';
COMMENT ON COLUMN registry.credential.ended_at IS 'Since when it leads nowhere (lost, replaced, given back); NULL while it does.';
