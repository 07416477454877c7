/*
 * fuzz_card_key: insurer number, symbol, number and branch, parted by newlines. A key has two
 * colons of its own, and is found again from its own parts.
 */
#include "model/card_key.h"

#include "model/check_digit.h"

#include <assert.h>
#include <stdint.h>

enum { PART_COUNT = 4, ARENA_BYTES = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
split(struct span rest, struct span parts[PART_COUNT])
{
    for (int i = 0; i < PART_COUNT; i++) {
        const char *end = rest.length == 0 ? NULL : memchr(rest.bytes, '\n', rest.length);
        size_t      length =
            end == NULL || i == PART_COUNT - 1 ? rest.length : (size_t)(end - rest.bytes);
        parts[i] = span_make(rest.bytes, length);
        size_t used = length < rest.length ? length + 1 : length;
        rest = span_make(rest.bytes + used, rest.length - used);
    }
}

static void
check_key(const struct insurer_number *insurer, const struct card_key *key, struct arena *arena)
{
    struct card_key again;
    struct blame    blame = { 0 };
    size_t          colons = 0;

    for (size_t i = 0; i < key->text.length; i++)
        colons += key->text.bytes[i] == ':';
    assert(colons == 2 && key->text.length == key->rest.length + INSURER_NUMBER_LENGTH + 1);
    enum fault fault = card_key_make(insurer, key->symbol_loose, key->number_loose,
                                     card_key_branch(key), arena, &again, &blame);
    assert(fault == FAULT_NONE || fault == FAULT_FIELD_TOO_LONG); /* "Ⅷ" is four letters */
    assert(fault != FAULT_NONE || span_equal(again.text, key->text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct insurer_number insurer;
    struct span           parts[PART_COUNT];
    struct arena          arena;
    struct card_key       key;
    struct blame          blame = { 0 };

    if (size > 1024 || !arena_open(&arena, ARENA_BYTES, ARENA_BYTES))
        return 0;
    split(span_make((const char *)data, size), parts);
    if (insurer_number_parse(parts[0], &insurer, &blame) != FAULT_NONE)
        insurer = (struct insurer_number){ "00139998" };
    (void)personal_number_is_shaped(parts[2]);
    if (card_key_make(&insurer, parts[1], parts[2], parts[3], &arena, &key, &blame) == FAULT_NONE)
        check_key(&insurer, &key, &arena);
    arena_close(&arena);
    return 0;
}
