#include "page/page.h"

#include "base/attr.h"

/* The assembler puts a file into the program as it is. */
#define FILE_BYTES(symbol, path)                 \
    __asm__(".section .rodata\n"                 \
            "page_" #symbol "_first:\n"          \
            ".incbin \"server/page/" path "\"\n" \
            "page_" #symbol "_end:\n"            \
            ".byte 0\n"                          \
            ".previous\n");                      \
    extern const char page_##symbol##_first[], page_##symbol##_end[];

FILE_BYTES(office_html, "office/office.html")
FILE_BYTES(office_js, "office/office.js")
FILE_BYTES(views_js, "office/views.js")
FILE_BYTES(words_js, "office/words.js")
FILE_BYTES(facility_html, "facility/facility.html")
FILE_BYTES(facility_js, "facility/facility.js")
FILE_BYTES(page_css, "common/page.css")
FILE_BYTES(uplot_js, "common/uPlot.js")
FILE_BYTES(uplot_css, "common/uPlot.css")

#define HTML          "text/html; charset=utf-8"
#define SCRIPT        "text/javascript; charset=utf-8"
#define STYLE         "text/css; charset=utf-8"
#define BYTES(symbol) page_##symbol##_first, page_##symbol##_end

/* clang-format off */
static const struct page pages[] = {
    { "office.html",   HTML,   DUTY_OFFICE,              BYTES(office_html) },
    { "office.js",     SCRIPT, DUTY_OFFICE,              BYTES(office_js) },
    { "views.js",      SCRIPT, DUTY_OFFICE,              BYTES(views_js) },
    { "words.js",      SCRIPT, DUTY_OFFICE,              BYTES(words_js) },
    { "uPlot.js",      SCRIPT, DUTY_OFFICE,              BYTES(uplot_js) },
    { "uPlot.css",     STYLE,  DUTY_OFFICE,              BYTES(uplot_css) },
    { "facility.html", HTML,   DUTY_SERVE,               BYTES(facility_html) },
    { "facility.js",   SCRIPT, DUTY_SERVE,               BYTES(facility_js) },
    { "page.css",      STYLE,  DUTY_OFFICE | DUTY_SERVE, BYTES(page_css) },
};
/* clang-format on */

const struct page *
page_find(enum duty duty, struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(pages); i++)
        if ((pages[i].duty & duty) != 0 && (name.length == 0 || span_is(name, pages[i].name)))
            return &pages[i];
    return NULL;
}
