#include "../cases.h"

#include "spool/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct spool spool;
static char         folder[64];

static int
open_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/spool-XXXXXX");
    return mkdtemp(folder) != NULL && spool_open(&spool, folder, 0) == NULL ? 0 : -1;
}

static int
close_folder(void **state)
{
    int64_t numbers[64];

    (void)state;
    size_t count = spool_list(&spool, -1, numbers, ARRAY_LEN(numbers));
    for (size_t i = 0; i < count; i++)
        assert_true(spool_remove(&spool, numbers[i]));
    spool_close(&spool);
    return rmdir(folder);
}

static struct spool_file
opened(int64_t number, int64_t length_expected)
{
    struct spool_file file;
    int64_t           length = -1;

    assert_int_equal(spool_file_open(&spool, number, &file, &length), FAULT_NONE);
    assert_int_equal(length, length_expected);
    return file;
}

static void
add(struct spool_file *file, const char *text)
{
    assert_int_equal(spool_file_write(file, span_of(text)), FAULT_NONE);
}

static void
assert_digest(struct spool_file *file, const char *text)
{
    unsigned char digest[DIGEST_BYTES], expected[DIGEST_BYTES];

    assert_int_equal(spool_file_digest(file, digest), FAULT_NONE);
    digest_whole(text, strlen(text), expected);
    assert_memory_equal(digest, expected, DIGEST_BYTES);
}

static void
a_file_is_what_was_written_and_so_is_its_digest(void **state)
{
    struct spool_file file = opened(1, 0);

    (void)state;
    assert_int_equal(spool_file_begin(&file, 0), FAULT_NONE);
    add(&file, "one ");
    add(&file, "two");
    assert_int_equal(spool_file_sync(&file), FAULT_NONE);
    assert_int_equal(file.length, 7);
    assert_digest(&file, "one two");
    assert_digest(&file, "one two"); /* the second time it is read again */
    spool_file_close(&file);
}

static void
what_lies_behind_the_beginning_is_cut_off(void **state)
{
    struct spool_file file = opened(2, 0);

    (void)state;
    assert_int_equal(spool_file_begin(&file, 0), FAULT_NONE);
    add(&file, "kept, and lost");
    spool_file_close(&file);
    file = opened(2, 14);
    assert_int_equal(spool_file_begin(&file, 4), FAULT_NONE);
    add(&file, "!");
    assert_digest(&file, "kept!");
    spool_file_close(&file);
    file = opened(2, 5);
    spool_file_close(&file);
}

static void
a_file_has_one_writer_at_a_time(void **state)
{
    struct spool_file file = opened(3, 0), other;
    int64_t           length;

    (void)state;
    assert_int_equal(spool_file_open(&spool, 3, &other, &length), FAULT_UPLOAD_BUSY);
    spool_file_close(&file);
    other = opened(3, 0);
    spool_file_close(&other);
    spool_file_close(&other); /* is nothing by then */
}

static void
with_less_than_the_reserve_left_nothing_is_written(void **state)
{
    struct spool      poor = spool;
    struct spool_file file = opened(4, 0);

    (void)state;
    assert_int_equal(spool_has_room(&spool, 1), FAULT_NONE);
    assert_int_equal(spool_has_room(&spool, INT64_MAX / 2), FAULT_SPOOL_FULL);
    poor.reserve_bytes = INT64_MAX / 2;
    file.spool = &poor;
    assert_int_equal(spool_file_begin(&file, 0), FAULT_NONE);
    assert_int_equal(spool_file_write(&file, span_of("x")), FAULT_SPOOL_FULL);
    assert_int_equal(file.length, 0);
    spool_file_close(&file);
}

static void
the_least_numbers_of_the_folder_come_in_order(void **state)
{
    static const int64_t made[] = { 30, 9, 101, 10, 55 };
    int64_t              numbers[3];
    char                 path[128];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(made); i++) {
        struct spool_file file = opened(made[i], 0);
        spool_file_close(&file);
    }
    snprintf(path, sizeof path, "%s/12.batch.old", folder);
    FILE *foreign = fopen(path, "w");
    assert_non_null(foreign);
    fclose(foreign);
    assert_int_equal(spool_list(&spool, 8, numbers, 3), 3);
    assert_int_equal(numbers[0], 9);
    assert_int_equal(numbers[1], 10);
    assert_int_equal(numbers[2], 30);
    assert_int_equal(spool_list(&spool, 30, numbers, 3), 2);
    assert_int_equal(numbers[1], 101);
    assert_int_equal(spool_list(&spool, 101, numbers, 3), 0);
    assert_true(spool_remove(&spool, 55));
    assert_true(spool_remove(&spool, 55));
    assert_int_equal(spool_file_read(&spool, 55), -1);
    unlink(path);
}

static void
a_folder_that_others_may_open_is_refused(void **state)
{
    struct spool other;

    (void)state;
    assert_int_equal(chmod(folder, 0750), 0);
    assert_non_null(spool_open(&other, folder, 0));
    spool_close(&other);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_non_null(spool_open(&other, "", 0));
    assert_non_null(spool_open(&other, "/nonexistent/spool", 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_what_was_written_and_so_is_its_digest),
        cmocka_unit_test(what_lies_behind_the_beginning_is_cut_off),
        cmocka_unit_test(a_file_has_one_writer_at_a_time),
        cmocka_unit_test(with_less_than_the_reserve_left_nothing_is_written),
        cmocka_unit_test(the_least_numbers_of_the_folder_come_in_order),
        cmocka_unit_test(a_folder_that_others_may_open_is_refused),
    };
    return cmocka_run_group_tests_name("spool/spool", tests, open_folder, close_folder);
}
