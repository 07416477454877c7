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
    TAIL_BYTES_MAX = 96, /* the lines of a body's type and length, and the empty one */
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

/* Three digits, or 0. */
static int
status_read(struct text line)
{
    int status = 0;

    if (line.length < 4 || line.bytes[3] != ' ')
        return 0;
    for (size_t i = 0; i < 3; i++) {
        if (line.bytes[i] < '0' || line.bytes[i] > '9')
            return 0;
        status = status * 10 + (line.bytes[i] - '0');
    }
    return status;
}

static bool
question_parse(struct text line, struct question *ret_question)
{
    static const char reasons[] = "reasons=";
    struct question   question = { 0 };

    if (line.length > 0 && line.bytes[0] == '/')
        question.path = word_take(&line);
    question.status = status_read(line);
    if (question.status != 0)
        word_take(&line);
    if (line.length > sizeof reasons && memcmp(line.bytes, reasons, sizeof reasons - 1) == 0) {
        question.reasons = word_take(&line);
        question.reasons.bytes += sizeof reasons - 1;
        question.reasons.length -= sizeof reasons - 1;
    }
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

static size_t
most(size_t one, size_t other)
{
    return one > other ? one : other;
}

static bool
way_fill(struct questions *questions, struct way *way, size_t length, const char *path,
         struct complaint *reterr_complaint)
{
    const char *next = way->file;
    const char *end = way->file + length;

    for (size_t number = 1; next < end; number++) {
        const char *newline = memchr(next, '\n', (size_t)(end - next));
        struct text line = { next, (size_t)((newline == NULL ? end : newline) - next) };

        next += line.length + 1;
        if (line.length == 0)
            continue;
        struct question *row = &way->rows[way->count];
        if (!question_parse(line, row)) {
            complain(reterr_complaint, "%s, line %zu: not a question", path, number);
            return false;
        }
        way->count++;
        questions->body_bytes_max = most(questions->body_bytes_max, row->body.length);
        questions->path_bytes_max = most(questions->path_bytes_max, row->path.length);
    }
    if (way->count == 0)
        complain(reterr_complaint, "%s: no question in it", path);
    return way->count > 0;
}

static bool
way_open(struct questions *questions, struct text name, const char *path, uint64_t seed,
         struct complaint *reterr_complaint)
{
    struct way   *way = &questions->ways[questions->way_count++];
    struct random start = { .state = seed };
    size_t        length;

    *way = (struct way){ .name = name.bytes, .name_length = name.length };
    if (!file_read(path, &way->file, &length, reterr_complaint))
        return false;
    size_t lines = lines_count(way->file, length);
    way->rows = lines > QUESTIONS_MAX ? NULL : calloc(lines, sizeof *way->rows);
    if (way->rows == NULL) {
        complain(reterr_complaint, "%s: too many questions", path);
        return false;
    }
    if (!way_fill(questions, way, length, path, reterr_complaint))
        return false;
    way->next = (size_t)(random_next(&start) % way->count);
    questions->count += way->count;
    return true;
}

bool
questions_open(struct questions *questions, const struct options *options,
               struct complaint *reterr_complaint)
{
    *questions = (struct questions){ 0 };
    if (options->questions != NULL)
        return way_open(questions, (struct text){ "", 0 }, options->questions, options->seed,
                        reterr_complaint);
    for (size_t i = 0; i < options->ask_count; i++) {
        const char *equals = strchr(options->asks[i], '=');

        if (equals == NULL || equals == options->asks[i]) {
            complain(reterr_complaint, "--ask: not WAY=FILE");
            return false;
        }
        struct text name = { options->asks[i], (size_t)(equals - options->asks[i]) };
        if (!way_open(questions, name, equals + 1, options->seed, reterr_complaint))
            return false;
    }
    return true;
}

void
questions_close(struct questions *questions)
{
    for (size_t i = 0; i < questions->way_count; i++) {
        free(questions->ways[i].rows);
        free(questions->ways[i].file);
    }
    *questions = (struct questions){ 0 };
}

struct way *
questions_way(struct questions *questions, const char *name)
{
    for (size_t i = 0; i < questions->way_count; i++)
        if (questions->ways[i].name_length == strlen(name)
            && memcmp(questions->ways[i].name, name, strlen(name)) == 0)
            return &questions->ways[i];
    return NULL;
}

const struct question *
way_next(struct way *way)
{
    const struct question *question = &way->rows[way->next];

    way->next = way->next + 1 == way->count ? 0 : way->next + 1;
    return question;
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

    *mold = (struct mold){
        .method = { options->method, strlen(options->method) },
        .path = { options->path, strlen(options->path) },
    };
    fits = head_add(mold, " HTTP/1.1\r\nHost: ", options->authority, "\r\n");
    for (size_t i = 0; i < options->header_count; i++)
        fits = fits && head_add(mold, options->headers[i], "\r\n", "");
    fits = fits && head_add(mold, "X-Request-Id: ", "", "");
    if (!fits)
        complain(reterr_complaint, "the request's head is too long");
    return fits;
}

size_t
mold_bytes_max(const struct mold *mold, const struct questions *questions)
{
    size_t path = most(most(mold->path.length, questions->path_bytes_max), QUESTIONS_LOOK_PATH_MAX);

    return mold->method.length + 1 + path + mold->head_length + RANDOM_UUID_LENGTH + TAIL_BYTES_MAX
           + questions->body_bytes_max;
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

/* "METHOD PATH" and all that is before the body's own lines. */
static char *
head_write(const struct mold *mold, struct text method, struct text path, struct uuid_maker *maker,
           char *out)
{
    out = bytes_write(out, method.bytes, method.length);
    *out++ = ' ';
    out = bytes_write(out, path.bytes, path.length);
    out = bytes_write(out, mold->head, mold->head_length);
    uuid_write(maker, out);
    return out + RANDOM_UUID_LENGTH;
}

size_t
mold_render(const struct mold *mold, const struct question *question, struct uuid_maker *maker,
            char *out)
{
    static const char body_lines[] = "\r\nContent-Type: application/json\r\nContent-Length: ";
    char             *start = out;
    bool              has_path = question != NULL && question->path.length > 0;

    out = head_write(mold, mold->method, has_path ? question->path : mold->path, maker, out);
    if (question != NULL) {
        out = bytes_write(out, body_lines, sizeof body_lines - 1);
        out = number_write(out, question->body.length);
    }
    out = bytes_write(out, "\r\n\r\n", 4);
    if (question != NULL)
        out = bytes_write(out, question->body.bytes, question->body.length);
    return (size_t)(out - start);
}

size_t
mold_render_look(const struct mold *mold, struct text path, struct uuid_maker *maker, char *out)
{
    char *end = head_write(mold, (struct text){ "GET", 3 }, path, maker, out);

    end = bytes_write(end, "\r\n\r\n", 4);
    return (size_t)(end - out);
}
