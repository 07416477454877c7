#include "base/uuid.h"

#include <assert.h>
#include <sys/random.h>

static bool
is_dash_place(size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

static int
hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool
uuid_parse(struct span text, unsigned char *ret_uuid)
{
    unsigned char uuid[UUID_SIZE] = { 0 };
    size_t        nibble = 0;

    if (text.length != UUID_TEXT_LENGTH)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (is_dash_place(i)) {
            if (text.bytes[i] != '-')
                return false;
            continue;
        }
        int value = hex_value(text.bytes[i]);
        if (value < 0)
            return false;
        uuid[nibble / 2] = (unsigned char)(uuid[nibble / 2] << 4 | value);
        nibble++;
    }
    memcpy(ret_uuid, uuid, UUID_SIZE);
    return true;
}

void
uuid_format(const unsigned char *uuid, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    size_t            nibble = 0;

    for (size_t i = 0; i < UUID_TEXT_LENGTH; i++) {
        if (is_dash_place(i)) {
            ret_text[i] = '-';
            continue;
        }
        int shift = nibble % 2 == 0 ? 4 : 0;
        ret_text[i] = digits[uuid[nibble / 2] >> shift & 15];
        nibble++;
    }
    ret_text[UUID_TEXT_LENGTH] = '\0';
}

void
uuid_make(unsigned char *ret_uuid)
{
    /* 16 bytes never come short, and the source is ready long before a server starts. */
    ssize_t length = getrandom(ret_uuid, UUID_SIZE, 0);
    assert(length == UUID_SIZE);
    (void)length;
    ret_uuid[6] = (unsigned char)((ret_uuid[6] & 0x0f) | 0x40);
    ret_uuid[8] = (unsigned char)((ret_uuid[8] & 0x3f) | 0x80);
}
