/*
 * mix: who asks how often in which way, from a file.
 *
 * Shape   One line each: "KIND WAY WEIGHT", or "option NAME [VALUE]", an option of the command line
 *         without its dashes; '#' begins a comment. KIND is how the names of a folder's
 *         certificates begin (pharmacy-0001.pem), or "any". WAY names a file given with --ask.
 * Units   weights are relative; a list of a hundred persons is one question.
 * Errors  a line that is neither, a weight that is not above 0, "any" beside other kinds, or no
 *         share at all.
 * Owner   mix_close() frees; accepts one that was never opened. Texts borrow from the file.
 */
#ifndef MIX_H
#define MIX_H

#include "load.h"

enum { MIX_WORDS_MAX = 32, MIX_FILE_BYTES_MAX = 65536 };

struct mix_share {
    const char *kind;
    const char *way;
    double      weight;
};

struct mix {
    char            *file;
    struct mix_share shares[LOAD_SHARES_MAX];
    size_t           count;
    char            *words[MIX_WORDS_MAX]; /* options, as on a command line */
    size_t           word_count;
    char             dashed[MIX_WORDS_MAX][32];
};

MUST_USE bool mix_open(struct mix *mix, const char *path, struct complaint *reterr_complaint);
void          mix_close(struct mix *mix);

/* As mix_open(), of bytes that end with NUL and are written into; the mix owns none of them. */
MUST_USE bool mix_parse(struct mix *mix, char *text, const char *path,
                        struct complaint *reterr_complaint);

/* The weight of one kind, or of all shares when kind is NULL. */
double mix_weight(const struct mix *mix, const char *kind);

/*
 * The share of this kind that chance, from 0 up to but without 1, falls on. kind must have one.
 */
size_t mix_draw(const struct mix *mix, const char *kind, double chance);

/*
 * The kind that the connection of this number is for, so that the first n connections are spread
 * as the weights are, for every n: the kind furthest behind its share. taken counts, by share, how
 * many stand at the kind's first share.
 */
const char *mix_kind_next(const struct mix *mix, uint64_t *taken);

#endif
