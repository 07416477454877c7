/*
 * document: makes a signed document that an insured person carries, from fields in a file.
 *
 * Shape   the fields are one JSON object, by the table below; the text of the QR code comes out on
 *         standard output, or the page.
 * Errors  EX_NOINPUT no key or no fields, EX_DATAERR fields that no document can have: each on a
 *         line of standard error, by its name, without its value.
 */
#include "command/command.h"

#include "command/options.h"
#include "crypto/disk.h"
#include "document/page.h"
#include "document/payload.h"
#include "wire/field.h"

#include <fcntl.h>
#include <stdio.h>
#include <sysexits.h>

enum { ARENA_BYTES = 64 * 1024, JSON_BYTES_MAX = 32 * 1024, RATIO_STEP = 10 };

enum { OPTION_KEY, OPTION_FIELDS, OPTION_PAYLOAD, OPTION_PDF, OPTION_ROWS };

/* clang-format off */
static const struct option_row option_rows[OPTION_ROWS] = {
    [OPTION_KEY]     = { "--key", OPTION_TEXT, true, NULL, "FILE", "the registry's private key, PEM, mode 0600" },
    [OPTION_FIELDS]  = { "--fields", OPTION_TEXT, true, NULL, "FILE", "what stands on it, JSON" },
    [OPTION_PAYLOAD] = { "--payload", OPTION_SWITCH, false, NULL, NULL, "print the text of the QR code" },
    [OPTION_PDF]     = { "--pdf", OPTION_SWITCH, false, NULL, NULL, "print the page, PDF" },
};

/* Words come out as their place in a list, from 1. */
struct wanted {
    int16_t                kind;
    int16_t                ratio;
    struct document_fields fields;
};

static const char *const codes[] = { "1", "2", "3", NULL };
static const char *const relations[] = { "1", "2", NULL };
static const char *const ratios[] = { "000", "010", "020", "030", NULL };

#define AT(member) offsetof(struct wanted, fields.member)
static const struct field field_rows[] = {
    { "kind", FIELD_WORD, offsetof(struct wanted, kind), 0, true, document_kind_names },
    { "issuer", FIELD_TEXT, AT(issuer), DOCUMENT_ISSUER_BYTES_MAX, true, NULL },
    { "insurer_number", FIELD_TEXT, AT(insurer_number), DOCUMENT_CARD_BYTES_MAX, true, NULL },
    { "insurer_name", FIELD_TEXT, AT(insurer_name), DOCUMENT_NAME_BYTES_MAX, true, NULL },
    { "symbol", FIELD_TEXT, AT(symbol), DOCUMENT_CARD_BYTES_MAX, false, NULL },
    { "number", FIELD_TEXT, AT(number), DOCUMENT_CARD_BYTES_MAX, true, NULL },
    { "branch_number", FIELD_TEXT, AT(branch_number), DOCUMENT_CARD_BYTES_MAX, false, NULL },
    { "relation", FIELD_WORD, AT(relation), 0, false, relations },
    { "name", FIELD_TEXT, AT(name), DOCUMENT_NAME_BYTES_MAX, true, NULL },
    { "name_kana", FIELD_TEXT, AT(name_kana), DOCUMENT_NAME_BYTES_MAX, false, NULL },
    { "birth_date", FIELD_DAY, AT(birth_date), 0, true, NULL },
    { "sex1", FIELD_WORD, AT(sex), 0, true, codes },
    { "acquired_on", FIELD_DAY, AT(acquired_on), 0, true, NULL },
    { "burden_ratio", FIELD_WORD, offsetof(struct wanted, ratio), 0, false, ratios },
    { "issued_on", FIELD_DAY, AT(issued_on), 0, true, NULL },
    { "valid_until", FIELD_DAY, AT(valid_until), 0, false, NULL },
};
/* clang-format on */

static int
fail(const char *what, const char *reason, int code)
{
    fprintf(stderr, "shikaku document: %s %s\n", what, reason);
    return code;
}

static void
tell(void *owner, enum fault fault, const char *field, const char *reason)
{
    (void)owner;
    fprintf(stderr, "shikaku document: %s: %s%s%s\n", field == NULL ? "--fields" : field,
            fault_info(fault)->code, reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
}

static int
write_page(const struct wanted *wanted, struct span payload)
{
    static char place[PAGE_BYTES_MAX];
    struct text pdf = text_in(place, sizeof place);
    int32_t     unknown = 0;
    enum fault  fault =
        page_write((enum document_kind)wanted->kind, &wanted->fields, payload, &pdf, &unknown);

    if (fault != FAULT_NONE)
        return fail("--pdf", "cannot be made: are the fonts installed?", EX_SOFTWARE);
    if (unknown > 0)
        fprintf(stderr, "shikaku document: %d characters that no font here has\n", (int)unknown);
    return fwrite(pdf.bytes, 1, pdf.length, stdout) == pdf.length && fflush(stdout) == 0 ? EX_OK
                                                                                         : EX_IOERR;
}

static int
make(const struct wanted *wanted, const struct signer *signer, const struct option_value *values)
{
    char         place[PAYLOAD_SIZE];
    struct text  text = text_in(place, sizeof place);
    struct blame blame = { 0 };
    enum fault   fault =
        payload_write((enum document_kind)wanted->kind, &wanted->fields, signer, &text, &blame);

    if (fault != FAULT_NONE) {
        tell(NULL, fault, blame.field, blame.reason);
        return EX_DATAERR;
    }
    if (values[OPTION_PDF].is_given)
        return write_page(wanted, text_span(&text));
    return puts(place) >= 0 && fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static int
decode_and_make(const struct option_value *values, const struct signer *signer, struct arena *arena)
{
    struct wanted wanted = { 0 };
    struct span   json = { 0 };

    if (!disk_read(AT_FDCWD, values[OPTION_FIELDS].text, JSON_BYTES_MAX, &json))
        return fail("--fields", "cannot be read", EX_NOINPUT);
    bool is_sound =
        fields_decode(json, field_rows, ARRAY_LEN(field_rows), arena, &wanted, tell, NULL);
    disk_drop(&json);
    if (!is_sound)
        return EX_DATAERR;
    wanted.fields.burden_ratio =
        wanted.ratio == 0 ? BURDEN_NOT_STATED : (int16_t)((wanted.ratio - 1) * RATIO_STEP);
    return make(&wanted, signer, values);
}

static int
run(const struct option_value *values)
{
    struct arena arena = { 0 };
    const char  *reason;

    if (values[OPTION_PAYLOAD].is_given == values[OPTION_PDF].is_given)
        return fail("--payload, --pdf", "is to be one of them", EX_USAGE);
    struct signer *signer = signer_open(values[OPTION_KEY].text, &reason);
    if (signer == NULL)
        return fail("--key", reason, EX_NOINPUT);
    int code = arena_open(&arena, ARENA_BYTES, ARENA_BYTES)
                   ? decode_and_make(values, signer, &arena)
                   : fail("memory", "has run out", EX_OSERR);
    arena_close(&arena);
    signer_free(signer);
    return code;
}

int
command_document(int argc, char **argv)
{
    struct option_value values[OPTION_ROWS];

    switch (options_read("shikaku document", option_rows, OPTION_ROWS, argc, argv, values)) {
    case OPTIONS_RUN:
        return run(values);
    case OPTIONS_HELP:
        puts("usage: shikaku document --key FILE --fields FILE --payload|--pdf\n\n"
             "Makes a 資格確認書 (kind certificate) or a 資格情報のお知らせ (kind notice); see\n"
             "schema/document/README.md for the fields.\n\noptions:");
        options_print(stdout, option_rows, OPTION_ROWS);
        return EX_OK;
    case OPTIONS_WRONG:
    default:
        return EX_USAGE;
    }
}
