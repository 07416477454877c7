-- Personal numbers (My Number): encrypted, found by blind index, and reachable by the registrar's role only.
CREATE SEQUENCE IF NOT EXISTS registry.number_id AS bigint CACHE 1;
COMMENT ON SEQUENCE registry.number_id IS 'Numbers of links; reserved in blocks before the personal number is sealed.';

CREATE TABLE IF NOT EXISTS registry.personal_number (
    number_id      bigint PRIMARY KEY,
    person_id      bigint NOT NULL,
    insurer_number text COLLATE "C" NOT NULL,
    source         smallint NOT NULL CHECK (source BETWEEN 1 AND 3),
    state          smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 2),
    sealed_by      smallint NOT NULL,
    indexed_by     smallint NOT NULL,
    sealed         bytea NOT NULL CHECK (octet_length(sealed) = 40),
    number_index   bytea NOT NULL CHECK (octet_length(number_index) = 16),
    linked_at      timestamptz NOT NULL DEFAULT now(),
    unlinked_at    timestamptz NOT NULL DEFAULT 'infinity' CHECK (unlinked_at >= linked_at),
    origin         bigint
);
CREATE UNIQUE INDEX IF NOT EXISTS personal_number_once
    ON registry.personal_number (number_index) WHERE unlinked_at = 'infinity' AND state = 1;
CREATE INDEX IF NOT EXISTS personal_number_claimed
    ON registry.personal_number (number_index) WHERE unlinked_at = 'infinity' AND state = 2;
CREATE INDEX IF NOT EXISTS personal_number_of ON registry.personal_number (person_id);
CREATE OR REPLACE TRIGGER personal_number_person AFTER INSERT ON registry.personal_number
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION registry.person_must_exist();
CREATE OR REPLACE TRIGGER personal_number_insurer AFTER INSERT ON registry.personal_number
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION registry.insurer_must_exist();
COMMENT ON TABLE registry.personal_number IS
    'Links of personal numbers to people. A wrong link is ended, never removed; a number has one person at a time.';
COMMENT ON COLUMN registry.personal_number.number_id IS 'Number of the link; associated data of the encryption.';
COMMENT ON COLUMN registry.personal_number.person_id IS 'The person.';
COMMENT ON COLUMN registry.personal_number.insurer_number IS 'The insurer that told it.';
COMMENT ON COLUMN registry.personal_number.source IS 'Where that insurer has it from: 1 submitted, 2 looked up, 3 other.';
COMMENT ON COLUMN registry.personal_number.state IS '1 linked, 2 claimed by a registration that is held: it leads nobody to this person.';
COMMENT ON COLUMN registry.personal_number.sealed_by IS 'Number of the key that it is encrypted with.';
COMMENT ON COLUMN registry.personal_number.indexed_by IS
    'Number of the key of the blind index. All current links of one number have the same.';
COMMENT ON COLUMN registry.personal_number.sealed IS 'Nonce, ciphertext and tag of AES-256-GCM: 12, 12 and 16 bytes.';
COMMENT ON COLUMN registry.personal_number.number_index IS 'First 16 bytes of HMAC-SHA-256 over the number.';
COMMENT ON COLUMN registry.personal_number.linked_at IS 'Since when.';
COMMENT ON COLUMN registry.personal_number.unlinked_at IS 'When the link was ended; infinity is current.';
COMMENT ON COLUMN registry.personal_number.origin IS 'Batch that it came with; NULL if by another way.';

CREATE TABLE IF NOT EXISTS registry.number_rotation (
    key_number  smallint PRIMARY KEY,
    cursor      bigint NOT NULL DEFAULT 0,
    done        bigint NOT NULL DEFAULT 0,
    started_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
COMMENT ON TABLE registry.number_rotation IS 'How far personal numbers have been sealed and indexed anew with a key.';
COMMENT ON COLUMN registry.number_rotation.key_number IS 'The new key.';
COMMENT ON COLUMN registry.number_rotation.cursor IS 'All links up to this number are done.';
COMMENT ON COLUMN registry.number_rotation.done IS 'How many links were sealed or indexed anew.';
COMMENT ON COLUMN registry.number_rotation.started_at IS 'When it began.';
COMMENT ON COLUMN registry.number_rotation.finished_at IS 'When the last link was done; NULL while it goes on.';

CREATE TABLE IF NOT EXISTS registry.number_key (
    is_only   boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    index_key smallint NOT NULL,
    next_key  smallint CHECK (next_key > index_key)
);
COMMENT ON TABLE registry.number_key IS 'The keys by which links are found: one row, or none before the first file was read.';
COMMENT ON COLUMN registry.number_key.is_only IS 'There is one row.';
COMMENT ON COLUMN registry.number_key.index_key IS 'Key of the blind index.';
COMMENT ON COLUMN registry.number_key.next_key IS
    'Key that replaces it: links have one or the other, and what is new has this one. NULL unless a rotation is under way.';
