-- Insurers: who pays.
CREATE TABLE IF NOT EXISTS registry.insurer (
    insurer_number   text COLLATE "C" PRIMARY KEY CHECK (insurer_number ~ '^[0-9]{8}$'),
    name             text NOT NULL,
    kind             smallint NOT NULL,
    contact_phone    text,
    contact_text     text,
    successor_number text COLLATE "C" REFERENCES registry.insurer CHECK (successor_number <> insurer_number),
    valid_from       date NOT NULL,
    valid_to         date CHECK (valid_to > valid_from),
    last_heard_at    timestamptz,
    usual_lag_days   smallint CHECK (usual_lag_days >= 0),
    changed_xid      xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX IF NOT EXISTS insurer_changed ON registry.insurer (changed_xid);
CREATE OR REPLACE TRIGGER insurer_changed BEFORE INSERT OR UPDATE ON registry.insurer
    FOR EACH ROW EXECUTE FUNCTION registry.mark_changed();
COMMENT ON TABLE registry.insurer IS 'Insurers and public assistance payers that register people.';
COMMENT ON COLUMN registry.insurer.insurer_number IS
    '保険者番号, canonical: 8 digits; 6-digit national health insurance numbers are padded with 00.';
COMMENT ON COLUMN registry.insurer.name IS 'Name as shown to facilities.';
COMMENT ON COLUMN registry.insurer.kind IS 'Group of the insurer: code_table insurer_kind.';
COMMENT ON COLUMN registry.insurer.contact_phone IS 'Telephone for facilities.';
COMMENT ON COLUMN registry.insurer.contact_text IS 'Office and hours for facilities.';
COMMENT ON COLUMN registry.insurer.successor_number IS 'Insurer that took over the people, after a merger.';
COMMENT ON COLUMN registry.insurer.valid_from IS 'First day of the number.';
COMMENT ON COLUMN registry.insurer.valid_to IS 'First day on which the number is no longer valid; NULL is open.';
COMMENT ON COLUMN registry.insurer.last_heard_at IS 'When the registry last took in a batch or notice of this insurer.';
COMMENT ON COLUMN registry.insurer.usual_lag_days IS 'How many days after a change this insurer usually reports it.';
COMMENT ON COLUMN registry.insurer.changed_xid IS 'Last transaction that changed the row.';
