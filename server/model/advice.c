#include "model/advice.h"

#include "base/attr.h"
#include "model/day.h"

#include <assert.h>

struct advice_row {
    const char *reception[2]; /* by language */
    const char *vendor;
};

/* clang-format off */
static const struct advice_row advice_table[] = {
    [REASON_UNSET] = { { "", "" }, "" },
    [REASON_IN_FORCE] = {
        { "この資格は有効です。", "This coverage is in force." },
        "Valid on the day asked about; use the coverage as given." },
    [REASON_LOST] = {
        { "この資格は{day}に喪失しています。"
          "新しい保険証情報がないか患者さんに確認してください。"
          "不明な場合は{insurer}（{contact}）に照会してください。",
          "This coverage ended on {day}. Ask the patient for newer insurance; "
          "if in doubt call {insurer} ({contact})." },
        "Not in force on the day asked about; validity 3 says that a newer coverage is registered." },
    [REASON_NOT_YET_STARTED] = {
        { "この資格は{day}から有効です。受診日を確かめてください。",
          "This coverage starts on {day}. Check the day of the visit." },
        "The coverage starts after the day asked about." },
    [REASON_NOTIFIED_NOT_REGISTERED] = {
        { "保険者に届出があり、登録手続き中です（{due}までに登録される見込み）。"
          "お急ぎの場合は{insurer}（{contact}）に確認してください。",
          "The insurer has the notice and is registering it (expected by {due}). "
          "If urgent call {insurer} ({contact})." },
        "A notice is open; ask again on the expected day, or list changes." },
    [REASON_IDENTITY_CHECK_PENDING] = {
        { "本人確認の照合中のため、資格情報を表示できません。{insurer}（{contact}）に確認してください。",
          "The identity check is not finished, so nothing can be shown. Call {insurer} ({contact})." },
        "A record exists but is sealed until the insurer has answered; do not treat as uninsured." },
    [REASON_SUSPENDED] = {
        { "確認のため回答を停止しています。{insurer}（{contact}）に確認してください。",
          "Answers about this record are suspended while it is checked. Call {insurer} ({contact})." },
        "A record exists but is suspended; do not treat as uninsured." },
    [REASON_MISTYPED] = {
        { "一致する資格がありません。{field}を読み直してください。",
          "No coverage matches. Read the {field} again." },
        "A near match exists; `recheck_field` says which field to read again." },
    [REASON_NOT_FOUND] = {
        { "該当する資格がありません。保険者番号・記号・番号・生年月日を確かめ、{insurer}（{contact}）に照会してください。",
          "No such coverage is registered. Check all numbers and the birth date, then call {insurer} ({contact})." },
        "Nothing matches and nothing is near; see `as_of` for how fresh the insurer's data are." },
    [REASON_AMBIGUOUS] = {
        { "複数の方が該当します。枝番を読み取って入力してください。",
          "Several persons match. Enter the branch number." },
        "Two persons match; none is chosen by guess. Send branch_number." },
    [REASON_EXPIRED_CARD_WITHIN_TRANSITION] = {
        { "保険証の有効期限は過ぎていますが、資格は有効です（経過措置期間中）。",
          "The card has expired but the coverage is in force (transition period)." },
        "Valid; the old card's own expiry has passed within the transition period." },
    [REASON_CARD_NOT_LINKED] = {
        { "このマイナンバーカードでは資格を確認できません。資格確認書などの記号・番号で確認してください。",
          "Coverage cannot be confirmed by this card. Ask by the symbol and number of an eligibility certificate." },
        "The card is genuine, and leads to no coverage here; ask by POST /v1/eligibility/check." },
};
_Static_assert(ARRAY_LEN(advice_table) == REASON_COUNT, "every reason has advice");

static const char *const field_words[][2] = {
    [CARD_FIELD_NONE]           = { "入力内容", "entry" },
    [CARD_FIELD_INSURER_NUMBER] = { "保険者番号", "insurer number" },
    [CARD_FIELD_SYMBOL]         = { "記号", "symbol" },
    [CARD_FIELD_NUMBER]         = { "番号", "number" },
    [CARD_FIELD_BRANCH]         = { "枝番", "branch number" },
    [CARD_FIELD_BIRTH_DATE]     = { "生年月日", "birth date" },
};
_Static_assert(ARRAY_LEN(field_words) == CARD_FIELD_COUNT, "every card field has words");
/* clang-format on */

static void
add_day(struct text *text, day_t day, enum language language)
{
    char place[DAY_ISO_SIZE];
    if (day == DAY_UNKNOWN || day == DAY_FOREVER) {
        text_add_string(text, language == LANGUAGE_JAPANESE ? "近日" : "soon");
        return;
    }
    day_format_iso(day, place);
    text_add_string(text, place);
}

static void
add_or(struct text *text, struct span value, const char *otherwise)
{
    text_add(text, span_is_empty(value) ? span_of(otherwise) : value);
}

static void
add_place(struct text *text, struct span name, enum language language,
          const struct advice_facts *facts)
{
    bool is_japanese = language == LANGUAGE_JAPANESE;

    if (span_is(name, "insurer"))
        add_or(text, facts->insurer, is_japanese ? "保険者" : "the insurer");
    else if (span_is(name, "contact"))
        add_or(text, facts->contact, is_japanese ? "連絡先は保険者へ" : "see the insurer's page");
    else if (span_is(name, "due"))
        add_day(text, facts->due_on, language);
    else if (span_is(name, "day"))
        add_day(text, facts->day, language);
    else if (span_is(name, "field"))
        text_add_string(text, field_words[facts->reread][language]);
    else
        assert(false && "a place in the table that nobody fills");
}

void
advice_for_reception(struct text *text, enum reason reason, enum language language,
                     const struct advice_facts *facts)
{
    assert(reason < REASON_COUNT);
    const char *from = advice_table[reason].reception[language];

    for (const char *open = strchr(from, '{'); open != NULL; open = strchr(from, '{')) {
        const char *close = strchr(open, '}');
        assert(close != NULL);
        text_add(text, span_make(from, (size_t)(open - from)));
        add_place(text, span_make(open + 1, (size_t)(close - open - 1)), language, facts);
        from = close + 1;
    }
    text_add_string(text, from);
}

const char *
advice_for_vendor(enum reason reason)
{
    assert(reason < REASON_COUNT);
    return advice_table[reason].vendor;
}
