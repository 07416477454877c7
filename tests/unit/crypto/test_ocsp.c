/* What a responder's answer proves, made by OpenSSL as good and as bad as it has to be. */
#include "card_bench.h"

#include "crypto/ocsp.h"

#include <openssl/ocsp.h>

enum signer { BY_RESPONDER, BY_AUTHORITY, BY_STRANGER, BY_CARD, BY_SERVER, BY_LISTED, BY_OTHERS };

enum { SIGNER_COUNT = BY_OTHERS + 1, CARD_OTHER = 1, CARD_BELOW = 2, CARD_COUNT = 3 };

/* Of an answer that is good where it is zero. */
struct draft {
    const char     *name;
    enum ocsp_fault fault;
    int             about;  /* which card */
    int             status; /* V_OCSP_CERTSTATUS_… */
    enum signer     by;
    int             from_s;  /* from now; 0: -60 */
    int             until_s; /* 0: 3600; -1: none is named */
    const char     *digest;  /* NULL: SHA-256 */
    bool            is_of_another;
    bool            is_by_another_authority;
    bool            has_no_nonce;
    bool            has_other_nonce;
    bool            carries_nobody; /* the signer's certificate does not come along */
    int             declined;       /* OCSP_RESPONSE_STATUS_… */
};

static struct party signers[SIGNER_COUNT];
static struct made  cards[CARD_COUNT];
static X509        *card_certificates[CARD_COUNT];

static X509 *
parse(const struct made *card)
{
    const unsigned char *at = card->der;

    return d2i_X509(NULL, &at, (long)card->der_length);
}

static void
make_signer(enum signer by, const char *extended, int authority)
{
    struct wish wish = { .name = "responder", .extended = extended, .policy = "", .to_days = 5000 };

    if (by == BY_LISTED)
        wish.serial = "ABCD";
    signers[by].key = make_key(&wish);
    signers[by].certificate =
        make_certificate(&wish, signers[by].key, &bench.authorities[authority]);
}

static int
open_signers(void **state)
{
    static const struct wish wishes[] = { { .name = "card" },
                                          { .name = "another" },
                                          { .name = "below", .by = 1 } };

    if (open_bench(state) != 0)
        return 1;
    make_signer(BY_RESPONDER, "OCSPSigning", 0);
    make_signer(BY_STRANGER, "OCSPSigning", 2);
    make_signer(BY_CARD, "clientAuth", 0);
    make_signer(BY_SERVER, "serverAuth", 0);
    make_signer(BY_LISTED, "OCSPSigning", 0);
    make_signer(BY_OTHERS, "OCSPSigning", 1);
    signers[BY_AUTHORITY] = bench.authorities[0];
    for (int i = 0; i < CARD_COUNT; i++) {
        cards[i] = make_card(&wishes[i]);
        card_certificates[i] = parse(&cards[i]);
    }
    card_trust_drop(bench.trust);
    bench.trust = load_all(-1, 100, "ABCD");
    return bench.trust == NULL;
}

static int
close_signers(void **state)
{
    for (int i = 0; i < SIGNER_COUNT; i++)
        if (i != BY_AUTHORITY) {
            EVP_PKEY_free(signers[i].key);
            X509_free(signers[i].certificate);
        }
    for (int i = 0; i < CARD_COUNT; i++) {
        drop(&cards[i]);
        X509_free(card_certificates[i]);
    }
    return close_bench(state);
}

static struct ocsp_question *
ask_about(int card)
{
    struct ocsp_question *question = ocsp_question_new(
        bench.trust, span_make((const char *)cards[card].der, cards[card].der_length));

    assert_non_null(question);
    return question;
}

static void
add_status(OCSP_BASICRESP *basic, const struct draft *draft)
{
    bool         is_below = draft->about == CARD_BELOW || draft->is_by_another_authority;
    X509        *issuer = bench.authorities[is_below ? 1 : 0].certificate;
    X509        *card = card_certificates[draft->is_of_another ? CARD_OTHER : draft->about];
    OCSP_CERTID *name =
        OCSP_cert_id_new(EVP_sha1(), X509_get_subject_name(issuer), X509_get0_pubkey_bitstr(issuer),
                         X509_get0_serialNumber(card));
    int        from_s = draft->from_s == 0 ? -60 : draft->from_s;
    int        until_s = draft->until_s == 0 ? 3600 : draft->until_s;
    ASN1_TIME *from = ASN1_GENERALIZEDTIME_set(NULL, NOW_S + from_s);
    ASN1_TIME *until = until_s == -1 ? NULL : ASN1_GENERALIZEDTIME_set(NULL, NOW_S + until_s);

    must(OCSP_basic_add1_status(basic, name, draft->status, 0, from, from, until) != NULL);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    OCSP_CERTID_free(name);
}

/* The bytes of an answer to this question. */
static struct span
answer_to(const struct ocsp_question *question, const struct draft *draft)
{
    struct span          asked = ocsp_question_bytes(question);
    const unsigned char *at = (const unsigned char *)asked.bytes;
    OCSP_REQUEST        *request = d2i_OCSP_REQUEST(NULL, &at, (long)asked.length);
    OCSP_BASICRESP      *basic = OCSP_BASICRESP_new();
    const struct party  *signer = &signers[draft->by];
    unsigned char       *bytes = NULL;

    add_status(basic, draft);
    if (draft->has_other_nonce)
        must(OCSP_basic_add1_nonce(basic, NULL, 32) == 1);
    else if (!draft->has_no_nonce)
        must(OCSP_copy_nonce(basic, request) == 1);
    must(OCSP_basic_sign(basic, signer->certificate, signer->key,
                         EVP_get_digestbyname(or_else(draft->digest, "SHA256")), NULL,
                         draft->carries_nobody ? OCSP_NOCERTS : 0)
         == 1);
    OCSP_RESPONSE *response =
        OCSP_response_create(draft->declined, draft->declined == 0 ? basic : NULL);
    int length = i2d_OCSP_RESPONSE(response, &bytes);
    assert_in_range(length, 1, OCSP_REPLY_BYTES_MAX);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_REQUEST_free(request);
    return span_make((const char *)bytes, (size_t)length);
}

static void
drop_bytes(struct span bytes)
{
    OPENSSL_free((void *)(uintptr_t)bytes.bytes);
}

static enum ocsp_fault
hear(const struct ocsp_question *question, struct span bytes, struct ocsp_answer *ret_answer)
{
    return ocsp_read(question, bench.trust, bytes, NOW_S * 1000000, ret_answer);
}

/* clang-format off */
static const struct draft drafts[] = {
    { .name = "good" },
    { .name = "revoked", .status = V_OCSP_CERTSTATUS_REVOKED },
    { .name = "unknown", .status = V_OCSP_CERTSTATUS_UNKNOWN },
    { .name = "by the authority itself", .by = BY_AUTHORITY },
    { .name = "by the authority, whose certificate is not sent", .by = BY_AUTHORITY, .carries_nobody = true },
    { .name = "of an authority below, by its responder", .about = CARD_BELOW, .by = BY_OTHERS },
    { .name = "of an authority below, by the responder of the one above", .about = CARD_BELOW, .fault = OCSP_STRANGER },
    { .name = "made before it was asked for", .has_no_nonce = true },
    { .name = "SHA-512", .digest = "SHA512" },
    { .name = "no end, of just now", .until_s = -1 },
    { .name = "of a minute to come", .from_s = 60 },
    { .name = "by a responder of a stranger", .by = BY_STRANGER, .fault = OCSP_STRANGER },
    { .name = "by a card", .by = BY_CARD, .fault = OCSP_STRANGER },
    { .name = "by a server", .by = BY_SERVER, .fault = OCSP_STRANGER },
    { .name = "by a responder on the list of revoked ones", .by = BY_LISTED, .fault = OCSP_STRANGER },
    { .name = "by another authority's responder", .by = BY_OTHERS, .fault = OCSP_STRANGER },
    { .name = "by a responder that nobody knows", .carries_nobody = true, .fault = OCSP_STRANGER },
    { .name = "SHA-1", .digest = "SHA1", .fault = OCSP_STRANGER },
    { .name = "about another card", .is_of_another = true, .fault = OCSP_OTHER },
    { .name = "of another authority", .is_by_another_authority = true, .by = BY_OTHERS, .fault = OCSP_OTHER },
    { .name = "to another question", .has_other_nonce = true, .fault = OCSP_OTHER },
    { .name = "over", .from_s = -7200, .until_s = -2, .fault = OCSP_STALE },
    { .name = "of tomorrow", .from_s = 86400, .until_s = 90000, .fault = OCSP_STALE },
    { .name = "no end, of six minutes ago", .from_s = -360, .until_s = -1, .fault = OCSP_STALE },
    { .name = "revoked, but over", .status = V_OCSP_CERTSTATUS_REVOKED, .from_s = -7200, .until_s = -2,
      .fault = OCSP_STALE },
    { .name = "later", .declined = OCSP_RESPONSE_STATUS_TRYLATER, .fault = OCSP_DECLINED },
    { .name = "not for you", .declined = OCSP_RESPONSE_STATUS_UNAUTHORIZED, .fault = OCSP_DECLINED },
};
/* clang-format on */

static void
an_answer_counts_when_it_is_its_authoritys_about_this_card_and_of_now(void **state)
{
    static const enum ocsp_verdict verdicts[] = {
        [V_OCSP_CERTSTATUS_GOOD] = OCSP_SAYS_GOOD,
        [V_OCSP_CERTSTATUS_REVOKED] = OCSP_SAYS_REVOKED,
        [V_OCSP_CERTSTATUS_UNKNOWN] = OCSP_SAYS_UNKNOWN,
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(drafts); i++) {
        const struct draft   *draft = &drafts[i];
        struct ocsp_question *question = ask_about(draft->about);
        struct span           bytes = answer_to(question, draft);
        struct ocsp_answer    answer = { .until = -1 };
        CASE_INT(draft->name, hear(question, bytes, &answer), draft->fault);
        CASE_INT(draft->name, answer.until != -1, draft->fault == OCSP_FINE);
        if (draft->fault == OCSP_FINE)
            CASE_INT(draft->name, answer.verdict, verdicts[draft->status]);
        drop_bytes(bytes);
        ocsp_question_free(question);
    }
}

static void
an_answer_is_good_until_it_says(void **state)
{
    static const struct draft named = { .until_s = 1800 };
    static const struct draft endless = { .until_s = -1 };
    struct ocsp_question     *question = ask_about(0);
    struct ocsp_answer        answer;
    struct span               bytes = answer_to(question, &named);

    (void)state;
    assert_int_equal(hear(question, bytes, &answer), OCSP_FINE);
    assert_int_equal(answer.until, (NOW_S + 1800) * 1000000);
    drop_bytes(bytes);
    bytes = answer_to(question, &endless);
    assert_int_equal(hear(question, bytes, &answer), OCSP_FINE);
    assert_int_equal(answer.until, (NOW_S - 60 + 300) * 1000000);
    drop_bytes(bytes);
    ocsp_question_free(question);
}

/* An answer that was recorded answers its own question, and no later one. */
static void
an_answer_that_was_recorded_serves_nobody_else(void **state)
{
    struct ocsp_question *first = ask_about(0);
    struct ocsp_question *second = ask_about(0);
    struct ocsp_question *other = ask_about(1);
    struct span           bytes = answer_to(first, &drafts[0]);
    struct ocsp_answer    answer;

    (void)state;
    assert_int_equal(hear(first, bytes, &answer), OCSP_FINE);
    assert_int_equal(hear(second, bytes, &answer), OCSP_OTHER);
    assert_int_equal(hear(other, bytes, &answer), OCSP_OTHER);
    drop_bytes(bytes);
    ocsp_question_free(first);
    ocsp_question_free(second);
    ocsp_question_free(other);
}

static void
a_byte_that_differs_is_no_answer_that_counts(void **state)
{
    struct ocsp_question *question = ask_about(0);
    struct span           bytes = answer_to(question, &drafts[1]);
    unsigned char        *changed = malloc(bytes.length + 1);
    struct ocsp_answer    answer;
    size_t                taken = 0;

    (void)state;
    memcpy(changed, bytes.bytes, bytes.length);
    for (size_t i = 0; i < bytes.length; i++) {
        changed[i] ^= (unsigned char)(1 << i % 8);
        bool is_fine =
            hear(question, span_make((char *)changed, bytes.length), &answer) == OCSP_FINE;
        assert_true(!is_fine || answer.verdict == OCSP_SAYS_REVOKED);
        taken += is_fine;
        changed[i] ^= (unsigned char)(1 << i % 8);
        assert_int_not_equal(hear(question, span_make((char *)changed, i), &answer), OCSP_FINE);
    }
    changed[bytes.length] = 0;
    assert_int_equal(hear(question, span_make((char *)changed, bytes.length + 1), &answer),
                     OCSP_BROKEN);
    assert_in_range(taken, 0, 8); /* bits that mean nothing, as unused ones of a bit string */
    free(changed);
    drop_bytes(bytes);
    ocsp_question_free(question);
}

static void
nobody_is_asked_about_a_certificate_of_strangers(void **state)
{
    struct wish wish = { .name = "card", .by = 2 };
    struct made card = make_card(&wish);

    (void)state;
    assert_null(ocsp_question_new(bench.trust, span_make((const char *)card.der, card.der_length)));
    assert_null(ocsp_question_new(bench.trust, span_of("nothing of the kind")));
    drop(&card);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_counts_when_it_is_its_authoritys_about_this_card_and_of_now),
        cmocka_unit_test(an_answer_is_good_until_it_says),
        cmocka_unit_test(an_answer_that_was_recorded_serves_nobody_else),
        cmocka_unit_test(a_byte_that_differs_is_no_answer_that_counts),
        cmocka_unit_test(nobody_is_asked_about_a_certificate_of_strangers),
    };
    return cmocka_run_group_tests_name("crypto/ocsp", tests, open_signers, close_signers);
}
