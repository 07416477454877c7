#include "endpoint/access_view.h"

#include "base/text.h"

enum { ITEMS_BYTES = 384 };

static const char *const item_words[] = {
    "coverage",
    "person",
    "address",
    "burden_ratio",
    "elderly_certificate",
    "ceiling",
    "specific_disease",
    "public_benefit",
    "reference_number",
    "comparison",
    "accesses",
    "checkups",
    "drugs",
    "treatments",
    "operations",
    "expenses",
    "agents",
    NULL,
};

const char *const access_holder_words[] = { "facility", "insurer", "operator", "portal", NULL };

const char *const access_way_words[] = { "card",   "number",    "bulk",     "enrolment",
                                         "ticket", "emergency", "disaster", "person",
                                         "office", "agent",     NULL };

struct span
access_items(struct request *r, int64_t items)
{
    char *place = arena_take(&r->arena, ITEMS_BYTES);

    if (place == NULL)
        return span_of("[]");
    struct text text = text_in(place, ITEMS_BYTES);
    text_add_byte(&text, '[');
    for (int bit = 0; item_words[bit] != NULL; bit++)
        if ((items >> bit & 1) != 0)
            text_add_format(&text, "%s\"%s\"", text.length == 1 ? "" : ",", item_words[bit]);
    text_add_byte(&text, ']');
    return text_span(&text);
}
