#include "document/page.h"

#include "model/day.h"

#include <assert.h>
#include <cairo-pdf.h>
#include <cairo.h>
#include <pango/pangocairo.h>
#include <qrencode.h>

/* Points, of which an inch has 72. */
#define PAGE_WIDTH  595.276
#define PAGE_HEIGHT 841.890
#define MARGIN      56.0
#define LABEL_WIDTH 150.0
#define ROW_HEIGHT  30.0
#define TITLE_SIZE  22.0
#define TEXT_SIZE   11.0
#define SMALL_SIZE  8.5
#define CODE_SIZE   170.0 /* 60 mm: the modules of the largest code are 0.57 mm */

/* The second has what names need beyond the first. */
#define FONTS "IPAexGothic, IPAmjMincho, IPAGothic, sans-serif"

enum { QUIET_MODULES = 4, LINE_BYTES = 1024, CREATED_BYTES = 32 };

struct sheet {
    cairo_t     *cairo;
    PangoLayout *layout;
    double       y;
    int32_t      unknown_characters;
};

static const char *const titles[DOCUMENT_KIND_END] = {
    [DOCUMENT_CERTIFICATE] = "資格確認書", [DOCUMENT_NOTICE] = "資格情報のお知らせ"
};

static const char *const uses[DOCUMENT_KIND_END] = {
    [DOCUMENT_CERTIFICATE] = "医療機関等を受診するときは、この資格確認書を窓口に提示してください。",
    [DOCUMENT_NOTICE] =
        "このお知らせだけでは受診できません。マイナンバーカードと一緒に提示してください。"
};

/* ---- words ---------------------------------------------------------------------------------- */

struct era {
    day_t       first;
    const char *name;
};

/* Days since 1970-01-01 of the first day of each, the newest first. */
static const struct era eras[] = { { 18017, "令和" },
                                   { 6947, "平成" },
                                   { -15713, "昭和" },
                                   { -20974, "大正" },
                                   { DAY_FIRST, "明治" } };

/* 2026年4月1日（令和8年） */
static void
add_day(struct text *text, day_t day)
{
    struct civil civil = day_to_civil(day);

    text_add_format(text, "%d年%d月%d日", civil.year, civil.month, civil.day);
    for (size_t i = 0; i < ARRAY_LEN(eras); i++) {
        int32_t year = civil.year - day_to_civil(eras[i].first).year + 1;
        if (day < eras[i].first)
            continue;
        if (year == 1)
            text_add_format(text, "（%s元年）", eras[i].name);
        else
            text_add_format(text, "（%s%d年）", eras[i].name, year);
        return;
    }
}

static void
add_number(struct text *text, const struct document_fields *fields)
{
    if (!span_is_empty(fields->symbol)) {
        text_add_string(text, "記号 ");
        text_add(text, fields->symbol);
        text_add_string(text, "　");
    }
    text_add_string(text, "番号 ");
    text_add(text, fields->number);
    if (!span_is_empty(fields->branch_number)) {
        text_add_string(text, "　（枝番）");
        text_add(text, fields->branch_number);
    }
}

static const char *
sex_word(int16_t sex)
{
    return sex == 1 ? "男" : sex == 2 ? "女" : "記載なし";
}

/* ---- drawing -------------------------------------------------------------------------------- */

static void
set_text(PangoLayout *layout, struct span text, double size)
{
    PangoFontDescription *font = pango_font_description_from_string(FONTS);

    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text.bytes, (int)text.length);
}

/* The text at the point, within the width; its height in points. */
static double
draw_text(struct sheet *sheet, struct span text, double size, double x, double y, double width)
{
    int height = 0;

    set_text(sheet->layout, text, size);
    pango_layout_set_width(sheet->layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(sheet->layout, PANGO_WRAP_CHAR);
    sheet->unknown_characters += pango_layout_get_unknown_glyphs_count(sheet->layout);
    pango_layout_get_size(sheet->layout, NULL, &height);
    cairo_move_to(sheet->cairo, x, y);
    pango_cairo_show_layout(sheet->cairo, sheet->layout);
    return (double)height / PANGO_SCALE;
}

static void
draw_line(struct sheet *sheet, double y)
{
    cairo_set_line_width(sheet->cairo, 0.6);
    cairo_move_to(sheet->cairo, MARGIN, y);
    cairo_line_to(sheet->cairo, PAGE_WIDTH - MARGIN, y);
    cairo_stroke(sheet->cairo);
}

static void
draw_row(struct sheet *sheet, const char *label, struct span value)
{
    double width = PAGE_WIDTH - 2 * MARGIN - LABEL_WIDTH;
    double padding = (ROW_HEIGHT - TEXT_SIZE) / 2 - 2;
    double height =
        draw_text(sheet, value, TEXT_SIZE, MARGIN + LABEL_WIDTH, sheet->y + padding, width);

    draw_text(sheet, span_of(label), TEXT_SIZE, MARGIN + 6, sheet->y + padding, LABEL_WIDTH - 6);
    sheet->y += height + 2 * padding > ROW_HEIGHT ? height + 2 * padding : ROW_HEIGHT;
    draw_line(sheet, sheet->y);
}

static void
draw_day_row(struct sheet *sheet, const char *label, day_t day)
{
    char        place[LINE_BYTES];
    struct text text = text_in(place, sizeof place);

    if (day == DAY_UNKNOWN)
        return;
    add_day(&text, day);
    draw_row(sheet, label, text_span(&text));
}

static void
draw_person(struct sheet *sheet, const struct document_fields *fields)
{
    draw_row(sheet, "氏名", fields->name);
    if (!span_is_empty(fields->name_kana))
        draw_row(sheet, "フリガナ", fields->name_kana);
    draw_day_row(sheet, "生年月日", fields->birth_date);
    draw_row(sheet, "性別", span_of(sex_word(fields->sex)));
}

static void
draw_coverage(struct sheet *sheet, enum document_kind kind, const struct document_fields *fields)
{
    char        place[LINE_BYTES];
    struct text text = text_in(place, sizeof place);

    add_number(&text, fields);
    draw_row(sheet, "被保険者等記号・番号", text_span(&text));
    if (fields->relation != 0)
        draw_row(sheet, "本人・家族の別", span_of(fields->relation == 1 ? "本人" : "家族"));
    draw_day_row(sheet, "資格取得年月日", fields->acquired_on);
    if (fields->burden_ratio != BURDEN_NOT_STATED) {
        text = text_in(place, sizeof place);
        text_add_format(&text, "%d割", fields->burden_ratio / 10);
        draw_row(sheet, "一部負担金の割合", text_span(&text));
    }
    draw_day_row(sheet, kind == DOCUMENT_CERTIFICATE ? "有効期限" : "記載内容の期限",
                 fields->valid_until);
    draw_day_row(sheet, kind == DOCUMENT_CERTIFICATE ? "交付年月日" : "作成年月日",
                 fields->issued_on);
    draw_row(sheet, "保険者番号", fields->insurer_number);
    if (!span_is_empty(fields->insurer_name))
        draw_row(sheet, "保険者名称", fields->insurer_name);
}

/* A run of dark modules is one rectangle, and all of them one shape, so that no line shows between
 * two of them. */
static void
draw_modules(cairo_t *cairo, const QRcode *code)
{
    for (int row = 0; row < code->width; row++)
        for (int column = 0, run; column < code->width; column += run + 1) {
            const unsigned char *module = code->data + row * code->width + column;
            for (run = 0; column + run < code->width && (module[run] & 1) != 0;)
                run++;
            if (run > 0)
                cairo_rectangle(cairo, column, row, run, 1);
        }
    cairo_fill(cairo);
}

static bool
draw_code(struct sheet *sheet, const char *payload)
{
    QRcode *code = QRcode_encodeString(payload, 0, QR_ECLEVEL_M, QR_MODE_8, 1);

    if (code == NULL)
        return false;
    double module = CODE_SIZE / (code->width + 2 * QUIET_MODULES);
    cairo_save(sheet->cairo);
    cairo_translate(sheet->cairo, PAGE_WIDTH - MARGIN - CODE_SIZE, sheet->y);
    cairo_scale(sheet->cairo, module, module);
    cairo_translate(sheet->cairo, QUIET_MODULES, QUIET_MODULES);
    cairo_set_antialias(sheet->cairo, CAIRO_ANTIALIAS_NONE);
    draw_modules(sheet->cairo, code);
    cairo_restore(sheet->cairo);
    QRcode_free(code);
    return true;
}

static void
draw_notes(struct sheet *sheet, enum document_kind kind, const struct document_fields *fields)
{
    char        place[LINE_BYTES];
    struct text text = text_in(place, sizeof place);
    double      width = PAGE_WIDTH - 2 * MARGIN - CODE_SIZE - 16;

    text_add_string(&text, uses[kind]);
    text_add_string(&text, "\n\n右の二次元コードには、この書面の内容と発行者（");
    text_add(&text, fields->issuer);
    text_add_string(&text,
                    "）の電子署名が入っています。発行者の公開鍵があれば、通信なしで確認できます。"
                    "書面とコードの内容が異なるときは、コードの内容が正しいものです。");
    draw_text(sheet, text_span(&text), SMALL_SIZE, MARGIN, sheet->y, width);
}

static bool
draw(struct sheet *sheet, enum document_kind kind, const struct document_fields *fields,
     const char *payload)
{
    sheet->y = MARGIN;
    sheet->y += draw_text(sheet, span_of(titles[kind]), TITLE_SIZE, MARGIN, sheet->y,
                          PAGE_WIDTH - 2 * MARGIN)
                + 12;
    draw_line(sheet, sheet->y);
    draw_person(sheet, fields);
    draw_coverage(sheet, kind, fields);
    sheet->y += 20;
    draw_notes(sheet, kind, fields);
    return draw_code(sheet, payload);
}

/* ---- the file ------------------------------------------------------------------------------- */

static cairo_status_t
take(void *owner, const unsigned char *bytes, unsigned length)
{
    struct text *text = owner;

    text_add(text, span_make((const char *)bytes, length));
    return text->is_full ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

/* Of nobody: whoever lists files sees these. */
static void
set_properties(cairo_surface_t *surface, enum document_kind kind, day_t issued_on)
{
    char        place[CREATED_BYTES];
    struct text created = text_in(place, sizeof place);
    char        day[DAY_ISO_SIZE];

    day_format_iso(issued_on, day);
    text_add_string(&created, day);
    text_add_string(&created, "T00:00:00+09:00");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, titles[kind]);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Shikaku");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, place);
}

static bool
draw_all(cairo_surface_t *surface, enum document_kind kind, const struct document_fields *fields,
         const char *payload, int32_t *ret_unknown_characters)
{
    cairo_t     *cairo = cairo_create(surface);
    struct sheet sheet = { .cairo = cairo, .layout = pango_cairo_create_layout(cairo) };

    pango_context_set_language(pango_layout_get_context(sheet.layout),
                               pango_language_from_string("ja"));
    bool is_drawn = draw(&sheet, kind, fields, payload);
    *ret_unknown_characters = sheet.unknown_characters;
    g_object_unref(sheet.layout);
    cairo_show_page(cairo);
    is_drawn = is_drawn && cairo_status(cairo) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cairo);
    return is_drawn;
}

enum fault
page_write(enum document_kind kind, const struct document_fields *fields, struct span payload,
           struct text *ret_pdf, int32_t *ret_unknown_characters)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(take, ret_pdf, PAGE_WIDTH, PAGE_HEIGHT);

    assert(payload.bytes[payload.length] == '\0');
    set_properties(surface, kind, fields->issued_on);
    bool is_drawn = draw_all(surface, kind, fields, payload.bytes, ret_unknown_characters);
    cairo_surface_finish(surface);
    is_drawn = is_drawn && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(surface);
    if (ret_pdf->is_full)
        return FAULT_REQUEST_TOO_LARGE;
    return is_drawn ? FAULT_NONE : FAULT_INTERNAL;
}

bool
page_has_fonts(void)
{
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    PangoLayout  *layout = pango_layout_new(context);
    int           unknown = 0;

    for (enum document_kind kind = DOCUMENT_CERTIFICATE; kind < DOCUMENT_KIND_END; kind++) {
        set_text(layout, span_of(uses[kind]), TEXT_SIZE);
        unknown += pango_layout_get_unknown_glyphs_count(layout);
    }
    g_object_unref(layout);
    g_object_unref(context);
    return unknown == 0;
}

void
page_end(void)
{
    pango_cairo_font_map_set_default(NULL);
}
