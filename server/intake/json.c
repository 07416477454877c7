#include "intake/record.h"

#include "base/text.h"
#include "model/utf8.h"

struct json {
    char  *bytes;
    size_t at;
    size_t length;
};

static bool
is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static void
skip_blanks(struct json *json)
{
    while (json->at < json->length && is_blank(json->bytes[json->at]))
        json->at++;
}

static bool
take_byte(struct json *json, char byte)
{
    skip_blanks(json);
    if (json->at == json->length || json->bytes[json->at] != byte)
        return false;
    json->at++;
    return true;
}

static int
hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

static bool
take_hex(struct json *json, uint32_t *ret_code)
{
    *ret_code = 0;
    if (json->length - json->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(json->bytes[json->at++]);
        if (digit < 0)
            return false;
        *ret_code = *ret_code * 16 + (uint32_t)digit;
    }
    return true;
}

enum { HIGH_FIRST = 0xD800, LOW_FIRST = 0xDC00, LOW_LAST = 0xDFFF, SUPPLEMENT = 0x10000 };

/* Behind "\u". Half of a pair alone is no character, and neither is NUL. */
static bool
take_escaped_code(struct json *json, struct text *text)
{
    uint32_t code;
    uint32_t low;

    if (!take_hex(json, &code) || code == 0 || (code >= LOW_FIRST && code <= LOW_LAST))
        return false;
    if (code >= HIGH_FIRST && code < LOW_FIRST) {
        if (json->length - json->at < 6 || json->bytes[json->at] != '\\'
            || json->bytes[json->at + 1] != 'u')
            return false;
        json->at += 2;
        if (!take_hex(json, &low) || low < LOW_FIRST || low > LOW_LAST)
            return false;
        code = SUPPLEMENT + ((code - HIGH_FIRST) << 10) + (low - LOW_FIRST);
    }
    utf8_add(text, code);
    return true;
}

static bool
take_escape(struct json *json, struct text *text)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    const char       *found;

    if (json->at == json->length)
        return false;
    char letter = json->bytes[json->at++];
    if (letter == 'u')
        return take_escaped_code(json, text);
    found = letter == '\0' ? NULL : strchr(letters, letter);
    if (found == NULL)
        return false;
    text_add_byte(text, meant[found - letters]);
    return true;
}

/* From behind the opening mark. Every escape is longer than what it means, so the string is written
 * over itself. */
static bool
take_string(struct json *json, struct span *ret_string)
{
    char  *from = json->bytes + json->at;
    size_t written;

    while (json->at < json->length) {
        unsigned char byte = (unsigned char)json->bytes[json->at];
        if (byte == '"') {
            *ret_string = span_make(from, (size_t)(json->bytes + json->at - from));
            json->at++;
            return true;
        }
        if (byte < ' ')
            return false;
        if (byte == '\\')
            break;
        json->at++;
    }
    written = (size_t)(json->bytes + json->at - from);
    while (json->at < json->length) {
        char        place[UTF8_BYTES_MAX + 1];
        struct text text = text_in(place, sizeof(place));
        char        byte = json->bytes[json->at++];
        if (byte == '"') {
            *ret_string = span_make(from, written);
            return true;
        }
        if ((unsigned char)byte < ' ' || (byte == '\\' && !take_escape(json, &text)))
            return false;
        if (byte != '\\')
            text_add_byte(&text, byte);
        memcpy(from + written, place, text.length);
        written += text.length;
    }
    return false;
}

static bool
skip_digits(struct json *json)
{
    size_t from = json->at;

    while (json->at < json->length && json->bytes[json->at] >= '0' && json->bytes[json->at] <= '9')
        json->at++;
    return json->at > from;
}

static bool
take_number(struct json *json, struct span *ret_number)
{
    size_t from = json->at;

    if (json->bytes[json->at] == '-')
        json->at++;
    if (json->at < json->length && json->bytes[json->at] == '0')
        json->at++;
    else if (!skip_digits(json))
        return false;
    if (json->at < json->length && json->bytes[json->at] == '.') {
        json->at++;
        if (!skip_digits(json))
            return false;
    }
    if (json->at < json->length && (json->bytes[json->at] == 'e' || json->bytes[json->at] == 'E')) {
        json->at++;
        if (json->at < json->length
            && (json->bytes[json->at] == '+' || json->bytes[json->at] == '-'))
            json->at++;
        if (!skip_digits(json))
            return false;
    }
    *ret_number = span_make(json->bytes + from, json->at - from);
    return true;
}

static bool
take_word(struct json *json, const char *word)
{
    size_t length = strlen(word);

    if (json->length - json->at < length || memcmp(json->bytes + json->at, word, length) != 0)
        return false;
    json->at += length;
    return true;
}

static bool
take_value(struct json *json, struct json_member *member)
{
    skip_blanks(json);
    if (json->at == json->length)
        return false;
    switch (json->bytes[json->at]) {
    case '"':
        json->at++;
        member->kind = JSON_TEXT;
        return take_string(json, &member->value);
    case 'n':
        member->kind = JSON_NULL;
        return take_word(json, "null");
    default:
        member->kind = JSON_NUMBER;
        return take_number(json, &member->value);
    }
}

static bool
take_member(struct json *json, struct json_member *member)
{
    *member = (struct json_member){ .kind = JSON_NULL };
    return take_byte(json, '"') && take_string(json, &member->name) && take_byte(json, ':')
           && take_value(json, member);
}

int
json_split(char *record, size_t length, struct json_member *ret_members, int members_max)
{
    struct json json = { .bytes = record, .length = length };
    int         count = 0;

    if (!take_byte(&json, '{'))
        return RECORD_BROKEN;
    if (!take_byte(&json, '}')) {
        do {
            if (count == members_max || !take_member(&json, &ret_members[count]))
                return RECORD_BROKEN;
            count++;
        } while (take_byte(&json, ','));
        if (!take_byte(&json, '}'))
            return RECORD_BROKEN;
    }
    skip_blanks(&json);
    return json.at == json.length ? count : RECORD_BROKEN;
}
