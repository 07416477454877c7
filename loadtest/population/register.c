#include "register.h"

#include "base/text.h"
#include "model/check_digit.h"
#include "model/day.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { BODY_DIGITS = PERSONAL_NUMBER_DIGITS - 1 };

/* Their product does not overflow. */
static const uint64_t STEP_MOST = UINT64_C(30000000000);
static const uint64_t PEOPLE_MOST = UINT64_C(300000000);

/* ---- numbers -------------------------------------------------------------------------------- */

/* A step that has no factor in common with 10^11 visits each body once. */
void
personal_number_make(uint64_t seed, int64_t person_id, char ret_digits[PERSONAL_NUMBER_SIZE])
{
    static const uint64_t bodies = UINT64_C(100000000000);
    static const uint64_t ends[] = { 1, 3, 7, 9 };
    struct dice           dice = dice_make(seed, DICE_REGISTER, 0);
    uint64_t              step = dice_next(&dice) % (STEP_MOST / 10) * 10;
    uint64_t              start = dice_next(&dice) % bodies;

    step += ends[dice_below(&dice, ARRAY_LEN(ends))];
    assert(person_id >= 0 && (uint64_t)person_id < PEOPLE_MOST);
    uint64_t body = (step * (uint64_t)person_id + start) % bodies;

    for (size_t i = BODY_DIGITS; i-- > 0; body /= 10)
        ret_digits[i] = (char)('0' + body % 10);
    char check = personal_number_check_digit(span_make(ret_digits, BODY_DIGITS));
    ret_digits[BODY_DIGITS] = (char)('0' + (check - '0' + 5) % 10);
    ret_digits[PERSONAL_NUMBER_DIGITS] = '\0';
}

/* ---- spelling ------------------------------------------------------------------------------- */

/* Puts one text for another, everywhere; false when there was none, or no room. */
static bool
swap_text(char *place, size_t size_bytes, const char *from, const char *to)
{
    char        bytes[2 * ADDRESS_SIZE];
    struct text text = text_in(bytes, sizeof bytes);
    const char *at = place;
    bool        is_swapped = false;

    for (const char *found; (found = strstr(at, from)) != NULL; at = found + strlen(from)) {
        text_add(&text, span_make(at, (size_t)(found - at)));
        text_add_string(&text, to);
        is_swapped = true;
    }
    text_add_string(&text, at);
    if (!is_swapped || text.is_full || text.length >= size_bytes)
        return false;
    memcpy(place, text.bytes, text.length + 1);
    return true;
}

struct swap {
    const char *from;
    const char *to;
};

static bool
swap_some(char *place, size_t size_bytes, const struct swap *swaps, size_t count)
{
    bool is_swapped = false;
    for (size_t i = 0; i < count; i++)
        is_swapped = swap_text(place, size_bytes, swaps[i].from, swaps[i].to) || is_swapped;
    return is_swapped;
}

/* clang-format off */
static const struct swap large[] = {
    { "ャ", "ヤ" }, { "ュ", "ユ" }, { "ョ", "ヨ" }, { "ッ", "ツ" }, { "ァ", "ア" }, { "ィ", "イ" },
};
static const struct swap lengthened[] = {
    { "オオ", "オー" }, { "コウ", "コー" }, { "トウ", "トー" }, { "ドウ", "ドー" }, { "ョウ", "ョー" },
    { "ロウ", "ロー" }, { "ユウ", "ユー" }, { "ゾウ", "ゾー" },
};
static const struct swap sounding[] = {
    { "ズ", "ヅ" }, { "ジュ", "ヂュ" }, { "ヴァ", "バ" },
};
static const struct swap variants[] = {
    { "高", "髙" }, { "辺", "邉" }, { "崎", "﨑" }, { "斎", "齋" }, { "浜", "濵" }, { "吉", "𠮷" },
    { "沢", "澤" }, { "広", "廣" }, { "恵", "惠" }, { "桜", "櫻" },
};
/* clang-format on */

static bool
spell_large(struct registered *registered)
{
    return swap_some(registered->kana, sizeof registered->kana, large, ARRAY_LEN(large));
}

static bool
spell_lengthened(struct registered *registered)
{
    return swap_some(registered->kana, sizeof registered->kana, lengthened, ARRAY_LEN(lengthened));
}

static bool
spell_sounding(struct registered *registered)
{
    return swap_some(registered->kana, sizeof registered->kana, sounding, ARRAY_LEN(sounding));
}

static bool
spell_variant(struct registered *registered)
{
    return swap_some(registered->name, sizeof registered->name, variants, ARRAY_LEN(variants));
}

static bool
spell_joined(struct registered *registered)
{
    return swap_text(registered->kana, sizeof registered->kana, "　", "")
           || swap_text(registered->kana, sizeof registered->kana, " ", "");
}

/* Half-width, as older systems write kana. */
static bool
spell_half(struct registered *registered)
{
    static const struct swap half[] = {
        { "ア", "ｱ" },  { "イ", "ｲ" },  { "ウ", "ｳ" },  { "エ", "ｴ" },  { "オ", "ｵ" },
        { "カ", "ｶ" },  { "キ", "ｷ" },  { "ク", "ｸ" },  { "ケ", "ｹ" },  { "コ", "ｺ" },
        { "サ", "ｻ" },  { "シ", "ｼ" },  { "ス", "ｽ" },  { "セ", "ｾ" },  { "タ", "ﾀ" },
        { "チ", "ﾁ" },  { "ツ", "ﾂ" },  { "テ", "ﾃ" },  { "ト", "ﾄ" },  { "ナ", "ﾅ" },
        { "ニ", "ﾆ" },  { "ノ", "ﾉ" },  { "ハ", "ﾊ" },  { "ヒ", "ﾋ" },  { "フ", "ﾌ" },
        { "マ", "ﾏ" },  { "ミ", "ﾐ" },  { "ム", "ﾑ" },  { "メ", "ﾒ" },  { "モ", "ﾓ" },
        { "ヤ", "ﾔ" },  { "ユ", "ﾕ" },  { "ヨ", "ﾖ" },  { "ラ", "ﾗ" },  { "リ", "ﾘ" },
        { "ル", "ﾙ" },  { "レ", "ﾚ" },  { "ロ", "ﾛ" },  { "ワ", "ﾜ" },  { "ン", "ﾝ" },
        { "ガ", "ｶﾞ" }, { "ダ", "ﾀﾞ" }, { "ギ", "ｷﾞ" }, { "グ", "ｸﾞ" }, { "ゲ", "ｹﾞ" },
        { "ゴ", "ｺﾞ" }, { "ザ", "ｻﾞ" }, { "ジ", "ｼﾞ" }, { "ズ", "ｽﾞ" }, { "ゾ", "ｿﾞ" },
        { "デ", "ﾃﾞ" }, { "ド", "ﾄﾞ" }, { "バ", "ﾊﾞ" }, { "ビ", "ﾋﾞ" }, { "ブ", "ﾌﾞ" },
        { "ベ", "ﾍﾞ" }, { "ボ", "ﾎﾞ" }, { "ヴ", "ｳﾞ" }, { "ネ", "ﾈ" },  { "ホ", "ﾎ" },
        { "ャ", "ｬ" },  { "ュ", "ｭ" },  { "ョ", "ｮ" },  { "ッ", "ｯ" },  { "ァ", "ｧ" },
        { "ィ", "ｨ" },  { "ー", "ｰ" },
    };
    return swap_some(registered->kana, sizeof registered->kana, half, ARRAY_LEN(half));
}

/* A marriage of which the insurer has not heard: this one no rule may resolve. */
static bool
spell_married(struct registered *registered)
{
    char *name = strstr(registered->name, "　"), *kana = strstr(registered->kana, "　");

    if (name == NULL || kana == NULL)
        return false;
    char        given[sizeof registered->name], given_kana[sizeof registered->kana];
    struct text text = text_in(given, sizeof given);
    text_add_string(&text, name);
    text = text_in(given_kana, sizeof given_kana);
    text_add_string(&text, kana);
    text = text_in(registered->name, sizeof registered->name);
    text_add_format(&text, "勅使河原%s", given); /* in no table of surnames here */
    text = text_in(registered->kana, sizeof registered->kana);
    text_add_format(&text, "テシガワラ%s", given_kana);
    return true;
}

struct spelling {
    uint16_t per_mille;                           /* of those who are written otherwise */
    bool (*spell)(struct registered *registered); /* false: this name has nothing of the kind */
};

/* Where a kind does not fit, the next one is taken; the last but one always fits. */
static const struct spelling spellings[] = {
    { 330, spell_large },      /* rule 20 */
    { 120, spell_lengthened }, /* 31: loose */
    { 60, spell_sounding },    /* 40: loose */
    { 130, spell_variant },    /* 60 */
    { 160, spell_joined },     /* 50 */
    { 150, spell_half },       /* 10 */
    { 50, spell_married },     /* different */
};

static void
spell_otherwise(struct registered *registered, struct dice *dice)
{
    uint16_t weights[ARRAY_LEN(spellings)];

    for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
        weights[i] = spellings[i].per_mille;
    for (size_t i = dice_pick(dice, weights, ARRAY_LEN(weights));
         !spellings[i % ARRAY_LEN(spellings)].spell(registered); i++)
        ;
}

/* "3丁目" is "三丁目", being part of the town's name. */
static void
write_block(char *address, size_t size_bytes)
{
    static const struct swap blocks[] = {
        { "1丁目", "一丁目" }, { "2丁目", "二丁目" }, { "3丁目", "三丁目" },
        { "4丁目", "四丁目" }, { "5丁目", "五丁目" }, { "6丁目", "六丁目" },
        { "7丁目", "七丁目" }, { "8丁目", "八丁目" }, { "9丁目", "九丁目" },
    };
    (void)swap_some(address, size_bytes, blocks, ARRAY_LEN(blocks));
}

void
registered_make(const struct plan *plan, const struct person *person,
                struct registered *ret_registered)
{
    struct dice dice = dice_make(plan->seed, DICE_REGISTER, (uint64_t)person->person_id);
    struct text text = text_in(ret_registered->name, sizeof ret_registered->name);

    text_add_string(&text, person->name.name);
    text = text_in(ret_registered->kana, sizeof ret_registered->kana);
    text_add_string(&text, person->name.kana);
    text = text_in(ret_registered->address, sizeof ret_registered->address);
    text_add_string(&text, person->address);
    write_block(ret_registered->address, sizeof ret_registered->address);
    if (dice_hits(&dice, REGISTER_DIFFERENT_PPM))
        spell_otherwise(ret_registered, &dice);
}

/* ---- files ---------------------------------------------------------------------------------- */

static bool
write_person(FILE *file, const struct plan *plan, const struct person *person, bool is_claim)
{
    char              digits[PERSONAL_NUMBER_SIZE], birth_date[DAY_ISO_SIZE];
    struct registered registered;

    personal_number_make(plan->seed, person->person_id, digits);
    day_format_iso(person->birth_date, birth_date);
    if (is_claim)
        return fprintf(file, "%s\t%s\t%s\t%s\t%d\t%s\n", digits, person->name.name,
                       person->name.kana, birth_date, (int)person->sex, person->address)
               > 0;
    registered_make(plan, person, &registered);
    return fprintf(file, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", digits, registered.name,
                   registered.kana, birth_date, (int)person->sex, registered.address,
                   person->name.other, person->name.other_kana)
           > 0;
}

static bool
write_people(FILE *file, const struct plan *plan, const struct roster *roster, bool is_claim)
{
    struct family *family = malloc(sizeof *family);
    bool           is_done = family != NULL && family_open(family);

    for (size_t f = 0; is_done && f < roster->family_count; f++) {
        is_done = roster_family(roster, plan, f, family);
        for (size_t i = 0; is_done && i < family->count; i++)
            is_done = write_person(file, plan, &family->people[i], is_claim);
    }
    if (family != NULL)
        family_close(family);
    free(family);
    return is_done;
}

static bool
write_file(const char *path, const struct plan *plan, const struct roster *roster, bool is_claim)
{
    FILE *file = fopen(path, "w");
    bool  is_done = file != NULL && write_people(file, plan, roster, is_claim);

    if (file != NULL && fclose(file) != 0)
        is_done = false;
    if (!is_done)
        fprintf(stderr, "population: %s: %s\n", path, strerror(errno));
    return is_done;
}

bool
register_write(const char *path, const struct plan *plan, const struct roster *roster)
{
    return write_file(path, plan, roster, false);
}

bool
claims_write(const char *path, const struct plan *plan, const struct roster *roster)
{
    return write_file(path, plan, roster, true);
}
