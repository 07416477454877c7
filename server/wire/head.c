#include "wire/head.h"

#include <strings.h>

enum { WHOLE_DIGITS_MAX = 15, BASE64_SHA256_LENGTH = 44 };

static struct span
trim(struct span text)
{
    while (text.length > 0 && (text.bytes[0] == ' ' || text.bytes[0] == '\t')) {
        text.bytes++;
        text.length--;
    }
    while (text.length > 0
           && (text.bytes[text.length - 1] == ' ' || text.bytes[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* What stands before the first mark; the rest, behind it, stays. Without a mark all of it. */
static struct span
cut(struct span *rest, char mark)
{
    if (rest->length == 0)
        return (struct span){ 0 }; /* a header that is missing has no bytes to point at */
    const char *at = memchr(rest->bytes, mark, rest->length);
    size_t      length = at == NULL ? rest->length : (size_t)(at - rest->bytes);
    struct span piece = span_make(rest->bytes, length);

    size_t eaten = at == NULL ? length : length + 1;
    *rest = span_make(rest->bytes + eaten, rest->length - eaten);
    return trim(piece);
}

bool
head_is(struct span text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.bytes, word, text.length) == 0;
}

bool
head_flag(struct span text, bool *ret_flag)
{
    *ret_flag = span_is(text, "?1");
    return *ret_flag || span_is(text, "?0");
}

bool
head_whole(struct span text, int64_t *ret_number)
{
    if (!span_is_digits(text) || text.length > WHOLE_DIGITS_MAX)
        return false;
    *ret_number = 0;
    for (size_t i = 0; i < text.length; i++)
        *ret_number = *ret_number * 10 + (text.bytes[i] - '0');
    return true;
}

static int
base64_value(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9')
        return byte - '0' + 52;
    if (byte == '+')
        return 62;
    return byte == '/' ? 63 : -1;
}

/* 32 bytes are 43 signs and one "=": the last sign has two bits to spare, which are 0. */
static bool
decode_digest(struct span text, unsigned char *ret_digest)
{
    uint32_t bits = 0;
    int      bit_count = 0;
    size_t   length = 0;

    if (text.length != BASE64_SHA256_LENGTH || text.bytes[BASE64_SHA256_LENGTH - 1] != '=')
        return false;
    for (size_t i = 0; i < BASE64_SHA256_LENGTH - 1; i++) {
        int value = base64_value(text.bytes[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            ret_digest[length++] = (unsigned char)(bits >> bit_count & 0xff);
        }
    }
    return (bits & ((1U << bit_count) - 1)) == 0;
}

bool
head_sha256(struct span text, unsigned char *ret_digest)
{
    bool has = false;

    while (text.length > 0) {
        struct span value = cut(&text, ',');
        struct span name = cut(&value, '='); /* base64 may have others behind */
        if (!span_is(name, "sha-256"))
            continue;
        value = trim(value);
        if (has || value.length < 2 || value.bytes[0] != ':'
            || value.bytes[value.length - 1] != ':')
            return false;
        has = decode_digest(span_make(value.bytes + 1, value.length - 2), ret_digest);
        if (!has)
            return false;
    }
    return has;
}

bool
head_media_type(struct span text, struct span *ret_type, struct span *ret_charset)
{
    *ret_type = cut(&text, ';');
    *ret_charset = (struct span){ 0 };
    while (text.length > 0) {
        struct span value = cut(&text, ';');
        struct span name = cut(&value, '=');
        if (!head_is(name, "charset"))
            continue;
        value = trim(value);
        if (ret_charset->length > 0 || value.length == 0)
            return false;
        if (value.length > 2 && value.bytes[0] == '"' && value.bytes[value.length - 1] == '"')
            value = span_make(value.bytes + 1, value.length - 2);
        *ret_charset = value;
    }
    return ret_type->length > 0;
}
