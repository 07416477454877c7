#include "pki_bench.h"

#include "crypto/certificate.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static X509_CRL *
read_revocations(const struct bench *bench)
{
    char  path[FILE_PATH_SIZE];
    FILE *file = fopen(path_in(bench->pki, "crl.pem", path), "r");

    assert_non_null(file);
    X509_CRL *list = PEM_read_X509_CRL(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(list);
    return list;
}

/* What a strict verifier says of a certificate of one bench under the authority of another. */
static int
verdict_of(const struct bench *bench, const char *name, const struct bench *authority,
           const char *purpose)
{
    X509           *certificate = read_certificate(bench, name);
    X509           *root = read_certificate(authority, "ca.pem");
    X509_CRL       *revocations = read_revocations(authority);
    X509_STORE     *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();

    assert_int_equal(X509_STORE_add_cert(store, root), 1);
    assert_int_equal(X509_STORE_add_crl(store, revocations), 1);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_X509_STRICT);
    assert_int_equal(X509_STORE_CTX_init(context, store, certificate, NULL), 1);
    assert_int_equal(X509_STORE_CTX_set_default(context, purpose), 1);
    int is_verified = X509_verify_cert(context);
    int verdict = X509_STORE_CTX_get_error(context);
    assert_int_equal(is_verified == 1, verdict == X509_V_OK);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_CRL_free(revocations);
    X509_free(root);
    X509_free(certificate);
    return verdict;
}

static void
init_makes_private_keys_and_a_server_that_verifies(void **state)
{
    static const struct {
        const char *name;
        mode_t      mode;
        off_t       bytes; /* 0: any */
    } files[] = {
        { "ca.pem", 0644, 0 },      { "ca.key", 0600, 0 },         { "index", 0600, 0 },
        { "crl.pem", 0644, 0 },     { "server.pem", 0644, 0 },     { "server.key", 0600, 0 },
        { "ticket.key", 0600, 64 }, { "pseudonym.key", 0600, 32 }, { "challenge.key", 0600, 32 },
        { "office.key", 0600, 32 }, { "document.key", 0600, 0 },   { "document.pub", 0644, 0 },
    };
    struct bench *bench = *state;
    char          path[FILE_PATH_SIZE];

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct stat about;
        CASE_INT(files[i].name, stat(path_in(bench->pki, files[i].name, path), &about), 0);
        CASE_INT(files[i].name, about.st_mode & 07777, files[i].mode);
        CASE_TRUE(files[i].name, files[i].bytes == 0 || about.st_size == files[i].bytes);
    }
    assert_int_equal(folder_count(bench->pki), ARRAY_LEN(files));
    assert_int_equal(file_mode(bench->pki), 0700);
    assert_int_equal(verdict_of(bench, "server.pem", bench, "ssl_server"), X509_V_OK);
    X509 *server = read_certificate(bench, "server.pem");
    assert_int_equal(X509_check_host(server, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(server, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(server, "::1", 0), 1);
    assert_int_equal(X509_check_host(server, "elsewhere", 0, 0, NULL), 0);
    X509_free(server);
}

static void
certificates_are_good_or_wrong_as_asked(void **state)
{
    static const struct {
        const char *words;
        const char *purpose;
        int         verdict;
    } cases[] = {
        { "--kind facility", "ssl_client", X509_V_OK },
        { "--kind insurer", "ssl_client", X509_V_OK },
        { "--kind operator --days 1", "ssl_client", X509_V_OK },
        { "--kind portal", "ssl_client", X509_V_OK },
        { "--kind registry", "ssl_client", X509_V_OK },
        { "--kind card", "ssl_client", X509_V_OK },
        { "--kind card --key-type rsa", "ssl_client", X509_V_OK },
        { "--kind card", "ssl_server", X509_V_ERR_INVALID_PURPOSE },
        { "--kind responder", "ssl_server", X509_V_ERR_INVALID_PURPOSE },
        { "--kind responder", "ssl_client", X509_V_ERR_INVALID_PURPOSE },
        { "--kind card --expired", "ssl_client", X509_V_ERR_CERT_HAS_EXPIRED },
        { "--kind server --san a.test,10.0.0.1", "ssl_server", X509_V_OK },
        { "--kind facility", "ssl_server", X509_V_ERR_INVALID_PURPOSE },
        { "--kind server", "ssl_client", X509_V_ERR_INVALID_PURPOSE },
        { "--kind facility --purpose server", "ssl_client", X509_V_ERR_INVALID_PURPOSE },
        { "--kind facility --expired", "ssl_client", X509_V_ERR_CERT_HAS_EXPIRED },
        { "--kind facility --not-yet", "ssl_client", X509_V_ERR_CERT_NOT_YET_VALID },
        { "--kind facility --not-before 2020-02-29T00:00:00Z --days 2", "ssl_client",
          X509_V_ERR_CERT_HAS_EXPIRED },
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char words[512];
        snprintf(words, sizeof words, "issue --dir @ --subject s-1 --out one --force %s",
                 cases[i].words);
        CASE_INT(cases[i].words, run(bench, words), EX_OK);
        CASE_INT(cases[i].words, verdict_of(bench, "one.pem", bench, cases[i].purpose),
                 cases[i].verdict);
    }
}

static void
what_is_printed_is_what_the_certificate_says(void **state)
{
    struct bench *bench = *state;
    char          text[FIELD_SIZE];
    char          path[FILE_PATH_SIZE];
    unsigned char fingerprint[32];
    char          hex[2 * sizeof fingerprint + 1];
    struct text   digits = text_in(hex, sizeof hex);

    assert_int_equal(run(bench, "issue --dir @ --kind insurer --subject 99999999 --out i --days 3 "
                                "--not-before 2031-04-01T09:30:00Z"),
                     EX_OK);
    X509 *certificate = read_certificate(bench, "i.pem");
    assert_int_equal(X509_digest(certificate, EVP_sha256(), fingerprint, NULL), 1);
    text_add_hex(&digits, fingerprint, sizeof fingerprint);
    assert_string_equal(field(bench, "fingerprint_sha256", text), hex);
    assert_string_equal(field(bench, "kind", text), "insurer");
    assert_string_equal(field(bench, "subject", text), "99999999");
    assert_string_equal(field(bench, "not_before", text), "2031-04-01T09:30:00Z");
    assert_string_equal(field(bench, "not_after", text), "2031-04-04T09:30:00Z");
    assert_string_equal(field(bench, "certificate", text), path_in(bench->pki, "i.pem", path));
    assert_string_equal(field(bench, "key", text), path_in(bench->pki, "i.key", path));
    assert_int_equal(file_mode(text), 0600);

    char *subject = X509_NAME_oneline(X509_get_subject_name(certificate), NULL, 0);
    assert_string_equal(subject, "/O=Shikaku development/OU=insurer/CN=99999999");
    OPENSSL_free(subject);
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char   *serial = BN_bn2hex(number);
    assert_int_equal(strcasecmp(serial, field(bench, "serial", text)), 0);
    assert_int_equal(strlen(text), 32);
    OPENSSL_free(serial);
    BN_free(number);
    X509_free(certificate);
}

static void
a_revoked_certificate_is_refused_and_the_others_are_not(void **state)
{
    struct bench *bench = *state;
    char          serial[FIELD_SIZE];
    char          words[512];

    assert_int_equal(run(bench, "issue --dir @ --kind facility --subject a --out a"), EX_OK);
    field(bench, "serial", serial);
    assert_int_equal(run(bench, "issue --dir @ --kind facility --subject b --out b"), EX_OK);
    snprintf(words, sizeof words, "revoke --dir @ --serial %s --reason superseded", serial);
    assert_int_equal(run(bench, words), EX_OK);
    assert_int_equal(verdict_of(bench, "a.pem", bench, "ssl_client"), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(verdict_of(bench, "b.pem", bench, "ssl_client"), X509_V_OK);

    assert_int_equal(run(bench, words), EX_DATAERR); /* again */
    assert_int_equal(run(bench, "revoke --dir @ --serial 00"), EX_DATAERR);
    assert_int_equal(run(bench, "revoke --dir @ --serial 00 --reason mood"), EX_USAGE);
    assert_int_equal(run(bench, "list --dir @"), EX_OK);
    const char *line = strstr(bench->output, serial);
    assert_non_null(line);
    const char *status = strstr(line, "\"status\":\"revoked\"");
    assert_true(status != NULL && status < strchr(line, '\n'));
    assert_non_null(strstr(line, "\"reason\":\"superseded\""));
    assert_non_null(strstr(strchr(line, '\n'), "\"subject\":\"b\""));
    assert_non_null(strstr(strchr(line, '\n'), "\"status\":\"valid\""));
}

static void
a_certificate_of_another_authority_is_refused(void **state)
{
    struct bench *bench = *state;
    struct bench *foreign = NULL;

    assert_int_equal(set_up((void **)&foreign), 0);
    assert_int_equal(run(foreign, "issue --dir @ --kind facility --subject a --out a"), EX_OK);
    assert_int_equal(verdict_of(foreign, "a.pem", foreign, "ssl_client"), X509_V_OK);
    assert_int_not_equal(verdict_of(foreign, "a.pem", bench, "ssl_client"), X509_V_OK);
    assert_int_equal(tear_down((void **)&foreign), 0);
}

static void
nothing_is_overwritten_unasked(void **state)
{
    struct bench *bench = *state;
    X509         *before;
    X509         *after;

    assert_int_equal(run(bench, "issue --dir @ --kind facility --subject a --out a"), EX_OK);
    before = read_certificate(bench, "a.pem");
    assert_int_equal(run(bench, "issue --dir @ --kind facility --subject a --out a"), EX_CANTCREAT);
    after = read_certificate(bench, "a.pem");
    assert_int_equal(X509_cmp(before, after), 0);
    X509_free(after);
    assert_int_equal(run(bench, "issue --dir @ --kind facility --subject a --out a --force"),
                     EX_OK);
    after = read_certificate(bench, "a.pem");
    assert_int_not_equal(X509_cmp(before, after), 0);
    X509_free(before);
    X509_free(after);

    before = read_certificate(bench, "ca.pem");
    assert_int_equal(run(bench, "init --dir @"), EX_CANTCREAT);
    assert_int_equal(run(bench, "issue --dir @ --kind portal --subject a --out ca --force"),
                     EX_USAGE);
    after = read_certificate(bench, "ca.pem");
    assert_int_equal(X509_cmp(before, after), 0);
    X509_free(after);
    assert_int_equal(run(bench, "init --dir @ --force"), EX_OK);
    assert_int_equal(verdict_of(bench, "server.pem", bench, "ssl_server"), X509_V_OK);
    assert_int_not_equal(verdict_of(bench, "a.pem", bench, "ssl_client"), X509_V_OK);
    X509_free(before);
}

static size_t
lines_of(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static void
many_certificates_have_their_own_key_or_share_one(void **state)
{
    static const char subjects[] = "f-1\nf-2\nf-3\n";
    struct bench     *bench = *state;
    char              path[FILE_PATH_SIZE];
    struct stat       first;
    struct stat       last;

    file_put(path_in(bench->pki, "subjects", path), subjects, strlen(subjects), 0600);
    assert_int_equal(run(bench, "issue-many --dir @ --kind facility --subjects-from @/subjects "
                                "--out-dir @/own"),
                     EX_OK);
    assert_int_equal(lines_of(bench->output), 3);
    assert_int_equal(stat(path_in(bench->pki, "own/f-1.key", path), &first), 0);
    assert_int_equal(stat(path_in(bench->pki, "own/f-3.key", path), &last), 0);
    assert_true(first.st_ino != last.st_ino);
    assert_int_equal(first.st_mode & 07777, 0600);
    assert_int_equal(verdict_of(bench, "own/f-3.pem", bench, "ssl_client"), X509_V_OK);

    assert_int_equal(run(bench, "issue-many --dir @ --kind facility --subjects-from @/subjects "
                                "--out-dir @/one --share-key"),
                     EX_OK);
    assert_int_equal(stat(path_in(bench->pki, "one/f-1.key", path), &first), 0);
    assert_int_equal(stat(path_in(bench->pki, "one/f-3.key", path), &last), 0);
    assert_true(first.st_ino == last.st_ino);
    X509 *certificate = read_certificate(bench, "one/f-2.pem");
    FILE *file = fopen(path_in(bench->pki, "one/f-2.key", path), "r");
    assert_non_null(file);
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    assert_int_equal(X509_check_private_key(certificate, key), 1);
    EVP_PKEY_free(key);
    X509_free(certificate);

    assert_int_equal(run(bench, "issue-many --dir @ --kind facility --subjects-from @/subjects "
                                "--out-dir @/one"),
                     EX_CANTCREAT);
    assert_int_equal(run(bench, "list --dir @"), EX_OK);
    assert_int_equal(lines_of(bench->output), 1 + 3 + 3); /* the server's, and nothing refused */
    file_put(path_in(bench->pki, "subjects", path), "f-4\n../f-5\n", 11, 0600);
    assert_int_equal(run(bench, "issue-many --dir @ --kind facility --subjects-from @/subjects "
                                "--out-dir @/one"),
                     EX_DATAERR);
    assert_int_equal(folder_count(path_in(bench->pki, "one", path)), 6);
}

static void
a_torn_line_of_the_journal_does_not_count(void **state)
{
    struct bench *bench = *state;
    char          path[FILE_PATH_SIZE];

    int journal = open(path_in(bench->pki, "index", path), O_WRONLY | O_APPEND);
    assert_int_equal(write(journal, "issued\t1234", 11), 11);
    assert_int_equal(run(bench, "list --dir @"), EX_OK);
    assert_int_equal(lines_of(bench->output), 1);
    assert_int_equal(run(bench, "issue --dir @ --kind facility --subject a --out a"), EX_OK);
    assert_int_equal(run(bench, "list --dir @"), EX_OK);
    assert_int_equal(lines_of(bench->output), 2);
    assert_int_equal(write(journal, "nonsense\n", 9), 9);
    assert_int_equal(run(bench, "list --dir @"), EX_DATAERR);
    close(journal);
}

static void
wrong_usage_makes_nothing(void **state)
{
    static const struct {
        const char *words;
        int         code;
    } cases[] = {
        { "", EX_USAGE },
        { "dance", EX_USAGE },
        { "issue --dir @", EX_USAGE },
        { "issue --dir @ --kind doctor --subject a --out x", EX_USAGE },
        { "issue --dir @ --kind facility --subject a/b --out x", EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out .x", EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out x --days 0", EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out x --days 36501", EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out x --expired --not-yet", EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out x --not-before 2031-02-29T00:00:00Z",
          EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out x --not-before tomorrow", EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out x --purpose both", EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out x --key-type dsa", EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out x --policy 2.999.1", EX_USAGE },
        { "issue --dir @ --kind card --subject a --out x --policy anyPolicy", EX_USAGE },
        { "issue --dir @ --kind card --subject a --out x --policy", EX_USAGE },
        { "init --dir @ --key-type dsa --force", EX_USAGE },
        { "issue --dir @ --kind server --subject a --out x --san a_b", EX_USAGE },
        { "issue --dir @ --kind server --subject a --out x --san a,,b", EX_USAGE },
        { "issue --dir @ --kind facility --subject a --out @/absent/x", EX_CANTCREAT },
        { "issue --dir @/absent --kind facility --subject a --out x", EX_CANTCREAT },
        { "list --dir @/absent", EX_NOINPUT },
        { "--help", EX_OK },
        { "issue --help", EX_OK },
    };
    struct bench *bench = *state;
    size_t        files = folder_count(bench->pki);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CASE_INT(cases[i].words, run(bench, cases[i].words), cases[i].code);
        CASE_INT(cases[i].words, bench->output[0] != '\0', cases[i].code == EX_OK);
    }
    assert_int_equal(folder_count(bench->pki), files);
    assert_int_equal(run(bench, "list --dir @"), EX_OK);
    assert_int_equal(lines_of(bench->output), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(init_makes_private_keys_and_a_server_that_verifies, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(certificates_are_good_or_wrong_as_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_printed_is_what_the_certificate_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_revoked_certificate_is_refused_and_the_others_are_not,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_of_another_authority_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_overwritten_unasked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_certificates_have_their_own_key_or_share_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_torn_line_of_the_journal_does_not_count, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(wrong_usage_makes_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
