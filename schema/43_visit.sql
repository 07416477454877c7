-- Visits: cards that were shown at facilities, and what their holders agreed to.
CREATE TABLE IF NOT EXISTS registry.visit (
    visit_id      uuid PRIMARY KEY,
    facility_id   integer NOT NULL,
    request_id    uuid NOT NULL,
    person_id     bigint,
    issuer        text COLLATE "C",
    serial        text COLLATE "C",
    opened_at     timestamptz NOT NULL,
    treatment     smallint NOT NULL CHECK (treatment BETWEEN 1 AND 4),
    unlocked_by   smallint NOT NULL CHECK (unlocked_by BETWEEN 1 AND 4),
    consented_by  smallint NOT NULL CHECK (consented_by BETWEEN 1 AND 3),
    consents      smallint NOT NULL CHECK (consents BETWEEN 0 AND 63),
    consent_until timestamptz NOT NULL CHECK (consent_until > opened_at),
    is_limited    boolean NOT NULL,
    ended_at      timestamptz CHECK (ended_at >= opened_at),
    end_reason    smallint CHECK (end_reason BETWEEN 1 AND 3),
    basis         smallint NOT NULL DEFAULT 1 CHECK (basis BETWEEN 1 AND 3),
    reason        smallint CHECK (reason BETWEEN 1 AND 3),
    user_id       text,
    review_due_at timestamptz,
    reviewed_at   timestamptz,
    reviewed_by   text,
    outcome       smallint CHECK (outcome BETWEEN 1 AND 2),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    -- What is seen without consent has a reason, somebody who answers for it, and a day by which it is looked at again.
    CHECK (basis <> 2 OR (reason IS NOT NULL AND user_id IS NOT NULL AND review_due_at IS NOT NULL)),
    CHECK ((reviewed_at IS NULL) = (outcome IS NULL) AND (reviewed_at IS NULL) = (reviewed_by IS NULL)),
    CHECK (reviewed_by <> user_id)
);
CREATE INDEX IF NOT EXISTS visit_to_review ON registry.visit (review_due_at)
    WHERE review_due_at IS NOT NULL AND reviewed_at IS NULL;
CREATE INDEX IF NOT EXISTS visit_of_person ON registry.visit (person_id, opened_at) WHERE person_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS visit_continuing ON registry.visit (facility_id, opened_at)
    WHERE treatment IN (2, 3) AND person_id IS NOT NULL;
COMMENT ON TABLE registry.visit IS
    'One row for each card that was proven at a facility, with the consents given there. Its number is that of the challenge, so a challenge serves once.';
COMMENT ON COLUMN registry.visit.visit_id IS 'Number of the visit, and of the challenge that the card signed.';
COMMENT ON COLUMN registry.visit.facility_id IS 'The facility.';
COMMENT ON COLUMN registry.visit.request_id IS 'Request that opened it: the same one again finds it.';
COMMENT ON COLUMN registry.visit.person_id IS 'The person; NULL when the card leads to nobody.';
COMMENT ON COLUMN registry.visit.issuer IS 'Authority of the certificate as text of RFC 4514; NULL without a card.';
COMMENT ON COLUMN registry.visit.serial IS 'Serial number of the certificate, hexadecimal; NULL without a card.';
COMMENT ON COLUMN registry.visit.opened_at IS 'When the card was proven.';
COMMENT ON COLUMN registry.visit.treatment IS '診療区分: code_table OQSCD028.';
COMMENT ON COLUMN registry.visit.unlocked_by IS '1 PIN, 2 face, 3 visual check by staff, 4 there was no card.';
COMMENT ON COLUMN registry.visit.consented_by IS '1 the person, 2 legal guardian, 3 appointed agent.';
COMMENT ON COLUMN registry.visit.consents IS
    'Bitmap of what was agreed to: 1 ceiling, 2 specific diseases, 4 checkups, 8 drugs, 16 treatments, 32 operations.';
COMMENT ON COLUMN registry.visit.consent_until IS 'Until when; infinity for home visits and online consultations.';
COMMENT ON COLUMN registry.visit.is_limited IS 'The certificate had expired, lately: coverage only.';
COMMENT ON COLUMN registry.visit.ended_at IS 'When the consents were taken back; NULL while they run.';
COMMENT ON COLUMN registry.visit.end_reason IS '同意有効期限切れ理由: code_table OQSCD031.';
COMMENT ON COLUMN registry.visit.basis IS 'On what medical information is shown: 1 consent, 2 emergency, 3 disaster.';
COMMENT ON COLUMN registry.visit.reason IS 'Of an emergency: 1 unconscious, 2 in danger of life, 3 cannot make itself understood.';
COMMENT ON COLUMN registry.visit.user_id IS 'User at the facility who opened it, opaque; must be there in an emergency.';
COMMENT ON COLUMN registry.visit.review_due_at IS 'Until when somebody else at the facility must have reviewed it; NULL where none is needed.';
COMMENT ON COLUMN registry.visit.reviewed_at IS 'When it was.';
COMMENT ON COLUMN registry.visit.reviewed_by IS 'By which user, never who opened it.';
COMMENT ON COLUMN registry.visit.outcome IS '1 justified, 2 not justified.';

-- Disaster mode: opened by operators, for one prefecture and a time.
CREATE TABLE IF NOT EXISTS registry.disaster_mode (
    disaster_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prefecture  smallint NOT NULL CHECK (prefecture BETWEEN 1 AND 47),
    opened_at   timestamptz NOT NULL,
    closes_at   timestamptz NOT NULL CHECK (closes_at > opened_at AND closes_at <= opened_at + interval '31 days'),
    reason      text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 200),
    opened_by   text NOT NULL,
    closed_at   timestamptz CHECK (closed_at >= opened_at),
    closed_by   text,
    CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
CREATE INDEX IF NOT EXISTS disaster_mode_of ON registry.disaster_mode (prefecture, closes_at);
COMMENT ON TABLE registry.disaster_mode IS 'Where and when facilities may find people without a card.';
COMMENT ON COLUMN registry.disaster_mode.disaster_id IS 'Own number.';
COMMENT ON COLUMN registry.disaster_mode.prefecture IS '都道府県番号 of the facilities.';
COMMENT ON COLUMN registry.disaster_mode.opened_at IS 'From when.';
COMMENT ON COLUMN registry.disaster_mode.closes_at IS 'Until when, at most 31 days; longer is another opening.';
COMMENT ON COLUMN registry.disaster_mode.reason IS 'What has happened.';
COMMENT ON COLUMN registry.disaster_mode.opened_by IS 'Operator who opened it.';
COMMENT ON COLUMN registry.disaster_mode.closed_at IS 'When it was closed before its time; NULL if it was not.';
COMMENT ON COLUMN registry.disaster_mode.closed_by IS 'Operator who closed it.';
