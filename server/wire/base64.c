#include "wire/base64.h"

static int
value_of(char sign, enum base64_kind kind)
{
    if (sign >= 'A' && sign <= 'Z')
        return sign - 'A';
    if (sign >= 'a' && sign <= 'z')
        return sign - 'a' + 26;
    if (sign >= '0' && sign <= '9')
        return sign - '0' + 52;
    if (sign == (kind == BASE64_URL ? '-' : '+'))
        return 62;
    return sign == (kind == BASE64_URL ? '_' : '/') ? 63 : -1;
}

/* Padding is there in one kind, always, and never in the other. */
static bool
cut_padding(struct span *text, enum base64_kind kind)
{
    size_t signs = text->length;

    while (signs > 0 && text->length - signs < 2 && text->bytes[signs - 1] == '=')
        signs--;
    size_t padding = text->length - signs;
    text->length = signs;
    if (kind == BASE64_URL)
        return padding == 0 && signs % 4 != 1;
    return (signs + padding) % 4 == 0 && signs % 4 != 1;
}

bool
base64_decode(struct span text, enum base64_kind kind, void *ret_bytes, size_t size_bytes,
              size_t *ret_length)
{
    unsigned char *bytes = ret_bytes;
    uint32_t       bits = 0;
    int            bit_count = 0;
    size_t         length = 0;

    if (!cut_padding(&text, kind))
        return false;
    for (size_t i = 0; i < text.length; i++) {
        int value = value_of(text.bytes[i], kind);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        bit_count += 6;
        if (bit_count < 8)
            continue;
        if (length == size_bytes)
            return false;
        bit_count -= 8;
        bytes[length++] = (unsigned char)(bits >> bit_count & 0xff);
    }
    *ret_length = length;
    return (bits & ((1U << bit_count) - 1)) == 0;
}

void
base64_add(struct text *text, enum base64_kind kind, const unsigned char *bytes, size_t length)
{
    static const char signs[][65] = {
        [BASE64_PLAIN] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        [BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    };
    uint32_t bits = 0;
    int      bit_count = 0;

    for (size_t i = 0; i < length; i++) {
        bits = bits << 8 | bytes[i];
        bit_count += 8;
        while (bit_count >= 6) {
            bit_count -= 6;
            text_add_byte(text, signs[kind][bits >> bit_count & 63]);
        }
    }
    if (bit_count > 0)
        text_add_byte(text, signs[kind][bits << (6 - bit_count) & 63]);
    for (size_t i = length % 3; kind == BASE64_PLAIN && i > 0 && i < 3; i++)
        text_add_byte(text, '=');
}

void
base64_add_url(struct text *text, const unsigned char *bytes, size_t length)
{
    base64_add(text, BASE64_URL, bytes, length);
}
