/*
 * kana: what a kana becomes when it is voiced, written large, or lengthened.
 *
 * Shape   code points of full-width kana. 0 where there is no such sign.
 * Owner   plain values.
 * Source  domain facts, part 8.2, steps 1 to 4; Unicode blocks Hiragana, Katakana and Katakana
 *         Phonetic Extensions.
 */
#ifndef MODEL_KANA_H
#define MODEL_KANA_H

#include <stdbool.h>
#include <stdint.h>

enum {
    KANA_VOICED_MARK = 0x3099,      /* combining dakuten */
    KANA_HALF_VOICED_MARK = 0x309A, /* combining handakuten */
    KANA_LONG_MARK = 0x30FC,
    KANA_A = 0x30A2,
    KANA_I = 0x30A4,
    KANA_U = 0x30A6,
    KANA_E = 0x30A8,
    KANA_O = 0x30AA,
    KANA_VU = 0x30F4
};

bool kana_is_katakana(uint32_t code); /* letters, without marks of repetition and length */
bool kana_is_hiragana(uint32_t code);

uint32_t kana_to_katakana(uint32_t code); /* others come back as they are */
uint32_t kana_enlarge(uint32_t code);     /* small katakana to large; others as they are */

/* The kana with the mark on it, or 0. Takes both scripts. */
uint32_t kana_voice(uint32_t code, uint32_t mark);

/* One sign of those that sound alike, for loose comparison: ヂ ジ, ヅ ズ, ヰ イ, ヴ ブ and so on. */
uint32_t kana_sound(uint32_t code);

/* バ ビ ベ ボ for ヴ with a vowel behind it, or 0. */
uint32_t kana_join_vu(uint32_t vowel);

/* 'a', 'i', 'u', 'e', 'o' for large and small katakana; 0 for ン and others. */
char kana_row_vowel(uint32_t code);

/* A kana that only lengthens the one before it, in one spelling: オ behind the o row is ウ, エ behind
 * the e row is イ, and the long mark is the vowel, or 0 behind what cannot be lengthened. */
uint32_t kana_lengthened(uint32_t before, uint32_t code);

#endif
