-- The schema itself, the extensions it stands on, and what every table shares.
CREATE SCHEMA IF NOT EXISTS registry AUTHORIZATION shikaku_owner;
CREATE SCHEMA IF NOT EXISTS extension AUTHORIZATION shikaku_owner;
COMMENT ON SCHEMA registry IS 'The central eligibility registry.';
COMMENT ON SCHEMA extension IS 'Functions of PostgreSQL extensions, kept out of the registry''s own schema.';

-- Exclusion constraints over "same person, overlapping period" need equality in GiST.
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA extension;
-- Near misses of a card number are found by edit distance.
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch SCHEMA extension;

-- From here on, everything belongs to the owner role (99_end.sql goes back).
SET ROLE shikaku_owner;

CREATE TABLE IF NOT EXISTS registry.migration (
    number     integer PRIMARY KEY CHECK (number > 0),
    name       text COLLATE "C" NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    sha256     bytea NOT NULL CHECK (octet_length(sha256) = 32)
);
COMMENT ON TABLE registry.migration IS 'Which numbered steps this database has taken.';
COMMENT ON COLUMN registry.migration.number IS 'Number of the step: the digits before the first underscore of its file name.';
COMMENT ON COLUMN registry.migration.name IS 'File name of the step.';
COMMENT ON COLUMN registry.migration.applied_at IS 'When it was applied.';
COMMENT ON COLUMN registry.migration.sha256 IS 'SHA-256 of the file as applied, so that a changed file is noticed.';

CREATE OR REPLACE FUNCTION registry.civil_day(at timestamptz) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (at AT TIME ZONE 'Asia/Tokyo')::date;
COMMENT ON FUNCTION registry.civil_day IS 'The civil day in Japan of an instant.';

CREATE OR REPLACE FUNCTION registry.mark_changed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION registry.mark_changed IS
    'Trigger: notes the changing transaction, so that pollers see every change after its commit, however late.';
