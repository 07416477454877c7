#include "truth.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t
number_of(const char *digits)
{
    uint64_t number = 0;
    for (int i = 0; i < TRUTH_NUMBER_LENGTH; i++)
        number = number * 10 + (uint64_t)(digits[i] - '0');
    return number;
}

static size_t
slot_of(const struct truth *truth, uint64_t number)
{
    return (size_t)((number * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (truth->slot_count - 1);
}

static size_t
count_lines(const struct truth *truth)
{
    size_t lines = 0;
    for (const char *at = truth->bytes, *end = truth->bytes + truth->length;
         at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        lines++;
    return lines;
}

static const char *
put(struct truth *truth, size_t at)
{
    uint64_t number = number_of(truth->bytes + at);
    size_t   slot = slot_of(truth, number);

    for (; truth->slots[slot].number != 0; slot = (slot + 1) & (truth->slot_count - 1))
        if (truth->slots[slot].number == number + 1)
            return "two lines of the truth have one number";
    truth->slots[slot] = (struct truth_slot){ .number = number + 1, .at = at };
    truth->people++;
    return NULL;
}

static const char *
index_lines(struct truth *truth)
{
    size_t lines = count_lines(truth);

    truth->slot_count = 16;
    while (truth->slot_count < lines + lines / 2)
        truth->slot_count *= 2;
    truth->slots = calloc(truth->slot_count, sizeof *truth->slots);
    if (truth->slots == NULL)
        return "out of memory";
    for (size_t at = 0; at < truth->length;) {
        const char *line = truth->bytes + at;
        const char *end = memchr(line, '\n', truth->length - at);
        if (end == NULL || end - line < TRUTH_NUMBER_LENGTH + 2 || line[TRUTH_NUMBER_LENGTH] != '\t'
            || !span_is_digits(span_make(line, TRUTH_NUMBER_LENGTH)))
            return "a line of the truth is not one";
        const char *reason = put(truth, at);
        if (reason != NULL)
            return reason;
        at += (size_t)(end - line) + 1;
    }
    return truth->people == 0 ? "the truth is empty" : NULL;
}

const char *
truth_open(struct truth *truth, const char *path)
{
    struct stat about;
    int         file = open(path, O_RDONLY | O_CLOEXEC);
    void       *bytes = MAP_FAILED;

    *truth = (struct truth){ 0 };
    if (file >= 0 && fstat(file, &about) == 0 && about.st_size > 0)
        bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (file >= 0)
        close(file);
    if (bytes == MAP_FAILED)
        return "the truth cannot be read";
    truth->bytes = bytes;
    truth->length = (size_t)about.st_size;
    return index_lines(truth);
}

void
truth_close(struct truth *truth)
{
    if (truth->bytes != NULL)
        munmap((void *)(uintptr_t)truth->bytes, truth->length);
    free(truth->slots);
    *truth = (struct truth){ 0 };
}

static void
split(const struct truth *truth, size_t at, struct person_line *ret_line)
{
    const char *from = truth->bytes + at;
    const char *end = memchr(from, '\n', truth->length - at);

    for (size_t i = 0; i < TRUTH_COLUMNS; i++) {
        const char *tab = from == NULL ? NULL : memchr(from, '\t', (size_t)(end - from));
        const char *to = tab == NULL ? end : tab;
        ret_line->columns[i] =
            from == NULL ? (struct span){ 0 } : span_make(from, (size_t)(to - from));
        from = tab == NULL ? NULL : tab + 1;
    }
}

bool
truth_find(const struct truth *truth, struct span number, bool is_wrong,
           struct person_line *ret_line)
{
    uint64_t wanted = number_of(number.bytes) + 1;
    size_t   slot = slot_of(truth, wanted - 1);

    while (truth->slots[slot].number != 0 && truth->slots[slot].number != wanted)
        slot = (slot + 1) & (truth->slot_count - 1);
    if (truth->slots[slot].number == 0)
        return false;
    if (is_wrong)
        do
            slot = (slot + 1) & (truth->slot_count - 1);
        while (truth->slots[slot].number == 0);
    split(truth, truth->slots[slot].at, ret_line);
    return true;
}
