#include "model/kana.h"

#include "base/attr.h"

#include <stddef.h>

enum {
    HIRAGANA_FIRST = 0x3041,
    HIRAGANA_LAST = 0x3096,
    KATAKANA_FIRST = 0x30A1,
    KATAKANA_LAST = 0x30FA,
    SCRIPT_DISTANCE = 0x60,
    PHONETIC_FIRST = 0x31F0, /* ㇰ */
    PHONETIC_LAST = 0x31FF
};

struct kana_pair {
    uint16_t from;
    uint16_t to;
};

static uint32_t
look_up(const struct kana_pair *pairs, size_t count, uint32_t code, uint32_t otherwise)
{
    for (size_t i = 0; i < count; i++)
        if (pairs[i].from == code)
            return pairs[i].to;
    return otherwise;
}

bool
kana_is_katakana(uint32_t code)
{
    return code >= KATAKANA_FIRST && code <= KATAKANA_LAST;
}

bool
kana_is_hiragana(uint32_t code)
{
    return code >= HIRAGANA_FIRST && code <= HIRAGANA_LAST;
}

uint32_t
kana_to_katakana(uint32_t code)
{
    return kana_is_hiragana(code) ? code + SCRIPT_DISTANCE : code;
}

uint32_t
kana_enlarge(uint32_t code)
{
    static const struct kana_pair pairs[] = {
        { 0x30A1, 0x30A2 }, { 0x30A3, 0x30A4 }, { 0x30A5, 0x30A6 }, { 0x30A7, 0x30A8 },
        { 0x30A9, 0x30AA }, { 0x30C3, 0x30C4 }, { 0x30E3, 0x30E4 }, { 0x30E5, 0x30E6 },
        { 0x30E7, 0x30E8 }, { 0x30EE, 0x30EF }, { 0x30F5, 0x30AB }, { 0x30F6, 0x30B1 },
    };
    static const uint16_t phonetic[] = {
        0x30AF, 0x30B7, 0x30B9, 0x30C8, 0x30CC, 0x30CF, 0x30D2, 0x30D5,
        0x30D8, 0x30DB, 0x30E0, 0x30E9, 0x30EA, 0x30EB, 0x30EC, 0x30ED,
    };
    _Static_assert(ARRAY_LEN(phonetic) == PHONETIC_LAST - PHONETIC_FIRST + 1, "the whole block");

    if (code >= PHONETIC_FIRST && code <= PHONETIC_LAST)
        return phonetic[code - PHONETIC_FIRST];
    return look_up(pairs, ARRAY_LEN(pairs), code, code);
}

static uint32_t
katakana_voice(uint32_t code, uint32_t mark)
{
    static const struct kana_pair far_voiced[] = {
        { 0x30A6, 0x30F4 }, { 0x30EF, 0x30F7 }, { 0x30F0, 0x30F8 },
        { 0x30F1, 0x30F9 }, { 0x30F2, 0x30FA },
    };
    bool is_ha_row = code >= 0x30CF && code <= 0x30DB && (code - 0x30CF) % 3 == 0;
    bool is_ka_to_chi = code >= 0x30AB && code <= 0x30C1 && (code - 0x30AB) % 2 == 0;
    bool is_tsu_to_to = code == 0x30C4 || code == 0x30C6 || code == 0x30C8;

    if (mark == KANA_HALF_VOICED_MARK)
        return is_ha_row ? code + 2 : 0;
    if (is_ha_row || is_ka_to_chi || is_tsu_to_to)
        return code + 1;
    return look_up(far_voiced, ARRAY_LEN(far_voiced), code, 0);
}

uint32_t
kana_voice(uint32_t code, uint32_t mark)
{
    if (!kana_is_hiragana(code))
        return katakana_voice(code, mark);
    uint32_t voiced = katakana_voice(code + SCRIPT_DISTANCE, mark);
    return kana_is_hiragana(voiced - SCRIPT_DISTANCE) ? voiced - SCRIPT_DISTANCE : 0;
}

uint32_t
kana_sound(uint32_t code)
{
    static const struct kana_pair pairs[] = {
        { 0x30C2, 0x30B8 }, /* ヂ ジ */
        { 0x30C5, 0x30BA }, /* ヅ ズ */
        { 0x30F0, 0x30A4 }, /* ヰ イ */
        { 0x30F1, 0x30A8 }, /* ヱ エ */
        { 0x30F2, 0x30AA }, /* ヲ オ */
        { 0x30F4, 0x30D6 }, /* ヴ ブ */
        { 0x30F7, 0x30D0 }, /* ヷ バ */
        { 0x30F8, 0x30D3 }, /* ヸ ビ */
        { 0x30F9, 0x30D9 }, /* ヹ ベ */
        { 0x30FA, 0x30DC }, /* ヺ ボ */
    };
    return look_up(pairs, ARRAY_LEN(pairs), code, code);
}

uint32_t
kana_join_vu(uint32_t vowel)
{
    static const struct kana_pair pairs[] = {
        { KANA_A, 0x30D0 },
        { KANA_I, 0x30D3 },
        { KANA_E, 0x30D9 },
        { KANA_O, 0x30DC },
    };
    return look_up(pairs, ARRAY_LEN(pairs), vowel, 0);
}

char
kana_row_vowel(uint32_t code)
{
    static const char vowels[] = "aaiiuueeoo"      /* ァ to オ */
                                 "aaiiuueeoo"      /* カ to ゴ */
                                 "aaiiuueeoo"      /* サ to ゾ */
                                 "aaiiuuueeoo"     /* タ to ド, with ッ */
                                 "aiueo"           /* ナ to ノ */
                                 "aaaiiiuuueeeooo" /* ハ to ポ */
                                 "aiueo"           /* マ to モ */
                                 "aauuoo"          /* ャ to ヨ */
                                 "aiueo"           /* ラ to ロ */
                                 "aaieo"           /* ヮ to ヲ */
                                 "-uae"            /* ン ヴ ヵ ヶ */
                                 "aieo";           /* ヷ to ヺ */
    _Static_assert(sizeof vowels - 1 == KATAKANA_LAST - KATAKANA_FIRST + 1, "every katakana");

    if (!kana_is_katakana(code) || vowels[code - KATAKANA_FIRST] == '-')
        return 0;
    return vowels[code - KATAKANA_FIRST];
}

uint32_t
kana_lengthened(uint32_t before, uint32_t code)
{
    char vowel = kana_row_vowel(before);

    if ((code == KANA_O && vowel == 'o') || (code == KANA_E && vowel == 'e')
        || code == KANA_LONG_MARK) {
        switch (vowel) {
        case 'a':
            return KANA_A;
        case 'i':
        case 'e':
            return KANA_I;
        case 'u':
        case 'o':
            return KANA_U;
        default:
            return 0;
        }
    }
    return code;
}
