/* Rules for names as words: their order, those left out, signs that were lost. */
#include "match/rule.h"

enum { WORDS_MAX = 12, LOST_CIRCLE = 0x25CF /* ● */, LOST_BAR = 0x3013 /* 〓 */ };

struct word {
    const uint32_t *codes;
    size_t          count;
};

struct words {
    struct word words[WORDS_MAX];
    size_t      count;
    bool        is_too_many;
    bool        is_latin;
};

/* Blanks are single by now, and stand between words only. */
static void
words_read(struct words *words, const struct letters *letters)
{
    size_t from = 0;

    words->count = 0;
    words->is_too_many = false;
    words->is_latin = letters->count > 0;
    for (size_t i = 0; i <= letters->count; i++) {
        if (i < letters->count && letters->codes[i] != ' ') {
            words->is_latin = words->is_latin && letters->codes[i] < 0x80;
            continue;
        }
        if (words->count == WORDS_MAX) {
            words->is_too_many = true;
            return;
        }
        words->words[words->count++] =
            (struct word){ .codes = letters->codes + from, .count = i - from };
        from = i + 1;
    }
}

static bool
word_equal(const struct word *one, const struct word *two)
{
    return one->count == two->count
           && memcmp(one->codes, two->codes, one->count * sizeof one->codes[0]) == 0;
}

static bool
are_several(const struct words *one, const struct words *two)
{
    return !one->is_too_many && !two->is_too_many && one->count >= 2 && two->count >= 2;
}

static bool
has_kanji(const struct letters *letters)
{
    for (size_t i = 0; i < letters->count; i++) {
        uint32_t code = letters->codes[i];
        if ((code >= 0x3400 && code <= 0x9FFF) || (code >= 0xF900 && code <= 0xFAFF)
            || code >= 0x20000)
            return true;
    }
    return false;
}

bool
same_but_blanks(const struct letters *one, const struct letters *two)
{
    size_t i = 0, j = 0;

    for (;;) {
        while (i < one->count && one->codes[i] == ' ')
            i++;
        while (j < two->count && two->codes[j] == ' ')
            j++;
        if (i == one->count || j == two->count)
            return i == one->count && j == two->count;
        if (one->codes[i++] != two->codes[j++])
            return false;
    }
}

/* The last word of one stands first in the other, all else being as it is. */
static bool
is_turned(const struct words *one, const struct words *two)
{
    if (!word_equal(&one->words[one->count - 1], &two->words[0]))
        return false;
    for (size_t i = 0; i + 1 < one->count; i++)
        if (!word_equal(&one->words[i], &two->words[i + 1]))
            return false;
    return true;
}

bool
same_latin_turned(const struct letters *one, const struct letters *two)
{
    struct words a, b;

    words_read(&a, one);
    words_read(&b, two);
    return are_several(&a, &b) && a.is_latin && b.is_latin && a.count == b.count
           && (is_turned(&a, &b) || is_turned(&b, &a));
}

/* Kanji names keep their order: 森 昌 and 昌 森 are two people. */
bool
same_words(const struct letters *one, const struct letters *two)
{
    struct words a, b;
    bool         is_taken[WORDS_MAX] = { false };

    words_read(&a, one);
    words_read(&b, two);
    if (!are_several(&a, &b) || a.count != b.count || has_kanji(one) || has_kanji(two))
        return false;
    for (size_t i = 0; i < a.count; i++) {
        size_t j = 0;
        while (j < b.count && (is_taken[j] || !word_equal(&a.words[i], &b.words[j])))
            j++;
        if (j == b.count)
            return false;
        is_taken[j] = true;
    }
    return true;
}

/* The family name is the same, and the shorter one's words come in the longer one in order. */
static bool
is_abridged(const struct words *longer, const struct words *shorter)
{
    size_t j = 1;

    if (!word_equal(&longer->words[0], &shorter->words[0]))
        return false;
    for (size_t i = 1; i < longer->count && j < shorter->count; i++)
        j += word_equal(&longer->words[i], &shorter->words[j]);
    return j == shorter->count;
}

bool
same_but_middle(const struct letters *one, const struct letters *two)
{
    struct words a, b;

    words_read(&a, one);
    words_read(&b, two);
    if (!are_several(&a, &b) || a.count == b.count || has_kanji(one) || has_kanji(two))
        return false;
    return a.count > b.count ? is_abridged(&a, &b) : is_abridged(&b, &a);
}

static bool
is_lost(uint32_t code)
{
    return code == LOST_CIRCLE || code == LOST_BAR;
}

/* A lost sign may have been any one; most of the name must be there. */
bool
same_but_lost(const struct letters *one, const struct letters *two)
{
    size_t i = 0, j = 0, lost = 0, known = 0;

    for (;;) {
        while (i < one->count && one->codes[i] == ' ')
            i++;
        while (j < two->count && two->codes[j] == ' ')
            j++;
        if (i == one->count || j == two->count)
            break;
        bool has_lost = is_lost(one->codes[i]) || is_lost(two->codes[j]);
        if (!has_lost && one->codes[i] != two->codes[j])
            return false;
        lost += has_lost;
        known += !has_lost;
        i++;
        j++;
    }
    return i == one->count && j == two->count && known > lost;
}
