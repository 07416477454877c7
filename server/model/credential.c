#include "model/credential.h"

struct span
credential_serial_form(struct span raw, struct arena *arena)
{
    while (raw.length > 1 && raw.bytes[0] == '0') {
        raw.bytes++;
        raw.length--;
    }
    char *form = raw.length == 0 ? NULL : arena_take_raw(arena, raw.length);
    if (form == NULL)
        return (struct span){ 0 };
    for (size_t i = 0; i < raw.length; i++) {
        char byte = raw.bytes[i];
        form[i] = (char)(byte >= 'a' && byte <= 'f' ? byte - 'a' + 'A' : byte);
    }
    return span_make(form, raw.length);
}
