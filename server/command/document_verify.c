/*
 * document-verify: checks the signed text of a document, offline.
 *
 * Shape   the text of the QR code on standard input, with or without a newline behind it; the
 *         fields as one JSON object on standard output, if it holds on the day.
 * Errors  EX_DATAERR a text that the registry did not sign, EX_NOPERM signed, and not to be relied
 *         on: another issuer, or another day; EX_NOINPUT no public key.
 *         One line on standard error has the verdict, and no value.
 */
#include "command/command.h"

#include "command/options.h"
#include "document/payload.h"
#include "model/day.h"
#include "wire/out.h"

#include <stdio.h>
#include <sysexits.h>

enum { OPTION_PUBLIC_KEY, OPTION_ISSUER, OPTION_ON, OPTION_ROWS, REPLY_SIZE = 8192 };

/* clang-format off */
static const struct option_row option_rows[OPTION_ROWS] = {
    [OPTION_PUBLIC_KEY] = { "--public-key", OPTION_TEXT, true, NULL, "FILE", "the registry's public key, PEM" },
    [OPTION_ISSUER]     = { "--issuer", OPTION_TEXT, false, NULL, "NAME", "the registry whose key that is" },
    [OPTION_ON]         = { "--on", OPTION_TEXT, false, NULL, "DAY", "the day it must hold on (default: today)" },
};

#define AT(member) offsetof(struct reply, fields.member)
struct reply {
    const char            *kind;
    struct document_fields fields;
};

static const struct out_row reply_rows[] = {
    { "kind", NULL, OUT_STRING, offsetof(struct reply, kind), NULL },
    { "issuer", NULL, OUT_TEXT, AT(issuer), NULL },
    { "insurer_number", NULL, OUT_TEXT, AT(insurer_number), NULL },
    { "symbol", NULL, OUT_TEXT, AT(symbol), NULL },
    { "number", NULL, OUT_TEXT, AT(number), NULL },
    { "branch_number", NULL, OUT_TEXT, AT(branch_number), NULL },
    { "relation", NULL, OUT_CODE, AT(relation), NULL },
    { "name", NULL, OUT_TEXT, AT(name), NULL },
    { "name_kana", NULL, OUT_TEXT, AT(name_kana), NULL },
    { "birth_date", NULL, OUT_DAY, AT(birth_date), NULL },
    { "sex1", NULL, OUT_CODE, AT(sex), NULL },
    { "acquired_on", NULL, OUT_DAY, AT(acquired_on), NULL },
    { "burden_ratio", NULL, OUT_RATIO, AT(burden_ratio), NULL },
    { "issued_on", NULL, OUT_DAY, AT(issued_on), NULL },
    { "valid_until", NULL, OUT_DAY, AT(valid_until), NULL },
    { NULL, NULL, OUT_TEXT, 0, NULL },
};
/* clang-format on */

static int
fail(const char *what, const char *reason, int code)
{
    fprintf(stderr, "shikaku document-verify: %s %s\n", what, reason);
    return code;
}

static int
refuse(enum payload_verdict verdict)
{
    static const int codes[PAYLOAD_VERDICT_COUNT] = {
        [PAYLOAD_MALFORMED] = EX_DATAERR,   [PAYLOAD_VERSION_UNKNOWN] = EX_DATAERR,
        [PAYLOAD_KEY_UNKNOWN] = EX_DATAERR, [PAYLOAD_SIGNATURE_WRONG] = EX_DATAERR,
        [PAYLOAD_ISSUER_OTHER] = EX_NOPERM, [PAYLOAD_NOT_YET] = EX_NOPERM,
        [PAYLOAD_EXPIRED] = EX_NOPERM,
    };

    fprintf(stderr, "shikaku document-verify: %s: %s\n", payload_verdict_name(verdict),
            payload_verdict_text(verdict));
    return codes[verdict];
}

static int
show(const struct payload *payload)
{
    static char  place[REPLY_SIZE];
    struct text  text = text_in(place, sizeof place);
    struct reply reply = { .kind = document_kind_names[payload->kind - 1],
                           .fields = payload->fields };

    out_object(&text, reply_rows, &reply);
    return !text.is_full && puts(place) >= 0 && fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static int
verify(const struct verifier *verifier, struct span issuer, day_t day)
{
    char           place[PAYLOAD_SIZE + 2];
    struct payload payload;
    size_t         length = fread(place, 1, sizeof place, stdin);

    if (ferror(stdin) != 0)
        return fail("standard input", "cannot be read", EX_IOERR);
    if (length > 0 && place[length - 1] == '\n')
        length--;
    enum payload_verdict verdict = payload_read(span_make(place, length), verifier, &payload);
    if (verdict == PAYLOAD_HOLDS)
        verdict = payload_on_day(&payload, issuer, day);
    return verdict == PAYLOAD_HOLDS ? show(&payload) : refuse(verdict);
}

static int
run(const struct option_value *values)
{
    struct blame blame = { 0 };
    day_t        day = clock_day(clock_now());
    const char  *reason;

    if (values[OPTION_ON].is_given
        && day_parse(span_of(values[OPTION_ON].text), &day, &blame) != FAULT_NONE)
        return fail("--on", blame.reason, EX_USAGE);
    struct verifier *verifier = verifier_open(values[OPTION_PUBLIC_KEY].text, &reason);
    if (verifier == NULL)
        return fail("--public-key", reason, EX_NOINPUT);
    int code = verify(verifier, span_of(values[OPTION_ISSUER].text), day);
    verifier_free(verifier);
    return code;
}

int
command_document_verify(int argc, char **argv)
{
    struct option_value values[OPTION_ROWS];

    switch (options_read("shikaku document-verify", option_rows, OPTION_ROWS, argc, argv, values)) {
    case OPTIONS_RUN:
        return run(values);
    case OPTIONS_HELP:
        puts("usage: shikaku document-verify --public-key FILE [OPTION...] < payload\n\n"
             "Checks the text in the QR code of a document; see schema/document/README.md.\n\n"
             "options:");
        options_print(stdout, option_rows, OPTION_ROWS);
        return EX_OK;
    case OPTIONS_WRONG:
    default:
        return EX_USAGE;
    }
}
