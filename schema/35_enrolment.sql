-- What insurers asked of the registrar one by one.
CREATE TABLE IF NOT EXISTS registry.enrolment_reply (
    insurer_number text COLLATE "C" NOT NULL REFERENCES registry.insurer,
    request_id     uuid NOT NULL,
    route          smallint NOT NULL,
    body_digest    bytea NOT NULL CHECK (octet_length(body_digest) = 16),
    reply          jsonb,
    made_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (insurer_number, request_id)
);
CREATE INDEX IF NOT EXISTS enrolment_reply_age ON registry.enrolment_reply (made_at);
COMMENT ON TABLE registry.enrolment_reply IS
    'What came of each request by which an insurer changed something: the same request again changes nothing and is told the same.';
COMMENT ON COLUMN registry.enrolment_reply.insurer_number IS 'The insurer.';
COMMENT ON COLUMN registry.enrolment_reply.request_id IS 'Request id as the insurer gave it.';
COMMENT ON COLUMN registry.enrolment_reply.route IS 'Route of the interface.';
COMMENT ON COLUMN registry.enrolment_reply.body_digest IS 'First 16 bytes of the digest of the request.';
COMMENT ON COLUMN registry.enrolment_reply.reply IS 'Outcomes and numbers, without personal values; NULL only within the transaction that works on it.';
COMMENT ON COLUMN registry.enrolment_reply.made_at IS 'When it was made; removed after policy parameter enrolment_reply_keep_days.';
