#include "crypto/certificate.h"

#include "crypto/random.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

enum { SERIAL_BYTES = 16, NAME_BYTES_MAX = 253, US_PER_S = 1000000, RSA_BITS = 2048 };

/* The opaque key and certificate are OpenSSL's own objects; its readers want pointers to
 * non-const. */
static EVP_PKEY *
pkey_of(const struct key *key)
{
    return (EVP_PKEY *)(uintptr_t)key;
}

static X509 *
x509_of(const struct certificate *certificate)
{
    return (X509 *)(uintptr_t)certificate;
}

static void
drop_bio(BIO **bio)
{
    BIO_free_all(*bio);
}

static void
drop_extension(X509_EXTENSION **extension)
{
    X509_EXTENSION_free(*extension);
}

struct key *
key_new(enum key_kind kind)
{
    return (struct key *)(kind == KEY_RSA ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256"));
}

struct key *
key_parse(struct span pem)
{
    CLEANUP(drop_bio) BIO *bio = BIO_new_mem_buf(pem.bytes, (int)pem.length);

    return bio == NULL ? NULL : (struct key *)PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
}

void
key_free(struct key *key)
{
    EVP_PKEY_free(pkey_of(key));
}

static void
add_bio(BIO *bio, bool is_written, struct text *text)
{
    char *bytes = NULL;
    long  length = is_written ? BIO_get_mem_data(bio, &bytes) : 0;

    if (length <= 0)
        text->is_full = true; /* so that nobody stores half a file */
    else
        text_add(text, span_make(bytes, (size_t)length));
}

void
key_write(const struct key *key, struct text *ret_pem)
{
    CLEANUP(drop_bio) BIO *bio = BIO_new(BIO_s_secmem());

    add_bio(bio,
            bio != NULL
                && PEM_write_bio_PrivateKey(bio, pkey_of(key), NULL, NULL, 0, NULL, NULL) == 1,
            ret_pem);
}

struct certificate *
certificate_parse(struct span pem)
{
    CLEANUP(drop_bio) BIO *bio = BIO_new_mem_buf(pem.bytes, (int)pem.length);

    return bio == NULL ? NULL : (struct certificate *)PEM_read_bio_X509(bio, NULL, NULL, NULL);
}

void
certificate_free(struct certificate *certificate)
{
    X509_free(x509_of(certificate));
}

void
certificate_write(const struct certificate *certificate, struct text *ret_pem)
{
    CLEANUP(drop_bio) BIO *bio = BIO_new(BIO_s_mem());

    add_bio(bio, bio != NULL && PEM_write_bio_X509(bio, x509_of(certificate)) == 1, ret_pem);
}

bool
certificate_fits(const struct certificate *certificate, const struct key *key)
{
    return X509_check_private_key(x509_of(certificate), pkey_of(key)) == 1;
}

bool
certificate_read_facts(const struct certificate *certificate, struct certificate_facts *ret_facts)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509_of(certificate));
    unsigned char       bytes[SERIAL_BYTES];
    unsigned            length = 0;
    BIGNUM             *number = ASN1_INTEGER_to_BN(serial, NULL);
    bool is_read = number != NULL && BN_bn2binpad(number, bytes, sizeof bytes) == sizeof bytes;

    BN_free(number);
    if (!is_read
        || X509_digest(x509_of(certificate), EVP_sha256(), ret_facts->fingerprint, &length) != 1)
        return false;
    struct text text = text_in(ret_facts->serial, sizeof ret_facts->serial);
    text_add_hex(&text, bytes, sizeof bytes);
    return !text.is_full && length == FINGERPRINT_BYTES;
}

static bool
set_serial(X509 *x509)
{
    unsigned char bytes[SERIAL_BYTES];

    random_bytes(bytes, sizeof bytes);
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive, and always 16 bytes long */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool is_set = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL;
    BN_free(number);
    return is_set;
}

static bool
set_subject(X509 *x509, const struct certificate_wish *wish)
{
    const struct {
        int         nid;
        const char *text;
    } parts[] = {
        { NID_organizationName, wish->organisation },
        { NID_organizationalUnitName, wish->unit },
        { NID_commonName, wish->common_name },
    };
    X509_NAME *name = X509_get_subject_name(x509);

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i].text != NULL
            && X509_NAME_add_entry_by_NID(name, parts[i].nid, MBSTRING_UTF8,
                                          (const unsigned char *)parts[i].text, -1, -1, 0)
                   != 1)
            return false;
    return true;
}

static bool
set_times(X509 *x509, const struct certificate_wish *wish)
{
    return ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)(wish->not_before / US_PER_S)) != NULL
           && ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)(wish->not_after / US_PER_S)) != NULL;
}

static bool
add_extension(X509 *x509, X509V3_CTX *context, int nid, const char *value)
{
    CLEANUP(drop_extension)
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);

    return extension != NULL && X509_add_ext(x509, extension, -1) == 1;
}

static GENERAL_NAME *
general_name(struct span text)
{
    char          name[NAME_BYTES_MAX + 1];
    unsigned char address[sizeof(struct in6_addr)];

    if (text.length == 0 || text.length > NAME_BYTES_MAX)
        return NULL;
    memcpy(name, text.bytes, text.length);
    name[text.length] = '\0';
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_IPADD, name, 0);
    for (const char *byte = name; *byte != '\0'; byte++)
        if (!(*byte >= 'a' && *byte <= 'z') && !(*byte >= 'A' && *byte <= 'Z')
            && !(*byte >= '0' && *byte <= '9') && strchr("-.*", *byte) == NULL)
            return NULL;
    return a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_DNS, name, 0);
}

static bool
add_other_names(X509 *x509, const char *names)
{
    GENERAL_NAMES *list = GENERAL_NAMES_new();
    bool           is_added = list != NULL;

    while (is_added) {
        size_t        length = strcspn(names, ",");
        GENERAL_NAME *name = general_name(span_make(names, length));
        is_added = name != NULL && sk_GENERAL_NAME_push(list, name) > 0;
        if (!is_added)
            GENERAL_NAME_free(name);
        if (names[length] == '\0')
            break;
        names += length + 1;
    }
    is_added = is_added && X509_add1_ext_i2d(x509, NID_subject_alt_name, list, 0, 0) == 1;
    GENERAL_NAMES_free(list);
    return is_added;
}

/* Digits and dots only: OpenSSL's own text form would take names and qualifiers as well. */
static bool
add_policy(X509 *x509, const char *digits)
{
    CERTIFICATEPOLICIES *policies = CERTIFICATEPOLICIES_new();
    POLICYINFO          *policy = POLICYINFO_new();
    ASN1_OBJECT         *object = OBJ_txt2obj(digits, 1);
    bool                 is_added = policies != NULL && policy != NULL && object != NULL;

    if (is_added) {
        ASN1_OBJECT_free(policy->policyid);
        policy->policyid = object;
        object = NULL;
        is_added = sk_POLICYINFO_push(policies, policy) > 0;
    }
    if (is_added) {
        policy = NULL; /* the list's */
        is_added = X509_add1_ext_i2d(x509, NID_certificate_policies, policies, 1, 0) == 1;
    }
    ASN1_OBJECT_free(object);
    POLICYINFO_free(policy);
    CERTIFICATEPOLICIES_free(policies);
    return is_added;
}

static bool
set_extensions(X509 *x509, X509 *issuer, const struct certificate_wish *wish)
{
    static const struct {
        const char *constraints;
        const char *usage;
        const char *extended; /* NULL: any */
    } rows[] = {
        [USE_AUTHORITY] = { "critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign", NULL },
        [USE_SERVER] = { "critical,CA:FALSE", "critical,digitalSignature", "serverAuth" },
        [USE_CLIENT] = { "critical,CA:FALSE", "critical,digitalSignature", "clientAuth" },
        [USE_CARD] = { "critical,CA:FALSE", "critical,digitalSignature", "clientAuth" },
        [USE_RESPONDER] = { "critical,CA:FALSE", "critical,digitalSignature", "OCSPSigning" },
    };
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    return add_extension(x509, &context, NID_basic_constraints, rows[wish->use].constraints)
           && add_extension(x509, &context, NID_key_usage, rows[wish->use].usage)
           && (rows[wish->use].extended == NULL
               || add_extension(x509, &context, NID_ext_key_usage, rows[wish->use].extended))
           && add_extension(x509, &context, NID_subject_key_identifier, "hash")
           && add_extension(x509, &context, NID_authority_key_identifier, "keyid:always")
           && (wish->policy == NULL || add_policy(x509, wish->policy))
           && (wish->other_names == NULL || add_other_names(x509, wish->other_names));
}

struct certificate *
certificate_new(const struct certificate_wish *wish, const struct key *holder_key,
                const struct certificate *issuer, const struct key *issuer_key)
{
    X509 *x509 = X509_new();

    if (x509 == NULL)
        return NULL;
    X509 *signer = issuer == NULL ? x509 : x509_of(issuer);
    if (X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) && set_times(x509, wish)
        && set_subject(x509, wish) && X509_set_issuer_name(x509, X509_get_subject_name(signer)) == 1
        && X509_set_pubkey(x509, pkey_of(holder_key)) == 1 && set_extensions(x509, signer, wish)
        && X509_sign(x509, pkey_of(issuer_key), EVP_sha256()) > 0)
        return (struct certificate *)x509;
    X509_free(x509);
    return NULL;
}
