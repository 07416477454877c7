/* Rules for names: what one sign, or one sign behind another, becomes. */
#include "match/rule.h"

#include "model/kana.h"
#include "model/normal_table.h"

enum {
    KANJI_REPEAT = 0x3005,    /* 々 */
    HIRAGANA_REPEAT = 0x309D, /* ゝ */
    HIRAGANA_REPEAT_VOICED = 0x309E,
    KATAKANA_REPEAT = 0x30FD,
    KATAKANA_REPEAT_VOICED = 0x30FE,
    VOICED_APART = 0x309B, /* ゛ */
    HALF_VOICED_APART = 0x309C,
    MIDDLE_DOT = 0x30FB,
    SMALL_KA = 0x30F5,
    SMALL_KE = 0x30F6
};

static uint32_t
last_of(const struct letters *letters)
{
    return letters->count == 0 ? 0 : letters->codes[letters->count - 1];
}

static uint32_t
voicing_mark(uint32_t code)
{
    if (code == KANA_VOICED_MARK || code == VOICED_APART)
        return KANA_VOICED_MARK;
    if (code == KANA_HALF_VOICED_MARK || code == HALF_VOICED_APART)
        return KANA_HALF_VOICED_MARK;
    return 0;
}

static void
voice_last(struct letters *to, uint32_t mark)
{
    uint32_t voiced = to->count == 0 ? 0 : kana_voice(last_of(to), mark);
    if (voiced != 0)
        to->codes[to->count - 1] = voiced;
}

static bool
repeat_last(struct letters *to, uint32_t code)
{
    bool is_voiced = code == HIRAGANA_REPEAT_VOICED || code == KATAKANA_REPEAT_VOICED;

    if (!is_voiced && code != KANJI_REPEAT && code != HIRAGANA_REPEAT && code != KATAKANA_REPEAT)
        return false;
    if (to->count > 0) {
        letters_add(to, last_of(to));
        if (is_voiced)
            voice_last(to, KANA_VOICED_MARK);
    }
    return true;
}

static void
fold_width(const struct letters *from, struct letters *to, bool is_kana)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t code = width_fold(from->codes[i]);
        if (is_plain_sign(code)) {
            letters_add(to, is_kana ? kana_to_katakana(code) : code);
            continue;
        }
        if (code_is_ignored(code))
            continue;
        if (voicing_mark(code) != 0) {
            voice_last(to, voicing_mark(code));
            continue;
        }
        if (repeat_last(to, code))
            continue;
        const char *spelled = compatibility_text(code);
        for (; spelled != NULL && *spelled != '\0'; spelled++)
            letters_add(to, (unsigned char)*spelled);
        if (spelled == NULL)
            letters_add(to, is_kana ? kana_to_katakana(code) : code);
    }
}

void
fold_width_kana(const struct letters *from, struct letters *to)
{
    fold_width(from, to, true);
}

void
fold_width_name(const struct letters *from, struct letters *to)
{
    fold_width(from, to, false);
}

void
fold_small_kana(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count; i++)
        letters_add(to, kana_enlarge(from->codes[i]));
}

/* A dash behind a kana lengthens it; elsewhere it is decoration. */
static void
fold_dashes(const struct letters *from, struct letters *to, bool is_kana)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t code = from->codes[i];
        uint32_t before = last_of(to);
        bool     may_lengthen = before == KANA_LONG_MARK || kana_is_katakana(before)
                            || (!is_kana && kana_is_hiragana(before));
        if (is_plain_sign(code) || !code_is_dash(code))
            letters_add(to, code);
        else if (may_lengthen)
            letters_add(to, KANA_LONG_MARK);
    }
}

void
fold_long_mark(const struct letters *from, struct letters *to)
{
    fold_dashes(from, to, true);
}

void
fold_long_mark_name(const struct letters *from, struct letters *to)
{
    fold_dashes(from, to, false);
}

/* What parts words becomes one blank, since the order of words is looked at later; what stands
 * within a word goes away. */
void
fold_blanks(const struct letters *from, struct letters *to)
{
    bool is_parted = false;

    for (size_t i = 0; i < from->count; i++) {
        uint32_t code = from->codes[i];
        bool     is_plain = is_plain_sign(code);
        if (!is_plain && (code_is_blank(code) || code == MIDDLE_DOT || code == ',')) {
            is_parted = true;
            continue;
        }
        if (!is_plain && code_is_separator(code))
            continue;
        if (is_parted && to->count > 0)
            letters_add(to, ' ');
        is_parted = false;
        letters_add(to, code);
    }
}

/* ヵ and ヶ within a name are often written large. */
void
fold_variants(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t code = from->codes[i];
        if (code == SMALL_KA || code == SMALL_KE)
            code = kana_enlarge(code);
        letters_add(to, ideograph_contract(code));
    }
}

void
fold_latin(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t    code = from->codes[i];
        const char *spelled = is_plain_sign(code) ? NULL : latin_base(code);
        for (; spelled != NULL && *spelled != '\0'; spelled++)
            letters_add(to, (unsigned char)*spelled);
        if (spelled == NULL)
            letters_add(to, code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code);
    }
}

/* The sign before, over a blank, since "オオ ノ" and "オオノ" are one by now. */
static uint32_t
sign_before(const struct letters *to)
{
    size_t at = to->count;
    while (at > 0 && to->codes[at - 1] == ' ')
        at--;
    return at == 0 ? 0 : to->codes[at - 1];
}

void
fold_lengthened(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t code = kana_lengthened(sign_before(to), from->codes[i]);
        if (code != 0)
            letters_add(to, code);
    }
}

/* ヴ with a vowel is one sign of the b row; what a sign became may lengthen the one before. */
void
fold_sounds(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t code = from->codes[i];
        uint32_t joined =
            i > 0 && from->codes[i - 1] == KANA_VU && to->count > 0 ? kana_join_vu(code) : 0;
        if (joined != 0) {
            to->codes[to->count - 1] = joined;
            continue;
        }
        code = kana_lengthened(sign_before(to), kana_sound(code));
        if (code != 0)
            letters_add(to, code);
    }
}

/* One name is written ミカヅキ here and ミカズキ there. */
void
fold_four_kana(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t code = from->codes[i];
        letters_add(to, code == U'ヂ' ? U'ジ' : code == U'ヅ' ? U'ズ' : code);
    }
}

void
fold_script(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count; i++)
        letters_add(to, kana_enlarge(kana_to_katakana(from->codes[i])));
}

/* 斎 and 斉 are two characters, with 齋 and 齊 as their old forms; people who write names take
 * one for the other. */
void
fold_confused(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count; i++)
        letters_add(to, from->codes[i] == U'斎' ? U'斉' : from->codes[i]);
}
