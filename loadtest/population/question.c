#include "question.h"

#include "draft.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_SIZE = 1024, BOOK_STEP = 4096 };

/* Lines of a file that is still to be put in order. */
struct book {
    char **lines;
    size_t count;
    size_t room;
};

static bool
book_add(struct book *book, const struct text *line)
{
    if (book->count == book->room) {
        char **grown = realloc(book->lines, (book->room + BOOK_STEP) * sizeof *grown);
        if (grown == NULL)
            return false;
        book->lines = grown;
        book->room += BOOK_STEP;
    }
    char *copied = line->is_full ? NULL : strdup(line->bytes);
    if (copied == NULL)
        return false;
    book->lines[book->count++] = copied;
    return true;
}

static void
book_close(struct book *book)
{
    for (size_t i = 0; i < book->count; i++)
        free(book->lines[i]);
    free(book->lines);
}

/* All but the first line change places. */
static void
book_shuffle(struct book *book, uint64_t seed)
{
    struct dice dice = dice_make(seed, DICE_SHUFFLE, 0);

    for (size_t i = book->count; i > 2; i--) {
        size_t other = 1 + dice_below(&dice, (uint32_t)(i - 1));
        char  *line = book->lines[i - 1];
        book->lines[i - 1] = book->lines[other];
        book->lines[other] = line;
    }
}

static bool
book_save(const struct book *book, const char *path)
{
    FILE *file = fopen(path, "w");
    bool  is_saved = file != NULL;

    for (size_t i = 0; is_saved && i < book->count; i++)
        is_saved = fputs(book->lines[i], file) >= 0 && fputc('\n', file) != EOF;
    if (file != NULL && fclose(file) != 0)
        is_saved = false;
    if (!is_saved)
        fprintf(stderr, "population: %s: %s\n", path, strerror(errno));
    return is_saved;
}

static bool
ask_family(struct book *book, const struct plan *plan, const struct family *family,
           struct dice *dice)
{
    char         line[LINE_SIZE];
    struct draft draft;

    for (size_t i = 0; i < family->count + 1; i++) {
        bool is_first = book->count == 0;
        bool is_made = i == family->count ? !is_first && draft_notice(&draft, family)
                       : is_first         ? draft_plain(&draft, plan, family, i)
                                          : draft_any(&draft, plan, family, i, dice);
        if (!is_made)
            continue;
        struct text text = text_in(line, sizeof line);
        draft_write(&text, &draft, plan, is_first ? NULL : dice);
        if (!book_add(book, &text))
            return false;
    }
    return true;
}

static bool
tell_family(struct book *book, const struct plan *plan, const struct family *family)
{
    char line[LINE_SIZE];

    for (size_t i = 0; i < family->count; i++) {
        struct text text = text_in(line, sizeof line);
        truth_tell(&text, plan, family, i);
        if (!book_add(book, &text))
            return false;
    }
    return true;
}

/* Goes through about so many people, evenly; dice NULL: tells the truth, else asks. */
static bool
book_fill(struct book *book, const struct plan *plan, const struct roster *roster, int64_t about,
          struct dice *dice)
{
    size_t         step = roster->people > about ? (size_t)(roster->people / about) : 1;
    struct family *family = malloc(sizeof *family);
    bool           is_done = family != NULL && family_open(family);

    for (size_t f = 0; is_done && f < roster->family_count; f += step)
        is_done = roster_family(roster, plan, f, family)
                  && (dice == NULL ? tell_family(book, plan, family)
                                   : ask_family(book, plan, family, dice));
    if (family != NULL)
        family_close(family);
    free(family);
    if (!is_done)
        fprintf(stderr, "population: out of memory\n");
    return is_done;
}

bool
questions_write(const char *path, const struct plan *plan, const struct roster *roster,
                size_t *ret_count)
{
    struct book book = { 0 };
    struct dice dice = dice_make(plan->seed, DICE_QUESTION, 0);
    bool        is_done = book_fill(&book, plan, roster, QUESTIONS_ABOUT, &dice);

    if (is_done) {
        book_shuffle(&book, plan->seed);
        *ret_count = book.count;
        is_done = book_save(&book, path);
    }
    book_close(&book);
    return is_done;
}

bool
truth_write(const char *path, const struct plan *plan, const struct roster *roster)
{
    struct book book = { 0 };
    bool is_done = book_fill(&book, plan, roster, TRUTHS_ABOUT, NULL) && book_save(&book, path);

    book_close(&book);
    return is_done;
}
