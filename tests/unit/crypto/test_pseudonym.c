#include "folder.h"

#include "base/text.h"
#include "crypto/pseudonym.h"
#include "crypto/secret.h"

enum { DAY_2026_LAST = 20818, DAY_2026_FIRST = 20454 };

static void
make_key_file(const char *path, size_t length, mode_t mode)
{
    unsigned char key[64];

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)i;
    file_put(path, key, length, mode);
}

/* Computed apart from this program, from RFC 5869 and RFC 2104, with the key 00 01 ... 1f. */
static const struct {
    const char *name;
    day_t       day;
    int64_t     person_id;
    const char *pseudonym;
} rows[] = {
    { "last day of 2026", DAY_2026_LAST, 1, "e1f94dadf8d4fb87fd8f8e3ecfeaea02" },
    { "first day of 2027", DAY_2026_LAST + 1, 1, "55770ba480d276489b38e0c73951ef2d" },
    { "first day of 2026", DAY_2026_FIRST, 1, "e1f94dadf8d4fb87fd8f8e3ecfeaea02" },
    { "another person", DAY_2026_LAST, 2, "0d600c710c5e1f9823cf66f480b98fdb" },
    { "a large number", DAY_2026_LAST, (INT64_C(1) << 40) + 7, "bb36e7e059ebb6536863493d25f86b9f" },
};

static void
pseudonyms_depend_on_the_year_and_the_person_only(void **state)
{
    char                  folder[FOLDER_PATH_SIZE];
    char                  path[FILE_PATH_SIZE];
    struct pseudonym_keys keys;

    (void)state;
    folder_make(folder);
    make_key_file(path_in(folder, "key", path), MASTER_KEY_BYTES, 0600);
    assert_null(pseudonym_keys_open(&keys, path));
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            unsigned char pseudonym[PSEUDONYM_BYTES];
            char          place[2 * PSEUDONYM_BYTES + 1];
            struct text   text = text_in(place, sizeof place);
            pseudonym_make(&keys, rows[i].day, rows[i].person_id, pseudonym);
            text_add_hex(&text, pseudonym, sizeof pseudonym);
            CASE_TEXT(rows[i].name, place, rows[i].pseudonym);
        }
    pseudonym_keys_close(&keys);
    pseudonym_keys_close(&keys); /* closing twice is no harm */
    folder_remove(folder);
}

/* More years than are kept ready: each comes back the same, and no two are alike. */
static void
years_that_share_a_slot_do_not_mix(void **state)
{
    enum { YEARS = 20 };
    char                  folder[FOLDER_PATH_SIZE];
    char                  path[FILE_PATH_SIZE];
    struct pseudonym_keys keys;
    unsigned char         first[YEARS][PSEUDONYM_BYTES];
    unsigned char         again[PSEUDONYM_BYTES];

    (void)state;
    folder_make(folder);
    make_key_file(path_in(folder, "key", path), MASTER_KEY_BYTES, 0600);
    assert_null(pseudonym_keys_open(&keys, path));
    for (int i = 0; i < YEARS; i++)
        pseudonym_make(&keys, DAY_2026_FIRST + 100 + i * 365, 5, first[i]);
    for (int i = YEARS; i-- > 0;) {
        pseudonym_make(&keys, DAY_2026_FIRST + 100 + i * 365, 5, again);
        assert_memory_equal(again, first[i], PSEUDONYM_BYTES);
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(first[i], first[k], PSEUDONYM_BYTES);
    }
    pseudonym_keys_close(&keys);
    folder_remove(folder);
}

static void
key_files_that_others_may_use_or_that_are_no_keys_are_refused(void **state)
{
    static const struct {
        const char *name;
        size_t      length;
        mode_t      mode;
        bool        is_good;
    } cases[] = {
        { "private", 32, 0600, true },
        { "read-only", 32, 0400, true },
        { "read by the group", 32, 0640, false },
        { "read by all", 32, 0604, false },
        { "written by all", 32, 0602, false },
        { "executable", 32, 0700, false },
        { "too short", 31, 0600, false },
        { "too long", 33, 0600, false },
        { "empty", 0, 0600, false },
    };
    char                  folder[FOLDER_PATH_SIZE];
    char                  path[FILE_PATH_SIZE];
    struct pseudonym_keys keys;

    (void)state;
    folder_make(folder);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        path_in(folder, "key", path);
        (void)unlink(path);
        make_key_file(path, cases[i].length, cases[i].mode);
        CASE_INT(cases[i].name, pseudonym_keys_open(&keys, path) == NULL, cases[i].is_good);
        pseudonym_keys_close(&keys); /* also after a failure */
    }
    assert_non_null(pseudonym_keys_open(&keys, path_in(folder, "absent", path)));
    assert_non_null(pseudonym_keys_open(&keys, folder));
    folder_remove(folder);
}

static void
a_link_is_no_key_file_and_a_failed_read_leaves_nothing(void **state)
{
    char          folder[FOLDER_PATH_SIZE];
    char          path[FILE_PATH_SIZE];
    char          link_path[FILE_PATH_SIZE];
    unsigned char key[MASTER_KEY_BYTES];
    unsigned char nothing[MASTER_KEY_BYTES] = { 0 };

    (void)state;
    folder_make(folder);
    make_key_file(path_in(folder, "key", path), 40, 0600);
    assert_int_equal(symlink(path, path_in(folder, "link", link_path)), 0);
    assert_non_null(key_file_read(link_path, key, sizeof key));
    memset(key, 0x5A, sizeof key);
    assert_non_null(key_file_read(path, key, sizeof key)); /* too long: read, then refused */
    assert_memory_equal(key, nothing, sizeof key);
    folder_remove(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pseudonyms_depend_on_the_year_and_the_person_only),
        cmocka_unit_test(years_that_share_a_slot_do_not_mix),
        cmocka_unit_test(key_files_that_others_may_use_or_that_are_no_keys_are_refused),
        cmocka_unit_test(a_link_is_no_key_file_and_a_failed_read_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
