#include "bulk/entry.h"

#include "base/text.h"
#include "wire/out.h"

enum { NOT_MODIFIED = 304, NAMES_BYTES = 128, ESCAPED_BYTES_MAX = 6 };

struct span
entry_tag(const struct request *r)
{
    struct span tag = span_of(r->etag);
    return tag.length < 2 ? span_make(NULL, 0) : span_make(tag.bytes + 1, tag.length - 2);
}

struct span
entry_write(struct request *r)
{
    struct span tag = entry_tag(r);
    size_t      room =
        NAMES_BYTES + r->item->id.length * ESCAPED_BYTES_MAX + tag.length + r->reply.length;
    char *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return (struct span){ 0 };
    struct text text = text_in(place, room);
    text_add_format(&text, "{\"item_no\":%d", r->item_no);
    if (!span_is_empty(r->item->id)) {
        text_add_string(&text, ",\"item_id\":");
        out_quoted(&text, r->item->id);
    }
    if (!span_is_empty(tag)) {
        text_add_string(&text, ",\"etag\":");
        out_quoted(&text, tag);
    }
    if (r->fault == FAULT_NONE && r->http_status == NOT_MODIFIED) {
        text_add_string(&text, ",\"unchanged\":true");
    } else {
        text_add_string(&text, r->fault == FAULT_NONE ? ",\"result\":" : ",\"error\":");
        text_add(&text, r->reply);
    }
    text_add_byte(&text, '}');
    return text.is_full ? span_make(NULL, 0) : text_span(&text);
}
