#include "../cases.h"

#include "model/kana.h"
#include "model/normal.h"
#include "model/normal_table.h"
#include "model/utf8.h"

enum { PLACE_BYTES = 4096 };

static struct span
formed(const char *name, struct span raw, enum normal_form form, char *place)
{
    struct text  text = text_in(place, PLACE_BYTES);
    struct blame blame = { 0 };

    CASE_INT(name, normal_add(&text, raw, form, &blame), FAULT_NONE);
    CASE_TRUE(name, blame.reason == NULL && blame.field == NULL);
    return text_span(&text);
}

struct form_case {
    const char *raw;
    const char *form;
};

static void
check_forms(const struct form_case *cases, size_t count, enum normal_form form)
{
    for (size_t i = 0; i < count; i++) {
        char place[PLACE_BYTES];
        CASE_SPAN(cases[i].raw, formed(cases[i].raw, span_of(cases[i].raw), form, place),
                  span_of(cases[i].form));
    }
}

static void
keys_of_one_card_typed_in_many_ways_are_one(void **state)
{
    static const struct form_case cases[] = {
        { "1234", "1234" },
        { "１２３４", "1234" },
        { "12-34", "1234" },
        { "12－34", "1234" },
        { "12‐34", "1234" },
        { "12‑34", "1234" },
        { "12–34", "1234" },
        { "12—34", "1234" },
        { "12−34", "1234" },
        { "12ー34", "1234" },
        { "12ｰ34", "1234" },
        { "12・34", "1234" },
        { "12･34", "1234" },
        { "12/34", "1234" },
        { "12:34", "1234" },
        { "12：34", "1234" },
        { " 12 34 ", "1234" },
        { "　12　34　", "1234" },
        { "12\tand\u00a034", "12AND34" },
        { "0012", "0012" },
        { "ab１c", "AB1C" },
        { "ａｂｃ", "ABC" },
        { "きごう", "キゴウ" },
        { "キゴウ", "キゴウ" },
        { "ｷｺﾞｳ", "キゴウ" },
        { "キコ゛ウ", "キゴウ" },
        { "キコ\u3099ウ", "キゴウ" },
        { "ｼﾞｭﾘ", "ジユリ" },
        { "ｼﾞﾕﾘ", "ジユリ" },
        { "ジュリ", "ジユリ" },
        { "じゅり", "ジユリ" },
        { "ﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟ", "パピプペポ" },
        { "はﾟ", "パ" },
        { "東京", "東京" },
        { "濱松", "浜松" },
        { "髙", "高" },
        { "①Ⅲ", "1III" },
        { "é", "E" },
        { "e\u0301", "E" },
        { "ß", "SS" },
        { "σς", "ΣΣ" },
        { "дё", "ДЁ" },
        { "-", "" },
        { "－", "" },
        { "　", "" },
        { "", "" },
        { "葛\U000E0100城", "葛城" },
        { "1\u200b2\ufeff3", "123" },
    };
    (void)state;
    check_forms(cases, ARRAY_LEN(cases), NORMAL_KEY);
}

static void
kana_names_of_registers_and_charts_are_one(void **state)
{
    static const struct form_case cases[] = {
        { "ショウイチ", "シヨウイチ" },
        { "ｼﾖｳｲﾁ", "シヨウイチ" },
        { "ｼｮｳｲﾁ", "シヨウイチ" },
        { "しょういち", "シヨウイチ" },
        { "ｼﾞﾕﾘ", "ジユリ" },
        { "ｼﾞｭﾘ", "ジユリ" },
        { "ヤマダ　タロウ", "ヤマダタロウ" },
        { "ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダタロウ" },
        { "オーノ", "オーノ" },
        { "ｵｰﾉ", "オーノ" },
        { "オ-ノ", "オーノ" },
        { "オ−ノ", "オーノ" },
        { "オ‐ノ", "オーノ" },
        { "ジョン・スミス", "ジヨンスミス" },
        { "ｼﾞｮﾝ･ｽﾐｽ", "ジヨンスミス" },
        { "オ’ブライアン", "オブライアン" },
        { "ヴァイオラ", "ヴアイオラ" },
        { "ｳﾞｧｲｵﾗ", "ヴアイオラ" },
        { "いすゞ", "イスズ" },
        { "ミスヾ", "ミスズ" },
        { "ナヽ", "ナナ" },
        { "ヵヶ", "カケ" },
        { "ㇰㇿ", "クロ" },
        { "-ア", "ア" },
        { "ーア", "ア" },
        { "Anne-Marie", "ANNEMARIE" },
        { "アーー", "アーー" },
        { "゛ア", "ア" },
        { "ア゛", "ア" },
        { "バ゛", "バ" },
        { "ゔ", "ヴ" },
        { "ヮ゛", "ヷ" },
        { "ヰ゛ヱ゛ヲ゛", "ヸヹヺ" },
    };
    (void)state;
    check_forms(cases, ARRAY_LEN(cases), NORMAL_KANA);
}

static void
loose_kana_are_one_when_they_sound_alike(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool        is_same;
    } cases[] = {
        { "オオノ", "オーノ", true },     { "オオノ", "オウノ", true },
        { "ユウキ", "ユーキ", true },     { "ショウイチ", "ショーイチ", true },
        { "ショウイチ", "ｼﾖｵｲﾁ", true },  { "ケイコ", "ケーコ", true },
        { "ケエコ", "ケーコ", true },     { "ニイナ", "ニーナ", true },
        { "サアヤ", "サーヤ", true },     { "ヴァイオラ", "バイオラ", true },
        { "ヴィオラ", "ビオラ", true },   { "ヴェラ", "ベラ", true },
        { "ヴォルフ", "ボルフ", true },   { "ヴ", "ブ", true },
        { "チヂミ", "チジミ", true },     { "ミヅキ", "ミズキ", true },
        { "ヰヱヲ", "イエオ", true },     { "カヲル", "カオル", true },
        { "ヷヸヹヺ", "バビベボ", true }, { "オオノ", "オノ", false }, /* other families */
        { "ユウキ", "ユキ", false },      { "ハナ", "バナ", false },
        { "ハナ", "パナ", false },        { "シ", "ス", false },
        { "ンー", "ン", true },           { "タケシ", "タケジ", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char        place_a[PLACE_BYTES], place_b[PLACE_BYTES];
        struct span a = formed(cases[i].a, span_of(cases[i].a), NORMAL_KANA_LOOSE, place_a);
        struct span b = formed(cases[i].b, span_of(cases[i].b), NORMAL_KANA_LOOSE, place_b);
        if (cases[i].is_same)
            CASE_SPAN(cases[i].a, a, b);
        else
            CASE_TRUE(cases[i].a, !span_equal(a, b));
    }
}

static void
kanji_and_latin_names_are_one_across_variants(void **state)
{
    static const struct form_case cases[] = {
        { "髙橋", "高橋" },
        { "山﨑", "山崎" },
        { "渡邊", "渡辺" },
        { "渡邉", "渡辺" },
        { "齋藤", "斎藤" },
        { "齊藤", "斉藤" },
        { "濵田", "浜田" },
        { "濱田", "浜田" },
        { "桒原", "桑原" },
        { "澤田", "沢田" },
        { "廣瀨", "広瀬" },
        { "𠮷田", "吉田" },
        { "嶋﨑　惠", "島崎恵" },
        { "佐々木", "佐佐木" },
        { "佐佐木", "佐佐木" },
        { "龍ヶ崎", "竜ケ崎" },
        { "刘洋", "劉洋" },
        { "しょうこ", "しょうこ" }, /* kana inside a name stays as registered */
        { "ｼｮｳｺ", "ショウコ" },
        { "スミス　マリー", "スミスマリー" },
        { "Nguyễn Thị Hương", "NGUYENTHIHUONG" },
        { "müller", "MULLER" },
        { "Łukasz O'Brien-Đorđe", "LUKASZOBRIENDORDE" },
        { "ＪＯＨＮ　ＳＭＩＴＨ", "JOHNSMITH" },
        { "●田", "●田" }, /* what a sender could not show is told apart, not guessed */
    };
    (void)state;
    check_forms(cases, ARRAY_LEN(cases), NORMAL_NAME);
}

static void
different_people_stay_different_in_every_strict_form(void **state)
{
    static const struct {
        const char      *a;
        const char      *b;
        enum normal_form form;
    } cases[] = {
        { "斎藤", "斉藤", NORMAL_NAME },
        { "大野", "小野", NORMAL_NAME },
        { "ハシモト", "バシモト", NORMAL_KANA },
        { "オオノ", "オノ", NORMAL_KANA },
        { "ミズキ", "ミヅキ", NORMAL_KANA },
        { "0123", "123", NORMAL_KEY },
        { "O1", "01", NORMAL_KEY },
        { "一", "1", NORMAL_KEY },
        { "ニ", "二", NORMAL_KEY },
        { "カ", "力", NORMAL_KEY },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char place_a[PLACE_BYTES], place_b[PLACE_BYTES];
        CASE_TRUE(cases[i].a,
                  !span_equal(formed(cases[i].a, span_of(cases[i].a), cases[i].form, place_a),
                              formed(cases[i].b, span_of(cases[i].b), cases[i].form, place_b)));
    }
}

static void
what_is_not_sound_text_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t      length;
    } cases[] = {
        { "a byte that starts nothing", "a\xff", 2 },
        { "a tail without a start", "\x80", 1 },
        { "cut inside a sign", "\xe3\x82", 2 },
        { "an overlong slash", "\xc0\xaf", 2 },
        { "an overlong three", "\xe0\x80\x80", 3 },
        { "a surrogate", "\xed\xa0\x80", 3 },
        { "above the last sign", "\xf4\x90\x80\x80", 4 },
        { "a NUL", "a\0b", 3 },
        { "an escape", "\x1b[0m", 4 },
        { "a newline", "1\n2", 3 },
        { "a C1 control", "\xc2\x85", 2 },
        { "a lost character", "1\xef\xbf\xbd", 4 },
        { "a noncharacter", "\xef\xbf\xbe", 3 },
        { "Shift_JIS", "\x83\x5e\x83\x8d\x83\x45", 6 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (enum normal_form form = NORMAL_KEY; form <= NORMAL_NAME; form++) {
            char         place[64];
            struct text  text = text_in(place, sizeof place);
            struct blame blame = { 0 };
            text_add_string(&text, "kept");
            CASE_INT(cases[i].name,
                     normal_add(&text, span_make(cases[i].bytes, cases[i].length), form, &blame),
                     FAULT_FIELD_MALFORMED);
            CASE_TRUE(cases[i].name, blame.reason != NULL);
            CASE_SPAN(cases[i].name, text_span(&text), span_of("kept"));
        }
    }
}

static void
a_place_that_is_too_small_is_a_fault_and_not_a_cut_text(void **state)
{
    (void)state;
    for (size_t size_bytes = 1; size_bytes <= 9; size_bytes++) {
        char         place[16];
        struct text  text = text_in(place, size_bytes);
        struct blame blame = { 0 };
        assert_int_equal(normal_add(&text, span_of("ヴァイ"), NORMAL_KANA_LOOSE, &blame),
                         size_bytes <= 6 ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE);
        assert_int_equal(text.length, size_bytes <= 6 ? 0 : 6);
    }
}

/* Kana, marks, dashes, digits, letters and kanji that the rules are about, and some of anything. */
static uint32_t
random_code(uint64_t *seed)
{
    static const uint32_t marks[] = { 0x3099, 0x309A, 0x309B, 0x309C, 0xFF9E, 0xFF9F, 0x30FC,
                                      0xFF70, '-',    0x2010, 0x2212, 0x3005, 0x30FD, 0x30FE,
                                      0x309D, 0x309E, 0x30FB, ' ',    0x3000, 0x0301, 0xFE00 };
    switch (random_below(seed, 8)) {
    case 0:
        return 0x3041 + random_below(seed, 0x56);
    case 1:
        return 0x30A1 + random_below(seed, 0x5A);
    case 2:
        return 0xFF61 + random_below(seed, 0x3F);
    case 3:
        return marks[random_below(seed, ARRAY_LEN(marks))];
    case 4:
        return ' ' + random_below(seed, 0x5F);
    case 5:
        return 0x4E00 + random_below(seed, 0x5200);
    case 6:
        return 0xA0 + random_below(seed, 0x2400);
    default: {
        uint32_t code = 0xA0 + random_below(seed, 0x2FFFF);
        bool     is_refused =
            (code >= 0xD800 && code <= 0xDFFF) || code == 0xFFFD || (code & 0xFFFE) == 0xFFFE;
        return is_refused ? 'a' : code;
    }
    }
}

static struct span
random_text(uint64_t *seed, char *place, size_t size_bytes)
{
    struct text text = text_in(place, size_bytes);
    for (uint32_t left = random_below(seed, 24); left > 0; left--)
        utf8_add(&text, random_code(seed));
    return text_span(&text);
}

static void
every_form_of_a_form_is_itself_and_not_too_long(void **state)
{
    uint64_t seed = 0x5eed;

    (void)state;
    for (int round = 0; round < 10000; round++) {
        char        raw_place[128];
        struct span raw = random_text(&seed, raw_place, sizeof raw_place);
        for (enum normal_form form = NORMAL_KEY; form <= NORMAL_NAME; form++) {
            char        once_place[PLACE_BYTES], twice_place[PLACE_BYTES];
            struct span once = formed(raw_place, raw, form, once_place);
            struct span twice = formed(raw_place, once, form, twice_place);
            CASE_SPAN(raw_place, twice, once);
            CASE_TRUE(raw_place, once.length <= NORMAL_GROWTH_MAX * raw.length);
            CASE_TRUE(raw_place, utf8_count(once) != SIZE_MAX);
        }
    }
}

static void
a_loose_form_is_the_same_from_raw_and_from_strict_text(void **state)
{
    uint64_t seed = 77;

    (void)state;
    for (int round = 0; round < 10000; round++) {
        char        raw_place[128], strict_place[PLACE_BYTES];
        char        direct_place[PLACE_BYTES], stepped_place[PLACE_BYTES];
        struct span raw = random_text(&seed, raw_place, sizeof raw_place);
        struct span strict = formed(raw_place, raw, NORMAL_KANA, strict_place);
        CASE_SPAN(raw_place, formed(raw_place, strict, NORMAL_KANA_LOOSE, stepped_place),
                  formed(raw_place, raw, NORMAL_KANA_LOOSE, direct_place));
    }
}

static void
a_key_never_holds_what_joins_keys(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int round = 0; round < 10000; round++) {
        char        raw_place[128], key_place[PLACE_BYTES];
        struct span raw = random_text(&seed, raw_place, sizeof raw_place);
        struct span key = formed(raw_place, raw, NORMAL_KEY, key_place);
        CASE_TRUE(raw_place, key.length == 0 || memchr(key.bytes, ':', key.length) == NULL);
        CASE_TRUE(raw_place, key.length == 0 || memchr(key.bytes, ' ', key.length) == NULL);
    }
}

static void
the_kanji_table_is_sorted_and_needs_one_step(void **state)
{
    (void)state;
    assert_true(ideograph_table_is_sound());
    assert_int_equal(ideograph_contract(0x9AD9), 0x9AD8);
    assert_int_equal(ideograph_contract(0xFA11), 0x5D0E);
    assert_int_equal(ideograph_contract('A'), 'A');
    assert_int_equal(ideograph_contract(0x10FFFF), 0x10FFFF);
}

static void
half_width_kana_voice_as_their_full_width_signs_do(void **state)
{
    static const struct form_case cases[] = {
        { "ｶﾞｷﾞｸﾞｹﾞｺﾞｻﾞｼﾞｽﾞｾﾞｿﾞﾀﾞﾁﾞﾂﾞﾃﾞﾄﾞﾊﾞﾋﾞﾌﾞﾍﾞﾎﾞﾜﾞｦﾞｳﾞ",
          "ガギグゲゴザジズゼゾダヂヅデドバビブベボヷヺヴ" },
        { "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝ",
          "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワ"
          "ヲン" },
        { "ｧｨｩｪｫｬｭｮｯ", "アイウエオヤユヨツ" },
    };
    (void)state;
    check_forms(cases, ARRAY_LEN(cases), NORMAL_KEY);
}

static void
forms_live_in_the_arena_or_are_refused_when_it_is_full(void **state)
{
    struct arena arena;
    struct span  form = span_of("untouched");
    struct blame blame = { 0 };

    (void)state;
    assert_true(arena_open(&arena, 64, 64));
    assert_int_equal(normal_kana(span_of("ﾀﾛｳ"), KANA_NORMALISED, &arena, &form, &blame),
                     FAULT_NONE);
    CASE_SPAN("strict", form, span_of("タロウ"));
    arena_reset(&arena);
    assert_int_equal(normal_kana(span_of("ﾀﾛｰ"), KANA_LOOSE, &arena, &form, &blame), FAULT_NONE);
    CASE_SPAN("loose", form, span_of("タロウ"));
    arena_reset(&arena);
    assert_int_equal(normal_name(span_of("髙橋"), &arena, &form, &blame), FAULT_NONE);
    CASE_SPAN("name", form, span_of("高橋"));
    form = span_of("untouched");
    assert_int_equal(
        normal_key(span_of("0123456789012345678901234567890123456789"), &arena, &form, &blame),
        FAULT_REQUEST_TOO_LARGE);
    CASE_SPAN("full", form, span_of("untouched"));
    assert_non_null(blame.reason);
    arena_close(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_one_card_typed_in_many_ways_are_one),
        cmocka_unit_test(kana_names_of_registers_and_charts_are_one),
        cmocka_unit_test(loose_kana_are_one_when_they_sound_alike),
        cmocka_unit_test(kanji_and_latin_names_are_one_across_variants),
        cmocka_unit_test(different_people_stay_different_in_every_strict_form),
        cmocka_unit_test(what_is_not_sound_text_is_refused_with_a_reason),
        cmocka_unit_test(a_place_that_is_too_small_is_a_fault_and_not_a_cut_text),
        cmocka_unit_test(every_form_of_a_form_is_itself_and_not_too_long),
        cmocka_unit_test(a_loose_form_is_the_same_from_raw_and_from_strict_text),
        cmocka_unit_test(a_key_never_holds_what_joins_keys),
        cmocka_unit_test(the_kanji_table_is_sorted_and_needs_one_step),
        cmocka_unit_test(half_width_kana_voice_as_their_full_width_signs_do),
        cmocka_unit_test(forms_live_in_the_arena_or_are_refused_when_it_is_full),
    };
    return cmocka_run_group_tests_name("model/normal", tests, NULL, NULL);
}
