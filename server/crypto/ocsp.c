#include "crypto/ocsp.h"

#include "crypto/card_trust.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

enum { NONCE_BYTES = 32 };

static const instant_t SKEW_US = (instant_t)60 * 1000000;
static const instant_t ENDLESS_US = (instant_t)300 * 1000000;

struct ocsp_question {
    OCSP_REQUEST  *request;
    OCSP_CERTID   *certificate; /* the request's */
    unsigned char *bytes;
    int            length;
};

static const char *const fault_names[] = {
    [OCSP_FINE] = "fine",         [OCSP_BROKEN] = "broken", [OCSP_DECLINED] = "declined",
    [OCSP_STRANGER] = "stranger", [OCSP_OTHER] = "other",   [OCSP_STALE] = "stale",
};
static_assert(ARRAY_LEN(fault_names) == OCSP_FAULT_COUNT, "every fault has a name");

const char *
ocsp_fault_name(enum ocsp_fault fault)
{
    return fault_names[fault];
}

static void
drop_response(OCSP_RESPONSE **response)
{
    OCSP_RESPONSE_free(*response);
}

static void
drop_basic(OCSP_BASICRESP **basic)
{
    OCSP_BASICRESP_free(*basic);
}

/* ---- asking -------------------------------------------------------------------------------- */

static X509 *
issuer_of(const struct card_trust *trust, X509 *certificate)
{
    for (size_t i = 0; i < trust->authority_count; i++) {
        X509 *authority = trust->authorities[i];
        if (X509_check_issued(authority, certificate) == X509_V_OK
            && X509_verify(certificate, X509_get0_pubkey(authority)) == 1)
            return authority;
    }
    return NULL;
}

/* The hash of a CertID finds the certificate; it proves nothing, and SHA-1 is what all responders
 * know (RFC 5019, 2.1.1). */
static bool
write_question(struct ocsp_question *question, X509 *certificate, X509 *issuer)
{
    OCSP_CERTID *name = OCSP_cert_to_id(EVP_sha1(), certificate, issuer);

    question->request = OCSP_REQUEST_new();
    if (name == NULL || question->request == NULL
        || OCSP_request_add0_id(question->request, name) == NULL) {
        OCSP_CERTID_free(name);
        return false;
    }
    question->certificate = name;
    if (OCSP_request_add1_nonce(question->request, NULL, NONCE_BYTES) != 1)
        return false;
    question->length = i2d_OCSP_REQUEST(question->request, &question->bytes);
    return question->length > 0;
}

struct ocsp_question *
ocsp_question_new(const struct card_trust *trust, struct span certificate)
{
    const unsigned char  *at = (const unsigned char *)certificate.bytes;
    struct ocsp_question *question = calloc(1, sizeof *question);
    X509                 *parsed = d2i_X509(NULL, &at, (long)certificate.length);
    X509                 *issuer = parsed == NULL ? NULL : issuer_of(trust, parsed);
    bool                  is_written =
        question != NULL && issuer != NULL && write_question(question, parsed, issuer);

    X509_free(parsed);
    ERR_clear_error();
    if (is_written)
        return question;
    ocsp_question_free(question);
    return NULL;
}

void
ocsp_question_free(struct ocsp_question *question)
{
    if (question == NULL)
        return;
    OPENSSL_free(question->bytes);
    OCSP_REQUEST_free(question->request);
    free(question);
}

struct span
ocsp_question_bytes(const struct ocsp_question *question)
{
    return span_make((const char *)question->bytes, (size_t)question->length);
}

/* ---- hearing ------------------------------------------------------------------------------- */

static OCSP_RESPONSE *
parse(struct span reply)
{
    const unsigned char *at = (const unsigned char *)reply.bytes;

    if (reply.length == 0 || reply.length > OCSP_REPLY_BYTES_MAX)
        return NULL;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)reply.length);
    if (response != NULL && at == (const unsigned char *)reply.bytes + reply.length)
        return response;
    OCSP_RESPONSE_free(response);
    return NULL;
}

static bool
is_signed_strongly(const OCSP_BASICRESP *basic)
{
    const ASN1_OBJECT *name;
    int                digest = NID_undef;
    int                key = NID_undef;

    X509_ALGOR_get0(&name, NULL, NULL, OCSP_resp_get0_tbs_sigalg(basic));
    return OBJ_find_sigid_algs(OBJ_obj2nid(name), &digest, &key) == 1
           && (digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512);
}

/* A responder whose own certificate is on a list says nothing any more. */
static bool
is_listed(const struct card_trust *trust, X509 *signer)
{
    for (size_t i = 0; i < trust->list_count; i++) {
        X509_CRL     *list = trust->lists[i].crl;
        X509_REVOKED *entry = NULL;
        if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_issuer_name(signer)) == 0
            && X509_CRL_get0_by_serial(list, &entry, X509_get0_serialNumber(signer)) != 0)
            return true;
    }
    return false;
}

/* No certificate is taken for more than it is: neither a root that is trusted for anything, nor
 * one that comes with the answer. */
static bool
is_signed_by_whom_it_may(OCSP_BASICRESP *basic, const struct card_trust *trust)
{
    X509 *signer = NULL;
    STACK_OF(X509) *authorities = sk_X509_new_null();
    bool is_complete = authorities != NULL;

    for (size_t i = 0; is_complete && i < trust->authority_count; i++)
        is_complete = sk_X509_push(authorities, trust->authorities[i]) > 0;
    bool is_signed = is_complete && is_signed_strongly(basic)
                     && OCSP_basic_verify(basic, authorities, trust->store, OCSP_NOEXPLICIT) == 1
                     && OCSP_resp_get0_signer(basic, &signer, authorities) == 1
                     && !is_listed(trust, signer);
    sk_X509_free(authorities);
    return is_signed;
}

/* A responder may make its answers before anybody asks; then they carry no nonce. */
static bool
answers_this_question(const struct ocsp_question *question, OCSP_BASICRESP *basic)
{
    int found = OCSP_check_nonce(question->request, basic);

    return found == 1 || found == -1;
}

static bool
is_fresh(const ASN1_GENERALIZEDTIME *from_text, const ASN1_GENERALIZEDTIME *until_text,
         instant_t now, instant_t *ret_until)
{
    instant_t from;

    if (!card_instant_of(from_text, &from))
        return false;
    *ret_until = from + ENDLESS_US;
    if (until_text != NULL && !card_instant_of(until_text, ret_until))
        return false;
    return from <= now + SKEW_US && *ret_until >= now;
}

static enum ocsp_fault
read_basic(const struct ocsp_question *question, const struct card_trust *trust,
           OCSP_BASICRESP *basic, instant_t now, struct ocsp_answer *ret_answer)
{
    int                   status;
    int                   reason;
    ASN1_GENERALIZEDTIME *revoked_at = NULL;
    ASN1_GENERALIZEDTIME *from = NULL;
    ASN1_GENERALIZEDTIME *until = NULL;

    if (!is_signed_by_whom_it_may(basic, trust))
        return OCSP_STRANGER;
    if (!answers_this_question(question, basic)
        || OCSP_resp_find_status(basic, question->certificate, &status, &reason, &revoked_at, &from,
                                 &until)
               != 1)
        return OCSP_OTHER;
    if (!is_fresh(from, until, now, &ret_answer->until))
        return OCSP_STALE;
    ret_answer->verdict = status == V_OCSP_CERTSTATUS_GOOD      ? OCSP_SAYS_GOOD
                          : status == V_OCSP_CERTSTATUS_REVOKED ? OCSP_SAYS_REVOKED
                                                                : OCSP_SAYS_UNKNOWN;
    return OCSP_FINE;
}

static enum ocsp_fault
read_response(const struct ocsp_question *question, const struct card_trust *trust,
              struct span reply, instant_t now, struct ocsp_answer *ret_answer)
{
    CLEANUP(drop_response) OCSP_RESPONSE *response = parse(reply);

    if (response == NULL)
        return OCSP_BROKEN;
    if (OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return OCSP_DECLINED;
    CLEANUP(drop_basic) OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    return basic == NULL ? OCSP_BROKEN : read_basic(question, trust, basic, now, ret_answer);
}

enum ocsp_fault
ocsp_read(const struct ocsp_question *question, const struct card_trust *trust, struct span reply,
          instant_t now, struct ocsp_answer *ret_answer)
{
    struct ocsp_answer answer = { .verdict = OCSP_SAYS_UNKNOWN };

    enum ocsp_fault fault = read_response(question, trust, reply, now, &answer);
    ERR_clear_error(); /* of this thread; nobody else's calls may find them */
    if (fault == OCSP_FINE)
        *ret_answer = answer;
    return fault;
}
