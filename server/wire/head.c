#include "wire/head.h"

#include "wire/base64.h"

#include <strings.h>

enum { WHOLE_DIGITS_MAX = 15, BASE64_SHA256_LENGTH = 44, SHA256_LENGTH = 32 };

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

static bool
decode_digest(struct span text, unsigned char *ret_digest)
{
    size_t length;

    return text.length == BASE64_SHA256_LENGTH
           && base64_decode(text, BASE64_PLAIN, ret_digest, SHA256_LENGTH, &length)
           && length == SHA256_LENGTH;
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
