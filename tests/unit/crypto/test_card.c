#include "card_bench.h"

static void
issuer_and_serial_number_come_in_one_form(void **state)
{
    static const char *const serials[] = { "1", "0A", "7F", "80", "0123456789ABCDEF0123456789" };
    static const char *const written[] = { "1", "A", "7F", "80", "123456789ABCDEF0123456789" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(serials); i++) {
        struct wish       wish = { .name = "card", .serial = serials[i] };
        struct made       card = make_card(&wish);
        struct card_facts facts = { 0 };
        assert_int_equal(verify(bench.trust, &card, &facts), CARD_SOUND);
        assert_string_equal(facts.serial, written[i]);
        assert_string_equal(facts.issuer, "CN=cards");
        drop(&card);
    }
}

/* Whatever byte of a certificate or a signature is changed, cut off or added, nothing is proven. */
static void
a_byte_that_differs_proves_nothing(void **state)
{
    static const struct wish wishes[] = { { .name = "P-256" }, { .name = "RSA", .is_rsa = true } };
    size_t                   refused = 0;

    (void)state;
    for (size_t w = 0; w < ARRAY_LEN(wishes); w++) {
        struct made       card = make_card(&wishes[w]);
        struct card_facts facts;
        for (size_t i = 0; i < card.der_length; i++) {
            card.der[i] ^= (unsigned char)(1 << i % 8);
            refused += verify(bench.trust, &card, &facts) != CARD_SOUND;
            card.der[i] ^= (unsigned char)(1 << i % 8);
        }
        assert_int_equal(refused, card.der_length);
        for (size_t i = 0; i < card.signature_length; i++) {
            card.signature[i] ^= (unsigned char)(1 << i % 8);
            refused += verify(bench.trust, &card, &facts) == CARD_SIGNATURE_WRONG;
            card.signature[i] ^= (unsigned char)(1 << i % 8);
        }
        assert_int_equal(refused, card.der_length + card.signature_length);
        size_t whole = card.der_length;
        for (card.der_length = 0; card.der_length < whole; card.der_length++)
            assert_int_equal(verify(bench.trust, &card, &facts), CARD_MALFORMED);
        whole = card.signature_length;
        for (card.signature_length = 0; card.signature_length < whole; card.signature_length++)
            assert_int_equal(verify(bench.trust, &card, &facts), CARD_SIGNATURE_WRONG);
        assert_int_equal(verify(bench.trust, &card, &facts), CARD_SOUND);
        card.der = OPENSSL_realloc(card.der, card.der_length + 1);
        card.der[card.der_length++] = 0;
        assert_int_equal(verify(bench.trust, &card, &facts), CARD_MALFORMED);
        card.der_length--;
        card.signature[card.signature_length++] = 0;
        assert_int_equal(verify(bench.trust, &card, &facts), CARD_SIGNATURE_WRONG);
        drop(&card);
        refused = 0;
    }
}

static void
a_list_proves_while_it_is_fresh(void **state)
{
    static const struct {
        const char     *name;
        int             from_hours, to_hours;
        const char     *revoked;
        enum card_fault fault;
    } rows[] = {
        { "fresh", -1, 1, NULL, CARD_SOUND },
        { "it speaks of another", -1, 1, "999999", CARD_SOUND },
        { "it speaks of this one", -1, 1, "ABCD", CARD_REVOKED },
        { "within its grace", -100, -23, NULL, CARD_SOUND },
        { "past its grace", -100, -25, NULL, CARD_REVOCATIONS_STALE },
        { "past its grace, of this one", -100, -25, "ABCD", CARD_REVOKED },
        { "of tomorrow", 1, 100, NULL, CARD_REVOCATIONS_STALE },
        { "of tomorrow, of this one", 1, 100, "ABCD", CARD_REVOKED },
    };
    struct wish wish = { .name = "card", .serial = "ABCD" };
    struct made card = make_card(&wish);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct card_facts  facts;
        struct card_trust *trust = load_all(rows[i].from_hours, rows[i].to_hours, rows[i].revoked);
        CASE_INT(rows[i].name, verify(trust, &card, &facts), rows[i].fault);
        card_trust_drop(trust);
    }
    drop(&card);
}

static void
an_issuer_without_a_list_proves_nothing(void **state)
{
    struct wish        wish = { .name = "card" };
    struct made        card = make_card(&wish);
    X509_CRL          *list = make_list(&bench.authorities[1], NULL, -1, 1, 0);
    char               reason[CARD_REASON_SIZE] = "";
    struct card_facts  facts;
    struct card_trust *trust = load(&list, 1, reason);

    (void)state;
    assert_non_null(trust);
    assert_int_equal(verify(trust, &card, &facts), CARD_REVOCATIONS_STALE);
    card_trust_drop(trust);
    X509_CRL_free(list);
    drop(&card);
}

static void
lists_that_cannot_be_relied_on_are_refused_when_they_are_read(void **state)
{
    static const struct {
        const char *name;
        int         by;
        int         kind;
        const char *reason;
    } rows[] = {
        { "by a stranger of the same name", 2, 0, "none of the authorities has signed" },
        { "a delta", 0, NID_delta_crl, "a part of the certificates only" },
        { "of a part", 0, NID_issuing_distribution_point, "a part of the certificates only" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char      reason[CARD_REASON_SIZE] = "";
        X509_CRL *list = make_list(&bench.authorities[rows[i].by], NULL, -1, 1, rows[i].kind);
        CASE_TRUE(rows[i].name, load(&list, 1, reason) == NULL);
        CASE_TRUE(rows[i].name, strstr(reason, rows[i].reason) != NULL);
        X509_CRL_free(list);
    }
    char reason[CARD_REASON_SIZE] = "";
    assert_null(load(NULL, 0, reason));
    assert_non_null(strstr(reason, "holds no list"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(issuer_and_serial_number_come_in_one_form),
        cmocka_unit_test(a_byte_that_differs_proves_nothing),
        cmocka_unit_test(a_list_proves_while_it_is_fresh),
        cmocka_unit_test(an_issuer_without_a_list_proves_nothing),
        cmocka_unit_test(lists_that_cannot_be_relied_on_are_refused_when_they_are_read),
    };
    return cmocka_run_group_tests_name("crypto/card", tests, open_bench, close_bench);
}
