/*
 * person_agent_make, person_agents, person_agent_end, person_agent_session: who acts for whom at a
 * portal.
 *
 * Request   to make: session_id of the person's own card, agent_session_id of the agent's own card,
 *           kind (guardian, appointed), until (the last day); to list: session_id; to end, and to
 *           open a session about the person: session_id, and the relation's number in the path
 * Reply     agent_number, until; or agents[]: agent_number, is_for_me, name, kind, made_at, until,
 *           ended_at, ended_by; or agent_number, ended_at, ended_by; or session_id, expires_at
 * Faults    FAULT_SESSION_OVER (also where a session is not its holder's own: who acts for somebody
 *           neither sees nor changes who else does), FAULT_NOT_FOUND (no such relation, or one that
 *           has ended), FAULT_FIELD_*
 * Source    domain facts, SR-041, SR-042, SR-112. Both cards are proven, so nobody is named by
 *           anybody else. All of it is in the person's own list (ITEM_AGENTS), and so is whatever
 *           an agent does (WAY_AGENT).
 */
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"
#include "endpoint/person.h"

#include "base/uuid.h"
#include "query/stmt.h"

#include <stddef.h>

enum {
    AGENTS_MAX = 100,
    AGENT_NUMBER_LENGTH = 24,
    AGENT_BYTES = 2048, /* with a name of some hundred characters */
    PAGE_BYTES = 64
};

enum make_outcome {
    MAKE_DONE = 1,
    MAKE_STANDS = 2,
    MAKE_SESSION_OVER = 3,
    MAKE_ONE_PERSON = 4,
    MAKE_TOO_OLD = 5,
    MAKE_TOO_LONG = 6,
    MAKE_TOO_MANY = 7
};

static const char *const kind_words[] = { "guardian", "appointed", NULL };
static const char *const side_words[] = { "person", "agent", NULL };

struct agent_question {
    struct span   session_text;
    unsigned char session_id[UUID_BYTES];
    struct span   agent_session_text;
    unsigned char agent_session_id[UUID_BYTES];
    int16_t       kind;
    day_t         until;
};

struct agent {
    struct span agent_number;
    bool        is_for_me;
    struct span name;
    const char *kind;
    instant_t   made_at;
    day_t       until;
    instant_t   ended_at;
    const char *ended_by;
    bool        is_new;
};

struct agents_view {
    struct out_list agents;
};

struct session_view {
    char        id_place[UUID_TEXT_LENGTH + 1];
    struct span session_id;
    instant_t   expires_at;
};

#define QUESTION(field) offsetof(struct agent_question, field)
#define AGENT(field)    offsetof(struct agent, field)
#define VIEW(field)     offsetof(struct agents_view, field)
#define SESSION(field)  offsetof(struct session_view, field)

/* clang-format off */
/* All but to make take the first only. */
static const struct field question_fields[] = {
    { "session_id",       FIELD_TEXT, QUESTION(session_text),       SESSION_ID_BYTES_MAX, true,  NULL },
    { "agent_session_id", FIELD_TEXT, QUESTION(agent_session_text), SESSION_ID_BYTES_MAX, true,  NULL },
    { "kind",             FIELD_WORD, QUESTION(kind),               0,                    true,  kind_words },
    { "until",            FIELD_DAY,  QUESTION(until),              0,                    false, NULL },
};

static const struct out_row agent_rows[] = {
    { "agent_number", NULL, OUT_TEXT,    AGENT(agent_number), NULL },
    { "is_for_me",    NULL, OUT_FLAG,    AGENT(is_for_me),    NULL },
    { "name",         NULL, OUT_TEXT,    AGENT(name),         NULL },
    { "kind",         NULL, OUT_STRING,  AGENT(kind),         NULL },
    { "made_at",      NULL, OUT_INSTANT, AGENT(made_at),      NULL },
    { "until",        NULL, OUT_DAY,     AGENT(until),        NULL },
    { "ended_at",     NULL, OUT_INSTANT, AGENT(ended_at),     NULL },
    { "ended_by",     NULL, OUT_STRING,  AGENT(ended_by),     NULL },
    { 0 },
};

static const struct out_row view_rows[] = {
    { "agents", NULL, OUT_LIST, VIEW(agents), agent_rows },
    { 0 },
};

static const struct out_row session_rows[] = {
    { "session_id", NULL, OUT_TEXT,    SESSION(session_id), NULL },
    { "expires_at", NULL, OUT_INSTANT, SESSION(expires_at), NULL },
    { 0 },
};
/* clang-format on */

static struct agent_question *
question_of(struct request *r, size_t field_count)
{
    struct agent_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return NULL;
    r->question = question;
    r->flies_alone = true;
    question->until = DAY_UNKNOWN;
    if (fields_decode(span_make(r->body, r->body_length), question_fields, field_count, &r->arena,
                      question, endpoint_blame, r))
        person_take_session(r, question->session_text, question->session_id);
    return question;
}

static enum fault
decode_make(struct request *r)
{
    struct agent_question *question = question_of(r, ARRAY_LEN(question_fields));

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (question->agent_session_text.bytes != NULL
        && !uuid_parse(question->agent_session_text, question->agent_session_id))
        request_blame(r, FAULT_FIELD_MALFORMED, "agent_session_id", "not a UUID");
    return r->fault;
}

static enum fault
decode_list(struct request *r)
{
    return question_of(r, 1) == NULL ? FAULT_REQUEST_TOO_LARGE : r->fault;
}

static enum fault
decode_of_path(struct request *r)
{
    if (question_of(r, 1) == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (r->fault == FAULT_NONE && r->path_rest.length != AGENT_NUMBER_LENGTH)
        return FAULT_NOT_FOUND;
    return r->fault;
}

static void
ask(struct request *r)
{
    const struct agent_question *question = r->question;

    person_ask(r, question->session_id);
}

/* The values that all four begin with. */
static void
ask_of(struct request *r, int stmt)
{
    const struct agent_question *question = r->question;

    person_ask_session(r, stmt, question->session_id);
    ask_number(&r->ask, r->received_at);
    r->asks_again = true;
}

static void
ask_make(struct request *r)
{
    const struct agent_question *question = r->question;

    ask_of(r, STMT_PERSON_AGENT_MAKE);
    ask_bytes(&r->ask, span_make((const char *)question->agent_session_id, UUID_BYTES));
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_number(&r->ask, question->kind);
    if (question->until == DAY_UNKNOWN)
        ask_null(&r->ask);
    else
        ask_number(&r->ask, question->until);
}

static enum fault
fault_of_make(struct request *r, int64_t outcome)
{
    switch (outcome) {
    case MAKE_ONE_PERSON:
        request_blame(r, FAULT_FIELD_MALFORMED, "agent_session_id", "of the same person");
        break;
    case MAKE_TOO_OLD:
        request_blame(r, FAULT_FIELD_MALFORMED, "kind", "the person is too old for a guardian");
        break;
    case MAKE_TOO_LONG:
        request_blame(r, FAULT_FIELD_MALFORMED, "until", "past, or later than is allowed");
        break;
    case MAKE_TOO_MANY:
        request_blame(r, FAULT_FIELD_MALFORMED, "agent_session_id",
                      "as many act for the person as may");
        break;
    case MAKE_SESSION_OVER:
        return FAULT_SESSION_OVER;
    default:
        return FAULT_INTERNAL;
    }
    return r->fault;
}

/* Columns: 0 outcome, 1 agent_number, 2 last_day. */
static enum fault
read_made(struct request *r, const struct rows *rows, int first, int count)
{
    struct agent *agent = arena_take(&r->arena, sizeof *agent);

    if (agent == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count != 1)
        return FAULT_INTERNAL;
    int64_t outcome = rows_number(rows, first, 0);
    if (outcome != MAKE_DONE && outcome != MAKE_STANDS)
        return fault_of_make(r, outcome);
    *agent = (struct agent){ .is_new = outcome == MAKE_DONE,
                             .agent_number = enrolment_text(r, rows, first, 1),
                             .until = rows_day(rows, first, 2) };
    r->answer = agent;
    return FAULT_NONE;
}

/* Columns: 0 agent_number, 1 is_for_me, 2 name, 3 kind, 4 made_at, 5 until, 6 ended_at,
 * 7 ended_by. */
static enum fault
read_agents(struct request *r, const struct rows *rows, int first, int count)
{
    struct agents_view *view = arena_take(&r->arena, sizeof *view);
    struct agent       *agents = arena_take(&r->arena, (size_t)(count + 1) * sizeof *agents);

    if (view == NULL || agents == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < count; i++) {
        int row = first + i;
        agents[i] = (struct agent){
            .agent_number = enrolment_text(r, rows, row, 0),
            .is_for_me = rows_bool(rows, row, 1),
            .name = enrolment_text(r, rows, row, 2),
            .kind = enrolment_word(kind_words, rows_number(rows, row, 3)),
            .made_at = rows_instant(rows, row, 4),
            .until = rows_day(rows, row, 5),
            .ended_at = enrolment_instant(rows, row, 6),
            .ended_by = enrolment_word_at(side_words, rows, row, 7),
        };
    }
    view->agents = (struct out_list){
        .items = agents, .count = (size_t)count, .stride = sizeof *agents, .has = true
    };
    r->answer = view;
    return FAULT_NONE;
}

/* Columns: 0 ended_at, 1 ended_by. */
static enum fault
read_ended(struct request *r, const struct rows *rows, int first, int count)
{
    struct agent *agent = arena_take(&r->arena, sizeof *agent);

    if (agent == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    *agent = (struct agent){ .agent_number = r->path_rest,
                             .until = DAY_UNKNOWN,
                             .ended_at = rows_instant(rows, first, 0),
                             .ended_by = enrolment_word(side_words, rows_number(rows, first, 1)) };
    r->answer = agent;
    return FAULT_NONE;
}

/* Columns: 0 opened_id, 1 until, 2 person_id. Whose session it is goes on record, not whose asked
 * for it: the person sees in the own list that somebody began to look. */
static enum fault
read_session(struct request *r, const struct rows *rows, int first, int count)
{
    struct session_view *view = arena_take(&r->arena, sizeof *view);

    if (view == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    uuid_format((const unsigned char *)rows_bytes(rows, first, 0).bytes, view->id_place);
    view->session_id = span_of(view->id_place);
    view->expires_at = rows_instant(rows, first, 1);
    r->record.person_id = rows_number(rows, first, 2);
    r->record.dossier_count = 0;
    r->record.way = WAY_AGENT;
    r->answer = view;
    return FAULT_NONE;
}

/* What one of them asks once it is known whose session it is, and what it then reads. */
struct step {
    void (*ask)(struct request *r);
    enum fault (*read)(struct request *r, const struct rows *rows, int first, int count);
};

static enum fault
read_with(struct request *r, const struct rows *rows, int first, int count, const struct step *step)
{
    if (rows->stmt != STMT_PERSON_READ)
        return step->read(r, rows, first, count);
    enum fault fault = person_note(r, rows, first, count);
    if (fault == FAULT_NONE && r->record.way == WAY_AGENT)
        return FAULT_SESSION_OVER;
    r->record.items = ITEM_AGENTS;
    if (fault == FAULT_NONE)
        step->ask(r);
    return fault;
}

static void
ask_agents(struct request *r)
{
    ask_of(r, STMT_PERSON_AGENTS);
    ask_number(&r->ask, AGENTS_MAX);
}

static void
ask_end(struct request *r)
{
    ask_of(r, STMT_PERSON_AGENT_END);
    ask_bytes(&r->ask, r->path_rest);
}

static void
ask_session(struct request *r)
{
    ask_of(r, STMT_PERSON_AGENT_SESSION);
    ask_bytes(&r->ask, r->path_rest);
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
}

static enum fault
read_for_make(struct request *r, const struct rows *rows, int first, int count)
{
    static const struct step step = { ask_make, read_made };
    return read_with(r, rows, first, count, &step);
}

static enum fault
read_for_list(struct request *r, const struct rows *rows, int first, int count)
{
    static const struct step step = { ask_agents, read_agents };
    return read_with(r, rows, first, count, &step);
}

static enum fault
read_for_end(struct request *r, const struct rows *rows, int first, int count)
{
    static const struct step step = { ask_end, read_ended };
    return read_with(r, rows, first, count, &step);
}

static enum fault
read_for_session(struct request *r, const struct rows *rows, int first, int count)
{
    static const struct step step = { ask_session, read_session };
    return read_with(r, rows, first, count, &step);
}

static enum fault
encode_agent(struct request *r)
{
    const struct agent *agent = r->answer;
    enum fault          fault = person_write(r, agent_rows, agent, AGENT_BYTES);

    if (agent->is_new)
        r->http_status = 201;
    return fault;
}

static enum fault
encode_list(struct request *r)
{
    const struct agents_view *view = r->answer;

    return person_write(r, view_rows, view, PAGE_BYTES + view->agents.count * AGENT_BYTES);
}

static enum fault
encode_session(struct request *r)
{
    return person_write(r, session_rows, r->answer, AGENT_BYTES);
}

/* Replays are asked anew: what stands is the answer. */
#define AGENT_ENDPOINT(name, decoder, reader, encoder) \
    const struct endpoint name = {                     \
        .decode = (decoder),                           \
        .ask = ask,                                    \
        .read = (reader),                              \
        .encode = (encoder),                           \
    }

AGENT_ENDPOINT(endpoint_person_agent_make, decode_make, read_for_make, encode_agent);
AGENT_ENDPOINT(endpoint_person_agents, decode_list, read_for_list, encode_list);
AGENT_ENDPOINT(endpoint_person_agent_end, decode_of_path, read_for_end, encode_agent);
AGENT_ENDPOINT(endpoint_person_agent_session, decode_of_path, read_for_session, encode_session);
