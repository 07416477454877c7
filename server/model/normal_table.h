/*
 * normal_table: the tables behind normal.h, one code point at a time.
 *
 * Shape   code point in, code point or text out; a code point that a table does not know comes
 *         back as it is, or as NULL.
 * Owner   constant tables.
 * Source  Unicode's compatibility mappings for the blocks named beside each function; the reform
 *         of characters of 1946 (当用漢字表) and common variants in names: domain facts, part 8.2.
 */
#ifndef MODEL_NORMAL_TABLE_H
#define MODEL_NORMAL_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* Full-width ASCII, half-width katakana and punctuation: one sign for one sign. */
uint32_t width_fold(uint32_t code);

/* Circled and bracketed numbers, Roman numerals, raised and lowered digits; NULL for others. */
const char *compatibility_text(uint32_t code);

/* A Latin letter with whatever marks, in capitals without them; NULL for others. */
const char *latin_base(uint32_t code);

/* Kanji variants and compatibility ideographs. */
uint32_t ideograph_contract(uint32_t code);
bool     ideograph_table_is_sound(void); /* sorted, and no target is a source; for the tests */

bool code_is_ignored(uint32_t code); /* selectors of variants, invisible signs, accents apart */
bool code_is_blank(uint32_t code);
bool code_is_dash(uint32_t code);      /* hyphens, minus signs, the long mark */
bool code_is_separator(uint32_t code); /* middle dots, apostrophes, stops, slashes, colons */

#endif
