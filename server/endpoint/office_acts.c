/* The acts of the office: what each takes. */
#include "endpoint/office.h"

#include "base/attr.h"
#include "wire/field.h"

#include <assert.h>

enum { NAME_BYTES = 300, REASON_BYTES = 600, TEXT_BYTES = 600, KEY_BYTES = 64, HOURS_MAX = 744 };

/* Each member lies in a slot of its own; nothing reads them there. */
#define SLOT(i) ((i) * sizeof(struct span))

/* clang-format off */
static const char *const kind_words[] = { "hospital", "medical_clinic", "dental_clinic", "pharmacy", "home_nursing",
                                          "judo_acupuncture", NULL };
static const char *const status_words[] = { "applied", "ready", "operating", "suspended", NULL };
static const char *const rights_words[] = { "full", "eligibility_only", NULL };
static const char *const exemption_words[] = { "system_not_ready", "no_network", "visits_only", "rebuilding",
                                               "closing", "special", NULL };
static const char *const state_words[] = { "applied", "ready", "operating", "suspended", "exempt", "closed", NULL };
static const char *const role_words[] = { "viewer", "registrar", "security_officer", "auditor", NULL };
static const char *const batch_words[] = { "receiving", "received", "checking", "waits_for_release", "applying", "done",
                                           "refused", "cancelled", "undone", NULL };
static const char *const proposal_words[] = { "waiting", "carried_out", "refused", "failed", NULL };
static const char *const yes_words[] = { "yes", NULL };

static const struct field new_facility[] = {
    { "facility_code",    FIELD_TEXT,  SLOT(0), 10,         true,  NULL },
    { "name",             FIELD_TEXT,  SLOT(1), NAME_BYTES, true,  NULL },
    { "kind",             FIELD_WORD,  SLOT(2), 0,          true,  kind_words },
    { "prefecture",       FIELD_WHOLE, SLOT(3), 47,         true,  NULL },
    { "status",           FIELD_WORD,  SLOT(4), 0,          false, status_words },
    { "rights",           FIELD_WORD,  SLOT(5), 0,          false, rights_words },
    { "valid_from",       FIELD_DAY,   SLOT(6), 0,          true,  NULL },
    { "predecessor_code", FIELD_TEXT,  SLOT(7), 10,         false, NULL },
};
static const struct field facility_change[] = {
    { "name",     FIELD_TEXT, SLOT(0), NAME_BYTES, false, NULL },
    { "status",   FIELD_WORD, SLOT(1), 0,          false, status_words },
    { "rights",   FIELD_WORD, SLOT(2), 0,          false, rights_words },
    { "valid_to", FIELD_DAY,  SLOT(3), 0,          false, NULL },
};
static const struct field new_insurer[] = {
    { "insurer_number", FIELD_TEXT,  SLOT(0), 8,          true,  NULL },
    { "name",           FIELD_TEXT,  SLOT(1), NAME_BYTES, true,  NULL },
    { "kind",           FIELD_WHOLE, SLOT(2), 99,         true,  NULL },
    { "contact_phone",  FIELD_TEXT,  SLOT(3), KEY_BYTES,  false, NULL },
    { "contact_text",   FIELD_TEXT,  SLOT(4), NAME_BYTES, false, NULL },
    { "valid_from",     FIELD_DAY,   SLOT(5), 0,          true,  NULL },
};
static const struct field insurer_change[] = {
    { "name",             FIELD_TEXT, SLOT(0), NAME_BYTES, false, NULL },
    { "contact_phone",    FIELD_TEXT, SLOT(1), KEY_BYTES,  false, NULL },
    { "contact_text",     FIELD_TEXT, SLOT(2), NAME_BYTES, false, NULL },
    { "successor_number", FIELD_TEXT, SLOT(3), 8,          false, NULL },
    { "valid_to",         FIELD_DAY,  SLOT(4), 0,          false, NULL },
};
static const struct field reason[] = {
    { "reason", FIELD_TEXT, SLOT(0), REASON_BYTES, true, NULL },
};
static const struct field new_parameter[] = {
    { "name",       FIELD_TEXT, SLOT(0), KEY_BYTES,  true, NULL },
    { "valid_from", FIELD_DAY,  SLOT(1), 0,          true, NULL },
    { "value",      FIELD_TEXT, SLOT(2), KEY_BYTES,  true, NULL },
    { "source",     FIELD_TEXT, SLOT(3), TEXT_BYTES, true, NULL },
};
static const struct field new_holiday[] = {
    { "day",  FIELD_DAY,  SLOT(0), 0,         true, NULL },
    { "name", FIELD_TEXT, SLOT(1), KEY_BYTES, true, NULL },
};
static const struct field new_disaster[] = {
    { "prefecture", FIELD_WHOLE, SLOT(0), 47,           true, NULL },
    { "hours",      FIELD_WHOLE, SLOT(1), HOURS_MAX,    true, NULL },
    { "reason",     FIELD_TEXT,  SLOT(2), REASON_BYTES, true, NULL },
};
static const struct field universe[] = {
    { "as_of",      FIELD_DAY,   SLOT(0), 0,       true, NULL },
    { "prefecture", FIELD_WHOLE, SLOT(1), 47,      true, NULL },
    { "kind",       FIELD_WORD,  SLOT(2), 0,       true, kind_words },
    { "facilities", FIELD_WHOLE, SLOT(3), 1000000, true, NULL },
    { "obliged",    FIELD_WHOLE, SLOT(4), 1000000, true, NULL },
};
static const struct field new_exemption[] = {
    { "kind",       FIELD_WORD, SLOT(0), 0, true,  exemption_words },
    { "valid_from", FIELD_DAY,  SLOT(1), 0, true,  NULL },
    { "valid_to",   FIELD_DAY,  SLOT(2), 0, false, NULL },
};
static const struct field closure[] = {
    { "valid_to",       FIELD_DAY,  SLOT(0), 0,  true,  NULL },
    { "successor_code", FIELD_TEXT, SLOT(1), 10, false, NULL },
};
static const struct field new_code[] = {
    { "list",       FIELD_TEXT, SLOT(0), KEY_BYTES,  true,  NULL },
    { "code",       FIELD_TEXT, SLOT(1), KEY_BYTES,  true,  NULL },
    { "valid_from", FIELD_DAY,  SLOT(2), 0,          true,  NULL },
    { "name_ja",    FIELD_TEXT, SLOT(3), NAME_BYTES, false, NULL },
    { "name_en",    FIELD_TEXT, SLOT(4), NAME_BYTES, false, NULL },
};
static const struct field new_operator[] = {
    { "name",         FIELD_TEXT, SLOT(0), NAME_BYTES, true,  NULL },
    { "organisation", FIELD_TEXT, SLOT(1), NAME_BYTES, true,  NULL },
    { "role",         FIELD_WORD, SLOT(2), 0,          true,  role_words },
    { "valid_to",     FIELD_DAY,  SLOT(3), 0,          false, NULL },
};

#define PAGE { "after", FIELD_TEXT, KEY_BYTES, NULL }, { "count", FIELD_WHOLE, 500, NULL }
static const struct office_argument page[] = { PAGE };
static const struct office_argument facility_page[] = {
    PAGE, { "prefecture", FIELD_WHOLE, 47, NULL }, { "kind", FIELD_WORD, 0, kind_words },
    { "status", FIELD_WORD, 0, status_words }, { "state", FIELD_WORD, 0, state_words } };
static const struct office_argument certificate_page[] = {
    PAGE, { "facility_code", FIELD_TEXT, 10, NULL }, { "insurer_number", FIELD_TEXT, 8, NULL },
    { "ends_before", FIELD_DAY, 0, NULL } };
static const struct office_argument batch_page[] = {
    PAGE, { "insurer_number", FIELD_TEXT, 8, NULL }, { "state", FIELD_WORD, 0, batch_words } };
static const struct office_argument hold_page[] = {
    PAGE, { "insurer_number", FIELD_TEXT, 8, NULL }, { "overdue", FIELD_WORD, 0, yes_words } };
static const struct office_argument insurer_page[] = { PAGE, { "insurer_number", FIELD_TEXT, 8, NULL } };
static const struct office_argument overdue_page[] = { PAGE, { "overdue", FIELD_WORD, 0, yes_words } };
static const struct office_argument period[] = { { "from", FIELD_DAY, 0, NULL }, { "until", FIELD_DAY, 0, NULL } };
static const struct office_argument period_page[] = {
    PAGE, { "from", FIELD_DAY, 0, NULL }, { "until", FIELD_DAY, 0, NULL } };
static const struct office_argument one_day[] = { { "day", FIELD_DAY, 0, NULL } };
static const struct office_argument code_page[] = { PAGE, { "list", FIELD_TEXT, KEY_BYTES, NULL } };
static const struct office_argument proposal_page[] = { PAGE, { "state", FIELD_WORD, 0, proposal_words } };
static const struct office_argument journal_page[] = { PAGE, { "operator_number", FIELD_WHOLE, 2147483647, NULL } };
static const struct office_argument access_page[] = {
    PAGE, { "day", FIELD_DAY, 0, NULL }, { "facility_code", FIELD_TEXT, 10, NULL } };

#define FIELDS(table)    .fields = (table), .field_count = ARRAY_LEN(table)
#define ARGUMENTS(table) .arguments = (table), .argument_count = ARRAY_LEN(table)

static const struct office_act acts[] = {
    [OFFICE_SELF]                    = { .name = "self" },
    [OFFICE_SESSION_CLOSE]           = { .name = "session_close" },
    [OFFICE_OVERVIEW]                = { .name = "overview" },
    [OFFICE_FACILITIES]              = { .name = "facilities",         ARGUMENTS(facility_page) },
    [OFFICE_FACILITY]                = { .name = "facility" },
    [OFFICE_FACILITY_ADMIT]          = { .name = "facility_admit",     FIELDS(new_facility) },
    [OFFICE_FACILITIES_ADMIT]        = { .name = "facilities_admit",   FIELDS(new_facility), .list = "facilities" },
    [OFFICE_FACILITY_CHANGE]         = { .name = "facility_change",    FIELDS(facility_change) },
    [OFFICE_ALARMS]              = { .name = "alarms",             ARGUMENTS(access_page) },
    [OFFICE_CREDENTIAL_ALARMS]   = { .name = "credential_alarms",  ARGUMENTS(page) },
    [OFFICE_CHECKS]              = { .name = "checks",             ARGUMENTS(period) },
    [OFFICE_USES]                = { .name = "uses",               ARGUMENTS(period) },
    [OFFICE_ROLLOUT]             = { .name = "rollout",            ARGUMENTS(one_day) },
    [OFFICE_REASONS]             = { .name = "reasons",            ARGUMENTS(period) },
    [OFFICE_UNIVERSE_SET]        = { .name = "universe_set",       FIELDS(universe), .list = "lists" },
    [OFFICE_FACILITY_EXEMPT]     = { .name = "facility_exempt",    FIELDS(new_exemption) },
    [OFFICE_FACILITY_CLOSE]      = { .name = "facility_close",     FIELDS(closure) },
    [OFFICE_VERDICTS]            = { .name = "verdicts",           ARGUMENTS(period) },
    [OFFICE_CODES]               = { .name = "codes",              ARGUMENTS(code_page) },
    [OFFICE_CODE_SET]            = { .name = "code_set",           FIELDS(new_code) },
    [OFFICE_INSURERS]                = { .name = "insurers",           ARGUMENTS(page) },
    [OFFICE_INSURER]                 = { .name = "insurer" },
    [OFFICE_INSURER_ADMIT]           = { .name = "insurer_admit",      FIELDS(new_insurer) },
    [OFFICE_INSURER_CHANGE]          = { .name = "insurer_change",     FIELDS(insurer_change) },
    [OFFICE_CERTIFICATES]            = { .name = "certificates",       ARGUMENTS(certificate_page) },
    [OFFICE_CERTIFICATE_REVOKE]      = { .name = "certificate_revoke", FIELDS(reason) },
    [OFFICE_PARAMETERS]              = { .name = "parameters",         ARGUMENTS(page) },
    [OFFICE_PARAMETER_SET]           = { .name = "parameter_set",      FIELDS(new_parameter) },
    [OFFICE_HOLIDAYS]                = { .name = "holidays",           ARGUMENTS(page) },
    [OFFICE_HOLIDAY_SET]             = { .name = "holiday_set",        FIELDS(new_holiday) },
    [OFFICE_DISASTERS]               = { .name = "disasters",          ARGUMENTS(page) },
    [OFFICE_DISASTER_BEGIN]          = { .name = "disaster_begin",     FIELDS(new_disaster) },
    [OFFICE_DISASTER_END]            = { .name = "disaster_end" },
    [OFFICE_BATCHES]                 = { .name = "batches",            ARGUMENTS(batch_page) },
    [OFFICE_BATCH]                   = { .name = "batch" },
    [OFFICE_BATCH_LET_GO]            = { .name = "batch_let_go",       FIELDS(reason) },
    [OFFICE_BATCH_STOP]              = { .name = "batch_stop",         FIELDS(reason) },
    [OFFICE_BATCH_RETRY]             = { .name = "batch_retry" },
    [OFFICE_JOBS]                    = { .name = "jobs",               ARGUMENTS(page) },
    [OFFICE_HOLDS]                   = { .name = "holds",              ARGUMENTS(hold_page) },
    [OFFICE_HOLD_SHOW]               = { .name = "hold_show",          FIELDS(reason) },
    [OFFICE_BREACHES]                = { .name = "breaches",           ARGUMENTS(insurer_page) },
    [OFFICE_COMPLIANCE]              = { .name = "compliance_all",     ARGUMENTS(period_page) },
    [OFFICE_DISCREPANCIES]           = { .name = "discrepancies",      ARGUMENTS(overdue_page) },
    [OFFICE_REVIEWS]                 = { .name = "reviews",            ARGUMENTS(page) },
    [OFFICE_UNLINKS]                 = { .name = "unlinks",            ARGUMENTS(page) },
    [OFFICE_OPERATORS]               = { .name = "operators",          ARGUMENTS(page) },
    [OFFICE_OPERATOR_ADMIT]          = { .name = "operator_admit",     FIELDS(new_operator) },
    [OFFICE_OPERATOR_END]            = { .name = "operator_end",       FIELDS(reason) },
    [OFFICE_PROPOSALS]               = { .name = "proposals",          ARGUMENTS(proposal_page) },
    [OFFICE_PROPOSAL_APPROVE]        = { .name = "proposal_approve" },
    [OFFICE_PROPOSAL_REFUSE]         = { .name = "proposal_refuse",    FIELDS(reason) },
    [OFFICE_JOURNAL]                 = { .name = "journal",            ARGUMENTS(journal_page) },
    [OFFICE_ACCESSES]                = { .name = "accesses",           ARGUMENTS(access_page) },
};
/* clang-format on */

_Static_assert(ARRAY_LEN(acts) == OFFICE_ACT_COUNT, "every act has a row");

const struct office_act *
office_act_of(int act)
{
    assert(act > OFFICE_NONE && act < OFFICE_ACT_COUNT);
    return &acts[act];
}
