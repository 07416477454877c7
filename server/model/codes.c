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

static const struct code_row loss_events[] = {
    { "L01", "death", "死亡", "death" },
    { "L02", "assistance", "生活保護受給開始", "public assistance started" },
    { "L03", "other_insurance", "他の医療保険の資格取得", "other medical insurance acquired" },
    { "L04", "left_work", "退職", "left employment" },
    { "L05", "reached_75", "75歳到達", "reached 75" },
    { "L06", "disabled_from_65", "65歳以上の障害認定", "recognised as disabled at 65 or over" },
    { "L07", "moved_away", "転出", "moved away" },
    { "L08", "no_longer_dependant", "被扶養者でなくなった", "no longer a dependant" },
    { "L09", "continuation_ended", "任意継続の終了", "voluntary continuation ended" },
    { "L10", "stay_ended", "在留期限・出国", "end of stay or departure" },
    { "L11", "cancelled", "取消（誤登録）", "cancelled: registered in error" },
};

static const struct code_row operations[] = {
    { "1", "acquire", "資格取得", "coverage acquired" },
    { "2", "change", "変更", "change of person or coverage" },
    { "3", "lose", "資格喪失", "coverage lost" },
    { "4", "cancel", "取消", "coverage that never existed" },
    { "5", "ceiling", "限度額適用認定証", "ceiling certificate" },
    { "6", "elderly_certificate", "高齢受給者証", "elderly recipient certificate" },
    { "7", "specific_disease", "特定疾病療養受療証", "specific disease certificate" },
    { "8", "public_benefit", "公費負担医療", "public benefit" },
    { "9", "eligibility_certificate", "資格確認書の交付", "eligibility certificate issued" },
    { "10", "checkup", "健診結果", "results of a checkup" },
};

static const struct code_row number_sources[] = {
    { "1", "submitted", "本人・事業主からの届出", "submitted by the person or the employer" },
    { "2", "looked_up", "保険者による照会", "looked up by the insurer in the resident register" },
    { "3", "other", "その他", "other" },
};

static const struct code_row number_absences[] = {
    { "1", "not_submitted", "未提出（催促中）", "not submitted, asked for again" },
    { "2", "not_found", "照会したが特定できない", "looked up and not found" },
    { "3", "not_assigned", "付番されていない（国外居住など）", "none assigned, as for residents of other countries" },
    { "4", "newborn", "出生後で番号が未通知", "newborn, not yet notified" },
    { "5", "declined", "提出を拒まれた", "the person declines to submit it" },
    { "6", "other", "その他", "other" },
};

static const struct code_row delay_reasons[] = {
    { "1", "number_missing", "個人番号の確認に時間を要した", "the personal number had to be found" },
    { "2", "identity_check", "本人確認・住民基本台帳との照合に時間を要した", "identity had to be checked with the resident register" },
    { "3", "notice_returned", "届出の不備による返戻", "the notification was faulty and went back" },
    { "4", "dependant_review", "被扶養者認定の審査", "a dependant had to be examined" },
    { "5", "volume", "事務の集中", "unusual volume of work" },
    { "6", "system_failure", "システム障害", "failure of a system" },
    { "7", "disaster", "災害", "disaster" },
    { "8", "retroactive", "遡及した届出・決定", "a notification or decision that reaches back" },
    { "9", "correction", "誤りの訂正", "correction of an earlier registration" },
    { "10", "overlooked", "事務処理の遺漏", "overlooked" },
    { "99", "other", "その他", "other" },
};

static const struct code_row certificate_reasons[] = {
    { "1", "lost", "マイナンバーカードの紛失", "card lost" },
    { "2", "renewing", "マイナンバーカードの更新中", "card being renewed" },
    { "3", "not_held", "マイナンバーカード未取得（要介護高齢者・こども等）", "no card held: elderly in care, children, others" },
    { "4", "assisted", "第三者（介助者・ベビーシッター等）の補助が必要", "a third person must help with the check" },
    { "5", "proxy_pickup", "代理人による薬剤の受け取り", "somebody else fetches medicine" },
    { "6", "not_registered", "利用登録なし", "card not registered as insurance card" },
    { "7", "registration_cancelled", "利用登録の解除", "registration of the card cancelled" },
    { "8", "certificate_expired", "電子証明書の失効・有効期限切れ", "user certificate expired or revoked" },
    { "9", "ex_officio", "職権交付（後期高齢者の一律交付等）", "issued ex officio, as for everyone in old-age care" },
};

static const struct code_row confirm_reasons[] = {
    { "1", "documents_checked", "本人確認書類で確認", "checked with identity documents" },
    { "2", "person_asked", "本人に確認", "the person was asked" },
    { "3", "employer_asked", "事業主に確認", "the employer was asked" },
    { "4", "name_changed", "婚姻等による氏名変更", "name changed, as by marriage" },
    { "5", "reading_differs", "フリガナの表記の違い", "the reading is only written differently" },
    { "6", "alias_used", "通称の使用", "an alias is used" },
    { "7", "moved", "転居", "moved" },
    { "8", "register_being_corrected", "住民票の訂正手続中", "the resident register is being corrected" },
    { "9", "other", "その他", "other" },
};

static const struct code_row discrepancy_answers[] = {
    { "1", "corrected", "登録を訂正した", "registration corrected" },
    { "2", "registry_right", "登録が正しい（券面が古い等）", "the registry is right; the paper shown is out of date" },
    { "3", "not_ours", "当保険者の資格ではない", "not a coverage of this insurer" },
    { "4", "no_finding", "確認できなかった", "closed without a finding" },
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
    [CODE_LOSS_EVENT] = { "loss_reason", loss_events, ARRAY_LEN(loss_events) },
    [CODE_OPERATION] = { "operation", operations, ARRAY_LEN(operations) },
    [CODE_NUMBER_SOURCE] = { "number_source", number_sources, ARRAY_LEN(number_sources) },
    [CODE_NUMBER_ABSENCE] = { "number_absence", number_absences, ARRAY_LEN(number_absences) },
    [CODE_DELAY_REASON] = { "delay_reason", delay_reasons, ARRAY_LEN(delay_reasons) },
    [CODE_CERTIFICATE_REASON] = { "certificate_reason", certificate_reasons, ARRAY_LEN(certificate_reasons) },
    [CODE_CONFIRM_REASON] = { "confirm_reason", confirm_reasons, ARRAY_LEN(confirm_reasons) },
    [CODE_DISCREPANCY_ANSWER] = { "discrepancy_answer", discrepancy_answers, ARRAY_LEN(discrepancy_answers) },
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
