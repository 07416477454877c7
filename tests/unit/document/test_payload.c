/* Tests of document/payload: what was signed comes back, and nothing else is believed. */
#include "keys.h"

#include "document/base32.h"
#include "document/payload.h"

#include <stdio.h>

static struct keys own;
static struct keys other;

static int
open_keys(void **state)
{
    (void)state;
    keys_open(&own);
    keys_open(&other);
    return 0;
}

static int
close_keys(void **state)
{
    (void)state;
    keys_close(&own);
    keys_close(&other);
    return 0;
}

static struct span
written(enum document_kind kind, const struct document_fields *fields, char place[PAYLOAD_SIZE])
{
    struct text  text = text_in(place, PAYLOAD_SIZE);
    struct blame blame = { 0 };
    enum fault   fault = payload_write(kind, fields, own.signer, &text, &blame);

    CASE_INT(blame.field == NULL ? "payload" : blame.field, fault, FAULT_NONE);
    return text_span(&text);
}

static void
must_be_same(const struct document_fields *a, const struct document_fields *b)
{
    CASE_SPAN("issuer", a->issuer, b->issuer);
    CASE_SPAN("insurer_number", a->insurer_number, b->insurer_number);
    CASE_SPAN("symbol", a->symbol, b->symbol);
    CASE_SPAN("number", a->number, b->number);
    CASE_SPAN("branch_number", a->branch_number, b->branch_number);
    CASE_INT("relation", a->relation, b->relation);
    CASE_SPAN("name", a->name, b->name);
    CASE_SPAN("name_kana", a->name_kana, b->name_kana);
    CASE_INT("birth_date", a->birth_date, b->birth_date);
    CASE_INT("sex", a->sex, b->sex);
    CASE_INT("acquired_on", a->acquired_on, b->acquired_on);
    CASE_INT("burden_ratio", a->burden_ratio, b->burden_ratio);
    CASE_INT("issued_on", a->issued_on, b->issued_on);
    CASE_INT("valid_until", a->valid_until, b->valid_until);
}

static void
round_trip(enum document_kind kind, const struct document_fields *fields)
{
    char           place[PAYLOAD_SIZE];
    struct payload payload;
    struct span    text = written(kind, fields, place);

    CASE_INT("read", payload_read(text, own.verifier, &payload), PAYLOAD_HOLDS);
    CASE_INT("kind", payload.kind, kind);
    must_be_same(&payload.fields, fields);
    CASE_TRUE("insurer_name", span_is_empty(payload.fields.insurer_name));
}

static void
what_was_written_is_read_back_field_by_field(void **state)
{
    struct document_fields fields = sample_fields();

    (void)state;
    round_trip(DOCUMENT_CERTIFICATE, &fields);
    round_trip(DOCUMENT_NOTICE, &fields);
    fields.valid_until = DAY_UNKNOWN;
    fields.burden_ratio = BURDEN_NOT_STATED;
    fields.symbol = fields.branch_number = fields.name_kana = span_of("");
    round_trip(DOCUMENT_NOTICE, &fields);
    fields.burden_ratio = 0;
    fields.number = span_of("あいう１８７");
    fields.name = span_of("𠮷野　葛󠄀子");
    round_trip(DOCUMENT_NOTICE, &fields);
}

static void
a_usual_payload_fits_a_qr_code_of_version_15(void **state)
{
    enum { VERSION_15_M = 600 };
    char                   place[PAYLOAD_SIZE];
    struct document_fields fields = sample_fields();

    (void)state;
    fields.name = span_of("勅使河原　長左衛門之助");
    fields.name_kana = span_of("テシガワラ　チョウザエモンノスケ");
    fields.symbol = span_of("見本共済組合第一");
    assert_in_range(written(DOCUMENT_CERTIFICATE, &fields, place).length, 1, VERSION_15_M);
}

static void
every_byte_changed_to_any_other_is_refused(void **state)
{
    static const char      alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567:018a=\n ";
    char                   place[PAYLOAD_SIZE];
    struct payload         payload;
    struct document_fields fields = sample_fields();
    struct span            text = written(DOCUMENT_CERTIFICATE, &fields, place);

    (void)state;
    for (size_t at = 0; at < text.length; at++) {
        char right = place[at];
        for (size_t i = 0; i < sizeof alphabet + 8; i++) {
            char wrong =
                (char)(i < sizeof alphabet ? alphabet[i] : right ^ 1 << (i - sizeof alphabet));
            if (wrong == right)
                continue;
            place[at] = wrong;
            if (payload_read(text, own.verifier, &payload) == PAYLOAD_HOLDS)
                fail_msg("byte %zu as %d is believed", at, wrong);
        }
        place[at] = right;
    }
    CASE_INT("as it was", payload_read(text, own.verifier, &payload), PAYLOAD_HOLDS);
}

static void
what_is_cut_or_has_more_behind_it_is_refused(void **state)
{
    char                   place[PAYLOAD_SIZE + 1];
    struct payload         payload;
    struct document_fields fields = sample_fields();
    struct span            text = written(DOCUMENT_CERTIFICATE, &fields, place);

    (void)state;
    for (size_t length = 0; length < text.length; length++) {
        assert_int_not_equal(payload_read(span_make(place, length), own.verifier, &payload),
                             PAYLOAD_HOLDS);
        assert_int_not_equal(
            payload_read(span_make(place + text.length - length, length), own.verifier, &payload),
            PAYLOAD_HOLDS);
    }
    place[text.length] = 'A';
    assert_int_not_equal(payload_read(span_make(place, text.length + 1), own.verifier, &payload),
                         PAYLOAD_HOLDS);
}

static void
the_key_of_another_registry_is_refused_also_under_our_id(void **state)
{
    char                   place[PAYLOAD_SIZE];
    struct payload         payload;
    struct document_fields fields = sample_fields();
    struct span            text = written(DOCUMENT_CERTIFICATE, &fields, place);
    char                   id[BASE32_LENGTH(SIGNER_ID_BYTES) + 1];
    struct text            other_id = text_in(id, sizeof id);

    (void)state;
    CASE_INT("theirs", payload_read(text, other.verifier, &payload), PAYLOAD_KEY_UNKNOWN);
    base32_add(&other_id, verifier_id(other.verifier), SIGNER_ID_BYTES);
    memcpy(place + strlen("SHIKAKU1:"), id, other_id.length);
    CASE_INT("as if theirs", payload_read(text, other.verifier, &payload), PAYLOAD_SIGNATURE_WRONG);
}

/* A body that our own key has signed, though no release writes it. */
static enum payload_verdict
read_signed(const char *start, const char *body)
{
    char           place[PAYLOAD_SIZE];
    unsigned char  signature[SIGNATURE_BYTES];
    struct text    text = text_in(place, sizeof place);
    struct payload payload;

    text_add_string(&text, start);
    base32_add(&text, signer_id(own.signer), SIGNER_ID_BYTES);
    text_add_byte(&text, ':');
    base32_add(&text, body, strlen(body));
    signer_sign(own.signer, text_span(&text), signature);
    text_add_byte(&text, ':');
    base32_add(&text, signature, sizeof signature);
    return payload_read(text_span(&text), own.verifier, &payload);
}

#define HEAD "C\na.b\n01129998\n\n1234568\n00\n1\n見本\n\n"

static void
a_body_has_one_spelling_even_if_the_key_signed_another(void **state)
{
    static const struct {
        const char          *name;
        const char          *body;
        enum payload_verdict verdict;
    } rows[] = {
        { "sound", HEAD "19540816\n1\n20251009\n020\n20260401\n20300331\n", PAYLOAD_HOLDS },
        { "no last newline", HEAD "19540816\n1\n20251009\n020\n20260401\n20300331",
          PAYLOAD_MALFORMED },
        { "a line more", HEAD "19540816\n1\n20251009\n020\n20260401\n20300331\n\n",
          PAYLOAD_MALFORMED },
        { "a line less", HEAD "19540816\n1\n20251009\n020\n20260401\n", PAYLOAD_MALFORMED },
        { "dashes", HEAD "1954-08-16\n1\n20251009\n020\n20260401\n20300331\n", PAYLOAD_MALFORMED },
        { "no day", HEAD "19540230\n1\n20251009\n020\n20260401\n20300331\n", PAYLOAD_MALFORMED },
        { "short ratio", HEAD "19540816\n1\n20251009\n20\n20260401\n20300331\n",
          PAYLOAD_MALFORMED },
        { "no ratio", HEAD "19540816\n1\n20251009\n025\n20260401\n20300331\n", PAYLOAD_MALFORMED },
        { "sex", HEAD "19540816\n01\n20251009\n020\n20260401\n20300331\n", PAYLOAD_MALFORMED },
        { "no end", HEAD "19540816\n1\n20251009\n020\n20260401\n\n", PAYLOAD_MALFORMED },
        { "ends before", HEAD "19540816\n1\n20251009\n020\n20260401\n20260331\n",
          PAYLOAD_MALFORMED },
        { "kind", "X" HEAD, PAYLOAD_MALFORMED },
        { "empty", "", PAYLOAD_MALFORMED },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CASE_INT(rows[i].name, read_signed("SHIKAKU1:", rows[i].body), rows[i].verdict);
}

static void
a_later_version_is_told_from_what_is_none(void **state)
{
    static const struct {
        const char          *start;
        enum payload_verdict verdict;
    } rows[] = {
        { "SHIKAKU1:", PAYLOAD_HOLDS },
        { "SHIKAKU2:", PAYLOAD_VERSION_UNKNOWN },
        { "SHIKAKU10:", PAYLOAD_VERSION_UNKNOWN },
        { "SHIKAKU0:", PAYLOAD_MALFORMED },
        { "SHIKAKU01:", PAYLOAD_MALFORMED },
        { "SHIKAKU1234:", PAYLOAD_MALFORMED },
        { "SHIKAKU:", PAYLOAD_MALFORMED },
        { "SHIKAKU", PAYLOAD_MALFORMED },
        { "shikaku1:", PAYLOAD_MALFORMED },
        { " SHIKAKU1:", PAYLOAD_MALFORMED },
        { "HTTPS://", PAYLOAD_MALFORMED },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CASE_INT(rows[i].start,
                 read_signed(rows[i].start, HEAD "19540816\n1\n20251009\n\n20260401\n20300331\n"),
                 rows[i].verdict);
}

static void
it_holds_from_its_first_day_to_its_last_and_for_its_issuer(void **state)
{
    struct payload payload = { .kind = DOCUMENT_CERTIFICATE, .fields = sample_fields() };
    struct span    issuer = payload.fields.issuer;
    day_t          first = payload.fields.issued_on;
    day_t          last = payload.fields.valid_until;

    (void)state;
    CASE_INT("before", payload_on_day(&payload, issuer, first - 1), PAYLOAD_NOT_YET);
    CASE_INT("first", payload_on_day(&payload, issuer, first), PAYLOAD_HOLDS);
    CASE_INT("last", payload_on_day(&payload, issuer, last), PAYLOAD_HOLDS);
    CASE_INT("after", payload_on_day(&payload, issuer, last + 1), PAYLOAD_EXPIRED);
    CASE_INT("any", payload_on_day(&payload, span_of(""), last), PAYLOAD_HOLDS);
    CASE_INT("other", payload_on_day(&payload, span_of("other.example"), first),
             PAYLOAD_ISSUER_OTHER);
    payload.fields.valid_until = DAY_UNKNOWN;
    CASE_INT("no end", payload_on_day(&payload, issuer, DAY_LAST), PAYLOAD_HOLDS);
}

static void
names_too_long_for_a_qr_code_are_refused_and_never_cut(void **state)
{
    char                   place[PAYLOAD_SIZE];
    char                   name[DOCUMENT_NAME_BYTES_MAX + 4];
    struct text            text = text_in(place, sizeof place);
    struct document_fields fields = sample_fields();
    struct blame           blame = { 0 };
    size_t                 refused = 0;

    (void)state;
    for (size_t i = 0; i < sizeof name / 3; i++)
        memcpy(name + 3 * i, "長", 3);
    for (size_t length = 3; length <= DOCUMENT_NAME_BYTES_MAX; length += 3) {
        fields.name = fields.name_kana = span_make(name, length);
        enum fault fault = payload_write(DOCUMENT_CERTIFICATE, &fields, own.signer, &text, &blame);
        refused += fault != FAULT_NONE;
        if (fault == FAULT_NONE)
            round_trip(DOCUMENT_CERTIFICATE, &fields);
        else
            assert_true(fault == FAULT_FIELD_TOO_LONG && strcmp(blame.field, "name") == 0);
    }
    assert_in_range(refused, 1, 40);
    fields.name = span_make(name, DOCUMENT_NAME_BYTES_MAX + 3);
    assert_int_equal(payload_write(DOCUMENT_CERTIFICATE, &fields, own.signer, &text, &blame),
                     FAULT_FIELD_TOO_LONG);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back_field_by_field),
        cmocka_unit_test(a_usual_payload_fits_a_qr_code_of_version_15),
        cmocka_unit_test(every_byte_changed_to_any_other_is_refused),
        cmocka_unit_test(what_is_cut_or_has_more_behind_it_is_refused),
        cmocka_unit_test(the_key_of_another_registry_is_refused_also_under_our_id),
        cmocka_unit_test(a_body_has_one_spelling_even_if_the_key_signed_another),
        cmocka_unit_test(a_later_version_is_told_from_what_is_none),
        cmocka_unit_test(it_holds_from_its_first_day_to_its_last_and_for_its_issuer),
        cmocka_unit_test(names_too_long_for_a_qr_code_are_refused_and_never_cut),
    };
    return cmocka_run_group_tests(tests, open_keys, close_keys);
}
