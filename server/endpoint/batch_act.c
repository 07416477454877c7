/*
 * batch_release, batch_cancel, batch_undo: what a person at the insurer decides about a batch.
 *
 * Request   path: the number of the batch; X-User-Id says who decides. No body
 * Reply     the batch as it stands afterwards; the same decision again is answered the same
 * Faults    FAULT_NOT_FOUND, FAULT_BATCH_STATE, FAULT_BATCH_SAME_PERSON (release by the one who
 *           opened it, or, where it is set so, by the same certificate), FAULT_HEADER_MISSING
 * Source    schema/functions.md, batch_release, batch_cancel, batch_undo. To undo is asked for here
 *           and done by the batch line, so the batch may still stand as done: 202.
 */
#include "endpoint/batch.h"
#include "endpoint/endpoints.h"

#include "query/stmt.h"

/* What the functions say. */
enum act_outcome {
    ACT_DONE = 1,
    ACT_WAS_DONE = 2,
    ACT_SAME_PERSON = 3,
    ACT_WRONG_STATE = 4,
    ACT_TOO_LATE = 5
};

static enum fault
decode(struct request *r)
{
    int64_t *number = arena_take(&r->arena, sizeof *number);

    if (number == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = number;
    if (span_is_empty(r->heads.user_id))
        request_blame(r, FAULT_HEADER_MISSING, "X-User-Id", "says who decides");
    enum fault fault = batch_number_of_path(r, number);
    if (fault == FAULT_NONE)
        r->record.detail = r->path_rest;
    return r->fault != FAULT_NONE ? r->fault : fault;
}

static void
ask_start_for(struct request *r, int stmt)
{
    r->answer = NULL;
    ask_start(&r->ask, stmt);
    ask_bytes(&r->ask, span_of(r->actor.insurer_number));
    ask_number(&r->ask, *(const int64_t *)r->question);
}

static void
ask_release(struct request *r)
{
    ask_start_for(r, STMT_BATCH_RELEASE);
    ask_number(&r->ask, r->actor.certificate_id);
    ask_bytes(&r->ask, r->heads.user_id);
    ask_number(&r->ask, r->limits->release_needs_other_certificate);
}

static void
ask_cancel(struct request *r)
{
    ask_start_for(r, STMT_BATCH_CANCEL);
}

static void
ask_undo(struct request *r)
{
    ask_start_for(r, STMT_BATCH_UNDO);
    ask_bytes(&r->ask, r->heads.user_id);
    ask_number(&r->ask, r->received_at);
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_BATCH_READ)
        return batch_read_standing(r, rows, first, count);
    if (count != 1)
        return FAULT_NOT_FOUND;
    switch ((enum act_outcome)rows_number(rows, first, 0)) {
    case ACT_DONE:
    case ACT_WAS_DONE:
        break;
    case ACT_SAME_PERSON:
        return FAULT_BATCH_SAME_PERSON;
    case ACT_TOO_LATE:
        request_blame(r, FAULT_BATCH_STATE, NULL, "the days in which it could be undone are over");
        return FAULT_NONE;
    case ACT_WRONG_STATE:
    default:
        return FAULT_BATCH_STATE;
    }
    batch_ask_standing(r, *(const int64_t *)r->question);
    r->asks_again = true;
    return FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    r->tells_upload = false;
    return batch_encode_standing(r, 200);
}

static enum fault
encode_undo(struct request *r)
{
    const struct batch_standing *standing = r->answer;

    r->tells_upload = false;
    return batch_encode_standing(r, standing->state_code == BATCH_UNDONE ? 200 : 202);
}

const struct endpoint endpoint_batch_release = {
    .decode = decode,
    .ask = ask_release,
    .read = read,
    .encode = encode,
};

const struct endpoint endpoint_batch_cancel = {
    .decode = decode,
    .ask = ask_cancel,
    .read = read,
    .encode = encode,
};

const struct endpoint endpoint_batch_undo = {
    .decode = decode,
    .ask = ask_undo,
    .read = read,
    .encode = encode_undo,
};
