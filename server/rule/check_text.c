#include "rule/checks.h"

#include "model/kana.h"
#include "model/utf8.h"

struct range {
    uint32_t first;
    uint32_t last;
};

/* Controls, what shows nothing or turns the writing, private use (外字), what is no character, and
 * what stands for a character that was lost on the way. Ascending. */
static const struct range unfit[] = {
    { 0x0000, 0x001F },    /* controls */
    { 0x007F, 0x009F },    /* more of them */
    { 0x200B, 0x200F },    /* without width, and directions */
    { 0x2028, 0x202E },    /* line and paragraph ends, directions */
    { 0x2060, 0x206F },    /* invisible operators, directions */
    { 0x25CF, 0x25CF },    /* ●, for a character outside JIS X 0208 */
    { 0x3013, 0x3013 },    /* 〓, the same in print */
    { 0xE000, 0xF8FF },    /* private use */
    { 0xFEFF, 0xFEFF },    /* byte order mark */
    { 0xFFF0, 0xFFFF },    /* specials, with the replacement character */
    { 0x1F000, 0x1FAFF },  /* pictures */
    { 0xE0000, 0xE007F },  /* tags */
    { 0xF0000, UTF8_BAD }, /* private use, and no UTF-8 at all */
};

static bool
is_in(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count && code >= ranges[i].first; i++)
        if (code <= ranges[i].last)
            return true;
    return false;
}

/* Most text of this language lies here: kana and ideographs, none of them unfit. */
enum { PLAIN_FIRST = 0x3041, PLAIN_LAST = 0x9FFF };

static bool
is_unfit(uint32_t code)
{
    return !(code >= PLAIN_FIRST && code <= PLAIN_LAST) && is_in(unfit, ARRAY_LEN(unfit), code);
}

static bool
has_unfit(struct span text)
{
    for (size_t at = 0; at < text.length;)
        if (is_unfit(utf8_next(text, &at)))
            return true;
    return false;
}

enum { FULL_WIDTH_QUESTION = 0xFF1F };

/* In a name a question mark is a character that some converter did not know. */
static bool
has_lost(struct span text)
{
    for (size_t at = 0; at < text.length;) {
        uint32_t code = utf8_next(text, &at);
        if (code == '?' || code == FULL_WIDTH_QUESTION || is_unfit(code))
            return true;
    }
    return false;
}

void
check_characters(const struct judging *judging)
{
    const struct enrolment_row *row = judging->row;

    if (has_lost(row->name))
        found(judging, COLUMN_NAME);
    if (has_lost(row->name_kana))
        found(judging, COLUMN_NAME_KANA);
    if (has_lost(row->name_other))
        found(judging, COLUMN_NAME_OTHER);
    if (has_lost(row->name_other_kana))
        found(judging, COLUMN_NAME_OTHER_KANA);
    if (has_lost(row->insured_name))
        found(judging, COLUMN_INSURED_NAME);
    if (has_lost(row->address))
        found(judging, COLUMN_ADDRESS);
}

void
check_text(const struct judging *judging)
{
    const struct enrolment_row *row = judging->row;
    const struct {
        struct span    text;
        enum column_id id;
    } texts[] = {
        { row->row_key, COLUMN_ROW_KEY },
        { row->insurer_number, COLUMN_INSURER_NUMBER },
        { row->symbol, COLUMN_SYMBOL },
        { row->number, COLUMN_NUMBER },
        { row->branch_number, COLUMN_BRANCH_NUMBER },
        { row->post_number, COLUMN_POST_NUMBER },
        { row->payer_number, COLUMN_PAYER_NUMBER },
        { row->recipient_number, COLUMN_RECIPIENT_NUMBER },
        { row->certificate_number, COLUMN_CERTIFICATE_NUMBER },
        { row->credential_serial, COLUMN_CREDENTIAL_SERIAL },
        { row->checkup_items, COLUMN_CHECKUP_ITEMS },
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (has_unfit(texts[i].text))
            found(judging, texts[i].id);
}

/* Blanks, dashes, the middle dot, and both widths of kana with their marks. Ascending. */
static const struct range kana_text[] = {
    { ' ', ' ' },       { '-', '-' },       { 0x2010, 0x2015 }, { 0x2212, 0x2212 },
    { 0x3000, 0x3000 }, { 0x3041, 0x3096 }, { 0x3099, 0x309F }, { 0x30A1, 0x30FF },
    { 0x31F0, 0x31FF }, { 0xFF0D, 0xFF0D }, { 0xFF65, 0xFF9F },
};

static bool
is_kana_text(struct span text)
{
    for (size_t at = 0; at < text.length;)
        if (!is_in(kana_text, ARRAY_LEN(kana_text), utf8_next(text, &at)))
            return false;
    return true;
}

void
check_kana(const struct judging *judging)
{
    if (!is_kana_text(judging->row->name_kana))
        found(judging, COLUMN_NAME_KANA);
    if (!is_kana_text(judging->row->name_other_kana))
        found(judging, COLUMN_NAME_OTHER_KANA);
}
