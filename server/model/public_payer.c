#include "model/public_payer.h"

#include "model/check_digit.h"
#include "model/digits.h"
#include "model/prefecture.h"

/* clang-format off */
static const struct programme_row programmes[] = {
    { "10", "感染症法（37条の2）結核患者の適正医療" }, { "11", "感染症法（37条）結核患者の入院" },
    { "12", "生活保護法 医療扶助" },                   { "13", "戦傷病者特別援護法 療養の給付" },
    { "14", "戦傷病者特別援護法 更生医療" },           { "15", "障害者総合支援法 更生医療" },
    { "16", "障害者総合支援法 育成医療" },             { "17", "児童福祉法 療育の給付" },
    { "18", "原爆援護法 認定疾病医療" },               { "19", "原爆援護法 一般疾病医療費" },
    { "20", "精神保健福祉法 措置入院" },               { "21", "障害者総合支援法 精神通院医療" },
    { "22", "麻薬及び向精神薬取締法 入院措置" },       { "23", "母子保健法 養育医療" },
    { "24", "療養介護医療" },                          { "25", "中国残留邦人等 医療支援給付" },
    { "28", "感染症法 一類感染症等の入院" },           { "29", "感染症法 新感染症の入院" },
    { "30", "心神喪失者等医療観察法" },                { "38", "肝炎治療特別促進事業等" },
    { "51", "特定疾患治療費等" },                      { "52", "小児慢性特定疾病医療" },
    { "53", "児童福祉法 措置等" },                     { "54", "難病法 特定医療" },
    { "62", "特定B型肝炎 定期検査費等" },              { "66", "石綿健康被害救済法" },
    { "79", "障害児入所・肢体不自由児通所医療" },      { "86", "被爆体験者 調査研究事業等" },
};
/* clang-format on */

static enum fault
number_parse(struct span raw, char *place, int length, const char *reason,
             struct blame *reterr_blame)
{
    char digits[DIGITS_BYTES_MAX];

    if (digits_fold(raw, DIGITS_WHOLE, digits) != length) {
        reterr_blame->reason = reason;
        return FAULT_FIELD_MALFORMED;
    }
    if (!check_digit_fits(span_make(digits, (size_t)length))) {
        reterr_blame->reason = "the last digit does not fit the others";
        return FAULT_CHECK_DIGIT;
    }
    memcpy(place, digits, (size_t)length);
    return FAULT_NONE;
}

enum fault
payer_number_parse(struct span raw, struct payer_number *ret_number, struct blame *reterr_blame)
{
    struct payer_number number = { "" };
    enum fault          fault =
        number_parse(raw, number.digits, PAYER_NUMBER_LENGTH, "not 8 digits", reterr_blame);

    if (fault != FAULT_NONE)
        return fault;
    if (payer_number_prefecture(&number) == PREFECTURE_NONE) {
        reterr_blame->reason = "no such prefecture in it";
        return FAULT_FIELD_MALFORMED;
    }
    *ret_number = number;
    return FAULT_NONE;
}

enum fault
recipient_number_parse(struct span raw, struct recipient_number *ret_number,
                       struct blame *reterr_blame)
{
    struct recipient_number number = { "" };
    enum fault              fault =
        number_parse(raw, number.digits, RECIPIENT_NUMBER_LENGTH, "not 7 digits", reterr_blame);

    if (fault != FAULT_NONE)
        return fault;
    *ret_number = number;
    return FAULT_NONE;
}

int
payer_number_prefecture(const struct payer_number *number)
{
    return prefecture_of(span_make(number->digits + 2, 2));
}

const struct programme_row *
programme_info(struct span two_digits)
{
    for (size_t i = 0; i < ARRAY_LEN(programmes); i++)
        if (span_is(two_digits, programmes[i].code))
            return &programmes[i];
    return NULL;
}
