-- Sessions of people at a portal: opened by their own card, and seen by that portal only.
CREATE TABLE IF NOT EXISTS registry.person_session (
    session_id     uuid PRIMARY KEY,
    certificate_id bigint NOT NULL,
    request_id     uuid NOT NULL,
    person_id      bigint,
    issuer         text COLLATE "C" NOT NULL,
    serial         text COLLATE "C" NOT NULL,
    opened_at      timestamptz NOT NULL,
    until          timestamptz NOT NULL CHECK (until > opened_at)
);
CREATE INDEX IF NOT EXISTS person_session_until ON registry.person_session (until);
COMMENT ON TABLE registry.person_session IS
    'One row for each card that was proven at a portal. Its number is that of the challenge, so a challenge serves once.';
COMMENT ON COLUMN registry.person_session.session_id IS 'Number of the session, and of the challenge that the card signed.';
COMMENT ON COLUMN registry.person_session.certificate_id IS 'Certificate of the portal.';
COMMENT ON COLUMN registry.person_session.request_id IS 'Request that opened it: the same one again finds it.';
COMMENT ON COLUMN registry.person_session.person_id IS 'The person; NULL when the card leads to nobody, or to somebody who may not see it this way.';
COMMENT ON COLUMN registry.person_session.issuer IS 'Authority of the certificate as text of RFC 4514.';
COMMENT ON COLUMN registry.person_session.serial IS 'Serial number of the certificate, hexadecimal.';
COMMENT ON COLUMN registry.person_session.opened_at IS 'When the card was proven.';
COMMENT ON COLUMN registry.person_session.until IS 'Until when it lasts.';
