#include "folder.h"

#include "crypto/disk.h"

#include <errno.h>

static void
files_are_whole_private_and_never_replaced_unasked(void **state)
{
    char        folder[FOLDER_PATH_SIZE];
    char        path[FILE_PATH_SIZE];
    struct span bytes;

    (void)state;
    folder_make(folder);
    int at = open(folder, O_RDONLY | O_DIRECTORY);
    assert_true(disk_write(at, "a.key", span_of("first"), DISK_SECRET));
    assert_int_equal(file_mode(path_in(folder, "a.key", path)), 0600);
    assert_true(disk_write(at, "a.pem", span_of("open"), 0));
    assert_int_equal(file_mode(path_in(folder, "a.pem", path)), 0644);

    assert_false(disk_write(at, "a.key", span_of("second"), DISK_SECRET));
    assert_int_equal(errno, EEXIST);
    assert_true(disk_read(at, "a.key", 100, &bytes));
    CASE_SPAN("unasked", bytes, span_of("first"));
    disk_drop(&bytes);

    assert_true(disk_write(at, "a.key", span_of("second"), DISK_SECRET | DISK_REPLACE));
    assert_true(disk_read(at, "a.key", 100, &bytes));
    CASE_SPAN("asked", bytes, span_of("second"));
    disk_drop(&bytes);
    assert_int_equal(folder_count(folder), 2); /* nothing temporary is left */
    close(at);
    folder_remove(folder);
}

static void
aliases_name_the_same_file(void **state)
{
    char        folder[FOLDER_PATH_SIZE];
    struct span bytes;

    (void)state;
    folder_make(folder);
    int at = open(folder, O_RDONLY | O_DIRECTORY);
    assert_true(disk_write(at, "one", span_of("key"), DISK_SECRET));
    assert_true(disk_alias(at, "one", "two", 0));
    assert_false(disk_alias(at, "one", "two", 0));
    assert_int_equal(errno, EEXIST);
    assert_true(disk_alias(at, "one", "two", DISK_REPLACE));
    assert_true(disk_read(at, "two", 3, &bytes));
    CASE_SPAN("alias", bytes, span_of("key"));
    disk_drop(&bytes);
    disk_drop(&bytes);
    close(at);
    folder_remove(folder);
}

static void
files_too_large_absent_or_badly_named_are_refused(void **state)
{
    char        folder[FOLDER_PATH_SIZE];
    char        name[DISK_NAME_MAX + 2];
    struct span bytes = { 0 };

    (void)state;
    folder_make(folder);
    int at = open(folder, O_RDONLY | O_DIRECTORY);
    assert_true(disk_write(at, "four", span_of("1234"), 0));
    assert_false(disk_read(at, "four", 3, &bytes));
    assert_false(disk_read(at, "absent", 3, &bytes));
    assert_null(bytes.bytes);
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_false(disk_write(at, name, span_of("x"), 0));
    assert_int_equal(errno, ENAMETOOLONG);
    assert_int_equal(folder_count(folder), 1);
    assert_true(disk_has(at, "four"));
    assert_false(disk_has(at, "absent"));
    close(at);
    folder_remove(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_whole_private_and_never_replaced_unasked),
        cmocka_unit_test(aliases_name_the_same_file),
        cmocka_unit_test(files_too_large_absent_or_badly_named_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
