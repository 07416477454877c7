#include "match/rule.h"

#include "model/normal.h"
#include "model/utf8.h"

/* Which kanji and signs are one is laid down in the tables of model/normal. */
_Static_assert(NORMAL_RULE_VERSION == 1, "with other tables, comparisons have another version");

#define KANA    (1U << MATCH_NAME_KANA)
#define NAME    (1U << MATCH_NAME)
#define NAMES   (KANA | NAME)
#define ADDRESS (1U << MATCH_ADDRESS)

/* clang-format off */
static const struct match_rule rules[] = {
    { 10, 1, KANA,    MATCH_SAME_BY_RULE, fold_width_kana, letters_equal,
      "全角と半角、ひらがなとカタカナ、濁点の合成", "width, script and voicing marks" },
    { 10, 1, NAME,    MATCH_SAME_BY_RULE, fold_width_name, letters_equal,
      "全角と半角、濁点の合成、異体字セレクタ", "width, voicing marks and variation selectors" },
    { 20, 1, KANA,    MATCH_SAME_BY_RULE, fold_small_kana, letters_equal,
      "小書きの仮名", "small kana" },
    { 30, 1, KANA,    MATCH_SAME_BY_RULE, fold_long_mark, letters_equal,
      "長音記号とハイフンの字形", "one sign for the long mark" },
    { 30, 1, NAME,    MATCH_SAME_BY_RULE, fold_long_mark_name, letters_equal,
      "長音記号とハイフンの字形", "one sign for the long mark" },
    { 50, 1, NAMES,   MATCH_SAME_BY_RULE, fold_blanks, same_but_blanks,
      "空白、中点、アポストロフィ", "blanks, middle dots, apostrophes" },
    { 60, 1, NAME,    MATCH_SAME_BY_RULE, fold_variants, same_but_blanks,
      "漢字の異体字", "kanji variants" },
    { 70, 1, NAMES,   MATCH_SAME_BY_RULE, fold_latin, same_but_blanks,
      "英大文字と小文字、アクセント記号", "case and accents of Latin letters" },
    { 71, 1, NAME,    MATCH_SAME_BY_RULE, NULL, same_latin_turned,
      "ローマ字氏名の姓と名の順", "Latin names: the family name first or last" },
    { 41, 2, KANA,    MATCH_SAME_BY_RULE, fold_four_kana, same_but_blanks,
      "四つ仮名（ヂとジ、ヅとズ）", "the four kana that two sounds are written by" },
    { 31, 1, KANA,    MATCH_LOOSE,        fold_lengthened, same_but_blanks,
      "長音を母音で書く", "a long mark written as its vowel" },
    { 40, 1, KANA,    MATCH_LOOSE,        fold_sounds, same_but_blanks,
      "同じ音の仮名（ヂとジ、ヴとブなど）", "kana that sound alike" },
    { 11, 1, NAME,    MATCH_LOOSE,        fold_script, same_but_blanks,
      "氏名のひらがなとカタカナ", "hiragana and katakana within a name" },
    { 51, 1, NAMES,   MATCH_LOOSE,        NULL, same_words,
      "氏名の語の順（漢字氏名を除く）", "the same words in another order, but for kanji names" },
    { 52, 1, NAMES,   MATCH_LOOSE,        NULL, same_but_middle,
      "ミドルネームの有無", "middle names left out" },
    { 61, 1, NAME,    MATCH_LOOSE,        NULL, same_but_lost,
      "表示できない文字（●）", "a character that was lost and became ●" },
    { 62, 1, NAME,    MATCH_LOOSE,        fold_confused, same_but_blanks,
      "取り違えられやすい漢字（斎と斉）", "kanji that are taken for one another" },
    { RULE_COMMON_NAME, 1, NAMES, MATCH_SAME_BY_RULE, NULL, NULL,
      "通称", "a common name that the register holds too" },
    { 80, 1, ADDRESS, MATCH_SAME_BY_RULE, fold_address_width, letters_equal,
      "住所の全角と半角、空白、ハイフン、異体字", "width, blanks, dashes and variants in addresses" },
    { 81, 1, ADDRESS, MATCH_SAME_BY_RULE, fold_address_numerals, letters_equal,
      "住所の漢数字", "kanji numerals in addresses" },
    { 82, 1, ADDRESS, MATCH_SAME_BY_RULE, fold_address_block, letters_equal,
      "丁目・番地・番・号", "words between the numbers of an address" },
    { 83, 1, ADDRESS, MATCH_SAME_BY_RULE, fold_address_section, letters_equal,
      "大字・小字・字", "oaza, koaza and aza" },
    { 84, 1, ADDRESS, MATCH_SAME_BY_RULE, NULL, same_but_building,
      "建物名と部屋番号の省略", "building and room left out" },
    { 85, 1, ADDRESS, MATCH_LOOSE,        NULL, same_but_prefecture,
      "都道府県名の省略", "the prefecture left out" },
    { 86, 1, ADDRESS, MATCH_LOOSE,        NULL, same_lot,
      "同じ地番の別の建物または部屋", "another building or room of the same lot" },
};
/* clang-format on */

const struct match_rule *
match_rule_at(size_t index)
{
    return index < ARRAY_LEN(rules) ? &rules[index] : NULL;
}

static const char *
reason_against(uint32_t code)
{
    if (code == UTF8_BAD)
        return "not UTF-8";
    if ((code < ' ' && code != '\t') || (code >= 0x7F && code <= 0x9F) || (code & 0xFFFE) == 0xFFFE)
        return "holds a control character";
    return NULL;
}

void
letters_add(struct letters *letters, uint32_t code)
{
    if (letters->count == MATCH_LETTERS_MAX) {
        letters->is_full = true;
        return;
    }
    letters->codes[letters->count++] = code;
}

enum fault
letters_read(struct letters *letters, struct span text, struct blame *reterr_blame)
{
    letters->count = 0;
    letters->is_full = false;
    for (size_t at = 0; at < text.length;) {
        uint32_t    code = utf8_next(text, &at);
        const char *reason = reason_against(code);
        if (reason != NULL) {
            reterr_blame->reason = reason;
            return FAULT_FIELD_MALFORMED;
        }
        letters_add(letters, code);
    }
    return FAULT_NONE;
}

bool
letters_equal(const struct letters *one, const struct letters *two)
{
    return one->count == two->count
           && memcmp(one->codes, two->codes, one->count * sizeof one->codes[0]) == 0;
}
