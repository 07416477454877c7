/*
 * batch_one: one row by itself: a batch of one, whose verdict is waited for.
 *
 * Request   one JSON object, with the fields of a row of a file; X-User-Id; ?dry_run=true. The
 *           X-Request-Id names the batch: the same one again, with the same row, finds it
 * Reply     200: batch, state, and row, its verdict, or refusal; 202 with Location when there is no
 *           verdict yet within the time that a reply may take
 * Faults    FAULT_JSON_MALFORMED when it is not one object; FAULT_HEADER_MISSING,
 *           FAULT_QUERY_STRING, FAULT_BATCH_KEY_REUSED, FAULT_UPLOADS_TOO_MANY, FAULT_UPLOAD_BUSY,
 *           FAULT_SPOOL_*. What is wrong with the row is a verdict
 * Source    schema/batch/: there is one line for rows, however they come, so this writes a file of
 *           one line and lets it go that way.
 */
#include "endpoint/batch.h"
#include "endpoint/endpoints.h"

#include "crypto/digest.h"
#include "model/utf8.h"
#include "query/stmt.h"
#include "wire/out.h"
#include "wire/slice.h"

enum { WAIT_MS = 3000, REPLY_BYTES_MAX = VERDICT_BYTES_MAX + 256 };

struct batch_verdict {
    struct batch_standing *standing;
    struct span            row; /* as an object; empty: none yet */
};

/* A line feed can only be a blank between two parts, or a fault of the row; a tab is the same. */
static bool
make_line(struct request *r)
{
    struct span  body = span_make(r->body, r->body_length);
    struct span  name, value;
    struct slice slice;

    if (memchr(body.bytes, 0, body.length) != NULL || utf8_count(body) == SIZE_MAX)
        return false;
    slice_start(&slice, body);
    if (!slice_enter(&slice, '{'))
        return false;
    while (slice_next(&slice, &name, &value))
        continue;
    if (!slice_end(&slice))
        return false;
    for (size_t i = 0; i < r->body_length; i++)
        if (r->body[i] == '\n' || r->body[i] == '\r')
            r->body[i] = '\t';
    return true;
}

static enum fault
decode(struct request *r)
{
    struct batch_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->flies_alone = true; /* as any opening */
    if (span_is_empty(r->heads.user_id))
        request_blame(r, FAULT_HEADER_MISSING, "X-User-Id", "says who registers");
    batch_take_dry_run(r, question);
    if (!make_line(r))
        request_blame(r, FAULT_JSON_MALFORMED, NULL, NULL);
    memcpy(question->key, r->request_id, UUID_BYTES);
    digest_whole(r->body, r->body_length, question->sha256);
    question->format = 2;
    question->charset = 1;
    question->content = question->length = (int64_t)r->body_length;
    r->upload.length = r->upload.length_max = question->length;
    r->upload.is_at_hand = r->upload.is_last = true;
    r->upload.patience_ms = r->started_us / 1000 + WAIT_MS;
    return r->fault;
}

static void
ask(struct request *r)
{
    r->answer = NULL;
    r->upload.next = UPLOAD_NONE;
    if (r->upload.phase == UPLOAD_NONE)
        batch_ask_open(r);
    else if (r->upload.phase == UPLOAD_AWAITED)
        batch_ask_standing(r, r->upload.number);
    else
        batch_ask_upload(r);
}

static bool
is_settled(const struct batch_standing *standing)
{
    switch ((enum batch_state)standing->state_code) {
    case BATCH_RECEIVING:
    case BATCH_RECEIVED:
    case BATCH_CHECKING:
    case BATCH_APPLYING:
        return false;
    case BATCH_WAITING:
    case BATCH_DONE:
    case BATCH_REFUSED:
    case BATCH_CANCELLED:
    case BATCH_UNDONE:
        break;
    }
    return true;
}

/* How it stands is known; what it comes to by that. */
static enum fault
judge(struct request *r)
{
    struct batch_verdict *verdict = arena_take(&r->arena, sizeof *verdict);

    if (verdict == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    verdict->standing = r->answer;
    r->answer = verdict;
    if (is_settled(verdict->standing)) {
        r->upload.next = UPLOAD_ENDED;
        batch_ask_verdicts(r, r->upload.number, 0, 1);
        r->asks_again = true;
    } else if (verdict->standing->state_code == BATCH_RECEIVING) {
        r->upload.next = UPLOAD_ADMITTED;
    } else {
        r->upload.next = UPLOAD_AWAITED;
    }
    return FAULT_NONE;
}

static enum fault
read_row(struct request *r, const struct rows *rows, int first, int count)
{
    struct batch_verdict *verdict = r->answer;
    char                 *place = arena_take_raw(&r->arena, VERDICT_BYTES_MAX);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, VERDICT_BYTES_MAX);
    if (count > 0)
        batch_add_verdict(&text, rows, first);
    verdict->row = text_span(&text);
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    enum upload_phase phase = r->upload.phase;
    enum fault        fault;

    if (rows->stmt == STMT_BATCH_OPEN)
        return batch_read_open(r, rows, first, count);
    if (rows->stmt == STMT_BATCH_ROWS_READ)
        return read_row(r, rows, first, count);
    if (phase == UPLOAD_NONE || phase == UPLOAD_AWAITED)
        fault = batch_read_standing(r, rows, first, count);
    else
        fault = batch_read_upload(r, rows, first, count);
    /* A file that could not be stored is told as it is. */
    if (fault != FAULT_NONE || rows->stmt != STMT_BATCH_READ || r->upload.fault != FAULT_NONE)
        return fault;
    return judge(r);
}

static enum fault
encode(struct request *r)
{
    const struct batch_verdict *verdict = r->answer;
    char                       *place = arena_take_raw(&r->arena, REPLY_BYTES_MAX);

    r->tells_upload = false;
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    enum fault  fault = batch_locate(r, verdict->standing);
    struct text text = text_in(place, REPLY_BYTES_MAX);
    text_add_format(&text, "{\"batch\":\"%s\",\"state\":\"%s\"", verdict->standing->number,
                    verdict->standing->state);
    if (!span_is_empty(verdict->standing->refusal)) {
        text_add_string(&text, ",\"refusal\":");
        out_quoted(&text, verdict->standing->refusal);
    }
    if (!span_is_empty(verdict->row)) {
        text_add_string(&text, ",\"row\":");
        text_add(&text, verdict->row);
    }
    text_add_byte(&text, '}');
    r->reply = text_span(&text);
    r->http_status = is_settled(verdict->standing) ? 200 : 202;
    return text.is_full ? FAULT_INTERNAL : fault;
}

const struct endpoint endpoint_batch_one = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
