/* Tests of crypto/vault: what is sealed opens in its own row and under its own key only. */
#include "crypto/vault.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/shikaku-vault-XXXXXX";

static void
add_key(int number, unsigned char fill, mode_t mode)
{
    char          path[128];
    unsigned char key[VAULT_KEY_BYTES];

    snprintf(path, sizeof path, "%s/%d.key", folder, number);
    memset(key, fill, sizeof key);
    int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
    assert_true(file >= 0 && write(file, key, sizeof key) == (ssize_t)sizeof key);
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

static void
drop_key(int number)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%d.key", folder, number);
    unlink(path);
}

static struct personal_number
number_of(const char *digits)
{
    struct personal_number number;
    assert_true(personal_number_take(span_of(digits), &number));
    return number;
}

static int
make_folder(void **state)
{
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    assert_non_null(mkdtemp(folder));
    add_key(1, 'a', 0600);
    return 0;
}

static int
drop_folder(void **state)
{
    (void)state;
    for (int number = 1; number <= VAULT_KEYS_MAX; number++)
        drop_key(number);
    return rmdir(folder);
}

static void
test_what_is_sealed_opens_in_its_own_row_only(void **state)
{
    (void)state;
    const char            *reason;
    struct vault          *vault = vault_open(folder, &reason);
    struct personal_number number = number_of("123456789013");
    struct personal_number opened;
    unsigned char          sealed[SEALED_BYTES];

    assert_non_null(vault);
    vault_seal(vault, 7, &number, sealed);
    assert_true(vault_unseal(vault, 1, 7, sealed, &opened));
    assert_memory_equal(&opened, &number, sizeof number);
    assert_false(vault_unseal(vault, 1, 8, sealed, &opened));
    assert_false(personal_number_is_set(&opened));
    assert_false(vault_unseal(vault, 2, 7, sealed, &opened));
    for (size_t bit = 0; bit < SEALED_BYTES * 8; bit++) {
        sealed[bit / 8] ^= (unsigned char)(1U << bit % 8);
        assert_false(vault_unseal(vault, 1, 7, sealed, &opened));
        sealed[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    assert_true(vault_unseal(vault, 1, 7, sealed, &opened));
    vault_close(vault);
}

static void
test_no_two_seals_are_alike_and_none_shows_its_number(void **state)
{
    (void)state;
    const char            *reason;
    struct vault          *vault = vault_open(folder, &reason);
    struct personal_number number = number_of("123456789013");
    unsigned char          one[SEALED_BYTES];
    unsigned char          two[SEALED_BYTES];

    vault_seal(vault, 7, &number, one);
    vault_seal(vault, 7, &number, two);
    assert_memory_not_equal(one, two, SEALED_BYTES);
    for (size_t i = 0; i + PERSONAL_NUMBER_DIGITS <= SEALED_BYTES; i++)
        assert_memory_not_equal(one + i, number.hidden, PERSONAL_NUMBER_DIGITS);
    vault_close(vault);
}

static void
test_the_index_is_one_for_a_number_and_another_under_another_key(void **state)
{
    (void)state;
    const char            *reason;
    struct personal_number number = number_of("123456789013");
    struct personal_number other = number_of("123456789014");
    unsigned char          first[NUMBER_INDEX_BYTES];
    unsigned char          again[NUMBER_INDEX_BYTES];

    add_key(2, 'b', 0600);
    struct vault *vault = vault_open(folder, &reason);
    assert_int_equal(vault_newest(vault), 2);
    vault_index(vault, &number, first);
    vault_index(vault, &number, again);
    assert_memory_equal(first, again, NUMBER_INDEX_BYTES);
    vault_index(vault, &other, again);
    assert_memory_not_equal(first, again, NUMBER_INDEX_BYTES);
    assert_true(vault_index_under(vault, 1, &number, again));
    assert_memory_not_equal(first, again, NUMBER_INDEX_BYTES);
    assert_false(vault_index_under(vault, 3, &number, again));
    vault_close(vault);
}

static void
test_an_older_key_still_opens_what_it_sealed(void **state)
{
    (void)state;
    const char            *reason;
    struct vault          *vault = vault_open(folder, &reason);
    struct personal_number number = number_of("123456789013");
    struct personal_number opened;
    unsigned char          sealed[SEALED_BYTES];

    vault_seal(vault, 7, &number, sealed);
    vault_close(vault);
    add_key(2, 'b', 0600);
    vault = vault_open(folder, &reason);
    assert_true(vault_unseal(vault, 1, 7, sealed, &opened));
    assert_memory_equal(&opened, &number, sizeof number);
    assert_false(vault_unseal(vault, 2, 7, sealed, &opened));
    vault_close(vault);
}

static void
test_a_vault_without_keys_or_open_to_others_is_refused(void **state)
{
    (void)state;
    const char *reason = NULL;

    add_key(1, 'a', 0640);
    assert_null(vault_open(folder, &reason));
    assert_non_null(strstr(reason, "0600"));
    drop_key(1);
    assert_null(vault_open(folder, &reason));
    assert_string_equal(reason, "there is no key in the vault");
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)
    const struct CMUnitTest tests[] = {
        ROW(test_what_is_sealed_opens_in_its_own_row_only),
        ROW(test_no_two_seals_are_alike_and_none_shows_its_number),
        ROW(test_the_index_is_one_for_a_number_and_another_under_another_key),
        ROW(test_an_older_key_still_opens_what_it_sealed),
        ROW(test_a_vault_without_keys_or_open_to_others_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
