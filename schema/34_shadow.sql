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
