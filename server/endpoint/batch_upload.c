/*
 * batch_open, batch_append: an insurer's file on its way in, whole or in parts.
 *
 * Request   POST opens: Idempotency-Key (a UUID), Repr-Digest or Content-Digest with the SHA-256 of
 *           the whole file, Content-Type (text/csv, charset utf-8, shift_jis or windows-31j; or
 *           application/jsonl), Content-Encoding (gzip, zstd, or none), X-User-Id, ?dry_run=true.
 *           The body is the file, or its beginning (Upload-Complete: ?0), or nothing.
 *           PATCH goes on: Upload-Offset, Upload-Complete, Content-Type application/partial-upload.
 *           Upload-Length says how long the file is, where that is known
 * Reply     the batch as it stands; 201 with Location when it was opened just now. Upload-Offset,
 *           Upload-Complete, Upload-Length and Upload-Limit in the head
 * Faults    FAULT_HEADER_*, FAULT_MEDIA_TYPE, FAULT_QUERY_STRING, FAULT_BODY_TOO_LARGE,
 *           FAULT_UPLOAD_*, FAULT_UPLOADS_TOO_MANY, FAULT_BATCH_*, FAULT_SPOOL_*, FAULT_NOT_FOUND
 * Source    draft-ietf-httpbis-resumable-upload-09, whose names and rules these are. The same key
 *           finds the same batch; its body is only taken while nothing of the file is safe.
 */
#include "endpoint/batch.h"
#include "endpoint/endpoints.h"

#include "base/text.h"
#include "base/uuid.h"
#include "query/stmt.h"
#include "wire/head.h"

enum { LOCATION_BYTES_MAX = 64 };

/* What batch_open says; see schema/functions.md. */
enum open_outcome { OPEN_NEW = 1, OPEN_SAME = 2, OPEN_OTHER = 3, OPEN_TOO_MANY = 4 };

/* ---- heads --------------------------------------------------------------------------------- */

static void
blame_head(struct request *r, struct span value, const char *name, const char *reason)
{
    request_blame(r, span_is_empty(value) ? FAULT_HEADER_MISSING : FAULT_HEADER_MALFORMED, name,
                  reason);
}

/* As a structured field it is a quoted text; bare ones are as clear. */
static void
take_key(struct request *r, struct batch_question *question)
{
    struct span value = r->upload_heads->idempotency_key;
    struct span key = value;

    if (key.length == UUID_TEXT_LENGTH + 2 && key.bytes[0] == '"'
        && key.bytes[key.length - 1] == '"')
        key = span_make(key.bytes + 1, UUID_TEXT_LENGTH);
    if (!uuid_parse(key, question->key))
        blame_head(r, value, "Idempotency-Key", "a UUID names each batch");
}

static void
take_digest(struct request *r, struct batch_question *question)
{
    const struct upload_heads *heads = r->upload_heads;
    unsigned char              other[SHA256_BYTES];
    bool                       has_repr = !span_is_empty(heads->repr_digest);
    struct span                first = has_repr ? heads->repr_digest : heads->content_digest;

    if (!head_sha256(first, question->sha256)) {
        blame_head(r, first, has_repr ? "Repr-Digest" : "Content-Digest",
                   "sha-256 of the whole file, as sha-256=:base64:");
        return;
    }
    if (has_repr && !span_is_empty(heads->content_digest)
        && (!head_sha256(heads->content_digest, other)
            || memcmp(other, question->sha256, SHA256_BYTES) != 0))
        request_blame(r, FAULT_HEADER_MALFORMED, "Content-Digest",
                      "not the digest that Repr-Digest has");
}

static void
take_type(struct request *r, struct batch_question *question)
{
    static const struct {
        const char *name;
        int16_t     code;
    } charsets[] = { { "utf-8", 1 }, { "shift_jis", 2 }, { "windows-31j", 2 } };
    struct span type, charset;
    bool        is_known = false;

    if (!head_media_type(r->heads.content_type, &type, &charset))
        type = (struct span){ 0 };
    question->format = 1;
    question->charset = 1;
    if (head_is(type, "application/jsonl")) {
        question->format = 2;
        is_known = span_is_empty(charset) || head_is(charset, "utf-8");
    } else if (head_is(type, "text/csv")) {
        is_known = span_is_empty(charset);
        for (size_t i = 0; i < ARRAY_LEN(charsets); i++)
            if (head_is(charset, charsets[i].name)) {
                is_known = true;
                question->charset = charsets[i].code;
            }
    }
    if (!is_known)
        request_blame(r, FAULT_MEDIA_TYPE, "Content-Type",
                      "text/csv in utf-8, shift_jis or windows-31j, or application/jsonl");
}

static void
take_packing(struct request *r, struct batch_question *question)
{
    static const char *const names[] = { "identity", "gzip", "zstd" };
    struct span              packing = r->upload_heads->content_encoding;

    if (span_is_empty(packing))
        return;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (head_is(packing, names[i])) {
            question->packing = (int16_t)i;
            return;
        }
    request_blame(r, FAULT_MEDIA_TYPE, "Content-Encoding", "gzip or zstd, or none");
}

void
batch_take_dry_run(struct request *r, struct batch_question *question)
{
    for (size_t i = 0; i < r->argument_count && i < QUERY_ARGUMENTS_MAX; i++) {
        const struct query_argument *argument = &r->arguments[i];
        bool                         is_true = span_is(argument->value, "true");
        if (i > 0 || !span_is(argument->name, "dry_run")
            || (!is_true && !span_is(argument->value, "false")))
            request_blame(r, FAULT_QUERY_STRING, NULL, "takes dry_run=true or false, once");
        question->is_dry_run = is_true;
    }
}

/* How long this body is, and how long that makes the file. */
static void
take_lengths(struct request *r, struct batch_question *question)
{
    const struct upload_heads *heads = r->upload_heads;
    int64_t                    stated = -1;

    question->content = heads->has_body ? -1 : 0;
    if (!span_is_empty(heads->content_length)
        && !head_whole(heads->content_length, &question->content))
        request_blame(r, FAULT_BODY_TOO_LARGE, "Content-Length", NULL);
    if (!span_is_empty(heads->length) && !head_whole(heads->length, &stated))
        request_blame(r, FAULT_HEADER_MALFORMED, "Upload-Length", "not a whole number of bytes");
    question->length = stated;
    if (question->content < 0)
        return;
    int64_t end = question->offset + question->content;
    if (stated >= 0 && (r->upload.is_last ? end != stated : end > stated))
        request_blame(r, FAULT_UPLOAD_LENGTH, "Upload-Length", "not what this body leads to");
    if (r->upload.is_last)
        question->length = end;
    if (end > r->limits->upload_bytes_max || stated > r->limits->upload_bytes_max)
        request_blame(r, FAULT_BODY_TOO_LARGE, NULL, NULL);
}

static struct batch_question *
start(struct request *r)
{
    struct batch_question *question = arena_take(&r->arena, sizeof *question);

    r->question = question;
    r->upload.length = -1;
    r->upload.length_max = r->limits->upload_bytes_max;
    return question;
}

static enum fault
decode_open(struct request *r)
{
    const struct upload_heads *heads = r->upload_heads;
    struct batch_question     *question = start(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->flies_alone = true; /* it may wait for another opening of the same insurer */
    r->upload.is_last = heads->has_body;
    if (!span_is_empty(heads->complete) && !head_flag(heads->complete, &r->upload.is_last))
        request_blame(r, FAULT_HEADER_MALFORMED, "Upload-Complete", "?1 or ?0");
    take_key(r, question);
    take_digest(r, question);
    take_type(r, question);
    take_packing(r, question);
    batch_take_dry_run(r, question);
    take_lengths(r, question);
    if (span_is_empty(r->heads.user_id))
        request_blame(r, FAULT_HEADER_MISSING, "X-User-Id", "says who opens the batch");
    return r->fault;
}

static enum fault
decode_append(struct request *r)
{
    const struct upload_heads *heads = r->upload_heads;
    struct batch_question     *question = start(r);
    struct span                type, charset;

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    enum fault fault = batch_number_of_path(r, &question->number);
    if (fault != FAULT_NONE)
        return fault;
    if (!head_whole(heads->offset, &question->offset))
        blame_head(r, heads->offset, "Upload-Offset", "where in the file this body begins");
    if (!head_flag(heads->complete, &r->upload.is_last))
        blame_head(r, heads->complete, "Upload-Complete", "?1 when this body ends the file, or ?0");
    if (!head_media_type(r->heads.content_type, &type, &charset)
        || !head_is(type, "application/partial-upload"))
        request_blame(r, FAULT_MEDIA_TYPE, "Content-Type", "not application/partial-upload");
    if (r->fault == FAULT_NONE)
        take_lengths(r, question);
    return r->fault;
}

/* ---- statements ------------------------------------------------------------------------------ */

void
batch_ask_open(struct request *r)
{
    const struct batch_question *question = r->question;

    ask_start(&r->ask, STMT_BATCH_OPEN);
    ask_bytes(&r->ask, span_of(r->actor.insurer_number));
    ask_bytes(&r->ask, span_make((const char *)question->key, UUID_BYTES));
    ask_number(&r->ask, r->actor.certificate_id);
    ask_bytes(&r->ask, r->heads.user_id);
    ask_number(&r->ask, question->format);
    ask_number(&r->ask, question->packing);
    ask_number(&r->ask, question->charset);
    ask_number(&r->ask, question->is_dry_run);
    if (question->length < 0)
        ask_null(&r->ask);
    else
        ask_number(&r->ask, question->length);
    ask_bytes(&r->ask, span_make((const char *)question->sha256, SHA256_BYTES));
    ask_number(&r->ask, r->limits->uploads_unfinished);
}

void
batch_ask_upload(struct request *r)
{
    const struct upload *upload = &r->upload;
    bool                 is_received = upload->phase == UPLOAD_ENDED && upload->is_whole;

    if (upload->phase == UPLOAD_LOCKED)
        ask_start(&r->ask, STMT_BATCH_RESUME);
    else
        ask_start(&r->ask, is_received ? STMT_BATCH_RECEIVED : STMT_BATCH_PROGRESS);
    ask_bytes(&r->ask, span_of(r->actor.insurer_number));
    ask_number(&r->ask, upload->number);
    ask_number(&r->ask, upload->phase == UPLOAD_LOCKED ? upload->file_bytes : upload->safe_bytes);
    if (is_received)
        ask_number(&r->ask, upload->is_right);
    else if (upload->phase != UPLOAD_LOCKED && upload->length >= 0)
        ask_number(&r->ask, upload->length);
    else if (upload->phase != UPLOAD_LOCKED)
        ask_null(&r->ask);
}

static void
ask(struct request *r)
{
    const struct batch_question *question = r->question;

    r->answer = NULL;
    r->upload.next = UPLOAD_NONE;
    if (r->upload.phase != UPLOAD_NONE)
        batch_ask_upload(r);
    else if (question->number == 0)
        batch_ask_open(r);
    else
        batch_ask_standing(r, question->number);
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum fault
batch_read_open(struct request *r, const struct rows *rows, int first, int count)
{
    struct batch_question *question = r->question;

    if (count != 1)
        return FAULT_INTERNAL;
    switch ((enum open_outcome)rows_number(rows, first, 0)) {
    case OPEN_NEW:
    case OPEN_SAME:
        break;
    case OPEN_OTHER:
        return FAULT_BATCH_KEY_REUSED;
    case OPEN_TOO_MANY:
    default:
        return FAULT_UPLOADS_TOO_MANY;
    }
    question->is_new = rows_number(rows, first, 0) == OPEN_NEW;
    batch_ask_standing(r, rows_number(rows, first, 1));
    r->asks_again = true;
    return FAULT_NONE;
}

/* Whether the body that stands outside may come in. */
static enum fault
admit(struct request *r)
{
    const struct batch_question *question = r->question;
    const struct batch_standing *standing = r->answer;
    bool                         is_append = question->number != 0;

    if (question->length >= 0 && standing->length >= 0 && question->length != standing->length)
        return FAULT_UPLOAD_LENGTH;
    r->upload.length = standing->length < 0 ? question->length : standing->length;
    if (standing->length >= 0 && question->content >= 0
        && question->offset + question->content > standing->length)
        return FAULT_UPLOAD_LENGTH;
    if (r->upload.length >= 0)
        r->upload.length_max = r->upload.length;
    if (standing->state_code != BATCH_RECEIVING)
        return is_append ? FAULT_BATCH_STATE : FAULT_NONE; /* an opening is told how it stands */
    if (standing->received_bytes != question->offset)
        return is_append ? FAULT_UPLOAD_OFFSET : FAULT_NONE;
    if (is_append || r->upload_heads->has_body || r->upload.is_last)
        r->upload.next = UPLOAD_ADMITTED;
    return FAULT_NONE;
}

/* Columns: 0 state, 1 received_bytes. The file is ours now; what it was may have changed. */
static enum fault
read_resume(struct request *r, const struct rows *rows, int first, int count)
{
    const struct batch_question *question = r->question;

    if (count != 1)
        return FAULT_NOT_FOUND;
    if (rows_number(rows, first, 0) != BATCH_RECEIVING)
        return FAULT_BATCH_STATE;
    r->upload.safe_bytes = r->upload.is_at_hand ? 0 : rows_number(rows, first, 1);
    if (r->upload.safe_bytes != question->offset)
        return FAULT_UPLOAD_OFFSET;
    r->upload.next = UPLOAD_FLOWING;
    return FAULT_NONE;
}

/* Columns: 0 state. */
static enum fault
read_progress(struct request *r, const struct rows *rows, int first, int count)
{
    if (count != 1)
        return FAULT_NOT_FOUND;
    if (r->upload.phase == UPLOAD_ENDED) {
        batch_ask_standing(r, r->upload.number);
        r->asks_again = true;
        return FAULT_NONE;
    }
    if (rows_number(rows, first, 0) != BATCH_RECEIVING)
        return FAULT_BATCH_STATE; /* cancelled meanwhile */
    r->upload.next = UPLOAD_FLOWING;
    return FAULT_NONE;
}

enum fault
batch_read_upload(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_BATCH_RESUME)
        return read_resume(r, rows, first, count);
    if (rows->stmt != STMT_BATCH_READ)
        return read_progress(r, rows, first, count);
    enum fault                   fault = batch_read_standing(r, rows, first, count);
    const struct batch_standing *standing = r->answer;
    if (fault == FAULT_NONE && r->upload.fault == FAULT_NONE && !r->upload.is_whole
        && standing->state_code != BATCH_RECEIVING)
        fault = FAULT_BATCH_STATE;
    return fault;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_BATCH_OPEN)
        return batch_read_open(r, rows, first, count);
    if (r->upload.phase != UPLOAD_NONE)
        return batch_read_upload(r, rows, first, count);
    enum fault fault = batch_read_standing(r, rows, first, count);
    return fault == FAULT_NONE ? admit(r) : fault;
}

enum fault
batch_locate(struct request *r, const struct batch_standing *standing)
{
    char *place = arena_take(&r->arena, LOCATION_BYTES_MAX);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, LOCATION_BYTES_MAX);
    text_add_string(&text, "/v1/enrolment/batches/");
    text_add_string(&text, standing->number);
    r->location = place;
    return FAULT_NONE;
}

static enum fault
encode_open(struct request *r)
{
    const struct batch_question *question = r->question;
    enum fault                   fault = batch_locate(r, r->answer);

    return fault == FAULT_NONE ? batch_encode_standing(r, question->is_new ? 201 : 200) : fault;
}

static enum fault
encode_append(struct request *r)
{
    return batch_encode_standing(r, 200);
}

const struct endpoint endpoint_batch_open = {
    .decode = decode_open,
    .ask = ask,
    .read = read,
    .encode = encode_open,
};

const struct endpoint endpoint_batch_append = {
    .decode = decode_append,
    .ask = ask,
    .read = read,
    .encode = encode_append,
};
