#include "family_parts.h"

#include "base/text.h"
#include "model/check_digit.h"

/* A card's serial number is that of its slot in the family, spread over all numbers by a factor
 * that has no divisor in common with ten: so no two cards of one insurer and symbol ever share a
 * number. */
enum {
    SHORT_NUMBERS = 10000000,
    LONG_NUMBERS = 100000000,
    RECIPIENTS = 1000000,
    FULL_WIDTH_PPM = 20000,
    HYPHEN_PPM = 10000
};

static const uint64_t factor = 1234567;

struct symbol_style {
    const char *format; /* prefecture's name, employer */
    bool        has_prefecture;
};

/* clang-format off */
static const struct symbol_style society_styles[] = {
    { "%u", false }, { "健%u", false }, { "ア-%u", false }, { "１%u", false }, { "K%u", false },
    { "ビ%u", false },
};
static const struct symbol_style national_styles[] = {
    { "%s%u", true }, { "国%u", false }, { "%sヨ-%u", true },
};
static const struct symbol_style mutual_style = { "公立%s%u", true };
/* clang-format on */

static void
symbol_write(struct text *text, const struct symbol_style *style, int prefecture, uint32_t employer)
{
    if (style->has_prefecture)
        text_add_format(text, style->format, prefecture_info(prefecture)->name_ja, employer);
    else
        text_add_format(text, style->format, employer);
}

/* Returns whether this card has a symbol at all. */
static bool
symbol_make(struct card *card, const struct insurer *insurer, uint64_t serial)
{
    struct text text = text_in(card->symbol, sizeof card->symbol);
    uint64_t    chance = dice_mix(serial ^ UINT64_C(0x5359));
    uint32_t    above = (uint32_t)(serial / SHORT_NUMBERS % 100);

    switch (insurer->kind) {
    case INSURER_KIND_ASSOCIATION:
        text_add_format(&text, "%02d%04u%02u", insurer->prefecture, (uint32_t)(chance % 10000),
                        above);
        return true;
    case INSURER_KIND_OLD_AGE:
    case INSURER_KIND_ASSISTANCE:
        return false;
    case INSURER_KIND_NATIONAL:
    case INSURER_KIND_NATIONAL_UNION:
        if (card->insurer % 5 < 2)
            return false;
        symbol_write(&text, &national_styles[card->insurer % ARRAY_LEN(national_styles)],
                     insurer->prefecture, (uint32_t)(chance % 30) * 100 + above);
        return true;
    case INSURER_KIND_MUTUAL_AID:
        symbol_write(&text, &mutual_style, insurer->prefecture,
                     (uint32_t)(chance % 9 + 1) * 100 + above);
        return true;
    default:
        symbol_write(&text, &society_styles[card->insurer % ARRAY_LEN(society_styles)],
                     insurer->prefecture, (uint32_t)(chance % 60 + 1) * 100 + above);
        return true;
    }
}

static void
widen(struct text *text, const char *digits)
{
    static const char *const wide[] = {
        "０", "１", "２", "３", "４", "５", "６", "７", "８", "９"
    };
    for (; *digits != '\0'; digits++)
        text_add_string(text, wide[*digits - '0']);
}

static void
number_write(struct card *card, bool has_symbol, uint64_t serial)
{
    char        digits[16];
    uint64_t    chance = dice_mix(serial ^ UINT64_C(0x4E55)) % 1000000;
    struct text plain = text_in(digits, sizeof digits);
    struct text text = text_in(card->number, sizeof card->number);

    if (has_symbol)
        text_add_format(&plain, card->insurer % 3 == 0 ? "%u" : "%07u",
                        (uint32_t)((serial * factor + 1) % SHORT_NUMBERS));
    else
        text_add_format(&plain, "%08u", (uint32_t)((serial * factor + 1) % LONG_NUMBERS));
    if (chance < FULL_WIDTH_PPM)
        widen(&text, digits);
    else if (chance < FULL_WIDTH_PPM + HYPHEN_PPM && plain.length > 4)
        text_add_format(&text, "%.2s-%s", digits, digits + 2);
    else
        text_add_string(&text, digits);
}

static void
recipient_write(struct card *card, uint64_t serial)
{
    struct text text = text_in(card->number, RECIPIENT_NUMBER_LENGTH);

    text_add_format(&text, "%06u", (uint32_t)((serial * factor + 1) % RECIPIENTS));
    digits_seal(card->number, RECIPIENT_NUMBER_LENGTH - 1);
}

bool
card_make(struct family *family, const struct plan *plan, uint32_t at, uint32_t insurer_at)
{
    struct card          *card = &family->cards[at];
    const struct insurer *insurer = &plan->world->insurers[insurer_at];
    uint64_t              serial = family->number * FAMILY_CARDS + at;
    struct blame          blame = { 0 };

    card->insurer = insurer_at;
    bool has_symbol = symbol_make(card, insurer, serial);
    if (insurer->kind == INSURER_KIND_ASSISTANCE)
        recipient_write(card, serial);
    else
        number_write(card, has_symbol, serial);
    return card_key_make(&insurer->number, span_of(card->symbol), span_of(card->number),
                         (struct span){ 0 }, &family->arena, &card->key, &blame)
           == FAULT_NONE;
}
