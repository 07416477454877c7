#include "listen/tls.h"

#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 20, FINGERPRINT_LENGTH = 32, TICKET_KEY_BYTES = 64 };

static char *
read_file(const char *path, size_t *ret_length)
{
    struct stat about;
    int         file = open(path, O_RDONLY | O_CLOEXEC);
    char       *bytes = NULL;

    if (file < 0)
        return NULL;
    if (fstat(file, &about) == 0 && about.st_size > 0 && about.st_size < FILE_BYTES_MAX)
        bytes = calloc(1, (size_t)about.st_size + 1);
    if (bytes != NULL && read(file, bytes, (size_t)about.st_size) != about.st_size) {
        free(bytes);
        bytes = NULL;
    }
    close(file);
    if (bytes != NULL)
        *ret_length = (size_t)about.st_size;
    return bytes;
}

static const char *
open_ticket_key(struct tls *tls, const char *path)
{
    size_t length = 0;

    if (path == NULL || path[0] == '\0')
        return gnutls_session_ticket_key_generate(&tls->ticket_key) == GNUTLS_E_SUCCESS
                   ? NULL
                   : "a ticket key cannot be made";
    tls->ticket_key.data = (unsigned char *)read_file(path, &length);
    tls->ticket_key.size = (unsigned)length;
    return length == TICKET_KEY_BYTES ? NULL : "the ticket key file is not 64 bytes long";
}

static const char *
open_credentials(struct tls *tls, const struct tls_files *files)
{
    size_t length;

    tls->certificate_pem = read_file(files->certificate, &length);
    if (tls->certificate_pem == NULL)
        return "the server certificate cannot be read";
    tls->key_pem = read_file(files->key, &length);
    if (tls->key_pem == NULL)
        return "the server key cannot be read";
    if (gnutls_certificate_allocate_credentials(&tls->credentials) != GNUTLS_E_SUCCESS)
        return "out of memory";
    if (gnutls_certificate_set_x509_key_file(tls->credentials, files->certificate, files->key,
                                             GNUTLS_X509_FMT_PEM)
        != GNUTLS_E_SUCCESS)
        return "the server certificate and key do not fit together";
    if (gnutls_certificate_set_x509_trust_file(tls->credentials, files->authority,
                                               GNUTLS_X509_FMT_PEM)
        < 1)
        return "the authority's certificate cannot be read";
    if (gnutls_priority_init(&tls->priorities, files->versions, NULL) != GNUTLS_E_SUCCESS)
        return "the setting tls_priorities is not a GnuTLS priority string";
    return NULL;
}

struct tls *
tls_new(const struct tls_files *files, const char **reterr_reason)
{
    struct tls *tls = calloc(1, sizeof *tls);

    if (tls == NULL) {
        *reterr_reason = "out of memory";
        return NULL;
    }
    tls->users = 1;
    const char *reason = open_credentials(tls, files);
    if (reason == NULL)
        reason = open_ticket_key(tls, files->ticket_key);
    if (reason == NULL)
        return tls;
    *reterr_reason = reason;
    tls_release(tls);
    return NULL;
}

void
tls_release(struct tls *tls)
{
    if (tls == NULL || --tls->users > 0)
        return;
    if (tls->credentials != NULL)
        gnutls_certificate_free_credentials(tls->credentials);
    if (tls->priorities != NULL)
        gnutls_priority_deinit(tls->priorities);
    if (tls->key_pem != NULL)
        explicit_bzero(tls->key_pem, strlen(tls->key_pem));
    if (tls->ticket_key.data != NULL)
        explicit_bzero(tls->ticket_key.data, tls->ticket_key.size);
    free(tls->certificate_pem);
    free(tls->key_pem);
    gnutls_free(tls->ticket_key.data); /* GnuTLS's allocator is the C library's */
    free(tls);
}

static int
verify_client(gnutls_session_t session)
{
    gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                      .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT };
    unsigned              status = 0;

    if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) != GNUTLS_E_SUCCESS)
        return GNUTLS_E_CERTIFICATE_ERROR;
    return status == 0 ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

bool
tls_prepare(struct tls *tls, gnutls_session_t session)
{
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    gnutls_session_set_verify_function(session, verify_client);
    if (gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, tls->credentials)
            != GNUTLS_E_SUCCESS
        || gnutls_priority_set(session, tls->priorities) != GNUTLS_E_SUCCESS
        || gnutls_session_ticket_enable_server(session, &tls->ticket_key) != GNUTLS_E_SUCCESS)
        return false;
    tls->users++;
    return true;
}

/* A resumed session brings the certificate of the session before. That its time has not passed and
 * that it is not revoked is looked up in the directory at every request. */
bool
tls_fingerprint(gnutls_session_t session, unsigned char *ret_fingerprint)
{
    unsigned              count = 0;
    size_t                length = FINGERPRINT_LENGTH;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);

    if (chain == NULL || count == 0)
        return false;
    return gnutls_fingerprint(GNUTLS_DIG_SHA256, &chain[0], ret_fingerprint, &length)
           == GNUTLS_E_SUCCESS;
}
