#include "model/normal.h"

#include "model/kana.h"
#include "model/normal_table.h"
#include "model/utf8.h"

enum { LOST_CHARACTER = 0xFFFD, KANJI_REPEAT = 0x3005 };

/* One sign is held back, since a mark behind it may still voice it. */
struct folder {
    struct text     *out;
    enum normal_form form;
    uint32_t         held;         /* 0 at the start */
    uint32_t         written;      /* the last sign written, as written */
    uint32_t         written_from; /* and what it was before it was loosened */
};

/* Takes back ブ, written for ヴ, when the vowel behind it makes バ, ビ, ベ or ボ. */
static bool
join_vu(struct folder *folder, uint32_t code)
{
    enum { KANA_BYTES = 3 };
    uint32_t joined = folder->written_from == KANA_VU ? kana_join_vu(code) : 0;

    if (joined == 0)
        return false;
    if (!folder->out->is_full)
        folder->out->length -= KANA_BYTES;
    utf8_add(folder->out, joined);
    folder->written = joined;
    folder->written_from = code;
    return true;
}

static void
write_held(struct folder *folder)
{
    uint32_t code = folder->held;
    uint32_t from = code;

    folder->held = 0;
    if (code == 0)
        return;
    if (folder->form == NORMAL_KANA_LOOSE) {
        if (join_vu(folder, code))
            return;
        code = kana_lengthened(folder->written, kana_sound(code));
        if (code == 0)
            return;
    }
    utf8_add(folder->out, code);
    folder->written = code;
    folder->written_from = from;
}

static void
hold(struct folder *folder, uint32_t code)
{
    write_held(folder);
    folder->held = code;
}

static void
hold_text(struct folder *folder, const char *text)
{
    for (; *text != '\0'; text++)
        hold(folder, (unsigned char)*text);
}

static void
voice_held(struct folder *folder, uint32_t mark)
{
    uint32_t voiced = folder->held == 0 ? 0 : kana_voice(folder->held, mark);
    if (voiced != 0)
        folder->held = voiced;
}

/* A dash behind a kana is a long mark, in the forms that keep long marks. */
static void
hold_dash(struct folder *folder)
{
    bool may_lengthen = folder->held == KANA_LONG_MARK || kana_is_katakana(folder->held)
                        || (folder->form == NORMAL_NAME && kana_is_hiragana(folder->held));
    if (folder->form != NORMAL_KEY && may_lengthen)
        hold(folder, KANA_LONG_MARK);
}

/* 々 ゝ ヽ stand for the sign before them, ゞ ヾ for its voiced form. */
static bool
repeat_held(struct folder *folder, uint32_t code)
{
    bool is_plain = code == KANJI_REPEAT || code == 0x309D || code == 0x30FD;
    bool is_voiced = code == 0x309E || code == 0x30FE;

    if (!is_plain && !is_voiced)
        return false;
    if (folder->held == 0)
        return true;
    hold(folder, folder->held);
    if (is_voiced)
        voice_held(folder, KANA_VOICED_MARK);
    return true;
}

static uint32_t
capital(uint32_t code)
{
    if (code >= 'a' && code <= 'z')
        return code - 'a' + 'A';
    if (code == 0x03C2) /* final sigma */
        return 0x03A3;
    if ((code >= 0x03B1 && code <= 0x03C9) || (code >= 0x0430 && code <= 0x044F))
        return code - 0x20;
    if (code >= 0x0450 && code <= 0x045F)
        return code - 0x50;
    return code;
}

static uint32_t
fold_kana(const struct folder *folder, uint32_t code)
{
    static const uint32_t small_ka = 0x30F5, small_ke = 0x30F6; /* ヵ ヶ, often written large */

    if (folder->form == NORMAL_NAME)
        return code == small_ka || code == small_ke ? kana_enlarge(code) : code;
    return kana_enlarge(kana_to_katakana(code));
}

static uint32_t
voicing_mark(uint32_t code)
{
    switch (code) {
    case KANA_VOICED_MARK:
    case 0x309B: /* ゛ */
        return KANA_VOICED_MARK;
    case KANA_HALF_VOICED_MARK:
    case 0x309C: /* ゜ */
        return KANA_HALF_VOICED_MARK;
    default:
        return 0;
    }
}

/* Most of what is typed: no table below has anything else for these. */
static bool
stands_for_itself(uint32_t code)
{
    return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z');
}

static void
fold(struct folder *folder, uint32_t code)
{
    const char *spelled;

    code = width_fold(code);
    if (stands_for_itself(code)) {
        hold(folder, code);
        return;
    }
    if (code_is_blank(code) || code_is_ignored(code) || code_is_separator(code))
        return;
    if (code_is_dash(code)) {
        hold_dash(folder);
        return;
    }
    if (voicing_mark(code) != 0) {
        voice_held(folder, voicing_mark(code));
        return;
    }
    if (repeat_held(folder, code))
        return;
    spelled = latin_base(code);
    if (spelled == NULL)
        spelled = compatibility_text(code);
    if (spelled != NULL) {
        hold_text(folder, spelled);
        return;
    }
    hold(folder, ideograph_contract(fold_kana(folder, capital(code))));
}

static const char *
reason_against(uint32_t code)
{
    if (code == UTF8_BAD)
        return "not UTF-8";
    if (code == LOST_CHARACTER)
        return "holds a character that was lost on the way (U+FFFD)";
    if ((code < ' ' && code != '\t') || (code >= 0x7F && code <= 0x9F) || (code & 0xFFFE) == 0xFFFE)
        return "holds a control character";
    return NULL;
}

static void
text_cut(struct text *text, size_t length)
{
    text->length = length;
    text->bytes[length] = '\0';
}

enum fault
normal_add(struct text *text, struct span raw, enum normal_form form, struct blame *reterr_blame)
{
    struct folder folder = { .out = text, .form = form };
    size_t        start = text->length;

    for (size_t at = 0; at < raw.length;) {
        uint32_t    code = utf8_next(raw, &at);
        const char *reason = reason_against(code);
        if (reason != NULL) {
            text_cut(text, start);
            reterr_blame->reason = reason;
            return FAULT_FIELD_MALFORMED;
        }
        fold(&folder, code);
    }
    write_held(&folder);
    if (text->is_full) {
        text_cut(text, start);
        reterr_blame->reason = "longer than there is room for";
        return FAULT_REQUEST_TOO_LARGE;
    }
    return FAULT_NONE;
}

static enum fault
normal_in_arena(struct span raw, enum normal_form form, struct arena *arena, struct span *ret_span,
                struct blame *reterr_blame)
{
    if (raw.length > SIZE_MAX / NORMAL_GROWTH_MAX - 1) {
        reterr_blame->reason = "longer than there is room for";
        return FAULT_REQUEST_TOO_LARGE;
    }
    size_t size_bytes = raw.length * NORMAL_GROWTH_MAX + 1;
    char  *place = arena_take(arena, size_bytes);
    if (place == NULL) {
        reterr_blame->reason = "longer than there is room for";
        return FAULT_REQUEST_TOO_LARGE;
    }
    struct text text = text_in(place, size_bytes);
    enum fault  fault = normal_add(&text, raw, form, reterr_blame);
    if (fault != FAULT_NONE)
        return fault;
    *ret_span = text_span(&text);
    return FAULT_NONE;
}

enum fault
normal_key(struct span raw, struct arena *arena, struct span *ret_key, struct blame *reterr_blame)
{
    return normal_in_arena(raw, NORMAL_KEY, arena, ret_key, reterr_blame);
}

enum fault
normal_kana(struct span raw, enum kana_level level, struct arena *arena, struct span *ret_kana,
            struct blame *reterr_blame)
{
    return normal_in_arena(raw, level == KANA_LOOSE ? NORMAL_KANA_LOOSE : NORMAL_KANA, arena,
                           ret_kana, reterr_blame);
}

enum fault
normal_name(struct span raw, struct arena *arena, struct span *ret_name, struct blame *reterr_blame)
{
    return normal_in_arena(raw, NORMAL_NAME, arena, ret_name, reterr_blame);
}
