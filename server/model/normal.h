/*
 * normal: one form for texts that mean the same, however they were typed.
 *
 * Shape   UTF-8 in, UTF-8 out. Three forms:
 *         key   symbols and numbers of cards: width, case, kana (half-width, small, hiragana),
 *         kanji
 *               variants and accents are folded; blanks and separators go away, dashes and long
 *               marks too, since "1ー2", "1-2" and "12" are the same number.
 *         kana  names in kana: the same folding, but a dash or long mark behind a kana is ー.
 *               KANA_LOOSE goes on: ー becomes the vowel it lengthens, オ behind the o row is ウ,
 *               and ヴ ヂ ヅ ヰ ヱ ヲ become the signs they sound like.
 *         name  names in kanji or Latin letters: width, case, accents, kanji variants; blanks go
 *         away. Every form is a fixed point: normalising it again changes nothing.
 * Units   bytes. No form is longer than three times its input.
 * Errors  FAULT_FIELD_MALFORMED    not UTF-8, a control character, or U+FFFD (a character that
 *         was
 *                                  lost before it reached us)
 *         FAULT_REQUEST_TOO_LARGE  the arena or the place is full
 *         On failure the output is untouched; only the reason of the blame is set.
 * Owner   the result lives in the arena, NUL-terminated.
 * Source  domain facts, part 8.2, steps 1 to 7; interface facts, part 4.5. Tables of our own:
 *         no locale, no library.
 */
#ifndef MODEL_NORMAL_H
#define MODEL_NORMAL_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"

enum { NORMAL_GROWTH_MAX = 3 };

/* Which rules made a form; stored beside results of comparison, raised whenever a table changes. */
enum { NORMAL_RULE_VERSION = 1 };

enum normal_form { NORMAL_KEY, NORMAL_KANA, NORMAL_KANA_LOOSE, NORMAL_NAME };

enum kana_level { KANA_NORMALISED, KANA_LOOSE };

/* Appends the form to a text whose place belongs to the caller. */
MUST_USE enum fault normal_add(struct text *text, struct span raw, enum normal_form form,
                               struct blame *reterr_blame);

MUST_USE enum fault normal_key(struct span raw, struct arena *arena, struct span *ret_key,
                               struct blame *reterr_blame);
MUST_USE enum fault normal_kana(struct span raw, enum kana_level level, struct arena *arena,
                                struct span *ret_kana, struct blame *reterr_blame);
MUST_USE enum fault normal_name(struct span raw, struct arena *arena, struct span *ret_name,
                                struct blame *reterr_blame);

#endif
