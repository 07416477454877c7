#include "crypto/card_trust.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { US_PER_S = 1000000 };

static void
drop_bio(BIO **bio)
{
    BIO_free_all(*bio);
}

bool
card_name_write(const X509_NAME *name, char *ret_text)
{
    BIO  *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;

    if (bio == NULL
        || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) {
        BIO_free(bio);
        return false;
    }
    long length = BIO_get_mem_data(bio, &bytes);
    bool fits = length > 0 && length < CARD_ISSUER_SIZE;
    if (fits) {
        memcpy(ret_text, bytes, (size_t)length);
        ret_text[length] = '\0';
    }
    BIO_free(bio);
    return fits;
}

static bool
complain(char *ret_reason, const char *file, const char *what)
{
    snprintf(ret_reason, CARD_REASON_SIZE, "%s: %s", file, what);
    return false;
}

/* True at the end of the file, false at what is no PEM of the kind. */
static bool
is_at_end(void)
{
    unsigned long error = ERR_peek_last_error();
    bool is_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;

    ERR_clear_error();
    return is_end;
}

static bool
load_authorities(struct card_trust *trust, const char *path, char *ret_reason)
{
    CLEANUP(drop_bio) BIO *bio = BIO_new_file(path, "r");

    if (bio == NULL)
        return complain(ret_reason, path, "cannot be read");
    for (;;) {
        X509 *authority = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (authority == NULL)
            break;
        if (trust->authority_count == CARD_AUTHORITIES_MAX
            || X509_STORE_add_cert(trust->store, authority) != 1) {
            X509_free(authority);
            return complain(ret_reason, path, "holds too many certificates");
        }
        trust->authorities[trust->authority_count++] = authority;
        if (X509_check_ca(authority) != 1)
            return complain(ret_reason, path, "holds a certificate that is no authority's");
    }
    if (!is_at_end())
        return complain(ret_reason, path, "is no PEM of certificates");
    return trust->authority_count > 0 || complain(ret_reason, path, "holds no certificate");
}

bool
card_instant_of(const ASN1_TIME *time, instant_t *ret_instant)
{
    struct tm parts;

    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1)
        return false;
    *ret_instant = (instant_t)timegm(&parts) * US_PER_S;
    return true;
}

/* The reasons of a list, indirect or partial: those speak for others, or for some only. */
static bool
is_partial(X509_CRL *list)
{
    for (int i = 0; i < X509_CRL_get_ext_count(list); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(list, i);
        int             kind = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        if (kind == NID_delta_crl || kind == NID_issuing_distribution_point
            || (X509_EXTENSION_get_critical(extension) && kind != NID_authority_key_identifier))
            return true;
    }
    return false;
}

static bool
is_signed(const struct card_trust *trust, X509_CRL *list)
{
    for (size_t i = 0; i < trust->authority_count; i++) {
        X509 *authority = trust->authorities[i];
        if (X509_NAME_cmp(X509_get_subject_name(authority), X509_CRL_get_issuer(list)) == 0
            && (X509_get_key_usage(authority) & KU_CRL_SIGN) != 0
            && X509_CRL_verify(list, X509_get0_pubkey(authority)) == 1)
            return true;
    }
    return false;
}

/* Takes the list. */
static const char *
add_list(struct card_trust *trust, X509_CRL *list)
{
    struct card_list *slot = &trust->lists[trust->list_count];
    X509_REVOKED     *nobody;
    ASN1_INTEGER     *zero = ASN1_INTEGER_new();
    const char       *trouble = NULL;

    if (trust->list_count == CARD_LISTS_MAX)
        trouble = "holds too many lists";
    else if (!is_signed(trust, list))
        trouble = "holds a list that none of the authorities has signed";
    else if (is_partial(list))
        trouble = "holds a list that covers a part of the certificates only";
    else if (zero == NULL || !card_instant_of(X509_CRL_get0_lastUpdate(list), &slot->from)
             || !card_instant_of(X509_CRL_get0_nextUpdate(list), &slot->until))
        trouble = "holds a list that does not say how long it is good";
    if (trouble == NULL) {
        X509_CRL_get0_by_serial(list, &nobody, zero); /* sorts it, which is done only once */
        slot->crl = list;
        trust->list_count++;
    } else {
        X509_CRL_free(list);
    }
    ASN1_INTEGER_free(zero);
    return trouble;
}

static bool
load_lists(struct card_trust *trust, const char *path, char *ret_reason)
{
    CLEANUP(drop_bio) BIO *bio = BIO_new_file(path, "r");

    if (bio == NULL)
        return complain(ret_reason, path, "cannot be read");
    for (;;) {
        X509_CRL *list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
        if (list == NULL)
            break;
        const char *trouble = add_list(trust, list);
        if (trouble != NULL)
            return complain(ret_reason, path, trouble);
    }
    if (!is_at_end())
        return complain(ret_reason, path, "is no PEM of revocation lists");
    return trust->list_count > 0 || complain(ret_reason, path, "holds no list");
}

static bool
load(struct card_trust *trust, const struct card_files *files, char *ret_reason)
{
    trust->store = X509_STORE_new();
    trust->policy = OBJ_txt2obj(files->policy, 1);
    trust->grace_s = files->grace_s;
    if (trust->policy == NULL)
        return complain(ret_reason, files->policy, "is no object identifier");
    if (trust->store == NULL)
        return complain(ret_reason, files->authorities, "found no memory");
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(trust->store), CARD_STRENGTH_LEVEL);
    return load_authorities(trust, files->authorities, ret_reason)
           && load_lists(trust, files->revocations, ret_reason);
}

static void
destroy(struct card_trust *trust)
{
    for (size_t i = 0; i < trust->list_count; i++)
        X509_CRL_free(trust->lists[i].crl);
    for (size_t i = 0; i < trust->authority_count; i++)
        X509_free(trust->authorities[i]);
    X509_STORE_free(trust->store);
    ASN1_OBJECT_free(trust->policy);
    free(trust);
}

struct card_trust *
card_trust_load(const struct card_files *files, char *ret_reason)
{
    struct card_trust *trust = calloc(1, sizeof *trust);

    if (trust == NULL) {
        complain(ret_reason, files->authorities, "found no memory");
        return NULL;
    }
    trust->holders = 1;
    if (load(trust, files, ret_reason))
        return trust;
    destroy(trust);
    return NULL;
}

struct card_trust *
card_trust_hold(struct card_trust *trust)
{
    if (trust != NULL)
        trust->holders++;
    return trust;
}

void
card_trust_drop(struct card_trust *trust)
{
    if (trust != NULL && --trust->holders == 0)
        destroy(trust);
}

instant_t
card_trust_fresh_until(const struct card_trust *trust)
{
    instant_t until = 0;

    for (size_t i = 0; i < trust->list_count; i++)
        if (until == 0 || trust->lists[i].until < until)
            until = trust->lists[i].until;
    return until;
}
