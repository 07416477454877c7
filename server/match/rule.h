/*
 * rule: what may differ in writing without being another person.
 *
 * Shape   a table in the order in which rules are tried. Each folds both sides further than the one
 *         before (fold), then looks whether they are now one (is_same). The number is ten times the
 *         step of the list in the domain facts, and a place within it.
 * Units   signs are Unicode code points.
 * Errors  letters that are full: is_full, for good.
 * Owner   constant table; folds read one place and write another.
 * Source  domain facts, part 8.2, steps 1 to 8.
 */
#ifndef MATCH_RULE_H
#define MATCH_RULE_H

#include "match/match.h"

struct letters {
    size_t   count;
    bool     is_full;
    uint32_t codes[MATCH_LETTERS_MAX];
};

struct match_rule {
    int16_t            number;
    int16_t            since;  /* version of the rules from which it holds */
    uint8_t            fields; /* bits of 1 << enum match_field */
    enum match_verdict verdict;
    void (*fold)(const struct letters *from, struct letters *to);          /* NULL: nothing */
    bool (*is_same)(const struct letters *one, const struct letters *two); /* NULL: never */
    const char *name_ja;
    const char *name;
};

enum { RULE_COMMON_NAME = 73 };

/* NULL behind the last one. */
const struct match_rule *match_rule_at(size_t index);

/* Takes the code points of a text; what may stand in no text is a fault. */
MUST_USE enum fault letters_read(struct letters *letters, struct span text,
                                 struct blame *reterr_blame);
void                letters_add(struct letters *letters, uint32_t code);
bool                letters_equal(const struct letters *one, const struct letters *two);

/* Kana, everyday kanji, ASCII letters and digits: most of all signs, of which no table of blanks,
 * dashes, marks or widths has any. */
static inline bool
is_plain_sign(uint32_t code)
{
    return (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0x30A1 && code <= 0x30FA)
           || (code >= 0x3041 && code <= 0x3096) || (code >= '0' && code <= '9')
           || (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z');
}

/* Names: rule_name.c. */
void fold_width_kana(const struct letters *from, struct letters *to);
void fold_width_name(const struct letters *from, struct letters *to);
void fold_four_kana(const struct letters *from, struct letters *to);
void fold_small_kana(const struct letters *from, struct letters *to);
void fold_long_mark(const struct letters *from, struct letters *to);
void fold_long_mark_name(const struct letters *from, struct letters *to);
void fold_blanks(const struct letters *from, struct letters *to);
void fold_variants(const struct letters *from, struct letters *to);
void fold_latin(const struct letters *from, struct letters *to);
void fold_lengthened(const struct letters *from, struct letters *to);
void fold_sounds(const struct letters *from, struct letters *to);
void fold_confused(const struct letters *from, struct letters *to);
void fold_script(const struct letters *from, struct letters *to);

/* The words of a name: rule_words.c. */
bool same_but_blanks(const struct letters *one, const struct letters *two);
bool same_but_lost(const struct letters *one, const struct letters *two);
bool same_latin_turned(const struct letters *one, const struct letters *two);
bool same_words(const struct letters *one, const struct letters *two);
bool same_but_middle(const struct letters *one, const struct letters *two);

/* Addresses: rule_address.c and rule_lot.c. The first tells how many signs the prefecture's name
 * has at the start, with its 都, 道, 府 or 県; 0 without one. */
size_t address_prefecture_length(const struct letters *address);
void   fold_address_width(const struct letters *from, struct letters *to);
void   fold_address_numerals(const struct letters *from, struct letters *to);
void   fold_address_block(const struct letters *from, struct letters *to);
void   fold_address_section(const struct letters *from, struct letters *to);
bool   same_but_building(const struct letters *one, const struct letters *two);
bool   same_but_prefecture(const struct letters *one, const struct letters *two);
bool   same_lot(const struct letters *one, const struct letters *two);

#endif
