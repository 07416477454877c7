/*
 * cards: what it costs to prove a card, by the kinds of keys.
 *
 * Shape   one JSON object a line and pair of kinds: proofs of processor time of one thread, each
 *         with chain, policy, period, list of revoked cards, and signature, as card_verify() does
 *         it for every card that is shown. The list holds REVOKED others. Then what it costs to ask
 *         a responder about the card: to write the question, and to read and prove its answer.
 * Source  certificates and list are made here, as `shikaku pki` makes them.
 */
#include "crypto/card.h"
#include "crypto/certificate.h"
#include "crypto/ocsp.h"

#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { REVOKED = 10000, PATH_SIZE = 64 };

static const double    RUN_S = 1.0;
static const instant_t DAY_US = (instant_t)86400 * 1000000;
static const char      challenge[] = "a challenge of this facility, of this minute";

struct made {
    struct key         *authority_key;
    struct certificate *authority;
    struct key         *key;
    struct certificate *certificate;
    struct card_trust  *trust;
    unsigned char      *der;
    int                 der_length;
    unsigned char       signature[CARD_SIGNATURE_BYTES_MAX];
    size_t              signature_length;
};

static double
cpu_now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool
put(char *path, const char *bytes, size_t length)
{
    int  file = mkstemp(path);
    bool is_written = file >= 0 && write(file, bytes, length) == (ssize_t)length;

    if (file >= 0)
        close(file);
    return is_written;
}

static bool
load(struct made *made, const char *list, size_t length)
{
    char              authorities[PATH_SIZE] = "/tmp/cards_XXXXXX";
    char              revocations[PATH_SIZE] = "/tmp/cards_XXXXXX";
    char              reason[CARD_REASON_SIZE];
    char              pem[PEM_BYTES_MAX];
    struct text       text = text_in(pem, sizeof pem);
    struct card_files files = { authorities, revocations, CARD_POLICY_DEVELOPMENT, 0 };

    certificate_write(made->authority, &text);
    if (put(authorities, pem, text.length) && put(revocations, list, length))
        made->trust = card_trust_load(&files, reason);
    unlink(authorities);
    unlink(revocations);
    return made->trust != NULL;
}

static bool
make_list(struct made *made, instant_t now)
{
    struct revocation *revoked = calloc(REVOKED, sizeof *revoked);
    char              *list = NULL;
    size_t             length = 0;

    for (int i = 0; revoked != NULL && i < REVOKED; i++) {
        snprintf(revoked[i].serial, SERIAL_SIZE, "%032x", i + 1);
        revoked[i].at = now;
    }
    bool is_made = revoked != NULL
                   && revocations_write(made->authority, made->authority_key, revoked, REVOKED,
                                        now - DAY_US, now + DAY_US, 1, &list, &length)
                   && load(made, list, length);
    free(list);
    free(revoked);
    return is_made;
}

static bool
sign(struct made *made)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY   *key = (EVP_PKEY *)(void *)made->key;

    made->signature_length = sizeof made->signature;
    bool is_signed = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1
                     && EVP_DigestSign(context, made->signature, &made->signature_length,
                                       (const unsigned char *)challenge, sizeof challenge)
                            == 1;
    EVP_MD_CTX_free(context);
    return is_signed;
}

static bool
make(struct made *made, enum key_kind authority, enum key_kind holder)
{
    instant_t               now = clock_now();
    struct certificate_wish above = { .organisation = "Shikaku load",
                                      .common_name = "cards",
                                      .use = USE_AUTHORITY,
                                      .not_before = now - DAY_US,
                                      .not_after = now + DAY_US };
    struct certificate_wish wish = above;

    wish.common_name = "card";
    wish.use = USE_CARD;
    wish.policy = CARD_POLICY_DEVELOPMENT;
    made->authority_key = key_new(authority);
    made->key = key_new(holder);
    made->authority = certificate_new(&above, made->authority_key, NULL, made->authority_key);
    made->certificate = certificate_new(&wish, made->key, made->authority, made->authority_key);
    if (made->certificate == NULL)
        return false;
    made->der_length = i2d_X509((X509 *)(void *)made->certificate, &made->der);
    return made->der_length > 0 && make_list(made, now) && sign(made);
}

static void
drop(struct made *made)
{
    certificate_free(made->certificate);
    certificate_free(made->authority);
    key_free(made->key);
    key_free(made->authority_key);
    card_trust_drop(made->trust);
    OPENSSL_free(made->der);
}

static bool
run(const char *authority, const char *holder, const struct made *made)
{
    struct card_facts facts;
    struct card_proof proof = {
        span_make((const char *)made->der, (size_t)made->der_length),
        span_make(challenge, sizeof challenge),
        span_make((const char *)made->signature, made->signature_length),
    };
    instant_t now = clock_now();
    uint64_t  done = 0;
    double    start_s = cpu_now_s(), spent_s;

    do {
        if (card_verify(made->trust, &proof, now, now, &facts) != CARD_SOUND)
            return false;
        done++;
        spent_s = cpu_now_s() - start_s;
    } while (spent_s < RUN_S);
    printf("{\"authority\":\"%s\",\"card\":\"%s\",\"cpu_us_per_proof\":%.1f,\"proofs\":%llu,"
           "\"certificate_bytes\":%d,\"signature_bytes\":%zu,\"revoked\":%d}\n",
           authority, holder, spent_s * 1e6 / (double)done, (unsigned long long)done,
           made->der_length, made->signature_length, REVOKED);
    return true;
}

/* What a responder of the authority, with a certificate and a key of its own, says: good. */
static int
answer(const struct made *made, const struct certificate *responder, const struct key *key,
       struct span asked, unsigned char **ret_bytes)
{
    const unsigned char *at = (const unsigned char *)asked.bytes;
    OCSP_REQUEST        *request = d2i_OCSP_REQUEST(NULL, &at, (long)asked.length);
    OCSP_BASICRESP      *basic = OCSP_BASICRESP_new();
    OCSP_CERTID         *name = OCSP_cert_to_id(EVP_sha1(), (X509 *)(void *)made->certificate,
                                                (X509 *)(void *)made->authority);
    ASN1_TIME           *from = X509_gmtime_adj(NULL, -60);
    ASN1_TIME           *until = X509_gmtime_adj(NULL, 3600);

    OCSP_basic_add1_status(basic, name, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from, until);
    OCSP_copy_nonce(basic, request);
    OCSP_basic_sign(basic, (X509 *)(uintptr_t)responder, (EVP_PKEY *)(uintptr_t)key, EVP_sha256(),
                    NULL, 0);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int            length = i2d_OCSP_RESPONSE(response, ret_bytes);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(name);
    OCSP_REQUEST_free(request);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return length;
}

/* The processor's time of one question and its answer; 0 when the answer does not count. */
static double
ask_once(const struct made *made, const struct certificate *responder, const struct key *key)
{
    struct span           card = span_make((const char *)made->der, (size_t)made->der_length);
    struct ocsp_answer    said;
    unsigned char        *bytes = NULL;
    double                start_s = cpu_now_s();
    struct ocsp_question *question = ocsp_question_new(made->trust, card);
    double                spent_s = cpu_now_s() - start_s;
    int length = answer(made, responder, key, ocsp_question_bytes(question), &bytes);

    start_s = cpu_now_s();
    enum ocsp_fault fault = ocsp_read(question, made->trust,
                                      span_make((char *)bytes, (size_t)length), clock_now(), &said);
    spent_s += cpu_now_s() - start_s;
    OPENSSL_free(bytes);
    ocsp_question_free(question);
    return fault == OCSP_FINE ? spent_s : 0;
}

static bool
ask(const char *name, const struct made *made, enum key_kind kind)
{
    instant_t               now = clock_now();
    struct certificate_wish wish = { .organisation = "Shikaku load",
                                     .common_name = "responder",
                                     .use = USE_RESPONDER,
                                     .not_before = now - DAY_US,
                                     .not_after = now + DAY_US };
    struct key             *key = key_new(kind);
    struct certificate     *responder =
        certificate_new(&wish, key, made->authority, made->authority_key);
    uint64_t done = 0;
    double   spent_s = 0, more_s = 1;

    while (responder != NULL && spent_s < RUN_S && more_s > 0) {
        more_s = ask_once(made, responder, key);
        spent_s += more_s;
        done++;
    }
    if (done > 0 && more_s > 0)
        printf("{\"authority\":\"%s\",\"responder\":\"%s\",\"cpu_us_per_question\":%.1f}\n", name,
               name, spent_s * 1e6 / (double)done);
    certificate_free(responder);
    key_free(key);
    return done > 0 && more_s > 0;
}

int
main(void)
{
    static const char *const names[] = { [KEY_EC] = "ec", [KEY_RSA] = "rsa" };

    for (enum key_kind authority = KEY_EC; authority <= KEY_RSA; authority++)
        for (enum key_kind holder = KEY_EC; holder <= KEY_RSA; holder++) {
            struct made made = { 0 };
            bool        is_done = make(&made, authority, holder)
                           && run(names[authority], names[holder], &made)
                           && (holder != authority || ask(names[authority], &made, authority));
            drop(&made);
            if (!is_done)
                return EX_SOFTWARE;
        }
    return EX_OK;
}
