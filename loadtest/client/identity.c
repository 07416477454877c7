#include "identity.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDENTITY_PAIRS_MAX = 100000, IDENTITY_PATH_MAX = 1024 };

const char *
identity_tls_reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char   *reason = code == 0 ? NULL : ERR_reason_error_string(code);

    ERR_clear_error();
    return reason == NULL ? "the connection was cut" : reason;
}

static X509 *
certificate_read(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    return certificate;
}

static EVP_PKEY *
key_read(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    return key;
}

static bool
pairs_grow(struct identity *identity)
{
    if (identity->pair_count < identity->pair_room)
        return true;
    size_t room = identity->pair_room == 0 ? 16 : identity->pair_room * 2;
    if (room > 2 * IDENTITY_PAIRS_MAX)
        return false;
    struct identity_pair *pairs = realloc(identity->pairs, room * sizeof *pairs);
    if (pairs == NULL)
        return false;
    identity->pairs = pairs;
    identity->pair_room = room;
    return true;
}

/* In a folder, an issuer's certificate may lie beside those it issued; it is passed over. */
static bool
pair_add(struct identity *identity, const char *certificate_path, const char *key_path,
         bool skips_issuers, struct complaint *reterr_complaint)
{
    X509     *certificate = certificate_read(certificate_path);
    EVP_PKEY *key = NULL;

    if (certificate == NULL) {
        complain(reterr_complaint, "%s: no certificate in it", certificate_path);
        return false;
    }
    if (skips_issuers && X509_check_ca(certificate) > 0) {
        X509_free(certificate);
        return true;
    }
    key = key_read(key_path);
    if (key == NULL || X509_check_private_key(certificate, key) != 1 || !pairs_grow(identity)) {
        complain(reterr_complaint, "%s: no key in it, or not this certificate's", key_path);
        X509_free(certificate);
        EVP_PKEY_free(key);
        ERR_clear_error();
        return false;
    }
    struct identity_pair *pair = &identity->pairs[identity->pair_count++];
    const char           *slash = strrchr(certificate_path, '/');
    *pair = (struct identity_pair){ .certificate = certificate, .key = key };
    if (skips_issuers && slash != NULL)
        snprintf(pair->name, sizeof pair->name, "%.*s", IDENTITY_NAME_SIZE - 1, slash + 1);
    return true;
}

size_t
identity_pair_next(const struct identity *identity, size_t after, const char *kind)
{
    size_t length = strlen(kind);

    for (size_t i = 1; i <= identity->pair_count; i++) {
        size_t      pair = (after + i) % identity->pair_count;
        const char *name = identity->pairs[pair].name;

        if (strcmp(kind, "any") == 0 || (strncmp(name, kind, length) == 0 && name[length] == '-'))
            return pair;
    }
    return identity->pair_count;
}

static int
is_certificate_name(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && dot != entry->d_name
           && (strcmp(dot, ".pem") == 0 || strcmp(dot, ".crt") == 0);
}

static bool
pair_add_named(struct identity *identity, const char *folder, const char *name,
               struct complaint *reterr_complaint)
{
    char certificate_path[IDENTITY_PATH_MAX];
    char key_path[IDENTITY_PATH_MAX];
    int  stem = (int)(strrchr(name, '.') - name);

    snprintf(certificate_path, sizeof certificate_path, "%s/%s", folder, name);
    snprintf(key_path, sizeof key_path, "%s/%.*s.key", folder, stem, name);
    FILE *key = fopen(key_path, "re");
    if (key == NULL) /* a certificate without a key is somebody else's */
        return true;
    fclose(key);
    return pair_add(identity, certificate_path, key_path, true, reterr_complaint);
}

static bool
folder_read(struct identity *identity, const char *folder, struct complaint *reterr_complaint)
{
    struct dirent **entries = NULL;
    bool            is_fine = true;
    int             count = scandir(folder, &entries, is_certificate_name, alphasort);

    for (int i = 0; i < count; i++) {
        is_fine = is_fine && pair_add_named(identity, folder, entries[i]->d_name, reterr_complaint);
        free(entries[i]);
    }
    free(entries);
    if (!is_fine)
        return false;
    if (identity->pair_count == 0)
        complain(reterr_complaint, "%s: no NAME.pem with a NAME.key in it", folder);
    return identity->pair_count > 0;
}

static bool
context_open(struct identity *identity, const struct options *options,
             struct complaint *reterr_complaint)
{
    int version = strcmp(options->tls, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;

    identity->context = SSL_CTX_new(TLS_client_method());
    if (identity->context == NULL || SSL_CTX_set_min_proto_version(identity->context, version) != 1
        || SSL_CTX_set_max_proto_version(identity->context, version) != 1) {
        complain(reterr_complaint, "TLS: %s", identity_tls_reason());
        return false;
    }
    if (SSL_CTX_load_verify_locations(identity->context, options->ca, NULL) != 1) {
        complain(reterr_complaint, "%s: no issuer's certificate in it", options->ca);
        return false;
    }
    SSL_CTX_set_verify(identity->context, SSL_VERIFY_PEER, NULL);
    /* One read per record instead of two; and tickets go to the connection, not to a cache. */
    SSL_CTX_set_read_ahead(identity->context, 1);
    SSL_CTX_set_session_cache_mode(identity->context,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    if (options->mode == LOAD_MODE_IDLE)
        SSL_CTX_set_mode(identity->context, SSL_MODE_RELEASE_BUFFERS);
    return true;
}

bool
identity_open(struct identity *identity, const struct options *options,
              struct complaint *reterr_complaint)
{
    *identity = (struct identity){ .server_name = options->server_name };
    if (!context_open(identity, options, reterr_complaint))
        return false;
    if (options->cert_dir != NULL)
        return folder_read(identity, options->cert_dir, reterr_complaint);
    return pair_add(identity, options->cert, options->key, false, reterr_complaint);
}

void
identity_close(struct identity *identity)
{
    for (size_t i = 0; i < identity->pair_count; i++) {
        X509_free(identity->pairs[i].certificate);
        EVP_PKEY_free(identity->pairs[i].key);
    }
    free(identity->pairs);
    SSL_CTX_free(identity->context);
    *identity = (struct identity){ 0 };
}

SSL *
identity_take_tls(const struct identity *identity, size_t pair_number)
{
    const struct identity_pair *pair = &identity->pairs[pair_number];
    SSL                        *tls = SSL_new(identity->context);

    if (tls == NULL)
        return NULL;
    X509_VERIFY_PARAM *expected = SSL_get0_param(tls);
    bool               is_address = X509_VERIFY_PARAM_set1_ip_asc(expected, identity->server_name);
    bool               is_named = is_address
                    || (SSL_set1_host(tls, identity->server_name) == 1
                        && SSL_set_tlsext_host_name(tls, identity->server_name) == 1);
    if (!is_named || SSL_use_certificate(tls, pair->certificate) != 1
        || SSL_use_PrivateKey(tls, pair->key) != 1) {
        SSL_free(tls);
        return NULL;
    }
    ERR_clear_error();
    SSL_set_connect_state(tls);
    return tls;
}
