#include "model/insurer_number.h"

#include "model/check_digit.h"
#include "model/day.h"
#include "model/digits.h"
#include "model/prefecture.h"

enum { NATIONAL_LENGTH = 6, LAW_AT = 0, PREFECTURE_AT = 2, INSURER_AT = 4 };

/* First days: the scheme's own start, where new coverage under the code is of any use to us. The
 * schemes older than the registers start with DAY_FIRST. */
enum {
    OLD_AGE_START = 13970,  /* 2008-04-01 */
    RETIRED_START = 5387,   /* 1984-10-01 */
    RETIRED_END = 16526,    /* 2015-04-01: nobody joins after 2015-03-31 */
    RETURNEES_START = 13970 /* 2008-04-01 */
};

/* clang-format off */
static const struct law_code_row law_codes[] = {
    { "00", INSURER_KIND_NATIONAL,    DAY_FIRST, DAY_FOREVER, "国民健康保険", "national health insurance" },
    { "01", INSURER_KIND_ASSOCIATION, DAY_FIRST, DAY_FOREVER, "全国健康保険協会管掌健康保険",
      "health insurance of the Japan Health Insurance Association" },
    { "02", INSURER_KIND_SEAMEN,      DAY_FIRST, DAY_FOREVER, "船員保険", "seamen's insurance" },
    { "03", INSURER_KIND_OTHER,       DAY_FIRST, DAY_FOREVER, "日雇特例被保険者（一般療養）",
      "day labourers, general" },
    { "04", INSURER_KIND_OTHER,       DAY_FIRST, DAY_FOREVER, "日雇特例被保険者（特別療養費）",
      "day labourers, special expense" },
    { "06", INSURER_KIND_SOCIETY,     DAY_FIRST, DAY_FOREVER, "組合管掌健康保険",
      "health insurance societies" },
    { "07", INSURER_KIND_OTHER,       DAY_FIRST, DAY_FOREVER, "自衛官等", "self-defence forces" },
    { "12", INSURER_KIND_ASSISTANCE,  DAY_FIRST, DAY_FOREVER, "生活保護法による医療扶助",
      "medical assistance" },
    { "25", INSURER_KIND_ASSISTANCE,  RETURNEES_START, DAY_FOREVER, "中国残留邦人等に対する医療支援給付",
      "medical assistance for returnees from China" },
    { "31", INSURER_KIND_MUTUAL_AID,  DAY_FIRST, DAY_FOREVER, "国家公務員共済組合",
      "mutual aid of national civil servants" },
    { "32", INSURER_KIND_MUTUAL_AID,  DAY_FIRST, DAY_FOREVER, "地方公務員等共済組合",
      "mutual aid of local civil servants" },
    { "33", INSURER_KIND_MUTUAL_AID,  DAY_FIRST, DAY_FOREVER, "警察共済組合", "mutual aid of the police" },
    { "34", INSURER_KIND_MUTUAL_AID,  DAY_FIRST, DAY_FOREVER, "公立学校共済組合・日本私立学校振興・共済事業団",
      "mutual aid of schools" },
    { "39", INSURER_KIND_OLD_AGE,     OLD_AGE_START, DAY_FOREVER, "後期高齢者医療",
      "medical care for the elderly of 75 and over" },
    { "63", INSURER_KIND_SOCIETY,     RETIRED_START, DAY_FOREVER, "特定健康保険組合（特例退職被保険者）",
      "societies, special retired" },
    { "67", INSURER_KIND_NATIONAL,    RETIRED_START, RETIRED_END, "国民健康保険法による退職者医療",
      "national health insurance, retired" },
    { "72", INSURER_KIND_MUTUAL_AID,  RETIRED_START, DAY_FOREVER, "国家公務員共済組合（特例退職）",
      "national civil servants, special retired" },
    { "73", INSURER_KIND_MUTUAL_AID,  RETIRED_START, DAY_FOREVER, "地方公務員等共済組合（特例退職）",
      "local civil servants, special retired" },
    { "74", INSURER_KIND_MUTUAL_AID,  RETIRED_START, DAY_FOREVER, "警察共済組合（特例退職）",
      "police, special retired" },
    { "75", INSURER_KIND_MUTUAL_AID,  RETIRED_START, DAY_FOREVER,
      "公立学校共済組合・日本私立学校振興・共済事業団（特例退職）", "schools, special retired" },
};
/* clang-format on */

static enum fault
malformed(struct blame *reterr_blame, const char *reason)
{
    reterr_blame->reason = reason;
    return FAULT_FIELD_MALFORMED;
}

enum fault
insurer_number_parse(struct span raw, struct insurer_number *ret_number, struct blame *reterr_blame)
{
    struct insurer_number number = { "00000000" };
    char                  digits[DIGITS_BYTES_MAX];
    int                   count = digits_fold(raw, DIGITS_WHOLE, digits);

    if (count != INSURER_NUMBER_LENGTH && count != NATIONAL_LENGTH)
        return malformed(reterr_blame, "not 6 or 8 digits");
    memcpy(number.digits + INSURER_NUMBER_LENGTH - count, digits, (size_t)count);
    if (insurer_number_prefecture(&number) == PREFECTURE_NONE)
        return malformed(reterr_blame, "no such prefecture in it");
    if (!check_digit_fits(insurer_number_span(&number))) {
        reterr_blame->reason = "the last digit does not fit the others";
        return FAULT_CHECK_DIGIT;
    }
    *ret_number = number;
    return FAULT_NONE;
}

static bool
is_national(const struct insurer_number *number)
{
    return number->digits[LAW_AT] == '0' && number->digits[LAW_AT + 1] == '0';
}

struct span
insurer_number_display(const struct insurer_number *number)
{
    size_t skipped = is_national(number) ? INSURER_NUMBER_LENGTH - NATIONAL_LENGTH : 0;
    return span_make(number->digits + skipped, INSURER_NUMBER_LENGTH - skipped);
}

int
insurer_number_prefecture(const struct insurer_number *number)
{
    return prefecture_of(span_make(number->digits + PREFECTURE_AT, 2));
}

const struct law_code_row *
insurer_number_law(const struct insurer_number *number)
{
    for (size_t i = 0; i < ARRAY_LEN(law_codes); i++)
        if (memcmp(law_codes[i].code, number->digits + LAW_AT, 2) == 0)
            return &law_codes[i];
    return NULL;
}

enum insurer_kind
insurer_number_kind(const struct insurer_number *number)
{
    const struct law_code_row *law = insurer_number_law(number);

    if (law == NULL)
        return INSURER_KIND_NONE;
    if (is_national(number) && number->digits[INSURER_AT] == '3')
        return INSURER_KIND_NATIONAL_UNION;
    return law->kind;
}

bool
insurer_number_may_start(const struct insurer_number *number, day_t day)
{
    const struct law_code_row *law = insurer_number_law(number);
    return law != NULL && law->from_on <= day && day < law->until_on;
}
