#include "name.h"

#include "base/attr.h"
#include "base/text.h"

enum { FOREIGN_PPM = 22000, VARIANT_PPM = 300000, LARGE_KANA_PPM = 8700, COMMON_NAME_PPM = 400000 };

/* clang-format off */
struct surname_row {
    uint16_t    weight;
    const char *written;
    const char *kana;
    const char *variants[3];
};

static const struct surname_row surnames[] = {
    { 189, "佐藤", "サトウ", { 0 } },         { 181, "鈴木", "スズキ", { 0 } },
    { 142, "高橋", "タカハシ", { "髙橋" } },  { 134, "田中", "タナカ", { 0 } },
    { 108, "伊藤", "イトウ", { 0 } },         { 107, "渡辺", "ワタナベ", { "渡邊", "渡邉" } },
    { 106, "山本", "ヤマモト", { 0 } },       { 105, "中村", "ナカムラ", { 0 } },
    { 103, "小林", "コバヤシ", { 0 } },       { 89,  "加藤", "カトウ", { 0 } },
    { 83,  "吉田", "ヨシダ", { "𠮷田" } },    { 81,  "山田", "ヤマダ", { 0 } },
    { 67,  "佐々木", "ササキ", { 0 } },       { 64,  "山口", "ヤマグチ", { 0 } },
    { 63,  "松本", "マツモト", { 0 } },       { 61,  "井上", "イノウエ", { 0 } },
    { 57,  "木村", "キムラ", { 0 } },         { 55,  "林", "ハヤシ", { 0 } },
    { 55,  "斎藤", "サイトウ", { "齋藤", "斉藤", "齊藤" } },
    { 54,  "清水", "シミズ", { 0 } },         { 48,  "山崎", "ヤマザキ", { "山﨑" } },
    { 46,  "森", "モリ", { 0 } },             { 45,  "池田", "イケダ", { 0 } },
    { 44,  "橋本", "ハシモト", { 0 } },       { 43,  "阿部", "アベ", { 0 } },
    { 42,  "石川", "イシカワ", { 0 } },       { 40,  "前田", "マエダ", { 0 } },
    { 39,  "藤田", "フジタ", { 0 } },         { 38,  "小川", "オガワ", { 0 } },
    { 38,  "後藤", "ゴトウ", { 0 } },         { 37,  "岡田", "オカダ", { 0 } },
    { 36,  "長谷川", "ハセガワ", { 0 } },     { 35,  "村上", "ムラカミ", { 0 } },
    { 34,  "近藤", "コンドウ", { 0 } },       { 33,  "石井", "イシイ", { 0 } },
    { 30,  "坂本", "サカモト", { 0 } },       { 29,  "遠藤", "エンドウ", { 0 } },
    { 27,  "大野", "オオノ", { 0 } },         { 25,  "中川", "ナカガワ", { 0 } },
    { 20,  "浜田", "ハマダ", { "濱田", "濵田" } },
    { 18,  "久保", "クボ", { 0 } },           { 15,  "辻", "ツジ", { "辻󠄀" } },
};

struct given_row {
    const char *written;
    const char *kana;
};

static const struct given_row given_male[] = {
    { "翔", "ショウ" },     { "蓮", "レン" },       { "大輔", "ダイスケ" }, { "健一", "ケンイチ" },
    { "誠", "マコト" },     { "隆", "タカシ" },     { "博", "ヒロシ" },     { "清", "キヨシ" },
    { "勇気", "ユウキ" },   { "純", "ジュン" },     { "慎一郎", "シンイチロウ" }, { "湊", "ミナト" },
    { "太郎", "タロウ" },   { "修", "オサム" },     { "茂", "シゲル" },     { "浩二", "コウジ" },
    { "拓也", "タクヤ" },   { "陽翔", "ハルト" },   { "良平", "リョウヘイ" }, { "京介", "キョウスケ" },
    { "幸雄", "ユキオ" },   { "正", "タダシ" },     { "達也", "タツヤ" },   { "俊介", "シュンスケ" },
};

static const struct given_row given_female[] = {
    { "陽葵", "ヒマリ" },   { "結衣", "ユイ" },     { "愛", "アイ" },       { "美咲", "ミサキ" },
    { "恵子", "ケイコ" },   { "和子", "カズコ" },   { "幸子", "サチコ" },   { "節子", "セツコ" },
    { "京子", "キョウコ" }, { "順子", "ジュンコ" }, { "由美", "ユミ" },     { "久美子", "クミコ" },
    { "さくら", "サクラ" }, { "葵", "アオイ" },     { "凛", "リン" },       { "七海", "ナナミ" },
    { "真由美", "マユミ" }, { "裕子", "ユウコ" },   { "智子", "トモコ" },   { "明美", "アケミ" },
    { "百合子", "ユリコ" }, { "涼子", "リョウコ" }, { "静", "シズカ" },     { "千代", "チヨ" },
};

struct foreign_row {
    const char *latin;
    const char *kana;
};

static const struct foreign_row foreign_surnames[] = {
    { "NGUYEN", "グエン" }, { "TRAN", "チャン" },   { "SMITH", "スミス" },  { "KIM", "キム" },
    { "WANG", "ワン" },     { "SANTOS", "サントス" }, { "GARCÍA", "ガルシア" }, { "MÜLLER", "ミュラー" },
};

static const struct foreign_row foreign_given[] = {
    { "VAN A", "ヴァン ア" }, { "THI HOA", "ティ ホア" }, { "JOHN", "ジョン" }, { "MARIA", "マリア" },
    { "MIN", "ミン" },        { "XIAO", "シャオ" },       { "JOSÉ", "ホセ" },   { "ANNA", "アンナ" },
};

struct kana_pair {
    const char *small;
    const char *large;
};

/* What older systems, which knew no small kana, made of them. */
static const struct kana_pair kana_pairs[] = {
    { "ャ", "ヤ" }, { "ュ", "ユ" }, { "ョ", "ヨ" }, { "ッ", "ツ" },
    { "ァ", "ア" }, { "ィ", "イ" }, { "ゥ", "ウ" }, { "ェ", "エ" }, { "ォ", "オ" },
};
/* clang-format on */

enum { KANA_BYTES = 3 };

struct surname
surname_pick(struct dice *dice)
{
    uint16_t weights[ARRAY_LEN(surnames)];

    for (size_t i = 0; i < ARRAY_LEN(surnames); i++)
        weights[i] = surnames[i].weight;
    const struct surname_row *row = &surnames[dice_pick(dice, weights, ARRAY_LEN(surnames))];
    struct surname            surname = { .written = row->written, .kana = row->kana };

    if (dice_hits(dice, FOREIGN_PPM)) {
        size_t at = dice_below(dice, ARRAY_LEN(foreign_surnames));
        surname.latin = foreign_surnames[at].latin;
        return surname;
    }
    uint32_t count = 0;
    while (count < ARRAY_LEN(row->variants) && row->variants[count] != NULL)
        count++;
    if (count > 0 && dice_hits(dice, VARIANT_PPM))
        surname.written = row->variants[dice_below(dice, count)];
    return surname;
}

static const char *
foreign_kana(const char *latin)
{
    for (size_t i = 0; i < ARRAY_LEN(foreign_surnames); i++)
        if (foreign_surnames[i].latin == latin)
            return foreign_surnames[i].kana;
    return "";
}

static void
kana_enlarge(char *kana)
{
    for (char *at = kana; *at != '\0'; at++)
        for (size_t i = 0; i < ARRAY_LEN(kana_pairs); i++)
            if (strncmp(at, kana_pairs[i].small, KANA_BYTES) == 0)
                memcpy(at, kana_pairs[i].large, KANA_BYTES);
}

static void
full_name(char *place, size_t size_bytes, const char *family, const char *blank, const char *given)
{
    struct text text = text_in(place, size_bytes);
    text_add_format(&text, "%s%s%s", family, blank, given);
}

void
name_make(struct person_name *name, const struct surname *surname, enum sex sex, struct dice *dice)
{
    const struct given_row *given = sex == SEX_MALE
                                        ? &given_male[dice_below(dice, ARRAY_LEN(given_male))]
                                        : &given_female[dice_below(dice, ARRAY_LEN(given_female))];

    name->other[0] = '\0';
    name->other_kana[0] = '\0';
    if (surname->latin != NULL) {
        const struct foreign_row *row = &foreign_given[dice_below(dice, ARRAY_LEN(foreign_given))];
        full_name(name->name, sizeof name->name, surname->latin, " ", row->latin);
        full_name(name->kana, sizeof name->kana, foreign_kana(surname->latin), " ", row->kana);
        if (dice_hits(dice, COMMON_NAME_PPM)) {
            full_name(name->other, sizeof name->other, surname->written, "　", given->written);
            full_name(name->other_kana, sizeof name->other_kana, surname->kana, "　", given->kana);
        }
    } else {
        full_name(name->name, sizeof name->name, surname->written, "　", given->written);
        full_name(name->kana, sizeof name->kana, surname->kana, "　", given->kana);
    }
    if (dice_hits(dice, LARGE_KANA_PPM))
        kana_enlarge(name->kana);
}
