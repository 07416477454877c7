/*
 * fuzz_claim_csv: any bytes as a CSV file of claims, in pieces of two sizes. What comes out is the
 * same both times: JSON that is at worst refused for what it says, and never for how it is written;
 * or a reason, on a line of the file.
 */
#include "command/claim_csv.h"
#include "crypto/digest.h"
#include "wire/claim_feed.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 8 << 20, TODAY = 20784 };

struct file {
    const uint8_t *bytes;
    size_t         length;
    size_t         piece;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t
pull(void *owner, char *place, size_t size)
{
    struct file *file = owner;
    size_t       length = file->length < file->piece ? file->length : file->piece;

    length = length < size ? length : size;
    if (length > 0)
        memcpy(place, file->bytes, length);
    file->bytes += length;
    file->length -= length;
    return (ssize_t)length;
}

static void
check_claim(struct span text, struct arena *arena)
{
    struct claim_entry entry;
    struct claim_entry again;
    char               reason[CLAIM_REASON_SIZE] = "";

    arena_reset(arena);
    assert(text.length >= 2 && text.length <= CLAIM_FEED_BYTES_MAX);
    bool is_read = claim_feed_read(text, TODAY, arena, &entry, reason);
    assert(strstr(reason, "not JSON") == NULL && strstr(reason, "not an object") == NULL
           && strstr(reason, "not a list") == NULL && strstr(reason, "twice") == NULL);
    if (!is_read)
        return;
    is_read = claim_feed_read(entry.content, TODAY, arena, &again, reason);
    assert(is_read && span_equal(entry.content, again.content));
}

static void
run(struct file file, struct arena *arena, unsigned char *ret_digest)
{
    struct claim_csv *csv = claim_csv_open(pull, &file);
    struct feed_line  line = { .lines = 0 };
    struct digest     digest;
    enum feed_step    step;
    int64_t           steps = 0;

    if (csv == NULL)
        abort();
    digest_start(&digest);
    while ((step = claim_csv_next(csv, &line)) != FEED_END && step != FEED_LOST) {
        assert(line.line_no >= 1 && line.line_no <= line.lines && ++steps <= line.lines);
        digest_add(&digest, &line.line_no, sizeof line.line_no);
        if (step == FEED_LINE) {
            check_claim(line.text, arena);
            digest_add(&digest, line.text.bytes, line.text.length);
        } else {
            digest_add(&digest, line.reason, strlen(line.reason));
        }
    }
    assert((step == FEED_LOST) == (line.reason != NULL));
    assert(claim_csv_next(csv, &line) == step); /* and so it stays */
    digest_end(&digest, ret_digest);
    claim_csv_close(csv);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char whole[DIGEST_BYTES], pieces[DIGEST_BYTES];
    struct arena  arena;

    if (!arena_open(&arena, 64 * 1024, ARENA_BYTES))
        abort();
    run((struct file){ data, size, size + 1 }, &arena, whole);
    run((struct file){ data, size, 7 }, &arena, pieces);
    assert(memcmp(whole, pieces, sizeof whole) == 0);
    arena_close(&arena);
    return 0;
}
