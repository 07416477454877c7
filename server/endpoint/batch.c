#include "endpoint/batch.h"

#include "base/text.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <assert.h>
#include <stddef.h>

enum { STANDING_BYTES_MAX = 4096, NUMBER_DIGITS_MAX = 15 };

#define STANDING(field) offsetof(struct batch_standing, field)

/* clang-format off */
static const struct out_row standing_rows[] = {
    { "batch",           NULL, OUT_STRING,  STANDING(number),          NULL },
    { "state",           NULL, OUT_STRING,  STANDING(state),           NULL },
    { "refusal",         NULL, OUT_TEXT,    STANDING(refusal),         NULL },
    { "format",          NULL, OUT_STRING,  STANDING(format),          NULL },
    { "packing",         NULL, OUT_STRING,  STANDING(packing),         NULL },
    { "charset",         NULL, OUT_STRING,  STANDING(charset),         NULL },
    { "dry_run",         NULL, OUT_FLAG,    STANDING(is_dry_run),      NULL },
    { "length",          NULL, OUT_LONG,    STANDING(length),          NULL },
    { "received_bytes",  NULL, OUT_LONG,    STANDING(received_bytes),  NULL },
    { "sha256",          NULL, OUT_TEXT,    STANDING(sha256),          NULL },
    { "opened_at",       NULL, OUT_INSTANT, STANDING(opened_at),       NULL },
    { "received_at",     NULL, OUT_INSTANT, STANDING(received_at),     NULL },
    { "checked_at",      NULL, OUT_INSTANT, STANDING(checked_at),      NULL },
    { "finished_at",     NULL, OUT_INSTANT, STANDING(finished_at),     NULL },
    { "row_count",       NULL, OUT_WHOLE,   STANDING(row_count),       NULL },
    { "staged_count",    NULL, OUT_WHOLE,   STANDING(staged_count),    NULL },
    { "applied_count",   NULL, OUT_WHOLE,   STANDING(applied_count),   NULL },
    { "held_count",      NULL, OUT_WHOLE,   STANDING(held_count),      NULL },
    { "unchanged_count", NULL, OUT_WHOLE,   STANDING(unchanged_count), NULL },
    { "refused_count",   NULL, OUT_WHOLE,   STANDING(refused_count),   NULL },
    { "warned_count",    NULL, OUT_WHOLE,   STANDING(warned_count),    NULL },
    { "difference",      NULL, OUT_RAW,     STANDING(difference),      NULL },
    { "released_at",     NULL, OUT_INSTANT, STANDING(released_at),     NULL },
    { "undone_at",       NULL, OUT_INSTANT, STANDING(undone_at),       NULL },
    { 0 },
};

static const char *const state_names[] = {
    [BATCH_RECEIVING] = "receiving", [BATCH_RECEIVED] = "received", [BATCH_CHECKING] = "checking",
    [BATCH_WAITING] = "waits_for_release", [BATCH_APPLYING] = "applying", [BATCH_DONE] = "done",
    [BATCH_REFUSED] = "refused", [BATCH_CANCELLED] = "cancelled", [BATCH_UNDONE] = "undone",
};
static const char *const format_names[] = { "", "csv", "jsonl" };
static const char *const packing_names[] = { "none", "gzip", "zstd" };
static const char *const charset_names[] = { "", "utf-8", "windows-31j" };
/* clang-format on */

enum fault
batch_number_of_path(const struct request *r, int64_t *ret_number)
{
    struct span text = r->path_rest;

    *ret_number = 0;
    if (!span_is_digits(text) || text.length > NUMBER_DIGITS_MAX || text.bytes[0] == '0')
        return FAULT_NOT_FOUND; /* any other path is no batch of anybody */
    for (size_t i = 0; i < text.length; i++)
        *ret_number = *ret_number * 10 + (text.bytes[i] - '0');
    return FAULT_NONE;
}

void
batch_ask_standing(struct request *r, int64_t number)
{
    ask_start(&r->ask, STMT_BATCH_READ);
    ask_bytes(&r->ask, span_of(r->actor.insurer_number));
    ask_number(&r->ask, number);
}

static instant_t
instant_or_zero(const struct rows *rows, int row, int column)
{
    return rows_is_null(rows, row, column) ? 0 : rows_instant(rows, row, column);
}

static bool
copy_text(struct request *r, const struct rows *rows, int row, int column, struct span *ret_text)
{
    if (rows_is_null(rows, row, column))
        return true;
    *ret_text = arena_copy(&r->arena, rows_bytes(rows, row, column));
    return ret_text->bytes != NULL;
}

static bool
take_digest(struct request *r, struct span digest, struct batch_standing *standing)
{
    enum { HEX_BYTES = 2 * SHA256_BYTES + 1 };
    char *place = arena_take(&r->arena, HEX_BYTES);

    if (place == NULL || digest.length != SHA256_BYTES)
        return false;
    struct text text = text_in(place, HEX_BYTES);
    memcpy(standing->digest, digest.bytes, SHA256_BYTES);
    text_add_hex(&text, standing->digest, SHA256_BYTES);
    standing->sha256 = text_span(&text);
    return true;
}

/* Columns from 14 on. */
static void
take_counts(const struct rows *rows, int row, struct batch_standing *standing)
{
    standing->row_count = (int32_t)rows_number(rows, row, 14);
    standing->staged_count = (int32_t)rows_number(rows, row, 15);
    standing->applied_count = (int32_t)rows_number(rows, row, 16);
    standing->held_count = (int32_t)rows_number(rows, row, 17);
    standing->unchanged_count = (int32_t)rows_number(rows, row, 18);
    standing->refused_count = (int32_t)rows_number(rows, row, 19);
    standing->warned_count = (int32_t)rows_number(rows, row, 20);
}

static void
tell_upload(struct request *r, const struct batch_standing *standing)
{
    struct upload *upload = &r->upload;

    r->tells_upload = true;
    upload->number = standing->batch_id;
    upload->safe_bytes = standing->received_bytes;
    upload->is_whole = standing->received_at != 0;
    if (standing->length >= 0)
        upload->length = standing->length;
    memcpy(upload->sha256, standing->digest, SHA256_BYTES);
}

/* Columns: 0 batch_id, 1 state, 2 refusal, 3 format, 4 packing, 5 charset, 6 is_dry_run,
 * 7 announced_bytes, 8 received_bytes, 9 sha256, 10 opened_at, 11 received_at, 12 checked_at,
 * 13 finished_at, 14 to 20 counts, 21 difference, 22 released_at, 23 undone_at. */
enum fault
batch_read_standing(struct request *r, const struct rows *rows, int first, int count)
{
    struct batch_standing *standing = arena_take(&r->arena, sizeof *standing);

    if (standing == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count != 1)
        return FAULT_NOT_FOUND;
    struct text number = text_in(standing->number_text, sizeof standing->number_text);
    standing->batch_id = rows_number(rows, first, 0);
    text_add_number(&number, standing->batch_id);
    standing->number = standing->number_text;
    standing->state_code = (int16_t)rows_number(rows, first, 1);
    assert(standing->state_code > 0 && standing->state_code < (int)ARRAY_LEN(state_names));
    standing->state = state_names[standing->state_code];
    standing->format = format_names[rows_number(rows, first, 3)];
    standing->packing = packing_names[rows_number(rows, first, 4)];
    standing->charset = charset_names[rows_number(rows, first, 5)];
    standing->is_dry_run = rows_bool(rows, first, 6);
    standing->length = rows_is_null(rows, first, 7) ? -1 : rows_number(rows, first, 7);
    standing->received_bytes = rows_number(rows, first, 8);
    standing->opened_at = rows_instant(rows, first, 10);
    standing->received_at = instant_or_zero(rows, first, 11);
    standing->checked_at = instant_or_zero(rows, first, 12);
    standing->finished_at = instant_or_zero(rows, first, 13);
    take_counts(rows, first, standing);
    standing->released_at = instant_or_zero(rows, first, 22);
    standing->undone_at = instant_or_zero(rows, first, 23);
    if (!copy_text(r, rows, first, 2, &standing->refusal)
        || !copy_text(r, rows, first, 21, &standing->difference)
        || !take_digest(r, rows_bytes(rows, first, 9), standing))
        return FAULT_REQUEST_TOO_LARGE;
    r->answer = standing;
    tell_upload(r, standing);
    return FAULT_NONE;
}

enum fault
batch_encode_standing(struct request *r, uint16_t http_status)
{
    const struct batch_standing *standing = r->answer;
    size_t                       room = STANDING_BYTES_MAX + standing->difference.length;
    char                        *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, standing_rows, standing);
    r->reply = text_span(&text);
    r->http_status = http_status;
    return text.is_full ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}
