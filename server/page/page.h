/*
 * page: the files of the web pages, as they lie in this room's folders, within the program.
 *
 * Shape   a row for each: name, type, bytes. The first of a program is what "/" shows.
 * Errors  page_find(): NULL.
 * Owner   constant.
 * Source  server/page/; uPlot in common/ is https://github.com/leeoniya/uPlot (MIT), unchanged.
 */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "base/duty.h"
#include "base/span.h"

struct page {
    const char *name;
    const char *type; /* of HTTP */
    unsigned    duty; /* the programs that show it */
    const char *first;
    const char *end;
};

/* An empty name is the first page of this program. */
const struct page *page_find(enum duty duty, struct span name);

static inline struct span
page_bytes(const struct page *page)
{
    return span_make(page->first, (size_t)(page->end - page->first));
}

#endif
