#include "questions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    QUESTIONS_MAX = 10 * 1000 * 1000,
    QUESTIONS_FILE_BYTES_MAX = 1 << 30,
    TAIL_BYTES_MAX = 64, /* "\r\nContent-Length: 1048576\r\n\r\n" */
};

static bool
file_read(const char *path, char **ret_bytes, size_t *ret_length,
          struct complaint *reterr_complaint)
{
    struct stat status;
    char       *bytes = NULL;
    size_t      length = 0;
    int         fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &status) != 0) {
        complain(reterr_complaint, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (status.st_size <= 0 || status.st_size > QUESTIONS_FILE_BYTES_MAX) {
        complain(reterr_complaint, "%s: empty, or more than 1 GiB", path);
        close(fd);
        return false;
    }
    bytes = malloc((size_t)status.st_size);
    while (bytes != NULL && length < (size_t)status.st_size) {
        ssize_t got = read(fd, bytes + length, (size_t)status.st_size - length);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    close(fd);
    if (bytes == NULL || length != (size_t)status.st_size) {
        complain(reterr_complaint, "%s: could not be read whole", path);
        free(bytes);
        return false;
    }
    *ret_bytes = bytes;
    *ret_length = length;
    return true;
}

/* Takes the next word off the line. */
static struct text
word_take(struct text *line)
{
    const char *blank = memchr(line->bytes, ' ', line->length);
    size_t      length = blank == NULL ? line->length : (size_t)(blank - line->bytes);
    struct text word = { line->bytes, length };

    line->bytes += length + (blank != NULL);
    line->length -= length + (blank != NULL);
    if (word.length == 1 && word.bytes[0] == '-')
        word.length = 0;
    return word;
}

static bool
starts_json(struct text text)
{
    return text.length > 0 && (text.bytes[0] == '{' || text.bytes[0] == '[');
}

static bool
question_parse(struct text line, struct question *ret_question)
{
    struct question question = { 0 };

    if (!starts_json(line)) {
        question.validity = word_take(&line);
        question.reason = word_take(&line);
    }
    if (!starts_json(line) || line.length > LOAD_BODY_BYTES_MAX)
        return false;
    question.body = line;
    *ret_question = question;
    return true;
}

static size_t
lines_count(const char *bytes, size_t length)
{
    size_t lines = 1;

    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    return lines;
}

bool
questions_open(struct questions *questions, const char *path, struct complaint *reterr_complaint)
{
    size_t length;

    *questions = (struct questions){ 0 };
    if (!file_read(path, &questions->file, &length, reterr_complaint))
        return false;
    size_t lines = lines_count(questions->file, length);
    questions->rows = lines > QUESTIONS_MAX ? NULL : calloc(lines, sizeof *questions->rows);
    if (questions->rows == NULL) {
        complain(reterr_complaint, "%s: too many questions", path);
        return false;
    }
    const char *next = questions->file;
    const char *end = questions->file + length;
    for (size_t number = 1; next < end; number++) {
        const char *newline = memchr(next, '\n', (size_t)(end - next));
        struct text line = { next, (size_t)((newline == NULL ? end : newline) - next) };

        next += line.length + 1;
        if (line.length == 0)
            continue;
        struct question *row = &questions->rows[questions->count];
        if (!question_parse(line, row)) {
            complain(reterr_complaint, "%s, line %zu: not a question", path, number);
            return false;
        }
        questions->count++;
        if (row->body.length > questions->body_bytes_max)
            questions->body_bytes_max = row->body.length;
    }
    if (questions->count == 0)
        complain(reterr_complaint, "%s: no question in it", path);
    return questions->count > 0;
}

void
questions_close(struct questions *questions)
{
    free(questions->rows);
    free(questions->file);
    *questions = (struct questions){ 0 };
}

static bool
head_add(struct mold *mold, const char *a, const char *b, const char *c)
{
    size_t room = sizeof mold->head - mold->head_length;
    int    wrote = snprintf(mold->head + mold->head_length, room, "%s%s%s", a, b, c);

    if (wrote < 0 || (size_t)wrote >= room)
        return false;
    mold->head_length += (size_t)wrote;
    return true;
}

bool
mold_make(struct mold *mold, const struct options *options, struct complaint *reterr_complaint)
{
    bool fits;

    *mold = (struct mold){ .has_body = options->questions != NULL };
    fits = head_add(mold, options->method, " ", options->path)
           && head_add(mold, " HTTP/1.1\r\nHost: ", options->authority, "\r\n");
    for (size_t i = 0; i < options->header_count; i++)
        fits = fits && head_add(mold, options->headers[i], "\r\n", "");
    if (mold->has_body)
        fits = fits && head_add(mold, "Content-Type: application/json\r\n", "", "");
    fits = fits && head_add(mold, "X-Request-Id: ", "", "");
    if (!fits)
        complain(reterr_complaint, "the request's head is too long");
    return fits;
}

size_t
mold_bytes_max(const struct mold *mold, const struct questions *questions)
{
    return mold->head_length + RANDOM_UUID_LENGTH + TAIL_BYTES_MAX + questions->body_bytes_max;
}

static char *
bytes_write(char *out, const char *bytes, size_t length)
{
    memcpy(out, bytes, length);
    return out + length;
}

static char *
number_write(char *out, size_t number)
{
    char   digits[20];
    size_t count = 0;

    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0)
        *out++ = digits[--count];
    return out;
}

size_t
mold_render(const struct mold *mold, const struct question *question, struct uuid_maker *maker,
            char *out)
{
    static const char length_name[] = "\r\nContent-Length: ";
    char             *start = out;

    out = bytes_write(out, mold->head, mold->head_length);
    uuid_write(maker, out);
    out += RANDOM_UUID_LENGTH;
    if (mold->has_body) {
        out = bytes_write(out, length_name, sizeof length_name - 1);
        out = number_write(out, question->body.length);
    }
    out = bytes_write(out, "\r\n\r\n", 4);
    if (mold->has_body)
        out = bytes_write(out, question->body.bytes, question->body.length);
    return (size_t)(out - start);
}
