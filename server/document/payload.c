#include "document/payload.h"

#include "document/base32.h"
#include "model/day.h"

#include <assert.h>

#define FORM    "SHIKAKU"
#define VERSION "1"
#define PREFIX  FORM VERSION ":"

enum {
    KEY_LENGTH = BASE32_LENGTH(SIGNER_ID_BYTES),
    SIGNATURE_LENGTH = BASE32_LENGTH(SIGNATURE_BYTES),
    PREFIX_LENGTH = sizeof PREFIX - 1,
    FRAME_LENGTH = PREFIX_LENGTH + KEY_LENGTH + 1 + 1 + SIGNATURE_LENGTH,
    RATIO_DIGITS = 3,
    VERSION_DIGITS_MAX = 3
};

_Static_assert(FRAME_LENGTH + BASE32_LENGTH(PAYLOAD_BODY_BYTES_MAX) <= PAYLOAD_LENGTH_MAX,
               "the longest body fits");

enum line {
    LINE_KIND,
    LINE_ISSUER,
    LINE_INSURER_NUMBER,
    LINE_SYMBOL,
    LINE_NUMBER,
    LINE_BRANCH_NUMBER,
    LINE_RELATION,
    LINE_NAME,
    LINE_NAME_KANA,
    LINE_BIRTH_DATE,
    LINE_SEX,
    LINE_ACQUIRED_ON,
    LINE_BURDEN_RATIO,
    LINE_ISSUED_ON,
    LINE_VALID_UNTIL,
    LINE_COUNT
};

static const char kind_letters[DOCUMENT_KIND_END] = {
    [DOCUMENT_CERTIFICATE] = 'C', [DOCUMENT_NOTICE] = 'N'
};

/* ---- writing -------------------------------------------------------------------------------- */

static void
add_line(struct text *text, struct span line)
{
    text_add(text, line);
    text_add_byte(text, '\n');
}

static void
add_code(struct text *text, int16_t code)
{
    text_add_number(text, code);
    text_add_byte(text, '\n');
}

static void
add_day(struct text *text, day_t day)
{
    char compact[DAY_COMPACT_SIZE];

    day_format_compact(day, compact);
    add_line(text, span_of(compact));
}

void
payload_write_body(enum document_kind kind, const struct document_fields *fields,
                   struct text *ret_text)
{
    text_add_byte(ret_text, kind_letters[kind]);
    text_add_byte(ret_text, '\n');
    add_line(ret_text, fields->issuer);
    add_line(ret_text, fields->insurer_number);
    add_line(ret_text, fields->symbol);
    add_line(ret_text, fields->number);
    add_line(ret_text, fields->branch_number);
    if (fields->relation != 0)
        text_add_number(ret_text, fields->relation);
    text_add_byte(ret_text, '\n');
    add_line(ret_text, fields->name);
    add_line(ret_text, fields->name_kana);
    add_day(ret_text, fields->birth_date);
    add_code(ret_text, fields->sex);
    add_day(ret_text, fields->acquired_on);
    if (fields->burden_ratio != BURDEN_NOT_STATED)
        text_add_format(ret_text, "%03d", fields->burden_ratio);
    text_add_byte(ret_text, '\n');
    add_day(ret_text, fields->issued_on);
    add_day(ret_text, fields->valid_until);
}

enum fault
payload_write(enum document_kind kind, const struct document_fields *fields,
              const struct signer *signer, struct text *ret_text, struct blame *reterr_blame)
{
    char          place[PAYLOAD_BODY_BYTES_MAX + 1];
    struct text   body = text_in(place, sizeof place);
    struct text   whole = text_in(ret_text->bytes, ret_text->size_bytes);
    unsigned char signature[SIGNATURE_BYTES];
    enum fault    fault = document_fields_check(kind, fields, reterr_blame);

    assert(ret_text->size_bytes >= PAYLOAD_SIZE);
    if (fault != FAULT_NONE)
        return fault;
    payload_write_body(kind, fields, &body);
    if (body.is_full) {
        *reterr_blame = (struct blame){ "name", "with its kana too long for a QR code" };
        return FAULT_FIELD_TOO_LONG;
    }
    text_add_string(&whole, PREFIX);
    base32_add(&whole, signer_id(signer), SIGNER_ID_BYTES);
    text_add_byte(&whole, ':');
    base32_add(&whole, body.bytes, body.length);
    signer_sign(signer, text_span(&whole), signature);
    text_add_byte(&whole, ':');
    base32_add(&whole, signature, sizeof signature);
    assert(!whole.is_full);
    *ret_text = whole;
    return FAULT_NONE;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Every line ends in a newline, the last one too. */
static bool
split(struct span body, struct span lines[LINE_COUNT])
{
    for (size_t i = 0; i < LINE_COUNT; i++) {
        const char *end = body.length == 0 ? NULL : memchr(body.bytes, '\n', body.length);
        if (end == NULL)
            return false;
        lines[i] = span_make(body.bytes, (size_t)(end - body.bytes));
        body = span_make(end + 1, body.length - lines[i].length - 1);
    }
    return body.length == 0;
}

static enum document_kind
kind_of(struct span line)
{
    enum document_kind kind = DOCUMENT_CERTIFICATE;

    while (kind < DOCUMENT_KIND_END && (line.length != 1 || line.bytes[0] != kind_letters[kind]))
        kind++;
    return kind;
}

/* What is wrong is told apart later, by writing the body again. */
static int16_t
number_of(struct span digits)
{
    int number = 0;

    for (size_t i = 0; i < digits.length && i < RATIO_DIGITS; i++)
        number = number * 10 + (digits.bytes[i] - '0');
    return (int16_t)number;
}

static day_t
day_of(struct span line)
{
    struct blame blame = { 0 };
    day_t        day = DAY_UNKNOWN;

    return day_parse(line, &day, &blame) == FAULT_NONE ? day : DAY_UNKNOWN;
}

bool
payload_read_body(struct span body, enum document_kind *ret_kind,
                  struct document_fields *ret_fields)
{
    char         place[PAYLOAD_BODY_BYTES_MAX + 1];
    struct text  again = text_in(place, sizeof place);
    struct span  lines[LINE_COUNT];
    struct blame blame = { 0 };

    if (!split(body, lines))
        return false;
    enum document_kind     kind = kind_of(lines[LINE_KIND]);
    struct document_fields fields = {
        .issuer = lines[LINE_ISSUER],
        .insurer_number = lines[LINE_INSURER_NUMBER],
        .symbol = lines[LINE_SYMBOL],
        .number = lines[LINE_NUMBER],
        .branch_number = lines[LINE_BRANCH_NUMBER],
        .relation = number_of(lines[LINE_RELATION]),
        .name = lines[LINE_NAME],
        .name_kana = lines[LINE_NAME_KANA],
        .birth_date = day_of(lines[LINE_BIRTH_DATE]),
        .sex = number_of(lines[LINE_SEX]),
        .acquired_on = day_of(lines[LINE_ACQUIRED_ON]),
        .burden_ratio = span_is_empty(lines[LINE_BURDEN_RATIO])
                            ? BURDEN_NOT_STATED
                            : number_of(lines[LINE_BURDEN_RATIO]),
        .issued_on = day_of(lines[LINE_ISSUED_ON]),
        .valid_until = day_of(lines[LINE_VALID_UNTIL]),
    };
    if (document_fields_check(kind, &fields, &blame) != FAULT_NONE)
        return false;
    payload_write_body(kind, &fields, &again);
    if (again.is_full || !span_equal(text_span(&again), body))
        return false;
    *ret_kind = kind;
    *ret_fields = fields;
    return true;
}

static bool
starts_with(struct span text, const char *start)
{
    struct span expected = span_of(start);

    return text.length >= expected.length
           && memcmp(text.bytes, expected.bytes, expected.length) == 0;
}

/* Another number where ours has its version. */
static enum payload_verdict
verdict_of_other(struct span text)
{
    size_t form = sizeof FORM - 1;
    size_t at = form;

    if (!starts_with(text, FORM))
        return PAYLOAD_MALFORMED;
    while (at < text.length && text.bytes[at] >= '0' && text.bytes[at] <= '9')
        at++;
    bool is_version = at > form && at <= form + VERSION_DIGITS_MAX && text.bytes[form] != '0'
                      && at < text.length && text.bytes[at] == ':';
    return is_version ? PAYLOAD_VERSION_UNKNOWN : PAYLOAD_MALFORMED;
}

static bool
read_exactly(const char *from, size_t length, unsigned char *ret_bytes, size_t bytes)
{
    size_t got = 0;

    return base32_read(span_make(from, length), ret_bytes, bytes, &got) && got == bytes;
}

enum payload_verdict
payload_read(struct span text, const struct verifier *verifier, struct payload *ret_payload)
{
    unsigned char key[SIGNER_ID_BYTES];
    unsigned char signature[SIGNATURE_BYTES];
    size_t        body_bytes = 0;

    if (!starts_with(text, PREFIX))
        return verdict_of_other(text);
    if (text.length <= FRAME_LENGTH || text.length > PAYLOAD_LENGTH_MAX)
        return PAYLOAD_MALFORMED;
    const char *body = text.bytes + PREFIX_LENGTH + KEY_LENGTH + 1;
    const char *last_colon = text.bytes + text.length - SIGNATURE_LENGTH - 1;
    if (body[-1] != ':' || *last_colon != ':'
        || !read_exactly(text.bytes + PREFIX_LENGTH, KEY_LENGTH, key, sizeof key)
        || !read_exactly(last_colon + 1, SIGNATURE_LENGTH, signature, sizeof signature)
        || !base32_read(span_make(body, (size_t)(last_colon - body)),
                        (unsigned char *)ret_payload->body, sizeof ret_payload->body, &body_bytes))
        return PAYLOAD_MALFORMED;
    if (memcmp(key, verifier_id(verifier), sizeof key) != 0)
        return PAYLOAD_KEY_UNKNOWN;
    if (!verifier_accepts(verifier, span_make(text.bytes, (size_t)(last_colon - text.bytes)),
                          signature))
        return PAYLOAD_SIGNATURE_WRONG;
    return payload_read_body(span_make(ret_payload->body, body_bytes), &ret_payload->kind,
                             &ret_payload->fields)
               ? PAYLOAD_HOLDS
               : PAYLOAD_MALFORMED;
}

enum payload_verdict
payload_on_day(const struct payload *payload, struct span issuer, day_t today)
{
    const struct document_fields *fields = &payload->fields;

    if (!span_is_empty(issuer) && !span_equal(issuer, fields->issuer))
        return PAYLOAD_ISSUER_OTHER;
    if (today < fields->issued_on)
        return PAYLOAD_NOT_YET;
    if (fields->valid_until != DAY_UNKNOWN && today > fields->valid_until)
        return PAYLOAD_EXPIRED;
    return PAYLOAD_HOLDS;
}

/* ---- names ---------------------------------------------------------------------------------- */

/* clang-format off */
static const struct { const char *name, *text; } verdicts[PAYLOAD_VERDICT_COUNT] = {
    [PAYLOAD_HOLDS]           = { "holds", "signed by this registry, and in its time" },
    [PAYLOAD_MALFORMED]       = { "malformed", "not a payload of this form, or a part of one" },
    [PAYLOAD_VERSION_UNKNOWN] = { "version_unknown", "a later form, which this release cannot read" },
    [PAYLOAD_KEY_UNKNOWN]     = { "key_unknown", "signed with another key than this one" },
    [PAYLOAD_SIGNATURE_WRONG] = { "signature_wrong", "not what the registry signed" },
    [PAYLOAD_ISSUER_OTHER]    = { "issuer_other", "issued by another registry than the one expected" },
    [PAYLOAD_NOT_YET]         = { "not_yet", "issued after this day" },
    [PAYLOAD_EXPIRED]         = { "expired", "its last day has passed" },
};
/* clang-format on */

const char *
payload_verdict_name(enum payload_verdict verdict)
{
    return verdicts[verdict].name;
}

const char *
payload_verdict_text(enum payload_verdict verdict)
{
    return verdicts[verdict].text;
}
