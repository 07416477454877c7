/*
 * fuzz_inquiry: any bytes as the register's reply to three people. Either all of it is refused and
 * nobody has an answer, or everybody has one, which says no more than its status allows.
 */
#include "wire/inquiry.h"

#include "model/utf8.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

enum { PERSONS = 3, ARENA_BYTES = 64 * 1024 };

static const char id[UUID_TEXT_LENGTH + 1] = "7b0c6f2e-3f0e-4a55-9f0c-2c3d8a1f4b10";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(struct span text, size_t bytes_max)
{
    assert(text.length <= bytes_max && utf8_count(text) != SIZE_MAX);
    for (size_t i = 0; i < text.length; i++)
        assert((unsigned char)text.bytes[i] >= ' ');
}

static void
check_answer(const struct inquiry_answer *answer)
{
    const struct identity *identity = &answer->identity;

    check_text(identity->name, 384);
    check_text(identity->name_kana, 384);
    check_text(identity->name_other, 384);
    check_text(identity->name_other_kana, 384);
    check_text(identity->address, 768);
    check_text(answer->code, 32);
    assert((answer->status == INQUIRY_FOUND) == !span_is_empty(identity->name));
    assert((answer->status == INQUIRY_FOUND) == (identity->birth_date != DAY_UNKNOWN));
    assert((answer->status == INQUIRY_FOUND) == (identity->sex >= 1 && identity->sex <= 3));
    assert((answer->status == INQUIRY_REFUSED) == !span_is_empty(answer->code));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inquiry_answer answers[PERSONS];
    struct arena          arena;

    if (!arena_open(&arena, ARENA_BYTES, ARENA_BYTES))
        abort();
    const char *reason =
        inquiry_read(span_make((const char *)data, size), id, answers, PERSONS, &arena);
    for (size_t i = 0; i < PERSONS; i++) {
        assert((reason == NULL) == (answers[i].status != INQUIRY_NONE));
        if (reason == NULL)
            check_answer(&answers[i]);
    }
    arena_close(&arena);
    return 0;
}
