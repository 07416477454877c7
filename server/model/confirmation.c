#include "model/confirmation.h"

#include "base/text.h"

#include <assert.h>

enum {
    CARRIED_CHARS = 16, /* 5 bits each: 16 of the day, 64 of the record */
    ALL_CHARS = CARRIED_CHARS + 1,
    CARRIED_BYTES = 10,
    GROUP_CHARS = 4,
    BITS = 5,
    FIELD_SIZE = 32,
    FIELD_POLYNOMIAL = 0x25, /* x^5 + x^2 + 1 */
    DAYS_MAX = 0xFFFF,
    NO_VALUE = 0xFF
};

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The value times x, in GF(32). */
static unsigned
times_x(unsigned value)
{
    value <<= 1;
    return (value & FIELD_SIZE) != 0 ? value ^ FIELD_POLYNOMIAL : value;
}

/* Horner's rule: the first value gets the highest weight, x^16, and the last x. With the check
 * value itself at weight 1, all 17 weights differ. */
static unsigned
check_value(const unsigned char values[CARRIED_CHARS])
{
    unsigned sum = 0;
    for (int i = 0; i < CARRIED_CHARS; i++)
        sum = times_x(sum ^ values[i]);
    return sum;
}

static void
split(const unsigned char bytes[CARRIED_BYTES], unsigned char ret_values[CARRIED_CHARS])
{
    for (int i = 0; i < CARRIED_CHARS; i++) {
        int      bit = i * BITS;
        unsigned pair = (unsigned)bytes[bit / 8] << 8;
        if (bit / 8 + 1 < CARRIED_BYTES)
            pair |= bytes[bit / 8 + 1];
        ret_values[i] = (unsigned char)(pair >> (16 - BITS - bit % 8) & (FIELD_SIZE - 1));
    }
}

static void
join(const unsigned char values[CARRIED_CHARS], unsigned char ret_bytes[CARRIED_BYTES])
{
    unsigned held = 0;
    int      held_bits = 0;
    int      count = 0;

    for (int i = 0; i < CARRIED_CHARS; i++) {
        held = held << BITS | values[i];
        held_bits += BITS;
        if (held_bits >= 8) {
            held_bits -= 8;
            ret_bytes[count++] = (unsigned char)(held >> held_bits & 0xFF);
        }
    }
}

void
confirmation_format(int64_t record_id, day_t day, char ret_text[CONFIRMATION_SIZE])
{
    unsigned char bytes[CARRIED_BYTES];
    unsigned char values[ALL_CHARS];
    uint64_t      record = (uint64_t)record_id;
    unsigned      days = (unsigned)(day - CONFIRMATION_EPOCH);

    assert(day >= CONFIRMATION_EPOCH && days <= DAYS_MAX);
    bytes[0] = (unsigned char)(days >> 8);
    bytes[1] = (unsigned char)(days & 0xFF);
    for (int i = 0; i < 8; i++)
        bytes[2 + i] = (unsigned char)(record >> (56 - 8 * i) & 0xFF);
    split(bytes, values);
    values[CARRIED_CHARS] = (unsigned char)check_value(values);

    struct text text = text_in(ret_text, CONFIRMATION_SIZE);
    for (int i = 0; i < ALL_CHARS; i++) {
        if (i > 0 && i % GROUP_CHARS == 0)
            text_add_byte(&text, '-');
        text_add_byte(&text, alphabet[values[i]]);
    }
}

static unsigned char
value_of(char sign)
{
    if (sign >= 'a' && sign <= 'z')
        sign = (char)(sign - 'a' + 'A');
    if (sign == 'I' || sign == 'L')
        return 1;
    if (sign == 'O')
        return 0;
    for (unsigned value = 0; value < FIELD_SIZE; value++)
        if (alphabet[value] == sign)
            return (unsigned char)value;
    return NO_VALUE;
}

static enum fault
read_values(struct span text, unsigned char ret_values[ALL_CHARS], struct blame *reterr_blame)
{
    int count = 0;

    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] == '-' || text.bytes[i] == ' ')
            continue;
        unsigned char value = value_of(text.bytes[i]);
        if (value == NO_VALUE || count == ALL_CHARS) {
            reterr_blame->reason = "not a confirmation number";
            return FAULT_FIELD_MALFORMED;
        }
        ret_values[count++] = value;
    }
    if (count != ALL_CHARS) {
        reterr_blame->reason = "not 17 letters and digits";
        return FAULT_FIELD_MALFORMED;
    }
    return FAULT_NONE;
}

enum fault
confirmation_parse(struct span text, int64_t *ret_record_id, day_t *ret_day,
                   struct blame *reterr_blame)
{
    unsigned char values[ALL_CHARS];
    unsigned char bytes[CARRIED_BYTES];
    uint64_t      record = 0;

    enum fault fault = read_values(text, values, reterr_blame);
    if (fault != FAULT_NONE)
        return fault;
    if (check_value(values) != values[CARRIED_CHARS]) {
        reterr_blame->reason = "the check character does not fit";
        return FAULT_CHECK_DIGIT;
    }
    join(values, bytes);
    for (int i = 0; i < 8; i++)
        record = record << 8 | bytes[2 + i];
    *ret_record_id = (int64_t)record;
    *ret_day = CONFIRMATION_EPOCH + (bytes[0] << 8 | bytes[1]);
    return FAULT_NONE;
}
