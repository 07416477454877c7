-- Access records: who saw what of whom, written before they see it. Insert only, one partition per day.
CREATE SEQUENCE IF NOT EXISTS registry.access_record_id AS bigint CACHE 64;
COMMENT ON SEQUENCE registry.access_record_id IS
    'Blocks of access record numbers: each call of access_append takes one block of 4,096.';

CREATE TABLE IF NOT EXISTS registry.access_record (
    record_id        bigint NOT NULL,
    recorded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_xid     xid8 NOT NULL DEFAULT pg_current_xact_id(),
    actor_id         bigint NOT NULL,
    certificate_id   bigint,
    as_of            timestamptz,
    day              date NOT NULL,
    facility_id      integer,
    item_no          integer NOT NULL DEFAULT 0,
    items            integer NOT NULL DEFAULT 0,
    asked_day        date,
    actor_kind       smallint NOT NULL,
    route            smallint NOT NULL,
    way              smallint NOT NULL,
    purpose          smallint NOT NULL,
    consent          smallint NOT NULL DEFAULT 0,
    validity         smallint,
    reason           smallint,
    fault            smallint,
    request_id       uuid NOT NULL,
    body_digest      bytea NOT NULL CHECK (octet_length(body_digest) = 16),
    subject          bytea CHECK (octet_length(subject) = 16),
    dossier_versions bigint[],
    user_id          text,
    detail           text,
    UNIQUE (request_id, actor_id, item_no, day)
) PARTITION BY RANGE (day);
CREATE INDEX IF NOT EXISTS access_record_by_subject ON registry.access_record (subject, day);
-- Numbers rise with time but for a little, so that a summary of each stretch is enough, and costs a write next to nothing.
-- recorded_xid has no index: who goes by it reads a stretch of numbers.
CREATE INDEX IF NOT EXISTS access_record_by_number ON registry.access_record
    USING brin (record_id) WITH (pages_per_range = 32, autosummarize = on);
COMMENT ON TABLE registry.access_record IS
    'Every question and what was disclosed, refusals and not-founds too. Nobody can change or remove a row.';
COMMENT ON COLUMN registry.access_record.record_id IS 'Number of the record.';
COMMENT ON COLUMN registry.access_record.recorded_at IS 'When it was written.';
COMMENT ON COLUMN registry.access_record.recorded_xid IS
    'Transaction that wrote it: all below the oldest running one are complete, which is what the sealer goes by.';
COMMENT ON COLUMN registry.access_record.actor_id IS
    'Whose request id it is, over all kinds: a facility''s own number; of another holder its kind times 2^32 plus its number, which of an insurer is its eight digits.';
COMMENT ON COLUMN registry.access_record.certificate_id IS 'Certificate used; NULL if none was accepted.';
COMMENT ON COLUMN registry.access_record.as_of IS 'When the registry had last heard from the insurer, as told.';
COMMENT ON COLUMN registry.access_record.day IS 'Civil day in Japan.';
COMMENT ON COLUMN registry.access_record.facility_id IS 'The facility, if the actor is one.';
COMMENT ON COLUMN registry.access_record.item_no IS '0, or the number within a bulk job.';
COMMENT ON COLUMN registry.access_record.items IS 'Bitmap of the items disclosed.';
COMMENT ON COLUMN registry.access_record.asked_day IS 'Day that the question was about.';
COMMENT ON COLUMN registry.access_record.actor_kind IS 'Kind of actor: as certificate.holder_kind, 0 unknown.';
COMMENT ON COLUMN registry.access_record.route IS 'Route of the interface.';
COMMENT ON COLUMN registry.access_record.way IS '1 card, 2 insurance number, 3 bulk, and so on.';
COMMENT ON COLUMN registry.access_record.purpose IS 'Purpose as stated.';
COMMENT ON COLUMN registry.access_record.consent IS 'Bitmap of the consents stated.';
COMMENT ON COLUMN registry.access_record.validity IS 'Answer: code of OQSCD006; NULL if there was none.';
COMMENT ON COLUMN registry.access_record.reason IS 'Answer: reason; NULL if there was none.';
COMMENT ON COLUMN registry.access_record.fault IS 'Fault for which the request was refused; NULL if it was answered.';
COMMENT ON COLUMN registry.access_record.request_id IS 'Request id as the actor gave it.';
COMMENT ON COLUMN registry.access_record.body_digest IS 'First 16 bytes of the digest of the request body.';
COMMENT ON COLUMN registry.access_record.subject IS 'Pseudonym of the person, 16 bytes; NULL if nobody was found.';
COMMENT ON COLUMN registry.access_record.dossier_versions IS 'Versions of the dossiers that the answer was made from.';
COMMENT ON COLUMN registry.access_record.user_id IS 'User at the actor, opaque.';
COMMENT ON COLUMN registry.access_record.detail IS 'Further detail, never personal.';

-- Not even the owner's own code changes a record by mistake.
CREATE OR REPLACE FUNCTION registry.access_record_refuse() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'access records are insert only' USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION registry.access_record_refuse IS 'Trigger: refuses any change of access records.';
CREATE OR REPLACE TRIGGER access_record_refuse_change BEFORE UPDATE OR DELETE ON registry.access_record
    FOR EACH ROW EXECUTE FUNCTION registry.access_record_refuse();
CREATE OR REPLACE TRIGGER access_record_refuse_truncate BEFORE TRUNCATE ON registry.access_record
    FOR EACH STATEMENT EXECUTE FUNCTION registry.access_record_refuse();

CREATE OR REPLACE FUNCTION registry.access_partitions_ensure(from_day date, days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
DECLARE
    partition_day date;
    partition_name text;
    made integer := 0;
BEGIN
    IF days IS NULL OR from_day IS NULL OR days NOT BETWEEN 0 AND 400 THEN
        RAISE EXCEPTION 'access_partitions_ensure: 0 to 400 days from a day' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- One maker at a time; the others then find everything there.
    PERFORM pg_advisory_xact_lock(hashtextextended('registry.access_partitions_ensure', 0));
    FOR partition_day IN
        SELECT day::date FROM generate_series(from_day, from_day + (days - 1), interval '1 day') AS day
    LOOP
        partition_name := 'access_record_' || to_char(partition_day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(format('registry.%I', partition_name)) IS NOT NULL;
        -- ATTACH waits for no insert, which CREATE TABLE ... PARTITION OF would.
        EXECUTE format('CREATE TABLE registry.%I (LIKE registry.access_record '
                       'INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMMENTS)',
                       partition_name);
        EXECUTE format('COMMENT ON TABLE registry.%I IS %L', partition_name, 'Access records of one day.');
        EXECUTE format('ALTER TABLE registry.access_record ATTACH PARTITION registry.%I '
                       'FOR VALUES FROM (%L) TO (%L)', partition_name, partition_day, partition_day + 1);
        EXECUTE format('CREATE TRIGGER access_record_refuse_truncate BEFORE TRUNCATE ON registry.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION registry.access_record_refuse()', partition_name);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION registry.access_partitions_ensure IS
    'Makes the missing partitions of access_record for so many days; returns how many. There is no default partition, so a missing one is an error that is noticed.';

DO $$ BEGIN PERFORM registry.access_partitions_ensure(registry.civil_day(now()) - 3, 44); END $$;
