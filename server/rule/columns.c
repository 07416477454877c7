#include "rule/row.h"

#include "rule/rules.h"

#include <assert.h>
#include <stddef.h>

#define AT(member) offsetof(struct enrolment_row, member)
#define NO_CODES   CODE_TABLE_COUNT

/* Letters in the order of the operations: R required, o allowed, - refused. */
/* clang-format off */
static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_OPERATION] = {
        "operation", NULL, COLUMN_CODE, AT(operation), 30, 30, 0,
        CODE_OPERATION, NO_CODES, "RRRRRRRRRR", RULE_OPERATION, "acquire",
        "処理の種類",
        "what the row does" },
    [COLUMN_ROW_KEY] = {
        "row_key", NULL, COLUMN_TEXT, AT(row_key), 64, 192, 0,
        NO_CODES, NO_CODES, "oooooooooo", RULE_TOO_LONG, "2026-000001",
        "保険者が行に付ける名前。報告に返される。個人の値を入れない",
        "your own name of the row, handed back in the report; no value of a person" },
    [COLUMN_INSURER_NUMBER] = {
        "insurer_number", "InsurerNumber", COLUMN_TEXT, AT(insurer_number), 12, 36, 0,
        NO_CODES, NO_CODES, "oooooooooo", RULE_TOO_LONG, "06139018",
        "保険者番号（省略時は証明書の保険者）",
        "insurer number; left out, the insurer of the certificate" },
    [COLUMN_SYMBOL] = {
        "symbol", "InsuredCardSymbol", COLUMN_TEXT, AT(symbol), 20, 60, 0,
        NO_CODES, NO_CODES, "oooooooooo", RULE_TOO_LONG, "1010",
        "記号",
        "symbol of the card" },
    [COLUMN_NUMBER] = {
        "number", "InsuredIdentificationNumber", COLUMN_TEXT, AT(number), 20, 60, 0,
        NO_CODES, NO_CODES, "RRRRRRRRRR", RULE_TOO_LONG, "123",
        "番号（後期は被保険者番号、医療扶助は受給者番号）",
        "number of the card" },
    [COLUMN_BRANCH_NUMBER] = {
        "branch_number", "InsuredBranchNumber", COLUMN_TEXT, AT(branch_number), 4, 12, 0,
        NO_CODES, NO_CODES, "oooooooooo", RULE_BRANCH, "00",
        "枝番。無いときは空（00 ではない）",
        "branch number; empty is missing, which is not 00" },
    [COLUMN_PERSONAL_NUMBER] = {
        "personal_number", NULL, COLUMN_PERSONAL_NUMBER_TYPE, AT(personal_number), 24, 72, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_PERSONAL_NUMBER, NULL,
        "個人番号",
        "personal number" },
    [COLUMN_PERSONAL_NUMBER_SOURCE] = {
        "personal_number_source", NULL, COLUMN_CODE, AT(personal_number_source), 30, 30, 0,
        CODE_NUMBER_SOURCE, NO_CODES, "oo--------", RULE_CODE, "submitted",
        "個人番号の入手元",
        "where the personal number comes from" },
    [COLUMN_PERSONAL_NUMBER_ABSENCE] = {
        "personal_number_absence", NULL, COLUMN_CODE, AT(personal_number_absence), 30, 30, 0,
        CODE_NUMBER_ABSENCE, NO_CODES, "o---------", RULE_CODE, "newborn",
        "個人番号が無い理由",
        "why there is no personal number" },
    [COLUMN_NAME] = {
        "name", "Name", COLUMN_TEXT, AT(name), 100, 300, 0,
        NO_CODES, NO_CODES, "Ro--------", RULE_TOO_LONG, "架空　太郎",
        "氏名",
        "name" },
    [COLUMN_NAME_KANA] = {
        "name_kana", "NameKana", COLUMN_TEXT, AT(name_kana), 100, 300, 0,
        NO_CODES, NO_CODES, "Ro--------", RULE_TOO_LONG, "カクウ　タロウ",
        "氏名カナ",
        "name in kana" },
    [COLUMN_NAME_OTHER] = {
        "name_other", "NameOfOther", COLUMN_TEXT, AT(name_other), 100, 300, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_TOO_LONG, "架空　たろう",
        "氏名（その他）",
        "other name, as an alias" },
    [COLUMN_NAME_OTHER_KANA] = {
        "name_other_kana", "NameOfOtherKana", COLUMN_TEXT, AT(name_other_kana), 100, 300, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_TOO_LONG, "カクウ　タロウ",
        "氏名（その他）カナ",
        "other name in kana" },
    [COLUMN_SEX1] = {
        "sex1", "Sex1", COLUMN_CODE, AT(sex1), 30, 30, 0,
        CODE_SEX, NO_CODES, "Ro--------", RULE_CODE, "1",
        "性別1",
        "sex, as in the register" },
    [COLUMN_SEX2] = {
        "sex2", "Sex2", COLUMN_CODE, AT(sex2), 30, 30, 0,
        CODE_SEX, NO_CODES, "oo--------", RULE_CODE, "1",
        "性別2（裏面記載）",
        "sex, as on the back of the certificate" },
    [COLUMN_BIRTH_DATE] = {
        "birth_date", "Birthdate", COLUMN_DAY, AT(birth_date), 10, 10, 0,
        NO_CODES, NO_CODES, "RRRRRRRRRR", RULE_DATES, "1980-01-02",
        "生年月日",
        "date of birth" },
    [COLUMN_ADDRESS] = {
        "address", "Address", COLUMN_TEXT, AT(address), 200, 600, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_TOO_LONG, "架空県見本市１－２－３",
        "住所",
        "address" },
    [COLUMN_POST_NUMBER] = {
        "post_number", "PostNumber", COLUMN_TEXT, AT(post_number), 8, 24, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_TOO_LONG, "999-0001",
        "郵便番号",
        "post code" },
    [COLUMN_RELATION] = {
        "relation", "PersonalFamilyClassification", COLUMN_CODE, AT(relation), 30, 30, 0,
        CODE_RELATION, NO_CODES, "oo--------", RULE_CODE, "1",
        "本人・家族の別",
        "insured person or family member" },
    [COLUMN_INSURED_NAME] = {
        "insured_name", "InsuredName", COLUMN_TEXT, AT(insured_name), 100, 300, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_TOO_LONG, "架空　太郎",
        "被保険者・世帯主の氏名",
        "name of the insured person or head of household" },
    [COLUMN_CARD_CLASS] = {
        "card_class", "InsuredCardClassification", COLUMN_CODE_TEXT, AT(card_class), 30, 30, 0,
        CODE_CARD_CLASS, NO_CODES, "oo--------", RULE_CODE, "01",
        "被保険者証区分（省略時 01）",
        "class of the certificate; left out, 01" },
    [COLUMN_EVENT_ON] = {
        "event_on", NULL, COLUMN_DAY, AT(event_on), 10, 10, 0,
        NO_CODES, NO_CODES, "RRRoooooo-", RULE_DATES, "2026-11-20",
        "事由発生年月日",
        "day of the event itself" },
    [COLUMN_NOTICE_RECEIVED_ON] = {
        "notice_received_on", NULL, COLUMN_DAY, AT(notice_received_on), 10, 10, 0,
        NO_CODES, NO_CODES, "RRRoooooo-", RULE_DATES, "2026-11-24",
        "届出を受けた年月日。5日の期限の起算",
        "day on which you received the notification; the clock starts" },
    [COLUMN_DELAY_REASON] = {
        "delay_reason", NULL, COLUMN_CODE, AT(delay_reason), 30, 30, 0,
        CODE_DELAY_REASON, NO_CODES, "ooooooooo-", RULE_CODE, "number_missing",
        "期限後登録の理由",
        "why the row comes late" },
    [COLUMN_ACQUIRED_ON] = {
        "acquired_on", "QualificationDate", COLUMN_DAY, AT(acquired_on), 10, 10, 0,
        NO_CODES, NO_CODES, "Rooooooooo", RULE_DATES, "2026-11-20",
        "資格取得年月日。取得以外では対象の特定に使う",
        "first day covered; elsewhere it tells the coverage meant from others" },
    [COLUMN_LOST_ON] = {
        "lost_on", "DisqualificationDate", COLUMN_DAY, AT(lost_on), 10, 10, 0,
        NO_CODES, NO_CODES, "--R-------", RULE_DATES, "2026-11-21",
        "資格喪失年月日（資格の無い最初の日）",
        "first day not covered" },
    [COLUMN_LOSS_REASON] = {
        "loss_reason", "ReasonOfLoss", COLUMN_CODE_TEXT, AT(loss_reason), 30, 30, 0,
        CODE_LOSS_REASON, CODE_LOSS_EVENT, "--R-------", RULE_CODE, "L04",
        "資格喪失事由",
        "why it is lost" },
    [COLUMN_EFFECTIVE_ON] = {
        "effective_on", NULL, COLUMN_DAY, AT(effective_on), 10, 10, 0,
        NO_CODES, NO_CODES, "-R--------", RULE_DATES, "2026-11-21",
        "変更年月日",
        "first day of the change" },
    [COLUMN_CARD_ISSUED_ON] = {
        "card_issued_on", "InsuredCertificateIssuanceDate", COLUMN_DAY, AT(card_issued_on), 10, 10, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_DATES, "2026-11-25",
        "交付年月日",
        "when the certificate was issued" },
    [COLUMN_CARD_VALID_FROM] = {
        "card_valid_from", "InsuredCardValidDate", COLUMN_DAY, AT(card_valid_from), 10, 10, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_DATES, "2026-11-20",
        "有効開始年月日",
        "first day of the certificate" },
    [COLUMN_CARD_EXPIRES_ON] = {
        "card_expires_on", "InsuredCardExpirationDate", COLUMN_DAY, AT(card_expires_on), 10, 10, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_DATES, "2027-07-31",
        "有効終了年月日",
        "last day of the certificate" },
    [COLUMN_BURDEN_RATIO] = {
        "burden_ratio", "InsuredPartialContributionRatio", COLUMN_WHOLE, AT(burden_ratio), 3, 9, 100,
        NO_CODES, NO_CODES, "oo---R----", RULE_RATIO, "030",
        "一部負担金割合（百分率、三桁）",
        "share that the person pays, percent, three digits" },
    [COLUMN_CEILING_CLASSIFICATION] = {
        "ceiling_classification", "LimitApplicationCertificateClassification", COLUMN_CODE_TEXT,
        AT(ceiling_classification), 30, 30, 0,
        CODE_CEILING_CLASSIFICATION, NO_CODES, "o---R-----", RULE_CODE, "01",
        "限度額証区分",
        "class of the ceiling certificate" },
    [COLUMN_CEILING_CLASS] = {
        "ceiling_class", "LimitApplicationCertificateClassificationFlag", COLUMN_CODE_TEXT,
        AT(ceiling_class), 30, 30, 0,
        CODE_CEILING_CLASS, NO_CODES, "o---R-----", RULE_CEILING, "A03",
        "適用区分",
        "class of the ceiling" },
    [COLUMN_LONG_TERM_FROM] = {
        "long_term_from", "LimitApplicationCertificateLongTermDate", COLUMN_DAY, AT(long_term_from), 10, 10, 0,
        NO_CODES, NO_CODES, "o---o-----", RULE_DATES, "2026-12-01",
        "長期入院該当年月日",
        "first day of a long hospital stay" },
    [COLUMN_DISEASE_CATEGORY] = {
        "disease_category", "SpecificDiseasesDiseaseCategory", COLUMN_CODE, AT(disease_category), 30, 30, 0,
        CODE_DISEASE, NO_CODES, "------R---", RULE_DISEASE, "1",
        "認定疾病区分",
        "which specific disease" },
    [COLUMN_SELF_PAY] = {
        "self_pay", "SpecificDiseasesSelfPay", COLUMN_WHOLE, AT(self_pay), 9, 27, 99999999,
        NO_CODES, NO_CODES, "------oo--", RULE_WHOLE, "10000",
        "自己負担限度額（円）",
        "what the person pays, yen a month" },
    [COLUMN_PAYER_NUMBER] = {
        "payer_number", NULL, COLUMN_TEXT, AT(payer_number), 12, 36, 0,
        NO_CODES, NO_CODES, "-------R--", RULE_TOO_LONG, "54139019",
        "公費負担者番号",
        "number of the public payer" },
    [COLUMN_RECIPIENT_NUMBER] = {
        "recipient_number", NULL, COLUMN_TEXT, AT(recipient_number), 12, 36, 0,
        NO_CODES, NO_CODES, "-------R--", RULE_TOO_LONG, "9000019",
        "公費負担医療の受給者番号",
        "number of the recipient" },
    [COLUMN_CERTIFICATE_NUMBER] = {
        "certificate_number", NULL, COLUMN_TEXT, AT(certificate_number), 20, 60, 0,
        NO_CODES, NO_CODES, "--------R-", RULE_TOO_LONG, "K-000123",
        "資格確認書の番号",
        "number of the 資格確認書" },
    [COLUMN_CERTIFICATE_REASON] = {
        "certificate_reason", NULL, COLUMN_CODE, AT(certificate_reason), 30, 30, 0,
        CODE_CERTIFICATE_REASON, NO_CODES, "--------R-", RULE_CODE, "not_held",
        "資格確認書の交付事由",
        "why it was issued" },
    [COLUMN_CREDENTIAL_SERIAL] = {
        "credential_serial", NULL, COLUMN_TEXT, AT(credential_serial), 40, 120, 0,
        NO_CODES, NO_CODES, "oo--------", RULE_TOO_LONG, "01A2B3C4",
        "利用者証明用電子証明書の発行番号（16進）",
        "serial number of the user certificate, hexadecimal" },
    [COLUMN_ISSUED_ON] = {
        "issued_on", NULL, COLUMN_DAY, AT(issued_on), 10, 10, 0,
        NO_CODES, NO_CODES, "----ooo-R-", RULE_DATES, "2026-11-25",
        "交付年月日",
        "when the certificate was issued" },
    [COLUMN_VALID_FROM] = {
        "valid_from", NULL, COLUMN_DAY, AT(valid_from), 10, 10, 0,
        NO_CODES, NO_CODES, "----RRRRo-", RULE_DATES, "2026-12-01",
        "有効開始年月日",
        "first day on which it holds" },
    [COLUMN_VALID_UNTIL] = {
        "valid_until", NULL, COLUMN_DAY, AT(valid_until), 10, 10, 0,
        NO_CODES, NO_CODES, "----ooooR-", RULE_DATES, "2027-07-31",
        "有効終了年月日（その日を含む）",
        "last day on which it holds; left out, it is open" },
    [COLUMN_EXAMINED_ON] = {
        "examined_on", "EffectiveTime", COLUMN_DAY, AT(examined_on), 10, 10, 0,
        NO_CODES, NO_CODES, "---------R", RULE_DATES, "2026-06-12",
        "健診実施年月日",
        "day of the checkup" },
    [COLUMN_CHECKUP_ITEMS] = {
        "checkup_items", "HealthCheckupResultAndQuestionInfos", COLUMN_TEXT, AT(checkup_items), 12000, 24000, 0,
        NO_CODES, NO_CODES, "---------R", RULE_TOO_LONG, "9N001000000000001^170.2^cm~9N501000000000011^3",
        "健診結果と問診結果。項目は ~ で、項目コード・値・単位・L/H は ^ で区切る",
        "results and answers: `~` between items, and `^` between code, value, unit and L or H of each" },
};
/* clang-format on */

const struct column *
column_info(enum column_id id)
{
    assert(id < COLUMN_COUNT);
    return &columns[id];
}

enum column_id
column_of_name(struct span name)
{
    for (enum column_id id = 0; id < COLUMN_COUNT; id++)
        if (span_is(name, columns[id].name))
            return id;
    return COLUMN_NONE;
}

enum column_use
column_use_of(enum column_id id, enum operation operation)
{
    assert(operation > OPERATION_NONE && operation < OPERATION_COUNT);
    return (enum column_use)column_info(id)->use[operation - 1];
}

static uint64_t
columns_of_use(enum operation operation, enum column_use use)
{
    uint64_t columns_found = 0;

    if (operation == OPERATION_NONE)
        return 0;
    for (enum column_id id = 0; id < COLUMN_COUNT; id++)
        columns_found |= (uint64_t)(columns[id].use[operation - 1] == (char)use) << id;
    return columns_found;
}

uint64_t
columns_required(enum operation operation)
{
    return columns_of_use(operation, COLUMN_REQUIRED);
}

uint64_t
columns_refused(enum operation operation)
{
    return columns_of_use(operation, COLUMN_REFUSED);
}
