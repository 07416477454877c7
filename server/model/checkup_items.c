#include "model/checkup.h"

#include "base/attr.h"

/* 2024-04-01: from that day the answers of the fourth period count (第4期). */
enum { FOURTH_PERIOD = 19814 };

/* clang-format off */
static const struct checkup_choice remarks[] = {
    { "1", "特記すべきことあり" },
    { "2", "特記すべきことなし" },
    { 0 },
};

static const struct checkup_choice meals[] = {
    { "1", "食後10時間未満" },
    { "2", "食後10時間以上" },
    { "3", "食後3.5時間以上10時間未満" },
    { "4", "食後3.5時間未満" },
    { 0 },
};

static const struct checkup_choice strips[] = {
    { "1", "－" },
    { "2", "±" },
    { "3", "＋" },
    { "4", "＋＋" },
    { "5", "＋＋＋" },
    { 0 },
};

static const struct checkup_choice finding[] = {
    { "1", "所見あり" },
    { "2", "所見なし" },
    { 0 },
};

static const struct checkup_choice metabolic[] = {
    { "1", "基準該当" },
    { "2", "予備群該当" },
    { "3", "非該当" },
    { "4", "判定不能" },
    { 0 },
};

static const struct checkup_choice guidance[] = {
    { "1", "積極的支援" },
    { "2", "動機付け支援" },
    { "3", "なし（情報提供）" },
    { "4", "判定不能" },
    { 0 },
};

static const struct checkup_choice medicine[] = {
    { "1", "服薬あり" },
    { "2", "服薬なし" },
    { 0 },
};

static const struct checkup_choice yes_no[] = {
    { "1", "はい" },
    { "2", "いいえ" },
    { 0 },
};

static const struct checkup_choice smoking[] = {
    { "1", "はい" },
    { "2", "以前は吸っていたが、最近1か月間は吸っていない" },
    { "3", "いいえ" },
    { 0 },
};

static const struct checkup_choice chewing[] = {
    { "1", "何でもかんで食べることができる" },
    { "2", "歯や歯ぐき、かみあわせなど気になる部分があり、かみにくいことがある" },
    { "3", "ほとんどかめない" },
    { 0 },
};

static const struct checkup_choice speed[] = {
    { "1", "速い" },
    { "2", "ふつう" },
    { "3", "遅い" },
    { 0 },
};

static const struct checkup_choice snacks[] = {
    { "1", "毎日" },
    { "2", "時々" },
    { "3", "ほとんど摂取しない" },
    { 0 },
};

static const struct checkup_choice drinking[] = {
    { "1", "毎日" },
    { "2", "時々" },
    { "3", "ほとんど飲まない（飲めない）" },
    { 0 },
};

static const struct checkup_choice drinking_2024[] = {
    { "1", "毎日" },
    { "2", "週5～6日" },
    { "3", "週3～4日" },
    { "4", "週1～2日" },
    { "5", "月に1～3日" },
    { "6", "月に1日未満" },
    { "7", "やめた" },
    { "8", "飲まない（飲めない）" },
    { 0 },
};

static const struct checkup_choice amount[] = {
    { "1", "1合未満" },
    { "2", "1～2合未満" },
    { "3", "2～3合未満" },
    { "4", "3合以上" },
    { 0 },
};

static const struct checkup_choice amount_2024[] = {
    { "1", "1合未満" },
    { "2", "1～2合未満" },
    { "3", "2～3合未満" },
    { "4", "3～5合未満" },
    { "5", "5合以上" },
    { 0 },
};

static const struct checkup_choice change[] = {
    { "1", "意思なし" },
    { "2", "意思あり（6か月以内）" },
    { "3", "意思あり（近いうち）" },
    { "4", "取組済み（6か月未満）" },
    { "5", "取組済み（6か月以上）" },
    { 0 },
};

static const struct checkup_choice health[] = {
    { "1", "よい" },
    { "2", "まあよい" },
    { "3", "ふつう" },
    { "4", "あまりよくない" },
    { "5", "よくない" },
    { 0 },
};

static const struct checkup_choice content[] = {
    { "1", "満足" },
    { "2", "やや満足" },
    { "3", "やや不満" },
    { "4", "不満" },
    { 0 },
};

static const struct checkup_choice smoking_elderly[] = {
    { "1", "吸っている" },
    { "2", "吸っていない" },
    { "3", "やめた" },
    { 0 },
};

/* Sorted by code, rows of one code by their day: they are searched, and shown in this order. Input
   ranges of 2A are those of the field; the others are where a slip is likelier than a measurement. */
const struct checkup_item checkup_items[] = {
    { "1A010000000190111", "尿蛋白（目視）", CHECKUP_CHOICE, NULL, 0, 0, 0, strips, 0 },
    { "1A010000000191111", "尿蛋白（機械読み取り）", CHECKUP_CHOICE, NULL, 0, 0, 0, strips, 0 },
    { "1A020000000190111", "尿糖（目視）", CHECKUP_CHOICE, NULL, 0, 0, 0, strips, 0 },
    { "1A020000000191111", "尿糖（機械読み取り）", CHECKUP_CHOICE, NULL, 0, 0, 0, strips, 0 },
    { "2A020000001930101", "赤血球数", CHECKUP_QUANTITY, "万/mm3", 0, 0, 100000, NULL, 0 },
    { "2A020161001930149", "貧血検査（実施理由）", CHECKUP_TEXT, NULL, 0, 0, 0, NULL, 0 },
    { "2A030000001930101", "血色素量（ヘモグロビン値）", CHECKUP_QUANTITY, "g/dL", 1, 0, 3000, NULL, 0 },
    { "2A040000001930102", "ヘマトクリット値", CHECKUP_QUANTITY, "%", 1, 0, 9990, NULL, 0 },
    { "3B035000002327201", "AST（GOT）（紫外吸光光度法）", CHECKUP_QUANTITY, "U/L", 0, 0, 100000, NULL, 0 },
    { "3B035000002399901", "AST（GOT）（その他）", CHECKUP_QUANTITY, "U/L", 0, 0, 100000, NULL, 0 },
    { "3B045000002327201", "ALT（GPT）（紫外吸光光度法）", CHECKUP_QUANTITY, "U/L", 0, 0, 100000, NULL, 0 },
    { "3B045000002399901", "ALT（GPT）（その他）", CHECKUP_QUANTITY, "U/L", 0, 0, 100000, NULL, 0 },
    { "3B090000002327101", "γ-GT（γ-GTP）（可視吸光光度法）", CHECKUP_QUANTITY, "U/L", 0, 0, 100000, NULL, 0 },
    { "3B090000002399901", "γ-GT（γ-GTP）（その他）", CHECKUP_QUANTITY, "U/L", 0, 0, 100000, NULL, 0 },
    { "3C015000002327101", "血清クレアチニン（可視吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 2, 10, 2000, NULL, 0 },
    { "3C015000002399901", "血清クレアチニン（その他）", CHECKUP_QUANTITY, "mg/dL", 2, 10, 2000, NULL, 0 },
    { "3C020000002327101", "血清尿酸（可視吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 1, 10, 3000, NULL, 0 },
    { "3C020000002399901", "血清尿酸（その他）", CHECKUP_QUANTITY, "mg/dL", 1, 10, 3000, NULL, 0 },
    { "3D010000001926101", "空腹時血糖（電位差法）", CHECKUP_QUANTITY, "mg/dL", 0, 2000, 60000, NULL, 0 },
    { "3D010000001927201", "空腹時血糖（紫外吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 2000, 60000, NULL, 0 },
    { "3D010000001999901", "空腹時血糖（その他）", CHECKUP_QUANTITY, "mg/dL", 0, 2000, 60000, NULL, 0 },
    { "3D010000002227101", "空腹時血糖（可視吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 2000, 60000, NULL, 0 },
    { "3D010129901926101", "随時血糖（電位差法）", CHECKUP_QUANTITY, "mg/dL", 0, 2000, 60000, NULL, 0 },
    { "3D010129901927201", "随時血糖（紫外吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 2000, 60000, NULL, 0 },
    { "3D010129901999901", "随時血糖（その他）", CHECKUP_QUANTITY, "mg/dL", 0, 2000, 60000, NULL, 0 },
    { "3D010129902227101", "随時血糖（可視吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 2000, 60000, NULL, 0 },
    { "3D046000001906202", "HbA1c（NGSP）（免疫学的方法）", CHECKUP_QUANTITY, "%", 1, 300, 2000, NULL, 0 },
    { "3D046000001920402", "HbA1c（NGSP）（HPLC）", CHECKUP_QUANTITY, "%", 1, 300, 2000, NULL, 0 },
    { "3D046000001927102", "HbA1c（NGSP）（酵素法）", CHECKUP_QUANTITY, "%", 1, 300, 2000, NULL, 0 },
    { "3D046000001999902", "HbA1c（NGSP）（その他）", CHECKUP_QUANTITY, "%", 1, 300, 2000, NULL, 0 },
    { "3F015000002327101", "空腹時中性脂肪（可視吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 200000, NULL, 0 },
    { "3F015000002327201", "空腹時中性脂肪（紫外吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 200000, NULL, 0 },
    { "3F015000002399901", "空腹時中性脂肪（その他）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 200000, NULL, 0 },
    { "3F015129902327101", "随時中性脂肪（可視吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 200000, NULL, 0 },
    { "3F015129902327201", "随時中性脂肪（紫外吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 200000, NULL, 0 },
    { "3F015129902399901", "随時中性脂肪（その他）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 200000, NULL, 0 },
    { "3F069000002391901", "Non-HDLコレステロール", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 100000, NULL, 0 },
    { "3F070000002327101", "HDLコレステロール（可視吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 50000, NULL, 0 },
    { "3F070000002327201", "HDLコレステロール（紫外吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 50000, NULL, 0 },
    { "3F070000002399901", "HDLコレステロール（その他）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 50000, NULL, 0 },
    { "3F077000002327101", "LDLコレステロール（可視吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 100000, NULL, 0 },
    { "3F077000002327201", "LDLコレステロール（紫外吸光光度法）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 100000, NULL, 0 },
    { "3F077000002391901", "LDLコレステロール（計算法）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 100000, NULL, 0 },
    { "3F077000002399901", "LDLコレステロール（その他）", CHECKUP_QUANTITY, "mg/dL", 0, 1000, 100000, NULL, 0 },
    { "8A065000002391901", "eGFR", CHECKUP_QUANTITY, "mL/min/1.73m2", 1, 0, 25000, NULL, 0 },
    { "9A110160700000011", "心電図（所見の有無）", CHECKUP_CHOICE, NULL, 0, 0, 0, finding, 0 },
    { "9A110160800000049", "心電図（所見）", CHECKUP_TEXT, NULL, 0, 0, 0, NULL, 0 },
    { "9A110161000000049", "心電図（実施理由）", CHECKUP_TEXT, NULL, 0, 0, 0, NULL, 0 },
    { "9A751000000000001", "収縮期血圧（1回目）", CHECKUP_QUANTITY, "mmHg", 0, 3000, 30000, NULL, 0 },
    { "9A752000000000001", "収縮期血圧（2回目）", CHECKUP_QUANTITY, "mmHg", 0, 3000, 30000, NULL, 0 },
    { "9A755000000000001", "収縮期血圧（その他）", CHECKUP_QUANTITY, "mmHg", 0, 3000, 30000, NULL, 0 },
    { "9A761000000000001", "拡張期血圧（1回目）", CHECKUP_QUANTITY, "mmHg", 0, 2000, 20000, NULL, 0 },
    { "9A762000000000001", "拡張期血圧（2回目）", CHECKUP_QUANTITY, "mmHg", 0, 2000, 20000, NULL, 0 },
    { "9A765000000000001", "拡張期血圧（その他）", CHECKUP_QUANTITY, "mmHg", 0, 2000, 20000, NULL, 0 },
    { "9N001000000000001", "身長", CHECKUP_QUANTITY, "cm", 1, 5000, 25000, NULL, 0 },
    { "9N006000000000001", "体重", CHECKUP_QUANTITY, "kg", 1, 1000, 30000, NULL, 0 },
    { "9N011000000000001", "BMI", CHECKUP_QUANTITY, "kg/m2", 1, 500, 10000, NULL, 0 },
    { "9N016160100000001", "腹囲（実測）", CHECKUP_QUANTITY, "cm", 1, 3000, 25000, NULL, 0 },
    { "9N016160200000001", "腹囲（自己判定）", CHECKUP_QUANTITY, "cm", 1, 3000, 25000, NULL, 0 },
    { "9N016160300000001", "腹囲（自己申告）", CHECKUP_QUANTITY, "cm", 1, 3000, 25000, NULL, 0 },
    { "9N021000000000001", "内臓脂肪面積", CHECKUP_QUANTITY, "cm2", 1, 0, 100000, NULL, 0 },
    { "9N056000000000011", "既往歴", CHECKUP_CHOICE, NULL, 0, 0, 0, remarks, 0 },
    { "9N056160400000049", "具体的な既往歴", CHECKUP_TEXT, NULL, 0, 0, 0, NULL, 0 },
    { "9N061000000000011", "自覚症状", CHECKUP_CHOICE, NULL, 0, 0, 0, remarks, 0 },
    { "9N061160800000049", "自覚症状（所見）", CHECKUP_TEXT, NULL, 0, 0, 0, NULL, 0 },
    { "9N066000000000011", "他覚症状", CHECKUP_CHOICE, NULL, 0, 0, 0, remarks, 0 },
    { "9N066160800000049", "他覚症状（所見）", CHECKUP_TEXT, NULL, 0, 0, 0, NULL, 0 },
    { "9N141000000000011", "採血時間（食後）", CHECKUP_CHOICE, NULL, 0, 0, 0, meals, 0 },
    { "9N501000000000011", "メタボリックシンドローム判定", CHECKUP_CHOICE, NULL, 0, 0, 0, metabolic, 0 },
    { "9N506000000000011", "保健指導レベル", CHECKUP_CHOICE, NULL, 0, 0, 0, guidance, 0 },
    { "9N511000000000049", "医師の診断（判定）", CHECKUP_TEXT, NULL, 0, 0, 0, NULL, 0 },
    { "9N516000000000049", "健康診断を実施した医師の氏名", CHECKUP_TEXT, NULL, 0, 0, 0, NULL, 0 },
    { "9N701000000000011", "服薬1（血圧）", CHECKUP_CHOICE, NULL, 0, 0, 0, medicine, 0 },
    { "9N706000000000011", "服薬2（血糖）", CHECKUP_CHOICE, NULL, 0, 0, 0, medicine, 0 },
    { "9N711000000000011", "服薬3（脂質）", CHECKUP_CHOICE, NULL, 0, 0, 0, medicine, 0 },
    { "9N716000000000011", "既往歴1（脳血管）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N721000000000011", "既往歴2（心血管）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N726000000000011", "既往歴3（腎不全・人工透析）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N731000000000011", "貧血", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N736000000000011", "喫煙", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N736000000000011", "喫煙", CHECKUP_CHOICE, NULL, 0, 0, 0, smoking, FOURTH_PERIOD },
    { "9N741000000000011", "20歳からの体重変化", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N746000000000011", "30分以上の運動習慣", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N751000000000011", "歩行又は身体活動", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N756000000000011", "歩行速度", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N761000000000011", "1年間の体重変化", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N766000000000011", "食べ方1（早食い等）", CHECKUP_CHOICE, NULL, 0, 0, 0, speed, 0 },
    { "9N771000000000011", "食べ方2（就寝前）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N776000000000011", "食べ方3（夜食／間食）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N781000000000011", "食習慣", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N782000000000011", "食べ方3（間食）", CHECKUP_CHOICE, NULL, 0, 0, 0, snacks, 0 },
    { "9N786000000000011", "飲酒", CHECKUP_CHOICE, NULL, 0, 0, 0, drinking, 0 },
    { "9N786000000000011", "飲酒", CHECKUP_CHOICE, NULL, 0, 0, 0, drinking_2024, FOURTH_PERIOD },
    { "9N791000000000011", "飲酒量", CHECKUP_CHOICE, NULL, 0, 0, 0, amount, 0 },
    { "9N791000000000011", "飲酒量", CHECKUP_CHOICE, NULL, 0, 0, 0, amount_2024, FOURTH_PERIOD },
    { "9N796000000000011", "睡眠", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N801000000000011", "生活習慣の改善", CHECKUP_CHOICE, NULL, 0, 0, 0, change, 0 },
    { "9N806000000000011", "保健指導の希望", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N808000000000011", "特定保健指導の受診歴", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N872000000000011", "咀嚼", CHECKUP_CHOICE, NULL, 0, 0, 0, chewing, 0 },
    { "9N932000000000011", "後期高齢者の質問票 健康状態", CHECKUP_CHOICE, NULL, 0, 0, 0, health, 0 },
    { "9N933000000000011", "後期高齢者の質問票 心の健康状態", CHECKUP_CHOICE, NULL, 0, 0, 0, content, 0 },
    { "9N934000000000011", "後期高齢者の質問票 食習慣（1日3食）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N935000000000011", "後期高齢者の質問票 口腔機能（固いもの）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N936000000000011", "後期高齢者の質問票 口腔機能（むせ）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N937000000000011", "後期高齢者の質問票 体重変化", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N938000000000011", "後期高齢者の質問票 運動・転倒（歩行速度）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N939000000000011", "後期高齢者の質問票 運動・転倒（転倒）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N940000000000011", "後期高齢者の質問票 運動・転倒（運動習慣）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N941000000000011", "後期高齢者の質問票 認知機能（物忘れ）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N942000000000011", "後期高齢者の質問票 認知機能（日付）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N943000000000011", "後期高齢者の質問票 喫煙", CHECKUP_CHOICE, NULL, 0, 0, 0, smoking_elderly, 0 },
    { "9N944000000000011", "後期高齢者の質問票 社会参加（外出）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N945000000000011", "後期高齢者の質問票 社会参加（付き合い）", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
    { "9N946000000000011", "後期高齢者の質問票 ソーシャルサポート", CHECKUP_CHOICE, NULL, 0, 0, 0, yes_no, 0 },
};
/* clang-format on */
const size_t checkup_item_count = ARRAY_LEN(checkup_items);
