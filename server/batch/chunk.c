#include "batch/chunk.h"

#include <assert.h>
#include <string.h>

enum {
    ARENA_BLOCK_BYTES = 256 * 1024,
    ARENA_BYTES_MAX = 64 * 1024 * 1024,
    SCRATCH_BLOCK_BYTES = 64 * 1024,
    FIELDS_TEXT_SIZE = 160
};

bool
chunk_open(struct chunk *chunk)
{
    *chunk = (struct chunk){ 0 };
    return arena_open(&chunk->arena, ARENA_BLOCK_BYTES, ARENA_BYTES_MAX);
}

void
chunk_reset(struct chunk *chunk)
{
    arena_reset(&chunk->arena);
    copy_rows_start(&chunk->encoded);
    explicit_bzero(chunk->numbers, chunk->number_count * sizeof chunk->numbers[0]);
    chunk->count = 0;
    chunk->number_count = 0;
    chunk->state = CHUNK_FREE;
}

void
chunk_close(struct chunk *chunk)
{
    chunk_reset(chunk);
    arena_close(&chunk->arena);
    copy_close(&chunk->encoded);
}

static bool
keep_span(struct arena *arena, struct span *text)
{
    if (text->length == 0)
        return true;
    *text = arena_copy(arena, *text);
    return text->bytes != NULL;
}

/* The row's texts are gone with the next row; what is compared later is kept. */
static bool
keep_claim(struct chunk *chunk, struct chunk_row *kept, const struct enrolment_row *row)
{
    struct identity *claimed = &kept->claimed;

    *claimed = (struct identity){ .name = row->name,
                                  .name_kana = row->name_kana,
                                  .name_other = row->name_other,
                                  .name_other_kana = row->name_other_kana,
                                  .address = row->address,
                                  .birth_date = row->birth_date,
                                  .sex = row->sex1 };
    return keep_span(&chunk->arena, &claimed->name) && keep_span(&chunk->arena, &claimed->name_kana)
           && keep_span(&chunk->arena, &claimed->name_other)
           && keep_span(&chunk->arena, &claimed->name_other_kana)
           && keep_span(&chunk->arena, &claimed->address);
}

enum fault
chunk_add(struct chunk *chunk, const struct job *job, const struct tools *tools,
          const struct judged *judged)
{
    struct chunk_row *kept = &chunk->rows[chunk->count];

    assert(chunk->count < CHUNK_ROWS_MAX);
    kept->from = chunk->encoded.length;
    stage_row_write(&chunk->encoded, job, tools, judged, &chunk->arena);
    kept->until = chunk->encoded.length;
    kept->is_asked = judged->number_id != 0 && judged->findings->worst < SEVERITY_REFUSE;
    kept->was_looked_up = judged->row->personal_number_source == NUMBER_SOURCE_LOOKED_UP;
    if (kept->is_asked) {
        if (!keep_claim(chunk, kept, judged->row))
            return FAULT_REQUEST_TOO_LARGE;
        chunk->numbers[chunk->number_count++] = judged->row->personal_number;
    }
    chunk->count++;
    return chunk->encoded.is_full ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}

/* What an answer calls for. */
static struct register_verdict
verdict_of(struct chunk *chunk, const struct chunk_row *row, const struct inquiry_answer *answer,
           struct text *fields)
{
    struct register_verdict verdict = { .action = REGISTER_NO_ANSWER };
    struct match_result     result;
    struct blame            blame;

    if (answer == NULL || answer->status == INQUIRY_REFUSED)
        return verdict;
    verdict.action = REGISTER_NOBODY;
    if (answer->status != INQUIRY_FOUND)
        return verdict;
    enum fault fault =
        match_compare(&row->claimed, &answer->identity, MATCH_RULE_VERSION, &result, &blame);
    if (fault != FAULT_NONE) {
        verdict.action = MATCH_SEAL_ALL; /* what cannot be compared proves nothing */
        return verdict;
    }
    verdict.action = (int16_t)match_decide(&result, row->was_looked_up);
    if (verdict.action != MATCH_LINK) {
        match_describe(fields, &result);
        verdict.fields = text_span(fields);
    }
    if (verdict.action == MATCH_SEAL_ALL) {
        verdict.has_digest = true;
        name_digest(answer->identity.birth_date, answer->identity.name_kana, &chunk->arena,
                    verdict.digest);
    }
    return verdict;
}

void
chunk_finish(struct chunk *chunk, const struct inquiry_answer *answers, struct copy *ret_copy)
{
    static const struct register_verdict not_asked = { .action = REGISTER_NOT_ASKED };
    char                                 place[FIELDS_TEXT_SIZE];
    size_t                               asked = 0;

    for (size_t i = 0; i < chunk->count; i++) {
        const struct chunk_row *row = &chunk->rows[i];
        struct text             fields = text_in(place, sizeof place);
        copy_raw(ret_copy, chunk->encoded.bytes + row->from, row->until - row->from);
        if (!row->is_asked) {
            stage_row_end(ret_copy, &not_asked);
            continue;
        }
        const struct inquiry_answer *answer = answers == NULL ? NULL : &answers[asked];
        struct register_verdict      verdict = verdict_of(chunk, row, answer, &fields);
        stage_row_end(ret_copy, &verdict);
        asked++;
    }
    ret_copy->rows += chunk->count;
}
