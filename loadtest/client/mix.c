#include "mix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r";

static bool
option_add(struct mix *mix, char *name, char *value)
{
    if (name == NULL || mix->word_count + 2 > MIX_WORDS_MAX)
        return false;
    char *dashed = mix->dashed[mix->word_count];
    int   wrote = snprintf(dashed, sizeof mix->dashed[0], "--%s", name);
    if (wrote < 0 || (size_t)wrote >= sizeof mix->dashed[0])
        return false;
    mix->words[mix->word_count++] = dashed;
    if (value != NULL)
        mix->words[mix->word_count++] = value;
    return true;
}

static bool
share_add(struct mix *mix, const char *kind, const char *way, const char *weight)
{
    char *end = NULL;

    if (way == NULL || weight == NULL || mix->count == LOAD_SHARES_MAX)
        return false;
    double value = strtod(weight, &end);
    if (*end != '\0' || !(value > 0 && value < 1e15))
        return false;
    mix->shares[mix->count++] = (struct mix_share){ kind, way, value };
    return true;
}

static bool
line_take(struct mix *mix, char *line)
{
    char *place = NULL;
    char *first, *second, *third;

    line[strcspn(line, "#")] = '\0';
    first = strtok_r(line, blanks, &place);
    if (first == NULL)
        return true;
    second = strtok_r(NULL, blanks, &place);
    third = strtok_r(NULL, blanks, &place);
    if (strtok_r(NULL, blanks, &place) != NULL)
        return false;
    return strcmp(first, "option") == 0 ? option_add(mix, second, third)
                                        : share_add(mix, first, second, third);
}

bool
mix_parse(struct mix *mix, char *text, const char *path, struct complaint *reterr_complaint)
{
    size_t number = 1;
    size_t any = 0;

    for (char *line = text; line != NULL; number++) {
        char *next = strchr(line, '\n');

        if (next != NULL)
            *next++ = '\0';
        if (!line_take(mix, line)) {
            complain(reterr_complaint, "%s, line %zu: not KIND WAY WEIGHT, nor an option", path,
                     number);
            return false;
        }
        line = next;
    }
    for (size_t i = 0; i < mix->count; i++)
        any += strcmp(mix->shares[i].kind, "any") == 0;
    if (mix->count == 0)
        complain(reterr_complaint, "%s: no share in it", path);
    else if (any > 0 && any < mix->count)
        complain(reterr_complaint, "%s: \"any\" stands beside other kinds", path);
    return mix->count > 0 && (any == 0 || any == mix->count);
}

bool
mix_open(struct mix *mix, const char *path, struct complaint *reterr_complaint)
{
    mix_close(mix);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        complain(reterr_complaint, "%s: %s", path, strerror(errno));
        return false;
    }
    mix->file = calloc(1, MIX_FILE_BYTES_MAX + 1);
    size_t length = mix->file == NULL ? 0 : fread(mix->file, 1, MIX_FILE_BYTES_MAX, file);
    bool   is_whole = mix->file != NULL && ferror(file) == 0 && fgetc(file) == EOF;
    fclose(file);
    if (!is_whole || strlen(mix->file) != length) {
        complain(reterr_complaint, "%s: no text, or more than %d bytes", path, MIX_FILE_BYTES_MAX);
        return false;
    }
    return mix_parse(mix, mix->file, path, reterr_complaint);
}

void
mix_close(struct mix *mix)
{
    free(mix->file);
    *mix = (struct mix){ 0 };
}

static bool
is_of(const struct mix_share *share, const char *kind)
{
    return kind == NULL || strcmp(share->kind, kind) == 0;
}

double
mix_weight(const struct mix *mix, const char *kind)
{
    double weight = 0;

    for (size_t i = 0; i < mix->count; i++)
        weight += is_of(&mix->shares[i], kind) ? mix->shares[i].weight : 0;
    return weight;
}

size_t
mix_draw(const struct mix *mix, const char *kind, double chance)
{
    double left = chance * mix_weight(mix, kind);
    size_t last = 0;

    for (size_t i = 0; i < mix->count; i++) {
        if (!is_of(&mix->shares[i], kind))
            continue;
        last = i;
        left -= mix->shares[i].weight;
        if (left < 0)
            break;
    }
    return last; /* rounding may leave a crumb: it is the last one's */
}

const char *
mix_kind_next(const struct mix *mix, uint64_t *taken)
{
    double all = mix_weight(mix, NULL);
    double furthest = 0;
    size_t found = 0;
    double count = 1;

    for (size_t i = 0; i < mix->count; i++)
        count += (double)taken[i];
    for (size_t i = 0; i < mix->count; i++) {
        const char *kind = mix->shares[i].kind;
        bool        is_first = true;

        for (size_t j = 0; j < i; j++)
            is_first = is_first && strcmp(mix->shares[j].kind, kind) != 0;
        double behind = count * mix_weight(mix, kind) / all - (double)taken[i];
        if (is_first && behind > furthest) {
            furthest = behind;
            found = i;
        }
    }
    taken[found]++;
    return mix->shares[found].kind;
}
