-- The operators' office: sessions behind a second factor, who may do what, what was done, and what waits for a second person.
CREATE TABLE IF NOT EXISTS registry.operator_session (
    token_digest   bytea PRIMARY KEY CHECK (octet_length(token_digest) = 32),
    operator_id    integer NOT NULL REFERENCES registry.operator,
    certificate_id bigint NOT NULL,
    opened_at      timestamptz NOT NULL,
    used_at        timestamptz NOT NULL,
    until          timestamptz NOT NULL CHECK (until > opened_at)
);
CREATE INDEX IF NOT EXISTS operator_session_until ON registry.operator_session (until);
COMMENT ON TABLE registry.operator_session IS 'One row for each second factor that was shown. It is worth something with its certificate only.';
COMMENT ON COLUMN registry.operator_session.token_digest IS 'SHA-256 of the token: whoever reads this table cannot use a session.';
COMMENT ON COLUMN registry.operator_session.operator_id IS 'Whose.';
COMMENT ON COLUMN registry.operator_session.certificate_id IS 'Certificate of the connection that opened it.';
COMMENT ON COLUMN registry.operator_session.opened_at IS 'When the second factor was shown.';
COMMENT ON COLUMN registry.operator_session.used_at IS 'When it was last used: a session that rests too long is over.';
COMMENT ON COLUMN registry.operator_session.until IS 'When it is over in any case.';

CREATE TABLE IF NOT EXISTS registry.office_act (
    act          text COLLATE "C" PRIMARY KEY CHECK (act ~ '^[a-z_]+$'),
    changes      boolean NOT NULL,
    needs_match  boolean NOT NULL DEFAULT false CHECK (changes OR NOT needs_match),
    needs_second boolean NOT NULL DEFAULT false CHECK (changes OR NOT needs_second),
    roles        smallint[] NOT NULL CHECK (cardinality(roles) > 0)
);
COMMENT ON TABLE registry.office_act IS 'What can be done at the office, by whom. The function of an act is office_ and its name.';
COMMENT ON COLUMN registry.office_act.act IS 'Name of the act.';
COMMENT ON COLUMN registry.office_act.changes IS 'It changes something, so it goes into the journal and is done once for each request id.';
COMMENT ON COLUMN registry.office_act.needs_match IS 'It changes something that is there: only with the ETag of what the operator saw.';
COMMENT ON COLUMN registry.office_act.needs_second IS 'It is dangerous: it becomes a proposal, and another operator carries it out.';
COMMENT ON COLUMN registry.office_act.roles IS 'Who may: operator.role.';

INSERT INTO registry.office_act (act, changes, needs_match, needs_second, roles)
VALUES
    ('overview',         false, false, false, '{1,2,3,4}'),
    ('self',             false, false, false, '{1,2,3,4}'),
    ('session_close',    true,  false, false, '{1,2,3,4}'),
    ('facilities',       false, false, false, '{1,2,3,4}'),
    ('facility',         false, false, false, '{1,2,3,4}'),
    ('facility_admit',   true,  false, false, '{2}'),
    ('facilities_admit', true,  false, true,  '{2}'),
    ('facility_change',  true,  true,  false, '{2}'),
    ('alarms',           false, false, false, '{1,2,3,4}'),
    ('credential_alarms', false, false, false, '{3,4}'),
    ('checks',           false, false, false, '{1,2,3,4}'),
    ('uses',             false, false, false, '{1,2,3,4}'),
    ('rollout',          false, false, false, '{1,2,3,4}'),
    ('reasons',          false, false, false, '{1,2,3,4}'),
    ('universe_set',     true,  false, false, '{2}'),
    ('facility_exempt',  true,  true,  false, '{2}'),
    ('facility_close',   true,  true,  false, '{2}'),
    ('verdicts',         false, false, false, '{1,2,3,4}'),
    ('codes',            false, false, false, '{1,2,3,4}'),
    ('code_set',         true,  false, true,  '{2}'),
    ('insurers',         false, false, false, '{1,2,3,4}'),
    ('insurer',          false, false, false, '{1,2,3,4}'),
    ('insurer_admit',    true,  false, false, '{2}'),
    ('insurer_change',   true,  true,  false, '{2}'),
    ('certificates',     false, false, false, '{2,3,4}'),
    ('certificate_revoke', true, true, false, '{2,3}'),
    ('parameters',       false, false, false, '{1,2,3,4}'),
    ('parameter_set',    true,  false, true,  '{2}'),
    ('holidays',         false, false, false, '{1,2,3,4}'),
    ('holiday_set',      true,  false, false, '{2}'),
    ('disasters',        false, false, false, '{1,2,3,4}'),
    ('disaster_begin',   true,  false, true,  '{2}'),
    ('disaster_end',     true,  true,  false, '{2}'),
    ('batches',          false, false, false, '{1,2,3,4}'),
    ('batch',            false, false, false, '{1,2,3,4}'),
    ('batch_let_go',     true,  true,  true,  '{2}'),
    ('batch_stop',       true,  true,  false, '{2}'),
    ('batch_retry',      true,  true,  false, '{2}'),
    ('jobs',             false, false, false, '{1,2,3,4}'),
    ('holds',            false, false, false, '{1,2,3,4}'),
    ('hold_show',        true,  false, true,  '{2,3}'),
    ('breaches',         false, false, false, '{1,2,3,4}'),
    ('compliance_all',   false, false, false, '{1,2,3,4}'),
    ('discrepancies',    false, false, false, '{1,2,3,4}'),
    ('reviews',          false, false, false, '{1,2,3,4}'),
    ('unlinks',          false, false, false, '{3,4}'),
    ('operators',        false, false, false, '{3,4}'),
    ('operator_admit',   true,  false, true,  '{3}'),
    ('operator_end',     true,  true,  true,  '{3}'),
    ('proposals',        false, false, false, '{1,2,3,4}'),
    ('proposal_approve', true,  true,  false, '{2,3}'),
    ('proposal_refuse',  true,  true,  false, '{2,3}'),
    ('journal',          false, false, false, '{3,4}'),
    ('accesses',         false, false, false, '{4}')
ON CONFLICT (act) DO UPDATE SET changes = excluded.changes, needs_match = excluded.needs_match,
    needs_second = excluded.needs_second, roles = excluded.roles;

CREATE TABLE IF NOT EXISTS registry.office_journal (
    entry_id       bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    operator_id    integer NOT NULL REFERENCES registry.operator,
    request_id     uuid NOT NULL,
    certificate_id bigint NOT NULL,
    act            text COLLATE "C" NOT NULL,
    path           text NOT NULL,
    args           jsonb NOT NULL,
    done_at        timestamptz NOT NULL,
    proposal_id    bigint,
    outcome        smallint,
    etag           text,
    detail         text,
    body           jsonb,
    UNIQUE (operator_id, request_id)
);
COMMENT ON TABLE registry.office_journal IS
    'Every act that changes something, whatever came of it. The same request again finds its entry, and is not done again.';
COMMENT ON COLUMN registry.office_journal.entry_id IS 'Number of the entry.';
COMMENT ON COLUMN registry.office_journal.operator_id IS 'Who.';
COMMENT ON COLUMN registry.office_journal.request_id IS 'By which request.';
COMMENT ON COLUMN registry.office_journal.certificate_id IS 'Over which certificate.';
COMMENT ON COLUMN registry.office_journal.act IS 'What: office_act.act.';
COMMENT ON COLUMN registry.office_journal.path IS 'To what: the variable part of the path.';
COMMENT ON COLUMN registry.office_journal.args IS 'How: the body. No act takes anything by which a person could be found.';
COMMENT ON COLUMN registry.office_journal.done_at IS 'When.';
COMMENT ON COLUMN registry.office_journal.proposal_id IS 'The proposal that it made or carried out.';
COMMENT ON COLUMN registry.office_journal.outcome IS 'As office_reply.outcome.';
COMMENT ON COLUMN registry.office_journal.etag IS 'As answered.';
COMMENT ON COLUMN registry.office_journal.detail IS 'As answered.';
COMMENT ON COLUMN registry.office_journal.body IS 'As answered; NULL where a person was shown.';

CREATE TABLE IF NOT EXISTS registry.office_proposal (
    proposal_id   bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    act           text COLLATE "C" NOT NULL REFERENCES registry.office_act,
    path          text NOT NULL,
    args          jsonb NOT NULL,
    if_match      text,
    proposed_by   integer NOT NULL REFERENCES registry.operator,
    proposed_at   timestamptz NOT NULL,
    until         timestamptz NOT NULL CHECK (until > proposed_at),
    state         smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
    decided_by    integer REFERENCES registry.operator,
    decided_at    timestamptz,
    CONSTRAINT office_proposal_takes_two CHECK (state NOT IN (2, 4) OR decided_by <> proposed_by),
    CONSTRAINT office_proposal_decided CHECK ((state = 1) = (decided_at IS NULL) AND (state = 1) = (decided_by IS NULL))
);
CREATE INDEX IF NOT EXISTS office_proposal_waiting ON registry.office_proposal (proposal_id) WHERE state = 1;
COMMENT ON TABLE registry.office_proposal IS 'Dangerous acts: one operator proposes, another one carries out. Nobody can do both.';
COMMENT ON COLUMN registry.office_proposal.proposal_id IS 'Number of the proposal.';
COMMENT ON COLUMN registry.office_proposal.act IS 'What is proposed.';
COMMENT ON COLUMN registry.office_proposal.path IS 'To what.';
COMMENT ON COLUMN registry.office_proposal.args IS 'How.';
COMMENT ON COLUMN registry.office_proposal.if_match IS 'ETag of what the proposer saw: carried out only while it is still so.';
COMMENT ON COLUMN registry.office_proposal.proposed_by IS 'Who proposes.';
COMMENT ON COLUMN registry.office_proposal.proposed_at IS 'When.';
COMMENT ON COLUMN registry.office_proposal.until IS 'Until when it can be carried out.';
COMMENT ON COLUMN registry.office_proposal.state IS '1 waits, 2 carried out, 3 refused or withdrawn, 4 failed when it was to be carried out.';
COMMENT ON COLUMN registry.office_proposal.decided_by IS 'Who carried it out, refused or withdrew it.';
COMMENT ON COLUMN registry.office_proposal.decided_at IS 'When.';

DO $$
BEGIN
    IF to_regtype('registry.office_who') IS NULL THEN
        CREATE TYPE registry.office_who AS (
            operator_id int4, certificate_id int8, request_id uuid, moment timestamptz, today date, role int2);
        CREATE TYPE registry.office_reply AS (outcome int2, etag text, detail text, body jsonb, person_id int8);
    END IF;
END
$$;
COMMENT ON TYPE registry.office_who IS 'Who acts, and when.';
COMMENT ON TYPE registry.office_reply IS
    'What comes of an act: outcome 1 done, 2 made, 3 waits for a second person, 4 no session, 5 not this role, 6 there is no such thing, 7 the ETag is missing, 8 it has changed since, 9 its state does not allow it, 10 the same person, 11 a field is wrong (detail names it), 12 it is there already.';
