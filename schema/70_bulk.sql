-- Bulk jobs: many questions in one upload, answered later.
CREATE SEQUENCE IF NOT EXISTS registry.bulk_reception AS bigint;
COMMENT ON SEQUENCE registry.bulk_reception IS 'Counts receptions of bulk jobs.';

CREATE TABLE IF NOT EXISTS registry.bulk_job (
    job_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reception_number text COLLATE "C" NOT NULL UNIQUE,
    facility_id      integer NOT NULL REFERENCES registry.facility,
    request_id       uuid NOT NULL,
    body_digest      bytea NOT NULL CHECK (octet_length(body_digest) = 16),
    item_route       smallint NOT NULL,
    asked_on         date,
    received_at      timestamptz NOT NULL DEFAULT now(),
    state            smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
    item_count       integer NOT NULL CHECK (item_count > 0),
    done             integer NOT NULL DEFAULT 0,
    ok               integer NOT NULL DEFAULT 0,
    errors           integer NOT NULL DEFAULT 0,
    expires_at       timestamptz NOT NULL,
    questions        text,
    UNIQUE (facility_id, request_id),
    CONSTRAINT bulk_job_adds_up CHECK (done = ok + errors AND done <= item_count AND (state = 3) = (done = item_count))
);
-- Storing a list must be quick, since single questions wait meanwhile: no compression, no row for each item yet.
ALTER TABLE registry.bulk_job ALTER COLUMN questions SET STORAGE EXTERNAL;
CREATE INDEX IF NOT EXISTS bulk_job_expiry ON registry.bulk_job (expires_at);
CREATE INDEX IF NOT EXISTS bulk_job_folded ON registry.bulk_job (job_id) WHERE questions IS NOT NULL;
COMMENT ON TABLE registry.bulk_job IS 'Bulk jobs (一括照会). Their questions and results are removed at their time, they themselves later.';
COMMENT ON COLUMN registry.bulk_job.job_id IS 'Number of the job.';
COMMENT ON COLUMN registry.bulk_job.reception_number IS '受付番号, by which the facility asks for the results.';
COMMENT ON COLUMN registry.bulk_job.facility_id IS 'The facility.';
COMMENT ON COLUMN registry.bulk_job.request_id IS 'Request id of the upload; once for each facility.';
COMMENT ON COLUMN registry.bulk_job.body_digest IS 'First 16 bytes of the digest of the upload.';
COMMENT ON COLUMN registry.bulk_job.item_route IS 'Route under which each question is asked.';
COMMENT ON COLUMN registry.bulk_job.asked_on IS 'Day for questions that name none; NULL: the day of reception.';
COMMENT ON COLUMN registry.bulk_job.received_at IS 'When it was received.';
COMMENT ON COLUMN registry.bulk_job.state IS '1 waiting, 2 working, 3 done.';
COMMENT ON COLUMN registry.bulk_job.item_count IS 'Number of questions.';
COMMENT ON COLUMN registry.bulk_job.done IS 'Questions that have been dealt with.';
COMMENT ON COLUMN registry.bulk_job.ok IS 'Those that were answered.';
COMMENT ON COLUMN registry.bulk_job.errors IS 'Those that were refused.';
COMMENT ON COLUMN registry.bulk_job.expires_at IS 'When its questions and results are removed; the job stays for as long again, so that it is known to be gone.';
COMMENT ON COLUMN registry.bulk_job.questions IS 'The questions, one a line; NULL once they are rows of bulk_item.';

CREATE TABLE IF NOT EXISTS registry.bulk_item (
    job_id       bigint NOT NULL REFERENCES registry.bulk_job ON DELETE CASCADE,
    item_no      integer NOT NULL CHECK (item_no > 0),
    question     text NOT NULL,
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    result       bytea,
    etag         bytea,
    is_error     boolean,
    done_at      timestamptz,
    PRIMARY KEY (job_id, item_no),
    CONSTRAINT bulk_item_done_at_once CHECK ((done_at IS NULL) = (is_error IS NULL))
);
CREATE INDEX IF NOT EXISTS bulk_item_waiting ON registry.bulk_item (job_id, item_no) WHERE done_at IS NULL;
COMMENT ON TABLE registry.bulk_item IS 'Questions of a bulk job, and their answers.';
COMMENT ON COLUMN registry.bulk_item.job_id IS 'The job.';
COMMENT ON COLUMN registry.bulk_item.item_no IS 'Number within the job, from 1.';
COMMENT ON COLUMN registry.bulk_item.question IS 'The question as it was sent; whether it is sound is found out when it is asked.';
COMMENT ON COLUMN registry.bulk_item.leased_until IS 'Until when a worker has it; afterwards another one may take it.';
COMMENT ON COLUMN registry.bulk_item.result IS 'The entry for the list of results, as it will be sent; NULL before.';
COMMENT ON COLUMN registry.bulk_item.etag IS 'Digest by which a later job sees whether anything changed.';
COMMENT ON COLUMN registry.bulk_item.is_error IS 'Whether the question was refused.';
COMMENT ON COLUMN registry.bulk_item.done_at IS 'When it was dealt with; NULL before.';

