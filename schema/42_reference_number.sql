-- Reference numbers: a facility's own number for a patient.
CREATE TABLE IF NOT EXISTS registry.reference_number (
    facility_id integer NOT NULL REFERENCES registry.facility,
    person_id   bigint NOT NULL REFERENCES registry.person,
    number      text NOT NULL CHECK (char_length(number) BETWEEN 1 AND 50),
    set_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (facility_id, person_id)
);
COMMENT ON TABLE registry.reference_number IS '照会番号: a facility''s own number for a person, returned to that facility only.';
COMMENT ON COLUMN registry.reference_number.facility_id IS 'The facility.';
COMMENT ON COLUMN registry.reference_number.person_id IS 'The person.';
COMMENT ON COLUMN registry.reference_number.number IS 'The number, at most 50 characters.';
COMMENT ON COLUMN registry.reference_number.set_at IS 'When it was set.';

CREATE TABLE IF NOT EXISTS registry.reference_number_past (
    past_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    facility_id integer NOT NULL,
    person_id   bigint NOT NULL,
    number      text NOT NULL,
    set_at      timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS reference_number_past_of
    ON registry.reference_number_past (facility_id, person_id);
COMMENT ON TABLE registry.reference_number_past IS 'Reference numbers that were replaced or deleted.';
COMMENT ON COLUMN registry.reference_number_past.past_id IS 'Number of the row.';
COMMENT ON COLUMN registry.reference_number_past.facility_id IS 'The facility.';
COMMENT ON COLUMN registry.reference_number_past.person_id IS 'The person.';
COMMENT ON COLUMN registry.reference_number_past.number IS 'The number.';
COMMENT ON COLUMN registry.reference_number_past.set_at IS 'When it was set.';
COMMENT ON COLUMN registry.reference_number_past.ended_at IS 'When it was replaced or deleted.';
