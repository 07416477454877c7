/*
 * pki_bench: a development authority in a folder of its own, and `shikaku pki` called in place.
 *
 * Owner   set_up() and tear_down() are cmocka's fixtures; the caller frees certificates.
 */
#ifndef TESTS_PKI_BENCH_H
#define TESTS_PKI_BENCH_H

#include "../crypto/folder.h"

#include "command/command.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sysexits.h>

enum { WORDS_MAX = 24, OUTPUT_BYTES_MAX = 16384, FIELD_SIZE = 256 };

struct bench {
    char folder[FOLDER_PATH_SIZE];
    char pki[FILE_PATH_SIZE];
    char output[OUTPUT_BYTES_MAX]; /* what the last call printed */
};

/* Runs `pki WORDS`, words parted by spaces; "@" stands for the folder of the authority. Messages on
 * standard error go to a file, too, so that they do not look like faults of the test. */
static inline int
run(struct bench *bench, const char *words)
{
    char  line[2048] = "pki ";
    char  path[FILE_PATH_SIZE];
    char *argv[WORDS_MAX + 1] = { NULL };
    int   argc = 0;

    for (size_t at = 4; *words != '\0'; words++) {
        int added = snprintf(line + at, sizeof line - at, *words == '@' ? "%s" : "%.1s",
                             *words == '@' ? bench->pki : words);
        assert_in_range(added, 1, sizeof line - at - 1);
        at += (size_t)added;
    }
    char *rest = line;
    for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " ")) {
        assert_in_range(argc, 0, WORDS_MAX - 1);
        argv[argc++] = word;
    }
    fflush(NULL);
    int out = dup(STDOUT_FILENO);
    int err = dup(STDERR_FILENO);
    int file = open(path_in(bench->folder, "output", path), O_RDWR | O_CREAT | O_TRUNC, 0600);
    int other = open(path_in(bench->folder, "messages", path), O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(out >= 0 && err >= 0 && file >= 0 && other >= 0);
    dup2(file, STDOUT_FILENO);
    dup2(other, STDERR_FILENO);
    int code = command_pki(argc, argv);
    fflush(NULL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    ssize_t length = pread(file, bench->output, sizeof bench->output - 1, 0);
    bench->output[length < 0 ? 0 : length] = '\0';
    close(out);
    close(err);
    close(file);
    close(other);
    return code;
}

static inline int
set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);

    assert_non_null(bench);
    folder_make(bench->folder);
    path_in(bench->folder, "pki", bench->pki);
    CASE_INT("init", run(bench, "init --dir @"), EX_OK);
    *state = bench;
    return 0;
}

static inline int
tear_down(void **state)
{
    struct bench *bench = *state;

    folder_remove(bench->folder);
    free(bench);
    return 0;
}

/* The text of a field of the last JSON line. */
static inline const char *
field(const struct bench *bench, const char *name, char *ret_text)
{
    char        key[64];
    const char *found = NULL;

    snprintf(key, sizeof key, "\"%s\":\"", name);
    for (const char *at = bench->output; (at = strstr(at, key)) != NULL; at += strlen(key))
        found = at + strlen(key);
    assert_non_null(found);
    size_t length = strcspn(found, "\"");
    assert_in_range(length, 1, FIELD_SIZE - 1);
    memcpy(ret_text, found, length);
    ret_text[length] = '\0';
    return ret_text;
}

static inline X509 *
read_certificate(const struct bench *bench, const char *name)
{
    char  path[FILE_PATH_SIZE];
    FILE *file = fopen(path_in(bench->pki, name, path), "r");

    assert_non_null(file);
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(certificate);
    return certificate;
}

#endif
