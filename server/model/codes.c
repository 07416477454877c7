#include "model/codes.h"

#include "base/attr.h"

#include <assert.h>

/* clang-format off */
static const struct code_row validities[] = {
    { "1", "1", "有効", "valid" },
    { "2", "2", "無効", "not valid" },
    { "3", "3", "無効（新しい資格あり）", "not valid, newer coverage exists" },
    { "4", "4", "該当資格なし", "no such coverage" },
    { "5", "5", "複数該当", "several coverages match" },
    { "6", "6", "有効（未登録）", "valid, not registered" },
};

static const struct code_row sexes[] = {
    { "1", "1", "男", "male" },
    { "2", "2", "女", "female" },
    { "3", "3", "未設定", "not set" },
};

static const struct code_row loss_reasons[] = {
    { "01", "01", "死亡", "death" },
    { "02", "02", "生活保護受給開始", "public assistance started" },
    { "03", "03", "医療保険等の資格取得", "other medical insurance acquired" },
    { "99", "99", "その他", "other" },
};

static const struct code_row relations[] = {
    { "1", "1", "本人", "insured person" },
    { "2", "2", "家族", "family member" },
};

static const struct code_row card_classes[] = {
    { "01", "01", "被保険者証（一般）", "general" },
    { "02", "02", "被保険者証（退職）", "retired" },
    { "03", "03", "短期被保険者証（一般）", "short-term, general" },
    { "04", "04", "短期被保険者証（退職）", "short-term, retired" },
    { "05", "05", "特別療養費支給対象者", "special medical expense (pays in full, refunded later)" },
    { "06", "06", "特例退職被保険者証", "special retired" },
    { "07", "07", "自衛官診療証", "self-defence forces" },
    { "A1", "A1", "医療扶助", "medical assistance" },
};

static const struct code_row ceiling_classifications[] = {
    { "01", "01", "限度額適用認定証", "ceiling certificate" },
    { "02", "02", "限度額適用・標準負担額減額認定証", "ceiling and meal cost reduction certificate" },
    { "03", "03", "標準負担額減額認定証", "meal cost reduction certificate" },
};

static const struct code_row ceiling_classes[] = {
    { "A01", "A01", "ア", "under 70: a" },
    { "A02", "A02", "イ", "under 70: i" },
    { "A03", "A03", "ウ", "under 70: u" },
    { "A04", "A04", "エ", "under 70: e" },
    { "A05", "A05", "オ", "under 70: o" },
    { "A06", "A06", "オ（境）", "under 70: o, borderline of public assistance" },
    { "B01", "B01", "現役並みⅢ", "70 and over: as active III" },
    { "B02", "B02", "現役並みⅡ", "70 and over: as active II" },
    { "B03", "B03", "現役並みⅠ", "70 and over: as active I" },
    { "B04", "B04", "一般", "70 to 74: general" },
    { "B05", "B05", "低所得Ⅱ", "70 and over: low income II" },
    { "B06", "B06", "低所得Ⅰ", "70 and over: low income I" },
    { "B07", "B07", "低所得Ⅰ（老福）", "70 and over: low income I, old-age welfare pension" },
    { "B08", "B08", "低所得Ⅰ（境）", "70 and over: low income I, borderline of public assistance" },
    { "B09", "B09", "一般Ⅱ", "75 and over: general II" },
    { "B10", "B10", "一般Ⅰ", "75 and over: general I" },
};

static const struct code_row diseases[] = {
    { "1", "1", "人工透析を必要とする慢性腎不全", "chronic renal failure that needs dialysis" },
    { "2", "2", "先天性血液凝固因子障害", "congenital coagulation factor disorder" },
    { "3", "3", "血液凝固因子製剤に起因するHIV感染症", "HIV infection from coagulation factor products" },
};

static const struct code_row preschool[] = {
    { "1", "1", "未就学該当", "before school age" },
};

static const struct code_row consents[] = {
    { "0", "0", "同意なし", "no consent" },
    { "1", "1", "同意あり", "consent" },
    { "2", "2", "同意有効期限切れ", "consent expired" },
    { "3", "3", "同意取得困難", "consent could not be obtained" },
};

static const struct code_row tickets[] = {
    { "01", "01", "医療券", "medical ticket" },
    { "02", "02", "調剤券", "dispensing ticket" },
};

static const struct code_row treatments[] = {
    { "01", "01", "入院", "inpatient" },
    { "02", "02", "入院外", "outpatient" },
    { "03", "03", "歯科", "dental" },
    { "04", "04", "調剤", "dispensing" },
    { "05", "05", "訪問看護", "home nursing" },
};

static const struct code_row facility_kinds[] = {
    { "1", "hospital", "病院", "hospital" },
    { "2", "medical_clinic", "医科診療所", "medical clinic" },
    { "3", "dental_clinic", "歯科診療所", "dental clinic" },
    { "4", "pharmacy", "薬局", "pharmacy" },
    { "5", "home_nursing", "訪問看護ステーション", "home nursing station" },
    { "6", "judo_acupuncture", "柔道整復・あはき施術所", "judo therapist or acupuncturist" },
};

static const struct code_row facility_statuses[] = {
    { "1", "applied", "利用申請中", "applied" },
    { "2", "ready", "準備完了", "ready" },
    { "3", "operating", "運用中", "operating" },
    { "4", "suspended", "停止", "suspended" },
};

static const struct code_row rights_profiles[] = {
    { "1", "full", "全機能", "full" },
    { "2", "eligibility_only", "資格確認限定", "eligibility only" },
};

static const struct code_row purposes[] = {
    { "1", "treatment", "診療", "treatment" },
    { "2", "dispensing", "調剤", "dispensing" },
    { "3", "reception", "受付", "reception" },
    { "4", "claim", "請求前の確認", "before a claim is sent" },
    { "5", "home_visit", "訪問診療等", "home visit" },
    { "6", "other", "その他", "other" },
};

static const struct code_row insurer_kinds[] = {
    { "1", "association", "全国健康保険協会", "Japan Health Insurance Association" },
    { "2", "society", "健康保険組合", "health insurance society" },
    { "3", "mutual_aid", "共済組合", "mutual aid association" },
    { "4", "national", "市町村国民健康保険", "municipal national health insurance" },
    { "5", "national_union", "国民健康保険組合", "national health insurance society" },
    { "6", "old_age", "後期高齢者医療広域連合", "medical care for the elderly" },
    { "7", "seamen", "船員保険", "seamen's insurance" },
    { "8", "assistance", "福祉事務所", "welfare office (medical assistance)" },
    { "9", "other", "その他", "other" },
};

static const struct code_table_row tables[] = {
    [CODE_VALIDITY] = { "OQSCD006", validities, ARRAY_LEN(validities) },
    [CODE_SEX] = { "OQSCD007", sexes, ARRAY_LEN(sexes) },
    [CODE_LOSS_REASON] = { "OQSCD008", loss_reasons, ARRAY_LEN(loss_reasons) },
    [CODE_RELATION] = { "OQSCD009", relations, ARRAY_LEN(relations) },
    [CODE_CARD_CLASS] = { "OQSCD010", card_classes, ARRAY_LEN(card_classes) },
    [CODE_CEILING_CLASSIFICATION] = { "OQSCD011", ceiling_classifications, ARRAY_LEN(ceiling_classifications) },
    [CODE_CEILING_CLASS] = { "OQSCD012", ceiling_classes, ARRAY_LEN(ceiling_classes) },
    [CODE_DISEASE] = { "OQSCD013", diseases, ARRAY_LEN(diseases) },
    [CODE_PRESCHOOL] = { "OQSCD015", preschool, ARRAY_LEN(preschool) },
    [CODE_CONSENT] = { "OQSCD016", consents, ARRAY_LEN(consents) },
    [CODE_TICKET] = { "OQSCD018", tickets, ARRAY_LEN(tickets) },
    [CODE_TREATMENT] = { "OQSCD019", treatments, ARRAY_LEN(treatments) },
    [CODE_FACILITY_KIND] = { "facility_kind", facility_kinds, ARRAY_LEN(facility_kinds) },
    [CODE_FACILITY_STATUS] = { "facility_status", facility_statuses, ARRAY_LEN(facility_statuses) },
    [CODE_RIGHTS_PROFILE] = { "rights_profile", rights_profiles, ARRAY_LEN(rights_profiles) },
    [CODE_PURPOSE] = { "purpose", purposes, ARRAY_LEN(purposes) },
    [CODE_INSURER_KIND] = { "insurer_kind", insurer_kinds, ARRAY_LEN(insurer_kinds) },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(tables) == CODE_TABLE_COUNT, "every table of codes has its rows");

const struct code_table_row *
code_table_info(enum code_table table)
{
    assert(table < CODE_TABLE_COUNT);
    return &tables[table];
}

const struct code_row *
code_info(enum code_table table, struct span code)
{
    const struct code_table_row *info = code_table_info(table);

    for (size_t i = 0; i < info->count; i++)
        if (span_is(code, info->rows[i].code))
            return &info->rows[i];
    return NULL;
}

const struct code_row *
code_of_name(enum code_table table, struct span name)
{
    const struct code_table_row *info = code_table_info(table);

    for (size_t i = 0; i < info->count; i++)
        if (span_is(name, info->rows[i].name))
            return &info->rows[i];
    return NULL;
}

static int
number_of(const struct code_row *row)
{
    int number = 0;

    for (const char *digit = row->code; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9')
            return 0;
        number = number * 10 + (*digit - '0');
    }
    return number;
}

const char *
code_name(enum code_table table, int number)
{
    const struct code_table_row *info = code_table_info(table);

    for (size_t i = 0; i < info->count; i++)
        if (number > 0 && number_of(&info->rows[i]) == number)
            return info->rows[i].name;
    return NULL;
}

int
code_number_of_name(enum code_table table, struct span name)
{
    const struct code_row *row = code_of_name(table, name);
    return row == NULL ? 0 : number_of(row);
}
