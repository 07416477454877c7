-- The registry's first form. Safe to repeat. Made from the files in schema/ at that time.

-- ---- roles.sql ----

-- Roles: who may log in. Roles belong to the cluster, not to the database, so they are made only if missing.
-- Rights are given in 90_grant.sql. Passwords and client certificates are a matter of deployment.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT *
        FROM (VALUES
            ('shikaku_owner', false),
            ('shikaku_everyone', false),
            ('shikaku_migrate', true),
            ('shikaku_lookup', true),
            ('shikaku_registrar', true),
            ('shikaku_sealer', true),
            ('shikaku_operator', true),
            ('shikaku_auditor', true),
            ('shikaku_loader', true),
            ('shikaku_claims', true),
            ('shikaku_credentials', true),
            ('shikaku_portal', true),
            ('shikaku_office', true),
            ('shikaku_statistics', true)
        ) AS role (name, may_login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS',
                               wanted.name, CASE WHEN wanted.may_login THEN 'LOGIN' ELSE 'NOLOGIN' END);
                EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.name, 'Shikaku, see schema/roles.sql');
            EXCEPTION
                -- Two databases of one cluster may be migrated at the same time.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;

    -- The migrating role acts as the owner; everyone who logs in shares the right to connect.
    FOR wanted IN
        SELECT *
        FROM (VALUES
            ('shikaku_owner', 'shikaku_migrate'),
            ('shikaku_everyone', 'shikaku_migrate'),
            ('shikaku_everyone', 'shikaku_lookup'),
            ('shikaku_everyone', 'shikaku_registrar'),
            ('shikaku_everyone', 'shikaku_sealer'),
            ('shikaku_everyone', 'shikaku_operator'),
            ('shikaku_everyone', 'shikaku_auditor'),
            ('shikaku_everyone', 'shikaku_loader'),
            ('shikaku_everyone', 'shikaku_claims'),
            ('shikaku_everyone', 'shikaku_credentials'),
            ('shikaku_everyone', 'shikaku_portal'),
            ('shikaku_everyone', 'shikaku_office'),
            ('shikaku_everyone', 'shikaku_statistics')
        ) AS membership (name, member)
    LOOP
        IF NOT EXISTS (
            SELECT
            FROM pg_auth_members AS m
            WHERE m.roleid = wanted.name::regrole AND m.member = wanted.member::regrole
        ) THEN
            EXECUTE format('GRANT %I TO %I', wanted.name, wanted.member);
        END IF;
    END LOOP;
END
$$;

-- ---- 00_types.sql ----

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

-- ---- 10_insurer.sql ----

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

-- ---- 11_facility.sql ----

-- Medical facilities: who asks.
CREATE TABLE IF NOT EXISTS registry.facility (
    facility_id      integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    facility_code    text COLLATE "C" NOT NULL CHECK (facility_code ~ '^[0-9]{10}$'),
    kind             smallint NOT NULL CHECK (kind BETWEEN 1 AND 6),
    prefecture       smallint NOT NULL CHECK (prefecture BETWEEN 1 AND 47),
    name             text NOT NULL,
    status           smallint NOT NULL DEFAULT 1 CHECK (status BETWEEN 1 AND 4),
    rights_profile   smallint NOT NULL DEFAULT 1 CHECK (rights_profile BETWEEN 1 AND 2),
    valid_from       date NOT NULL,
    valid_to         date CHECK (valid_to > valid_from),
    predecessor_code text COLLATE "C" CHECK (predecessor_code ~ '^[0-9]{10}$'),
    changed_xid      xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT facility_code_once_at_a_time
        EXCLUDE USING gist (facility_code WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE INDEX IF NOT EXISTS facility_changed ON registry.facility (changed_xid);
CREATE INDEX IF NOT EXISTS facility_by_code ON registry.facility (facility_code);
CREATE INDEX IF NOT EXISTS facility_by_predecessor ON registry.facility (predecessor_code) WHERE predecessor_code IS NOT NULL;
CREATE OR REPLACE TRIGGER facility_changed BEFORE INSERT OR UPDATE ON registry.facility
    FOR EACH ROW EXECUTE FUNCTION registry.mark_changed();
COMMENT ON TABLE registry.facility IS 'Medical facilities. A facility that changes owner or moves gets a new row.';
COMMENT ON COLUMN registry.facility.facility_id IS 'Own number of the facility, never used again.';
COMMENT ON COLUMN registry.facility.facility_code IS '医療機関等コード: 10 digits; one facility at a time.';
COMMENT ON COLUMN registry.facility.kind IS
    '1 hospital, 2 medical clinic, 3 dental clinic, 4 pharmacy, 5 home nursing, 6 judo therapist or acupuncturist.';
COMMENT ON COLUMN registry.facility.prefecture IS '都道府県番号, 1 to 47.';
COMMENT ON COLUMN registry.facility.name IS 'Name of the facility.';
COMMENT ON COLUMN registry.facility.status IS '1 applied, 2 ready, 3 operating, 4 suspended.';
COMMENT ON COLUMN registry.facility.rights_profile IS '1 full, 2 eligibility only.';
COMMENT ON COLUMN registry.facility.valid_from IS 'First day of the code for this facility.';
COMMENT ON COLUMN registry.facility.valid_to IS 'First day on which it is no longer valid; NULL is open.';
COMMENT ON COLUMN registry.facility.predecessor_code IS 'Code of the facility that this one continues.';
COMMENT ON COLUMN registry.facility.changed_xid IS 'Last transaction that changed the row.';

CREATE TABLE IF NOT EXISTS registry.facility_status (
    facility_id integer NOT NULL REFERENCES registry.facility,
    since       timestamptz NOT NULL DEFAULT clock_timestamp(),
    status      smallint NOT NULL CHECK (status BETWEEN 1 AND 4),
    changed_by  text NOT NULL DEFAULT session_user,
    PRIMARY KEY (facility_id, since)
);
CREATE INDEX IF NOT EXISTS facility_status_since ON registry.facility_status (since);
COMMENT ON TABLE registry.facility_status IS 'History of each facility''s status, written by a trigger.';
COMMENT ON COLUMN registry.facility_status.facility_id IS 'The facility.';
COMMENT ON COLUMN registry.facility_status.since IS 'When it got this status.';
COMMENT ON COLUMN registry.facility_status.status IS '1 applied, 2 ready, 3 operating, 4 suspended.';
COMMENT ON COLUMN registry.facility_status.changed_by IS 'Database role that made the change.';

-- 原則義務化の経過措置 (SR-138): six reasons for which a facility need not check online yet, each until a day.
CREATE TABLE IF NOT EXISTS registry.facility_exemption (
    exemption_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    facility_id  integer NOT NULL REFERENCES registry.facility,
    kind         smallint NOT NULL CHECK (kind BETWEEN 1 AND 6),
    valid_from   date NOT NULL,
    valid_to     date CHECK (valid_to > valid_from),
    noted_at     timestamptz NOT NULL,
    CONSTRAINT facility_exemption_one_at_a_time
        EXCLUDE USING gist (facility_id WITH =, daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE registry.facility_exemption IS 'Facilities that need not check online yet, as they announced to their regional bureau.';
COMMENT ON COLUMN registry.facility_exemption.exemption_id IS 'Number of the exemption.';
COMMENT ON COLUMN registry.facility_exemption.facility_id IS 'The facility.';
COMMENT ON COLUMN registry.facility_exemption.kind IS
    '1 its system is not ready, 2 no optical network, 3 home visits only, 4 rebuilding or temporary premises, 5 is to close, 6 special difficulties.';
COMMENT ON COLUMN registry.facility_exemption.valid_from IS 'First day.';
COMMENT ON COLUMN registry.facility_exemption.valid_to IS 'First day on which it must check again; NULL is open.';
COMMENT ON COLUMN registry.facility_exemption.noted_at IS 'When it was noted here.';

CREATE TABLE IF NOT EXISTS registry.facility_alarm (
    alarm_id    bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    facility_id integer NOT NULL REFERENCES registry.facility,
    raised_at   timestamptz NOT NULL,
    pattern     text NOT NULL
);
CREATE INDEX IF NOT EXISTS facility_alarm_by_facility ON registry.facility_alarm (facility_id, raised_at);
COMMENT ON TABLE registry.facility_alarm IS 'Facilities that asked as nobody does who has patients before them, and were suspended for it.';
COMMENT ON COLUMN registry.facility_alarm.alarm_id IS 'Number of the alarm.';
COMMENT ON COLUMN registry.facility_alarm.facility_id IS 'The facility.';
COMMENT ON COLUMN registry.facility_alarm.raised_at IS 'When.';
COMMENT ON COLUMN registry.facility_alarm.pattern IS 'What was seen, without whom it was about.';

CREATE OR REPLACE FUNCTION registry.facility_lock(facility_id int4, pattern text, moment timestamptz) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    UPDATE facility AS f SET status = 4 WHERE f.facility_id = facility_lock.facility_id AND f.status IN (2, 3);
    INSERT INTO facility_alarm (facility_id, raised_at, pattern)
    VALUES (facility_lock.facility_id, moment, facility_lock.pattern)
$$;
COMMENT ON FUNCTION registry.facility_lock IS 'Suspends a facility for what was seen of it; operators look into it.';

CREATE OR REPLACE FUNCTION registry.facility_status_note() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.status <> OLD.status THEN
        INSERT INTO facility_status (facility_id, status) VALUES (NEW.facility_id, NEW.status);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION registry.facility_status_note IS 'Trigger: keeps the history of a facility''s status.';
CREATE OR REPLACE TRIGGER facility_status_note AFTER INSERT OR UPDATE OF status ON registry.facility
    FOR EACH ROW EXECUTE FUNCTION registry.facility_status_note();

-- ---- 12_certificate.sql ----

-- Operators, and the client certificates of everyone who connects.
CREATE TABLE IF NOT EXISTS registry.operator (
    operator_id  integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name         text NOT NULL,
    organisation text NOT NULL,
    role         smallint NOT NULL CHECK (role BETWEEN 1 AND 4),
    valid_from   date NOT NULL,
    valid_to     date CHECK (valid_to > valid_from),
    generation   smallint NOT NULL DEFAULT 1 CHECK (generation BETWEEN 1 AND 9999),
    used_step    bigint NOT NULL DEFAULT 0,
    failures     smallint NOT NULL DEFAULT 0,
    locked_until timestamptz
);
COMMENT ON TABLE registry.operator IS 'People who run the registry.';
COMMENT ON COLUMN registry.operator.operator_id IS 'Own number of the operator, never used again.';
COMMENT ON COLUMN registry.operator.name IS 'Name or service name of the operator.';
COMMENT ON COLUMN registry.operator.organisation IS 'Body that employs the operator.';
COMMENT ON COLUMN registry.operator.role IS '1 viewer, 2 registrar, 3 security officer, 4 auditor.';
COMMENT ON COLUMN registry.operator.valid_from IS 'First day of the role.';
COMMENT ON COLUMN registry.operator.valid_to IS 'First day after it; NULL is open.';
COMMENT ON COLUMN registry.operator.generation IS 'Which second factor is in force: another number is another secret. Secrets are derived, not stored.';
COMMENT ON COLUMN registry.operator.used_step IS 'Time step of the last code that was taken: each code is taken once.';
COMMENT ON COLUMN registry.operator.failures IS 'Wrong codes in a row.';
COMMENT ON COLUMN registry.operator.locked_until IS 'After too many of them no code is taken until then.';

CREATE TABLE IF NOT EXISTS registry.certificate (
    certificate_id    bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    holder_kind       smallint NOT NULL CHECK (holder_kind BETWEEN 1 AND 5),
    facility_id       integer REFERENCES registry.facility,
    insurer_number    text COLLATE "C" REFERENCES registry.insurer,
    operator_id       integer REFERENCES registry.operator,
    fingerprint       bytea NOT NULL UNIQUE CHECK (octet_length(fingerprint) = 32),
    serial            text COLLATE "C" NOT NULL,
    not_before        timestamptz NOT NULL,
    not_after         timestamptz NOT NULL CHECK (not_after > not_before),
    revoked_at        timestamptz,
    revocation_reason text,
    changed_xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT certificate_holder_fits_kind CHECK (
        (facility_id IS NOT NULL) = (holder_kind = 1)
        AND (insurer_number IS NOT NULL) = (holder_kind = 2)
        AND (operator_id IS NOT NULL) = (holder_kind = 3)),
    CONSTRAINT certificate_revoked_for_a_reason CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL))
);
CREATE INDEX IF NOT EXISTS certificate_changed ON registry.certificate (changed_xid);
CREATE INDEX IF NOT EXISTS certificate_by_facility ON registry.certificate (facility_id);
CREATE INDEX IF NOT EXISTS certificate_by_insurer ON registry.certificate (insurer_number);
CREATE OR REPLACE TRIGGER certificate_changed BEFORE INSERT OR UPDATE ON registry.certificate
    FOR EACH ROW EXECUTE FUNCTION registry.mark_changed();
COMMENT ON TABLE registry.certificate IS 'Client certificates for mutual TLS. A certificate ends; its row stays.';
COMMENT ON COLUMN registry.certificate.certificate_id IS 'Own number of the certificate.';
COMMENT ON COLUMN registry.certificate.holder_kind IS '1 facility, 2 insurer, 3 operator, 4 portal, 5 resident register.';
COMMENT ON COLUMN registry.certificate.facility_id IS 'Holder, if a facility.';
COMMENT ON COLUMN registry.certificate.insurer_number IS 'Holder, if an insurer.';
COMMENT ON COLUMN registry.certificate.operator_id IS 'Holder, if an operator.';
COMMENT ON COLUMN registry.certificate.fingerprint IS 'SHA-256 of the certificate in DER.';
COMMENT ON COLUMN registry.certificate.serial IS 'Serial number, hexadecimal.';
COMMENT ON COLUMN registry.certificate.not_before IS 'Start of the certificate''s own validity.';
COMMENT ON COLUMN registry.certificate.not_after IS 'End of the certificate''s own validity.';
COMMENT ON COLUMN registry.certificate.revoked_at IS 'From when on it is refused; NULL if it is not revoked.';
COMMENT ON COLUMN registry.certificate.revocation_reason IS 'Why it was revoked.';
COMMENT ON COLUMN registry.certificate.changed_xid IS 'Last transaction that changed the row.';

-- ---- 20_person.sql ----

-- People. A person is a number without meaning; what is known of it is versioned.
CREATE TABLE IF NOT EXISTS registry.person (
    person_id  bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 64) PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE registry.person IS 'People, as numbers without meaning. Personal numbers (My Number) are kept elsewhere.';
COMMENT ON COLUMN registry.person.person_id IS 'Own number of the person, never used again.';
COMMENT ON COLUMN registry.person.created_at IS 'When the registry first heard of the person.';

-- Nobody else can know such a person, so it needs no lock. Numbers of transactions come again after four thousand million, and
-- an old row keeps its own: so the time must fit, too.
CREATE OR REPLACE FUNCTION registry.person_is_born_here(born_by xid, created_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN born_by = pg_current_xact_id()::xid AND created_at BETWEEN now() - interval '1 hour' AND now() + interval '1 hour';
COMMENT ON FUNCTION registry.person_is_born_here IS 'Whether a row of person, by its xmin, is of this very transaction.';

-- The tables that grow by millions in one go have their references checked once for each statement, by a set: a foreign
-- key asks row by row, which is a third of what a registration costs. Nobody may delete people or insurers.
--
-- Who comes with a batch has numbers in one run, near enough: such people are read at one go, others each by the index. A run
-- is met by a hash or by merging, whatever the planner believes of numbers that it has no statistics of.
CREATE OR REPLACE FUNCTION registry.person_must_exist() RETURNS trigger
    LANGUAGE plpgsql SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off
AS $$
DECLARE
    run        record;
    is_unknown boolean;
BEGIN
    SELECT min(n.person_id) AS first, max(n.person_id) AS last, count(*) AS rows INTO run FROM new_rows AS n;
    IF run.last - run.first < 4 * run.rows THEN
        is_unknown := EXISTS (
            SELECT FROM new_rows AS n
            WHERE NOT EXISTS (
                SELECT FROM person AS p WHERE p.person_id = n.person_id AND p.person_id BETWEEN run.first AND run.last));
    ELSE
        is_unknown := EXISTS (
            SELECT FROM new_rows AS n
            WHERE NOT EXISTS (SELECT FROM person AS p WHERE p.person_id = n.person_id OFFSET 0));
    END IF;
    IF is_unknown THEN
        RAISE EXCEPTION '%: no such person', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION registry.person_must_exist IS 'Trigger: every new row is of a person that there is.';

CREATE OR REPLACE FUNCTION registry.insurer_must_exist() RETURNS trigger
    LANGUAGE plpgsql SET search_path = registry, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT r.insurer_number FROM new_rows AS r) AS n
        WHERE NOT EXISTS (SELECT FROM insurer AS i WHERE i.insurer_number = n.insurer_number OFFSET 0))
    THEN
        RAISE EXCEPTION '%: no such insurer', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION registry.insurer_must_exist IS 'Trigger: every new row is of an insurer that there is.';

CREATE TABLE IF NOT EXISTS registry.person_version (
    version_id      bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 64) PRIMARY KEY,
    person_id       bigint NOT NULL,
    name            text NOT NULL,
    name_kana       text,
    name_other      text,
    name_other_kana text,
    sex1            smallint NOT NULL CHECK (sex1 BETWEEN 1 AND 3),
    sex2            smallint CHECK (sex2 BETWEEN 1 AND 3),
    birth_date      date NOT NULL,
    address         text,
    post_number     text COLLATE "C",
    valid           daterange NOT NULL DEFAULT daterange(NULL, NULL) CHECK (NOT isempty(valid)),
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    origin          bigint,
    name_key        text COLLATE "C",
    name_kana_key   text COLLATE "C"
);
CREATE INDEX IF NOT EXISTS person_version_by_kana
    ON registry.person_version (birth_date, name_kana_key) WHERE name_kana_key IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS person_version_current
    ON registry.person_version (person_id) WHERE superseded_at = 'infinity';
CREATE INDEX IF NOT EXISTS person_version_past
    ON registry.person_version (person_id) WHERE superseded_at <> 'infinity';
CREATE OR REPLACE TRIGGER person_version_person AFTER INSERT ON registry.person_version
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION registry.person_must_exist();
COMMENT ON TABLE registry.person_version IS
    'What is known of a person. One version is current; a change supersedes it and adds another.';
COMMENT ON COLUMN registry.person_version.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.person_version.person_id IS 'The person.';
COMMENT ON COLUMN registry.person_version.name IS '氏名, in Unicode as registered.';
COMMENT ON COLUMN registry.person_version.name_kana IS '氏名カナ.';
COMMENT ON COLUMN registry.person_version.name_other IS '氏名（その他）: common name and the like.';
COMMENT ON COLUMN registry.person_version.name_other_kana IS '氏名（その他）カナ.';
COMMENT ON COLUMN registry.person_version.sex1 IS '性別1 (face of the certificate): code_table OQSCD007.';
COMMENT ON COLUMN registry.person_version.sex2 IS '性別2 (back of the certificate): code_table OQSCD007.';
COMMENT ON COLUMN registry.person_version.birth_date IS 'Date of birth, complete.';
COMMENT ON COLUMN registry.person_version.address IS 'Address as filed with the insurer.';
COMMENT ON COLUMN registry.person_version.post_number IS 'Post code.';
COMMENT ON COLUMN registry.person_version.valid IS 'Days on which this holds in the world.';
COMMENT ON COLUMN registry.person_version.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.person_version.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.person_version.origin IS 'Batch that it came with; NULL if by another way.';
COMMENT ON COLUMN registry.person_version.name_key IS 'Name, normalised for comparison; NULL where it was not made.';
COMMENT ON COLUMN registry.person_version.name_kana_key IS 'Kana, normalised for comparison; NULL where it was not made.';

CREATE TABLE IF NOT EXISTS registry.person_flag (
    version_id    bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    person_id     bigint NOT NULL REFERENCES registry.person,
    kind          smallint NOT NULL CHECK (kind BETWEEN 1 AND 2),
    valid         daterange NOT NULL CHECK (NOT isempty(valid)),
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at)
);
CREATE INDEX IF NOT EXISTS person_flag_current
    ON registry.person_flag (person_id) WHERE superseded_at = 'infinity';
COMMENT ON TABLE registry.person_flag IS
    'Protection of a person (domestic violence and the like). Wins over everything else, and already before it starts.';
COMMENT ON COLUMN registry.person_flag.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.person_flag.person_id IS 'The person.';
COMMENT ON COLUMN registry.person_flag.kind IS '1 不開示: address concealed, 2 自己情報提供不可: own data not given out.';
COMMENT ON COLUMN registry.person_flag.valid IS 'Days on which the flag holds.';
COMMENT ON COLUMN registry.person_flag.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.person_flag.superseded_at IS 'When the registry learned better; infinity is current.';

CREATE TABLE IF NOT EXISTS registry.person_hold (
    hold_id   bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES registry.person,
    scope     smallint NOT NULL CHECK (scope BETWEEN 0 AND 2),
    reason    text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz CHECK (closed_at >= opened_at),
    -- of a doubt that an insurer must answer
    insurer_number  text COLLATE "C" REFERENCES registry.insurer,
    kind            smallint NOT NULL DEFAULT 0 CHECK (kind BETWEEN 0 AND 9),
    coverage_id     bigint,
    other_person_id bigint,
    number_id       bigint,
    batch_id        bigint,
    row_no          integer,
    credential      text COLLATE "C",
    fields          text COLLATE "C",
    due_on          date,
    answer          smallint CHECK (answer BETWEEN 1 AND 4),
    answer_reason   smallint,
    answered_by     text
);
CREATE INDEX IF NOT EXISTS person_hold_open ON registry.person_hold (person_id) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS person_hold_inbox
    ON registry.person_hold (insurer_number, hold_id) WHERE closed_at IS NULL AND insurer_number IS NOT NULL;
CREATE INDEX IF NOT EXISTS person_hold_of_coverage ON registry.person_hold (coverage_id) WHERE coverage_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS person_hold_unasked ON registry.person_hold (hold_id) WHERE closed_at IS NULL AND kind = 3;
COMMENT ON TABLE registry.person_hold IS 'Data of a person that is sealed until an identity doubt is settled.';
COMMENT ON COLUMN registry.person_hold.hold_id IS 'Number of the hold.';
COMMENT ON COLUMN registry.person_hold.person_id IS 'The person.';
COMMENT ON COLUMN registry.person_hold.scope IS '0 nothing is sealed, the insurer is told; 1 clinical information is held, 2 eligibility is held too.';
COMMENT ON COLUMN registry.person_hold.reason IS 'Why, as a code or a short sentence without personal values.';
COMMENT ON COLUMN registry.person_hold.opened_at IS 'Since when.';
COMMENT ON COLUMN registry.person_hold.closed_at IS 'When it was lifted; NULL while it holds.';
COMMENT ON COLUMN registry.person_hold.insurer_number IS 'The insurer in whose inbox it lies; NULL for a hold by an operator.';
COMMENT ON COLUMN registry.person_hold.kind IS
    '0 by hand, 1 the resident register differs, 2 not in the resident register, 3 the resident register has not answered yet, 4 differs from what is held for the same personal number, 5 the person has another personal number, 6 family members swapped, 7 overlap from the same day with another insurer, 8 certificate serial of another person, 9 wrong link.';
COMMENT ON COLUMN registry.person_hold.coverage_id IS 'The coverage that is sealed with it.';
COMMENT ON COLUMN registry.person_hold.other_person_id IS 'The other person whom the doubt is about.';
COMMENT ON COLUMN registry.person_hold.number_id IS 'Link of the personal number that the doubt is about, also one not yet made.';
COMMENT ON COLUMN registry.person_hold.batch_id IS 'Batch of the row that raised it.';
COMMENT ON COLUMN registry.person_hold.credential IS 'Serial number of the user certificate that waits with it to be linked.';
COMMENT ON COLUMN registry.person_hold.row_no IS 'The row.';
COMMENT ON COLUMN registry.person_hold.fields IS 'Verdict for each field compared, and the rule version; no values.';
COMMENT ON COLUMN registry.person_hold.due_on IS 'Until when the insurer must answer.';
COMMENT ON COLUMN registry.person_hold.answer IS '1 corrected, 2 confirmed with a reason, 3 withdrawn, 4 settled by a later check.';
COMMENT ON COLUMN registry.person_hold.answer_reason IS 'Why confirmed: code_table confirm_reason.';
COMMENT ON COLUMN registry.person_hold.answered_by IS 'User at the insurer, opaque.';

-- ---- 21_coverage.sql ----

-- Coverage: who is insured with whom, in which days.
CREATE SEQUENCE IF NOT EXISTS registry.coverage_id AS bigint CACHE 64;
COMMENT ON SEQUENCE registry.coverage_id IS 'Numbers of coverages; all versions of a coverage share one.';

CREATE TABLE IF NOT EXISTS registry.coverage (
    version_id      bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 64) PRIMARY KEY,
    coverage_id     bigint NOT NULL DEFAULT nextval('registry.coverage_id'),
    person_id       bigint NOT NULL,
    insurer_number  text COLLATE "C" NOT NULL,
    card_class      text COLLATE "C" NOT NULL DEFAULT '01' CHECK (card_class ~ '^[0-9A-Z]{2}$'),
    symbol          text COLLATE "C" CHECK (char_length(symbol) <= 38),
    number          text COLLATE "C" NOT NULL CHECK (char_length(number) BETWEEN 1 AND 38),
    branch          text COLLATE "C" CHECK (branch ~ '^[0-9]{2}$'),
    symbol_key      text COLLATE "C" NOT NULL DEFAULT '',
    number_key      text COLLATE "C" NOT NULL,
    symbol_loose    text COLLATE "C" NOT NULL DEFAULT '' CHECK (char_length(symbol_loose) <= 100),
    number_loose    text COLLATE "C" NOT NULL CHECK (char_length(number_loose) <= 100),
    relation        smallint CHECK (relation BETWEEN 1 AND 2),
    insured_name    text,
    valid           daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
    declared_until  date,
    loss_reason     text COLLATE "C" CHECK (loss_reason ~ '^([0-9]{2}|L[0-9]{2})$'),
    issued_on       date,
    card_valid_from date,
    card_expires_on date,
    state           smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
    scheme          smallint NOT NULL DEFAULT 1 CHECK (scheme BETWEEN 1 AND 2),
    preschool_until date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    origin          bigint,
    -- What is superseded, held for an identity check or suspended may overlap; what can be answered may not. Nearly all are
    -- open, and for those this costs too much: the trigger coverage_overlap compares any two, this makes sure of ended ones.
    CONSTRAINT coverage_once_at_a_time
        EXCLUDE USING gist (person_id WITH =, scheme WITH =, valid WITH &&)
        WHERE (superseded_at = 'infinity' AND state = 1 AND NOT upper_inf(valid))
);
CREATE UNIQUE INDEX IF NOT EXISTS coverage_current
    ON registry.coverage (coverage_id) WHERE superseded_at = 'infinity';
CREATE INDEX IF NOT EXISTS coverage_history
    ON registry.coverage (coverage_id) WHERE superseded_at <> 'infinity';
-- In the order in which a dossier has them.
CREATE INDEX IF NOT EXISTS coverage_by_person ON registry.coverage (person_id, lower(valid), coverage_id);
-- Cards, as cards are looked for: what is written with zeros in front and what is not lie together.
CREATE INDEX IF NOT EXISTS coverage_by_card
    ON registry.coverage (insurer_number, symbol_loose, number_loose);
-- With its owner's rights: who may write coverages need not be able to lock people otherwise.
CREATE OR REPLACE FUNCTION registry.coverage_must_fit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off
AS $$
DECLARE
    run        record;
    is_run     boolean; -- as in person_must_exist()
    is_unknown boolean;
    others     bigint[]; -- whom somebody else can know
    is_double  boolean;
BEGIN
    SELECT min(n.person_id) AS first, max(n.person_id) AS last, count(*) AS rows INTO run FROM new_rows AS n;
    is_run := run.last - run.first < 4 * run.rows;
    IF is_run THEN
        SELECT bool_or(p.is_born_here IS NULL),
               array_agg(n.person_id) FILTER (WHERE NOT p.is_born_here AND n.superseded_at = 'infinity' AND n.state = 1)
        INTO is_unknown, others
        FROM new_rows AS n
        LEFT JOIN (
            SELECT q.person_id, person_is_born_here(q.xmin, q.created_at) AS is_born_here FROM person AS q
            WHERE q.person_id BETWEEN run.first AND run.last
            OFFSET 0
        ) AS p ON p.person_id = n.person_id;
    ELSE
        SELECT bool_or(p.is_born_here IS NULL),
               array_agg(n.person_id) FILTER (WHERE NOT p.is_born_here AND n.superseded_at = 'infinity' AND n.state = 1)
        INTO is_unknown, others
        FROM new_rows AS n
        LEFT JOIN LATERAL (
            SELECT person_is_born_here(q.xmin, q.created_at) AS is_born_here FROM person AS q WHERE q.person_id = n.person_id
            OFFSET 0
        ) AS p ON true;
    END IF;
    IF is_unknown THEN
        RAISE EXCEPTION '%: no such person', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    -- Of two writers who meet in a person the second waits here, and then sees what the first has written.
    IF others IS NOT NULL THEN
        PERFORM FROM person AS p WHERE p.person_id = ANY (others) ORDER BY p.person_id FOR NO KEY UPDATE;
    END IF;
    IF is_run THEN
        is_double := EXISTS (
            SELECT FROM new_rows AS n
            JOIN (SELECT * FROM coverage AS v WHERE v.person_id BETWEEN run.first AND run.last OFFSET 0) AS k
                ON k.person_id = n.person_id
            WHERE n.superseded_at = 'infinity' AND n.state = 1 AND k.superseded_at = 'infinity' AND k.state = 1
                AND k.scheme = n.scheme AND k.version_id <> n.version_id AND k.valid && n.valid);
    ELSE
        is_double := EXISTS (
            SELECT FROM new_rows AS n
            CROSS JOIN LATERAL (SELECT * FROM coverage AS v WHERE v.person_id = n.person_id OFFSET 0) AS k
            WHERE n.superseded_at = 'infinity' AND n.state = 1 AND k.superseded_at = 'infinity' AND k.state = 1
                AND k.scheme = n.scheme AND k.version_id <> n.version_id AND k.valid && n.valid);
    END IF;
    IF is_double THEN
        RAISE EXCEPTION 'coverages of one person overlap' USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION registry.coverage_must_fit IS
    'Trigger: coverages are of people that there are, and what can be answered of one person, by one scheme, never overlaps.';
CREATE OR REPLACE TRIGGER coverage_overlap AFTER INSERT ON registry.coverage
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION registry.coverage_must_fit();
CREATE OR REPLACE TRIGGER coverage_overlap_changed AFTER UPDATE ON registry.coverage
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION registry.coverage_must_fit();
CREATE OR REPLACE TRIGGER coverage_insurer AFTER INSERT ON registry.coverage
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION registry.insurer_must_exist();
COMMENT ON TABLE registry.coverage IS
    'Coverage, bitemporal. A version is never changed but for superseded_at. A coverage that never existed (L11) has no current version.';
COMMENT ON COLUMN registry.coverage.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.coverage.coverage_id IS 'Number of the coverage, the same in all its versions.';
COMMENT ON COLUMN registry.coverage.person_id IS 'The person insured.';
COMMENT ON COLUMN registry.coverage.insurer_number IS 'The insurer, or the payer of medical assistance.';
COMMENT ON COLUMN registry.coverage.card_class IS '被保険者証区分: code_table OQSCD010.';
COMMENT ON COLUMN registry.coverage.symbol IS '記号 as registered; NULL if there is none.';
COMMENT ON COLUMN registry.coverage.number IS '番号 as registered; recipient number for medical assistance.';
COMMENT ON COLUMN registry.coverage.branch IS '枝番, two digits; NULL is missing, which is not 00.';
COMMENT ON COLUMN registry.coverage.symbol_key IS 'Symbol, normalised; empty if there is none.';
COMMENT ON COLUMN registry.coverage.number_key IS 'Number, normalised.';
COMMENT ON COLUMN registry.coverage.symbol_loose IS 'Symbol key without leading zeros.';
COMMENT ON COLUMN registry.coverage.number_loose IS 'Number key without leading zeros.';
COMMENT ON COLUMN registry.coverage.relation IS '本人・家族の別: code_table OQSCD009; NULL where the scheme knows none.';
COMMENT ON COLUMN registry.coverage.insured_name IS 'Name of the insured person or head of household.';
COMMENT ON COLUMN registry.coverage.valid IS 'From the day of acquisition to before the day of loss (the first day not covered).';
COMMENT ON COLUMN registry.coverage.declared_until IS
    'First day not covered as the insurer says, where a newer coverage ended it earlier; infinity: the insurer says it goes on.';
COMMENT ON COLUMN registry.coverage.loss_reason IS 'Code of OQSCD008 (two digits), or L01 to L11: code_table loss_reason.';
COMMENT ON COLUMN registry.coverage.issued_on IS 'When the certificate was issued.';
COMMENT ON COLUMN registry.coverage.card_valid_from IS 'First day of the certificate.';
COMMENT ON COLUMN registry.coverage.card_expires_on IS 'Last day of the certificate.';
COMMENT ON COLUMN registry.coverage.state IS '1 in order, 2 identity check pending, 3 suspended.';
COMMENT ON COLUMN registry.coverage.scheme IS '1 medical insurance, 2 medical assistance.';
COMMENT ON COLUMN registry.coverage.preschool_until IS 'Last day on which the person counts as 未就学; NULL if it does not apply.';
COMMENT ON COLUMN registry.coverage.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.coverage.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.coverage.origin IS 'Batch that it came with; NULL if by another way.';

-- ---- 22_terms.sql ----

-- Terms of a coverage: what share the person pays, and what lowers it. All are bitemporal like coverage.
-- coverage_id names all versions of a coverage, so it is no foreign key. What is asked for is always all of one owner.
CREATE TABLE IF NOT EXISTS registry.burden_ratio (
    version_id    bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 64),
    coverage_id   bigint NOT NULL,
    kind          smallint NOT NULL DEFAULT 1,
    ratio_percent smallint NOT NULL CHECK (ratio_percent IN (0, 10, 20, 30)),
    valid         daterange NOT NULL CHECK (NOT isempty(valid)),
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    origin          bigint,
    PRIMARY KEY (coverage_id, version_id)
);
COMMENT ON TABLE registry.burden_ratio IS '一部負担金割合: the share a person pays.';
COMMENT ON COLUMN registry.burden_ratio.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.burden_ratio.coverage_id IS 'The coverage.';
COMMENT ON COLUMN registry.burden_ratio.kind IS '1 stated by the insurer, 2 derived from age.';
COMMENT ON COLUMN registry.burden_ratio.ratio_percent IS 'Share in percent: 0, 10, 20 or 30.';
COMMENT ON COLUMN registry.burden_ratio.valid IS 'Days on which it holds.';
COMMENT ON COLUMN registry.burden_ratio.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.burden_ratio.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.burden_ratio.origin IS 'Batch that it came with; NULL if by another way.';

CREATE TABLE IF NOT EXISTS registry.elderly_certificate (
    version_id    bigint GENERATED BY DEFAULT AS IDENTITY,
    coverage_id   bigint NOT NULL,
    issued_on     date,
    ratio_percent smallint NOT NULL CHECK (ratio_percent IN (0, 10, 20, 30)),
    valid         daterange NOT NULL CHECK (NOT isempty(valid)),
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    origin          bigint,
    PRIMARY KEY (coverage_id, version_id)
);
COMMENT ON TABLE registry.elderly_certificate IS '高齢受給者証: ratio of a person of 70 to 74.';
COMMENT ON COLUMN registry.elderly_certificate.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.elderly_certificate.coverage_id IS 'The coverage.';
COMMENT ON COLUMN registry.elderly_certificate.issued_on IS 'When it was issued.';
COMMENT ON COLUMN registry.elderly_certificate.ratio_percent IS 'Share in percent.';
COMMENT ON COLUMN registry.elderly_certificate.valid IS 'Days on which it holds.';
COMMENT ON COLUMN registry.elderly_certificate.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.elderly_certificate.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.elderly_certificate.origin IS 'Batch that it came with; NULL if by another way.';

CREATE TABLE IF NOT EXISTS registry.ceiling (
    version_id     bigint GENERATED BY DEFAULT AS IDENTITY,
    coverage_id    bigint NOT NULL,
    classification text COLLATE "C" NOT NULL CHECK (classification ~ '^[0-9]{2}$'),
    class          text COLLATE "C" NOT NULL CHECK (class ~ '^[A-Z][0-9]{2}$'),
    code_version   text COLLATE "C",
    issued_on      date,
    long_term_from date,
    valid          daterange NOT NULL CHECK (NOT isempty(valid)),
    recorded_at    timestamptz NOT NULL DEFAULT now(),
    superseded_at  timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    origin          bigint,
    PRIMARY KEY (coverage_id, version_id)
);
COMMENT ON TABLE registry.ceiling IS '限度額適用認定証関連情報: up to what amount a person pays in a month.';
COMMENT ON COLUMN registry.ceiling.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.ceiling.coverage_id IS 'The coverage.';
COMMENT ON COLUMN registry.ceiling.classification IS '限度額証区分: code_table OQSCD011.';
COMMENT ON COLUMN registry.ceiling.class IS '適用区分: code_table OQSCD012.';
COMMENT ON COLUMN registry.ceiling.code_version IS 'Version of the amounts that the class refers to.';
COMMENT ON COLUMN registry.ceiling.issued_on IS 'When the certificate was issued.';
COMMENT ON COLUMN registry.ceiling.long_term_from IS '長期入院該当年月日: first day of long hospital stay.';
COMMENT ON COLUMN registry.ceiling.valid IS 'Days on which it holds.';
COMMENT ON COLUMN registry.ceiling.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.ceiling.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.ceiling.origin IS 'Batch that it came with; NULL if by another way.';

CREATE TABLE IF NOT EXISTS registry.specific_disease (
    version_id    bigint GENERATED BY DEFAULT AS IDENTITY,
    coverage_id   bigint NOT NULL,
    category      smallint NOT NULL CHECK (category BETWEEN 1 AND 3),
    issued_on     date,
    self_pay      integer CHECK (self_pay >= 0),
    valid         daterange NOT NULL CHECK (NOT isempty(valid)),
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    origin          bigint,
    PRIMARY KEY (coverage_id, version_id)
);
COMMENT ON TABLE registry.specific_disease IS '特定疾病療養受療証: lower payment for three diseases.';
COMMENT ON COLUMN registry.specific_disease.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.specific_disease.coverage_id IS 'The coverage.';
COMMENT ON COLUMN registry.specific_disease.category IS '認定疾病区分: code_table OQSCD013.';
COMMENT ON COLUMN registry.specific_disease.issued_on IS 'When the certificate was issued.';
COMMENT ON COLUMN registry.specific_disease.self_pay IS 'What the person pays, yen a month.';
COMMENT ON COLUMN registry.specific_disease.valid IS 'Days on which it holds.';
COMMENT ON COLUMN registry.specific_disease.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.specific_disease.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.specific_disease.origin IS 'Batch that it came with; NULL if by another way.';

CREATE TABLE IF NOT EXISTS registry.public_benefit (
    version_id       bigint GENERATED BY DEFAULT AS IDENTITY,
    person_id        bigint NOT NULL REFERENCES registry.person,
    payer_number     text COLLATE "C" NOT NULL CHECK (payer_number ~ '^[0-9]{8}$'),
    recipient_number text COLLATE "C" CHECK (recipient_number ~ '^[0-9]{7}$'),
    programme        text COLLATE "C" NOT NULL CHECK (programme ~ '^[0-9]{2}$'),
    self_pay         integer CHECK (self_pay >= 0),
    ticket_type      text COLLATE "C" CHECK (ticket_type ~ '^[0-9]{2}$'),
    issue_number     text COLLATE "C",
    treatment_month  date CHECK (extract(day FROM treatment_month) = 1),
    treatment_type   text COLLATE "C" CHECK (treatment_type ~ '^[0-9]{2}$'),
    institution_code text COLLATE "C" CHECK (institution_code ~ '^[0-9]{10}$'),
    detail           jsonb,
    valid            daterange NOT NULL CHECK (NOT isempty(valid)),
    recorded_at      timestamptz NOT NULL DEFAULT now(),
    superseded_at    timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    origin          bigint,
    PRIMARY KEY (person_id, version_id)
);
COMMENT ON TABLE registry.public_benefit IS '公費負担医療 and tickets of medical assistance; they belong to the person.';
COMMENT ON COLUMN registry.public_benefit.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.public_benefit.person_id IS 'The person.';
COMMENT ON COLUMN registry.public_benefit.payer_number IS '公費負担者番号, 8 digits.';
COMMENT ON COLUMN registry.public_benefit.recipient_number IS '受給者番号, 7 digits.';
COMMENT ON COLUMN registry.public_benefit.programme IS '法別番号, the first two digits that name the programme.';
COMMENT ON COLUMN registry.public_benefit.self_pay IS 'What the person pays, yen; NULL if it is not set.';
COMMENT ON COLUMN registry.public_benefit.ticket_type IS '医療券・調剤券別: code_table OQSCD018; NULL if it is no ticket.';
COMMENT ON COLUMN registry.public_benefit.issue_number IS '交付番号 of the ticket.';
COMMENT ON COLUMN registry.public_benefit.treatment_month IS '診療年月 of the ticket, as its first day.';
COMMENT ON COLUMN registry.public_benefit.treatment_type IS '診療別: code_table OQSCD019.';
COMMENT ON COLUMN registry.public_benefit.institution_code IS 'Facility that the ticket names.';
COMMENT ON COLUMN registry.public_benefit.detail IS
    'Further ticket fields: injury_names, prescription_issuer_code, prescription_issuer_name, institution_name, district_contact, '
    'handling_contact, single_or_combined, social_insurance, inconsistent, infection, elderly, prefecture, remarks.';
COMMENT ON COLUMN registry.public_benefit.valid IS 'Days on which it holds.';
COMMENT ON COLUMN registry.public_benefit.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.public_benefit.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.public_benefit.origin IS 'Batch that it came with; NULL if by another way.';

CREATE TABLE IF NOT EXISTS registry.eligibility_certificate (
    version_id    bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    coverage_id   bigint NOT NULL,
    number        text COLLATE "C",
    reason        smallint NOT NULL,
    issued_on     date NOT NULL,
    valid         daterange NOT NULL CHECK (NOT isempty(valid)),
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    origin        bigint,
    printed_from  bigint,
    first_id      bigint
);
CREATE INDEX IF NOT EXISTS eligibility_certificate_of ON registry.eligibility_certificate (coverage_id, version_id);
COMMENT ON TABLE registry.eligibility_certificate IS '資格確認書 that insurers issued.';
COMMENT ON COLUMN registry.eligibility_certificate.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.eligibility_certificate.coverage_id IS 'The coverage that it proves.';
COMMENT ON COLUMN registry.eligibility_certificate.number IS 'The insurer''s number of the certificate.';
COMMENT ON COLUMN registry.eligibility_certificate.reason IS 'Why it was issued: code_table certificate_reason.';
COMMENT ON COLUMN registry.eligibility_certificate.issued_on IS 'When it was issued.';
COMMENT ON COLUMN registry.eligibility_certificate.valid IS 'Days on which it may be used.';
COMMENT ON COLUMN registry.eligibility_certificate.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.eligibility_certificate.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.eligibility_certificate.origin IS 'Batch that it came with; NULL if by another way.';
COMMENT ON COLUMN registry.eligibility_certificate.printed_from IS
    'Version of the dossier that the registry printed it from; NULL where the insurer prints by itself.';
COMMENT ON COLUMN registry.eligibility_certificate.first_id IS
    'Version under which it was issued, where another certificate has cut it short; NULL where this is that version.';

-- ---- 30_notice.sql ----

-- Notices: an insurer says that a registration will follow.
CREATE SEQUENCE IF NOT EXISTS registry.notice_id AS bigint;
COMMENT ON SEQUENCE registry.notice_id IS 'Numbers of notices; all versions of a notice share one.';

CREATE TABLE IF NOT EXISTS registry.notice (
    version_id     bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    notice_id      bigint NOT NULL DEFAULT nextval('registry.notice_id'),
    insurer_number text COLLATE "C" NOT NULL REFERENCES registry.insurer,
    change_kind    smallint NOT NULL CHECK (change_kind BETWEEN 1 AND 3),
    event_on       date,
    received_on    date NOT NULL,
    due_on         date NOT NULL CHECK (due_on >= received_on),
    card_key       text COLLATE "C" NOT NULL,
    symbol         text COLLATE "C",
    number         text COLLATE "C" NOT NULL,
    branch         text COLLATE "C" CHECK (branch ~ '^[0-9]{2}$'),
    birth_date     date NOT NULL,
    state          smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
    recorded_at    timestamptz NOT NULL DEFAULT now(),
    superseded_at  timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    notice_key     text COLLATE "C" CHECK (char_length(notice_key) BETWEEN 1 AND 64),
    user_id        text,
    batch_id       bigint,
    row_no         integer
);
CREATE UNIQUE INDEX IF NOT EXISTS notice_current ON registry.notice (notice_id) WHERE superseded_at = 'infinity';
CREATE UNIQUE INDEX IF NOT EXISTS notice_key_once
    ON registry.notice (insurer_number, notice_key) WHERE superseded_at = 'infinity' AND notice_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS notice_history ON registry.notice (notice_id) WHERE superseded_at <> 'infinity';
CREATE INDEX IF NOT EXISTS notice_expected
    ON registry.notice (card_key, birth_date) WHERE superseded_at = 'infinity' AND state IN (1, 4);
CREATE INDEX IF NOT EXISTS notice_due ON registry.notice (due_on) WHERE superseded_at = 'infinity' AND state = 1;
CREATE INDEX IF NOT EXISTS notice_by_insurer
    ON registry.notice (insurer_number, received_on) WHERE superseded_at = 'infinity';
CREATE INDEX IF NOT EXISTS notice_inbox
    ON registry.notice (insurer_number, due_on, notice_id) WHERE superseded_at = 'infinity' AND state IN (1, 4);
COMMENT ON TABLE registry.notice IS
    'Notices of changes to come. Versioned; its time in the world is event_on, received_on and due_on.';
COMMENT ON COLUMN registry.notice.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.notice.notice_id IS 'Number of the notice, the same in all its versions.';
COMMENT ON COLUMN registry.notice.insurer_number IS 'The insurer that gave notice.';
COMMENT ON COLUMN registry.notice.change_kind IS '1 acquisition, 2 loss, 3 other change.';
COMMENT ON COLUMN registry.notice.event_on IS 'Day of the event itself, where known.';
COMMENT ON COLUMN registry.notice.received_on IS 'Day on which the insurer received the employer''s or household''s notification.';
COMMENT ON COLUMN registry.notice.due_on IS 'Last day for the registration.';
COMMENT ON COLUMN registry.notice.card_key IS 'Insurer number, loose symbol and loose number, joined by colons.';
COMMENT ON COLUMN registry.notice.symbol IS '記号 as announced.';
COMMENT ON COLUMN registry.notice.number IS '番号 as announced.';
COMMENT ON COLUMN registry.notice.branch IS '枝番; NULL is missing.';
COMMENT ON COLUMN registry.notice.birth_date IS 'Date of birth of the person announced.';
COMMENT ON COLUMN registry.notice.state IS '1 open, 2 fulfilled, 3 withdrawn, 4 overdue.';
COMMENT ON COLUMN registry.notice.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.notice.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.notice.notice_key IS 'The insurer''s own name of the notice; it names one notice for ever.';
COMMENT ON COLUMN registry.notice.user_id IS 'User at the insurer who sent this version, opaque.';
COMMENT ON COLUMN registry.notice.batch_id IS 'Batch of the row that fulfilled it.';
COMMENT ON COLUMN registry.notice.row_no IS 'The row that fulfilled it.';

-- ---- 31_batch.sql ----

-- Batches: what insurers send, and the verdict on every row of it. A row that is sent by itself is a batch of one.
CREATE TABLE IF NOT EXISTS registry.batch (
    batch_id        bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    insurer_number  text COLLATE "C" NOT NULL REFERENCES registry.insurer,
    idempotency_key uuid NOT NULL,
    certificate_id  bigint NOT NULL REFERENCES registry.certificate,
    user_id         text,
    format          smallint NOT NULL CHECK (format BETWEEN 1 AND 2),
    packing         smallint NOT NULL DEFAULT 0 CHECK (packing BETWEEN 0 AND 2),
    charset         smallint NOT NULL DEFAULT 1 CHECK (charset BETWEEN 1 AND 2),
    is_dry_run      boolean NOT NULL DEFAULT false,
    announced_bytes bigint CHECK (announced_bytes >= 0),
    received_bytes  bigint NOT NULL DEFAULT 0 CHECK (received_bytes >= 0),
    sha256          bytea NOT NULL CHECK (octet_length(sha256) = 32),
    state           smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 9),
    refusal         text COLLATE "C",
    opened_at       timestamptz NOT NULL DEFAULT now(),
    received_at     timestamptz,
    checked_at      timestamptz,
    finished_at     timestamptz,
    row_count       integer NOT NULL DEFAULT 0,
    staged_count    integer NOT NULL DEFAULT 0,
    applied_count   integer NOT NULL DEFAULT 0,
    held_count      integer NOT NULL DEFAULT 0,
    unchanged_count integer NOT NULL DEFAULT 0,
    refused_count   integer NOT NULL DEFAULT 0,
    warned_count    integer NOT NULL DEFAULT 0,
    phase           smallint NOT NULL DEFAULT 0,
    phase_row       integer NOT NULL DEFAULT 0,
    phases          smallint[] NOT NULL DEFAULT '{}',
    difference      jsonb,
    released_at     timestamptz,
    released_by     text,
    undone_at       timestamptz,
    undone_by       text,
    failures        smallint NOT NULL DEFAULT 0,
    rests_until     timestamptz,
    index_key       smallint,
    index_key_next  smallint,
    UNIQUE (insurer_number, idempotency_key)
);
CREATE INDEX IF NOT EXISTS batch_at_work ON registry.batch (batch_id) WHERE state IN (2, 3, 5);
CREATE INDEX IF NOT EXISTS batch_unfinished ON registry.batch (insurer_number, opened_at) WHERE state = 1;
COMMENT ON TABLE registry.batch IS
    'Files of enrolment rows, from the first byte to the last verdict. The file itself lies in the registrar''s spool folder.';
COMMENT ON COLUMN registry.batch.batch_id IS 'Number of the batch.';
COMMENT ON COLUMN registry.batch.insurer_number IS 'The insurer, from its certificate; the file cannot name another one.';
COMMENT ON COLUMN registry.batch.idempotency_key IS 'Name that the insurer gave it: the same name is the same batch.';
COMMENT ON COLUMN registry.batch.certificate_id IS 'Certificate that opened it.';
COMMENT ON COLUMN registry.batch.user_id IS 'User at the insurer who opened it, opaque.';
COMMENT ON COLUMN registry.batch.format IS '1 CSV, 2 JSON lines.';
COMMENT ON COLUMN registry.batch.packing IS '0 plain, 1 gzip, 2 zstd.';
COMMENT ON COLUMN registry.batch.charset IS '1 UTF-8, 2 CP932.';
COMMENT ON COLUMN registry.batch.is_dry_run IS 'Whether only the report is wanted and nothing is to change.';
COMMENT ON COLUMN registry.batch.announced_bytes IS 'Length of the file as announced; NULL until it is known.';
COMMENT ON COLUMN registry.batch.received_bytes IS 'How many bytes are safely in the spool.';
COMMENT ON COLUMN registry.batch.sha256 IS 'Digest of the file as announced; compared when it is whole.';
COMMENT ON COLUMN registry.batch.state IS
    '1 receiving, 2 received, 3 checking, 4 waits for release, 5 applying, 6 done, 7 refused, 8 cancelled, 9 undone.';
COMMENT ON COLUMN registry.batch.refusal IS 'Code of the fault for which the whole file was refused.';
COMMENT ON COLUMN registry.batch.opened_at IS 'When it was opened.';
COMMENT ON COLUMN registry.batch.received_at IS 'When its last byte was safe.';
COMMENT ON COLUMN registry.batch.checked_at IS 'When every row had been read, judged and asked about.';
COMMENT ON COLUMN registry.batch.finished_at IS 'When its last row had its verdict.';
COMMENT ON COLUMN registry.batch.row_count IS 'Rows in the file, once known.';
COMMENT ON COLUMN registry.batch.staged_count IS 'Rows read and judged so far.';
COMMENT ON COLUMN registry.batch.applied_count IS 'Rows that took effect.';
COMMENT ON COLUMN registry.batch.held_count IS 'Rows that are registered and sealed until a doubt is settled.';
COMMENT ON COLUMN registry.batch.unchanged_count IS 'Rows that say what the registry holds already, or what another row of the file says.';
COMMENT ON COLUMN registry.batch.refused_count IS 'Rows that were refused.';
COMMENT ON COLUMN registry.batch.warned_count IS 'Rows with a warning, whatever became of them.';
COMMENT ON COLUMN registry.batch.phase IS 'Phase of applying that is under way.';
COMMENT ON COLUMN registry.batch.phase_row IS 'Last row of this phase that is done.';
COMMENT ON COLUMN registry.batch.phases IS 'Phases that its rows need, rising; see batch_stage.phase.';
COMMENT ON COLUMN registry.batch.difference IS 'What the file would change, as counts: adds, ends, moves, changes by field.';
COMMENT ON COLUMN registry.batch.released_at IS 'When a second person released it.';
COMMENT ON COLUMN registry.batch.released_by IS 'User who did, opaque.';
COMMENT ON COLUMN registry.batch.undone_at IS 'When it was undone.';
COMMENT ON COLUMN registry.batch.undone_by IS 'User who did, opaque.';
COMMENT ON COLUMN registry.batch.failures IS 'How often the database has refused its next step since it last got on.';
COMMENT ON COLUMN registry.batch.rests_until IS 'It steps aside for others until then; NULL unless it failed.';
COMMENT ON COLUMN registry.batch.index_key IS 'Key of the blind index under which its rows were read: batch_stage.number_index.';
COMMENT ON COLUMN registry.batch.index_key_next IS 'The second such key; NULL unless a rotation was under way: batch_stage.number_index_next.';

-- Made from the file, and made again from it when it is lost: so it needs no log. What is read of every row, again and again,
-- stands in front, with fixed widths.
CREATE UNLOGGED TABLE IF NOT EXISTS registry.batch_stage (
    batch_id               bigint NOT NULL,
    row_no                 integer NOT NULL,
    operation              smallint NOT NULL,
    severity               smallint NOT NULL,
    phase                  smallint NOT NULL DEFAULT 0,
    register_action        smallint NOT NULL DEFAULT 0,
    meets                  boolean NOT NULL DEFAULT true,
    link_card              bigint,
    link_number            bigint,
    link_identity          bigint,
    link_credential        bigint,
    birth_date             date,
    acquired_on            date,
    sex1                   smallint,
    relation               smallint,
    burden_ratio           smallint,
    number_source          smallint,
    number_sealed_by       smallint,
    number_id              bigint,
    event_on               date,
    notice_received_on     date,
    due_on                 date,
    plain_due_on           date,
    delay_reason           smallint,
    digest                 bytea NOT NULL,
    number_index           bytea,
    number_index_next      bytea,
    number_sealed          bytea,
    findings               text[] COLLATE "C" NOT NULL DEFAULT '{}',
    symbol_key             text COLLATE "C",
    number_key             text COLLATE "C",
    symbol_loose           text COLLATE "C",
    number_loose           text COLLATE "C",
    branch                 text COLLATE "C",
    symbol                 text COLLATE "C",
    number                 text COLLATE "C",
    name                   text,
    name_kana              text,
    name_key               text COLLATE "C",
    name_kana_key          text COLLATE "C",
    address                text,
    register_fields        text COLLATE "C",
    register_digest        bytea,
    claimed_digest         bytea,
    number_absence         smallint,
    row_key                text,
    name_other             text,
    name_other_kana        text,
    sex2                   smallint,
    post_number            text COLLATE "C",
    insured_name           text,
    card_class             text COLLATE "C",
    lost_on                date,
    loss_reason            text COLLATE "C",
    effective_on           date,
    card_issued_on         date,
    card_valid_from        date,
    card_expires_on        date,
    ceiling_classification text COLLATE "C",
    ceiling_class          text COLLATE "C",
    long_term_from         date,
    disease_category       smallint,
    self_pay               integer,
    payer_number           text COLLATE "C",
    recipient_number       text COLLATE "C",
    certificate_number     text COLLATE "C",
    certificate_reason     smallint,
    credential_serial      text COLLATE "C",
    issued_on              date,
    valid_from             date,
    valid_until            date,
    examined_on            date,
    checkup_items          text COLLATE "C",
    preschool_until        date,
    PRIMARY KEY (batch_id, row_no)
);
-- Insured persons, whose families are asked about; and those whom the resident register knows differently, among whom swapped
-- ones are looked for. The number comes first, since it tells most.
CREATE INDEX IF NOT EXISTS batch_stage_insured
    ON registry.batch_stage (number_key, symbol_key) WHERE operation = 1 AND relation = 1;
CREATE INDEX IF NOT EXISTS batch_stage_differing
    ON registry.batch_stage (number_key, symbol_key) WHERE register_digest IS NOT NULL;
COMMENT ON TABLE registry.batch_stage IS
    'Rows of a batch that have been read and judged and wait to be applied. Emptied when the batch is finished.';
COMMENT ON COLUMN registry.batch_stage.batch_id IS 'The batch.';
COMMENT ON COLUMN registry.batch_stage.row_no IS 'Number of the row in the file, from 1; the header line is none.';
COMMENT ON COLUMN registry.batch_stage.operation IS '1 acquire, 2 change, 3 lose, 4 cancel, 5 ceiling, 6 elderly certificate, 7 specific disease, 8 public benefit, 9 eligibility certificate, 10 checkup.';
COMMENT ON COLUMN registry.batch_stage.severity IS 'Worst finding: 0 none, 1 warning, 2 refused, 3 another row says the same.';
COMMENT ON COLUMN registry.batch_stage.findings IS 'What the rules found, as "VR-10 birth_date".';
COMMENT ON COLUMN registry.batch_stage.register_action IS 'What the resident registers answer calls for: 0 not asked, 1 link, 2 report, 3 seal clinical information, 4 seal all, 5 not found there, 6 no answer yet.';
COMMENT ON COLUMN registry.batch_stage.register_fields IS 'Verdict for each field compared, and the rule version, as "v1 name=1 name_kana=2/3 ...".';
COMMENT ON COLUMN registry.batch_stage.register_digest IS 'Digest of birth date and kana as the resident register has them, where they differ: shows swapped family members.';
COMMENT ON COLUMN registry.batch_stage.claimed_digest IS 'The same digest of what the insurer says.';
COMMENT ON COLUMN registry.batch_stage.number_id IS 'Number reserved for the personal number.';
COMMENT ON COLUMN registry.batch_stage.number_index IS 'Blind index of the personal number, under batch.index_key.';
COMMENT ON COLUMN registry.batch_stage.number_index_next IS 'The same under batch.index_key_next; NULL unless there is one.';
COMMENT ON COLUMN registry.batch_stage.number_sealed IS 'The personal number, encrypted; number_id is its associated data.';
COMMENT ON COLUMN registry.batch_stage.number_sealed_by IS 'Number of the key it is sealed with.';
COMMENT ON COLUMN registry.batch_stage.number_source IS 'Where the insurer has it from: 1 submitted, 2 looked up, 3 other.';
COMMENT ON COLUMN registry.batch_stage.number_absence IS 'Why there is none: code_table number_absence.';
COMMENT ON COLUMN registry.batch_stage.row_key IS 'The insurers own name of the row, handed back in the report.';
COMMENT ON COLUMN registry.batch_stage.symbol IS '記号 as sent.';
COMMENT ON COLUMN registry.batch_stage.number IS '番号 as sent.';
COMMENT ON COLUMN registry.batch_stage.branch IS '枝番, two digits; NULL is missing.';
COMMENT ON COLUMN registry.batch_stage.symbol_key IS 'Symbol, normalised.';
COMMENT ON COLUMN registry.batch_stage.number_key IS 'Number, normalised.';
COMMENT ON COLUMN registry.batch_stage.symbol_loose IS 'Symbol key without leading zeros.';
COMMENT ON COLUMN registry.batch_stage.number_loose IS 'Number key without leading zeros.';
COMMENT ON COLUMN registry.batch_stage.name IS '氏名.';
COMMENT ON COLUMN registry.batch_stage.name_kana IS '氏名カナ.';
COMMENT ON COLUMN registry.batch_stage.name_kana_key IS 'Kana, normalised, for comparison.';
COMMENT ON COLUMN registry.batch_stage.name_key IS 'Name, normalised, for comparison.';
COMMENT ON COLUMN registry.batch_stage.name_other IS '氏名（その他）.';
COMMENT ON COLUMN registry.batch_stage.name_other_kana IS '氏名（その他）カナ.';
COMMENT ON COLUMN registry.batch_stage.sex1 IS '性別1.';
COMMENT ON COLUMN registry.batch_stage.sex2 IS '性別2.';
COMMENT ON COLUMN registry.batch_stage.birth_date IS 'Date of birth.';
COMMENT ON COLUMN registry.batch_stage.address IS 'Address.';
COMMENT ON COLUMN registry.batch_stage.post_number IS 'Post code.';
COMMENT ON COLUMN registry.batch_stage.relation IS '本人・家族の別.';
COMMENT ON COLUMN registry.batch_stage.insured_name IS 'Name of the insured person or head of household.';
COMMENT ON COLUMN registry.batch_stage.card_class IS '被保険者証区分.';
COMMENT ON COLUMN registry.batch_stage.event_on IS 'Day of the event itself.';
COMMENT ON COLUMN registry.batch_stage.notice_received_on IS 'Day on which the insurer received the notification.';
COMMENT ON COLUMN registry.batch_stage.due_on IS 'Last day for the registration by law.';
COMMENT ON COLUMN registry.batch_stage.plain_due_on IS 'The same without moving it off closed days.';
COMMENT ON COLUMN registry.batch_stage.delay_reason IS 'Why it comes late: code_table delay_reason.';
COMMENT ON COLUMN registry.batch_stage.acquired_on IS '資格取得年月日.';
COMMENT ON COLUMN registry.batch_stage.lost_on IS '資格喪失年月日: first day not covered.';
COMMENT ON COLUMN registry.batch_stage.loss_reason IS '資格喪失事由.';
COMMENT ON COLUMN registry.batch_stage.effective_on IS 'First day of the change.';
COMMENT ON COLUMN registry.batch_stage.card_issued_on IS 'When the certificate was issued.';
COMMENT ON COLUMN registry.batch_stage.card_valid_from IS 'First day of the certificate.';
COMMENT ON COLUMN registry.batch_stage.card_expires_on IS 'Last day of the certificate.';
COMMENT ON COLUMN registry.batch_stage.burden_ratio IS '一部負担金割合, percent.';
COMMENT ON COLUMN registry.batch_stage.ceiling_classification IS '限度額証区分.';
COMMENT ON COLUMN registry.batch_stage.ceiling_class IS '適用区分.';
COMMENT ON COLUMN registry.batch_stage.long_term_from IS '長期入院該当年月日.';
COMMENT ON COLUMN registry.batch_stage.disease_category IS '特定疾病区分.';
COMMENT ON COLUMN registry.batch_stage.self_pay IS '自己負担限度額, yen.';
COMMENT ON COLUMN registry.batch_stage.payer_number IS '公費負担者番号.';
COMMENT ON COLUMN registry.batch_stage.recipient_number IS '受給者番号.';
COMMENT ON COLUMN registry.batch_stage.certificate_number IS 'Number of the 資格確認書.';
COMMENT ON COLUMN registry.batch_stage.certificate_reason IS 'Why a 資格確認書 was issued: code_table certificate_reason.';
COMMENT ON COLUMN registry.batch_stage.credential_serial IS 'Serial number of the user certificate, hexadecimal.';
COMMENT ON COLUMN registry.batch_stage.issued_on IS 'When the certificate or class was issued.';
COMMENT ON COLUMN registry.batch_stage.valid_from IS 'First day on which the term holds.';
COMMENT ON COLUMN registry.batch_stage.valid_until IS 'Last day on which the term holds; NULL is open.';
COMMENT ON COLUMN registry.batch_stage.examined_on IS '健診実施年月日.';
COMMENT ON COLUMN registry.batch_stage.checkup_items IS 'Results of the checkup, as checkup.items.';
COMMENT ON COLUMN registry.batch_stage.preschool_until IS 'Last day on which the person counts as 未就学; NULL if it does not apply.';
COMMENT ON COLUMN registry.batch_stage.digest IS 'Digest of what the row says, without row_key and personal number: the same whenever the file is read.';
COMMENT ON COLUMN registry.batch_stage.link_card IS 'Hash of kind of operation, card, birth date, and day of a checkup: rows of one file that share it may meet in a coverage.';
COMMENT ON COLUMN registry.batch_stage.link_number IS 'First bytes of number_index: such rows may meet in a person.';
COMMENT ON COLUMN registry.batch_stage.link_credential IS 'Hash of credential_serial, of acquisitions.';
COMMENT ON COLUMN registry.batch_stage.link_identity IS 'Hash of birth date, sex, kana and address, of acquisitions with a personal number.';
COMMENT ON COLUMN registry.batch_stage.meets IS 'Whether a row before it in the file may share one of its links. False is certain, true is not.';
COMMENT ON COLUMN registry.batch_stage.phase IS
    'When it is applied: 10 ends of what is registered, 20 acquisitions, 30 other ends, 40 changes, 50 terms; where several rows meet in one coverage or person, the later ones come 1 to 9 later.';

CREATE TABLE IF NOT EXISTS registry.batch_row (
    batch_id           bigint NOT NULL,
    row_no             integer NOT NULL,
    operation          smallint NOT NULL,
    outcome            smallint NOT NULL CHECK (outcome BETWEEN 1 AND 4),
    person_id          bigint,
    coverage_id        bigint,
    event_on           date,
    notice_received_on date,
    due_on             date,
    recorded_at        timestamptz NOT NULL DEFAULT now(),
    row_key            text,
    findings           text[] COLLATE "C",
    PRIMARY KEY (batch_id, row_no)
);
COMMENT ON TABLE registry.batch_row IS
    'The verdict on each row of a batch, written in the transaction in which the row takes effect. Insert only.';
COMMENT ON COLUMN registry.batch_row.batch_id IS 'The batch.';
COMMENT ON COLUMN registry.batch_row.row_no IS 'Number of the row in the file.';
COMMENT ON COLUMN registry.batch_row.operation IS 'As batch_stage.operation; 0 where the row names none.';
COMMENT ON COLUMN registry.batch_row.outcome IS '1 applied, 2 held, 3 unchanged, 4 refused.';
COMMENT ON COLUMN registry.batch_row.person_id IS 'The person it is about, where one was found or made.';
COMMENT ON COLUMN registry.batch_row.coverage_id IS 'The coverage it is about, where one was found or made.';
COMMENT ON COLUMN registry.batch_row.event_on IS 'First clock: day of the event itself.';
COMMENT ON COLUMN registry.batch_row.notice_received_on IS 'Second clock: day on which the insurer was notified.';
COMMENT ON COLUMN registry.batch_row.due_on IS 'Last day for the registration by law.';
COMMENT ON COLUMN registry.batch_row.recorded_at IS 'Third clock: when the registry took it in.';
COMMENT ON COLUMN registry.batch_row.row_key IS 'The insurer''s own name of the row.';
COMMENT ON COLUMN registry.batch_row.findings IS 'What the rules and the comparison with what is held found, as "VR-10 birth_date".';

-- ---- 32_personal_number.sql ----

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

-- ---- 33_registration.sql ----

-- What follows from a registration: the five-day record, doubts that an insurer must answer, and who must be told.
CREATE TABLE IF NOT EXISTS registry.registration_breach (
    breach_id      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    insurer_number text COLLATE "C" NOT NULL REFERENCES registry.insurer,
    kind           smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
    notice_id      bigint,
    batch_id       bigint,
    row_no         integer,
    event_on       date,
    received_on    date,
    due_on         date NOT NULL,
    done_on        date,
    delay_reason   smallint,
    recorded_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS registration_breach_by_insurer
    ON registry.registration_breach (insurer_number, recorded_at);
CREATE UNIQUE INDEX IF NOT EXISTS registration_breach_of_notice
    ON registry.registration_breach (notice_id, kind) WHERE notice_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS registration_breach_of_row
    ON registry.registration_breach (batch_id, row_no, kind) WHERE batch_id IS NOT NULL;
COMMENT ON TABLE registry.registration_breach IS 'Where a legal term was missed. Nobody can change or remove a row.';
COMMENT ON COLUMN registry.registration_breach.breach_id IS 'Number of the breach.';
COMMENT ON COLUMN registry.registration_breach.insurer_number IS 'The insurer.';
COMMENT ON COLUMN registry.registration_breach.kind IS
    '1 registered late, 2 announced and not registered in time, 3 the insurer itself was notified late (not its fault).';
COMMENT ON COLUMN registry.registration_breach.notice_id IS 'The notice, if there was one.';
COMMENT ON COLUMN registry.registration_breach.batch_id IS 'The batch of the late row; NULL for kind 2.';
COMMENT ON COLUMN registry.registration_breach.row_no IS 'The late row.';
COMMENT ON COLUMN registry.registration_breach.event_on IS 'Day of the event.';
COMMENT ON COLUMN registry.registration_breach.received_on IS 'Day on which the insurer was notified.';
COMMENT ON COLUMN registry.registration_breach.due_on IS 'Last day that would have been in time.';
COMMENT ON COLUMN registry.registration_breach.done_on IS 'Day on which it was done; NULL if it has not been.';
COMMENT ON COLUMN registry.registration_breach.delay_reason IS 'Reason given: code_table delay_reason.';
COMMENT ON COLUMN registry.registration_breach.recorded_at IS 'When it was written.';

CREATE OR REPLACE FUNCTION registry.registration_breach_refuse() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'breach records are insert only' USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION registry.registration_breach_refuse IS 'Trigger: refuses any change of breach records.';
CREATE OR REPLACE TRIGGER registration_breach_refuse_change BEFORE UPDATE OR DELETE ON registry.registration_breach
    FOR EACH ROW EXECUTE FUNCTION registry.registration_breach_refuse();
CREATE OR REPLACE TRIGGER registration_breach_refuse_truncate BEFORE TRUNCATE ON registry.registration_breach
    FOR EACH STATEMENT EXECUTE FUNCTION registry.registration_breach_refuse();

CREATE TABLE IF NOT EXISTS registry.registration_day (
    insurer_number text COLLATE "C" NOT NULL REFERENCES registry.insurer,
    day            date NOT NULL,
    lag_days       integer NOT NULL,
    is_late        boolean NOT NULL,
    count          bigint NOT NULL,
    PRIMARY KEY (insurer_number, day, lag_days, is_late)
);
COMMENT ON TABLE registry.registration_day IS
    'Registrations counted by insurer, day, and days from the notice to the registration: compliance without reading every row.';
COMMENT ON COLUMN registry.registration_day.insurer_number IS 'The insurer.';
COMMENT ON COLUMN registry.registration_day.day IS 'Civil day of the registration.';
COMMENT ON COLUMN registry.registration_day.lag_days IS 'Calendar days from the notice to the registration.';
COMMENT ON COLUMN registry.registration_day.is_late IS 'Whether they came after their due day.';
COMMENT ON COLUMN registry.registration_day.count IS 'How many.';

CREATE TABLE IF NOT EXISTS registry.correction (
    correction_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    person_id     bigint NOT NULL,
    affected      daterange NOT NULL CHECK (NOT isempty(affected)),
    kind          smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    told_at       timestamptz
);
CREATE INDEX IF NOT EXISTS correction_untold ON registry.correction (correction_id) WHERE told_at IS NULL;
COMMENT ON TABLE registry.correction IS
    'Changes that reach back into days that facilities may have asked about. The registrar then tells those that did.';
COMMENT ON COLUMN registry.correction.correction_id IS 'Number of the correction.';
COMMENT ON COLUMN registry.correction.person_id IS 'The person.';
COMMENT ON COLUMN registry.correction.affected IS 'Days whose answer may have changed.';
COMMENT ON COLUMN registry.correction.kind IS '1 coverage or its terms, 2 person, 3 wrong link.';
COMMENT ON COLUMN registry.correction.recorded_at IS 'When it was written.';
COMMENT ON COLUMN registry.correction.told_at IS 'When the facilities concerned had been told; NULL until then.';

CREATE TABLE IF NOT EXISTS registry.change_notice (
    notice_no     bigint GENERATED BY DEFAULT AS IDENTITY,
    facility_id   integer NOT NULL,
    record_id     bigint NOT NULL,
    day           date NOT NULL,
    asked_day     date NOT NULL,
    request_id    uuid NOT NULL,
    kind          smallint NOT NULL,
    correction_id bigint NOT NULL,
    made_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (facility_id, notice_no),
    UNIQUE (correction_id, record_id)
);
COMMENT ON TABLE registry.change_notice IS
    'For a facility: an answer that it was given has changed since. It names the answer, not the person.';
COMMENT ON COLUMN registry.change_notice.notice_no IS 'Number of the notice, rising.';
COMMENT ON COLUMN registry.change_notice.facility_id IS 'The facility that had asked.';
COMMENT ON COLUMN registry.change_notice.record_id IS 'Access record of the answer; its confirmation number comes from it.';
COMMENT ON COLUMN registry.change_notice.day IS 'Day of that record.';
COMMENT ON COLUMN registry.change_notice.asked_day IS 'Day that the question was about.';
COMMENT ON COLUMN registry.change_notice.request_id IS 'Request id of the question.';
COMMENT ON COLUMN registry.change_notice.kind IS 'As correction.kind.';
COMMENT ON COLUMN registry.change_notice.correction_id IS 'The correction.';
COMMENT ON COLUMN registry.change_notice.made_at IS 'When it was written.';

CREATE TABLE IF NOT EXISTS registry.discrepancy (
    ticket_id      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ticket_number  text COLLATE "C" NOT NULL UNIQUE,
    facility_id    integer REFERENCES registry.facility,
    request_id     uuid NOT NULL,
    record_id      bigint,
    record_day     date,
    insurer_number text COLLATE "C" NOT NULL REFERENCES registry.insurer,
    person_id      bigint NOT NULL,
    coverage_id    bigint,
    fields         text[] COLLATE "C" NOT NULL CHECK (cardinality(fields) > 0),
    opened_at      timestamptz NOT NULL DEFAULT now(),
    due_on         date NOT NULL,
    state          smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
    answer         smallint,
    answered_at    timestamptz,
    answered_by    text,
    UNIQUE (facility_id, request_id),
    CHECK ((facility_id IS NULL) = (record_id IS NULL) AND (record_id IS NULL) = (record_day IS NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS discrepancy_of_person ON registry.discrepancy (person_id, request_id) WHERE facility_id IS NULL;
CREATE INDEX IF NOT EXISTS discrepancy_about_person ON registry.discrepancy (person_id);
CREATE INDEX IF NOT EXISTS discrepancy_open ON registry.discrepancy (insurer_number, due_on) WHERE state = 1;
COMMENT ON TABLE registry.discrepancy IS
    'A facility, or the person, says: what I was shown is not right. The insurer must answer.';
COMMENT ON COLUMN registry.discrepancy.ticket_id IS 'Own number.';
COMMENT ON COLUMN registry.discrepancy.ticket_number IS 'Number given to the facility and the insurer; not to be guessed.';
COMMENT ON COLUMN registry.discrepancy.facility_id IS 'The facility; NULL: the person, through a portal.';
COMMENT ON COLUMN registry.discrepancy.request_id IS 'Request that opened the ticket: the same one again opens no second.';
COMMENT ON COLUMN registry.discrepancy.record_id IS 'Access record of the answer that differed; of a facility.';
COMMENT ON COLUMN registry.discrepancy.record_day IS 'Day of that record.';
COMMENT ON COLUMN registry.discrepancy.insurer_number IS 'The insurer that must answer.';
COMMENT ON COLUMN registry.discrepancy.person_id IS 'The person.';
COMMENT ON COLUMN registry.discrepancy.coverage_id IS 'The coverage that was shown.';
COMMENT ON COLUMN registry.discrepancy.fields IS 'Which fields differ, by name; never a value.';
COMMENT ON COLUMN registry.discrepancy.opened_at IS 'When it was opened.';
COMMENT ON COLUMN registry.discrepancy.due_on IS 'Until when the insurer must answer.';
COMMENT ON COLUMN registry.discrepancy.state IS '1 open, 2 corrected, 3 the registry is right, 4 closed without finding.';
COMMENT ON COLUMN registry.discrepancy.answer IS 'Answer of the insurer: code_table discrepancy_answer.';
COMMENT ON COLUMN registry.discrepancy.answered_at IS 'When it was answered.';
COMMENT ON COLUMN registry.discrepancy.answered_by IS 'User at the insurer, opaque.';

-- ---- 34_shadow.sql ----

-- Comparisons with the resident register under another version of the rules, in shadow: nothing of it takes effect.
CREATE TABLE IF NOT EXISTS registry.match_shadow (
    rule_version smallint PRIMARY KEY,
    against      smallint NOT NULL,
    cursor       bigint NOT NULL DEFAULT 0,
    compared     bigint NOT NULL DEFAULT 0,
    not_found    bigint NOT NULL DEFAULT 0,
    incomparable bigint NOT NULL DEFAULT 0,
    unanswered   bigint NOT NULL DEFAULT 0,
    started_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz
);
COMMENT ON TABLE registry.match_shadow IS 'How far the people of the registry have been compared under another version of the rules, and what came of it.';
COMMENT ON COLUMN registry.match_shadow.rule_version IS 'The version that is tried.';
COMMENT ON COLUMN registry.match_shadow.against IS 'The version in force that it is held against.';
COMMENT ON COLUMN registry.match_shadow.cursor IS 'All links up to this number are done.';
COMMENT ON COLUMN registry.match_shadow.compared IS 'Links compared.';
COMMENT ON COLUMN registry.match_shadow.not_found IS 'Links whose number the resident register does not have.';
COMMENT ON COLUMN registry.match_shadow.incomparable IS 'Links with a text that cannot be compared, on either side.';
COMMENT ON COLUMN registry.match_shadow.unanswered IS 'Links that the resident register refused to answer for, or whose number did not open.';
COMMENT ON COLUMN registry.match_shadow.started_at IS 'When it began.';
COMMENT ON COLUMN registry.match_shadow.finished_at IS 'When the last link was done; NULL while it goes on.';

CREATE TABLE IF NOT EXISTS registry.match_shadow_difference (
    rule_version   smallint NOT NULL REFERENCES registry.match_shadow ON DELETE CASCADE,
    number_id      bigint NOT NULL,
    insurer_number text COLLATE "C" NOT NULL,
    action_now     smallint NOT NULL,
    action_then    smallint NOT NULL,
    fields_now     text COLLATE "C" NOT NULL,
    fields_then    text COLLATE "C" NOT NULL,
    PRIMARY KEY (rule_version, number_id)
);
COMMENT ON TABLE registry.match_shadow_difference IS 'Links of which the two versions of the rules say different things.';
COMMENT ON COLUMN registry.match_shadow_difference.rule_version IS 'The version that is tried.';
COMMENT ON COLUMN registry.match_shadow_difference.number_id IS 'The link.';
COMMENT ON COLUMN registry.match_shadow_difference.insurer_number IS 'The insurer that told it.';
COMMENT ON COLUMN registry.match_shadow_difference.action_now IS 'What the version in force calls for: batch_stage.register_action.';
COMMENT ON COLUMN registry.match_shadow_difference.action_then IS 'What the version that is tried would call for.';
COMMENT ON COLUMN registry.match_shadow_difference.fields_now IS 'Verdict and rule for each field under the version in force.';
COMMENT ON COLUMN registry.match_shadow_difference.fields_then IS 'The same under the version that is tried.';

-- ---- 35_enrolment.sql ----

-- What insurers asked of the registrar one by one, and the undoing of wrong links.
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

CREATE TABLE IF NOT EXISTS registry.number_unlink (
    unlink_id      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    insurer_number text COLLATE "C" NOT NULL REFERENCES registry.insurer,
    person_id      bigint NOT NULL REFERENCES registry.person,
    coverage_id    bigint NOT NULL,
    number_id      bigint,
    hold_id        bigint NOT NULL REFERENCES registry.person_hold,
    linked_at      timestamptz NOT NULL,
    unlinked_at    timestamptz NOT NULL DEFAULT now() CHECK (unlinked_at >= linked_at),
    user_id        text
);
CREATE INDEX IF NOT EXISTS number_unlink_by_insurer ON registry.number_unlink (insurer_number, unlink_id);
COMMENT ON TABLE registry.number_unlink IS
    'Wrong links that an insurer has ended. Between linked_at and unlinked_at, whoever looked saw data of the wrong person.';
COMMENT ON COLUMN registry.number_unlink.unlink_id IS 'Number of the unlinking.';
COMMENT ON COLUMN registry.number_unlink.insurer_number IS 'The insurer that asked for it.';
COMMENT ON COLUMN registry.number_unlink.person_id IS 'The person who was sealed.';
COMMENT ON COLUMN registry.number_unlink.coverage_id IS 'The insurer''s coverage by which the person was named.';
COMMENT ON COLUMN registry.number_unlink.number_id IS
    'The link that was ended; NULL if the insurer had made none, so that only the seal was set.';
COMMENT ON COLUMN registry.number_unlink.hold_id IS 'The hold that seals the person.';
COMMENT ON COLUMN registry.number_unlink.linked_at IS 'Since when the link had stood, or the coverage where there was none.';
COMMENT ON COLUMN registry.number_unlink.unlinked_at IS 'When it was ended.';
COMMENT ON COLUMN registry.number_unlink.user_id IS 'User at the insurer who asked for it, opaque.';

-- ---- 40_card.sql ----

-- Card: from what a patient shows to persons.
CREATE TABLE IF NOT EXISTS registry.card (
    card_key   text COLLATE "C" NOT NULL,
    birth_date date NOT NULL,
    person_id  bigint NOT NULL,
    PRIMARY KEY (birth_date, card_key, person_id)
);
-- Near misses: same day of birth and same insurer (the primary key, which is in the order that this wants); same day of birth
-- and same symbol and number elsewhere. The same key on another day of birth is found by coverage_by_card.
CREATE INDEX IF NOT EXISTS card_by_rest ON registry.card (birth_date, substr(card_key, 10));
COMMENT ON TABLE registry.card IS
    'One row per key and person over the current versions of its coverages, past ones included. Written by dossier_refresh and batch_write_dossiers only.';
COMMENT ON COLUMN registry.card.card_key IS 'Insurer number, loose symbol and loose number, joined by colons.';
COMMENT ON COLUMN registry.card.birth_date IS 'Date of birth of the person.';
COMMENT ON COLUMN registry.card.person_id IS 'The person. Several persons of one key and birth date are possible (twins).';

-- Credentials: user certificates of cards and phones, by issuer and serial number. A person may have several.
CREATE TABLE IF NOT EXISTS registry.card_issuer (
    issuer_id smallint PRIMARY KEY CHECK (issuer_id > 0),
    name      text COLLATE "C" NOT NULL UNIQUE,
    kind      smallint NOT NULL CHECK (kind BETWEEN 1 AND 2)
);
COMMENT ON TABLE registry.card_issuer IS 'Authorities that issue user certificates (利用者証明用電子証明書).';
COMMENT ON COLUMN registry.card_issuer.issuer_id IS 'Own number. 1 is the one whose serial numbers insurers tell.';
COMMENT ON COLUMN registry.card_issuer.name IS 'Subject of the authority as text of RFC 4514.';
COMMENT ON COLUMN registry.card_issuer.kind IS '1 of cards, 2 of phones.';

CREATE TABLE IF NOT EXISTS registry.credential (
    issuer_id      smallint NOT NULL DEFAULT 1,
    serial         text COLLATE "C" NOT NULL CHECK (serial ~ '^[0-9A-F]{1,40}$'),
    person_id      bigint NOT NULL REFERENCES registry.person,
    insurer_number text COLLATE "C" REFERENCES registry.insurer,
    linked_at      timestamptz NOT NULL DEFAULT now(),
    origin         bigint,
    ended_at       timestamptz,
    PRIMARY KEY (serial, issuer_id)
);
CREATE INDEX IF NOT EXISTS credential_by_person ON registry.credential (person_id);
COMMENT ON TABLE registry.credential IS 'Serial numbers of user certificates, as linked to people. A serial never changes its person.';
COMMENT ON COLUMN registry.credential.issuer_id IS 'Authority that issued it: card_issuer.';
COMMENT ON COLUMN registry.credential.serial IS 'Serial number of the certificate, hexadecimal, without leading zeros.';
COMMENT ON COLUMN registry.credential.person_id IS 'The person.';
COMMENT ON COLUMN registry.credential.insurer_number IS 'The insurer that told it; NULL if somebody else did.';
COMMENT ON COLUMN registry.credential.linked_at IS 'Since when.';
COMMENT ON COLUMN registry.credential.origin IS 'Batch that it came with; NULL if by another way.';
COMMENT ON COLUMN registry.credential.ended_at IS 'Since when it leads nowhere (lost, replaced, given back); NULL while it does.';

CREATE TABLE IF NOT EXISTS registry.credential_alarm (
    alarm_id        bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    issuer_id       smallint NOT NULL,
    serial          text COLLATE "C" NOT NULL,
    person_id       bigint NOT NULL,
    other_person_id bigint NOT NULL CHECK (other_person_id <> person_id),
    raised_at       timestamptz NOT NULL,
    UNIQUE (issuer_id, serial, other_person_id)
);
COMMENT ON TABLE registry.credential_alarm IS 'Serial numbers that somebody wanted to link to a second person. It was refused.';
COMMENT ON COLUMN registry.credential_alarm.alarm_id IS 'Number of the alarm.';
COMMENT ON COLUMN registry.credential_alarm.issuer_id IS 'Authority: card_issuer.';
COMMENT ON COLUMN registry.credential_alarm.serial IS 'Serial number of the certificate.';
COMMENT ON COLUMN registry.credential_alarm.person_id IS 'Whom it leads to, still.';
COMMENT ON COLUMN registry.credential_alarm.other_person_id IS 'Whom it should have led to.';
COMMENT ON COLUMN registry.credential_alarm.raised_at IS 'When it was tried first.';

-- ---- 41_dossier.sql ----

-- Dossiers: what a facility's question needs of one person, as one row. The layout is explained in dossier.md;
-- the order of the attributes below is that layout, so they are only ever added to at the end of dossier_body
-- together with a new format number.
DO $$
BEGIN
    IF to_regtype('registry.dossier_ratio') IS NULL THEN
        CREATE TYPE registry.dossier_ratio AS (from_on date, until_on date, ratio_percent smallint);
        CREATE TYPE registry.dossier_elderly AS (
            issued_on date, from_on date, until_on date, ratio_percent smallint);
        CREATE TYPE registry.dossier_ceiling AS (
            classification text, class text, issued_on date, from_on date, until_on date, long_term_on date);
        CREATE TYPE registry.dossier_disease AS (
            category smallint, issued_on date, from_on date, until_on date, self_pay integer);
        CREATE TYPE registry.dossier_benefit AS (
            payer_number text, recipient_number text, programme text, from_on date, until_on date, self_pay integer);
        CREATE TYPE registry.dossier_coverage AS (
            coverage_id bigint, insurer_number text, card_class text, symbol text, number text, branch text,
            symbol_key text, number_key text, relation smallint, insured_name text, acquired_on date, lost_on date,
            loss_reason text, issued_on date, card_valid_from date, card_expires_on date, state smallint,
            scheme smallint, preschool_until date, ratios registry.dossier_ratio[],
            elderly registry.dossier_elderly[], ceilings registry.dossier_ceiling[],
            diseases registry.dossier_disease[]);
        CREATE TYPE registry.dossier_body AS (
            format smallint, person_id bigint, name text, name_kana text, name_other text, name_other_kana text,
            sex1 smallint, sex2 smallint, birth_date date, address text, post_number text, flags smallint,
            hold smallint, coverages registry.dossier_coverage[], benefits registry.dossier_benefit[]);
    END IF;
END
$$;
COMMENT ON TYPE registry.dossier_ratio IS 'Part of a dossier: burden ratio.';
COMMENT ON TYPE registry.dossier_elderly IS 'Part of a dossier: certificate for those of 70 to 74.';
COMMENT ON TYPE registry.dossier_ceiling IS 'Part of a dossier: ceiling.';
COMMENT ON TYPE registry.dossier_disease IS 'Part of a dossier: specific disease.';
COMMENT ON TYPE registry.dossier_benefit IS 'Part of a dossier: public benefit.';
COMMENT ON TYPE registry.dossier_coverage IS 'Part of a dossier: one coverage with its terms.';
COMMENT ON TYPE registry.dossier_body IS 'A dossier: one person with all coverages and benefits.';

CREATE SEQUENCE IF NOT EXISTS registry.dossier_version AS bigint CACHE 64;
COMMENT ON SEQUENCE registry.dossier_version IS 'Versions of all dossiers.';

CREATE TABLE IF NOT EXISTS registry.dossier (
    person_id    bigint PRIMARY KEY,
    version      bigint NOT NULL UNIQUE DEFAULT nextval('registry.dossier_version'),
    refreshed_at timestamptz NOT NULL DEFAULT now(),
    body         bytea NOT NULL
) WITH (fillfactor = 80, toast_tuple_target = 8160);
ALTER TABLE registry.dossier ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE registry.dossier IS 'The current dossier of each person. Written by dossier_refresh and batch_write_dossiers only.';
COMMENT ON COLUMN registry.dossier.person_id IS 'The person.';
COMMENT ON COLUMN registry.dossier.version IS 'Version; never used again, also not for another person.';
COMMENT ON COLUMN registry.dossier.refreshed_at IS 'When this version was made.';
COMMENT ON COLUMN registry.dossier.body IS 'The record dossier_body in PostgreSQL''s binary format.';

CREATE TABLE IF NOT EXISTS registry.dossier_past (
    version      bigint PRIMARY KEY,
    person_id    bigint NOT NULL,
    refreshed_at timestamptz NOT NULL,
    replaced_at  timestamptz NOT NULL DEFAULT now(),
    body         bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS dossier_past_of ON registry.dossier_past (person_id);
COMMENT ON TABLE registry.dossier_past IS
    'Dossiers that were replaced: what was disclosed under an older version stays readable.';
COMMENT ON COLUMN registry.dossier_past.version IS 'Version.';
COMMENT ON COLUMN registry.dossier_past.person_id IS 'The person.';
COMMENT ON COLUMN registry.dossier_past.refreshed_at IS 'When this version was made.';
COMMENT ON COLUMN registry.dossier_past.replaced_at IS 'When it was replaced.';
COMMENT ON COLUMN registry.dossier_past.body IS 'The record dossier_body in PostgreSQL''s binary format.';

-- Many refreshes of single persons, or of disjoint ranges, go side by side; the two kinds exclude each other.
-- The modes of a table lock say exactly that (ROW EXCLUSIVE and SHARE), so this table is only ever locked.
CREATE TABLE IF NOT EXISTS registry.dossier_lock (
    nothing boolean CHECK (false)
);
COMMENT ON TABLE registry.dossier_lock IS 'Empty; locked by dossier_refresh and dossier_refresh_all against each other.';
COMMENT ON COLUMN registry.dossier_lock.nothing IS 'Never holds anything.';

-- How a dossier is made from the tables; batch_write_dossiers makes the same of a new person's row. Each table is read in a LATERAL subquery that OFFSET 0 keeps whole,
-- and the condition on superseded_at of a table with several indexes stands outside: then only the index by person is
-- left to read it by, whatever the planner believes of tables that are empty or not counted yet.
CREATE OR REPLACE FUNCTION registry.dossier_build(person_ids bigint[], today date)
    RETURNS TABLE (person_id bigint, body bytea, birth_date date, card_keys text[])
    LANGUAGE sql STABLE
AS $$
    SELECT
        p.person_id,
        record_send(ROW(
            1, p.person_id, p.name, p.name_kana, p.name_other, p.name_other_kana, p.sex1, p.sex2, p.birth_date,
            p.address, p.post_number,
            coalesce((
                SELECT bit_or(f.kind)
                FROM registry.person_flag AS f
                WHERE f.person_id = p.person_id AND f.superseded_at = 'infinity'
                    AND (upper_inf(f.valid) OR upper(f.valid) > today)), 0),
            coalesce((
                SELECT max(h.scope)
                FROM registry.person_hold AS h
                WHERE h.person_id = p.person_id AND h.closed_at IS NULL), 0),
            coalesce(held.coverages, '{}'),
            ARRAY(
                SELECT ROW(b.payer_number, b.recipient_number, b.programme, lower(b.valid), upper(b.valid),
                           b.self_pay)::registry.dossier_benefit
                FROM registry.public_benefit AS b
                WHERE b.person_id = p.person_id AND b.superseded_at = 'infinity'
                ORDER BY lower(b.valid) NULLS FIRST, b.version_id)
        )::registry.dossier_body),
        p.birth_date,
        held.card_keys
    FROM unnest(person_ids) AS asked (person_id)
    CROSS JOIN LATERAL (
        SELECT * FROM registry.person_version AS v
        WHERE v.person_id = asked.person_id AND v.superseded_at = 'infinity'
        OFFSET 0
    ) AS p
    CROSS JOIN LATERAL (
        SELECT array_agg(line.coverage) AS coverages, array_agg(line.card_key) AS card_keys
        FROM (
            SELECT
                ROW(c.coverage_id, c.insurer_number, c.card_class, c.symbol, c.number, c.branch, c.symbol_key,
                    c.number_key, c.relation, c.insured_name, lower(c.valid), upper(c.valid), c.loss_reason,
                    c.issued_on, c.card_valid_from, c.card_expires_on, c.state, c.scheme, c.preschool_until,
                    ARRAY(
                        SELECT ROW(lower(r.valid), upper(r.valid), r.ratio_percent)::registry.dossier_ratio
                        FROM registry.burden_ratio AS r
                        WHERE r.coverage_id = c.coverage_id AND r.superseded_at = 'infinity'
                        ORDER BY lower(r.valid) NULLS FIRST, r.version_id),
                    ARRAY(
                        SELECT ROW(e.issued_on, lower(e.valid), upper(e.valid), e.ratio_percent
                                  )::registry.dossier_elderly
                        FROM registry.elderly_certificate AS e
                        WHERE e.coverage_id = c.coverage_id AND e.superseded_at = 'infinity'
                        ORDER BY lower(e.valid) NULLS FIRST, e.version_id),
                    ARRAY(
                        SELECT ROW(l.classification, l.class, l.issued_on, lower(l.valid), upper(l.valid),
                                   l.long_term_from)::registry.dossier_ceiling
                        FROM registry.ceiling AS l
                        WHERE l.coverage_id = c.coverage_id AND l.superseded_at = 'infinity'
                        ORDER BY lower(l.valid) NULLS FIRST, l.version_id),
                    ARRAY(
                        SELECT ROW(d.category, d.issued_on, lower(d.valid), upper(d.valid), d.self_pay
                                  )::registry.dossier_disease
                        FROM registry.specific_disease AS d
                        WHERE d.coverage_id = c.coverage_id AND d.superseded_at = 'infinity'
                        ORDER BY lower(d.valid) NULLS FIRST, d.version_id)
                )::registry.dossier_coverage AS coverage,
                c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose AS card_key
            FROM (
                SELECT * FROM registry.coverage AS v
                WHERE v.person_id = p.person_id
                ORDER BY lower(v.valid) DESC, v.coverage_id DESC
                OFFSET 0
            ) AS c
            WHERE c.superseded_at = 'infinity'
        ) AS line
    ) AS held
$$;
COMMENT ON FUNCTION registry.dossier_build IS 'Makes the dossiers and card keys of persons, without storing them.';

-- Stores what dossier_build makes; the callers below hold the locks and say how it is planned.
CREATE OR REPLACE FUNCTION registry.dossier_write(person_ids bigint[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off
    SET work_mem = '64MB' -- 20,000 persons stay in memory between the parts of the statement
AS $$
#variable_conflict use_column
DECLARE
    moment   timestamptz := clock_timestamp();
    known    integer;
    standing integer;
    written  integer;
    removed  integer := 0;
BEGIN
    -- What differs: the old body moves to the past, the new one takes its place under a new version.
    WITH made AS MATERIALIZED (
        SELECT b.*, d.version AS old_version, d.refreshed_at AS old_refreshed_at,
               CASE WHEN d.body <> b.body THEN d.body END AS old_body
        FROM (SELECT * FROM dossier_build(person_ids, civil_day(moment)) OFFSET 0) AS b
        LEFT JOIN LATERAL (SELECT * FROM dossier AS f WHERE f.person_id = b.person_id OFFSET 0) AS d ON true
    ),
    past AS (
        INSERT INTO dossier_past (version, person_id, refreshed_at, replaced_at, body)
        SELECT m.old_version, m.person_id, m.old_refreshed_at, moment, m.old_body
        FROM made AS m
        WHERE m.old_body IS NOT NULL
    ),
    -- The key finds the row that there is; a join would be one more thing to plan wrongly.
    replaced AS (
        INSERT INTO dossier AS d (person_id, refreshed_at, body)
        SELECT m.person_id, moment, m.body
        FROM made AS m
        WHERE m.old_body IS NOT NULL
        ON CONFLICT (person_id) DO UPDATE
        SET version = EXCLUDED.version, refreshed_at = EXCLUDED.refreshed_at, body = EXCLUDED.body
    ),
    added AS (
        INSERT INTO dossier (person_id, refreshed_at, body)
        SELECT m.person_id, moment, m.body
        FROM made AS m
        WHERE m.old_version IS NULL
    ),
    -- Who had no dossier has no card.
    first_cards AS (
        INSERT INTO card (card_key, birth_date, person_id)
        SELECT DISTINCT unnest(m.card_keys), m.birth_date, m.person_id
        FROM made AS m
        WHERE m.old_version IS NULL
    ),
    -- Also of those whose body stays: keys may be made in another way than they were.
    further_cards AS (
        INSERT INTO card (card_key, birth_date, person_id)
        SELECT DISTINCT unnest(m.card_keys), m.birth_date, m.person_id
        FROM made AS m
        WHERE m.old_version IS NOT NULL
        ON CONFLICT DO NOTHING
    )
    SELECT count(*), count(m.old_version), count(*) FILTER (WHERE m.old_version IS NULL OR m.old_body IS NOT NULL)
    INTO known, standing, written
    FROM made AS m;

    -- Persons that are known no longer have no dossier.
    IF known < cardinality(person_ids) THEN
        WITH gone AS (
            DELETE FROM dossier AS d
            WHERE d.person_id = ANY (ARRAY(
                SELECT asked.person_id
                FROM unnest(person_ids) AS asked (person_id)
                WHERE NOT EXISTS (
                    SELECT FROM person_version AS p
                    WHERE p.person_id = asked.person_id AND p.superseded_at = 'infinity')))
            RETURNING d.version, d.person_id, d.refreshed_at, d.body
        )
        INSERT INTO dossier_past (version, person_id, refreshed_at, replaced_at, body)
        SELECT g.version, g.person_id, g.refreshed_at, moment, g.body
        FROM gone AS g;
        GET DIAGNOSTICS removed = ROW_COUNT;
    END IF;

    -- Cards: every key that any version of the person ever had is a candidate for removal, so that card
    -- needs no index by person. Who had no dossier has no card to remove.
    IF standing + removed > 0 THEN
        DELETE FROM card
        WHERE ctid = ANY (ARRAY(
            SELECT k.place
            FROM unnest(person_ids) AS asked (person_id)
            CROSS JOIN LATERAL (
                SELECT c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose AS card_key, p.birth_date
                FROM (SELECT * FROM coverage AS v WHERE v.person_id = asked.person_id OFFSET 0) AS c
                CROSS JOIN (
                    SELECT v.birth_date, v.superseded_at = 'infinity' AS is_current FROM person_version AS v
                    WHERE v.person_id = asked.person_id AND v.superseded_at = 'infinity'
                    UNION ALL
                    SELECT v.birth_date, false FROM person_version AS v
                    WHERE v.person_id = asked.person_id AND v.superseded_at <> 'infinity'
                    OFFSET 0
                ) AS p
                GROUP BY 1, 2
                HAVING NOT bool_or(c.superseded_at = 'infinity' AND p.is_current)
            ) AS ever
            CROSS JOIN LATERAL (
                SELECT k.ctid AS place FROM card AS k
                WHERE k.card_key = ever.card_key COLLATE "C" AND k.birth_date = ever.birth_date
                    AND k.person_id = asked.person_id
                OFFSET 0
            ) AS k));
    END IF;

    RETURN written + removed;
END
$$;
COMMENT ON FUNCTION registry.dossier_write IS 'Stores dossiers and cards of persons; only for dossier_refresh and dossier_refresh_all.';

CREATE OR REPLACE FUNCTION registry.dossier_refresh(person_ids bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted bigint[] := ARRAY(SELECT DISTINCT q.id FROM unnest(person_ids) AS q (id) WHERE q.id IS NOT NULL ORDER BY 1);
BEGIN
    -- Planning takes longer than a few persons do, and nothing beside many.
    IF cardinality(wanted) >= 1000 THEN
        SET LOCAL plan_cache_mode = force_custom_plan;
    END IF;
    LOCK TABLE dossier_lock IN ROW EXCLUSIVE MODE;
    -- Two transactions that change the same person must build its dossier one after the other, each seeing
    -- what the other has committed; so the persons are locked first, in order, and read by later statements.
    PERFORM FROM person AS p
    WHERE p.person_id = ANY (wanted) AND NOT person_is_born_here(p.xmin, p.created_at)
    ORDER BY p.person_id
    FOR NO KEY UPDATE;
    RETURN dossier_write(wanted);
END
$$;
COMMENT ON FUNCTION registry.dossier_refresh IS
    'Makes the dossiers and cards of these persons anew after a change; returns how many dossiers changed.';

CREATE OR REPLACE FUNCTION registry.dossier_refresh_all(from_id bigint, to_id bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET jit = off
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    chunk   bigint[];
    after   bigint := from_id - 1;
    changed bigint := 0;
BEGIN
    LOCK TABLE dossier_lock IN SHARE MODE;
    LOOP
        chunk := ARRAY(
            SELECT person_id FROM person
            WHERE person_id > after AND person_id <= to_id
            ORDER BY person_id
            LIMIT 5000);
        EXIT WHEN cardinality(chunk) = 0;
        changed := changed + dossier_write(chunk);
        after := chunk[cardinality(chunk)];
    END LOOP;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION registry.dossier_refresh_all IS
    'dossier_refresh for all persons of a range, for bulk loads. Callers side by side take ranges that do not overlap.';

-- ---- 42_reference_number.sql ----

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

-- ---- 43_visit.sql ----

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

-- ---- 44_claim.sql ----

-- Claims: what was dispensed, done and operated on, as receipts and electronic prescriptions tell it.
DO $$
BEGIN
    IF to_regtype('registry.claim_line') IS NULL THEN
        CREATE TYPE registry.claim_line AS (
            done_on date, code text, yj_code text, name text, ingredient text, quantity text, unit text, usage text,
            instruction text, times smallint, kind text);
    END IF;
END
$$;
COMMENT ON TYPE registry.claim_line IS 'One line of a claim: a medicine, a treatment or an operation.';

-- The unit is what arrives, and is replaced, as a whole: one receipt, one dispensing result, one prescription.
CREATE TABLE IF NOT EXISTS registry.claim (
    claim_id        bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    person_id       bigint NOT NULL,
    month           date NOT NULL CHECK (extract(day FROM month) = 1),
    source          smallint NOT NULL CHECK (source BETWEEN 1 AND 3),
    claim_key       text COLLATE "C" NOT NULL,
    in_out          smallint NOT NULL CHECK (in_out BETWEEN 1 AND 2),
    facility_code   text COLLATE "C" NOT NULL,
    facility_name   text NOT NULL,
    prescriber_code text COLLATE "C",
    prescriber_name text,
    prescribed_on   date,
    drugs           registry.claim_line[],
    treatments      registry.claim_line[],
    operations      registry.claim_line[],
    expense_days    smallint CHECK (expense_days >= 0),
    expense_total   integer CHECK (expense_total >= 0),
    expense_paid    integer CHECK (expense_paid BETWEEN 0 AND expense_total),
    digest          bytea NOT NULL,
    recorded_at     timestamptz NOT NULL,
    superseded_at   timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at)
);
CREATE INDEX IF NOT EXISTS claim_of_person ON registry.claim (person_id, month);
CREATE UNIQUE INDEX IF NOT EXISTS claim_current ON registry.claim (claim_key, source) WHERE superseded_at = 'infinity';
COMMENT ON TABLE registry.claim IS
    'What a receipt (レセプト), a dispensing result or a prescription says of one person. Nothing is overwritten: a later version supersedes.';
COMMENT ON COLUMN registry.claim.claim_id IS 'Number of the version.';
COMMENT ON COLUMN registry.claim.person_id IS 'The person.';
COMMENT ON COLUMN registry.claim.month IS '診療年月 or 調剤年月, as its first day.';
COMMENT ON COLUMN registry.claim.source IS '1 receipt, 2 dispensing result, 3 prescription; of one event the smaller number wins.';
COMMENT ON COLUMN registry.claim.claim_key IS 'Number that its sender gave it.';
COMMENT ON COLUMN registry.claim.in_out IS '1 inpatient, 2 outpatient.';
COMMENT ON COLUMN registry.claim.facility_code IS '医療機関等コード of who dispensed or treated.';
COMMENT ON COLUMN registry.claim.facility_name IS 'Its name then.';
COMMENT ON COLUMN registry.claim.prescriber_code IS '医療機関等コード of who prescribed; NULL if it is the same.';
COMMENT ON COLUMN registry.claim.prescriber_name IS 'Its name then.';
COMMENT ON COLUMN registry.claim.prescribed_on IS 'Day of the prescription: with who prescribed, it names the event.';
COMMENT ON COLUMN registry.claim.drugs IS 'Medicines; NULL for none.';
COMMENT ON COLUMN registry.claim.treatments IS 'Treatments, the same.';
COMMENT ON COLUMN registry.claim.operations IS 'Operations, the same.';
COMMENT ON COLUMN registry.claim.expense_days IS 'Days of treatment in the month, for the notice of expenses (医療費通知情報); NULL if it has none.';
COMMENT ON COLUMN registry.claim.expense_total IS '医療費の総額, yen.';
COMMENT ON COLUMN registry.claim.expense_paid IS 'What the person paid of it, yen.';
COMMENT ON COLUMN registry.claim.digest IS 'First 16 bytes of SHA-256 over what came.';
COMMENT ON COLUMN registry.claim.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.claim.superseded_at IS 'When the registry learned better; infinity is current.';

CREATE OR REPLACE FUNCTION registry.claim_lines(lines jsonb) RETURNS registry.claim_line[]
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT array_agg(
        ROW(l.done_on, l.code, l.yj_code, l.name, l.ingredient, l.quantity, l.unit, l.usage, l.instruction, l.times,
            l.kind)::claim_line
        ORDER BY l.done_on, l.code)
    FROM jsonb_to_recordset(lines) AS l (
        done_on date, code text, yj_code text, name text, ingredient text, quantity text, unit text, usage text,
        instruction text, times int2, kind text)
$$;
COMMENT ON FUNCTION registry.claim_lines IS 'Lines of a claim from what its sender wrote; NULL for none.';

-- What a facility reads of a claim, as one text: server/wire/claim_read.c takes it apart. Between fields stands U+001F, before each
-- line U+001E; feeds bring no control characters. Half as long as the same in PostgreSQL's record format, of which most would be
-- lengths and types, and copied five times on its way out.
CREATE OR REPLACE VIEW registry.claim_told AS
SELECT c.claim_id, c.person_id, c.month, c.recorded_at, c.superseded_at, k.item,
       array_to_string(ARRAY[
           (c.month - '1970-01-01'::date)::text, c.source::text, c.in_out::text, c.facility_code, c.facility_name,
           c.prescriber_code, c.prescriber_name, (c.prescribed_on - '1970-01-01'::date)::text], E'\x1f', '') || t.lines AS told
FROM registry.claim AS c
CROSS JOIN LATERAL (
    VALUES (8::smallint, c.drugs), (16::smallint, c.treatments), (32::smallint, c.operations)) AS k (item, lines)
CROSS JOIN LATERAL (
    SELECT string_agg(E'\x1e' || array_to_string(ARRAY[
               (l.done_on - '1970-01-01'::date)::text, l.code, l.yj_code, l.name, l.ingredient, l.quantity, l.unit, l.usage,
               l.instruction, l.times::text, l.kind], E'\x1f', ''), '') AS lines
    FROM unnest(k.lines) AS l
) AS t
WHERE cardinality(k.lines) > 0;
COMMENT ON VIEW registry.claim_told IS 'Claims as they are told, a row for each kind of information: bit of the consent to it, and text.';
COMMENT ON COLUMN registry.claim_told.claim_id IS 'The claim.';
COMMENT ON COLUMN registry.claim_told.person_id IS 'The person.';
COMMENT ON COLUMN registry.claim_told.month IS 'Its month.';
COMMENT ON COLUMN registry.claim_told.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.claim_told.superseded_at IS 'When the registry learned better.';
COMMENT ON COLUMN registry.claim_told.item IS '8 medicines, 16 treatments, 32 operations.';
COMMENT ON COLUMN registry.claim_told.told IS
    'Month, source, in_out, facility, prescriber, day of prescription; then done_on, code, yj_code, … of each line. Days from 1970.';

-- What a facility reads of one person, as a few rows: a year each, so that a month's feed writes one of them anew. The truth
-- is in claim; this is the same beside it, as dossiers are beside coverages. For current versions only.
CREATE TABLE IF NOT EXISTS registry.claim_history (
    person_id  bigint NOT NULL,
    year       smallint NOT NULL,
    drugs      text COMPRESSION lz4,
    treatments text COMPRESSION lz4,
    operations text COMPRESSION lz4,
    PRIMARY KEY (person_id, year)
) WITH (fillfactor = 90);
-- In the row itself, compressed: names come again and again.
ALTER TABLE registry.claim_history
    ALTER drugs SET STORAGE main, ALTER treatments SET STORAGE main, ALTER operations SET STORAGE main;
COMMENT ON TABLE registry.claim_history IS 'Current claims of each person by year. Written by claim_history_refresh only.';
COMMENT ON COLUMN registry.claim_history.person_id IS 'The person.';
COMMENT ON COLUMN registry.claim_history.year IS 'Year of the months of these claims.';
COMMENT ON COLUMN registry.claim_history.drugs IS 'Medicines as claim_told tells them, latest month first, U+001D between claims; NULL for none.';
COMMENT ON COLUMN registry.claim_history.treatments IS 'Treatments, the same.';
COMMENT ON COLUMN registry.claim_history.operations IS 'Operations, the same.';

CREATE OR REPLACE FUNCTION registry.claim_history_refresh(person_ids bigint[], years smallint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO claim_history AS h (person_id, year, drugs, treatments, operations)
    SELECT q.person_id, q.year, made.*
    FROM (SELECT DISTINCT a.person_id, a.year FROM unnest(person_ids, years) AS a (person_id, year)
          ORDER BY a.person_id, a.year) AS q
    CROSS JOIN LATERAL (
        SELECT string_agg(c.told, E'\x1d') FILTER (WHERE c.item = 8),
               string_agg(c.told, E'\x1d') FILTER (WHERE c.item = 16),
               string_agg(c.told, E'\x1d') FILTER (WHERE c.item = 32)
        FROM (
            SELECT t.item, t.told
            FROM (
                SELECT * FROM claim_told AS m
                WHERE m.person_id = q.person_id AND m.month >= make_date(q.year, 1, 1) AND m.month <= make_date(q.year, 12, 1)
                OFFSET 0
            ) AS t
            WHERE t.superseded_at = 'infinity'
            ORDER BY t.month DESC, t.claim_id
        ) AS c
    ) AS made
    ON CONFLICT (person_id, year) DO UPDATE
    SET drugs = EXCLUDED.drugs, treatments = EXCLUDED.treatments, operations = EXCLUDED.operations;
END
$$;
COMMENT ON FUNCTION registry.claim_history_refresh IS 'Makes the histories of these people and years from their claims.';

-- ---- 44_checkup.sql ----

-- Checkups: results of 特定健診 and 後期高齢者健診, as insurers load them.

-- A checkup is a term of a coverage like others, of one day: whoever it turns out to belong to, its checkups go along.
CREATE TABLE IF NOT EXISTS registry.checkup (
    version_id    bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    coverage_id   bigint NOT NULL,
    items         text COMPRESSION lz4 COLLATE "C" NOT NULL,
    valid         daterange NOT NULL CHECK (upper(valid) = lower(valid) + 1),
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz NOT NULL DEFAULT 'infinity' CHECK (superseded_at >= recorded_at),
    origin        bigint
) WITH (toast_tuple_target = 8160);
CREATE INDEX IF NOT EXISTS checkup_of_coverage ON registry.checkup (coverage_id, lower(valid));
COMMENT ON TABLE registry.checkup IS 'Results of one checkup (健診結果・問診結果). Nothing is overwritten: a later version supersedes.';
COMMENT ON COLUMN registry.checkup.version_id IS 'Number of the version.';
COMMENT ON COLUMN registry.checkup.coverage_id IS 'The coverage that was in force on the day.';
COMMENT ON COLUMN registry.checkup.items IS
    'Items with ~ between them, each code^value^unit^flag, as sent and judged: server/model/checkup.h.';
COMMENT ON COLUMN registry.checkup.valid IS 'The day of the checkup (健診実施年月日).';
COMMENT ON COLUMN registry.checkup.recorded_at IS 'When the registry learned it.';
COMMENT ON COLUMN registry.checkup.superseded_at IS 'When the registry learned better; infinity is current.';
COMMENT ON COLUMN registry.checkup.origin IS 'Batch that it came with.';

-- ---- 45_person_session.sql ----

-- Sessions of people at a portal: opened by their own card, and seen by that portal only.
CREATE TABLE IF NOT EXISTS registry.person_session (
    session_id     uuid PRIMARY KEY,
    certificate_id bigint NOT NULL,
    request_id     uuid NOT NULL,
    person_id      bigint,
    issuer         text COLLATE "C" NOT NULL,
    serial         text COLLATE "C" NOT NULL,
    opened_at      timestamptz NOT NULL,
    until          timestamptz NOT NULL CHECK (until > opened_at),
    agent_id       bigint
);
CREATE UNIQUE INDEX IF NOT EXISTS person_session_of_agent ON registry.person_session (agent_id, request_id) WHERE agent_id IS NOT NULL;
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
COMMENT ON COLUMN registry.person_session.agent_id IS 'Whoever acts for the person, by this relation; NULL: the person does.';

-- Who may act for whom at a portal. Made where the cards of both are proven in sessions of one portal.
CREATE TABLE IF NOT EXISTS registry.person_agent (
    agent_id        bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    agent_number    text COLLATE "C" NOT NULL UNIQUE,
    person_id       bigint NOT NULL,
    agent_person_id bigint NOT NULL CHECK (agent_person_id <> person_id),
    kind            smallint NOT NULL CHECK (kind BETWEEN 1 AND 2),
    request_id      uuid NOT NULL,
    made_at         timestamptz NOT NULL,
    until           date NOT NULL,
    ended_at        timestamptz CHECK (ended_at >= made_at),
    ended_by        smallint CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    UNIQUE (person_id, request_id)
);
CREATE INDEX IF NOT EXISTS person_agent_of_agent ON registry.person_agent (agent_person_id);
COMMENT ON TABLE registry.person_agent IS '代理人: who may act for a person at a portal, as a guardian of a child or appointed by the person.';
COMMENT ON COLUMN registry.person_agent.agent_id IS 'Own number.';
COMMENT ON COLUMN registry.person_agent.agent_number IS 'Number given out; not to be guessed.';
COMMENT ON COLUMN registry.person_agent.person_id IS 'For whom.';
COMMENT ON COLUMN registry.person_agent.agent_person_id IS 'Who.';
COMMENT ON COLUMN registry.person_agent.kind IS '1 guardian (法定代理人), 2 appointed (任意代理人).';
COMMENT ON COLUMN registry.person_agent.request_id IS 'Request that made it: the same one again makes no second.';
COMMENT ON COLUMN registry.person_agent.made_at IS 'When it was made.';
COMMENT ON COLUMN registry.person_agent.until IS 'Last day.';
COMMENT ON COLUMN registry.person_agent.ended_at IS 'When it was ended before that day.';
COMMENT ON COLUMN registry.person_agent.ended_by IS '1 the person, 2 the agent.';

-- ---- 47_office.sql ----

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

-- ---- 50_access_record.sql ----

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

-- ---- 51_statistics.sql ----

-- What is counted of access records, and of how many facilities there are. Nothing here is of a person.
CREATE TABLE IF NOT EXISTS registry.statistics_state (
    is_only    boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    counted_to xid8 NOT NULL DEFAULT '0',
    counted_at timestamptz NOT NULL DEFAULT '2000-01-01'
);
COMMENT ON TABLE registry.statistics_state IS 'How far access records have been counted: one row, or none before the first time.';
COMMENT ON COLUMN registry.statistics_state.is_only IS 'There is one row.';
COMMENT ON COLUMN registry.statistics_state.counted_to IS 'Records of transactions below this one are counted, and no other.';
COMMENT ON COLUMN registry.statistics_state.counted_at IS 'When that was.';

CREATE TABLE IF NOT EXISTS registry.statistics_check (
    day           date NOT NULL,
    facility_kind smallint NOT NULL,
    way           smallint NOT NULL,
    reason        smallint NOT NULL,
    checks        bigint NOT NULL CHECK (checks > 0),
    PRIMARY KEY (day, facility_kind, way, reason)
);
COMMENT ON TABLE registry.statistics_check IS 'Checks of eligibility that were answered.';
COMMENT ON COLUMN registry.statistics_check.day IS 'Civil day in Japan.';
COMMENT ON COLUMN registry.statistics_check.facility_kind IS 'As facility.kind.';
COMMENT ON COLUMN registry.statistics_check.way IS 'As access_record.way.';
COMMENT ON COLUMN registry.statistics_check.reason IS 'What was answered: as access_record.reason, 0 for none.';
COMMENT ON COLUMN registry.statistics_check.checks IS 'How many.';

CREATE TABLE IF NOT EXISTS registry.statistics_use (
    day           date NOT NULL,
    facility_kind smallint NOT NULL,
    item          smallint NOT NULL,
    uses          bigint NOT NULL CHECK (uses > 0),
    PRIMARY KEY (day, facility_kind, item)
);
COMMENT ON TABLE registry.statistics_use IS 'Medical information that was consented to, asked for and given (SR-150).';
COMMENT ON COLUMN registry.statistics_use.day IS 'Civil day in Japan.';
COMMENT ON COLUMN registry.statistics_use.facility_kind IS 'As facility.kind.';
COMMENT ON COLUMN registry.statistics_use.item IS '1 checkups, 2 drugs, 3 treatments, 4 operations.';
COMMENT ON COLUMN registry.statistics_use.uses IS 'How many answers held it.';

CREATE TABLE IF NOT EXISTS registry.statistics_reason (
    day            date NOT NULL,
    insurer_number text COLLATE "C" NOT NULL,
    reason         smallint NOT NULL,
    answers        bigint NOT NULL CHECK (answers > 0),
    PRIMARY KEY (day, insurer_number, reason)
);
COMMENT ON TABLE registry.statistics_reason IS
    'Answers at reception desks that an insurer''s record caused: of people whose record was found. Not who asked, nor about whom.';
COMMENT ON COLUMN registry.statistics_reason.day IS 'Civil day in Japan.';
COMMENT ON COLUMN registry.statistics_reason.insurer_number IS 'Whose coverage the person had last begun by the day that was asked about.';
COMMENT ON COLUMN registry.statistics_reason.reason IS 'As access_record.reason.';
COMMENT ON COLUMN registry.statistics_reason.answers IS 'How many.';

CREATE TABLE IF NOT EXISTS registry.facility_universe (
    as_of         date NOT NULL,
    prefecture    smallint NOT NULL CHECK (prefecture BETWEEN 1 AND 47),
    facility_kind smallint NOT NULL CHECK (facility_kind BETWEEN 1 AND 6),
    facilities    integer NOT NULL CHECK (facilities >= 0),
    obliged       integer NOT NULL CHECK (obliged BETWEEN 0 AND facilities),
    PRIMARY KEY (as_of, prefecture, facility_kind)
);
COMMENT ON TABLE registry.facility_universe IS
    'How many facilities there are, registered here or not: from the lists of the regional bureaus, month by month.';
COMMENT ON COLUMN registry.facility_universe.as_of IS 'Day of the list; it counts until a later one.';
COMMENT ON COLUMN registry.facility_universe.prefecture IS '都道府県番号, 1 to 47.';
COMMENT ON COLUMN registry.facility_universe.facility_kind IS 'As facility.kind.';
COMMENT ON COLUMN registry.facility_universe.facilities IS 'All of them.';
COMMENT ON COLUMN registry.facility_universe.obliged IS 'Those that must check online: without those that claim on paper.';

-- ---- 60_policy.sql ----

-- Policy: every legal number is a dated row.
CREATE TABLE IF NOT EXISTS registry.policy_parameter (
    name       text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]*$'),
    valid_from date NOT NULL,
    value      text NOT NULL,
    unit       text NOT NULL,
    source     text NOT NULL,
    PRIMARY KEY (name, valid_from)
);
COMMENT ON TABLE registry.policy_parameter IS 'Legal and operational numbers, each from a day on until the next row of its name.';
COMMENT ON COLUMN registry.policy_parameter.name IS 'Name of the parameter.';
COMMENT ON COLUMN registry.policy_parameter.valid_from IS 'First day of this value.';
COMMENT ON COLUMN registry.policy_parameter.value IS 'Value, as text; dates as YYYY-MM-DD.';
COMMENT ON COLUMN registry.policy_parameter.unit IS 'Unit of the value.';
COMMENT ON COLUMN registry.policy_parameter.source IS 'Where it is laid down.';

INSERT INTO registry.policy_parameter (name, valid_from, value, unit, source)
VALUES
    ('notice_due_days', '1926-07-01', '5', 'days', '健康保険法施行規則24条1項: employer to insurer within five days of the event'),
    ('registration_due_days', '2023-06-01', '5', 'days', '健康保険法施行規則 as amended on 2023-06-01: insurer to registry within five days of the notice'),
    ('household_notice_due_days', '1959-01-01', '14', 'days', '国民健康保険法施行規則2条: household to municipality'),
    ('year_end_closing_from', '1988-12-13', '12-29', 'month-day', '行政機関の休日に関する法律 (1988 law 91): first day of the closing'),
    ('year_end_closing_until', '1988-12-13', '01-03', 'month-day', '行政機関の休日に関する法律 (1988 law 91): last day of the closing'),
    ('old_card_issued_until', '2024-12-01', '2024-12-01', 'date', '番号法等改正法 (2023 law 48): no certificates of the old kind from 2024-12-02'),
    ('old_card_transition_end', '2024-12-02', '2025-12-01', 'date', '番号法等改正法 (2023 law 48), transitional provisions: old certificates at the latest until this day'),
    ('old_card_provisional_until', '2025-12-02', '2026-03-31', 'date', '厚生労働省 notice: an expired old certificate or a 資格情報のお知らせ is accepted after an online check until this day'),
    ('eligibility_certificate_max_years', '2024-12-02', '5', 'years', '健康保険法51条の3, ordinance: 資格確認書 valid for at most five years, set by the insurer'),
    ('elderly_certificate_all_until', '2025-04-01', '2026-07-31', 'date', '厚生労働省 notice: 資格確認書 for everyone in 後期高齢者医療 until this day'),
    ('card_certificate_birthdays', '2016-01-01', '5', 'birthdays', '公的個人認証法施行規則: user certificate until the fifth birthday after issue'),
    ('card_expiry_warning_months', '2021-10-20', '3', 'months', 'Remark of the eligibility answer: certificate expires within three months'),
    ('consent_hours', '2021-10-20', '24', 'hours', 'Outpatient consent for clinical information'),
    ('view_emergency_hospital', '2024-12-09', 'physician,nurse', 'roles', '厚生労働省, 救急時医療情報閲覧: hospitals, by who treats; roles to be checked'),
    ('emergency_hours', '2024-12-09', '24', 'hours', 'Registry rule: so long a look without consent lasts'),
    ('operator_session_hours', '2023-04-01', '8', 'hours', 'Registry rule: so long an operator''s second factor lasts'),
    ('operator_session_rest_minutes', '2023-04-01', '30', 'minutes', 'Registry rule: a session that rests so long is over'),
    ('proposal_hours', '2023-04-01', '24', 'hours', 'Registry rule: so long a dangerous act waits for a second operator'),
    ('budget_minute_hospital', '2021-10-20', '1200', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_hospital', '2021-10-20', '20000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_medical_clinic', '2021-10-20', '300', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_medical_clinic', '2021-10-20', '3000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_dental_clinic', '2021-10-20', '300', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_dental_clinic', '2021-10-20', '2000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_pharmacy', '2021-10-20', '600', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_pharmacy', '2021-10-20', '5000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_home_nursing', '2021-10-20', '120', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_home_nursing', '2021-10-20', '1000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_judo_acupuncture', '2021-10-20', '120', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_judo_acupuncture', '2021-10-20', '1000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_same_minute', '2021-10-20', '30', 'times a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_misses_hour', '2021-10-20', '200', 'questions an hour', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_walk_steps', '2021-10-20', '25', 'numbers in a row', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('emergency_review_days', '2024-12-09', '7', 'days', 'Registry rule: within this time somebody else at the facility reviews it'),
    ('claim_shown_months', '2021-10-20', '36', 'months', '厚生労働省, オンライン資格確認等システム: so far back medicines and treatments are shown at first'),
    ('claim_shown_months', '2024-10-01', '60', 'months', 'The same, grown to five years; the day is to be checked'),
    ('checkups_from', '2021-10-20', '2020-04-01', 'date', '厚生労働省, オンライン資格確認等システム: checkups from fiscal 2020 on'),
    ('checkup_shown_months', '2021-10-20', '60', 'months', 'The same: five years of them are shown'),
    ('guardian_until_age', '2021-10-20', '15', 'years', 'Registry rule after マイナポータル: below this age a guardian may act for a child; to be checked'),
    ('agent_max_years', '2021-10-20', '3', 'years', 'Registry rule: so long somebody may be appointed to act for another at once'),
    ('agents_max', '2021-10-20', '5', 'relations', 'Registry rule: so many may act for one person at a time'),
    ('card_expired_grace_months', '2021-10-20', '3', 'months', '厚生労働省, マイナ保険証: so long after its end a user certificate still shows the coverage, and nothing else'),
    ('view_ceiling_hospital', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_hospital', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_medical_clinic', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_medical_clinic', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_dental_clinic', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_dental_clinic', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_pharmacy', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_pharmacy', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_home_nursing', '2024-06-01', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_home_nursing', '2024-06-01', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_judo_acupuncture', '2024-04-01', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_hospital', '2021-10-20', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_medical_clinic', '2021-10-20', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_dental_clinic', '2021-10-20', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_pharmacy', '2021-10-20', 'pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_home_nursing', '2024-06-01', 'nurse', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_hospital', '2021-10-20', 'physician,dentist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_medical_clinic', '2021-10-20', 'physician,dentist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_dental_clinic', '2021-10-20', 'physician,dentist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_hospital', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_medical_clinic', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_pharmacy', '2022-09-11', 'pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_home_nursing', '2024-06-01', 'nurse', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_hospital', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_hospital', '2023-05-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_medical_clinic', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_medical_clinic', '2023-05-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_dental_clinic', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_dental_clinic', '2023-05-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_pharmacy', '2022-09-11', 'pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_pharmacy', '2023-05-11', 'pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_home_nursing', '2024-06-01', 'nurse', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_home_nursing', '2024-06-01', 'nurse', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('registration_too_early_days', '2023-06-01', '60', 'days', 'Registry rule: acquisition further in the future gets a warning'),
    ('registration_too_late_years', '2023-06-01', '2', 'years', 'Registry rule: acquisition further in the past gets a warning'),
    ('elderly_high_income_threshold_yen', '2006-10-01', '1450000', 'yen', '高齢者医療確保法施行令: taxable income of 現役並み所得者'),
    ('specific_disease_self_pay_yen', '1984-10-01', '10000', 'yen a month', '健康保険法施行令41条9項'),
    ('hold_answer_days', '2024-05-07', '14', 'days', 'Registry rule: an insurer answers an identity doubt within this time'),
    ('hold_answer_days_9', '2024-05-07', '5', 'days', 'Registry rule: the same after a wrong link was ended (hold kind 9)'),
    ('early_warning_days', '2023-06-01', '2', 'days', 'Registry rule: a registration due within this time is listed as due soon'),
    ('discrepancy_answer_days', '2023-06-01', '14', 'days', 'Registry rule: an insurer answers a discrepancy ticket within this time'),
    ('batch_undo_days', '2023-06-01', '30', 'days', 'Registry rule: an applied batch can be undone for this time'),
    ('batch_guard_percent', '2023-06-01', '5', 'percent', 'Registry rule: a batch that ends, moves or re-identifies a greater share waits for a second person'),
    ('batch_guard_least', '2023-06-01', '20', 'people', 'Registry rule: so few may always be ended, moved or re-identified'),
    ('enrolment_reply_keep_days', '2023-06-01', '31', 'days', 'Registry rule: so long the same request of an insurer is answered the same'),
    ('bulk_result_keep_hours', '2021-10-20', '168', 'hours', 'Registry rule: results of a bulk job are kept this long'),
    ('access_record_keep_years', '2023-05-31', '7', 'years', 'Registry rule, after 医療情報システムの安全管理に関するガイドライン 6.0')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS registry.holiday (
    day  date PRIMARY KEY,
    name text NOT NULL
);
COMMENT ON TABLE registry.holiday IS
    'Public holidays, with substitute holidays. Weekends and the closing at the end of the year are rules, not rows.';
COMMENT ON COLUMN registry.holiday.day IS 'The day.';
COMMENT ON COLUMN registry.holiday.name IS 'Name of the holiday.';

-- 国民の祝日に関する法律, as announced by the Cabinet Office. 休日: article 3, paragraphs 2 and 3.
INSERT INTO registry.holiday (day, name)
VALUES
    ('2023-01-01', '元日'), ('2023-01-02', '休日'), ('2023-01-09', '成人の日'), ('2023-02-11', '建国記念の日'),
    ('2023-02-23', '天皇誕生日'), ('2023-03-21', '春分の日'), ('2023-04-29', '昭和の日'), ('2023-05-03', '憲法記念日'),
    ('2023-05-04', 'みどりの日'), ('2023-05-05', 'こどもの日'), ('2023-07-17', '海の日'), ('2023-08-11', '山の日'),
    ('2023-09-18', '敬老の日'), ('2023-09-23', '秋分の日'), ('2023-10-09', 'スポーツの日'), ('2023-11-03', '文化の日'),
    ('2023-11-23', '勤労感謝の日'),
    ('2024-01-01', '元日'), ('2024-01-08', '成人の日'), ('2024-02-11', '建国記念の日'), ('2024-02-12', '休日'),
    ('2024-02-23', '天皇誕生日'), ('2024-03-20', '春分の日'), ('2024-04-29', '昭和の日'), ('2024-05-03', '憲法記念日'),
    ('2024-05-04', 'みどりの日'), ('2024-05-05', 'こどもの日'), ('2024-05-06', '休日'), ('2024-07-15', '海の日'),
    ('2024-08-11', '山の日'), ('2024-08-12', '休日'), ('2024-09-16', '敬老の日'), ('2024-09-22', '秋分の日'),
    ('2024-09-23', '休日'), ('2024-10-14', 'スポーツの日'), ('2024-11-03', '文化の日'), ('2024-11-04', '休日'),
    ('2024-11-23', '勤労感謝の日'),
    ('2025-01-01', '元日'), ('2025-01-13', '成人の日'), ('2025-02-11', '建国記念の日'), ('2025-02-23', '天皇誕生日'),
    ('2025-02-24', '休日'), ('2025-03-20', '春分の日'), ('2025-04-29', '昭和の日'), ('2025-05-03', '憲法記念日'),
    ('2025-05-04', 'みどりの日'), ('2025-05-05', 'こどもの日'), ('2025-05-06', '休日'), ('2025-07-21', '海の日'),
    ('2025-08-11', '山の日'), ('2025-09-15', '敬老の日'), ('2025-09-23', '秋分の日'), ('2025-10-13', 'スポーツの日'),
    ('2025-11-03', '文化の日'), ('2025-11-23', '勤労感謝の日'), ('2025-11-24', '休日'),
    ('2026-01-01', '元日'), ('2026-01-12', '成人の日'), ('2026-02-11', '建国記念の日'), ('2026-02-23', '天皇誕生日'),
    ('2026-03-20', '春分の日'), ('2026-04-29', '昭和の日'), ('2026-05-03', '憲法記念日'), ('2026-05-04', 'みどりの日'),
    ('2026-05-05', 'こどもの日'), ('2026-05-06', '休日'), ('2026-07-20', '海の日'), ('2026-08-11', '山の日'),
    ('2026-09-21', '敬老の日'), ('2026-09-22', '休日'), ('2026-09-23', '秋分の日'), ('2026-10-12', 'スポーツの日'),
    ('2026-11-03', '文化の日'), ('2026-11-23', '勤労感謝の日'),
    ('2027-01-01', '元日'), ('2027-01-11', '成人の日'), ('2027-02-11', '建国記念の日'), ('2027-02-23', '天皇誕生日'),
    ('2027-03-21', '春分の日'), ('2027-03-22', '休日'), ('2027-04-29', '昭和の日'), ('2027-05-03', '憲法記念日'),
    ('2027-05-04', 'みどりの日'), ('2027-05-05', 'こどもの日'), ('2027-07-19', '海の日'), ('2027-08-11', '山の日'),
    ('2027-09-20', '敬老の日'), ('2027-09-23', '秋分の日'), ('2027-10-11', 'スポーツの日'), ('2027-11-03', '文化の日'),
    ('2027-11-23', '勤労感謝の日')
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION registry.policy_number(wanted text, on_day date) RETURNS integer
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT value::integer FROM policy_parameter
    WHERE name = wanted AND valid_from <= on_day
    ORDER BY valid_from DESC
    LIMIT 1
$$;
COMMENT ON FUNCTION registry.policy_number IS 'The number in force on the day; NULL if there is none.';

CREATE OR REPLACE FUNCTION registry.day_is_closed(asked date) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT extract(isodow FROM asked) >= 6 OR to_char(asked, 'MM-DD') >= '12-29' OR to_char(asked, 'MM-DD') <= '01-03'
        OR EXISTS (SELECT FROM holiday WHERE day = asked)
$$;
COMMENT ON FUNCTION registry.day_is_closed IS 'Saturday, Sunday, a public holiday, or the turn of the year; as day_is_closed() in model/due.c.';

CREATE OR REPLACE FUNCTION registry.due_day(start date, days integer) RETURNS date
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT min(start + days + later)
    FROM generate_series(0, 31) AS later
    WHERE NOT day_is_closed(start + days + later)
$$;
COMMENT ON FUNCTION registry.due_day IS
    'Last day of a term: the first day is not counted, and an end on a closed day moves to the next open one; as due_day() in model/due.c.';

CREATE OR REPLACE FUNCTION registry.hold_due(today date) RETURNS date
    LANGUAGE sql STABLE
    RETURN registry.due_day(today, registry.policy_number('hold_answer_days', today));
COMMENT ON FUNCTION registry.hold_due IS 'Until when an insurer must answer a doubt that is raised today.';

CREATE OR REPLACE FUNCTION registry.hold_due_of(kind smallint, today date) RETURNS date
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT coalesce(due_day(today, policy_number('hold_answer_days_' || kind, today)), hold_due(today))
$$;
COMMENT ON FUNCTION registry.hold_due_of IS
    'hold_due for a kind of hold: its own parameter, hold_answer_days_ and the kind, comes first where there is one.';

CREATE OR REPLACE FUNCTION registry.registration_days(received_on date) RETURNS integer
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT coalesce(policy_number('registration_due_days', received_on), (
        SELECT value::integer FROM policy_parameter WHERE name = 'registration_due_days' ORDER BY valid_from LIMIT 1))
$$;
COMMENT ON FUNCTION registry.registration_days IS
    'Days in which an insurer must register what it was notified of on this day; before the rule''s first day, its first form.';

CREATE OR REPLACE FUNCTION registry.registration_due(received_on date) RETURNS date
    LANGUAGE sql STABLE
    RETURN registry.due_day(received_on, registry.registration_days(received_on));
COMMENT ON FUNCTION registry.registration_due IS
    'Last day for the registration of what an insurer was notified of on this day.';

-- ---- 61_code_table.sql ----

-- Codes: the field's 業務コード OQSCD001 to OQSCD044 (layout 8.07), and the registry's own.
CREATE TABLE IF NOT EXISTS registry.code_table (
    code_id    text COLLATE "C" NOT NULL,
    code       text COLLATE "C" NOT NULL,
    name_ja    text NOT NULL,
    name_en    text NOT NULL,
    valid_from date NOT NULL DEFAULT '2021-10-20',
    valid_to   date CHECK (valid_to > valid_from),
    PRIMARY KEY (code_id, code, valid_from)
);
COMMENT ON TABLE registry.code_table IS 'Codes with their meaning, dated.';
COMMENT ON COLUMN registry.code_table.code_id IS 'Table of the field (OQSCD and three digits) or of the registry.';
COMMENT ON COLUMN registry.code_table.code IS 'The code as sent.';
COMMENT ON COLUMN registry.code_table.name_ja IS 'Meaning in Japanese.';
COMMENT ON COLUMN registry.code_table.name_en IS 'Meaning in English.';
COMMENT ON COLUMN registry.code_table.valid_from IS 'First day of the code.';
COMMENT ON COLUMN registry.code_table.valid_to IS 'First day on which it is given out no longer; NULL is open.';

INSERT INTO registry.code_table (code_id, code, name_ja, name_en)
VALUES
    ('OQSCD001', '0', '未同意', 'no consent to ceiling information'),
    ('OQSCD001', '1', '同意', 'consent to ceiling information'),
    ('OQSCD002', '1', 'マイナンバーカード', 'individual number card'),
    ('OQSCD002', '2', '被保険者証情報', 'insurance certificate details'),
    ('OQSCD003', '1', '正常終了', 'ended normally'),
    ('OQSCD003', '2', '処理中', 'in process'),
    ('OQSCD003', '9', '異常終了', 'ended abnormally'),
    ('OQSCD004', '1', '正常終了', 'ended normally'),
    ('OQSCD004', '2', 'エラー', 'error'),
    ('OQSCD005', '0', 'UTF-8', 'UTF-8'),
    ('OQSCD005', '1', 'Shift_JIS', 'Shift_JIS'),
    ('OQSCD006', '1', '有効', 'valid'),
    ('OQSCD006', '2', '無効', 'not valid'),
    ('OQSCD006', '3', '無効（新しい資格あり）', 'not valid, newer coverage exists'),
    ('OQSCD006', '4', '該当資格なし', 'no such coverage'),
    ('OQSCD006', '5', '複数該当', 'several coverages match'),
    ('OQSCD006', '6', '有効（未登録）', 'valid, not registered'),
    ('OQSCD007', '1', '男', 'male'),
    ('OQSCD007', '2', '女', 'female'),
    ('OQSCD007', '3', '未設定', 'not set'),
    ('OQSCD008', '01', '死亡', 'death'),
    ('OQSCD008', '02', '生活保護受給開始', 'public assistance started'),
    ('OQSCD008', '03', '医療保険等の資格取得', 'other medical insurance acquired'),
    ('OQSCD008', '99', 'その他', 'other'),
    ('OQSCD009', '1', '本人', 'insured person'),
    ('OQSCD009', '2', '家族', 'family member'),
    ('OQSCD010', '01', '被保険者証（一般）', 'general'),
    ('OQSCD010', '02', '被保険者証（退職）', 'retired'),
    ('OQSCD010', '05', '特別療養費支給対象者', 'special medical expense (pays in full, refunded later)'),
    ('OQSCD010', '06', '特例退職被保険者証', 'special retired'),
    ('OQSCD010', '07', '自衛官診療証', 'self-defence forces'),
    ('OQSCD010', 'A1', '医療扶助', 'medical assistance'),
    ('OQSCD011', '01', '限度額適用認定証', 'ceiling certificate'),
    ('OQSCD011', '02', '限度額適用・標準負担額減額認定証', 'ceiling and meal cost reduction certificate'),
    ('OQSCD011', '03', '標準負担額減額認定証', 'meal cost reduction certificate'),
    ('OQSCD012', 'A01', 'ア', 'under 70: a'),
    ('OQSCD012', 'A02', 'イ', 'under 70: i'),
    ('OQSCD012', 'A03', 'ウ', 'under 70: u'),
    ('OQSCD012', 'A04', 'エ', 'under 70: e'),
    ('OQSCD012', 'A05', 'オ', 'under 70: o'),
    ('OQSCD012', 'A06', 'オ（境）', 'under 70: o, borderline of public assistance'),
    ('OQSCD012', 'B01', '現役並みⅢ', '70 and over: as active III'),
    ('OQSCD012', 'B02', '現役並みⅡ', '70 and over: as active II'),
    ('OQSCD012', 'B03', '現役並みⅠ', '70 and over: as active I'),
    ('OQSCD012', 'B04', '一般', '70 to 74: general'),
    ('OQSCD012', 'B05', '低所得Ⅱ', '70 and over: low income II'),
    ('OQSCD012', 'B06', '低所得Ⅰ', '70 and over: low income I'),
    ('OQSCD012', 'B07', '低所得Ⅰ（老福）', '70 and over: low income I, old-age welfare pension'),
    ('OQSCD012', 'B08', '低所得Ⅰ（境）', '70 and over: low income I, borderline of public assistance'),
    ('OQSCD012', 'B09', '一般Ⅱ', '75 and over: general II'),
    ('OQSCD012', 'B10', '一般Ⅰ', '75 and over: general I'),
    ('OQSCD013', '1', '人工透析を必要とする慢性腎不全', 'chronic renal failure that needs dialysis'),
    ('OQSCD013', '2', '先天性血液凝固因子障害', 'congenital coagulation factor disorder'),
    ('OQSCD013', '3', '血液凝固因子製剤に起因するHIV感染症', 'HIV infection from coagulation factor products'),
    ('OQSCD014', '0', '変更なし', 'ceiling unchanged'),
    ('OQSCD014', '1', '変更あり または 判定不能', 'ceiling changed or not decidable'),
    ('OQSCD015', '1', '未就学該当', 'before school age'),
    ('OQSCD016', '0', '同意なし', 'no consent'),
    ('OQSCD016', '1', '同意あり', 'consent'),
    ('OQSCD016', '2', '同意有効期限切れ', 'consent expired'),
    ('OQSCD016', '3', '同意取得困難', 'consent could not be obtained'),
    ('OQSCD017', '1', '電子処方箋', 'electronic prescription'),
    ('OQSCD017', '2', '紙の処方箋', 'prescription on paper'),
    ('OQSCD018', '01', '医療券', 'medical ticket'),
    ('OQSCD018', '02', '調剤券', 'dispensing ticket'),
    ('OQSCD019', '01', '入院', 'inpatient'),
    ('OQSCD019', '02', '入院外', 'outpatient'),
    ('OQSCD019', '03', '歯科', 'dental'),
    ('OQSCD019', '04', '調剤', 'dispensing'),
    ('OQSCD019', '05', '訪問看護', 'home nursing'),
    ('OQSCD020', '01', '単独', 'alone'),
    ('OQSCD020', '02', '併用', 'combined'),
    ('OQSCD021', '01', 'あり', 'social insurance exists'),
    ('OQSCD021', '02', 'なし', 'no social insurance'),
    ('OQSCD022', '1', '不整合あり', 'social insurance status is inconsistent'),
    ('OQSCD023', '01', 'あり', 'infectious diseases law article 37-2 applies'),
    ('OQSCD023', '02', 'なし', 'infectious diseases law article 37-2 does not apply'),
    ('OQSCD024', '01', 'あり', 'medical care for the elderly applies'),
    ('OQSCD024', '02', 'なし', 'medical care for the elderly does not apply'),
    ('OQSCD025', '01', 'あり', 'prefectural expenses apply'),
    ('OQSCD025', '02', 'なし', 'prefectural expenses do not apply'),
    ('OQSCD026', '0', '一致', 'is the designated facility'),
    ('OQSCD026', '1', '不一致', 'is not the designated facility'),
    ('OQSCD027', '1', '同一個人あり', 'same person exists'),
    ('OQSCD028', '1', '外来', 'outpatient'),
    ('OQSCD028', '2', '訪問診療等', 'home visit'),
    ('OQSCD028', '3', 'オンライン診療等', 'online'),
    ('OQSCD028', '4', '救急時', 'emergency'),
    ('OQSCD029', 'TKK', '特定健診情報', 'health check-ups'),
    ('OQSCD029', 'YZK', '薬剤情報等', 'drug information'),
    ('OQSCD030', '0', '表示しない', 'not shown'),
    ('OQSCD030', '1', '表示する', 'shown'),
    ('OQSCD031', '0', '診療形態毎に異なる', 'depends on the kind of treatment'),
    ('OQSCD031', '1', '医療機関による取消', 'revoked by the facility'),
    ('OQSCD031', '2', '患者による取消', 'revoked by the patient'),
    ('OQSCD031', '3', '用途変更による取消', 'revoked for a change of use'),
    ('OQSCD032', '0', '一致', 'coverage unchanged'),
    ('OQSCD032', '1', '不一致', 'coverage changed'),
    ('OQSCD033', '2', '訪問診療等', 'home visit'),
    ('OQSCD033', '3', 'オンライン診療等', 'online'),
    ('OQSCD034', '1', 'PDF', 'PDF'),
    ('OQSCD034', '2', 'PNG', 'PNG'),
    ('OQSCD035', '0', '変更しない', 'keep the address'),
    ('OQSCD035', '1', '変更する', 'change the address'),
    ('OQSCD036', 'TSR', '特定疾病', 'specific diseases'),
    ('OQSCD036', 'TKK', '特定健診', 'health check-ups'),
    ('OQSCD036', 'YZK', '薬剤・処方', 'drugs and prescriptions'),
    ('OQSCD036', 'SRJ', '診療（アレルギー・検査を含む）', 'consultations, with allergies and tests'),
    ('OQSCD036', 'SHJ', '手術（傷病名・感染症を含む）', 'operations, with diagnoses and infections'),
    ('OQSCD037', '0', '利用しない', 'not used'),
    ('OQSCD037', '1', '利用する', 'used'),
    ('OQSCD038', '0', '利用しない', 'no electronic prescriptions'),
    ('OQSCD038', '1', '電子のみ', 'electronic only'),
    ('OQSCD038', '2', '電子と紙', 'electronic and paper'),
    ('OQSCD038', '3', '紙のみ', 'paper only'),
    ('OQSCD039', '1', '資格確認時以外', 'chosen at another time'),
    ('OQSCD039', '2', '資格確認時', 'chosen at the eligibility check'),
    ('OQSCD040', '1', '救急用サマリー', 'emergency summary'),
    ('OQSCD040', '2', '救急用全量版', 'emergency, in full'),
    ('OQSCD040', '3', '電子処方箋と両方', 'electronic prescriptions and both others'),
    ('OQSCD040', '4', '現行の薬剤情報', 'drug information'),
    ('OQSCD040', '5', '現行の診療／薬剤情報', 'consultation and drug information'),
    ('OQSCD040', '6', '現行の特定健診情報', 'health check-up information'),
    ('OQSCD041', '1', '記憶', 'knowledge'),
    ('OQSCD041', '2', '生体', 'biometry'),
    ('OQSCD041', '3', '物理', 'possession'),
    ('OQSCD042', '1-01', 'ID・パスワード', 'name and password'),
    ('OQSCD042', '1-02', 'PIN', 'PIN'),
    ('OQSCD042', '1-03', '秘密の質問', 'secret question'),
    ('OQSCD042', '2-01', '指紋', 'fingerprint'),
    ('OQSCD042', '2-02', '顔', 'face'),
    ('OQSCD042', '2-03', '音声', 'voice'),
    ('OQSCD042', '2-04', '静脈', 'vein'),
    ('OQSCD042', '2-05', '虹彩', 'iris'),
    ('OQSCD042', '3-01', 'ICカード', 'smart card'),
    ('OQSCD042', '3-02', 'ワンタイムパスワード', 'one-time password'),
    ('OQSCD042', '3-03', 'その他', 'other'),
    ('OQSCD043', '0', '無し', 'no right to emergency viewing'),
    ('OQSCD043', '1', 'あり', 'right to emergency viewing'),
    ('OQSCD044', '01', '医療費助成', 'medical expense subsidies'),
    ('OQSCD044', '02', '母子保健', 'maternal and child health'),
    ('OQSCD044', '04', '予防接種', 'vaccination'),
    ('OQSCD044', '08', '介護保険', 'long-term care insurance'),
    ('loss_reason', 'L01', '死亡', 'death'),
    ('loss_reason', 'L02', '生活保護受給開始', 'public assistance started'),
    ('loss_reason', 'L03', '他の医療保険の資格取得', 'other medical insurance acquired'),
    ('loss_reason', 'L04', '退職', 'left employment'),
    ('loss_reason', 'L05', '75歳到達', 'reached 75'),
    ('loss_reason', 'L06', '65歳以上の障害認定', 'recognised as disabled at 65 or over'),
    ('loss_reason', 'L07', '転出', 'moved away'),
    ('loss_reason', 'L08', '被扶養者でなくなった', 'no longer a dependant'),
    ('loss_reason', 'L09', '任意継続の終了', 'voluntary continuation ended'),
    ('loss_reason', 'L10', '在留期限・出国', 'end of stay or departure'),
    ('loss_reason', 'L11', '取消（誤登録）', 'cancelled: registered in error'),
    ('insurer_kind', '1', '全国健康保険協会', 'Japan Health Insurance Association'),
    ('insurer_kind', '2', '健康保険組合', 'health insurance society'),
    ('insurer_kind', '3', '共済組合', 'mutual aid association'),
    ('insurer_kind', '4', '市町村国民健康保険', 'municipal national health insurance'),
    ('insurer_kind', '5', '国民健康保険組合', 'national health insurance society'),
    ('insurer_kind', '6', '後期高齢者医療広域連合', 'medical care for the elderly'),
    ('insurer_kind', '7', '船員保険', 'seamen''s insurance'),
    ('insurer_kind', '8', '福祉事務所', 'welfare office (medical assistance)'),
    ('insurer_kind', '9', 'その他', 'other'),
    ('operation', '1', '資格取得', 'coverage acquired'),
    ('operation', '2', '変更', 'change of person or coverage'),
    ('operation', '3', '資格喪失', 'coverage lost'),
    ('operation', '4', '取消', 'coverage that never existed'),
    ('operation', '5', '限度額適用認定証', 'ceiling certificate'),
    ('operation', '6', '高齢受給者証', 'elderly recipient certificate'),
    ('operation', '7', '特定疾病療養受療証', 'specific disease certificate'),
    ('operation', '8', '公費負担医療', 'public benefit'),
    ('operation', '9', '資格確認書の交付', 'eligibility certificate issued'),
    ('operation', '10', '健診結果', 'results of a checkup'),
    ('number_source', '1', '本人・事業主からの届出', 'submitted by the person or the employer'),
    ('number_source', '2', '保険者による照会', 'looked up by the insurer in the resident register'),
    ('number_source', '3', 'その他', 'other'),
    ('number_absence', '1', '未提出（催促中）', 'not submitted, asked for again'),
    ('number_absence', '2', '照会したが特定できない', 'looked up and not found'),
    ('number_absence', '3', '付番されていない（国外居住など）', 'none assigned, as for residents of other countries'),
    ('number_absence', '4', '出生後で番号が未通知', 'newborn, not yet notified'),
    ('number_absence', '5', '提出を拒まれた', 'the person declines to submit it'),
    ('number_absence', '6', 'その他', 'other'),
    ('delay_reason', '1', '個人番号の確認に時間を要した', 'the personal number had to be found'),
    ('delay_reason', '2', '本人確認・住民基本台帳との照合に時間を要した', 'identity had to be checked with the resident register'),
    ('delay_reason', '3', '届出の不備による返戻', 'the notification was faulty and went back'),
    ('delay_reason', '4', '被扶養者認定の審査', 'a dependant had to be examined'),
    ('delay_reason', '5', '事務の集中', 'unusual volume of work'),
    ('delay_reason', '6', 'システム障害', 'failure of a system'),
    ('delay_reason', '7', '災害', 'disaster'),
    ('delay_reason', '8', '遡及した届出・決定', 'a notification or decision that reaches back'),
    ('delay_reason', '9', '誤りの訂正', 'correction of an earlier registration'),
    ('delay_reason', '10', '事務処理の遺漏', 'overlooked'),
    ('delay_reason', '99', 'その他', 'other'),
    ('certificate_reason', '1', 'マイナンバーカードの紛失', 'card lost'),
    ('certificate_reason', '2', 'マイナンバーカードの更新中', 'card being renewed'),
    ('certificate_reason', '3', 'マイナンバーカード未取得（要介護高齢者・こども等）', 'no card held: elderly in care, children, others'),
    ('certificate_reason', '4', '第三者（介助者・ベビーシッター等）の補助が必要', 'a third person must help with the check'),
    ('certificate_reason', '5', '代理人による薬剤の受け取り', 'somebody else fetches medicine'),
    ('certificate_reason', '6', '利用登録なし', 'card not registered as insurance card'),
    ('certificate_reason', '7', '利用登録の解除', 'registration of the card cancelled'),
    ('certificate_reason', '8', '電子証明書の失効・有効期限切れ', 'user certificate expired or revoked'),
    ('certificate_reason', '9', '職権交付（後期高齢者の一律交付等）', 'issued ex officio, as for everyone in old-age care'),
    ('confirm_reason', '1', '本人確認書類で確認', 'checked with identity documents'),
    ('confirm_reason', '2', '本人に確認', 'the person was asked'),
    ('confirm_reason', '3', '事業主に確認', 'the employer was asked'),
    ('confirm_reason', '4', '婚姻等による氏名変更', 'name changed, as by marriage'),
    ('confirm_reason', '5', 'フリガナの表記の違い', 'the reading is only written differently'),
    ('confirm_reason', '6', '通称の使用', 'an alias is used'),
    ('confirm_reason', '7', '転居', 'moved'),
    ('confirm_reason', '8', '住民票の訂正手続中', 'the resident register is being corrected'),
    ('confirm_reason', '9', 'その他', 'other'),
    ('discrepancy_answer', '1', '登録を訂正した', 'registration corrected'),
    ('discrepancy_answer', '2', '登録が正しい（券面が古い等）', 'the registry is right; the paper shown is out of date'),
    ('discrepancy_answer', '3', '当保険者の資格ではない', 'not a coverage of this insurer'),
    ('discrepancy_answer', '4', '確認できなかった', 'closed without a finding'),
    ('change_kind', '1', '資格取得', 'acquisition'),
    ('change_kind', '2', '資格喪失', 'loss'),
    ('change_kind', '3', 'その他の変更', 'other change')
ON CONFLICT DO NOTHING;

-- Short-term certificates are issued no longer; questions about older days still get them.
INSERT INTO registry.code_table (code_id, code, name_ja, name_en, valid_from, valid_to)
VALUES
    ('OQSCD010', '03', '短期被保険者証（一般）', 'short-term, general', '2021-10-20', '2024-12-02'),
    ('OQSCD010', '04', '短期被保険者証（退職）', 'short-term, retired', '2021-10-20', '2024-12-02')
ON CONFLICT DO NOTHING;

-- ---- 70_bulk.sql ----

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


-- ---- 80_lookup.sql ----

-- Functions of the lookup role. functions.md explains each of them.
-- They are PL/pgSQL since a SECURITY DEFINER function in SQL is planned anew at every call. The plan is made once, often
-- while the tables are still empty, and must be right when they are full. So sequential scans are off, and each table is
-- read in a LATERAL subquery that OFFSET 0 keeps whole: its condition can then only be used as an index condition,
-- never as a filter over a join with the whole table. Memoize costs more than it saves, since questions hardly repeat.
-- Every SET costs some 3 microseconds a call, so there are few.
CREATE OR REPLACE FUNCTION registry.eligibility_find(facility_ids int4[], card_keys text[], birth_dates date[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, r.number
    FROM unnest(facility_ids, card_keys, birth_dates)
        WITH ORDINALITY AS q (facility_id, card_key, birth_date, position)
    CROSS JOIN LATERAL (
        SELECT c.person_id FROM card AS c
        WHERE c.card_key = q.card_key COLLATE "C" AND c.birth_date = q.birth_date
        OFFSET 0
    ) AS k
    CROSS JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f WHERE f.person_id = k.person_id OFFSET 0
    ) AS d
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n
        WHERE n.facility_id = q.facility_id AND n.person_id = k.person_id
        OFFSET 0
    ) AS r ON true;
END
$$;
COMMENT ON FUNCTION registry.eligibility_find IS 'Finds the dossiers behind what patients showed.';

CREATE OR REPLACE FUNCTION registry.eligibility_look_around(
        card_keys text[], birth_dates date[], insurer_numbers text[], number_rests text[])
    RETURNS TABLE (ord int4, kind int2, card_key text, birth_date date,
                   event_on date, received_on date, due_on date, change_kind int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- Without index-only scans, and with the subqueries below that OFFSET 0 keeps whole, nothing speaks for reading all of an
    -- index that has what is looked for in second place, in the order that DISTINCT wants.
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_indexonlyscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, near.*
    FROM unnest(card_keys, birth_dates, insurer_numbers, number_rests)
        WITH ORDINALITY AS q (card_key, birth_date, insurer_number, number_rest, position)
    CROSS JOIN LATERAL (
        (SELECT 1::int2, NULL::text, NULL::date, n.event_on, n.received_on, n.due_on, n.change_kind
         FROM notice AS n
         WHERE n.card_key = q.card_key COLLATE "C" AND n.birth_date = q.birth_date
             AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
         ORDER BY n.due_on
         LIMIT 50)
        UNION ALL
        (SELECT DISTINCT 2::int2, q.card_key, p.birth_date, NULL::date, NULL::date, NULL::date, NULL::int2
         FROM (
             SELECT * FROM coverage AS v
             WHERE v.insurer_number = q.insurer_number COLLATE "C"
                 AND v.symbol_loose = split_part(q.number_rest, ':', 1) COLLATE "C"
                 AND v.number_loose = split_part(q.number_rest, ':', 2) COLLATE "C"
             OFFSET 0
         ) AS c
         CROSS JOIN LATERAL (
             SELECT v.birth_date FROM person_version AS v
             WHERE v.person_id = c.person_id AND v.superseded_at = 'infinity'
             OFFSET 0
         ) AS p
         WHERE c.superseded_at = 'infinity' AND p.birth_date <> q.birth_date
         LIMIT 50)
        UNION ALL
        -- All keys of one insurer lie between "number:" and "number;", the character after the colon.
        (SELECT DISTINCT 3::int2, k.card_key, k.birth_date, NULL::date, NULL::date, NULL::date, NULL::int2
         FROM card AS k
         WHERE k.birth_date = q.birth_date
             AND k.card_key >= q.insurer_number || ':' COLLATE "C"
             AND k.card_key < q.insurer_number || ';' COLLATE "C"
             AND k.card_key <> q.card_key COLLATE "C"
             AND CASE WHEN char_length(q.number_rest) <= 250 AND char_length(k.card_key) <= 250
                      THEN extension.levenshtein_less_equal(substr(k.card_key, 10), q.number_rest, 2) <= 2
                 END
         LIMIT 50)
        UNION ALL
        (SELECT DISTINCT 4::int2, k.card_key, k.birth_date, NULL::date, NULL::date, NULL::date, NULL::int2
         FROM card AS k
         WHERE k.birth_date = q.birth_date AND substr(k.card_key, 10) = q.number_rest COLLATE "C"
             AND k.card_key <> q.card_key COLLATE "C"
         LIMIT 50)
    ) AS near;
END
$$;
COMMENT ON FUNCTION registry.eligibility_look_around IS
    'For questions without a hit: open notices and near misses, without persons.';

CREATE OR REPLACE FUNCTION registry.dossier_by_version(versions int8[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body
    FROM unnest(versions) WITH ORDINALITY AS q (version, position)
    CROSS JOIN LATERAL (
        SELECT now.person_id, now.version, now.body FROM dossier AS now WHERE now.version = q.version
        UNION ALL
        SELECT past.person_id, past.version, past.body FROM dossier_past AS past WHERE past.version = q.version
        OFFSET 0
    ) AS d;
END
$$;
COMMENT ON FUNCTION registry.dossier_by_version IS 'Dossiers as they were: from versions, current or past.';

CREATE OR REPLACE FUNCTION registry.access_append(
        day date, previous_day date, actor_ids int8[], facility_ids int4[], certificate_ids int8[],
        actor_kinds int2[], user_ids text[], request_ids uuid[], item_nos int4[], routes int2[], ways int2[],
        purposes int2[], subjects bytea[], dossier_versions text[], asked_days date[], consents int2[],
        items int4[], validities int2[], reasons int2[], details text[], faults int2[], body_digests bytea[],
        as_ofs timestamptz[])
    RETURNS TABLE (ord int4, record_id int8, recorded_at timestamptz)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    block      int8;
    written_at timestamptz := clock_timestamp();
BEGIN
    IF cardinality(request_ids) > 4096 THEN
        RAISE EXCEPTION 'access_append: more than 4096 records' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    -- The number of a record carries its position in the low 12 bits, so that RETURNING can give it back. Elements are
    -- taken by their position: unnest of so many arrays fills a store for each, which costs a quarter of all this.
    block := nextval('access_record_id') << 12;
    -- Hardly any request was on record before, and to look first costs a fifth of all this. So they are written as if
    -- none was; if one was, nothing of this block holds. What it returns is asked for only when all are written, since
    -- rows that were returned stay returned.
    IF previous_day IS NULL THEN
        BEGIN
            INSERT INTO access_record (
                record_id, recorded_at, day, actor_id, facility_id, certificate_id, actor_kind, user_id, request_id, item_no,
                route, way, purpose, subject, dossier_versions, asked_day, consent, items, validity, reason, detail, fault,
                body_digest, as_of)
            SELECT
                block + q.at - 1, written_at, access_append.day, actor_ids[q.at], facility_ids[q.at], certificate_ids[q.at],
                actor_kinds[q.at], user_ids[q.at], request_ids[q.at], item_nos[q.at], routes[q.at], ways[q.at],
                purposes[q.at], subjects[q.at], access_append.dossier_versions[q.at]::int8[], asked_days[q.at],
                consents[q.at], access_append.items[q.at], validities[q.at], reasons[q.at], details[q.at], faults[q.at],
                body_digests[q.at], as_ofs[q.at]
            FROM generate_series(1, cardinality(request_ids)) AS q (at);
            RETURN QUERY
            SELECT q.at - 1, block + q.at - 1, written_at FROM generate_series(1, cardinality(request_ids)) AS q (at);
            RETURN;
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END IF;
    -- One by one, without those that are on record. Around midnight they may stand on the day before; a statement of its
    -- own, since a plan that reads access_record locks every partition.
    RETURN QUERY
    INSERT INTO access_record AS a (
        record_id, recorded_at, day, actor_id, facility_id, certificate_id, actor_kind, user_id, request_id, item_no, route,
        way, purpose, subject, dossier_versions, asked_day, consent, items, validity, reason, detail, fault, body_digest,
        as_of)
    SELECT
        block + q.at - 1, written_at, access_append.day, actor_ids[q.at], facility_ids[q.at], certificate_ids[q.at],
        actor_kinds[q.at], user_ids[q.at], request_ids[q.at], item_nos[q.at], routes[q.at], ways[q.at],
        purposes[q.at], subjects[q.at], access_append.dossier_versions[q.at]::int8[], asked_days[q.at], consents[q.at],
        access_append.items[q.at], validities[q.at], reasons[q.at], details[q.at], faults[q.at], body_digests[q.at],
        as_ofs[q.at]
    FROM generate_series(1, cardinality(request_ids)) AS q (at)
    WHERE NOT EXISTS (
        SELECT FROM access_record AS before
        WHERE before.day = previous_day AND before.request_id = request_ids[q.at]
            AND before.actor_id = actor_ids[q.at] AND before.item_no = item_nos[q.at])
    ON CONFLICT DO NOTHING
    RETURNING (a.record_id & 4095)::int4, a.record_id, a.recorded_at;
END
$$;
COMMENT ON FUNCTION registry.access_append IS 'Writes access records; returns those that were not there before.';

CREATE OR REPLACE FUNCTION registry.access_prior(
        actor_ids int8[], request_ids uuid[], item_nos int4[], day date, previous_day date)
    RETURNS TABLE (ord int4, record_id int8, recorded_at timestamptz, body_digest bytea, route int2,
                   dossier_versions int8[], validity int2, reason int2, detail text, asked_day date, consent int2,
                   items int4, as_of timestamptz, fault int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- With the day known, only its partition is planned for and locked.
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        (q.position - 1)::int4, a.record_id, a.recorded_at, a.body_digest, a.route, a.dossier_versions, a.validity,
        a.reason, a.detail, a.asked_day, a.consent, a.items, a.as_of, a.fault
    FROM unnest(actor_ids, request_ids, item_nos) WITH ORDINALITY AS q (actor_id, request_id, item_no, position)
    CROSS JOIN LATERAL (
        SELECT *
        FROM access_record AS r
        WHERE r.day IN (access_prior.day, access_prior.previous_day) AND r.request_id = q.request_id
            AND r.actor_id = q.actor_id AND r.item_no = q.item_no
        ORDER BY r.day = access_prior.day DESC
        LIMIT 1
    ) AS a;
END
$$;
COMMENT ON FUNCTION registry.access_prior IS 'What stands on record of requests that were seen before.';

CREATE OR REPLACE FUNCTION registry.reference_number_set(
        day date, previous_day date, actor_ids int8[], request_ids uuid[], item_nos int4[], facility_ids int4[],
        person_ids int8[], numbers text[])
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    asked record;
    old   record;
BEGIN
    -- In the order of the key, so that two callers never wait for each other crosswise.
    FOR asked IN
        SELECT (q.position - 1)::int4 AS ord, q.facility_id, q.person_id, q.number, p.record_id IS NOT NULL AS seen
        FROM unnest(facility_ids, person_ids, numbers) WITH ORDINALITY AS q (facility_id, person_id, number, position)
        LEFT JOIN access_prior(actor_ids, request_ids, item_nos, day, previous_day) AS p ON p.ord = q.position - 1
        ORDER BY q.facility_id, q.person_id, q.position
    LOOP
        ord := asked.ord;
        IF asked.seen THEN
            outcome := 3;
        ELSIF NOT EXISTS (SELECT FROM facility AS f WHERE f.facility_id = asked.facility_id)
            OR NOT EXISTS (SELECT FROM person AS p WHERE p.person_id = asked.person_id)
        THEN
            outcome := 4;
        ELSE
            INSERT INTO reference_number (facility_id, person_id, number)
            VALUES (asked.facility_id, asked.person_id, asked.number)
            ON CONFLICT DO NOTHING;
            outcome := 1;
            IF NOT FOUND THEN
                SELECT r.number, r.set_at INTO old
                FROM reference_number AS r
                WHERE r.facility_id = asked.facility_id AND r.person_id = asked.person_id
                FOR UPDATE;
                IF old.number = asked.number THEN
                    outcome := 2;
                ELSE
                    INSERT INTO reference_number_past (facility_id, person_id, number, set_at)
                    VALUES (asked.facility_id, asked.person_id, old.number, old.set_at);
                    UPDATE reference_number AS r SET number = asked.number, set_at = now()
                    WHERE r.facility_id = asked.facility_id AND r.person_id = asked.person_id;
                END IF;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION registry.reference_number_set IS 'Sets facilities'' own numbers for persons, unless the request was seen before.';

CREATE OR REPLACE FUNCTION registry.reference_number_delete(
        day date, previous_day date, actor_ids int8[], request_ids uuid[], item_nos int4[], facility_ids int4[],
        person_ids int8[])
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    asked record;
BEGIN
    FOR asked IN
        SELECT (q.position - 1)::int4 AS ord, q.facility_id, q.person_id, p.record_id IS NOT NULL AS seen
        FROM unnest(facility_ids, person_ids) WITH ORDINALITY AS q (facility_id, person_id, position)
        LEFT JOIN access_prior(actor_ids, request_ids, item_nos, day, previous_day) AS p ON p.ord = q.position - 1
        ORDER BY q.facility_id, q.person_id, q.position
    LOOP
        ord := asked.ord;
        IF asked.seen THEN
            outcome := 3;
        ELSIF NOT EXISTS (SELECT FROM facility AS f WHERE f.facility_id = asked.facility_id)
            OR NOT EXISTS (SELECT FROM person AS p WHERE p.person_id = asked.person_id)
        THEN
            outcome := 4;
        ELSE
            WITH ended AS (
                DELETE FROM reference_number AS r
                WHERE r.facility_id = asked.facility_id AND r.person_id = asked.person_id
                RETURNING r.facility_id, r.person_id, r.number, r.set_at
            )
            INSERT INTO reference_number_past (facility_id, person_id, number, set_at)
            SELECT e.facility_id, e.person_id, e.number, e.set_at FROM ended AS e;
            outcome := CASE WHEN FOUND THEN 1 ELSE 2 END;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION registry.reference_number_delete IS
    'Deletes facilities'' own numbers for persons, unless the request was seen before.';

-- The directory. Ask for the watermark first.
CREATE OR REPLACE FUNCTION registry.directory_watermark() RETURNS xid8
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT pg_snapshot_xmin(pg_current_snapshot())
$$;
COMMENT ON FUNCTION registry.directory_watermark IS
    'Every change by a transaction below this one is visible; ask for changes from here on next time.';

CREATE OR REPLACE FUNCTION registry.directory_facilities(since xid8)
    RETURNS TABLE (facility_id int4, facility_code text, kind int2, prefecture int2, name text, status int2,
                   rights_profile int2, valid_from date, valid_to date, changed_xid xid8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT f.facility_id, f.facility_code, f.kind, f.prefecture, f.name, f.status, f.rights_profile, f.valid_from,
           f.valid_to, f.changed_xid
    FROM facility AS f
    WHERE f.changed_xid >= since
$$;
COMMENT ON FUNCTION registry.directory_facilities IS 'Facilities changed since a watermark.';

CREATE OR REPLACE FUNCTION registry.directory_certificates(since xid8)
    RETURNS TABLE (certificate_id int8, holder_kind int2, facility_id int4, insurer_number text, operator_id int4,
                   fingerprint bytea, serial text, not_before timestamptz, not_after timestamptz,
                   revoked_at timestamptz, changed_xid xid8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT c.certificate_id, c.holder_kind, c.facility_id, c.insurer_number, c.operator_id, c.fingerprint, c.serial,
           c.not_before, c.not_after, c.revoked_at, c.changed_xid
    FROM certificate AS c
    WHERE c.changed_xid >= since
$$;
COMMENT ON FUNCTION registry.directory_certificates IS 'Certificates changed since a watermark.';

CREATE OR REPLACE FUNCTION registry.directory_insurers(since xid8)
    RETURNS TABLE (insurer_number text, name text, kind int2, contact_phone text, contact_text text,
                   successor_number text, valid_from date, valid_to date, last_heard_at timestamptz,
                   usual_lag_days int2, changed_xid xid8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT i.insurer_number, i.name, i.kind, i.contact_phone, i.contact_text, i.successor_number, i.valid_from,
           i.valid_to, i.last_heard_at, i.usual_lag_days, i.changed_xid
    FROM insurer AS i
    WHERE i.changed_xid >= since
$$;
COMMENT ON FUNCTION registry.directory_insurers IS 'Insurers changed since a watermark.';

CREATE OR REPLACE FUNCTION registry.policy_parameters()
    RETURNS TABLE (name text, valid_from date, value text, unit text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT p.name, p.valid_from, p.value, p.unit FROM policy_parameter AS p ORDER BY p.name, p.valid_from
$$;
COMMENT ON FUNCTION registry.policy_parameters IS 'All dated policy parameters.';

CREATE OR REPLACE FUNCTION registry.holidays() RETURNS TABLE (day date, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT h.day, h.name FROM holiday AS h ORDER BY h.day
$$;
COMMENT ON FUNCTION registry.holidays IS 'All public holidays.';

-- ---- 80_visit.sql ----

-- Functions for visits, of the lookup role. functions.md explains each of them.

-- A challenge serves once: who comes with its number and is not the request that used it gets outcome 2, and no dossier.
CREATE OR REPLACE FUNCTION registry.visit_open(
        facility_ids int4[], visit_ids uuid[], request_ids uuid[], issuers text[], serials text[], opened timestamptz[],
        treatments int2[], unlocks int2[], consenters int2[], consents int2[], untils timestamptz[], limits bool[],
        bases int2[], reasons int2[], user_ids text[], review_dues timestamptz[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    -- In the order of their numbers, so that two that carry the same wait for each other and never in a circle.
    INSERT INTO visit AS v (
        visit_id, facility_id, request_id, person_id, issuer, serial, opened_at, treatment, unlocked_by, consented_by, consents,
        consent_until, is_limited, basis, reason, user_id, review_due_at)
    SELECT
        q.visit_id, q.facility_id, q.request_id, k.person_id, q.issuer, q.serial, q.opened_at, q.treatment, q.unlocked_by,
        q.consented_by, q.consents, coalesce(q.consent_until, 'infinity'), q.is_limited, q.basis, q.reason, q.user_id,
        q.review_due_at
    FROM unnest(facility_ids, visit_ids, request_ids, issuers, serials, opened, treatments, unlocks, consenters, consents,
                untils, limits, bases, reasons, user_ids, review_dues)
        AS q (facility_id, visit_id, request_id, issuer, serial, opened_at, treatment, unlocked_by, consented_by, consents,
              consent_until, is_limited, basis, reason, user_id, review_due_at)
    LEFT JOIN LATERAL (
        SELECT c.person_id
        FROM (SELECT i.issuer_id FROM card_issuer AS i WHERE i.name = q.issuer COLLATE "C" OFFSET 0) AS i
        JOIN credential AS c ON c.serial = q.serial COLLATE "C" AND c.issuer_id = i.issuer_id
        WHERE c.ended_at IS NULL OR c.ended_at > q.opened_at
        OFFSET 0
    ) AS k ON true
    ORDER BY q.visit_id
    ON CONFLICT (visit_id) DO NOTHING;
    -- A statement of its own, so that it sees what another one has just made under the same number.
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, r.number,
           CASE WHEN v.facility_id = q.facility_id AND v.request_id = q.request_id THEN 1 ELSE 2 END::int2
    FROM unnest(facility_ids, visit_ids, request_ids) WITH ORDINALITY AS q (facility_id, visit_id, request_id, position)
    CROSS JOIN LATERAL (SELECT * FROM visit AS o WHERE o.visit_id = q.visit_id OFFSET 0) AS v
    LEFT JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f
        WHERE f.person_id = v.person_id AND v.request_id = q.request_id AND v.facility_id = q.facility_id
        OFFSET 0
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n
        WHERE n.facility_id = q.facility_id AND n.person_id = d.person_id
        OFFSET 0
    ) AS r ON true;
END
$$;
COMMENT ON FUNCTION registry.visit_open IS 'Notes cards that were proven, with the consents given, and finds the dossiers of their holders.';

-- With the visit comes what of its person's claims is asked for and consented to: whoever asks about medicines asks once.
CREATE OR REPLACE FUNCTION registry.visit_read(
        facility_ids int4[], visit_ids uuid[], items int2[], moments timestamptz[], from_years int2[], to_years int2[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, opened_at timestamptz,
                   treatment int2, consents int2, consent_until timestamptz, is_limited bool, ended_at timestamptz,
                   end_reason int2, item int2, told text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, b.body, r.number, v.opened_at, v.treatment, v.consents,
           nullif(v.consent_until, 'infinity'), v.is_limited, v.ended_at, v.end_reason, b.item, b.told
    FROM unnest(facility_ids, visit_ids, items, moments, from_years, to_years)
        WITH ORDINALITY AS q (facility_id, visit_id, items, moment, from_year, to_year, position)
    CROSS JOIN LATERAL (
        SELECT * FROM visit AS o WHERE o.visit_id = q.visit_id AND o.facility_id = q.facility_id OFFSET 0
    ) AS v
    LEFT JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f WHERE f.person_id = v.person_id OFFSET 0
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n
        WHERE n.facility_id = q.facility_id AND n.person_id = d.person_id
        OFFSET 0
    ) AS r ON true
    CROSS JOIN LATERAL (
        SELECT d.body, NULL::int2 AS item, NULL::text AS told
        UNION ALL
        (SELECT NULL::bytea, h.item, h.told
         FROM histories_of(v.person_id, v.consents & q.items, q.from_year, q.to_year) AS h
         WHERE v.consents & q.items <> 0 AND NOT v.is_limited
             AND v.opened_at <= q.moment AND q.moment < least(v.consent_until, v.ended_at)
             AND NOT EXISTS (SELECT FROM doubts_of(v.person_id)))
    ) AS b;
END
$$;
COMMENT ON FUNCTION registry.visit_read IS
    'Visits of these facilities, with the current dossiers of who came, and those claims of theirs that are asked for, while the consent holds.';

CREATE OR REPLACE FUNCTION registry.visit_end(facility_id int4, visit_id uuid, end_reason int2, moment timestamptz)
    RETURNS TABLE (outcome int2, person_id int8, ended_at timestamptz, reason int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    stands record;
BEGIN
    UPDATE visit AS v SET ended_at = visit_end.moment, end_reason = visit_end.end_reason
    WHERE v.visit_id = visit_end.visit_id AND v.facility_id = visit_end.facility_id AND v.ended_at IS NULL
    RETURNING v.person_id, v.ended_at, v.end_reason INTO stands;
    IF FOUND THEN
        RETURN QUERY SELECT 1::int2, stands.person_id, stands.ended_at, stands.end_reason;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT 2::int2, v.person_id, v.ended_at, v.end_reason
    FROM visit AS v
    WHERE v.visit_id = visit_end.visit_id AND v.facility_id = visit_end.facility_id;
END
$$;
COMMENT ON FUNCTION registry.visit_end IS 'Takes the consents of a visit back; once, and the first time counts.';

CREATE OR REPLACE FUNCTION registry.visit_review(facility_id int4, visit_id uuid, user_id text, verdict int2, moment timestamptz)
    RETURNS TABLE (outcome int2, person_id int8, reviewed_at timestamptz, result int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    stands visit;
BEGIN
    SELECT * INTO stands FROM visit AS v
    WHERE v.visit_id = visit_review.visit_id AND v.facility_id = visit_review.facility_id AND v.review_due_at IS NOT NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF stands.reviewed_at IS NOT NULL THEN
        RETURN QUERY SELECT 2::int2, stands.person_id, stands.reviewed_at, stands.outcome;
    ELSIF stands.user_id = visit_review.user_id THEN
        RETURN QUERY SELECT 3::int2, stands.person_id, NULL::timestamptz, NULL::int2;
    ELSE
        UPDATE visit AS v SET reviewed_at = visit_review.moment, reviewed_by = visit_review.user_id, outcome = visit_review.verdict
        WHERE v.visit_id = visit_review.visit_id;
        RETURN QUERY SELECT 1::int2, stands.person_id, visit_review.moment, visit_review.verdict;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.visit_review IS
    'Somebody else than who opened it says whether a look without consent was justified: 1 noted, 2 was noted before, 3 the same person.';

-- Nobody's name: who comes behind a number is found by asking about that visit, which goes on record.
CREATE OR REPLACE FUNCTION registry.visit_list(
        facility_id int4, treatment int2, from_at timestamptz, until_at timestamptz, after_at timestamptz, after_id uuid,
        count_max int4)
    RETURNS TABLE (visit_id uuid, opened_at timestamptz, consents int2, ended_at timestamptz, end_reason int2,
                   reference_number text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT v.visit_id, v.opened_at, v.consents, v.ended_at, v.end_reason, r.number
    FROM (
        SELECT * FROM visit AS o
        WHERE o.facility_id = visit_list.facility_id AND o.treatment IN (2, 3) AND o.treatment = visit_list.treatment
            AND o.person_id IS NOT NULL AND o.opened_at >= greatest(visit_list.from_at, visit_list.after_at)
            AND o.opened_at < visit_list.until_at
            AND (visit_list.after_id IS NULL OR (o.opened_at, o.visit_id) > (visit_list.after_at, visit_list.after_id))
        ORDER BY o.opened_at, o.visit_id
        LIMIT count_max
    ) AS v
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n WHERE n.facility_id = visit_list.facility_id AND n.person_id = v.person_id
        OFFSET 0
    ) AS r ON true
    ORDER BY v.opened_at, v.visit_id;
END
$$;
COMMENT ON FUNCTION registry.visit_list IS 'Visits at home or online of this facility, by when consent was given.';

-- ---- 80_clinical.sql ----

-- Functions for medical information. functions.md explains each of them.

-- Asked at the moment of reading, whenever the question was: a doubt seals what was shown before, too.
-- A set, and without settings of its own, so that it becomes part of the plan of who reads it.
CREATE OR REPLACE FUNCTION registry.doubts_of(person_id int8) RETURNS SETOF int8
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT h.hold_id FROM registry.person_hold AS h
    WHERE h.person_id = doubts_of.person_id AND h.closed_at IS NULL AND h.scope > 0;
END;
COMMENT ON FUNCTION registry.doubts_of IS 'Doubts about who somebody is that stand, each of which seals medical information.';

-- Nobody reads it but through a visit: of this facility, with a consent that holds, for this kind of information.
CREATE OR REPLACE FUNCTION registry.claim_read(
        facility_ids int4[], visit_ids uuid[], items int2[], moments timestamptz[], from_months date[],
        to_months date[], known_ats timestamptz[])
    RETURNS TABLE (ord int4, item int2, told text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, c.item, c.told
    FROM unnest(facility_ids, visit_ids, items, moments, from_months, to_months, known_ats)
        WITH ORDINALITY AS q (facility_id, visit_id, items, moment, from_month, to_month, known_at, position)
    CROSS JOIN LATERAL (
        SELECT o.person_id, o.consents & q.items AS items FROM visit AS o
        WHERE o.visit_id = q.visit_id AND o.facility_id = q.facility_id AND o.consents & q.items <> 0 AND NOT o.is_limited
            AND o.opened_at <= q.moment AND q.moment < least(o.consent_until, o.ended_at)
            AND NOT EXISTS (SELECT FROM doubts_of(o.person_id))
        OFFSET 0
    ) AS v
    CROSS JOIN LATERAL (
        SELECT * FROM claim_told AS m
        WHERE m.person_id = v.person_id AND m.month BETWEEN q.from_month AND q.to_month AND m.item & v.items <> 0
            AND m.recorded_at <= q.known_at AND m.superseded_at > q.known_at
        OFFSET 0
    ) AS c
    ORDER BY q.position, c.month DESC, c.claim_id;
END
$$;
COMMENT ON FUNCTION registry.claim_read IS
    'Medicines, treatments and operations of who came to a visit, while the consent to each holds, as known at a moment.';

-- A set without settings of its own, like doubts_of: it becomes part of the plan of who reads it.
CREATE OR REPLACE FUNCTION registry.histories_of(person_id int8, items int2, from_year int2, to_year int2)
    RETURNS TABLE (item int2, year int2, told text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT b.item, h.year, b.told
    FROM (
        SELECT * FROM registry.claim_history AS m
        WHERE m.person_id = histories_of.person_id AND m.year BETWEEN from_year AND to_year
        ORDER BY m.year DESC
        OFFSET 0
    ) AS h
    CROSS JOIN LATERAL (
        VALUES (8::int2, h.drugs), (16::int2, h.treatments), (32::int2, h.operations)) AS b (item, told)
    WHERE items & b.item <> 0 AND b.told IS NOT NULL;
END;
COMMENT ON FUNCTION registry.histories_of IS
    'Claims of a person as known now, of the kinds whose bits are set: a row for each year and kind, latest year first.';

-- The same as known now, a row for each year and kind.
CREATE OR REPLACE FUNCTION registry.history_read(
        facility_ids int4[], visit_ids uuid[], items int2[], moments timestamptz[], from_years int2[], to_years int2[])
    RETURNS TABLE (ord int4, item int2, told text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, h.item, h.told
    FROM unnest(facility_ids, visit_ids, items, moments, from_years, to_years)
        WITH ORDINALITY AS q (facility_id, visit_id, items, moment, from_year, to_year, position)
    CROSS JOIN LATERAL (
        SELECT o.person_id, o.consents FROM visit AS o
        WHERE o.visit_id = q.visit_id AND o.facility_id = q.facility_id AND o.consents & q.items <> 0 AND NOT o.is_limited
            AND o.opened_at <= q.moment AND q.moment < least(o.consent_until, o.ended_at)
            AND NOT EXISTS (SELECT FROM doubts_of(o.person_id))
        OFFSET 0
    ) AS v
    CROSS JOIN LATERAL histories_of(v.person_id, v.consents & q.items, q.from_year, q.to_year) AS h;
END
$$;
COMMENT ON FUNCTION registry.history_read IS
    'Medicines, treatments and operations of who came to a visit, while the consent to each holds, as known now.';

-- Checkups go with the coverages of whom they are found with.
CREATE OR REPLACE FUNCTION registry.checkups_of(person_id int8, moment timestamptz, from_day date, to_day date)
    RETURNS TABLE (examined_on date, items text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT lower(c.valid), c.items
    FROM (SELECT * FROM registry.coverage AS v WHERE v.person_id = checkups_of.person_id OFFSET 0) AS k
    CROSS JOIN LATERAL (
        SELECT m.valid, m.items FROM registry.checkup AS m
        WHERE m.coverage_id = k.coverage_id AND lower(m.valid) BETWEEN from_day AND to_day
            AND m.recorded_at <= moment AND m.superseded_at > moment
        OFFSET 0
    ) AS c
    -- Whose the coverage is by now: what was moved away was never the person's.
    WHERE k.state = 1 AND k.superseded_at = 'infinity';
END;
COMMENT ON FUNCTION registry.checkups_of IS 'Checkups of a person on days from one to another, as known at a moment.';

CREATE OR REPLACE FUNCTION registry.checkup_read(
        facility_ids int4[], visit_ids uuid[], moments timestamptz[], from_days date[], to_days date[])
    RETURNS TABLE (ord int4, examined_on date, items text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, c.examined_on, c.items
    FROM unnest(facility_ids, visit_ids, moments, from_days, to_days)
        WITH ORDINALITY AS q (facility_id, visit_id, moment, from_day, to_day, position)
    CROSS JOIN LATERAL (
        SELECT o.person_id FROM visit AS o
        WHERE o.visit_id = q.visit_id AND o.facility_id = q.facility_id AND o.consents & 4 <> 0 AND NOT o.is_limited
            AND o.opened_at <= q.moment AND q.moment < least(o.consent_until, o.ended_at)
            AND NOT EXISTS (SELECT FROM doubts_of(o.person_id))
        OFFSET 0
    ) AS v
    CROSS JOIN LATERAL checkups_of(v.person_id, q.moment, q.from_day, q.to_day) AS c
    ORDER BY q.position, c.examined_on DESC;
END
$$;
COMMENT ON FUNCTION registry.checkup_read IS
    'Checkups of who came to a visit, while the consent to them holds, as known at a moment; latest first.';

-- claims: [{"card_key", "birth_date", "digest" (base64), "claim": {…}}, …], each claim as schema/claim/README.md has it.
CREATE OR REPLACE FUNCTION registry.claims_put(claims jsonb)
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
    moment   timestamptz := clock_timestamp();
    ords     int4[];
    outcomes int2[];
    people   int8[];
    years    int2[];
BEGIN
    -- One feed at a time: the same claim twice is then always seen.
    PERFORM pg_advisory_xact_lock(hashtextextended('registry.claims_put', 0));
    WITH given AS MATERIALIZED (
        SELECT (g.position - 1)::int4 AS ord, g.value ->> 'card_key' AS card_key, (g.value ->> 'birth_date')::date AS birth_date,
               decode(g.value ->> 'digest', 'hex') AS digest, c.*
        FROM jsonb_array_elements(claims) WITH ORDINALITY AS g (value, position)
        CROSS JOIN LATERAL jsonb_to_record(g.value -> 'claim') AS c (
            claim text, source text, month text, in_out text, facility_code text, facility_name text, prescriber_code text,
            prescriber_name text, prescribed_on date, drugs jsonb, treatments jsonb, operations jsonb, expense_days int2,
            expense_total int4, expense_paid int4)
    ),
    numbered AS MATERIALIZED (
        SELECT g.*, s.source_no::int2,
               -- Said twice in one go, the last word counts.
               row_number() OVER (PARTITION BY g.claim, g.source ORDER BY g.ord DESC) = 1 AS is_last
        FROM given AS g
        CROSS JOIN LATERAL (
            SELECT array_position(ARRAY['receipt', 'dispensing', 'prescription'], g.source) AS source_no
        ) AS s
    ),
    found AS MATERIALIZED (
        SELECT n.ord, p.people, p.person_id, h.claim_id, h.digest = n.digest AS is_same
        FROM numbered AS n
        LEFT JOIN LATERAL (
            SELECT count(*) AS people, min(k.person_id) AS person_id
            FROM (SELECT DISTINCT c.person_id FROM card AS c
                  WHERE c.card_key = n.card_key COLLATE "C" AND c.birth_date = n.birth_date) AS k
        ) AS p ON true
        LEFT JOIN LATERAL (
            SELECT c.claim_id, c.digest FROM claim AS c
            WHERE c.claim_key = n.claim COLLATE "C" AND c.source = n.source_no AND c.superseded_at = 'infinity'
            OFFSET 0
        ) AS h ON true
        WHERE n.is_last
    ),
    judged AS MATERIALIZED (
        SELECT f.*,
               CASE WHEN f.is_same THEN 2 WHEN f.people = 0 THEN 4 WHEN f.people > 1 THEN 5
                    WHEN f.claim_id IS NOT NULL THEN 3 ELSE 1 END::int2 AS outcome
        FROM found AS f
    ),
    ended AS (
        UPDATE claim AS c SET superseded_at = greatest(moment, c.recorded_at)
        FROM judged AS j
        WHERE j.outcome = 3 AND c.claim_id = j.claim_id
        RETURNING c.claim_id, c.person_id, c.month
    ),
    added AS (
        INSERT INTO claim (person_id, month, source, claim_key, in_out, facility_code, facility_name, prescriber_code,
                           prescriber_name, prescribed_on, drugs, treatments, operations, expense_days, expense_total,
                           expense_paid, digest, recorded_at)
        SELECT j.person_id, (n.month || '-01')::date, n.source_no, n.claim,
               array_position(ARRAY['inpatient', 'outpatient'], n.in_out), n.facility_code, n.facility_name, n.prescriber_code,
               n.prescriber_name, n.prescribed_on, claim_lines(n.drugs), claim_lines(n.treatments), claim_lines(n.operations),
               n.expense_days, n.expense_total,
               CASE WHEN n.expense_total IS NOT NULL THEN coalesce(n.expense_paid, 0) END, n.digest, moment
        FROM judged AS j
        JOIN numbered AS n ON n.ord = j.ord
        -- The older version leaves the unique index first.
        WHERE j.outcome = 1 OR (j.outcome = 3 AND EXISTS (SELECT FROM ended AS e WHERE e.claim_id = j.claim_id))
        RETURNING person_id, month
    ),
    touched AS (
        SELECT array_agg(t.person_id ORDER BY t.person_id, t.month) AS people,
               array_agg(extract(year FROM t.month)::int2 ORDER BY t.person_id, t.month) AS years
        FROM (SELECT e.person_id, e.month FROM ended AS e UNION ALL SELECT a.person_id, a.month FROM added AS a) AS t
    )
    SELECT array_agg(n.ord ORDER BY n.ord), array_agg(coalesce(j.outcome, 6::int2) ORDER BY n.ord),
           (SELECT t.people FROM touched AS t), (SELECT t.years FROM touched AS t)
    INTO ords, outcomes, people, years
    FROM numbered AS n
    LEFT JOIN judged AS j ON j.ord = n.ord;
    PERFORM claim_history_refresh(people, years);
    RETURN QUERY SELECT * FROM unnest(ords, outcomes);
END
$$;
COMMENT ON FUNCTION registry.claims_put IS
    'Takes claims in: 1 new, 2 known already, 3 another version, 4 nobody has that card, 5 several have, 6 said again later in the same call.';

-- ---- 80_credential.sql ----

-- What became of user certificates. functions.md explains it.
--
-- One after the other, as they came: the new one of an event may be the old one of the next.
CREATE OR REPLACE FUNCTION registry.credentials_put(events jsonb)
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    one record;
    held credential;
    taken credential;
BEGIN
    FOR one IN
        SELECT (g.position - 1)::int4 AS ord, (g.value ->> 'event')::int2 AS event, g.value ->> 'serial' AS serial,
               g.value ->> 'new_serial' AS new_serial, o.issuer_id, n.issuer_id AS new_issuer_id
        FROM jsonb_array_elements(events) WITH ORDINALITY AS g (value, position)
        LEFT JOIN card_issuer AS o ON o.name = g.value ->> 'issuer' COLLATE "C"
        LEFT JOIN card_issuer AS n ON n.name = g.value ->> 'new_issuer' COLLATE "C"
        ORDER BY g.position
    LOOP
        ord := one.ord;
        IF one.issuer_id IS NULL OR one.event <> 3 AND one.new_issuer_id IS NULL THEN
            outcome := 4;
            RETURN NEXT;
            CONTINUE;
        END IF;
        SELECT c.* INTO held FROM credential AS c
        WHERE c.serial = one.serial COLLATE "C" AND c.issuer_id = one.issuer_id FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            outcome := 3;
            RETURN NEXT;
            CONTINUE;
        END IF;
        outcome := 2;
        IF one.event <> 3 THEN
            INSERT INTO credential AS c (issuer_id, serial, person_id, linked_at)
            VALUES (one.new_issuer_id, one.new_serial, held.person_id, moment)
            ON CONFLICT (serial, issuer_id) DO NOTHING
            RETURNING c.* INTO taken;
            IF taken.serial IS NOT NULL THEN
                outcome := 1;
            ELSE
                SELECT c.* INTO STRICT taken FROM credential AS c
                WHERE c.serial = one.new_serial COLLATE "C" AND c.issuer_id = one.new_issuer_id;
                IF taken.person_id <> held.person_id THEN
                    INSERT INTO credential_alarm (issuer_id, serial, person_id, other_person_id, raised_at)
                    VALUES (taken.issuer_id, taken.serial, taken.person_id, held.person_id, moment)
                    ON CONFLICT DO NOTHING;
                    outcome := 5;
                    RETURN NEXT;
                    CONTINUE;
                END IF;
            END IF;
        END IF;
        IF one.event <> 2 AND held.ended_at IS NULL THEN
            UPDATE credential AS c SET ended_at = moment
            WHERE c.serial = held.serial AND c.issuer_id = held.issuer_id;
            outcome := 1;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION registry.credentials_put IS
    'Takes in what became of certificates: 1 done, 2 known already, 3 the old one leads to nobody, 4 no such issuer, 5 the new one is somebody else''s.';

-- ---- 80_disaster.sql ----

-- Functions for disaster mode. functions.md explains each of them.

-- Until when it is open for a facility at a moment; NULL when it is not.
CREATE OR REPLACE FUNCTION registry.disaster_until(facility_id int4, moment timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT max(least(d.closes_at, d.closed_at))
    FROM facility AS f
    JOIN disaster_mode AS d ON d.prefecture = f.prefecture
    WHERE f.facility_id = disaster_until.facility_id AND d.opened_at <= moment AND moment < least(d.closes_at, d.closed_at)
$$;
COMMENT ON FUNCTION registry.disaster_until IS 'Until when disaster mode is open for a facility.';

CREATE OR REPLACE FUNCTION registry.disaster_find(
        facility_ids int4[], moments timestamptz[], birth_dates date[], kana_keys text[], card_keys text[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, is_open bool)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, r.number, m.until IS NOT NULL
    FROM unnest(facility_ids, moments, birth_dates, kana_keys, card_keys)
        WITH ORDINALITY AS q (facility_id, moment, birth_date, kana_key, card_key, position)
    CROSS JOIN LATERAL (SELECT disaster_until(q.facility_id, q.moment) AS until OFFSET 0) AS m
    LEFT JOIN LATERAL (
        (SELECT p.person_id FROM person_version AS p
         WHERE m.until IS NOT NULL AND p.birth_date = q.birth_date AND p.name_kana_key = q.kana_key COLLATE "C"
             AND p.superseded_at = 'infinity'
         ORDER BY p.person_id
         LIMIT 16)
        UNION
        (SELECT c.person_id FROM card AS c
         WHERE m.until IS NOT NULL AND c.card_key = q.card_key COLLATE "C" AND c.birth_date = q.birth_date
         ORDER BY c.person_id
         LIMIT 16)
    ) AS k ON true
    LEFT JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f WHERE f.person_id = k.person_id OFFSET 0
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n
        WHERE n.facility_id = q.facility_id AND n.person_id = d.person_id
        OFFSET 0
    ) AS r ON true;
END
$$;
COMMENT ON FUNCTION registry.disaster_find IS 'Who may be meant, where disaster mode is open for the facility.';

CREATE OR REPLACE FUNCTION registry.disaster_visit(
        facility_id int4, visit_id uuid, request_id uuid, person_id int8, opened_at timestamptz, consents int2,
        consent_until timestamptz, user_id text, review_due_at timestamptz)
    RETURNS TABLE (outcome int2, open_until timestamptz)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    ends timestamptz := least(disaster_visit.consent_until, disaster_until(facility_id, disaster_visit.opened_at));
BEGIN
    IF disaster_until(facility_id, disaster_visit.opened_at) IS NULL THEN
        RETURN QUERY SELECT 2::int2, NULL::timestamptz;
        RETURN;
    END IF;
    INSERT INTO visit AS v (visit_id, facility_id, request_id, person_id, opened_at, treatment, unlocked_by, consented_by,
                            consents, consent_until, is_limited, basis, user_id, review_due_at)
    VALUES (disaster_visit.visit_id, disaster_visit.facility_id, disaster_visit.request_id, disaster_visit.person_id,
            disaster_visit.opened_at, 1, 4, 1, disaster_visit.consents, ends, false, 3, disaster_visit.user_id,
            disaster_visit.review_due_at)
    ON CONFLICT (visit_id) DO NOTHING;
    RETURN QUERY SELECT 1::int2, v.consent_until FROM visit AS v WHERE v.visit_id = disaster_visit.visit_id;
END
$$;
COMMENT ON FUNCTION registry.disaster_visit IS 'Opens a visit without a card: 1 open, 2 disaster mode is not open.';

CREATE OR REPLACE FUNCTION registry.disaster_open(
        prefecture int2, opened_at timestamptz, closes_at timestamptz, reason text, operator text) RETURNS int8
    LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    INSERT INTO disaster_mode (prefecture, opened_at, closes_at, reason, opened_by)
    VALUES (prefecture, opened_at, closes_at, reason, operator)
    RETURNING disaster_id
$$;
COMMENT ON FUNCTION registry.disaster_open IS 'Opens disaster mode in a prefecture.';

CREATE OR REPLACE FUNCTION registry.disaster_close(disaster_id int8, moment timestamptz, operator text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    UPDATE disaster_mode AS d SET closed_at = disaster_close.moment, closed_by = disaster_close.operator
    WHERE d.disaster_id = disaster_close.disaster_id AND d.closed_at IS NULL AND d.closes_at > disaster_close.moment;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION registry.disaster_close IS 'Closes disaster mode before its time.';

-- ---- 80_person.sql ----

-- Functions for people themselves, of the portal role. functions.md explains each of them.

CREATE OR REPLACE FUNCTION registry.agent_is_live(a registry.person_agent, moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT (a.ended_at IS NULL OR a.ended_at > moment) AND a.until >= civil_day(moment)
$$;
COMMENT ON FUNCTION registry.agent_is_live IS 'Whether somebody may act for another at a moment.';

-- Who has shut this way, and who has died: nobody sees them this way, they themselves neither.
CREATE OR REPLACE FUNCTION registry.person_is_open(person_id int8, moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT NOT EXISTS (
            SELECT FROM (SELECT * FROM person_flag AS f WHERE f.person_id = person_is_open.person_id OFFSET 0) AS f
            WHERE f.kind = 2 AND f.superseded_at = 'infinity' AND (upper_inf(f.valid) OR upper(f.valid) > civil_day(moment)))
        AND NOT EXISTS (
            SELECT FROM (SELECT * FROM coverage AS v WHERE v.person_id = person_is_open.person_id OFFSET 0) AS v
            WHERE v.loss_reason = '01' AND v.superseded_at = 'infinity')
$$;
COMMENT ON FUNCTION registry.person_is_open IS 'Whether a person may be looked at through a portal.';

-- Whose session this is, at this moment; NULL for none.
CREATE OR REPLACE FUNCTION registry.person_of(certificate_id int8, session_id uuid, moment timestamptz) RETURNS int8
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT s.person_id FROM person_session AS s
    WHERE s.session_id = person_of.session_id AND s.certificate_id = person_of.certificate_id
        AND s.opened_at <= person_of.moment AND person_of.moment < s.until
        -- Who shuts this way, or dies, is seen no more, and what somebody may no longer do for another ends at once.
        AND person_is_open(s.person_id, person_of.moment)
        AND (s.agent_id IS NULL OR EXISTS (
            SELECT FROM person_agent AS a
            WHERE a.agent_id = s.agent_id AND agent_is_live(a, person_of.moment)
                AND person_is_open(a.agent_person_id, person_of.moment)))
$$;
COMMENT ON FUNCTION registry.person_of IS 'The person of a session that lasts.';

CREATE OR REPLACE FUNCTION registry.person_open(
        certificate_ids int8[], session_ids uuid[], request_ids uuid[], issuers text[], serials text[], opened timestamptz[],
        untils timestamptz[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO person_session AS s (session_id, certificate_id, request_id, person_id, issuer, serial, opened_at, until)
    SELECT q.session_id, q.certificate_id, q.request_id, k.person_id, q.issuer, q.serial, q.opened_at, q.until
    FROM unnest(certificate_ids, session_ids, request_ids, issuers, serials, opened, untils)
        AS q (certificate_id, session_id, request_id, issuer, serial, opened_at, until)
    LEFT JOIN LATERAL (
        SELECT c.person_id
        FROM (SELECT i.issuer_id FROM card_issuer AS i WHERE i.name = q.issuer COLLATE "C" OFFSET 0) AS i
        JOIN credential AS c ON c.serial = q.serial COLLATE "C" AND c.issuer_id = i.issuer_id
        WHERE (c.ended_at IS NULL OR c.ended_at > q.opened_at)
            AND person_is_open(c.person_id, q.opened_at)
        OFFSET 0
    ) AS k ON true
    ORDER BY q.session_id
    ON CONFLICT (session_id) DO NOTHING;
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, NULL::text,
           CASE WHEN s.certificate_id = q.certificate_id AND s.request_id = q.request_id THEN 1 ELSE 2 END::int2
    FROM unnest(certificate_ids, session_ids, request_ids)
        WITH ORDINALITY AS q (certificate_id, session_id, request_id, position)
    CROSS JOIN LATERAL (SELECT * FROM person_session AS o WHERE o.session_id = q.session_id OFFSET 0) AS s
    LEFT JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f
        WHERE f.person_id = s.person_id AND s.request_id = q.request_id AND s.certificate_id = q.certificate_id
        OFFSET 0
    ) AS d ON true;
END
$$;
COMMENT ON FUNCTION registry.person_open IS 'Notes cards that were proven at a portal, and finds the dossiers of their holders.';

CREATE OR REPLACE FUNCTION registry.person_read(certificate_ids int8[], session_ids uuid[], moments timestamptz[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, is_by_agent bool)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, NULL::text,
           (SELECT s.agent_id IS NOT NULL FROM person_session AS s WHERE s.session_id = q.session_id)
    FROM unnest(certificate_ids, session_ids, moments) WITH ORDINALITY AS q (certificate_id, session_id, moment, position)
    CROSS JOIN LATERAL (SELECT person_of(q.certificate_id, q.session_id, q.moment) AS person_id OFFSET 0) AS s
    CROSS JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f WHERE f.person_id = s.person_id OFFSET 0
    ) AS d;
END
$$;
COMMENT ON FUNCTION registry.person_read IS 'The current dossiers of people whose sessions last.';

CREATE OR REPLACE FUNCTION registry.person_history(
        certificate_ids int8[], session_ids uuid[], items int2[], moments timestamptz[], from_years int2[], to_years int2[])
    RETURNS TABLE (ord int4, item int2, told text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, h.item, h.told
    FROM unnest(certificate_ids, session_ids, items, moments, from_years, to_years)
        WITH ORDINALITY AS q (certificate_id, session_id, items, moment, from_year, to_year, position)
    CROSS JOIN LATERAL (SELECT person_of(q.certificate_id, q.session_id, q.moment) AS person_id OFFSET 0) AS s
    CROSS JOIN LATERAL histories_of(s.person_id, q.items, q.from_year, q.to_year) AS h;
END
$$;
COMMENT ON FUNCTION registry.person_history IS 'Medicines, treatments or operations of people whose sessions last.';

CREATE OR REPLACE FUNCTION registry.person_checkups(
        certificate_ids int8[], session_ids uuid[], moments timestamptz[], from_days date[], to_days date[])
    RETURNS TABLE (ord int4, examined_on date, items text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, c.examined_on, c.items
    FROM unnest(certificate_ids, session_ids, moments, from_days, to_days)
        WITH ORDINALITY AS q (certificate_id, session_id, moment, from_day, to_day, position)
    CROSS JOIN LATERAL (SELECT person_of(q.certificate_id, q.session_id, q.moment) AS person_id OFFSET 0) AS s
    CROSS JOIN LATERAL checkups_of(s.person_id, q.moment, q.from_day, q.to_day) AS c
    ORDER BY q.position, c.examined_on DESC;
END
$$;
COMMENT ON FUNCTION registry.person_checkups IS 'Checkups of people whose sessions last; latest first.';

CREATE OR REPLACE FUNCTION registry.person_expenses(
        certificate_id int8, session_id uuid, moment timestamptz, from_month date, to_month date, count_max int4)
    RETURNS TABLE (month date, in_out int2, facility_code text, facility_name text, days int2, total int4, paid int4)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.month, c.in_out, c.facility_code, c.facility_name, c.expense_days, c.expense_total, c.expense_paid
    FROM (SELECT * FROM claim AS m
          WHERE m.person_id = person_of(certificate_id, session_id, moment) AND m.month BETWEEN from_month AND to_month
          OFFSET 0) AS c
    WHERE c.superseded_at = 'infinity' AND c.expense_total IS NOT NULL
    ORDER BY c.month DESC, c.claim_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.person_expenses IS 'What treatments of the person of a session cost, by receipts, latest month first.';

-- The person says that something is not right. Whoever covers the person now, or did last, must answer.
CREATE OR REPLACE FUNCTION registry.person_ticket_open(
        certificate_id int8, session_id uuid, moment timestamptz, request_id uuid, fields text, today date)
    RETURNS TABLE (outcome int2, ticket_number text, state int2, opened_at timestamptz, due_on date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    who  int8 := person_of(certificate_id, session_id, moment);
    held record;
BEGIN
    -- One opening at a time for each person, so that the same twice is always seen.
    PERFORM FROM person AS p WHERE p.person_id = who FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT 2::int2, d.ticket_number, d.state, d.opened_at, d.due_on
    FROM discrepancy AS d
    WHERE d.person_id = who AND d.facility_id IS NULL
        AND (d.request_id = person_ticket_open.request_id OR (d.state = 1 AND d.fields @> person_ticket_open.fields::text[]))
    ORDER BY d.request_id = person_ticket_open.request_id DESC, d.ticket_id DESC
    LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT k.coverage_id, k.insurer_number INTO held
    FROM (SELECT * FROM coverage AS v WHERE v.person_id = who OFFSET 0) AS k
    WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1 AND lower(k.valid) <= today
    ORDER BY lower(k.valid) DESC
    LIMIT 1;
    IF NOT FOUND THEN
        outcome := 3;
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
    INSERT INTO discrepancy AS d (ticket_number, request_id, insurer_number, person_id, coverage_id, fields, due_on)
    VALUES (left(replace(gen_random_uuid()::text, '-', ''), 12) || right(replace(gen_random_uuid()::text, '-', ''), 12),
            person_ticket_open.request_id, held.insurer_number, who, held.coverage_id, person_ticket_open.fields::text[],
            due_day(today, policy_number('discrepancy_answer_days', today)))
    RETURNING 1::int2, d.ticket_number, d.state, d.opened_at, d.due_on;
END
$$;
COMMENT ON FUNCTION registry.person_ticket_open IS
    'Opens a ticket of the person of a session: 1 new, 2 one that says it stands, 3 nobody covers the person.';

CREATE OR REPLACE FUNCTION registry.person_tickets(
        certificate_id int8, session_id uuid, moment timestamptz, count_max int4)
    RETURNS TABLE (ticket_number text, state int2, fields text, opened_at timestamptz, due_on date, answer int2,
                   answered_at timestamptz, facility_name text, insurer_name text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.ticket_number, d.state, array_to_string(d.fields, ' '), d.opened_at, d.due_on, d.answer, d.answered_at, f.name, i.name
    FROM discrepancy AS d
    LEFT JOIN facility AS f USING (facility_id)
    LEFT JOIN insurer AS i USING (insurer_number)
    WHERE d.person_id = person_of(certificate_id, session_id, moment)
    ORDER BY d.opened_at DESC, d.ticket_id DESC
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.person_tickets IS 'Tickets about the person of a session, by whomever, latest first.';

CREATE OR REPLACE FUNCTION registry.person_accesses(
        certificate_id int8, session_id uuid, moment timestamptz, subjects bytea, from_day date, to_day date,
        before_day date, before_record_id int8, count_max int4)
    RETURNS TABLE (record_id int8, day date, recorded_at timestamptz, actor_kind int2, facility_code text, facility_name text,
                   insurer_name text, way int2, purpose int2, items int4, detail text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- With the days known, only their partitions are planned for and locked.
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    names bytea[] := ARRAY(
        SELECT substring(subjects FROM 16 * n - 15 FOR 16) FROM generate_series(1, octet_length(subjects) / 16) AS n);
    before_at timestamptz := 'infinity'; -- numbers of records are not in the order of time
BEGIN
    IF before_day IS NOT NULL THEN
        EXECUTE 'SELECT a.recorded_at FROM access_record AS a WHERE a.day = $1 AND a.record_id = $2 AND a.subject = ANY ($3)'
        INTO before_at USING before_day, before_record_id, names;
    END IF;
    IF person_of(certificate_id, session_id, moment) IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE $query$
        SELECT a.record_id, a.day, a.recorded_at, a.actor_kind, f.facility_code, f.name, i.name, a.way, a.purpose, a.items,
               CASE WHEN a.way IN (6, 7) THEN a.detail END
        FROM access_record AS a
        LEFT JOIN facility AS f USING (facility_id)
        LEFT JOIN certificate AS c ON c.certificate_id = a.certificate_id AND a.actor_kind = 2
        LEFT JOIN insurer AS i USING (insurer_number)
        WHERE a.subject = ANY ($1) AND a.day BETWEEN $2 AND $3 AND a.fault IS NULL AND (a.items <> 0 OR a.way = 10)
            AND (a.recorded_at, a.record_id) < ($4, $5)
        ORDER BY a.recorded_at DESC, a.record_id DESC
        LIMIT $6
    $query$ USING names, from_day, least(to_day, coalesce(before_day, to_day)), before_at,
                  coalesce(before_record_id, 9223372036854775807), count_max;
END
$$;
COMMENT ON FUNCTION registry.person_accesses IS
    'Who was shown what of the person of a session, latest first; subjects are the person''s pseudonyms, 16 bytes for each year.';

CREATE OR REPLACE FUNCTION registry.person_visits(
        certificate_id int8, session_id uuid, moment timestamptz, before_at timestamptz, count_max int4)
    RETURNS TABLE (visit_id uuid, opened_at timestamptz, facility_code text, facility_name text, treatment int2, basis int2,
                   consents int2, consent_until timestamptz, ended_at timestamptz, end_reason int2, reviewed_at timestamptz,
                   outcome int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT v.visit_id, v.opened_at, f.facility_code, f.name, v.treatment, v.basis, v.consents,
           nullif(v.consent_until, 'infinity'), v.ended_at, v.end_reason, v.reviewed_at, v.outcome
    FROM visit AS v
    LEFT JOIN LATERAL (SELECT * FROM facility AS g WHERE g.facility_id = v.facility_id OFFSET 0) AS f ON true
    WHERE v.person_id = person_of(certificate_id, session_id, moment) AND v.opened_at < coalesce(before_at, 'infinity')
    ORDER BY v.opened_at DESC
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.person_visits IS 'Visits of the person of a session, latest first.';

CREATE OR REPLACE FUNCTION registry.person_visit_end(certificate_id int8, session_id uuid, visit_id uuid, moment timestamptz)
    RETURNS TABLE (person_id int8, ended_at timestamptz, reason int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    who int8 := person_of(certificate_id, session_id, moment);
BEGIN
    UPDATE visit AS v SET ended_at = person_visit_end.moment, end_reason = 2
    WHERE v.visit_id = person_visit_end.visit_id AND v.person_id = who AND v.ended_at IS NULL;
    RETURN QUERY
    SELECT v.person_id, v.ended_at, v.end_reason FROM visit AS v
    WHERE v.visit_id = person_visit_end.visit_id AND v.person_id = who;
END
$$;
COMMENT ON FUNCTION registry.person_visit_end IS 'The person of a session takes the consents of a visit back.';

-- ---- 80_agent.sql ----

-- Functions for those who act for others at a portal, of the portal role. functions.md explains each of them.

-- Both have proven their cards: two sessions of one portal, each its holder's own.
CREATE OR REPLACE FUNCTION registry.person_agent_make(
        certificate_id int8, session_id uuid, moment timestamptz, agent_session_id uuid, request_id uuid, kind int2, until date)
    RETURNS TABLE (outcome int2, agent_number text, last_day date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    today date := civil_day(moment);
    who   record;
    whom  record;
    birth date;
    most  date;
BEGIN
    SELECT s.person_id, s.agent_id INTO who FROM person_session AS s
    WHERE s.session_id = person_agent_make.session_id
        AND s.person_id = person_of(certificate_id, person_agent_make.session_id, moment);
    SELECT s.person_id, s.agent_id INTO whom FROM person_session AS s
    WHERE s.session_id = agent_session_id AND s.person_id = person_of(certificate_id, agent_session_id, moment);
    -- Who acts for somebody cannot hand that on.
    IF who.person_id IS NULL OR whom.person_id IS NULL OR who.agent_id IS NOT NULL OR whom.agent_id IS NOT NULL THEN
        outcome := 3;
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM FROM person AS p WHERE p.person_id = who.person_id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT 2::int2, a.agent_number, a.until FROM person_agent AS a
    WHERE a.person_id = who.person_id AND a.request_id = person_agent_make.request_id;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT v.birth_date INTO birth FROM person_version AS v
    WHERE v.person_id = who.person_id AND v.superseded_at = 'infinity';
    most := CASE kind
        WHEN 1 THEN (birth + policy_number('guardian_until_age', today) * interval '1 year')::date - 1
        ELSE (today + policy_number('agent_max_years', today) * interval '1 year')::date END;
    outcome := CASE
        WHEN who.person_id = whom.person_id THEN 4
        WHEN kind = 1 AND most < today THEN 5
        WHEN person_agent_make.until < today OR person_agent_make.until > most THEN 6
        WHEN (SELECT count(*) FROM person_agent AS a WHERE a.person_id = who.person_id AND agent_is_live(a, moment))
            >= policy_number('agents_max', today) THEN 7
        ELSE 1 END;
    last_day := coalesce(person_agent_make.until, most);
    IF outcome = 1 THEN
        agent_number := left(replace(gen_random_uuid()::text, '-', ''), 12) || right(replace(gen_random_uuid()::text, '-', ''), 12);
        INSERT INTO person_agent (agent_number, person_id, agent_person_id, kind, request_id, made_at, until)
        VALUES (agent_number, who.person_id, whom.person_id, kind, person_agent_make.request_id, moment, last_day);
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.person_agent_make IS
    'Lets the person of one session act for that of another: 1 made, 2 was already, 3 a session is over or not the own, 4 both are one, 5 too old for a guardian, 6 until beyond what is allowed, 7 too many.';

CREATE OR REPLACE FUNCTION registry.person_agents(certificate_id int8, session_id uuid, moment timestamptz, count_max int4)
    RETURNS TABLE (agent_number text, is_for_me bool, name text, kind int2, made_at timestamptz, until date,
                   ended_at timestamptz, ended_by int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    who int8 := person_of(certificate_id, session_id, moment);
BEGIN
    RETURN QUERY
    SELECT a.agent_number, a.person_id = who, v.name, a.kind, a.made_at, a.until, a.ended_at, a.ended_by
    FROM person_agent AS a
    LEFT JOIN LATERAL (
        SELECT * FROM person_version AS p
        WHERE p.person_id = CASE WHEN a.person_id = who THEN a.agent_person_id ELSE a.person_id END AND p.superseded_at = 'infinity'
        OFFSET 0
    ) AS v ON true
    WHERE a.person_id = who OR a.agent_person_id = who
    ORDER BY agent_is_live(a, moment) DESC, a.made_at DESC, a.agent_id DESC
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.person_agents IS 'Who acts for the person of a session, and for whom the person acts; latest first.';

CREATE OR REPLACE FUNCTION registry.person_agent_end(certificate_id int8, session_id uuid, moment timestamptz, number text)
    RETURNS TABLE (ended_at timestamptz, ended_by int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    who int8 := person_of(certificate_id, session_id, moment);
BEGIN
    UPDATE person_agent AS a
    SET ended_at = greatest(moment, a.made_at), ended_by = CASE WHEN a.person_id = who THEN 1 ELSE 2 END
    WHERE a.agent_number = person_agent_end.number AND who IN (a.person_id, a.agent_person_id) AND a.ended_at IS NULL;
    RETURN QUERY
    SELECT a.ended_at, a.ended_by FROM person_agent AS a
    WHERE a.agent_number = person_agent_end.number AND who IN (a.person_id, a.agent_person_id);
END
$$;
COMMENT ON FUNCTION registry.person_agent_end IS 'The person of a session, on either side, ends that somebody acts for another.';

-- A challenge lives for minutes, so a session that is long over is needed for nothing.
CREATE OR REPLACE FUNCTION registry.person_sessions_expire(moment timestamptz, rows_at_once int4) RETURNS int4
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    gone int4;
BEGIN
    DELETE FROM person_session AS s
    WHERE s.session_id = ANY (ARRAY(
        SELECT t.session_id FROM person_session AS t WHERE t.until < moment - interval '1 day' ORDER BY t.until LIMIT rows_at_once));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION registry.person_sessions_expire IS 'Removes sessions of people that have been over for a day, so many at once.';

-- Its number is that of its request: the same one again finds it.
CREATE OR REPLACE FUNCTION registry.person_agent_session(
        certificate_id int8, session_id uuid, moment timestamptz, number text, request_id uuid)
    RETURNS TABLE (opened_id uuid, until timestamptz, person_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO person_session AS n (session_id, certificate_id, request_id, person_id, issuer, serial, opened_at, until, agent_id)
    SELECT gen_random_uuid(), s.certificate_id, person_agent_session.request_id, a.person_id, s.issuer, s.serial, moment, s.until,
           a.agent_id
    FROM person_session AS s
    JOIN person_agent AS a ON a.agent_number = person_agent_session.number AND a.agent_person_id = s.person_id
    WHERE s.session_id = person_agent_session.session_id AND s.agent_id IS NULL
        AND s.person_id = person_of(certificate_id, person_agent_session.session_id, moment)
        AND agent_is_live(a, moment) AND person_is_open(a.person_id, moment)
    ON CONFLICT (agent_id, request_id) WHERE agent_id IS NOT NULL DO NOTHING;
    RETURN QUERY
    SELECT o.session_id, o.until, o.person_id
    FROM person_session AS o
    JOIN person_agent AS a USING (agent_id)
    WHERE a.agent_number = person_agent_session.number AND o.request_id = person_agent_session.request_id
        AND o.certificate_id = person_agent_session.certificate_id AND agent_is_live(a, moment)
        AND a.agent_person_id = person_of(certificate_id, person_agent_session.session_id, moment);
END
$$;
COMMENT ON FUNCTION registry.person_agent_session IS 'Opens a session about a person for whoever acts for that person; it ends with the own one.';

-- ---- 81_bulk.sql ----

-- Functions of the lookup role for bulk jobs. functions.md explains each of them.
-- They are planned for each call, since the tables are empty at times and large at others.
CREATE OR REPLACE FUNCTION registry.bulk_job_open(
        facility_id int4, request_id uuid, digest bytea, route int2, item_route int2, question_count int4, questions text,
        asked_on date, keep_seconds int4, jobs_max int4, day date, previous_day date)
    RETURNS TABLE (outcome int2, reception_number text, received_at timestamptz, item_count int4,
                   expires_at timestamptz)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    old record;
BEGIN
    -- One opening at a time for each facility, so that the same request twice, or one job too many, is always seen.
    PERFORM FROM facility AS f WHERE f.facility_id = bulk_job_open.facility_id FOR NO KEY UPDATE;
    SELECT j.body_digest, j.reception_number, j.received_at, j.item_count, j.expires_at INTO old
    FROM bulk_job AS j
    WHERE j.facility_id = bulk_job_open.facility_id AND j.request_id = bulk_job_open.request_id;
    IF FOUND THEN
        RETURN QUERY
        SELECT CASE WHEN old.body_digest = digest THEN 2 ELSE 4 END::int2, old.reception_number, old.received_at,
               old.item_count, old.expires_at;
        RETURN;
    END IF;
    outcome := CASE
        WHEN EXISTS (
            SELECT
            FROM access_prior(ARRAY[bulk_job_open.facility_id]::int8[], ARRAY[bulk_job_open.request_id], '{0}',
                              bulk_job_open.day, bulk_job_open.previous_day) AS p
            WHERE p.route <> bulk_job_open.route OR p.body_digest <> digest) THEN 4
        WHEN jobs_max <= (
            SELECT count(*)
            FROM bulk_job AS j
            WHERE j.facility_id = bulk_job_open.facility_id AND j.state < 3 AND j.expires_at > now()) THEN 3
        ELSE 1
    END;
    IF outcome = 1 THEN
        INSERT INTO bulk_job AS j (reception_number, facility_id, request_id, body_digest, item_route, asked_on,
                                   item_count, expires_at, questions)
        VALUES (to_char(civil_day(now()), 'YYYYMMDD') || lpad(nextval('bulk_reception')::text, 10, '0'),
                bulk_job_open.facility_id, bulk_job_open.request_id, digest, bulk_job_open.item_route,
                bulk_job_open.asked_on, question_count, now() + keep_seconds * interval '1 second',
                bulk_job_open.questions)
        RETURNING j.reception_number, j.received_at, j.item_count, j.expires_at
        INTO reception_number, received_at, item_count, expires_at;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.bulk_job_open IS 'Takes in a bulk job, or finds the one that the same request made before.';

-- Makes rows of the questions of the oldest job that still has them in one piece.
CREATE OR REPLACE FUNCTION registry.bulk_unfold() RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    folded record;
BEGIN
    SELECT j.job_id, j.questions INTO folded
    FROM bulk_job AS j
    WHERE j.questions IS NOT NULL
    ORDER BY j.job_id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
        INSERT INTO bulk_item (job_id, item_no, question)
        SELECT folded.job_id, q.position, q.question
        FROM string_to_table(folded.questions, E'\n') WITH ORDINALITY AS q (question, position);
        UPDATE bulk_job SET questions = NULL WHERE job_id = folded.job_id;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.bulk_unfold IS 'Makes rows of the questions of the oldest job that has them in one piece.';

CREATE OR REPLACE FUNCTION registry.bulk_items_take(count int4, lease_seconds int4)
    RETURNS TABLE (job_id int8, item_no int4, facility_id int4, request_id uuid, received_at timestamptz,
                   question text, item_route int2, asked_on date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- A lease that a crash forgets costs nothing: the question is asked again, and is on record already.
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM bulk_unfold();
    RETURN QUERY
    WITH taken AS (
        UPDATE bulk_item AS i
        SET leased_until = clock_timestamp() + lease_seconds * interval '1 second'
        FROM (
            SELECT w.job_id, w.item_no
            FROM bulk_item AS w
            WHERE w.done_at IS NULL AND w.leased_until < clock_timestamp()
            ORDER BY w.job_id, w.item_no
            LIMIT bulk_items_take.count
            FOR NO KEY UPDATE SKIP LOCKED
        ) AS w
        WHERE i.job_id = w.job_id AND i.item_no = w.item_no
        RETURNING i.job_id, i.item_no, i.question
    )
    SELECT t.job_id, t.item_no, j.facility_id, j.request_id, j.received_at, t.question, j.item_route, j.asked_on
    FROM taken AS t
    JOIN bulk_job AS j USING (job_id)
    ORDER BY t.job_id, t.item_no;
END
$$;
COMMENT ON FUNCTION registry.bulk_items_take IS 'Gives a worker the next questions for a time.';

CREATE OR REPLACE FUNCTION registry.bulk_items_done(
        job_ids int8[], item_nos int4[], results bytea[], etags bytea[], is_errors bool[])
    RETURNS TABLE (ord int4)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- Jobs first and in order, so that workers on the same jobs never wait for each other crosswise.
    PERFORM FROM bulk_job AS j WHERE j.job_id = ANY (job_ids) ORDER BY j.job_id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH given AS (
        SELECT DISTINCT ON (g.job_id, g.item_no) g.*
        FROM unnest(job_ids, item_nos, results, etags, is_errors)
            WITH ORDINALITY AS g (job_id, item_no, result, etag, is_error, position)
        ORDER BY g.job_id, g.item_no, g.position
    ),
    ended AS (
        UPDATE bulk_item AS i
        SET result = g.result, etag = g.etag, is_error = g.is_error, done_at = clock_timestamp()
        FROM given AS g
        WHERE i.job_id = g.job_id AND i.item_no = g.item_no AND i.done_at IS NULL
        RETURNING i.job_id, i.is_error, g.position
    ),
    counted AS (
        UPDATE bulk_job AS j
        SET done = j.done + e.done, ok = j.ok + e.done - e.errors, errors = j.errors + e.errors,
            state = CASE WHEN j.done + e.done = j.item_count THEN 3 ELSE 2 END
        FROM (
            SELECT e.job_id, count(*)::int4 AS done, (count(*) FILTER (WHERE e.is_error))::int4 AS errors
            FROM ended AS e
            GROUP BY e.job_id
        ) AS e
        WHERE j.job_id = e.job_id
    )
    SELECT (e.position - 1)::int4 FROM ended AS e;
END
$$;
COMMENT ON FUNCTION registry.bulk_items_done IS 'Stores answers; each question is answered once.';

CREATE OR REPLACE FUNCTION registry.bulk_job_read(facility_id int4, reception_number text, item_route int2)
    RETURNS TABLE (job_id int8, request_id uuid, body_digest bytea, received_at timestamptz, state int2,
                   item_count int4, done int4, ok int4, errors int4, expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT j.job_id, j.request_id, j.body_digest, j.received_at,
           CASE WHEN j.expires_at > now() THEN j.state ELSE 4::int2 END, j.item_count, j.done, j.ok, j.errors, j.expires_at
    FROM bulk_job AS j
    WHERE j.reception_number = bulk_job_read.reception_number AND j.facility_id = bulk_job_read.facility_id
        AND j.item_route = bulk_job_read.item_route
$$;
COMMENT ON FUNCTION registry.bulk_job_read IS 'How a job of this facility stands; state 4 when its time is up.';

CREATE OR REPLACE FUNCTION registry.bulk_items_read(
        facility_id int4, reception_number text, after_item_no int4, count int4)
    RETURNS TABLE (item_no int4, question text, result bytea, etag bytea, is_error bool, done_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT i.item_no, i.question, i.result, i.etag, i.is_error, i.done_at
    FROM bulk_job AS j
    JOIN bulk_item AS i USING (job_id)
    WHERE j.reception_number = bulk_items_read.reception_number AND j.facility_id = bulk_items_read.facility_id
        AND j.expires_at > now() AND i.item_no > after_item_no
    ORDER BY i.item_no
    LIMIT bulk_items_read.count
$$;
COMMENT ON FUNCTION registry.bulk_items_read IS 'Questions and answers of a job of this facility, in order.';

CREATE OR REPLACE FUNCTION registry.bulk_expire() RETURNS int4
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    removed int4;
BEGIN
    -- Questions and answers go at their time. That there was a job is known for as long again.
    DELETE FROM bulk_item AS i USING bulk_job AS j WHERE i.job_id = j.job_id AND j.expires_at <= now();
    UPDATE bulk_job AS j SET questions = NULL WHERE j.expires_at <= now() AND j.questions IS NOT NULL;
    DELETE FROM bulk_job AS j
    WHERE j.job_id IN (
        SELECT e.job_id
        FROM bulk_job AS e
        WHERE e.expires_at <= now() AND e.expires_at + (e.expires_at - e.received_at) <= now()
        ORDER BY e.job_id
        FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION registry.bulk_expire IS
    'Removes questions and results whose time is up, and in the end the jobs; returns how many jobs.';

-- ---- 83_notice.sql ----

-- Functions for notices and their clock. functions.md explains each of them.
-- All but notice_clock take the insurer of the caller's certificate, and reach nothing of any other insurer.

-- The same request again: each function that changes something for an insurer begins and ends with these two.
CREATE OR REPLACE FUNCTION registry.enrolment_begin(
        insurer_number text, request_id uuid, route int2, digest bytea, OUT standing int2, OUT reply jsonb)
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    old record;
BEGIN
    -- Whoever comes second waits here until the first has committed.
    INSERT INTO enrolment_reply (insurer_number, request_id, route, body_digest)
    VALUES (enrolment_begin.insurer_number, enrolment_begin.request_id, enrolment_begin.route, digest)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        standing := 1;
        RETURN;
    END IF;
    SELECT e.route, e.body_digest, e.reply INTO STRICT old
    FROM enrolment_reply AS e
    WHERE e.insurer_number = enrolment_begin.insurer_number AND e.request_id = enrolment_begin.request_id;
    standing := CASE WHEN old.route = enrolment_begin.route AND old.body_digest = digest THEN 2 ELSE 3 END;
    reply := CASE standing WHEN 2 THEN old.reply END;
END
$$;
COMMENT ON FUNCTION registry.enrolment_begin IS
    'Whether a request of an insurer is 1 new, 2 answered already (reply says how), 3 another one under the same id.';

CREATE OR REPLACE FUNCTION registry.enrolment_end(insurer_number text, request_id uuid, reply jsonb) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    UPDATE enrolment_reply AS e SET reply = enrolment_end.reply
    WHERE e.insurer_number = enrolment_end.insurer_number AND e.request_id = enrolment_end.request_id
$$;
COMMENT ON FUNCTION registry.enrolment_end IS 'Keeps what a request of an insurer came to.';

CREATE OR REPLACE FUNCTION registry.enrolment_expire(today date, count_max int4) RETURNS int4
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    removed int4;
BEGIN
    DELETE FROM enrolment_reply AS e
    WHERE (e.insurer_number, e.request_id) IN (
        SELECT o.insurer_number, o.request_id
        FROM enrolment_reply AS o
        WHERE o.made_at < (today - policy_number('enrolment_reply_keep_days', today))::timestamp AT TIME ZONE 'Asia/Tokyo'
        ORDER BY o.made_at
        LIMIT count_max
        FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION registry.enrolment_expire IS 'Removes kept replies whose time is up.';

CREATE OR REPLACE FUNCTION registry.insurer_heard(insurer_number text) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    -- Not at every request: each time makes a new version of the row, and every server reads it again.
    UPDATE insurer AS i SET last_heard_at = now()
    WHERE i.insurer_number = insurer_heard.insurer_number
        AND (i.last_heard_at IS NULL OR i.last_heard_at < now() - interval '10 seconds')
$$;
COMMENT ON FUNCTION registry.insurer_heard IS 'Notes that the registry has heard from an insurer, to within ten seconds.';

CREATE OR REPLACE FUNCTION registry.notice_open(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, notices jsonb)
    RETURNS TABLE (item_no int4, outcome int2, notice_id int8, due_on date, plain_due_on date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun    record;
    numbered jsonb;
BEGIN
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing = 3 THEN
        RETURN QUERY SELECT 0, 4::int2, NULL::int8, NULL::date, NULL::date;
        RETURN;
    END IF;
    IF begun.standing = 1 THEN
        -- Numbers first, so that what was inserted can be told from what stood there.
        SELECT coalesce(jsonb_agg(n || jsonb_build_object('notice_id', nextval('notice_id'))), '[]') INTO numbered
        FROM jsonb_array_elements(notices) AS n;
        INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, symbol, number,
                            branch, birth_date, notice_key, user_id)
        SELECT n.notice_id, notice_open.insurer_number, n.change_kind, n.event_on, n.received_on,
               due.due_on, n.card_key, n.symbol, n.number, n.branch,
               n.birth_date, n.notice_key, notice_open.user_id
        FROM jsonb_to_recordset(numbered) AS n (
            notice_id int8, item_no int4, notice_key text, change_kind int2, event_on date, received_on date, card_key text,
            symbol text, number text, branch text, birth_date date)
        -- Counted once for each day: most notices of a list came on the same one.
        LEFT JOIN (
            SELECT d.received_on, registration_due(d.received_on) AS due_on
            FROM (SELECT DISTINCT (m ->> 'received_on')::date AS received_on FROM jsonb_array_elements(numbered) AS m) AS d
        ) AS due ON due.received_on = n.received_on
        ORDER BY n.notice_key, n.item_no
        ON CONFLICT DO NOTHING;
        -- 1 it was taken; 2 the same stands under this key; 3 another one does.
        SELECT coalesce(jsonb_agg(jsonb_build_object('item_no', n.item_no, 'notice_id', held.notice_id, 'due_on', held.due_on,
            'received_on', held.received_on,
            'outcome', CASE
                WHEN held.notice_id = n.notice_id THEN 1
                WHEN (held.change_kind, held.received_on, held.card_key, held.birth_date)
                        = (n.change_kind, n.received_on, n.card_key, n.birth_date)
                    AND held.event_on IS NOT DISTINCT FROM n.event_on
                    AND held.branch IS NOT DISTINCT FROM n.branch COLLATE "C" THEN 2
                ELSE 3
            END)), '[]')
        INTO begun.reply
        FROM jsonb_to_recordset(numbered) AS n (
            notice_id int8, item_no int4, notice_key text, change_kind int2, event_on date, received_on date, card_key text,
            branch text, birth_date date)
        CROSS JOIN LATERAL (
            SELECT h.*
            FROM notice AS h
            WHERE h.superseded_at = 'infinity' AND h.insurer_number = notice_open.insurer_number
                AND (h.notice_id = n.notice_id OR h.notice_key = n.notice_key COLLATE "C")
        ) AS held;
        PERFORM enrolment_end(insurer_number, request_id, begun.reply);
        PERFORM insurer_heard(insurer_number);
    END IF;
    RETURN QUERY
    SELECT r.item_no, r.outcome, r.notice_id, r.due_on,
           r.received_on + registration_days(r.received_on)
    FROM jsonb_to_recordset(begun.reply) AS r (
        item_no int4, outcome int2, notice_id int8, due_on date, received_on date)
    ORDER BY r.item_no;
END
$$;
COMMENT ON FUNCTION registry.notice_open IS 'Takes notices of an insurer in, each with its number and due day.';

-- Ends the current version of a notice and adds the next one; the caller has locked it.
CREATE OR REPLACE FUNCTION registry.notice_next(
        notice_id int8, state int2, user_id text, changes jsonb, batch_id int8, row_no int4)
    RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    WITH old AS (
        UPDATE notice AS n SET superseded_at = greatest(clock_timestamp(), n.recorded_at)
        WHERE n.notice_id = notice_next.notice_id AND n.superseded_at = 'infinity'
        RETURNING n.*
    )
    INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, symbol, number,
                        branch, birth_date, state, recorded_at, notice_key, user_id, batch_id, row_no)
    SELECT new.notice_id, old.insurer_number, new.change_kind, new.event_on, new.received_on, new.due_on, new.card_key,
           new.symbol, new.number, new.branch, new.birth_date, notice_next.state, old.superseded_at, old.notice_key,
           notice_next.user_id, notice_next.batch_id, notice_next.row_no
    FROM old
    CROSS JOIN LATERAL jsonb_populate_record(ROW (old.*)::notice, changes) AS new
$$;
COMMENT ON FUNCTION registry.notice_next IS 'Adds a version to a notice; changes names the columns that differ.';

-- Locks a notice of this insurer; 1 it may be changed, 2 there is none, 3 it was fulfilled or withdrawn.
CREATE OR REPLACE FUNCTION registry.notice_lock(insurer_number text, notice_id int8) RETURNS int2
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    found_state int2;
BEGIN
    SELECT n.state INTO found_state
    FROM notice AS n
    WHERE n.notice_id = notice_lock.notice_id AND n.insurer_number = notice_lock.insurer_number
        AND n.superseded_at = 'infinity'
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        -- Whoever held the lock may have added a version, which only a later look shows.
        SELECT n.state INTO found_state
        FROM notice AS n
        WHERE n.notice_id = notice_lock.notice_id AND n.insurer_number = notice_lock.insurer_number
            AND n.superseded_at = 'infinity'
        FOR NO KEY UPDATE;
    END IF;
    RETURN CASE WHEN found_state IS NULL THEN 2 WHEN found_state IN (1, 4) THEN 1 ELSE 3 END;
END
$$;
COMMENT ON FUNCTION registry.notice_lock IS 'Locks a notice of this insurer, and says whether it may be changed.';

CREATE OR REPLACE FUNCTION registry.notice_correct(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, notice_id int8, today date,
        correct jsonb)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun record;
    due   date := registration_due((correct ->> 'received_on')::date);
BEGIN
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing = 1 THEN
        outcome := notice_lock(insurer_number, notice_id);
        IF outcome = 1 THEN
            -- A later due day opens it again; what was missed stays on the record of breaches.
            PERFORM notice_next(notice_correct.notice_id, CASE WHEN n.state = 4 AND due < today THEN 4 ELSE 1 END::int2,
                                notice_correct.user_id, correct || jsonb_build_object('due_on', due), NULL, NULL)
            FROM notice AS n
            WHERE n.notice_id = notice_correct.notice_id AND n.superseded_at = 'infinity';
        END IF;
        PERFORM enrolment_end(insurer_number, request_id, to_jsonb(outcome));
        PERFORM insurer_heard(insurer_number);
    ELSE
        outcome := CASE begun.standing WHEN 2 THEN begun.reply::int ELSE 4 END;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.notice_correct IS 'Adds a corrected version to an open notice of this insurer.';

CREATE OR REPLACE FUNCTION registry.notice_withdraw(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, notice_id int8)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun record;
BEGIN
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing = 1 THEN
        outcome := notice_lock(insurer_number, notice_id);
        IF outcome = 1 THEN
            PERFORM notice_next(notice_id, 3::int2, user_id, '{}', NULL, NULL);
        END IF;
        PERFORM enrolment_end(insurer_number, request_id, to_jsonb(outcome));
        PERFORM insurer_heard(insurer_number);
    ELSE
        outcome := CASE begun.standing WHEN 2 THEN begun.reply::int ELSE 4 END;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.notice_withdraw IS 'Withdraws an open notice of this insurer.';

CREATE OR REPLACE FUNCTION registry.notice_read(insurer_number text, notice_id int8)
    RETURNS TABLE (state int2, change_kind int2, event_on date, received_on date, due_on date, plain_due_on date,
                   symbol text, number text, branch text, birth_date date, notice_key text, batch_id int8, row_no int4,
                   recorded_at timestamptz, user_id text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- Two indexes share the versions between them; each branch reads one.
    RETURN QUERY
    SELECT v.state, v.change_kind, v.event_on, v.received_on, v.due_on,
           v.received_on + registration_days(v.received_on), v.symbol, v.number, v.branch,
           v.birth_date, v.notice_key, v.batch_id, v.row_no, v.recorded_at, v.user_id
    FROM (
        SELECT * FROM notice AS n WHERE n.notice_id = notice_read.notice_id AND n.superseded_at = 'infinity'
        UNION ALL
        SELECT * FROM notice AS n WHERE n.notice_id = notice_read.notice_id AND n.superseded_at <> 'infinity'
    ) AS v
    WHERE v.insurer_number = notice_read.insurer_number
    ORDER BY v.superseded_at DESC, v.version_id DESC
    LIMIT 50;
END
$$;
COMMENT ON FUNCTION registry.notice_read IS 'A notice of this insurer, its current version first.';

CREATE OR REPLACE FUNCTION registry.notice_list(
        insurer_number text, due_until date, after_due_on date, after_notice_id int8, count_max int4)
    RETURNS TABLE (notice_id int8, state int2, change_kind int2, event_on date, received_on date, due_on date,
                   notice_key text, recorded_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT n.notice_id, n.state, n.change_kind, n.event_on, n.received_on, n.due_on, n.notice_key, n.recorded_at
    FROM notice AS n
    WHERE n.insurer_number = notice_list.insurer_number AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
        AND n.due_on <= coalesce(due_until, 'infinity')
        AND (n.due_on, n.notice_id) > (coalesce(after_due_on, '-infinity'), coalesce(after_notice_id, 0))
    ORDER BY n.due_on, n.notice_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.notice_list IS 'Open and overdue notices of this insurer by due day.';

CREATE OR REPLACE FUNCTION registry.notice_clock(at timestamptz, count_max int4) RETURNS int4
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    today  date := civil_day(at);
    missed int4;
BEGIN
    -- Whoever works on a notice just now holds its row: it is passed over, and found by the next call if it is still open.
    WITH missed AS MATERIALIZED (
        SELECT n.version_id
        FROM notice AS n
        WHERE n.superseded_at = 'infinity' AND n.state = 1 AND n.due_on < today
        ORDER BY n.due_on, n.version_id
        LIMIT count_max
        FOR NO KEY UPDATE SKIP LOCKED
    ),
    old AS (
        UPDATE notice AS n SET superseded_at = greatest(clock_timestamp(), n.recorded_at)
        FROM missed AS m
        WHERE n.version_id = m.version_id
        RETURNING n.*
    ),
    noted AS (
        INSERT INTO registration_breach (insurer_number, kind, notice_id, event_on, received_on, due_on)
        SELECT o.insurer_number, 2, o.notice_id, o.event_on, o.received_on, o.due_on
        FROM old AS o
        ON CONFLICT DO NOTHING
    )
    INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, symbol, number,
                        branch, birth_date, state, recorded_at, notice_key)
    SELECT o.notice_id, o.insurer_number, o.change_kind, o.event_on, o.received_on, o.due_on, o.card_key, o.symbol,
           o.number, o.branch, o.birth_date, 4, o.superseded_at, o.notice_key
    FROM old AS o;
    GET DIAGNOSTICS missed = ROW_COUNT;
    RETURN missed;
END
$$;
COMMENT ON FUNCTION registry.notice_clock IS
    'Makes open notices overdue whose day has passed, at most so many, each with one breach record; returns how many.';

CREATE OR REPLACE FUNCTION registry.notice_fulfil(
        batch_id int8, insurer_number text, row_nos int4[], card_keys text[], birth_dates date[], change_kinds int2[])
    RETURNS TABLE (row_no int4, notice_id int8, was_overdue bool)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- Locked in the order of their numbers, and read by the next statement: a version that somebody has just added counts.
    PERFORM
    FROM notice AS n
    WHERE n.superseded_at = 'infinity' AND n.state IN (1, 4) AND n.insurer_number = notice_fulfil.insurer_number
        AND (n.card_key, n.birth_date) IN (SELECT q.card_key COLLATE "C", q.birth_date
                                           FROM unnest(card_keys, birth_dates) AS q (card_key, birth_date))
    ORDER BY n.notice_id
    FOR NO KEY UPDATE;
    RETURN QUERY
    WITH done AS MATERIALIZED (
        -- The first row carries out the notice that was due first, and so on.
        SELECT q.row_no, n.version_id, n.state
        FROM (
            SELECT a.*, row_number() OVER (PARTITION BY a.card_key, a.birth_date, a.change_kind ORDER BY a.row_no) AS turn
            FROM unnest(row_nos, card_keys, birth_dates, change_kinds) AS a (row_no, card_key, birth_date, change_kind)
        ) AS q
        JOIN (
            SELECT h.*, row_number() OVER (PARTITION BY h.card_key, h.birth_date, h.change_kind
                                           ORDER BY h.due_on, h.received_on, h.notice_id) AS turn
            FROM notice AS h
            WHERE h.superseded_at = 'infinity' AND h.state IN (1, 4) AND h.insurer_number = notice_fulfil.insurer_number
                AND (h.card_key, h.birth_date) IN (SELECT a.card_key COLLATE "C", a.birth_date
                                                   FROM unnest(card_keys, birth_dates) AS a (card_key, birth_date))
        ) AS n ON n.card_key = q.card_key COLLATE "C" AND n.birth_date = q.birth_date AND n.change_kind = q.change_kind
            AND n.turn = q.turn
    ),
    old AS (
        UPDATE notice AS n SET superseded_at = greatest(clock_timestamp(), n.recorded_at)
        FROM done AS d
        WHERE n.version_id = d.version_id AND n.superseded_at = 'infinity'
        RETURNING n.*, d.row_no AS by_row_no
    ),
    new AS (
        INSERT INTO notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on, card_key, symbol, number,
                            branch, birth_date, state, recorded_at, notice_key, batch_id, row_no)
        SELECT o.notice_id, o.insurer_number, o.change_kind, o.event_on, o.received_on, o.due_on, o.card_key, o.symbol,
               o.number, o.branch, o.birth_date, 2, o.superseded_at, o.notice_key, notice_fulfil.batch_id, o.by_row_no
        FROM old AS o
    )
    SELECT o.by_row_no, o.notice_id, o.state = 4 FROM old AS o ORDER BY o.by_row_no;
END
$$;
COMMENT ON FUNCTION registry.notice_fulfil IS
    'Marks the notices that these rows of a batch carry out, the one due first for each; returns which row fulfilled which.';

-- ---- 84_hold.sql ----

-- Functions for doubts that an insurer must answer, and for undoing a wrong link. functions.md explains each of them.

-- Records for each person that a list shows. Numbered by the caller, so that what one request shows of one person is on
-- record once, however often it is sent, and whatever else it shows the next time.
CREATE OR REPLACE FUNCTION registry.access_append_each(
        day date, actor_id int8, certificate_id int8, actor_kind int2, user_id text, request_id uuid, route int2, way int2,
        items int4, body_digest bytea, item_nos text, subjects bytea)
    RETURNS TABLE (recorded int4)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    numbers int4[] := access_append_each.item_nos::int4[];
    block   int8;
BEGIN
    IF cardinality(numbers) > 4096 OR octet_length(subjects) <> 16 * cardinality(numbers) THEN
        RAISE EXCEPTION 'access_append_each: at most 4096 subjects of 16 bytes, one for each number'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    block := nextval('access_record_id') << 12;
    INSERT INTO access_record (
        record_id, day, actor_id, certificate_id, actor_kind, user_id, request_id, item_no, route, way, purpose, subject,
        items, body_digest)
    SELECT block + q.position - 1, access_append_each.day, access_append_each.actor_id, access_append_each.certificate_id,
           access_append_each.actor_kind, access_append_each.user_id, access_append_each.request_id, q.item_no,
           access_append_each.route, access_append_each.way, 0, substring(subjects FROM 16 * q.position::int - 15 FOR 16),
           access_append_each.items, access_append_each.body_digest
    FROM unnest(numbers) WITH ORDINALITY AS q (item_no, position)
    ORDER BY q.item_no
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS recorded = ROW_COUNT;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.access_append_each IS 'Writes an access record for each person that the answer to one request shows.';

CREATE OR REPLACE FUNCTION registry.hold_list(insurer_number text, after_hold_id int8, count_max int4)
    RETURNS TABLE (hold_id int8, person_id int8, kind int2, scope int2, fields text, batch_id int8, row_no int4, row_key text,
                   symbol text, number text, branch text, opened_at timestamptz, due_on date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.hold_id, h.person_id, h.kind, h.scope, h.fields, b.batch_id, CASE WHEN b.batch_id IS NOT NULL THEN h.row_no END,
           r.row_key, c.symbol, c.number, c.branch, h.opened_at, h.due_on
    FROM person_hold AS h
    -- A row of another insurer may have raised it: that one's names of it are not told.
    LEFT JOIN batch AS b ON b.batch_id = h.batch_id AND b.insurer_number = h.insurer_number
    LEFT JOIN batch_row AS r ON r.batch_id = b.batch_id AND r.row_no = h.row_no
    LEFT JOIN coverage AS c ON c.coverage_id = h.coverage_id AND c.insurer_number = h.insurer_number
        AND c.superseded_at = 'infinity'
    WHERE h.insurer_number = hold_list.insurer_number AND h.closed_at IS NULL AND h.hold_id > after_hold_id
    ORDER BY h.hold_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.hold_list IS 'Doubts that this insurer must answer, oldest first. Never what the registry or a register holds.';

CREATE OR REPLACE FUNCTION registry.hold_read(insurer_number text, hold_id int8)
    RETURNS TABLE (person_id int8, kind int2, scope int2, fields text, batch_id int8, row_no int4, row_key text,
                   symbol text, number text, branch text, opened_at timestamptz, due_on date, closed_at timestamptz, answer int2, answer_reason int2)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.person_id, h.kind, h.scope, h.fields, b.batch_id, CASE WHEN b.batch_id IS NOT NULL THEN h.row_no END,
           r.row_key, c.symbol, c.number, c.branch, h.opened_at, h.due_on, h.closed_at, h.answer, h.answer_reason
    FROM person_hold AS h
    LEFT JOIN batch AS b ON b.batch_id = h.batch_id AND b.insurer_number = h.insurer_number
    LEFT JOIN batch_row AS r ON r.batch_id = b.batch_id AND r.row_no = h.row_no
    LEFT JOIN coverage AS c ON c.coverage_id = h.coverage_id AND c.insurer_number = h.insurer_number
        AND c.superseded_at = 'infinity'
    WHERE h.hold_id = hold_read.hold_id AND h.insurer_number = hold_read.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.hold_read IS 'A doubt of this insurer, open or answered.';

-- Ends the current version of a coverage and adds the next one, of this person and these days. Its origin stays what it was,
-- unless the batch is told that is behind the change.
CREATE OR REPLACE FUNCTION registry.coverage_next(
        coverage_id int8, person_id int8, valid daterange, declared_until date, state int2, origin int8 DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    WITH old AS (
        UPDATE coverage AS c SET superseded_at = greatest(clock_timestamp(), c.recorded_at)
        WHERE c.coverage_id = coverage_next.coverage_id AND c.superseded_at = 'infinity'
        RETURNING c.*
    )
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key, symbol_loose,
        number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on, card_valid_from,
        card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT o.coverage_id, coverage_next.person_id, o.insurer_number, o.card_class, o.symbol, o.number, o.branch, o.symbol_key,
           o.number_key, o.symbol_loose, o.number_loose, o.relation, o.insured_name, coverage_next.valid,
           coverage_next.declared_until, o.loss_reason, o.issued_on, o.card_valid_from, o.card_expires_on,
           coverage_next.state, o.scheme, o.preschool_until, o.superseded_at, coalesce(coverage_next.origin, o.origin)
    FROM old AS o;
END
$$;
COMMENT ON FUNCTION registry.coverage_next IS 'Adds a version to a coverage, and lets the earlier one end; the caller refreshes the dossiers.';

-- A coverage that was held comes into its own. False, and nothing done, when another one starts on the same day.
CREATE OR REPLACE FUNCTION registry.coverage_release(coverage_id int8, person_id int8) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held   record;
    older  record;
    ends   date;
BEGIN
    SELECT c.* INTO STRICT held
    FROM coverage AS c WHERE c.coverage_id = coverage_release.coverage_id AND c.superseded_at = 'infinity';
    IF EXISTS (
        SELECT
        FROM coverage AS c
        WHERE c.person_id = coverage_release.person_id AND c.superseded_at = 'infinity' AND c.state = 1
            AND c.scheme = held.scheme AND c.valid && held.valid AND lower(c.valid) = lower(held.valid)
            AND c.coverage_id <> held.coverage_id)
    THEN
        RETURN false;
    END IF;
    -- Of two coverages the one that starts later ends the other; what their insurers say of their ends stays known.
    SELECT min(lower(c.valid)) INTO ends
    FROM coverage AS c
    WHERE c.person_id = coverage_release.person_id AND c.superseded_at = 'infinity' AND c.state = 1 AND c.scheme = held.scheme
        AND c.valid && held.valid AND lower(c.valid) > lower(held.valid);
    FOR older IN
        SELECT c.coverage_id, c.valid, coalesce(c.declared_until, upper(c.valid), 'infinity') AS declared_until
        FROM coverage AS c
        WHERE c.person_id = coverage_release.person_id AND c.superseded_at = 'infinity' AND c.state = 1
            AND c.scheme = held.scheme AND c.valid && held.valid AND lower(c.valid) < lower(held.valid)
            AND c.coverage_id <> held.coverage_id
    LOOP
        PERFORM coverage_next(older.coverage_id, coverage_release.person_id, daterange(lower(older.valid), lower(held.valid)),
                              older.declared_until, 1::int2, held.origin);
        INSERT INTO correction (person_id, affected, kind)
        VALUES (coverage_release.person_id, daterange(lower(held.valid), upper(older.valid)), 1);
    END LOOP;
    PERFORM coverage_next(held.coverage_id, coverage_release.person_id,
                          CASE WHEN ends IS NULL THEN held.valid ELSE daterange(lower(held.valid), ends) END,
                          CASE WHEN ends IS NULL THEN held.declared_until
                               ELSE coalesce(held.declared_until, upper(held.valid), 'infinity') END, 1::int2);
    INSERT INTO correction (person_id, affected, kind)
    SELECT DISTINCT q.id, held.valid, 1 FROM unnest(ARRAY[held.person_id, coverage_release.person_id]) AS q (id);
    RETURN true;
END
$$;
COMMENT ON FUNCTION registry.coverage_release IS
    'Puts a held coverage in order, for this person; false if another one starts on the same day.';

-- A coverage that never existed: no current version of it or of its terms, and no claim to a number by it.
CREATE OR REPLACE FUNCTION registry.coverage_void(coverage_id int8) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    old    record;
BEGIN
    UPDATE coverage AS c SET superseded_at = greatest(moment, c.recorded_at)
    WHERE c.coverage_id = coverage_void.coverage_id AND c.superseded_at = 'infinity'
    RETURNING c.person_id, c.valid INTO old;
    UPDATE burden_ratio AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE elderly_certificate AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE ceiling AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE specific_disease AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE eligibility_certificate AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE checkup AS t SET superseded_at = greatest(moment, t.recorded_at)
    WHERE t.coverage_id = coverage_void.coverage_id AND t.superseded_at = 'infinity';
    UPDATE personal_number AS n SET unlinked_at = greatest(moment, n.linked_at)
    WHERE n.state = 2 AND n.unlinked_at = 'infinity' AND n.number_id IN (
        SELECT h.number_id FROM person_hold AS h WHERE h.coverage_id = coverage_void.coverage_id AND h.person_id = n.person_id);
    IF old.person_id IS NOT NULL THEN
        INSERT INTO correction (person_id, affected, kind) VALUES (old.person_id, old.valid, 1);
    END IF;
END
$$;
COMMENT ON FUNCTION registry.coverage_void IS 'Withdraws a coverage as if it had never existed; the caller refreshes the dossier.';

-- The user certificate that came with a held coverage is linked with it; one that is somebody else's stays theirs.
CREATE OR REPLACE FUNCTION registry.credential_claim(coverage_id int8, person_id int8) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    INSERT INTO credential (serial, person_id, insurer_number, linked_at, origin)
    SELECT h.credential, credential_claim.person_id, h.insurer_number, clock_timestamp(), h.batch_id
    FROM person_hold AS h
    WHERE h.coverage_id = credential_claim.coverage_id AND h.credential IS NOT NULL
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION registry.credential_claim IS 'Links the user certificate that waited with a held coverage.';

-- The personal number that a held coverage claims is linked. Returns the person whose coverage it is from now on: the one
-- who has that number already, if anybody has.
CREATE OR REPLACE FUNCTION registry.number_claim(coverage_id int8, person_id int8) RETURNS int8
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    claim  record;
    holder int8;
BEGIN
    SELECT n.number_id, n.number_index INTO claim
    FROM personal_number AS n
    WHERE n.number_id = (
            SELECT max(c.number_id)
            FROM person_hold AS h
            CROSS JOIN LATERAL (SELECT p.* FROM personal_number AS p WHERE p.number_id = h.number_id OFFSET 0) AS c
            WHERE h.coverage_id = number_claim.coverage_id AND c.person_id = number_claim.person_id AND c.state = 2
                AND c.unlinked_at = 'infinity')
        AND n.state = 2 AND n.unlinked_at = 'infinity'
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN person_id;
    END IF;
    SELECT n.person_id INTO holder
    FROM personal_number AS n
    WHERE n.number_index = claim.number_index AND n.state = 1 AND n.unlinked_at = 'infinity'
    FOR NO KEY UPDATE;
    -- Two people cannot be one who were born on different days: the claim stays one, and leads nobody to either.
    IF EXISTS (
        SELECT
        FROM person_version AS mine, person_version AS p
        WHERE mine.person_id = number_claim.person_id AND mine.superseded_at = 'infinity'
            AND p.person_id = holder AND p.superseded_at = 'infinity'
            AND (p.birth_date <> mine.birth_date OR (p.sex1 <> mine.sex1 AND p.sex1 < 3 AND mine.sex1 < 3)))
    THEN
        INSERT INTO person_hold (person_id, scope, reason, insurer_number, kind, coverage_id, other_person_id, due_on)
        SELECT holder, 0, 'identity doubt', c.insurer_number, 4, c.coverage_id, number_claim.person_id,
               hold_due_of(4::int2, civil_day(now()))
        FROM coverage AS c
        WHERE c.person_id = holder AND c.superseded_at = 'infinity'
        ORDER BY lower(c.valid) DESC, c.coverage_id DESC
        LIMIT 1;
        RETURN person_id;
    END IF;
    IF holder IS NOT NULL AND holder <> person_id THEN
        UPDATE personal_number AS n SET unlinked_at = greatest(moment, n.linked_at) WHERE n.number_id = claim.number_id;
        PERFORM credential_claim(coverage_id, holder);
        RETURN holder;
    END IF;
    IF holder IS NULL THEN
        -- A person has one number: what it was linked to before has ended.
        UPDATE personal_number AS n SET unlinked_at = greatest(moment, n.linked_at)
        WHERE n.person_id = number_claim.person_id AND n.state = 1 AND n.unlinked_at = 'infinity';
        UPDATE personal_number AS n SET state = 1 WHERE n.number_id = claim.number_id;
    END IF;
    PERFORM credential_claim(coverage_id, person_id);
    RETURN person_id;
END
$$;
COMMENT ON FUNCTION registry.number_claim IS 'Links the number that a held coverage claims; returns whose coverage it is.';

-- Closes a hold, and others with it that lie on the same coverage.
CREATE OR REPLACE FUNCTION registry.hold_close(hold_id int8, answer int2, reason int2, user_id text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    UPDATE person_hold AS h
    SET closed_at = greatest(clock_timestamp(), h.opened_at), answer = hold_close.answer, answer_reason = hold_close.reason,
        answered_by = hold_close.user_id
    WHERE h.hold_id = hold_close.hold_id;
END
$$;
COMMENT ON FUNCTION registry.hold_close IS 'Closes a hold with its answer.';

-- One answer. Outcome as hold_answer; touched are the persons whose dossiers must be made anew.
CREATE OR REPLACE FUNCTION registry.hold_answer_one(
        insurer_number text, user_id text, today date, given jsonb, OUT outcome int2, OUT touched int8[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    wanted  int2 := given ->> 'answer';
    reason  int2 := given ->> 'reason';
    held    record;
    cover   record;
    owner   int8;
    version person_version;
    link    int8;
    broken  text;
BEGIN
    SELECT h.* INTO held
    FROM person_hold AS h
    WHERE h.hold_id = (given ->> 'hold_id')::int8 AND h.insurer_number = hold_answer_one.insurer_number;
    IF NOT FOUND THEN
        outcome := 2;
        RETURN;
    ELSIF held.closed_at IS NOT NULL THEN
        outcome := 3;
        RETURN;
    END IF;
    SELECT c.person_id, c.valid, c.state INTO cover
    FROM coverage AS c
    WHERE c.coverage_id = held.coverage_id AND c.superseded_at = 'infinity';
    touched := ARRAY[held.person_id, cover.person_id];
    -- Which number the register is to be asked by: the one in doubt, or else the person's own.
    link := coalesce(held.number_id, (
        SELECT n.number_id FROM personal_number AS n
        WHERE n.person_id = held.person_id AND n.unlinked_at = 'infinity'
        ORDER BY n.state, n.number_id DESC
        LIMIT 1));
    outcome := CASE
        WHEN wanted = 2 AND NOT EXISTS (
            SELECT FROM code_table AS t
            WHERE t.code_id = 'confirm_reason' AND t.code = reason::text COLLATE "C" AND t.valid_from <= today
                AND coalesce(t.valid_to, 'infinity') > today) THEN 5
        -- While the register has not answered there is nothing to confirm; other doubts are not about the person's data.
        WHEN wanted = 2 AND held.kind = 3 THEN 6
        WHEN wanted = 1 AND (held.kind NOT IN (1, 2, 4, 5, 6) OR link IS NULL
                             OR person_is_elsewhere(held.person_id, insurer_number, today)) THEN 6
        WHEN wanted = 3 AND cover.person_id IS NULL THEN 6
        ELSE 1
    END;
    IF outcome <> 1 THEN
        RETURN;
    END IF;
    CASE wanted
    WHEN 1 THEN
        -- The data become what the insurer says now, and the register is asked again; what was sealed stays so.
        UPDATE person_version AS p SET superseded_at = greatest(clock_timestamp(), p.recorded_at)
        WHERE p.person_id = held.person_id AND p.superseded_at = 'infinity'
        RETURNING p.* INTO version;
        version := jsonb_populate_record(version, (given -> 'correct') || jsonb_build_object(
            'version_id', nextval(pg_get_serial_sequence('registry.person_version', 'version_id')),
            'recorded_at', version.superseded_at, 'superseded_at', 'infinity', 'origin', NULL));
        INSERT INTO person_version SELECT version.*;
        INSERT INTO person_hold (person_id, scope, reason, insurer_number, kind, coverage_id, other_person_id, number_id, batch_id,
                                 row_no, due_on)
        VALUES (held.person_id, held.scope, 'corrected by the insurer', held.insurer_number, 3, held.coverage_id,
                held.other_person_id, link, held.batch_id, held.row_no, hold_due_of(3::int2, today));
        IF cover.valid IS NOT NULL THEN
            INSERT INTO correction (person_id, affected, kind) VALUES (held.person_id, cover.valid, 2);
        END IF;
    WHEN 2 THEN
        -- The last doubt on a coverage puts it in order.
        IF cover.state = 2 AND NOT EXISTS (
            SELECT FROM person_hold AS h
            WHERE h.coverage_id = held.coverage_id AND h.closed_at IS NULL AND h.scope > 0 AND h.hold_id <> held.hold_id)
        THEN
            BEGIN
                owner := number_claim(held.coverage_id, cover.person_id);
                IF NOT coverage_release(held.coverage_id, owner) THEN
                    RAISE EXCEPTION 'another coverage starts on the same day' USING ERRCODE = 'exclusion_violation';
                END IF;
                touched := touched || owner;
            EXCEPTION WHEN exclusion_violation THEN
                GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
                IF broken NOT IN ('', 'coverage_once_at_a_time') THEN
                    RAISE;
                END IF;
                outcome := 7;
                RETURN;
            END;
        END IF;
    WHEN 3 THEN
        PERFORM coverage_void(held.coverage_id);
        PERFORM hold_close(h.hold_id, 3::int2, NULL, hold_answer_one.user_id)
        FROM person_hold AS h
        WHERE h.coverage_id = held.coverage_id AND h.closed_at IS NULL AND h.insurer_number = held.insurer_number
            AND h.hold_id <> held.hold_id;
    END CASE;
    PERFORM hold_close(held.hold_id, wanted, CASE wanted WHEN 2 THEN reason END, hold_answer_one.user_id);
END
$$;
COMMENT ON FUNCTION registry.hold_answer_one IS 'Carries out one answer to a doubt; only for hold_answer, which holds the locks.';

CREATE OR REPLACE FUNCTION registry.hold_answer(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, today date, answers jsonb)
    RETURNS TABLE (item_no int4, outcome int2, hold_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- A thousand answers are some ten thousand statements: each is planned once, for tables that may have been empty then.
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    begun   record;
    given   jsonb;
    done    record;
    touched int8[] := '{}';
BEGIN
    PERFORM apply_lock();
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing = 3 THEN
        RETURN QUERY SELECT 0, 4::int2, NULL::int8;
        RETURN;
    END IF;
    IF begun.standing = 1 THEN
        -- Persons first and in order, as all who change them do; then what they are locked for is read.
        PERFORM
        FROM person AS p
        WHERE p.person_id IN (
            SELECT unnest(ARRAY[h.person_id, h.other_person_id])
            FROM jsonb_array_elements(answers) AS a
            JOIN person_hold AS h ON h.hold_id = (a ->> 'hold_id')::int8 AND h.insurer_number = hold_answer.insurer_number)
        ORDER BY p.person_id
        FOR NO KEY UPDATE;
        begun.reply := '[]';
        FOR given IN SELECT a FROM jsonb_array_elements(answers) AS a ORDER BY (a ->> 'item_no')::int LOOP
            done := hold_answer_one(insurer_number, user_id, today, given);
            touched := touched || done.touched;
            begun.reply := begun.reply || jsonb_build_object('item_no', given -> 'item_no', 'hold_id', given -> 'hold_id',
                                                             'outcome', done.outcome);
        END LOOP;
        PERFORM enrolment_end(insurer_number, request_id, begun.reply);
        PERFORM dossier_refresh(touched);
    END IF;
    RETURN QUERY
    SELECT r.item_no, r.outcome, r.hold_id
    FROM jsonb_to_recordset(begun.reply) AS r (item_no int4, outcome int2, hold_id int8)
    ORDER BY r.item_no;
END
$$;
COMMENT ON FUNCTION registry.hold_answer IS 'Takes the answers of an insurer to its doubts, and carries them out.';

-- ---- wrong links ----------------------------------------------------------------------------------

-- The coverage of this insurer that a row of its batch, or a card, names; no row if none, several if it is not one person.
CREATE OR REPLACE FUNCTION registry.unlink_target(
        insurer_number text, batch_id int8, row_no int4, card_key text, branch text, birth_date date)
    RETURNS TABLE (person_id int8, coverage_id int8)
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF batch_id IS NOT NULL THEN
        RETURN QUERY
        SELECT c.person_id, c.coverage_id
        FROM batch AS b
        JOIN batch_row AS r USING (batch_id)
        JOIN coverage AS c ON c.coverage_id = r.coverage_id AND c.superseded_at = 'infinity'
        WHERE b.batch_id = unlink_target.batch_id AND b.insurer_number = unlink_target.insurer_number
            AND r.row_no = unlink_target.row_no AND c.insurer_number = unlink_target.insurer_number;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT DISTINCT ON (c.person_id) c.person_id, c.coverage_id
    FROM card AS k
    JOIN coverage AS c ON c.person_id = k.person_id AND c.superseded_at = 'infinity'
    WHERE k.card_key = unlink_target.card_key COLLATE "C" AND k.birth_date = unlink_target.birth_date
        AND c.insurer_number = unlink_target.insurer_number
        AND c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose = unlink_target.card_key COLLATE "C"
        AND (unlink_target.branch IS NULL OR c.branch IS NULL OR c.branch = unlink_target.branch COLLATE "C")
    ORDER BY c.person_id, lower(c.valid) DESC;
END
$$;
COMMENT ON FUNCTION registry.unlink_target IS 'The coverage of this insurer that a row or a card names.';

CREATE OR REPLACE FUNCTION registry.unlink(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, today date, batch_id int8, row_no int4,
        card_key text, branch text, birth_date date)
    RETURNS TABLE (outcome int2, unlink_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun  record;
    target record;
    link   record;
    since  timestamptz;
    hold   int8;
BEGIN
    PERFORM apply_lock();
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing > 1 THEN
        outcome := CASE begun.standing WHEN 3 THEN 4 ELSE (begun.reply ->> 'outcome')::int END;
        unlink_id := (begun.reply ->> 'unlink_id')::int8;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT count(*) AS persons, min(t.person_id) AS person_id, min(t.coverage_id) AS coverage_id INTO target
    FROM unlink_target(insurer_number, batch_id, row_no, card_key, branch, birth_date) AS t;
    outcome := CASE target.persons WHEN 0 THEN 2 WHEN 1 THEN 1 ELSE 5 END;
    IF outcome = 1 THEN
        PERFORM FROM person AS p WHERE p.person_id = target.person_id FOR NO KEY UPDATE;
        -- Asked twice, in other words: the seal that stands is the answer.
        SELECT u.unlink_id INTO unlink_id
        FROM number_unlink AS u
        JOIN person_hold AS h USING (hold_id)
        WHERE u.insurer_number = unlink.insurer_number AND u.person_id = target.person_id AND h.closed_at IS NULL;
        IF NOT FOUND THEN
            UPDATE personal_number AS n SET unlinked_at = greatest(clock_timestamp(), n.linked_at)
            WHERE n.person_id = target.person_id AND n.insurer_number = unlink.insurer_number AND n.state = 1
                AND n.unlinked_at = 'infinity'
            RETURNING n.number_id, n.linked_at INTO link;
            SELECT min(c.recorded_at) INTO since
            FROM coverage AS c WHERE c.coverage_id = target.coverage_id AND c.person_id = target.person_id;
            INSERT INTO person_hold AS h (person_id, scope, reason, insurer_number, kind, coverage_id, number_id, due_on)
            VALUES (target.person_id, 2, 'wrong link', unlink.insurer_number, 9, target.coverage_id, link.number_id,
                    hold_due_of(9::int2, today))
            RETURNING h.hold_id INTO hold;
            INSERT INTO number_unlink AS u (insurer_number, person_id, coverage_id, number_id, hold_id, linked_at, unlinked_at, user_id)
            VALUES (unlink.insurer_number, target.person_id, target.coverage_id, link.number_id, hold,
                    coalesce(link.linked_at, since), clock_timestamp(), unlink.user_id)
            RETURNING u.unlink_id INTO unlink_id;
            INSERT INTO correction (person_id, affected, kind)
            SELECT target.person_id, c.valid, 3
            FROM coverage AS c WHERE c.coverage_id = target.coverage_id AND c.superseded_at = 'infinity';
            PERFORM dossier_refresh(ARRAY[target.person_id]);
        END IF;
    END IF;
    PERFORM enrolment_end(insurer_number, request_id, jsonb_build_object('outcome', outcome, 'unlink_id', unlink_id));
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.unlink IS 'Ends the link of a personal number that this insurer made, and seals the person at once.';

CREATE OR REPLACE FUNCTION registry.unlink_read(insurer_number text, unlink_id int8)
    RETURNS TABLE (person_id int8, hold_id int8, link_ended bool, linked_at timestamptz, unlinked_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT u.person_id, u.hold_id, u.number_id IS NOT NULL, u.linked_at, u.unlinked_at
    FROM number_unlink AS u
    WHERE u.unlink_id = unlink_read.unlink_id AND u.insurer_number = unlink_read.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.unlink_read IS 'A wrong link that this insurer ended.';

CREATE OR REPLACE FUNCTION registry.unlink_exposure(
        insurer_number text, unlink_id int8, subjects bytea, after_day date, after_record_id int8, count_max int4)
    RETURNS TABLE (record_id int8, day date, recorded_at timestamptz, actor_kind int2, facility_code text, items int4)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    -- With the days known, only their partitions are planned for and locked.
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    link  record;
    names bytea[] := ARRAY(
        SELECT substring(subjects FROM 16 * n - 15 FOR 16) FROM generate_series(1, octet_length(subjects) / 16) AS n);
BEGIN
    SELECT u.linked_at, u.unlinked_at INTO link
    FROM number_unlink AS u
    WHERE u.unlink_id = unlink_exposure.unlink_id AND u.insurer_number = unlink_exposure.insurer_number;
    RETURN QUERY EXECUTE $query$
        SELECT a.record_id, a.day, a.recorded_at, a.actor_kind, f.facility_code, a.items
        FROM access_record AS a
        LEFT JOIN facility AS f USING (facility_id)
        WHERE a.subject = ANY ($1) AND a.day BETWEEN $2 AND $3 AND a.recorded_at BETWEEN $4 AND $5 AND a.fault IS NULL
            AND a.items <> 0 AND (a.day, a.record_id) > ($6, $7)
        ORDER BY a.day, a.record_id
        LIMIT $8
    $query$ USING names, greatest(civil_day(link.linked_at), after_day), civil_day(link.unlinked_at), link.linked_at,
                  link.unlinked_at, coalesce(after_day, '-infinity'), coalesce(after_record_id, 0), count_max;
END
$$;
COMMENT ON FUNCTION registry.unlink_exposure IS
    'Who was shown what of the person while the wrong link stood; subjects are its pseudonyms, 16 bytes for each year.';

-- ---- 85_certificate.sql ----

-- Functions for 資格確認書 (certificates of eligibility) that insurers issue. functions.md explains each of them.

-- Whether a card of this person could be read at the end of the day.
CREATE OR REPLACE FUNCTION registry.credential_is_usable(person int8, on_day date) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
    SELECT EXISTS (
        SELECT FROM (SELECT * FROM credential AS e WHERE e.person_id = person OFFSET 0) AS e
        WHERE civil_day(e.linked_at) <= on_day AND (e.ended_at IS NULL OR civil_day(e.ended_at) > on_day))
$$;
COMMENT ON FUNCTION registry.credential_is_usable IS 'Whether a user certificate led to the person at the end of the day.';

-- A coverage of this insurer by its number, whether it still has a current version or not.
CREATE OR REPLACE FUNCTION registry.certificate_coverage(insurer_number text, coverage_id int8) RETURNS SETOF registry.coverage
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT c.*
    FROM (
        (SELECT v.* FROM coverage AS v WHERE v.coverage_id = certificate_coverage.coverage_id AND v.superseded_at = 'infinity' OFFSET 0)
        UNION ALL
        (SELECT v.* FROM coverage AS v WHERE v.coverage_id = certificate_coverage.coverage_id AND v.superseded_at <> 'infinity' OFFSET 0)
    ) AS c
    WHERE c.insurer_number = certificate_coverage.insurer_number COLLATE "C"
    ORDER BY c.superseded_at DESC, c.version_id DESC
    LIMIT 1
$$;
COMMENT ON FUNCTION registry.certificate_coverage IS 'The newest version of a coverage of this insurer.';

-- A page of people, as an insurer's cards are sorted: behind the one that the coverage of that number is about. Few may need one
-- among many who do not, so a page looks at so many coverages at most; where there are more, its last row says from where to go
-- on, and names nobody.
CREATE OR REPLACE FUNCTION registry.certificate_needed(
        insurer_number text, on_day date, after_coverage_id int8, count_max int4)
    RETURNS TABLE (coverage_id int8, person_id int8, reason int2, symbol text, number text, branch text, birth_date date,
                   acquired_on date, last_valid_until date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    looked_max CONSTANT int4 := 20000;
    looked     int4 := 0;
    told       int4 := 0;
    last_id    int8;
    one        record;
    behind     record;
    -- Until a dated day everybody in old-age care gets one, card or not.
    for_all    bool := EXISTS (
        SELECT
        FROM insurer AS i,
             (SELECT p.value::date AS until FROM policy_parameter AS p
              WHERE p.name = 'elderly_certificate_all_until' AND p.valid_from <= on_day
              ORDER BY p.valid_from DESC LIMIT 1) AS p
        WHERE i.insurer_number = certificate_needed.insurer_number AND i.kind = 6 AND on_day <= p.until);
BEGIN
    SELECT coalesce(max(c.symbol_loose), '') AS symbol_loose, coalesce(max(c.number_loose), '') AS number_loose INTO behind
    FROM certificate_coverage(insurer_number, after_coverage_id) AS c;
    FOR one IN
        SELECT c.coverage_id, c.person_id, c.symbol, c.number, c.branch, c.valid, c.state, k.is_in_force, k.last_reason,
               k.last_until
        FROM (
            -- In the order of the one index that serves it, whatever the planner thinks of others.
            SELECT v.* FROM coverage AS v
            WHERE v.insurer_number = certificate_needed.insurer_number COLLATE "C"
                AND (v.symbol_loose, v.number_loose) >= (behind.symbol_loose, behind.number_loose)
            ORDER BY v.symbol_loose, v.number_loose
            OFFSET 0
        ) AS c
        CROSS JOIN LATERAL (
            SELECT coalesce(bool_or(t.valid @> on_day), false) AS is_in_force, max(upper(t.valid) - 1) AS last_until,
                   (array_agg(t.reason ORDER BY lower(t.valid) DESC, t.version_id DESC))[1] AS last_reason
            FROM eligibility_certificate AS t
            WHERE t.coverage_id = c.coverage_id AND t.superseded_at = 'infinity' AND lower(t.valid) <= on_day
        ) AS k
        WHERE c.superseded_at = 'infinity'
            AND (c.symbol_loose, c.number_loose, c.coverage_id) > (behind.symbol_loose, behind.number_loose, after_coverage_id)
        ORDER BY c.symbol_loose, c.number_loose, c.coverage_id
        LIMIT looked_max
    LOOP
        looked := looked + 1;
        last_id := one.coverage_id;
        CONTINUE WHEN one.state <> 1 OR one.is_in_force OR NOT one.valid @> on_day
            OR NOT for_all AND credential_is_usable(one.person_id, on_day);
        SELECT p.birth_date INTO birth_date
        FROM person_version AS p WHERE p.person_id = one.person_id AND p.superseded_at = 'infinity';
        coverage_id := one.coverage_id;
        person_id := one.person_id;
        -- Whose last certificate has run out is without a card for the reason that it says; who had a card has one no more.
        reason := CASE
            WHEN for_all THEN 9
            WHEN one.last_reason IS NOT NULL THEN one.last_reason
            WHEN EXISTS (SELECT FROM credential AS e WHERE e.person_id = one.person_id AND civil_day(e.linked_at) <= on_day) THEN 8
            ELSE 3 END;
        symbol := one.symbol;
        number := one.number;
        branch := one.branch;
        acquired_on := lower(one.valid);
        last_valid_until := one.last_until;
        RETURN NEXT;
        told := told + 1;
        EXIT WHEN told = count_max;
    END LOOP;
    IF looked = looked_max OR told = count_max THEN
        RETURN QUERY SELECT last_id, NULL::int8, NULL::int2, NULL, NULL, NULL, NULL::date, NULL::date, NULL::date;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.certificate_needed IS
    'People of this insurer who on that day have no certificate in force, and no card that can be read or are to get one all the same.';

CREATE OR REPLACE FUNCTION registry.certificate_expiring(
        insurer_number text, today date, until_on date, after_coverage_id int8, count_max int4)
    RETURNS TABLE (coverage_id int8, person_id int8, certificate_id int8, own_number text, reason int2, issued_on date,
                   valid_from date, valid_until date, has_card bool, symbol text, number text, branch text, birth_date date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    looked_max CONSTANT int4 := 20000;
    looked     int4 := 0;
    told       int4 := 0;
    last_id    int8;
    one        record;
    behind     record;
BEGIN
    SELECT coalesce(max(c.symbol_loose), '') AS symbol_loose, coalesce(max(c.number_loose), '') AS number_loose INTO behind
    FROM certificate_coverage(insurer_number, after_coverage_id) AS c;
    FOR one IN
        SELECT c.coverage_id, c.person_id, c.symbol, c.number, c.branch, k.version_id, k.first_id, k.number AS own_number, k.reason,
               k.issued_on, k.valid, upper(c.valid) AS ends
        FROM (
            -- In the order of the one index that serves it, whatever the planner thinks of others.
            SELECT v.* FROM coverage AS v
            WHERE v.insurer_number = certificate_expiring.insurer_number COLLATE "C"
                AND (v.symbol_loose, v.number_loose) >= (behind.symbol_loose, behind.number_loose)
            ORDER BY v.symbol_loose, v.number_loose
            OFFSET 0
        ) AS c
        -- The one that ends last: with another behind it, nothing runs out.
        LEFT JOIN LATERAL (
            SELECT t.*
            FROM eligibility_certificate AS t
            WHERE t.coverage_id = c.coverage_id AND t.superseded_at = 'infinity'
            ORDER BY upper(t.valid) DESC NULLS FIRST, t.version_id DESC
            LIMIT 1
        ) AS k ON c.state = 1
        WHERE c.superseded_at = 'infinity'
            AND (c.symbol_loose, c.number_loose, c.coverage_id) > (behind.symbol_loose, behind.number_loose, after_coverage_id)
        ORDER BY c.symbol_loose, c.number_loose, c.coverage_id
        LIMIT looked_max
    LOOP
        looked := looked + 1;
        last_id := one.coverage_id;
        -- Where the coverage ends with it, or before, there is nothing to renew.
        CONTINUE WHEN one.version_id IS NULL OR coalesce(NOT upper(one.valid) - 1 BETWEEN today AND until_on, true)
            OR one.ends <= upper(one.valid);
        SELECT p.birth_date INTO birth_date
        FROM person_version AS p WHERE p.person_id = one.person_id AND p.superseded_at = 'infinity';
        coverage_id := one.coverage_id;
        person_id := one.person_id;
        certificate_id := coalesce(one.first_id, one.version_id);
        own_number := one.own_number;
        reason := one.reason;
        issued_on := one.issued_on;
        valid_from := lower(one.valid);
        valid_until := upper(one.valid) - 1;
        has_card := credential_is_usable(one.person_id, today);
        symbol := one.symbol;
        number := one.number;
        branch := one.branch;
        RETURN NEXT;
        told := told + 1;
        EXIT WHEN told = count_max;
    END LOOP;
    IF looked = looked_max OR told = count_max THEN
        RETURN QUERY SELECT last_id, NULL::int8, NULL::int8, NULL, NULL::int2, NULL::date, NULL::date, NULL::date, NULL::bool, NULL,
                            NULL, NULL, NULL::date;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.certificate_expiring IS 'Certificates of this insurer whose last day is near, and that have none behind them.';

-- The coverages of this insurer that a card names; one for each person, the one of that day first.
CREATE OR REPLACE FUNCTION registry.certificate_target(
        insurer_number text, card_key text, branch text, birth_date date, on_day date)
    RETURNS TABLE (person_id int8, coverage_id int8, valid daterange, state int2)
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT DISTINCT ON (c.person_id) c.person_id, c.coverage_id, c.valid, c.state
    FROM card AS k
    JOIN coverage AS c ON c.person_id = k.person_id AND c.superseded_at = 'infinity'
    WHERE k.card_key = certificate_target.card_key COLLATE "C" AND k.birth_date = certificate_target.birth_date
        AND c.insurer_number = certificate_target.insurer_number COLLATE "C"
        AND c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose = certificate_target.card_key COLLATE "C"
        AND (certificate_target.branch IS NULL OR c.branch IS NULL OR c.branch = certificate_target.branch COLLATE "C")
    ORDER BY c.person_id, c.valid @> on_day DESC, lower(c.valid) DESC
$$;
COMMENT ON FUNCTION registry.certificate_target IS 'The coverage of this insurer that a card names on a day, for each person it may be.';

-- What stands of a certificate that was in force goes on until the new one begins; nothing of it comes back behind that.
CREATE OR REPLACE FUNCTION registry.certificate_end(coverage_id int8, from_on date) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    WITH old AS (
        UPDATE eligibility_certificate AS t SET superseded_at = greatest(clock_timestamp(), t.recorded_at)
        WHERE t.coverage_id = certificate_end.coverage_id AND t.superseded_at = 'infinity'
            AND (upper_inf(t.valid) OR upper(t.valid) > from_on)
        RETURNING t.*
    )
    INSERT INTO eligibility_certificate (coverage_id, number, reason, issued_on, valid, recorded_at, origin, printed_from, first_id)
    SELECT o.coverage_id, o.number, o.reason, o.issued_on, daterange(lower(o.valid), from_on), o.superseded_at, o.origin,
           o.printed_from, coalesce(o.first_id, o.version_id)
    FROM old AS o
    WHERE lower(o.valid) < from_on;
END
$$;
COMMENT ON FUNCTION registry.certificate_end IS 'Lets the certificates of a coverage end before a day.';

CREATE OR REPLACE FUNCTION registry.certificate_issue(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, today date, card_key text, branch text,
        birth_date date, reason int2, valid_from date, valid_until date)
    RETURNS TABLE (outcome int2, certificate_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun    record;
    target   record;
    latest   date := (today + make_interval(years => policy_number('eligibility_certificate_max_years', today)))::date;
    from_on  date := coalesce(certificate_issue.valid_from, today);
    until_on date := certificate_issue.valid_until;
BEGIN
    PERFORM apply_lock();
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing > 1 THEN
        outcome := CASE begun.standing WHEN 3 THEN 4 ELSE (begun.reply ->> 'outcome')::int END;
        certificate_id := (begun.reply ->> 'certificate_id')::int8;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT count(*) AS persons, min(t.person_id) AS person_id, min(t.coverage_id) AS coverage_id,
           range_agg(t.valid) AS valid, min(t.state) AS state, min(upper(t.valid)) AS ends
    INTO target
    FROM certificate_target(insurer_number, card_key, branch, birth_date, from_on) AS t;
    until_on := coalesce(until_on, least(latest, target.ends - 1));
    outcome := CASE
        WHEN target.persons = 0 THEN 2
        WHEN target.persons > 1 THEN 5
        WHEN target.state <> 1 OR EXISTS (
            SELECT FROM person_hold AS h WHERE h.person_id = target.person_id AND h.closed_at IS NULL AND h.scope = 2) THEN 6
        WHEN NOT target.valid @> from_on THEN 3
        WHEN latest IS NULL OR until_on > latest THEN 7
        WHEN target.ends <= until_on THEN 8
        WHEN until_on < from_on THEN 9
        ELSE 1 END;
    IF outcome = 1 THEN
        PERFORM certificate_end(target.coverage_id, from_on);
        INSERT INTO eligibility_certificate AS t (coverage_id, reason, issued_on, valid, recorded_at, printed_from)
        SELECT target.coverage_id, certificate_issue.reason, today, daterange(from_on, until_on, '[]'), clock_timestamp(), d.version
        FROM dossier AS d WHERE d.person_id = target.person_id
        RETURNING t.version_id INTO STRICT certificate_id;
    END IF;
    PERFORM enrolment_end(insurer_number, request_id, jsonb_build_object('outcome', outcome, 'certificate_id', certificate_id));
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.certificate_issue IS 'Issues a certificate for a coverage of this insurer, in the place of what it overlaps.';

-- As it was issued, whatever came after: the person as the dossier had it, and the days that were printed.
CREATE OR REPLACE FUNCTION registry.certificate_read(insurer_number text, certificate_id int8)
    RETURNS TABLE (person_id int8, version int8, body bytea, coverage_id int8, own_number text, reason int2, issued_on date,
                   valid_from date, valid_until date, ended_on date, is_needless bool)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    -- While a doubt seals the person, and where the coverage is another's by now, nothing of anybody is printed again.
    SELECT d.person_id, d.version, CASE WHEN c.is_sealed OR c.person_id <> d.person_id THEN NULL ELSE d.body END, t.coverage_id, t.number, t.reason, t.issued_on, lower(t.valid), upper(t.valid) - 1,
           -- One that came back as it was has not ended.
           least(CASE WHEN e.ended_on < upper(t.valid) THEN e.ended_on END,
                 CASE WHEN c.person_id <> d.person_id THEN lower(t.valid) WHEN c.ends < upper(t.valid) THEN c.ends END),
           t.reason IN (3, 6) AND EXISTS (
               SELECT FROM credential AS e
               WHERE e.person_id = d.person_id AND e.linked_at <= t.recorded_at
                   AND (e.ended_at IS NULL OR e.ended_at > t.recorded_at))
    FROM eligibility_certificate AS t
    CROSS JOIN LATERAL (
        -- A coverage without a current version never existed.
        SELECT c.person_id, CASE WHEN c.superseded_at = 'infinity' THEN upper(c.valid) ELSE lower(t.valid) END AS ends,
               EXISTS (SELECT FROM person_hold AS h
                       WHERE h.person_id = c.person_id AND h.closed_at IS NULL AND h.scope = 2) AS is_sealed
        FROM certificate_coverage(insurer_number, t.coverage_id) AS c
    ) AS c
    CROSS JOIN LATERAL (
        SELECT CASE WHEN t.superseded_at < 'infinity' THEN coalesce((
            SELECT max(upper(r.valid)) FROM eligibility_certificate AS r
            WHERE r.coverage_id = t.coverage_id AND r.superseded_at = 'infinity'
                -- What is left of it; a file that cuts it short keeps only what it says.
                AND (r.first_id = t.version_id
                     OR r.first_id IS NULL AND r.printed_from IS NULL AND lower(r.valid) = lower(t.valid)
                        AND (r.reason, r.issued_on) = (t.reason, t.issued_on) AND r.number IS NOT DISTINCT FROM t.number)),
            lower(t.valid)) END AS ended_on
    ) AS e
    CROSS JOIN LATERAL (
        (SELECT o.person_id, o.version, o.body FROM dossier AS o WHERE o.version = t.printed_from OFFSET 0)
        UNION ALL
        (SELECT o.person_id, o.version, o.body FROM dossier_past AS o WHERE o.version = t.printed_from OFFSET 0)
        UNION ALL
        (SELECT o.person_id, o.version, NULL FROM dossier AS o WHERE o.person_id = c.person_id AND t.printed_from IS NULL OFFSET 0)
        LIMIT 1
    ) AS d
    WHERE t.version_id = certificate_read.certificate_id AND t.first_id IS NULL;
END
$$;
COMMENT ON FUNCTION registry.certificate_read IS 'A certificate of this insurer, as it was issued.';

-- ---- 85_compliance.sql ----

-- Functions for the five-day record. functions.md explains each of them.

CREATE OR REPLACE FUNCTION registry.compliance(only_number text, from_on date, until_on date, today date)
    RETURNS TABLE (insurer_number text, in_time int8, late int8, open_now int8, due_soon int8, overdue_now int8, withdrawn int8,
                   registered_late int8, missed int8, notified_late int8, lag_median int4, lag_p90 int4, lag_p99 int4)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    soon date := today + policy_number('early_warning_days', today);
BEGIN
    RETURN QUERY
    WITH running AS (
        SELECT c.insurer_number, c.lag_days, c.in_time, c.late,
               sum(c.in_time + c.late) OVER (PARTITION BY c.insurer_number ORDER BY c.lag_days) AS up_to,
               sum(c.in_time + c.late) OVER (PARTITION BY c.insurer_number) AS total
        FROM (
            SELECT d.insurer_number, d.lag_days, coalesce(sum(d.count) FILTER (WHERE NOT d.is_late), 0) AS in_time,
                   coalesce(sum(d.count) FILTER (WHERE d.is_late), 0) AS late
            FROM registration_day AS d
            WHERE (only_number IS NULL OR d.insurer_number = only_number COLLATE "C")
                AND d.day BETWEEN from_on AND until_on
            GROUP BY d.insurer_number, d.lag_days
        ) AS c
    ),
    registered AS (
        -- A percentile is the first number of days within which so many of all had come.
        SELECT r.insurer_number, sum(r.in_time)::int8 AS in_time, sum(r.late)::int8 AS late,
               min(r.lag_days) FILTER (WHERE r.up_to >= 0.50 * r.total) AS lag_median,
               min(r.lag_days) FILTER (WHERE r.up_to >= 0.90 * r.total) AS lag_p90,
               min(r.lag_days) FILTER (WHERE r.up_to >= 0.99 * r.total) AS lag_p99
        FROM running AS r
        GROUP BY r.insurer_number
    ),
    announced AS (
        SELECT n.insurer_number, count(*) FILTER (WHERE n.state IN (1, 4)) AS open_now,
               count(*) FILTER (WHERE n.state = 1 AND n.due_on BETWEEN today AND soon) AS due_soon,
               count(*) FILTER (WHERE n.state = 4 OR (n.state = 1 AND n.due_on < today)) AS overdue_now
        FROM notice AS n
        WHERE (only_number IS NULL OR n.insurer_number = only_number COLLATE "C")
            AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
        GROUP BY n.insurer_number
    ),
    withdrawn AS (
        SELECT n.insurer_number, count(*) AS withdrawn
        FROM notice AS n
        WHERE (only_number IS NULL OR n.insurer_number = only_number COLLATE "C")
            AND n.superseded_at = 'infinity' AND n.state = 3 AND n.received_on BETWEEN from_on AND until_on
        GROUP BY n.insurer_number
    ),
    broken AS (
        SELECT b.insurer_number, count(*) FILTER (WHERE b.kind = 1) AS registered_late,
               count(*) FILTER (WHERE b.kind = 2) AS missed, count(*) FILTER (WHERE b.kind = 3) AS notified_late
        FROM registration_breach AS b
        WHERE (only_number IS NULL OR b.insurer_number = only_number COLLATE "C")
            AND b.recorded_at >= from_on::timestamp AT TIME ZONE 'Asia/Tokyo'
            AND b.recorded_at < (until_on + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'
        GROUP BY b.insurer_number
    )
    SELECT i.insurer_number, coalesce(r.in_time, 0), coalesce(r.late, 0), coalesce(a.open_now, 0), coalesce(a.due_soon, 0),
           coalesce(a.overdue_now, 0), coalesce(w.withdrawn, 0), coalesce(b.registered_late, 0), coalesce(b.missed, 0),
           coalesce(b.notified_late, 0), r.lag_median, r.lag_p90, r.lag_p99
    FROM insurer AS i
    LEFT JOIN registered AS r USING (insurer_number)
    LEFT JOIN announced AS a USING (insurer_number)
    LEFT JOIN withdrawn AS w USING (insurer_number)
    LEFT JOIN broken AS b USING (insurer_number)
    WHERE only_number IS NULL OR i.insurer_number = only_number COLLATE "C"
    ORDER BY i.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.compliance IS 'The five-day record of an insurer, or of each one for NULL, from counters.';

-- For the insurer's own endpoint: never without one.
CREATE OR REPLACE FUNCTION registry.compliance_own(insurer_number text, from_on date, until_on date, today date)
    RETURNS TABLE (in_time int8, late int8, open_now int8, due_soon int8, overdue_now int8, withdrawn int8, registered_late int8,
                   missed int8, notified_late int8, lag_median int4, lag_p90 int4, lag_p99 int4)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.in_time, c.late, c.open_now, c.due_soon, c.overdue_now, c.withdrawn, c.registered_late, c.missed,
           c.notified_late, c.lag_median, c.lag_p90, c.lag_p99
    FROM compliance(compliance_own.insurer_number, from_on, until_on, today) AS c
    WHERE compliance_own.insurer_number IS NOT NULL;
END
$$;
COMMENT ON FUNCTION registry.compliance_own IS 'The five-day record of one insurer.';

CREATE OR REPLACE FUNCTION registry.compliance_lags(insurer_number text, from_on date, until_on date)
    RETURNS TABLE (lag_days int4, in_time int8, late int8)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- What took longer than a year counts as a year and a day, so that there are never more rows than that.
    RETURN QUERY
    SELECT least(d.lag_days, 366), (coalesce(sum(d.count) FILTER (WHERE NOT d.is_late), 0))::int8,
           (coalesce(sum(d.count) FILTER (WHERE d.is_late), 0))::int8
    FROM registration_day AS d
    WHERE d.insurer_number = compliance_lags.insurer_number AND d.day BETWEEN from_on AND until_on
    GROUP BY 1
    ORDER BY 1;
END
$$;
COMMENT ON FUNCTION registry.compliance_lags IS 'How many days an insurer''s registrations took, as counts.';

CREATE OR REPLACE FUNCTION registry.compliance_worst(
        insurer_number text, from_on date, until_on date, today date, count_max int4)
    RETURNS TABLE (days_late int4, due_on date, done_on date, notice_id int8, notice_key text, batch_id int8, row_no int4,
                   row_key text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.*
    FROM (
        (SELECT today - n.due_on, n.due_on, NULL::date, n.notice_id, n.notice_key, NULL::int8, NULL::int4, NULL::text
         FROM notice AS n
         WHERE n.insurer_number = compliance_worst.insurer_number AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
             AND n.due_on < today
         ORDER BY n.due_on, n.notice_id
         LIMIT count_max)
        UNION ALL
        (SELECT b.done_on - b.due_on, b.due_on, b.done_on, b.notice_id, NULL, b.batch_id, b.row_no, r.row_key
         FROM registration_breach AS b
         LEFT JOIN batch_row AS r USING (batch_id, row_no)
         WHERE b.insurer_number = compliance_worst.insurer_number AND b.kind = 1
             AND b.recorded_at >= from_on::timestamp AT TIME ZONE 'Asia/Tokyo'
             AND b.recorded_at < (until_on + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'
         ORDER BY b.done_on - b.due_on DESC, b.breach_id
         LIMIT count_max)
    ) AS w (days_late, due_on, done_on, notice_id, notice_key, batch_id, row_no, row_key)
    ORDER BY w.days_late DESC, w.due_on, w.notice_id, w.batch_id, w.row_no
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.compliance_worst IS 'What an insurer is latest with, by its own names of notices and rows.';

-- ---- 86_change.sql ----

-- Functions by which facilities hear that an answer which they were given has changed. functions.md explains each of them.

CREATE OR REPLACE FUNCTION registry.change_take(today date, count_max int4)
    RETURNS TABLE (correction_id int8, person_id int8, from_day date, until_day date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    -- A question is about a year and a day ahead at most, so no older record can be concerned; and none is kept longer.
    RETURN QUERY
    SELECT c.correction_id, c.person_id,
           greatest(lower(c.affected) - 366,
                    (today - policy_number('access_record_keep_years', today) * interval '1 year')::date),
           today
    FROM correction AS c
    WHERE c.told_at IS NULL
    ORDER BY c.correction_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.change_take IS
    'Corrections of which nobody has been told, with the days on which records of the person may be concerned.';

CREATE OR REPLACE FUNCTION registry.change_tell(correction_ids int8[], subjects bytea[], from_days date[], until_days date[])
    RETURNS TABLE (ord int4, told int4)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    first_day date := (SELECT min(d) FROM unnest(from_days) AS d);
    last_day  date := (SELECT max(d) FROM unnest(until_days) AS d);
BEGIN
    -- One at a time, so that notices become visible in the order of their numbers, and no reader passes one over.
    PERFORM pg_advisory_xact_lock(hashtextextended('registry.change_tell', 0));
    RETURN QUERY
    WITH new AS (
        INSERT INTO change_notice AS w (facility_id, record_id, day, asked_day, request_id, kind, correction_id)
        SELECT a.facility_id, a.record_id, a.day, a.asked_day, a.request_id, c.kind, c.correction_id
        FROM unnest(correction_ids, subjects, from_days, until_days) AS q (correction_id, subject, from_day, until_day)
        JOIN correction AS c ON c.correction_id = q.correction_id AND c.told_at IS NULL
        CROSS JOIN LATERAL (
            SELECT r.facility_id, r.record_id, r.day, r.asked_day, r.request_id
            FROM access_record AS r
            WHERE r.subject = q.subject AND r.day BETWEEN q.from_day AND q.until_day AND r.day BETWEEN first_day AND last_day
                AND c.affected @> r.asked_day AND r.facility_id IS NOT NULL AND r.fault IS NULL
                -- What was told then is no longer what would be told now, and was told from what stood before the correction.
                AND NOT EXISTS (SELECT FROM dossier AS d WHERE d.version = ANY (r.dossier_versions))
                AND (r.recorded_at < c.recorded_at OR EXISTS (
                    SELECT FROM dossier_past AS p
                    WHERE p.version = ANY (r.dossier_versions) AND p.refreshed_at <= c.recorded_at
                        AND p.replaced_at >= c.recorded_at))
            OFFSET 0
        ) AS a
        ORDER BY c.correction_id, a.day, a.record_id
        ON CONFLICT DO NOTHING
        RETURNING w.correction_id
    )
    SELECT (min(q.position) - 1)::int4, (SELECT count(*) FROM new AS n WHERE n.correction_id = q.correction_id)::int4
    FROM unnest(correction_ids) WITH ORDINALITY AS q (correction_id, position)
    GROUP BY q.correction_id;
    UPDATE correction AS c SET told_at = clock_timestamp()
    WHERE c.correction_id = ANY (correction_ids) AND c.told_at IS NULL;
END
$$;
COMMENT ON FUNCTION registry.change_tell IS
    'Writes a notice for every facility whose answer a correction has overtaken. A correction comes with all its pseudonyms at once.';

CREATE OR REPLACE FUNCTION registry.change_list(facility_ids int4[], after_notice_nos int8[], count_maxes int4[])
    RETURNS TABLE (ord int4, notice_no int8, record_id int8, day date, asked_day date, request_id uuid, kind int2,
                   made_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, n.notice_no, n.record_id, n.day, n.asked_day, n.request_id, n.kind, n.made_at
    FROM unnest(facility_ids, after_notice_nos, count_maxes)
        WITH ORDINALITY AS q (facility_id, after_notice_no, count_max, position)
    CROSS JOIN LATERAL (
        SELECT *
        FROM change_notice AS c
        WHERE c.facility_id = q.facility_id AND c.notice_no > q.after_notice_no
        ORDER BY c.notice_no
        LIMIT q.count_max
    ) AS n
    ORDER BY q.position, n.notice_no;
END
$$;
COMMENT ON FUNCTION registry.change_list IS 'A facility''s own notices of answers that have changed since.';

-- ---- 87_discrepancy.sql ----

-- Functions for tickets: a facility says that what it was shown differs from what the patient showed. functions.md
-- explains each of them.

-- What an answer showed, from its access record: the person by the dossier that it was made from, and which of its coverages.
CREATE OR REPLACE FUNCTION registry.discrepancy_shown(facility_id int4, record_id int8, record_day date)
    RETURNS TABLE (person_id int8, coverage_id int8, insurer_number text)
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    told record;
BEGIN
    SELECT a.recorded_at, a.asked_day, a.validity, a.dossier_versions[1] AS version INTO told
    FROM access_record AS a
    WHERE a.record_id = discrepancy_shown.record_id AND a.day = discrepancy_shown.record_day
        AND a.facility_id = discrepancy_shown.facility_id AND a.fault IS NULL AND a.validity IN (1, 2, 3)
        AND a.subject IS NOT NULL AND cardinality(a.dossier_versions) = 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- As known then. Of a valid answer it is the coverage of that day, of any other one that ended or begins nearest to it.
    RETURN QUERY
    SELECT c.person_id, c.coverage_id, c.insurer_number
    FROM (
        SELECT d.person_id FROM dossier AS d WHERE d.version = told.version
        UNION ALL
        SELECT d.person_id FROM dossier_past AS d WHERE d.version = told.version
    ) AS p
    JOIN coverage AS c ON c.person_id = p.person_id AND c.recorded_at <= told.recorded_at AND c.superseded_at > told.recorded_at
    WHERE (c.valid @> told.asked_day) = (told.validity = 1)
    ORDER BY least(abs(lower(c.valid) - told.asked_day), abs(upper(c.valid) - told.asked_day)), c.coverage_id
    LIMIT 1;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_shown IS 'Person and coverage that an answer to this facility showed.';

CREATE OR REPLACE FUNCTION registry.discrepancy_open(
        facility_id int4, request_id uuid, record_id int8, record_day date, fields text, today date)
    RETURNS TABLE (outcome int2, ticket_number text, state int2, opened_at timestamptz, due_on date, person_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    shown record;
BEGIN
    -- One opening at a time for each facility, so that the same twice is always seen.
    PERFORM FROM facility AS f WHERE f.facility_id = discrepancy_open.facility_id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT 2::int2, d.ticket_number, d.state, d.opened_at, d.due_on, d.person_id
    FROM discrepancy AS d
    WHERE d.facility_id = discrepancy_open.facility_id
        AND (d.request_id = discrepancy_open.request_id
             OR (d.record_id = discrepancy_open.record_id AND d.record_day = discrepancy_open.record_day AND d.state = 1))
    ORDER BY d.request_id = discrepancy_open.request_id DESC
    LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT s.* INTO shown FROM discrepancy_shown(facility_id, record_id, record_day) AS s;
    IF NOT FOUND THEN
        outcome := 3;
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
    INSERT INTO discrepancy AS d (ticket_number, facility_id, request_id, record_id, record_day, insurer_number, person_id,
                                  coverage_id, fields, due_on)
    VALUES (left(replace(gen_random_uuid()::text, '-', ''), 12) || right(replace(gen_random_uuid()::text, '-', ''), 12),
            discrepancy_open.facility_id, discrepancy_open.request_id, discrepancy_open.record_id,
            discrepancy_open.record_day, shown.insurer_number, shown.person_id, shown.coverage_id,
            discrepancy_open.fields::text[], due_day(today, policy_number('discrepancy_answer_days', today)))
    RETURNING 1::int2, d.ticket_number, d.state, d.opened_at, d.due_on, d.person_id;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_open IS 'Opens a ticket on an answer that this facility was given, or finds the one that stands.';

CREATE OR REPLACE FUNCTION registry.discrepancy_read(facility_ids int4[], ticket_numbers text[])
    RETURNS TABLE (ord int4, state int2, fields text, record_id int8, record_day date, opened_at timestamptz, due_on date,
                   answer int2, answered_at timestamptz, person_id int8)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.state, array_to_string(d.fields, ' '), d.record_id, d.record_day, d.opened_at, d.due_on,
           d.answer, d.answered_at, d.person_id
    FROM unnest(facility_ids, ticket_numbers) WITH ORDINALITY AS q (facility_id, ticket_number, position)
    CROSS JOIN LATERAL (
        SELECT * FROM discrepancy AS t WHERE t.ticket_number = q.ticket_number COLLATE "C" OFFSET 0
    ) AS d
    WHERE d.facility_id = q.facility_id
    ORDER BY q.position;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_read IS 'How a ticket of this facility stands.';

CREATE OR REPLACE FUNCTION registry.discrepancy_list(insurer_number text, after_ticket_id int8, count_max int4)
    RETURNS TABLE (ticket_id int8, ticket_number text, fields text, opened_at timestamptz, due_on date, person_id int8,
                   symbol text, number text, branch text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.ticket_id, d.ticket_number, array_to_string(d.fields, ' '), d.opened_at, d.due_on, d.person_id, c.symbol, c.number,
           c.branch
    FROM discrepancy AS d
    LEFT JOIN coverage AS c ON c.coverage_id = d.coverage_id AND c.superseded_at = 'infinity'
        AND c.insurer_number = discrepancy_list.insurer_number
    WHERE d.insurer_number = discrepancy_list.insurer_number AND d.state = 1 AND d.ticket_id > after_ticket_id
    ORDER BY d.ticket_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_list IS 'Open tickets that this insurer must answer, oldest first.';

CREATE OR REPLACE FUNCTION registry.discrepancy_answer(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, ticket_number text, answer int2, today date)
    RETURNS TABLE (outcome int2, state int2, person_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun  record;
    ticket record;
BEGIN
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    SELECT d.ticket_id, d.state, d.person_id INTO ticket
    FROM discrepancy AS d
    WHERE d.ticket_number = discrepancy_answer.ticket_number AND d.insurer_number = discrepancy_answer.insurer_number
    FOR NO KEY UPDATE;
    state := ticket.state;
    person_id := ticket.person_id;
    IF begun.standing = 1 THEN
        outcome := CASE
            WHEN ticket.ticket_id IS NULL THEN 2
            WHEN ticket.state <> 1 THEN 3
            WHEN NOT EXISTS (
                SELECT FROM code_table AS t
                WHERE t.code_id = 'discrepancy_answer' AND t.code = discrepancy_answer.answer::text COLLATE "C"
                    AND t.valid_from <= today AND coalesce(t.valid_to, 'infinity') > today) THEN 5
            ELSE 1
        END;
        IF outcome = 1 THEN
            -- 1 corrected, 2 the registry is right; whatever else there is closes it without a finding.
            UPDATE discrepancy AS d
            SET state = CASE discrepancy_answer.answer WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 4 END,
                answer = discrepancy_answer.answer, answered_at = greatest(clock_timestamp(), d.opened_at),
                answered_by = discrepancy_answer.user_id
            WHERE d.ticket_id = ticket.ticket_id
            RETURNING d.state INTO state;
        END IF;
        PERFORM enrolment_end(insurer_number, request_id, to_jsonb(outcome));
    ELSE
        outcome := CASE begun.standing WHEN 2 THEN begun.reply::int ELSE 4 END;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.discrepancy_answer IS 'Takes an insurer''s answer to a ticket.';

-- ---- 88_acquire.sql ----

-- Applying rows of a batch, first part: acquisitions. What each row will do is laid out first (batch_plan), by reading
-- only; then it is written, table by table. A plan that is made for a dry run is the same plan, and nothing is written.
CREATE OR REPLACE FUNCTION registry.batch_session_open() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET client_min_messages = warning
AS $$
BEGIN
    CREATE TEMPORARY TABLE IF NOT EXISTS pg_temp.batch_plan (
        row_no          integer NOT NULL,
        operation       smallint NOT NULL,
        outcome         smallint NOT NULL,
        findings        text[] NOT NULL,
        person_id       bigint,
        is_new_person   boolean NOT NULL DEFAULT false,
        renews_person   boolean NOT NULL DEFAULT false,
        coverage_id     bigint,
        version_id      bigint,
        state           smallint NOT NULL DEFAULT 1,
        until_on        date,
        declared_until  date,
        number_state    smallint,
        hold_kind       smallint,
        hold_scope      smallint,
        other_person_id bigint,
        seals_other     boolean NOT NULL DEFAULT false,
        changes         text[],
        -- What is needed again and again, so that the wide staged row is not read each time.
        row_key            text,
        event_on           date,
        notice_received_on date,
        due_on             date,
        birth_date         date,
        acquired_on        date,
        burden_ratio       smallint,
        card_key           text COLLATE "C",
        has_ceiling        boolean NOT NULL DEFAULT false,
        has_serial         boolean NOT NULL DEFAULT false
    ) ON COMMIT DELETE ROWS;
    -- Nobody is promised a step: what is lost with the database is done again, from the last step that is there. So steps
    -- need not wait for the disk, nor questions for the disk to take a whole step in; what ends a batch waits (batch_is_over).
    PERFORM set_config('synchronous_commit', 'off', false);
END
$$;
COMMENT ON FUNCTION registry.batch_session_open IS
    'Makes the session''s own table in which rows are laid out before they are applied. Once for each connection.';

CREATE OR REPLACE FUNCTION registry.batch_is_over() RETURNS void
    LANGUAGE sql
    SET search_path = registry, pg_temp
AS $$
    SELECT set_config('synchronous_commit', 'on', true)
$$;
COMMENT ON FUNCTION registry.batch_is_over IS 'Lets the commit of this transaction wait until it, and all before it, is on disk.';

-- Reads what the registry holds about each acquisition of a range of rows, and decides. Each table is read in a subquery
-- that OFFSET 0 keeps whole, by the one index that serves its condition; what else must hold stands outside. So the plan
-- is right whatever the planner believes of tables that grow while it is in use.
CREATE OR REPLACE FUNCTION registry.batch_plan_acquire(
        batch bigint, insurer text, phase smallint, from_row integer, to_row integer)
    RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    not_the_same_day CONSTANT bigint := 2::bigint ^ 62; -- beyond all numbers of versions
    done    integer[] := ARRAY(
        SELECT r.row_no FROM batch_row AS r WHERE r.batch_id = batch AND r.row_no BETWEEN from_row AND to_row);
    planned integer;
BEGIN
    INSERT INTO pg_temp.batch_plan (
        row_no, operation, outcome, findings, person_id, is_new_person, renews_person, coverage_id, version_id, state,
        until_on, declared_until, number_state, hold_kind, hold_scope, other_person_id, seals_other, row_key, event_on,
        notice_received_on, due_on, birth_date, acquired_on, burden_ratio, card_key, has_ceiling, has_serial)
    SELECT
        d.row_no, 1,
        CASE WHEN d.own_version IS NOT NULL THEN CASE WHEN d.own_same THEN 3 ELSE 4 END
             WHEN d.hold_scope > 0 THEN 2
             ELSE 1 END,
        d.findings
            || CASE WHEN d.own_version IS NOT NULL AND NOT d.own_same
                    THEN ARRAY[CASE WHEN d.own_from = d.acquired_on THEN 'VR-60 -' ELSE 'VR-61 acquired_on' END]
                    ELSE '{}' END
            || CASE WHEN d.own_version IS NULL AND d.older_count > 0 THEN ARRAY['VR-13 acquired_on'] ELSE '{}' END
            || CASE WHEN d.own_version IS NULL AND d.gap_days > 0 THEN ARRAY['VR-66 acquired_on'] ELSE '{}' END
            || CASE WHEN d.own_version IS NULL AND d.is_alone THEN ARRAY['VR-23 relation'] ELSE '{}' END
            || CASE d.hold_kind
                   WHEN 1 THEN CASE d.hold_scope WHEN 2 THEN ARRAY['VR-84 -'] ELSE ARRAY['VR-85 -'] END
                   WHEN 2 THEN ARRAY['VR-83 personal_number']
                   WHEN 3 THEN ARRAY['VR-16 -']
                   WHEN 4 THEN CASE d.hold_scope WHEN 2 THEN ARRAY['VR-14 -'] ELSE ARRAY['VR-15 -'] END
                   WHEN 5 THEN ARRAY['VR-17 personal_number']
                   WHEN 6 THEN ARRAY['VR-24 birth_date']
                   WHEN 8 THEN ARRAY['VR-29 credential_serial']
                   ELSE '{}' END,
        -- Own numbers for what will be new.
        CASE WHEN d.own_version IS NULL AND d.link_person IS NULL THEN nextval('person_person_id_seq')
             ELSE coalesce(d.own_person, d.link_person) END,
        d.own_version IS NULL AND d.link_person IS NULL,
        d.link_person IS NOT NULL AND d.own_version IS NULL AND d.renews,
        CASE WHEN d.own_version IS NULL THEN nextval('coverage_id') ELSE d.own_coverage END, d.own_version,
        CASE WHEN d.hold_scope = 2 THEN 2 ELSE 1 END,
        CASE WHEN d.next_from IS NOT NULL AND (d.lost_on IS NULL OR d.next_from < d.lost_on) THEN d.next_from
             ELSE d.lost_on END,
        CASE WHEN d.next_from IS NOT NULL AND (d.lost_on IS NULL OR d.next_from < d.lost_on)
             THEN coalesce(d.lost_on, 'infinity') END,
        CASE WHEN d.number_index IS NULL OR d.own_version IS NOT NULL OR d.link_person IS NOT NULL THEN NULL
             WHEN d.number_person IS NULL AND coalesce(d.hold_scope, 0) = 0 THEN 1
             ELSE 2 END,
        CASE WHEN d.own_version IS NULL THEN d.hold_kind END,
        CASE WHEN d.own_version IS NULL THEN d.hold_scope END,
        CASE d.hold_kind WHEN 5 THEN d.twin_person WHEN 8 THEN d.serial_person
                         ELSE CASE WHEN d.differs_birth OR d.differs_names THEN d.number_person END END,
        d.own_version IS NULL AND d.differs_birth AND d.register_action IN (1, 2) AND d.hold_kind IS NULL,
        d.row_key, d.event_on, d.notice_received_on, d.due_on, d.birth_date, d.acquired_on, d.burden_ratio, d.card_key,
        d.has_ceiling, d.has_serial
    FROM (
        SELECT c.*, n.*
        FROM (
            SELECT
                b.*,
                CASE WHEN b.number_person IS NOT NULL AND b.hold_scope IS NULL AND NOT b.differs_birth
                     THEN b.number_person END AS link_person
            FROM (
                SELECT
                    s.row_no, s.acquired_on, s.lost_on, s.findings, s.number_index, s.register_action, s.row_key, s.event_on,
                    s.notice_received_on, s.due_on, s.birth_date, s.burden_ratio,
                    insurer || ':' || s.symbol_loose || ':' || s.number_loose AS card_key,
                    s.ceiling_class IS NOT NULL AS has_ceiling,
                    s.credential_serial IS NOT NULL AS has_serial,
                    l.person_id AS number_person, o.version_id AS own_version, o.coverage_id AS own_coverage,
                    o.person_id AS own_person, o.from_on AS own_from,
                    coalesce(o.from_on = s.acquired_on AND o.is_same, false) AS own_same,
                    coalesce(v.differs_birth, false) AS differs_birth, coalesce(v.differs_names, false) AS differs_names,
                    t.person_id AS twin_person, z.person_id AS serial_person,
                    -- A member of a family whose insured person neither the registry nor the file knows.
                    s.relation = 2 AND NOT f.has_insured AND NOT EXISTS (
                        SELECT FROM (
                            SELECT * FROM batch_stage AS w
                            WHERE w.symbol_key = s.symbol_key AND w.number_key = s.number_key AND w.operation = 1
                                AND w.relation = 1
                            OFFSET 0
                        ) AS w
                        WHERE w.batch_id = batch AND w.severity < 2
                        OFFSET 0) AS is_alone,
                    h.kind AS hold_kind, h.scope AS hold_scope
                FROM batch_stage AS s
                LEFT JOIN LATERAL (
                    SELECT p.person_id FROM personal_number AS p
                    WHERE p.number_index = s.number_index AND p.unlinked_at = 'infinity' AND p.state = 1
                    OFFSET 0
                ) AS i ON true
                LEFT JOIN LATERAL (
                    SELECT p.person_id FROM personal_number AS p
                    WHERE p.number_index = s.number_index_next AND p.unlinked_at = 'infinity' AND p.state = 1
                    OFFSET 0
                ) AS j ON true
                CROSS JOIN LATERAL (SELECT coalesce(i.person_id, j.person_id) AS person_id) AS l
                -- The insurer's coverages of this card: the one of this birth date that touches the same days, best the one from
                -- the same day, and whether there is one of an insured person. One look for both, and no sort for each row.
                CROSS JOIN LATERAL (
                    SELECT
                        min(CASE WHEN lower(k.valid) = s.acquired_on THEN 0 ELSE not_the_same_day END + k.version_id) FILTER (
                            WHERE k.branch IS NOT DISTINCT FROM s.branch
                                AND (upper_inf(k.valid) OR upper(k.valid) > s.acquired_on)
                                AND (s.lost_on IS NULL OR lower(k.valid) < s.lost_on)
                                AND EXISTS (
                                    SELECT FROM person_version AS v
                                    WHERE v.person_id = k.person_id AND v.superseded_at = 'infinity' AND v.birth_date = s.birth_date
                                    OFFSET 0)) AS own,
                        coalesce(bool_or(k.relation = 1), false) AS has_insured
                    FROM (
                        SELECT * FROM coverage AS c
                        WHERE c.insurer_number = insurer AND c.symbol_loose = s.symbol_loose AND c.number_loose = s.number_loose
                        OFFSET 0
                    ) AS k
                    WHERE k.superseded_at = 'infinity' AND k.symbol_key = s.symbol_key AND k.number_key = s.number_key
                ) AS f
                LEFT JOIN LATERAL (
                    SELECT k.version_id, k.coverage_id, k.person_id, lower(k.valid) AS from_on,
                           p.name = s.name AND p.name_kana IS NOT DISTINCT FROM s.name_kana AND p.sex1 = s.sex1
                               AND (s.address IS NULL OR p.address = s.address) AS is_same
                    FROM (SELECT * FROM coverage AS c WHERE c.version_id = f.own % not_the_same_day OFFSET 0) AS k
                    CROSS JOIN LATERAL (
                        SELECT * FROM person_version AS v
                        WHERE v.person_id = k.person_id AND v.superseded_at = 'infinity'
                        OFFSET 0
                    ) AS p
                ) AS o ON true
                -- What is held for the person whom the number leads to.
                LEFT JOIN LATERAL (
                    SELECT
                        p.birth_date <> s.birth_date
                            OR (p.sex1 <> s.sex1 AND p.sex1 < 3 AND s.sex1 < 3) AS differs_birth,
                        coalesce(p.name_kana_key <> s.name_kana_key, p.name_kana <> s.name_kana, false)
                            AND coalesce(p.name_key <> s.name_key, p.name <> s.name, false) AS differs_names
                    FROM person_version AS p
                    WHERE p.person_id = l.person_id AND p.superseded_at = 'infinity'
                    OFFSET 0
                ) AS v ON true
                -- Somebody else of the same kana, birth date, sex and address, under another number. A sort for each row costs more
                -- than all else here.
                LEFT JOIN LATERAL (
                    SELECT min(p.person_id) AS person_id
                    FROM (
                        SELECT * FROM person_version AS v
                        WHERE v.birth_date = s.birth_date AND v.name_kana_key = s.name_kana_key
                            AND v.name_kana_key IS NOT NULL
                        OFFSET 0
                    ) AS p
                    WHERE s.number_index IS NOT NULL AND l.person_id IS NULL AND p.superseded_at = 'infinity'
                        AND p.sex1 = s.sex1 AND p.address = s.address
                        AND EXISTS (
                            SELECT FROM (SELECT * FROM personal_number AS v WHERE v.person_id = p.person_id OFFSET 0) AS q
                            WHERE q.unlinked_at = 'infinity' AND q.state = 1
                            OFFSET 0)
                ) AS t ON true
                LEFT JOIN LATERAL (
                    SELECT x.person_id FROM credential AS x
                    WHERE x.serial = s.credential_serial AND x.issuer_id = 1 AND x.person_id IS DISTINCT FROM l.person_id
                    OFFSET 0
                ) AS z ON true
                -- Two of one household whose numbers lead to each other in the resident register.
                LEFT JOIN LATERAL (
                    SELECT true AS yes
                    FROM (
                        SELECT * FROM batch_stage AS w
                        WHERE w.symbol_key = s.symbol_key AND w.number_key = s.number_key
                            AND w.register_digest = s.claimed_digest
                        OFFSET 0
                    ) AS w
                    WHERE s.register_action = 4 AND w.batch_id = batch AND w.row_no <> s.row_no
                        AND w.claimed_digest = s.register_digest
                    LIMIT 1
                ) AS y ON true
                CROSS JOIN LATERAL (
                    SELECT
                        CASE WHEN z.person_id IS NOT NULL THEN 8
                             WHEN y.yes THEN 6
                             WHEN s.register_action IN (3, 4) THEN 1
                             WHEN s.register_action = 5 THEN 2
                             WHEN s.register_action = 6 THEN 3
                             WHEN v.differs_birth AND s.register_action NOT IN (1, 2) THEN 4
                             WHEN v.differs_names AND s.register_action <> 1 THEN 4
                             WHEN t.person_id IS NOT NULL THEN 5 END AS kind,
                        CASE WHEN z.person_id IS NOT NULL OR y.yes OR s.register_action IN (4, 5, 6) THEN 2
                             WHEN s.register_action = 3 THEN 1
                             WHEN v.differs_birth AND s.register_action NOT IN (1, 2) THEN 2
                             WHEN v.differs_names AND s.register_action <> 1 THEN 1
                             WHEN t.person_id IS NOT NULL THEN 0 END AS scope
                ) AS h
                WHERE s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.phase = batch_plan_acquire.phase
                    AND s.severity < 2
                    AND s.row_no <> ALL (done)
            ) AS b
        ) AS c
        -- Other coverages of the person that is linked to: the newer one wins from its first day.
        CROSS JOIN LATERAL (
            SELECT
                count(*) FILTER (WHERE lower(k.valid) < c.acquired_on
                    AND (upper_inf(k.valid) OR upper(k.valid) > c.acquired_on)) AS older_count,
                min(lower(k.valid)) FILTER (WHERE lower(k.valid) > c.acquired_on) AS next_from,
                coalesce(max(lower(k.valid)) <= c.acquired_on, true) AS renews,
                c.acquired_on - max(upper(k.valid)) FILTER (WHERE upper(k.valid) < c.acquired_on) AS gap_days
            FROM (SELECT * FROM coverage AS v WHERE v.person_id = c.link_person OFFSET 0) AS k
            WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1
        ) AS n
    ) AS d;
    GET DIAGNOSTICS planned = ROW_COUNT;

    -- From the same day with another insurer: who is right only they can tell.
    UPDATE pg_temp.batch_plan AS p
    SET outcome = 2, state = 2, renews_person = false, hold_kind = 7, hold_scope = 0, findings = p.findings || ARRAY['VR-70 acquired_on']
    FROM pg_temp.batch_plan AS o
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = o.row_no OFFSET 0) AS s
    WHERE o.operation = 1 AND o.outcome = 1 AND NOT o.is_new_person AND p.row_no = o.row_no
        AND EXISTS (
            SELECT FROM (SELECT * FROM coverage AS v WHERE v.person_id = p.person_id OFFSET 0) AS k
            WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1 AND lower(k.valid) = s.acquired_on
            OFFSET 0);
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_plan_acquire IS 'Lays out the acquisitions of a range of rows, by reading only.';

-- Ends what overlaps a coverage that begins later, and begins again what such a coverage no longer ends.
CREATE OR REPLACE FUNCTION registry.coverage_give_way(
        batch bigint, moment timestamptz, versions bigint[], untils date[])
    RETURNS void
    LANGUAGE sql
    SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    WITH wanted AS (
        SELECT w.version_id, min(w.until_on) AS until_on
        FROM unnest(versions, untils) AS w (version_id, until_on)
        GROUP BY w.version_id
    ),
    old AS (
        UPDATE coverage AS k
        SET superseded_at = moment
        FROM wanted AS w
        WHERE k.version_id = w.version_id AND k.superseded_at = 'infinity'
        RETURNING k.*, w.until_on
    )
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        o.coverage_id, o.person_id, o.insurer_number, o.card_class, o.symbol, o.number, o.branch, o.symbol_key,
        o.number_key, o.symbol_loose, o.number_loose, o.relation, o.insured_name,
        daterange(lower(o.valid), o.until_on),
        CASE WHEN o.until_on IS DISTINCT FROM nullif(coalesce(o.declared_until, upper(o.valid), 'infinity'), 'infinity')
             THEN coalesce(o.declared_until, upper(o.valid), 'infinity') END,
        o.loss_reason, o.issued_on, o.card_valid_from, o.card_expires_on, o.state, o.scheme, o.preschool_until, moment,
        batch
    FROM old AS o
$$;
COMMENT ON FUNCTION registry.coverage_give_way IS
    'New versions of coverages with another end, which a coverage that begins later sets; what the insurer said is kept.';

-- First dossiers and cards, of people whom this range brings into the world. All that they can hold was laid out in the
-- staged row, so it is not read back from the eight tables it went to. What stands here is what dossier_build would make of
-- them, byte for byte: a refresh afterwards finds nothing to change, and a test holds that.
CREATE OR REPLACE FUNCTION registry.batch_write_dossiers(batch bigint, insurer text, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    LOCK TABLE dossier_lock IN ROW EXCLUSIVE MODE;
    INSERT INTO dossier (person_id, refreshed_at, body)
    SELECT
        p.person_id, moment,
        record_send(ROW(
            1, p.person_id, s.name, s.name_kana, s.name_other, s.name_other_kana, s.sex1, s.sex2, s.birth_date, s.address,
            s.post_number, 0, CASE WHEN p.hold_kind IS NOT NULL THEN p.hold_scope ELSE 0 END,
            ARRAY[ROW(
                p.coverage_id, insurer, coalesce(s.card_class, '01'), s.symbol, s.number, s.branch, s.symbol_key,
                s.number_key, s.relation, s.insured_name, s.acquired_on, p.until_on, s.loss_reason, s.card_issued_on,
                s.card_valid_from, s.card_expires_on, p.state, 1, s.preschool_until,
                CASE WHEN s.burden_ratio IS NULL THEN '{}'
                     ELSE ARRAY[ROW(s.acquired_on, NULL, s.burden_ratio)::dossier_ratio] END,
                '{}'::dossier_elderly[],
                CASE WHEN p.has_ceiling
                     THEN ARRAY[ROW(s.ceiling_classification, s.ceiling_class, s.issued_on,
                                    coalesce(s.valid_from, s.acquired_on), s.valid_until + 1, s.long_term_from
                                   )::dossier_ceiling]
                     ELSE '{}' END,
                '{}'::dossier_disease[]
            )::dossier_coverage],
            '{}'::dossier_benefit[]
        )::dossier_body)
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.is_new_person AND p.outcome IN (1, 2);

    INSERT INTO card (card_key, birth_date, person_id)
    SELECT p.card_key, p.birth_date, p.person_id
    FROM pg_temp.batch_plan AS p
    WHERE p.is_new_person AND p.outcome IN (1, 2);
END
$$;
COMMENT ON FUNCTION registry.batch_write_dossiers IS 'Writes the first dossiers and cards of the people who are new by the rows that were laid out.';

-- Writes what was laid out.
CREATE OR REPLACE FUNCTION registry.batch_write_acquire(
        batch bigint, insurer text, moment timestamptz, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    today    date := civil_day(moment);
    answer_by date := hold_due(today);
    versions bigint[];
    untils   date[];
BEGIN
    INSERT INTO person (person_id, created_at)
    SELECT p.person_id, moment FROM pg_temp.batch_plan AS p WHERE p.is_new_person AND p.outcome IN (1, 2);

    UPDATE person_version AS v
    SET superseded_at = moment
    WHERE v.superseded_at = 'infinity' AND v.person_id = ANY (ARRAY(
        SELECT p.person_id FROM pg_temp.batch_plan AS p WHERE p.renews_person AND p.outcome IN (1, 2)));

    INSERT INTO person_version (
        person_id, name, name_kana, name_other, name_other_kana, sex1, sex2, birth_date, address, post_number,
        recorded_at, origin, name_key, name_kana_key)
    SELECT
        p.person_id, s.name, s.name_kana, s.name_other, s.name_other_kana, s.sex1, s.sex2, s.birth_date, s.address,
        s.post_number, moment, batch, s.name_key, s.name_kana_key
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE (p.is_new_person OR p.renews_person) AND p.outcome IN (1, 2);

    -- Older coverages of the same people make room first: no two may hold on one day.
    SELECT array_agg(k.version_id), array_agg(s.acquired_on) INTO versions, untils
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    CROSS JOIN LATERAL (
        SELECT c.version_id
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = p.person_id OFFSET 0) AS c
        WHERE c.superseded_at = 'infinity' AND c.state = 1 AND c.scheme = 1
            AND lower(c.valid) < s.acquired_on AND (upper_inf(c.valid) OR upper(c.valid) > s.acquired_on)
        OFFSET 0
    ) AS k
    WHERE NOT p.is_new_person AND p.outcome = 1;
    IF versions IS NOT NULL THEN
        PERFORM coverage_give_way(batch, moment, versions, untils);
    END IF;

    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        p.coverage_id, p.person_id, insurer, coalesce(s.card_class, '01'), s.symbol, s.number, s.branch, s.symbol_key,
        s.number_key, s.symbol_loose, s.number_loose, s.relation, s.insured_name,
        daterange(s.acquired_on, p.until_on), p.declared_until, s.loss_reason, s.card_issued_on, s.card_valid_from,
        s.card_expires_on, p.state, 1, s.preschool_until, moment, batch
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.outcome IN (1, 2);

    INSERT INTO burden_ratio (coverage_id, ratio_percent, valid, recorded_at, origin)
    SELECT p.coverage_id, p.burden_ratio, daterange(p.acquired_on, NULL), moment, batch
    FROM pg_temp.batch_plan AS p
    WHERE p.outcome IN (1, 2) AND p.burden_ratio IS NOT NULL;

    INSERT INTO ceiling (coverage_id, classification, class, issued_on, long_term_from, valid, recorded_at, origin)
    SELECT p.coverage_id, s.ceiling_classification, s.ceiling_class, s.issued_on, s.long_term_from,
           daterange(coalesce(s.valid_from, s.acquired_on), s.valid_until + 1), moment, batch
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome IN (1, 2) AND p.has_ceiling;

    PERFORM batch_numbers_follow(batch, from_row, to_row);
    INSERT INTO personal_number (
        number_id, person_id, insurer_number, source, state, sealed_by, indexed_by, sealed, number_index, linked_at,
        origin)
    SELECT s.number_id, p.person_id, insurer, coalesce(s.number_source, 1), p.number_state, s.number_sealed_by,
           coalesce(b.index_key_next, b.index_key), s.number_sealed, coalesce(s.number_index_next, s.number_index), moment,
           batch
    FROM pg_temp.batch_plan AS p
    JOIN batch AS b ON b.batch_id = batch
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.outcome IN (1, 2) AND p.number_state IS NOT NULL;

    INSERT INTO credential (serial, person_id, insurer_number, linked_at, origin)
    SELECT s.credential_serial, p.person_id, insurer, moment, batch
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome = 1 AND p.has_serial
    ON CONFLICT DO NOTHING;

    -- Doubts, in the inbox of the insurer that raised them, and of those whose people they touch.
    INSERT INTO person_hold (
        person_id, scope, reason, opened_at, insurer_number, kind, coverage_id, other_person_id, number_id, batch_id,
        row_no, credential, fields, due_on)
    SELECT
        p.person_id, p.hold_scope, 'identity doubt', moment, insurer, p.hold_kind, p.coverage_id, p.other_person_id,
        CASE WHEN p.number_state = 2 THEN s.number_id END, batch, p.row_no,
        CASE WHEN p.outcome = 2 AND p.hold_kind <> 8 THEN s.credential_serial END, s.register_fields, answer_by
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome IN (1, 2) AND p.hold_kind IS NOT NULL;
    INSERT INTO person_hold (
        person_id, scope, reason, opened_at, insurer_number, kind, coverage_id, other_person_id, batch_id, row_no, due_on)
    SELECT
        p.other_person_id, CASE WHEN p.seals_other THEN 2 ELSE 0 END, 'identity doubt', moment, k.insurer_number,
        coalesce(p.hold_kind, 4), k.coverage_id, p.person_id, batch, p.row_no, answer_by
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (
        SELECT c.insurer_number, c.coverage_id
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = p.other_person_id OFFSET 0) AS c
        WHERE c.superseded_at = 'infinity'
        ORDER BY lower(c.valid) DESC, c.coverage_id DESC
        LIMIT 1
    ) AS k
    WHERE p.outcome IN (1, 2) AND p.other_person_id IS NOT NULL AND (p.seals_other OR k.insurer_number <> insurer);
    -- The other insurer of an overlap hears of it; nothing is sealed.
    INSERT INTO person_hold (
        person_id, scope, reason, opened_at, insurer_number, kind, coverage_id, batch_id, row_no, due_on)
    SELECT p.person_id, 0, 'overlap', moment, k.insurer_number, 7, k.coverage_id, batch, p.row_no,
           answer_by
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    CROSS JOIN LATERAL (
        SELECT c.insurer_number, c.coverage_id
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = p.person_id OFFSET 0) AS c
        WHERE c.superseded_at = 'infinity' AND c.coverage_id <> p.coverage_id
            AND c.insurer_number <> insurer
            AND (upper(c.valid) = s.acquired_on AND c.declared_until > s.acquired_on OR lower(c.valid) = s.acquired_on)
        OFFSET 0
    ) AS k
    WHERE NOT p.is_new_person AND p.outcome IN (1, 2);

    -- Days that a facility may have asked about, of people who were there to be asked about.
    INSERT INTO correction (person_id, affected, kind, recorded_at)
    SELECT p.person_id, daterange(s.acquired_on, today + 1), 1, moment
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome = 1 AND NOT p.is_new_person AND s.acquired_on < today;
    INSERT INTO correction (person_id, affected, kind, recorded_at)
    SELECT p.other_person_id, daterange(NULL, today + 1), 3, moment
    FROM pg_temp.batch_plan AS p
    WHERE p.outcome = 1 AND p.seals_other;

    PERFORM batch_write_dossiers(batch, insurer, from_row, to_row);
END
$$;
COMMENT ON FUNCTION registry.batch_write_acquire IS 'Writes the acquisitions that were laid out.';

-- ---- 89_apply.sql ----

-- Applying rows of a batch, second part: ends, changes, terms, and the loop over all of it. 88_acquire.sql has the first.

-- ---- before anything is applied -------------------------------------------------------------------------------------

-- Phases that the rows of a batch need.
CREATE OR REPLACE FUNCTION registry.batch_phases_note(batch bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET jit = off
AS $$
BEGIN
    UPDATE batch AS b
    SET phases = (
            SELECT coalesce(array_agg(DISTINCT x.phase ORDER BY x.phase), '{}')
            FROM (
                SELECT CASE WHEN s.severity < 2 THEN s.phase ELSE 0 END AS phase -- 0 only says what is refused
                FROM batch_stage AS s
                WHERE s.batch_id = batch
                GROUP BY 1
            ) AS g
            -- Ends that find nothing yet are tried again behind the acquisitions.
            CROSS JOIN LATERAL (
                VALUES (g.phase), (CASE WHEN g.phase BETWEEN 10 AND 19 THEN g.phase + 20 END)) AS x (phase)
            WHERE x.phase IS NOT NULL)
    WHERE b.batch_id = batch;
END
$$;
COMMENT ON FUNCTION registry.batch_phases_note IS 'Notes which phases the rows of a batch need.';

-- Rows of one file that speak of the same thing. Those that say the same count once; those that contradict each other
-- are all refused, since no order within a file says which is meant; the rest take their turn by their days.
CREATE OR REPLACE FUNCTION registry.batch_resolve(batch bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET work_mem = '128MB'
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    -- Which rows meet at all. Nearly none do, so two looks at all rows find them, and the rest is about those alone.
    CREATE TEMPORARY TABLE IF NOT EXISTS pg_temp.batch_meeting (row_no integer, way smallint, link bigint)
        ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS pg_temp.batch_chain (row_no integer, before integer, place integer)
        ON COMMIT DELETE ROWS;
    DELETE FROM pg_temp.batch_meeting;
    DELETE FROM pg_temp.batch_chain;
    INSERT INTO pg_temp.batch_meeting (row_no, way, link)
    WITH suspect AS MATERIALIZED (
        SELECT DISTINCT v.way, v.link
        FROM batch_stage AS s
        CROSS JOIN LATERAL (
            VALUES (1, s.link_card), (2, s.link_number), (3, s.link_credential), (4, s.link_identity)) AS v (way, link)
        WHERE s.batch_id = batch AND s.severity < 2 AND s.meets AND v.link IS NOT NULL
    )
    SELECT m.row_no, m.way, m.link
    FROM (
        SELECT s.row_no, u.way, u.link, count(*) OVER (PARTITION BY u.way, u.link) AS rows
        FROM (
            SELECT * FROM batch_stage AS s
            WHERE s.batch_id = batch AND s.severity < 2
                AND (s.link_card IN (SELECT u.link FROM suspect AS u WHERE u.way = 1)
                     OR s.link_number IN (SELECT u.link FROM suspect AS u WHERE u.way = 2)
                     OR s.link_credential IN (SELECT u.link FROM suspect AS u WHERE u.way = 3)
                     OR s.link_identity IN (SELECT u.link FROM suspect AS u WHERE u.way = 4))
            OFFSET 0
        ) AS s
        CROSS JOIN LATERAL (
            VALUES (1, s.link_card), (2, s.link_number), (3, s.link_credential), (4, s.link_identity)) AS v (way, link)
        JOIN suspect AS u ON u.way = v.way AND u.link = v.link
    ) AS m
    WHERE m.rows > 1;
    IF NOT FOUND THEN
        PERFORM batch_phases_note(batch);
        RETURN;
    END IF;

    WITH twice AS (
        SELECT s.digest, s.number_index, min(s.row_no) AS first_row
        FROM batch_stage AS s
        WHERE s.batch_id = batch AND s.row_no IN (SELECT m.row_no FROM pg_temp.batch_meeting AS m WHERE m.way = 1)
        GROUP BY s.digest, s.number_index
        HAVING count(*) > 1
    )
    UPDATE batch_stage AS s
    SET severity = 3, findings = s.findings || ARRAY['VR-64 -']
    FROM twice AS t
    WHERE s.batch_id = batch AND s.severity < 2 AND s.digest = t.digest AND s.row_no > t.first_row
        AND s.number_index IS NOT DISTINCT FROM t.number_index;

    -- One target, one day, and different words.
    WITH several AS (
        SELECT s.operation, s.symbol_key, s.number_key, s.branch, s.birth_date, s.acquired_on,
               coalesce(s.effective_on, s.lost_on, s.valid_from, s.examined_on) AS key_day, s.disease_category, s.payer_number
        FROM batch_stage AS s
        WHERE s.batch_id = batch AND s.severity < 2
            AND s.row_no IN (SELECT m.row_no FROM pg_temp.batch_meeting AS m WHERE m.way = 1)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        HAVING count(*) > 1
    )
    UPDATE batch_stage AS s
    SET severity = 2, findings = s.findings || ARRAY['VR-65 -']
    FROM several AS t
    WHERE s.batch_id = batch AND s.severity < 2 AND s.operation = t.operation AND s.symbol_key = t.symbol_key
        AND s.number_key = t.number_key AND s.birth_date = t.birth_date AND s.branch IS NOT DISTINCT FROM t.branch
        AND s.acquired_on IS NOT DISTINCT FROM t.acquired_on
        AND coalesce(s.effective_on, s.lost_on, s.valid_from, s.examined_on) IS NOT DISTINCT FROM t.key_day
        AND s.disease_category IS NOT DISTINCT FROM t.disease_category
        AND s.payer_number IS NOT DISTINCT FROM t.payer_number;

    -- One personal number cannot belong to two different people.
    WITH several AS (
        SELECT s.number_index
        FROM batch_stage AS s
        WHERE s.batch_id = batch AND s.severity < 2
            AND s.row_no IN (SELECT m.row_no FROM pg_temp.batch_meeting AS m WHERE m.way = 2)
        GROUP BY s.number_index
        HAVING count(*) > 1 AND (count(DISTINCT s.birth_date) > 1 OR count(DISTINCT s.sex1) > 1)
    )
    UPDATE batch_stage AS s
    SET severity = 2, findings = s.findings || ARRAY['VR-69 personal_number']
    FROM several AS t
    WHERE s.batch_id = batch AND s.severity < 2 AND s.number_index = t.number_index;

    -- Several rows that meet are applied one after the other: each sees what the one before has done. A row may stand
    -- in several chains, by its card, its personal number, its credential, and its name and address; it comes behind
    -- whatever is before it in any of them. Different operations on one person have phases of their own anyway.
    INSERT INTO pg_temp.batch_chain (row_no, before, place)
    SELECT c.row_no, c.before, 0
    FROM (
        SELECT s.row_no,
               lag(s.row_no) OVER (
                   PARTITION BY m.way, m.link, CASE m.way WHEN 2 THEN s.operation END
                   ORDER BY coalesce(s.effective_on, s.lost_on, s.valid_from, s.examined_on, s.acquired_on), s.acquired_on, s.branch,
                       s.digest) AS before
        FROM pg_temp.batch_meeting AS m
        JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no = m.row_no AND s.severity < 2
    ) AS c
    WHERE c.before IS NOT NULL;
    FOR round IN 1 .. 10 LOOP
        UPDATE pg_temp.batch_chain AS c
        SET place = w.place
        FROM (
            SELECT t.row_no, max(coalesce(f.place, 0)) + 1 AS place
            FROM pg_temp.batch_chain AS t
            LEFT JOIN (SELECT q.row_no, max(q.place) AS place FROM pg_temp.batch_chain AS q GROUP BY q.row_no) AS f
                ON f.row_no = t.before
            GROUP BY t.row_no
        ) AS w
        WHERE c.row_no = w.row_no AND c.place <> w.place;
        EXIT WHEN NOT FOUND;
    END LOOP;
    UPDATE batch_stage AS s
    SET phase = s.phase + least(w.place, 9),
        severity = CASE WHEN w.place > 9 THEN 2 ELSE s.severity END,
        findings = CASE WHEN w.place > 9 THEN s.findings || ARRAY['VR-71 -'] ELSE s.findings END
    FROM (SELECT c.row_no, max(c.place) AS place FROM pg_temp.batch_chain AS c GROUP BY c.row_no) AS w
    WHERE s.batch_id = batch AND s.row_no = w.row_no;

    PERFORM batch_phases_note(batch);
END
$$;
COMMENT ON FUNCTION registry.batch_resolve IS 'Settles rows of one file that speak of the same thing, by rule and not by their order.';

-- How much of an insurer's people a batch would end, move or re-identify.
CREATE OR REPLACE FUNCTION registry.batch_guard(batch bigint, insurer text, today date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    people integer;
    ends   integer;
    moves  integer;
    others integer;
    trips  boolean;
BEGIN
    SELECT count(*) INTO people FROM coverage AS k
    WHERE k.insurer_number = insurer AND k.superseded_at = 'infinity' AND k.state = 1 AND k.valid @> today;
    SELECT count(*) FILTER (WHERE s.operation IN (3, 4)), count(*) FILTER (WHERE s.operation = 2 AND s.sex1 IS NOT NULL)
    INTO ends, others
    FROM batch_stage AS s
    WHERE s.batch_id = batch AND s.severity < 2;
    SELECT count(*) INTO moves
    FROM batch_stage AS s
    CROSS JOIN LATERAL (VALUES (s.number_index), (s.number_index_next)) AS i (number_index)
    JOIN personal_number AS n ON n.number_index = i.number_index AND n.unlinked_at = 'infinity' AND n.state = 1
    WHERE s.batch_id = batch AND s.severity < 2 AND s.operation = 1
        AND EXISTS (SELECT FROM (SELECT * FROM coverage AS v WHERE v.person_id = n.person_id OFFSET 0) AS k
                    WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.insurer_number <> insurer
                        AND k.valid @> s.acquired_on
                    OFFSET 0);
    trips := greatest(ends, moves, others) > policy_number('batch_guard_least', today)
        AND greatest(ends, moves, others) * 100 > people * policy_number('batch_guard_percent', today);
    UPDATE batch AS b
    SET difference = coalesce(b.difference, '{}') || jsonb_build_object(
            'people', people, 'would_end', ends, 'would_move', moves, 'would_re_identify', others, 'guard', trips)
    WHERE b.batch_id = batch;
    RETURN trips;
END
$$;
COMMENT ON FUNCTION registry.batch_guard IS 'Whether a batch must wait for a second person, and the counts behind it.';

-- ---- ends -------------------------------------------------------------------------------------------------------------

-- The insurer's coverages that a row can mean: by its card, its birth date, and what else it says.
CREATE OR REPLACE FUNCTION registry.batch_targets(insurer text, s registry.batch_stage)
    RETURNS TABLE (version_id bigint, coverage_id bigint, person_id bigint, from_on date, until_on date, declared date,
                   is_fit boolean)
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    SELECT k.version_id, k.coverage_id, k.person_id, lower(k.valid), upper(k.valid),
           nullif(coalesce(k.declared_until, upper(k.valid)), 'infinity'),
           CASE s.operation
               WHEN 3 THEN lower(k.valid) < s.lost_on AND coalesce(k.declared_until, upper(k.valid), 'infinity') = 'infinity'
               WHEN 4 THEN true
               ELSE k.valid @> coalesce(s.effective_on, s.valid_from, s.examined_on, lower(k.valid))
           END
    FROM (
        SELECT * FROM registry.coverage AS c
        WHERE c.insurer_number = insurer AND c.symbol_loose = s.symbol_loose AND c.number_loose = s.number_loose
        OFFSET 0
    ) AS k
    CROSS JOIN LATERAL (
        SELECT * FROM registry.person_version AS v
        WHERE v.person_id = k.person_id AND v.superseded_at = 'infinity'
        OFFSET 0
    ) AS p
    WHERE k.superseded_at = 'infinity' AND k.symbol_key = s.symbol_key AND k.number_key = s.number_key
        AND p.birth_date = s.birth_date AND (s.branch IS NULL OR k.branch IS NOT DISTINCT FROM s.branch)
        AND (s.acquired_on IS NULL OR lower(k.valid) = s.acquired_on)
$$;
COMMENT ON FUNCTION registry.batch_targets IS 'Coverages of the insurer that a row can mean; is_fit says which of them suit its days.';

CREATE OR REPLACE FUNCTION registry.batch_plan_end(
        batch bigint, insurer text, phase smallint, from_row integer, to_row integer)
    RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    is_last boolean := phase >= 30;
    planned integer;
BEGIN
    INSERT INTO pg_temp.batch_plan (
        row_no, operation, outcome, findings, person_id, coverage_id, version_id, until_on, declared_until, row_key, event_on,
        notice_received_on, due_on, birth_date, card_key)
    SELECT
        s.row_no, s.operation,
        CASE WHEN t.all_count = 0 OR t.fit_count > 1 OR (t.fit_count = 0 AND t.all_count > 1 AND t.same IS NULL) THEN 4
             WHEN s.operation = 3 AND t.fit_count = 0 AND t.same IS NOT NULL THEN 3
             WHEN s.operation = 3 AND t.from_on >= s.lost_on THEN 4
             ELSE 1 END,
        s.findings
            || CASE WHEN t.all_count = 0 THEN ARRAY['VR-62 number']
                    WHEN t.fit_count > 1 OR (t.fit_count = 0 AND t.all_count > 1 AND t.same IS NULL)
                        THEN ARRAY['VR-63 branch_number']
                    WHEN s.operation = 3 AND t.from_on >= s.lost_on THEN ARRAY['VR-67 lost_on']
                    ELSE '{}' END,
        t.person_id, t.coverage_id, t.version_id,
        CASE WHEN s.operation = 3 THEN least(s.lost_on, n.next_from) END,
        CASE WHEN s.operation = 3 AND n.next_from < s.lost_on THEN s.lost_on END,
        s.row_key, s.event_on, s.notice_received_on, s.due_on, s.birth_date,
        insurer || ':' || s.symbol_loose || ':' || s.number_loose
    FROM batch_stage AS s
    CROSS JOIN LATERAL (
        SELECT count(*) AS all_count, count(*) FILTER (WHERE b.is_fit) AS fit_count,
               min(b.version_id) FILTER (WHERE b.declared = s.lost_on) AS same,
               (array_agg(b.person_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS person_id,
               (array_agg(b.coverage_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS coverage_id,
               (array_agg(b.version_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS version_id,
               (array_agg(b.from_on ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS from_on
        FROM batch_targets(insurer, s) AS b
    ) AS t
    LEFT JOIN LATERAL (
        SELECT min(lower(k.valid)) AS next_from
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = t.person_id OFFSET 0) AS k
        WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1 AND lower(k.valid) > t.from_on
    ) AS n ON true
    WHERE s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.severity < 2
        AND s.phase = CASE WHEN is_last THEN batch_plan_end.phase - 20 ELSE batch_plan_end.phase END
        AND NOT EXISTS (SELECT FROM batch_row AS r WHERE r.batch_id = batch AND r.row_no = s.row_no OFFSET 0)
        AND (is_last OR (t.fit_count = 1 AND s.operation = 3) OR (t.all_count = 1 AND s.operation = 4));
    GET DIAGNOSTICS planned = ROW_COUNT;
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_plan_end IS
    'Lays out losses and cancellations. The first time round only those whose coverage is there; the others may end what this file acquires.';

CREATE OR REPLACE FUNCTION registry.batch_write_end(
        batch bigint, moment timestamptz, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    today    date := civil_day(moment);
    term     record;
    versions bigint[];
    untils   date[];
BEGIN
    WITH old AS (
        UPDATE coverage AS k
        SET superseded_at = moment
        FROM pg_temp.batch_plan AS p
        WHERE p.operation IN (3, 4) AND p.outcome = 1 AND k.version_id = p.version_id AND k.superseded_at = 'infinity'
        RETURNING k.*, p.row_no, p.operation, p.until_on AS new_until, p.declared_until AS new_declared
    ),
    told AS (
        INSERT INTO correction (person_id, affected, kind, recorded_at)
        SELECT o.person_id,
               CASE WHEN o.operation = 4 THEN daterange(lower(o.valid), today + 1)
                    ELSE daterange(least(o.new_until, upper(o.valid)),
                                   least(today + 1, greatest(o.new_until, coalesce(upper(o.valid), 'infinity')))) END,
               1, moment
        FROM old AS o
        WHERE CASE WHEN o.operation = 4 THEN lower(o.valid) <= today
                   ELSE least(o.new_until, upper(o.valid)) <= today
                        AND o.new_until IS DISTINCT FROM upper(o.valid) END
    )
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        o.coverage_id, o.person_id, o.insurer_number, o.card_class, o.symbol, o.number, o.branch, o.symbol_key,
        o.number_key, o.symbol_loose, o.number_loose, o.relation, o.insured_name,
        daterange(lower(o.valid), o.new_until), o.new_declared, s.loss_reason, o.issued_on, o.card_valid_from,
        o.card_expires_on, o.state, o.scheme, o.preschool_until, moment, batch
    FROM old AS o
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no = o.row_no
    WHERE o.operation = 3;

    -- What a cancelled coverage had ended goes on, until the next one begins.
    SELECT array_agg(k.version_id), array_agg(least(nullif(k.declared_until, 'infinity'), k.next_from))
    INTO versions, untils
    FROM pg_temp.batch_plan AS p
    JOIN coverage AS gone ON gone.version_id = p.version_id
    CROSS JOIN LATERAL (
        SELECT c.version_id, c.declared_until, (
            SELECT min(lower(f.valid))
            FROM (SELECT * FROM coverage AS v WHERE v.person_id = c.person_id OFFSET 0) AS f
            WHERE f.superseded_at = 'infinity' AND f.state = 1 AND f.scheme = 1
                AND lower(f.valid) > lower(c.valid)) AS next_from
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = gone.person_id OFFSET 0) AS c
        WHERE c.superseded_at = 'infinity' AND c.state = 1 AND c.scheme = 1
            AND c.declared_until IS NOT NULL AND upper(c.valid) = lower(gone.valid)
        OFFSET 0
    ) AS k
    WHERE p.operation = 4 AND p.outcome = 1;
    IF versions IS NOT NULL THEN
        PERFORM coverage_give_way(batch, moment, versions, untils);
    END IF;
    -- A coverage that never existed has no terms either, and no doubt about it.
    FOR term IN SELECT t.relation FROM batch_terms() AS t WHERE t.owner = 'coverage_id' LOOP
        EXECUTE format(
            'UPDATE registry.%I AS o SET superseded_at = $1 FROM pg_temp.batch_plan AS p'
            ' WHERE p.operation = 4 AND p.outcome = 1 AND o.coverage_id = p.coverage_id'
            '     AND o.superseded_at = ''infinity''', term.relation)
        USING moment;
    END LOOP;
    UPDATE person_hold AS h
    SET closed_at = moment, answer = 3
    FROM pg_temp.batch_plan AS p
    WHERE p.operation = 4 AND p.outcome = 1 AND h.person_id = p.person_id AND h.coverage_id = p.coverage_id
        AND h.closed_at IS NULL;
END
$$;
COMMENT ON FUNCTION registry.batch_write_end IS 'Writes the losses and cancellations that were laid out.';

-- ---- changes and terms --------------------------------------------------------------------------------------------------

-- A former insurer goes on setting right what its own coverage was. The person is the newer one's: it and facilities rely on it.
CREATE OR REPLACE FUNCTION registry.person_is_elsewhere(person bigint, insurer text, today date) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
    SELECT coalesce((
        SELECT k.insurer_number <> insurer COLLATE "C"
        FROM (SELECT * FROM coverage AS v WHERE v.person_id = person OFFSET 0) AS k
        WHERE k.superseded_at = 'infinity' AND k.state = 1 AND k.scheme = 1 AND lower(k.valid) <= today
        ORDER BY lower(k.valid) DESC
        LIMIT 1), false)
$$;
COMMENT ON FUNCTION registry.person_is_elsewhere IS
    'Whether another insurer''s coverage of the person is the newest that has begun and is in order.';

CREATE OR REPLACE FUNCTION registry.batch_person_columns() RETURNS text[]
    LANGUAGE sql IMMUTABLE
    RETURN ARRAY['name', 'name_kana', 'name_other', 'name_other_kana', 'sex1', 'sex2', 'address', 'post_number'];
COMMENT ON FUNCTION registry.batch_person_columns IS 'Columns of a change that are about the person, whoever covers it.';

CREATE OR REPLACE FUNCTION registry.batch_plan_other(
        batch bigint, insurer text, phase smallint, from_row integer, to_row integer, today date)
    RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    planned integer;
    kind    record;
BEGIN
    INSERT INTO pg_temp.batch_plan (
        row_no, operation, outcome, findings, person_id, coverage_id, version_id, changes, row_key, event_on,
        notice_received_on, due_on, birth_date, card_key)
    SELECT
        s.row_no, s.operation,
        CASE WHEN t.all_count = 0 OR t.fit_count > 1 OR (t.fit_count = 0 AND t.all_count > 1) THEN 4
             WHEN s.operation = 2 AND (s.register_action IN (4, 5) OR x.person_id IS NOT NULL) THEN 4
             WHEN e.is_elsewhere THEN 4
             WHEN s.operation IN (5, 6, 7, 9) AND s.valid_from < t.from_on THEN 4
             WHEN s.operation = 10 AND t.fit_count = 0 THEN 4
             WHEN s.operation = 2 AND cardinality(c.changes) = 0 THEN 3
             ELSE 1 END,
        s.findings
            || CASE WHEN t.all_count = 0 THEN ARRAY['VR-62 number']
                    WHEN t.fit_count > 1 OR (t.fit_count = 0 AND t.all_count > 1) THEN ARRAY['VR-63 branch_number']
                    WHEN s.operation = 2 AND s.register_action IN (4, 5) THEN ARRAY['VR-84 -']
                    WHEN s.operation = 2 AND x.person_id IS NOT NULL THEN ARRAY['VR-14 -']
                    WHEN e.is_elsewhere THEN ARRAY['VR-86 -']
                    WHEN s.operation = 7 AND s.valid_from < t.from_on THEN ARRAY['VR-21 valid_from']
                    WHEN s.operation IN (5, 6, 9) AND s.valid_from < t.from_on THEN ARRAY['VR-68 valid_from']
                    WHEN s.operation = 10 AND t.fit_count = 0 THEN ARRAY['VR-68 examined_on']
                    WHEN s.operation = 9 AND g.is_needless THEN ARRAY['VR-27 certificate_reason']
                    ELSE '{}' END,
        t.person_id, t.coverage_id, t.version_id, c.changes, s.row_key, s.event_on, s.notice_received_on, s.due_on,
        s.birth_date, insurer || ':' || s.symbol_loose || ':' || s.number_loose
    FROM batch_stage AS s
    CROSS JOIN LATERAL (
        SELECT count(*) AS all_count, count(*) FILTER (WHERE b.is_fit) AS fit_count,
               (array_agg(b.person_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS person_id,
               (array_agg(b.coverage_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS coverage_id,
               (array_agg(b.version_id ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS version_id,
               (array_agg(b.from_on ORDER BY b.is_fit DESC, b.from_on DESC))[1] AS from_on
        FROM batch_targets(insurer, s) AS b
    ) AS t
    -- The number of somebody else.
    LEFT JOIN LATERAL (
        SELECT n.person_id FROM personal_number AS n
        WHERE n.number_index = ANY (ARRAY[s.number_index, s.number_index_next])
            AND n.unlinked_at = 'infinity' AND n.state = 1 AND n.person_id <> t.person_id
        OFFSET 0
    ) AS x ON true
    -- The reason is that there is no card, or none registered, and there is one.
    LEFT JOIN LATERAL (
        SELECT EXISTS (SELECT FROM credential AS e WHERE e.person_id = t.person_id OFFSET 0) AS is_needless
        WHERE s.operation = 9 AND s.certificate_reason IN (3, 6)
        OFFSET 0
    ) AS g ON true
    LEFT JOIN LATERAL (
        SELECT ARRAY(
            SELECT f.name
            FROM person_version AS p, coverage AS k, LATERAL (VALUES
                ('name', s.name <> p.name),
                ('name_kana', s.name_kana IS DISTINCT FROM p.name_kana AND s.name_kana IS NOT NULL),
                ('name_other', s.name_other IS DISTINCT FROM p.name_other AND s.name_other IS NOT NULL),
                ('name_other_kana', s.name_other_kana IS DISTINCT FROM p.name_other_kana AND s.name_other_kana IS NOT NULL),
                ('sex1', s.sex1 <> p.sex1),
                ('sex2', s.sex2 IS DISTINCT FROM p.sex2 AND s.sex2 IS NOT NULL),
                ('address', s.address IS DISTINCT FROM p.address AND s.address IS NOT NULL),
                ('post_number', s.post_number IS DISTINCT FROM p.post_number AND s.post_number IS NOT NULL),
                ('relation', s.relation IS DISTINCT FROM k.relation AND s.relation IS NOT NULL),
                ('insured_name', s.insured_name IS DISTINCT FROM k.insured_name AND s.insured_name IS NOT NULL),
                ('card_class', s.card_class <> k.card_class),
                ('card_issued_on', s.card_issued_on IS DISTINCT FROM k.issued_on AND s.card_issued_on IS NOT NULL),
                ('card_valid_from', s.card_valid_from IS DISTINCT FROM k.card_valid_from AND s.card_valid_from IS NOT NULL),
                ('card_expires_on', s.card_expires_on IS DISTINCT FROM k.card_expires_on AND s.card_expires_on IS NOT NULL),
                ('burden_ratio', s.burden_ratio IS NOT NULL AND NOT EXISTS (
                    SELECT FROM burden_ratio AS r
                    WHERE r.coverage_id = k.coverage_id AND r.superseded_at = 'infinity'
                        AND r.valid @> s.effective_on AND r.ratio_percent = s.burden_ratio)),
                ('personal_number', s.number_index IS NOT NULL AND s.register_action IN (1, 2) AND NOT EXISTS (
                    SELECT FROM personal_number AS n
                    WHERE n.person_id = p.person_id AND n.unlinked_at = 'infinity' AND n.state = 1))
            ) AS f (name, differs)
            WHERE p.person_id = t.person_id AND p.superseded_at = 'infinity' AND k.version_id = t.version_id
                AND f.differs) AS changes
        WHERE s.operation = 2
        OFFSET 0
    ) AS c ON true
    -- What is the person's, and not the coverage's, is the newest insurer's to say.
    LEFT JOIN LATERAL (
        SELECT person_is_elsewhere(t.person_id, insurer, batch_plan_other.today) AS is_elsewhere
        WHERE s.operation = 8 OR c.changes && (batch_person_columns() || 'personal_number'::text)
        OFFSET 0
    ) AS e ON true
    WHERE s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.severity < 2
        AND s.phase = batch_plan_other.phase
        AND NOT EXISTS (SELECT FROM batch_row AS r WHERE r.batch_id = batch AND r.row_no = s.row_no OFFSET 0);
    GET DIAGNOSTICS planned = ROW_COUNT;

    -- Terms that are there already.
    FOR kind IN SELECT * FROM batch_terms() LOOP
        EXECUTE format(
            'UPDATE pg_temp.batch_plan AS p SET outcome = 3 FROM registry.batch_stage AS s'
            ' WHERE s.batch_id = $1 AND s.row_no BETWEEN $2 AND $3 AND s.row_no = p.row_no AND p.operation = %s AND p.outcome = 1 AND p.operation <> 2'
            '     AND EXISTS (SELECT FROM registry.%I AS o WHERE o.%I = p.%3$I AND o.superseded_at = ''infinity'''
            '         AND o.valid = daterange(%s, %s + 1)'
            '         AND ROW(%s) IS NOT DISTINCT FROM ROW(%s))',
            kind.operation, kind.relation, kind.owner, kind.from_on, kind.until_on, kind.old_values, kind.new_values)
        USING batch, from_row, to_row;
    END LOOP;
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_plan_other IS 'Lays out changes and terms of a range of rows, by reading only.';

-- One row for each kind of term: where it goes, and what of the staged row it takes.
CREATE OR REPLACE FUNCTION registry.batch_terms()
    RETURNS TABLE (operation smallint, relation text, owner text, columns text, old_values text, new_values text,
                   from_on text, until_on text, same text, kept_columns text, kept_values text)
    LANGUAGE sql IMMUTABLE
AS $$
    VALUES
        (2::smallint, 'burden_ratio', 'coverage_id', 'ratio_percent', 'o.ratio_percent', 's.burden_ratio',
         's.effective_on', 's.valid_until', 's.burden_ratio IS NOT NULL', '', ''),
        (5, 'ceiling', 'coverage_id', 'classification, class, issued_on, long_term_from',
         'o.classification, o.class, o.issued_on, o.long_term_from',
         's.ceiling_classification, s.ceiling_class, s.issued_on, s.long_term_from', 's.valid_from', 's.valid_until', 'true', '', ''),
        (6, 'elderly_certificate', 'coverage_id', 'issued_on, ratio_percent', 'o.issued_on, o.ratio_percent',
         's.issued_on, s.burden_ratio', 's.valid_from', 's.valid_until', 'true', '', ''),
        (7, 'specific_disease', 'coverage_id', 'category, issued_on, self_pay', 'o.category, o.issued_on, o.self_pay',
         's.disease_category, s.issued_on, s.self_pay', 's.valid_from', 's.valid_until',
         'o.category = s.disease_category', '', ''),
        (8, 'public_benefit', 'person_id', 'payer_number, recipient_number, programme, self_pay',
         'o.payer_number, o.recipient_number, o.programme, o.self_pay',
         's.payer_number, s.recipient_number, left(s.payer_number, 2), s.self_pay', 's.valid_from', 's.valid_until',
         'o.payer_number = s.payer_number', '', ''),
        (9, 'eligibility_certificate', 'coverage_id', 'number, reason, issued_on', 'o.number, o.reason, o.issued_on',
         's.certificate_number, s.certificate_reason, s.issued_on', 's.valid_from', 's.valid_until',
         'true', ', printed_from, first_id', ', o.printed_from, coalesce(o.first_id, o.version_id)'),
        (10, 'checkup', 'coverage_id', 'items', 'o.items', 's.checkup_items', 's.examined_on', 's.examined_on', 'true', '', '')
$$;
COMMENT ON FUNCTION registry.batch_terms IS 'How each kind of term is stored; kept: what of it no file says, and goes along where it stays.';

CREATE OR REPLACE FUNCTION registry.batch_write_terms(
        batch bigint, moment timestamptz, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
DECLARE
    kind record;
BEGIN
    FOR kind IN
        SELECT t.* FROM registry.batch_terms() AS t
        WHERE EXISTS (SELECT FROM pg_temp.batch_plan AS p WHERE p.operation = t.operation AND p.outcome = 1)
    LOOP
        -- What it overlaps gives way, and what is left of that on either side goes on.
        EXECUTE format(
            'WITH new AS (SELECT p.%1$I AS owner, daterange(%2$s, %9$s + 1) AS valid, s.*'
            '     FROM pg_temp.batch_plan AS p'
            '     JOIN registry.batch_stage AS s'
            '         ON s.batch_id = $1 AND s.row_no BETWEEN $3 AND $4 AND s.row_no = p.row_no'
            '     WHERE p.operation = %3$s AND p.outcome = 1 AND (p.operation <> 2 OR ''burden_ratio'' = ANY (p.changes))),'
            ' old AS (UPDATE registry.%4$I AS o SET superseded_at = $2 FROM new AS s'
            '     WHERE o.%1$I = s.owner AND o.superseded_at = ''infinity'' AND o.valid && s.valid AND %5$s'
            '     RETURNING o.*, s.valid AS by),'
            ' rest AS (INSERT INTO registry.%4$I (%1$I, %6$s%10$s, valid, recorded_at, origin)'
            '     SELECT o.%1$I, %7$s%11$s, r.valid, $2, $1 FROM old AS o,'
            '     LATERAL (VALUES (CASE WHEN lower(o.by) > coalesce(lower(o.valid), ''-infinity'')'
            '                           THEN daterange(lower(o.valid), lower(o.by)) END),'
            '                     (CASE WHEN upper(o.by) < coalesce(upper(o.valid), ''infinity'')'
            '                           THEN daterange(upper(o.by), upper(o.valid)) END)) AS r (valid)'
            '     WHERE r.valid IS NOT NULL)'
            ' INSERT INTO registry.%4$I (%1$I, %6$s, valid, recorded_at, origin)'
            ' SELECT s.owner, %8$s, s.valid, $2, $1 FROM new AS s',
            kind.owner, kind.from_on, kind.operation, kind.relation, kind.same, kind.columns, kind.old_values,
            kind.new_values, kind.until_on, kind.kept_columns, kind.kept_values)
        USING batch, moment, from_row, to_row;
    END LOOP;
END
$$;
COMMENT ON FUNCTION registry.batch_write_terms IS 'Writes the terms that were laid out.';

CREATE OR REPLACE FUNCTION registry.batch_write_change(
        batch bigint, insurer text, moment timestamptz, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    today date := civil_day(moment);
BEGIN
    WITH old AS (
        UPDATE person_version AS v
        SET superseded_at = moment
        FROM pg_temp.batch_plan AS p
        WHERE p.operation = 2 AND p.outcome = 1 AND v.person_id = p.person_id AND v.superseded_at = 'infinity'
            AND p.changes && batch_person_columns()
        RETURNING v.*, p.row_no
    )
    INSERT INTO person_version (
        person_id, name, name_kana, name_other, name_other_kana, sex1, sex2, birth_date, address, post_number, valid,
        recorded_at, origin, name_key, name_kana_key)
    SELECT
        o.person_id, coalesce(s.name, o.name), coalesce(s.name_kana, o.name_kana),
        coalesce(s.name_other, o.name_other), coalesce(s.name_other_kana, o.name_other_kana),
        coalesce(s.sex1, o.sex1), coalesce(s.sex2, o.sex2), o.birth_date, coalesce(s.address, o.address),
        coalesce(s.post_number, o.post_number), o.valid, moment, batch,
        CASE WHEN s.name IS NOT NULL THEN s.name_key ELSE o.name_key END,
        CASE WHEN s.name_kana IS NOT NULL THEN s.name_kana_key ELSE o.name_kana_key END
    FROM old AS o
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no = o.row_no;

    WITH old AS (
        UPDATE coverage AS k
        SET superseded_at = moment
        FROM pg_temp.batch_plan AS p
        WHERE p.operation = 2 AND p.outcome = 1 AND k.version_id = p.version_id AND k.superseded_at = 'infinity'
            AND p.changes && ARRAY['relation', 'insured_name', 'card_class', 'card_issued_on', 'card_valid_from',
                                   'card_expires_on']
        RETURNING k.*, p.row_no
    )
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        o.coverage_id, o.person_id, o.insurer_number, coalesce(s.card_class, o.card_class), o.symbol, o.number,
        o.branch, o.symbol_key, o.number_key, o.symbol_loose, o.number_loose, coalesce(s.relation, o.relation),
        coalesce(s.insured_name, o.insured_name), o.valid, o.declared_until, o.loss_reason,
        coalesce(s.card_issued_on, o.issued_on), coalesce(s.card_valid_from, o.card_valid_from),
        coalesce(s.card_expires_on, o.card_expires_on), o.state, o.scheme, o.preschool_until, moment, batch
    FROM old AS o
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no = o.row_no;

    PERFORM batch_numbers_follow(batch, from_row, to_row);
    INSERT INTO personal_number (
        number_id, person_id, insurer_number, source, state, sealed_by, indexed_by, sealed, number_index, linked_at,
        origin)
    SELECT s.number_id, p.person_id, insurer, coalesce(s.number_source, 1), 1, s.number_sealed_by,
           coalesce(b.index_key_next, b.index_key), s.number_sealed, coalesce(s.number_index_next, s.number_index), moment,
           batch
    FROM pg_temp.batch_plan AS p
    JOIN batch AS b ON b.batch_id = batch
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.operation = 2 AND p.outcome = 1 AND 'personal_number' = ANY (p.changes);

    INSERT INTO correction (person_id, affected, kind, recorded_at)
    SELECT p.person_id, daterange(coalesce(s.effective_on, s.valid_from), today + 1),
           CASE WHEN p.changes && ARRAY['name', 'name_kana', 'sex1'] THEN 2 ELSE 1 END, moment
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.operation IN (2, 5, 6, 7, 8) AND p.outcome = 1 AND coalesce(s.effective_on, s.valid_from) < today;
END
$$;
COMMENT ON FUNCTION registry.batch_write_change IS 'Writes the changes that were laid out, and whom they must be told to.';

-- ---- verdicts ------------------------------------------------------------------------------------------------------------

-- Every row that was laid out gets its verdict in the transaction in which it takes effect, with all that follows from
-- it: the three clocks, breaches, notices that it carries out, counts.
CREATE OR REPLACE FUNCTION registry.batch_count(batch bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    UPDATE batch AS b
    SET applied_count = b.applied_count + c.applied, held_count = b.held_count + c.held,
        unchanged_count = b.unchanged_count + c.unchanged, refused_count = b.refused_count + c.refused,
        warned_count = b.warned_count + c.warned,
        difference = batch_difference_add(b.difference, c.adds, c.ends, c.cancels, c.moves, c.terms)
    FROM (
        SELECT
            count(*) FILTER (WHERE p.outcome = 1) AS applied, count(*) FILTER (WHERE p.outcome = 2) AS held,
            count(*) FILTER (WHERE p.outcome = 3) AS unchanged, count(*) FILTER (WHERE p.outcome = 4) AS refused,
            count(*) FILTER (WHERE p.outcome <> 4 AND p.findings <> '{}') AS warned,
            count(*) FILTER (WHERE p.outcome IN (1, 2) AND p.operation = 1) AS adds,
            count(*) FILTER (WHERE p.outcome = 1 AND p.operation = 3) AS ends,
            count(*) FILTER (WHERE p.outcome = 1 AND p.operation = 4) AS cancels,
            count(*) FILTER (WHERE p.outcome = 1 AND p.operation = 1 AND NOT p.is_new_person) AS moves,
            count(*) FILTER (WHERE p.outcome = 1 AND p.operation >= 5) AS terms
        FROM pg_temp.batch_plan AS p
    ) AS c
    WHERE b.batch_id = batch;
    UPDATE batch AS b
    SET difference = jsonb_set(coalesce(b.difference, '{}'), '{changes}', coalesce(b.difference -> 'changes', '{}') || (
        SELECT jsonb_object_agg(f.name, f.times + coalesce((b.difference -> 'changes' ->> f.name)::integer, 0))
        FROM (
            SELECT u.name, count(*) AS times
            FROM pg_temp.batch_plan AS p, unnest(p.changes) AS u (name)
            WHERE p.outcome = 1
            GROUP BY u.name
        ) AS f))
    WHERE b.batch_id = batch
        AND EXISTS (SELECT FROM pg_temp.batch_plan AS p WHERE p.outcome = 1 AND p.changes <> '{}');
END
$$;
COMMENT ON FUNCTION registry.batch_count IS 'Adds what was laid out to the counts and the difference report of a batch.';

CREATE OR REPLACE FUNCTION registry.batch_settle(
        batch bigint, insurer text, moment timestamptz, is_dry_run boolean, from_row integer, to_row integer)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    today date := civil_day(moment);
    keys  text[];
    births date[];
    kinds smallint[];
    rows  integer[];
    touched bigint[];
BEGIN
    INSERT INTO batch_row (
        batch_id, row_no, operation, outcome, person_id, coverage_id, event_on, notice_received_on, due_on, recorded_at,
        row_key, findings)
    SELECT batch, p.row_no, p.operation, p.outcome, CASE WHEN is_dry_run THEN NULL ELSE p.person_id END,
           CASE WHEN is_dry_run THEN NULL ELSE p.coverage_id END, p.event_on, p.notice_received_on, p.due_on, moment,
           p.row_key, nullif(p.findings, '{}')
    FROM pg_temp.batch_plan AS p;

    IF is_dry_run THEN
        PERFORM batch_count(batch);
        RETURN;
    END IF;

    -- The second term: from the notice to the registration.
    INSERT INTO registration_breach (
        insurer_number, kind, batch_id, row_no, event_on, received_on, due_on, done_on, delay_reason, recorded_at)
    SELECT insurer, 1, batch, p.row_no, s.event_on, s.notice_received_on, s.due_on, today, s.delay_reason, moment
    FROM pg_temp.batch_plan AS p
    CROSS JOIN LATERAL (SELECT * FROM batch_stage AS t WHERE t.batch_id = batch AND t.row_no = p.row_no OFFSET 0) AS s
    WHERE p.outcome IN (1, 2) AND p.due_on < today;
    -- The first term: from the event to the notice.
    INSERT INTO registration_breach (
        insurer_number, kind, batch_id, row_no, event_on, received_on, due_on, done_on, recorded_at)
    SELECT insurer, 3, batch, e.row_no, e.event_on, e.notice_received_on, d.due_on, e.notice_received_on, moment
    FROM (
        SELECT DISTINCT p.event_on
        FROM pg_temp.batch_plan AS p
        WHERE p.outcome IN (1, 2) AND p.notice_received_on > p.event_on + 4
    ) AS day
    CROSS JOIN LATERAL (
        SELECT due_day(day.event_on, policy_number('notice_due_days', day.event_on)) AS due_on
    ) AS d
    JOIN (
        SELECT p.row_no, p.event_on, p.notice_received_on
        FROM pg_temp.batch_plan AS p
        WHERE p.outcome IN (1, 2)
    ) AS e ON e.event_on = day.event_on AND e.notice_received_on > d.due_on;

    -- Notices that these rows carry out.
    -- The order is that of the index, and OFFSET 0 keeps it: without them the planner reads the table, believing that one turns
    -- up at once.
    IF EXISTS (
        SELECT FROM notice AS n
        WHERE n.insurer_number = insurer AND n.superseded_at = 'infinity' AND n.state IN (1, 4)
        ORDER BY n.due_on, n.notice_id
        LIMIT 1 OFFSET 0)
    THEN
        SELECT array_agg(p.row_no), array_agg(p.card_key), array_agg(p.birth_date),
               array_agg(CASE p.operation WHEN 1 THEN 1 WHEN 3 THEN 2 ELSE 3 END::smallint)
        INTO rows, keys, births, kinds
        FROM pg_temp.batch_plan AS p
        WHERE p.outcome IN (1, 2) AND p.operation <= 3
            AND (p.card_key, p.birth_date) IN (
                SELECT n.card_key, n.birth_date FROM notice AS n
                WHERE n.insurer_number = insurer AND n.superseded_at = 'infinity' AND n.state IN (1, 4));
        IF keys IS NOT NULL THEN
            PERFORM notice_fulfil(batch, insurer, rows, keys, births, kinds);
        END IF;
    END IF;

    -- Who is new has a dossier already (batch_write_dossiers), and checkups do not stand in dossiers.
    touched := ARRAY(
        SELECT p.person_id FROM pg_temp.batch_plan AS p
        WHERE p.outcome IN (1, 2) AND p.person_id IS NOT NULL AND p.operation <> 10 AND NOT p.is_new_person
        UNION
        SELECT p.other_person_id FROM pg_temp.batch_plan AS p WHERE p.outcome IN (1, 2) AND p.seals_other);
    IF touched <> '{}' THEN
        PERFORM dossier_refresh(touched);
    END IF;

    -- Rows that other lanes count in too come last, and always in this order.
    INSERT INTO registration_day AS r (insurer_number, day, lag_days, is_late, count)
    SELECT insurer, today, today - p.notice_received_on, p.due_on < today, count(*)
    FROM pg_temp.batch_plan AS p
    WHERE p.outcome IN (1, 2) AND p.notice_received_on IS NOT NULL AND p.due_on IS NOT NULL
    GROUP BY 3, 4
    ON CONFLICT (insurer_number, day, lag_days, is_late) DO UPDATE SET count = r.count + excluded.count;
    PERFORM batch_count(batch);
END
$$;
COMMENT ON FUNCTION registry.batch_settle IS 'Writes the verdicts of the rows that were laid out, and what follows from them.';

CREATE OR REPLACE FUNCTION registry.batch_difference_add(
        old jsonb, adds bigint, ends bigint, cancels bigint, moves bigint, terms bigint)
    RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(old, '{}') || jsonb_build_object(
        'adds', coalesce((old ->> 'adds')::bigint, 0) + adds, 'ends', coalesce((old ->> 'ends')::bigint, 0) + ends,
        'cancels', coalesce((old ->> 'cancels')::bigint, 0) + cancels,
        'moves', coalesce((old ->> 'moves')::bigint, 0) + moves,
        'terms', coalesce((old ->> 'terms')::bigint, 0) + terms);
COMMENT ON FUNCTION registry.batch_difference_add IS 'The difference report of a batch, with more counts added to it.';

-- ---- the loop --------------------------------------------------------------------------------------------------------------

-- A window is the next rows of the phase under way, cut into ranges, one for each lane. Rows of one phase never meet in a
-- coverage or a person (batch_resolve sees to that), so ranges of a window go side by side; windows, and whoever else
-- changes people, come one after the other. A range skips rows that have their verdict: so whatever dies, the window
-- that was not noted as done is done again, and only what is missing of it takes effect.
CREATE OR REPLACE FUNCTION registry.batch_window_open(batch bigint, moment timestamptz, rows_at_once integer)
    RETURNS TABLE (phase smallint, from_row integer, to_row integer, is_finished boolean, is_stale boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    job record;
BEGIN
    PERFORM apply_lock(); -- held until the window is closed
    SELECT * INTO STRICT job FROM batch AS b WHERE b.batch_id = batch AND b.state = 5;
    IF job.phase_row >= job.row_count THEN
        job.phase := (SELECT min(p) FROM unnest(job.phases) AS p WHERE p > job.phase);
        job.phase_row := 0;
    END IF;
    IF job.phase IS NULL THEN
        PERFORM batch_is_over();
        UPDATE batch AS b SET state = 6, finished_at = moment WHERE b.batch_id = batch;
        IF NOT job.is_dry_run THEN
            UPDATE insurer AS i SET last_heard_at = moment WHERE i.insurer_number = job.insurer_number;
        END IF;
    END IF;
    RETURN QUERY
    SELECT coalesce(job.phase, 0)::smallint, job.phase_row + 1, least(job.phase_row + rows_at_once, job.row_count),
           job.phase IS NULL, job.phase IS NOT NULL AND batch_is_stale(batch);
END
$$;
COMMENT ON FUNCTION registry.batch_window_open IS 'The rows that are next, or the end of the batch. Begins a transaction that batch_window_close ends.';

CREATE OR REPLACE FUNCTION registry.batch_window_close(batch bigint, phase smallint, to_row integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    UPDATE batch AS b
    SET phase = batch_window_close.phase, phase_row = to_row, failures = 0, rests_until = NULL
    WHERE b.batch_id = batch
$$;
COMMENT ON FUNCTION registry.batch_window_close IS 'Notes that all ranges of a window are done.';

-- One range of a window, in a transaction of its own.
CREATE OR REPLACE FUNCTION registry.batch_range(
        batch bigint, phase smallint, from_row integer, to_row integer, moment timestamptz)
    RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    job     record;
    planned integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('registry.range', 0)); -- apply_lock() waits for its end
    SELECT * INTO STRICT job FROM batch AS b WHERE b.batch_id = batch AND b.state = 5;
    CASE phase / 10
        WHEN 0 THEN planned := batch_plan_refused(batch, from_row, to_row);
        WHEN 1, 3 THEN planned := batch_plan_end(batch, job.insurer_number, phase, from_row, to_row);
        WHEN 2 THEN planned := batch_plan_acquire(batch, job.insurer_number, phase, from_row, to_row);
        ELSE planned := batch_plan_other(batch, job.insurer_number, phase, from_row, to_row, civil_day(moment));
    END CASE;
    IF planned = 0 THEN
        RETURN 0;
    END IF;
    IF NOT job.is_dry_run AND phase >= 10 THEN
        CASE phase / 10
            WHEN 1, 3 THEN PERFORM batch_write_end(batch, moment, from_row, to_row);
            WHEN 2 THEN PERFORM batch_write_acquire(batch, job.insurer_number, moment, from_row, to_row);
            ELSE
                PERFORM batch_write_change(batch, job.insurer_number, moment, from_row, to_row);
                PERFORM batch_write_terms(batch, moment, from_row, to_row);
        END CASE;
    END IF;
    PERFORM batch_settle(batch, job.insurer_number, moment, job.is_dry_run, from_row, to_row);
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_range IS 'Lays out and writes the rows of a range that belong to the phase; how many.';

-- Rows that the rules refuse, and those that another row of the file says too: nothing to do but to say so.
CREATE OR REPLACE FUNCTION registry.batch_plan_refused(batch bigint, from_row integer, to_row integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    planned integer;
BEGIN
    INSERT INTO pg_temp.batch_plan (row_no, operation, outcome, findings, row_key, event_on, notice_received_on, due_on)
    SELECT s.row_no, s.operation, CASE s.severity WHEN 3 THEN 3 ELSE 4 END, s.findings, s.row_key, s.event_on,
           s.notice_received_on, s.due_on
    FROM batch_stage AS s
    WHERE s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.severity >= 2
        AND NOT EXISTS (SELECT FROM batch_row AS r WHERE r.batch_id = batch AND r.row_no = s.row_no OFFSET 0);
    GET DIAGNOSTICS planned = ROW_COUNT;
    RETURN planned;
END
$$;
COMMENT ON FUNCTION registry.batch_plan_refused IS 'Lays out the rows of a range that take no effect.';

-- ---- at work -----------------------------------------------------------------------------------------------------------------

-- The next batch to work on: those under way first, then in the order in which they became whole. Small ones have a line of
-- their own, so that a single registration never waits behind a million others.
CREATE OR REPLACE FUNCTION registry.batch_take(small_bytes int8, is_small bool) RETURNS TABLE (
        batch_id int8, insurer_number text, insurer_from date, insurer_until date, format int2, packing int2,
        charset int2, is_dry_run bool, state int2, phase int2, row_count int4, staged_count int4, staged_there int4,
        received_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT b.batch_id, b.insurer_number, i.valid_from, i.valid_to, b.format, b.packing, b.charset, b.is_dry_run, b.state,
           b.phase, b.row_count, b.staged_count,
           CASE WHEN b.staged_count > 0 AND NOT batch_is_stale(b.batch_id)
                THEN (SELECT count(*)::int4 FROM batch_stage AS s WHERE s.batch_id = b.batch_id) ELSE 0 END,
           b.received_at
    FROM batch AS b
    JOIN insurer AS i USING (insurer_number)
    WHERE (b.state IN (2, 3, 5) OR b.state = 6 AND b.phase = 90) AND (b.received_bytes <= small_bytes) = is_small
        -- One that failed rests, and what its insurer sent after it waits for it.
        AND NOT EXISTS (
            SELECT FROM batch AS o
            WHERE o.insurer_number = b.insurer_number AND o.rests_until > clock_timestamp()
                AND (o.state IN (2, 3, 5) OR o.state = 6 AND o.phase = 90)
                AND (o.received_bytes <= small_bytes) = is_small
                AND (o.received_at, o.batch_id) <= (b.received_at, b.batch_id))
    ORDER BY b.state DESC, b.received_at, b.batch_id
    LIMIT 1;
END
$$;
COMMENT ON FUNCTION registry.batch_take IS 'The batch that is next, of those up to so many bytes or of the others.';

-- A batch that the database refuses rests before it is tried again, twice as long each time, up to five minutes: so
-- those of others never wait for it.
CREATE OR REPLACE FUNCTION registry.batch_rest(batch bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    UPDATE batch AS b
    SET failures = least(b.failures + 1, 100),
        rests_until = clock_timestamp() + least(0.25 * 2 ^ least(b.failures, 20), 300) * interval '1 second'
    WHERE b.batch_id = batch
$$;
COMMENT ON FUNCTION registry.batch_rest IS 'Lets a batch that failed step aside for a while.';

-- Whoever changes people by rows or by answers does so one after the other: each must see what the one before has written.
CREATE OR REPLACE FUNCTION registry.apply_lock() RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('registry.apply', 0));
    -- A registrar that was killed leaves ranges under way, which the database carries to their ends.
    SELECT pg_advisory_lock(hashtextextended('registry.range', 0));
    SELECT pg_advisory_unlock(hashtextextended('registry.range', 0));
$$;
COMMENT ON FUNCTION registry.apply_lock IS 'Waits until nobody else is applying rows or answers, until the end of the transaction.';

CREATE OR REPLACE FUNCTION registry.batch_undo(insurer_number text, batch_id int8, user_id text, moment timestamptz)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held
    FROM batch AS b
    WHERE b.batch_id = batch_undo.batch_id AND b.insurer_number = batch_undo.insurer_number
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    outcome := CASE
        WHEN held.state = 9 OR held.state = 6 AND held.phase = 90 THEN 2
        WHEN held.state <> 6 OR held.is_dry_run THEN 4
        WHEN civil_day(moment) > civil_day(held.finished_at)
            + policy_number('batch_undo_days', civil_day(held.finished_at)) THEN 5
        ELSE 1
    END;
    IF outcome = 1 THEN
        UPDATE batch AS b SET phase = 90, phase_row = 0, undone_by = batch_undo.user_id
        WHERE b.batch_id = batch_undo.batch_id;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.batch_undo IS
    'Asks for a batch of this insurer to be taken back: 1 it will be, 2 it is or will be already, 4 there is nothing to take back, 5 too late.';

CREATE OR REPLACE FUNCTION registry.batch_check_begin(batch bigint, index_key smallint, index_key_next smallint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    DELETE FROM batch_stage AS s WHERE s.batch_id = batch;
    UPDATE batch AS b
    SET state = CASE WHEN b.state = 2 THEN 3 ELSE b.state END, staged_count = 0,
        index_key = batch_check_begin.index_key, index_key_next = batch_check_begin.index_key_next
    WHERE b.batch_id = batch AND b.state IN (2, 3, 5);
$$;
COMMENT ON FUNCTION registry.batch_check_begin IS
    'Begins to read the rows of a batch, under these keys of the blind index; again where what had been read is lost or stale.';

CREATE OR REPLACE FUNCTION registry.batch_staged(batch bigint, rows integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    UPDATE batch AS b SET staged_count = rows WHERE b.batch_id = batch AND b.state = 3;
$$;
COMMENT ON FUNCTION registry.batch_staged IS
    'How many rows have been read, for those who watch. Of a batch that is read again it stays 0 until all are there.';

-- All rows are there: settle those that speak of the same thing, and look whether a second person must release it.
CREATE OR REPLACE FUNCTION registry.batch_check_end(
        batch bigint, rows integer, moment timestamptz, index_key smallint, index_key_next smallint)
    RETURNS TABLE (state smallint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    job   record;
    waits boolean;
BEGIN
    SELECT * INTO STRICT job FROM batch AS b WHERE b.batch_id = batch FOR NO KEY UPDATE;
    IF job.state NOT IN (3, 5) THEN
        RETURN QUERY SELECT job.state; -- cancelled meanwhile
        RETURN;
    END IF;
    -- No rotation begins until this is settled. If one has, or another registrar reads the rows under other keys, they are
    -- read once more: links would not be found by what is staged.
    PERFORM FROM number_key FOR SHARE;
    IF job.index_key IS DISTINCT FROM batch_check_end.index_key OR job.index_key_next IS DISTINCT FROM batch_check_end.index_key_next
        OR batch_is_stale(batch)
    THEN
        RETURN QUERY SELECT 3::smallint;
        RETURN;
    END IF;
    PERFORM batch_resolve(batch);
    UPDATE batch AS b
    SET row_count = rows, staged_count = rows, checked_at = coalesce(b.checked_at, moment)
    WHERE b.batch_id = batch;
    -- What had begun to be applied goes on; its phases are what they were.
    IF job.state <> 5 THEN
        waits := batch_guard(batch, job.insurer_number, civil_day(moment)) AND job.released_at IS NULL
            AND NOT job.is_dry_run;
        UPDATE batch AS b
        SET state = CASE WHEN waits THEN 4 ELSE 5 END, phase = -1, phase_row = rows
        WHERE b.batch_id = batch;
    END IF;
    RETURN QUERY SELECT b.state FROM batch AS b WHERE b.batch_id = batch;
END
$$;
COMMENT ON FUNCTION registry.batch_check_end IS
    'All rows of a batch have been read under these keys: on to applying, to waiting for a second person, or to being read again.';

CREATE OR REPLACE FUNCTION registry.batch_refuse(batch bigint, code text, moment timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT batch_is_over();
    DELETE FROM batch_stage AS s WHERE s.batch_id = batch;
    UPDATE batch AS b SET state = 7, refusal = code, finished_at = moment
    WHERE b.batch_id = batch AND b.state IN (1, 2, 3);
$$;
COMMENT ON FUNCTION registry.batch_refuse IS 'Refuses a file as a whole; nothing of it takes effect.';

CREATE OR REPLACE FUNCTION registry.batch_sweep(batch bigint, rows_at_once integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
DECLARE
    gone integer;
BEGIN
    DELETE FROM batch_stage AS s
    WHERE s.ctid = ANY (ARRAY(SELECT t.ctid FROM batch_stage AS t WHERE t.batch_id = batch LIMIT rows_at_once));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION registry.batch_sweep IS 'Removes the staged rows of a finished batch, so many at once.';

-- Of batches whose line died before it had swept, and of those that were cancelled when their rows had been read.
CREATE OR REPLACE FUNCTION registry.batch_sweep_left(rows_at_once integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    gone integer := 0;
    next bigint := 0;
BEGIN
    -- From one batch to the next by the key: there are few.
    LOOP
        next := (SELECT min(s.batch_id) FROM batch_stage AS s WHERE s.batch_id > next);
        EXIT WHEN next IS NULL OR gone >= rows_at_once;
        IF NOT EXISTS (SELECT FROM batch AS b WHERE b.batch_id = next AND b.state BETWEEN 1 AND 5) THEN
            gone := gone + batch_sweep(next, rows_at_once - gone);
        END IF;
    END LOOP;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION registry.batch_sweep_left IS 'Removes staged rows that no batch needs any more, so many at once.';

CREATE OR REPLACE FUNCTION registry.number_ids_reserve(wanted integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
DECLARE
    first bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('registry.number_id', 0));
    first := nextval('number_id');
    PERFORM setval('number_id', first + wanted - 1);
    RETURN first;
END
$$;
COMMENT ON FUNCTION registry.number_ids_reserve IS 'Reserves so many numbers of links; the first of them.';

-- ---- undo ----------------------------------------------------------------------------------------------------------------------

-- Takes back what a batch did, person by person: what it superseded becomes current again, as new versions. A person whom
-- somebody has changed since is left as it is and counted.
CREATE OR REPLACE FUNCTION registry.batch_undo_step(batch bigint, moment timestamptz, rows_at_once integer)
    RETURNS TABLE (is_finished boolean, undone integer, left_alone integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan -- so that numbers of people are looked up by a hash
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    job    record;
    today  date := civil_day(moment);
    asked  bigint[];
    before bigint[];
    people bigint[];
    freed  bigint[];
    gone   bigint[];
    term   record;
BEGIN
    PERFORM apply_lock();
    SELECT * INTO STRICT job FROM batch AS b WHERE b.batch_id = batch AND b.state = 6 AND b.phase = 90
    FOR NO KEY UPDATE;
    -- Those whom the rows were about, and those to whom a coverage has moved since, when a doubt was settled.
    asked := ARRAY(
        SELECT DISTINCT x.person_id
        FROM batch_row AS r
        LEFT JOIN coverage AS k ON k.coverage_id = r.coverage_id AND k.superseded_at = 'infinity' AND k.origin = batch
        CROSS JOIN LATERAL (VALUES (r.person_id), (k.person_id)) AS x (person_id)
        WHERE r.batch_id = batch AND r.row_no > job.phase_row AND r.row_no <= job.phase_row + rows_at_once
            AND r.outcome IN (1, 2) AND x.person_id IS NOT NULL
        ORDER BY 1);
    -- Who stands in an earlier row, too, went back with it. One look at those rows for all: they are by no person's index.
    before := ARRAY(
        SELECT r.person_id FROM batch_row AS r
        WHERE r.batch_id = batch AND r.row_no <= job.phase_row AND r.person_id = ANY (asked));
    -- Nobody else has changed them since this batch: everything recorded later than it began is its own.
    people := ARRAY(
        SELECT q.person_id FROM unnest(asked) AS q (person_id)
        WHERE NOT EXISTS (SELECT FROM coverage AS k WHERE k.person_id = q.person_id AND k.recorded_at > job.checked_at
                              AND k.origin IS DISTINCT FROM batch)
            AND NOT EXISTS (SELECT FROM person_version AS v WHERE v.person_id = q.person_id
                              AND v.recorded_at > job.checked_at AND v.origin IS DISTINCT FROM batch)
            AND q.person_id <> ALL (before));
    FOR term IN SELECT * FROM batch_terms() LOOP
        EXECUTE format(
            'SELECT ARRAY(SELECT q FROM unnest($1) AS q WHERE NOT EXISTS ('
            '     SELECT FROM %2$s CROSS JOIN LATERAL (SELECT * FROM registry.%1$I AS v'
            '         WHERE v.%3$I = w.owner AND v.superseded_at = ''infinity'' OFFSET 0) AS o'
            '     WHERE o.recorded_at > $3 AND o.origin IS DISTINCT FROM $2))',
            term.relation,
            CASE term.owner WHEN 'person_id' THEN '(SELECT q AS owner) AS w'
                ELSE '(SELECT DISTINCT k.coverage_id AS owner FROM registry.coverage AS k WHERE k.person_id = q) AS w' END,
            term.owner)
        INTO people USING people, batch, job.checked_at;
    END LOOP;
    -- A coverage from before the batch may have been withdrawn since by its insurer, which leaves no version to tell by.
    gone := ARRAY(
        SELECT k.coverage_id
        FROM unnest(people) AS q (person_id)
        JOIN coverage AS k ON k.person_id = q.person_id
        WHERE k.recorded_at <= job.checked_at AND k.superseded_at > job.checked_at
            AND NOT EXISTS (SELECT FROM coverage AS c WHERE c.coverage_id = k.coverage_id AND c.superseded_at = 'infinity'));
    IF gone <> '{}' THEN
        gone := ARRAY(
            SELECT g FROM unnest(gone) AS g
            EXCEPT
            SELECT r.coverage_id FROM batch_row AS r
            WHERE r.batch_id = batch AND r.operation = 4 AND r.outcome = 1 AND r.coverage_id = ANY (gone));
        people := ARRAY(
            SELECT q FROM unnest(people) AS q
            EXCEPT
            SELECT k.person_id FROM coverage AS k WHERE k.coverage_id = ANY (gone));
    END IF;

    -- Coverages: the batch's own versions end; the last version from before it comes back. What ends is found person by person,
    -- and by its place: the planner knows nothing yet of what this batch has written, and would read all there is for each.
    CREATE TEMPORARY TABLE IF NOT EXISTS pg_temp.batch_undo (version_id bigint, person_id bigint)
        ON COMMIT DELETE ROWS;
    DELETE FROM pg_temp.batch_undo;
    INSERT INTO pg_temp.batch_undo (version_id, person_id)
    SELECT DISTINCT ON (k.coverage_id) k.version_id, k.person_id
    FROM unnest(people) AS q (person_id)
    JOIN coverage AS k ON k.person_id = q.person_id
    WHERE k.recorded_at <= job.checked_at AND k.superseded_at > job.checked_at
        AND k.origin IS DISTINCT FROM batch
    ORDER BY k.coverage_id, k.superseded_at DESC;
    UPDATE coverage AS k SET superseded_at = moment
    WHERE k.superseded_at = 'infinity' AND k.ctid = ANY (ARRAY(
        SELECT v.ctid
        FROM unnest(people) AS q (person_id)
        CROSS JOIN LATERAL (
            SELECT c.ctid, c.superseded_at, c.origin FROM coverage AS c WHERE c.person_id = q.person_id OFFSET 0
        ) AS v
        WHERE v.superseded_at = 'infinity' AND v.origin = batch));
    INSERT INTO coverage (
        coverage_id, person_id, insurer_number, card_class, symbol, number, branch, symbol_key, number_key,
        symbol_loose, number_loose, relation, insured_name, valid, declared_until, loss_reason, issued_on,
        card_valid_from, card_expires_on, state, scheme, preschool_until, recorded_at, origin)
    SELECT
        k.coverage_id, k.person_id, k.insurer_number, k.card_class, k.symbol, k.number, k.branch, k.symbol_key,
        k.number_key, k.symbol_loose, k.number_loose, k.relation, k.insured_name, k.valid, k.declared_until,
        k.loss_reason, k.issued_on, k.card_valid_from, k.card_expires_on, k.state, k.scheme, k.preschool_until, moment,
        k.origin
    FROM pg_temp.batch_undo AS u
    JOIN coverage AS k USING (version_id)
    WHERE k.superseded_at <> 'infinity'
        AND NOT EXISTS (SELECT FROM coverage AS c WHERE c.coverage_id = k.coverage_id AND c.superseded_at = 'infinity');

    WITH ended AS (
        UPDATE person_version AS v SET superseded_at = moment
        WHERE v.superseded_at = 'infinity' AND v.ctid = ANY (ARRAY(
            SELECT o.ctid
            FROM unnest(people) AS q (person_id)
            CROSS JOIN LATERAL (
                SELECT n.ctid, n.origin FROM person_version AS n
                WHERE n.person_id = q.person_id AND n.superseded_at = 'infinity'
                OFFSET 0
            ) AS o
            WHERE o.origin = batch))
        RETURNING v.person_id
    )
    INSERT INTO person_version (
        person_id, name, name_kana, name_other, name_other_kana, sex1, sex2, birth_date, address, post_number, valid,
        recorded_at, origin, name_key, name_kana_key)
    SELECT DISTINCT ON (v.person_id)
        v.person_id, v.name, v.name_kana, v.name_other, v.name_other_kana, v.sex1, v.sex2, v.birth_date, v.address,
        v.post_number, v.valid, moment, v.origin, v.name_key, v.name_kana_key
    FROM ended AS e
    JOIN person_version AS v USING (person_id)
    WHERE v.origin IS DISTINCT FROM batch AND v.superseded_at <> 'infinity'
    ORDER BY v.person_id, v.superseded_at DESC;

    FOR term IN SELECT * FROM batch_terms() LOOP
        EXECUTE format(
            'WITH owners AS (%2$s),'
            ' ended AS (UPDATE registry.%1$I AS o SET superseded_at = $2'
            '     WHERE o.superseded_at = ''infinity'' AND o.ctid = ANY (ARRAY('
            '         SELECT v.ctid FROM owners AS w'
            '         CROSS JOIN LATERAL (SELECT t.ctid, t.superseded_at, t.origin FROM registry.%1$I AS t'
            '             WHERE t.%3$I = w.owner OFFSET 0) AS v'
            '         WHERE v.superseded_at = ''infinity'' AND v.origin = $3)))'
            ' INSERT INTO registry.%1$I (%3$I, %4$s%6$s, valid, recorded_at, origin)'
            ' SELECT o.%3$I, %5$s%7$s, o.valid, $2, o.origin FROM owners AS w'
            ' CROSS JOIN LATERAL (SELECT * FROM registry.%1$I AS t WHERE t.%3$I = w.owner OFFSET 0) AS o'
            ' WHERE o.origin IS DISTINCT FROM $3 AND o.recorded_at <= $4'
            '     AND o.superseded_at > $4 AND o.superseded_at <> ''infinity''',
            term.relation,
            CASE term.owner WHEN 'person_id' THEN 'SELECT q AS owner FROM unnest($1) AS q'
                ELSE 'SELECT DISTINCT k.coverage_id AS owner FROM unnest($1) AS q'
                     ' JOIN registry.coverage AS k ON k.person_id = q' END,
            term.owner, term.columns, term.old_values, term.kept_columns, term.kept_values)
        USING people, moment, batch, job.checked_at;
    END LOOP;

    UPDATE personal_number AS n SET unlinked_at = moment
    WHERE n.unlinked_at = 'infinity' AND n.ctid = ANY (ARRAY(
        SELECT o.ctid
        FROM unnest(people) AS q (person_id)
        CROSS JOIN LATERAL (
            SELECT p.ctid, p.unlinked_at, p.origin FROM personal_number AS p WHERE p.person_id = q.person_id OFFSET 0
        ) AS o
        WHERE o.unlinked_at = 'infinity' AND o.origin = batch));
    -- Doubts about a row end with what it had registered, also those of other insurers; where that stands, they stay.
    WITH settled AS (
        UPDATE person_hold AS h SET closed_at = moment, answer = 3
        WHERE h.batch_id = batch AND h.closed_at IS NULL AND h.row_no > job.phase_row
            AND h.row_no <= job.phase_row + rows_at_once
            AND NOT EXISTS (SELECT FROM batch_row AS r
                            JOIN coverage AS k ON k.coverage_id = r.coverage_id AND k.superseded_at = 'infinity'
                            WHERE r.batch_id = batch AND r.row_no = h.row_no)
        RETURNING h.person_id
    )
    SELECT array_agg(s.person_id) INTO freed FROM settled AS s;
    INSERT INTO correction (person_id, affected, kind, recorded_at)
    SELECT q.person_id, daterange(NULL, today + 1), 1, moment FROM unnest(people) AS q (person_id);
    PERFORM dossier_refresh(people || freed);

    IF job.phase_row + rows_at_once >= job.row_count THEN
        PERFORM batch_is_over();
    END IF;
    UPDATE batch AS b
    SET phase_row = least(job.phase_row + rows_at_once, b.row_count),
        state = CASE WHEN job.phase_row + rows_at_once >= b.row_count THEN 9 ELSE b.state END,
        undone_at = CASE WHEN job.phase_row + rows_at_once >= b.row_count THEN moment ELSE b.undone_at END,
        difference = coalesce(b.difference, '{}') || jsonb_build_object(
            'undone', coalesce((b.difference ->> 'undone')::integer, 0) + cardinality(people),
            'left_alone', coalesce((b.difference ->> 'left_alone')::integer, 0) + cardinality(asked) - cardinality(people))
    WHERE b.batch_id = batch;
    RETURN QUERY SELECT job.phase_row + rows_at_once >= job.row_count, cardinality(people),
                        cardinality(asked) - cardinality(people);
END
$$;
COMMENT ON FUNCTION registry.batch_undo_step IS 'Takes back what the next range of rows of a batch did, in one transaction.';

-- ---- 89_recheck.sql ----

-- Doubts that wait for the resident register alone: asked about again by the registrar, and settled by what it says.
-- functions.md explains each of them.

CREATE OR REPLACE FUNCTION registry.recheck_take(after_hold_id int8, count_max int4)
    RETURNS TABLE (hold_id int8, version_id int8, number_id int8, sealed_by int2, sealed bytea, is_looked_up bool, name text,
                   name_kana text, name_other text, name_other_kana text, sex1 int2, birth_date date, address text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.hold_id, v.version_id, n.number_id, n.sealed_by, n.sealed, coalesce(n.source = 2, false), v.name, v.name_kana,
           v.name_other, v.name_other_kana, v.sex1, v.birth_date, v.address
    FROM (
        SELECT d.hold_id, d.person_id, d.number_id
        FROM person_hold AS d
        WHERE d.closed_at IS NULL AND d.kind = 3 AND d.hold_id > after_hold_id
        ORDER BY d.hold_id
        LIMIT count_max
    ) AS h
    JOIN person_version AS v ON v.person_id = h.person_id AND v.superseded_at = 'infinity'
    -- The number that is claimed; for data that were corrected under a link that stands, the linked one.
    LEFT JOIN LATERAL (
        SELECT p.*
        FROM personal_number AS p
        WHERE p.person_id = h.person_id AND p.unlinked_at = 'infinity'
        ORDER BY p.number_id IS NOT DISTINCT FROM h.number_id DESC, p.state, p.number_id DESC
        LIMIT 1
    ) AS n ON true
    ORDER BY h.hold_id;
END
$$;
COMMENT ON FUNCTION registry.recheck_take IS
    'Doubts that wait for the resident register, with what is claimed of the person and the sealed number to ask by.';

-- What the register says of one doubt. Outcome as recheck_settle; touched are the persons whose dossiers must be made anew.
CREATE OR REPLACE FUNCTION registry.recheck_settle_one(
        hold_id int8, version_id int8, action int2, fields text, today date, OUT outcome int2, OUT touched int8[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held    person_hold;
    mine    person_version;
    cover   record;
    other   record;
    kind    int2;
    scope   int2;
    about   int8;
    owner   int8;
    broken  text;
BEGIN
    outcome := 3;
    SELECT h.* INTO held
    FROM person_hold AS h
    WHERE h.hold_id = recheck_settle_one.hold_id AND h.closed_at IS NULL AND h.kind = 3;
    SELECT v.* INTO mine
    FROM person_version AS v
    WHERE v.version_id = recheck_settle_one.version_id AND v.superseded_at = 'infinity' AND v.person_id = held.person_id;
    IF mine.person_id IS NULL OR action NOT BETWEEN 1 AND 5 THEN
        RETURN; -- answered or changed meanwhile: not what was compared
    END IF;
    SELECT c.person_id, c.state INTO cover
    FROM coverage AS c
    WHERE c.coverage_id = held.coverage_id AND c.superseded_at = 'infinity';
    touched := ARRAY[held.person_id, cover.person_id];

    -- Whoever has the claimed number by now, and how it differs: as batch_plan_acquire does.
    SELECT n.person_id,
           p.birth_date <> mine.birth_date OR (p.sex1 <> mine.sex1 AND p.sex1 < 3 AND mine.sex1 < 3) AS differs_birth,
           coalesce(p.name_kana_key <> mine.name_kana_key, p.name_kana <> mine.name_kana, false)
               AND coalesce(p.name_key <> mine.name_key, p.name <> mine.name, false) AS differs_names
    INTO other
    FROM personal_number AS claim
    JOIN personal_number AS n
        ON n.number_index = claim.number_index AND n.unlinked_at = 'infinity' AND n.state = 1
    JOIN person_version AS p ON p.person_id = n.person_id AND p.superseded_at = 'infinity'
    WHERE claim.number_id = held.number_id AND claim.unlinked_at = 'infinity' AND claim.state = 2
        AND n.person_id <> held.person_id;
    SELECT CASE action WHEN 3 THEN 1 WHEN 4 THEN 1 WHEN 5 THEN 2
               ELSE CASE WHEN other.differs_birth OR other.differs_names AND action = 2 THEN 4 END END,
           CASE action WHEN 3 THEN 1 WHEN 4 THEN 2 WHEN 5 THEN 2
               ELSE CASE WHEN other.differs_birth THEN 2 WHEN other.differs_names AND action = 2 THEN 1 END END
    INTO kind, scope;
    IF kind = 4 THEN
        about := other.person_id;
    ELSIF kind IS NULL AND other.person_id IS NULL THEN
        -- Somebody else of the same kana, birth date, sex and address, under another number: nothing is sealed for it.
        SELECT p.person_id INTO about
        FROM person_version AS p
        WHERE p.birth_date = mine.birth_date AND p.name_kana_key = mine.name_kana_key AND p.superseded_at = 'infinity'
            AND p.sex1 = mine.sex1 AND p.address = mine.address AND p.person_id <> mine.person_id
            AND EXISTS (SELECT FROM personal_number AS n
                        WHERE n.person_id = p.person_id AND n.unlinked_at = 'infinity' AND n.state = 1)
        ORDER BY p.person_id
        LIMIT 1;
        IF about IS NOT NULL THEN
            kind := 5;
            scope := 0;
        END IF;
    END IF;

    IF coalesce(scope, 0) < 2 AND NOT EXISTS (
        SELECT FROM person_hold AS h
        WHERE h.coverage_id = held.coverage_id AND h.closed_at IS NULL AND h.hold_id <> held.hold_id
            AND (h.scope = 2 OR h.kind = 7) AND h.person_id = held.person_id)
    THEN
        BEGIN
            owner := cover.person_id;
            IF owner IS NOT NULL AND coalesce(kind, 5) = 5 THEN
                owner := number_claim(held.coverage_id, owner);
            END IF;
            IF (cover.state = 2 OR owner <> cover.person_id) AND NOT coverage_release(held.coverage_id, owner) THEN
                RAISE EXCEPTION 'another coverage starts on the same day' USING ERRCODE = 'exclusion_violation';
            END IF;
            IF owner <> cover.person_id THEN
                PERFORM person_follow(owner, held.coverage_id, mine);
                touched := touched || owner;
            END IF;
        EXCEPTION WHEN exclusion_violation THEN
            GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
            IF broken NOT IN ('', 'coverage_once_at_a_time') THEN
                RAISE;
            END IF;
            kind := 7;
            scope := 0;
            about := NULL;
        END;
    END IF;

    outcome := CASE WHEN kind IS NULL THEN 1 ELSE 2 END;
    IF kind IS NULL THEN
        PERFORM hold_close(held.hold_id, 4::int2, NULL, NULL);
        RETURN;
    END IF;
    UPDATE person_hold AS h
    SET kind = recheck.kind, scope = recheck.scope, fields = recheck.fields, due_on = hold_due_of(recheck.kind, today),
        other_person_id = coalesce(recheck.about, h.other_person_id)
    FROM (SELECT kind, scope, recheck_settle_one.fields, about) AS recheck (kind, scope, fields, about)
    WHERE h.hold_id = held.hold_id;
    -- The register bears the newcomer out: what is held under its number is somebody else's, and is sealed too.
    IF kind = 4 AND scope = 2 THEN
        INSERT INTO person_hold (person_id, scope, reason, insurer_number, kind, coverage_id, other_person_id, due_on)
        SELECT about, 2, 'identity doubt', c.insurer_number, 4, c.coverage_id, held.person_id, hold_due_of(4::int2, today)
        FROM coverage AS c
        WHERE c.person_id = about AND c.superseded_at = 'infinity'
            AND NOT EXISTS (SELECT FROM person_hold AS h
                            WHERE h.person_id = about AND h.closed_at IS NULL AND h.kind = 4
                                AND h.other_person_id = held.person_id)
        ORDER BY lower(c.valid) DESC, c.coverage_id DESC
        LIMIT 1;
        INSERT INTO correction (person_id, affected, kind) VALUES (about, daterange(NULL, today + 1), 3);
        touched := touched || about;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.recheck_settle_one IS
    'Carries out what the resident register says of one doubt; only for recheck_settle, which holds the locks.';

-- A coverage has moved to a person; the data that came with it are that person's from now on if no newer coverage is there.
CREATE OR REPLACE FUNCTION registry.person_follow(person_id int8, coverage_id int8, told registry.person_version) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz;
BEGIN
    IF EXISTS (
        SELECT
        FROM coverage AS c
        JOIN coverage AS own ON own.coverage_id = person_follow.coverage_id AND own.superseded_at = 'infinity'
        WHERE c.person_id = person_follow.person_id AND c.superseded_at = 'infinity' AND c.state = 1 AND c.scheme = own.scheme
            AND lower(c.valid) > lower(own.valid))
    THEN
        RETURN;
    END IF;
    UPDATE person_version AS v SET superseded_at = greatest(clock_timestamp(), v.recorded_at)
    WHERE v.person_id = person_follow.person_id AND v.superseded_at = 'infinity'
    RETURNING v.superseded_at INTO moment;
    INSERT INTO person_version (
        person_id, name, name_kana, name_other, name_other_kana, sex1, sex2, birth_date, address, post_number, recorded_at,
        origin, name_key, name_kana_key)
    VALUES (
        person_follow.person_id, told.name, told.name_kana, told.name_other, told.name_other_kana, told.sex1, told.sex2,
        told.birth_date, told.address, told.post_number, moment, told.origin, told.name_key, told.name_kana_key);
END
$$;
COMMENT ON FUNCTION registry.person_follow IS 'Renews a person by the data that a coverage which moved there came with.';

CREATE OR REPLACE FUNCTION registry.recheck_settle(
        hold_ids int8[], version_ids int8[], actions int2[], fields text[])
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    today   date := civil_day(now());
    item    record;
    done    record;
    touched int8[] := '{}';
BEGIN
    PERFORM apply_lock();
    PERFORM
    FROM person AS p
    WHERE p.person_id = ANY (ARRAY(SELECT h.person_id FROM person_hold AS h WHERE h.hold_id = ANY (hold_ids)))
    ORDER BY p.person_id
    FOR NO KEY UPDATE;
    FOR item IN
        SELECT q.* FROM unnest(hold_ids, version_ids, actions, fields) WITH ORDINALITY
            AS q (hold_id, version_id, action, fields, position)
        ORDER BY q.position
    LOOP
        done := recheck_settle_one(item.hold_id, item.version_id, item.action, item.fields, today);
        touched := touched || done.touched;
        ord := item.position - 1;
        outcome := done.outcome;
        RETURN NEXT;
    END LOOP;
    PERFORM dossier_refresh(touched);
END
$$;
COMMENT ON FUNCTION registry.recheck_settle IS
    'Settles doubts by what the resident register says: 1 settled, 2 a doubt for the insurer now, 3 nothing was done.';

-- ---- 89_rotate.sql ----

-- Keys of personal numbers: which ones index, and sealing and indexing anew with the newest one. functions.md explains each of
-- them.
--
-- While a rotation is under way a link is found by the old key or by the new one, so every row is looked up under both. Who
-- writes a link writes it under the new key and takes the number's other links along (numbers_follow), and so does the rotation:
-- at every commit all current links of one number are under one key, so links still meet by their index alone, and the unique
-- index holds. No link comes under the old key once the new one stands in number_key: one pass over all links is enough.

-- The first file settles the key, or the links that are there.
CREATE OR REPLACE FUNCTION registry.number_keys(newest int2) RETURNS TABLE (index_key int2, next_key int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM number_key) THEN
        INSERT INTO number_key (index_key)
        VALUES (coalesce((SELECT n.indexed_by FROM personal_number AS n LIMIT 1), newest))
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY SELECT k.index_key, k.next_key FROM number_key AS k;
END
$$;
COMMENT ON FUNCTION registry.number_keys IS
    'The keys by which links are found; where none is settled yet, this one is. The second is NULL unless a rotation is under way.';

CREATE OR REPLACE FUNCTION registry.batch_is_stale(batch bigint) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
        FROM number_key AS k, batch AS b
        WHERE b.batch_id = batch AND NOT coalesce(
            k.index_key IN (b.index_key, b.index_key_next)
            AND (k.next_key IS NULL OR k.next_key IN (b.index_key, b.index_key_next)), false))
$$;
COMMENT ON FUNCTION registry.batch_is_stale IS
    'Whether links are found by a key under which the rows of this batch were not read.';

CREATE OR REPLACE FUNCTION registry.numbers_follow(olds bytea[], news bytea[], key_number int2) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = registry, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    UPDATE personal_number AS n SET number_index = q.new, indexed_by = key_number
    FROM unnest(olds, news) AS q (old, new)
    WHERE n.number_index = q.old AND q.old <> q.new AND n.unlinked_at = 'infinity' AND n.state = 1;
    UPDATE personal_number AS n SET number_index = q.new, indexed_by = key_number
    FROM unnest(olds, news) AS q (old, new)
    WHERE n.number_index = q.old AND q.old <> q.new AND n.unlinked_at = 'infinity' AND n.state = 2;
$$;
COMMENT ON FUNCTION registry.numbers_follow IS 'Brings the current links of some numbers under a new key; who calls it has apply_lock().';

CREATE OR REPLACE FUNCTION registry.batch_numbers_follow(batch bigint, from_row integer, to_row integer) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    key_number smallint := (SELECT b.index_key_next FROM batch AS b WHERE b.batch_id = batch);
    olds bytea[];
    news bytea[];
BEGIN
    IF key_number IS NULL THEN
        RETURN;
    END IF;
    SELECT array_agg(s.number_index), array_agg(s.number_index_next) INTO olds, news
    FROM pg_temp.batch_plan AS p
    JOIN batch_stage AS s ON s.batch_id = batch AND s.row_no BETWEEN from_row AND to_row AND s.row_no = p.row_no
    WHERE p.outcome IN (1, 2) AND s.number_index IS NOT NULL;
    PERFORM numbers_follow(olds, news, key_number);
END
$$;
COMMENT ON FUNCTION registry.batch_numbers_follow IS
    'Brings links of the numbers of a range under the key that its own links are written under.';

-- A rotation that is under way ends before another one begins. Files whose rows are staged under the old key alone are read
-- again before they take effect (batch_is_stale).
CREATE OR REPLACE FUNCTION registry.rotate_begin(newest int2) RETURNS int2
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    keys record;
BEGIN
    PERFORM number_keys(newest);
    SELECT k.* INTO STRICT keys FROM number_key AS k FOR UPDATE; -- waits for files that are being settled
    IF keys.next_key IS NULL AND keys.index_key < newest THEN
        PERFORM apply_lock(); -- no row takes effect that looks under the old key only
        UPDATE number_key AS k SET next_key = newest;
        keys.next_key := newest;
    END IF;
    INSERT INTO number_rotation AS r (key_number) VALUES (coalesce(keys.next_key, keys.index_key)) ON CONFLICT DO NOTHING;
    RETURN coalesce(keys.next_key, keys.index_key);
END
$$;
COMMENT ON FUNCTION registry.rotate_begin IS
    'Begins or goes on with bringing all links under the newest key, or under an older one to which a rotation is under way.';

CREATE OR REPLACE FUNCTION registry.rotate_take(key_number int2, count_max int4)
    RETURNS TABLE (number_id int8, sealed_by int2, sealed bytea, number_index bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT n.number_id, n.sealed_by, n.sealed, n.number_index
    FROM personal_number AS n
    WHERE n.number_id > (SELECT r.cursor FROM number_rotation AS r WHERE r.key_number = rotate_take.key_number)
    ORDER BY n.number_id
    LIMIT count_max;
END
$$;
COMMENT ON FUNCTION registry.rotate_take IS 'The next links that are to be brought under this key, behind the last one that was.';

-- What was changed since it was taken, by a file or by another rotation, is left as it is: it has come as far already.
CREATE OR REPLACE FUNCTION registry.rotate_put(
        key_numbers int2[], seal_keys int2[], number_ids int8[], sealeds bytea[], olds bytea[], news bytea[])
    RETURNS TABLE (ord int4, is_new bool)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    changed int8;
BEGIN
    PERFORM apply_lock(); -- who settles a doubt looks from link to link
    UPDATE personal_number AS n
    SET sealed_by = greatest(n.sealed_by, q.seal_key),
        sealed = CASE WHEN n.sealed_by < q.seal_key THEN q.sealed ELSE n.sealed END,
        indexed_by = CASE WHEN n.number_index = q.old AND q.old <> q.new THEN q.key_number ELSE n.indexed_by END,
        number_index = CASE WHEN n.number_index = q.old THEN q.new ELSE n.number_index END
    FROM unnest(key_numbers, seal_keys, number_ids, sealeds, olds, news) AS q (key_number, seal_key, number_id, sealed, old, new)
    WHERE n.number_id = q.number_id AND (n.sealed_by < q.seal_key OR n.number_index = q.old AND q.old <> q.new);
    GET DIAGNOSTICS changed = ROW_COUNT;
    PERFORM numbers_follow(olds, news, key_numbers[1]);
    UPDATE number_rotation AS r
    SET cursor = greatest(r.cursor, (SELECT max(i) FROM unnest(number_ids) AS i)), done = r.done + changed, finished_at = NULL
    WHERE r.key_number = key_numbers[1];
    RETURN QUERY SELECT 0, changed > 0;
END
$$;
COMMENT ON FUNCTION registry.rotate_put IS
    'Stores links that were sealed and indexed anew, and how far that has come, in one transaction.';

-- Links that came behind the cursor meanwhile, sealed with an older key, are looked for once more. When nothing is left under
-- an older key, links are found by the new one alone.
CREATE OR REPLACE FUNCTION registry.rotate_end(key_number int2) RETURNS int8
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    first int8;
    left_over int8;
BEGIN
    SELECT count(*), min(n.number_id) INTO left_over, first
    FROM personal_number AS n WHERE n.sealed_by < rotate_end.key_number OR n.indexed_by < rotate_end.key_number;
    UPDATE number_rotation AS r
    SET cursor = CASE WHEN left_over > 0 THEN first - 1 ELSE r.cursor END,
        finished_at = CASE WHEN left_over = 0 THEN clock_timestamp() END
    WHERE r.key_number = rotate_end.key_number;
    IF left_over = 0 THEN
        UPDATE number_key AS k SET index_key = k.next_key, next_key = NULL WHERE k.next_key = rotate_end.key_number;
    END IF;
    RETURN left_over;
END
$$;
COMMENT ON FUNCTION registry.rotate_end IS
    'Ends a rotation if no link is left that an older key seals or indexes; how many there are.';

-- ---- 89_shadow.sql ----

-- Functions of the comparison in shadow. functions.md explains each of them.
CREATE OR REPLACE FUNCTION registry.shadow_begin(rule_version int2, against int2, is_anew bool)
    RETURNS TABLE (is_finished bool)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- Held against other rules than it began with, it says nothing.
    DELETE FROM match_shadow AS s
    WHERE s.rule_version = shadow_begin.rule_version AND (is_anew OR s.against <> shadow_begin.against);
    INSERT INTO match_shadow AS s (rule_version, against)
    VALUES (shadow_begin.rule_version, shadow_begin.against)
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT s.finished_at IS NOT NULL FROM match_shadow AS s WHERE s.rule_version = shadow_begin.rule_version;
END
$$;
COMMENT ON FUNCTION registry.shadow_begin IS 'Begins a comparison in shadow, or goes on with the one that was begun.';

CREATE OR REPLACE FUNCTION registry.shadow_take(rule_version int2, count_max int4)
    RETURNS TABLE (number_id int8, insurer_number text, sealed_by int2, sealed bytea, is_looked_up bool, name text, name_kana text,
                   name_other text, name_other_kana text, sex1 int2, birth_date date, address text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT n.number_id, n.insurer_number, n.sealed_by, n.sealed, n.source = 2, v.name, v.name_kana, v.name_other,
           v.name_other_kana, v.sex1, v.birth_date, v.address
    FROM (
        SELECT *
        FROM personal_number AS p
        WHERE p.number_id > (SELECT s.cursor FROM match_shadow AS s WHERE s.rule_version = shadow_take.rule_version)
            AND p.state = 1 AND p.unlinked_at = 'infinity'
        ORDER BY p.number_id
        LIMIT count_max
    ) AS n
    JOIN person_version AS v ON v.person_id = n.person_id AND v.superseded_at = 'infinity'
    ORDER BY n.number_id;
END
$$;
COMMENT ON FUNCTION registry.shadow_take IS 'The next links to compare in shadow, with what is held of their people.';

CREATE OR REPLACE FUNCTION registry.shadow_put(
        rule_versions int2[], number_ids int8[], insurer_numbers text[], outcomes int2[], action_nows int2[], action_thens int2[],
        fields_nows text[], fields_thens text[])
    RETURNS TABLE (ord int4, is_done bool)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    done int8;
BEGIN
    SELECT s.cursor INTO done FROM match_shadow AS s WHERE s.rule_version = rule_versions[1] FOR NO KEY UPDATE;
    IF done >= (SELECT max(i) FROM unnest(number_ids) AS i) THEN
        RETURN QUERY SELECT 0, false; -- another one did these
        RETURN;
    END IF;
    INSERT INTO match_shadow_difference (
        rule_version, number_id, insurer_number, action_now, action_then, fields_now, fields_then)
    SELECT rule_versions[1], q.number_id, q.insurer_number, q.action_now, q.action_then, q.fields_now, q.fields_then
    FROM unnest(number_ids, insurer_numbers, outcomes, action_nows, action_thens, fields_nows, fields_thens)
        AS q (number_id, insurer_number, outcome, action_now, action_then, fields_now, fields_then)
    WHERE q.number_id > done AND q.outcome = 1 AND (q.action_now <> q.action_then OR q.fields_now <> q.fields_then);
    UPDATE match_shadow AS s
    SET cursor = c.last, compared = s.compared + c.compared, not_found = s.not_found + c.not_found,
        incomparable = s.incomparable + c.incomparable, unanswered = s.unanswered + c.unanswered
    FROM (
        SELECT max(q.number_id) AS last, count(*) FILTER (WHERE q.outcome = 1) AS compared,
               count(*) FILTER (WHERE q.outcome = 2) AS not_found, count(*) FILTER (WHERE q.outcome = 3) AS incomparable,
               count(*) FILTER (WHERE q.outcome = 4) AS unanswered
        FROM unnest(number_ids, outcomes) AS q (number_id, outcome)
        WHERE q.number_id > done
    ) AS c
    WHERE s.rule_version = rule_versions[1];
    RETURN QUERY SELECT 0, true;
END
$$;
COMMENT ON FUNCTION registry.shadow_put IS 'Notes what came of links that were compared in shadow, and how far it has come, in one transaction.';

CREATE OR REPLACE FUNCTION registry.shadow_end(rule_version int2)
    RETURNS TABLE (against int2, compared int8, not_found int8, incomparable int8, unanswered int8, differences int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    UPDATE match_shadow AS s SET finished_at = coalesce(s.finished_at, clock_timestamp())
    WHERE s.rule_version = shadow_end.rule_version;
    RETURN QUERY
    SELECT s.against, s.compared, s.not_found, s.incomparable, s.unanswered,
           (SELECT count(*) FROM match_shadow_difference AS d WHERE d.rule_version = s.rule_version)
    FROM match_shadow AS s
    WHERE s.rule_version = shadow_end.rule_version;
END
$$;
COMMENT ON FUNCTION registry.shadow_end IS 'Ends a comparison in shadow; its counts.';

CREATE OR REPLACE FUNCTION registry.shadow_changes(rule_version int2)
    RETURNS TABLE (action_now int2, action_then int2, times int8)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT d.action_now, d.action_then, count(*)
    FROM match_shadow_difference AS d
    WHERE d.rule_version = shadow_changes.rule_version
    GROUP BY 1, 2
    ORDER BY 1, 2
$$;
COMMENT ON FUNCTION registry.shadow_changes IS 'What the two versions of the rules would do otherwise, counted.';

CREATE OR REPLACE FUNCTION registry.shadow_differences(rule_version int2, after_number_id int8, count_max int4)
    RETURNS TABLE (number_id int8, insurer_number text, action_now int2, action_then int2, fields_now text, fields_then text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT d.number_id, d.insurer_number, d.action_now, d.action_then, d.fields_now, d.fields_then
    FROM match_shadow_difference AS d
    WHERE d.rule_version = shadow_differences.rule_version AND d.number_id > after_number_id
    ORDER BY d.number_id
    LIMIT count_max
$$;
COMMENT ON FUNCTION registry.shadow_differences IS 'The links of which the two versions of the rules say different things.';

-- ---- 82_batch.sql ----

-- Functions of the registrar role for batches. functions.md explains each of them. Every one is given the insurer that the
-- certificate names, and finds that insurer's batches only: another one's number is the number of nothing.
CREATE OR REPLACE FUNCTION registry.batch_open(
        insurer_number text, idempotency_key uuid, certificate_id int8, user_id text, format int2, packing int2,
        charset int2, is_dry_run bool, announced_bytes int8, sha256 bytea, unfinished_max int4)
    RETURNS TABLE (outcome int2, batch_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    old batch;
BEGIN
    -- One opening at a time for each insurer, so that the same key twice, or one upload too many, is always seen.
    PERFORM FROM insurer AS i WHERE i.insurer_number = batch_open.insurer_number FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'batch_open: no such insurer' USING ERRCODE = 'foreign_key_violation';
    END IF;
    SELECT b.* INTO old
    FROM batch AS b
    WHERE b.insurer_number = batch_open.insurer_number AND b.idempotency_key = batch_open.idempotency_key;
    IF FOUND THEN
        batch_id := old.batch_id;
        outcome := CASE
            WHEN old.sha256 = batch_open.sha256 AND old.format = batch_open.format AND old.packing = batch_open.packing
                AND old.charset = batch_open.charset AND old.is_dry_run = batch_open.is_dry_run
                AND (old.announced_bytes = batch_open.announced_bytes) IS NOT FALSE THEN 2
            ELSE 3
        END;
        RETURN NEXT;
        RETURN;
    END IF;
    IF unfinished_max <= (
        SELECT count(*) FROM batch AS b WHERE b.insurer_number = batch_open.insurer_number AND b.state = 1) THEN
        outcome := 4;
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO batch AS b (insurer_number, idempotency_key, certificate_id, user_id, format, packing, charset,
                            is_dry_run, announced_bytes, sha256)
    VALUES (batch_open.insurer_number, batch_open.idempotency_key, batch_open.certificate_id, batch_open.user_id,
            batch_open.format, batch_open.packing, batch_open.charset, batch_open.is_dry_run,
            batch_open.announced_bytes, batch_open.sha256)
    RETURNING b.batch_id INTO batch_id;
    outcome := 1;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.batch_open IS 'Opens a batch, or finds the one that was opened under the same key before.';

CREATE OR REPLACE FUNCTION registry.batch_read(insurer_number text, batch_id int8)
    RETURNS TABLE (batch_id int8, state int2, refusal text, format int2, packing int2, charset int2, is_dry_run bool,
                   announced_bytes int8, received_bytes int8, sha256 bytea, opened_at timestamptz,
                   received_at timestamptz, checked_at timestamptz, finished_at timestamptz, row_count int4,
                   staged_count int4, applied_count int4, held_count int4, unchanged_count int4, refused_count int4,
                   warned_count int4, difference jsonb, released_at timestamptz, undone_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT b.batch_id, b.state, b.refusal, b.format, b.packing, b.charset, b.is_dry_run, b.announced_bytes,
           b.received_bytes, b.sha256, b.opened_at, b.received_at, b.checked_at, b.finished_at, b.row_count,
           b.staged_count, b.applied_count, b.held_count, b.unchanged_count, b.refused_count, b.warned_count,
           b.difference, b.released_at, b.undone_at
    FROM batch AS b
    WHERE b.batch_id = batch_read.batch_id AND b.insurer_number = batch_read.insurer_number
$$;
COMMENT ON FUNCTION registry.batch_read IS 'How a batch of this insurer stands.';

CREATE OR REPLACE FUNCTION registry.batch_resume(insurer_number text, batch_id int8, file_bytes int8)
    RETURNS TABLE (state int2, received_bytes int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    -- A spool that was lost, or brought back from a copy, holds less than was said: then that is what there is.
    UPDATE batch AS b
    SET received_bytes = batch_resume.file_bytes
    WHERE b.batch_id = batch_resume.batch_id AND b.insurer_number = batch_resume.insurer_number AND b.state = 1
        AND b.received_bytes > batch_resume.file_bytes;
    RETURN QUERY
    SELECT b.state, b.received_bytes FROM batch AS b
    WHERE b.batch_id = batch_resume.batch_id AND b.insurer_number = batch_resume.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.batch_resume IS 'Where a file stands, for the one writer that has it open by now.';

CREATE OR REPLACE FUNCTION registry.batch_progress(
        insurer_number text, batch_id int8, received_bytes int8, announced_bytes int8)
    RETURNS TABLE (state int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    UPDATE batch AS b
    SET received_bytes = batch_progress.received_bytes,
        announced_bytes = coalesce(batch_progress.announced_bytes, b.announced_bytes)
    WHERE b.batch_id = batch_progress.batch_id AND b.insurer_number = batch_progress.insurer_number AND b.state = 1;
    RETURN QUERY
    SELECT b.state FROM batch AS b
    WHERE b.batch_id = batch_progress.batch_id AND b.insurer_number = batch_progress.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.batch_progress IS 'Notes how much of a file is safe, while it is being received.';

CREATE OR REPLACE FUNCTION registry.batch_received(
        insurer_number text, batch_id int8, received_bytes int8, is_right bool)
    RETURNS TABLE (state int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    UPDATE batch AS b
    SET received_bytes = batch_received.received_bytes, announced_bytes = batch_received.received_bytes,
        received_at = now(), state = CASE WHEN is_right THEN 2 ELSE 7 END,
        refusal = CASE WHEN NOT is_right THEN 'upload_digest_wrong' END,
        finished_at = CASE WHEN NOT is_right THEN now() END
    WHERE b.batch_id = batch_received.batch_id AND b.insurer_number = batch_received.insurer_number AND b.state = 1;
    RETURN QUERY
    SELECT b.state FROM batch AS b
    WHERE b.batch_id = batch_received.batch_id AND b.insurer_number = batch_received.insurer_number;
END
$$;
COMMENT ON FUNCTION registry.batch_received IS 'Notes that a file is whole: the batch waits to be checked, or is refused for its digest.';

CREATE OR REPLACE FUNCTION registry.batch_rows_read(insurer_number text, batch_id int8, after_row_no int4, count int4)
    RETURNS TABLE (row_no int4, row_key text, operation int2, outcome int2, event_on date, notice_received_on date,
                   due_on date, recorded_at timestamptz, findings text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT r.row_no, r.row_key, r.operation, r.outcome, r.event_on, r.notice_received_on, r.due_on, r.recorded_at,
           array_to_string(r.findings, E'\n')
    FROM batch AS b
    JOIN batch_row AS r USING (batch_id)
    WHERE b.batch_id = batch_rows_read.batch_id AND b.insurer_number = batch_rows_read.insurer_number
        AND r.row_no > after_row_no
    ORDER BY r.row_no
    LIMIT batch_rows_read.count;
END
$$;
COMMENT ON FUNCTION registry.batch_rows_read IS 'Verdicts on rows of a batch of this insurer, in order; findings one a line.';

CREATE OR REPLACE FUNCTION registry.batch_release(
        insurer_number text, batch_id int8, certificate_id int8, user_id text, needs_other_certificate bool)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held
    FROM batch AS b
    WHERE b.batch_id = batch_release.batch_id AND b.insurer_number = batch_release.insurer_number
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    outcome := CASE
        WHEN held.released_by = batch_release.user_id THEN 2
        WHEN held.state <> 4 THEN 4
        WHEN held.user_id IS NULL OR held.user_id = batch_release.user_id
            OR needs_other_certificate AND held.certificate_id = batch_release.certificate_id THEN 3
        ELSE 1
    END;
    IF outcome = 1 THEN
        UPDATE batch AS b
        SET state = 5, released_at = now(), released_by = batch_release.user_id
        WHERE b.batch_id = batch_release.batch_id;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.batch_release IS 'A second person lets a batch go on that waits for one.';

CREATE OR REPLACE FUNCTION registry.batch_cancel(insurer_number text, batch_id int8)
    RETURNS TABLE (outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held
    FROM batch AS b
    WHERE b.batch_id = batch_cancel.batch_id AND b.insurer_number = batch_cancel.insurer_number
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    outcome := CASE WHEN held.state IN (1, 2, 3, 4) THEN 1 WHEN held.state = 8 THEN 2 ELSE 4 END;
    IF outcome = 1 THEN
        UPDATE batch AS b SET state = 8, finished_at = now() WHERE b.batch_id = batch_cancel.batch_id;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.batch_cancel IS 'Ends a batch of which nothing has taken effect.';

CREATE OR REPLACE FUNCTION registry.batch_expire(age_seconds int4) RETURNS TABLE (batch_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    UPDATE batch AS b
    SET state = 8, refusal = 'upload_expired', finished_at = now()
    WHERE b.batch_id IN (
        SELECT e.batch_id
        FROM batch AS e
        WHERE e.state = 1 AND e.opened_at < now() - age_seconds * interval '1 second'
        ORDER BY e.batch_id
        LIMIT 100
        FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING b.batch_id;
END
$$;
COMMENT ON FUNCTION registry.batch_expire IS 'Cancels uploads that were not finished in their time; a hundred at a time.';

CREATE OR REPLACE FUNCTION registry.batch_files_done(batch_ids int8[])
    RETURNS TABLE (ord int4)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT (q.position - 1)::int4
    FROM unnest(batch_ids) WITH ORDINALITY AS q (batch_id, position)
    WHERE NOT EXISTS (SELECT FROM batch AS b WHERE b.batch_id = q.batch_id AND b.state BETWEEN 1 AND 5)
    ORDER BY q.position
$$;
COMMENT ON FUNCTION registry.batch_files_done IS 'Which of these batches need their file no more.';

-- ---- 89_office.sql ----

-- The operators' office. functions.md explains each of them.
--
-- One function, office(), is all that the program calls: it looks whether the session lives and the role allows the act,
-- makes sure that a request is done once, and makes a proposal of what needs a second person. The acts themselves are
-- functions of one shape, in 89_office_read.sql and 89_office_change.sql: (who, path, args, if_match) -> reply.

CREATE OR REPLACE FUNCTION registry.office_words(list text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE list
        WHEN 'role' THEN '{viewer,registrar,security_officer,auditor}'
        WHEN 'facility_kind' THEN '{hospital,medical_clinic,dental_clinic,pharmacy,home_nursing,judo_acupuncture}'
        WHEN 'facility_status' THEN '{applied,ready,operating,suspended}'
        WHEN 'rights' THEN '{full,eligibility_only}'
        WHEN 'holder' THEN '{facility,insurer,operator,portal,resident_register}'
        WHEN 'batch_state' THEN '{receiving,received,checking,waits_for_release,applying,done,refused,cancelled,undone}'
        WHEN 'job_state' THEN '{waiting,running,done}'
        WHEN 'proposal_state' THEN '{waiting,carried_out,refused,failed}'
        WHEN 'breach_kind' THEN '{registered_late,missed,notified_late}'
        WHEN 'ticket_state' THEN '{open,answered,expired,closed}'
        WHEN 'visit_basis' THEN '{card,emergency,disaster}'
        WHEN 'exemption' THEN '{system_not_ready,no_network,visits_only,rebuilding,closing,special}'
        WHEN 'reason' THEN '{in_force,lost,not_yet_started,notified_not_registered,identity_check_pending,suspended,mistyped,not_found,ambiguous,expired_card_within_transition,card_not_linked}'
        WHEN 'way' THEN '{card,number,bulk,enrolment,ticket,emergency,disaster,person,office}'
        WHEN 'outcome' THEN '{done,made,waits_for_second_person,session_over,not_permitted,not_found,etag_missing,etag_differs,state_wrong,second_person_needed,field_malformed,there_already}'
    END::text[]
$$;
COMMENT ON FUNCTION registry.office_words IS 'Words of a list, in the order of the numbers that stand for them.';

CREATE OR REPLACE FUNCTION registry.office_word(list text, number int4) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT (office_words(list))[number] $$;
COMMENT ON FUNCTION registry.office_word IS 'The word for a number.';

CREATE OR REPLACE FUNCTION registry.office_number(list text, word text) RETURNS int2
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT array_position(office_words(list), word)::int2 $$;
COMMENT ON FUNCTION registry.office_number IS 'The number for a word; NULL for one that the list does not have.';

-- Of all that a row says, so whoever changes it must have seen it as it is.
CREATE OR REPLACE FUNCTION registry.office_etag(seen text) RETURNS text
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$ SELECT '"' || left(md5(seen), 16) || '"' $$;
COMMENT ON FUNCTION registry.office_etag IS 'The ETag of a row.';

CREATE OR REPLACE FUNCTION registry.office_answer(outcome int4, detail text DEFAULT NULL) RETURNS registry.office_reply
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT ROW(outcome::int2, NULL, detail, NULL, NULL)::office_reply $$;
COMMENT ON FUNCTION registry.office_answer IS 'A reply without a body.';

CREATE OR REPLACE FUNCTION registry.office_body(outcome int4, body jsonb, etag text DEFAULT NULL) RETURNS registry.office_reply
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT ROW(outcome::int2, etag, NULL, jsonb_strip_nulls(body), NULL)::office_reply $$;
COMMENT ON FUNCTION registry.office_body IS 'A reply with a body; what is not there is left out.';

-- One more than a page was asked for, if there is more.
CREATE OR REPLACE FUNCTION registry.office_page(items jsonb[], keys text[], count_max int4) RETURNS registry.office_reply
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object(
        'items', coalesce(to_jsonb(items[1:count_max]), '[]'::jsonb),
        'next_after', CASE WHEN cardinality(items) > count_max THEN keys[count_max] END))
$$;
COMMENT ON FUNCTION registry.office_page IS 'A page of a list, and where the next one begins.';

CREATE OR REPLACE FUNCTION registry.office_count(args jsonb) RETURNS int4
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT greatest(1, least(500, coalesce((args ->> 'count')::int4, 100))) $$;
COMMENT ON FUNCTION registry.office_count IS 'How many items a page has.';

-- ---- sessions -----------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION registry.office_factor(operator_id int4, today date, moment timestamptz)
    RETURNS TABLE (generation int2, used_step int8, is_locked bool)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
    SELECT o.generation, o.used_step, coalesce(o.locked_until > moment, false)
    FROM operator AS o
    WHERE o.operator_id = office_factor.operator_id AND o.valid_from <= today AND (o.valid_to IS NULL OR o.valid_to > today)
$$;
COMMENT ON FUNCTION registry.office_factor IS 'Which second factor an operator has, and whether it is looked at; no row for nobody.';

CREATE OR REPLACE FUNCTION registry.office_session_open(
        operator_id int4, certificate_id int8, token_digest bytea, step int8, moment timestamptz, today date)
    RETURNS TABLE (is_open bool, until timestamptz, role text, name text)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held operator;
    ends timestamptz := moment + policy_number('operator_session_hours', today) * interval '1 hour';
BEGIN
    SELECT o.* INTO held FROM operator AS o WHERE o.operator_id = office_session_open.operator_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF step <= held.used_step OR coalesce(held.locked_until > moment, false) THEN
        UPDATE operator AS o
        SET failures = CASE WHEN held.failures >= 4 THEN 0 ELSE held.failures + 1 END,
            locked_until = CASE WHEN held.failures >= 4 THEN moment + interval '15 minutes' ELSE held.locked_until END
        WHERE o.operator_id = held.operator_id;
        RETURN QUERY SELECT false, NULL::timestamptz, NULL::text, NULL::text;
        RETURN;
    END IF;
    UPDATE operator AS o SET used_step = step, failures = 0, locked_until = NULL WHERE o.operator_id = held.operator_id;
    DELETE FROM operator_session AS s WHERE s.until < moment;
    INSERT INTO operator_session (token_digest, operator_id, certificate_id, opened_at, used_at, until)
    VALUES (token_digest, held.operator_id, certificate_id, moment, moment, ends);
    RETURN QUERY SELECT true, ends, office_word('role', held.role), held.name;
END
$$;
COMMENT ON FUNCTION registry.office_session_open IS
    'Opens a session for the step whose code was shown, 0 for a wrong one. Each step opens one; after five wrong ones none for 15 minutes.';

CREATE OR REPLACE FUNCTION registry.office_recognise(
        operator_id int4, certificate_id int8, token_digest bytea, request_id uuid, moment timestamptz, today date)
    RETURNS registry.office_who
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held operator;
BEGIN
    UPDATE operator_session AS s SET used_at = greatest(s.used_at, moment)
    WHERE s.token_digest = office_recognise.token_digest AND s.operator_id = office_recognise.operator_id
        AND s.certificate_id = office_recognise.certificate_id AND s.until > moment
        AND s.used_at > moment - policy_number('operator_session_rest_minutes', today) * interval '1 minute';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT o.* INTO held
    FROM operator AS o
    WHERE o.operator_id = office_recognise.operator_id AND o.valid_from <= today AND (o.valid_to IS NULL OR o.valid_to > today);
    RETURN CASE WHEN held.operator_id IS NOT NULL
        THEN ROW(held.operator_id, certificate_id, request_id, moment, today, held.role)::office_who END;
END
$$;
COMMENT ON FUNCTION registry.office_recognise IS 'Whose session a token is, over this certificate; NULL when it is nobody''s or over.';

-- ---- doing --------------------------------------------------------------------------------------

-- What the database itself refuses is an answer, too: nothing of the act holds then.
CREATE OR REPLACE FUNCTION registry.office_run(act text, who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
DECLARE
    reply office_reply;
    broken text;
BEGIN
    EXECUTE format('SELECT r.* FROM registry.%I($1, $2, $3, $4) AS r', 'office_' || act)
        INTO reply USING who, path, args, if_match;
    RETURN reply;
EXCEPTION
    WHEN unique_violation OR exclusion_violation THEN
        RETURN office_answer(12);
    WHEN check_violation OR foreign_key_violation OR not_null_violation THEN
        GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
        RETURN office_answer(11, nullif(broken, ''));
    WHEN datetime_field_overflow OR invalid_datetime_format OR invalid_text_representation OR numeric_value_out_of_range THEN
        RETURN office_answer(11);
END
$$;
COMMENT ON FUNCTION registry.office_run IS 'Runs the function of an act.';

CREATE OR REPLACE FUNCTION registry.office_propose(act text, who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
DECLARE
    ends timestamptz := who.moment + policy_number('proposal_hours', who.today) * interval '1 hour';
    made office_proposal;
BEGIN
    INSERT INTO office_proposal AS p (act, path, args, if_match, proposed_by, proposed_at, until)
    VALUES (act, path, args, if_match, who.operator_id, who.moment, ends)
    RETURNING p.* INTO made;
    RETURN office_body(3, jsonb_build_object('proposal_number', made.proposal_id::text, 'until', ends), office_etag(made::text));
END
$$;
COMMENT ON FUNCTION registry.office_propose IS 'Makes a proposal of an act.';

CREATE OR REPLACE FUNCTION registry.office_do(act text, who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    terms office_act;
    entry office_journal;
    reply office_reply;
BEGIN
    SELECT a.* INTO STRICT terms FROM office_act AS a WHERE a.act = office_do.act;
    IF NOT who.role = ANY (terms.roles) THEN
        RETURN office_answer(5);
    END IF;
    IF NOT terms.changes THEN
        RETURN office_run(act, who, path, args, if_match);
    END IF;
    IF terms.needs_match AND if_match IS NULL THEN
        RETURN office_answer(7);
    END IF;
    INSERT INTO office_journal AS j (operator_id, request_id, certificate_id, act, path, args, done_at)
    VALUES (who.operator_id, who.request_id, who.certificate_id, act, path, args, who.moment)
    ON CONFLICT (operator_id, request_id) DO NOTHING
    RETURNING j.* INTO entry;
    IF entry.entry_id IS NULL THEN
        SELECT j.* INTO STRICT entry
        FROM office_journal AS j
        WHERE j.operator_id = who.operator_id AND j.request_id = who.request_id;
        RETURN ROW(entry.outcome, entry.etag, entry.detail, entry.body, NULL)::office_reply;
    END IF;
    IF terms.needs_second THEN
        reply := office_propose(act, who, path, args, if_match);
    ELSE
        reply := office_run(act, who, path, args, if_match);
    END IF;
    UPDATE office_journal AS j
    SET outcome = reply.outcome, etag = reply.etag, detail = reply.detail,
        body = CASE WHEN reply.person_id IS NULL THEN reply.body END,
        proposal_id = coalesce((reply.body ->> 'proposal_number')::int8, j.proposal_id)
    WHERE j.entry_id = entry.entry_id;
    RETURN reply;
END
$$;
COMMENT ON FUNCTION registry.office_do IS 'Does an act that this operator may do, once for each request.';

CREATE OR REPLACE FUNCTION registry.office(
        act text, operator_id int4, certificate_id int8, token_digest bytea, request_id uuid, path text, args jsonb,
        if_match text, moment timestamptz, today date)
    RETURNS TABLE (outcome int2, etag text, detail text, body text, person_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    who office_who := office_recognise(operator_id, certificate_id, token_digest, request_id, moment, today);
    reply office_reply;
BEGIN
    IF who.operator_id IS NULL THEN
        reply := office_answer(4);
    ELSE
        reply := office_do(act, who, path, args, if_match);
    END IF;
    RETURN QUERY SELECT reply.outcome, reply.etag, reply.detail, reply.body::text, reply.person_id;
END
$$;
COMMENT ON FUNCTION registry.office IS 'Whatever is asked at the operators'' office: see office_act, and office_reply for the outcome.';

-- ---- 88_statistics.sql ----

-- Counting, and what was counted. functions.md explains each of them.
--
-- A record is counted once: by the transaction that wrote it. All transactions below the oldest running one are complete, so
-- from one such mark to the next nothing is missed and nothing comes twice, whoever commits when.
CREATE OR REPLACE FUNCTION registry.statistics_count() RETURNS int8
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    state statistics_state;
    mark xid8 := pg_snapshot_xmin(pg_current_snapshot());
    -- No transaction that writes records lasts so long: its statements have a limit of minutes.
    since timestamptz;
BEGIN
    INSERT INTO statistics_state DEFAULT VALUES ON CONFLICT DO NOTHING;
    SELECT s.* INTO STRICT state FROM statistics_state AS s FOR UPDATE;
    since := state.counted_at - interval '2 hours';
    CREATE TEMPORARY TABLE IF NOT EXISTS statistics_fresh (
        day date, kind int2, way int2, reason int2, items int4, version int8, asked_day date, times int8) ON COMMIT DELETE ROWS;
    DELETE FROM pg_temp.statistics_fresh;
    INSERT INTO pg_temp.statistics_fresh
    -- Single items of a visit (64 to 67) are uses and no checks.
    SELECT a.day, f.kind, a.way, CASE WHEN a.route BETWEEN 64 AND 67 THEN 0 ELSE coalesce(a.reason, 0) END, a.items >> 11 & 15,
           CASE WHEN a.reason NOT IN (1, 10) AND a.way <> 3 THEN a.dossier_versions[1] END,
           CASE WHEN a.reason NOT IN (1, 10) AND a.way <> 3 THEN coalesce(a.asked_day, a.day) END, count(*)
    FROM access_record AS a
    JOIN facility AS f USING (facility_id)
    WHERE a.day >= civil_day(since) AND a.recorded_at >= since
        AND a.recorded_xid >= state.counted_to AND a.recorded_xid < mark
        AND a.actor_kind = 1 AND a.fault IS NULL AND a.way IN (1, 2, 3, 6, 7) AND a.route IN (1, 5, 61, 62, 64, 65, 66, 67, 70)
    GROUP BY 1, 2, 3, 4, 5, 6, 7;
    INSERT INTO statistics_check AS s (day, facility_kind, way, reason, checks)
    SELECT n.day, n.kind, n.way, n.reason, sum(n.times)
    FROM pg_temp.statistics_fresh AS n
    WHERE n.reason <> 0
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (day, facility_kind, way, reason) DO UPDATE SET checks = s.checks + excluded.checks;
    INSERT INTO statistics_use AS s (day, facility_kind, item, uses)
    SELECT n.day, n.kind, i.item, sum(n.times)
    FROM pg_temp.statistics_fresh AS n
    JOIN generate_series(1, 4) AS i (item) ON n.items >> i.item - 1 & 1 = 1
    GROUP BY 1, 2, 3
    ON CONFLICT (day, facility_kind, item) DO UPDATE SET uses = s.uses + excluded.uses;
    INSERT INTO statistics_reason AS s (day, insurer_number, reason, answers)
    SELECT n.day, c.insurer_number, n.reason, sum(n.times)
    FROM pg_temp.statistics_fresh AS n
    CROSS JOIN LATERAL (
        SELECT d.person_id FROM dossier AS d WHERE d.version = n.version
        UNION ALL
        SELECT p.person_id FROM dossier_past AS p WHERE p.version = n.version
        LIMIT 1
    ) AS p
    CROSS JOIN LATERAL (
        SELECT v.insurer_number FROM coverage AS v
        WHERE v.person_id = p.person_id AND v.superseded_at = 'infinity'
        ORDER BY lower(v.valid) <= n.asked_day DESC, lower(v.valid) DESC
        LIMIT 1
    ) AS c
    WHERE n.version IS NOT NULL AND n.reason <> 0
    GROUP BY 1, 2, 3
    ON CONFLICT (day, insurer_number, reason) DO UPDATE SET answers = s.answers + excluded.answers;
    UPDATE statistics_state SET counted_to = mark, counted_at = clock_timestamp();
    RETURN (SELECT coalesce(sum(n.times), 0) FROM pg_temp.statistics_fresh AS n);
END
$$;
COMMENT ON FUNCTION registry.statistics_count IS 'Counts the access records that were written since the last time; how many those were.';

-- Months by kind of facility: by card (emergencies too), by number (disasters too), in lists, and all of them.
CREATE OR REPLACE FUNCTION registry.statistics_checks(from_on date, until_on date)
    RETURNS TABLE (month date, facility_kind text, by_card int8, by_number int8, in_lists int8, total int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT date_trunc('month', s.day)::date, office_word('facility_kind', s.facility_kind),
           coalesce(sum(s.checks) FILTER (WHERE s.way IN (1, 6)), 0)::int8,
           coalesce(sum(s.checks) FILTER (WHERE s.way IN (2, 7)), 0)::int8,
           coalesce(sum(s.checks) FILTER (WHERE s.way = 3), 0)::int8, sum(s.checks)::int8
    FROM statistics_check AS s
    WHERE s.day BETWEEN from_on AND until_on
    GROUP BY 1, s.facility_kind
    ORDER BY 1, s.facility_kind
$$;
COMMENT ON FUNCTION registry.statistics_checks IS 'Checks by month, kind of facility and way (SR-146, SR-148).';

CREATE OR REPLACE FUNCTION registry.statistics_uses(from_on date, until_on date)
    RETURNS TABLE (month date, facility_kind text, checkups int8, drugs int8, treatments int8, operations int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT date_trunc('month', s.day)::date, office_word('facility_kind', s.facility_kind),
           coalesce(sum(s.uses) FILTER (WHERE s.item = 1), 0)::int8, coalesce(sum(s.uses) FILTER (WHERE s.item = 2), 0)::int8,
           coalesce(sum(s.uses) FILTER (WHERE s.item = 3), 0)::int8, coalesce(sum(s.uses) FILTER (WHERE s.item = 4), 0)::int8
    FROM statistics_use AS s
    WHERE s.day BETWEEN from_on AND until_on
    GROUP BY 1, s.facility_kind
    ORDER BY 1, s.facility_kind
$$;
COMMENT ON FUNCTION registry.statistics_uses IS 'Uses of medical information by month and kind of facility (SR-150, SR-151).';

-- As of a day: what a facility's status was at its end. Registered are all that have applied, ready those that operate too.
-- Only of those whose status has changed since is it looked up what it was: of a day that is just over, next to none.
CREATE OR REPLACE FUNCTION registry.statistics_rollout(on_day date)
    RETURNS TABLE (prefecture int2, facility_kind text, facilities int8, obliged int8, registered int8, ready int8, operating int8,
                  exempt int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    WITH changed AS (
        SELECT DISTINCT s.facility_id
        FROM facility_status AS s
        WHERE s.since >= (on_day + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'
    ),
    exempt AS (
        SELECT DISTINCT e.facility_id
        FROM facility_exemption AS e
        WHERE e.valid_from <= on_day AND (e.valid_to IS NULL OR e.valid_to > on_day)
    ),
    held AS (
        SELECT f.prefecture, f.kind, e.facility_id IS NOT NULL AS is_exempt,
               CASE WHEN c.facility_id IS NULL THEN f.status
                    ELSE coalesce((SELECT s.status FROM facility_status AS s
                                   WHERE s.facility_id = f.facility_id AND s.since < (on_day + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'
                                   ORDER BY s.since DESC LIMIT 1), f.status) END AS status
        FROM facility AS f
        LEFT JOIN changed AS c USING (facility_id)
        LEFT JOIN exempt AS e USING (facility_id)
        WHERE f.valid_from <= on_day AND (f.valid_to IS NULL OR f.valid_to > on_day)
    ),
    counted AS (
        SELECT h.prefecture, h.kind, count(*) AS registered, count(*) FILTER (WHERE h.status IN (2, 3)) AS ready,
               count(*) FILTER (WHERE h.status = 3) AS operating, count(*) FILTER (WHERE h.is_exempt) AS exempt
        FROM held AS h
        GROUP BY 1, 2
    ),
    listed AS (
        SELECT u.prefecture, u.facility_kind AS kind, u.facilities, u.obliged
        FROM facility_universe AS u
        WHERE u.as_of = (SELECT max(m.as_of) FROM facility_universe AS m WHERE m.as_of <= on_day)
    )
    SELECT coalesce(l.prefecture, c.prefecture), office_word('facility_kind', coalesce(l.kind, c.kind)),
           greatest(l.facilities, coalesce(c.registered, 0)), coalesce(l.obliged, 0)::int8, coalesce(c.registered, 0),
           coalesce(c.ready, 0), coalesce(c.operating, 0), coalesce(c.exempt, 0)
    FROM listed AS l
    FULL JOIN counted AS c ON c.prefecture = l.prefecture AND c.kind = l.kind
    ORDER BY 1, coalesce(l.kind, c.kind)
$$;
COMMENT ON FUNCTION registry.statistics_rollout IS 'Facilities by prefecture and kind: all, obliged, registered, ready, operating, exempt (SR-134 to SR-137, SR-152).';

CREATE OR REPLACE FUNCTION registry.statistics_reasons(from_on date, until_on date)
    RETURNS TABLE (insurer_number text, name text, reason text, answers int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    SELECT t.insurer_number, i.name, w.words[t.reason], t.answers
    FROM (SELECT s.insurer_number, s.reason, sum(s.answers)::int8 AS answers
          FROM statistics_reason AS s
          WHERE s.day BETWEEN from_on AND until_on
          GROUP BY 1, 2) AS t
    JOIN insurer AS i USING (insurer_number)
    CROSS JOIN (SELECT office_words('reason') AS words OFFSET 0) AS w
    ORDER BY t.answers DESC, t.insurer_number, t.reason
$$;
COMMENT ON FUNCTION registry.statistics_reasons IS 'Answers that an insurer''s records caused at reception desks, by reason.';

-- ---- what is published --------------------------------------------------------------------------
--
-- Months and weeks overlap, and either of them could give away what the other one hides. So both are put together from the same
-- pieces, the days that one month and one week have in common, and a piece below ten is in nothing that is published: not in its
-- week, not in its month, not in a total. Whatever is added or taken away, only sums of pieces of ten and more come out.
CREATE OR REPLACE FUNCTION registry.statistics_cells(list text, period text, from_on date, until_on date)
    RETURNS TABLE (began date, facility_kind int2, head text, shown int8)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
    WITH counted AS (
        SELECT s.day, s.facility_kind, CASE WHEN s.way IN (1, 6) THEN 'by_card' WHEN s.way IN (2, 7) THEN 'by_number' ELSE 'in_lists' END
                   AS head, s.checks AS count
        FROM statistics_check AS s
        WHERE list = 'checks' AND s.day BETWEEN from_on AND until_on
        UNION ALL
        SELECT s.day, s.facility_kind, ('{checkups,drugs,treatments,operations}'::text[])[s.item], s.uses
        FROM statistics_use AS s
        WHERE list = 'uses' AND s.day BETWEEN from_on AND until_on
    ),
    pieces AS (
        SELECT date_trunc('month', c.day)::date AS month, date_trunc('week', c.day)::date AS week, c.facility_kind, c.head,
               sum(c.count)::int8 AS count
        FROM counted AS c
        GROUP BY 1, 2, 3, 4
    ),
    placed AS (
        SELECT p.facility_kind, p.head, p.count, CASE period WHEN 'week' THEN p.week ELSE p.month END AS began,
               CASE period WHEN 'week' THEN p.week + 7 ELSE (p.month + interval '1 month')::date END AS ended
        FROM pieces AS p
    )
    SELECT p.began, p.facility_kind, p.head, (sum(p.count) FILTER (WHERE p.count >= 10))::int8
    FROM placed AS p
    WHERE p.began >= from_on AND p.ended <= until_on + 1
    GROUP BY 1, 2, 3
$$;
COMMENT ON FUNCTION registry.statistics_cells IS
    'Cells of the months or weeks that lie wholly within the days, of pieces of ten and more; NULL where there are smaller ones only.';

CREATE OR REPLACE FUNCTION registry.statistics_week(monday date) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = registry, pg_temp
AS $$ SELECT jsonb_build_object('week', to_char(monday, 'IYYY"-W"IW'), 'monday', monday, 'sunday', monday + 6) $$;
COMMENT ON FUNCTION registry.statistics_week IS 'How a week is named in what is published: by ISO 8601.';

CREATE OR REPLACE FUNCTION registry.statistics_rows(list text, period text, from_on date, until_on date)
    RETURNS TABLE (at int8, item jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF list <> 'rollout' THEN
        RETURN QUERY
        SELECT row_number() OVER (ORDER BY c.began, c.facility_kind),
               CASE period WHEN 'week' THEN statistics_week(c.began) ELSE jsonb_build_object('month', c.began) END
               || jsonb_build_object('facility_kind', office_word('facility_kind', c.facility_kind))
               || jsonb_object_agg(c.head, c.shown)
        FROM statistics_cells(list, period, from_on, until_on) AS c
        GROUP BY c.began, c.facility_kind;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT row_number() OVER (ORDER BY d.sunday, r.no),
           CASE period WHEN 'week' THEN statistics_week(d.sunday - 6) ELSE '{}' END
           || (SELECT jsonb_object_agg(f.key, CASE WHEN f.key <> 'prefecture' AND f.value #>> '{}' ~ '^[1-9]$' THEN 'null' ELSE f.value END)
               FROM jsonb_each(r.row) AS f)
    FROM (
        SELECT until_on AS sunday WHERE period <> 'week'
        UNION ALL
        SELECT s.day::date
        FROM generate_series(date_trunc('week', from_on + 6)::date + 6, until_on, interval '7 days') AS s (day)
        WHERE period = 'week'
    ) AS d
    CROSS JOIN LATERAL (
        SELECT row_number() OVER () AS no, to_jsonb(t) AS row FROM statistics_rollout(d.sunday) AS t
    ) AS r;
END
$$;
COMMENT ON FUNCTION registry.statistics_rows IS 'Rows of a list by month or week, in their order; what is hidden is null.';

CREATE OR REPLACE FUNCTION registry.statistics_published(list text, form text, from_on date, until_on date) RETURNS TABLE (line text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = registry, pg_temp
AS $$
DECLARE
    kind text := split_part(list, '-', 1);
    is_weekly boolean := list LIKE '%-weekly';
    -- No period that goes on, or that has not been counted to its end.
    last_on date := (SELECT least(until_on, civil_day(max(s.counted_at)) - 1) FROM statistics_state AS s);
    counts text[] := CASE kind
        WHEN 'checks' THEN '{by_card,by_number,in_lists}'
        WHEN 'uses' THEN '{checkups,drugs,treatments,operations}'
        WHEN 'rollout' THEN '{facilities,obliged,registered,ready,operating,exempt}' END;
    names text[] := CASE WHEN is_weekly THEN '{week,monday,sunday}'::text[] WHEN kind <> 'rollout' THEN '{month}' ELSE '{}' END
        || CASE WHEN kind = 'rollout' THEN '{prefecture}'::text[] ELSE '{}' END || '{facility_kind}';
    items jsonb;
    total jsonb;
BEGIN
    IF counts IS NULL OR form NOT IN ('csv', 'json') OR list NOT IN (kind, kind || '-weekly') THEN
        RAISE EXCEPTION 'statistics_published: no such list' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT coalesce(jsonb_agg((SELECT jsonb_object_agg(c.name, 0) FROM unnest(counts) AS c (name)) || r.item ORDER BY r.at), '[]')
    INTO items
    FROM statistics_rows(kind, CASE WHEN is_weekly THEN 'week' ELSE 'month' END, from_on, last_on) AS r;
    -- Weeks have none: it would say nothing of facilities, which are the same ones week by week.
    IF NOT is_weekly THEN
        SELECT jsonb_object_agg(c.name, (SELECT coalesce(sum((i.item ->> c.name)::int8), 0) FROM jsonb_array_elements(items) AS i (item)))
        INTO total
        FROM unnest(counts) AS c (name);
    END IF;
    IF form = 'json' THEN
        line := jsonb_strip_nulls(jsonb_build_object('list', list, 'from', from_on, 'until', last_on, 'hidden_below', 10, 'total', total))
            || jsonb_build_object('items', items);
        RETURN NEXT;
        RETURN;
    END IF;
    line := array_to_string(names || counts, ',');
    RETURN NEXT;
    RETURN QUERY
    SELECT (SELECT string_agg(coalesce(i.item ->> c.name, ''), ',' ORDER BY c.no) FROM unnest(names || counts) WITH ORDINALITY AS c (name, no))
    FROM jsonb_array_elements(items) WITH ORDINALITY AS i (item, no)
    ORDER BY i.no;
    IF total IS NOT NULL THEN
        line := 'total' || repeat(',', cardinality(names))
            || (SELECT string_agg(total ->> c.name, ',' ORDER BY c.no) FROM unnest(counts) WITH ORDINALITY AS c (name, no));
        RETURN NEXT;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.statistics_published IS
    'A list for publishing, as lines of CSV or one of JSON: checks, uses or rollout, or one of these with -weekly. statistics.md has the columns and the rule of what is hidden.';

-- ---- 89_office_read.sql ----

-- What operators look at. Every function here is an act of office_act; functions.md explains them together. Nothing here names a
-- person, but for office_hold_show in 89_office_change.sql, which needs two operators.

CREATE OR REPLACE FUNCTION registry.office_is_exempt(facility_id int4, today date) RETURNS bool
    LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT FROM registry.facility_exemption AS e
                   WHERE e.facility_id = $1 AND e.valid_from <= $2 AND (e.valid_to IS NULL OR e.valid_to > $2))
$$;
COMMENT ON FUNCTION registry.office_is_exempt IS 'Whether a facility need not check online on a day.';

-- What a facility is on a day is more than its status: closed when its days are over, and exempt while it need not operate yet.
CREATE OR REPLACE FUNCTION registry.office_facility_view(r registry.facility, today date) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'facility_code', r.facility_code,
        'name', r.name,
        'kind', office_word('facility_kind', r.kind),
        'prefecture', r.prefecture,
        'status', office_word('facility_status', r.status),
        'state', CASE WHEN r.valid_to <= today THEN 'closed'
                      WHEN r.status IN (1, 2) AND office_is_exempt(r.facility_id, today) THEN 'exempt'
                      ELSE office_word('facility_status', r.status) END,
        'rights', office_word('rights', r.rights_profile),
        'valid_from', r.valid_from,
        'valid_to', r.valid_to,
        'predecessor_code', r.predecessor_code,
        'successor_code', (SELECT s.facility_code FROM facility AS s
                           WHERE s.predecessor_code = r.facility_code AND s.facility_id <> r.facility_id
                               AND (s.valid_to IS NULL OR s.valid_to > r.valid_from)
                           ORDER BY s.valid_from DESC LIMIT 1),
        'etag', office_etag(r::text)))
$$;
COMMENT ON FUNCTION registry.office_facility_view IS 'A facility, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_insurer_view(r registry.insurer) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'insurer_number', r.insurer_number,
        'name', r.name,
        'kind', r.kind,
        'contact_phone', r.contact_phone,
        'contact_text', r.contact_text,
        'successor_number', r.successor_number,
        'valid_from', r.valid_from,
        'valid_to', r.valid_to,
        'last_heard_at', r.last_heard_at,
        'usual_lag_days', r.usual_lag_days,
        'etag', office_etag(ROW(r.insurer_number, r.name, r.kind, r.contact_phone, r.contact_text, r.successor_number, r.valid_to)::text)))
$$;
COMMENT ON FUNCTION registry.office_insurer_view IS 'An insurer, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_certificate_view(r registry.certificate) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'certificate_number', r.certificate_id::text,
        'holder', office_word('holder', r.holder_kind),
        'facility_code', (SELECT f.facility_code FROM facility AS f WHERE f.facility_id = r.facility_id),
        'insurer_number', r.insurer_number,
        'operator_number', r.operator_id::text,
        'serial', r.serial,
        'not_before', r.not_before,
        'not_after', r.not_after,
        'revoked_at', r.revoked_at,
        'revocation_reason', r.revocation_reason,
        'etag', office_etag(r::text)))
$$;
COMMENT ON FUNCTION registry.office_certificate_view IS 'A certificate, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_disaster_view(r registry.disaster_mode) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'disaster_number', r.disaster_id::text,
        'prefecture', r.prefecture,
        'opened_at', r.opened_at,
        'closes_at', r.closes_at,
        'reason', r.reason,
        'opened_by', r.opened_by,
        'closed_at', r.closed_at,
        'closed_by', r.closed_by,
        'etag', office_etag(r::text)))
$$;
COMMENT ON FUNCTION registry.office_disaster_view IS 'Disaster mode of a prefecture, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_batch_view(r registry.batch) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'batch_number', r.batch_id::text,
        'insurer_number', r.insurer_number,
        'state', office_word('batch_state', r.state),
        'is_dry_run', r.is_dry_run,
        'received_bytes', r.received_bytes,
        'announced_bytes', r.announced_bytes,
        'opened_at', r.opened_at,
        'received_at', r.received_at,
        'checked_at', r.checked_at,
        'finished_at', r.finished_at,
        'rows', r.row_count,
        'checked', r.staged_count,
        'applied', r.applied_count,
        'held', r.held_count,
        'refused', r.refused_count,
        'refusal', r.refusal,
        'failures', r.failures,
        'rests_until', r.rests_until,
        'etag', office_etag(ROW(r.batch_id, r.state)::text)))
$$;
COMMENT ON FUNCTION registry.office_batch_view IS 'A batch, as operators see it.';

CREATE OR REPLACE FUNCTION registry.office_operator_view(r registry.operator) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'operator_number', r.operator_id::text,
        'name', r.name,
        'organisation', r.organisation,
        'role', office_word('role', r.role),
        'valid_from', r.valid_from,
        'valid_to', r.valid_to,
        'locked_until', r.locked_until,
        'etag', office_etag(ROW(r.operator_id, r.role, r.valid_to)::text)))
$$;
COMMENT ON FUNCTION registry.office_operator_view IS 'An operator, as others see it.';

CREATE OR REPLACE FUNCTION registry.office_proposal_view(r registry.office_proposal) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'proposal_number', r.proposal_id::text,
        'act', r.act,
        'to', nullif(r.path, ''),
        'how', r.args,
        'proposed_by', r.proposed_by::text,
        'proposed_at', r.proposed_at,
        'until', r.until,
        'state', office_word('proposal_state', r.state),
        'decided_by', r.decided_by::text,
        'decided_at', r.decided_at,
        'etag', office_etag(r::text)))
$$;
COMMENT ON FUNCTION registry.office_proposal_view IS 'A proposal.';

CREATE OR REPLACE FUNCTION registry.office_self(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object(
        'operator_number', o.operator_id::text, 'name', o.name, 'organisation', o.organisation,
        'role', office_word('role', o.role),
        'acts', (SELECT jsonb_agg(a.act ORDER BY a.act) FROM office_act AS a WHERE o.role = ANY (a.roles))))
    FROM operator AS o
    WHERE o.operator_id = who.operator_id
$$;
COMMENT ON FUNCTION registry.office_self IS 'Who the operator is, and what the role allows.';

CREATE OR REPLACE FUNCTION registry.office_overview(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object(
        'as_of', who.moment,
        'facilities', (SELECT jsonb_object_agg(office_word('facility_status', f.status), f.count)
                       FROM (SELECT v.status, count(*) FROM facility AS v
                             WHERE v.valid_from <= who.today AND (v.valid_to IS NULL OR v.valid_to > who.today)
                             GROUP BY v.status) AS f),
        'insurers', (SELECT count(*) FROM insurer AS i
                     WHERE i.valid_from <= who.today AND (i.valid_to IS NULL OR i.valid_to > who.today)),
        'certificates_ending', (SELECT count(*) FROM certificate AS c
                                WHERE c.revoked_at IS NULL AND c.not_after BETWEEN who.moment AND who.moment + interval '30 days'),
        'batches', jsonb_build_object(
            'at_work', (SELECT count(*) FROM batch AS b WHERE b.state IN (2, 3, 5)),
            'oldest_at_work', (SELECT min(b.received_at) FROM batch AS b WHERE b.state IN (2, 3, 5)),
            'waits_for_release', (SELECT count(*) FROM batch AS b WHERE b.state = 4),
            'failing', (SELECT count(*) FROM batch AS b WHERE b.state IN (2, 3, 5) AND b.failures > 0)),
        'jobs', (SELECT jsonb_build_object('unfinished', count(*), 'oldest', min(j.received_at))
                 FROM bulk_job AS j WHERE j.state < 3 AND j.expires_at > who.moment),
        'holds', (SELECT jsonb_build_object('open', count(*), 'overdue', count(*) FILTER (WHERE h.due_on < who.today))
                  FROM person_hold AS h WHERE h.closed_at IS NULL AND h.insurer_number IS NOT NULL),
        'discrepancies', (SELECT jsonb_build_object('open', count(*), 'overdue', count(*) FILTER (WHERE d.due_on < who.today))
                          FROM discrepancy AS d WHERE d.state = 1),
        'reviews', (SELECT jsonb_build_object('open', count(*), 'overdue', count(*) FILTER (WHERE v.review_due_at < who.moment))
                    FROM visit AS v WHERE v.review_due_at IS NOT NULL AND v.reviewed_at IS NULL),
        'alarms_today', (SELECT count(*) FROM facility_alarm AS a WHERE civil_day(a.raised_at) = who.today
                         AND a.raised_at > who.moment - interval '2 days'),
        'disasters_open', (SELECT count(*) FROM disaster_mode AS m
                           WHERE m.opened_at <= who.moment AND who.moment < least(m.closes_at, m.closed_at)),
        'proposals_waiting', (SELECT count(*) FROM office_proposal AS p WHERE p.state = 1 AND p.until > who.moment),
        'silent_insurers', (SELECT coalesce(jsonb_agg(jsonb_build_object('insurer_number', s.insurer_number, 'name', s.name,
                                                                'last_heard_at', s.last_heard_at)), '[]')
                            FROM (SELECT i.* FROM insurer AS i
                                  WHERE i.valid_from <= who.today AND (i.valid_to IS NULL OR i.valid_to > who.today)
                                  ORDER BY i.last_heard_at NULLS FIRST, i.insurer_number LIMIT 10) AS s)))
$$;
COMMENT ON FUNCTION registry.office_overview IS 'The registry at a glance.';

CREATE OR REPLACE FUNCTION registry.office_facilities(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_facility_view(f, who.today) AS item, f.facility_code AS key
            FROM (SELECT coalesce(args ->> 'after', '') COLLATE "C" AS after, (args ->> 'prefecture')::int2 AS prefecture,
                         office_number('facility_kind', args ->> 'kind') AS kind,
                         office_number('facility_status', args ->> 'status') AS status, args ->> 'state' AS state,
                         office_number('facility_status', args ->> 'state') AS in_state OFFSET 0) AS a
            CROSS JOIN facility AS f
            WHERE f.facility_code > a.after AND f.valid_from <= who.today
                AND coalesce(f.valid_to <= who.today, false) = coalesce(a.state = 'closed', false)
                AND (a.prefecture IS NULL OR f.prefecture = a.prefecture) AND (a.kind IS NULL OR f.kind = a.kind)
                AND (a.status IS NULL OR f.status = a.status)
                AND CASE WHEN a.state IS NULL OR a.state = 'closed' THEN true
                         WHEN a.state = 'exempt' THEN f.status IN (1, 2) AND office_is_exempt(f.facility_id, who.today)
                         ELSE f.status = a.in_state AND (f.status > 2 OR NOT office_is_exempt(f.facility_id, who.today)) END
            ORDER BY f.facility_code
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_facilities IS 'Facilities, by their codes.';

-- The one that has the code now, or had it last.
CREATE OR REPLACE FUNCTION registry.office_facility_of(code text) RETURNS registry.facility
    LANGUAGE sql STABLE SET search_path = registry, pg_temp
AS $$ SELECT f FROM facility AS f WHERE f.facility_code = code ORDER BY f.valid_from DESC LIMIT 1 $$;
COMMENT ON FUNCTION registry.office_facility_of IS 'The facility that has a code, or had it last.';

CREATE OR REPLACE FUNCTION registry.office_facility(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held facility := office_facility_of(path);
BEGIN
    IF held.facility_id IS NULL THEN
        RETURN office_answer(6);
    END IF;
    RETURN office_body(1, office_facility_view(held, who.today) || jsonb_build_object('history',
        (SELECT coalesce(jsonb_agg(jsonb_build_object('since', s.since, 'status', office_word('facility_status', s.status))
                                   ORDER BY s.since), '[]')
         FROM facility_status AS s WHERE s.facility_id = held.facility_id),
        'exemptions', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', office_word('exemption', e.kind),
                                            'valid_from', e.valid_from, 'valid_to', e.valid_to)) ORDER BY e.valid_from)
                       FROM facility_exemption AS e WHERE e.facility_id = held.facility_id)), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_facility IS 'One facility, with its history.';

CREATE OR REPLACE FUNCTION registry.office_alarms(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('alarm_number', a.alarm_id::text, 'facility_code', f.facility_code, 'name', f.name,
                                      'raised_at', a.raised_at, 'pattern', a.pattern,
                                      'status', office_word('facility_status', f.status)) AS item, a.alarm_id::text AS key
            FROM facility_alarm AS a JOIN facility AS f USING (facility_id)
            WHERE (args ->> 'after' IS NULL OR a.alarm_id < (args ->> 'after')::int8)
                AND (args ->> 'day' IS NULL OR civil_day(a.raised_at) = (args ->> 'day')::date)
                AND (args ->> 'facility_code' IS NULL OR f.facility_code = args ->> 'facility_code')
            ORDER BY a.alarm_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_alarms IS 'Facilities that were suspended for how they asked, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_credential_alarms(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('alarm_number', a.alarm_id::text, 'issuer', c.name, 'serial', a.serial,
                                      'raised_at', a.raised_at) AS item, a.alarm_id::text AS key
            FROM credential_alarm AS a JOIN card_issuer AS c USING (issuer_id)
            WHERE args ->> 'after' IS NULL OR a.alarm_id < (args ->> 'after')::int8
            ORDER BY a.alarm_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_credential_alarms IS 'Certificates that somebody wanted to link to a second person, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_insurers(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_insurer_view(i) AS item, i.insurer_number AS key
            FROM insurer AS i
            WHERE (args ->> 'after' IS NULL OR i.insurer_number > args ->> 'after')
                AND i.valid_from <= who.today AND (i.valid_to IS NULL OR i.valid_to > who.today)
            ORDER BY i.insurer_number
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_insurers IS 'Insurers, by their numbers.';

CREATE OR REPLACE FUNCTION registry.office_insurer(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held insurer;
BEGIN
    SELECT i.* INTO held FROM insurer AS i WHERE i.insurer_number = path;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    END IF;
    RETURN office_body(1, office_insurer_view(held), office_insurer_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_insurer IS 'One insurer.';

CREATE OR REPLACE FUNCTION registry.office_certificates(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_certificate_view(c) AS item, c.certificate_id::text AS key
            FROM certificate AS c
            WHERE 
                (args ->> 'after' IS NULL OR c.certificate_id > (args ->> 'after')::int8)
                AND (args ->> 'facility_code' IS NULL
                     OR c.facility_id IN (SELECT f.facility_id FROM facility AS f WHERE f.facility_code = args ->> 'facility_code'))
                AND (args ->> 'insurer_number' IS NULL OR c.insurer_number = args ->> 'insurer_number')
                AND (args ->> 'ends_before' IS NULL
                     OR c.revoked_at IS NULL AND c.not_after BETWEEN who.moment AND (args ->> 'ends_before')::date)
            ORDER BY c.certificate_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_certificates IS 'Certificates of a facility, of an insurer, or those that end soon.';

CREATE OR REPLACE FUNCTION registry.office_parameters(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('name', p.name, 'valid_from', p.valid_from, 'value', p.value, 'unit', p.unit, 'source', p.source) AS item, p.name || ' ' || p.valid_from AS key
            FROM policy_parameter AS p
            WHERE (args ->> 'after' IS NULL OR (p.name, p.valid_from) > (split_part(args ->> 'after', ' ', 1) COLLATE "C", split_part(args ->> 'after', ' ', 2)::date))
            ORDER BY p.name, p.valid_from
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_parameters IS 'Policy parameters with their days.';

CREATE OR REPLACE FUNCTION registry.office_holidays(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('day', h.day, 'name', h.name) AS item, h.day::text AS key
            FROM holiday AS h
            WHERE (args ->> 'after' IS NULL OR h.day > (args ->> 'after')::date)
            ORDER BY h.day
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_holidays IS 'Public holidays.';

CREATE OR REPLACE FUNCTION registry.office_disasters(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_disaster_view(d) AS item, d.disaster_id::text AS key
            FROM disaster_mode AS d
            WHERE (args ->> 'after' IS NULL OR d.disaster_id < (args ->> 'after')::int8)
            ORDER BY d.disaster_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_disasters IS 'Disaster modes, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_batches(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_batch_view(b) AS item, b.batch_id::text AS key
            FROM (SELECT coalesce((args ->> 'after')::int8, 9223372036854775807) AS after, args ->> 'insurer_number' AS insurer_number,
                         office_number('batch_state', args ->> 'state') AS state OFFSET 0) AS a
            CROSS JOIN batch AS b
            WHERE b.batch_id < a.after AND (a.insurer_number IS NULL OR b.insurer_number = a.insurer_number)
                AND (a.state IS NULL OR b.state = a.state)
            ORDER BY b.batch_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_batches IS 'Batches, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_batch(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held FROM batch AS b WHERE b.batch_id = path::int8;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    END IF;
    RETURN office_body(1, office_batch_view(held), office_batch_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_batch IS 'One batch.';

CREATE OR REPLACE FUNCTION registry.office_jobs(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('reception_number', j.reception_number, 'facility_code', f.facility_code, 'received_at', j.received_at, 'state', office_word('job_state', j.state), 'items', j.item_count, 'done', j.done, 'errors', j.errors) AS item, j.job_id::text AS key
            FROM bulk_job AS j JOIN facility AS f USING (facility_id)
            WHERE j.state < 3 AND (args ->> 'after' IS NULL OR j.job_id > (args ->> 'after')::int8)
            ORDER BY j.job_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_jobs IS 'Bulk inquiries that are not finished, the oldest first.';

CREATE OR REPLACE FUNCTION registry.office_holds(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('hold_number', h.hold_id::text, 'insurer_number', h.insurer_number, 'kind', h.kind, 'opened_at', h.opened_at, 'due_on', h.due_on, 'is_overdue', h.due_on < who.today) AS item, h.hold_id::text AS key
            FROM person_hold AS h
            WHERE h.closed_at IS NULL AND h.insurer_number IS NOT NULL
                AND (args ->> 'after' IS NULL OR h.hold_id > (args ->> 'after')::int8)
                AND (args ->> 'insurer_number' IS NULL OR h.insurer_number = args ->> 'insurer_number')
                AND (args ->> 'overdue' IS DISTINCT FROM 'yes' OR h.due_on < who.today)
            ORDER BY h.hold_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_holds IS 'Doubts that wait for an insurer, without whom they are about.';

CREATE OR REPLACE FUNCTION registry.office_breaches(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_strip_nulls(jsonb_build_object('breach_number', b.breach_id::text, 'insurer_number', b.insurer_number, 'kind', office_word('breach_kind', b.kind), 'due_on', b.due_on, 'done_on', b.done_on, 'batch_number', b.batch_id::text, 'row_no', b.row_no, 'notice_number', b.notice_id::text, 'recorded_at', b.recorded_at)) AS item, b.breach_id::text AS key
            FROM registration_breach AS b
            WHERE (args ->> 'after' IS NULL OR b.breach_id < (args ->> 'after')::int8)
                AND (args ->> 'insurer_number' IS NULL OR b.insurer_number = args ->> 'insurer_number')
            ORDER BY b.breach_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_breaches IS 'Breaches of the five days, the latest first, without whom they are about.';

CREATE OR REPLACE FUNCTION registry.office_compliance_all(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, (office_page(array_agg(l.item ORDER BY l.no), array_agg(l.key ORDER BY l.no), office_count(args))).body
                          || jsonb_build_object('from', min(p.from_on), 'until', min(p.until_on)))
    FROM (SELECT coalesce((args ->> 'from')::date, who.today - 29) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
    LEFT JOIN LATERAL (
        SELECT to_jsonb(c) || jsonb_build_object('name', i.name) AS item, c.overdue_now || '/' || c.late || '/' || c.insurer_number AS key,
               row_number() OVER (ORDER BY c.overdue_now DESC, c.late DESC, c.insurer_number) AS no
        FROM compliance(NULL, p.from_on, p.until_on, who.today) AS c
        JOIN insurer AS i USING (insurer_number)
        CROSS JOIN (SELECT string_to_array(args ->> 'after', '/') AS after OFFSET 0) AS a
        WHERE a.after IS NULL
            OR (-c.overdue_now, -c.late, c.insurer_number) > (-a.after[1]::int8, -a.after[2]::int8, a.after[3] COLLATE "C")
        ORDER BY no
        LIMIT office_count(args) + 1
    ) AS l ON true
$$;
COMMENT ON FUNCTION registry.office_compliance_all IS 'The five-day record of each insurer, who is late first.';

CREATE OR REPLACE FUNCTION registry.office_discrepancies(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_strip_nulls(jsonb_build_object('ticket_number', d.ticket_number, 'facility_code', f.facility_code, 'insurer_number', d.insurer_number, 'opened_at', d.opened_at, 'due_on', d.due_on, 'is_overdue', d.due_on < who.today, 'is_open', d.state = 1, 'answered_at', d.answered_at)) AS item, d.ticket_id::text AS key
            FROM discrepancy AS d LEFT JOIN facility AS f USING (facility_id)
            WHERE (args ->> 'after' IS NULL OR d.ticket_id < (args ->> 'after')::int8)
                AND (args ->> 'overdue' IS DISTINCT FROM 'yes' OR d.state = 1 AND d.due_on < who.today)
            ORDER BY d.ticket_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_discrepancies IS 'Tickets of facilities, without whom they are about.';

CREATE OR REPLACE FUNCTION registry.office_reviews(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('visit_id', v.visit_id, 'facility_code', f.facility_code, 'opened_at', v.opened_at, 'review_due_at', v.review_due_at, 'is_overdue', v.review_due_at < who.moment) AS item, v.review_due_at || '/' || v.visit_id AS key
            FROM visit AS v JOIN facility AS f USING (facility_id)
            WHERE v.review_due_at IS NOT NULL AND v.reviewed_at IS NULL
                AND (args ->> 'after' IS NULL OR (v.review_due_at, v.visit_id)
                     > (split_part(args ->> 'after', '/', 1)::timestamptz, split_part(args ->> 'after', '/', 2)::uuid))
            ORDER BY v.review_due_at, v.visit_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_reviews IS 'Looks without consent that wait for their review, the oldest first.';

CREATE OR REPLACE FUNCTION registry.office_unlinks(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_build_object('unlink_number', u.unlink_id::text, 'insurer_number', u.insurer_number, 'linked_at', u.linked_at, 'unlinked_at', u.unlinked_at, 'hold_number', u.hold_id::text) AS item, u.unlink_id::text AS key
            FROM number_unlink AS u
            WHERE (args ->> 'after' IS NULL OR u.unlink_id < (args ->> 'after')::int8)
            ORDER BY u.unlink_id DESC
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_unlinks IS 'Wrong links that were ended, the latest first: how long they were open to views.';

CREATE OR REPLACE FUNCTION registry.office_operators(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_operator_view(o) AS item, o.operator_id::text AS key
            FROM operator AS o
            WHERE (args ->> 'after' IS NULL OR o.operator_id > (args ->> 'after')::int4)
            ORDER BY o.operator_id
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_operators IS 'Operators.';

CREATE OR REPLACE FUNCTION registry.office_proposals(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(office_proposals.args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT office_proposal_view(p) AS item, p.proposal_id::text AS key
            FROM (SELECT coalesce((office_proposals.args ->> 'after')::int8, 9223372036854775807) AS after,
                         office_number('proposal_state', office_proposals.args ->> 'state') AS state OFFSET 0) AS a
            CROSS JOIN office_proposal AS p
            WHERE p.proposal_id < a.after AND (a.state IS NULL OR p.state = a.state)
            ORDER BY p.proposal_id DESC
            LIMIT office_count(office_proposals.args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_proposals IS 'Proposals, the latest first.';

CREATE OR REPLACE FUNCTION registry.office_journal(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(office_journal.args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_strip_nulls(jsonb_build_object('entry_number', j.entry_id::text, 'done_at', j.done_at, 'operator_number', j.operator_id::text, 'act', j.act, 'to', nullif(j.path, ''), 'how', j.args, 'outcome', office_word('outcome', j.outcome), 'detail', j.detail, 'proposal_number', j.proposal_id::text, 'request_id', j.request_id)) AS item, j.entry_id::text AS key
            FROM office_journal AS j
            WHERE (office_journal.args ->> 'after' IS NULL OR j.entry_id < (office_journal.args ->> 'after')::int8)
                AND (office_journal.args ->> 'operator_number' IS NULL OR j.operator_id = (office_journal.args ->> 'operator_number')::int4)
            ORDER BY j.entry_id DESC
            LIMIT office_count(office_journal.args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_journal IS 'What operators did, the latest first.';

-- The earliest of a day come from the first stretch of its numbers that has enough of them: numbers have no sorted index, only a
-- summary of each stretch (50_access_record.sql). So what a page costs does not grow with the day.
CREATE OR REPLACE FUNCTION registry.office_accesses(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql STABLE
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_variable
DECLARE
    on_day date := coalesce((args ->> 'day')::date, who.today);
    after int8 := coalesce((args ->> 'after')::int8, 0);
    only_of int4[] := CASE WHEN args ? 'facility_code' THEN ARRAY(
        SELECT f.facility_id FROM facility AS f WHERE f.facility_code = args ->> 'facility_code') END;
    wanted int4 := office_count(args) + 1;
    first int8 := greatest(after, (SELECT min(a.record_id) FROM access_record AS a WHERE a.day = on_day AND a.ctid < '(8,0)'));
    -- A flight has 4096 numbers, and uses few of them.
    last int8 := (SELECT s.last_value + 1 FROM access_record_id AS s) << 12;
    stretch int8 := 256 << 12;
    items jsonb[];
    keys text[];
BEGIN
    LOOP
        SELECT array_agg(l.item ORDER BY l.record_id), array_agg(l.record_id::text ORDER BY l.record_id)
        INTO items, keys
        FROM (
            SELECT a.record_id, jsonb_strip_nulls(jsonb_build_object(
                'record_number', a.record_id::text, 'recorded_at', a.recorded_at, 'holder', office_word('holder', a.actor_kind),
                'facility_code', (SELECT f.facility_code FROM facility AS f WHERE f.facility_id = a.facility_id), 'route', a.route,
                'way', office_word('way', a.way), 'items', a.items, 'refused', a.fault IS NOT NULL, 'person', encode(a.subject, 'hex'))) AS item
            FROM (
                SELECT r.*
                FROM access_record AS r
                WHERE r.day = on_day AND r.record_id > after AND r.record_id <= first + stretch
                    AND (only_of IS NULL OR r.facility_id = ANY (only_of))
                ORDER BY r.record_id
                LIMIT wanted
            ) AS a
        ) AS l;
        EXIT WHEN cardinality(items) = wanted OR first + stretch >= last;
        stretch := stretch * 16;
    END LOOP;
    RETURN office_page(items, keys, wanted - 1);
END
$$;
COMMENT ON FUNCTION registry.office_accesses IS 'Access records of a day, the earliest first; people by pseudonym.';

CREATE OR REPLACE FUNCTION registry.office_checks(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('from', p.from_on, 'until', p.until_on,
        'counted_at', (SELECT s.counted_at FROM statistics_state AS s),
        'items', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM statistics_checks(p.from_on, p.until_on) AS t)))
    FROM (SELECT coalesce((args ->> 'from')::date, date_trunc('month', who.today - interval '12 months')::date) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
$$;
COMMENT ON FUNCTION registry.office_checks IS 'Checks by month, kind of facility and way.';

CREATE OR REPLACE FUNCTION registry.office_uses(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('from', p.from_on, 'until', p.until_on,
        'counted_at', (SELECT s.counted_at FROM statistics_state AS s),
        'items', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM statistics_uses(p.from_on, p.until_on) AS t)))
    FROM (SELECT coalesce((args ->> 'from')::date, date_trunc('month', who.today - interval '12 months')::date) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
$$;
COMMENT ON FUNCTION registry.office_uses IS 'Uses of medical information by month and kind of facility.';

CREATE OR REPLACE FUNCTION registry.office_reasons(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('from', p.from_on, 'until', p.until_on,
        'counted_at', (SELECT s.counted_at FROM statistics_state AS s),
        'items', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')
                  FROM (SELECT * FROM statistics_reasons(p.from_on, p.until_on) LIMIT 500) AS t)))
    FROM (SELECT coalesce((args ->> 'from')::date, who.today - 1) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
$$;
COMMENT ON FUNCTION registry.office_reasons IS 'Answers that insurers records caused at reception desks; yesterday, unless other days are asked for.';

CREATE OR REPLACE FUNCTION registry.office_rollout(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('as_of', coalesce((args ->> 'day')::date, who.today),
        'items', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')
                  FROM statistics_rollout(coalesce((args ->> 'day')::date, who.today)) AS t)))
$$;
COMMENT ON FUNCTION registry.office_rollout IS 'Facilities by prefecture and kind, as of a day.';

CREATE OR REPLACE FUNCTION registry.office_verdicts(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_body(1, jsonb_build_object('from', p.from_on, 'until', p.until_on, 'items', (
        SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')
        FROM (SELECT date_trunc('month', civil_day(h.opened_at))::date AS month, h.kind, count(*) AS raised,
                     count(*) FILTER (WHERE h.closed_at IS NULL) AS open, count(*) FILTER (WHERE h.answer = 1) AS corrected,
                     count(*) FILTER (WHERE h.answer = 2) AS confirmed, count(*) FILTER (WHERE h.answer = 3) AS withdrawn,
                     count(*) FILTER (WHERE h.answer = 4) AS settled
              FROM person_hold AS h
              WHERE civil_day(h.opened_at) BETWEEN p.from_on AND p.until_on
              GROUP BY 1, 2
              ORDER BY 1, 2) AS t)))
    FROM (SELECT coalesce((args ->> 'from')::date, date_trunc('month', who.today - interval '12 months')::date) AS from_on,
                 coalesce((args ->> 'until')::date, who.today) AS until_on) AS p
$$;
COMMENT ON FUNCTION registry.office_verdicts IS 'Doubts that checks have raised, by month and kind, and what became of them.';

CREATE OR REPLACE FUNCTION registry.office_codes(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT office_page(array_agg(i.item ORDER BY i.no), array_agg(i.key ORDER BY i.no), office_count(args))
    FROM (
        SELECT row_number() OVER () AS no, l.*
        FROM (
            SELECT jsonb_strip_nulls(jsonb_build_object('list', c.code_id, 'code', c.code, 'name_ja', c.name_ja, 'name_en', c.name_en,
                                                        'valid_from', c.valid_from, 'valid_to', c.valid_to)) AS item,
                   c.code_id || ' ' || c.code || ' ' || c.valid_from AS key
            FROM code_table AS c
            WHERE (args ->> 'list' IS NULL OR c.code_id = args ->> 'list')
                AND (args ->> 'after' IS NULL OR (c.code_id, c.code, c.valid_from)
                     > (split_part(args ->> 'after', ' ', 1) COLLATE "C", split_part(args ->> 'after', ' ', 2) COLLATE "C",
                        split_part(args ->> 'after', ' ', 3)::date))
            ORDER BY c.code_id, c.code, c.valid_from
            LIMIT office_count(args) + 1
        ) AS l
    ) AS i
$$;
COMMENT ON FUNCTION registry.office_codes IS 'Codes with their meaning and their days.';

-- ---- 89_office_change.sql ----

-- What operators change. Every function here is an act of office_act. Each is done once for a request, by office_do(), and what
-- the database itself refuses is answered by office_run().

CREATE OR REPLACE FUNCTION registry.office_session_close(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    DELETE FROM operator_session AS s
    WHERE s.operator_id = who.operator_id AND s.certificate_id = who.certificate_id;
    RETURN office_body(1, jsonb_build_object('closed_at', who.moment));
END
$$;
COMMENT ON FUNCTION registry.office_session_close IS 'Ends the sessions of this operator over this certificate.';

CREATE OR REPLACE FUNCTION registry.office_facility_put(f jsonb) RETURNS registry.facility
    LANGUAGE sql VOLATILE SET search_path = registry, pg_temp
AS $$
    INSERT INTO facility AS v (facility_code, kind, prefecture, name, status, rights_profile, valid_from, predecessor_code)
    VALUES (f ->> 'facility_code', office_number('facility_kind', f ->> 'kind'), (f ->> 'prefecture')::int2, f ->> 'name',
            coalesce(office_number('facility_status', f ->> 'status'), 1), coalesce(office_number('rights', f ->> 'rights'), 1),
            (f ->> 'valid_from')::date, f ->> 'predecessor_code')
    RETURNING v.*
$$;
COMMENT ON FUNCTION registry.office_facility_put IS 'A new facility.';

CREATE OR REPLACE FUNCTION registry.office_facility_admit(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made facility := office_facility_put(args);
BEGIN
    RETURN office_body(2, office_facility_view(made, who.today), office_etag(made::text));
END
$$;
COMMENT ON FUNCTION registry.office_facility_admit IS 'A new facility.';

CREATE OR REPLACE FUNCTION registry.office_facilities_admit(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made int8 := (SELECT count(office_facility_put(f)) FROM jsonb_array_elements(args -> 'facilities') AS f);
BEGIN
    RETURN office_body(2, jsonb_build_object('admitted', made));
END
$$;
COMMENT ON FUNCTION registry.office_facilities_admit IS 'Many new facilities at once: all of them, or none.';

CREATE OR REPLACE FUNCTION registry.office_facility_change(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held facility;
BEGIN
    SELECT (office_facility_of(path)).* INTO held;
    IF held.facility_id IS NULL THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    UPDATE facility AS f
    SET name = coalesce(args ->> 'name', f.name),
        status = coalesce(office_number('facility_status', args ->> 'status'), f.status),
        rights_profile = coalesce(office_number('rights', args ->> 'rights'), f.rights_profile),
        valid_to = coalesce((args ->> 'valid_to')::date, f.valid_to)
    WHERE f.facility_id = held.facility_id
    RETURNING f.* INTO held;
    RETURN office_body(1, office_facility_view(held, who.today), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_facility_change IS 'Another name, status, rights or last day of a facility.';

CREATE OR REPLACE FUNCTION registry.office_insurer_admit(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made insurer;
BEGIN
    INSERT INTO insurer AS i (insurer_number, name, kind, contact_phone, contact_text, valid_from)
    VALUES (args ->> 'insurer_number', args ->> 'name', (args ->> 'kind')::int2, args ->> 'contact_phone',
            args ->> 'contact_text', (args ->> 'valid_from')::date)
    RETURNING i.* INTO made;
    RETURN office_body(2, office_insurer_view(made), office_insurer_view(made) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_insurer_admit IS 'A new insurer.';

CREATE OR REPLACE FUNCTION registry.office_insurer_change(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held insurer;
BEGIN
    SELECT i.* INTO held FROM insurer AS i WHERE i.insurer_number = path FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_insurer_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    UPDATE insurer AS i
    SET name = coalesce(args ->> 'name', i.name), contact_phone = coalesce(args ->> 'contact_phone', i.contact_phone),
        contact_text = coalesce(args ->> 'contact_text', i.contact_text),
        successor_number = coalesce(args ->> 'successor_number', i.successor_number),
        valid_to = coalesce((args ->> 'valid_to')::date, i.valid_to)
    WHERE i.insurer_number = held.insurer_number
    RETURNING i.* INTO held;
    RETURN office_body(1, office_insurer_view(held), office_insurer_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_insurer_change IS 'Another name, contact, successor or last day of an insurer.';

CREATE OR REPLACE FUNCTION registry.office_certificate_revoke(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held certificate;
BEGIN
    SELECT c.* INTO held FROM certificate AS c WHERE c.certificate_id = path::int8 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    IF held.revoked_at IS NOT NULL THEN
        RETURN office_answer(9);
    END IF;
    UPDATE certificate AS c SET revoked_at = who.moment, revocation_reason = args ->> 'reason'
    WHERE c.certificate_id = held.certificate_id
    RETURNING c.* INTO held;
    RETURN office_body(1, office_certificate_view(held), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_certificate_revoke IS 'A certificate is refused from now on.';

CREATE OR REPLACE FUNCTION registry.office_parameter_set(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF (args ->> 'valid_from')::date <= who.today THEN
        RETURN office_answer(11, 'valid_from');
    ELSIF NOT EXISTS (SELECT FROM policy_parameter AS p WHERE p.name = args ->> 'name') THEN
        RETURN office_answer(6);
    END IF;
    INSERT INTO policy_parameter AS p (name, valid_from, value, unit, source)
    SELECT args ->> 'name', (args ->> 'valid_from')::date, args ->> 'value', o.unit, args ->> 'source'
    FROM policy_parameter AS o WHERE o.name = args ->> 'name'
    ORDER BY o.valid_from DESC LIMIT 1
    ON CONFLICT (name, valid_from) DO UPDATE SET value = excluded.value, source = excluded.source;
    RETURN office_body(2, jsonb_build_object('name', args ->> 'name', 'valid_from', args ->> 'valid_from', 'value', args ->> 'value'));
END
$$;
COMMENT ON FUNCTION registry.office_parameter_set IS 'A legal or operational number from a day on. What held before that day stays as it was.';

CREATE OR REPLACE FUNCTION registry.office_holiday_set(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF (args ->> 'day')::date <= who.today THEN
        RETURN office_answer(11, 'day');
    END IF;
    INSERT INTO holiday AS h (day, name) VALUES ((args ->> 'day')::date, args ->> 'name')
    ON CONFLICT (day) DO UPDATE SET name = excluded.name;
    RETURN office_body(2, jsonb_build_object('day', args ->> 'day', 'name', args ->> 'name'));
END
$$;
COMMENT ON FUNCTION registry.office_holiday_set IS 'A public holiday to come.';

CREATE OR REPLACE FUNCTION registry.office_disaster_begin(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made disaster_mode;
    number int8 := disaster_open((args ->> 'prefecture')::int2, who.moment,
                                 who.moment + (args ->> 'hours')::int4 * interval '1 hour', args ->> 'reason',
                                 'operator ' || who.operator_id);
BEGIN
    SELECT d.* INTO STRICT made FROM disaster_mode AS d WHERE d.disaster_id = number;
    RETURN office_body(2, office_disaster_view(made), office_etag(made::text));
END
$$;
COMMENT ON FUNCTION registry.office_disaster_begin IS 'Disaster mode in a prefecture, for some hours.';

CREATE OR REPLACE FUNCTION registry.office_disaster_end(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held disaster_mode;
BEGIN
    SELECT d.* INTO held FROM disaster_mode AS d WHERE d.disaster_id = path::int8 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    IF NOT disaster_close(held.disaster_id, who.moment, 'operator ' || who.operator_id) THEN
        RETURN office_answer(9);
    END IF;
    SELECT d.* INTO STRICT held FROM disaster_mode AS d WHERE d.disaster_id = path::int8;
    RETURN office_body(1, office_disaster_view(held), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_disaster_end IS 'Disaster mode is over before its time.';

CREATE OR REPLACE FUNCTION registry.office_batch_let_go(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held FROM batch AS b WHERE b.batch_id = path::int8 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_batch_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    IF held.state <> 4 THEN
        RETURN office_answer(9);
    END IF;
    UPDATE batch AS b SET state = 5, released_at = who.moment, released_by = 'operator ' || who.operator_id
    WHERE b.batch_id = held.batch_id;
    SELECT b.* INTO STRICT held FROM batch AS b WHERE b.batch_id = path::int8;
    RETURN office_body(1, office_batch_view(held), office_batch_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_batch_let_go IS 'A batch that waits for a second person goes on; the insurer has asked for it.';

CREATE OR REPLACE FUNCTION registry.office_batch_stop(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held FROM batch AS b WHERE b.batch_id = path::int8 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_batch_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    IF (SELECT c.outcome FROM batch_cancel(held.insurer_number, held.batch_id) AS c) <> 1 THEN
        RETURN office_answer(9);
    END IF;
    SELECT b.* INTO STRICT held FROM batch AS b WHERE b.batch_id = path::int8;
    RETURN office_body(1, office_batch_view(held), office_batch_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_batch_stop IS 'A batch of which nothing has taken effect is ended.';

CREATE OR REPLACE FUNCTION registry.office_batch_retry(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held batch;
BEGIN
    SELECT b.* INTO held FROM batch AS b WHERE b.batch_id = path::int8 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_batch_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    IF held.state NOT IN (2, 3, 5) OR held.failures = 0 THEN
        RETURN office_answer(9);
    END IF;
    UPDATE batch AS b SET failures = 0, rests_until = NULL WHERE b.batch_id = held.batch_id;
    SELECT b.* INTO STRICT held FROM batch AS b WHERE b.batch_id = path::int8;
    RETURN office_body(1, office_batch_view(held), office_batch_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_batch_retry IS 'A batch that failed and rests is taken up again at once.';

CREATE OR REPLACE FUNCTION registry.office_operator_admit(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    made operator;
BEGIN
    INSERT INTO operator AS o (name, organisation, role, valid_from, valid_to)
    VALUES (args ->> 'name', args ->> 'organisation', office_number('role', args ->> 'role'), who.today, (args ->> 'valid_to')::date)
    RETURNING o.* INTO made;
    RETURN office_body(2, office_operator_view(made), office_operator_view(made) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_operator_admit IS 'A new operator. Its certificate and its second factor are made on the server.';

CREATE OR REPLACE FUNCTION registry.office_operator_end(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held operator;
BEGIN
    SELECT o.* INTO held FROM operator AS o WHERE o.operator_id = path::int4 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_operator_view(held) ->> 'etag' THEN
        RETURN office_answer(8);
    END IF;
    UPDATE operator AS o SET valid_to = greatest(who.today, o.valid_from + 1) WHERE o.operator_id = held.operator_id
    RETURNING o.* INTO held;
    DELETE FROM operator_session AS s WHERE s.operator_id = held.operator_id;
    UPDATE certificate AS c SET revoked_at = who.moment, revocation_reason = 'operator ended'
    WHERE c.operator_id = held.operator_id AND c.revoked_at IS NULL;
    RETURN office_body(1, office_operator_view(held), office_operator_view(held) ->> 'etag');
END
$$;
COMMENT ON FUNCTION registry.office_operator_end IS 'An operator is none any more, and all sessions end.';

CREATE OR REPLACE FUNCTION registry.office_hold_show(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held person_hold;
    shown jsonb;
    reply office_reply;
BEGIN
    SELECT h.* INTO held FROM person_hold AS h WHERE h.hold_id = path::int8;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    END IF;
    SELECT jsonb_agg(jsonb_build_object('insurer_number', c.insurer_number, 'symbol', c.symbol, 'number', c.number,
                                        'branch_number', c.branch, 'valid_from', lower(c.valid), 'valid_until', upper(c.valid) - 1))
    INTO shown
    FROM coverage AS c
    WHERE c.person_id = held.person_id AND c.superseded_at = 'infinity';
    reply := office_body(1, jsonb_build_object('hold_number', held.hold_id::text, 'kind', held.kind, 'fields', held.fields,
                                               'coverage', coalesce(shown, '[]'::jsonb)));
    reply.person_id := held.person_id;
    RETURN reply;
END
$$;
COMMENT ON FUNCTION registry.office_hold_show IS 'Whom a doubt is about: shown once to the one who carries it out, in the sight of both.';

CREATE OR REPLACE FUNCTION registry.office_proposal_approve(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held office_proposal;
    reply office_reply;
    done office_reply;
BEGIN
    SELECT p.* INTO held FROM office_proposal AS p WHERE p.proposal_id = path::int8 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    IF held.proposed_by = who.operator_id THEN
        RETURN office_answer(10);
    ELSIF held.state <> 1 OR held.until <= who.moment THEN
        RETURN office_answer(9);
    ELSIF NOT EXISTS (SELECT FROM office_act AS a WHERE a.act = held.act AND who.role = ANY (a.roles)) THEN
        RETURN office_answer(5);
    END IF;
    done := office_run(held.act, who, held.path, held.args, held.if_match);
    UPDATE office_proposal AS p
    SET state = CASE WHEN done.outcome IN (1, 2) THEN 2 ELSE 4 END, decided_by = who.operator_id, decided_at = who.moment
    WHERE p.proposal_id = held.proposal_id
    RETURNING p.* INTO held;
    UPDATE office_journal AS j SET proposal_id = held.proposal_id
    WHERE j.operator_id = who.operator_id AND j.request_id = who.request_id;
    IF done.outcome NOT IN (1, 2) THEN
        RETURN done;
    END IF;
    reply := office_body(1, jsonb_build_object('proposal', office_proposal_view(held), 'result', done.body), office_etag(held::text));
    reply.person_id := done.person_id;
    RETURN reply;
END
$$;
COMMENT ON FUNCTION registry.office_proposal_approve IS 'A dangerous act is carried out by another operator than the one who proposed it.';

CREATE OR REPLACE FUNCTION registry.office_proposal_refuse(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held office_proposal;
BEGIN
    SELECT p.* INTO held FROM office_proposal AS p WHERE p.proposal_id = path::int8 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    IF held.state <> 1 THEN
        RETURN office_answer(9);
    END IF;
    UPDATE office_proposal AS p SET state = 3, decided_by = who.operator_id, decided_at = who.moment
    WHERE p.proposal_id = held.proposal_id
    RETURNING p.* INTO held;
    RETURN office_body(1, office_proposal_view(held), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_proposal_refuse IS 'A proposal is refused by another operator, or withdrawn by the one who made it.';

CREATE OR REPLACE FUNCTION registry.office_universe_set(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    told int8;
BEGIN
    INSERT INTO facility_universe AS u (as_of, prefecture, facility_kind, facilities, obliged)
    SELECT (l ->> 'as_of')::date, (l ->> 'prefecture')::int2, office_number('facility_kind', l ->> 'kind'),
           (l ->> 'facilities')::int4, (l ->> 'obliged')::int4
    FROM jsonb_array_elements(args -> 'lists') AS l
    ON CONFLICT ON CONSTRAINT facility_universe_pkey DO UPDATE SET facilities = excluded.facilities, obliged = excluded.obliged;
    GET DIAGNOSTICS told = ROW_COUNT;
    RETURN office_body(2, jsonb_build_object('lists', told));
END
$$;
COMMENT ON FUNCTION registry.office_universe_set IS 'How many facilities there are, by prefecture and kind, from the lists of a day.';

-- One that runs ends with the day before; what lies further ahead must not overlap, or nothing is changed.
CREATE OR REPLACE FUNCTION registry.office_facility_exempt(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held facility;
    first date := (args ->> 'valid_from')::date;
BEGIN
    SELECT (office_facility_of(path)).* INTO held;
    IF held.facility_id IS NULL THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    END IF;
    UPDATE facility_exemption AS e SET valid_to = first
    WHERE e.facility_id = held.facility_id AND e.valid_from < first AND (e.valid_to IS NULL OR e.valid_to > first);
    INSERT INTO facility_exemption (facility_id, kind, valid_from, valid_to, noted_at)
    VALUES (held.facility_id, office_number('exemption', args ->> 'kind'), first, (args ->> 'valid_to')::date, who.moment);
    RETURN office_body(2, jsonb_build_object('facility_code', held.facility_code, 'kind', args ->> 'kind', 'valid_from', first,
                                             'valid_to', args ->> 'valid_to'));
END
$$;
COMMENT ON FUNCTION registry.office_facility_exempt IS 'A facility need not check online, for a reason and until a day.';

-- The successor is a facility of its own, admitted before; it must be there on the day on which the other one is no longer.
CREATE OR REPLACE FUNCTION registry.office_facility_close(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    held facility;
    next facility;
    ends date := (args ->> 'valid_to')::date;
BEGIN
    SELECT (office_facility_of(path)).* INTO held;
    IF held.facility_id IS NULL THEN
        RETURN office_answer(6);
    ELSIF if_match IS DISTINCT FROM office_etag(held::text) THEN
        RETURN office_answer(8);
    ELSIF held.valid_to <= who.today THEN
        RETURN office_answer(9);
    END IF;
    IF args ? 'successor_code' THEN
        SELECT f.* INTO next
        FROM facility AS f
        WHERE f.facility_code = args ->> 'successor_code' AND f.facility_id <> held.facility_id
            AND f.valid_from <= ends AND (f.valid_to IS NULL OR f.valid_to > ends)
        FOR UPDATE;
        IF next.facility_id IS NULL OR next.predecessor_code <> held.facility_code THEN
            RETURN office_answer(11, 'successor_code');
        END IF;
        UPDATE facility AS f SET predecessor_code = held.facility_code WHERE f.facility_id = next.facility_id;
    END IF;
    UPDATE facility AS f SET valid_to = ends WHERE f.facility_id = held.facility_id RETURNING f.* INTO held;
    RETURN office_body(1, office_facility_view(held, who.today), office_etag(held::text));
END
$$;
COMMENT ON FUNCTION registry.office_facility_close IS 'A facility is no longer from a day on, and another one may continue it.';

CREATE OR REPLACE FUNCTION registry.office_code_set(who registry.office_who, path text, args jsonb, if_match text)
    RETURNS registry.office_reply
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    list text := args ->> 'list';
    code text := args ->> 'code';
    first date := (args ->> 'valid_from')::date;
    made code_table;
BEGIN
    IF first <= who.today THEN
        RETURN office_answer(11, 'valid_from');
    ELSIF (args ? 'name_ja') <> (args ? 'name_en') THEN
        RETURN office_answer(11, CASE WHEN args ? 'name_ja' THEN 'name_en' ELSE 'name_ja' END);
    ELSIF NOT EXISTS (SELECT FROM code_table AS c WHERE c.code_id = list AND (args ? 'name_ja' OR c.code = code)) THEN
        RETURN office_answer(6);
    END IF;
    -- What has not begun is replaced; what holds ends there, and what held before stays as it was.
    DELETE FROM code_table AS c WHERE c.code_id = list AND c.code = code AND c.valid_from >= first;
    UPDATE code_table AS c SET valid_to = first
    WHERE c.code_id = list AND c.code = code AND (c.valid_to IS NULL OR c.valid_to > first)
    RETURNING c.* INTO made;
    IF args ? 'name_ja' THEN
        INSERT INTO code_table AS c (code_id, code, name_ja, name_en, valid_from)
        VALUES (list, code, args ->> 'name_ja', args ->> 'name_en', first)
        RETURNING c.* INTO made;
    END IF;
    RETURN office_body(2, jsonb_build_object('list', list, 'code', code, 'name_ja', made.name_ja, 'name_en', made.name_en,
                                             'valid_from', made.valid_from, 'valid_to', made.valid_to));
END
$$;
COMMENT ON FUNCTION registry.office_code_set IS
    'A code, or another meaning of it, from a day to come; without a meaning the code is given out no longer from that day.';

-- ---- 90_grant.sql ----

-- Rights. Nobody has any but those given here; tests/sql/privilege.expected lists them all.
REVOKE ALL ON SCHEMA registry, extension FROM PUBLIC;
GRANT USAGE ON SCHEMA registry TO shikaku_everyone;
REVOKE ALL ON ALL TABLES IN SCHEMA registry FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA registry FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA registry FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;

-- Types: only the owner builds dossiers and packs claims.
REVOKE ALL ON TYPE registry.dossier_ratio, registry.dossier_elderly, registry.dossier_ceiling,
    registry.dossier_disease, registry.dossier_benefit, registry.dossier_coverage, registry.dossier_body,
    registry.claim_line, registry.office_who, registry.office_reply FROM PUBLIC;

-- serve: functions only.
GRANT EXECUTE ON FUNCTION
    registry.eligibility_find, registry.eligibility_look_around, registry.dossier_by_version,
    registry.access_append, registry.access_prior, registry.access_partitions_ensure,
    registry.reference_number_set, registry.reference_number_delete,
    registry.directory_watermark, registry.directory_facilities, registry.directory_certificates,
    registry.directory_insurers, registry.policy_parameters, registry.holidays,
    registry.bulk_job_open, registry.bulk_items_take, registry.bulk_items_done, registry.bulk_job_read,
    registry.bulk_items_read, registry.bulk_expire,
    registry.change_list, registry.discrepancy_open, registry.discrepancy_read,
    registry.visit_open, registry.visit_read, registry.visit_end, registry.visit_review,
    registry.facility_lock, registry.visit_list, registry.claim_read, registry.history_read,
    registry.checkup_read, registry.disaster_find, registry.disaster_visit
TO shikaku_lookup;

-- registrar: functions only, but for the rows that it stages (below).
GRANT EXECUTE ON FUNCTION
    registry.batch_open, registry.batch_read, registry.batch_resume, registry.batch_progress, registry.batch_received,
    registry.batch_rows_read, registry.batch_release, registry.batch_cancel, registry.batch_expire, registry.batch_files_done
TO shikaku_registrar;
GRANT EXECUTE ON FUNCTION
    registry.access_append, registry.access_prior, registry.access_partitions_ensure, registry.directory_watermark,
    registry.directory_facilities, registry.directory_certificates, registry.directory_insurers, registry.policy_parameters,
    registry.holidays, registry.person_sessions_expire
TO shikaku_registrar;

-- registrar, in the name of an insurer: these functions see that it reaches its own people only. And the clock.
GRANT EXECUTE ON FUNCTION
    registry.notice_open, registry.notice_correct, registry.notice_withdraw, registry.notice_read, registry.notice_list,
    registry.notice_clock, registry.enrolment_expire,
    registry.hold_list, registry.hold_read, registry.hold_answer, registry.access_append_each,
    registry.unlink, registry.unlink_read, registry.unlink_exposure,
    registry.certificate_needed, registry.certificate_expiring, registry.certificate_issue, registry.certificate_read,
    registry.compliance_own, registry.compliance_lags, registry.compliance_worst,
    registry.change_take, registry.change_tell,
    registry.discrepancy_list, registry.discrepancy_answer
TO shikaku_registrar;

-- loader: fills an empty registry.
GRANT SELECT, INSERT ON
    registry.insurer, registry.facility, registry.certificate, registry.operator, registry.person,
    registry.person_version, registry.person_flag, registry.person_hold, registry.coverage, registry.burden_ratio,
    registry.elderly_certificate, registry.ceiling, registry.specific_disease, registry.public_benefit,
    registry.notice
TO shikaku_loader;
GRANT UPDATE (superseded_at) ON
    registry.person_version, registry.person_flag, registry.coverage, registry.burden_ratio,
    registry.elderly_certificate, registry.ceiling, registry.specific_disease, registry.public_benefit,
    registry.notice
TO shikaku_loader;
GRANT SELECT ON registry.policy_parameter, registry.holiday, registry.code_table TO shikaku_loader;
-- It gives its own numbers to what it loads, and sets the sequences behind them afterwards.
GRANT USAGE, SELECT, UPDATE ON SEQUENCE
    registry.coverage_id, registry.notice_id, registry.person_person_id_seq, registry.facility_facility_id_seq,
    registry.certificate_certificate_id_seq, registry.operator_operator_id_seq
TO shikaku_loader;
GRANT EXECUTE ON FUNCTION registry.dossier_refresh, registry.dossier_refresh_all, registry.civil_day TO shikaku_loader;

-- sealer: reads records.
GRANT SELECT ON registry.access_record TO shikaku_sealer;

-- operator: runs the registry, and sees no person.
GRANT SELECT, INSERT ON registry.insurer, registry.facility, registry.certificate, registry.operator,
    registry.policy_parameter, registry.holiday, registry.code_table, registry.card_issuer TO shikaku_operator;
GRANT UPDATE (name, kind, contact_phone, contact_text, successor_number, valid_to) ON registry.insurer TO shikaku_operator;
GRANT UPDATE (name, status, rights_profile, valid_to) ON registry.facility TO shikaku_operator;
GRANT UPDATE (revoked_at, revocation_reason) ON registry.certificate TO shikaku_operator;
GRANT UPDATE (name, organisation, role, valid_to) ON registry.operator TO shikaku_operator;
GRANT SELECT ON registry.facility_status, registry.bulk_job, registry.migration TO shikaku_operator;
GRANT EXECUTE ON FUNCTION registry.access_append, registry.access_prior, registry.access_partitions_ensure,
    registry.bulk_expire, registry.compliance, registry.disaster_open, registry.disaster_close
TO shikaku_operator;

-- auditor: reads records and what is needed to understand them.
GRANT SELECT ON registry.access_record, registry.facility, registry.facility_status, registry.certificate,
    registry.insurer, registry.operator, registry.policy_parameter, registry.holiday, registry.code_table,
    registry.migration
TO shikaku_auditor;

-- registrar: the batch line. It works by functions; the rows that it stages it writes itself.
GRANT INSERT ON registry.batch_stage TO shikaku_registrar;
GRANT EXECUTE ON FUNCTION
    registry.batch_session_open, registry.batch_take, registry.batch_rest, registry.batch_check_begin, registry.batch_staged,
    registry.batch_check_end, registry.batch_refuse, registry.batch_window_open, registry.batch_range, registry.batch_window_close, registry.batch_sweep,
    registry.batch_sweep_left,
    registry.batch_undo, registry.batch_undo_step, registry.number_ids_reserve,
    registry.recheck_take, registry.recheck_settle,
    registry.number_keys, registry.rotate_begin, registry.rotate_take, registry.rotate_put, registry.rotate_end,
    registry.shadow_begin, registry.shadow_take, registry.shadow_put, registry.shadow_end, registry.shadow_changes,
    registry.shadow_differences
TO shikaku_registrar;

-- claims: the feed of receipts and electronic prescriptions. It puts in, and reads nothing.
GRANT EXECUTE ON FUNCTION registry.claims_put TO shikaku_claims;

-- credentials: the feed of those who issue user certificates.
GRANT EXECUTE ON FUNCTION registry.credentials_put TO shikaku_credentials;

-- portal: people about themselves, each behind the session that their own card opened.
GRANT EXECUTE ON FUNCTION
    registry.access_append, registry.access_prior, registry.access_partitions_ensure, registry.directory_watermark,
    registry.directory_facilities, registry.directory_certificates, registry.directory_insurers, registry.policy_parameters,
    registry.dossier_by_version, registry.person_open, registry.person_read, registry.person_history,
    registry.person_checkups, registry.person_expenses, registry.person_ticket_open, registry.person_tickets,
    registry.person_agent_make, registry.person_agents, registry.person_agent_end, registry.person_agent_session,
    registry.person_accesses, registry.person_visits, registry.person_visit_end
TO shikaku_portal;

-- office: operators, each behind a second factor. What a role may is in office_act, and office() looks.
GRANT EXECUTE ON FUNCTION
    registry.access_append, registry.access_prior, registry.access_partitions_ensure, registry.directory_watermark,
    registry.directory_facilities, registry.directory_certificates, registry.directory_insurers, registry.policy_parameters,
    registry.office, registry.office_factor, registry.office_session_open
TO shikaku_office;

-- statistics: counts, and reads what was counted; it sees no person and no facility by name.
GRANT EXECUTE ON FUNCTION registry.statistics_count, registry.statistics_published TO shikaku_statistics;

-- ---- 99_end.sql ----

-- Back to whoever loads this, and what belongs to the database rather than to the schema.
RESET ROLE;
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO shikaku_everyone', current_database());
    -- For functions of the owner that lay out what they are about to do (88_acquire.sql).
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO shikaku_owner', current_database());
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
END
$$;
