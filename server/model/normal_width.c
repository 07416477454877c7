#include "model/normal_table.h"

#include "base/attr.h"

#include <stddef.h>

struct code_range {
    uint32_t first;
    uint32_t last;
};

static bool
is_in(const struct code_range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

enum {
    FULL_WIDTH_FIRST = 0xFF01, /* "！", the sign of 0x21 */
    FULL_WIDTH_LAST = 0xFF5E,
    HALF_WIDTH_KANA_FIRST = 0xFF61, /* "｡" */
    HALF_WIDTH_KANA_LAST = 0xFF9F
};

uint32_t
width_fold(uint32_t code)
{
    static const uint16_t kana[] = {
        0x3002, 0x300C, 0x300D, 0x3001, 0x30FB, 0x30F2, 0x30A1, 0x30A3, 0x30A5, 0x30A7, 0x30A9,
        0x30E3, 0x30E5, 0x30E7, 0x30C3, 0x30FC, 0x30A2, 0x30A4, 0x30A6, 0x30A8, 0x30AA, 0x30AB,
        0x30AD, 0x30AF, 0x30B1, 0x30B3, 0x30B5, 0x30B7, 0x30B9, 0x30BB, 0x30BD, 0x30BF, 0x30C1,
        0x30C4, 0x30C6, 0x30C8, 0x30CA, 0x30CB, 0x30CC, 0x30CD, 0x30CE, 0x30CF, 0x30D2, 0x30D5,
        0x30D8, 0x30DB, 0x30DE, 0x30DF, 0x30E0, 0x30E1, 0x30E2, 0x30E4, 0x30E6, 0x30E8, 0x30E9,
        0x30EA, 0x30EB, 0x30EC, 0x30ED, 0x30EF, 0x30F3, 0x3099, 0x309A,
    };
    _Static_assert(ARRAY_LEN(kana) == HALF_WIDTH_KANA_LAST - HALF_WIDTH_KANA_FIRST + 1,
                   "every half-width kana has a sign");

    if (code >= FULL_WIDTH_FIRST && code <= FULL_WIDTH_LAST)
        return code - FULL_WIDTH_FIRST + '!';
    if (code >= HALF_WIDTH_KANA_FIRST && code <= HALF_WIDTH_KANA_LAST)
        return kana[code - HALF_WIDTH_KANA_FIRST];
    return code;
}

/* clang-format off */
static const char *const numbers[] = {
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10",
    "11", "12", "13", "14", "15", "16", "17", "18", "19", "20",
};
static const char *const roman_numerals[] = {
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "L", "C", "D", "M",
};
static const struct {
    uint32_t           first;
    uint32_t           last;
    const char *const *texts; /* of first, and those behind it */
} compatibility_ranges[] = {
    { 0x00B2, 0x00B3, numbers + 2 }, { 0x00B9, 0x00B9, numbers + 1 }, { 0x2070, 0x2070, numbers },
    { 0x2074, 0x2079, numbers + 4 }, { 0x2080, 0x2089, numbers },     { 0x24EA, 0x24EA, numbers },
    { 0x2460, 0x2473, numbers + 1 }, { 0x2474, 0x2487, numbers + 1 }, { 0x2488, 0x249B, numbers + 1 },
    { 0x2160, 0x216F, roman_numerals }, { 0x2170, 0x217F, roman_numerals },
};
/* clang-format on */

const char *
compatibility_text(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(compatibility_ranges); i++)
        if (code >= compatibility_ranges[i].first && code <= compatibility_ranges[i].last)
            return compatibility_ranges[i].texts[code - compatibility_ranges[i].first];
    return NULL;
}

bool
code_is_ignored(uint32_t code)
{
    static const struct code_range ranges[] = {
        { 0x00AD, 0x00AD }, /* soft hyphen */
        { 0x0300, 0x036F }, /* accents that stand apart from their letter */
        { 0x180B, 0x180E }, /* Mongolian selectors */
        { 0x200B, 0x200F }, /* zero width, and directions of writing */
        { 0x202A, 0x202E }, { 0x2060, 0x206F },   { 0xFE00, 0xFE0F }, /* selectors of variants */
        { 0xFEFF, 0xFEFF }, { 0xE0100, 0xE01EF }, /* selectors of kanji variants (IVS) */
    };
    return is_in(ranges, ARRAY_LEN(ranges), code);
}

bool
code_is_blank(uint32_t code)
{
    static const struct code_range ranges[] = {
        { '\t', '\t' },     { ' ', ' ' },       { 0x00A0, 0x00A0 }, { 0x1680, 0x1680 },
        { 0x2000, 0x200A }, { 0x202F, 0x202F }, { 0x205F, 0x205F }, { 0x3000, 0x3000 },
    };
    return is_in(ranges, ARRAY_LEN(ranges), code);
}

bool
code_is_dash(uint32_t code)
{
    static const struct code_range ranges[] = {
        { '-', '-' },       { 0x02D7, 0x02D7 }, { 0x2010, 0x2015 }, { 0x2043, 0x2043 },
        { 0x207B, 0x207B }, { 0x208B, 0x208B }, { 0x2212, 0x2212 }, { 0x2500, 0x2501 },
        { 0x30FC, 0x30FC }, { 0xFE58, 0xFE58 }, { 0xFE63, 0xFE63 },
    };
    return is_in(ranges, ARRAY_LEN(ranges), code);
}

bool
code_is_separator(uint32_t code)
{
    static const struct code_range ranges[] = {
        { '\'', '\'' },     { ',', ',' },       { '.', '/' },       { ':', ':' },
        { '_', '`' },       { 0x00B4, 0x00B4 }, { 0x00B7, 0x00B7 }, { 0x02B9, 0x02BC },
        { 0x02C8, 0x02C8 }, { 0x2018, 0x201B }, { 0x2022, 0x2022 }, { 0x2027, 0x2027 },
        { 0x2032, 0x2032 }, { 0x2219, 0x2219 }, { 0x22C5, 0x22C5 }, { 0x3001, 0x3002 },
        { 0x30FB, 0x30FB },
    };
    return is_in(ranges, ARRAY_LEN(ranges), code);
}
