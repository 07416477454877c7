/* Rules for addresses: one sign, numeral or word after the other. */
#include "match/rule.h"

#include "model/kana.h"
#include "model/normal_table.h"
#include "model/prefecture.h"
#include "model/utf8.h"

static bool
is_digit(uint32_t code)
{
    return code >= '0' && code <= '9';
}

static bool
is_kanji(uint32_t code)
{
    return (code >= 0x3400 && code <= 0x9FFF) || code >= 0x20000;
}

static uint32_t
last_of(const struct letters *letters)
{
    return letters->count == 0 ? 0 : letters->codes[letters->count - 1];
}

/* 霞ヶ関, 霞ケ関, 霞が関 */
static void
join_ke(struct letters *letters)
{
    for (size_t i = 1; i + 1 < letters->count; i++) {
        uint32_t code = letters->codes[i];
        bool     is_ke = code == U'ヶ' || code == U'が' || code == U'ガ';
        if (is_ke && is_kanji(letters->codes[i - 1]) && is_kanji(letters->codes[i + 1]))
            letters->codes[i] = U'ケ';
    }
}

/* 0 to 9, or 10, 100, 1000; -1 for other signs. */
static int
numeral_of(uint32_t code)
{
    static const uint32_t digits[] = U"〇一二三四五六七八九";

    switch (code) {
    case U'零':
        return 0;
    case U'壱':
        return 1;
    case U'弐':
        return 2;
    case U'参':
        return 3;
    case U'十':
        return 10;
    case U'百':
        return 100;
    case U'千':
        return 1000;
    default:
        break;
    }
    for (int i = 0; i < 10; i++)
        if (digits[i] == code)
            return i;
    return -1;
}

static bool
is_of_number(uint32_t code)
{
    return is_digit(code) || numeral_of(code) >= 0;
}

static void
add_folded(struct letters *to, uint32_t code)
{
    const char *spelled = latin_base(code);

    if (spelled == NULL)
        spelled = compatibility_text(code);
    for (; spelled != NULL && *spelled != '\0'; spelled++)
        letters_add(to, (unsigned char)*spelled);
    if (spelled == NULL)
        letters_add(to, code >= 'a' && code <= 'z' ? code - 'a' + 'A' : ideograph_contract(code));
}

/* Blanks and stops go away, but two numbers stay two. */
void
fold_address_width(const struct letters *from, struct letters *to)
{
    bool is_parted = false;

    for (size_t i = 0; i < from->count; i++) {
        uint32_t code = width_fold(from->codes[i]);
        bool     is_long_mark = code == KANA_LONG_MARK
                            && (kana_is_katakana(last_of(to)) || last_of(to) == KANA_LONG_MARK);
        if (is_digit(code) || (is_plain_sign(code) && is_kanji(code))) { /* nearly all */
            if (is_parted && is_of_number(code) && is_of_number(last_of(to)))
                letters_add(to, '-');
            is_parted = false;
            letters_add(to, is_digit(code) ? code : ideograph_contract(code));
            continue;
        }
        if (code_is_ignored(code))
            continue;
        if (is_long_mark) {
            letters_add(to, code);
            continue;
        }
        if (code_is_blank(code) || code_is_separator(code) || code_is_dash(code)) {
            is_parted = true;
            continue;
        }
        if (is_parted && is_of_number(last_of(to)) && compatibility_text(code) != NULL)
            letters_add(to, '-');
        is_parted = false;
        if (code == KANA_VOICED_MARK || code == KANA_HALF_VOICED_MARK) {
            uint32_t voiced = to->count == 0 ? 0 : kana_voice(last_of(to), code);
            if (voiced != 0)
                to->codes[to->count - 1] = voiced;
            continue;
        }
        add_folded(to, code);
    }
    join_ke(to);
}

static void
add_whole(struct letters *to, uint32_t number)
{
    uint32_t unit = 1;

    while (number / unit >= 10)
        unit *= 10;
    for (; unit > 0; unit /= 10)
        letters_add(to, '0' + number / unit % 10);
}

/* 二十三 is 23 by its units, 二三 by its places. A unit that is not smaller than the one before
 * begins another number, so that none can grow without end. */
static size_t
take_units(const struct letters *from, size_t at, uint32_t *ret_number)
{
    uint32_t total = 0, digit = 0, unit_before = 10000;
    bool     has_digit = false;

    for (; at < from->count; at++) {
        int value = numeral_of(from->codes[at]);
        if (value < 0 || (value < 10 && has_digit)
            || (value >= 10 && (uint32_t)value >= unit_before))
            break;
        if (value < 10) {
            digit = (uint32_t)value;
            has_digit = true;
            continue;
        }
        total += (has_digit ? digit : 1) * (uint32_t)value;
        unit_before = (uint32_t)value;
        has_digit = false;
    }
    *ret_number = total + (has_digit ? digit : 0);
    return at;
}

void
fold_address_numerals(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count;) {
        int value = numeral_of(from->codes[i]);
        int next = i + 1 < from->count ? numeral_of(from->codes[i + 1]) : -1;
        if (value < 0) {
            letters_add(to, from->codes[i++]);
        } else if (value < 10 && next < 10) {
            letters_add(to, '0' + (uint32_t)value);
            i++;
        } else {
            uint32_t number;
            i = take_units(from, i, &number);
            add_whole(to, number);
        }
    }
}

struct block_word {
    const uint32_t *word;
    const uint32_t *not_before; /* signs with which it is part of a name: 一番町, 3号館 */
};

/* The longer ones first. */
static const struct block_word block_words[] = {
    { U"丁目", NULL },
    { U"番地の", NULL },
    { U"番地ノ", NULL },
    { U"番地", NULL },
    { U"番", U"町館街組丁通" },
    { U"号室", NULL },
    { U"号棟", NULL },
    { U"号", U"館線通地" },
    { U"の", NULL },
    { U"ノ", NULL },
    { U"之", NULL },
};

static bool
is_one_of(uint32_t code, const uint32_t *codes)
{
    for (; codes != NULL && *codes != 0; codes++)
        if (*codes == code)
            return true;
    return false;
}

/* How many signs the word at this place has, if it stands between numbers or at their end. */
static size_t
block_word_at(const struct letters *from, size_t at)
{
    for (size_t i = 0; i < ARRAY_LEN(block_words); i++) {
        const uint32_t *word = block_words[i].word;
        size_t          length = 0;
        while (word[length] != 0 && at + length < from->count
               && from->codes[at + length] == word[length])
            length++;
        if (word[length] != 0)
            continue;
        uint32_t after = at + length < from->count ? from->codes[at + length] : 0;
        bool     is_particle = word[1] == 0 && is_one_of(word[0], U"のノ之");
        if (is_one_of(after, block_words[i].not_before) || (is_particle && !is_digit(after)))
            return 0;
        return length;
    }
    return 0;
}

void
fold_address_block(const struct letters *from, struct letters *to)
{
    bool is_parted = false;

    for (size_t i = 0; i < from->count;) {
        uint32_t code = from->codes[i];
        size_t   length = is_digit(last_of(to)) || is_parted ? block_word_at(from, i) : 0;
        if (length > 0 || (code == '-' && is_digit(last_of(to)))) {
            is_parted = true;
            i += length > 0 ? length : 1;
            continue;
        }
        if (is_parted && is_digit(code))
            letters_add(to, '-');
        is_parted = false;
        letters_add(to, code);
        i++;
    }
}

/* 大字, 小字 and 字 before the name of a section; 文字 is part of names. */
void
fold_address_section(const struct letters *from, struct letters *to)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t code = from->codes[i];
        uint32_t next = i + 1 < from->count ? from->codes[i + 1] : 0;
        if ((code == U'大' || code == U'小') && next == U'字' && i > 0)
            continue;
        if (code == U'字' && i > 0 && from->codes[i - 1] != U'文')
            continue;
        letters_add(to, code);
    }
}

size_t
address_prefecture_length(const struct letters *from)
{
    for (int p = 1; p <= PREFECTURE_COUNT; p++) {
        struct span name = span_of(prefecture_info(p)->name_ja);
        size_t      length = 0, at = 0;
        bool        is_here = true;
        while (is_here && at < name.length) {
            is_here = length < from->count && from->codes[length] == utf8_next(name, &at);
            length++;
        }
        if (!is_here)
            continue;
        if (length < from->count && is_one_of(from->codes[length], U"都府県"))
            return length + 1;
        return from->codes[length - 1] == U'道' ? length : 0;
    }
    return 0;
}
