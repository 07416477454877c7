/*
 * keys: a signer and its verifier for tests of documents, and the fields of an invented person.
 *
 * Owner   keys_open() makes them in a folder of their own; keys_close() takes all of it away.
 */
#ifndef TESTS_DOCUMENT_KEYS_H
#define TESTS_DOCUMENT_KEYS_H

#include "../crypto/folder.h"

#include "crypto/signer.h"
#include "document/fields.h"
#include "model/day.h"

struct keys {
    struct signer   *signer;
    struct verifier *verifier;
};

static inline void
keys_open(struct keys *keys)
{
    char        folder[FOLDER_PATH_SIZE];
    char        path[FILE_PATH_SIZE];
    char        secret[512];
    char        open[512];
    struct text private_pem = text_in(secret, sizeof secret);
    struct text public_pem = text_in(open, sizeof open);
    const char *reason;

    folder_make(folder);
    signer_make(&private_pem, &public_pem);
    file_put(path_in(folder, "document.key", path), secret, private_pem.length, 0600);
    keys->signer = signer_open(path, &reason);
    file_put(path_in(folder, "document.pub", path), open, public_pem.length, 0644);
    keys->verifier = verifier_open(path, &reason);
    assert_true(keys->signer != NULL && keys->verifier != NULL);
    folder_remove(folder);
}

static inline void
keys_close(struct keys *keys)
{
    signer_free(keys->signer);
    verifier_free(keys->verifier);
}

static inline day_t
day(int32_t year, int32_t month, int32_t in_month)
{
    return day_from_civil((struct civil){ year, month, in_month });
}

static inline struct document_fields
sample_fields(void)
{
    return (struct document_fields){
        .issuer = span_of("shikaku.example"),
        .insurer_number = span_of("01129998"),
        .insurer_name = span_of("合成健康保険協会 千葉第1支部"),
        .symbol = span_of("12433600"),
        .number = span_of("1234568"),
        .branch_number = span_of("00"),
        .relation = 1,
        .name = span_of("見本　太郎"),
        .name_kana = span_of("ミホン　タロウ"),
        .birth_date = day(1954, 8, 16),
        .sex = 1,
        .acquired_on = day(2025, 10, 9),
        .burden_ratio = 20,
        .issued_on = day(2026, 4, 1),
        .valid_until = day(2030, 3, 31),
    };
}

#endif
