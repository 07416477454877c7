#include "endpoint/person.h"

#include "base/uuid.h"
#include "query/stmt.h"

void
person_take_session(struct request *r, struct span text, unsigned char *ret_id)
{
    r->record.way = WAY_PERSON;
    if (text.bytes != NULL && !uuid_parse(text, ret_id))
        request_blame(r, FAULT_FIELD_MALFORMED, "session_id", "not a UUID");
}

void
person_ask_session(struct request *r, int stmt, const unsigned char *session_id)
{
    ask_start(&r->ask, stmt);
    ask_number(&r->ask, r->actor.certificate_id);
    ask_bytes(&r->ask, span_make((const char *)session_id, UUID_BYTES));
}

void
person_ask(struct request *r, const unsigned char *session_id)
{
    r->answer = NULL; /* a flight that failed may have left half of one */
    person_ask_session(r, STMT_PERSON_READ, session_id);
    ask_number(&r->ask, r->received_at);
}

static void
note_agent(struct request *r, const struct rows *rows, int first)
{
    if (rows->stmt == STMT_PERSON_READ && rows_bool(rows, first, 5))
        r->record.way = WAY_AGENT;
}

/* Columns: 0 ord, 1 person_id, 2 version, 3 body, 4 reference_number, 5 is_by_agent. */
enum fault
person_note(struct request *r, const struct rows *rows, int first, int count)
{
    if (count == 0)
        return FAULT_SESSION_OVER;
    r->record.has_subject = true;
    r->record.person_id = rows_number(rows, first, 1);
    r->record.dossier_versions[0] = rows_number(rows, first, 2);
    r->record.dossier_count = 1;
    note_agent(r, rows, first);
    return FAULT_NONE;
}

enum fault
person_decide(struct request *r, const struct rows *rows, int first)
{
    struct visit_question *question = r->question;
    struct visit_answer   *answer = visit_answer_of(r);
    bool                   is_known = !rows_is_null(rows, first, 1);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    question->card.is_by_person = true;
    question->card.has_ceiling_consent = true;
    question->card.has_disease_consent = true;
    answer->found.has_looked_around = true;
    note_agent(r, rows, first);
    enum fault fault = eligibility_read_persons(r, &answer->found, rows, first, is_known ? 1 : 0);
    if (fault != FAULT_NONE)
        return fault;
    return r->is_replay ? eligibility_decide_again(r, &answer->found)
                        : eligibility_decide(r, &answer->found);
}

enum fault
person_write(struct request *r, const struct out_row *rows, const void *view, size_t room)
{
    char *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, rows, view);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}
