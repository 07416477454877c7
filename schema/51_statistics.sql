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
